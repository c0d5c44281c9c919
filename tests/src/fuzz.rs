//! What fuzzing feeds: a function for each sort of input that comes from people and from files.
//!
//! Each takes any bytes. It returns whatever they are, and panics where the engine does or where something that always
//! has to hold does not. What it does with its input is bounded by work, never by a clock. `cargo fuzz` calls these
//! functions from `tests/fuzz/`, and `tests/fuzz.rs` feeds them with seeds and with what [`mutate`] makes of those.
//!
//! Start at [`TARGETS`].

mod data;
mod expression;
mod format;
mod scenario;
mod snapshot;
mod stage;
mod trace;

pub mod mutate;

use crate::root;
use std::fs;
use std::path::PathBuf;

/// What can be fed: a sort of input, and what takes it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called, which is also the name of the folder of its seeds.
    pub name: &'static str,
    /// Takes any bytes.
    pub feed: fn(&[u8]),
    /// Whether inputs are text, to be changed word by word.
    pub text: bool,
    /// How costly an input is beside the cheapest: a bounded test feeds the fewer.
    pub cost: usize,
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "scenario", feed: scenario::feed, text: true, cost: 16 },
    Target { name: "expression", feed: expression::feed, text: true, cost: 1 },
    Target { name: "data", feed: data::feed, text: true, cost: 8 },
    Target { name: "trace", feed: trace::feed, text: false, cost: 4 },
    Target { name: "snapshot", feed: snapshot::feed, text: false, cost: 4 },
    Target { name: "format", feed: format::feed, text: true, cost: 4 },
];

/// The target of a name, to be fed.
///
/// # Panics
/// When there is none.
pub fn feed(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.feed)(bytes);
}

/// The seeds of a target, by the names of their files, in order.
///
/// # Panics
/// When they cannot be read.
#[must_use]
pub fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = seeds_of(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of a folder").path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes)
    };
    files.into_iter().map(read).collect()
}

/// Where the seeds of a target lie.
#[must_use]
pub fn seeds_of(name: &str) -> PathBuf {
    root().join("tests/fuzz/seeds").join(name)
}

/// The words of the language, from the dictionary that `cargo fuzz` reads too and wants in ASCII.
///
/// # Panics
/// When the dictionary is not there, or a line of it is no text in quotes.
#[must_use]
pub fn words() -> Vec<String> {
    let path = root().join("tests/fuzz/words.dict");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let word = |line: &str| {
        let inside = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
        let inside = inside.unwrap_or_else(|| panic!("words.dict: `{line}` is no text in quotes"));
        inside.replace("\\xc2\\xb0", "°").replace("\\\"", "\"").replace("\\\\", "\\")
    };
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(word).collect()
}

pub use trace::{recorded, sealed as sealed_trace};
