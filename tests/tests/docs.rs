//! Keeps the documents true: links lead somewhere, examples are read by what will read them, nothing is left out.
//!
//! Fenced blocks are checked by their language: `ron` must be RON (a fragment will do), each line of `expression` must be
//! an expression, a whole scenario (`ron,scenario`) must run, and a command in `console` (a line that begins with `$ rehearsal`) must exist.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use rehearsal_language::{compile, parser};
use rehearsal_tests::{files, none, rehearsal, root, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// README, the book, and each scenario's README.
fn pages() -> Vec<PathBuf> {
    let written = |path: &PathBuf| {
        path == Path::new("README.md")
            || path == Path::new("CHANGELOG.md")
            || path.starts_with("docs/src")
            || (path.starts_with("scenarios") && path.ends_with("README.md"))
    };
    let pages: Vec<PathBuf> = files(&[".md"]).into_iter().filter(written).collect();
    assert!(pages.len() > 10, "the documents were not found: {pages:?}");
    pages
}

fn book() -> Vec<PathBuf> {
    pages().into_iter().filter(|path| path.starts_with("docs/src") && !path.ends_with("SUMMARY.md")).collect()
}

/// What a page says, as far as it can be checked.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    /// What a link may name after `#`.
    anchors: BTreeSet<String>,
    /// Language, text, and the line on which it begins.
    blocks: Vec<(String, String, usize)>,
}

fn read(path: &Path) -> Page {
    let source = text(path);
    let mut page = Page::default();
    let (mut heading, mut block): (Option<String>, Option<(String, String, usize)>) = (None, None);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (event, range) in Parser::new_ext(&source, Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES).into_offset_iter()
    {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => page.links.push(dest_url.to_string()),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let times = seen.entry(anchor.clone()).or_default();
                page.anchors.insert(if *times == 0 { anchor } else { format!("{anchor}-{times}") });
                *times += 1;
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                block = Some((language.to_string(), String::new(), source[..range.start].lines().count() + 1));
            }
            Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, body, _)) = &mut block {
                    body.push_str(&text);
                } else if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    page
}

/// The name that mdBook and GitHub give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link on `page`, if anything.
fn broken(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { page.to_owned() } else { plain(&page.with_file_name("").join(file)) };
    if !root().join(&target).exists() {
        return Some(format!("{}: `{link}`: there is no {}", page.display(), target.display()));
    }
    let anchor = anchor?;
    let known = read(&target).anchors;
    (!known.contains(anchor))
        .then(|| format!("{}: `{link}`: {} has no heading #{anchor}, only {known:?}", page.display(), target.display()))
}

/// All blocks whose language, and what stands behind it, begins so, with their places.
fn blocks(wanted: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in pages() {
        for (info, body, line) in read(&path).blocks {
            if info.split([',', ' ']).take(wanted.len()).eq(wanted.iter().copied()) {
                found.push((format!("{}:{line}", path.display()), body));
            }
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let mut faults = Vec::new();
    for path in pages() {
        faults.extend(read(&path).links.iter().filter_map(|link| broken(&path, link)));
    }
    none(&faults, "broken links");
}

#[test]
fn scenarios_in_the_documents_pass_without_warnings_and_run() {
    let scenarios = blocks(&["ron", "scenario"]);
    let mut faults = Vec::new();
    let mut count = 0;
    for (place, body) in scenarios {
        count += 1;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("example.ron");
        std::fs::write(&file, body).expect("a file");
        for args in [&["check", "--deny-warnings"][..], &["run", "--replications", "2", "--format", "json"]] {
            let output = rehearsal().args(args).arg(&file).output().expect("the command starts");
            if !output.status.success() {
                faults.push(format!(
                    "{place}: {}{}",
                    String::from_utf8_lossy(&output.stderr),
                    String::from_utf8_lossy(&output.stdout)
                ));
                break;
            }
        }
    }
    assert!(count > 5, "the scenarios were not found");
    none(&faults, "scenarios that do not run");
}

#[test]
fn headings_are_named_as_the_book_names_them() {
    assert_eq!(anchor("Desks, and `latency` between households"), "desks-and-latency-between-households");
    assert_eq!(anchor("What it costs (EUR)?"), "what-it-costs-eur");
}

#[test]
fn the_summary_lists_every_page() {
    let summary = Path::new("docs/src/SUMMARY.md");
    let listed: Vec<PathBuf> = read(summary).links.iter().map(|link| plain(&summary.with_file_name("").join(link))).collect();
    let listed_once: BTreeSet<PathBuf> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), listed_once.len(), "a page is listed twice");
    assert_eq!(listed_once, book().into_iter().collect(), "what SUMMARY.md lists, against the pages of docs/src");
}

