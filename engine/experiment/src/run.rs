//! Runs a design: every policy on every replication, over threads, with one outcome.
//!
//! Threads take tasks from a counter, replication by replication, so that the policies of one
//! replication run close together and share warm caches. Samples are put in order by task before
//! anything is added up: the results are the same bytes at any number of threads, and also where
//! some of the runs were done before and only read back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::design::{Design, Rehearsal};
use crate::error::ExperimentError;
use crate::precision::{Precision, Search, reached};
use crate::progress::Progress;
use crate::results::{Ending, Results};
use crate::sample::{Detail, Origin, Sample};

/// What one run gave.
pub type Yield = (Sample, Option<Detail>);

/// Where finished runs are kept, so that they need not be run again.
pub trait Keep: Sync {
    /// What a run gave that was finished before; `policy` is an index into [`Rehearsal::policies`].
    fn find(&self, policy: usize, replication: u64) -> Option<Yield>;

    /// Keeps what a run gave. Called from the thread that ran it.
    ///
    /// # Errors
    ///
    /// Where it cannot be kept; the experiment then stops.
    fn keep(&self, policy: usize, replication: u64, found: &Yield) -> std::io::Result<()>;
}

/// How a design is run, beyond what [`run()`] needs.
#[derive(Clone, Copy, Default)]
pub struct Conduct<'a> {
    /// What has to be known how well. Where it is empty, [`Design::replications`] are run; else at least these, and as many
    /// more as it takes.
    pub precision: &'a [Precision],
    /// The most replications of each policy, where a precision is asked for.
    pub most: u32,
    /// Into how many stretches of time the course of each measure is cut; `None` for no detail at all.
    pub stretches: Option<usize>,
    /// Where finished runs are kept.
    pub kept: Option<&'a dyn Keep>,
    /// Ends the experiment early once it is true: runs that have begun are finished.
    pub stop: Option<&'a AtomicBool>,
}

impl std::fmt::Debug for Conduct<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conduct")
            .field("precision", &self.precision)
            .field("most", &self.most)
            .field("stretches", &self.stretches)
            .finish_non_exhaustive()
    }
}

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
    conduct(model, design, &Conduct::default(), progress)
}

/// As [`run()`], until a precision is reached, with detail, with runs that were kept, or until someone stops it.
///
/// Stopped early, the results are those of the first replications that every policy has finished.
///
/// # Errors
///
/// As [`run()`]; also where runs cannot be kept, and where it was stopped before any replication was finished.
pub fn conduct<R: Rehearsal>(
    model: &R,
    design: &Design,
    how: &Conduct<'_>,
    progress: &dyn Progress,
) -> Result<Results, ExperimentError> {
    conduct_in_detail(model, design, how, progress).map(|(results, _)| results)
}

/// As [`conduct`], with the detail of each single run: `[place of the policy in the design][replication]`, empty where a
/// model gives none or none was asked for.
///
/// # Errors
///
/// As [`conduct`].
pub fn conduct_in_detail<R: Rehearsal>(
    model: &R,
    design: &Design,
    how: &Conduct<'_>,
    progress: &dyn Progress,
) -> Result<(Results, Vec<Vec<Detail>>), ExperimentError> {
    design.check(model.policies())?;
    let policies = design.policies.len();
    let most = u64::from(if how.precision.is_empty() { design.replications } else { how.most.max(design.replications) });
    let mut search = Search::default();
    let (mut samples, mut details) = (Vec::new(), Vec::new());
    let mut until = u64::from(design.replications);
    let mut ending = Ending::Done;
    loop {
        let from = (samples.len() / policies) as u64;
        progress.planned((until - from) * policies as u64);
        let found = replications(model, design, how, from..until, progress)?;
        let complete = found.len() / policies * policies;
        for (sample, detail) in found.into_iter().take(complete) {
            samples.push(sample);
            details.push(detail);
        }
        if samples.len() as u64 != until * policies as u64 {
            ending = Ending::Stopped { asked: until };
            break;
        }
        if how.precision.is_empty() {
            break;
        }
        if let Some(n) = search.look(how.precision, &samples, policies).or_else(|| (until >= most).then_some(until as usize)) {
            let n = n.max(design.replications as usize);
            samples.truncate(n * policies);
            details.truncate(n * policies);
            ending = Ending::Precise(reached(how.precision, &samples, policies, n));
            break;
        }
        until = most.min(until + search.next(how.precision, &samples, policies) as u64);
    }
    if samples.is_empty() {
        return Err(ExperimentError::Stopped);
    }
    let results = Results::reduce(model, design, &samples, &details, how.stretches, ending);
    let mut by_policy = vec![Vec::new(); policies];
    for (task, detail) in details.into_iter().enumerate() {
        by_policy[task % policies].extend(detail);
    }
    Ok((results, by_policy))
}

