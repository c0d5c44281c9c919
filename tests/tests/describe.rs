//! `rehearsal describe`: what people and programs read of a scenario. `UPDATE_EXPECT=1` rewrites the golden files.

use expect_test::expect_file;
use rehearsal_tests::{Copied, root};
use serde_json::Value;
use std::fs;

const SHOP: &str = "tests/fixtures/corner-shop.ron";
const CAR: &str = "scenarios/broken-down-car";

fn golden(name: &str, said: &str) {
    expect_file![root().join("tests/goldens/describe").join(name)].assert_eq(said);
}

fn json(copied: &Copied, words: &[&str]) -> Value {
    serde_json::from_str(&copied.done(&[&["describe", "--format", "json"], words].concat())).expect("JSON")
}

#[test]
fn a_small_story_as_text_as_json_and_as_a_picture() {
    let copied = Copied::new();
    golden("corner-shop.txt", &copied.done(&["describe", SHOP]));
    golden("corner-shop.json", &copied.done(&["describe", SHOP, "--format", "json"]));
    assert_eq!(copied.done(&["describe", SHOP, "--svg", "shop.svg"]), "");
    golden("corner-shop.svg", &fs::read_to_string(copied.path("shop.svg")).expect("a picture"));
}

#[test]
fn the_picture_in_the_guide_is_of_the_present_town() {
    let copied = Copied::new();
    let _ = copied.done(&["describe", CAR, "--svg", "kinds.svg"]);
    let picture = fs::read_to_string(copied.path("kinds.svg")).expect("a picture");
    expect_file![root().join("docs/src/images/kinds.svg")].assert_eq(&picture);
}

#[test]
fn whatever_is_listed_can_be_set_to_what_it_is() {
    let copied = Copied::new();
    for path in [SHOP, CAR] {
        let mut before = json(&copied, &[path]);
        let settings = before["settings"].as_array().expect("settings").clone();
        assert!(settings.len() >= 8, "{settings:?}");
        let mut words = vec![path.to_owned()];
        for setting in &settings {
            let (path, value) = (setting["path"].as_str().expect("a path"), setting["value"].as_str().expect("a value"));
            words.extend(["--set".to_owned(), format!("{path}={value}")]);
        }
        let mut after = json(&copied, &words.iter().map(String::as_str).collect::<Vec<_>>());
        let pairs = |value: &Value| -> Vec<(String, String)> {
            let settings = value["settings"].as_array().expect("settings");
            settings.iter().map(|setting| (setting["path"].to_string(), setting["value"].to_string())).collect()
        };
        let (mut listed, mut again) = (pairs(&before), pairs(&after));
        listed.sort();
        again.sort();
        assert_eq!(listed, again);
        for value in [&mut before, &mut after] {
            value["settings"] = Value::Null;
        }
        assert_eq!(before, after);
    }
}

#[test]
fn what_is_set_is_described() {
    let copied = Copied::new();
    let described = json(&copied, &[SHOP, "--set", "customers.count=7", "--set", "shop.till=3"]);
    assert_eq!(described["groups"][1]["count"], 7);
    let settings = described["settings"].as_array().expect("settings");
    let till = settings.iter().find(|setting| setting["path"] == "shop.till").expect("the till");
    assert_eq!(till["value"], "3");
}

#[test]
fn who_speaks_to_whom_is_what_the_programs_do() {
    let copied = Copied::new();
    let described = json(&copied, &[CAR]);
    let said = |from: &str, name: &str| -> Vec<String> {
        let talk = described["talk"].as_array().expect("talk");
        let said = talk.iter().filter(|said| said["from"] == from && said["name"] == name);
        said.flat_map(|said| said["to"].as_array().expect("hearers").clone())
            .map(|to| to.as_str().expect("a kind").into())
            .collect()
    };
    // A mixin stands for several kinds, of which one hears; a lever's Tell is the policy's.
    assert_eq!(said("rescue", "towed"), ["car"]);
    assert_eq!(said("proactive policy", "send_truck"), ["dealer"]);
    assert_eq!(said("reactive policy", "send_truck"), Vec::<String>::new());
    assert_eq!(said("driver", "answered"), ["proactive policy", "chatty policy"]);
}
