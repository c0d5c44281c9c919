//! One without the other behind it.

use super::{Outcome, Watch};

/// Something happened, and nothing that answers it came before a span was over.
///
/// It is there at the very moment at which the span is over: an answer at that moment comes too late, whichever of the two
/// is looked at first. An event may be both: it answers what was waited for, and is waited upon itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The span \[ns\], more than 0.
    pub within: u64,
    /// Whether the span begins anew where it happens again while it is waited for an answer; otherwise the first counts.
    pub restarts: bool,
}

impl Absence {
    /// The bit of what has to be answered.
    pub const AFTER: u32 = 1;
    /// The bit of an answer.
    pub const OF: u32 = 2;

    pub(super) fn words(&self) -> u16 {
        1
    }

    pub(super) fn feed(&self, state: &mut [u64], hits: u32, now: u64, moments: &mut Vec<u64>) -> Outcome {
        // What is over rings at this moment: by this event, where it comes before the timer.
        let rung = state[0].checked_sub(1).filter(|since| now - since >= self.within);
        if rung.is_some() {
            state[0] = 0;
        }
        moments.extend(rung);
        let waits = state[0] != 0;
        let answered = hits & Absence::OF != 0 && waits;
        let watch = if hits & Absence::AFTER != 0 && (answered || !waits || self.restarts) {
            state[0] = now + 1;
            Watch::Until(now.saturating_add(self.within))
        } else if answered || rung.is_some() {
            state[0] = 0;
            Watch::Over
        } else {
            Watch::Same
        };
        Outcome { matched: rung.is_some(), watch }
    }

    pub(super) fn ring(state: &mut [u64]) -> Option<u64> {
        std::mem::take(&mut state[0]).checked_sub(1)
    }
}
