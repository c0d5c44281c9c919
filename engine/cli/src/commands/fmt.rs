//! `rehearsal fmt`: the files of a scenario, laid out alike.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::arguments::FmtArguments;
use crate::failure::Failure;
use crate::terminal;

/// Lays files out and names those that it changed; with `--check` it names those that it would change, and fails.
///
/// A file that cannot be read is left as it is; the others are done all the same, and its faults come last.
pub(crate) fn fmt(arguments: &FmtArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    if arguments.paths.iter().any(|path| path == Path::new("-")) {
        return piped(arguments, out);
    }
    let files = files(&arguments.paths)?;
    let (mut faults, mut changed) = (Vec::new(), 0);
    for file in &files {
        let text =
            fs::read_to_string(file).map_err(|error| Failure::Input(format!("{} cannot be read: {error}", file.display())))?;
        match rehearsal_scenario::format(&file.display().to_string(), &text) {
            Ok(laid_out) if laid_out == text => {}
            Ok(laid_out) => {
                changed += 1;
                if !arguments.check {
                    replace(file, &laid_out)
                        .map_err(|error| Failure::Input(format!("{} cannot be written: {error}", file.display())))?;
                }
                writeln!(out, "{}", file.display())?;
            }
            Err(found) => faults.push(rendered(&found)),
        }
    }
    if !faults.is_empty() {
        out.flush()?;
        return Err(Failure::Faults(faults.join("\n")));
    }
    differs(arguments.check && changed > 0, changed, files.len(), out)
}

/// From standard input to standard output.
fn piped(arguments: &FmtArguments, out: &mut dyn Write) -> Result<(), Failure> {
    if arguments.paths.len() > 1 {
        return Err(Failure::Input("`-` stands for standard input and goes with no other path".into()));
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| Failure::Input(format!("standard input cannot be read: {error}")))?;
    let laid_out = rehearsal_scenario::format("-", &text).map_err(|faults| Failure::Faults(rendered(&faults)))?;
    if arguments.check {
        return differs(laid_out != text, 1, 1, out);
    }
    Ok(out.write_all(laid_out.as_bytes())?)
}

fn differs(differs: bool, changed: usize, all: usize, out: &mut dyn Write) -> Result<(), Failure> {
    if !differs {
        return Ok(());
    }
    out.flush()?;
    let are = if changed == 1 { "is" } else { "are" };
    Err(Failure::Differs(format!("{changed} of {all} files {are} not laid out: run `rehearsal fmt` on them")))
}

fn rendered(faults: &rehearsal_scenario::Faults) -> String {
    faults.render(terminal::colors_err(), terminal::width_err())
}

/// The RON files that paths name, those of folders with all that lies in them, each once and in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        match fs::metadata(path) {
            Ok(what) if what.is_dir() => walk(path, &mut found)?,
            Ok(_) => found.push(path.clone()),
            Err(error) => return Err(Failure::Input(format!("{} cannot be read: {error}", path.display()))),
        }
        if found.len() == before {
            return Err(Failure::Input(format!("{} holds no .ron file: name a scenario's folder, or a file", path.display())));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unread = |error: io::Error| Failure::Input(format!("{} cannot be read: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links are not followed, so that no folder is walked twice or for ever.
        match entry.file_type().map_err(unread)? {
            _ if hidden => {}
            what if what.is_dir() => walk(&path, found)?,
            what if what.is_file() && path.extension().is_some_and(|ending| ending == "ron") => found.push(path),
            _ => {}
        }
    }
    Ok(())
}

/// Writes a file beside the old one and puts it in its place at once: a reader sees the one or the other, never a part.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    // A link stays one: what it leads to is replaced.
    let file = file.canonicalize()?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = file.with_file_name(format!(".{name}.partial"));
    let done = fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&file)?.permissions()))
        .and_then(|()| fs::rename(&beside, &file));
    if done.is_err() {
        // Nothing of a failed attempt is left behind; that it failed is what is told.
        let _ = fs::remove_file(&beside);
    }
    done
}
