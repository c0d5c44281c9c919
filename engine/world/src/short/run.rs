//! Runs the steps of a routine in short form.

use super::{Entry, Reach, Registers, Seized, Shorts, Step, machine};
use crate::hand::span;
use crate::law;
use rehearsal_language::program::Law;
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Fault, canonical};

/// What of the registers counts when a run begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// What the event says.
    Event,
    /// Nothing: no event says anything.
    Nothing,
    /// What the event says, and the frame.
    All,
}

/// Where a run has stopped: a step, and whether its effect was carried out and it waits, or it came to its end.
#[derive(Clone, Copy)]
pub(super) struct Stop(u64);

impl Stop {
    /// The mark where it waits.
    pub(super) const WAITS: u64 = 1;
    /// The mark at its end.
    pub(super) const ENDS: u64 = 2;
    /// Bits of marks, below the number of the step.
    pub(super) const MARKS: u32 = 8;

    /// At a step, with a mark or none.
    #[inline(always)]
    pub(super) fn at(step: usize, mark: u64) -> Stop {
        Stop((step as u64) << Stop::MARKS | mark)
    }

    /// What machine code gives, made as [`Stop::at`] does.
    pub(super) fn of(word: u64) -> Stop {
        Stop(word)
    }

    /// The step.
    pub(super) fn step(self) -> usize {
        (self.0 >> Stop::MARKS) as usize
    }

    pub(super) fn waits(self) -> bool {
        self.0 & Stop::WAITS != 0
    }

    pub(super) fn ends(self) -> bool {
        self.0 & Stop::ENDS != 0
    }
}

/// Runs a routine from a step to its end, or to where it waits or leaves.
///
/// The frame of a job is in the job, before and after. That of another is in the registers where it leaves; it begins as
/// zeros, whatever they hold, unless it was given.
#[inline(always)]
pub(super) fn run(
    shorts: &Shorts,
    reach: &mut Reach<'_, '_, '_>,
    registers: &mut Registers,
    (entry, given): (Entry, Given),
) -> Result<Stop, Box<Fault>> {
    match machine::run(shorts, reach, registers, (entry, given)) {
        Some(stopped) => stopped,
        None => in_registers(shorts, reach, registers, (entry, given)),
    }
}

/// As [`run`], step by step, with the frame in the registers meanwhile.
#[inline(never)]
fn in_registers(
    shorts: &Shorts,
    reach: &mut Reach<'_, '_, '_>,
    registers: &mut Registers,
    (entry, given): (Entry, Given),
) -> Result<Stop, Box<Fault>> {
    if given == Given::Nothing {
        registers.hear_nothing();
    }
    match reach.frame() {
        Some(frame) => registers.0.iter_mut().zip(frame).for_each(|(register, word)| *register = *word),
        None if given == Given::All => {}
        None => registers.clear(reach.words),
    }
    let stop = by_steps(shorts, reach, registers, entry)?;
    if let Some(frame) = reach.frame() {
        frame.iter_mut().zip(&registers.0).for_each(|(word, register)| *word = *register);
    }
    Ok(stop)
}

