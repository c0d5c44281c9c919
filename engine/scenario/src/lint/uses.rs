//! Definitions, parameters, fields and names that nothing uses.

use super::walk::{every, names, reads};
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::tables::{FieldInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::types::Type;
use std::collections::BTreeSet;

impl Tables {
    /// Adds what nothing uses.
    pub(super) fn unused(&self, definitions: &Definitions, found: &mut Vec<Fault>) {
        let all = definitions.all();
        self.unused_mixins(definitions, found);
        self.unused_procedures(&all, found);
        self.unmade_kinds(definitions, &all, found);
        unused_parameters(&all, found);
        unseen_patterns(definitions, found);
        self.unread_fields(&all, found);
        unread_data(definitions, &all, found);
        for node in &all {
            let mut undone = BTreeSet::new();
            // What a procedure names is known where it is undone.
            node.get("undo").into_iter().for_each(|undo| names(undo, &mut undone));
            unread_lets(node, &undone, found);
        }
    }

    fn unused_mixins(&self, definitions: &Definitions, found: &mut Vec<Fault>) {
        for (name, node) in definitions.mixins.iter().filter(|(name, _)| !self.mixin_kinds.contains_key(*name)) {
            let fault = Fault::new(name_at(node), format!("no kind is like mixin `{name}`"));
            found.push(fault.help(format!("add it to a kind, as in like: [{name}], or remove it")));
        }
    }

    fn unused_procedures(&self, all: &[&Node], found: &mut Vec<Fault>) {
        let mut called = BTreeSet::new();
        for node in all {
            let What::Record(_, entries) = &node.what else { continue };
            // The name by which a procedure is defined is no call of it.
            for (_, _, value) in entries.iter().filter(|(name, ..)| name != "name") {
                every(value, &mut |node| {
                    called.insert(node.head());
                });
            }
        }
        for (name, procedure) in self.procedures.iter().filter(|(name, _)| !called.contains(name.as_str())) {
            let fault = Fault::new(procedure.at, format!("nobody calls procedure `{name}`, and it is no lever"));
            found.push(fault.help("call it, list it under `levers` of the interface, or remove it"));
        }
    }

    /// Kinds that nobody is of: no group, part, pool or `Spawn` makes one.
    fn unmade_kinds(&self, definitions: &Definitions, all: &[&Node], found: &mut Vec<Fault>) {
        let mut made = BTreeSet::new();
        for node in all {
            every(node, &mut |node| makes(node, &mut made));
        }
        for (name, at, _) in definitions.kinds.iter().filter(|(name, ..)| !made.contains(name)) {
            let fault = Fault::new(*at, format!("nobody is a `{name}`: no group, part, pool or Spawn makes one"));
            found.push(fault.help(format!("add a group, as in {name}s: Group(kind: {name}, count: 10), or remove the kind")));
        }
    }

    /// Fields whose value nothing looks at. What is public, points to others or says where somebody is, is looked at.
    fn unread_fields(&self, all: &[&Node], found: &mut Vec<Fault>) {
        let mut read: BTreeSet<String> = BTreeSet::from(["here".to_owned(), "profile".to_owned()]);
        for node in all {
            reads(node, &mut read);
        }
        let quiet = |field: &&FieldInfo| {
            let refers = matches!(field.ty, Type::Ref { .. });
            !field.board && !field.whole && field.part.is_none() && !refers && !read.contains(&field.name)
        };
        for kind in self.kinds.iter().filter(|kind| kind.native.is_none() && !kind.policy) {
            for field in kind.fields.iter().filter(quiet) {
                let what = if field.fixed { "trait" } else { "field" };
                let fault = Fault::new(field.at, format!("{what} `{}` is never read", field.name));
                found.push(fault.help("use it in an expression or a measure, or remove it"));
            }
        }
    }
}

impl Definitions {
    /// All definitions, and measures as they stand.
    pub(crate) fn all(&self) -> Vec<&Node> {
        let named = [&self.kinds, &self.channels, &self.templates, &self.policies, &self.tables, &self.data];
        let mut all: Vec<&Node> = named.into_iter().flatten().map(|(_, _, node)| node).collect();
        all.extend(self.mixins.values());
        all.extend(self.procedures.iter());
        all.extend(self.measures.iter().chain(&self.pairs).chain(&self.breakdowns));
        all.extend(&self.expect);
        let single = [&self.scenario, &self.contact_rules, &self.interface, &self.value, &self.segments, &self.experiment];
        all.extend(single.into_iter().flatten());
        all
    }
}

/// Patterns that no rule and no other pattern looks at.
fn unseen_patterns(definitions: &Definitions, found: &mut Vec<Fault>) {
    for (_, _, policy) in &definitions.policies {
        let mut named = BTreeSet::new();
        names(policy, &mut named);
        let patterns = policy.get("patterns").map(Node::entries).unwrap_or_default();
        for (name, at, _) in patterns.into_iter().filter(|(name, ..)| !named.contains(name)) {
            let fault = Fault::new(at, format!("no rule looks at pattern `{name}`"));
            found.push(fault.help(format!("add one, as in Rule(name: ..., on: {name}, do: [...]), or remove the pattern")));
        }
    }
}

fn name_at(node: &Node) -> At {
    node.get("name").map_or(node.at, |name| name.at)
}

/// Adds the kinds that a node makes actors of, and names that may stand for one.
fn makes(node: &Node, made: &mut BTreeSet<String>) {
    match &node.what {
        What::Tuple(head, items) if matches!(head.as_str(), "Part" | "Parts" | "Spawn" | "Group" | "Pool" | "Source") => {
            made.extend(items.first().and_then(Node::as_text).map(str::to_owned));
        }
        What::Record(head, entries) if head != "Kind" => {
            // `kind: x`, and whatever is given to a mixin's or procedure's parameter.
            let given = entries.iter().filter(|(name, ..)| name == "kind" || !is_language(head));
            made.extend(given.filter_map(|(_, _, value)| value.as_text()).map(str::to_owned));
        }
        _ => {}
    }
}

/// Whether a name before brackets is a word of the language whose other entries name no kind to be made.
fn is_language(head: &str) -> bool {
    const OTHERS: &[&str] = &[
        "",
        "Mixin",
        "Policy",
        "Interface",
        "Segments",
        "Final",
        "Level",
        "Group",
        "Pool",
        "Scenario",
        "Experiment",
        "ContactRules",
        "Channel",
        "Template",
        "Procedure",
        "State",
        "Region",
        "Board",
        "Answer",
        "Table",
        "Row",
    ];
    OTHERS.contains(&head) || crate::steps::STEPS.contains(&head)
}

/// Parameters of kinds, mixins, policies and procedures that stand nowhere in them.
fn unused_parameters(all: &[&Node], found: &mut Vec<Fault>) {
    for node in all {
        let What::Record(head, entries) = &node.what else { continue };
        let Some(params) = node.get("params") else { continue };
        let mut used = BTreeSet::new();
        let own = entries.iter().filter(|(name, ..)| name != "params").map(|(_, _, value)| value);
        match head.as_str() {
            // What the scenario has, all of it may use.
            "Scenario" => {
                own.chain(all.iter().copied().filter(|other| other.at != node.at)).for_each(|part| names(part, &mut used))
            }
            _ => own.for_each(|part| names(part, &mut used)),
        }
        for (name, at, _) in params.entries().iter().filter(|(name, ..)| !used.contains(name)) {
            let owner = node.get("name").and_then(Node::as_text).unwrap_or_default();
            let fault = Fault::new(*at, format!("parameter `{name}` of {} `{owner}` is never used", head.to_lowercase()));
            found.push(fault.help("use it, or remove it here and where it is given"));
        }
    }
}

/// Data that nothing draws from or reads.
fn unread_data(definitions: &Definitions, all: &[&Node], found: &mut Vec<Fault>) {
    let mut read = BTreeSet::new();
    // What a definition says of its own file asks for nothing.
    let others = all.iter().filter(|node| definitions.data.iter().all(|(_, _, own)| own.at != node.at));
    others.for_each(|node| reads(node, &mut read));
    for (name, at, node) in definitions.data.iter().filter(|(name, ..)| !read.contains(name)) {
        let fault = Fault::new(*at, format!("{} `{name}` is never read", node.head()));
        found.push(fault.help("use it in an expression, or remove it"));
    }
}

/// Names of `Let` that no step behind them reads.
fn unread_lets(node: &Node, undone: &BTreeSet<String>, found: &mut Vec<Fault>) {
    every(node, &mut |node| {
        for (at, step) in node.list().unwrap_or_default().iter().enumerate().filter(|(_, step)| step.head() == "Let") {
            let mut read = BTreeSet::new();
            node.list().unwrap_or_default()[at..].iter().for_each(|step| names(step, &mut read));
            for (name, place, _) in step.entries().iter().filter(|(name, ..)| !read.contains(name) && !undone.contains(name)) {
                let fault = Fault::new(*place, format!("`{name}` is never read"));
                found.push(fault.help("use it in a step behind this one, or remove it"));
            }
        }
    });
}
