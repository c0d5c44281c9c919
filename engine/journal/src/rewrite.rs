//! Writes a segment anew beside the old one, and puts it in its place when it is on disk.

use std::fs::File;
use std::path::Path;

use crate::error::{JournalError, io, remedy};
use crate::folder::{self, Unfinished};
use crate::frame::{self, HEAD, HEADER, Head, Header, SEGMENT};
use crate::scan::{Scan, Step};

/// What becomes of a record, by its sequence and its bytes: other bytes, or nothing where it stays.
pub type Edit<'a> = dyn FnMut(u64, &[u8]) -> Option<Vec<u8>> + 'a;

/// Something that looks at records.
type Visit<'a> = dyn FnMut(u64, &[u8]) -> Result<(), JournalError> + 'a;

/// A segment that was written anew.
#[derive(Debug)]
pub(crate) struct Anew {
    pub(crate) file: File,
    pub(crate) header: Header,
    pub(crate) bytes: u64,
    /// How many records have changed.
    pub(crate) changed: u64,
}

/// Bytes that are written at once.
const BLOCK: usize = 1 << 18;

/// A segment that is being written beside others.
pub(crate) struct Copy {
    file: Unfinished,
    header: Header,
    buffer: Vec<u8>,
    bytes: u64,
}

impl Copy {
    pub(crate) fn begin(path: &Path, first: u64) -> Result<Copy, JournalError> {
        // With another salt, by which a reader sees that this is another file.
        let header = Header::drawn(first);
        let buffer = header.encode(SEGMENT).to_vec();
        Ok(Copy { file: Unfinished::create(path)?, header, buffer, bytes: HEADER as u64 })
    }

    pub(crate) fn put(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), JournalError> {
        frame::encode(&mut self.buffer, self.header.salt, sequence, bytes);
        self.bytes += (HEAD + bytes.len()) as u64;
        if self.buffer.len() >= BLOCK {
            self.file.write(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    pub(crate) fn finish(mut self, changed: u64) -> Result<Anew, JournalError> {
        self.file.write(&self.buffer)?;
        Ok(Anew { file: self.file.finish()?, header: self.header, bytes: self.bytes, changed })
    }
}

/// Goes through the records from `first` to before `after`, which are those of one segment. Where `edit` changes one, or there
/// is no `edit`, the segment is written anew; otherwise nothing happens and nothing is given.
pub(crate) fn segment(
    dir: &Path,
    first: u64,
    after: u64,
    record_max: usize,
    mut edit: Option<&mut Edit<'_>>,
) -> Result<Option<Anew>, JournalError> {
    let path = folder::segment(dir, first);
    let mut copy = if edit.is_none() { Some(Copy::begin(&path, first)?) } else { None };
    let mut changed = 0;
    walk(dir, &path, after, &mut |sequence, bytes| {
        let other = edit.as_mut().and_then(|edit| edit(sequence, bytes)).filter(|other| other != bytes);
        if let Some(other) = &other {
            if other.len() > record_max {
                return Err(JournalError::TooLong { sequence, length: other.len() as u64, max: record_max as u64 });
            }
            changed += 1;
            if copy.is_none() {
                let mut begun = Copy::begin(&path, first)?;
                walk(dir, &path, sequence, &mut |sequence, bytes| begun.put(sequence, bytes))?;
                copy = Some(begun);
            }
        }
        copy.as_mut().map_or(Ok(()), |copy| copy.put(sequence, other.as_deref().unwrap_or(bytes)))
    })?;
    copy.map(|copy| copy.finish(changed)).transpose()
}

/// Reads the records of a segment up to before `after`, all of which have to be there.
pub(crate) fn walk(dir: &Path, path: &Path, after: u64, visit: &mut Visit<'_>) -> Result<(), JournalError> {
    let corrupt = |offset, sequence| JournalError::Corrupt {
        segment: path.to_owned(),
        offset,
        sequence,
        resumes: None,
        remedy: remedy(dir),
    };
    let opened = Scan::open(path, SEGMENT).map_err(io("read", path))?;
    let mut scan = opened.map_err(|_| corrupt(0, after))?;
    let mut bytes = Vec::new();
    while scan.next < after {
        if scan.step(&mut bytes).map_err(io("read", path))? != Step::Record {
            return Err(corrupt(scan.offset, scan.next));
        }
        visit(scan.next - 1, &bytes)?;
    }
    Ok(())
}

/// The records of `buffer`, which are whole, with the checksums of another salt.
pub(crate) fn salted(buffer: &[u8], salt: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(buffer.len());
    let mut rest = buffer;
    while let Some((start, bytes)) = rest.split_first_chunk::<HEAD>() {
        let head = Head::decode(start);
        let (record, following) = bytes.split_at((head.length as usize).min(bytes.len()));
        frame::encode(&mut out, salt, head.sequence, record);
        rest = following;
    }
    out
}
