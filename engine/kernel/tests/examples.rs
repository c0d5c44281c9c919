//! The examples of the native face: short, right, and what the guide shows.

use fork::mmc;
use rehearsal_kernel::Time;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code, reason = "what an example prints is not looked at here")]
#[path = "../examples/fork.rs"]
mod fork;
#[allow(dead_code, reason = "what an example prints is not looked at here")]
#[path = "../examples/phold.rs"]
mod phold;

/// Lines that the example of a model may have, so that it is read at one sight.
const LINES_MAX: usize = 60;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_model_fits_on_a_page() {
    for path in ["examples/mmc.rs", "examples/phold.rs", "examples/fork.rs"] {
        let lines = text(path).lines().count();
        assert!(lines <= LINES_MAX, "{path}: {lines} lines, {LINES_MAX} are allowed");
    }
}

/// The mean wait of M/M/c `[s]`: the chance that all clerks are busy, from the balance equations,
/// times the mean wait of those who find them busy.
///
/// # Source
///
/// D. Gross et al., "Fundamentals of Queueing Theory", 4th edition, section 2.3.
fn erlang_c(clerks: u32, load: f64, service_s: f64) -> f64 {
    // The weights of 0, 1, .. clerks busy, and of all busy with any number waiting.
    let weights: Vec<f64> =
        (1..=clerks).scan(1.0, |weight, n| Some(std::mem::replace(weight, *weight * load / f64::from(n)))).collect();
    let clerks = f64::from(clerks);
    let last = weights[weights.len() - 1] * load / clerks * clerks / (clerks - load);
    let all_busy = last / (weights.iter().sum::<f64>() + last);
    all_busy * service_s / (clerks - load)
}

/// Mean and standard error of independent samples.
fn estimate(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Independent days of a bank, so that their spread tells how exact their mean is: within four
/// standard errors, which a t distribution of 19 degrees leaves once in 1300 times. A day of
/// 50000 customers that starts empty is shorter of waiting by less than a hundredth of that.
#[test]
fn the_bank_waits_as_long_as_theory_says() {
    for (clerks, theory) in [(3, erlang_c(3, 2.4, 2.4)), (4, erlang_c(4, 2.4, 2.4))] {
        let day = |seed| {
            let mut bank = mmc::bank(clerks, seed).unwrap();
            bank.run_until(Time::from_seconds(50_000.0).unwrap()).unwrap();
            bank.world.waited_s / bank.world.served as f64
        };
        let (mean, error) = estimate(&(0..20).map(day).collect::<Vec<f64>>());
        assert!((mean - theory).abs() < 4.0 * error, "{clerks} clerks: {mean} s +- {error}, by theory {theory} s");
        assert!(error < 0.05 * theory, "{clerks} clerks: an error of {error} s cannot tell anything");
    }
}

/// Each of n messages is a renewal process with steps of mean 1 and variance 0.81: by the time t
/// it has had t - 0.095 of them on average, with a variance of 0.81 t (W. Feller, volume 2,
/// chapter XI). Tolerance: four deviations of the sum.
#[test]
fn phold_handles_as_many_events_as_theory_says() {
    let (actors, end_s) = (1_000_u32, 200.0);
    let mut simulation = phold::phold(actors, 7).unwrap();
    let stats = simulation.run_until(Time::from_seconds(end_s).unwrap()).unwrap();
    assert_eq!(stats.pending, actors as usize);
    let (mean, variance) = (f64::from(actors) * (end_s - 0.095), f64::from(actors) * 0.81 * end_s);
    let found = stats.handled as f64;
    assert!((found - mean).abs() < 4.0 * variance.sqrt(), "{found} events, by theory {mean} +- {}", variance.sqrt());
}

/// 14400 customers of one afternoon: the mean wait is some 2.6 s with three clerks and 0.4 s with
/// four, so the futures of one noon cannot change places.
#[test]
fn one_more_clerk_is_a_better_future() {
    let [as_before, one_more] = fork::afternoon().unwrap();
    assert!(one_more < as_before / 2.0, "{as_before} s with three, {one_more} s with four");
}

/// The blocks of Rust on a page, with the lines on which they begin.
fn blocks(page: &str) -> Vec<(usize, Vec<String>)> {
    let (mut found, mut open): (Vec<(usize, Vec<String>)>, bool) = (Vec::new(), false);
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            open = !open && line == "```rust";
            if open {
                found.push((number, Vec::new()));
            }
        } else if open && let Some((_, block)) = found.last_mut() {
            block.push(line.trim().to_owned());
        }
    }
    found
}

/// The guide quotes what compiles: each block stands, line by line, in an example or in the
/// documented example of a module.
#[test]
fn the_guide_shows_what_compiles() {
    let native_kind = "../scenario/examples/native_kind.rs";
    let sources = ["examples/mmc.rs", "examples/phold.rs", "examples/fork.rs", "src/snapshot.rs", native_kind].map(|path| {
        let source = text(path);
        source.lines().map(|line| line.trim_start_matches("//! ").trim().to_owned()).collect::<Vec<String>>()
    });
    let blocks = blocks(&text("../../docs/src/guide/native.md"));
    assert!(blocks.len() >= 8, "the guide shows almost nothing: {} blocks", blocks.len());
    for (line, block) in blocks {
        let stands = sources.iter().any(|source| source.windows(block.len()).any(|window| window == block));
        assert!(!block.is_empty() && stands, "native.md:{line}: not in an example:\n{}", block.join("\n"));
    }
}

#[test]
fn the_guide_shows_what_the_examples_print() {
    let guide = text("../../docs/src/guide/native.md");
    let mut bank = mmc::bank(3, 2026).unwrap();
    bank.run_until(Time::from_seconds(1_000_000.0).unwrap()).unwrap();
    let (mean_s, theory_s) = (bank.world.waited_s / bank.world.served as f64, erlang_c(3, 2.4, 2.4));
    let [as_before, one_more] = fork::afternoon().unwrap();
    for printed in [
        format!("mean wait {mean_s:.2} s, by theory {theory_s:.2} s"),
        format!("mean wait in the afternoon {as_before:.2} s, with one more clerk {one_more:.2} s"),
    ] {
        assert!(guide.lines().any(|line| line == printed), "native.md does not show: {printed}");
    }
}
