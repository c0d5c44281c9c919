//! A trace as lines of JSON, for scripts and other programs.
//!
//! The first line is the header, without roads and areas; each further line is a record. A feed of a run that still goes on is
//! the same, and may tell the roads and areas: [`read_line`].

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::VERSION;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::{Header, Record};

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
    write_header(&Header { roads: Vec::new(), areas: Vec::new(), ..reader.header().clone() }, &mut out)?;
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

/// Writes the first line: what is known of a run before its first record.
///
/// # Errors
/// The sink's.
pub fn write_header(header: &Header, mut out: impl Write) -> Result<(), TraceError> {
    line(&mut out, &FirstLine { what: "header", version: VERSION, header: header.clone() })
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The header: the first line.
    Header(Box<Header>),
    /// A record.
    Record(Box<Record>),
}

/// Which of the two a line is.
#[derive(Deserialize)]
struct Tag {
    what: String,
    version: Option<u16>,
}

/// Reads a line that [`write_ndjson`] wrote.
///
/// # Errors
/// [`TraceError::Line`] where it is neither a header nor a record; another version.
pub fn read_line(text: &str) -> Result<Line, TraceError> {
    let fault = |error: serde_json::Error| TraceError::Line { fault: error.to_string() };
    let tag: Tag = serde_json::from_str(text).map_err(fault)?;
    if tag.what != "header" {
        return Ok(Line::Record(Box::new(serde_json::from_str(text).map_err(fault)?)));
    }
    match tag.version {
        Some(VERSION) => Ok(Line::Header(Box::new(serde_json::from_str(text).map_err(fault)?))),
        found => Err(TraceError::Version { found: found.unwrap_or(0), supported: VERSION }),
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), TraceError> {
    let failed = || TraceError::io("write the export");
    serde_json::to_writer(&mut *out, value).map_err(|error| failed()(error.into()))?;
    out.write_all(b"\n").map_err(failed())
}
