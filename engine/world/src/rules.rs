//! Minds of policies: which rule fires. What they remember and look for is in `remember.rs`.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::Context;
use crate::plan::{ANY, Handler, Rule, Timer};
use crate::world::World;
use rehearsal_language::vm::Words;

/// Why a rule did not fire.
pub(crate) enum Lost {
    /// Its condition did not hold.
    Condition,
    /// It had fired a short while ago.
    Cooldown,
    /// Another went first.
    Outranked,
}

impl Lost {
    /// The word that decisions use for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Lost::Condition => "condition does not hold",
            Lost::Cooldown => "fired a short while ago",
            Lost::Outranked => "another rule went first",
        }
    }
}

impl<'p> World<'p> {
    /// The rules of the current state, in their order: the first whose condition holds fires.
    pub(crate) fn decide(
        &mut self,
        mind: ActorId,
        message: u16,
        handlers: &'p [Handler],
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let plan = self.plan;
        let kind = &plan.kinds[kind_of(mind) as usize];
        let Some(outermost) = kind.regions.first() else { return Ok(()) };
        let state = self.row(mind, outermost.slot) as u16;
        let mut fired: Option<&Handler> = None;
        let mut lost: Vec<(&Rule, Lost)> = Vec::new();
        for handler in handlers {
            let stands = |region: &crate::plan::Region| self.row(mind, region.slot) as u16 == handler.state;
            if handler.state != ANY && !kind.regions.get(handler.region as usize).is_some_and(stands) {
                continue;
            }
            let Some(rule) = handler.rule.map(|rule| &kind.rules[rule as usize]) else { continue };
            if fired.is_some() {
                lost.push((rule, Lost::Outranked));
            } else if self.cools(mind, rule)? {
                lost.push((rule, Lost::Cooldown));
            } else if !self.passes(mind, handler.guard, words)? {
                lost.push((rule, Lost::Condition));
            } else {
                fired = Some(handler);
            }
            if fired.is_some() && self.observer.is_none() {
                break;
            }
        }
        let Some(handler) = fired else { return Ok(()) };
        let rule = &kind.rules[handler.rule.expect("only rules fire") as usize];
        if let Some((_, slot)) = rule.again_after {
            self.set_row(mind, slot, self.now + 1);
        }
        self.decisions += 1;
        self.minds[index_of(mind)] = (self.decisions, u64::from(rule.symbol.0));
        if self.observer.is_some() {
            let cause = plan.messages[message as usize].name.clone();
            self.observe_decision(mind, rule, &outermost.states[state as usize].name, cause, words, &lost)?;
        }
        self.play(mind, handler.region, handler.body, words, context)
    }

    /// Whether a rule fired too short a while ago to fire again.
    fn cools(&mut self, mind: ActorId, rule: &Rule) -> Result<bool, RunError> {
        let Some((span, slot)) = rule.again_after else { return Ok(false) };
        let fired = self.row(mind, slot);
        if fired == 0 {
            return Ok(false);
        }
        let span = f64::from_bits(self.value(mind, span, &[], &[])?);
        Ok((self.now - (fired - 1)) as f64 / 1e9 < span)
    }

    /// A timer of a mind rings: a decision by the passing of time.
    pub(crate) fn time_rule(
        &mut self,
        mind: ActorId,
        timer: &Timer,
        region: u16,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        self.decisions += 1;
        if self.observer.is_some() {
            let name = timer.name.clone().unwrap_or_else(|| "time".into());
            self.observe_time_decision(mind, &name, timer)?;
        }
        self.play(mind, region, timer.body, &[], context)
    }
}
