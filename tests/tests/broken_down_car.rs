//! The scenario of the broken-down car as a whole: the same bytes on every way, only the policy differs, and what it says.
//!
//! Most tests run a fifth of its people for some days; what the story says is looked at once, at its full size, with the
//! four replications that its differences take to stand out of their intervals.

use rehearsal_tests::{Copied, rehearsal};
use rehearsal_trace::{Reader, Value as Carried, What};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Output;
use std::sync::OnceLock;

const CAR: &str = "scenarios/broken-down-car";

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

const DAY: u64 = 86_400_000_000_000;
const HOUR: u64 = DAY / 24;

/// Few people, two replications, ten days, as JSON.
fn few<'w>(more: &[&'w str]) -> Vec<&'w str> {
    let length = ["--set", "scenario.length=10d", "--replications", "2", "--format", "json"];
    [&["run", CAR], FEWER.as_slice(), &length, more].concat()
}

fn ran(words: &[&str]) -> Output {
    let output = rehearsal().args(words).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn json(words: &[&str]) -> Value {
    serde_json::from_slice(&ran(words).stdout).expect("standard output is one document of JSON and nothing else")
}

/// The run of few people that others are compared with.
fn plain() -> &'static Vec<u8> {
    static PLAIN: OnceLock<Vec<u8>> = OnceLock::new();
    PLAIN.get_or_init(|| ran(&few(&["--jobs", "1"])).stdout)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value} is no object")).keys().map(String::as_str).collect()
}

/// What a policy came to, and its measures.
fn policy<'v>(results: &'v Value, name: &str) -> &'v Value {
    let policies = results["policies"].as_array().expect("policies");
    &policies.iter().find(|policy| policy["name"] == name).unwrap_or_else(|| panic!("no policy {name}"))["measures"]
}

#[test]
fn threads_change_no_byte() {
    assert_eq!(text(&ran(&few(&["--jobs", "2"])).stdout), text(plain()));
}

#[test]
fn the_result_has_the_schema_it_names_and_nothing_else() {
    let results: Value = serde_json::from_slice(plain()).expect("JSON");
    assert_eq!(
        keys(&results),
        ["schema", "scenario", "seed", "replications", "policies", "differences", "pairs", "value", "ending"]
    );
    assert_eq!(results["schema"], "rehearsal.run/1");
    assert_eq!(results["scenario"], "broken-down-car");
    let interval = |value: &Value| {
        assert!(value["mean"].is_null() || value["mean"].is_f64(), "{value}");
        assert!(value["ci"].is_null() || value["ci"].as_array().is_some_and(|ends| ends.len() == 2), "{value}");
    };
    let policies = results["policies"].as_array().expect("policies");
    for policy in policies {
        assert_eq!(keys(policy), ["name", "measures"]);
        for measure in policy["measures"].as_object().expect("measures").values() {
            assert_eq!(keys(measure), ["mean", "ci", "unit", "better", "segments"]);
            interval(measure);
            assert_eq!(keys(&measure["segments"]), ["family", "commuter", "retired", "fleet"]);
            for segment in measure["segments"].as_object().expect("segments").values() {
                assert_eq!(keys(segment), ["mean", "ci"]);
                interval(segment);
            }
        }
    }
    let differences = results["differences"].as_array().expect("differences");
    let measures = keys(&policies[0]["measures"]).len();
    assert_eq!(differences.len(), (policies.len() - 1) * measures);
    for difference in differences {
        assert_eq!(keys(difference), ["policy", "baseline", "measure", "mean", "ci", "p", "correlation", "saved", "verdict"]);
        assert_eq!(difference["baseline"], "reactive");
        interval(difference);
    }
}

#[test]
fn another_seed_is_another_luck() {
    let (one, other): (Value, Value) = (serde_json::from_slice(plain()).expect("JSON"), json(&few(&["--seed", "2027"])));
    assert_eq!(other["seed"], 2027);
    assert_ne!(policy(&one, "reactive")["satisfaction"], policy(&other, "reactive")["satisfaction"]);
}

