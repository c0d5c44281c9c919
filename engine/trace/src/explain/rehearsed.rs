//! A rehearsal in sentences: what was tried, what came of it, what was chosen.

use crate::schema::{Fields, Value};
use crate::words::{Words, number};

/// The note in which a policy says what it rehearsed.
pub(super) const NOTE: &str = "rehearsed";

/// The sentences for such a note; nothing where it is another note of that name.
pub(super) fn rehearsed(words: &Words, fields: &Fields) -> Option<String> {
    let field = |name: &str| fields.iter().find(|(have, _)| have == name).map(|(_, value)| value);
    let list = |name: &str| match field(name) {
        Some(Value::List(items)) => Some(items.as_slice()),
        _ => None,
    };
    let (Some(Value::Text(chosen)), Some(Value::Int(futures)), Some(of)) = (field("chosen"), field("futures"), list("of")) else {
        return None;
    };
    let ways: Vec<String> = of.iter().map(|way| words.value(way)).collect();
    let names = ways.join(" and ");
    let (Some(mean), Some(half), Some(behind), Some(width)) =
        (list("mean"), list("half_width"), list("behind"), list("behind_half_width"))
    else {
        let why = if *futures == 0 { "did not try" } else { "saw nothing of" };
        return Some(format!("It {why} {names}, and took {chosen}."));
    };
    let (aim, measure) = fields.iter().find(|(name, _)| name == "least" || name == "most")?;
    let figures: Vec<String> = ways
        .iter()
        .enumerate()
        .map(|(way, name)| {
            let figure = figure(mean.get(way), half.get(way));
            if name == chosen {
                return format!("{name} {figure}");
            }
            format!("{name} {figure}, behind by {}", self::figure(behind.get(way), width.get(way)))
        })
        .collect();
    let each = if *futures == 1 { "one future".to_owned() } else { format!("{futures} futures") };
    let ahead = field("ahead").map(|ahead| format!(" of {}", words.value(ahead))).unwrap_or_default();
    let measure = words.value(measure);
    Some(format!("It tried {names} in {each}{ahead}, for the {aim} {measure}: {}. It chose {chosen}.", figures.join("; ")))
}

/// `7.95 ± 3.252 EUR`.
fn figure(mean: Option<&Value>, half_width: Option<&Value>) -> String {
    let Some(Value::Quantity(mean, unit)) = mean else { return "nothing".into() };
    let width = match half_width {
        Some(Value::Quantity(width, _)) => format!(" ± {}", number(*width)),
        _ => String::new(),
    };
    format!("{}{width} {unit}", number(*mean)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::collections::BTreeMap;

    fn told(fields: Fields) -> Option<String> {
        rehearsed(&Words::new(Clock::new("2026-03-02 00:00").unwrap(), BTreeMap::new()), &fields)
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    fn euros(values: [f64; 2]) -> Value {
        Value::List(values.map(|value| Value::Quantity(value, "EUR".into())).into())
    }

    #[test]
    fn it_says_what_was_tried_and_what_came_of_it() {
        let fields = vec![
            ("chosen".into(), text("keep")),
            ("of".into(), Value::List(vec![text("keep"), text("send")])),
            ("futures".into(), Value::Int(16)),
            ("ahead".into(), Value::Quantity(3600.0, "s".into())),
            ("least".into(), text("cost")),
            ("mean".into(), euros([7.95, -1.5])),
            ("half_width".into(), euros([3.25, 3.0])),
            ("behind".into(), euros([0.0, 6.95])),
            ("behind_half_width".into(), euros([0.0, 1.17])),
        ];
        let expected = "It tried keep and send in 16 futures of 1 h, for the least cost: keep 7.95 ± 3.25 EUR; send -1.5 ± 3 \
                        EUR, behind by 6.95 ± 1.17 EUR. It chose keep.";
        assert_eq!(told(fields.clone()).as_deref(), Some(expected));
        assert_eq!(told(fields[..2].to_vec()), None);
    }

    #[test]
    fn it_says_where_nothing_was_tried() {
        let fields = vec![
            ("chosen".into(), text("keep")),
            ("of".into(), Value::List(vec![text("keep"), text("send")])),
            ("futures".into(), Value::Int(0)),
        ];
        assert_eq!(told(fields).as_deref(), Some("It did not try keep and send, and took keep."));
    }
}
