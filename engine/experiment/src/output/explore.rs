//! Explorations written out: for people, as JSON, and as pictures.
//!
//! A results file is written by [`crate::explore::Ledger`]; what is here tells what follows from it.

mod optimize;
mod plot;
mod sensitivity;
mod sweep;

pub use optimize::{optimize_human, optimize_json, optimize_plot};
pub use sensitivity::{Analysis, Found, sensitivity_human, sensitivity_json, sensitivity_plot};
pub use sweep::{sweep_human, sweep_json, sweep_plot};

use serde_json::{Map, Value, json};

use super::human::{Look, printable};
use super::number::{plain, signed, spread};
use super::table::{Grid, Piece, Pieces, Tone, wrapped};
use crate::design::Measure;
use crate::explore::{Record, Study};
use crate::statistics::Estimate;

/// Which exploration it is, for headlines and documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// How points were chosen, in words such as `256 x 5 points for Sobol' indices`.
    pub design: String,
    /// The seed of all chance.
    pub seed: u64,
    /// Replications of each policy at each point.
    pub replications: usize,
}

/// Shown where nothing was observed.
const NOTHING: &str = "–";

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A measure with its unit, as people call it.
fn titled(measure: &Measure) -> String {
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", printable(&measure.unit)) };
    format!("{}{unit}", printable(&measure.label))
}

fn text(text: &str) -> Pieces {
    vec![Piece { text: printable(text), right: true, tone: Tone::Plain }]
}

/// A mean with half of its interval.
fn with_spread(estimate: &Estimate, decimals: usize, write: fn(f64, usize) -> String) -> Pieces {
    let piece = |text: String, right: bool| Piece { text, right, tone: Tone::Plain };
    let Some(mean) = estimate.mean else { return vec![piece(NOTHING.into(), true)] };
    let mut pieces = vec![piece(write(mean, decimals), true)];
    if let Some(half_width) = estimate.half_width() {
        pieces.push(piece("±".into(), false));
        pieces.push(piece(spread(half_width, decimals), false));
    }
    pieces
}

/// A paragraph that fits, and an empty line.
fn paragraph(words: &str, tone: Tone, look: &Look) -> String {
    format!("{}\n\n", tone.paint(&wrapped(words, look.width, ""), look.color))
}

/// An estimate as JSON: `mean`, `ci` and `n`.
fn estimate_json(estimate: &Estimate) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("mean".into(), json!(estimate.mean.map(|mean| mean + 0.0)));
    object.insert("ci".into(), json!(estimate.interval.map(|(low, high)| [low + 0.0, high + 0.0])));
    object.insert("n".into(), json!(estimate.n));
    object
}

/// What every document begins with.
fn document(schema: &str, about: &About, study: &Study) -> Map<String, Value> {
    let factors: Vec<Value> = study.factors.iter().map(|factor| json!({ "path": factor.name, "values": factor.asked })).collect();
    let measures: Vec<Value> = study
        .measures
        .iter()
        .map(|measure| json!({ "name": measure.name, "label": measure.label, "unit": measure.unit, "better": measure.better.word() }))
        .collect();
    let mut object = Map::new();
    object.insert("schema".into(), schema.into());
    object.insert("scenario".into(), about.scenario.clone().into());
    object.insert("design".into(), about.design.clone().into());
    object.insert("seed".into(), about.seed.into());
    object.insert("replications".into(), about.replications.into());
    object.insert("factors".into(), factors.into());
    object.insert("policies".into(), study.policies.clone().into());
    object.insert("measures".into(), measures.into());
    object
}

/// The values of a point, by path.
fn values_json(study: &Study, record: &Record) -> Value {
    let pairs = study.factors.iter().zip(&record.values);
    Value::Object(pairs.map(|(factor, value)| (factor.name.clone(), value.clone().into())).collect())
}

/// The values of a point in words.
fn values_words(study: &Study, record: &Record) -> String {
    let pairs = study.factors.iter().zip(&record.values);
    pairs.map(|(factor, value)| printable(&format!("{}={value}", factor.name))).collect::<Vec<_>>().join(", ")
}

fn pretty(object: Map<String, Value>) -> String {
    format!("{:#}\n", Value::Object(object))
}

