//! An optimum: the best known point, what it stands for, and the frontier.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plot::{Cloud, clouds};
use super::{About, Look, Piece, Pieces, Tone, plain, signed};
use super::{
    count, document, estimate_json, paragraph, points_grid, pretty, printable, titled, values_json, values_words, with_spread,
};
use crate::explore::optimize::{Best, Limit, Optimum, Search, Standing};
use crate::explore::{Record, Study};
use crate::output::number::row_decimals;
use crate::output::table::Grid;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// Points of a list that are named.
const NAMED: usize = 6;

/// Points of the frontier that are shown.
const SHOWN: usize = 20;

/// What was found, for people.
pub fn optimize_human(
    about: &About,
    study: &Study,
    search: &Search,
    optimum: &Optimum,
    records: &BTreeMap<usize, Record>,
    look: &Look,
) -> String {
    let goal = &study.measures[search.goal.measure];
    let side = if search.goal.higher { "most" } else { "least" };
    let policy = printable(&study.policies[0]);
    let limits: Vec<String> = search.limits.iter().map(|limit| limit_words(study, limit)).collect();
    let subject = if limits.is_empty() { String::new() } else { format!(", with {}", limits.join(" and ")) };
    let headline = format!("{}: the {side} {} under {policy}{subject}", printable(&about.scenario), titled(goal));
    let mut all = paragraph(&headline, Tone::Bold, look);
    let Some(best) = &optimum.best else {
        return all + &paragraph("Nothing was observed at any point, so none is better than another.", Tone::Plain, look);
    };
    let record = &records[&best.number];
    let sort = match best.standing {
        Standing::Met => "Best known point",
        Standing::Open => "Best known point, of which it is undecided whether it keeps to the limits",
        Standing::Broken => "No point was found that keeps to the limits; nearest to them is",
    };
    all += &paragraph(&format!("{sort}: {} (point {})", values_words(study, record), best.number), Tone::Bold, look);
    all += &figures(study, search, best, record).render(look.width, look.color);
    all += "\n";
    for line in statements(study, search, optimum, best, records) {
        all += &paragraph(&line, Tone::Plain, look);
    }
    if !search.limits.is_empty() {
        all += &frontier(study, search, optimum, records, look);
    }
    let all_of_them = if optimum.all { ", which is every point there is" } else { "" };
    let how = format!(
        "{} tried{all_of_them}, {} of each and up to {} of those that raced, seed {}. The found figures are flattered by the \
         choice; the checked ones come from replications that had no part in it.",
        count(optimum.tried, "point was", "points were"),
        count(about.replications, "replication", "replications"),
        search.most.max(search.replications),
        about.seed,
    );
    all += &paragraph(&how, Tone::Dim, look);
    all.trim_end().to_owned() + "\n"
}

fn limit_words(study: &Study, limit: &Limit) -> String {
    let measure = &study.measures[limit.measure];
    let side = if limit.at_most { "at most" } else { "at least" };
    format!("{} {side} {}", titled(measure), plain(limit.bound, decimals_of(limit.bound)))
}

