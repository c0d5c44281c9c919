//! A small run for tests: a driver, a car, a garage and a policy, one morning.

use crate::schema::{
    Actor, Area, Contact, Decision, Gate, Header, Level, Lost, Measured, Polyline, Record, Value, Waypoint, What,
};
use crate::writer::Writer;

/// A time of Thursday, in a run that begins on Monday at midnight \[ns\].
pub(crate) fn moment(hour: u64, minute: u64, second: u64) -> u64 {
    (((3 * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000
}

pub(crate) fn header() -> Header {
    let names = [(1, 0, "driver/17"), (2, 1, "car/17"), (3, 2, "garage/3"), (4, 3, "policy/service")];
    let actor = |(id, kind, name): (u32, u16, &str)| Actor {
        id,
        kind,
        name: name.into(),
        segment: (id == 1).then(|| "commuter".into()),
        at: (id != 4).then_some([-33.45, -70.66 + 0.01 * f64::from(id)]),
    };
    Header {
        scenario: "reminder".into(),
        title: "A service reminder".into(),
        policy: "service".into(),
        beside: None,
        seed: 42,
        replication: 0,
        start: "2026-11-02 00:00".into(),
        length_ns: 7 * 86_400_000_000_000,
        kinds: ["driver", "car", "garage", "policy"].map(String::from).into(),
        actors: names.into_iter().map(actor).collect(),
        measures: vec![Measured {
            name: "late".into(),
            label: "late at school".into(),
            unit: "%".into(),
            better: "lower".into(),
        }],
        roads: vec![Polyline { class: "primary".into(), points: vec![[-33.45, -70.66], [-33.46, -70.60], [-33.40, -70.55]] }],
        areas: vec![Area {
            class: "water".into(),
            name: Some("Mapocho".into()),
            outline: vec![[-33.44, -70.65], [-33.45, -70.64], [-33.44, -70.63]],
        }],
        engine: "rehearsal 0.1.0".into(),
    }
}

pub(crate) fn records() -> Vec<Record> {
    let state = |state: &str| What::State { actor: 1, region: "day".into(), state: state.into() };
    let at = moment(8, 2, 11);
    let waypoint = |lon, at| Waypoint { lat: -33.45, lon, at };
    let events = [
        (at, state("home")),
        (at, state("school_run")),
        (at, message(at, 2, 1, "engine_light", vec![])),
        (moment(8, 2, 12), What::Decision(decision(at))),
        (moment(8, 2, 13), What::Contact(contact())),
        (
            moment(8, 3, 0),
            What::Move {
                actor: 1,
                arrive: moment(8, 31, 0),
                path: vec![
                    waypoint(-70.66, moment(8, 3, 0)),
                    waypoint(-70.6, moment(8, 20, 0)),
                    waypoint(-70.5275, moment(8, 31, 0)),
                ],
            },
        ),
        (
            moment(8, 4, 0),
            message(
                moment(8, 2, 20),
                1,
                3,
                "reserve",
                vec![
                    // Monday of the week after, at ten.
                    ("slot".into(), Value::Time((7 * 24 + 10) * 3_600_000_000_000)),
                    ("loaner".into(), Value::Bool(true)),
                ],
            ),
        ),
        (
            moment(8, 5, 0),
            What::Spawn { actor: Actor { id: 9, kind: 1, name: "tow/1".into(), segment: None, at: None }, parent: 3 },
        ),
        (moment(8, 5, 0), level(Level { waiting: 1, busy: Some(2), capacity: Some(2), left: None })),
        (moment(8, 6, 0), What::End { actor: 9 }),
        (moment(8, 6, 0), level(Level { waiting: 0, busy: Some(2), capacity: Some(2), left: None })),
        (
            moment(8, 10, 0),
            What::Board {
                actor: 3,
                values: vec![("wait".into(), Value::Quantity(1.5, "h".into())), ("open".into(), Value::Bool(true))],
            },
        ),
        (
            moment(8, 31, 0),
            What::Note {
                actor: 1,
                name: "arrived".into(),
                fields: vec![("with".into(), Value::List(vec![Value::Actor(2), Value::None]))],
            },
        ),
        (moment(9, 0, 0), What::Figures { values: vec![Some(12.5)] }),
    ];
    events.into_iter().map(|(at, what)| Record { at, what }).collect()
}

fn level(level: Level) -> What {
    What::Level { actor: 3, holder: "bays".into(), level }
}

fn message(sent: u64, from: u32, to: u32, name: &str, fields: crate::Fields) -> What {
    What::Message { sent, from, to, name: name.into(), fields }
}

fn decision(happened: u64) -> Decision {
    Decision {
        id: 1,
        policy: "service".into(),
        mode: "live".into(),
        agent: 4,
        profile: 1,
        rule: "remind_now".into(),
        place: "service.policy:14".into(),
        priority: 10,
        state: "watching".into(),
        goto: Some("contacted".into()),
        cause: "engine_light".into(),
        happened,
        matched: Vec::new(),
        condition: Some("wear > 0.8".into()),
        read: vec![
            ("wear".into(), Value::Number(0.93)),
            ("cost".into(), Value::Quantity(250.0, "EUR".into())),
            ("consent".into(), Value::Bool(true)),
        ],
        lost: vec![Lost { rule: "wait".into(), why: "outranked".into(), detail: "remind_now".into() }],
        unknown: vec![],
    }
}

fn contact() -> Contact {
    let gate = |gate: &str, why: &str| Gate { gate: gate.into(), passed: true, why: why.into() };
    Contact {
        decision: Some(1),
        from: 4,
        to: 1,
        template: "light".into(),
        category: "service".into(),
        channel: Some("app".into()),
        outcome: "sent".into(),
        gates: vec![gate("consent", "given in the app"), gate("quiet_hours", "08:02 is outside 22:00-07:00")],
        cost: 0.1,
    }
}

/// The run as a finished file.
pub(crate) fn bytes() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    records().iter().for_each(|record| writer.record(record).unwrap());
    writer.into_inner().unwrap()
}
