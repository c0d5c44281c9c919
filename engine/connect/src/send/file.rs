//! A line of a file per event.

use crate::course::Outcome;
use crate::outgoing::Outgoing;
use crate::plan::FileOut;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) struct Writer {
    plan: FileOut,
    /// One line at a time.
    turn: Arc<Mutex<()>>,
}

impl Writer {
    pub(crate) fn new(plan: &FileOut) -> Self {
        Self { plan: plan.clone(), turn: Arc::default() }
    }

    pub(crate) async fn send(&self, event: &Outgoing) -> Outcome {
        let (path, turn) = (self.plan.path.clone(), Arc::clone(&self.turn));
        let line = event.structured().to_string() + "\n";
        // The disk is waited for elsewhere. An attempt that is given up meanwhile still ends its line.
        let written = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            add(&path, line.as_bytes())
        });
        match written.await {
            Ok(Ok(())) => Outcome::Delivered,
            Ok(Err(error)) => Outcome::failed(format!("{}: {error}", self.plan.path.display())),
            Err(error) => Outcome::failed(format!("{}: {error}", self.plan.path.display())),
        }
    }
}

/// Adds a line and waits until it is on disk. A last line that was not wholly written by a process that was ended gets
/// its end first, so that it spoils no other.
fn add(path: &Path, line: &[u8]) -> io::Result<()> {
    // Opened anew for every line, so that a file that was moved away for rotation is followed by a new one.
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let before = file.metadata()?.len();
    let written = if ends_in_the_middle(&mut file, before)? { file.write_all(b"\n") } else { Ok(()) };
    let written = written.and_then(|()| file.write_all(line)).and_then(|()| file.sync_data());
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
}

fn ends_in_the_middle(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
