//! What can be measured: which workload, on which engine, in which form, for how long, and whether the answer is right.

use std::fmt;

use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::models::{TANKS, Tank};
use crate::outcome::Outcome;
use crate::ron::RonModel;
use crate::rounds::Subject;
use crate::{bare, kernel, nexosim, simrs};

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
pub enum Workload {
    /// PHOLD with 1,000 cells.
    #[serde(rename = "phold-1k")]
    #[value(name = "phold-1k")]
    Phold1k,
    /// PHOLD with 10,000 cells.
    #[serde(rename = "phold-10k")]
    #[value(name = "phold-10k")]
    Phold10k,
    /// PHOLD with 100,000 cells.
    #[serde(rename = "phold-100k")]
    #[value(name = "phold-100k")]
    Phold100k,
    /// PHOLD with 1,000,000 cells.
    #[serde(rename = "phold-1m")]
    #[value(name = "phold-1m")]
    Phold1m,
    /// M/M/2.
    #[serde(rename = "mmc")]
    #[value(name = "mmc")]
    Mmc,
    /// 10,000 customers and 10 dealers.
    #[serde(rename = "star")]
    #[value(name = "star")]
    Star,
    /// 10,000 tanks with ten fields each.
    #[serde(rename = "rich")]
    #[value(name = "rich")]
    Rich,
}

/// What it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Ours.
    Rehearsal,
    /// A hand-written loop.
    Bare,
    /// nexosim 1.0 on one thread.
    Nexosim,
    /// simrs 0.2.
    Simrs,
}

/// How the model is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// In Rust.
    Native,
    /// In RON.
    Ron,
}

/// One thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// What is simulated.
    pub workload: Workload,
    /// On what.
    pub engine: Engine,
    /// How it is written.
    pub form: Form,
}

/// The seed of every run. The tolerances below are wide enough for any other.
pub const SEED: u64 = 1;

/// How long the story of a model in RON is that shows what its birth costs `[s]`: the shortest there is.
pub const RON_SHORT: f64 = 1.0;

/// The mean wait of M/M/2 at 0.8 of capacity with a service of 1 s `[s]`: Erlang C = 0.7111, through 2 - 1.6 a second.
const MMC_WAIT: f64 = 1.7778;
/// How far it may be off: at a million customers one standard deviation is about 1.2 %.
const MMC_TOLERANCE: f64 = 0.05;
/// The mean response of the star `[s]`: that of M/M/5 at 0.8 of capacity with a service of 14.4 s, Erlang C = 0.5541.
const STAR_RESPONSE: f64 = 22.38;
/// How far it may be off: at a hundred thousand requests one standard deviation is about 0.7 %.
const STAR_TOLERANCE: f64 = 0.04;

impl Workload {
    /// All of them, small ones first.
    pub const ALL: [Workload; 7] = [
        Workload::Phold1k,
        Workload::Phold10k,
        Workload::Phold100k,
        Workload::Phold1m,
        Workload::Mmc,
        Workload::Star,
        Workload::Rich,
    ];

    /// The cells of PHOLD.
    #[must_use]
    pub fn cells(self) -> Option<u32> {
        match self {
            Workload::Phold1k => Some(1_000),
            Workload::Phold10k => Some(10_000),
            Workload::Phold100k => Some(100_000),
            Workload::Phold1m => Some(1_000_000),
            Workload::Mmc | Workload::Star | Workload::Rich => None,
        }
    }

    /// What its rate counts.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Workload::Mmc => "customers/s",
            Workload::Star => "requests/s",
            Workload::Rich => "pulses/s",
            _ => "events/s",
        }
    }

    /// How long its story is on a fast engine `[s]`: one to two seconds of CPU time.
    fn length(self) -> f64 {
        match self {
            Workload::Phold1k => 6_000.0,
            Workload::Phold10k => 600.0,
            Workload::Phold100k => 50.0,
            Workload::Phold1m => 5.0,
            Workload::Mmc => 4_000_000.0,
            Workload::Star => 2.0 * 86_400.0,
            Workload::Rich => 600.0,
        }
    }

    /// The engines that have it in Rust.
    #[must_use]
    pub fn engines(self) -> &'static [Engine] {
        match self {
            // How models in RON compare to Rust says nothing of others.
            Workload::Rich => &[Engine::Rehearsal],
            _ => &[Engine::Bare, Engine::Rehearsal, Engine::Nexosim, Engine::Simrs],
        }
    }
}

