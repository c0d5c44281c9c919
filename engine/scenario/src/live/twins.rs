//! Twins: kinds whose actors stand for real ones, and what can be reported of them.

use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::kinds::{KindCompiler, constant_span};
use crate::tables::{KindInfo, Tables};
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_world::plan::{Payload, Schema};
use serde::Serialize;

/// A kind whose actors stand for real ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TwinInfo {
    /// The kind's name.
    pub kind: String,
    /// Its number.
    pub number: u16,
    /// Whether those that nobody knows are enrolled by the first event about them.
    pub enrols: bool,
    /// What is personal of what is reported, by the names of fields: it is kept apart and never enters the world.
    pub person: Vec<String>,
    /// What can be reported.
    pub reports: Vec<ReportInfo>,
}

impl TwinInfo {
    /// A report by its name.
    #[must_use]
    pub fn report(&self, name: &str) -> Option<&ReportInfo> {
        self.reports.iter().find(|report| report.name == name)
    }
}

/// What can be reported of a twin.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReportInfo {
    /// Its name: the type of the event.
    pub name: String,
    /// The message that the twin hears.
    pub message: u16,
    /// What it carries.
    #[serde(skip)]
    pub fields: Vec<Payload>,
    /// Words of all that.
    pub words: u16,
    /// How long after it happened it may still arrive \[ns\]; whenever it likes where `None`.
    pub late: Option<u64>,
    /// Whether one that happened before another of its sort that is known already is put aside.
    pub in_order: bool,
}

/// What a kind is told to do as a twin.
#[derive(Clone, Debug, Default)]
pub(crate) struct TwinParts {
    enrols: bool,
    person: Vec<String>,
    reports: Vec<Reported>,
    instead: Vec<(String, At, Node)>,
}

#[derive(Clone, Debug)]
struct Reported {
    name: String,
    at: At,
    message: u16,
    steps: Option<Node>,
    late: Option<u64>,
    in_order: bool,
}

impl Tables {
    /// Reads the twins of `Live(...)`: the fields that they have besides, and the shapes of their reports.
    pub(crate) fn read_twins(&mut self, definitions: &Definitions) {
        let Some(twins) = definitions.live.as_ref().and_then(|node| node.get("twins")) else { return };
        for (name, at, node) in twins.entries() {
            let Some(kind) = self.kind_ids.get(&name).copied() else {
                let names: Vec<String> = self.kind_ids.keys().cloned().collect();
                self.unknown(at, "kind", &name, names.iter().map(String::as_str));
                continue;
            };
            if node.head() != "Twin" {
                let fault = Fault::new(node.at, format!("a twin is written Twin(...), found {}", node.describe()));
                self.faults.add(fault.help("as in car: Twin(reports: { broke_down: Report(do: [Goto(dead)]) })"));
                continue;
            }
            let mut info = std::mem::take(&mut self.kinds[usize::from(kind)]);
            let parts = self.twin(&mut info, &node);
            info.twin = parts.map(Box::new);
            self.kinds[usize::from(kind)] = info;
        }
    }

    fn twin(&mut self, kind: &mut KindInfo, node: &Node) -> Option<TwinParts> {
        let args = self.arguments(node, &["unknown", "fields", "reports", "instead", "person"])?;
        let enrols = match args.get("unknown").map(|node| (node.head().to_owned(), node.at)) {
            None => false,
            Some((word, _)) if word == "Refuse" => false,
            Some((word, _)) if word == "Enrol" => true,
            Some((word, at)) => {
                self.unknown(at, "way with unknown twins", &word, ["Refuse", "Enrol"]);
                false
            }
        };
        for (name, at, ty) in args.get("fields").map(Node::entries).unwrap_or_default() {
            self.add_field(kind, &name, at, &ty, kind.env, false);
        }
        let mut parts = TwinParts { enrols, ..TwinParts::default() };
        parts.person = self.names_in(args.get("person"), "a personal field").into_iter().map(|(name, _)| name).collect();
        parts.instead = args.get("instead").map(Node::entries).unwrap_or_default();
        for (name, at, report) in args.get("reports").map(Node::entries).unwrap_or_default() {
            parts.reports.extend(self.report(kind, name, at, &report));
        }
        Some(parts)
    }

