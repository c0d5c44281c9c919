//! What came out of an experiment: means by policy, measure and segment, and paired differences.
//!
//! Everything here follows from the samples in a fixed order. How it looks is for [`crate::output`].

use crate::compare::{Difference, Verdict, paired};
use crate::design::{Design, Measure, Pair, Rehearsal};
use crate::sample::Sample;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// The outcome of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Replications of each policy.
    pub replications: u32,
    /// The measures, in the model's order.
    pub measures: Vec<Measure>,
    /// Measures of the company beside those of its customers.
    pub pairs: Vec<Pair>,
    /// The names of the segments, in the model's order.
    pub segments: Vec<String>,
    /// The policies in the design's order; the first is the baseline.
    pub policies: Vec<PolicyResults>,
    /// Policy minus baseline, `[policy after the baseline][measure]`.
    pub differences: Vec<Vec<Difference>>,
    /// Events handled in all runs together.
    pub events: u64,
}

/// What came out under one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyResults {
    /// The policy's name.
    pub name: String,
    /// For everyone, `[measure]`.
    pub overall: Vec<Estimate>,
    /// By segment, `[measure][segment]`.
    pub segments: Vec<Vec<Estimate>>,
    /// The samples these come from, `[replication]`.
    pub replications: Vec<Sample>,
}

/// The segment that a measure serves worst under one policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorstSegment {
    /// Index into [`Results::segments`].
    pub segment: usize,
    /// Its mean, in the measure's unit.
    pub mean: f64,
    /// Its mean minus the mean of everyone.
    pub gap: f64,
}

/// Who gains by a policy, the company or its customers, as far as the intervals allow to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// Both do.
    BothGain,
    /// One does, and the other does not lose.
    OneGains,
    /// The company does, and its customers lose.
    CompanyAtCustomersCost,
    /// The customers do, and the company loses.
    CustomersAtCompanysCost,
    /// Nobody gains, and somebody loses.
    Loss,
    /// Neither side can be said to gain or to lose.
    Undecided,
}

impl Balance {
    /// The words used in results.
    pub fn words(self) -> &'static str {
        match self {
            Balance::BothGain => "both gain",
            Balance::OneGains => "one gains",
            Balance::CompanyAtCustomersCost => "at the customers' cost",
            Balance::CustomersAtCompanysCost => "at the company's cost",
            Balance::Loss => "a loss",
            Balance::Undecided => "undecided",
        }
    }

    fn of(company: Verdict, customer: Verdict) -> Balance {
        use Verdict::{Better, Worse};
        match (company, customer) {
            (Better, Better) => Balance::BothGain,
            (Better, Worse) => Balance::CompanyAtCustomersCost,
            (Worse, Better) => Balance::CustomersAtCompanysCost,
            (Better, _) | (_, Better) => Balance::OneGains,
            (Worse, _) | (_, Worse) => Balance::Loss,
            _ => Balance::Undecided,
        }
    }
}

impl Results {
    /// Who gains by the policy at `place` behind the baseline, as a pair of measures tells.
    pub fn balance(&self, place: usize, pair: &Pair) -> Balance {
        let differences = &self.differences[place];
        Balance::of(differences[pair.company].verdict, differences[pair.customer].verdict)
    }

    /// Reduces samples that lie in the order (replication, place of the policy in the design).
    pub(crate) fn reduce<R: Rehearsal>(model: &R, design: &Design, samples: &[Sample]) -> Results {
        let stride = design.policies.len();
        let policies: Vec<PolicyResults> = (0..stride)
            .map(|place| {
                let name = model.policies()[design.policies[place]].clone();
                let replications = samples.iter().skip(place).step_by(stride).cloned().collect();
                PolicyResults::reduce(name, replications, model.measures().len(), model.segments().len())
            })
            .collect();
        let differences = policies[1..].iter().map(|p| p.against(&policies[0], model.measures())).collect();
        Results {
            scenario: model.name().to_owned(),
            seed: design.seed,
            replications: design.replications,
            measures: model.measures().to_vec(),
            pairs: model.pairs().to_vec(),
            segments: model.segments().to_vec(),
            policies,
            differences,
            events: samples.iter().fold(0, |sum, sample| sum.saturating_add(sample.events)),
        }
    }

