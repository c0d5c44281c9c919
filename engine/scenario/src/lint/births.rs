//! Groups as they are born: whether those they ask for are there, and whether those that move stand somewhere.

use super::constants::{inside, within};
use super::walk::every;
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::tables::{KindInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, BinaryOp, Expr};
use rehearsal_language::types::HolderKind;
use std::collections::{BTreeMap, BTreeSet};

impl Tables {
    /// Adds faults of groups that are born too early, or nowhere.
    pub(super) fn births(&mut self, definitions: &Definitions, scenario: &Node) {
        if self.endless() {
            return;
        }
        let (moves, places) = travels(definitions);
        let nodes: BTreeMap<String, Node> = scenario
            .get("groups")
            .map(Node::entries)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _, node)| (name, node))
            .collect();
        for (number, (name, kind)) in self.groups.clone().iter().enumerate() {
            let Some(group) = nodes.get(name) else { continue };
            let given: Vec<(String, At, Node)> = group.get("with").map(Node::entries).unwrap_or_default();
            let names: BTreeSet<&str> = given.iter().map(|(name, ..)| name.as_str()).collect();
            let mut births: Vec<&Node> = given.iter().map(|(_, _, node)| node).collect();
            let kinds = self.kinds.clone();
            self.born(&kinds, *kind, &names, &mut Vec::new(), &mut births);
            self.too_early(number, name, &births);
            if moves && !places {
                self.nowhere(name, &kinds[*kind as usize], group, &names);
            }
        }
    }

    /// Adds a fault for each kind that is born with one of its own; whether there is any.
    fn endless(&mut self) -> bool {
        let kinds = self.kinds.clone();
        let mut found = false;
        for kind in 0..kinds.len() as u16 {
            for (at, name, first) in self.comes_with(&kinds[kind as usize]) {
                let mut path = vec![kind];
                if !self.leads_back(&kinds, first, &mut path, &mut BTreeSet::new()) {
                    continue;
                }
                let names: Vec<&str> = path.iter().chain([&kind]).map(|kind| kinds[*kind as usize].name.as_str()).collect();
                let message = format!("a {} is born with `{name}`, and so without end: {}", names[0], names.join(" with "));
                self.faults.add(
                    Fault::new(at, message)
                        .help("name another actor by a Ref instead, or bring it into the world later by a Spawn"),
                );
                found = true;
            }
        }
        found
    }

    /// Whether the first of a path is born whenever one of `kind` is; the path then leads there.
    fn leads_back(&self, kinds: &[KindInfo], kind: u16, path: &mut Vec<u16>, seen: &mut BTreeSet<u16>) -> bool {
        if kind == path[0] {
            return true;
        }
        if !seen.insert(kind) {
            return false;
        }
        path.push(kind);
        let found =
            self.comes_with(&kinds[kind as usize]).into_iter().any(|(_, _, next)| self.leads_back(kinds, next, path, seen));
        if !found {
            path.pop();
        }
        found
    }

    /// What is born with an actor: its parts, and the units of its pools; with the place, the name and the kind of each.
    fn comes_with(&self, info: &KindInfo) -> Vec<(At, String, u16)> {
        let parts = info.fields.iter().filter_map(|field| Some((field.node.at, field.name.clone(), field.part?)));
        let pools = info.holders.iter().filter(|(_, kind, ..)| *kind == HolderKind::Pool).filter_map(|(name, _, node, env)| {
            let unit = self.resolve(node.get("kind")?, *env).0;
            Some((node.at, name.clone(), *self.kind_ids.get(unit.as_text()?)?))
        });
        parts.chain(pools).collect()
    }

    /// Adds what is evaluated when an actor of a kind is born, its parts and pools with it.
    fn born<'k>(
        &self,
        kinds: &'k [KindInfo],
        kind: u16,
        given: &BTreeSet<&str>,
        seen: &mut Vec<u16>,
        births: &mut Vec<&'k Node>,
    ) {
        if seen.contains(&kind) {
            return;
        }
        seen.push(kind);
        let info = &kinds[kind as usize];
        for field in info.fields.iter().filter(|field| !field.board && !given.contains(field.name.as_str())) {
            births.push(&field.node);
            if let Some(part) = field.part {
                self.born(kinds, part, &BTreeSet::new(), seen, births);
            }
        }
        for (_, _, node, env) in info.holders.iter().filter(|(_, kind, ..)| *kind == HolderKind::Pool) {
            births.extend(node.get("with"));
            let unit = node.get("kind").map(|kind| self.resolve(kind, *env).0);
            if let Some(unit) = unit.as_ref().and_then(Node::as_text).and_then(|name| self.kind_ids.get(name)) {
                self.born(kinds, *unit, &BTreeSet::new(), seen, births);
            }
        }
    }

    /// What a group's members ask for as they are born has to be born before.
    fn too_early(&mut self, number: usize, name: &str, births: &[&Node]) {
        let mut late: Vec<(At, String)> = Vec::new();
        for birth in births {
            every(birth, &mut |node| {
                let expr = self.parsed.get(&node.at).filter(|_| matches!(node.what, What::Text { .. }));
                if let Some(expr) = expr.and_then(Option::as_ref) {
                    certainly(expr, &mut |call, group| {
                        if self.groups.iter().position(|(have, _)| have == group).is_some_and(|at| at >= number) {
                            late.push((within(node.at, call), group.to_owned()));
                        }
                    });
                }
            });
        }
        for (at, group) in late {
            let message = format!("group `{name}` asks for a member of `{group}`, which is not born before it");
            let help = if group == name {
                format!("nobody of `{name}` is there yet: ask in a handler or a timer instead")
            } else {
                format!("put group `{group}` before `{name}`")
            };
            self.faults.add(Fault::new(at, message).help(help));
        }
    }

    /// Who can move and never gets a place cannot go anywhere.
    fn nowhere(&mut self, name: &str, kind: &KindInfo, group: &Node, given: &BTreeSet<&str>) {
        let Some(here) = kind.here().filter(|_| kind.moves && kind.native.is_none()) else { return };
        let bare = here.init.is_none() && !matches!(&here.node.what, What::Tuple(_, items) if !items.is_empty());
        if !bare || group.get("at").is_some() || given.contains("here") {
            return;
        }
        let message = format!("group `{name}` stands nowhere, and {} moves: it has no place to set out from", kind.name);
        self.faults.add(Fault::new(group.at, message).help("say where they stand, as in at: Homes"));
    }
}

/// Whether anything moves, and whether steps give anybody a place.
fn travels(definitions: &Definitions) -> (bool, bool) {
    let (mut moves, mut places) = (false, false);
    for node in definitions.all() {
        every(node, &mut |node| {
            moves |= node.head() == "Move";
            places |= node.head() == "Set" && node.get("here").is_some();
        });
    }
    (moves, places)
}

/// Calls `see` for each call that asks for a member of a group, with the group, where it is made in any case.
fn certainly(expr: &Expr, see: &mut dyn FnMut(&Expr, &str)) {
    if let ast::Node::Call { name, args, .. } = &expr.node
        && matches!(name.as_str(), "nearest" | "pick")
        && let Some(ast::Node::Name(group)) = args.first().map(|arg| &arg.node)
    {
        see(expr, group);
    }
    match &expr.node {
        ast::Node::Conditional { test, .. } => certainly(test, see),
        ast::Node::Binary { op: BinaryOp::And | BinaryOp::Or, left, .. } => certainly(left, see),
        // What a list function does for each item is not done for an empty list.
        ast::Node::Method { of, .. } => certainly(of, see),
        _ => inside(expr, &mut |inner| certainly(inner, see)),
    }
}
