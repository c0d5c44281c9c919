//! The stories of the gallery: each is sound, is as it is expected to be, stops being so where it is broken, and has its page.

use rehearsal_tests::{rehearsal, root, text};
use serde_json::Value;
use std::path::PathBuf;

/// Folders that lie beside the stories and are none.
const OTHERS: [&str; 4] = ["data", "library", "mechanisms", "research"];

/// The stories, by the names of their folders.
fn stories() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("scenarios")).expect("the scenarios").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> =
        folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !OTHERS.contains(&name.as_str()));
    names.sort();
    assert!(names.len() >= 10, "{names:?}");
    names
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from("scenarios").join(name)
}

/// A story: how often it is run for its expectations to be decided, what breaks it, and an expectation that says so.
type Known = (&'static str, u32, &'static [&'static str], &'static str);

const STORIES: &[Known] = &[
    ("airport-rebooking", 6, &["rebooking_desk.staff=80"], "hardly_any_line"),
    ("broken-down-car", 8, &["person.consents.service_alerts=0"], "known_sooner"),
    ("connected-hvac", 4, &["proactive.readings=60", "proactive.before_cold=60"], "acting_first_has_its_price"),
    ("damaged-parcel", 6, &["parcel.scuff_share=0"], "a_new_one_for_every_scan_is_wasted"),
    ("highway-breakdown", 6, &["person.consents.location=0"], "less_time_by_the_roadside"),
    ("instant-receipt", 4, &["holder.noise=0"], "noise_is_turned_off"),
    ("low-fuel", 4, &["person.consents.location=0"], "who_does_not_pay_loses"),
    ("morning-commute", 4, &["trusting.loses=0"], "crying_wolf_costs_most"),
    ("smart-building", 4, &["contactrules.consent=true"], "nobody_without_consent"),
    ("theme-park", 6, &["ride.trains=0.6"], "the_sign_fits"),
];

fn known(name: &str) -> Known {
    *STORIES.iter().find(|(story, ..)| *story == name).unwrap_or_else(|| panic!("nobody knows what breaks {name}"))
}

/// What the gate says of a story, with settings; its exit code and its checks.
fn gate(name: &str, settings: &[&str]) -> (Option<i32>, Value) {
    let mut command = rehearsal();
    let replications = known(name).1.to_string();
    command.arg("gate").arg(folder(name)).args(["--strict", "--format", "json", "--replications", &replications]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    let output = command.output().expect("the command starts");
    let told = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {told}"));
    (output.status.code(), json)
}

/// The names of the checks with an outcome.
fn with(json: &Value, outcome: &str) -> Vec<String> {
    let checks = json["checks"].as_array().expect("checks").iter().filter(|check| check["outcome"] == outcome);
    checks.map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn stories_have_no_fault_and_nothing_that_looks_like_one() {
    for name in stories() {
        let output = rehearsal().arg("check").arg(folder(&name)).output().expect("the command starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !said.contains("warning") && !said.contains('⚠'), "{name}:\n{said}");
    }
}

#[test]
fn stories_are_as_they_are_expected_to_be() {
    for name in stories() {
        let (code, json) = gate(&name, &[]);
        assert_eq!(code, Some(0), "{name}: failed {:?}, undecided {:?}", with(&json, "fail"), with(&json, "inconclusive"));
        assert!(with(&json, "pass").len() >= 5, "{name} expects little of itself: {json}");
    }
}

#[test]
fn stories_that_are_broken_are_not_as_expected() {
    for name in stories() {
        let (_, _, settings, expectation) = known(&name);
        let (code, json) = gate(&name, settings);
        let failed = with(&json, "fail");
        assert_eq!(code, Some(3), "{name}: {json}");
        assert!(failed.iter().any(|found| found.starts_with(expectation)), "{name}: {expectation} is not among {failed:?}");
    }
}

#[test]
fn stories_have_a_page_that_a_stranger_can_follow() {
    let gallery = text(&root().join("docs/src/gallery.md"));
    for name in stories() {
        let page = text(&root().join(folder(&name)).join("README.md"));
        let parts =
            ["# ", "**The question.**", "## Who is in it", "## The policies", "## What came out", "<!-- output -->\n```text\n"];
        let parts = parts.into_iter().chain(["## How to read it", "## What to try next"]);
        let mut from = 0;
        for part in parts {
            let at = page[from..].find(part).unwrap_or_else(|| panic!("{name}: no `{part}` behind what comes before it"));
            from += at;
        }
        // What is shown came from this story, and names its policies.
        let shown = page.split("<!-- output -->\n```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an output");
        assert!(shown.starts_with(&format!("{name}: ")), "{name}: {shown}");
        let policies: Vec<String> = std::fs::read_dir(root().join(folder(&name)).join("policies"))
            .expect("policies")
            .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        assert!(policies.len() >= 3 && policies.iter().any(|policy| policy == "reactive"), "{name}: {policies:?}");
        policies.iter().for_each(|policy| assert!(shown.contains(policy.as_str()), "{name} does not show {policy}"));
        assert!(page.contains(&format!("](../../docs/src/images/{name}.png)")), "{name} has no picture");
        assert!(root().join(format!("docs/src/images/{name}.png")).is_file(), "the picture of {name} is not there");
        let title = page.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a title");
        assert!(
            gallery.contains(&format!("<!-- {name} -->\n\n## {title}\n")),
            "{name} is not in the gallery: docs/refresh gallery"
        );
        assert!(gallery.contains(&format!("](images/{name}.png)")), "the gallery does not show {name}");
        let question = page.split("**The question.** ").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a question");
        assert!(gallery.contains(question.trim()), "the gallery asks something else than {name}: docs/refresh gallery");
    }
}

#[test]
fn what_others_measured_is_shipped_with_its_licence() {
    let page = text(&root().join("scenarios/data/README.md"));
    for entry in std::fs::read_dir(root().join("scenarios/data")).expect("data") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let heading = page.lines().find(|line| line.starts_with("## ") && line.contains(&name));
        let heading = heading.unwrap_or_else(|| panic!("nothing says where {name} is from"));
        let section = page.split(heading).nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
        for word in ["**Licence**", "**Source**"] {
            assert!(section.contains(word), "the section of {name} has no {word}");
        }
    }
}
