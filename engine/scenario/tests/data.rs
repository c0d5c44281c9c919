//! Data from files to the people who are born by it: draws against the file, series against the clock, rows against
//! their weights, and what a run of a scenario with data keeps when it is saved.

use rehearsal_scenario::{Scenario, Time};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A scenario of one file in a folder of its own, with files of data beside it.
struct Story {
    folder: TempDir,
}

impl Story {
    fn new(definitions: &str, data: &[(&str, &str)]) -> Story {
        let story = Story { folder: tempfile::tempdir().expect("a folder") };
        story.write("story.ron", &format!("[{definitions}]"));
        for (file, text) in data {
            story.write(file, text);
        }
        story
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn load(&self) -> Scenario {
        Scenario::load(&self.folder.path().join("story.ron"), &[]).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn refused(&self) -> String {
        match Scenario::load(&self.folder.path().join("story.ron"), &[]) {
            Ok(_) => panic!("it loads"),
            Err(faults) => faults.faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("; "),
        }
    }
}

/// The figures of a run.
fn figures(scenario: &Scenario, replication: u64) -> Vec<f64> {
    let outcome = scenario.rehearse(0, 3, replication, None).expect("a run");
    outcome.overall.iter().map(|value| value.expect("a figure")).collect()
}

/// How many people are born by an expression, and each of them states what came out; a measure folds it.
fn people(count: u32, trait_of: &str, measures: &str, more: &str) -> String {
    format!(
        "Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"1h\", groups: {{ people: Group(kind: person, count: {count}) }}),
        Kind(name: person, traits: {{ {trait_of} }}), Measures({{ {measures} }}), {more}"
    )
}

/// The share of people below each of `bounds`, by a measure each: the distribution function where it is asked for.
fn shares_below(draw: &str, bounds: &[f64], more: &str, data: &[(&str, &str)]) -> Vec<f64> {
    let measures: String =
        bounds.iter().enumerate().map(|(at, x)| format!("b{at}: Final(of: \"v < {x:?} ? 1 : 0\", over: person), ")).collect();
    let text = people(20_000, &format!("v: Number(\"{draw}\")"), &measures, more);
    figures(&Story::new(&text, data).load(), 0)
}

/// Values of a column with gaps, repeats and an outlier.
const VALUES: [f64; 12] = [3.0, 1.0, 4.0, 1.5, 9.0, 2.5, 6.0, 5.0, 3.5, 3.0, 120.0, 7.5];

fn table() -> String {
    let rows: String = VALUES.iter().map(|value| format!("x,{value}\n")).collect();
    format!("name,value\n{rows}")
}

const COLUMN: &str = "Column(name: sample, file: \"data/t.csv\", column: \"value\")";

/// The largest distance of 20000 draws from the distribution of the file stays below sqrt(-ln(0.001 / 2) / 2n), the
/// Kolmogorov-Smirnov bound at 0.001; it is looked at below each value and behind it, where the steps are.
#[test]
fn empirical_draws_follow_the_file() {
    let bounds: Vec<f64> = VALUES.iter().flat_map(|value| [*value, value + 1e-9]).collect();
    let found = shares_below("empirical(sample)", &bounds, COLUMN, &[("data/t.csv", &table())]);
    for (bound, share) in bounds.iter().zip(found) {
        let theory = VALUES.iter().filter(|value| *value < bound).count() as f64 / VALUES.len() as f64;
        assert!((share - theory).abs() < 1.9495 / 20_000.0_f64.sqrt(), "below {bound}: {share}, not {theory}");
    }
}

/// The same against the polygon through the sorted values, with the k-th of n at the share (k - 1) / (n - 1).
#[test]
fn smoothed_draws_follow_the_line_through_the_file() {
    let mut sorted = VALUES.to_vec();
    sorted.sort_by(f64::total_cmp);
    let theory = |x: f64| {
        let at = sorted.partition_point(|value| *value < x).clamp(1, sorted.len() - 1);
        let (low, high) = (sorted[at - 1], sorted[at]);
        let part = if high > low { ((x - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 };
        ((at - 1) as f64 + part) / (sorted.len() - 1) as f64
    };
    let bounds: Vec<f64> = (1..60).map(|k| 1.0 + 0.17 * f64::from(k)).chain([20.0, 60.0, 110.0]).collect();
    let found = shares_below("smoothed(sample)", &bounds, COLUMN, &[("data/t.csv", &table())]);
    for (bound, share) in bounds.iter().zip(found) {
        // Two values that are alike make a step: its foot and its head are both right.
        if (bound - 3.0).abs() > 1e-6 {
            assert!(
                (share - theory(*bound)).abs() < 1.9495 / 20_000.0_f64.sqrt(),
                "below {bound}: {share}, not {}",
                theory(*bound)
            );
        }
    }
}

/// Whoever stands at the first half of a score draws from the first half of the file where it follows the score wholly.
#[test]
fn an_empirical_draw_leans_on_a_score() {
    let traits = "score: Number(\"normal(0, 1)\"), v: Number(\"correlated(empirical(sample), score, 1)\")";
    let measure = "torn: Final(of: \"(score < 0) == (v < 3.7) ? 0 : 1\", over: person), mean: Final(of: v, over: person)";
    let story = Story::new(&people(20_000, traits, measure, COLUMN), &[("data/t.csv", &table())]);
    let found = figures(&story.load(), 0);
    assert_eq!(found[0], 0.0);
    // The mean of the file is 13.83, the standard deviation 32.2; 3.29 standard errors of 20000 are 0.75.
    assert!((found[1] - VALUES.iter().sum::<f64>() / 12.0).abs() < 0.75, "{}", found[1]);
}

/// A person who replays a column hourly, from birth on.
const REPLAYING: &str = "Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"30h\",
        groups: { people: Group(kind: person, count: 3) }),
    Kind(name: person, fields: { sum: Number(0), last: Number(0), turn: Int(0) },
        every: [(period: \"1h\", do: [
            Set(turn: \"turn + 1\", last: \"replay(sample)\", sum: \"sum + number(turn) * last\"),
        ])]),
    Measures({ sum: Final(of: sum, over: person), last: Final(of: last, over: person) }),";

#[test]
fn each_actor_replays_the_file_in_its_order_and_begins_again() {
    let story = Story::new(&format!("{REPLAYING} {COLUMN}"), &[("data/t.csv", &table())]);
    let found = figures(&story.load(), 0);
    let turns = if found[1] == VALUES[29 % 12] { 30 } else { 29 };
    let sum: f64 = (0..turns).map(|turn| (turn + 1) as f64 * VALUES[turn % 12]).sum();
    assert_eq!(found, [sum, VALUES[(turns - 1) % 12]]);
}

#[test]
fn a_saved_run_goes_on_with_the_next_value() {
    let scenario = Story::new(&format!("{REPLAYING} {COLUMN}"), &[("data/t.csv", &table())]).load();
    let whole = scenario.rehearse(0, 3, 0, None).expect("a run");
    let policy = &scenario.policies()[0];
    let mut half = scenario.start(policy, 3, 0).expect("a beginning");
    half.run_until(Time::from_seconds(17.5 * 3600.0).expect("a time")).expect("a way");
    let saved = half.snapshot().expect("bytes");
    let mut restored = scenario.restore(&saved).expect("what was saved");
    restored.run_until(Time::from_seconds(30.0 * 3600.0).expect("a time")).expect("a way");
    assert_eq!(restored.outcome().expect("an end").overall, whole.overall);
}

#[test]
fn a_value_that_differs_makes_another_plan() {
    let story = Story::new(&format!("{REPLAYING} {COLUMN}"), &[("data/t.csv", &table())]);
    let fingerprint = || story.load().plan().fingerprint();
    let first = fingerprint();
    assert_eq!(fingerprint(), first);
    story.write("data/t.csv", &table().replace("120", "121"));
    assert_ne!(fingerprint(), first);
}

/// Hour by hour, what was read is what the file says for that hour.
fn read_hourly(options: &str, expected: &[f64]) {
    let text = format!(
        "Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"6h 30min\", groups: {{ posts: Group(kind: post, count: 1) }}),
        Series(name: rain, file: \"r.csv\", time: \"t\", value: \"mm\" {options}),
        Kind(name: post, every: [(period: \"1h\", do: [Note(name: seen, with: (depth: \"at(rain, now)\", hour: \"hour(now)\"))])]),
        Measures({{ {} }}),",
        (1..=6).map(|hour| format!("h{hour}: Tally(at: seen, of: \"event.depth\", if: \"event.hour == {hour}\"), ")).collect::<String>()
    );
    let clock = "t,mm\n-1,9\n2,1\n4,3\n5,0\n";
    let dates = "t,mm\n2026-11-01 23:00,9\n2026-11-02 02:00,1\n2026-11-02T04:00,3\n2026-11-02 05:00:00,0\n";
    let data = if options.contains("time_unit") { clock } else { dates };
    assert_eq!(figures(&Story::new(&text, &[("r.csv", data)]).load(), 0), expected, "{options}");
}

#[test]
fn a_series_is_read_at_its_moment() {
    read_hourly("", &[9.0, 1.0, 1.0, 3.0, 0.0, 0.0]);
    read_hourly(", time_unit: h", &[9.0, 1.0, 1.0, 3.0, 0.0, 0.0]);
    let sloped = [9.0 + (1.0 - 9.0) * (2.0 / 3.0), 1.0, 2.0, 3.0, 0.0, 0.0];
    read_hourly(", time_unit: h, read: Lines", &sloped);
}

/// Rows by weight, from a file and in RON, by a plain column and by an expression: Pearson's chi-square with 3 degrees of
/// freedom stays below 16.27, its value at 0.001.
#[test]
fn rows_are_picked_by_their_weight() {
    let weights = [5.0, 0.0, 3.0, 1.0, 1.0];
    let ron = "Rows(name: things, rows: [(id: 0, w: 5), (id: 1, w: 0), (id: 2, w: 3), (id: 3, w: 1), (id: 4, w: 1)])";
    let csv = "Rows(name: things, file: \"t.csv\", columns: { id: Number, w: Int })";
    let data = [("t.csv", "w,id\n5,0\n0,1\n3,2\n1,3\n1,4\n")];
    for (draw, more) in [("pick(things, it, it.w)", ron), ("pick(things, it, 2 * it.w)", ron), ("pick(things, it, it.w)", csv)] {
        let measures: String = (0..5).map(|id| format!("r{id}: Final(of: \"v.id == {id} ? 1 : 0\", over: person), ")).collect();
        let text = people(20_000, &format!("v: Row(things, \"{draw}\")"), &measures, more);
        let found = figures(&Story::new(&text, &data).load(), 0);
        let mut statistic = 0.0;
        for (share, weight) in found.iter().zip(weights) {
            let (seen, expected) = (share * 20_000.0, weight / 10.0 * 20_000.0);
            assert!(expected > 0.0 || seen == 0.0, "a weight of zero is never chosen");
            statistic += if expected > 0.0 { (seen - expected) * (seen - expected) / expected } else { 0.0 };
        }
        assert!(statistic < 16.27, "{draw}: chi-square {statistic}");
    }
}

#[test]
fn rows_go_where_values_go() {
    let text = "Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"2h\", groups: { shops: Group(kind: shop, count: 1) }),
        Rows(name: items, rows: [(name: cup, cost: \"4 EUR\", sold: true), (name: vase, cost: \"-3 EUR\", sold: false)]),
        Kind(name: shop, fields: {
                item: Row(items, \"items[1]\"), all: List(of: Row(items), at_most: 4), none: Maybe(Row(items)), sum: Money(\"0 EUR\"),
            },
            after: [(delay: \"1h\", do: [
                Set(all: \"items.filter(x, x.sold)\", none: \"items.first(x, x.cost > 99 EUR)\"),
                ForEach(of: items, as: x, do: [Set(sum: \"sum + x.cost\")]),
                Tell(to: self, message: sell, with: (what: \"items[0]\")),
            ])],
            on: { sell: [Set(item: \"event.what\")] }),
        Measures({
            cost: Final(of: \"item.cost / 1 EUR\", over: shop), count: Final(of: \"number(size(all))\", over: shop),
            none: Final(of: \"has(none) ? 1 : 0\", over: shop), sum: Final(of: \"sum / 1 EUR\", over: shop),
            same: Final(of: \"item == all[0] && item.name == cup ? 1 : 0\", over: shop),
        }),";
    assert_eq!(figures(&Story::new(text, &[]).load(), 0), [4.0, 1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_cell_may_carry_its_unit_and_another_name() {
    let rows = "Rows(name: things, file: \"t.csv\", columns: {
        name: Name(from: \"Thing\"), wait: Span, cost: Money(unit: ct, from: \"Cost in cents\"), opens: Clock, open: Bool,
    }, missing: Skip)";
    let data = [(
        "t.csv",
        "Thing,wait,Cost in cents,opens,open\nbig shop,1h 30min,250,08:30,true\n,2h,1,09:00,true\nb,3min,1,10:00,false\n",
    )];
    let measures =
        "wait: Final(of: \"things[0].wait / 1min\", over: person), cost: Final(of: \"things[0].cost / 1 EUR\", over: person),
        count: Final(of: \"number(size(things))\", over: person),
        named: Final(of: \"things[0].name == 'big shop' && things[0].opens == 08:30 && !things[1].open ? 1 : 0\", over: person)";
    let text = people(1, "x: Number(0)", measures, rows);
    assert_eq!(figures(&Story::new(&text, &data).load(), 0), [90.0, 2.5, 2.0, 1.0]);
}

/// Whatever stands in a file, loading ends with a scenario or with faults.
#[test]
fn files_of_any_content_do_not_panic() {
    let definitions = "Column(name: sample, file: \"t.csv\", column: \"value\", missing: Skip)";
    let text = people(1, "v: Number(\"empirical(sample)\")", "v: Final(of: v, over: person)", definitions);
    for content in [
        "value",
        "value\n",
        "\n\n",
        "value,value\n1,2",
        "\"value\n1",
        "value\n1e400",
        "value\n-0",
        "value\r1\r2",
        "\u{0}",
        ",,,\n,,,",
    ] {
        let story = Story::new(&text, &[("t.csv", content)]);
        let _ = Scenario::load(&story.folder.path().join("story.ron"), &[]);
    }
    let log = text.replace("t.csv", "t.xes").replace("column: \"value\"", "from: \"a\", to: \"b\"");
    for content in
        ["", "<log/>", "<log><trace/></log>", "<log><trace><event/></trace></log>", "&amp;", "<log>&bad;</log>", "<!DOCTYPE x>"]
    {
        let story = Story::new(&log, &[("t.xes", content)]);
        assert!(!story.refused().is_empty(), "{content}");
    }
}
