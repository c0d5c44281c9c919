//! Words for what a view writes beside the map: figures, counts, spans of time, values, decisions.
//!
//! A story of the trace crate is told for a page; these are short enough for the width of a panel.

use crate::error::StageError;
use crate::index::Progress;
use crate::sky::Sky;
use crate::stage::Stage;
use rehearsal_trace::explain::{Done, Explained};
use rehearsal_trace::{Actor, Explainer, Fields, Level, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A figure to four digits, without zeros at the end, with commas between thousands: `12.35`, `1,204`, `0.0021`.
#[must_use]
pub fn figure(value: f64) -> String {
    digits(value, 4)
}

/// The same to three digits, for a chart that is glanced at: `12.3`, `1,204`, `0.0021`.
#[must_use]
pub fn short(value: f64) -> String {
    digits(value, 3)
}

fn digits(value: f64, most: usize) -> String {
    if !value.is_finite() {
        return "none".into();
    }
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-6) {
        return format!("{value:.2e}");
    }
    let mut decimals = most - 1;
    let mut limit = 10.0;
    while size >= limit && decimals > 0 {
        decimals -= 1;
        limit *= 10.0;
    }
    let mut limit = 1.0;
    while size > 0.0 && size < limit && decimals < 9 {
        decimals += 1;
        limit /= 10.0;
    }
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let whole = grouped(whole);
    let sign = if value < 0.0 && (whole != "0" || !rest.is_empty()) { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A figure to three digits with its sign, for a difference: `+2.1`, `-0.3`, `0`.
#[must_use]
pub fn signed(value: f64) -> String {
    let text = short(value);
    if value > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// A whole number with commas between thousands.
#[must_use]
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A span of time \[ns\] by its two largest units: `2 h 5 min`, `3 d`, `0 s`.
#[must_use]
pub fn span(ns: u64) -> String {
    let mut rest = ns / 1_000_000_000;
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let first = units.iter().position(|(_, length)| rest >= *length).unwrap_or(3);
    let mut parts: Vec<String> = Vec::new();
    for (unit, length) in units.iter().skip(first).take(2) {
        if rest / length > 0 || parts.is_empty() {
            parts.push(format!("{} {unit}", rest / length));
        }
        rest %= length;
    }
    parts.join(" ")
}

/// How far a pass has come: `reading 3.2 of 10 million records`, `reading 1,200 of 45,000 records`.
#[must_use]
pub fn reading(progress: Progress) -> String {
    let million = |number: u64| {
        let text = format!("{:.1}", number as f64 / 1e6);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    if progress.total >= 2_000_000 {
        format!("reading {} of {} million records", million(progress.read), million(progress.total))
    } else {
        format!("reading {} of {} records", count(progress.read), count(progress.total))
    }
}

/// A metre, a kilometre: `500 m`, `2 km`, `5 cm`.
#[must_use]
pub fn length(metres: f64) -> String {
    if metres >= 1_000.0 {
        format!("{} km", figure(metres / 1_000.0))
    } else if metres >= 1.0 {
        format!("{} m", figure(metres))
    } else {
        format!("{} cm", figure(metres * 100.0))
    }
}

/// How full a holder is: `4 of 6 in use, 3 wait`, `12 left`, `nobody waits`.
#[must_use]
pub fn level(level: &Level) -> String {
    let number = |number: u32| count(number.into());
    let used = match (level.busy, level.capacity, level.left) {
        (Some(busy), Some(capacity), _) => Some(format!("{} of {} in use", number(busy), number(capacity))),
        (Some(busy), None, _) => Some(format!("{} in use", number(busy))),
        (_, _, Some(left)) => Some(format!("{} left", number(left))),
        _ => None,
    };
    let waits = match level.waiting {
        0 => used.is_none().then(|| "nobody waits".to_owned()),
        1 => Some("1 waits".to_owned()),
        waiting => Some(format!("{} wait", number(waiting))),
    };
    used.into_iter().chain(waits).collect::<Vec<_>>().join(", ")
}

/// The weather: `-2 °C, rain 1.2 mm/h`; nothing where only the light is known and it does not rain.
#[must_use]
pub fn sky(sky: &Sky) -> String {
    let temperature = sky.temperature.map(|degrees| format!("{} °C", short(degrees)));
    let rain = match (sky.raining, sky.rain) {
        (Some(true), Some(rain)) if rain > 0.0 => Some(format!("rain {} mm/h", short(rain))),
        (Some(true), _) => Some("rain".to_owned()),
        _ => None,
    };
    temperature.into_iter().chain(rain).collect::<Vec<_>>().join(", ")
}

/// A value as people read it; moments as dates, actors by name.
#[must_use]
pub fn value(stage: &Stage, value: &Value) -> String {
    match value {
        Value::None => "none".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => figure(*value),
        Value::Quantity(value, unit) if unit == "s" && (60.0..1e10).contains(value) => span((value * 1e9) as u64),
        Value::Quantity(value, unit) => format!("{} {unit}", figure(*value)),
        Value::Time(at) => stage.clock().minute(*at),
        Value::Text(text) => text.clone(),
        Value::Actor(id) => stage.name(*id),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| self::value(stage, item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

/// Names and values: `wear 0.93, consent yes`; nothing without fields.
#[must_use]
pub fn fields(stage: &Stage, fields: &Fields) -> String {
    let worded = |(name, value): &(String, Value)| format!("{name} {}", self::value(stage, value));
    fields.iter().map(worded).collect::<Vec<_>>().join(", ")
}

/// A decision as the short story of `rehearsal explain`, in one line.
///
/// # Errors
/// A run whose start is no date; such a stage cannot be opened.
pub fn story(stage: &Stage, decision: &Explained) -> Result<String, StageError> {
    // Only those whom its values name are looked up; all others it calls by name itself.
    let mut named: BTreeMap<u32, Arc<Actor>> = BTreeMap::new();
    let mut meet = |fields: &Fields| fields.iter().for_each(|(_, value)| acquaint(stage, value, &mut named));
    meet(&decision.cause.with);
    decision.fired.iter().for_each(|fired| meet(&fired.read));
    decision.led_to.iter().for_each(|answer| meet(&answer.with));
    for done in &decision.did {
        if let Done::Told { with, .. } | Done::Noted { with, .. } = done {
            meet(with);
        }
    }
    let explainer = Explainer::knowing(stage.reader(), named).map_err(|error| stage.fault(error))?;
    Ok(explainer.tell(decision).replace('\n', " "))
}

fn acquaint(stage: &Stage, value: &Value, named: &mut BTreeMap<u32, Arc<Actor>>) {
    match value {
        Value::Actor(id) => {
            if let Some(actor) = stage.actors().get(id) {
                named.insert(*id, actor.clone());
            }
        }
        Value::List(items) => items.iter().for_each(|item| acquaint(stage, item, named)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{inspect, sample};

    #[test]
    fn figures_are_short_and_grouped() {
        for (value, text) in [
            (0.0, "0"),
            (12.345_6, "12.35"),
            (1_204.4, "1,204"),
            (-0.25, "-0.25"),
            (1_234_567.0, "1,234,567"),
            (0.002_1, "0.0021"),
            (-0.000_000_01, "-1.00e-8"),
            (999.96, "1,000"),
            (f64::NAN, "none"),
        ] {
            assert_eq!(figure(value), text);
        }
        assert_eq!([12.345_6, 1_204.4, 0.586_21].map(short), ["12.3", "1,204", "0.586"]);
        assert_eq!([2.1, -0.3, 0.0].map(signed), ["+2.1", "-0.3", "0"]);
        assert_eq!([7, 999, 1_000, 12_345_678].map(count), ["7", "999", "1,000", "12,345,678"]);
    }

    #[test]
    fn spans_lengths_and_passes_have_their_units() {
        let second = 1_000_000_000;
        assert_eq!(
            [0, 59, 125, 7_500, 90_000].map(|seconds| span(seconds * second)),
            ["0 s", "59 s", "2 min 5 s", "2 h 5 min", "1 d 1 h"]
        );
        assert_eq!(span(86_400 * second + 5), "1 d");
        assert_eq!([0.05, 500.0, 2_000.0].map(length), ["5 cm", "500 m", "2 km"]);
        let progress = |read, total| reading(Progress { read, total, done: false });
        assert_eq!(progress(3_200_000, 10_000_000), "reading 3.2 of 10 million records");
        assert_eq!(progress(1_200, 45_000), "reading 1,200 of 45,000 records");
    }

    #[test]
    fn levels_and_the_weather_are_short() {
        let of = |waiting, busy, capacity, left| level(&Level { waiting, busy, capacity, left });
        assert_eq!(of(3, Some(4), Some(6), None), "4 of 6 in use, 3 wait");
        assert_eq!(of(0, Some(0), Some(6), None), "0 of 6 in use");
        assert_eq!(
            (of(1, None, None, Some(1_200)), of(0, None, None, None)),
            ("1,200 left, 1 waits".into(), "nobody waits".into())
        );
        let weather = Sky { temperature: Some(-2.04), raining: Some(true), rain: Some(1.2), ..Sky::default() };
        assert_eq!(sky(&weather), "-2.04 °C, rain 1.2 mm/h");
        assert_eq!(sky(&Sky { light: Some(true), raining: Some(false), ..Sky::default() }), "");
    }

    #[test]
    fn values_are_named_as_people_name_them() {
        let stage = sample::stage(2);
        let with: Fields = vec![
            ("whom".into(), Value::List(vec![Value::Actor(12), Value::None])),
            ("price".into(), Value::Quantity(2.5, "EUR".into())),
            ("slot".into(), Value::Time(sample::HOUR)),
        ];
        assert_eq!(fields(&stage, &with), "whom [walker/2, none], price 2.5 EUR, slot Mon 2 Nov 01:00");
        assert_eq!(fields(&stage, &vec![]), "");
    }

    #[test]
    fn a_decision_is_told_as_the_command_tells_it() {
        let stage = sample::stage(2);
        stage.meet_all().unwrap();
        let explainer = Explainer::new(stage.reader()).unwrap();
        let decisions = inspect::decisions(&stage, 11, u64::MAX).unwrap();
        assert!(!decisions.is_empty());
        for decision in &decisions {
            assert_eq!(story(&stage, decision).unwrap(), explainer.tell(decision).replace('\n', " "));
        }
    }
}
