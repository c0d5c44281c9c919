//! What policies remember and the patterns over time that they look for, run through the world: what happens when, by hand.
//!
//! A probe states notes at moments that the test chooses; the policy sees them at once and, by its lever, states what it
//! found. It decides the same where it stands alone. That every feature and pattern is what its whole history says is tested in the policy crate.

use rehearsal_scenario::engine::{Cause, Decision, Engine, Event};
use rehearsal_scenario::{Scenario, Time};
use rehearsal_tests::story::close;
use rehearsal_tests::{Copied, rehearsal};
use rehearsal_trace::{Reader, Record, Value, What, story};
use std::fs;
use tempfile::TempDir;

const MINUTE: u64 = 60_000_000_000;

/// A scenario in a folder of its own.
struct Stage {
    folder: TempDir,
    scenario: Scenario,
}

/// When something was decided \[ns\], and by which rule or timer.
type Decided = Vec<(u64, String)>;

/// Notes of the probe: when \[min\], which, and the value that it carries.
type Script<'s> = &'s [(f64, &'s str, f64)];

/// A probe that follows a script, with what the policy `watcher` remembers, and its parts.
fn stage(script: Script<'_>, remembers: &str, policy: &str) -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    let mut names: Vec<&str> = script.iter().map(|(_, name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let sees: String = names.iter().map(|name| format!("{name}: Event(from: profile), ")).collect();
    let note = |(at, name, value): &(f64, &str, f64)| {
        format!("(delay: \"{at}min\", do: [Note(name: {name}, with: (value: \"{value:?}\"))]), ")
    };
    let after: String = script.iter().map(note).collect();
    let text = format!(
        "[Scenario(title: \"a probe\", start: \"2026-01-05 00:00\", length: \"1d\", groups: {{ probes: Group(kind: probe, count: 1) }}),
        Kind(name: probe, after: [{after}]),
        Procedure(name: Mark, params: {{ value: Value }}, do: [Note(name: marked, with: (value: value))]),
        Interface(about: probe, sees: {{ {sees} }}, remembers: {{ {remembers} }}, levers: [Mark]),
        Policy(name: watcher, initial: watching, {policy}),
        Measures({{ marks: Count(of: marked) }}), Experiment(replications: 1, seed: 1)]"
    );
    fs::write(&file, text).expect("a file");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    Stage { folder, scenario }
}

impl Stage {
    /// All that was recorded.
    fn records(&self) -> (Reader, Vec<Record>) {
        let trace = self.folder.path().join("run.trace");
        self.scenario.rehearse(0, 1, 0, Some(&trace)).expect("it runs");
        let reader = Reader::open(&trace).expect("a trace");
        let records = reader.records().map(|record| record.expect("a record")).collect();
        (reader, records)
    }

    /// What was marked: when \[min\], and the value; `none` where it was missing.
    fn marks(&self) -> Vec<(f64, Option<f64>)> {
        let records = self.records().1;
        assert_eq!(self.alone(&records), decided(&records), "alone it decides as it did in the rehearsal");
        records.into_iter().filter_map(marked).collect()
    }

    /// What the policy decides by itself on what its mind heard of the probe.
    fn alone(&self, records: &[Record]) -> Decided {
        let book = self.scenario.playbook("watcher").unwrap_or_else(|faults| panic!("{faults:?}"));
        let mut engine = Engine::new(book.clone());
        let mut decisions = Vec::new();
        // All that is known of it is the probe itself.
        let profile = engine.add(0, &vec![0; book.knows.len()], &mut decisions).expect("a profile");
        for record in records {
            let What::Message { name, from, to, fields, .. } = &record.what else { continue };
            if let (true, Some(kind)) = (from != to, book.event(name)) {
                let value = fields.iter().find(|(name, _)| name == "value").map_or(0.0, |(_, value)| number(value));
                let event = Event { profile, kind, at: record.at, words: &[value.to_bits()] };
                engine.feed(&event, &mut decisions).expect("it decides");
            }
        }
        engine.advance(24 * 60 * MINUTE, &mut decisions).expect("it decides");
        let name = |decision: &Decision| match decision.cause {
            Cause::Rule(number) => book.rules[usize::from(number)].name.clone(),
            Cause::Timer(_) => "time".to_owned(),
            Cause::Nothing => String::new(),
        };
        decisions.iter().map(|decision| (decision.at, name(decision))).collect()
    }
}

/// When something was marked \[min\], and the value; `None` where it was missing.
fn marked(record: Record) -> Option<(f64, Option<f64>)> {
    match record.what {
        What::Note { name, fields, .. } if name == "marked" => {
            Some((minutes(record.at), fields.first().map(|(_, value)| number(value))))
        }
        _ => None,
    }
}

/// All decisions of a run.
fn decided(records: &[Record]) -> Decided {
    let decision = |record: &Record| match &record.what {
        What::Decision(decision) => Some((record.at, decision.rule.clone())),
        _ => None,
    };
    records.iter().filter_map(decision).collect()
}

fn minutes(at: u64) -> f64 {
    at as f64 / MINUTE as f64
}

/// A value as a number; moments in minutes.
fn number(value: &Value) -> f64 {
    match value {
        Value::Int(value) => *value as f64,
        Value::Number(value) | Value::Quantity(value, _) => *value,
        Value::Time(at) => minutes(*at),
        other => panic!("{other:?} is no number"),
    }
}

/// A policy with patterns that marks since when the pattern `found` is there.
fn finds(patterns: &str) -> String {
    format!(
        "patterns: {{ {patterns} }}, states: {{ watching: State(rules: [
            Rule(name: there, on: found, do: [Mark(value: \"event.since\")]),
        ]) }}"
    )
}