/// A table of points: a column for each factor, then others.
fn points_grid(study: &Study, further: &[String], rows: Vec<(&Record, Vec<Pieces>)>) -> Grid {
    let names = study.factors.iter().map(|factor| printable(&factor.name));
    let rows = rows.into_iter().map(|(record, further)| {
        let cells = record.values.iter().map(|value| text(value)).chain(further).collect();
        (format!("point {}", record.number), cells)
    });
    Grid { values: "value".into(), columns: names.chain(further.iter().cloned()).collect(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect_file;

    use super::*;
    use crate::explore::optimize::{Goal, Limit, Search, optimize};
    use crate::explore::sensitivity::{Morris, Sobol, morris_trials, noise, sobol_trials};
    use crate::explore::synthetic::{bowl, study, trials};
    use crate::explore::{Evaluate, Explorer, Header, Ledger, Trial};

    fn about(design: &str, replications: usize) -> About {
        About { scenario: "bowl".into(), design: design.into(), seed: 1, replications }
    }

    fn run(trials: &[Trial], replications: usize) -> BTreeMap<usize, Record> {
        let bowl = bowl();
        let mut explorer = Explorer::new(study(), &bowl, 1, Ledger::none(study(), Header::default()), vec![]);
        explorer.ensure(trials, replications).unwrap();
        explorer.records().clone()
    }

    #[test]
    fn golden_sweep() {
        let records = run(&trials(&["2", "7", "12", "8"]), 10);
        let about = about("4 points of a grid", 10);
        expect_file!["golden/sweep.txt"].assert_eq(&sweep_human(&about, &study(), &records, 0, &Look::default()));
        expect_file!["golden/sweep.json"].assert_eq(&sweep_json(&about, &study(), &records));
        expect_file!["golden/sweep.svg"].assert_eq(&sweep_plot(&about, &study(), &records, 0, true));
    }

    #[test]
    fn golden_sensitivity() {
        let factors = study().factors;
        let analysed = |trials: &[Trial], found: &dyn Fn(&[Option<f64>]) -> Option<Found>| {
            let records = run(trials, 4);
            let estimates: Vec<_> = trials.iter().map(|t| records[&t.number].figures.estimate(0, 0, usize::MAX)).collect();
            let outputs: Vec<Option<f64>> = estimates.iter().map(|estimate| estimate.mean).collect();
            Analysis { policy: 0, measure: 0, found: found(&outputs), noise: noise(&estimates) }
        };
        let sobol = sobol_trials(&factors, 64, 1).unwrap();
        let sobol = analysed(&sobol, &|outputs| Sobol::of(outputs, 1, 1).map(Found::Sobol));
        let trials = morris_trials(&factors, 8, 1).unwrap();
        let morris = analysed(&trials, &|outputs| Morris::of(&trials, outputs, &factors, 1).map(Found::Morris));
        let still = Analysis { found: None, ..sobol.clone() };
        let about = about("a design", 4);
        let told = |analyses: &[&Analysis]| sensitivity_human(&about, &study(), analyses, &Look::default());
        expect_file!["golden/sobol.txt"].assert_eq(&told(&[&sobol, &still]));
        expect_file!["golden/morris.txt"].assert_eq(&told(&[&morris]));
        expect_file!["golden/sensitivity.json"].assert_eq(&sensitivity_json(&about, &study(), &[sobol.clone(), morris, still]));
        expect_file!["golden/sobol.svg"].assert_eq(&sensitivity_plot(&about, &study(), &[&sobol]));
    }

    #[test]
    fn golden_optimum() {
        let limits = vec![Limit { measure: 1, at_most: true, bound: 9.5 }];
        let goal = Goal { measure: 0, higher: false };
        let present = Some(vec!["3".into()]);
        let search = Search { goal, limits, budget: 12, replications: 4, most: 16, seed: 1, present };
        let bowl = bowl();
        let mut explorer = Explorer::new(study(), &bowl, 1, Ledger::none(study(), Header::default()), vec![]);
        let optimum = optimize(&mut explorer, &search).unwrap();
        let (about, records) = (about("12 points of a search", 4), explorer.records());
        let look = Look::default();
        expect_file!["golden/optimum.txt"].assert_eq(&optimize_human(&about, &study(), &search, &optimum, records, &look));
        expect_file!["golden/optimum.json"].assert_eq(&optimize_json(&about, &study(), &search, &optimum, records));
        expect_file!["golden/optimum.svg"].assert_eq(&optimize_plot(&about, &study(), &search, &optimum, records));
    }

    #[test]
    fn names_do_not_reach_the_terminal_or_the_picture_as_they_are() {
        let mut odd = study();
        odd.policies[0] = "a\u{1b}[31m<b>".into();
        let figures = bowl().evaluate(&["2".into()], 0..3, 1).unwrap();
        let record = Record { number: 1, label: String::new(), values: vec!["2".into()], figures, after: String::new() };
        let records = BTreeMap::from([(1, record)]);
        let about = about("1 point", 3);
        assert!(!sweep_human(&about, &odd, &records, 0, &Look::default()).contains('\u{1b}'));
        let drawn = sweep_plot(&about, &odd, &records, 0, false);
        assert!(!drawn.contains('\u{1b}') && !drawn.contains("<b>"));
    }
}
