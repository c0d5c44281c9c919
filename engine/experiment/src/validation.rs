//! A model held against a number: what was measured, how sure that is, and whether the two agree.
//!
//! A verdict has to mean something in both directions. Many rows with intervals of 95 % each would fail by chance, one in
//! twenty; so intervals are **simultaneous**: of all together, [`FAMILY_ERROR`] is the chance that any misses its number.
//! And an interval that is wide holds anything; so a row says how wide its own may be, and fails where it is wider.
//!
//! Start at [`Claim`] and [`judge`]; how rows look is for [`crate::output`].

use crate::statistics::{Estimate, mean_ci};
use statrs::distribution::{ContinuousCDF, Normal};

/// The chance that any interval of a table misses what it is an interval of, at most.
pub const FAMILY_ERROR: f64 = 0.01;

/// The confidence of each of so many intervals, so that all hold together but for [`FAMILY_ERROR`].
///
/// # Source
///
/// Bonferroni's inequality; Law (2015), Simulation Modeling and Analysis, section 9.7.
pub fn simultaneous(rows: usize) -> f64 {
    1.0 - FAMILY_ERROR / rows.max(1) as f64
}

/// When a measured figure agrees with the number it is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The simultaneous interval holds the number; half of its width is at most this share of the number, if that is said.
    Interval(Option<f64>),
    /// The figure lies no further off than this, in its own unit, and half of its interval is no wider.
    Within(f64),
}

/// A number that a figure of a model is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What is asked for by name, such as `mg1`.
    pub name: String,
    /// The model in words.
    pub model: String,
    /// What is measured, in words.
    pub quantity: String,
    /// Its unit; empty for a plain number.
    pub unit: String,
    /// What it should be.
    pub theory: f64,
    /// Where that number comes from.
    pub source: String,
    /// When the two agree.
    pub bound: Bound,
}

/// Why a row fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Nothing was observed.
    NoFigure,
    /// There were fewer than two observations, so nobody knows how sure the figure is.
    NoInterval,
    /// The number lies outside of the interval, by this much.
    Outside(f64),
    /// The figure lies further off than is allowed, by this much.
    Beyond(f64),
    /// Half of the interval is wider than is allowed: how wide, and how wide it may be.
    TooWide(f64, f64),
}

/// A claim with what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was claimed.
    pub claim: Claim,
    /// The mean over replications; `None` where nothing was observed.
    pub measured: Option<f64>,
    /// Its interval, low then high.
    pub interval: Option<(f64, f64)>,
    /// Why it fails; `None` where it passes.
    pub fault: Option<Fault>,
}

impl Row {
    /// The word used in results: `pass` or `fail`.
    pub fn verdict(&self) -> &'static str {
        if self.fault.is_none() { "pass" } else { "fail" }
    }
}

/// All rows of a validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The seed of all chance, where it is one.
    pub seed: Option<u64>,
    /// The confidence of each simultaneous interval.
    pub level: f64,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

impl Validation {
    /// How many rows fail.
    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.fault.is_some()).count()
    }
}

/// Holds the values of replications against a claim, by an interval at the confidence `level`.
pub fn judge(claim: Claim, values: &[f64], level: f64) -> Row {
    let Estimate { mean, interval, .. } = mean_ci(values, level);
    decide(claim, mean, interval)
}

/// Holds a share, `hits` of `tries`, against a claim, by Wilson's interval at the confidence `level`.
///
/// Shares are told in the claim's unit: in `%` they count a hundredfold.
pub fn judge_share(claim: Claim, hits: u32, tries: u32, level: f64) -> Row {
    if tries == 0 {
        return decide(claim, None, None);
    }
    let scale = if claim.unit == "%" { 100.0 } else { 1.0 };
    let (low, high) = wilson(hits, tries, level);
    decide(claim, Some(scale * f64::from(hits) / f64::from(tries)), Some((scale * low, scale * high)))
}

