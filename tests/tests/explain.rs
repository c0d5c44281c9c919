//! Whether decisions explain themselves: `explain` and `coverage` on a small world, rules whose condition cannot be told,
//! policies in shadow, and two side by side.

use expect_test::{Expect, expect};
use rehearsal_tests::Copied;
use serde_json::Value;
use std::collections::BTreeSet;

const BOILERS: &str = "tests/fixtures/boilers.ron";

/// Records a run of the boilers; gives the copy in which `day.trace` lies.
fn recorded(more: &[&str]) -> Copied {
    let copied = Copied::new();
    record(&copied, more);
    copied
}

fn record(copied: &Copied, more: &[&str]) -> String {
    let words = [&["run", BOILERS, "--trace", "day.trace", "--format", "json"], more].concat();
    copied.done(&words)
}

fn told(copied: &Copied, words: &[&str], expected: Expect) {
    expected.assert_eq(&copied.done(&[&["explain", "day.trace"], words].concat()));
}

fn json(copied: &Copied, words: &[&str]) -> Value {
    let text = copied.done(&[words, &["--format", "json"]].concat());
    serde_json::from_str(&text).expect("JSON")
}

/// Records of a sort in the trace of the copy.
fn records(copied: &Copied, what: &str) -> Vec<Value> {
    let lines = copied.done(&["replay", "day.trace", "--format", "ndjson"]);
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    records.filter(|record| record["what"] == what).collect()
}

