//! Funnels: how many of those who begin get to which step.

use super::Begun;
use crate::actors::ActorId;
use crate::plan::Fold;
use crate::world::World;

impl World<'_> {
    /// Somebody takes a step of a funnel. A first step begins a new pass; any other counts only behind the one before it.
    pub(super) fn passes_through(&mut self, who: ActorId, funnel: usize, step: u16, within: Option<f64>, column: Option<usize>) {
        let (plan, now, from) = (self.common.plan, self.common.now, self.common.measures.warm_up);
        let steps = plan.measures.iter().enumerate().filter_map(|(measure, found)| match found.fold {
            Fold::Reached { funnel: of, step } if of == funnel => Some((measure, step)),
            _ => None,
        });
        let counts = |since: u64| since >= from;
        if step == 0 {
            self.common.measures.begun[funnel].insert(who, Begun { since: now, column, step });
            if counts(now) {
                steps.for_each(|(measure, _)| self.common.measures.add(measure, column, 0.0));
            }
            return;
        }
        let Some(begun) = self.common.measures.begun[funnel].get_mut(&who) else { return };
        let in_time = within.is_none_or(|within| (now - begun.since) as f64 / 1e9 <= within);
        if begun.step + 1 != step || !in_time {
            return;
        }
        begun.step = step;
        let Begun { since, column, .. } = *begun;
        if counts(since) {
            for (measure, _) in steps.filter(|(_, own)| *own == step) {
                for at in [Some(0), column].into_iter().flatten() {
                    self.common.measures.cells[measure][at].sum += 1.0;
                }
            }
        }
    }
}
