//! Measuring: each job and gauge in a process of its own, all of a section in turn, round after round.
//!
//! In turn, so that a neighbour that is busy for a minute slows all of them and not one; a process of its own, so that none
//! inherits the heap of another.

use std::env;
use std::fmt::Display;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::jobs::Job;
use crate::others::Others;
use crate::threads::Yardstick;

/// What a process of its own can measure.
pub trait Subject: Copy + PartialEq + Display + Serialize {
    /// A value of it as people read it meanwhile, with its unit.
    fn told(self, value: f64) -> String;
}

/// What a process reports of its one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Work per second of CPU time, or what a gauge shows.
    pub value: f64,
    /// The figure that was held against theory, where there is one.
    pub checked: Option<f64>,
    /// What others took of the machine, where that matters and is known.
    pub others: Option<Others>,
    /// What two cores gave to any two programs meanwhile, where that matters.
    pub yardstick: Option<Yardstick>,
}

impl Run {
    /// Whether there were two whole cores for long enough, or it does not matter.
    fn had_whole_cores(&self) -> bool {
        self.yardstick.is_none_or(|yardstick| yardstick.shards_on_whole_cores.is_some())
    }
}

/// How a subject came out over all rounds.
#[derive(Clone, Debug)]
pub struct Measured<S> {
    /// What was measured.
    pub subject: S,
    /// Its runs, in the order of the rounds.
    pub runs: Vec<Run>,
}

/// What could not be measured, and why.
#[derive(Clone, Debug)]
pub struct Failed<S> {
    /// What.
    pub subject: S,
    /// What its process said.
    pub why: String,
}

/// The value in the middle; of an even number the mean of the two there.
///
/// # Panics
///
/// When there are no values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "no values have no median");
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

impl<S> Measured<S> {
    /// The values of the runs that say something: those that had two whole cores for long enough, where that matters and there
    /// were any, else all.
    fn values(&self) -> impl Iterator<Item = f64> {
        let all = self.lacks_whole_cores();
        self.runs.iter().filter(move |run| all || run.had_whole_cores()).map(|run| run.value)
    }

    /// Whether two whole cores matter, and no run had them for long enough.
    #[must_use]
    pub fn lacks_whole_cores(&self) -> bool {
        !self.runs.iter().any(Run::had_whole_cores)
    }

    /// The value in the middle.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(self.values().collect())
    }

    /// The least and the greatest value.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.values().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
    }
}

/// What was measured, and what could not be.
pub type Round<S> = (Vec<Measured<S>>, Vec<Failed<S>>);

/// Measures every subject `rounds` times; says on `progress` what is being done.
///
/// What fails is not tried again.
///
/// # Errors
///
/// Where no process can be started.
pub fn measure<S: Subject>(subjects: &[S], rounds: u32, quick: bool, mut progress: impl FnMut(&str)) -> Result<Round<S>> {
    let mut measured: Vec<Measured<S>> =
        subjects.iter().map(|subject| Measured { subject: *subject, runs: Vec::new() }).collect();
    let mut failed: Vec<Failed<S>> = Vec::new();
    for round in 1..=rounds {
        for one in &mut measured {
            let subject = one.subject;
            if failed.iter().any(|failed| failed.subject == subject) {
                continue;
            }
            match in_a_process(subject, quick)? {
                Ok(run) => {
                    progress(&format!("round {round} of {rounds}: {subject}: {}", subject.told(run.value)));
                    one.runs.push(run);
                }
                Err(why) => {
                    progress(&format!("round {round} of {rounds}: {subject} failed: {why}"));
                    failed.push(Failed { subject, why });
                }
            }
        }
    }
    measured.retain(|one| !one.runs.is_empty());
    Ok((measured, failed))
}

/// Runs one subject in a process of its own; the inner error is what that process said.
fn in_a_process(subject: impl Subject, quick: bool) -> Result<Result<Run, String>> {
    let program = env::current_exe().context("this program cannot find itself to start another process")?;
    let mut command = Command::new(program);
    command.arg("one").arg(serde_json::to_string(&subject)?);
    if quick {
        command.arg("--quick");
    }
    let output = command.output().context("no process can be started")?;
    if output.status.success() {
        let run = serde_json::from_slice(&output.stdout).context("a process did not report its run as JSON")?;
        return Ok(Ok(run));
    }
    Ok(Err(format!("{} ({})", String::from_utf8_lossy(&output.stderr).trim(), output.status)))
}

/// Pins this process to the last core.
///
/// # Errors
///
/// Where the core cannot be had.
pub fn pin() -> Result<()> {
    let cores = core_affinity::get_core_ids().context("the system does not say which cores there are")?;
    let core = cores.last().context("this process may run on no core")?;
    if !core_affinity::set_for_current(*core) {
        bail!("the process cannot be pinned to core {}: times would say little", core.id);
    }
    Ok(())
}

/// What the process of a rate does: pins itself to the last core and runs the job once.
///
/// # Errors
///
/// Where the core cannot be had, the engine fails, or the answer is wrong.
pub fn rate(job: Job, quick: bool) -> Result<Run> {
    pin()?;
    let outcome = job.run(quick)?;
    Ok(Run { value: outcome.work as f64 / outcome.cpu_seconds, checked: Some(outcome.figure), others: None, yardstick: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_odd_and_even_numbers() {
        let with = |values: &[f64]| {
            let run = |value: &f64| Run { value: *value, checked: None, others: None, yardstick: None };
            Measured { subject: (), runs: values.iter().map(run).collect() }
        };
        assert_eq!(with(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(with(&[4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        assert_eq!(with(&[4.0, 1.0, 2.0]).range(), (1.0, 4.0));
    }

    #[test]
    fn a_run_without_whole_cores_counts_where_no_run_had_them() {
        let run = |value, shards_on_whole_cores| {
            let yardstick = Yardstick { shards: 1.4, apart: 1.5, shards_on_whole_cores, whole: 0, turns: 60 };
            Run { value, checked: None, others: None, yardstick: Some(yardstick) }
        };
        let measured = |runs| Measured { subject: (), runs };
        let (none, some) = (measured(vec![run(1.4, None)]), measured(vec![run(1.4, None), run(1.8, Some(1.8))]));
        assert_eq!((none.lacks_whole_cores(), none.median()), (true, 1.4));
        assert_eq!((some.lacks_whole_cores(), some.range()), (false, (1.8, 1.8)));
    }
}
