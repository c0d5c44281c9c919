//! Means with Student's t intervals.
//!
//! Values are replications: independent, one number each. This is not the place for values *within*
//! a run, which depend on each other.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of every interval in results.
pub(crate) const LEVEL: f64 = 0.95;

/// A mean over replications, with how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// How many values went in.
    pub n: usize,
    /// Their mean, in the measure's unit; `None` where there were no values.
    pub mean: Option<f64>,
    /// Their standard deviation (divisor n - 1); `None` below two values.
    pub deviation: Option<f64>,
    /// The confidence interval of the mean, low then high; `None` below two values.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// Half the width of the interval.
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (high - low) / 2.0)
    }
}

/// The quantile of Student's t distribution with `freedom` degrees of freedom at `probability`.
///
/// Rounded to 10 significant digits, because the last digits of the underlying logarithms differ
/// between platforms and results must not. `None` where `freedom` is 0 or `probability` is not
/// strictly between 0 and 1.
///
/// # Source
///
/// Above 10,000 degrees of freedom, where inverting the incomplete beta function loses digits,
/// the expansion in the normal quantile of Abramowitz and Stegun (1964), 26.7.5.
pub fn t_quantile(freedom: usize, probability: f64) -> Option<f64> {
    if freedom == 0 || !(probability > 0.0 && probability < 1.0) {
        return None;
    }
    let v = freedom as f64;
    let quantile = if freedom <= 10_000 {
        StudentsT::new(0.0, 1.0, v).ok()?.inverse_cdf(probability)
    } else {
        let z = Normal::standard().inverse_cdf(probability);
        let z3 = z * z * z;
        z + (z3 + z) / (4.0 * v) + (5.0 * z3 * z * z + 16.0 * z3 + 3.0 * z) / (96.0 * v * v)
    };
    format!("{quantile:.9e}").parse().ok().filter(|rounded: &f64| rounded.is_finite())
}

/// The mean of `values` and its t interval at confidence `level` (0.95 for 95 %).
///
/// No values give no mean; one value gives a mean and no interval; equal values give an interval of
/// width 0. Values that are not finite, or so large that the mean or the interval is not, give an
/// estimate without mean rather than a wrong one.
///
/// # Source
///
/// Welford (1962), "Note on a method for calculating corrected sums of squares and products".
pub fn mean_ci(values: &[f64], level: f64) -> Estimate {
    let n = values.len();
    let nothing = Estimate { n, ..Estimate::default() };
    let Some((mean, squares)) = welford(values) else {
        return nothing;
    };
    if n < 2 {
        return Estimate { mean: Some(mean), ..nothing };
    }
    let deviation = (squares / (n - 1) as f64).sqrt();
    let Some(t) = t_quantile(n - 1, (1.0 + level) / 2.0) else {
        return Estimate { mean: Some(mean), deviation: Some(deviation), ..nothing };
    };
    let half_width = t * deviation / (n as f64).sqrt();
    let interval = (mean - half_width, mean + half_width);
    if !(interval.0.is_finite() && interval.1.is_finite()) {
        return nothing;
    }
    Estimate { n, mean: Some(mean), deviation: Some(deviation), interval: Some(interval) }
}

/// How likely a mean so far from 0 would be if the true one were 0, on both sides, by Student's t.
///
/// 1 where mean and deviation are both 0, 0 where only the deviation is; `None` without an interval. Rounded to 6 significant
/// digits, for the same reason as [`t_quantile`].
pub fn two_sided(estimate: &Estimate) -> Option<f64> {
    estimate.interval?;
    let (mean, deviation) = (estimate.mean?, estimate.deviation?);
    if deviation == 0.0 {
        return Some(if mean == 0.0 { 1.0 } else { 0.0 });
    }
    let t = (mean / deviation * (estimate.n as f64).sqrt()).abs();
    let tail = match estimate.n - 1 {
        freedom @ ..=10_000 => StudentsT::new(0.0, 1.0, freedom as f64).ok()?.sf(t),
        _ => Normal::standard().sf(t),
    };
    format!("{:.5e}", 2.0 * tail).parse().ok().map(|p: f64| p.clamp(0.0, 1.0))
}

