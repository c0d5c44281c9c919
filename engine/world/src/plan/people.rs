//! Who is there, how they are reached, and which policies look at them.

use rehearsal_language::program::Routine;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::Kinds;
use rehearsal_model::hours::Hours;
use rehearsal_policy::governance::Caps;
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

/// A channel that reaches people.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: Symbol,
    /// Seconds until it is there.
    pub delay: Routine,
    /// Seconds until it is noticed.
    pub notice: Routine,
    /// The chance that it is noticed at all.
    pub heard: Routine,
    /// What one costs \[EUR\].
    pub cost: Routine,
    /// When it may be used.
    pub hours: Option<Hours>,
}

/// When a contact is held back.
#[derive(Clone, Debug)]
pub struct Suppress {
    /// Its name.
    pub name: String,
    /// Held back where this holds.
    pub condition: Routine,
    /// Tried again after so many seconds; refused where `None`.
    pub defer: Option<Routine>,
}

/// The way of every outgoing contact.
#[derive(Clone, Debug, Default)]
pub struct ContactPlan {
    /// Channels.
    pub channels: Vec<Channel>,
    /// Whether the person agreed; frame words 2, 3, 4 are who, category and channel.
    pub consent: Option<Routine>,
    /// When it is held back.
    pub suppress: Vec<Suppress>,
    /// How often is too often.
    pub caps: Caps,
    /// The message that a person gets.
    pub message: Option<u16>,
    /// The message that a policy gets when a contact was refused.
    pub refused: Option<u16>,
    /// The note that a contact was sent.
    pub sent: Option<u16>,
    /// The note that a contact was refused.
    pub not_sent: Option<u16>,
    /// Kinds that can be reached.
    pub people: Option<Kinds>,
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
