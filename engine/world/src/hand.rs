//! What an actor does by itself while a program of it runs: it draws, sends, waits, and uses what it owns.
//!
//! Here are the short ways of the effects that need no more than the actor's own row and holders. Whatever needs more, such
//! as the household of another, or a record of the run, goes the long way in `effects.rs` and `claims.rs`, and does the same.

use crate::actors::{self, ActorId, HolderState, draw_of, home_of, sending};
use crate::claims::{claim_word, parts};
use crate::jobs::Waiting;
use crate::law;
use crate::packet::{Context, Packet};
use crate::payloads::Payloads;
use crate::plan::{Effect, FRAME_WAITED, Put};
use crate::turn::{Course, reserve};
use crate::world::{World, system};
use rehearsal_kernel::{Bits, Duration, Purpose, below};
use rehearsal_language::law::Shape;
use rehearsal_language::program::{Base, Law, Operand};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Host, Memory, Words};

/// What one actor has at hand while a program of it runs: the world, but for the rows of its own kind.
///
/// Those are lent to the program, see `World::advance`: nothing here may look into them but through the memory.
pub(crate) struct Hand<'a, 'p, 'c> {
    pub(crate) world: &'a mut World<'p>,
    /// The sites of the actor's kind.
    pub(crate) sites: &'p [Purpose],
    /// Words of a row before the counts of draws.
    pub(crate) words: usize,
    /// Where events go, and what the turn has come to; nothing while a value is found.
    pub(crate) act: Option<(&'a mut Context<'c>, &'a mut Course)>,
    /// Whether its last effect was carried out and it waits now.
    pub(crate) suspended: bool,
}

impl Host for Hand<'_, '_, '_> {
    #[inline(always)]
    fn draw_one(&mut self, row: &Words, law: Law, site: u16, value: f64) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw_one(law, draws, value))
    }

    fn draw(&mut self, row: &Words, law: Law, site: u16, values: [f64; 3]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw(law, draws, values))
    }

    fn draw_shaped(&mut self, row: &Words, shape: Shape, law: Law, site: u16, values: [f64; 5]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw_shaped(shape, law, draws, values))
    }

    #[inline(always)]
    fn bits(&mut self, row: &Words, site: u16) -> u64 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| draws.next())
    }

    fn count(&mut self, row: &Words, site: u16) -> u32 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| {
            let before = *draws.counter;
            *draws.counter = before.wrapping_add(1);
            before
        })
    }

    #[inline(always)]
    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String> {
        let (kind, first, last) = match self.world.groups.get(group as usize) {
            Some((kind, first, last)) if first < last => (*kind, *first, *last),
            found => return Err(no_member(&self.world.plan.groups[group as usize].name, found.is_some())),
        };
        let index = first + below(self.bits(row, site), (last - first) as u64) as usize;
        Ok(u64::from(actors::id(kind, index)))
    }

    #[inline(always)]
    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String> {
        match &self.world.plan.effects[id as usize] {
            Effect::Tell { to, many: false, message, with, delay } => self.tell(memory, (*to, *message), with, *delay),
            effect => self.others(memory, id, effect),
        }
    }
}

