//! One run of a scenario: all actors, and what happens when an event arrives.

use crate::actors::{ActorId, Drawing, Store, index_of, kind_of, sending};
use crate::contact::Outreach;
use crate::error::RunError;
use crate::jobs::Jobs;
use crate::measures::Measures;
use crate::observe::Observer;
use crate::packet::{Context, Event, Packet};
use crate::payloads::Payloads;
use crate::plan::{ANY, NOWHERE, Plan, PolicyPlan};
use crate::rehearse::Wish;
use crate::relations::Ties;
use crate::short::{Registers, Shorts, Trouble};
use crate::tally::Tally;
use crate::travel::Travel;
use rehearsal_kernel::stream::StreamKey;
use rehearsal_kernel::{Duration, Ticket};
use rehearsal_language::vm::{self, Words};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Messages that the world sends itself; those of a scenario follow from [`FIRST`] on.
pub(crate) mod system {
    pub(crate) const TIMER: u16 = 0;
    pub(crate) const RESUME: u16 = 1;
    pub(crate) const REQUEST: u16 = 2;
    pub(crate) const GRANT: u16 = 3;
    pub(crate) const RELEASE: u16 = 4;
    pub(crate) const WITHDRAW: u16 = 5;
    pub(crate) const QUESTION: u16 = 6;
    pub(crate) const REPLY: u16 = 7;
    pub(crate) const SHIFT: u16 = 8;
    pub(crate) const DELIVERY: u16 = 9;
    pub(crate) const RETRY: u16 = 10;
    pub(crate) const BEGIN: u16 = 11;
    /// Of native kinds alone.
    pub(crate) const ALARM: u16 = 12;
    /// Of minds of policies alone: the span of an absence is over.
    pub(crate) const BELL: u16 = 13;
    pub(crate) const FIRST: u16 = 16;
}

/// A grant inside a household.
#[derive(Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) requester: ActorId,
    /// Claim, holder and unit.
    pub(crate) args: [u64; 3],
    /// Whether it is of an own resource that cannot be taken away.
    pub(crate) plain: bool,
}

/// Grants whose jobs go on next, in their order.
#[derive(Default)]
pub(crate) struct Ready {
    grants: Vec<Grant>,
    /// How many of them have been taken.
    taken: usize,
}

impl Ready {
    #[inline(always)]
    pub(crate) fn push(&mut self, grant: Grant) {
        self.grants.push(grant);
    }

    /// Takes the first.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<Grant> {
        let grant = *self.grants.get(self.taken)?;
        self.taken += 1;
        if self.taken == self.grants.len() {
            self.clear();
        }
        Some(grant)
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.grants.clear();
        self.taken = 0;
    }
}

/// What all actors of a world have in common, and a running program may touch beside what is its actor's own.
pub(crate) struct Common<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) policy: Option<&'p PolicyPlan>,
    /// The moment \[ns\].
    pub(crate) now: u64,
    pub(crate) jobs: Jobs,
    /// Grants inside a household whose jobs go on next.
    pub(crate) ready: Ready,
    /// Members of each group: kind, first and last + 1.
    pub(crate) groups: Vec<(u16, usize, usize)>,
    pub(crate) measures: Measures,
    /// Who looks at all that happens, beside measures.
    pub(crate) observer: Option<Observer>,
    /// Why machine code came to nothing, until it is told.
    pub(crate) trouble: Option<Box<Trouble>>,
    /// Whether each event is looked at, see [`World::attend`].
    pub(crate) attended: bool,
}

