//! Values as far up in their law as a standard normal score, for laws whose inverse no formula gives.
//!
//! The value is searched for, so one costs a hundred evaluations of a series: microseconds, where a draw takes
//! nanoseconds. It serves values that go together, which mostly are drawn once for each actor.

use super::incomplete::{beta_shares, gamma_shares};
use super::{hazard, non_negative, positive};

/// Parameters beyond which a law is as good as normal, but for its lean, and is not searched for.
const LARGE: f64 = 1e6;

/// Halvings of an interval, which end at neighbouring numbers.
const HALVINGS: u32 = 80;

/// How much lies below and above a score: the smaller one is exact.
#[derive(Clone, Copy)]
struct Share {
    below: f64,
    above: f64,
}

impl Share {
    fn of_score(z: f64) -> Share {
        let half = core::f64::consts::FRAC_1_SQRT_2;
        Share { below: 0.5 * libm::erfc(-z * half), above: 0.5 * libm::erfc(z * half) }
    }

    /// Whether a value with these shares below and above it lies at or beyond the score.
    fn is_reached(self, (below, above): (f64, f64)) -> bool {
        if self.below < self.above { below >= self.below } else { above <= self.above }
    }
}

/// Gamma with `shape` and `scale`, see [`super::gamma`]; NaN outside its domain.
#[must_use]
pub fn gamma_at_score(shape: f64, scale: f64, z: f64) -> f64 {
    if !(positive(shape) && positive(scale)) {
        return f64::NAN;
    }
    if shape > LARGE {
        // E. B. Wilson and M. M. Hilferty, 1931: the cube root of a gamma variate is all but normal.
        let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * libm::sqrt(shape));
        return scale * shape * (root * root * root).max(0.0);
    }
    let share = Share::of_score(z);
    // No more than x^shape / Γ(shape + 1) lies below x, so the value is no less than this; searched by logarithm.
    let mut low = (libm::log(share.below) + libm::lgamma(shape + 1.0)) / shape;
    if low < -745.0 {
        return 0.0;
    }
    let mut high = low.max(libm::log(shape)) + 1.0;
    while !share.is_reached(gamma_shares(shape, libm::exp(high))) && high < 700.0 {
        high += 1.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if share.is_reached(gamma_shares(shape, libm::exp(middle))) { high = middle } else { low = middle }
    }
    scale * libm::exp(high)
}

/// Beta of shapes `a` and `b`, see [`super::beta`]; NaN outside its domain.
#[must_use]
pub fn beta_at_score(a: f64, b: f64, z: f64) -> f64 {
    if !(positive(a) && positive(b)) {
        return f64::NAN;
    }
    let sum = a + b;
    if a.min(b) > LARGE {
        return (a / sum + z * libm::sqrt(a / sum * (b / sum) / (sum + 1.0))).clamp(0.0, 1.0);
    }
    let share = Share::of_score(z);
    // Searched by the logarithm of x / (1 − x), so that values near either end keep their digits.
    let (mut low, mut high) = (-745.0, 745.0);
    for _ in 0..HALVINGS {
        let middle: f64 = 0.5 * (low + high);
        let (x, y) = (1.0 / (1.0 + libm::exp(-middle)), 1.0 / (1.0 + libm::exp(middle)));
        if share.is_reached(beta_shares(a, b, x, y)) { high = middle } else { low = middle }
    }
    1.0 / (1.0 + libm::exp(-high))
}

/// Poisson with `mean`, see [`super::poisson`]; `None` outside its domain.
#[must_use]
pub fn poisson_at_score(mean: f64, z: f64) -> Option<u64> {
    if !(0.0..=1e9).contains(&mean) {
        return None;
    }
    if mean > LARGE {
        return Some(nearly_normal(mean, mean, 1.0, z));
    }
    let shares = |k: f64| {
        let (below, above) = gamma_shares(k + 1.0, mean);
        (above, below)
    };
    Some(least(Share::of_score(z), mean, f64::INFINITY, shares))
}

