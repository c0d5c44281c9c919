//! Programs translated to functions: the form in which they run.
//!
//! Each instruction becomes a [`Step`]: a function that knows at compile time in which spaces its operands lie, and the
//! operands' indices. A step gives the number of the next. The match loop of [`crate::vm::run`] does the same more slowly and
//! is what this form is held against. Steps stand at the numbers of their instructions, so places and exits are the same.
//!
//! Nothing is trusted: an index beyond its space reads as missing, and a step beyond the program ends it.
//!
//! # Source
//!
//! Threaded code: J. R. Bell, Communications of the ACM 16(6), 1973.

use crate::program::{Instr, Law, Operand, Program};
use crate::types::NONE;
use crate::vm::{Fault, Host, Machine, Memory, fault, no_value};

/// Where a run stands: beyond every program.
const STOP: usize = usize::MAX;

/// Jumps backwards of one run without an effect, beyond which it is a fault. The bodies of loops are short.
const ROUNDS_MAX: u32 = 1_000_000;

/// What a step works on.
struct Cpu<'m, 'h> {
    memory: Memory<'m>,
    host: &'h mut dyn Host,
    program: &'m Program,
    /// The instruction at which it stopped.
    at: usize,
    rounds: u32,
    fault: Option<Box<Fault>>,
}

type Run = fn(&mut Cpu<'_, '_>, &Step, usize) -> usize;

/// An instruction as a function and its operands' indices.
#[derive(Clone, Copy)]
struct Step {
    run: Run,
    d: u16,
    a: u16,
    b: u16,
    x: u16,
    t: u32,
}

/// All steps of a program.
#[derive(Clone, Default)]
pub struct Linked {
    steps: Vec<Step>,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Linked({} steps)", self.steps.len())
    }
}

impl Linked {
    /// Translates a program.
    #[must_use]
    pub fn new(program: &Program) -> Linked {
        Linked { steps: program.code.iter().map(step).collect() }
    }

    /// Runs `program`, which this was made from, as [`crate::vm::run`] does.
    ///
    /// # Errors
    /// As [`crate::vm::run`].
    #[inline]
    pub fn run(&self, program: &Program, pc: u32, memory: &Memory<'_>, host: &mut dyn Host) -> Result<usize, Box<Fault>> {
        let mut cpu = Cpu { memory: *memory, host, program, at: pc as usize, rounds: 0, fault: None };
        let mut pc = pc as usize;
        while let Some(step) = self.steps.get(pc) {
            pc = (step.run)(&mut cpu, step, pc);
        }
        match cpu.fault {
            None => Ok(cpu.at),
            Some(fault) => Err(fault),
        }
    }
}

impl Cpu<'_, '_> {
    #[inline(always)]
    fn get<const SPACE: usize>(&self, index: u16) -> u64 {
        self.memory.at::<SPACE>(index)
    }

    #[inline(always)]
    fn set<const SPACE: usize>(&self, index: u16, word: u64) {
        self.memory.put::<SPACE>(index, word);
    }

    #[inline(always)]
    fn stop(&mut self, pc: usize) -> usize {
        self.at = pc;
        STOP
    }

    #[cold]
    fn fail(&mut self, pc: usize, what: String) -> usize {
        self.fault = Some(fault(pc as u32, what));
        STOP
    }

    /// Goes to `t`; a jump backwards is counted.
    #[inline(always)]
    fn jump(&mut self, pc: usize, t: u32) -> usize {
        let t = t as usize;
        if t <= pc {
            self.rounds += 1;
            if self.rounds > ROUNDS_MAX {
                return self.fail(pc, format!("more than {ROUNDS_MAX} rounds without an end"));
            }
        }
        t
    }
}

/// Steps of two operands and a result: one function for each three spaces.
macro_rules! three {
    ($($name:ident($a:ident, $b:ident) => $word:expr;)*) => {$(
        fn $name<const D: usize, const A: usize, const B: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
            let ($a, $b) = (cpu.get::<A>(step.a), cpu.get::<B>(step.b));
            cpu.set::<D>(step.d, $word);
            pc + 1
        }
    )*};
}

/// Steps of one operand and a result.
macro_rules! two {
    ($($name:ident($a:ident) => $word:expr;)*) => {$(
        fn $name<const D: usize, const A: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
            let $a = cpu.get::<A>(step.a);
            cpu.set::<D>(step.d, $word);
            pc + 1
        }
    )*};
}

#[inline(always)]
fn float(word: u64) -> f64 {
    f64::from_bits(word)
}

