//! What people read who declare one thing and write another in Rust, and what stops a run of a native kind.

use expect_test::{expect, expect_file};
use native_stories::{load, rehearse, story};
use rehearsal_scenario::native::{Actor, Declared, Heard, Money, Name, NativeActor, NativeKind, Number, Span};
use rehearsal_scenario::{Natives, RunError};

mod native_stories;

/// Why a run stops.
fn stops(story: &str, natives: &Natives) -> String {
    let scenario = load(story, natives).unwrap_or_else(|faults| panic!("{faults}"));
    scenario.rehearse(0, 7, 0, None).expect_err("it has to stop").to_string()
}

const PUMP: &str = r#"
    Kind(
        name: pump, native: true,
        traits: { size: Number(1) },
        fields: { speed: Number(0), worn: Span("0s"), mate: Ref(pump), gear: OneOf([low, high]) },
        hears: { set_speed: (rpm: Number), stop: () },
        tells: { failed: (hours: Span, cost: Money) },
        notes: { stopped: () },
    ),
    Kind(name: plant, fields: { pump: Part(pump) }, after: [(delay: "1h", do: [
        Tell(to: pump, message: set_speed, with: (rpm: 3)), Tell(to: pump, message: stop),
    ])], on: { failed: [Note(sad)] })"#;

fn plants() -> String {
    story("plants: Group(kind: plant, count: 1)", PUMP, "sad: Count(of: sad)")
}

/// A kind that does one thing when it hears anything.
struct Once<F>(F);

impl<F: Fn(&Heard<'_>, &mut NativeActor<'_>) -> Result<(), RunError> + Send + Sync> NativeKind for Once<F> {
    fn hear(&self, heard: &Heard<'_>, actor: &mut NativeActor<'_>) -> Result<(), RunError> {
        self.0(heard, actor)
    }
}

/// What is said of Rust code that asks for this.
fn asks(ask: impl Fn(&mut Declared<'_>) + 'static) -> String {
    let natives = Natives::new().with("pump", move |kind: &mut Declared<'_>| {
        ask(kind);
        Once(|_: &Heard<'_>, _: &mut NativeActor<'_>| Ok(()))
    });
    load(&plants(), &natives).expect_err("it has to be refused")
}

#[test]
fn all_that_rust_asks_in_vain_is_told_at_once() {
    let said = asks(|kind| {
        kind.field("wron", Span);
        kind.field("worn", Number);
        kind.field("size", Number);
        kind.hears("set_speed", ("rmp", Number));
        kind.hears("set_sped", ());
        kind.tells("failed", ("hours", Span));
        kind.notes("failed", ());
        kind.alarm("tick");
        kind.alarm("tick");
        kind.refuse("knows no pump of this size");
    });
    expect_file!["goldens/asked_in_vain.txt"].assert_eq(&said);
}

#[test]
fn code_and_kinds_have_to_find_each_other() {
    let once = || |_: &mut Declared<'_>| Once(|_: &Heard<'_>, _: &mut NativeActor<'_>| Ok(()));
    let natives = Natives::new().with("pmup", once()).with("plant", once()).with("plant", once()).with("boiler", once());
    expect_file!["goldens/unmet.txt"].assert_eq(&load(&plants(), &natives).expect_err("it has to be refused"));
}

#[test]
fn what_is_heard_has_to_be_told() {
    let story = plants()
        .replace("with: (rpm: 3)", "with: (speed: 3)")
        .replace(r#"message: stop)"#, r#"message: stop), Tell(to: pump, message: stop, with: (now: 1))"#);
    let story = story.replace("stop: ()", "stop: (now: Int)");
    let natives = Natives::new().with("pump", |_: &mut Declared<'_>| Once(|_: &Heard<'_>, _: &mut NativeActor<'_>| Ok(())));
    expect_file!["goldens/heard_in_vain.txt"].assert_eq(&load(&story, &natives).expect_err("it has to be refused"));
}

#[test]
fn a_value_of_another_sort_is_refused_where_it_is_told() {
    let natives = Natives::new().with("pump", |_: &mut Declared<'_>| Once(|_: &Heard<'_>, _: &mut NativeActor<'_>| Ok(())));
    let story = plants().replace("with: (rpm: 3)", "with: (rpm: \"3min\")");
    expect_file!["goldens/another_sort.txt"].assert_eq(&load(&story, &natives).expect_err("it has to be refused"));
}

/// The message of a run that stops because of what a pump does when it hears something.
fn fails(name: &'static str) -> String {
    let natives = Natives::new().with("pump", move |kind: &mut Declared<'_>| {
        let (mate, gear, word) = (kind.field("mate", Actor), kind.field("gear", Name), kind.word("reverse"));
        let (failed, alarm) = (kind.tells("failed", (("hours", Span), ("cost", Money))), kind.alarm("tick"));
        Once(move |heard: &Heard<'_>, pump: &mut NativeActor<'_>| match name {
            "mate" => {
                pump.set(mate, Some(heard.from()));
                Ok(())
            }
            "gear" => {
                pump.set(gear, Some(word));
                Ok(())
            }
            "nobody" => pump.tell(pump.get(mate), failed, (1.0, 2.0)),
            "stranger" => pump.tell(7_000_000, failed, (1.0, 2.0)),
            "backwards" => pump.set_alarm(alarm, -3.0),
            _ => Err(pump.error("has had enough")),
        })
    });
    stops(&plants(), &natives)
}

#[test]
fn what_has_no_meaning_stops_the_run_with_its_place() {
    let said = ["mate", "gear", "nobody", "stranger", "backwards", "own"].map(fails).join("\n");
    expect![[r#"
        story.ron:4:29: the Rust code of `pump` sets `mate` to a plant, which is no pump (pump/0, 2026-01-05T01:00:00.000)
        story.ron:4:29: the Rust code of `pump` sets `gear` to `reverse`, which is none of its names: low, high (pump/0, 2026-01-05T01:00:00.000)
        story.ron:4:29: the Rust code of `pump` tells nobody `failed`: the reference is none (pump/0, 2026-01-05T01:00:00.000)
        story.ron:4:29: the Rust code of `pump` tells `failed` to 7000000, and no actor has this number (pump/0, 2026-01-05T01:00:00.000)
        story.ron:4:29: the Rust code of `pump` waits -3 s: a delay has to be 0 s or more (pump/0, 2026-01-05T01:00:00.000)
        story.ron:4:29: the Rust code of `pump` has had enough (pump/0, 2026-01-05T01:00:00.000)"#]]
    .assert_eq(&said);
}

/// A field of `Ref(pump)` never holds anybody else, whatever Rust says: a program that reads it relies on that.
#[test]
fn an_actor_of_the_right_kind_may_be_set() {
    let natives = Natives::new().with("pump", |kind: &mut Declared<'_>| {
        let mate = kind.field("mate", Actor);
        Once(move |_: &Heard<'_>, pump: &mut NativeActor<'_>| {
            pump.set(mate, Some(pump.me()));
            assert_eq!(pump.get(mate), Some(pump.me()));
            Ok(())
        })
    });
    assert_eq!(rehearse(&plants(), &natives, 1).overall, [Some(0.0)]);
}
