//! A policy alone: it decides on a stream as it does in a rehearsal, keeps its state, and loses nothing to bad lines.

use rehearsal_tests::rehearsal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Output, Stdio};

const CAR: &str = "scenarios/broken-down-car";
const POLICY: &str = "scenarios/broken-down-car/policies/proactive.ron";

fn run(words: &[&str]) -> Output {
    rehearsal().args(words).output().expect("the command starts")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", err(output));
    let text = std::str::from_utf8(&output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn path<'a>(folder: &'a Path, name: &str) -> std::borrow::Cow<'a, str> {
    folder.join(name).to_string_lossy().into_owned().into()
}

fn event(id: u64, sort: &str, subject: &str, time: &str, data: Value) -> String {
    json!({
        "specversion": "1.0", "id": id.to_string(), "source": subject, "type": sort, "subject": subject, "time": time,
        "data": data,
    })
    .to_string()
}

fn write(folder: &Path, name: &str, lines: &[String]) -> String {
    fs::write(folder.join(name), lines.join("\n") + "\n").expect("a file is written");
    path(folder, name).into_owned()
}

/// A profile that is known, of a car.
fn car(id: &str) -> String {
    json!({ "id": id, "owner": "driver/1", "dealer": "dealer/1", "channel": "app" }).to_string()
}

