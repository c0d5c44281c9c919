//! A run that is stopped, saved, restored or forked goes on as if nothing had been.
//!
//! Three scenarios: `clinic`, in which somebody waits in every way there is, the first scenario, made small, and orders that
//! are taken as a whole or not at all.

use proptest::prelude::*;
use rehearsal_scenario::{Replication, Scenario, StateError, Time};
use rehearsal_world::Run;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Where the payload of a snapshot begins, and where its checksum and its length stand.
const HEADER: usize = 32;
const CHECKSUM: std::ops::Range<usize> = 12..16;
const LENGTH: std::ops::Range<usize> = 24..32;

static CLINIC: LazyLock<Scenario> = LazyLock::new(|| load(&clinic(), &[]));

static CAR: LazyLock<Scenario> = LazyLock::new(|| {
    let few = [("families", "50"), ("commuters", "40"), ("pensioners", "20"), ("fleet", "10")];
    let mut settings: Vec<_> = few.map(|(group, count)| (format!("{group}.count"), count.to_owned())).to_vec();
    settings.push(("scenario.length".to_owned(), "21d".to_owned()));
    load(&root().join("scenarios/broken-down-car"), &settings)
});

static ORDERS: LazyLock<Scenario> = LazyLock::new(|| {
    let settings = [("customers.count".to_owned(), "20".to_owned()), ("whole.hitch".to_owned(), "0.4".to_owned())];
    load(&root().join("scenarios/mechanisms/actions.ron"), &settings)
});

static SHOP: LazyLock<Scenario> = LazyLock::new(|| {
    let short = [("scenario.length", "1d"), ("foresight.futures", "4")];
    load(&root().join("tests/fixtures/print-shop.ron"), &short.map(|(path, value)| (path.to_owned(), value.to_owned())))
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn clinic() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clinic.ron")
}

fn load(path: &Path, settings: &[(String, String)]) -> Scenario {
    Scenario::load(path, settings).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)))
}

/// A run at a share of its story, and some events further: mostly within an instant.
fn stopped<'s>(scenario: &'s Scenario, policy: &str, seed: u64, share: f64, steps: u32) -> Replication<'s> {
    let mut run = scenario.start(policy, seed, 0).unwrap();
    run.run_until(at(&run, share)).unwrap();
    for _ in 0..steps {
        run.step().unwrap();
    }
    run
}

fn at(run: &Replication<'_>, share: f64) -> Time {
    Time::from_seconds(share * run.end().as_seconds()).unwrap()
}

/// Runs to the end: the bytes of what is left, and what was measured.
fn ended(mut run: Replication<'_>) -> (Vec<u8>, String) {
    run.run_until(run.end()).unwrap();
    let bytes = run.snapshot().unwrap();
    (bytes, format!("{:?}", run.finish().unwrap()))
}

/// Stops, saves and restores a run; compares it with itself and with one that was never stopped.
fn survives(scenario: &Scenario, policy: &str, seed: u64, share: f64, steps: u32) {
    let number = scenario.policies().iter().position(|name| name == policy).unwrap();
    let whole = format!("{:?}", scenario.rehearse(number, seed, 0, None).unwrap());
    let run = stopped(scenario, policy, seed, share, steps);
    let bytes = run.snapshot().unwrap();
    let restored = scenario.restore(&bytes).unwrap();
    assert_eq!((restored.now(), restored.handled(), restored.pending()), (run.now(), run.handled(), run.pending()));
    assert_eq!((restored.policy(), restored.digest()), (Some(policy), run.digest()));
    assert_eq!(restored.snapshot().unwrap(), bytes, "equal states give equal bytes");
    let (run, restored) = (ended(run), ended(restored));
    assert!(run.0 == restored.0, "the bytes at the end differ");
    assert_eq!((&run.1, &restored.1), (&whole, &whole));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_clinic_goes_on_after_a_restore(seed in 0_u64..1000, share in 0.0..1.0, steps in 0_u32..30, caring: bool) {
        survives(&CLINIC, if caring { "caring" } else { "silent" }, seed, share, steps);
    }

    #[test]
    fn what_is_done_together_goes_on_after_a_restore(seed in 0_u64..1000, share in 0.0..1.0, steps in 0_u32..30) {
        survives(&ORDERS, "whole", seed, share, steps);
    }

    #[test]
    fn a_fork_of_a_clinic_goes_on_alike(seed in 0_u64..1000, share in 0.0..1.0, steps in 0_u32..30) {
        let run = stopped(&CLINIC, "caring", seed, share, steps);
        // What the pooled one was before, further on or not so far, leaves no trace.
        let mut pooled = stopped(&CLINIC, "silent", seed + 1, 1.0 - share, 3);
        run.fork_into(&mut pooled);
        let fork = run.fork();
        let bytes = run.snapshot().unwrap();
        prop_assert!(bytes == fork.snapshot().unwrap() && bytes == pooled.snapshot().unwrap());
        let ends = [run, fork, pooled].map(ended);
        prop_assert!(ends[0] == ends[1] && ends[0] == ends[2]);
    }
}

