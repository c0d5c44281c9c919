//! Holds results to what they were and to what is expected: pass, fail, or not known well enough.
//!
//! A **baseline** keeps the figures of each replication. A later run with the same seed meets the same people and the same luck,
//! so its difference from the baseline is paired by replication, as policies are: where nothing has changed it is exactly 0. A
//! measure fails where it is certainly worse by more than a tolerance, passes where it certainly is not, and is open in
//! between. An **expectation** is a range that a scenario states for a mean, a difference or each figure.
//!
//! Every check is reported, not only the first that fails, and nothing at all is no pass.

mod baseline;
mod expect;
mod instructions;

pub use baseline::{Baseline, BaselineError, Frame, Recorded, Tolerance, against};
pub use expect::{Expectation, Form, expected};
pub use instructions::{InstructionsError, compared, counts};

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is as it should be.
    Pass,
    /// It is not known well enough to tell.
    Inconclusive,
    /// There is nothing that it could be compared with.
    Incomparable,
    /// It is certainly not as it should be.
    Fail,
}

impl Outcome {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Incomparable => "incomparable",
            Outcome::Fail => "fail",
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A measure against the baseline.
    Kpi,
    /// An expectation of the scenario.
    Expectation,
    /// Instructions of a bench against the baseline.
    Speed,
}

impl Sort {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Kpi => "kpi",
            Sort::Expectation => "expectation",
            Sort::Speed => "speed",
        }
    }
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The scenario, or for speed `benches`.
    pub scenario: String,
    /// What is checked.
    pub sort: Sort,
    /// Its name: the measure and the policy, the expectation, or the bench.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found and what was allowed, in words.
    pub words: String,
    /// What was found, in the unit of the words: a difference, a mean or a share.
    pub found: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

/// All checks of one call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gated {
    /// In the order in which they were made.
    pub checks: Vec<Check>,
}

impl Gated {
    /// How many checks have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|check| check.outcome == outcome).count()
    }

    /// What came of all of them together; `None` where nothing was checked, or nothing that could be compared.
    ///
    /// What is inconclusive passes unless `strict`.
    pub fn verdict(&self, strict: bool) -> Option<Outcome> {
        let worst = self.checks.iter().map(|check| check.outcome).max()?;
        match worst {
            Outcome::Inconclusive if strict => Some(Outcome::Fail),
            Outcome::Inconclusive => Some(Outcome::Pass),
            worst => Some(worst),
        }
    }
}

/// Where an interval lies beside bounds: wholly within, wholly outside of one of them, or neither.
fn within(interval: Option<(f64, f64)>, from: Option<f64>, to: Option<f64>) -> Outcome {
    let Some((low, high)) = interval else { return Outcome::Inconclusive };
    let (from, to) = (from.unwrap_or(f64::NEG_INFINITY), to.unwrap_or(f64::INFINITY));
    if high < from || low > to {
        Outcome::Fail
    } else if low >= from && high <= to {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_never_passes_and_the_worst_counts() {
        let check = |outcome| Check {
            scenario: "s".into(),
            sort: Sort::Kpi,
            name: "n".into(),
            outcome,
            words: String::new(),
            found: None,
            interval: None,
        };
        let verdict = |outcomes: &[Outcome], strict| {
            Gated { checks: outcomes.iter().map(|outcome| check(*outcome)).collect() }.verdict(strict)
        };
        use Outcome::{Fail, Incomparable, Inconclusive, Pass};
        assert_eq!(verdict(&[], false), None);
        assert_eq!(verdict(&[Pass, Fail, Incomparable], false), Some(Fail));
        assert_eq!(verdict(&[Pass, Incomparable, Inconclusive], false), Some(Incomparable));
        assert_eq!(verdict(&[Pass, Inconclusive], false), Some(Pass));
        assert_eq!(verdict(&[Pass, Inconclusive], true), Some(Fail));
    }

    #[test]
    fn an_interval_lies_within_outside_or_across() {
        assert_eq!(within(Some((1.0, 2.0)), Some(1.0), Some(2.0)), Outcome::Pass);
        assert_eq!(within(Some((1.0, 2.0)), None, Some(0.5)), Outcome::Fail);
        assert_eq!(within(Some((1.0, 2.0)), Some(1.5), None), Outcome::Inconclusive);
        assert_eq!(within(None, Some(1.5), None), Outcome::Inconclusive);
    }
}
