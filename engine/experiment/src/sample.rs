//! What one run yields: a value for each measure, for everyone and for each segment.

use crate::design::Measure;
use crate::error::ExperimentError;
use crate::spread::Spread;

/// One run's values. `None` means that nothing was observed, which is not the same as 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// For everyone, `[measure]`, in the measures' units.
    pub overall: Vec<Option<f64>>,
    /// By segment, `[measure][segment]`, in the measures' units.
    pub segments: Vec<Vec<Option<f64>>>,
    /// How many events the run handled.
    pub events: u64,
}

/// What a run observed beyond one value for each measure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detail {
    /// The single values of measures that are means of such, `[measure][everyone, then segments]`; empty for other measures.
    pub spreads: Vec<Vec<Spread>>,
    /// The measure's value in each stretch of time, in its unit, `[measure][stretch]`; `None` where nothing was observed.
    pub course: Vec<Vec<Option<f64>>>,
    /// What the value of each stretch weighs in the mean of all, `[measure][stretch]`: of how many single values it is the
    /// mean, or 1.
    pub weights: Vec<Vec<f64>>,
}

/// Where a sample comes from, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) policy: &'a str,
    pub(crate) replication: u64,
}

impl Detail {
    /// Checks the shape against what the model declares.
    pub(crate) fn check(&self, measures: usize, stretches: usize, from: Origin<'_>) -> Result<(), ExperimentError> {
        let fits = self.spreads.len() == measures
            && self.course.len() == measures
            && self.course.iter().all(|course| course.len() == stretches)
            && self.weights.len() == measures
            && self.weights.iter().all(|weights| weights.len() == stretches)
            && self.weights.iter().flatten().all(|weight| weight.is_finite() && *weight >= 0.0)
            && self.course.iter().flatten().flatten().all(|value| value.is_finite());
        let shape = || ExperimentError::Shape {
            policy: from.policy.to_owned(),
            replication: from.replication,
            found: format!("detail of {} measures", self.course.len()),
            declared: format!("{measures} with {stretches} stretches of time"),
        };
        fits.then_some(()).ok_or_else(shape)
    }
}

impl Sample {
    /// Checks the shape against what the model declares, and that every value is finite.
    pub(crate) fn check(&self, measures: &[Measure], segments: usize, from: Origin<'_>) -> Result<(), ExperimentError> {
        let shape = |found: String, declared: String| ExperimentError::Shape {
            policy: from.policy.to_owned(),
            replication: from.replication,
            found,
            declared,
        };
        for count in [self.overall.len(), self.segments.len()] {
            if count != measures.len() {
                return Err(shape(format!("{count} measures"), measures.len().to_string()));
            }
        }
        for (measure, row) in measures.iter().zip(&self.segments) {
            if row.len() != segments {
                let found = format!("{} segments of `{}`", row.len(), measure.name);
                return Err(shape(found, segments.to_string()));
            }
        }
        self.check_finite(measures, from)
    }

    fn check_finite(&self, measures: &[Measure], from: Origin<'_>) -> Result<(), ExperimentError> {
        for (index, measure) in measures.iter().enumerate() {
            let mut values = self.segments[index].iter().chain([&self.overall[index]]).flatten();
            if let Some(&value) = values.find(|value| !value.is_finite()) {
                return Err(ExperimentError::NotFinite {
                    policy: from.policy.to_owned(),
                    replication: from.replication,
                    measure: measure.name.clone(),
                    value,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Better;

    const FROM: Origin<'_> = Origin { policy: "act_first", replication: 3 };

    fn wait() -> Vec<Measure> {
        vec![Measure { name: "wait".into(), label: "Wait".into(), unit: "h".into(), better: Better::Lower }]
    }

    fn said(sample: &Sample) -> String {
        sample.check(&wait(), 2, FROM).map_or_else(|e| e.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn shape_and_finiteness_are_checked() {
        let fine = Sample { overall: vec![Some(1.0)], segments: vec![vec![Some(1.0), None]], events: 1 };
        assert_eq!(said(&fine), "fine");
        let short = Sample { overall: vec![], ..fine.clone() };
        assert!(said(&short).contains("gave 0 measures, the model declares 1"));
        let narrow = Sample { segments: vec![vec![None]], ..fine.clone() };
        assert!(said(&narrow).contains("1 segments of `wait`, the model declares 2"));
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let overall = Sample { overall: vec![Some(value)], ..fine.clone() };
            assert!(said(&overall).starts_with("policy `act_first`, replication 3: measure `wait` is"));
            let inside = Sample { segments: vec![vec![None, Some(value)]], ..fine.clone() };
            assert!(said(&inside).contains("allowed are finite numbers"));
        }
    }
}
