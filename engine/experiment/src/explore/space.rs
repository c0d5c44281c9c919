//! Factors: what is varied, between which ends or over which values, and how a value is written.
//!
//! A factor turns a place between 0 and 1 into the text of a value, and back. Designs, sensitivity and optimisation
//! work with places and know no units. Text is what a model is given, so that what stands in a results file is exactly
//! what was run.

use super::error::SpaceError;

/// Values of a range lie on a grid of so many steps, so that their text is short \[1\].
const FINENESS: f64 = 1e-6;

/// The most whole numbers that a factor may range over: beyond it, whole numbers are no longer exact as `f64`.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Something that is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// What is set, such as `garage.loaners`.
    pub name: String,
    /// How it was asked for, such as `2..10`.
    pub asked: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// Any number between two ends.
    Numbers { low: f64, high: f64, unit: String, log: bool },
    /// Whole numbers between two ends, both among them.
    Whole { low: f64, high: f64, log: bool },
    /// Some values, as they are written.
    Choices(Vec<String>),
}

impl Factor {
    /// A factor from what a person writes: `LOW..HIGH`, `LOW..HIGH log`, or values with commas between them.
    ///
    /// Both ends whole and without a unit mean whole numbers; `1.0..4.0` and `1min..4min` mean all numbers between. A
    /// unit behind one end holds for both.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse(name: &str, asked: &str) -> Result<Factor, SpaceError> {
        let asked = asked.trim();
        let fault = |what: String| SpaceError::Factor { name: name.to_owned(), asked: asked.to_owned(), what };
        let kind = match asked.split_once("..") {
            Some((low, high)) => range(low.trim(), high.trim()).map_err(fault)?,
            None => Kind::Choices(choices(asked).map_err(fault)?),
        };
        Ok(Factor { name: name.to_owned(), asked: asked.to_owned(), kind })
    }

    /// The value at a place between 0 and 1, as text.
    ///
    /// Whole numbers and choices have an equal share of the places each.
    pub fn at(&self, place: f64) -> String {
        let place = place.clamp(0.0, 1.0);
        match &self.kind {
            Kind::Numbers { low, high, unit, log } => {
                let value = between(*low, *high, *log, place);
                let fineness = if *log { value.abs() } else { high - low } * FINENESS;
                let text = short(value, fineness);
                // Rounding must not lead beyond an end.
                let number: f64 = text.parse().unwrap_or(value);
                let text = if (low..=high).contains(&&number) { text } else { format!("{}", number.clamp(*low, *high)) };
                format!("{text}{unit}")
            }
            Kind::Whole { low, high, log } => {
                let value = between(*low, high + 1.0, *log, place).floor();
                format!("{}", value.clamp(*low, *high))
            }
            Kind::Choices(values) => {
                let index = (place * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
        }
    }

    /// `steps` values from the low to the high end, evenly apart (by ratio where it is `log`); all choices of a list.
    ///
    /// Fewer where the range has no more whole numbers.
    pub fn levels(&self, steps: usize) -> Vec<String> {
        if let Kind::Choices(values) = &self.kind {
            return values.clone();
        }
        let mut levels: Vec<String> = Vec::with_capacity(steps);
        for step in 0..steps {
            let share = if steps == 1 { 0.5 } else { step as f64 / (steps - 1) as f64 };
            let level = match &self.kind {
                Kind::Whole { low, high, log } => format!("{}", between(*low, *high, *log, share).round()),
                _ => self.at(share),
            };
            if levels.last() != Some(&level) {
                levels.push(level);
            }
        }
        levels
    }

    /// How many values it has; `None` where that is as good as endless.
    pub fn count(&self) -> Option<usize> {
        match &self.kind {
            Kind::Numbers { .. } => None,
            Kind::Whole { low, high, .. } => Some((high - low) as usize + 1),
            Kind::Choices(values) => Some(values.len()),
        }
    }

    /// The whole numbers beside a value, or all other choices; none where any number between is a value.
    pub fn neighbours(&self, value: &str) -> Vec<String> {
        match &self.kind {
            Kind::Numbers { .. } => Vec::new(),
            Kind::Whole { low, high, .. } => {
                let beside = self.number(value).into_iter().flat_map(|number| [number - 1.0, number + 1.0]);
                beside.filter(|number| (low..=high).contains(&number)).map(|number| number.to_string()).collect()
            }
            Kind::Choices(values) => values.iter().filter(|other| *other != value).cloned().collect(),
        }
    }

    /// Whether its values are choices without an order.
    pub fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Choices(_))
    }

    /// The place between 0 and 1 at which a value lies; of whole numbers and choices the middle of their share.
    ///
    /// `None` for what is no value of this factor.
    pub fn place(&self, value: &str) -> Option<f64> {
        match &self.kind {
            Kind::Choices(values) => {
                let index = values.iter().position(|known| known == value)?;
                Some((index as f64 + 0.5) / values.len() as f64)
            }
            Kind::Numbers { low, high, log, .. } => {
                let number = self.number(value).filter(|number| (low..=high).contains(&number))?;
                Some(share(*low, *high, *log, number))
            }
            Kind::Whole { low, high, log } => {
                let number = self.number(value).filter(|number| (low..=high).contains(&number) && number.fract() == 0.0)?;
                let (from, to) = (share(*low, high + 1.0, *log, number), share(*low, high + 1.0, *log, number + 1.0));
                Some(f64::midpoint(from, to))
            }
        }
    }

    /// The number in front of the unit of a value of a range; `None` for choices that are no numbers.
    pub fn number(&self, value: &str) -> Option<f64> {
        let (number, rest) = leading(value)?;
        match &self.kind {
            Kind::Numbers { unit, .. } => (rest.trim() == unit.trim()).then_some(number),
            Kind::Whole { .. } => rest.is_empty().then_some(number),
            Kind::Choices(values) => {
                let unit = |value: &String| leading(value).map(|(_, unit)| unit.trim().to_owned());
                let first = unit(&values[0])?;
                values.iter().all(|value| unit(value).as_ref() == Some(&first)).then_some(number)
            }
        }
    }

    /// The unit behind its numbers; empty where there is none.
    pub fn unit(&self) -> &str {
        match &self.kind {
            Kind::Numbers { unit, .. } => unit.trim(),
            Kind::Whole { .. } => "",
            Kind::Choices(values) => leading(&values[0]).map_or("", |(_, unit)| unit.trim()),
        }
    }

    /// Whether steps are by ratio.
    pub fn is_log(&self) -> bool {
        matches!(self.kind, Kind::Numbers { log: true, .. } | Kind::Whole { log: true, .. })
    }

    /// Values to see whether a model takes them at all: both ends and the middle, or all choices.
    pub fn probes(&self) -> Vec<String> {
        match &self.kind {
            Kind::Choices(values) => values.clone(),
            _ => vec![self.at(0.0), self.at(0.437), self.at(1.0)],
        }
    }
}

