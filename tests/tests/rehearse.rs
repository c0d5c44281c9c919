//! Policies that rehearse before they act: what they see, what it is worth, and that the run itself does not notice.
//!
//! The print shop is the example of the guide. Knowledge of the future is held against its theory.

use rehearsal_tests::story::{Figure, close};
use rehearsal_tests::{Copied, rehearsal, root, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

const SHOP: &str = "tests/fixtures/print-shop.ron";
const QUEUE: &str = "scenarios/research/foresight.ron";

/// Runs a scenario: its results as they are printed.
fn ran(file: &Path, words: &[&str]) -> String {
    let mut command = rehearsal();
    let output = command.args(["run", "--format", "json"]).arg(file).args(words).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("JSON is text")
}

/// The results of a run.
struct Results(Value);

impl Results {
    fn of(file: &str, words: &[&str]) -> Results {
        Results(serde_json::from_str(&ran(&root().join(file), words)).expect("JSON"))
    }

    /// A measure under a policy.
    fn figure(&self, policy: &str, measure: &str) -> Figure {
        let policies = self.0["policies"].as_array().expect("policies");
        let policy = policies.iter().find(|found| found["name"] == policy).expect("the policy");
        Results::read(&policy["measures"][measure])
    }

    /// How a policy differs from the baseline, within each replication.
    fn difference(&self, policy: &str, measure: &str) -> Figure {
        let differences = self.0["differences"].as_array().expect("differences");
        let found = differences.iter().find(|found| found["policy"] == policy && found["measure"] == measure);
        Results::read(found.expect("the difference"))
    }

    fn read(figure: &Value) -> Figure {
        let mean = figure["mean"].as_f64().unwrap_or_else(|| panic!("no figure: {figure}"));
        Figure { mean, half_width: figure["ci"][1].as_f64().map_or(0.0, |high| high - mean) }
    }
}

/// The records of one policy's only replication, a line each.
fn records(file: &Path, policy: &str, words: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("day.trace").to_string_lossy().into_owned();
    ran(file, &[&["--policy", policy, "--replications", "1", "--trace", &trace], words].concat());
    let output = rehearsal().args(["replay", "--format", "ndjson", &trace]).output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

fn is_rehearsal(line: &str) -> bool {
    line.contains(r#""what":"note""#) && line.contains(r#""name":"rehearsed""#)
}

/// The values of a field of a `rehearsed` note, which is a list.
fn listed(line: &str, field: &str) -> Vec<f64> {
    let record: Value = serde_json::from_str(line).expect("JSON");
    let fields = record["fields"].as_array().expect("fields");
    let found = fields.iter().find(|found| found[0] == field).unwrap_or_else(|| panic!("no {field}: {line}"));
    let list = found[1]["list"].as_array().expect("a list");
    list.iter().map(|value| value["quantity"][0].as_f64().expect("a number")).collect()
}

// ---- what it is worth

/// The mean queue of a policy that turns arrivals away where `most` are there, and the rate at which it does, by the
/// stationary law of that birth-death process: the weights are powers of the load.
fn threshold(arrivals: f64, services: f64, most: i32) -> (f64, f64) {
    let weights: Vec<f64> = (0..=most).map(|state| (arrivals / services).powi(state)).collect();
    let all: f64 = weights.iter().sum();
    let queue = (0..).zip(&weights).map(|(state, weight)| f64::from(state) * weight / all).sum();
    (queue, arrivals * weights[most as usize] / all)
}

#[test]
fn who_knows_the_future_keeps_the_queue_short_where_nobody_else_can() {
    // J. Spencer, M. Sudan and K. Xu, "Queuing with future information", Annals of Applied Probability 24 (2014): service
    // at rate 1 - p, at most p may be turned away. Without knowledge of the future the best mean queue grows like the
    // logarithm of 1 / (1 - arrivals); with it, turning away just those after whom the line would never be as short
    // again, the mean is (1 - p) / (arrivals - (1 - p)), which stays below a constant. Here p = 1/2.
    let (p, services) = (0.5, 0.5);
    let mut ratios = Vec::new();
    for arrivals in [0.9, 0.95, 0.99] {
        let most = (1..).find(|most| threshold(arrivals, services, *most).1 <= p).expect("a threshold");
        let (rate, limit) = (format!("station.arrivals={arrivals} / 1min"), format!("threshold.most={most}"));
        let results = Results::of(QUEUE, &["--set", &rate, "--set", &limit]);
        let (known, unknown) = (results.figure("foresight", "queue"), results.figure("threshold", "queue"));
        // Within three half-widths, which are a sixth at most: 8 replications of 60 hours tell no more.
        for (figure, theory) in [(known, services / (arrivals - services)), (unknown, threshold(arrivals, services, most).0)] {
            assert!(figure.half_width < theory / 6.0, "{figure:?} against {theory}, arrivals {arrivals}");
            assert!((figure.mean - theory).abs() < 3.0 * figure.half_width, "{figure:?} against {theory}, arrivals {arrivals}");
        }
        assert!(known.mean < 1.5, "it stays below a constant: {known:?}, arrivals {arrivals}");
        let fewer = results.difference("foresight", "diverted");
        assert!(fewer.mean + fewer.half_width < 0.0, "it turns no more away: {fewer:?}, arrivals {arrivals}");
        ratios.push(unknown.mean / known.mean);
    }
    // Theory: 0.92, 1.9 and 4.0 by these thresholds, which are whole numbers.
    assert!(ratios.is_sorted() && ratios[2] > 3.0, "{ratios:?}");
}

#[test]
fn to_try_a_rule_ahead_beats_the_rule_and_whatever_number_it_has() {
    let results = Results::of(SHOP, &[]);
    let gain = results.difference("foresight", "cost");
    assert!(gain.mean + gain.half_width < 0.0, "{gain:?}");
    assert!(gain.mean < -0.1 * results.figure("large_job", "cost").mean, "more than a tenth: {gain:?}");
    let found = results.figure("foresight", "cost").mean;
    for (setting, policy) in [("large_job.large", "large_job"), ("long_line.long", "long_line")] {
        for number in ["8", "10", "15", "2", "4"] {
            let unit = if policy == "large_job" { "min" } else { "" };
            let words = ["--policy", policy, "--set", &format!("{setting}={number}{unit}")];
            let other = Results::of(SHOP, &words).figure(policy, "cost").mean;
            assert!(found < other, "{policy} at {number}: {other}, against {found}");
        }
    }
}

// ---- what it sees

/// A story of bets on a coin, one a minute, each thrown a second after; `how` is how the bet is found.
fn coins(how: &str) -> Results {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("coins.ron");
    let story = format!(
        "[Scenario(title: \"Coins\", start: \"2026-01-05 00:00\", length: \"1001min\", groups: {{ tables: Group(kind: table, count: 1) }}),
        Kind(name: table, fields: {{ bet: OneOf({{ heads: 1, tails: 0 }}) }}, initial: play, states: {{ play: State(
            every: [(period: \"1min\", do: [Note(asks)])],
            on: {{ bets: [Set(bet: \"event.on\"), Delay(\"1s\"), If(
                test: \"chance(0.5) == (bet == heads)\", then: [Note(name: thrown, with: (won: \"1 EUR\"))],
                else: [Note(name: thrown, with: (won: \"0 EUR\"))],
            )] }},
        ) }}),
        Procedure(name: Bet, params: {{ on: Value }}, do: [Tell(to: profile, message: bets, with: (on: on))]),
        Interface(about: table, sees: {{ asks: Event(from: profile) }}, levers: [Bet]),
        Policy(name: gambler, initial: sits, states: {{ sits: State(rules: [Rule(name: bet, on: asks, do: [{how}])]) }}),
        Measures({{ won: Sum(of: {{ thrown: \"event.won\" }}, unit: EUR), thrown: Count(of: thrown),
            tried: Count(of: rehearsed, if: \"event.futures > 0\"), asked: Count(of: rehearsed) }}),
        Experiment(replications: 1, seed: 3)]"
    );
    fs::write(&file, story).expect("a file");
    Results(serde_json::from_str(&ran(&file, &[])).expect("JSON"))
}

fn bets(more: &str) -> Results {
    coins(&format!("Rehearse(of: [heads, tails], for: \"30s\", most: won, as: choice{more}), Bet(on: choice)"))
}

#[test]
fn with_the_same_chance_it_sees_what_will_be() {
    let results = bets(", chance: same");
    close(results.figure("gambler", "thrown").mean, 1000.0);
    close(results.figure("gambler", "won").mean, 1000.0);
}

#[test]
fn with_fresh_chance_it_sees_what_may_be_and_nothing_of_what_will() {
    for futures in ["1", "16"] {
        let results = bets(&format!(", chance: fresh, futures: {futures}"));
        close(results.figure("gambler", "tried").mean, 1000.0);
        // A fair coin: 1000 throws have a standard deviation of 16, and 500 less or more than 80 is five of them.
        let won = results.figure("gambler", "won").mean;
        assert!((won - 500.0).abs() < 80.0, "{won} with {futures} futures");
    }
}

#[test]
fn beyond_what_it_may_it_does_what_it_does_without_trying() {
    let spent = bets(", chance: same, at_most: 100, inside: tails");
    close(spent.figure("gambler", "tried").mean, 100.0);
    close(spent.figure("gambler", "asked").mean, 1000.0);
    // 100 for certain, and of the 900 others half.
    assert!((spent.figure("gambler", "won").mean - 550.0).abs() < 75.0);
    // 16 hours and 40 minutes: 17 hours have begun, and the last throws of the last one lie in it.
    close(bets(", chance: same, at_most: 3, per: \"1h\"").figure("gambler", "tried").mean, 17.0 * 3.0);
    close(bets(", chance: same, at_most: 0").figure("gambler", "tried").mean, 0.0);
}

#[test]
fn who_knows_nothing_better_takes_the_first() {
    // The measure hangs on nothing that is tried; beyond `at_most` the first is taken as well.
    let way = |most: u32| {
        coins(&format!(
            "Rehearse(of: [tails, heads], for: \"30s\", least: thrown, as: choice, chance: same, at_most: {most}), Bet(on: choice)"
        ))
    };
    let (tried, untried) = (way(1000), way(0));
    assert_eq!(tried.figure("gambler", "tried").mean, 1000.0);
    assert_eq!(tried.figure("gambler", "won").mean, untried.figure("gambler", "won").mean);
}

// ---- what the run notices

/// The shop, with a policy that rehearses and then prints whatever came of it.
fn indifferent() -> Copied {
    let copied = Copied::new();
    copied.edit(SHOP, "If(test: \"choice == print\", then: [Print(job: job)], else: [SendOut(job: job)])", "Print(job: job)");
    copied
}

#[test]
fn the_run_does_not_notice_that_it_was_forked() {
    let copied = indifferent();
    let file = copied.path(SHOP);
    let short = ["--set", "scenario.length=1d"];
    let tried = records(&file, "foresight", &short);
    let untried = records(&file, "foresight", &[&short[..], &["--set", "foresight.at_most=0"]].concat());
    assert!(tried.iter().filter(|line| is_rehearsal(line)).count() > 50);
    let rest =
        |lines: &[String]| lines.iter().filter(|line| !is_rehearsal(line)).map(|line| of_the_shop(line)).collect::<Vec<_>>();
    assert!(rest(&tried) == rest(&untried), "the run went another way");
}

/// A record as it is; of figures those that count no rehearsals: cost, wait and jobs sent out.
fn of_the_shop(line: &str) -> String {
    let record: Value = serde_json::from_str(line).expect("JSON");
    match record["what"].as_str() {
        Some("figures") => format!("{}: {:?}", record["at"], &record["values"].as_array().expect("a list")[..3]),
        _ => line.to_owned(),
    }
}

#[test]
fn ways_that_are_alike_come_out_alike_in_every_future() {
    let copied = indifferent();
    for line in
        records(&copied.path(SHOP), "foresight", &["--set", "scenario.length=1d"]).iter().filter(|line| is_rehearsal(line))
    {
        assert_eq!((listed(line, "behind"), listed(line, "behind_half_width")), (vec![0.0, 0.0], vec![0.0, 0.0]), "{line}");
        assert!(line.contains(r#"["chosen",{"text":"print"}]"#), "{line}");
    }
}

#[test]
fn what_is_kept_of_a_rehearsal_says_why() {
    let lines = records(&root().join(SHOP), "foresight", &["--set", "scenario.length=1d"]);
    let told: Vec<&String> = lines.iter().filter(|line| is_rehearsal(line)).collect();
    assert!(told.len() > 50, "{}", told.len());
    for line in &told {
        let (mean, behind) = (listed(line, "mean"), listed(line, "behind"));
        let best = if mean[1] < mean[0] { 1 } else { 0 };
        let name = ["print", "send_out"][best];
        assert!(line.contains(&format!(r#"["chosen",{{"text":"{name}"}}]"#)), "{line}");
        // Means over 16 futures of some 10 EUR round off by less.
        assert!(behind[best] == 0.0 && (behind[1 - best] - (mean[1 - best] - mean[best])).abs() < 1e-9, "{line}");
        assert!(listed(line, "half_width").iter().all(|width| *width >= 0.0), "{line}");
    }
    assert!(told.iter().any(|line| line.contains(r#"["chosen",{"text":"send_out"}]"#)), "something was sent out");
}

#[test]
fn the_bytes_do_not_hang_on_the_threads() {
    let words = ["--set", "scenario.length=1d", "--replications", "4"];
    let one = ran(&root().join(SHOP), &[&words[..], &["--jobs", "1"]].concat());
    let four = ran(&root().join(SHOP), &[&words[..], &["--jobs", "4"]].concat());
    assert_eq!(one, four);
}

#[test]
fn in_shadow_nothing_is_tried() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("day.trace").to_string_lossy().into_owned();
    let short = ["--set", "scenario.length=1d", "--replications", "1", "--trace", &trace];
    let shop = root().join(SHOP);
    // Beside another policy, whose run stays as it is.
    let by_itself = ran(&shop, &[&short[..], &["--policy", "large_job"]].concat());
    let watched = ran(&shop, &[&short[..], &["--policy", "large_job", "--beside", "foresight"]].concat());
    assert_eq!(by_itself, watched);
    // By itself, where no lever does anything.
    let results = Results::of(SHOP, &[&short[..], &["--policy", "foresight", "--mode", "foresight=shadow"]].concat());
    close(results.figure("foresight", "rehearsed").mean, 0.0);
    close(results.figure("foresight", "sent_out").mean, 0.0);
}

#[test]
fn a_policy_that_stands_alone_is_told_that_it_cannot_rehearse() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::copy(root().join(SHOP), folder.path().join("scenario.ron")).expect("a copy");
    fs::write(folder.path().join("none.ndjson"), "").expect("a file");
    let mut command = rehearsal();
    command.arg("decide").arg(folder.path()).args(["--policy", "foresight", "--events"]).arg(folder.path().join("none.ndjson"));
    let output = command.output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Rehearse(...) asks for a world: a policy that stands alone cannot do it"), "{said}");
    assert!(said.contains("1 fault in"), "what it would have named is not unknown besides: {said}");
}

#[test]
fn the_guide_shows_the_shop_as_it_is_tested() {
    let page = text(&root().join("docs/src/guide/rehearsing.md"));
    assert!(page.contains(text(&root().join(SHOP)).trim_end()), "the page and {SHOP} differ");
}
