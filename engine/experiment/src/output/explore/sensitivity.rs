//! Sensitivity: factors in the order in which they matter.

use serde_json::{Map, Value, json};

use super::plot::bars;
use super::{About, Look, Piece, Pieces, Tone};
use super::{count, document, paragraph, pretty, printable, text, titled};
use crate::explore::Study;
use crate::explore::sensitivity::{Morris, Ranged, Sobol};
use crate::output::number::{plain, row_decimals};
use crate::output::table::Grid;

/// What was found of one measure under one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The policy, as an index into those of the study.
    pub policy: usize,
    /// The measure, as an index into those of the study.
    pub measure: usize,
    /// What was found; `None` where the measure does not vary.
    pub found: Option<Found>,
    /// How large what luck adds can be at most, as a share of the variance.
    pub noise: Option<f64>,
}

/// What was found, by method.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Shares of the variance.
    Sobol(Sobol),
    /// Effects of steps.
    Morris(Morris),
}

impl Found {
    /// The factors, the one that matters most first.
    fn order(&self) -> Vec<usize> {
        let by: Vec<f64> = match self {
            Found::Sobol(sobol) => sobol.effects.iter().map(|effect| effect.total.value).collect(),
            Found::Morris(morris) => morris.effects.iter().map(|effect| effect.size.value).collect(),
        };
        let mut order: Vec<usize> = (0..by.len()).collect();
        order.sort_by(|a, b| by[*b].total_cmp(&by[*a]));
        order
    }

    fn missing(&self) -> usize {
        match self {
            Found::Sobol(sobol) => sobol.missing,
            Found::Morris(morris) => morris.missing,
        }
    }
}

/// Factors by how much they matter, with intervals and a sentence, for each of `analyses`.
pub fn sensitivity_human(about: &About, study: &Study, analyses: &[&Analysis], look: &Look) -> String {
    let each = count(about.replications, "replication", "replications");
    let headline = format!("{}: {}, {each} of each policy, seed {}", about.scenario, about.design, about.seed);
    let mut all = paragraph(&printable(&headline), Tone::Bold, look);
    for analysis in analyses {
        let measure = &study.measures[analysis.measure];
        let policy = printable(&study.policies[analysis.policy]);
        all += &paragraph(&format!("What {} depends on under {policy}", titled(measure)), Tone::Bold, look);
        let Some(found) = &analysis.found else {
            all += &paragraph("It is the same at every point.", Tone::Plain, look);
            continue;
        };
        all += &table(study, found).render(look.width, look.color);
        all += "\n";
        all += &paragraph(&sentence(study, &format!("\"{}\"", printable(&measure.label)), found), Tone::Plain, look);
        for line in remarks(analysis, found) {
            all += &paragraph(&line, Tone::Dim, look);
        }
    }
    let how = match analyses.iter().find_map(|analysis| analysis.found.as_ref()) {
        Some(Found::Morris(_)) => {
            "Effects are changes over the whole range of a factor; in brackets the 95 % bootstrap interval over trajectories."
        }
        _ => "In brackets the 95 % bootstrap interval over the points.",
    };
    all += &paragraph(how, Tone::Dim, look);
    all.trim_end().to_owned() + "\n"
}

fn table(study: &Study, found: &Found) -> Grid {
    let piece = |text: String| Piece { text, right: true, tone: Tone::Plain };
    let ranged = |ranged: &Ranged, decimals: usize| -> Pieces {
        let interval = format!("[{}, {}]", plain(ranged.low, decimals), plain(ranged.high, decimals));
        vec![piece(plain(ranged.value, decimals)), piece(interval)]
    };
    let (columns, cells): (Vec<&str>, Vec<Vec<Pieces>>) = match found {
        Found::Sobol(sobol) => {
            let row =
                |effect: &crate::explore::sensitivity::SobolEffect| vec![ranged(&effect.first, 3), ranged(&effect.total, 3)];
            (vec!["alone (S)", "with others (ST)"], sobol.effects.iter().map(row).collect())
        }
        Found::Morris(morris) => {
            let decimals = row_decimals(morris.effects.iter().map(|effect| effect.size.value));
            let row = |effect: &crate::explore::sensitivity::MorrisEffect| {
                let spread = effect.spread.map_or_else(|| "–".into(), |spread| plain(spread, decimals));
                vec![ranged(&effect.size, decimals), vec![piece(plain(effect.mean, decimals))], vec![piece(spread)]]
            };
            (vec!["size (mu*)", "mean (mu)", "spread (sigma)"], morris.effects.iter().map(row).collect())
        }
    };
    let row = |factor: usize| {
        let mut row = vec![text(&study.factors[factor].asked)];
        row.extend(cells[factor].clone());
        (printable(&study.factors[factor].name), row)
    };
    let columns = ["varied over"].into_iter().chain(columns).map(str::to_owned).collect();
    Grid { values: "effect".into(), columns, rows: found.order().into_iter().map(row).collect() }
}

/// With intervals of first-order indices wider than twice this, nothing is said of what they leave over.
const UNSURE: f64 = 0.1;

fn percent(share: f64) -> String {
    format!("{} %", plain(100.0 * share, 0))
}

