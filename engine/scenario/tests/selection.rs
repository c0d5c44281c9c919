//! How many rules a decision looks at, and whether a run with a policy beside it can be saved and restored.

use rehearsal_scenario::{Natives, Scenario, Time, Trying};
use std::fs;

/// A thing that beeps every hour, and a policy whose states have ten rules each, of which the last holds.
fn with_states(states: usize) -> tempfile::TempDir {
    let rule = |state: usize, rule: usize| {
        let next = (state + 1) % states;
        format!("Rule(name: r{rule}, on: beep, if: \"event.loud > {rule}\", priority: {rule}, do: [Goto(s{next})]),")
    };
    let state = |state: usize| {
        let rules: String = (0..10).map(|number| rule(state, number)).collect();
        format!("s{state}: State(rules: [{rules}]),")
    };
    let states: String = (0..states).map(state).collect();
    let text = format!(
        "[Scenario(title: \"Beeps\", start: \"2026-11-02 00:00\", length: \"30d\", groups: {{ things: Group(kind: thing, count: 1) }}),
        Kind(name: thing, every: [(period: \"1h\", do: [Note(name: beep, with: (loud: 0.5))])]),
        Interface(about: thing, sees: {{ beep: Event(from: profile) }}),
        Policy(name: one, initial: s0, states: {{ {states} }}),
        Policy(name: two, initial: idle, states: {{ idle: State(rules: [Rule(name: any, on: beep, do: [Goto(idle)])]) }}),
        Measures({{ beeps: Count(of: beep) }}), Experiment(replications: 1)]"
    );
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("scenario.ron"), text).expect("a file");
    folder
}

fn load(folder: &tempfile::TempDir, trying: &Trying) -> Scenario {
    match Scenario::load_trying(&folder.path().join("scenario.ron"), &[], &Natives::new(), trying) {
        Ok(scenario) => scenario,
        Err(faults) => panic!("{}", faults.render(false, 100)),
    }
}

/// Conditions evaluated in a run, by the number of states.
fn evaluated(states: usize) -> u64 {
    let folder = with_states(states);
    let scenario = load(&folder, &Trying::default());
    let (tally, _) = scenario.counted(0, 1, 0).expect("a run");
    tally.evaluated()
}

#[test]
fn a_thousand_rules_cost_what_the_ten_cost_that_can_match() {
    // A loudness of 0.5 passes the rule of 0 alone, which has the lowest priority: ten are looked at each time.
    let ten = evaluated(1);
    assert_eq!(ten, 10 * (30 * 24 - 1));
    assert_eq!(evaluated(100), ten, "the rules of other states are not looked at");
}

#[test]
fn a_run_beside_which_another_decides_goes_on_alike_from_a_snapshot() {
    let folder = with_states(3);
    let scenario = load(&folder, &Trying { beside: Some("two".into()), ..Trying::default() });
    let mut whole = scenario.start("one", 1, 0).expect("a run");
    whole.run_until(Time::from_ns(10 * 86_400_000_000_000)).expect("ten days");
    let bytes = whole.snapshot().expect("a snapshot");
    let mut again = scenario.restore(&bytes).expect("the same");
    let mut forked = whole.fork();
    for run in [&mut whole, &mut again, &mut forked] {
        run.run_until(run.end()).expect("the rest");
    }
    assert_eq!((whole.digest(), whole.digest()), (again.digest(), forked.digest()));
    let alone = load(&folder, &Trying::default());
    let outcome = whole.finish().expect("figures");
    let other = alone.rehearse(0, 1, 0, None).expect("a run");
    assert_eq!((outcome.overall, outcome.events), (other.overall, other.events));
    let refused = alone.restore(&bytes);
    assert!(refused.is_err(), "without the one beside it, it is another plan");
}
