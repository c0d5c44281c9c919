//! Opens a journal: reads all of it, cuts off what was not wholly written, and refuses any other damage.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{JournalError, io, remedy};
use crate::folder;
use crate::frame::{After, HEADER, Header, HeaderFault, SEGMENT};
use crate::journal::{Journal, Options, Sealed, begin};
use crate::scan::{Scan, Step};
use crate::tail::Tail;

/// What was found when a journal was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The first sequence that is kept; `next` where there is no record.
    pub first: u64,
    /// The sequence that the next record gets.
    pub next: u64,
    /// How many records are kept.
    pub records: u64,
    /// What was cut off.
    pub cut: Option<Cut>,
}

/// A torn end: bytes of a record that was not wholly written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The file.
    pub segment: PathBuf,
    /// Where the last whole record ends \[bytes\].
    pub offset: u64,
    /// What is after it \[bytes\].
    pub dropped: u64,
    /// The record that was not wholly written.
    pub sequence: u64,
}

impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cut { segment, offset, dropped, sequence } = self;
        let bytes = if *dropped == 1 { "byte" } else { "bytes" };
        let segment = segment.display();
        write!(out, "record {sequence} was not wholly written: {dropped} {bytes} at byte {offset} of {segment} do not count")
    }
}

/// What a segment holds, as far as it is whole.
#[derive(Debug)]
pub(crate) struct Read {
    /// The salt, where the header is whole.
    pub(crate) header: Option<Header>,
    /// The sequence after the last whole record.
    pub(crate) next: u64,
    /// Where the last whole record ends \[bytes\].
    pub(crate) offset: u64,
    /// The longest record \[bytes\], and its sequence.
    pub(crate) longest: (u64, u64),
    pub(crate) end: End,
}

/// How a segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a whole record, or the header.
    Whole,
    /// With bytes that are no record, and nothing whole after them.
    Torn { bytes: u64 },
    /// With bytes that are no record, and something whole after them where that is known.
    Damaged { resumes: Option<u64> },
    /// Its header is wrong.
    Header(HeaderFault),
}

/// Whether a header is a torn end like any other: it is not whole, and nothing is after it.
pub(crate) fn torn_header(fault: HeaderFault, file_bytes: u64) -> bool {
    matches!(fault, HeaderFault::Short | HeaderFault::Broken) && file_bytes <= HEADER as u64
}

/// Reads the segment that is named after `first`; `visit` gets each whole record.
pub(crate) fn read_segment(path: &Path, first: u64, visit: &mut dyn FnMut(u64, &[u8])) -> Result<Read, JournalError> {
    let refused = |doing| io(doing, path);
    let mut read = Read { header: None, next: first, offset: 0, longest: (0, first), end: End::Whole };
    let mut scan = match Scan::open(path, SEGMENT).map_err(refused("read"))? {
        Ok(scan) => scan,
        Err(fault) => {
            let bytes = path.metadata().map_err(refused("read"))?.len();
            read.end = if torn_header(fault, bytes) { End::Torn { bytes } } else { End::Header(fault) };
            return Ok(read);
        }
    };
    if scan.header.first != first {
        return Err(misnamed(path.to_owned(), scan.header.first));
    }
    let mut bytes = Vec::new();
    let step = loop {
        match scan.step(&mut bytes).map_err(refused("read"))? {
            Step::Record => {
                let sequence = scan.next - 1;
                read.longest = read.longest.max((bytes.len() as u64, sequence));
                visit(sequence, &bytes);
            }
            other => break other,
        }
    };
    if step == Step::Broken {
        let rest = scan.rest().map_err(refused("read"))?;
        read.end = match rest.after {
            After::Nothing => End::Torn { bytes: rest.bytes },
            After::Whole { sequence, .. } => End::Damaged { resumes: Some(sequence) },
            After::Unknown => End::Damaged { resumes: None },
        };
    }
    (read.header, read.next, read.offset) = (Some(scan.header), scan.next, scan.offset);
    Ok(read)
}

