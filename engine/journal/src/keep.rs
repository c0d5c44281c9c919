//! A small store of entries under keys, all in one file, from which entries can be erased.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{JournalError, io};
use crate::folder::{self, Lock, Unfinished};
use crate::frame::{self, After, HEAD, HEADER, Header, HeaderFault, KEEP};
use crate::recover::Cut;
use crate::scan::{Scan, Step};
use crate::tail::Tail;

/// What is put at once takes at most this \[bytes\].
const PUT_MAX: u64 = 256 << 20;
/// So much of a file may be of values that have been replaced, beyond as much as there is of the others \[bytes\].
const REPLACED_MAX: u64 = 64 << 10;
/// Bytes of an entry before its key: the lengths of key and value.
const LENGTHS: usize = 8;

/// Entries under keys, on disk when the call returns. For what is small, as all of it is held in memory, and may have to be
/// erased. It is open once at a time, in all processes together, and only its owner may read the file.
///
/// ```
/// use rehearsal_journal::Keep;
///
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("people.keep");
/// let mut people = Keep::open(&path)?;
/// people.put("anna", br#"{"phone": "555 0100"}"#)?;
/// assert_eq!(people.get("anna"), Some(&br#"{"phone": "555 0100"}"#[..]));
/// assert!(people.remove("anna")?);
/// assert_eq!(people.get("anna"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Keep {
    path: PathBuf,
    _lock: Lock,
    entries: BTreeMap<String, Vec<u8>>,
    /// What the entries take when they are written anew \[bytes\].
    live: u64,
    tail: Tail,
    salt: u64,
    next: u64,
    names_doubtful: bool,
    cut: Option<Cut>,
}

