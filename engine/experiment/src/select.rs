//! The best of several policies, with a guaranteed probability and no more replications than it takes.
//!
//! # Source
//!
//! Kim and Nelson (2001), "A fully sequential procedure for indifference-zone selection in simulation", ACM TOMACS 11(3), with
//! c = 1. It holds for values that are about normal, with any correlation between policies, so common random numbers make it
//! faster. What is guaranteed: if the best policy is better than each other by at least the indifference, it is chosen
//! with at least the confidence; if some are nearer, one of those near the best is.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use crate::design::{Better, Design, Rehearsal};
use crate::error::ExperimentError;
use crate::progress::Progress;
use crate::run::{Conduct, Keep, Yield, conduct};
use crate::statistics::{LEVEL, mean_ci};

/// What a selection asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selecting {
    /// The measure that decides, as an index into [`Rehearsal::measures`]; it needs a better side.
    pub measure: usize,
    /// The least difference that matters, in the measure's unit; above 0.
    pub indifference: f64,
    /// How likely the best is to be chosen, above 1 / policies and below 1.
    pub confidence: f64,
    /// The most replications of each policy.
    pub most: u32,
}

/// What became of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// The mean over its replications, in the measure's unit.
    pub mean: f64,
    /// Replications that it took part in.
    pub replications: u32,
    /// Whether it was still in the race in the end.
    pub is_left: bool,
}

/// Which policy is best.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The policies in the design's order.
    pub candidates: Vec<Candidate>,
    /// The place of the best in the design; `None` where the most replications did not suffice, or it was stopped.
    pub best: Option<usize>,
    /// Whether someone stopped it.
    pub was_stopped: bool,
}

/// Finds the best policy. The design's replications are those that variances are estimated from, 10 or more as a rule.
///
/// Cost: survivors run on, policies that are clearly worse do not.
///
/// # Errors
///
/// As [`conduct`]; also a measure without a better side, fewer than two policies or two replications, an indifference
/// or confidence out of range, and a replication in which the measure observed nothing.
pub fn select<R: Rehearsal>(
    model: &R,
    design: &Design,
    asked: &Selecting,
    kept: Option<&dyn Keep>,
    stop: Option<&AtomicBool>,
    progress: &dyn Progress,
) -> Result<Selection, ExperimentError> {
    design.check(model.policies())?;
    check(model, design, asked)?;
    let measure = &model.measures()[asked.measure];
    let sign = if measure.better == Better::Lower { -1.0 } else { 1.0 };
    let memory = Memory { known: Mutex::default(), behind: kept };
    let names = |place: usize| model.policies()[design.policies[place]].clone();
    let mut race: Option<Race> = None;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); design.policies.len()];
    let mut there = design.replications;
    let mut was_stopped = false;
    loop {
        let left: Vec<usize> = race.as_ref().map_or_else(|| (0..values.len()).collect(), |race| race.left.clone());
        let policies = left.iter().map(|place| design.policies[*place]).collect();
        let round = Design { policies, replications: there, ..design.clone() };
        let how = Conduct { kept: Some(&memory), stop, ..Conduct::default() };
        let results = conduct(model, &round, &how, progress)?;
        for (place, policy) in left.iter().zip(&results.policies) {
            for (replication, sample) in policy.replications.iter().enumerate().skip(values[*place].len()) {
                let unobserved =
                    || ExperimentError::Unobserved { measure: measure.name.clone(), policy: policy.name.clone(), replication };
                values[*place].push(sign * sample.overall[asked.measure].ok_or_else(unobserved)?);
            }
        }
        if results.replications < there {
            was_stopped = true;
            break;
        }
        let race = race.get_or_insert_with(|| Race::begin(&values, asked));
        race.run(&values, there as usize);
        if race.left.len() == 1 || there >= asked.most {
            break;
        }
        there = asked.most.min(there + (there / 4).max(2));
    }
    let race = race.unwrap_or_else(|| Race { left: (0..values.len()).collect(), ..Race::default() });
    let out = |place: usize| race.out.get(&place).copied().unwrap_or(values[place].len());
    let candidate = |place: usize| Candidate {
        name: names(place),
        mean: sign * mean_ci(&values[place], LEVEL).mean.unwrap_or(0.0) + 0.0,
        replications: values[place].len() as u32,
        is_left: out(place) == values[place].len() && race.left.contains(&place),
    };
    let best = (race.left.len() == 1 && !was_stopped).then(|| race.left[0]);
    Ok(Selection { candidates: (0..values.len()).map(candidate).collect(), best, was_stopped })
}

