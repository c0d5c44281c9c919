//! What people read when a scenario runs and yet looks like a slip, and faults that only the whole scenario shows.
//!
//! All are made in `fixtures/corner-shop.ron`, those of things done together and of tables in `fixtures/wedding.ron`. The texts lie in `goldens/warnings/`; `UPDATE_EXPECT=1` rewrites them.

use expect_test::expect_file;
use rehearsal_tests::{Copied, none, root};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const SHOP: &str = "tests/fixtures/corner-shop.ron";
const WEDDING: &str = "tests/fixtures/wedding.ron";

fn golden(name: &str, said: &str) {
    assert!(!said.contains("panicked"), "{said}");
    expect_file![root().join("tests/goldens/warnings").join(format!("{name}.txt"))].assert_eq(said);
}

fn edited(edits: &[(&str, &str)]) -> Copied {
    edited_in(SHOP, edits)
}

fn edited_in(story: &str, edits: &[(&str, &str)]) -> Copied {
    let copied = Copied::new();
    for (from, to) in edits {
        copied.edit(story, from, to);
    }
    copied
}

/// What a check warns of; the scenario is fine all the same, and is refused where warnings are denied.
fn warned(name: &str, edits: &[(&str, &str)]) {
    warned_in(SHOP, name, edits);
}

fn warned_at_the_wedding(name: &str, edits: &[(&str, &str)]) {
    warned_in(WEDDING, name, edits);
}

