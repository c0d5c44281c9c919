//! What is observed within a run beyond one figure for each measure: single values, and the course over time.
//!
//! It is kept only where it is asked for, is no part of a run's state, and changes nothing in it.

use super::{Figure, Measures, figures};
use crate::actors::{self, HolderState};
use crate::error::RunError;
use crate::plan::{Fold, MeasurePlan, Plan};
use crate::world::World;
use hdrhistogram::Histogram;

/// Significant digits to which single values are kept.
const DIGITS: u8 = 3;

/// Steps in a measure's unit: single values are kept in millionths.
const STEPS: f64 = 1e6;

/// The largest value that is kept \[millionths\]; what lies beyond counts as this.
const LARGEST: u64 = 1 << 60;

/// Values in millionths of a measure's unit, from the least on, with their counts.
pub type Counts = Vec<(i64, u64)>;

/// What was observed within a run.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Detail {
    /// By measure, for everybody and then for each segment: the single values, to three significant digits; empty where a
    /// measure is no mean of such.
    pub spreads: Vec<Vec<Counts>>,
    /// By measure: its figure in each stretch of time; `None` where nothing was observed, or before the warm-up was over.
    pub course: Vec<Vec<Option<f64>>>,
    /// By measure: what the figure of each stretch weighs in the mean of all: how many values it is the mean of, else 1.
    pub weights: Vec<Vec<f64>>,
}

/// Single values of either sign.
#[derive(Debug)]
struct Recorder {
    below: Histogram<u64>,
    above: Histogram<u64>,
}

impl Recorder {
    fn new() -> Option<Recorder> {
        Some(Recorder { below: Histogram::new(DIGITS).ok()?, above: Histogram::new(DIGITS).ok()? })
    }

    /// Notes a value \[millionths\].
    fn record(&mut self, value: f64) {
        let side = if value < 0.0 { &mut self.below } else { &mut self.above };
        // Histograms grow as they need to; a value within the largest always has a place.
        let _ = side.record((value.abs().round() as u64).min(LARGEST));
    }

    fn counts(&self) -> Counts {
        let found = |side: &Histogram<u64>, sign: i64| {
            let value = move |at: u64| sign * at as i64;
            side.iter_recorded()
                .map(|found| (value(found.value_iterated_to()), found.count_at_value()))
                .collect::<Vec<(i64, u64)>>()
        };
        let mut all = found(&self.below, -1);
        all.reverse();
        all.extend(found(&self.above, 1));
        all
    }
}

/// How far a measure had come at some moment: a sum and what it is divided by, or a value and one.
type Mark = (f64, f64);

/// What is being observed.
#[derive(Debug)]
pub(crate) struct Observing {
    /// By measure: what a value is multiplied by to get millionths of the unit, and everybody's and each segment's values.
    spreads: Vec<Option<(f64, Vec<Recorder>)>>,
    /// By moment and measure.
    marks: Vec<Vec<Mark>>,
    /// The moments \[ns\].
    moments: Vec<u64>,
    /// By measure and stretch: what is booked in an agenda \[s\].
    booked: Vec<Vec<f64>>,
    /// By measure: units of its holder at the last moment.
    capacities: Vec<f64>,
}

impl Observing {
    /// Of a run cut into so many stretches.
    pub(crate) fn new(plan: &Plan, columns: usize, stretches: usize) -> Observing {
        let singles = |measure: &MeasurePlan| {
            let single = matches!(measure.fold, Fold::Mean | Fold::Duration) && !measure.hidden;
            let recorders = || (0..columns).map(|_| Recorder::new()).collect::<Option<Vec<_>>>();
            single.then(recorders).flatten().map(|all| (STEPS / measure.scale, all))
        };
        let ends = 1..=stretches as u64;
        Observing {
            spreads: plan.measures.iter().map(singles).collect(),
            marks: Vec::new(),
            moments: ends.map(|at| (u128::from(plan.length) * u128::from(at) / stretches as u128) as u64).collect(),
            booked: vec![vec![0.0; stretches]; plan.measures.len()],
            capacities: vec![0.0; plan.measures.len()],
        }
    }

    /// The ends of the stretches \[ns\].
    pub(crate) fn moments(&self) -> &[u64] {
        &self.moments
    }

    /// Notes a single value, for everybody and a segment.
    pub(super) fn record(&mut self, measure: usize, column: Option<usize>, value: f64) {
        if let Some((scale, recorders)) = &mut self.spreads[measure] {
            for at in [Some(0), column].into_iter().flatten() {
                recorders[at].record(value * *scale);
            }
        }
    }

