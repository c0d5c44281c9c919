//! What a policy remembers of a profile, what it waits for, and what it may say to whom how often.
//!
//! Features ([`feature`]) and patterns over time ([`pattern`]) are a few words each and fed event by event; streams from
//! outside are put in order first ([`order`]); contact rules ([`governance`]) count what was sent. Rules are chosen by what
//! [`select`] lists and come to a [`verdict`]; [`mode`] says how far a decision goes. Decision tables ([`table`]) say which
//! of the rows that hold decide. Inside a world rules and orchestrations are run by it; [`engine`] runs them alone. This
//! crate knows no scenario.

pub mod engine;
pub mod feature;
pub mod governance;
pub mod mode;
pub mod order;
pub mod pattern;
pub mod select;
pub mod table;
pub mod verdict;
