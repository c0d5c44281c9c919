//! Shows how fast records are written and read: small ones, in memory.
//!
//! `cargo run --release -p rehearsal-trace --example speed`

use std::time::Instant;

use rehearsal_trace::{Actor, Header, Reader, Record, TraceError, What, Writer};

const RECORDS: u64 = 4_000_000;
/// Records made before the clock starts, and written again and again.
const BATCH: u64 = 20_000;
/// From one record to the next [ns].
const STEP: u64 = 1_000_003;
const ACTORS: u32 = 20_000;

/// A state or a message of a random actor, some milliseconds after the last.
fn record(number: u64, draw: u64) -> Record {
    let actor = (draw % u64::from(ACTORS)) as u32;
    let what = if number.is_multiple_of(2) {
        let state = ["home", "work", "school_run", "driving"][(draw >> 40) as usize % 4];
        What::State { actor, region: "day".into(), state: state.into() }
    } else {
        let (sent, to) = (number * STEP, (actor + 1) % ACTORS);
        What::Message { sent, from: actor, to, name: "hello".into(), fields: Vec::new() }
    };
    Record { at: number * STEP, what }
}

fn main() -> Result<(), TraceError> {
    let actor = |id| Actor { id, name: format!("driver/{id}"), ..Actor::default() };
    let header = Header { actors: (0..ACTORS).map(actor).collect(), ..Header::default() };
    let mut draw = 1_u64;
    let records = (0..BATCH).map(|number| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        record(number, draw >> 20)
    });
    let mut records: Vec<_> = records.collect();
    let rate = |since: Instant| RECORDS as f64 / since.elapsed().as_secs_f64() / 1e6;

    let start = Instant::now();
    let mut writer = Writer::new(Vec::new(), &header)?;
    for _ in 0..RECORDS / BATCH {
        for record in &mut records {
            writer.record(record)?;
            record.at += BATCH * STEP;
        }
    }
    let bytes = writer.into_inner()?;
    let each = bytes.len() as f64 / RECORDS as f64;
    eprintln!("written: {:.2} M records/s, {each:.1} bytes each", rate(start));

    let reader = Reader::from_bytes(bytes)?;
    let start = Instant::now();
    let count = reader.records().filter(Result::is_ok).count();
    assert_eq!(count as u64, RECORDS, "every record is read again");
    eprintln!("read: {:.2} M records/s", rate(start));

    let start = Instant::now();
    let count = reader.records_of(17).count();
    eprintln!("of one actor: {count} records in {:.0?}", start.elapsed());
    let start = Instant::now();
    let world = reader.state_at(reader.end() / 3 * 2)?;
    eprintln!("state of {} actors sought in {:.0?}", world.actors.len(), start.elapsed());
    Ok(())
}