fn warned_in(story: &str, name: &str, edits: &[(&str, &str)]) {
    let copied = edited_in(story, edits);
    let output = copied.command().args(["check", story]).output().expect("the command starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("fine: "), "{said}");
    assert_eq!(copied.refused(&["check", "--deny-warnings", story]), said, "the same is said of a warning that is denied");
    golden(name, &said);
}

macro_rules! cases {
    ($list:ident, $test:expr, $($name:ident: $($from:literal => $to:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                $test(stringify!($name), &[$(($from, $to)),+]);
            }
        )+
        const $list: &[&str] = &[$(stringify!($name)),+];
    };
}

cases! { WARNINGS, warned,
    state_that_nothing_leads_to: "away: State(" => "closed: State(), away: State(";
    states_that_lead_to_each_other_only: "away: State(" => "left: State(process: [Goto(right)]), right: State(process: [Goto(left)]), away: State(";
    mixin_that_no_kind_is_like: "like: [greets(smile: 0.8)]," => "fields: { smiles: Int(0) }, on: { hello: [Set(smiles: 1)] },",
        "fields: { cat: Part(cat)," => "traits: { cat: Part(cat) }, init: [],",
        " purrs: Int(0) },\n" => "\n",
        "on: { purr: [Set(purrs: \"purrs + 1\")] }" => "answers: {}",
        "message: purr, after" => "message: hello, after",
        "        purrs: Final(of: purrs, over: shop, unit: \"each\"),\n" => "";
    procedure_that_nobody_calls: "    Kind(name: cat" => "    Procedure(name: Wave, do: [Note(waved)]),\n    Kind(name: cat";
    kind_that_nobody_is: "    Kind(name: cat" => "    Kind(name: dog),\n    Kind(name: cat";
    parameter_of_a_mixin_that_is_not_used: "params: { smile: 0.5 }" => "params: { smile: 0.5, teeth: 32 }";
    parameter_of_a_procedure_that_is_not_used: "Delay(talk)," => "Delay(\"1min\"),";
    parameter_of_a_kind_that_is_not_used: "name: customer,\n" => "name: customer, params: { patience: \"5min\" },\n";
    field_that_is_only_counted_up: "        purrs: Final(of: purrs, over: shop, unit: \"each\"),\n" => "";
    trait_that_is_never_read: "shop: Ref(shop, " => "age: Int(30), shop: Ref(shop, ";
    let_that_is_never_read: "Let(talk: \"exponential(2min)\")," => "Let(talk: \"exponential(2min)\", mood: 3),";
    data_that_nothing_reads: "    Kind(name: cat" => "    Rows(name: prices, rows: [(name: tea, cost: \"2 EUR\")]),\n    Kind(name: cat";
    pattern_that_no_rule_looks_at: "    Kind(name: cat" => "    Interface(about: customer, sees: { served: Event(from: profile) }),\n    Policy(\n        name: idle, initial: asleep,\n        patterns: { twice: Sequence(of: [Step(on: served, times: 2)], within: \"1d\") },\n        states: { asleep: State() },\n    ),\n    Kind(name: cat";
    seized_as_the_last_step: "Goto(away),\n" => "Seize(resource: \"shop.till\", as: all),\n", "Serve(talk: talk)," => "Serve(talk: talk), If(test: \"talk > 1h\", then: [Goto(away)]),";
    seized_twice: "Delay(talk)," => "Seize(resource: \"shop.till\", as: again), Delay(talk),";
}

cases! { AT_THE_WEDDING, warned_at_the_wedding,
    together_without_an_undo: "do: [RentHall(at: hall, seats: 50), HireBand(price: \"0.8 * price\"), SetDate]" => "do: [SetDate]";
    table_that_nothing_is_looked_up_in: "params: { price: \"4000 EUR\" }" => "tables: { t: Table(gives: { a: Int }, hit: first, rows: [Row(give: (a: 1))]) }, params: { price: \"4000 EUR\" }";
    priority_without_effect: "if: close, give" => "if: close, priority: 3, give";
    else_that_is_never_done: "as: gift)," => "as: gift, else: [Goto(engaged)]),";
}

/// A column of a file that no expression asks for; the file lies beside the shop.
#[test]
fn column_that_is_never_read() {
    let copied =
        edited(&[("    Kind(name: cat", "    Column(name: waits, file: \"waits.csv\", column: \"wait\"),\n    Kind(name: cat")]);
    copied.write("tests/fixtures/waits.csv", b"wait\n1\n2\n");
    golden("column_that_is_never_read", &copied.refused(&["check", "--deny-warnings", SHOP]));
}

fn refused(name: &str, edits: &[(&str, &str)]) {
    golden(name, &edited(edits).refused(&["check", SHOP]));
}

cases! { FAULTS, refused,
    chance_above_one: "chance(smile)" => "chance(1.2) && chance(smile)";
    chance_below_zero: "chance(smile)" => "1 < 2 || chance(-0.1)";
    chance_in_hundredths: "chance(smile)" => "chance(30)";
    weight_below_zero: "exponential(8h)" => "pick([1h, 2h], x, -1)";
    agenda_more_than_full: "till: Resource(capacity: 1)" => "till: Resource(capacity: 1), book: Agenda(capacity: 1, fill: Busy(share: 0.5, until: \"1d\", then: 1.5))";
    group_that_asks_for_a_later_one: "            shops: Group(kind: shop, count: 2),\n" => "",
        "            customers: Group(kind: customer, count: 20),\n" => "            customers: Group(kind: customer, count: 20),\n            shops: Group(kind: shop, count: 2),\n";
    group_that_asks_for_itself: "shop: Ref(shop, \"pick(shops)\")" => "shop: Ref(shop, \"pick(shops)\"), friend: Ref(customer, \"pick(customers)\")";
    group_that_stands_nowhere: "name: customer,\n" => "name: customer, fields: { here: Place }, moves: \"5 km/h\",\n",
        "Serve(talk: talk)," => "Move(who: self, to: here), Serve(talk: talk),";
    ring_of_messages: "message: purr, after: \"1s\"" => "message: purr",
        "purr: [Set(purrs: \"purrs + 1\")]" => "purr: [Set(purrs: \"purrs + 1\"), Tell(to: cat, message: stroke)]";
    message_to_oneself_for_ever: "purr: [Set(purrs: \"purrs + 1\")]" => "purr: [Set(purrs: \"purrs + 1\"), Tell(to: self, message: purr)]";
}

#[test]
fn the_shop_warns_of_nothing_and_neither_do_the_scenarios() {
    let copied = Copied::new();
    for path in [SHOP, WEDDING, "scenarios/broken-down-car"] {
        let output = copied.command().args(["check", "--deny-warnings", path]).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_found_is_there_as_json_too() {
    let copied = edited(&[("away: State(", "closed: State(), away: State(")]);
    let found: Value = serde_json::from_str(&copied.done(&["check", "--format", "json", SHOP])).expect("JSON");
    let finding = &found["findings"][0];
    assert_eq!((&finding["severity"], &finding["file"]), (&json!("warning"), &json!("corner-shop.ron")));
    assert_eq!(finding["start"], json!({ "line": 36, "column": 21 }));
    copied.edit(SHOP, "message: hello", "message: helo");
    let output = copied.command().args(["check", "--format", "json", SHOP]).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["schema"], "rehearsal.check/1");
    assert_eq!(found["findings"][0]["severity"], "fault");
    assert!(found["findings"][0]["help"].as_str().expect("help").contains("helo"), "{found}");
}

#[test]
fn a_ring_with_a_test_or_a_delay_in_it_is_none() {
    for purr in [
        "If(test: \"purrs < 3\", then: [Tell(to: cat, message: stroke)])",
        "Tell(to: cat, message: stroke, after: \"1s\")",
        "Delay(\"1s\"), Tell(to: cat, message: stroke)",
        "If(test: \"purrs > 3\", then: [End]), Tell(to: cat, message: stroke)",
    ] {
        let handler = format!("purr: [Set(purrs: \"purrs + 1\"), {purr}]");
        let edits = [("message: purr, after: \"1s\"", "message: purr"), ("purr: [Set(purrs: \"purrs + 1\")]", handler.as_str())];
        let _ = edited(&edits).done(&["check", "--deny-warnings", SHOP]);
    }
}

#[test]
fn every_golden_file_has_its_test() {
    let tests: BTreeSet<String> = [WARNINGS, AT_THE_WEDDING, FAULTS, &["column_that_is_never_read"]]
        .concat()
        .iter()
        .map(|name| format!("{name}.txt"))
        .collect();
    let entries = fs::read_dir(root().join("tests/goldens/warnings")).expect("the golden files");
    let files: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let odd: Vec<String> = files.symmetric_difference(&tests).cloned().collect();
    none(&odd, "golden files without a test, or tests without a golden file");
}
