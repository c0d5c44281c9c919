//! Policies: minds that see what the interface shows, remember it, and decide by rules.

mod alone;
mod cells;
mod conditions;
mod features;
mod force;
mod interface;
mod patterns;
mod reads;
mod rows;
mod rules;
mod tables;

use crate::code::{Place, Purpose, value_routine};
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::kinds::KindCompiler;
use crate::scope::EventShape;
use crate::tables::Tables;
use rehearsal_language::types::Type;
use rehearsal_policy::mode::Mode;
use rehearsal_policy::select::Force;
use rehearsal_world::plan::{Handler, Kind, Looked, PolicyPlan, Remembered, Seen};

pub(crate) use interface::Interface;
pub(crate) use tables::TableInfo;

/// Compiles the mind of a policy.
pub(crate) struct PolicyCompiler<'a> {
    pub(crate) kinds: KindCompiler<'a>,
    pub(crate) interface: &'a Interface,
    /// Patterns so far, with the messages by which they are heard.
    pub(crate) patterns: Vec<(String, u16)>,
    /// When the policy is in force, and so each of its rules.
    pub(crate) force: Force,
}

impl PolicyCompiler<'_> {
    /// Compiles the mind; gives its kind and its plan.
    pub(crate) fn run(mut self, name: &str) -> (Kind, PolicyPlan) {
        let kind = self.kinds.kind;
        self.kinds.tables.levers = Some(self.interface.levers.clone());
        self.kinds.tables.hears = self.interface.hears.iter().map(|(name, ..)| name.clone()).collect();
        self.remembers();
        self.look_for(name);
        self.rules();
        let (tables, program) = (&mut *self.kinds.tables, &mut *self.kinds.program);
        let out = std::mem::take(&mut self.kinds.out);
        let mut compiled = KindCompiler { tables, program, kind, out, sources: Vec::new() }.run();
        self.kinds.tables.levers = None;
        self.kinds.tables.hears.clear();
        rules::sort_rules(&mut compiled);
        let about = self.interface.about;
        let mut plan = PolicyPlan {
            name: name.to_owned(),
            kind,
            mode: Mode::Live,
            shadow: None,
            about,
            sees: Vec::new(),
            listeners: Vec::new(),
        };
        self.sees(&compiled, &mut plan);
        (compiled, plan)
    }

    /// The number of the message by which an event reaches a mind, and what it carries.
    fn event(&mut self, name: &str, at: At) -> Option<u16> {
        if let Some((_, message)) = self.patterns.iter().find(|(have, _)| have == name) {
            return Some(*message);
        }
        if self.interface.hears.iter().any(|(have, ..)| have == name) {
            let id = self.kinds.tables.messages.id(name);
            self.kinds.tables.heard.entry(id).or_insert(at);
            return Some(id);
        }
        if self.interface.sees.iter().any(|(have, ..)| have == name) {
            return Some(self.kinds.tables.seen_message(name));
        }
        let known: Vec<String> = self
            .interface
            .sees
            .iter()
            .map(|(name, ..)| name.clone())
            .chain(self.interface.hears.iter().map(|(name, ..)| name.clone()))
            .chain(self.patterns.iter().map(|(name, _)| name.clone()))
            .collect();
        let what = if self.patterns.is_empty() {
            "event in the interface called"
        } else {
            "event in the interface or pattern above called"
        };
        self.kinds.tables.unknown(at, what, name, known.iter().map(String::as_str));
        None
    }

    /// What the mind sees, where any of its rules, patterns or features listens.
    fn sees(&mut self, mind: &Kind, plan: &mut PolicyPlan) {
        for (name, at, from, delay) in &self.interface.sees.clone() {
            let tables = &mut *self.kinds.tables;
            let Some(note) = tables.notes.find(name) else {
                let names: Vec<String> = tables.notes.names().map(str::to_owned).collect();
                tables.unknown(*at, "note", name, names.iter().map(String::as_str));
                continue;
            };
            let message = tables.seen_message(name);
            let place =
                Place { kind: self.kinds.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path: "sees" };
            let Some((routine, ty)) = value_routine(self.kinds.program, tables, &place, from, 0, None) else { continue };
            let Type::Ref { kinds, .. } = ty else {
                tables.fault(from.at, "`from` is the actor that states it, such as profile or owner");
                continue;
            };
            let listens = |handlers: &[Handler]| handlers.iter().any(|handler| handler.rule.is_some());
            let heard = mind.handlers.get(message as usize).is_some_and(|handlers| listens(handlers));
            let looks = |looked: &Looked| looked.steps.iter().any(|step| step.message == message);
            let heard = heard || mind.patterns.iter().any(looks);
            let read = &self.kinds.tables.recorded.features;
            let all = self.kinds.tables.remembers_all;
            let feeds = |fed: &Remembered| fed.message == message && (all || read.contains(&(plan.kind, fed.name.clone())));
            let fed = mind.remembers.iter().any(feeds);
            for by in kinds.list() {
                if !self.kinds.tables.stated.contains(&(note, by)) && self.kinds.tables.final_pass {
                    let who = self.kinds.tables.kind_name(by);
                    self.kinds.tables.fault(*at, format!("a {who} never notes `{name}`, so no policy can see it"));
                }
                if !plan.listeners.iter().any(|(kind, _)| *kind == by) {
                    plan.listeners.push((by, routine));
                }
                if heard || fed {
                    plan.sees.push(Seen { policy: plan.kind, note, by, message, delay: *delay });
                }
            }
        }
    }
}

impl Tables {
    /// The message by which a note reaches the minds that see it; it carries what the note carries.
    pub(crate) fn seen_message(&mut self, note: &str) -> u16 {
        let schema = self.notes.find(note).map(|id| self.notes.known[id as usize].clone()).unwrap_or_default();
        let fields: Vec<(&str, Type)> = schema.fields.iter().map(|field| (field.name.as_str(), field.ty.clone())).collect();
        let id = self.messages.declare(&format!("seen {note}"), &fields);
        self.messages.known[id as usize].name = note.to_owned();
        id
    }

    /// A fault where a scenario with policies lacks an interface page.
    pub(crate) fn needs_interface(&mut self, definitions: &Definitions) {
        if let (Some((_, at, _)), None) = (definitions.policies.first(), &definitions.interface) {
            let fault = Fault::new(*at, "there are policies, but no Interface(...) that says what they may see and do");
            self.faults.add(fault.help("write an interface.ron and list it under `use`"));
        }
    }
}