    /// Notes that an agenda is booked from one moment to another \[ns\], or given back.
    pub(super) fn book(&mut self, measure: usize, (from, to): (u64, u64), sign: f64) {
        let mut begin = 0;
        for (end, seconds) in self.moments.iter().zip(&mut self.booked[measure]) {
            *seconds += sign * to.min(*end).saturating_sub(from.max(begin)) as f64 / 1e9;
            begin = *end;
        }
    }
}

impl Measures {
    /// Begins to observe.
    pub(crate) fn observe(&mut self, plan: &Plan, stretches: usize) {
        self.observing = Some(Box::new(Observing::new(plan, self.population.len(), stretches)));
    }

    /// What is being observed.
    pub(crate) fn observing(&self) -> Option<&Observing> {
        self.observing.as_deref()
    }

    /// How far a measure that is folded on the way has come, as if it were settled now.
    fn mark(&self, plan: &Plan, measure: usize, now: u64) -> Mark {
        let cell = self.cells[measure][0];
        let passed = |since: u64| now.saturating_sub(since.max(self.warm_up)) as f64 / 1e9;
        match plan.measures[measure].fold {
            Fold::TimeWeighted { .. } => {
                let watch = &self.watches[measure];
                let (sum, count) = watch.everybody();
                let passed = passed(watch.since());
                (cell.sum + passed * sum, cell.count + passed * count)
            }
            Fold::Level => {
                let level = &self.levels[measure];
                (cell.sum + passed(level.since) * level.now[0] as f64, 0.0)
            }
            _ => (cell.sum, cell.count),
        }
    }
}