/// The number at a share of the way from `low` to `high`.
fn between(low: f64, high: f64, log: bool, share: f64) -> f64 {
    if log { low * libm::exp(share * libm::log(high / low)) } else { low + share * (high - low) }
}

/// The share of the way from `low` to `high` at which a number lies.
fn share(low: f64, high: f64, log: bool, number: f64) -> f64 {
    let share = if log { libm::log(number / low) / libm::log(high / low) } else { (number - low) / (high - low) };
    share.clamp(0.0, 1.0)
}

/// `value` in the shortest text that is exact to `fineness`.
fn short(value: f64, fineness: f64) -> String {
    let decimals = (-libm::log10(fineness)).ceil().clamp(0.0, 300.0) as usize;
    let text = format!("{value:.decimals$}");
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() }
}

/// How a range is written.
const EXAMPLE: &str = "write LOW..HIGH as in 2..10, 0.5..2.0, 2min..10min or 1..100 log";

/// An end of a range: its number, and what follows it.
fn end(text: &str) -> Result<(f64, &str), String> {
    leading(text).ok_or_else(|| format!("`{text}` is no number with or without a unit; {EXAMPLE}"))
}

fn range(low: &str, high: &str) -> Result<Kind, String> {
    let (high, log) = match high.strip_suffix("log") {
        Some(rest) if rest.ends_with(' ') => (rest.trim_end(), true),
        _ => (high, false),
    };
    let ((from, unit_low), (to, unit_high)) = (end(low)?, end(high)?);
    let unit = match (unit_low.trim(), unit_high.trim()) {
        (a, b) if a == b => unit_high,
        ("", _) => unit_high,
        (_, "") => unit_low,
        (a, b) => {
            return Err(format!("its ends have different units, `{a}` and `{b}`: write both in one, as in 90s..300s"));
        }
    };
    if !(from.is_finite() && to.is_finite() && (to - from).is_finite()) {
        return Err(format!("its ends are too large; {EXAMPLE}"));
    }
    if from >= to {
        return Err(format!("{low} is not below {high}; write the lower end first"));
    }
    if log && from <= 0.0 {
        return Err(format!("steps by ratio (log) need ends above 0, and {low} is not"));
    }
    let whole = |text: &str| !text.contains(['.', 'e', 'E']);
    if unit.trim().is_empty() && whole(low) && whole(high) {
        if from.abs().max(to.abs()) >= WHOLE_MAX || to - from >= WHOLE_MAX {
            return Err(format!("its ends are too large for whole numbers; {EXAMPLE}"));
        }
        return Ok(Kind::Whole { low: from, high: to, log });
    }
    Ok(Kind::Numbers { low: from, high: to, unit: unit.to_owned(), log })
}

/// Values with commas between them; a comma in brackets divides nothing.
fn choices(text: &str) -> Result<Vec<String>, String> {
    let (mut values, mut depth) = (vec![String::new()], 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match values.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => values.push(String::new()),
        }
    }
    let values: Vec<String> = values.iter().map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err("a value is missing: write LOW..HIGH, or values as in 2,4,8".into());
    }
    if values.len() < 2 {
        return Err("one value is nothing to vary: write LOW..HIGH or values as in 2,4,8; for one value there is --set".into());
    }
    match values.iter().enumerate().find(|(place, value)| values[..*place].contains(value)) {
        Some((_, twice)) => Err(format!("`{twice}` stands there twice: name each value once")),
        None => Ok(values),
    }
}

