//! Events that were given up, as lines of JSON that a person can read.

use crate::outgoing::Outgoing;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// An event that was given up, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Why.
    pub reason: String,
    /// After so many attempts.
    pub attempts: u32,
    /// When, as RFC 3339.
    pub at: String,
    /// The event.
    pub event: Outgoing,
}

/// The file `dead.ndjson` of a connector. While its lines are put back it is called `dead.retrying.ndjson`.
pub(crate) struct DeadLetters {
    folder: PathBuf,
    count: u64,
}

impl DeadLetters {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let mut letters = Self { folder: folder.to_owned(), count: 0 };
        let path = letters.path();
        // A line that was not wholly written was never counted: its event is still in the queue.
        if path.exists() {
            let bytes = std::fs::read(&path)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if whole < bytes.len() {
                OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
            }
            letters.count = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        Ok(letters)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("dead.ndjson")
    }

    fn retrying(&self) -> PathBuf {
        self.folder.join("dead.retrying.ndjson")
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Adds one; it is on disk when this returns.
    pub(crate) fn add(&mut self, letter: &DeadLetter) -> io::Result<()> {
        let mut line = serde_json::to_vec(letter)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().create(true).append(true).open(self.path())?;
        let before = file.metadata()?.len();
        let written = file.write_all(&line).and_then(|()| file.sync_data());
        if written.is_err() {
            // A line of which a part is there would spoil the next one.
            let _ = file.set_len(before);
        }
        written?;
        self.count += 1;
        Ok(())
    }

    pub(crate) fn first(&self, most: usize) -> io::Result<Vec<DeadLetter>> {
        lines(&self.path(), most)
    }

    /// Sets the letters aside for being put back.
    pub(crate) fn begin_retry(&mut self) -> io::Result<()> {
        if self.path().exists() {
            std::fs::rename(self.path(), self.retrying())?;
            File::open(&self.folder)?.sync_all()?;
        }
        self.count = 0;
        Ok(())
    }

    /// What was set aside, each key once.
    pub(crate) fn retried(&self) -> io::Result<Vec<DeadLetter>> {
        let mut keys = HashSet::new();
        let mut letters = lines(&self.retrying(), usize::MAX)?;
        letters.retain(|letter| keys.insert(letter.event.key.clone()));
        Ok(letters)
    }

    /// What was set aside is in the queue.
    pub(crate) fn end_retry(&self) -> io::Result<()> {
        if self.retrying().exists() {
            std::fs::remove_file(self.retrying())?;
        }
        Ok(())
    }
}

fn lines(path: &Path, most: usize) -> io::Result<Vec<DeadLetter>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let read = |(index, line): (usize, io::Result<String>)| {
        let fault = |error| io::Error::other(format!("line {} of {}: {error}", index + 1, path.display()));
        serde_json::from_str(&line?).map_err(fault)
    };
    BufReader::new(File::open(path)?).lines().enumerate().take(most).map(read).collect()
}
