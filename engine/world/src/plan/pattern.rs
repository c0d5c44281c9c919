//! Patterns over time as compiled: which events they look at, and where their state lies.

use rehearsal_language::program::Routine;
use rehearsal_policy::pattern::{Pattern, Worse};

/// A pattern over time that a policy looks for.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Its name.
    pub name: String,
    /// The message by which the mind hears that it is there: first since when, then what was matched.
    pub message: u16,
    /// What is looked for.
    pub pattern: Pattern,
    /// Its steps as written.
    pub steps: Vec<PatternStep>,
    /// First row slot of its state.
    pub state: u16,
    /// For an absence: the first of two row slots: which event ends its span, and when.
    pub bell: Option<u16>,
}

/// A step of a pattern.
#[derive(Clone, Debug)]
pub struct PatternStep {
    /// The name of the event.
    pub name: String,
    /// The event.
    pub message: u16,
    /// Which of them fit.
    pub test: Option<Routine>,
    /// Only those fit whose value is beyond that of the event before.
    pub worse: Option<Compared>,
    /// Its bits in the pattern: several where it is repeated.
    pub bits: u32,
}

/// A value that is compared with that of the event before.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// In which direction it gets worse.
    pub worse: Worse,
    /// The value.
    pub value: Routine,
    /// Whether it is a whole number.
    pub whole: bool,
    /// The row slot of the value of the event before.
    pub slot: u16,
}
