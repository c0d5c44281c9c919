//! A small world for tests, as rich as a seed makes it: walkers who move, note, tell, are decided about, come and go.

use crate::stage::Stage;
use rehearsal_trace::{Actor, Area, Contact, Decision, Header, Level, Polyline, Record, Value, Waypoint, What, Writer};

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const HOUR: u64 = 3600 * SECOND;

/// A sequence of numbers that only the seed decides (SplitMix64).
pub(crate) struct Luck(pub(crate) u64);

impl Luck {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

pub(crate) const POLICY: u32 = 1;
pub(crate) const DESK: u32 = 2;
pub(crate) const SKY: u32 = 3;

pub(crate) fn header() -> Header {
    let fixed = [(POLICY, 2, "mind", None), (DESK, 0, "desk/1", Some([42.5, 1.5])), (SKY, 3, "sky/1", None)];
    let mut actors: Vec<Actor> =
        fixed.into_iter().map(|(id, kind, name, at)| Actor { id, kind, name: name.into(), segment: None, at }).collect();
    actors.extend((1..=20u32).map(|number| Actor {
        id: 10 + number,
        kind: 1,
        name: format!("walker/{number}"),
        segment: Some(if number % 3 == 0 { "old" } else { "young" }.into()),
        at: Some([42.5 + f64::from(number) * 0.001, 1.5 - f64::from(number % 7) * 0.002]),
    }));
    Header {
        scenario: "walks".into(),
        title: "Walks".into(),
        policy: "kind".into(),
        seed: 7,
        start: "2026-11-02 00:00".into(),
        length_ns: 12 * HOUR,
        kinds: ["desk", "walker", "mind", "sky"].map(String::from).into(),
        actors,
        roads: vec![Polyline { class: "primary".into(), points: vec![[42.49, 1.48], [42.52, 1.51]] }],
        areas: vec![Area {
            class: "water".into(),
            name: Some("Pond".into()),
            outline: vec![[42.495, 1.485], [42.495, 1.49], [42.5, 1.49]],
        }],
        engine: "rehearsal".into(),
        ..Header::default()
    }
}

/// Some 3,000 records of twelve hours.
pub(crate) fn records(seed: u64) -> Vec<Record> {
    let mut luck = Luck(seed);
    let mut at = 0;
    let mut spawned = 100;
    let mut decisions = 0;
    (0..3_000)
        .map(|_| {
            // Now and then several things happen in one moment.
            at += if luck.below(4) == 0 { 0 } else { luck.below(28 * SECOND) };
            let walker = 11 + luck.below(20) as u32;
            let what = match luck.below(23) {
                0..5 => What::State {
                    actor: walker,
                    region: ["mood", "walk"][luck.below(2) as usize].into(),
                    state: ["glad", "calm", "sad", ""][luck.below(4) as usize].into(),
                },
                5..10 => What::Message {
                    sent: at.saturating_sub(luck.below(SECOND)),
                    from: walker,
                    to: [DESK, 11 + luck.below(20) as u32][luck.below(2) as usize],
                    name: ["ask", "answer"][luck.below(2) as usize].into(),
                    fields: vec![],
                },
                10..13 => walk(walker, at, &mut luck),
                13..16 => What::Note {
                    actor: walker,
                    name: if luck.below(200) == 0 { "fell".into() } else { ["felt", "rested"][luck.below(2) as usize].into() },
                    fields: vec![
                        ("joy".into(), Value::Number(luck.below(100) as f64 / 100.0)),
                        ("cost".into(), Value::Quantity(luck.below(50) as f64, "EUR".into())),
                    ],
                },
                16 => {
                    spawned += 1;
                    let actor =
                        Actor { id: spawned, kind: 1, name: format!("guest/{spawned}"), segment: None, at: Some([42.5, 1.5]) };
                    What::Spawn { actor, parent: DESK }
                }
                17 => What::End { actor: 100 + luck.below(u64::from(spawned - 99)) as u32 },
                18 => {
                    decisions += 1;
                    What::Decision(Decision {
                        id: decisions,
                        policy: "kind".into(),
                        mode: "live".into(),
                        agent: POLICY,
                        profile: walker,
                        rule: "greet".into(),
                        state: "watching".into(),
                        cause: "ask".into(),
                        happened: at,
                        ..Decision::default()
                    })
                }
                19 => What::Level {
                    actor: DESK,
                    holder: ["clerks", "bench"][luck.below(2) as usize].into(),
                    level: level(&mut luck),
                },
                20 => What::Board { actor: SKY, values: weather(&mut luck) },
                _ => What::Contact(Contact {
                    decision: Some(decisions),
                    from: POLICY,
                    to: walker,
                    template: "hello".into(),
                    outcome: ["sent", "refused"][luck.below(2) as usize].into(),
                    ..Contact::default()
                }),
            };
            Record { at, what }
        })
        .collect()
}

/// Clerks and those who wait for them, or those on a bench.
fn level(luck: &mut Luck) -> Level {
    let waiting = luck.below(9) as u32;
    if luck.below(2) == 0 {
        return Level { waiting, ..Level::default() };
    }
    Level { waiting, busy: Some(luck.below(4) as u32), capacity: Some(3), left: None }
}

fn weather(luck: &mut Luck) -> rehearsal_trace::Fields {
    let rain = luck.below(3) as f64;
    vec![
        ("temperature".into(), Value::Quantity(luck.below(30) as f64, "°C".into())),
        ("rain".into(), Value::Number(rain)),
        ("light".into(), Value::Bool(luck.below(2) == 0)),
    ]
}

fn walk(actor: u32, at: u64, luck: &mut Luck) -> What {
    let mut now = at;
    let path: Vec<Waypoint> = (0..luck.below(4))
        .map(|_| {
            now += luck.below(300 * SECOND);
            Waypoint { lat: 42.5 + luck.below(100) as f64 * 1e-4, lon: 1.5 - luck.below(100) as f64 * 1e-4, at: now }
        })
        .collect();
    What::Move { actor, arrive: now, path }
}

pub(crate) fn written(header: &Header, records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header).unwrap();
    records.iter().for_each(|record| writer.record(record).unwrap());
    writer.into_inner().unwrap()
}

pub(crate) fn bytes(seed: u64) -> Vec<u8> {
    written(&header(), &records(seed))
}

pub(crate) fn stage(seed: u64) -> Stage {
    Stage::from_bytes(bytes(seed), "day.trace").unwrap()
}
