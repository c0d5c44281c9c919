//! Results written out: a table for people, JSON for programs, CSV for spreadsheets.
//!
//! Each writer is a pure function from [`Results`](crate::Results) to text. Nothing here depends on
//! the clock, the terminal or the number of threads.

mod csv;
mod footer;
mod human;
mod json;
pub(crate) mod number;
mod table;

pub use self::csv::csv;
pub use self::human::{Look, human};
pub use self::json::json;
