//! Events that set off one routine in short form, with nothing else to look at: most of what happens in a run.

use super::run::{Given, Stop};
use super::timer::rung;
use super::{EVENT, Entry, FRAME, Reach, Registers, Shorts, run};
use crate::actors::{ActorId, is_there, kind_of};
use crate::error::RunError;
use crate::jobs::{Job, Waiting};
use crate::packet::{Context, Event};
use crate::payloads::Payloads;
use crate::plan::{Effect, FRAME_WAITED, Kind, Plan};
use crate::turn::Course;
use crate::world::{World, system};
use rehearsal_language::program::{Base, Routine};
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
#[derive(Default)]
pub(super) struct Reactions {
    messages: usize,
    found: Vec<Option<Reaction>>,
}

/// What an event sets off.
pub(super) enum Begin {
    /// A routine, with so many words in its frame.
    At(Entry, usize, Given),
    /// Nothing.
    Nothing,
    /// There is more to look at.
    Otherwise,
}

impl Reactions {
    pub(super) fn of(plan: &Plan, shorts: &Shorts) -> Reactions {
        let messages = plan.messages.len();
        let found =
            plan.kinds.iter().flat_map(|kind| (0..messages).map(|message| reaction(plan, shorts, kind, message))).collect();
        Reactions { messages, found }
    }

    /// What a message, by its number among all, sets off in a kind.
    #[inline(always)]
    fn of_message(&self, kind: usize, number: u16) -> Option<&Reaction> {
        let message = usize::from(number).wrapping_sub(usize::from(system::FIRST));
        let at = (kind * self.messages).wrapping_add(message);
        self.found.get(at).filter(|_| message < self.messages)?.as_ref()
    }
}

