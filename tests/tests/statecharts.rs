//! States inside states: who is entered and left in which order, who hears a message, and what a resumed state remembers.
//!
//! A machine writes a digit into its `log` at each turn of its life, so that the log at the end, a number, tells the order.

use rehearsal_tests::story::toy;

/// Runs a kind `machine` for an hour, and gives its log.
fn log(parts: &str) -> f64 {
    let kind = format!("Kind(name: machine, fields: {{ log: Int(0) }}, {parts}),");
    toy("1h", "machines: Group(kind: machine, count: 1)", &kind, "log: Final(of: log, over: machine)").exactly("log")
}

/// The step that writes a digit.
fn digit(digit: u32) -> String {
    format!("Set(log: \"log * 10 + {digit}\")")
}

#[test]
fn outer_states_are_entered_first_and_left_last() {
    let [one, two, three, four, five, six] = [1, 2, 3, 4, 5, 6].map(digit);
    let parts = format!(
        "initial: on, states: {{
            on: State(entry: [{one}], exit: [{four}], initial: low, states: {{
                low: State(entry: [{two}], exit: [{three}], after: [(delay: \"1min\", goto: off)]),
            }}),
            off: State(entry: [{five}], after: [(delay: \"2h\", do: [{six}])]),
        }}"
    );
    assert_eq!(log(&parts), 12_345.0);
}

#[test]
fn a_process_starts_when_the_states_inside_are_entered_and_ends_with_its_own_state() {
    let [one, two, three, four] = [1, 2, 3, 4].map(digit);
    let parts = format!(
        "initial: on, states: {{
            on: State(process: [{two}, Delay(\"2min\"), {three}, Delay(\"2min\"), {four}], initial: low, states: {{
                low: State(entry: [{one}], after: [(delay: \"1min\", goto: high)]),
                high: State(after: [(delay: \"2min\", goto: off)]),
            }}),
            off: State(),
        }}"
    );
    // The change from low to high leaves the process alone; off ends it at minute 3.
    assert_eq!(log(&parts), 123.0);
}

#[test]
fn the_innermost_handler_hears_a_message_and_those_around_it_do_not() {
    let [one, two, three] = [1, 2, 3].map(digit);
    let parts = format!(
        "initial: on, on: {{ ping: [{three}] }}, every: [(period: \"1min\", do: [Tell(to: self, message: ping)])], states: {{
            on: State(on: {{ ping: [{two}, Goto(off)] }}, initial: low, states: {{
                low: State(on: {{ ping: [{one}, Goto(high)] }}),
                high: State(),
            }}),
            off: State(after: [(delay: \"90s\", do: [End])]),
        }}"
    );
    // Minute 1: low. Minute 2: high says nothing, so on does. Minute 3: nobody but the kind.
    assert_eq!(log(&parts), 123.0);
}

#[test]
fn regions_inside_a_state_run_side_by_side_and_each_hears() {
    let [one, two, three] = [1, 2, 3].map(digit);
    let parts = format!(
        "initial: on, states: {{ on: State(
            on: {{ ping: [{three}] }},
            every: [(period: \"25min\", do: [Tell(to: self, message: ping)])],
            regions: {{
                light: Region(initial: dark, states: {{ dark: State(on: {{ ping: [{one}, Goto(lit)] }}), lit: State() }}),
                sound: Region(initial: still, states: {{ still: State(on: {{ ping: (if: \"is(light.lit)\", do: [{two}, Goto(loud)]) }}), loud: State() }}),
            }},
        ) }}"
    );
    // At the first ping both hear, in the order in which they stand, so that sound finds the light on. At the second neither
    // does, and the state around them hears.
    assert_eq!(log(&parts), 123.0);
}

#[test]
fn a_state_that_is_resumed_goes_on_where_it_was_left_and_one_that_is_not_begins_anew() {
    let [one, two, three] = [1, 2, 3].map(digit);
    let machine = |back: &str| {
        format!(
            "initial: working, states: {{
                working: State(after: [(delay: \"10min\", while: \"log < 1000\", goto: broken)], initial: cutting, states: {{
                    cutting: State(entry: [{one}], after: [(delay: \"8min\", goto: polishing)]),
                    polishing: State(initial: coarse, states: {{
                        coarse: State(entry: [{two}], after: [(delay: \"1min\", goto: fine)]),
                        fine: State(entry: [{three}]),
                    }}),
                }}),
                broken: State(after: [(delay: \"20min\", do: [{back}])]),
            }}"
        )
    };
    // Broken at minute 10, in polishing.fine; back at minute 30: as it was, or from the beginning (again at 38, 39).
    assert_eq!(log(&machine("Goto(state: working, resume: true)")), 1233.0);
    assert_eq!(log(&machine("Goto(working)")), 123_123.0);
}

#[test]
fn a_state_inside_another_can_be_entered_from_outside_and_left_for_one_further_out() {
    let [one, two, three, four] = [1, 2, 3, 4].map(digit);
    let parts = format!(
        "initial: off, states: {{
            off: State(entry: [{one}], after: [(delay: \"10min\", while: \"log < 10\", goto: \"on.high\")]),
            on: State(entry: [{two}], initial: low, states: {{
                low: State(entry: [{four}]),
                high: State(entry: [{three}], takes: {{ }}, after: [(delay: \"10min\", goto: off)]),
            }}),
        }}"
    );
    assert_eq!(log(&parts), 1231.0);
}

#[test]
fn what_a_state_takes_is_known_in_the_states_inside_it() {
    let parts = "initial: off, states: {
        off: State(after: [(delay: \"10min\", do: [Goto(state: on, with: (level: 7))])]),
        on: State(takes: { level: Int }, initial: low, states: {
            low: State(entry: [Set(log: level)], after: [(delay: \"1min\", goto: high)]),
            high: State(entry: [Set(log: \"log * 10 + level\")]),
        }),
    }";
    assert_eq!(log(parts), 77.0);
}
