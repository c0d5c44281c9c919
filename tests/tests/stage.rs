//! What a view of recorded runs shows, from runs that the command records: the broken-down car under two policies.
//!
//! The parts are tested in `viz/stage`, on small worlds against oracles. Here they meet what the engine writes.

use rehearsal_stage::{
    Camera, Candidate, Cursor, Diverging, Filter, Grid, Indexing, Labels, Playhead, Priority, Scene, Search, Stage, Towards,
    inspect,
};
use rehearsal_tests::{rehearsal, root};
use rehearsal_trace::What;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;
/// 08:15 on the first Thursday: children are on their way to school.
const MORNING: u64 = 3 * DAY + (8 * 60 + 15) * MINUTE;

/// Traces of three weeks of few people, a file for each policy.
struct Recorded {
    folder: tempfile::TempDir,
}

impl Recorded {
    fn file(&self, policy: &str) -> PathBuf {
        self.folder.path().join(format!("{policy}.trace"))
    }

    fn stage(&self, policy: &str) -> Stage {
        Stage::open(self.file(policy)).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Runs the car with few people, and records it.
fn record(more: &[&str], trace: &str) {
    let mut command = rehearsal();
    command.args(["run", "scenarios/broken-down-car", "--replications", "1", "--set", "scenario.length=21d"]);
    command.args(FEWER).args(more).args(["--trace", trace]);
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A fifth of the people.
const FEWER: [&str; 10] = [
    "--set",
    "families.count=140",
    "--set",
    "commuters.count=160",
    "--set",
    "pensioners.count=60",
    "--set",
    "fleet.count=40",
    "--set",
    "dealer.other_calls=2",
];

fn recorded() -> &'static Recorded {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        record(&[], &folder.path().join("{policy}.trace").to_string_lossy());
        Recorded { folder }
    })
}

#[test]
fn a_morning_is_seen_followed_and_picked() {
    let stage = recorded().stage("proactive");
    let mut cursor = Cursor::new(&stage).expect("a whole trace");
    cursor.go(MORNING, 5 * MINUTE).expect("a whole trace");
    assert_eq!(stage.clock().day(cursor.at()), "Thursday 5 Nov 08:15");
    let scene = Scene::of(&cursor, &Filter::default());
    let moving: Vec<_> = scene.marks.iter().filter(|mark| mark.moving).collect();
    assert!(moving.len() > 10 && moving.len() < scene.marks.len(), "{} of {} move", moving.len(), scene.marks.len());
    assert!(moving.iter().all(|mark| mark.state != "home" || stage.kind(mark.kind) != "driver"));

    for viewport in [[1024.0, 640.0], [3840.0, 2160.0]] {
        let camera = Camera::fit(stage.bounds(), viewport);
        let grid = Grid::new(&scene.marks, &camera);
        for mark in &moving {
            let picked = grid.nearest(camera.place(mark.place), 6.0).expect("somebody is there");
            let place = scene.mark(picked).expect("who is picked is drawn").place;
            assert_eq!(camera.place(place), camera.place(mark.place), "somebody as near, at the most");
        }
        let candidates: Vec<Candidate> = scene
            .marks
            .iter()
            .map(|mark| Candidate {
                actor: mark.actor,
                anchor: camera.place(mark.place),
                size: [7.0 * stage.name(mark.actor).len() as f32, 14.0],
                priority: if mark.moving { Priority::Moving } else { Priority::Resting },
            })
            .collect();
        let labels = Labels::default().place(&candidates, viewport.map(|side| side as f32), 80);
        assert!(labels.len() > 5, "{} labels", labels.len());
    }

    let found = Search::new(&stage).find("driver/1", 5);
    let driver = found[0].actor;
    assert_eq!(found[0].name, "driver/1");
    let known = inspect::inspect(&stage, driver, MORNING, inspect::Limits::default()).expect("a whole trace");
    let now = known.spans.iter().filter(|span| span.until.is_none()).map(|span| (&*span.region, &*span.state));
    let world = cursor.world().actors[&driver].states.iter().map(|(region, state)| (&**region, &**state));
    assert_eq!(now.collect::<BTreeSet<_>>(), world.collect::<BTreeSet<_>>());
    let alone = Filter { name: "driver/1".into(), ..Filter::default() };
    assert!(Scene::of(&cursor, &alone).marks.iter().all(|mark| stage.name(mark.actor).starts_with("driver/1")));
}

