//! Other numbers in the files: which, and where they are written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rehearsal_experiment::output::Calibrated;
use rehearsal_scenario::{Rewritten, Scenario};

use super::diff::diff;
use crate::failure::Failure;
use crate::files::replace_all;
use crate::scenario::told;

/// What changes.
pub(super) struct Change {
    /// Files with other numbers in them.
    pub(super) files: Vec<Rewritten>,
    /// Laws that were fitted and are not changed, because their numbers stand in files that others may use.
    pub(super) left: Vec<String>,
}

/// The change that fitted laws make; numbers in shared files only where `library` allows it.
pub(super) fn of(scenario: &Scenario, found: &[(usize, Calibrated)], library: bool) -> Change {
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for (number, law) in found {
        let (Ok(found), Ok(parameters)) = (&law.found, &scenario.laws()[*number].parameters) else { continue };
        if parameters.iter().any(|parameter| parameter.shared) && !library {
            left.push(law.path.clone());
            continue;
        }
        let values = found.fitted.parameters.iter().map(|parameter| (parameter.value, parameter.error));
        changes.push((*number, values.collect()));
    }
    Change { files: scenario.rewritten(&changes), left }
}

impl Change {
    /// It as a unified diff.
    pub(super) fn diff(&self) -> String {
        self.files.iter().map(|file| diff(&file.name, &file.before, &file.after)).collect()
    }

    /// Whether the scenario is still sound with it.
    fn check(&self, folder: &Path) -> Result<(), Failure> {
        let sound = Scenario::load_rewritten(folder, &self.files).map(|_| ());
        sound.map_err(|faults| {
            let text = told(&faults, "fault", folder);
            Failure::Faults(format!("with the fitted numbers the scenario would not be sound, so nothing was changed:\n{text}"))
        })
    }

    /// Puts it into the files: all of them, or none.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        self.check(folder)?;
        for file in &self.files {
            let now = fs::read_to_string(&file.path);
            if now.as_deref().ok() != Some(&*file.before) {
                let name = file.path.display();
                return Err(Failure::Input(format!("{name} was changed in the meantime, so nothing was written: try again")));
            }
        }
        let files: Vec<(&Path, &str)> = self.files.iter().map(|file| (file.path.as_path(), file.after.as_str())).collect();
        replace_all(&files)
    }
}

/// Whether a copy can be made at a place.
pub(super) fn room(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        let name = folder.display();
        return Err(Failure::Input(format!(
            "{name} is there already: name a folder that is not, so that nothing is overwritten"
        )));
    }
    Ok(())
}

/// Makes a changed copy of the scenario; gives its place, which is a file where the scenario is one.
///
/// Library files that the copy would not find beside it come into it. It is made under another name and moved into its
/// place when it has proved sound.
pub(super) fn copy(from: &Path, scenario: &Scenario, change: &Change, to: &Path) -> Result<PathBuf, Failure> {
    change.check(from)?;
    let refused = |error: io::Error| Failure::Input(format!("{} cannot be made: {error}", to.display()));
    let above = to.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(above).map_err(refused)?;
    let part = tempfile::Builder::new().prefix(".calibrate").tempdir_in(above).map_err(refused)?;
    let root = if from.is_dir() { from } else { from.parent().unwrap_or(Path::new("")) };
    if from.is_dir() {
        copy_folder(from, part.path()).map_err(refused)?;
    } else {
        fs::copy(from, part.path().join(from.file_name().unwrap_or_default())).map_err(refused)?;
    }
    for file in Scenario::files(from) {
        copy_one(root, &file, part.path(), change).map_err(refused)?;
    }
    let made = if from.is_dir() { part.path().to_path_buf() } else { part.path().join(from.file_name().unwrap_or_default()) };
    if let Err(faults) = Scenario::load(&made, &[]) {
        let text = told(&faults, "fault", to);
        let remedy = format!("a copy of `{}` would not find its files there: name a folder beside it", scenario.name());
        return Err(Failure::Faults(format!("{text}\n\n{remedy}")));
    }
    // What is made for the time being is for nobody else to see; the copy is as open as the scenario.
    let here = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    fs::metadata(here).and_then(|found| fs::set_permissions(part.path(), found.permissions())).map_err(refused)?;
    let part = part.keep();
    fs::rename(&part, to).map_err(|error| {
        // What could not be finished is of no use; that it cannot be removed is no further harm.
        let _ = fs::remove_dir_all(&part);
        refused(error)
    })?;
    Ok(if from.is_dir() { to.to_path_buf() } else { to.join(from.file_name().unwrap_or_default()) })
}

/// One file of the scenario: changed where it changes; of those beside the scenario only what the copy would not find, or
/// not find changed.
fn copy_one(root: &Path, file: &Path, part: &Path, change: &Change) -> io::Result<()> {
    let changed = change.files.iter().find(|changed| changed.path == file);
    let inside = file.strip_prefix(root).ok();
    let Some(inside) = inside else { return Ok(()) };
    let (place, beside) = match inside.strip_prefix("..") {
        Ok(inside) => (part.join(inside), Some(part.join("..").join(inside))),
        Err(_) => (part.join(inside), None),
    };
    let found = beside.is_some_and(|beside| fs::read(beside).ok() == fs::read(file).ok());
    if let Some(changed) = changed {
        fs::create_dir_all(place.parent().unwrap_or(part))?;
        return fs::write(place, &changed.after);
    }
    let is_text = file.extension().is_some_and(|ending| ending == "ron");
    if !found && is_text && !place.exists() {
        fs::create_dir_all(place.parent().unwrap_or(part))?;
        fs::copy(file, place)?;
    }
    Ok(())
}

/// All files of a folder, but hidden ones; links are not followed.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let place = to.join(entry.file_name());
        let what = entry.file_type()?;
        if what.is_dir() {
            fs::create_dir_all(&place)?;
            copy_folder(&entry.path(), &place)?;
        } else if what.is_file() {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
