//! `rehearsal check`: whether a scenario is sound.

use std::io::Write;

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::scenario::Loaded;
use crate::terminal;

/// Writes `fine:` and what the scenario is, or fails with all its faults. Warnings go to standard error.
pub(crate) fn check(arguments: &CheckArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenario = Loaded::load(&arguments.scenario, &[])?;
    if let Some(warnings) = scenario.warnings(&arguments.scenario) {
        if arguments.deny_warnings {
            return Err(Failure::Faults(warnings));
        }
        // Where standard error is closed nobody wants to be warned.
        let _ = writeln!(anstream::stderr(), "{warnings}");
    }
    Ok(writeln!(out, "fine: {}", scenario.summary().trim_end())?)
}
