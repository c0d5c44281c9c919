//! Rehearsals as compiled: what a policy tries before it acts, for how long, and by what it judges.

use rehearsal_language::program::Operand;

/// A step that tries each of several ways ahead, and gives the best of them.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// What is tried, as words of names; of equals the first is taken.
    pub of: Vec<u64>,
    /// How far it looks ahead \[s\].
    pub span: Operand,
    /// How many futures each is tried in; a whole number.
    pub futures: Operand,
    /// The measure that they are judged by, by its place in the plan.
    pub measure: usize,
    /// Whether the most is best.
    pub most: bool,
    /// Whether the future has the run's own chance, so that what is seen is what will be.
    pub same: bool,
    /// The name that is the answer where nothing is tried: inside a future, and beyond `at_most`.
    pub inside: Option<Operand>,
    /// How many rehearsals there may be, over all who take this step; a whole number.
    pub at_most: Option<Operand>,
    /// In each stretch of so many seconds, rather than in the whole run.
    pub per: Option<Operand>,
    /// Where the first of these minds counts them: how many there were, and in which stretch; two words of its row.
    pub count: u16,
    /// The site that keys the chance of its futures.
    pub site: u16,
    /// The note that says what came of it; none in shadow, where levers do nothing and so nothing is tried.
    pub note: Option<u16>,
    /// Where the answer goes.
    pub into: Operand,
}
