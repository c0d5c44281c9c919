//! The way of every outgoing contact: the gates, then the choice of a channel, then the send.
//!
//! `gates.rs` asks, `put_off.rs` keeps what waits, `learned.rs` chooses channels and hears how people react, `text.rs`
//! writes. Every refusal, delay and merger is an outcome of its own: it is noted, recorded and told to whoever asked.

mod gates;
mod learned;
mod put_off;
mod text;

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::Context;
use crate::plan::{Channel, ContactPlan, Effect, FRAME_REASON};
use crate::turn::Turn;
use crate::world::{World, system};
use gates::Passage;
use put_off::{Held, PutOff};
use rehearsal_kernel::Duration;
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_policy::channel::Ledger;
use rehearsal_trace::Gate;
use serde::{Deserialize, Serialize};

/// Words of the message before the choices: template, category, channel and source.
const BEFORE_CHOICES: usize = 4;

/// What somebody asks to be said to a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Who asks.
    pub(crate) agent: ActorId,
    /// The person, as a reference word.
    pub(crate) who: u64,
    /// Names: the template, the category, and a channel or a word for one.
    pub(crate) template: u64,
    pub(crate) category: u64,
    pub(crate) channel: u64,
    /// How many earlier ones it stands for besides.
    pub(crate) merged: u32,
    /// What there is to choose from: how many, then those.
    choices: Vec<u64>,
    /// What the text is filled with.
    with: Vec<u64>,
}

impl Request {
    /// What routines of contact rules are given, with this channel.
    fn given(&self, channel: u64) -> [u64; 3] {
        [self.who, self.category, channel]
    }

    /// How many it stands for besides itself, as a word that may be missing.
    fn merged_word(&self) -> u64 {
        if self.merged == 0 { NONE } else { u64::from(self.merged) }
    }
}

/// What a world remembers of contacts beside what was sent to whom.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outreach {
    /// Contacts that wait.
    pub(crate) put_off: PutOff,
    /// What came of those that were sent, where channels are learned.
    pub(crate) ledger: Ledger,
}

