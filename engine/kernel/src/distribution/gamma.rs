//! Sums of waiting times and what is made of them: gamma, Erlang, beta, PERT.

use super::normal::normal_quantile;
use super::positive;
use crate::stream::{Bits, Branch, unit_open};

/// Gamma with `shape` k and `scale` θ; mean k θ, variance k θ².
///
/// Domain: both above 0. Very small shapes come out as 0 where the value is below the smallest
/// float.
///
/// # Source
///
/// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS
/// 26(3), 2000; for shapes below 1 the boost of its section 6.
pub fn gamma(bits: &mut (impl Bits + ?Sized), shape: f64, scale: f64) -> f64 {
    let mut branch = Branch::new(bits.next());
    if !(positive(shape) && positive(scale)) {
        return f64::NAN;
    }
    let (value, log_boost) = standard(&mut branch, shape);
    scale * value * libm::exp(log_boost)
}

/// Erlang: the sum of `k` exponential stages that together last `mean`; variance mean² / k.
///
/// Domain: `k >= 1`, `mean >= 0`; a mean of 0 gives 0.
///
/// # Source
///
/// The gamma distribution of shape `k`, see [`gamma`]: its cost does not grow with `k`.
pub fn erlang(bits: &mut (impl Bits + ?Sized), k: u32, mean: f64) -> f64 {
    let mut branch = Branch::new(bits.next());
    if k == 0 || !super::non_negative(mean) {
        return f64::NAN;
    }
    let (value, _) = standard(&mut branch, f64::from(k));
    mean / f64::from(k) * value
}

/// Beta between 0 and 1 with shapes `a` and `b`; mean a / (a + b).
///
/// Domain: both above 0.
///
/// # Source
///
/// The share of one gamma variate in the sum of two, L. Devroye, "Non-uniform random variate
/// generation", theorem IX.4.1; taken as a difference of logarithms, so that small shapes do not
/// end in 0 / 0.
pub fn beta(bits: &mut (impl Bits + ?Sized), a: f64, b: f64) -> f64 {
    let mut branch = Branch::new(bits.next());
    if !(positive(a) && positive(b)) {
        return f64::NAN;
    }
    let mut log_gamma = |shape| {
        let (value, log_boost) = standard(&mut branch, shape);
        libm::log(value) + log_boost
    };
    let (x, y) = (log_gamma(a), log_gamma(b));
    1.0 / (1.0 + libm::exp(y - x))
}

/// PERT: a smooth triangular law, between `low` and `high` with its peak at `mode`.
///
/// Mean (low + 4 mode + high) / 6. Domain: `low <= mode <= high`, with a finite difference; where all three are one, it
/// is that value.
///
/// # Source
///
/// D. G. Malcolm et al., "Application of a technique for research and development program evaluation", Operations
/// Research 7(5), 1959: a [`beta`] whose shapes add up to 6.
pub fn pert(bits: &mut (impl Bits + ?Sized), low: f64, mode: f64, high: f64) -> f64 {
    let (draw, width) = (bits.next(), high - low);
    if !(super::non_negative(width) && low <= mode && mode <= high) {
        return f64::NAN;
    }
    if width == 0.0 {
        return low;
    }
    let (a, b) = (1.0 + 4.0 * ((mode - low) / width), 1.0 + 4.0 * ((high - mode) / width));
    low + width * beta(&mut || draw, a, b)
}

/// A gamma variate of scale 1, as a value and the logarithm of a factor to it.
///
/// A shape below 1 is drawn as shape + 1 and shrunk by u^(1 / shape), which may be far below the
/// smallest float; hence the logarithm.
fn standard(branch: &mut Branch, shape: f64) -> (f64, f64) {
    if shape < 1.0 {
        let log_boost = libm::log(unit_open(branch.next())) / shape;
        return (marsaglia_tsang(branch, shape + 1.0), log_boost.max(f64::MIN));
    }
    (marsaglia_tsang(branch, shape), 0.0)
}

