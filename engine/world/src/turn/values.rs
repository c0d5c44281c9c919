//! Words that a turn reads and writes, and values that are found in between.

use super::{Course, Turn};
use crate::actors::ActorId;
use crate::error::RunError;
use crate::law;
use crate::plan::{ANY, FRAME_RESERVED, Put};
use crate::world::World;
use rehearsal_language::program::{Base, Instr, Law, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Exit, Words};
use std::cell::Cell;

impl World<'_> {
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
}
