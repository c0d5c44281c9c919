//! A model for the tests of the report: as many policies, measures and segments as asked for, under any names.

use crate::design::{Better, Breakdown, Design, Funnel, Measure, Pair, Period, Rehearsal, Worth};
use crate::progress::Silent;
use crate::results::Results;
use crate::run::{Conduct, conduct};
use crate::sample::{Detail, Sample};
use crate::spread::Spread;
use crate::synthetic::Draws;

/// A moment of service with levels of each measure by policy, noise that policies share, and some of their own.
pub(in crate::report) struct Moment {
    pub(in crate::report) measures: Vec<Measure>,
    pub(in crate::report) segments: Vec<String>,
    pub(in crate::report) policies: Vec<String>,
    /// `[policy][measure]`.
    levels: Vec<Vec<f64>>,
    pub(in crate::report) pairs: Vec<Pair>,
    pub(in crate::report) funnels: Vec<Funnel>,
    pub(in crate::report) breakdowns: Vec<Breakdown>,
    worth: Option<Worth>,
    /// Whether the last segment pays under every policy behind the first, in the first measure.
    pub(in crate::report) burdened: bool,
    /// Whether the model says what is money.
    pub(in crate::report) money: bool,
    /// Whether the first measure is sometimes not observed.
    pub(in crate::report) seldom: bool,
}

impl Moment {
    /// Three measures, `waiting` (less is better), `satisfaction` (more is) and `cost` (less is), at these levels.
    pub(in crate::report) fn of(levels: &[[f64; 3]]) -> Moment {
        let measure =
            |name: &str, unit: &str, better| Measure { name: name.into(), label: name.into(), unit: unit.into(), better };
        Moment {
            measures: vec![
                measure("waiting", "h", Better::Lower),
                measure("satisfaction", "points", Better::Higher),
                measure("cost", "EUR per driver", Better::Lower),
            ],
            segments: ["family", "retired"].map(String::from).to_vec(),
            policies: ["wait", "ahead", "often"].map(String::from)[..levels.len()].to_vec(),
            levels: levels.iter().map(|row| row.to_vec()).collect(),
            pairs: vec![Pair { label: "heard".into(), company: 2, customer: 0 }],
            funnels: Vec::new(),
            breakdowns: Vec::new(),
            worth: Some(Worth { revenue: vec![1], cost: vec![2], risk: vec![0], unit: "EUR".into() }),
            burdened: false,
            money: false,
            seldom: false,
        }
    }

    /// Policies, measures and segments by number, with everything that a report can show; `name` makes the names.
    pub(in crate::report) fn large(
        policies: usize,
        measures: usize,
        segments: usize,
        name: impl Fn(&str, usize) -> String,
    ) -> Moment {
        let mut draws = Draws::new(8);
        let better = [Better::Lower, Better::Higher, Better::Neither];
        let units = ["h", "%", "EUR per driver", "", "per 1000 cars", "points"];
        let scales = [10.0, 60.0, 0.04, 2_500.0, 1_234_567.0];
        let measure = |at: usize| Measure {
            name: format!("measure_{at}"),
            label: name("measure", at),
            unit: units[at % units.len()].into(),
            better: better[at % 3],
        };
        let level = |at: usize, draws: &mut Draws| scales[at % scales.len()] * (0.75 + 0.5 * draws.uniform());
        Moment {
            measures: (0..measures).map(measure).collect(),
            segments: (0..segments).map(|at| name("segment", at)).collect(),
            policies: (0..policies).map(|at| name("policy", at)).collect(),
            levels: (0..policies).map(|_| (0..measures).map(|at| level(at, &mut draws)).collect()).collect(),
            pairs: (0..measures / 3).map(|at| Pair { label: name("pair", at), company: 3 * at, customer: 3 * at + 1 }).collect(),
            funnels: (measures > 4)
                .then(|| Funnel {
                    label: name("funnel", 0),
                    steps: (0..3).map(|at| name("step", at)).collect(),
                    shares: vec![1, 4],
                })
                .into_iter()
                .collect(),
            breakdowns: (measures > 7)
                .then(|| Breakdown {
                    label: name("breakdown", 0),
                    under: None,
                    values: (0..2).map(|at| name("value", at)).collect(),
                    columns: vec![(name("column", 0), vec![5, 6]), (name("column", 1), vec![7, 3])],
                })
                .into_iter()
                .collect(),
            worth: (measures > 4).then(|| Worth {
                revenue: vec![0],
                cost: vec![1],
                risk: vec![4],
                unit: "EUR per driver".into(),
            }),
            burdened: false,
            money: true,
            seldom: measures > 1,
        }
    }
}

