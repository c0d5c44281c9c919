//! All of several, in any order.

use super::{AfterMatch, Outcome};

/// Each step happened at least once in the span that ends now; an event may be more than one of them.
///
/// It matches at an event that fits one of the steps. The state holds when each happened last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct All {
    /// How many steps, from 1 to [`super::STEPS_MAX`].
    pub steps: u16,
    /// How far the first and the last may lie apart \[ns\]; just so far is not too far.
    pub within: u64,
    /// What becomes of what happened, when it was part of a match.
    pub after_match: AfterMatch,
}

impl All {
    pub(super) fn words(&self) -> u16 {
        self.steps
    }

    pub(super) fn feed(&self, state: &mut [u64], hits: u32, now: u64, moments: &mut Vec<u64>) -> Outcome {
        let state = &mut state[..usize::from(self.steps)];
        let hit = |step: &usize| hits >> step & 1 == 1;
        for step in (0..state.len()).filter(hit) {
            state[step] = now + 1;
        }
        let recent = |word: &u64| word.checked_sub(1).is_some_and(|at| now - at <= self.within);
        if !(0..state.len()).any(|step| hit(&step)) || !state.iter().all(recent) {
            return Outcome::default();
        }
        moments.extend(state.iter().map(|word| word - 1));
        if self.after_match == AfterMatch::Skip {
            state.fill(0);
        }
        Outcome::matched(true)
    }
}
