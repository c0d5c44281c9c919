//! Experiments as a person runs them: until they are precise, interrupted and resumed, the best selected, and steady.

use rehearsal_tests::Copied;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn story() -> Copied {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    copied
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_same_bytes_at_any_number_of_threads_and_after_an_interruption() {
    let copied = story();
    let words = ["run", "story", "--replications", "12", "--quantiles", "--format", "json"];
    let with = |more: &[&str]| copied.done(&[&words[..], more].concat());
    let one = with(&["--jobs", "1"]);
    assert_eq!(one, with(&["--jobs", "2"]));
    assert_eq!(one, with(&["--jobs", "4"]));
    // Killed at once, wherever it is, and gone on with: again and again, until it is through.
    let mut command = copied.command();
    command.args(words).args(["--jobs", "2", "--resume", "runs.kept"]).stdout(Stdio::null()).stderr(Stdio::null());
    for _ in 0..3 {
        let mut child = command.spawn().expect("the command starts");
        wait_for(|| fs::metadata(copied.path("runs.kept")).is_ok_and(|file| file.len() > 200));
        std::thread::sleep(Duration::from_millis(60));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    let resumed = copied.done(&[&words[..], &["--resume", "runs.kept"]].concat());
    assert_eq!(one, resumed);
    // All is there by now: no event is simulated, and the bytes are the same.
    let output = copied.command().args(words).args(["--resume", "runs.kept"]).output().expect("the command starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), one);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("24 finished runs are in runs.kept"), "{said}");
    // Another experiment does not go on from it.
    let said = copied.refused(&["run", "story", "--seed", "9", "--quantiles", "--resume", "runs.kept"]);
    assert!(said.contains("runs of another experiment (seed 1, not 9)"), "{said}");
    let said = copied.refused(&["run", "story", "--set", "homes.count=399", "--quantiles", "--resume", "runs.kept"]);
    assert!(said.contains("other files, settings or build"), "{said}");
}

fn wait_for(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(120), "it did not come about");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done_and_says_so() {
    let copied = story();
    let mut child = copied
        .command()
        .args(["run", "story", "--replications", "100000", "--format", "json", "--jobs", "1", "--resume", "runs.kept"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // Four runs are two replications of both policies.
    wait_for(|| fs::read_to_string(copied.path("runs.kept")).is_ok_and(|text| text.lines().count() > 5));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let (mut out, mut said) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{said}");
    let results = json(&out);
    assert_eq!((&results["ending"]["reason"], &results["ending"]["asked"]), (&"stopped".into(), &100_000.into()));
    let done = results["replications"].as_u64().expect("a number");
    assert!(done >= 2 && said.contains(&format!("stopped after {done} of 100000 replications")), "{said}");
    assert!(said.contains("the same command goes on where it was"), "{said}");
    // What it kept are the results of the first replications.
    let plain = copied.done(&["run", "story", "--replications", &done.to_string(), "--format", "json"]);
    assert_eq!(json(&plain)["policies"], results["policies"]);
}

#[test]
fn it_goes_on_until_it_is_precise() {
    let copied = story();
    let run = |more: &[&str]| {
        let words = [&["run", "story", "--replications", "5", "--format", "json"], more].concat();
        json(&copied.done(&words))
    };
    let precise = run(&["--precision", "calls=1.5"]);
    let found = &precise["ending"]["precision"][0];
    assert_eq!((&precise["ending"]["reason"], &found["reached"]), (&"precise".into(), &true.into()));
    let half = found["half_width"].as_f64().expect("a number");
    let interval = &precise["differences"].as_array().expect("a list")[2];
    assert_eq!(interval["measure"], "calls");
    let own = (interval["ci"][1].as_f64().expect("high") - interval["ci"][0].as_f64().expect("low")) / 2.0;
    assert!((half - own).abs() < 1e-9 && half <= 1.5, "{half} and {own}");
    // The same bytes at any number of threads, although nobody knows beforehand how many replications there are.
    assert_eq!(precise, run(&["--precision", "calls=1.5", "--jobs", "1"]));
    assert_eq!(precise, run(&["--precision", "calls=1.5", "--jobs", "3"]));
    let more = run(&["--precision", "calls=1"]);
    assert!(more["replications"].as_u64() > precise["replications"].as_u64());
    // What cannot be reached ends, and says what is missing.
    let open = run(&["--precision", "without_heat=0.1%", "--max-replications", "8"]);
    assert_eq!((&open["replications"], &open["ending"]["reason"]), (&8.into(), &"most replications".into()));
    let said = copied.done(&["run", "story", "--replications", "5", "--precision", "cost=0.01", "--max-replications", "6"]);
    assert!(said.contains("Not as precise as asked after 6 replications: cost of visits under ahead"), "{said}");
    let said = copied.refused(&["run", "story", "--precision", "clals=1"]);
    assert!(said.contains("no measure is called `clals`; did you mean `calls`?"), "{said}");
}

#[test]
fn quantiles_agree_with_what_single_values_are_spread_like() {
    // Exponential service of 6 minutes and nobody waits: of the times in service, P50, P90 and P99 are known.
    let copied = Copied::new();
    copied.write(
        "line.ron",
        br#"[
            Scenario(title: "Line", start: "2026-01-05 00:00", length: "60d", groups: { desks: Group(kind: desk, count: 1) }),
            Kind(name: desk, sources: [Source(kind: guest, rate: "20 / 1h")]),
            Kind(name: guest, initial: here, states: { here: State(process: [
                Let(stay: "exponential(6min)"), Delay(stay), Note(name: gone, with: (stay: stay)), End,
            ]) }),
            Measures({ stay: Tally(at: gone, of: "event.stay", label: "stay", unit: min, better: lower) }),
            Experiment(replications: 10, seed: 4),
        ]"#,
    );
    let results = json(&copied.done(&["run", "line.ron", "--quantiles", "--format", "json"]));
    let quantiles = &results["policies"][0]["measures"]["stay"]["quantiles"];
    for (name, share) in [("p50", 0.5_f64), ("p90", 0.9), ("p99", 0.99)] {
        let theory = -6.0 * (1.0 - share).ln();
        let found = quantiles[name]["value"].as_f64().expect("a number");
        let (low, high) = (quantiles[name]["ci"][0].as_f64().expect("low"), quantiles[name]["ci"][1].as_f64().expect("high"));
        // 288,000 values: within three half-widths, which are narrow; and HDR histograms keep three digits.
        assert!((found - theory).abs() <= 1.5 * (high - low) + 1e-3 * theory, "{name}: {found} and {theory}");
        assert!((high - low) / theory < 0.04, "{name}: {low} to {high}");
    }
    let said = copied.done(&["run", "line.ron", "--quantiles", "--replications", "2"]);
    assert!(said.contains("stay (min), P99"), "{said}");
}

#[test]
fn the_best_policy_is_selected_with_a_guarantee() {
    let copied = story();
    let words = ["select", "story", "--measure", "cost", "--indifference", "5", "--format", "json"];
    let found = json(&copied.done(&words));
    assert_eq!((&found["schema"], &found["best"]), (&"rehearsal.select/1".into(), &"ahead".into()));
    assert_eq!(found, json(&copied.done(&[&words[..], &["--jobs", "1"]].concat())));
    let said = copied.done(&["select", "story", "--measure", "cost", "--indifference", "5"]);
    assert!(said.contains("ahead is best in cost of visits, with a probability of at least 95 %"), "{said}");
    for (words, why) in [
        (&["--measure", "costs", "--indifference", "5"][..], "did you mean `cost`?"),
        (&["--measure", "technicians", "--indifference", "5"], "has no better side"),
        (&["--measure", "cost", "--indifference", "0"], "above 0"),
        (&["--measure", "cost", "--indifference", "1", "--policy", "ahead"], "one policy alone is always the best"),
        (&["--measure", "cost", "--indifference", "1", "--confidence", "40%"], "what guessing gives"),
    ] {
        let said = copied.refused(&[&["select", "story"], words].concat());
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_queue_that_begins_full_is_called_unsteady_until_it_has_drained() {
    // 2,000 guests stand there at first and one desk serves one a minute at a load of one half: they are gone after 4,000 minutes
    // = 2.8 days. Then a queue of M/M/1 remains, with 0.5 guests in line on average: rho^2 / (1 - rho).
    let copied = Copied::new();
    copied.write(
        "full.ron",
        br#"[
            Scenario(title: "Full", start: "2026-01-05 00:00", length: "40d", groups: {
                desks: Group(kind: desk, count: 1), crowd: Group(kind: guest, count: 2000),
            }),
            Kind(name: desk, owns: { clerk: Resource(capacity: 1) }, sources: [Source(kind: guest, rate: "0.5 / 1min")]),
            Kind(name: guest, traits: { desk: Ref(desk, "pick(desks)") }, initial: here, states: { here: State(process: [
                Seize(resource: "desk.clerk", as: clerk), Delay("exponential(1min)"), End,
            ]) }),
            Measures({ in_line: TimeWeighted(of: "clerk.queue", over: desk, label: "in line", better: lower) }),
            Experiment(replications: 8, seed: 4),
        ]"#,
    );
    let found = json(&copied.done(&["steady", "full.ron", "--format", "json", "--svg", "full.svg"]));
    let one = &found["measures"][0];
    let after = one["settles_after_s"].as_f64().expect("a number") / 86_400.0;
    assert!((2.4..4.5).contains(&after), "{after} days");
    let (low, high) = (one["ci"][0].as_f64().expect("low"), one["ci"][1].as_f64().expect("high"));
    assert!(low <= 0.5 && 0.5 <= high && high - low < 0.1, "{low} to {high}");
    let svg = fs::read_to_string(copied.path("full.svg")).expect("a picture");
    assert!(svg.starts_with("<svg ") && svg.matches("<polyline").count() == 2 && svg.ends_with("</svg>\n"));
    let said = copied.done(&["steady", "full.ron"]);
    assert!(said.contains("The scenario's warm_up is 0s: write warm_up: \""), "{said}");
    // One long run gives the same by batches.
    let one =
        json(&copied.done(&["steady", "full.ron", "--replications", "1", "--set", "scenario.length=300d", "--format", "json"]));
    let ci = &one["measures"][0]["ci"];
    assert!(ci[0].as_f64() <= Some(0.5) && ci[1].as_f64() >= Some(0.5), "{ci}");
    assert!(one["measures"][0]["correlation"].as_f64().expect("a number").abs() < 0.6);
    let said = copied.done(&["steady", "full.ron", "--set", "scenario.length=3d"]);
    assert!(said.contains("The runs are too short to tell"), "{said}");
}

#[test]
fn value_tells_what_a_policy_brings_back() {
    let copied = story();
    copied.edit("story/experiment.ron", "    Experiment(", "    Value(cost: [cost]),\n    Experiment(");
    let results = json(&copied.done(&["run", "story", "--replications", "6", "--format", "json"]));
    let value = &results["value"][0];
    let cost = results["differences"].as_array().expect("a list").iter().find(|found| found["measure"] == "cost").expect("cost");
    assert_eq!((&value["policy"], &value["cost"]["mean"]), (&"ahead".into(), &cost["mean"]));
    let (net, cost) = (value["net"]["mean"].as_f64().expect("net"), cost["mean"].as_f64().expect("cost"));
    assert!((net + cost).abs() < 1e-9 && value["return"].is_null(), "who spends less has no return: {value}");
    let said = copied.done(&["run", "story", "--replications", "6"]);
    assert!(said.contains("Value against wait (EUR per home)"), "{said}");
    copied.edit("story/experiment.ron", "Value(cost: [cost])", "Value(cost: [calls])");
    let said = copied.refused(&["check", "story"]);
    assert!(said.contains("measure `calls` is no money"), "{said}");
}
