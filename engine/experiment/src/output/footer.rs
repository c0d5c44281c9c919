//! The lines under the tables: how to read them, and how much they can be trusted.

use super::human::printable;
use crate::design::{Better, Measure};
use crate::results::Results;

/// The lines, each a paragraph.
pub(super) fn footer(results: &Results) -> Vec<String> {
    let mut lines = Vec::new();
    let directed = |better| results.measures.iter().any(|measure| measure.better == better);
    let arrows = [(Better::Lower, "↓ lower is better"), (Better::Higher, "↑ higher is better")];
    let legend: Vec<&str> = arrows.iter().filter(|(better, _)| directed(*better)).map(|(_, words)| *words).collect();
    if !legend.is_empty() {
        lines.push(legend.join(", "));
    }
    lines.extend(seldom_observed(results));
    lines.push(how_sure(results));
    lines
}

fn how_sure(results: &Results) -> String {
    if results.replications < 2 {
        return "One replication shows what can happen, not how sure it is: run at least 2, better 10.".into();
    }
    let n = results.replications;
    let mut text = format!("± is half of the 95 % confidence interval over {n} replications (Student's t).");
    if results.policies.len() > 1 {
        text += " Every policy met the same people and the same luck in each replication; undecided: the interval of the difference includes 0.";
    }
    text
}

/// Measures that some replications did not observe, because a mean over few of them says less.
fn seldom_observed(results: &Results) -> Vec<String> {
    let all = results.replications as usize;
    let of_measure = |(m, measure): (usize, &Measure)| {
        let seldom = results.policies.iter().filter(|policy| policy.overall[m].n < all);
        let parts: Vec<String> =
            seldom.map(|policy| format!("{} in {} of {all}", printable(&policy.name), policy.overall[m].n)).collect();
        (!parts.is_empty()).then(|| format!("{} was not always observed: {}.", printable(&measure.label), parts.join(", ")))
    };
    results.measures.iter().enumerate().filter_map(of_measure).collect()
}
