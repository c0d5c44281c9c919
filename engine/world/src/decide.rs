//! Which rule of a policy fires, and why the others did not.
//!
//! An event is shown to the rules that look at it in the state at hand, in their order; the first that is in force, has
//! rested, and whose condition holds fires. Reasons are found only where they are recorded.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::Context;
use crate::plan::{ANY, Handler, Kind, Rule};
use crate::world::World;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::Words;
use rehearsal_policy::verdict::{self, Verdict};

/// Why a rule did not fire, by names.
pub(crate) type Lost<'p> = verdict::Lost<&'p str, &'p str>;

/// Rules that did not fire, each with the reason.
pub(crate) type Losers<'p> = Vec<(&'p Rule, Lost<'p>)>;

impl<'p> World<'p> {
    /// An event reaches a mind: the first of the rules of its state that holds fires.
    pub(crate) fn decide(
        &mut self,
        mind: ActorId,
        message: u16,
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let kind: &'p Kind = &self.common.plan.kinds[kind_of(mind) as usize];
        let (Some(outermost), Some(index)) = (kind.regions.first(), kind.index.get(message as usize)) else { return Ok(()) };
        let state = self.row(mind, outermost.slot) as u16;
        let (mut fired, mut lost): (Option<(&Handler, &Rule)>, Losers<'p>) = (None, Vec::new());
        for place in index.of(state) {
            let handler = &kind.handlers[message as usize][*place as usize];
            let Some(number) = handler.rule.filter(|_| self.stands(mind, kind, handler)) else { continue };
            let rule = &kind.rules[number as usize];
            let reason = match fired {
                Some((_, first)) => Some(Lost::Outranked(first.name.as_str())),
                None => self.loses(mind, (number, rule), handler, words)?,
            };
            match reason {
                Some(reason) if self.common.observer.is_some() => lost.push((rule, reason)),
                Some(_) => {}
                None => fired = Some((handler, rule)),
            }
            if fired.is_some() && self.common.observer.is_none() {
                break;
            }
        }
        let state = &outermost.states[state as usize].name;
        let Some((handler, rule)) = fired else { return self.observe_undecided(mind, state, message, words, &lost) };
        if let Some((_, slot)) = rule.again_after {
            self.set_row(mind, slot, self.common.now + 1);
        }
        let number = self.count_decision(mind, u64::from(rule.symbol.0));
        if self.common.observer.is_some() {
            self.observe_decision((mind, number), rule, state, message, words, &lost)?;
        }
        self.play(mind, handler.region, handler.body, words, context)
    }

    /// Whether a mind is in the state that a handler belongs to; the index knows that of the outermost region.
    fn stands(&self, mind: ActorId, kind: &Kind, handler: &Handler) -> bool {
        let in_state = |region: &crate::plan::Region| self.row(mind, region.slot) as u16 == handler.state;
        handler.state == ANY || kind.regions.get(handler.region as usize).is_some_and(in_state)
    }

    /// Why a rule does not fire; `None` where it does.
    fn loses(
        &mut self,
        mind: ActorId,
        (number, rule): (u16, &'p Rule),
        handler: &Handler,
        words: &Words,
    ) -> Result<Option<Lost<'p>>, RunError> {
        if !rule.force.is_on(self.common.now) {
            return Ok(Some(Lost::NotInForce(rule.force.from, rule.force.until)));
        }
        if let Some(left) = self.cools(mind, rule)? {
            return Ok(Some(Lost::Cooldown(left)));
        }
        let verdict = self.verdict(mind, rule, handler, words)?;
        if let Some(tally) = &mut self.tally {
            let counted = tally.rule(kind_of(mind), number);
            counted.evaluated += 1;
            counted.unknown += u64::from(verdict == Verdict::Unknown);
            counted.fired += u64::from(verdict == Verdict::Holds);
        }
        Ok(match verdict {
            Verdict::Holds => None,
            Verdict::Fails => Some(Lost::Condition),
            Verdict::Unknown => Some(Lost::Unknown(self.missing(mind, rule, words)?)),
        })
    }

    /// What the condition of a rule comes to. Where nobody asks why, one that cannot be told is one that does not hold.
    fn verdict(&mut self, mind: ActorId, rule: &Rule, handler: &Handler, words: &Words) -> Result<Verdict, RunError> {
        if self.passes(mind, handler.guard, words)? {
            return Ok(Verdict::Holds);
        }
        let asked = self.common.observer.is_some() || self.tally.is_some();
        match &rule.unknown {
            Some(unknown) if asked => Ok(Verdict::of(false, self.value(mind, unknown.fails, &[], words)? != 0)),
            _ => Ok(Verdict::Fails),
        }
    }

    /// What is missing of what a condition reads.
    fn missing(&mut self, mind: ActorId, rule: &'p Rule, words: &Words) -> Result<Vec<&'p str>, RunError> {
        let mut missing = Vec::new();
        for missable in rule.unknown.iter().flat_map(|unknown| &unknown.missable) {
            if self.value(mind, missable.present, &[], words)? == 0 {
                missing.push(missable.name.as_str());
            }
        }
        Ok(missing)
    }

    /// How much longer a rule rests after it fired \[ns\]; `None` where it may fire.
    fn cools(&mut self, mind: ActorId, rule: &Rule) -> Result<Option<u64>, RunError> {
        let Some((span, slot)) = rule.again_after else { return Ok(None) };
        let fired = self.row(mind, slot);
        if fired == 0 {
            return Ok(None);
        }
        let span = f64::from_bits(self.value(mind, span, &[], &[])?);
        Ok(verdict::rests(span, self.common.now - (fired - 1)))
    }

    /// A timer of a mind rings: a decision by the passing of time.
    pub(crate) fn time_rule(
        &mut self,
        mind: ActorId,
        number: u16,
        region: u16,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let timer = &self.common.plan.kinds[kind_of(mind) as usize].timers[number as usize];
        if let Some(tally) = &mut self.tally {
            tally.rings(kind_of(mind), number);
        }
        let rule = self.minds.get(index_of(mind)).map_or(NONE, |mind| mind.1);
        let decision = self.count_decision(mind, rule);
        if self.common.observer.is_some() {
            let name = timer.name.clone().unwrap_or_else(|| "time".into());
            self.observe_time_decision((mind, decision), &name, timer)?;
        }
        self.play(mind, region, timer.body, &[], context)
    }

    /// Gives a decision its number, and remembers it with the rule that made it. Minds in shadow count by themselves, so
    /// that the numbers of those that act are the same with and without them.
    fn count_decision(&mut self, mind: ActorId, rule: u64) -> u64 {
        if self.is_aside(mind) {
            self.asides += 1;
            return self.asides;
        }
        self.decisions += 1;
        self.minds[index_of(mind)] = (self.decisions, rule);
        self.decisions
    }

    /// Whether a mind decides in shadow beside the policy that is in force.
    pub(crate) fn is_aside(&self, mind: ActorId) -> bool {
        self.beside.is_some_and(|aside| aside.shadow == Some(kind_of(mind)))
    }
}
