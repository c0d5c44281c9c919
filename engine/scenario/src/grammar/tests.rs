//! Whether the grammar is what the loader reads: its lists of arguments, here and there, are the same.

use super::{Construct, constructs, grammar};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

thread_local! {
    /// Words before brackets, with the lists by which the loader read their arguments.
    static ASKED: RefCell<BTreeMap<String, BTreeSet<Vec<String>>>> = RefCell::default();
}

/// Notes that the loader reads arguments by a list.
pub(crate) fn asked(head: &str, names: &[&'static str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    ASKED.with_borrow_mut(|asked| asked.entry(head.to_owned()).or_default().insert(names));
}

/// The arguments of a construct as the loader writes them down: with a `!` before those that must be given.
fn list(construct: &Construct) -> Vec<String> {
    let mark = |required: bool| if required { "!" } else { "" };
    construct.arguments.iter().map(|argument| format!("{}{}", mark(argument.required), argument.name)).collect()
}

/// The same without what every measure takes, which the loader adds to each list.
fn own(construct: &Construct) -> Vec<String> {
    let mut names = list(construct);
    if construct.sort == "measure" {
        names.truncate(names.len() - 3);
    }
    names
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, ending, found);
        } else if path.extension().is_some_and(|have| have == ending) {
            found.push(path);
        }
    }
    found.sort();
}

/// The lists in the loader's source by which it reads arguments: each with its place.
fn written() -> Vec<(String, Vec<String>)> {
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs", &mut files);
    // A table of expectations is no part of a scenario.
    let apart = ["grammar", "lint", "format", "describe", "expectations.rs"].map(std::ffi::OsStr::new);
    files.retain(|file| !file.iter().any(|part| apart.contains(&part)));
    let mut found = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("text");
        let source = source.split("#[cfg(test)]\nmod").next().unwrap_or_default();
        for (at, _) in source.match_indices('[') {
            let Some(end) = source[at..].find(']') else { continue };
            let (before, inside) = (&source[..at], &source[at + 1..at + end]);
            let items: Vec<&str> = inside.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            let name = |item: &&str| {
                let item = item.strip_prefix('"')?.strip_suffix('"')?;
                let plain = item.strip_prefix('!').unwrap_or(item);
                plain.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| item.to_owned())
            };
            let Some(names) = items.iter().map(name).collect::<Option<Vec<String>>>().filter(|names| !names.is_empty()) else {
                continue;
            };
            let call = before.trim_end_matches(['&', ' ', '\n']);
            let start = call.rfind("arguments(").map_or(0, |start| start + "arguments(".len());
            // Between `arguments(` and its list there is the node alone.
            let direct = start > 0 && call[start..].len() < 30 && call.ends_with(',') && !call[start..].contains(';');
            if direct || names.iter().any(|name| name.starts_with('!')) {
                let line = before.matches('\n').count() + 1;
                found.push((format!("{}:{line}", file.display()), names));
            }
        }
    }
    found
}

#[test]
fn the_loaders_lists_are_those_of_the_grammar() {
    let written = written();
    assert!(written.len() > 60, "the lists were not found: {}", written.len());
    let known: BTreeSet<Vec<String>> = constructs().map(own).collect();
    let strange: Vec<String> = written
        .iter()
        .filter(|(_, names)| !known.contains(names))
        .map(|(place, names)| format!("{place}: [{}]", names.join(", ")))
        .collect();
    assert!(strange.is_empty(), "lists that are not in src/grammar/; write them there too:\n{}", strange.join("\n"));
}

#[test]
fn the_grammars_lists_are_those_of_the_loader() {
    let written: BTreeSet<Vec<String>> = written().into_iter().map(|(_, names)| names).collect();
    // Types and places mostly are read by position, mixins as their author says; kinds and states have lists of sections.
    let apart = |construct: &&Construct| {
        matches!(construct.sort, "type" | "place" | "happening" | "mixin" | "column" | "said")
            || matches!(construct.name, "Kind" | "Mixin" | "State")
    };
    for construct in constructs().filter(|construct| !construct.arguments.is_empty()).filter(|construct| !apart(construct)) {
        let list = own(construct);
        assert!(written.contains(&list), "no list of the loader is that of {} {}: {list:?}", construct.sort, construct.name);
    }
}

#[test]
fn every_word_of_the_loader_is_in_the_grammar() {
    let named = |sort: &str| -> BTreeSet<&str> {
        constructs().filter(|construct| construct.sort == sort).map(|construct| construct.name).collect()
    };
    let listed = |words: &[&'static str]| words.iter().copied().collect::<BTreeSet<&str>>();
    assert_eq!(named("step"), listed(crate::steps::STEPS));
    assert_eq!(named("definition"), listed(crate::definitions::SORTS));
    assert_eq!(named("type"), listed(crate::types::TYPES));
    let kind = constructs().find(|construct| construct.name == "Kind").expect("a kind");
    let sections: BTreeSet<&str> = kind.arguments.iter().map(|argument| argument.name).collect();
    assert_eq!(sections, listed(crate::layout::PARTS));
}

#[test]
fn what_the_loader_reads_in_scenarios_is_what_the_grammar_says() {
    let mut paths = vec![root().join("scenarios/broken-down-car"), root().join("engine/cli/templates/service")];
    walk(&root().join("tests/fixtures"), "ron", &mut paths);
    walk(&root().join("benches/models"), "ron", &mut paths);
    for path in paths {
        let _ = crate::Scenario::load(&path, &[]);
    }
    ASKED.with_borrow(|asked| {
        assert!(asked.len() > 50, "almost nothing was read: {:?}", asked.keys());
        for (head, lists) in asked {
            let known: BTreeSet<Vec<String>> = constructs().filter(|construct| construct.name == head).map(list).collect();
            for names in lists.iter().filter(|names| !known.contains(*names)) {
                // A bare word stands for itself where the language's word may be left out.
                assert!(
                    known.is_empty() && head.chars().all(|c| !c.is_uppercase()),
                    "{head}({}) is read, but the grammar says {known:?}",
                    names.join(", ")
                );
            }
        }
    });
}

#[test]
fn whatever_is_taken_is_known() {
    let sorts: BTreeSet<&str> = grammar().sorts.iter().map(|sort| sort.name).collect();
    let types: BTreeSet<&str> = crate::types::TYPES.iter().copied().collect();
    let words = [
        "name",
        "text",
        "number",
        "bool",
        "file",
        "hours",
        "days",
        "steps",
        "value",
        "actor",
        "rate",
        "list",
        "crowd",
        "field",
        "holder's name",
        "row",
    ];
    for construct in constructs() {
        assert!(sorts.contains(construct.sort), "{} is of no sort: {}", construct.name, construct.sort);
        for argument in construct.arguments {
            for part in argument.takes.split(" or ") {
                let part =
                    ["list of ", "names to ", "constant "].iter().fold(part, |part, prefix| part.trim_start_matches(prefix));
                let known = sorts.contains(part) || types.contains(part) || words.contains(&part);
                assert!(known, "{}({}) takes `{part}`, which nothing explains", construct.name, argument.name);
            }
        }
    }
}