/// When a pattern is found in a script \[min\], and since when.
fn found(script: Script<'_>, pattern: &str) -> Vec<(f64, f64)> {
    let marks = stage(script, "", &finds(&format!("found: {pattern}"))).marks();
    marks.into_iter().map(|(at, since)| (at, since.expect("a moment"))).collect()
}

/// The value of a feature at each note `look` of a script; missing where it was never fed.
fn feature(script: Script<'_>, feature: &str) -> Vec<Option<f64>> {
    let policy = "states: { watching: State(rules: [Rule(name: look, on: look, do: [Mark(value: it)])]) }";
    stage(script, &format!("it: {feature}"), policy).marks().into_iter().map(|(_, value)| value).collect()
}

/// Values are those that a sum by hand says, but for the order in which the sums are made.
#[track_caller]
fn near(found: &[Option<f64>], known: &[Option<f64>]) {
    assert_eq!(found.len(), known.len(), "{found:?}");
    for (found, known) in found.iter().zip(known) {
        match (found, known) {
            (Some(found), Some(known)) => close(*found, *known),
            (found, known) => assert_eq!(found, known),
        }
    }
}

const READINGS: Script<'static> = &[
    (0.5, "look", 0.0),
    (1.0, "a", 3.0),
    (2.0, "a", 5.0),
    (3.0, "a", 1.0),
    (4.0, "look", 0.0),
    (6.0, "a", 4.0),
    (8.0, "look", 0.0),
    (60.0, "look", 0.0),
];

