//! Times until something happens: exponential and Weibull.

use crate::stream::{Bits, unit_open};

/// Exponential with the given `mean`: the time to an event that does not age. Rate 1 / mean.
///
/// Domain: `mean >= 0`; a mean of 0 gives 0.
///
/// # Source
///
/// Inversion, L. Devroye, "Non-uniform random variate generation", section II.2.
pub fn exponential(bits: &mut (impl Bits + ?Sized), mean: f64) -> f64 {
    let bits = bits.next();
    if super::non_negative(mean) { exponential_of(bits, mean) } else { f64::NAN }
}

/// The exponential that 64 random bits give, as [`exponential`], without a look at the `mean`.
///
/// For who knows that the mean is in the domain, and has drawn already.
#[inline]
pub fn exponential_of(bits: u64, mean: f64) -> f64 {
    mean * -libm::log(unit_open(bits))
}

/// Weibull with `shape` k and `scale` λ: the chance to last beyond x is exp(-(x / λ)^k).
///
/// `shape` above 1 wears out, below 1 fails early, 1 is exponential. Mean λ Γ(1 + 1/k).
/// Domain: both above 0.
///
/// # Source
///
/// Inversion, A. M. Law, "Simulation modeling and analysis", section 8.3.5.
pub fn weibull(bits: &mut (impl Bits + ?Sized), shape: f64, scale: f64) -> f64 {
    let u = unit_open(bits.next());
    if !(super::positive(shape) && super::positive(scale)) {
        return f64::NAN;
    }
    scale * libm::pow(-libm::log(u), 1.0 / shape)
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check};
    use super::*;
    use statrs::distribution::{ContinuousCDF, Exp, Weibull};

    #[test]
    fn exponential_follows_theory() {
        let theory = Exp::new(1.0 / 7.5).unwrap();
        let moments = Moments { mean: 7.5, variance: 7.5 * 7.5 };
        check(1, |bits| exponential(bits, 7.5), moments, |x| theory.cdf(x));
    }

    #[test]
    fn weibull_follows_theory() {
        for (seed, shape, scale) in [(2, 1.8, 400.0), (3, 0.8, 2.0), (4, 5.0, 1.0)] {
            let theory = Weibull::new(shape, scale).unwrap();
            let raw = |k: f64| libm::pow(scale, k) * libm::tgamma(1.0 + k / shape);
            let moments = Moments { mean: raw(1.0), variance: raw(2.0) - raw(1.0) * raw(1.0) };
            check(seed, |bits| weibull(bits, shape, scale), moments, |x| theory.cdf(x));
        }
    }

    #[test]
    fn a_mean_of_zero_is_no_wait() {
        assert_eq!(exponential(&mut || 7, 0.0), 0.0);
    }

    #[test]
    fn outside_the_domain_is_nan() {
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(exponential(&mut || 7, bad).is_nan());
            assert!(weibull(&mut || 7, bad, 1.0).is_nan());
            assert!(weibull(&mut || 7, 1.0, bad).is_nan());
        }
        assert!(weibull(&mut || 7, 0.0, 1.0).is_nan());
    }
}
