//! Values whose largest are far larger than most: Pareto, log-logistic and Gumbel.

use super::hazard::{gumbel_at, loglogistic_at, pareto_at};
use super::positive;
use crate::stream::{Bits, unit_open};

/// Pareto: none lies below `least`, and the chance to exceed x is (least / x)^shape.
///
/// Mean least · shape / (shape − 1) for a `shape` above 1, else there is none. Domain: both above 0.
///
/// # Source
///
/// Inversion, L. Devroye, "Non-uniform random variate generation", section II.2.
pub fn pareto(bits: &mut (impl Bits + ?Sized), shape: f64, least: f64) -> f64 {
    let hazard = -libm::log(unit_open(bits.next()));
    if !(positive(shape) && positive(least)) {
        return f64::NAN;
    }
    pareto_at(shape, least, hazard)
}

/// Log-logistic: half of the values lie below `median`; the larger `shape`, the nearer to it.
///
/// As the lognormal, with a heavier tail. Mean median · (π / shape) / sin(π / shape) for a `shape`
/// above 1, else there is none. Domain: both above 0.
///
/// # Source
///
/// Inversion, A. M. Law, "Simulation modeling and analysis", section 8.3.11.
pub fn loglogistic(bits: &mut (impl Bits + ?Sized), median: f64, shape: f64) -> f64 {
    let hazard = -libm::log(unit_open(bits.next()));
    if !(positive(median) && positive(shape)) {
        return f64::NAN;
    }
    loglogistic_at(median, shape, hazard)
}

/// Gumbel: the largest of many; `mode` is the most likely value.
///
/// Mean mode + 0.5772 · scale. Domain: a finite mode, `scale` above 0.
///
/// # Source
///
/// Inversion; E. J. Gumbel, "Statistics of extremes", section 5.1.
pub fn gumbel(bits: &mut (impl Bits + ?Sized), mode: f64, scale: f64) -> f64 {
    let hazard = -libm::log(unit_open(bits.next()));
    if !(mode.is_finite() && positive(scale)) {
        return f64::NAN;
    }
    gumbel_at(mode, scale, hazard)
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check, kolmogorov_smirnov, sample};
    use super::*;
    use core::f64::consts::PI;
    use statrs::distribution::{ContinuousCDF, Gumbel, Pareto};

    #[test]
    fn pareto_follows_theory() {
        // The fourth moment, by which the variance is judged, is there from a shape of 4 on.
        let theory = Pareto::new(2.0, 9.0).unwrap();
        let moments = Moments { mean: 2.0 * 9.0 / 8.0, variance: 4.0 * 9.0 / (64.0 * 7.0) };
        check(1, |bits| pareto(bits, 9.0, 2.0), moments, |x| theory.cdf(x));
        let heavy = Pareto::new(1.0, 1.1).unwrap();
        kolmogorov_smirnov(sample(2, |bits| pareto(bits, 1.1, 1.0)), |x| heavy.cdf(x));
    }

    #[test]
    fn loglogistic_follows_theory() {
        let cdf = |median: f64, shape: f64| move |x: f64| 1.0 / (1.0 + libm::pow(x / median, -shape));
        let (median, shape) = (30.0, 9.0);
        let raw = |k: f64| libm::pow(median, k) * (k * PI / shape) / libm::sin(k * PI / shape);
        let moments = Moments { mean: raw(1.0), variance: raw(2.0) - raw(1.0) * raw(1.0) };
        check(3, |bits| loglogistic(bits, median, shape), moments, cdf(median, shape));
        kolmogorov_smirnov(sample(4, |bits| loglogistic(bits, 5.0, 0.8)), cdf(5.0, 0.8));
    }

    #[test]
    fn gumbel_follows_theory() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        let theory = Gumbel::new(-1.0, 3.0).unwrap();
        let moments = Moments { mean: -1.0 + 3.0 * EULER, variance: PI * PI / 6.0 * 9.0 };
        check(5, |bits| gumbel(bits, -1.0, 3.0), moments, |x| theory.cdf(x));
    }

    #[test]
    fn outside_the_domain_is_nan() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(pareto(&mut || 7, bad, 1.0).is_nan());
            assert!(pareto(&mut || 7, 1.0, bad).is_nan());
            assert!(loglogistic(&mut || 7, bad, 1.0).is_nan());
            assert!(loglogistic(&mut || 7, 1.0, bad).is_nan());
            assert!(gumbel(&mut || 7, 1.0, bad).is_nan());
        }
        assert!(gumbel(&mut || 7, f64::NAN, 1.0).is_nan());
    }
}
