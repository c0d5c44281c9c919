//! What `sweep`, `sensitivity` and `optimize` share: factors, points that are run, the results file, where results go.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use rehearsal_experiment::explore::{
    Evaluate, ExploreError, Factor, Figures, Header, Ledger, LedgerError, Record, SpaceError, Study,
};
use rehearsal_experiment::{Design, ExperimentError, Measure, Rehearsal, Sample};
use rehearsal_scenario::RunError;
use serde_json::{Map, Value, json};

use super::run::{chosen, cores};
use crate::arguments::{ExploreArguments, ExploreFormat};
use crate::build::build;
use crate::failure::Failure;
use crate::files::replace;
use crate::names::nearest;
use crate::progress::{Shown, say};
use crate::scenario::Loaded;
use crate::terminal;

impl From<SpaceError> for Failure {
    fn from(error: SpaceError) -> Failure {
        Failure::Input(error.to_string())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Failure {
        Failure::Input(error.to_string())
    }
}

impl From<ExploreError<Failure>> for Failure {
    fn from(error: ExploreError<Failure>) -> Failure {
        let ExploreError::Point { point, values, source } = error else { return Failure::Input(error.to_string()) };
        let place = format!("point {point} ({})", words(&values));
        match source {
            Failure::Input(text) => Failure::Input(format!("{place}: {text}")),
            Failure::Ours(text) => Failure::Ours(format!("{place}: {text}")),
            Failure::Faults(text) => Failure::Faults(format!("{place} is no sound scenario:\n{text}")),
            other => other,
        }
    }
}

fn words(values: &[(String, String)]) -> String {
    values.iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>().join(", ")
}

/// An exploration that is ready to run.
pub(super) struct Prepared<'a> {
    arguments: &'a ExploreArguments,
    /// The scenario as it is without what is varied.
    pub(super) scenario: Loaded,
    /// The factors, policies and measures.
    pub(super) study: Study,
    /// The chosen policies, as indices into those of the scenario.
    policies: Vec<usize>,
    pub(super) replications: u32,
    pub(super) seed: u64,
    pub(super) jobs: usize,
    content: u64,
}

/// Reads the scenario and the factors, and sees that the scenario is sound where they are varied.
pub(super) fn prepare<'a>(arguments: &'a ExploreArguments, policies: &[String]) -> Result<Prepared<'a>, Failure> {
    terminal::choose_color(arguments.color);
    if let Some(folder) = arguments.plot.as_deref().and_then(Path::parent)
        && !(folder.as_os_str().is_empty() || folder.is_dir())
    {
        return Err(Failure::Input(format!("--plot: there is no folder {}; make it first", folder.display())));
    }
    let factors = factors(arguments)?;
    let scenario = Loaded::load(&arguments.scenario, &arguments.settings)?;
    let policies = chosen(policies, scenario.policies())?;
    let name = |policy: &usize| scenario.policies()[*policy].clone();
    let study = Study { factors, policies: policies.iter().map(name).collect(), measures: scenario.measures().to_vec() };
    if study.measures.is_empty() {
        let text = "the scenario measures nothing: add Measures({ ... }) to one of its files, so that points differ in something";
        return Err(Failure::Input(text.into()));
    }
    probe(arguments, &scenario, &study)?;
    Ok(Prepared {
        replications: arguments.replications.unwrap_or_else(|| scenario.replications()),
        seed: arguments.seed.unwrap_or_else(|| scenario.seed()),
        jobs: arguments.jobs.unwrap_or_else(cores),
        content: content(&arguments.scenario),
        arguments,
        scenario,
        study,
        policies,
    })
}

fn factors(arguments: &ExploreArguments) -> Result<Vec<Factor>, Failure> {
    let mut factors: Vec<Factor> = Vec::new();
    for (path, asked) in &arguments.vary {
        if factors.iter().any(|factor| factor.name == *path) {
            return Err(SpaceError::Twice { name: path.clone() }.into());
        }
        if arguments.settings.iter().any(|(set, _)| set == path) {
            return Err(Failure::Input(format!("`{path}` is set and varied: leave out --set {path}")));
        }
        factors.push(Factor::parse(path, asked)?);
    }
    Ok(factors)
}