fn check<R: Rehearsal>(model: &R, design: &Design, asked: &Selecting) -> Result<(), ExperimentError> {
    let refused = |why: String| Err(ExperimentError::Selection { why });
    let name = &model.measures()[asked.measure].name;
    let count = design.policies.len();
    if model.measures()[asked.measure].better == Better::Neither {
        return refused(format!("measure `{name}` has no better side: give it better: lower or better: higher"));
    }
    if count < 2 {
        return refused("one policy alone is always the best: choose at least 2".into());
    }
    if design.replications < 3 {
        return refused(format!("{} first replications are too few to know how values vary: 3 or more", design.replications));
    }
    if !(asked.indifference.is_finite() && asked.indifference > 0.0) {
        return refused(format!("the indifference is {}: it is the least difference that matters, above 0", asked.indifference));
    }
    if !(asked.confidence > 1.0 / count as f64 && asked.confidence < 1.0) {
        return refused(format!(
            "the confidence is {}: above {:.3}, what guessing gives, and below 1",
            asked.confidence,
            1.0 / count as f64
        ));
    }
    Ok(())
}

/// Finished runs in memory, in front of a file of them where there is one.
struct Memory<'k> {
    known: Mutex<BTreeMap<(usize, u64), Yield>>,
    behind: Option<&'k dyn Keep>,
}

impl Keep for Memory<'_> {
    fn find(&self, policy: usize, replication: u64) -> Option<Yield> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(policy, replication)).cloned();
        known.or_else(|| self.behind?.find(policy, replication))
    }

    fn keep(&self, policy: usize, replication: u64, found: &Yield) -> std::io::Result<()> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert((policy, replication), found.clone());
        self.behind.map_or(Ok(()), |behind| behind.keep(policy, replication, found))
    }
}

/// The race between policies whose values are the higher the better.
#[derive(Debug, Default)]
struct Race {
    left: Vec<usize>,
    /// After how many replications a policy was out.
    out: BTreeMap<usize, usize>,
    /// How many replications were looked at.
    seen: usize,
    /// h^2 of the procedure times the variance of the difference, by pair of places.
    reach: BTreeMap<(usize, usize), f64>,
    indifference: f64,
}

impl Race {
    /// From the first replications, by place.
    fn begin(values: &[Vec<f64>], asked: &Selecting) -> Race {
        let (first, count) = (values[0].len(), values.len());
        let alpha = 1.0 - asked.confidence;
        let base = 2.0 * alpha / (count - 1) as f64;
        let eta = 0.5 * (libm::pow(base, -2.0 / (first - 1) as f64) - 1.0);
        let h_squared = 2.0 * eta * (first - 1) as f64;
        let mut reach = BTreeMap::new();
        for i in 0..count {
            for l in 0..count {
                let differences: Vec<f64> = values[i].iter().zip(&values[l]).map(|(a, b)| a - b).collect();
                let deviation = mean_ci(&differences, LEVEL).deviation.unwrap_or(0.0);
                reach.insert((i, l), h_squared * deviation * deviation);
            }
        }
        Race { left: (0..count).collect(), out: BTreeMap::new(), seen: first - 1, reach, indifference: asked.indifference }
    }

    /// Looks at each further replication up to `until`, until one policy is left.
    fn run(&mut self, values: &[Vec<f64>], until: usize) {
        while self.seen < until && self.left.len() > 1 {
            self.seen += 1;
            let r = self.seen;
            let sum = |place: usize| values[place][..r].iter().sum::<f64>();
            let sums: BTreeMap<usize, f64> = self.left.iter().map(|place| (*place, sum(*place))).collect();
            // The largest number of replications that any pair may need: then the best mean is taken.
            let longest = self.left.iter().flat_map(|i| self.left.iter().map(move |l| (*i, *l))).map(|pair| self.reach[&pair]);
            let longest = longest.fold(0.0, f64::max) / (self.indifference * self.indifference);
            if r as f64 > longest.floor() {
                let best = self.left.iter().copied().reduce(|a, b| if sums[&b] > sums[&a] { b } else { a });
                self.leave(&best.into_iter().collect::<Vec<_>>());
                return;
            }
            // W of the procedure, times r.
            let slack = |pair: (usize, usize)| {
                let delta = self.indifference;
                (delta / 2.0 * (self.reach[&pair] / (delta * delta) - r as f64)).max(0.0)
            };
            let stays = |i: usize| self.left.iter().all(|l| *l == i || sums[&i] >= sums[l] - slack((i, *l)));
            let stay: Vec<usize> = self.left.iter().copied().filter(|i| stays(*i)).collect();
            self.leave(&stay);
        }
    }