three! {
    add_f(a, b) => (float(a) + float(b)).to_bits();
    sub_f(a, b) => (float(a) - float(b)).to_bits();
    mul_f(a, b) => (float(a) * float(b)).to_bits();
    div_f(a, b) => (float(a) / float(b)).to_bits();
    lt_f(a, b) => u64::from(float(a) < float(b));
    le_f(a, b) => u64::from(float(a) <= float(b));
    eq_f(a, b) => u64::from(float(a) == float(b));
    ne_f(a, b) => u64::from(float(a) != float(b));
    lt_i(a, b) => u64::from((a as i64) < b as i64);
    le_i(a, b) => u64::from(a as i64 <= b as i64);
    eq(a, b) => u64::from(a == b);
    ne(a, b) => u64::from(a != b);
    between(a, b) => ((a as i64).wrapping_sub(b as i64) as f64 / 1e9).to_bits();
}

two! {
    mov(a) => a;
    not(a) => u64::from(a == 0);
    to_f(a) => (a as i64 as f64).to_bits();
    neg_f(a) => (-float(a)).to_bits();
}

fn add_i<const D: usize, const A: usize, const B: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    match (cpu.get::<A>(step.a) as i64).checked_add(cpu.get::<B>(step.b) as i64) {
        Some(sum) => {
            cpu.set::<D>(step.d, sum as u64);
            pc + 1
        }
        None => cpu.fail(pc, no_value("the sum")),
    }
}

fn sub_i<const D: usize, const A: usize, const B: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    match (cpu.get::<A>(step.a) as i64).checked_sub(cpu.get::<B>(step.b) as i64) {
        Some(difference) => {
            cpu.set::<D>(step.d, difference as u64);
            pc + 1
        }
        None => cpu.fail(pc, no_value("the difference")),
    }
}

fn exponential<const D: usize, const A: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    let mean = float(cpu.get::<A>(step.a));
    match cpu.host.draw_one(cpu.memory.row(), Law::Exponential, step.x, mean) {
        Ok(value) => {
            cpu.set::<D>(step.d, value.to_bits());
            pc + 1
        }
        Err(what) => cpu.fail(pc, what),
    }
}

fn chance<const D: usize, const A: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    let probability = float(cpu.get::<A>(step.a));
    match cpu.host.draw_one(cpu.memory.row(), Law::Chance, step.x, probability) {
        Ok(value) => {
            cpu.set::<D>(step.d, u64::from(value != 0.0));
            pc + 1
        }
        Err(what) => cpu.fail(pc, what),
    }
}

fn member<const D: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    match cpu.host.member(cpu.memory.row(), step.x, step.b) {
        Ok(member) => {
            cpu.set::<D>(step.d, member);
            pc + 1
        }
        Err(what) => cpu.fail(pc, what),
    }
}

fn jz<const A: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    if cpu.get::<A>(step.a) == 0 { cpu.jump(pc, step.t) } else { pc + 1 }
}

fn jnone<const A: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    if cpu.get::<A>(step.a) == NONE { cpu.jump(pc, step.t) } else { pc + 1 }
}

fn jmp(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    cpu.jump(pc, step.t)
}

fn now<const D: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    cpu.set::<D>(step.d, cpu.memory.now);
    pc + 1
}

fn me<const D: usize>(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    cpu.set::<D>(step.d, cpu.memory.me);
    pc + 1
}

fn effect(cpu: &mut Cpu<'_, '_>, step: &Step, pc: usize) -> usize {
    match cpu.host.effect(&cpu.memory, step.t) {
        Ok(true) => pc + 1,
        Ok(false) => cpu.stop(pc),
        Err(what) => cpu.fail(pc, what),
    }
}

fn end(cpu: &mut Cpu<'_, '_>, _: &Step, pc: usize) -> usize {
    cpu.stop(pc)
}

/// Everything else, the slow way.
fn other(cpu: &mut Cpu<'_, '_>, _: &Step, pc: usize) -> usize {
    let (program, memory) = (cpu.program, cpu.memory);
    match (Machine { program, memory, host: &mut *cpu.host }).one(pc as u32) {
        Ok(true) => pc + 1,
        Ok(false) => cpu.stop(pc),
        Err(fault) => {
            cpu.fault = Some(fault);
            STOP
        }
    }
}

