//! States: entered and left, with their timers.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::{Context, Event};
use crate::plan::{ANY, Happening, Put, Timer, TimerKind};
use crate::turn::Turn;
use crate::world::{World, system};
use rehearsal_kernel::{Duration, Ticket, Time};
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::types::NONE;

/// A timer's second word is when it rings while it runs, and what is left of it \[ns\] while it does not.
///
/// Its first: in the low half the number of the event that rings it, then whether it is wanted and whether it runs.
const WANTED: u64 = 1 << 32;
const RUNS: u64 = 1 << 33;

impl World<'_> {
    /// Leaves the current state of a region and enters another; the running turn is over.
    pub(crate) fn goto(
        &mut self,
        turn: &mut Turn<'_>,
        region: u16,
        state: u16,
        with: &[Put],
        kept: &[Operand],
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let actor = turn.actor;
        let values: Vec<(u16, u64)> = with
            .iter()
            .flat_map(|put| (0..put.words).map(|word| (put.to + word, put.from.offset(word))))
            .map(|(slot, from)| (slot, self.word(turn, from)))
            .collect();
        self.let_go(turn, kept, context)?;
        for at in kept.iter().filter(|at| at.base() == Base::Row) {
            self.set_row(actor, at.index(), NONE);
        }
        self.leave(actor, region, context)?;
        for (slot, word) in values {
            self.set_row(actor, slot, word);
        }
        self.enter(actor, region, state, context)
    }

    /// Leaves the current state of a region.
    fn leave(&mut self, actor: ActorId, region: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let kind = kind_of(actor);
        let chart = &plan.kinds[kind as usize].regions[region as usize];
        let word = self.row(actor, chart.slot);
        let old = word as u16;
        let state = &chart.states[old as usize];
        if let Some(exit) = state.exit {
            self.play(actor, ANY, exit, &[], context)?;
        }
        self.happens(actor, Happening::Leaves(kind, region, old), &[])?;
        self.end_jobs(actor, Some(region), context)?;
        for timer in &state.timers {
            self.disarm(actor, &plan.kinds[kind as usize].timers[*timer as usize], context);
        }
        for slot in &state.held {
            let claim = self.row(actor, *slot);
            self.set_row(actor, *slot, NONE);
            if claim != NONE && claim != 0 {
                self.release(actor, claim, context)?;
            }
        }
        Ok(())
    }

    /// Enters a state: entry first, then timers, then its process.
    pub(crate) fn enter(&mut self, actor: ActorId, region: u16, number: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let kind = kind_of(actor);
        let chart = &plan.kinds[kind as usize].regions[region as usize];
        let epoch = (self.row(actor, chart.slot) >> 32) + 1;
        let stay = epoch << 32 | u64::from(number);
        self.set_row(actor, chart.slot, stay);
        self.set_row(actor, chart.slot + 1, self.now);
        let state = &chart.states[number as usize];
        self.observe_state(actor, &chart.name, &state.name)?;
        self.happens(actor, Happening::Enters(kind, region, number), &[])?;
        if let Some(entry) = state.entry {
            self.play(actor, region, entry, &[], context)?;
        }
        let stays = |world: &Self| world.alive(actor) && world.row(actor, chart.slot) == stay;
        for timer in &state.timers {
            if stays(self) {
                self.arm(actor, *timer, context)?;
            }
        }
        if let Some(process) = state.process
            && stays(self)
        {
            self.play(actor, region, process, &[], context)?;
        }
        Ok(())
    }

    /// Starts a timer, from its full span.
    pub(crate) fn arm(&mut self, actor: ActorId, number: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let timer = &plan.kinds[kind_of(actor) as usize].timers[number as usize];
        self.set_row(actor, timer.slot, WANTED);
        let word = self.value(actor, timer.delay, &[], &[])?;
        let left = match timer.kind {
            TimerKind::At => word.saturating_sub(self.now),
            _ => match Duration::checked_from_seconds(f64::from_bits(word)) {
                Some(span) => span.as_ns(),
                None => {
                    let what = format!("a timer of {} s: it has to be 0 s or more", f64::from_bits(word));
                    return Err(self.fault(actor, timer.delay.start, what));
                }
            },
        };
        self.set_row(actor, timer.slot + 1, left);
        if self.passes(actor, timer.condition, &[])? {
            self.run_down(actor, number, timer, context)?;
        }
        Ok(())
    }

    /// Lets what is left of a timer run down from now.
    fn run_down(&mut self, actor: ActorId, number: u16, timer: &Timer, context: &mut Context<'_>) -> Result<(), RunError> {
        let left = self.row(actor, timer.slot + 1);
        let ticket = self.send(context, actor, actor, left, system::TIMER, [u64::from(number), 0, 0])?;
        self.set_row(actor, timer.slot, u64::from(ticket.sequence()) | WANTED | RUNS);
        self.set_row(actor, timer.slot + 1, ticket.time().as_ns());
        Ok(())
    }

    /// Stops a timer for good, and takes the event that would ring it back.
    fn disarm(&mut self, actor: ActorId, timer: &Timer, context: &mut Context<'_>) {
        self.silence(actor, timer, context);
        self.set_row(actor, timer.slot, 0);
    }

    /// Takes the event that would ring a timer back, if it runs.
    fn silence(&mut self, actor: ActorId, timer: &Timer, context: &mut Context<'_>) {
        let word = self.row(actor, timer.slot);
        if word & RUNS == 0 {
            return;
        }
        let due = Time::from_ns(self.row(actor, timer.slot + 1));
        context.cancel(Ticket::new(actor, word as u32, due));
    }

    /// A timer rings.
    pub(crate) fn rings(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let (actor, number) = (event.target, event.message.args()[0]);
        let timer = &plan.kinds[kind_of(actor) as usize].timers[number as usize];
        let word = self.row(actor, timer.slot);
        // One that was stopped in this very instant may still arrive.
        if word & RUNS == 0 || word as u32 != event.sequence {
            return Ok(());
        }
        self.set_row(actor, timer.slot, 0);
        let region = timer.place.map_or(ANY, |(region, _)| region);
        match timer.kind {
            TimerKind::After => {}
            TimerKind::Every | TimerKind::At => self.arm(actor, number as u16, context)?,
        }
        if plan.kinds[kind_of(actor) as usize].policy {
            return self.time_rule(actor, timer, region, context);
        }
        self.play(actor, region, timer.body, &[], context)
    }

    /// Looks at the timers that only run while a condition holds.
    pub(crate) fn recheck(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let kind = &plan.kinds[kind_of(actor) as usize];
        for number in &kind.conditional {
            let timer = &kind.timers[*number as usize];
            let word = self.row(actor, timer.slot);
            if word & WANTED == 0 {
                continue;
            }
            let holds = self.passes(actor, timer.condition, &[])?;
            let runs = word & RUNS != 0;
            if holds && !runs {
                if timer.kind == TimerKind::After {
                    self.run_down(actor, *number, timer, context)?;
                } else {
                    self.arm(actor, *number, context)?;
                }
            } else if !holds && runs {
                self.pause(actor, timer, context);
            }
        }
        Ok(())
    }

    fn pause(&mut self, actor: ActorId, timer: &Timer, context: &mut Context<'_>) {
        self.silence(actor, timer, context);
        let left = self.row(actor, timer.slot + 1).saturating_sub(self.now);
        self.set_row(actor, timer.slot + 1, left);
        self.set_row(actor, timer.slot, WANTED);
    }

    /// An actor leaves the world: its jobs end, its claims go back.
    pub(crate) fn end(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        self.end_jobs(actor, None, context)?;
        let kind = &plan.kinds[kind_of(actor) as usize];
        for timer in &kind.timers {
            self.disarm(actor, timer, context);
        }
        for region in &kind.regions {
            let state = self.row(actor, region.slot) as u16;
            for slot in &region.states[state as usize].held {
                let claim = self.row(actor, *slot);
                self.set_row(actor, *slot, NONE);
                if claim != NONE && claim != 0 {
                    self.release(actor, claim, context)?;
                }
            }
        }
        self.stores[kind_of(actor) as usize].end(index_of(actor));
        self.observe_end(actor)
    }
}