/// Mean and sum of squared deviations in one pass; `None` for no values or no finite result.
///
/// Equal values give exactly that value and exactly 0.
fn welford(values: &[f64]) -> Option<(f64, f64)> {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (count, &value) in (1_u32..).zip(values) {
        let before = value - mean;
        mean += before / f64::from(count);
        squares += before * (value - mean);
    }
    let fine = !values.is_empty() && f64::is_finite(mean) && f64::is_finite(squares);
    fine.then_some((mean + 0.0, squares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Draws;
    use proptest::prelude::*;

    #[test]
    fn quantiles_agree_with_printed_tables() {
        // Two-sided 95 %, from NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
        let table = [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (9, 2.262), (19, 2.093), (30, 2.042), (100, 1.984)];
        for (freedom, printed) in table {
            let found = t_quantile(freedom, 0.975).unwrap();
            assert!((found - printed).abs() <= 0.000_51, "freedom {freedom}: {found} and {printed}");
        }
        // With one degree of freedom t is Cauchy: the quantile is tan(pi (p - 1/2)).
        let cauchy = libm::tan(std::f64::consts::PI * 0.475);
        assert!((t_quantile(1, 0.975).unwrap() / cauchy - 1.0).abs() < 1e-9);
        // With two it is 2 a sqrt(2 / (1 - 4 a^2)) with a = p - 1/2.
        let two = 2.0 * 0.475 * (2.0 / (1.0 - 4.0 * 0.475 * 0.475_f64)).sqrt();
        assert!((t_quantile(2, 0.975).unwrap() / two - 1.0).abs() < 1e-9);
        // With very many it is the normal quantile, and the two ways of computing it meet.
        assert!((t_quantile(usize::MAX, 0.975).unwrap() - 1.959_963_985).abs() < 1e-8);
        let (below, above) = (t_quantile(10_000, 0.975).unwrap(), t_quantile(10_001, 0.975).unwrap());
        assert!(below > above && below - above < 1e-7, "{below} and {above}");
        assert_eq!((t_quantile(0, 0.9), t_quantile(5, 1.0), t_quantile(5, f64::NAN)), (None, None, None));
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        // 3,000 experiments of 10 normal values: the share covered has a standard error of 0.4 %.
        let mut draws = Draws::new(20);
        let covered = (0..3_000)
            .filter(|_| {
                let values: Vec<f64> = (0..10).map(|_| 5.0 + 2.0 * draws.normal()).collect();
                let (low, high) = mean_ci(&values, 0.95).interval.unwrap();
                low <= 5.0 && 5.0 <= high
            })
            .count();
        assert!((2_790..=2_910).contains(&covered), "{covered} of 3000");
    }

    #[test]
    fn the_chance_of_a_difference_fits_its_interval() {
        // "Student" (1908): ten patients, mean 1.58, deviation 1.229996; t = 4.0621, and p is printed as 0.00283 by R's sleep data.
        let sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        assert!((two_sided(&mean_ci(&sleep, 0.95)).unwrap() - 0.002833).abs() < 1e-6);
        // Where the interval just reaches 0, p is 5 %.
        let t = t_quantile(9, 0.975).unwrap();
        let edge = Estimate { n: 10, mean: Some(t), deviation: Some(10.0_f64.sqrt()), interval: Some((0.0, 2.0 * t)) };
        assert!((two_sided(&edge).unwrap() - 0.05).abs() < 1e-6);
        assert_eq!(two_sided(&mean_ci(&[2.0, 2.0], 0.95)), Some(0.0));
        assert_eq!(two_sided(&mean_ci(&[0.0, 0.0], 0.95)), Some(1.0));
        assert_eq!(two_sided(&mean_ci(&[1.0], 0.95)), None);
    }

    #[test]
    fn few_values_say_little() {
        assert_eq!(mean_ci(&[], 0.95), Estimate::default());
        let one = mean_ci(&[7.0], 0.95);
        assert_eq!((one.n, one.mean, one.deviation, one.interval), (1, Some(7.0), None, None));
        // 1 and 3: mean 2, deviation sqrt 2, half-width 12.7062 * sqrt 2 / sqrt 2.
        let two = mean_ci(&[1.0, 3.0], 0.95);
        assert!((two.half_width().unwrap() - 12.706_204_736).abs() < 1e-6);
    }

    #[test]
    fn equal_values_are_exact() {
        let equal = mean_ci(&[0.1; 30], 0.95);
        assert_eq!((equal.mean, equal.interval), (Some(0.1), Some((0.1, 0.1))));
        let zero = mean_ci(&[-0.0, -0.0], 0.95);
        assert!(zero.mean.unwrap().is_sign_positive());
    }

    #[test]
    fn values_beyond_numbers_give_no_mean() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(mean_ci(&[1.0, bad, 2.0], 0.95).mean, None);
        }
        assert_eq!(mean_ci(&[f64::MAX, -f64::MAX], 0.95).mean, None);
    }

    proptest! {
        #[test]
        fn the_mean_agrees_with_the_plain_sum(values in proptest::collection::vec(-1e6..1e6_f64, 2..60)) {
            let estimate = mean_ci(&values, 0.95);
            let plain = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|v| (v - plain) * (v - plain)).sum();
            let deviation = (squares / (values.len() - 1) as f64).sqrt();
            prop_assert!((estimate.mean.unwrap() - plain).abs() < 1e-6);
            prop_assert!((estimate.deviation.unwrap() - deviation).abs() < 1e-6);
        }

        #[test]
        fn moving_values_moves_the_interval(values in proptest::collection::vec(-1e3..1e3_f64, 2..30), by in -1e3..1e3_f64) {
            let moved: Vec<f64> = values.iter().map(|v| v + by).collect();
            let (a, b) = (mean_ci(&values, 0.95), mean_ci(&moved, 0.95));
            prop_assert!((b.mean.unwrap() - a.mean.unwrap() - by).abs() < 1e-8);
            prop_assert!((b.half_width().unwrap() - a.half_width().unwrap()).abs() < 1e-6);
        }
    }
}
