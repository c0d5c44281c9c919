//! `rehearsal optimize`: the best point for one policy, under limits.

use std::io::Write;

use rehearsal_experiment::Rehearsal;
use rehearsal_experiment::explore::optimize::{Goal, Limit, Search, optimize as search_for};
use rehearsal_experiment::explore::{Explorer, Header, csv};
use rehearsal_experiment::output::Look;
use rehearsal_experiment::output::explore::{About, optimize_human, optimize_json, optimize_plot};
use serde_json::json;

use super::explore::{Forms, Prepared, prepare};
use crate::arguments::OptimizeArguments;
use crate::failure::Failure;
use crate::terminal;

/// The most points that race, for the bar of progress.
const RACERS: u64 = 10;

/// Looks for the best point and writes what was found.
pub(crate) fn optimize(arguments: &OptimizeArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let policies: Vec<String> = arguments.policy.iter().cloned().collect();
    let prepared = prepare(&arguments.explore, &policies)?;
    if prepared.study.policies.len() > 1 {
        let names = prepared.scenario.policies().join(", ");
        return Err(Failure::Input(format!("one policy is optimised at a time: choose it by --policy, of {names}")));
    }
    let search = search(arguments, &prepared)?;
    let study = &prepared.study;
    let about = About {
        scenario: prepared.scenario.name().to_owned(),
        design: format!("{} points of a search", search.budget),
        seed: prepared.seed,
        replications: search.replications,
    };
    let limits = search.limits.iter().map(|limit| json!([study.measures[limit.measure].name, limit.at_most, limit.bound]));
    let header = prepared
        .header(Header::new("optimize", Some("stage"), Some("frontier")))
        .with("goal", json!([study.measures[search.goal.measure].name, if search.goal.higher { "most" } else { "least" }]))
        .with("subject", limits.collect::<Vec<_>>())
        .with("budget", search.budget)
        .with("most", search.most);
    let (ledger, kept) = prepared.ledger(header.clone(), None)?;
    // A race may end early; this is the most that can come.
    let (each, most) = (search.replications as u64, search.most as u64);
    let runs = search.budget as u64 * each + RACERS * most.saturating_sub(each) + most.max(each);
    let point = prepared.points(&format!("up to {} points", search.budget), runs, false);
    let mut explorer = Explorer::new(study.clone(), &point, prepared.jobs, ledger, kept);
    let found = search_for(&mut explorer, &search);
    point.shown.end();
    let optimum = found?;
    let records = explorer.records();
    let look = Look { width: terminal::width_out(), color: terminal::colors_out() };
    let forms = Forms {
        human: &|| optimize_human(&about, study, &search, &optimum, records, &look),
        json: &|| optimize_json(&about, study, &search, &optimum, records),
        csv: &|| csv(study, &header, records.values()),
        plot: &|| optimize_plot(&about, study, &search, &optimum, records),
    };
    prepared.write(&forms, out)
}

/// What is looked for, as the arguments say.
fn search(arguments: &OptimizeArguments, prepared: &Prepared<'_>) -> Result<Search, Failure> {
    let higher = arguments.maximize.is_some();
    let goal = Goal { measure: prepared.measure(arguments.maximize.as_deref().or(arguments.minimize.as_deref()))?, higher };
    let limits = arguments
        .limits
        .iter()
        .map(|limit| Ok(Limit { measure: prepared.measure(Some(&limit.measure))?, at_most: limit.at_most, bound: limit.bound }));
    let replications = prepared.replications as usize;
    if replications < 2 {
        let text = "one replication does not tell luck from merit: ask for at least 2 --replications, better 10";
        return Err(Failure::Input(text.into()));
    }
    let most = arguments.most.map_or(4 * replications, |most| most as usize);
    if most < replications {
        return Err(Failure::Input(format!("--most {most} is less than the {replications} replications that each point has")));
    }
    Ok(Search {
        goal,
        limits: limits.collect::<Result<_, Failure>>()?,
        budget: arguments.budget,
        replications,
        most,
        seed: prepared.seed,
        present: prepared.present(),
    })
}
