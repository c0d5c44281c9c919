//! Where no machine code is made.

use crate::short::run::Stop;
use crate::short::{Entry, Reach, Registers, Shorts};
use rehearsal_language::vm::Fault;

/// No code.
pub(super) enum Code {}

impl Code {
    pub(super) fn fits(&self, _: &Reach<'_, '_, '_>) -> bool {
        match *self {}
    }

    pub(super) fn hears(&self) -> bool {
        match *self {}
    }
}

pub(super) fn make(_: &Shorts, _: Entry) -> Option<Code> {
    None
}

pub(super) fn enter(code: &Code, _: &Shorts, _: &mut Reach<'_, '_, '_>, _: &mut Registers) -> Result<Stop, Box<Fault>> {
    match *code {}
}
