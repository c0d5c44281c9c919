//! What can be asked on the command line, and the help that teaches it.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

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

const EXAMPLES: &str = "\
Examples:
  rehearsal check scenarios/broken-down-car
      Is the scenario sound? Names every fault with its file and line.
  rehearsal run scenarios/broken-down-car
      Try every policy and compare: which is better, by how much, how sure, and for whom.
  rehearsal run scenarios/broken-down-car --set dealer.loaners=8
      What if every dealer had eight loaners?
  rehearsal run scenarios/broken-down-car --trace day.trace
  rehearsal replay day.trace --actor driver/17
      What happened to this driver, step by step, and why?

Exit codes: 0 done; 1 a fault of this program, or files that `fmt --check` would change;
2 a fault of what it was given.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try policies on a scenario and compare them
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
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
    /// Tell what happened in a recorded run
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayArguments),
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArguments),
}

const RUN_EXAMPLES: &str = "\
Examples:
  rehearsal run scenarios/broken-down-car --policy reactive --policy proactive
      Two policies; the first is the baseline that the other is compared to.
  rehearsal run scenarios/broken-down-car --replications 100 --jobs 8
      More replications make intervals narrower; threads change no digit.
  rehearsal run scenarios/broken-down-car --format json > result.json
      For programs; csv for spreadsheets.
  rehearsal run scenarios/broken-down-car --replications 1 --trace '{policy}.trace'
      Record the first replication under every policy.";

const CHECK_HELP: &str = "\
A fault is what keeps the scenario from running; exit code 2. A warning is what looks like a slip: a
state that nothing leads to, a definition that nothing uses. It is told, and changes no exit code.";

const DESCRIBE_EXAMPLES: &str = "\
Examples:
  rehearsal describe scenarios/broken-down-car
      Groups, kinds with their states, messages, policies, what --set can change, measures.
  rehearsal describe scenarios/broken-down-car --svg car.svg
      The kinds with their statecharts, and the messages between them.
  rehearsal describe scenarios/broken-down-car --format json > car.json
      For programs, schema rehearsal.describe/1.";

const NEW_EXAMPLES: &str = "\
Examples:
  rehearsal new my-story
      People, a service, an interface, two policies, measures, and a README that says what to try.
  rehearsal new scenarios/line --template queue
      The smallest story: a desk and a line.";

const FMT_EXAMPLES: &str = "\
Examples:
  rehearsal fmt scenarios/broken-down-car
      All files of the folder; names those that it changed.
  rehearsal fmt --check scenarios
      Changes nothing; names what it would change, and ends with exit code 1 if there is any.
  rehearsal fmt - < dealer.ron
      From standard input to standard output, for editors.

Every comment is kept, and formatting twice changes nothing. A file with faults is left as it is.";

const REPLAY_EXAMPLES: &str = "\
Examples:
  rehearsal replay day.trace
      What it is, who is in it, and who has the most to tell.
  rehearsal replay day.trace --actor driver/17
      The story of one driver, with every decision and why it was made.
  rehearsal replay day.trace --map noon.svg --at '2026-11-05 12:00'
      Where everyone is at that moment.
  rehearsal replay day.trace --format ndjson --from 36h --to 40h | jq .
      Four hours of records, a line each.

Times: since the start, as `36h` or `1d 8h 30min`; or as the calendar says, as `2026-11-05 08:30`,
or `5 Nov 08:30` as in a story.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  rehearsal completions bash > ~/.local/share/bash-completion/completions/rehearsal
  rehearsal completions fish > ~/.config/fish/completions/rehearsal.fish";

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
    /// Record the first replication of the first policy, or of each where FILE has `{policy}` in it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) trace: Option<PathBuf>,
    /// Let the record have what is written to people, which may hold personal data
    #[arg(long, requires = "trace")]
    pub(crate) texts: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Human)]
    pub(crate) format: ResultFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The scenario's folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
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

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A trace that `rehearsal run --trace` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
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
pub(crate) enum TraceFormat {
    /// Sentences to read
    Story,
    /// A JSON object on each line
    Ndjson,
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

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().into(), value.trim().into())),
        Some(_) => Err("there is no path before `=`: write PATH=VALUE, such as dealer.loaners=8".into()),
        None => Err("there is no `=`: write PATH=VALUE, such as dealer.loaners=8".into()),
    }
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
        let texts =
            [EXAMPLES, RUN_EXAMPLES, DESCRIBE_EXAMPLES, NEW_EXAMPLES, FMT_EXAMPLES, REPLAY_EXAMPLES, COMPLETIONS_EXAMPLES];
        let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("  rehearsal "));
        let mut count = 0;
        for line in lines {
            let command = line.split(['>', '<', '|']).next().unwrap_or(line);
            // Quotes hold one word with a space in it, or none.
            let words = command.trim().replace("05 12", "05\u{a0}12").replace('\'', "");
            let parsed = Arguments::try_parse_from(words.split(' '));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
            count += 1;
        }
        assert_eq!(count, 23);
    }
}
