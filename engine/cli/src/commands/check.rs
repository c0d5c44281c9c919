//! `rehearsal check`: whether a scenario is sound.

use std::io::Write;

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::scenario::Loaded;
use crate::terminal;

/// Writes `fine:` and what the scenario is, or fails with all its faults.
pub(crate) fn check(arguments: &CheckArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenario = Loaded::load(&arguments.scenario, &[])?;
    Ok(writeln!(out, "fine: {}", scenario.summary().trim_end())?)
}
