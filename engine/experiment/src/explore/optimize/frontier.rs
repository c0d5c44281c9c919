//! The frontier: what one gives for what.

use super::super::explorer::{Evaluate, Explorer};
use super::Search;

/// Points that no other beats in the goal and in every limited measure at once, by their means; in order of the goal.
///
/// Means are those of the replications that every point has, so that none is ahead by the luck of further ones.
///
/// Of points with equal figures each is on it. Without limits that is the point with the best mean. A measure that is
/// the goal's own adds nothing.
pub(super) fn frontier<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, numbers: &[usize]) -> Vec<usize> {
    let costs = |number: usize| -> Option<Vec<f64>> {
        let figures = explorer.figures(number);
        let mean = |measure: usize| figures.mean(0, measure, search.replications);
        let goal = mean(search.goal.measure).map(|mean| if search.goal.higher { -mean } else { mean });
        let limits = search.limits.iter().filter(|limit| limit.measure != search.goal.measure);
        let limits = limits.map(|limit| mean(limit.measure).map(|mean| if limit.at_most { mean } else { -mean }));
        [goal].into_iter().chain(limits).collect()
    };
    let known: Vec<(usize, Vec<f64>)> = numbers.iter().filter_map(|number| Some((*number, costs(*number)?))).collect();
    let mut found: Vec<&(usize, Vec<f64>)> =
        known.iter().filter(|(_, own)| !known.iter().any(|(_, other)| beats(other, own))).collect();
    found.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
    found.into_iter().map(|(number, _)| *number).collect()
}

/// Whether `a` is nowhere worse than `b` and somewhere better.
fn beats(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a != b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_beats_whom() {
        assert!(beats(&[1.0, 2.0], &[1.0, 3.0]));
        assert!(!beats(&[1.0, 2.0], &[1.0, 2.0]));
        assert!(!beats(&[1.0, 2.0], &[0.5, 3.0]));
    }
}
