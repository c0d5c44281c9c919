//! Replications, paired comparison, statistics and their output.
//!
//! An experiment runs every chosen policy of a model on the same replications: the same people, the
//! same failures, the same weather. What differs is the policy, so what is compared is the
//! *difference within each replication*, with an interval that says how sure it is.
//!
//! This crate knows no scenario files and no actors: a model is anything that implements
//! [`Rehearsal`]. It draws no random numbers of its own but in [`explore`], keyed by a seed, and reads no clock, so the same
//! design gives the same bytes at any number of threads.
//!
//! Where to start: [`Rehearsal`] is what a model offers, [`Design`] what is asked of it, [`run()`] does
//! it, [`Results`] is what came out, and [`output`] writes that for people, programs and spreadsheets.
//! [`explore`] does it at many points of a space of settings.
//! [`fit`] finds the laws of chance that fit what was seen.
//! What theory says of small models is in [`theory`], and what it takes to agree with it in [`validation`].
//!
//! ```
//! use rehearsal_experiment::{output, run, Better, Design, Measure, Rehearsal, Sample, Silent};
//!
//! struct Garage {
//!     measures: Vec<Measure>,
//!     policies: Vec<String>,
//! }
//!
//! impl Rehearsal for Garage {
//!     type Error = std::fmt::Error;
//!     fn name(&self) -> &str { "garage" }
//!     fn measures(&self) -> &[Measure] { &self.measures }
//!     fn segments(&self) -> &[String] { &[] }
//!     fn policies(&self) -> &[String] { &self.policies }
//!     fn run(&self, policy: usize, _seed: u64, replication: u64) -> Result<Sample, Self::Error> {
//!         let days = [14.0, 2.0][policy] + replication as f64 / 10.0;
//!         Ok(Sample { overall: vec![Some(days)], segments: vec![vec![]], events: 1 })
//!     }
//! }
//!
//! let garage = Garage {
//!     measures: vec![Measure {
//!         name: "wait".into(), label: "Wait for repair".into(), unit: "d".into(), better: Better::Lower,
//!     }],
//!     policies: vec!["wait_for_the_call".into(), "act_first".into()],
//! };
//! let design = Design { policies: vec![0, 1], replications: 10, seed: 1, jobs: 2 };
//! let results = run(&garage, &design, &Silent)?;
//! assert!((results.differences[0][0].estimate.mean.unwrap() + 12.0).abs() < 1e-9);
//! assert!(output::csv(&results).starts_with("policy,measure,segment,"));
//! # Ok::<(), rehearsal_experiment::ExperimentError>(())
//! ```

mod compare;
mod design;
mod error;
pub mod explore;
pub mod fit;
pub mod gate;
mod journal;
pub mod output;
mod precision;
mod progress;
pub mod report;
mod results;
mod run;
mod sample;
mod select;
mod spread;
mod statistics;
mod steady;
#[cfg(test)]
mod synthetic;
pub mod theory;
pub mod validation;
mod worth;

pub use compare::{Difference, Verdict, correlation, holm, paired};
pub use design::{Better, Breakdown, Design, Funnel, Measure, Pair, Period, Rehearsal, Worth};
pub use error::ExperimentError;
pub use journal::{Journal, JournalError};
pub use precision::{Precision, Reached, Target};
pub use progress::{Progress, Silent};
pub use results::{Balance, Ending, Observed, PolicyResults, Results, WorstSegment};
pub use run::{Conduct, Keep, Yield, conduct, conduct_in_detail, run};
pub use sample::{Detail, Sample};
pub use select::{Candidate, Selecting, Selection, select};
pub use spread::{Bar, Distribution, QUANTILES, Quantile, Spread};
pub use statistics::{Estimate, mean_ci, t_quantile, two_sided};
pub use steady::{Settled, mser5, settle};
pub use worth::{Gain, Return};
