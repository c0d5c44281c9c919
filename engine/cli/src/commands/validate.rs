//! `rehearsal validate`: whether the engine comes to what theory says, or to what a table of one's own says.

use std::io::Write;
use std::path::Path;

use rehearsal_experiment::output::{Look, validation_csv, validation_human, validation_json};
use rehearsal_experiment::validation::{Bound, Claim, Row, Validation, judge, judge_share, simultaneous};
use rehearsal_experiment::{Design, ExperimentError, Rehearsal};
use rehearsal_scenario::expectations;

use super::run::cores;
use crate::arguments::{ValidateArguments, ValidationFormat};
use crate::failure::{Failure, with_causes};
use crate::names::nearest;
use crate::progress::Shown;
use crate::scenario::Loaded;
use crate::terminal;

mod catalogue;
mod coverage;

use catalogue::{Case, Line};
use coverage::Coverage;

/// The seed of our own models, where none is asked for.
const SEED: u64 = 1;

/// Experiments by which the coverage of intervals is judged, and replications of each.
const EXPERIMENTS: u32 = 2_000;

/// The confidence that intervals of results have, and that the share of them is told with.
const LEVEL: f64 = 0.95;

/// Runs the models that are asked for and writes a row for each figure; fails where any row does.
pub(crate) fn validate(arguments: &ValidateArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    if arguments.list {
        return list(out);
    }
    let (found, watched) = match &arguments.table {
        Some(path) => own(path, arguments)?,
        None => ours(arguments)?,
    };
    watched.shown.clear();
    let text = match arguments.format {
        ValidationFormat::Json => validation_json(&found),
        ValidationFormat::Csv => validation_csv(&found),
        ValidationFormat::Human => {
            validation_human(&found, &Look { width: terminal::width_out(), color: terminal::colors_out() })
        }
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    // How long it took is no result: it comes last, for people.
    watched.shown.end();
    match found.failed() {
        0 => Ok(()),
        failed => {
            let (all, rows) = (found.rows.len(), if found.rows.len() == 1 { "row fails" } else { "rows fail" });
            Err(Failure::Checks(format!("{failed} of {all} {rows}")))
        }
    }
}

/// What there is, by the names that `--only` takes.
fn list(out: &mut dyn Write) -> Result<(), Failure> {
    let cases = catalogue::all();
    let names = names(&cases);
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    for name in names {
        let of: Vec<&Case> = cases.iter().filter(|case| case.name == name).collect();
        let rows: usize = of.iter().map(|case| case.lines.len()).sum();
        let (about, file) = of.first().map_or(("", ""), |case| (case.about, case.file));
        let rows = if rows == 1 { "1 row ".into() } else { format!("{rows} rows") };
        writeln!(out, "{name:width$}  {rows:>7}  {about} (scenarios/research/{file}.ron)")?;
    }
    Ok(())
}

fn names(cases: &[Case]) -> Vec<&'static str> {
    let mut names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    names.dedup();
    names
}

/// Our own models against theory.
fn ours(arguments: &ValidateArguments) -> Result<(Validation, Watched), Failure> {
    let mut cases = catalogue::all();
    let known = names(&cases);
    for name in &arguments.only {
        if !known.contains(&name.as_str()) {
            let hint = nearest(name, known.iter().copied());
            return Err(Failure::Input(format!("no model is called `{name}`; {hint} See `rehearsal validate --list`")));
        }
    }
    cases.retain(|case| arguments.only.is_empty() || arguments.only.iter().any(|name| name == case.name));
    let models: Vec<Loaded> = cases.iter().map(loaded).collect::<Result<_, Failure>>()?;
    let seed = arguments.seed.unwrap_or(SEED);
    let lines = cases.iter().map(|case| case.lines.len()).sum();
    let level = simultaneous(lines);
    let runs = cases.iter().map(|case| u64::from(case.replications)).sum();
    let watched = Watched::begin(lines, runs, arguments);
    let mut rows = Vec::new();
    for (case, model) in cases.iter().zip(&models) {
        let design = Design { policies: vec![0], replications: case.replications, seed, jobs: watched.jobs };
        match case.covers {
            Some(truth) => rows.push(covered(case, truth, model, &design, &watched)?),
            None => rows.extend(held(case, model, &design, level, &watched)?),
        }
    }
    Ok((Validation { seed: Some(seed), level, rows }, watched))
}

/// A model that we bring along, with its settings; its faults are ours.
fn loaded(case: &Case) -> Result<Loaded, Failure> {
    let settings: Vec<(String, String)> =
        case.settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Loaded::from_text(case.file, case.text, &settings)
        .map_err(|faults| Failure::Ours(format!("the model {} is not sound: {faults}", case.file)))
}

/// A model that we bring along is to run to its end, with any seed.
fn ours_stopped(error: ExperimentError) -> Failure {
    Failure::Ours(with_causes(&error))
}

