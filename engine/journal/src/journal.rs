//! The journal as its writer sees it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{JournalError, io};
use crate::folder::{self, Lock, Unfinished};
use crate::frame::{self, HEADER, Header, SEGMENT};
use crate::recover::{self, Recovery};
use crate::rewrite::{self, Anew, Edit};
use crate::tail::Tail;

/// When records have to be on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// In every [`Journal::commit`]: what was committed outlives a loss of power.
    Always,
    /// In the first [`Journal::commit`] after so much time, and when a segment ends. A loss of power takes what was
    /// committed after the last time; the end of the process alone takes nothing. No thread watches the time: to lose at
    /// most so much, call `commit` at least as often, also with nothing appended.
    Every(Duration),
    /// When the system likes to, and when a segment ends. A loss of power takes any of the records of the last segment;
    /// the end of the process alone takes nothing.
    Never,
}

/// How a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A segment that would grow beyond this is ended and another one begun \[bytes\]. A commit is never split: a segment of
    /// one commit may be larger.
    pub segment_bytes: u64,
    /// When records have to be on disk.
    pub sync: Sync,
    /// How long a record may be \[bytes\], less than 4 GiB.
    pub record_max: usize,
}

impl Default for Options {
    /// Segments of 64 MiB, records of up to 16 MiB, on disk in every commit.
    fn default() -> Options {
        Options { segment_bytes: 64 << 20, sync: Sync::Always, record_max: 16 << 20 }
    }
}

/// Bytes that the buffer keeps between two commits.
const BUFFER_KEPT: usize = 1 << 20;

/// A segment that is not written to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) first: u64,
    pub(crate) bytes: u64,
}

/// A journal that is open for writing. There is one at a time, in all processes together.
///
/// Records are bytes with consecutive sequences from 1 that are never used twice, whatever is removed.
///
/// ```
/// use rehearsal_journal::{Journal, Options, read};
///
/// # let place = tempfile::tempdir()?;
/// # let dir = place.path().join("journal");
/// let (mut journal, recovery) = Journal::open(&dir, Options::default())?;
/// assert_eq!(recovery.records, 0);
/// journal.append(b"the light is on")?;
/// journal.append(b"the light is off")?;
/// assert_eq!(journal.commit()?, 2);
///
/// let records: Result<Vec<_>, _> = read(&dir, 2)?.collect();
/// assert_eq!(records?, [(2, b"the light is off".to_vec())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Journal {
    pub(crate) dir: PathBuf,
    pub(crate) options: Options,
    pub(crate) _lock: Lock,
    /// Whole segments, in order.
    pub(crate) sealed: Vec<Sealed>,
    /// The segment that is written.
    pub(crate) tail: Tail,
    pub(crate) header: Header,
    /// The sequence after the last that was committed.
    pub(crate) written: u64,
    /// The sequence after the last that was appended.
    pub(crate) next: u64,
    /// The last that is on disk.
    pub(crate) durable: u64,
    /// What was appended since the last commit, as it is written.
    pub(crate) buffer: Vec<u8>,
    pub(crate) synced_at: Instant,
    /// Whether names of segments may not be on disk although the system was asked.
    pub(crate) names_doubtful: bool,
}

impl Journal {
    /// Opens the journal in `dir`, or begins one where there is nothing. Reads all of it once, holding one record at a time.
    ///
    /// A record that was not wholly written when the last process ended is cut off, and [`Recovery`] tells of it.
    ///
    /// # Errors
    ///
    /// Somebody else has it open; anything is damaged but the end; records are missing between segments; a segment has
    /// another format or name; something else lies in the folder; a record is longer than allowed; or the system refuses.
    /// Nothing has been changed then.
    pub fn open(dir: &Path, options: Options) -> Result<(Journal, Recovery), JournalError> {
        recover::open(dir, options)
    }

    /// Appends a record and gives its sequence. It is kept in memory until [`Journal::commit`].
    ///
    /// # Errors
    ///
    /// The record is longer than `record_max`; nothing has been appended then.
    pub fn append(&mut self, record: &[u8]) -> Result<u64, JournalError> {
        if record.len() > self.options.record_max {
            let (length, max) = (record.len() as u64, self.options.record_max as u64);
            return Err(JournalError::TooLong { sequence: self.next, length, max });
        }
        let sequence = self.next;
        frame::encode(&mut self.buffer, self.header.salt, sequence, record);
        self.next += 1;
        Ok(sequence)
    }

