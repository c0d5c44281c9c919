//! Takes what is whole of a damaged journal into a new one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::check::{Report, check};
use crate::error::JournalError;
use crate::folder;
use crate::frame::Header;
use crate::journal::begin;
use crate::rewrite::{Copy, walk};

/// Copies what is whole up to the first damage from the journal in `dir` to a new one in `into`, which must be empty or not
/// exist. Gives what there was; [`Report::saved`] is what was copied. The old journal is not changed.
///
/// The new journal goes on after the last record that was saved: what was kept elsewhere under later sequences, such as a
/// saved state, does not go with it.
///
/// # Errors
///
/// There is no journal, `into` holds something, or the system refuses. Nothing is left in `into` then, as far as the system
/// lets it be removed.
pub fn salvage(dir: &Path, into: &Path) -> Result<Report, JournalError> {
    let report = check(dir)?;
    let Some(oldest) = report.segments.first().map(|segment| segment.first) else {
        return Err(JournalError::Absent { path: dir.to_owned() });
    };
    folder::create(into)?;
    let _lock = folder::lock(into)?;
    if !folder::list(into)?.empty {
        return Err(JournalError::Occupied { path: into.to_owned() });
    }
    let mut made = Vec::new();
    let copied = copy(&report, oldest, dir, into, &mut made);
    if copied.is_err() {
        for path in &made {
            let _ = fs::remove_file(path);
        }
    }
    copied.map(|()| report)
}

fn copy(report: &Report, oldest: u64, dir: &Path, into: &Path, made: &mut Vec<PathBuf>) -> Result<(), JournalError> {
    let Some((first, last)) = report.saved() else {
        // Nothing is whole, and sequences go on where they were.
        let path = folder::segment(into, oldest);
        begin(&path, Header::drawn(oldest))?;
        made.push(path);
        return folder::sync(into);
    };
    let mut next = first;
    for segment in &report.segments {
        let after = (last + 1).min(segment.first + segment.records);
        if segment.first != next || after <= next {
            continue;
        }
        next = after;
        let path = folder::segment(into, segment.first);
        let mut copy = Copy::begin(&path, segment.first)?;
        walk(dir, &segment.path, after, &mut |sequence, bytes| copy.put(sequence, bytes))?;
        copy.finish(0)?;
        made.push(path);
    }
    folder::sync(into)
}