#[test]
fn csv_says_what_json_says() {
    let results: Value = serde_json::from_slice(plain()).expect("JSON");
    let words: Vec<&str> = few(&[]).into_iter().map(|word| if word == "json" { "csv" } else { word }).collect();
    let csv = text(&ran(&words).stdout);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("policy,measure,segment,mean,ci_low,ci_high,unit,n"));
    let mut rows = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let &[of, measure, segment, mean, low, high, unit, _] = cells.as_slice() else { panic!("{line}") };
        let whole = &policy(&results, of)[measure];
        let found = if segment == "all" { whole } else { &whole["segments"][segment] };
        let number = |cell: &str| if cell.is_empty() { None } else { Some(cell.parse::<f64>().expect("a number")) };
        assert_eq!(number(mean), found["mean"].as_f64(), "{line}");
        assert_eq!((number(low), number(high)), (found["ci"][0].as_f64(), found["ci"][1].as_f64()), "{line}");
        assert_eq!(unit, whole["unit"], "{line}");
        rows += 1;
    }
    assert_eq!(rows, 3 * keys(policy(&results, "reactive")).len() * 5);
}

#[test]
fn without_loaners_only_those_who_lend_differ() {
    let with: Value = serde_json::from_str(&traced().result).expect("JSON");
    let without = json(&[&["run", CAR], FEWER.as_slice(), &TRACED, &["--set", "dealer.loaners=0"]].concat());
    assert!(policy(&with, "proactive")["loaner_use"]["mean"].as_f64().is_some_and(|use_of| use_of > 0.0));
    for name in ["reactive", "proactive", "chatty"] {
        assert_eq!(policy(&without, name)["loaner_use"]["mean"].as_f64().unwrap_or(0.0), 0.0, "{name}");
    }
    let rest = |results: &Value| {
        let mut measures = policy(results, "reactive").as_object().expect("measures").clone();
        measures.remove("loaner_use");
        measures
    };
    assert_eq!(rest(&with), rest(&without));
    assert_ne!(policy(&with, "proactive"), policy(&without, "proactive"));
}

/// The results of a copy of the scenario after a change, which draws more and does the same.
fn after(change: impl FnOnce(&Copied)) -> String {
    let copied = Copied::new();
    change(&copied);
    copied.done(&few(&[]))
}

#[test]
fn a_policy_that_draws_more_meets_the_same_people() {
    let drawing = after(|copied| {
        for name in ["proactive", "chatty"] {
            let file = format!("{CAR}/policies/{name}.ron");
            let whole = std::fs::read_to_string(copied.path(&file)).expect("a policy");
            let draws = whole.matches("do: [").count();
            assert!(draws >= 3, "{name} has {draws} rules");
            let more = whole.replace("do: [", "do: [Let(more_luck: \"uniform(0.0, 1.0)\"), ");
            copied.write(&file, more.replace("process: [", "process: [Let(more_luck: \"uniform(0.0, 1.0)\"), ").as_bytes());
        }
    });
    assert_eq!(drawing, text(plain()));
}

#[test]
fn a_state_that_is_never_entered_changes_nobodys_luck() {
    let added = after(|copied| {
        let never = "never: State(entry: [Let(more_luck: \"weibull(1.2, 330d)\"), Set(worn: \"gamma(2.0, 0.2)\")]),\n            healthy: State(after";
        copied.edit(&format!("{CAR}/family.ron"), "healthy: State(after", never);
    });
    assert_eq!(added, text(plain()));
}

#[test]
fn an_option_that_is_not_there_is_the_callers_fault() {
    let said = Copied::new().refused(&["run", CAR, "--replicatoins", "2"]);
    assert!(said.contains("--replications"), "the nearest is named: {said}");
}

/// Traces of 21 days of few people under each policy, and the result of the run that wrote them.
struct Traced {
    folder: tempfile::TempDir,
    result: String,
}

impl Traced {
    fn file(&self, policy: &str) -> String {
        self.folder.path().join(format!("{policy}.trace")).to_string_lossy().into_owned()
    }