/// As [`run`], on registers alone. Jumps go forward only, so that every run ends.
#[inline(never)]
fn by_steps(
    shorts: &Shorts,
    reach: &mut Reach<'_, '_, '_>,
    registers: &mut Registers,
    Entry(entry): Entry,
) -> Result<Stop, Box<Fault>> {
    let mut at = entry as usize;
    macro_rules! whole {
        ($d:ident, $a:ident, $b:ident, $with:path) => {
            match $with(registers.int($a), registers.int($b)) {
                Some(value) => registers.set($d, value as u64),
                None => return Err(refused(shorts, at, registers)),
            }
        };
    }
    macro_rules! both {
        ($t:ident, $d:ident, $first:expr, $second:expr) => {{
            let first = $first;
            registers.set_float($t, canonical(first));
            let second = ($second)(first);
            registers.set_float($d, canonical(second));
        }};
    }
    macro_rules! test {
        ($d:ident, $holds:expr) => {{
            let holds = $holds;
            registers.set($d, u64::from(holds));
        }};
    }
    macro_rules! unless {
        ($d:ident, $holds:expr, $t:ident) => {{
            let holds = $holds;
            registers.set($d, u64::from(holds));
            if !holds {
                at = $t as usize;
                continue;
            }
        }};
    }
    macro_rules! good {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(what) => return Err(fault(shorts, at, what)),
            }
        };
    }
    macro_rules! exponential {
        ($mean:ident, $place:ident, $what:ident) => {
            match reach.exponential(registers.float($mean), $place, $what) {
                Some(value) => value,
                None => return Err(refused(shorts, at, registers)),
            }
        };
    }
    macro_rules! chance {
        ($p:ident, $place:ident, $what:ident) => {
            match reach.chance(registers.float($p), $place, $what) {
                Some(holds) => holds,
                None => return Err(refused(shorts, at, registers)),
            }
        };
    }
    /// Carried out on the spot, or left to the flat form.
    macro_rules! act {
        ($result:expr) => {
            if !good!($result) {
                return Ok(Stop::at(at, 0));
            }
        };
    }
    let steps = shorts.steps.as_slice();
    loop {
        match steps[at] {
            Step::Fetch { d, count, t, slots } => {
                for (to, slot) in (d..d + count).zip(slots) {
                    registers.set(to, reach.row[slot as usize].get());
                }
                at = t as usize;
                continue;
            }
            Step::Store { slot, a } => reach.row[slot as usize].set(registers.get(a)),
            Step::Mov { d, a } => registers.set(d, registers.get(a)),
            Step::AddI { d, a, b } => whole!(d, a, b, i64::checked_add),
            Step::SubI { d, a, b } => whole!(d, a, b, i64::checked_sub),
            Step::MulI { d, a, b } => whole!(d, a, b, i64::checked_mul),
            Step::DivI { d, a, b } => whole!(d, a, b, i64::checked_div),
            Step::RemI { d, a, b } => whole!(d, a, b, remainder),
            Step::AddF { d, a, b } => registers.set_float(d, canonical(registers.float(a) + registers.float(b))),
            Step::SubF { d, a, b } => registers.set_float(d, canonical(registers.float(a) - registers.float(b))),
            Step::MulF { d, a, b } => registers.set_float(d, canonical(registers.float(a) * registers.float(b))),
            Step::DivF { d, a, b } => registers.set_float(d, canonical(registers.float(a) / registers.float(b))),
            Step::NegF { d, a } => registers.set_float(d, canonical(-registers.float(a))),
            Step::LtI { d, a, b } => test!(d, registers.int(a) < registers.int(b)),
            Step::LeI { d, a, b } => test!(d, registers.int(a) <= registers.int(b)),
            Step::Eq { d, a, b } => test!(d, registers.get(a) == registers.get(b)),
            Step::Ne { d, a, b } => test!(d, registers.get(a) != registers.get(b)),
            Step::LtF { d, a, b } => test!(d, registers.float(a) < registers.float(b)),
            Step::LeF { d, a, b } => test!(d, registers.float(a) <= registers.float(b)),
            Step::EqF { d, a, b } => test!(d, registers.float(a) == registers.float(b)),
            Step::NeF { d, a, b } => test!(d, registers.float(a) != registers.float(b)),
            Step::Not { d, a } => test!(d, registers.get(a) == 0),
            Step::ToF { d, a } => registers.set_float(d, registers.int(a) as f64),
            Step::MinF { d, a, b } => registers.set_float(d, vm::least(registers.float(a), registers.float(b))),
            Step::MaxF { d, a, b } => registers.set_float(d, vm::most(registers.float(a), registers.float(b))),
            Step::MulAdd { t, d, a, b, c } => both!(t, d, registers.float(b) * registers.float(c), |t| registers.float(a) + t),
            Step::MulSub { t, d, a, b, c } => both!(t, d, registers.float(b) * registers.float(c), |t| registers.float(a) - t),
            Step::DivAdd { t, d, a, b, c } => both!(t, d, registers.float(b) / registers.float(c), |t| registers.float(a) + t),
            Step::SubMul { t, d, a, b, c } => both!(t, d, registers.float(b) - registers.float(c), |t| registers.float(a) * t),
            Step::AddMax { t, d, a, b, c } => {
                both!(t, d, registers.float(b) + registers.float(c), |t| vm::most(t, registers.float(a)));
            }
            Step::RemToF { t, d, a, b } => {
                whole!(t, a, b, remainder);
                registers.set_float(d, registers.int(t) as f64);
            }
            Step::Between { d, a, b } => registers.set_float(d, between(registers.get(a), registers.get(b))),
            Step::Now { d } => registers.set(d, reach.common.now),
            Step::Since { now, d, b } => {
                registers.set(now, reach.common.now);
                registers.set_float(d, between(reach.common.now, registers.get(b)));
            }
            Step::Me { d } => registers.set(d, u64::from(reach.me)),
            Step::Own { me, d, holder } => {
                let own = u64::from(reach.me);
                registers.set(me, own);
                registers.set(d, vm::holder_word(own, holder));
            }
            Step::Jz { a, t } => {
                if registers.get(a) == 0 {
                    at = t as usize;
                    continue;
                }
            }
            Step::Jnone { a, t } => {
                if registers.get(a) == NONE {
                    at = t as usize;
                    continue;
                }
            }
            Step::Jmp { t } => {
                at = t as usize;
                continue;
            }
            Step::UnlessLtI { test, a, b, t } => unless!(test, registers.int(a) < registers.int(b), t),
            Step::UnlessLeI { test, a, b, t } => unless!(test, registers.int(a) <= registers.int(b), t),
            Step::UnlessEq { test, a, b, t } => unless!(test, registers.get(a) == registers.get(b), t),
            Step::UnlessNe { test, a, b, t } => unless!(test, registers.get(a) != registers.get(b), t),
            Step::UnlessLtF { test, a, b, t } => unless!(test, registers.float(a) < registers.float(b), t),
            Step::UnlessLeF { test, a, b, t } => unless!(test, registers.float(a) <= registers.float(b), t),
            Step::Exponential { d, mean, place, what } => {
                let value = exponential!(mean, place, what);
                registers.set_float(d, value);
            }
            Step::ExponentialOn { drawn, mean, d, base, place, what } => {
                let value = exponential!(mean, place, what);
                registers.set_float(drawn, value);
                registers.set_float(d, canonical(registers.float(base) + value));
            }
            Step::ExponentialDelay { drawn, mean, place, what } => {
                let value = exponential!(mean, place, what);
                registers.set_float(drawn, value);
                good!(reach.wait(good!(span(value.to_bits())), shorts.origin(at + 1)));
                return Ok(Stop::at(at, Stop::WAITS));
            }
            Step::Chance { d, a, place, what } => {
                let holds = chance!(a, place, what);
                test!(d, holds);
            }
            Step::UnlessChance { test, a, t, place, what } => {
                let holds = chance!(a, place, what);
                unless!(test, holds, t);
            }
            step @ (Step::ToI { .. }
            | Step::Math1 { .. }
            | Step::Math2 { .. }
            | Step::Draw { .. }
            | Step::Below { .. }
            | Step::Member { .. }) => good!(value_of(step, reach, registers)),
            Step::Tell { to, first, second, third, message } => {
                let words = [registers.get(first), registers.get(second), registers.get(third)];
                act!(reach.tell(registers.get(to), message, words));
            }
            Step::TellAfter { to, first, second, third, message, delay } => {
                let words = [registers.get(first), registers.get(second), registers.get(third)];
                let delay = good!(span(registers.get(delay)));
                act!(reach.tell_after(registers.get(to), message, words, delay));
            }
            Step::Note { note, words } => {
                if !reach.note(note, registers.gather(words)) {
                    return Ok(Stop::at(at, 0));
                }
            }
            Step::Delay { span: at_span } => {
                good!(reach.wait(good!(span(registers.get(at_span))), shorts.origin(at + 1)));
                return Ok(Stop::at(at, Stop::WAITS));
            }
            Step::Seize { holder, claim, id } => match reach.seize(registers.get(holder), id, shorts.origin(at + 1)) {
                Seized::Claim(held) => {
                    registers.set(claim, held);
                    registers.set(crate::plan::FRAME_WAITED as u8, 0.0_f64.to_bits());
                }
                Seized::Waits(_) => return Ok(Stop::at(at, Stop::WAITS)),
                Seized::Not => return Ok(Stop::at(at, 0)),
            },
            Step::Release { claim } => {
                act!(reach.release(registers.get(claim)));
                registers.set(claim, 0);
            }
            Step::Leave => return Ok(Stop::at(at, 0)),
            Step::End => return Ok(Stop::at(at, Stop::ENDS)),
        }
        at += 1;
    }
}

