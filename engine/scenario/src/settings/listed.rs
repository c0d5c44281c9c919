//! What can be set: values that people like to change, each with the shortest path that means it and nothing else.

use super::{at, child, children, definition, descend, is_value, leaf, sections};
use crate::describe::Setting;
use crate::fault::{At, Sources};
use crate::tree::{Node, What};

/// Sections of a definition whose values people like to change.
const SECTIONS: &[&str] = &["params", "like", "traits", "owns", "with"];

/// Values of a scenario's or an experiment's own.
const OWN: &[&str] = &["start", "length", "latency", "replications", "seed", "warm_up", "count", "delay", "notice", "cost"];

/// All that can be set in definitions, in the order of the files.
pub(crate) fn listed(definitions: &[&Node], sources: &Sources) -> Vec<Setting> {
    let mut found: Vec<Found> = Vec::new();
    let mut definitions = definitions.to_vec();
    definitions.sort_by_key(|node| node.at);
    for node in definitions {
        let lower = node.head().to_lowercase();
        let name = node.get("name").and_then(Node::as_text).unwrap_or(&lower);
        values(node, name, sources, &mut found);
        for section in sections(node) {
            for (name, _, _) in node.get(section).map(Node::entries).unwrap_or_default() {
                values(node, &name, sources, &mut found);
            }
        }
    }
    found.into_iter().map(|found| found.setting).collect()
}

/// A setting and the place of its value, which is listed once.
struct Found {
    at: At,
    setting: Setting,
}

/// Adds the values under the definition or group `name`.
fn values(node: &Node, name: &str, sources: &Sources, found: &mut Vec<Found>) {
    let Some(start) = definition(node, name) else { return };
    let here = at(node, &start);
    for own in OWN {
        if let Some(way) = child(here, own) {
            add(node, name, &start, &[way], sources, found);
        }
    }
    for (section, way) in SECTIONS.iter().filter_map(|section| Some((*section, child(here, section)?))) {
        for (entry, (_, value)) in children(at(here, &[way])).iter().enumerate() {
            // What a mixin is given has names of its own.
            if section != "like" {
                add(node, name, &start, &[way, entry], sources, found);
            }
            for (deeper, _) in children(value).iter().enumerate().filter(|(_, (_, value))| is_value(value)) {
                add(node, name, &start, &[way, entry, deeper], sources, found);
            }
        }
    }
}

/// Adds what a way leads to, if it is a value that a path can name.
fn add(node: &Node, name: &str, start: &[usize], way: &[usize], sources: &Sources, found: &mut Vec<Found>) {
    let Ok(meant) = leaf(node, [start, way].concat()) else { return };
    let value = at(node, &meant);
    let Some(written) = shown(value) else { return };
    let names: Vec<String> =
        (0..way.len()).map(|step| children(at(node, &[start, &way[..step]].concat()))[way[step]].0.clone()).collect();
    let place = sources.cite(value.at);
    if found.iter().any(|setting| setting.at == value.at) {
        return;
    }
    // The last name alone, if it is enough; else with those before it. What is inside a holder says of which.
    let least = if way.len() == 3 && child(at(node, start), "owns") == Some(way[0]) { 2 } else { 1 };
    for length in least..=names.len() {
        let tail: Vec<&str> = names[names.len() - length..].iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let Some(last) = tail.last() else { continue };
        let means = descend(node, start.to_vec(), &tail).and_then(|way| leaf(node, way).map_err(|problem| (problem, None)));
        if !last.is_empty() && means.as_ref() == Ok(&meant) {
            let setting = Setting { path: format!("{name}.{}", tail.join(".")), value: written, place };
            found.push(Found { at: value.at, setting });
            return;
        }
    }
}

/// A value as it would be written behind a `=`.
fn shown(value: &Node) -> Option<String> {
    match &value.what {
        What::Number { value, whole } => Some(whole.map_or_else(|| value.to_string(), |whole| whole.to_string())),
        What::Bool(value) => Some(value.to_string()),
        What::Text { text, .. } => Some(text.clone()),
        // A bare word mostly is a name of something else, which is no number to turn.
        _ => None,
    }
}
