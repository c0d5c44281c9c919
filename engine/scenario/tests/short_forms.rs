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

/// The same plan without short forms.
fn flat(plan: &Plan) -> Plan {
    Plan { short: ShortForm::flat(), ..plan.clone() }
}

fn ends_alike(scenario: &Scenario, policy: Option<usize>) {
    let (short, flat) = (scenario.plan(), flat(scenario.plan()));
    let outcome = |plan: &Plan| {
        let wanted = Run { policy, seed: 3, ..Run::default() };
        run(plan, &wanted, &mut Scratch::default()).expect("it runs")
    };
    let found = outcome(short);
    assert!(found.events > 1000, "{} events are too few to tell", found.events);
    assert_eq!(found, outcome(&flat));
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

/// A queue at a desk waits, is granted and lets go: a job may stop in one form and go on in the other.
#[test]
fn a_state_goes_on_in_the_other_form() {
    let scenario = loaded("benches/models/mmc", "300s", &[]);
    let flat = flat(scenario.plan());
    let wanted = Run { seed: 3, ..Run::default() };
    let half = rehearsal_kernel::Time::from_ns(150_000_000_000);
    let mut short = Replication::start(scenario.plan(), &wanted).expect("it starts");
    short.run_until(half).expect("it runs");
    let bytes = short.snapshot().expect("it is saved");
    let mut other = Replication::restore(&flat, &bytes).expect("it goes on");
    assert_eq!(other.digest(), short.digest());
    for one in [&mut short, &mut other] {
        one.run_until(one.end()).expect("it runs");
    }
    assert_eq!(other.digest(), short.digest());
}
