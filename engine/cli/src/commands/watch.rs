//! Checking again and again: whenever one of a scenario's files is saved.
//!
//! Folders are watched, not files, because editors put a new file in the place of the old one. It ends as any command does
//! that a person stops with Ctrl-C, or when nobody reads any more.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::check::Found;
use crate::failure::Failure;
use crate::scenario::Loaded;

/// Saving is over when so long nothing happened: an editor may write a file in several goes.
const QUIET: Duration = Duration::from_millis(100);

/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Checks `scenario` now and after each change, and prints what was found each time.
pub(crate) fn watch(scenario: &Path, check: &mut dyn FnMut() -> Result<Found, Failure>) -> Result<(), Failure> {
    let (changed, changes) = channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Where nobody receives any more the command is about to end.
        let _ = changed.send(event);
    });
    let mut watched = Watched { watcher: watcher.map_err(|error| unwatched(scenario, &error))?, folders: BTreeSet::new() };
    loop {
        let files = watched.follow(scenario)?;
        show(check(), scenario, files.len())?;
        if !until_saved(&changes, &files) {
            return Ok(());
        }
    }
}

fn unwatched(path: &Path, error: &notify::Error) -> Failure {
    Failure::Input(format!("{} cannot be watched: {error}", path.display()))
}

/// The folders that are watched.
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watched {
    /// Watches the folders of all files of a scenario, which may have changed; gives the files.
    fn follow(&mut self, scenario: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
        let files: BTreeSet<PathBuf> = Loaded::files(scenario).iter().map(|file| absolute(file)).collect();
        let mut folders: BTreeSet<PathBuf> = files.iter().filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
        if scenario.is_dir() {
            folders.insert(absolute(scenario));
        }
        for folder in folders.difference(&self.folders.clone()) {
            self.watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| unwatched(folder, &error))?;
            self.folders.insert(folder.clone());
        }
        Ok(files)
    }
}

/// A path from the root without links, as events have it; of a file that is gone, that of its folder and its name.
fn absolute(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_path_buf())
}

/// Waits until a file of the scenario was saved and everything is quiet again; `false` where no more changes will come.
fn until_saved(changes: &Receiver<notify::Result<Event>>, files: &BTreeSet<PathBuf>) -> bool {
    let mut saved = false;
    loop {
        let change = if saved { changes.recv_timeout(QUIET) } else { changes.recv().map_err(RecvTimeoutError::from) };
        match change {
            Ok(change) => saved |= concerns(change, files),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Whether a change is one of a file of the scenario, or of one that may become a part of it.
fn concerns(change: notify::Result<Event>, files: &BTreeSet<PathBuf>) -> bool {
    match change {
        // Reading is no change.
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
        Ok(event) => {
            event.paths.iter().any(|path| files.contains(path) || path.extension().is_some_and(|ending| ending == "ron"))
        }
        // What was missed may have been a change.
        Err(_) => true,
    }
}

/// Prints what a check found, alone on the screen where there is one.
fn show(found: Result<Found, Failure>, scenario: &Path, files: usize) -> Result<(), Failure> {
    let text = match found {
        Ok(Found { warnings, fine }) => warnings.into_iter().chain([fine]).collect::<Vec<_>>().join("\n\n"),
        Err(failure @ (Failure::Faults(_) | Failure::Input(_))) => failure.to_string(),
        Err(other) => return Err(other),
    };
    let clear = if io::stdout().is_terminal() { CLEAR } else { "" };
    let mut out = anstream::stdout();
    write!(out, "{clear}{text}\n\nwatching {files} files of {}; Ctrl-C ends it\n", scenario.display())?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    #[test]
    fn only_changes_of_its_files_concern_a_scenario() {
        let files = BTreeSet::from([PathBuf::from("/s/scenario.ron"), PathBuf::from("/s/map.pbf")]);
        let change = |kind: EventKind, path: &str| concerns(Ok(Event::new(kind).add_path(path.into())), &files);
        assert!(change(EventKind::Modify(ModifyKind::Any), "/s/map.pbf"));
        assert!(change(EventKind::Create(CreateKind::File), "/s/new.ron"), "it may have been missing");
        assert!(!change(EventKind::Access(AccessKind::Any), "/s/scenario.ron"));
        assert!(!change(EventKind::Modify(ModifyKind::Any), "/s/README.md"));
        assert!(concerns(Err(notify::Error::generic("the queue ran over")), &files));
    }
}
