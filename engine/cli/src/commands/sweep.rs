//! `rehearsal sweep`: the same experiment at many points.

use std::io::Write;

use rehearsal_experiment::Rehearsal;
use rehearsal_experiment::explore::{Explorer, Header, Layout, Trial, csv, points};
use rehearsal_experiment::output::Look;
use rehearsal_experiment::output::explore::{About, sweep_human, sweep_json, sweep_plot};

use super::explore::{Forms, prepare};
use crate::arguments::{Design, SweepArguments};
use crate::failure::Failure;
use crate::terminal;

/// Values of each range, where nothing is said.
const STEPS: usize = 5;

/// Points, where nothing is said.
const POINTS: usize = 32;

/// Runs the policies at every point of the design and writes what came out.
pub(crate) fn sweep(arguments: &SweepArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let layout = layout(arguments)?;
    let prepared = prepare(&arguments.explore, &arguments.many.policies)?;
    let measure = prepared.measure(arguments.many.measure.as_deref())?;
    let study = &prepared.study;
    let values = points(layout, &study.factors, prepared.seed)?;
    let number = |(place, values)| Trial { number: place + 1, label: String::new(), values };
    let trials: Vec<Trial> = values.into_iter().enumerate().map(number).collect();
    let about = About {
        scenario: prepared.scenario.name().to_owned(),
        design: said(layout, trials.len()),
        seed: prepared.seed,
        replications: prepared.replications as usize,
    };
    let header = prepared.header(Header::new("sweep", None, None));
    let header = header.with("design", format!("{layout:?}")).with("own_luck", arguments.many.own_luck);
    let (ledger, kept) = prepared.ledger(header.clone(), Some(trials.len()))?;
    let left = trials.len().saturating_sub(kept.len());
    let runs = left as u64 * study.policies.len() as u64 * u64::from(prepared.replications);
    let point = prepared.points(&format!("{left} points"), runs, arguments.many.own_luck);
    let mut explorer = Explorer::new(study.clone(), &point, prepared.jobs, ledger, kept);
    let done = explorer.ensure(&trials, prepared.replications as usize);
    point.shown.end();
    done?;
    let records = explorer.records();
    let look = Look { width: terminal::width_out(), color: terminal::colors_out() };
    let grid = matches!(layout, Layout::Grid { .. });
    let forms = Forms {
        human: &|| sweep_human(&about, study, records, measure, &look),
        json: &|| sweep_json(&about, study, records),
        csv: &|| csv(study, &header, records.values()),
        plot: &|| sweep_plot(&about, study, records, measure, grid),
    };
    prepared.write(&forms, out)
}

/// The design that is asked for.
fn layout(arguments: &SweepArguments) -> Result<Layout, Failure> {
    let (steps, points) = (arguments.steps.unwrap_or(STEPS), arguments.points.unwrap_or(POINTS));
    let drawn = matches!(arguments.design, Design::Lhs | Design::Sobol);
    if drawn && arguments.steps.is_some() {
        return Err(Failure::Input("--steps is for a grid or a star: say --points here".into()));
    }
    if !drawn && arguments.points.is_some() {
        return Err(Failure::Input("--points is for --design lhs or sobol: say --steps here".into()));
    }
    Ok(match arguments.design {
        Design::Grid => Layout::Grid { steps },
        Design::Star => Layout::Star { steps },
        Design::Lhs => Layout::Latin { points },
        Design::Sobol => Layout::Sobol { points },
    })
}

/// The design in words.
fn said(layout: Layout, count: usize) -> String {
    let points = if count == 1 { "1 point".to_owned() } else { format!("{count} points") };
    match layout {
        Layout::Grid { .. } => format!("{points} of a grid"),
        Layout::Star { .. } => format!("{points}, one factor at a time"),
        Layout::Latin { .. } => format!("{points} of a Latin hypercube"),
        Layout::Sobol { .. } => format!("{points} of a Sobol' sequence"),
    }
}