/// Binomial of `n` trials with probability `p`, see [`super::binomial`]; `None` outside its domain.
#[must_use]
pub fn binomial_at_score(n: u64, p: f64, z: f64) -> Option<u64> {
    let trials = n as f64;
    if !(0.0..=1.0).contains(&p) || trials > 1e9 {
        return None;
    }
    let mean = trials * p;
    if mean.min(trials - mean) > LARGE {
        return Some(nearly_normal(mean, mean * (1.0 - p), 1.0 - 2.0 * p, z).min(n));
    }
    let shares = |k: f64| beta_shares(trials - k, k + 1.0, 1.0 - p, p);
    Some(least(Share::of_score(z), mean, trials, shares))
}

/// Geometric, failures before the first success, see [`super::geometric`]; `None` outside its domain.
#[must_use]
pub fn geometric_at_score(p: f64, z: f64) -> Option<u64> {
    (1e-15..=1.0).contains(&p).then(|| libm::floor(hazard::of_score(z) / -libm::log1p(-p)) as u64)
}

/// Negative binomial, see [`super::negative_binomial`]; `None` outside its domain.
#[must_use]
pub fn negative_binomial_at_score(mean: f64, shape: f64, z: f64) -> Option<u64> {
    if !(non_negative(mean) && mean <= 1e9 && positive(shape)) {
        return None;
    }
    if mean == 0.0 {
        return Some(0);
    }
    if mean > LARGE || shape > LARGE {
        // The spread of the count itself is small beside that of its mean, or the other way round.
        let own = gamma_at_score(shape, mean / shape, z);
        return if shape > LARGE { poisson_at_score(mean, z) } else { Some(own as u64) };
    }
    let p = shape / (shape + mean);
    let shares = |k: f64| beta_shares(shape, k + 1.0, p, mean / (shape + mean));
    Some(least(Share::of_score(z), mean, f64::INFINITY, shares))
}

/// The least whole number up to `most` that a share reaches, where `shares` tells how much lies up to a number, and beyond.
fn least(share: Share, mean: f64, most: f64, shares: impl Fn(f64) -> (f64, f64)) -> u64 {
    let reached = |k: f64| k >= most || share.is_reached(shares(k));
    if reached(0.0) {
        return 0;
    }
    let (mut low, mut high) = (0.0, libm::ceil(mean) + 1.0);
    while !reached(high) && high < 1e15 {
        low = high;
        high *= 2.0;
    }
    while high - low > 1.0 {
        let middle = libm::floor(0.5 * (low + high));
        if reached(middle) { high = middle } else { low = middle }
    }
    high as u64
}

