//! What a scenario says of itself: its parameters, groups of so many and groups from rows, mixins that pass on what they are
//! given. Small scenarios without chance, against sums by hand.

use rehearsal_tests::rehearsal;
use serde_json::Value;
use std::fs;

/// The figures of a scenario in one file, by name, where the command is given `more`.
fn figures(text: &str, more: &[&str]) -> Value {
    let (ok, out, err) = ran(text, more);
    assert!(ok, "{err}");
    let json: Value = serde_json::from_str(&out).expect("JSON");
    json["policies"][0]["measures"].clone()
}

/// Whether it ran, what came out, and what was said, on one line: faults are wrapped to the width of the terminal.
fn ran(text: &str, more: &[&str]) -> (bool, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    fs::write(&file, text).expect("a file");
    let output = rehearsal().args(["run", "--format", "json"]).arg(&file).args(more).output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.split_whitespace().filter(|word| *word != "│").collect();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned(), said.join(" "))
}

#[track_caller]
fn is(figures: &Value, name: &str, known: f64) {
    let found = figures[name]["mean"].as_f64();
    assert!(found.is_some_and(|found| (found - known).abs() < 1e-9), "{name}: found {found:?}, known {known}");
}

/// A town whose numbers all follow from how many people there are.
const TOWN: &str = r#"[
    Scenario(
        title: "a town", start: "2026-01-05 00:00", length: "1h", params: { people: 40, apart: "3min" },
        groups: {
            young: Group(kind: dweller, count: "0.75 * people"),
            old: Group(kind: dweller, count: "people - 0.75 * people"),
            halls: Group(kind: hall, count: 1),
        },
    ),
    Kind(name: dweller, fields: { wealth: Number("people / 8.0") }),
    Kind(
        name: hall, like: [desk(agents: "people / 20")], traits: { rooms: Parts(kind: room, count: "people / 10") },
        sources: [Source(kind: guest, every: apart)],
    ),
    Kind(name: room, fields: { beds: Number(2) }),
    Kind(name: guest, initial: here, states: { here: State(entry: [Note(came), End]) }),
    Mixin(
        name: desk, params: { agents: 1 }, owns: { line: Resource(capacity: agents) },
        fields: { seats: Number(0) }, every: [(period: "10min", do: [Set(seats: "line.capacity")])],
    ),
    Measures({
        wealth: Final(of: wealth, over: dweller), dwellers: TimeWeighted(of: 1, over: dweller, total: true),
        beds: TimeWeighted(of: beds, over: room, total: true), agents: Final(of: seats, over: hall), guests: Count(of: came),
    }),
    Experiment(replications: 1),
]"#;

#[test]
fn a_parameter_of_the_scenario_reaches_counts_parts_and_expressions() {
    let small = figures(TOWN, &[]);
    let known = [("wealth", 5.0), ("dwellers", 40.0), ("beds", 8.0), ("agents", 2.0), ("guests", 19.0)];
    known.iter().for_each(|(name, known)| is(&small, name, *known));
    let large = figures(TOWN, &["--set", "people=400", "--set", "apart=6min"]);
    let known = [("wealth", 50.0), ("dwellers", 400.0), ("beds", 80.0), ("agents", 20.0), ("guests", 9.0)];
    known.iter().for_each(|(name, known)| is(&large, name, *known));
}

#[test]
fn a_count_that_is_not_known_when_the_scenario_loads_is_a_fault() {
    let (ok, _, fault) = ran(&TOWN.replace("0.75 * people\"),", "0.75 * poeple\"),"), &[]);
    assert!(!ok && fault.contains("a count is known when the scenario loads, and `poeple` is not"), "{fault}");
    assert!(fault.contains("did you mean `people`?"), "{fault}");
    let (ok, _, fault) = ran(TOWN, &["--set", "people=0"]);
    assert!(!ok && fault.contains("group `young` has 0 members"), "{fault}");
    let (ok, _, fault) = ran(&TOWN.replace("params: { people", "params: { halls: 2, people"), &[]);
    assert!(!ok && fault.contains("`halls` is a parameter and a group"), "{fault}");
    let (ok, _, fault) = ran(&TOWN.replace("params: { people: 40", "params: { people: [40]"), &[]);
    assert!(!ok && fault.contains("parameter `people` is a number or a quantity"), "{fault}");
}

