//! Words for numbers, values, lengths and actors.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::TraceError;
use crate::schema::{Actor, Fields, Value};

/// Radius of a sphere as large as the Earth \[m\] (IUGG mean radius R1).
const EARTH: f64 = 6_371_008.8;

/// What is needed to put values into words.
pub(crate) struct Words {
    pub(crate) clock: Clock,
    pub(crate) actors: BTreeMap<u32, Arc<Actor>>,
}

impl Words {
    pub(crate) fn new(clock: Clock, actors: BTreeMap<u32, Arc<Actor>>) -> Self {
        Words { clock, actors }
    }

    /// The name of an actor, or its number when it was never declared.
    pub(crate) fn name(&self, id: u32) -> String {
        self.actors.get(&id).map_or_else(|| format!("#{id}"), |actor| actor.name.clone())
    }

    /// The actor of that name, else of that number.
    pub(crate) fn find(&self, who: &str) -> Result<u32, TraceError> {
        let named = self.actors.values().find(|actor| actor.name == who);
        let number = || {
            let id = who.trim_start_matches('#').parse().ok()?;
            self.actors.contains_key(&id).then_some(id)
        };
        let found = named.map(|actor| actor.id).or_else(number);
        let unknown = || TraceError::UnknownActor { name: who.into(), nearest: self.nearest(who) };
        found.ok_or_else(unknown)
    }

    /// A sentence with up to three names that differ by few letters.
    fn nearest(&self, who: &str) -> String {
        let mut near: Vec<(usize, &str)> = Vec::new();
        for actor in self.actors.values() {
            let distance = strsim::osa_distance(who, &actor.name);
            if distance <= 1 + who.chars().count() / 2 {
                near.push((distance, &actor.name));
            }
        }
        near.sort_unstable();
        let names: Vec<_> = near.iter().take(3).map(|(_, name)| *name).collect();
        match (names.is_empty(), self.actors.values().next()) {
            (false, _) => format!("the nearest are {}", names.join(", ")),
            (true, Some(actor)) => format!("names look like {}", actor.name),
            (true, None) => "the run has no actors".into(),
        }
    }

    pub(crate) fn value(&self, value: &Value) -> String {
        match value {
            Value::None => "none".into(),
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::Int(value) => value.to_string(),
            Value::Number(value) => number(*value),
            // Of a minute or more nobody counts the seconds.
            Value::Quantity(value, unit) if unit == "s" && value.is_finite() && value.abs() >= 60.0 => {
                let sign = if *value < 0.0 { "-" } else { "" };
                format!("{sign}{}", span((value.abs() * 1e9) as u64))
            }
            Value::Quantity(value, unit) => format!("{} {unit}", number(*value)),
            Value::Time(at) => self.clock.minute(*at),
            Value::Text(text) => text.clone(),
            Value::Actor(id) => self.name(*id),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }

    /// ` (slot Mon 9 Nov 10:00, loaner yes)`; nothing without fields.
    pub(crate) fn fields(&self, fields: &Fields) -> String {
        let worded = |(name, value): &(String, Value)| format!("{name} {}", self.value(value));
        let fields: Vec<_> = fields.iter().map(worded).collect();
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) }
    }

    /// `wear = 0.93, consent = yes`.
    pub(crate) fn equations(&self, fields: &Fields) -> String {
        let worded = |(name, value): &(String, Value)| format!("{name} = {}", self.value(value));
        fields.iter().map(worded).collect::<Vec<_>>().join(", ")
    }
}

/// A number to three decimals, without trailing zeros.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".into();
    }
    if !(0.001..1e15).contains(&size) {
        return format!("{value:e}");
    }
    let decimals = format!("{value:.3}");
    decimals.trim_end_matches('0').trim_end_matches('.').into()
}

/// A length in metres or kilometres, whichever reads better.
pub(crate) fn length(metres: f64) -> String {
    if metres < 995.0 { format!("{metres:.0} m") } else { format!("{:.1} km", metres / 1000.0) }
}

/// The distance between two positions along a great circle \[m\] (haversine).
pub(crate) fn metres(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [a_lat, a_lon, b_lat, b_lon] = [a[0], a[1], b[0], b[1]].map(f64::to_radians);
    let half = |x: f64| libm::sin(x / 2.0) * libm::sin(x / 2.0);
    let h = half(b_lat - a_lat) + libm::cos(a_lat) * libm::cos(b_lat) * half(b_lon - a_lon);
    2.0 * EARTH * libm::asin(libm::sqrt(h.min(1.0)))
}

/// A span by its two largest units.
pub(crate) fn span(ns: u64) -> String {
    let seconds = ns.div_ceil(1_000_000_000);
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let first = units.iter().position(|(_, length)| seconds >= *length).unwrap_or(3);
    let (mut rest, mut parts) = (seconds, Vec::new());
    for (unit, length) in units.iter().skip(first).take(2) {
        if rest / length > 0 || parts.is_empty() {
            parts.push(format!("{} {unit}", rest / length));
        }
        rest %= length;
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [(0.93, "0.93"), (250.0, "250"), (-1.0 / 3.0, "-0.333"), (0.0, "0")];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
        assert_eq!(number(1e-9), "1e-9");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn a_degree_of_latitude_is_111_195_m() {
        assert!((metres([10.0, 5.0], [11.0, 5.0]) - 111_195.08).abs() < 0.01);
        assert!((metres([60.0, 5.0], [60.0, 6.0]) - 111_195.08 / 2.0).abs() < 5.0);
    }
}
