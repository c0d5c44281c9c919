//! What a view of recorded runs shows, from runs that the command records: the broken-down car under two policies.
//!
//! The parts are tested in `viz/stage`, on small worlds against oracles. Here they meet what the engine writes.

use rehearsal_stage::{
    Camera, Candidate, Cursor, Diverging, Filter, Grid, Indexing, Labels, Land, Playhead, Priority, Scene, Search, Stage,
    Towards, inspect,
};
use rehearsal_tests::{rehearsal, root};
use rehearsal_trace::{Level, What};
use serde_json::Value;
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
    // Six dealers are open, with telephones, lifts and trucks.
    let dealers: Vec<_> = scene.places.iter().filter(|gauge| stage.name(gauge.actor).starts_with("dealer/")).collect();
    assert_eq!(dealers.len(), 6);
    assert!(
        dealers.iter().all(|gauge| gauge.capacity > 0 && scene.mark(gauge.actor).map(|mark| mark.place) == Some(gauge.place))
    );
    let lands: BTreeSet<Land> = stage.areas().iter().map(|area| area.land).collect();
    assert!([Land::Water, Land::Wood, Land::Built, Land::Building].iter().all(|land| lands.contains(land)), "{lands:?}");
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

/// Runs a small scenario once and records it: the trace, and its measures by name.
fn story(file: &str, length: &str, with_trace: bool) -> (Option<Stage>, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("story.trace");
    let mut command = rehearsal();
    command.args(["run", file, "--replications", "1", "--format", "json", "--set"]).arg(format!("scenario.length={length}"));
    if with_trace {
        command.arg("--trace").arg(&trace);
    }
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // All of it is read here: the folder goes.
    let stage = with_trace.then(|| Stage::from_bytes(std::fs::read(&trace).expect("the trace"), "story.trace").expect("whole"));
    (stage, json["policies"][0]["measures"].clone())
}

/// How a holder's numbers changed, of the only actor that has one of this name.
fn levels(stage: &Stage, wanted: &str) -> Vec<(u64, Level)> {
    let records = stage.reader().records().map(|record| record.expect("a whole trace"));
    let levels: Vec<(u64, Level)> = records
        .filter_map(|record| match record.what {
            What::Level { holder, level, .. } if holder == wanted => Some((record.at, level)),
            _ => None,
        })
        .collect();
    assert!(levels.is_sorted_by(|a, b| a.0 < b.0 && a.1 != b.1), "once a moment, and only what changed");
    assert_eq!(levels.first().map(|(at, _)| *at), Some(0), "how it stands at the start");
    levels
}

/// The mean of a number over time, from a moment to the end of the run.
fn mean(stage: &Stage, levels: &[(u64, Level)], from: u64, number: fn(&Level) -> u32) -> f64 {
    let end = stage.header().length_ns;
    let until = levels.iter().skip(1).map(|(at, _)| *at).chain([end]);
    let spans = levels
        .iter()
        .zip(until)
        .map(|((at, level), until)| f64::from(number(level)) * until.max(from).saturating_sub((*at).max(from)) as f64);
    spans.sum::<f64>() / (end - from) as f64
}

fn close(found: f64, measured: &Value) {
    let expected = measured["mean"].as_f64().expect("a figure");
    assert!((found - expected).abs() < 1e-9 * expected.max(1.0), "{found} and {expected}");
}

#[test]
fn queues_in_the_record_are_those_that_are_measured() {
    let (stage, figures) = story("scenarios/research/mmck.ron", "22d", true);
    let (stage, (_, unrecorded)) = (stage.expect("recorded"), story("scenarios/research/mmck.ron", "22d", false));
    assert_eq!(figures, unrecorded, "observing changes nothing");
    let server = levels(&stage, "server");
    close(mean(&stage, &server, 2 * DAY, |level| level.waiting), &figures["in_line"]);
    // The measure is in percent of two servers.
    let busy = mean(&stage, &server, 2 * DAY, |level| level.busy.expect("units"));
    let measured = figures["busy"]["mean"].as_f64().expect("a figure");
    assert!((busy / 2.0 * 100.0 - measured).abs() < 1e-9 * measured, "{busy} and {measured}");
    assert_eq!(server.iter().map(|(_, level)| level.waiting).max(), Some(3), "there is room for three");
    assert!(server.iter().all(|(_, level)| level.capacity == Some(2) && level.left.is_none()));

    // What a view says of the place, at the last moment of the longest queue.
    let (at, _) = *server.iter().rfind(|(_, level)| level.waiting == 3).expect("there was one");
    let system = stage.named("system/0").expect("the only one");
    let place = inspect::Place::look(&stage, system, at, 10).expect("a whole trace");
    let holder = &place.holders["server"];
    assert_eq!((holder.now.waiting, holder.waiting_max, holder.waiting.last), (3, 3, Some((at, 3.0))));

    let (stage, figures) = story("scenarios/research/inventory.ron", "210d", true);
    let stage = stage.expect("recorded");
    let goods = levels(&stage, "goods");
    close(mean(&stage, &goods, 10 * DAY, |level| level.left.expect("goods")), &figures["on_hand"]);
    close(mean(&stage, &goods, 10 * DAY, |level| level.waiting), &figures["owed"]);

    let (stage, figures) = story("scenarios/mechanisms/crowds.ron", "10h", true);
    let fullest = levels(&stage.expect("recorded"), "places").iter().filter_map(|(_, level)| level.busy).max();
    close(f64::from(fullest.expect("somebody came")), &figures["fullest"]);
}

