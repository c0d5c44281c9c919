//! What the journal of a twin holds: everything from outside that changed it, in the order in which it did.
//!
//! Entries say what was reported in the words in which it came, and never in numbers of one build: a journal can be replayed
//! under a changed scenario, and asked what the other policy would have done.

use serde::{Deserialize, Serialize};

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was applied [ns since the twin's start]; later than that of every entry before.
    pub at: u64,
    /// What it was.
    pub what: Happened,
}

/// What changed a twin from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Happened {
    /// Something was reported.
    Report(Report),
    /// The entry of this sequence made the scenario fail: it does not count.
    Poisoned(u64),
    /// Somebody's personal fields were erased.
    Erased {
        /// Whose.
        twin: String,
    },
    /// The twin was stopped, with all before it applied.
    Stopped,
}

/// Something that was reported of a twin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Who said it.
    pub source: String,
    /// Its number at its source.
    pub id: String,
    /// The twin, as the source calls it.
    pub twin: String,
    /// The actor that the twin is from here on, where it was a stranger until now.
    pub enrolled_as: Option<String>,
    /// What was reported.
    pub report: String,
    /// When it happened [ns since 1970].
    pub happened: u64,
    /// What it carries, as a JSON object without what is personal.
    pub data: String,
}

impl Entry {
    /// As a record of the journal.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// From a record of the journal.
    ///
    /// # Errors
    /// What of it cannot be read: it was written by another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Entry, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}
