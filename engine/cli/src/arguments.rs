//! What can be asked on the command line, and the help that teaches it.

mod calibrate;
mod experiment;
mod explore;
mod export;
mod help;
mod live;
mod recorded;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(crate) use calibrate::CalibrateArguments;
pub(crate) use experiment::*;
pub(crate) use explore::*;
pub(crate) use export::ExportArguments;
use help::*;
pub(crate) use live::*;
pub(crate) use recorded::*;
use rehearsal_scenario::Mode;

/// Rehearse a service moment before it happens to a customer.
///
/// A scenario is a folder of RON files: the people, the places, what goes wrong, and the policies to
/// try. Every policy meets the same people and the same bad luck, so what differs is the policy.
#[derive(Debug, Parser)]
#[command(name = "rehearsal", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try policies on a scenario and compare them
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Hold scenarios to a baseline and to what they expect, for continuous integration
    #[command(after_help = GATE_HELP)]
    Gate(GateArguments),
    /// Find the best of several policies, with a guaranteed probability
    #[command(after_help = SELECT_EXAMPLES)]
    Select(SelectArguments),
    /// Say how long a scenario takes to forget how it began, and what it settles to
    #[command(after_help = STEADY_EXAMPLES)]
    Steady(SteadyArguments),
    /// Try policies at many settings: a grid, a Latin hypercube, Sobol' points
    #[command(after_help = SWEEP_EXAMPLES)]
    Sweep(SweepArguments),
    /// Say which settings a measure depends on, and how much
    #[command(after_help = SENSITIVITY_EXAMPLES)]
    Sensitivity(SensitivityArguments),
    /// Look for the settings at which a policy does best, under limits
    #[command(after_help = OPTIMIZE_EXAMPLES)]
    Optimize(OptimizeArguments),
    /// Fit a scenario's laws of chance to recorded runs or to tables
    #[command(after_help = CALIBRATE_EXAMPLES)]
    Calibrate(CalibrateArguments),
    /// Say whether a scenario is sound, or name all its faults
    #[command(after_help = CHECK_HELP)]
    Check(CheckArguments),
    /// Say who is in a scenario, who speaks to whom, and what can be set
    #[command(after_help = DESCRIBE_EXAMPLES)]
    Describe(DescribeArguments),
    /// Make a folder with a scenario that runs, to be changed into your own
    #[command(after_help = NEW_EXAMPLES)]
    New(NewArguments),
    /// Lay the files of a scenario out alike
    #[command(after_help = FMT_EXAMPLES)]
    Fmt(FmtArguments),
    /// Print the words of the language: what each takes, for editors
    Schema(SchemaArguments),
    /// Let a policy decide on a stream of events, with no world around it
    #[command(after_help = DECIDE_HELP)]
    Decide(DecideArguments),
    /// Run a scenario beside reality: real events in, decisions out, nothing lost
    #[command(after_help = LIVE_HELP)]
    Live(Box<LiveArguments>),
    /// Look into the futures of a twin under several policies
    #[command(after_help = FORK_EXAMPLES)]
    Fork(ForkArguments),
    /// Check the journal of a twin, or save what is whole of one that is damaged
    #[command(after_help = JOURNAL_EXAMPLES)]
    Journal(JournalArguments),
    /// Tell what happened in a recorded run, or replay the journal of a twin
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayArguments),
    /// Watch a recorded run, or two policies side by side: in a window, as a picture or as a film
    #[command(after_help = VIEW_EXAMPLES)]
    View(rehearsal_request::Request),
    /// Write a recorded run in the format of another tool
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportArguments),
    /// Say why a policy did what it did in a recorded run
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Say which rules, states, timers and branches of the policies never come to use
    #[command(after_help = COVERAGE_EXAMPLES)]
    Coverage(CoverageArguments),
    /// Hold models against theory, or scenarios against a table of your own
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArguments),
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// A policy to try, repeatable; the first is the baseline [default: all]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// How often each policy is tried [default: what the scenario says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replications: Option<u32>,
    /// The seed of all chance [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario for this run, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// Go on until half of the 95 % interval is no wider than this, repeatable: 5%, or MEASURE=0.5. With several policies it is
    /// the difference from the baseline that has to be so precise, and a share is one of the baseline's mean
    #[arg(long, value_name = "[MEASURE=]WIDTH")]
    pub(crate) precision: Vec<String>,
    /// The most replications of each policy that --precision may take
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "precision", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_replications: u32,
    /// Keep finished runs in this file, and go on from those that are in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) resume: Option<PathBuf>,
    /// Tell also how single values are spread: P50, P90 and P99 with their intervals
    #[arg(long)]
    pub(crate) quantiles: bool,
    /// Record the first replication of the first policy, or of each where FILE has `{policy}` in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) trace: Option<PathBuf>,
    /// Let the record have what is written to people, which may hold personal data
    #[arg(long, requires = "trace")]
    pub(crate) texts: bool,
    /// Record also the events that no rule answered, with the reason of each rule
    #[arg(long, requires = "trace")]
    pub(crate) explain_all: bool,
    /// Let a policy act (live), only decide (shadow), or do nothing (off), repeatable
    #[arg(long = "mode", value_name = "POLICY=MODE", value_parser = mode)]
    pub(crate) modes: Vec<(String, Mode)>,
    /// Let another policy decide in shadow on the same events, for `rehearsal explain --parted`
    #[arg(long, value_name = "POLICY", requires = "trace")]
    pub(crate) beside: Option<String>,
    /// Write every single run into this file too, as .json, .csv, .parquet or .sqlite, repeatable
    #[arg(long = "export", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) exports: Vec<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Human)]
    pub(crate) format: ResultFormat,
    /// Write also a page for people into this file: the answer, tables and pictures, as HTML that needs nothing else. It looks
    /// into runs, and where the scenario has a map it records replication 0 of each policy, which takes some time and space
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Take warnings for faults
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Check again whenever one of its files is saved, until Ctrl-C
    #[arg(long, conflicts_with = "format")]
    pub(crate) watch: bool,
    /// How what is found is written
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(crate) format: CheckFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// How it is described
    #[arg(long, value_enum, default_value_t = DescriptionFormat::Text)]
    pub(crate) format: DescriptionFormat,
    /// Draw it, as SVG, into this file
    #[arg(long, value_name = "FILE", conflicts_with = "format", value_hint = ValueHint::FilePath)]
    pub(crate) svg: Option<PathBuf>,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The folder to make; its name becomes the scenario's
    #[arg(value_name = "NAME")]
    pub(crate) name: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value_t = Template::Service)]
    pub(crate) template: Template,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArguments {
    /// Folders and files, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing, and fail where something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// How they are written
    #[arg(long, value_enum, default_value_t = SchemaFormat::Json)]
    pub(crate) format: SchemaFormat,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DecideArguments {
    /// The policy's file, or its scenario's folder with --policy
    #[arg(value_name = "POLICY", value_hint = ValueHint::AnyPath)]
    pub(crate) policy: PathBuf,
    /// Which policy of the scenario decides
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Profiles to enrol or change, a JSON object a line; `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) profiles: Option<PathBuf>,
    /// Events in the order of their time, a CloudEvent a line; `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) events: Option<PathBuf>,
    /// Where what is remembered is kept between calls
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,
    /// Let time pass to this moment at the end, so that timers ring, such as 2026-11-05T18:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Wait so long for events that are on their way, and bring them into order, such as 10s
    #[arg(long, value_name = "SPAN", value_parser = rehearsal_trace::moment::span)]
    pub(crate) late: Option<u64>,
    /// Enrol profiles that nobody named when the first event about them comes
    #[arg(long)]
    pub(crate) enrol: bool,
    /// Tell events too at which nothing was decided, and why
    #[arg(long)]
    pub(crate) all: bool,
    /// How decisions are marked [default: as the policy says]
    #[arg(long, value_enum)]
    pub(crate) mode: Option<DecideMode>,
    /// Mark those about this share of the profiles as live and all others as shadow, such as 10%
    #[arg(long, value_name = "SHARE", conflicts_with = "mode", value_parser = share)]
    pub(crate) share: Option<f64>,
    /// Another policy on the same stream: tell only where the two part
    #[arg(long, value_name = "NAME", conflicts_with = "state")]
    pub(crate) beside: Option<String>,
    /// Write lines that were put aside here, with the reason, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) rejects: Option<PathBuf>,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecideMode {
    /// To be carried out
    Live,
    /// To be looked at, not carried out
    Shadow,
}

