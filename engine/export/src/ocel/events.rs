//! Events of an event log: a record each, with a type, attributes and relations to those who take part.

use std::collections::BTreeSet;

use rehearsal_trace::{Contact, Decision, Fields, Record, Undecided, Value, Waypoint, What};
use serde::Serialize;
use serde_json::Value as Json;

use super::cases::{Case, Cases};
use super::types::{Sort, Types};
use super::{Relation, cases::CASE};
use crate::value::{Meaning, mentioned, number};

/// An event as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    time: String,
    attributes: Vec<Attribute>,
    relationships: Vec<Relation>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    name: String,
    value: Json,
}

impl Event {
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }
}

/// What the events of a log amount to for its objects.
pub(super) struct Found {
    /// The actors to which an event is related.
    pub(super) related: BTreeSet<u32>,
    /// The cases that no actor stands for.
    pub(super) cases: Vec<Case>,
    /// The names of cases to which an event is related.
    pub(super) related_cases: BTreeSet<String>,
}

/// Turns records into events, and keeps what the rest of the log needs to know of them.
pub(super) struct Events<'a> {
    meaning: &'a Meaning<'a>,
    types: Types,
    cases: Cases<'a>,
    related: BTreeSet<u32>,
    related_cases: BTreeSet<String>,
    count: u64,
}

impl<'a> Events<'a> {
    pub(super) fn new(meaning: &'a Meaning<'a>, cases: Cases<'a>) -> Events<'a> {
        let related = BTreeSet::new();
        Events { meaning, types: Types::default(), cases, related, related_cases: BTreeSet::new(), count: 0 }
    }

    /// Takes note of a record that need not become an event; gives the cases to which it belongs.
    pub(super) fn follow(&mut self, record: &Record) -> Vec<String> {
        self.cases.follow(record)
    }

    /// The event that a record is; none where a region is only left.
    pub(super) fn of(&mut self, record: &Record, cases: Vec<String>) -> Option<Event> {
        let kind = kind(&record.what)?;
        self.types.declare(&kind);
        self.count += 1;
        let mut draft = Draft { of: self, kind, attributes: Vec::new(), relationships: Vec::new() };
        draft.fill(record);
        for case in cases {
            draft.relate_named(case, CASE);
        }
        let Draft { kind, attributes, relationships, .. } = draft;
        let (id, time) = (format!("e{}", self.count), self.meaning.civil.iso(record.at));
        Some(Event { id, kind, time, attributes, relationships })
    }

    pub(super) fn done(self) -> (Found, Types) {
        (Found { related: self.related, cases: self.cases.done(), related_cases: self.related_cases }, self.types)
    }
}

/// The type of event that a record is: its tag, and what tells it from others of its tag.
fn kind(what: &What) -> Option<String> {
    let tag = what.tag();
    Some(match what {
        What::State { state, .. } if state.is_empty() => return None,
        // They are of the run, not of any object in it.
        What::Figures { .. } => return None,
        // Nobody does it: a queue is longer because somebody joined it, which is an event of its own.
        What::Level { .. } | What::Board { .. } => return None,
        What::State { region, state, .. } => format!("{tag} {region}: {state}"),
        What::Message { name, .. } | What::Note { name, .. } => format!("{tag} {name}"),
        What::Decision(decision) => format!("{tag} {}", decision.rule),
        What::Contact(contact) => format!("{tag} {}", contact.template),
        What::Written { template, .. } => format!("{tag} {template}"),
        What::Undecided(_) | What::Move { .. } | What::Spawn { .. } | What::End { .. } => tag.to_owned(),
    })
}

/// An event while it is filled.
struct Draft<'e, 'a> {
    of: &'e mut Events<'a>,
    kind: String,
    attributes: Vec<Attribute>,
    relationships: Vec<Relation>,
}

impl Draft<'_, '_> {
    fn fill(&mut self, record: &Record) {
        match &record.what {
            What::State { actor, .. } | What::End { actor } => self.relate(*actor, "actor"),
            What::Message { sent, from, to, fields, .. } => {
                self.relate(*from, "sender");
                self.relate(*to, "receiver");
                self.time("sent", *sent);
                self.fields(fields);
            }
            What::Note { actor, fields, .. } => {
                self.relate(*actor, "actor");
                self.fields(fields);
            }
            What::Move { actor, arrive, path } => {
                self.relate(*actor, "actor");
                self.journey(*arrive, path);
            }
            What::Spawn { actor, parent } => {
                self.relate(actor.id, "born");
                self.relate(*parent, "parent");
            }
            What::Decision(decision) => self.decision(decision),
            What::Undecided(undecided) => self.undecided(undecided),
            What::Contact(contact) => self.contact(contact),
            What::Written { from, to, text, .. } => {
                self.relate(*from, "contacts");
                self.relate(*to, "contacted");
                self.text("text", text);
            }
            What::Figures { .. } | What::Level { .. } | What::Board { .. } => {}
        }
    }

