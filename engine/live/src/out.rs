//! What leaves the twin: contacts, messages and notes that an output asks for, and decisions.
//!
//! Effects follow from what happens in the world, so that a replay finds the same ones with the same numbers: whoever
//! carries them out knows by the number which it has already.

use crate::moments::Origin;
use crate::values::{self, People};
use rehearsal_scenario::live::LiveInfo;
use rehearsal_scenario::{Interest, Record, Scenario, Value, What};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// Something that leaves the twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Which it is among all that left the twin, from 1.
    pub number: u64,
    /// The output that it goes through.
    pub output: String,
    /// What it is: `contact`, `decision`, or the name of a message or note.
    pub sort: String,
    /// Whom it is about, or for.
    pub subject: String,
    /// When \[ns since the twin's start\].
    pub at: u64,
    /// What it carries.
    pub data: serde_json::Value,
}

/// Which records become effects.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    outputs: LiveInfo,
    /// The number of the last.
    pub(crate) number: u64,
    /// The last text that was written, and to whom.
    written: Option<(u32, String, String)>,
}

impl Outlet {
    pub(crate) fn new(outputs: &LiveInfo) -> Outlet {
        Outlet { outputs: outputs.clone(), number: 0, written: None }
    }

    /// What has to be told for the outputs of a scenario.
    pub(crate) fn interest(scenario: &Scenario) -> Interest {
        let plan = scenario.plan();
        let outputs = scenario.live().map(|live| live.outputs.as_slice()).unwrap_or_default();
        let told = |name: &str| outputs.iter().any(|output| output.messages.iter().any(|have| have == name));
        let stated = |name: &str| outputs.iter().any(|output| output.notes.iter().any(|have| have == name));
        let contacts = outputs.iter().any(|output| !output.contacts.is_empty());
        Interest {
            states: false,
            notes: plan.notes.iter().map(|note| stated(&note.name)).collect(),
            messages: plan.messages.iter().map(|message| told(&message.name) || contacts && message.name == CONTACTED).collect(),
            sights: false,
            undecided: false,
        }
    }

    /// The effects of a record.
    ///
    /// `about` says whom somebody is about: a policy's mind its profile.
    pub(crate) fn effects(
        &mut self,
        record: &Record,
        people: &People<'_>,
        origin: Origin,
        about: impl Fn(u32) -> u32,
    ) -> Vec<Outgoing> {
        let by = |actor: u32| json!(people.name(about(actor)));
        let (sort, subject, data, through): (&str, u32, serde_json::Value, Vec<String>) = match &record.what {
            What::Written { to, template, text, .. } => {
                self.written = Some((*to, template.clone(), text.clone()));
                return Vec::new();
            }
            What::Message { from, to, name, fields, .. } if name == CONTACTED => {
                let channel = fields.iter().find(|(name, _)| name == "channel").map(|(_, value)| value);
                let Some(Value::Text(channel)) = channel else { return Vec::new() };
                let through = self.through(|output| output.contacts.contains(channel));
                if through.is_empty() {
                    return Vec::new();
                }
                let mut data = values::object(fields, people, origin);
                data.remove("source");
                data.insert("by".into(), by(*from));
                let template = data.get("template").and_then(serde_json::Value::as_str).unwrap_or_default();
                if let Some((_, _, text)) = self.written.take().filter(|(who, have, _)| who == to && have == template) {
                    data.insert("text".into(), json!(text));
                }
                ("contact", *to, data.into(), through)
            }
            What::Message { from, to, name, fields, .. } => {
                let through = self.through(|output| output.messages.contains(name));
                let mut data = values::object(fields, people, origin);
                data.insert("by".into(), by(*from));
                (name, *to, data.into(), through)
            }
            What::Note { actor, name, fields } => {
                let through = self.through(|output| output.notes.contains(name));
                (name, about(*actor), values::object(fields, people, origin).into(), through)
            }
            What::Decision(decision) => {
                let through = self.through(|output| output.decisions);
                ("decision", decision.profile, values::decision(decision, people, origin), through)
            }
            _ => return Vec::new(),
        };
        let subject = people.name(subject);
        let effect = |output: String| {
            self.number += 1;
            let (number, sort, subject) = (self.number, sort.to_owned(), subject.clone());
            Outgoing { number, output, sort, subject, at: record.at, data: data.clone() }
        };
        through.into_iter().map(effect).collect()
    }

    fn through(&self, takes: impl Fn(&rehearsal_scenario::live::OutputInfo) -> bool) -> Vec<String> {
        self.outputs.outputs.iter().filter(|output| takes(output)).map(|output| output.name.clone()).collect()
    }
}

/// The message by which a contact reaches a person.
const CONTACTED: &str = "contacted";

/// A JSON object.
pub(crate) type Object = Map<String, serde_json::Value>;
