//! What actors noted, as CloudEvents: a rehearsed day as real devices would have reported it.
//!
//! A note is an event of its name about whoever noted it, a line of JSON each, for `rehearsal live --events`, `rehearsal
//! decide --events` and whatever else hears CloudEvents. Quantities have their units, moments are those of the calendar.
//!
//! # Source
//! CloudEvents 1.0.2, JSON event format, Cloud Native Computing Foundation.

use std::io::Write;

use rehearsal_trace::{Reader, What};
use serde_json::{Map, json};

use crate::cast::Cast;
use crate::civil::Civil;
use crate::error::ExportError;
use crate::file::told;
use crate::select::{Selection, Watch};
use crate::value::Meaning;

/// Writes the notes that are selected, in the order in which they were made; gives how many.
///
/// An event's number at its source is its place among all notes of the run, so that it has the same in every selection.
///
/// # Errors
/// A damaged block, a start that is no date, or the sink's error.
pub fn write_cloudevents(
    reader: &Reader,
    out: &mut dyn Write,
    selection: &Selection,
    watch: Watch<'_>,
) -> Result<u64, ExportError> {
    let cast = Cast::of(reader)?;
    let meaning = Meaning { cast: &cast, civil: Civil::new(&reader.header().start)? };
    let header = reader.header();
    let source = format!("rehearsal/{}/{}/{}/{}", header.scenario, header.policy, header.seed, header.replication);
    let (mut count, mut number) = (0, 0_u64);
    // All notes go by, for their numbers.
    let all = Selection { from: 0, ..selection.clone() };
    let everything = Selection { until: selection.until, ..Selection::default() };
    everything.pass(reader, true, watch, |record| {
        let What::Note { actor, name, fields } = &record.what else { return Ok(()) };
        number += 1;
        if record.at < selection.from || !all.keeps(record, &cast) {
            return Ok(());
        }
        let data: Map<_, _> = fields.iter().map(|(name, value)| (name.clone(), meaning.within(value))).collect();
        let event = json!({
            "specversion": "1.0",
            "id": number.to_string(),
            "source": source,
            "type": name,
            "subject": cast.name(*actor),
            "time": meaning.civil.iso(record.at),
            "datacontenttype": "application/json",
            "data": data,
        });
        count += 1;
        writeln!(out, "{event}").map_err(told)
    })?;
    out.flush().map_err(told)?;
    Ok(count)
}
