//! One step after the other.

use super::{AfterMatch, Outcome};

/// What may lie between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Anything.
    Relaxed,
    /// No event that any step of the pattern looks at.
    Strict,
}

/// Steps in order, the first and the last at most so far apart.
///
/// It matches at an event when there is a series of events that ends there and fits the steps in their order, each event
/// one step, the first no more than `within` ago. For each step but the last the state holds the latest beginning from
/// which it was reached: no earlier one can match where that one does not, so nothing is missed, whatever else came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// How many steps, those that are repeated counted each time; from 1 to [`super::STEPS_MAX`].
    pub steps: u16,
    /// How far the first and the last may lie apart \[ns\]; just so far is not too far.
    pub within: u64,
    /// What may lie between.
    pub next: Next,
    /// What becomes of other beginnings.
    pub after_match: AfterMatch,
}

impl Sequence {
    pub(super) fn words(&self) -> u16 {
        self.steps - 1
    }

    pub(super) fn feed(&self, state: &mut [u64], hits: u32, now: u64, moments: &mut Vec<u64>) -> Outcome {
        let last = usize::from(self.steps) - 1;
        let mut matched = None;
        // From the last step to the first, so that an event is one step of a series and not two.
        for step in (0..=last).rev() {
            let hit = hits >> step & 1 == 1;
            let from = match step {
                0 => now + 1,
                _ => state[step - 1],
            };
            let reached = if hit { from } else { 0 };
            if step == last {
                matched = reached.checked_sub(1).filter(|from| now - from <= self.within);
            } else if self.next == Next::Strict {
                state[step] = reached;
            } else {
                state[step] = state[step].max(reached);
            }
        }
        let Some(from) = matched else { return Outcome::default() };
        if self.after_match == AfterMatch::Skip {
            state[..last].fill(0);
        }
        moments.extend([from, now]);
        Outcome::matched(true)
    }
}
