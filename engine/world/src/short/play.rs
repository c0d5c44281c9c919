//! Where the world uses the short form: turns from their start, turns that go on, and values.

use super::run::{self, Given, Stop};
use super::{CONSTANTS, EVENT, Entry, FRAME, Reach, Registers};
use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::packet::Context;
use crate::plan::{ANY, FRAME_RESERVED};
use crate::turn::{Course, Turn};
use crate::world::World;
use rehearsal_language::program::{Base, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Exit, Fault, Words};

impl<'p> World<'p> {
    /// Plays a routine that has a short form from its start, as [`World::play`].
    #[inline]
    pub(crate) fn play_short(
        &mut self,
        (actor, region): (ActorId, u16),
        (routine, entry): (Routine, Entry),
        event: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        self.hear_words(event);
        let mut course = Course { region, start: routine.start, claims: 0, job: 0 };
        let words = usize::from(routine.frame);
        let ran = self.run_short((actor, words), (entry, Given::Event), &mut course, Some(context));
        let stop = ran.map_err(|fault| self.told(actor, &fault))?;
        if stop.waits() || course.claims == 0 && stop.ends() {
            return Ok(());
        }
        self.stopped((actor, words), course, event, stop, context)
    }

    /// Goes on with a turn that is a job again and whose program has a short form from where it is.
    pub(crate) fn proceed_short(&mut self, turn: &mut Turn<'_>, entry: Entry, context: &mut Context<'_>) -> Result<(), RunError> {
        let (place, words) = (turn.course.job as u32, turn.frame.len());
        self.common.jobs.get_mut(place).frame = std::mem::take(&mut turn.frame);
        self.hear_words(turn.event);
        let ran = self.run_short((turn.actor, words), (entry, Given::Event), &mut turn.course, Some(context));
        let stop = ran.map_err(|fault| self.told(turn.actor, &fault))?;
        if stop.waits() {
            return Ok(());
        }
        if turn.course.claims == 0 && stop.ends() {
            self.ends(place);
            return Ok(());
        }
        turn.frame = std::mem::take(&mut self.common.jobs.get_mut(place).frame);
        self.leaves(turn, stop, context)
    }

    /// The first word of the value of a routine that has a short form.
    pub(crate) fn value_short(
        &mut self,
        actor: ActorId,
        (routine, entry): (Routine, Entry),
        given: &[u64],
        event: &Words,
    ) -> Result<u64, RunError> {
        self.registers.clear(routine.frame as usize);
        for (register, word) in self.registers.0[FRAME_RESERVED as usize..FRAME].iter_mut().zip(given) {
            *register = *word;
        }
        let mut course = Course { region: ANY, start: routine.start, claims: 0, job: 0 };
        self.hear_words(event);
        let words = usize::from(routine.frame);
        let ran = self.run_short((actor, words), (entry, Given::All), &mut course, None);
        let stop = ran.map_err(|fault| self.told(actor, &fault))?;
        if !stop.ends() {
            let mut frame = self.frame_of(routine.frame as usize);
            let mut word = [0];
            self.find_value((actor, routine), &mut frame, event, self.shorts.origin(stop.step()), &mut word)?;
            self.frames.push(frame);
            return Ok(word[0]);
        }
        let result = Operand(routine.result);
        let index = result.index() as usize;
        Ok(match result.base() {
            Base::Frame => self.registers.0[index],
            _ => self.word_at(actor, &[], event, result),
        })
    }

    /// The words of the registers' frame.
    fn frame_of(&mut self, words: usize) -> Vec<u64> {
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.clear();
        frame.extend_from_slice(&self.registers.0[..words]);
        frame
    }

    /// Puts what an event says into its registers; what it does not say is missing.
    #[inline(always)]
    fn hear_words(&mut self, event: &Words) {
        let said = &mut self.registers.0[EVENT..CONSTANTS];
        said.fill(NONE);
        for (register, word) in said.iter_mut().zip(event) {
            *register = word.get();
        }
    }

    /// Runs from an entry with a frame of so many words, see [`run::run`].
    #[inline(never)]
    pub(super) fn run_short(
        &mut self,
        (actor, words): (ActorId, usize),
        entry: (Entry, Given),
        course: &mut Course,
        context: Option<&mut Context<'_>>,
    ) -> Result<Stop, Box<Fault>> {
        let shorts = self.shorts;
        let (mut reach, registers) = self.reach(actor, *course, context).expect("who plays a routine has a row");
        reach.words = words;
        let stop = run::run(shorts, &mut reach, registers, entry);
        *course = reach.course;
        stop
    }

    /// What an actor may touch while it runs, and the registers.
    #[inline(always)]
    pub(super) fn reach<'a, 'c>(
        &'a mut self,
        actor: ActorId,
        course: Course,
        context: Option<&'a mut Context<'c>>,
    ) -> Option<(Reach<'a, 'c, 'p>, &'a mut Registers)> {
        let (row, holders, ahead) = self.stores.get_mut(kind_of(actor) as usize)?.own(index_of(actor))?;
        let reach = Reach { common: &mut self.common, row, holders, ahead, me: actor, context, course, words: 0 };
        Some((reach, &mut *self.registers))
    }

    #[cold]
    pub(super) fn told(&self, actor: ActorId, fault: &Fault) -> RunError {
        self.failed(actor, fault)
    }

    /// Goes on with a turn whose short form has stopped before its end, or at its end with more to do, and does not wait; its
    /// frame has so many words.
    pub(super) fn stopped(
        &mut self,
        (actor, words): (ActorId, usize),
        course: Course,
        event: &Words,
        stop: Stop,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let frame = match course.job {
            0 => self.frame_of(words),
            job => std::mem::take(&mut self.common.jobs.get_mut(job as u32).frame),
        };
        self.leaves(&mut Turn { actor, course, frame, event }, stop, context)
    }

    /// Goes on with a turn that leaves its short form.
    fn leaves(&mut self, turn: &mut Turn<'_>, stop: Stop, context: &mut Context<'_>) -> Result<(), RunError> {
        let pc = self.shorts.origin(stop.step());
        match self.common.plan.program.exit(pc) {
            Exit::Outside => self.proceed(turn, pc, context),
            _ => self.go_on(turn, pc, false, context),
        }
    }
}
