//! What pages share: shares as bars, decisions with their reasons, values in words.

use rehearsal_experiment::report::safe;
use serde_json::{Map, Value};

/// Rules that lost are told one by one up to so many.
const LOST_MAX: usize = 8;

/// The longest value that is told \[letters\].
const LONG: usize = 120;

/// A number to three decimals, without trailing zeros.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && !(0.001..1e15).contains(&value.abs()) {
        return format!("{value:e}");
    }
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.to_owned() }
}

/// A whole number with its thousands apart.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in units that fit.
pub(super) fn bytes(value: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| value >= *unit) {
        Some((unit, name)) => format!("{:.1} <small>{name}</small>", value as f64 / unit as f64),
        None => format!("{value} <small>B</small>"),
    }
}

/// A moment in RFC 3339 as people read it, to the second.
pub(super) fn moment(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let seconds = text.split_once('.').map_or(text, |(seconds, _)| seconds).trim_end_matches('Z');
    safe(&seconds.replace('T', " "))
}

/// A value as plain text.
pub(super) fn words(value: &Value) -> String {
    let text = match value {
        Value::Null => "–".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(value) => value.as_f64().map_or_else(|| value.to_string(), number),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            match (fields.get("value").and_then(Value::as_f64), fields.get("unit").and_then(Value::as_str)) {
                (Some(value), Some(unit)) => format!("{} {unit}", number(value)),
                _ => fields.iter().map(|(name, value)| format!("{name} {}", words(value))).collect::<Vec<_>>().join(", "),
            }
        }
    };
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// The text of a field as HTML; nothing where there is none.
pub(super) fn text(of: &Value, name: &str) -> String {
    safe(of[name].as_str().unwrap_or_default())
}

/// A part of a whole as a bar.
pub(super) fn share(name: &str, part: u64, whole: u64, class: &str) -> String {
    let percent = if whole > 0 { 100.0 * part as f64 / whole as f64 } else { 0.0 };
    format!(
        "<div class=\"share {class}\"><span>{}</span><svg width=\"100%\" height=\"12\" aria-hidden=\"true\">\
         <rect class=\"back\" width=\"100%\" height=\"12\"/><rect class=\"part\" width=\"{percent:.2}%\" height=\"12\"/></svg><span>{}</span></div>\n",
        safe(name),
        count(part),
    )
}

/// Names with values.
pub(super) fn pairs(fields: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| format!("<div><dt>{}</dt><dd>{}</dd></div>", safe(name), safe(value));
    format!("<dl class=\"pairs\">{}</dl>\n", fields.iter().map(pair).collect::<String>())
}

/// A link to the page of a twin.
pub(super) fn twin(name: &str) -> String {
    format!("<a href=\"/twin?id={}\">{}</a>", encoded(name), safe(name))
}