#[test]
fn scrubbing_anywhere_is_as_good_as_playing() {
    let stage = recorded().stage("reactive");
    let mut cursor = Cursor::new(&stage).expect("a whole trace");
    let mut at: u64 = 7;
    for turn in 0u64..30 {
        // Anywhere, and from there on for a while.
        at = if turn % 3 == 0 {
            at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(turn) % stage.end()
        } else {
            at + turn * MINUTE
        };
        cursor.go(at, MINUTE).expect("a whole trace");
        assert_eq!(cursor.world(), &stage.reader().state_at(at).expect("a whole trace"), "at {at}");
    }
}

#[test]
fn the_next_decision_explains_itself() {
    let stage = recorded().stage("proactive");
    let mut head = Playhead::new(stage.end());
    head.go(MORNING);
    let decision = |record: &rehearsal_trace::Record| matches!(record.what, What::Decision(_));
    let found = head.step(&stage, Towards::Next, decision).expect("a whole trace").expect("there is one");
    let What::Decision(decided) = &found.what else { unreachable!("asked for") };
    assert!(head.at() > MORNING && head.at() == found.at);
    let explained = inspect::decisions(&stage, decided.profile, head.at()).expect("a whole trace");
    let last = explained.last().expect("it is among those about its profile");
    assert_eq!((last.at, last.id), (found.at, Some(decided.id)));
    assert_eq!(last.profile.name, stage.name(decided.profile));
}

#[test]
fn breakdowns_are_bookmarks_and_readings_are_not() {
    let stage = recorded().stage("reactive");
    let mut indexing = Indexing::new(&stage);
    let mut slices = 0;
    while !indexing.advance(20_000).expect("a whole trace").done {
        slices += 1;
    }
    assert!(slices > 1 && stage.knows_all());
    let index = indexing.index();
    let counted: u64 = index.activity.iter().flatten().map(|&count| u64::from(count)).sum();
    assert_eq!(counted, stage.reader().len());
    let mut bookmarks: BTreeMap<String, usize> = BTreeMap::new();
    for moment in index.bookmarks() {
        *bookmarks.entry(moment.name).or_default() += 1;
    }
    assert_eq!(bookmarks["telemetry"], 1);
    let lights = stage.reader().records().map(|record| record.expect("a whole trace"));
    let lights = lights.filter(|record| matches!(&record.what, What::Note { name, .. } if name == "engine_light")).count();
    assert!(lights > 1 && bookmarks["engine_light"] == lights, "{bookmarks:?}");
}

#[test]
fn two_policies_part_somebody_and_leave_others_alone() {
    let stages = ["reactive", "proactive"].map(|policy| recorded().stage(policy));
    let found =
        Diverging::new(&stages[0], &stages[1]).expect("one scenario, seed and replication").finish().expect("whole traces");
    let (at, first) = found.first().expect("somebody lives otherwise");
    assert!(found.together().count() > found.parted.len(), "{} part", found.parted.len());
    // Up to then the two have the same states; at the moment itself what is recorded differs.
    let before = stages.each_ref().map(|stage| stage.reader().state_at(at - 1).expect("a whole trace"));
    assert_eq!(before[0].actors[&first], before[1].actors[&first]);
    let lives = stages.each_ref().map(|stage| {
        let records = stage.reader().records_between(at, at + 1).of(first).map(|record| record.expect("a whole trace").what);
        let lived = |what: &What| matches!(what, What::State { actor, .. } | What::Note { actor, .. } | What::Move { actor, .. } if *actor == first);
        records.filter(lived).collect::<Vec<_>>()
    });
    assert_ne!(lives[0], lives[1]);

    let elsewhere = recorded().folder.path().join("elsewhere.trace");
    record(&["--policy", "reactive", "--seed", "9", "--set", "scenario.length=1d"], &elsewhere.to_string_lossy());
    let other = Stage::open(&elsewhere).expect("a whole trace");
    let refused = Diverging::new(&stages[0], &other).err().expect("another seed").to_string();
    assert!(refused.contains("their seeds are") && refused.contains("elsewhere.trace"), "{refused}");
}

#[test]
fn what_is_no_whole_trace_is_one_sentence() {
    let bytes = std::fs::read(recorded().file("reactive")).expect("the trace");
    let said = |bytes: &[u8]| Stage::from_bytes(bytes.to_vec(), "day.trace").err().expect("it is refused").to_string();
    assert!(said(&bytes[..bytes.len() / 2]).starts_with("day.trace is cut off after "));
    assert!(said(b"").starts_with("day.trace "));
    let missing = Stage::open(root().join("no-such.trace")).err().expect("it is not there").to_string();
    assert!(missing.contains("no-such.trace") && missing.contains("--trace"), "{missing}");
}
