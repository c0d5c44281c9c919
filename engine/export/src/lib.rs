//! Recorded runs and results in the formats of other tools.
//!
//! A recorded run becomes an object-centric event log ([`TraceFormat::Ocel`]), a timeline ([`TraceFormat::Chrome`]), a map
//! of journeys ([`TraceFormat::GeoJson`]), a stream of events ([`TraceFormat::CloudEvents`]) or a table ([`TraceFormat::Parquet`]); results become a table of single
//! replications in JSON, CSV or Parquet, or a database of SQLite ([`ResultFormat`]). Nothing is computed here that is not
//! in the trace or the results, and nothing is read back.
//!
//! A trace is never held as a whole: records go by one after another, and what is kept grows with the actors. Files
//! appear when they are whole, and not at all where something failed. The same trace gives the same bytes.
//!
//! Parquet and SQLite are features of this crate, `parquet` and `sqlite`, since they take long to build; a build without
//! them says how to get one with them.
//!
//! ```
//! use rehearsal_export::{Selection, TraceExport, TraceFormat};
//! use rehearsal_trace::{Actor, Header, Reader, Record, What, Writer};
//!
//! let start = "2026-11-02 00:00".to_owned();
//! let anna = Actor { id: 1, name: "driver/1".into(), ..Actor::default() };
//! let header = Header { start, kinds: vec!["driver".into()], actors: vec![anna], ..Header::default() };
//! let mut writer = Writer::new(Vec::new(), &header)?;
//! let what = What::State { actor: 1, region: "day".into(), state: "home".into() };
//! writer.record(&Record { at: 0, what })?;
//! let reader = Reader::from_bytes(writer.into_inner()?)?;
//!
//! let export = TraceExport { format: TraceFormat::Ocel, selection: Selection::default(), sample: 20 };
//! let mut log = Vec::new();
//! export.write(&reader, &mut log, &mut |_, _| {})?;
//! assert!(String::from_utf8(log).unwrap().contains("\"type\":\"state day: home\""));
//! # Ok::<(), rehearsal_export::ExportError>(())
//! ```
//!
//! Where to start: [`TraceExport`] and [`write_results`]; a file for each format, `select.rs` for which records are meant.

mod cast;
mod chrome;
mod civil;
mod cloudevents;
mod error;
mod file;
mod format;
mod geojson;
mod ocel;
#[cfg(feature = "parquet")]
mod parquet;
mod results;
#[cfg(test)]
mod sample;
mod select;
mod value;

use std::io::Write;
use std::path::Path;

use rehearsal_trace::Reader;

pub use chrome::{ChromeShown, write_chrome};
pub use cloudevents::write_cloudevents;
pub use error::ExportError;
pub use file::check_place;
pub use format::{ResultFormat, TraceFormat};
pub use geojson::{GeoJsonCounts, write_geojson};
pub use ocel::{OcelCounts, write_ocel};
pub use results::{csv, json, write_results};
pub use select::{Selection, Watch, name};

/// What is exported of a recorded run, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceExport {
    /// The format.
    pub format: TraceFormat,
    /// Which records.
    pub selection: Selection,
    /// How many actors of each kind a timeline shows at most, where it is not said which.
    pub sample: usize,
}

/// What an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// An event log.
    Ocel(OcelCounts),
    /// A timeline.
    Chrome(ChromeShown),
    /// A map.
    GeoJson(GeoJsonCounts),
    /// So many events.
    CloudEvents(u64),
    /// A table with so many rows.
    Parquet(u64),
}

impl TraceExport {
    /// Writes to a stream. After an error it holds a part that no tool reads.
    ///
    /// # Errors
    /// Those of the format's writer; [`ExportError::NoText`] for a format that goes to files only.
    pub fn write(&self, reader: &Reader, out: &mut dyn Write, watch: Watch<'_>) -> Result<Wrote, ExportError> {
        self.format.available()?;
        Ok(match self.format {
            TraceFormat::Ocel => Wrote::Ocel(write_ocel(reader, out, &self.selection, watch)?),
            TraceFormat::Chrome => Wrote::Chrome(write_chrome(reader, out, &self.selection, self.sample, watch)?),
            TraceFormat::GeoJson => Wrote::GeoJson(write_geojson(reader, out, &self.selection, watch)?),
            TraceFormat::CloudEvents => Wrote::CloudEvents(write_cloudevents(reader, out, &self.selection, watch)?),
            TraceFormat::Parquet => return Err(ExportError::NoText { format: self.format.word() }),
        })
    }

    /// Writes a file, which is there when it is whole.
    ///
    /// # Errors
    /// Those of the format's writer and of the file system; [`ExportError::NotBuilt`] for a format that was left out of
    /// the program.
    pub fn write_file(&self, reader: &Reader, path: &Path, watch: Watch<'_>) -> Result<Wrote, ExportError> {
        self.format.available()?;
        match self.format {
            #[cfg(feature = "parquet")]
            TraceFormat::Parquet => {
                file::whole(path, |file| parquet::trace::write(reader, file, &self.selection, watch).map(Wrote::Parquet))
            }
            _ => file::whole(path, |file| self.write(reader, file, watch)),
        }
    }
}
