//! Flat programs: instructions over typed words, and what surrounds them.
//!
//! An instruction names its operands by place: a word of the frame (temporaries and locals), of the actor's row, of the
//! event's payload or of the constants. There is no stack and no allocation. Effects (telling, waiting, seizing) are
//! numbered, and their meaning is the runtime's: the interpreter hands the number back (see `vm::Exit`).
//!
//! Start at [`Instr`]; `compile` writes programs, `vm` runs them.

use crate::data::Column;
use crate::law::Shape;
use crate::span::Span;
use std::sync::Arc;

pub use crate::law::Law;

/// Where a word lives: two bits of base, fourteen of index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Operand(pub u16);

/// The four arrays an operand can point into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// Temporaries and locals of the running program.
    Frame,
    /// The actor's own row.
    Row,
    /// The payload of the event at hand.
    Event,
    /// Constants of the scenario.
    Const,
}

impl Operand {
    /// The most words that one base can hold.
    pub const LIMIT: usize = 1 << 14;

    /// The operand at `index` of `base`.
    ///
    /// # Panics
    /// When `index` is beyond [`Operand::LIMIT`]; compilers check before.
    #[must_use]
    pub fn new(base: Base, index: u16) -> Operand {
        assert!((index as usize) < Operand::LIMIT, "operand index {index} beyond {}", Operand::LIMIT);
        Operand((base as u16) << 14 | index)
    }

    /// The array it points into.
    #[inline(always)]
    #[must_use]
    pub fn base(self) -> Base {
        match self.0 >> 14 {
            0 => Base::Frame,
            1 => Base::Row,
            2 => Base::Event,
            _ => Base::Const,
        }
    }

    /// The number of the array it points into, in the order of [`Base`].
    #[inline(always)]
    #[must_use]
    pub(crate) fn space(self) -> usize {
        (self.0 >> 14) as usize
    }

    /// The word within its array.
    #[inline(always)]
    #[must_use]
    pub fn index(self) -> u16 {
        self.0 & 0x3fff
    }

    /// The operand `words` further on.
    #[must_use]
    pub fn offset(self, words: u16) -> Operand {
        Operand::new(self.base(), self.index() + words)
    }
}

/// Functions of one real number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Math1 {
    /// Absolute value.
    Abs,
    /// Largest whole number not above.
    Floor,
    /// Smallest whole number not below.
    Ceil,
    /// Nearest whole number, halves away from zero.
    Round,
    /// Square root.
    Sqrt,
    /// e to the power.
    Exp,
    /// Natural logarithm.
    Log,
    /// 1 / (1 + e^-x).
    Logistic,
    /// Sine of radians.
    Sin,
    /// Cosine of radians.
    Cos,
}

/// Functions and relations of two real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Math2 {
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// Power.
    Pow,
}

