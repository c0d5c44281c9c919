//! Runs one model in RON and says how many events it handles in a second of CPU time.
//!
//! `cargo run --release -p rehearsal-benches --example model -- phold 300 cells.count=10000`
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use anyhow::{Context, Result};
use rehearsal_benches::ron::RonModel;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().context("which model: phold, mmc or star")?;
    let length: f64 = arguments.next().context("for how many seconds of the story")?.parse()?;
    let settings: Vec<(String, String)> =
        arguments.filter_map(|text| text.split_once('=').map(|(path, value)| (path.to_owned(), value.to_owned()))).collect();
    let settings: Vec<(&str, String)> = settings.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let run = RonModel { name: &name, settings: &settings, seed: 1 }.run(1.0, length)?;
    println!("{} events, {:.2} s, {:.3} M events/s", run.events, run.cpu_seconds, run.events as f64 / run.cpu_seconds / 1e6);
    println!("figures {:?}", run.outcome.overall);
    Ok(())
}
