//! What is measured together and what it ought to reach.
//!
//! A further section, of memory or of threads, is one more function here and its name in [`all`].

use crate::jobs::{Engine, Form, Job, Workload};

/// Measurements of one sort, and the ratios between them that matter.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it is called.
    pub title: &'static str,
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

/// All sections.
#[must_use]
pub fn all() -> Vec<Section> {
    vec![rates()]
}

/// How much is done in a second of CPU time.
fn rates() -> Section {
    let jobs = Workload::ALL.into_iter().flat_map(|workload| {
        let native = [Engine::Bare, Engine::Rehearsal, Engine::Nexosim, Engine::Simrs];
        native.map(|engine| Job::native(workload, engine)).into_iter().chain([Job::ron(workload)])
    });
    let native = |workload| Job::native(workload, Engine::Rehearsal);
    let (ten, million) = (Workload::Phold10k, Workload::Phold1m);
    let target = |of, to, at_least| Target { of, to, at_least };
    Section {
        title: "Rates",
        jobs: jobs.collect(),
        targets: vec![
            target(native(ten), Job::native(ten, Engine::Bare), 1.0),
            target(native(ten), Job::native(ten, Engine::Nexosim), 15.0),
            target(native(million), native(ten), 0.45),
            target(native(Workload::Star), Job::native(Workload::Star, Engine::Bare), 0.9),
            target(Job::ron(Workload::Star), native(Workload::Star), 0.65),
            target(Job::ron(Workload::Star), Job::native(Workload::Star, Engine::Nexosim), 10.0),
            target(Job::ron(ten), native(ten), 0.7),
            target(Job::ron(Workload::Mmc), Job::native(Workload::Mmc, Engine::Nexosim), 1.0),
        ],
    }
}

impl Section {
    /// Keeps what is asked for; where nothing is named, everything.
    #[must_use]
    pub fn only(mut self, workloads: &[Workload], engines: &[Engine], forms: &[Form]) -> Section {
        fn wanted<T: PartialEq>(named: &[T], one: &T) -> bool {
            named.is_empty() || named.contains(one)
        }
        self.jobs.retain(|job| wanted(workloads, &job.workload) && wanted(engines, &job.engine) && wanted(forms, &job.form));
        let jobs = &self.jobs;
        self.targets.retain(|target| jobs.contains(&target.of) && jobs.contains(&target.to));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_about_what_is_measured() {
        for section in all() {
            let before = section.targets.len();
            assert_eq!(section.only(&[], &[], &[]).targets.len(), before);
        }
    }

    #[test]
    fn a_filter_keeps_only_the_targets_it_can_judge() {
        let section = rates().only(&[Workload::Star], &[Engine::Rehearsal], &[]);
        assert_eq!(section.jobs.len(), 2);
        assert_eq!(section.targets.len(), 1);
    }
}
