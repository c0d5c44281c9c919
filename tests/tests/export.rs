//! Whether exports are what their standards say, and say what the trace says: the car's event log opens in pm4py, its
//! timeline nests, its journeys lie in Andorra; results have every single run.

use rehearsal_tests::ocel::{self, list, word};
use rehearsal_tests::{Copied, python, rehearsal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A small town of the car's story, over two weeks.
const TOWN: [&str; 5] =
    ["families.count=40", "commuters.count=40", "pensioners.count=20", "fleet.count=20", "scenario.length=14d"];

/// What makes up most of a car's record, and says nothing about what people went through.
const NOISE: [&str; 6] = ["--leave-out", "telemetry", "--leave-out", "off_we_go", "--leave-out", "parked"];

fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The recorded town, made once for all tests.
fn town() -> &'static str {
    static TRACE: OnceLock<String> = OnceLock::new();
    TRACE.get_or_init(|| {
        let trace = folder().join("export-town.trace").to_string_lossy().into_owned();
        let mut words = vec!["run", "scenarios/broken-down-car", "--policy", "proactive", "--replications", "1"];
        words.extend(["--trace", &trace, "--format", "json"]);
        TOWN.iter().for_each(|setting| words.extend(["--set", setting]));
        done(&words);
        trace
    })
}

/// Runs the command, which has to succeed; gives its standard output and what it says.
fn done(words: &[&str]) -> (Vec<u8>, String) {
    let output = rehearsal().args(words).output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
    (output.stdout, said)
}

/// An export of the town.
fn exported(format: &str, more: &[&str]) -> Vec<u8> {
    done(&[&["export", town(), "--to", format, "--out", "-"], more].concat()).0
}

fn json(format: &str, more: &[&str]) -> Value {
    serde_json::from_slice(&exported(format, more)).expect("one document of JSON")
}

/// All records of the town, as `replay` tells them.
fn records() -> Vec<Value> {
    let (lines, _) = done(&["replay", town(), "--format", "ndjson"]);
    let lines = String::from_utf8(lines).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// How often each value of `key` comes in a list.
fn count<'v>(values: impl IntoIterator<Item = &'v Value>, key: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(word(&value[key]).to_owned()).or_default() += 1);
    counts
}

#[test]
fn an_event_log_keeps_the_rules_of_ocel_and_has_every_record() {
    let log = json("ocel", &[]);
    ocel::check(&log);
    let records = records();
    let tags = count(records.iter().skip(1), "what");
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, count) in count(list(&log["events"]), "type") {
        *events.entry(kind.split(' ').next().unwrap_or("").to_owned()).or_default() += count;
    }
    let left = records.iter().filter(|record| record["what"] == "state" && record["state"] == "").count() as u64;
    for (tag, count) in &tags {
        // Figures are of the run, and of no object in it; nobody does a level or a board.
        let expected = match tag.as_str() {
            "state" => Some(count - left),
            "figures" | "level" | "board" => None,
            _ => Some(*count),
        };
        assert_eq!(events.get(tag), expected.as_ref(), "{tag}");
    }
    assert!(tags["decision"] > 5 && tags["contact"] > 5, "too little happens: {tags:?}");
    // Whoever was there or came is an object, of the type of its kind; and a case was opened.
    let born = records.iter().filter(|record| record["what"] == "spawn").count();
    let objects = count(list(&log["objects"]), "type");
    let cases = objects["case"];
    assert_eq!(objects.values().sum::<u64>(), (list(&records[0]["actors"]).len() + born) as u64 + cases);
    assert_eq!((objects["driver"], objects["car"]), (120, 120));
    assert!(cases > 3, "{objects:?}");
    // The states that an object goes through are those of the record.
    let actor = list(&records[0]["actors"]).iter().find(|actor| actor["name"] == "driver/7").expect("a driver");
    let entered = records.iter().filter(|record| record["what"] == "state" && record["actor"] == actor["id"]).count();
    let driver = list(&log["objects"]).iter().find(|object| object["id"] == "driver/7").expect("the driver");
    let states = list(&driver["attributes"]).iter().filter(|a| word(&a["name"]).starts_with("state ")).count();
    assert!(states == entered && entered > 20, "{states} of {entered}");
}

