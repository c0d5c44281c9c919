//! Decision tables against a naive reading of all their rows, and numbers of theirs that are set.

use proptest::prelude::*;
use rehearsal_scenario::Scenario;
use std::fs;

/// A scenario of one file: these definitions, and one actor whose process is these steps and whose `out` is measured.
fn story(definitions: &str, steps: &str) -> String {
    format!(
        "[Scenario(title: \"t\", start: \"2026-01-05 00:00\", length: \"1h\", groups: {{ ones: Group(kind: one, count: 1) }}),
        {definitions}
        Kind(name: one, fields: {{ out: Number(0) }}, initial: here, states: {{
            here: State(process: [{steps}]), none: State(entry: [Set(out: -1)]),
        }}),
        Measures({{ out: Final(of: out, over: one) }}), Experiment(replications: 1)]"
    )
}

fn load(text: &str, settings: &[(String, String)]) -> Result<Scenario, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("story.ron");
    fs::write(&file, text).expect("a file");
    Scenario::load(&file, settings)
        .map_err(|faults| faults.faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("; "))
}

/// What `out` is in the end, or why the run stopped.
fn out(text: &str) -> Result<f64, String> {
    let scenario = load(text, &[]).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
    let outcome = scenario.rehearse(0, 1, 0, None).map_err(|error| error.to_string())?;
    Ok(outcome.overall[0].expect("a figure"))
}

/// A row: from, up to, one of the names or any, what it gives, its priority.
#[derive(Clone, Debug)]
struct Row {
    from: Option<i64>,
    to: Option<i64>,
    name: Option<usize>,
    gives: i64,
    priority: i32,
}

const NAMES: [&str; 3] = ["red", "green", "blue"];
const HITS: [&str; 9] = [
    "unique",
    "first",
    "priority",
    "any",
    "collect",
    "Collect(by: sum)",
    "Collect(by: min)",
    "Collect(by: max)",
    "Collect(by: count)",
];

impl Row {
    fn holds(&self, a: i64, b: usize) -> bool {
        self.from.is_none_or(|from| a >= from) && self.to.is_none_or(|to| a < to) && self.name.is_none_or(|name| name == b)
    }

    /// As it is written: by `if`, or by cells.
    fn written(&self, hit: &str, cells: bool) -> String {
        let range = match (self.from, self.to) {
            (Some(from), Some(to)) => format!("[{from}..{to})"),
            (Some(from), None) => format!(">= {from}"),
            (None, Some(to)) => format!("< {to}"),
            (None, None) => "-".into(),
        };
        let tests = [
            self.from.map(|from| format!("a >= {from}")),
            self.to.map(|to| format!("a < {to}")),
            self.name.map(|name| format!("b == {}", NAMES[name])),
        ];
        let test = tests.into_iter().flatten().collect::<Vec<_>>().join(" && ");
        let condition = match (cells, test.is_empty()) {
            (true, _) => format!("cells: [\"{range}\", \"{}\"],", self.name.map_or("-", |name| NAMES[name])),
            (false, false) => format!("if: \"{test}\","),
            (false, true) => String::new(),
        };
        let give = if hit.contains("count") { String::new() } else { format!("give: (g: {}),", self.gives) };
        format!("Row({condition} {give} priority: {})", self.priority)
    }
}

/// What a table comes to by looking at all of its rows; -1 for nothing, `Err` where rows clash.
fn naive(hit: &str, rows: &[Row], a: i64, b: usize) -> Result<f64, ()> {
    let holding: Vec<&Row> = rows.iter().filter(|row| row.holds(a, b)).collect();
    let gives: Vec<i64> = holding.iter().map(|row| row.gives).collect();
    let number = match (hit, gives.as_slice()) {
        ("Collect(by: count)", gives) => gives.len() as i64,
        // The list as digits behind a one.
        ("collect", gives) => gives.iter().fold(1, |digits, give| digits * 10 + give),
        (_, []) => -1,
        ("unique", [_, _, ..]) => return Err(()),
        ("any", [first, others @ ..]) if others.iter().any(|other| other != first) => return Err(()),
        ("unique" | "first" | "any", [first, ..]) => *first,
        ("priority", _) => {
            let highest = holding.iter().map(|row| row.priority).max().expect("a row");
            holding.iter().find(|row| row.priority == highest).expect("a row").gives
        }
        ("Collect(by: sum)", gives) => gives.iter().sum(),
        ("Collect(by: min)", gives) => *gives.iter().min().expect("a row"),
        (_, gives) => *gives.iter().max().expect("a row"),
    };
    Ok(number as f64)
}

