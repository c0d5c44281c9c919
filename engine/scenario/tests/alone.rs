//! A policy that stands alone decides alike however its events are handed to it: one at a time, or many at once.

use proptest::prelude::*;
use rehearsal_scenario::Scenario;
use rehearsal_scenario::engine::{Decision, Engine, EngineError, Event, Playbook, Saved};
use std::fs;
use std::sync::{Arc, LazyLock};

const SECOND: u64 = 1_000_000_000;

/// Features with tests that look at others, rules of a state and of all, programs, rests, timers that an event sets and that
/// fail where their delay is negative, a pattern that looks at `other`, and rules that one value tells apart.
const STORY: &str = r#"[
    Scenario(title: "alone", start: "2026-01-05 00:00", length: "1h", groups: { probes: Group(kind: probe, count: 1) }),
    Kind(name: probe, every: [(period: "1min", do: [
        Note(name: told, with: (value: "0.5", code: 3, wait: "1s")), Note(name: other, with: (value: "0.5")),
    ])]),
    Interface(
        about: probe,
        sees: { told: Event(from: profile), other: Event(from: profile) },
        remembers: {
            streak: Streak(on: told, if: "event.value > 2"),
            top: Max(on: told, of: "event.value"),
            calm: Min(on: told, of: "event.value", if: "streak == 0"),
            mean: Ewma(on: told, of: "event.value", over: 4),
            drift: Trend(on: told, of: "event.value", over: 4, if: "has(top) && top > 3"),
            often: Count(on: told, over: "5s", if: "often < 3"),
            codes: Sum(on: told, of: "event.code"),
            recent: Count(on: told, over: 6, if: "has(mean) && event.value > mean"),
            ago: Since(on: other),
        },
    ),
    Policy(
        name: watchful, initial: calm,
        patterns: { twice: Sequence(of: [Step(on: other, if: "event.value > 3", times: 2)], within: "9s") },
        rules: [
            Rule(name: twice, on: twice, do: [Note(twice)]),
            Rule(name: much, on: told, if: "often >= 3 && top > 3", again_after: "4s", do: [Note(much)]),
        ],
        states: {
            calm: State(rules: [
                Rule(name: seven, on: told, if: "event.code == 7", do: [Note(seven)]),
                Rule(name: eight, on: told, if: "event.code == 8 && drift > 0", do: [Note(eight)]),
                Rule(name: long, on: told, if: "streak >= 2 && ago > 3 s", do: [
                    Goto(state: tense, with: (wait: "event.wait")),
                ]),
                Rule(name: either, on: told, if: "recent >= 4 || codes > 60", priority: -1, do: [Note(either)]),
            ]),
            tense: State(
                takes: { wait: Span },
                rules: [
                    Rule(name: soon, on: told, if: "event.wait < wait", do: [Note(soon)]),
                    Rule(name: low, on: told, if: "event.value <= calm", do: [Goto(calm)]),
                ],
                after: [(delay: wait, name: over, goto: calm)],
            ),
        },
    ),
]"#;

static BOOK: LazyLock<Arc<Playbook>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("story.ron");
    fs::write(&file, STORY).expect("a file");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    scenario.playbook("watchful").unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)))
});

/// An event: how much later than the one before [ns], whose, which, and what it carries.
#[derive(Clone, Debug)]
struct Told {
    later: i64,
    profile: u32,
    other: bool,
    words: Vec<u64>,
}

fn told(profiles: u32, mixed: bool) -> impl Strategy<Value = Told> {
    let later = prop_oneof![9 => Just(0), 9 => 0..SECOND as i64, 1 => Just(-1)];
    let wait = prop_oneof![1 => -0.1..0.0, 9 => 0.0..0.5, 5 => 0.5..9.0];
    let profile = prop_oneof![99 => 0..profiles, 1 => Just(profiles)];
    (later, profile, prop::bool::weighted(if mixed { 0.2 } else { 0.01 }), 0.0..5.0, 0..12_u64, wait).prop_map(
        |(later, profile, other, value, code, wait)| Told {
            later,
            profile,
            other,
            words: if other { vec![f64::to_bits(value)] } else { vec![f64::to_bits(value), code, f64::to_bits(wait)] },
        },
    )
}

