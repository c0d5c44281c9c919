//! Programs of any kind do the same in all their forms: flat, as steps, and as machine code.
//!
//! What is grown here are kinds whose handlers reckon, branch, draw, wait and write to each other at random. Runs that end with
//! a fault have to end with the same one.

use proptest::prelude::*;
use proptest::sample::select;
use rehearsal_scenario::Scenario;
use rehearsal_world::plan::{Plan, ShortForm};
use rehearsal_world::{Run, Scratch, run};
use std::fs;

/// An expression of a whole number over `a`, `b` and `c`.
fn whole(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => select(vec!["a", "b", "c", "k"]).prop_map(str::to_owned),
        3 => (0_i64..9).prop_map(|value| value.to_string()),
        1 => select(vec!["9223372036854775807", "1048576", "65535"]).prop_map(str::to_owned),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (next, one) = (whole(depth - 1), whole(depth - 1));
    prop_oneof![
        2 => leaf,
        3 => (next.clone(), select(vec!["+", "-"]), one.clone()).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        2 => (next.clone(), one.clone(), 2_i64..5000).prop_map(|(x, y, n)| format!("(({x} * {y}) % {n})")),
        1 => (next.clone(), select(vec!["/", "%"]), 1_i64..9).prop_map(|(x, op, n)| format!("({x} {op} {n})")),
        1 => (next.clone(), one.clone()).prop_map(|(x, y)| format!("({x} / ({y} % 100 + 1))")),
        1 => (next.clone(), one.clone()).prop_map(|(x, y)| format!("({x} % {y})")),
        1 => next.clone().prop_map(|x| format!("-({x})")),
        1 => (truth(depth - 1), next, one).prop_map(|(test, x, y)| format!("({test} ? {x} : {y})")),
    ]
    .boxed()
}

/// An expression of a real number over `x`, `y` and `z`; infinite ones and such that are no number come of themselves.
fn real(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => select(vec!["x", "y", "z"]).prop_map(str::to_owned),
        2 => select(vec!["0.0", "-0.0", "0.5", "1.0", "3.25", "1e300", "1e-300", "(0.0 / 0.0)"]).prop_map(str::to_owned),
        1 => Just("number(a)".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (next, one) = (real(depth - 1), real(depth - 1));
    prop_oneof![
        2 => leaf,
        5 => (next.clone(), select(vec!["+", "-", "*", "/"]), one.clone()).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        1 => (next.clone(), select(vec!["+", "-"]), one.clone(), select(vec!["*", "/"]), real(0))
            .prop_map(|(x, op, y, times, z)| format!("({x} {op} {y} {times} {z})")),
        2 => (select(vec!["min", "max"]), next.clone(), one.clone()).prop_map(|(f, x, y)| format!("{f}({x}, {y})")),
        1 => (select(vec!["abs", "sqrt", "floor", "exp"]), next.clone()).prop_map(|(f, x)| format!("{f}({x})")),
        1 => next.clone().prop_map(|x| format!("-({x})")),
        1 => whole(depth - 1).prop_map(|n| format!("number({n})")),
        1 => (truth(depth - 1), next, one).prop_map(|(test, x, y)| format!("({test} ? {x} : {y})")),
    ]
    .boxed()
}

fn truth(depth: u32) -> BoxedStrategy<String> {
    let compare = || select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        2 => (whole(0), compare(), whole(0)).prop_map(|(x, op, y)| format!("{x} {op} {y}")),
        2 => (real(0), compare(), real(0)).prop_map(|(x, op, y)| format!("{x} {op} {y}")),
        1 => select(vec!["true", "false"]).prop_map(str::to_owned),
    ];
    if depth == 0 {
        return leaf.prop_map(|text| format!("({text})")).boxed();
    }
    let next = truth(depth - 1);
    prop_oneof![
        2 => leaf.prop_map(|text| format!("({text})")),
        2 => (whole(depth - 1), compare(), whole(depth - 1)).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        3 => (real(depth - 1), compare(), real(depth - 1)).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        2 => (next.clone(), select(vec!["&&", "||"]), next.clone()).prop_map(|(p, op, q)| format!("({p} {op} {q})")),
        1 => next.prop_map(|p| format!("!{p}")),
    ]
    .boxed()
}

