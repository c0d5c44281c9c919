//! Small stories of one day, with the Rust code of their native kinds. Not tests themselves.
#![allow(unreachable_pub, reason = "each test is a crate of its own")]

use rehearsal_scenario::{Natives, Outcome, Scenario};
use std::fs;

/// A scenario of one day from its kinds, groups and measures.
pub fn story(groups: &str, kinds: &str, measures: &str) -> String {
    format!(
        "[Scenario(title: \"a test\", start: \"2026-01-05 00:00\", length: \"1d\", groups: {{ {groups} }}),\n\
         {kinds},\nMeasures({{ {measures} }}), Experiment(seed: 7)]"
    )
}

/// Loads a story, or says what is wrong with it.
pub fn load(story: &str, natives: &Natives) -> Result<Scenario, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("story.ron");
    fs::write(&file, story).expect("a file");
    Scenario::load_with(&file, &[], natives).map_err(|faults| faults.render(false, 100))
}

pub fn rehearse(story: &str, natives: &Natives, seed: u64) -> Outcome {
    let scenario = load(story, natives).unwrap_or_else(|faults| panic!("{faults}"));
    scenario.rehearse(0, seed, 0, None).unwrap_or_else(|error| panic!("{error}"))
}
