//! `rehearsal gate`: holds scenarios to a baseline and to what they expect, for continuous integration.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use rehearsal_experiment::gate::{Baseline, Expectation, Form, Frame, Gated, Outcome, Recorded, Tolerance};
use rehearsal_experiment::gate::{against, compared, counts, expected};
use rehearsal_experiment::{Conduct, Design, Ending, Measure, Rehearsal, output};
use rehearsal_scenario::ExpectationForm;

use super::run::cores;
use crate::arguments::{GateArguments, GateFormat};
use crate::conduct::{listen, measure_named, watch};
use crate::failure::{Failure, with_causes};
use crate::progress::say;
use crate::scenario::Loaded;
use crate::terminal;

/// The largest baseline that is read \[bytes\].
const BASELINE_MAX: u64 = 1 << 28;

/// Runs every scenario and reports all checks.
pub(crate) fn gate(arguments: &GateArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenarios = loaded(arguments)?;
    let before = arguments.baseline.as_deref().map(read).transpose()?;
    let tolerances = tolerances(&arguments.tolerance, &scenarios)?;
    let instructions = arguments.instructions.as_deref().map(counts).transpose();
    let instructions = instructions.map_err(|error| Failure::Input(with_causes(&error)))?;
    let mut gated = Gated::default();
    let mut now = Baseline::new(env!("CARGO_PKG_VERSION"));
    for scenario in &scenarios {
        let recorded = before.as_ref().and_then(|before| before.scenarios.get(scenario.name()));
        // With a baseline, its own seed and replications are what can be compared.
        let own = |given: Option<u32>| given.or(recorded.map(|recorded| recorded.frame.replications));
        let design = Design {
            policies: (0..scenario.policies().len()).collect(),
            replications: own(arguments.replications).unwrap_or_else(|| scenario.replications()),
            seed: arguments.seed.or(recorded.map(|recorded| recorded.frame.seed)).unwrap_or_else(|| scenario.seed()),
            jobs: arguments.jobs.unwrap_or_else(cores),
        };
        let results = watch(scenario, &design, &Conduct { stop: Some(listen()), ..Conduct::default() })?;
        if let Ending::Stopped { .. } = results.ending {
            return Err(Failure::Stopped("stopped: nothing is said of results that are not complete".into()));
        }
        let frame = frame(scenario, results.seed, results.replications);
        if let Some(recorded) = recorded {
            gated.checks.extend(against(&results, &frame, recorded, &tolerances));
        } else if before.is_some() {
            say(&format!("{} is not in the baseline; --save-baseline adds it", scenario.name()));
        }
        let expectations: Vec<Expectation> = scenario.expectations().iter().map(expectation).collect();
        gated.checks.extend(expected(&results, &expectations));
        now.scenarios.insert(scenario.name().to_owned(), Recorded::of(&results, frame));
    }
    if let (Some(before), Some(counted)) = (&before, &instructions) {
        gated.checks.extend(compared(counted, &before.instructions, arguments.instructions_tolerance));
    }
    now.instructions = instructions.unwrap_or_default();
    report(arguments, &gated, out)?;
    let saved = arguments.save_baseline.as_deref().map(|path| save(path, &gated, &now, arguments.strict)).transpose()?;
    match gated.verdict(arguments.strict) {
        Some(Outcome::Fail) => Err(failed(&gated, arguments.strict)),
        Some(Outcome::Incomparable) => Err(Failure::Nothing("something cannot be compared with the baseline: see above".into())),
        Some(_) => Ok(()),
        None if saved.is_some() => Ok(()),
        None => {
            Err(Failure::Nothing("nothing was checked: name a --baseline, or write an Expect({ ... }) into the scenario".into()))
        }
    }
}

/// How many checks failed; which, is in the report.
fn failed(gated: &Gated, strict: bool) -> Failure {
    let open = if strict { gated.count(Outcome::Inconclusive) } else { 0 };
    let count = gated.count(Outcome::Fail) + open;
    Failure::Checks(format!("{count} of {} checks failed", gated.checks.len()))
}

