//! Values that are watched: looked at whenever something happens to who has them, or to what it owns.

use super::Measures;
use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Fold, Plan};
use crate::world::World;
use serde::{Deserialize, Serialize};

/// What a measure that watches a value knows: the values of all who have one, and their sums.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// By index of the actor: its value, and the segment that it counts in.
    values: Vec<Option<(f64, u16)>>,
    /// By column: the sum of the values, and how many there are.
    sums: Vec<(f64, f64)>,
    /// Up to when the sums are counted \[ns\].
    since: u64,
}

impl Watch {
    pub(super) fn new(columns: usize) -> Watch {
        Watch { values: Vec::new(), sums: vec![(0.0, 0.0); columns], since: 0 }
    }

    /// The sum of everybody's values, and how many there are.
    pub(super) fn everybody(&self) -> (f64, f64) {
        self.sums[0]
    }

    /// Up to when the sums are counted \[ns\].
    pub(super) fn since(&self) -> u64 {
        self.since
    }

    /// Whether it may be of a run with so many columns.
    pub(super) fn fits(&self, columns: usize) -> bool {
        self.sums.len() == columns && self.values.iter().flatten().all(|(_, column)| usize::from(*column) < columns)
    }
}

impl Measures {
    /// Whether any measure watches values.
    #[inline]
    pub(crate) fn watches(&self) -> bool {
        !self.at_kind.is_empty()
    }

    /// Counts the sums of a measure up to now.
    fn settle_watch(&mut self, measure: usize, now: u64) {
        let watch = &mut self.watches[measure];
        let passed = now.saturating_sub(watch.since.max(self.warm_up)) as f64 / 1e9;
        for (cell, (sum, count)) in self.cells[measure].iter_mut().zip(&watch.sums) {
            cell.sum += passed * sum;
            cell.count += passed * count;
        }
        watch.since = now;
    }

    /// The largest value so far, if it is this one.
    fn peak(&mut self, measure: usize, value: f64, column: u16) {
        for at in [Some(0), (column > 0).then_some(usize::from(column))].into_iter().flatten() {
            let cell = &mut self.cells[measure][at];
            if cell.count == 0.0 || value > cell.sum {
                (cell.count, cell.sum) = (1.0, value);
            }
        }
    }

    /// An actor's value is now this one, or there is none any more.
    fn watched(&mut self, measure: usize, fold: Fold, index: usize, value: Option<(f64, u16)>, now: u64) {
        let watch = &mut self.watches[measure];
        if watch.values.len() <= index {
            watch.values.resize(index + 1, None);
        }
        let before = std::mem::replace(&mut watch.values[index], value);
        if before == value && fold != Fold::Peak {
            return;
        }
        if fold == Fold::Peak {
            if now >= self.warm_up {
                before.into_iter().chain(value).for_each(|(value, column)| self.peak(measure, value, column));
            }
            return;
        }
        self.settle_watch(measure, now);
        let sums = &mut self.watches[measure].sums;
        for (found, sign) in [(before, -1.0), (value, 1.0)] {
            let Some((value, column)) = found else { continue };
            for at in [Some(0), (column > 0).then_some(usize::from(column))].into_iter().flatten() {
                sums[at].0 += sign * value;
                sums[at].1 += sign;
            }
        }
    }

    /// The story ends: what is there now counts up to here.
    pub(super) fn end_watch(&mut self, plan: &Plan, measure: usize, now: u64) {
        match plan.measures[measure].fold {
            Fold::TimeWeighted { .. } => self.settle_watch(measure, now),
            Fold::Peak => {
                let values: Vec<(f64, u16)> = self.watches[measure].values.iter().flatten().copied().collect();
                values.into_iter().for_each(|(value, column)| self.peak(measure, value, column));
            }
            _ => {}
        }
    }
}

impl World<'_> {
    /// Notes that a value of an actor may have changed, and what its holders and its board say.
    #[inline]
    pub(crate) fn touch(&mut self, actor: ActorId) {
        if self.common.measures.watches() || self.common.observer.is_some() {
            self.note_touch(actor);
        }
    }

    #[inline(never)]
    fn note_touch(&mut self, actor: ActorId) {
        if self.common.measures.watches() && !self.common.measures.at_kind[kind_of(actor) as usize].is_empty() {
            self.touched.push(actor);
        }
        if let Some(observer) = &mut self.common.observer {
            observer.touch(actor, self.common.now);
        }
    }

    /// Looks at all values that may have changed.
    pub(crate) fn watch(&mut self) -> Result<(), RunError> {
        let plan = self.common.plan;
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for actor in touched.drain(..) {
            let kind = kind_of(actor) as usize;
            for at in 0..self.common.measures.at_kind[kind].len() {
                let measure = self.common.measures.at_kind[kind][at];
                let found = &plan.measures[measure];
                let Some((_, routine)) = found.watched else { continue };
                let value = if self.alive(actor) {
                    let value = f64::from_bits(self.value(actor, routine, &[], &[])?);
                    let column = self.column(actor, plan.kinds[kind].person, &[])?;
                    Some((value, column.unwrap_or(0) as u16))
                } else {
                    None
                };
                self.common.measures.watched(measure, found.fold, index_of(actor), value, self.common.now);
            }
        }
        // What was looked at by the way may have touched others; nothing of that is a change.
        touched.clear();
        self.touched = touched;
        Ok(())
    }
}
