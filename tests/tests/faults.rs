//! What people read when they wrote something wrong: the whole text that `rehearsal check` prints, for each fault once.
//!
//! Most faults are made in `fixtures/dripping-tap.ron`, a small story with all sorts of parts; those of maps and folders in
//! a copy of the scenario of the broken-down car; those of states in states, lines, sources and relations in
//! `fixtures/fun-fair.ron`, some of which show only when it runs; those of things done together and of decision tables in
//! `fixtures/wedding.ron`; those of rehearsals in `fixtures/print-shop.ron`. The texts lie in `goldens/faults/`; `UPDATE_EXPECT=1` rewrites them.

use expect_test::expect_file;
use rehearsal_tests::{Copied, none, root};
use std::collections::BTreeSet;
use std::fs;

const TAP: &str = "tests/fixtures/dripping-tap.ron";
const WORKSHOP: &str = "tests/fixtures/workshop.ron";
const FAIR: &str = "tests/fixtures/fun-fair.ron";
const WEDDING: &str = "tests/fixtures/wedding.ron";
const SHOP: &str = "tests/fixtures/print-shop.ron";
const CAR: &str = "scenarios/broken-down-car";
const ROADS: &str = "scenarios/data/andorra.osm.pbf";

/// Compares all that a command says, which has to be an answer and not an accident, with the golden file of a test.
fn golden(name: &str, said: &str) {
    assert!(!said.contains("panicked"), "{said}");
    expect_file![root().join("tests/goldens/faults").join(format!("{name}.txt"))].assert_eq(said);
}

/// The story of the dripping tap with some of its text replaced, checked.
fn tap(name: &str, edits: &[(&str, &str)]) {
    let copied = Copied::new();
    for (from, to) in edits {
        copied.edit(TAP, from, to);
    }
    golden(name, &copied.refused(&["check", TAP]));
}

/// The scenario of the broken-down car with some of one file's text replaced, checked.
fn car(name: &str, file: &str, from: &str, to: &str) {
    let copied = Copied::new();
    copied.edit(&format!("{CAR}/{file}"), from, to);
    golden(name, &copied.refused(&["check", CAR]));
}

/// The story of the workshop with some of one file's text replaced, checked.
fn workshop(name: &str, file: &str, from: &str, to: &str) {
    let copied = Copied::new();
    copied.edit(&format!("tests/fixtures/{file}"), from, to);
    golden(name, &copied.refused(&["check", WORKSHOP]));
}

/// The story of the fun fair with some of its text replaced, checked or run.
fn fair(name: &str, command: &str, edits: &[(&str, &str)]) {
    told_of(FAIR, name, command, edits);
}

/// The story of the wedding with some of its text replaced, checked or run.
fn wedding(name: &str, command: &str, edits: &[(&str, &str)]) {
    told_of(WEDDING, name, command, edits);
}

fn told_of(story: &str, name: &str, command: &str, edits: &[(&str, &str)]) {
    let copied = Copied::new();
    for (from, to) in edits {
        copied.edit(story, from, to);
    }
    let said = copied.refused(&[command, story]);
    // How long it took, and on how many threads, is another matter.
    let lines = said.lines().filter(|line| !line.starts_with("running ") && !line.contains(" runs, "));
    golden(name, &lines.map(|line| format!("{line}\n")).collect::<String>());
}

