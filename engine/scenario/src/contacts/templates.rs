//! What templates say: text with values in braces, each checked when the scenario is loaded.

use super::Given;
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::program::Program;
use rehearsal_language::types::{Kinds, Type};
use rehearsal_world::plan::{Piece, Text};

/// A part of a text as it is written.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Plain(String),
    /// The expression between braces: from which byte of the text to which.
    Braces(usize, usize),
}

impl Tables {
    /// Compiles the text of a template.
    pub(super) fn template(&mut self, program: &mut Program, name: &str, node: &Node, people: &Kinds) -> Option<Text> {
        let args = self.arguments(node, &["!name", "!text"])?;
        let node = args.need("text");
        let What::Text { text, inside } = &node.what else {
            self.fault(node.at, format!("the text of a template is a text in quotes, found {}", node.describe()));
            return None;
        };
        let parts = match parts(text) {
            Ok(parts) => parts,
            Err((at, message)) => {
                let fault = Fault::new(within(&node, *inside, at, at + 1), message);
                self.faults.add(fault.help("a value stands in braces, as in {who.name}; a brace itself is written twice"));
                return None;
            }
        };
        let id = self.texts.find(name)?;
        let schema = self.texts.known[id as usize].clone();
        let given = Given { people, with: Some(&schema) };
        let mut pieces = Vec::new();
        for (number, part) in parts.into_iter().enumerate() {
            pieces.push(match part {
                Part::Plain(plain) => Piece::Plain(plain),
                Part::Braces(from, to) => {
                    let what = What::Text { text: text[from..to].to_owned(), inside: inside.map(|base| base + from as u32) };
                    let value = Node { at: within(&node, *inside, from, to), what };
                    self.piece(program, &value, &format!("template/{name}/{number}"), &given)?
                }
            });
        }
        Some(Text { name: self.symbols.intern(name), pieces, words: schema.words })
    }

    /// A value of a text: known to be there, and drawn from nothing.
    fn piece(&mut self, program: &mut Program, node: &Node, path: &str, given: &Given<'_>) -> Option<Piece> {
        let sites = self.kinds[0].sites.len();
        let (routine, ty) = self.contact_value(program, node, None, path, Some(given))?;
        if self.kinds[0].sites.len() != sites {
            let fault = Fault::new(node.at, "a text draws nothing: written or not, the same has to happen");
            self.faults.add(fault.help("draw it before, and give it to the contact by with: (...)"));
            return None;
        }
        if let Type::Maybe(_) = ty {
            let fault = Fault::new(node.at, format!("{{{}}} may be missing", node.as_text().unwrap_or_default()));
            self.faults.add(fault.help("test it with has(...), or let every Contact of this template give it by with: (...)"));
            return None;
        }
        Some(Piece::Value(routine, ty))
    }
}

/// The place of some bytes of a text.
fn within(node: &Node, inside: Option<u32>, from: usize, to: usize) -> At {
    // Where escapes stand in the text its places are not those of the file: then it is the text from about there on.
    let (start, end) = match inside {
        Some(base) => (base + from as u32, base + to as u32),
        None => ((node.at.start + 1 + from as u32).min(node.at.end), node.at.end),
    };
    At { source: node.at.source, start, end }
}

/// Cuts a text at its braces; the error is where it is wrong, and what.
fn parts(text: &str) -> Result<Vec<Part>, (usize, &'static str)> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '{' | '}' if rest.next_if(|(_, next)| *next == c).is_some() => plain.push(c),
            '}' => return Err((at, "a brace that closes nothing")),
            '{' => {
                let Some(length) = text[at + 1..].find('}') else { return Err((at, "a brace that is never closed")) };
                let (from, to) = (at + 1, at + 1 + length);
                if text[from..to].trim().is_empty() {
                    return Err((at, "braces with nothing in them"));
                }
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                parts.push(Part::Braces(from, to));
                while rest.next_if(|(next, _)| *next <= to).is_some() {}
            }
            _ => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_braces() {
        let plain = |text: &str| Part::Plain(text.into());
        assert_eq!(
            parts("Dear {who}, {{you}} é{a + b}"),
            Ok(vec![plain("Dear "), Part::Braces(6, 9), plain(", {you} é"), Part::Braces(23, 28),])
        );
        assert_eq!(parts(""), Ok(vec![]));
        assert_eq!(parts("a {b"), Err((2, "a brace that is never closed")));
        assert_eq!(parts("a } b"), Err((2, "a brace that closes nothing")));
        assert_eq!(parts("{ }"), Err((0, "braces with nothing in them")));
    }
}