    fn report(&mut self, kind: &KindInfo, name: String, at: At, node: &Node) -> Option<Reported> {
        if node.head() != "Report" {
            let fault = Fault::new(node.at, format!("a report is written Report(...), found {}", node.describe()));
            self.faults.add(fault.help("as in Report(takes: { warmth: Temperature }, do: [Set(warmth: \"event.warmth\")])"));
            return None;
        }
        let args = self.arguments(node, &["takes", "do", "late", "in_order"])?;
        let late = match args.get("late").cloned() {
            Some(node) => Some((constant_span(self, &node, 0)? * 1e9) as u64),
            None => None,
        };
        let in_order = self.plain_bool(args.get("in_order"), "`in_order`");
        let message = if let Some(native) = &kind.native {
            // Its Rust code hears messages by their own names.
            let Some(said) = native.hears.iter().find(|said| said.name == name) else {
                let heard: Vec<&str> = native.hears.iter().map(|said| said.name.as_str()).collect();
                let help = format!("it hears {}", heard.join(", "));
                self.faults.add(Fault::new(at, format!("native kind `{}` hears no `{name}`", kind.name)).help(help));
                return None;
            };
            let fields: Vec<(&str, Type)> = said.carries.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect();
            self.messages.declare(&name, &fields)
        } else {
            let mut fields: Vec<(String, Type)> = Vec::new();
            for (field, _, ty) in args.get("takes").map(Node::entries).unwrap_or_default() {
                fields.push((field, self.written_type(&ty, kind.env)?.ty));
            }
            let fields: Vec<(&str, Type)> = fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect();
            // A space keeps it from being told by a name that somebody writes.
            self.messages.declare(&format!("{} reports {name}", kind.name), &fields)
        };
        Some(Reported { name, at, message, steps: args.get("do").cloned(), late, in_order })
    }

    /// The twins as they are once messages have their shapes.
    pub(super) fn twin_infos(&self) -> Vec<TwinInfo> {
        let mut found = Vec::new();
        for (number, kind) in (0..).zip(&self.kinds) {
            let Some(parts) = &kind.twin else { continue };
            let report = |report: &Reported| {
                let Schema { fields, words, .. } = self.messages.known[usize::from(report.message)].clone();
                let Reported { name, message, late, in_order, .. } = report.clone();
                ReportInfo { name, message, fields, words, late, in_order }
            };
            let reports = parts.reports.iter().map(report).collect();
            let (kind, person) = (kind.name.clone(), parts.person.clone());
            found.push(TwinInfo { kind, number, enrols: parts.enrols, person, reports });
        }
        found
    }
}

impl KindCompiler<'_> {
    /// Compiles what the kind does as a twin.
    pub(crate) fn twin(&mut self, parts: &TwinParts, env: u32) {
        self.out.twin = true;
        self.out.enrols = parts.enrols;
        for report in &parts.reports {
            let Some(steps) = &report.steps else { continue };
            let path = format!("reports/{}", report.name);
            if let Some(handler) = self.handling(report.message, report.at, steps, env, None, &path) {
                self.add_handler(report.message, handler);
            }
        }
        for (message, at, node) in &parts.instead {
            let id = self.tables.messages.id(message);
            let path = format!("instead/{message}");
            if let Some(handler) = self.handling(id, *at, node, env, None, &path) {
                let instead = &mut self.out.instead;
                instead.resize(instead.len().max(usize::from(id) + 1), Vec::new());
                instead[usize::from(id)].push(handler);
            }
        }
    }
}
