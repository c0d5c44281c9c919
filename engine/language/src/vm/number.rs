//! What instructions on numbers mean, for all that run them.

use crate::program::{Math1, Math2};

/// Why no number below another can be drawn.
pub const NOTHING_TO_PICK: &str = "nothing to pick from: the list is empty";

/// Why an operation on two whole numbers failed; `of` names its result.
#[must_use]
pub fn no_value(of: &str) -> String {
    format!("{of} of two whole numbers has no value (division by zero or overflow)")
}

/// A number without its fraction, as a word.
///
/// # Errors
/// Where it does not fit.
pub fn whole(value: f64) -> Result<u64, String> {
    if !value.is_finite() || value.abs() >= 9.2e18 {
        return Err(format!("{value} is not a whole number that fits 64 bits"));
    }
    Ok(libm::trunc(value) as i64 as u64)
}

/// The result of an operation: one that is no number is always the same one.
///
/// Processors and compilers differ in the sign and the payload that it has, which a digest of a state would tell.
#[must_use]
#[inline(always)]
pub fn canonical(x: f64) -> f64 {
    if x.is_nan() { f64::NAN } else { x }
}

/// A function of one number.
#[must_use]
pub fn math1(f: Math1, x: f64) -> f64 {
    canonical(match f {
        Math1::Abs => x.abs(),
        Math1::Floor => libm::floor(x),
        Math1::Ceil => libm::ceil(x),
        Math1::Round => libm::round(x),
        Math1::Sqrt => libm::sqrt(x),
        Math1::Exp => libm::exp(x),
        Math1::Log => libm::log(x),
        Math1::Logistic => 1.0 / (1.0 + libm::exp(-x)),
        Math1::Sin => libm::sin(x),
        Math1::Cos => libm::cos(x),
    })
}

/// A function of two numbers.
#[must_use]
pub fn math2(f: Math2, x: f64, y: f64) -> f64 {
    match f {
        Math2::Min => least(x, y),
        Math2::Max => most(x, y),
        Math2::Pow => canonical(libm::pow(x, y)),
    }
}

/// The smaller of two numbers: the other one where one is no number, the second of two equal ones, which tells -0 from 0.
#[must_use]
#[inline(always)]
pub fn least(x: f64, y: f64) -> f64 {
    canonical(if x < y || y.is_nan() { x } else { y })
}

/// The larger of two numbers, see [`least`].
#[must_use]
#[inline(always)]
pub fn most(x: f64, y: f64) -> f64 {
    canonical(if x > y || y.is_nan() { x } else { y })
}
