//! How the channel of a contact is learned.

use crate::fault::Fault;
use crate::kinds::constant_span;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::program::Program;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{Kinds, Type};
use rehearsal_policy::channel::{Learning, Reaction, Tally};
use rehearsal_world::plan::{ContactPlan, Heard, Learn};

/// How many trials a segment stands for where the scenario does not say.
const STRENGTH: f64 = 5.0;

impl Tables {
    /// Reads `Learn(...)`.
    pub(super) fn learn(&mut self, program: &mut Program, node: &Node, plan: &ContactPlan, people: &Kinds) -> Option<Learn> {
        let args = self.arguments(node, &["!success", "!within", "failure", "by", "among", "prior", "strength"])?;
        let segment = self.rule(program, args.get("by"), &Type::Name(None), "learn/by", people);
        let among = self.among(args.get("among"), plan)?;
        let success = self.weights(&args.need("success"), 1.0);
        let failure = args.get("failure").map(|node| self.weights(node, f64::INFINITY)).unwrap_or_default();
        let mut heard = Vec::new();
        for (name, node, success) in success {
            heard.extend(self.heard(&name, &node, people, Reaction { success, harm: 0.0 }));
        }
        for (name, node, harm) in failure {
            heard.extend(self.heard(&name, &node, people, Reaction { success: 0.0, harm }));
        }
        let within = constant_span(self, &args.need("within"), 0)?;
        let prior = match args.get("prior").cloned() {
            Some(node) => self.prior(&node)?,
            None => Tally { successes: 1.0, failures: 1.0 },
        };
        let strength = match args.get("strength").cloned() {
            Some(node) => self.above_zero(&node, "`strength`")?,
            None => STRENGTH,
        };
        Some(Learn { segment, among, heard, learning: Learning { prior, strength, within: (within * 1e9) as u64 } })
    }

    /// The channels that may be chosen: those named, or all.
    fn among(&mut self, node: Option<&Node>, plan: &ContactPlan) -> Option<Vec<Symbol>> {
        let Some(node) = node else { return Some(plan.channels.iter().map(|channel| channel.name).collect()) };
        let mut among = Vec::new();
        for item in node.items() {
            let name = self.name_of(&item, "a channel")?;
            let symbol = self.symbols.intern(&name);
            if !plan.channels.iter().any(|channel| channel.name == symbol) {
                let names: Vec<String> = plan.channels.iter().map(|channel| self.symbols.name(channel.name).to_owned()).collect();
                self.unknown(item.at, "channel", &name, names.iter().map(String::as_str));
                return None;
            }
            among.push(symbol);
        }
        Some(among)
    }

    /// Notes with their weights, from above 0 to `most`; those of a list weigh 1.
    fn weights(&mut self, node: &Node, most: f64) -> Vec<(String, Node, f64)> {
        let What::Map(_) = node.what else {
            let names = node.items();
            return names.iter().filter_map(|node| Some((self.name_of(node, "a note")?, node.clone(), 1.0))).collect();
        };
        let mut found = Vec::new();
        for (name, at, value) in node.entries() {
            let Some(weight) = self.above_zero(&value, "a weight") else { continue };
            if weight > most {
                self.fault(value.at, format!("{weight} for `{name}`: a success weighs {most} at most"));
                continue;
            }
            found.push((name.clone(), Node::word(at, &name), weight));
        }
        found
    }

    /// A note of people that tells what became of a contact.
    fn heard(&mut self, name: &str, node: &Node, people: &Kinds, reaction: Reaction) -> Option<Heard> {
        let by_people = |tables: &Tables, note: u16| people.list().iter().any(|kind| tables.stated.contains(&(note, *kind)));
        let note = self.notes.find(name).filter(|note| *people == Kinds::Any || by_people(self, *note));
        let Some(note) = note else {
            if self.final_pass {
                let names: Vec<String> = self.notes.names().map(str::to_owned).collect();
                let known = names.iter().filter(|name| self.notes.find(name).is_some_and(|note| by_people(self, note)));
                let known: Vec<&str> = known.map(String::as_str).collect();
                self.unknown(node.at, "note of those who are contacted called", name, known);
            }
            return None;
        };
        let field = self.notes.known[note as usize].fields.iter().find(|field| field.name == "channel");
        let channel = field.filter(|field| matches!(field.ty, Type::Name(_))).map(|field| field.offset);
        Some(Heard { note, channel, reaction })
    }

    fn prior(&mut self, node: &Node) -> Option<Tally> {
        let args = self.arguments(node, &["!successes", "!failures"])?;
        let successes = self.above_zero(&args.need("successes"), "`successes`");
        let failures = self.above_zero(&args.need("failures"), "`failures`");
        Some(Tally { successes: successes?, failures: failures? })
    }

    fn above_zero(&mut self, node: &Node, what: &str) -> Option<f64> {
        let found = self.plain_number(node, what)?;
        if found > 0.0 {
            return Some(found);
        }
        self.faults.add(Fault::new(node.at, format!("{what} is {found}: it has to be above 0")));
        None
    }
}
