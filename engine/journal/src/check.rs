//! Looks at every byte of a journal and says what is whole, without changing anything.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{JournalError, io};
use crate::folder;
use crate::frame::{After, HeaderFault, SEGMENT};
use crate::recover::{Cut, torn_header};
use crate::scan::{Scan, Step};

/// What there is of a journal. Its `Display` says it in lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The segments, in order.
    pub segments: Vec<Segment>,
    /// The first and the last sequence of each stretch of records that are whole and follow one another, in order.
    pub whole: Vec<(u64, u64)>,
    /// A record at the end that was not wholly written. It is cut off when the journal is opened, and is no damage.
    pub torn: Option<Cut>,
    /// What is damaged. With any of it, the journal cannot be opened.
    pub damage: Vec<Damage>,
    /// Segments that were being written anew when a process ended. They are removed when the journal is opened.
    pub unfinished: Vec<PathBuf>,
    /// What does not belong there. With any of it, the journal cannot be opened.
    pub foreign: Vec<PathBuf>,
    /// How many damages there were before the last whole record.
    damage_before: usize,
    /// Whether there was one before the first whole record.
    begins_damaged: bool,
}

/// A file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The file.
    pub path: PathBuf,
    /// The first sequence by its name.
    pub first: u64,
    /// How many records are whole.
    pub records: u64,
    /// Its length \[bytes\].
    pub bytes: u64,
}

/// Something that is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file; for records that are missing, the one after them.
    pub segment: PathBuf,
    /// Where it begins in the file \[bytes\].
    pub offset: u64,
    /// The first record that is concerned.
    pub sequence: u64,
    /// The first record that is whole again, where there is one.
    pub resumes: Option<u64>,
    /// What it is.
    pub kind: DamageKind,
}

/// What kind of damage it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// Bytes that are no record where one should be.
    Record,
    /// The start of the file is damaged, and none of it can be read.
    Header,
    /// The file is of something else.
    Foreign,
    /// It has another format.
    Version(u32),
    /// By its header it begins with another record than by its name.
    Misnamed(u64),
    /// Records are missing before this file.
    Missing,
    /// Records of this file have been in the one before.
    Twice,
}

impl Report {
    /// Whether the journal can be opened.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damage.is_empty() && self.foreign.is_empty()
    }

    /// How many records are whole.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.whole.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// The first and the last sequence of what [`salvage`](crate::salvage) takes: all up to the first damage.
    #[must_use]
    pub fn saved(&self) -> Option<(u64, u64)> {
        self.whole.first().filter(|_| !self.begins_damaged).copied()
    }

    fn found(&mut self, sequence: u64) {
        self.begins_damaged |= self.whole.is_empty() && !self.damage.is_empty();
        match self.whole.last_mut() {
            Some((_, last)) if *last + 1 == sequence && self.damage_before == self.damage.len() => *last = sequence,
            _ => self.whole.push((sequence, sequence)),
        }
        self.damage_before = self.damage.len();
    }
}

/// Reads all segments of the journal in `dir` and says what is whole. Needs no lock and changes nothing.
///
/// # Errors
///
/// There is no such folder, or the system refuses to read it.
pub fn check(dir: &Path) -> Result<Report, JournalError> {
    let contents = folder::list(dir)?;
    let mut report = Report { unfinished: contents.unfinished, foreign: contents.foreign, ..Report::default() };
    let mut expected = None;
    for (index, &first) in contents.segments.iter().enumerate() {
        let after = contents.segments.get(index + 1).copied();
        expected = look(&mut report, folder::segment(dir, first), first, expected, after)?;
    }
    Ok(report)
}

