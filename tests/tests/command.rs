//! The command as a newcomer meets it: help, version, completions, and a folder that is not there.

use rehearsal_tests::rehearsal;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(words: &[&str]) -> Output {
    rehearsal().args(words).output().expect("the command starts")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn help_names_every_subcommand_and_each_helps_itself() {
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0), "{}", err(&help));
    let all = ["run", "check", "describe", "new", "fmt", "schema", "decide", "replay", "explain", "coverage", "completions"];
    for subcommand in
        all.into_iter().chain(["sweep", "sensitivity", "optimize", "export", "select", "steady", "gate", "validate"])
    {
        assert!(out(&help).contains(&format!("\n  {subcommand}")), "{subcommand} is not in the help:\n{}", out(&help));
        let own = run(&[subcommand, "--help"]);
        assert_eq!(own.status.code(), Some(0), "{subcommand}: {}", err(&own));
        assert!(out(&own).contains(&format!("Usage: rehearsal {subcommand}")), "{}", out(&own));
    }
}

#[test]
fn the_version_is_that_of_the_workspace() {
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(out(&version), format!("rehearsal {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_folder_is_the_callers_fault_and_is_named() {
    for subcommand in ["run", "check"] {
        let output = run(&[subcommand, "scenarios/no-such-story"]);
        assert_eq!(output.status.code(), Some(2), "{subcommand}: {}", err(&output));
        assert!(err(&output).contains("scenarios/no-such-story"), "{subcommand}: {}", err(&output));
        assert_eq!(out(&output), "", "{subcommand}: results only on standard output");
    }
}

#[test]
fn a_check_looks_at_what_was_set() {
    let checked = |set: &str, more: &[&str]| run(&[&["check", "scenarios/airport-rebooking", "--set", set], more].concat());
    let fine = checked("people=800", &[]);
    assert_eq!(fine.status.code(), Some(0), "{}", err(&fine));
    assert!(out(&fine).contains("280 business (passenger)"), "35 of 100: {}", out(&fine));
    let refused = checked("people=8000 / 0", &[]);
    assert_eq!((refused.status.code(), out(&refused).as_ref()), (Some(2), ""));
    assert!(err(&refused).contains("`8000 / 0` divides by zero"), "{}", err(&refused));
    let as_json = checked("people=8000 / 0", &["--format", "json"]);
    assert_eq!(as_json.status.code(), Some(2));
    assert!(out(&as_json).contains("`8000 / 0` divides by zero"), "{}", out(&as_json));
}

#[test]
fn completions_are_a_script_that_bash_reads() {
    let completions = run(&["completions", "bash"]);
    assert_eq!(completions.status.code(), Some(0), "{}", err(&completions));
    assert!(out(&completions).contains("rehearsal"), "an empty script proves nothing");
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash starts");
    bash.stdin.take().expect("a pipe").write_all(&completions.stdout).expect("bash reads");
    let read = bash.wait_with_output().expect("bash ends");
    assert!(read.status.success(), "{}", err(&read));
}
