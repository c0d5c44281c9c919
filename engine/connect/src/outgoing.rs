//! What leaves the twin, and how it looks as a CloudEvent.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Something that leaves the twin.
///
/// `key` is unique and stable: the same effect has the same key after any recovery. Whoever receives it tells a
/// repetition by the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Unique and stable name of the effect.
    pub key: String,
    /// Strictly rising per twin. An outbox that has seen a number takes it for known.
    pub number: u64,
    /// The type of the CloudEvent, such as `contact`.
    pub sort: String,
    /// The source of the CloudEvent: who says so.
    pub source: String,
    /// Whom or what it is about.
    pub subject: String,
    /// When it was decided, as RFC 3339.
    pub time: String,
    /// What is said.
    pub data: Value,
}

impl Outgoing {
    /// The attributes of the CloudEvent, without prefix: what HTTP headers and MQTT properties carry.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("specversion", "1.0".to_owned()),
            ("id", self.key.clone()),
            ("source", self.source.clone()),
            ("type", self.sort.clone()),
            ("sequence", self.number.to_string()),
        ];
        // CloudEvents allow no empty values for these.
        if !self.subject.is_empty() {
            all.push(("subject", self.subject.clone()));
        }
        if !self.time.is_empty() {
            all.push(("time", self.time.clone()));
        }
        all
    }

    /// The CloudEvent as one JSON object, as files hold it.
    #[must_use]
    pub fn structured(&self) -> Value {
        let mut whole = json!({});
        for (name, value) in self.attributes() {
            whole[name] = Value::String(value);
        }
        whole["datacontenttype"] = Value::String("application/json".into());
        whole["data"] = self.data.clone();
        whole
    }
}

/// A value as the HTTP binding of CloudEvents writes it in a header: spaces, quotes, percent signs and all that is no
/// printable ASCII become `%XX`.
pub(crate) fn header_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' => out.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_written_as_the_binding_says() {
        // The example of the CloudEvents HTTP binding, section 3.1.3.2.
        assert_eq!(header_value("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(header_value("a\r\nb: c"), "a%0D%0Ab:%20c");
    }

    #[test]
    fn an_event_has_its_attributes_beside_its_data() {
        let event = Outgoing {
            key: "t/1".into(),
            number: 1,
            sort: "contact".into(),
            source: "twin".into(),
            subject: String::new(),
            time: "2026-11-05T08:02:10Z".into(),
            data: json!({"channel": "mail"}),
        };
        let whole = event.structured();
        assert_eq!(whole["id"], "t/1");
        assert_eq!(whole["type"], "contact");
        assert_eq!(whole["data"]["channel"], "mail");
        assert!(whole.get("subject").is_none());
    }
}
