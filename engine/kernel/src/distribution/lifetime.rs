//! Times until something happens: exponential and Weibull.

use super::logarithm::{float_of, log_of_normal};
use crate::stream::{Bits, UNIT_OPEN_STEP, unit_open};

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

/// The exponentials of mean 1 that so many times 64 random bits give, each as [`exponential_of`], put in their place.
///
/// For who has drawn for several: none waits for another. Best are multiples of four. Where the two differ in length, the rest of the longer is left.
pub fn exponentials_of(bits: &[u64], into: &mut [f64]) {
    for (value, bits) in into.iter_mut().zip(bits) {
        // The number of `unit_open`, which is never 0 and never so small that it is not normal.
        *value = -log_of_normal((float_of(bits >> 12) + 0.5) * UNIT_OPEN_STEP);
    }
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
    use crate::stream::StreamKey;
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
    fn several_at_once_are_those_one_by_one() {
        let key = StreamKey::root(5, 0);
        for len in [0, 1, 2, 3, 7, 64, 10_000] {
            let bits: Vec<u64> = (0..len).map(|k| key.draw(k)).chain([0, u64::MAX, 0xfff, 1 << 12]).collect();
            let mut values = vec![0.0; bits.len()];
            exponentials_of(&bits, &mut values);
            for (bits, value) in bits.iter().zip(&values) {
                assert_eq!(value.to_bits(), exponential_of(*bits, 1.0).to_bits(), "{bits:#x}");
            }
        }
        let mut longer = [9.0; 3];
        exponentials_of(&[3, 4], &mut longer);
        assert_eq!(longer, [exponential_of(3, 1.0), exponential_of(4, 1.0), 9.0]);
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
