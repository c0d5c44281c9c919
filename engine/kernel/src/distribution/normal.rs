//! The normal family, by inversion: one draw gives one variate, and more luck is always more.

use crate::stream::{Bits, unit_open};

/// Normal with the given `mean` and standard deviation `sd`.
///
/// Domain: a finite mean, `sd >= 0`; an `sd` of 0 gives the mean.
///
/// # Source
///
/// Inversion with [`normal_quantile`].
pub fn normal(bits: &mut (impl Bits + ?Sized), mean: f64, sd: f64) -> f64 {
    let z = normal_quantile(unit_open(bits.next()));
    if !(mean.is_finite() && super::non_negative(sd)) {
        return f64::NAN;
    }
    mean + sd * z
}

/// Lognormal: half of the values lie below `median`, the logarithm deviates by `sigma`.
///
/// Mean median · exp(sigma² / 2). Domain: `median > 0`, `sigma >= 0`.
pub fn lognormal_median(bits: &mut (impl Bits + ?Sized), median: f64, sigma: f64) -> f64 {
    let z = normal_quantile(unit_open(bits.next()));
    if !(super::positive(median) && super::non_negative(sigma)) {
        return f64::NAN;
    }
    median * libm::exp(sigma * z)
}

/// The standard normal quantile of `p`: which value has the chance `p` to its left.
///
/// Relative error about 1e-16. Domain: 0 < p < 1.
///
/// # Source
///
/// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
/// Statistics 37(3), 1988, routine PPND16; the names of the coefficients are his.
pub fn normal_quantile(p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if q < 0.0 { -z } else { z }
}

/// Horner's rule; coefficients in ascending powers.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

// As printed in the paper, with more digits than a float holds.
#[rustfmt::skip]
#[allow(clippy::excessive_precision, reason = "digits as published, to compare with the paper")]
mod coefficients {
    pub(super) const A: [f64; 8] = [
        3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3,
        1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
        3.3430575583588128105e4, 2.5090809287301226727e3,
    ];
    pub(super) const B: [f64; 8] = [
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
        5.2264952788528545610e3,
    ];
    pub(super) const C: [f64; 8] = [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
        3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];
    pub(super) const D: [f64; 8] = [
        1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ];
    pub(super) const E: [f64; 8] = [
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];
    pub(super) const F: [f64; 8] = [
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ];
}
use coefficients::{A, B, C, D, E, F};

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check};
    use super::*;
    use statrs::distribution::{ContinuousCDF, LogNormal, Normal};

    #[test]
    fn normal_follows_theory() {
        let theory = Normal::new(90.0, 2.0).unwrap();
        let moments = Moments { mean: 90.0, variance: 4.0 };
        check(1, |bits| normal(bits, 90.0, 2.0), moments, |x| theory.cdf(x));
    }

    #[test]
    fn lognormal_follows_theory() {
        let (median, sigma) = (30.0, 0.5);
        let theory = LogNormal::new(libm::log(median), sigma).unwrap();
        let growth = libm::exp(sigma * sigma);
        let mean = median * libm::sqrt(growth);
        let moments = Moments { mean, variance: mean * mean * (growth - 1.0) };
        check(2, |bits| lognormal_median(bits, median, sigma), moments, |x| theory.cdf(x));
    }

    /// The test values of the paper, and those of tables, one for each of the three regions.
    #[test]
    fn quantiles_match_published_values() {
        let published = [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_054),
            (0.5, 0.0),
        ];
        for (p, z) in published {
            let found = normal_quantile(p);
            assert!((found - z).abs() <= 4e-15 * z.abs(), "{p}: {found} is not {z}");
        }
    }

    /// A rounding of 1e-16 in the quantile moves the tail by z² · 1e-16 of its value; z goes to
    /// 36, and a few roundings add up, hence the 1e-12.
    #[test]
    fn quantile_inverts_the_distribution_function() {
        for exponent in 1..1000 {
            let p = libm::exp(-0.7 * f64::from(exponent));
            if p > 1e-290 {
                let z = normal_quantile(p);
                let back = 0.5 * libm::erfc(-z / core::f64::consts::SQRT_2);
                assert!((back / p - 1.0).abs() < 1e-12, "{p}: quantile {z}, back {back}");
            }
        }
    }

    #[test]
    fn outside_the_domain_is_nan() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert!(normal_quantile(p).is_nan());
        }
        assert!(normal(&mut || 7, f64::INFINITY, 1.0).is_nan());
        assert!(normal(&mut || 7, 0.0, -1.0).is_nan());
        assert!(lognormal_median(&mut || 7, 0.0, 1.0).is_nan());
        assert!(lognormal_median(&mut || 7, 1.0, f64::NAN).is_nan());
        assert_eq!(normal(&mut || 7, 3.0, 0.0), 3.0);
    }
}
