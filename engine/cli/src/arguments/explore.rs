//! What can be asked of `sweep`, `sensitivity` and `optimize`.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, ValueHint};

use super::{Color, setting};

/// What the three have in common.
#[derive(Debug, Args)]
pub(crate) struct ExploreArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// What is varied, repeatable: PATH is as for --set, VALUES are LOW..HIGH, `LOW..HIGH log`, or a,b,c
    #[arg(long = "vary", value_name = "PATH=VALUES", required = true, value_parser = vary, allow_hyphen_values = true)]
    pub(crate) vary: Vec<(String, String)>,
    /// How often each policy is tried at each point [default: what the scenario says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) replications: Option<u32>,
    /// The seed of all chance, also of which points are drawn [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario at all points, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// Keep all figures in this file, as CSV; after a stop the same command goes on from there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Begin the file anew, whatever experiment it holds
    #[arg(long, requires = "out")]
    pub(crate) fresh: bool,
    /// Draw what came out, as SVG, into this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) plot: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = ExploreFormat::Human)]
    pub(crate) format: ExploreFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What `sweep` and `sensitivity` have in common.
#[derive(Debug, Args)]
pub(crate) struct ManyArguments {
    /// A policy to try, repeatable [default: all]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// The measure that is told and drawn; the file has all [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(crate) measure: Option<String>,
    /// Give each point luck of its own instead of the same to all
    #[arg(long)]
    pub(crate) own_luck: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    #[command(flatten)]
    pub(crate) explore: ExploreArguments,
    #[command(flatten)]
    pub(crate) many: ManyArguments,
    /// Which points are tried
    #[arg(long, value_enum, default_value_t = Design::Grid)]
    pub(crate) design: Design,
    /// Values of each range in a grid or a star [default: 5]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(2..=65_536))]
    pub(crate) steps: Option<usize>,
    /// Points of a Latin hypercube or a Sobol' sequence [default: 32]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    pub(crate) points: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct SensitivityArguments {
    #[command(flatten)]
    pub(crate) explore: ExploreArguments,
    #[command(flatten)]
    pub(crate) many: ManyArguments,
    /// How it is found out
    #[arg(long, value_enum, default_value_t = Method::Sobol)]
    pub(crate) method: Method,
    /// Rows of Sobol' indices, each of 2 points more than factors [default: 64]; trajectories of Morris, each of 1 point
    /// more than factors [default: 20]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    pub(crate) points: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct OptimizeArguments {
    #[command(flatten)]
    pub(crate) explore: ExploreArguments,
    /// The policy whose figures count [default: the only one]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Look for the least of this measure
    #[arg(long, value_name = "MEASURE", required_unless_present = "maximize", conflicts_with = "maximize")]
    pub(crate) minimize: Option<String>,
    /// Look for the most of this measure
    #[arg(long, value_name = "MEASURE")]
    pub(crate) maximize: Option<String>,
    /// What has to hold of a measure, repeatable, such as 'calls <= 5'
    #[arg(long = "subject", value_name = "LIMIT", value_parser = limit)]
    pub(crate) limits: Vec<AskedLimit>,
    /// Points to try
    #[arg(long, value_name = "N", default_value_t = 40)]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=2_000))]
    pub(crate) budget: usize,
    /// The most replications of points that race for being the best [default: 4 times --replications]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(crate) most: Option<u32>,
}

/// A limit as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AskedLimit {
    pub(crate) measure: String,
    pub(crate) at_most: bool,
    pub(crate) bound: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Design {
    /// Every combination of values
    Grid,
    /// A Latin hypercube, the best spread of 20
    Lhs,
    /// A Sobol' sequence, scrambled by the seed
    Sobol,
    /// The middle of all, then one factor at a time
    Star,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Shares of the variance: Sobol' indices by Saltelli and Jansen
    Sobol,
    /// Sizes of steps: elementary effects of Morris, for many factors and few points
    Morris,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExploreFormat {
    /// Tables to read
    Human,
    /// JSON, schema rehearsal.sweep/1, rehearsal.sensitivity/1 or rehearsal.optimize/1
    Json,
    /// CSV, a row for each point, policy and measure
    Csv,
}

fn vary(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, values)) if !path.trim().is_empty() => Ok((path.trim().into(), values.trim().into())),
        _ => Err("write PATH=VALUES, such as dealer.loaners=2..10 or dealer.loaners=2,4,8".into()),
    }
}

fn limit(text: &str) -> Result<AskedLimit, String> {
    let example = "write MEASURE <= NUMBER or MEASURE >= NUMBER, such as 'calls <= 5', in the measure's unit";
    let text = text.replace('≤', "<=").replace('≥', ">=");
    let (at, at_most) = match (text.find("<="), text.find(">=")) {
        (Some(at), None) => (at, true),
        (None, Some(at)) => (at, false),
        _ => return Err(example.into()),
    };
    let (measure, number) = (text[..at].trim(), text[at + 2..].trim());
    let bound = number.parse::<f64>().ok().filter(|bound| bound.is_finite());
    match bound {
        Some(bound) if !measure.is_empty() => Ok(AskedLimit { measure: measure.into(), at_most, bound }),
        Some(_) => Err(format!("there is no measure before the sign: {example}")),
        None => Err(format!("`{number}` is no number: {example}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_a_measure_a_side_and_a_number() {
        let asked = |measure: &str, at_most, bound| Ok(AskedLimit { measure: measure.into(), at_most, bound });
        assert_eq!(limit("calls <= 5"), asked("calls", true, 5.0));
        assert_eq!(limit("calls ≤ 5"), asked("calls", true, 5.0));
        assert_eq!(limit("value>=-2.5e3"), asked("value", false, -2500.0));
        assert!(limit("calls < 5").unwrap_err().contains("MEASURE <= NUMBER"));
        assert!(limit("calls <= few").unwrap_err().contains("`few` is no number"));
        assert!(limit("<= 5").unwrap_err().contains("no measure"));
        assert!(limit("calls <= inf").is_err());
    }

    #[test]
    fn what_is_varied_splits_at_the_first_equals_sign() {
        assert_eq!(vary("a.b = 1..4"), Ok(("a.b".into(), "1..4".into())));
        assert!(vary("1..4").unwrap_err().contains("PATH=VALUES"));
    }
}