#[test]
fn a_part_of_an_event_log_is_one_too() {
    let parts: [&[&str]; 4] = [
        &NOISE,
        &["--actor", "driver/7", "--actor", "car/7"],
        &["--kind", "dealer", "--from", "3d", "--to-time", "10d"],
        &["--what", "contact", "--what", "decision"],
    ];
    for part in parts {
        let log = json("ocel", part);
        ocel::check(&log);
        assert!(!list(&log["events"]).is_empty(), "{part:?}");
    }
    let log = json("ocel", parts[1]);
    for event in list(&log["events"]) {
        let relations = list(&event["relationships"]);
        assert!(relations.iter().any(|one| one["objectId"] == "driver/7" || one["objectId"] == "car/7"), "{event}");
    }
}

#[test]
fn actors_that_are_cases_have_what_was_decided_while_they_were_open() {
    let copied = Copied::new();
    let words = ["run", "scenarios/mechanisms/actions.ron", "--policy", "whole", "--replications", "1", "--trace", "day.trace"];
    assert!(!copied.done(&words).is_empty());
    let log: Value = serde_json::from_str(&copied.done(&["export", "day.trace", "--to", "ocel", "--out", "-"])).expect("JSON");
    ocel::check(&log);
    let lines = copied.done(&["replay", "day.trace", "--format", "ndjson"]);
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kind = list(&records[0]["kinds"]).iter().position(|kind| kind == "case").expect("a kind of cases");
    // From birth to end, by actor: whose it is and from when to when.
    let mut cases: BTreeMap<u64, (Value, u64, u64)> = BTreeMap::new();
    for record in &records[1..] {
        let at = record["at"].as_u64().expect("a moment");
        if record["what"] == "spawn" && record["actor"]["kind"] == kind {
            let id = record["actor"]["id"].as_u64().expect("a number");
            cases.insert(id, (record["parent"].clone(), at, u64::MAX));
        } else if record["what"] == "end" {
            let id = record["actor"].as_u64().expect("a number");
            cases.entry(id).and_modify(|case| case.2 = at);
        }
    }
    assert_eq!(count(list(&log["objects"]), "type")["case"], cases.len() as u64, "no case but those that are actors");
    // Each decision about somebody belongs to the cases of theirs that are open, strictly between birth and end.
    let decisions = records.iter().filter(|record| record["what"] == "decision");
    let events = list(&log["events"]).iter().filter(|event| word(&event["type"]).starts_with("decision "));
    let mut belonging = 0;
    for (decision, event) in decisions.zip(events) {
        let at = decision["at"].as_u64().expect("a moment");
        let open = cases.values().filter(|(whose, from, to)| *whose == decision["profile"] && *from < at && at < *to).count();
        let told = list(&event["relationships"]).iter().filter(|one| one["qualifier"] == "case").count();
        assert!(told >= open, "{event}");
        belonging += open;
    }
    assert!(belonging > 20, "{belonging}");
}

/// Opens the log given as an argument and says, as JSON, what is in it.
const PM4PY: &str = r#"
import contextlib, io, json, sys, warnings
warnings.filterwarnings("ignore")
said = io.StringIO()
with contextlib.redirect_stdout(said):
    import pm4py
    log = pm4py.read_ocel2_json(sys.argv[1])
    flat = pm4py.ocel_flattening(log, "driver")
    graph, begins, ends = pm4py.discover_dfg(flat)
    cases = pm4py.ocel_flattening(log, "case")
    objects = pm4py.discover_ocdfg(log)
print(json.dumps({
    "events": log.events["ocel:activity"].value_counts().to_dict(),
    "objects": log.objects["ocel:type"].value_counts().to_dict(),
    "relations": len(log.relations),
    "changes": len(log.object_changes),
    "graph": sum(graph.values()), "edges": len(graph),
    "flat": len(flat), "people": int(flat["case:concept:name"].nunique()),
    "cases": int(cases["case:concept:name"].nunique()),
    "types": sorted(objects["object_types"]),
    "first": str(log.events["ocel:timestamp"].min()),
}))
"#;