/// What came of a stream: decisions, what failed and where, and what is left.
type Outcome = (Vec<Decision>, Vec<(usize, EngineError)>, Saved, u64);

/// Hands events over in pieces of so many.
fn fed(stream: &[Told], (profiles, tells_all): (u32, bool), piece: usize) -> Outcome {
    let mut engine = Engine::new(BOOK.clone());
    let (mut decisions, mut failed) = (Vec::new(), Vec::new());
    for _ in 0..profiles {
        engine.add(SECOND, &vec![0; BOOK.knows.len()], &mut decisions).expect("a profile");
    }
    engine.tell_all(tells_all);
    let kinds = ["told", "other"].map(|name| BOOK.event(name).expect("an event"));
    let mut now = SECOND;
    let events = stream.iter().map(|told| {
        let at = now.saturating_add_signed(told.later);
        now = now.max(at);
        Event { profile: told.profile, kind: kinds[usize::from(told.other)], at, words: &told.words }
    });
    let events: Vec<Event<'_>> = events.collect();
    for (number, events) in events.chunks(piece).enumerate() {
        let mut from = 0;
        while from < events.len() {
            let Err((at, error)) = engine.feed_all(&events[from..], &mut decisions) else { break };
            failed.push((number * piece + from + at, error));
            from += at + 1;
        }
    }
    let left = engine.now();
    (decisions, failed, engine.save(), left)
}

fn one_at_a_time(stream: &[Told], (profiles, tells_all): (u32, bool)) -> Outcome {
    fed(stream, (profiles, tells_all), 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn many_events_at_once_come_to_the_same(
        stream in prop::collection::vec(told(90, false), 1..400), tells_all in any::<bool>(), piece in 2..200_usize,
    ) {
        prop_assert_eq!(fed(&stream, (90, tells_all), piece), one_at_a_time(&stream, (90, tells_all)));
    }

    #[test]
    fn also_where_sorts_and_profiles_are_mixed(
        stream in prop::collection::vec(told(9, true), 1..400), tells_all in any::<bool>(), piece in 2..200_usize,
    ) {
        prop_assert_eq!(fed(&stream, (9, tells_all), piece), one_at_a_time(&stream, (9, tells_all)));
    }
}

/// Every rule fires, the timer rings, and delays fail: the streams above would otherwise say little.
#[test]
fn such_streams_reach_all_that_the_policy_does() {
    let mut draws = 1_u64;
    let mut draw = |below: u64| {
        draws = draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draws >> 33) % below
    };
    let stream: Vec<Told> = (0..20_000)
        .map(|_| {
            let other = draw(5) == 0;
            let value = (draw(50) as f64 / 10.0).to_bits();
            let words = if other { vec![value] } else { vec![value, draw(12), (draw(40) as f64 / 10.0 - 0.2).to_bits()] };
            Told { later: draw(SECOND / 4) as i64, profile: draw(50) as u32, other, words }
        })
        .collect();
    let (at_once, alone) = (fed(&stream, (50, false), 4_096), one_at_a_time(&stream, (50, false)));
    assert!(at_once == alone, "{} and {} decisions", at_once.0.len(), alone.0.len());
    let mut engine = Engine::new(BOOK.clone());
    for name in ["twice", "much", "seven", "eight", "long", "either", "soon", "low"] {
        let rule = BOOK.rules.iter().position(|rule| rule.name == name).unwrap_or_else(|| panic!("no rule {name}"));
        let fired = |decision: &&Decision| decision.cause == rehearsal_scenario::engine::Cause::Rule(rule as u16);
        assert!(at_once.0.iter().any(|decision| fired(&decision)), "{name} never fires");
    }
    assert!(at_once.0.iter().any(|decision| matches!(decision.cause, rehearsal_scenario::engine::Cause::Timer(_))));
    assert!(at_once.1.iter().any(|(_, error)| matches!(error, EngineError::Fault { .. })));
    assert!(engine.feed_all(&[], &mut Vec::new()).is_ok());
}
