//! What can be asked of `rehearsal export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use rehearsal_export::TraceFormat;

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// A trace that `rehearsal run --trace` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The format [default: what the name of the file says, as .ocel.json or .geojson]
    #[arg(long = "to", visible_alias = "format", value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// The file to write, or `-` for standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
    /// Leave out what comes before
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Leave out what comes at this time or later
    #[arg(long, value_name = "TIME", visible_alias = "until")]
    pub(crate) to_time: Option<String>,
    /// Only records in which this actor takes part, such as driver/17, repeatable
    #[arg(long = "actor", value_name = "NAME")]
    pub(crate) actors: Vec<String>,
    /// Only records in which an actor of this kind takes part, repeatable
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Only records of this sort, repeatable
    #[arg(long = "what", value_name = "SORT", value_parser = rehearsal_trace::schema::TAGS)]
    pub(crate) what: Vec<String>,
    /// Only messages, notes, states, rules and templates of this name, repeatable
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// No messages, notes, states, rules and templates of this name, repeatable
    #[arg(long = "leave-out", value_name = "NAME")]
    pub(crate) leave_out: Vec<String>,
    /// Actors of each kind that a timeline shows at most [default: 20, or those that --actor names]
    #[arg(long, value_name = "N", conflicts_with = "actors")]
    pub(crate) sample: Option<usize>,
    /// Also what is written to people, where the trace has it; it may hold personal data
    #[arg(long)]
    pub(crate) texts: bool,
    /// Take what is whole of a trace that was cut off
    #[arg(long)]
    pub(crate) partial: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// An object-centric event log, OCEL 2.0 in JSON, for process mining
    Ocel,
    /// A timeline, Chrome's trace events in JSON, for ui.perfetto.dev
    Chrome,
    /// Journeys and notes on a map, GeoJSON
    Geojson,
    /// Notes as CloudEvents, a line each, for `rehearsal live` and `decide`
    Cloudevents,
    /// A table with a row for each record; in builds with `--features parquet`
    Parquet,
}

impl From<ExportFormat> for TraceFormat {
    fn from(format: ExportFormat) -> TraceFormat {
        match format {
            ExportFormat::Ocel => TraceFormat::Ocel,
            ExportFormat::Chrome => TraceFormat::Chrome,
            ExportFormat::Geojson => TraceFormat::GeoJson,
            ExportFormat::Cloudevents => TraceFormat::CloudEvents,
            ExportFormat::Parquet => TraceFormat::Parquet,
        }
    }
}