impl Engine {
    /// How many times shorter its stories are, so that all take about as long.
    fn slowness(self) -> f64 {
        match self {
            Engine::Nexosim => 6.0,
            _ => 1.0,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no workload is hidden").get_name())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no engine is hidden").get_name())
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no form is hidden").get_name())
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.workload, self.engine)?;
        if self.form == Form::Ron { write!(f, " in RON") } else { Ok(()) }
    }
}

impl Subject for Job {
    fn told(self, value: f64) -> String {
        format!("{:.3} M {}", value / 1e6, self.workload.unit())
    }
}

impl Job {
    /// A workload on an engine, in Rust.
    #[must_use]
    pub const fn native(workload: Workload, engine: Engine) -> Job {
        Job { workload, engine, form: Form::Native }
    }

    /// A workload on our engine, in RON.
    #[must_use]
    pub const fn ron(workload: Workload) -> Job {
        Job { workload, engine: Engine::Rehearsal, form: Form::Ron }
    }

    /// Runs it in this process, for a fifth of the time where `quick`.
    ///
    /// # Errors
    ///
    /// Where the engine fails, or the answer is not what theory says.
    pub fn run(self, quick: bool) -> Result<Outcome> {
        let wanted = self.workload.length() / self.engine.slowness() / if quick { 5.0 } else { 1.0 };
        // Not below a second: shorter, a ball of PHOLD hardly moves.
        let length = wanted.max(1.0);
        let outcome = self.run_for(length).with_context(|| self.to_string())?;
        self.check(&outcome, length)?;
        Ok(outcome)
    }

    /// Runs it for `length` `[s]`, without a look at the answer; in RON for [`RON_SHORT`] longer.
    ///
    /// # Errors
    ///
    /// Where the engine fails.
    pub fn run_for(self, length: f64) -> Result<Outcome> {
        let end = (length * 1e9) as u64;
        let cells = self.workload.cells();
        if self.form == Form::Ron {
            return self.ron_model(length);
        }
        if self.workload == Workload::Rich {
            return Ok(kernel::rich(end)?);
        }
        Ok(match (self.engine, self.workload, cells) {
            (Engine::Rehearsal, _, Some(cells)) => kernel::phold(SEED, cells, end)?,
            (Engine::Rehearsal, Workload::Mmc, _) => kernel::mmc(SEED, end)?,
            (Engine::Rehearsal, ..) => kernel::star(SEED, end)?,
            (Engine::Bare, _, Some(cells)) => bare::phold(SEED, cells, end),
            (Engine::Bare, Workload::Mmc, _) => bare::mmc(SEED, end),
            (Engine::Bare, ..) => bare::star(SEED, end),
            (Engine::Nexosim, _, Some(cells)) => nexosim::phold(SEED, cells, end).map_err(|error| anyhow!("{error}"))?,
            (Engine::Nexosim, Workload::Mmc, _) => nexosim::mmc(SEED, end).map_err(|error| anyhow!("{error}"))?,
            (Engine::Nexosim, ..) => nexosim::star(SEED, end).map_err(|error| anyhow!("{error}"))?,
            (Engine::Simrs, _, Some(cells)) => simrs::phold(SEED, cells, end),
            (Engine::Simrs, Workload::Mmc, _) => simrs::mmc(SEED, end),
            (Engine::Simrs, ..) => simrs::star(SEED, end),
        })
    }

