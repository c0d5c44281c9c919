//! A run that takes up more than it may stops, and says of what there is too much.

use rehearsal_scenario::{Limits, Scenario};

/// Runs a scenario of some kinds under a limit of a megabyte; gives what it stops with, which has to be something.
fn stopped(groups: &str, kinds: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    let text = format!(
        "[Scenario(title: \"x\", start: \"2026-01-05 00:00\", length: \"100d\", {groups}), {kinds}
        Measures({{ ends: Count(of: Enters(\"one.here\")) }}), Experiment(replications: 1)]"
    );
    std::fs::write(&file, text).expect("a file");
    let mut scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    scenario.limit(Limits { bytes: 1 << 20, rounds: 1000, ..Limits::default() });
    scenario.rehearse(0, 1, 0, None).expect_err("it takes more than it may").to_string()
}

const ONE: &str = "groups: { us: Group(kind: one, count: 1) }";

fn one(parts: &str) -> String {
    format!("Kind(name: one, fields: {{ x: Int(0) }}, initial: here, states: {{ here: State() }}, {parts}),")
}

#[test]
fn a_group_that_is_too_large() {
    let said = stopped("groups: { us: Group(kind: one, count: 100000) }", &one(""));
    assert!(said.starts_with("the actors of kind one would take more memory than a run may have, 1 MiB: make"), "{said}");
}

#[test]
fn parts_in_parts_in_parts() {
    let parts = ["two", "three", "four"].map(|next| format!("traits: {{ {next}s: Parts(kind: {next}, count: 64) }}"));
    let [first, second, third] = parts;
    let kinds = format!("{} Kind(name: two, {second}), Kind(name: three, {third}), Kind(name: four),", one(&first));
    let said = stopped(ONE, &kinds);
    assert!(said.starts_with("the actors of kind four would take more memory"), "{said}");
}

#[test]
fn an_agenda_by_the_minute_for_each() {
    let said = stopped("groups: { us: Group(kind: one, count: 9) }", &one("owns: { book: Agenda(capacity: 2, step: \"1min\") }"));
    assert!(said.starts_with("the agendas `book` of all one would take more memory"), "{said}");
}

#[test]
fn a_relation_of_all_with_all() {
    let groups = "groups: { us: Group(kind: one, count: 1000) }, relations: { all: Relation(among: us, same: y) }";
    let said = stopped(groups, &one("traits: { y: Int(1) }"));
    assert!(said.starts_with("the ties of relation `all` would take more memory"), "{said}");
}

#[test]
fn a_rehearsal_that_looks_far_ahead() {
    let shop = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/print-shop.ron");
    let mut scenario = Scenario::load(&shop, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    scenario.limit(Limits { ahead: 1000, ..Limits::default() });
    let foresight = scenario.policies().iter().position(|name| name == "foresight").expect("the policy");
    let said = scenario.rehearse(foresight, 1, 0, None).expect_err("it takes more than it may").to_string();
    assert!(said.starts_with("print-shop.ron:") && said.contains("take more than 1000 events: look less far ahead"), "{said}");
}

#[test]
fn a_message_that_makes_two() {
    let twice = "Tell(to: self, message: hi, after: \"1s\"), Tell(to: self, message: hi, after: \"1s\")";
    let said = stopped(ONE, &one(&format!("on: {{ hi: [{twice}] }}, after: [(delay: \"1s\", do: [{twice}])]")));
    assert!(said.starts_with("messages on their way, timers and steps that wait would take more memory"), "{said}");
}

#[test]
fn steps_that_wait_for_ever() {
    let parts =
        "every: [(period: \"1s\", do: [Wait(for: never)])], after: [(delay: \"90d\", do: [Tell(to: self, message: never)])]";
    let said = stopped(ONE, &one(parts));
    assert!(said.starts_with("messages on their way, timers and steps that wait would take more memory"), "{said}");
}

#[test]
fn steps_that_never_wait() {
    let kinds =
        format!("{} Kind(name: two),", one("after: [(delay: \"1s\", do: [Repeat(times: 2000, do: [Spawn(kind: two)])])]"));
    let said = stopped(ONE, &kinds);
    assert!(said.contains("more than 1000 steps without a wait"), "{said}");
}

#[test]
fn what_is_saved_under_a_limit_is_restored_under_another() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    let text = format!(
        "[Scenario(title: \"x\", start: \"2026-01-05 00:00\", length: \"1d\", {ONE}), {}
        Measures({{ ends: Count(of: Enters(\"one.here\")) }})]",
        one("every: [(period: \"1h\", do: [Set(x: \"x + 1\")])]")
    );
    std::fs::write(&file, text).expect("a file");
    let load = || Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    let (small, mut large) = (load(), load());
    large.limit(Limits { bytes: 1 << 40, rounds: u32::MAX, ahead: u64::MAX });
    let bytes = small.start("as_it_is", 1, 0).expect("it begins").snapshot().expect("it is saved");
    assert!(large.restore(&bytes).is_ok());
    large.limit(Limits { bytes: 10, rounds: 1, ahead: 1 });
    let Err(error) = large.restore(&bytes) else { panic!("more than it may have is restored") };
    assert!(error.to_string().contains("would take more memory"), "{error}");
}
