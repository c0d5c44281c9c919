//! What several of the tests need.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use rehearsal_journal::{Journal, JournalError, Options, Sync, read};
use std::fs;
use std::path::{Path, PathBuf};

/// Segments of some records each.
pub(crate) fn small() -> Options {
    Options { segment_bytes: 300, sync: Sync::Never, ..Options::default() }
}

pub(crate) fn open(dir: &Path, options: Options) -> Journal {
    Journal::open(dir, options).unwrap().0
}

/// A folder for tests that open journals again and again: in memory where there is such a place, as waiting for a disk shows
/// nothing there.
pub(crate) fn quick() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// All records that are kept.
pub(crate) fn all(dir: &Path) -> Result<Vec<(u64, Vec<u8>)>, JournalError> {
    read(dir, 0)?.collect()
}

/// The files of the segments, in order.
pub(crate) fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    found.sort();
    found
}

/// Bytes that differ from record to record, always the same ones.
pub(crate) fn drawn(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Whether any file in a folder, or its name, holds `bytes`.
pub(crate) fn holds(dir: &Path, bytes: &[u8]) -> bool {
    let within = |found: &[u8]| found.windows(bytes.len()).any(|window| window == bytes);
    fs::read_dir(dir).unwrap().any(|entry| {
        let entry = entry.unwrap();
        within(entry.file_name().as_encoded_bytes()) || within(&fs::read(entry.path()).unwrap())
    })
}

/// A journal with `records` in segments of some records each, and what is in it.
pub(crate) fn filled(dir: &Path, records: u64, length: usize) -> Vec<(u64, Vec<u8>)> {
    let mut journal = open(dir, small());
    for index in 0..records {
        journal.append(&drawn(index, length)).unwrap();
        journal.commit().unwrap();
    }
    (1..=records).map(|sequence| (sequence, drawn(sequence - 1, length))).collect()
}
