//! What can go wrong when recorded runs are looked at, each as one sentence for people.

use rehearsal_trace::TraceError;
use std::path::{Path, PathBuf};

/// A trace that cannot be shown, or two that cannot be shown side by side.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read {path}: {reason}; give a file that `rehearsal run --trace` wrote", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file is something else.
    #[error("{path} is not a trace; give a file that `rehearsal run --trace` wrote", path = .path.display())]
    NotATrace {
        /// The file.
        path: PathBuf,
    },
    /// Another version of the format.
    #[error(
        "{path} has format version {found} and this program reads version {supported}; record the run again, or use the \
         program that wrote it",
        path = .path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u16,
        /// The version read here.
        supported: u16,
    },
    /// The recording was not finished.
    #[error("{path} is cut off after {records} records: its recording was not finished; record the run again", path = .path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
        /// Records that are whole.
        records: u64,
    },
    /// Nothing happened.
    #[error("{path} holds no records, so there is nothing to show; record a run in which something happens", path = .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file contradicts itself.
    #[error("{path} is damaged: {reason}; record the run again", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A feed that tells something else, or no longer what it told.
    #[error("{path} tells no run: {reason}; give the address of a feed as `rehearsal replay --format ndjson` writes it", path = .path.display())]
    NoFeed {
        /// Where it comes from.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// None, or more than can be shown side by side.
    #[error("{count} traces cannot be shown; give one, or two to see them side by side")]
    Count {
        /// How many.
        count: usize,
    },
    /// Two runs that did not have the same luck.
    #[error("{a} and {b} cannot be compared: {reason}; record both with the same scenario, seed and replication", a = .a.display(), b = .b.display())]
    NotAlike {
        /// One file.
        a: PathBuf,
        /// The other.
        b: PathBuf,
        /// In what they differ.
        reason: String,
    },
}

impl StageError {
    /// The fault of a trace, told of its file.
    pub(crate) fn of(path: &Path, error: TraceError) -> StageError {
        let path = path.to_owned();
        match error {
            TraceError::Io { source, .. } => StageError::Unreadable { path, reason: source.to_string() },
            TraceError::NotATrace => StageError::NotATrace { path },
            TraceError::Version { found, supported } => StageError::Version { path, found, supported },
            TraceError::CutOff { records, .. } => StageError::CutOff { path, records },
            TraceError::Block { block, offset, fault } => {
                StageError::Damaged { path, reason: format!("block {block} at byte {offset}: {fault}") }
            }
            other => StageError::Damaged { path, reason: other.to_string() },
        }
    }
}
