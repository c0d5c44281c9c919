//! `rehearsal new`: a folder with a scenario that runs, to be changed into one's own.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::arguments::{NewArguments, Template};
use crate::failure::Failure;
use crate::names::quoted;

/// A file of a template: where it goes, and its text. `TITLE` and `NAME` in it stand for those of the scenario.
type File = (&'static str, &'static str);

const SERVICE: &[File] = &[
    ("scenario.ron", include_str!("../../templates/service/scenario.ron")),
    ("kinds.ron", include_str!("../../templates/service/kinds.ron")),
    ("interface.ron", include_str!("../../templates/service/interface.ron")),
    ("policies/wait.ron", include_str!("../../templates/service/policies/wait.ron")),
    ("policies/ahead.ron", include_str!("../../templates/service/policies/ahead.ron")),
    ("experiment.ron", include_str!("../../templates/service/experiment.ron")),
    ("README.md", include_str!("../../templates/service/README.md")),
];

const QUEUE: &[File] = &[
    ("scenario.ron", include_str!("../../templates/queue/scenario.ron")),
    ("README.md", include_str!("../../templates/queue/README.md")),
];

/// Names are at most so long, so that they fit into a line and into any file system \[characters\].
const NAME_MAX: usize = 64;

/// Makes the folder and says how to go on. Nothing that is there already is touched.
pub(crate) fn new(arguments: &NewArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = arguments.name.as_path();
    let name = name_of(folder)?;
    if fs::symlink_metadata(folder).is_ok() {
        let text = format!("{} is there already: choose another name, or remove it first", folder.display());
        return Err(Failure::Input(text));
    }
    let files = match arguments.template {
        Template::Service => SERVICE,
        Template::Queue => QUEUE,
    };
    for (file, text) in files {
        let path = folder.join(file);
        let shown = folder.to_string_lossy();
        let text = text.replace("TITLE", &title(name)).replace("NAME", &quoted(&shown));
        fs::create_dir_all(path.parent().unwrap_or(folder))
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| Failure::Input(format!("{} cannot be written: {error}", path.display())))?;
        writeln!(out, "{}", path.display())?;
    }
    let shown = quoted(&folder.to_string_lossy());
    writeln!(out, "\nRun it:    rehearsal run {shown}")?;
    writeln!(out, "Change it: edit its files, then rehearsal check {shown}")?;
    Ok(writeln!(out, "Read:      {}", folder.join("README.md").display())?)
}

/// The name of a scenario from its folder's: letters, digits, `-` and `_`, with a letter first.
fn name_of(folder: &Path) -> Result<&str, Failure> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fault = if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        "a scenario's name begins with a letter"
    } else if !name.chars().all(good) {
        "a scenario's name has letters, digits, `-` and `_`"
    } else if name.len() > NAME_MAX {
        "a scenario's name has at most 64 characters"
    } else {
        return Ok(name);
    };
    Err(Failure::Input(format!("`{}`: {fault}, such as my-story", folder.display())))
}

/// A name as people write it: `my-story` is `My story`.
fn title(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_become_titles() {
        assert_eq!(name_of(Path::new("scenarios/my-story")).unwrap(), "my-story");
        for bad in ["", "..", "a/..", "2nd", "-x", "my story", "a.b", "größe", &"a".repeat(65)] {
            assert!(matches!(name_of(Path::new(bad)), Err(Failure::Input(_))), "{bad}");
        }
        assert_eq!(title("my-first__story"), "My first story");
    }

    #[test]
    fn every_file_of_a_template_is_listed() {
        for (folder, files) in [("service", SERVICE), ("queue", QUEUE)] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(folder);
            let mut found = Vec::new();
            let mut folders = vec![root.clone()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        found.push(path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
                    }
                }
            }
            found.sort();
            let mut listed: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            listed.sort_unstable();
            assert_eq!(found, listed);
        }
    }
}
