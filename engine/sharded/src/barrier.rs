//! Where threads wait for each other between windows: spins briefly, then sleeps.
//!
//! On idle cores the others arrive within a microsecond, far sooner than the system could wake a
//! sleeper. On busy cores a thread that spun on would keep the one it waits for from its core.
//!
//! It orders memory: what a thread did before [`Barrier::wait`] is seen by all after it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How often a waiting thread looks before it sleeps: some tens of microseconds.
const SPINS: u32 = 2_000;

/// A barrier for a fixed number of threads that is used again and again.
#[derive(Debug)]
pub(crate) struct Barrier {
    threads: u32,
    arrived: AtomicU32,
    generation: AtomicU32,
    sleepers: AtomicU32,
    abandoned: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Barrier {
    pub(crate) fn new(threads: usize) -> Barrier {
        Barrier {
            threads: u32::try_from(threads).expect("fewer threads than 2^32"),
            arrived: AtomicU32::new(0),
            generation: AtomicU32::new(0),
            sleepers: AtomicU32::new(0),
            abandoned: AtomicBool::new(false),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Waits until all threads are here; `false` when one of them has given up.
    pub(crate) fn wait(&self) -> bool {
        let generation = self.generation.load(Ordering::SeqCst);
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == self.threads {
            // Before the others are let go, as they may arrive at the next wait at once.
            self.arrived.store(0, Ordering::SeqCst);
            self.generation.store(generation.wrapping_add(1), Ordering::SeqCst);
            self.rouse();
        } else {
            self.await_other_than(generation);
        }
        !self.abandoned.load(Ordering::SeqCst)
    }

    /// Lets all go, now and for ever: a thread has panicked and will never arrive.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
        self.rouse();
    }

    fn is_over(&self, generation: u32) -> bool {
        self.generation.load(Ordering::SeqCst) != generation || self.abandoned.load(Ordering::SeqCst)
    }

    fn await_other_than(&self, generation: u32) {
        for _ in 0..SPINS {
            if self.is_over(generation) {
                return;
            }
            std::hint::spin_loop();
        }
        let mut guard = self.guard();
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while !self.is_over(generation) {
            guard = self.wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }

    /// Wakes the sleepers, if any: a call to the system that spinning threads need not pay.
    ///
    /// A thread says that it sleeps before it looks for the last time, and the caller has changed
    /// what it looks at before this looks for sleepers: one of the two sees the other. Taking the
    /// lock waits until a sleeper that is about to sleep does.
    fn rouse(&self) {
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(self.guard());
            self.wake.notify_all();
        }
    }

    fn guard(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Abandons a barrier when the thread that holds it panics.
#[derive(Debug)]
pub(crate) struct Watchman<'a>(pub(crate) &'a Barrier);

impl Drop for Watchman<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every thread adds its part of a round; after the wait each must see the whole round.
    fn count_together(threads: u32, rounds: u32) {
        let (barrier, sum) = (Barrier::new(threads as usize), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let _watchman = Watchman(&barrier);
                    for round in 1..=rounds {
                        sum.fetch_add(1, Ordering::Relaxed);
                        assert!(barrier.wait());
                        assert_eq!(sum.load(Ordering::Relaxed), round * threads);
                        assert!(barrier.wait());
                    }
                });
            }
        });
    }

    #[test]
    fn nobody_passes_before_all_are_there() {
        for (threads, rounds) in [(1, 100), (2, 5_000), (3, 500), (8, 100)] {
            count_together(threads, rounds);
        }
    }

    #[test]
    fn a_panic_lets_the_others_go() {
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..2).map(|_| scope.spawn(|| barrier.wait())).collect();
            let panicking = scope.spawn(|| {
                let _watchman = Watchman(&barrier);
                std::panic::resume_unwind(Box::new("never arrives"));
            });
            assert!(panicking.join().is_err());
            waiting.into_iter().for_each(|thread| assert!(!thread.join().unwrap()));
        });
    }
}
