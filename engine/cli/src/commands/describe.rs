//! `rehearsal describe`: what a scenario is, as text, as JSON and as a picture.

use std::fs;
use std::io::Write;

use crate::arguments::{DescribeArguments, DescriptionFormat};
use crate::failure::Failure;
use crate::scenario::Loaded;
use crate::terminal;

/// Writes the description, or draws it into a file.
pub(crate) fn describe(arguments: &DescribeArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenario = Loaded::load(&arguments.scenario, &arguments.settings)?;
    let description = scenario.description();
    if let Some(file) = &arguments.svg {
        return fs::write(file, rehearsal_scenario::describe::picture(description))
            .map_err(|error| Failure::Input(format!("{} cannot be written: {error}", file.display())));
    }
    match arguments.format {
        DescriptionFormat::Text => out.write_all(rehearsal_scenario::describe::text(description).as_bytes())?,
        DescriptionFormat::Json => {
            let json = serde_json::to_string_pretty(description)
                .map_err(|error| Failure::Ours(format!("the description is no JSON: {error}")))?;
            writeln!(out, "{json}")?;
        }
    }
    Ok(())
}
