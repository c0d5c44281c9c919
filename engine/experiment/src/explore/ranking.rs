//! Points in the order of a measure, and who can be told apart from the first.

use super::explorer::{Figures, Study};
use super::ledger::Record;
use crate::design::Better;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// A point under a policy, in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The point's number.
    pub point: usize,
    /// The policy, as an index into those of the study.
    pub policy: usize,
    /// The measure there.
    pub estimate: Estimate,
    /// This minus the first, paired by replication; the interval holds for all of them together at 95 % (Bonferroni).
    pub difference: Estimate,
    /// Whether that interval excludes 0.
    pub apart: bool,
}

/// All points under all policies by a measure, the best first; `None` for a measure without a wished-for side.
///
/// Where nothing was observed stands last.
pub fn ranking<'r>(study: &Study, records: impl Iterator<Item = &'r Record>, measure: usize) -> Option<Vec<Ranked>> {
    let sign = match study.measures[measure].better {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
        Better::Neither => return None,
    };
    let each = |record: &'r Record| (0..study.policies.len()).map(move |policy| (record.number, policy, &record.figures));
    let mut found: Vec<(usize, usize, &Figures, Estimate)> = (records.flat_map(each))
        .map(|(point, policy, figures)| (point, policy, figures, figures.estimate(policy, measure, usize::MAX)))
        .collect();
    let key = |estimate: &Estimate| estimate.mean.map_or(f64::INFINITY, |mean| sign * mean);
    found.sort_by(|a, b| key(&a.3).total_cmp(&key(&b.3)));
    let level = 1.0 - (1.0 - LEVEL) / found.len().saturating_sub(1).max(1) as f64;
    let first: Vec<Option<f64>> = found.first().map(|(_, policy, figures, _)| figures.values(*policy, measure).to_vec())?;
    let ranked = |(point, policy, figures, estimate): (usize, usize, &Figures, Estimate)| {
        let pairs = figures.values(policy, measure).iter().zip(&first).filter_map(|(a, b)| Some((*a)? - (*b)?));
        let difference = mean_ci(&pairs.collect::<Vec<f64>>(), level);
        let apart = difference.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        Ranked { point, policy, estimate, difference, apart }
    };
    Some(found.into_iter().map(ranked).collect())
}

#[cfg(test)]
mod tests {
    use super::super::explorer::Evaluate;
    use super::super::synthetic::{bowl, study};
    use super::*;

    #[test]
    fn the_best_comes_first_and_what_is_far_from_it_is_told_apart() {
        let records: Vec<Record> = ["2", "7", "12", "8"]
            .iter()
            .zip(1..)
            .map(|(value, number)| Record {
                number,
                label: String::new(),
                values: vec![(*value).to_owned()],
                figures: bowl().evaluate(&[(*value).to_owned()], 0..10, 1).unwrap(),
                after: String::new(),
            })
            .collect();
        // The truth is 6.25, 0, 6.25 and 0.25, with noise of 0.5 in each difference over 10 replications.
        let found = ranking(&study(), records.iter(), 0).unwrap();
        let mut first = [found[0].point, found[1].point];
        first.sort_unstable();
        assert_eq!((first, found[2].apart, found[3].apart), ([2, 4], true, true));
        assert_eq!(found[0].difference.interval, Some((0.0, 0.0)));
        assert!(!found[0].apart);
        let mut neither = study();
        neither.measures[0].better = Better::Neither;
        assert_eq!(ranking(&neither, records.iter(), 0), None);
    }
}
