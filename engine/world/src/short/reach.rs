//! What an actor does on the spot while a program of it runs: it draws, sends, waits, and uses what it owns.
//!
//! Here are the short ways of the effects that need no more than the actor's own row and holders, for both forms of
//! programs. Whatever needs more, such as the household of another, or a record of the run, goes the long way in
//! `effects.rs` and `claims.rs`, and does the same.

use crate::actors::{
    self, ActorId, Ahead, HolderState, Holders, Site, bits_at, draw_at, exponential_at, home_of, index_of, kind_of, next_at,
    send, send_quickly, set_first_job,
};
use crate::claims::{claim_word, parts};
use crate::hand::no_member;
use crate::jobs::Waiting;
use crate::law;
use crate::packet::{Context, Packet};
use crate::payloads::Payloads;
use crate::turn::{Course, reserve};
use crate::world::{Common, Grant, system};
use rehearsal_kernel::{Duration, Purpose, below, distribution, unit};
use rehearsal_language::program::Law;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::Words;
use rehearsal_model::holder::Resource;

/// The parts of a world that a running program may touch, but for the rows of others.
pub(crate) struct Reach<'a, 'c, 'p> {
    pub(crate) common: &'a mut Common<'p>,
    /// The actor's own row.
    pub(crate) row: &'a Words,
    /// What the actors of its kind own.
    pub(crate) holders: &'a mut Holders,
    /// What was drawn ahead for the actors of its kind, at the site of [`super::Ready::drawn`].
    pub(crate) ahead: &'a Ahead,
    pub(crate) me: ActorId,
    /// Where events go; nothing while a value is found.
    pub(crate) context: Option<&'a mut Context<'c>>,
    /// What its turn is part of, and has come to.
    pub(crate) course: Course,
    /// Words of the frame that a job has which it becomes.
    pub(crate) words: usize,
}

/// What came of a claim.
pub(crate) enum Seized<'a> {
    /// It is held: the claim.
    Claim(u64),
    /// The turn waits for it, as a job with this frame.
    Waits(&'a mut [u64]),
    /// It is not of an own resource: nothing was done.
    Not,
}

