//! The lines under the tables: how to read them, and how much they can be trusted.

use super::human::printable;
use super::number::{plain, row_decimals};
use crate::design::{Better, Measure};
use crate::precision::Reached;
use crate::results::{Ending, Results};

/// How many measures are named that are not known well enough.
const NAMED: usize = 4;

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
    lines.extend(pairing(results));
    lines.extend(ending(results));
    lines
}

/// What comparing within replications has brought, over the measures that vary.
fn pairing(results: &Results) -> Option<String> {
    let saved = || results.differences.iter().flatten().filter_map(|difference| difference.saved);
    let least = saved().reduce(f64::min)?;
    let most = saved().reduce(f64::max)?;
    let percent = |share: f64| format!("{} %", plain(share * 100.0, 0));
    let range = if percent(least) == percent(most) { percent(most) } else { format!("{} to {}", percent(least), percent(most)) };
    Some(format!("Comparing within replications saved {range} of the variance of a difference."))
}

/// Why there are so many replications, where it was not what was asked for at first.
fn ending(results: &Results) -> Option<String> {
    match &results.ending {
        Ending::Done => None,
        Ending::Stopped { asked } => Some(format!("Stopped early: {} of {asked} replications are done.", results.replications)),
        Ending::Precise(reached) => {
            let open: Vec<&Reached> = reached.iter().filter(|found| !found.is_enough()).collect();
            if open.is_empty() {
                return Some(format!("{} replications were as many as the precision asked for takes.", results.replications));
            }
            let one = |found: &&Reached| {
                let measure = printable(&results.measures[found.measure].label);
                let policy = printable(&results.policies[found.place].name);
                let width =
                    |width: Option<f64>| width.map_or("unknown".into(), |width| plain(width, row_decimals([width].into_iter())));
                format!("{measure} under {policy} (±{}, asked ±{})", width(found.half_width), width(found.allowed))
            };
            let named: Vec<String> = open.iter().take(NAMED).map(one).collect();
            let more = open.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Some(format!("Not as precise as asked after {} replications: {}{more}.", results.replications, named.join(", ")))
        }
    }
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
    if results.policies.len() > 2 {
        text += " Of several policies a difference counts where it holds for all of them at once, at 95 % (Holm).";
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
    results.compared().filter_map(of_measure).collect()
}