#[test]
fn a_decision_is_told_from_its_cause_to_what_came_of_it() {
    let copied = recorded(&["--explain-all"]);
    told(
        &copied,
        &["--actor", "boiler/2", "--at", "4 Nov 06:10"],
        expect![[r#"
        Decision 9 of careful
        Wednesday 4 Nov 06:00, boiler/2. The event reading (heat 9) from boiler/2, which happened 1 s
        before, reached careful in the state watching. With event.heat 9, seen fired (boilers.ron:47):
        event.heat > 8. loud_or_hot did not: unknown: loud was never fed. warm_in_time did not: fired a
        short while ago, rests another 18h. The state stayed watching. The next decision came 6 h later:
        loud_or_hot (decision 15).
    "#]],
    );
    told(
        &copied,
        &["--decision", "15"],
        expect![[r#"
        Decision 15 of careful
        Wednesday 4 Nov 12:00, boiler/2. The event reading (heat 10) from boiler/2, which happened 1 s
        before, reached careful in the state watching. With loud 7.5 and event.heat 10, loud_or_hot fired
        (boilers.ron:34): loud > 7 || event.heat > 12. warm_in_time and seen did not: loud_or_hot went
        first. The state went from watching to fixing. It told boiler/2 fix. The next decision came at once:
        done (decision 21).
    "#]],
    );
}

#[test]
fn what_no_rule_answered_is_told_too_with_what_was_missing() {
    let copied = recorded(&["--explain-all"]);
    told(
        &copied,
        &["--actor", "boiler/2", "--at", "13h"],
        expect![[r#"
        No decision of careful
        Monday 2 Nov 12:00, boiler/2. The event reading (heat 2) from boiler/2, which happened 1 s before,
        reached careful in the state watching. No rule fired. loud_or_hot did not: unknown: loud was never
        fed. warm_in_time did not: not in force: from Wed 4 Nov 00:00 until Thu 5 Nov 00:00. seen did not:
        its condition did not hold. The state stayed watching.
    "#]],
    );
    // Without being asked for it a record holds decisions only.
    let plain = recorded(&[]);
    assert!(records(&plain, "undecided").is_empty());
    assert_eq!(records(&plain, "decision"), records(&copied, "decision"));
}

#[test]
fn an_overview_counts_rules_reasons_and_what_was_missing() {
    told(
        &recorded(&["--explain-all"]),
        &[],
        expect![[r#"
        Decisions
                36  done (careful), boilers.ron:50
                36  loud_or_hot (careful), boilers.ron:34
                 6  seen (careful), boilers.ron:47
                 6  warm_in_time (careful), boilers.ron:37

        Events that no rule answered
                42

        Rules that looked and did not fire
                54  loud_or_hot (careful): unknown
                42  seen (careful): condition does not hold
                42  seen (careful): another rule went first
                 6  warm_in_time (careful): fired a short while ago
                42  warm_in_time (careful): not in force
                36  warm_in_time (careful): another rule went first

        Missing, so that a rule could not be told
                54  loud
    "#]],
    );
}

#[test]
fn what_happened_and_when_it_was_seen_are_apart() {
    let copied = recorded(&[]);
    let explained = json(&copied, &["explain", "day.trace", "--decision", "15"]);
    assert_eq!(explained["schema"], "rehearsal.explain/1");
    let decision = &explained["decisions"][0];
    let seen = decision["cause"]["seen"].as_u64().expect("a time");
    assert_eq!(decision["cause"]["happened"].as_u64(), Some(seen - 1_000_000_000));
    assert_eq!(decision["fired"]["rule"], "loud_or_hot");
    assert_eq!(decision["lost"][0]["why"], "outranked");
    assert_eq!(decision["next"]["rule"], "done");
}

#[test]
fn who_asks_for_nobody_or_nothing_hears_what_there_is() {
    let copied = recorded(&[]);
    let refused = |words: &[&str]| copied.refused(&[&["explain", "day.trace"], words].concat());
    assert!(refused(&["--actor", "bolier/2"]).contains("the nearest are boiler/2"));
    assert!(refused(&["--decision", "999"]).contains("there is no decision 999; there are careful 1 to"));
    assert!(refused(&["--decision", "hasty/1"]).contains("there is no decision 1 of hasty"));
    assert!(refused(&["--decision", "last"]).contains("write its number"));
    assert!(refused(&["--actor", "boiler/2", "--at", "1h"]).contains("so early: the first is at Wed 4 Nov"));
    assert!(refused(&["--parted"]).contains("--beside B"));
    let bytes = std::fs::read(copied.path("day.trace")).expect("a trace");
    copied.write("cut.trace", &bytes[..bytes.len() - 60]);
    assert!(copied.done(&["explain", "cut.trace"]).contains("loud_or_hot"), "what is whole is told");
}

#[test]
fn in_shadow_and_off_nothing_is_done() {
    let figure = |copied: &Copied, more: &[&str]| {
        let run: Value = serde_json::from_str(&record(copied, more)).expect("JSON");
        run["policies"][0]["measures"]["fixes"]["mean"].as_f64()
    };
    let copied = Copied::new();
    assert_eq!(figure(&copied, &[]), Some(42.0));
    assert_eq!(figure(&copied, &["--mode", "careful=shadow"]), Some(0.0));
    let shadow = records(&copied, "decision");
    assert!(!shadow.is_empty() && shadow.iter().all(|decision| decision["mode"] == "shadow"));
    // Its states move on as if it had acted: each boiler waits from the first time on for a repair that never comes.
    assert_eq!(shadow.iter().filter(|decision| decision["rule"] == "loud_or_hot").count(), 6);
    assert_eq!(figure(&copied, &["--mode", "careful=off"]), Some(0.0));
    assert!(records(&copied, "decision").is_empty());
    assert!(copied.refused(&["run", BOILERS, "--mode", "carefull=off"]).contains("did you mean `careful`?"));
    assert!(copied.refused(&["run", BOILERS, "--mode", "careful=asleep"]).contains("live, shadow, off or a share"));
}

#[test]
fn a_policy_says_itself_that_it_is_in_shadow() {
    let copied = Copied::new();
    copied.edit(BOILERS, "name: careful, initial: watching,", "name: careful, mode: shadow, initial: watching,");
    record(&copied, &[]);
    assert!(records(&copied, "decision").iter().all(|decision| decision["mode"] == "shadow"));
    assert!(records(&copied, "note").iter().all(|note| note["name"] != "fixed"));
}

#[test]
fn a_larger_canary_contains_a_smaller_one() {
    let profiles = |share: &str| -> BTreeSet<u64> {
        let copied = Copied::new();
        copied.edit(BOILERS, "count: 6", "count: 60");
        let mode = format!("name: careful, mode: Canary(share: {share}), initial: watching,");
        copied.edit(BOILERS, "name: careful, initial: watching,", &mode);
        record(&copied, &[]);
        records(&copied, "decision").iter().filter_map(|decision| decision["profile"].as_u64()).collect()
    };
    let (some, more, all) = (profiles("0.2"), profiles("\"50%\""), profiles("1"));
    assert!(!some.is_empty() && some.is_subset(&more) && more.is_subset(&all), "{some:?} {more:?}");
    assert!(some.len() < more.len() && more.len() < all.len());
    assert_eq!(all.len(), 60);
}

#[test]
fn whoever_looks_on_disturbs_nothing() {
    let (alone, watched) = (Copied::new(), Copied::new());
    let policy = ["--policy", "careful"];
    let one = record(&alone, &policy);
    let two = record(&watched, &[&policy[..], &["--beside", "hasty"]].concat());
    assert_eq!(one, two, "the same results, byte for byte");
    let of_live = |records: Vec<Value>| -> Vec<Value> { records.into_iter().filter(|record| record["mode"] == "live").collect() };
    assert_eq!(of_live(records(&alone, "decision")), of_live(records(&watched, "decision")));
    assert!(records(&watched, "decision").iter().any(|record| record["mode"] == "shadow"));
    assert!(watched.refused(&["run", BOILERS, "--trace", "x.trace", "--beside", "nobody"]).contains("no policy is called"));
}

#[test]
fn two_side_by_side_part_where_they_decide_differently() {
    let copied = recorded(&["--policy", "careful", "--beside", "hasty"]);
    told(
        &copied,
        &["--parted"],
        expect![[r#"
        careful in force, hasty in shadow beside it
                 0  events answered alike
                96  answered differently, about 6 profiles

        Which rules met where they parted
                36  careful: done; hasty: nothing
                18  careful: loud_or_hot; hasty: nothing
                18  careful: loud_or_hot; hasty: warm_enough
                12  careful: nothing; hasty: warm_enough
                 6  careful: seen; hasty: nothing
                 6  careful: warm_in_time; hasty: warm_enough

        Where each profile first parted
          Tue 3 Nov 00:00:01  boiler/0, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 1)
          Tue 3 Nov 00:00:01  boiler/1, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 2)
          Tue 3 Nov 00:00:01  boiler/2, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 3)
          Tue 3 Nov 00:00:01  boiler/3, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 4)
          Tue 3 Nov 00:00:01  boiler/4, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 5)
          Tue 3 Nov 00:00:01  boiler/5, reading
              careful: nothing
              hasty: warm_enough, stays watching (decision 6)
    "#]],
    );
    let parted = json(&copied, &["explain", "day.trace", "--parted"]);
    assert_eq!(parted["parted"]["first"][0]["live"], Value::Null);
    // What decides alike whether or not it acts does not part from itself.
    let same = recorded(&["--policy", "hasty", "--beside", "hasty"]);
    assert_eq!(json(&same, &["explain", "day.trace", "--parted"])["parted"]["differing"], 0);
    // A number means the decision of the policy in force, unless the policy is named.
    let of = |decision: &str| json(&copied, &["explain", "day.trace", "--decision", decision])["decisions"][0].clone();
    assert_eq!((&of("3")["policy"], &of("hasty/3")["policy"]), (&"careful".into(), &"hasty".into()));
    assert_eq!(of("hasty/3")["did"], Value::Array(Vec::new()), "nothing is done in shadow");
}

#[test]
fn coverage_names_what_never_came_to_use() {
    let copied = Copied::new();
    expect![[r#"
        Used in 3 replications

        careful: 4 of 4 rules, 2 of 3 states, 0 of 1 timers, 1 of 2 branches
          never entered  state given_up (boilers.ron:53)
          never rang     timer silence of fixing (boilers.ron:51)
          never taken    branch then (boilers.ron:35)

        hasty: 1 of 1 rules, 1 of 1 states
    "#]]
    .assert_eq(&copied.done(&["coverage", BOILERS]));
    let found = json(&copied, &["coverage", BOILERS, "--policy", "careful", "--replications", "1"]);
    assert_eq!((&found["schema"], &found["gaps"]), (&"rehearsal.coverage/1".into(), &3.into()));
    let parts = found["policies"][0]["parts"].as_array().expect("parts");
    let loud = parts.iter().find(|part| part["name"] == "loud_or_hot").expect("the rule");
    // Six boilers, fifteen readings each; the rattle comes between the ninth and the tenth.
    assert_eq!((&loud["evaluated"], &loud["times"], &loud["unknown"]), (&90.into(), &36.into(), &54.into()));
    let output = copied.command().args(["coverage", BOILERS, "--fail-on-gaps"]).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("3 parts of the policies never came to use"));
    assert_eq!(copied.done(&["coverage", BOILERS, "--policy", "hasty", "--fail-on-gaps"]).lines().count(), 3);
}

/// A condition over values of which some are missing, and what it comes to.
enum Test {
    Leaf(String, Option<bool>),
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
}

impl Test {
    /// A condition made of numbers. `a` is 5, `b` is 1; `c` and `d` were never fed.
    fn made(draw: &mut impl FnMut(usize) -> usize, depth: u32) -> Test {
        let values = [("a", Some(5.0)), ("b", Some(1.0)), ("c", None), ("d", None)];
        match draw(if depth == 0 { 3 } else { 7 }) {
            0 => {
                let (name, value) = values[draw(4)];
                Test::Leaf(format!("has({name})"), Some(value.is_some()))
            }
            1 | 2 => {
                let ((one, x), (other, y)) = (values[draw(4)], values[draw(4)]);
                let limit = draw(7) as f64;
                Test::Leaf(format!("{one} + {other} > {limit}.5"), x.zip(y).map(|(x, y)| x + y > limit + 0.5))
            }
            3 => Test::Not(Box::new(Test::made(draw, depth - 1))),
            4 | 5 => Test::And(Box::new(Test::made(draw, depth - 1)), Box::new(Test::made(draw, depth - 1))),
            _ => Test::Or(Box::new(Test::made(draw, depth - 1)), Box::new(Test::made(draw, depth - 1))),
        }
    }

    fn text(&self) -> String {
        match self {
            Test::Leaf(text, _) => text.clone(),
            Test::Not(of) => format!("!({})", of.text()),
            Test::And(one, other) => format!("({}) && ({})", one.text(), other.text()),
            Test::Or(one, other) => format!("({}) || ({})", one.text(), other.text()),
        }
    }

    /// Kleene's strong logic, by its tables.
    fn value(&self) -> Option<bool> {
        match self {
            Test::Leaf(_, value) => *value,
            Test::Not(of) => of.value().map(|value| !value),
            Test::And(one, other) => match (one.value(), other.value()) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Test::Or(one, other) => match (one.value(), other.value()) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

#[test]
fn conditions_come_to_what_kleene_says() {
    const COUNT: usize = 150;
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        // Knuth's MMIX generator; its upper bits are good enough for shapes.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let tests: Vec<Test> = (0..COUNT).map(|_| Test::made(&mut draw, 4)).collect();
    let each = |text: &dyn Fn(usize) -> String| (0..COUNT).map(text).collect::<String>();
    let scenario = format!(
        r#"[
        Scenario(title: "Kleene", start: "2026-11-02 00:00", length: "1d", groups: {{ things: Group(kind: thing, count: 1) }}),
        Kind(name: thing, after: [
            (delay: "1h", do: [Note(name: fed, with: (x: 5.0, y: 1.0)), If(test: "now < now", then: [Note(name: unfed, with: (x: 5.0))])]),
            (delay: "2h", do: [{}]),
        ]),
        Interface(about: thing, sees: {{ fed: Event(from: profile), unfed: Event(from: profile), {} }}, remembers: {{
            a: Last(on: fed, of: "event.x"), b: Last(on: fed, of: "event.y"),
            c: Last(on: unfed, of: "event.x"), d: Last(on: unfed, of: "event.x"),
        }}),
        Policy(name: rules, initial: all, states: {{ all: State(rules: [{}]) }}),
        Measures({{ fed: Count(of: fed) }}),
        Experiment(replications: 1),
        ]"#,
        each(&|at| format!("Note(e{at}), ")),
        each(&|at| format!("e{at}: Event(from: profile), ")),
        each(&|at| format!("Rule(name: r{at}, on: e{at}, if: \"{}\", do: [Goto(all)]), ", tests[at].text())),
    );
    let copied = Copied::new();
    copied.write("kleene.ron", scenario.as_bytes());
    let _ = copied.done(&["run", "kleene.ron", "--trace", "day.trace", "--explain-all"]);
    let fired: BTreeSet<String> = records(&copied, "decision").iter().map(|record| record["rule"].to_string()).collect();
    let lost: BTreeSet<(String, String)> = records(&copied, "undecided")
        .iter()
        .map(|record| (record["lost"][0]["rule"].to_string(), record["lost"][0]["why"].to_string()))
        .collect();
    let mut seen = [0; 3];
    for (at, test) in tests.iter().enumerate() {
        let rule = format!("\"r{at}\"");
        let has = |why: &str| lost.contains(&(rule.clone(), format!("\"{why}\"")));
        let (place, right) = match test.value() {
            Some(true) => (0, fired.contains(&rule)),
            Some(false) => (1, has("condition")),
            None => (2, has("unknown")),
        };
        assert!(right, "{} is {:?}", test.text(), test.value());
        seen[place] += 1;
    }
    assert!(seen.iter().all(|count| *count > COUNT / 10), "all three come to pass: {seen:?}");
}
