//! Comparison of samples with theory, for the tests of the distributions.
//!
//! Seeds are fixed, so a test passes always or never. Each test is at a significance of 0.001:
//! the right code would fail for one seed in a thousand.

use crate::stream::{Bits, Draws, StreamKey};

const SIZE: usize = 20_000;

/// The moments that theory expects.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// A sample of 20000 from the stream with this seed.
pub(super) fn sample(seed: u64, draw: impl FnMut(&mut dyn Bits) -> f64) -> Vec<f64> {
    sample_of(SIZE, seed, draw)
}

/// A sample of any size, for methods whose faults are too small for 20000 to show.
pub(super) fn sample_of(size: usize, seed: u64, mut draw: impl FnMut(&mut dyn Bits) -> f64) -> Vec<f64> {
    let (key, mut counter) = (StreamKey::root(seed, 0), 0);
    let mut draws = Draws { key, counter: &mut counter };
    (0..size).map(|_| draw(&mut draws)).collect()
}

/// Compares a sample with the moments and the distribution function of theory.
pub(super) fn check(seed: u64, draw: impl FnMut(&mut dyn Bits) -> f64, moments: Moments, cdf: impl Fn(f64) -> f64) {
    let values = sample(seed, draw);
    check_moments(&values, moments);
    kolmogorov_smirnov(values, cdf);
}

/// Mean and variance within 3.29 standard errors, the two-sided 0.001 of the normal limit.
pub(super) fn check_moments(values: &[f64], theory: Moments) {
    let n = values.len() as f64;
    let central = |k: i32| values.iter().map(|x| libm::pow(x - theory.mean, f64::from(k))).sum::<f64>() / n;
    let mean_error = central(1) / libm::sqrt(theory.variance / n);
    assert!(mean_error.abs() < 3.29, "the mean is off by {mean_error} standard errors");
    let spread = libm::sqrt((central(4) - central(2) * central(2)) / n);
    let variance_error = (central(2) - theory.variance) / spread;
    assert!(variance_error.abs() < 3.29, "the variance is off by {variance_error} standard errors");
}

/// The largest distance of two distribution functions; critical value sqrt(-ln(0.001 / 2) / 2n).
pub(super) fn kolmogorov_smirnov(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = |(i, x): (usize, &f64)| {
        let (below, p) = (i as f64 / n, cdf(*x));
        (p - below).max(below + 1.0 / n - p)
    };
    let largest = values.iter().enumerate().map(distance).fold(0.0, f64::max);
    assert!(largest < 1.9495 / libm::sqrt(n), "the distribution is off by {largest}");
}

/// Pearson's chi-square for counts, over cells that expect 10 or more.
pub(super) fn chi_square(values: &[f64], pmf: impl Fn(u64) -> f64) {
    let n = values.len() as f64;
    let last = values.iter().copied().fold(0.0, f64::max) as usize;
    let mut counts = vec![0.0; last + 1];
    values.iter().for_each(|x| counts[*x as usize] += 1.0);
    let (mut statistic, mut cells) = (0.0, 0);
    let (mut seen, mut expected) = (0.0, 0.0);
    let mut expected_left = n;
    for (k, count) in counts.iter().enumerate() {
        seen += count;
        expected += n * pmf(k as u64);
        // A cell is closed only where enough remains for one more: the last takes the whole tail.
        if expected >= 10.0 && expected_left - expected >= 10.0 {
            statistic += (seen - expected) * (seen - expected) / expected;
            cells += 1;
            expected_left -= expected;
            (seen, expected) = (0.0, 0.0);
        }
    }
    statistic += (seen - expected_left) * (seen - expected_left) / expected_left;
    assert!(cells >= 1, "a test with one cell cannot fail");
    let critical = chi_square_quantile(f64::from(cells));
    assert!(statistic < critical, "chi-square {statistic} with {cells} degrees of freedom");
}

fn chi_square_quantile(freedom: f64) -> f64 {
    use statrs::distribution::{ChiSquared, ContinuousCDF};
    ChiSquared::new(freedom).expect("degrees of freedom").inverse_cdf(0.999)
}
