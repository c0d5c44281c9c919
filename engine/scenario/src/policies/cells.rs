//! Cells of decision tables: the short form of a condition on one of the values that a table takes.
//!
//! `"> 2h"`, `"[1..5]"`, `"gold, silver"`, `gold`, `"not(gold)"`, and `"-"` for whatever it is, as in DMN.

use crate::tree::{Node, What};

/// What begins a comparison.
const COMPARISONS: [&str; 6] = [">=", "<=", "==", "!=", ">", "<"];

/// The condition that a cell states of the value `name`; nothing where it may be anything.
pub(super) fn condition(name: &str, cell: &Node) -> Option<Node> {
    let text = match &cell.what {
        What::Text { text, .. } => stated(name, text.trim())?,
        What::Word(word) => stated(name, word)?,
        What::Bool(true) => name.to_owned(),
        What::Bool(false) => format!("!{name}"),
        What::Number { whole: Some(whole), .. } => format!("{name} == {whole}"),
        What::Number { value, .. } => format!("{name} == {value:?}"),
        _ => return Some(cell.clone()),
    };
    Some(written(cell, text))
}

/// An expression in the place of a cell.
fn written(cell: &Node, text: String) -> Node {
    Node { at: cell.at, what: What::Text { text, inside: None } }
}

/// The text of a cell as an expression about `name`.
fn stated(name: &str, text: &str) -> Option<String> {
    if text == "-" {
        return None;
    }
    if let Some(inner) = text.strip_prefix("not(").and_then(|rest| rest.strip_suffix(')')) {
        return Some(match stated(name, inner.trim()) {
            Some(inner) => format!("!({inner})"),
            None => "false".into(),
        });
    }
    if let Some(range) = range(name, text) {
        return Some(range);
    }
    let alternatives = apart(text);
    if alternatives.len() > 1 {
        let each: Option<Vec<String>> = alternatives.into_iter().map(|part| stated(name, part)).collect();
        return each.map(|each| format!("({})", each.join(") || (")));
    }
    if text.starts_with("in ") || COMPARISONS.iter().any(|sign| text.starts_with(sign)) {
        return Some(format!("{name} {text}"));
    }
    Some(format!("{name} == {text}"))
}

/// `[1..5]`: from 1 up to 5; a round bracket, or one that is turned round, leaves the end out.
fn range(name: &str, text: &str) -> Option<String> {
    let (open, close) = (text.chars().next()?, text.chars().next_back()?);
    let (from, to) = text.get(1..text.len().checked_sub(1)?)?.split_once("..")?;
    let above = match open {
        '[' => ">=",
        '(' | ']' => ">",
        _ => return None,
    };
    let below = match close {
        ']' => "<=",
        ')' | '[' => "<",
        _ => return None,
    };
    Some(format!("{name} {above} {} && {name} {below} {}", from.trim(), to.trim()))
}

/// The parts of a text between commas that stand in no brackets or quotes.
fn apart(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth, mut quoted) = (Vec::new(), 0, 0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_conditions_on_one_value() {
        let told = |text: &str| stated("waited", text);
        assert_eq!(told("-"), None);
        assert_eq!(told("> 2h").as_deref(), Some("waited > 2h"));
        assert_eq!(told("<= 30min").as_deref(), Some("waited <= 30min"));
        assert_eq!(told("[1h..2h)").as_deref(), Some("waited >= 1h && waited < 2h"));
        assert_eq!(told("]1h..2h]").as_deref(), Some("waited > 1h && waited <= 2h"));
        assert_eq!(told("gold, silver").as_deref(), Some("(waited == gold) || (waited == silver)"));
        assert_eq!(told("not(gold)").as_deref(), Some("!(waited == gold)"));
        assert_eq!(told("max(a, b)").as_deref(), Some("waited == max(a, b)"));
        assert_eq!(told("in [gold, silver]").as_deref(), Some("waited in [gold, silver]"));
    }
}
