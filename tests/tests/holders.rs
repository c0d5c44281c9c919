//! Lines, batches, goods and units that are taken away, against sums by hand and queueing theory.

use rehearsal_tests::story::{Story, agrees, close, toy};

const ONE: &str = "ones: Group(kind: one, count: 1)";

#[test]
fn ten_minutes_at_a_time_a_line_lets_in_as_many_as_there_is_room_for() {
    // Guests come each minute from 1 to 24; rides leave at 10, 20 and 30 with four each: 1-4, 5-8, 9-12.
    let parts = "Kind(name: one, owns: { waiting: Line(of: guest) }, fields: { ridden: Int(0) },
            sources: [Source(kind: guest, every: \"1min\")],
            every: [(period: \"10min\", do: [Admit(line: waiting, units: 4, as: riders), Set(ridden: \"ridden + size(riders)\"), Tell(to: riders, message: off)])]),
        Kind(name: guest, traits: { at: Whole(one) }, initial: here, states: { here: State(process: [
            Join(line: \"at.waiting\"), Note(name: rides, with: (wait: waited)), Wait(for: off), Note(off), End,
        ]) }),";
    let measures =
        "ridden: Final(of: ridden, over: one), off: Count(of: off), wait: Tally(at: rides, of: \"event.wait\", unit: min)";
    let figures = toy("24min30s", ONE, parts, measures).figures();
    close(figures("ridden").mean, 8.0);
    close(figures("off").mean, 8.0);
    // Those of minutes 1 to 4 wait for minute 10, those of 5 to 8 for minute 20.
    close(figures("wait").mean, ((9 + 8 + 7 + 6) + (15 + 14 + 13 + 12)) as f64 / 8.0);
}

#[test]
fn those_who_are_meant_are_let_in_whoever_stands_before_them() {
    let parts = "Kind(name: one, owns: { hall: Line(of: guest) }, fields: { log: Int(0) }, initial: here, states: { here: State(process: [
            ForEach(of: \"[3, 7, 3, 5]\", as: f, do: [Spawn(kind: guest, with: (floor: f))]),
            Delay(\"1min\"), Admit(line: hall, units: 10, where: \"it.floor == 3\"),
            Delay(\"1min\"), Admit(line: hall, as: next), Set(log: \"next.sum(g, g.floor) * 10 + int(hall.queue)\"),
        ]) }),
        Kind(name: guest, traits: { at: Whole(one), floor: Int }, initial: here, states: { here: State(process: [
            Join(line: \"at.hall\"), Note(name: goes, with: (floor: floor)), End,
        ]) }),";
    let measures = "log: Final(of: log, over: one), threes: Count(of: goes, if: \"event.floor == 3\"), all: Count(of: goes)";
    let figures = toy("1h", ONE, parts, measures).figures();
    // After the two for floor 3 the one for 7 is first; the one for 5 still waits.
    close(figures("log").mean, 71.0);
    close(figures("threes").mean, 2.0);
    close(figures("all").mean, 3.0);
}

#[test]
fn who_is_enough_goes_on_together_and_who_gives_up_is_not_counted() {
    // One comes each minute; five make a party. Those of minutes 1, 2 and 3 give up after 3 minutes at 4, 5 and 6: at minute
    // 4 there are 2, 3, 4; and so on: never five. With a patience of an hour parties go at minutes 5, 10, 15, 20.
    let parts = |patience: &str| {
        format!(
            "Kind(name: one, owns: {{ party: Line(of: guest, batch: 5) }}, sources: [Source(kind: guest, every: \"1min\")]),
            Kind(name: guest, traits: {{ at: Whole(one) }}, initial: here, states: {{ here: State(process: [
                Join(line: \"at.party\", renege_after: \"{patience}\", else: [Note(left), End]), Note(name: goes, with: (wait: waited)), End,
            ]) }}),"
        )
    };
    let measures = "goes: Count(of: goes), left: Count(of: left), wait: Sum(of: { goes: \"event.wait\" }, unit: min)";
    let figures = toy("22min30s", ONE, &parts("1h"), measures).figures();
    close(figures("goes").mean, 20.0);
    close(figures("wait").mean, 4.0 * 10.0);
    let figures = toy("22min30s", ONE, &parts("3min"), measures).figures();
    close(figures("goes").mean, 0.0);
    close(figures("left").mean, 19.0);
}

/// Two sorts of work at one bench: slow work at minute 0, and urgent work at minute 4 for 3 minutes.
fn bench(discipline: &str, slow: &str) -> String {
    format!(
        "Kind(name: one, owns: {{ bench: Resource(capacity: 1, discipline: {discipline}) }}, initial: here, states: {{ here: State(process: [
            Spawn(kind: slow), Delay(\"4min\"), Spawn(kind: urgent),
        ]) }}),
        Kind(name: slow, traits: {{ at: Whole(one) }}, initial: works, states: {{ works: State(process: [
            Seize(resource: \"at.bench\", as: mine{slow}), Delay(\"10min\"), Release(mine), Note(name: slow_done, with: (at: \"now\")), End,
        ]), aside: State(process: [Note(set_aside), End]) }}),
        Kind(name: urgent, traits: {{ at: Whole(one) }}, initial: works, states: {{ works: State(process: [
            Seize(resource: \"at.bench\", as: mine, priority: 5), Note(name: urgent_begins, with: (wait: waited)), Delay(\"3min\"), Release(mine), End,
        ]) }}),"
    )
}

#[test]
fn urgent_work_interrupts_what_is_under_way_which_then_goes_on_where_it_was() {
    let measures = "wait: Tally(at: urgent_begins, of: \"event.wait\", unit: min), done: Tally(at: slow_done, of: \"event.at - today(00:00)\", unit: min),
        aside: Count(of: set_aside), used: Level(of: bench, over: one, unit: \"%\")";
    let figures = toy("100min", ONE, &bench("Priority", ""), measures).figures();
    assert_eq!((figures("wait").mean, figures("done").mean), (6.0, 10.0));
    let figures = toy("100min", ONE, &bench("Preemptive", ""), measures).figures();
    // Urgent work from 4 to 7; of the slow work 6 minutes are left: 13. Thirteen of a hundred minutes are used.
    assert_eq!((figures("wait").mean, figures("done").mean), (0.0, 13.0));
    close(figures("used").mean, 13.0);
    let figures = toy("100min", ONE, &bench("Preemptive", ", preempted: [Goto(aside)]"), measures).figures();
    assert_eq!((figures("wait").mean, figures("aside").mean), (0.0, 1.0));
    close(figures("used").mean, 7.0);
}

#[test]
fn a_server_that_can_be_interrupted_serves_the_urgent_as_if_there_were_nobody_else() {
    // Urgent work every 10 min, other work every 5 min, each of 2 min, all exponential; rho 0.2 and 0.4.
    // Preempt-resume M/M/1: T1 = 2 / (1 - 0.2); T2 = 2 / (1 - 0.2) + (0.2 * 2 + 0.4 * 2) / ((1 - 0.2)(1 - 0.6)).
    let parts = "Kind(name: one, owns: { server: Resource(capacity: 1, discipline: Preemptive) },
            sources: [Source(kind: job, rate: \"1 / 10min\", name: urgent, with: (rank: 1)), Source(kind: job, rate: \"1 / 5min\", name: other, with: (rank: 0))]),
        Kind(name: job, traits: { at: Whole(one), rank: Int }, initial: here, states: { here: State(process: [
            Seize(resource: \"at.server\", as: mine, priority: rank), Delay(\"exponential(2min)\"), Release(mine),
            Note(name: done, with: (rank: rank, stay: \"now - entered\")), End,
        ]) }),";
    let measures = "urgent: Tally(at: done, of: \"event.stay\", if: \"event.rank == 1\", unit: min),
        other: Tally(at: done, of: \"event.stay\", if: \"event.rank == 0\", unit: min), busy: Level(of: server, over: one, unit: \"%\")";
    let story = Story { length: "102d", groups: ONE, parts, measures, replications: 20, warm_up: "2d" };
    let figures = story.figures();
    agrees(figures("urgent"), 2.0 / 0.8);
    agrees(figures("other"), 2.0 / 0.8 + 1.2 / (0.8 * 0.4));
    agrees(figures("busy"), 60.0);
}

#[test]
fn who_finds_a_shelf_empty_may_go_elsewhere() {
    // Three on the shelf, five buyers; two more are put there at minute 10.
    let parts = "Kind(name: one, owns: { shelf: Stock(level: 3) }, fields: { log: Int(0) }, sources: [Source(kind: buyer, every: \"1min\")],
            after: [(delay: \"10min30s\", do: [Set(log: \"int(shelf.level)\"), Fill(stock: shelf, units: 2)])]),
        Kind(name: buyer, traits: { at: Whole(one) }, initial: here, states: { here: State(process: [
            Take(stock: \"at.shelf\", else: [Note(name: lost, with: (why: reason)), End]), Note(bought), End,
        ]) }),";
    let measures =
        "log: Final(of: log, over: one), bought: Count(of: bought), lost: Count(of: lost, if: \"event.why == sold_out\")";
    let figures = toy("15min30s", ONE, parts, measures).figures();
    close(figures("bought").mean, 5.0);
    close(figures("lost").mean, 10.0);
    close(figures("log").mean, 0.0);
}

#[test]
fn a_stock_is_ordered_up_to_a_level_at_once_or_when_it_is_looked_at() {
    // One is taken each hour. Up to 10 when 6 or less are there or on their way, which takes 30 min: orders of 4 at hours
    // 4, 8, 12. Looked at each 190 min (7 left at the first look, 4 at the second).
    let parts = |review: &str| {
        format!(
            "Kind(name: one, owns: {{ shelf: Stock(level: 10, reorder_at: 6, up_to: 10, lead_time: \"30min\"{review}) }}, fields: {{ log: Int(0) }},
                every: [(period: \"1h\", do: [Take(stock: shelf)])], after: [(delay: \"8h45min\", do: [Set(log: \"int(shelf.level)\")])]),"
        )
    };
    // At 8h: ten less eight, and four at 4h30 and four at 8h30.
    close(toy("1d", ONE, &parts(""), "log: Final(of: log, over: one)").exactly("log"), 10.0);
    // At 6h20 six were taken, so six are ordered and there at 6h50; of ten, two are gone at 8h45.
    close(toy("1d", ONE, &parts(", review: \"190min\""), "log: Final(of: log, over: one)").exactly("log"), 8.0);
}

#[test]
fn whoever_is_gone_before_a_grant_arrives_does_not_hold_less_than_nothing() {
    // The desk is a second away, and patience a tenth of that: each unit goes out and comes back in vain.
    let text = "Kind(name: desk, owns: { agents: Resource(capacity: 1) }),
        Kind(name: caller, traits: { desk: Ref(desk, \"pick(desks)\") }, initial: calling, states: { calling: State(process: [
            Delay(\"exponential(2min)\"),
            Seize(resource: \"desk.agents\", as: line, renege_after: \"0.1s\", else: [Note(lost), Goto(calling)]),
            Note(served), Goto(calling),
        ]) }),";
    let groups = "desks: Group(kind: desk, count: 1), callers: Group(kind: caller, count: 3) }, latency: \"1s\", params: { of: 1";
    let measures = "lost: Count(of: lost), served: Count(of: served), use: Level(of: agents, over: desk)";
    let figures = toy("1d", groups, &text.replace("capacity: 1", "capacity: of"), measures).figures();
    assert!(figures("lost").mean > 1_000.0 && figures("served").mean == 0.0);
    let used = figures("use").mean;
    // From the grant to its return two seconds pass, one call each 40 s at most.
    assert!((0.0..0.06).contains(&used) && used > 0.0, "{used}");
}
