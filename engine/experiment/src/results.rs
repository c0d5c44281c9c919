//! What came out of an experiment: means by policy, measure and segment, and paired differences.
//!
//! Everything here follows from the samples in a fixed order. How it looks is for [`crate::output`].

use crate::compare::{Difference, Verdict, holm, paired};
use crate::design::{Breakdown, Design, Funnel, Measure, Pair, Period, Rehearsal, Worth};
use crate::precision::Reached;
use crate::sample::{Detail, Sample};
use crate::spread::Distribution;
use crate::statistics::{Estimate, LEVEL, mean_ci};
use crate::worth::Gain;

/// The outcome of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Replications of each policy.
    pub replications: u32,
    /// Why there are so many and no more.
    pub ending: Ending,
    /// The measures, in the model's order.
    pub measures: Vec<Measure>,
    /// Measures of the company beside those of its customers.
    pub pairs: Vec<Pair>,
    /// Funnels among the measures.
    pub funnels: Vec<Funnel>,
    /// Measures shown side by side, value by value, and apart from the others.
    pub breakdowns: Vec<Breakdown>,
    /// Which measures are money earned, spent or at risk, where the model says so.
    pub worth: Option<Worth>,
    /// The time that a run covers.
    pub period: Option<Period>,
    /// Into how many stretches of time the course of each measure is cut; `None` where no detail was asked for.
    pub stretches: Option<usize>,
    /// The names of the segments, in the model's order.
    pub segments: Vec<String>,
    /// The policies in the design's order; the first is the baseline.
    pub policies: Vec<PolicyResults>,
    /// Policy minus baseline, `[policy after the baseline][measure]`.
    pub differences: Vec<Vec<Difference>>,
    /// What each policy after the baseline is worth against it; empty where the model does not say what is money.
    pub gains: Vec<Gain>,
    /// Events handled in all runs together.
    pub events: u64,
}

/// Why an experiment ended where it did.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// All replications that were asked for are done.
    Done,
    /// It went on until something was known precisely enough, or until it had to end.
    Precise(Vec<Reached>),
    /// It was stopped before.
    Stopped {
        /// How many replications it would have been at least.
        asked: u64,
    },
}

