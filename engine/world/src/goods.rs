//! Goods at work: taken, ordered again, delivered.

use crate::actors::{ActorId, HolderState, kind_of};
use crate::claims::{Taken, claim_word, parts};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::Context;
use crate::plan::{FRAME_WAITED, HolderPlan, Reorder};
use crate::turn::{Flow, Turn};
use crate::world::{World, system};
use rehearsal_kernel::Duration;
use rehearsal_language::program::Operand;
use rehearsal_language::vm;

impl World<'_> {
    /// Takes goods; an answer refuses where there are none, a job waits.
    pub(crate) fn take(
        &mut self,
        turn: &mut Turn<'_>,
        (holder, units, waits): (Operand, Operand, bool),
        next: u32,
        context: &mut Context<'_>,
    ) -> Result<Flow, RunError> {
        let holder = self.word(turn, holder);
        let units = self.units(turn, units, next)?;
        if !waits {
            let HolderState::Stock(stock) = self.holder(holder) else { return Ok(Flow::Next) };
            if !stock.take(units) {
                self.refused_inside = true;
                return Ok(Flow::Stop);
            }
            self.taken.push(Taken::Goods { holder, units });
            self.reorder(holder, context)?;
            return Ok(Flow::Next);
        }
        let HolderState::Stock(stock) = self.holder(holder) else { return Ok(Flow::Next) };
        if stock.take(units) {
            self.level_of(holder, turn.actor, i64::from(units));
            turn.frame[FRAME_WAITED as usize] = 0.0_f64.to_bits();
            self.reorder(holder, context)?;
            return Ok(Flow::Next);
        }
        let job = self.reserve_job(turn, Waiting::Goods(holder));
        self.queue_up(job.0, claim_word(holder, units), 0);
        Ok(Flow::Wait)
    }

    /// Puts goods on a shelf; those who wait for them are served.
    pub(crate) fn fill_up(&mut self, word: u64, units: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        if let HolderState::Stock(stock) = self.holder(word) {
            stock.put_back(units);
        }
        self.serve(word, context)
    }

    fn reordering(&self, word: u64) -> Option<Reorder> {
        let (owner, number, _) = parts(word);
        match self.common.plan.kinds[kind_of(owner) as usize].holders[number].what {
            HolderPlan::Stock { reorder, .. } => reorder,
            _ => None,
        }
    }

    /// Orders goods where the position asks for it, unless it is only looked at now and then.
    pub(crate) fn reorder(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        match self.reordering(word) {
            Some(Reorder { review: None, lead_time, .. }) => self.order(word, lead_time, context),
            _ => Ok(()),
        }
    }

    /// The first look at a stock: at once, or after the first span between two looks.
    pub(crate) fn first_order(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        match self.reordering(word) {
            Some(Reorder { review: Some(review), .. }) => self.look_again(word, review, context),
            _ => self.reorder(word, context),
        }
    }

    /// It is time to look at a stock.
    pub(crate) fn review(&mut self, owner: ActorId, number: usize, context: &mut Context<'_>) -> Result<(), RunError> {
        let word = vm::holder_word(u64::from(owner), number as u16);
        let Some(Reorder { review: Some(review), lead_time, .. }) = self.reordering(word) else { return Ok(()) };
        self.order(word, lead_time, context)?;
        self.look_again(word, review, context)
    }

    fn look_again(
        &mut self,
        word: u64,
        review: rehearsal_language::program::Routine,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let (owner, number, _) = parts(word);
        let seconds = f64::from_bits(self.value(owner, review, &[], &[])?);
        let Some(delay) = Duration::checked_from_seconds(seconds).filter(|delay| delay.as_ns() > 0) else {
            let what =
                format!("a stock that is looked at every {seconds} s: it has to be more than 0 s, or time would stand still");
            return Err(self.fault(owner, review.start, what));
        };
        self.send(context, owner, owner, delay.as_ns(), system::SHIFT, [number as u64, 0, 0])?;
        Ok(())
    }

    fn order(
        &mut self,
        word: u64,
        lead_time: rehearsal_language::program::Routine,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let (owner, number, _) = parts(word);
        let HolderState::Stock(stock) = self.holder(word) else { return Ok(()) };
        if !stock.needs_order() {
            return Ok(());
        }
        let units = stock.place_order();
        let seconds = f64::from_bits(self.value(owner, lead_time, &[], &[])?);
        let Some(delay) = Duration::checked_from_seconds(seconds) else {
            let what = format!("goods that come after {seconds} s: it has to be 0 s or more, and within 584 years");
            return Err(self.fault(owner, lead_time.start, what));
        };
        self.send(context, owner, owner, delay.as_ns(), system::DELIVERY, [number as u64, u64::from(units), 0])?;
        Ok(())
    }

    /// Ordered goods arrive.
    pub(crate) fn delivered(&mut self, owner: ActorId, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let word = vm::holder_word(u64::from(owner), args[0] as u16);
        if let HolderState::Stock(stock) = self.holder(word) {
            stock.arrive(args[1] as u32);
        }
        self.serve(word, context)?;
        self.reorder(word, context)
    }
}
