//! `sweep`, `sensitivity` and `optimize`: against theory, after a kill, at any number of threads, and given nonsense.

use rehearsal_tests::{rehearsal, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;

/// A shop that is quick to run: guests come at chance, one or more clerks serve them, and clerks cost money.
const SHOP: &str = r#"[
    Scenario(title: "A shop", start: "2026-01-05 00:00", length: "LENGTH", groups: { shops: Group(kind: shop, count: 1) }),
    Kind(
        name: shop,
        params: { clerks: 2, guests: "20 / 1h", service: "5min", wage: "20 EUR" },
        owns: { clerk: Resource(capacity: clerks) },
        sources: [Source(kind: guest, rate: guests, with: (needs: service))],
        initial: open,
        states: { open: State(every: [(period: "1h", do: [Note(name: paid, with: (amount: "clerks * wage"))])]) },
    ),
    Kind(name: guest, traits: { shop: Whole(shop), needs: Span }, initial: there, states: { there: State(process: [
        Seize(resource: "shop.clerk", as: clerk), Note(name: served, with: (wait: waited)), Delay("exponential(needs)"), End,
    ]) }),
    Measures({
        wait: Tally(at: served, of: "event.wait", label: "wait", unit: min, better: lower),
        wages: Sum(of: { paid: "event.amount" }, label: "wages", unit: EUR, better: lower),
    }),
    Experiment(replications: 4, seed: 3),
]"#;

const FAST: &str = "2d";

/// A folder with the shop in it.
struct Shop(TempDir);

impl Shop {
    fn new(length: &str) -> Shop {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("shop.ron"), SHOP.replace("LENGTH", length)).expect("a file");
        Shop(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = rehearsal();
        command.current_dir(self.0.path()).args(words);
        command
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the command starts")
    }

