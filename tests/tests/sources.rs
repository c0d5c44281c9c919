//! Sources: how many come, how far apart, and when.
//!
//! Counts of a Poisson process are held against their mean and, by their squares, against their variance.

use rehearsal_tests::story::{Story, agrees, close, toy};

const GUEST: &str = "Kind(name: guest, initial: here, states: { here: State(entry: [Note(comes), End]) }),";
const HOUSE: &str = "houses: Group(kind: house, count: 1)";

fn story<'s>(length: &'s str, parts: &'s str, measures: &'s str) -> Story<'s> {
    Story { length, groups: HOUSE, parts, measures, replications: 20, warm_up: "0s" }
}

#[test]
fn at_a_rate_guests_come_as_a_poisson_process() {
    // 400 houses of an hour each at 9 an hour: of a Poisson count n the mean is 9 and the mean of n² is 9 + 81.
    let parts = "Kind(name: guest, traits: { of: Whole(house) }, initial: here, states: { here: State(entry: [Tell(to: of, message: comes), End]) }),
        Kind(name: house, fields: { guests: Int(0) }, sources: [Source(kind: guest, rate: \"9 / 1h\")], on: { comes: [Set(guests: \"guests + 1\")] }),";
    let measures = "mean: Final(of: guests, over: house), square: Final(of: \"number(guests) * number(guests)\", over: house)";
    let story = Story {
        length: "1h",
        groups: "houses: Group(kind: house, count: 400)",
        parts,
        measures,
        replications: 20,
        warm_up: "0s",
    };
    let figures = story.figures();
    agrees(figures("mean"), 9.0);
    agrees(figures("square"), 90.0);
}

#[test]
fn a_rate_that_changes_is_followed_exactly_under_its_peak() {
    // From 8 to 12 one an hour, from 12 to 20 four an hour, at night nobody; 4 * 1 + 8 * 4 a day.
    let parts = format!("{GUEST} Kind(name: house, sources: [Source(
        kind: guest, rate: \"hour(now) < 8 ? 0.0 / 1h : hour(now) < 12 ? 1 / 1h : hour(now) < 20 ? 4 / 1h : 0.0 / 1h\", peak: \"4 / 1h\",
    )]),");
    let measures = "all: Count(of: comes), early: Count(of: comes, if: \"hour(now) < 12\"), night: Count(of: comes, if: \"hour(now) < 8 || hour(now) >= 20\")";
    let figures = story("100d", &parts, measures).figures();
    agrees(figures("all"), 3600.0);
    agrees(figures("early"), 400.0);
    close(figures("night").mean, 0.0);
}

#[test]
fn a_rate_that_is_itself_drawn_makes_counts_that_spread_more() {
    // Each house draws its rate: gamma(4, 0.5/h), mean 2 an hour. Over 10 hours the count has mean 20 and variance
    // 20 + 10² var(rate) = 20 + 100 * 4 * 0.25 = 120, so that n² has mean 520.
    let parts = "Kind(name: guest, traits: { of: Whole(house) }, initial: here, states: { here: State(entry: [Tell(to: of, message: comes), End]) }),
        Kind(name: house, traits: { busy: Number(\"gamma(4, 0.5)\") }, fields: { guests: Int(0) },
            sources: [Source(kind: guest, rate: \"busy / 1h\")], on: { comes: [Set(guests: \"guests + 1\")] }),";
    let measures = "mean: Final(of: guests, over: house), square: Final(of: \"number(guests) * number(guests)\", over: house)";
    let story = Story {
        length: "10h",
        groups: "houses: Group(kind: house, count: 1000)",
        parts,
        measures,
        replications: 20,
        warm_up: "0s",
    };
    let figures = story.figures();
    agrees(figures("mean"), 20.0);
    agrees(figures("square"), 520.0);
}

#[test]
fn guests_come_in_parties_while_the_house_is_open() {
    // Every 10 minutes three, while it is open: the first two hours of each of 10 days, but for the moment when it opens.
    let parts = format!("{GUEST} Kind(name: house, fields: {{ open: Bool(true) }}, sources: [Source(kind: guest, every: \"10min\", units: 3, while: open)],
        at: [(time: \"02:01\", do: [Set(open: false)]), (time: \"00:00\", do: [Set(open: true)])]),");
    close(toy("10d", HOUSE, &parts, "comes: Count(of: comes)").exactly("comes"), 10.0 * 12.0 * 3.0);
}

#[test]
fn a_source_in_a_state_lives_as_long_as_a_stay_in_it() {
    let parts = format!(
        "{GUEST} Kind(name: house, initial: open, states: {{
        open: State(sources: [Source(kind: guest, every: \"25min\")], after: [(delay: \"1h\", goto: shut)]),
        shut: State(after: [(delay: \"1h\", goto: open)]),
    }}),"
    );
    close(toy("8h", HOUSE, &parts, "comes: Count(of: comes)").exactly("comes"), 8.0);
}

#[test]
fn at_a_rate_of_zero_nobody_comes() {
    let parts =
        format!("{GUEST} Kind(name: house, params: {{ guests: 0 }}, sources: [Source(kind: guest, rate: \"guests / 1h\")]),");
    close(toy("10d", HOUSE, &parts, "comes: Count(of: comes)").exactly("comes"), 0.0);
}
