//! A line of claims that wait until somebody lets them go on.
//!
//! Unlike a [`crate::holder::Resource`] nothing is held: whoever owns the line
//! decides when how many go on, or the line does it by itself as soon as enough
//! are there to go together. Claims are plain numbers chosen by the caller.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    claim: u64,
    rank: i32,
}

/// Claims in the order of their turn: higher priority first, first in first out
/// among equals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How many go on together as soon as they are there; 0 for none.
    batch: u32,
    queue: VecDeque<Waiting>,
}

impl Line {
    /// An empty line; `batch` many go on together as soon as they are there,
    /// none by themselves where it is 0.
    pub fn new(batch: u32) -> Self {
        Self { batch, queue: VecDeque::new() }
    }

    /// Puts a claim in the line behind those of its priority.
    ///
    /// Takes time in proportion to those it goes ahead of.
    pub fn join(&mut self, claim: u64, priority: i32) {
        let behind = self.queue.iter().rev().take_while(|waiting| waiting.rank < priority).count();
        self.queue.insert(self.queue.len() - behind, Waiting { claim, rank: priority });
    }

    /// Takes a claim out of the line; false if it does not wait.
    pub fn withdraw(&mut self, claim: u64) -> bool {
        let place = self.queue.iter().position(|waiting| waiting.claim == claim);
        place.is_some_and(|place| self.queue.remove(place).is_some())
    }

    /// Whether enough are there to go on together.
    pub fn is_full(&self) -> bool {
        self.batch > 0 && self.queue.len() >= self.batch as usize
    }

    /// How many go on together; 0 where they do not.
    pub fn batch(&self) -> u32 {
        self.batch
    }

    /// Lets the first go on.
    pub fn pop(&mut self) -> Option<u64> {
        self.queue.pop_front().map(|waiting| waiting.claim)
    }

    /// The claims in the order of their turn.
    pub fn claims(&self) -> impl Iterator<Item = u64> + '_ {
        self.queue.iter().map(|waiting| waiting.claim)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_goes_first_and_equals_in_their_order() {
        let mut line = Line::new(3);
        for (claim, priority) in [(1, 0), (2, 5), (3, 5), (4, -1)] {
            line.join(claim, priority);
        }
        assert_eq!(line.claims().collect::<Vec<_>>(), [2, 3, 1, 4]);
        assert!(line.withdraw(3) && !line.withdraw(3) && line.is_full());
        assert_eq!((line.pop(), line.len()), (Some(2), 2));
        assert!(!line.is_full());
    }

    #[test]
    fn without_a_batch_a_line_is_never_full() {
        let mut line = Line::new(0);
        (0..100).for_each(|claim| line.join(claim, 0));
        assert!(!line.is_full() && line.len() == 100 && !line.is_empty());
    }
}