/// One run of a scenario.
pub struct World<'p> {
    pub(crate) common: Common<'p>,
    /// The policy that decides in shadow beside the one in force.
    pub(crate) beside: Option<&'p PolicyPlan>,
    pub(crate) stores: Vec<Store>,
    pub(crate) payloads: Payloads,
    pub(crate) travel: Option<Travel>,
    /// How many are on the road.
    pub(crate) driving: u32,
    /// Who is connected with whom, by relation.
    pub(crate) relations: Arc<[Ties]>,
    /// Whose watched values may have changed in this event.
    pub(crate) touched: Vec<ActorId>,
    /// Minds that see what an actor states, by kind and index.
    pub(crate) listeners: Arc<Vec<Vec<Vec<ActorId>>>>,
    /// The pool that a unit belongs to, as a holder word.
    pub(crate) pool_of: BTreeMap<ActorId, u64>,
    pub(crate) root: StreamKey,
    pub(crate) frames: Vec<Vec<u64>>,
    pub(crate) depth: u32,
    /// Routines in short form, and the registers that they run on.
    pub(crate) shorts: &'p Shorts,
    pub(crate) registers: Box<Registers>,
    /// Draws ahead that are being made.
    pub(crate) drawing: Drawing,
    /// The last decision of each mind, and the rule that made it.
    pub(crate) minds: Vec<(u64, u64)>,
    pub(crate) decisions: u64,
    /// Contacts that wait, and what came of others.
    pub(crate) outreach: Outreach,
    /// Decisions of the policy in shadow, and events that reached its minds.
    pub(crate) asides: u64,
    pub(crate) overheard: u64,
    /// What is counted of policies, where it is asked for.
    pub(crate) tally: Option<Box<Tally>>,
    /// Agendas with nothing booked, by kind, holder and capacity.
    pub(crate) agendas: BTreeMap<(usize, usize, u16), crate::birth::Blank>,
    /// Whether an answer was refused from within, by a booking or a taking that failed.
    pub(crate) refused_inside: bool,
    /// Memory of actors, of what they own and of relations, as far as it is counted \[bytes\].
    pub(crate) held: u64,
    /// What the answer at hand has taken and booked, to be given back where a later step of it fails.
    pub(crate) taken: Vec<crate::claims::Taken>,
    /// Rehearsals that were asked for in this event.
    pub(crate) wishes: VecDeque<Wish>,
    /// Whether it is a future that somebody rehearses, in which nobody rehearses.
    pub(crate) ahead: bool,
    /// Whether it runs beside reality: nothing happens to twins by itself.
    pub(crate) live: bool,
    /// Households of twins that were enrolled, by their roots.
    pub(crate) enrolled: BTreeSet<ActorId>,
    /// Households that nobody has enrolled, in a future: they take no part in it.
    pub(crate) absent: BTreeSet<ActorId>,
}

impl<'p> World<'p> {
    /// Sends an event of actor `from`, `delay` nanoseconds from now beyond what the way takes.
    pub(crate) fn send(
        &mut self,
        context: &mut Context<'_>,
        from: ActorId,
        to: ActorId,
        delay: u64,
        message: u16,
        args: [u64; 3],
    ) -> Result<Ticket, RunError> {
        let latency = self.common.plan.latency;
        let way = if latency == 0 || self.housemates(from, to) { 0 } else { latency };
        let delay = Duration::from_ns(delay.saturating_add(way));
        let store = &mut self.stores[kind_of(from) as usize];
        let packet = Packet::new(message, args);
        Ok(sending(store.row(index_of(from)), from, |sender| context.send(sender, to, delay, packet))?)
    }

    /// Counts memory that is about to be taken.
    pub(crate) fn hold(&mut self, bytes: u64, what: impl FnOnce() -> String) -> Result<(), RunError> {
        self.held = self.held.saturating_add(bytes);
        let limit = self.common.plan.limits.bytes;
        if self.held <= limit {
            return Ok(());
        }
        Err(crate::error::Cause::TooLarge { what: what(), limit: limit >> 20 }.into())
    }

    #[inline]
    pub(crate) fn home(&self, actor: ActorId) -> ActorId {
        self.stores[kind_of(actor) as usize].home(index_of(actor))
    }

    #[inline]
    pub(crate) fn alive(&self, actor: ActorId) -> bool {
        self.stores[kind_of(actor) as usize].alive(index_of(actor))
    }

    #[inline]
    pub(crate) fn row(&self, actor: ActorId, slot: u16) -> u64 {
        self.stores[kind_of(actor) as usize].get(index_of(actor), slot)
    }

    pub(crate) fn set_row(&mut self, actor: ActorId, slot: u16, word: u64) {
        self.stores[kind_of(actor) as usize].set(index_of(actor), slot, word);
    }

