//! CloudEvents 1.0 in JSON: one object a line.

use crate::{Refused, malformed, values};
use serde_json::{Map, Value};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was dealt with, or will be when its time has come.
    Dealt,
    /// It was dealt with before.
    Repeated,
    /// The policy does not look at events of this sort.
    Ignored,
}

/// The attributes of an event that matter here.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Its number at its source.
    pub id: String,
    /// Who says it.
    pub source: String,
    /// What is said.
    pub sort: String,
    /// Whom it is about.
    pub subject: String,
    /// When it happened \[ns since 1970\], if it says so.
    pub at: Option<u64>,
    /// What it carries.
    pub data: Map<String, Value>,
}

/// A line as JSON.
pub(crate) fn json(line: &str) -> Result<Value, Refused> {
    serde_json::from_str(line).map_err(|error| malformed(format!("no JSON: {error}")))
}

impl Envelope {
    /// Reads a line.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn read(line: &str) -> Result<Envelope, Refused> {
        Envelope::of(json(line)?)
    }

    /// Reads an event that is JSON already.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn of(value: Value) -> Result<Envelope, Refused> {
        let Value::Object(mut fields) = value else {
            return Err(malformed("an event is an object such as {\"specversion\": \"1.0\", \"id\": ...}"));
        };
        match fields.get("specversion") {
            Some(Value::String(version)) if version == "1.0" => {}
            Some(other) => {
                let found = values::short(&other.to_string());
                return Err(malformed(format!("specversion is {found}; known is \"1.0\"")));
            }
            None => return Err(malformed("an event says specversion: \"1.0\"")),
        }
        let data = match fields.remove("data") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(data)) => data,
            Some(other) => return Err(malformed(format!("`data` is an object, found {}", values::short(&other.to_string())))),
        };
        let mut text = |name: &str| match fields.remove(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                Err(malformed(format!("`{name}` is a text that is not empty, found {}", values::short(&other.to_string()))))
            }
            None => Ok(None),
        };
        Envelope::new((text("id")?, text("source")?, text("type")?, text("subject")?), text("time")?.as_deref(), data)
    }

    /// An event of its attributes: id, source, type and subject, when it happened, and what it carries.
    ///
    /// # Errors
    /// [`Refused::Malformed`] where one of the first four is missing or empty, or the moment is none.
    pub fn new(
        (id, source, sort, subject): (Option<String>, Option<String>, Option<String>, Option<String>),
        time: Option<&str>,
        data: Map<String, Value>,
    ) -> Result<Envelope, Refused> {
        let given = |name: &str, text: Option<String>| match text {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(malformed(format!("`{name}` is a text that is not empty, found \"\""))),
            None => Err(malformed(format!("an event has `{name}`"))),
        };
        let (id, source) = (given("id", id)?, given("source", source)?);
        let (sort, subject) = (given("type", sort)?, given("subject", subject)?);
        let moment = |time| values::read_moment(time).map_err(|what| malformed(format!("`time`: {what}")));
        let at = time.map(moment).transpose()?;
        Ok(Envelope { id, source, sort, subject, at, data })
    }
}
