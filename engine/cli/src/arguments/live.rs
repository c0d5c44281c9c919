//! What can be asked of a twin: `live`, `fork` and what `replay` does with the folder of one.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use rehearsal_scenario::Mode;

use super::{Color, ResultFormat, mode, setting, span};

#[derive(Debug, Args)]
pub(crate) struct LiveArguments {
    /// The scenario's folder; it says what is real in Live(...)
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) scenario: PathBuf,
    /// The folder of the twin's data; begun where there is none, gone on from where there is one [default: NAME.twin]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
    /// The policy in force [default: the scenario's baseline]
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Let the policy act (live), only decide (shadow), or act for a share (canary=10%): POLICY=MODE, repeatable
    #[arg(long = "mode", value_name = "POLICY=MODE", value_parser = mode)]
    pub(crate) modes: Vec<(String, Mode)>,
    /// Hear events from this file, CloudEvents a line each, repeatable; `-` is standard input. The twin stops when they end,
    /// unless --listen is given
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) events: Vec<PathBuf>,
    /// Read the lines of --events as messages of this input of the scenario
    #[arg(long, value_name = "INPUT", requires = "events")]
    pub(crate) input: Option<String>,
    /// Hear events and answer questions over HTTP here [default: 127.0.0.1:7070, where no --events are given]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Who may come in over HTTP: a file of lines `ROLE NAME TOKEN`, roles ingest, read and operate [default: REHEARSAL_TOKENS;
    /// with neither, everybody on this machine]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tokens: Option<PathBuf>,
    /// The certificates by which others know this server, PEM; needed, with tokens, to listen beyond this machine
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the first certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
    /// A name by which this server is called, beside localhost, repeatable
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// How many requests a second each caller may make
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) max_rate: u32,
    /// Hear the inputs of the scenario from this MQTT broker: mqtt://host:1883 or mqtts://host:8883
    #[arg(long, value_name = "URL")]
    pub(crate) mqtt: Option<String>,
    /// Hear CloudEvents on these topics of the broker too, repeatable: rehearsal/#
    #[arg(long, value_name = "FILTER", requires = "mqtt")]
    pub(crate) mqtt_topic: Vec<String>,
    /// Who the twin is at the broker; its password stands in REHEARSAL_MQTT_PASSWORD
    #[arg(long, value_name = "NAME", requires = "mqtt")]
    pub(crate) mqtt_user: Option<String>,
    /// Tell all that happens over TCP here, for `rehearsal view --live`
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) feed: Option<SocketAddr>,
    /// How time passes: with the wall's, or with the moments at which events happened [default: events, where only --events are
    /// given]
    #[arg(long, value_enum)]
    pub(crate) pace: Option<PaceArgument>,
    /// When the twin's world begins, in UTC: "2026-11-02 00:00" [default: last midnight; with --pace events, as the scenario says]
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// With --pace events: let time pass up to this moment behind the last event, such as 2026-11-03T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Stop when nothing has come for this long, once something has: 5s
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) idle: Option<u64>,
    /// The seed of what is not real [default: what the scenario says]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change a value of the scenario, repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// When what came in has to be on disk: before it is answered (always), at least so often (200ms), or when the system
    /// likes to (never)
    #[arg(long, value_name = "WHEN", default_value = "always", value_parser = sync)]
    pub(crate) sync: rehearsal_live::Sync,
    /// How often the world is kept, so that less has to be replayed after an end
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = span)]
    pub(crate) snapshot_every: u64,
    /// How many kept worlds to have
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) snapshots: usize,
    /// Remove entries of the journal that no kept world needs; the past can then be looked at from the oldest of them on only
    #[arg(long)]
    pub(crate) forget: bool,
    /// How many events the world may be behind before no more are taken
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) max_behind: u64,
    /// Threads for futures [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaceArgument {
    /// As the wall's does
    Wall,
    /// With the events
    Events,
}

#[derive(Debug, Args)]
pub(crate) struct ForkArguments {
    /// The folder of a twin's data, or the address of one at work: http://127.0.0.1:7070
    #[arg(value_name = "DIR|URL", value_hint = ValueHint::AnyPath)]
    pub(crate) twin: String,
    /// A policy to look at, repeatable; others are compared with the first [default: all]
    #[arg(long = "policy", value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// How far to look ahead: 2d
    #[arg(long = "for", value_name = "SPAN", default_value = "2d", value_parser = span)]
    pub(crate) span: u64,
    /// How many futures of each policy; all policies meet the same ones
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) futures: u32,
    /// From this moment on rather than from the last, such as 2026-11-03T08:30:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// A measure to look at, repeatable [default: all]
    #[arg(long = "measure", value_name = "NAME")]
    pub(crate) measures: Vec<String>,
    /// The seed of the futures' luck
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads to use; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) jobs: Option<usize>,
    /// Where the scenario is, if not where it was when the twin was begun
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) scenario: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Human)]
    pub(crate) format: ResultFormat,
    /// Whether to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct JournalArguments {
    #[command(subcommand)]
    pub(crate) command: JournalCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Say whether a journal is whole, and where it is not
    Check {
        /// The folder of a twin's data, or of its journal
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Take what is whole of a journal, up to its first damage, into a new one
    Salvage {
        /// The folder of a twin's data, or of its journal
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// A folder that is not there yet
        #[arg(value_name = "INTO", value_hint = ValueHint::DirPath)]
        into: PathBuf,
    },
}

fn sync(text: &str) -> Result<rehearsal_live::Sync, String> {
    match text {
        "always" => Ok(rehearsal_live::Sync::Always),
        "never" => Ok(rehearsal_live::Sync::Never),
        other => {
            let ns = rehearsal_trace::moment::span(other).map_err(|error| format!("{error}; or always, or never"))?;
            Ok(rehearsal_live::Sync::Every(std::time::Duration::from_nanos(ns)))
        }
    }
}
