//! What can go wrong with a trace.
//!
//! One enum for writing, reading and showing.

use std::io;

/// A fault in writing, reading or showing a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file system refused.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was attempted, with the path.
        doing: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is something else.
    #[error("this is not a trace: it does not begin with the mark of one; give a file written by a recorded run")]
    NotATrace,
    /// The file has another version of the format.
    #[error(
        "the trace has format version {found}, this program reads version {supported}; record the run again or use the program that wrote it"
    )]
    Version {
        /// The version in the file.
        found: u16,
        /// The version read here.
        supported: u16,
    },
    /// The end of the file is missing or damaged.
    #[error(
        "the trace has no intact end: {blocks} whole blocks with {records} records come before byte {offset}; open it as a partial trace to read those"
    )]
    CutOff {
        /// Whole blocks before the cut, the header's among them.
        blocks: usize,
        /// Records in them.
        records: u64,
        /// Where the first block that is not whole begins \[byte\].
        offset: u64,
    },
    /// A block contradicts its checksum or cannot be understood.
    #[error(
        "block {block} of the trace, at byte {offset}, is damaged: {fault}; blocks before it can be read with a partial opening"
    )]
    Block {
        /// The number of the block in the file, from 0 (the header).
        block: usize,
        /// Where it begins \[byte\].
        offset: u64,
        /// What is wrong with it.
        fault: String,
    },
    /// A record came earlier than the one before it.
    #[error("the record at {at} ns comes after one at {previous} ns; records must be written in order of time")]
    OutOfOrder {
        /// Time of the record \[ns\].
        at: u64,
        /// Time of the record before it \[ns\].
        previous: u64,
    },
    /// A coordinate is no place on Earth.
    #[error("position {lat}, {lon} is not on Earth: latitude lies in -90..=90 and longitude in -180..=180 degrees")]
    Position {
        /// Latitude \[degrees\].
        lat: f64,
        /// Longitude \[degrees\].
        lon: f64,
    },
    /// Lists in lists in lists.
    #[error("a value nests lists more than {limit} deep; flatten it")]
    Depth {
        /// The deepest nesting allowed.
        limit: usize,
    },
    /// Something exceeds what the format allows.
    #[error("{what} takes {found}, at most {limit} is allowed; record less in it")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size \[bytes\], or its number.
        found: u64,
        /// The limit, in the same unit.
        limit: u64,
    },
    /// The header names one actor twice.
    #[error("actor {id} ('{name}') is declared twice in the header; give each actor its own number")]
    DuplicateActor {
        /// The number.
        id: u32,
        /// The second name.
        name: String,
    },
    /// An earlier error has already ended the writing.
    #[error("the trace is not being written any more: an earlier write failed; begin the recording again")]
    Broken,
    /// A line of a feed that cannot be understood.
    #[error("this line is no record of a run: {fault}; give lines as `rehearsal replay --format ndjson` writes them")]
    Line {
        /// What is wrong with it.
        fault: String,
    },
    /// No such actor in the run.
    #[error("no actor is called '{name}'; {nearest}")]
    UnknownActor {
        /// The name asked for.
        name: String,
        /// A sentence with the nearest names.
        nearest: String,
    },
    /// No decision is the one that was asked for.
    #[error("{wanted}; {hint}")]
    NoDecision {
        /// What is missing.
        wanted: String,
        /// What there is.
        hint: String,
    },
    /// The start of the run is not a civil date and time.
    #[error("the run starts at '{start}', which is not a civil date and time such as 2026-11-02 00:00: {fault}")]
    Start {
        /// The text in the header.
        start: String,
        /// Why it cannot be read.
        fault: String,
    },
}

impl TraceError {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> TraceError {
        let doing = doing.into();
        move |source| TraceError::Io { doing, source }
    }
}
