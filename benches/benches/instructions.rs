//! Instructions of whole runs, counted by Valgrind: what a regression is judged by, because counts do not jitter.
//!
//! `cargo bench -p rehearsal-benches --bench instructions`. It needs Valgrind and `gungraun-runner` of the version that
//! `Cargo.lock` has, and says which of them is missing. Each run has a limit in instructions; above it the bench fails. A
//! limit is the count that was measured and a tenth on top, as another compiler counts a little differently. Whoever makes
//! a run cheaper lowers its limit.
// The macros of gungraun make modules and functions without documents.
#![allow(missing_docs, unreachable_pub, reason = "made by macros of gungraun")]

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use rehearsal_benches::jobs::SEED;
use rehearsal_benches::kernel;
use rehearsal_benches::ron::RonModel;
use rehearsal_scenario::Scenario;

const SECOND: u64 = 1_000_000_000;

/// Measured 53.4 million: 535 for each event, with the setting up.
const LIMIT_PHOLD: u64 = 58_800_000;
/// Measured 16.2 million: 406 for each event, with the setting up.
const LIMIT_STAR: u64 = 17_800_000;
/// Measured 155.5 million: 514 for each event, and the setting up.
const LIMIT_RICH: u64 = 171_000_000;
/// Measured 102.6 million: 1,027 for each event, with the birth.
const LIMIT_RON_PHOLD: u64 = 112_800_000;
/// Measured 66.5 million: 2,079 for each customer.
const LIMIT_RON_MMC: u64 = 73_200_000;
/// Measured 61.1 million: 1,525 for each event, with the birth.
const LIMIT_RON_STAR: u64 = 67_200_000;
/// Measured 376.5 million: 1,242 for each event, with the birth.
const LIMIT_RON_RICH: u64 = 414_200_000;

/// Fails above so many instructions.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, instructions)]));
    config
}

// 1,000 cells for 100 s: about 99,900 events.
#[library_benchmark]
#[bench::cells_1000(args = (1_000, 100), config = at_most(LIMIT_PHOLD))]
fn phold(cells: u32, seconds: u64) -> u64 {
    kernel::phold(SEED, black_box(cells), seconds * SECOND).expect("it runs").work
}

// 10,000 customers for an hour: about 40,000 events.
#[library_benchmark]
#[bench::one_hour(args = (3600), config = at_most(LIMIT_STAR))]
fn star(seconds: u64) -> u64 {
    kernel::star(SEED, black_box(seconds) * SECOND).expect("it runs").work
}

// 10,000 tanks for 30 s: about 295,000 pulses.
#[library_benchmark]
#[bench::half_a_minute(args = (30), config = at_most(LIMIT_RICH))]
fn rich(seconds: u64) -> u64 {
    kernel::rich(black_box(seconds) * SECOND).expect("it runs").work
}

fn load(name: &str, length: f64) -> Scenario {
    let settings: &[(&str, String)] = if name == "phold" { &[("cells.count", "1000".into())] } else { &[] };
    RonModel { name, settings, seed: SEED }.load(length).expect("a model of this crate is without fault")
}

// 1,000 cells for 100 s; a desk for 20,000 s with about 32,000 customers; an hour of the star; 30 s of rich. Loading is not counted, birth is.
#[library_benchmark]
#[bench::phold(args = ("phold", 100.0), setup = load, config = at_most(LIMIT_RON_PHOLD))]
#[bench::mmc(args = ("mmc", 20_000.0), setup = load, config = at_most(LIMIT_RON_MMC))]
#[bench::star(args = ("star", 3600.0), setup = load, config = at_most(LIMIT_RON_STAR))]
#[bench::rich(args = ("rich", 30.0), setup = load, config = at_most(LIMIT_RON_RICH))]
fn ron(scenario: Scenario) -> u64 {
    scenario.rehearse(0, SEED, 0, None).expect("it runs").digest
}

library_benchmark_group!(name = runs, benchmarks = [phold, star, rich, ron]);
main!(library_benchmark_groups = runs);
