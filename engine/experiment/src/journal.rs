//! Finished runs kept in a file, so that an experiment goes on where it was interrupted.
//!
//! The first line says what the experiment is; each further line is a finished run. A line begins with the CRC-32 of the rest.
//! Runs are appended as they finish, in any order; which of them a result comes from is decided by the design alone, so the
//! result is the same bytes as without an interruption. A last line that was cut off is dropped. A file with more
//! replications or policies than are asked for serves as well: it is a store, not a result.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::design::Rehearsal;
use crate::run::{Keep, Yield};
use crate::sample::{Detail, Sample};
use crate::spread::Spread;

/// The form of the file.
const SCHEMA: &str = "rehearsal.kept/1";

/// Why a file of finished runs cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Someone else writes to it.
    #[error("{path}: another experiment keeps its runs in it right now; wait for it, or name another file")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{path}: this is no file of finished runs; name another one, it would be overwritten")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It is of another experiment.
    #[error("{path}: it holds runs of another experiment ({what}); name another file, or delete it")]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A line in the middle is damaged.
    #[error("{path}, line {line}: damaged; delete this line, its run is then done again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    schema: String,
    scenario: String,
    fingerprint: String,
    seed: u64,
    stretches: Option<usize>,
    measures: Vec<String>,
    segments: Vec<String>,
}

impl Head {
    /// What is different, in words.
    fn differs(&self, other: &Head) -> Option<String> {
        let named = |what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| format!("{what} {a}, not {b}");
        if self.scenario != other.scenario {
            return Some(named("scenario", &other.scenario, &self.scenario));
        }
        if self.seed != other.seed {
            return Some(named("seed", &other.seed, &self.seed));
        }
        if self.stretches != other.stretches {
            return Some("with another detail".into());
        }
        (self != other).then(|| "other files, settings or build of the program".into())
    }
}

/// Single values with how often each was observed.
type Counts = Vec<(i64, u64)>;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    policy: String,
    replication: u64,
    events: u64,
    overall: Vec<Option<f64>>,
    segments: Vec<Vec<Option<f64>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spreads: Option<Vec<Vec<Counts>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course: Option<Vec<Vec<Option<f64>>>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    weights: Vec<Vec<f64>>,
}

impl Line {
    fn of(policy: &str, replication: u64, (sample, detail): &Yield) -> Line {
        let counts = |spread: &Spread| spread.counts().collect::<Vec<_>>();
        let spreads = |detail: &Detail| detail.spreads.iter().map(|row| row.iter().map(counts).collect()).collect();
        Line {
            policy: policy.to_owned(),
            replication,
            events: sample.events,
            overall: sample.overall.clone(),
            segments: sample.segments.clone(),
            spreads: detail.as_ref().map(spreads),
            course: detail.as_ref().map(|detail| detail.course.clone()),
            weights: detail.as_ref().map(|detail| detail.weights.clone()).unwrap_or_default(),
        }
    }

    fn found(self) -> Yield {
        let Line { events, overall, segments, spreads, course, weights, .. } = self;
        let row = |row: Vec<Vec<(i64, u64)>>| row.into_iter().map(Spread::from_counts).collect();
        let detail = spreads.zip(course).map(|(spreads, course)| Detail {
            spreads: spreads.into_iter().map(row).collect(),
            course,
            weights,
        });
        (Sample { overall, segments, events }, detail)
    }
}

/// A file of finished runs, open for more. Only one experiment at a time writes to it.
#[derive(Debug)]
pub struct Journal {
    policies: Vec<String>,
    known: BTreeMap<(usize, u64), Yield>,
    file: Mutex<File>,
}

impl Journal {
    /// Opens the file of an experiment on `model`, or begins it.
    ///
    /// `fingerprint` stands for all that decides what a run gives, besides seed, policy and replication.
    ///
    /// # Errors
    ///
    /// See [`JournalError`]; the file is as it was then, but for a last line that was cut off.
    pub fn open<R: Rehearsal>(
        path: &Path,
        model: &R,
        fingerprint: &str,
        seed: u64,
        stretches: Option<usize>,
    ) -> Result<Journal, JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let head = Head {
            schema: SCHEMA.into(),
            scenario: model.name().into(),
            fingerprint: fingerprint.into(),
            seed,
            stretches,
            measures: model.measures().iter().map(|measure| measure.name.clone()).collect(),
            segments: model.segments().to_vec(),
        };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            return Err(JournalError::Foreign { path: path.to_owned() });
        }
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Busy { path: path.to_owned() },
            TryLockError::Error(source) => io(source),
        })?;
        let (known, whole) = read(path, &file, &head, model.policies())?;
        file.set_len(whole).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        if whole == 0 {
            file.write_all(line(&head).map_err(|error| io(error.into()))?.as_bytes()).map_err(io)?;
        }
        Ok(Journal { policies: model.policies().to_vec(), known, file: Mutex::new(file) })
    }

    /// How many finished runs it held when it was opened.
    pub fn count(&self) -> usize {
        self.known.len()
    }
}

impl Keep for Journal {
    fn find(&self, policy: usize, replication: u64) -> Option<Yield> {
        self.known.get(&(policy, replication)).cloned()
    }

    fn keep(&self, policy: usize, replication: u64, found: &Yield) -> std::io::Result<()> {
        if self.known.contains_key(&(policy, replication)) {
            return Ok(());
        }
        let text = line(&Line::of(&self.policies[policy], replication, found))?;
        // One write for a whole line: a process that is killed leaves a cut-off line at worst.
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }
}

/// A line of the file with its checksum.
fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    Ok(format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())))
}