#[test]
fn the_first_scenario_goes_on_after_a_restore() {
    for (policy, seed, share, steps) in
        [("reactive", 1, 0.3, 0), ("proactive", 2, 0.57, 11), ("chatty", 3, 0.83, 2), ("proactive", 4, 0.05, 40)]
    {
        survives(&CAR, policy, seed, share, steps);
    }
}

#[test]
fn a_run_whose_policy_rehearses_goes_on_after_a_restore() {
    for (seed, share, steps) in [(1, 0.0, 0), (2, 0.4, 7), (3, 0.5, 200)] {
        survives(&SHOP, "foresight", seed, share, steps);
    }
    let run = stopped(&SHOP, "foresight", 4, 0.5, 3);
    let before = run.snapshot().unwrap();
    let ends = [run.fork(), run.fork()].map(ended);
    assert!(ends[0] == ends[1] && before == run.snapshot().unwrap());
}

#[test]
fn the_clinic_has_somebody_wait_in_every_way() {
    // Each of its measures stands for one: somebody was healed after a question, a drive, a claim, goods and a message;
    // gave a claim up; and was reached.
    let seen = |seed| CLINIC.rehearse(1, seed, 0, None).unwrap().overall;
    let all: Vec<_> = (0..20).map(seen).collect();
    for (at, measure) in CLINIC.measures().iter().enumerate() {
        let often = all.iter().filter(|run| run[at].is_some_and(|figure| figure > 0.0)).count();
        assert!(often >= 10, "{} is seen in {often} of 20 runs", measure.name);
    }
}

#[test]
fn a_run_that_is_restored_every_few_hours_is_one_run() {
    let mut run = CLINIC.start("caring", 5, 0).unwrap();
    for part in 1..=60 {
        run.run_until(at(&run, f64::from(part) / 60.0)).unwrap();
        run = CLINIC.restore(&run.snapshot().unwrap()).unwrap();
    }
    assert_eq!(ended(run), ended(CLINIC.start("caring", 5, 0).unwrap()));
}

#[test]
fn what_a_fork_does_leaves_the_other_as_it_was() {
    for scenario in [&*CLINIC, &*CAR] {
        let run = stopped(scenario, &scenario.policies()[1], 3, 0.4, 5);
        let before = run.snapshot().unwrap();
        let mut fork = run.fork();
        fork.run_until(at(&run, 0.9)).unwrap();
        assert_ne!(fork.digest(), run.digest());
        let figures = fork.outcome().unwrap();
        assert_eq!(figures, fork.outcome().unwrap(), "to look at the figures changes nothing");
        assert!(run.snapshot().unwrap() == before);
        // Nor does it matter which of the two goes on first.
        let mut run = run;
        run.run_until(at(&run, 0.9)).unwrap();
        assert_eq!(run.digest(), fork.digest());
        assert_eq!(run.outcome().unwrap(), figures);
    }
}

#[test]
fn a_fork_takes_the_memory_of_another_scenario() {
    let (run, mut pooled) = (stopped(&CLINIC, "caring", 3, 0.4, 5), stopped(&CAR, "chatty", 1, 0.1, 0));
    run.fork_into(&mut pooled);
    assert_eq!(ended(pooled), ended(run));
}

#[test]
fn a_run_goes_no_further_than_its_story() {
    let mut run = CLINIC.start("silent", 1, 0).unwrap();
    run.run_until(Time::MAX).unwrap();
    assert_eq!(run.now(), run.end());
    let (handled, pending) = (run.handled(), run.pending());
    assert!(pending > 0 && !run.step().unwrap());
    assert_eq!((run.handled(), run.pending()), (handled, pending));
}

#[test]
fn bytes_that_are_cut_off_or_changed_are_refused() {
    let bytes = stopped(&CLINIC, "caring", 7, 0.5, 3).snapshot().unwrap();
    for length in 0..bytes.len() {
        assert!(CLINIC.restore(&bytes[..length]).is_err(), "cut off after {length} bytes");
    }
    for place in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1 << (place % 8);
        assert!(CLINIC.restore(&bytes).is_err(), "a bit of byte {place} is another");
    }
}

/// Gives a payload the header that it would have been written with.
fn signed(bytes: &mut [u8]) {
    let length = (bytes.len() - HEADER) as u64;
    let checksum = crc32fast::hash(&bytes[HEADER..]);
    bytes[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());
}