pub(crate) fn open(dir: &Path, options: Options) -> Result<(Journal, Recovery), JournalError> {
    if u32::try_from(options.record_max).is_err() {
        let found = options.record_max as u64;
        return Err(JournalError::Options { option: "record_max", found, allowed: "less than 4 GiB" });
    }
    folder::create(dir)?;
    // Before anything is written there, be it a lock: this may be the wrong folder.
    no_strangers(&folder::list(dir)?)?;
    let lock = folder::lock(dir)?;
    let contents = folder::list(dir)?;
    no_strangers(&contents)?;

    let mut sealed = Vec::new();
    let mut cut = None;
    let mut last = None;
    for (index, &first) in contents.segments.iter().enumerate() {
        let path = folder::segment(dir, first);
        let read = read_segment(&path, first, &mut |_, _| {})?;
        let after = contents.segments.get(index + 1).copied();
        cut = judge(dir, &path, &read, after, options.record_max)?;
        if after.is_some() {
            sealed.push(Sealed { first, bytes: read.offset });
        }
        last = Some((path, read));
    }

    // All is well: from here on things are changed.
    folder::remove_unfinished(&contents)?;
    let (path, header, written, offset) = match last {
        Some((path, Read { header: Some(header), next, offset, .. })) => (path, header, next, offset),
        Some((path, Read { next, .. })) => (path, Header::drawn(next), next, 0),
        None => (folder::segment(dir, 1), Header::drawn(1), 1, 0),
    };
    let (file, length) = if offset == 0 {
        (begin(&path, header)?, HEADER as u64)
    } else {
        (reopen(&path, offset, cut.is_some()).map_err(io("open", &path))?, offset)
    };
    folder::sync(dir)?;
    let tail = Tail::new(file, path, length);
    let durable = written - 1;
    let (buffer, synced_at, dir) = (Vec::new(), Instant::now(), dir.to_owned());
    let journal = Journal {
        dir,
        options,
        _lock: lock,
        sealed,
        tail,
        header,
        written,
        next: written,
        durable,
        buffer,
        synced_at,
        names_doubtful: false,
    };
    let recovery = Recovery { first: journal.first(), next: written, records: written - journal.first(), cut };
    Ok((journal, recovery))
}

fn no_strangers(contents: &folder::Contents) -> Result<(), JournalError> {
    match contents.foreign.first() {
        Some(path) => Err(JournalError::Foreign { path: path.clone() }),
        None => Ok(()),
    }
}

/// Opens the segment that is written on. What an ended process left to the system is on disk afterwards.
fn reopen(path: &Path, length: u64, cut: bool) -> std::io::Result<File> {
    let file = File::options().read(true).write(true).open(path)?;
    if cut {
        file.set_len(length)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// Whether a segment may stand where it does, before one that begins with `after` or as the last. Gives what is to be cut
/// off.
fn judge(dir: &Path, path: &Path, read: &Read, after: Option<u64>, record_max: usize) -> Result<Option<Cut>, JournalError> {
    let (length, sequence) = read.longest;
    if length > record_max as u64 {
        return Err(JournalError::TooLong { sequence, length, max: record_max as u64 });
    }
    let segment = || path.to_owned();
    let corrupt = |resumes| {
        Err(JournalError::Corrupt { segment: segment(), offset: read.offset, sequence: read.next, resumes, remedy: remedy(dir) })
    };
    match (read.end, after) {
        (End::Whole, None) => Ok(None),
        (End::Whole, Some(after)) if after == read.next => Ok(None),
        (End::Whole, Some(after)) if after > read.next => Err(missing(dir, read.next, after)),
        // Two segments hold the same record.
        (End::Whole, Some(_)) => corrupt(after),
        (End::Torn { bytes }, None) => {
            Ok(Some(Cut { segment: segment(), offset: read.offset, dropped: bytes, sequence: read.next }))
        }
        (End::Torn { .. }, Some(_)) => corrupt(after),
        (End::Damaged { resumes }, _) => corrupt(resumes.or(after)),
        (End::Header(fault), _) => Err(header_fault(dir, segment(), read.next, fault, after)),
    }
}

/// Records from `from` on are not there, before the segment that is named after `after`.
pub(crate) fn missing(dir: &Path, from: u64, after: u64) -> JournalError {
    let before = folder::segment(dir, after);
    match Scan::open(&before, SEGMENT) {
        Ok(Ok(scan)) if scan.header.first != after => misnamed(before, scan.header.first),
        _ => JournalError::Missing { from, to: after - 1, before, remedy: remedy(dir) },
    }
}

/// A segment whose header tells of `first`, against its name.
pub(crate) fn misnamed(path: PathBuf, first: u64) -> JournalError {
    let expected = path.with_file_name(folder::segment(Path::new(""), first));
    JournalError::Misnamed { path, first, expected }
}

/// A segment whose header is wrong, that should begin with `sequence`, before one that begins with `after`.
pub(crate) fn header_fault(dir: &Path, path: PathBuf, sequence: u64, fault: HeaderFault, after: Option<u64>) -> JournalError {
    match fault {
        HeaderFault::Foreign => JournalError::Foreign { path },
        HeaderFault::Version(found) => JournalError::Version { path, found, known: SEGMENT.version },
        HeaderFault::Short | HeaderFault::Broken => {
            JournalError::Corrupt { segment: path, offset: 0, sequence, resumes: after, remedy: remedy(dir) }
        }
    }
}