/// Looks at one segment. `expected` is the record that should come, where that is known; gives the same for the next one.
fn look(
    report: &mut Report,
    path: PathBuf,
    first: u64,
    expected: Option<u64>,
    after: Option<u64>,
) -> Result<Option<u64>, JournalError> {
    let file_bytes = path.metadata().map_err(io("read", &path))?.len();
    let damage = |offset, sequence, resumes, kind| Damage { segment: path.clone(), offset, sequence, resumes, kind };
    if let Some(expected) = expected
        && expected != first
    {
        let kind = if expected < first { DamageKind::Missing } else { DamageKind::Twice };
        report.damage.push(damage(0, expected.min(first), Some(first), kind));
    }
    let mut segment = Segment { path: path.clone(), first, records: 0, bytes: file_bytes };
    let torn = |offset, sequence| Cut { segment: path.clone(), offset, dropped: file_bytes.saturating_sub(offset), sequence };
    let mut scan = match Scan::open(&path, SEGMENT).map_err(io("read", &path))? {
        Ok(scan) if scan.header.first == first => scan,
        opened => {
            let kind = match opened {
                Ok(scan) => DamageKind::Misnamed(scan.header.first),
                Err(HeaderFault::Foreign) => DamageKind::Foreign,
                Err(HeaderFault::Version(found)) => DamageKind::Version(found),
                Err(fault) if torn_header(fault, file_bytes) && after.is_none() => {
                    report.torn = Some(torn(0, first));
                    report.segments.push(segment);
                    return Ok(None);
                }
                Err(_) => DamageKind::Header,
            };
            report.damage.push(damage(0, first, after, kind));
            report.segments.push(segment);
            return Ok(None);
        }
    };
    let mut bytes = Vec::new();
    let whole = loop {
        match scan.step(&mut bytes).map_err(io("read", &path))? {
            Step::Record => {
                segment.records += 1;
                // What has been in the segment before is not counted twice.
                if report.whole.last().is_none_or(|&(_, last)| last < scan.next - 1) {
                    report.found(scan.next - 1);
                }
            }
            Step::End => break true,
            Step::Broken => {
                let rest = scan.rest().map_err(io("read", &path))?;
                if rest.after == (After::Whole { at: 0, sequence: scan.next }) {
                    // It has been written since.
                    continue;
                }
                if let After::Whole { at, sequence } = rest.after {
                    report.damage.push(damage(scan.offset, scan.next, Some(sequence), DamageKind::Record));
                    scan.skip(at as u64, sequence).map_err(io("read", &path))?;
                    continue;
                }
                if rest.after == After::Nothing && after.is_none() {
                    report.torn = Some(torn(scan.offset, scan.next));
                } else {
                    report.damage.push(damage(scan.offset, scan.next, after, DamageKind::Record));
                }
                break false;
            }
        }
    };
    report.segments.push(segment);
    Ok(whole.then_some(scan.next))
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { offset, sequence, .. } = self;
        let segment = self.segment.display();
        match self.kind {
            DamageKind::Record => write!(out, "{segment} is damaged at byte {offset}, where record {sequence} should be")?,
            DamageKind::Header => write!(out, "the header of {segment} is damaged: none of its records can be read")?,
            DamageKind::Foreign => write!(out, "{segment} is a file of something else")?,
            DamageKind::Version(found) => {
                write!(out, "{segment} has format {found}, and this program knows format {}", SEGMENT.version)?;
            }
            DamageKind::Misnamed(first) => write!(out, "{segment} begins with record {first}, against its name")?,
            DamageKind::Missing => write!(out, "records from {sequence} on are missing before {segment}")?,
            DamageKind::Twice => write!(out, "records from {sequence} on are in {segment} and in the file before it")?,
        }
        match self.resumes {
            Some(sequence) => write!(out, "; it goes on with record {sequence}"),
            None => write!(out, "; nothing after it is whole"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: u64 = self.segments.iter().map(|segment| segment.bytes).sum();
        writeln!(out, "{} segments, {bytes} bytes, {} whole records", self.segments.len(), self.records())?;
        for (first, last) in &self.whole {
            writeln!(out, "whole: records {first} to {last}")?;
        }
        if let Some(torn) = &self.torn {
            writeln!(out, "torn: {torn}; it is cut off when the journal is opened")?;
        }
        for damage in &self.damage {
            writeln!(out, "damaged: {damage}")?;
        }
        for path in &self.unfinished {
            writeln!(
                out,
                "left over: {} was being written when a process ended; it is removed at the next open",
                path.display()
            )?;
        }
        for path in &self.foreign {
            writeln!(out, "foreign: {} does not belong to a journal; move it away", path.display())?;
        }
        match (self.damage.is_empty(), self.saved()) {
            (true, _) => Ok(()),
            (false, Some((first, last))) => {
                let left = self.records() - (last - first + 1);
                writeln!(out, "can be saved: records {first} to {last}; {left} whole ones after the damage are left")
            }
            (false, None) => writeln!(out, "can be saved: nothing, as the damage is at the beginning"),
        }
    }
}
