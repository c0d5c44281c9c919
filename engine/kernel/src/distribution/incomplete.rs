//! The incomplete gamma and beta functions: how much of a law lies below a value, and how much above.
//!
//! Both sides are found apart, so that neither loses its digits where it is small.

/// The most terms of a series or fraction: about ten roots of the largest parameters that are asked for.
const TERMS_MAX: u32 = 100_000;

/// The smallest change of a sum or fraction that is still one.
const STEP_MIN: f64 = 1e-16;

/// What keeps a fraction from dividing by zero.
const TINY: f64 = 1e-300;

/// The share of the gamma law of `shape` and scale 1 below `x`, and the share above.
///
/// # Source
///
/// M. Abramowitz and I. A. Stegun, "Handbook of mathematical functions", 6.5.29 below the mean and 6.5.31 above it, the
/// fraction by the method of W. J. Lentz, Applied Optics 15(3), 1976.
pub(super) fn gamma_shares(shape: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = libm::exp(shape * libm::log(x) - x - libm::lgamma(shape));
    if x < shape + 1.0 {
        let (mut term, mut sum, mut at) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..TERMS_MAX {
            at += 1.0;
            term *= x / at;
            sum += term;
            if term < sum * STEP_MIN {
                break;
            }
        }
        let below = (front * sum).min(1.0);
        return (below, 1.0 - below);
    }
    let mut b = x + 1.0 - shape;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut fraction = d;
    for k in 1..TERMS_MAX {
        let k = f64::from(k);
        let a = k * (shape - k);
        b += 2.0;
        d = 1.0 / apart(a * d + b);
        c = apart(b + a / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < STEP_MIN {
            break;
        }
    }
    let above = (front * fraction).clamp(0.0, 1.0);
    (1.0 - above, above)
}

/// The share of the beta law of `a` and `b` below a value, given as `x` and as `y`, which is 1 − `x`; and the share above.
///
/// # Source
///
/// As before, 26.5.8.
pub(super) fn beta_shares(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let front = libm::exp(a * libm::log(x) + b * libm::log(y) + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b));
    if x < (a + 1.0) / (a + b + 2.0) {
        let below = (front * beta_fraction(a, b, x) / a).clamp(0.0, 1.0);
        (below, 1.0 - below)
    } else {
        let above = (front * beta_fraction(b, a, y) / b).clamp(0.0, 1.0);
        (1.0 - above, above)
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for m in 1..TERMS_MAX {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / apart(1.0 + numerator * d);
            c = apart(1.0 + numerator / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < STEP_MIN {
            break;
        }
    }
    fraction
}

fn apart(x: f64) -> f64 {
    if x.abs() < TINY { TINY } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::{beta::beta_reg, gamma::gamma_lr};

    /// Two ways to the same number, each with a few roundings per term: 1e-10 of the smaller share is plenty.
    #[test]
    fn shares_are_those_of_another_hand() {
        for shape in [0.1, 0.5, 1.0, 2.5, 30.0, 1000.0] {
            for part in [0.01, 0.3, 0.9, 1.0, 1.1, 2.0] {
                let x = shape * part;
                let (below, above) = gamma_shares(shape, x);
                assert!((below - gamma_lr(shape, x)).abs() < 1e-10, "gamma {shape} at {x}: {below}");
                assert!((below + above - 1.0).abs() < 1e-12);
            }
        }
        for (a, b) in [(0.2, 0.3), (1.0, 1.0), (2.0, 5.0), (80.0, 3.0), (500.0, 700.0)] {
            for x in [0.001, 0.1, 0.4, 0.6, 0.95, 0.999] {
                let (below, above) = beta_shares(a, b, x, 1.0 - x);
                assert!((below - beta_reg(a, b, x)).abs() < 1e-10, "beta {a}, {b} at {x}: {below}");
                assert!((below + above - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn small_shares_keep_their_digits() {
        // Of the exponential law, which is gamma of shape 1: e^-50 lies above 50.
        let (_, above) = gamma_shares(1.0, 50.0);
        assert!((above / libm::exp(-50.0) - 1.0).abs() < 1e-12, "{above}");
        // Of beta(2, 1) the share below x is x².
        let (below, _) = beta_shares(2.0, 1.0, 1e-9, 1.0 - 1e-9);
        assert!((below / 1e-18 - 1.0).abs() < 1e-12, "{below}");
    }
}
