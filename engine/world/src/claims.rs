//! Holders at work: requests, grants, releases, bookings and goods.
//!
//! A queue belongs to the holder's owner, a claim to the job that asked. Inside a household units change hands at once, and
//! whoever waited goes on behind what is being done. Between households requests and grants are messages and take the
//! latency of the way; a grant that comes too late is given back.

use crate::actors::{self, ActorId, HolderState, index_of, kind_of};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::{Context, Event};
use crate::plan::{Effect, FRAME_RESERVED, FRAME_WAITED, HolderPlan, Shift};
use crate::turn::{Flow, Turn};
use crate::world::{Grant, World, system};

use rehearsal_language::program::Operand;
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_model::holder::Held;

/// Grants that one event may set off in a household before a circle is suspected.
const ROUNDS_MAX: u32 = 100_000;

/// What an answer took or booked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    /// Units of a stock.
    Goods { holder: u64, units: u32 },
    /// A slot of an agenda \[ns\], for somebody.
    Slot { holder: u64, start: u64, span: u64, who: u64 },
}

/// A claim: the owner's number, then which of its holders, then how many units.
pub(crate) fn claim_word(holder: u64, units: u32) -> u64 {
    holder | u64::from(units) << 48
}

/// Owner, holder and units of a claim or holder word.
#[inline]
pub(crate) fn parts(word: u64) -> (ActorId, usize, u32) {
    (word as u32, (word >> 32) as usize & 0xffff, (word >> 48) as u32)
}

/// The most units that are asked for at once; a claim has 15 bits for them.
const UNITS_MAX: i64 = 0x7fff;

