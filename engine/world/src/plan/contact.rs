//! How people are reached: channels, the rules that every contact obeys, and what is written.
//!
//! Routines here find their value for the actor that contacts; behind the reserved words of their frame lie who is
//! contacted, the category and the channel.

use rehearsal_language::program::Routine;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{Kinds, Type};
use rehearsal_model::hours::Hours;
use rehearsal_policy::channel::{Learning, Reaction};
use rehearsal_policy::governance::Caps;
use rehearsal_policy::quiet::Quiet;

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

/// When people are left alone.
#[derive(Clone, Debug)]
pub struct QuietHours {
    /// The hours by their own clock.
    pub quiet: Quiet,
    /// How many seconds their clock is ahead of the run's; as it where `None`.
    pub zone: Option<Routine>,
}

/// A note by which a person says what became of a contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// The note.
    pub note: u16,
    /// Which of its words names the channel; the last contact is meant where `None`.
    pub channel: Option<u16>,
    /// What it tells.
    pub reaction: Reaction,
}

/// How the channel is learned.
#[derive(Clone, Debug)]
pub struct Learn {
    /// The segment of a person, one word; all are of one where `None`.
    pub segment: Option<Routine>,
    /// The channels that may be chosen.
    pub among: Vec<Symbol>,
    /// What tells of a contact.
    pub heard: Vec<Heard>,
    /// Prior, strength and span.
    pub learning: Learning,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it stands.
    Plain(String),
    /// A value, found when it is written. What the contact gives lies behind the channel.
    Value(Routine, Type),
}

/// What a template says.
#[derive(Clone, Debug)]
pub struct Text {
    /// The template.
    pub name: Symbol,
    /// Its parts in order.
    pub pieces: Vec<Piece>,
    /// Words of what a contact gives.
    pub words: u16,
}

/// The way of every outgoing contact.
#[derive(Clone, Debug, Default)]
pub struct ContactPlan {
    /// Channels.
    pub channels: Vec<Channel>,
    /// Whether the person agreed.
    pub consent: Option<Routine>,
    /// Categories, by symbol number, for which nobody has to agree.
    pub without_consent: Vec<u32>,
    /// Categories that pass suppression, quiet hours and caps, and that no cap counts.
    pub bypass: Vec<u32>,
    /// When it is held back.
    pub suppress: Vec<Suppress>,
    /// When people are left alone.
    pub quiet: Option<QuietHours>,
    /// How often is too often.
    pub caps: Caps,
    /// The channel that a person prefers: what `preferred` stands for.
    pub preferred: Option<Routine>,
    /// How the channel is learned: what `learned` stands for.
    pub learn: Option<Learn>,
    /// What templates say, as far as it is written down.
    pub texts: Vec<Text>,
    /// Whether what is written to people goes into the record of a run.
    pub record_texts: bool,
    /// The message that a person gets.
    pub message: Option<u16>,
    /// The message that a policy gets when a contact was refused.
    pub refused: Option<u16>,
    /// The message that a policy gets when a contact was put off.
    pub deferred: Option<u16>,
    /// The note that a contact was sent.
    pub sent: Option<u16>,
    /// The note that a contact was refused.
    pub not_sent: Option<u16>,
    /// The note that a contact was put off.
    pub put_off: Option<u16>,
    /// Kinds that can be reached.
    pub people: Option<Kinds>,
}

impl ContactPlan {
    /// Whether a note tells what became of contacts.
    #[must_use]
    pub fn learns_from(&self, note: u16) -> bool {
        self.learn.as_ref().is_some_and(|learn| learn.heard.iter().any(|heard| heard.note == note))
    }

    /// Whether a category is among those listed.
    pub(crate) fn lists(list: &[u32], category: u64) -> bool {
        list.iter().any(|listed| u64::from(*listed) == category)
    }
}