    fn decision(&mut self, decision: &Decision) {
        self.relate(decision.agent, "decides");
        self.relate(decision.profile, "decided about");
        self.whole("decision", decision.id);
        self.text("policy", &decision.policy);
        self.text("mode", &decision.mode);
        self.text("state before", &decision.state);
        if let Some(goto) = &decision.goto {
            self.text("state after", goto);
        }
        self.text("cause", &decision.cause);
        self.time("happened", decision.happened);
        for (name, value) in &decision.read {
            // What is read may have the name of something above.
            self.field(&format!("read {name}"), value);
        }
    }

    fn undecided(&mut self, undecided: &Undecided) {
        self.relate(undecided.agent, "decides");
        self.relate(undecided.profile, "decided about");
        self.text("policy", &undecided.policy);
        self.text("mode", &undecided.mode);
        self.text("state before", &undecided.state);
        self.text("cause", &undecided.cause);
        self.time("happened", undecided.happened);
    }

    fn contact(&mut self, contact: &Contact) {
        self.relate(contact.from, "contacts");
        self.relate(contact.to, "contacted");
        if let Some(decision) = contact.decision {
            self.whole("decision", decision);
        }
        self.text("category", &contact.category);
        if let Some(channel) = &contact.channel {
            self.text("channel", channel);
        }
        self.text("outcome", &contact.outcome);
        if let Some(gate) = contact.gates.iter().find(|gate| !gate.passed) {
            self.text("stopped by", &gate.gate);
        }
        self.float("cost", contact.cost);
    }

    fn journey(&mut self, arrive: u64, path: &[Waypoint]) {
        self.time("arrive", arrive);
        if let (Some(first), Some(last)) = (path.first(), path.last()) {
            self.float("latitude", first.lat);
            self.float("longitude", first.lon);
            self.float("to latitude", last.lat);
            self.float("to longitude", last.lon);
        }
    }

    fn fields(&mut self, fields: &Fields) {
        for (name, value) in fields {
            self.field(name, value);
        }
    }

    /// A value that is carried: an attribute, and a relation to each actor that it mentions.
    fn field(&mut self, name: &str, value: &Value) {
        let mut actors = Vec::new();
        mentioned(value, &mut actors);
        for actor in actors {
            self.relate(actor, name);
        }
        let sort = match value {
            Value::None | Value::Actor(_) => return,
            Value::Bool(_) => Sort::Boolean,
            Value::Int(_) => Sort::Integer,
            Value::Number(_) | Value::Quantity(..) => Sort::Float,
            Value::Time(_) => Sort::Time,
            Value::Text(_) | Value::List(_) => Sort::String,
        };
        if let Some((name, plain)) = self.of.meaning.named(name, value) {
            let plain = if plain.is_array() { plain.to_string().into() } else { plain };
            self.attribute(&name, sort, plain);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.attribute(name, Sort::String, text.into());
    }

    fn time(&mut self, name: &str, at: u64) {
        let time = self.of.meaning.civil.iso(at);
        self.attribute(name, Sort::Time, time.into());
    }

    fn whole(&mut self, name: &str, value: u64) {
        self.attribute(name, Sort::Integer, value.into());
    }

    fn float(&mut self, name: &str, value: f64) {
        if let Some(value) = number(value) {
            self.attribute(name, Sort::Float, value);
        }
    }

    fn attribute(&mut self, name: &str, sort: Sort, value: Json) {
        let (mut name, value) = self.of.types.attribute(&self.kind, name, sort, value);
        // A message may carry what has the name of something that all messages have.
        while self.attributes.iter().any(|have| have.name == name) {
            name = self.of.types.attribute(&self.kind, &format!("{name} carried"), sort, Json::Null).0;
        }
        self.attributes.push(Attribute { name, value });
    }

    fn relate(&mut self, actor: u32, qualifier: &str) {
        self.of.related.insert(actor);
        let object = self.of.meaning.cast.name(actor);
        self.push(Relation { object, qualifier: qualifier.to_owned() });
    }

    fn relate_named(&mut self, case: String, qualifier: &str) {
        self.of.related_cases.insert(case.clone());
        self.push(Relation { object: case, qualifier: qualifier.to_owned() });
    }

    fn push(&mut self, relation: Relation) {
        if !self.relationships.contains(&relation) {
            self.relationships.push(relation);
        }
    }
}
