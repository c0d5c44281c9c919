//! The command as a person or a script meets it: words, streams and exit codes.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rehearsal_trace::{Actor, Header, Record, What, Writer};

const HOUR: u64 = 3_600_000_000_000;

fn rehearsal(words: &[&str]) -> Output {
    command(words).output().expect("the command starts")
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehearsal"));
    command.args(words).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A trace of a driver who changes state every hour, and of another who never does.
fn trace(folder: &Path, hours: u64) -> PathBuf {
    let actor = |id: u32, name: &str| Actor { id, kind: 0, name: name.into(), segment: None, at: Some([52.5, 13.4]) };
    let header = Header {
        scenario: "broken-down-car".into(),
        start: "2026-11-02 00:00".into(),
        length_ns: hours * HOUR,
        kinds: vec!["driver".into()],
        actors: vec![actor(17, "driver/17"), actor(18, "driver/18")],
        ..Header::default()
    };
    let mut writer = Writer::new(Vec::new(), &header).expect("a header");
    for hour in 0..hours {
        let state = ["home", "work"][(hour % 2) as usize];
        let what = What::State { actor: 17, region: "day".into(), state: state.into() };
        writer.record(&Record { at: hour * HOUR, what }).expect("a record");
    }
    let file = folder.join("day.trace");
    std::fs::write(&file, writer.into_inner().expect("an end")).expect("a file");
    file
}

fn replayed(file: &Path, words: &[&str]) -> Output {
    let file = file.to_str().expect("a plain path");
    rehearsal(&[&["replay", file], words].concat())
}

#[test]
fn help_and_version_are_results() {
    let help = rehearsal(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("Examples:") && help.stderr.is_empty());
    assert!(!text(&help.stdout).contains('\u{1b}'), "no colours into a pipe");
    let version = rehearsal(&["--version"]);
    assert_eq!(text(&version.stdout), concat!("rehearsal ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn what_cannot_be_asked_exits_with_2() {
    let wrong: [&[&str]; 8] = [
        &[],
        &["rum"],
        &["run"],
        &["run", "x", "--replications", "0"],
        &["run", "x", "--jobs", "0"],
        &["run", "x", "--set", "a"],
        &["replay", "x", "--map", "m.svg"],
        &["replay", "x", "--from", "1h"],
    ];
    for words in wrong {
        let output = rehearsal(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{words:?}");
    }
}

#[test]
fn a_scenario_that_is_not_there_exits_with_2_and_says_where() {
    for subcommand in ["run", "check"] {
        let output = rehearsal(&[subcommand, "/nowhere/at-all"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("/nowhere/at-all"), "{}", text(&output.stderr));
    }
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = rehearsal(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("replay"), "{shell}");
    }
}

#[test]
fn a_trace_is_summed_up_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = trace(folder.path(), 48);
    let summary = text(&replayed(&file, &[]).stdout);
    assert!(summary.contains("driver/17 48") && summary.contains("--actor driver/17"), "{summary}");
    let story = replayed(&file, &["--actor", "driver/17"]);
    assert_eq!(story.status.code(), Some(0));
    assert!(text(&story.stdout).contains("work"));
    let unknown = replayed(&file, &["--actor", "driver/71"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("driver/17"), "{}", text(&unknown.stderr));
}

#[test]
fn records_of_a_time_and_an_actor() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = trace(folder.path(), 48);
    let lines = |words: &[&str]| text(&replayed(&file, &[&["--format", "ndjson"], words].concat()).stdout).lines().count();
    // The header is a line too.
    assert_eq!(lines(&[]), 49);
    assert_eq!(lines(&["--from", "36h", "--to", "3 Nov 16:00"]), 1 + 4);
    assert_eq!(lines(&["--actor", "driver/18"]), 1);
    assert_eq!(lines(&["--actor", "17", "--from", "2026-11-03"]), 1 + 24);
    let backwards = replayed(&file, &["--format", "ndjson", "--from", "2h", "--to", "1h"]);
    assert_eq!(backwards.status.code(), Some(2));
}

#[test]
fn a_map_is_drawn_into_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = trace(folder.path(), 4);
    let map = folder.path().join("map.svg");
    let output = replayed(&file, &["--map", map.to_str().expect("a plain path"), "--at", "2h"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    assert!(std::fs::read_to_string(map).expect("a map").contains("<svg"));
}

#[test]
fn files_that_are_no_whole_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = replayed(&folder.path().join("none.trace"), &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("none.trace"));
    let other = folder.path().join("other");
    for content in ["", "policy,measure\n"] {
        std::fs::write(&other, content).expect("a file");
        let output = replayed(&other, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
}

#[test]
fn a_cut_off_trace_is_read_as_far_as_it_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = trace(folder.path(), 48);
    let bytes = std::fs::read(&file).expect("the trace");
    std::fs::write(&file, &bytes[..bytes.len() - 5]).expect("a file");
    let output = replayed(&file, &["--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).starts_with("note: "));
    assert_eq!(text(&output.stdout).lines().count(), 49);
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    // More than a pipe holds, so that writing goes on after the reader has gone.
    let file = trace(folder.path(), 20_000);
    for words in [&["--format", "ndjson"][..], &["--actor", "driver/17"]] {
        let path = file.to_str().expect("a plain path");
        let mut child = command(&[&["replay", path], words].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut pipe = child.stdout.take().expect("a pipe");
        pipe.read_exact(&mut [0; 10]).expect("ten bytes");
        drop(pipe);
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert_eq!(text(&output.stderr), "", "{words:?}");
    }
}
