//! What can be asked of the commands about experiments: `gate`, `select`, `steady` and `validate`.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, ValueHint};

use super::{Color, setting, share};

#[derive(Debug, Args)]
pub(crate) struct GateArguments {
    /// The scenarios' folders
    #[arg(value_name = "SCENARIO", required = true, value_hint = ValueHint::DirPath)]
    pub(crate) scenarios: Vec<PathBuf>,
    /// Compare with the results in this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the results into this file, to be compared with later, unless an expectation fails
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save_baseline: Option<PathBuf>,
    /// How much worse a measure may be, repeatable: 5% of its baseline, or MEASURE=0.5 [default: 5%]
    #[arg(long, value_name = "[MEASURE=]AMOUNT")]
    pub(crate) tolerance: Vec<String>,
    /// Let what is not known well enough fail too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Compare also the instructions that the files of Callgrind in this folder count
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) instructions: Option<PathBuf>,
    /// How many more instructions are allowed
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    pub(crate) instructions_tolerance: f64,
    /// How often each policy is tried [default: as in the baseline, or what the scenario says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replications: Option<u32>,
    /// The seed of all chance [default: as in the baseline, or what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenarios before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// How it is reported
    #[arg(long, value_enum, default_value_t = GateFormat::Human)]
    pub(crate) format: GateFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct SelectArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// The measure that decides
    #[arg(long, value_name = "NAME")]
    pub(crate) measure: String,
    /// The least difference that matters, in the measure's unit
    #[arg(long, value_name = "DIFFERENCE")]
    pub(crate) indifference: f64,
    /// How likely the best is to be found, such as 0.95 or 95%
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = share)]
    pub(crate) confidence: f64,
    /// A policy to try, repeatable [default: all]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// Replications of each policy that tell how values vary
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..))]
    pub(crate) first: u32,
    /// The most replications of each policy
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(3..))]
    pub(crate) max_replications: u32,
    /// The seed of all chance [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// Keep finished runs in this file, and go on from those that are in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) resume: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub(crate) format: TextFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct SteadyArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// The policy to look at [default: the baseline]
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Replications whose courses are averaged; with 1, intervals come from batches [default: what the scenario says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replications: Option<u32>,
    /// Into how many stretches of time each run is cut
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = RangedU64ValueParser::<usize>::new().range(20..=100_000))]
    pub(crate) stretches: usize,
    /// Draw the courses, as SVG, into this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) svg: Option<PathBuf>,
    /// The seed of all chance [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub(crate) format: TextFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// A model to run, repeatable [default: all; see --list]
    #[arg(long, value_name = "MODEL", conflicts_with = "table")]
    pub(crate) only: Vec<String>,
    /// A file of your own expectations, instead of our models
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) table: Option<PathBuf>,
    /// Name the models and run nothing
    #[arg(long, conflicts_with_all = ["only", "table", "format", "seed", "jobs"])]
    pub(crate) list: bool,
    /// The seed of all chance [default: 1, or what the table says, or its scenarios]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t = ValidationFormat::Human)]
    pub(crate) format: ValidationFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateFormat {
    /// What did not pass, to read
    Human,
    /// JSON, schema rehearsal.gate/1
    Json,
    /// XML as JUnit writes it
    Junit,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Text to read
    Human,
    /// JSON, for programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidationFormat {
    /// A table to read
    Human,
    /// JSON, schema rehearsal.validate/1
    Json,
    /// CSV, a line for each row
    Csv,
}
