//! How a twin is, in numbers that everybody may read at any moment.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How a twin is.
#[derive(Debug, Default)]
pub struct Status {
    /// When it was started \[ns since 1970\].
    pub started: u64,
    /// Events that were let in since.
    pub taken: AtomicU64,
    /// Events that were known already.
    pub repeated: AtomicU64,
    /// Events that were put aside.
    pub refused: AtomicU64,
    /// Batches that were turned away because there was too much.
    pub pushed_back: AtomicU64,
    /// The last entry that is in the journal.
    pub journaled: AtomicU64,
    /// The last entry that was applied to the world.
    pub applied: AtomicU64,
    /// Decisions since.
    pub decisions: AtomicU64,
    /// Effects that left the world since.
    pub effects: AtomicU64,
    /// Commits of the journal, and what they took altogether \[µs\].
    pub commits: AtomicU64,
    /// See [`Status::commits`].
    pub commit_us: AtomicU64,
    /// Bytes and segments of the journal.
    pub journal_bytes: AtomicU64,
    /// See [`Status::journal_bytes`].
    pub journal_segments: AtomicU64,
    /// Snapshots since, the bytes of the last, and the entry after which it was taken.
    pub snapshots: AtomicU64,
    /// See [`Status::snapshots`].
    pub snapshot_bytes: AtomicU64,
    /// See [`Status::snapshots`].
    pub snapshot_after: AtomicU64,
    /// How often the world was brought up anew.
    pub restarts: AtomicU64,
    /// The present of the world \[ns since its beginning\].
    pub now: AtomicU64,
    /// Whether it is about to stop.
    pub stopping: AtomicBool,
    /// What keeps it from its work.
    trouble: Mutex<Option<String>>,
}

impl Status {
    pub(crate) fn new(started: u64) -> Status {
        Status { started, ..Status::default() }
    }

    /// How far the world lags behind the journal, in entries.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.journaled.load(Ordering::Relaxed).saturating_sub(self.applied.load(Ordering::Relaxed))
    }

    /// What keeps it from its work, if anything does.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |trouble| trouble.clone())
    }

    pub(crate) fn set_trouble(&self, what: Option<String>) {
        match self.trouble.lock() {
            Ok(mut trouble) => *trouble = what,
            Err(poisoned) => *poisoned.into_inner() = what,
        }
    }
}
