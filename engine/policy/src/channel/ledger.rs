//! The trials of channels: which are open, what was heard of them, and what those that are over came to.

use super::{Learning, Tally};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// What a person did that tells of a contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reaction {
    /// How much of a success it is, from 0 to 1.
    pub success: f64,
    /// How many failures it counts as besides, from 0 up.
    pub harm: f64,
}

/// A contact whose time is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Trial {
    /// When it counts \[ns\].
    due: u64,
    person: u32,
    segment: u64,
    channel: u32,
    success: f64,
    harm: f64,
}

/// What came of contacts, by segment and by person; channels and segments by symbol number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    segments: BTreeMap<(u64, u32), Tally>,
    persons: BTreeMap<(u32, u32), Tally>,
    /// The open trials in order of time, and the number of the first.
    open: VecDeque<Trial>,
    first: u64,
    /// Numbers of the open trials of each person, the last last.
    of_person: BTreeMap<u32, Vec<u64>>,
    /// How often a channel was chosen for each person.
    choices: BTreeMap<u32, u32>,
}

impl Ledger {
    /// Begins a trial: a contact was sent.
    pub fn sent(&mut self, learning: &Learning, now: u64, person: u32, segment: u64, channel: u32) {
        let due = now.saturating_add(learning.within);
        self.of_person.entry(person).or_default().push(self.first + self.open.len() as u64);
        self.open.push_back(Trial { due, person, segment, channel, success: 0.0, harm: 0.0 });
    }

    /// A person reacted to the last open contact, or to the last on `channel`; whether there was one.
    pub fn reacted(&mut self, person: u32, channel: Option<u32>, reaction: Reaction) -> bool {
        let Some(numbers) = self.of_person.get(&person) else { return false };
        for number in numbers.iter().rev() {
            let trial = &mut self.open[(number - self.first) as usize];
            if channel.is_none_or(|channel| trial.channel == channel) {
                trial.success = trial.success.max(reaction.success);
                trial.harm += reaction.harm;
                return true;
            }
        }
        false
    }

    /// Counts the trials whose time is over at `now`. Cost: constant for each.
    pub fn settle(&mut self, now: u64) {
        while let Some(trial) = self.open.pop_front_if(|trial| trial.due <= now) {
            let came = Tally { successes: trial.success, failures: 1.0 - trial.success + trial.harm };
            self.segments.entry((trial.segment, trial.channel)).or_default().add(came);
            self.persons.entry((trial.person, trial.channel)).or_default().add(came);
            if let Some(numbers) = self.of_person.get_mut(&trial.person) {
                // The first of all is the first of its person.
                numbers.remove(0);
                if numbers.is_empty() {
                    self.of_person.remove(&trial.person);
                }
            }
            self.first += 1;
        }
    }

    /// What is believed of a channel for a person of a segment, of the trials that were counted.
    #[must_use]
    pub fn belief(&self, learning: &Learning, person: u32, segment: u64, channel: u32) -> Tally {
        let own = self.persons.get(&(person, channel)).copied().unwrap_or_default();
        let all = self.segments.get(&(segment, channel)).copied().unwrap_or_default();
        learning.belief(all.without(own), own)
    }

    /// How often a channel was chosen for a person before; counts this time.
    pub fn choice(&mut self, person: u32) -> u32 {
        let count = self.choices.entry(person).or_default();
        *count = count.wrapping_add(1);
        count.wrapping_sub(1)
    }

    /// Whether what was read of a ledger fits together.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut listed = 0;
        let known = self.of_person.iter().all(|(person, numbers)| {
            listed += numbers.len();
            let open = |number: &u64| number.checked_sub(self.first).and_then(|at| self.open.get(at as usize));
            numbers.is_sorted_by(|a, b| a < b)
                && numbers.iter().all(|number| open(number).is_some_and(|trial| trial.person == *person))
        });
        known && listed == self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEARNING: Learning = Learning { prior: Tally { successes: 1.0, failures: 1.0 }, strength: 1e9, within: 10 };

    fn read(success: f64) -> Reaction {
        Reaction { success, harm: 0.0 }
    }

    #[test]
    fn a_contact_counts_when_its_time_is_over_by_the_best_that_was_heard() {
        let mut ledger = Ledger::default();
        ledger.sent(&LEARNING, 0, 1, 7, 3);
        assert!(ledger.reacted(1, None, read(0.5)));
        assert!(ledger.reacted(1, Some(3), read(0.25)));
        ledger.settle(9);
        assert_eq!(ledger.belief(&LEARNING, 1, 7, 3), LEARNING.prior);
        ledger.settle(10);
        assert_eq!(ledger.belief(&LEARNING, 1, 7, 3), Tally { successes: 1.5, failures: 1.5 });
        // Others of the segment learn from it, other segments do not.
        assert_eq!(ledger.belief(&LEARNING, 2, 7, 3), Tally { successes: 1.5, failures: 1.5 });
        assert_eq!(ledger.belief(&LEARNING, 2, 8, 3), LEARNING.prior);
        assert!(!ledger.reacted(1, None, read(1.0)), "what comes too late is not heard");
    }

    #[test]
    fn a_reaction_belongs_to_the_last_contact_on_its_channel() {
        let mut ledger = Ledger::default();
        ledger.sent(&LEARNING, 0, 1, 7, 3);
        ledger.sent(&LEARNING, 1, 1, 7, 4);
        assert!(ledger.reacted(1, Some(3), read(1.0)));
        assert!(ledger.reacted(1, None, Reaction { success: 0.0, harm: 4.0 }));
        assert!(!ledger.reacted(1, Some(5), read(1.0)));
        ledger.settle(100);
        assert_eq!(ledger.belief(&LEARNING, 1, 7, 3), Tally { successes: 2.0, failures: 1.0 });
        assert_eq!(ledger.belief(&LEARNING, 1, 7, 4), Tally { successes: 1.0, failures: 6.0 });
    }

    proptest! {
        /// Each contact comes to one trial and its harm, whatever happens in between, and the ledger stays sound.
        #[test]
        fn no_trial_is_lost(
            steps in prop::collection::vec((0_u64..8, 0_u32..3, 0_u32..2, 0_u8..3), 1..80),
        ) {
            let (mut ledger, mut now, mut sent, mut harm) = (Ledger::default(), 0, 0.0, 0.0);
            for (later, person, channel, what) in steps {
                now += later;
                ledger.settle(now);
                match what {
                    0 => { ledger.sent(&LEARNING, now, person, 0, channel); sent += 1.0; }
                    1 => { ledger.reacted(person, Some(channel), read(1.0)); }
                    _ => if ledger.reacted(person, None, Reaction { success: 0.0, harm: 2.0 }) { harm += 2.0; },
                }
                prop_assert!(ledger.is_sound());
            }
            ledger.settle(u64::MAX);
            let all: f64 = ledger.segments.values().map(|tally| tally.weight()).sum();
            prop_assert_eq!(all, sent + harm);
            prop_assert!(ledger.is_sound() && ledger.open.is_empty() && ledger.of_person.is_empty());
        }
    }
}