/// What it comes to.
fn sentence(study: &Study, measure: &str, found: &Found) -> String {
    let order = found.order();
    let name = |factor: usize| printable(&study.factors[factor].name);
    match found {
        Found::Sobol(sobol) => {
            let mut by_alone = order.clone();
            by_alone.sort_by(|a, b| sobol.effects[*b].first.value.total_cmp(&sobol.effects[*a].first.value));
            let most = by_alone[0];
            let alone: f64 = sobol.effects.iter().map(|effect| effect.first.value.max(0.0)).sum();
            let first = &sobol.effects[most].first;
            let [share, low, high] = [first.value, first.low, first.high].map(|share| percent(share.clamp(0.0, 1.0)));
            let mut words = format!("`{}` alone explains {share} of the variance of {measure} ({low} to {high})", name(most));
            let unsure = sobol.effects.iter().map(|effect| (effect.first.high - effect.first.low) / 2.0).fold(0.0, f64::max);
            if order.len() > 1 {
                words += &match (1.0 - alone).max(0.0) {
                    _ if unsure > UNSURE => "; what interactions of factors explain takes more --points to tell".into(),
                    rest if rest >= 0.01 => format!("; interactions of factors explain about {}", percent(rest)),
                    _ => "; interactions of factors explain nothing to speak of".into(),
                };
            }
            let idle: Vec<String> =
                order.iter().filter(|f| sobol.effects[**f].total.high < 0.02).map(|f| format!("`{}`", name(*f))).collect();
            if idle.is_empty() {
                words + "."
            } else {
                format!("{words}. {} could be left as it is (below 2 %).", idle.join(", "))
            }
        }
        Found::Morris(morris) => {
            let effect = &morris.effects[order[0]];
            let direction = match effect.mean {
                mean if mean > 0.8 * effect.size.value => ", nearly always upwards",
                mean if mean < -0.8 * effect.size.value => ", nearly always downwards",
                _ => ", now up and now down",
            };
            let size = plain(effect.size.value, row_decimals([effect.size.value].into_iter()));
            format!("`{}` matters most: over its range {measure} changes by {size} on average{direction}.", name(order[0]))
        }
    }
}

fn remarks(analysis: &Analysis, found: &Found) -> Vec<String> {
    let mut lines = Vec::new();
    if found.missing() > 0 {
        lines.push(format!(
            "{} of the design left out, because nothing was observed at a point.",
            count(found.missing(), "row is", "rows are")
        ));
    }
    if let Some(noise) = analysis.noise.filter(|noise| *noise >= 0.005) {
        let what = "is what the spread of replications would add if each point had luck of its own";
        lines.push(format!("Up to {} of the variance between points {what}; more replications make it less.", percent(noise)));
    }
    lines
}

/// All measures under all policies as JSON, schema `rehearsal.sensitivity/1`.
pub fn sensitivity_json(about: &About, study: &Study, analyses: &[Analysis]) -> String {
    let range = |ranged: &Ranged| json!({ "value": ranged.value + 0.0, "ci": [ranged.low + 0.0, ranged.high + 0.0] });
    let analysis = |analysis: &Analysis| {
        let mut object = Map::new();
        object.insert("policy".into(), study.policies[analysis.policy].clone().into());
        object.insert("measure".into(), study.measures[analysis.measure].name.clone().into());
        object.insert("noise".into(), json!(analysis.noise));
        let named = |effects: Vec<Value>| {
            let pairs = study.factors.iter().zip(effects);
            Value::Object(pairs.map(|(factor, effect)| (factor.name.clone(), effect)).collect())
        };
        let effects = match &analysis.found {
            None => Value::Null,
            Some(Found::Sobol(sobol)) => {
                object.insert("mean".into(), json!(sobol.mean));
                object.insert("variance".into(), json!(sobol.variance));
                let effect =
                    |e: &crate::explore::sensitivity::SobolEffect| json!({ "first": range(&e.first), "total": range(&e.total) });
                named(sobol.effects.iter().map(effect).collect())
            }
            Some(Found::Morris(morris)) => {
                let effect = |e: &crate::explore::sensitivity::MorrisEffect| json!({ "mu_star": range(&e.size), "mu": e.mean + 0.0, "sigma": e.spread });
                named(morris.effects.iter().map(effect).collect())
            }
        };
        object.insert("missing".into(), json!(analysis.found.as_ref().map_or(0, Found::missing)));
        object.insert("effects".into(), effects);
        Value::Object(object)
    };
    let mut object = document("rehearsal.sensitivity/1", about, study);
    object.insert("analyses".into(), analyses.iter().map(analysis).collect());
    pretty(object)
}

/// A picture: for each analysis a bar for each factor with its interval.
pub fn sensitivity_plot(about: &About, study: &Study, analyses: &[&Analysis]) -> String {
    let panels = analyses.iter().filter_map(|analysis| {
        let found = analysis.found.as_ref()?;
        let title = format!("{}, {}", titled(&study.measures[analysis.measure]), study.policies[analysis.policy]);
        let row = |factor: usize| {
            let pair = |ranged: &Ranged| (ranged.value, ranged.low, ranged.high);
            let ranges = match found {
                Found::Sobol(sobol) => vec![pair(&sobol.effects[factor].first), pair(&sobol.effects[factor].total)],
                Found::Morris(morris) => vec![pair(&morris.effects[factor].size)],
            };
            (study.factors[factor].name.clone(), ranges)
        };
        Some((title, found.order().into_iter().map(row).collect::<Vec<_>>()))
    });
    let morris = analyses.iter().any(|analysis| matches!(analysis.found, Some(Found::Morris(_))));
    let legend: &[&str] = if morris { &["size of effects (mu*)"] } else { &["alone (S)", "with others (ST)"] };
    bars(&about.scenario, legend, &panels.collect::<Vec<_>>())
}
