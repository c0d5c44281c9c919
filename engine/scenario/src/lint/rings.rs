//! Messages that chase each other inside a household without time passing.
//!
//! Only handlers of whole kinds are looked at, and of their steps only those that are taken in any case, so that a ring
//! that is told is one: the run would stop as soon as one of its messages came.

use super::walk::every;
use crate::fault::{At, Fault};
use crate::tables::{KindInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::types::{Kinds, Type};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps that neither wait nor leave.
const PLAIN: &[&str] = &["Set", "Put", "Let", "Note", "Tell", "Spawn", "Contact", "Release", "Reserve", "Cancel", "If"];

/// A kind that hears a message.
type Hearer = (u16, String);

impl Tables {
    /// Adds a fault for each ring.
    pub(super) fn rings(&mut self) {
        let mut chases: BTreeMap<Hearer, Vec<(Hearer, At)>> = BTreeMap::new();
        for (number, kind) in (0..).zip(&self.kinds) {
            for (message, steps, env) in always(kind) {
                let mut found = Vec::new();
                self.told(number, &steps.items(), env, &[], &mut found);
                chases.insert((number, message), found);
            }
        }
        let mut done: BTreeSet<Hearer> = BTreeSet::new();
        for start in chases.keys() {
            if let Some(ring) = ring(&chases, start).filter(|ring| !ring.iter().any(|(hearer, _)| done.contains(hearer))) {
                done.extend(ring.iter().map(|(hearer, _)| hearer.clone()));
                self.tell_ring(&ring);
            }
        }
    }

    fn tell_ring(&mut self, ring: &[(Hearer, At)]) {
        let name = |(kind, _): &Hearer| self.kind_name(*kind);
        let parts: Vec<String> = ring
            .iter()
            .enumerate()
            .map(|(at, (hearer, _))| {
                let (next, _) = &ring[(at + 1) % ring.len()];
                let whom = if next.0 == hearer.0 { "itself".into() } else { name(next) };
                format!("{} hears `{}` and tells {whom} `{}`", name(hearer), hearer.1, next.1)
            })
            .collect();
        let message = format!("messages chase each other without time passing: {}", parts.join(", "));
        let fault = Fault::new(ring[0].1, message);
        self.faults.add(fault.help("give one of them a delay, as in after: \"1s\", or tell it only under a test"));
    }

    /// Adds what steps tell the own household at once and in any case; whether more steps would be taken after them.
    fn told(&self, kind: u16, steps: &[Node], env: u32, params: &[String], found: &mut Vec<(Hearer, At)>) -> bool {
        for step in steps {
            match step.head() {
                "Tell" => found.extend(self.tell_at_once(kind, step, env, params).map(|hearer| (hearer, step.at))),
                "If" if !plain(step) => return false,
                head if PLAIN.contains(&head) => {}
                head => {
                    let Some(procedure) = self.procedures.get(head) else { return false };
                    let params: Vec<String> = procedure.params.iter().map(|(name, _)| name.clone()).collect();
                    if params.len() > 20 || !self.told(kind, &procedure.body, 0, &params, found) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Who of the household hears a Tell, and what.
    fn tell_at_once(&self, kind: u16, step: &Node, env: u32, params: &[String]) -> Option<Hearer> {
        let argument = |name: &str, place: usize| match &step.what {
            What::Tuple(_, items) => items.get(place).cloned(),
            _ => step.get(name).cloned(),
        };
        let given = |node: &Node| node.as_text().is_some_and(|text| params.iter().any(|param| param == text));
        if argument("after", 3).is_some() {
            return None;
        }
        let (to, message) = (argument("to", 0)?, argument("message", 1)?);
        if given(&to) || given(&message) || to.as_text().is_some_and(|word| self.bound(env, word).is_some()) {
            return None;
        }
        let (message, _) = self.resolve(&message, env);
        let info = &self.kinds[kind as usize];
        let hearer = match to.as_text()?.trim() {
            "self" | "me" => kind,
            name => {
                let field = info.field(name)?;
                match (&field.ty, field.part) {
                    (_, Some(part)) => part,
                    (Type::Ref { kinds: Kinds::One(whole), .. }, None) if field.whole => *whole,
                    _ => return None,
                }
            }
        };
        Some((hearer, message.as_text()?.to_owned()))
    }
}

/// Whether an `If` only does what neither waits nor leaves.
fn plain(step: &Node) -> bool {
    let mut plain = true;
    for branch in ["then", "else"] {
        for inner in step.get(branch).map(Node::items).unwrap_or_default() {
            every(&inner, &mut |node| {
                let step = node.head().starts_with(char::is_uppercase);
                plain &= !step || PLAIN.contains(&node.head());
            });
        }
    }
    plain
}

/// Messages that a kind handles in the same way whatever its state, with the steps.
fn always(kind: &KindInfo) -> Vec<(String, Node, u32)> {
    let mut elsewhere: BTreeSet<String> = BTreeSet::new();
    let nodes = kind.regions.iter().flat_map(|region| region.node.iter().chain(region.states.iter().map(|state| &state.node)));
    for node in nodes {
        elsewhere.extend(node.get("on").map(Node::entries).unwrap_or_default().into_iter().map(|(name, ..)| name));
    }
    let mut found: Vec<(String, Node, u32)> = Vec::new();
    for (message, _, node, env) in &kind.on {
        // Of several handlers the first is asked first; one with a test may pass the message on.
        if !elsewhere.insert(message.clone()) {
            continue;
        }
        match &node.what {
            What::Record(..) => {}
            _ => found.push((message.clone(), node.clone(), *env)),
        }
    }
    found
}

/// The ring that leads from a hearer back to itself by the fewest messages, if there is one.
fn ring(chases: &BTreeMap<Hearer, Vec<(Hearer, At)>>, start: &Hearer) -> Option<Vec<(Hearer, At)>> {
    let mut reached: BTreeMap<&Hearer, (&Hearer, At)> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(hearer) = waiting.pop_front() {
        for (next, at) in &chases[hearer] {
            if next == start {
                let mut ring = vec![(hearer.clone(), *at)];
                let mut last = hearer;
                while last != start {
                    let (before, at) = reached[last];
                    ring.push((before.clone(), at));
                    last = before;
                }
                ring.reverse();
                return Some(ring);
            }
            if chases.contains_key(next) && !reached.contains_key(next) {
                reached.insert(next, (hearer, *at));
                waiting.push_back(next);
            }
        }
    }
    None
}
