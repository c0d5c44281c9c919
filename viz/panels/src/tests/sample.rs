//! Two small runs of one scenario: drivers, a garage, a policy that decides, measures.

use rehearsal_stage::{Show, Stage};
use rehearsal_trace::{
    Actor, Contact, Decision, Gate, Header, Level, Lost, Measured, Polyline, Record, Value, Waypoint, What, Writer,
};

pub(super) const SECOND: u64 = 1_000_000_000;
pub(super) const HOUR: u64 = 3_600 * SECOND;
pub(super) const GARAGE: u32 = 2;
/// Shows what the weather is, and is nowhere.
pub(super) const WEATHER: u32 = 3;
/// The first of forty drivers.
pub(super) const DRIVER: u32 = 10;
/// The first of the policy's minds: one for each driver.
const MIND: u32 = 100;

fn header(policy: &str) -> Header {
    let mut actors = vec![
        Actor { id: GARAGE, kind: 1, name: "garage/1".into(), segment: None, at: Some([42.508, 1.509]) },
        Actor { id: WEATHER, kind: 3, name: "weather".into(), segment: None, at: None },
    ];
    actors.extend((0..40u32).map(|number| Actor {
        id: DRIVER + number,
        kind: 0,
        name: format!("driver/{}", number + 1),
        segment: Some(if number % 3 == 0 { "commuter" } else { "family" }.into()),
        at: Some([42.5 + f64::from(number % 8) * 0.002, 1.5 + f64::from(number / 8) * 0.003]),
    }));
    actors.extend((0..40u32).map(|number| Actor {
        id: MIND + number,
        kind: 2,
        name: format!("mind/{}", number + 1),
        segment: None,
        at: None,
    }));
    let measure = |name: &str, label: &str, unit: &str, better: &str| Measured {
        name: name.into(),
        label: label.into(),
        unit: unit.into(),
        better: better.into(),
    };
    Header {
        scenario: "service".into(),
        title: "A service reminder".into(),
        policy: policy.into(),
        seed: 42,
        start: "2026-11-02 00:00".into(),
        length_ns: 72 * HOUR,
        kinds: ["driver", "garage", "policy", "weather"].map(String::from).into(),
        actors,
        measures: vec![
            measure("light_to_fixed", "from the light to the repair", "h", "lower"),
            measure("kept", "appointments that were kept", "", "higher"),
            measure("calls", "calls", "", "neither"),
        ],
        roads: vec![Polyline { class: "primary".into(), points: vec![[42.5, 1.5], [42.515, 1.513]] }],
        engine: "rehearsal".into(),
        ..Header::default()
    }
}

