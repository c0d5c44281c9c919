//! A small fleet of cars beside reality, and what is reported of them.

#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

pub mod server;

use rehearsal_decide::Envelope;
use rehearsal_journal::Options;
use rehearsal_live::folder::{Folder, Manifest, SCHEMA};
use rehearsal_live::moments::Pace;
use rehearsal_live::twin::Recovered;
use rehearsal_live::{LiveError, Twin};
use rehearsal_scenario::{Natives, Scenario, Trying};
use serde_json::{Value, json};
use std::path::Path;

/// 2026-11-03 08:00, the first Tuesday morning, in UTC \[ns since 1970\].
pub const MORNING: u64 = 1_793_692_800_000_000_000;
pub const MINUTE: u64 = 60_000_000_000;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// The broken-down car with forty drivers.
pub fn scenario() -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/broken-down-car");
    let trying = Trying { remembers_all: true, ..Trying::default() };
    let mut scenario = Scenario::load_trying(&folder, &settings(), &Natives::new(), &trying).expect("it loads");
    scenario.measure_from_the_start();
    scenario.record_texts();
    scenario
}

pub fn settings() -> Vec<(String, String)> {
    let few = [("families.count", "20"), ("commuters.count", "10"), ("pensioners.count", "5"), ("fleet.count", "5")];
    few.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect()
}

pub fn manifest(policy: &str, pace: Pace) -> Manifest {
    Manifest {
        schema: SCHEMA.into(),
        twin: Manifest::new_name(),
        scenario: "scenarios/broken-down-car".into(),
        policy: policy.into(),
        modes: Vec::new(),
        seed: 1,
        start: "2026-11-02 00:00".into(),
        pace,
        settings: settings(),
    }
}

pub fn open<'s>(scenario: &'s Scenario, folder: &Path, policy: &str) -> Result<(Twin<'s>, Recovered), LiveError> {
    Twin::open(scenario, &Folder::at(folder), manifest(policy, Pace::Events), Options::default())
}

/// An event about a twin.
pub fn event(id: u64, twin: &str, sort: &str, at: u64, data: Value) -> Envelope {
    let time = rehearsal_decide::values::moment(at);
    let event = json!({
        "specversion": "1.0", "id": id.to_string(), "source": "test", "type": sort, "subject": twin, "time": time, "data": data,
    });
    Envelope::of(event).expect("an event")
}

/// Readings of a car that gets hotter and hotter, three minutes apart.
pub fn heat(first: u64, twin: &str, from: u64, count: u64) -> Vec<Envelope> {
    let reading = |number: u64| {
        let warmth = format!("{} °C", 101 + 4 * number);
        event(first + number, twin, "telemetry", from + number * 3 * MINUTE, json!({ "coolant": warmth }))
    };
    (0..count).map(reading).collect()
}
