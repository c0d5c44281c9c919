//! `rehearsal journal`: whether the journal of a twin is whole, and what can be saved of one that is not.

use std::io::Write;
use std::path::Path;

use crate::arguments::{JournalArguments, JournalCommand};
use crate::failure::Failure;

/// Checks or saves a journal.
pub(crate) fn journal(arguments: &JournalArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let failed = |error: rehearsal_journal::JournalError| Failure::Input(error.to_string());
    match &arguments.command {
        JournalCommand::Check { folder } => {
            let report = rehearsal_journal::check(&within(folder)).map_err(failed)?;
            writeln!(out, "{report}")?;
            if report.is_whole() { Ok(()) } else { Err(Failure::Checks("the journal is not whole".into())) }
        }
        JournalCommand::Salvage { folder, into } => {
            let report = rehearsal_journal::salvage(&within(folder), into).map_err(failed)?;
            Ok(writeln!(out, "{report}")?)
        }
    }
}

/// The journal in the folder of a twin, or the folder itself.
fn within(folder: &Path) -> std::path::PathBuf {
    let inside = folder.join("journal");
    if folder.join("twin.json").is_file() { inside } else { folder.to_owned() }
}
