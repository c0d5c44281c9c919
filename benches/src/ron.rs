//! The models in RON, loaded and run as the command does it.
//!
//! A run cannot be asked for its state halfway, so the time that a run takes is found from two lengths of the same story:
//! what the long one takes beyond the short one is the work of the events between, without reading files and without the
//! birth of the actors.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rehearsal_scenario::Scenario;

use crate::outcome::{Outcome, timed};

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
    /// The first measure of the model is its figure and the second counts its work; with `cells` the first is a count for
    /// each of them.
    ///
    /// # Errors
    ///
    /// Faults of the model, and what stops a run.
    pub fn run(&self, cells: Option<u32>, short: f64, long: f64) -> Result<Outcome> {
        let (before, overhead) = self.timed(short)?;
        let (after, whole) = self.timed(long)?;
        let figure = |outcome: &rehearsal_scenario::Outcome, at: usize| {
            outcome.overall.get(at).copied().flatten().with_context(|| format!("the model {} has no measure {at}", self.name))
        };
        let cpu_seconds = whole - overhead;
        if let Some(cells) = cells {
            let handled = |outcome| figure(outcome, 0).map(|each| (each * f64::from(cells)).round() as u64);
            let all = handled(&after)?;
            return Ok(Outcome { work: all - handled(&before)?, cpu_seconds, figure: all as f64 });
        }
        let work = figure(&after, 1)? - figure(&before, 1).unwrap_or(0.0);
        Ok(Outcome { work: work as u64, cpu_seconds, figure: figure(&after, 0)? })
    }

    /// As [`RonModel::run`], where the second measure is a mean over so many actors.
    ///
    /// # Errors
    ///
    /// Faults of the model, and what stops a run.
    pub fn run_each(&self, actors: u32, short: f64, long: f64) -> Result<Outcome> {
        let (before, overhead) = self.timed(short)?;
        let (after, whole) = self.timed(long)?;
        let figure = |outcome: &rehearsal_scenario::Outcome, at: usize| outcome.overall.get(at).copied().flatten();
        let work = |outcome| figure(outcome, 1).map(|each| (each * f64::from(actors)).round() as u64);
        match (work(&before), work(&after), figure(&after, 0)) {
            (Some(before), Some(all), Some(figure)) => Ok(Outcome { work: all - before, cpu_seconds: whole - overhead, figure }),
            _ => Err(anyhow!("the model {} has no two measures", self.name)),
        }
    }

    fn timed(&self, length: f64) -> Result<(rehearsal_scenario::Outcome, f64)> {
        let scenario = self.load(length)?;
        let (outcome, cpu_seconds) = timed(|| scenario.rehearse(0, self.seed, 0, None));
        Ok((outcome.with_context(|| format!("the model {}", self.name))?, cpu_seconds))
    }
}

/// Where the models are.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}
