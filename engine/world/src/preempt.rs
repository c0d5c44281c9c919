//! Units that are taken from those who hold them, for somebody of higher priority.
//!
//! Only from jobs of the own household, and only from those who are in a delay: work that is under way. The delay stops;
//! the job waits for its units ahead of its equals, and then does what was left. Or, where it says so, it does something
//! else and goes.

use crate::actors::HolderState;
use crate::claims::claim_word;
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::Context;
use crate::plan::Effect;
use crate::world::{Grant, World};
use rehearsal_model::holder::Held;

impl World<'_> {
    /// Whether units of a holder may be taken from those who hold them.
    pub(crate) fn is_preemptive(&mut self, word: u64) -> bool {
        matches!(self.holder(word), HolderState::Resource(resource) if resource.is_preemptive())
    }

    /// Takes units from those of lower priority, if that is enough for a request.
    pub(crate) fn make_room(&mut self, word: u64, units: u32, priority: i32, context: &mut Context<'_>) -> Result<(), RunError> {
        if !self.is_preemptive(word) {
            return Ok(());
        }
        let HolderState::Resource(resource) = self.holder(word) else { return Ok(()) };
        let resource = resource.clone();
        let delayed = |held: &Held| {
            self.common.jobs.find(held.claim).is_some_and(|place| matches!(self.common.jobs.get(place).waiting, Waiting::Moment))
        };
        for held in resource.to_give_way(units, priority, delayed) {
            self.oust(word, held, context);
        }
        Ok(())
    }

    /// Takes its units from a job that is in a delay.
    fn oust(&mut self, word: u64, held: Held, context: &mut Context<'_>) {
        let Some(place) = self.common.jobs.find(held.claim) else { return };
        let plan = self.common.plan;
        let Effect::Seize { claim, preempted, .. } = &plan.effects[held.tag as usize] else { unreachable!("a Seize") };
        let (holder, now) = (word & 0xffff_ffff_ffff, self.common.now);
        let job = self.common.jobs.get_mut(place);
        let actor = job.actor;
        let alarm = job.alarm.take();
        job.left = alarm.map_or(0, |alarm| alarm.time().as_ns().saturating_sub(now));
        job.frame[claim.index() as usize] = 0;
        job.claims = job.claims.saturating_sub(1);
        job.waiting = match preempted {
            Some(_) => Waiting::Ousted(held.tag),
            None => Waiting::Paused(holder, held.tag),
        };
        if let Some(alarm) = alarm {
            context.cancel(alarm);
        }
        self.level_of(holder, actor, -i64::from(held.units));
        if let HolderState::Resource(resource) = self.holder(word) {
            resource.release(held.units);
            resource.forget(held.claim, held.units);
            if preempted.is_none() {
                resource.join_again(held, now);
            }
        }
        if preempted.is_some() {
            self.common.ready.push(Grant { requester: actor, args: [held.claim, holder, 0], plain: false });
        }
    }

    /// A job has its units back: what was left of its delay goes on.
    pub(crate) fn unpause(&mut self, place: u32, effect: u32, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Effect::Seize { claim, .. } = &plan.effects[effect as usize] else { unreachable!("a Seize") };
        let handle = self.common.jobs.handle(place);
        let job = self.common.jobs.get_mut(place);
        job.frame[claim.index() as usize] = claim_word(word & 0xffff_ffff_ffff, (word >> 48) as u32);
        job.claims += 1;
        job.waiting = Waiting::Moment;
        let (wait, left) = (job.wait, job.left);
        if let HolderState::Resource(resource) = self.holder(word) {
            resource.tag(handle, effect);
        }
        self.wake_after((handle, wait), left, context)
    }

    /// A job whose units were taken does what it says it does then.
    pub(crate) fn step_aside(&mut self, place: u32, effect: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Effect::Seize { preempted: Some(pc), .. } = &plan.effects[effect as usize] else { unreachable!("a Seize") };
        let mut turn = self.resume(place, context);
        self.set_reason(&mut turn, "preempted");
        self.proceed(&mut turn, *pc, context)
    }
}
