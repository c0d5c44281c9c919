//! Reads a journal from any record on, also while it is written.

use std::path::{Path, PathBuf};

use crate::error::{JournalError, io, remedy};
use crate::folder;
use crate::frame::{After, HeaderFault, SEGMENT};
use crate::recover::{header_fault, misnamed, missing, torn_header};
use crate::scan::{Scan, Step};

/// Reads the records of the journal in `dir` from sequence `from` on; from 0, all that are kept. Needs no lock and changes
/// nothing: another process may write meanwhile.
///
/// Records come as soon as they are written, which may be before they are on disk; one whose commit fails may have been seen.
/// Finding the first takes the time to read what precedes it in its segment.
///
/// # Errors
///
/// There is no journal, the record is not kept any more, a segment has another format, or the system refuses.
pub fn read(dir: &Path, from: u64) -> Result<Records, JournalError> {
    let segments = folder::list(dir)?.segments;
    let Some(&oldest) = segments.first() else { return Err(JournalError::Absent { path: dir.to_owned() }) };
    if from != 0 && from < oldest {
        return Err(JournalError::Removed { from, first: oldest });
    }
    let from = from.max(oldest);
    for first in segments.into_iter().rev().filter(|&first| first <= from) {
        if let Some(scan) = open(dir, first)? {
            return Ok(Records { dir: dir.to_owned(), scan, from, failed: false });
        }
    }
    Err(headless(dir, oldest))
}

/// The records of a journal, in order. Made by [`read`].
///
/// At the last whole record it gives `None`; another call looks again, so that a journal can be followed while it is written.
/// After an error it gives nothing more.
#[derive(Debug)]
pub struct Records {
    dir: PathBuf,
    scan: Scan,
    /// Records before this one are passed over.
    from: u64,
    failed: bool,
}

impl Iterator for Records {
    type Item = Result<(u64, Vec<u8>), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let found = self.advance().transpose();
        self.failed = matches!(found, Some(Err(_)));
        found
    }
}

impl Records {
    fn advance(&mut self) -> Result<Option<(u64, Vec<u8>)>, JournalError> {
        let mut bytes = Vec::new();
        loop {
            if self.scan.step(&mut bytes).map_err(io("read", &self.path()))? == Step::Record {
                let sequence = self.scan.next - 1;
                if sequence >= self.from {
                    self.from = self.scan.next;
                    return Ok(Some((sequence, bytes)));
                }
            } else if !self.look_on()? {
                return Ok(None);
            }
        }
    }

    fn path(&self) -> PathBuf {
        folder::segment(&self.dir, self.scan.header.first)
    }

    /// Where a segment could be read no further: whether there is more by now, here or in the next one.
    fn look_on(&mut self) -> Result<bool, JournalError> {
        let sequence = self.scan.next;
        // First the names, then the bytes: what was written before the next segment was begun is seen.
        let segments = folder::list(&self.dir)?.segments;
        let following = segments.iter().copied().find(|&first| first > self.scan.header.first);
        let rest = self.scan.rest().map_err(io("read", &self.path()))?;
        if rest.after == (After::Whole { at: 0, sequence }) {
            return Ok(true);
        }
        if rest.bytes == 0 && following == Some(sequence) {
            return match open(&self.dir, sequence)? {
                Some(next) => {
                    self.scan = next;
                    Ok(true)
                }
                None if segments.last() == Some(&sequence) => Ok(false),
                None => Err(headless(&self.dir, sequence)),
            };
        }
        if segments.contains(&self.scan.header.first) {
            // It may have been written anew since.
            if let Some(now) = open(&self.dir, self.scan.header.first)?
                && now.header.salt != self.scan.header.salt
            {
                self.scan = now;
                return Ok(true);
            }
        }
        match (following, rest.after) {
            (None, After::Nothing) => Ok(false),
            (Some(first), _) if segments.first() == Some(&first) => Err(JournalError::Removed { from: sequence, first }),
            (Some(first), _) if rest.bytes == 0 && first > sequence => Err(missing(&self.dir, sequence, first)),
            (following, After::Nothing | After::Unknown) => Err(self.corrupt(following)),
            (_, After::Whole { sequence, .. }) => Err(self.corrupt(Some(sequence))),
        }
    }

    fn corrupt(&self, resumes: Option<u64>) -> JournalError {
        let (offset, sequence) = (self.scan.offset, self.scan.next);
        JournalError::Corrupt { segment: self.path(), offset, sequence, resumes, remedy: remedy(&self.dir) }
    }
}

/// Opens the segment that begins with `first`. Gives nothing where even its header is not whole and nothing is after it.
fn open(dir: &Path, first: u64) -> Result<Option<Scan>, JournalError> {
    let path = folder::segment(dir, first);
    match Scan::open(&path, SEGMENT).map_err(io("read", &path))? {
        Ok(scan) if scan.header.first == first => Ok(Some(scan)),
        Ok(scan) => Err(misnamed(path, scan.header.first)),
        Err(fault) if torn_header(fault, path.metadata().map_err(io("read", &path))?.len()) => Ok(None),
        Err(fault) => Err(header_fault(dir, path, first, fault, None)),
    }
}

/// A segment whose header is not whole.
fn headless(dir: &Path, first: u64) -> JournalError {
    header_fault(dir, folder::segment(dir, first), first, HeaderFault::Short, None)
}
