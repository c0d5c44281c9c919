//! Where events come from besides HTTP.

mod lines;

pub use lines::{Fed, Lines, feed};
