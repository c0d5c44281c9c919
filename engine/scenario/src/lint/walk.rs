//! Walks over trees: every node, and every name that stands in one.

use crate::tree::{Node, What};
use std::collections::BTreeSet;

/// Entries whose texts people read and programs do not.
const FOR_PEOPLE: &[&str] = &["label", "title", "unit", "name"];

/// Calls `see` for a node and all that lie in it, keys of braces left out.
pub(crate) fn every<'n>(node: &'n Node, see: &mut dyn FnMut(&'n Node)) {
    see(node);
    match &node.what {
        What::List(items) | What::Tuple(_, items) => items.iter().for_each(|item| every(item, see)),
        What::Map(entries) => entries.iter().for_each(|(_, value)| every(value, see)),
        What::Record(_, entries) => entries.iter().for_each(|(_, _, value)| every(value, see)),
        What::Word(_) | What::Text { .. } | What::Number { .. } | What::Bool(_) => {}
    }
}

/// Adds all names in a text: an expression's names, and in a text for people words that may look like some.
pub(super) fn names_in(text: &str, names: &mut BTreeSet<String>) {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    names.extend(text.split(|c| !inside(c)).filter(|word| !word.is_empty()).map(str::to_owned));
}

/// Adds all names that stand in a node, as words, in texts and before brackets; those of keys are not names that are read.
pub(super) fn names(node: &Node, found: &mut BTreeSet<String>) {
    every(node, &mut |node| match &node.what {
        What::Word(text) | What::Text { text, .. } => names_in(text, found),
        What::Tuple(head, _) | What::Record(head, _) if !head.is_empty() => {
            found.insert(head.clone());
        }
        _ => {}
    });
}

/// Adds all names whose value is read: as [`names`], without texts for people, and without a field's part in its own change.
pub(super) fn reads(node: &Node, found: &mut BTreeSet<String>) {
    match &node.what {
        What::Word(text) | What::Text { text, .. } => names_in(text, found),
        What::List(items) | What::Tuple(_, items) => items.iter().for_each(|item| reads(item, found)),
        What::Map(entries) => entries.iter().for_each(|(_, value)| reads(value, found)),
        What::Record(head, entries) => {
            for (name, _, value) in entries.iter().filter(|(name, ..)| !FOR_PEOPLE.contains(&name.as_str())) {
                let mut inside = BTreeSet::new();
                reads(value, &mut inside);
                if head == "Set" {
                    inside.remove(name);
                }
                found.append(&mut inside);
            }
        }
        What::Number { .. } | What::Bool(_) => {}
    }
}
