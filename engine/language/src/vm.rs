//! Runs flat programs.
//!
//! [`run`] goes on until the routine ends, until it meets what only the runtime can do, or until a fault stops it. An effect
//! and an instruction about other actors are handed back to the caller, which carries them out and calls [`run`] again
//! behind them. What a program works on are four stretches of words, see [`Memory`]; chance comes from a [`Host`]. Nothing
//! here knows actors, time or chance by itself.

use crate::law::Shape;
use crate::program::{Base, Instr, Law, Operand, Program};
use crate::types::NONE;
use std::cell::Cell;
use thiserror::Error;

mod data;
mod number;
mod outside;

pub use number::{NOTHING_TO_PICK, canonical, least, math1, math2, most, no_value, whole};
pub use outside::{Outlook, outside};

/// Words that a program reads and writes in place.
pub type Words = [Cell<u64>];

/// Words as a program sees them.
#[inline]
pub fn words(words: &mut [u64]) -> &Words {
    Cell::from_mut(words).as_slice_of_cells()
}

/// Where chance comes from while a program runs, and effects that need no more than the actor itself.
pub trait Host {
    /// A draw from a `law` of one parameter on the stream of `site` of the actor with this row. The error says what is
    /// refused.
    fn draw_one(&mut self, row: &Words, law: Law, site: u16, value: f64) -> Result<f64, String> {
        self.draw(row, law, site, [value, 0.0, 0.0])
    }
    /// A draw from any law.
    fn draw(&mut self, row: &Words, law: Law, site: u16, values: [f64; 3]) -> Result<f64, String>;
    /// A draw from a law with something besides: its parameters, and two values more.
    fn draw_shaped(&mut self, row: &Words, shape: Shape, law: Law, site: u16, values: [f64; 5]) -> Result<f64, String>;
    /// 64 random bits on the stream of `site` of the actor with this row.
    fn bits(&mut self, row: &Words, site: u16) -> u64;
    /// How often before this was asked on the stream of `site` of the actor with this row.
    fn count(&mut self, row: &Words, site: u16) -> u32;
    /// A member of a group, each alike, as a reference word.
    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String>;
    /// Carries effect `id` out on the spot; `false` where that takes more than is at hand, and the run stops at it.
    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String>;
}

/// Why a program stopped: what the instruction says at which [`run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The routine ended.
    Done,
    /// This effect is to be carried out; go on behind it.
    Effect(u32),
    /// The instruction looks at other actors or calls the runtime: carry it out by [`outside`], and go on behind it.
    Outside,
}

impl Program {
    /// Why a run stopped at `pc`.
    #[inline]
    #[must_use]
    pub fn exit(&self, pc: u32) -> Exit {
        match self.code[pc as usize] {
            Instr::Effect { id } => Exit::Effect(id),
            Instr::End => Exit::Done,
            _ => Exit::Outside,
        }
    }
}

/// A fault while a program runs; the scenario's author made it, so it says where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}")]
pub struct Fault {
    /// The instruction that failed; `Program::origin` gives its place.
    pub pc: u32,
    /// What went wrong, in the author's words.
    pub what: String,
}

/// A fault, out of the way of what goes well.
#[cold]
fn fault(pc: u32, what: String) -> Box<Fault> {
    Box::new(Fault { pc, what })
}

/// The words a program works on: frame, row and event in the order of [`Base`], and its constants.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    spaces: [&'a Words; 3],
    constants: &'a [u64],
    /// The moment, nanoseconds since the start.
    pub now: u64,
    /// The actor itself, as a reference word.
    pub me: u64,
}

impl<'a> Memory<'a> {
    /// Temporaries and locals, the actor's own row, the payload of the event at hand (nothing outside a handler), and the
    /// constants of the program; the moment and the actor.
    #[inline]
    #[must_use]
    pub fn new(frame: &'a Words, row: &'a Words, event: &'a Words, program: &'a Program, now: u64, me: u64) -> Memory<'a> {
        Memory { spaces: [frame, row, event], constants: &program.constants, now, me }
    }

    /// The word at an operand; missing where it lies beyond what there is.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, at: Operand) -> u64 {
        let index = at.index() as usize;
        match self.spaces.get(at.space()) {
            Some(words) => words.get(index).map_or(NONE, Cell::get),
            None => self.constants.get(index).copied().unwrap_or(NONE),
        }
    }

    /// Writes the word at an operand of the frame or the row.
    #[inline(always)]
    pub fn set(&self, at: Operand, word: u64) {
        debug_assert!(matches!(at.base(), Base::Frame | Base::Row), "a program writes to what it may only read");
        if let Some(place) = self.spaces.get(at.space()).and_then(|words| words.get(at.index() as usize)) {
            place.set(word);
        }
    }

    /// The actor's own row.
    #[inline(always)]
    #[must_use]
    pub fn row(&self) -> &'a Words {
        self.spaces[1]
    }
}

