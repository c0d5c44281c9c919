//! What states, timers, queues and measures mean, against figures that are known: queueing theory, or a sum done by hand.
//!
//! Each test is a scenario of a few lines without a map. Where there is chance, the theory's figure has to lie within
//! three half-widths of the mean: a half-width is 2.1 standard errors at 20 replications, so a right engine fails one such
//! comparison in several million seeds, and the seed is fixed.

use rehearsal_tests::rehearsal;
use rehearsal_tests::story::{Figure, SHOP, Story, agrees, close, shop, toy};
use serde_json::Value;
use std::fs;

#[test]
fn one_server_with_random_arrivals_and_services_is_m_m_1() {
    let parts = shop("exponential(10min)", 1, "exponential(8min)", "");
    let measures = "wait: Tally(at: served, of: \"event.wait\", unit: min), busy: Level(of: clerks, over: shop, unit: \"%\"),
        stay: Duration(from: comes, to: done, unit: min), served: Count(of: served)";
    let story = Story { length: "402d", groups: SHOP, parts: &parts, measures, replications: 20, warm_up: "2d" };
    let figures = story.figures();
    // rho = 0.8; Wq = rho / (mu - lambda) = 0.8 / (1/8 - 1/10) min
    agrees(figures("wait"), 32.0);
    agrees(figures("stay"), 40.0);
    agrees(figures("busy"), 80.0);
    agrees(figures("served"), 400.0 * 144.0);
}

#[test]
fn two_servers_with_random_arrivals_and_services_are_m_m_2() {
    let parts = shop("exponential(5min)", 2, "exponential(8min)", "");
    let measures = "wait: Tally(at: served, of: \"event.wait\", unit: min), busy: Level(of: clerks, over: shop, unit: \"%\")";
    let story = Story { length: "302d", groups: SHOP, parts: &parts, measures, replications: 20, warm_up: "2d" };
    let figures = story.figures();
    // offered load a = 1.6, rho = 0.8; Erlang C = a²/2/(1-rho) / (1 + a + a²/2/(1-rho)); Wq = C / (2 mu - lambda)
    let queued = 1.6f64.powi(2) / 2.0 / 0.2;
    let erlang_c = queued / (1.0 + 1.6 + queued);
    agrees(figures("wait"), erlang_c / (2.0 / 8.0 - 1.0 / 5.0));
    agrees(figures("busy"), 80.0);
}

#[test]
fn impatient_customers_leave_as_erlang_a_says() {
    // lambda = 1/4, mu = 1/6, theta = 1/10 per minute, one server: births and deaths on 0, 1, 2, ...
    let mut weights = vec![1.0f64];
    for n in 1..200 {
        let leaves = 1.0 / 6.0 + f64::from(n - 1) / 10.0;
        weights.push(weights[n as usize - 1] * (1.0 / 4.0) / leaves);
    }
    let total: f64 = weights.iter().sum();
    let waiting: f64 = (1u32..).zip(&weights[2..]).map(|(queue, weight)| f64::from(queue) * weight / total).sum();
    let abandon = waiting / 10.0 / (1.0 / 4.0);
    let seize = ", renege_after: \"exponential(10min)\", else: [Note(name: leaves, with: (why: reason, wait: waited)), End]";
    let parts = shop("exponential(4min)", 1, "exponential(6min)", seize);
    let measures = "comes: Count(of: comes), left: Count(of: leaves, if: \"event.why == reneged\"), other: Count(of: leaves, if: \"event.why != reneged\")";
    let story = Story { length: "101d", groups: SHOP, parts: &parts, measures, replications: 20, warm_up: "1d" };
    let figures = story.figures();
    let (comes, left) = (figures("comes"), figures("left"));
    agrees(comes, 100.0 * 360.0);
    agrees(left, abandon * 100.0 * 360.0);
    assert_eq!(figures("other").mean, 0.0);
}

