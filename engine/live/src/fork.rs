//! Futures of a world that stands, under several policies, compared.

use crate::error::LiveError;
use rehearsal_experiment::{Better, Conduct, Design, Measure, Period, Progress, Rehearsal, Results, Sample, conduct};
use rehearsal_scenario::{Future, Replication, RunError, Scenario};
use std::sync::atomic::AtomicBool;

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The policies, the one that others are compared with first.
    pub policies: Vec<String>,
    /// How far \[ns\].
    pub span: u64,
    /// How many futures of each policy; all policies meet the same ones.
    pub futures: u32,
    /// The seed of their luck.
    pub seed: u64,
    /// How many threads.
    pub jobs: usize,
    /// Which measures; all where empty.
    pub measures: Vec<String>,
}

/// A world that stands, as a model to rehearse.
struct Standing<'a, 's> {
    scenario: &'s Scenario,
    base: &'a Replication<'s>,
    span: u64,
    /// The measures that are looked at, as places among all.
    chosen: Vec<usize>,
    measures: Vec<Measure>,
    segments: Vec<String>,
    policies: Vec<String>,
    now: String,
}

/// The measures of a scenario.
#[must_use]
pub fn measures(scenario: &Scenario) -> Vec<Measure> {
    let measure = |measure: rehearsal_scenario::MeasureInfo| Measure {
        name: measure.name,
        label: measure.label,
        unit: measure.unit,
        better: match measure.better {
            "lower" => Better::Lower,
            "higher" => Better::Higher,
            _ => Better::Neither,
        },
    };
    scenario.measures().into_iter().map(measure).collect()
}

impl Rehearsal for Standing<'_, '_> {
    type Error = RunError;

    fn name(&self) -> &str {
        self.scenario.name()
    }

    fn measures(&self) -> &[Measure] {
        &self.measures
    }

    fn segments(&self) -> &[String] {
        &self.segments
    }

    fn period(&self) -> Option<Period> {
        Some(Period { begin: self.now.clone(), seconds: self.span / 1_000_000_000, warm_up: 0 })
    }

    fn policies(&self) -> &[String] {
        &self.policies
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, RunError> {
        let policy = self.scenario.policy_number(&self.policies[policy])?;
        let future = self.base.future(&Future { policy, number: replication, seed })?;
        let outcome = future.after(self.span)?;
        let overall = self.chosen.iter().map(|measure| outcome.overall[*measure]).collect();
        let segments = self.chosen.iter().map(|measure| outcome.segments[*measure].clone()).collect();
        Ok(Sample { overall, segments, events: outcome.events })
    }
}

/// Looks into the futures of a world under several policies.
///
/// The same world, question and build give the same answer, at any number of threads. Cost: as many runs of the span as there
/// are futures and policies, and a copy of the world for each.
///
/// # Errors
/// A policy or measure that there is not, a span beyond the end of the story, a scenario that fails; or it was stopped.
pub fn compare<'s>(
    scenario: &'s Scenario,
    base: &Replication<'s>,
    asked: &Asked,
    progress: &dyn Progress,
    stop: Option<&AtomicBool>,
) -> Result<Results, LiveError> {
    let policies = scenario.policies();
    let mut places = Vec::new();
    for name in &asked.policies {
        let place = policies.iter().position(|have| have == name);
        let missing = || LiveError::Moment(format!("there is no policy `{name}`; there is {}", policies.join(", ")));
        places.push(place.ok_or_else(missing)?);
    }
    let left = base.end().as_ns().saturating_sub(base.now().as_ns());
    if asked.span == 0 || asked.span > left {
        let days = left as f64 / 86_400e9;
        return Err(LiveError::Moment(format!("the story ends in {days:.1} days: look ahead for less, and more than nothing")));
    }
    let all = measures(scenario);
    let mut chosen = Vec::new();
    for name in &asked.measures {
        let place = all.iter().position(|measure| measure.name == *name);
        let names: Vec<&str> = all.iter().map(|measure| measure.name.as_str()).collect();
        let missing = || LiveError::Moment(format!("there is no measure `{name}`; there is {}", names.join(", ")));
        chosen.push(place.ok_or_else(missing)?);
    }
    if chosen.is_empty() {
        chosen = (0..all.len()).collect();
    }
    let standing = Standing {
        scenario,
        base,
        span: asked.span,
        measures: chosen.iter().map(|place| all[*place].clone()).collect(),
        chosen,
        segments: scenario.segments(),
        policies,
        now: scenario.plan().calendar.datetime(base.now().as_ns()),
    };
    let design = Design { policies: places, replications: asked.futures, seed: asked.seed, jobs: asked.jobs };
    let how = Conduct { stop, ..Conduct::default() };
    Ok(conduct(&standing, &design, &how, progress)?)
}
