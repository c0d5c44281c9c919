//! Decision tables where a policy stands alone.

use super::EngineError;
use super::playbook::Playbook;
use super::turn::{Alone, View};
use rehearsal_language::program::{Operand, Routine};
use rehearsal_language::vm::{self, Exit, Memory};

const RESERVED: usize = crate::table::RESERVED as usize;

/// What a table is looked up with.
pub(super) struct Looked<'a> {
    pub(super) book: &'a Playbook,
    /// What each feature is now.
    pub(super) values: &'a [u64],
    pub(super) now: u64,
    pub(super) profile: u32,
}

impl Looked<'_> {
    /// What a table gives, nothing where no row holds; `pc` is the step that asks.
    pub(super) fn up(&self, table: u16, given: &[u64], pc: u32) -> Result<Option<Vec<u64>>, EngineError> {
        let table = &self.book.tables[table as usize];
        let holding = table.holding(|condition| Ok::<bool, EngineError>(self.words(condition, 1, given)? != [0]))?;
        let mut rows = Vec::new();
        for row in holding {
            let values = table.values(row).map(|(routine, width)| self.words(routine, width, given));
            rows.push((row, values.collect::<Result<Vec<_>, _>>()?));
        }
        table.outcome(&rows).map_err(|what| EngineError::Fault { profile: self.profile, pc, what })
    }

    /// The words that a row's routine finds.
    fn words(&self, routine: Routine, width: u16, given: &[u64]) -> Result<Vec<u64>, EngineError> {
        let program = &self.book.program;
        let mut frame = vec![0; (routine.frame as usize).max(RESERVED + given.len())];
        frame[RESERVED..RESERVED + given.len()].copy_from_slice(given);
        let memory = Memory::new(vm::words(&mut frame), &[], &[], program, self.now, u64::from(self.profile));
        let fault = |fault: Box<vm::Fault>| EngineError::Fault { profile: self.profile, pc: fault.pc, what: fault.what };
        let mut pc = routine.start;
        loop {
            pc = vm::run(program, pc, &memory, &mut Alone).map_err(fault)? as u32;
            if program.exit(pc) == Exit::Done {
                break;
            }
            vm::outside(program, pc, &mut View { memory, book: self.book, values: self.values }).map_err(fault)?;
            pc += 1;
        }
        Ok((0..width).map(|at| memory.get(Operand(routine.result).offset(at))).collect())
    }
}
