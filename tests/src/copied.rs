//! A copy of the scenarios, to be broken by a test and run from there.
//!
//! Not a sandbox: the command runs in the copy's folder, so that what it says names no folder of this machine.

use crate::{files, rehearsal, root, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with the repository's `scenarios/` and the tests' `fixtures/`; it goes when this goes.
#[derive(Debug)]
pub struct Copied {
    folder: TempDir,
}

impl Copied {
    /// Copies the scenarios and fixtures.
    ///
    /// # Panics
    /// When they cannot be copied.
    #[must_use]
    pub fn new() -> Copied {
        let copied = Copied { folder: tempfile::tempdir().expect("a temporary folder") };
        let wanted = |path: &PathBuf| path.starts_with("scenarios") || path.starts_with("tests/fixtures");
        for path in files(&[".ron", ".pbf", ".csv", ".xes", ".parquet"]).into_iter().filter(wanted) {
            let bytes = fs::read(root().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            copied.write(&path.to_string_lossy(), &bytes);
        }
        copied
    }

    /// Where a file of the copy lies.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes a file of the copy.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, file: &str, bytes: &[u8]) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces the first `from` in a file by `to`.
    ///
    /// # Panics
    /// When the file does not hold it.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let whole = text(&self.path(file));
        assert!(whole.contains(from), "{file} has no `{from}`");
        self.write(file, whole.replacen(from, to, 1).as_bytes());
    }

    /// The `rehearsal` command, to be run in the folder of the copy.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = rehearsal();
        command.current_dir(self.folder.path());
        command
    }

    /// Runs the command, which has to succeed; gives what it writes to standard output.
    ///
    /// # Panics
    /// When it does not succeed.
    #[must_use]
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a result is text")
    }

    /// Runs the command, which has to refuse what it is given (exit code 2, no result); gives what it says.
    ///
    /// # Panics
    /// When it does anything else.
    #[must_use]
    pub fn refused(&self, words: &[&str]) -> String {
        let output = self.output(words);
        let said = String::from_utf8(output.stderr).expect("what it says is text");
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(output.stdout.is_empty(), "results only on standard output: {}", String::from_utf8_lossy(&output.stdout));
        said
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command().args(words).output().expect("the command starts")
    }
}

impl Default for Copied {
    fn default() -> Copied {
        Copied::new()
    }
}