/// Loads the scenario at the ends and in the middle of all ranges, so that nothing is run in vain.
fn probe(arguments: &ExploreArguments, scenario: &Loaded, study: &Study) -> Result<(), Failure> {
    // One factor that is wrong is told as one, and not with all the others.
    let probes: Vec<Vec<String>> = study.factors.iter().map(Factor::probes).collect();
    for (factor, values) in study.factors.iter().zip(&probes) {
        let alone = [(factor.name.clone(), values[0].clone())];
        let settings = [arguments.settings.as_slice(), &alone].concat();
        if let Err(Failure::Faults(text)) = Loaded::load(&arguments.scenario, &settings) {
            let known: Vec<&str> = scenario.description().settings.iter().map(|setting| setting.path.as_str()).collect();
            let hint = if known.contains(&factor.name.as_str()) || text.contains("did you mean") {
                String::new()
            } else {
                format!("\n\n`rehearsal describe` lists what can be set; {}", nearest(&factor.name, known.into_iter()))
            };
            return Err(Failure::Faults(format!("--vary {}={} cannot be done:\n{text}{hint}", factor.name, factor.asked)));
        }
    }
    let most = probes.iter().map(Vec::len).max().unwrap_or(0);
    for number in 0..most {
        let of = |(factor, values): (&Factor, &Vec<String>)| (factor.name.clone(), values[number % values.len()].clone());
        let point: Vec<(String, String)> = study.factors.iter().zip(&probes).map(of).collect();
        let settings = [arguments.settings.as_slice(), &point].concat();
        if let Err(failure) = Loaded::load(&arguments.scenario, &settings) {
            return Err(match failure {
                Failure::Faults(text) => Failure::Faults(format!("{} is no sound scenario:\n{text}", words(&point))),
                other => other,
            });
        }
    }
    Ok(())
}

/// One number for the scenario's files and what they are called.
fn content(folder: &Path) -> u64 {
    let root = if folder.is_file() { folder.parent().unwrap_or(folder) } else { folder };
    let named = |path: std::path::PathBuf| {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // A file that cannot be read now is a fault when a point is loaded.
        (name, fs::read(&path).unwrap_or_default())
    };
    let mut files: Vec<(String, Vec<u8>)> = Loaded::files(folder).into_iter().map(named).collect();
    files.sort();
    rehearsal_kernel::digest_of(&files)
}

impl Prepared<'_> {
    /// The measure of this name, or the first.
    pub(super) fn measure(&self, name: Option<&str>) -> Result<usize, Failure> {
        let Some(name) = name else { return Ok(0) };
        self.study.measures.iter().position(|measure| measure.name == name).ok_or_else(|| {
            let hint = nearest(name, self.study.measures.iter().map(|measure| measure.name.as_str()));
            Failure::Input(format!("no measure is called `{name}`; {hint}"))
        })
    }

    /// The present value of each factor where it is one of its values.
    pub(super) fn present(&self) -> Option<Vec<String>> {
        let settings = &self.scenario.description().settings;
        let value = |factor: &Factor| {
            let setting = settings.iter().find(|setting| setting.path == factor.name)?;
            factor.place(&setting.value).map(|_| setting.value.clone())
        };
        self.study.factors.iter().map(value).collect()
    }

    /// What must be the same for going on from a results file.
    pub(super) fn header(&self, header: Header) -> Header {
        let settings = self.arguments.settings.iter().map(|(path, value)| (path.clone(), Value::from(value.clone())));
        let factors = self.study.factors.iter().map(|factor| (factor.name.clone(), Value::from(factor.asked.clone())));
        let measures = self.study.measures.iter().map(|measure| json!([measure.name, measure.unit]));
        header
            .with("version", build())
            .with("scenario", self.scenario.name())
            .with("content", format!("{:016x}", self.content))
            .with("set", settings.collect::<Map<_, _>>())
            .with("vary", factors.collect::<Map<_, _>>())
            .with("policies", self.study.policies.clone())
            .with("measures", measures.collect::<Vec<_>>())
            .with("seed", self.seed)
            .with("replications", self.replications)
    }

    /// Opens the results file, if there is one, and says so. `all` is how many points there will be, where that is known.
    pub(super) fn ledger(&self, header: Header, all: Option<usize>) -> Result<(Ledger, Vec<Record>), Failure> {
        let Some(path) = &self.arguments.out else {
            say("nothing is kept on the way: with --out FILE.csv the same command could go on after a stop");
            return Ok((Ledger::none(self.study.clone(), header), Vec::new()));
        };
        let (ledger, kept) = Ledger::open(path, self.study.clone(), header, self.arguments.fresh)?;
        let shown = path.display();
        // A point of a race may stand there several times.
        let done = kept.iter().map(|record| record.number).collect::<BTreeSet<_>>().len();
        match (done, all) {
            (0, _) => {
                say(&format!("every point is kept in {shown} when it is done: after a stop the same command goes on from there"))
            }
            (done, Some(all)) => say(&format!("{done} of {all} points are in {shown} already")),
            (done, None) => say(&format!("{done} points are in {shown} already")),
        }
        Ok((ledger, kept))
    }

    /// Points to be run, with word of it: `runs` is how many there are, or at most.
    pub(super) fn points(&self, what: &str, runs: u64, own_luck: bool) -> Points<'_> {
        let threads = if self.jobs == 1 { "1 thread".to_owned() } else { format!("{} threads", self.jobs) };
        let what = format!("{}: {what} on {threads}", self.scenario.name());
        Points { prepared: self, own_luck, shown: Shown::begin_with(&what, Some(runs)) }
    }

    /// Writes a result where it belongs.
    pub(super) fn write(&self, forms: &Forms<'_>, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(file) = &self.arguments.plot {
            replace(file, (forms.plot)().as_bytes())?;
        }
        let text = match self.arguments.format {
            ExploreFormat::Human => (forms.human)(),
            ExploreFormat::Json => (forms.json)(),
            ExploreFormat::Csv => (forms.csv)(),
        };
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// A result in each form.
pub(super) struct Forms<'f> {
    pub(super) human: &'f dyn Fn() -> String,
    pub(super) json: &'f dyn Fn() -> String,
    pub(super) csv: &'f dyn Fn() -> String,
    pub(super) plot: &'f dyn Fn() -> String,
}

