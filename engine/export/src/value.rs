//! Values of messages, notes and decisions as other programs read them.
//!
//! A quantity becomes a plain number whose name has the unit behind it, as in `coolant [°C]`; a moment becomes a text of
//! the calendar, an actor its name. What is nothing, and what JSON has no number for, is left out.

use rehearsal_trace::{Fields, Value};
use serde_json::{Map, Value as Json};

use crate::cast::Cast;
use crate::civil::Civil;

/// What values need to be understood outside of the run.
pub(crate) struct Meaning<'a> {
    pub(crate) cast: &'a Cast,
    pub(crate) civil: Civil,
}

impl Meaning<'_> {
    /// A value by its name, with the unit in the name; `None` for what is nothing.
    pub(crate) fn named(&self, name: &str, value: &Value) -> Option<(String, Json)> {
        let name = match value {
            Value::Quantity(_, unit) if !unit.is_empty() => format!("{name} [{unit}]"),
            _ => name.to_owned(),
        };
        Some((name, self.plain(value)?))
    }

    /// Named values as an object of JSON, in their order.
    pub(crate) fn object(&self, fields: &Fields) -> Map<String, Json> {
        fields.iter().filter_map(|(name, value)| self.named(name, value)).collect()
    }

    fn plain(&self, value: &Value) -> Option<Json> {
        Some(match value {
            Value::None => return None,
            Value::Bool(value) => Json::from(*value),
            Value::Int(value) => Json::from(*value),
            Value::Number(value) | Value::Quantity(value, _) => number(*value)?,
            Value::Time(at) => self.civil.iso(*at).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Actor(id) => self.cast.name(*id).into(),
            Value::List(items) => items.iter().map(|item| self.within(item)).collect(),
        })
    }

    /// A value within a list, where it has no name that could say its unit.
    pub(crate) fn within(&self, value: &Value) -> Json {
        match value {
            Value::Quantity(number, unit) if !unit.is_empty() => format!("{number} {unit}").into(),
            other => self.plain(other).unwrap_or(Json::Null),
        }
    }
}

/// A finite number; a zero has no sign.
pub(crate) fn number(value: f64) -> Option<Json> {
    value.is_finite().then(|| Json::from(value + 0.0))
}

/// The actors that a value mentions, also within lists.
pub(crate) fn mentioned(value: &Value, found: &mut Vec<u32>) {
    match value {
        Value::Actor(id) => found.push(*id),
        Value::List(items) => items.iter().for_each(|item| mentioned(item, found)),
        _ => {}
    }
}
