//! Snapshots: a simulation as bytes, and back.
//!
//! What is written is what decides the future: the clock, the number of events handled, the
//! pending events in their order, and the world. Whoever restores it goes on as if nothing had
//! been. Cancelled events are not part of it, nor is the memory that a queue has reserved, so
//! equal simulations give equal bytes. (One memory is lost: of a livelock that was near, the error
//! names only actors seen since.)
//!
//! Bytes from a file are not believed: every length is checked against what is there, and what
//! is wrong is a [`SnapshotError`], never a panic. For keeping them, see [`mod@file`]; to
//! compare states without bytes, see [`crate::digest`]. To fork a run in memory, clone the simulation.
//! A world should hold no sequence of values without content, such as `Vec<()>`: its length has no
//! bytes that it could be checked against.
//!
//! # Format
//!
//! All numbers are little endian.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | the mark, `\x89RHS\r\n\x1a\n`: a copy as text, or of 7 bits, breaks it |
//! | 4 | the version of the format, 1 |
//! | 4 | the CRC-32 of the payload |
//! | 8 | the model: a number that stands for the program which wrote it |
//! | 8 | the length of the payload |
//! | rest | the payload: clock, events handled, pending events, world, as postcard has them |
//!
//! # Example
//!
//! ```
//! use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Simulation, SnapshotError, Time, World, digest_of};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Clock {
//!     ticks: u64,
//!     sender: Sender,
//! }
//!
//! impl World for Clock {
//!     type Message = ();
//!     type Error = KernelError;
//!
//!     fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
//!         self.ticks += 1;
//!         context.send(&mut self.sender, event.target, Duration::from_seconds(1.0)?, ())?;
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut simulation = Simulation::new(Clock { ticks: 0, sender: Sender::new(0) });
//! simulation.with_context(|clock, context| context.send(&mut clock.sender, 0, Duration::ZERO, ()))?;
//! simulation.run_until(Time::from_seconds(100.0)?)?;
//!
//! let model = digest_of("clock, version 1");
//! let bytes = simulation.snapshot(model)?;
//! let mut restored: Simulation<Clock> = Simulation::restore(model, &bytes)?;
//! assert_eq!(restored.digest(), simulation.digest());
//!
//! restored.run_until(Time::from_seconds(200.0)?)?;
//! assert_eq!((simulation.world.ticks, restored.world.ticks), (100, 200));
//!
//! let other = Simulation::<Clock>::restore(digest_of("clock, version 2"), &bytes);
//! assert!(matches!(other, Err(SnapshotError::Model { .. })));
//! # Ok(())
//! # }
//! ```

pub mod error;
pub mod file;

use std::convert::Infallible;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Key};
use crate::simulation::{MICROSTEP_MAX, Simulation, World};
use crate::time::Time;

pub use error::SnapshotError;

/// The version of the format that is written and read here.
pub const VERSION: u32 = 1;

/// How every snapshot begins.
const MARK: [u8; 8] = *b"\x89RHS\r\n\x1a\n";

/// The length of the header `[bytes]`.
const HEADER: usize = 32;

/// What decides the future of a simulation. The bytes of its fields follow each other.
#[derive(Serialize)]
pub(crate) struct State<'a, W: World> {
    past: Past,
    #[serde(bound(serialize = "W::Message: Serialize"))]
    pending: Vec<Event<W::Message>>,
    world: &'a W,
}

/// How far a simulation has come.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Past {
    clock: Key,
    handled: u64,
}

impl<'a, W: World> State<'a, W> {
    pub(crate) fn of(simulation: &'a Simulation<W>) -> State<'a, W> {
        let past = Past { clock: simulation.key, handled: simulation.handled };
        State { past, pending: simulation.queue.sorted(), world: &simulation.world }
    }
}

impl<W: World + Serialize> Simulation<W>
where
    W::Message: Serialize,
{
    /// This simulation as bytes; equal simulations give equal bytes.
    ///
    /// May be taken between any two events, also amid the rounds of an instant. Tickets that the
    /// world keeps are good in what is restored: [`Simulation::cancel`] answers the same there.
    ///
    /// `model` stands for the program, such as [`crate::digest_of`] its name and version, or the
    /// digest of a plan that the world refers to: change it when the state changes its shape or
    /// its meaning. Restoring under another number is refused.
    ///
    /// Cost: that of serializing, and a sorted copy of the pending events.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Unwritable`] when the world's or the message's `Serialize` fails;
    /// [`SnapshotError::Malformed`] when an event was put into the queue by hand before the
    /// present.
    pub fn snapshot(&self, model: u64) -> Result<Vec<u8>, SnapshotError> {
        let state = State::of(self);
        check(&state.past, &state.pending)?;
        let unwritable = |error: postcard::Error| SnapshotError::Unwritable { reason: error.to_string() };
        let mut bytes = postcard::to_extend(&state, vec![0; HEADER]).map_err(unwritable)?;
        let payload = &bytes[HEADER..];
        let header = header(crc32fast::hash(payload), model, payload.len() as u64);
        bytes[..HEADER].copy_from_slice(&header);
        Ok(bytes)
    }
}

impl<W: World> Simulation<W> {
    /// The simulation that [`Simulation::snapshot`] wrote under the same `model`.
    ///
    /// # Errors
    ///
    /// Every [`SnapshotError`] about bytes: not a snapshot, of another version or model, cut off,
    /// too long, damaged, malformed.
    pub fn restore<'de>(model: u64, bytes: &'de [u8]) -> Result<Simulation<W>, SnapshotError>
    where
        W: Deserialize<'de>,
        W::Message: Deserialize<'de>,
    {
        Simulation::restore_with(model, bytes, |world: W| Ok::<W, Infallible>(world))
    }