impl World<'_> {
    /// How many units the step before `next` asks for.
    pub(crate) fn units(&self, turn: &Turn<'_>, units: Operand, next: u32) -> Result<u32, RunError> {
        let found = self.word(turn, units) as i64;
        if (1..=UNITS_MAX).contains(&found) {
            return Ok(found as u32);
        }
        Err(self.fault(
            turn.actor,
            next - 1,
            format!("{found} units are asked for: there have to be 1 to {UNITS_MAX}; test the number by an If before"),
        ))
    }

    pub(crate) fn holder(&mut self, word: u64) -> &mut HolderState {
        let (owner, number, _) = parts(word);
        self.touch(owner);
        let kind = kind_of(owner) as usize;
        let each = self.common.plan.kinds[kind].holders.len();
        &mut self.stores[kind].holders.all[index_of(owner) * each + number]
    }

    /// Whether two actors are of one household: what one holds, the other seizes without a message.
    #[inline]
    pub(crate) fn housemates(&self, one: ActorId, other: ActorId) -> bool {
        one == other || self.home(one) == self.home(other)
    }

    pub(crate) fn seize(&mut self, turn: &mut Turn<'_>, id: u32, next: u32, context: &mut Context<'_>) -> Result<Flow, RunError> {
        let plan = self.common.plan;
        let Effect::Seize { holder, units, priority, renege_after, .. } = &plan.effects[id as usize] else {
            unreachable!("a Seize")
        };
        let holder = self.word(turn, *holder);
        let units = match units {
            Some(units) => self.units(turn, *units, next)?,
            None => 1,
        };
        let priority = priority.map_or(0, |at| self.word(turn, at) as i64 as i32);
        let patience = renege_after.map(|span| self.delay(turn, Some(span), next)).transpose()?;
        let (owner, _, _) = parts(holder);
        let near = self.housemates(turn.actor, owner);
        if near {
            self.make_room(holder, units, priority, context)?;
        } else if matches!(self.holder(holder), HolderState::Line(_)) {
            let what = "only actors of the household that owns a line can join it: send its owner a message";
            return Err(self.fault(turn.actor, next - 1, what));
        }
        if near && self.seize_at_once(turn, id, (holder, units, priority))? {
            return Ok(Flow::Next);
        }
        let job = self.reserve_job(turn, Waiting::Claim(holder, id));
        if near {
            self.queue_up(job.0, claim_word(holder, units), priority);
            self.admit_batch(holder);
        } else {
            let args = [job.0, claim_word(holder, units), priority as u32 as u64];
            self.send(context, turn.actor, owner, 0, system::REQUEST, args)?;
        }
        if let Some(patience) = patience {
            self.wake_after(job, patience, context)?;
        }
        Ok(Flow::Wait)
    }

    /// Seizes from a holder of the own household if nobody is before and enough is free; false otherwise.
    fn seize_at_once(
        &mut self,
        turn: &mut Turn<'_>,
        id: u32,
        (holder, units, priority): (u64, u32, i32),
    ) -> Result<bool, RunError> {
        let free = match self.holder(holder) {
            HolderState::Resource(resource) => {
                if !resource.hold(units, priority) {
                    return Ok(false);
                }
                None
            }
            HolderState::Pool(pool) if pool.waiting.is_empty() && !pool.free.is_empty() => Some(pool.free.clone()),
            _ => return Ok(false),
        };
        let mut unit = 0;
        if free.is_none() && self.is_preemptive(holder) {
            let (claim, _) = self.reserve_job(turn, Waiting::Nothing);
            if let HolderState::Resource(resource) = self.holder(holder) {
                resource.note(Held { claim, tag: id, units, priority });
            }
        }
        if let Some(free) = free {
            let best = self.pick_unit(turn.actor, id, &turn.frame, &free)?;
            let HolderState::Pool(pool) = self.holder(holder) else { return Ok(false) };
            unit = u64::from(pool.free.remove(best));
        }
        self.level_of(holder, turn.actor, i64::from(units));
        turn.frame[FRAME_WAITED as usize] = 0.0_f64.to_bits();
        self.keep(turn, id, claim_word(holder, units), unit);
        Ok(true)
    }

    /// Remembers what a Seize was granted: a unit of a pool by its number, else the claim.
    fn keep(&mut self, turn: &mut Turn<'_>, effect: u32, word: u64, unit: u64) {
        let plan = self.common.plan;
        let Effect::Seize { claim, unit: into, .. } = &plan.effects[effect as usize] else { unreachable!("a Seize") };
        let (owner, number, _) = parts(word);
        let held = match plan.kinds[kind_of(owner) as usize].holders[number].what {
            HolderPlan::Pool { .. } => unit,
            // Who was in a line holds nothing.
            HolderPlan::Line { .. } => return,
            _ => word,
        };
        self.put(turn, *claim, held);
        if let Some(into) = into {
            self.put(turn, *into, held);
        }
        turn.course.claims += 1;
    }

    /// Puts a claim that could not be granted at once in a holder's queue.
    pub(crate) fn queue_up(&mut self, claim: u64, word: u64, priority: i32) {
        let (now, (_, _, units)) = (self.common.now, parts(word));
        match self.holder(word) {
            HolderState::Resource(resource) => resource.join(claim, units, priority, now),
            HolderState::Stock(stock) => stock.join(claim, units, now),
            HolderState::Pool(pool) => pool.waiting.push_back((claim, now)),
            HolderState::Line(line) => line.join(claim, priority),
            HolderState::Agenda(_) => {}
        }
    }

    /// A request from another household arrives at a holder.
    pub(crate) fn requested(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let [claim, word, priority] = event.message.args();
        let (_, _, units) = parts(word);
        let priority = priority as u32 as i32;
        let granted = match self.holder(word) {
            HolderState::Resource(resource) => resource.hold(units, priority),
            HolderState::Stock(stock) => stock.take(units),
            HolderState::Pool(_) | HolderState::Agenda(_) | HolderState::Line(_) => false,
        };
        if !granted {
            self.queue_up(claim, word, priority);
            return self.serve_pool(word, context);
        }
        // To whom it is granted it counts, whether still waited for or not: it comes back from there in any case.
        self.level_of(word, event.sender, i64::from(units));
        self.grant(event.sender, [claim, word, 0], context)?;
        self.reorder(word, context)
    }

    /// Tells a job that it has what it waited for: with the latency of the way, or in the own household behind what is
    /// being done now.
    fn grant(&mut self, requester: ActorId, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, _, _) = parts(args[1]);
        if self.housemates(owner, requester) {
            self.common.ready.push(Grant { requester, args, plain: false });
            return Ok(());
        }
        self.send(context, owner, requester, 0, system::GRANT, args)?;
        Ok(())
    }

    /// Lets those go on who were granted something in their own household, until nobody is left.
    pub(crate) fn settle(&mut self, context: &mut Context<'_>) -> Result<(), RunError> {
        let mut rounds = 0;
        while let Some(Grant { requester, args, plain }) = self.common.ready.pop() {
            rounds += 1;
            if rounds > ROUNDS_MAX {
                return Err(self.circle(requester));
            }
            self.depth = 0;
            if !(plain && self.granted_shortly(requester, args, context)?) {
                self.granted(requester, args, context)?;
            }
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
            let Some(place) = self.common.jobs.find(claim) else { continue };
            let requester = self.common.jobs.get(place).actor;
            let best = match self.common.jobs.get(place).waiting {
                Waiting::Claim(_, effect) => {
                    let frame = std::mem::take(&mut self.common.jobs.get_mut(place).frame);
                    let best = self.pick_unit(requester, effect, &frame, &free)?;
                    self.common.jobs.get_mut(place).frame = frame;
                    best
                }
                _ => 0,
            };
            let HolderState::Pool(pool) = self.holder(word) else { return Ok(()) };
            let unit = pool.free.remove(best);
            self.level(word, claim, 1);
            self.grant(requester, [claim, word, u64::from(unit)], context)?;
        }
    }

    /// The place in `free` of the unit with the least cost for a Seize of an actor whose program has this frame.
    fn pick_unit(&mut self, actor: ActorId, effect: u32, frame: &[u64], free: &[ActorId]) -> Result<usize, RunError> {
        let plan = self.common.plan;
        let Effect::Seize { pick: Some((it, routine)), .. } = &plan.effects[effect as usize] else { return Ok(0) };
        let first = FRAME_RESERVED as usize;
        let mut given = frame[first..].to_vec();
        given.resize(given.len().max(routine.frame as usize - first), 0);
        let mut best = (0, f64::INFINITY);
        for (at, unit) in free.iter().enumerate() {
            given[it.index() as usize - first] = u64::from(*unit);
            let cost = f64::from_bits(self.value(actor, *routine, &given, &[])?);
            if cost < best.1 {
                best = (at, cost);
            }
        }
        Ok(best.0)
    }

    /// A grant arrives: the job goes on, or the unit goes back.
    pub(crate) fn granted(&mut self, requester: ActorId, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let [claim, word, unit] = args;
        self.touch(requester);
        let waits = self.common.jobs.find(claim).filter(|place| match self.common.jobs.get(*place).waiting {
            Waiting::Claim(holder, _) | Waiting::Goods(holder) | Waiting::Paused(holder, _) => {
                holder & 0xffff_ffff_ffff == word & 0xffff_ffff_ffff
            }
            Waiting::Ousted(_) => true,
            _ => false,
        });
        let Some(place) = waits else {
            // Who was in a line, or was to step aside, has nothing to give back.
            let nothing = word >> 48 == 0 && unit == 0;
            return if nothing { Ok(()) } else { self.send_back(requester, word, unit, claim, context) };
        };
        let job = self.common.jobs.get(place);
        let (waiting, pc) = (job.waiting, job.pc);
        match waiting {
            Waiting::Paused(_, effect) => return self.unpause(place, effect, word, context),
            Waiting::Ousted(effect) => return self.step_aside(place, effect, context),
            _ => {}
        }
        let mut turn = self.resume(place, context);
        if let Waiting::Claim(_, effect) = waiting {
            self.keep(&mut turn, effect, word, unit);
            if let HolderState::Resource(resource) = self.holder(word) {
                resource.tag(claim, effect);
            }
        }
        self.proceed(&mut turn, pc, context)
    }

    /// Gives a claim of a job back: a unit of a pool, or units of a resource.
    pub(crate) fn release(&mut self, actor: ActorId, claim: u64, job: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (word, unit) = match actors::actor(claim).and_then(|unit| self.pool_of.get(&unit).map(|pool| (*pool, claim))) {
            Some((pool, unit)) if claim >> 32 == 0 => (pool, unit),
            _ => (claim, 0),
        };
        self.send_back(actor, word, unit, job, context)
    }

    /// Units go back to their holder: at once in the own household, else with the latency of the way.
    fn send_back(&mut self, from: ActorId, word: u64, unit: u64, job: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, _, _) = parts(word);
        if self.housemates(from, owner) {
            if let HolderState::Resource(resource) = self.holder(word) {
                resource.forget(job, parts(word).2);
            }
            return self.returned(from, word, unit, context);
        }
        self.send(context, from, owner, 0, system::RELEASE, [word, unit, 0])?;
        Ok(())
    }

    /// Units come back to a holder: the next in line is served.
    pub(crate) fn returned(&mut self, from: ActorId, word: u64, unit: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (_, _, units) = parts(word);
        self.level_of(word, from, -i64::from(units.max(1)));
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
            HolderState::Agenda(_) | HolderState::Line(_) => Ok(()),
        }
    }

    /// Grants what can be granted from the head of a queue.
    pub(crate) fn serve(&mut self, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let holder = word & 0xffff_ffff_ffff;
        loop {
            let now = self.common.now;
            let grant = match self.holder(word) {
                HolderState::Resource(resource) => resource.pop_grant(now),
                HolderState::Stock(stock) => stock.pop_grant(now),
                _ => None,
            };
            let Some((claim, units, _)) = grant else { return Ok(()) };
            // A job that is gone has its withdrawal under way; its unit comes back the way it went.
            match self.common.jobs.find(claim) {
                Some(place) => {
                    let requester = self.common.jobs.get(place).actor;
                    self.level(holder, claim, i64::from(units));
                    self.grant(requester, [claim, claim_word(holder, units), 0], context)?;
                }
                None => match self.holder(word) {
                    HolderState::Resource(resource) => {
                        resource.release(units);
                        resource.forget(claim, units);
                    }
                    HolderState::Stock(stock) => stock.put_back(units),
                    _ => {}
                },
            }
        }
    }

    /// A job stops waiting for a holder.
    pub(crate) fn withdraw(&mut self, place: u32, holder: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let (owner, _, _) = parts(holder);
        let (actor, handle) = (self.common.jobs.get(place).actor, self.common.jobs.handle(place));
        if self.housemates(actor, owner) {
            return self.withdrawn(handle, holder, context);
        }
        self.send(context, actor, owner, 0, system::WITHDRAW, [handle, holder, 0])?;
        Ok(())
    }

    /// A withdrawal arrives at a holder; a grant under way comes back by itself.
    pub(crate) fn withdrawn(&mut self, claim: u64, word: u64, context: &mut Context<'_>) -> Result<(), RunError> {
        let left = match self.holder(word) {
            HolderState::Resource(resource) => resource.withdraw(claim),
            HolderState::Stock(stock) => stock.withdraw(claim),
            HolderState::Pool(pool) => {
                pool.waiting.retain(|(waiting, _)| *waiting != claim);
                false
            }
            HolderState::Line(line) => {
                line.withdraw(claim);
                false
            }
            HolderState::Agenda(_) => false,
        };
        // Whoever was behind a request that was too large may have a turn now.
        if left { self.serve(word, context) } else { Ok(()) }
    }

    /// The capacity of a resource changes with its hours.
    pub(crate) fn shift(&mut self, owner: ActorId, number: usize, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        if let HolderPlan::Stock { .. } = plan.kinds[kind_of(owner) as usize].holders[number].what {
            return self.review(owner, number, context);
        }
        let HolderPlan::Resource { capacity, shift: Shift::Hours { hours, closed }, .. } =
            &plan.kinds[kind_of(owner) as usize].holders[number].what
        else {
            return Ok(());
        };
        let units = match (hours.is_open(&plan.calendar, self.common.now), closed) {
            (true, _) => self.whole_number(owner, *capacity)?,
            (false, Some(closed)) => self.whole_number(owner, *closed)?,
            (false, None) => 0,
        };
        let word = vm::holder_word(u64::from(owner), number as u16);
        if let HolderState::Resource(resource) = self.holder(word) {
            resource.set_capacity(units);
        }
        if let Some(change) = hours.next_change(&plan.calendar, self.common.now) {
            let delay = change - self.common.now;
            self.send(context, owner, owner, delay, system::SHIFT, [number as u64, 0, 0])?;
        }
        self.serve(word, context)
    }

    /// Books a slot; an answer that cannot is refused.
    pub(crate) fn book(
        &mut self,
        turn: &mut Turn<'_>,
        (holder, slot): (Operand, Operand),
        of: Option<Operand>,
        (answers, refused): (bool, Option<Operand>),
        next: u32,
    ) -> Result<Flow, RunError> {
        let word = self.word(turn, holder);
        if let Some(refused) = refused {
            self.put(turn, refused, 0);
        }
        let (start, span) = (self.word(turn, slot), self.number(turn, slot.offset(1)));
        let span_ns = (span * 1e9) as u64;
        if span_ns == 0 {
            return Err(self.fault(turn.actor, next - 1, format!("a slot of {span} s is booked: it has to last")));
        }
        let HolderState::Agenda(agenda) = self.holder(word) else {
            return Err(self.fault(turn.actor, next - 1, "only an Agenda takes a Reserve"));
        };
        if let Err(error) = agenda.reserve(start, span_ns) {
            if let Some(refused) = refused {
                self.put(turn, refused, 1);
                self.set_reason(turn, "slot_taken");
                return Ok(Flow::Next);
            }
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
    pub(crate) fn unbook(&mut self, turn: &Turn<'_>, holder: Operand, slot: Operand) {
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
