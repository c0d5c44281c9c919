//! Whole numbers: how often (Poisson), whether (chance) and which (discrete).

use crate::stream::{Bits, Branch, unit, unit_open};

/// The largest mean of [`poisson`]: beyond it the acceptance test would lose its digits.
const POISSON_MEAN_MAX: f64 = 1e9;

/// Poisson: how many independent events happen where `mean` are expected; variance = mean.
///
/// Domain: `0 <= mean <= 1e9`, else `None`.
///
/// # Source
///
/// Below a mean of 10 by inversion (sequential search, L. Devroye, "Non-uniform random variate
/// generation", section X.3.3), so that a larger mean never gives fewer for the same draw. From
/// 10 on W. Hörmann, "The transformed rejection method for generating Poisson random variables",
/// Insurance: Mathematics and Economics 12, 1993, algorithm PTRS.
pub fn poisson(bits: &mut (impl Bits + ?Sized), mean: f64) -> Option<u64> {
    let first = bits.next();
    if !(0.0..=POISSON_MEAN_MAX).contains(&mean) {
        return None;
    }
    if mean < 10.0 {
        return Some(poisson_by_search(unit(first), mean));
    }
    Some(poisson_by_rejection(&mut Branch::new(first), mean))
}

fn poisson_by_search(u: f64, mean: f64) -> u64 {
    let mut probability = libm::exp(-mean);
    let mut sum = probability;
    let mut k = 0;
    // For means below 10 the chance of more than 100 is below the step of `u`; the bound only
    // keeps rounding in the sum from searching on for ever.
    while u >= sum && k < 100 {
        k += 1;
        probability *= mean / k as f64;
        sum += probability;
    }
    k
}

fn poisson_by_rejection(branch: &mut Branch, mean: f64) -> u64 {
    let log_mean = libm::log(mean);
    let b = 0.931 + 2.53 * libm::sqrt(mean);
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let v_r = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = unit_open(branch.next()) - 0.5;
        let v = unit_open(branch.next());
        let us = 0.5 - u.abs();
        let k = libm::floor((2.0 * a / us + b) * u + mean + 0.43);
        if us >= 0.07 && v <= v_r {
            return k as u64;
        }
        if k < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let proposed = libm::log(v * inverse_alpha / (a / (us * us) + b));
        if proposed <= k * log_mean - mean - libm::lgamma(k + 1.0) {
            return k as u64;
        }
    }
}

/// Whether something with probability `p` happens.
///
/// Never for `p <= 0` or NaN, always for `p >= 1`; for the same draw a larger `p` never turns yes
/// into no.
pub fn chance(bits: &mut (impl Bits + ?Sized), p: f64) -> bool {
    unit(bits.next()) < p
}

/// Which of the `weights` is chosen, each with a chance in proportion; O(n).
///
/// Weights need not add up to 1. Domain: none negative, at least one above 0, a finite sum; else
/// `None`. A weight of 0 is never chosen.
pub fn discrete(bits: &mut (impl Bits + ?Sized), weights: &[f64]) -> Option<usize> {
    let u = unit(bits.next());
    let sum: f64 = weights.iter().sum();
    if !super::positive(sum) || weights.iter().any(|weight| *weight < 0.0) {
        return None;
    }
    let mut rest = u * sum;
    for (i, weight) in weights.iter().enumerate() {
        if rest < *weight {
            return Some(i);
        }
        rest -= weight;
    }
    // Rounding in the sum may leave a crumb after the last weight.
    weights.iter().rposition(|weight| *weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check_moments, chi_square, sample, sample_of};
    use super::*;
    use statrs::distribution::{Discrete, Poisson};

    #[test]
    fn poisson_follows_theory() {
        for (seed, mean) in [(1, 0.2), (2, 3.7), (3, 9.99), (4, 10.0), (5, 42.0), (6, 1e4)] {
            let theory = Poisson::new(mean).unwrap();
            let values = sample(seed, |bits| poisson(bits, mean).unwrap() as f64);
            check_moments(&values, Moments { mean, variance: mean });
            chi_square(&values, |k| theory.pmf(k));
        }
    }

    /// A hat or squeeze that is too low shifts the odds by less than a per cent; this many draws
    /// show it.
    #[test]
    fn rejection_stands_a_large_sample() {
        for (seed, mean) in [(10, 10.0), (11, 30.0)] {
            let theory = Poisson::new(mean).unwrap();
            let draw = |bits: &mut dyn Bits| poisson(bits, mean).unwrap() as f64;
            let values = sample_of(1_000_000, seed, draw);
            check_moments(&values, Moments { mean, variance: mean });
            chi_square(&values, |k| theory.pmf(k));
        }
    }

    /// Too wide for counting each value: mean and variance only.
    #[test]
    fn a_huge_mean_keeps_its_moments() {
        let values = sample(7, |bits| poisson(bits, 1e9).unwrap() as f64);
        check_moments(&values, Moments { mean: 1e9, variance: 1e9 });
    }

    #[test]
    fn a_mean_of_zero_never_happens() {
        assert_eq!(poisson(&mut || u64::MAX, 0.0), Some(0));
    }

    #[test]
    fn chance_follows_theory() {
        let values = sample(8, |bits| f64::from(u8::from(chance(bits, 0.3))));
        chi_square(&values, |k| {
            if k == 0 {
                0.7
            } else if k == 1 {
                0.3
            } else {
                0.0
            }
        });
        assert!(chance(&mut || u64::MAX, 1.0));
        assert!(!chance(&mut || 0, 0.0));
        assert!(!chance(&mut || 0, f64::NAN));
    }

    #[test]
    fn discrete_follows_its_weights() {
        let weights = [0.0, 1.0, 3.0, 0.0, 6.0, 0.0];
        let values = sample(9, |bits| discrete(bits, &weights).unwrap() as f64);
        chi_square(&values, |k| weights.get(k as usize).map_or(0.0, |weight| weight / 10.0));
        assert_eq!(discrete(&mut || 0, &weights), Some(1));
        assert_eq!(discrete(&mut || u64::MAX, &weights), Some(4));
    }

    #[test]
    fn outside_the_domain_is_none() {
        for mean in [-1.0, f64::NAN, f64::INFINITY, 1.1e9] {
            assert_eq!(poisson(&mut || 7, mean), None);
        }
        for weights in [&[][..], &[0.0], &[-1.0, 2.0], &[f64::NAN, 1.0], &[f64::MAX, f64::MAX]] {
            assert_eq!(discrete(&mut || 7, weights), None);
        }
    }
}