    /// As [`Simulation::restore`], for a world that holds more than it writes.
    ///
    /// Such a world, one that refers to a plan for instance, serializes as its changing part `S`;
    /// `complete` adds the rest.
    ///
    /// # Errors
    ///
    /// As [`Simulation::restore`], and [`SnapshotError::World`] with the reason when `complete`
    /// finds that the part does not fit.
    pub fn restore_with<'de, S, E: Display>(
        model: u64,
        bytes: &'de [u8],
        complete: impl FnOnce(S) -> Result<W, E>,
    ) -> Result<Simulation<W>, SnapshotError>
    where
        S: Deserialize<'de>,
        W::Message: Deserialize<'de>,
    {
        let rest = payload(model, bytes)?;
        let (past, rest): (Past, _) = part("the clock", rest)?;
        let (pending, rest): (Vec<Event<W::Message>>, _) = part("a pending event", rest)?;
        check(&past, &pending)?;
        let (state, rest): (S, _) = part("the world", rest)?;
        if !rest.is_empty() {
            return Err(SnapshotError::Malformed { fault: format!("{} bytes are left after the world", rest.len()) });
        }
        let world = complete(state).map_err(|error| SnapshotError::World { reason: error.to_string() })?;
        let mut simulation = Simulation::new(world);
        (simulation.key, simulation.handled) = (past.clock, past.handled);
        pending.into_iter().for_each(|event| simulation.queue.push(event));
        Ok(simulation)
    }
}

/// Any bytes in the form of a snapshot of `model`: marked, versioned, with their checksum.
///
/// For what is kept like a simulation and is none.
#[must_use]
pub fn seal(model: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(crc32fast::hash(payload), model, payload.len() as u64).to_vec();
    bytes.extend_from_slice(payload);
    bytes
}

/// The bytes that were [`seal`]ed under the same `model`.
///
/// # Errors
///
/// Not a snapshot, of another version or model, cut off, too long, damaged.
pub fn unseal(model: u64, bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    payload(model, bytes)
}

fn header(checksum: u32, model: u64, length: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MARK);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&checksum.to_le_bytes());
    header[16..24].copy_from_slice(&model.to_le_bytes());
    header[24..].copy_from_slice(&length.to_le_bytes());
    header
}

/// The payload of a snapshot that is whole, of this version and of this model.
fn payload(model: u64, bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let mark = &MARK[..bytes.len().min(MARK.len())];
    if !bytes.starts_with(mark) {
        return Err(SnapshotError::NotASnapshot { found: bytes[..mark.len()].escape_ascii().to_string() });
    }
    let found = bytes.len() as u64;
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(SnapshotError::CutOff { found, expected: HEADER as u64 });
    };
    let (version, checksum) = (word::<4>(header, 8) as u32, word::<4>(header, 12) as u32);
    if version != VERSION {
        return Err(SnapshotError::Version { found: version });
    }
    if word::<8>(header, 16) != model {
        return Err(SnapshotError::Model { found: word::<8>(header, 16), expected: model });
    }
    let expected = word::<8>(header, 24).saturating_add(HEADER as u64);
    if found < expected {
        return Err(SnapshotError::CutOff { found, expected });
    }
    if found > expected {
        return Err(SnapshotError::TooLong { found, expected });
    }
    let computed = crc32fast::hash(payload);
    if computed != checksum {
        return Err(SnapshotError::Checksum { found: computed, expected: checksum });
    }
    Ok(payload)
}

/// The number of `N` bytes at `at` of a header, little endian.
fn word<const N: usize>(header: &[u8; HEADER], at: usize) -> u64 {
    header[at..at + N].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Reads one part of the payload; what follows it is left.
fn part<'de, T: Deserialize<'de>>(what: &str, bytes: &'de [u8]) -> Result<(T, &'de [u8]), SnapshotError> {
    postcard::take_from_bytes(bytes)
        .map_err(|error| SnapshotError::Malformed { fault: format!("{what} cannot be read ({error})") })
}

/// What the kernel relies on: a clock that runs, and events in order that are still to come.
fn check<M>(past: &Past, pending: &[Event<M>]) -> Result<(), SnapshotError> {
    let clock = past.clock;
    let fault = if clock.microstep > MICROSTEP_MAX || clock.time == Time::MAX {
        format!("the clock stands at {}, round {}", clock.time, clock.microstep)
    } else if !pending.is_sorted_by(|a, b| a.key() < b.key()) {
        "pending events are out of order, or one of them is there twice".to_owned()
    } else if let Some(first) = pending.first().filter(|first| first.time < clock.time) {
        format!("an event is pending for {}, but it is already {}", first.time, clock.time)
    } else if pending.last().is_some_and(|last| last.time == Time::MAX) {
        "an event is pending for never".to_owned()
    } else {
        return Ok(());
    };
    Err(SnapshotError::Malformed { fault })
}
