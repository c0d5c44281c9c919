//! Laws by their cumulative hazard, the negative logarithm of the chance to exceed a value.
//!
//! A hazard is exponential with mean 1 whatever the law, and keeps its digits far out in the tail,
//! where a probability would round to 1. So one formula cuts all these laws off at two bounds.

/// The hazard of a standard normal score: −ln of the chance to exceed it.
pub(super) fn of_score(z: f64) -> f64 {
    let half = core::f64::consts::FRAC_1_SQRT_2;
    if z < 0.0 { -libm::log1p(-0.5 * libm::erfc(-z * half)) } else { -libm::log(0.5 * libm::erfc(z * half)) }
}

/// A hazard between two others, for `u` between 0 and 1; `None` where there is no chance to lie there.
///
/// # Source
///
/// The exponential law forgets, so that the way beyond `low` is one cut off at `high - low`.
pub(super) fn between(u: f64, low: f64, high: f64) -> Option<f64> {
    let mass = -libm::expm1(-(high - low));
    (mass > 0.0).then(|| low - libm::log1p(-u * mass))
}

pub(super) fn weibull_at(shape: f64, scale: f64, hazard: f64) -> f64 {
    scale * libm::pow(hazard, 1.0 / shape)
}

pub(super) fn weibull_of(shape: f64, scale: f64, x: f64) -> f64 {
    libm::pow(x.max(0.0) / scale, shape)
}

pub(super) fn pareto_at(shape: f64, least: f64, hazard: f64) -> f64 {
    least * libm::exp(hazard / shape)
}

pub(super) fn pareto_of(shape: f64, least: f64, x: f64) -> f64 {
    shape * libm::log(x.max(least) / least)
}

pub(super) fn loglogistic_at(median: f64, shape: f64, hazard: f64) -> f64 {
    median * libm::pow(libm::expm1(hazard), 1.0 / shape)
}

pub(super) fn loglogistic_of(median: f64, shape: f64, x: f64) -> f64 {
    libm::log1p(libm::pow(x.max(0.0) / median, shape))
}

pub(super) fn gumbel_at(mode: f64, scale: f64, hazard: f64) -> f64 {
    mode - scale * libm::log(log_of_the_rest(hazard))
}

pub(super) fn gumbel_of(mode: f64, scale: f64, x: f64) -> f64 {
    log_of_the_rest(libm::exp((mode - x) / scale))
}

/// −ln(1 − e^−y), which is its own inverse.
fn log_of_the_rest(y: f64) -> f64 {
    if y < core::f64::consts::LN_2 { -libm::log(-libm::expm1(-y)) } else { -libm::log1p(-libm::exp(-y)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way to a hazard and back, from one in a billion to one in 10^130: a few roundings of 1e-16, which an
    /// exponent of 1 / shape and a logarithm of 300 may raise a hundredfold.
    #[test]
    fn every_hazard_leads_back() {
        for k in 0..60 {
            let hazard = libm::exp(-20.0 + 0.43 * f64::from(k));
            let back =
                [weibull_of(0.7, 3.0, weibull_at(0.7, 3.0, hazard)), loglogistic_of(4.0, 2.5, loglogistic_at(4.0, 2.5, hazard))];
            for found in back {
                assert!((found / hazard - 1.0).abs() < 1e-13, "{hazard} came back as {found}");
            }
        }
        for hazard in [0.01, 0.5, 1.0, 20.0, 300.0] {
            let back = [pareto_of(1.5, 2.0, pareto_at(1.5, 2.0, hazard)), gumbel_of(-3.0, 2.0, gumbel_at(-3.0, 2.0, hazard))];
            for found in back {
                assert!((found / hazard - 1.0).abs() < 1e-12, "{hazard} came back as {found}");
            }
        }
    }

    #[test]
    fn scores_have_the_hazard_of_their_tail() {
        assert!((of_score(0.0) - core::f64::consts::LN_2).abs() < 1e-15);
        // Tables: the chance to exceed 1.6449 is 0.05, to lie below −3.0902 is 0.001.
        assert!((of_score(1.644_853_626_951_472_7) + libm::log(0.05)).abs() < 1e-14);
        assert!((of_score(-3.090_232_306_167_813_5) + libm::log(0.999)).abs() < 1e-16);
    }

    #[test]
    fn between_two_equal_hazards_nothing_lies() {
        assert_eq!(between(0.5, 3.0, 3.0), None);
        assert_eq!(between(0.5, 4.0, 3.0), None);
        assert_eq!(between(0.5, f64::INFINITY, f64::INFINITY), None);
        assert_eq!(between(0.5, 700.0, f64::INFINITY), Some(700.0 + core::f64::consts::LN_2));
    }
}
