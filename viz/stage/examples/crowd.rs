//! Writes a made-up trace of any size, to see what a view can bear: walkers who set off again and again, change their state
//! and write to each other, all within ten kilometres.
//!
//! ```text
//! cargo run --release -p rehearsal-stage --example crowd -- 100000 10000000 crowd.trace
//! rehearsal view crowd.trace
//! ```

use rehearsal_trace::{Actor, Header, Polyline, Record, TraceError, Waypoint, What, Writer};

const SECOND: u64 = 1_000_000_000;
/// A day.
const LENGTH: u64 = 86_400 * SECOND;

/// A sequence of numbers that only its start decides (SplitMix64).
struct Luck(u64);

impl Luck {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    /// A place within ten kilometres of the middle: latitude and longitude.
    fn place(&mut self) -> [f64; 2] {
        let [north, east] = [0, 1].map(|_| self.below(20_000) as f64 - 10_000.0);
        [50.0 + north / 111_195.0, 8.0 + east / 71_475.0]
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [walkers, records, file] = arguments.as_slice() else {
        return Err("give the number of walkers, the number of records, and a file".into());
    };
    write(walkers.parse()?, records.parse()?, file)?;
    Ok(())
}

fn write(walkers: u32, records: u64, file: &str) -> Result<(), TraceError> {
    let mut luck = Luck(1);
    let actor = |id: u32| Actor { id, kind: (id % 4) as u16, name: format!("walker/{id}"), segment: None, at: None };
    let actors = (0..walkers).map(|id| Actor { at: Some(luck.place()), ..actor(id) }).collect();
    let road = |_| Polyline { class: "tertiary".into(), points: vec![luck.place(), luck.place()] };
    let header = Header {
        scenario: "crowd".into(),
        title: "A crowd".into(),
        start: "2026-11-02 00:00".into(),
        length_ns: LENGTH,
        kinds: ["child", "woman", "man", "dog"].map(String::from).into(),
        roads: (0..200).map(road).collect(),
        actors,
        engine: "made up".into(),
        ..Header::default()
    };
    let mut writer = Writer::create(file, &header)?;
    let mut luck = Luck(2);
    for number in 0..records {
        let at = (u128::from(LENGTH) * u128::from(number) / u128::from(records)) as u64;
        let walker = luck.below(u64::from(walkers.max(1))) as u32;
        let what = match luck.below(10) {
            0..3 => {
                let arrive = at + 600 * SECOND;
                let point = |at, [lat, lon]: [f64; 2]| Waypoint { lat, lon, at };
                What::Move { actor: walker, arrive, path: vec![point(at, luck.place()), point(arrive, luck.place())] }
            }
            3..7 => {
                let state = ["glad", "calm", "sad", "tired"][luck.below(4) as usize];
                What::State { actor: walker, region: "mood".into(), state: state.into() }
            }
            _ => {
                let to = luck.below(u64::from(walkers.max(1))) as u32;
                What::Message { sent: at, from: walker, to, name: "greet".into(), fields: vec![] }
            }
        };
        writer.record(&Record { at, what })?;
    }
    writer.finish()
}