/// The remainder; of small numbers, as most are, in a third of the time.
#[inline(always)]
fn remainder(a: i64, b: i64) -> Option<i64> {
    match (u32::try_from(a), u32::try_from(b)) {
        (Ok(a), Ok(b)) => a.checked_rem(b).map(i64::from),
        _ => a.checked_rem(b),
    }
}

#[inline(always)]
fn between(later: u64, sooner: u64) -> f64 {
    later.wrapping_sub(sooner) as i64 as f64 / 1e9
}

/// Carries out a step that finds a value in a way of its own.
///
/// # Errors
/// Where there is none.
pub(super) fn value_of(step: Step, reach: &Reach<'_, '_, '_>, registers: &mut Registers) -> Result<(), String> {
    match step {
        Step::ToI { d, a } => {
            let word = vm::whole(registers.float(a))?;
            registers.set(d, word);
        }
        Step::Math1 { f, d, a } => registers.set_float(d, vm::math1(f, registers.float(a))),
        Step::Math2 { f, d, a, b } => registers.set_float(d, vm::math2(f, registers.float(a), registers.float(b))),
        Step::Draw { law, d, a, b, c, place, what } => {
            let values = [registers.float(a), registers.float(b), registers.float(c)];
            let value = reach.draw(law, values, place, what)?;
            registers.set(d, law.word(value));
        }
        Step::Below { d, a, place, what } => {
            let n = registers.get(a);
            if n == 0 || n > u64::from(u32::MAX) {
                return Err(vm::NOTHING_TO_PICK.into());
            }
            registers.set(d, ((reach.bits(place, what) >> 32) * n) >> 32);
        }
        Step::Member { d, group, place, what } => {
            let member = reach.member(group, place, what)?;
            registers.set(d, member);
        }
        _ => {}
    }
    Ok(())
}

/// Why a step refuses its operands.
pub(super) fn refusal(step: Step, registers: &Registers) -> String {
    match step {
        Step::AddI { .. } => vm::no_value("the sum"),
        Step::SubI { .. } => vm::no_value("the difference"),
        Step::MulI { .. } => vm::no_value("the product"),
        Step::DivI { .. } => vm::no_value("the quotient"),
        Step::RemI { .. } | Step::RemToF { .. } => vm::no_value("the remainder"),
        Step::Chance { a, .. } | Step::UnlessChance { a, .. } => law::refused(Law::Chance, registers.float(a)),
        Step::Exponential { mean, .. } | Step::ExponentialOn { mean, .. } | Step::ExponentialDelay { mean, .. } => {
            law::refused(Law::Exponential, registers.float(mean))
        }
        step => format!("{step:?} has no value"),
    }
}

#[cold]
fn refused(shorts: &Shorts, at: usize, registers: &Registers) -> Box<Fault> {
    fault(shorts, at, refusal(shorts.steps[at], registers))
}

/// A fault, out of the way of what goes well.
#[cold]
pub(super) fn fault(shorts: &Shorts, at: usize, what: String) -> Box<Fault> {
    Box::new(Fault { pc: shorts.origin(at), what })
}
