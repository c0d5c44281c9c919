//! Ratios, funnels, figures by name, and values over time: against sums by hand and queueing theory.

use rehearsal_tests::story::{Story, agrees, close, toy};

const ONE: &str = "ones: Group(kind: one, count: 1)";

#[test]
fn a_queue_over_time_is_as_long_as_theory_says() {
    // M/M/1 with rho = 0.8: Lq = 0.64 / 0.2 = 3.2, L = 4; Little's law holds for each run up to its ends.
    let parts = "Kind(name: one, owns: { clerk: Resource(capacity: 1) }, sources: [Source(kind: guest, rate: \"6 / 1h\")]),
        Kind(name: guest, traits: { at: Whole(one) }, initial: here, states: { here: State(process: [
            Seize(resource: \"at.clerk\", as: mine), Note(name: served, with: (wait: waited)), Delay(\"exponential(8min)\"), End,
        ]) }),";
    let measures = "queue: TimeWeighted(of: \"clerk.queue\", over: one), inside: TimeWeighted(of: 1, over: guest, total: true),
        one: TimeWeighted(of: 1, over: guest), busy: TimeWeighted(of: \"clerk.busy / clerk.capacity\", over: one, unit: \"%\"),
        longest: Peak(of: \"clerk.queue\", over: one)";
    let story = Story { length: "402d", groups: ONE, parts, measures, replications: 20, warm_up: "2d" };
    let figures = story.figures();
    agrees(figures("queue"), 3.2);
    agrees(figures("inside"), 4.0);
    agrees(figures("busy"), 80.0);
    close(figures("one").mean, 1.0);
    assert!(figures("longest").mean > 20.0, "in 400 days a queue of 20 is common: P(Lq >= 20) = 0.8^22");
}

#[test]
fn values_over_time_are_weighted_by_time_and_by_who_is_there() {
    // `a` has 1 for 2 h, 5 for 1 h, 0 for 7 h; `b` is there for 5 h with 4. Ten hours in all.
    let parts = "Kind(name: one, initial: here, states: { here: State(process: [Spawn(kind: thing, with: (a: true)), Spawn(kind: thing, with: (a: false))]) }),
        Kind(name: thing, traits: { a: Bool }, fields: { value: Number(\"a ? 1.0 : 4.0\") }, initial: here, states: { here: State(process: [
            If(test: a, then: [Delay(\"2h\"), Set(value: 5), Delay(\"1h\"), Set(value: 0)], else: [Delay(\"5h\"), End]),
        ]) }),";
    let measures = "mean: TimeWeighted(of: value, over: thing), total: TimeWeighted(of: value, over: thing, total: true), peak: Peak(of: value, over: thing)";
    let figures = toy("10h", ONE, parts, measures).figures();
    close(figures("mean").mean, (2.0 + 5.0 + 20.0) / 15.0);
    close(figures("total").mean, 27.0 / 10.0);
    close(figures("peak").mean, 5.0);
    // Of what was before the warm-up nothing counts, but what was there when it ended does.
    let story = Story { length: "10h", groups: ONE, parts, measures, replications: 1, warm_up: "150min" };
    let figures = story.figures();
    close(figures("total").mean, (2.5 + 10.0) / 7.5);
    close(figures("peak").mean, 5.0);
}

#[test]
fn a_queue_that_is_served_by_others_is_watched_too() {
    // The key is held from 0 to 1 h and from 1 h to 2 h; from 0 to 1 h one waits: a mean of 0.25 over 4 h.
    let parts = "Kind(name: one, owns: { key: Resource(capacity: 1) }, initial: here, states: { here: State(process: [
            Spawn(kind: guest), Spawn(kind: guest),
        ]) }),
        Kind(name: guest, traits: { at: Whole(one) }, initial: here, states: { here: State(process: [Seize(resource: \"at.key\", as: mine), Delay(\"1h\"), End]) }),";
    close(toy("4h", ONE, parts, "queue: TimeWeighted(of: \"key.queue\", over: one)").exactly("queue"), 0.25);
}

/// Three customers: the first is offered, reads and books; the second reads after two days; the third books unread.
const OFFERS: &str = "Kind(name: one, initial: here, states: { here: State(process: [
        Spawn(kind: customer, with: (reads: \"1h\", books: \"2h\", town: bath)),
        Spawn(kind: customer, with: (reads: \"2d\", books: \"9d\", town: york)),
        Spawn(kind: customer, with: (reads: \"9d\", books: \"1h\", town: york)),
    ]) }),
    Kind(name: customer, traits: { reads: Span, books: Span, town: OneOf([bath, york, hull]) }, initial: here, states: { here: State(
        entry: [Note(offered)],
        after: [(delay: reads, do: [Note(read)]), (delay: books, do: [Note(name: booked, with: (price: \"30 EUR\", town: town, late: \"books > 1h\"))])],
    ) }),";

#[test]
fn a_funnel_tells_how_many_get_to_which_step() {
    let measures = "offers: Funnel(steps: [offered, read, booked]), soon: Funnel(steps: [offered, read, booked], within: \"1d\")";
    let figures = toy("5d", ONE, OFFERS, measures).figures();
    close(figures("offers.read").mean, 200.0 / 3.0);
    close(figures("offers.booked").mean, 100.0 / 3.0);
    close(figures("soon.read").mean, 100.0 / 3.0);
    close(figures("soon.booked").mean, 100.0 / 3.0);
}

#[test]
fn one_measure_is_divided_by_another() {
    let measures = "conversion: Ratio(of: Count(of: booked), to: Count(of: offered), unit: \"%\"),
        a_read: Ratio(of: Sum(of: { booked: \"event.price\" }), to: Count(of: read), unit: \"EUR\"), nothing: Ratio(of: Count(of: booked), to: Count(of: offered, if: false))";
    let figures = toy("5d", ONE, OFFERS, measures).figures();
    close(figures("conversion").mean, 200.0 / 3.0);
    close(figures("a_read").mean, 30.0);
    let missing = std::panic::catch_unwind(|| figures("nothing"));
    assert!(missing.is_err(), "a ratio to nothing has no figure");
}

#[test]
fn a_measure_is_split_by_place_and_by_yes_and_no() {
    let measures = "booked: Count(of: booked, by: \"event.town\"), late: Count(of: booked, by: \"event.late\"), york: Share(of: booked, where: \"event.town == york\", if: \"event.late\")";
    let figures = toy("12d", ONE, OFFERS, measures).figures();
    for (name, count) in [("bath", 1.0), ("york", 2.0), ("hull", 0.0)] {
        close(figures(&format!("booked.{name}")).mean, count);
    }
    close(figures("late.yes").mean, 2.0);
    close(figures("late.no").mean, 1.0);
    close(figures("york").mean, 0.5);
}

/// Somebody who says at 9:30, 10:30 and 11:30 what was seen and what was to be expected; nobody says so at 12.
const RECORD: &str = "Kind(name: one, initial: here, states: { here: State(process: [
        Wait(until: \"today(09:30)\"),
        Note(name: seen, with: (wait: \"10min\", of: 9)), Note(name: expected, with: (wait: \"16min\", hour: 9)),
        Note(name: seen, with: (wait: \"20min\", of: 9)), Delay(\"1h\"),
        Note(name: seen, with: (wait: \"30min\", of: 10)), Note(name: expected, with: (wait: \"30min\", hour: 10)), Delay(\"1h\"),
        Note(name: seen, with: (wait: \"40min\", of: 11)), Note(name: expected, with: (wait: \"25min\", hour: 11)), Delay(\"1h\"),
        Note(name: seen, with: (wait: \"40min\", of: 12)), Note(name: seen, with: (wait: \"9h\", of: 13)),
    ]) }),";
const BY_HOUR: &str = "seen: Tally(at: seen, of: \"event.wait\", by: \"event.of\", range: (9, 12), unit: min),
    expected: Tally(at: expected, of: \"event.wait\", by: \"event.hour\", range: (9, 12), unit: min),
    at: Count(of: seen, by: \"hour(now)\"),
    gap: Gap(of: seen, to: expected, unit: min), worst: Gap(of: seen, to: expected, worst: true, unit: h)";

#[test]
fn a_measure_is_split_by_whole_numbers_and_held_against_another() {
    let figures = toy("1d", ONE, RECORD, BY_HOUR).figures();
    for (name, known) in [("seen.09", 15.0), ("seen.10", 30.0), ("seen.11", 40.0), ("seen.12", 40.0), ("expected.11", 25.0)] {
        close(figures(name).mean, known);
    }
    for (name, known) in [("at.09", 2.0), ("at.10", 1.0), ("at.12", 2.0), ("at.23", 0.0)] {
        close(figures(name).mean, known);
    }
    // |15 - 16|, |30 - 30|, |40 - 25|; at 12 one of them has no figure.
    close(figures("gap").mean, 16.0 / 3.0);
    close(figures("worst").mean, 0.25);
}

#[test]
fn a_breakdown_stands_apart_from_the_comparison() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    let breakdown = "Breakdowns({ day: Breakdown(of: [seen, expected], label: \"Seen and expected\") }),";
    let text = format!(
        "[Scenario(title: \"a day\", start: \"2026-01-05 00:00\", length: \"1d\", groups: {{ {ONE} }}),\n{RECORD}\n\
         Measures({{ {BY_HOUR} }}), {breakdown} Experiment(replications: 1)]"
    );
    std::fs::write(&file, text.replace("at: Count(of: seen, by: \"hour(now)\"),", "")).expect("a file");
    let output = rehearsal_tests::rehearsal().arg("run").arg(&file).output().expect("the command starts");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let (compared, apart) = shown.split_once("Seen and expected\n").unwrap_or_else(|| panic!("no breakdown: {shown}"));
    assert!(compared.contains("gap (min)") && !compared.contains("seen"), "{compared}");
    let rows: Vec<Vec<&str>> = apart.lines().skip(1).take(6).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["seen", "(min)", "expected", "(min)"], "{apart}");
    assert_eq!(
        rows[2..],
        [["09", "15.0", "16.0"], ["10", "30.0", "30.0"], ["11", "40.0", "25.0"], ["12", "40.0", "–"]],
        "{apart}"
    );
}
