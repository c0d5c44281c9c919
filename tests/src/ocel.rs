//! The rules of OCEL 2.0, against which event logs are held.
//!
//! Not a reader of event logs: it looks at the document as JSON, and panics where a rule is broken.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a text is a date and time of ISO 8601 as event logs have it.
fn is_moment(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00.000000Z" || shape == "0000-00-00T00:00:00Z"
}

/// The attributes that each type declares, with their types.
fn declared(types: &Value) -> BTreeMap<&str, BTreeMap<&str, &str>> {
    let mut declared = BTreeMap::new();
    for one in list(types) {
        let attributes = list(&one["attributes"]);
        let named: BTreeMap<&str, &str> = attributes.iter().map(|a| (word(&a["name"]), word(&a["type"]))).collect();
        assert_eq!(named.len(), attributes.len(), "an attribute is declared twice: {one}");
        assert!(declared.insert(word(&one["name"]), named).is_none(), "a type is declared twice: {one}");
    }
    declared
}

fn check_attributes(of: &Value, types: &BTreeMap<&str, BTreeMap<&str, &str>>, changing: bool) {
    let attributes = types.get(word(&of["type"])).unwrap_or_else(|| panic!("its type is not declared: {of}"));
    let mut seen = BTreeSet::new();
    for attribute in list(&of["attributes"]) {
        let name = word(&attribute["name"]);
        let value = &attribute["value"];
        let sound = match *attributes.get(name).unwrap_or_else(|| panic!("`{name}` is not declared: {of}")) {
            "string" => value.is_string(),
            "time" => value.as_str().is_some_and(is_moment),
            "integer" => value.is_i64() || value.is_u64(),
            "float" => value.is_number(),
            "boolean" => value.is_boolean(),
            other => panic!("`{other}` is no type of attribute"),
        };
        assert!(sound, "`{name}` is not of its type: {of}");
        if changing {
            assert!(is_moment(word(&attribute["time"])), "{of}");
        } else {
            assert!(seen.insert(name), "`{name}` stands twice: {of}");
        }
    }
}

/// The rules: names are unique, types and attributes declared, times dates in order, relations to what is there.
///
/// # Panics
/// When one is broken.
pub fn check(log: &Value) {
    let members: BTreeSet<&str> = log.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["eventTypes", "events", "objectTypes", "objects"].into());
    let (event_types, object_types) = (declared(&log["eventTypes"]), declared(&log["objectTypes"]));
    let (events, objects) = (list(&log["events"]), list(&log["objects"]));
    let ids: BTreeSet<&str> = objects.iter().map(|object| word(&object["id"])).collect();
    assert_eq!(ids.len(), objects.len(), "names of objects are unique");
    let event_ids: BTreeSet<&str> = events.iter().map(|event| word(&event["id"])).collect();
    assert_eq!(event_ids.len(), events.len(), "names of events are unique");
    let related = |of: &Value| {
        let mut seen = BTreeSet::new();
        for relation in list(&of["relationships"]) {
            let (object, qualifier) = (word(&relation["objectId"]), word(&relation["qualifier"]));
            assert!(ids.contains(object), "related to what is not there: {of}");
            assert!(!qualifier.is_empty() && seen.insert((object, qualifier)), "{of}");
        }
    };
    let mut last = "";
    for event in events {
        check_attributes(event, &event_types, false);
        related(event);
        let time = word(&event["time"]);
        assert!(is_moment(time) && last <= time, "{event}");
        last = time;
    }
    for object in objects {
        check_attributes(object, &object_types, true);
        related(object);
    }
}

/// A list of JSON.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// A text of JSON.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