/// The most instructions of one run without an effect. Programs have no loops that cannot end, but loops within loops over
/// long lists take as long as they like; beyond this they are a fault.
const INSTRUCTIONS_MAX: u32 = 10_000_000;

/// Runs `program` from `pc` to its end, its next effect or its next look outside; gives the instruction it stopped at.
///
/// [`Program::exit`] says what that is. The number is as wide as an address, so that it comes back in a register.
///
/// # Errors
/// A [`Fault`] for division of whole numbers by zero, overflow, an index outside a list, a reference to nobody, or
/// parameters that a law of chance refuses.
#[inline(always)]
pub fn run<H: Host>(program: &Program, pc: u32, memory: &Memory<'_>, host: &mut H) -> Result<usize, Box<Fault>> {
    Machine { program, memory: *memory, host }.run(pc)
}

struct Machine<'a, 'm, H> {
    program: &'a Program,
    memory: Memory<'m>,
    host: &'a mut H,
}

impl<H: Host> Machine<'_, '_, H> {
    #[inline(always)]
    fn get(&self, at: Operand) -> u64 {
        self.memory.get(at)
    }

    #[inline(always)]
    fn set(&self, at: Operand, word: u64) {
        self.memory.set(at, word);
    }

    #[inline(always)]
    fn float(&self, at: Operand) -> f64 {
        f64::from_bits(self.get(at))
    }

    #[inline(always)]
    fn int(&self, at: Operand) -> i64 {
        self.get(at) as i64
    }

    #[inline(always)]
    fn run(&mut self, start: u32) -> Result<usize, Box<Fault>> {
        let mut pc = start;
        for _ in 0..INSTRUCTIONS_MAX {
            match self.program.code[pc as usize] {
                Instr::Mov { d, a } => {
                    let word = self.get(a);
                    self.set(d, word);
                }
                Instr::AddF { d, a, b } => self.set(d, canonical(self.float(a) + self.float(b)).to_bits()),
                Instr::SubF { d, a, b } => self.set(d, canonical(self.float(a) - self.float(b)).to_bits()),
                Instr::MulF { d, a, b } => self.set(d, canonical(self.float(a) * self.float(b)).to_bits()),
                Instr::DivF { d, a, b } => self.set(d, canonical(self.float(a) / self.float(b)).to_bits()),
                Instr::LtF { d, a, b } => self.set(d, u64::from(self.float(a) < self.float(b))),
                Instr::LeF { d, a, b } => self.set(d, u64::from(self.float(a) <= self.float(b))),
                Instr::EqF { d, a, b } => self.set(d, u64::from(self.float(a) == self.float(b))),
                Instr::NeF { d, a, b } => self.set(d, u64::from(self.float(a) != self.float(b))),
                Instr::LtI { d, a, b } => self.set(d, u64::from(self.int(a) < self.int(b))),
                Instr::LeI { d, a, b } => self.set(d, u64::from(self.int(a) <= self.int(b))),
                Instr::Eq { d, a, b } => self.set(d, u64::from(self.get(a) == self.get(b))),
                Instr::Ne { d, a, b } => self.set(d, u64::from(self.get(a) != self.get(b))),
                Instr::Not { d, a } => self.set(d, u64::from(self.get(a) == 0)),
                Instr::AddI { d, a, b } => match self.int(a).checked_add(self.int(b)) {
                    Some(sum) => self.set(d, sum as u64),
                    None => return Err(fault(pc, no_value("the sum"))),
                },
                Instr::Draw { law: law @ (Law::Exponential | Law::Chance), site, d, a, .. } => {
                    match self.host.draw_one(self.memory.row(), law, site, self.float(a)) {
                        Ok(value) => self.set(d, if law == Law::Chance { u64::from(value != 0.0) } else { value.to_bits() }),
                        Err(what) => return Err(fault(pc, what)),
                    }
                }
                Instr::Member { site, group, d } => {
                    let member = self.host.member(self.memory.row(), site, group).map_err(|what| fault(pc, what))?;
                    self.set(d, member);
                }
                Instr::Between { d, a, b } => {
                    let span = self.int(a).wrapping_sub(self.int(b)) as f64 / 1e9;
                    self.set(d, span.to_bits());
                }
                Instr::Jz { a, t } => {
                    if self.get(a) == 0 {
                        pc = t;
                        continue;
                    }
                }
                Instr::Jnone { a, t } => {
                    if self.get(a) == NONE {
                        pc = t;
                        continue;
                    }
                }
                Instr::Jmp { t } => {
                    pc = t;
                    continue;
                }
                Instr::Now { d } => self.set(d, self.memory.now),
                Instr::Me { d } => self.set(d, self.memory.me),
                Instr::Effect { id } => match self.host.effect(&self.memory, id) {
                    Ok(true) => {}
                    Ok(false) => return Ok(pc as usize),
                    Err(what) => return Err(fault(pc, what)),
                },
                Instr::End => return Ok(pc as usize),
                _ => {
                    if !self.one(pc)? {
                        return Ok(pc as usize);
                    }
                }
            }
            pc += 1;
        }
        Err(fault(
            pc,
            format!(
                "more than {INSTRUCTIONS_MAX} instructions without an end: a loop never ends, or goes through too much at once"
            ),
        ))
    }