    /// Writes what was appended, with one write, and waits for the disk as [`Sync`] says. Gives the last sequence that is
    /// surely on disk, as [`Journal::durable`] does. With nothing appended it writes nothing, and waits for the disk where
    /// it is time.
    ///
    /// # Errors
    ///
    /// The disk is full or fails. None of what was appended since the last commit counts then, its sequences are free
    /// again, and what was committed before is kept. The journal can be used on: append again, and commit.
    pub fn commit(&mut self) -> Result<u64, JournalError> {
        let done = self.write_buffer();
        self.forget();
        done.map(|()| self.durable)
    }

    /// Forgets what was appended since the last commit: its sequences are free again.
    pub fn forget(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT);
        self.next = self.written;
    }

    /// How long it is until [`Journal::commit`] has to be called under [`Sync::Every`], also with nothing appended. Nothing
    /// where all is on disk, or where time plays no part.
    #[must_use]
    pub fn due_in(&self) -> Option<Duration> {
        match self.options.sync {
            Sync::Every(time) if self.durable + 1 < self.written => Some(time.saturating_sub(self.synced_at.elapsed())),
            _ => None,
        }
    }

    /// Waits until all that was committed is on disk, whatever [`Sync`] says.
    ///
    /// # Errors
    ///
    /// The disk fails. What was committed stays, and is written anew before the next commit.
    pub fn sync(&mut self) -> Result<u64, JournalError> {
        self.sure()?;
        self.tail.sync().map_err(io("write", &self.tail.path))?;
        self.on_disk();
        Ok(self.durable)
    }

    /// The sequence that the next record gets.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The first sequence that is kept; [`Journal::next`] where there is no record.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.sealed.first().map_or(self.header.first, |segment| segment.first)
    }

    /// The last sequence that is surely on disk; 0 where there is none.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// What the segments take on disk \[bytes\], without what was not committed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sealed.iter().map(|segment| segment.bytes).sum::<u64>() + self.tail.length
    }

    /// How many segments there are, with the one that is written.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.sealed.len() + 1
    }

    /// Removes the segments all of whose records are before `sequence`, the oldest first, and says how many these were. The
    /// segment that is written stays.
    ///
    /// # Errors
    ///
    /// The system refuses; the segments before that one are removed.
    pub fn retain_from(&mut self, sequence: u64) -> Result<usize, JournalError> {
        let mut removed = 0;
        while let Some(oldest) = self.sealed.first() {
            let after = self.sealed.get(1).map_or(self.header.first, |segment| segment.first);
            if after > sequence {
                break;
            }
            let path = folder::segment(&self.dir, oldest.first);
            fs::remove_file(&path).map_err(io("remove", &path))?;
            self.sealed.remove(0);
            removed += 1;
        }
        if removed > 0 {
            self.sync_names()?;
        }
        Ok(removed)
    }

    /// Changes records that are kept already, to erase what is in them: `edit` gets each one and gives what is to stand
    /// instead, or nothing where it is to stay. Sequences stay. What was appended is committed first. Gives how many records
    /// have changed.
    ///
    /// A segment in which a record changes is written anew beside the old one and takes its place when it is on disk: at any
    /// moment one of them is there, whole. Takes the room of one segment meanwhile. The bytes of the old one are not in any
    /// file afterwards; the disk may hold them until it uses the place again.
    ///
    /// # Errors
    ///
    /// A commit fails, a record would be longer than allowed, something is damaged, or the disk is full or fails. The
    /// segments before have changed then, those after have not, and it can be done again.
    pub fn rewrite(&mut self, edit: &mut Edit<'_>) -> Result<u64, JournalError> {
        self.commit()?;
        let mut changed = 0;
        for index in 0..self.sealed.len() {
            let first = self.sealed[index].first;
            let after = self.sealed.get(index + 1).map_or(self.header.first, |segment| segment.first);
            if let Some(anew) = rewrite::segment(&self.dir, first, after, self.options.record_max, Some(edit))? {
                self.sealed[index].bytes = anew.bytes;
                changed += anew.changed;
                self.sync_names()?;
            }
        }
        if let Some(anew) = rewrite::segment(&self.dir, self.header.first, self.written, self.options.record_max, Some(edit))? {
            changed += anew.changed;
            self.replace_tail(anew)?;
        }
        Ok(changed)
    }

    fn replace_tail(&mut self, anew: Anew) -> Result<(), JournalError> {
        self.tail = Tail::new(anew.file, self.tail.path.clone(), anew.bytes);
        self.header = anew.header;
        self.sync_names()?;
        self.on_disk();
        Ok(())
    }

    fn write_buffer(&mut self) -> Result<(), JournalError> {
        self.sure()?;
        if !self.buffer.is_empty() {
            let bytes = self.buffer.len() as u64;
            let holds = self.tail.length > HEADER as u64;
            if holds && self.tail.length.saturating_add(bytes) > self.options.segment_bytes {
                self.rotate()?;
            }
            self.tail.write(&self.buffer).map_err(io("write", &self.tail.path))?;
            if self.due() {
                if let Err(error) = self.tail.sync() {
                    self.tail.take_back(bytes);
                    return Err(io("write", &self.tail.path)(error));
                }
                self.written = self.next;
                self.on_disk();
            }
            self.written = self.next;
        } else if self.durable + 1 < self.written && self.due() {
            self.sync()?;
        }
        Ok(())
    }

    /// Whether this commit waits for the disk.
    fn due(&self) -> bool {
        match self.options.sync {
            Sync::Always => true,
            Sync::Every(time) => self.synced_at.elapsed() >= time,
            Sync::Never => false,
        }
    }

    fn on_disk(&mut self) {
        self.durable = self.written - 1;
        self.synced_at = Instant::now();
    }

    /// Ends the segment and begins the next. What is on disk is always a beginning of what was committed: the old one is
    /// there before the new one is.
    fn rotate(&mut self) -> Result<(), JournalError> {
        self.sync()?;
        // The buffer was made with this salt.
        let header = Header { first: self.written, ..self.header };
        let path = folder::segment(&self.dir, header.first);
        let file = begin(&path, header)?;
        self.sealed.push(Sealed { first: self.header.first, bytes: self.tail.length });
        self.tail = Tail::new(file, path, HEADER as u64);
        self.header = header;
        self.sync_names()
    }

    /// Waits until the names of the segments are on disk.
    fn sync_names(&mut self) -> Result<(), JournalError> {
        self.names_doubtful = true;
        folder::sync(&self.dir)?;
        self.names_doubtful = false;
        Ok(())
    }

    /// Makes up for what failed before, where the system says only once that it did not write something.
    fn sure(&mut self) -> Result<(), JournalError> {
        if self.names_doubtful {
            self.sync_names()?;
        }
        if self.tail.doubtful { self.renew() } else { Ok(()) }
    }

    /// Writes the segment anew, as not all of it may be on disk.
    fn renew(&mut self) -> Result<(), JournalError> {
        let salt = self.header.salt;
        if let Some(anew) = rewrite::segment(&self.dir, self.header.first, self.written, self.options.record_max, None)? {
            self.replace_tail(anew)?;
        }
        if self.header.salt != salt {
            self.buffer = rewrite::salted(&self.buffer, self.header.salt);
        }
        Ok(())
    }
}