#[test]
fn goods_are_ordered_at_the_point_and_arrive_after_the_lead_time() {
    // One a day at 12:00 from day 1; the stock of 3 is at its reorder point of 1 after two, the order of 4 takes 5 days.
    // Taken on days 1, 2 (order, there on day 7), 3; days 4 to 7 wait. Their demands get the four that come on day 7 and
    // leave 0, at or below 1: an order on day 7, there on day 12, serves days 8 to 11 and one more on day 12.
    let parts = "Kind(name: shop, owns: { parts: Stock(level: 3, reorder_at: 1, order: 4, lead_time: \"5d\") }, initial: open,
            states: { open: State(every: [(period: \"1d\", do: [Spawn(kind: job)])]) }),
        Kind(name: job, traits: { at: Whole(shop) }, initial: here, states: { here: State(process: [
            Note(asks), Take(stock: \"at.parts\", units: 1), Note(name: got, with: (wait: \"now - entered\")), End,
        ]) }),";
    let measures = "got: Count(of: got), asks: Count(of: asks), wait: Tally(at: got, of: \"event.wait\", unit: d)";
    let figures = toy("11d 12h", SHOP, parts, measures).figures();
    close(figures("asks").mean, 11.0);
    close(figures("got").mean, 7.0);
    // days 1, 2, 3 at once; 4, 5, 6 wait 3, 2, 1 days; day 7 is served the moment it asks
    close(figures("wait").mean, 6.0 / 7.0);
}

/// Two actors of one household: a bell that is rung, and a clock that rings it. The clock's states are `clock`.
fn bell(bell: &str, clock: &str) -> String {
    format!(
        "Kind(name: bell, fields: {{ clock: Part(clock), swings: Int(0), on: Bool(false) }}, {bell}),
         Kind(name: clock, traits: {{ bell: Whole(bell) }}, {clock}),"
    )
}

const BELLS: &str = "bells: Group(kind: bell, count: 1)";

#[test]
fn a_timer_with_while_runs_down_only_while_it_holds() {
    // On from 1h to 3h and from 6h on: of 5h that the timer takes, 2h are gone at 3h and the rest at 9h.
    let parts = bell(
        "initial: still, states: {
            still: State(after: [(delay: \"5h\", while: on, goto: rung)]),
            rung: State(entry: [Note(name: rings, with: (time: \"(now - today(00:00)) / 1h\"))]),
        }, on: { start: [Set(on: true)], stop: [Set(on: false)] }",
        "initial: a, states: { a: State(process: [
            Delay(\"1h\"), Tell(to: bell, message: start), Delay(\"2h\"), Tell(to: bell, message: stop),
            Delay(\"3h\"), Tell(to: bell, message: start),
        ]) }",
    );
    close(toy("1d", BELLS, &parts, "time: Tally(at: rings, of: \"event.time\")").exactly("time"), 9.0);
}

#[test]
fn a_timer_that_repeats_begins_a_round_anew_when_its_while_holds_again() {
    // A round takes 2h and runs while it is on, from 0h to 3h and from 5h to 8h 20min: at 2h, and at 7h.
    let parts = bell(
        "init: [Set(on: true)], initial: still, states: { still: State(every: [(period: \"2h\", while: on, do: [
            Set(swings: \"swings + 1\"), Note(name: rings, with: (time: \"(now - today(00:00)) / 1h\")),
        ])]) }, on: { start: [Set(on: true)], stop: [Set(on: false)] }",
        "initial: a, states: { a: State(process: [
            Delay(\"3h\"), Tell(to: bell, message: stop), Delay(\"2h\"), Tell(to: bell, message: start),
            Delay(\"200min\"), Tell(to: bell, message: stop),
        ]) }",
    );
    let measures = "times: Tally(at: rings, of: \"event.time\"), swings: Final(of: swings, over: bell)";
    let figures = toy("1d", BELLS, &parts, measures).figures();
    close(figures("swings").mean, 2.0);
    close(figures("times").mean, (2.0 + 7.0) / 2.0);
}

#[test]
fn leaving_a_state_forgets_its_timer_and_entering_starts_it_anew() {
    // Told at 1h to enter `still` again, so its 2h end at 3h, not at 2h.
    let parts = bell(
        "initial: still, states: {
            still: State(after: [(delay: \"2h\", goto: rung)], on: { again: [Goto(still)] }),
            rung: State(entry: [Note(name: rings, with: (time: \"(now - today(00:00)) / 1h\"))]),
        }",
        "initial: a, states: { a: State(after: [(delay: \"1h\", do: [Tell(to: bell, message: again)])]) }",
    );
    close(toy("1d", BELLS, &parts, "time: Tally(at: rings, of: \"event.time\")").exactly("time"), 3.0);
}

#[test]
fn a_message_that_came_before_it_is_waited_for_is_not_missed() {
    // The key comes at 1h, is waited for from 2h on, and opens at once; a second Wait gets the second key, of 5h.
    let parts = bell(
        "initial: shut, states: { shut: State(process: [
            Delay(\"2h\"), Wait(for: key), Note(name: opens, with: (number: \"key.number\", time: \"(now - entered) / 1h\")),
            Wait(for: key, as: other), Note(name: shuts, with: (number: \"other.number\", time: \"(now - entered) / 1h\")),
        ]) }",
        "initial: a, states: { a: State(process: [
            Delay(\"1h\"), Tell(to: bell, message: key, with: (number: 1)),
            Delay(\"4h\"), Tell(to: bell, message: key, with: (number: 2)),
        ]) }",
    );
    let measures = "first: Tally(at: opens, of: \"event.time\"), first_number: Tally(at: opens, of: \"event.number\"),
        second: Tally(at: shuts, of: \"event.time\"), second_number: Tally(at: shuts, of: \"event.number\")";
    let figures = toy("1d", BELLS, &parts, measures).figures();
    close(figures("first").mean, 2.0);
    close(figures("first_number").mean, 1.0);
    close(figures("second").mean, 5.0);
    close(figures("second_number").mean, 2.0);
}

#[test]
fn a_message_of_an_earlier_stay_does_not_count() {
    // The key comes at 1h, before `shut` is entered at 2h; nothing comes within the 3h, so it gives up at 5h.
    let parts = bell(
        "initial: before, states: {
            before: State(after: [(delay: \"2h\", goto: shut)]),
            shut: State(process: [Wait(for: key, within: \"3h\", else: [Note(name: gives_up, with: (time: \"(now - today(00:00)) / 1h\")), End]), Note(opens)]),
        }",
        "initial: a, states: { a: State(process: [Delay(\"1h\"), Tell(to: bell, message: key)]) }",
    );
    let figures = toy("1d", BELLS, &parts, "time: Tally(at: gives_up, of: \"event.time\"), opens: Count(of: opens)").figures();
    close(figures("time").mean, 5.0);
    close(figures("opens").mean, 0.0);
}

/// A shop of one clerk with customers who come as `process` says, one a minute from 00:01 on, three in all.
fn three(kind: &str, resource: &str) -> String {
    format!(
        "Kind(name: shop, fields: {{ number: Int(0) }}, owns: {{ clerks: {resource} }}, initial: open, states: {{
             open: State(every: [(period: \"1min\", while: \"number < 3\", do: [
                 Set(number: \"number + 1\"), Spawn(kind: customer, with: (number: number)),
             ])]),
         }}),
         Kind(name: customer, traits: {{ at: Whole(shop), number: Int(0) }}, initial: here, {kind}),"
    )
}

#[test]
fn a_claim_is_given_back_when_its_state_is_left() {
    // Each holds the clerk for 10min and leaves the state without a Release: served at minutes 1, 11, 21.
    let kind = "states: {
        here: State(process: [Seize(resource: \"at.clerks\", as: clerk), Note(name: served, with: (wait: waited)), Delay(\"10min\"), Goto(gone)]),
        gone: State(),
    }";
    let parts = three(kind, "Resource(capacity: 1)");
    let figures =
        toy("1d", SHOP, &parts, "wait: Tally(at: served, of: \"event.wait\", unit: min), n: Count(of: served)").figures();
    close(figures("n").mean, 3.0);
    // at 1, 11 instead of 2, 21 instead of 3
    close(figures("wait").mean, (0.0 + 9.0 + 18.0) / 3.0);
}

#[test]
fn who_leaves_the_state_leaves_the_queue() {
    // The second gives up after 5min in the queue, by a timer of its state; the third is served at minute 11.
    let kind = "states: {
        here: State(
            process: [Seize(resource: \"at.clerks\", as: clerk), Note(name: served, with: (wait: waited)), Delay(\"10min\"), Goto(gone)],
            after: [(delay: \"5min\", while: \"number == 2\", goto: gone)],
        ),
        gone: State(),
    }";
    let parts = three(kind, "Resource(capacity: 1)");
    let figures =
        toy("1d", SHOP, &parts, "wait: Tally(at: served, of: \"event.wait\", unit: min), n: Count(of: served)").figures();
    close(figures("n").mean, 2.0);
    close(figures("wait").mean, (0.0 + 8.0) / 2.0);
}

#[test]
fn a_higher_priority_goes_first_and_equals_in_order() {
    // While the first is served for 10min, the second and third wait; the third has the higher number and goes first.
    let kind = "states: { here: State(process: [
        Seize(resource: \"at.clerks\", as: clerk, priority: number), Note(name: served, with: (wait: waited, number: number)),
        Delay(\"10min\"), Release(clerk), End,
    ]) }";
    let measures = "second: Tally(at: served, of: \"event.wait\", if: \"event.number == 2\", unit: min),
        third: Tally(at: served, of: \"event.wait\", if: \"event.number == 3\", unit: min)";
    let by_priority = three(kind, "Resource(capacity: 1, discipline: Priority)");
    let figures = toy("1d", SHOP, &by_priority, measures).figures();
    close(figures("third").mean, 8.0);
    close(figures("second").mean, 19.0);
    let by_order = three(kind, "Resource(capacity: 1)");
    let figures = toy("1d", SHOP, &by_order, measures).figures();
    close(figures("second").mean, 9.0);
    close(figures("third").mean, 18.0);
}

#[test]
fn a_large_request_that_is_withdrawn_lets_those_behind_it_have_their_turn() {
    // Two units, one held for good. `wide` wants both, and gives up after 5 min; `thin` stands behind it and wants one.
    let parts = "Kind(name: place, owns: { bays: Resource(capacity: 2) }, initial: open, states: { open: State(process: [
            Spawn(kind: guest, with: (wants: 1, comes: \"0s\")), Spawn(kind: guest, with: (wants: 2, comes: \"1min\")),
            Spawn(kind: guest, with: (wants: 1, comes: \"2min\")),
        ]) }),
        Kind(name: guest, traits: { wants: Int(1), comes: Span(\"0s\"), at: Whole(place) }, initial: here, states: { here: State(process: [
            Delay(comes), Seize(resource: \"at.bays\", as: bay, units: wants, renege_after: \"5min\", else: [End]),
            Note(name: served, with: (wait: waited)), Delay(\"1d\"),
        ]) }),";
    let measures = "wait: Sum(of: { served: \"event.wait\" }, unit: min), served: Count(of: served)";
    let figures = toy("1h", "places: Group(kind: place, count: 1)", parts, measures).figures();
    // The first at once, the third when the second gives up at 6 min: it has waited 4.
    close(figures("served").mean, 2.0);
    close(figures("wait").mean, 4.0);
}

#[test]
fn who_is_spawned_at_the_very_beginning_begins_once() {
    let parts = "Kind(name: parent, initial: here, states: { here: State(entry: [Spawn(kind: child)]) }),
        Kind(name: child, initial: here, states: { here: State(entry: [Note(born)]) }, every: [(period: \"10min\", do: [Note(rings)])]),";
    let measures = "born: Count(of: born), rings: Count(of: rings)";
    let figures = toy("1h", "parents: Group(kind: parent, count: 3)", parts, measures).figures();
    close(figures("born").mean, 3.0);
    close(figures("rings").mean, 3.0 * 5.0);
}

#[test]
fn in_a_household_a_unit_changes_hands_at_once_and_between_households_it_takes_the_way() {
    let desk = |home: &str, latency: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("story.ron");
        let text = format!(
            "[Scenario(title: \"a desk\", start: \"2026-01-05 00:00\", length: \"1h\", {latency} groups: {{
                desks: Group(kind: desk, count: 1), {home}
            }}),
            Kind(name: desk, owns: {{ agents: Resource(capacity: 1) }}, initial: open, states: {{ open: State(process: [
                Spawn(kind: caller),
            ]) }}),
            Kind(name: caller, traits: {{ at: Ref(desk, \"pick(desks)\") }}, initial: calls, states: {{ calls: State(process: [
                Seize(resource: \"at.agents\", as: agent), Note(name: answered, with: (wait: waited)), Delay(\"1min\"), End,
            ]) }}),
            Measures({{ wait: Tally(at: answered, of: \"event.wait\", unit: s), calls: Count(of: answered) }}),
            Experiment(replications: 1, seed: 7)]"
        );
        fs::write(&file, text).expect("a file");
        let output = rehearsal().args(["run", "--format", "json"]).arg(&file).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mean = |name: &str| json["policies"][0]["measures"][name]["mean"].as_f64().expect("a figure");
        (mean("wait"), mean("calls"))
    };
    // The desk's own caller waits for nothing, whatever the latency.
    assert_eq!(desk("", "latency: \"10s\","), (0.0, 1.0));
    // One from outside asks at 0 s, is granted at 20 s behind the desk's own caller, who is done at 60 s: granted then, and
    // heard of 10 s later.
    let (wait, calls) = desk("callers: Group(kind: caller, count: 1)", "latency: \"10s\",");
    close(wait, 70.0 / 2.0);
    close(calls, 2.0);
}

#[test]
fn each_member_of_a_group_is_picked_as_often_as_any_other() {
    let parts = "Kind(name: dealer, fields: { asked: Int(0) }, on: { ask: [Set(asked: \"asked + 1\")] }),
        Kind(name: driver, every: [(period: \"1s\", do: [Tell(to: \"pick(dealers)\", message: ask)])]),";
    let groups = "dealers: Group(kind: dealer, count: 5), drivers: Group(kind: driver, count: 1)";
    let measures = "asked: Final(of: asked, over: dealer), square: Final(of: \"number(asked) * number(asked)\", over: dealer)";
    let story = Story { length: "10001s", groups, parts, measures, replications: 20, warm_up: "0s" };
    let figures = story.figures();
    // Multinomial: 10000 asks over 5 dealers; the mean square of a count is n p (1 - p) + (n p)².
    close(figures("asked").mean, 2000.0);
    let Figure { mean, half_width } = figures("square");
    let theory = 10_000.0 * 0.2 * 0.8 + 2000.0_f64.powi(2);
    assert!(half_width > 0.0 && (mean - theory).abs() < 3.0 * half_width, "{mean} ± {half_width} against {theory}");
}

#[test]
fn who_balks_never_joins_the_queue() {
    // The clerk is busy from minute 1 to 11; whoever finds the clerk busy turns away: the second and third.
    let kind = "states: { here: State(process: [
        Seize(resource: \"at.clerks\", as: clerk, balk_if: \"at.clerks.busy >= 1.0\", else: [Note(name: left, with: (why: reason)), End]),
        Note(served), Delay(\"10min\"), Release(clerk), End,
    ]) }";
    let parts = three(kind, "Resource(capacity: 1)");
    let figures =
        toy("1d", SHOP, &parts, "left: Count(of: left, if: \"event.why == balked\"), served: Count(of: served)").figures();
    close(figures("left").mean, 2.0);
    close(figures("served").mean, 1.0);
}

#[test]
fn a_desk_that_is_closed_serves_when_it_opens() {
    // The story begins on a Monday at 00:00; the desk opens at 08:00, and three wait from minutes 1, 2, 3 on.
    let kind = "states: { here: State(process: [
        Seize(resource: \"at.clerks\", as: clerk), Note(name: served, with: (wait: waited)), Delay(\"10min\"), Release(clerk), End,
    ]) }";
    let parts = three(kind, "Resource(capacity: Shift(units: 1, hours: \"Mon-Fri 08:00-18:00\", closed: 0))");
    let wait = toy("1d", SHOP, &parts, "wait: Tally(at: served, of: \"event.wait\", unit: min)").exactly("wait");
    close(wait, (479.0 + 488.0 + 497.0) / 3.0);
}

#[test]
fn each_measure_is_what_a_sum_by_hand_says() {
    // Costs of 2, 4 and 6 EUR at hours 1, 3 and 5; busy from 3h to 5h of a day with a capacity of 2.
    let parts = "Kind(name: desk, traits: { size: Number(4), sort: OneOf([phone]) }, fields: { spent: Money(\"0 EUR\") },
        owns: { lines: Resource(capacity: 2) }, initial: a, states: {
            a: State(process: [
                Delay(\"1h\"), Note(name: pays, with: (amount: \"2 EUR\", big: false)), Note(begins),
                Delay(\"2h\"), Note(name: pays, with: (amount: \"4 EUR\", big: false)),
                Seize(resource: lines, as: line), Delay(\"2h\"), Release(line),
                Note(name: pays, with: (amount: \"6 EUR\", big: true)), Note(ends), Set(spent: \"12 EUR\"),
                Note(name: tips, with: (amount: \"50 ct\")), Goto(b),
            ]),
            b: State(),
        }), Segments(of: desk, by: sort),";
    let measures = "n: Count(of: pays), n_each: Count(of: pays, per: 100), big: Count(of: pays, if: \"event.big\"),
        mean: Tally(at: pays, of: \"event.amount\", unit: EUR), of_big: Tally(at: pays, of: \"event.amount\", if: \"event.big\", unit: ct),
        share: Share(of: pays, if: \"event.amount > 3 EUR\", unit: \"%\"),
        sum: Sum(of: { pays: \"event.amount\", tips: \"event.amount\" }, unit: EUR),
        took: Duration(from: begins, to: ends, unit: h), stayed: Duration(from: Enters(\"desk.a\"), to: Enters(\"desk.b\"), unit: min),
        left: Count(of: Leaves(\"desk.a\")), spent: Final(of: spent, over: desk, unit: EUR), size: Final(of: \"size * 2.0\", over: desk),
        level: Level(of: lines, over: desk, unit: \"%\")";
    let figures = toy("1d", "desks: Group(kind: desk, count: 1)", parts, measures).figures();
    let known = [
        ("n", 3.0),
        ("n_each", 300.0),
        ("big", 1.0),
        ("mean", 4.0),
        ("of_big", 600.0),
        ("share", 200.0 / 3.0),
        ("sum", 12.5),
        ("took", 4.0),
        ("stayed", 300.0),
        ("left", 1.0),
        ("spent", 12.0),
        ("size", 8.0),
        // one of two lines for 2h of 24h
        ("level", 100.0 / 24.0),
    ];
    for (name, known) in known {
        let found = figures(name).mean;
        assert!((found - known).abs() < 1e-9 * known, "{name}: found {found}, known {known}");
    }
}
