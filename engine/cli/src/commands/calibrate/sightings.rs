//! What was seen: read from traces and tables.

use std::path::{Path, PathBuf};

use rehearsal_scenario::{Scenario, Sighting};

use super::super::replay::open;
use crate::failure::{Failure, with_causes};
use crate::progress::say;

/// The largest table \[bytes\].
const TABLE_MAX: u64 = 512 * 1024 * 1024;

/// How laws came out.
pub(super) struct Sightings {
    /// For each law of the scenario.
    pub(super) found: Vec<Vec<Sighting>>,
    /// Whether there is a record of a run among the files, so that a law that was not seen is worth a reason.
    pub(super) from_records: bool,
}

/// Reads all files; what they tell of a law is put together.
pub(super) fn read(scenario: &Scenario, files: &[PathBuf]) -> Result<Sightings, Failure> {
    let mut all = Sightings { found: vec![Vec::new(); scenario.laws().len()], from_records: false };
    for file in files {
        let table = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let found = match table {
            true => from_table(scenario, file)?,
            false if file.is_dir() => from_twin(scenario, file)?,
            false => from_record(scenario, file)?,
        };
        all.from_records |= !table;
        for (all, found) in all.found.iter_mut().zip(found) {
            all.extend(found);
        }
    }
    Ok(all)
}

/// What a live twin saw: its journal replayed into a record.
fn from_twin(scenario: &Scenario, folder: &Path) -> Result<Vec<Vec<Sighting>>, Failure> {
    let place = tempfile::tempdir()?;
    let trace = place.path().join("twin.trace");
    super::super::twin::record(folder, &trace)?;
    from_record(scenario, &trace)
}

fn from_record(scenario: &Scenario, file: &Path) -> Result<Vec<Vec<Sighting>>, Failure> {
    let about = |error: &dyn std::error::Error| Failure::Input(format!("{}: {}", file.display(), with_causes(error)));
    let reader = match open(file) {
        Ok(reader) => reader,
        Err(Failure::Input(text)) if !text.contains(&file.display().to_string()) => {
            let hint = if text.contains("not a trace") { "; a table has to have a name that ends in .csv" } else { "" };
            return Err(Failure::Input(format!("{}: {text}{hint}", file.display())));
        }
        Err(other) => return Err(other),
    };
    let found = scenario.seen(&reader).map_err(|error| about(&error))?;
    let recorded = &reader.header().scenario;
    if recorded != scenario.name() {
        say(&format!("note: {} was recorded of `{recorded}`; its kinds and states are those of this scenario", file.display()));
    }
    Ok(found)
}

fn from_table(scenario: &Scenario, file: &Path) -> Result<Vec<Vec<Sighting>>, Failure> {
    let name = file.display().to_string();
    let unread = |error: std::io::Error| Failure::Input(format!("{name} cannot be read: {error}"));
    let size = std::fs::metadata(file).map_err(unread)?.len();
    if size > TABLE_MAX {
        let most = TABLE_MAX / (1024 * 1024);
        return Err(Failure::Input(format!(
            "{name} has {} MB, at most {most} MB are read: give fewer rows",
            size / (1024 * 1024)
        )));
    }
    let text = String::from_utf8(std::fs::read(file).map_err(unread)?)
        .map_err(|error| Failure::Input(format!("{name} is not text: byte {} is not UTF-8", error.utf8_error().valid_up_to())))?;
    let told = scenario.told(&name, &text).map_err(|faults| Failure::Input(faults.join("\n")))?;
    if !told.ignored.is_empty() {
        say(&format!("note: {name} has columns of no law, which are left out: {}", told.ignored.join(", ")));
    }
    Ok(told.found)
}