impl Drop for Journal {
    /// What was appended and not committed is gone. What was committed is given to the disk where it was not.
    fn drop(&mut self) {
        if self.durable + 1 < self.written && self.options.sync != Sync::Never {
            let _ = self.tail.sync();
        }
    }
}

/// Begins a segment: with its header alone, on disk.
pub(crate) fn begin(path: &Path, header: Header) -> Result<File, JournalError> {
    let mut segment = Unfinished::create(path)?;
    segment.write(&header.encode(SEGMENT))?;
    segment.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    fn all(journal: &Journal) -> Vec<Vec<u8>> {
        read(&journal.dir, 0).unwrap().map(|record| record.unwrap().1).collect()
    }

    fn put(journal: &mut Journal, bytes: &[u8]) -> Result<u64, JournalError> {
        journal.append(bytes).unwrap();
        journal.commit()
    }

    /// A file that can be neither written nor shortened stands for a disk that has gone and comes back.
    #[test]
    fn a_disk_that_comes_back_is_written_on() {
        let place = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(place.path(), Options::default()).unwrap().0;
        put(&mut journal, b"one").unwrap();
        let readable = File::open(&journal.tail.path).unwrap();
        let writable = std::mem::replace(&mut journal.tail.file, readable);
        for _ in 0..2 {
            assert!(matches!(put(&mut journal, b"lost"), Err(JournalError::Io { .. })));
            assert_eq!((journal.next(), journal.durable()), (2, 1));
        }
        // What a write that failed may have left, and what could not be taken away then.
        let length = journal.tail.length;
        writable.set_len(length + 500).unwrap();
        assert_eq!(all(&journal), [b"one"]);
        journal.tail.file = writable;
        put(&mut journal, b"two").unwrap();
        assert_eq!(all(&journal), [b"one", b"two"]);
        let path = journal.tail.path.clone();
        assert_eq!(path.metadata().unwrap().len(), journal.tail.length);
        drop(journal);
        assert_eq!(Journal::open(place.path(), Options::default()).unwrap().1.cut, None);
    }

    /// The null device takes what is written and cannot be waited for.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_could_not_be_waited_for_does_not_count() {
        let place = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(place.path(), Options::default()).unwrap().0;
        put(&mut journal, b"one").unwrap();
        journal.tail.file = File::options().write(true).open("/dev/null").unwrap();
        assert!(matches!(put(&mut journal, b"lost"), Err(JournalError::Io { .. })));
        assert_eq!((journal.next(), journal.durable()), (2, 1));
        assert!(journal.tail.doubtful);
        put(&mut journal, b"two").unwrap();
        put(&mut journal, b"three").unwrap();
        assert_eq!(all(&journal), [&b"one"[..], b"two", b"three"]);
        drop(journal);
        assert_eq!(Journal::open(place.path(), Options::default()).unwrap().1.records, 3);
    }

    /// After a failed wait for the disk the system may say the next time that all is well.
    #[test]
    fn what_may_not_be_on_disk_is_written_anew() {
        let place = tempfile::tempdir().unwrap();
        let options = Options { sync: Sync::Never, ..Options::default() };
        let mut journal = Journal::open(place.path(), options).unwrap().0;
        put(&mut journal, b"one").unwrap();
        journal.append(b"two").unwrap();
        journal.append(b"").unwrap();
        let salt = journal.header.salt;
        (journal.tail.doubtful, journal.names_doubtful) = (true, true);
        assert_eq!(journal.commit().unwrap(), 1, "what was written anew is on disk");
        assert_ne!(journal.header.salt, salt, "it is another file");
        assert_eq!((journal.tail.doubtful, journal.names_doubtful), (false, false));
        assert_eq!(all(&journal), [&b"one"[..], b"two", b""]);
        journal.tail.doubtful = true;
        assert_eq!(journal.sync().unwrap(), 3);
        put(&mut journal, b"four").unwrap();
        assert_eq!(all(&journal).len(), 4);
        drop(journal);
        assert_eq!(Journal::open(place.path(), options).unwrap().1.records, 4);
    }

    #[test]
    fn it_says_when_it_is_time() {
        let place = tempfile::tempdir().unwrap();
        let day = Duration::from_secs(86_400);
        let mut journal = Journal::open(place.path(), Options { sync: Sync::Every(day), ..Options::default() }).unwrap().0;
        assert_eq!(journal.due_in(), None);
        put(&mut journal, b"one").unwrap();
        assert!(journal.due_in().is_some_and(|time| time <= day));
        journal.options.sync = Sync::Every(Duration::ZERO);
        assert_eq!(journal.due_in(), Some(Duration::ZERO));
        assert_eq!(journal.commit().unwrap(), 1, "with nothing appended");
        assert_eq!(journal.due_in(), None);
    }
}
