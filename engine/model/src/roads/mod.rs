//! Roads from an OpenStreetMap extract, places on them, and ways across them.
//!
//! Start with [`Roads::read`]. A [`Roads`] is immutable and shared; each thread
//! routes with a [`Router`] of its own and gets a [`Route`], which answers
//! where a vehicle is after so many milliseconds.
//!
//! Not here: traffic (times are at free flow), turn restrictions and barriers
//! on nodes (not read), and geometry beyond straight pieces between OSM nodes.
//!
//! The parts: `pbf` guards and decodes the file, `read` builds, `component`
//! keeps what is mutually reachable, `graph` answers, `place` finds nodes near
//! a position, `route` finds ways, `speed` knows what tags mean to a car, `area`
//! what lies under the roads in a picture.

mod area;
mod component;
mod error;
mod graph;
mod pbf;
mod place;
mod read;
mod route;
mod speed;

pub use area::{Area, Land};
pub use error::RoadsError;
pub use graph::{Polyline, Roads};
pub use pbf::KEPT_KEYS;
pub use place::Tagged;
pub use route::{Route, Router};
pub use speed::{LIMIT_SHARE, RoadClass};

#[cfg(test)]
mod tests;
