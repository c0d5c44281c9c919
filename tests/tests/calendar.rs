//! Dates, hours and roads that fill: what expressions say of the calendar, against an almanac and sums by hand.

use rehearsal_tests::rehearsal;
use rehearsal_tests::story::{close, toy};
use serde_json::Value;
use std::fs;

/// The value of an expression at a moment of a story that begins on Monday, 5 January 2026.
fn at(moment: &str, value: &str) -> f64 {
    let parts = format!(
        "Kind(name: one, fields: {{ log: Number(0) }}, initial: here, states: {{ here: State(process: [Delay(\"{moment}\"), Set(log: \"{value}\")]) }}),"
    );
    toy("800d", "ones: Group(kind: one, count: 1)", &parts, "log: Final(of: log, over: one)").exactly("log")
}

#[test]
fn dates_are_those_of_an_almanac() {
    for (moment, date) in [
        ("0d", [2026.0, 1.0, 5.0, 5.0]),
        ("54d", [2026.0, 2.0, 28.0, 59.0]),
        ("55d", [2026.0, 3.0, 1.0, 60.0]),
        ("361d", [2027.0, 1.0, 1.0, 1.0]),
        ("786d", [2028.0, 3.0, 1.0, 61.0]),
    ] {
        let found = ["year", "month", "day", "day_of_year"].map(|part| at(moment, &format!("number({part}(now))")));
        assert_eq!(found, date, "{moment}");
    }
    close(at("1h", "(date('2026-01-06 12:30') - now) / 1h"), 35.5);
}

#[test]
fn hours_are_open_as_they_say() {
    // Tuesday 09:00, Tuesday 19:00, Saturday 12:59, Saturday 13:00
    let open = |moment: &str| at(moment, "open('Mon-Fri 08:00-18:00; Sat 09:00-13:00') ? 1.0 : 0.0");
    assert_eq!(["1d 9h", "1d 19h", "5d 12h 59min", "5d 13h"].map(open), [1.0, 0.0, 1.0, 0.0]);
}

/// The figures of a whole scenario.
fn run(text: &str) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    fs::write(&file, text).expect("a file");
    let output = rehearsal().args(["run", "--format", "json"]).arg(&file).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    json["policies"][0]["measures"].clone()
}

#[test]
fn a_story_that_begins_in_the_morning_knows_what_time_it_is() {
    let measures = run(
        "[Scenario(title: \"t\", start: \"2026-11-02 06:00\", length: \"1d\", groups: { ones: Group(kind: one, count: 1) }),
          Kind(name: one, traits: { names: Set({ a: 0.5, b: 0.5 }), list: List(of: Int, at_most: 8) },
            init: [Set(names: \"names - a - b\", list: \"[4, 5]\")], initial: a,
            states: { a: State(process: [Note(name: n, with: (today: \"today(09:00) - now\", next: \"next(09:00) - now\", sum: \"list.sum(x, x)\", b: \"b in names\"))]) }),
          Measures({ today: Tally(at: n, of: \"event.today\", unit: h), next: Tally(at: n, of: \"event.next\", unit: h),
            sum: Tally(at: n, of: \"number(event.sum)\") }), Experiment(replications: 1)]",
    );
    let mean = |name: &str| measures[name]["mean"].as_f64().expect("a figure");
    assert_eq!((mean("today"), mean("next"), mean("sum")), (3.0, 3.0, 9.0));
}

#[test]
fn roads_that_fill_are_slow_by_the_fourth_power() {
    // Twenty drive the same way, one after the other within a second; the way is far longer. The n-th that sets off finds n - 1.
    let map = rehearsal_tests::root().join("scenarios/data/andorra.osm.pbf");
    let story = |capacity: &str| {
        run(&format!(
            "[Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"5h\", space: Roads(file: \"{}\"{capacity}),
                groups: {{ cars: Group(kind: car, count: 20, at: Places({{ encamp: (42.5347, 1.5801) }})), ends: Group(kind: end, count: 1, at: Places({{ canillo: (42.5676, 1.5976) }})) }}),
              Kind(name: end, traits: {{ here: Place }}),
              Kind(name: car, fields: {{ here: Place }}, moves: \"90 km/h\", initial: drives, states: {{ drives: State(process: [
                Let(to: \"nearest(ends, here)\"), Move(who: self, to: \"to.here\"), Note(name: there, with: (took: waited)),
              ]) }}),
              Measures({{ took: Tally(at: there, of: \"event.took\", unit: s) }}), Experiment(replications: 1)]",
            map.display()
        ))["took"]["mean"]
            .as_f64()
            .expect("a figure")
    };
    let longer = (0..20).map(|before| 1.0 + 0.15 * f64::from(before).powi(4) / 10.0_f64.powi(4)).sum::<f64>() / 20.0;
    close(story(", capacity: 10") / story(""), longer);
}
