//! Decision tables, and what a routine has done together and may have to undo.

pub use rehearsal_policy::table::{Row, Table};

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