/// What the runs of some replications gave, in the order (replication, place); cut off where it was stopped early.
fn replications<R: Rehearsal>(
    model: &R,
    design: &Design,
    how: &Conduct<'_>,
    range: std::ops::Range<u64>,
    progress: &dyn Progress,
) -> Result<Vec<Yield>, ExperimentError> {
    let policies = design.policies.len() as u64;
    let tasks = Tasks::new(range.start * policies..range.end * policies, how.stop);
    let extra = design.jobs.min(usize::try_from(tasks.end - range.start * policies).unwrap_or(usize::MAX)).saturating_sub(1);
    let mut done = std::thread::scope(|scope| {
        let work = || work(model, design, how, &tasks, progress);
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
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The tasks still to take: task `i` is replication `i / policies` under policy `i % policies`.
struct Tasks<'a> {
    end: u64,
    next: AtomicU64,
    /// The least task that failed: tasks after it need not run.
    failed: AtomicU64,
    stop: Option<&'a AtomicBool>,
}

impl<'a> Tasks<'a> {
    fn new(range: std::ops::Range<u64>, stop: Option<&'a AtomicBool>) -> Tasks<'a> {
        Tasks { end: range.end, next: AtomicU64::new(range.start), failed: AtomicU64::new(u64::MAX), stop }
    }

    /// The next task. Tasks are handed out in order, so every task before a failed one still runs, and
    /// the least failing task is the same at any number of threads.
    fn take(&self) -> Option<u64> {
        if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return None;
        }
        let task = self.next.fetch_add(1, Ordering::Relaxed);
        (task < self.end && task < self.failed.load(Ordering::Relaxed)).then_some(task)
    }
}

type Done = Vec<(u64, Result<Yield, ExperimentError>)>;

fn work<R: Rehearsal>(model: &R, design: &Design, how: &Conduct<'_>, tasks: &Tasks<'_>, progress: &dyn Progress) -> Done {
    let mut done = Done::new();
    while let Some(task) = tasks.take() {
        let policies = design.policies.len() as u64;
        let (replication, place) = (task / policies, (task % policies) as usize);
        let policy = design.policies[place];
        let kept = how.kept.and_then(|kept| kept.find(policy, replication));
        let outcome = match kept {
            Some(found) => checked(model, policy, replication, how, &found).map(|()| found),
            None => run_one(model, policy, design.seed, replication, how),
        };
        match &outcome {
            Ok((sample, _)) => progress.finished(policy, replication, sample.events),
            Err(_) => {
                tasks.failed.fetch_min(task, Ordering::Relaxed);
            }
        }
        done.push((task, outcome));
    }
    done
}

fn run_one<R: Rehearsal>(
    model: &R,
    policy: usize,
    seed: u64,
    replication: u64,
    how: &Conduct<'_>,
) -> Result<Yield, ExperimentError> {
    let name = &model.policies()[policy];
    // The model is only borrowed, and nothing of this experiment is used after a panic.
    let found = catch_unwind(AssertUnwindSafe(|| match how.stretches {
        Some(stretches) => model.run_in_detail(policy, seed, replication, stretches),
        None => model.run(policy, seed, replication).map(|sample| (sample, None)),
    }))
    .map_err(|panic| ExperimentError::Panicked { policy: name.clone(), replication, message: said(&*panic) })?
    .map_err(|error| ExperimentError::Run { policy: name.clone(), replication, source: error.into() })?;
    checked(model, policy, replication, how, &found)?;
    if let Some(kept) = how.kept {
        kept.keep(policy, replication, &found).map_err(|source| ExperimentError::Keep { source })?;
    }
    Ok(found)
}

fn checked<R: Rehearsal>(
    model: &R,
    policy: usize,
    replication: u64,
    how: &Conduct<'_>,
    (sample, detail): &Yield,
) -> Result<(), ExperimentError> {
    let origin = Origin { policy: &model.policies()[policy], replication };
    sample.check(model.measures(), model.segments().len(), origin)?;
    detail.as_ref().map_or(Ok(()), |detail| detail.check(model.measures().len(), how.stretches.unwrap_or(0), origin))
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