#[test]
fn features_are_what_their_readings_come_to() {
    let of = |text: &str| feature(READINGS, text);
    assert_eq!(of("Streak(on: a, if: \"event.value > 2\")"), [0.0, 0.0, 1.0, 1.0].map(Some));
    assert_eq!(of("Count(on: a)"), [0.0, 3.0, 4.0, 4.0].map(Some));
    assert_eq!(of("Count(on: a, if: \"event.value > 2\")"), [0.0, 2.0, 3.0, 3.0].map(Some));
    assert_eq!(of("Count(on: a, over: 2, if: \"event.value > 2\")"), [0.0, 1.0, 1.0, 1.0].map(Some));
    assert_eq!(of("Last(on: a, of: \"event.value\")"), [None, Some(1.0), Some(4.0), Some(4.0)]);
    assert_eq!(of("Last(on: a, of: \"event.value\", if: \"event.value > 4\")"), [None, Some(5.0), Some(5.0), Some(5.0)]);
    assert_eq!(of("Since(on: a)"), [None, Some(60.0), Some(120.0), Some(3240.0)]);
    assert_eq!(of("Sum(on: a, of: \"event.value\")"), [0.0, 9.0, 13.0, 13.0].map(Some));
    assert_eq!(of("Mean(on: a, of: \"event.value\")"), [None, Some(3.0), Some(3.25), Some(3.25)]);
    assert_eq!(of("Mean(on: a, of: \"event.value\", over: 2)"), [None, Some(3.0), Some(2.5), Some(2.5)]);
    assert_eq!(of("Min(on: a, of: \"event.value\")"), [None, Some(1.0), Some(1.0), Some(1.0)]);
    assert_eq!(of("Max(on: a, of: \"event.value\", over: 2)"), [None, Some(5.0), Some(4.0), Some(4.0)]);
    // From 1 at minute 3 to 4 at minute 6.
    let rises = [None, Some(-4.0 / 60.0), Some(1.0 / 60.0), Some(1.0 / 60.0)];
    near(&of("Slope(on: a, of: \"event.value\", over: 2)"), &rises);
    assert_eq!(of("Ewma(on: a, of: \"event.value\", over: 3)"), [None, Some(2.5), Some(3.25), Some(3.25)]);
    // At minute 3 the weights are 1/4, 1/2 and 1; at minute 6 an eighth of those, and 1.
    let faded = of("Ewma(on: a, of: \"event.value\", half_life: \"1min\")");
    near(&faded, &[None, Some(4.25 / 1.75), Some((4.25 / 8.0 + 4.0) / (1.75 / 8.0 + 1.0)), Some(4.53125 / 1.21875)]);
}

#[test]
fn a_count_over_a_span_counts_what_is_just_so_old_and_no_more_than_it_says() {
    let of = |text: &str| feature(READINGS, text);
    // At minute 4: 1, 2, 3. At minute 8: 6, and 2 is too old at 6 minutes by nothing.
    assert_eq!(of("Count(on: a, over: \"6min\")"), [0.0, 3.0, 3.0, 0.0].map(Some));
    assert_eq!(of("Count(on: a, over: \"6min\", up_to: 2)"), [0.0, 2.0, 2.0, 0.0].map(Some));
    assert_eq!(of("Count(on: a, over: \"6min\", if: \"event.value > 2\")"), [0.0, 2.0, 2.0, 0.0].map(Some));
}

#[test]
fn what_is_computed_over_a_span_leaves_with_its_pane() {
    let of = |text: &str| feature(READINGS, text);
    // Panes of two minutes: at minute 8 those from 6 on; at minute 4 those from 2 on.
    let over = |what: &str| format!("{what}(on: a, of: \"event.value\", over: \"4min\", panes: 2)");
    assert_eq!(of(&over("Sum")), [0.0, 6.0, 4.0, 0.0].map(Some));
    assert_eq!(of(&over("Mean")), [None, Some(3.0), Some(4.0), None]);
    assert_eq!(of(&over("Min")), [None, Some(1.0), Some(4.0), None]);
    assert_eq!(of(&over("Max")), [None, Some(5.0), Some(4.0), None]);
    near(&of(&over("Slope")), &[None, Some(-4.0 / 60.0), None, None]);
}