fn reaction(plan: &Plan, shorts: &Shorts, kind: &Kind, message: usize) -> Option<Reaction> {
    if kind.instead.get(message).is_some_and(|instead| !instead.is_empty()) {
        return None;
    }
    let plain = kind.regions.is_empty() && kind.remembers.is_empty() && kind.conditional.is_empty() && !kind.policy;
    match kind.handlers.get(message)?.as_slice() {
        [one] if plain && one.guard.is_none() && !kind.awaited.get(message).is_some_and(|awaited| *awaited) => {
            let (words, entry) = (plan.messages[message].words, shorts.entry(one.body.start)?);
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
        let Some((mut reach, registers)) = self.reach(actor, Course::none(), Some(context)) else { return Ok(false) };
        if !is_there(reach.row) {
            return Ok(false);
        }
        let begin = if number > system::RESUME {
            set_off(event, shorts.reactions.of_message(kind, number), &mut reach, registers)
        } else {
            match shorts.kinds.get(kind) {
                Some(ready) if number == system::TIMER => rung(event, ready, &mut reach)?,
                Some(ready) if ready.unconditional => woken(event, shorts, &mut reach),
                _ => Begin::Otherwise,
            }
        };
        let (entry, words, given) = match begin {
            Begin::At(entry, words, given) => (entry, words, given),
            Begin::Nothing => return Ok(true),
            Begin::Otherwise => return Ok(false),
        };
        reach.words = words;
        let stop = match run::run(shorts, &mut reach, registers, (entry, given)) {
            Ok(stop) => stop,
            Err(fault) => return Err(self.told(actor, &fault)),
        };
        if stop.waits() {
            return Ok(true);
        }
        let course = reach.course;
        if course.claims == 0 && stop.ends() {
            if course.job != 0 {
                self.ends(course.job as u32);
            }
            return Ok(true);
        }
        let copy = *event;
        self.rests(&copy, (words, course), stop, context)?;
        Ok(true)
    }

    /// An own claim of a plain resource is granted to a job that waits for it, and whose program has a short form from there;
    /// false for any other. As `granted`.
    #[inline]
    pub(crate) fn granted_shortly(
        &mut self,
        requester: ActorId,
        [handle, word, _]: [u64; 3],
        context: &mut Context<'_>,
    ) -> Result<bool, RunError> {
        let (shorts, common) = (self.shorts, &mut self.common);
        let Some(place) = common.jobs.find(handle) else { return Ok(false) };
        let job = common.jobs.get_mut(place);
        let (Waiting::Claim(holder, effect), Some(entry)) = (job.waiting, shorts.entry(job.pc)) else { return Ok(false) };
        let Effect::Seize { claim, unit: None, .. } = &common.plan.effects[effect as usize] else { return Ok(false) };
        let words = job.frame.len();
        if (holder ^ word) & 0xffff_ffff_ffff != 0 || claim.base() != Base::Frame || words > FRAME {
            return Ok(false);
        }
        if let Some(alarm) = job.alarm.take() {
            context.cancel(alarm);
        }
        let mut course = goes_on(job, handle, (common.plan, common.now));
        course.claims += 1;
        if let Some(at) = job.frame.get_mut(claim.index() as usize) {
            *at = word;
        }
        self.touch(requester);
        let Some((mut reach, registers)) = self.reach(requester, course, Some(context)) else { return Ok(false) };
        reach.words = words;
        let stop = match run::run(shorts, &mut reach, registers, (entry, Given::Nothing)) {
            Ok(stop) => stop,
            Err(fault) => return Err(self.told(requester, &fault)),
        };
        if stop.waits() {
            return Ok(true);
        }
        let course = reach.course;
        if course.claims == 0 && stop.ends() {
            self.ends(place);
        } else {
            self.stopped((requester, words), course, &[], stop, context)?;
        }
        Ok(true)
    }

    /// A job has come to its end.
    #[inline]
    pub(super) fn ends(&mut self, place: u32) {
        self.unlink(place);
        self.common.jobs.end(place);
    }

    /// Goes on with a routine that has not come to its end.
    #[inline(never)]
    fn rests(
        &mut self,
        event: &Event,
        (words, course): (usize, Course),
        stop: Stop,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let message = event.message.number().checked_sub(system::FIRST);
        let count = message.map_or(0, |message| self.common.plan.messages[message as usize].words as usize);
        let ([first, second, third], from) = (event.message.args(), u64::from(event.sender));
        let mut said = [first, second, third, 0];
        said[count % 4] = from;
        let said = if message.is_some() { &vm::words(&mut said)[..=count % 4] } else { &[] };
        self.stopped((event.target, words), course, said, stop, context)
    }
}

/// What a message sets off.
#[inline(always)]
fn set_off(event: &Event, reaction: Option<&Reaction>, reach: &mut Reach<'_, '_, '_>, registers: &mut Registers) -> Begin {
    let Some(&Reaction { routine, entry, words }) = reaction else { return Begin::Otherwise };
    if reach.common.attended && reach.common.observer.is_some() {
        return Begin::Otherwise;
    }
    let ([first, second, third], from) = (event.message.args(), u64::from(event.sender));
    let said = &mut registers.0;
    (said[EVENT], said[EVENT + 1], said[EVENT + 2]) = (first, second, third);
    said[EVENT + usize::from(words % 4)] = from;
    reach.course.start = routine.start;
    Begin::At(entry, usize::from(routine.frame), Given::Event)
}

/// A span is over for a job: its rest is set off. As `wake`.
#[inline(always)]
fn woken(event: &Event, shorts: &Shorts, reach: &mut Reach<'_, '_, '_>) -> Begin {
    let [handle, wait, _] = event.message.args();
    let Some(place) = reach.common.jobs.find(handle) else { return Begin::Nothing };
    let job = reach.common.jobs.get_mut(place);
    if u64::from(job.wait) != wait {
        return Begin::Nothing;
    }
    let words = job.frame.len();
    let entry = match shorts.entry(job.pc) {
        Some(entry) if job.waiting == Waiting::Moment && words <= FRAME => entry,
        _ => return Begin::Otherwise,
    };
    // This very event was the alarm: there is nothing to take back.
    job.alarm = None;
    reach.course = goes_on(job, handle, (reach.common.plan, reach.common.now));
    Begin::At(entry, words, Given::Nothing)
}

/// A job goes on: its frame tells how long it has waited, if anything asks.
#[inline(always)]
fn goes_on(job: &mut Job, handle: u64, (plan, now): (&Plan, u64)) -> Course {
    job.waiting = Waiting::Nothing;
    if plan.waited
        && let Some(waited) = job.frame.get_mut(FRAME_WAITED as usize)
    {
        *waited = ((now - job.since) as i64 as f64 / 1e9).to_bits();
    }
    Course { region: job.region, start: job.start, claims: job.claims, job: handle }
}