/// What a line says, where it is whole.
fn whole(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes.strip_suffix(b"\n")?).ok()?;
    let (sum, text) = text.split_once(' ')?;
    (sum == format!("{:08x}", crc32fast::hash(text.as_bytes()))).then_some(text)
}

type Known = BTreeMap<(usize, u64), Yield>;

/// The finished runs in a file, and how many of its bytes are whole.
fn read(path: &Path, file: &File, head: &Head, policies: &[String]) -> Result<(Known, u64), JournalError> {
    let mut reader = BufReader::new(file);
    let (mut known, mut until, mut number) = (Known::new(), 0, 0_usize);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes).map_err(|source| JournalError::Io { path: path.to_owned(), source })?;
        if read == 0 {
            return Ok((known, until));
        }
        number += 1;
        let damaged = || JournalError::Damaged { path: path.to_owned(), line: number };
        let Some(text) = whole(&bytes) else {
            let last = reader.fill_buf().map_err(|source| JournalError::Io { path: path.to_owned(), source })?.is_empty();
            return match number {
                1 => Err(JournalError::Foreign { path: path.to_owned() }),
                _ if last => Ok((known, until)),
                _ => Err(damaged()),
            };
        };
        if number == 1 {
            let foreign = |_| JournalError::Foreign { path: path.to_owned() };
            let found: Head = serde_json::from_str(text).map_err(foreign)?;
            if let Some(what) = head.differs(&found) {
                return Err(JournalError::Other { path: path.to_owned(), what });
            }
        } else {
            let line: Line = serde_json::from_str(text).map_err(|_| damaged())?;
            // A policy that is not among the model's is of no use; it cannot be of the same files.
            let policy = policies.iter().position(|name| *name == line.policy).ok_or_else(damaged)?;
            known.insert((policy, line.replication), line.found());
        }
        until += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;
    use crate::progress::Silent;
    use crate::run::{Conduct, conduct, run};
    use crate::synthetic::{design, garage};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    fn open(path: &Path) -> Result<Journal, JournalError> {
        Journal::open(path, &garage(), "f1", 42, None)
    }

    fn kept(path: &Path, replications: u32) -> (crate::Results, usize) {
        let journal = open(path).unwrap();
        let how = Conduct { kept: Some(&journal), ..Conduct::default() };
        (conduct(&garage(), &design(replications, 2), &how, &Silent).unwrap(), journal.count())
    }

    #[test]
    fn an_interrupted_experiment_goes_on_to_the_same_bytes() {
        struct StopAfter(AtomicUsize, AtomicBool);
        impl crate::Progress for StopAfter {
            fn finished(&self, _policy: usize, _replication: u64, _events: u64) {
                if self.0.fetch_add(1, Ordering::Relaxed) == 9 {
                    self.1.store(true, Ordering::Relaxed);
                }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        let whole = output::json(&run(&garage(), &design(12, 1), &Silent).unwrap());
        for jobs in [1, 2] {
            let _ = std::fs::remove_file(&path);
            let watch = StopAfter(AtomicUsize::new(0), AtomicBool::new(false));
            {
                let journal = open(&path).unwrap();
                let how = Conduct { kept: Some(&journal), stop: Some(&watch.1), ..Conduct::default() };
                let part = conduct(&garage(), &design(12, jobs), &how, &watch).unwrap();
                assert_eq!(
                    (part.replications, part.ending),
                    (3, crate::Ending::Stopped { asked: 12 }),
                    "10 or 11 runs are 3 of each"
                );
            }
            let (all, before) = kept(&path, 12);
            assert!(before == 10 || before == 11, "{before}");
            assert_eq!(output::json(&all), whole);
        }
    }

    #[test]
    fn more_replications_begin_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        assert_eq!(kept(&path, 4).1, 0);
        let (more, before) = kept(&path, 6);
        assert_eq!((before, more.replications), (12, 6));
        assert_eq!((kept(&path, 2).1, kept(&path, 2).0.replications), (18, 2));
    }

    #[test]
    fn a_cut_off_line_is_dropped_and_a_damaged_one_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        let all = kept(&path, 4).0;
        let bytes = std::fs::read(&path).unwrap();
        for cut in [1, 20] {
            std::fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
            let (again, before) = kept(&path, 4);
            assert_eq!((before, &again), (11, &all));
        }
        let mut broken = bytes.clone();
        let second = broken.iter().position(|byte| *byte == b'\n').unwrap() + 40;
        broken[second] ^= 1;
        std::fs::write(&path, &broken).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.to_string().contains("line 2: damaged"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), broken, "nothing was changed");
    }

    #[test]
    fn files_of_something_else_are_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        std::fs::write(&path, "dear diary\n").unwrap();
        assert!(matches!(open(&path), Err(JournalError::Foreign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"dear diary\n");
        std::fs::remove_file(&path).unwrap();
        kept(&path, 1);
        let error = Journal::open(&path, &garage(), "f1", 43, None).unwrap_err().to_string();
        assert!(error.contains("another experiment (seed 42, not 43)"), "{error}");
        let error = Journal::open(&path, &garage(), "f2", 42, None).unwrap_err().to_string();
        assert!(error.contains("other files, settings or build"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_no_file_of_runs() {
        assert!(matches!(open(Path::new("/dev/zero")), Err(JournalError::Foreign { .. })));
        assert!(matches!(open(&std::env::temp_dir()), Err(JournalError::Io { .. })));
    }

    #[test]
    fn only_one_experiment_at_a_time_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        let first = open(&path).unwrap();
        assert!(matches!(open(&path), Err(JournalError::Busy { .. })));
        drop(first);
        assert!(open(&path).is_ok());
    }
}