impl World<'_> {
    /// Notes how far each measure has come.
    pub(crate) fn mark(&mut self) -> Result<(), RunError> {
        let plan = self.common.plan;
        let mut marks = Vec::with_capacity(plan.measures.len());
        for (number, measure) in plan.measures.iter().enumerate() {
            marks.push(match measure.at_end {
                Some((kind, routine)) => {
                    let mut mark = (0.0, 0.0);
                    for index in 0..self.stores[kind as usize].len() {
                        mark.0 += f64::from_bits(self.value(actors::id(kind, index), routine, &[], &[])?);
                        mark.1 += 1.0;
                    }
                    mark
                }
                None => self.common.measures.mark(plan, number, self.common.now),
            });
        }
        let mut capacities = Vec::with_capacity(plan.measures.len());
        for measure in &plan.measures {
            capacities.push(self.capacity_of(measure.holder)?);
        }
        if let Some(observing) = &mut self.common.measures.observing {
            observing.marks.push(marks);
            observing.capacities = capacities;
        }
        Ok(())
    }

    /// What all measures that are shown have come to by the last moment that was marked.
    pub(crate) fn running(&self) -> Vec<Figure> {
        let Some(observing) = self.common.measures.observing.as_deref() else { return Vec::new() };
        let Some(at) = observing.marks.len().checked_sub(1) else { return Vec::new() };
        let shown = (0..self.common.plan.measures.len()).filter(|measure| !self.common.plan.measures[*measure].hidden);
        shown.map(|measure| self.over(observing, measure, None, at)).collect()
    }

    /// What was observed, once the figures are there.
    pub(crate) fn observed(&mut self) -> Option<Detail> {
        let observing = self.common.measures.observing.take()?;
        let shown = || (0..self.common.plan.measures.len()).filter(|measure| !self.common.plan.measures[*measure].hidden);
        let spreads = |measure: usize| {
            let found = observing.spreads[measure].as_ref();
            found.map(|(_, recorders)| recorders.iter().map(Recorder::counts).collect()).unwrap_or_default()
        };
        let stretches = || 0..observing.moments.len();
        let course = |measure| stretches().map(|at| self.stretch(&observing, measure, at)).collect();
        let weights = |measure| stretches().map(|at| self.weighs(&observing, measure, at)).collect();
        Some(Detail {
            spreads: shown().map(spreads).collect(),
            course: shown().map(course).collect(),
            weights: shown().map(weights).collect(),
        })
    }

    /// How many values the figure of a stretch is the mean of; 1 where it is none of such.
    fn weighs(&self, observing: &Observing, measure: usize, at: usize) -> f64 {
        let plan = &self.common.plan.measures[measure];
        let count = |at: usize| observing.marks.get(at).map_or(0.0, |marks| marks[measure].1);
        match plan.fold {
            Fold::Mean | Fold::Share | Fold::Duration if plan.at_end.is_none() => {
                count(at) - at.checked_sub(1).map_or(0.0, count)
            }
            _ => 1.0,
        }
    }

    /// A measure's figure in one stretch, in its unit.
    fn stretch(&self, observing: &Observing, measure: usize, at: usize) -> Figure {
        let begin = at.checked_sub(1).map_or(0, |before| observing.moments[before]);
        let is_whole = begin >= self.common.measures.warm_up || self.common.plan.measures[measure].at_end.is_some();
        is_whole.then(|| self.over(observing, measure, Some(at), at)).flatten()
    }

    /// A measure's figure over the stretches from `first` on, or from the end of the warm-up, to the one that ends at the moment
    /// `at`, in its unit.
    fn over(&self, observing: &Observing, measure: usize, first: Option<usize>, at: usize) -> Figure {
        let plan = &self.common.plan.measures[measure];
        let earlier = first.and_then(|first| first.checked_sub(1));
        let begin = earlier.map_or(0, |before| observing.moments[before]).max(if first.is_none() {
            self.common.measures.warm_up
        } else {
            0
        });
        let now = observing.marks.get(at)?[measure];
        let value = match plan.fold {
            // How it is at this moment, whatever came before.
            _ if plan.at_end.is_some() => (now.1 > 0.0).then(|| now.0 / now.1),
            _ if observing.moments[at] <= begin => None,
            Fold::Peak => (now.1 > 0.0).then_some(now.0),
            // A pass may take longer than a stretch: of all up to now, the share that got there.
            Fold::Reached { .. } => (now.1 > 0.0).then(|| now.0 / now.1),
            Fold::Funnel { .. } => None,
            Fold::Ratio { of, to } => {
                let (of, to) = (self.over(observing, of, first, at), self.over(observing, to, first, at));
                of.zip(to).filter(|(_, to)| *to != 0.0).map(|(of, to)| of / to)
            }
            Fold::Gap { of, to, values, worst } => {
                let figure = |measure| self.over(observing, measure, first, at);
                figures::gap(&figures::plan_scales(self.common.plan, of, to, values), worst, figure)
            }
            fold => {
                let before = earlier.map_or((0.0, 0.0), |before| observing.marks[before][measure]);
                let (sum, count) = (now.0 - before.0, now.1 - before.1);
                let seconds = (observing.moments[at] - begin) as f64 / 1e9;
                let people = self.common.measures.population[0];
                let for_each = |total: f64, per: Option<f64>| match per {
                    Some(per) => (people > 0.0).then(|| total / people * per),
                    None => Some(total),
                };
                match fold {
                    Fold::Count { per } => for_each(count, per),
                    Fold::Sum { per } => for_each(sum, per),
                    Fold::TimeWeighted { total: true } => (seconds > 0.0).then(|| sum / seconds),
                    Fold::Level => {
                        let capacity =
                            self.common.measures.capacities.get(measure).copied().unwrap_or(observing.capacities[measure]);
                        let booked = || observing.booked[measure][first.unwrap_or(0)..=at].iter().sum();
                        let used = if self.is_agenda(plan.holder) { booked() } else { sum };
                        (capacity > 0.0 && seconds > 0.0).then(|| used / (capacity * seconds))
                    }
                    _ => (count > 0.0).then(|| sum / count),
                }
            }
        };
        value.map(|value| value / plan.scale).filter(|value| value.is_finite())
    }

    fn is_agenda(&self, holder: Option<(u16, u16)>) -> bool {
        let Some((kind, number)) = holder else { return false };
        let store = &self.stores[kind as usize];
        matches!(store.holders.all.get(usize::from(number)), Some(HolderState::Agenda(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_to_three_digits_and_with_their_sign() {
        let mut recorder = Recorder::new().unwrap();
        let values = [0.0, 1.0, -1.0, 123_456_789.0, -5_000_000.0, 1e30, 42.0, 42.0];
        values.into_iter().for_each(|value| recorder.record(value));
        let counts = recorder.counts();
        assert!(counts.is_sorted(), "{counts:?}");
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 8);
        let near = |wanted: f64| counts.iter().any(|(found, _)| (*found as f64 - wanted).abs() <= wanted.abs() / 1_000.0);
        assert!([0.0, 1.0, -1.0, 123_456_789.0, -5_000_000.0, LARGEST as f64].into_iter().all(near), "{counts:?}");
        assert!(counts.contains(&(42, 2)));
    }
}