fn row() -> impl Strategy<Value = Row> {
    let bound = || proptest::option::weighted(0.6, 0_i64..8);
    (bound(), bound(), proptest::option::of(0_usize..3), 0_i64..6, -2_i32..3).prop_map(|(from, to, name, gives, priority)| Row {
        from,
        to,
        name,
        gives,
        priority,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_table_comes_to_what_a_naive_reading_of_all_rows_says(
        mut rows in proptest::collection::vec(row(), 1..7), hit in 0_usize..9, a in 0_i64..8, b in 0_usize..3, cells: bool
    ) {
        let hit = HITS[hit];
        let always = |row: &Row| row.from.is_none() && row.to.is_none() && row.name.is_none();
        // What is certain to clash, or never reached, is refused when it is loaded.
        if let Some(at) = rows.iter().position(always) {
            match hit {
                "first" => rows.truncate(at + 1),
                "unique" => rows = vec![rows[at].clone()],
                _ => {}
            }
        }
        let written: Vec<String> = rows.iter().map(|row| row.written(hit, cells)).collect();
        let table = format!(
            "Table(name: t, takes: {{ a: Int, b: Name }}, gives: {{ g: Int }}, hit: {hit}, rows: [{}]),",
            written.join(", ")
        );
        let then = if hit == "collect" {
            "Set(out: 1), ForEach(of: \"x.g\", as: k, do: [Set(out: \"out * 10 + k\")])"
        } else {
            "Set(out: \"x.g\")"
        };
        let steps = format!("LookUp(in: t, with: (a: {a}, b: {}), as: x, else: [Goto(none)]), {then}", NAMES[b]);
        let found = out(&story(&table, &steps));
        match naive(hit, &rows, a, b) {
            Ok(known) => prop_assert_eq!(found, Ok(known)),
            Err(()) => prop_assert!(found.clone().is_err_and(|told| told.contains("both hold")), "{:?}", found),
        }
    }
}

/// A table with some of its text replaced.
fn edited(from: &str, to: &str) -> String {
    let table =
        "Table(name: t, params: { large: 5 }, takes: { a: Int, b: Span }, gives: { g: Int, h: Money }, hit: first, rows: [
        Row(name: much, if: \"a > large && b > 1h\", give: (g: 1, h: \"2 EUR\")), Row(give: (g: 3, h: \"0 EUR\"))]),";
    let steps = "LookUp(in: t, with: (a: 7, b: \"2h\"), as: x), Set(out: \"x.g + x.h / 1 EUR\")";
    let text = story(table, steps);
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

#[test]
fn several_values_are_given_at_once() {
    assert_eq!(out(&edited("a: 7", "a: 7")), Ok(3.0));
    assert_eq!(out(&edited("a: 7", "a: 5")), Ok(3.0));
    assert_eq!(out(&edited("b: \"2h\"", "b: \"1h\"")), Ok(3.0));
    assert_eq!(out(&edited("h: \"2 EUR\"", "h: \"0.5 * 20 EUR\"")), Ok(11.0));
}

#[test]
fn parameters_and_numbers_of_rows_may_be_set() {
    let run = |path: &str, value: &str| {
        let scenario = load(&edited("a: 7", "a: 7"), &[(path.into(), value.into())]).expect("it loads");
        scenario.rehearse(0, 1, 0, None).expect("a run").overall[0]
    };
    assert_eq!(run("t.large", "7"), Some(3.0));
    assert_eq!(run("t.much.h", "7 EUR"), Some(8.0));
    assert_eq!(run("t.much.g", "4"), Some(6.0));
}
