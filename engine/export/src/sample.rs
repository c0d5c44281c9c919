//! A small run and small results for tests.

use std::collections::BTreeMap;

use rehearsal_experiment::{Better, Design, Measure, Rehearsal, Results, Sample, Silent, run};
use rehearsal_trace::{Actor, Contact, Decision, Gate, Header, Level, Measured, Reader, Record, Value, Waypoint, What, Writer};

pub(crate) const SECOND: u64 = 1_000_000_000;
/// A start in the middle of a minute, so that dates have to be computed.
pub(crate) const START: &str = "2026-11-02 00:00:30";

/// Who is there at the start: two drivers of one name, a car, a garage that stands, and a policy.
pub(crate) fn header() -> Header {
    let actor = |id: u32, kind: u16, name: &str, at: Option<[f64; 2]>| {
        let segment = (kind == 0).then(|| "commuter".into());
        Actor { id, kind, name: name.into(), segment, at }
    };
    Header {
        scenario: "reminder".into(),
        title: "A reminder".into(),
        policy: "service".into(),
        seed: 42,
        start: START.into(),
        length_ns: 600 * SECOND,
        kinds: ["driver", "car", "garage", "service policy", "guest"].map(String::from).into(),
        actors: vec![
            actor(1, 0, "driver/1", Some([42.5, 1.5])),
            actor(2, 0, "driver/1", None),
            actor(3, 1, "car/1", Some([42.5, 1.5])),
            actor(4, 2, "garage/1", Some([42.51, 1.52])),
            actor(5, 3, "service/1", None),
        ],
        measures: ["late at school", "on hold"]
            .map(|label| Measured { label: label.into(), unit: "min".into(), ..Measured::default() })
            .into(),
        ..Header::default()
    }
}

/// What happens: at each number of seconds one thing or more.
pub(crate) fn records() -> Vec<Record> {
    let state = |actor: u32, region: &str, state: &str| What::State { actor, region: region.into(), state: state.into() };
    let point = |lat: f64, lon: f64, at: u64| Waypoint { lat, lon, at: at * SECOND };
    let note = |actor: u32, name: &str, fields: Vec<(String, Value)>| What::Note { actor, name: name.into(), fields };
    let list = Value::List(vec![Value::Time(90 * SECOND), Value::Quantity(2.0, "h".into()), Value::Actor(4)]);
    let moments: Vec<(u64, What)> = vec![
        (0, state(1, "day", "home")),
        (0, state(1, "trouble", "none")),
        (10, state(1, "day", "driving")),
        (10, state(1, "day.driving", "to_work")),
        (10, What::Move { actor: 1, arrive: 40 * SECOND, path: vec![point(42.5, 1.5, 10), point(42.5, 1.6, 40)] }),
        (12, note(3, "telemetry", vec![("coolant".into(), Value::Quantity(93.5, "°C".into()))])),
        (12, message(12, 3, 5, "telemetry", vec![("coolant".into(), Value::Quantity(93.5, "°C".into()))])),
        (13, What::Decision(decision())),
        (13, note(5, "case_opened", vec![("about".into(), Value::Text("engine".into()))])),
        (13, What::Contact(contact("sent", true))),
        (14, What::Written { from: 5, to: 1, template: "light".into(), text: "Dear Anna".into() }),
        (15, message(13, 5, 1, "contacted", vec![("slots".into(), list), ("at".into(), Value::Actor(4))])),
        (20, state(1, "trouble", "worried")),
        (25, What::Move { actor: 1, arrive: 45 * SECOND, path: vec![point(42.5, 1.55, 25), point(42.51, 1.52, 45)] }),
        (30, What::Spawn { actor: Actor { id: 9, kind: 4, name: "guest/1".into(), segment: None, at: None }, parent: 4 }),
        (31, state(9, "main", "calling")),
        (45, state(1, "day.driving", "")),
        (45, state(1, "day", "at_work")),
        (45, note(1, "arrived", vec![("late".into(), Value::Number(f64::NAN)), ("n".into(), Value::Int(3))])),
        (46, note(1, "arrived", vec![("late".into(), Value::None), ("n".into(), Value::Number(2.5))])),
        (47, note(2, "arrived", vec![("n".into(), Value::Text("many".into()))])),
        (48, What::Level { actor: 4, holder: "bays".into(), level: places(1, 2) }),
        (
            49,
            What::Board {
                actor: 4,
                values: vec![("wait".into(), Value::Quantity(1.5, "h".into())), ("open".into(), Value::Bool(true))],
            },
        ),
        (50, What::End { actor: 9 }),
        (55, note(5, "case_closed", vec![("about".into(), Value::Text("engine".into()))])),
        (56, What::Contact(contact("refused", false))),
        (60, What::Move { actor: 3, arrive: 900 * SECOND, path: vec![point(42.5, 1.5, 60), point(42.6, 1.5, 900)] }),
        (61, message(61, 77, 1, "hello", vec![])),
        (62, What::Figures { values: vec![Some(12.5), None] }),
    ];
    moments.into_iter().map(|(second, what)| Record { at: second * SECOND, what }).collect()
}

