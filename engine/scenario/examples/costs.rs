//! Shows what it costs to save, restore, digest and fork a world: 100,000 actors, or as many as the first argument says.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use cpu_time::ProcessTime;
use rehearsal_scenario::{Scenario, Time};

/// Rounds, of which the fastest counts.
const ROUNDS: u32 = 9;

/// Prints the least processor time of some rounds, and gives it `[ms]`.
#[allow(clippy::print_stdout, reason = "an example prints")]
fn least<T>(what: &str, mut act: impl FnMut() -> T) -> f64 {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        let start = ProcessTime::now();
        let kept = act();
        times.push(start.elapsed());
        drop(black_box(kept));
    }
    let ms = times.iter().min().map_or(0.0, |least| least.as_secs_f64() * 1e3);
    println!("{what:<30}{ms:8.2} ms");
    ms
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn Error>> {
    let actors = std::env::args().nth(1).unwrap_or_else(|| "100000".into());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/models/phold");
    let settings = [("cells.count".to_owned(), actors.clone())];
    let scenario = Scenario::load(&folder, &settings).map_err(|faults| faults.render(false, 120))?;
    let mut run = scenario.start("as_it_is", 1, 0)?;
    run.run_until(Time::from_seconds(5.0)?)?;

    let bytes = run.snapshot()?;
    println!("{actors} actors, {} events on their way, {} bytes", run.pending(), bytes.len());
    least("snapshot", || run.snapshot());
    least("restore", || scenario.restore(&bytes));
    least("digest", || run.digest());
    least("fork", || run.fork());
    let mut pooled = run.fork();
    let fork = least("fork_into", || run.fork_into(&mut pooled));
    // As many bytes as a fork holds: rows as they are in memory, and 48 for each event.
    let words = scenario.plan().kinds.iter().map(|kind| usize::from(kind.words) + kind.sites.len().div_ceil(2)).max();
    let held = actors.parse::<usize>()? * 8 * words.unwrap_or(0) + 48 * run.pending();
    let (from, mut to) = (vec![1_u8; held], vec![0_u8; held]);
    let copy = least("copying as many bytes", || to.copy_from_slice(black_box(&from)));
    println!("fork_into over copying {held} bytes: {:.2}", fork / copy);
    Ok(())
}