    fn leave(&mut self, stay: &[usize]) {
        for place in self.left.iter().filter(|place| !stay.contains(place)) {
            self.out.insert(*place, self.seen);
        }
        self.left = stay.to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Measure;
    use crate::progress::Silent;
    use crate::sample::Sample;
    use crate::synthetic::Draws;

    /// Policies with these means; `shared` is the deviation of the luck that all meet alike, and each has its own of 1.
    struct Field {
        means: Vec<f64>,
        shared: f64,
        measures: Vec<Measure>,
        policies: Vec<String>,
    }

    fn field(means: &[f64], shared: f64) -> Field {
        let measure = Measure { name: "gain".into(), label: "gain".into(), unit: String::new(), better: Better::Higher };
        let policies = (0..means.len()).map(|at| format!("p{at}")).collect();
        Field { means: means.to_vec(), shared, measures: vec![measure], policies }
    }

    impl Rehearsal for Field {
        type Error = std::fmt::Error;
        fn name(&self) -> &str {
            "field"
        }
        fn measures(&self) -> &[Measure] {
            &self.measures
        }
        fn segments(&self) -> &[String] {
            &[]
        }
        fn policies(&self) -> &[String] {
            &self.policies
        }
        fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Self::Error> {
            let key = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (replication << 20);
            let luck = self.shared * Draws::new(key ^ 0xABCD).normal();
            let own = Draws::new(key ^ ((policy as u64 + 1) << 44)).normal();
            Ok(Sample { overall: vec![Some(self.means[policy] + luck + own)], segments: vec![vec![]], events: 1 })
        }
    }

    fn asked(confidence: f64) -> Selecting {
        Selecting { measure: 0, indifference: 0.5, confidence, most: 100_000 }
    }

    fn chosen(field: &Field, seed: u64, asked: &Selecting) -> (Option<usize>, u32) {
        let design = Design { policies: (0..field.means.len()).collect(), replications: 10, seed, jobs: 1 };
        let found = select(field, &design, asked, None, None, &Silent).unwrap();
        (found.best, found.candidates.iter().map(|candidate| candidate.replications).sum())
    }

    #[test]
    fn the_best_is_chosen_as_often_as_promised() {
        // The least favourable case: all others are worse by just the indifference. 500 selections: the share has a
        // standard error of at most 1 % at 95 %, so 0.92 is 3 of them below.
        let field = field(&[0.0, 0.5, 0.0, 0.0], 0.0);
        let right = (0..500).filter(|seed| chosen(&field, *seed, &asked(0.95)).0 == Some(1)).count();
        assert!(right >= 460, "{right} of 500");
        let right = (0..500).filter(|seed| chosen(&field, *seed, &asked(0.60)).0 == Some(1)).count();
        assert!(right >= 267, "{right} of 500, at least 60 % less 3 standard errors of 2.2 %");
    }

    #[test]
    fn shared_luck_makes_no_difference_and_clear_losers_leave_early() {
        // What all meet alike cancels in every difference: the same choice with the same replications.
        let (apart, together) = (field(&[0.0, 0.5, 0.0], 0.0), field(&[0.0, 0.5, 0.0], 50.0));
        assert_eq!(chosen(&apart, 3, &asked(0.95)), chosen(&together, 3, &asked(0.95)));
        let clear = field(&[0.0, 0.5, -40.0, -40.0], 0.0);
        let design = Design { policies: vec![0, 1, 2, 3], replications: 10, seed: 8, jobs: 2 };
        let found = select(&clear, &design, &asked(0.95), None, None, &Silent).unwrap();
        let runs: Vec<u32> = found.candidates.iter().map(|candidate| candidate.replications).collect();
        assert_eq!((found.best, runs[2], runs[3]), (Some(1), 10, 10));
        assert!(runs[0] > 20 && runs[1] > 20, "{runs:?}");
        let left: Vec<bool> = found.candidates.iter().map(|candidate| candidate.is_left).collect();
        assert_eq!(left, [false, true, false, false]);
    }

    #[test]
    fn it_is_the_same_at_any_number_of_threads_and_ends_where_it_must() {
        let close = field(&[0.0, 0.01], 0.0);
        let design = |jobs| Design { policies: vec![0, 1], replications: 10, seed: 8, jobs };
        let of = |jobs| select(&close, &design(jobs), &asked(0.95), None, None, &Silent).unwrap();
        assert_eq!(of(1), of(3));
        let short = Selecting { indifference: 0.01, most: 40, ..asked(0.95) };
        let open = select(&close, &design(1), &short, None, None, &Silent).unwrap();
        assert_eq!((open.best, open.candidates[0].replications, open.candidates[1].is_left), (None, 40, true));
    }

    #[test]
    fn what_cannot_be_selected_says_why() {
        let model = field(&[0.0, 1.0], 0.0);
        let design = Design { policies: vec![0, 1], replications: 10, seed: 1, jobs: 1 };
        let why =
            |design: &Design, asked: &Selecting| select(&model, design, asked, None, None, &Silent).unwrap_err().to_string();
        assert!(why(&Design { policies: vec![1], ..design.clone() }, &asked(0.95)).contains("at least 2"));
        assert!(why(&design, &asked(0.5)).contains("what guessing gives"));
        assert!(why(&design, &Selecting { indifference: 0.0, ..asked(0.9) }).contains("above 0"));
        assert!(why(&Design { replications: 2, ..design.clone() }, &asked(0.9)).contains("3 or more"));
    }
}