    /// Carries out one instruction that is not a jump, an effect or an end; false where it looks outside.
    fn one(&mut self, pc: u32) -> Result<bool, Box<Fault>> {
        match self.program.code[pc as usize] {
            Instr::Field { d, of, slot, words } if self.get(of) == self.memory.me => {
                self.copy(d, Operand::new(Base::Row, slot), words);
            }
            Instr::Field { .. } | Instr::FieldBy { .. } | Instr::InState { .. } | Instr::HolderBy { .. } | Instr::Call { .. } => {
                return Ok(false);
            }
            other => self.rare(other).map_err(|what| fault(pc, what))?,
        }
        Ok(true)
    }

    /// Instructions off the hottest path.
    fn rare(&mut self, instr: Instr) -> Result<(), String> {
        match instr {
            Instr::SubI { .. } | Instr::MulI { .. } | Instr::DivI { .. } | Instr::RemI { .. } | Instr::NegI { .. } => {
                self.whole(instr)
            }
            Instr::RemF { d, a, b } => {
                let rest = libm::fmod(self.float(a), self.float(b));
                self.set(d, canonical(rest).to_bits());
                Ok(())
            }
            Instr::NegF { d, a } => {
                self.set(d, canonical(-self.float(a)).to_bits());
                Ok(())
            }
            Instr::ToF { d, a } => {
                self.set(d, (self.int(a) as f64).to_bits());
                Ok(())
            }
            Instr::ToI { d, a } => {
                self.set(d, whole(self.float(a))?);
                Ok(())
            }
            Instr::Math1 { f, d, a } => {
                self.set(d, math1(f, self.float(a)).to_bits());
                Ok(())
            }
            Instr::Math2 { f, d, a, b } => {
                self.set(d, math2(f, self.float(a), self.float(b)).to_bits());
                Ok(())
            }
            Instr::Later { d, a, b } => self.shift_time(d, a, self.float(b)),
            Instr::Earlier { d, a, b } => self.shift_time(d, a, -self.float(b)),
            Instr::Draw { .. } | Instr::DrawShaped { .. } | Instr::Below { .. } | Instr::Weighted { .. } => self.chance(instr),
            _ => self.structured(instr),
        }
    }

    fn whole(&mut self, instr: Instr) -> Result<(), String> {
        let (d, result, name) = match instr {
            Instr::SubI { d, a, b } => (d, self.int(a).checked_sub(self.int(b)), "the difference"),
            Instr::MulI { d, a, b } => (d, self.int(a).checked_mul(self.int(b)), "the product"),
            Instr::DivI { d, a, b } => (d, self.int(a).checked_div(self.int(b)), "the quotient"),
            Instr::RemI { d, a, b } => (d, self.int(a).checked_rem(self.int(b)), "the remainder"),
            Instr::NegI { d, a } => (d, self.int(a).checked_neg(), "the negative"),
            _ => return Err("not an instruction on whole numbers".into()),
        };
        let word = result.ok_or_else(|| no_value(name))?;
        self.set(d, word as u64);
        Ok(())
    }

    fn shift_time(&mut self, d: Operand, a: Operand, seconds: f64) -> Result<(), String> {
        // Before the story begins there is time too: such moments are negative.
        let from = self.get(a) as i64;
        let moved = from as f64 / 1e9 + seconds;
        if !moved.is_finite() || moved.abs() >= 9.0e9 {
            return Err(format!("the time {seconds} s from there is beyond what a clock can hold"));
        }
        // The shift is rounded, not the sum, so that a whole number of nanoseconds stays exact.
        let shift = libm::round(seconds * 1e9) as i64;
        // The last word is no moment: it says that there is none.
        self.set(d, (from.saturating_add(shift) as u64).min(u64::MAX - 1));
        Ok(())
    }

