//! A scenario beside reality.
//!
//! The same actors, unchanged, that are rehearsed in virtual time stand here for real ones. What is reported of them is
//! looked at ([`Gate`]), put into a journal ([`entry`]) and applied to the world ([`Host`]), in this order, so that whatever
//! was acknowledged is there again after any end of the process. The world can be forked into futures at any moment
//! ([`fork`]), and replayed ([`replay`]).
//!
//! Start at [`twin::Twin`], which is all of that in one thread and without any network.

pub mod entry;
pub mod erasure;
mod error;
pub mod feed;
pub mod folder;
pub mod fork;
pub mod gate;
pub mod host;
pub mod inputs;
pub mod intake;
pub mod load;
pub mod moments;
pub mod out;
mod outlets;
pub mod replay;
pub mod service;
pub mod sources;
pub mod twin;
pub mod values;
pub mod web;
mod words;

pub use error::LiveError;
pub use gate::{Gate, Refusal, Verdict};
pub use host::Host;
pub use out::Outgoing;
pub use rehearsal_journal::{Options, Sync};
pub use twin::Twin;
