//! What the end-to-end tests share: the repository's files, and the command as a person runs it.
//!
//! Not a library for anybody else. The tests themselves are in `tests/`: `layers.rs` (who may use whom), `style.rs` (how
//! the source is written), `docs.rs` (whether the documents are true), `command.rs` and those named after its subcommands
//! (what the command does), `stage.rs` (what a view shows of a run), `faults.rs` and `warnings.rs` (what it says of scenarios that are broken, or look like it),
//! `fuzz.rs` (whether any input at all is borne), `semantics.rs` (whether small worlds come out as theory says), `statecharts.rs` (states in states) and
//! `broken_down_car.rs` (the example as a whole).
//!
//! Start at [`rehearsal`] to run the command, and at [`files`] to look at the source.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub mod browser;
mod copied;
pub mod fuzz;
pub mod ocel;
pub mod python;
pub mod story;
pub mod twin;

pub use copied::Copied;

/// The folder of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in a folder of the repository")
}

/// The `rehearsal` command, to be run in the folder of the repository, without colours.
///
/// It is the program that the variable `REHEARSAL_BIN` names; without one it is built once, in the profile and target
/// folder of the running test.
///
/// # Panics
/// When it is not there and cannot be built.
#[must_use]
pub fn rehearsal() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| match std::env::var_os("REHEARSAL_BIN") {
        Some(named) => root().join(named),
        None => built(),
    });
    assert!(program.is_file(), "{} is not a program: build it, or set REHEARSAL_BIN to one", program.display());
    let mut command = Command::new(program);
    command.current_dir(root()).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    command
}

/// Builds the command beside the running test and returns its path.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a running test knows its own path");
    // A test lies in TARGET/PROFILE/deps/.
    let profile = test.ancestors().nth(2).expect("a test lies two folders deep");
    let target = profile.parent().expect("a profile's folder lies in the target folder");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "rehearsal-cli", "--target-dir"]).arg(target).current_dir(root());
    match profile.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => {}
        Some(named) => {
            build.args(["--profile", named]);
        }
    }
    let status = build.status().expect("cargo starts");
    assert!(status.success(), "rehearsal-cli does not build");
    profile.join(format!("rehearsal{}", std::env::consts::EXE_SUFFIX))
}

/// All files of the repository whose name ends in one of `endings`, in order, relative to [`root`].
///
/// Left out are what builds leave behind (`target/`, `docs/book/`, `out/`) and files and folders that begin with a dot.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(Path::new(""), endings, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        let built = ["target", "out", "docs/book", "tests/fuzz/target", "tests/fuzz/corpus", "tests/fuzz/artifacts"]
            .iter()
            .any(|left| path == Path::new(left));
        if name.starts_with('.') || built {
            continue;
        }
        if entry.file_type().expect("a kind of entry").is_dir() {
            walk(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// The text of a file of the repository.
///
/// # Panics
/// When it is not there or not text.
#[must_use]
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with all `faults`, one a line, under a sentence that says what they are.
///
/// # Panics
/// When there are any.
pub fn none(faults: &[String], what: &str) {
    assert!(faults.is_empty(), "{what}:\n  {}\n", faults.join("\n  "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_order_and_without_what_builds_leave() {
        let found = files(&[".toml", ".rs"]);
        assert!(found.is_sorted());
        assert!(found.contains(&PathBuf::from("Cargo.toml")));
        assert!(found.contains(&PathBuf::from("engine/kernel/src/lib.rs")));
        assert!(!found.iter().any(|path| path.starts_with("target")));
    }

    #[test]
    #[should_panic(expected = "wrong names:\n  a\n  b\n")]
    fn all_faults_are_shown_at_once() {
        none(&["a".into(), "b".into()], "wrong names");
    }
}
