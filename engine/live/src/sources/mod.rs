//! Where events come from besides HTTP.

mod lines;
mod mqtt;

pub use lines::{Fed, Lines, feed};
pub use mqtt::{gateway, topics};
