//! What can go wrong with a snapshot.

use std::io;

/// A fault in writing, keeping or restoring a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes are something else.
    #[error(
        "these bytes are no snapshot: they begin with `{found}` instead of the mark of one, \
         `\\x89RHS\\r\\n\\x1a\\n`; give what a simulation wrote as its snapshot"
    )]
    NotASnapshot {
        /// The first bytes, at most eight, as far as they can be shown.
        found: String,
    },

    /// The format is another version's.
    #[error(
        "the snapshot has format version {found}, version 1 is read here; restore it with the \
         program that wrote it, or run to that point again"
    )]
    Version {
        /// The version in the snapshot.
        found: u32,
    },

    /// Another model wrote it, or another version of this one.
    #[error(
        "the snapshot is of model {found:016x}, this is model {expected:016x}; restore it with the \
         model that wrote it, or run to that point again"
    )]
    Model {
        /// The model in the snapshot.
        found: u64,
        /// The model given by the caller.
        expected: u64,
    },

    /// The end is missing.
    #[error(
        "the snapshot is cut off: {found} of {expected} bytes are there; copy it again, or take \
         an earlier one"
    )]
    CutOff {
        /// Bytes found.
        found: u64,
        /// Bytes that it should have; where even the header is cut off, those of the header.
        expected: u64,
    },

    /// Something follows the end.
    #[error(
        "the snapshot should end after {expected} bytes and has {found}; copy it again, or take \
         an earlier one"
    )]
    TooLong {
        /// Bytes found.
        found: u64,
        /// Bytes that it should have.
        expected: u64,
    },

    /// The payload is not what was written.
    #[error(
        "the snapshot is damaged: its checksum is {found:08x} and should be {expected:08x}; copy \
         it again, or take an earlier one"
    )]
    Checksum {
        /// The checksum of the bytes found.
        found: u32,
        /// The checksum that was written with them.
        expected: u32,
    },

    /// The bytes are whole, but they are no state of this model.
    #[error(
        "the snapshot is no state of this model: {fault}; give the model another number whenever \
         its state changes its shape"
    )]
    Malformed {
        /// What is wrong.
        fault: String,
    },

    /// What was restored does not fit the rest of the world.
    #[error("the snapshot does not fit this world: {reason}; restore it with the plan it was written under")]
    World {
        /// Why, in the words of the world.
        reason: String,
    },

    /// The state has no bytes.
    #[error(
        "the state cannot be written: {reason}; every sequence in it must know its length, and \
         no `Serialize` may fail"
    )]
    Unwritable {
        /// The serializer's reason.
        reason: String,
    },

    /// The file system refused.
    #[error("cannot {doing}: {source}; give a path in a folder that exists and is open to this program")]
    File {
        /// What was attempted, with the path.
        doing: String,
        /// The system's reason.
        source: io::Error,
    },
}