    /// What a command that succeeds writes to standard output.
    fn done(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What a command says that refuses what it is given.
    fn refused(&self, words: &[&str]) -> String {
        let output = self.output(words);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(output.stdout.is_empty(), "results only on standard output");
        said
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Words of a command line, which have no spaces in them here.
fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

const SWEEP: &str = "sweep shop.ron --vary shop.clerks=2..4 --vary shop.service=3min..5min --steps 3";
const SOBOL: &str = "sensitivity shop.ron --vary shop.clerks=2..4 --vary shop.service=3min..5min --points 4 --replications 2";
const MORRIS: &str = "sensitivity shop.ron --method morris --vary shop.clerks=2..4 --vary shop.service=3min..5min --points 5";
const SEARCH: &str =
    "optimize shop.ron --vary shop.clerks=1..9 --vary shop.service=3min..5min --minimize wages --subject wait<=1 --budget 14";

#[test]
fn each_writes_the_same_bytes_at_any_number_of_threads() {
    let shop = Shop::new(FAST);
    for (name, command) in [("sweep", SWEEP), ("sobol", SOBOL), ("morris", MORRIS), ("search", SEARCH)] {
        let written = |jobs: &str| {
            let (file, plot) = (format!("{name}-{jobs}.csv"), format!("{name}-{jobs}.svg"));
            let mut words = words(command);
            words.extend(["--format", "json", "--jobs", jobs, "--out", &file, "--plot", &plot]);
            let out = shop.done(&words);
            (out, fs::read(shop.path(&file)).expect("results"), fs::read(shop.path(&plot)).expect("a picture"))
        };
        let one = written("1");
        assert_eq!(json(&one.0)["schema"].as_str().map(|schema| schema.starts_with("rehearsal.")), Some(true));
        assert!(one.2.starts_with(b"<svg") && one.2.ends_with(b"</svg>\n"), "{name}");
        assert!(one == written("2") && one == written("4"), "{name}: threads change nothing");
    }
}

#[test]
fn a_point_is_what_a_run_with_its_settings_is() {
    let shop = Shop::new(FAST);
    let swept = json(&shop.done(&[&words(SWEEP)[..], &["--format", "json"]].concat()));
    let point = &swept["points"][5];
    assert_eq!(point["values"], json(r#"{"shop.clerks": "3", "shop.service": "5min"}"#));
    let run = shop.done(&words("run shop.ron --set shop.clerks=3 --set shop.service=5min --format json"));
    let measures = &json(&run)["policies"][0]["measures"];
    for name in ["wait", "wages"] {
        assert_eq!(point["policies"]["as_it_is"][name]["mean"], measures[name]["mean"], "{name}");
        assert_eq!(point["policies"]["as_it_is"][name]["ci"], measures[name]["ci"], "{name}");
    }
    assert_eq!(swept["points"].as_array().map(Vec::len), Some(9));
    let own = json(&shop.done(&[&words(SWEEP)[..], &["--format", "json", "--own-luck"]].concat()));
    assert_ne!(own["points"][5]["policies"], point["policies"], "luck of its own");
}

#[test]
fn the_file_is_tidy_and_the_same_table_goes_to_standard_output() {
    let shop = Shop::new(FAST);
    let out = shop.done(&[&words(SWEEP)[..], &["--format", "csv", "--out", "a.csv"]].concat());
    let file = fs::read_to_string(shop.path("a.csv")).expect("results");
    let (head, table) = file.split_once('\n').expect("lines");
    assert_eq!(table, out);
    let head = json(head.strip_prefix("# ").expect("a line about the experiment"));
    assert_eq!((&head["schema"], &head["command"], &head["seed"]), (&"rehearsal.points/1".into(), &"sweep".into(), &3.into()));
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("point,shop.clerks,shop.service,policy,measure,segment,mean,ci_low,ci_high,n,unit,values"));
    assert_eq!(lines.clone().count(), 9 * 2);
    assert!(lines.all(|line| line.split(',').count() == 12 && line.split(',').next_back().unwrap().split(' ').count() == 4));
}

/// Kills `command` with SIGKILL as soon as its file has a few points, and gives what it has then.
fn killed(shop: &Shop, command: &[&str], file: &Path) -> Vec<u8> {
    let mut child = shop.command(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts");
    let lines = || fs::read(file).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
    while lines() < 8 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it was killed; lengthen the story");
        std::thread::yield_now();
    }
    child.kill().expect("a kill");
    child.wait().expect("an end");
    fs::read(file).expect("what was kept")
}

#[test]
fn after_a_kill_the_same_command_goes_on_to_the_same_file() {
    let shop = Shop::new("60d");
    for (name, command) in [("sweep", SWEEP), ("sobol", SOBOL), ("search", SEARCH)] {
        let (whole, cut) = (format!("{name}-whole.csv"), format!("{name}-cut.csv"));
        let told = shop.done(&[&words(command)[..], &["--out", &whole]].concat());
        let again = [&words(command)[..], &["--out", &cut]].concat();
        let kept = killed(&shop, &again, &shop.path(&cut));
        let whole = fs::read(shop.path(&whole)).expect("results");
        assert!(kept.len() < whole.len(), "{name}: it was killed midway");
        // As if the kill had come in the middle of a line.
        fs::write(shop.path(&cut), &kept[..kept.len() - 5]).expect("a file");
        let output = shop.output(&again);
        assert_eq!(String::from_utf8_lossy(&output.stdout), told, "{name}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("already"), "{name}: {said}");
        assert_eq!(fs::read(shop.path(&cut)).expect("results"), whole, "{name}");
        // A finished file is told again without a run.
        let output = shop.output(&again);
        assert!(String::from_utf8_lossy(&output.stderr).contains("\n0 runs"), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), told, "{name}");
    }
}

#[test]
fn a_file_of_another_experiment_is_refused_with_the_reason() {
    let shop = Shop::new(FAST);
    let sweep = words("sweep shop.ron --vary shop.clerks=2,3 --out a.csv");
    shop.done(&sweep);
    let kept = fs::read(shop.path("a.csv")).expect("results");
    for (more, reason) in [
        ("--seed 9", "seed was 3 there and is 9 now"),
        ("--replications 5", "replications was 4 there and is 5 now"),
        ("--set shop.wage=9EUR", "set was"),
        ("--vary shop.service=3min..5min", "vary was"),
        ("--own-luck", "own_luck was false there and is true now"),
    ] {
        let said = shop.refused(&[&sweep[..], &words(more)].concat());
        assert!(said.contains("holds another experiment") && said.contains(reason) && said.contains("--fresh"), "{more}: {said}");
    }
    let said = shop.refused(&words("optimize shop.ron --vary shop.clerks=2,3 --minimize wait --out a.csv"));
    assert!(said.contains("command was \"sweep\" there"), "{said}");
    assert_eq!(fs::read(shop.path("a.csv")).expect("results"), kept, "a refused file is left as it is");
    fs::write(shop.path("shop.ron"), SHOP.replace("LENGTH", FAST).replace("20 EUR", "21 EUR")).expect("a file");
    assert!(shop.refused(&sweep).contains("the scenario's files have changed since"));
    shop.done(&[&sweep[..], &["--fresh"]].concat());
    assert_ne!(fs::read(shop.path("a.csv")).expect("results"), kept);
    assert!(shop.refused(&words("sweep shop.ron --vary shop.clerks=2,3 --out shop.ron --fresh")).contains("no results file"));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    let shop = Shop::new(FAST);
    for (command, reason) in [
        ("sweep shop.ron --vary shop.clerk=2..4", "did you mean"),
        ("sweep shop.ron --vary shp.clerks=2..4", "did you mean `shop`?"),
        ("sweep shop.ron --vary shop.clerks=4..2", "4 is not below 2"),
        ("sweep shop.ron --vary shop.clerks=1.0..4.0", "clerks=2.311"),
        ("sweep shop.ron --vary shop.clerks=2..4 --vary shop.clerks=2..4", "varied twice"),
        ("sweep shop.ron --vary shop.clerks=2..4 --set shop.clerks=2", "set and varied"),
        ("sweep shop.ron --vary shop.clerks=2..4 --measure wat", "did you mean `wait`?"),
        ("sweep shop.ron --vary shop.clerks=2..4 --policy other", "no policy is called `other`"),
        ("sweep shop.ron --vary shop.clerks=2..4 --design lhs --steps 3", "say --points"),
        ("sweep shop.ron --vary shop.service=30s..5min", "different units"),
        ("sweep shop.ron --vary shop.clerks=2..4 --plot nowhere/a.svg", "there is no folder nowhere"),
        ("sweep shop.ron --vary shop.clerks=1..100000 --steps 65536 --vary shop.service=1s..2s", "65536 are allowed"),
        ("sensitivity shop.ron --vary shop.clerks=2..4 --points 60000", "65536 are allowed"),
        ("optimize shop.ron --vary shop.clerks=2..4 --minimize wait --replications 1", "at least 2"),
        ("optimize shop.ron --vary shop.clerks=2..4 --minimize wait --most 2", "--most 2 is less"),
        ("optimize shop.ron --vary shop.clerks=2..4 --minimize wait --subject late<=2", "no measure is called `late`"),
        ("optimize shop.ron --vary shop.clerks=2..4 --minimize wait --subject wait<2", "MEASURE <= NUMBER"),
        ("optimize shop.ron --vary shop.clerks=2..4", "--minimize"),
    ] {
        let said = shop.refused(&words(command));
        assert!(said.contains(reason), "{command}: {said}");
    }
    let said = shop.refused(&words("sweep shop.ron --vary shop.clerks=2..4 --out nowhere/a.csv"));
    assert!(said.contains("cannot be opened for writing"), "{said}");
    let car = root().join("scenarios/broken-down-car");
    let car = car.to_str().expect("a name");
    let said = shop.refused(&["optimize", car, "--vary", "dealer.loaners=1..4", "--minimize", "calls"]);
    assert!(said.contains("choose it by --policy, of reactive, proactive, chatty"), "{said}");
}

#[test]
fn a_point_that_fails_is_named_and_the_ones_before_it_are_kept() {
    let shop = Shop::new(FAST);
    let text = SHOP.replace("LENGTH", FAST).replace("Note(name: paid", "Let(fails: \"1 / (5 - clerks)\"), Note(name: paid");
    fs::write(shop.path("shop.ron"), text).expect("a file");
    let said = shop.refused(&words("sweep shop.ron --vary shop.clerks=3,4,5,6 --out a.csv"));
    assert!(said.contains("point 3 (shop.clerks=5)"), "{said}");
    let kept = fs::read_to_string(shop.path("a.csv")).expect("what was kept");
    assert_eq!(kept.lines().count(), 2 + 2 * 2, "{kept}");
}

#[test]
fn the_indices_of_ishigami_are_those_of_theory() {
    let shop = Shop::new(FAST);
    let scenario = root().join("scenarios/research/ishigami.ron");
    let pi = "-3.14159265..3.14159265";
    let vary: Vec<String> = ["a", "b", "c"].iter().map(|name| format!("function.{name}={pi}")).collect();
    let mut command = vec!["sensitivity", scenario.to_str().expect("a name"), "--points", "1024", "--format", "json"];
    vary.iter().for_each(|vary| command.extend(["--vary", vary.as_str()]));
    let found = json(&shop.done(&command));
    let analysis = &found["analyses"][0];
    // Ishigami and Homma (1990). The variance is 13.845, and its root mean square error with 1,024 points about 0.12.
    assert!((analysis["variance"].as_f64().expect("a variance") - 13.845).abs() < 0.5, "{analysis:#}");
    for (name, first, total) in [("a", 0.3139, 0.5576), ("b", 0.4424, 0.4424), ("c", 0.0, 0.2437)] {
        let effect = &analysis["effects"][format!("function.{name}")];
        for (index, theory) in [("first", first), ("total", total)] {
            let number = |value: &Value| value.as_f64().expect("a number");
            let (low, high) = (number(&effect[index]["ci"][0]), number(&effect[index]["ci"][1]));
            // The bootstrap takes the points for independent, so its interval is wide; theory lies in it or close by.
            let slack = (high - low) / 2.0;
            assert!(high - low < 0.2, "{name} {index}: too wide to tell anything: {effect:#}");
            assert!(low - slack < theory && theory < high + slack, "{name} {index} is {theory}: {effect:#}");
        }
    }
}

#[test]
fn the_newsvendor_orders_the_critical_fractile() {
    // Demand is uniform on 50..150; 3 EUR missed beside 1 EUR left over ask for the 3/4 quantile, which is 125. The cost
    // near it grows by 0.02 EUR for the square of what is ordered too much or too little, and the noise of a paired
    // difference over 160 replications of 100 days is below 0.5 EUR: within 5 pieces nothing can be told.
    let shop = Shop::new(FAST);
    let scenario = root().join("scenarios/research/newsvendor.ron");
    let scenario = scenario.to_str().expect("a name");
    let search = ["optimize", scenario, "--vary", "stand.order=50..150", "--most", "160", "--format", "json"];
    let cost = |order: f64| {
        let of = |demand: u32| f64::max(order - f64::from(demand), 0.0) + 3.0 * f64::max(f64::from(demand) - order, 0.0);
        (50..=150).map(of).sum::<f64>() / 101.0
    };
    let order =
        |point: &Value| point["values"]["stand.order"].as_str().and_then(|text| text.parse::<f64>().ok()).expect("an order");
    for seed in ["1", "2", "3"] {
        let found = json(&shop.done(&[&search[..], &["--minimize", "cost", "--seed", seed]].concat()));
        let best = &found["best"];
        assert!((order(best) - 125.0).abs() <= 5.0, "{best:#}");
        let alike: Vec<f64> = found["not_told_apart"].as_array().expect("a list").iter().map(order).collect();
        assert!(alike.iter().all(|order| (order - 125.0).abs() <= 20.0), "{alike:?}");
        let checked = &best["checked"]["goal"];
        let (low, high) = (checked["ci"][0].as_f64().expect("an end"), checked["ci"][1].as_f64().expect("an end"));
        let width = high - low;
        let truth = cost(order(best));
        assert!(width < 3.0 && low - width < truth && truth < high + width, "{truth}: {checked:#}");
    }
    // At most 10 % of days sold out: 140 has 9.9 %, so the least cost that keeps to it for certain lies just above.
    let found = json(&shop.done(&[&search[..], &["--minimize", "cost", "--subject", "sold_out <= 10"]].concat()));
    let best = &found["best"];
    assert!((140.0..=144.0).contains(&order(best)) && best["limits"] == "met", "{best:#}");
    // What one gives for what: no order below the critical fractile is worth it, every one above it is.
    let frontier: Vec<f64> = found["frontier"].as_array().expect("a list").iter().map(order).collect();
    assert!(frontier.len() > 5 && frontier.iter().all(|order| *order >= 120.0), "{frontier:?}");
}

#[test]
fn the_template_is_swept_searched_and_asked_what_matters() {
    let shop = Shop::new(FAST);
    shop.done(&["new", "my-story"]);
    let fast = ["--set", "homes.count=60", "--set", "scenario.length=30d", "--replications", "3"];
    let readings = ["--vary", "ahead.readings=1..5"];
    let swept = shop.done(&[&["sweep", "my-story", "--measure", "without_heat"][..], &readings, &fast].concat());
    assert!(swept.contains("Best points by without heat (h): lower is better") && swept.contains("ahead"), "{swept}");
    let asked = shop.done(
        &[&["sensitivity", "my-story", "--method", "morris", "--policy", "ahead", "--points", "4"][..], &readings, &fast]
            .concat(),
    );
    assert!(asked.contains("What without heat (h) depends on under ahead"), "{asked}");
    let search = ["optimize", "my-story", "--policy", "ahead", "--minimize", "cost", "--subject", "gone_cold <= 50"];
    let found = shop.done(&[&search[..], &readings, &fast].concat());
    assert!(found.contains("which is every point there is") && found.contains("Frontier"), "{found}");
}
