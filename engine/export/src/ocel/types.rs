//! The types of events and of objects, with the attributes that each may have.
//!
//! In OCEL an attribute has one type for all events (or objects) of a type. What a message carries may be a number now and
//! a text then: the first that is seen keeps the name, one of another type has its type behind its name.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::List;
use crate::error::ExportError;

/// What the value of an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Sort {
    String,
    Time,
    Integer,
    Float,
    Boolean,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Sort::String => "string",
            Sort::Time => "time",
            Sort::Integer => "integer",
            Sort::Float => "float",
            Sort::Boolean => "boolean",
        }
    }
}

/// The types that were seen, by name.
#[derive(Debug, Default)]
pub(super) struct Types {
    known: BTreeMap<String, Vec<(String, Sort)>>,
}

#[derive(Serialize)]
struct Type<'t> {
    name: &'t str,
    attributes: Vec<Attribute<'t>>,
}

#[derive(Serialize)]
struct Attribute<'t> {
    name: &'t str,
    #[serde(rename = "type")]
    sort: Sort,
}

impl Types {
    /// Makes a type known.
    pub(super) fn declare(&mut self, name: &str) {
        if !self.known.contains_key(name) {
            self.known.insert(name.to_owned(), Vec::new());
        }
    }

    /// The name and value under which an attribute of a type is written.
    pub(super) fn attribute(&mut self, of: &str, name: &str, sort: Sort, value: Json) -> (String, Json) {
        self.declare(of);
        let Some(known) = self.known.get_mut(of) else {
            return (name.to_owned(), value);
        };
        match known.iter().find(|(have, _)| have == name).map(|(_, sort)| *sort) {
            None => known.push((name.to_owned(), sort)),
            Some(have) if have == sort => {}
            Some(Sort::Float) if sort == Sort::Integer => {
                let number = value.as_f64().map_or(value, Json::from);
                return (name.to_owned(), number);
            }
            Some(_) => {
                let other = format!("{name} ({})", sort.word());
                if !known.iter().any(|(have, _)| *have == other) {
                    known.push((other.clone(), sort));
                }
                return (other, value);
            }
        }
        (name.to_owned(), value)
    }

    pub(super) fn write(&self, list: &mut List<'_>) -> Result<(), ExportError> {
        for (name, attributes) in &self.known {
            let attributes = attributes.iter().map(|(name, sort)| Attribute { name, sort: *sort }).collect();
            list.put(&Type { name, attributes })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_keeps_its_type() {
        let mut types = Types::default();
        let mut name = |sort, value: Json| types.attribute("note cost", "amount", sort, value);
        assert_eq!(name(Sort::Float, 1.5.into()), ("amount".into(), 1.5.into()));
        assert_eq!(name(Sort::Integer, 2.into()), ("amount".into(), 2.0.into()));
        assert_eq!(name(Sort::String, "much".into()), ("amount (string)".into(), "much".into()));
        assert_eq!(name(Sort::String, "more".into()), ("amount (string)".into(), "more".into()));
        let mut written = Vec::new();
        types.write(&mut List::new(&mut written)).unwrap();
        let expected =
            r#"{"name":"note cost","attributes":[{"name":"amount","type":"float"},{"name":"amount (string)","type":"string"}]}"#;
        assert_eq!(String::from_utf8(written).unwrap().trim(), expected);
    }
}
