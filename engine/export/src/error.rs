//! What can go wrong with an export.

use std::io;
use std::path::PathBuf;

use rehearsal_trace::TraceError;

/// A fault in exporting a recorded run or results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The trace cannot be read, or not to its end.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The file system, or whoever reads the stream, refused.
    #[error("{what} cannot be written: {source}")]
    Write {
        /// What was written.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The path is taken by something that is no file.
    #[error("{} is no plain file and is left alone: name a file, or `-` for standard output", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The name of the file does not say which format is meant.
    #[error("the name {} tells no format: end it in {endings}", path.display())]
    NoFormat {
        /// The file.
        path: PathBuf,
        /// The endings that tell one.
        endings: String,
    },
    /// The program was built without the format.
    #[error(
        "this build of the program writes no {format}: build one that does with `cargo build --release -p rehearsal-cli --features {feature}`"
    )]
    NotBuilt {
        /// The format as people call it.
        format: &'static str,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// The format goes to a file only.
    #[error("{format} is no text and goes to a file: give `--out FILE`")]
    NoText {
        /// The format as people call it.
        format: &'static str,
    },
    /// The run begins at no moment of a calendar.
    #[error("the run starts at '{start}', which is not a civil date and time such as 2026-11-02 00:00")]
    Start {
        /// The text in the header.
        start: String,
    },
    /// A library that writes a format refused.
    #[error("{what} cannot be written: {fault}")]
    Library {
        /// What was written.
        what: String,
        /// The library's words.
        fault: String,
    },
}

impl ExportError {
    /// The error of writing `what`.
    pub(crate) fn write(what: impl Into<String>) -> impl FnOnce(io::Error) -> ExportError {
        let what = what.into();
        move |source| ExportError::Write { what, source }
    }
}
