//! Faults of programs, told with their place and who they befell.

use crate::actors::{ActorId, index_of, kind_of};
use crate::error::{Cause, RunError};
use crate::world::World;
use rehearsal_language::program::{Instr, Law};
use rehearsal_language::vm;

impl World<'_> {
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
