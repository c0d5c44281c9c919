//! The folder of a journal: which file is what, the lock, and files that appear whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{JournalError, io};
use crate::frame::SEQUENCE_MAX;

/// The file that is locked while a journal is written.
const LOCK: &str = "lock";
/// How the files of segments end.
const SEGMENT: &str = ".journal";
/// How files end that are not whole yet.
const UNFINISHED: &str = ".new";

/// What lies in a folder.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The first sequences of segments by their names, in order.
    pub(crate) segments: Vec<u64>,
    /// What was being written when a process ended.
    pub(crate) unfinished: Vec<PathBuf>,
    /// What does not belong there.
    pub(crate) foreign: Vec<PathBuf>,
    /// Whether there is anything at all, the lock left out.
    pub(crate) empty: bool,
}

/// The file of the segment that begins with `first`.
pub(crate) fn segment(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}{SEGMENT}"))
}

/// What a file is called until it is whole.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

fn named(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SEGMENT).filter(|digits| digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok().filter(|first| (1..=SEQUENCE_MAX).contains(first))
}

/// Looks at the names in a folder.
pub(crate) fn list(dir: &Path) -> Result<Contents, JournalError> {
    let entries = fs::read_dir(dir).map_err(|error| match error.kind() {
        ErrorKind::NotADirectory => JournalError::NotAFolder { path: dir.to_owned() },
        ErrorKind::NotFound => JournalError::Absent { path: dir.to_owned() },
        _ => io("list", dir)(error),
    })?;
    let mut contents = Contents { empty: true, ..Contents::default() };
    for entry in entries {
        let entry = entry.map_err(io("list", dir))?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if name == LOCK {
            continue;
        }
        contents.empty = false;
        if let Some(first) = named(name) {
            contents.segments.push(first);
        } else if name.strip_suffix(UNFINISHED).and_then(named).is_some() {
            contents.unfinished.push(entry.path());
        } else {
            contents.foreign.push(entry.path());
        }
    }
    contents.segments.sort_unstable();
    contents.foreign.sort_unstable();
    Ok(contents)
}

/// Creates a folder and those above it, so that they are there after a loss of power.
pub(crate) fn create(dir: &Path) -> Result<(), JournalError> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => JournalError::NotAFolder { path: dir.to_owned() },
        _ => io("create", dir)(error),
    })?;
    match dir.parent() {
        Some(above) if above.as_os_str().is_empty() => sync(Path::new(".")),
        Some(above) => sync(above),
        None => Ok(()),
    }
}

/// A lock that is held until it is dropped, and with the process at the latest.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// To close the file would not do: a process that is just being started may have it open for a moment.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Takes the lock of a journal.
pub(crate) fn lock(dir: &Path) -> Result<Lock, JournalError> {
    lock_file(&dir.join(LOCK), dir)
}

/// Locks the file `path`, which stands for `what`.
pub(crate) fn lock_file(path: &Path, what: &Path) -> Result<Lock, JournalError> {
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(io("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: what.to_owned() }),
        Err(TryLockError::Error(error)) => Err(io("lock", path)(error)),
    }
}

/// Waits until the names in a folder are on disk.
pub(crate) fn sync(dir: &Path) -> Result<(), JournalError> {
    // Elsewhere a folder cannot be opened as a file, and names are written with the files.
    if cfg!(unix) {
        File::open(dir).and_then(|folder| folder.sync_all()).map_err(io("write", dir))?;
    }
    Ok(())
}

/// A file that gets its name when it is whole. Dropped before, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: Option<File>,
    path: PathBuf,
    temporary: PathBuf,
}

impl Unfinished {
    pub(crate) fn create(path: &Path) -> Result<Unfinished, JournalError> {
        Unfinished::open(path, &mut File::options())
    }

    /// The same, for what only its owner may read.
    pub(crate) fn private(path: &Path) -> Result<Unfinished, JournalError> {
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Unfinished::open(path, &mut options)
    }

    fn open(path: &Path, options: &mut OpenOptions) -> Result<Unfinished, JournalError> {
        let temporary = unfinished(path);
        let opened = options.create(true).truncate(true).read(true).write(true).open(&temporary);
        let file = Some(opened.map_err(io("create", &temporary))?);
        Ok(Unfinished { file, path: path.to_owned(), temporary })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let file = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        file.map_err(io("write", &self.temporary))
    }

    /// Waits until the bytes are on disk and gives the file its name, in place of what had it. The name is on disk once the
    /// folder is; see [`sync`].
    pub(crate) fn finish(mut self) -> Result<File, JournalError> {
        let file = self.file.take().ok_or_else(|| io::Error::other("the file is closed"));
        let done = file.and_then(|file| file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.path)).map(|()| file));
        done.map_err(|error| {
            let _ = fs::remove_file(&self.temporary);
            io("write", &self.path)(error)
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Removes what a process left that ended while it wrote.
pub(crate) fn remove_unfinished(contents: &Contents) -> Result<(), JournalError> {
    for path in &contents.unfinished {
        fs::remove_file(path).map_err(io("remove", path))?;
    }
    Ok(())
}
