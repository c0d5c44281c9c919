//! Words about contacts that are of no use: categories that no contact has, templates that nobody sends.

use super::walk::{every, names};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::compile::nearest;
use std::collections::BTreeSet;

/// Arguments that list categories.
const LISTS: [&str; 4] = ["bypass", "without_consent", "of", "except"];

impl Tables {
    /// Adds categories of the rules and templates whose names stand nowhere else.
    pub(super) fn idle_contact_words(&self, definitions: &Definitions, found: &mut Vec<Fault>) {
        let mut elsewhere = BTreeSet::new();
        let rules = definitions.contact_rules.as_ref();
        let own: Vec<_> =
            rules.into_iter().chain(definitions.templates.iter().map(|(.., node)| node)).map(|node| node.at).collect();
        definitions.all().into_iter().filter(|node| !own.contains(&node.at)).for_each(|node| {
            names(node, &mut elsewhere);
            keys(node, &mut elsewhere);
        });
        let mut listed = Vec::new();
        if let Some(rules) = rules {
            every(rules, &mut |node| listed.extend(LISTS.iter().filter_map(|name| node.get(name)).flat_map(Node::items)));
        }
        for node in listed.iter().filter(|node| node.as_text().is_some_and(|name| !elsewhere.contains(name))) {
            let name = node.as_text().unwrap_or_default();
            let help = match nearest(name, elsewhere.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give a Contact this category, or remove it".to_owned(),
            };
            found.push(Fault::new(node.at, format!("nothing is of category `{name}`")).help(help));
        }
        for (name, at, _) in definitions.templates.iter().filter(|(name, ..)| !elsewhere.contains(name)) {
            found.push(Fault::new(*at, format!("nobody sends template `{name}`")).help("name it in a Contact, or remove it"));
        }
    }
}

/// Adds the names by which things stand in braces.
fn keys(node: &Node, found: &mut BTreeSet<String>) {
    every(node, &mut |node| {
        if let crate::tree::What::Map(_) = node.what {
            found.extend(node.entries().into_iter().map(|(name, ..)| name));
        }
    });
}
