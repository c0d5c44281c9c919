//! The formats, their names, and the endings of files by which they are known.

use std::path::Path;

use crate::error::ExportError;

/// A format for a recorded run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// An object-centric event log, OCEL 2.0 in JSON, for process mining.
    Ocel,
    /// A timeline, Chrome's trace events in JSON, for `ui.perfetto.dev`.
    Chrome,
    /// Journeys and places, for maps.
    GeoJson,
    /// Notes as CloudEvents, for whatever hears real ones.
    CloudEvents,
    /// A table with a row for each record, for data frames and databases.
    Parquet,
}

/// A format for results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultFormat {
    /// The document of `rehearsal run --format json`, with every single run.
    Json,
    /// A row for each policy, replication, measure and segment.
    Csv,
    /// The same rows, with types.
    Parquet,
    /// A database with all tables.
    Sqlite,
}

/// Endings, the more special before the more general.
const TRACES: [(&str, TraceFormat); 9] = [
    (".ocel.json", TraceFormat::Ocel),
    (".jsonocel", TraceFormat::Ocel),
    (".chrome.json", TraceFormat::Chrome),
    (".perfetto.json", TraceFormat::Chrome),
    (".geojson", TraceFormat::GeoJson),
    (".geo.json", TraceFormat::GeoJson),
    (".cloudevents.ndjson", TraceFormat::CloudEvents),
    (".ndjson", TraceFormat::CloudEvents),
    (".parquet", TraceFormat::Parquet),
];
const RESULTS: [(&str, ResultFormat); 5] = [
    (".json", ResultFormat::Json),
    (".csv", ResultFormat::Csv),
    (".parquet", ResultFormat::Parquet),
    (".sqlite", ResultFormat::Sqlite),
    (".db", ResultFormat::Sqlite),
];

impl TraceFormat {
    /// The format that the end of a file's name tells.
    ///
    /// # Errors
    /// It tells none.
    pub fn of(path: &Path) -> Result<TraceFormat, ExportError> {
        known(path, &TRACES)
    }

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            TraceFormat::Ocel => "OCEL",
            TraceFormat::Chrome => "Chrome trace",
            TraceFormat::GeoJson => "GeoJSON",
            TraceFormat::CloudEvents => "CloudEvents",
            TraceFormat::Parquet => "Parquet",
        }
    }

    /// Whether this build of the program writes it.
    ///
    /// # Errors
    /// [`ExportError::NotBuilt`], with the command that builds one that does.
    pub fn available(self) -> Result<(), ExportError> {
        match self {
            TraceFormat::Parquet => built(cfg!(feature = "parquet"), "Parquet", "parquet"),
            TraceFormat::Ocel | TraceFormat::Chrome | TraceFormat::GeoJson | TraceFormat::CloudEvents => Ok(()),
        }
    }
}

impl ResultFormat {
    /// The format that the end of a file's name tells.
    ///
    /// # Errors
    /// It tells none.
    pub fn of(path: &Path) -> Result<ResultFormat, ExportError> {
        known(path, &RESULTS)
    }

    /// Whether this build of the program writes it.
    ///
    /// # Errors
    /// [`ExportError::NotBuilt`], with the command that builds one that does.
    pub fn available(self) -> Result<(), ExportError> {
        match self {
            ResultFormat::Parquet => built(cfg!(feature = "parquet"), "Parquet", "parquet"),
            ResultFormat::Sqlite => built(cfg!(feature = "sqlite"), "SQLite", "sqlite"),
            ResultFormat::Json | ResultFormat::Csv => Ok(()),
        }
    }
}

fn known<F: Copy>(path: &Path, formats: &[(&str, F)]) -> Result<F, ExportError> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let found = formats.iter().find(|(ending, _)| name.len() > ending.len() && name.ends_with(ending));
    found.map(|(_, format)| *format).ok_or_else(|| {
        let (last, rest) = formats.split_last().map_or(("", &[][..]), |(last, rest)| (last.0, rest));
        let rest: Vec<&str> = rest.iter().map(|(ending, _)| *ending).collect();
        ExportError::NoFormat { path: path.to_owned(), endings: format!("{} or {last}", rest.join(", ")) }
    })
}

fn built(built: bool, format: &'static str, feature: &'static str) -> Result<(), ExportError> {
    if built { Ok(()) } else { Err(ExportError::NotBuilt { format, feature }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_tells_the_format() {
        let trace = |name: &str| TraceFormat::of(Path::new(name)).map_err(|error| error.to_string());
        assert_eq!(trace("out/day.ocel.json"), Ok(TraceFormat::Ocel));
        assert_eq!(trace("day.perfetto.JSON"), Ok(TraceFormat::Chrome));
        assert_eq!(trace("a.b.geojson"), Ok(TraceFormat::GeoJson));
        let unknown = trace("day.json").unwrap_err();
        assert!(unknown.starts_with("the name day.json tells no format: end it in .ocel.json, "), "{unknown}");
        assert!(unknown.ends_with(" or .parquet"), "{unknown}");
        assert!(trace(".geojson").is_err() && trace("..").is_err());
        assert_eq!(ResultFormat::of(Path::new("r.json")).unwrap(), ResultFormat::Json);
        assert_eq!(ResultFormat::of(Path::new("r.db")).unwrap(), ResultFormat::Sqlite);
        assert!(ResultFormat::of(Path::new("r.xlsx")).is_err());
    }

    #[test]
    fn what_was_left_out_says_how_to_get_it() {
        let said = built(false, "Parquet", "parquet").unwrap_err().to_string();
        assert!(said.contains("`cargo build --release -p rehearsal-cli --features parquet`"), "{said}");
        assert_eq!(TraceFormat::Parquet.available().is_ok(), cfg!(feature = "parquet"));
        assert_eq!(ResultFormat::Sqlite.available().is_ok(), cfg!(feature = "sqlite"));
    }
}