    fn chance(&mut self, instr: Instr) -> Result<(), String> {
        match instr {
            Instr::Draw { law, site, d, a, b, c } => {
                let values = [self.float(a), self.float(b), self.float(c)];
                let value = self.host.draw(self.memory.row(), law, site, values)?;
                self.set(d, law.word(value));
            }
            Instr::DrawShaped { shape, law, site, d, a } => {
                let values = std::array::from_fn(|at| self.float(a.offset(at as u16)));
                let value = self.host.draw_shaped(self.memory.row(), shape, law, site, values)?;
                self.set(d, law.word(value));
            }
            Instr::Below { site, d, a } => {
                let n = self.get(a);
                if n == 0 || n > u64::from(u32::MAX) {
                    return Err(NOTHING_TO_PICK.into());
                }
                let bits = self.host.bits(self.memory.row(), site);
                self.set(d, ((bits >> 32) * n) >> 32);
            }
            Instr::Weighted { site, d, a, count } => {
                let count = self.get(count) as usize;
                let bits = self.host.bits(self.memory.row(), site);
                let index = self.weighted(a, count, bits)?;
                self.set(d, index as u64);
            }
            _ => {}
        }
        Ok(())
    }

    fn weighted(&self, first: Operand, count: usize, bits: u64) -> Result<usize, String> {
        let weight = |at: usize| self.float(first.offset(at as u16));
        let mut total = 0.0;
        for at in 0..count {
            let w = weight(at);
            if !(w >= 0.0 && w.is_finite()) {
                return Err(format!("weight {w} is not a number from 0 up"));
            }
            total += w;
        }
        if total <= 0.0 {
            return Err("nothing to pick from: every weight is zero".into());
        }
        let mut left = (bits >> 11) as f64 / (1u64 << 53) as f64 * total;
        for at in 0..count {
            left -= weight(at);
            if left < 0.0 {
                return Ok(at);
            }
        }
        Ok((0..count).rev().find(|at| weight(*at) > 0.0).unwrap_or(0))
    }

    fn structured(&mut self, instr: Instr) -> Result<(), String> {
        match instr {
            Instr::Copy { d, a, words } => self.copy(d, a, words),
            Instr::EqWide { d, a, b, words } => {
                let equal = (0..words).all(|word| self.get(a.offset(word)) == self.get(b.offset(word)));
                self.set(d, u64::from(equal));
            }
            Instr::Holder { d, of, holder } => {
                let actor = self.get(of);
                self.set(d, holder_word(actor, holder));
            }
            _ => return self.lists(instr),
        }
        Ok(())
    }

    fn lists(&mut self, instr: Instr) -> Result<(), String> {
        match instr {
            Instr::KeyOf { d, a, keys } => {
                let symbol = self.get(a);
                let at = self.key(keys, symbol).ok_or("this name has no value here: it is not one of the keys")?;
                self.set(d, at as u64);
            }
            Instr::InSet { d, a, b, keys } => {
                let symbol = self.get(a);
                let set = self.get(b);
                let inside = self.key(keys, symbol).is_some_and(|bit| bit < 64 && set >> bit & 1 == 1);
                self.set(d, u64::from(inside));
            }
            Instr::Flag { d, set, a, keys, on } => {
                let bit = self.key(keys, self.get(a)).filter(|bit| *bit < 64).ok_or("this name is not one of the set's")?;
                let set = self.get(set);
                self.set(d, if on { set | 1 << bit } else { set & !(1 << bit) });
            }
            Instr::Item { d, list, i, words } => {
                let (count, index) = (self.get(list), self.int(i));
                if index < 0 || index as u64 >= count {
                    return Err(format!("item {index} of a list of {count}: the first is 0"));
                }
                self.copy(d, list.offset(1 + index as u16 * words), words);
            }
            Instr::At { d, array, i, words } => {
                let index = self.get(i) as u16;
                self.copy(d, array.offset(index * words), words);
            }
            Instr::Put { array, i, a, words } => {
                let index = self.get(i) as u16;
                self.copy(array.offset(index * words), a, words);
            }
            Instr::Push { list, a, words, most } => {
                let count = self.get(list);
                if count < u64::from(most) {
                    self.copy(list.offset(1 + count as u16 * words), a, words);
                    self.set(list, count + 1);
                }
            }
            Instr::Fits { list, most } => {
                let count = self.get(list);
                if count > u64::from(most) {
                    return Err(format!(
                        "a list of {count} items where {most} have room: give the field more by `at_most`, or test its size before"
                    ));
                }
            }
            other => return self.data(other),
        }
        Ok(())
    }

    fn key(&self, keys: u16, symbol: u64) -> Option<usize> {
        self.program.keys[keys as usize].iter().position(|key| u64::from(*key) == symbol)
    }

    fn copy(&mut self, d: Operand, a: Operand, words: u16) {
        for word in 0..words {
            let value = self.get(a.offset(word));
            self.set(d.offset(word), value);
        }
    }
}

/// A holder as a value: the owner's number, and which of its holders.
#[must_use]
pub fn holder_word(actor: u64, holder: u16) -> u64 {
    (actor & 0xffff_ffff) | u64::from(holder) << 32
}