impl Reach<'_, '_, '_> {
    /// The next bits of the actor's stream for a purpose, counted at a place of its row.
    #[inline(always)]
    pub(crate) fn bits(&self, place: u16, what: Purpose) -> u64 {
        bits_at(self.row, usize::from(place), what)
    }

    /// An exponential draw; nothing where the mean is not above zero.
    #[inline(always)]
    pub(crate) fn exponential(&self, mean: f64, place: u16, what: Purpose) -> Option<f64> {
        // As two comparisons, which a test for infinity would not become.
        let good = mean > 0.0 && mean <= f64::MAX;
        good.then(|| distribution::exponential_of(self.bits(place, what), mean))
    }

    /// The next exponential of mean 1 at the site for which that is drawn ahead.
    #[inline(always)]
    pub(crate) fn exponential_ahead(&self, site: Site) -> f64 {
        let number = next_at(self.row, usize::from(site.place));
        match self.ahead.get(index_of(self.me), number) {
            Some(value) => value,
            None => self.exponential_now(site, number),
        }
    }

    /// As [`Reach::exponential_ahead`], where that was not drawn ahead.
    #[cold]
    #[inline(never)]
    fn exponential_now(&self, site: Site, number: u32) -> f64 {
        exponential_at(self.row, site, number)
    }

    /// Whether something happens; nothing where the chance is none.
    #[inline(always)]
    pub(crate) fn chance(&self, p: f64, place: u16, what: Purpose) -> Option<bool> {
        (0.0..=1.0).contains(&p).then(|| unit(self.bits(place, what)) < p)
    }

    /// A draw from any law.
    #[inline(always)]
    pub(crate) fn draw(&self, law: Law, values: [f64; 3], place: u16, what: Purpose) -> Result<f64, String> {
        drawn(self.row, law, values, place, what)
    }

    /// A member of a group, each alike, as a reference word.
    #[inline(always)]
    pub(crate) fn member(&self, group: u16, place: u16, what: Purpose) -> Result<u64, String> {
        self.member_by(group, self.bits(place, what))
    }

    /// The member of a group that these bits choose, see [`Reach::member`].
    #[inline(always)]
    pub(crate) fn member_by(&self, group: u16, bits: u64) -> Result<u64, String> {
        let (kind, first, last) = match self.common.groups.get(group as usize) {
            Some((kind, first, last)) if first < last => (*kind, *first, *last),
            found => return Err(no_member(&self.common.plan.groups[group as usize].name, found.is_some())),
        };
        let index = first + below(bits, (last - first) as u64) as usize;
        Ok(u64::from(actors::id(kind, index)))
    }

    /// Sends a message of three words at most to one actor; false where another's row is needed to know the way.
    #[inline(always)]
    pub(crate) fn tell(&mut self, to: u64, message: u16, words: [u64; 3]) -> Result<bool, String> {
        if self.tell_quickly(to, message, words) {
            return Ok(true);
        }
        self.tell_after(to, message, words, Duration::ZERO)
    }

    /// As [`Reach::tell`], where nothing is in the way; else nothing is done. It calls nothing.
    #[inline(always)]
    pub(crate) fn tell_quickly(&mut self, to: u64, message: u16, words: [u64; 3]) -> bool {
        let (Some(target), Some(context)) = (actors::actor(to), &mut self.context) else { return false };
        if self.common.plan.latency > 0 && target != self.me {
            return false;
        }
        send_quickly(context, (self.row, self.me), target, Packet::new(system::FIRST + message, words))
    }

    /// As [`Reach::tell`], after a span.
    #[inline(always)]
    pub(crate) fn tell_after(&mut self, to: u64, message: u16, words: [u64; 3], delay: Duration) -> Result<bool, String> {
        let Some(target) = self.whom(to)? else { return Ok(false) };
        let Some(context) = &mut self.context else { return Ok(false) };
        let packet = Packet::new(system::FIRST + message, words);
        match send(context, (self.row, self.me), target, delay, packet) {
            Ok(_) => Ok(true),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Who is told something, if no more than that is needed to know the way.
    #[inline(always)]
    fn whom(&self, to: u64) -> Result<Option<ActorId>, String> {
        const { assert!(Payloads::INLINE == 3, "words that fit a packet") };
        if self.common.plan.latency > 0 && to != u64::from(self.me) {
            return Ok(None);
        }
        match actors::actor(to) {
            Some(target) => Ok(Some(target)),
            None => Err("nobody to tell: the reference is none".into()),
        }
    }

    /// The turn becomes a job that waits for a span and then goes on at `pc`: gives its frame. None where a value is found.
    #[inline(always)]
    pub(crate) fn wait(&mut self, delay: Duration, pc: u32) -> Result<Option<&mut [u64]>, String> {
        let Some(context) = &mut self.context else { return Ok(None) };
        let me = self.me;
        let job = reserve(&mut self.common.jobs, (self.row, me), &mut self.course, self.words, Waiting::Moment);
        let packet = Packet::new(system::RESUME, [job.handle, u64::from(job.wait), 0]);
        let alarm = match send(context, (self.row, me), me, delay, packet) {
            Ok(alarm) => alarm,
            Err(error) => return Err(error.to_string()),
        };
        let place = job.handle as u32;
        // Behind what is sent, which counts in the other half of that word.
        if job.new {
            set_first_job(self.row, place);
        }
        let (now, claims) = (self.common.now, self.course.claims);
        let job = self.common.jobs.get_mut(place);
        job.alarm = Some(alarm);
        (job.pc, job.since, job.claims) = (pc, now, claims);
        Ok(Some(&mut job.frame))
    }

    /// The frame of the job that the turn is, if it is one.
    #[inline(always)]
    pub(crate) fn frame(&mut self) -> Option<&mut [u64]> {
        let job = self.course.job;
        (job != 0).then(|| self.common.jobs.get_mut(job as u32).frame.as_mut_slice())
    }

    /// Seizes a unit of an own resource, or joins its queue to go on at `pc`.
    #[inline(always)]
    pub(crate) fn seize(&mut self, word: u64, effect: u32, pc: u32) -> Seized<'_> {
        if self.context.is_none() {
            return Seized::Not;
        }
        let Some(resource) = own_resource(self.holders, self.common, self.me, word) else { return Seized::Not };
        if resource.hold(1, 0) {
            self.course.claims += 1;
            return Seized::Claim(claim_word(word, 1));
        }
        let waiting = Waiting::Claim(word, effect);
        let now = self.common.now;
        let job = reserve(&mut self.common.jobs, (self.row, self.me), &mut self.course, self.words, waiting);
        resource.join(job.handle, 1, 0, now);
        let place = job.handle as u32;
        if job.new {
            set_first_job(self.row, place);
        }
        let job = self.common.jobs.get_mut(place);
        (job.pc, job.since, job.claims) = (pc, now, self.course.claims);
        Seized::Waits(&mut job.frame)
    }

    /// Gives units of an own resource back and serves the next in line; false for any other holder.
    #[inline(always)]
    pub(crate) fn release(&mut self, word: u64) -> Result<bool, String> {
        let (_, _, units) = parts(word);
        let Some(context) = &mut self.context else { return Ok(false) };
        if units == 0 || word == NONE {
            return Ok(false);
        }
        let common = &mut *self.common;
        let Some(resource) = own_resource(self.holders, common, self.me, word) else { return Ok(false) };
        resource.release(units);
        self.course.claims = self.course.claims.saturating_sub(1);
        while let Some((claim, units, _)) = resource.pop_grant(common.now) {
            // A job that is gone has its withdrawal under way: its units go to the next.
            let Some(place) = common.jobs.find(claim) else {
                resource.release(units);
                continue;
            };
            let job = common.jobs.get(place);
            let (requester, args) = (job.actor, [claim, claim_word(word & 0xffff_ffff_ffff, units), 0]);
            if job.home == home_of(self.row) {
                common.ready.push(Grant { requester, args, plain: requester == self.me });
                continue;
            }
            grant(context, (self.row, self.me), requester, (common.plan.latency, args))?;
        }
        Ok(true)
    }

    /// As [`Reach::note`], where no single values are kept; else nothing is done. It calls nothing.
    #[inline(always)]
    pub(crate) fn note_quickly(&mut self, note: u16, words: [u64; 4]) -> bool {
        let by = (self.common.now, kind_of(self.me));
        self.is_measured_alone() && self.common.measures.quickly(by, note, words, |_| NONE)
    }

    /// Whether nobody but measures looks at what is stated.
    #[inline(always)]
    fn is_measured_alone(&self) -> bool {
        self.common.observer.is_none() && self.common.policy.is_none() && self.context.is_some()
    }

    /// States a fact that only measures look at, and plainly; false for any other.
    #[inline(always)]
    pub(crate) fn note(&mut self, note: u16, words: [u64; 4]) -> bool {
        let by = (self.common.now, kind_of(self.me));
        // What it asks of fields goes the long way, see `translate`.
        self.is_measured_alone() && self.common.measures.plainly(by, note, words, |_| NONE)
    }
}

