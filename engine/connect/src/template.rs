//! Texts with gaps that an outgoing event fills: topics, addresses, subjects.

use crate::outgoing::Outgoing;
use serde_json::Value;

/// A text with gaps: `{subject}`, `{type}`, `{source}`, `{key}`, `{number}`, `{time}` and `{data.NAME}`, where `NAME` may
/// go deeper with further dots. `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Gap(String),
}

const GAPS: [&str; 6] = ["subject", "type", "source", "key", "number", "time"];

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// A brace that is not closed, or a gap that no event can fill; the text says which, and what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if brace == "}" {
                return Err(format!("`{text}`: a `}}` closes nothing; write `}}}}` for a brace"));
            } else {
                let end = after.find('}').ok_or_else(|| format!("`{text}`: a `{{` is not closed"))?;
                let name = &after[..end];
                if !GAPS.contains(&name) && name.strip_prefix("data.").is_none_or(str::is_empty) {
                    return Err(format!(
                        "`{text}`: nothing is called `{{{name}}}`; there are {{{}}} and {{data.NAME}}",
                        GAPS.join("}, {")
                    ));
                }
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Gap(name.to_owned()));
                rest = &after[end + 1..];
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The text for `event`.
    ///
    /// # Errors
    ///
    /// The event has no such data, or it is no text, number or truth value.
    pub fn fill(&self, event: &Outgoing) -> Result<String, String> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Gap(name) => out.push_str(&value(name, event)?),
            }
        }
        Ok(out)
    }
}

fn value(name: &str, event: &Outgoing) -> Result<String, String> {
    Ok(match name {
        "subject" => event.subject.clone(),
        "type" => event.sort.clone(),
        "source" => event.source.clone(),
        "key" => event.key.clone(),
        "number" => event.number.to_string(),
        "time" => event.time.clone(),
        path => {
            let mut names = path.strip_prefix("data.").unwrap_or(path).split('.');
            let found = names.try_fold(&event.data, |value, name| value.get(name));
            match found {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(truth)) => truth.to_string(),
                Some(other) => return Err(format!("`{{{path}}}` is {other}, which is no text, number or truth value")),
                None => return Err(format!("the event has no `{path}`")),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Outgoing {
        Outgoing {
            key: "k".into(),
            number: 7,
            sort: "contact".into(),
            source: "twin".into(),
            subject: "car/17".into(),
            time: "2026-11-05T08:02:10Z".into(),
            data: json!({"email": "a@example.org", "deep": {"er": 3}, "list": []}),
        }
    }

    fn filled(text: &str) -> Result<String, String> {
        Template::parse(text)?.fill(&event())
    }

    #[test]
    fn gaps_are_filled() {
        assert_eq!(filled("out/{subject}/{type}").as_deref(), Ok("out/car/17/contact"));
        assert_eq!(filled("{data.email} {data.deep.er} {number}").as_deref(), Ok("a@example.org 3 7"));
        assert_eq!(filled("{{{key}}} é").as_deref(), Ok("{k} é"));
    }

    #[test]
    fn what_cannot_be_filled_is_said() {
        assert!(Template::parse("{nobody}").expect_err("unknown").contains("{data.NAME}"));
        assert!(Template::parse("{subject").is_err() && Template::parse("a}b").is_err() && Template::parse("{data.}").is_err());
        assert!(filled("{data.phone}").expect_err("missing").contains("data.phone"));
        assert!(filled("{data.list}").is_err());
    }
}
