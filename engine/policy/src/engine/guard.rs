//! Conditions of rules: simple ones as a few comparisons, all others as programs.
//!
//! Most conditions compare a feature or a value of the event with a number, or several such with `&&`. They take no
//! interpreter: [`Guard::of`] finds them in the compiled program, so that both forms are of one origin.

use rehearsal_language::program::{Base, Instr, Operand, Program, Routine};

/// A condition.
#[derive(Clone, Debug)]
pub enum Guard {
    /// Always holds.
    Always,
    /// Holds where all of these do.
    Tests(Box<[Test]>),
    /// Holds where this program says so.
    Program(Routine),
}

/// A comparison of two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Test {
    /// How they are compared.
    pub how: How,
    /// Where the left one lies.
    pub left: Word,
    /// Where the right one lies.
    pub right: Word,
}

/// How two words are compared: as real numbers, as whole ones, or as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the instructions say it")]
pub enum How {
    LtF,
    LeF,
    EqF,
    NeF,
    LtI,
    LeI,
    Eq,
    Ne,
    /// The left one is true; the right one does not matter.
    True,
    /// The left one is false; the right one does not matter.
    False,
}

/// Where a word lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is this one.
    Is(u64),
    /// In the event.
    Event(u16),
    /// In the row.
    Row(u16),
}

impl How {
    /// Whether the comparison holds of two words.
    #[inline(always)]
    #[must_use]
    pub fn holds(self, left: u64, right: u64) -> bool {
        let (a, b) = (f64::from_bits(left), f64::from_bits(right));
        match self {
            How::LtF => a < b,
            How::LeF => a <= b,
            How::EqF => a == b,
            How::NeF => a != b,
            How::LtI => (left as i64) < right as i64,
            How::LeI => left as i64 <= right as i64,
            How::Eq => left == right,
            How::Ne => left != right,
            How::True => left != 0,
            How::False => left == 0,
        }
    }
}

impl Test {
    /// The word of the event and the constant that it has to be equal to, where it says so.
    #[must_use]
    pub fn equal_to(self) -> Option<(u16, u64)> {
        match (self.how, self.left, self.right) {
            (How::Eq, Word::Event(at), Word::Is(word)) | (How::Eq, Word::Is(word), Word::Event(at)) => Some((at, word)),
            _ => None,
        }
    }
}

impl Guard {
    /// The condition that a routine of `program` computes; `feature` gives the row word of the feature whose value a
    /// function gives, where it does.
    #[must_use]
    pub fn of(program: &Program, routine: Routine, feature: &dyn Fn(u16) -> Option<u16>) -> Guard {
        match tests(program, routine, feature) {
            Some(tests) => Guard::Tests(tests.into()),
            None => Guard::Program(routine),
        }
    }

    /// Its comparisons; none where it is a program.
    #[must_use]
    pub fn tests(&self) -> &[Test] {
        match self {
            Guard::Tests(tests) => tests,
            _ => &[],
        }
    }
}

/// The comparisons of a routine that does nothing else but join them by `&&`.
fn tests(program: &Program, routine: Routine, feature: &dyn Fn(u16) -> Option<u16>) -> Option<Vec<Test>> {
    let mut words = Words { program, called: Vec::new() };
    let result = Operand(routine.result);
    if let (Instr::End, Some(left)) = (program.code[routine.start as usize], words.at(result)) {
        return Some(vec![Test { how: How::True, left, right: Word::Is(0) }]);
    }
    let mut found: Vec<Test> = Vec::new();
    // The comparison that was made last, and where its outcome lies; and words that are true from here on.
    let mut last: Option<(Operand, Test)> = None;
    let mut certain: Vec<Operand> = Vec::new();
    for pc in routine.start as usize.. {
        let instr = program.code[pc];
        match instr {
            Instr::Mov { d, a } if last.is_some_and(|(from, _)| from == a) => last = last.map(|(_, test)| (d, test)),
            Instr::Mov { d, a } if certain.contains(&a) => certain.push(d),
            Instr::Me { .. } => {}
            Instr::Call { f, d, .. } => words.called.push((d, Word::Row(feature(f)?))),
            Instr::Jz { a, .. } if certain.contains(&a) => {}
            // `a && b` skips `b` where `a` is false, and so to the end of the whole.
            Instr::Jz { a, t } => {
                let (at, test) = last.take().filter(|(at, _)| *at == a)?;
                if !ends_false(program, t, at, result) {
                    return None;
                }
                found.push(test);
                certain.push(at);
            }
            Instr::End => {
                match last {
                    Some((at, test)) if at == result => found.push(test),
                    None if certain.contains(&result) => {}
                    _ => return None,
                }
                return Some(found);
            }
            _ => {
                let (d, test) = words.compared(instr)?;
                words.called.retain(|(at, _)| *at != d);
                certain.retain(|at| *at != d);
                last = Some((d, test));
            }
        }
    }
    None
}

