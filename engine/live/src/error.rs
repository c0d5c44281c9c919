//! What can go wrong with a twin as a whole.

use crate::host::Failed;
use rehearsal_journal::JournalError;
use rehearsal_scenario::{RunError, StateError};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a twin cannot be opened or go on.
#[derive(Debug, Error)]
pub enum LiveError {
    /// The scenario does not say what is real.
    #[error("scenario {scenario} does not say what is real: add Live(twins: {{ ... }}) to it, see the guide")]
    NoTwins {
        /// Its name.
        scenario: String,
    },
    /// The folder is that of another twin.
    #[error("{} is the twin of {found}, not of {asked}; give another --data, or ask for what it is", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// There is no twin in a folder.
    #[error("{} holds no twin: it has no twin.json; begin one with `rehearsal live SCENARIO --data {}`", path.display(), path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// What a folder is the twin of cannot be read.
    #[error("{} is not what it should be: {what}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A snapshot cannot be used.
    #[error("the snapshot {}: {what}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A snapshot is of another scenario.
    #[error(transparent)]
    State(#[from] StateError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry that this version cannot read.
    #[error("entry {sequence} of the journal cannot be read: it was written by another version of the program")]
    Entry {
        /// Its sequence.
        sequence: u64,
    },
    /// The first entries of the journal are gone, and there is no snapshot that goes on from there.
    #[error("the journal begins at entry {first}, and no snapshot of this scenario and build goes on from there: {why}")]
    Gap {
        /// The first entry that is left.
        first: u64,
        /// Why the snapshots there are cannot be used.
        why: String,
    },
    /// The scenario failed.
    #[error(transparent)]
    Failed(#[from] Failed),
    /// The scenario failed when it began.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The experiment that compares futures.
    #[error(transparent)]
    Experiment(#[from] rehearsal_experiment::ExperimentError),
    /// What leaves the twin.
    #[error(transparent)]
    Connect(#[from] rehearsal_connect::ConnectError),
    /// A moment that nobody can look at.
    #[error("{0}")]
    Moment(String),
    /// The system refused.
    #[error("{} cannot be {doing}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: String,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl LiveError {
    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> LiveError {
        let doing = match doing {
            "read" => "read",
            "make" => "made",
            "remove" => "removed",
            other => other,
        };
        LiveError::Io { doing: doing.to_owned(), path: path.to_owned(), source }
    }
}