/// A step, and what it holds.
fn step(depth: u32) -> BoxedStrategy<String> {
    let set = prop_oneof![
        3 => (select(vec!["a", "b", "c"]), whole(3)).prop_map(|(field, value)| format!("Set({field}: \"{value}\")")),
        4 => (select(vec!["x", "y", "z"]), real(3)).prop_map(|(field, value)| format!("Set({field}: \"{value}\")")),
        1 => (select(vec!["x", "y", "z"]), select(vec!["1.5", "0.25"]))
            .prop_map(|(field, mean)| format!("Set({field}: \"{field} * 0.5 + exponential({mean})\")")),
        1 => Just("Set(y: \"uniform(0, 1)\")".to_owned()),
        1 => Just("Delay(\"exponential(3s)\")".to_owned()),
        1 => Just("Tell(to: \"pick(cells)\", message: word, with: (k: \"a\", x: \"x\"))".to_owned()),
        1 => whole(1).prop_map(|n| format!("Delay(\"1s * number({n} % 7 + 7)\")")),
        1 => Just("Seize(resource: desk, as: seat), Delay(\"2s\"), Release(seat)".to_owned()),
    ];
    if depth == 0 {
        return set.boxed();
    }
    let inner = || proptest::collection::vec(step(depth - 1), 1..3).prop_map(|steps| steps.join(", "));
    let test = prop_oneof![3 => truth(2), 1 => Just("chance(0.4)".to_owned())];
    prop_oneof![
        4 => set,
        1 => (test.clone(), inner()).prop_map(|(test, then)| format!("If(test: \"{test}\", then: [{then}])")),
        1 => (test, inner(), inner())
            .prop_map(|(test, then, otherwise)| format!("If(test: \"{test}\", then: [{then}], else: [{otherwise}])")),
    ]
    .boxed()
}

/// A scenario of twenty cells whose handlers do these things.
fn story(beat: &str, hint: &str) -> String {
    format!(
        r#"[
    Scenario(
        title: "Cells", start: "2026-11-02 00:00", length: "400s",
        groups: {{ cells: Group(kind: cell, count: 20) }},
    ),
    Kind(
        name: cell,
        owns: {{ desk: Resource(capacity: 1) }},
        fields: {{ a: Int(3), b: Int(5), c: Int(0), x: Number(1), y: Number(-2.5), z: Number(0) }},
        every: [(period: "exponential(4s)", do: [Tell(to: self, message: beat, with: (k: "c"))])],
        on: {{
            beat: [Let(k: "event.k"), {beat}, Set(c: "(c + 1) % 1000"), Tell(to: "pick(cells)", message: hint, with: (k: "c")),
                Tell(to: self, message: word, with: (k: "b", x: "z"))],
            hint: [Let(k: "event.k"), {hint}],
            word: (if: "event.x > 0.5 || event.k % 2 == 0", do: [Set(b: "event.k % 1000"), Set(z: "event.x")]),
        }},
    ),
    Measures({{
        x: Final(of: x, over: cell, label: "x", unit: "per cell"),
        a: Final(of: a, over: cell, label: "a", unit: "per cell"),
    }}),
    Experiment(replications: 1, seed: 1),
]
"#
    )
}

fn loaded(text: &str) -> Scenario {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cells.ron");
    fs::write(&file, text).expect("written");
    Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}\n{text}", faults.render(false, 120)))
}

fn outcome(plan: &Plan, short: ShortForm, wants_code: bool) -> Result<(u64, u64), String> {
    let plan = Plan { short, ..plan.clone() };
    let wanted = Run { seed: 3, ..Run::default() };
    let ended = run(&plan, &wanted, &mut Scratch::default());
    // Else a comparison of forms would compare nothing.
    assert_eq!(plan.short.compiled() > 0, wants_code && cfg!(target_arch = "x86_64"), "what is compiled");
    match ended {
        Ok(found) => Ok((found.events, found.digest)),
        Err(error) => Err(error.to_string()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn all_forms_of_a_program_do_the_same(
        beat in proptest::collection::vec(step(2), 1..7), hint in proptest::collection::vec(step(1), 1..4),
    ) {
        let text = story(&beat.join(", "), &hint.join(", "));
        let scenario = loaded(&text);
        let flat = outcome(scenario.plan(), ShortForm::flat(), false);
        prop_assert_eq!(&outcome(scenario.plan(), ShortForm::steps(), false), &flat, "as steps\n{}", text);
        prop_assert_eq!(&outcome(scenario.plan(), ShortForm::machine(), true), &flat, "as machine code\n{}", text);
    }
}