/// A count that is large, by E. A. Cornish and R. A. Fisher, 1938, with the lean of its law.
fn nearly_normal(mean: f64, variance: f64, lean: f64, z: f64) -> u64 {
    let value = mean + z * libm::sqrt(variance) + lean * (z * z - 1.0) / 6.0;
    libm::round(value.max(0.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF, Gamma, NegativeBinomial, Poisson};

    const SCORES: [f64; 9] = [-4.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.2, 2.5, 4.0];

    fn below(z: f64) -> f64 {
        0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2)
    }

    /// The oracle's distribution function rounds to about 1e-11.
    #[test]
    fn real_values_lie_as_far_up_as_the_score() {
        for shape in [0.05, 0.5, 1.0, 2.5, 40.0, 5000.0] {
            let law = Gamma::new(shape, 0.5).unwrap();
            for z in SCORES {
                let found = gamma_at_score(shape, 2.0, z);
                assert!((law.cdf(found) - below(z)).abs() < 1e-9, "gamma of {shape} at {z}: {found}");
            }
        }
        for (a, b) in [(0.4, 0.7), (1.0, 1.0), (2.0, 5.0), (60.0, 0.7), (900.0, 300.0)] {
            let law = Beta::new(a, b).unwrap();
            for z in SCORES {
                let found = beta_at_score(a, b, z);
                assert!((law.cdf(found) - below(z)).abs() < 1e-9, "beta of {a} and {b} at {z}: {found}");
            }
        }
    }

    /// The least number whose distribution function reaches the share of the score; where the score lies within a
    /// rounding of a step, either side is right.
    fn check(name: &str, cdf: impl Fn(u64) -> f64, z: f64, found: u64) {
        let p = below(z);
        assert!(cdf(found) >= p - 1e-9, "{name} at {z}: {found} is too small");
        assert!(found == 0 || cdf(found - 1) <= p + 1e-9, "{name} at {z}: {found} is too large");
    }

    #[test]
    fn counts_lie_as_far_up_as_the_score() {
        for z in SCORES {
            for mean in [0.1, 3.7, 40.0, 2500.0] {
                let law = Poisson::new(mean).unwrap();
                check("poisson", |k| law.cdf(k), z, poisson_at_score(mean, z).unwrap());
            }
            for (n, p) in [(1, 0.5), (10, 0.3), (200, 0.97), (1000, 0.001)] {
                let law = Binomial::new(p, n).unwrap();
                check("binomial", |k| law.cdf(k), z, binomial_at_score(n, p, z).unwrap());
            }
            for (mean, shape) in [(3.0, 0.6), (50.0, 5.0), (0.2, 90.0)] {
                let law = NegativeBinomial::new(shape, shape / (shape + mean)).unwrap();
                check("negative binomial", |k| law.cdf(k), z, negative_binomial_at_score(mean, shape, z).unwrap());
            }
            for p in [0.05_f64, 0.5, 0.95] {
                check("geometric", |k| 1.0 - libm::pow(1.0 - p, (k + 1) as f64), z, geometric_at_score(p, z).unwrap());
            }
        }
    }

    /// On both sides of where the search ends the values meet: within a thousandth of a deviation.
    #[test]
    fn large_parameters_go_on_where_the_search_ends() {
        for z in SCORES {
            let (low, high) = (LARGE * 0.999_999, LARGE * 1.000_001);
            let deviation = libm::sqrt(LARGE);
            let apart = |a: f64, b: f64| ((b - a) - (high - low)).abs() / deviation;
            assert!(apart(gamma_at_score(low, 1.0, z), gamma_at_score(high, 1.0, z)) < 1e-3, "gamma at {z}");
            let count = |mean| poisson_at_score(mean, z).unwrap() as f64;
            // Whole numbers are a thousandth of a deviation apart, and both sides may round.
            assert!(apart(count(low), count(high)) < 3e-3, "poisson at {z}");
        }
    }

    #[test]
    fn edges_are_no_trouble() {
        assert_eq!(binomial_at_score(5, 0.0, 3.0), Some(0));
        assert_eq!(binomial_at_score(5, 1.0, -3.0), Some(5));
        assert_eq!(binomial_at_score(0, 0.5, 3.0), Some(0));
        assert_eq!(poisson_at_score(0.0, 9.0), Some(0));
        assert_eq!(geometric_at_score(1.0, 3.0), Some(0));
        assert_eq!(gamma_at_score(1e-3, 1.0, -9.0), 0.0);
        assert!((0.0..=1.0).contains(&beta_at_score(1e-6, 1e-6, 0.5)));
        for z in [-37.0, 37.0] {
            assert!(gamma_at_score(2.0, 1.0, z).is_finite() && beta_at_score(2.0, 3.0, z).is_finite());
            assert!(poisson_at_score(3.0, z).is_some() && negative_binomial_at_score(3.0, 2.0, z).is_some());
        }
        assert!(gamma_at_score(0.0, 1.0, 0.0).is_nan() && beta_at_score(1.0, -1.0, 0.0).is_nan());
        assert_eq!((poisson_at_score(-1.0, 0.0), binomial_at_score(3, 2.0, 0.0)), (None, None));
        assert_eq!((geometric_at_score(0.0, 0.0), negative_binomial_at_score(1.0, 0.0, 0.0)), (None, None));
    }
}
