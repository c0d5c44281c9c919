//! Results as other tools take them: the single runs, beside the estimates that follow from them.
//!
//! The table of single runs has a row for each policy, replication, measure and segment; the segment `all` is everyone,
//! and a value that was not observed is missing, which is not 0. From it whoever likes can compute what
//! [`rehearsal_experiment`] has computed.

#[cfg(feature = "sqlite")]
mod sqlite;

use std::io::Write;
use std::path::Path;

use rehearsal_experiment::{Measure, Results, Sample, output};
use serde_json::{Map, Value as Json, json};

use crate::error::ExportError;
use crate::file::{told, whole};
use crate::format::ResultFormat;

/// The segment that stands for everyone.
pub(crate) const EVERYONE: &str = "all";

/// A value of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row<'r> {
    pub(crate) policy: &'r str,
    pub(crate) replication: usize,
    pub(crate) measure: &'r Measure,
    pub(crate) segment: &'r str,
    pub(crate) value: Option<f64>,
}

/// The single runs: by policy, replication, measure and segment, everyone first.
pub(crate) fn rows(results: &Results) -> impl Iterator<Item = Row<'_>> {
    results.policies.iter().flat_map(move |policy| {
        policy.replications.iter().enumerate().flat_map(move |(replication, sample)| {
            results.measures.iter().enumerate().flat_map(move |(m, measure)| {
                let segments = results.segments.iter().map(String::as_str).zip(sample.segments[m].iter().copied());
                let values = std::iter::once((EVERYONE, sample.overall[m])).chain(segments);
                values.map(move |(segment, value)| {
                    // Adding 0 turns a negative zero, which means nothing here, into zero.
                    Row { policy: &policy.name, replication, measure, segment, value: value.map(|value| value + 0.0) }
                })
            })
        })
    })
}

/// Writes results to a file, in the format that its name tells; it is there when it is whole.
///
/// # Errors
/// A name that tells no format, a format that was left out of the program, or the file system's.
pub fn write_results(results: &Results, path: &Path) -> Result<(), ExportError> {
    let format = ResultFormat::of(path)?;
    format.available()?;
    match format {
        ResultFormat::Json => whole(path, |file| file.write_all(json(results).as_bytes()).map_err(told)),
        ResultFormat::Csv => whole(path, |file| csv(results, file)),
        #[cfg(feature = "parquet")]
        ResultFormat::Parquet => whole(path, |file| crate::parquet::results::write(results, file)),
        #[cfg(feature = "sqlite")]
        ResultFormat::Sqlite => sqlite::write(results, path),
        #[cfg(not(all(feature = "parquet", feature = "sqlite")))]
        _ => format.available(),
    }
}

/// Results as the document of [`output::json`], with every single run behind it as `runs`.
pub fn json(results: &Results) -> String {
    let text = output::json(results);
    let runs: Vec<Json> = results
        .policies
        .iter()
        .flat_map(|policy| {
            let samples = policy.replications.iter().enumerate();
            samples.map(move |(replication, sample)| run(results, &policy.name, replication, sample))
        })
        .collect();
    let mut document: Json = serde_json::from_str(&text).unwrap_or_default();
    document["runs"] = runs.into();
    format!("{document:#}\n")
}

fn run(results: &Results, policy: &str, replication: usize, sample: &Sample) -> Json {
    let mut measures = Map::new();
    for (m, measure) in results.measures.iter().enumerate() {
        let segments = results.segments.iter().zip(&sample.segments[m]);
        let segments: Map<String, Json> = segments.map(|(name, value)| (name.clone(), json!(value))).collect();
        measures.insert(measure.name.clone(), json!({ "value": sample.overall[m], "segments": segments }));
    }
    json!({ "policy": policy, "replication": replication, "events": sample.events, "measures": measures })
}

/// The single runs as CSV with a header: `policy,replication,measure,segment,value,unit`.
///
/// A value is the shortest text that reads back to it, and empty where nothing was observed. Quoting follows RFC 4180,
/// lines end in a line feed.
///
/// # Errors
/// The sink's.
pub fn csv(results: &Results, out: &mut dyn Write) -> Result<(), ExportError> {
    let fault = |error: csv::Error| told(error.into());
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer.write_record(["policy", "replication", "measure", "segment", "value", "unit"]).map_err(fault)?;
    for row in rows(results) {
        let (replication, value) = (row.replication.to_string(), row.value.map(|value| format!("{value:?}")));
        let measure = row.measure;
        let cells = [row.policy, &replication, &measure.name, row.segment, value.as_deref().unwrap_or(""), &measure.unit];
        writer.write_record(cells).map_err(fault)?;
    }
    writer.flush().map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::results;

    #[test]
    fn every_single_run_is_there() {
        let results = results();
        let all: Vec<_> = rows(&results).collect();
        assert_eq!(all.len(), 2 * 3 * 2 * 3);
        assert_eq!((all[0].policy, all[0].replication, all[0].segment, all[0].value), ("wait", 0, "all", Some(10.0)));
        assert!(all.iter().any(|row| row.value.is_none()));
        let mut text = Vec::new();
        csv(&results, &mut text).unwrap();
        let mut reader = csv::Reader::from_reader(&text[..]);
        let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(read.len(), all.len());
        for (read, row) in read.iter().zip(&all) {
            assert_eq!((&read[0], &read[2], &read[3]), (row.policy, row.measure.name.as_str(), row.segment));
            assert_eq!(read[4].parse().ok(), row.value);
        }
    }

    #[test]
    fn the_document_has_the_runs_from_which_its_means_follow() {
        let results = results();
        let read: Json = serde_json::from_str(&json(&results)).unwrap();
        assert_eq!(read["schema"], "rehearsal.run/1");
        let runs = read["runs"].as_array().unwrap();
        for policy in read["policies"].as_array().unwrap() {
            let own = runs.iter().filter(|run| run["policy"] == policy["name"]);
            let values: Vec<f64> = own.filter_map(|run| run["measures"]["days"]["value"].as_f64()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((mean - policy["measures"]["days"]["mean"].as_f64().unwrap()).abs() < 1e-12);
        }
        assert!(runs[0]["measures"]["tow"]["segments"]["few"].is_null());
    }

    #[test]
    fn files_have_the_format_of_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write_results(&results(), &path("r.json")).unwrap();
        write_results(&results(), &path("r.csv")).unwrap();
        assert!(std::fs::read_to_string(path("r.json")).unwrap().starts_with('{'));
        assert!(std::fs::read_to_string(path("r.csv")).unwrap().starts_with("policy,"));
        assert!(matches!(write_results(&results(), &path("r.txt")), Err(ExportError::NoFormat { .. })));
        for (name, built) in [("r.parquet", cfg!(feature = "parquet")), ("r.sqlite", cfg!(feature = "sqlite"))] {
            assert_eq!(write_results(&results(), &path(name)).is_ok(), built, "{name}");
            assert_eq!(path(name).exists(), built, "{name}");
        }
    }
}
