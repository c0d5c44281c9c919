//! A twin in one thread: what it lets in, what it keeps, and what it is after any end.

mod common;

use common::{DAY, HOUR, MINUTE, MORNING, event, heat, open, scenario};
use rehearsal_live::Refusal;
use rehearsal_live::folder::Folder;
use rehearsal_live::fork::{Asked, compare};
use rehearsal_live::intake::Fate;
use rehearsal_live::replay::{Replay, partings, replay};
use serde_json::json;
use std::fs;
use std::path::Path;

fn taken(fate: Fate) -> u64 {
    match fate {
        Fate::Taken(sequence) => sequence,
        other => panic!("it was not taken: {other:?}"),
    }
}

#[test]
fn after_an_end_in_the_middle_it_is_as_if_there_had_been_none() {
    let scenario = scenario();
    let (plain, broken) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (mut whole, recovered) = open(&scenario, plain.path(), "proactive").expect("it opens");
    assert!(recovered.fresh);
    let events: Vec<_> = heat(0, "car/1", MORNING, 12).into_iter().chain(heat(100, "car/2", MORNING + HOUR, 12)).collect();
    let mut effects = Vec::new();
    for event in events.clone() {
        taken(whole.hear(event, 0).expect("it is heard"));
        effects.extend(whole.effects());
    }
    assert!(effects.iter().any(|effect| effect.sort == "contact"), "{effects:?}");
    // The same, dropped without a word after each event, with a snapshot now and then.
    let mut again = Vec::new();
    for (number, event) in events.into_iter().enumerate() {
        let (mut twin, recovered) = open(&scenario, broken.path(), "proactive").expect("it opens again");
        assert_eq!(recovered.fresh, number == 0);
        twin.effects();
        taken(twin.hear(event, 0).expect("it is heard"));
        again.extend(twin.effects());
        if number % 5 == 3 && number < 20 {
            twin.save().expect("it is saved");
        }
    }
    let (mut twin, recovered) = open(&scenario, broken.path(), "proactive").expect("it opens again");
    assert_eq!((recovered.snapshot, recovered.replayed), (Some(19), 5));
    assert_eq!(twin.host.digest(), whole.host.digest());
    assert_eq!(again, effects, "effects and their numbers are the same");
    let told = twin.effects();
    assert!(told.iter().all(|effect| effects.contains(effect)), "what is told again has its number");
    let one = whole.stop(0).expect("it stops");
    let other = twin.stop(0).expect("it stops");
    assert_eq!(one, other);
    for how in [Replay::default(), Replay { whole: true, ..Replay::default() }] {
        let replayed = replay(&scenario, &Folder::at(plain.path()), &how).expect("it is replayed");
        assert_eq!(replayed.host.digest(), one);
        assert_eq!(replayed.host.sequence(), 25);
    }
}

