//! What a model offers to an experiment, and what an experiment asks of it.
//!
//! [`Rehearsal`] is the one trait a model implements; [`Design`] chooses policies, replications,
//! seed and threads. Nothing runs here: see [`crate::run()`].

use crate::error::ExperimentError;
use crate::sample::Sample;

/// Which direction of a measure a person wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less is better: waiting, cost, complaints.
    Lower,
    /// More is better: satisfaction, revenue.
    Higher,
    /// Neither direction is a success in itself: a count of messages, a load.
    Neither,
}

impl Better {
    /// The word used in results: `lower`, `higher` or `neither`.
    pub fn word(self) -> &'static str {
        match self {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neither => "neither",
        }
    }

    /// Whether `value` is further in the unwanted direction than `other`.
    pub(crate) fn is_worse(self, value: f64, other: f64) -> bool {
        match self {
            Better::Lower => value > other,
            Better::Higher => value < other,
            Better::Neither => false,
        }
    }
}

/// A number that every run yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The name in files and on the command line, such as `days_without_car`.
    pub name: String,
    /// The words for people, such as `Time without a car`.
    pub label: String,
    /// The unit of its values, such as `d` or `EUR`; empty for a plain number.
    pub unit: String,
    /// Which direction is wished for.
    pub better: Better,
}

/// A measure of the company beside one of its customers: what is won on one side may be lost on the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The words for people, such as `heard`.
    pub label: String,
    /// The company's measure, as an index into [`Rehearsal::measures`].
    pub company: usize,
    /// The customers' measure, as an index into [`Rehearsal::measures`].
    pub customer: usize,
}

/// A model that can be rehearsed: the same world under any of its policies.
///
/// Runs are called from several threads at once and must depend on nothing but their arguments.
/// Random streams keyed by seed and replication, and not by policy, are what makes the comparison
/// of policies sharp.
pub trait Rehearsal: Sync {
    /// Why a run can fail.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The name of the scenario.
    fn name(&self) -> &str;

    /// The measures every run yields, in the order in which they are shown.
    fn measures(&self) -> &[Measure];

    /// The segments of customers by which measures are split; may be empty.
    fn segments(&self) -> &[String];

    /// Measures of the company beside those of its customers; may be empty.
    fn pairs(&self) -> &[Pair] {
        &[]
    }

    /// The policies that can be tried.
    fn policies(&self) -> &[String];

    /// Runs one replication under one policy.
    ///
    /// # Errors
    ///
    /// Whatever stops the run; the whole experiment then stops with it.
    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Self::Error>;
}

/// What an experiment runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    /// Indices into [`Rehearsal::policies`]; the first is the baseline that others are compared to.
    pub policies: Vec<usize>,
    /// Replications of each policy, at least 1; at least 2 for any interval.
    pub replications: u32,
    /// The seed from which every random stream derives.
    pub seed: u64,
    /// Threads to use, at least 1. Results do not depend on it.
    pub jobs: usize,
}

impl Design {
    /// Checks that the design can be run on a model with these policies.
    pub(crate) fn check(&self, known: &[String]) -> Result<(), ExperimentError> {
        if self.policies.is_empty() {
            return Err(ExperimentError::NoPolicy);
        }
        for (place, &index) in self.policies.iter().enumerate() {
            let Some(name) = known.get(index) else {
                let count = known.len();
                return Err(ExperimentError::UnknownPolicy { index, count });
            };
            if self.policies[..place].contains(&index) {
                return Err(ExperimentError::PolicyTwice { policy: name.clone() });
            }
        }
        if self.replications == 0 {
            return Err(ExperimentError::NoReplications);
        }
        if self.jobs == 0 {
            return Err(ExperimentError::NoJobs);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(policies: &[usize], replications: u32, jobs: usize) -> String {
        let known = ["a".to_owned(), "b".to_owned()];
        let design = Design { policies: policies.to_vec(), replications, seed: 1, jobs };
        design.check(&known).map_or_else(|e| e.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn a_design_that_cannot_run_says_why() {
        assert_eq!(fault(&[0, 1], 1, 1), "fine");
        assert!(fault(&[], 1, 1).starts_with("no policy"));
        assert!(fault(&[2], 1, 1).contains("policy 2"));
        assert!(fault(&[1, 0, 1], 1, 1).contains("policy `b` is chosen twice"));
        assert!(fault(&[0], 0, 1).contains("at least 1"));
        assert!(fault(&[0], 1, 0).contains("at least 1"));
    }
}
