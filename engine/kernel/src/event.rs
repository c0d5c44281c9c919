//! The event: one message on its way from one actor to another.
//!
//! # Order
//!
//! Events are handled in the order of (time, microstep, sender, sequence).
//!
//! *Never by insertion.* The number of pushes so far depends on how the work is split: two
//! shards that exchange messages would count differently from one. The key above is made by the
//! sender alone, from its own counter, so any sharding over threads or processes handles the
//! same events in the same order and ends with the same bytes. Events of one sender for one
//! instant stay first-in first-out.
//!
//! *Superdense time.* A message with zero delay is due at the same time, one microstep later:
//! cause comes before effect although the clock stands still. Everything that one round of an
//! instant sends is visible only in the next round, so no actor sees a message of its neighbour
//! "already" while another sees it "not yet".
//!
//! # Source
//!
//! Superdense time: E. A. Lee and H. Zheng, "Leveraging synchronous language principles for
//! heterogeneous modeling and design of embedded systems", EMSOFT 2007; also Ptolemy II and
//! Lingua Franca, whose word "microstep" this is.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A message that is due at a time; 24 bytes and the message.
///
/// Its place among all events is its [`Event::key`]; keys are unique in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event<M> {
    /// When it is due.
    pub time: Time,
    /// The actor that sent it.
    pub sender: u32,
    /// Its number among all events of its sender.
    pub sequence: u32,
    /// The actor that receives it.
    pub target: u32,
    /// The round within its instant: 0 unless it was sent with zero delay.
    pub microstep: u16,
    /// What it says; the world gives the meaning.
    pub message: M,
}

const _: () = assert!(size_of::<Event<()>>() == 24, "an event without a message is 24 bytes");

/// The place of an event among all: compares by (time, microstep, sender, sequence).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// When it is due.
    pub time: Time,
    /// The round within its instant.
    pub microstep: u16,
    /// The actor that sent it.
    pub sender: u32,
    /// Its number among all events of its sender.
    pub sequence: u32,
}

impl Key {
    /// The place among events of the same time: microstep, sender, sequence, in one number.
    #[inline]
    pub(crate) fn rank(&self) -> u128 {
        u128::from(self.microstep) << 64 | u128::from(self.sender) << 32 | u128::from(self.sequence)
    }
}

/// Who sends: an actor's number, and how many events it has sent. Part of the actor's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The actor.
    pub id: u32,
    /// How many events it has sent, which numbers the next.
    pub sequence: u32,
}

impl Sender {
    /// Actor `id`, which has sent nothing yet.
    #[inline]
    pub const fn new(id: u32) -> Sender {
        Sender { id, sequence: 0 }
    }
}

impl<M> Event<M> {
    /// Its place among all events.
    #[inline]
    pub fn key(&self) -> Key {
        Key { time: self.time, microstep: self.microstep, sender: self.sender, sequence: self.sequence }
    }

    /// Compares by the key.
    #[inline]
    pub(crate) fn order(&self, other: &Event<M>) -> Ordering {
        // Times mostly differ, and then that is all there is to compare.
        if self.time == other.time { self.rank().cmp(&other.rank()) } else { self.time.cmp(&other.time) }
    }

    /// The place among events of the same time, see [`Key::rank`].
    #[inline]
    pub(crate) fn rank(&self) -> u128 {
        self.key().rank()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_then_microstep_then_sender_then_sequence() {
        let event = |time, microstep, sender, sequence| {
            let time = Time::from_ns(time);
            Event { time, sender, sequence, target: 0, microstep, message: () }
        };
        let ascending = [
            event(1, 9, 9, 9),
            event(2, 0, 9, 9),
            event(2, 1, 0, 9),
            event(2, 1, 1, 0),
            event(2, 1, 1, 1),
            event(2, 1, u32::MAX, 0),
            event(2, 2, 0, 0),
        ];
        assert!(ascending.is_sorted_by(|a, b| a.key() < b.key()));
        assert!(ascending[1..6].is_sorted_by(|a, b| a.rank() < b.rank()));
    }
}
