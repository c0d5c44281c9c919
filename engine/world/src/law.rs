//! Draws from the laws of chance that programs know.

use rehearsal_kernel::{Draws, distribution};
use rehearsal_language::program::Law;

/// A draw from a law of one parameter, which is checked first.
#[inline(always)]
pub(crate) fn draw_one(law: Law, draws: &mut Draws<'_>, value: f64) -> Result<f64, String> {
    match law {
        Law::Exponential if value > 0.0 && value < f64::INFINITY => Ok(distribution::exponential(draws, value)),
        Law::Chance if (0.0..=1.0).contains(&value) => Ok(f64::from(u8::from(distribution::chance(draws, value)))),
        _ => draw(law, draws, [value, 0.0, 0.0]),
    }
}

/// A draw from a law, its parameters checked first.
pub(crate) fn draw(law: Law, draws: &mut Draws<'_>, [a, b, c]: [f64; 3]) -> Result<f64, String> {
    let positive = |value: f64, what: &str| {
        if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("{what} {value} is not above zero")) }
    };
    match law {
        Law::Uniform => {
            if a <= b && a.is_finite() && b.is_finite() {
                Ok(distribution::uniform(draws, a, b))
            } else {
                Err(format!("uniform({a}, {b}): the low end lies above the high end"))
            }
        }
        Law::Exponential => positive(a, "exponential: mean").map(|()| distribution::exponential(draws, a)),
        Law::Normal => {
            if b >= 0.0 && a.is_finite() && b.is_finite() {
                Ok(distribution::normal(draws, a, b))
            } else {
                Err(format!("normal({a}, {b}): the standard deviation is below zero"))
            }
        }
        Law::LogNormal => {
            positive(a, "lognormal: median")?;
            if b >= 0.0 {
                Ok(distribution::lognormal_median(draws, a, b))
            } else {
                Err(format!("lognormal: sigma {b} is below zero"))
            }
        }
        Law::Weibull => positive(a, "weibull: shape")
            .and_then(|()| positive(b, "weibull: scale"))
            .map(|()| distribution::weibull(draws, a, b)),
        Law::Gamma => {
            positive(a, "gamma: shape").and_then(|()| positive(b, "gamma: scale")).map(|()| distribution::gamma(draws, a, b))
        }
        Law::Poisson => distribution::poisson(draws, a)
            .map(|count| count as f64)
            .ok_or_else(|| format!("poisson({a}): the mean is not a number from 0 up")),
        Law::Chance => {
            if (0.0..=1.0).contains(&a) {
                Ok(f64::from(u8::from(distribution::chance(draws, a))))
            } else {
                Err(format!("chance({a}): a probability lies between 0 and 1"))
            }
        }
        Law::Triangular => {
            if a <= b && b <= c && a < c {
                Ok(distribution::triangular(draws, a, b, c))
            } else {
                Err(format!("triangular({a}, {b}, {c}): low, most likely and high are out of order"))
            }
        }
        Law::Beta => positive(a, "beta: first shape")
            .and_then(|()| positive(b, "beta: second shape"))
            .map(|()| distribution::beta(draws, a, b)),
    }
}
