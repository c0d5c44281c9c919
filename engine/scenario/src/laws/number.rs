//! A number in a file with its unit, and another one in its place.

use super::{Fault, Instead, Law, Rewritten};
use crate::fault::At;
use rehearsal_language::unit;
use std::path::PathBuf;
use std::sync::Arc;

/// Digits that are written at least.
const DIGITS: usize = 4;

/// Digits that are written at most.
const DIGITS_MAX: usize = 10;

/// A file of a scenario: its number among the sources, its path, its name, whether others may use it too, its text.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) source: u32,
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) shared: bool,
    pub(crate) text: Arc<str>,
}

/// A number as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal {
    /// Where it stands, its unit and its sign with it.
    pub(crate) at: At,
    /// As written.
    pub(crate) text: String,
    /// What the parameter is, times what is written, in base units: for a rate, which is the inverse of a mean time.
    pub(crate) over: Option<f64>,
    /// Whether it has to stay a whole number.
    pub(crate) whole: bool,
}

impl Literal {
    /// Another value of its parameter, written as it is.
    pub(crate) fn written(&self, value: f64, error: Option<f64>) -> String {
        // A relative error stays what it is when a number is inverted.
        let relative = error.map(|error| (error / value).abs()).filter(|relative| relative.is_finite() && *relative > 0.0);
        let value = self.over.map_or(value, |over| over / value);
        let (_, gap, token) = parts(&self.text);
        let base = if token.is_empty() { value } else { value / unit::lookup(token).map_or(1.0, |unit| unit.factor) };
        if self.whole {
            return format!("{}{gap}{token}", base.round());
        }
        // So that rounding loses little of a standard error.
        let digits = relative.map_or(DIGITS, |relative| {
            let needed = libm::ceil(-libm::log10(relative)) + 1.0;
            (needed.max(0.0) as usize).clamp(DIGITS, DIGITS_MAX)
        });
        let (base, token) = sensible(base, token);
        let mut number = significant(base, digits);
        if token.is_empty() && !number.contains(['.', 'e']) && (self.text.contains('.') || base.fract() != 0.0) {
            number += ".0";
        }
        format!("{number}{gap}{token}")
    }
}

/// Another unit of time where a number would be hard to read in this one.
fn sensible(value: f64, token: &str) -> (f64, &str) {
    let units = ["s", "min", "h", "d"];
    let hard = |value: f64| value != 0.0 && !(0.1..10_000.0).contains(&value.abs());
    if !hard(value) || !units.contains(&token) {
        return (value, token);
    }
    let factor = |token: &str| unit::lookup(token).map_or(1.0, |unit| unit.factor);
    let seconds = value * factor(token);
    let better = units.into_iter().rev().map(|other| (seconds / factor(other), other)).find(|(value, _)| value.abs() >= 1.0);
    better.filter(|(other, _)| !hard(*other)).unwrap_or((value, token))
}

/// A number with so many significant digits, without a tail of zeros and without an exponent.
fn significant(value: f64, digits: usize) -> String {
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    format!("{rounded}")
}

/// The number, the space behind it and the unit of a literal; of several, as in `1h 30min`, the first unit.
fn parts(text: &str) -> (&str, &str, &str) {
    let number = text.find(|c: char| !(c.is_ascii_digit() || "+-._".contains(c))).unwrap_or(text.len());
    // An exponent belongs to the number.
    let exponent =
        text[number..].strip_prefix(['e', 'E']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    let number = exponent
        .map_or(number, |rest| text.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+').len());
    let rest = &text[number..];
    let gap = rest.len() - rest.trim_start().len();
    let token = rest[gap..].split(|c: char| c.is_whitespace() || c.is_ascii_digit() && !rest.contains("s2")).next().unwrap_or("");
    (&text[..number], &rest[..gap], token)
}

/// A value that somebody wrote, in base units of `wanted`.
pub(super) fn measured(text: &str, given: Option<&str>, wanted: &str) -> Result<f64, Fault> {
    let text = text.trim();
    let (number, _, token) = parts(text);
    let value: f64 = number.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))?;
    if !value.is_finite() {
        return Err(format!("`{text}` is no finite number"));
    }
    let token = if token.is_empty() { given.unwrap_or("") } else { token };
    let compound = text[number.len()..].trim_start().len() > token.len() && given != Some(token);
    if compound {
        return Err(format!("`{text}` is more than a number with a unit: write it in one unit, as 90min"));
    }
    if token.is_empty() {
        if wanted.is_empty() {
            return Ok(value);
        }
        return Err(format!(
            "`{text}` has no unit, and the law gives values in {wanted}: write {number}{wanted}, or name the unit"
        ));
    }
    let found = unit::lookup(token).ok_or_else(|| match unit::nearest(token) {
        Some(near) => format!("there is no unit `{token}`: did you mean `{near}`?"),
        None => format!("there is no unit `{token}`; there are {}", unit::names().collect::<Vec<_>>().join(", ")),
    })?;
    let base = if found.dimension.is_none() { String::new() } else { found.dimension.base_unit() };
    if base != wanted {
        let takes = if wanted.is_empty() { "plain numbers".into() } else { format!("values in {wanted} or a unit like it") };
        return Err(format!("`{text}` is in {token}, and the law gives {takes}"));
    }
    Ok(found.to_base(value))
}