/// The scenario at any point.
pub(super) struct Points<'p> {
    prepared: &'p Prepared<'p>,
    own_luck: bool,
    pub(super) shown: Shown,
}

impl Evaluate for Points<'_> {
    type Error = Failure;

    fn evaluate(&self, values: &[String], replications: Range<u32>, jobs: usize) -> Result<Figures, Failure> {
        let Prepared { arguments, study, policies, seed, content: known, .. } = self.prepared;
        let point = study.factors.iter().map(|factor| factor.name.clone()).zip(values.iter().cloned());
        let settings: Vec<(String, String)> = arguments.settings.iter().cloned().chain(point).collect();
        let scenario = Loaded::load(&arguments.scenario, &settings)?;
        if content(&arguments.scenario) != *known {
            let text = "the scenario's files were changed while it ran: begin anew, so that all points are of one scenario";
            return Err(Failure::Input(text.into()));
        }
        if scenario.measures() != study.measures || policies.iter().any(|policy| *policy >= scenario.policies().len()) {
            return Err(Failure::Input("it has other measures or policies than the others: vary something else".into()));
        }
        let seed = if self.own_luck { *seed ^ rehearsal_kernel::digest_of(&values) } else { *seed };
        let model = Later { scenario: &scenario, first: replications.start.into() };
        let design = Design { policies: policies.clone(), replications: replications.len() as u32, seed, jobs };
        let results = rehearsal_experiment::run(&model, &design, &self.shown).map_err(|error| model.numbered(error))?;
        let measures = 0..study.measures.len();
        let column = |samples: &[Sample], measure: usize| samples.iter().map(|sample| sample.overall[measure]).collect();
        let policy = |samples: &[Sample]| measures.clone().map(|measure| column(samples, measure)).collect();
        Ok(Figures(results.policies.iter().map(|results| policy(&results.replications)).collect()))
    }
}

/// A scenario whose first replication is a later one.
struct Later<'s> {
    scenario: &'s Loaded,
    first: u64,
}

impl Later<'_> {
    /// An error with the number that the replication has, instead of its place in this run.
    fn numbered(&self, mut error: ExperimentError) -> ExperimentError {
        match &mut error {
            ExperimentError::Run { replication, .. }
            | ExperimentError::Panicked { replication, .. }
            | ExperimentError::Shape { replication, .. }
            | ExperimentError::NotFinite { replication, .. } => *replication += self.first,
            _ => {}
        }
        error
    }
}

impl Rehearsal for Later<'_> {
    type Error = RunError;

    fn name(&self) -> &str {
        self.scenario.name()
    }

    fn measures(&self) -> &[Measure] {
        self.scenario.measures()
    }

    fn segments(&self) -> &[String] {
        self.scenario.segments()
    }

    fn policies(&self) -> &[String] {
        self.scenario.policies()
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, RunError> {
        self.scenario.run(policy, seed, self.first + replication)
    }
}
