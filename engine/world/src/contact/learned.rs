//! The channel that is learned: chosen by what came of earlier contacts, and told by what people note.
//!
//! Each channel draws on a stream of its own for each person, counted by the choices made for that person: a channel more,
//! or a contact more elsewhere, changes no other draw.

use super::Request;
use super::gates::Gates;
use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Channel, Learn};
use crate::world::World;
use rehearsal_language::vm::Words;
use rehearsal_policy::channel::{Tally, highest, sample};
use rehearsal_trace::Gate;
use std::cell::Cell;

impl<'p> World<'p> {
    /// Chooses among the channels that are `left` of `all`.
    pub(super) fn choose(
        &mut self,
        person: ActorId,
        request: &Request,
        (all, left): (&[&'p Channel], &[&'p Channel]),
        gates: &mut Gates,
    ) -> Result<&'p Channel, RunError> {
        let plan = self.common.plan;
        let Some(learn) = &plan.contact.learn else { return Ok(left[0]) };
        let segment = self.segment(learn, request)?;
        self.outreach.ledger.settle(self.common.now);
        let count = self.outreach.ledger.choice(person);
        let key = self.stores[kind_of(person) as usize].key(index_of(person)).with_name("learned");
        let beliefs: Vec<Tally> =
            left.iter().map(|channel| self.outreach.ledger.belief(&learn.learning, person, segment, channel.name.0)).collect();
        let name = |channel: &Channel| plan.symbols.name(channel.name);
        let drawn = |(belief, channel): (&Tally, &&Channel)| sample(*belief, key.with_name(name(channel)), count);
        let samples: Vec<f64> = beliefs.iter().zip(left).map(drawn).collect();
        let chosen = highest(&samples).unwrap_or(0);
        let shown = |at: usize| format!("{} {:.3} (mean {:.3})", name(left[at]), samples[at], beliefs[at].mean());
        let mut others: Vec<String> = (0..left.len()).filter(|at| *at != chosen).map(shown).collect();
        let stopped = |channel: &&&Channel| !left.iter().any(|open| open.name == channel.name);
        others.extend(all.iter().filter(stopped).map(|channel| format!("{} not at hand", name(channel))));
        let why = match others.as_slice() {
            [] => shown(chosen),
            others => format!("{} over {}", shown(chosen), others.join(", ")),
        };
        gates.push(Gate { gate: "channel".into(), passed: true, why });
        Ok(left[chosen])
    }

    /// A contact is sent: what comes of it is waited for, where channels are learned.
    pub(super) fn begin_trial(&mut self, person: ActorId, request: &Request, channel: u64) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Some(learn) = &plan.contact.learn else { return Ok(()) };
        let segment = self.segment(learn, request)?;
        self.outreach.ledger.sent(&learn.learning, self.common.now, person, segment, channel as u32);
        Ok(())
    }

    fn segment(&mut self, learn: &Learn, request: &Request) -> Result<u64, RunError> {
        match learn.segment {
            Some(segment) => self.value(request.agent, segment, &request.given(request.channel), &[]),
            None => Ok(0),
        }
    }

    /// Somebody notes something: it may tell what became of a contact with them.
    pub(crate) fn reacted(&mut self, person: ActorId, note: u16, words: &Words) {
        let plan = self.common.plan;
        let Some(learn) = &plan.contact.learn else { return };
        for heard in learn.heard.iter().filter(|heard| heard.note == note) {
            self.outreach.ledger.settle(self.common.now);
            let channel = heard.channel.and_then(|at| words.get(usize::from(at)).map(Cell::get));
            self.outreach.ledger.reacted(person, channel.map(|word| word as u32), heard.reaction);
        }
    }
}