/// The moment, `ns` after the story begins, as events have it.
fn moment(ns: u64) -> String {
    let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let (day, second) = (2 + seconds / 86_400, seconds % 86_400);
    format!("2026-11-{day:02}T{:02}:{:02}:{:02}.{rest:09}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// A value of a trace as an event carries it.
fn plain(value: &Value) -> Value {
    let Some((sort, value)) = value.as_object().and_then(|value| value.iter().next()) else { return Value::Null };
    match sort.as_str() {
        "quantity" => value[0].clone(),
        "time" => json!(moment(value.as_u64().expect("a moment"))),
        // The only list that cars and their drivers send is a slot.
        "list" => json!({ "start": plain(&value[0]), "span": plain(&value[1]) }),
        _ => value.clone(),
    }
}

/// The oracle is the rehearsal: what the minds of a recorded run heard is streamed to the policy alone.
#[test]
fn alone_it_decides_as_it_did_in_the_rehearsal() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = path(folder.path(), "car.trace");
    let ran =
        run(&["run", CAR, "--policy", "proactive", "--replications", "1", "--set", "scenario.length=8d", "--trace", &trace]);
    assert_eq!(ran.status.code(), Some(0), "{}", err(&ran));
    let records = lines(&run(&["replay", &trace, "--format", "ndjson"]));
    let heard = ["telemetry", "engine_light", "stranded", "repaired", "answered", "refused"];
    let mut minds = BTreeMap::new();
    let mut decided = Vec::new();
    for record in records.iter().filter(|record| record["what"] == "decision") {
        minds.insert(record["agent"].as_u64().expect("a mind"), ());
        let at = moment(record["at"].as_u64().expect("a time"));
        let read: BTreeMap<String, Value> = record["read"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|read| (read[0].as_str().expect("a name").to_owned(), plain(&read[1])))
            .collect();
        decided.push((at, record["agent"].to_string(), record["rule"].clone(), record["state"].clone(), json!(read)));
    }
    assert!(decided.len() > 20, "only {} decisions prove little", decided.len());
    let mut events = Vec::new();
    for record in records.iter().filter(|record| record["what"] == "message") {
        let (name, to) = (record["name"].as_str().expect("a name"), record["to"].as_u64().expect("an actor"));
        if !heard.contains(&name) || !minds.contains_key(&to) {
            continue;
        }
        let fields = record["fields"].as_array().expect("fields");
        let data = fields.iter().map(|field| (field[0].as_str().expect("a name").to_owned(), plain(&field[1]))).collect();
        let at = moment(record["at"].as_u64().expect("a time"));
        events.push(event(events.len() as u64, name, &to.to_string(), &at, Value::Object(data)));
    }
    let end = moment(records.last().expect("records")["at"].as_u64().expect("a time"));
    let profiles: Vec<String> = minds.keys().map(|mind| car(&mind.to_string())).collect();
    let (profiles, events) = (write(folder.path(), "p", &profiles), write(folder.path(), "e", &events));
    let alone = run(&["decide", POLICY, "--profiles", &profiles, "--events", &events, "--until", &end]);
    let found: Vec<_> = lines(&alone)
        .iter()
        .map(|said| {
            let data = &said["data"];
            let read = data["read"].as_object().cloned().unwrap_or_default();
            let value = |value: Value| match &value["value"] {
                Value::Null if value["start"].is_string() => json!({ "start": value["start"], "span": value["span"]["value"] }),
                Value::Null => value,
                number => number.clone(),
            };
            let read: BTreeMap<String, Value> = read.into_iter().map(|(name, read)| (name, value(read))).collect();
            let time = padded(said["time"].as_str().expect("a time"));
            (
                time,
                said["subject"].as_str().expect("a subject").to_owned(),
                data["rule"].clone(),
                data["from"].clone(),
                slots(&read),
            )
        })
        .collect();
    let decided: Vec<_> =
        decided.into_iter().map(|(at, mind, rule, state, read)| (at, mind, rule, state, slots(&from(read)))).collect();
    assert_eq!(found, decided);
}

fn from(read: Value) -> BTreeMap<String, Value> {
    read.as_object().expect("an object").clone().into_iter().collect()
}

/// With all moments written alike.
fn slots(read: &BTreeMap<String, Value>) -> Value {
    let value = |value: &Value| match value["start"].as_str() {
        Some(start) => json!({ "start": padded(start), "span": value["span"] }),
        None => value.clone(),
    };
    read.iter().map(|(name, read)| (name.clone(), value(read))).collect()
}

/// A moment with nine digits of fraction.
fn padded(time: &str) -> String {
    let time = time.trim_end_matches('Z');
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{whole}.{fraction:0<9}Z")
}

/// Eleven hot readings that rise, a minute apart, from 08:00 on; then the answer.
fn morning(subject: &str) -> Vec<String> {
    let reading = |minute: u64| {
        let data = json!({ "coolant": format!("{} °C", 101 + minute) });
        event(minute, "telemetry", subject, &format!("2026-11-05T08:{minute:02}:00Z"), data)
    };
    let slot = json!({ "choice": { "start": "2026-11-09T10:00:00Z", "span": "2h" } });
    (0..11).map(reading).chain([event(11, "answered", subject, "2026-11-05T08:30:00Z", slot)]).collect()
}

#[test]
fn a_story_from_reading_to_booking() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = write(folder.path(), "p", &[car("car/17")]);
    let events = write(folder.path(), "e", &morning("car/17"));
    let output = run(&["decide", CAR, "--policy", "proactive", "--profiles", &profiles, "--events", &events]);
    let said = lines(&output);
    let rules: Vec<&Value> = said.iter().map(|said| &said["data"]["rule"]).collect();
    assert_eq!(rules, ["ten_hot_and_rising", "picked"]);
    assert_eq!(said[0]["subject"], "car/17");
    assert_eq!(said[0]["time"], "2026-11-05T08:09:00Z");
    assert_eq!(said[0]["data"]["read"]["hot"], 10);
    assert_eq!(said[0]["data"]["do"][1]["lever"], "OfferSlots");
    assert_eq!(said[0]["data"]["do"][1]["with"]["who"], "driver/1");
    assert_eq!(said[1]["data"]["lost"][0]["why"], "condition");
    assert_eq!(said[1]["data"]["do"][0]["with"]["slot"]["start"], "2026-11-09T10:00:00Z");
    assert!(err(&output).contains("12 events dealt with, 0 ignored, 0 repeated, 0 put aside; 2 decisions"), "{}", err(&output));
}