#[derive(Debug, Args)]
pub(crate) struct CoverageArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// A policy to look at, repeatable [default: all]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// How often each policy is run
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replications: u32,
    /// The seed of all chance [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario before, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// End with exit code 1 where anything was never used
    #[arg(long)]
    pub(crate) fail_on_gaps: bool,
    /// How it is written
    #[arg(long, value_enum, default_value_t = CoverageFormat::Human)]
    pub(crate) format: CoverageFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Homes, a company that mends their boilers, and two policies for it
    Service,
    /// A desk and a line, in one file, without policies
    Queue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Lines of the files with the fault under them
    Human,
    /// JSON, schema rehearsal.check/1
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescriptionFormat {
    /// Text to read
    Text,
    /// JSON, schema rehearsal.describe/1
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// JSON, schema rehearsal.schema/1
    Json,
    /// The page of the reference
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultFormat {
    /// Tables to read
    Human,
    /// JSON, schema rehearsal.run/1
    Json,
    /// CSV, a row for each policy, measure and segment
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// What was never used, to read
    Human,
    /// JSON, schema rehearsal.coverage/1
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Where a terminal shows them
    Auto,
    /// In any case
    Always,
    /// Not at all
    Never,
}

/// A span in nanoseconds, such as 2d or 90s.
fn span(text: &str) -> Result<u64, String> {
    rehearsal_trace::moment::span(text)
}

/// A share, from 0 to 1 or in percent.
fn share(text: &str) -> Result<f64, String> {
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / percent).filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a share such as 0.1 or 10%".into())
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().into(), value.trim().into())),
        Some(_) => Err("there is no path before `=`: write PATH=VALUE, such as dealer.loaners=8".into()),
        None => Err("there is no `=`: write PATH=VALUE, such as dealer.loaners=8".into()),
    }
}