impl Hand<'_, '_, '_> {
    fn others(&mut self, memory: &Memory<'_>, id: u32, effect: &Effect) -> Result<bool, String> {
        match effect {
            Effect::Delay { span: at } => {
                self.wait(memory, span(memory.get(*at))?)?;
                Ok(false)
            }
            Effect::Seize { holder, claim, units: None, priority: None, renege_after: None, unit: None, .. } => {
                Ok(self.seize(memory, id, *holder, *claim))
            }
            Effect::Release { claim } if claim.base() == Base::Frame => self.release(memory, *claim),
            Effect::Note { note, with } => Ok(self.note(memory, *note, with)),
            _ => Ok(false),
        }
    }

    /// Sends a message to one actor, unless another household's row is needed to know the way.
    #[inline(always)]
    fn tell(
        &mut self,
        memory: &Memory<'_>,
        (to, message): (Operand, u16),
        with: &[Put],
        delay: Option<Operand>,
    ) -> Result<bool, String> {
        let (to, plan) = (memory.get(to), self.world.plan);
        if plan.latency > 0 && to != memory.me || plan.messages[message as usize].words as usize > Payloads::INLINE {
            return Ok(false);
        }
        let Some((context, _)) = &mut self.act else { return Ok(false) };
        let Some(target) = actors::actor(to) else { return Err("nobody to tell: the reference is none".into()) };
        let delay = match delay {
            Some(at) => span(memory.get(at))?,
            None => Duration::ZERO,
        };
        let packet = Packet::new(system::FIRST + message, gathered::<{ Payloads::INLINE }>(memory, with));
        let sent = sending(memory.row(), memory.me as ActorId, |sender| context.send(sender, target, delay, packet));
        if let Err(error) = sent {
            return Err(error.to_string());
        }
        Ok(true)
    }

    /// The turn becomes a job that waits for a span.
    fn wait(&mut self, memory: &Memory<'_>, delay: Duration) -> Result<(), String> {
        let Some((context, course)) = &mut self.act else { return Ok(()) };
        let me = memory.me as ActorId;
        let (job, wait) = reserve(&mut self.world.jobs, memory.row(), me, course, Waiting::Moment);
        let packet = Packet::new(system::RESUME, [job, u64::from(wait), 0]);
        let sent = sending(memory.row(), me, |sender| context.send(sender, me, delay, packet));
        let alarm = sent.map_err(|error| error.to_string())?;
        self.world.jobs.get_mut(job as u32).alarm = Some(alarm);
        self.suspended = true;
        Ok(())
    }

    /// Seizes a unit of an own resource, or joins its queue; false for any other holder, and where its use is measured.
    fn seize(&mut self, memory: &Memory<'_>, id: u32, holder: Operand, claim: Operand) -> bool {
        let Some((_, course)) = &mut self.act else { return false };
        let word = memory.get(holder);
        let (owner, _, _) = parts(word);
        if u64::from(owner) != memory.me || self.world.measures.watch_holders() {
            return false;
        }
        let HolderState::Resource(resource) = self.world.holder(word) else { return false };
        if resource.is_preemptive() {
            return false;
        }
        if resource.hold(1, 0) {
            memory.set(claim, claim_word(word, 1));
            memory.set(Operand::new(Base::Frame, FRAME_WAITED), 0.0_f64.to_bits());
            course.claims += 1;
            return true;
        }
        let (job, _) = reserve(&mut self.world.jobs, memory.row(), owner, course, Waiting::Claim(word, id));
        let HolderState::Resource(resource) = self.world.holder(word) else { return false };
        resource.join(job, 1, 0, memory.now);
        self.suspended = true;
        false
    }

    /// Gives units of an own resource back and serves the next in line; false for any other holder, and where its use is
    /// measured.
    fn release(&mut self, memory: &Memory<'_>, claim: Operand) -> Result<bool, String> {
        let Some((context, course)) = &mut self.act else { return Ok(false) };
        let word = memory.get(claim);
        let (owner, _, units) = parts(word);
        if units == 0 || word == NONE || u64::from(owner) != memory.me || self.world.measures.watch_holders() {
            return Ok(false);
        }
        let HolderState::Resource(resource) = self.world.holder(word) else { return Ok(false) };
        if resource.is_preemptive() {
            return Ok(false);
        }
        resource.release(units);
        memory.set(claim, 0);
        course.claims = course.claims.saturating_sub(1);
        loop {
            let HolderState::Resource(resource) = self.world.holder(word) else { return Ok(true) };
            let Some((job, units, _)) = resource.pop_grant(memory.now) else { return Ok(true) };
            // A job that is gone has its withdrawal under way: its units go to the next.
            let Some(place) = self.world.jobs.find(job) else {
                if let HolderState::Resource(resource) = self.world.holder(word) {
                    resource.release(units);
                }
                continue;
            };
            let (requester, home) = (self.world.jobs.get(place).actor, self.world.jobs.get(place).home);
            let args = [job, claim_word(word & 0xffff_ffff_ffff, units), 0];
            if home == home_of(memory.row()) {
                self.world.ready.push_back((requester, args));
                continue;
            }
            let (way, packet) = (Duration::from_ns(self.world.plan.latency), Packet::new(system::GRANT, args));
            sending(memory.row(), owner, |sender| context.send(sender, requester, way, packet))
                .map_err(|error| error.to_string())?;
        }
    }

    /// States a fact that only measures look at, and plainly; false for any other.
    fn note(&mut self, memory: &Memory<'_>, note: u16, with: &[Put]) -> bool {
        const WORDS: usize = 4;
        let looked_on = self.world.observer.is_some() || self.world.policy.is_some();
        if looked_on || self.act.is_none() || self.world.plan.notes[note as usize].words as usize > WORDS {
            return false;
        }
        self.world.measures.plainly(memory, note, gathered::<WORDS>(memory, with))
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
