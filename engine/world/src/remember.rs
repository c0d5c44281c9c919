//! What minds of policies remember of their profiles, and the patterns over time that they look for.
//!
//! Each event that a mind hears feeds its features, then its patterns, before any rule looks at it. That a pattern is there
//! is an event of its own, which the mind tells itself: it comes at the same moment, behind the event that completed it. An
//! absence is waited for by an event that the mind sends itself ahead of time and takes back when it was answered.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::{Context, Event};
use crate::plan::{Looked, PatternStep};
use crate::states::RUNS;
use crate::world::{World, system};
use rehearsal_kernel::{Ticket, Time};
use rehearsal_language::program::Routine;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Words};
use rehearsal_policy::feature::{Feature, MISSING};
use rehearsal_policy::pattern::{Pattern, Watch};

const _: () = assert!(MISSING == NONE, "what is missing is so in features as in expressions");

impl World<'_> {
    /// Feeds an event to the features that want it.
    pub(crate) fn remember(&mut self, mind: ActorId, message: u16, words: &Words) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = &plan.kinds[kind_of(mind) as usize];
        for remembered in kind.remembers.iter().filter(|remembered| remembered.message == message) {
            let passes = self.passes(mind, remembered.test, words)?;
            let value = match remembered.value {
                _ if remembered.feature.takes_all() => f64::from(u8::from(passes)),
                _ if !passes => continue,
                Some(routine) => self.real(mind, routine, remembered.whole, words)?,
                None => 1.0,
            };
            let now = self.common.now;
            let state = self.words_of(mind, remembered.state, remembered.feature.words());
            remembered.feature.feed(state, value, now);
        }
        Ok(())
    }

    /// What a feature of a mind is now.
    pub(crate) fn remembered(&mut self, mind: ActorId, feature: Feature, state: u16) -> u64 {
        let now = self.common.now;
        feature.value(self.words_of(mind, state, feature.words()), now)
    }

    /// Feeds an event to the patterns that look at it.
    pub(crate) fn seek(&mut self, mind: ActorId, message: u16, words: &Words, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        for (number, looked) in plan.kinds[kind_of(mind) as usize].patterns.iter().enumerate() {
            if !looked.steps.iter().any(|step| step.message == message) {
                continue;
            }
            let mut hits = 0;
            for step in looked.steps.iter().filter(|step| step.message == message) {
                if self.fits(mind, step, words)? {
                    hits |= step.bits;
                }
            }
            let (now, mut moments) = (self.common.now, Vec::new());
            let state = self.words_of(mind, looked.state, looked.pattern.words());
            let outcome = looked.pattern.feed(state, hits, now, &mut moments);
            if outcome.watch != Watch::Same {
                self.silence_bell(mind, looked, context);
            }
            if let (Watch::Until(until), Some(bell)) = (outcome.watch, looked.bell) {
                let ticket = self.send(context, mind, mind, until - now, system::BELL, [number as u64, 0, 0])?;
                self.set_row(mind, bell, u64::from(ticket.sequence()) | RUNS);
                self.set_row(mind, bell + 1, until);
            }
            if outcome.matched {
                self.there(mind, looked, &moments, context)?;
            }
        }
        Ok(())
    }

    /// The span of an absence is over.
    pub(crate) fn bell_rings(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let (plan, mind) = (self.common.plan, event.target);
        let looked = &plan.kinds[kind_of(mind) as usize].patterns[event.message.args()[0] as usize];
        let Some(bell) = looked.bell else { return Ok(()) };
        let word = self.row(mind, bell);
        // One that was stopped in this very instant may still arrive.
        if word & RUNS == 0 || word as u32 != event.sequence {
            return Ok(());
        }
        self.set_row(mind, bell, 0);
        let state = self.words_of(mind, looked.state, looked.pattern.words());
        match looked.pattern.ring(state) {
            Some(since) => self.there(mind, looked, &[since], context),
            None => Ok(()),
        }
    }

    /// Takes the event back that would end the span of an absence.
    fn silence_bell(&mut self, mind: ActorId, looked: &Looked, context: &mut Context<'_>) {
        let Some(bell) = looked.bell else { return };
        let word = self.row(mind, bell);
        if word & RUNS != 0 {
            context.cancel(Ticket::timer(mind, word as u32, Time::from_ns(self.row(mind, bell + 1))));
            self.set_row(mind, bell, 0);
        }
    }

    /// A pattern is there: the mind hears of it, with the moments of what was matched.
    fn there(&mut self, mind: ActorId, looked: &Looked, moments: &[u64], context: &mut Context<'_>) -> Result<(), RunError> {
        let mut said = vec![moments.iter().copied().min().unwrap_or(self.common.now)];
        if matches!(looked.pattern, Pattern::All(_)) {
            said.extend_from_slice(moments);
        }
        let args = self.payloads.pack(vm::words(&mut said));
        self.send(context, mind, mind, 0, system::FIRST + looked.message, args)?;
        Ok(())
    }

    /// Whether an event fits a step that looks at it.
    fn fits(&mut self, mind: ActorId, step: &PatternStep, words: &Words) -> Result<bool, RunError> {
        let passes = self.passes(mind, step.test, words)?;
        let Some(compared) = &step.worse else { return Ok(passes) };
        // Kept for the next also where the test fails: it is compared with the event before, whatever that was.
        let value = self.real(mind, compared.value, compared.whole, words)?;
        let before = &mut self.words_of(mind, compared.slot, 1)[0];
        Ok(compared.worse.than_before(before, value) && passes)
    }

    /// A value of an event as a real number.
    fn real(&mut self, mind: ActorId, routine: Routine, whole: bool, words: &Words) -> Result<f64, RunError> {
        let word = self.value(mind, routine, &[], words)?;
        Ok(if whole { word as i64 as f64 } else { f64::from_bits(word) })
    }

    fn words_of(&mut self, mind: ActorId, first: u16, words: u16) -> &mut [u64] {
        let first = usize::from(first);
        &mut self.stores[kind_of(mind) as usize].row_mut(index_of(mind))[first..first + usize::from(words)]
    }

    /// Where an event says that a pattern is there: what was matched, and when.
    pub(crate) fn matched(&self, mind: ActorId, event: &str, words: &Words) -> Vec<(String, u64)> {
        let patterns = &self.common.plan.kinds[kind_of(mind) as usize].patterns;
        let Some(looked) = patterns.iter().find(|looked| looked.name == event) else { return Vec::new() };
        let said = |at: usize| words.get(at).map_or(self.common.now, std::cell::Cell::get);
        let name = |step: &PatternStep| step.name.clone();
        match (&looked.pattern, looked.steps.as_slice()) {
            (Pattern::All(_), steps) => steps.iter().enumerate().map(|(at, step)| (name(step), said(at + 1))).collect(),
            (Pattern::Absence(_), [after, ..]) => vec![(name(after), said(0))],
            (Pattern::Sequence(sequence), [first, .., last]) if sequence.steps > 1 => {
                vec![(name(first), said(0)), (name(last), self.common.now)]
            }
            (Pattern::Sequence(sequence), [one]) if sequence.steps > 1 => {
                vec![(name(one), said(0)), (name(one), self.common.now)]
            }
            (_, steps) => steps.iter().map(|step| (name(step), self.common.now)).collect(),
        }
    }
}
