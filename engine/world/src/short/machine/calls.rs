//! What machine code calls back for: logarithms, values found in a way of their own, and what reaches beyond the actor's row.
//!
//! A call gives back [`DONE`], [`LEAVES`] or [`FAULT`]; with the last one the reach says why, unless the step's operands do. One
//! with which the turn begins to wait gives the address of its frame, to put the words there: no address is one of these.

#![allow(unsafe_code, reason = "pointers that machine code carries through are made what they were, see the head of `machine`")]

use super::Trouble;
use crate::actors::Site;
use crate::hand::span;
use crate::short::run::{Stop, value_of};
use crate::short::{Reach, Registers, Seized, Step};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// A compiled routine: row, frame, registers, reach, the moment and the actor; gives where it stopped, or with [`FAILED`].
pub(super) type Function = unsafe extern "sysv64" fn(*const u64, *mut u64, *mut u64, *mut c_void, u64, u64) -> u64;

/// Not carried out: the routine leaves.
pub(super) const LEAVES: u64 = 0;
/// Carried out.
pub(super) const DONE: u64 = 1;
/// It has no value or cannot be done.
pub(super) const FAULT: u64 = 2;

/// The mark of a step that has failed.
pub(super) const FAILED: u64 = 4;
const _: () = assert!(FAILED & (Stop::WAITS | Stop::ENDS) == 0 && FAILED >> Stop::MARKS == 0, "a mark of its own");

/// The reach that code was entered with.
///
/// # Safety
/// `reach` is what the code was entered with, which is lent to it until it returns.
unsafe fn lent<'a>(reach: *mut c_void) -> &'a mut Reach<'a, 'a, 'a> {
    // SAFETY: as said.
    unsafe { &mut *reach.cast::<Reach<'a, 'a, 'a>>() }
}

/// Does what may fail and gives its word; keeps what went wrong.
fn kept(reach: *mut c_void, does: impl FnOnce(&mut Reach<'_, '_, '_>) -> Result<u64, String>) -> u64 {
    // SAFETY: all callers are called by code, which passes on what it was entered with.
    let trouble = match catch_unwind(AssertUnwindSafe(|| does(unsafe { lent(reach) }))) {
        Ok(Ok(word)) => return word,
        Ok(Err(said)) => Trouble::Said(said),
        Err(panic) => Trouble::Panicked(Mutex::new(panic)),
    };
    // SAFETY: as above; the one that was lent is gone.
    unsafe { lent(reach) }.common.trouble = Some(Box::new(trouble));
    FAULT
}

fn done(carried_out: bool) -> u64 {
    if carried_out { DONE } else { LEAVES }
}

/// The natural logarithm.
pub(super) extern "sysv64" fn log(x: f64) -> f64 {
    libm::log(x)
}

/// The next exponential of mean 1 at the site for which that is drawn ahead.
pub(super) extern "sysv64" fn exponential_ahead(reach: *mut c_void, site: *const Site) -> f64 {
    // SAFETY: code passes on what it was entered with, and the address of a site of the short forms that it is made of, which
    // outlive it.
    let (reach, site) = unsafe { (lent(reach), *site) };
    reach.exponential_ahead(site)
}

/// A member of a group, by these bits; a word of which the upper half is not zero where there is none.
pub(super) extern "sysv64" fn member(reach: *mut c_void, group: u64, bits: u64) -> u64 {
    kept(reach, |reach| reach.member_by(group as u16, bits))
}

/// Sends a message at once.
// What takes nothing out of the ordinary is done outside of what catches panics, which would put aside all registers.
pub(super) extern "sysv64" fn tell(reach: *mut c_void, to: u64, message: u64, first: u64, second: u64, third: u64) -> u64 {
    // SAFETY: code passes on what it was entered with.
    if unsafe { lent(reach) }.tell_quickly(to, message as u16, [first, second, third]) {
        return DONE;
    }
    tell_seldom(reach, to, message, first, second, third)
}

#[cold]
#[inline(never)]
extern "sysv64" fn tell_seldom(reach: *mut c_void, to: u64, message: u64, first: u64, second: u64, third: u64) -> u64 {
    kept(reach, |reach| reach.tell(to, message as u16, [first, second, third]).map(done))
}

/// Sends a message after a span.
pub(super) extern "sysv64" fn tell_after(
    reach: *mut c_void,
    to: u64,
    message: u64,
    first: u64,
    second: u64,
    third: u64,
    after: u64,
) -> u64 {
    kept(reach, |reach| reach.tell_after(to, message as u16, [first, second, third], span(after)?).map(done))
}

/// Where the words of a frame go.
fn address(frame: &mut [u64]) -> u64 {
    frame.as_mut_ptr() as u64
}

/// The turn waits for a span and goes on at `pc`: gives its frame.
pub(super) extern "sysv64" fn wait(reach: *mut c_void, after: u64, pc: u64) -> u64 {
    kept(reach, |reach| reach.wait(span(after)?, pc as u32).map(|frame| frame.map_or(LEAVES, address)))
}

/// Seizes a unit: gives the claim; or the frame where the turn waits and goes on at `pc`, or one of the words above, which are
/// less than any claim.
pub(super) extern "sysv64" fn seize(reach: *mut c_void, holder: u64, effect: u64, pc: u64) -> u64 {
    kept(reach, |reach| {
        Ok(match reach.seize(holder, effect as u32, pc as u32) {
            Seized::Claim(claim) => claim,
            Seized::Waits(frame) => address(frame),
            Seized::Not => LEAVES,
        })
    })
}

/// Gives a unit back.
pub(super) extern "sysv64" fn release(reach: *mut c_void, claim: u64) -> u64 {
    kept(reach, |reach| reach.release(claim).map(done))
}

/// States a fact of four words at most.
// As `tell`.
pub(super) extern "sysv64" fn note(reach: *mut c_void, note: u64, first: u64, second: u64, third: u64, fourth: u64) -> u64 {
    // SAFETY: code passes on what it was entered with.
    if unsafe { lent(reach) }.note_quickly(note as u16, [first, second, third, fourth]) {
        return DONE;
    }
    note_seldom(reach, note, first, second, third, fourth)
}

#[cold]
#[inline(never)]
extern "sysv64" fn note_seldom(reach: *mut c_void, note: u64, first: u64, second: u64, third: u64, fourth: u64) -> u64 {
    kept(reach, |reach| Ok(done(reach.note(note as u16, [first, second, third, fourth]))))
}

/// A step that gives a value and does nothing else, on the registers.
pub(super) extern "sysv64" fn value(reach: *mut c_void, registers: *mut u64, step: *const Step) -> u64 {
    kept(reach, |reach| {
        // SAFETY: code passes the registers that it was entered with, at which nobody else looks meanwhile, and the address of
        // a step of the short forms that it is made of, which outlive it.
        let (registers, step) = unsafe { (&mut *registers.cast::<Registers>(), *step) };
        value_of(step, reach, registers).map(|()| DONE)
    })
}