/// Whether from `pc` on, with a zero at `zero`, nothing is done but bringing that zero to the result.
fn ends_false(program: &Program, pc: u32, zero: Operand, result: Operand) -> bool {
    let (mut pc, mut zeros) = (pc as usize, vec![zero]);
    loop {
        match program.code[pc] {
            Instr::Mov { d, a } if zeros.contains(&a) => zeros.push(d),
            Instr::Jz { a, t } if zeros.contains(&a) && t as usize > pc => {
                pc = t as usize;
                continue;
            }
            Instr::End => return zeros.contains(&result),
            _ => return false,
        }
        pc += 1;
    }
}

/// Where words lie, seen from a routine.
struct Words<'a> {
    program: &'a Program,
    /// Words of the frame that hold the value of a feature.
    called: Vec<(Operand, Word)>,
}

impl Words<'_> {
    /// What an instruction compares, and where the outcome goes.
    fn compared(&self, instr: Instr) -> Option<(Operand, Test)> {
        let (how, d, a, b) = match instr {
            Instr::LtF { d, a, b } => (How::LtF, d, a, b),
            Instr::LeF { d, a, b } => (How::LeF, d, a, b),
            Instr::EqF { d, a, b } => (How::EqF, d, a, b),
            Instr::NeF { d, a, b } => (How::NeF, d, a, b),
            Instr::LtI { d, a, b } => (How::LtI, d, a, b),
            Instr::LeI { d, a, b } => (How::LeI, d, a, b),
            Instr::Eq { d, a, b } => (How::Eq, d, a, b),
            Instr::Ne { d, a, b } => (How::Ne, d, a, b),
            Instr::Not { d, a } => return Some((d, Test { how: How::False, left: self.at(a)?, right: Word::Is(0) })),
            Instr::Mov { d, a } => return Some((d, Test { how: How::True, left: self.at(a)?, right: Word::Is(0) })),
            _ => return None,
        };
        Some((d, Test { how, left: self.at(a)?, right: self.at(b)? }))
    }

    /// The word at an operand; of the frame only what a feature gave.
    fn at(&self, at: Operand) -> Option<Word> {
        match at.base() {
            Base::Event => Some(Word::Event(at.index())),
            Base::Row => Some(Word::Row(at.index())),
            Base::Const => self.program.constants.get(at.index() as usize).map(|word| Word::Is(*word)),
            Base::Frame => self.called.iter().rev().find(|(place, _)| *place == at).map(|(_, word)| *word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_language::emit::Emitter;

    const EVENT: Operand = Operand((Base::Event as u16) << 14);
    const ROW: Operand = Operand((Base::Row as u16) << 14 | 7);

    /// A routine as the compiler writes `(row <= event && event < 3) && !row`.
    #[test]
    fn what_and_joins_becomes_comparisons() {
        let mut program = Program::default();
        let mut emit = Emitter::open(&mut program, 2);
        let (outer, inner) = (emit.alloc(1), emit.alloc(1));
        let three = emit.float(3.0);
        emit.push(Instr::LeI { d: inner, a: ROW, b: EVENT });
        emit.push(Instr::Jz { a: inner, t: 3 });
        emit.push(Instr::LtF { d: inner, a: EVENT, b: three });
        emit.push(Instr::Mov { d: outer, a: inner });
        emit.push(Instr::Jz { a: outer, t: 6 });
        emit.push(Instr::Not { d: outer, a: ROW });
        let routine = emit.close(Some(outer));
        let guard = Guard::of(&program, routine, &|_| None);
        let test = |how, left, right| Test { how, left, right };
        assert_eq!(
            guard.tests(),
            [
                test(How::LeI, Word::Row(7), Word::Event(0)),
                test(How::LtF, Word::Event(0), Word::Is(3.0_f64.to_bits())),
                test(How::False, Word::Row(7), Word::Is(0)),
            ]
        );
    }

    #[test]
    fn what_computes_stays_a_program() {
        let mut program = Program::default();
        let mut emit = Emitter::open(&mut program, 2);
        let d = emit.alloc(1);
        emit.push(Instr::AddF { d, a: EVENT, b: ROW });
        emit.push(Instr::LtF { d, a: d, b: ROW });
        let routine = emit.close(Some(d));
        assert!(matches!(Guard::of(&program, routine, &|_| None), Guard::Program(_)));
    }

    #[test]
    fn or_stays_a_program() {
        let mut program = Program::default();
        let mut emit = Emitter::open(&mut program, 2);
        let d = emit.alloc(1);
        emit.push(Instr::LtF { d, a: EVENT, b: ROW });
        emit.push(Instr::Jz { a: d, t: 3 });
        emit.push(Instr::Jmp { t: 4 });
        emit.push(Instr::LtF { d, a: ROW, b: EVENT });
        let routine = emit.close(Some(d));
        assert!(matches!(Guard::of(&program, routine, &|_| None), Guard::Program(_)));
    }
}
