//! Which policy is best, as text and as JSON (schema `rehearsal.select/1`).

use serde_json::{Value, json};

use super::human::{Look, count, label, left, printable, right};
use super::number::{plain, row_decimals};
use super::table::{Grid, Tone, wrapped};
use crate::design::Measure;
use crate::select::{Selecting, Selection};

/// The selection as text: the answer in a sentence, then each policy.
pub fn selection(scenario: &str, seed: u64, measure: &Measure, asked: &Selecting, found: &Selection, look: &Look) -> String {
    // As it was asked for: a share of 0.95 gives 95.
    let percent = format!("{:.4}", asked.confidence * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let decimals = row_decimals(found.candidates.iter().map(|candidate| candidate.mean));
    let least = asked.indifference;
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" {}", printable(&measure.unit)) };
    let answer = match found.best {
        Some(best) => format!(
            "{} is best in {}, with a probability of at least {percent} % if it is better than each other by {least}{unit} or more; \
             else it is one of those less than that behind the best.",
            printable(&found.candidates[best].name),
            printable(&measure.label),
        ),
        None => {
            let left: Vec<String> = found.candidates.iter().filter(|one| one.is_left).map(|one| printable(&one.name)).collect();
            let why = if found.was_stopped { "it was stopped" } else { "the most replications did not suffice" };
            format!("Not decided yet between {}: {why}.", left.join(" and "))
        }
    };
    let title = format!("{}: {}, seed {seed}", printable(scenario), count(found.candidates.len() as u64, "policy", "policies"));
    let rows = found.candidates.iter().enumerate().map(|(place, candidate)| {
        let state = match found.best {
            Some(best) if best == place => (Tone::Good, "best"),
            _ if candidate.is_left => (Tone::Plain, "still in the race"),
            _ => (Tone::Dim, "out"),
        };
        let cells = vec![
            vec![right(&plain(candidate.mean, decimals))],
            vec![right(&candidate.replications.to_string())],
            vec![super::table::Piece { tone: state.0, ..left(state.1) }],
        ];
        (printable(&candidate.name), cells)
    });
    let columns =
        vec![format!("mean of {}", label(measure).trim_start_matches(['↓', '↑', ' '])), "replications".into(), String::new()];
    let grid = Grid { values: "policy".into(), columns, rows: rows.collect() };
    let bold = Tone::Bold.paint(&wrapped(&title, look.width, ""), look.color);
    format!("{bold}\n\n{}\n\n{}", wrapped(&answer, look.width, ""), grid.render(look.width, look.color))
}

/// The selection as JSON.
pub fn selection_json(scenario: &str, seed: u64, measure: &Measure, asked: &Selecting, found: &Selection) -> String {
    let policies: Vec<Value> = found
        .candidates
        .iter()
        .map(|one| json!({ "name": one.name, "mean": one.mean, "replications": one.replications, "left": one.is_left }))
        .collect();
    let document = json!({
        "schema": "rehearsal.select/1",
        "scenario": scenario,
        "seed": seed,
        "measure": measure.name,
        "unit": measure.unit,
        "better": measure.better.word(),
        "indifference": asked.indifference,
        "confidence": asked.confidence,
        "best": found.best.map(|best| &found.candidates[best].name),
        "stopped": found.was_stopped,
        "policies": policies,
    });
    format!("{document:#}\n")
}
