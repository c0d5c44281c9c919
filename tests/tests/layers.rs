//! Keeps the direction of the layers: who may use whom, who may read RON, a clock or threads, and what the default build
//! leaves out.
//!
//! The list below is the table of `docs/src/architecture.md`. A new arrow is a decision: change both together.

use rehearsal_tests::{files, none, root, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// Each crate of `engine/` with the crates of ours that it may use.
const LAYERS: [(&str, &[&str]); 17] = [
    ("kernel", &[]),
    ("sharded", &["kernel"]),
    ("language", &[]),
    ("trace", &[]),
    ("model", &["kernel"]),
    ("policy", &["kernel", "language", "model"]),
    ("decide", &["kernel", "language", "model", "policy"]),
    ("world", &["kernel", "language", "model", "policy", "trace"]),
    ("scenario", &["kernel", "language", "model", "policy", "trace", "world"]),
    ("experiment", &["scenario"]),
    ("export", &["trace", "experiment"]),
    ("request", &["trace"]),
    ("journal", &[]),
    ("doors", &[]),
    ("connect", &["journal"]),
    ("live", &["kernel", "language", "decide", "trace", "scenario", "experiment", "journal", "connect", "doors"]),
    (
        "cli",
        &[
            "kernel",
            "language",
            "model",
            "policy",
            "decide",
            "trace",
            "world",
            "scenario",
            "experiment",
            "export",
            "request",
            "journal",
            "connect",
            "doors",
            "live",
        ],
    ),
];

/// Each crate of `viz/` with the crates of ours that it may use: views read traces, and nothing else of the engine.
/// What can be asked of a view is in `request`, as the command that starts it knows it too.
const VIEWS: [(&str, &[&str]); 3] =
    [("stage", &["trace"]), ("panels", &["trace", "stage"]), ("view", &["trace", "stage", "panels", "request"])];

/// Crates whose results must be the same bytes everywhere.
const SIMULATED: [&str; 8] = ["kernel", "language", "trace", "model", "policy", "world", "scenario", "stage"];

/// What a folder at the top may be called, besides names that begin with a dot and what git ignores.
const TOP: [&str; 17] = [
    "Cargo.toml",
    "Cargo.lock",
    "engine",
    "scenarios",
    "viz",
    "benches",
    "tests",
    "docs",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "deny.toml",
    "rustfmt.toml",
    "clippy.toml",
    "target",
    "out",
];

fn manifest(path: &Path) -> Table {
    text(path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn crate_manifest(name: &str) -> Table {
    manifest(&folder(name).join("Cargo.toml"))
}

/// Where a crate lies.
fn folder(name: &str) -> PathBuf {
    let above = if VIEWS.iter().any(|(view, _)| *view == name) { "viz" } else { "engine" };
    Path::new(above).join(name)
}

/// The names under `[dependencies]` and `[target.*.dependencies]`, renamed or not.
fn dependencies(manifest: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let sections = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table).chain([manifest]);
    let tables = sections.filter_map(|section| section.get("dependencies")?.as_table());
    let name = |(key, value): (&String, &Value)| match value.get("package").and_then(Value::as_str) {
        Some(package) => package.to_owned(),
        None => key.clone(),
    };
    tables.flat_map(|table| table.iter().map(name)).collect()
}

/// Source without comments to the end of the line, so that a comment may name what the code must not.
fn code(path: &Path) -> impl Iterator<Item = (usize, String)> {
    let lines: Vec<String> = text(path).lines().map(|line| line.split("//").next().unwrap_or("").to_owned()).collect();
    (1..).zip(lines)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// All places in the source of `crates` where `forbidden` holds of a line.
fn places(crates: &[&str], forbidden: impl Fn(&str) -> bool) -> Vec<String> {
    let within = |path: &PathBuf| crates.iter().any(|name| path.starts_with(folder(name).join("src")));
    let found = files(&[".rs"]).into_iter().filter(within).flat_map(|path| {
        let lines: Vec<_> = code(&path).filter(|(_, line)| forbidden(line)).collect();
        lines.into_iter().map(move |(number, line)| format!("{}:{number}: {}", path.display(), line.trim()))
    });
    found.collect()
}

#[test]
fn every_crate_has_its_place_among_the_layers() {
    for (folder, list) in [("engine", &LAYERS[..]), ("viz", &VIEWS[..])] {
        let entries = std::fs::read_dir(root().join(folder)).expect("the folder of the crates");
        let found: BTreeSet<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        let known: BTreeSet<String> = list.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(found, known, "folders of {folder}/ against the list of layers");
    }
}

#[test]
fn dependencies_run_downwards_only() {
    let mut faults = Vec::new();
    for (name, allowed) in LAYERS.into_iter().chain(VIEWS) {
        for dependency in dependencies(&crate_manifest(name)) {
            if let Some(ours) = dependency.strip_prefix("rehearsal-")
                && !allowed.contains(&ours)
            {
                faults.push(format!("{name} uses {ours}; it may use {}", or_none(allowed)));
            }
        }
    }
    none(&faults, "arrows that run upwards or are not agreed");
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none of ours".into() } else { names.join(", ") }
}

#[test]
fn the_list_of_layers_has_no_circle() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (name, allowed) in LAYERS.into_iter().chain(VIEWS) {
        let upwards: Vec<_> = allowed.iter().filter(|other| !below.contains(**other)).collect();
        assert!(upwards.is_empty(), "{name} may use {upwards:?}, which stands above it");
        below.insert(name);
    }
}

#[test]
fn only_the_scenario_reads_ron() {
    let mut faults = Vec::new();
    for (name, _) in LAYERS.iter().chain(&VIEWS).filter(|(name, _)| *name != "scenario") {
        let reads = dependencies(&crate_manifest(name)).into_iter().filter(|name| name.starts_with("ron"));
        faults.extend(reads.map(|dependency| format!("{name} depends on {dependency}")));
    }
    none(&faults, "only engine/scenario knows RON");
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let mut faults = Vec::new();
    for path in files(&["Cargo.toml"]) {
        let manifest = manifest(&path);
        if manifest.contains_key("package") {
            // A package that is a workspace of its own has no lints to inherit.
            if manifest.get("workspace").is_some() && manifest.get("package").is_some() {
                continue;
            }
            let kept = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
            if kept != Some(true) {
                faults.push(path.display().to_string());
            }
        }
    }
    none(&faults, "manifests without `[lints] workspace = true`");
}

#[test]
fn nothing_below_the_experiment_reads_a_clock() {
    let reads = |line: &str| {
        words(line).any(|word| matches!(word, "Instant" | "SystemTime"))
            || line.contains("Timestamp::now")
            || line.contains("Zoned::now")
    };
    none(&places(&SIMULATED, reads), "the wall clock is not a part of what is simulated");
}

/// Shards measure which way of working is faster; what happens is the same in both.
#[test]
fn one_file_of_the_shards_reads_a_clock() {
    let reads = |line: &str| words(line).any(|word| matches!(word, "Instant" | "SystemTime"));
    let elsewhere: Vec<String> =
        places(&["sharded"], reads).into_iter().filter(|place| !place.starts_with("engine/sharded/src/stopwatch.rs:")).collect();
    none(&elsewhere, "only the stopwatch of the shards reads a clock");
}

#[test]
fn nothing_that_decides_a_result_iterates_in_random_order() {
    let random = |line: &str| words(line).any(|word| matches!(word, "HashMap" | "HashSet"));
    let crates: Vec<&str> = SIMULATED.into_iter().filter(|name| *name != "trace").chain(["sharded"]).collect();
    none(&places(&crates, random), "use BTreeMap, BTreeSet or a Vec: hashed order differs from run to run");
    // The trace interns texts by hash and never iterates over that table; its one file is known.
    let elsewhere: Vec<String> =
        places(&["trace"], random).into_iter().filter(|place| !place.starts_with("engine/trace/src/strings.rs:")).collect();
    none(&elsewhere, "only the table of texts of the trace is hashed");
}

#[test]
fn nothing_below_the_experiment_starts_a_thread() {
    let starts =
        |line: &str| line.contains("std::thread") || line.contains("thread::") || words(line).any(|word| word == "rayon");
    none(&places(&SIMULATED, starts), "threads belong to the shards, the experiment and the command");
}

#[test]
fn no_platform_decides_the_last_digit() {
    // Square roots are exact everywhere; these are not, and `libm` has them all.
    let platforms = ["exp", "exp_m1", "ln", "ln_1p", "log2", "log10", "powf", "powi", "cbrt", "hypot"];
    let angles = ["sin", "cos", "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh"];
    let calls: Vec<String> = platforms.iter().chain(&angles).map(|name| format!(".{name}(")).collect();
    let called = |line: &str| calls.iter().any(|call| line.contains(call.as_str()));
    let crates: Vec<&str> = SIMULATED.into_iter().chain(["sharded"]).collect();
    none(&places(&crates, called), "mathematical functions of the platform differ; use libm's");
}

#[test]
fn the_top_holds_what_was_agreed() {
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(root()).expect("the repository") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !TOP.contains(&name.as_str()) && !name.ends_with(".trace") {
            faults.push(name);
        }
    }
    none(&faults, "names at the top of the repository that were not agreed");
}

/// Every package that `first` is built from on this platform, where no feature is asked for.
fn closure(first: &str) -> BTreeSet<String> {
    let words = ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--package", first];
    let output = Command::new(env!("CARGO")).args(words).current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    tree.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect()
}

#[test]
fn the_default_build_leaves_the_giants_out() {
    let built = closure("rehearsal-cli");
    assert!(built.contains("clap"), "the tree was not understood: {built:?}");
    let giant = |name: &&String| {
        ["bevy", "wgpu", "parquet", "arrow", "duckdb", "polars", "rusqlite", "libsqlite3"]
            .iter()
            .any(|giant| *name == giant || name.starts_with(&format!("{giant}-")) || name.starts_with(&format!("{giant}_")))
    };
    let giants: Vec<String> = built.iter().filter(giant).cloned().collect();
    none(&giants, "crates that take minutes to build have no place in the default build");
}