/// What happens by a policy: the second one makes people glad sooner.
fn records(second: bool) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut add = |at: u64, what: What| records.push(Record { at, what });
    for number in 0..40u32 {
        let (actor, seconds) = (DRIVER + number, u64::from(number) * SECOND);
        add(0, What::State { actor, region: "day".into(), state: "home".into() });
        let light = 6 * HOUR + u64::from(number) * 900 * SECOND;
        add(light, What::State { actor, region: "day".into(), state: "driving".into() });
        let path = vec![Waypoint { lat: 42.5, lon: 1.5, at: light }, Waypoint { lat: 42.508, lon: 1.509, at: light + HOUR }];
        add(light, What::Move { actor, arrive: light + HOUR, path });
        let fields = vec![("code".into(), Value::Int(7)), ("wear".into(), Value::Number(0.9))];
        add(light + 5 * SECOND, What::Message { sent: light, from: actor, to: GARAGE, name: "asks".into(), fields });
        add(light + 6 * SECOND, What::Decision(decision(u64::from(number) + 1, actor, light, second)));
        add(light + 7 * SECOND, What::Contact(contact(u64::from(number) + 1, actor, number % 9 == 0)));
        if !second || number % 2 == 0 {
            add(
                light + HOUR,
                What::Message { sent: light + HOUR - SECOND, from: GARAGE, to: actor, name: "slot".into(), fields: vec![] },
            );
        }
        let mood = if second && number > 4 { "glad" } else { "cross" };
        add(light + HOUR + seconds, What::State { actor, region: "day".into(), state: mood.into() });
        for turn in 0..20u64 {
            let joy = if second && number > 4 { 0.5 + turn as f64 / 50.0 } else { 0.5 - turn as f64 / 50.0 };
            let fields = vec![("joy".into(), Value::Number(joy)), ("cost".into(), Value::Quantity(turn as f64, "EUR".into()))];
            add(light + HOUR + turn * 1_800 * SECOND, What::Note { actor, name: "felt".into(), fields });
        }
    }
    for hour in 0..60u32 {
        let waiting = if second { hour % 2 } else { hour / 10 };
        let level = Level { waiting, busy: Some(2), capacity: Some(3), left: None };
        add(u64::from(hour) * HOUR, What::Level { actor: GARAGE, holder: "bays".into(), level });
        let temperature = Value::Quantity(f64::from(hour % 24) - 5.0, "°C".into());
        let rain = Value::Quantity(if hour % 24 == 9 { 1.5 } else { 0.0 }, "mm/h".into());
        add(
            u64::from(hour) * HOUR,
            What::Board { actor: WEATHER, values: vec![("temperature".into(), temperature), ("rain".into(), rain)] },
        );
    }
    add(30 * HOUR, What::Note { actor: DRIVER + 3, name: "broke_down".into(), fields: vec![] });
    for hour in 1..=72u64 {
        let late = if second { 30.0 - hour as f64 * 0.2 } else { 30.0 + hour as f64 * 0.1 };
        let values = vec![Some(late), (hour > 8).then_some(hour as f64 / 100.0), Some(hour as f64 * 3.0)];
        add(hour * HOUR, What::Figures { values });
    }
    records.sort_by_key(|record| record.at);
    records
}

fn decision(id: u64, profile: u32, light: u64, second: bool) -> Decision {
    Decision {
        id,
        policy: if second { "tickets" } else { "letters" }.into(),
        mode: "live".into(),
        agent: MIND + profile - DRIVER,
        profile,
        rule: "remind_now".into(),
        place: "service.policy:14".into(),
        priority: 10,
        state: "watching".into(),
        goto: Some("contacted".into()),
        cause: "engine_light".into(),
        happened: light,
        matched: vec![("second_light".into(), light.saturating_sub(60 * SECOND))],
        condition: Some("wear > 0.8".into()),
        read: vec![("wear".into(), Value::Number(0.93)), ("consent".into(), Value::Bool(true))],
        lost: vec![Lost { rule: "wait_a_week".into(), why: "condition".into(), detail: "wear < 0.5".into() }],
        unknown: vec![],
    }
}

fn contact(decision: u64, to: u32, refused: bool) -> Contact {
    Contact {
        decision: Some(decision),
        from: MIND + to - DRIVER,
        to,
        template: "light".into(),
        category: "service".into(),
        channel: Some("app".into()),
        outcome: if refused { "refused" } else { "sent" }.into(),
        gates: vec![Gate { gate: "consent".into(), passed: !refused, why: "given in the app".into() }],
        cost: 0.1,
    }
}

fn stage(second: bool) -> Stage {
    let policy = if second { "tickets" } else { "letters" };
    let mut writer = Writer::new(Vec::new(), &header(policy)).unwrap();
    records(second).iter().for_each(|record| writer.record(record).unwrap());
    Stage::from_bytes(writer.into_inner().unwrap(), format!("{policy}.trace")).unwrap()
}

/// One run, or two side by side, all read.
pub(super) fn show(two: bool) -> Show {
    let mut show = unread(two);
    show.finish();
    show
}

/// The same before the passes over them.
pub(super) fn unread(two: bool) -> Show {
    let stages = [stage(false), stage(true)];
    Show::new(if two { &stages } else { &stages[..1] }).unwrap()
}