#[test]
fn an_event_log_opens_in_pm4py() {
    let Some(python) = python::pm4py() else {
        return;
    };
    let file = folder().join("export-town.ocel.json");
    // States too, so that objects change; only objects with events, since pm4py drops those without.
    let part = ["--what", "message", "--what", "note", "--what", "decision", "--what", "contact", "--what", "state"];
    let name = file.to_string_lossy();
    done(&[&["export", town(), "--out", &name], &part[..], &NOISE].concat());
    let log: Value = serde_json::from_slice(&fs::read(&file).expect("the log")).expect("JSON");
    let output = Command::new(python).args(["-c", PM4PY]).arg(&file).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let counts = |value: &Value| -> BTreeMap<String, u64> { serde_json::from_value(value.clone()).expect("counts") };
    let (events, objects) = (list(&log["events"]), list(&log["objects"]));
    assert_eq!(counts(&told["events"]), count(events, "type"));
    assert_eq!(counts(&told["objects"]), count(objects, "type"));
    let pairs = events.iter().map(|event| {
        let related = list(&event["relationships"]).iter().map(|one| word(&one["objectId"]));
        related.collect::<BTreeSet<&str>>().len()
    });
    assert_eq!(told["relations"].as_u64(), Some(pairs.sum::<usize>() as u64), "an event and an object are a pair once");
    assert!(told["changes"].as_u64() > Some(1000), "objects change: {told}");
    // The drivers' days: a graph in which each edge is a step of one person from one event to the next.
    let number = |key: &str| told[key].as_u64().expect("a number");
    assert_eq!(number("graph"), number("flat") - number("people"), "all events but the first of each person");
    assert!(number("edges") > 20 && number("people") == 120, "{told}");
    assert_eq!(number("cases"), count(objects, "type")["case"]);
    assert!(list(&told["types"]).contains(&Value::from("driver")), "{told}");
    assert!(word(&told["first"]).starts_with("2026-11-02 "), "{told}");
}

/// Slices of each thread: begin and end, in the order of the file.
fn threads(events: &[Value]) -> BTreeMap<(u64, u64), Vec<(f64, f64)>> {
    let mut threads: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let number = |key: &str| event[key].as_f64().unwrap_or_else(|| panic!("no {key}: {event}"));
        let (from, length) = (number("ts"), number("dur"));
        assert!(from >= 0.0 && length >= 0.0, "{event}");
        let thread = (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"));
        threads.entry(thread).or_default().push((from, from + length));
    }
    threads
}

#[test]
fn slices_of_a_timeline_lie_within_one_another() {
    let document = json("chrome", &NOISE);
    let events = list(&document["traceEvents"]);
    let threads = threads(events);
    let mut nested = 0;
    for ((pid, tid), mut slices) in threads.clone() {
        // As viewers do: by begin, the longer first. A microsecond's last digits are lost in sums of floats.
        slices.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut open: Vec<f64> = Vec::new();
        for (from, to) in slices {
            while open.last().is_some_and(|end| *end <= from + 0.002) {
                open.pop();
            }
            nested += usize::from(!open.is_empty());
            assert!(open.last().is_none_or(|end| to <= *end + 0.002), "a slice ends behind the one around it: {pid} {tid}");
            open.push(to);
        }
    }
    assert!(nested > 100, "states inside states are slices inside slices");
    let names = |what: &str| events.iter().filter(|event| event["ph"] == "M" && event["name"] == what).count();
    assert_eq!(names("thread_name"), threads.len(), "each thread has its name, and something on it");
    assert!(names("process_name") >= 6);
    let named: BTreeSet<&str> =
        events.iter().filter(|event| event["name"] == "thread_name").map(|event| word(&event["args"]["name"])).collect();
    for name in ["driver/0", "driver/0 trouble", "car/0", "dealer/0"] {
        assert!(named.contains(name), "{name} is not among {named:?}");
    }
    assert!(!named.contains("driver/20"), "the first twenty of each kind");
}