/// Tells somebody of another household that a claim is granted.
#[cold]
#[inline(never)]
fn grant(
    context: &mut Context<'_>,
    own: (&Words, ActorId),
    requester: ActorId,
    (way, args): (u64, [u64; 3]),
) -> Result<(), String> {
    let packet = Packet::new(system::GRANT, args);
    send(context, own, requester, Duration::from_ns(way), packet).map(|_| ()).map_err(|error| error.to_string())
}

/// The resource of an actor itself that a holder or claim word names, unless its use is measured.
#[inline(always)]
fn own_resource<'a>(holders: &'a mut Holders, common: &Common<'_>, me: ActorId, word: u64) -> Option<&'a mut Resource> {
    let (owner, number, _) = parts(word);
    if owner != me || common.measures.watch_holders() {
        return None;
    }
    match holders.get_mut(index_of(me), number) {
        // Whose units may be taken away remembers who holds them: that goes the long way.
        Some(HolderState::Resource(resource)) if !resource.is_preemptive() => Some(resource),
        _ => None,
    }
}

/// Out of the way: a reach that nobody else looks at lies in no memory.
#[inline(never)]
fn drawn(row: &Words, law: Law, values: [f64; 3], place: u16, what: Purpose) -> Result<f64, String> {
    draw_at(row, usize::from(place), what, |draws| law::draw(law, draws, values))
}
