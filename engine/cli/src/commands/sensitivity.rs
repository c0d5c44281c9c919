//! `rehearsal sensitivity`: which factors matter.

use std::io::Write;

use rehearsal_experiment::Rehearsal;
use rehearsal_experiment::explore::sensitivity::{Morris, Sobol, morris_trials, noise, sobol_trials};
use rehearsal_experiment::explore::{Explorer, Header, Study, Trial, csv};
use rehearsal_experiment::output::Look;
use rehearsal_experiment::output::explore::{About, Analysis, Found, sensitivity_human, sensitivity_json, sensitivity_plot};

use super::explore::{Forms, Points, prepare};
use crate::arguments::{Method, SensitivityArguments};
use crate::failure::Failure;
use crate::terminal;

/// Rows of Sobol' indices, where nothing is said.
const ROWS: usize = 64;

/// Trajectories of Morris, where nothing is said.
const TRAJECTORIES: usize = 20;

/// Runs the design and writes which factors matter.
pub(crate) fn sensitivity(arguments: &SensitivityArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let prepared = prepare(&arguments.explore, &arguments.many.policies)?;
    let measure = prepared.measure(arguments.many.measure.as_deref())?;
    let study = &prepared.study;
    let (method, trials, rows) = match arguments.method {
        Method::Sobol => {
            let rows = arguments.points.unwrap_or(ROWS);
            ("Sobol' indices", sobol_trials(&study.factors, rows, prepared.seed)?, rows)
        }
        Method::Morris => {
            let rows = arguments.points.unwrap_or(TRAJECTORIES);
            ("the effects of Morris", morris_trials(&study.factors, rows, prepared.seed)?, rows)
        }
    };
    let about = About {
        scenario: prepared.scenario.name().to_owned(),
        design: format!("{method} from {rows} x {} points", trials.len() / rows),
        seed: prepared.seed,
        replications: prepared.replications as usize,
    };
    let header = prepared.header(Header::new("sensitivity", Some("set"), None));
    let header = header.with("method", method).with("points", rows).with("own_luck", arguments.many.own_luck);
    let (ledger, kept) = prepared.ledger(header.clone(), Some(trials.len()))?;
    let left = trials.len().saturating_sub(kept.len());
    let runs = left as u64 * study.policies.len() as u64 * u64::from(prepared.replications);
    let point = prepared.points(&format!("{left} points"), runs, arguments.many.own_luck);
    let mut explorer = Explorer::new(study.clone(), &point, prepared.jobs, ledger, kept);
    let done = explorer.ensure(&trials, prepared.replications as usize);
    point.shown.end();
    done?;
    let analyses = analyses(&explorer, &trials, arguments.method, prepared.seed);
    let told: Vec<&Analysis> = analyses.iter().filter(|analysis| analysis.measure == measure).collect();
    let look = Look { width: terminal::width_out(), color: terminal::colors_out() };
    let forms = Forms {
        human: &|| sensitivity_human(&about, study, &told, &look),
        json: &|| sensitivity_json(&about, study, &analyses),
        csv: &|| csv(study, &header, explorer.records().values()),
        plot: &|| sensitivity_plot(&about, study, &told),
    };
    prepared.write(&forms, out)
}

/// What was found of every measure under every policy.
fn analyses(explorer: &Explorer<'_, Points<'_>>, trials: &[Trial], method: Method, seed: u64) -> Vec<Analysis> {
    let study: &Study = explorer.study();
    let analysis = |(policy, measure): (usize, usize)| {
        let estimate = |trial: &Trial| explorer.figures(trial.number).estimate(policy, measure, usize::MAX);
        let estimates: Vec<_> = trials.iter().map(estimate).collect();
        let outputs: Vec<Option<f64>> = estimates.iter().map(|estimate| estimate.mean).collect();
        let found = match method {
            Method::Sobol => Sobol::of(&outputs, study.factors.len(), seed).map(Found::Sobol),
            Method::Morris => Morris::of(trials, &outputs, &study.factors, seed).map(Found::Morris),
        };
        Analysis { policy, measure, found, noise: noise(&estimates) }
    };
    let measures = |policy| (0..study.measures.len()).map(move |measure| (policy, measure));
    (0..study.policies.len()).flat_map(measures).map(analysis).collect()
}
