//! What comes in from outside, kept on disk before it is applied.
//!
//! [`Journal`] appends records, which are bytes with consecutive sequences, to segments in a folder; [`read`] gives them
//! from any one on, also while they are written.
//!
//! **What holds.** A record that was committed under [`Sync::Always`] is there after a loss of power; one whose commit failed
//! never counts. No record is given that was not written: each lies under a checksum that is bound to its place. A record that
//! was not wholly written when the power went is cut off at the next [`Journal::open`], which says so in [`Recovery`]. Any other
//! damage is an error, never a guess.
//!
//! **What cannot hold.** Damage to the very last record looks like one that was not wholly written, and is cut off, and said. A
//! checksum of 32 bits finds chance, not intent. A disk that says it wrote what it did not write is believed.
//!
//! [`check`] says what is whole of a journal, [`salvage`] takes it into a new one. [`Keep`] is a small store beside it for what
//! may have to be erased, such as what people own.
//!
//! Where to start: `journal.rs` for writing, `frame.rs` for the form of the files, `recover.rs` for what happens at open.

mod check;
mod error;
mod folder;
mod frame;
mod journal;
mod keep;
mod read;
mod recover;
mod rewrite;
mod salvage;
mod scan;
mod tail;

pub use check::{Damage, DamageKind, Report, Segment, check};
pub use error::JournalError;
pub use journal::{Journal, Options, Sync};
pub use keep::Keep;
pub use read::{Records, read};
pub use recover::{Cut, Recovery};
pub use rewrite::Edit;
pub use salvage::salvage;