#[test]
fn a_whole_number_and_a_value_that_may_be_missing_can_be_fed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    let text = "[Scenario(title: \"a probe\", start: \"2026-01-05 00:00\", length: \"1h\", groups: { probes: Group(kind: probe, count: 1) }),
        Kind(name: probe, after: [
            (delay: \"1min\", do: [Note(name: a, with: (whole: 3, value: 1.5))]),
            (delay: \"2min\", do: [Note(name: a, with: (whole: 4))]),
        ]),
        Procedure(name: Mark, params: { value: Value }, do: [Note(name: marked, with: (value: value))]),
        Interface(
            about: probe, sees: { a: Event(from: profile) }, levers: [Mark],
            remembers: { sum: Sum(on: a, of: \"event.whole\"), last: Last(on: a, if: \"has(event.value)\", of: \"event.value\") },
        ),
        Policy(name: watcher, initial: watching, states: { watching: State(rules: [
            Rule(name: mark, on: a, if: \"has(last)\", do: [Mark(value: \"sum + 100 * last\")]),
        ]) }),
        Measures({ marks: Sum(of: { marked: \"event.value\" }) }), Experiment(replications: 1, seed: 1)]";
    fs::write(&file, text).expect("a file");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    let stage = Stage { folder, scenario };
    let marks: Vec<f64> = stage.records().1.into_iter().filter_map(marked).map(|(_, value)| value.expect("a value")).collect();
    assert_eq!(marks, [153.0, 157.0]);
}

#[test]
fn what_fades_is_true_at_any_moment_and_not_only_when_something_happens() {
    let policy = "states: { watching: State(after: [
        (delay: \"5min\", do: [Mark(value: lights)]), (delay: \"8min\", do: [Mark(value: lights)]),
    ]) }";
    let script = [(1.0, "a", 0.0), (2.0, "a", 0.0)];
    let marks = stage(&script, "lights: Count(on: a, over: \"6min\")", policy).marks();
    assert_eq!(marks, [(5.0, Some(2.0)), (8.0, Some(1.0))]);
}

const ONE_AFTER_ANOTHER: Script<'static> = &[
    (1.0, "a", 1.0),
    (2.0, "a", 1.0),
    (3.0, "c", 1.0),
    (4.0, "b", 1.0),
    (5.0, "b", 1.0),
    (9.0, "b", 1.0),
    (20.0, "a", 1.0),
    (21.0, "b", 1.0),
];

#[test]
fn a_sequence_is_there_from_the_latest_beginning_on() {
    let of = |more: &str| found(ONE_AFTER_ANOTHER, &format!("Sequence(of: [a, b], within: \"7min\"{more})"));
    assert_eq!(of(""), [(4.0, 2.0), (21.0, 20.0)]);
    // Just seven minutes from 2 to 9 are not too much.
    assert_eq!(of(", after_match: keep"), [(4.0, 2.0), (5.0, 2.0), (9.0, 2.0), (21.0, 20.0)]);
    let shorter = found(ONE_AFTER_ANOTHER, "Sequence(of: [a, b], within: \"419s\", after_match: keep)");
    assert_eq!(shorter, [(4.0, 2.0), (5.0, 2.0), (21.0, 20.0)]);
}

#[test]
fn in_a_strict_sequence_nothing_lies_between_that_any_step_looks_at() {
    // The c between is not looked at.
    let of = |steps: &str| {
        found(ONE_AFTER_ANOTHER, &format!("Sequence(of: [{steps}], within: \"1h\", next: strict, after_match: keep)"))
    };
    assert_eq!(of("a, b"), [(4.0, 2.0), (21.0, 20.0)]);
    assert_eq!(of("a, a, b, b"), [(5.0, 1.0)]);
    assert_eq!(of("a, b, a"), []);
    assert_eq!(found(ONE_AFTER_ANOTHER, "Sequence(of: [a, b, a], within: \"1h\")"), [(20.0, 2.0)]);
    // An event of a kind that a step looks at lies between, even where it does not fit.
    let script = [(1.0, "a", 1.0), (2.0, "a", 0.0), (3.0, "a", 1.0), (4.0, "a", 1.0)];
    let pattern = "Sequence(of: [Step(on: a, if: \"event.value > 0\", times: 2)], within: \"1h\", next: strict)";
    assert_eq!(found(&script, pattern), [(4.0, 3.0)]);
    assert_eq!(found(&script, &pattern.replace("strict", "relaxed")), [(3.0, 1.0)]);
}

#[test]
fn a_step_may_be_worse_than_the_event_before() {
    let script = [(1.0, "a", 1.0), (2.0, "a", 2.0), (3.0, "a", 2.0), (4.0, "a", 3.0), (5.0, "a", 4.0), (6.0, "a", 1.0)];
    let of = |way: &str, times: u32| {
        found(
            &script,
            &format!("Sequence(of: [Step(on: a, {way}: \"event.value\", times: {times})], within: \"1h\", next: strict)"),
        )
    };
    assert_eq!(of("rising", 2), [(5.0, 4.0)]);
    assert_eq!(of("rising", 3), []);
    assert_eq!(of("falling", 1), [(6.0, 6.0)]);
}

#[test]
fn events_of_one_moment_are_taken_in_the_order_in_which_they_come() {
    let script = [(1.0, "a", 1.0), (1.0, "b", 1.0), (2.0, "b", 1.0), (2.0, "a", 1.0)];
    assert_eq!(found(&script, "Sequence(of: [a, b], within: \"1s\")"), [(1.0, 1.0)]);
    assert_eq!(found(&script, "All(of: [a, b], within: \"1s\")"), [(1.0, 1.0), (2.0, 2.0)]);
}

#[test]
fn all_are_there_in_any_order() {
    let of = |more: &str| found(ONE_AFTER_ANOTHER, &format!("All(of: [a, b], within: \"3min\"{more})"));
    assert_eq!(of(""), [(4.0, 2.0), (21.0, 20.0)]);
    assert_eq!(of(", after_match: keep"), [(4.0, 2.0), (5.0, 2.0), (21.0, 20.0)]);
    // The moments of its steps are known by their names.
    let policy = "patterns: { both: All(of: [a, Step(on: b, if: \"event.value > 0\")], within: \"3min\") }, states: { watching: State(rules: [
        Rule(name: there, on: both, do: [Mark(value: \"event.b - event.a\")]),
    ]) }";
    assert_eq!(stage(ONE_AFTER_ANOTHER, "", policy).marks(), [(4.0, Some(120.0)), (21.0, Some(60.0))]);
}

#[test]
fn an_absence_is_there_just_when_its_span_is_over() {
    let pattern = "Absence(of: b, after: a, within: \"10min\")";
    let of = |answer: f64| found(&[(1.0, "a", 1.0), (answer, "b", 1.0)], pattern);
    assert_eq!(of(10.9), []);
    // At this very moment it is too late.
    assert_eq!(of(11.0), [(11.0, 1.0)]);
    assert_eq!(of(0.5), [(11.0, 1.0)]);
    // Answered, and then not.
    let script = [(1.0, "a", 1.0), (5.0, "b", 1.0), (20.0, "a", 1.0), (50.0, "b", 1.0)];
    assert_eq!(found(&script, pattern), [(30.0, 20.0)]);
}

#[test]
fn while_an_absence_waits_the_first_counts_or_the_last() {
    let script = [(1.0, "a", 1.0), (5.0, "a", 1.0), (40.0, "b", 1.0)];
    let of = |again: &str| found(&script, &format!("Absence(of: b, after: a, within: \"10min\"{again})"));
    assert_eq!(of(""), [(11.0, 1.0)]);
    assert_eq!(of(", again: ignore"), [(11.0, 1.0)]);
    assert_eq!(of(", again: restart"), [(15.0, 5.0)]);
    // A sign of life that is its own answer.
    let alive = [(1.0, "a", 1.0), (5.0, "a", 1.0), (9.0, "a", 1.0)];
    assert_eq!(found(&alive, "Absence(of: a, after: a, within: \"6min\")"), [(15.0, 9.0)]);
}

#[test]
fn a_pattern_may_look_at_one_above_it_and_at_what_is_remembered() {
    let patterns =
        "twice: Sequence(of: [Step(on: a, times: 2)], within: \"1h\"), found: Sequence(of: [twice, b], within: \"1h\")";
    let marks = stage(ONE_AFTER_ANOTHER, "", &finds(patterns)).marks();
    assert_eq!(marks, [(4.0, Some(2.0))]);
    let remembers = "many: Count(on: a)";
    let patterns = "found: Sequence(of: [Step(on: a, if: \"many > least\"), b], within: \"1h\")";
    let policy = format!("params: {{ least: 2 }}, {}", finds(patterns));
    assert_eq!(stage(ONE_AFTER_ANOTHER, remembers, &policy).marks(), [(21.0, Some(20.0))]);
}

#[test]
fn a_match_reaches_the_rules_behind_the_event_that_completed_it() {
    let policy = "patterns: { found: Sequence(of: [a, b], within: \"1h\") }, states: {
        watching: State(rules: [
            Rule(name: b_came, on: b, do: [Goto(after_b)]),
            Rule(name: too_early, on: found, do: [Mark(value: 1.0)]),
        ]),
        after_b: State(rules: [Rule(name: there, on: found, do: [Mark(value: 2.0), Goto(watching)])]),
    }";
    assert_eq!(stage(ONE_AFTER_ANOTHER, "", policy).marks(), [(4.0, Some(2.0)), (21.0, Some(2.0))]);
}

#[test]
fn a_decision_says_what_was_matched() {
    let patterns =
        "found: Sequence(of: [a, Step(on: b, times: 2)], within: \"1h\"), none: Absence(of: c, after: c, within: \"5min\")";
    let policy = format!("{}, rules: [Rule(name: silent, on: none, do: [Mark(value: now)])]", finds(patterns));
    let stage = stage(ONE_AFTER_ANOTHER, "", &policy);
    let (reader, records) = stage.records();
    let decisions: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.what {
            What::Decision(decision) => Some((decision.rule.as_str(), decision.cause.as_str(), decision.matched.clone())),
            _ => None,
        })
        .collect();
    let moment = |name: &str, at: u64| (name.to_owned(), at * MINUTE);
    assert_eq!(decisions[0], ("there", "found", vec![moment("a", 2), moment("b", 5)]));
    assert_eq!(decisions[1], ("silent", "none", vec![moment("c", 3)]));
    let explained = rehearsal().args(["explain", "--decision", "1"]).arg(stage.folder.path().join("run.trace")).output();
    let explained = String::from_utf8(explained.expect("the command starts").stdout).expect("text").replace('\n', " ");
    assert!(explained.contains(": a at 00:02 and b at 00:05."), "{explained}");
    let mut told = Vec::new();
    story(&reader, "probe/0", &mut told).expect("a story");
    let told = String::from_utf8(told).expect("text");
    assert!(told.contains("because found at 00:05\n                                matched a at 00:02\n                                matched b at 00:05\n"), "{told}");
}

#[test]
fn a_mind_that_is_saved_or_forked_half_way_finds_the_same() {
    let patterns =
        "twice: Sequence(of: [Step(on: a, times: 2)], within: \"1h\"), found: Absence(of: c, after: b, within: \"10min\")";
    let remembers = "level: Mean(on: b, of: \"event.value\", over: \"20min\"), lights: Count(on: a, over: \"6min\")";
    let policy =
        format!("{}, rules: [Rule(name: seen, on: b, if: \"level > 0 && lights > 0\", do: [Mark(value: now)])]", finds(patterns));
    let stage = stage(ONE_AFTER_ANOTHER, remembers, &policy);
    let ended = |mut run: rehearsal_scenario::Replication<'_>| {
        run.run_until(Time::from_ns(24 * 60 * MINUTE)).expect("it runs");
        run.digest()
    };
    let whole = ended(stage.scenario.start("watcher", 1, 0).expect("it starts"));
    for minute in [0, 2, 3, 4, 5, 9, 14, 20, 30] {
        let mut run = stage.scenario.start("watcher", 1, 0).expect("it starts");
        run.run_until(Time::from_ns(minute * MINUTE)).expect("it runs");
        let saved = run.snapshot().expect("it can be saved");
        assert_eq!(ended(stage.scenario.restore(&saved).expect("it can be restored")), whole, "saved at minute {minute}");
        assert_eq!(ended(run.fork()), whole, "forked at minute {minute}");
    }
}

/// With all that its interface remembers in use: ten hot readings that rise, or three lights in three days.
#[test]
fn the_policy_of_the_broken_down_car_remembers_at_most_96_bytes_of_each() {
    let copied = Copied::new();
    copied.edit("scenarios/broken-down-car/policies/proactive.ron", "drift > rise", "drift > rise || lights > 2");
    let folder = copied.path("scenarios/broken-down-car");
    let scenario = Scenario::load(&folder, &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    let bytes = Engine::new(scenario.playbook("proactive").expect("it stands alone")).bytes_per_profile();
    // Words: 1 for the state, 1 for the timer that runs, 1 for Streak, 2 for Trend, 3 for Count up to three, 1 for the place
    // that a state takes, and 2 for the owner, the dealer and the channel.
    assert_eq!(bytes, 88);
}
