//! How turns become jobs that wait, how jobs become turns again, and how they end.

use super::{Course, Reserved, Turn, reserve};
use crate::actors::{ActorId, NO_JOB, index_of, kind_of, set_first_job};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::Context;
use crate::plan::{FRAME_REASON, FRAME_WAITED};
use crate::world::{World, system};
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::types::NONE;

impl World<'_> {
    /// A turn has come to its end, and so has the job that it was.
    #[inline]
    pub(crate) fn is_over(&mut self, turn: &mut Turn<'_>) {
        if turn.course.job != 0
            && let Some(place) = self.common.jobs.find(turn.course.job)
        {
            self.unlink(place);
            self.common.jobs.end(place);
        }
        self.frames.push(std::mem::take(&mut turn.frame));
    }

    /// The turn becomes the job that its effect has reserved.
    #[inline]
    pub(crate) fn suspend(&mut self, turn: &mut Turn<'_>, pc: u32) {
        let place = self.common.jobs.find(turn.course.job).expect("an effect that waits has reserved its job");
        let job = self.common.jobs.get_mut(place);
        job.pc = pc;
        job.since = self.common.now;
        job.claims = turn.course.claims;
        job.frame = std::mem::take(&mut turn.frame);
    }

    /// Makes sure of the job that the running turn becomes; gives the word that names it and this wait.
    pub(crate) fn reserve_job(&mut self, turn: &mut Turn<'_>, waiting: Waiting) -> (u64, u32) {
        let row = self.stores[kind_of(turn.actor) as usize].row(index_of(turn.actor));
        let Reserved { handle, wait, new } = reserve(&mut self.common.jobs, (row, turn.actor), &mut turn.course, 0, waiting);
        if new {
            set_first_job(row, handle as u32);
        }
        (handle, wait)
    }

    /// Makes a waiting job a turn again; the job keeps its place while it runs.
    pub(crate) fn resume(&mut self, place: u32, context: &mut Context<'_>) -> Turn<'static> {
        let handle = self.common.jobs.handle(place);
        let job = self.common.jobs.get_mut(place);
        if let Some(alarm) = job.alarm.take() {
            context.cancel(alarm);
        }
        job.waiting = Waiting::Nothing;
        let (actor, region, start, claims) = (job.actor, job.region, job.start, job.claims);
        let mut frame = std::mem::take(&mut job.frame);
        if self.common.plan.waited {
            frame[FRAME_WAITED as usize] = ((self.common.now - job.since) as f64 / 1e9).to_bits();
        }
        Turn { actor, course: Course { region, start, claims, job: handle }, frame, event: &[] }
    }

    #[inline]
    pub(crate) fn unlink(&mut self, place: u32) {
        let actor = self.common.jobs.get(place).actor;
        if let Some(head) = self.common.jobs.unlink(place) {
            self.stores[kind_of(actor) as usize].set_job(index_of(actor), head);
        }
    }

    /// A span is over, or a claim or question was given up.
    pub(crate) fn wake(&mut self, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let Some(place) = self.common.jobs.find(args[0]) else { return Ok(()) };
        let job = self.common.jobs.get_mut(place);
        if u64::from(job.wait) != args[1] {
            return Ok(());
        }
        // This very event was the alarm: there is nothing to take back.
        job.alarm = None;
        match job.waiting {
            Waiting::Moment => {
                let mut turn = self.resume(place, context);
                let pc = self.common.jobs.get(place).pc;
                self.proceed(&mut turn, pc, context)
            }
            Waiting::Arrival(who) => {
                self.arrive(who);
                let mut turn = self.resume(place, context);
                let pc = self.common.jobs.get(place).pc;
                self.proceed(&mut turn, pc, context)
            }
            Waiting::Message(effect) | Waiting::Answer(effect) => self.give_up(place, effect, "timeout", context),
            Waiting::Claim(holder, effect) => {
                self.withdraw(place, holder, context)?;
                self.give_up(place, effect, "reneged", context)
            }
            Waiting::Goods(_) | Waiting::Nothing | Waiting::Paused(..) | Waiting::Ousted(_) | Waiting::Rehearsal(_) => Ok(()),
        }
    }

    /// A job goes on where its effect says what to do when nothing came.
    fn give_up(&mut self, place: u32, effect: u32, reason: &str, context: &mut Context<'_>) -> Result<(), RunError> {
        let otherwise = self.otherwise(effect);
        let mut turn = self.resume(place, context);
        self.set_reason(&mut turn, reason);
        self.proceed(&mut turn, otherwise, context)
    }

    /// Ends all jobs of a region of an actor (`None`: of the whole actor): claims go back, requests are withdrawn.
    pub(crate) fn end_jobs(&mut self, actor: ActorId, region: Option<u16>, context: &mut Context<'_>) -> Result<(), RunError> {
        let mut place = self.stores[kind_of(actor) as usize].job(index_of(actor));
        while place != NO_JOB {
            let job = self.common.jobs.get(place);
            let (next, waiting) = (job.next, job.waiting);
            if region.is_some_and(|region| job.region == region) && self.stays_to_undo(place, context)? {
                place = next;
                continue;
            }
            if region.is_none_or(|region| self.common.jobs.get(place).region == region) {
                match waiting {
                    Waiting::Claim(holder, _) | Waiting::Goods(holder) | Waiting::Paused(holder, _) => {
                        self.withdraw(place, holder, context)?;
                    }
                    Waiting::Arrival(who) => self.stop(who),
                    _ => {}
                }
                // One that runs has let go by itself before it left.
                if waiting != Waiting::Nothing {
                    let mut turn = self.resume(place, context);
                    self.let_go(&mut turn, &[], context)?;
                    self.frames.push(turn.frame);
                }
                self.unlink(place);
                self.common.jobs.end(place);
            }
            place = next;
        }
        Ok(())
    }

    /// Releases what a turn holds, but for the claims in `kept`.
    #[inline]
    pub(crate) fn let_go(&mut self, turn: &mut Turn<'_>, kept: &[Operand], context: &mut Context<'_>) -> Result<(), RunError> {
        if turn.course.claims == 0 {
            return Ok(());
        }
        self.release_all(turn, kept, context)
    }

    fn release_all(&mut self, turn: &mut Turn<'_>, kept: &[Operand], context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Some(claims) = plan.claims.get(&turn.course.start) else { return Ok(()) };
        for slot in claims {
            let claim = std::mem::take(&mut turn.frame[*slot as usize]);
            let stays = kept.iter().any(|at| at.base() == Base::Frame && at.index() == *slot);
            if claim != 0 && !stays {
                self.release(turn.actor, claim, turn.course.job, context)?;
            }
        }
        Ok(())
    }

    /// Wakes a job after `delay` nanoseconds, unless something else wakes it before.
    pub(crate) fn wake_after(&mut self, job: (u64, u32), delay: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let Some(place) = self.common.jobs.find(job.0) else { return Ok(()) };
        let actor = self.common.jobs.get(place).actor;
        let ticket = self.send(context, actor, actor, delay, system::RESUME, [job.0, u64::from(job.1), 0])?;
        self.common.jobs.get_mut(place).alarm = Some(ticket);
        Ok(())
    }

    /// Remembers why a request failed, for `reason`.
    pub(crate) fn set_reason(&self, turn: &mut Turn<'_>, reason: &str) {
        let symbol = self.common.plan.symbols.find(reason).map_or(NONE, |symbol| u64::from(symbol.0));
        turn.frame[FRAME_REASON as usize] = symbol;
    }
}
