//! Tries points, several at a time, and keeps what came out in the order of the points.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::error::{ExploreError, LedgerError};
use super::ledger::{Ledger, Record};
use super::space::Factor;
use crate::design::Measure;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// What an exploration is about: the shape of all that follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// What is varied.
    pub factors: Vec<Factor>,
    /// The policies tried at each point.
    pub policies: Vec<String>,
    /// The measures of each of them.
    pub measures: Vec<Measure>,
}

/// What came out at one point, `[policy][measure][replication]`; `None` where nothing was observed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures(pub Vec<Vec<Vec<Option<f64>>>>);

impl Figures {
    /// Replications there are.
    pub fn replications(&self) -> usize {
        self.0.first().and_then(|measures| measures.first()).map_or(0, Vec::len)
    }

    /// The values of a measure under a policy, by replication.
    pub fn values(&self, policy: usize, measure: usize) -> &[Option<f64>] {
        &self.0[policy][measure]
    }

    /// Their mean and its interval over the first `replications`.
    pub fn estimate(&self, policy: usize, measure: usize, replications: usize) -> Estimate {
        let values = self.values(policy, measure);
        let some: Vec<f64> = values[..replications.min(values.len())].iter().flatten().copied().collect();
        mean_ci(&some, LEVEL)
    }

    /// Their mean over the first `replications`; cheaper than [`Figures::estimate`].
    pub fn mean(&self, policy: usize, measure: usize, replications: usize) -> Option<f64> {
        let values = self.values(policy, measure);
        let some = values[..replications.min(values.len())].iter().flatten();
        let (count, mean) = some.fold((0.0, 0.0), |(count, mean), value| (count + 1.0, mean + (value - mean) / (count + 1.0)));
        (count > 0.0 && mean.is_finite()).then_some(mean + 0.0)
    }

    /// Adds further replications of the same policies and measures.
    fn extend(&mut self, further: Figures) {
        if self.0.is_empty() {
            *self = further;
            return;
        }
        for (policy, more) in self.0.iter_mut().zip(further.0) {
            for (measure, more) in policy.iter_mut().zip(more) {
                measure.extend(more);
            }
        }
    }

    fn first(&self, replications: usize) -> Figures {
        let cut = |values: &Vec<Option<f64>>| values[..replications.min(values.len())].to_vec();
        Figures(self.0.iter().map(|measures| measures.iter().map(cut).collect()).collect())
    }
}

/// Whoever can tell the figures at a point. Called from several threads at once.
pub trait Evaluate: Sync {
    /// Why a point cannot be run.
    type Error: Send;

    /// Runs some replications at a point.
    ///
    /// `values` belong to the factors; `jobs` is how many threads this call may use. It must depend on `values` and
    /// `replications` alone, so that every point meets the same luck.
    ///
    /// # Errors
    /// Whatever keeps it from figures; the whole exploration then stops.
    fn evaluate(&self, values: &[String], replications: Range<u32>, jobs: usize) -> Result<Figures, Self::Error>;
}

/// A point to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Its number, from 1.
    pub number: usize,
    /// What it is tried for, where the results file has a column for that.
    pub label: String,
    /// Its values, by factor.
    pub values: Vec<String>,
}

/// Tries points and remembers what came out.
pub struct Explorer<'e, E: Evaluate> {
    study: Study,
    evaluate: &'e E,
    jobs: usize,
    ledger: Ledger,
    records: BTreeMap<usize, Record>,
    /// How many points were run by now, not counting those of an earlier call.
    run: usize,
}

/// A point that is still to be run: what is known of it, and how many replications are wanted.
struct Task<'t> {
    trial: &'t Trial,
    known: Figures,
    wanted: usize,
}

/// What is to be written next, in the order of the trials.
enum Step<'t> {
    /// What comes out of a task, by its number.
    Run(usize),
    /// What came out at a point with the same values, by that point's number.
    Copy(&'t Trial, usize),
}