/// A value in base units as people read it.
pub(super) fn shown(value: f64, base: &str) -> String {
    let Some(found) = unit::lookup(base) else { return significant(value, DIGITS) };
    unit::format(value, found.dimension)
}

/// See [`crate::Scenario::rewritten`].
pub(super) fn rewritten(laws: &[Law], files: &[File], changes: &[(usize, Instead)]) -> Vec<Rewritten> {
    let mut edits: Vec<(At, String)> = Vec::new();
    for (law, values) in changes {
        let parameters = laws.get(*law).and_then(|law| law.parameters.as_ref().ok());
        for (parameter, (value, error)) in parameters.into_iter().flatten().zip(values) {
            edits.push((parameter.literal.at, parameter.written(*value, *error)));
        }
    }
    edits.sort_by_key(|(at, _)| *at);
    let mut found = Vec::new();
    for file in files {
        let mut after = file.text.to_string();
        for (at, text) in edits.iter().rev().filter(|(at, _)| at.source == file.source) {
            after.replace_range(at.start as usize..at.end as usize, text);
        }
        if after != *file.text {
            let (path, name) = (file.path.clone(), file.name.clone());
            found.push(Rewritten { path, name, shared: file.shared, before: file.text.clone(), after });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Literal {
        Literal { at: At::default(), text: text.into(), over: None, whole: false }
    }

    #[test]
    fn numbers_are_written_as_they_were() {
        let day = 86_400.0;
        assert_eq!(literal("330d").written(297.4321 * day, Some(20.0 * day)), "297.4d");
        assert_eq!(literal("330d").written(297.4321 * day, Some(0.01 * day)), "297.432d");
        assert_eq!(literal("1.2").written(2.0, Some(0.3)), "2.0");
        assert_eq!(literal("2").written(1.8734, Some(0.3)), "1.873");
        assert_eq!(literal("2").written(2.0, None), "2");
        assert_eq!(literal("90 °C").written(87.256, Some(1.0)), "87.26 °C");
        assert_eq!(literal("-5 °C").written(-4.0, None), "-4 °C");
        assert_eq!(literal("1h 30min").written(7_200.0, None), "2h");
        assert_eq!(literal("4.50 EUR").written(4.123_456, Some(0.2)), "4.123 EUR");
        assert_eq!(literal("5%").written(0.0634, None), "6.34%");
        // A minute becomes seconds where it would be too small to read.
        assert_eq!(literal("6min").written(3.0, None), "3s");
        assert_eq!(literal("1e-3").written(0.002, None), "0.002");
        let rate = Literal { over: Some(3600.0), ..literal("9") };
        assert_eq!(rate.written(3600.0 / 8.25, Some(10.0)), "8.25");
        let stages = Literal { whole: true, ..literal("3") };
        assert_eq!(stages.written(4.0, None), "4");
    }

    #[test]
    fn values_need_a_unit_that_fits() {
        assert_eq!(measured("6min", None, "s"), Ok(360.0));
        assert_eq!(measured(" 1.5 ", Some("h"), "s"), Ok(5_400.0));
        assert_eq!(measured("6min", Some("h"), "s"), Ok(360.0));
        assert_eq!(measured("-3", None, ""), Ok(-3.0));
        assert_eq!(measured("5e-1", None, ""), Ok(0.5));
        assert_eq!(measured("50%", None, ""), Ok(0.5));
        let wrong = |text: &str, wanted: &str| measured(text, None, wanted).unwrap_err();
        assert_eq!(wrong("soon", "s"), "`soon` is no number");
        assert_eq!(wrong("6", "s"), "`6` has no unit, and the law gives values in s: write 6s, or name the unit");
        assert_eq!(wrong("6 km", "s"), "`6 km` is in km, and the law gives values in s or a unit like it");
        assert_eq!(wrong("6mins", "s"), "there is no unit `mins`: did you mean `min`?");
        assert!(wrong("1h 30min", "s").contains("in one unit"));
        assert!(wrong("", "s").contains("no number") && wrong("1e999", "").contains("finite"));
    }
}
