//! Messages of others, read as a scenario says.

use crate::words::short;
use rehearsal_decide::Envelope;
use rehearsal_decide::values::moment;
use rehearsal_scenario::live::{Clock, InputInfo, TwinInfo};
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Reads the messages of an input.
#[derive(Clone, Debug)]
pub struct Reader<'s> {
    input: &'s InputInfo,
    twins: &'s [TwinInfo],
}

/// What a topic or path says of its message: the twin, and what is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The twin.
    pub twin: Option<String>,
    /// What is reported.
    pub report: Option<String>,
}

impl<'s> Reader<'s> {
    /// A reader of the messages of an input about twins.
    #[must_use]
    pub fn new(input: &'s InputInfo, twins: &'s [TwinInfo]) -> Reader<'s> {
        Reader { input, twins }
    }

    /// Reads a message as an event.
    ///
    /// # Errors
    /// What it lacks, or what of it has another form than the scenario says.
    pub fn read(&self, text: &str, named: &Named) -> Result<Envelope, String> {
        let message: Value = match text.trim() {
            "" => Value::Object(Map::new()),
            text => serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?,
        };
        let at =
            |place: &Option<String>| place.as_ref().and_then(|place| message.pointer(place)).filter(|value| !value.is_null());
        let word = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let input = self.input;
        let lacks = |what: &str, place: &Option<String>| match place {
            Some(place) => format!("it lacks {what}, at `{place}`"),
            None => format!("nothing says {what}"),
        };
        let twin = at(&input.twin)
            .and_then(word)
            .or_else(|| named.twin.clone())
            .ok_or_else(|| lacks("which twin it is", &input.twin))?;
        let subject = match &input.kind {
            // A number alone is that of an actor; anything else is what the twin is called.
            Some(kind) if twin.bytes().all(|byte| byte.is_ascii_digit()) => format!("{kind}/{twin}"),
            _ => twin,
        };
        let said = at(&input.report).and_then(word).or_else(|| named.report.clone()).or_else(|| input.always.clone());
        let said = said.ok_or_else(|| lacks("what it reports", &input.report))?;
        let ours = input.reports.iter().find(|(theirs, _)| *theirs == said).map(|(_, ours)| ours.clone());
        let sort = ours.unwrap_or(said);
        let time = at(&input.time).map(|value| self.time(value)).transpose()?;
        let id = match at(&input.id).and_then(word) {
            Some(id) => format!("{subject}/{id}"),
            None => {
                let mut hasher = DefaultHasher::new();
                (text, &subject, &sort).hash(&mut hasher);
                format!("{subject}/{:016x}", hasher.finish())
            }
        };
        let mut data = Map::new();
        let carried = self.twins.iter().filter_map(|twin| twin.report(&sort)).flat_map(|report| &report.fields);
        let carried: Vec<&str> = carried.map(|field| field.name.as_str()).collect();
        let personal = |name: &str| self.twins.iter().any(|twin| twin.person.iter().any(|have| have == name));
        for (name, field) in &input.fields {
            if !carried.contains(&name.as_str()) && !personal(name) {
                continue;
            }
            let Some(value) = message.pointer(&field.at).filter(|value| !value.is_null()) else { continue };
            let value = match (value, &field.unit) {
                (Value::Number(number), Some(unit)) => json!(format!("{number} {unit}")),
                (value, _) => value.clone(),
            };
            data.insert(name.clone(), value);
        }
        let event = Envelope::new((Some(id), Some(input.name.clone()), Some(sort), Some(subject)), time.as_deref(), data);
        event.map_err(|refused| refused.to_string())
    }

    /// A moment as RFC 3339 writes it.
    fn time(&self, value: &Value) -> Result<String, String> {
        let per_second = match self.input.clock {
            Clock::Rfc3339 => {
                let expected =
                    || format!("expected a moment such as \"2026-11-05T08:02:10Z\", found {}", short(&value.to_string()));
                return value.as_str().map(str::to_owned).ok_or_else(expected);
            }
            Clock::Seconds => 1e9,
            Clock::Milliseconds => 1e6,
        };
        let found = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        let found = found.filter(|found| (0.0..1e15).contains(found));
        let found = found.ok_or_else(|| format!("expected a number since 1970, found {}", short(&value.to_string())))?;
        Ok(moment((found * per_second) as u64))
    }
}
