//! Measuring: each job in a process of its own on one core, all jobs in turn, round after round.
//!
//! In turn, so that a neighbour that is busy for a minute slows all of them and not one; a process of its own, so that none
//! inherits the heap of another.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::jobs::Job;

/// What a process reports of its one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Work per second of CPU time.
    pub rate: f64,
    /// The figure that was held against theory.
    pub figure: f64,
}

/// How a job came out over all rounds.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which job.
    pub job: Job,
    /// Its runs, in the order of the rounds.
    pub runs: Vec<Run>,
}

/// A job that could not be measured, and why.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Which job.
    pub job: Job,
    /// What its process said.
    pub why: String,
}

impl Measured {
    /// The rates in ascending order.
    fn sorted(&self) -> Vec<f64> {
        let mut rates: Vec<f64> = self.runs.iter().map(|run| run.rate).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    /// The rate in the middle; of an even number the mean of the two there.
    #[must_use]
    pub fn median(&self) -> f64 {
        let rates = self.sorted();
        (rates[(rates.len() - 1) / 2] + rates[rates.len() / 2]) / 2.0
    }

    /// The least and the greatest rate.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let rates = self.sorted();
        (rates[0], rates[rates.len() - 1])
    }
}

/// Measures every job `rounds` times; says on `progress` what is being done.
///
/// A job that fails is not tried again.
///
/// # Errors
///
/// Where no process can be started.
pub fn measure(jobs: &[Job], rounds: u32, quick: bool, mut progress: impl FnMut(&str)) -> Result<(Vec<Measured>, Vec<Failed>)> {
    let mut measured: Vec<Measured> = jobs.iter().map(|job| Measured { job: *job, runs: Vec::new() }).collect();
    let mut failed: Vec<Failed> = Vec::new();
    for round in 1..=rounds {
        for one in &mut measured {
            if failed.iter().any(|failed| failed.job == one.job) {
                continue;
            }
            match in_a_process(one.job, quick)? {
                Ok(run) => {
                    progress(&format!(
                        "round {round} of {rounds}: {}: {:.3} M {}",
                        one.job,
                        run.rate / 1e6,
                        one.job.workload.unit()
                    ));
                    one.runs.push(run);
                }
                Err(why) => {
                    progress(&format!("round {round} of {rounds}: {} failed: {why}", one.job));
                    failed.push(Failed { job: one.job, why });
                }
            }
        }
    }
    measured.retain(|one| !one.runs.is_empty());
    Ok((measured, failed))
}

/// Runs one job in a process of its own; the inner error is what that process said.
fn in_a_process(job: Job, quick: bool) -> Result<Result<Run, String>> {
    let program = env::current_exe().context("this program cannot find itself to start another process")?;
    let mut command = Command::new(program);
    command.arg("one").arg(serde_json::to_string(&job)?);
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

/// What the process does: pins itself to the last core and runs the job once.
///
/// # Errors
///
/// Where the core cannot be had, the engine fails, or the answer is wrong.
pub fn one(job: Job, quick: bool) -> Result<Run> {
    let cores = core_affinity::get_core_ids().context("the system does not say which cores there are")?;
    let core = cores.last().context("this process may run on no core")?;
    if !core_affinity::set_for_current(*core) {
        bail!("the process cannot be pinned to core {}: rates would say little", core.id);
    }
    let outcome = job.run(quick)?;
    Ok(Run { rate: outcome.work as f64 / outcome.cpu_seconds, figure: outcome.figure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Engine, Workload};

    #[test]
    fn the_median_of_odd_and_even_numbers() {
        let job = Job::native(Workload::Mmc, Engine::Bare);
        let with = |rates: &[f64]| Measured { job, runs: rates.iter().map(|rate| Run { rate: *rate, figure: 0.0 }).collect() };
        assert_eq!(with(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(with(&[4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        assert_eq!(with(&[4.0, 1.0, 2.0]).range(), (1.0, 4.0));
    }
}
