//! Runs a design: every policy on every replication, over threads, with one outcome.
//!
//! Threads take tasks from a counter, replication by replication, so that the policies of one
//! replication run close together and share warm caches. Samples are put in order by task before
//! anything is added up: the results are the same bytes at any number of threads.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::design::{Design, Rehearsal};
use crate::error::ExperimentError;
use crate::progress::Progress;
use crate::results::Results;
use crate::sample::{Origin, Sample};

/// Runs every policy of `design` on every replication and reduces the samples to results.
///
/// A panic inside a run is caught and becomes [`ExperimentError::Panicked`]; it needs `panic =
/// "unwind"`. Threads that the system refuses are done without.
///
/// # Errors
///
/// A design that cannot be run, or else the error of the first failing task in the order
/// (replication, place of the policy in the design), whichever thread met it first. Other threads
/// stop after the run they are in.
pub fn run<R: Rehearsal>(model: &R, design: &Design, progress: &dyn Progress) -> Result<Results, ExperimentError> {
    design.check(model.policies())?;
    let tasks = Tasks::new(design);
    let extra = design.jobs.min(usize::try_from(tasks.count).unwrap_or(usize::MAX)) - 1;
    let mut done = std::thread::scope(|scope| {
        let work = || work(model, design, &tasks, progress);
        let hands: Vec<_> = (0..extra).map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let mut done = work();
        for hand in hands {
            match hand.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(task, _)| *task);
    let samples = done.into_iter().map(|(_, outcome)| outcome).collect::<Result<Vec<_>, _>>()?;
    Ok(Results::reduce(model, design, &samples))
}

/// The tasks still to take: task `i` is replication `i / policies` under policy `i % policies`.
struct Tasks {
    count: u64,
    next: AtomicU64,
    /// The least task that failed: tasks after it need not run.
    failed: AtomicU64,
}

impl Tasks {
    fn new(design: &Design) -> Tasks {
        let count = u64::from(design.replications) * design.policies.len() as u64;
        Tasks { count, next: AtomicU64::new(0), failed: AtomicU64::new(u64::MAX) }
    }

    /// The next task. Tasks are handed out in order, so every task before a failed one still runs, and
    /// the least failing task is the same at any number of threads.
    fn take(&self) -> Option<u64> {
        let task = self.next.fetch_add(1, Ordering::Relaxed);
        (task < self.count && task < self.failed.load(Ordering::Relaxed)).then_some(task)
    }
}

type Done = Vec<(u64, Result<Sample, ExperimentError>)>;

fn work<R: Rehearsal>(model: &R, design: &Design, tasks: &Tasks, progress: &dyn Progress) -> Done {
    let mut done = Done::new();
    while let Some(task) = tasks.take() {
        let policies = design.policies.len() as u64;
        let (replication, place) = (task / policies, (task % policies) as usize);
        let policy = design.policies[place];
        let outcome = run_one(model, policy, design.seed, replication);
        match &outcome {
            Ok(sample) => progress.finished(policy, replication, sample.events),
            Err(_) => {
                tasks.failed.fetch_min(task, Ordering::Relaxed);
            }
        }
        done.push((task, outcome));
    }
    done
}

fn run_one<R: Rehearsal>(model: &R, policy: usize, seed: u64, replication: u64) -> Result<Sample, ExperimentError> {
    let name = &model.policies()[policy];
    // The model is only borrowed, and nothing of this experiment is used after a panic.
    let sample = catch_unwind(AssertUnwindSafe(|| model.run(policy, seed, replication)))
        .map_err(|panic| ExperimentError::Panicked { policy: name.clone(), replication, message: said(&*panic) })?
        .map_err(|error| ExperimentError::Run { policy: name.clone(), replication, source: error.into() })?;
    sample.check(model.measures(), model.segments().len(), Origin { policy: name, replication })?;
    Ok(sample)
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::output;
    use crate::progress::Silent;
    use crate::synthetic::{Trouble, design, garage};

    #[test]
    fn the_same_bytes_at_any_number_of_threads() {
        let write = |jobs| {
            let results = run(&garage(), &design(37, jobs), &Silent).unwrap();
            (output::json(&results), output::csv(&results), output::human(&results, &output::Look::default()))
        };
        let one = write(1);
        assert_eq!(one, write(2));
        assert_eq!(one, write(4));
        assert_eq!(one, write(1_000));
    }

    #[test]
    fn more_replications_keep_the_first_ones() {
        let few = run(&garage(), &design(3, 1), &Silent).unwrap();
        let many = run(&garage(), &design(9, 2), &Silent).unwrap();
        assert_eq!(many.policies[1].replications[..3], few.policies[1].replications[..]);
    }

    #[test]
    fn every_run_is_reported_once() {
        struct Count([AtomicUsize; 3], AtomicU64);
        impl Progress for Count {
            fn finished(&self, policy: usize, _replication: u64, events: u64) {
                self.0[policy].fetch_add(1, Ordering::Relaxed);
                self.1.fetch_add(events, Ordering::Relaxed);
            }
        }
        let count = Count(Default::default(), AtomicU64::new(0));
        let results = run(&garage(), &design(8, 3), &count).unwrap();
        assert_eq!(count.0.map(AtomicUsize::into_inner), [8, 8, 8]);
        assert_eq!(count.1.into_inner(), results.events);
    }

    #[test]
    fn the_first_failing_task_is_the_error_at_any_number_of_threads() {
        let mut model = garage();
        model.trouble = Trouble::Fails(|policy, replication| replication >= 5 && policy != 0);
        for jobs in [1, 2, 4] {
            let error = run(&model, &design(200, jobs), &Silent).unwrap_err();
            assert_eq!(error.to_string(), "policy `act_first`, replication 5: the run stopped");
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(cause, "the garage burnt down under policy 1 in replication 5");
        }
    }

    #[test]
    fn others_stop_early_after_an_error() {
        struct Count(AtomicUsize);
        impl Progress for Count {
            fn finished(&self, _policy: usize, _replication: u64, _events: u64) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let mut model = garage();
        model.trouble = Trouble::Fails(|policy, replication| (policy, replication) == (2, 1));
        let count = Count(AtomicUsize::new(0));
        assert!(run(&model, &design(1_000_000, 1), &count).is_err());
        assert_eq!(count.0.into_inner(), 5);
    }

    #[test]
    fn a_panic_is_caught_and_called_our_fault() {
        let mut model = garage();
        model.trouble = Trouble::Panics(|policy, replication| (policy, replication) == (1, 2));
        for jobs in [1, 3] {
            let error = run(&model, &design(6, jobs), &Silent).unwrap_err().to_string();
            assert!(error.starts_with("policy `act_first`, replication 2: the program failed (index out of luck)"));
            assert!(error.contains("our fault"));
        }
    }

    #[test]
    fn only_chosen_policies_run_and_the_first_is_the_baseline() {
        let chosen = Design { policies: vec![2, 0], ..design(4, 2) };
        let results = run(&garage(), &chosen, &Silent).unwrap();
        let names: Vec<&str> = results.policies.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["ask_weekly", "wait_for_the_call"]);
        assert_eq!(results.differences.len(), 1);
        assert!(results.differences[0][0].estimate.mean.unwrap() > 0.0);
    }
}
