//! Turns: one program of one actor, from where it starts or wakes to where it ends or waits.

use crate::actors::{ActorId, NO_JOB, index_of, kind_of};
use crate::error::RunError;
use crate::jobs::{Job, Waiting};
use crate::packet::Context;
use crate::plan::{FRAME_WAITED, Put};
use crate::seat::Seat;
use crate::world::{World, system};

use rehearsal_language::program::{Base, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Exit, Memory};

/// A program that is running.
pub(crate) struct Turn {
    pub(crate) actor: ActorId,
    pub(crate) region: u16,
    pub(crate) start: u32,
    /// Whether it may hold claims.
    pub(crate) claims: bool,
    /// Numbers its waits.
    pub(crate) wait: u32,
    pub(crate) frame: Vec<u64>,
    pub(crate) event: Vec<u64>,
}

/// How a program goes on after an effect.
pub(crate) enum Flow {
    /// At the next instruction.
    Next,
    /// It waits.
    Wait(Waiting),
    /// It is over: its state was left, or its actor is gone.
    Stop,
}

/// Turns within turns before a circle is suspected.
const DEPTH_MAX: u32 = 60;

impl World<'_> {
    /// Runs a routine of an actor from its start.
    pub(crate) fn play(
        &mut self,
        actor: ActorId,
        region: u16,
        routine: Routine,
        event: &[u64],
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.clear();
        frame.resize(routine.frame as usize, 0);
        let mut words = self.frames.pop().unwrap_or_default();
        words.clear();
        words.extend_from_slice(event);
        let turn = Turn { actor, region, start: routine.start, claims: false, wait: 0, frame, event: words };
        self.proceed(turn, routine.start, context)
    }

    /// Goes on with a program at `pc`.
    pub(crate) fn proceed(&mut self, mut turn: Turn, mut pc: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.circle(turn.actor));
        }
        let plan = self.plan;
        loop {
            let mut memory = Memory { frame: &mut turn.frame, event: &turn.event };
            let mut seat = Seat::new(self, turn.actor);
            let exit = vm::run(&plan.program, pc, &mut memory, &mut seat)
                .map_err(|fault| self.fault(turn.actor, fault.pc, fault.what))?;
            let Exit::Effect { id, next } = exit else {
                self.let_go(&mut turn, &[], context)?;
                break;
            };
            match self.effect(&mut turn, id, next, context)? {
                Flow::Next => pc = next,
                Flow::Stop => break,
                Flow::Wait(waiting) => {
                    self.suspend(turn, next, waiting);
                    self.depth -= 1;
                    return Ok(());
                }
            }
        }
        self.frames.push(turn.frame);
        self.frames.push(turn.event);
        self.depth -= 1;
        Ok(())
    }

    /// The handle that the turn's job will have once it waits is not known yet, so jobs are made first and waited after.
    fn suspend(&mut self, turn: Turn, pc: u32, waiting: Waiting) {
        let place = self.pending_job.take().expect("an effect that waits has reserved its job");
        let job = self.jobs.get_mut(place);
        job.pc = pc;
        job.waiting = waiting;
        job.claims = turn.claims;
        job.frame = turn.frame;
        let mut event = turn.event;
        event.clear();
        self.frames.push(event);
    }

    /// Makes the job that the running turn becomes; gives the word that names it and this wait.
    pub(crate) fn reserve_job(&mut self, turn: &mut Turn) -> (u64, u32) {
        turn.wait += 1;
        let (kind, index) = (kind_of(turn.actor) as usize, index_of(turn.actor));
        let next = self.stores[kind].jobs[index];
        let place = self.jobs.add(Job {
            generation: 0,
            actor: turn.actor,
            region: turn.region,
            start: turn.start,
            pc: turn.start,
            wait: turn.wait,
            waiting: Waiting::Moment,
            since: self.now,
            claims: turn.claims,
            frame: Vec::new(),
            next,
        });
        self.stores[kind].jobs[index] = place;
        self.pending_job = Some(place);
        (self.jobs.handle(place), turn.wait)
    }

    /// Takes a waiting job out of its actor's list and makes it a turn again.
    pub(crate) fn resume(&mut self, place: u32) -> (Turn, u32) {
        self.unlink(place);
        let job = self.jobs.take(place);
        let mut event = self.frames.pop().unwrap_or_default();
        event.clear();
        let mut turn = Turn {
            actor: job.actor,
            region: job.region,
            start: job.start,
            claims: job.claims,
            wait: job.wait,
            frame: job.frame,
            event,
        };
        let waited = (self.now - job.since) as f64 / 1e9;
        turn.frame[FRAME_WAITED as usize] = waited.to_bits();
        (turn, job.pc)
    }

    fn unlink(&mut self, place: u32) {
        let job = self.jobs.get(place);
        let (kind, index, next) = (kind_of(job.actor) as usize, index_of(job.actor), job.next);
        let head = self.stores[kind].jobs[index];
        if head == place {
            self.stores[kind].jobs[index] = next;
            return;
        }
        let mut at = head;
        while at != NO_JOB {
            let after = self.jobs.get(at).next;
            if after == place {
                self.jobs.get_mut(at).next = next;
                return;
            }
            at = after;
        }
    }

    /// A span is over, or a claim or question was given up.
    pub(crate) fn wake(&mut self, args: [u64; 3], context: &mut Context<'_>) -> Result<(), RunError> {
        let Some(place) = self.jobs.find(args[0]) else { return Ok(()) };
        let job = self.jobs.get(place);
        if u64::from(job.wait) != args[1] {
            return Ok(());
        }
        match job.waiting {
            Waiting::Moment => {
                let (turn, pc) = self.resume(place);
                self.proceed(turn, pc, context)
            }
            Waiting::Arrival(who) => {
                self.arrive(who);
                let (turn, pc) = self.resume(place);
                self.proceed(turn, pc, context)
            }
            Waiting::Message(effect) | Waiting::Answer(effect) => {
                let otherwise = self.otherwise(effect);
                let (mut turn, _) = self.resume(place);
                self.set_reason(&mut turn, "timeout");
                self.proceed(turn, otherwise, context)
            }
            Waiting::Claim(holder, effect) => {
                let otherwise = self.otherwise(effect);
                self.withdraw(place, holder, context)?;
                let (mut turn, _) = self.resume(place);
                self.set_reason(&mut turn, "reneged");
                self.proceed(turn, otherwise, context)
            }
            Waiting::Goods(_) => Ok(()),
        }
    }

    /// Ends all jobs of a region of an actor (`ANY`: of the whole actor): claims go back, requests are withdrawn.
    pub(crate) fn end_jobs(&mut self, actor: ActorId, region: Option<u16>, context: &mut Context<'_>) -> Result<(), RunError> {
        let mut place = self.stores[kind_of(actor) as usize].jobs[index_of(actor)];
        while place != NO_JOB {
            let job = self.jobs.get(place);
            let next = job.next;
            if region.is_none_or(|region| job.region == region) {
                match job.waiting {
                    Waiting::Claim(holder, _) | Waiting::Goods(holder) => self.withdraw(place, holder, context)?,
                    Waiting::Arrival(who) => self.stop(who),
                    _ => {}
                }
                let (mut turn, _) = self.resume(place);
                self.let_go(&mut turn, &[], context)?;
                self.frames.push(turn.frame);
            }
            place = next;
        }
        Ok(())
    }

    /// Releases what a turn holds, but for the claims in `kept`.
    pub(crate) fn let_go(&mut self, turn: &mut Turn, kept: &[Operand], context: &mut Context<'_>) -> Result<(), RunError> {
        if !turn.claims {
            return Ok(());
        }
        let plan = self.plan;
        let Some(claims) = plan.claims.get(&turn.start) else { return Ok(()) };
        for slot in claims {
            let claim = std::mem::take(&mut turn.frame[*slot as usize]);
            let stays = kept.iter().any(|at| at.base() == Base::Frame && at.index() == *slot);
            if claim != 0 && !stays {
                self.release(turn.actor, claim, context)?;
            }
        }
        Ok(())
    }

    /// The word at an operand.
    pub(crate) fn word(&self, turn: &Turn, at: Operand) -> u64 {
        match at.base() {
            Base::Frame => turn.frame[at.index() as usize],
            Base::Row => self.row(turn.actor, at.index()),
            Base::Event => turn.event.get(at.index() as usize).copied().unwrap_or(NONE),
            Base::Const => self.plan.program.constants[at.index() as usize],
        }
    }

    /// The number at an operand.
    pub(crate) fn number(&self, turn: &Turn, at: Operand) -> f64 {
        f64::from_bits(self.word(turn, at))
    }

    /// Writes the word at an operand.
    pub(crate) fn put(&mut self, turn: &mut Turn, at: Operand, word: u64) {
        match at.base() {
            Base::Frame => turn.frame[at.index() as usize] = word,
            Base::Row => self.set_row(turn.actor, at.index(), word),
            Base::Event | Base::Const => debug_assert!(false, "an effect writes to what it may only read"),
        }
    }

    /// Collects what a message carries; words that nobody gives are missing.
    pub(crate) fn collect(&mut self, turn: &Turn, with: &[Put], words: u16) -> Vec<u64> {
        let mut payload = self.frames.pop().unwrap_or_default();
        payload.clear();
        payload.resize(words as usize, NONE);
        for put in with {
            for word in 0..put.words {
                payload[(put.to + word) as usize] = self.word(turn, put.from.offset(word));
            }
        }
        payload
    }

    /// The value of a routine in an actor's scope; `frame` holds the words behind the reserved ones.
    pub(crate) fn value(&mut self, actor: ActorId, routine: Routine, given: &[u64], event: &[u64]) -> Result<u64, RunError> {
        let mut one = [0];
        self.values(actor, routine, given, event, &mut one)?;
        Ok(one[0])
    }

    /// The words of a routine's value.
    pub(crate) fn values(
        &mut self,
        actor: ActorId,
        routine: Routine,
        given: &[u64],
        event: &[u64],
        into: &mut [u64],
    ) -> Result<(), RunError> {
        let plan = self.plan;
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.clear();
        frame.resize(routine.frame as usize, 0);
        let first = crate::plan::FRAME_RESERVED as usize;
        for (at, word) in given.iter().enumerate() {
            if let Some(place) = frame.get_mut(first + at) {
                *place = *word;
            }
        }
        let mut memory = Memory { frame: &mut frame, event };
        let mut seat = Seat::new(self, actor);
        vm::run(&plan.program, routine.start, &mut memory, &mut seat).map_err(|fault| self.fault(actor, fault.pc, fault.what))?;
        let result = Operand(routine.result);
        for (at, word) in into.iter_mut().enumerate() {
            let place = result.offset(at as u16);
            *word = match place.base() {
                Base::Frame => frame[place.index() as usize],
                Base::Row => self.row(actor, place.index()),
                Base::Event => event.get(place.index() as usize).copied().unwrap_or(NONE),
                Base::Const => plan.program.constants[place.index() as usize],
            };
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Whether a guard holds; one that is missing does.
    pub(crate) fn passes(&mut self, actor: ActorId, guard: Option<Routine>, event: &[u64]) -> Result<bool, RunError> {
        match guard {
            Some(guard) => Ok(self.value(actor, guard, &[], event)? != 0),
            None => Ok(true),
        }
    }

    /// A fault of a program as an error with its place.
    pub(crate) fn fault(&self, actor: ActorId, pc: u32, what: impl Into<String>) -> RunError {
        let place = match self.plan.program.origin(pc) {
            Some(origin) => {
                let (name, text) = &self.plan.sources[origin.source as usize];
                let before = &text[..(origin.span.start as usize).min(text.len())];
                let line = before.matches('\n').count() + 1;
                let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
                format!("{name}:{line}:{column}")
            }
            None => "the scenario".into(),
        };
        RunError::Scenario { place, what: what.into(), actor: self.name(actor), time: self.plan.calendar.datetime(self.now) }
    }

    fn circle(&self, actor: ActorId) -> RunError {
        let kind = &self.plan.kinds[kind_of(actor) as usize];
        let region = kind.regions.first();
        let state = region.map_or("?", |region| {
            region.states.get(self.row(actor, region.slot) as u16 as usize).map_or("?", |state| state.name.as_str())
        });
        RunError::Circle { actor: self.name(actor), state: state.to_owned(), time: self.plan.calendar.datetime(self.now) }
    }

    /// What an actor is called: `driver/17`.
    pub(crate) fn name(&self, actor: ActorId) -> String {
        let kind = self.plan.kinds.get(kind_of(actor) as usize).map_or("?", |kind| kind.name.as_str());
        format!("{kind}/{}", index_of(actor))
    }

    /// Wakes a job after `delay` nanoseconds.
    pub(crate) fn wake_after(
        &mut self,
        turn: &Turn,
        job: (u64, u32),
        delay: u64,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        self.send(context, turn.actor, turn.actor, delay, system::RESUME, [job.0, u64::from(job.1), 0])
    }
}
