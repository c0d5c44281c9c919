//! Lays the files of a scenario out alike, and keeps every comment.
//!
//! Three stages: [`lexer`] cuts the text into tokens, comments among them; [`layout`] puts them into groups that know where
//! the author broke lines; [`print`] writes them again. Whether the text is a scenario's is not asked: any file that the
//! loader can read can be laid out. Nothing here touches a file.

mod layout;
mod lexer;
mod print;

use crate::fault::{Collector, Faults, Sources};
use crate::tree::{self, Node, What};

/// The longest line that is made \[characters\].
pub const WIDTH: usize = 120;

/// The text of a RON file, laid out; `name` stands in its faults.
///
/// What fits stands on one line. What does not has an entry a line, or as many as its author put on one; the last entry
/// may stay beside its bracket. At most one empty line stays between entries. Formatting twice changes nothing.
///
/// Cost: about one pass over the text.
///
/// ```
/// let text = "Kind(name:car,initial : on,states:{on:State()}) // a car";
/// let laid_out = rehearsal_scenario::format("car.ron", text).unwrap();
/// assert_eq!(laid_out, "Kind(name: car, initial: on, states: { on: State() }) // a car\n");
/// ```
///
/// # Errors
/// All faults of a text that is not RON, as the loader tells them.
pub fn format(name: &str, text: &str) -> Result<String, Faults> {
    let before = parse(name, text)?;
    let out = print::print(&layout::lay_out(&lexer::tokens(text)));
    let after = parse(name, &out).unwrap_or_else(|faults| panic!("{name} is not read any more once it is laid out:\n{faults}"));
    assert!(same(&before, &after), "{name} means something else once it is laid out");
    Ok(out)
}

/// The tree of a text.
fn parse(name: &str, text: &str) -> Result<Node, Faults> {
    let (mut sources, mut faults) = (Sources::default(), Collector::default());
    let source = sources.add(name, text);
    match tree::read(source, text, &mut faults) {
        Some(node) if faults.is_empty() => Ok(node),
        _ => Err(faults.finish(sources)),
    }
}

/// Whether two trees are the same but for their places.
fn same(a: &Node, b: &Node) -> bool {
    let list = |a: &[Node], b: &[Node]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (&a.what, &b.what) {
        (What::Text { text: a, .. }, What::Text { text: b, .. }) => a == b,
        (What::Number { value: a, .. }, What::Number { value: b, .. }) => a.to_bits() == b.to_bits(),
        (What::List(a), What::List(b)) => list(a, b),
        (What::Tuple(head, a), What::Tuple(other, b)) => head == other && list(a, b),
        (What::Map(a), What::Map(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1)),
        (What::Record(head, a), What::Record(other, b)) => {
            head == other && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.2, &b.2))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests;
