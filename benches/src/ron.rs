//! The models in RON, loaded and run as the command does it.
//!
//! A run cannot be asked for its state halfway, so the time that a run takes is found from two lengths of the same story:
//! what the long one takes beyond the short one is the work of the events between, without reading files and without the
//! birth of the actors.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use cpu_time::ProcessTime;
use rehearsal_scenario::{Outcome, Scenario};

/// A model in RON, by the name of its folder under `benches/models`.
#[derive(Clone, Copy, Debug)]
pub struct RonModel<'a> {
    /// The folder's name.
    pub name: &'a str,
    /// Values to set, as by `--set`; `scenario.length` is set by the run.
    pub settings: &'a [(&'a str, String)],
    /// The seed.
    pub seed: u64,
}

/// What a run of a model gave.
#[derive(Clone, Debug)]
pub struct RonRun {
    /// Events between the short length and the long one.
    pub events: u64,
    /// CPU time of those events `[s]`.
    pub cpu_seconds: f64,
    /// What the long run ended with.
    pub outcome: Outcome,
}

impl RonModel<'_> {
    /// Loads the model so that it runs for `length` `[s]`.
    ///
    /// # Errors
    ///
    /// The faults of its files, laid out for people.
    pub fn load(&self, length: f64) -> Result<Scenario> {
        let mut settings: Vec<(String, String)> =
            self.settings.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        settings.push(("scenario.length".into(), format!("{length}s")));
        let folder = folder().join(self.name);
        Scenario::load(&folder, &settings).map_err(|faults| anyhow!("{}", faults.render(false, 120)))
    }

    /// Runs the model for `short` and for `long` `[s]` and gives what lies between.
    ///
    /// # Errors
    ///
    /// Faults of the model, and what stops a run.
    pub fn run(&self, short: f64, long: f64) -> Result<RonRun> {
        let timed = |length| -> Result<(Outcome, f64)> {
            let scenario = self.load(length)?;
            let start = ProcessTime::now();
            let outcome = scenario.rehearse(0, self.seed, 0, None).with_context(|| format!("the model {}", self.name))?;
            Ok((outcome, start.elapsed().as_secs_f64()))
        };
        let (before, overhead) = timed(short)?;
        let (outcome, whole) = timed(long)?;
        Ok(RonRun { events: outcome.events - before.events, cpu_seconds: whole - overhead, outcome })
    }
}

/// Where the models are.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}
