//! Why an exploration cannot begin or go on.

use std::path::PathBuf;

/// Why factors or a design make no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// A factor that cannot be read.
    #[error("--vary {name}={asked}: {what}")]
    Factor {
        /// What is varied.
        name: String,
        /// How.
        asked: String,
        /// What is wrong, and the remedy.
        what: String,
    },
    /// A factor twice.
    #[error("`{name}` is varied twice: name each once")]
    Twice {
        /// What is varied.
        name: String,
    },
    /// A design that cannot be laid out.
    #[error("{0}")]
    Design(String),
}

/// Why a results file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error("{} cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no results file at all.
    #[error("{} is there already and is no results file of this program: choose another name for --out", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It holds another experiment.
    #[error(
        "{} holds another experiment: {reason}. Choose another name for --out, or overwrite it with --fresh",
        path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// What is different.
        reason: String,
    },
    /// It was changed.
    #[error("{}, line {line}: {what}. Choose another name for --out, or overwrite it with --fresh", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is not as it was written.
        what: String,
    },
    /// Somebody else writes it.
    #[error("{} is being written by another command: wait for it, or choose another name for --out", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// Why an exploration stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError<E> {
    /// A point could not be run.
    #[error("point {point} could not be run")]
    Point {
        /// The point, counted from 1.
        point: usize,
        /// The values there, by factor.
        values: Vec<(String, String)>,
        /// What the model said.
        source: E,
    },
    /// The results file cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
