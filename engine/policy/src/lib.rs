//! What a policy remembers of a profile, and what it may say to whom how often.
//!
//! Features ([`feature`]) are a few words each and fed event by event; contact rules ([`governance`]) count what was sent.
//! Rules are chosen by what [`select`] lists and come to a [`verdict`]; [`mode`] says how far a decision goes. How rules and
//! orchestrations run is the world's; this crate holds what they stand on and knows no scenario.

pub mod feature;
pub mod governance;
pub mod mode;
pub mod select;
pub mod verdict;