/// What was observed within runs, for one measure under one policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// How single values are spread, for everyone and then for each segment; empty where the measure is no mean of such.
    pub distributions: Vec<Distribution>,
    /// The measure's value in each stretch of time, over the replications that observed something in it.
    pub course: Vec<Estimate>,
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
    /// What was observed within runs, `[measure]`; empty where that was not asked for.
    pub observed: Vec<Observed>,
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
    /// The measures that stand in the comparison of policies, with their places: all that no breakdown shows apart.
    pub fn compared(&self) -> impl Iterator<Item = (usize, &Measure)> {
        let apart =
            |place: usize| self.breakdowns.iter().any(|one| one.columns.iter().any(|(_, figures)| figures.contains(&place)));
        self.measures.iter().enumerate().filter(move |(place, _)| !apart(*place))
    }

    /// The policies under which a breakdown is shown, by their places in the design.
    pub fn broken_down(&self, breakdown: &Breakdown) -> impl Iterator<Item = usize> {
        let meant = |name: &String| breakdown.under.as_ref().is_none_or(|under| under == name);
        (0..self.policies.len()).filter(move |place| meant(&self.policies[*place].name))
    }

    /// Leaves out what was observed within runs, as if no detail had been asked for.
    pub fn forget_detail(&mut self) {
        self.stretches = None;
        self.policies.iter_mut().for_each(|policy| policy.observed.clear());
    }

    /// Who gains by the policy at `place` behind the baseline, as a pair of measures tells.
    pub fn balance(&self, place: usize, pair: &Pair) -> Balance {
        let differences = &self.differences[place];
        Balance::of(differences[pair.company].verdict, differences[pair.customer].verdict)
    }

    /// How the policy at `place` behind the baseline differs from it in one segment, by itself: not adjusted for being one of many.
    pub fn difference_in(&self, place: usize, measure: usize, segment: usize) -> Difference {
        let column = |policy: &PolicyResults| -> Vec<Option<f64>> {
            policy.replications.iter().map(|sample| sample.segments[measure][segment]).collect()
        };
        paired(&column(&self.policies[place + 1]), &column(&self.policies[0]), self.measures[measure].better)
    }

    /// Reduces samples that lie in the order (replication, place of the policy in the design).
    pub(crate) fn reduce<R: Rehearsal>(
        model: &R,
        design: &Design,
        samples: &[Sample],
        details: &[Option<Detail>],
        stretches: Option<usize>,
        ending: Ending,
    ) -> Results {
        let stride = design.policies.len();
        let policies: Vec<PolicyResults> = (0..stride)
            .map(|place| {
                let name = model.policies()[design.policies[place]].clone();
                let replications = samples.iter().skip(place).step_by(stride).cloned().collect();
                let details: Option<Vec<&Detail>> = details.iter().skip(place).step_by(stride).map(Option::as_ref).collect();
                let mut policy = PolicyResults::reduce(name, replications, model.measures().len(), model.segments().len());
                let observe = |measure| Observed::of(details.as_deref().unwrap_or_default(), measure);
                if details.as_ref().is_some_and(|details| !details.is_empty()) {
                    policy.observed = (0..model.measures().len()).map(observe).collect();
                }
                policy
            })
            .collect();
        let mut differences: Vec<Vec<Difference>> =
            policies[1..].iter().map(|p| p.against(&policies[0], model.measures())).collect();
        for measure in 0..model.measures().len() {
            holm(&mut differences.iter_mut().map(|row| &mut row[measure]).collect::<Vec<_>>());
        }
        let worth = model.worth().cloned();
        let gain = |worth: &Worth| policies[1..].iter().map(|policy| Gain::of(worth, policy, &policies[0])).collect();
        Results {
            scenario: model.name().to_owned(),
            seed: design.seed,
            replications: (samples.len() / stride) as u32,
            ending,
            measures: model.measures().to_vec(),
            pairs: model.pairs().to_vec(),
            funnels: model.funnels().to_vec(),
            breakdowns: model.breakdowns().to_vec(),
            gains: worth.as_ref().map(gain).unwrap_or_default(),
            worth,
            period: model.period(),
            stretches: stretches.filter(|_| policies.iter().all(|policy| !policy.observed.is_empty())),
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

impl Observed {
    fn of(details: &[&Detail], measure: usize) -> Observed {
        let columns = details.iter().map(|detail| detail.spreads[measure].len()).min().unwrap_or(0);
        let spread =
            |column| Distribution::of(&details.iter().map(|detail| &detail.spreads[measure][column]).collect::<Vec<_>>());
        let stretches = details.iter().map(|detail| detail.course[measure].len()).min().unwrap_or(0);
        let at = |stretch: usize| {
            mean_ci(&details.iter().filter_map(|detail| detail.course[measure][stretch]).collect::<Vec<f64>>(), LEVEL)
        };
        Observed { distributions: (0..columns).map(spread).collect(), course: (0..stretches).map(at).collect() }
    }
}

impl PolicyResults {
    pub(crate) fn reduce(name: String, replications: Vec<Sample>, measures: usize, segments: usize) -> PolicyResults {
        let estimate = |value: &dyn Fn(&Sample) -> Option<f64>| {
            let values: Vec<f64> = replications.iter().filter_map(value).collect();
            mean_ci(&values, LEVEL)
        };
        let overall = (0..measures).map(|m| estimate(&|sample| sample.overall[m])).collect();
        let by_segment = |m: usize| (0..segments).map(|s| estimate(&|sample: &Sample| sample.segments[m][s])).collect();
        let segments = (0..measures).map(by_segment).collect();
        PolicyResults { name, overall, segments, replications, observed: Vec::new() }
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
