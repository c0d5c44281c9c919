//! What the files of a scenario define, sorted by sort.

use crate::fault::{At, Fault};
use crate::tables::{Procedure, Tables, Taken};
use crate::tree::{Node, What};
use std::collections::BTreeMap;

/// A definition and where its name stands.
pub(crate) type Named = (String, At, Node);

/// All definitions of a scenario.
#[derive(Default)]
pub(crate) struct Definitions {
    pub(crate) scenario: Option<Node>,
    pub(crate) kinds: Vec<Named>,
    pub(crate) mixins: BTreeMap<String, Node>,
    /// As they stand; see [`Tables::procedures`] for what they are.
    pub(crate) procedures: Vec<Node>,
    pub(crate) channels: Vec<Named>,
    pub(crate) contact_rules: Option<Node>,
    pub(crate) templates: Vec<Named>,
    pub(crate) interface: Option<Node>,
    pub(crate) policies: Vec<Named>,
    /// Decision tables that everybody may look in.
    pub(crate) tables: Vec<Named>,
    /// Columns, series and rows.
    pub(crate) data: Vec<Named>,
    pub(crate) measures: Vec<Node>,
    pub(crate) pairs: Vec<Node>,
    pub(crate) breakdowns: Vec<Node>,
    /// Which measures are money.
    pub(crate) value: Option<Node>,
    /// What is expected of measures.
    pub(crate) expect: Vec<Node>,
    pub(crate) segments: Option<Node>,
    pub(crate) experiment: Option<Node>,
    /// What is real where it runs live.
    pub(crate) live: Option<Node>,
    /// Whether something could not be read, so that names seem to be missing that are there.
    pub(crate) incomplete: bool,
}

/// The definitions there are.
pub(crate) const SORTS: &[&str] = &[
    "Scenario",
    "Kind",
    "Mixin",
    "Procedure",
    "Channel",
    "ContactRules",
    "Template",
    "Interface",
    "Policy",
    "Table",
    "Column",
    "Series",
    "Rows",
    "Measures",
    "Pairs",
    "Breakdowns",
    "Value",
    "Expect",
    "Segments",
    "Experiment",
    "Live",
];

impl Definitions {
    /// Sorts the definitions of a file in.
    pub(crate) fn add(&mut self, tables: &mut Tables, file: &Node) {
        for node in file.items() {
            let named = |tables: &mut Tables| match node.get("name") {
                Some(name) => tables.name_of(name, "a name").map(|text| (text, name.at, node.clone())),
                None => {
                    tables.fault(node.at, format!("{}(...) lacks `name`", node.head()));
                    None
                }
            };
            match node.head() {
                "Kind" => match named(tables) {
                    Some((name, at, _)) if self.kinds.iter().any(|(have, ..)| *have == name) => {
                        tables.fault(at, format!("there are two kinds called `{name}`"));
                        self.incomplete = true;
                    }
                    Some(kind) => self.kinds.push(kind),
                    None => self.incomplete = true,
                },
                "Channel" => self.channels.extend(named(tables)),
                "Template" => match named(tables) {
                    Some((name, at, _)) if self.templates.iter().any(|(have, ..)| *have == name) => {
                        tables.fault(at, format!("there are two templates called `{name}`"));
                    }
                    template => self.templates.extend(template),
                },
                "Column" | "Series" | "Rows" => self.data.extend(named(tables)),
                "Policy" => self.policies.extend(named(tables)),
                "Table" => self.tables.extend(named(tables)),
                "Mixin" => {
                    if let Some((name, at, node)) = named(tables)
                        && self.mixins.insert(name.clone(), node).is_some()
                    {
                        tables.fault(at, format!("there are two mixins called `{name}`"));
                    }
                }
                "Procedure" => {
                    if let Some((name, at, node)) = named(tables) {
                        add_procedure(tables, &name, at, &node);
                        self.procedures.push(node);
                    }
                }
                "Scenario" => once(tables, &mut self.scenario, &node),
                "ContactRules" => once(tables, &mut self.contact_rules, &node),
                "Interface" => once(tables, &mut self.interface, &node),
                "Segments" => once(tables, &mut self.segments, &node),
                "Experiment" => once(tables, &mut self.experiment, &node),
                "Live" => once(tables, &mut self.live, &node),
                "Measures" => self.measures.push(node.clone()),
                "Pairs" => self.pairs.push(node.clone()),
                "Breakdowns" => self.breakdowns.push(node.clone()),
                "Value" => once(tables, &mut self.value, &node),
                "Expect" => self.expect.push(node.clone()),
                "" => {
                    let fault =
                        Fault::new(node.at, format!("expected a definition such as Kind(...), found {}", node.describe()));
                    tables.faults.add(fault.help(format!("a file holds definitions: {}", SORTS.join(", "))));
                }
                other => {
                    tables.unknown(node.at, "definition", other, SORTS.iter().copied());
                    self.incomplete = true;
                }
            }
        }
    }
}

fn once(tables: &mut Tables, place: &mut Option<Node>, node: &Node) {
    if place.is_some() {
        return tables.fault(node.at, format!("there is a second {}(...): a scenario has one", node.head()));
    }
    *place = Some(node.clone());
}

fn add_procedure(tables: &mut Tables, name: &str, at: At, node: &Node) {
    let Some(args) = tables.arguments(node, &["!name", "params", "!do", "undo"]) else { return };
    let mut params = Vec::new();
    for (param, at, taken) in args.get("params").map(Node::entries).unwrap_or_default() {
        let taken = match taken.head() {
            "Value" => Taken::Value,
            "Name" => Taken::Name,
            "Expr" => Taken::Expr,
            "Steps" => Taken::Steps,
            other => {
                tables.unknown(at, "sort of parameter", other, ["Value", "Name", "Expr", "Steps"]);
                Taken::Value
            }
        };
        params.push((param, taken));
    }
    if crate::steps::STEPS.contains(&name) {
        return tables.fault(at, format!("`{name}` is a step of the language: choose another name for the procedure"));
    }
    if !name.starts_with(char::is_uppercase) {
        let fault = Fault::new(at, format!("procedure `{name}` begins with a small letter"));
        return tables.faults.add(fault.help("procedures are called like steps, with a capital letter: Notify, OfferSlots"));
    }
    let undo = args.get("undo").map(Node::items).unwrap_or_default();
    if let (Some(node), true) = (args.get("undo"), undo.is_empty()) {
        let fault = Fault::new(node.at, format!("the undo of procedure `{name}` undoes nothing"));
        tables.faults.add(fault.help("leave it out where there is nothing to undo"));
    }
    let procedure = Procedure { at, params, body: args.need("do").items(), undo };
    if let Some(before) = tables.procedures.insert(name.to_owned(), procedure) {
        let first = tables.sources.cite(before.at);
        tables
            .faults
            .add(Fault::new(at, format!("there are two procedures called `{name}`")).help(format!("the first is at {first}")));
    }
}

impl Node {
    /// The items of a list node, or nothing for other nodes.
    pub(crate) fn list(&self) -> Option<&[Node]> {
        match &self.what {
            What::List(items) => Some(items),
            _ => None,
        }
    }
}