impl World<'_> {
    /// A program contacts a person.
    pub(crate) fn reach_out(&mut self, turn: &mut Turn<'_>, id: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Effect::Contact { who, template, category, channel, choices, with, refused } = &plan.effects[id as usize] else {
            unreachable!("a Contact")
        };
        let mut words = vec![NONE; usize::from(with.1)];
        self.gather(turn, &with.0, &mut words);
        let request = Request {
            agent: turn.actor,
            who: self.word(turn, *who),
            template: self.word(turn, *template),
            category: self.word(turn, *category),
            channel: self.word(turn, *channel),
            merged: 0,
            choices: match choices {
                Some((first, words)) => (0..*words).map(|word| self.word(turn, first.offset(word))).collect(),
                None => vec![0],
            },
            with: words,
        };
        let turned_away = self.contact(request, false, context)?;
        match (refused, turned_away) {
            (Some(refused), turned_away) => {
                self.put(turn, *refused, u64::from(turned_away.is_some()));
                turn.frame[FRAME_REASON as usize] = turned_away.unwrap_or(turn.frame[FRAME_REASON as usize]);
                Ok(())
            }
            (None, Some(reason)) => self.refuse((turn.actor, turn.actor), reason, context),
            (None, None) => Ok(()),
        }
    }

    /// Sends a contact, refuses it or puts it off; gives the reason where it is refused.
    ///
    /// It `folds` where a later one of its class may take its place while it waits.
    fn contact(&mut self, request: Request, folds: bool, context: &mut Context<'_>) -> Result<Option<u64>, RunError> {
        let Some((kind, index)) = self.find(request.who) else { return Ok(None) };
        let person = actors::id(kind as u16, index);
        let mut gates = Vec::new();
        let passage = match self.candidates(&request)? {
            channels if channels.is_empty() => Passage::Refused("no_such_channel"),
            channels => self.gates(person, &request, channels, &mut gates)?,
        };
        match passage {
            Passage::Refused(reason) => return self.turned_away(&request, reason, gates, context).map(Some),
            Passage::Later { delay, reason, folds: mergers } => {
                let held = Held { number: 0, due: self.common.now.saturating_add(delay), folds: folds || mergers, request };
                self.put_off(person, held, (reason, mergers), gates, context)?;
            }
            Passage::Through(channel) => self.dispatch_contact(person, &request, channel, gates, context)?,
        }
        Ok(None)
    }

    /// Notes and records that a request was refused; gives the reason as a word.
    fn turned_away(
        &mut self,
        request: &Request,
        reason: &str,
        gates: Vec<Gate>,
        context: &mut Context<'_>,
    ) -> Result<u64, RunError> {
        let plan = self.common.plan;
        let outcome = if reason == "merged" { "merged" } else { "refused" };
        self.observe_contact(request, request.channel, outcome, gates, 0.0)?;
        let reason = self.name_word(reason);
        if let Some(note) = plan.contact.not_sent {
            let mut words = [request.who, request.template, request.category, reason, self.rule_of(request.agent)];
            self.note(request.agent, note, vm::words(&mut words), context)?;
        }
        Ok(reason)
    }

    /// Tells whoever tried something that it was refused: `by` says so, the same or somebody else.
    pub(crate) fn refuse(
        &mut self,
        (by, agent): (ActorId, ActorId),
        reason: u64,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        match self.common.plan.contact.refused {
            Some(message) => self.send(context, by, agent, 0, system::FIRST + message, [reason, 0, 0]).map(drop),
            None => Ok(()),
        }
    }

    fn dispatch_contact(
        &mut self,
        person: ActorId,
        request: &Request,
        channel: &Channel,
        gates: Vec<Gate>,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let (plan, agent, name) = (self.common.plan, request.agent, u64::from(channel.name.0));
        if !ContactPlan::lists(&plan.contact.bypass, request.category) {
            let log = self.stores[kind_of(person) as usize].contacts_of(index_of(person));
            log.add(self.common.now, request.category as u32);
        }
        self.begin_trial(person, request, name)?;
        let cost = f64::from_bits(self.value(person, channel.cost, &[], &[])?);
        // Whoever is real is told at once: what the channel does to it is for the channel to say.
        let real = self.live && plan.kinds[kind_of(person) as usize].twin;
        // All three are drawn whether or not they matter, so that the next contact draws the same.
        let heard = self.value(person, channel.heard, &[], &[])? != 0;
        let delay = f64::from_bits(self.value(person, channel.delay, &[], &[])?);
        let notice = f64::from_bits(self.value(person, channel.notice, &[], &[])?);
        let (heard, delay, notice) = if real { (true, 0.0, 0.0) } else { (heard, delay, notice) };
        let outcome = if heard { "sent" } else { "unheard" };
        self.observe_contact(request, name, outcome, gates, cost)?;
        self.observe_text(person, request, name)?;
        if let Some(note) = plan.contact.sent {
            let rule = self.rule_of(agent);
            let mut words = [request.who, request.template, request.category, name, rule, cost.to_bits(), request.merged_word()];
            self.note(agent, note, vm::words(&mut words), context)?;
        }
        let Some(message) = plan.contact.message.filter(|_| heard) else { return Ok(()) };
        let mut words = vec![0; plan.messages[message as usize].words as usize];
        words[..BEFORE_CHOICES].copy_from_slice(&[request.template, request.category, name, u64::from(agent)]);
        let last = words.len() - 1;
        let room = request.choices.len().min(last - BEFORE_CHOICES);
        words[BEFORE_CHOICES..BEFORE_CHOICES + room].copy_from_slice(&request.choices[..room]);
        words[last] = request.merged_word();
        let args = self.payloads.pack(vm::words(&mut words));
        let span = Duration::from_seconds((delay + notice).max(0.0))?;
        self.send(context, agent, person, span.as_ns(), system::FIRST + message, args)?;
        Ok(())
    }

    /// The rule that a mind fired last, for notes and measures.
    fn rule_of(&self, agent: ActorId) -> u64 {
        let is_mind = self.common.policy.is_some_and(|policy| policy.kind == kind_of(agent));
        self.minds.get(index_of(agent)).filter(|_| is_mind).map_or(NONE, |mind| mind.1)
    }

    /// The name behind a symbol word.
    pub(crate) fn symbol(&self, word: u64) -> String {
        self.common.plan.symbols.name(rehearsal_language::symbol::Symbol(word as u32)).to_owned()
    }

    /// The word of a name.
    fn name_word(&self, name: &str) -> u64 {
        self.common.plan.symbols.find(name).map_or(NONE, |symbol| u64::from(symbol.0))
    }
}
