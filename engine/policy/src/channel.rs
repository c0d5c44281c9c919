//! On which channel people react: Thompson sampling by person, from what came of contacts with them and their segment.
//!
//! A contact is a trial of its channel. When its time is over it counts as a success by the weight of the best that was
//! heard, and as a failure by what is missing to 1 and by the harm that was heard. What a segment came to is the prior of
//! each of its people:
//!
//! ```text
//! segment   Beta(prior + what came of contacts with others of the segment)        mean m, weight n
//! person    Beta(w m + own successes, w (1 - m) + own failures)                    w = min(n, strength)
//! ```
//!
//! While a segment has told less than `strength` trials, its own posterior is the prior; beyond, its mean counts as so many
//! trials and no more, so that a person who differs from the segment is soon known to. To choose, each channel draws from
//! its posterior and the highest goes. [`Ledger`] keeps the trials; [`Learning`] is what a scenario says.
//!
//! # Source
//! W. R. Thompson, "On the likelihood that one unknown probability exceeds another", Biometrika 25, 1933; O. Chapelle and
//! L. Li, "An empirical evaluation of Thompson sampling", NIPS 2011. Shrinkage: empirical Bayes of the beta-binomial, as in
//! A. Gelman et al., "Bayesian data analysis", chapter 5, with the strength stated rather than estimated.

mod ledger;

pub use ledger::{Ledger, Reaction};

use rehearsal_kernel::distribution;
use rehearsal_kernel::stream::StreamKey;
use serde::{Deserialize, Serialize};

/// What came of trials: successes and failures, which need not be whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The sum of the weights of what was achieved.
    pub successes: f64,
    /// The sum of what was missed, and of harm done.
    pub failures: f64,
}

impl Tally {
    /// The share of successes; of nothing it is no number.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.successes / self.weight()
    }

    /// How many trials it stands for.
    #[must_use]
    pub fn weight(self) -> f64 {
        self.successes + self.failures
    }

    fn add(&mut self, other: Tally) {
        self.successes += other.successes;
        self.failures += other.failures;
    }

    /// What is left without a part of it; never less than nothing.
    fn without(self, part: Tally) -> Tally {
        let left = |all: f64, part: f64| (all - part).max(0.0);
        Tally { successes: left(self.successes, part.successes), failures: left(self.failures, part.failures) }
    }
}

/// How channels are learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// What is believed of a channel of which nothing is known; both above 0.
    pub prior: Tally,
    /// How many trials what is known of the segment stands for at most; above 0.
    pub strength: f64,
    /// When a trial is over \[ns\].
    pub within: u64,
}

impl Learning {
    /// What is believed of a channel: the parameters of a beta distribution, as a tally.
    #[must_use]
    pub fn belief(&self, others: Tally, own: Tally) -> Tally {
        let mut segment = self.prior;
        segment.add(others);
        let weight = segment.weight().min(self.strength);
        let share = weight / segment.weight();
        let mut belief = Tally { successes: share * segment.successes, failures: share * segment.failures };
        belief.add(own);
        belief
    }
}

/// A channel's draw from what is believed of it: its `count`-th on the stream `key`, which is this channel's alone.
#[must_use]
pub fn sample(belief: Tally, key: StreamKey, count: u32) -> f64 {
    let mut counter = count;
    distribution::beta(&mut key.draws(&mut counter), belief.successes, belief.failures)
}

/// The first of the highest samples.
#[must_use]
pub fn highest(samples: &[f64]) -> Option<usize> {
    let better = |best: Option<usize>, at: usize| match best {
        Some(best) if samples[best] >= samples[at] => Some(best),
        _ => Some(at),
    };
    (0..samples.len()).fold(None, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNING: Learning = Learning { prior: Tally { successes: 1.0, failures: 1.0 }, strength: 5.0, within: 1 };

    #[test]
    fn a_segment_that_has_told_little_is_believed_as_it_stands() {
        let belief = LEARNING.belief(Tally { successes: 1.0, failures: 0.0 }, Tally::default());
        assert_eq!(belief, Tally { successes: 2.0, failures: 1.0 });
    }

    #[test]
    fn a_segment_that_has_told_much_counts_as_so_many_trials() {
        let others = Tally { successes: 399.0, failures: 99.0 };
        let belief = LEARNING.belief(others, Tally { successes: 0.0, failures: 3.0 });
        // Eight in ten of five trials, and three own failures.
        assert!((belief.successes - 4.0).abs() < 1e-12, "{belief:?}");
        assert!((belief.failures - 4.0).abs() < 1e-12, "{belief:?}");
    }

    #[test]
    fn the_first_of_the_highest_is_chosen() {
        assert_eq!(highest(&[]), None);
        assert_eq!(highest(&[0.2, 0.7, 0.7, 0.1]), Some(1));
    }

    #[test]
    fn the_mean_of_samples_is_that_of_the_belief() {
        let belief = Tally { successes: 3.0, failures: 7.0 };
        let key = StreamKey::root(5, 0);
        let mean = (0..4000).map(|count| sample(belief, key, count)).sum::<f64>() / 4000.0;
        // A Beta(3, 7) deviates by 0.138, the mean of 4000 by 0.0022; four of these.
        assert!((mean - 0.3).abs() < 0.009, "{mean}");
    }
}