    /// The segment with the worst mean of `measure` under the policy at `place` in the design.
    ///
    /// `None` where the measure has no unwanted direction, or fewer than two segments observed it.
    /// Of equally bad segments it is the first.
    pub fn worst_segment(&self, place: usize, measure: usize) -> Option<WorstSegment> {
        let policy = &self.policies[place];
        let everyone = policy.overall[measure].mean?;
        let better = self.measures[measure].better;
        let observed = || policy.segments[measure].iter().enumerate().filter_map(|(i, e)| Some((i, e.mean?)));
        if better == crate::Better::Neither || observed().count() < 2 {
            return None;
        }
        let (segment, mean) = observed().reduce(|a, b| if better.is_worse(b.1, a.1) { b } else { a })?;
        Some(WorstSegment { segment, mean, gap: mean - everyone })
    }
}

impl PolicyResults {
    fn reduce(name: String, replications: Vec<Sample>, measures: usize, segments: usize) -> PolicyResults {
        let estimate = |value: &dyn Fn(&Sample) -> Option<f64>| {
            let values: Vec<f64> = replications.iter().filter_map(value).collect();
            mean_ci(&values, LEVEL)
        };
        let overall = (0..measures).map(|m| estimate(&|sample| sample.overall[m])).collect();
        let by_segment = |m: usize| (0..segments).map(|s| estimate(&|sample: &Sample| sample.segments[m][s])).collect();
        let segments = (0..measures).map(by_segment).collect();
        PolicyResults { name, overall, segments, replications }
    }

    fn against(&self, baseline: &PolicyResults, measures: &[Measure]) -> Vec<Difference> {
        let column = |policy: &PolicyResults, m: usize| -> Vec<Option<f64>> {
            policy.replications.iter().map(|sample| sample.overall[m]).collect()
        };
        let compare = |(m, measure): (usize, &Measure)| paired(&column(self, m), &column(baseline, m), measure.better);
        measures.iter().enumerate().map(compare).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::run::run;
    use crate::synthetic::{design, garage};

    #[test]
    fn the_worst_segment_follows_what_is_wished_for() {
        let results = run(&garage(), &design(10, 2), &Silent).unwrap();
        let worst = |measure| results.worst_segment(0, measure).map(|w| results.segments[w.segment].as_str());
        assert_eq!(worst(0), Some("one_car"), "most days without a car");
        assert_eq!(worst(1), Some("two_cars"), "least satisfied");
        assert_eq!(worst(2), None, "contacts are neither good nor bad");
        assert_eq!(worst(4), None, "only one segment was ever towed");
        let days = results.worst_segment(0, 0).unwrap();
        let everyone = results.policies[0].overall[0].mean.unwrap();
        assert!((days.mean - everyone * 1.08).abs() < 1e-9 && (days.gap - everyone * 0.08).abs() < 1e-9);
    }

    #[test]
    fn a_pair_tells_who_gains() {
        use Verdict::{Better, Undecided, Worse};
        let said = |company, customer| Balance::of(company, customer).words();
        assert_eq!(said(Better, Better), "both gain");
        assert_eq!((said(Better, Undecided), said(Undecided, Better)), ("one gains", "one gains"));
        assert_eq!((said(Better, Worse), said(Worse, Better)), ("at the customers' cost", "at the company's cost"));
        assert_eq!((said(Worse, Undecided), said(Undecided, Worse), said(Worse, Worse)), ("a loss", "a loss", "a loss"));
        assert_eq!(said(Undecided, Undecided), "undecided");
    }

    #[test]
    fn what_was_not_observed_is_not_zero() {
        let results = run(&garage(), &design(10, 1), &Silent).unwrap();
        let tow = &results.policies[0].overall[4];
        assert!(0 < tow.n && tow.n < 10, "{tow:?}");
        assert!(tow.mean.unwrap() > 20.0);
        assert_eq!(results.policies[1].overall[4], Estimate::default());
        assert_eq!(results.differences[0][4].estimate.mean, None);
    }

    #[test]
    fn one_replication_has_means_and_no_intervals() {
        let results = run(&garage(), &design(1, 1), &Silent).unwrap();
        let days = &results.policies[0].overall[0];
        assert!(days.mean.is_some() && days.interval.is_none());
        assert_eq!(results.differences[1][0].verdict, crate::Verdict::Undecided);
    }
}