impl<'e, E: Evaluate> Explorer<'e, E> {
    /// An explorer that goes on from what a results file holds.
    pub fn new(study: Study, evaluate: &'e E, jobs: usize, ledger: Ledger, kept: Vec<Record>) -> Explorer<'e, E> {
        let mut records = BTreeMap::new();
        for record in kept {
            records.insert(record.number, record);
        }
        Explorer { study, evaluate, jobs: jobs.max(1), ledger, records, run: 0 }
    }

    /// What it is about.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Points that were run by this call and not taken from the file.
    pub fn run(&self) -> usize {
        self.run
    }

    /// All that is known, by number of the point.
    pub fn records(&self) -> &BTreeMap<usize, Record> {
        &self.records
    }

    /// What came out at a point that was tried.
    ///
    /// # Panics
    /// If it was not.
    pub fn figures(&self, number: usize) -> &Figures {
        match self.records.get(&number) {
            Some(record) => &record.figures,
            None => panic!("point {number} was not tried"),
        }
    }

    /// Writes the results file anew, a record for each point in order, each with what `after` says of it.
    ///
    /// # Errors
    /// Where it cannot be written; then the file is as it was.
    pub fn finish(&mut self, after: impl Fn(&Record) -> String) -> Result<(), LedgerError> {
        for record in self.records.values_mut() {
            record.after = after(record);
        }
        self.ledger.rewrite(self.records.values())
    }

    /// Sees to it that each of `trials` has at least `replications`.
    ///
    /// Points are run side by side; where there are fewer of them than threads, each gets several for its replications.
    /// They are kept in order, so the file has the same bytes at any number of threads. What was run before is not run
    /// again, nor is a point whose values were.
    ///
    /// # Errors
    /// The first point, in order, that cannot be run; or a results file that cannot be written. What is before it is
    /// kept.
    pub fn ensure(&mut self, trials: &[Trial], replications: usize) -> Result<(), ExploreError<E::Error>> {
        if let Some(trial) = trials.iter().find(|trial| self.records.get(&trial.number).is_some_and(|r| r.values != trial.values))
        {
            return Err(self.ledger.unlike(trial.number).into());
        }
        let (tasks, steps) = self.plan(trials, replications);
        let hands = self.jobs.min(tasks.len());
        // Points that come last, with no others to fill all threads, get more threads each.
        let last = tasks.len().checked_rem(hands).filter(|last| *last > 0).unwrap_or(hands).max(1);
        let (each, each_last) = (self.jobs.div_ceil(hands.max(1)), self.jobs.div_ceil(last));
        let first_last = tasks.len() - last.min(tasks.len());
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        let (evaluate, tasks, next, failed) = (self.evaluate, &tasks, &next, &failed);
        // Tasks are taken in order, so every task before a failed one is still run.
        let take = move || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let task = tasks.get(number).filter(|_| number < failed.load(Ordering::Relaxed))?;
            let outcome = complete(evaluate, task, if number < first_last { each } else { each_last });
            if outcome.is_err() {
                failed.fetch_min(number, Ordering::Relaxed);
            }
            Some((number, outcome))
        };
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let work = |send: mpsc::Sender<_>| {
                move || {
                    while let Some(done) = take() {
                        if send.send(done).is_err() {
                            break;
                        }
                    }
                }
            };
            for _ in 0..hands {
                // Threads that the system refuses are done without; with none at all, this one does the work below.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work(send.clone()));
            }
            drop(send);
            let mut done = BTreeMap::new();
            let mut outcome_of = |number: usize| loop {
                if let Some(outcome) = done.remove(&number) {
                    return Some(outcome);
                }
                let (other, outcome) = receive.recv().ok().or_else(take)?;
                done.insert(other, outcome);
            };
            let kept = self.write(tasks, &steps, &mut outcome_of);
            if kept.is_err() {
                failed.store(0, Ordering::Relaxed);
            }
            kept
        })
    }

    /// What is to be run, and what is to be written.
    fn plan<'t>(&self, trials: &'t [Trial], replications: usize) -> (Vec<Task<'t>>, Vec<Step<'t>>) {
        let mut known: BTreeMap<&[String], &Record> = BTreeMap::new();
        for record in self.records.values() {
            let best = known.entry(&record.values).or_insert(record);
            if best.figures.replications() < record.figures.replications() {
                *best = record;
            }
        }
        let (mut tasks, mut steps) = (Vec::new(), Vec::new());
        let mut running: BTreeMap<&[String], usize> = BTreeMap::new();
        for trial in trials {
            let enough = |record: &Record| record.figures.replications() >= replications;
            if self.records.get(&trial.number).is_some_and(enough) {
                continue;
            }
            let same = known.get(trial.values.as_slice());
            let source = same.filter(|record| enough(record)).map(|record| record.number);
            match source.or_else(|| running.get(trial.values.as_slice()).copied()) {
                Some(number) => steps.push(Step::Copy(trial, number)),
                None => {
                    let known = same.map(|record| record.figures.first(replications)).unwrap_or_default();
                    steps.push(Step::Run(tasks.len()));
                    tasks.push(Task { trial, known, wanted: replications });
                    running.insert(&trial.values, trial.number);
                }
            }
        }
        (tasks, steps)
    }

    /// Keeps what comes out, step by step.
    fn write(
        &mut self,
        tasks: &[Task<'_>],
        steps: &[Step<'_>],
        outcome_of: &mut dyn FnMut(usize) -> Option<Result<Figures, E::Error>>,
    ) -> Result<(), ExploreError<E::Error>> {
        for step in steps {
            let (trial, figures) = match step {
                Step::Copy(trial, number) => (*trial, self.figures(*number).clone()),
                Step::Run(number) => {
                    let trial = tasks[*number].trial;
                    // A thread that panicked leaves nothing behind; the scope passes its panic on.
                    let Some(outcome) = outcome_of(*number) else { return Ok(()) };
                    let values = || self.study.factors.iter().map(|f| f.name.clone()).zip(trial.values.clone()).collect();
                    let failed = |source| ExploreError::Point { point: trial.number, values: values(), source };
                    let figures = outcome.map_err(failed)?;
                    self.run += 1;
                    (trial, figures)
                }
            };
            let Trial { number, label, values } = trial.clone();
            let record = Record { number, label, values, figures, after: String::new() };
            self.ledger.append(&record)?;
            self.records.insert(number, record);
        }
        Ok(())
    }
}

/// What is known of a point, and what is missing run.
fn complete<E: Evaluate>(evaluate: &E, task: &Task<'_>, jobs: usize) -> Result<Figures, E::Error> {
    let mut figures = task.known.clone();
    if figures.replications() < task.wanted {
        let missing = figures.replications() as u32..task.wanted as u32;
        figures.extend(evaluate.evaluate(&task.trial.values, missing, jobs)?);
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::ledger::Header;
    use super::super::synthetic::{Bowl, bowl, study, trials};
    use super::*;

    fn explored(jobs: usize, path: &std::path::Path, replications: usize) -> Result<usize, ExploreError<String>> {
        let header = Header::new("test", None, None);
        let (ledger, kept) = Ledger::open(path, study(), header, false)?;
        let bowl = bowl();
        let mut explorer = Explorer::new(study(), &bowl, jobs, ledger, kept);
        explorer.ensure(&trials(&["1", "4", "1", "7", "2", "9", "3"]), replications)?;
        Ok(explorer.run())
    }

    #[test]
    fn the_file_has_the_same_bytes_at_any_number_of_threads() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<Vec<u8>> = [1, 2, 4, 50]
            .map(|jobs| {
                let path = folder.path().join(format!("{jobs}.csv"));
                assert_eq!(explored(jobs, &path, 3).unwrap(), 6, "a point whose values were run is not run again");
                std::fs::read(path).unwrap()
            })
            .to_vec();
        assert!(bytes.iter().all(|other| *other == bytes[0]));
    }

    #[test]
    fn cut_off_anywhere_it_goes_on_to_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whole.csv");
        explored(2, &path, 3).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in (0..whole.len()).step_by(7) {
            let path = folder.path().join("cut.csv");
            std::fs::write(&path, &whole[..length]).unwrap();
            explored(2, &path, 3).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut to {length} bytes");
        }
        assert_eq!(explored(2, &path, 3).unwrap(), 0, "what is done is not done again");
    }

    #[test]
    fn more_replications_run_only_those_that_are_missing() {
        struct Asked(Bowl, Mutex<Vec<Range<u32>>>);
        impl Evaluate for Asked {
            type Error = String;
            fn evaluate(&self, values: &[String], replications: Range<u32>, jobs: usize) -> Result<Figures, String> {
                self.1.lock().unwrap().push(replications.clone());
                self.0.evaluate(values, replications, jobs)
            }
        }
        let asked = Asked(bowl(), Mutex::default());
        let ledger = Ledger::none(study(), Header::new("test", None, None));
        let mut explorer = Explorer::new(study(), &asked, 1, ledger, vec![]);
        explorer.ensure(&trials(&["5"]), 2).unwrap();
        explorer.ensure(&trials(&["5"]), 6).unwrap();
        assert_eq!(*asked.1.lock().unwrap(), [0..2, 2..6]);
        let whole = bowl().evaluate(&["5".into()], 0..6, 1).unwrap();
        assert_eq!(*explorer.figures(1), whole);
        assert_eq!(whole.mean(0, 1, 4), whole.estimate(0, 1, 4).mean);
    }

    #[test]
    fn the_first_point_that_fails_is_told_and_those_before_it_are_kept() {
        for jobs in [1, 3] {
            let bowl = Bowl { fails: |value| value >= 7.0, ..bowl() };
            let ledger = Ledger::none(study(), Header::new("test", None, None));
            let mut explorer = Explorer::new(study(), &bowl, jobs, ledger, vec![]);
            let error = explorer.ensure(&trials(&["1", "4", "7", "2", "9"]), 1).unwrap_err();
            let ExploreError::Point { point, values, .. } = error else { panic!("{error}") };
            assert_eq!((point, values), (3, vec![("x".to_owned(), "7".to_owned())]));
            assert_eq!(explorer.records().len(), 2);
        }
    }
}
