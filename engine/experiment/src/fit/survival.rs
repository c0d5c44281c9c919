//! A sample as a curve: the share of values that exceed each time, whatever law they come of.

use super::Seen;

/// A moment at which the curve falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The value.
    pub at: f64,
    /// How many had not ended, nor been cut off, just before it.
    pub at_risk: usize,
    /// How many ended there.
    pub ended: usize,
    /// Whether any of them was lifted to it: the curve before it is not that of the law.
    pub floor: bool,
    /// The share that exceeds it.
    pub share: f64,
    /// The variance of that share, by Greenwood's formula.
    pub variance: f64,
}

/// The estimate of Kaplan and Meier; without values that are cut off it is the empirical law.
///
/// Values that were lifted to a floor end there, so that the curve is that of the law from the floor on.
///
/// # Source
///
/// Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations"; Greenwood (1926) for the variance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survival {
    /// Where it falls, in order.
    pub steps: Vec<Step>,
    /// Where values were cut off, in order.
    pub cut_off: Vec<f64>,
}

impl Survival {
    /// The curve of a sample of finite values. Of equal values those that ended come before those that were cut off.
    ///
    /// Cost: that of sorting.
    #[must_use]
    pub fn of(sample: &[Seen]) -> Survival {
        let mut sorted = sample.to_vec();
        sorted.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.cut_off.cmp(&b.cut_off)));
        let (mut share, mut sum, mut steps, mut at) = (1.0, 0.0, Vec::new(), 0);
        while at < sorted.len() {
            let value = sorted[at].value;
            let at_risk = sorted.len() - at;
            let ended = sorted[at..].iter().take_while(|seen| seen.value == value && !seen.cut_off).count();
            let tied = sorted[at..].iter().take_while(|seen| seen.value == value).count();
            if ended > 0 {
                share *= (at_risk - ended) as f64 / at_risk as f64;
                sum += ended as f64 / (at_risk as f64 * (at_risk - ended).max(1) as f64);
                let floor = sorted[at..at + tied].iter().any(|seen| seen.lifted);
                steps.push(Step { at: value, at_risk, ended, floor, share, variance: share * share * sum });
            }
            at += tied;
        }
        let cut_off = sorted.iter().filter(|seen| seen.cut_off).map(|seen| seen.value).collect();
        Survival { steps, cut_off }
    }

    /// The share that exceeds `value`.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let before = self.steps.partition_point(|step| step.at <= value);
        before.checked_sub(1).map_or(1.0, |last| self.steps[last].share)
    }
}
