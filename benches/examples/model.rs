//! Runs one model in RON and says how many events it handles in a second of CPU time.
//!
//! `cargo run --release -p rehearsal-benches --example model -- phold 200 cells.count=10000`
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use anyhow::{Context, Result};
use rehearsal_benches::outcome::timed;
use rehearsal_benches::ron::RonModel;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().context("which model: phold, mmc, star or rich")?;
    let length: f64 = arguments.next().context("for how many seconds of the story")?.parse()?;
    let settings: Vec<(String, String)> =
        arguments.filter_map(|text| text.split_once('=').map(|(path, value)| (path.to_owned(), value.to_owned()))).collect();
    let settings: Vec<(&str, String)> = settings.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let model = RonModel { name: &name, settings: &settings, seed: 1 };
    let run = |length| -> Result<_> {
        let scenario = model.load(length)?;
        let (outcome, cpu_seconds) = timed(|| scenario.rehearse(0, model.seed, 0, None));
        Ok((outcome?, cpu_seconds))
    };
    // The short run is what birth costs; the difference is the work of the events.
    let (short, birth) = run(1.0)?;
    let (long, whole) = run(length)?;
    let (events, seconds) = (long.events - short.events, whole - birth);
    println!("{events} events in {seconds:.2} s: {:.3} M events/s", events as f64 / seconds / 1e6);
    println!("measures {:?}", long.overall);
    Ok(())
}