impl Keep {
    /// Opens the keep in the file `path`, or begins one. What was not wholly written when the last process ended is cut off;
    /// see [`Keep::cut`].
    ///
    /// # Errors
    ///
    /// It is open already; it is damaged elsewhere than at its end; it is of something else or of another format; or the
    /// system refuses. Nothing has been changed then.
    pub fn open(path: &Path) -> Result<Keep, JournalError> {
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
            folder::create(above)?;
        }
        let lock = folder::lock_file(&beside(path, ".lock"), path)?;
        let keep = match Scan::open(path, KEEP) {
            Ok(Ok(scan)) => Keep::load(path, lock, scan)?,
            Ok(Err(fault)) => return Err(refused(path, fault)),
            Err(error) if error.kind() == ErrorKind::NotFound => Keep::begin(path, lock)?,
            Err(error) => return Err(io("read", path)(error)),
        };
        let unfinished = folder::unfinished(path);
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io("remove", &unfinished)(error)),
            _ => Ok(keep),
        }
    }

    fn begin(path: &Path, lock: Lock) -> Result<Keep, JournalError> {
        let (tail, salt, next) = write(path, &BTreeMap::new())?;
        let (path, entries) = (path.to_owned(), BTreeMap::new());
        let mut keep = Keep { path, _lock: lock, entries, live: 0, tail, salt, next, names_doubtful: false, cut: None };
        keep.sync_names()?;
        Ok(keep)
    }

    fn load(path: &Path, lock: Lock, mut scan: Scan) -> Result<Keep, JournalError> {
        let mut entries = BTreeMap::new();
        let mut bytes = Vec::new();
        let step = loop {
            match scan.step(&mut bytes).map_err(io("read", path))? {
                Step::Record => {
                    let meaningless = || JournalError::Meaningless { path: path.to_owned(), sequence: scan.next - 1 };
                    entries.extend(decode(&bytes).ok_or_else(meaningless)?);
                }
                other => break other,
            }
        };
        let (offset, sequence) = (scan.offset, scan.next);
        let mut cut = None;
        if step == Step::Broken {
            let rest = scan.rest().map_err(io("read", path))?;
            let resumes = match rest.after {
                After::Nothing => {
                    cut = Some(Cut { segment: path.to_owned(), offset, dropped: rest.bytes, sequence });
                    None
                }
                After::Whole { sequence, .. } => Some(sequence),
                After::Unknown => None,
            };
            if cut.is_none() {
                return Err(corrupt(path, offset, sequence, resumes));
            }
        }
        let file = File::options().read(true).write(true).open(path).map_err(io("open", path))?;
        if cut.is_some() {
            file.set_len(offset).map_err(io("write", path))?;
        }
        file.sync_all().map_err(io("write", path))?;
        let live = entries.iter().map(|(key, value)| size(key, value)).sum();
        let tail = Tail::new(file, path.to_owned(), offset);
        let (path, salt, next) = (path.to_owned(), scan.header.salt, sequence);
        Ok(Keep { path, _lock: lock, entries, live, tail, salt, next, names_doubtful: false, cut })
    }

    /// What was cut off when it was opened.
    #[must_use]
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.entries.get(key).map(Vec::as_slice)
    }

    /// All entries, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts a value under a key; it is on disk when this returns. A value that was there before is replaced; its bytes may
    /// stay in the file for a while, until [`Keep::compact`] at the latest.
    ///
    /// # Errors
    ///
    /// As for [`Keep::put_all`].
    pub fn put(&mut self, key: &str, value: &[u8]) -> Result<(), JournalError> {
        self.put_all([(key, value)])
    }

    /// Puts several entries, all or none of them, also where the power goes meanwhile.
    ///
    /// # Errors
    ///
    /// They take more than 256 MiB, or the disk is full or fails. Nothing is changed then.
    pub fn put_all<'a>(&mut self, entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<(), JournalError> {
        self.sure()?;
        let entries: BTreeMap<&str, &[u8]> = entries.into_iter().collect();
        let length = entries.iter().map(|(key, value)| (LENGTHS + key.len() + value.len()) as u64).sum();
        if length > PUT_MAX {
            return Err(JournalError::TooLong { sequence: self.next, length, max: PUT_MAX });
        }
        if entries.is_empty() {
            return Ok(());
        }
        let mut record = Vec::new();
        for (key, value) in &entries {
            encode(&mut record, key, value);
        }
        let mut bytes = Vec::new();
        frame::encode(&mut bytes, self.salt, self.next, &record);
        self.tail.write(&bytes).map_err(io("write", &self.path))?;
        if let Err(error) = self.tail.sync() {
            self.tail.take_back(bytes.len() as u64);
            return Err(io("write", &self.path)(error));
        }
        self.next += 1;
        for (key, value) in entries {
            self.live += size(key, value);
            if let Some(before) = self.entries.insert(key.to_owned(), value.to_owned()) {
                self.live -= size(key, &before);
            }
        }
        if self.tail.length > 2 * self.live + HEADER as u64 + REPLACED_MAX {
            // What was put is on disk already. Where this fails it is tried again with the next one.
            let _ = self.compact();
        }
        Ok(())
    }

    /// Removes the entry under a key and says whether there was one. The file is written anew: neither key nor value are in
    /// it afterwards, nor any value that was there before. Takes the room of the file once more meanwhile. The disk may hold the bytes until it uses the place again.
    ///
    /// # Errors
    ///
    /// The disk is full or fails. The entry is still there then, or, where only the name of the new file may not be on disk,
    /// may be there again after a loss of power: it can be done again.
    pub fn remove(&mut self, key: &str) -> Result<bool, JournalError> {
        Ok(self.retain(&mut |kept, _| kept != key)? > 0)
    }

    /// Removes all entries for which `keeps` is false, as [`Keep::remove`] does, and says how many these were.
    ///
    /// # Errors
    ///
    /// As for [`Keep::remove`], for all of them.
    pub fn retain(&mut self, keeps: &mut dyn FnMut(&str, &[u8]) -> bool) -> Result<usize, JournalError> {
        self.sure()?;
        let gone: Vec<String> =
            self.entries.iter().filter(|(key, value)| !keeps(key, value)).map(|(key, _)| key.clone()).collect();
        if gone.is_empty() {
            return Ok(0);
        }
        let before: Vec<_> = gone.iter().filter_map(|key| self.entries.remove_entry(key)).collect();
        if let Err(error) = self.write_anew() {
            self.entries.extend(before);
            return Err(error);
        }
        self.sync_names()?;
        Ok(gone.len())
    }

    /// Writes the file anew, without the values that have been replaced.
    ///
    /// # Errors
    ///
    /// The disk is full or fails; the file is as before.
    pub fn compact(&mut self) -> Result<(), JournalError> {
        self.write_anew()?;
        self.sync_names()
    }

    fn write_anew(&mut self) -> Result<(), JournalError> {
        (self.tail, self.salt, self.next) = write(&self.path, &self.entries)?;
        self.live = self.entries.iter().map(|(key, value)| size(key, value)).sum();
        Ok(())
    }

    fn sync_names(&mut self) -> Result<(), JournalError> {
        self.names_doubtful = true;
        folder::sync(self.path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        self.names_doubtful = false;
        Ok(())
    }

    /// Makes up for what failed before.
    fn sure(&mut self) -> Result<(), JournalError> {
        if self.tail.doubtful {
            self.write_anew()?;
            self.names_doubtful = true;
        }
        if self.names_doubtful { self.sync_names() } else { Ok(()) }
    }
}

