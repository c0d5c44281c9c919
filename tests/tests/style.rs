//! Keeps the habits that no compiler keeps: nothing left undone, no machine's paths, headed and short files.

use rehearsal_tests::{files, none, text};
use std::path::{Path, PathBuf};

/// Lines that a file may have.
const LINES_MAX: usize = 700;

/// Longer files, each with the reason. An entry that is no longer needed is a fault too.
const LONGER: [(&str, &str); 0] = [];

/// What marks work as undone, in two parts so that this file does not hold them.
const UNDONE: [[&str; 2]; 6] =
    [["to", "do!("], ["unimple", "mented!("], ["db", "g!("], ["#[ig", "nore"], ["FIX", "ME"], ["XX", "X"]];

/// Folders that exist on one machine only.
const MACHINE: [&str; 4] = ["/tmp/", "/home/", "/root/", "/work/"];

/// All places in `paths` where a line holds one of `forbidden`.
fn places(paths: &[PathBuf], forbidden: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths {
        let text = text(path);
        let lines = (1..).zip(text.lines()).filter(|(_, line)| forbidden(line));
        found.extend(lines.map(|(number, line): (usize, _)| format!("{}:{number}: {}", path.display(), line.trim())));
    }
    found
}

fn source() -> Vec<PathBuf> {
    let ours =
        |path: &PathBuf| (path.starts_with("engine") || path.starts_with("viz")) && path.components().nth(2) == Some(src());
    files(&[".rs"]).into_iter().filter(ours).collect()
}

fn src() -> std::path::Component<'static> {
    std::path::Component::Normal("src".as_ref())
}

#[test]
fn nothing_is_left_undone() {
    let marks: Vec<String> = UNDONE.iter().map(|parts| parts.concat()).collect();
    let undone = |line: &str| marks.iter().any(|mark| line.contains(mark.as_str()));
    none(&places(&files(&[".rs"]), undone), "finish it, or open an issue and take the mark out");
}

/// Whether `line` names a folder of a machine: from the root, not as a part of an address or a relative path.
fn names_a_machine(line: &str) -> bool {
    MACHINE.iter().any(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '~' | '}' | ')')))
        })
    })
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let elsewhere: Vec<PathBuf> =
        files(&[".md", ".ron", ".rs", ".toml"]).into_iter().filter(|path| !path.starts_with("tests")).collect();
    none(&places(&elsewhere, names_a_machine), "paths that exist on one machine only; write them relative to the repository");
}

#[test]
fn a_machines_paths_are_told_from_addresses() {
    assert!(names_a_machine("cd /home/anna/rehearsal"));
    assert!(names_a_machine("file: \"/tmp/day.trace\""));
    assert!(!names_a_machine("see https://example.org/home/page and docs/work/notes.md"));
}

#[test]
fn every_module_says_what_it_is() {
    let faults: Vec<String> =
        source().into_iter().filter(|path| !text(path).starts_with("//!")).map(|path| path.display().to_string()).collect();
    none(&faults, "modules that do not begin with `//!` and what they are");
}

#[test]
fn files_are_short_enough_to_read() {
    let mut faults = Vec::new();
    for path in files(&[".rs"]) {
        let lines = text(&path).lines().count();
        let listed = LONGER.iter().any(|(known, _)| path == Path::new(known));
        if lines > LINES_MAX && !listed {
            faults.push(format!("{}: {lines} lines, {LINES_MAX} are allowed; it is asking to be two", path.display()));
        }
        if lines <= LINES_MAX && listed {
            faults.push(format!("{}: {lines} lines; take it off the list of longer files", path.display()));
        }
    }
    none(&faults, "files that are too long");
}