/// A gamma variate of scale 1 for a shape of at least 1; accepts 95 of 100 tries or more.
fn marsaglia_tsang(branch: &mut Branch, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (3.0 * libm::sqrt(d));
    loop {
        let x = normal_quantile(unit_open(branch.next()));
        let u = unit_open(branch.next());
        let root = 1.0 + c * x;
        let v = root * root * root;
        if v <= 0.0 {
            continue;
        }
        let x2 = x * x;
        let squeezed = u < 1.0 - 0.0331 * x2 * x2;
        if squeezed || libm::log(u) < 0.5 * x2 + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check, check_moments, kolmogorov_smirnov, sample_of};
    use super::*;
    use crate::stream::StreamKey;
    use statrs::distribution::{Beta, ContinuousCDF, Erlang, Gamma};

    #[test]
    fn gamma_follows_theory() {
        for (seed, shape, scale) in [(1, 2.0, 0.15), (2, 0.3, 4.0), (3, 1.0, 1.0), (4, 250.0, 2.0)] {
            let theory = Gamma::new(shape, 1.0 / scale).unwrap();
            let moments = Moments { mean: shape * scale, variance: shape * scale * scale };
            check(seed, |bits| gamma(bits, shape, scale), moments, |x| theory.cdf(x));
        }
    }

    /// A wrong constant of the quick acceptance shifts the odds by less than a per cent; this
    /// many draws show it.
    #[test]
    fn rejection_stands_a_large_sample() {
        let theory = Gamma::new(1.0, 1.0).unwrap();
        let values = sample_of(1_000_000, 12, |bits| gamma(bits, 1.0, 1.0));
        check_moments(&values, Moments { mean: 1.0, variance: 1.0 });
        kolmogorov_smirnov(values, |x| theory.cdf(x));
    }

    #[test]
    fn erlang_follows_theory() {
        for (seed, k, mean) in [(5, 1, 3.0), (6, 4, 12.0)] {
            let theory = Erlang::new(u64::from(k), f64::from(k) / mean).unwrap();
            let moments = Moments { mean, variance: mean * mean / f64::from(k) };
            check(seed, |bits| erlang(bits, k, mean), moments, |x| theory.cdf(x));
        }
    }

    #[test]
    fn beta_follows_theory() {
        for (seed, a, b) in [(7, 2.0, 5.0), (8, 0.4, 0.7), (9, 30.0, 1.0)] {
            let theory = Beta::new(a, b).unwrap();
            let sum = a + b;
            let moments = Moments { mean: a / sum, variance: a * b / (sum * sum * (sum + 1.0)) };
            check(seed, |bits| beta(bits, a, b), moments, |x| theory.cdf(x));
        }
    }

    #[test]
    fn pert_follows_theory() {
        for (seed, low, mode, high) in [(13, 10.0, 15.0, 40.0), (14, 0.0, 0.0, 1.0), (15, -2.0, 3.0, 3.0)] {
            let (width, mean) = (high - low, (low + 4.0 * mode + high) / 6.0);
            let theory = Beta::new(1.0 + 4.0 * (mode - low) / width, 1.0 + 4.0 * (high - mode) / width).unwrap();
            let moments = Moments { mean, variance: (mean - low) * (high - mean) / 7.0 };
            check(seed, |bits| pert(bits, low, mode, high), moments, |x| theory.cdf((x - low) / width));
        }
        assert_eq!(pert(&mut || 7, 4.0, 4.0, 4.0), 4.0);
        assert!(pert(&mut || 7, 4.0, 3.0, 5.0).is_nan());
        assert!(pert(&mut || 7, f64::MIN, 0.0, f64::MAX).is_nan());
    }

    /// With tiny shapes a beta is a coin: 0 or 1, with the chance a / (a + b) for 1. Out of 4000
    /// tosses four standard deviations are 126 around the 2000.
    #[test]
    fn tiny_shapes_stay_within_the_bounds() {
        let key = StreamKey::root(10, 0);
        let mut heads = 0;
        for k in 0..4000 {
            let coin = beta(&mut || key.draw(k), 1e-12, 1e-12);
            assert!((0.0..=1.0).contains(&coin));
            assert_eq!(gamma(&mut || key.draw(k), 1e-300, 1.0), 0.0);
            heads += u32::from(coin > 0.5);
        }
        assert!(heads.abs_diff(2000) < 126, "{heads} heads");
    }

    #[test]
    fn huge_shapes_are_narrow() {
        let key = StreamKey::root(11, 0);
        for k in 0..1000 {
            let value = gamma(&mut || key.draw(k), 1e12, 1.0);
            assert!((value / 1e12 - 1.0).abs() < 5e-6);
        }
    }

    #[test]
    fn outside_the_domain_is_nan() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(gamma(&mut || 7, bad, 1.0).is_nan());
            assert!(gamma(&mut || 7, 1.0, bad).is_nan());
            assert!(beta(&mut || 7, bad, 1.0).is_nan());
            assert!(beta(&mut || 7, 1.0, bad).is_nan());
        }
        assert!(erlang(&mut || 7, 0, 1.0).is_nan());
        assert!(erlang(&mut || 7, 2, -1.0).is_nan());
        assert_eq!(erlang(&mut || 7, 2, 0.0), 0.0);
    }
}
