//! How a twin is run.

use crate::folder::Folder;
use crate::out::Outgoing;
use rehearsal_journal::Options;
use std::sync::Arc;
use std::time::Duration;

/// Takes effects that leave the world; they are its own business once this returns. Numbers that it knows are ignored.
pub type Carry = Arc<dyn Fn(Vec<Outgoing>) -> Result<(), String> + Send + Sync>;

/// How a twin is run.
#[derive(Clone)]
pub struct Config {
    /// Where its data is.
    pub folder: Folder,
    /// How its journal is kept.
    pub journal: Options,
    /// How often the world is kept, where anything has happened.
    pub snapshot_every: Duration,
    /// How many snapshots are kept.
    pub snapshots: usize,
    /// Whether entries that no snapshot needs any more are removed.
    pub forget: bool,
    /// How often the world follows the time of the wall.
    pub tick_every: Duration,
    /// Threads for futures.
    pub jobs: usize,
    /// What is too much.
    pub limits: Limits,
    /// Takes what leaves the world; nobody does where `None`.
    pub carry: Option<Carry>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("folder", &self.folder).field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many entries the world may lag behind the journal before nothing more is taken.
    pub lag: u64,
    /// How many events one batch may have.
    pub batch: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { lag: 100_000, batch: 10_000 }
    }
}

impl Config {
    /// The usual way, with the data in a folder.
    #[must_use]
    pub fn at(folder: Folder) -> Config {
        Config {
            folder,
            journal: Options::default(),
            snapshot_every: Duration::from_secs(60),
            snapshots: 3,
            forget: false,
            tick_every: Duration::from_millis(50),
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            limits: Limits::default(),
            carry: None,
        }
    }
}
