//! Events that set off one routine in short form, with nothing else to look at: most of what happens in a run.

use super::run::WAITS;
use super::timer::rung;
use super::{CONSTANTS, EVENT, Entry, FRAME, Reach, Registers, Shorts, run};
use crate::actors::{ActorId, HolderState, index_of, is_there, kind_of};
use crate::claims::parts;
use crate::error::RunError;
use crate::jobs::{Job, Waiting};
use crate::packet::{Context, Event};
use crate::payloads::Payloads;
use crate::plan::{ANY, Effect, FRAME_WAITED, Kind, Plan};
use crate::turn::Course;
use crate::world::{World, system};
use rehearsal_language::program::{Base, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm;

/// What a message sets off in a kind that hears it with one handler, whatever its state and without a test.
#[derive(Clone, Copy, Debug)]
struct Reaction {
    routine: Routine,
    entry: Entry,
    /// Words that the message carries.
    words: u16,
}

/// What messages set off, by kind and message.
pub(crate) struct Reactions {
    messages: usize,
    found: Vec<Option<Reaction>>,
}

/// What an event sets off: a routine, or, where there is none, whether that is all there is to it.
pub(super) type Begin = Result<Beginning, bool>;

/// Where a routine is entered.
pub(super) struct Beginning {
    pub(super) entry: Entry,
    /// Words of its frame.
    pub(super) words: u16,
    /// Whether it begins, with a frame of zeros; else its frame is in the registers.
    pub(super) fresh: bool,
}

/// There is more to look at.
pub(super) const OTHERWISE: Begin = Err(false);
/// It sets nothing off.
pub(super) const NOTHING: Begin = Err(true);

impl Reactions {
    pub(crate) fn of(plan: &Plan) -> Reactions {
        let messages = plan.messages.len();
        let found = plan.kinds.iter().flat_map(|kind| (0..messages).map(|message| reaction(plan, kind, message))).collect();
        Reactions { messages, found }
    }

    /// What a message, by its number among all, sets off in a kind.
    #[inline(always)]
    fn of_message(&self, kind: usize, number: u16) -> Option<Reaction> {
        let message = usize::from(number).wrapping_sub(usize::from(system::FIRST));
        let at = (kind * self.messages).wrapping_add(message);
        *self.found.get(at).filter(|_| message < self.messages)?
    }
}

fn reaction(plan: &Plan, kind: &Kind, message: usize) -> Option<Reaction> {
    if kind.instead.get(message).is_some_and(|instead| !instead.is_empty()) {
        return None;
    }
    let plain = kind.regions.is_empty() && kind.remembers.is_empty() && kind.conditional.is_empty() && !kind.policy;
    match kind.handlers.get(message)?.as_slice() {
        [one] if plain && one.guard.is_none() && !kind.awaited.get(message).is_some_and(|awaited| *awaited) => {
            let (words, entry) = (plan.messages[message].words, plan.short.of(plan).entry(one.body.start)?);
            (usize::from(words) <= Payloads::INLINE).then_some(Reaction { routine: one.body, entry, words })
        }
        _ => None,
    }
}

impl World<'_> {
    /// Carries out what an event sets off; false where there is more to look at.
    #[inline(always)]
    pub(crate) fn reacts(&mut self, event: &Event, context: &mut Context<'_>) -> Result<bool, RunError> {
        let (actor, number, shorts) = (event.target, event.message.number(), self.shorts);
        let kind = kind_of(actor) as usize;
        let reaction = self.reactions.of_message(kind, number);
        let mut course = Course { region: ANY, start: 0, claims: 0, job: 0 };
        let Some((mut reach, registers)) = self.reach(actor, &mut course, Some(context)) else { return Ok(false) };
        if !is_there(reach.row) {
            return Ok(false);
        }
        let begin = if number > system::RESUME {
            set_off(event, reaction, &mut reach, registers)
        } else {
            match shorts.kinds.get(kind) {
                Some(ready) if number == system::TIMER => rung(event, ready, &mut reach, registers)?,
                Some(ready) if ready.unconditional => woken(event, shorts, &mut reach, registers),
                _ => OTHERWISE,
            }
        };
        let Beginning { entry, words, fresh } = match begin {
            Ok(beginning) => beginning,
            Err(done) => return Ok(done),
        };
        let stop = match run::run(shorts, &mut reach, registers, (entry, fresh.then_some(words))) {
            Ok(stop) => stop,
            Err(fault) => return Err(self.told(actor, &fault)),
        };
        if course.claims == 0 && shorts.is_end(stop) {
            if course.job != 0 {
                let place = course.job as u32;
                self.unlink(place);
                self.jobs.end(place);
            }
            return Ok(true);
        }
        if stop & WAITS != 0 {
            self.waits(&course, usize::from(words), stop);
            return Ok(true);
        }
        self.rests(event, (words, course), stop, context)?;
        Ok(true)
    }

    /// A claim inside a household is granted to a job that waits for a unit of an own resource and whose program has a short
    /// form from there; false for any other. As `granted`.
    pub(crate) fn granted_shortly(
        &mut self,
        requester: ActorId,
        args: [u64; 3],
        context: &mut Context<'_>,
    ) -> Result<bool, RunError> {
        let [handle, word, unit] = args;
        let Some(place) = self.jobs.find(handle) else { return Ok(false) };
        let job = self.jobs.get(place);
        let (Waiting::Claim(holder, effect), Some(entry)) = (job.waiting, self.shorts.entry(job.pc)) else { return Ok(false) };
        let Effect::Seize { claim, unit: None, .. } = &self.plan.effects[effect as usize] else { return Ok(false) };
        let (owner, number, _) = parts(word);
        let words = job.frame.len();
        let same = holder & 0xffff_ffff_ffff == word & 0xffff_ffff_ffff;
        let plain = same && owner == requester && unit == 0 && claim.base() == Base::Frame && words <= FRAME;
        let mut held = self.stores[kind_of(requester) as usize].held(index_of(requester));
        match held.get_mut(number) {
            Some(HolderState::Resource(resource)) if plain && !resource.is_preemptive() => {}
            _ => return Ok(false),
        }
        self.touch(requester);
        let job = self.jobs.get_mut(place);
        if let Some(alarm) = job.alarm.take() {
            context.cancel(alarm);
        }
        let mut course = goes_on(job, handle, self.now, &mut self.registers);
        self.registers.0[claim.index() as usize] = word;
        course.claims += 1;
        let ran = self.run_short(requester, (entry, None), &mut course, Some(context));
        let stop = ran.map_err(|fault| self.told(requester, &fault))?;
        if course.claims == 0 && self.shorts.is_end(stop) {
            self.unlink(place);
            self.jobs.end(place);
            return Ok(true);
        }
        self.stopped((requester, words), course, &[], stop, context)?;
        Ok(true)
    }

    /// Goes on with a routine that has not come to its end.
    #[inline(never)]
    fn rests(
        &mut self,
        event: &Event,
        (words, course): (u16, Course),
        stop: usize,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let message = event.message.number().checked_sub(system::FIRST);
        let count = message.map_or(0, |message| self.plan.messages[message as usize].words as usize);
        let ([first, second, third], from) = (event.message.args(), u64::from(event.sender));
        let mut said = [first, second, third, 0];
        said[count % 4] = from;
        let said = if message.is_some() { &vm::words(&mut said)[..=count % 4] } else { &[] };
        self.stopped((event.target, usize::from(words)), course, said, stop, context)
    }
}

