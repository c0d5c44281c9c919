//! Shows how to draw the world at a moment: a made-up town at rush hour.
//!
//! `cargo run -p rehearsal-trace --example map -- town.svg [actors] [width height]`

use rehearsal_trace::{Actor, Header, Polyline, Reader, Record, TraceError, Waypoint, What, Writer, map_svg};

const MINUTE: u64 = 60_000_000_000;

/// Even draws, the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// The crossing of two streets of the town.
fn crossing(north: u64, east: u64) -> [f64; 2] {
    [-33.47 + 0.002 * north as f64, -70.70 + 0.0024 * east as f64 + 0.0004 * north as f64]
}

fn roads() -> Vec<Polyline> {
    let class = |number: u64| match number {
        20 => "motorway",
        n if n % 10 == 0 => "primary",
        n if n % 5 == 0 => "secondary",
        _ => "residential",
    };
    let road = |number, along: &dyn Fn(u64) -> [f64; 2]| Polyline {
        class: String::from(class(number)),
        points: (0..=40).map(along).collect(),
    };
    let across = (0..=40).map(|n| road(n, &|e| crossing(n, e)));
    across.chain((0..=40).map(|e| road(e, &|n| crossing(n, e)))).collect()
}

/// East along one street, then north along another.
fn path(draw: &mut Draw, start: u64) -> Vec<Waypoint> {
    let (north, east) = (draw.below(30), draw.below(30));
    let turn = draw.below(8) + 2;
    (0..=10)
        .map(|step| {
            let [lat, lon] = crossing(north + step.max(turn) - turn, east + step.min(turn));
            Waypoint { lat, lon, at: start + step * MINUTE / 3 }
        })
        .collect()
}

fn header(drivers: u32, draw: &mut Draw) -> Header {
    let garages = (drivers / 40).clamp(3, 60);
    let actor = |id: u32| {
        let kind = u16::from(id >= drivers);
        let name = format!("{}/{id}", ["driver", "garage"][usize::from(kind)]);
        let at = Some(crossing(draw.below(41), draw.below(41)));
        Actor { id, kind, name, segment: None, at }
    };
    Header {
        title: "A town at rush hour".into(),
        policy: "service_reminder".into(),
        seed: 42,
        start: "2026-11-05 08:00".into(),
        kinds: vec!["driver".into(), "garage".into()],
        actors: (0..drivers + garages).map(actor).collect(),
        roads: roads(),
        engine: concat!("rehearsal ", env!("CARGO_PKG_VERSION")).into(),
        ..Header::default()
    }
}

fn record(header: &Header, drivers: u32, draw: &mut Draw) -> Vec<Record> {
    let mut records = Vec::new();
    for actor in &header.actors {
        let states: &[&str] = if actor.id < drivers {
            &["home", "driving", "work", "driving", "shopping", "broken_down"]
        } else {
            &["open", "open", "full"]
        };
        let state = states[draw.below(states.len() as u64) as usize];
        let region = String::from("day");
        let what = What::State { actor: actor.id, region, state: state.into() };
        records.push(Record { at: 0, what });
        if state == "driving" {
            let path = path(draw, 0);
            let what = What::Move { actor: actor.id, arrive: 10 * MINUTE / 3, path };
            records.push(Record { at: 0, what });
        }
    }
    records
}

fn main() -> Result<(), TraceError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u32| arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    let drivers = number(1, 250);
    let mut draw = Draw(7);
    let header = header(drivers, &mut draw);
    let mut writer = Writer::new(Vec::new(), &header)?;
    for record in record(&header, drivers, &mut draw) {
        writer.record(&record)?;
    }
    let reader = Reader::from_bytes(writer.into_inner()?)?;
    let svg = map_svg(&reader, 2 * MINUTE, (number(2, 1100), number(3, 760)))?;
    let path = arguments.first().map_or("town.svg", String::as_str);
    let doing = format!("write {path}");
    std::fs::write(path, svg).map_err(|source| TraceError::Io { doing, source })
}