/// The interval of a share, `hits` of `tries`, at the confidence `level`.
///
/// # Source
///
/// Wilson (1927), "Probable inference, the law of succession, and statistical inference"; Brown, Cai and DasGupta (2001),
/// "Interval estimation for a binomial proportion", eq. 4.
pub fn wilson(hits: u32, tries: u32, level: f64) -> (f64, f64) {
    let z = Normal::standard().inverse_cdf((1.0 + level) / 2.0);
    // Rounded as quantiles of Student's t are, so that results are the same everywhere.
    let z: f64 = format!("{z:.9e}").parse().unwrap_or(z);
    let (n, share) = (f64::from(tries), f64::from(hits) / f64::from(tries));
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

fn decide(claim: Claim, measured: Option<f64>, interval: Option<(f64, f64)>) -> Row {
    let fault = fault(&claim, measured, interval);
    Row { claim, measured, interval, fault }
}

fn fault(claim: &Claim, measured: Option<f64>, interval: Option<(f64, f64)>) -> Option<Fault> {
    let Some(measured) = measured else { return Some(Fault::NoFigure) };
    let Some((low, high)) = interval else { return Some(Fault::NoInterval) };
    let half = (high - low) / 2.0;
    let outside = (claim.theory - high).max(low - claim.theory);
    match claim.bound {
        // What does not vary is as exact as its sums are, not more.
        Bound::Interval(_) if outside > 1e-9 * claim.theory.abs() => Some(Fault::Outside(outside)),
        Bound::Interval(Some(widest)) if half > widest * claim.theory.abs() => {
            Some(Fault::TooWide(half, widest * claim.theory.abs()))
        }
        Bound::Interval(_) => None,
        Bound::Within(tolerance) => {
            let beyond = (measured - claim.theory).abs() - tolerance;
            if beyond > 1e-9 * claim.theory.abs() {
                Some(Fault::Beyond(beyond))
            } else if half > tolerance {
                Some(Fault::TooWide(half, tolerance))
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(theory: f64, bound: Bound) -> Claim {
        let text = String::new;
        Claim { name: text(), model: text(), quantity: text(), unit: text(), theory, source: text(), bound }
    }

    #[test]
    fn a_row_fails_by_what_is_wrong_with_it() {
        let fault = |theory, bound, values: &[f64]| judge(claim(theory, bound), values, 0.95).fault;
        let values = [9.0, 10.0, 11.0, 10.0];
        // The mean is 10, half of the interval 3.182 * 0.8165 / 2 = 1.299.
        assert_eq!(fault(11.0, Bound::Interval(Some(0.2)), &values), None);
        assert_eq!(fault(11.0, Bound::Interval(None), &values), None);
        assert!(
            matches!(fault(12.0, Bound::Interval(Some(0.2)), &values), Some(Fault::Outside(by)) if (by - 0.7007).abs() < 1e-3)
        );
        assert!(matches!(fault(8.0, Bound::Interval(None), &values), Some(Fault::Outside(_))));
        assert!(matches!(fault(11.0, Bound::Interval(Some(0.1)), &values), Some(Fault::TooWide(half, most)) if half > most));
        assert_eq!(fault(11.0, Bound::Within(1.5), &values), None);
        assert!(matches!(fault(12.0, Bound::Within(1.5), &values), Some(Fault::Beyond(by)) if (by - 0.5).abs() < 1e-9));
        assert!(matches!(fault(10.5, Bound::Within(1.0), &values), Some(Fault::TooWide(..))));
        assert_eq!(fault(10.0, Bound::Within(1.0), &[]), Some(Fault::NoFigure));
        assert_eq!(fault(10.0, Bound::Within(1.0), &[10.0]), Some(Fault::NoInterval));
        // Without spread the interval has no width, and sums have their rounding.
        assert_eq!(fault(0.3, Bound::Interval(Some(0.0)), &[0.1 + 0.2; 4]), None);
    }

    #[test]
    fn all_intervals_together_are_as_sure_as_they_say() {
        assert!((simultaneous(50) - 0.9998).abs() < 1e-12);
        assert_eq!(simultaneous(0), simultaneous(1));
    }

    #[test]
    fn a_share_has_the_interval_of_wilson() {
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
        for (hits, tries, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            let found = wilson(hits, tries, 0.95);
            assert!((found.0 - low).abs() < 6e-5 && (found.1 - high).abs() < 6e-5, "{found:?}");
        }
        let percent = Claim { unit: "%".into(), ..claim(95.0, Bound::Within(2.0)) };
        let row = judge_share(percent, 1_900, 2_000, 0.95);
        assert_eq!((row.measured, row.fault), (Some(95.0), None));
        assert_eq!(judge_share(claim(0.5, Bound::Within(0.1)), 0, 0, 0.95).fault, Some(Fault::NoFigure));
    }
}
