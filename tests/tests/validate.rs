//! `rehearsal validate`: our models against theory, and tables of one's own.

use rehearsal_tests::{rehearsal, root};
use serde_json::Value;
use std::fs;
use std::process::Output;

fn validate(words: &[&str]) -> Output {
    rehearsal().arg("validate").args(words).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rows(output: &Output) -> Vec<Value> {
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    assert_eq!(value["schema"], "rehearsal.validate/1");
    value["rows"].as_array().expect("rows").clone()
}

/// A table in a folder of its own, beside a shop of which one figure is certain and others are known.
fn table(checks: &str) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = "[
        Scenario(title: \"shop\", start: \"2026-01-01 00:00\", length: \"10d\", groups: { shops: Group(kind: shop, count: 20) }),
        Kind(name: shop, params: { gap: \"1h\" }, every: [(period: \"exponential(gap)\", do: [Note(sold)])]),
        Measures({ sold: Count(of: sold, label: \"sold\"), never: Tally(at: sold, of: \"1min\", if: \"false\", label: \"never\", unit: min) }),
        Experiment(replications: 30, seed: 3),
    ]";
    fs::write(folder.path().join("shop.ron"), shop).expect("a file");
    let file = folder.path().join("table.ron");
    fs::write(&file, checks).expect("a file");
    let output = validate(&["--table", file.to_str().expect("a path"), "--format", "json"]);
    (folder, output)
}

#[test]
fn every_model_is_as_theory_says() {
    let output = validate(&["--format", "json"]);
    let failed: Vec<String> = rows(&output)
        .iter()
        .filter(|row| row["verdict"] != "pass")
        .map(|row| format!("{}: {}: {}", row["model"], row["quantity"], row["why"]))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = rows(&output);
    assert!(rows.len() >= 60, "{} rows", rows.len());
    for row in &rows {
        for field in ["theory", "measured", "widest"] {
            assert!(row[field].is_f64(), "{field} of {row}");
        }
        let (low, high) = (row["ci"][0].as_f64().expect("low"), row["ci"][1].as_f64().expect("high"));
        assert!(low < high, "{row}");
        assert!(row["source"].as_str().is_some_and(|source| source.len() > 8), "{row}");
    }
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    for wanted in [
        "mm1",
        "mm1-first",
        "mmc",
        "mmck",
        "mg1",
        "erlang-b",
        "erlang-c",
        "erlang-a",
        "jackson",
        "machine-repair",
        "mginf",
        "priority",
        "inventory",
        "renewal",
        "coverage",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not among {names:?}");
    }
}

#[test]
fn threads_change_no_byte_and_seeds_do() {
    let written = |words: &[&str]| {
        let words = [&["--only", "machine-repair", "--only", "renewal"], words].concat();
        let output = validate(&words);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    };
    for format in ["human", "json", "csv"] {
        assert_eq!(written(&["--format", format, "--jobs", "1"]), written(&["--format", format, "--jobs", "4"]));
    }
    let (one, other) = (written(&[]), written(&["--seed", "2"]));
    assert_ne!(one, other);
    assert!(one.contains("8 machines and 2 repairers (Feller, 1968") && one.ends_with("all 6 rows pass, seed 1\n"), "{one}");
    assert!(other.ends_with("all 6 rows pass, seed 2\n"), "{other}");
}

#[test]
fn models_are_listed_and_found_by_nearly_their_name() {
    let list = text(&validate(&["--list"]).stdout);
    assert!(list.lines().count() >= 15 && list.contains("erlang-b"), "{list}");
    for line in list.lines() {
        let file = line.split(['(', ')']).find(|part| part.starts_with("scenarios/")).expect("a file");
        assert!(root().join(file).is_file(), "{line}");
    }
    let output = validate(&["--only", "erlnag-b"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no model is called `erlnag-b`; did you mean `erlang-b`?"), "{}", text(&output.stderr));
    assert_eq!(validate(&["--only", "mm1", "--table", "x.ron"]).status.code(), Some(2));
}

#[test]
fn a_table_of_ones_own_passes_where_it_is_right() {
    // 20 shops sell for 240 hours, once an hour on average.
    let (_folder, output) = table(
        "[
            Check(scenario: \"shop.ron\", measure: sold, is: 4800, within: \"1%\", source: \"Poisson\"),
            Check(scenario: \"shop.ron\", measure: sold, is: 4800),
            Check(scenario: \"shop.ron\", set: { \"shop.gap\": \"2h\" }, measure: sold, is: 2400, within: 40, replications: 50, seed: 4),
        ]",
    );
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let rows = rows(&output);
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["source"], &rows[0]["within"]), (&Value::from("Poisson"), &Value::from(48.0)));
    assert_eq!(rows[0]["measured"], rows[1]["measured"], "checks of one run are of the same run");
    assert_eq!(rows[2]["model"], "shop.ron, shop.gap=2h");
}

#[test]
fn a_table_that_is_wrong_fails_with_its_own_code() {
    let (_folder, output) = table(
        "[
            Check(scenario: \"shop.ron\", measure: sold, is: 4800, within: \"2%\"),
            Check(scenario: \"shop.ron\", measure: sold, is: 5000),
            Check(scenario: \"shop.ron\", measure: sold, is: 5000, within: \"2%\"),
            Check(scenario: \"shop.ron\", measure: sold, is: 4800, within: 1, seed: 9),
            Check(scenario: \"shop.ron\", measure: never, is: \"1min\"),
        ]",
    );
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let rows = rows(&output);
    let why: Vec<&str> = rows.iter().map(|row| row["why"].as_str().unwrap_or("")).collect();
    assert_eq!(why[0], "");
    assert!(why[1].starts_with("theory is outside of the interval by "), "{why:?}");
    assert!(why[2].starts_with("further off than allowed by "), "{why:?}");
    assert!(why[3].contains("off") || why[3].contains("too wide"), "{why:?}");
    assert_eq!(why[4], "nothing was observed");
    assert!(text(&output.stderr).contains("4 of 5 rows fail"), "{}", text(&output.stderr));
}

#[test]
fn a_table_with_faults_runs_nothing_and_names_them_all() {
    let (_folder, output) = table(
        "[
            Check(scenario: \"shop.ron\", measure: sodl, is: 4800),
            Check(scenario: \"shop.ron\", set: { \"shop.gpa\": \"2h\" }, measure: sold, is: 2400),
            Check(scenario: \"shpo.ron\", measure: sold, is: 1),
        ]",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = text(&output.stderr);
    for part in [
        "there is no measure `sodl`",
        "did you mean `sold`?",
        "nothing inside is called `gpa`",
        "there is no scenario at",
        "3 faults in",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
}

#[test]
fn a_table_without_checks_is_no_success() {
    for empty in ["[]", "// Nothing yet."] {
        let (_folder, output) = table(empty);
        assert_eq!(output.status.code(), Some(4));
        assert!(text(&output.stderr).contains("has no Check(...): nothing was run"), "{}", text(&output.stderr));
    }
    assert_eq!(validate(&["--table", "no-such-table.ron"]).status.code(), Some(2));
}

#[test]
fn a_run_that_stops_gives_no_verdict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stops = "[
        Scenario(title: \"stops\", start: \"2026-01-01 00:00\", length: \"1d\", groups: { shops: Group(kind: shop, count: 1) }),
        Kind(name: shop, fields: { left: Int(3) }, every: [(period: \"1h\", do: [
            Set(left: \"left - 1\"), Note(name: sold, with: (rest: \"6 / left\")),
        ])]),
        Measures({ rest: Tally(at: sold, of: \"event.rest\", label: \"rest\") }),
    ]";
    fs::write(folder.path().join("stops.ron"), stops).expect("a file");
    let file = folder.path().join("table.ron");
    fs::write(&file, "[Check(scenario: \"stops.ron\", measure: rest, is: 1)]").expect("a file");
    let output = validate(&["--table", file.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("stopped"), "{}", text(&output.stderr));
}