    fn reader(&self, policy: &str) -> Reader {
        Reader::open(self.file(policy)).expect("a whole trace")
    }
}

const TRACED: [&str; 6] = ["--set", "scenario.length=21d", "--replications", "1", "--format", "json"];

fn traced() -> &'static Traced {
    static TRACES: OnceLock<Traced> = OnceLock::new();
    TRACES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = folder.path().join("{policy}.trace").to_string_lossy().into_owned();
        let words = [&["run", CAR], FEWER.as_slice(), &TRACED, &["--trace", &files]].concat();
        let result = text(&ran(&words).stdout);
        Traced { folder, result }
    })
}

#[test]
fn to_record_a_run_does_not_change_it() {
    let untraced = text(&ran(&[&["run", CAR], FEWER.as_slice(), &TRACED].concat()).stdout);
    assert_eq!(untraced, traced().result);
}

#[test]
fn a_recorded_day_can_be_told_listed_and_drawn() {
    let file = traced().file("proactive");
    let story = text(&ran(&["replay", &file, "--actor", "driver/3"]).stdout);
    assert!(story.starts_with("driver/3, driver of segment family - Engine light on the school run"), "{story}");
    assert!(story.lines().filter(|line| line.contains("state     day: home -> ")).count() >= 10, "{story}");
    let lines = text(&ran(&["replay", &file, "--actor", "driver/3", "--format", "ndjson"]).stdout);
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON on each line")).collect();
    assert_eq!(records[0]["what"], "header");
    assert!(records.len() > 100 && records[1..].is_sorted_by_key(|record| record["at"].as_u64()));
    let map = traced().folder.path().join("noon.svg");
    ran(&["replay", &file, "--map", &map.to_string_lossy(), "--at", "2026-11-05 12:00"]);
    let drawn = std::fs::read_to_string(&map).expect("a map");
    assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
    let unknown = rehearsal().args(["replay", &file, "--actor", "drivr/1"]).output().expect("the command starts");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("the nearest are driver/1,"), "{}", text(&unknown.stderr));
}

#[test]
fn an_actor_that_is_nobody_is_a_fault_of_the_caller() {
    let unknown = rehearsal().args(["replay", &traced().file("reactive"), "--actor", "nobody/1"]).output().expect("it starts");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.stdout.is_empty() && text(&unknown.stderr).contains("nobody/1"), "{}", text(&unknown.stderr));
}

#[test]
fn a_trace_that_was_cut_off_is_read_as_far_as_it_goes_or_refused() {
    let whole = std::fs::read(traced().file("reactive")).expect("a trace");
    let file = traced().folder.path().join("cut.trace");
    for part in [0, 5, 40, 1000, whole.len() / 3, whole.len() - 1] {
        std::fs::write(&file, &whole[..part]).expect("a file");
        let output = rehearsal().args(["replay", &file.to_string_lossy(), "--actor", "driver/3"]).output().expect("it starts");
        let said = text(&output.stderr);
        assert!(!said.contains("panicked"), "cut at byte {part}: {said}");
        match output.status.code() {
            Some(0) => assert!(said.starts_with("note: ") && !output.stdout.is_empty(), "cut at byte {part}: {said}"),
            Some(2) => assert!(said.starts_with("error: "), "cut at byte {part}: {said}"),
            other => panic!("cut at byte {part}: exit code {other:?}: {said}"),
        }
    }
}

/// Metres between two places, near enough for some kilometres.
fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let radius = 6_371_000.0;
    let north = (b.0 - a.0).to_radians() * radius;
    let east = (b.1 - a.1).to_radians() * radius * a.0.to_radians().cos();
    north.hypot(east)
}

