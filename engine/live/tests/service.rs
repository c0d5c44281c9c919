//! A twin as actors: a native kind that panics, strangers that are enrolled, and a clock that goes back.

mod common;

use common::{event, manifest, settings};
use rehearsal_decide::Envelope;
use rehearsal_journal::Options;
use rehearsal_live::folder::{Folder, Manifest};
use rehearsal_live::intake::Fate;
use rehearsal_live::load::load;
use rehearsal_live::moments::Pace;
use rehearsal_live::replay::{Replay, replay};
use rehearsal_live::service::{Came, Config, Events, Look, Service};
use rehearsal_live::{Refusal, Twin};
use rehearsal_scenario::native::{Declared, Field, Heard, Hears, NativeActor, NativeKind, Number};
use rehearsal_scenario::{Natives, RunError, Scenario};
use serde_json::json;
use std::fs;
use std::path::Path;
use tokio::sync::oneshot;

/// A pump in Rust that adds up how fast it turned, and cannot bear a 13.
struct Pump {
    turned: Hears<Number>,
    sum: Field<Number>,
}

impl Pump {
    fn new(kind: &mut Declared<'_>) -> Pump {
        Pump { turned: kind.hears("turned", ("speed", Number)), sum: kind.field("sum", Number) }
    }
}

impl NativeKind for Pump {
    fn hear(&self, heard: &Heard<'_>, pump: &mut NativeActor<'_>) -> Result<(), RunError> {
        if let Some(speed) = heard.read(self.turned) {
            assert!(speed != 13.0, "thirteen cannot be borne");
            pump.set(self.sum, pump.get(self.sum) + speed);
        }
        Ok(())
    }
}

const PUMPS: &str = r#"[
    Scenario(title: "Pumps", start: "2026-01-01 00:00", length: "30d", groups: { pumps: Group(kind: pump, count: 3) }),
    Kind(name: pump, native: true, fields: { sum: Number(0) }, hears: { turned: (speed: Number) }),
    Measures({ turned: Final(of: sum, over: pump, label: "turned", unit: rounds, better: neither) }),
    Live(twins: { pump: Twin(unknown: Enrol, reports: { turned: Report() }) }),
]"#;

fn pumps(folder: &Path) -> (Scenario, Manifest) {
    let file = folder.join("pumps.ron");
    fs::write(&file, PUMPS).expect("written");
    let manifest = Manifest {
        policy: "as_it_is".into(),
        start: "2026-01-01 00:00".into(),
        settings: Vec::new(),
        ..manifest("as_it_is", Pace::Events)
    };
    let natives = Natives::new().with("pump", Pump::new);
    (load(&file, &manifest, &natives, &[]).expect("it loads"), manifest)
}

/// 2026-01-02 00:00 \[ns since 1970\].
const BEGIN: u64 = 1_767_312_000_000_000_000;

fn turned(id: u64, pump: &str, speed: f64) -> Envelope {
    event(id, pump, "turned", BEGIN + id * 1_000_000_000, json!({ "speed": speed }))
}

async fn give(service: &Service, events: Vec<Came>) -> Vec<Fate> {
    let (answer, answered) = oneshot::channel();
    service.desk.try_send(Events { events, answer }).expect("there is room");
    answered.await.expect("an answer").expect("taken")
}

