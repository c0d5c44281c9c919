//! What is measured together and what it ought to reach.
//!
//! Rates are judged by their ratios to each other; what is no rate is a gauge and carries its limit itself.

use clap::ValueEnum;

use crate::gauges::Gauge;
use crate::jobs::{Engine, Form, Job, Workload};

/// What can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// Work per second of CPU time.
    Rates,
    /// Bytes for an actor and its pending event.
    Memory,
    /// The cost of a fork.
    Fork,
    /// What a second thread brings.
    Threads,
}

/// The rates, and the ratios between them that matter.
#[derive(Clone, Debug)]
pub struct Rates {
    /// What is measured, in the order of the table.
    pub jobs: Vec<Job>,
    /// What is aimed at.
    pub targets: Vec<Target>,
}

/// A ratio of two measurements that ought to be reached.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What is judged.
    pub of: Job,
    /// What it is judged against.
    pub to: Job,
    /// The least ratio.
    pub at_least: f64,
}

/// What is to be measured; where nothing is named, everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// These sections.
    pub sections: Vec<Section>,
    /// These workloads, of which gauges have none.
    pub workloads: Vec<Workload>,
    /// These engines.
    pub engines: Vec<Engine>,
    /// These forms.
    pub forms: Vec<Form>,
}

fn wanted<T: PartialEq>(named: &[T], one: &T) -> bool {
    named.is_empty() || named.contains(one)
}

impl Section {
    /// All of them, in the order of the report.
    pub const ALL: [Section; 4] = [Section::Rates, Section::Memory, Section::Fork, Section::Threads];

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Section::Rates => "Rates",
            Section::Memory => "Memory beyond the state of a million actors",
            Section::Fork => "A fork of a million actors",
            Section::Threads => "Two threads",
        }
    }

    /// What it measures besides rates.
    #[must_use]
    pub fn gauges(self) -> Vec<Gauge> {
        match self {
            Section::Rates => vec![],
            Section::Memory => vec![Gauge::MemorySeeded, Gauge::MemoryHeld],
            Section::Fork => vec![Gauge::Fork],
            Section::Threads => vec![Gauge::ThreadsWide, Gauge::ThreadsThin, Gauge::ThreadsWideBusy, Gauge::ThreadsThinBusy],
        }
    }
}

impl Filter {
    /// The rates that are asked for.
    #[must_use]
    pub fn rates(&self) -> Rates {
        let mut rates = rates();
        let fits = |job: &Job| {
            wanted(&self.sections, &Section::Rates)
                && wanted(&self.workloads, &job.workload)
                && wanted(&self.engines, &job.engine)
                && wanted(&self.forms, &job.form)
        };
        rates.jobs.retain(fits);
        rates.targets.retain(|target| fits(&target.of) && fits(&target.to));
        rates
    }

    /// The sections of gauges that are asked for. All gauges are of our engine and in Rust.
    #[must_use]
    pub fn sections_of_gauges(&self) -> Vec<Section> {
        let fits = self.workloads.is_empty() && wanted(&self.engines, &Engine::Rehearsal) && wanted(&self.forms, &Form::Native);
        Section::ALL.into_iter().filter(|one| fits && !one.gauges().is_empty() && wanted(&self.sections, one)).collect()
    }
}

/// How much is done in a second of CPU time.
fn rates() -> Rates {
    let jobs = Workload::ALL.into_iter().flat_map(|workload| {
        workload.engines().iter().map(move |engine| Job::native(workload, *engine)).chain([Job::ron(workload)])
    });
    let native = |workload| Job::native(workload, Engine::Rehearsal);
    let (ten, million) = (Workload::Phold10k, Workload::Phold1m);
    let target = |of, to, at_least| Target { of, to, at_least };
    Rates {
        jobs: jobs.collect(),
        targets: vec![
            target(native(ten), Job::native(ten, Engine::Bare), 1.0),
            target(native(ten), Job::native(ten, Engine::Nexosim), 15.0),
            target(native(million), native(ten), 0.45),
            target(native(Workload::Star), Job::native(Workload::Star, Engine::Bare), 0.9),
            target(Job::ron(Workload::Star), native(Workload::Star), 0.65),
            target(Job::ron(Workload::Star), Job::native(Workload::Star, Engine::Nexosim), 10.0),
            target(Job::ron(ten), native(ten), 0.7),
            target(Job::ron(Workload::Rich), native(Workload::Rich), 0.6),
            target(Job::ron(Workload::Mmc), Job::native(Workload::Mmc, Engine::Nexosim), 1.0),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_about_what_is_measured() {
        let rates = rates();
        assert!(rates.targets.iter().all(|target| rates.jobs.contains(&target.of) && rates.jobs.contains(&target.to)));
    }

    #[test]
    fn a_filter_keeps_only_the_targets_it_can_judge() {
        let filter = Filter { workloads: vec![Workload::Star], engines: vec![Engine::Rehearsal], ..Filter::default() };
        let rates = filter.rates();
        assert_eq!(rates.jobs.len(), 2);
        assert_eq!(rates.targets.len(), 1);
        assert!(filter.sections_of_gauges().is_empty(), "a gauge has no workload");
    }

    #[test]
    fn every_gauge_is_in_one_section() {
        let all: Vec<Gauge> = Section::ALL.into_iter().flat_map(Section::gauges).collect();
        assert_eq!(all, Gauge::value_variants());
        assert_eq!(Filter::default().sections_of_gauges().len(), 3);
    }

    #[test]
    fn a_section_can_be_asked_for_alone() {
        let filter = Filter { sections: vec![Section::Fork], ..Filter::default() };
        assert!(filter.rates().jobs.is_empty());
        assert_eq!(filter.sections_of_gauges(), [Section::Fork]);
    }
}
