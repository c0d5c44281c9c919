//! Decision tables, and what a routine has done together and may have to undo.

use rehearsal_language::program::Routine;
use rehearsal_language::types::Type;
use rehearsal_policy::table::Hit;

/// A decision table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What happens where several rows hold.
    pub hit: Hit,
    /// What it is given, one value behind the other: each a name and a type.
    pub takes: Vec<(String, Type)>,
    /// What each of its rows gives, in this order: a name and a type.
    pub gives: Vec<(String, Type)>,
    /// Its rows, as they are written.
    pub rows: Vec<Row>,
    /// The rows in the order in which they are looked at.
    pub order: Vec<usize>,
}

/// A row of a decision table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called; its number from 1 where it has no name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Its condition; it always holds where there is none. What the table is given lies behind the reserved words.
    pub condition: Option<Routine>,
    /// What it gives, in the order of the table.
    pub gives: Vec<Routine>,
}

/// Steps that are done together or not at all, within a routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    /// The frame word that says how far they are: one of the numbers below.
    pub phase: u16,
    /// The frame word that says whether the state was left meanwhile.
    pub left: u16,
    /// Where the routine goes on to undo them.
    pub undo: u32,
}

impl Together {
    /// The steps are not being done.
    pub const OUTSIDE: u64 = 0;
    /// The steps are being done.
    pub const DOING: u64 = 1;
    /// What was done is being undone.
    pub const UNDOING: u64 = 2;
}