/// Decimals that show a bound as it was written.
fn decimals_of(value: f64) -> usize {
    format!("{value}").split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// The goal and the limited measures of the best point: as found, and as checked.
fn figures(study: &Study, search: &Search, best: &Best, record: &Record) -> Grid {
    let found = |measure: usize| record.figures.estimate(0, measure, best.replications);
    let row = |measure: usize, checked: &Estimate, standing: Option<Standing>| {
        let found = found(measure);
        let decimals = row_decimals([found.mean, checked.mean].into_iter().flatten());
        let mut cells: Vec<Pieces> = vec![with_spread(&found, decimals, plain), with_spread(checked, decimals, plain)];
        let words = standing.map_or("", Standing::word);
        let tone = match standing {
            Some(Standing::Met) => Tone::Good,
            Some(Standing::Broken) => Tone::Bad,
            _ => Tone::Dim,
        };
        if !search.limits.is_empty() {
            cells.push(vec![Piece { text: words.into(), right: true, tone }]);
        }
        (titled(&study.measures[measure]), cells)
    };
    let mut rows = vec![row(search.goal.measure, &best.goal, None)];
    for (limit, (checked, standing)) in search.limits.iter().zip(&best.limits) {
        rows.push(row(limit.measure, checked, Some(*standing)));
    }
    let columns = if search.limits.is_empty() { &["found", "checked"][..] } else { &["found", "checked", "limit"] };
    Grid { values: "figure".into(), columns: columns.iter().copied().map(String::from).collect(), rows }
}

/// What can be said, and what cannot.
fn statements(study: &Study, search: &Search, optimum: &Optimum, best: &Best, records: &BTreeMap<usize, Record>) -> Vec<String> {
    let mut lines = Vec::new();
    let checks = best.limits.iter().map(|(_, standing)| *standing).max();
    if best.standing == Standing::Met && checks.is_some_and(|worst| worst != Standing::Met) {
        lines.push("The check does not confirm that it keeps to the limits: run it with more --replications.".into());
    }
    if best.standing == Standing::Open {
        lines.push("More --most replications could decide on the limits.".into());
    }
    if let Some(present) = optimum.present.filter(|present| *present != best.number) {
        let difference = against(search, records, best, present);
        let decimals = row_decimals([difference.mean, difference.half_width()].into_iter().flatten());
        let words = match (difference.mean, difference.half_width()) {
            (Some(mean), Some(half_width)) => format!("{} ± {}", signed(mean, decimals), super::spread(half_width, decimals)),
            _ => "nothing that can be told".into(),
        };
        let label = printable(&study.measures[search.goal.measure].label);
        let point = values_words(study, &records[&present]);
        lines.push(format!("Against how things are at present ({point}) it changes {label} by {words}, in the race."));
    }
    let named: Vec<String> =
        optimum.alike.iter().take(NAMED).map(|number| format!("{number} ({})", values_words(study, &records[number]))).collect();
    let more = if optimum.alike.len() > NAMED { format!(" and {} more", optimum.alike.len() - NAMED) } else { String::new() };
    lines.push(if named.is_empty() {
        "It is told apart from every other point that was tried and may keep to the limits; a better one that was not tried is not \
         ruled out."
            .into()
    } else {
        format!("Not told apart from it: point {}{more}. It is the best known, not proven to be the best.", named.join("; "))
    });
    lines
}

/// The goal at the best point minus another, paired by replication, over the race.
fn against(search: &Search, records: &BTreeMap<usize, Record>, best: &Best, other: usize) -> Estimate {
    let values = |number: usize| records[&number].figures.values(0, search.goal.measure);
    let pairs = values(best.number).iter().take(best.replications).zip(values(other));
    let differences: Vec<f64> = pairs.filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
    mean_ci(&differences, LEVEL)
}

fn frontier(study: &Study, search: &Search, optimum: &Optimum, records: &BTreeMap<usize, Record>, look: &Look) -> String {
    let mut all = paragraph("Frontier: points that no other beats in all of these at once", Tone::Bold, look);
    let measures: Vec<usize> = measures(search);
    let columns: Vec<String> = measures.iter().map(|measure| titled(&study.measures[*measure])).collect();
    let means = |measure: usize| {
        optimum.frontier.iter().filter_map(move |n| records[n].figures.estimate(0, measure, search.replications).mean)
    };
    let decimals: Vec<usize> = measures.iter().map(|measure| row_decimals(means(*measure))).collect();
    let shown: Vec<usize> = if optimum.frontier.len() <= SHOWN {
        optimum.frontier.clone()
    } else {
        (0..SHOWN).map(|place| optimum.frontier[place * (optimum.frontier.len() - 1) / (SHOWN - 1)]).collect()
    };
    let row = |number: &usize| {
        let record = &records[number];
        let cell = |(measure, decimals): (&usize, &usize)| {
            with_spread(&record.figures.estimate(0, *measure, search.replications), *decimals, plain)
        };
        (record, measures.iter().zip(&decimals).map(cell).collect())
    };
    all += &points_grid(study, &columns, shown.iter().map(row).collect()).render(look.width, look.color);
    if shown.len() < optimum.frontier.len() {
        all += &format!("{} of {} points\n", shown.len(), optimum.frontier.len());
    }
    let how = format!(
        "Means of the {} that every point has, on the same luck.",
        count(search.replications, "replication", "replications")
    );
    all + "\n" + &paragraph(&how, Tone::Dim, look)
}

/// The goal's measure, then those of limits, each once.
fn measures(search: &Search) -> Vec<usize> {
    let mut measures = vec![search.goal.measure];
    for limit in &search.limits {
        if !measures.contains(&limit.measure) {
            measures.push(limit.measure);
        }
    }
    measures
}

/// What was found as JSON, schema `rehearsal.optimize/1`.
pub fn optimize_json(
    about: &About,
    study: &Study,
    search: &Search,
    optimum: &Optimum,
    records: &BTreeMap<usize, Record>,
) -> String {
    let name = |measure: usize| study.measures[measure].name.clone();
    let goal = json!({ "measure": name(search.goal.measure), "wanted": if search.goal.higher { "most" } else { "least" } });
    let limit = |limit: &Limit| json!({ "measure": name(limit.measure), "at": if limit.at_most { "most" } else { "least" }, "bound": limit.bound });
    let figures = |record: &Record, replications: usize| -> Value {
        let each = measures(search)
            .into_iter()
            .map(|measure| (name(measure), Value::Object(estimate_json(&record.figures.estimate(0, measure, replications)))));
        Value::Object(each.collect())
    };
    let point = |number: &usize, replications: usize| {
        let record = &records[number];
        json!({ "point": number, "values": values_json(study, record), "figures": figures(record, replications) })
    };
    let (alike, frontier) = (optimum.alike.iter(), optimum.frontier.iter());
    let best = optimum.best.as_ref().map(|best| {
        let record = &records[&best.number];
        let checked = |(estimate, standing): &(Estimate, Standing)| {
            let mut object = estimate_json(estimate);
            object.insert("limit".into(), standing.word().into());
            Value::Object(object)
        };
        json!({
            "point": best.number,
            "values": values_json(study, record),
            "limits": best.standing.word(),
            "found": figures(record, best.replications),
            "checked": { "goal": estimate_json(&best.goal), "limits": best.limits.iter().map(checked).collect::<Vec<_>>() },
        })
    });
    let present = optimum.present.zip(optimum.best.as_ref()).map(|(present, best)| {
        let difference = estimate_json(&against(search, records, best, present));
        json!({ "point": present, "values": values_json(study, &records[&present]), "best_minus_present": difference })
    });
    let mut object = document("rehearsal.optimize/1", about, study);
    object.insert("goal".into(), goal);
    object.insert("limits".into(), search.limits.iter().map(limit).collect());
    object.insert("tried".into(), optimum.tried.into());
    object.insert("all_tried".into(), optimum.all.into());
    object.insert("best".into(), best.into());
    object.insert("present".into(), present.into());
    object.insert("not_told_apart".into(), alike.map(|number| point(number, usize::MAX)).collect());
    object.insert("frontier".into(), frontier.map(|number| point(number, search.replications)).collect());
    pretty(object)
}

/// A picture of the goal against each limited measure, or against each factor where there are no limits.
pub fn optimize_plot(
    about: &About,
    study: &Study,
    search: &Search,
    optimum: &Optimum,
    records: &BTreeMap<usize, Record>,
) -> String {
    let mean = |record: &Record, measure: usize| record.figures.estimate(0, measure, search.replications).mean;
    let best = optimum.best.as_ref().map(|best| best.number);
    let up = titled(&study.measures[search.goal.measure]);
    let cloud = |across: String, bound: Option<f64>, line: bool, x: &dyn Fn(&Record) -> Option<f64>| Cloud {
        across,
        up: up.clone(),
        bound,
        line,
        points: records
            .values()
            .filter_map(|record| {
                let place = (x(record)?, mean(record, search.goal.measure)?);
                Some((place, optimum.frontier.contains(&record.number), Some(record.number) == best))
            })
            .collect(),
    };
    let panels: Vec<Cloud> = if search.limits.is_empty() {
        let over = |(f, factor): (usize, &crate::explore::Factor)| {
            let number = |record: &Record| {
                let value = &record.values[f];
                factor.number(value).or_else(|| Some(factor.place(value)? * factor.count()? as f64 + 0.5))
            };
            cloud(factor.name.clone(), None, false, &number)
        };
        study.factors.iter().enumerate().map(over).collect()
    } else {
        let against = |limit: &Limit| {
            let across = titled(&study.measures[limit.measure]);
            cloud(across, Some(limit.bound), search.limits.len() == 1, &|record| mean(record, limit.measure))
        };
        search.limits.iter().map(against).collect()
    };
    clouds(&format!("{}, {}", about.scenario, study.policies[0]), &panels)
}
