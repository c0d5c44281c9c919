//! Steps that are done together, when their state is left in the middle of them.
//!
//! Doing and undoing is in the routine itself, see `scenario`. Left to the world is only a job that is to end with its
//! state while some of its steps are done: it goes on without the state, as a job of the actor, and undoes them.

use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::Context;
use crate::plan::{ANY, Together};
use crate::world::World;

/// Why things are undone whose state was left, as `reason` has it.
const LEFT: &str = "left";

impl World<'_> {
    /// Whether a job that waits stays, as one of the actor, to undo what it has done: its state is being left.
    ///
    /// A question that is under way is waited for, so that what it comes to is undone too.
    pub(crate) fn stays_to_undo(&mut self, place: u32, context: &mut Context<'_>) -> Result<bool, RunError> {
        let plan = self.common.plan;
        let job = self.common.jobs.get(place);
        let Some(all) = plan.togethers.get(&job.start) else { return Ok(false) };
        if job.waiting == Waiting::Nothing {
            return Ok(false);
        }
        let phase = |together: &&Together| job.frame[together.phase as usize];
        let undone = all.iter().find(|together| phase(together) == Together::UNDOING);
        let Some(open) = undone.or_else(|| all.iter().rev().find(|together| phase(together) == Together::DOING)) else {
            return Ok(false);
        };
        let waits_on = undone.is_some() || matches!(job.waiting, Waiting::Answer(_));
        let job = self.common.jobs.get_mut(place);
        job.region = ANY;
        job.frame[open.left as usize] = 1;
        if !waits_on {
            self.turn_to_undoing(place, open.undo, context)?;
        }
        Ok(true)
    }

    /// A job stops waiting and goes on at `undo`, behind what is being done now.
    fn turn_to_undoing(&mut self, place: u32, undo: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        match self.common.jobs.get(place).waiting {
            Waiting::Claim(holder, _) | Waiting::Goods(holder) | Waiting::Paused(holder, _) => {
                self.withdraw(place, holder, context)?;
            }
            Waiting::Arrival(who) => self.stop(who),
            _ => {}
        }
        let mut turn = self.resume(place, context);
        self.let_go(&mut turn, &[], context)?;
        self.set_reason(&mut turn, LEFT);
        let job = self.reserve_job(&mut turn, Waiting::Moment);
        self.wake_after(job, 0, context)?;
        self.suspend(&mut turn, undo);
        Ok(())
    }
}