    /// Finds whether anything looks at each event: a record, values that are watched, or a policy in shadow. To be asked where
    /// a run goes on.
    pub(crate) fn attend(&mut self) {
        self.common.attended = self.common.observer.is_some() || self.common.measures.watches() || self.beside.is_some();
    }

    /// An event begins that something looks at.
    #[cold]
    #[inline(never)]
    fn begins(&mut self, target: ActorId, now: u64) -> Result<(), RunError> {
        if self.common.observer.as_ref().is_some_and(|observer| observer.is_past(now)) {
            self.record_levels()?;
        }
        self.overheard += u64::from(self.is_aside(target));
        Ok(())
    }

    #[inline(never)]
    fn dispatch(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let actor = event.target;
        match event.message.number() {
            system::REQUEST => return self.requested(event, context),
            system::RELEASE => {
                let [word, unit, _] = event.message.args();
                return self.returned(event.sender, word, unit, context);
            }
            system::WITHDRAW => {
                let [claim, word, _] = event.message.args();
                return self.withdrawn(claim, word, context);
            }
            _ => {}
        }
        if !self.alive(actor) {
            return self.missed(event, context);
        }
        match event.message.number() {
            system::TIMER => self.rings(event, context)?,
            system::RESUME => self.wake(event.message.args(), context)?,
            system::GRANT => self.granted(actor, event.message.args(), context)?,
            system::QUESTION => self.questioned(event, context)?,
            system::REPLY => self.replied(event, context)?,
            system::SHIFT => self.shift(actor, event.message.args()[0] as usize, context)?,
            system::DELIVERY => self.delivered(actor, event.message.args(), context)?,
            system::RETRY => self.retry(event.message.args(), context)?,
            system::BEGIN => self.begin(actor, context)?,
            system::ALARM => self.native_rings(event, context)?,
            system::BELL => self.bell_rings(event, context)?,
            message => self.message(event, message - system::FIRST, context)?,
        }
        if !self.common.plan.kinds[kind_of(actor) as usize].conditional.is_empty() && self.alive(actor) {
            self.recheck(actor, context)?;
        }
        Ok(())
    }