fn mode(text: &str) -> Result<(String, Mode), String> {
    let allowed = "write POLICY=MODE with live, shadow, off or a share, such as proactive=shadow or proactive=10%";
    let (policy, word) = text.split_once('=').ok_or_else(|| format!("there is no `=`: {allowed}"))?;
    let mode = Mode::parse(word.trim()).ok_or_else(|| format!("there is no mode `{}`: {allowed}", word.trim()))?;
    Ok((policy.trim().into(), mode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn settings_split_at_the_first_equals_sign() {
        assert_eq!(setting("a.b=x = y"), Ok(("a.b".into(), "x = y".into())));
        assert_eq!(setting("a="), Ok(("a".into(), String::new())));
        assert!(setting("a").unwrap_err().contains("PATH=VALUE"));
        assert!(setting("=3").unwrap_err().contains("no path"));
    }

    #[test]
    fn examples_in_the_help_are_commands_that_parse() {
        let texts = [
            EXAMPLES,
            RUN_EXAMPLES,
            GATE_HELP,
            SELECT_EXAMPLES,
            STEADY_EXAMPLES,
            DESCRIBE_EXAMPLES,
            NEW_EXAMPLES,
            FMT_EXAMPLES,
            DECIDE_HELP,
            LIVE_HELP,
            FORK_EXAMPLES,
            JOURNAL_EXAMPLES,
            REPLAY_EXAMPLES,
            VIEW_EXAMPLES,
            EXPORT_EXAMPLES,
            EXPLAIN_EXAMPLES,
            COVERAGE_EXAMPLES,
            VALIDATE_EXAMPLES,
            COMPLETIONS_EXAMPLES,
            SWEEP_EXAMPLES,
            SENSITIVITY_EXAMPLES,
            OPTIMIZE_EXAMPLES,
            CALIBRATE_EXAMPLES,
        ];
        let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("  rehearsal "));
        let mut count = 0;
        for line in lines {
            // A limit is no redirection.
            let line = line.replace(" <= ", "≤");
            let command = line.split(['>', '<', '|']).next().unwrap_or(&line);
            // Quotes hold one word with a space in it, or none.
            let words = command.trim().replace("05 12", "05\u{a0}12").replace("5 Nov 08", "5\u{a0}Nov\u{a0}08").replace('\'', "");
            let parsed = Arguments::try_parse_from(words.split(' '));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
            count += 1;
        }
        assert_eq!(count, 85);
    }
}
