//! Contacts that wait: put off until their time has come, taken over by later ones, dropped when consent is withdrawn.

use super::Request;
use crate::actors::ActorId;
use crate::error::RunError;
use crate::packet::Context;
use crate::world::{World, system};
use rehearsal_language::vm;
use rehearsal_trace::Gate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A contact that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// By which its retry finds it.
    pub(super) number: u64,
    /// When it is tried again \[ns\].
    pub(super) due: u64,
    /// Whether a later one of its class may take its place.
    pub(super) folds: bool,
    pub(super) request: Request,
}

/// All contacts that wait, by the household and the number of whom they are for; of one person in the order of coming.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PutOff {
    waiting: BTreeMap<(ActorId, ActorId), Vec<Held>>,
    next: u64,
}

impl PutOff {
    /// Whether nobody waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn add(&mut self, whom: (ActorId, ActorId), held: Held) {
        self.waiting.entry(whom).or_default().push(held);
    }

    /// A number for one more.
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn take(&mut self, whom: (ActorId, ActorId), chosen: impl Fn(&Held) -> bool) -> Option<Held> {
        let list = self.waiting.get_mut(&whom)?;
        let held = list.remove(list.iter().position(chosen)?);
        if list.is_empty() {
            self.waiting.remove(&whom);
        }
        Some(held)
    }

    /// Those who wait to be said to somebody of a household: the person, the number and the request.
    fn of_household(&self, home: ActorId) -> Vec<(ActorId, u64, Request)> {
        let people = self.waiting.range((home, 0)..=(home, ActorId::MAX));
        people.flat_map(|((_, person), list)| list.iter().map(|held| (*person, held.number, held.request.clone()))).collect()
    }

    /// Whether all that was read can be: whom it is for, who asks, and its number.
    pub(crate) fn is_sound(&self, home: impl Fn(ActorId) -> Option<ActorId>) -> bool {
        self.waiting.iter().all(|((house, person), list)| {
            let sound = |held: &Held| {
                held.number <= self.next && home(held.request.agent).is_some() && held.request.who == u64::from(*person)
            };
            home(*person) == Some(*house) && !list.is_empty() && list.iter().all(sound)
        })
    }
}

impl World<'_> {
    /// Puts a contact off; where it was held back by a cap that merges, it takes the place of one of its class.
    pub(super) fn put_off(
        &mut self,
        person: ActorId,
        mut held: Held,
        (reason, merges): (&'static str, bool),
        gates: Vec<Gate>,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let whom = (self.home(person), person);
        let category = held.request.category;
        let alike = |other: &Held| other.folds && other.request.category == category;
        let before = if merges { self.outreach.put_off.take(whom, alike) } else { None };
        let mut has_retry = false;
        if let Some(before) = before {
            held.request.merged += before.request.merged + 1;
            held.due = before.due;
            has_retry = before.request.agent == held.request.agent;
            held.number = before.number;
            let into = Gate { gate: "merge".into(), passed: false, why: self.symbol(held.request.template) };
            let reason = self.turned_away(&before.request, "merged", vec![into], context)?;
            self.refuse((before.request.agent, before.request.agent), reason, context)?;
        }
        self.observe_contact(&held.request, held.request.channel, "deferred", gates, 0.0)?;
        self.say_put_off(&held, reason, context)?;
        if !has_retry {
            held.number = self.outreach.put_off.number();
            let (agent, args) = (held.request.agent, [held.number, u64::from(person), 0]);
            self.send(context, agent, agent, held.due - self.common.now, system::RETRY, args)?;
        }
        self.outreach.put_off.add(whom, held);
        Ok(())
    }

    /// Notes that a contact was put off, and tells whoever asked, if they listen.
    fn say_put_off(&mut self, held: &Held, reason: &str, context: &mut Context<'_>) -> Result<(), RunError> {
        let (plan, agent, reason) = (self.common.plan, held.request.agent, self.name_word(reason));
        let Request { who, template, category, .. } = held.request;
        if let Some(note) = plan.contact.put_off {
            let mut words = [who, template, category, reason, self.rule_of(agent)];
            self.note(agent, note, vm::words(&mut words), context)?;
        }
        let kind = &plan.kinds[crate::actors::kind_of(agent) as usize];
        let listens = |message: &u16| {
            let (message, at) = (*message, usize::from(*message));
            kind.handlers.get(at).is_some_and(|handlers| !handlers.is_empty())
                || kind.awaited.get(at).is_some_and(|awaited| *awaited)
                || kind.remembers.iter().any(|remembered| remembered.message == message)
        };
        match plan.contact.deferred.filter(listens) {
            Some(message) => self.send(context, agent, agent, 0, system::FIRST + message, [reason, held.due, 0]).map(drop),
            None => Ok(()),
        }
    }

    /// The time of a contact that was put off has come: it goes through all gates again. One that is gone is gone.
    pub(crate) fn retry(&mut self, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let Some(held) = self.take_put_off(args) else { return Ok(()) };
        let agent = held.request.agent;
        match self.contact(held.request, held.folds, context)? {
            Some(reason) => self.refuse((agent, agent), reason, context),
            None => Ok(()),
        }
    }

    /// Takes out the contact that a retry is about, if it still waits.
    pub(crate) fn take_put_off(&mut self, [number, person, _]: [u64; 3]) -> Option<Held> {
        let person = person as ActorId;
        self.outreach.put_off.take((self.home(person), person), |held| held.number == number)
    }

    /// Something happened in the household of `actor`: what waits for one of its people who agrees no more is refused.
    pub(crate) fn heed_withdrawals(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        if self.common.plan.contact.consent.is_none() {
            return Ok(());
        }
        let home = self.home(actor);
        for (person, number, request) in self.outreach.put_off.of_household(home) {
            if self.agrees(&request)? {
                continue;
            }
            self.outreach.put_off.take((home, person), |held| held.number == number);
            let gate = Gate { gate: "consent".into(), passed: false, why: self.symbol(request.category) };
            let reason = self.turned_away(&request, "no_consent", vec![gate], context)?;
            self.refuse((person, request.agent), reason, context)?;
        }
        Ok(())
    }
}
