//! A trace as lines of JSON, for scripts and other programs.
//!
//! The first line is the header, without roads and areas; each further line is a record.

use std::io::Write;

use serde::Serialize;

use crate::VERSION;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::Header;

/// Which records to export; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only records at this moment or later [ns since the start].
    pub from: u64,
    /// Only records before this moment [ns since the start].
    pub until: Option<u64>,
    /// Only records in which this actor takes part.
    pub actor: Option<u32>,
    /// Only records with one of these tags, such as `state`; none means all.
    pub what: Vec<String>,
}

#[derive(Serialize)]
struct FirstLine {
    what: &'static str,
    version: u16,
    #[serde(flatten)]
    header: Header,
}

/// Writes the header and the records that pass the filter, one a line.
///
/// # Errors
/// A damaged block, or the sink's error.
pub fn write_ndjson(reader: &Reader, mut out: impl Write, filter: &Filter) -> Result<(), TraceError> {
    let header = Header { roads: Vec::new(), areas: Vec::new(), ..reader.header().clone() };
    line(&mut out, &FirstLine { what: "header", version: VERSION, header })?;
    let mut records = match filter.until {
        Some(until) => reader.records_between(filter.from, until),
        None => reader.records_from(filter.from),
    };
    if let Some(actor) = filter.actor {
        records = records.of(actor);
    }
    for record in records {
        let record = record?;
        if filter.what.is_empty() || filter.what.iter().any(|tag| tag == record.what.tag()) {
            line(&mut out, &record)?;
        }
    }
    out.flush().map_err(TraceError::io("write the export"))
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), TraceError> {
    let failed = || TraceError::io("write the export");
    serde_json::to_writer(&mut *out, value).map_err(|error| failed()(error.into()))?;
    out.write_all(b"\n").map_err(failed())
}
