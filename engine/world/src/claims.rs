//! Holders at work: requests, grants, releases, bookings and goods.
//!
//! A queue belongs to the holder's owner, a claim to the job that asked. Between households both are messages and take
//! the latency of the way; a grant that comes too late is given back.

use crate::actors::{self, ActorId, HolderState, index_of, kind_of};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::{Context, Event};
use crate::plan::{Effect, HolderPlan, Shift};
use crate::seat::Seat;
use crate::turn::{Flow, Turn};
use crate::world::{World, system};

use rehearsal_language::program::Operand;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Memory};
use rehearsal_model::holder::Requested;

/// What an answer took or booked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    /// Units of a stock.
    Goods { holder: u64, units: u32 },
    /// A slot of an agenda \[ns\], for somebody.
    Slot { holder: u64, start: u64, span: u64, who: u64 },
}

/// A claim: the owner's number, then which of its holders, then how many units.
fn claim_word(holder: u64, units: u32) -> u64 {
    holder | u64::from(units) << 48
}

/// Owner, holder and units of a claim or holder word.
fn parts(word: u64) -> (ActorId, usize, u32) {
    (word as u32, (word >> 32) as usize & 0xffff, (word >> 48) as u32)
}

impl World<'_> {
    pub(crate) fn holder(&mut self, word: u64) -> &mut HolderState {
        let (owner, number, _) = parts(word);
        let kind = kind_of(owner) as usize;
        let each = self.plan.kinds[kind].holders.len();
        &mut self.stores[kind].holders[index_of(owner) * each + number]
    }

    pub(crate) fn seize(&mut self, turn: &mut Turn, id: u32, next: u32, context: &mut Context<'_>) -> Result<Flow, RunError> {
        let plan = self.plan;
        let Effect::Seize { holder, units, priority, renege_after, .. } = &plan.effects[id as usize] else {
            unreachable!("a Seize")
        };
        let holder = self.word(turn, *holder);
        let units = match units {
            Some(units) => self.word(turn, *units).clamp(1, 0x7fff) as u32,
            None => 1,
        };
        let priority = priority.map_or(0, |at| self.word(turn, at) as i64 as i32);
        let patience = renege_after.map(|span| self.delay(turn, Some(span), next)).transpose()?;
        turn.claims = true;
        let job = self.reserve_job(turn);
        let (owner, _, _) = parts(holder);
        let args = [job.0, claim_word(holder, units), priority as u32 as u64];
        self.send(context, turn.actor, owner, 0, system::REQUEST, args)?;
        if let Some(patience) = patience {
            self.wake_after(turn, job, patience, context)?;
        }
        Ok(Flow::Wait(Waiting::Claim(holder, id)))
    }

    /// A request arrives at a holder.
    pub(crate) fn requested(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let [claim, word, priority] = event.message.args();
        let (owner, _, units) = parts(word);
        let now = self.now;
        let granted = match self.holder(word) {
            HolderState::Resource(resource) => resource.request(claim, units, priority as u32 as i32, now) == Requested::Granted,
            HolderState::Stock(stock) => stock.request(claim, units, now) == Requested::Granted,
            HolderState::Pool(pool) => {
                pool.waiting.push_back((claim, now));
                return self.serve_pool(word, context);
            }
            HolderState::Agenda(_) => false,
        };
        if granted {
            self.level(word, claim, i64::from(units));
            self.send(context, owner, event.sender, 0, system::GRANT, [claim, word, 0])?;
            self.reorder(word, context)?;
        }
        Ok(())
    }

    /// Gives free units of a pool to those who wait, each the one it likes best.
    fn serve_pool(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        loop {
            let HolderState::Pool(pool) = self.holder(word) else { return Ok(()) };
            if pool.free.is_empty() {
                return Ok(());
            }
            let Some((claim, _)) = pool.waiting.pop_front() else { return Ok(()) };
            let free = pool.free.clone();
            let Some(place) = self.jobs.find(claim) else { continue };
            let requester = self.jobs.get(place).actor;
            let best = self.pick_unit(place, &free)?;
            let HolderState::Pool(pool) = self.holder(word) else { return Ok(()) };
            let unit = pool.free.remove(best);
            let (owner, _, _) = parts(word);
            self.level(word, claim, 1);
            self.send(context, owner, requester, 0, system::GRANT, [claim, word, u64::from(unit)])?;
        }
    }

    /// The place in `free` of the unit with the least cost for the job that asked.
    fn pick_unit(&mut self, place: u32, free: &[ActorId]) -> Result<usize, RunError> {
        let plan = self.plan;
        let Waiting::Claim(_, effect) = self.jobs.get(place).waiting else { return Ok(0) };
        let Effect::Seize { pick: Some((it, routine)), .. } = &plan.effects[effect as usize] else { return Ok(0) };
        let actor = self.jobs.get(place).actor;
        let mut best = (0, f64::INFINITY);
        for (at, unit) in free.iter().enumerate() {
            let mut frame = self.jobs.get(place).frame.clone();
            frame.resize(frame.len().max(routine.frame as usize), 0);
            frame[it.index() as usize] = u64::from(*unit);
            let mut memory = Memory { frame: &mut frame, event: &[] };
            let mut seat = Seat::new(self, actor);
            vm::run(&plan.program, routine.start, &mut memory, &mut seat)
                .map_err(|fault| self.fault(actor, fault.pc, fault.what))?;
            let cost = f64::from_bits(frame[Operand(routine.result).index() as usize]);
            if cost < best.1 {
                best = (at, cost);
            }
        }
        Ok(best.0)
    }

    /// A grant arrives: the job goes on, or the unit goes back.
    pub(crate) fn granted(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let [claim, word, unit] = event.message.args();
        let (owner, number, units) = parts(word);
        let is_pool = matches!(self.plan.kinds[kind_of(owner) as usize].holders[number].what, HolderPlan::Pool { .. });
        let waits = self.jobs.find(claim).filter(|place| match self.jobs.get(*place).waiting {
            Waiting::Claim(holder, _) | Waiting::Goods(holder) => holder & 0xffff_ffff_ffff == word & 0xffff_ffff_ffff,
            _ => false,
        });
        let Some(place) = waits else {
            return self.send(context, event.target, owner, 0, system::RELEASE, [word, unit, claim]);
        };
        let waiting = self.jobs.get(place).waiting;
        let (mut turn, pc) = self.resume(place);
        if let Waiting::Claim(_, effect) = waiting {
            let plan = self.plan;
            let Effect::Seize { claim, unit: into, .. } = &plan.effects[effect as usize] else { unreachable!("a Seize") };
            let held = if is_pool { unit } else { claim_word(word & 0xffff_ffff_ffff, units) };
            self.put(&mut turn, *claim, held);
            if let Some(into) = into {
                self.put(&mut turn, *into, held);
            }
        }
        self.proceed(turn, pc, context)
    }

    /// Gives a claim back: a unit of a pool, or units of a resource.
    pub(crate) fn release(&mut self, actor: ActorId, claim: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (word, unit) = match actors::actor(claim).and_then(|unit| self.pool_of.get(&unit).map(|pool| (*pool, claim))) {
            Some((pool, unit)) if claim >> 32 == 0 => (pool, unit),
            _ => (claim, 0),
        };
        let (owner, _, _) = parts(word);
        self.send(context, actor, owner, 0, system::RELEASE, [word, unit, u64::from(actor) | 1 << 63])
    }

    /// Units come back to a holder: the next in line is served.
    pub(crate) fn returned(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let [word, unit, _] = event.message.args();
        let (_, _, units) = parts(word);
        self.level_of(word, event.sender, -i64::from(units.max(1)));
        match self.holder(word) {
            HolderState::Pool(pool) => {
                let unit = unit as ActorId;
                let at = pool.free.partition_point(|free| *free < unit);
                pool.free.insert(at, unit);
                self.serve_pool(word, context)
            }
            HolderState::Resource(resource) => {
                resource.release(units);
                self.serve(word, context)
            }
            HolderState::Stock(stock) => {
                stock.put_back(units);
                self.serve(word, context)
            }
            HolderState::Agenda(_) => Ok(()),
        }
    }

    /// Grants what can be granted from the head of a queue.
    fn serve(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, _, _) = parts(word);
        let holder = word & 0xffff_ffff_ffff;
        loop {
            let now = self.now;
            let grant = match self.holder(word) {
                HolderState::Resource(resource) => resource.pop_grant(now),
                HolderState::Stock(stock) => stock.pop_grant(now),
                _ => None,
            };
            let Some((claim, units, _)) = grant else { return Ok(()) };
            // A job that is gone has its withdrawal under way; its unit comes back the way it went.
            match self.jobs.find(claim) {
                Some(place) => {
                    let requester = self.jobs.get(place).actor;
                    self.level(holder, claim, i64::from(units));
                    let args = [claim, claim_word(holder, units), 0];
                    self.send(context, owner, requester, 0, system::GRANT, args)?;
                }
                None => match self.holder(word) {
                    HolderState::Resource(resource) => resource.release(units),
                    HolderState::Stock(stock) => stock.put_back(units),
                    _ => {}
                },
            }
        }
    }

    /// A job stops waiting for a holder.
    pub(crate) fn withdraw(&mut self, place: u32, holder: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, _, _) = parts(holder);
        let (actor, handle) = (self.jobs.get(place).actor, self.jobs.handle(place));
        self.send(context, actor, owner, 0, system::WITHDRAW, [handle, holder, 0])
    }

    /// A withdrawal arrives at a holder; a grant under way comes back by itself.
    pub(crate) fn withdrawn(&mut self, event: &Event) -> Result<(), RunError> {
        let [claim, word, _] = event.message.args();
        match self.holder(word) {
            HolderState::Resource(resource) => {
                resource.withdraw(claim);
            }
            HolderState::Stock(stock) => {
                stock.withdraw(claim);
            }
            HolderState::Pool(pool) => pool.waiting.retain(|(waiting, _)| *waiting != claim),
            HolderState::Agenda(_) => {}
        }
        Ok(())
    }

    /// Takes goods; an answer refuses where there are none, a job waits.
    pub(crate) fn take(
        &mut self,
        turn: &mut Turn,
        (holder, units, waits): (Operand, Operand, bool),
        context: &mut Context<'_>,
    ) -> Result<Flow, RunError> {
        let holder = self.word(turn, holder);
        let units = self.word(turn, units).clamp(1, 0x7fff) as u32;
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
        let job = self.reserve_job(turn);
        let (owner, _, _) = parts(holder);
        self.send(context, turn.actor, owner, 0, system::REQUEST, [job.0, claim_word(holder, units), 0])?;
        Ok(Flow::Wait(Waiting::Goods(holder)))
    }

    /// Orders goods where the level asks for it.
    pub(crate) fn reorder(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, number, _) = parts(word);
        let HolderState::Stock(stock) = self.holder(word) else { return Ok(()) };
        if !stock.needs_order() {
            return Ok(());
        }
        let units = stock.place_order();
        let HolderPlan::Stock { lead_time, .. } = self.plan.kinds[kind_of(owner) as usize].holders[number].what else {
            return Ok(());
        };
        let seconds = f64::from_bits(self.value(owner, lead_time, &[], &[])?);
        let delay = rehearsal_kernel::Duration::from_seconds(seconds)?;
        self.send(context, owner, owner, delay.as_ns(), system::DELIVERY, [number as u64, u64::from(units), 0])
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

    /// The capacity of a resource changes with its hours.
    pub(crate) fn shift(&mut self, owner: ActorId, number: usize, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.plan;
        let HolderPlan::Resource { capacity, shift: Shift::Hours { hours, closed }, .. } =
            &plan.kinds[kind_of(owner) as usize].holders[number].what
        else {
            return Ok(());
        };
        let open = self.value(owner, *capacity, &[], &[])? as u32;
        let units = if hours.is_open(&plan.calendar, self.now) { open } else { *closed };
        let word = vm::holder_word(u64::from(owner), number as u16);
        if let HolderState::Resource(resource) = self.holder(word) {
            resource.set_capacity(units);
        }
        if let Some(change) = hours.next_change(&plan.calendar, self.now) {
            let delay = change - self.now;
            self.send(context, owner, owner, delay, system::SHIFT, [number as u64, 0, 0])?;
        }
        self.serve(word, context)
    }

    /// Books a slot; an answer that cannot is refused.
    pub(crate) fn book(
        &mut self,
        turn: &Turn,
        (holder, slot): (Operand, Operand),
        of: Option<Operand>,
        answers: bool,
        next: u32,
    ) -> Result<Flow, RunError> {
        let word = self.word(turn, holder);
        let (start, span) = (self.word(turn, slot), self.number(turn, slot.offset(1)));
        let span_ns = (span * 1e9) as u64;
        let HolderState::Agenda(agenda) = self.holder(word) else {
            return Err(self.fault(turn.actor, next - 1, "only an Agenda takes a Reserve"));
        };
        if let Err(error) = agenda.reserve(start, span_ns) {
            if !answers {
                return Err(self.fault(turn.actor, next - 1, format!("the slot cannot be booked: {error}")));
            }
            self.refused_inside = true;
            return Ok(Flow::Stop);
        }
        let who = of.map_or(NONE, |of| self.word(turn, of));
        self.taken.push(Taken::Slot { holder: word, start, span: span_ns, who });
        self.booked(word, who, (start, span_ns), 1.0);
        Ok(Flow::Next)
    }

    /// Gives back all that an answer took before a later step of it failed: it is refused as a whole.
    pub(crate) fn give_all_back(&mut self, context: &mut Context<'_>) -> Result<(), RunError> {
        for taken in std::mem::take(&mut self.taken) {
            match taken {
                Taken::Goods { holder, units } => {
                    if let HolderState::Stock(stock) = self.holder(holder) {
                        stock.put_back(units);
                    }
                    self.serve(holder, context)?;
                }
                Taken::Slot { holder, start, span, who } => {
                    if let HolderState::Agenda(agenda) = self.holder(holder) {
                        agenda.cancel(start, span);
                    }
                    self.booked(holder, who, (start, span), -1.0);
                }
            }
        }
        Ok(())
    }

    /// Gives a booked slot back.
    pub(crate) fn unbook(&mut self, turn: &Turn, holder: Operand, slot: Operand) {
        let word = self.word(turn, holder);
        let (start, span) = (self.word(turn, slot), self.number(turn, slot.offset(1)));
        let span = (span * 1e9) as u64;
        if let HolderState::Agenda(agenda) = self.holder(word)
            && agenda.cancel(start, span)
        {
            self.booked(word, u64::from(turn.actor), (start, span), -1.0);
        }
    }
}
