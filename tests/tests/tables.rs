//! Decision tables as policies use them: in a rehearsal, in shadow, alone on a stream, and in the record.

use rehearsal_tests::rehearsal;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;

/// Parcels that are late by 1 to 5 days, and a policy that makes amends by a table of its own.
const STORY: &str = r#"[
    Scenario(title: "Amends", start: "2026-01-05 00:00", length: "6d", groups: { parcels: Group(kind: parcel, count: 5) }),
    Kind(name: parcel, fields: { days: Number(0), given: Money("0 EUR") }, every: [(period: "1d", do: [
        Set(days: "days + 1.0"), Note(name: late, with: (days: days)),
    ])], on: { amends: [Set(given: "given + event.amount")] }),
    Procedure(name: Give, params: { amount: Value }, do: [Tell(to: profile, message: amends, with: (amount: amount))]),
    Interface(about: parcel, sees: { late: Event(from: profile) }, levers: [Give]),
    Policy(
        name: fair, initial: ready, params: { patience: 2.0 },
        tables: { amends: Table(
            takes: { days: Number }, gives: { amount: Money }, hit: priority,
            rows: [
                Row(name: late, if: "days > patience", give: (amount: "5 EUR"), priority: 1),
                Row(name: very_late, if: "days > 2.0 * patience", give: (amount: "20 EUR"), priority: 2),
            ],
        ) },
        states: { ready: State(rules: [Rule(name: late, on: late, do: [
            LookUp(in: amends, with: (days: "event.days"), as: due, else: [Refuse(in_time)]),
            Give(amount: "due.amount"),
        ])]) },
    ),
    Measures({ given: Final(of: given, over: parcel, unit: EUR) }),
    Experiment(replications: 1),
]"#;

fn run(folder: &Path, words: &[&str]) -> Output {
    fs::create_dir_all(folder.join("story")).expect("a folder");
    fs::write(folder.join("story/scenario.ron"), STORY).expect("a file");
    let mut command = rehearsal();
    let output = command.current_dir(folder).args(words).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn given(settings: &[&str]) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &[&["run", "--format", "json", "story"], settings].concat());
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    json["policies"][0]["measures"]["given"]["mean"].as_f64().expect("a figure")
}

#[test]
fn a_table_of_a_policy_reads_its_parameters_and_its_numbers_may_be_set() {
    // Late by 3 and 4 days, and very late by 5.
    assert_eq!(given(&[]), 5.0 + 5.0 + 20.0);
    assert_eq!(given(&["--set", "fair.patience=1"]), 5.0 + 20.0 + 20.0 + 20.0);
    assert_eq!(given(&["--set", "fair.amends.very_late.amount=50 EUR"]), 5.0 + 5.0 + 50.0);
    assert_eq!(given(&["--set", "fair.amends.very_late.priority=0"]), 15.0);
}

#[test]
fn the_record_says_which_row_decided() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["run", "story", "--trace", "day.trace"]);
    let said = lines(&run(folder.path(), &["replay", "--format", "ndjson", "day.trace"]));
    let looked: Vec<&Value> = said.iter().filter(|line| line["name"] == "looked_up").collect();
    // Five parcels, five days.
    assert_eq!(looked.len(), 25);
    let rows = |days: f64| {
        let of = |line: &&&Value| line["fields"][2] == json!(["days", { "number": days }]);
        looked.iter().find(of).expect("such a day")["fields"][1].clone()
    };
    assert_eq!(rows(1.0), json!(["rows", { "list": [] }]));
    assert_eq!(rows(3.0), json!(["rows", { "list": [{ "text": "late" }] }]));
    assert_eq!(rows(5.0), json!(["rows", { "list": [{ "text": "very_late" }] }]));
}

#[test]
fn in_shadow_a_policy_looks_in_its_table_too() {
    assert_eq!(given(&["--mode", "fair=shadow"]), 0.0);
}

#[test]
fn alone_a_policy_looks_in_its_table_too() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("profiles"), "{ \"id\": \"parcel/1\" }\n").expect("a file");
    let events: String = (1..=5)
        .map(|day| {
            let event = json!({
                "specversion": "1.0", "id": day.to_string(), "source": "parcel/1", "type": "late", "subject": "parcel/1",
                "time": format!("2026-01-{:02}T00:00:00Z", 5 + day), "data": { "days": f64::from(day) },
            });
            format!("{event}\n")
        })
        .collect();
    fs::write(folder.path().join("events"), events).expect("a file");
    let words = ["decide", "story", "--policy", "fair", "--profiles", "profiles", "--events", "events"];
    let said = lines(&run(folder.path(), &words));
    let done = |day: usize| said[day - 1]["data"]["do"][0].clone();
    assert_eq!(said.len(), 5);
    assert_eq!(done(2)["with"]["reason"], "in_time");
    assert_eq!((done(4)["lever"].clone(), done(4)["with"]["amount"]["value"].clone()), (json!("Give"), json!(5.0)));
    assert_eq!(done(5)["with"]["amount"]["value"], 20.0);
}
