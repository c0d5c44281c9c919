//! Draws: the next bits of an actor's stream, and what becomes of them, as `Reach` and the kernel do it.

use super::{Emitter, SURE};
use crate::actors::ROW_KEY;
use crate::short::machine::calls;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use rehearsal_kernel::Purpose;
use rehearsal_kernel::stream::{GOLDEN, MIX_FACTORS, MIX_SHIFTS, UNIT_OPEN_STEP, UNIT_STEP};

impl Emitter<'_, '_> {
    /// All bits mixed into all bits, as [`rehearsal_kernel::stream::mix`].
    fn mixed(&mut self, mut bits: Value) -> Value {
        for (step, shift) in MIX_SHIFTS.into_iter().enumerate() {
            let shifted = self.shifted(bits, shift);
            bits = self.to.ins().bxor(bits, shifted);
            if let Some(factor) = MIX_FACTORS.get(step) {
                let factor = self.int(*factor as i64);
                bits = self.to.ins().imul(bits, factor);
            }
        }
        bits
    }

    fn shifted(&mut self, bits: Value, by: u32) -> Value {
        let by = self.int(i64::from(by));
        self.to.ins().ushr(bits, by)
    }

    /// The next bits of the actor's stream for a purpose, counted at a place of its row, as `bits_at`.
    fn drawn(&mut self, place: u16, what: Purpose) -> Value {
        let golden = self.int(GOLDEN as i64);
        let own = self.to.ins().load(I64, SURE, self.row, ROW_KEY as i32 * 8);
        let what = self.int(what.bits() as i64);
        let part = self.to.ins().bxor(own, what);
        let part = self.to.ins().iadd(part, golden);
        let key = self.mixed(part);
        let at = i32::from(place / 2) * 8;
        let counted = self.to.ins().load(I64, SURE, self.row, at);
        let (counter, next) = if place % 2 == 1 {
            // What runs over from the upper half is gone, and the count begins anew.
            let one = self.int(1 << 32);
            (self.shifted(counted, 32), self.to.ins().iadd(counted, one))
        } else {
            let (lower, one) = (self.int(0xffff_ffff), self.int(1));
            let counter = self.to.ins().band(counted, lower);
            let more = self.to.ins().iadd(counted, one);
            let anew = self.to.ins().bxor(counted, lower);
            let full = self.to.ins().icmp(IntCC::Equal, counter, lower);
            (counter, self.to.ins().select(full, anew, more))
        };
        self.to.ins().store(SURE, next, self.row, at);
        let one = self.int(1);
        let nth = self.to.ins().iadd(counter, one);
        let nth = self.to.ins().imul(nth, golden);
        let nth = self.mixed(nth);
        let both = self.to.ins().bxor(key, nth);
        self.mixed(both)
    }

    /// A number of so many upper bits, in steps.
    fn unit(&mut self, bits: Value, unused: u32) -> Value {
        let upper = self.shifted(bits, unused);
        self.to.ins().fcvt_from_sint(F64, upper)
    }

    pub(super) fn exponential(&mut self, mean: u8, place: u16, what: Purpose) -> Value {
        let known = self.constant(mean).map(f64::from_bits);
        let mean = self.number(mean);
        if !known.is_some_and(|mean| mean > 0.0 && mean.is_finite()) {
            let (zero, most) = (self.to.ins().f64const(0.0), self.to.ins().f64const(f64::MAX));
            let above = self.to.ins().fcmp(FloatCC::GreaterThan, mean, zero);
            let finite = self.to.ins().fcmp(FloatCC::LessThanOrEqual, mean, most);
            let good = self.to.ins().band(above, finite);
            self.unless(good, |own| own.fail());
        }
        if let Some(site) = self.shorts.drawn_ahead(self.at) {
            let words = [self.reach, self.int(std::ptr::from_ref(site) as usize as i64)];
            let one = self.call(calls::exponential_ahead as *const () as usize, &[I64; 2], F64, &words);
            return self.to.ins().fmul(mean, one);
        }
        let bits = self.drawn(place, what);
        let unit = self.unit(bits, 12);
        let (half, step) = (self.to.ins().f64const(0.5), self.to.ins().f64const(UNIT_OPEN_STEP));
        let unit = self.to.ins().fadd(unit, half);
        let unit = self.to.ins().fmul(unit, step);
        let log = self.call(calls::log as *const () as usize, &[F64], F64, &[unit]);
        let log = self.to.ins().fneg(log);
        self.to.ins().fmul(mean, log)
    }

    /// Whether something happens, as a truth.
    pub(super) fn chance(&mut self, p: u8, place: u16, what: Purpose) -> Value {
        let known = self.constant(p).map(f64::from_bits);
        let p = self.number(p);
        if !known.is_some_and(|p| (0.0..=1.0).contains(&p)) {
            let (zero, one) = (self.to.ins().f64const(0.0), self.to.ins().f64const(1.0));
            let above = self.to.ins().fcmp(FloatCC::GreaterThanOrEqual, p, zero);
            let below = self.to.ins().fcmp(FloatCC::LessThanOrEqual, p, one);
            let good = self.to.ins().band(above, below);
            self.unless(good, |own| own.fail());
        }
        let bits = self.drawn(place, what);
        let unit = self.unit(bits, 11);
        let step = self.to.ins().f64const(UNIT_STEP);
        let unit = self.to.ins().fmul(unit, step);
        self.to.ins().fcmp(FloatCC::LessThan, unit, p)
    }

    pub(super) fn member(&mut self, group: u16, place: u16, what: Purpose) -> Value {
        let bits = self.drawn(place, what);
        let group = self.int(i64::from(group));
        let member = self.call_back(calls::member as *const () as usize, &[group, bits]);
        let most = self.int(i64::from(u32::MAX));
        let good = self.to.ins().icmp(IntCC::UnsignedLessThanOrEqual, member, most);
        self.unless(good, |own| own.fail());
        member
    }
}