#[test]
fn who_comes_and_goes_has_levels_in_between() {
    // A guest a minute uses its own key for 90 s and leaves after two minutes.
    let text = "[Scenario(title: \"keys\", start: \"2026-01-05 00:00\", length: \"30min\", groups: { ones: Group(kind: one, count: 1) }),
        Kind(name: one, sources: [Source(kind: guest, every: \"1min\")]),
        Kind(name: guest, traits: { at: Whole(one) }, owns: { key: Resource(capacity: 1) }, initial: here, states: { here: State(process: [
            Seize(resource: key, as: mine), Delay(\"90s\"), Release(mine), Delay(\"30s\"), Note(leaves), End,
        ]) }),
        Measures({ left: Count(of: leaves) }), Experiment(replications: 1, seed: 7)]";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("keys.ron");
    std::fs::write(&file, text).expect("a file");
    let (stage, _) = story(&file.to_string_lossy(), "30min", true);
    let stage = stage.expect("recorded");
    stage.meet_all().expect("a whole trace");
    let guests: Vec<u32> = stage.actors().keys().copied().filter(|&id| stage.name(id).starts_with("guest/")).collect();
    assert_eq!(guests.len(), 29);
    for (guest, born) in guests.iter().zip((1..).map(|minute| minute * MINUTE)) {
        let records = stage.reader().records_of(*guest).map(|record| record.expect("a whole trace"));
        let told: Vec<(u64, &str, Option<u32>)> = records
            .filter_map(|record| match &record.what {
                What::Level { level, .. } => Some((record.at - born, "level", level.busy)),
                What::Spawn { .. } | What::End { .. } => Some((record.at - born, record.what.tag(), None)),
                _ => None,
            })
            .collect();
        let whole = [(0, "spawn", None), (0, "level", Some(1)), (90 * SECOND, "level", Some(0)), (2 * MINUTE, "end", None)];
        let ends = stage.end() - born;
        let expected: Vec<_> = whole.into_iter().filter(|(at, ..)| *at < ends).collect();
        assert_eq!(told, expected, "{}", stage.name(*guest));
    }
}

#[test]
fn the_sky_is_that_of_the_board() {
    let (stage, _) = story("scenarios/mechanisms/weather.ron", "20d", true);
    let stage = stage.expect("recorded");
    let boards = stage.reader().records_of(stage.named("sky/0").expect("the only one")).map(|record| record.expect("whole"));
    let boards: Vec<_> = boards.filter(|record| matches!(record.what, What::Board { .. })).collect();
    assert!(boards.iter().all(|board| board.at.is_multiple_of(10 * MINUTE)), "at each full period");
    assert!(boards.is_sorted_by(|a, b| a.at < b.at && a.what != b.what) && boards.len() > 20 * 100, "only what changed");
    let mut cursor = Cursor::new(&stage).expect("a whole trace");
    let mut wet = BTreeSet::new();
    for day in 1..20 {
        for (hour, light) in [(1, false), (12, true), (23, false)] {
            cursor.go(day * DAY + hour * 60 * MINUTE, 0).expect("a whole trace");
            let sky = Scene::of(&cursor, &Filter::default()).sky.expect("the library's weather is a sky");
            assert_eq!((sky.light, sky.sun.map(|sun| sun > 0.0)), (Some(light), Some(light)), "day {day}, {hour} h");
            assert!(sky.temperature.is_some_and(|degrees| (-30.0..30.0).contains(&degrees)), "{sky:?}");
            assert_eq!(sky.raining, sky.rain.map(|rain| rain > 0.0));
            wet.insert(sky.raining);
            let known = inspect::inspect(&stage, sky.actor, cursor.at(), inspect::Limits::default()).expect("a whole trace");
            assert_eq!(known.board, cursor.world().actors[&sky.actor].board);
            assert_eq!(stage.name(sky.actor), "sky/0");
        }
    }
    assert_eq!(wet, [Some(false), Some(true)].into());
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