/// All scenarios, or the faults of all of them.
fn loaded(arguments: &GateArguments) -> Result<Vec<Loaded>, Failure> {
    let (mut all, mut faults) = (Vec::<Loaded>::new(), Vec::new());
    for path in &arguments.scenarios {
        match Loaded::load(path, &arguments.settings) {
            Ok(scenario) if all.iter().any(|have| have.name() == scenario.name()) => {
                faults.push(format!("two scenarios are called `{}`: a baseline could not tell them apart", scenario.name()));
            }
            Ok(scenario) => all.push(scenario),
            Err(failure) => faults.push(failure.to_string()),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(Failure::Faults(faults.join("\n"))) }
}

fn read(path: &Path) -> Result<Baseline, Failure> {
    let refused = |why: String| Failure::Input(format!("{}: {why}", path.display()));
    let found = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if !found.is_file() {
        return Err(refused("this is no file; name one that --save-baseline wrote".into()));
    }
    if found.len() > BASELINE_MAX {
        return Err(refused(format!("{} bytes are too many for a baseline", found.len())));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    Baseline::read(&text).map_err(|error| refused(error.to_string()))
}

/// Writes the baseline, unless an expectation failed: what is wrong is nothing to compare with.
fn save(path: &Path, gated: &Gated, now: &Baseline, strict: bool) -> Result<PathBuf, Failure> {
    let broken = gated.checks.iter().filter(|check| check.sort == rehearsal_experiment::gate::Sort::Expectation);
    let broken = Gated { checks: broken.cloned().collect() };
    if broken.verdict(strict) == Some(Outcome::Fail) {
        say(&format!("{} is left as it was: an expectation failed", path.display()));
        return Err(failed(&broken, strict));
    }
    crate::files::replace(path, now.written().as_bytes())?;
    say(&format!("saved in {}", path.display()));
    Ok(path.to_owned())
}

fn report(arguments: &GateArguments, gated: &Gated, out: &mut dyn Write) -> Result<(), Failure> {
    let strict = arguments.strict;
    let text = match arguments.format {
        GateFormat::Json => output::gate_json(gated, strict),
        GateFormat::Junit => output::gate_junit(gated, strict),
        GateFormat::Github => output::gate_github(gated, strict),
        GateFormat::Human => {
            output::gate(gated, strict, &output::Look { width: terminal::width_out(), color: terminal::colors_out() })
        }
    };
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// What has to be the same for later results to be comparable.
fn frame(scenario: &Loaded, seed: u64, replications: u32) -> Frame {
    let description = scenario.description();
    let period = scenario.period();
    let period =
        period.map(|period| format!("{} s from {}, the first {} s not counted", period.seconds, period.begin, period.warm_up));
    Frame {
        seed,
        replications,
        period: period.unwrap_or_default(),
        groups: description.groups.iter().map(|group| format!("{} {} ({})", group.count, group.name, group.kind)).collect(),
        segments: scenario.segments().to_vec(),
    }
}

fn expectation(info: &rehearsal_scenario::ExpectationInfo) -> Expectation {
    Expectation {
        name: info.name.clone(),
        words: info.words(),
        form: match info.form {
            ExpectationForm::Mean => Form::Mean,
            ExpectationForm::Change => Form::Change,
            ExpectationForm::Relative => Form::Relative,
            ExpectationForm::Each => Form::Each,
        },
        measure: info.measure.clone(),
        segment: info.segment.clone(),
        under: info.under.clone(),
        against: info.against.clone(),
        from: info.from,
        to: info.to,
    }
}

/// What `--tolerance` allows; a measure may be of any of the scenarios.
fn tolerances(texts: &[String], scenarios: &[Loaded]) -> Result<Tolerance, Failure> {
    let known: Vec<Measure> = scenarios.iter().flat_map(|scenario| scenario.measures().to_vec()).collect();
    let mut tolerance = Tolerance { share: 0.05, own: BTreeMap::new() };
    for text in texts {
        let (name, amount) = match text.split_once('=') {
            Some((name, amount)) => (Some(name.trim()), amount.trim()),
            None => (None, text.trim()),
        };
        let refused = |why: &str| Failure::Input(format!("--tolerance {text}: {why}; write a share such as 5%, or MEASURE=0.5"));
        let (number, is_share) = amount.strip_suffix('%').map_or((amount, false), |share| (share.trim_end(), true));
        let number: f64 = number.parse().map_err(|_| refused(&format!("`{amount}` is no number")))?;
        if !(number.is_finite() && number >= 0.0) {
            return Err(refused("less than nothing cannot be allowed"));
        }
        let number = if is_share { number / 100.0 } else { number };
        match name {
            Some(name) => {
                let place = measure_named(&format!("--tolerance {text}"), name, &known)?;
                tolerance.own.insert(known[place].name.clone(), (number, is_share));
            }
            None if is_share => tolerance.share = number,
            None => return Err(refused("measures differ in their units, so say which one is meant")),
        }
    }
    Ok(tolerance)
}
