//! `rehearsal calibrate`: what was changed in a copy is found in its record, and nothing else of the files changes.

use rehearsal_scenario::Scenario;
use rehearsal_tests::Copied;
use serde_json::Value;
use std::fs;

/// Machines and their repairers, recorded with other numbers than the scenario has.
fn recorded() -> Copied {
    let copied = Copied::new();
    fs::copy(copied.path(MACHINES), copied.path("truth.ron")).expect("a copy");
    copied.edit("truth.ron", "runs: \"10h\", repair: \"2h\"", "runs: \"8h\", repair: \"130min\"");
    let _ = copied.done(&["run", "truth.ron", "--replications", "1", "--trace", "seen.trace"]);
    copied
}

const MACHINES: &str = "scenarios/research/machine-repair.ron";

fn json(copied: &Copied, words: &[&str]) -> Value {
    let text = copied.done(&[&["calibrate"], words, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn law<'v>(report: &'v Value, path: &str) -> &'v Value {
    let mut laws = report["laws"].as_array().expect("laws").iter();
    laws.find(|law| law["path"] == path).unwrap_or_else(|| panic!("{path} in {report:#}"))
}

#[test]
fn what_was_changed_in_a_copy_is_found_in_its_record() {
    let copied = recorded();
    let before = fs::read_to_string(copied.path(MACHINES)).expect("a file");
    let report = json(&copied, &[MACHINES, "--from", "seen.trace"]);
    for (path, truth) in [("machine/running/after0", 8.0 * 3600.0), ("machine/down/delay0", 130.0 * 60.0)] {
        let law = law(&report, path);
        let ci = &law["fit"]["parameters"][0]["ci"];
        let (low, high) = (ci[0].as_f64().expect("a number"), ci[1].as_f64().expect("a number"));
        assert!(low < truth && truth < high && (high - low) / truth < 0.1, "{path}: {law:#}");
        assert_eq!(law["verdict"], "changed", "{law:#}");
        assert!(law["p_fit"].as_f64().expect("a number") > 0.01, "{law:#}");
    }
    assert_eq!(fs::read_to_string(copied.path(MACHINES)).expect("a file"), before, "only told");
    // Twice the same, whatever else goes on.
    assert_eq!(report, json(&copied, &[MACHINES, "--from", "seen.trace"]));
    let _ = copied.done(&["calibrate", MACHINES, "--from", "seen.trace", "--write"]);
    let after = fs::read_to_string(copied.path(MACHINES)).expect("a file");
    let number =
        |number: usize| law(&report, ["machine/running/after0", "machine/down/delay0"][number])["numbers"][0]["after"].clone();
    let wanted = format!("runs: {}, repair: {}", number(0), number(1));
    assert_eq!(after, before.replace("runs: \"10h\", repair: \"2h\"", &wanted), "nothing but these numbers");
    let _ = copied.done(&["check", MACHINES, "--deny-warnings"]);
    // Once more, and there is nothing left to change.
    let report = json(&copied, &[MACHINES, "--from", "seen.trace"]);
    assert_eq!((&report["diff"], &law(&report, "machine/running/after0")["verdict"]), (&"".into(), &"agrees".into()));
}

#[test]
fn two_parameters_are_found_with_what_was_cut_off() {
    let copied = Copied::new();
    let file = "scenarios/research/replacement.ron";
    let words = ["run", file, "--replications", "1", "--set", "part.shape=3", "--set", "part.scale=30d", "--trace", "seen.trace"];
    let _ = copied.done(&words);
    let report = json(&copied, &[file, "--from", "seen.trace", "--families"]);
    let law = law(&report, "part/working/after0");
    assert!(law["cut_off"].as_u64().expect("a count") > 500, "those that were exchanged in time: {law:#}");
    for (number, truth) in [3.0, 30.0 * 86_400.0].into_iter().enumerate() {
        let ci = &law["fit"]["parameters"][number]["ci"];
        assert!(ci[0].as_f64().expect("low") < truth && truth < ci[1].as_f64().expect("high"), "{law:#}");
    }
    let aic = law["fit"]["aic"].as_f64().expect("a number");
    let rivals = law["rivals"].as_array().expect("rivals");
    assert!(rivals.len() == 4 && rivals.iter().all(|rival| rival["aic"].as_f64().expect("a number") > aic), "{law:#}");
}

#[test]
fn a_copy_of_a_folder_stands_alone_and_the_library_stays() {
    let copied = Copied::new();
    let mut rows = String::from("what,value\n");
    for number in 0..60 {
        rows += &format!("customer/traits/value_a_year,{} EUR\n", 400 + number * 11);
        rows += &format!("repair/working/delay0,{}min\n", 30 + number % 17);
    }
    copied.write("seen.csv", rows.as_bytes());
    let library = fs::read_to_string(copied.path("scenarios/library/people.ron")).expect("a file");
    let dealer = fs::read_to_string(copied.path("scenarios/broken-down-car/dealer.ron")).expect("a file");
    let words = ["calibrate", "scenarios/broken-down-car", "--from", "seen.csv"];
    // Without --library its law is told and left.
    let output = copied.command().args(words).arg("--write").output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("customer/traits/value_a_year; --library"), "{said}");
    assert_eq!(fs::read_to_string(copied.path("scenarios/library/people.ron")).expect("a file"), library);
    let written = fs::read_to_string(copied.path("scenarios/broken-down-car/dealer.ron")).expect("a file");
    assert!(written != dealer && written.len().abs_diff(dealer.len()) < 9, "{written}");
    copied.write("scenarios/broken-down-car/dealer.ron", dealer.as_bytes());
    let _ = copied.done(&[&words[..], &["--library", "--out", "scenarios/fitted"]].concat());
    let inside = fs::read_to_string(copied.path("scenarios/fitted/library/people.ron")).expect("the copy has its own");
    assert_ne!(inside, library);
    assert_eq!(fs::read_to_string(copied.path("scenarios/fitted/dealer.ron")).expect("a file"), written);
    for (path, text) in [("scenarios/library/people.ron", &library), ("scenarios/broken-down-car/dealer.ron", &dealer)] {
        assert_eq!(fs::read_to_string(copied.path(path)).expect("a file"), *text, "{path} stays");
    }
    let _ = copied.done(&["check", "scenarios/fitted"]);
    assert!(copied.refused(&[&words[..], &["--out", "scenarios/fitted"]].concat()).contains("is there already"));
    // Elsewhere it would not find its map.
    let said = copied.refused(&[&words[..], &["--out", "elsewhere/fitted"]].concat());
    assert!(said.contains("name a folder beside it"), "{said}");
    assert!(!copied.path("elsewhere/fitted").exists());
}