/// Twice a tenth of forty; they beat every four minutes of an hour, the last time before it ends.
#[test]
fn a_parameter_may_be_computed_from_those_before_it() {
    let story = r#"[
        Scenario(
            title: "beats", start: "2026-01-05 00:00", length: "1h",
            params: { people: 40, few: "people / 10", gap: "few * 1min" },
            groups: { ones: Group(kind: one, count: "few * 2") },
        ),
        Kind(name: one, fields: { w: Number("few / 2.0") }, every: [(period: gap, do: [Set(w: "w + 1"), Note(beat)])]),
        Measures({ w: Final(of: w, over: one), beats: Count(of: beat) }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(story, &[]);
    is(&found, "beats", 8.0 * 14.0);
    is(&found, "w", 2.0 + 14.0);
    // Half of them, who beat twice as often.
    is(&figures(story, &["--set", "people=20"]), "beats", 4.0 * 29.0);
}

/// Nor may one hang on itself, or on one that comes later.
#[test]
fn a_parameter_that_says_nothing_is_a_fault_by_its_name() {
    for (value, what) in [
        ("abc", "`abc` is none, and no parameter before it"),
        ("people", "`people` is none, and no parameter before it"),
        ("apart / 6min", "`apart` is none, and no parameter before it"),
        ("", "found "),
        ("1 / 0", "`1 / 0` divides by zero"),
        ("40 + 3 / (2 - 2)", "`3 / (2 - 2)` divides by zero"),
        ("1e300 * 1e300", "it is beyond all numbers"),
    ] {
        let (ok, _, fault) = ran(TOWN, &["--set", &format!("people={value}")]);
        let told = format!("parameter `people` is a number or a quantity: {what}");
        assert!(!ok && fault.contains(&told), "{value}: {fault}");
        assert!(fault.contains("1 fault in"), "{value}: {fault}");
    }
}

/// Three flights, each a row of a timetable.
const FLIGHTS: &str = r#"[
    Scenario(
        title: "flights", start: "2026-01-05 00:00", length: "1d",
        groups: { flights: Group(kind: flight, each: timetable, as: row, with: (seats: "row.seats + 1.0")) },
    ),
    Rows(name: timetable, rows: [
        (name: first, leaves: "6h", seats: 100.0), (name: second, leaves: "7h 30min", seats: 50.0),
        (name: third, leaves: "22h", seats: 10.0),
    ]),
    Kind(
        name: flight, traits: { row: Row(timetable), leaves: Time("now + row.leaves"), seats: Number },
        initial: at_the_gate,
        states: {
            at_the_gate: State(process: [Wait(until: leaves), Goto(in_the_air)]),
            in_the_air: State(entry: [Note(name: left, with: (which: "row.name", seats: seats))]),
        },
    ),
    Measures({
        left: Count(of: left), seats: Sum(of: { left: "event.seats" }),
        early: Sum(of: { left: "event.seats" }, if: "hour(now) < 7"),
        late: Sum(of: { left: "event.seats" }, if: "event.which == third"),
    }),
    Experiment(replications: 1),
]"#;

#[test]
fn a_group_has_a_member_for_each_row() {
    let all = figures(FLIGHTS, &[]);
    [("left", 3.0), ("seats", 163.0), ("early", 101.0), ("late", 11.0)].iter().for_each(|(name, known)| is(&all, name, *known));
    let two = figures(&FLIGHTS.replace("as: row,", "as: row, count: 2,"), &[]);
    [("left", 2.0), ("seats", 152.0), ("late", 0.0)].iter().for_each(|(name, known)| is(&two, name, *known));
}

