//! The text of a scenario: loaded, described, and run for a few events where it can be.

use rehearsal_scenario::{Limits, Scenario, describe};
use std::cell::RefCell;
use std::fs;
use tempfile::TempDir;

/// Events that a scenario is run for.
const EVENTS_MAX: u32 = 200;

/// What a run may take up: little, so that what would fill a machine fails soon.
const LIMITS: Limits = Limits { bytes: 64 << 20, rounds: 50_000, ahead: 500 };

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

/// Loads a text as a scenario of one file, and rehearses what could be loaded.
pub(super) fn feed(bytes: &[u8]) {
    FOLDER.with_borrow(|folder| {
        let file = folder.path().join("input.ron");
        fs::write(&file, bytes).expect("a file in a temporary folder");
        match Scenario::load(&file, &[]) {
            Ok(mut scenario) => {
                scenario.limit(LIMITS);
                say(&scenario);
                rehearse(&scenario);
            }
            Err(faults) => {
                assert!(!faults.faults.is_empty(), "refused without a fault");
                assert!(!faults.render(false, 120).trim().is_empty(), "refused without a word");
            }
        }
    });
}

/// All that can be said of a scenario.
fn say(scenario: &Scenario) {
    assert!(!scenario.summary().is_empty() && !scenario.policies().is_empty());
    let _ = (scenario.warnings().render(false, 120), scenario.listing(), scenario.measures(), scenario.pairs());
    let description = scenario.describe();
    assert!(!describe::text(description).is_empty() && !describe::picture(description).is_empty());
}

/// Some events under the last policy. A run that is saved and restored goes on as the one that was saved.
fn rehearse(scenario: &Scenario) {
    let policies = scenario.policies();
    let Ok(mut run) = scenario.start(&policies[policies.len() - 1], 1, 0) else { return };
    for _ in 0..EVENTS_MAX {
        match run.step() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return assert!(!error.to_string().is_empty()),
        }
    }
    let bytes = run.snapshot().expect("a run that has not failed is saved");
    let mut again = scenario.restore(&bytes).unwrap_or_else(|error| panic!("what was saved is not restored: {error}"));
    assert_eq!(again.digest(), run.digest(), "restored, it is another");
    for _ in 0..EVENTS_MAX / 4 {
        let (step, other) = (run.step().map_err(|error| error.to_string()), again.step().map_err(|error| error.to_string()));
        assert_eq!(step, other, "restored, it goes on in another way");
        if !matches!(step, Ok(true)) {
            break;
        }
    }
    let (one, other) = (run.outcome(), again.outcome());
    assert_eq!(format!("{one:?}"), format!("{other:?}"), "restored, it comes out in another way");
}
