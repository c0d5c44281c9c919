//! Patterns over time: what happened in which order, and what did not, in a few words of a profile's state.
//!
//! A pattern is fed by every event that it looks at, in their order: a bit for each of its steps says whether the event is
//! one for it. It is a state machine over words and knows no events, rules or timers: whoever feeds it finds out which
//! steps an event fits, and rings when an [`Absence`] says so. Start at [`Pattern::feed`].

mod absence;
mod all;
mod sequence;

pub use absence::Absence;
pub use all::All;
pub use sequence::{Next, Sequence};

use crate::feature::MISSING;

/// The most steps of a pattern, those that are repeated counted each time: one bit each.
pub const STEPS_MAX: u16 = 32;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// One after the other.
    Sequence(Sequence),
    /// All, in any order.
    All(All),
    /// One without the other behind it.
    Absence(Absence),
}

/// What an event comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the pattern is there: its moments are those that were written down.
    pub matched: bool,
    /// What becomes of the moment that is waited for.
    pub watch: Watch,
}

/// What becomes of the moment at which an [`Absence`] is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// It stays as it was.
    #[default]
    Same,
    /// It is this one \[ns\], and no other: [`Pattern::ring`] is to be called then.
    Until(u64),
    /// Nothing is waited for any more.
    Over,
}

impl Outcome {
    /// Whether the pattern is there, with nothing to wait for.
    fn matched(matched: bool) -> Outcome {
        Outcome { matched, watch: Watch::Same }
    }
}

/// What becomes of what else was under way when a pattern is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMatch {
    /// It is forgotten: the next match begins afresh.
    Skip,
    /// It stays: an event may be part of several matches.
    Keep,
}

impl Pattern {
    /// Words of state; all are 0 at first.
    #[must_use]
    pub fn words(&self) -> u16 {
        match self {
            Pattern::Sequence(sequence) => sequence.words(),
            Pattern::All(all) => all.words(),
            Pattern::Absence(absence) => absence.words(),
        }
    }

    /// Takes in an event that the pattern looks at, at `now` \[ns\]; `hits` has a bit for each step that it fits, that of
    /// the first step lowest.
    ///
    /// Where it matched, its moments \[ns\] are in `moments`: the first and the last of a sequence; of [`All`] one for each
    /// step; of [`Absence`] that of what was not answered.
    pub fn feed(&self, state: &mut [u64], hits: u32, now: u64, moments: &mut Vec<u64>) -> Outcome {
        match self {
            Pattern::Sequence(sequence) => sequence.feed(state, hits, now, moments),
            Pattern::All(all) => all.feed(state, hits, now, moments),
            Pattern::Absence(absence) => absence.feed(state, hits, now, moments),
        }
    }

    /// The time that an absence waited for has come: what was not followed, and when it happened \[ns\].
    pub fn ring(&self, state: &mut [u64]) -> Option<u64> {
        match self {
            Pattern::Absence(_) => Absence::ring(state),
            _ => None,
        }
    }
}

/// In which direction a value gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// Upwards.
    Rising,
    /// Downwards.
    Falling,
}

impl Worse {
    /// Whether a value is beyond that of the event before, which `state` holds, 0 at first; it is kept for the next.
    pub fn than_before(self, state: &mut u64, value: f64) -> bool {
        let before = (*state != 0).then(|| f64::from_bits(*state ^ MISSING));
        *state = value.to_bits() ^ MISSING;
        before.is_some_and(|before| match self {
            Worse::Rising => value > before,
            Worse::Falling => value < before,
        })
    }
}
