//! Inputs: how messages of others are read as events about twins.

use super::TwinInfo;
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_language::unit;
use serde::Serialize;

/// How messages of one sort are read.
///
/// Where a value lies in a message is said by a JSON Pointer (RFC 6901), such as `/data/ect`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InputInfo {
    /// Its name: the last part of the path that it is posted to, and the source of its events.
    pub name: String,
    /// The topics that it listens to over MQTT, with the parts `{twin}` and `{report}` named.
    pub topic: Option<String>,
    /// Where the twin is named; in the topic where `None`.
    pub twin: Option<String>,
    /// The kind of the twins that are named by a number or id alone.
    pub kind: Option<String>,
    /// Where it stands what is reported; in the topic where `None`.
    pub report: Option<String>,
    /// What is reported by each message, where they do not say.
    pub always: Option<String>,
    /// Where the message has a number of its own; what it says stands for it where `None`.
    pub id: Option<String>,
    /// Where it stands when it happened; when it came where `None`.
    pub time: Option<String>,
    /// How that is written.
    pub clock: Clock,
    /// What others call reports: their word, ours.
    pub reports: Vec<(String, String)>,
    /// Where the values of reports stand.
    pub fields: Vec<(String, InputField)>,
}

/// Where a value of a report stands, and what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InputField {
    /// A JSON Pointer.
    pub at: String,
    /// The unit of a number that has none; the value's own words where `None`.
    pub unit: Option<String>,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// As RFC 3339 has it.
    #[default]
    Rfc3339,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

impl Tables {
    pub(super) fn input(&mut self, name: String, node: &Node, twins: &[TwinInfo]) -> Option<InputInfo> {
        if node.head() != "Input" {
            let fault = Fault::new(node.at, format!("an input is written Input(...), found {}", node.describe()));
            self.faults
                .add(fault.help("as in boxes: Input(topic: \"cars/{twin}/{report}\", fields: { warmth: Field(\"/ect\") })"));
            return None;
        }
        let args =
            self.arguments(node, &["topic", "twin", "kind", "report", "always", "id", "time", "clock", "reports", "fields"])?;
        let mut input = InputInfo { name, ..InputInfo::default() };
        input.topic = args.get("topic").cloned().and_then(|node| self.name_of(&node, "a topic"));
        for (place, into) in [("twin", 0), ("report", 1), ("id", 2), ("time", 3)] {
            let found = args.get(place).cloned().and_then(|node| self.pointer(&node));
            match into {
                0 => input.twin = found,
                1 => input.report = found,
                2 => input.id = found,
                _ => input.time = found,
            }
        }
        let known: Vec<&str> = twins.iter().flat_map(|twin| &twin.reports).map(|report| report.name.as_str()).collect();
        let report = |tables: &mut Tables, name: String, at: At| {
            if !known.contains(&name.as_str()) {
                tables.unknown(at, "report", &name, known.iter().copied());
            }
            name
        };
        if let Some(node) = args.get("kind").cloned() {
            let name = self.name_of(&node, "a kind")?;
            if !twins.iter().any(|twin| twin.kind == name) {
                self.unknown(node.at, "twin", &name, twins.iter().map(|twin| twin.kind.as_str()));
            }
            input.kind = Some(name);
        }
        if let Some(node) = args.get("always").cloned() {
            let name = self.name_of(&node, "a report")?;
            input.always = Some(report(self, name, node.at));
        }
        for (theirs, at, ours) in args.get("reports").map(Node::entries).unwrap_or_default() {
            let Some(ours) = self.name_of(&ours, "a report") else { continue };
            let ours = report(self, ours, at);
            input.reports.push((theirs, ours));
        }
        if let Some(node) = args.get("clock") {
            input.clock = match node.head() {
                "Rfc3339" => Clock::Rfc3339,
                "Seconds" => Clock::Seconds,
                "Milliseconds" => Clock::Milliseconds,
                other => {
                    let (other, at) = (other.to_owned(), node.at);
                    self.unknown(at, "way to write a moment", &other, ["Rfc3339", "Seconds", "Milliseconds"]);
                    Clock::Rfc3339
                }
            };
        }
        for (field, at, node) in args.get("fields").map(Node::entries).unwrap_or_default() {
            let Some(found) = self.input_field(&field, at, &node, twins) else { continue };
            input.fields.push((field, found));
        }
        self.finds_its_way(&input, args.at);
        Some(input)
    }

    /// Faults where a message would not say of whom it is, or what it is.
    fn finds_its_way(&mut self, input: &InputInfo, at: At) {
        let names = |part: &str| input.topic.as_ref().is_some_and(|topic| topic.contains(part));
        if input.twin.is_none() && !names("{twin}") {
            let fault = Fault::new(at, format!("input `{}` does not say of which twin its messages are", input.name));
            self.faults.add(fault.help("name it in the topic, as in \"cars/{twin}\", or say where it stands: twin: \"/vin\""));
        }
        if input.report.is_none() && input.always.is_none() && !names("{report}") {
            let fault = Fault::new(at, format!("input `{}` does not say what its messages report", input.name));
            self.faults.add(fault.help("as in report: \"/type\", \"{report}\" in the topic, or always: telemetry"));
        }
    }

    fn input_field(&mut self, field: &str, at: At, node: &Node, twins: &[TwinInfo]) -> Option<InputField> {
        if node.head() != "Field" {
            let fault = Fault::new(node.at, format!("where a value stands is written Field(...), found {}", node.describe()));
            self.faults.add(fault.help("as in Field(at: \"/ect\", unit: \"°C\")"));
            return None;
        }
        let args = self.arguments(node, &["!at", "unit"])?;
        let found = self.pointer(&args.need("at"))?;
        let fields = || twins.iter().flat_map(|twin| &twin.reports).flat_map(|report| &report.fields);
        let Some(payload) = fields().find(|have| have.name == field) else {
            self.unknown(at, "value of a report called", field, fields().map(|have| have.name.as_str()));
            return None;
        };
        let unit = match args.get("unit").cloned() {
            None => None,
            Some(node) => {
                let unit = self.name_of(&node, "a unit")?;
                let ty = match &payload.ty {
                    Type::Maybe(inner) => inner,
                    other => other,
                };
                let fits = unit::lookup(&unit).is_some_and(|unit| *ty == Type::Quantity(unit.dimension));
                if !fits {
                    let message = format!("`{unit}` is no unit of `{field}`");
                    self.faults.add(Fault::new(node.at, message).help("as in unit: \"°C\", \"km/h\", \"min\""));
                }
                Some(unit)
            }
        };
        Some(InputField { at: found, unit })
    }

    /// A JSON Pointer: empty, or a `/` and a name for each step.
    fn pointer(&mut self, node: &Node) -> Option<String> {
        let text = self.name_of(node, "a place in a message")?;
        if text.starts_with('/') {
            return Some(text);
        }
        let fault = Fault::new(node.at, format!("`{text}` is no place in a message: it begins with `/`"));
        self.faults.add(fault.help(format!("as in \"/{text}\", or \"/data/{text}\" where it lies deeper")));
        None
    }
}
