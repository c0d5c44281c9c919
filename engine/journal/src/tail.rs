//! The file that is written at its end: what fails leaves it as it was.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// A file with a length up to which it counts.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    /// What counts \[bytes\].
    pub(crate) length: u64,
    /// Whether there may be more in the file than counts.
    ragged: bool,
    /// Whether bytes that count may not be on disk although the system was asked: they are to be written anew.
    pub(crate) doubtful: bool,
}

impl Tail {
    pub(crate) fn new(file: File, path: PathBuf, length: u64) -> Tail {
        Tail { file, path, length, ragged: false, doubtful: false }
    }

    /// Writes at the end, with one write where the system takes all at once. On failure nothing of it counts.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.trim()?;
        self.ragged = true;
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(bytes));
        if let Err(error) = written {
            // Where even this fails it is tried again before the next write.
            let _ = self.trim();
            return Err(error);
        }
        self.ragged = false;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Waits until all is on disk. After a failure the system may have forgotten what it did not write.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data().inspect_err(|_| self.doubtful = true)
    }

    /// Takes back the last `bytes`.
    pub(crate) fn take_back(&mut self, bytes: u64) {
        self.length -= bytes;
        self.ragged = true;
        let _ = self.trim();
    }

    fn trim(&mut self) -> io::Result<()> {
        if self.ragged {
            self.file.set_len(self.length)?;
            self.ragged = false;
        }
        Ok(())
    }
}