/// Writes a file with these entries in place of the one that is there.
fn write(path: &Path, entries: &BTreeMap<String, Vec<u8>>) -> Result<(Tail, u64, u64), JournalError> {
    let header = Header::drawn(1);
    let mut file = Unfinished::private(path)?;
    file.write(&header.encode(KEEP))?;
    let mut length = HEADER as u64;
    let mut next = header.first;
    for (key, value) in entries {
        let (mut record, mut bytes) = (Vec::new(), Vec::new());
        encode(&mut record, key, value);
        frame::encode(&mut bytes, header.salt, next, &record);
        file.write(&bytes)?;
        length += bytes.len() as u64;
        next += 1;
    }
    Ok((Tail::new(file.finish()?, path.to_owned(), length), header.salt, next))
}

/// What an entry takes in a file that was written anew.
fn size(key: &str, value: &[u8]) -> u64 {
    (HEAD + LENGTHS + key.len() + value.len()) as u64
}

/// Lengths fit: they were checked against the most that is put at once.
fn encode(record: &mut Vec<u8>, key: &str, value: &[u8]) {
    record.extend_from_slice(&(key.len() as u32).to_le_bytes());
    record.extend_from_slice(&(value.len() as u32).to_le_bytes());
    record.extend_from_slice(key.as_bytes());
    record.extend_from_slice(value);
}

/// The entries of a record; nothing where it holds anything else.
fn decode(mut record: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut entries = Vec::new();
    while !record.is_empty() {
        let (key_length, rest) = record.split_first_chunk::<4>()?;
        let (value_length, rest) = rest.split_first_chunk::<4>()?;
        let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key_length) as usize)?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_length) as usize)?;
        entries.push((std::str::from_utf8(key).ok()?.to_owned(), value.to_owned()));
        record = rest;
    }
    Some(entries)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn refused(path: &Path, fault: HeaderFault) -> JournalError {
    match fault {
        HeaderFault::Foreign => JournalError::NotAKeep { path: path.to_owned() },
        HeaderFault::Version(found) => JournalError::Version { path: path.to_owned(), found, known: KEEP.version },
        HeaderFault::Short | HeaderFault::Broken => corrupt(path, 0, 1, None),
    }
}

fn corrupt(path: &Path, offset: u64, sequence: u64, resumes: Option<u64>) -> JournalError {
    let remedy = "bring back an older copy, or move it away to begin anew".to_owned();
    JournalError::Corrupt { segment: path.to_owned(), offset, sequence, resumes, remedy }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The null device takes what is written and cannot be waited for.
    #[test]
    fn what_could_not_be_waited_for_does_not_count() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("some.keep");
        let mut keep = Keep::open(&path).unwrap();
        keep.put("one", b"1").unwrap();
        keep.tail.file = File::options().write(true).open("/dev/null").unwrap();
        assert!(matches!(keep.put("one", b"lost"), Err(JournalError::Io { .. })));
        assert_eq!(keep.get("one"), Some(&b"1"[..]));
        keep.put("two", b"2").unwrap();
        assert!(keep.remove("one").unwrap());
        drop(keep);
        let keep = Keep::open(&path).unwrap();
        assert_eq!(keep.iter().collect::<Vec<_>>(), [("two", &b"2"[..])]);
    }
}
