//! How long to go on: replications until what is asked for is known precisely enough.
//!
//! With one policy a measure's mean has to be precise. With several, its difference from the baseline has to be: it is what
//! decides between them. A relative target is a share of the mean; for differences of the baseline's mean, because a share of
//! a difference near 0 would never be reached.
//!
//! # Source
//!
//! Hoad, Robinson and Davies (2010), "Automated selection of the number of replications for a discrete-event simulation",
//! Journal of the Operational Research Society 61: the half-width of the interval must stay within the target over a look-ahead,
//! lest a lucky start ends the experiment.

use crate::compare::paired;
use crate::design::Better;
use crate::sample::Sample;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// The fewest replications that are judged.
const LEAST: usize = 3;

/// What has to be known how well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// The measure, as an index into [`crate::Rehearsal::measures`].
    pub measure: usize,
    /// How wide half of its 95 % interval may be.
    pub target: Target,
}

/// How wide half of an interval may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// In the measure's unit.
    Absolute(f64),
    /// As a share of the mean, such as 0.05; of a difference, as a share of the baseline's mean.
    Relative(f64),
}

/// How precisely something is known in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// The measure, as an index into [`crate::Rehearsal::measures`].
    pub measure: usize,
    /// The place of the policy in the design, whose mean it is with one policy, and else whose difference from the baseline.
    pub place: usize,
    /// How wide half of the interval may be, in the measure's unit; `None` where a share of nothing was asked for.
    pub allowed: Option<f64>,
    /// How wide it is; `None` with too few observations.
    pub half_width: Option<f64>,
}

impl Reached {
    /// Whether it is precise enough.
    pub fn is_enough(&self) -> bool {
        self.allowed.zip(self.half_width).is_some_and(|(allowed, found)| found <= allowed)
    }
}

/// How far ahead the precision has to hold, after `n` replications.
pub(crate) fn look_ahead(n: usize) -> usize {
    if n <= 100 { 5 } else { 5 * n / 100 }
}

/// How precise the first `n` replications of each policy are. `samples` lie in the order (replication, place).
pub(crate) fn reached(precisions: &[Precision], samples: &[Sample], policies: usize, n: usize) -> Vec<Reached> {
    let column = |place: usize, measure: usize| -> Vec<Option<f64>> {
        samples.iter().skip(place).step_by(policies).take(n).map(|sample| sample.overall[measure]).collect()
    };
    let mean = |values: &[Option<f64>]| mean_ci(&values.iter().flatten().copied().collect::<Vec<f64>>(), LEVEL);
    let mut all = Vec::new();
    for &Precision { measure, target } in precisions {
        let baseline = column(0, measure);
        let level = mean(&baseline);
        let judged: Vec<(usize, Estimate)> = if policies == 1 {
            vec![(0, level)]
        } else {
            (1..policies).map(|place| (place, paired(&column(place, measure), &baseline, Better::Neither).estimate)).collect()
        };
        let allowed = match target {
            Target::Absolute(width) => Some(width),
            Target::Relative(share) => level.mean.map(|mean| share * mean.abs()),
        };
        all.extend(judged.into_iter().map(|(place, found)| Reached { measure, place, allowed, half_width: found.half_width() }));
    }
    all
}

/// The state of a search for the end.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// How many replications were looked at.
    seen: usize,
    /// The first replication count of the present stretch over which all is precise enough.
    since: Option<usize>,
}

impl Search {
    /// Looks at the replications that are there; the count at which to stop, once it is known.
    ///
    /// Each count from the last on is looked at in turn, so it does not matter in what portions replications come.
    pub(crate) fn look(&mut self, precisions: &[Precision], samples: &[Sample], policies: usize) -> Option<usize> {
        let there = samples.len() / policies;
        while self.seen < there {
            self.seen += 1;
            let n = self.seen;
            let fine = n >= LEAST && reached(precisions, samples, policies, n).iter().all(Reached::is_enough);
            self.since = if fine { self.since.or(Some(n)) } else { None };
            if let Some(since) = self.since
                && n >= since + look_ahead(since)
            {
                return Some(n);
            }
        }
        None
    }

    /// How many more replications to run before the next look: as many as the intervals suggest, no more than can be of use.
    pub(crate) fn next(&self, precisions: &[Precision], samples: &[Sample], policies: usize) -> usize {
        let n = self.seen;
        if let Some(since) = self.since {
            return since + look_ahead(since) - n;
        }
        let ratio = reached(precisions, samples, policies, n).into_iter().filter_map(|found| {
            let (allowed, half) = (found.allowed?, found.half_width?);
            (allowed > 0.0).then(|| half / allowed)
        });
        let ratio = ratio.fold(1.0, f64::max);
        // Half-widths shrink with the root of the count. Half of the way at a time: the first guesses are poor.
        let wanted = (n as f64 * ratio * ratio).min(1e9) as usize;
        (wanted.saturating_sub(n) / 2).max(look_ahead(n)).max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Draws;

    fn samples(values: &[f64]) -> Vec<Sample> {
        values.iter().map(|value| Sample { overall: vec![Some(*value)], segments: vec![vec![]], events: 1 }).collect()
    }

    fn precision(target: Target) -> [Precision; 1] {
        [Precision { measure: 0, target }]
    }

    #[test]
    fn a_lucky_start_does_not_end_it() {
        // Three equal values have an interval of width 0; the fourth tells that this was luck.
        let all = samples(&[5.0, 5.0, 5.0, 9.0, 1.0, 9.0, 1.0, 9.0, 1.0, 5.0]);
        assert!(reached(&precision(Target::Relative(0.1)), &all, 1, 3)[0].is_enough());
        assert_eq!(Search::default().look(&precision(Target::Relative(0.1)), &all, 1), None);
        let steady = samples(&[5.0; 12]);
        assert_eq!(Search::default().look(&precision(Target::Relative(0.1)), &steady, 1), Some(3 + 5));
    }

    #[test]
    fn portions_do_not_matter() {
        let mut draws = Draws::new(4);
        let all = samples(&(0..400).map(|_| 10.0 + draws.normal()).collect::<Vec<f64>>());
        let target = precision(Target::Absolute(0.2));
        let whole = Search::default().look(&target, &all, 1);
        let mut search = Search::default();
        let parts = (1..=400).find_map(|n| search.look(&target, &all[..n], 1));
        assert!(whole.is_some() && whole == parts, "{whole:?} and {parts:?}");
        // Normal values with deviation 1 need about (1.96 / 0.2)^2 = 96 replications, and 5 more.
        assert!((70..140).contains(&whole.unwrap()), "{whole:?}");
    }

    #[test]
    fn of_several_policies_the_difference_counts() {
        // Both vary by much, and always by the same.
        let both: Vec<Sample> =
            samples(&[1.0, 2.0, 9.0, 10.0, 4.0, 5.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 6.0, 7.0, 2.0, 3.0]);
        let found = reached(&precision(Target::Relative(0.01)), &both, 2, 9);
        assert_eq!((found.len(), found[0].place, found[0].is_enough()), (1, 1, true));
        assert!(!reached(&precision(Target::Relative(0.01)), &both[..8], 1, 8)[0].is_enough());
    }

    #[test]
    fn a_share_of_nothing_is_never_reached() {
        let none: Vec<Sample> = (0..9).map(|_| Sample { overall: vec![None], segments: vec![vec![]], events: 1 }).collect();
        assert!(!reached(&precision(Target::Relative(0.5)), &none, 1, 9)[0].is_enough());
        assert!(!reached(&precision(Target::Absolute(0.5)), &none, 1, 9)[0].is_enough());
    }
}
