//! How often each part of a policy was used, counted while it runs.
//!
//! It is kept only where it is asked for and changes nothing of what happens. Who reads it knows the plan: rules, states
//! and timers are counted by their numbers there.

use crate::plan::Plan;

/// How often a rule was looked at, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// Its condition was evaluated.
    pub evaluated: u64,
    /// Its condition could not be told.
    pub unknown: u64,
    /// It fired.
    pub fired: u64,
}

/// What was counted of the minds of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindTally {
    /// By number of the rule.
    pub rules: Vec<RuleTally>,
    /// By region and state: how often it was entered.
    pub states: Vec<Vec<u64>>,
    /// By number of the timer: how often it rang.
    pub timers: Vec<u64>,
    /// By number of the mark: how often that branch was taken.
    pub marks: Vec<u64>,
}

/// What was counted of all policies of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By kind; empty for those that are no minds.
    pub kinds: Vec<KindTally>,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Tally {
        let of = |kind: &crate::plan::Kind| {
            if !kind.policy {
                return KindTally::default();
            }
            KindTally {
                rules: vec![RuleTally::default(); kind.rules.len()],
                states: kind.regions.iter().map(|region| vec![0; region.states.len()]).collect(),
                timers: vec![0; kind.timers.len()],
                marks: vec![0; kind.marks.len()],
            }
        };
        Tally { kinds: plan.kinds.iter().map(of).collect() }
    }

    /// Adds what another run of the same plan counted.
    pub fn add(&mut self, other: &Tally) {
        for (own, other) in self.kinds.iter_mut().zip(&other.kinds) {
            for (own, other) in own.rules.iter_mut().zip(&other.rules) {
                own.evaluated += other.evaluated;
                own.unknown += other.unknown;
                own.fired += other.fired;
            }
            let states = own.states.iter_mut().flatten().zip(other.states.iter().flatten());
            let timers = own.timers.iter_mut().zip(&other.timers);
            for (own, other) in states.chain(timers).chain(own.marks.iter_mut().zip(&other.marks)) {
                *own += other;
            }
        }
    }

    /// Conditions that were evaluated, of all rules.
    #[must_use]
    pub fn evaluated(&self) -> u64 {
        self.kinds.iter().flat_map(|kind| &kind.rules).map(|rule| rule.evaluated).sum()
    }

    pub(crate) fn rule(&mut self, kind: u16, rule: u16) -> &mut RuleTally {
        &mut self.kinds[kind as usize].rules[rule as usize]
    }

    pub(crate) fn enters(&mut self, kind: u16, region: u16, state: u16) {
        let states = self.kinds[kind as usize].states.get_mut(region as usize);
        if let Some(count) = states.and_then(|states| states.get_mut(state as usize)) {
            *count += 1;
        }
    }

    /// Takes in what the rows of a kind have counted.
    pub(crate) fn marked(&mut self, kind: usize, mark: usize, times: u64) {
        self.kinds[kind].marks[mark] += times;
    }

    pub(crate) fn rings(&mut self, kind: u16, timer: u16) {
        self.kinds[kind as usize].timers[timer as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_add_up() {
        let one = KindTally {
            rules: vec![RuleTally { evaluated: 3, unknown: 1, fired: 2 }],
            states: vec![vec![1, 0]],
            timers: vec![4],
            marks: vec![1],
        };
        let mut sum = Tally { kinds: vec![KindTally::default(), one.clone()] };
        sum.add(&Tally { kinds: vec![KindTally::default(), one] });
        assert_eq!(sum.kinds[1].rules[0], RuleTally { evaluated: 6, unknown: 2, fired: 4 });
        assert_eq!((&sum.kinds[1].states[0][..], sum.kinds[1].timers[0]), (&[2, 0][..], 8));
        assert_eq!((sum.evaluated(), sum.kinds[1].marks[0]), (6, 2));
    }
}