#[test]
fn cut_in_two_with_its_state_kept_it_decides_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = write(folder.path(), "p", &[car("car/17"), car("car/18")]);
    let morning: Vec<String> =
        morning("car/17").into_iter().chain([event(1, "engine_light", "car/18", "2026-11-05T09:00:00Z", json!({}))]).collect();
    let whole = write(folder.path(), "whole", &morning);
    let decide = |events: &str, state: &str, more: &[&str]| {
        let words = ["decide", POLICY, "--events", events, "--state", state].into_iter().chain(more.iter().copied());
        run(&words.collect::<Vec<_>>())
    };
    let until = ["--until", "2026-11-06T12:00:00Z"];
    let first = path(folder.path(), "first.state");
    let expected = decide(&whole, &first, &[&["--profiles", &profiles][..], &until].concat());
    let expected_lines = lines(&expected);
    // The silence of the driver is a decision by time.
    assert_eq!(expected_lines.last().expect("decisions")["data"]["rule"], "silence");
    for cut in [1, 5, 10, 12] {
        let state = path(folder.path(), &format!("{cut}.state"));
        let parts = [write(folder.path(), "a", &morning[..cut]), write(folder.path(), "b", &morning[cut..])];
        let mut found = lines(&decide(&parts[0], &state, &["--profiles", &profiles]));
        found.extend(lines(&decide(&parts[1], &state, &until)));
        assert_eq!(found, expected_lines, "cut at {cut}");
        assert_eq!(fs::read(&*state).unwrap(), fs::read(&*first).unwrap(), "cut at {cut}");
    }
}

