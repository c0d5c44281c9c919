//! What an actor does by itself while a program of it runs: it draws, sends, waits, and uses what it owns.
//!
//! Here are the short ways of the effects that need no more than the actor's own row and holders. Whatever needs more, such
//! as the household of another, or a record of the run, goes the long way in `effects.rs` and `claims.rs`, and does the same.

use crate::actors::{self, ActorId, HolderState, draw_of, home_of, sending};
use crate::claims::{claim_word, parts};
use crate::jobs::{Jobs, Waiting};
use crate::law;
use crate::measures::Measures;
use crate::packet::{Context, Packet};
use crate::payloads::Payloads;
use crate::plan::{Effect, FRAME_WAITED, Plan, Put};
use crate::turn::{Course, reserve};
use crate::world::system;
use rehearsal_kernel::{Bits, Duration, KernelError, Purpose, Ticket, below};
use rehearsal_language::program::{Base, Law, Operand};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Host, Memory, Words};
use std::collections::VecDeque;

/// What one actor has at hand while a program of it runs.
pub(crate) struct Hand<'a, 'c> {
    pub(crate) plan: &'a Plan,
    /// The sites of the actor's kind.
    pub(crate) sites: &'a [Purpose],
    /// Words of a row before the counts of draws.
    pub(crate) words: usize,
    /// Members of each group that is born: kind, first and last + 1.
    pub(crate) groups: &'a [(u16, usize, usize)],
    /// What it may do; nothing while a value is found.
    pub(crate) act: Option<Act<'a, 'c>>,
    /// Whether its last effect was carried out and it waits now.
    pub(crate) suspended: bool,
}

impl Host for Hand<'_, '_> {
    #[inline]
    fn draw(&mut self, row: &Words, law: Law, site: u16, values: [f64; 3]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw(law, draws, values))
    }

    #[inline]
    fn bits(&mut self, row: &Words, site: u16) -> u64 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| draws.next())
    }

    #[inline]
    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String> {
        let (kind, first, last) = match self.groups.get(group as usize) {
            Some((kind, first, last)) if first < last => (*kind, *first, *last),
            found => return Err(no_member(&self.plan.groups[group as usize].name, found.is_some())),
        };
        let index = first + below(self.bits(row, site), (last - first) as u64) as usize;
        Ok(u64::from(actors::id(kind, index)))
    }

    #[inline]
    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String> {
        let Some(act) = &mut self.act else { return Ok(false) };
        match &self.plan.effects[id as usize] {
            Effect::Tell { to, many: false, message, with, delay } => act.tell(self.plan, memory, (*to, *message), with, *delay),
            Effect::Delay { span: at } => {
                let delay = span(memory.get(*at))?;
                act.wait(memory, delay)?;
                self.suspended = true;
                Ok(false)
            }
            Effect::Seize { holder, claim, units: None, priority: None, renege_after: None, unit: None, .. } => {
                match act.seize(memory, id, *holder, *claim) {
                    Some(held) => {
                        self.suspended = !held;
                        Ok(held)
                    }
                    None => Ok(false),
                }
            }
            Effect::Release { claim } if claim.base() == Base::Frame => act.release(self.plan, memory, *claim),
            Effect::Note { note, with } => Ok(act.note(self.plan, memory, *note, with)),
            _ => Ok(false),
        }
    }
}

/// What a running program of an actor may do, and what it does it with.
pub(crate) struct Act<'a, 'c> {
    pub(crate) context: &'a mut Context<'c>,
    pub(crate) course: &'a mut Course,
    pub(crate) jobs: &'a mut Jobs,
    pub(crate) ready: &'a mut VecDeque<(ActorId, [u64; 3])>,
    pub(crate) measures: &'a mut Measures,
    /// The actor's own holders.
    pub(crate) holders: &'a mut [HolderState],
    /// Whether a policy or a record looks on: then notes go the long way.
    pub(crate) observed: bool,
}

impl Act<'_, '_> {
    /// Sends a message to one actor, unless another household's row is needed to know the way.
    #[inline]
    fn tell(
        &mut self,
        plan: &Plan,
        memory: &Memory<'_>,
        (to, message): (Operand, u16),
        with: &[Put],
        delay: Option<Operand>,
    ) -> Result<bool, String> {
        let to = memory.get(to);
        if plan.messages[message as usize].words as usize > Payloads::INLINE || plan.latency > 0 && to != memory.me {
            return Ok(false);
        }
        let target = actors::actor(to).ok_or("nobody to tell: the reference is none")?;
        let delay = match delay {
            Some(at) => span(memory.get(at))?,
            None => Duration::ZERO,
        };
        let args = gathered::<{ Payloads::INLINE }>(memory, with);
        self.send(memory, target, delay, system::FIRST + message, args).map_err(|error| error.to_string())?;
        Ok(true)
    }

