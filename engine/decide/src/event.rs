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
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) sort: String,
    pub(crate) subject: String,
    /// When it happened [ns since 1970].
    pub(crate) at: u64,
    pub(crate) data: Map<String, Value>,
}

/// A line as JSON.
pub(crate) fn json(line: &str) -> Result<Value, Refused> {
    serde_json::from_str(line).map_err(|error| malformed(format!("no JSON: {error}")))
}

impl Envelope {
    pub(crate) fn read(line: &str) -> Result<Envelope, Refused> {
        let Value::Object(mut fields) = json(line)? else {
            return Err(malformed("an event is an object such as {\"specversion\": \"1.0\", \"id\": ...}"));
        };
        match fields.get("specversion") {
            Some(Value::String(version)) if version == "1.0" => {}
            Some(other) => return Err(malformed(format!("specversion is {other}; known is \"1.0\""))),
            None => return Err(malformed("an event says specversion: \"1.0\"")),
        }
        let mut text = |name: &str| match fields.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(other) => Err(malformed(format!("`{name}` is a text that is not empty, found {other}"))),
            None => Err(malformed(format!("an event has `{name}`"))),
        };
        let (id, source, sort, subject) = (text("id")?, text("source")?, text("type")?, text("subject")?);
        let at = values::read_moment(&text("time")?).map_err(|what| malformed(format!("`time`: {what}")))?;
        let data = match fields.remove("data") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(data)) => data,
            Some(other) => return Err(malformed(format!("`data` is an object, found {other}"))),
        };
        Ok(Envelope { id, source, sort, subject, at, data })
    }
}
