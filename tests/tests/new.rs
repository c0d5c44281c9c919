//! `rehearsal new`: what it makes is sound, laid out, and runs as its README says.

use rehearsal_tests::Copied;
use serde_json::Value;
use std::fs;

const TEMPLATES: [&str; 2] = ["service", "queue"];

/// A folder with a new scenario, `story`.
fn made(template: &str) -> Copied {
    let copied = Copied::new();
    let said = copied.done(&["new", "story", "--template", template]);
    assert!(said.starts_with("story/scenario.ron\n") && said.contains("rehearsal run story"), "{said}");
    copied
}

#[test]
fn a_new_scenario_is_sound_and_laid_out() {
    for template in TEMPLATES {
        let copied = made(template);
        let said = copied.done(&["check", "--deny-warnings", "story"]);
        assert!(said.starts_with("fine: Story\n"), "{said}");
        assert_eq!(copied.done(&["fmt", "--check", "story"]), "");
        let readme = fs::read_to_string(copied.path("story/README.md")).expect("text");
        assert!(readme.starts_with("# Story\n") && !readme.contains("NAME"), "{readme}");
    }
}

/// The commands in the README of a scenario, as words.
fn commands(copied: &Copied) -> Vec<Vec<String>> {
    let readme = fs::read_to_string(copied.path("story/README.md")).expect("text");
    let lines = readme.lines().filter_map(|line| line.strip_prefix("$ rehearsal "));
    lines.map(|line| line.replace('"', "").split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn what_the_readme_says_can_be_done() {
    for template in TEMPLATES {
        let copied = made(template);
        let commands = commands(&copied);
        assert!(commands.len() >= 4, "{commands:?}");
        for command in commands {
            let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
            if words[0] == "run" && !words.contains(&"--replications") {
                words.extend(["--replications", "1"]);
            }
            assert!(!copied.done(&words).is_empty(), "{words:?}");
        }
    }
}

#[test]
fn to_come_before_it_stops_leaves_fewer_in_the_cold() {
    let copied = made("service");
    let result: Value = serde_json::from_str(&copied.done(&["run", "story", "--format", "json"])).expect("JSON");
    let differences = result["differences"].as_array().expect("differences");
    let stopped = differences.iter().find(|found| found["measure"] == "gone_cold").expect("what is measured");
    assert_eq!(stopped["verdict"], "better", "{stopped}");
}

#[test]
fn nothing_that_is_there_is_overwritten_and_names_are_checked() {
    let copied = made("queue");
    let before = fs::read(copied.path("story/scenario.ron")).expect("bytes");
    let said = copied.refused(&["new", "story"]);
    assert!(said.contains("story is there already"), "{said}");
    assert_eq!(fs::read(copied.path("story/scenario.ron")).expect("bytes"), before);
    assert!(!copied.path("story/kinds.ron").exists());
    let said = copied.refused(&["new", "my story"]);
    assert!(said.contains("letters, digits"), "{said}");
}
