//! One measure over a future: counted from a moment on, and read at another.

use super::{Cell, Figure, Measures};
use crate::error::RunError;
use crate::plan::{Fold, Plan};
use crate::world::World;
use std::collections::BTreeMap;

impl Measures {
    /// Forgets what was measured before a moment \[ns\].
    ///
    /// A duration that began before counts from there on; a pass through a funnel does not count.
    pub(crate) fn count_from(&mut self, now: u64, plan: &Plan) {
        self.warm_up = now;
        self.cells.iter_mut().flatten().for_each(|cell| *cell = Cell::default());
        let durations = self.begun.iter_mut().zip(&plan.measures).filter(|(_, measure)| measure.fold == Fold::Duration);
        for begun in durations.flat_map(|(begun, _)| BTreeMap::values_mut(begun)) {
            begun.since = begun.since.max(now);
        }
    }
}

impl World<'_> {
    /// A measure's figure for everybody up to now, in its unit; it cannot be measured any more after that.
    pub(crate) fn figure_of(&mut self, measure: usize) -> Result<Figure, RunError> {
        match self.common.plan.measures[measure].fold {
            Fold::Ratio { of, to } => {
                self.close_measure(of)?;
                self.close_measure(to)?;
            }
            Fold::Gap { of, to, values, .. } => {
                for measure in (of..of + values).chain(to..to + values) {
                    self.close_measure(measure)?;
                }
            }
            _ => self.close_measure(measure)?,
        }
        Ok(self.figure(measure, 0))
    }
}
