//! What a model offers to an experiment, and what an experiment asks of it.
//!
//! [`Rehearsal`] is the one trait a model implements; [`Design`] chooses policies, replications,
//! seed and threads. Nothing runs here: see [`crate::run()`].

use crate::error::ExperimentError;
use crate::sample::{Detail, Sample};

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

/// How many of those who begin get to which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funnel {
    /// The words for people, such as `of those offered`.
    pub label: String,
    /// The names of the steps; all begin at the first.
    pub steps: Vec<String>,
    /// For each step behind the first, the measure that gives the share who got there, as an index into [`Rehearsal::measures`].
    pub shares: Vec<usize>,
}

/// Measures that are split by the same values, such as the hours of a day, shown side by side and apart from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// The words for people.
    pub label: String,
    /// The policy, by name; all where `None`.
    pub under: Option<String>,
    /// What they are split by.
    pub values: Vec<String>,
    /// What each measure is called, and its figures, value by value, as indices into [`Rehearsal::measures`].
    pub columns: Vec<(String, Vec<usize>)>,
}

/// What a policy is worth: measures in money that are earned, spent, or put at risk, in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Worth {
    /// Earned, as indices into [`Rehearsal::measures`].
    pub revenue: Vec<usize>,
    /// Spent.
    pub cost: Vec<usize>,
    /// What bad luck is expected to cost.
    pub risk: Vec<usize>,
    /// The unit of all of them, such as `EUR per driver`.
    pub unit: String,
}

/// The time that a run covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// When it begins, such as `2026-11-02 00:00`.
    pub begin: String,
    /// How long it takes \[s\].
    pub seconds: u64,
    /// How much of that passes before anything is measured \[s\].
    pub warm_up: u64,
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

    /// Funnels among the measures; may be empty.
    fn funnels(&self) -> &[Funnel] {
        &[]
    }

    /// Measures shown side by side, value by value, and apart from the others; may be empty.
    fn breakdowns(&self) -> &[Breakdown] {
        &[]
    }

    /// Which measures are money earned, spent or at risk, where the model says so.
    fn worth(&self) -> Option<&Worth> {
        None
    }

    /// The time that a run covers, where it has one.
    fn period(&self) -> Option<Period> {
        None
    }

    /// The policies that can be tried.
    fn policies(&self) -> &[String];

    /// Runs one replication under one policy.
    ///
    /// # Errors
    ///
    /// Whatever stops the run; the whole experiment then stops with it.
    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Self::Error>;

    /// As [`Rehearsal::run`], with single values and the course over `stretches` stretches of time of equal length.
    ///
    /// The sample must be the same. A model that can only give figures gives no detail.
    ///
    /// # Errors
    ///
    /// As [`Rehearsal::run`].
    fn run_in_detail(
        &self,
        policy: usize,
        seed: u64,
        replication: u64,
        stretches: usize,
    ) -> Result<(Sample, Option<Detail>), Self::Error> {
        let _ = stretches;
        self.run(policy, seed, replication).map(|sample| (sample, None))
    }
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
