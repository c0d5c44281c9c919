//! Values of the world as JSON that people and programs outside read: actors by name, moments as RFC 3339 has them.

use crate::moments::Origin;
use crate::out::Object;
use rehearsal_scenario::{Glimpse, Record, Value, What};
use rehearsal_trace::{Decision, Lost};
use serde_json::json;
use std::collections::BTreeMap;

/// What actors are called outside.
#[derive(Clone, Debug, Default)]
pub struct People<'a> {
    /// Names of kinds, by number.
    kinds: Vec<&'a str>,
    /// Those who were enrolled.
    enrolled: BTreeMap<u32, String>,
    called: BTreeMap<String, u32>,
}

impl<'a> People<'a> {
    /// The actors of a scenario.
    #[must_use]
    pub fn of(scenario: &'a rehearsal_scenario::Scenario) -> People<'a> {
        let kinds = scenario.plan().kinds.iter().map(|kind| kind.name.as_str()).collect();
        People { kinds, enrolled: BTreeMap::new(), called: BTreeMap::new() }
    }

    /// An actor is called so from now on.
    pub fn enrol(&mut self, actor: u32, name: &str) {
        self.enrolled.insert(actor, name.to_owned());
        self.called.insert(name.to_owned(), actor);
    }

    /// Who was enrolled under a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        self.called.get(name).copied()
    }

    /// What an actor is called.
    #[must_use]
    pub fn name(&self, actor: u32) -> String {
        if let Some(name) = self.enrolled.get(&actor) {
            return name.clone();
        }
        let kind = self.kinds.get((actor >> 24) as usize).copied().unwrap_or("?");
        format!("{kind}/{}", actor & 0xff_ffff)
    }
}

/// A value as JSON.
#[must_use]
pub fn value(value: &Value, people: &People<'_>, origin: Origin) -> serde_json::Value {
    match value {
        Value::None => serde_json::Value::Null,
        Value::Bool(found) => json!(found),
        Value::Int(found) => json!(found),
        Value::Number(found) => json!(found),
        Value::Quantity(found, unit) => json!({ "value": found, "unit": unit }),
        Value::Time(at) => json!(origin.told(*at)),
        Value::Text(text) => json!(text),
        Value::Actor(actor) => json!(people.name(*actor)),
        Value::List(items) => match items.as_slice() {
            [Value::Time(start), span @ Value::Quantity(_, unit)] if unit == "s" => {
                json!({ "start": origin.told(*start), "span": self::value(span, people, origin) })
            }
            items => items.iter().map(|item| self::value(item, people, origin)).collect(),
        },
    }
}

/// Whether a value as JSON is what a text says: as it is, a number however it is written, a quantity with or without its unit.
#[must_use]
pub fn is(value: &serde_json::Value, wanted: &str) -> bool {
    use serde_json::Value as Json;
    let number = |found: &Json, wanted: &str| found.as_f64().is_some_and(|found| wanted.trim().parse() == Ok(found));
    match value {
        Json::String(text) => text == wanted,
        Json::Number(_) => number(value, wanted),
        Json::Object(fields) => match (fields.get("value"), fields.get("unit").and_then(Json::as_str)) {
            (Some(found), Some(unit)) => number(found, wanted.trim().strip_suffix(unit).unwrap_or(wanted)),
            _ => serde_json::from_str(wanted).is_ok_and(|wanted: Json| wanted == *value),
        },
        _ => serde_json::from_str(wanted).is_ok_and(|wanted: Json| wanted == *value),
    }
}

/// Named values as a JSON object.
#[must_use]
pub fn object(fields: &[(String, Value)], people: &People<'_>, origin: Origin) -> Object {
    fields.iter().map(|(name, found)| (name.clone(), value(found, people, origin))).collect()
}

/// A decision as JSON, with all that explains it.
#[must_use]
pub fn decision(decision: &Decision, people: &People<'_>, origin: Origin) -> serde_json::Value {
    let lost = |lost: &Lost| json!({ "rule": lost.rule, "why": lost.why, "reason": lost.reason() });
    json!({
        "decision": decision.id,
        "policy": decision.policy,
        "mode": decision.mode,
        "about": people.name(decision.profile),
        "rule": decision.rule,
        "place": decision.place,
        "state": decision.state,
        "goto": decision.goto,
        "cause": decision.cause,
        "happened": origin.told(decision.happened),
        "condition": decision.condition,
        "read": object(&decision.read, people, origin),
        "lost": decision.lost.iter().map(lost).collect::<Vec<_>>(),
        "unknown": decision.unknown,
    })
}

/// What can be seen of an actor, as JSON.
#[must_use]
pub fn glimpse(seen: &Glimpse, people: &People<'_>, origin: Origin, now: u64) -> serde_json::Value {
    let states = |states: &[(String, String, u64)]| {
        let state = |(region, state, since): &(String, String, u64)| {
            (region.clone(), json!({ "state": state, "since": origin.told(*since) }))
        };
        states.iter().map(state).collect::<Object>()
    };
    let mind =
        seen.mind.as_ref().map(|(of, remembers)| json!({ "states": states(of), "remembers": object(remembers, people, origin) }));
    json!({
        "twin": seen.name,
        "kind": seen.kind,
        "now": origin.told(now),
        "alive": seen.alive,
        "states": states(&seen.states),
        "fields": object(&seen.fields, people, origin),
        "at": seen.at,
        "household": people.name(seen.home),
        "profile": mind,
    })
}

/// A decision or contact as JSON, with when it was.
#[must_use]
pub fn record(record: &Record, people: &People<'_>, origin: Origin) -> serde_json::Value {
    let mut value = match &record.what {
        What::Decision(found) => decision(found, people, origin),
        What::Contact(contact) => json!({
            "decision": contact.decision,
            "to": people.name(contact.to),
            "template": contact.template,
            "category": contact.category,
            "channel": contact.channel,
            "outcome": contact.outcome,
            "gates": contact.gates.iter().map(|gate| json!({ "gate": gate.gate, "passed": gate.passed, "why": gate.why })).collect::<Vec<_>>(),
        }),
        What::Message { from, to, name, fields, .. } => json!({
            "name": name, "from": people.name(*from), "to": people.name(*to), "carries": object(fields, people, origin),
        }),
        other => json!({ "what": other.tag() }),
    };
    value["what"] = json!(record.what.tag());
    value["at"] = json!(origin.told(record.at));
    value
}
