//! Whole numbers of trials: how many succeed, how many fail before the first success, and counts that vary more than
//! chance alone.

use super::{gamma, poisson, positive};
use crate::stream::{Bits, Branch, unit, unit_open};

/// The most trials of [`binomial`], and the largest count that is drawn exactly: beyond it the acceptance test would
/// lose its digits.
const COUNT_MAX: f64 = 1e9;

/// Binomial: how many of `n` trials succeed that each do with probability `p`; mean n p.
///
/// Domain: `n <= 1e9`, `0 <= p <= 1`, else `None`.
///
/// # Source
///
/// Below a mean of 10, of successes or failures, by inversion (sequential search, L. Devroye, "Non-uniform random
/// variate generation", section X.4.3); from there on W. Hörmann, "The generation of binomial random variates", Journal
/// of Statistical Computation and Simulation 46, 1993, algorithm BTRS.
pub fn binomial(bits: &mut (impl Bits + ?Sized), n: u64, p: f64) -> Option<u64> {
    let first = bits.next();
    if !(0.0..=1.0).contains(&p) || n as f64 > COUNT_MAX {
        return None;
    }
    let rarer = p.min(1.0 - p);
    let found = if n as f64 * rarer < 10.0 {
        binomial_by_search(unit(first), n, rarer)
    } else {
        binomial_by_rejection(&mut Branch::new(first), n as f64, rarer)
    };
    Some(if p > 0.5 { n - found } else { found })
}

fn binomial_by_search(u: f64, n: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let mut probability = libm::exp(n as f64 * libm::log1p(-p));
    let mut sum = probability;
    let mut k = 0;
    // For means below 10 the chance of more than 100 is below the step of `u`; the bound only
    // keeps rounding in the sum from searching on for ever.
    while u >= sum && k < n.min(100) {
        probability *= odds * (n - k) as f64 / (k + 1) as f64;
        k += 1;
        sum += probability;
    }
    k
}

fn binomial_by_rejection(branch: &mut Branch, n: f64, p: f64) -> u64 {
    let spread = libm::sqrt(n * p * (1.0 - p));
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let (centre, v_r) = (n * p + 0.5, 0.92 - 4.2 / b);
    let alpha = (2.83 + 5.1 / b) * spread;
    let (log_odds, mode) = (libm::log(p / (1.0 - p)), libm::floor((n + 1.0) * p));
    let ways = |k: f64| libm::lgamma(k + 1.0) + libm::lgamma(n - k + 1.0);
    let height = ways(mode);
    loop {
        let u = unit_open(branch.next()) - 0.5;
        let v = unit_open(branch.next());
        let us = 0.5 - u.abs();
        let k = libm::floor((2.0 * a / us + b) * u + centre);
        if !(0.0..=n).contains(&k) {
            continue;
        }
        if us >= 0.07 && v <= v_r {
            return k as u64;
        }
        let proposed = libm::log(v * alpha / (a / (us * us) + b));
        if proposed <= height - ways(k) + (k - mode) * log_odds {
            return k as u64;
        }
    }
}

/// Geometric: how many trials fail before the first that succeeds, which each does with probability `p`.
///
/// From 0 on; mean (1 − p) / p. Domain: `1e-15 <= p <= 1`, else `None`.
///
/// # Source
///
/// Inversion, L. Devroye, "Non-uniform random variate generation", section X.2.
pub fn geometric(bits: &mut (impl Bits + ?Sized), p: f64) -> Option<u64> {
    let u = unit_open(bits.next());
    if !(1e-15..=1.0).contains(&p) {
        return None;
    }
    // By 1 − u, so that more luck means more failures before the first success, as a larger value elsewhere.
    Some(libm::floor(libm::log1p(-u) / libm::log1p(-p)) as u64)
}