/// A name as a value behind a question mark.
fn encoded(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    let letter = |byte: u8| if plain(&byte) { (byte as char).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(letter).collect()
}

/// What was decided, done and said, the newest first, as a list: the first `shown`. Those behind them say what was done.
pub(super) fn told_of(records: &[Value], shown: usize) -> String {
    let items: String = records.iter().take(shown).map(|record| format!("<li>{}</li>\n", one(record, records))).collect();
    format!("<ul class=\"told\">{items}</ul>\n")
}

fn one(record: &Value, all: &[Value]) -> String {
    let when = moment(&record["at"]);
    match record["what"].as_str() {
        Some("decision") => decision(record, all),
        Some("contact") => {
            let to = twin(record["to"].as_str().unwrap_or_default());
            format!(
                "<div class=\"when\"><span>{when}</span></div><div class=\"what\">{} to {to}</div><div class=\"why\">{}</div>",
                contact(record),
                gates(record)
            )
        }
        _ => {
            let (from, to) = (record["from"].as_str().unwrap_or_default(), record["to"].as_str().unwrap_or_default());
            let carries = record["carries"].as_object().map(values).unwrap_or_default();
            format!(
                "<div class=\"when\"><span>{when}</span></div><div class=\"what\"><b>{}</b> from {} to {}</div><div class=\"why\">{carries}</div>",
                text(record, "name"),
                safe(from),
                twin(to),
            )
        }
    }
}

fn decision(record: &Value, all: &[Value]) -> String {
    let policy = record["policy"].as_str().unwrap_or_default();
    let number = record["decision"].as_u64().unwrap_or(0);
    let about = twin(record["about"].as_str().unwrap_or_default());
    let led = match record["goto"].as_str() {
        Some(goto) => format!("{} → {}", text(record, "state"), safe(goto)),
        None => format!("stays {}", text(record, "state")),
    };
    let shadow = if record["mode"] == "shadow" { " <small>in shadow: nothing was done</small>" } else { "" };
    let mut told = format!(
        "<div class=\"when\"><span>{}</span><span>{about}</span><span>{led}</span>\
         <a href=\"/decisions/{}/{number}\">{} {number}</a></div><div class=\"what\"><b>{}</b> on {}{shadow}</div>",
        moment(&record["at"]),
        encoded(policy),
        safe(policy),
        text(record, "rule"),
        text(record, "cause"),
    );
    if let Some(condition) = record["condition"].as_str() {
        let read = record["read"].as_object().filter(|read| !read.is_empty()).map(|read| format!(" with {}", values(read)));
        told += &format!("<div class=\"why\">because <code>{}</code>{}</div>", safe(condition), read.unwrap_or_default());
    }
    for done in all.iter().filter(|other| other["what"] == "contact" && other["decision"].as_u64() == Some(number)) {
        told +=
            &format!("<div class=\"why\">it did: {} to {}</div>", contact(done), twin(done["to"].as_str().unwrap_or_default()));
    }
    let lost = record["lost"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !lost.is_empty() {
        let line = |lost: &Value| format!("<li>{}: {}</li>", text(lost, "rule"), text(lost, "reason"));
        let lines: String = lost.iter().take(LOST_MAX).map(line).collect();
        let rules = if lost.len() == 1 { "1 rule".into() } else { format!("{} rules", lost.len()) };
        told += &format!("<details><summary>{rules} did not fire</summary><ul>{lines}</ul></details>");
    }
    told
}

fn contact(record: &Value) -> String {
    let channel = record["channel"].as_str().map(|channel| format!(" by {}", safe(channel))).unwrap_or_default();
    format!("message <b>{}</b> {}{channel}", text(record, "template"), text(record, "outcome"))
}

fn gates(record: &Value) -> String {
    let gates = record["gates"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |gate: &Value| {
        let passed = if gate["passed"] == true { "passed" } else { "stopped it" };
        format!("{} {passed}: {}", text(gate, "gate"), text(gate, "why"))
    };
    gates.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Named values as HTML.
fn values(fields: &Map<String, Value>) -> String {
    let value = |(name, value): (&String, &Value)| format!("{} {}", safe(name), safe(&words(value)));
    fields.iter().map(value).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let evil = "</code><script>alert('x')</script>\" onload=\"y";
        let record = json!({
            "what": "decision", "at": evil, "policy": evil, "decision": 1, "about": evil, "state": evil, "goto": evil, "mode": evil,
            "rule": evil, "cause": evil, "condition": evil, "read": { evil: evil }, "lost": [{ "rule": evil, "reason": evil }],
        });
        let contact = json!({
            "what": "contact", "at": evil, "decision": 1, "to": evil, "template": evil, "outcome": evil, "channel": evil,
            "gates": [{ "gate": evil, "passed": false, "why": evil }],
        });
        let message =
            json!({ "what": "message", "at": evil, "name": evil, "from": evil, "to": evil, "carries": { evil: [evil] } });
        let html = told_of(&[record, contact, message], 3) + &share(evil, 1, 2, "") + &pairs(&[(evil.into(), evil.into())]);
        assert!(!html.contains("<script") && !html.contains("\" onload") && !html.contains("</code><"), "{html}");
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn values_are_told_briefly() {
        let told = [json!(1.5), json!(-0.0001), json!({ "value": 104.0, "unit": "°C" }), json!([true, null]), json!({ "a": 1 })];
        assert_eq!(told.map(|value| words(&value)), ["1.5", "-1e-4", "104 °C", "yes, –", "a 1"]);
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!(words(&json!("x".repeat(500))).chars().count(), LONG + 1);
        assert_eq!(moment(&json!("2026-11-05T08:02:10.25Z")), "2026-11-05 08:02:10");
    }
}
