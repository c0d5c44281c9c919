//! How often is too often: caps on contacts by person, class and stretch of time.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// At most so many contacts in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    /// How many.
    pub at_most: u32,
    /// The stretch \[ns\].
    pub per: u64,
    /// Classes that this cap does not count and does not hold back, by symbol number.
    pub except: Vec<u32>,
}

/// The caps of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caps {
    /// All must allow a contact.
    pub caps: Vec<Cap>,
}

/// What was sent to one person: moment \[ns\] and class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactLog {
    sent: VecDeque<(u64, u32)>,
}

impl ContactLog {
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Remembers a contact.
    pub fn add(&mut self, now: u64, category: u32) {
        self.sent.push_back((now, category));
    }

    /// Contacts that `cap` counts in its stretch before `now`.
    #[must_use]
    pub fn counted(&self, cap: &Cap, now: u64) -> u32 {
        let from = now.saturating_sub(cap.per);
        let counts = |(at, category): &&(u64, u32)| *at >= from && !cap.except.contains(category);
        self.sent.iter().rev().take_while(|(at, _)| *at >= from).filter(counts).count() as u32
    }
}

impl Caps {
    /// The first cap that holds a contact of `category` back, with what it counted; `None` when all allow it.
    ///
    /// Cost: linear in the contacts of the longest stretch; older ones are forgotten.
    pub fn held_back(&self, log: &mut ContactLog, now: u64, category: u32) -> Option<(&Cap, u32)> {
        let longest = self.caps.iter().map(|cap| cap.per).max().unwrap_or(0);
        while log.sent.front().is_some_and(|(at, _)| *at < now.saturating_sub(longest)) {
            log.sent.pop_front();
        }
        self.caps
            .iter()
            .filter(|cap| !cap.except.contains(&category))
            .map(|cap| (cap, log.counted(cap, now)))
            .find(|(cap, counted)| *counted >= cap.at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;

    #[test]
    fn a_cap_holds_back_until_its_stretch_is_over() {
        let caps = Caps { caps: vec![Cap { at_most: 2, per: DAY, except: vec![] }] };
        let mut log = ContactLog::default();
        for hour in [0, 1] {
            assert!(caps.held_back(&mut log, hour, 7).is_none());
            log.add(hour, 7);
        }
        assert_eq!(caps.held_back(&mut log, 2, 7).map(|(_, counted)| counted), Some(2));
        assert!(caps.held_back(&mut log, DAY + 2, 7).is_none());
    }

    #[test]
    fn an_excepted_class_is_neither_counted_nor_held_back() {
        let caps = Caps { caps: vec![Cap { at_most: 1, per: DAY, except: vec![9] }] };
        let mut log = ContactLog::default();
        log.add(0, 9);
        assert!(caps.held_back(&mut log, 1, 7).is_none());
        log.add(1, 7);
        assert!(caps.held_back(&mut log, 2, 7).is_some());
        assert!(caps.held_back(&mut log, 2, 9).is_none());
    }
}
