//! What can go wrong in the kernel.
//!
//! All of it stems from what a model asks for: a delay that is no duration, a send into the
//! past, a loop of zero-delay messages. A broken invariant of the kernel itself is an assertion,
//! not an error here.

use crate::time::{Duration, Time};

/// An error of the kernel; every variant names the actor or the value at fault.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KernelError {
    /// A number of seconds that is no duration: not a number, negative, or too large.
    #[error(
        "duration of {seconds} s: must be a finite number from 0 s to 18446744073 s; \
         check the expression that gives it"
    )]
    InvalidDuration {
        /// The number found `[s]`.
        seconds: f64,
    },

    /// An event would be due at or after [`Time::MAX`].
    #[error(
        "actor {actor} schedules an event beyond the end of time: must be due within 584 years \
         of the start; shorten its delay"
    )]
    TimeOverflow {
        /// The sender.
        actor: u32,
    },

    /// An event would be due before the present.
    #[error(
        "actor {actor} has an event for {at}, but it is already {now}: must be due now or later; \
         compute its time from the present"
    )]
    Past {
        /// The sender, or the target of an event that was put into the queue by hand.
        actor: u32,
        /// The present.
        now: Time,
        /// When the event would be due.
        at: Time,
    },

    /// Actors keep answering each other with zero delay, so time stands still.
    #[error(
        "time stands still at {time}: more than 10000 rounds of zero-delay messages, lately to \
         actors {actors:?}; give one message of that loop a delay"
    )]
    Livelock {
        /// The instant that does not end.
        time: Time,
        /// The distinct targets of the last 64 events of that instant, in ascending order.
        actors: Vec<u32>,
    },

    /// An event would reach another shard sooner than the shards look ahead.
    #[error(
        "actor {actor} sends to actor {target}, of another shard, with a delay of {delay}: must be \
         at least the lookahead, {lookahead}; lengthen the delay, shorten the lookahead or give \
         both actors to one shard"
    )]
    ShortDelay {
        /// The sender.
        actor: u32,
        /// The receiver.
        target: u32,
        /// From the present until the event would be due.
        delay: Duration,
        /// The least delay between shards.
        lookahead: Duration,
    },

    /// A sender has used all of its 4294967295 sequence numbers.
    #[error(
        "actor {actor} has sent 4294967295 events, the most that one actor may send; split its \
         work among several actors"
    )]
    SequenceExhausted {
        /// The sender.
        actor: u32,
    },
}
