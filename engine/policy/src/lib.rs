//! What a policy remembers of a profile, and what it may say to whom, how often, when and how.
//!
//! Features ([`feature`]) are a few words each and fed event by event; contact rules ([`governance`]) count what was sent;
//! [`quiet`] says when people are left alone; [`channel`] learns on which channel they react. How rules and orchestrations
//! run is the world's; this crate holds what they stand on and knows no scenario.

pub mod channel;
pub mod feature;
pub mod governance;
pub mod quiet;