#[test]
fn a_group_from_rows_that_does_not_fit_is_a_fault() {
    for (from, to, said) in [
        ("as: row, with", "with", "group `flights` does not say which trait holds a member's row"),
        ("each: timetable, as: row", "as: row, count: 3", "group `flights` does not say which rows its members are"),
        ("each: timetable,", "each: timetbale,", "did you mean `timetable`?"),
        ("as: row, with", "as: rwo, with", "did you mean `row`?"),
        ("as: row, with", "as: seats, with", "`seats` holds no row of `timetable`"),
        ("as: row,", "as: row, count: 4,", "group `flights` has 4 members, each of them a row, and there are 3 rows"),
        ("with: (seats:", "with: (row: \"timetable[0]\", seats:", "`row` is the row that a member stands for"),
        ("each: timetable, as: row, ", "", "group `flights` does not say how many they are"),
    ] {
        let text = FLIGHTS.replacen(from, to, 1);
        assert_ne!(text, FLIGHTS, "{from}");
        let (ok, _, fault) = ran(&text, &[]);
        assert!(!ok && fault.contains(said), "{said}:\n{fault}");
    }
}

#[test]
fn a_mixin_passes_on_what_it_is_given() {
    let text = r#"[
        Scenario(title: "skies", start: "2026-09-01 00:00", length: "1h", groups: {
            skies: Group(kind: sky, count: 1), others: Group(kind: other, count: 1),
        }),
        Mixin(name: inner, params: { first: 0.0 }, fields: { a: Number(first) }),
        Mixin(name: middle, like: [inner(first: day)], params: { day: 1.0 }, fields: { b: Number(day) }),
        Mixin(name: outer, like: [middle(day: "from + 1.0")], params: { from: 5.0 }),
        Kind(name: sky, like: [outer(from: 242.0)]),
        Kind(name: other, like: [outer]),
        Measures({
            a: Final(of: a, over: sky), b: Final(of: b, over: sky), c: Final(of: a, over: other), d: Final(of: b, over: other),
        }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(text, &[]);
    [("a", 243.0), ("b", 243.0), ("c", 6.0), ("d", 6.0)].iter().for_each(|(name, known)| is(&found, name, *known));
}

#[test]
fn a_part_knows_its_whole_by_each_name_that_it_has_for_it() {
    let text = r#"[
        Scenario(title: "a house", start: "2026-09-01 00:00", length: "1h", groups: { houses: Group(kind: house, count: 1) }),
        Mixin(name: lodger, traits: { building: Whole(home) }),
        Mixin(name: home, fields: { height: Number(7) }),
        Kind(name: house, like: [home], owns: { tenants: Pool(kind: tenant, count: 2) }, traits: { janitor: Part(janitor) }),
        Kind(name: tenant, like: [lodger], traits: { house: Whole(house) }, fields: { sum: Number(0) }, every: [
            (period: "10min", do: [Set(sum: "house.height + 10.0 * building.height")]),
        ]),
        Kind(name: janitor, like: [lodger], traits: { house: Whole(house) }, fields: { sum: Number(0) }, every: [
            (period: "10min", do: [Set(sum: "house.height + 10.0 * building.height")]),
        ]),
        Measures({ tenants: Final(of: sum, over: tenant), janitors: Final(of: sum, over: janitor) }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(text, &[]);
    ["tenants", "janitors"].iter().for_each(|name| is(&found, name, 77.0));
}

#[test]
fn the_day_on_which_a_story_begins_has_a_morning_too() {
    // From noon on: half past eight was three and a half hours before, tomorrow's is in twenty hours and a half.
    let text = r#"[
        Scenario(title: "noon", start: "2026-01-04 12:00", length: "1d", groups: { ones: Group(kind: one, count: 1) }),
        Kind(
            name: one, traits: { bell: Clock("08:30") },
            fields: { late: Number(0), hour: Number(0), day: Number(0), before: Bool(false) },
            initial: here,
            states: { here: State(process: [
                Set(
                    late: "(now - today(bell)) / 1h", hour: "number(hour(today(bell)))", day: "number(weekday(today(bell)))",
                    before: "today(bell) < now",
                ),
                Wait(until: "today(bell)"), Note(at_once),
                Wait(until: "today(bell) + 1d"), Note(name: up, with: (hours: "(now - entered) / 1h")),
            ]) },
        ),
        Measures({
            late: Final(of: late, over: one), hour: Final(of: hour, over: one), day: Final(of: day, over: one),
            before: Final(of: "before ? 1.0 : 0.0", over: one), up: Tally(at: up, of: "event.hours"),
            at_once: Count(of: at_once, if: "hour(now) == 12"),
        }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(text, &[]);
    let known = [("late", 3.5), ("hour", 8.0), ("day", 6.0), ("before", 1.0), ("up", 20.5), ("at_once", 1.0)];
    known.iter().for_each(|(name, known)| is(&found, name, *known));
}

#[test]
fn a_procedure_does_not_see_what_the_state_takes_from_which_it_is_called() {
    let text = r#"[
        Scenario(title: "words", start: "2026-01-05 00:00", length: "1h", groups: { ones: Group(kind: one, count: 1) }),
        Kind(
            name: one, initial: before,
            states: {
                before: State(process: [Goto(state: after, with: (about: "7.0"))]),
                after: State(takes: { about: Number }, process: [Praise(about: delight), Note(name: took, with: (value: about))]),
            },
        ),
        Procedure(name: Praise, params: { about: Name }, do: [Note(name: said, with: (about: about))]),
        Measures({ took: Tally(at: took, of: "event.value"), said: Count(of: said, if: "event.about == delight") }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(text, &[]);
    [("took", 7.0), ("said", 1.0)].iter().for_each(|(name, known)| is(&found, name, *known));
}

#[test]
fn what_a_library_alone_tells_a_story_need_not_hear() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let story = folder.path().join("story");
    fs::create_dir_all(&story).expect("a folder");
    fs::create_dir_all(folder.path().join("library")).expect("a folder");
    let library = "Procedure(name: Ring, do: [Tell(to: self, message: rung), Note(rang)])";
    fs::write(folder.path().join("library/bell.ron"), library).expect("a file");
    let text = |own: &str| {
        format!(
            "[Scenario(title: \"a bell\", use: [\"library/bell\"], start: \"2026-01-05 00:00\", length: \"1h\",
                groups: {{ ones: Group(kind: one, count: 1) }}),
             Kind(name: one, initial: here, states: {{ here: State(process: [Ring{own}]) }}),
             Measures({{ rang: Count(of: rang) }}), Experiment(replications: 1)]"
        )
    };
    let run = |own: &str| {
        fs::write(story.join("scenario.ron"), text(own)).expect("a file");
        let output = rehearsal().arg("check").arg(&story).output().expect("the command starts");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ok, fault) = run("");
    assert!(ok, "{fault}");
    let (ok, fault) = run(", Tell(to: self, message: rung)");
    assert!(!ok && fault.contains("message `rung` is told, but nobody hears it"), "{fault}");
}

#[test]
fn a_procedure_that_ends_in_given_steps_may_stand_in_a_branch() {
    let text = r#"[
        Scenario(title: "branches", start: "2026-06-06 06:00", length: "5h", groups: { ones: Group(kind: one, count: 10) }),
        Kind(name: one, fields: { rounds: Number(0) }, initial: x, states: {
            x: State(process: [Delay("1h"), Set(rounds: "rounds + 1"), Goto(y)]),
            y: State(process: [If(test: "rounds > 2.0", then: [W(more: [Delay("1min"), Goto(x)])]), Goto(x)]),
        }),
        Procedure(name: Z, do: [Note(z)]),
        Procedure(name: W, params: { more: Steps }, do: [Z, Do(more)]),
        Measures({ z: Count(of: z), rounds: Final(of: rounds, over: one) }),
        Experiment(replications: 1),
    ]"#;
    let found = figures(text, &[]);
    // At 1 h, 2 h, 3 h, 4 h 01 min; the fifth would be at 5 h 02 min. From the third on by way of W.
    [("z", 20.0), ("rounds", 4.0)].iter().for_each(|(name, known)| is(&found, name, *known));
}
