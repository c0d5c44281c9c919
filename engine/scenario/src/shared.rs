//! What a scenario uses of the files that it shares with others: kinds that nothing refers to are left out, and so is what
//! is done about messages that nobody tells.
//!
//! A library file may hold more than one story needs. Mixins and procedures are compiled where they are used; a kind would
//! be compiled all the same, and what it tells and awaits would have to be heard and told.

use crate::definitions::{Definitions, Named};
use crate::fault::At;
use crate::tables::Tables;
use crate::tree::{Node, What};
use std::collections::{BTreeMap, BTreeSet};

impl Definitions {
    /// Leaves out the kinds of `shared` files whose names stand nowhere in what is used.
    pub(crate) fn leave_out_unused(&mut self, shared: &BTreeSet<u32>) {
        let is_shared = |node: &Node| shared.contains(&node.at.source);
        let mut waiting: BTreeMap<String, Vec<&Node>> = BTreeMap::new();
        let mut used: Vec<&Node> = Vec::new();
        let named = |list: &'_ [Named]| list.iter().map(|(name, _, node)| (name.clone(), node.clone())).collect::<Vec<_>>();
        let procedures = self.procedures.iter().filter_map(|node| Some((node.get("name")?.as_text()?.to_owned(), node.clone())));
        let mixins = self.mixins.iter().map(|(name, node)| (name.clone(), node.clone()));
        let all: Vec<(String, Node)> = named(&self.kinds).into_iter().chain(mixins).chain(procedures).collect();
        for (name, node) in &all {
            if is_shared(node) {
                waiting.entry(name.clone()).or_default().push(node);
            } else {
                used.push(node);
            }
        }
        let frames = [&self.scenario, &self.contact_rules, &self.interface, &self.segments, &self.experiment];
        used.extend(frames.into_iter().flatten());
        let others = [&self.policies, &self.channels, &self.templates, &self.tables, &self.data];
        used.extend(others.into_iter().flatten().map(|(.., node)| node));
        used.extend(self.measures.iter().chain(&self.pairs).chain(&self.breakdowns));
        while let Some(node) = used.pop() {
            words(node, &mut |word| used_by(word, &mut waiting, &mut used));
        }
        let unused: BTreeSet<String> = waiting.into_keys().collect();
        self.kinds.retain(|(name, _, node)| !is_shared(node) || !unused.contains(name));
    }
}

impl Tables {
    /// Remembers that a message is told at a place: at one of the scenario's own files rather than at a shared one.
    pub(crate) fn tells(&mut self, message: u16, at: At) {
        let before = self.told.get(&message);
        if before.is_none_or(|before| self.shared.contains(&before.source) && !self.shared.contains(&at.source)) {
            self.told.insert(message, at);
        }
    }

    /// Whether a handler of a shared file, which stands at `at`, is for a message that nobody tells in this scenario.
    pub(crate) fn goes_unused(&mut self, message: u16, at: At) -> bool {
        if !self.shared.contains(&at.source) || self.messages.is_declared(message) {
            return false;
        }
        self.heard_in_shared.insert(message);
        self.silent.contains(&message)
    }

    /// Ends a pass: finds the messages that nobody tells; whether they are others than before.
    pub(crate) fn settle_silence(&mut self) -> bool {
        let spoken = |message: &&u16| self.told.contains_key(message) || self.told_in_vain.contains(message);
        let silent: BTreeSet<u16> = self.heard_in_shared.iter().filter(|message| !spoken(message)).copied().collect();
        let changed = silent != self.silent;
        self.silent = silent;
        changed
    }
}

/// Moves what a word names from what waits to what is used.
fn used_by<'n>(word: &str, waiting: &mut BTreeMap<String, Vec<&'n Node>>, used: &mut Vec<&'n Node>) {
    if let Some(nodes) = waiting.remove(word) {
        used.extend(nodes);
    }
}

/// All words of a tree that may be names: bare words, heads, and those within texts.
fn words(node: &Node, found: &mut impl FnMut(&str)) {
    match &node.what {
        What::Word(word) => found(word),
        What::Text { text, .. } => text.split(|c: char| !c.is_alphanumeric() && c != '_').for_each(found),
        What::List(items) => items.iter().for_each(|item| words(item, found)),
        What::Tuple(head, items) => {
            found(head);
            items.iter().for_each(|item| words(item, found));
        }
        What::Record(head, entries) => {
            found(head);
            entries.iter().for_each(|(_, _, value)| words(value, found));
        }
        What::Map(entries) => entries.iter().for_each(|(key, value)| {
            words(key, found);
            words(value, found);
        }),
        What::Number { .. } | What::Bool(_) => {}
    }
}