fn places(waiting: u32, busy: u32) -> Level {
    Level { waiting, busy: Some(busy), capacity: Some(2), left: None }
}

fn message(sent: u64, from: u32, to: u32, name: &str, fields: Vec<(String, Value)>) -> What {
    What::Message { sent: sent * SECOND, from, to, name: name.into(), fields }
}

fn decision() -> Decision {
    Decision {
        id: 7,
        policy: "service".into(),
        mode: "live".into(),
        agent: 5,
        profile: 3,
        rule: "remind".into(),
        place: "service.ron:3".into(),
        state: "watching".into(),
        goto: Some("waiting".into()),
        cause: "telemetry".into(),
        happened: 12 * SECOND,
        read: vec![("coolant".into(), Value::Quantity(93.5, "°C".into())), ("who".into(), Value::Actor(1))],
        ..Decision::default()
    }
}

fn contact(outcome: &str, passed: bool) -> Contact {
    let gate = Gate { gate: "consent".into(), passed, why: "as given".into() };
    Contact {
        decision: Some(7),
        from: 5,
        to: 1,
        template: "light".into(),
        category: "service".into(),
        channel: Some("app".into()),
        outcome: outcome.into(),
        gates: vec![gate],
        cost: 0.1,
    }
}

pub(crate) fn bytes() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    records().iter().for_each(|record| writer.record(record).unwrap());
    writer.into_inner().unwrap()
}

pub(crate) fn reader() -> Reader {
    Reader::from_bytes(bytes()).unwrap()
}

/// How many records there are of each tag.
pub(crate) fn tags() -> BTreeMap<&'static str, u64> {
    let mut tags = BTreeMap::new();
    records().iter().for_each(|record| *tags.entry(record.what.tag()).or_default() += 1);
    tags
}

struct Two {
    measures: Vec<Measure>,
    policies: Vec<String>,
    segments: Vec<String>,
}

impl Rehearsal for Two {
    type Error = std::fmt::Error;

    fn name(&self) -> &str {
        "two"
    }

    fn measures(&self) -> &[Measure] {
        &self.measures
    }

    fn segments(&self) -> &[String] {
        &self.segments
    }

    fn policies(&self) -> &[String] {
        &self.policies
    }

    fn run(&self, policy: usize, _seed: u64, replication: u64) -> Result<Sample, Self::Error> {
        let days = [10.0, 2.0][policy] + replication as f64 / 4.0;
        let tow = (replication > 0).then_some(replication as f64);
        let segments = vec![vec![Some(days), Some(days + 1.0)], vec![None, tow]];
        Ok(Sample { overall: vec![Some(days), tow], segments, events: 5 })
    }
}

/// Two policies, three replications, two measures and two segments.
pub(crate) fn results() -> Results {
    let measure = |name: &str, unit: &str| Measure {
        name: name.into(),
        label: format!("{name}, \"told\""),
        unit: unit.into(),
        better: Better::Lower,
    };
    let texts = |texts: [&str; 2]| texts.map(String::from).to_vec();
    let measures = vec![measure("days", "d"), measure("tow", "min")];
    let two = Two { measures, policies: texts(["wait", "act, first"]), segments: texts(["few", "many"]) };
    run(&two, &Design { policies: vec![0, 1], replications: 3, seed: u64::MAX, jobs: 1 }, &Silent).unwrap()
}