    fn ron_model(self, length: f64) -> Result<Outcome> {
        let (name, settings) = match self.workload.cells() {
            Some(cells) => ("phold", vec![("cells.count", cells.to_string())]),
            None if self.workload == Workload::Mmc => ("mmc", vec![]),
            None if self.workload == Workload::Rich => {
                let model = RonModel { name: "rich", settings: &[], seed: SEED };
                return model.run_each(TANKS, RON_SHORT, RON_SHORT + length);
            }
            None => ("star", vec![]),
        };
        RonModel { name, settings: &settings, seed: SEED }.run(self.workload.cells(), RON_SHORT, RON_SHORT + length)
    }

    /// Holds the answer against theory.
    fn check(self, outcome: &Outcome, length: f64) -> Result<()> {
        let length = if self.form == Form::Ron { RON_SHORT + length } else { length };
        let (what, theory, tolerance) = match (self.workload.cells(), self.workload) {
            (Some(cells), _) => {
                // Balls are renewal processes with steps of mean 1 s and variance 0.81 s²: n (t - 0.095) events, with a
                // variance of 0.81 n t; five standard deviations.
                let n = f64::from(cells);
                ("balls handled", n * (length - 0.095), 5.0 * (0.81 * n * length).sqrt())
            }
            (None, Workload::Mmc) => ("mean wait [s]", MMC_WAIT, MMC_WAIT * MMC_TOLERANCE),
            (None, Workload::Rich) => {
                let all = Outcome::tanks(Tank::all((length * 1e9) as u64).into_iter(), 0.0);
                ensure!(outcome.figure == all.figure, "{self}: mean level {}, but it is {}", outcome.figure, all.figure);
                return Ok(());
            }
            (None, _) => ("mean response [s]", STAR_RESPONSE, STAR_RESPONSE * STAR_TOLERANCE),
        };
        let off = (outcome.figure - theory).abs();
        // The quick runs of queues are shorter, and their figures wider by the root of that.
        let wider = if self.workload.cells().is_some() { 1.0 } else { (self.workload.length() / length).sqrt().max(1.0) };
        ensure!(
            off <= tolerance * wider,
            "{self}: {what} {:.4}, but theory says {theory:.4} and allows {:.4} to either side; the model or its engine is wrong",
            outcome.figure,
            tolerance * wider
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute and a half of the smallest PHOLD, some hours of the star: what each engine ends with.
    #[test]
    fn engines_driven_from_rust_end_with_the_same_figures() {
        for (workload, length) in [(Workload::Phold1k, 90.0), (Workload::Mmc, 20_000.0), (Workload::Star, 8.0 * 3600.0)] {
            let floor = Job::native(workload, Engine::Bare).run_for(length).unwrap();
            for engine in [Engine::Rehearsal, Engine::Nexosim, Engine::Simrs] {
                let found = Job::native(workload, engine).run_for(length).unwrap();
                assert_eq!((found.work, found.figure), (floor.work, floor.figure), "{workload} on {engine}");
            }
        }
    }

    /// Rich has no luck: in Rust and in RON it ends with what each tank comes to by itself.
    #[test]
    fn rich_ends_alike_in_rust_and_in_ron() {
        let length = 60.0;
        for job in [Job::native(Workload::Rich, Engine::Rehearsal), Job::ron(Workload::Rich)] {
            job.check(&job.run_for(length).unwrap(), length).unwrap();
        }
    }

    /// Models in RON have luck of their own, so they are held against theory alone.
    #[test]
    fn models_in_ron_agree_with_theory() {
        for (workload, length) in [(Workload::Phold1k, 90.0), (Workload::Mmc, 400_000.0), (Workload::Star, 86_400.0)] {
            let job = Job::ron(workload);
            job.check(&job.run_for(length).unwrap(), length).unwrap();
        }
    }

    #[test]
    fn an_answer_off_theory_is_refused() {
        let job = Job::native(Workload::Mmc, Engine::Bare);
        let outcome = Outcome { work: 1_000_000, cpu_seconds: 1.0, figure: 1.9 };
        let error = job.check(&outcome, Workload::Mmc.length()).unwrap_err();
        assert!(error.to_string().contains("theory says 1.7778"), "{error}");
    }
}