/// The number that a text begins with, and what follows it.
fn leading(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let exponent = digits((end + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn factor(asked: &str) -> Factor {
        Factor::parse("garage.loaners", asked).unwrap()
    }

    fn fault(asked: &str) -> String {
        Factor::parse("garage.loaners", asked).unwrap_err().to_string()
    }

    #[test]
    fn whole_ends_give_whole_numbers_and_units_or_points_give_all() {
        assert_eq!(factor("2..10").levels(5), ["2", "4", "6", "8", "10"]);
        assert_eq!(factor("1..3").levels(9), ["1", "2", "3"]);
        assert_eq!(factor("1.0..4.0").levels(3), ["1", "2.5", "4"]);
        assert_eq!(factor("2min..10min").levels(3), ["2min", "6min", "10min"]);
        assert_eq!(factor("5 EUR..10 EUR").at(0.5), "7.5 EUR");
        assert_eq!(factor("20..60 / 1h").levels(2), ["20 / 1h", "60 / 1h"]);
        assert_eq!(factor("5%..10%").at(0.25), "6.25%");
        assert_eq!(factor("-3..3").count(), Some(7));
        assert_eq!(factor("-.5..1e-1").at(0.0), "-0.5");
    }

    #[test]
    fn steps_by_ratio() {
        assert_eq!(factor("1..100 log").levels(3), ["1", "10", "100"]);
        assert_eq!(factor("1s..10000s log").levels(3), ["1s", "100s", "10000s"]);
        assert_eq!(factor("0.001..10.0 log").levels(5), ["0.001", "0.01", "0.1", "1", "10"]);
        assert!(fault("0..4 log").contains("above 0"));
    }

    #[test]
    fn places_have_equal_shares_of_whole_numbers_and_choices() {
        let (whole, choice) = (factor("1..4"), factor("app, phone"));
        let at = |factor: &Factor| (0..8).map(|n| factor.at(f64::from(n) / 8.0)).collect::<Vec<_>>().join(" ");
        assert_eq!(at(&whole), "1 1 2 2 3 3 4 4");
        assert_eq!(at(&choice), "app app app app phone phone phone phone");
        assert_eq!((whole.at(1.0), choice.at(1.0)), ("4".into(), "phone".into()));
        assert_eq!((whole.place("2"), whole.place("5"), whole.place("2.5")), (Some(0.375), None, None));
        assert_eq!((choice.place("phone"), choice.place("fax")), (Some(0.75), None));
        assert_eq!((factor("2min..10min").place("4min"), factor("2min..10min").place("4s")), (Some(0.25), None));
    }

    #[test]
    fn neighbours_are_whole_numbers_beside_and_other_choices() {
        assert_eq!(factor("1..4").neighbours("1"), ["2"]);
        assert_eq!(factor("1..4").neighbours("3"), ["2", "4"]);
        assert_eq!(factor("app,phone,letter").neighbours("phone"), ["app", "letter"]);
        assert!(factor("1.0..4.0").neighbours("2").is_empty());
    }

    #[test]
    fn commas_in_brackets_divide_nothing() {
        let values = factor("exponential(2min), uniform(1min, 3min)");
        assert_eq!(values.probes(), ["exponential(2min)", "uniform(1min, 3min)"]);
        assert_eq!(factor("2min,4min").number("4min"), Some(4.0));
        assert_eq!(factor("2,none").number("2"), None);
    }

    #[test]
    fn what_cannot_be_read_says_what_to_write() {
        assert!(fault("10..2").contains("10 is not below 2"));
        assert!(fault("low..high").contains("`low` is no number"));
        assert!(fault("30s..5min").contains("different units, `s` and `min`"));
        assert!(fault("1h 30min..3h").contains("different units"));
        assert!(fault("5").contains("--set"));
        assert!(fault("5,,6").contains("missing"));
        assert!(fault("5, 5").contains("twice"));
        assert!(fault("").contains("missing"));
        assert!(fault("1..1e999").contains("too large"));
        assert!(fault("0..9007199254740993").contains("too large"));
    }

    proptest! {
        #[test]
        fn a_value_lies_where_it_was_taken(low in -1e6..1e6_f64, width in 1e-3..1e6_f64, place in 0.0..1.0_f64) {
            let factor = Factor::parse("x", &format!("{low:?} s..{:?} s", low + width)).unwrap();
            let back = factor.place(&factor.at(place)).unwrap();
            prop_assert!((back - place).abs() < 2e-6, "{place} became {back}");
        }

        #[test]
        fn no_text_makes_it_fail(text in "[-+.,0-9a-z ()e]{0,12}") {
            let _ = Factor::parse("x", &text);
        }
    }
}
