//! Turns: one program of one actor, from where it starts or wakes to where it ends or waits.

use crate::actors::{ActorId, NO_JOB, first_job, home_of, index_of, kind_of, set_first_job};
use crate::error::{Cause, RunError};
use crate::hand::Hand;
use crate::jobs::{Jobs, Waiting};
use crate::law;
use crate::packet::Context;
use crate::plan::{ANY, FRAME_REASON, FRAME_RESERVED, FRAME_WAITED, Put};
use crate::seat::View;
use crate::world::{World, system};
use rehearsal_language::program::{Base, Instr, Law, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Exit, Memory, Words};
use std::cell::Cell;

/// A program that is running.
pub(crate) struct Turn<'e> {
    pub(crate) actor: ActorId,
    pub(crate) course: Course,
    pub(crate) frame: Vec<u64>,
    /// What arrived; nothing once it has waited.
    pub(crate) event: &'e Words,
}

/// What a turn is part of, and what it has come to.
#[derive(Clone, Copy)]
pub(crate) struct Course {
    pub(crate) region: u16,
    pub(crate) start: u32,
    /// How many claims it holds, at least.
    pub(crate) claims: u32,
    /// The handle of the job that it was or is about to become; 0 for none.
    pub(crate) job: u64,
}

impl Course {
    /// That of a value, which comes to nothing.
    pub(crate) fn none() -> Course {
        Course { region: ANY, start: 0, claims: 0, job: 0 }
    }
}

/// The job that a running turn becomes.
pub(crate) struct Reserved {
    /// The word that names it.
    pub(crate) handle: u64,
    /// The number of this wait.
    pub(crate) wait: u32,
    /// Whether it is new, and not yet the first of its actor's, see [`set_first_job`].
    pub(crate) new: bool,
}

/// Makes sure of the job that a running turn becomes, with a frame of so many words if it is new.
#[inline(always)]
pub(crate) fn reserve(
    jobs: &mut Jobs,
    (row, actor): (&Words, ActorId),
    course: &mut Course,
    words: usize,
    waiting: Waiting,
) -> Reserved {
    let known = if course.job == 0 { None } else { jobs.find(course.job) };
    let (place, new) = match known {
        Some(place) => (place, false),
        None => {
            let place = jobs.add((actor, home_of(row)), (course.region, course.start, words), first_job(row));
            course.job = jobs.handle(place);
            (place, true)
        }
    };
    let job = jobs.get_mut(place);
    job.wait += 1;
    job.waiting = waiting;
    Reserved { handle: course.job, wait: job.wait, new }
}

/// How a program goes on after an effect.
#[repr(usize)]
pub(crate) enum Flow {
    /// At the next instruction.
    Next,
    /// It waits, as its job says.
    Wait,
    /// It is over: its state was left, or its actor is gone.
    Stop,
}

/// Turns within turns before a circle is suspected.
const DEPTH_MAX: u32 = 60;

