//! What can be asked of the commands that look at a recorded run: `replay` and `explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A trace that `rehearsal run --trace` wrote, or the folder of a twin's data
    #[arg(value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Of a twin: the policy that is in force instead; where the two part is told
    #[arg(long, value_name = "NAME", conflicts_with_all = ["actor", "map", "at"])]
    pub(crate) policy: Option<String>,
    /// Of a twin: record it in this file, for all that looks at traces
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["actor", "map", "at"])]
    pub(crate) trace: Option<PathBuf>,
    /// Of a twin: where the scenario is, if not where it was when the twin was begun
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) scenario: Option<PathBuf>,
    /// Whose part to tell, such as driver/17
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t = TraceFormat::Story)]
    pub(crate) format: TraceFormat,
    /// Draw where everyone is, as SVG, into this file
    #[arg(long, value_name = "FILE", requires = "at", conflicts_with_all = ["actor", "format", "from", "to"])]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) map: Option<PathBuf>,
    /// The moment that the map shows
    #[arg(long, value_name = "TIME", requires = "map")]
    pub(crate) at: Option<String>,
    /// Leave out what comes before
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Leave out what comes at this time or later
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A trace that `rehearsal run --trace` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Whom the decisions concern: a profile, a person who was contacted, or a policy's own actor
    #[arg(long, value_name = "NAME", conflicts_with_all = ["decision", "parted"])]
    pub(crate) actor: Option<String>,
    /// The last decision up to this moment
    #[arg(long, value_name = "TIME", requires = "actor")]
    pub(crate) at: Option<String>,
    /// A decision by its number, with the policy before it where two decided: 481, proactive/481
    #[arg(long, value_name = "NUMBER", conflicts_with = "parted")]
    pub(crate) decision: Option<String>,
    /// Where two policies part that were run side by side
    #[arg(long)]
    pub(crate) parted: bool,
    /// How it is told
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(crate) format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// Sentences to read
    Story,
    /// A JSON object on each line
    Ndjson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// Sentences to read
    Text,
    /// JSON, schema rehearsal.explain/1
    Json,
}
