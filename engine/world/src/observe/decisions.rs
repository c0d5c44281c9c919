//! The record of decisions: what a mind saw, which rule fired, and why the others did not.

use crate::actors::{ActorId, kind_of};
use crate::decide::{Losers, Lost};
use crate::error::RunError;
use crate::plan::{Rule, Timer};
use crate::world::World;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::Words;
use rehearsal_policy::mode::Mode;
use rehearsal_trace::{self as trace, What};
use std::cell::Cell;

impl World<'_> {
    pub(crate) fn observe_decision(
        &mut self,
        (mind, number): (ActorId, u64),
        rule: &Rule,
        state: &str,
        message: u16,
        words: &Words,
        lost: &Losers<'_>,
    ) -> Result<(), RunError> {
        let mut read = Vec::new();
        for (text, ty, routine) in &rule.reads {
            let mut value = vec![NONE; ty.width() as usize];
            self.values(mind, *routine, &[], words, &mut value)?;
            read.push((text.clone(), self.show(ty, &value)));
        }
        let decision = trace::Decision {
            rule: rule.name.clone(),
            place: rule.place.clone(),
            priority: rule.priority,
            state: state.into(),
            goto: rule.goto.clone(),
            matched: self.matched(mind, &self.common.plan.messages[message as usize].name, words),
            cause: self.common.plan.messages[message as usize].name.clone(),
            happened: self.happened(mind, message, words),
            condition: rule.condition.clone(),
            read,
            lost: self.told_lost(lost),
            unknown: unknown(lost),
            ..self.decision(mind, number)
        };
        self.record(What::Decision(decision))
    }

    pub(crate) fn observe_time_decision(
        &mut self,
        (mind, number): (ActorId, u64),
        name: &str,
        timer: &Timer,
    ) -> Result<(), RunError> {
        let place = self.written(timer.body.start);
        let region = &self.common.plan.kinds[kind_of(mind) as usize].regions[0];
        let state = region.states[self.row(mind, region.slot) as u16 as usize].name.clone();
        let decision = trace::Decision {
            rule: name.into(),
            place,
            state,
            goto: timer.goto.clone(),
            cause: "time".into(),
            happened: self.common.now,
            ..self.decision(mind, number)
        };
        self.record(What::Decision(decision))
    }

    /// An event reached a mind and no rule fired: recorded where everything is to be explained and a rule looked at it.
    pub(crate) fn observe_undecided(
        &mut self,
        mind: ActorId,
        state: &str,
        message: u16,
        words: &Words,
        lost: &Losers<'_>,
    ) -> Result<(), RunError> {
        if lost.is_empty() || !self.common.observer.as_ref().is_some_and(crate::observe::Observer::explains) {
            return Ok(());
        }
        let (policy, mode) = self.decider(mind);
        let undecided = trace::Undecided {
            policy,
            mode,
            agent: mind,
            profile: self.profile_of(mind),
            state: state.into(),
            cause: self.common.plan.messages[message as usize].name.clone(),
            happened: self.happened(mind, message, words),
            lost: self.told_lost(lost),
            unknown: unknown(lost),
        };
        self.record(What::Undecided(undecided))
    }

    /// A decision of a mind, with nothing said yet but whose it is and whom it is about.
    fn decision(&self, mind: ActorId, id: u64) -> trace::Decision {
        let (policy, mode) = self.decider(mind);
        trace::Decision { id, policy, mode, agent: mind, profile: self.profile_of(mind), ..trace::Decision::default() }
    }

    /// The policy whose mind decides, and what becomes of it.
    fn decider(&self, mind: ActorId) -> (String, String) {
        let aside = self.is_aside(mind);
        let policy = if aside { self.beside } else { self.common.policy };
        let mode = if aside { Mode::Shadow } else { policy.map_or(Mode::Live, |policy| policy.mode) };
        (policy.map_or_else(String::new, |policy| policy.name.clone()), mode.word().to_owned())
    }

    /// When an event happened that has just reached a mind: what is seen is seen late, and what comes from another
    /// household was on its way.
    fn happened(&self, mind: ActorId, message: u16, words: &Words) -> u64 {
        let sender = words.last().map_or(mind, |word| Cell::get(word) as ActorId);
        let by = kind_of(sender);
        let sees = self.common.policy.iter().chain(&self.beside).flat_map(|policy| &policy.sees);
        let delay = sees.filter(|seen| seen.message == message && seen.by == by).map(|seen| seen.delay).next();
        let way = if !self.exists(sender) || self.housemates(sender, mind) { 0 } else { self.common.plan.latency };
        self.common.now.saturating_sub((delay.unwrap_or(0.0) * 1e9) as u64).saturating_sub(way)
    }

    fn told_lost(&self, lost: &Losers<'_>) -> Vec<trace::Lost> {
        let told = |(rule, lost): &(&Rule, Lost<'_>)| trace::Lost {
            rule: rule.name.clone(),
            why: lost.word().to_owned(),
            detail: self.detail(rule, lost),
        };
        lost.iter().map(told).collect()
    }

    fn detail(&self, rule: &Rule, lost: &Lost<'_>) -> String {
        let calendar = &self.common.plan.calendar;
        match lost {
            Lost::Condition => String::new(),
            Lost::Unknown(names) => {
                let missable = rule.unknown.iter().flat_map(|unknown| &unknown.missable);
                let missing = missable.filter(|missable| names.contains(&missable.name.as_str()));
                missing.map(|missable| missable.phrase.clone()).collect::<Vec<_>>().join(", ")
            }
            Lost::Cooldown(left) => span(*left),
            Lost::Outranked(by) => (*by).to_owned(),
            Lost::NotInForce(from, until) => {
                let from = from.map(|from| format!("from {}", calendar.short(from)));
                let until = until.map(|until| format!("until {}", calendar.short(until)));
                from.into_iter().chain(until).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// A span by its two largest units: `5h 59min`, `3d`, `12s`.
fn span(ns: u64) -> String {
    let seconds = ns.div_ceil(1_000_000_000);
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let first = units.iter().position(|(_, length)| seconds >= *length).unwrap_or(3);
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, length) in units.iter().skip(first).take(2) {
        let count = rest / length;
        rest %= length;
        if count > 0 || parts.is_empty() {
            parts.push(format!("{count}{unit}"));
        }
    }
    parts.join(" ")
}

/// What was missing, each once.
fn unknown(lost: &Losers<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, lost) in lost {
        let Lost::Unknown(missing) = lost else { continue };
        for name in missing {
            if !names.iter().any(|have| have == name) {
                names.push((*name).to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_told_by_their_two_largest_units() {
        let seconds = |seconds: u64| span(seconds * 1_000_000_000);
        assert_eq!(seconds(5 * 3_600 + 59 * 60 + 30), "5h 59min");
        assert_eq!(seconds(3 * 86_400), "3d");
        assert_eq!(seconds(12), "12s");
        assert_eq!(span(1), "1s");
        assert_eq!(seconds(0), "0s");
    }
}
