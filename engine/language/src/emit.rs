//! Writes instructions: constants, frame words, jumps and where code came from.
//!
//! An [`Emitter`] is open for one routine at a time. It knows no types; `compile` does.

use crate::data::Column;
use crate::program::{Base, Instr, Operand, Origin, Program, Routine};
use crate::span::Span;

/// A place in the code that a jump goes to, once it is known.
#[derive(Clone, Copy, Debug)]
pub struct Jump(usize);

/// Appends routines to a [`Program`].
pub struct Emitter<'a> {
    /// What is being written.
    pub program: &'a mut Program,
    frame: u16,
    frame_max: u16,
    start: u32,
    label: usize,
    source: u32,
    /// Set when a limit was passed; the routine is then not to be run.
    pub overflow: bool,
    /// Nodes that are being compiled, one within the other.
    depth: u32,
    /// Nodes compiled so far, trials included.
    effort: u32,
    /// Trials that are under way, one within the other.
    trials: u32,
}

/// How deep nodes may lie in each other, through the names that stand for expressions.
const DEPTH_MAX: u32 = 400;
/// How many nodes one routine may compile, trials included: no text makes the compiler work for ever.
const EFFORT_MAX: u32 = 200_000;

impl<'a> Emitter<'a> {
    /// Opens a routine whose first `reserved` frame words are given.
    pub fn open(program: &'a mut Program, reserved: u16) -> Emitter<'a> {
        let start = program.code.len();
        let (frame, frame_max, source, overflow) = (reserved, reserved, 0, false);
        let (depth, effort, trials) = (0, 0, 0);
        Emitter { program, frame, frame_max, start: start as u32, label: start, source, overflow, depth, effort, trials }
    }

    /// Ends the routine; `result` is where its value lies.
    pub fn close(mut self, result: Option<Operand>) -> Routine {
        self.push(Instr::End);
        Routine { start: self.start, frame: self.frame_max.max(1), result: result.map_or(0, |at| at.0) }
    }

    /// Enters a node; false where a limit is passed, and then there is nothing to leave.
    pub(crate) fn enter(&mut self) -> bool {
        if self.depth >= DEPTH_MAX || self.effort >= EFFORT_MAX {
            return false;
        }
        self.depth += 1;
        self.effort += 1;
        true
    }

    /// Leaves a node.
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Begins to write code that is thrown away.
    pub(crate) fn begin_trial(&mut self) {
        self.trials += 1;
    }

    /// Ends a trial.
    pub(crate) fn end_trial(&mut self) {
        self.trials -= 1;
    }

    /// Whether what is written is thrown away.
    pub(crate) fn on_trial(&self) -> bool {
        self.trials > 0
    }

    /// Says which file and stretch of text the next instructions come from.
    pub fn at(&mut self, source: u32, span: Span) {
        self.source = source;
        let pc = self.program.code.len() as u32;
        let origin = Origin { pc, source, span };
        match self.program.origins.last_mut() {
            Some(last) if last.pc == pc => *last = origin,
            _ => self.program.origins.push(origin),
        }
    }

    /// Appends an instruction.
    pub fn push(&mut self, instr: Instr) {
        self.program.code.push(instr);
    }

    /// Takes `words` words of the frame.
    pub fn alloc(&mut self, words: u16) -> Operand {
        let at = self.frame;
        let Some(end) = at.checked_add(words).filter(|end| (*end as usize) < Operand::LIMIT) else {
            self.overflow = true;
            return Operand::new(Base::Frame, 0);
        };
        self.frame = end;
        self.frame_max = self.frame_max.max(end);
        Operand::new(Base::Frame, at)
    }

    /// Takes words of the frame that no earlier code has used.
    pub fn fresh(&mut self, words: u16) -> Operand {
        self.frame = self.frame_max;
        self.alloc(words)
    }

    /// The frame's fill, to come back to with [`Emitter::release`].
    #[must_use]
    pub fn mark(&self) -> u16 {
        self.frame
    }

    /// Gives back the frame words taken since `mark`.
    pub fn release(&mut self, mark: u16) {
        self.frame = mark;
    }

    /// A run of constant words.
    pub fn constants(&mut self, words: &[u64]) -> Operand {
        let pool = &mut self.program.constants;
        let found = if words.len() == 1 {
            pool.iter().position(|word| *word == words[0])
        } else {
            pool.windows(words.len().max(1)).position(|window| window == words)
        };
        let at = found.unwrap_or_else(|| {
            pool.extend_from_slice(words);
            pool.len() - words.len()
        });
        if at + words.len().max(1) > Operand::LIMIT {
            self.overflow = true;
            return Operand::new(Base::Const, 0);
        }
        Operand::new(Base::Const, at as u16)
    }

    /// A real constant.
    pub fn float(&mut self, value: f64) -> Operand {
        self.constants(&[value.to_bits()])
    }

    /// The number of a column of data.
    pub fn column(&mut self, column: &Column) -> u16 {
        self.columns([column])
    }

    /// The number of the first of several columns that lie one behind the other.
    pub fn columns<const N: usize>(&mut self, wanted: [&Column; N]) -> u16 {
        let columns = &mut self.program.columns;
        let same = |have: &[Column]| have.iter().zip(wanted).all(|(have, wanted)| have.is(wanted));
        let at = columns.windows(N).position(same).unwrap_or_else(|| {
            columns.extend(wanted.map(Column::clone));
            columns.len() - N
        });
        if at > usize::from(u16::MAX) - N {
            self.overflow = true;
        }
        at as u16
    }

    /// The words of a constant operand, if it is one.
    #[must_use]
    pub fn constant(&self, at: Operand) -> Option<u64> {
        (at.base() == Base::Const).then(|| self.program.constants[at.index() as usize])
    }

    /// Appends a jump to be aimed later.
    pub fn jump(&mut self, instr: Instr) -> Jump {
        self.push(instr);
        Jump(self.program.code.len() - 1)
    }

    /// Aims `jump` at the next instruction.
    pub fn land(&mut self, jump: Jump) {
        let here = self.program.code.len();
        self.label = here;
        match &mut self.program.code[jump.0] {
            Instr::Jz { t, .. } | Instr::Jnone { t, .. } | Instr::Jmp { t } => *t = here as u32,
            other => unreachable!("{other:?} is not a jump"),
        }
    }

    /// The next instruction's number, as the target of a jump backwards.
    pub fn here(&mut self) -> u32 {
        self.label = self.program.code.len();
        self.label as u32
    }

    /// Copies `words` words.
    pub fn copy(&mut self, d: Operand, a: Operand, words: u16) {
        if d == a || words == 0 {
            return;
        }
        if words == 1 {
            if !self.retarget(a, d) {
                self.push(Instr::Mov { d, a });
            }
        } else {
            self.push(Instr::Copy { d, a, words });
        }
    }

    /// Makes the last instruction write to `to` instead of the temporary `from`, where nothing jumps in between.
    fn retarget(&mut self, from: Operand, to: Operand) -> bool {
        if from.base() != Base::Frame || from.index() < self.frame || self.label == self.program.code.len() {
            return false;
        }
        match self.program.code.last_mut() {
            Some(instr) => match destination(instr) {
                Some(d) if *d == from => {
                    *d = to;
                    true
                }
                _ => false,
            },
            None => false,
        }
    }
}

/// The one word an instruction writes, where it writes one.
fn destination(instr: &mut Instr) -> Option<&mut Operand> {
    match instr {
        Instr::Mov { d, .. }
        | Instr::AddI { d, .. }
        | Instr::SubI { d, .. }
        | Instr::MulI { d, .. }
        | Instr::AddF { d, .. }
        | Instr::SubF { d, .. }
        | Instr::MulF { d, .. }
        | Instr::DivF { d, .. }
        | Instr::NegF { d, .. }
        | Instr::LtF { d, .. }
        | Instr::LeF { d, .. }
        | Instr::Eq { d, .. }
        | Instr::Ne { d, .. }
        | Instr::Not { d, .. }
        | Instr::Now { d }
        | Instr::Me { d }
        | Instr::Draw { d, .. }
        | Instr::DrawShaped { d, .. }
        | Instr::Cell { d, .. }
        | Instr::Quantile { d, .. }
        | Instr::Chosen { d, .. }
        | Instr::Replay { d, .. }
        | Instr::Reading { d, .. }
        | Instr::Member { d, .. }
        | Instr::Math1 { d, .. }
        | Instr::Math2 { d, .. } => Some(d),
        _ => None,
    }
}