impl World<'_> {
    /// Runs a routine of an actor from its start.
    ///
    /// Most routines are short and end at once: their words lie on the stack, and a turn is made only for one that waits or
    /// does what takes the whole world.
    pub(crate) fn play(
        &mut self,
        actor: ActorId,
        region: u16,
        routine: Routine,
        event: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        if let Some(entry) = self.shorts.entry(routine.start) {
            return self.play_short((actor, region), (routine, entry), event, context);
        }
        const SHORT: usize = 16;
        let mut course = Course { region, start: routine.start, claims: 0, job: 0 };
        let words = routine.frame as usize;
        if words > SHORT {
            let mut frame = self.frames.pop().unwrap_or_default();
            frame.clear();
            frame.resize(words, 0);
            return self.proceed(&mut Turn { actor, course, frame, event }, routine.start, context);
        }
        let mut short = [0; SHORT];
        let frame = &mut short[..words];
        let (at, suspended) = self.advance(actor, frame, event, &mut course, routine.start, Some(context))?;
        if course.job == 0 && course.claims == 0 && self.common.plan.program.exit(at) == Exit::Done {
            return Ok(());
        }
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.clear();
        frame.extend_from_slice(&short[..words]);
        self.go_on(&mut Turn { actor, course, frame, event }, at, suspended, context)
    }

    /// Goes on with a program at `pc` until it ends, leaves or waits.
    pub(crate) fn proceed(&mut self, turn: &mut Turn<'_>, pc: u32, context: &mut Context<'_>) -> Result<(), RunError> {
        if let Some(entry) = self.shorts.entry(pc)
            && self.common.jobs.find(turn.course.job).is_some()
            && turn.frame.len() <= crate::short::FRAME
        {
            return self.proceed_short(turn, entry, context);
        }
        let Turn { actor, course, frame, event } = turn;
        let (at, suspended) = self.advance(*actor, frame, event, course, pc, Some(context))?;
        self.go_on(turn, at, suspended, context)
    }

    /// Goes on with a program that has stopped at `at`, see [`World::advance`].
    pub(crate) fn go_on(
        &mut self,
        turn: &mut Turn<'_>,
        mut at: u32,
        mut suspended: bool,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.circle(turn.actor));
        }
        let mut effects = 0_u32;
        loop {
            effects += 1;
            let most = self.common.plan.limits.rounds;
            if effects > most {
                return Err(self.fault(turn.actor, at, format!("more than {most} steps without a wait: this never ends")));
            }
            let flow = match self.common.plan.program.exit(at) {
                Exit::Effect(_) if suspended => Flow::Wait,
                Exit::Effect(id) => self.effect(turn, id, at + 1, context)?,
                _ => {
                    self.let_go(turn, &[], context)?;
                    Flow::Stop
                }
            };
            match flow {
                Flow::Next => {
                    let Turn { actor, course, frame, event } = &mut *turn;
                    (at, suspended) = self.advance(*actor, frame, event, course, at + 1, Some(context))?;
                }
                Flow::Stop => break,
                Flow::Wait => {
                    self.suspend(turn, at + 1);
                    self.depth -= 1;
                    return Ok(());
                }
            }
        }
        self.is_over(turn);
        self.depth -= 1;
        Ok(())
    }

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

    /// Runs a program from `pc` to its next effect or its end; gives the instruction there, and whether its effect has
    /// been carried out already and the program waits.
    fn advance(
        &mut self,
        actor: ActorId,
        frame: &mut [u64],
        event: &Words,
        course: &mut Course,
        mut pc: u32,
        mut context: Option<&mut Context<'_>>,
    ) -> Result<(u32, bool), RunError> {
        let plan = self.common.plan;
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let mut looks = 0_u32;
        loop {
            // While the program runs it has the rows of its kind, and its host the rest of the world.
            let store = &mut self.stores[kind];
            let (words, stride, mut rows) = (store.words, store.stride(), std::mem::take(&mut store.rows));
            let row = vm::words(&mut rows[index * stride..][..stride]);
            let memory = Memory::new(vm::words(frame), row, event, &plan.program, self.common.now, u64::from(actor));
            let act = context.as_deref_mut().map(|context| (context, &mut *course));
            let mut hand = Hand { world: self, sites: &plan.kinds[kind].sites, words, act, suspended: false };
            let stopped = vm::run(&plan.program, pc, &memory, &mut hand);
            let suspended = hand.suspended;
            self.stores[kind].rows = rows;
            let at = match stopped {
                Ok(at) => at as u32,
                Err(fault) => return Err(self.failed(actor, &fault)),
            };
            if suspended || plan.program.exit(at) != Exit::Outside {
                return Ok((at, suspended));
            }
            looks += 1;
            let most = plan.limits.rounds;
            if looks > most {
                return Err(self.fault(actor, at, format!("more than {most} looks at others without a step: this never ends")));
            }
            vm::outside(&plan.program, at, &mut View { world: self, actor, frame, event })
                .map_err(|fault| self.failed(actor, &fault))?;
            pc = at + 1;
        }
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

    /// The word at an operand.
    #[inline]
    pub(crate) fn word(&self, turn: &Turn<'_>, at: Operand) -> u64 {
        self.word_at(turn.actor, &turn.frame, turn.event, at)
    }

    /// The word at an operand of a program of an actor with this frame and event.
    #[inline]
    pub(crate) fn word_at(&self, actor: ActorId, frame: &[u64], event: &Words, at: Operand) -> u64 {
        match at.base() {
            Base::Frame => frame[at.index() as usize],
            Base::Row => self.row(actor, at.index()),
            Base::Event => event.get(at.index() as usize).map_or(NONE, Cell::get),
            Base::Const => self.common.plan.program.constants[at.index() as usize],
        }
    }

    /// The number at an operand.
    pub(crate) fn number(&self, turn: &Turn<'_>, at: Operand) -> f64 {
        f64::from_bits(self.word(turn, at))
    }

    /// Writes the word at an operand.
    #[inline]
    pub(crate) fn put(&mut self, turn: &mut Turn<'_>, at: Operand, word: u64) {
        match at.base() {
            Base::Frame => turn.frame[at.index() as usize] = word,
            Base::Row => self.set_row(turn.actor, at.index(), word),
            Base::Event | Base::Const => debug_assert!(false, "an effect writes to what it may only read"),
        }
    }

    /// Collects what a message carries; words that nobody gives are missing.
    pub(crate) fn collect(&mut self, turn: &Turn<'_>, with: &[Put], words: u16) -> Vec<u64> {
        let mut payload = self.frames.pop().unwrap_or_default();
        payload.clear();
        payload.resize(words as usize, NONE);
        self.gather(turn, with, &mut payload);
        payload
    }

    /// Puts what a message carries in its place.
    #[inline]
    pub(crate) fn gather(&self, turn: &Turn<'_>, with: &[Put], payload: &mut [u64]) {
        for put in with {
            for word in 0..put.words {
                payload[(put.to + word) as usize] = self.word(turn, put.from.offset(word));
            }
        }
    }

    /// The value of a routine in an actor's scope; `frame` holds the words behind the reserved ones.
    pub(crate) fn value(&mut self, actor: ActorId, routine: Routine, given: &[u64], event: &Words) -> Result<u64, RunError> {
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
        event: &Words,
        into: &mut [u64],
    ) -> Result<(), RunError> {
        let code = &self.common.plan.program.code[routine.start as usize..];
        match *code {
            [Instr::End, ..] => {
                self.read(actor, Operand(routine.result), given, event, into);
                return Ok(());
            }
            [Instr::Draw { law: law @ Law::Exponential, site, d, a, .. }, Instr::End, ..]
                if a.base() == Base::Const && d.0 == routine.result && into.len() == 1 =>
            {
                let mean = f64::from_bits(self.common.plan.program.constants[a.index() as usize]);
                let drawn = self.draw(actor, site, |draws| law::draw_one(law, draws, mean));
                into[0] = drawn.map_err(|what| self.fault(actor, routine.start, what))?.to_bits();
                return Ok(());
            }
            _ => {}
        }
        if let ([word], Some(entry)) = (&mut *into, self.shorts.entry(routine.start)) {
            *word = self.value_short(actor, (routine, entry), given, event)?;
            return Ok(());
        }
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.clear();
        frame.resize(routine.frame as usize, 0);
        for (place, word) in frame.iter_mut().skip(FRAME_RESERVED as usize).zip(given) {
            *place = *word;
        }
        self.find_value((actor, routine), &mut frame, event, routine.start, into)?;
        self.frames.push(frame);
        Ok(())
    }

    /// Goes on with a routine at `pc` until it has found its value.
    pub(crate) fn find_value(
        &mut self,
        (actor, routine): (ActorId, Routine),
        frame: &mut [u64],
        event: &Words,
        pc: u32,
        into: &mut [u64],
    ) -> Result<(), RunError> {
        let mut course = Course { region: ANY, start: routine.start, claims: 0, job: 0 };
        let (end, _) = self.advance(actor, frame, event, &mut course, pc, None)?;
        debug_assert_eq!(self.common.plan.program.exit(end), Exit::Done, "a value has no effects");
        let result = Operand(routine.result);
        for (at, word) in into.iter_mut().enumerate() {
            *word = self.word_at(actor, frame, event, result.offset(at as u16));
        }
        Ok(())
    }

    /// The words of a value that nothing has to be computed for: it lies where it is.
    fn read(&self, actor: ActorId, first: Operand, given: &[u64], event: &Words, into: &mut [u64]) {
        for (at, word) in into.iter_mut().enumerate() {
            let place = first.offset(at as u16);
            let index = place.index() as usize;
            *word = match place.base() {
                Base::Row => self.row(actor, place.index()),
                Base::Event => event.get(index).map_or(NONE, Cell::get),
                Base::Const => self.common.plan.program.constants[index],
                Base::Frame => {
                    let given = index.checked_sub(FRAME_RESERVED as usize).and_then(|at| given.get(at));
                    given.copied().unwrap_or(0)
                }
            };
        }
    }

    /// Whether a guard holds; one that is missing does.
    pub(crate) fn passes(&mut self, actor: ActorId, guard: Option<Routine>, event: &Words) -> Result<bool, RunError> {
        match guard {
            Some(guard) => Ok(self.value(actor, guard, &[], event)? != 0),
            None => Ok(true),
        }
    }

    /// A fault of a program as an error with its place.
    #[cold]
    pub(crate) fn fault(&self, actor: ActorId, pc: u32, what: impl Into<String>) -> RunError {
        let (place, time) = (self.written(pc), self.common.plan.calendar.datetime(self.common.now));
        Cause::Scenario { place, what: what.into(), actor: self.name(actor), time }.into()
    }

    /// A program's fault in the words of the step that it stands for.
    #[cold]
    pub(crate) fn failed(&self, actor: ActorId, fault: &vm::Fault) -> RunError {
        let instr = self.common.plan.program.code.get(fault.pc as usize);
        self.fault(actor, fault.pc, instr.and_then(of_a_source).unwrap_or(fault.what.as_str()))
    }

    /// Where an instruction is written, `file:line:column`.
    pub(crate) fn written(&self, pc: u32) -> String {
        self.common.plan.written(pc)
    }

    pub(crate) fn circle(&self, actor: ActorId) -> RunError {
        let kind = &self.common.plan.kinds[kind_of(actor) as usize];
        let region = kind.regions.first();
        let state = region.map_or("?", |region| {
            region.states.get(self.row(actor, region.slot) as u16 as usize).map_or("?", |state| state.name.as_str())
        });
        Cause::Circle {
            actor: self.name(actor),
            state: state.to_owned(),
            time: self.common.plan.calendar.datetime(self.common.now),
        }
        .into()
    }

    /// What an actor is called: `driver/17`.
    pub(crate) fn name(&self, actor: ActorId) -> String {
        let kind = self.common.plan.kinds.get(kind_of(actor) as usize).map_or("?", |kind| kind.name.as_str());
        format!("{kind}/{}", index_of(actor))
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

/// What is wrong where a source draws and cannot: its draws carry the rate besides, others twice the same word.
fn of_a_source(instr: &Instr) -> Option<&'static str> {
    match instr {
        Instr::Draw { law: Law::Exponential, b, c, .. } if b != c => {
            Some("the rate of a source is a finite number from 0 up: test what it is made of")
        }
        Instr::Draw { law: Law::Chance, b, c, .. } if b != c => {
            Some("the rate of a source lies below 0 or above its peak: let `peak` be the most that it comes to")
        }
        _ => None,
    }
}
