//! What one run gave: how much was done, in how much CPU time, and the figure by which it is judged.

use cpu_time::ProcessTime;

use crate::models::{Tally, Tank};

/// The work of a run, without its setting up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Balls handled, customers called up, requests answered, or pulses.
    pub work: u64,
    /// CPU time of the process for that work, all its threads `[s]`.
    pub cpu_seconds: f64,
    /// What is compared with theory: balls handled, a mean time `[s]`, or a mean level.
    pub figure: f64,
}

impl Outcome {
    /// A run that handled so many balls.
    #[must_use]
    pub fn balls(handled: u64, cpu_seconds: f64) -> Outcome {
        Outcome { work: handled, cpu_seconds, figure: handled as f64 }
    }

    /// A run that ended with these tanks.
    #[must_use]
    pub fn tanks(tanks: impl Iterator<Item = Tank> + Clone, cpu_seconds: f64) -> Outcome {
        let work = tanks.clone().map(|tank| tank.pulses as u64).sum();
        let (count, level) = tanks.fold((0.0, 0.0), |(count, sum), tank| (count + 1.0, sum + tank.level));
        Outcome { work, cpu_seconds, figure: level / count }
    }

    /// A run that took so many times.
    #[must_use]
    pub fn times(tally: Tally, cpu_seconds: f64) -> Outcome {
        Outcome { work: tally.count, cpu_seconds, figure: tally.mean_seconds() }
    }
}

/// The CPU time that `work` takes in this process `[s]`.
pub fn timed<R>(work: impl FnOnce() -> R) -> (R, f64) {
    let start = ProcessTime::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}