#[test]
fn not_even_a_right_checksum_is_believed() {
    let bytes = stopped(&CLINIC, "caring", 7, 0.5, 3).snapshot().unwrap();
    for length in (HEADER..bytes.len()).step_by(13) {
        let mut bytes = bytes[..length].to_vec();
        signed(&mut bytes);
        assert!(CLINIC.restore(&bytes).is_err(), "cut off after {length} bytes and signed");
    }
    // Some changes make another state that is as possible; most do not, and none may panic.
    let mut refused = 0;
    let places = HEADER..bytes.len();
    for place in places.clone().step_by(3) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x80 >> (place % 8);
        signed(&mut bytes);
        refused += usize::from(CLINIC.restore(&bytes).is_err());
    }
    assert!(refused > 50, "{refused} of {} changes were noticed", places.len() / 3);
}

#[test]
fn a_snapshot_of_something_else_is_refused_and_says_of_what() {
    let bytes = stopped(&CLINIC, "caring", 7, 0.5, 3).snapshot().unwrap();
    let Err(error) = CAR.restore(&bytes) else { panic!("another scenario") };
    assert!(matches!(&error, StateError::OtherScenario { scenario } if scenario == "broken-down-car"), "{error}");
    assert!(error.to_string().contains("another scenario, not of `broken-down-car`"), "{error}");

    let other = load(&clinic(), &[("patients.count".to_owned(), "15".to_owned())]);
    let Err(error) = other.restore(&bytes) else { panic!("another setting") };
    assert!(matches!(&error, StateError::OtherFiles { .. }), "{error}");
    assert!(error.to_string().contains("other settings"), "{error}");

    let same = load(&clinic(), &[]);
    assert_eq!(same.plan().fingerprint(), CLINIC.plan().fingerprint());
    assert!(same.restore(&bytes).is_ok());
}

#[test]
fn a_comment_makes_another_version_of_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.ron");
    let text =
        "[Scenario(title: \"a story\", start: \"2026-01-05 00:00\", length: \"1d\", groups: { us: Group(kind: one, count: 1) }),
        Kind(name: one, fields: { x: Int(0) }, every: [(period: \"1h\", do: [Set(x: \"x + 1\")])]),
        Measures({ x: Final(of: x, over: one) }), Experiment(replications: 1, seed: 7)]";
    std::fs::write(&file, text).unwrap();
    let story = load(&file, &[]);
    let bytes = stopped(&story, "as_it_is", 1, 0.5, 0).snapshot().unwrap();
    assert_eq!(story.restore(&bytes).unwrap().policy(), None);
    std::fs::write(&file, format!("// reviewed\n{text}")).unwrap();
    assert!(matches!(load(&file, &[]).restore(&bytes), Err(StateError::OtherFiles { .. })));
}

#[test]
fn a_recorded_run_is_not_saved_but_its_fork_is() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("run.trace");
    let recorded = Run { policy: Some(1), seed: 7, replication: 0, trace: Some(&trace), ..Run::default() };
    let mut run = Replication::start(CLINIC.plan(), &recorded).unwrap();
    run.run_until(at(&run, 0.5)).unwrap();
    let Err(error) = run.snapshot() else { panic!("a recorded run") };
    assert!(error.to_string().contains("run it without a trace"), "{error}");
    let plain = stopped(&CLINIC, "caring", 7, 0.5, 0);
    assert_eq!(run.digest(), plain.digest(), "a trace changes nothing");
    assert!(run.fork().snapshot().unwrap() == plain.snapshot().unwrap());
}

#[test]
fn a_policy_that_is_not_there_is_named_with_those_that_are() {
    let error = CLINIC.start("carign", 1, 0).unwrap_err().to_string();
    assert_eq!(error, "there is no policy `carign` here: there is silent, caring");
}

#[test]
fn a_run_that_failed_goes_no_further_and_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.ron");
    let text =
        "[Scenario(title: \"a story\", start: \"2026-01-05 00:00\", length: \"1d\", groups: { us: Group(kind: one, count: 1) }),
        Kind(name: one, fields: { x: Int(3) }, every: [(period: \"1h\", do: [Set(x: \"x / (x - 1) * 0 + x - 1\")])]),
        Measures({ x: Final(of: x, over: one) }), Experiment(replications: 1, seed: 7)]";
    std::fs::write(&file, text).unwrap();
    let story = load(&file, &[]);
    let mut run = story.start("as_it_is", 1, 0).unwrap();
    assert!(run.run_until(run.end()).unwrap_err().to_string().contains("story.ron:2:"));
    let said = |error: &dyn std::fmt::Display| error.to_string();
    assert!(said(&run.step().unwrap_err()).contains("failed before"));
    assert!(said(&run.outcome().unwrap_err()).contains("failed before"));
    assert!(said(&run.fork().snapshot().unwrap_err()).contains("a run that failed cannot be saved"));
}