#[test]
fn nobody_drives_faster_than_cars_can() {
    let reader = traced().reader("proactive");
    let (mut journeys, mut fastest) = (0, 0.0f64);
    for record in reader.records() {
        let What::Move { arrive, path, .. } = record.expect("a record").what else { continue };
        journeys += 1;
        assert_eq!(path.last().map(|last| last.at), Some(arrive));
        for pair in path.windows(2) {
            let way = metres((pair[0].lat, pair[0].lon), (pair[1].lat, pair[1].lon));
            let seconds = (pair[1].at - pair[0].at) as f64 / 1e9;
            // positions are rounded to 1 cm
            assert!(way <= 0.05 + 130.0 / 3.6 * seconds * 1.001, "{way} m in {seconds} s");
            if way > 100.0 {
                fastest = fastest.max(way / seconds * 3.6);
            }
        }
    }
    assert!(journeys > 10_000, "{journeys} journeys");
    assert!(fastest > 50.0, "somebody drives on a main road: {fastest} km/h at most");
}

#[test]
fn nobody_is_contacted_without_consent_and_those_who_agreed_are() {
    for policy in ["proactive", "chatty"] {
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for record in traced().reader(policy).records() {
            let What::Contact(contact) = record.expect("a record").what else { continue };
            let consent = contact.gates.iter().find(|gate| gate.gate == "consent").expect("consent is asked first");
            assert_eq!(contact.gates[0].gate, "consent");
            match contact.outcome.as_str() {
                "sent" | "unheard" => assert!(contact.gates.iter().all(|gate| gate.passed), "{contact:?}"),
                "refused" | "deferred" => assert!(contact.gates.iter().any(|gate| !gate.passed), "{contact:?}"),
                other => panic!("an outcome `{other}`"),
            }
            assert!(consent.passed || contact.outcome == "refused", "{contact:?}");
            *outcomes.entry(contact.outcome).or_default() += 1;
        }
        assert!(outcomes.get("sent").is_some_and(|sent| *sent >= 5), "{policy}: {outcomes:?}");
        assert!(policy != "chatty" || outcomes.get("refused").is_some_and(|refused| *refused >= 5), "{policy}: {outcomes:?}");
    }
}

#[test]
fn what_is_booked_lies_within_opening_hours() {
    let mut booked = 0;
    for policy in ["reactive", "proactive", "chatty"] {
        for record in traced().reader(policy).records() {
            let What::Message { name, fields, .. } = record.expect("a record").what else { continue };
            if name != "booked" {
                continue;
            }
            let Some((_, Carried::List(slot))) = fields.iter().find(|(name, _)| name == "slot") else { panic!("{fields:?}") };
            let [Carried::Time(start), Carried::Quantity(seconds, _)] = slot.as_slice() else { panic!("{slot:?}") };
            let end = start + (seconds * 1e9) as u64;
            // The story begins on a Monday at midnight.
            assert!(start / DAY % 7 < 5, "day {} of the story", start / DAY);
            assert!(start % DAY >= 8 * HOUR && end <= start / DAY * DAY + 18 * HOUR, "{start} to {end}");
            booked += 1;
        }
    }
    assert!(booked >= 10, "{booked} appointments");
}

#[test]
fn the_story_of_the_whole_town() {
    let results = json(&["run", CAR, "--replications", "4", "--format", "json"]);
    let differences = results["differences"].as_array().expect("differences");
    let stands_out = |policy: &str, measure: &str, more: bool| {
        let found = differences.iter().find(|found| found["policy"] == policy && found["measure"] == measure);
        let ends = found.and_then(|found| Some((found["ci"][0].as_f64()?, found["ci"][1].as_f64()?)));
        let (low, high) = ends.unwrap_or_else(|| panic!("{policy} and the baseline have no difference in {measure}"));
        assert!(if more { low > 0.0 } else { high < 0.0 }, "{policy}, {measure}: from {low} to {high}");
    };
    // Who acts first spares breakdowns, waiting and calls, and pays with messages.
    for measure in ["breakdowns", "light_to_knowing", "tow_wait", "calls"] {
        stands_out("proactive", measure, false);
    }
    stands_out("proactive", "satisfaction", true);
    stands_out("proactive", "contacts", true);
    // Who writes at every warm reading annoys, and is asked to stop.
    stands_out("chatty", "satisfaction", false);
    stands_out("chatty", "value_kept", false);
    stands_out("chatty", "opt_outs", true);
    stands_out("chatty", "calls", true);
}
