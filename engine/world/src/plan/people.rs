//! Who is there, and which policies look at them.

use rehearsal_language::program::Routine;
use rehearsal_policy::mode::Mode;
use std::sync::Arc;

/// A group of actors that are there from the start.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, which keys the random streams of its members.
    pub name: String,
    /// Their kind.
    pub kind: u16,
    /// How many.
    pub count: u32,
    /// Where they stand.
    pub places: Places,
    /// The slot that holds the row of data that a member stands for, where each is one: the first row's member first.
    pub row: Option<u16>,
    /// Values they are born with: field number and routine in their own scope.
    pub with: Vec<(u16, Routine)>,
}

/// Where the members of a group stand.
#[derive(Clone, Debug)]
pub enum Places {
    /// Nowhere in particular.
    None,
    /// At these places in turn.
    List(Arc<[u32]>),
    /// At one of these places each, drawn.
    Drawn(Arc<[u32]>),
}

/// Where a note goes besides the record: to the policy that sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The policy's kind.
    pub policy: u16,
    /// The note.
    pub note: u16,
    /// The kind that states it.
    pub by: u16,
    /// The message it arrives as.
    pub message: u16,
    /// Seconds until it arrives.
    pub delay: f64,
}

/// A policy that may run.
#[derive(Clone, Debug)]
pub struct PolicyPlan {
    /// Its name.
    pub name: String,
    /// The kind that is its mind.
    pub kind: u16,
    /// What becomes of what it decides.
    pub mode: Mode,
    /// The kind that is its mind where it decides in shadow: the same without levers. There only where it is asked for.
    pub shadow: Option<u16>,
    /// The kind of its profiles.
    pub about: u16,
    /// What it sees, by note: the delay and message, where any of its rules or features listens.
    pub sees: Vec<Seen>,
    /// For each kind that states something seen: finds the profile from there.
    pub listeners: Vec<(u16, Routine)>,
}

impl PolicyPlan {
    /// The kind of its minds, as its mode asks for it.
    #[must_use]
    pub fn mind(&self) -> u16 {
        self.shadow.filter(|_| self.mode == Mode::Shadow).unwrap_or(self.kind)
    }
}
