//! Instructions that look at other actors or call the runtime: a run stops at them, and they are carried out here.

use super::{Fault, fault, holder_word};
use crate::program::{Base, Instr, Operand, Program};
use crate::types::NONE;

/// What an instruction that looks outside sees, see [`outside`].
pub trait Outlook {
    /// The word at an operand of the running program.
    fn word(&self, at: Operand) -> u64;
    /// Writes the word at an operand of the running program.
    fn put(&mut self, at: Operand, word: u64);
    /// A word of another actor's row; `None` when it was never there.
    fn field(&self, of: u64, slot: u16) -> Option<u64>;
    /// The kind of an actor; `None` when it was never there.
    fn kind(&self, of: u64) -> Option<u16>;
    /// Whether region `region` of actor `of` is in `state`; `None` when it is gone.
    fn in_state(&self, of: u64, region: u16, state: u16) -> Option<bool>;
    /// Function `f` of the runtime. Arguments lie in the frame from word `at` on, and so does the result.
    fn call(&mut self, f: u16, at: u16) -> Result<(), String>;
}

/// Carries out the instruction at `pc`, at which a run stopped to look outside.
///
/// # Errors
/// A [`Fault`] for a reference to nobody, a field that this kind of actor has not, or what the function refuses.
pub fn outside<O: Outlook>(program: &Program, pc: u32, outlook: &mut O) -> Result<(), Box<Fault>> {
    look(program, program.code[pc as usize], outlook).map_err(|what| fault(pc, what))
}

fn look<O: Outlook>(program: &Program, instr: Instr, outlook: &mut O) -> Result<(), String> {
    match instr {
        Instr::Field { d, of, slot, words } => fields(outlook, d, of, slot, words),
        Instr::FieldBy { d, of, table, words } => {
            let slot = by_kind(program, outlook, of, table)?;
            fields(outlook, d, of, slot, words)
        }
        Instr::InState { d, of, region, state } => {
            let there = outlook.in_state(outlook.word(of), region, state).unwrap_or(false);
            outlook.put(d, u64::from(there));
            Ok(())
        }
        Instr::HolderBy { d, of, table } => {
            let holder = by_kind(program, outlook, of, table)?;
            outlook.put(d, holder_word(outlook.word(of), holder));
            Ok(())
        }
        Instr::Call { f, d, a } => {
            debug_assert!(a.base() == Base::Frame && d == a, "arguments and result of a call share a stretch of the frame");
            outlook.call(f, a.index())
        }
        other => Err(format!("instruction {other:?} does not look outside")),
    }
}

fn fields<O: Outlook>(outlook: &mut O, d: Operand, of: Operand, slot: u16, words: u16) -> Result<(), String> {
    let actor = outlook.word(of);
    for word in 0..words {
        let value = outlook.field(actor, slot + word).ok_or_else(|| gone(actor))?;
        outlook.put(d.offset(word), value);
    }
    Ok(())
}

fn by_kind<O: Outlook>(program: &Program, outlook: &O, of: Operand, table: u16) -> Result<u16, String> {
    let actor = outlook.word(of);
    let kind = outlook.kind(actor).ok_or_else(|| gone(actor))?;
    program.by_kind(table, kind).ok_or_else(|| "this actor has no such field".into())
}

/// Why a reference leads to nobody.
fn gone(actor: u64) -> String {
    if actor == NONE { "there is no such actor: the reference is none".into() } else { "the actor is gone".into() }
}