/// What a message sets off.
#[inline(always)]
fn set_off(event: &Event, reaction: Option<Reaction>, reach: &mut Reach<'_, '_>, registers: &mut Registers) -> Begin {
    let Some(Reaction { routine, entry, words }) = reaction else { return OTHERWISE };
    if reach.observer.is_some() {
        return OTHERWISE;
    }
    let ([first, second, third], from) = (event.message.args(), u64::from(event.sender));
    let said = &mut registers.0;
    (said[EVENT], said[EVENT + 1], said[EVENT + 2]) = (first, second, third);
    said[EVENT + usize::from(words % 4)] = from;
    reach.course.start = routine.start;
    Ok(Beginning { entry, words: routine.frame, fresh: true })
}

/// A span is over for a job: its rest is set off. As `wake`.
#[inline(always)]
fn woken(event: &Event, shorts: &Shorts, reach: &mut Reach<'_, '_>, registers: &mut Registers) -> Begin {
    let [handle, wait, _] = event.message.args();
    let Some(place) = reach.jobs.find(handle) else { return NOTHING };
    let job = reach.jobs.get_mut(place);
    if u64::from(job.wait) != wait {
        return NOTHING;
    }
    let words = job.frame.len();
    let entry = match shorts.entry(job.pc) {
        Some(entry) if job.waiting == Waiting::Moment && words <= FRAME => entry,
        _ => return OTHERWISE,
    };
    // This very event was the alarm: there is nothing to take back.
    job.alarm = None;
    *reach.course = goes_on(job, handle, reach.now, registers);
    Ok(Beginning { entry, words: words as u16, fresh: false })
}

/// A job goes on: its words are put into the registers.
#[inline(always)]
fn goes_on(job: &mut Job, handle: u64, now: u64, registers: &mut Registers) -> Course {
    job.waiting = Waiting::Nothing;
    registers.0[..job.frame.len()].copy_from_slice(&job.frame);
    registers.0[FRAME_WAITED as usize] = ((now - job.since) as i64 as f64 / 1e9).to_bits();
    registers.0[EVENT..CONSTANTS].fill(NONE);
    Course { region: job.region, start: job.start, claims: job.claims, job: handle }
}