#[test]
fn every_ron_example_is_ron() {
    let blocks = blocks(&["ron"]);
    assert!(blocks.len() > 10, "the guide shows almost no RON: {}", blocks.len());
    let mut faults = Vec::new();
    for (place, body) in blocks {
        let forms = [body.clone(), format!("[\n{body}\n]"), format!("(\n{body}\n)"), format!("{{\n{body}\n}}")];
        let errors: Vec<String> =
            forms.iter().filter_map(|form| ron2::ast::parse_document(form).err()).map(|e| e.to_string()).collect();
        if errors.len() == forms.len() {
            faults.push(format!("{place}: {}", errors[0]));
        }
    }
    none(&faults, "examples that are not RON, nor a fragment of it");
}

#[test]
fn every_expression_is_one() {
    let blocks = blocks(&["expression"]);
    assert!(!blocks.is_empty(), "the guide shows no expressions");
    let mut faults = Vec::new();
    for (place, body) in blocks {
        for line in body.lines().filter(|line| !line.trim().is_empty()) {
            if let Err(errors) = parser::parse(line) {
                faults.push(format!("{place}: `{line}`: {}", errors[0].message));
            }
        }
    }
    none(&faults, "examples that are no expressions");
}

#[test]
fn the_guide_leaves_no_function_and_no_unit_out() {
    let guide = text(Path::new("docs/src/guide/expressions.md"));
    let mut missing: Vec<String> = compile::FUNCTIONS
        .iter()
        .filter(|name| !guide.contains(&format!("`{name}(")))
        .map(|name| format!("{name}(...)"))
        .collect();
    // What the language says of a unit that it does not know names all those it knows.
    let errors = parser::parse("1 bananas").expect_err("bananas are no unit");
    let units = errors[0].help.as_deref().and_then(|help| help.strip_prefix("units are ")).expect("a list of units");
    let tokens = units.split([',', ' ', '`']).filter(|token| !token.is_empty() && !["and", "or"].contains(token));
    missing.extend(tokens.filter(|token| !guide.contains(&format!("`{token}`"))).map(str::to_owned));
    none(&missing, "functions and units that docs/src/guide/expressions.md does not name");
}

/// The words of a list such as `const STEPS: &[&str] = &["Set", ...];`, where it is written.
fn listed(path: &str, list: &str) -> Vec<String> {
    let source = text(Path::new(path));
    let after = source.split_once(&format!("const {list}:")).and_then(|(_, after)| after.split_once('='));
    let (_, body) = after.unwrap_or_else(|| panic!("{path} has no list {list}"));
    let body = body.split_once("];").map_or("", |(body, _)| body);
    body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_guide_leaves_no_step_and_no_function_of_the_world_out() {
    let missing = |page: &str, names: Vec<String>| {
        let (page, text) = (page.to_owned(), text(Path::new(page)));
        assert!(names.len() > 10, "the list for {page} was not understood: {names:?}");
        let known = move |name: &String| text.contains(&format!("`{name}(")) || text.contains(&format!("`{name}`"));
        names.into_iter().filter(move |name| !known(name)).map(move |name| format!("{page}: {name}"))
    };
    let steps = listed("engine/scenario/src/steps.rs", "STEPS");
    let functions = listed("engine/scenario/src/scope.rs", "BUILTINS");
    let mut faults: Vec<String> = missing("docs/src/guide/steps.md", steps).collect();
    faults.extend(missing("docs/src/guide/expressions.md", functions));
    none(&faults, "words of the language that the guide does not explain");
}

#[test]
fn commands_in_examples_exist() {
    let help = rehearsal().arg("--help").output().expect("the command starts");
    let help = String::from_utf8(help.stdout).expect("text");
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| line.starts_with("  "));
    let known: BTreeSet<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(known.contains("run"), "the help was not understood:\n{help}");
    let mut faults = Vec::new();
    for (place, body) in blocks(&["console"]) {
        let commands = body.lines().filter_map(|line| {
            let command = line.strip_prefix("$ ")?;
            command.strip_prefix("rehearsal ").or_else(|| command.strip_prefix("cargo run --release -- "))
        });
        for command in commands {
            let first = command.split_whitespace().next().unwrap_or_default();
            if !first.starts_with('-') && !known.contains(first) {
                faults.push(format!("{place}: there is no `rehearsal {first}`, only {known:?}"));
            }
        }
    }
    none(&faults, "commands that do not exist");
}
