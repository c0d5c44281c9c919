//! `rehearsal fmt`: what it changes, what it leaves alone, and that the scenarios here are laid out.

use rehearsal_tests::{Copied, rehearsal};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

const DEALER: &str = "scenarios/broken-down-car/dealer.ron";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn fmt(copied: &Copied, words: &[&str]) -> Output {
    copied.command().arg("fmt").args(words).output().expect("the command starts")
}

#[test]
fn the_scenarios_of_the_repository_are_laid_out() {
    let folders = ["scenarios", "benches/models", "engine/cli/templates"];
    let output = rehearsal().args(["fmt", "--check"]).args(folders).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "run `rehearsal fmt {}`:\n{}", folders.join(" "), text(&output.stdout));
}

#[test]
fn a_file_is_laid_out_and_named_once() {
    let copied = Copied::new();
    let before = fs::read_to_string(copied.path(DEALER)).expect("text");
    copied.edit(DEALER, "        traits: { here: Place },\n", "traits:{here:Place},// where it stands\n");
    let asked = fmt(&copied, &["--check", "scenarios"]);
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(text(&asked.stdout), format!("{DEALER}\n"));
    assert!(text(&asked.stderr).starts_with("1 of "), "{}", text(&asked.stderr));
    assert!(fs::read_to_string(copied.path(DEALER)).expect("text").contains("traits:{here"), "--check changes nothing");

    let done = fmt(&copied, &["scenarios"]);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), format!("{DEALER}\n")));
    let expected = before.replacen("traits: { here: Place },\n", "traits: { here: Place }, // where it stands\n", 1);
    assert_eq!(fs::read_to_string(copied.path(DEALER)).expect("text"), expected);
    let again = fmt(&copied, &["scenarios"]);
    assert_eq!((again.status.code(), text(&again.stdout)), (Some(0), String::new()));
    let left: Vec<String> = fs::read_dir(copied.path("scenarios/broken-down-car"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_file_with_faults_is_left_alone_and_the_others_are_done() {
    let copied = Copied::new();
    copied.write("shop/broken.ron", b"Kind(name: a");
    copied.write("shop/other.ron", b"Kind(name:a)");
    let output = fmt(&copied, &["shop"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "shop/other.ron\n");
    assert!(text(&output.stderr).contains("shop/broken.ron:1"), "{}", text(&output.stderr));
    assert_eq!(fs::read(copied.path("shop/broken.ron")).expect("bytes"), b"Kind(name: a");
    assert_eq!(fs::read(copied.path("shop/other.ron")).expect("bytes"), b"Kind(name: a)\n");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let mut child = rehearsal()
        .args(["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    child.stdin.take().expect("a pipe").write_all(b"[Kind(name:a),/* b */Kind(name:b)]").expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "[\n    Kind(name: a),\n    /* b */\n    Kind(name: b),\n]\n");
}

#[test]
fn a_folder_without_files_is_the_callers_fault() {
    let copied = Copied::new();
    fs::create_dir(copied.path("empty")).expect("a folder");
    for (path, said) in [("empty", "holds no .ron file"), ("nowhere", "cannot be read")] {
        let output = fmt(&copied, &[path]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}