#[test]
fn arrows_of_a_timeline_go_forward_from_one_thread_to_another() {
    let document = json("chrome", &[]);
    let events = list(&document["traceEvents"]);
    let ends = |phase: &str| -> BTreeMap<u64, (f64, u64)> {
        let these = events.iter().filter(|event| event["ph"] == phase);
        these.map(|e| (e["id"].as_u64().unwrap(), (e["ts"].as_f64().unwrap(), e["tid"].as_u64().unwrap()))).collect()
    };
    let (begins, arrivals) = (ends("s"), ends("f"));
    assert!(begins.len() > 20 && begins.keys().eq(arrivals.keys()), "{} arrows", begins.len());
    for (begin, end) in begins.values().zip(arrivals.values()) {
        assert!(begin.0 <= end.0 && begin.1 != end.1);
    }
}

#[test]
fn decisions_are_marks_of_who_decides() {
    let records = records();
    let decision = records.iter().find(|record| record["what"] == "decision").expect("a decision");
    let actor = list(&records[0]["actors"]).iter().find(|actor| actor["id"] == decision["agent"]).expect("who decides");
    let own = records.iter().filter(|record| record["what"] == "decision" && record["agent"] == decision["agent"]).count();
    let document = json("chrome", &["--actor", word(&actor["name"])]);
    let marks: Vec<&Value> = list(&document["traceEvents"]).iter().filter(|event| event["cat"] == "decision").collect();
    assert_eq!(marks.len(), own);
    assert!(marks.iter().all(|mark| mark["ph"] == "i" && mark["s"] == "t"));
    assert_eq!((&marks[0]["name"], &marks[0]["args"]["place"]), (&decision["rule"], &decision["place"]));
    assert_eq!(marks[0]["ts"].as_f64(), decision["at"].as_f64().map(|ns| ns / 1e3));
}

#[test]
fn a_timeline_of_one_actor_has_its_threads_alone() {
    let document = json("chrome", &["--actor", "driver/30", "--from", "2d", "--to-time", "3d"]);
    let events = list(&document["traceEvents"]);
    let day = 86_400e6;
    for (thread, slices) in threads(events) {
        for (from, to) in slices {
            assert!(2.0 * day <= from && to <= 3.0 * day, "{thread:?}: {from} to {to}");
        }
    }
    let named = events.iter().filter(|event| event["name"] == "thread_name").map(|event| word(&event["args"]["name"]));
    let named: Vec<&str> = named.collect();
    assert!(named.contains(&"driver/30") && named.iter().all(|name| name.starts_with("driver/30")), "{named:?}");
}

#[test]
fn journeys_lie_where_the_trace_says_and_in_andorra() {
    let map = json("geojson", &["--what", "move"]);
    assert_eq!(map["type"], "FeatureCollection");
    assert!(map.get("crs").is_none());
    let moves: Vec<Value> = records().into_iter().filter(|record| record["what"] == "move").collect();
    let features = list(&map["features"]);
    assert_eq!(features.len(), moves.iter().filter(|one| !list(&one["path"]).is_empty()).count());
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for feature in features {
        assert_eq!((&feature["type"], &feature["geometry"]["type"]), (&"Feature".into(), &"LineString".into()));
        let (points, properties) = (list(&feature["geometry"]["coordinates"]), &feature["properties"]);
        let times: Vec<f64> = list(&properties["times"]).iter().map(|time| time.as_f64().expect("seconds")).collect();
        assert!(points.len() >= 2 && points.len() == times.len() && times.is_sorted(), "{feature}");
        for point in points {
            let (lon, lat) = (point[0].as_f64().expect("a longitude"), point[1].as_f64().expect("a latitude"));
            // Andorra lies between 42.43 and 42.66 degrees north, 1.41 and 1.79 east; its map reaches a little beyond.
            assert!((42.40..42.70).contains(&lat) && (1.38..1.82).contains(&lon), "{lat}, {lon} is not in Andorra");
        }
        if properties["arrived"] == true {
            *lines.entry(points.iter().map(Value::to_string).collect()).or_default() += 1;
        }
    }
    // Each journey that was ended is in the trace, point by point, as often as on the map.
    for one in &moves {
        let place = |point: &Value| serde_json::json!([point["lon"], point["lat"]]).to_string();
        let path: String = list(&one["path"]).iter().map(place).collect();
        if let Some(left) = lines.get_mut(&path) {
            *left = left.saturating_sub(1);
        }
    }
    assert!(lines.len() > 100, "too few journeys end: {}", lines.len());
    assert!(lines.values().all(|left| *left == 0), "journeys that the trace does not have");
    let bounds: Vec<f64> = list(&map["bbox"]).iter().map(|bound| bound.as_f64().expect("a bound")).collect();
    assert!(bounds[0] < bounds[2] && bounds[1] < bounds[3] && bounds[0] > 1.38 && bounds[3] < 42.70, "{bounds:?}");
}

