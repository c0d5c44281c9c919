//! A hint to the processor that a value is about to be used.
//!
//! Beyond a hundred thousand actors a run waits for memory more than it computes. A world that
//! names the state of actors whose events are due soon, see [`crate::World::prefetch`], has those
//! waits overlap. It changes no result, and does nothing where the processor has no such hint.

/// Asks for the line of the cache in which `value` begins; returns at once.
///
/// A value longer than a line (64 bytes on most machines) wants one hint for each line.
#[inline(always)]
#[allow(unsafe_code, reason = "the hint takes a pointer; it reads nothing, and a reference is a valid one anyway")]
pub fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    // Safety: a prefetch has no effect that a program can see, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
