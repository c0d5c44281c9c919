//! A sweep: the best points, and who can be told apart from the first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::plot::{Panel, Series, heat, picture};
use super::{
    About, count, document, estimate_json, paragraph, points_grid, pretty, printable, text, titled, values_json, with_spread,
};
use super::{Look, Pieces, Tone, plain, signed};
use crate::design::Better;
use crate::explore::{Ranked, Record, Study, ranking};
use crate::output::number::row_decimals;

/// Points that are shown.
const SHOWN: usize = 10;

/// The best points by one measure, or the first ones where it has no better side.
pub fn sweep_human(about: &About, study: &Study, records: &BTreeMap<usize, Record>, measure: usize, look: &Look) -> String {
    let each = count(about.replications, "replication", "replications");
    let policies = count(study.policies.len(), "policy", "policies");
    let headline = format!("{}: {}, {policies}, {each} of each, seed {}", about.scenario, about.design, about.seed);
    let mut all = paragraph(&printable(&headline), Tone::Bold, look);
    let shown = &study.measures[measure];
    let ranked = ranking(study, records.values(), measure);
    let of = records.len() * study.policies.len();
    let words = match shown.better {
        Better::Neither => format!("{}, which has no better side, at the first points", titled(shown)),
        Better::Lower => format!("Best points by {}: lower is better", titled(shown)),
        Better::Higher => format!("Best points by {}: higher is better", titled(shown)),
    };
    all += &paragraph(&words, Tone::Bold, look);
    let rows = ranked.clone().unwrap_or_else(|| unranked(study, records, measure));
    let mut columns: Vec<String> = (study.policies.len() > 1).then(|| "policy".to_owned()).into_iter().collect();
    columns.push(titled(shown));
    if ranked.is_some() {
        columns.push("beside the first".into());
    }
    let decimals = row_decimals(rows.iter().take(SHOWN).filter_map(|row| row.estimate.mean));
    let row = |row: &Ranked| {
        let mut cells: Vec<Pieces> = Vec::new();
        if study.policies.len() > 1 {
            cells.push(text(&study.policies[row.policy]));
        }
        cells.push(with_spread(&row.estimate, decimals, plain));
        if ranked.is_some() {
            cells.push(with_spread(&row.difference, decimals, signed));
        }
        (&records[&row.point], cells)
    };
    all += &points_grid(study, &columns, rows.iter().take(SHOWN).map(row).collect()).render(look.width, look.color);
    all += "\n";
    if let Some(ranked) = &ranked {
        let alike = ranked.iter().skip(1).filter(|row| !row.apart && row.estimate.mean.is_some()).count();
        let told = match alike {
            0 => "Every other point is told apart from the first".to_owned(),
            _ => format!("{alike} of the other {} cannot be told apart from the first", of - 1),
        };
        let how = "by differences paired by replication, at 95 % for all of them together (Bonferroni)";
        all += &paragraph(&format!("{told}, {how}. The first of many is flattered by its place."), Tone::Dim, look);
    }
    all
}

/// The points in their order, with no first to compare with.
fn unranked(study: &Study, records: &BTreeMap<usize, Record>, measure: usize) -> Vec<Ranked> {
    let each = |record: &Record| {
        let row = |policy: usize| Ranked {
            point: record.number,
            policy,
            estimate: record.figures.estimate(policy, measure, usize::MAX),
            difference: crate::Estimate::default(),
            apart: false,
        };
        (0..study.policies.len()).map(row).collect::<Vec<_>>()
    };
    records.values().flat_map(each).collect()
}

/// All points with all figures as JSON, schema `rehearsal.sweep/1`.
pub fn sweep_json(about: &About, study: &Study, records: &BTreeMap<usize, Record>) -> String {
    let figures = |record: &Record, policy: usize| {
        let each = study.measures.iter().enumerate().map(|(m, measure)| {
            (measure.name.clone(), Value::Object(estimate_json(&record.figures.estimate(policy, m, usize::MAX))))
        });
        Value::Object(each.collect())
    };
    let point = |record: &Record| {
        let policies = study.policies.iter().enumerate().map(|(p, name)| (name.clone(), figures(record, p)));
        json!({
            "point": record.number,
            "values": values_json(study, record),
            "policies": Value::Object(policies.collect::<Map<_, _>>()),
        })
    };
    let mut object = document("rehearsal.sweep/1", about, study);
    object.insert("points".into(), records.values().map(point).collect());
    pretty(object)
}

/// A picture of one measure: over each factor, or as a map where a grid has two.
pub fn sweep_plot(about: &About, study: &Study, records: &BTreeMap<usize, Record>, measure: usize, grid: bool) -> String {
    let shown = titled(&study.measures[measure]);
    let title = format!("{}: {shown}", about.scenario);
    if let ([across, up], true) = (study.factors.as_slice(), grid) {
        let maps = study.policies.iter().enumerate().map(|(p, policy)| {
            let cell = |record: &Record| {
                let mean = record.figures.estimate(p, measure, usize::MAX).mean?;
                Some((record.values[0].clone(), record.values[1].clone(), mean))
            };
            (policy.clone(), records.values().filter_map(cell).collect::<Vec<_>>())
        });
        return heat(&title, &across.name, &up.name, &maps.collect::<Vec<_>>());
    }
    let panels = study.factors.iter().enumerate().map(|(f, factor)| {
        let series = study.policies.iter().enumerate().map(|(p, policy)| Series {
            name: policy.clone(),
            points: records
                .values()
                .filter_map(|record| {
                    let estimate = record.figures.estimate(p, measure, usize::MAX);
                    let mean = estimate.mean?;
                    Some((record.values[f].clone(), mean, estimate.interval.unwrap_or((mean, mean))))
                })
                .collect(),
        });
        Panel { across: factor.clone(), up: shown.clone(), series: series.collect() }
    });
    picture(&title, &panels.collect::<Vec<_>>())
}
