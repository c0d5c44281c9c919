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

use crate::time::Time;

/// A message that is due at a time: 48 bytes, without a pointer, so a snapshot is a copy.
///
/// Compares by (time, microstep, sender, sequence). Those four are unique in a run; target,
/// message and arguments come last only so that the order agrees with equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Event {
    /// When it is due.
    pub time: Time,
    /// The actor that sent it.
    pub sender: u32,
    /// Its number among all events of its sender.
    pub sequence: u32,
    /// The actor that receives it.
    pub target: u32,
    /// What it says; the world gives the meaning.
    pub message: u16,
    /// The round within its instant: 0 unless it was sent with zero delay.
    pub microstep: u16,
    /// Arguments of the message; the world gives the meaning.
    pub args: [u64; 3],
}

const _: () = assert!(size_of::<Event>() == 48, "an event is 48 bytes");

impl Event {
    /// The place among events of the same time: microstep, sender, sequence, in one number.
    #[inline]
    pub(crate) fn rank(&self) -> u128 {
        u128::from(self.microstep) << 64 | u128::from(self.sender) << 32 | u128::from(self.sequence)
    }

    /// The event as six words, for digests.
    pub(crate) fn words(&self) -> [u64; 6] {
        let [a, b, c] = self.args;
        let sender = u64::from(self.sender) << 32 | u64::from(self.sequence);
        let kind = u64::from(self.message) << 16 | u64::from(self.microstep);
        let target = u64::from(self.target) << 32 | kind;
        [self.time.as_ns(), sender, target, a, b, c]
    }
}

impl Ord for Event {
    #[inline]
    fn cmp(&self, other: &Event) -> Ordering {
        let content = |event: &Event| (event.target, event.message, event.args);
        (self.time.cmp(&other.time)).then_with(|| self.rank().cmp(&other.rank())).then_with(|| content(self).cmp(&content(other)))
    }
}

impl PartialOrd for Event {
    #[inline]
    fn partial_cmp(&self, other: &Event) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: u64, microstep: u16, sender: u32, sequence: u32) -> Event {
        let time = Time::from_ns(time);
        Event { time, sender, sequence, target: 0, message: 0, microstep, args: [0; 3] }
    }

    #[test]
    fn time_then_microstep_then_sender_then_sequence() {
        let ascending = [
            event(1, 9, 9, 9),
            event(2, 0, 9, 9),
            event(2, 1, 0, 9),
            event(2, 1, 1, 0),
            event(2, 1, 1, 1),
            event(2, 1, u32::MAX, 0),
            event(2, 2, 0, 0),
        ];
        assert!(ascending.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn order_agrees_with_equality() {
        let one = event(1, 1, 1, 1);
        let other = Event { args: [0, 0, 1], ..one };
        assert_ne!(one, other);
        assert!(one < other);
        assert_eq!(one.cmp(&one), Ordering::Equal);
    }

    #[test]
    fn words_tell_all_fields_apart() {
        let one = event(1, 1, 1, 1);
        let others = [
            Event { time: Time::from_ns(2), ..one },
            Event { sender: 2, ..one },
            Event { sequence: 2, ..one },
            Event { target: 2, ..one },
            Event { message: 2, ..one },
            Event { microstep: 2, ..one },
            Event { args: [2, 0, 0], ..one },
        ];
        assert!(others.iter().all(|other| other.words() != one.words()));
    }
}