impl Rehearsal for Moment {
    type Error = std::fmt::Error;

    fn name(&self) -> &str {
        "a-moment"
    }
    fn measures(&self) -> &[Measure] {
        &self.measures
    }
    fn segments(&self) -> &[String] {
        &self.segments
    }
    fn pairs(&self) -> &[Pair] {
        &self.pairs
    }
    fn funnels(&self) -> &[Funnel] {
        &self.funnels
    }
    fn breakdowns(&self) -> &[Breakdown] {
        &self.breakdowns
    }
    fn worth(&self) -> Option<&Worth> {
        self.worth.as_ref().filter(|_| self.money)
    }
    fn period(&self) -> Option<Period> {
        Some(Period { begin: "2026-11-02 00:00".into(), seconds: 42 * 86_400, warm_up: 3 * 86_400 })
    }
    fn policies(&self) -> &[String] {
        &self.policies
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Self::Error> {
        let mut luck = Draws::new(seed ^ (replication << 32));
        let mut own = Draws::new(seed ^ (replication << 32) ^ (policy as u64 + 1));
        let mut sample = Sample { overall: vec![], segments: vec![], events: 1_000 + replication };
        for (measure, level) in self.levels[policy].iter().enumerate() {
            let value = level * (1.0 + 0.05 * luck.normal() + 0.01 * own.normal());
            let seen = !(self.seldom && measure == 1 && replication % 3 == 1);
            sample.overall.push(seen.then_some(value));
            let last = self.segments.len().saturating_sub(1);
            let segment = |at: usize| {
                let burden = if self.burdened && policy > 0 && measure == 0 && at == last { 8.0 } else { 0.0 };
                seen.then_some(value * (0.9 + 0.2 * at as f64 / last.max(1) as f64) + burden)
            };
            sample.segments.push((0..self.segments.len()).map(segment).collect());
        }
        Ok(sample)
    }

    fn run_in_detail(
        &self,
        policy: usize,
        seed: u64,
        replication: u64,
        stretches: usize,
    ) -> Result<(Sample, Option<Detail>), Self::Error> {
        let sample = self.run(policy, seed, replication)?;
        let mut draws = Draws::new(seed ^ (replication << 20) ^ (policy as u64 + 77));
        let mut detail = Detail::default();
        for (measure, value) in sample.overall.iter().enumerate() {
            let value = value.unwrap_or(0.0);
            let mut spread = || {
                let draw = |_| ((-libm::log(draws.uniform()) * value * 1e3) as i64 * 1_000, 1);
                Spread::from_counts((0..120).map(draw))
            };
            // Every second measure is a mean of single values.
            let columns = if measure % 2 == 0 { 1 + self.segments.len() } else { 0 };
            detail.spreads.push((0..columns).map(|_| spread()).collect());
            let at = |stretch: usize| {
                let wave = 1.0 + 0.2 * libm::sin(stretch as f64 / 4.0);
                (stretch > 3 && stretch % 11 != 10).then_some(value * wave)
            };
            detail.course.push((0..stretches).map(at).collect());
            detail.weights.push(vec![1.0; stretches]);
        }
        Ok((sample, Some(detail)))
    }
}

/// What comes out of a moment, with detail.
pub(in crate::report) fn results(moment: &Moment, replications: u32) -> Results {
    let design = Design { policies: (0..moment.policies.len()).collect(), replications, seed: 42, jobs: 2 };
    conduct(moment, &design, &Conduct { stretches: Some(42), ..Conduct::default() }, &Silent).unwrap()
}
