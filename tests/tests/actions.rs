//! Steps that are done together or not at all: what is undone, in which order, and who hears of it.
//!
//! A machine writes a digit into its `log` for each thing that it does and for each that it undoes, so that the log at the
//! end, a number, tells the order. What was done as 1 is undone as 5, 2 as 6, 3 as 7.

use rehearsal_tests::story::{close, toy};

/// What a machine may do.
const MARKS: &str = "
    Procedure(name: Mark, params: { digit: Value }, do: [Set(log: \"log * 10 + digit\")],
        undo: [Set(log: \"log * 10 + digit + 4\")]),
    Procedure(name: SlowMark, params: { digit: Value }, do: [Delay(\"10min\"), Mark(digit)],
        undo: [Delay(\"10min\"), Set(log: \"log * 10 + digit + 4\")]),";

/// A shop that is asked for slips, and says no where it has not so many.
const SHOP: &str = "
    Procedure(name: TakeSlip, params: { units: Value }, do: [
        Ask(of: \"pick(shops)\", call: slip, with: (units: units), as: given, within: \"1min\", else: [Refuse(reason)]),
        Mark(digit: 3),
    ], undo: [Tell(to: \"pick(shops)\", message: brings_back, with: (units: given)), Set(log: \"log * 10 + given\")]),
    Kind(name: shop, owns: { slips: Stock(level: 7) }, fields: { back: Int(0) },
        answers: { slip: Answer(takes: { units: Int }, do: [Take(stock: slips, units: units)], give: units) },
        on: { brings_back: [Fill(stock: slips, units: \"event.units\"), Set(back: \"back + event.units\")] }),";

/// Runs a kind `one` with these parts for an hour, beside these definitions, and measures its log besides.
fn run(definitions: &str, parts: &str, measures: &str) -> impl Fn(&str) -> f64 + use<> {
    let shops = if definitions.contains("name: shop") { "shops: Group(kind: shop, count: 1)," } else { "" };
    let groups = format!("{shops} ones: Group(kind: one, count: 1)");
    let parts = format!("{MARKS} {definitions} Kind(name: one, fields: {{ log: Int(0) }}, {parts}),");
    let figures = toy("1h", &groups, &parts, &format!("log: Final(of: log, over: one), {measures}")).figures();
    move |name| figures(name).mean
}

/// A process of one state.
fn process(steps: &str) -> String {
    format!("initial: here, states: {{ here: State(process: [{steps}]) }}")
}

/// Runs steps as the process of a state, and gives the log.
fn log(steps: &str) -> f64 {
    let definitions = if steps.contains("TakeSlip") { SHOP } else { "" };
    run(definitions, &process(steps), "")("log")
}

#[test]
fn what_is_done_together_stays_where_nothing_is_refused() {
    assert_eq!(log("Together(do: [Mark(1), Mark(2), Mark(3)], else: [Set(log: 0)]), Mark(4)"), 1234.0);
    assert_eq!(log("Mark(1), If(test: \"log > 1\", then: [Refuse(never)]), Mark(2)"), 12.0);
}

#[test]
fn where_one_is_refused_those_before_it_are_undone_the_last_first() {
    assert_eq!(log("Together(do: [Mark(1), Mark(2), Refuse(full), Mark(3)], else: [Mark(9)]), Mark(8)"), 126_598.0);
    assert_eq!(log("Together(do: [Refuse(full), Mark(1)], else: [])"), 0.0);
    assert_eq!(log("Together(do: [Mark(1), SlowMark(2), Refuse(full)], else: [Mark(9)])"), 12_659.0);
}

#[test]
fn else_knows_why() {
    let reason = |steps: &str| {
        log(&format!("Together(do: [Mark(1), {steps}], else: [If(test: \"reason == full\", then: [Mark(9)], else: [Mark(8)])])"))
    };
    assert_eq!(reason("Refuse(full)"), 159.0);
    assert_eq!(reason("Refuse(empty)"), 158.0);
    // An undo that asks has another reason in between.
    let asks = "TakeSlip(units: 2), If(test: true, then: [Refuse(full)])";
    assert_eq!(reason(asks), 13_259.0);
}

#[test]
fn a_branch_that_was_not_taken_is_not_undone() {
    let steps = "Let(one: 1), Together(do: [
        If(test: \"one == 1\", then: [Mark(1)], else: [Mark(2)]), Mark(3), Refuse(full)], else: [])";
    assert_eq!(log(steps), 1375.0);
}

#[test]
fn an_undo_knows_what_was_named_when_it_was_done() {
    let steps = "Together(do: [TakeSlip(units: 3), TakeSlip(units: 2), TakeSlip(units: 4)], else: [Mark(9)])";
    let measures = "slips: Final(of: \"slips.level\", over: shop), back: Final(of: back, over: shop), undone: Count(of: undone)";
    let figures = run(SHOP, &process(steps), measures);
    // Seven slips: three and two are given, four are too many.
    close(figures("log"), 33_239.0);
    close(figures("slips"), 7.0);
    close(figures("back"), 5.0);
    close(figures("undone"), 2.0);
}

#[test]
fn what_lies_in_each_other_is_undone_once() {
    // A call that says how it is undone stands for the calls in it; one that does not leaves it to them.
    let procedures = "Procedure(name: Both, do: [Mark(1), Mark(2)]),
        Procedure(name: AsOne, do: [Mark(1), Mark(2)], undo: [Set(log: \"log * 10\")]),
        Procedure(name: Halfway, do: [Mark(1), Refuse(full)], undo: [Set(log: \"log * 10\")]),";
    let log = |steps: &str| run(procedures, &process(steps), "")("log");
    assert_eq!(log("Together(do: [Both, Refuse(full)], else: [])"), 1265.0);
    assert_eq!(log("Together(do: [AsOne, Refuse(full)], else: [])"), 120.0);
    assert_eq!(log("Together(do: [Halfway], else: [Mark(9)])"), 159.0);
}

#[test]
fn inner_ones_are_undone_by_themselves_or_with_those_around_them() {
    let inner_fails = "Together(do: [Mark(1), Together(do: [Mark(2), Refuse(full)], else: [Mark(9)]), Mark(3)], else: [Mark(8)])";
    assert_eq!(log(inner_fails), 12_693.0);
    let outer_fails = "Together(do: [Mark(1), Together(do: [Mark(2), Mark(3)], else: [Mark(9)]), Refuse(full)], else: [Mark(8)])";
    assert_eq!(log(outer_fails), 1_237_658.0);
    let both_fail = "Together(do: [Mark(1), Together(do: [Mark(2), Refuse(full)], else: [Refuse(reason)])], else: [
        If(test: \"reason == full\", then: [Mark(8)])])";
    assert_eq!(log(both_fail), 12_658.0);
}

#[test]
fn each_round_of_a_loop_begins_anew() {
    let steps = "Repeat(times: 3, as: k, do: [
        Together(do: [Mark(1), If(test: \"k == 1\", then: [Refuse(full)])], else: [Mark(9)])])";
    assert_eq!(log(steps), 11_591.0);
}

#[test]
fn an_undo_that_is_refused_is_noted_and_the_others_go_on() {
    let mulish = "Procedure(name: Mulish, do: [Set(log: \"log * 10\")], undo: [Refuse(too_late)]),";
    let measures = "undone: Count(of: undone, if: \"event.reason == full\"), \
                    not: Count(of: not_undone, if: \"event.lever == Mulish && event.reason == too_late\")";
    let steps = "Together(do: [Mark(1), Mulish, Mark(2), Refuse(full)], else: [Mark(9)])";
    let figures = run(mulish, &process(steps), measures);
    close(figures("log"), 102_659.0);
    close(figures("undone"), 2.0);
    close(figures("not"), 1.0);
}

#[test]
fn what_was_seized_together_goes_back_where_one_is_refused() {
    let log = |end: &str| {
        let steps = format!(
            "Together(do: [Seize(resource: key, as: mine), Mark(1), {end}], else: []), Set(log: \"log * 10 + int(key.busy)\")"
        );
        run("", &format!("owns: {{ key: Resource(capacity: 1) }}, {}", process(&steps)), "")("log")
    };
    assert_eq!(log("Mark(2)"), 121.0);
    assert_eq!(log("Refuse(full)"), 150.0);
}

#[test]
fn a_slot_that_is_taken_refuses_what_is_done_together() {
    let steps = "Reserve(agenda: book, slot: \"slot(today(12:00), 1h)\"),
        Together(do: [Mark(1), Reserve(agenda: book, slot: \"slot(today(12:00), 1h)\")], else: [
            If(test: \"reason == slot_taken\", then: [Mark(9)])])";
    let parts = format!("owns: {{ book: Agenda(capacity: 1, step: \"1h\") }}, {}", process(steps));
    assert_eq!(run("", &parts, "")("log"), 159.0);
}

/// A process that is left after a while for a state where 8 is marked.
fn left(after: &str, steps: &str) -> String {
    format!(
        "initial: here, states: {{
            here: State(process: [{steps}], after: [(delay: \"{after}\", goto: there)]), there: State(entry: [Mark(8)]),
        }}"
    )
}

#[test]
fn where_the_state_is_left_in_the_middle_what_was_done_is_undone_and_else_is_not_done() {
    let steps = "Together(do: [Mark(1), Mark(2), Delay(\"30min\"), Mark(3)], else: [Mark(9)])";
    let figures = run("", &left("10min", steps), "undone: Count(of: undone, if: \"event.reason == left\")");
    // It is there first, then it undoes what it did here.
    close(figures("log"), 12_865.0);
    close(figures("undone"), 2.0);
    // Whole before it is left: nothing is undone.
    let whole = run("", &left("40min", steps), "")("log");
    close(whole, 1238.0);
}

#[test]
fn an_answer_under_way_is_waited_for_and_undone_too() {
    // The state is left while the shop thinks of an answer: its own message is one microstep away.
    let steps = "Together(do: [Mark(1), Tell(to: self, message: away), TakeSlip(units: 3), Mark(2)], else: [Mark(9)])";
    let parts = format!(
        "initial: here, states: {{
            here: State(process: [{steps}], on: {{ away: [Goto(there)] }}), there: State(entry: [Mark(8)]),
        }}"
    );
    let measures = "slips: Final(of: \"slips.level\", over: shop), back: Final(of: back, over: shop)";
    let figures = run(SHOP, &parts, measures);
    close(figures("slips"), 7.0);
    close(figures("back"), 3.0);
    close(figures("log"), 18_335.0);
}

#[test]
fn undoing_goes_on_where_the_state_is_left_meanwhile() {
    let steps = "Together(do: [SlowMark(1), SlowMark(2), Refuse(full)], else: [Mark(9)])";
    // Done at minutes 10 and 20, left at 25, undone at 30 and 40; `else` would be done in a state that is left.
    close(run("", &left("25min", steps), "")("log"), 12_865.0);
}

#[test]
fn inner_and_outer_ones_are_undone_where_the_state_is_left() {
    let steps = "Together(do: [Mark(1), Together(do: [Mark(2), Delay(\"30min\")], else: [Mark(9)])], else: [Mark(9)])";
    close(run("", &left("10min", steps), "")("log"), 12_865.0);
}

#[test]
fn who_leaves_the_world_undoes_nothing() {
    let parts = "initial: here, states: { here: State(
        process: [Together(do: [TakeSlip(units: 3), Delay(\"30min\")], else: [Mark(9)])],
        after: [(delay: \"10min\", do: [End])],
    ) }";
    close(run(SHOP, parts, "slips: Final(of: \"slips.level\", over: shop)")("slips"), 4.0);
}

/// A policy that books rooms and is told a little later to give up, or not.
fn policy(rules: &str, process: &str) -> impl Fn(&str) -> f64 + use<> {
    let parts = format!(
        "Kind(name: shop, owns: {{ slips: Stock(level: 7) }},
            answers: {{ slip: Answer(takes: {{ units: Int }}, do: [Take(stock: slips, units: units)], give: units) }},
            on: {{ brings_back: [Fill(stock: slips, units: \"event.units\")] }}),
        Kind(name: one, traits: {{ shop: Ref(shop, \"pick(shops)\") }}, initial: here, states: {{ here: State(after: [
            (delay: \"10min\", do: [Note(wants)]), (delay: \"20min\", do: [Note(wants_no_more)])]) }}),
        Procedure(name: TakeSlip, params: {{ units: Value }}, do: [
            Ask(of: shop, call: slip, with: (units: units), as: given, within: \"1min\", else: [Refuse(sold_out)]),
        ], undo: [Tell(to: shop, message: brings_back, with: (units: given))]),
        Procedure(name: Say, params: {{ what: Name }}, do: [Note(name: said, with: (what: what))]),
        Interface(about: one, knows: {{ shop: Ref(shop, \"profile.shop\") }},
            sees: {{ wants: Event(from: profile), wants_no_more: Event(from: profile) }}, hears: [undone, refused],
            levers: [TakeSlip, Say]),
        Policy(name: p, initial: waiting, states: {{
            waiting: State(rules: [Rule(name: begin, on: wants, do: [Goto(at_work)])]),
            at_work: State(process: [{process}], rules: [{rules}]),
            over: State(rules: [Rule(name: heard, on: undone, if: \"event.lever == TakeSlip\", do: [Say(heard_undone)])]),
        }}),"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("story.ron");
    let text = format!(
        "[Scenario(title: \"t\", start: \"2026-01-05 00:00\", length: \"1h\", latency: \"1s\",
            groups: {{ shops: Group(kind: shop, count: 1), ones: Group(kind: one, count: 1) }}), {parts}
        Measures({{ slips: Final(of: \"slips.level\", over: shop), said: Count(of: said) }}), Experiment(replications: 1)]"
    );
    std::fs::write(&file, text).expect("a file");
    let output = rehearsal_tests::rehearsal().args(["run", "--format", "json"]).arg(&file).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let measures = json["policies"][0]["measures"].clone();
    move |name| measures[name]["mean"].as_f64().expect("a figure")
}

#[test]
fn a_rule_that_leaves_the_state_undoes_what_its_process_did() {
    let leaves = "Rule(name: no_more, on: wants_no_more, do: [Goto(over)])";
    let figures = policy(leaves, "Together(do: [TakeSlip(units: 3), TakeSlip(units: 2), Delay(\"30min\")], else: [Goto(over)])");
    close(figures("slips"), 7.0);
    // Both are heard in the state where the policy is by then.
    close(figures("said"), 2.0);
    // What was whole before stays.
    let figures = policy(leaves, "Together(do: [TakeSlip(units: 3), TakeSlip(units: 2)], else: [Goto(over)]), Delay(\"30min\")");
    close(figures("slips"), 2.0);
    close(figures("said"), 0.0);
}

#[test]
fn a_policy_hears_what_was_refused_only_where_it_says_so() {
    let hears = "Rule(name: heard, on: refused, if: \"event.reason == sold_out\", do: [Say(heard_refused), Goto(over)])";
    let steps = "Together(do: [TakeSlip(units: 5), TakeSlip(units: 5)], else: [Say(in_vain)])";
    let figures = policy(hears, steps);
    close(figures("slips"), 7.0);
    close(figures("said"), 1.0);
    let steps = "Together(do: [TakeSlip(units: 5), TakeSlip(units: 5)], else: [Refuse(reason)])";
    close(policy(hears, steps)("said"), 1.0);
}
