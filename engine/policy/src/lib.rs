//! What a policy remembers of a profile, and what it may say to whom how often.
//!
//! Features ([`feature`]) are a few words each and fed event by event; contact rules ([`governance`]) count what was sent.
//! Inside a world
//! rules and orchestrations are run by it; [`engine`] runs them alone. This crate knows no scenario.

pub mod engine;
pub mod feature;
pub mod governance;
