//! Results written out: a table for people, JSON for programs, CSV for spreadsheets.
//!
//! Each writer is a pure function from [`Results`](crate::Results) to text. Nothing here depends on
//! the clock, the terminal or the number of threads.

mod calibration;
mod csv;
pub mod explore;
mod footer;
mod gate;
mod human;
mod json;
mod law_picture;
pub(crate) mod number;
mod selection;
mod steady;
mod table;
mod validation;

pub use self::calibration::{Calibrated, Calibration, Changed, Found, calibration, calibration_json};
pub use self::csv::csv;
pub use self::gate::{gate, gate_github, gate_json, gate_junit};
pub use self::human::{Look, human};
pub use self::json::json;
pub use self::law_picture::{LawPicture, law_picture};
pub(crate) use self::number::short;
pub use self::selection::{selection, selection_json};
pub use self::steady::{Steady, steady, steady_json, steady_svg};
pub use self::validation::{validation_csv, validation_human, validation_json};
