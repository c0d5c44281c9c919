//! The record of a run: its schema, writer, reader and seek.
//!
//! A trace is one file that says everything that happened in one replication:
//! states entered, messages heard, journeys, queues as they grow, decisions with
//! their reasons. It is written in one streaming pass while the simulation runs and read at any
//! moment of simulated time, for all actors or for one.
//!
//! It is not the state of a simulation (a trace cannot be resumed) and holds
//! no statistics: those are computed from it. It knows no other crate of the
//! workspace, so that a view or a script needs only this one.
//!
//! All times are nanoseconds \[ns\] since the start of the run; positions are
//! degrees of latitude and longitude, kept to 1e-7 degree (about 1 cm).
//!
//! ```
//! use rehearsal_trace::{Header, Reader, Record, What, Writer};
//!
//! let header = Header { title: "Two states".into(), ..Header::default() };
//! let mut writer = Writer::new(Vec::new(), &header)?;
//! for (at, state) in [(0, "home"), (3_600_000_000_000, "work")] {
//!     let what = What::State { actor: 1, region: "day".into(), state: state.into() };
//!     writer.record(&Record { at, what })?;
//! }
//! let reader = Reader::from_bytes(writer.into_inner()?)?;
//! assert_eq!(reader.len(), 2);
//! let now = reader.state_at(60)?;
//! assert_eq!(now.actors[&1].state("day"), Some("home"));
//! # Ok::<(), rehearsal_trace::TraceError>(())
//! ```
//!
//! Where to start: [`schema`] for what is recorded, [`Writer`] and [`Reader`]
//! for the file, `frame.rs` for its layout, [`story()`], [`explain`] and [`map_svg`]
//! for what people see.

mod actor_set;
mod clock;
mod codec;
mod error;
pub mod explain;
mod frame;
mod happened;
mod index;
mod keyframe;
mod map;
pub mod moment;
mod ndjson;
mod reader;
mod records;
#[cfg(test)]
mod sample;
pub mod schema;
mod snapshot;
mod source;
mod story;
mod strings;
pub mod style;
mod wire;
mod words;
mod writer;

pub use clock::Clock;
pub use error::TraceError;
pub use explain::Explainer;
pub use happened::happened;
pub use map::map_svg;
pub use ndjson::{Filter, Line, read_line, write_header, write_ndjson};
pub use reader::Reader;
pub use records::{OwnRecords, Records};
pub use schema::{
    Actor, Area, Contact, Decision, Fields, Gate, Header, Level, Lost, Measured, Polyline, Record, Undecided, Value, Waypoint,
    What,
};
pub use snapshot::{Journey, Presence, Snapshot};
pub use story::story;
pub use writer::{NewFile, Writer};

pub use index::StateName;

/// The version of the file format that this crate writes and reads.
pub const VERSION: u16 = 4;
