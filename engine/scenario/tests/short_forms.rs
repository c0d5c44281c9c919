//! Programs in short form do what flat ones do: states have the same digests, event by event.

use rehearsal_scenario::Scenario;
use rehearsal_world::plan::{Plan, ShortForm};
use rehearsal_world::{Replication, Run, Scratch, run};
use std::path::{Path, PathBuf};

fn loaded(folder: &str, length: &str, settings: &[(&str, &str)]) -> Scenario {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut all = vec![("scenario.length".to_owned(), length.to_owned())];
    all.extend(settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())));
    Scenario::load(&folder, &all).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)))
}

/// The same plan in another form.
fn formed(plan: &Plan, short: ShortForm) -> Plan {
    Plan { short, ..plan.clone() }
}

fn ends_alike(scenario: &Scenario, policy: Option<usize>) {
    let outcome = |plan: &Plan| {
        let wanted = Run { policy, seed: 3, ..Run::default() };
        run(plan, &wanted, &mut Scratch::default()).expect("it runs")
    };
    let found = outcome(scenario.plan());
    assert!(found.events > 1000, "{} events are too few to tell", found.events);
    for form in [ShortForm::flat(), ShortForm::steps(), ShortForm::machine()] {
        assert_eq!(found, outcome(&formed(scenario.plan(), form)));
    }
}

#[test]
fn models_of_the_benches_end_with_the_same_digest() {
    for (model, length, settings) in [
        ("phold", "20s", &[("cells.count", "200")][..]),
        ("star", "20min", &[][..]),
        ("mmc", "3000s", &[][..]),
        ("rich", "10s", &[("tanks.count", "200")][..]),
    ] {
        ends_alike(&loaded(&format!("benches/models/{model}"), length, settings), None);
    }
}

#[test]
fn a_whole_scenario_ends_with_the_same_digest_under_each_policy() {
    let scenario = loaded("scenarios/broken-down-car", "2d", &[]);
    for policy in 0..scenario.plan().policies.len() {
        ends_alike(&scenario, Some(policy));
    }
}

/// A queue at a desk waits, is granted and lets go: a job may stop in one form and go on in another.
#[test]
fn a_state_goes_on_in_another_form() {
    let scenario = loaded("benches/models/mmc", "300s", &[]);
    let [flat, steps, machine] =
        [ShortForm::flat(), ShortForm::steps(), ShortForm::machine()].map(|form| formed(scenario.plan(), form));
    let wanted = Run { seed: 3, ..Run::default() };
    let half = rehearsal_kernel::Time::from_ns(150_000_000_000);
    let mut first = Replication::start(scenario.plan(), &wanted).expect("it starts");
    first.run_until(half).expect("it runs");
    let bytes = first.snapshot().expect("it is saved");
    first.run_until(first.end()).expect("it runs");
    for (from, to) in [(&flat, &machine), (&machine, &flat), (&steps, &machine), (&machine, &steps)] {
        let mut before = Replication::start(from, &wanted).expect("it starts");
        before.run_until(half).expect("it runs");
        let saved = before.snapshot().expect("it is saved");
        assert_eq!(saved, bytes);
        let mut after = Replication::restore(to, &saved).expect("it goes on");
        after.run_until(after.end()).expect("it runs");
        assert_eq!(after.digest(), first.digest());
    }
}

/// A fork takes the memory of a world that was further on, and has drawn ahead of where the fork is.
#[test]
fn what_was_drawn_ahead_leaves_no_trace_in_a_fork() {
    let scenario = loaded("benches/models/star", "10min", &[("customers.count", "4000"), ("dealers.count", "3")]);
    let [flat, machine] = [ShortForm::flat(), ShortForm::machine()].map(|form| formed(scenario.plan(), form));
    let until = |plan, seed, seconds: u64| {
        let mut found = Replication::start(plan, &Run { seed, ..Run::default() }).expect("it starts");
        found.run_until(rehearsal_kernel::Time::from_ns(seconds * 1_000_000_000)).expect("it runs");
        found
    };
    let ends = |mut run: Replication<'_>| {
        run.run_until(run.end()).expect("it runs");
        run.digest()
    };
    let expected = ends(until(&flat, 3, 120));
    for (seed, seconds) in [(3, 500), (4, 500), (4, 30)] {
        let (run, mut pooled) = (until(&machine, 3, 120), until(&machine, seed, seconds));
        run.fork_into(&mut pooled);
        assert_eq!((ends(pooled), ends(run.fork()), ends(run)), (expected, expected, expected));
    }
}
