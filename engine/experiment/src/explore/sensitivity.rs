//! Which factors matter: Sobol' indices and the elementary effects of Morris.
//!
//! Both come as a design of trials and an analysis of what came out, a number for each trial in their order. Values are
//! means over replications. Where every point meets the same luck, what luck adds is alike at all of them and mostly
//! cancels; what is left of it looks like an interaction of all factors with each other. [`noise`] says how large that
//! can be at most.

mod morris;
mod sobol;

pub use morris::{Morris, MorrisEffect, morris_trials};
pub use sobol::{Sobol, SobolEffect, sobol_trials};

use rand::RngExt;

use super::points::chance;
use crate::statistics::Estimate;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;

/// A number with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranged {
    /// The estimate.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The mean square error of the means at the points, as a share of their variance \[1\].
///
/// It is what the spread between replications would add to the variance if the points had luck of their own. `None`
/// where no point has two replications, or all means are alike.
pub fn noise(points: &[Estimate]) -> Option<f64> {
    let error = |estimate: &Estimate| Some(estimate.deviation? * estimate.deviation? / estimate.n as f64);
    let errors: Vec<f64> = points.iter().filter_map(error).collect();
    let means: Vec<f64> = points.iter().filter_map(|estimate| estimate.mean).collect();
    let variance = variance(&means);
    let share = errors.iter().sum::<f64>() / errors.len() as f64 / variance;
    (!errors.is_empty() && variance > 0.0 && share.is_finite()).then_some(share)
}

/// The variance of some values (divisor n).
fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len().max(1) as f64
}

/// Whether values differ by more than sums in another order would.
fn varies(values: &[f64]) -> bool {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    high - low > 1e-12 * largest
}

/// Percentile intervals of statistics of rows, by drawing the rows again with replacement.
///
/// `statistics` gives some numbers for the rows of the given indices.
///
/// # Source
/// Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13. For Sobol' indices: Archer, Saltelli and
/// Sobol' (1997), Sensitivity measures, ANOVA-like techniques and the use of bootstrap, J. Statist. Comput. Simul. 58.
fn bootstrap(rows: usize, seed: u64, statistics: impl Fn(&[usize]) -> Vec<f64>) -> Vec<Ranged> {
    let whole: Vec<usize> = (0..rows).collect();
    let values = statistics(&whole);
    let mut chance = chance(seed, "bootstrap");
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); values.len()];
    for _ in 0..RESAMPLES {
        let again: Vec<usize> = whole.iter().map(|_| chance.random_range(0..rows)).collect();
        for (drawn, value) in drawn.iter_mut().zip(statistics(&again)) {
            // A resample in which nothing varies says nothing.
            if value.is_finite() {
                drawn.push(value);
            }
        }
    }
    let ranged = |(value, mut drawn): (f64, Vec<f64>)| {
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| drawn.get((share * drawn.len() as f64) as usize).or(drawn.last()).copied().unwrap_or(value);
        Ranged { value, low: at(0.025), high: at(0.975) }
    };
    values.into_iter().zip(drawn).map(ranged).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::mean_ci;
    use crate::synthetic::Draws;

    #[test]
    fn a_bootstrap_interval_of_a_mean_is_about_that_of_theory() {
        // 400 normal values of deviation 2: the standard error of their mean is 0.1, the interval 0.39 wide.
        let mut draws = Draws::new(3);
        let values: Vec<f64> = (0..400).map(|_| 2.0 * draws.normal()).collect();
        let mean = |rows: &[usize]| vec![rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64];
        let found = bootstrap(400, 1, mean)[0];
        let width = found.high - found.low;
        assert!((0.33..0.45).contains(&width) && found.low < found.value && found.value < found.high, "{found:?}");
    }

    #[test]
    fn noise_is_the_error_of_means_beside_their_spread() {
        // Means 0 and 2: variance 1. Each is of two values 1 apart from it, so its square error is 2 / 2 = 1.
        let points = [mean_ci(&[-1.0, 1.0], 0.95), mean_ci(&[1.0, 3.0], 0.95)];
        assert!((noise(&points).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(noise(&[mean_ci(&[1.0], 0.95), mean_ci(&[2.0], 0.95)]), None);
        assert_eq!(noise(&[]), None);
    }
}
