//! What can go wrong with files, and what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a journal or a keep could not be opened, written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Somebody else has it open for writing.
    #[error("{} is in use: another process, or another part of this one, has it open; end that first, or take another path", path.display())]
    InUse {
        /// The folder of the journal, or the file of the keep.
        path: PathBuf,
    },
    /// Bytes are damaged, and more than the end of the last write is concerned.
    #[error(
        "{} is damaged at byte {offset}, where record {sequence} should be{}; keep a copy of it, then {remedy}",
        segment.display(), whole_again(*.resumes)
    )]
    Corrupt {
        /// The file.
        segment: PathBuf,
        /// Where the damage begins \[bytes\].
        offset: u64,
        /// The record that should be there.
        sequence: u64,
        /// The first record that is whole again, where there is one.
        resumes: Option<u64>,
        /// What to do.
        remedy: String,
    },
    /// Records are missing between two segments.
    #[error(
        "records {from} to {to} are missing before {}: put back the file that held them, or {remedy}",
        before.display()
    )]
    Missing {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
        /// The segment after them.
        before: PathBuf,
        /// What to do.
        remedy: String,
    },
    /// It was written by another version of the program.
    #[error("{} has format {found}, and this program knows format {known}: use the version that wrote it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that is known.
        known: u32,
    },
    /// Something that does not belong there.
    #[error("{} is not of a journal: give the journal a folder of its own, or move this away", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file that is no keep.
    #[error("{} is a file of something else: give the keep a name of its own", path.display())]
    NotAKeep {
        /// The file.
        path: PathBuf,
    },
    /// A segment has the name of another one.
    #[error("{} begins with record {first}, against its name: it was renamed; call it {}", path.display(), expected.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The first record that its header tells of.
        first: u64,
        /// What it should be called.
        expected: PathBuf,
    },
    /// A record is longer than allowed.
    #[error("record {sequence} has {length} bytes, and at most {max} are allowed: send less at a time, or raise `record_max`")]
    TooLong {
        /// The record.
        sequence: u64,
        /// Its length \[bytes\].
        length: u64,
        /// What is allowed \[bytes\].
        max: u64,
    },
    /// Records were asked for that are not kept any more.
    #[error("record {from} is not kept any more: the journal begins with record {first}")]
    Removed {
        /// What was asked for.
        from: u64,
        /// The first that is kept.
        first: u64,
    },
    /// This user may not do that.
    #[error("not allowed to {doing} {}: give this user the right to read and write there, or take another folder", path.display())]
    NotAllowed {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is no folder.
    #[error("{} is a file, and a journal is a folder: name a folder that is empty or does not exist", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// There is no journal.
    #[error("there is no journal in {}: name the folder that holds the files `*.journal`", path.display())]
    Absent {
        /// The path.
        path: PathBuf,
    },
    /// What is saved from a journal needs an empty folder.
    #[error("{} is not empty: name a folder that is empty or does not exist", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// No room is left.
    #[error("no room to {doing} {}: {source}; what was committed before is kept, make room and try again", path.display())]
    Full {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The options have no meaning.
    #[error("{option} is {found}, and {allowed} is allowed")]
    Options {
        /// Which of them.
        option: &'static str,
        /// What it is.
        found: u64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A record of a keep is whole but means nothing.
    #[error("{}: record {sequence} is whole but is no entry of a keep: it was written by something else", path.display())]
    Meaningless {
        /// The file.
        path: PathBuf,
        /// The record.
        sequence: u64,
    },
    /// The system refused something else.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn whole_again(sequence: Option<u64>) -> String {
    match sequence {
        Some(sequence) => format!(" (what follows is whole again from record {sequence})"),
        None => String::new(),
    }
}

/// What to do with a journal in `dir` that is damaged.
pub(crate) fn remedy(dir: &Path) -> String {
    format!("take what is whole before it with `rehearsal journal salvage {} INTO`", dir.display())
}

/// What the system said, as an error of ours.
pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| match source.kind() {
        ErrorKind::PermissionDenied => JournalError::NotAllowed { doing, path, source },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => JournalError::Full { doing, path, source },
        _ => JournalError::Io { doing, path, source },
    }
}
