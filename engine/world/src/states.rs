//! States: entered and left, with their timers.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::{Context, Event};
use crate::plan::{ANY, Happening, NESTING_MAX, NOWHERE, Put, Timer, TimerKind};
use crate::turn::Turn;
use crate::world::{World, system};
use rehearsal_kernel::{Duration, Ticket, Time};
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::types::NONE;

/// A timer's second word is when it rings while it runs, and what is left of it \[ns\] while it does not.
///
/// Its first: in the low half the number of the event that rings it, then whether it is wanted and whether it runs.
pub(crate) const WANTED: u64 = 1 << 32;
pub(crate) const RUNS: u64 = 1 << 33;

/// How the regions inside a state are entered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Descent {
    /// Regions and states on the way to the one that is meant, the outermost last.
    path: [(u16, u16); NESTING_MAX],
    /// How many of them are left.
    steps: usize,
    /// Whether all others go on where they were left.
    resume: bool,
}

impl Descent {
    /// The state that is meant in a region, with what is left of the way.
    fn towards(mut self, region: u16) -> (Option<u16>, Descent) {
        match self.steps.checked_sub(1).map(|last| (last, self.path[last])) {
            Some((last, (next, state))) if next == region => {
                self.steps = last;
                (Some(state), self)
            }
            _ => (None, Descent { steps: 0, ..self }),
        }
    }
}

impl World<'_> {
    /// Leaves the current state of a region and enters another; the running turn is over.
    ///
    /// Where the region lies in a state that the actor is not in, the outermost region changes in which that state or one
    /// around it is not the current one.
    pub(crate) fn goto(
        &mut self,
        turn: &mut Turn<'_>,
        (region, state): (u16, u16),
        resume: bool,
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
        let mut way = Descent { resume, ..Descent::default() };
        let (mut region, mut state) = (region, state);
        let regions = &self.common.plan.kinds[kind_of(actor) as usize].regions;
        while let Some(around) = regions[region as usize].parent
            && self.row(actor, regions[region as usize].slot) as u16 == NOWHERE
        {
            way.path[way.steps] = (region, state);
            way.steps += 1;
            (region, state) = around;
        }
        self.leave(actor, region, context)?;
        for (slot, word) in values {
            self.set_row(actor, slot, word);
        }
        self.enter(actor, region, state, &way, context)
    }

    /// Leaves the current state of a region.
    fn leave(&mut self, actor: ActorId, region: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = kind_of(actor);
        let chart = &plan.kinds[kind as usize].regions[region as usize];
        let word = self.row(actor, chart.slot);
        let old = word as u16;
        let state = &chart.states[old as usize];
        for inner in state.regions.iter().rev() {
            let slot = plan.kinds[kind as usize].regions[*inner as usize].slot;
            let word = self.row(actor, slot);
            if word as u16 != NOWHERE {
                self.leave(actor, *inner, context)?;
                self.set_row(actor, slot, word >> 32 << 32 | u64::from(word as u16 + 1) << 16 | u64::from(NOWHERE));
                self.observe_nowhere(actor, *inner)?;
            }
        }
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
                self.release(actor, claim, 0, context)?;
            }
        }
        Ok(())
    }

    /// Enters a state: entry first, then timers, then the regions inside it, then its process.
    pub(crate) fn enter(
        &mut self,
        actor: ActorId,
        region: u16,
        number: u16,
        way: &Descent,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = kind_of(actor);
        let chart = &plan.kinds[kind as usize].regions[region as usize];
        let epoch = (self.row(actor, chart.slot) >> 32) + 1;
        let stay = epoch << 32 | u64::from(number);
        self.set_row(actor, chart.slot, stay);
        self.set_row(actor, chart.slot + 1, self.common.now);
        let state = &chart.states[number as usize];
        self.observe_state(actor, &chart.name, &state.name)?;
        if let Some(tally) = &mut self.tally {
            tally.enters(kind, region, number);
        }
        self.happens(actor, Happening::Enters(kind, region, number), &[])?;
        if let Some(entry) = state.entry {
            self.play(actor, region, entry, &[], context)?;
        }
        let stays = |world: &Self| world.alive(actor) && world.row(actor, chart.slot) == stay;
        let sleeps = self.sleeps(actor);
        for timer in &state.timers {
            if stays(self) && !sleeps {
                self.arm(actor, *timer, context)?;
            }
        }
        for inner in &state.regions {
            if stays(self) {
                let (meant, way) = way.towards(*inner);
                let chart = &plan.kinds[kind as usize].regions[*inner as usize];
                let last = (self.row(actor, chart.slot) >> 16) as u16;
                let first = meant.unwrap_or(if way.resume && last > 0 { last - 1 } else { chart.initial });
                self.enter(actor, *inner, first, &way, context)?;
            }
        }
        if let Some(process) = state.process
            && stays(self)
            && !sleeps
        {
            self.play(actor, region, process, &[], context)?;
        }
        Ok(())
    }

    /// Starts a timer, from its full span.
    pub(crate) fn arm(&mut self, actor: ActorId, number: u16, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let timer = &plan.kinds[kind_of(actor) as usize].timers[number as usize];
        self.set_row(actor, timer.slot, WANTED);
        let word = self.value(actor, timer.delay, &[], &[])?;
        let left = match timer.kind {
            TimerKind::At => word.saturating_sub(self.common.now),
            // A rate of zero: nothing is ever due.
            _ if f64::from_bits(word) == f64::INFINITY => {
                self.set_row(actor, timer.slot, 0);
                return Ok(());
            }
            _ => match Duration::checked_from_seconds(f64::from_bits(word)) {
                Some(span) => span.as_ns(),
                None => {
                    let what = format!("a timer of {} s: it has to be 0 s or more, and within 584 years", f64::from_bits(word));
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
        context.cancel(Ticket::timer(actor, word as u32, due));
    }

    /// A timer rings.
    pub(crate) fn rings(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
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
            return self.time_rule(actor, number as u16, region, context);
        }
        self.play(actor, region, timer.body, &[], context)
    }

    /// Looks at the timers that only run while a condition holds.
    pub(crate) fn recheck(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
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
        let left = self.row(actor, timer.slot + 1).saturating_sub(self.common.now);
        self.set_row(actor, timer.slot + 1, left);
        self.set_row(actor, timer.slot, WANTED);
    }

    /// An actor leaves the world: its jobs end, its claims go back.
    pub(crate) fn end(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        self.end_jobs(actor, None, context)?;
        let kind = &plan.kinds[kind_of(actor) as usize];
        for timer in &kind.timers {
            self.disarm(actor, timer, context);
        }
        for region in &kind.regions {
            let state = self.row(actor, region.slot) as u16;
            for slot in region.states.get(state as usize).map_or(&[][..], |state| &state.held) {
                let claim = self.row(actor, *slot);
                self.set_row(actor, *slot, NONE);
                if claim != NONE && claim != 0 {
                    self.release(actor, claim, 0, context)?;
                }
            }
        }
        self.stores[kind_of(actor) as usize].end(index_of(actor));
        self.observe_end(actor)
    }
}