/// One test for each fault in the story of the dripping tap, and their names.
macro_rules! faults_of_the_tap {
    ($($name:ident: $($from:literal => $to:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                tap(stringify!($name), &[$(($from, $to)),+]);
            }
        )+
        const OF_THE_TAP: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault in a file of the broken-down car, and their names.
macro_rules! faults_of_the_car {
    ($($name:ident: $file:literal, $from:literal => $to:literal;)+) => {
        $(
            #[test]
            fn $name() {
                car(stringify!($name), $file, $from, $to);
            }
        )+
        const OF_THE_CAR: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault in a file of the workshop, and their names.
macro_rules! faults_of_the_workshop {
    ($($name:ident: $file:literal, $from:literal => $to:literal;)+) => {
        $(
            #[test]
            fn $name() {
                workshop(stringify!($name), $file, $from, $to);
            }
        )+
        const OF_THE_WORKSHOP: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault in the story of the fun fair, and their names.
macro_rules! faults_of_the_fair {
    ($($name:ident: $command:literal, $($from:literal => $to:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                fair(stringify!($name), $command, &[$(($from, $to)),+]);
            }
        )+
        const OF_THE_FAIR: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault in the story of the wedding, and their names.
macro_rules! faults_of_the_wedding {
    ($($name:ident: $command:literal, $($from:literal => $to:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                wedding(stringify!($name), $command, &[$(($from, $to)),+]);
            }
        )+
        const OF_THE_WEDDING: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault in the story of the print shop, and their names.
macro_rules! faults_of_the_shop {
    ($($name:ident: $command:literal, $($from:literal => $to:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                told_of(SHOP, stringify!($name), $command, &[$(($from, $to)),+]);
            }
        )+
        const OF_THE_SHOP: &[&str] = &[$(stringify!($name)),+];
    };
}

/// One test for each fault that takes more than a replaced text, and their names.
macro_rules! other_faults {
    ($($name:ident: $body:expr;)+) => {
        $(
            #[test]
            fn $name() {
                let said: String = $body;
                golden(stringify!($name), &said);
            }
        )+
        const OTHERS: &[&str] = &[$(stringify!($name)),+];
    };
}

faults_of_the_tap! {
    // names
    misspelt_field_that_is_set: r#"Set(drops: "drops + 1")"# => r#"Set(drosp: "drops + 1")"#;
    misspelt_field_that_is_read: "drops + 1" => "drosp + 1";
    misspelt_kind: "kind: plumber, count" => "kind: plumer, count";
    misspelt_kind_of_a_reference: "Part(tap)" => "Part(tab)";
    misspelt_state: "goto: dripping" => "goto: driping";
    misspelt_state_in_a_measure: "Count(of: leak," => r#"Count(of: Enters("tap.driping"),"#;
    initial_state_that_is_not_there: "initial: fine" => "initial: fnie";
    misspelt_message: "message: mended" => "message: mendet";
    misspelt_event_field: "done.amount" => "done.amuont";
    misspelt_trait_of_a_group: "with: (floor: 2)" => "with: (flor: 2)";
    misspelt_procedure: "Call(desk: plumber" => "Cal(desk: plumber";
    misspelt_step: "Delay(talk)" => "Dealy(talk)";
    misspelt_parameter: "talk: \"3min\"" => "tlak: \"3min\"";
    misspelt_mixin: "like: [person(" => "like: [persom(";
    misspelt_parameter_of_a_mixin: "person(waits: " => "person(wiats: ";
    misspelt_policy_in_the_experiment: "policies: [silent, kind_words]" => "policies: [silent, kind_word]";
    misspelt_baseline: "baseline: silent" => "baseline: slient";
    misspelt_option_of_a_measure: "label: \"leaks\"" => "lable: \"leaks\"";
    misspelt_measure: "leaks: Count(of: leak" => "leaks: Cuont(of: leak";
    misspelt_side: "better: higher" => "better: more";
    misspelt_unit: "talk: \"3min\"" => "talk: \"3 mins\"";
    misspelt_function: "exponential(2d)" => "exponental(2d)";
    misspelt_definition: "Segments(of" => "Segment(of";
    misspelt_part_of_a_kind: "initial: dry," => "inital: dry,";
    misspelt_type: "bill: Money(\"0 EUR\")" => "bill: Monye(\"0 EUR\")";
    misspelt_answer: "call: book_visit" => "call: book_vist";
    misspelt_note: "leaks: Count(of: leak" => "leaks: Count(of: leek";
    misspelt_feature: "leaks: Count(on: leak)" => "leaks: Cuont(on: leak)";
    misspelt_group_in_nearest: "nearest(plumbers, here)" => "nearest(plumers, here)";
    misspelt_holder: "resource: \"desk.lines\"" => "resource: \"desk.liens\"";
    misspelt_claim: "Release(line)" => "Release(lien)";
    misspelt_way_to_stand: "count: 3, at: Homes" => "count: 3, at: Hoems";
    // laws of chance
    misspelt_law_that_is_cut_off: "exponential(2d)" => "truncated(exponental(2d), 1d, 9d)";
    value_that_leans_on_a_score_without_a_law: "exponential(2d)" => "correlated(2d, 0, 0.5)";
    stages_and_a_half: "exponential(2d)" => "erlang(2.5, 2d)";
    most_likely_above_the_high_end: "exponential(2d)" => "pert(1d, 5d, 3d)";
    bounds_the_wrong_way_round: "exponential(2d)" => "truncated(exponential(2d), 9d, 1d)";
    correlation_above_one: "exponential(2d)" => "correlated(exponential(2d), drops, 1.5)";
    bounds_in_another_unit: "exponential(2d)" => "truncated(exponential(2d), 1, 9)";
    mixture_with_a_weight_too_few: "exponential(2d)" => "mixture(0.5, exponential(2d), exponential(9d))";
    // sorts of values
    hours_added_to_kilometres: "talk: \"3min\"" => "talk: \"1h + 3 km\"";
    money_compared_with_a_span: r#"test: "has(visit)""# => r#"test: "bill > 3h""#;
    measure_in_a_unit_of_another_sort: "over: tenant, unit: EUR" => "over: tenant, unit: h";
    text_for_a_number: "count: 3, at" => "count: \"three\", at";
    name_for_a_span: "after: [(delay: \"8h\"" => "after: [(delay: long";
    one_value_of_two_types: "Note(hung_up)" => "Note(name: leak, with: (drops: \"1 EUR\"))";
    queue_of_goods: "resource: \"desk.lines\"" => "resource: \"desk.washers\"";
    who_is_asked_is_no_actor: "Ask(of: plumber" => "Ask(of: floor";
    maybe_read_unguarded: "has(visit)" => "bill > 0 EUR";
    // numbers that cannot be
    empty_population: "count: 3, at" => "count: 0, at";
    half_a_tenant: "count: 3, at" => "count: 2.5, at";
    negative_delay: "talk: \"3min\"" => "talk: \"0s - 3min\"";
    negative_after: "(delay: \"8h\"" => "(delay: \"-8h\"";
    negative_length: "length: \"10d\"" => "length: \"-10d\"";
    length_without_a_unit: "length: \"10d\"" => "length: 10";
    period_of_zero: "every: [(period: \"1h\"" => "every: [(period: \"0h\"";
    negative_capacity: "Agenda(capacity: 1" => "Agenda(capacity: -1";
    no_replications: "replications: 2" => "replications: 0";
    weights_that_are_all_zero: "yes: 0.3, no: 0.7" => "yes: 0.0, no: 0.0";
    negative_weight: "yes: 0.3, no: 0.7" => "yes: -0.3, no: 0.7";
    probability_over_one: "repairs: 0.9" => "repairs: 1.9";
    // times
    unknown_opening_hours: "hours: \"07:00-22:00\"" => "hours: \"from seven to ten\"";
    opening_hours_beyond_the_day: "step: \"1h\", hours: \"Mon-Fri 08:00-18:00\"" => "step: \"1h\", hours: \"Mon-Fri 08:00-25:00\"";
    unknown_weekday: "days: \"Mon-Fri\"" => "days: \"Mon-Fry\"";
    no_such_time_of_day: "time: \"09:00\"" => "time: \"25:00\"";
    no_such_date: "start: \"2026-11-02 00:00\"" => "start: \"2026-13-02 00:00\"";
    // what states and steps may do
    goto_into_another_region: "Set(visit: slot)" => "If(test: \"floor > 3\", then: [Goto(out)]), Set(visit: slot)";
    step_after_goto: "Tell(to: tap, message: mended)," => "Goto(fine), Tell(to: tap, message: mended),";
    else_of_seize_that_falls_through: "[Note(hung_up), Goto(annoyed)]" => "[Note(hung_up)]";
    else_of_ask_that_falls_through: "within: \"1min\", else: [Goto(annoyed)]" => "within: \"1min\", else: [Note(no_answer)]";
    seize_that_may_fail_without_else: ", else: [Note(hung_up), Goto(annoyed)]" => "";
    entry_that_waits: "entry: [Set(mood: \"mood - 1\")]" => "entry: [Delay(\"1min\")]";
    answer_that_waits: "do: [Tell(to: who" => "do: [Delay(\"1h\"), Tell(to: who";
    trait_that_is_set: "Set(bill: \"done.amount\")" => "Set(floor: 3)";
    field_of_another_household: "Call(desk: plumber, talk: \"3min\")" => "Call(desk: plumber, talk: \"plumber.jobs * 1min\")";
    value_that_is_not_handed_over: "dry: State(after" => "dry: State(takes: { when: Time }, after";
    event_where_there_is_none: "entry: [Set(mood: \"mood - 1\")]" => "entry: [Set(mood: \"event.amount / 1 EUR\")]";
    answer_without_its_values: ", with: (who: self), as: slot" => ", as: slot";
    timer_that_does_nothing: "after: [(delay: \"8h\", goto: home)]" => "after: [(delay: \"8h\")]";
    procedure_in_a_circle: "do: [Note(name: cost, with: (amount: amount))]" => "do: [Refund(amount: amount)]",
        "Set(bill: \"done.amount\")" => "Refund(amount: bill)";
    too_many_values: "Delay(talk)" => "Delay(talk, talk)";
    trait_that_nobody_gives: "traits: { owner: Whole(tenant) }" => "traits: { owner: Whole(tenant), maker: Name }",
        "groups: {" => "groups: { spare: Group(kind: tap, count: 1),";
    // wiring
    told_and_never_heard: "contacted: [Set" => "contacted: [Tell(to: plumber, message: thanks), Set";
    awaited_and_never_told: "on: { mended: " => "on: { repainted: [Set(drops: 1)], mended: ";
    // definitions
    two_kinds_of_one_name: "name: plumber," => "name: tenant,";
    two_regions_of_one_name: "water: Region" => "day: Region";
    two_measures_of_one_name: "mood: Final" => "leaks: Final";
    mixin_that_clashes_in_a_field: "fields: { tap: Part(tap)" => "fields: { mood: Number(0), tap: Part(tap)";
    mixin_that_is_like_itself: "name: person, params" => "name: person, like: [person], params";
    second_scenario: "Segments(of: tenant" => "Scenario(title: \"x\", start: \"2026-01-01 00:00\", length: \"1d\"), Segments(of: tenant";
    field_without_a_value: "start: \"2026-11-02 00:00\", " => "";
    step_among_definitions: "Segments(of: tenant" => "Delay(\"1h\"), Segments(of: tenant";
    kind_without_a_name: "name: tap, traits" => "traits";
    // kinds in Rust
    native_kind_without_its_code: "Segments(of: tenant" => "Kind(name: boiler, native: true, hears: {}), Segments(of: tenant";
    native_kind_with_states: "name: tap, traits" => "name: tap, native: true, traits";
    kind_in_ron_that_declares_what_rust_says: "name: tap, traits" => "name: tap, tells: { drip: (depth: Length) }, traits";
    native_kind_that_hears_no_list: "Segments(of: tenant" => "Kind(name: boiler, native: true, hears: { drip: Number }), Segments(of: tenant";
    // policies
    lever_that_the_interface_does_not_give: "Goto(quiet)]" => "Refund(amount: \"1 EUR\"), Goto(quiet)]";
    event_that_is_not_in_the_interface: "name: again, on: leak" => "name: again, on: drip";
    rule_that_reads_beyond_the_interface: "leaks >= enough" => "leaks >= enough && owner.mood < 0.0";
    rule_that_reads_a_maybe_unguarded: "on: { drip: [Goto(calling)] }" => "on: { drip: [Note(leak), Goto(calling)] }",
        "leaks >= enough" => "event.drops > 3";
    // what is remembered
    count_over_events_without_a_test: "Count(on: leak)" => "Count(on: leak, over: 10)";
    count_up_to_without_a_span: "Count(on: leak)" => "Count(on: leak, up_to: 3)";
    count_up_to_more_than_is_kept: "Count(on: leak)" => "Count(on: leak, over: \"1d\", up_to: 50)";
    window_of_too_many_readings: "Count(on: leak)" => "Mean(on: leak, of: \"event.drops\", over: 40)";
    window_of_no_time: "Count(on: leak)" => "Mean(on: leak, of: \"event.drops\", over: \"0s\")";
    panes_of_readings: "Count(on: leak)" => "Max(on: leak, of: \"event.drops\", over: 4, panes: 2)";
    slope_over_all_that_ever_came: "Count(on: leak)" => "Slope(on: leak, of: \"event.drops\")";
    weighted_mean_without_a_weight: "Count(on: leak)" => "Ewma(on: leak, of: \"event.drops\")";
    trend_over_half_a_reading: "Count(on: leak)" => "Trend(on: leak, of: \"event.drops\", over: 0.5)";
    feature_of_no_number: "Count(on: leak)" => "Last(on: leak, of: \"event.drops > 3\")";
    // patterns over time
    misspelt_pattern: "params: { enough: 2 }," => "patterns: { wet: Seqence(of: [leak], within: \"1d\") }, params: { enough: 2 },";
    misspelt_pattern_of_a_rule: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [leak], within: \"1d\") }, params: { enough: 2 },",
        "name: again, on: leak" => "name: again, on: wett";
    misspelt_event_of_a_step: "params: { enough: 2 }," => "patterns: { wet: All(of: [leek], within: \"1d\") }, params: { enough: 2 },";
    misspelt_moment_of_a_match: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [leak], within: \"1d\") }, params: { enough: 2 },",
        "name: again, on: leak, if: \"leaks >= enough\"" => "name: again, on: wet, if: \"leaks >= enough && now > event.sinec\"";
    misspelt_way_from_step_to_step: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [leak], within: \"1d\", next: strictly) }, params: { enough: 2 },";
    pattern_without_steps: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [], within: \"1d\") }, params: { enough: 2 },";
    pattern_of_too_many_steps: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [Step(on: leak, times: 20), Step(on: leak, times: 20)], within: \"1d\") }, params: { enough: 2 },";
    pattern_within_no_time: "params: { enough: 2 }," => "patterns: { dry: Absence(of: refused, after: leak, within: \"0h\") }, params: { enough: 2 },";
    pattern_called_as_an_event: "params: { enough: 2 }," => "patterns: { leak: Absence(of: refused, after: leak, within: \"1h\") }, params: { enough: 2 },";
    step_that_is_repeated_where_it_counts_once: "params: { enough: 2 }," => "patterns: { wet: All(of: [Step(on: leak, times: 2)], within: \"1d\") }, params: { enough: 2 },";
    step_that_rises_and_falls: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [Step(on: leak, rising: \"event.drops\", falling: \"event.drops\")], within: \"1d\") }, params: { enough: 2 },";
    step_that_is_a_number: "params: { enough: 2 }," => "patterns: { wet: Sequence(of: [3], within: \"1d\") }, params: { enough: 2 },";
    policies_without_an_interface: "Interface(" => "/* Interface(", "levers: [Notify],\n    )," => "levers: [Notify],\n    ), */";
    sees_what_nobody_notes: "sees: { leak: Event(from: profile" => "sees: { called: Event(from: profile",
        "Count(on: leak)" => "Count(on: called)", "on: leak, if" => "on: called, if";
    // the file as a whole
    missing_bracket: "Delay(talk),\n        Release(line),\n    ])," => "Delay(talk),\n        Release(line),\n    ),";
    missing_colon: "initial: dry," => "initial dry,";
    missing_comma: "initial: dry," => "initial: dry";
    key_that_stands_twice: "drip: [Goto(calling)]" => "drip: [Goto(calling)], drip: [Goto(annoyed)]";
    option_that_stands_twice: "replications: 2" => "replications: 2, replications: 3";
    text_that_does_not_end: "talk: \"3min\"" => "talk: \"3min";
    expression_that_does_not_end: "talk: \"3min\"" => "talk: \"(3min\"";
    many_faults_at_once: "nearest(plumbers, here)" => "nearest(plumers, here)",
        "goto: dripping" => "goto: driping",
        "exponential(2d)" => "exponental(2d)",
        "hours: \"07:00-22:00\"" => "hours: \"never on Sundays\"",
        "talk: \"3min\"" => "talk: \"3min + 1 km\"";
}

faults_of_the_car! {
    road_file_that_is_not_there: "scenario.ron", "andorra.osm.pbf" => "andora.osm.pbf";
    place_that_no_road_reaches: "scenario.ron", "encamp: (42.5347, 1.5801)" => "encamp: (42.6347, 1.9801)";
    latitude_and_longitude_swapped: "scenario.ron", "encamp: (42.5347, 1.5801)" => "encamp: (1.5801, 42.5347)";
    latitude_beyond_the_pole: "scenario.ron", "encamp: (42.5347, 1.5801)" => "encamp: (142.5347, 1.5801)";
    tag_that_the_map_has_not: "scenario.ron", "amenity=school" => "amenity=scool";
    traffic_that_stands_still: "scenario.ron", "\"07:00-09:00\": 1.5" => "\"07:00-09:00\": 150";
    file_that_is_not_there: "scenario.ron", "\"family\", " => "\"famly\", ";
    file_of_the_library_that_is_not_there: "scenario.ron", "library/people" => "library/poeple";
    message_to_the_wrong_kind: "dealer.ron", "Tell(to: \"car.owner\", message: bill" => "Tell(to: \"car.owner.home\", message: bill";
    value_of_another_sort_in_a_library: "family.ron", "talk: \"lognormal(4min, 0.4)\"" => "talk: \"lognormal(4 km, 0.4)\"";
}

faults_of_the_workshop! {
    // definitions of data
    misspelt_column: "workshop.ron", "\"actual\"" => "\"acutal\"";
    misspelt_file_of_data: "workshop.ron", "data/waits.csv" => "data/wiats.csv";
    file_of_data_outside_the_folder: "workshop.ron", "data/waits.csv" => "../fixtures/data/waits.csv";
    file_of_data_of_another_format: "workshop.ron", "data/waits.csv" => "data/waits.xlsx";
    misspelt_unit_of_a_column: "workshop.ron", "unit: min)," => "unit: mins),";
    misspelt_option_of_a_column: "workshop.ron", "unit: min)," => "untis: min),";
    column_that_is_not_named: "workshop.ron", "column: \"actual\", " => "";
    events_of_a_table: "workshop.ron", "column: \"actual\"" => "from: \"a\", to: \"b\"";
    misspelt_attribute_of_events: "workshop.ron", "column: \"pages\"" => "column: \"pagse\"";
    misspelt_event_of_a_log: "workshop.ron", "from: \"register\"" => "from: \"regsiter\"";
    misspelt_way_to_read_a_series: "workshop.ron", "value: \"millimetres\"" => "value: \"millimetres\", read: Line";
    time_in_a_unit_of_length: "workshop.ron", "value: \"millimetres\"" => "value: \"millimetres\", time_unit: km";
    misspelt_type_of_cells: "workshop.ron", "sales: Number" => "sales: Numebr";
    money_counted_in_hours: "workshop.ron", "Money(EUR)" => "Money(h)";
    money_without_its_unit: "workshop.ron", "Money(EUR)" => "Money";
    rows_without_columns: "workshop.ron", ", columns: { name: Name, cost: Money(EUR), sales: Number }" => "";
    two_data_of_one_name: "workshop.ron", "name: pages" => "name: waits";
    row_with_a_misspelt_column: "workshop.ron", "faq: 0.40" => "fag: 0.40";
    row_that_lacks_a_column: "workshop.ron", "faq: 0.40, " => "";
    cell_of_another_sort: "workshop.ron", "faq: 0.40" => "faq: often";
    cell_that_is_no_constant: "workshop.ron", "talk: \"9min\"" => "talk: \"exponential(9min)\"";
    // what is made of data
    misspelt_rows: "workshop.ron", "Row(items," => "Row(itmes,";
    misspelt_cell: "workshop.ron", "topic.faq" => "topic.fag";
    misspelt_name_in_a_cell: "workshop.ron", "== lamp" => "== lmap";
    column_that_is_not_drawn_from: "workshop.ron", "Span(\"empirical(waits)\")" => "Span(waits)";
    series_without_a_moment: "workshop.ron", "at(rain, now)" => "rain";
    column_in_another_unit: "workshop.ron", "Span(\"empirical(waits)\")" => "Money(\"empirical(waits)\")";
    row_of_other_rows: "workshop.ron", "pick(topics, it, it.share)" => "items[0]";
    // what stands in the files
    cell_that_is_no_number: "data/items.csv", "9.90" => "nine";
    cell_with_a_comma: "data/items.csv", "9.90" => "\"9,90\"";
    comma_too_many: "data/items.csv", "9.90" => "9,90";
    cell_that_is_empty: "data/items.csv", "9.90" => "";
    table_cut_off: "data/items.csv", "lamp,79.00,5" => "lamp,79";
    column_that_stands_twice: "data/waits.csv", "planned" => "actual";
    fields_between_semicolons: "data/waits.csv", "ticket,planned,actual" => "ticket;planned;actual";
    times_out_of_order: "data/rain.csv", "2026-11-03 00:00" => "2026-11-01 00:00";
    time_that_is_no_date: "data/rain.csv", "2026-11-03 00:00" => "3.11.2026";
    event_without_its_time: "data/claims.xes", "time:timestamp" => "time:stamp";
    log_with_a_missing_end: "data/claims.xes", "</trace>" => "</trce>";
}

/// What `check` says of the story of the workshop after a file of its data is another.
fn with_data(file: &str, bytes: &[u8]) -> String {
    let copied = Copied::new();
    copied.write(&format!("tests/fixtures/data/{file}"), bytes);
    copied.refused(&["check", WORKSHOP])
}

/// A copy of the scenario of the broken-down car after a change of its files.
fn after(change: impl FnOnce(&Copied)) -> Copied {
    let copied = Copied::new();
    change(&copied);
    copied
}

/// What `check` says of it.
fn checked(change: impl FnOnce(&Copied)) -> String {
    after(change).refused(&["check", CAR])
}

/// What `run` says of the story of the dripping tap with other options.
fn run_with(options: &[&str]) -> String {
    Copied::new().refused(&[&["run", TAP], options].concat())
}

/// `count` opening brackets, and as many that close where it is to be whole.
fn brackets(count: usize, whole: bool) -> Vec<u8> {
    let mut text = vec![b'['; count];
    if whole {
        text.extend(std::iter::repeat_n(b']', count));
    }
    text
}

faults_of_the_wedding! {
    // what is done together
    together_that_is_left_in_the_middle: "check", "HireBand(price: price), SetDate]," => "HireBand(price: price), Goto(thinking)],";
    together_that_ends_in_the_middle: "check", "Note(band_comes)]" => "Note(band_comes), End]";
    together_without_else: "check", "],\n                        else: [Refuse(reason)],\n" => "],\n";
    together_in_an_answer: "check", "do: [Take(stock: days, units: 1)], give" => "do: [Together(do: [Take(stock: days, units: 1)], else: [])], give";
    undo_that_leaves: "check", "undo: [Note(band_stays)]" => "undo: [Note(band_stays), Goto(ready)]";
    undo_that_undoes_nothing: "check", "undo: [Note(band_stays)]" => "undo: []";
    undo_of_a_name_that_nothing_was_given: "check", "with: (seats: rented))]" => "with: (seats: \"rent\"))]";
    undo_that_reads_the_event: "check", "with: (seats: rented))]" => "with: (seats: \"event.guests\"))]";
    undone_in_a_loop: "check", "do: [RentHall(at: hall, seats: 50), HireBand" => "do: [Repeat(times: 2, do: [RentHall(at: hall, seats: 50)]), HireBand";
    message_of_an_undo_that_nobody_hears: "check", "message: not_needed, with" => "message: not_neded, with";
    // decision tables
    table_that_is_not_there: "check", "LookUp(in: gifts" => "LookUp(in: gift";
    two_tables_of_one_name: "check", "    Kind(\n        name: hall" => "    Table(name: gifts, gives: { a: Int }, hit: first, rows: [Row(give: (a: 1))]),\n    Kind(\n        name: hall";
    table_with_an_unknown_hit: "check", "hit: first" => "hit: fist";
    table_that_gives_nothing: "check", "gives: { amount: Money, by: Name }" => "gives: {}";
    decision_table_without_rows: "check", "params: { price: \"4000 EUR\" }" => "tables: { t: Table(gives: { a: Int }, hit: any, rows: []) }, params: { price: \"4000 EUR\" }";
    table_in_which_no_row_may_hold: "check", "            Row(name: few, give: (amount: \"40 EUR\", by: post)),\n" => "";
    table_row_that_is_never_reached: "check", "if: close, give" => "give";
    table_row_beside_others_where_one_is_to_hold: "check", "hit: first" => "hit: unique";
    table_whose_sum_is_of_two: "check", "hit: first" => "hit: Collect(by: sum)";
    table_collected_in_an_unknown_way: "check", "hit: first" => "hit: Collect(by: mean)";
    table_that_counts_what_is_no_count: "check", "gives: { amount: Money, by: Name }, hit: first" => "gives: { amount: Money }, hit: Collect(by: count)";
    value_that_a_table_lacks: "check", "with: (guests: guests, close: near)" => "with: (guests: guests)";
    value_that_a_table_does_not_take: "check", "close: near)" => "close: near, far: 1)";
    value_of_another_sort_for_a_table: "check", "close: near)" => "close: 3)";
    value_that_a_row_lacks: "check", "give: (amount: \"20 EUR\", by: post)" => "give: (amount: \"20 EUR\")";
    value_that_a_table_does_not_give: "check", "gift.amount" => "gift.amnt";
    value_of_another_sort_from_a_row: "check", "amount: \"20 EUR\"" => "amount: \"20 km\"";
    row_that_reads_an_actor: "check", "\"> crowd\"" => "\"> budget\"";
    table_cell_of_another_sort: "check", "\"> crowd\"" => "\"> 3 km\"";
    table_cells_of_another_number: "check", "cells: [\"> crowd\", \"-\"]" => "cells: [\"> crowd\"]";
    else_of_a_table_that_goes_on: "check", "as: gift)," => "as: gift, else: [Note(no_gift)]),";
    // when it runs
    rows_that_both_hold: "run", "hit: first" => "hit: unique", "name: few, give" => "name: few, if: \"guests < 100\", give",
        "as: gift)," => "as: gift, else: [Goto(engaged)]),";
    rows_that_do_not_give_the_same: "run", "hit: first" => "hit: any";
}

faults_of_the_fair! {
    // states inside states
    state_whose_name_several_have: "check", "soup: State() }" => "soup: State(), slow: State() }", "goto: away)],\n                regions" => "goto: slow)],\n                regions";
    initial_without_states_inside: "check", "away: State(after" => "away: State(initial: nowhere, after";
    states_without_an_initial_one: "check", "initial: sweets,\n                            states" => "states";
    states_and_regions_in_one_state: "check", "walking: State(\n" => "walking: State(initial: here, states: { here: State() },\n";
    states_that_lie_too_deep: "check", "soup: State() }" => "soup: State(initial: a, states: { a: State(initial: b, states: { b: State(initial: c, states: { c: State(initial: d, states: { d: State(initial: e, states: { e: State(initial: f, states: { f: State(initial: g, states: { g: State() }) }) }) }) }) }) }) }";
    goto_into_a_region_beside: "check", "goto: fast" => "goto: sweets";
    resume_that_is_no_yes_or_no: "check", "resume: true" => "resume: again";
    initial_state_inside_that_is_not_there: "check", "initial: sweets" => "initial: sweats";
    // steps that are done again
    loop_over_what_is_no_list: "check", "ForEach(of: called, as: floor" => "ForEach(of: seats, as: floor";
    loop_so_often_and_as_long_as: "check", "Repeat(times: 3, as: k" => "Repeat(times: 3, while: \"seats > 3\"";
    loop_half_a_time_more: "check", "Repeat(times: 3" => "Repeat(times: 2.5";
    loop_less_than_never: "check", "Repeat(times: 3" => "Repeat(times: -3";
    loop_without_end: "run", "Repeat(times: 3, as: k, do: [Set(called: \"called + [k]\")])" => "Repeat(while: \"seats > 3\", do: [Set(called: \"[1]\")])";
    item_called_like_a_field: "check", "ForEach(of: called, as: floor, do: [If(test: \"floor > 0\"" => "ForEach(of: called, as: seats, do: [If(test: \"seats > 0\"", "with: (floor: floor)" => "with: (floor: seats)";
    list_that_overflows: "run", "Repeat(times: 3" => "Repeat(times: 5";
    list_of_too_many: "check", "at_most: 4" => "at_most: 100";
    // sources
    source_that_never_comes: "check", "name: early, rate: \"30 / 1h\"" => "name: early";
    source_with_a_rate_and_a_time_apart: "check", "name: early, rate: \"30 / 1h\"" => "name: early, rate: \"30 / 1h\", every: \"2min\"";
    rate_that_is_a_span: "check", "rate: \"30 / 1h\"" => "rate: \"2min\"";
    rate_above_its_peak: "run", "? 9 / 1h :" => "? 12 / 1h :";
    rate_below_zero: "run", "rate: \"30 / 1h\"" => "rate: \"(seats - 7) / 1h\"";
    rate_beyond_all_bounds: "run", "rate: \"30 / 1h\"" => "rate: \"1e30 / 1h\"";
    two_sources_of_one_name: "check", "name: late" => "name: early";
    // lines, shelves, and those who give way
    join_of_a_resource: "check", "Join(line: \"fair.queue\"" => "Join(line: \"fair.doctors\"";
    seize_of_a_line: "check", "resource: \"fair.doctors\"" => "resource: \"fair.queue\"";
    line_of_an_unknown_kind: "check", "Line(of: guest)" => "Line(of: gusts)";
    join_of_a_line_of_others: "check", "Line(of: guest)" => "Line(of: regular)";
    join_that_may_fail_without_else: "check", "renege_after: \"1h\", else: [Goto(gone)]" => "renege_after: \"1h\"";
    admit_from_another_household: "run", "on: { buys: [Set(sold" => "on: { buys: [Admit(line: \"pick(fairs).queue\"), Set(sold";
    admit_of_fewer_than_none: "check", "units: seats" => "units: -5";
    admit_of_fewer_than_none_at_last: "run", "units: seats" => "units: \"seats - 9\"";
    batch_of_nobody: "check", "Line(of: guest)" => "Line(of: guest, batch: 0)";
    take_of_nothing: "check", "units: 1, else" => "units: 0, else";
    else_of_take_that_falls_through: "check", "[Note(no_prize), Goto(gone)]" => "[Note(no_prize)]";
    stock_ordered_in_two_ways: "check", "up_to: 9" => "up_to: 9, order: 6";
    stock_that_does_not_say_when: "check", "reorder_at: 3, " => "";
    preempted_that_falls_through: "check", "preempted: [Goto(gone)]" => "preempted: [Note(no_prize)]";
    preempted_where_nobody_is: "check", ", discipline: Preemptive" => "";
    two_units_of_a_pool: "check", "resource: \"fair.doctors\", as" => "resource: \"fair.guards\", units: 2, as", ", preempted: [Goto(gone)]" => "";
    units_beyond_all_bounds: "run", "as: doctor, priority" => "as: doctor, units: 1000000000000000000, priority";
    // parts and relations
    no_parts_at_all: "check", "count: 3)" => "count: 0)";
    parts_of_its_own_kind: "check", "name: lift, fields" => "name: lift, traits: { doors: Parts(kind: lift, count: 2) }, fields";
    relation_without_its_group: "check", "Relation(among: regulars, graph" => "Relation(graph";
    relation_by_an_unknown_trait: "check", "same: town" => "same: twon";
    relation_by_a_trait_that_is_no_reference: "check", "by: stall" => "by: town";
    neighbours_on_one_side: "check", "neighbours: 4" => "neighbours: 3";
    graph_that_is_not_known: "check", "SmallWorld(neighbours: 4, rewired: 0.1)" => "SmallWrold(neighbours: 4, rewired: 0.1)";
    relation_with_more_ties_than_there_is_room_for: "run", "count: 20)" => "count: 5000000)", "graph: SmallWorld(neighbours: 4, rewired: 0.1)" => "graph: Random(mean: 100000)";
    // measures
    ratio_of_a_funnel: "check", "Ratio(of: Count(of: no_prize)" => "Ratio(of: Funnel(steps: [came, rode])";
    funnel_with_one_step: "check", "steps: [came, rode]" => "steps: [came]";
    funnel_with_a_step_twice: "check", "steps: [came, rode]" => "steps: [came, rode, came]";
    measure_split_by_a_span: "check", "by: \"event.ticket\"" => "by: \"event.wait\"";
    pair_without_a_better_side: "check", "Pair(company: came, customer: waiting)" => "Pair(company: came, customer: longest)";
    pair_of_one_with_itself: "check", "Pair(company: came, customer: waiting)" => "Pair(company: came, customer: came)";
    pair_of_several_figures: "check", "Pair(company: came, customer: waiting)" => "Pair(company: came, customer: rode)";
    peak_of_a_name: "check", "Peak(of: \"queue.queue\"" => "Peak(of: longest_line";
    total_that_is_no_yes_or_no: "check", "over: fair, label: \"in the line\"" => "over: fair, total: 3, label: \"in the line\"";
    // time that stands still
    ping_pong_without_a_delay: "run", "on: { buys: [Set(sold" => "on: { buys: [Tell(to: self, message: buys), Set(sold";
}

faults_of_the_shop! {
    // rehearsals
    rehearsal_by_an_unknown_measure: "check", "least: cost" => "least: costs";
    rehearsal_by_no_measure: "check", "least: cost, " => "";
    rehearsal_by_two_measures: "check", "least: cost" => "least: cost, most: wait";
    rehearsal_of_one_way: "check", "of: [print, send_out]" => "of: [print]";
    rehearsal_of_one_way_twice: "check", "of: [print, send_out]" => "of: [print, send_out, print]";
    rehearsal_with_an_unknown_chance: "check", "as: choice" => "as: choice, chance: new";
    rehearsal_of_the_one_future_several_times: "check", "as: choice" => "as: choice, chance: same";
    rehearsal_in_no_future: "check", "futures: 16" => "futures: 0";
    rehearsal_in_no_future_at_last: "run", "futures: futures" => "futures: \"int(round(event.line))\"";
    rehearsal_into_the_past: "check", "ahead: \"1h\"" => "ahead: \"-1h\"";
    rehearsal_whose_inside_is_not_tried: "check", "? send_out : print" => "? sent_out : print";
    rehearsal_in_stretches_of_any_number: "check", "at_most: at_most" => "per: \"1d\"";
    rehearsal_by_no_policy: "check", "Delay(takes), End" => "Rehearse(of: [a, b], for: \"1h\", least: cost, as: choice), End";
    rehearsal_whose_choice_is_misspelt: "check", "choice == print" => "choice == prnt";
    rehearsal_that_forgets_the_event: "check", "then: [Print(job: job)]" => "then: [Print(job: \"event.job\")]";
    rehearsal_without_end: "run", "Let(job: \"event.job\")," => "Let(job: \"event.job\"), Repeat(times: 2000, do: [Rehearse(of: [a, b], for: ahead, least: cost, at_most: 0, as: other)]),", "inside: \"event.takes >= large ? send_out : print\"" => "inside: print";
    note_that_is_called_like_that_of_a_rehearsal: "check", "with: (wait: waited)), Delay" => "with: (wait: waited)), Note(name: rehearsed, with: (futures: \"1h\")), Delay";
}

other_faults! {
    road_file_cut_off: checked(|copied| {
        let whole = fs::read(copied.path(ROADS)).expect("the map");
        copied.write(ROADS, &whole[..whole.len() / 2]);
    });
    road_file_of_another_format: checked(|copied| copied.write(ROADS, b"<osm version=\"0.6\"></osm>\n"));
    road_file_that_is_empty: checked(|copied| copied.write(ROADS, b""));
    file_of_100_megabytes: checked(|copied| copied.write(&format!("{CAR}/family.ron"), &brackets(100_000_000, false)));
    brackets_that_open_only: checked(|copied| copied.write(&format!("{CAR}/family.ron"), &brackets(4_000_000, false)));
    brackets_in_brackets: checked(|copied| copied.write(&format!("{CAR}/family.ron"), &brackets(2_000_000, true)));
    brackets_that_send_the_parser_round: checked(|copied| {
        // Found by fuzzing: less deep than the parser takes by itself, and it never came back.
        let text = std::fs::read(rehearsal_tests::root().join("tests/fuzz/seeds/scenario/brackets-too-deep.ron")).expect("a seed");
        copied.write(&format!("{CAR}/family.ron"), &text);
    });
    functions_in_functions: checked(|copied| {
        let deep = format!("weibull(1.2, {}330d{})", "max(1d, ".repeat(70), ")".repeat(70));
        copied.edit(&format!("{CAR}/family.ron"), "weibull(1.2, 330d)", &deep);
    });
    file_that_is_no_text: checked(|copied| copied.write(&format!("{CAR}/family.ron"), b"Kind(name: \xff\xfe)"));
    file_that_is_empty: checked(|copied| copied.write(&format!("{CAR}/family.ron"), b""));
    scenario_file_that_is_empty: checked(|copied| copied.write(&format!("{CAR}/scenario.ron"), b"// later\n"));
    folder_without_a_scenario: checked(|copied| fs::remove_file(copied.path(&format!("{CAR}/scenario.ron"))).expect("it was there"));
    folder_that_is_not_there: Copied::new().refused(&["check", "scenarios/broken-down-cart"]);
    folder_far_away: Copied::new().refused(&["check", "nowhere/at-all"]);
    table_that_is_empty: with_data("waits.csv", b"");
    table_without_rows: with_data("waits.csv", b"ticket,planned,actual\n");
    table_that_is_no_text: with_data("waits.csv", b"ticket,planned,actual\nT1,5,\xff\xfe\n");
    table_with_many_faults: {
        let rows: String = (0..1000).map(|row| format!("T{row},5,soon\n")).collect();
        with_data("waits.csv", format!("ticket,planned,actual\n{rows}").as_bytes())
    };
    log_that_is_a_page: with_data("claims.xes", b"<html><body>404 not found</body></html>");
    log_cut_off: {
        let whole = fs::read(root().join("tests/fixtures/data/claims.xes")).expect("the log");
        with_data("claims.xes", &whole[..whole.len() / 2])
    };
    parquet_in_a_build_without_it: {
        let copied = Copied::new();
        copied.write("tests/fixtures/data/waits.parquet", b"PAR1");
        copied.edit(WORKSHOP, "data/waits.csv", "data/waits.parquet");
        copied.refused(&["check", WORKSHOP])
    };
    file_of_data_of_300_megabytes: {
        let copied = Copied::new();
        let file = fs::File::create(copied.path("tests/fixtures/data/waits.csv")).expect("a file");
        file.set_len(300 * 1024 * 1024).expect("a length without content");
        copied.refused(&["check", WORKSHOP])
    };
    unknown_policy: run_with(&["--policy", "kind_wrods"]);
    setting_of_an_unknown_definition: run_with(&["--set", "plumer.book=2"]);
    setting_of_an_unknown_part: run_with(&["--set", "plumber.bok=2"]);
    setting_that_is_ambiguous: run_with(&["--set", "tenant.delay=2h"]);
    setting_of_what_is_no_number: run_with(&["--set", "plumber.owns=2"]);
    setting_of_another_sort: run_with(&["--set", "plumber.book=many"]);
    setting_that_is_out_of_range: run_with(&["--set", "tenants.count=0"]);
    setting_in_an_unknown_unit: run_with(&["--set", "scenario.length=10 days"]);
    setting_without_a_path: run_with(&["--set", "=2"]);
}

#[test]
fn five_faults_are_five() {
    let said = fs::read_to_string(root().join("tests/goldens/faults/many_faults_at_once.txt")).expect("a golden file");
    assert!(said.ends_with("5 faults in tests/fixtures/dripping-tap.ron\n"), "{said}");
}

#[test]
fn the_stories_are_sound_as_they_are() {
    let copied = Copied::new();
    for path in [TAP, CAR, WORKSHOP, FAIR, WEDDING, SHOP] {
        let output = copied.command().args(["check", path]).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_golden_file_has_its_test() {
    let tests: BTreeSet<String> = [OF_THE_TAP, OF_THE_CAR, OF_THE_WORKSHOP, OF_THE_FAIR, OF_THE_WEDDING, OF_THE_SHOP, OTHERS]
        .concat()
        .iter()
        .map(|name| format!("{name}.txt"))
        .collect();
    let entries = fs::read_dir(root().join("tests/goldens/faults")).expect("the golden files");
    let files: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let odd: Vec<String> = files.symmetric_difference(&tests).cloned().collect();
    none(&odd, "golden files without a test, or tests without a golden file");
}
