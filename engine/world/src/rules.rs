//! Minds of policies: what they remember. Which rule fires is in `decide.rs`.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::world::World;
use rehearsal_language::vm::Words;

impl World<'_> {
    /// Feeds an event to the features that want it.
    pub(crate) fn remember(&mut self, mind: ActorId, message: u16, words: &Words) -> Result<(), RunError> {
        let plan = self.plan;
        let kind = &plan.kinds[kind_of(mind) as usize];
        for remembered in &kind.remembers {
            let fed = remembered.message == message;
            if !fed && !remembered.feature.fades() {
                continue;
            }
            let value = match remembered.value {
                Some(routine) if fed => {
                    let word = self.value(mind, routine, &[], words)?;
                    if matches!(remembered.feature, rehearsal_policy::feature::Feature::Streak) {
                        word as f64
                    } else {
                        f64::from_bits(word)
                    }
                }
                _ => 1.0,
            };
            let store = &mut self.stores[kind_of(mind) as usize];
            let row = store.row_mut(index_of(mind));
            let first = remembered.state as usize;
            let state = &mut row[first..first + remembered.feature.words() as usize];
            if fed {
                remembered.feature.feed(state, value, self.now);
            }
            let value = remembered.feature.value(state, self.now);
            row[remembered.slot as usize] = value;
        }
        Ok(())
    }
}