#[test]
fn a_native_kind_that_panics_takes_nobody_with_it() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, manifest) = pumps(place.path());
    let scenario: &'static Scenario = Box::leak(Box::new(scenario));
    let folder = Folder::at(&place.path().join("twin"));
    let config = Config::at(folder.clone());
    let digest = actix::System::new().block_on(async {
        let (service, _) = Service::start(scenario, manifest, config).expect("it starts");
        let speeds = [(1, "a", 2.0), (2, "b", 3.0), (3, "a", 13.0), (4, "b", 5.0), (5, "a", 7.0)];
        for (id, pump, speed) in speeds {
            let fates = give(&service, vec![Ok(turned(id, pump, speed))]).await;
            assert!(matches!(fates[..], [Fate::Taken(_)]), "{fates:?}");
        }
        // The world is behind its journal until it has been brought up anew.
        let mut seen = serde_json::Value::Null;
        for _ in 0..1_000 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            if let Ok(Some(found)) = service.stage.send(Look("a".into())).await.expect("it answers") {
                seen = found;
                if seen["fields"]["sum"] == 9.0 {
                    break;
                }
            }
        }
        assert_eq!(seen["fields"]["sum"], 9.0, "what it could not bear does not count, all else does: {seen}");
        let other = service.stage.send(Look("b".into())).await.expect("it answers").expect("well").expect("there");
        assert_eq!(other["fields"]["sum"], 8.0, "its neighbour never noticed");
        assert_eq!(service.status.restarts.load(std::sync::atomic::Ordering::Relaxed), 1);
        assert_eq!(service.status.trouble(), None);
        service.stop().await.expect("it stops")
    });
    let replayed = replay(scenario, &folder, &Replay { whole: true, ..Replay::default() }).expect("it is replayed");
    assert_eq!(replayed.host.digest(), digest);
    assert_eq!(replayed.poisoned.into_iter().collect::<Vec<_>>(), [3]);
    assert_eq!(replayed.applied, 4);
}

#[test]
fn strangers_take_the_places_there_are_and_are_known_again() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, manifest) = pumps(place.path());
    let folder = Folder::at(&place.path().join("twin"));
    let open = || Twin::open(&scenario, &folder, manifest.clone(), Options::default()).expect("it opens").0;
    let mut twin = open();
    for (id, pump) in [(1, "north"), (2, "south"), (3, "north"), (4, "west")] {
        assert!(matches!(twin.hear(turned(id, pump, 2.0), 0).expect("heard"), Fate::Taken(_)));
    }
    let full = twin.hear(turned(5, "east", 2.0), 0).expect("heard");
    assert!(matches!(full, Fate::Refused(Refusal::Full { places: 3, .. })), "{full:?}");
    assert_eq!(twin.intake.gate().actor("north"), twin.intake.gate().actor("pump/0"));
    let digest = twin.host.digest();
    drop(twin);
    let mut twin = open();
    assert_eq!(twin.host.digest(), digest);
    assert_eq!(twin.host.people().find("west"), twin.intake.gate().actor("pump/2"));
    assert!(matches!(twin.hear(turned(6, "north", 2.0), 0).expect("heard"), Fate::Taken(_)));
}

#[test]
fn time_never_goes_back_whatever_the_wall_says() {
    let scenario = common::scenario();
    let place = tempfile::tempdir().expect("a folder");
    let folder = Folder::at(place.path());
    let manifest = Manifest { settings: settings(), ..manifest("proactive", Pace::Wall) };
    let mut twin = Twin::open(&scenario, &folder, manifest, Options::default()).expect("it opens").0;
    let wall = common::MORNING;
    let mut last = 0;
    // Forward, back by an hour, and on from there.
    for (id, now) in [wall, wall + common::MINUTE, wall - common::HOUR, wall - common::HOUR + 1, wall + 2].into_iter().enumerate()
    {
        let reading = event(id as u64, &format!("car/{id}"), "telemetry", now, json!({ "coolant": "91 °C" }));
        let fate = twin.hear(reading, now).expect("heard");
        assert!(matches!(fate, Fate::Taken(_)), "{fate:?}");
        twin.tick(now).expect("it ticks");
        assert!(twin.host.now() > last, "the world goes on");
        last = twin.host.now();
    }
    let ahead = event(9, "car/9", "telemetry", wall + common::DAY, json!({ "coolant": "91 °C" }));
    let refused = twin.hear(ahead, wall).expect("heard");
    assert!(matches!(refused, Fate::Refused(Refusal::Ahead { .. })), "{refused:?}");
    let digest = twin.stop(wall).expect("it stops");
    let replayed = replay(&scenario, &folder, &Replay { whole: true, ..Replay::default() }).expect("it is replayed");
    assert_eq!(replayed.host.digest(), digest);
}