#[test]
fn notes_are_points_where_the_actor_is() {
    let map = json("geojson", &["--name", "at_school"]);
    let features = list(&map["features"]);
    assert!(!features.is_empty(), "nobody comes to school");
    for feature in features {
        assert_eq!((&feature["geometry"]["type"], &feature["properties"]["name"]), (&"Point".into(), &"at_school".into()));
        assert!(feature["properties"]["late [s]"].is_number(), "{feature}");
    }
}

#[test]
fn texts_stay_out_unless_they_are_asked_for() {
    let copied = Copied::new();
    let words =
        ["run", "tests/fixtures/newsletter.ron", "--policy", "eager", "--replications", "1", "--trace", "day.trace", "--texts"];
    assert!(!copied.done(&words).is_empty());
    let lines = copied.done(&["replay", "day.trace", "--format", "ndjson"]);
    let mut records = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let written = records.find(|record| record["what"] == "written").expect("a text");
    let text = Value::from(word(&written["text"])).to_string();
    for format in ["ocel", "chrome"] {
        let holds =
            |more: &[&str]| copied.done(&[&["export", "day.trace", "--to", format, "--out", "-"], more].concat()).contains(&text);
        assert!(!holds(&[]) && holds(&["--texts"]), "{format}: {text}");
    }
}

#[test]
fn the_same_trace_gives_the_same_bytes() {
    for format in ["ocel", "chrome", "geojson"] {
        let file = folder().join(format!("export-same.{format}"));
        done(&[&["export", town(), "--to", format, "--out", &file.to_string_lossy()], &NOISE[..]].concat());
        assert!(fs::read(&file).expect("the file") == exported(format, &NOISE), "{format}");
    }
}

/// A folder with a short trace of its own.
fn boilers() -> Copied {
    let copied = Copied::new();
    let result = copied.done(&["run", "tests/fixtures/boilers.ron", "--trace", "day.trace", "--format", "json"]);
    assert!(result.contains("\"schema\""));
    copied
}

fn names(copied: &Copied) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(copied.path("")).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().into()).collect()
}

#[test]
fn what_cannot_be_exported_is_said_and_nothing_is_written() {
    let copied = boilers();
    let whole = fs::read(copied.path("day.trace")).expect("the trace");
    copied.write("cut.trace", &whole[..whole.len() * 2 / 3]);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    copied.write("damaged.trace", &damaged);
    copied.write("none.trace", b"no trace");
    copied.write("there.geojson", b"as it was");
    let before = names(&copied);
    let refused = |words: &str, part: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        let said = copied.refused(&words);
        assert!(said.contains(part), "{words:?}: {said}");
    };
    refused("export day.trace --out day.json", "the name day.json tells no format: end it in .ocel.json, ");
    refused("export day.trace --out -", "add `--to FORMAT`");
    refused("export day.trace --to oecl --out a", "a similar value exists: 'ocel'");
    refused("export day.trace --out a.geojson --sample 3", "`--sample` is for timelines, and this is to be GeoJSON");
    refused("export day.trace --out a.geojson --what written", "add `--texts`");
    refused("export day.trace --out a.geojson --kind bioler", "did you mean `boiler`?");
    refused("export day.trace --out a.geojson --actor boiler/999", "no actor is called `boiler/999`");
    refused("export day.trace --out a.geojson --from soon", "time `soon` is not understood");
    refused("export day.trace --out a.geojson --from 3d --to-time 2d", "`--to-time` lies before `--from`");
    refused("export day.trace --out no/such/a.geojson", "no/such/a.geojson cannot be written");
    refused("export day.trace --to geojson --out tests", "tests is no plain file");
    refused("export day.trace --to geojson --out ./day.trace", "would replace the trace it comes from");
    refused("export missing.trace --out a.geojson", "missing.trace cannot be read");
    refused("export none.trace --out a.geojson", "this is not a trace");
    refused("export damaged.trace --out there.geojson", "is damaged");
    refused("export cut.trace --out there.geojson", "add `--partial`");
    assert_eq!(fs::read(copied.path("there.geojson")).expect("the file"), b"as it was");
    assert_eq!(names(&copied), before);
    let partial = copied.done(&["export", "cut.trace", "--to", "ocel", "--out", "-", "--partial"]);
    ocel::check(&serde_json::from_str(&partial).expect("JSON"));
}

