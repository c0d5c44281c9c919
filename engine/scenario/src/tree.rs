//! RON as a tree that keeps its places.
//!
//! The reader is `ron2`, whose tree knows where each value stands; here it is cut down to what scenarios are made of. A bare
//! word is a name, a quoted text an expression or human text, `{}` holds the author's names, `()` the language's words.

use crate::fault::{At, Collector, Fault};
use ron2::ast::{self, Expr, StructBody};
use ron2::error::ErrorKind;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where it stands.
    pub(crate) at: At,
    /// What it is.
    pub(crate) what: What,
}

/// A named value: the name, its place, the value.
pub(crate) type Entry = (String, At, Node);

/// What a value can be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// A bare word.
    Word(String),
    /// A quoted text; `exact` where its bytes are those of the file, so that places inside it are known.
    Text {
        /// The text.
        text: String,
        /// First byte of the text in the file, where known.
        inside: Option<u32>,
    },
    /// A number, as written.
    Number {
        /// Its value.
        value: f64,
        /// Its value where it is whole.
        whole: Option<i64>,
    },
    /// True or false.
    Bool(bool),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{ a: b }`
    Map(Vec<(Node, Node)>),
    /// `Name(a, b)` or `(a, b)` with an empty name.
    Tuple(String, Vec<Node>),
    /// `Name(a: b)` or `(a: b)` with an empty name.
    Record(String, Vec<Entry>),
}

impl Node {
    /// A bare word made by the loader itself.
    #[must_use]
    pub(crate) fn word(at: At, word: &str) -> Node {
        Node { at, what: What::Word(word.into()) }
    }

    /// A bare word, if it is one.
    #[must_use]
    pub(crate) fn as_word(&self) -> Option<&str> {
        match &self.what {
            What::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A word or quoted text: a name in either form.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.what {
            What::Word(text) | What::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The name before the brackets, or the bare word.
    #[must_use]
    pub(crate) fn head(&self) -> &str {
        match &self.what {
            What::Word(name) | What::Tuple(name, _) | What::Record(name, _) => name,
            _ => "",
        }
    }

    /// The value under a name of a record.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        match &self.what {
            What::Record(_, entries) => entries.iter().find(|(have, _, _)| have == name).map(|(_, _, node)| node),
            _ => None,
        }
    }

    /// The named values of a record or map; empty for others.
    #[must_use]
    pub(crate) fn entries(&self) -> Vec<Entry> {
        match &self.what {
            What::Record(_, entries) => entries.clone(),
            What::Map(entries) => entries
                .iter()
                .filter_map(|(key, value)| key.as_text().map(|name| (name.to_owned(), key.at, value.clone())))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The items of a list; a single value counts as a list of one.
    #[must_use]
    pub(crate) fn items(&self) -> Vec<Node> {
        match &self.what {
            What::List(items) => items.clone(),
            _ => vec![self.clone()],
        }
    }

    /// What this is, for a fault.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        match &self.what {
            What::Word(word) => format!("`{word}`"),
            What::Text { text, .. } if text.len() <= 30 => format!("\"{text}\""),
            What::Text { .. } => "a text".into(),
            What::Number { value, .. } => format!("{value}"),
            What::Bool(value) => format!("{value}"),
            What::List(_) => "a list".into(),
            What::Map(_) => "a map".into(),
            What::Tuple(name, _) | What::Record(name, _) if !name.is_empty() => format!("{name}(...)"),
            What::Tuple(..) | What::Record(..) => "(...)".into(),
        }
    }
}

/// Reads a file's text; faults go to `faults`, and what could be read is given.
pub(crate) fn read(source: u32, text: &str, faults: &mut Collector) -> Option<Node> {
    // The parser may go round for ever where brackets lie too deep for it: it is not asked then.
    if let Some(start) = too_deep(text) {
        let at = At { source, start: start as u32, end: start as u32 + 1 };
        faults.add(Fault::new(at, format!("brackets lie too deep inside each other: {DEPTH_MAX} levels are allowed")));
        return None;
    }
    let (document, errors) = ast::parse_document_lossy(text);
    let first = errors.iter().map(|error| error.span().start_offset).min();
    if let Some(start) = first.and_then(|first| unclosed(text, first)) {
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let at = At { source, start: start as u32, end: end as u32 };
        faults.add(Fault::new(at, "this text does not end on its line").help("a quote is missing before or behind it"));
        return None;
    }
    for error in &errors {
        let span = error.span();
        let at = At { source, start: span.start_offset as u32, end: span.end_offset as u32 };
        if matches!(error.kind(), ErrorKind::ExceededRecursionLimit) {
            faults.add(Fault::new(at, "brackets lie too deep inside each other: 128 levels are allowed"));
            return None;
        }
        faults.add(
            Fault::new(at, format!("this is not RON: {}", error.kind()))
                .help("check for a missing bracket, comma, colon or quote just before this place"),
        );
    }
    if !errors.is_empty() {
        return None;
    }
    match &document.value {
        Some(value) => Some(convert(source, text, value, faults)),
        None => {
            faults
                .add(Fault::new(At { source, start: 0, end: 0 }, "this file is empty: expected a definition or a list of them"));
            None
        }
    }
}

/// How deep brackets may lie inside each other: less than the parser takes.
const DEPTH_MAX: usize = 96;

/// Where brackets lie too deep in each other, whether those in quotes count or not.
fn too_deep(text: &str) -> Option<usize> {
    let (mut all, mut outside, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                all += 1;
                outside += usize::from(!quoted);
            }
            b')' | b']' | b'}' => {
                all = all.saturating_sub(1);
                outside = if quoted { outside } else { outside.saturating_sub(1) };
            }
            b'"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
        if all.max(outside) > DEPTH_MAX {
            return Some(at);
        }
    }
    None
}

/// Where a quoted text begins that goes on beyond its line and, where it ends, leaves what cannot be read: `fault` is the first
/// place of that sort. A text may well have several lines, and the fault be elsewhere.
fn unclosed(text: &str, fault: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => at += text[at..].find("*/").unwrap_or(bytes.len() - at),
            b'"' => {
                let start = at;
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if at >= bytes.len() {
                    return Some(start);
                }
                let line = text[at..].find('\n').map_or(text.len(), |length| at + length);
                if text[start..at].contains('\n') && (start..=line).contains(&fault) {
                    return Some(start);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn convert(source: u32, text: &str, expr: &Expr<'_>, faults: &mut Collector) -> Node {
    let span = expr.span();
    let at = At { source, start: span.start_offset as u32, end: span.end_offset as u32 };
    let what = match expr {
        Expr::Unit(_) => What::Tuple(String::new(), Vec::new()),
        Expr::Bool(found) => What::Bool(found.value),
        Expr::Number(found) => number(&found.raw),
        Expr::String(found) => {
            let inside =
                text[at.start as usize..at.end as usize].find(found.value.as_str()).map(|offset| at.start + offset as u32);
            What::Text { text: found.value.clone(), inside: inside.filter(|_| !found.value.is_empty()) }
        }
        Expr::Seq(found) => What::List(found.items.iter().map(|item| convert(source, text, &item.expr, faults)).collect()),
        Expr::Map(found) => {
            let entries: Vec<(Node, Node)> = found
                .entries
                .iter()
                .map(|entry| (convert(source, text, &entry.key, faults), convert(source, text, &entry.value, faults)))
                .collect();
            for (number, (key, _)) in entries.iter().enumerate() {
                if key.as_text() == Some("") {
                    faults.add(Fault::new(key.at, "this name is an empty text").help("give it a name, such as a bare word"));
                }
                if entries[..number].iter().any(|(earlier, _)| earlier.what == key.what) {
                    faults.add(Fault::new(key.at, format!("{} stands here twice", key.describe())).help("keep one of them"));
                }
            }
            What::Map(entries)
        }
        Expr::Tuple(found) => {
            What::Tuple(String::new(), found.elements.iter().map(|item| convert(source, text, &item.expr, faults)).collect())
        }
        Expr::AnonStruct(found) => What::Record(String::new(), fields(source, text, &found.fields, faults)),
        Expr::Struct(found) => {
            let name = found.name.name.to_string();
            match &found.body {
                None => What::Word(name),
                Some(StructBody::Tuple(body)) => {
                    What::Tuple(name, body.elements.iter().map(|item| convert(source, text, &item.expr, faults)).collect())
                }
                Some(StructBody::Fields(body)) => What::Record(name, fields(source, text, &body.fields, faults)),
            }
        }
        Expr::Option(found) => match &found.value {
            None => What::Word("None".into()),
            Some(value) => What::Tuple("Some".into(), vec![convert(source, text, &value.expr, faults)]),
        },
        Expr::Char(_) | Expr::Byte(_) | Expr::Bytes(_) | Expr::Error(_) => {
            faults.add(Fault::new(at, "a scenario has no characters or bytes: write a bare word or a quoted text"));
            What::Bool(false)
        }
    };
    Node { at, what }
}

fn number(raw: &str) -> What {
    let plain = raw.replace('_', "");
    let whole = plain.parse::<i64>().ok();
    What::Number { value: plain.parse::<f64>().unwrap_or(f64::NAN), whole }
}

fn fields(source: u32, text: &str, fields: &[ast::StructField<'_>], faults: &mut Collector) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for field in fields {
        let span = field.name.span;
        let at = At { source, start: span.start_offset as u32, end: span.end_offset as u32 };
        let name = field.name.name.to_string();
        if entries.iter().any(|(have, _, _)| *have == name) {
            faults.add(Fault::new(at, format!("`{name}` stands here twice")).help("keep one of them"));
        }
        entries.push((name, at, convert(source, text, &field.value, faults)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_words_texts_and_places() {
        let text = "Kind(name: car, states: { a: State() }, n: \"x + 1\")";
        let mut faults = Collector::default();
        let node = read(0, text, &mut faults).expect("it parses");
        assert!(faults.is_empty());
        assert_eq!(node.head(), "Kind");
        assert_eq!(node.get("name").and_then(Node::as_word), Some("car"));
        let What::Text { inside, .. } = node.get("n").expect("there").what else { panic!("a text") };
        let from = inside.expect("its place is known") as usize;
        assert_eq!(&text[from..from + 5], "x + 1");
    }

    #[test]
    fn a_quote_that_is_missing_is_found_on_its_own_line() {
        assert_eq!(unclosed("a: \"x\", // \"\nb: \"y,\nc: \"z\"", 24), Some(16));
        assert_eq!(unclosed("a: \"x \\\" y\" /* \" */", 3), None);
        assert_eq!(unclosed("a: \"x\\", 3), Some(3));
        // A sound text of several lines is not to blame for what stands elsewhere.
        assert_eq!(unclosed("a: \"x\ny\",\nb: z.z", 13), None);
    }

    #[test]
    fn a_name_that_stands_twice_is_a_fault() {
        let mut faults = Collector::default();
        read(0, "Kind(name: a, name: b)", &mut faults);
        assert!(!faults.is_empty());
    }
}
