//! Kinds written in Rust: as reproducible as those in RON, and equal to them where both do the same.

use expect_test::expect_file;
use native_stories::{load, rehearse, story};
use rehearsal_kernel::Time as Moment;
use rehearsal_kernel::distribution::weibull;
use rehearsal_scenario::native::{
    Actor, Alarm, Bool, Declared, Field, Fixed, Heard, Hears, Int, Luck, Maybe, Name, NativeActor, NativeKind, Notes, Number,
    Span, Tells, Time, Word,
};
use rehearsal_scenario::{Natives, Outcome, RunError};
use rehearsal_trace::{Reader, What};
use std::fs;
use std::path::Path;

mod native_stories;

#[allow(dead_code, reason = "what an example prints is not looked at here")]
#[path = "../examples/native_kind.rs"]
mod native_kind;

// The example.

#[test]
fn the_example_prints_what_it_did_before() {
    let printed = native_kind::report(&native_kind::heat_pumps(&[]).unwrap()).unwrap();
    expect_file!["../examples/native_kind.out"].assert_eq(&printed);
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/guide/native.md")).unwrap();
    assert!(guide.contains(&printed), "native.md does not show:\n{printed}");
}

#[test]
fn the_guide_shows_what_the_scenario_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(folder.join("../../docs/src/guide/native.md")).unwrap();
    let story = fs::read_to_string(folder.join("examples/native_kind.ron")).unwrap();
    let plain = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let blocks: Vec<&str> = guide.split("```ron\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(!blocks.is_empty(), "the guide shows no native kind");
    for block in blocks {
        assert!(plain(&story).contains(plain(block).trim()), "not in the example:\n{block}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_any_thread() {
    let scenario = native_kind::heat_pumps(&[("homes.count".into(), "40".into())]).unwrap();
    let first = scenario.rehearse(0, 3, 1, None).unwrap();
    assert_eq!(scenario.rehearse(0, 3, 1, None).unwrap(), first);
    assert_ne!(scenario.rehearse(0, 3, 2, None).unwrap().digest, first.digest);
    let again = |_| std::thread::scope(|threads| threads.spawn(|| scenario.rehearse(0, 3, 1, None).unwrap()).join().unwrap());
    let elsewhere: Vec<Outcome> = (0..2).map(again).collect();
    assert_eq!(elsewhere, [first.clone(), first]);
}

#[test]
fn a_restored_run_and_a_fork_go_on_as_if_nothing_had_been() {
    let scenario = native_kind::heat_pumps(&[("homes.count".into(), "40".into())]).unwrap();
    let whole = scenario.rehearse(0, 3, 1, None).unwrap();
    let mut run = scenario.start("as_it_is", 3, 1).unwrap();
    run.run_until(Moment::from_seconds(20.0 * 86_400.0).unwrap()).unwrap();
    let restored = scenario.restore(&run.snapshot().unwrap()).unwrap();
    assert_eq!(restored.digest(), run.digest());
    for mut run in [restored, run.fork(), run] {
        run.run_until(run.end()).unwrap();
        assert_eq!(run.finish().unwrap(), whole);
    }
}

#[test]
fn a_snapshot_of_older_code_is_refused() {
    let of_version = |version| {
        let natives = Natives::new().with("mirror", move |kind: &mut Declared<'_>| {
            kind.version(version);
            Mirror::new(kind)
        });
        load(&reflections("count: Count(of: seen)"), &natives).unwrap()
    };
    let (old, new) = (of_version(1), of_version(2));
    let bytes = old.start("as_it_is", 1, 0).unwrap().snapshot().unwrap();
    assert!(old.restore(&bytes).is_ok());
    assert!(new.restore(&bytes).is_err());
}

// The same kind in RON and in Rust.

const PEOPLE: &str = r#"
    Kind(
        name: owner,
        fields: { lamp: Part(lamp), dark: Int(0) },
        every: [(period: "2h", do: [
            Tell(to: lamp, message: switch_on), Tell(to: lamp, message: switch_off, after: "exponential(1h)"),
        ])],
        on: { dark: [Set(dark: "event.times"), Tell(to: lamp, message: replaced, after: "3h")] },
    )"#;

const LAMP_IN_RON: &str = r#"
    Kind(
        name: lamp,
        traits: { owner: Whole(owner) },
        fields: { burnt: Int(0), lit_for: Span("0s"), since: Time },
        initial: off,
        states: {
            off: State(on: { switch_on: [Goto(lit)] }),
            lit: State(
                entry: [Set(since: now)],
                after: [(delay: "weibull(1.5, 90min)", do: [
                    Set(lit_for: "lit_for + (now - since)", burnt: "burnt + 1"),
                    Note(name: burnt_out, with: (times: burnt)),
                    Tell(to: owner, message: dark, with: (times: burnt)),
                ], goto: burnt)],
                on: { switch_off: [Set(lit_for: "lit_for + (now - since)"), Goto(off)] },
            ),
            burnt: State(on: { replaced: [Goto(off)] }),
        },
    )"#;

const LAMP_IN_RUST: &str = r#"
    Kind(
        name: lamp, native: true,
        traits: { owner: Whole(owner) },
        fields: { burnt: Int(0), lit_for: Span("0s"), since: Time, state: OneOf([off, lit, burnt]) },
        hears: { switch_on: (), switch_off: (), replaced: () },
        tells: { dark: (times: Int) },
        notes: { burnt_out: (times: Int) },
    )"#;

const OF_LAMPS: &str = "burnt: Count(of: burnt_out), mean: Tally(at: burnt_out, of: \"1.0 * event.times\"), \
    lit: Final(of: lit_for, over: lamp), dark: Final(of: \"1.0 * dark\", over: owner)";

struct Lamp {
    owner: Fixed<Actor>,
    burnt: Field<Int>,
    lit_for: Field<Span>,
    since: Field<Time>,
    state: Field<Name>,
    states: [Word; 3],
    hears: [Hears<()>; 3],
    dark: Tells<Int>,
    burnt_out: Notes<Int>,
    life: Alarm,
    luck: Luck,
}

impl Lamp {
    fn new(kind: &mut Declared<'_>) -> Lamp {
        Lamp {
            owner: kind.fixed("owner", Actor),
            burnt: kind.field("burnt", Int),
            lit_for: kind.field("lit_for", Span),
            since: kind.field("since", Time),
            state: kind.field("state", Name),
            states: ["off", "lit", "burnt"].map(|name| kind.word(name)),
            hears: ["switch_on", "switch_off", "replaced"].map(|name| kind.hears(name, ())),
            dark: kind.tells("dark", ("times", Int)),
            burnt_out: kind.notes("burnt_out", ("times", Int)),
            life: kind.alarm("life"),
            luck: kind.luck("main.lit/after0/weibull#0"),
        }
    }

    fn count(&self, lamp: &mut NativeActor<'_>) {
        let lit = lamp.now().since(lamp.get(self.since).unwrap()).as_seconds();
        lamp.set(self.lit_for, lamp.get(self.lit_for) + lit);
    }
}

impl NativeKind for Lamp {
    fn begin(&self, lamp: &mut NativeActor<'_>) -> Result<(), RunError> {
        lamp.set(self.state, Some(self.states[0]));
        Ok(())
    }

    fn hear(&self, heard: &Heard<'_>, lamp: &mut NativeActor<'_>) -> Result<(), RunError> {
        let [off, lit, burnt] = self.states;
        let [switch_on, switch_off, replaced] = self.hears.map(|message| heard.is(message));
        let state = lamp.get(self.state).unwrap();
        if switch_on && state == off {
            lamp.set(self.state, Some(lit));
            lamp.set(self.since, Some(lamp.now()));
            let life_s = weibull(&mut lamp.chance(self.luck), 1.5, 5400.0);
            lamp.set_alarm(self.life, life_s)?;
        } else if switch_off && state == lit {
            assert!(lamp.stop_alarm(self.life));
            self.count(lamp);
            lamp.set(self.state, Some(off));
        } else if replaced && state == burnt {
            lamp.set(self.state, Some(off));
        }
        Ok(())
    }

    fn ring(&self, _: Alarm, lamp: &mut NativeActor<'_>) -> Result<(), RunError> {
        self.count(lamp);
        let times = lamp.get(self.burnt) + 1;
        lamp.set(self.burnt, times);
        lamp.note(self.burnt_out, times)?;
        lamp.tell(lamp.get(self.owner), self.dark, times)?;
        lamp.set(self.state, Some(self.states[2]));
        Ok(())
    }
}

/// Both draw the same numbers for the same purpose, so that they agree to the bit and not only on average.
#[test]
fn a_kind_in_rust_does_what_the_same_kind_in_ron_does() {
    let groups = "owners: Group(kind: owner, count: 50)";
    let in_ron = story(groups, &format!("{PEOPLE}, {LAMP_IN_RON}"), OF_LAMPS);
    let in_rust = story(groups, &format!("{PEOPLE}, {LAMP_IN_RUST}"), OF_LAMPS);
    let natives = Natives::new().with("lamp", Lamp::new);
    for seed in 0..5 {
        let (ron, rust) = (rehearse(&in_ron, &Natives::new(), seed), rehearse(&in_rust, &natives, seed));
        assert_eq!((ron.overall.clone(), ron.events), (rust.overall, rust.events), "seed {seed}");
        let burnt = ron.overall[0].expect("a count");
        assert!((50.0..400.0).contains(&burnt), "{burnt} lamps that burnt out compare nothing");
    }
}

// Messages.

const MIRROR: &str = r#"
    Kind(
        name: viewer,
        traits: { mirror: Ref(mirror, "pick(mirrors)") },
        fields: { seen: Number(0) },
        after: [
            (delay: "1s", do: [Tell(to: mirror, message: look, with: (a: 2, b: true, c: 3, who: self, e: 0.5))]),
            (delay: "2s", do: [Tell(to: mirror, message: look, with: (a: "4.5", b: false, c: 4, who: self, e: none))]),
        ],
        on: { looks: [
            Set(seen: "event.a + (event.b ? 1000 : 0) + 10.0 * event.c + (has(event.e) ? event.e : 0) + (event.who == self ? 100 : 0)"),
            Note(name: seen, with: (sum: seen)),
        ] },
    ),
    Kind(
        name: mirror, native: true,
        hears: { look: (a: Number, b: Bool, c: Int, who: Actor, e: Maybe(Number)) },
        tells: { looks: (a: Number, b: Bool, c: Int, who: Actor, e: Maybe(Number)) },
    )"#;

fn reflections(measures: &str) -> String {
    story("mirrors: Group(kind: mirror, count: 1), viewers: Group(kind: viewer, count: 1)", MIRROR, measures)
}

type Five = (Number, Bool, Int, Actor, Maybe<Number>);

struct Mirror {
    look: Hears<Five>,
    looks: Tells<Five>,
}

impl Mirror {
    fn new(kind: &mut Declared<'_>) -> Mirror {
        let five = (("a", Number), ("b", Bool), ("c", Int), ("who", Actor), ("e", Maybe(Number)));
        Mirror { look: kind.hears("look", five), looks: kind.tells("looks", five) }
    }
}

impl NativeKind for Mirror {
    fn hear(&self, heard: &Heard<'_>, mirror: &mut NativeActor<'_>) -> Result<(), RunError> {
        let values = heard.read(self.look).expect("it hears nothing else");
        assert_eq!(values.3, Some(heard.from()));
        mirror.tell_after(heard.from(), self.looks, values, 10.0)
    }
}

#[test]
fn values_of_all_sorts_go_both_ways() {
    let measures = "sum: Tally(at: seen, of: \"event.sum\"), count: Count(of: seen)";
    let story = reflections(measures);
    let outcome = rehearse(&story, &Natives::new().with("mirror", Mirror::new), 1);
    // 2 + 1000 + 30 + 0.5 + 100, and 4.5 + 40 + 100.
    assert_eq!(outcome.overall, [Some((1132.5 + 144.5) / 2.0), Some(2.0)]);
}

#[test]
fn a_trace_records_what_they_say_and_changes_nothing() {
    let story = reflections("count: Count(of: seen)");
    let scenario = load(&story, &Natives::new().with("mirror", Mirror::new)).unwrap();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("mirror.trace");
    let traced = scenario.rehearse(0, 1, 0, Some(&file)).unwrap();
    assert_eq!(traced, scenario.rehearse(0, 1, 0, None).unwrap());
    let mut said = Vec::new();
    for record in Reader::open(&file).unwrap().records() {
        if let What::Message { name, fields, .. } = record.unwrap().what {
            said.push(format!("{name} {}", fields.len()));
        }
    }
    assert_eq!(said, ["look 5", "look 4", "looks 5", "looks 4"]);
}

// Alarms, and leaving.

const CLOCK: &str = r#"
    Kind(
        name: clock, native: true,
        fields: { rung: Int(0) },
        owns: { spanners: Resource(capacity: 1) },
        board: Board(period: "1h", show: { shown: Int(rung) }),
        hears: { poke: () }, tells: {}, notes: { rung: (second: Number) },
        answers: { how_often: Answer(give: rung) },
    ),
    Kind(
        name: guest,
        fields: { clock: Part(clock), told: Int(-1), board: Int(-1) },
        after: [
            (delay: "30s", do: [Ask(of: clock, call: how_often, as: times, else: [End]), Set(told: times)]),
            (delay: "2h", do: [Tell(to: clock, message: poke), Set(board: "clock.shown")]),
        ],
    )"#;

/// Sets `first` and `second`; the second stops the first, which is then set anew and rings last.
struct Clock {
    rung: Field<Int>,
    poke: Hears<()>,
    note: Notes<Number>,
    first: Alarm,
    second: Alarm,
}

impl Clock {
    fn new(kind: &mut Declared<'_>) -> Clock {
        Clock {
            rung: kind.field("rung", Int),
            poke: kind.hears("poke", ()),
            note: kind.notes("rung", ("second", Number)),
            first: kind.alarm("first"),
            second: kind.alarm("second"),
        }
    }
}

impl NativeKind for Clock {
    fn begin(&self, clock: &mut NativeActor<'_>) -> Result<(), RunError> {
        clock.set_alarm(self.first, 10.0)?;
        clock.set_alarm(self.second, 8.0)?;
        clock.set_alarm(self.second, 5.0)?;
        assert_eq!(clock.rings_at(self.first), Some(Moment::from_ns(10_000_000_000)));
        assert_eq!(clock.rings_at(self.second), Some(Moment::from_ns(5_000_000_000)));
        Ok(())
    }

    fn hear(&self, heard: &Heard<'_>, clock: &mut NativeActor<'_>) -> Result<(), RunError> {
        assert!(heard.is(self.poke));
        clock.set_alarm(self.first, 60.0)?;
        clock.leave();
        Ok(())
    }

    fn ring(&self, alarm: Alarm, clock: &mut NativeActor<'_>) -> Result<(), RunError> {
        clock.set(self.rung, clock.get(self.rung) + 1);
        clock.note(self.note, clock.now().as_seconds())?;
        assert_eq!(clock.rings_at(alarm), None);
        if alarm == self.second && clock.now().as_ns() == 5_000_000_000 {
            assert!(clock.stop_alarm(self.first));
            assert!(!clock.stop_alarm(self.first));
            clock.set_alarm(self.first, 7.0)?;
            // Due in this very instant, and stopped before it comes.
            clock.set_alarm(self.second, 0.0)?;
            clock.stop_alarm(self.second);
        }
        Ok(())
    }
}

#[test]
fn alarms_are_stopped_and_set_anew_and_the_rest_of_the_kind_is_ron() {
    let measures = "rung: Count(of: rung), second: Tally(at: rung, of: \"event.second\"), \
        told: Final(of: \"1.0 * told\", over: guest), board: Final(of: \"1.0 * board\", over: guest), \
        left: Final(of: \"1.0 * rung\", over: clock)";
    let story = story("guests: Group(kind: guest, count: 1)", CLOCK, measures);
    let outcome = rehearse(&story, &Natives::new().with("clock", Clock::new), 1);
    // It rings at 5 s and at 12 s; asked after half a minute, and seen on the board after an hour. Poked, it leaves.
    assert_eq!(outcome.overall, [Some(2.0), Some(8.5), Some(2.0), Some(2.0), Some(2.0)]);
}
