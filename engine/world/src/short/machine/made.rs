//! Makes the code of a way in, and enters it.

use super::calls::{FAILED, Function};
use super::{Trouble, emit};
use crate::short::run::{Stop, fault, refusal};
use crate::short::{Entry, Reach, Registers, Shorts};
use cranelift_codegen::Context;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use memmap2::{Mmap, MmapMut};
use rehearsal_language::vm::Fault;
use std::panic::resume_unwind;
use std::ptr;
use std::sync::{OnceLock, PoisonError};

/// A function in memory of its own.
pub(super) struct Code {
    /// What `function` lies in.
    _memory: Mmap,
    function: Function,
    needs: Needs,
}

/// What code rests on.
pub(super) struct Needs {
    /// Words that a row has at least.
    pub(super) row: usize,
    /// Words that a frame has at least.
    pub(super) frame: usize,
    /// Whether it looks at what an event says.
    pub(super) hears: bool,
}

impl Code {
    /// Whether the row and the frame at hand have all words that the code touches.
    #[inline(always)]
    pub(super) fn fits(&self, reach: &Reach<'_, '_, '_>) -> bool {
        reach.row.len() >= self.needs.row && reach.words >= self.needs.frame
    }

    /// Whether it looks at what an event says.
    #[inline(always)]
    pub(super) fn hears(&self) -> bool {
        self.needs.hears
    }
}

/// The processor at hand, as the compiler knows it.
fn host() -> Option<&'static OwnedTargetIsa> {
    static HOST: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    HOST.get_or_init(|| {
        let mut flags = settings::builder();
        let verified = if cfg!(debug_assertions) { "true" } else { "false" };
        for (name, value) in [("opt_level", "speed"), ("enable_verifier", verified), ("enable_probestack", "false")] {
            flags.set(name, value).ok()?;
        }
        cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()
    })
    .as_ref()
}

/// How far apart in their pages the functions of two neighbours begin, and the part of a page in which they do \[bytes\].
const STAGGER: usize = 5 * 64;
const STAGGERED: usize = 2048;

/// The code of a way in; nothing where none can be made.
#[allow(unsafe_code, reason = "what was compiled for this signature is called by it, see the head of the module")]
pub(super) fn make(shorts: &Shorts, entry: Entry) -> Option<Code> {
    let isa = host()?;
    let mut context = Context::new();
    let needs = emit::routine(shorts, entry, isa.as_ref(), &mut context.func)?;
    let compiled = context.compile(isa.as_ref(), &mut Default::default()).ok()?;
    // Addresses are constants of the code, so nothing is left to be filled in.
    if !compiled.buffer.relocs().is_empty() {
        return None;
    }
    let bytes = compiled.code_buffer();
    // Not all at the beginning of a page: those that run in turns would push each other out of the cache.
    let first = entry.0 as usize * STAGGER % STAGGERED;
    let mut memory = MmapMut::map_anon(first + bytes.len()).ok()?;
    memory[first..].copy_from_slice(bytes);
    let memory = memory.make_exec().ok()?;
    // SAFETY: the memory holds one function of this signature and calling convention, lies still, and lives as long as the
    // pointer, in the same value.
    let function = unsafe { std::mem::transmute::<*const u8, Function>(memory[first..].as_ptr()) };
    Some(Code { _memory: memory, function, needs })
}

/// Runs it; gives the step that it stopped at, as the steps themselves do.
#[inline(always)]
#[allow(unsafe_code, reason = "a call of what was compiled, see the head of the module")]
pub(super) fn enter(
    code: &Code,
    shorts: &Shorts,
    reach: &mut Reach<'_, '_, '_>,
    registers: &mut Registers,
) -> Result<Stop, Box<Fault>> {
    let (row, now, me) = (reach.row.as_ptr(), reach.common.now, u64::from(reach.me));
    let file = registers.0.as_mut_ptr();
    let frame = reach.frame().map_or(file, |frame| frame.as_mut_ptr());
    // SAFETY: the row and the frame have the words that the code touches, which `Code::fits` has looked at; there are as many
    // registers as it can name; what it calls back with is this reach, which nobody else uses until it returns. No call back
    // touches the words of the frame of a job that runs.
    let stop = unsafe { (code.function)(row.cast(), frame, file, ptr::from_mut(reach).cast(), now, me) };
    if stop & FAILED == 0 {
        return Ok(Stop::of(stop));
    }
    Err(failed(shorts, reach, registers, Stop::of(stop).step()))
}

/// Why it failed at a step, whose operands are in their registers.
#[cold]
fn failed(shorts: &Shorts, reach: &mut Reach<'_, '_, '_>, registers: &Registers, at: usize) -> Box<Fault> {
    match reach.common.trouble.take().map(|trouble| *trouble) {
        Some(Trouble::Said(what)) => fault(shorts, at, what),
        Some(Trouble::Panicked(panic)) => resume_unwind(panic.into_inner().unwrap_or_else(PoisonError::into_inner)),
        None => fault(shorts, at, refusal(shorts.steps[at], registers)),
    }
}
