//! Phrases of the answer: names and labels set apart from the words around them, lists, and amounts with their units.

use crate::output::number::{plain, row_decimals, spread};
use crate::results::Results;
use crate::statistics::Estimate;

use super::text::{safe, short};

/// How many parts of a list are named.
pub(super) const NAMED: usize = 3;

/// Marks of where a name or a label begins and ends, which no text of a scenario keeps.
pub(super) const MARKS: [char; 2] = ['\u{1}', '\u{2}'];

/// The answer's text as HTML, with names and labels set apart.
pub(super) fn marked(text: &str) -> String {
    let mut html = String::new();
    for piece in text.split_inclusive(MARKS) {
        html += &safe(piece.trim_end_matches(MARKS));
        match piece.chars().next_back() {
            Some('\u{1}') => html += "<em>",
            Some('\u{2}') => html += "</em>",
            _ => {}
        }
    }
    html
}

/// A name or label between marks, at most 60 letters.
pub(super) fn set_apart(text: &str) -> String {
    let text: String = short(text, 60).chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    format!("{}{text}{}", MARKS[0], MARKS[1])
}

pub(super) fn name(results: &Results, policy: usize) -> String {
    set_apart(&results.policies[policy].name)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first of the parts, and how many more there are.
pub(super) fn some(mut parts: Vec<String>) -> String {
    let more = parts.len().saturating_sub(NAMED);
    if more > 0 {
        parts.truncate(NAMED);
        parts.push(format!("{more} more"));
    }
    listed(&parts)
}

/// How many decimals suit an estimate by itself: three digits of it, or of its uncertainty where that is larger.
pub(super) fn digits(estimate: &Estimate) -> usize {
    let size = estimate.mean.unwrap_or(0.0).abs().max(estimate.half_width().unwrap_or(0.0));
    row_decimals([size].into_iter())
}

/// An amount of a measure with its unit, such as `76.8 h (±14.1)`.
pub(super) fn amount(results: &Results, measure: usize, estimate: &Estimate) -> String {
    let decimals = digits(estimate);
    let number = plain(estimate.mean.unwrap_or(0.0).abs(), decimals);
    let sure = estimate.half_width().map_or(String::new(), |half| format!(" (±{})", spread(half, decimals)));
    let unit = match results.measures[measure].unit.as_str() {
        "" => String::new(),
        "%" if number == "1" => " percentage point".into(),
        "%" => " percentage points".into(),
        unit => format!(" {}", short(unit, 40)),
    };
    format!("{number}{unit}{sure}")
}

pub(super) fn label(results: &Results, measure: usize) -> String {
    set_apart(&results.measures[measure].label)
}
