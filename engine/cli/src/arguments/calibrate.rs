//! What can be asked of `calibrate`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{Color, TextFormat};

#[derive(Debug, Args)]
pub(crate) struct CalibrateArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// What was seen: traces of runs, and tables whose names end in .csv; all of them together
    #[arg(long = "from", value_name = "FILE", required = true, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Fit only this law, repeatable: a path such as car/leaking/after0, or the beginning of one [default: all]
    #[arg(long = "law", value_name = "PATH")]
    pub(crate) laws: Vec<String>,
    /// Leave laws as they are of which fewer values came to their end
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) least: u32,
    /// Try other families too, and compare by AIC; what is written keeps its family
    #[arg(long)]
    pub(crate) families: bool,
    /// Put the numbers into the scenario's files
    #[arg(long, conflicts_with = "out")]
    pub(crate) write: bool,
    /// Make a changed copy of the scenario in this folder, which must not be there yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Change numbers too that stand in files which other scenarios may use
    #[arg(long)]
    pub(crate) library: bool,
    /// Draw each law against what was seen, as SVG, into this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) pictures: Option<PathBuf>,
    /// The seed of the samples that are drawn to tell how well laws fit
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How it is written; JSON has schema rehearsal.calibrate/1
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub(crate) format: TextFormat,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}
