//! The way of every outgoing contact: consent, suppression, caps, the channel's hours, then the send.
//!
//! Every refusal is an outcome of its own: it is noted, recorded and told to the policy that asked.

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::Context;
use crate::plan::{Channel, Effect, FRAME_REASON};
use crate::turn::Turn;
use crate::world::{World, system};
use rehearsal_kernel::Duration;
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_policy::governance::Cap;
use rehearsal_trace::Gate;

/// Where the parts of a request lie: who, template, category, channel, then what there is to choose from.
const WHO: usize = 0;
const TEMPLATE: usize = 1;
const CATEGORY: usize = 2;
const CHANNEL: usize = 3;
const CHOICES: usize = 4;

/// What became of a request at the gates.
enum Passage {
    Through,
    Refused(&'static str),
    Later(u64),
}

impl World<'_> {
    pub(crate) fn reach_out(&mut self, turn: &mut Turn<'_>, id: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let Effect::Contact { who, template, category, channel, choices, refused } = &plan.effects[id as usize] else {
            unreachable!("a Contact")
        };
        let mut request: Vec<u64> = [who, template, category, channel].iter().map(|at| self.word(turn, **at)).collect();
        match choices {
            Some((first, words)) => request.extend((0..*words).map(|word| self.word(turn, first.offset(word)))),
            None => request.push(0),
        }
        let turned_away = self.contact(turn.actor, request, context)?;
        match (refused, turned_away) {
            (Some(refused), turned_away) => {
                self.put(turn, *refused, u64::from(turned_away.is_some()));
                turn.frame[FRAME_REASON as usize] = turned_away.unwrap_or(turn.frame[FRAME_REASON as usize]);
                Ok(())
            }
            (None, Some(reason)) => self.refuse(turn.actor, reason, context),
            (None, None) => Ok(()),
        }
    }

    /// A contact that was held back is tried again.
    pub(crate) fn retry(&mut self, agent: ActorId, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let mut request = Vec::new();
        self.payloads.take(args[0], &mut request);
        match self.contact(agent, request, context)? {
            Some(reason) => self.refuse(agent, reason, context),
            None => Ok(()),
        }
    }

    /// Takes a request to the gates; gives the reason where it was refused.
    fn contact(&mut self, agent: ActorId, request: Vec<u64>, context: &mut Context<'_>) -> Result<Option<u64>, RunError> {
        let plan = self.plan;
        let Some((kind, index)) = self.find(request[WHO]) else { return Ok(None) };
        let person = actors::id(kind as u16, index);
        let Some(channel) = plan.contact.channels.iter().find(|channel| u64::from(channel.name.0) == request[CHANNEL]) else {
            return self.turned_away(agent, &request, "no_such_channel", Vec::new(), context).map(Some);
        };
        let mut gates = Vec::new();
        match self.gates(agent, person, &request, channel, &mut gates)? {
            Passage::Refused(reason) => self.turned_away(agent, &request, reason, gates, context).map(Some),
            Passage::Later(delay) => {
                self.observe_contact(agent, person, &request, "deferred", gates, 0.0)?;
                let mut request = request;
                let number = self.payloads.put(vm::words(&mut request));
                self.send(context, agent, agent, delay, system::RETRY, [number, 0, 0])?;
                Ok(None)
            }
            Passage::Through => self.dispatch_contact(agent, person, request, channel, gates, context).map(|()| None),
        }
    }

    /// Asks each gate in turn; remembers what they said.
    fn gates(
        &mut self,
        agent: ActorId,
        person: ActorId,
        request: &[u64],
        channel: &Channel,
        gates: &mut Vec<Gate>,
    ) -> Result<Passage, RunError> {
        let plan = self.plan;
        let given = [request[WHO], request[CATEGORY], request[CHANNEL]];
        let mut gate = |name: &str, passed: bool, why: String| gates.push(Gate { gate: name.into(), passed, why });
        let agreed = match plan.contact.consent {
            Some(consent) => self.value(agent, consent, &given, &[])? != 0,
            None => true,
        };
        gate("consent", agreed, self.symbol(request[CATEGORY]));
        if !agreed {
            return Ok(Passage::Refused("no_consent"));
        }
        for suppress in &plan.contact.suppress {
            if self.value(agent, suppress.condition, &given, &[])? != 0 {
                gate("suppress", false, suppress.name.clone());
                return match suppress.defer {
                    Some(defer) => {
                        let seconds = f64::from_bits(self.value(agent, defer, &given, &[])?);
                        Ok(Passage::Later(Duration::from_seconds(seconds)?.as_ns().max(1)))
                    }
                    None => Ok(Passage::Refused("suppressed")),
                };
            }
        }
        let log = self.stores[kind_of(person) as usize].contacts_of(index_of(person));
        if let Some((cap, counted)) = plan.contact.caps.held_back(log, self.now, request[CATEGORY] as u32) {
            gate("caps", false, format!("{counted} of {} in {}", cap.at_most, Duration::from_ns(cap.per)));
            return Ok(Passage::Refused("contact_cap"));
        }
        let used = |cap: &Cap| format!("{} of {} in {}", log.counted(cap, self.now), cap.at_most, Duration::from_ns(cap.per));
        gate("caps", true, plan.contact.caps.caps.iter().map(used).collect::<Vec<_>>().join(", "));
        if let Some(hours) = &channel.hours
            && !hours.is_open(&plan.calendar, self.now)
        {
            gate("hours", false, hours.to_string());
            return Ok(match hours.next_open(&plan.calendar, self.now) {
                Some(open) => Passage::Later(open - self.now),
                None => Passage::Refused("channel_closed"),
            });
        }
        Ok(Passage::Through)
    }

    /// Notes and records that a request was refused; gives the reason as a word.
    fn turned_away(
        &mut self,
        agent: ActorId,
        request: &[u64],
        reason: &str,
        gates: Vec<Gate>,
        context: &mut Context<'_>,
    ) -> Result<u64, RunError> {
        let plan = self.plan;
        let person = request[WHO] as ActorId;
        self.observe_contact(agent, person, request, "refused", gates, 0.0)?;
        let reason = plan.symbols.find(reason).map_or(NONE, |symbol| u64::from(symbol.0));
        if let Some(note) = plan.contact.not_sent {
            let mut words = [request[WHO], request[TEMPLATE], request[CATEGORY], reason, self.rule_of(agent)];
            self.note(agent, note, vm::words(&mut words), context)?;
        }
        Ok(reason)
    }

    /// Tells a policy that what it tried was refused.
    pub(crate) fn refuse(&mut self, agent: ActorId, reason: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        match self.plan.contact.refused {
            Some(message) => self.send(context, agent, agent, 0, system::FIRST + message, [reason, 0, 0]).map(drop),
            None => Ok(()),
        }
    }

    fn dispatch_contact(
        &mut self,
        agent: ActorId,
        person: ActorId,
        request: Vec<u64>,
        channel: &Channel,
        gates: Vec<Gate>,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let plan = self.plan;
        let log = self.stores[kind_of(person) as usize].contacts_of(index_of(person));
        log.add(self.now, request[CATEGORY] as u32);
        let cost = f64::from_bits(self.value(person, channel.cost, &[], &[])?);
        // All three are drawn whether or not they matter, so that the next contact draws the same.
        let heard = self.value(person, channel.heard, &[], &[])? != 0;
        let delay = f64::from_bits(self.value(person, channel.delay, &[], &[])?);
        let notice = f64::from_bits(self.value(person, channel.notice, &[], &[])?);
        let outcome = if heard { "sent" } else { "unheard" };
        self.observe_contact(agent, person, &request, outcome, gates, cost)?;
        if let Some(note) = plan.contact.sent {
            let mut words =
                [request[WHO], request[TEMPLATE], request[CATEGORY], request[CHANNEL], self.rule_of(agent), cost.to_bits()];
            self.note(agent, note, vm::words(&mut words), context)?;
        }
        let Some(message) = plan.contact.message.filter(|_| heard) else { return Ok(()) };
        let mut words = vec![0; plan.messages[message as usize].words as usize];
        words[..4].copy_from_slice(&[request[TEMPLATE], request[CATEGORY], request[CHANNEL], u64::from(agent)]);
        let room = words.len() - 4;
        let choices = &request[CHOICES..];
        words[4..4 + choices.len().min(room)].copy_from_slice(&choices[..choices.len().min(room)]);
        let args = self.payloads.pack(vm::words(&mut words));
        let span = Duration::from_seconds((delay + notice).max(0.0))?;
        self.send(context, agent, person, span.as_ns(), system::FIRST + message, args)?;
        Ok(())
    }

    /// The rule that a mind fired last, for notes and measures.
    fn rule_of(&self, agent: ActorId) -> u64 {
        let is_mind = self.policy.is_some_and(|policy| policy.kind == kind_of(agent));
        self.minds.get(index_of(agent)).filter(|_| is_mind).map_or(NONE, |mind| mind.1)
    }

    /// The name behind a symbol word.
    pub(crate) fn symbol(&self, word: u64) -> String {
        self.plan.symbols.name(rehearsal_language::symbol::Symbol(word as u32)).to_owned()
    }
}