#[test]
fn every_law_is_fitted_or_named_with_the_reason() {
    let copied = Copied::new();
    let folder = copied.path("scenarios/broken-down-car");
    let laws = Scenario::load(&folder, &[]).unwrap_or_else(|faults| panic!("{faults}")).laws().len();
    let words = ["run", "scenarios/broken-down-car", "--policy", "reactive", "--replications", "1", "--set"];
    let _ = copied.done(&[&words[..], &["scenario.length=12d", "--trace", "seen.trace"]].concat());
    let report = json(&copied, &["scenarios/broken-down-car", "--from", "seen.trace", "--pictures", "pictures"]);
    let told = report["laws"].as_array().expect("laws");
    assert_eq!(told.len(), laws);
    assert!(told.iter().all(|law| law["fitted"] == true || law["why"].as_str().is_some_and(|why| !why.is_empty())));
    assert_eq!(law(&report, "car/healthy/after0")["why"], "depends on `wear`");
    assert_eq!(law(&report, "dealer/source/other_caller")["numbers"][0]["name"], "rate");
    let picture = fs::read_to_string(copied.path("pictures/dealer.source.other_caller.svg")).expect("a picture");
    assert!(picture.contains("prefers-color-scheme:dark") && picture.contains("Quantiles"), "{picture}");
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
}

#[test]
fn what_does_not_serve_is_refused_with_its_place() {
    let copied = recorded();
    let refused = |words: &[&str]| copied.refused(&[&["calibrate", MACHINES, "--from"], words].concat());
    copied.write("wrong.csv", b"what,value\nmachine/running/after0,9h\nmachine/running/after0,soon\nmachine/down/delay0,-2h\n");
    let said = refused(&["wrong.csv"]);
    assert!(said.contains("wrong.csv:3: `soon` is no number") && said.contains("wrong.csv:4: `-2h` is negative"), "{said}");
    copied.write("text.txt", b"what,value\n");
    let said = refused(&["text.txt"]);
    assert!(said.contains("text.txt: this is not a trace") && said.contains("ends in .csv"), "{said}");
    assert!(refused(&["nothing.trace"]).contains("nothing.trace cannot be read"));
    assert!(refused(&["nothing.csv"]).contains("nothing.csv cannot be read"));
    let _ = copied.done(&["run", "scenarios/research/mg1.ron", "--replications", "1", "--trace", "other.trace"]);
    let said = refused(&["other.trace"]);
    assert!(said.contains("other.trace: it was recorded of `mg1`, and this scenario has no kind `system`"), "{said}");
    assert!(refused(&["seen.trace", "--law", "machine/runing"]).contains("no such law"));
    // A record that breaks off is read as far as it goes, and that is said.
    let whole = fs::read(copied.path("seen.trace")).expect("a trace");
    copied.write("cut.trace", &whole[..whole.len() / 2]);
    let output = copied.command().args(["calibrate", MACHINES, "--from", "cut.trace", "--json"]).output().expect("it starts");
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("no intact end"));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mean = law(&report, "machine/running/after0")["fit"]["parameters"][0]["value"].as_f64().expect("a number");
    assert!((mean / 28_800.0 - 1.0).abs() < 0.1, "what goes on at the cut is cut off: {mean}");
    copied.write("tiny.trace", &whole[..9]);
    assert!(refused(&["tiny.trace"]).contains("tiny.trace"));
}

#[test]
fn samples_that_say_nothing_leave_the_law_as_it_is() {
    let copied = Copied::new();
    let why = |rows: &str| {
        copied.write("seen.csv", format!("what,value,censored\n{rows}").as_bytes());
        let output = copied.command().args(["calibrate", MACHINES, "--from", "seen.csv", "--json"]).output().expect("it starts");
        assert_eq!(output.status.code(), Some(4), "no law could be fitted: {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        law(&report, "machine/down/delay0")["why"].as_str().expect("a reason").to_owned()
    };
    assert!(why(&"machine/down/delay0,2h,1\n".repeat(30)).starts_with("all 30 values are cut off"));
    assert!(why(&"machine/down/delay0,2h,0\n".repeat(30)).starts_with("all 30 values are 2h:"));
    let few = why(&(1..9).map(|n| format!("machine/down/delay0,{n}h,0\n")).collect::<String>());
    assert_eq!(few, "too few: 8 of 8 values came to their end, and --least asks for 20");
    assert_eq!(why(""), "no values of it were given");
}
