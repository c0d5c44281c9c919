//! Word from a running experiment: which runs are done. It never changes what comes out.

/// Someone who wants to know how far an experiment is.
pub trait Progress: Sync {
    /// So many more runs are to be done. Called before they begin; more than once where their number is found on the way.
    fn planned(&self, runs: u64) {
        let _ = runs;
    }

    /// A run is done. Called from the thread that ran it, in no particular order.
    ///
    /// `policy` is the index in [`crate::Rehearsal::policies`], `events` the events of this run.
    fn finished(&self, policy: usize, replication: u64, events: u64);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn finished(&self, _policy: usize, _replication: u64, _events: u64) {}
}
