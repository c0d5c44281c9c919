//! Experiments about experiments: how often the interval of a result covers what is known to be true.

use rehearsal_experiment::{Better, Design, ExperimentError, Measure, Rehearsal, Sample, Silent, run};

use crate::scenario::Loaded;

/// Replications of each small experiment.
const SIZE: u32 = 10;

/// A model of which each replication is a whole experiment, whose interval covers the truth (1) or does not (0).
pub(super) struct Coverage<'m> {
    model: &'m Loaded,
    measure: usize,
    truth: f64,
    measures: Vec<Measure>,
}

impl Coverage<'_> {
    /// Experiments with a model of which one measure is known to be `truth` on average, in its unit.
    pub(super) fn new(model: &Loaded, measure: usize, truth: f64) -> Coverage<'_> {
        let covered = Measure { name: "covered".into(), label: "covered".into(), unit: String::new(), better: Better::Neither };
        Coverage { model, measure, truth, measures: vec![covered] }
    }
}

impl Rehearsal for Coverage<'_> {
    type Error = ExperimentError;

    fn name(&self) -> &str {
        self.model.name()
    }

    fn measures(&self) -> &[Measure] {
        &self.measures
    }

    fn segments(&self) -> &[String] {
        &[]
    }

    fn policies(&self) -> &[String] {
        self.model.policies()
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, ExperimentError> {
        let slice = Slice { model: self.model, first: replication * u64::from(SIZE) };
        let design = Design { policies: vec![policy], replications: SIZE, seed, jobs: 1 };
        let results = run(&slice, &design, &Silent)?;
        let interval = results.policies[0].overall[self.measure].interval;
        let covers = interval.map(|(low, high)| f64::from(u8::from(low <= self.truth && self.truth <= high)));
        Ok(Sample { overall: vec![covers], segments: vec![vec![]], events: results.events })
    }
}

/// A model whose replications begin further on, so that no two experiments share any.
struct Slice<'m> {
    model: &'m Loaded,
    first: u64,
}

impl Rehearsal for Slice<'_> {
    type Error = <Loaded as Rehearsal>::Error;

    fn name(&self) -> &str {
        self.model.name()
    }

    fn measures(&self) -> &[Measure] {
        self.model.measures()
    }

    fn segments(&self) -> &[String] {
        self.model.segments()
    }

    fn policies(&self) -> &[String] {
        self.model.policies()
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Self::Error> {
        self.model.run(policy, seed, self.first + replication)
    }
}