    /// An event for an actor that has left: what it carried is let go.
    fn missed(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        match event.message.number() {
            system::GRANT => self.granted(event.target, event.message.args(), context),
            system::RETRY => {
                self.take_put_off(event.message.args());
                Ok(())
            }
            system::QUESTION | system::REPLY => {
                let mut words = Vec::new();
                self.payloads.take(event.message.args()[0], &mut words);
                Ok(())
            }
            message if message >= system::FIRST => {
                let words = self.common.plan.messages[(message - system::FIRST) as usize].words as usize;
                self.payloads.unpack(event.message.args(), words, &mut Vec::new());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A message of the scenario arrives.
    fn message(&mut self, event: &Event, message: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let (args, count) = (event.message.args(), plan.messages[message as usize].words as usize);
        if count <= Payloads::INLINE {
            let mut words = [0; Payloads::INLINE + 1];
            words[..count].copy_from_slice(&args[..count]);
            words[count] = u64::from(event.sender);
            return self.arrives(event, message, &vm::words(&mut words)[..=count], context);
        }
        let mut words = self.frames.pop().unwrap_or_default();
        words.clear();
        self.payloads.take(args[0], &mut words);
        words.push(u64::from(event.sender));
        self.arrives(event, message, vm::words(&mut words), context)?;
        self.frames.push(words);
        Ok(())
    }

    /// A message arrives with its words, the last of which is who sent it.
    fn arrives(&mut self, event: &Event, message: u16, words: &Words, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let actor = event.target;
        let kind = &plan.kinds[kind_of(actor) as usize];
        if self.common.observer.is_some() {
            self.observe_message(event, message, words)?;
        }
        if !kind.remembers.is_empty() {
            self.remember(actor, message, words)?;
        }
        if !kind.patterns.is_empty() {
            self.seek(actor, message, words, context)?;
        }
        let instead = kind.instead.get(message as usize).filter(|instead| self.live && !instead.is_empty());
        let handlers = instead.or(kind.handlers.get(message as usize)).map_or(&[][..], Vec::as_slice);
        if kind.policy {
            self.decide(actor, message, words, context)?;
        } else if kind.native.is_some() {
            self.native_hears(event, message, words, context)?;
        } else {
            self.hear(actor, handlers, words, context)?;
        }
        if kind.awaited.get(message as usize).copied().unwrap_or(false) && self.alive(actor) {
            self.post(actor, message, words, context)?;
        }
        Ok(())
    }

    /// The innermost handler of each region runs; one of the whole kind only where none did.
    fn hear(
        &mut self,
        actor: ActorId,
        handlers: &'p [crate::plan::Handler],
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = &plan.kinds[kind_of(actor) as usize];
        let mut heard = false;
        // Regions with states inside: who has heard it already, and what was there when it came.
        let mut within = 0_u64;
        let nested = kind.inner_first.len() > 1 && kind.regions.iter().any(|region| region.parent.is_some());
        let before: Vec<u64> =
            if nested { kind.regions.iter().map(|region| self.row(actor, region.slot)).collect() } else { Vec::new() };
        for number in &kind.inner_first {
            let region = &kind.regions[*number as usize];
            let word = self.row(actor, region.slot);
            let state = word as u16;
            if nested {
                let inside = region.states.get(state as usize).map_or(&[][..], |state| &state.regions);
                if inside.iter().any(|inner| within & 1 << inner != 0) {
                    within |= 1 << number;
                    continue;
                }
                if state == NOWHERE || word != before[*number as usize] {
                    continue;
                }
            }
            let mut chosen = None;
            for handler in handlers.iter().filter(|handler| handler.region == *number) {
                let inner = handler.state == state;
                if (inner || handler.state == ANY && chosen.is_none()) && self.passes(actor, handler.guard, words)? {
                    chosen = Some(handler);
                    if inner {
                        break;
                    }
                }
            }
            if let Some(handler) = chosen {
                heard = true;
                within |= 1 << number;
                self.play(actor, *number, handler.body, words, context)?;
                if !self.alive(actor) {
                    return Ok(());
                }
            }
        }
        if !heard {
            for handler in handlers.iter().filter(|handler| handler.region == ANY) {
                if self.passes(actor, handler.guard, words)? {
                    self.play(actor, ANY, handler.body, words, context)?;
                    break;
                }
            }
        }
        Ok(())
    }
}

impl rehearsal_kernel::World for World<'_> {
    type Message = Packet;
    type Error = RunError;

    // Put into the kernel's loop, where an event's words are read where they lie.
    #[inline(always)]
    fn handle(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let now = context.now().as_ns();
        if self.common.attended {
            self.begins(event.target, now)?;
        }
        self.common.now = now;
        self.depth = 0;
        if !self.reacts(event, context)? {
            let copy = *event;
            self.dispatch(&copy, context)?;
        }
        if !self.common.ready.is_empty() {
            self.settle(context)?;
        }
        if !self.outreach.put_off.is_empty() {
            self.heed_withdrawals(event.target, context)?;
        }
        if self.common.attended {
            self.touch(event.target);
            self.watch()?;
        }
        if !self.wishes.is_empty() {
            self.dismiss(context)?;
        }
        Ok(())
    }

    #[inline]
    fn pauses(&self) -> bool {
        !self.wishes.is_empty()
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        if let Some(store) = self.stores.get(kind_of(target) as usize) {
            store.prefetch(index_of(target));
        }
    }

    // By itself, so that what is announced earlier is not held up by it.
    #[inline(never)]
    fn prepare(&mut self, targets: impl Iterator<Item = u32>) {
        for target in targets {
            let (kind, index) = (kind_of(target), index_of(target));
            let Some(store) = self.stores.get_mut(usize::from(kind)) else { continue };
            match self.shorts.drawn(usize::from(kind)).filter(|_| store.draws_ahead()) {
                // A look at its row fetches it too.
                Some(site) => store.draw_ahead((kind, index), site).into_iter().for_each(|draw| self.drawing.add(draw)),
                None => store.prefetch(index),
            }
        }
        self.drawing.draw(&mut self.stores);
    }
}
