//! Makes a description of what was compiled and recorded.

use super::{Change, Description, Group, Interface, Kind, Lever, Note, Pair, Policy, Region, SCHEMA, Sort, Talk, Value};
use crate::definitions::Definitions;
use crate::load::Trial;
use crate::tables::{FieldInfo, KindInfo, Tables};
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_world::plan::{Happening, Plan, Schema};
use std::collections::BTreeSet;

/// The message by which a contact arrives.
const CONTACTED: &str = "contacted";

/// Names of a list that are all shown.
const NAMED_MAX: usize = 6;

impl Tables {
    /// The scenario as data.
    pub(crate) fn describe(
        &self,
        plan: &Plan,
        definitions: &Definitions,
        interface: Option<&crate::policies::Interface>,
        trial: &Trial,
    ) -> Description {
        let people = (1..).zip(self.kinds.iter().skip(1)).take(definitions.kinds.len());
        let start = definitions.scenario.as_ref().and_then(|node| node.get("start")).and_then(Node::as_text);
        Description {
            schema: SCHEMA,
            name: plan.name.clone(),
            title: plan.title.clone(),
            start: start.unwrap_or_default().to_owned(),
            length: plan.length as f64 / 1e9,
            latency: plan.latency as f64 / 1e9,
            mapped: plan.roads.is_some(),
            groups: plan
                .groups
                .iter()
                .map(|group| Group { name: group.name.clone(), kind: self.kind_name(group.kind), count: group.count })
                .collect(),
            kinds: people.map(|(number, kind)| self.kind(plan, number, kind)).collect(),
            talk: self.talk(plan),
            notes: self.stated_notes(plan, interface),
            interface: interface.map(|interface| self.page(interface)),
            policies: trial.policies.iter().map(|policy| self.policy(plan, *policy)).collect(),
            settings: crate::settings::listed(&definitions.all(), &self.sources),
            measures: plan.measures.iter().filter(|measure| !measure.hidden).map(crate::MeasureInfo::of).collect(),
            value: self.judged.value.clone(),
            expectations: self.judged.expectations.clone(),
            pairs: self.judged.pairs.iter().map(pair).collect(),
        }
    }

    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Name(Some(names)) if names.len() <= NAMED_MAX => {
                names.iter().map(|name| self.symbols.name(*name)).collect::<Vec<_>>().join(" or ")
            }
            other => other.describe(&|kind| self.kind_name(kind)),
        }
    }

    fn value(&self, name: &str, ty: &Type) -> Value {
        Value { name: name.to_owned(), ty: self.type_name(ty) }
    }

    fn carried(&self, schema: &Schema) -> Vec<Value> {
        schema.fields.iter().map(|field| self.value(&field.name, &field.ty)).collect()
    }

    fn kind(&self, plan: &Plan, number: u16, info: &KindInfo) -> Kind {
        let values = |wanted: &dyn Fn(&FieldInfo) -> bool| {
            info.fields.iter().filter(|field| wanted(field)).map(|field| self.value(&field.name, &field.ty)).collect()
        };
        let heard = (0..plan.messages.len() as u16).filter(|message| self.hears(plan, number, *message));
        Kind {
            name: info.name.clone(),
            like: info.mixins.clone(),
            native: info.native.is_some(),
            traits: values(&|field| field.fixed && field.part.is_none()),
            fields: values(&|field| !field.fixed && !field.board && field.part.is_none()),
            board: values(&|field| field.board),
            parts: values(&|field| field.part.is_some()),
            owns: info
                .holders
                .iter()
                .map(|(name, kind, ..)| Value { name: name.clone(), ty: holder(&self.type_name(&Type::Holder(*kind))) })
                .collect(),
            regions: self.regions_of(number, info),
            hears: heard.map(|message| plan.messages[message as usize].name.clone()).collect(),
            answers: info.answers.iter().map(|(name, ..)| name.clone()).collect(),
            spawns: self.recorded.spawns.iter().filter(|(by, _)| *by == number).map(|(_, kind)| self.kind_name(*kind)).collect(),
        }
    }

    /// Whether actors of a kind do something when a message comes.
    fn hears(&self, plan: &Plan, kind: u16, message: u16) -> bool {
        let compiled = &plan.kinds[kind as usize];
        let name = &plan.messages[message as usize].name;
        let native = self.kinds[kind as usize].native.as_ref();
        compiled.handlers.get(message as usize).is_some_and(|handlers| !handlers.is_empty())
            || compiled.awaited.get(message as usize).is_some_and(|awaited| *awaited)
            || native.is_some_and(|native| native.hears.iter().any(|said| said.name == *name))
    }

    fn regions_of(&self, number: u16, info: &KindInfo) -> Vec<Region> {
        let full = |place: (u16, u16)| info.full_name(place);
        let region = |at: u16| {
            let region = &info.regions[at as usize];
            // Inside a region its states have their own names.
            let name = |place: (u16, u16)| {
                if place.0 == at { region.states[place.1 as usize].name.clone() } else { full(place) }
            };
            let mut changes: BTreeSet<Change> = BTreeSet::new();
            for (_, from, to, path) in self.recorded.gotos.iter().filter(|(kind, _, to, _)| *kind == number && to.0 == at) {
                let from = from.and_then(|(region, state)| Some(name((region, state?))));
                changes.insert(Change { from, to: name(*to), by: trigger(path) });
            }
            Region {
                name: region.name.clone(),
                within: region.parent.map(full),
                initial: region.initial.as_text().unwrap_or_default().to_owned(),
                states: (0..region.states.len() as u16).map(|state| name((at, state))).collect(),
                changes: changes.into_iter().collect(),
            }
        };
        (0..info.regions.len() as u16).map(region).collect()
    }

    fn talk(&self, plan: &Plan) -> Vec<Talk> {
        let mut talk = Vec::new();
        for (by, message, to) in self.recorded.tells.keys() {
            let schema = &plan.messages[*message as usize];
            // Of those who may be told, those who listen; where anybody may be told, all who listen.
            let all: Vec<u16> = (1..plan.kinds.len() as u16).collect();
            let told = if to.is_empty() { &all } else { to };
            let to = told.iter().filter(|kind| self.hears(plan, **kind, *message)).map(|kind| self.kind_name(*kind)).collect();
            let carries = self.carried(schema);
            talk.push(Talk { from: self.kind_name(*by), to, name: schema.name.clone(), sort: Sort::Message, carries });
        }
        for (by, question, of) in self.recorded.asks.keys() {
            let schema = &plan.questions[*question as usize];
            let answers = |kind: &u16| self.kinds[*kind as usize].answers.iter().any(|(name, ..)| *name == schema.name);
            let to = of.iter().filter(|kind| answers(kind)).map(|kind| self.kind_name(*kind)).collect();
            let carries = self.carried(schema);
            talk.push(Talk { from: self.kind_name(*by), to, name: schema.name.clone(), sort: Sort::Question, carries });
        }
        if let Some(contacted) = self.messages.find(CONTACTED) {
            let heard = (1..plan.kinds.len() as u16).filter(|kind| self.hears(plan, *kind, contacted));
            let to: Vec<String> = heard.map(|kind| self.kind_name(kind)).collect();
            for by in &self.recorded.contacts {
                let carries = self.carried(&plan.messages[contacted as usize]);
                let from = self.kind_name(*by);
                talk.push(Talk { from, to: to.clone(), name: CONTACTED.into(), sort: Sort::Contact, carries });
            }
        }
        for kind in &self.kinds {
            for said in kind.native.iter().flat_map(|native| &native.tells) {
                let Some(message) = self.messages.find(&said.name) else { continue };
                let heard = (1..plan.kinds.len() as u16).filter(|kind| self.hears(plan, *kind, message));
                let to = heard.map(|kind| self.kind_name(kind)).collect();
                let carries = self.carried(&plan.messages[message as usize]);
                talk.push(Talk { from: kind.name.clone(), to, name: said.name.clone(), sort: Sort::Message, carries });
            }
        }
        talk
    }

    fn stated_notes(&self, plan: &Plan, interface: Option<&crate::policies::Interface>) -> Vec<Note> {
        let mut notes = Vec::new();
        for (number, schema) in (0..).zip(&plan.notes) {
            let by: Vec<String> =
                self.stated.iter().filter(|(note, _)| *note == number).map(|(_, kind)| self.kind_name(*kind)).collect();
            let looks = |measure: &&rehearsal_world::plan::MeasurePlan| {
                measure.hooks.iter().any(|hook| matches!(hook.at, Happening::Note(note) if note == number))
            };
            let measures = plan.measures.iter().filter(looks).map(|measure| measure.name.clone()).collect();
            let seen = interface.is_some_and(|interface| interface.sees.iter().any(|(name, ..)| *name == schema.name));
            if !by.is_empty() {
                notes.push(Note { name: schema.name.clone(), by, carries: self.carried(schema), seen, measures });
            }
        }
        notes
    }

    fn page(&self, interface: &crate::policies::Interface) -> Interface {
        let names = |list: &[(String, crate::fault::At, Node)]| list.iter().map(|(name, ..)| name.clone()).collect();
        let lever = |name: &String| {
            let procedure = self.procedures.get(name);
            let params = procedure.map(|procedure| procedure.params.iter().map(|(name, _)| name.clone()).collect());
            Lever { name: name.clone(), params: params.unwrap_or_default() }
        };
        Interface {
            about: self.kind_name(interface.about),
            knows: names(&interface.knows),
            sees: interface.sees.iter().map(|(name, ..)| name.clone()).collect(),
            hears: names(&interface.hears),
            remembers: names(&interface.remembers),
            levers: interface.levers.iter().map(lever).collect(),
        }
    }

    fn policy(&self, plan: &Plan, number: usize) -> Policy {
        let policy = &plan.policies[number];
        let regions = self.regions_of(policy.kind, &self.kinds[policy.kind as usize]);
        Policy { name: policy.name.clone(), regions, profile_bytes: None }
    }
}

fn pair(pair: &crate::measures::PairInfo) -> Pair {
    Pair { label: pair.label.clone(), company: pair.company.clone(), customer: pair.customer.clone() }
}

/// A sort of holder by its name alone, without the article.
fn holder(described: &str) -> String {
    described.rsplit(' ').next().unwrap_or(described).to_owned()
}

/// What makes a routine run, from its path: `home/on/called`, `main.home/after3`, `rules/watching/light_is_on`.
fn trigger(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., "on", message] => format!("on {message}"),
        ["rules", _, name] => format!("rule {name}"),
        [.., last] => last.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(),
        [] => String::new(),
    }
}