#[test]
fn what_came_before_came_too_late_or_is_not_known_is_not_let_in() {
    let scenario = scenario();
    let place = tempfile::tempdir().expect("a folder");
    let (mut twin, _) = open(&scenario, place.path(), "proactive").expect("it opens");
    let reading = |id, twin: &str, at| event(id, twin, "telemetry", at, json!({ "coolant": "95 °C" }));
    taken(twin.hear(reading(1, "car/1", MORNING), 0).expect("heard"));
    assert_eq!(twin.hear(reading(1, "car/1", MORNING), 0).expect("heard"), Fate::Repeated);
    taken(twin.hear(reading(2, "car/1", MORNING + 9 * MINUTE), 0).expect("heard"));
    let refused = |fate: Fate| match fate {
        Fate::Refused(refusal) => refusal,
        other => panic!("it was let in: {other:?}"),
    };
    let overtaken = refused(twin.hear(reading(3, "car/1", MORNING + 3 * MINUTE), 0).expect("heard"));
    assert!(matches!(overtaken, Refusal::Overtaken { .. }), "{overtaken}");
    let late = refused(twin.hear(reading(10, "car/2", MORNING - 10 * MINUTE), 0).expect("heard"));
    assert!(matches!(late, Refusal::Late { .. }), "{late}");
    let unknown = refused(twin.hear(reading(4, "car/40", MORNING), 0).expect("heard"));
    assert_eq!(unknown.to_string(), "there is no twin `car/40`; twins are called as actors are, such as car/0");
    let early = refused(twin.hear(event(5, "car/3", "engine_light", MORNING - 3 * DAY, json!({})), 0).expect("heard"));
    assert!(early.to_string().contains("before this twin begins"), "{early}");
    for (data, wrong) in [
        (json!({ "coolant": "95 km" }), "expected a number of °C"),
        (json!({}), "it is missing"),
        (json!({ "coolant": "95 °C", "oil": 3 }), "carries no `oil`"),
        (json!({ "coolant": "1e400 °C" }), "coolant"),
    ] {
        let refusal = refused(twin.hear(event(6, "car/1", "telemetry", MORNING + HOUR, data), 0).expect("heard"));
        assert!(refusal.to_string().contains(wrong), "{refusal}");
    }
    let beyond = refused(twin.hear(event(11, "car/1", "engine_light", MORNING + 60 * DAY, json!({})), 0).expect("heard"));
    assert!(matches!(beyond, Refusal::Ended { .. }), "{beyond}");
    let strange = refused(twin.hear(event(7, "car/1", "oil_change", MORNING + HOUR, json!({})), 0).expect("heard"));
    assert!(strange.to_string().contains("known: telemetry, engine_light, stranded, repaired"), "{strange}");
    assert_eq!(twin.intake.tally().taken, 2);
    // After an end it knows them again.
    drop(twin);
    let (mut twin, recovered) = open(&scenario, place.path(), "proactive").expect("it opens");
    assert_eq!(recovered.replayed, 2);
    assert_eq!(twin.hear(reading(2, "car/1", MORNING + 9 * MINUTE), 0).expect("heard"), Fate::Repeated);
    let overtaken = refused(twin.hear(reading(8, "car/1", MORNING + 4 * MINUTE), 0).expect("heard"));
    assert!(matches!(overtaken, Refusal::Overtaken { .. }), "{overtaken}");
    let aside: Vec<_> = fs::read_dir(place.path().join("aside")).expect("a folder").flatten().collect();
    let lines: usize = aside.iter().map(|file| fs::read_to_string(file.path()).expect("text").lines().count()).sum();
    assert_eq!(lines, 11);
}

/// Whether any file below a folder holds some bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        fs::read(&path).expect("a file").windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn what_is_personal_stays_apart_and_is_gone_when_it_is_erased() {
    let scenario = scenario();
    let place = tempfile::tempdir().expect("a folder");
    let (mut twin, _) = open(&scenario, place.path(), "proactive").expect("it opens");
    let data = json!({ "name": "Ada Rigau", "email": "ada@example.org" });
    taken(twin.hear(event(1, "driver/7", "enrolled", MORNING, data.clone()), 0).expect("heard"));
    // One that is refused, and put aside, has it too.
    twin.hear(event(2, "driver/7", "no_such_thing", MORNING, data), 0).expect("heard");
    assert_eq!(twin.intake.person("driver/7")["email"], "ada@example.org");
    twin.save().expect("saved");
    drop(twin);
    assert!(!holds(&place.path().join("journal"), b"ada@example.org"));
    assert!(!holds(&place.path().join("aside"), b"ada@example.org"));
    assert!(!holds(&place.path().join("snapshots"), b"ada@example.org"));
    let (mut twin, _) = open(&scenario, place.path(), "proactive").expect("it opens");
    assert_eq!(twin.intake.person("driver/7")["name"], "Ada Rigau");
    assert!(twin.intake.erase("driver/7").expect("erased"));
    assert!(twin.intake.person("driver/7").is_empty());
    assert!(!holds(place.path(), b"ada@example.org"));
    assert!(!holds(place.path(), b"Ada Rigau"));
    assert!(!twin.intake.erase("driver/7").expect("nothing is left"));
}

