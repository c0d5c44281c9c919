//! Turns: one program of one actor, from where it starts or wakes to where it ends or waits.

mod faults;
mod jobs;
mod values;

use crate::actors::{ActorId, first_job, home_of, index_of, kind_of};
use crate::error::RunError;
use crate::hand::Hand;
use crate::jobs::{Jobs, Waiting};
use crate::packet::Context;
use crate::plan::ANY;
use crate::seat::View;
use crate::world::World;
use rehearsal_language::program::Routine;
use rehearsal_language::vm::{self, Exit, Memory, Words};

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
}
