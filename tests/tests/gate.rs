//! `rehearsal gate`: what is worse is caught, what is only different is not, and nothing never passes.

use rehearsal_tests::Copied;
use serde_json::Value;
use std::fs;
use std::process::Output;

const EXPECT: &str = r#"    Expect({
        fewer_stop: Relative(of: gone_cold, under: ahead, to: "-50%"),
        cheaper: Change(of: cost, under: ahead, to: "-5 EUR"),
        few_calls: Mean(of: calls, under: ahead, from: 0, to: 8),
        never_below_nothing: Each(of: technicians, from: "0%", to: "100%"),
    }),
    Experiment("#;

/// A new scenario that says what it expects, with a baseline of itself.
fn story() -> Copied {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    copied.edit("story/experiment.ron", "    Experiment(", EXPECT);
    copied
}

fn gate(copied: &Copied, words: &[&str]) -> (Option<i32>, Value) {
    let output: Output = copied.command().args(["gate", "story", "--format", "json"]).args(words).output().expect("it starts");
    let code = output.status.code();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (code, report)
}

fn with(report: &Value, outcome: &str) -> Vec<String> {
    let checks = report["checks"].as_array().expect("checks").iter();
    checks.filter(|check| check["outcome"] == outcome).map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn what_is_worse_is_caught_and_what_is_only_different_is_not() {
    let copied = story();
    let (code, report) = gate(&copied, &["--save-baseline", "base.json"]);
    assert_eq!((code, &report["verdict"]), (Some(0), &"pass".into()), "{report:#}");
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(5), "four expectations, one of them for both policies");
    let saved = fs::read_to_string(copied.path("base.json")).expect("a file");
    // Unchanged: every difference is exactly nothing, at any number of threads.
    let (code, report) = gate(&copied, &["--baseline", "base.json", "--jobs", "3", "--tolerance", "0%"]);
    assert_eq!((code, with(&report, "pass").len()), (Some(0), 5 + 2 * 4), "{report:#}");
    // An unrelated change: words, a state that nobody enters, another order of files.
    copied.edit("story/experiment.ron", "label: \"calls\"", "label: \"calls to the company\"");
    copied.edit("story/scenario.ron", "title: \"Story\"", "title: \"Another title\"");
    copied.edit("story/policies/ahead.ron", "Policy(", "// nothing new\nPolicy(");
    let (code, report) = gate(&copied, &["--baseline", "base.json"]);
    assert_eq!((code, with(&report, "pass").len()), (Some(0), 13), "{report:#}");
    // A policy that waits for twenty low readings instead of three: by then most boilers have stopped.
    let worse = ["--baseline", "base.json", "--set", "ahead.readings=20"];
    let (code, report) = gate(&copied, &worse);
    let failed = with(&report, "fail");
    assert_eq!((code, &report["verdict"]), (Some(3), &"fail".into()));
    for name in ["gone_cold under ahead", "calls under ahead", "fewer_stop"] {
        assert!(failed.iter().any(|found| found == name), "every breach is told: {failed:?}");
    }
    assert!(failed.iter().all(|name| !name.contains("under wait")), "the other policy did not change: {failed:?}");
    assert_eq!(fs::read_to_string(copied.path("base.json")).expect("a file"), saved, "a comparison changes no baseline");
}

#[test]
fn every_format_tells_the_same() {
    let copied = story();
    let _ = copied.done(&["gate", "story", "--save-baseline", "base.json"]);
    let told = |format: &str| {
        let words = ["gate", "story", "--baseline", "base.json", "--set", "ahead.readings=20", "--format", format];
        let output = copied.command().args(words).output().expect("it starts");
        assert_eq!(output.status.code(), Some(3), "{format}");
        String::from_utf8(output.stdout).expect("text")
    };
    let report: Value = serde_json::from_str(&told("json")).expect("JSON");
    let failed = with(&report, "fail");
    let (human, junit, github) = (told("human"), told("junit"), told("github"));
    for name in &failed {
        assert!(human.contains(&format!("fail  story: {name}")), "{human}");
        assert!(junit.contains(&format!("name=\"{name}\">")), "{junit}");
        assert!(github.contains(&format!("::error title=story%3A {name} (fail)::")), "{github}");
    }
    assert!(junit.contains(&format!("failures=\"{}\"", failed.len())), "{junit}");
}

#[test]
fn what_cannot_be_compared_is_an_outcome_of_its_own() {
    let copied = story();
    let _ = copied.done(&["gate", "story", "--save-baseline", "base.json"]);
    for (words, why) in [
        (&["--seed", "9"][..], "the seed is 9, in the baseline 1"),
        (&["--replications", "4"], "there are 4 replications"),
        (&["--set", "homes.count=401"], "401 homes"),
        (&["--set", "scenario.length=80d"], "a run is 6912000 s"),
    ] {
        let (code, report) = gate(&copied, &[&["--baseline", "base.json"], words].concat());
        assert_eq!((code, &report["verdict"]), (Some(4), &"incomparable".into()), "{report:#}");
        let told = report["checks"].as_array().expect("checks").iter().find(|check| check["outcome"] == "incomparable");
        let told = told.expect("a reason")["words"].as_str().expect("words");
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn nothing_never_passes() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let (code, report) = gate(&copied, &["--replications", "2"]);
    assert_eq!((code, &report["verdict"]), (Some(4), &"nothing".into()));
    // A baseline of something else does not help.
    let _ = copied.done(&["gate", "story", "--replications", "2", "--save-baseline", "base.json"]);
    copied.edit("base.json", "\"story\"", "\"stroy\"");
    let (code, _) = gate(&copied, &["--replications", "2", "--baseline", "base.json"]);
    assert_eq!(code, Some(4));
    // What is not known well enough passes, and does not where that is asked for.
    copied.edit(
        "story/experiment.ron",
        "    Experiment(",
        "    Expect({ cold: Mean(of: calls, under: wait, to: 43) }),\n    Experiment(",
    );
    let (code, report) = gate(&copied, &[]);
    assert_eq!((code, with(&report, "inconclusive")), (Some(0), vec!["cold".to_owned()]), "{report:#}");
    assert_eq!(gate(&copied, &["--strict"]).0, Some(3));
}

#[test]
fn files_and_flags_that_are_wrong_say_so_before_anything_runs() {
    let copied = story();
    copied.write("not.json", b"{");
    copied.write("old.json", b"{\"schema\": \"rehearsal.baseline/0\"}");
    for (words, why) in [
        (&["gate", "story", "--baseline", "none.json"][..], "none.json"),
        (&["gate", "story", "--baseline", "not.json"], "this is no baseline"),
        (&["gate", "story", "--baseline", "old.json"], "rehearsal.baseline/0"),
        (&["gate", "story", "--baseline", "story"], "this is no file"),
        (&["gate", "story", "story"], "two scenarios are called `story`"),
        (&["gate", "story", "--tolerance", "clals=1"], "did you mean `calls`?"),
        (&["gate", "story", "--tolerance", "5"], "say which one is meant"),
        (&["gate", "story", "--tolerance=-1%"], "less than nothing"),
        (&["gate", "story", "--instructions", "story"], "no file of Callgrind"),
    ] {
        let said = copied.refused(words);
        assert!(said.contains(why), "{words:?}: {said}");
    }
    // Two broken scenarios: the faults of both.
    let _ = copied.done(&["new", "other"]);
    copied.edit("story/scenario.ron", "start:", "strat:");
    copied.edit("other/scenario.ron", "length:", "lenght:");
    let said = copied.refused(&["gate", "story", "other"]);
    assert!(said.contains("strat") && said.contains("lenght"), "{said}");
}

#[test]
fn expectations_that_make_no_sense_are_faults_with_their_place() {
    let copied = story();
    for (from, to, why) in [
        ("of: gone_cold, under: ahead, to: \"-50%\"", "of: gone_cold, under: ahead, to: \"-50 EUR\"", "expected a share"),
        ("of: cost, under: ahead, to: \"-5 EUR\"", "of: cost, under: ahead, to: \"-5h\"", "expected a number, or EUR"),
        ("from: 0, to: 8", "from: 9, to: 8", "`from` is above `to`"),
        ("of: calls, under: ahead, from: 0, to: 8", "of: calls, under: ahead", "nothing is expected"),
        ("Mean(of: calls", "Mean(of: clals", "did you mean `calls`?"),
        ("Mean(of: calls, under: ahead", "Mean(of: calls, under: haead", "did you mean `ahead`?"),
        ("Mean(of: calls", "Median(of: calls", "did you mean `Mean`?"),
        ("Mean(of: calls", "Mean(in: flta, of: calls", "did you mean `flat`?"),
        ("few_calls:", "cheaper:", "two expectations called `cheaper`"),
    ] {
        let before = fs::read_to_string(copied.path("story/experiment.ron")).expect("text");
        copied.edit("story/experiment.ron", from, to);
        let said = copied.refused(&["check", "story"]);
        assert!(said.contains(why) && said.contains("experiment.ron:"), "{from} as {to}: {said}");
        copied.write("story/experiment.ron", before.as_bytes());
    }
}

#[test]
fn instructions_are_compared_too() {
    let copied = story();
    let counted = |count: u64| format!("version: 1\nevents: Ir\nsummary: {count}\n");
    copied.write("speed/a/callgrind.phold.out", counted(1_000_000).as_bytes());
    let _ = copied.done(&["gate", "story", "--save-baseline", "base.json", "--instructions", "speed"]);
    let speed = |count: u64| {
        copied.write("speed/a/callgrind.phold.out", counted(count).as_bytes());
        gate(&copied, &["--baseline", "base.json", "--instructions", "speed"])
    };
    assert_eq!(speed(1_019_999).0, Some(0));
    let (code, report) = speed(1_030_000);
    assert_eq!((code, with(&report, "fail")), (Some(3), vec!["phold".to_owned()]));
}

#[test]
fn our_own_car_is_no_worse_than_it_was() {
    // As the workflow in .github does; whoever means to move its figures saves the baseline again:
    // rehearsal gate scenarios/broken-down-car --save-baseline tests/baselines/broken-down-car.json
    let workflow = rehearsal_tests::text(std::path::Path::new(".github/workflows/gate.yml"));
    let words = ["gate", "scenarios/broken-down-car", "--baseline", "tests/baselines/broken-down-car.json"];
    assert!(words.iter().all(|word| workflow.contains(word)), "the workflow is another one");
    let output = rehearsal_tests::rehearsal().args(words).output().expect("it starts");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.starts_with("pass: "), "{report}");
}
