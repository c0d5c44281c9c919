//! Speed as counts of instructions, as Callgrind leaves them behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Check, Outcome, Sort};

/// The folders that are looked into, from the one that is named.
const DEPTH_MAX: usize = 8;

/// Why counts cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstructionsError {
    /// Something cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file has no count.
    #[error("{path}: this file of Callgrind has no count of instructions; was the run cut off?")]
    NoCount {
        /// The file.
        path: PathBuf,
    },
    /// There is no file.
    #[error("{path}: there is no file of Callgrind in it; run cargo bench -p rehearsal-benches --bench instructions")]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

/// The counts of all files `callgrind*.out` in a folder and those below it, by name.
///
/// # Source
///
/// The format of Callgrind: the line `events:` names what is counted, `summary:` or `totals:` has the sums.
///
/// # Errors
///
/// See [`InstructionsError`].
pub fn counts(folder: &Path) -> Result<BTreeMap<String, u64>, InstructionsError> {
    let mut files = Vec::new();
    gather(folder, 0, &mut files)?;
    files.sort();
    let mut found = BTreeMap::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|source| InstructionsError::Io { path: file.clone(), source })?;
        let text = String::from_utf8_lossy(&bytes);
        let count = count(&text).ok_or_else(|| InstructionsError::NoCount { path: file.clone() })?;
        found.insert(name(folder, &file), count);
    }
    if found.is_empty() {
        return Err(InstructionsError::Nothing { path: folder.to_owned() });
    }
    Ok(found)
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), InstructionsError> {
    let io = |source| InstructionsError::Io { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().map_err(io)?.is_dir() {
            if depth < DEPTH_MAX {
                gather(&path, depth + 1, files)?;
            }
        } else if name.starts_with("callgrind") && name.ends_with(".out") {
            files.push(path);
        }
    }
    Ok(())
}

/// What a file counts: its path without the ends that all have.
fn name(folder: &Path, file: &Path) -> String {
    let path = file.strip_prefix(folder).unwrap_or(file);
    let stem = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    stem.trim_start_matches("callgrind").trim_end_matches(".out").trim_matches('.').to_owned()
}

fn count(text: &str) -> Option<u64> {
    let after = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    let place = after("events:")?.split_whitespace().position(|event| event == "Ir")?;
    let sums = after("summary:").or_else(|| after("totals:"))?;
    sums.split_whitespace().nth(place)?.parse().ok()
}

/// A check for each count of a baseline: at most `share` more instructions.
pub fn compared(now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>, share: f64) -> Vec<Check> {
    let check = |name: &str, outcome, words: String, found| Check {
        scenario: "benches".into(),
        sort: Sort::Speed,
        name: name.to_owned(),
        outcome,
        words,
        found,
        interval: None,
    };
    let one = |(name, old): (&String, &u64)| match now.get(name) {
        None => check(name, Outcome::Incomparable, "the baseline has this run, and it was not counted".into(), None),
        Some(new) => {
            let more = (*new as f64 - *old as f64) / (*old).max(1) as f64;
            let outcome = if more > share { Outcome::Fail } else { Outcome::Pass };
            let percent = |share: f64| crate::output::short(share * 100.0);
            let words = format!("{new} instructions, {} % more than {old}; allowed {} %", percent(more), percent(share));
            check(name, outcome, words, Some(more))
        }
    };
    before.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_wherever_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("benches/instructions");
        std::fs::create_dir_all(&deep).unwrap();
        let text =
            "# callgrind format\nversion: 1\npositions: line\nevents: Dr Ir\nsummary: 7 57500000\n\nfn=(1) main\n1 7 57500000\n";
        std::fs::write(deep.join("callgrind.phold.cells_1000.out"), text).unwrap();
        std::fs::write(deep.join("notes.txt"), "nothing").unwrap();
        assert_eq!(counts(folder.path()).unwrap(), BTreeMap::from([("phold.cells_1000".into(), 57_500_000)]));
        std::fs::write(deep.join("callgrind.star.out"), "events: Ir\n").unwrap();
        assert!(matches!(counts(folder.path()), Err(InstructionsError::NoCount { .. })));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(counts(empty.path()), Err(InstructionsError::Nothing { .. })));
    }

    #[test]
    fn more_instructions_than_allowed_fail() {
        let map = |count| BTreeMap::from([("phold".to_owned(), count)]);
        let of = |now: u64| compared(&map(now), &map(1_000), 0.02)[0].outcome;
        assert_eq!((of(900), of(1_020), of(1_021)), (Outcome::Pass, Outcome::Pass, Outcome::Fail));
        assert_eq!(compared(&BTreeMap::new(), &map(1), 0.02)[0].outcome, Outcome::Incomparable);
    }
}
