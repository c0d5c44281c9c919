//! Variates between two bounds: uniform and triangular.

use crate::stream::{Bits, unit, unit_open};

/// Uniform between `lo` and `hi`; mean (lo + hi) / 2.
///
/// Domain: `lo <= hi`, with a finite difference. `hi` itself comes out only by rounding.
pub fn uniform(bits: &mut (impl Bits + ?Sized), lo: f64, hi: f64) -> f64 {
    let (u, width) = (unit(bits.next()), hi - lo);
    if !super::non_negative(width) {
        return f64::NAN;
    }
    lo + width * u
}

/// Triangular between `lo` and `hi` with its peak at `mode`; mean (lo + mode + hi) / 3.
///
/// Domain: `lo <= mode <= hi`, with a finite difference.
///
/// # Source
///
/// Inversion of the distribution function, A. M. Law, "Simulation modeling and analysis",
/// section 8.3.15.
pub fn triangular(bits: &mut (impl Bits + ?Sized), lo: f64, mode: f64, hi: f64) -> f64 {
    let (u, width) = (unit_open(bits.next()), hi - lo);
    if !(super::non_negative(width) && lo <= mode && mode <= hi) {
        return f64::NAN;
    }
    super::invertible::triangular_at(lo, mode, hi, u)
}

#[cfg(test)]
mod tests {
    use super::super::check::{Moments, check};
    use super::*;
    use statrs::distribution::{ContinuousCDF, Triangular, Uniform};

    #[test]
    fn uniform_follows_theory() {
        let theory = Uniform::new(-3.0, 5.0).unwrap();
        let moments = Moments { mean: 1.0, variance: 64.0 / 12.0 };
        check(1, |bits| uniform(bits, -3.0, 5.0), moments, |x| theory.cdf(x));
    }

    #[test]
    fn triangular_follows_theory() {
        for (seed, lo, mode, hi) in [(2, 1.0, 2.0, 6.0), (3, 0.0, 0.0, 1.0), (4, -2.0, 3.0, 3.0)] {
            let theory = Triangular::new(lo, hi, mode).unwrap();
            let squares = lo * lo + mode * mode + hi * hi - lo * mode - lo * hi - mode * hi;
            let moments = Moments { mean: (lo + mode + hi) / 3.0, variance: squares / 18.0 };
            check(seed, |bits| triangular(bits, lo, mode, hi), moments, |x| theory.cdf(x));
        }
    }

    #[test]
    fn a_width_of_zero_is_a_constant() {
        assert_eq!(uniform(&mut || u64::MAX, 4.0, 4.0), 4.0);
        assert_eq!(triangular(&mut || 1 << 63, 4.0, 4.0, 4.0), 4.0);
    }

    #[test]
    fn outside_the_domain_is_nan() {
        assert!(uniform(&mut || 7, 1.0, 0.0).is_nan());
        assert!(uniform(&mut || 7, f64::MIN, f64::MAX).is_nan());
        assert!(uniform(&mut || 7, f64::NAN, 1.0).is_nan());
        assert!(triangular(&mut || 7, 0.0, 2.0, 1.0).is_nan());
        assert!(triangular(&mut || 7, 0.0, f64::NAN, 1.0).is_nan());
    }
}
