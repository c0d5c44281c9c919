//! An allocator that can count what is in use: for the measures of memory, and for no other.
//!
//! It is that of the whole program, but counts only where [`start`] was called. Elsewhere an allocation pays for one look at a
//! flag that never changes, so that an engine which allocates for each event is not slowed down by what measures another.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Hands everything on to the system's allocator.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
/// Wraps around where more is given back than was taken since the start.
static IN_USE: AtomicUsize = AtomicUsize::new(0);

/// Counts from here on.
pub(crate) fn start() {
    ON.store(true, Ordering::Relaxed);
}

/// What has been taken and not given back since the start `[bytes]`.
pub(crate) fn in_use() -> usize {
    IN_USE.load(Ordering::Relaxed)
}

fn took(size: usize) {
    if ON.load(Ordering::Relaxed) {
        IN_USE.fetch_add(size, Ordering::Relaxed);
    }
}

fn gave_back(size: usize) {
    if ON.load(Ordering::Relaxed) {
        IN_USE.fetch_sub(size, Ordering::Relaxed);
    }
}

// Safety: each call goes to the system's allocator with the arguments it came with, and its answer comes back unchanged.
#[allow(unsafe_code, reason = "the trait is unsafe to implement: a wrong allocator breaks everything")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    // Given by hand, as the provided one copies where the system only maps anew.
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        gave_back(layout.size());
        took(size);
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        gave_back(layout.size());
        unsafe { System.dealloc(memory, layout) }
    }
}
