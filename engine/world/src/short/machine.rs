//! Machine code: what routines in short form become once they have run often.
//!
//! A run counts how often each way into a routine is taken. One that is taken [`OFTEN`] times is compiled, by Cranelift, into
//! a function that does what its steps do, on the same registers and the same row. Which of the two runs never shows in a
//! result: both do the same to the last bit, and tests hold that.
//!
//! What a step does to the world beyond its row (messages, waits, claims, notes) is a call back, see `calls`; `emit` writes the
//! rest. Only in `made` and `calls` is code that the compiler does not check. It rests on this: a function reads and writes
//! registers, of which there are as many as a register's number can name, and words of a row that is long enough, which is
//! looked at before it is entered.
//!
//! There is machine code on x86-64 alone. Elsewhere, or where the system allows no code to be made, steps are all there is.

#[cfg(target_arch = "x86_64")]
mod calls;
#[cfg(target_arch = "x86_64")]
mod emit;
#[cfg(target_arch = "x86_64")]
mod flow;
#[cfg(target_arch = "x86_64")]
mod made;
#[cfg(not(target_arch = "x86_64"))]
mod none;
#[cfg(target_arch = "x86_64")]
mod sorts;

#[cfg(target_arch = "x86_64")]
use made as of_host;
#[cfg(not(target_arch = "x86_64"))]
use none as of_host;

use super::run::{Given, Stop};
use super::{Entry, Reach, Registers, Shorts};
use of_host::Code;
use rehearsal_language::vm::Fault;
use std::any::Any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// How often a way in is taken before it is compiled, about as often as pays for the compiler where much is reckoned.
pub(super) const OFTEN: u32 = 4096;

/// What a routine that is entered finds in its frame, and what it leaves there.
pub(super) struct Kept {
    /// Words of a frame that begins as zeros, whatever the registers hold.
    pub(super) fresh: Option<u8>,
    /// Whether all of it counts at the end, as it may hold claims or is a job.
    pub(super) all: bool,
    /// The word that is its value, if that is in the frame.
    pub(super) result: Option<u8>,
}

/// Why a call back could not do what was asked.
pub(crate) enum Trouble {
    /// As a fault says it.
    Said(String),
    /// A panic, which must not pass through code that knows nothing of it. Locked, as a world may be looked at by several.
    Panicked(Mutex<Box<dyn Any + Send>>),
}

/// The machine code of all routines, by the step at which they are entered.
pub(super) struct Machine {
    ways: Vec<Way>,
    /// How often a way is taken before it is compiled.
    after: u32,
}

/// A way into a routine.
#[derive(Default)]
struct Way {
    taken: AtomicU32,
    /// Once tried: its code, or nothing where there is none.
    code: OnceLock<Option<Code>>,
}

impl Machine {
    /// Room for ways in at `steps` steps, each compiled after it was taken so often.
    pub(super) fn new(steps: usize, after: u32) -> Machine {
        Machine { ways: (0..steps).map(|_| Way::default()).collect(), after }
    }

    /// The code of a way in, if there is any yet.
    #[inline(always)]
    fn code(&self, shorts: &Shorts, entry: Entry) -> Option<&Code> {
        let way = self.ways.get(entry.0 as usize)?;
        match way.code.get() {
            Some(code) => code.as_ref(),
            None => self.warmer(way, shorts, entry),
        }
    }

    /// How many ways in have code by now.
    pub(super) fn made(&self) -> usize {
        self.ways.iter().filter(|way| matches!(way.code.get(), Some(Some(_)))).count()
    }

    /// Counts a way in, and makes its code when it is time.
    #[cold]
    #[inline(never)]
    fn warmer<'a>(&self, way: &'a Way, shorts: &Shorts, entry: Entry) -> Option<&'a Code> {
        if way.taken.fetch_add(1, Ordering::Relaxed) < self.after {
            return None;
        }
        way.code.get_or_init(|| of_host::make(shorts, entry)).as_ref()
    }
}

/// Runs a routine by its machine code; nothing where there is none, or where it does not fit the row or the frame.
#[inline(always)]
pub(super) fn run(
    shorts: &Shorts,
    reach: &mut Reach<'_, '_, '_>,
    registers: &mut Registers,
    (entry, given): (Entry, Given),
) -> Option<Result<Stop, Box<Fault>>> {
    let code = shorts.machine.code(shorts, entry).filter(|code| code.fits(reach))?;
    if given == Given::Nothing && code.hears() {
        registers.hear_nothing();
    }
    Some(of_host::enter(code, shorts, reach, registers))
}