#[test]
fn a_decision_is_told_while_the_stream_is_still_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = write(folder.path(), "p", &[car("car/17")]);
    let mut command = rehearsal();
    command.args(["decide", POLICY, "--profiles", &profiles, "--events", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut decide = command.spawn().expect("the command starts");
    let mut input = decide.stdin.take().expect("a pipe");
    for line in &morning("car/17")[..10] {
        writeln!(input, "{line}").expect("it reads");
    }
    input.flush().expect("it reads");
    let output = decide.stdout.take().expect("a pipe");
    let (first, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || first.send(BufReader::new(output).lines().next()));
    // As long as the pipe is open it waits for more; a minute stands for never.
    let line = told.recv_timeout(std::time::Duration::from_secs(60)).expect("a decision before the end of the stream");
    let said: Value = serde_json::from_str(&line.expect("a line").expect("text")).expect("JSON");
    assert_eq!(said["data"]["rule"], "ten_hot_and_rising");
    drop(input);
    decide.wait().expect("it ends");
}

#[test]
fn bad_lines_are_told_with_their_number_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = [car("car/17"), r#"{"id": "car/18", "colour": "red"}"#.into(), "[]".into()];
    let profiles = write(folder.path(), "p", &profiles);
    let mut events = morning("car/17");
    events.insert(1, "{".into());
    events.insert(2, event(90, "telemetry", "car/17", "2026-11-05T08:00:30Z", json!({ "coolant": "12 km" })));
    events.insert(3, event(91, "telemetry", "car/17", "2026-11-05T08:00:31Z", json!({})));
    events.insert(4, event(92, "telemetry", "car/99", "2026-11-05T08:00:32Z", json!({ "coolant": 99 })));
    events.insert(5, event(93, "telemetry", "car/17", "yesterday", json!({ "coolant": 99 })));
    events.insert(6, event(94, "weather", "car/17", "2026-11-05T08:00:33Z", json!({ "rain": true })));
    events.insert(7, events[0].clone());
    events.insert(8, event(95, "telemetry", "car/17", "2026-11-05T07:59:00Z", json!({ "coolant": 99 })));
    events.insert(9, r#"{"specversion": "0.3", "id": "1"}"#.into());
    let events = write(folder.path(), "e", &events);
    let rejects = path(folder.path(), "rejects");
    let output = run(&["decide", POLICY, "--profiles", &profiles, "--events", &events, "--rejects", &rejects]);
    assert_eq!(lines(&output).len(), 2, "{}", err(&output));
    let told = err(&output);
    for (file, number, why) in [
        ("p", 2, "the policy knows no `colour` of a profile; it knows owner, dealer, channel"),
        ("p", 3, "a profile is an object"),
        ("e", 2, "no JSON"),
        ("e", 3, "telemetry `90`: `coolant`: expected a number of °C, or a text such as \"3 °C\", found `12 km`"),
        ("e", 4, "telemetry `91`: `coolant`: it is missing"),
        ("e", 5, "there is no profile `car/99`"),
        ("e", 6, "`time`: expected a moment such as \"2026-11-05T08:02:10Z\", found `yesterday`"),
        ("e", 9, "late: it happened at 2026-11-05T07:59:00Z, and everything up to 2026-11-05T08:00:00Z is decided"),
        ("e", 10, "specversion is \"0.3\"; known is \"1.0\""),
    ] {
        let place = format!("{}:{number}: put aside: {why}", path(folder.path(), file));
        assert!(told.contains(&place), "{place}\n{told}");
    }
    assert!(told.contains("12 events dealt with, 1 ignored, 1 repeated, 9 put aside"), "{told}");
    assert_eq!(fs::read_to_string(&*rejects).expect("a file").lines().count(), 9);
}

#[test]
fn events_out_of_order_are_brought_into_order_within_the_span_that_is_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = write(folder.path(), "p", &[car("car/17")]);
    let mut events = morning("car/17");
    let straight = write(folder.path(), "straight", &events);
    events.swap(2, 4);
    events.swap(7, 8);
    events.push(event(99, "telemetry", "car/17", "2026-11-05T08:20:00Z", json!({ "coolant": 90 })));
    let mixed = write(folder.path(), "mixed", &events);
    let decide = |events: &str, late: &str| run(&["decide", POLICY, "--profiles", &profiles, "--events", events, "--late", late]);
    let expected = lines(&decide(&straight, "5min"));
    assert_eq!(expected.len(), 2);
    let output = decide(&mixed, "5min");
    assert_eq!(lines(&output), expected);
    assert!(err(&output).contains("mixed:13: put aside: late"), "{}", err(&output));
}

#[test]
fn two_policies_on_one_stream_part_where_they_do_different_things() {
    let folder = tempfile::tempdir().expect("a folder");
    let profiles = write(folder.path(), "p", &[car("car/17")]);
    let events = write(folder.path(), "e", &morning("car/17"));
    let output =
        run(&["decide", CAR, "--policy", "proactive", "--beside", "reactive", "--profiles", &profiles, "--events", &events]);
    let parted = lines(&output);
    assert_eq!(parted.len(), 2);
    assert_eq!(parted[0]["proactive"][0]["rule"], "ten_hot_and_rising");
    assert_eq!(parted[0]["reactive"], json!([]));
    assert!(err(&output).contains("part at 2"), "{}", err(&output));
    assert!(err(&output).contains("1  proactive: picked, reactive: nothing"), "{}", err(&output));
}

#[test]
fn decisions_are_marked_as_the_mode_says_and_a_canary_is_live_for_its_share() {
    let folder = tempfile::tempdir().expect("a folder");
    let cars: Vec<String> = (0..200).map(|number| format!("car/{number}")).collect();
    let profiles = write(folder.path(), "p", &cars.iter().map(|id| car(id)).collect::<Vec<_>>());
    let light = |id: &String| event(1, "engine_light", id, "2026-11-05T08:00:00Z", json!({}));
    let events = write(folder.path(), "e", &cars.iter().map(light).collect::<Vec<_>>());
    let live = |more: &[&str]| {
        let words = ["decide", POLICY, "--profiles", &profiles, "--events", &events].into_iter().chain(more.iter().copied());
        let said = lines(&run(&words.collect::<Vec<_>>()));
        assert_eq!(said.len(), 200);
        let live = said.iter().filter(|said| said["data"]["mode"] == "live").map(|said| said["subject"].clone());
        live.collect::<Vec<Value>>()
    };
    assert_eq!(live(&[]).len(), 200);
    assert_eq!(live(&["--mode", "shadow"]).len(), 0);
    let (tenth, half) = (live(&["--share", "10%"]), live(&["--share", "0.5"]));
    // 20 of 200 with a standard deviation of 4.2, and 100 with one of 7.1: four of those to either side.
    assert!((4..=37).contains(&tenth.len()) && (72..=128).contains(&half.len()), "{} and {}", tenth.len(), half.len());
    assert!(tenth.iter().all(|id| half.contains(id)), "a larger share contains a smaller one");
}

/// A policy whose first state divides by what is known of a profile.
const SHARES: &str = r#"[
    Scenario(title: "Shares", start: "2026-11-02 00:00", length: "1h", groups: { firms: Group(kind: firm, count: 1) }),
    Kind(name: firm, traits: { owners: Int(2) }, every: [(period: "10min", do: [Note(name: earned, with: (sum: 10))])]),
    Interface(about: firm, knows: { owners: Int("profile.owners") }, sees: { earned: Event(from: profile) }),
    Policy(name: share, initial: on, states: { on: State(
        process: [Note(name: each, with: (sum: "100 / owners"))],
        rules: [Rule(name: paid, on: earned, do: [Note(name: each, with: (sum: "event.sum / owners"))])],
    ) }),
]"#;

