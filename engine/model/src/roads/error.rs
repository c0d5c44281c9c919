//! What can be wrong with a road file, each with its remedy.

use std::path::PathBuf;

/// Why an extract could not be turned into roads.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoadsError {
    /// The file could not be opened or read.
    #[error("road file {}: {source}; give the path of an OpenStreetMap extract (.osm.pbf)", path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is larger than is read into memory.
    #[error("road file: more than {limit_bytes} bytes; cut a smaller extract, for example with `osmium extract`")]
    TooLarge {
        /// The largest size read \[bytes\].
        limit_bytes: u64,
    },
    /// The file holds more than is taken, however small it is packed.
    #[error(
        "road file: more than {limit} nodes, references and features; cut a smaller extract, for example with `osmium extract`"
    )]
    TooManyElements {
        /// The most that is taken.
        limit: usize,
    },
    /// The bytes do not start like an OpenStreetMap PBF file.
    #[error("road file: not an OpenStreetMap PBF file ({found}); convert it to .osm.pbf, for example with `osmium cat`")]
    NotPbf {
        /// What was found instead of the header.
        found: String,
    },
    /// The file ends in the middle of a block.
    #[error("road file: cut off, the block at byte {offset} ends at byte {needed} but the file has {len}; fetch it again")]
    CutOff {
        /// Where the incomplete block starts \[bytes\].
        offset: u64,
        /// Where it would end, or at least where its next part would \[bytes\].
        needed: u64,
        /// The length of the file \[bytes\].
        len: u64,
    },
    /// A block is there but does not decode.
    #[error("road file: corrupted in the block at byte {offset}: {reason}; fetch it again")]
    Corrupted {
        /// Where the block starts \[bytes\].
        offset: u64,
        /// What does not decode.
        reason: String,
    },
    /// The file asks for a feature that is not read.
    #[error(
        "road file: needs {feature:?}, which is not read; allowed are zlib blocks, OsmSchema-V0.6 and DenseNodes: rewrite it, for example with `osmium cat`"
    )]
    Unsupported {
        /// The feature as the file names it.
        feature: String,
    },
    /// Nothing in the file can be driven.
    #[error("road file: no drivable way between two places ({ways} highway ways seen); give an extract that holds roads")]
    NoDrivableWay {
        /// Ways with a `highway` tag that were seen.
        ways: usize,
    },
}
