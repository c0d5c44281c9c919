//! Claims that are of no use: given back as soon as they are got, or asked for by those who hold all there is.

use super::walk::every;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::types::HolderKind;

impl Tables {
    /// Adds what is seized as the last thing that steps do, and what is seized twice by the same steps.
    pub(super) fn idle_claims(&self, definitions: &Definitions, found: &mut Vec<Fault>) {
        for definition in definitions.all() {
            every(definition, &mut |node| {
                bodies(node).into_iter().for_each(|body| seized_last(body, found));
                self.seized_twice(node.list().unwrap_or_default(), found);
            });
        }
    }

    /// Steps that wait for what they hold themselves wait for ever.
    fn seized_twice(&self, steps: &[Node], found: &mut Vec<Fault>) {
        let mut held: Vec<(&Node, f64)> = Vec::new();
        for step in steps {
            match step.head() {
                "Release" => {
                    let what = match &step.what {
                        What::Tuple(_, items) => items.first().and_then(Node::as_text),
                        _ => step.get("claim").and_then(Node::as_text),
                    };
                    held.retain(|(seize, _)| seize.get("as").and_then(Node::as_text) != what);
                }
                "Seize" => {
                    let gives_up = ["balk_if", "renege_after", "else"].iter().any(|name| step.get(name).is_some());
                    let (Some(resource), Some(units)) = (step.get("resource").and_then(Node::as_text), units(step)) else {
                        continue;
                    };
                    let same = |(seize, _): &&(&Node, f64)| seize.get("resource").and_then(Node::as_text) == Some(resource);
                    let mine: f64 = held.iter().filter(same).map(|(_, units)| units).sum();
                    if let Some(capacity) = self.capacity(resource).filter(|capacity| mine > 0.0 && mine + units > *capacity)
                        && !gives_up
                    {
                        let message = format!(
                            "these steps wait for ever: they hold {mine} of `{resource}` already, and it has {capacity} in all"
                        );
                        found.push(Fault::new(step.at, message).help("give back what they hold first, by Release(...)"));
                    }
                    held.push((step, units));
                }
                // What else a step may give back is not followed.
                "Set" | "Let" | "Note" | "Tell" | "Delay" | "Put" => {}
                _ => held.clear(),
            }
        }
    }

    /// The most units that a resource of this name ever has, where that is one known number.
    fn capacity(&self, resource: &str) -> Option<f64> {
        let name = resource.rsplit('.').next()?.trim();
        let holders = self.kinds.iter().flat_map(|kind| &kind.holders).filter(|(have, ..)| have == name);
        let mut most = None;
        for (_, kind, node, _) in holders {
            let value = match (&node.what, kind) {
                (What::Record(..), HolderKind::Resource) => node.get("capacity")?,
                (What::Tuple(_, items), HolderKind::Resource) => items.first()?,
                _ => return None,
            };
            let What::Number { value, .. } = value.what else { return None };
            most = Some(value.max(most.unwrap_or(0.0)));
        }
        most
    }
}

fn units(seize: &Node) -> Option<f64> {
    match seize.get("units").map(|units| &units.what) {
        None => Some(1.0),
        Some(What::Number { value, .. }) => Some(*value),
        Some(_) => None,
    }
}

/// The steps after which nothing follows: processes, handlers and what timers do.
fn bodies(node: &Node) -> Vec<&Node> {
    let What::Record(head, entries) = &node.what else { return Vec::new() };
    let mut bodies = Vec::new();
    for (name, _, value) in entries {
        match (name.as_str(), head.as_str()) {
            ("process", "State") | ("do", "") => bodies.push(value),
            ("on", _) => {
                if let What::Map(handlers) = &value.what {
                    bodies.extend(handlers.iter().map(|(_, steps)| steps));
                }
            }
            _ => {}
        }
    }
    bodies
}

fn seized_last(body: &Node, found: &mut Vec<Fault>) {
    let Some(last) = body.list().and_then(<[Node]>::last).filter(|step| step.head() == "Seize") else { return };
    let fault = Fault::new(last.at, "what is seized here is given back at once: these steps end, and what they hold goes back");
    found.push(fault.help("go on in these steps, or hand a pool's actor over by Goto(state: ..., with: (...))"));
}
