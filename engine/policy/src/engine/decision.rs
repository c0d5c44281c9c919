//! What the engine says it has decided, and why.

use crate::verdict;

/// Why a rule did not fire: what was missing by its number in [`super::UnknownPlan::missable`], other rules by theirs.
pub type Lost = verdict::Lost<u16, u16>;

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A rule, by number, at an event.
    Rule(u16),
    /// A timer of the state, by number.
    Timer(u16),
    /// Nothing: an event came, rules looked at it, and none fired.
    Nothing,
}

/// Something that is to be done: as its [`super::Act`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The number of the act.
    pub act: u32,
    /// The values it is given, one after the other.
    pub words: Vec<u64>,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Counts decisions of the engine, from 1; 0 where nothing was decided.
    pub number: u64,
    /// When [ns since the start of the calendar].
    pub at: u64,
    /// The profile, by number.
    pub profile: u32,
    /// What decided.
    pub cause: Cause,
    /// The event, by number; `None` for timers.
    pub event: Option<u16>,
    /// The state before.
    pub from: u16,
    /// The state after.
    pub to: u16,
    /// The values that the rule's condition read, in the order of [`super::RulePlan::reads`].
    pub read: Vec<Vec<u64>>,
    /// The rules that lost.
    pub lost: Vec<(u16, Lost)>,
    /// What is to be done, in order.
    pub calls: Vec<Call>,
}