/// Negative binomial: a Poisson count whose own mean varies; variance mean + mean² / shape.
///
/// The smaller `shape`, the more some have than others. With `shape` r it is also how many trials fail before the r-th
/// success, for a probability of r / (r + mean). Domain: `mean` from 0 to 1e9, `shape` above 0, else `None`.
///
/// # Source
///
/// The mixture of M. Greenwood and G. U. Yule, 1920: Poisson with a gamma mean, see [`gamma`] and [`poisson`].
pub fn negative_binomial(bits: &mut (impl Bits + ?Sized), mean: f64, shape: f64) -> Option<u64> {
    let mut branch = Branch::new(bits.next());
    if !((0.0..=COUNT_MAX).contains(&mean) && positive(shape)) {
        return None;
    }
    if mean == 0.0 {
        return Some(0);
    }
    let own = gamma(&mut branch, shape, mean / shape);
    // Above a billion the spread of a Poisson count is too small to be seen beside that of its mean.
    poisson(&mut branch, own).or(Some(own as u64))
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check_moments, chi_square, sample, sample_of};
    use super::*;
    use statrs::distribution::{Binomial, Discrete, NegativeBinomial};

    fn moments(mean: f64, variance: f64) -> Moments {
        Moments { mean, variance }
    }

    #[test]
    fn binomial_follows_theory() {
        for (seed, n, p) in [(1, 10, 0.3), (2, 10, 0.8), (3, 19, 0.5), (4, 20, 0.5), (5, 1000, 0.02), (6, 1000, 0.97)] {
            let theory = Binomial::new(p, n).unwrap();
            let values = sample(seed, |bits| binomial(bits, n, p).unwrap() as f64);
            check_moments(&values, moments(n as f64 * p, n as f64 * p * (1.0 - p)));
            chi_square(&values, |k| theory.pmf(k));
        }
    }

    /// As for Poisson: a hat that is too low shifts the odds by less than a per cent; this many draws show it.
    #[test]
    fn rejection_stands_a_large_sample() {
        let (n, p) = (50, 0.4);
        let theory = Binomial::new(p, n).unwrap();
        let values = sample_of(1_000_000, 7, |bits: &mut dyn Bits| binomial(bits, n, p).unwrap() as f64);
        check_moments(&values, moments(20.0, 12.0));
        chi_square(&values, |k| theory.pmf(k));
    }

    #[test]
    fn a_billion_trials_keep_their_moments() {
        let values = sample(8, |bits| binomial(bits, 1_000_000_000, 0.25).unwrap() as f64);
        check_moments(&values, moments(2.5e8, 1.875e8));
    }

    #[test]
    fn geometric_follows_theory() {
        for (seed, p) in [(9, 0.3_f64), (10, 0.05), (11, 0.95)] {
            let values = sample(seed, |bits| geometric(bits, p).unwrap() as f64);
            check_moments(&values, moments((1.0 - p) / p, (1.0 - p) / (p * p)));
            chi_square(&values, |k| p * libm::pow(1.0 - p, k as f64));
        }
        assert_eq!(geometric(&mut || u64::MAX, 1.0), Some(0));
    }

    #[test]
    fn negative_binomial_follows_theory() {
        for (seed, mean, shape) in [(12, 3.0, 0.6), (13, 20.0, 5.0), (14, 0.4, 40.0)] {
            let theory = NegativeBinomial::new(shape, shape / (shape + mean)).unwrap();
            let values = sample(seed, |bits| negative_binomial(bits, mean, shape).unwrap() as f64);
            check_moments(&values, moments(mean, mean + mean * mean / shape));
            chi_square(&values, |k| theory.pmf(k));
        }
        assert_eq!(negative_binomial(&mut || 7, 0.0, 1.0), Some(0));
    }

    #[test]
    fn certain_trials_are_certain() {
        for bits in [0, 1 << 40, u64::MAX] {
            assert_eq!(binomial(&mut || bits, 5, 0.0), Some(0));
            assert_eq!(binomial(&mut || bits, 5, 1.0), Some(5));
            assert_eq!(binomial(&mut || bits, 0, 0.5), Some(0));
        }
    }

    #[test]
    fn outside_the_domain_is_none() {
        for bad in [-0.1, 1.1, f64::NAN] {
            assert_eq!(binomial(&mut || 7, 3, bad), None);
            assert_eq!(geometric(&mut || 7, bad), None);
        }
        assert_eq!(binomial(&mut || 7, 1_000_000_001, 0.5), None);
        assert_eq!(geometric(&mut || 7, 0.0), None);
        assert_eq!(negative_binomial(&mut || 7, 1.0, 0.0), None);
        assert_eq!(negative_binomial(&mut || 7, -1.0, 1.0), None);
    }
}
