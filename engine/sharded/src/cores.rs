//! A budget of cores that everything which starts threads draws from.
//!
//! Replications run side by side, and each may be split into shards. Both take from one budget,
//! so four replications of two shards on two cores run two threads and not eight. It counts and
//! nothing more: no thread is pinned, and no one waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of cores, shared by all clones.
///
/// ```
/// use rehearsal_sharded::Cores;
///
/// let cores = Cores::new(2);
/// let replications = cores.take(4);
/// assert_eq!(replications.count(), 2);
/// assert_eq!(cores.spare(1).count(), 0, "shards find nothing left");
/// drop(replications);
/// assert_eq!(cores.free(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Cores(Arc<AtomicUsize>);

/// Cores taken from a budget; given back when dropped.
#[derive(Debug)]
#[must_use = "the cores go back at once when the lease is dropped"]
pub struct Lease {
    cores: Cores,
    taken: usize,
    count: usize,
}

impl Cores {
    /// A budget of `count` cores.
    pub fn new(count: usize) -> Cores {
        Cores(Arc::new(AtomicUsize::new(count)))
    }

    /// A budget of all cores that the system lets this process use, or of one if it will not say.
    pub fn all() -> Cores {
        Cores::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Up to `up_to` cores for work that must go on in any case: at least one, even of none.
    ///
    /// Never waits.
    pub fn take(&self, up_to: usize) -> Lease {
        let mut lease = self.spare(up_to);
        lease.count = lease.count.max(1);
        lease
    }

    /// Up to `up_to` cores, perhaps none: for a thread that already has its own and wants help.
    ///
    /// Never waits.
    pub fn spare(&self, up_to: usize) -> Lease {
        let less = |free: usize| Some(free - free.min(up_to));
        let free = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).unwrap_or_default();
        let taken = free.min(up_to);
        Lease { cores: self.clone(), taken, count: taken }
    }

    /// How many are free at this moment.
    pub fn free(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Lease {
    /// How many threads may run under this lease.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.cores.0.fetch_add(self.taken, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_at_most_what_is_free_and_at_least_one() {
        let cores = Cores::new(3);
        let first = cores.take(2);
        let second = cores.take(2);
        let third = cores.take(2);
        assert_eq!([first.count(), second.count(), third.count()], [2, 1, 1]);
        assert_eq!((cores.free(), cores.spare(1).count()), (0, 0));
        drop(third);
        assert_eq!(cores.free(), 0, "what was given beyond the budget does not come back");
        drop((first, second));
        assert_eq!(cores.free(), 3);
    }

    #[test]
    fn threads_never_hold_more_than_there_is() {
        let (cores, held) = (Cores::new(3), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for up_to in [1, 2, 3, 4] {
                let (cores, held) = (cores.clone(), &held);
                scope.spawn(move || {
                    for _ in 0..2_000 {
                        let lease = cores.spare(up_to);
                        let together = held.fetch_add(lease.count(), Ordering::SeqCst) + lease.count();
                        assert!(together <= 3, "{together} of 3");
                        held.fetch_sub(lease.count(), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(cores.free(), 3);
    }
}