/// Runs a model and holds its figures against theory.
fn held(case: &Case, model: &Loaded, design: &Design, level: f64, watched: &Watched) -> Result<Vec<Row>, Failure> {
    let results = rehearsal_experiment::run(model, design, &watched.shown).map_err(ours_stopped)?;
    let row = |line: &Line| {
        let (measure, claim) = claim(case, line, model)?;
        let values: Vec<f64> = results.policies[0].replications.iter().filter_map(|sample| sample.overall[measure]).collect();
        Ok(judge(claim, &values, level))
    };
    case.lines.iter().map(row).collect()
}

/// What a line of our own claims, with the number of its measure.
fn claim(case: &Case, line: &Line, model: &Loaded) -> Result<(usize, Claim), Failure> {
    let Some(at) = model.measures().iter().position(|measure| measure.name == line.measure) else {
        return Err(Failure::Ours(format!("the model {} has no measure {}", case.file, line.measure)));
    };
    let measure = &model.measures()[at];
    let claim = Claim {
        name: case.name.into(),
        model: case.model.into(),
        quantity: line.quantity.unwrap_or(&measure.label).into(),
        unit: measure.unit.clone(),
        theory: line.theory,
        source: case.source.into(),
        bound: Bound::Interval(Some(line.widest)),
    };
    Ok((at, claim))
}

/// How many of many small experiments have an interval that covers what is known to be true.
fn covered(case: &Case, truth: f64, model: &Loaded, design: &Design, watched: &Watched) -> Result<Row, Failure> {
    let line = &case.lines[0];
    let (measure, _) = claim(case, line, model)?;
    let results =
        rehearsal_experiment::run(&Coverage::new(model, measure, truth), design, &watched.shown).map_err(ours_stopped)?;
    let hits = results.policies[0].replications.iter().filter(|sample| sample.overall[0] == Some(1.0)).count();
    let claim = Claim {
        name: case.name.into(),
        model: case.model.into(),
        quantity: line.quantity.unwrap_or(line.measure).into(),
        unit: "%".into(),
        theory: line.theory,
        source: case.source.into(),
        bound: Bound::Within(line.widest * line.theory),
    };
    Ok(judge_share(claim, hits as u32, design.replications, LEVEL))
}

/// A table of one's own.
fn own(path: &Path, arguments: &ValidateArguments) -> Result<(Validation, Watched), Failure> {
    let table = expectations::read(path).map_err(|faults| Failure::Faults(crate::scenario::told(&faults, "fault", path)))?;
    if table.checks.is_empty() {
        return Err(Failure::Nothing(format!("{} has no Check(...): nothing was run", path.display())));
    }
    let models: Vec<Loaded> = table.scenarios.into_iter().map(Loaded::of).collect();
    let level = simultaneous(table.checks.len());
    // Checks of one run stand together; a run is done once.
    let mut runs: Vec<(usize, Design)> = Vec::new();
    let mut of = Vec::new();
    for check in &table.checks {
        let seed = arguments.seed.or(check.seed).unwrap_or_else(|| models[check.scenario].seed());
        let design = Design { policies: vec![check.policy], replications: check.replications, seed, jobs: 1 };
        let run = (check.scenario, design);
        let at = runs.iter().position(|have| *have == run).unwrap_or_else(|| {
            runs.push(run);
            runs.len() - 1
        });
        of.push(at);
    }
    let count = runs.iter().map(|(_, design)| u64::from(design.replications)).sum();
    let watched = Watched::begin(table.checks.len(), count, arguments);
    let mut results = Vec::new();
    for (model, design) in &runs {
        let design = Design { jobs: watched.jobs, ..design.clone() };
        results.push(rehearsal_experiment::run(&models[*model], &design, &watched.shown)?);
    }
    let row = |(check, at): (&expectations::Check, &usize)| {
        let model = &models[check.scenario];
        let measure = &model.measures()[check.measure];
        let values = results[*at].policies[0].replications.iter().filter_map(|sample| match check.segment {
            Some(segment) => sample.segments[check.measure][segment],
            None => sample.overall[check.measure],
        });
        let mut of = Vec::new();
        if model.policies().len() > 1 {
            of.push(model.policies()[check.policy].clone());
        }
        of.extend(check.segment.map(|segment| model.segments()[segment].clone()));
        let of = if of.is_empty() { String::new() } else { format!(", {}", of.join(", ")) };
        let claim = Claim {
            name: model.name().into(),
            model: check.title.clone(),
            quantity: format!("{}{of}", measure.label),
            unit: measure.unit.clone(),
            theory: check.is,
            source: check.source.clone(),
            bound: check.within.map_or(Bound::Interval(None), Bound::Within),
        };
        judge(claim, &values.collect::<Vec<f64>>(), level)
    };
    let rows = table.checks.iter().zip(&of).map(row).collect();
    Ok((Validation { seed: arguments.seed, level, rows }, watched))
}

/// All runs of a validation under one bar.
struct Watched {
    shown: Shown,
    jobs: usize,
}

impl Watched {
    fn begin(rows: usize, runs: u64, arguments: &ValidateArguments) -> Watched {
        let jobs = arguments.jobs.unwrap_or_else(cores);
        let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let shown = Shown::begin_with(&format!("validation: {} on {}", count(rows, "row"), count(jobs, "thread")), Some(runs));
        Watched { shown, jobs }
    }
}