#[test]
fn a_snapshot_that_is_damaged_is_passed_over() {
    let scenario = scenario();
    let place = tempfile::tempdir().expect("a folder");
    let (mut twin, _) = open(&scenario, place.path(), "proactive").expect("it opens");
    for (number, event) in heat(0, "car/1", MORNING, 12).into_iter().enumerate() {
        taken(twin.hear(event, 0).expect("heard"));
        if number == 3 || number == 7 {
            twin.save().expect("saved");
        }
    }
    let digest = twin.host.digest();
    drop(twin);
    let path = place.path().join("snapshots/00000000000000000008.world");
    let mut bytes = fs::read(&path).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("written");
    let (twin, recovered) = open(&scenario, place.path(), "proactive").expect("it opens");
    assert_eq!(recovered.snapshot, Some(4));
    assert!(recovered.passed_over[0].contains("damaged or cut off"), "{:?}", recovered.passed_over);
    assert_eq!(twin.host.digest(), digest);
    drop(twin);
    let other = open(&scenario, place.path(), "reactive").expect_err("another policy");
    assert!(other.to_string().contains("policy proactive, seed 1"), "{other}");
}

#[test]
fn the_other_policy_on_the_same_day_and_the_futures_of_both() {
    let scenario = scenario();
    let place = tempfile::tempdir().expect("a folder");
    let folder = Folder::at(place.path());
    let (mut twin, _) = open(&scenario, place.path(), "proactive").expect("it opens");
    for event in heat(0, "car/1", MORNING, 12) {
        taken(twin.hear(event, 0).expect("heard"));
    }
    taken(twin.hear(event(50, "car/1", "engine_light", MORNING + HOUR, json!({})), 0).expect("heard"));
    twin.advance_to(MORNING + 2 * HOUR).expect("time passes");
    let before = twin.host.digest();
    let asked = Asked {
        policies: vec!["reactive".into(), "proactive".into()],
        span: 10 * DAY,
        futures: 4,
        seed: 5,
        jobs: 2,
        measures: vec!["calls".into(), "contacts".into()],
    };
    let progress = rehearsal_experiment::Silent;
    let found = compare(&scenario, twin.host.run(), &asked, &progress, None).expect("it is compared");
    assert_eq!(twin.host.digest(), before, "looking ahead changes nothing");
    assert_eq!(found.measures.len(), 2);
    let again = compare(&scenario, twin.host.run(), &Asked { jobs: 1, ..asked.clone() }, &progress, None).expect("compared");
    assert_eq!(found, again);
    let beyond = compare(&scenario, twin.host.run(), &Asked { span: 100 * DAY, ..asked }, &progress, None).expect_err("too far");
    assert!(beyond.to_string().contains("the story ends in"), "{beyond}");
    let digest = twin.stop(0).expect("it stops");
    let did = replay(&scenario, &folder, &Replay { whole: true, ..Replay::default() }).expect("replayed");
    assert_eq!(did.host.digest(), digest);
    let would = replay(&scenario, &folder, &Replay { policy: Some("reactive"), ..Replay::default() }).expect("replayed");
    let parted = partings(&did, &would);
    assert_eq!(parted.len(), 1);
    assert_eq!(parted[0].about, "car/1");
    assert_eq!(parted[0].did.as_ref().expect("it acted").1, "ten_hot_and_rising");
    assert_eq!(parted[0].would, None);
    // As it was in the middle of the morning.
    let until = Some(MORNING + 15 * MINUTE - 1_793_577_600_000_000_000);
    let then = replay(&scenario, &folder, &Replay { until, ..Replay::default() }).expect("replayed");
    assert_eq!(then.applied, 6);
    let trace = place.path().join("day.trace");
    let recorded = replay(&scenario, &folder, &Replay { trace: Some(&trace), ..Replay::default() }).expect("recorded");
    assert_eq!(recorded.host.digest(), digest, "a record changes nothing");
    recorded.host.into_run().finish().expect("the record is whole");
    let reader = rehearsal_trace::Reader::open(&trace).expect("a trace");
    assert!(reader.len() > 12);
}