    #[inline]
    fn send(
        &mut self,
        memory: &Memory<'_>,
        to: ActorId,
        delay: Duration,
        number: u16,
        args: [u64; 3],
    ) -> Result<Ticket, KernelError> {
        let packet = Packet::new(number, args);
        sending(memory.row(), memory.me as ActorId, |sender| self.context.send(sender, to, delay, packet))
    }

    /// The turn becomes a job that waits for a span.
    #[inline]
    fn wait(&mut self, memory: &Memory<'_>, delay: Duration) -> Result<(), String> {
        let me = memory.me as ActorId;
        let (job, wait) = reserve(self.jobs, memory.row(), me, self.course, Waiting::Moment);
        let alarm = self.send(memory, me, delay, system::RESUME, [job, u64::from(wait), 0]).map_err(|error| error.to_string())?;
        self.jobs.get_mut(job as u32).alarm = Some(alarm);
        Ok(())
    }

    /// Seizes a unit of an own resource, or joins its queue; whether it is held. `None` for any other holder, and where its
    /// use is measured.
    #[inline]
    fn seize(&mut self, memory: &Memory<'_>, id: u32, holder: Operand, claim: Operand) -> Option<bool> {
        let word = memory.get(holder);
        let (owner, number, _) = parts(word);
        if u64::from(owner) != memory.me || self.measures.watch_holders() {
            return None;
        }
        let HolderState::Resource(resource) = self.holders.get_mut(number)? else { return None };
        if resource.hold(1, 0) {
            memory.set(claim, claim_word(word, 1));
            memory.set(Operand::new(Base::Frame, FRAME_WAITED), 0.0_f64.to_bits());
            self.course.claims += 1;
            return Some(true);
        }
        let (job, _) = reserve(self.jobs, memory.row(), owner, self.course, Waiting::Claim(word, id));
        resource.join(job, 1, 0, memory.now);
        Some(false)
    }

    /// Gives units of an own resource back and serves the next in line; false for any other holder, and where its use is
    /// measured.
    #[inline]
    fn release(&mut self, plan: &Plan, memory: &Memory<'_>, claim: Operand) -> Result<bool, String> {
        let word = memory.get(claim);
        let (owner, number, units) = parts(word);
        if units == 0 || word == NONE || u64::from(owner) != memory.me || self.measures.watch_holders() {
            return Ok(false);
        }
        let Some(HolderState::Resource(resource)) = self.holders.get_mut(number) else { return Ok(false) };
        memory.set(claim, 0);
        self.course.claims = self.course.claims.saturating_sub(1);
        resource.release(units);
        while let Some((job, units, _)) = resource.pop_grant(memory.now) {
            // A job that is gone has its withdrawal under way: its units go to the next.
            let Some(place) = self.jobs.find(job) else {
                resource.release(units);
                continue;
            };
            let (requester, home) = (self.jobs.get(place).actor, self.jobs.get(place).home);
            let args = [job, claim_word(word & 0xffff_ffff_ffff, units), 0];
            if home == home_of(memory.row()) {
                self.ready.push_back((requester, args));
                continue;
            }
            let packet = Packet::new(system::GRANT, args);
            sending(memory.row(), owner, |sender| self.context.send(sender, requester, Duration::from_ns(plan.latency), packet))
                .map_err(|error| error.to_string())?;
        }
        Ok(true)
    }

    /// States a fact that only measures look at, and plainly; false for any other.
    #[inline]
    fn note(&mut self, plan: &Plan, memory: &Memory<'_>, note: u16, with: &[Put]) -> bool {
        const WORDS: usize = 4;
        if self.observed || plan.notes[note as usize].words as usize > WORDS {
            return false;
        }
        self.measures.plainly(memory, note, gathered::<WORDS>(memory, with))
    }
}

/// The words that a message or a note carries; missing where nobody gives them.
#[inline]
fn gathered<const WORDS: usize>(memory: &Memory<'_>, with: &[Put]) -> [u64; WORDS] {
    let mut words = [NONE; WORDS];
    for put in with {
        for word in 0..put.words {
            if let Some(place) = words.get_mut((put.to + word) as usize) {
                *place = memory.get(put.from.offset(word));
            }
        }
    }
    words
}

/// A span in seconds, as a program has it.
#[inline]
pub(crate) fn span(word: u64) -> Result<Duration, String> {
    let seconds = f64::from_bits(word);
    Duration::checked_from_seconds(seconds).ok_or_else(|| format!("a span of {seconds} s: it has to be 0 s or more"))
}

#[cold]
fn no_member(group: &str, born: bool) -> String {
    if born {
        format!("nothing to pick from: group `{group}` has no members")
    } else {
        format!("group `{group}` is born later: put it before the one that picks from it")
    }
}
