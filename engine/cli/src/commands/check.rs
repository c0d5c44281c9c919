//! `rehearsal check`: whether a scenario is sound.

use std::io::Write;

use super::findings;
use super::watch::watch;
use crate::arguments::{CheckArguments, CheckFormat};
use crate::failure::Failure;
use crate::scenario::{Loaded, counted};
use crate::terminal;

/// Writes `fine:` and what the scenario is, or fails with all its faults. Warnings go to standard error.
pub(crate) fn check(arguments: &CheckArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    if arguments.watch {
        return watch(&arguments.scenario, &mut || once(arguments));
    }
    if arguments.format == CheckFormat::Json {
        return as_json(arguments, out);
    }
    let Found { warnings, fine } = once(arguments)?;
    if let Some(warnings) = warnings {
        // Where standard error is closed nobody wants to be warned.
        let _ = writeln!(anstream::stderr(), "{warnings}");
    }
    Ok(writeln!(out, "{fine}")?)
}

/// Writes all that was found as JSON, and fails where that keeps the scenario from running.
fn as_json(arguments: &CheckArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let (found, sound) = Loaded::findings(&arguments.scenario, &arguments.settings);
    out.write_all(findings::json(&found).as_bytes())?;
    if sound && !(arguments.deny_warnings && found.count() > 0) {
        return Ok(());
    }
    out.flush()?;
    let what = if sound { "warning" } else { "fault" };
    Err(Failure::Faults(counted(&found, what, &arguments.scenario)))
}

/// What a check found that is no fault.
pub(crate) struct Found {
    pub(crate) warnings: Option<String>,
    pub(crate) fine: String,
}

/// Checks once.
fn once(arguments: &CheckArguments) -> Result<Found, Failure> {
    let scenario = Loaded::load(&arguments.scenario, &arguments.settings)?;
    let warnings = scenario.warnings(&arguments.scenario);
    match warnings {
        Some(warnings) if arguments.deny_warnings => Err(Failure::Faults(warnings)),
        warnings => Ok(Found { warnings, fine: format!("fine: {}", scenario.summary().trim_end()) }),
    }
}
