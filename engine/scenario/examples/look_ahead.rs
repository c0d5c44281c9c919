//! Shows how to stop a scenario, save it, restore it, and let a fork run ahead.

use std::error::Error;
use std::path::Path;

use rehearsal_scenario::{Scenario, Time};

/// The first scenario, with few drivers so that it takes a moment.
pub(crate) fn few_drivers() -> Result<Scenario, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/broken-down-car");
    let few = ["families", "commuters", "pensioners", "fleet"].map(|group| (format!("{group}.count"), "25".to_owned()));
    Scenario::load(&folder, &few).map_err(|faults| faults.render(false, 120).into())
}

/// What is measured, after three weeks and after six, a line each.
pub(crate) fn lines(scenario: &Scenario) -> Result<Vec<String>, Box<dyn Error>> {
    let mut run = scenario.start("chatty", 2026, 0)?;
    run.run_until(Time::from_seconds(21.0 * 86_400.0)?)?;

    let bytes = run.snapshot()?;
    let restored = scenario.restore(&bytes)?;
    assert_eq!(restored.digest(), run.digest());

    let mut future = restored.fork();
    future.run_until(future.end())?;
    let (so_far, at_the_end) = (run.outcome()?, future.outcome()?);

    let figures = so_far.overall.into_iter().zip(at_the_end.overall);
    let line = |(label, unit, figures)| match figures {
        (Some(now), Some(then)) => Some(format!("{label} ({unit}): {now:.2}, then {then:.2}")),
        _ => None,
    };
    Ok(scenario.measures().into_iter().zip(figures).filter_map(|(of, both)| line((of.label, of.unit, both))).collect())
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn Error>> {
    lines(&few_drivers()?)?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