/// One instruction. `d` is where the result goes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the operands of an instruction follow one pattern: d, a, b, t for a jump's target")]
pub enum Instr {
    Mov {
        d: Operand,
        a: Operand,
    },
    Copy {
        d: Operand,
        a: Operand,
        words: u16,
    },
    AddI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    SubI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    MulI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    DivI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    RemI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    NegI {
        d: Operand,
        a: Operand,
    },
    AddF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    SubF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    MulF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    DivF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    RemF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    NegF {
        d: Operand,
        a: Operand,
    },
    LtI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    LeI {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    Eq {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    Ne {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    LtF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    LeF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    EqF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    NeF {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    /// `b` words of bytes are compared.
    EqWide {
        d: Operand,
        a: Operand,
        b: Operand,
        words: u16,
    },
    Not {
        d: Operand,
        a: Operand,
    },
    ToF {
        d: Operand,
        a: Operand,
    },
    ToI {
        d: Operand,
        a: Operand,
    },
    Math1 {
        f: Math1,
        d: Operand,
        a: Operand,
    },
    Math2 {
        f: Math2,
        d: Operand,
        a: Operand,
        b: Operand,
    },
    /// Time plus seconds.
    Later {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    /// Time minus seconds, not before the start.
    Earlier {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    /// Seconds from `b` to `a`.
    Between {
        d: Operand,
        a: Operand,
        b: Operand,
    },
    /// Jump when `a` is zero (false).
    Jz {
        a: Operand,
        t: u32,
    },
    /// Jump when `a` is the missing value.
    Jnone {
        a: Operand,
        t: u32,
    },
    Jmp {
        t: u32,
    },
    Now {
        d: Operand,
    },
    Me {
        d: Operand,
    },
    /// Words of another actor's row.
    Field {
        d: Operand,
        of: Operand,
        slot: u16,
        words: u16,
    },
    /// Words of another actor's row, the slot by its kind: table `table` of the program.
    FieldBy {
        d: Operand,
        of: Operand,
        table: u16,
        words: u16,
    },
    /// Whether another actor's region is in a state.
    InState {
        d: Operand,
        of: Operand,
        region: u16,
        state: u16,
    },
    /// A holder of an actor, as a value.
    Holder {
        d: Operand,
        of: Operand,
        holder: u16,
    },
    /// The same, the holder's number by the actor's kind.
    HolderBy {
        d: Operand,
        of: Operand,
        table: u16,
    },
    /// A draw from a law, on the stream of `site`.
    Draw {
        law: Law,
        site: u16,
        d: Operand,
        a: Operand,
        b: Operand,
        c: Operand,
    },
    /// A draw from a law with something besides, on the stream of `site`: five words from `a` on, the last two for that.
    DrawShaped {
        shape: Shape,
        law: Law,
        site: u16,
        d: Operand,
        a: Operand,
    },
    /// A whole number below `a`, on the stream of `site`.
    Below {
        site: u16,
        d: Operand,
        a: Operand,
    },
    /// A member of group `group`, each alike, on the stream of `site`.
    Member {
        site: u16,
        group: u16,
        d: Operand,
    },
    /// An index drawn in proportion to `count` weights from `a` on.
    Weighted {
        site: u16,
        d: Operand,
        a: Operand,
        count: Operand,
    },
    /// The position of symbol `a` in key list `keys`; a fault when it is not there.
    KeyOf {
        d: Operand,
        a: Operand,
        keys: u16,
    },
    /// Whether symbol `a` is in the set `b` over key list `keys`.
    InSet {
        d: Operand,
        a: Operand,
        b: Operand,
        keys: u16,
    },
    /// The set with or without symbol `a`.
    Flag {
        d: Operand,
        set: Operand,
        a: Operand,
        keys: u16,
        on: bool,
    },
    /// Item `i` of a list (checked) or of an array with `count` items.
    Item {
        d: Operand,
        list: Operand,
        i: Operand,
        words: u16,
    },
    /// Word block `i` of an array without a length word.
    At {
        d: Operand,
        array: Operand,
        i: Operand,
        words: u16,
    },
    /// Stores a block into an array without a length word.
    Put {
        array: Operand,
        i: Operand,
        a: Operand,
        words: u16,
    },
    /// Appends a block to a list with room for `most`; beyond it is dropped.
    Push {
        list: Operand,
        a: Operand,
        words: u16,
        most: u16,
    },
    /// A fault where a list has more than `most` items.
    Fits {
        list: Operand,
        most: u16,
    },
    /// Cell `i` of a column.
    Cell {
        d: Operand,
        i: Operand,
        column: u16,
    },
    /// The value of a sorted column with the share `a` of its values below it; between two of them where `smooth`.
    Quantile {
        d: Operand,
        a: Operand,
        column: u16,
        smooth: bool,
    },
    /// The row on which the share `a` of all weights falls, of a column with their sums.
    Chosen {
        d: Operand,
        a: Operand,
        column: u16,
    },
    /// The next value of a column, counted by the stream of `site`.
    Replay {
        d: Operand,
        site: u16,
        column: u16,
    },
    /// A series at a moment: its times are column `series`, its values the one behind it.
    Reading {
        d: Operand,
        t: Operand,
        series: u16,
        lines: bool,
    },
    /// Function `f` of the runtime, `args` words from `a` on, result from `d` on.
    Call {
        f: u16,
        d: Operand,
        a: Operand,
    },
    /// An effect of the runtime.
    Effect {
        id: u32,
    },
    /// The end of the program.
    End,
}

/// A runnable stretch of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Routine {
    /// First instruction.
    pub start: u32,
    /// Words of frame it needs.
    pub frame: u16,
    /// Where in the frame the result of a value routine lies (operand bits).
    pub result: u16,
}

/// Where an instruction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// First instruction of the stretch.
    pub pc: u32,
    /// The file, by the loader's number.
    pub source: u32,
    /// Bytes within the file.
    pub span: Span,
}

/// All code of a scenario with its constants and tables.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Instructions of all routines, one after another.
    pub code: Vec<Instr>,
    /// Constant words.
    pub constants: Vec<u64>,
    /// Slot by kind, for [`Instr::FieldBy`] and [`Instr::HolderBy`].
    pub tables: Vec<Vec<u16>>,
    /// Key lists, as symbol numbers.
    pub keys: Vec<Vec<u32>>,
    /// Columns of the scenario's data that programs read.
    pub columns: Vec<Column>,
    /// Where code came from, ascending by `pc`.
    pub origins: Vec<Origin>,
}

impl Program {
    /// The entry of table `table` for a kind; `None` where that kind has none.
    #[must_use]
    pub fn by_kind(&self, table: u16, kind: u16) -> Option<u16> {
        self.tables[table as usize].get(kind as usize).copied().filter(|slot| *slot != u16::MAX)
    }

    /// Where an instruction is written, `file:line:column`, in `sources` of names and texts.
    #[must_use]
    pub fn written(&self, pc: u32, sources: &[(String, Arc<str>)]) -> String {
        let Some(origin) = self.origin(pc) else { return "the scenario".into() };
        let Some((name, text)) = sources.get(origin.source as usize) else { return "the scenario".into() };
        let before = &text[..text.floor_char_boundary(origin.span.start as usize)];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        format!("{name}:{line}:{column}")
    }

    /// Where the instruction at `pc` came from.
    #[must_use]
    pub fn origin(&self, pc: u32) -> Option<Origin> {
        let after = self.origins.partition_point(|origin| origin.pc <= pc);
        after.checked_sub(1).map(|at| self.origins[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operand_keeps_its_base_and_index() {
        for base in [Base::Frame, Base::Row, Base::Event, Base::Const] {
            let operand = Operand::new(base, 513);
            assert_eq!((operand.base(), operand.index()), (base, 513));
            assert_eq!(operand.offset(2).index(), 515);
        }
    }

    #[test]
    fn instructions_stay_small() {
        assert!(std::mem::size_of::<Instr>() <= 16, "an instruction takes {} bytes", std::mem::size_of::<Instr>());
    }
}