/// The function of these spaces, for a result that lies in the frame or the row.
macro_rules! pick {
    ($name:ident, $d:expr) => {
        match $d.space() {
            0 => $name::<0>,
            _ => $name::<1>,
        }
    };
    ($name:ident, $d:expr, $a:expr) => {
        match $d.space() {
            0 => pick!(@last $name, $a, 0),
            _ => pick!(@last $name, $a, 1),
        }
    };
    ($name:ident, $d:expr, $a:expr, $b:expr) => {
        match $d.space() {
            0 => pick!(@two $name, $a, $b, 0),
            _ => pick!(@two $name, $a, $b, 1),
        }
    };
    (@two $name:ident, $a:expr, $b:expr, $d:literal) => {
        match $a.space() {
            0 => pick!(@last $name, $b, $d, 0),
            1 => pick!(@last $name, $b, $d, 1),
            2 => pick!(@last $name, $b, $d, 2),
            _ => pick!(@last $name, $b, $d, 3),
        }
    };
    (@last $name:ident, $last:expr, $($space:literal),*) => {
        match $last.space() {
            0 => $name::<$($space,)* 0>,
            1 => $name::<$($space,)* 1>,
            2 => $name::<$($space,)* 2>,
            _ => $name::<$($space,)* 3>,
        }
    };
    (@read $name:ident, $a:expr) => {
        match $a.space() {
            0 => $name::<0>,
            1 => $name::<1>,
            2 => $name::<2>,
            _ => $name::<3>,
        }
    };
}

/// The step of an instruction.
fn step(instr: &Instr) -> Step {
    let plain = Step { run: other, d: 0, a: 0, b: 0, x: 0, t: 0 };
    let of = |run: Run, d: Operand, a: Operand| Step { run, d: d.index(), a: a.index(), ..plain };
    let both = |run: Run, d: Operand, a: Operand, b: Operand| Step { run, d: d.index(), a: a.index(), b: b.index(), ..plain };
    match *instr {
        Instr::AddF { d, a, b } => both(pick!(add_f, d, a, b), d, a, b),
        Instr::SubF { d, a, b } => both(pick!(sub_f, d, a, b), d, a, b),
        Instr::MulF { d, a, b } => both(pick!(mul_f, d, a, b), d, a, b),
        Instr::DivF { d, a, b } => both(pick!(div_f, d, a, b), d, a, b),
        Instr::LtF { d, a, b } => both(pick!(lt_f, d, a, b), d, a, b),
        Instr::LeF { d, a, b } => both(pick!(le_f, d, a, b), d, a, b),
        Instr::EqF { d, a, b } => both(pick!(eq_f, d, a, b), d, a, b),
        Instr::NeF { d, a, b } => both(pick!(ne_f, d, a, b), d, a, b),
        Instr::LtI { d, a, b } => both(pick!(lt_i, d, a, b), d, a, b),
        Instr::LeI { d, a, b } => both(pick!(le_i, d, a, b), d, a, b),
        Instr::Eq { d, a, b } => both(pick!(eq, d, a, b), d, a, b),
        Instr::Ne { d, a, b } => both(pick!(ne, d, a, b), d, a, b),
        Instr::AddI { d, a, b } => both(pick!(add_i, d, a, b), d, a, b),
        Instr::SubI { d, a, b } => both(pick!(sub_i, d, a, b), d, a, b),
        Instr::Between { d, a, b } => both(pick!(between, d, a, b), d, a, b),
        Instr::Mov { d, a } => of(pick!(mov, d, a), d, a),
        Instr::Not { d, a } => of(pick!(not, d, a), d, a),
        Instr::ToF { d, a } => of(pick!(to_f, d, a), d, a),
        Instr::NegF { d, a } => of(pick!(neg_f, d, a), d, a),
        Instr::Draw { law: Law::Exponential, site, d, a, .. } => Step { x: site, ..of(pick!(exponential, d, a), d, a) },
        Instr::Draw { law: Law::Chance, site, d, a, .. } => Step { x: site, ..of(pick!(chance, d, a), d, a) },
        Instr::Member { site, group, d } => Step { x: site, b: group, ..of(pick!(member, d), d, d) },
        Instr::Jz { a, t } => Step { t, ..of(pick!(@read jz, a), a, a) },
        Instr::Jnone { a, t } => Step { t, ..of(pick!(@read jnone, a), a, a) },
        Instr::Jmp { t } => Step { run: jmp, t, ..plain },
        Instr::Now { d } => of(pick!(now, d), d, d),
        Instr::Me { d } => of(pick!(me, d), d, d),
        Instr::Effect { id } => Step { run: effect, t: id, ..plain },
        Instr::End => Step { run: end, ..plain },
        _ => plain,
    }
}
