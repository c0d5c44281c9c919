//! Random variates: from 64 random bits to a waiting time, a count or a choice.
//!
//! Every function takes exactly one draw from the [`crate::Bits`] it is given, whatever its
//! parameters and whatever comes out. So two runs that share a stream stay in step: the tenth
//! repair meets the same luck even if the ninth took another mean. Where a method must reject, it
//! does so on a stream of its own that hangs on that one draw.
//!
//! Parameters outside a function's domain, which each function states, give NaN where the result
//! is real and `None` where it is a whole number. NaN then fails where it is used: as a duration
//! it is an error.
//!
//! All logarithms and powers come from `libm`, or are those of `libm` bit for bit: the same on every machine.

mod at_score;
mod bounded;
#[cfg(test)]
mod check;
mod count;
mod gamma;
mod hazard;
mod incomplete;
mod invertible;
mod lifetime;
mod logarithm;
mod normal;
mod tail;
mod trials;

pub use at_score::{
    beta_at_score, binomial_at_score, gamma_at_score, geometric_at_score, negative_binomial_at_score, poisson_at_score,
};
pub use bounded::{triangular, uniform};
pub use count::{chance, discrete, poisson};
pub use gamma::{beta, erlang, gamma, pert};
pub use invertible::{Invertible, leaning, rejected};
pub use lifetime::{exponential, exponential_of, exponentials_of, weibull};
pub use normal::{lognormal_median, normal, normal_quantile};
pub use tail::{gumbel, loglogistic, pareto};
pub use trials::{binomial, geometric, negative_binomial};

/// Whether `x` is a number above zero: the domain of a shape or a scale.
fn positive(x: f64) -> bool {
    x > 0.0 && x < f64::INFINITY
}

/// Whether `x` is a number from zero on: the domain of a mean or a deviation.
fn non_negative(x: f64) -> bool {
    // As two comparisons, which is what processors are quick at.
    (0.0..f64::INFINITY).contains(&x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::StreamKey;
    use proptest::prelude::*;

    /// Counts what a distribution draws.
    fn draws(sample: impl FnOnce(&mut dyn crate::Bits)) -> u32 {
        let (key, mut count) = (StreamKey::root(11, 0), 0);
        sample(&mut || {
            count += 1;
            key.draw(count)
        });
        count
    }

    fn any_parameter() -> impl Strategy<Value = f64> {
        let edges = prop::sample::select(vec![
            0.0,
            -0.0,
            -1.0,
            0.5,
            1.0,
            9.999,
            10.0,
            1e9,
            1e300,
            5e-324,
            f64::MAX,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]);
        prop_oneof![edges, 0.0..50.0, any::<f64>()]
    }

    proptest! {
        #[test]
        fn every_call_consumes_exactly_one_draw(
            a in any_parameter(), b in any_parameter(), c in any_parameter(), k: u32,
        ) {
            prop_assert_eq!(draws(|bits| { uniform(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { triangular(bits, a, b, c); }), 1);
            prop_assert_eq!(draws(|bits| { exponential(bits, a); }), 1);
            prop_assert_eq!(draws(|bits| { weibull(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { normal(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { lognormal_median(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { gamma(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { erlang(bits, k, a); }), 1);
            prop_assert_eq!(draws(|bits| { beta(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { pert(bits, a, b, c); }), 1);
            prop_assert_eq!(draws(|bits| { pareto(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { loglogistic(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { gumbel(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { binomial(bits, u64::from(k), a); }), 1);
            prop_assert_eq!(draws(|bits| { geometric(bits, a); }), 1);
            prop_assert_eq!(draws(|bits| { negative_binomial(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { Invertible::Normal(a, b).between(bits, b, c); }), 1);
            prop_assert_eq!(draws(|bits| { Invertible::Gumbel(a, b).between(bits, b, c); }), 1);
            prop_assert_eq!(draws(|bits| { leaning(bits, a, b); }), 1);
            prop_assert_eq!(draws(|bits| { rejected(bits, (a, b), 9, |bits| gamma(bits, b, c)); }), 1);
            prop_assert_eq!(draws(|bits| { poisson(bits, a); }), 1);
            prop_assert_eq!(draws(|bits| { chance(bits, a); }), 1);
            prop_assert_eq!(draws(|bits| { discrete(bits, &[a, b, c]); }), 1);
        }
    }
}