#[test]
fn a_profile_whose_beginning_fails_is_put_aside_and_leaves_no_trace_in_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = write(folder.path(), "scenario.ron", &[SHARES.to_owned()]);
    let profile = |id: &str, owners: i64| json!({ "id": id, "owners": owners }).to_string();
    let profiles = write(folder.path(), "p", &[profile("a", 2), profile("b", 0), profile("c", 5)]);
    let earned = |id: &str| event(1, "earned", id, "2026-11-05T08:00:00Z", json!({ "sum": 10 }));
    let events = write(folder.path(), "e", &["a", "b", "c"].map(earned));
    let output = run(&["decide", &scenario, "--policy", "share", "--profiles", &profiles, "--events", &events]);
    let said: Vec<(Value, Value)> =
        lines(&output).iter().map(|said| (said["subject"].clone(), said["data"]["do"][0]["with"]["sum"].clone())).collect();
    let expected = [("a", 50), ("c", 20), ("a", 5), ("c", 2)].map(|(id, sum)| (json!(id), json!(sum)));
    assert_eq!(said, expected);
    let told = err(&output);
    assert!(told.contains("p:2: put aside: the policy failed at scenario.ron:6:") && told.contains("zero"), "{told}");
    assert!(told.contains("e:2: put aside: there is no profile `b`"), "{told}");
    assert!(told.contains("on 2 profiles"), "{told}");
}

#[test]
fn a_state_of_another_policy_or_a_damaged_one_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (profiles, state) = (write(folder.path(), "p", &[car("car/17")]), path(folder.path(), "kept"));
    assert_eq!(run(&["decide", POLICY, "--profiles", &profiles, "--state", &state]).status.code(), Some(0));
    let kept = fs::read(&*state).expect("a file");
    let other = run(&["decide", CAR, "--policy", "chatty", "--state", &state]);
    assert_eq!(other.status.code(), Some(2), "{}", err(&other));
    for cut in [0, 7, 31, kept.len() - 1] {
        fs::write(&*state, &kept[..cut]).expect("a file");
        let output = run(&["decide", POLICY, "--state", &state]);
        assert_eq!(output.status.code(), Some(2), "cut at {cut}: {}", err(&output));
        assert_eq!(fs::read(&*state).expect("a file").len(), cut);
    }
    let mut damaged = kept.clone();
    let middle = damaged.len() / 2 + 20;
    damaged[middle] ^= 1;
    fs::write(&*state, &damaged).expect("a file");
    assert_eq!(run(&["decide", POLICY, "--state", &state]).status.code(), Some(2));
}

#[test]
fn what_is_not_there_is_named() {
    for (words, told) in [
        (&["decide", "scenarios/nowhere"][..], "there is no such file or folder"),
        (&["decide", CAR], "say which policy decides, with --policy: reactive, proactive, chatty"),
        (&["decide", CAR, "--policy", "proactiv"], "no policy is called `proactiv`; did you mean"),
        (&["decide", POLICY, "--events", "nowhere.ndjson"], "nowhere.ndjson cannot be read"),
        (&["decide", POLICY, "--profiles", "-", "--events", "-"], "cannot both come from standard input"),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(err(&output).contains(told), "{words:?}: {}", err(&output));
    }
}