#[test]
fn a_format_that_was_left_out_says_how_to_get_it() {
    let copied = boilers();
    let cases: [(&[&str], &str, &str, &[u8]); 3] = [
        (&["export", "day.trace", "--out", "a.parquet"], "a.parquet", "parquet", b"PAR1"),
        (&["run", "tests/fixtures/boilers.ron", "--export", "b.parquet"], "b.parquet", "parquet", b"PAR1"),
        (&["run", "tests/fixtures/boilers.ron", "--export", "c.sqlite"], "c.sqlite", "sqlite", b"SQLite format 3\0"),
    ];
    for (words, file, feature, mark) in cases {
        let output = copied.command().args(words).output().expect("the command starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            // The command under test was built with it.
            assert!(fs::read(copied.path(file)).expect("the file").starts_with(mark), "{file}");
        } else {
            let remedy = format!("`cargo build --release -p rehearsal-cli --features {feature}`");
            assert!(output.status.code() == Some(2) && said.contains(&remedy), "{said}");
            assert!(!said.contains("running"), "it is said before the runs: {said}");
            assert!(!copied.path(file).exists());
        }
    }
}

#[test]
fn results_have_every_single_run() {
    let copied = Copied::new();
    let mut words = vec!["run", "scenarios/broken-down-car", "--replications", "3", "--format", "json"];
    TOWN[..4].iter().for_each(|setting| words.extend(["--set", setting]));
    words.extend(["--set", "scenario.length=5d", "--export", "runs.csv", "--export", "runs.json"]);
    let result: Value = serde_json::from_str(&copied.done(&words)).expect("JSON");
    let table = fs::read_to_string(copied.path("runs.csv")).expect("the table");
    let (head, rows) = table.split_once('\n').expect("a header");
    assert_eq!(head, "policy,replication,measure,segment,value,unit");
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split(',').collect()).collect();
    let policies = list(&result["policies"]);
    let measures = policies[0]["measures"].as_object().expect("measures");
    let segments = measures.values().next().map_or(0, |one| one["segments"].as_object().expect("segments").len());
    assert_eq!(rows.len(), policies.len() * 3 * measures.len() * (segments + 1));
    // The means of the result are those of the runs.
    let mut compared = 0;
    for policy in policies {
        for (name, measure) in policy["measures"].as_object().expect("measures") {
            let own = |row: &&Vec<&str>| policy["name"] == row[0] && name == row[2] && row[3] == "all";
            let values: Vec<f64> = rows.iter().filter(own).filter_map(|row| row[4].parse().ok()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            if let Some(said) = measure["mean"].as_f64() {
                assert!((mean - said).abs() <= 1e-9 * said.abs().max(1.0), "{name}: {mean} against {said}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared}");
    let document: Value = serde_json::from_str(&fs::read_to_string(copied.path("runs.json")).expect("a file")).expect("JSON");
    assert_eq!(list(&document["runs"]).len(), policies.len() * 3);
    for (key, value) in result.as_object().expect("an object") {
        assert_eq!(&document[key], value, "{key} is as in `--format json`");
    }
    let refused = copied.refused(&["run", "tests/fixtures/boilers.ron", "--export", "no/such/runs.csv"]);
    assert!(refused.contains("no/such/runs.csv cannot be written") && !refused.contains("running"), "{refused}");
}
