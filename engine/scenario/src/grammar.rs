//! The words of the language as data: each construct with its arguments, for editors and for the reference.
//!
//! The loader checks arguments with lists of its own, beside the code that reads them; `grammar/tests.rs` compares each of
//! these lists with what stands here, so that neither can change alone. Start at [`grammar()`].

mod definitions;
mod live;
mod page;
mod profiles;
mod things;
mod words;

pub use page::page;

use serde::Serialize;

/// The schema of a grammar as JSON. A later number takes nothing away that an earlier one has.
pub const SCHEMA: &str = "rehearsal.schema/1";

/// All that may be written in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grammar {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Sorts of constructs: their names and what they are.
    pub sorts: Vec<SortOf>,
    /// All constructs, by sort.
    pub constructs: Vec<Construct>,
    /// Functions of expressions.
    pub functions: Vec<&'static str>,
    /// Units of expressions.
    pub units: Vec<&'static str>,
}

/// A sort of constructs: where they may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SortOf {
    /// Its name, as `takes` has it.
    pub name: &'static str,
    /// What its constructs are, and where they stand.
    pub help: &'static str,
}

/// Something that may be written: `Name(argument: value, ...)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Construct {
    /// The word before the brackets; empty where there is none, as in a timer.
    pub name: &'static str,
    /// Where it may stand: one of [`Grammar::sorts`].
    pub sort: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// Its arguments, in the order in which they may be given without names.
    pub arguments: &'static [Argument],
    /// What it takes under names of the author's own, as in `Set(worn: 0)`; empty where it takes none.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub own: &'static str,
}

/// An argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What it takes: a sort of construct, a type of expression, or a word such as `name`, `text`, `number`, `steps`; also
    /// `list of X`, `names to X`, and `X or Y`.
    pub takes: &'static str,
    /// What it says, in a line.
    pub help: &'static str,
}

/// An argument that must be given.
const fn must(name: &'static str, takes: &'static str, help: &'static str) -> Argument {
    Argument { name, required: true, takes, help }
}

/// An argument that may be left out.
const fn may(name: &'static str, takes: &'static str, help: &'static str) -> Argument {
    Argument { name, required: false, takes, help }
}

/// A construct with these arguments and no others.
const fn construct(sort: &'static str, name: &'static str, help: &'static str, arguments: &'static [Argument]) -> Construct {
    Construct { name, sort, help, arguments, own: "" }
}

/// A construct that takes names of the author's own.
const fn open(sort: &'static str, name: &'static str, help: &'static str, own: &'static str) -> Construct {
    Construct { name, sort, help, arguments: &[], own }
}

/// The grammar.
#[must_use]
pub fn grammar() -> Grammar {
    let functions = rehearsal_language::compile::FUNCTIONS.iter().copied();
    let mut functions: Vec<&str> = functions.chain(crate::scope::BUILTINS.iter().map(|(name, _)| *name)).collect();
    functions.sort_unstable();
    functions.dedup();
    Grammar {
        schema: SCHEMA,
        sorts: words::SORTS.to_vec(),
        constructs: constructs().copied().collect(),
        functions,
        units: rehearsal_language::unit::names().collect(),
    }
}

/// All constructs, by sort.
fn constructs() -> impl Iterator<Item = &'static Construct> {
    definitions::DEFINITIONS.iter().chain(live::LIVE).chain(profiles::PROFILES).chain(things::THINGS).chain(words::WORDS)
}

#[cfg(test)]
pub(crate) mod tests;
