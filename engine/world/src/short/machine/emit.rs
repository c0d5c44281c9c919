//! Writes the function of a way in, for the compiler.
//!
//! Registers become values, which the compiler keeps in the processor's own. What lies in memory is kept as steps would leave
//! it wherever somebody may look: fields are put back at once, and the words of the frame where the routine stops.

mod draws;
mod stops;

use super::Kept;
use super::calls;
use super::flow::{Flow, stops};
use super::made::Needs;
use super::sorts::Sorts;
use crate::actors::ROW_KEY;
use crate::claims::claim_word;
use crate::plan::FRAME_WAITED;
use crate::short::run::Stop;
use crate::short::{CONSTANTS, EVENT, Entry, FIELDS, FRAME, MISSING, Shorts, Step};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{AbiParam, Block, Function, InstBuilder, MemFlagsData, Signature, Type, UserFuncName, Value};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use rehearsal_language::program::{Math1, Math2};
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use std::collections::BTreeMap;

/// Writes the function of `entry` into `function`; gives what it rests on.
///
/// `None` where the routine has no end that it can find.
pub(super) fn routine(shorts: &Shorts, entry: Entry, isa: &dyn TargetIsa, function: &mut Function) -> Option<Needs> {
    let kept = shorts.kept(entry);
    let flow = Flow::of(&shorts.steps, entry.0 as usize, &kept)?;
    let counted = shorts.steps[flow.first..flow.end].iter().filter_map(Step::place).map(|place| usize::from(place) / 2 + 1);
    let row = counted.chain([flow.row_words(&shorts.steps), ROW_KEY + 1]).max()?;
    let hears = flow.wanted.all().any(|at| (EVENT..CONSTANTS).contains(&usize::from(at)));
    let needs = Needs { row, frame: flow.frame_words(&kept), hears };
    let signature = signature(&[I64, I64, I64, I64, I64, I64], I64);
    *function = Function::with_name_signature(UserFuncName::default(), signature);
    let mut scratch = FunctionBuilderContext::new();
    let builder = FunctionBuilder::new(function, &mut scratch);
    Emitter::new(builder, shorts, &flow, &kept).write(isa);
    Some(needs)
}

fn signature(params: &[Type], gives: Type) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.push(AbiParam::new(gives));
    signature
}

/// Memory that is there and in line.
const SURE: MemFlagsData = MemFlagsData::trusted();

struct Emitter<'a, 'f> {
    to: FunctionBuilder<'f>,
    shorts: &'a Shorts,
    flow: &'a Flow,
    kept: &'a Kept,
    sorts: Sorts,
    /// The variable of each register that is used.
    variables: BTreeMap<u8, Variable>,
    /// Numbers by the words that they are.
    numbers: BTreeMap<Value, Value>,
    /// Results as they came, by what is seen of them, see [`vm::canonical`].
    raw: BTreeMap<Value, Value>,
    /// Blocks at which jumps arrive.
    blocks: BTreeMap<usize, Block>,
    row: Value,
    /// Where the words of the frame are.
    frame: Value,
    /// The registers.
    file: Value,
    reach: Value,
    now: Value,
    me: Value,
    /// The step at hand.
    at: usize,
}

impl<'a, 'f> Emitter<'a, 'f> {
    fn new(mut to: FunctionBuilder<'f>, shorts: &'a Shorts, flow: &'a Flow, kept: &'a Kept) -> Emitter<'a, 'f> {
        let block = to.create_block();
        to.append_block_params_for_function_params(block);
        to.switch_to_block(block);
        to.seal_block(block);
        let [row, frame, file, reach, now, me] = *to.block_params(block) else { unreachable!("as many as the signature has") };
        let sorts = Sorts::of(&shorts.steps[flow.first..flow.end]);
        let (variables, numbers, raw, blocks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Emitter {
            to,
            shorts,
            flow,
            kept,
            sorts,
            variables,
            numbers,
            raw,
            blocks,
            row,
            frame,
            file,
            reach,
            now,
            me,
            at: flow.first,
        }
    }

    fn write(mut self, isa: &dyn TargetIsa) {
        for target in &self.flow.targets {
            if self.flow.reaches(*target) {
                let block = self.to.create_block();
                self.blocks.insert(*target, block);
            }
        }
        self.enter();
        let mut open = true;
        for at in self.flow.first..self.flow.end {
            if let Some(block) = self.blocks.get(&at).copied() {
                if open {
                    self.to.ins().jump(block, &[]);
                }
                self.to.switch_to_block(block);
                // Jumps go forward: all that come here have been written.
                self.to.seal_block(block);
                open = true;
            }
            if open {
                self.at = at;
                let step = self.shorts.steps[at];
                self.step(step);
                open = !stops(&step);
            }
        }
        self.to.finalize(isa.frontend_config());
    }

    /// Fetches what is wanted of what was there before.
    fn enter(&mut self) {
        for at in self.flow.wanted.all() {
            if self.kept.fresh.is_some() && usize::from(at) < FIELDS {
                let nothing = self.int(0);
                self.set(at, nothing);
                continue;
            }
            let (from, place) = match self.flow.fetched.iter().find(|(register, _)| *register == at) {
                Some((_, slot)) => (self.row, usize::from(*slot)),
                None if usize::from(at) < FRAME => (self.frame, usize::from(at)),
                None => (self.file, usize::from(at)),
            };
            let ty = if self.sorts.is_number(at) { F64 } else { I64 };
            let value = self.to.ins().load(ty, SURE, from, (place * 8) as i32);
            let variable = self.variable(at);
            self.to.def_var(variable, value);
        }
    }

    fn variable(&mut self, at: u8) -> Variable {
        if let Some(variable) = self.variables.get(&at) {
            return *variable;
        }
        let variable = self.to.declare_var(if self.sorts.is_number(at) { F64 } else { I64 });
        self.variables.insert(at, variable);
        variable
    }

    fn constant(&self, at: u8) -> Option<u64> {
        if at == MISSING {
            return Some(NONE);
        }
        (usize::from(at) >= CONSTANTS).then(|| self.shorts.registers[usize::from(at)])
    }

    fn int(&mut self, value: i64) -> Value {
        self.to.ins().iconst(I64, value)
    }

    /// The word in a register.
    fn word(&mut self, at: u8) -> Value {
        if let Some(word) = self.constant(at) {
            return self.int(word as i64);
        }
        let variable = self.variable(at);
        let value = self.to.use_var(variable);
        if self.sorts.is_number(at) { self.bits(value) } else { value }
    }

    /// The number in a register.
    fn number(&mut self, at: u8) -> Value {
        if let Some(word) = self.constant(at) {
            return self.to.ins().f64const(Ieee64::with_bits(word));
        }
        let variable = self.variable(at);
        let value = self.to.use_var(variable);
        let number = if self.sorts.is_number(at) { value } else { self.as_number(value) };
        self.raw.get(&number).copied().unwrap_or(number)
    }

    /// A number as a word.
    fn bits(&mut self, number: Value) -> Value {
        let word = self.to.ins().bitcast(I64, MemFlagsData::new(), number);
        self.numbers.insert(word, number);
        word
    }

    /// A word as a number.
    fn as_number(&mut self, word: Value) -> Value {
        match self.numbers.get(&word) {
            Some(number) => *number,
            None => self.to.ins().bitcast(F64, MemFlagsData::new(), word),
        }
    }

    fn set(&mut self, at: u8, word: Value) {
        let value = if self.sorts.is_number(at) { self.as_number(word) } else { word };
        let variable = self.variable(at);
        self.to.def_var(variable, value);
    }

    /// Sets the result of an operation, which may be no number.
    ///
    /// Operations on it take it as it came: what is seen of it is only made where somebody looks.
    fn set_result(&mut self, at: u8, result: Value) {
        let none = self.to.ins().f64const(Ieee64::with_bits(f64::NAN.to_bits()));
        let nan = self.to.ins().fcmp(FloatCC::Unordered, result, result);
        let seen = self.to.ins().select(nan, none, result);
        self.raw.insert(seen, result);
        self.set_number(at, seen);
    }

    /// Sets a number that is sure to be one, or is the only one that is none.
    fn set_number(&mut self, at: u8, number: Value) {
        let value = if self.sorts.is_number(at) { number } else { self.bits(number) };
        let variable = self.variable(at);
        self.to.def_var(variable, value);
    }

    fn set_truth(&mut self, at: u8, truth: Value) {
        let word = self.to.ins().uextend(I64, truth);
        self.set(at, word);
    }

    /// Writes the register's value to memory as it is.
    fn put(&mut self, at: u8, to: Value, place: usize) {
        let word = self.word(at);
        let value = self.numbers.get(&word).copied().unwrap_or(word);
        self.to.ins().store(SURE, value, to, (place * 8) as i32);
    }

    /// The step that jumps at hand go to.
    fn block(&self, t: u16) -> Block {
        self.blocks[&usize::from(t)]
    }

    /// Goes on in a new block where `truth` holds; elsewhere `otherwise` is written, which has to stop.
    fn unless(&mut self, truth: Value, otherwise: impl FnOnce(&mut Self)) {
        let (on, off) = (self.to.create_block(), self.to.create_block());
        self.to.set_cold_block(off);
        self.to.ins().brif(truth, on, &[], off, &[]);
        self.to.switch_to_block(off);
        self.to.seal_block(off);
        otherwise(self);
        self.to.switch_to_block(on);
        self.to.seal_block(on);
    }

    /// Jumps to a step where `truth` holds not, and goes on where it does.
    fn jump_unless(&mut self, truth: Value, t: u16) {
        let (on, target) = (self.to.create_block(), self.block(t));
        self.to.ins().brif(truth, on, &[], target, &[]);
        self.to.switch_to_block(on);
        self.to.seal_block(on);
    }

    fn checked(&mut self, d: u8, (value, over): (Value, Value)) {
        let zero = self.to.ins().iconst(I8, 0);
        let good = self.to.ins().icmp(IntCC::Equal, over, zero);
        self.unless(good, |own| own.fail());
        self.set(d, value);
    }

    /// A quotient or a remainder of whole numbers.
    fn divided(&mut self, a: u8, b: u8, remainder: bool) -> Value {
        let known = self.constant(b).map(|word| word as i64);
        let (a, divisor) = (self.word(a), self.word(b));
        match known {
            Some(by) if by != 0 && by != -1 => {}
            _ => {
                let zero = self.is(divisor, 0);
                let (least, all) = (self.is(a, i64::MIN as u64), self.is(divisor, u64::MAX));
                let over = self.to.ins().band(least, all);
                let bad = self.to.ins().bor(zero, over);
                let none = self.to.ins().iconst(I8, 0);
                let good = self.to.ins().icmp(IntCC::Equal, bad, none);
                self.unless(good, |own| own.fail());
            }
        }
        if remainder { self.to.ins().srem(a, divisor) } else { self.to.ins().sdiv(a, divisor) }
    }

    fn smaller(&mut self, a: Value, b: Value, b_is_number: bool) -> Value {
        let below = self.to.ins().fcmp(FloatCC::LessThan, a, b);
        let chosen = self.to.ins().select(below, a, b);
        self.unless_nan(a, b, chosen, b_is_number)
    }

    fn larger(&mut self, a: Value, b: Value, b_is_number: bool) -> Value {
        let above = self.to.ins().fcmp(FloatCC::LessThan, b, a);
        let chosen = self.to.ins().select(above, a, b);
        self.unless_nan(a, b, chosen, b_is_number)
    }

    /// `a` where `b` is no number.
    fn unless_nan(&mut self, a: Value, b: Value, chosen: Value, b_is_number: bool) -> Value {
        if b_is_number {
            return chosen;
        }
        let nan = self.to.ins().fcmp(FloatCC::Unordered, b, b);
        self.to.ins().select(nan, a, chosen)
    }

    /// Sets one of two, which is sure to be a number where the second is.
    fn set_chosen(&mut self, at: u8, chosen: Value, sure: bool) {
        if sure { self.set_number(at, chosen) } else { self.set_result(at, chosen) }
    }

    /// Whether a register is a constant, and a number.
    fn is_number(&self, at: u8) -> bool {
        self.constant(at).is_some_and(|word| !f64::from_bits(word).is_nan())
    }

    /// The seconds from one moment to a later one.
    fn between(&mut self, later: Value, sooner: Value) -> Value {
        let apart = self.to.ins().isub(later, sooner);
        let ns = self.to.ins().fcvt_from_sint(F64, apart);
        let second = self.to.ins().f64const(1e9);
        self.to.ins().fdiv(ns, second)
    }

    fn step(&mut self, step: Step) {
        macro_rules! float {
            ($how:ident $d:ident $a:ident $b:ident) => {{
                let (a, b) = (self.number($a), self.number($b));
                let value = self.to.ins().$how(a, b);
                self.set_result($d, value);
            }};
        }
        macro_rules! both {
            ($t:ident = $first:ident $b:ident $c:ident, $d:ident = $second:ident $a:ident) => {{
                let (b, c) = (self.number($b), self.number($c));
                let value = self.to.ins().$first(b, c);
                self.set_result($t, value);
                let a = self.number($a);
                let value = self.to.ins().$second(a, value);
                self.set_result($d, value);
            }};
        }
        macro_rules! compare {
            (int $cc:ident $a:ident $b:ident) => {{
                let (a, b) = (self.word($a), self.word($b));
                self.to.ins().icmp(IntCC::$cc, a, b)
            }};
            (float $cc:ident $a:ident $b:ident) => {{
                let (a, b) = (self.number($a), self.number($b));
                self.to.ins().fcmp(FloatCC::$cc, a, b)
            }};
        }
        macro_rules! test {
            ($sort:ident $cc:ident $d:ident $a:ident $b:ident) => {{
                let truth = compare!($sort $cc $a $b);
                self.set_truth($d, truth);
            }};
        }
        macro_rules! unless {
            ($sort:ident $cc:ident $d:ident $a:ident $b:ident $t:ident) => {{
                let truth = compare!($sort $cc $a $b);
                self.set_truth($d, truth);
                self.jump_unless(truth, $t);
            }};
        }
        match step {
            // Where a routine is entered, and nowhere else.
            Step::Fetch { .. } => {}
            Step::Store { slot, a } => self.put(a, self.row, usize::from(slot)),
            Step::Mov { d, a } => {
                let word = self.word(a);
                self.set(d, word);
            }
            Step::AddI { d, a, b } => {
                let (a, b) = (self.word(a), self.word(b));
                let sum = self.to.ins().sadd_overflow(a, b);
                self.checked(d, sum);
            }
            Step::SubI { d, a, b } => {
                let (a, b) = (self.word(a), self.word(b));
                let difference = self.to.ins().ssub_overflow(a, b);
                self.checked(d, difference);
            }
            Step::MulI { d, a, b } => {
                let (a, b) = (self.word(a), self.word(b));
                let product = self.to.ins().smul_overflow(a, b);
                self.checked(d, product);
            }
            Step::DivI { d, a, b } => {
                let value = self.divided(a, b, false);
                self.set(d, value);
            }
            Step::RemI { d, a, b } => {
                let value = self.divided(a, b, true);
                self.set(d, value);
            }
            Step::RemToF { t, d, a, b } => {
                let value = self.divided(a, b, true);
                self.set(t, value);
                let number = self.to.ins().fcvt_from_sint(F64, value);
                self.set_number(d, number);
            }
            Step::AddF { d, a, b } => float!(fadd d a b),
            Step::SubF { d, a, b } => float!(fsub d a b),
            Step::MulF { d, a, b } => float!(fmul d a b),
            Step::DivF { d, a, b } => float!(fdiv d a b),
            Step::NegF { d, a } => {
                let a = self.number(a);
                let value = self.to.ins().fneg(a);
                self.set_result(d, value);
            }
            Step::LtI { d, a, b } => test!(int SignedLessThan d a b),
            Step::LeI { d, a, b } => test!(int SignedLessThanOrEqual d a b),
            Step::Eq { d, a, b } => test!(int Equal d a b),
            Step::Ne { d, a, b } => test!(int NotEqual d a b),
            Step::LtF { d, a, b } => test!(float LessThan d a b),
            Step::LeF { d, a, b } => test!(float LessThanOrEqual d a b),
            Step::EqF { d, a, b } => test!(float Equal d a b),
            Step::NeF { d, a, b } => test!(float NotEqual d a b),
            Step::Not { d, a } => {
                let a = self.word(a);
                let truth = self.is(a, 0);
                self.set_truth(d, truth);
            }
            Step::ToF { d, a } => {
                let a = self.word(a);
                let number = self.to.ins().fcvt_from_sint(F64, a);
                self.set_number(d, number);
            }
            Step::MinF { d, a, b } | Step::Math2 { f: Math2::Min, d, a, b } => {
                let sure = self.is_number(b);
                let (a, b) = (self.number(a), self.number(b));
                let value = self.smaller(a, b, sure);
                self.set_chosen(d, value, sure);
            }
            Step::MaxF { d, a, b } | Step::Math2 { f: Math2::Max, d, a, b } => {
                let sure = self.is_number(b);
                let (a, b) = (self.number(a), self.number(b));
                let value = self.larger(a, b, sure);
                self.set_chosen(d, value, sure);
            }
            Step::MulAdd { t, d, a, b, c } => both!(t = fmul b c, d = fadd a),
            Step::MulSub { t, d, a, b, c } => both!(t = fmul b c, d = fsub a),
            Step::DivAdd { t, d, a, b, c } => both!(t = fdiv b c, d = fadd a),
            Step::SubMul { t, d, a, b, c } => both!(t = fsub b c, d = fmul a),
            Step::AddMax { t, d, a, b, c } => {
                let (b, c) = (self.number(b), self.number(c));
                let sum = self.to.ins().fadd(b, c);
                self.set_result(t, sum);
                let sure = self.is_number(a);
                let a = self.number(a);
                let value = self.larger(sum, a, sure);
                self.set_chosen(d, value, sure);
            }
            Step::Math1 { f: Math1::Abs, d, a } => {
                let a = self.number(a);
                let value = self.to.ins().fabs(a);
                self.set_result(d, value);
            }
            Step::Math1 { f: Math1::Sqrt, d, a } => {
                let a = self.number(a);
                let value = self.to.ins().sqrt(a);
                self.set_result(d, value);
            }
            Step::ToI { .. } | Step::Math1 { .. } | Step::Math2 { .. } => self.value(&step),
            Step::Draw { .. } | Step::Below { .. } => self.value(&step),
            Step::Member { d, group, place, what } => {
                let member = self.member(group, place, what);
                self.set(d, member);
            }
            Step::Between { d, a, b } => {
                let (a, b) = (self.word(a), self.word(b));
                let span = self.between(a, b);
                self.set_number(d, span);
            }
            Step::Now { d } => self.set(d, self.now),
            Step::Since { now, d, b } => {
                self.set(now, self.now);
                let b = self.word(b);
                let span = self.between(self.now, b);
                self.set_number(d, span);
            }
            Step::Me { d } => self.set(d, self.me),
            Step::Own { me, d, holder } => {
                self.set(me, self.me);
                let number = self.int(vm::holder_word(0, holder) as i64);
                let word = self.to.ins().bor(self.me, number);
                self.set(d, word);
            }
            Step::Jz { a, t } => {
                let a = self.word(a);
                let zero = self.int(0);
                let truth = self.to.ins().icmp(IntCC::NotEqual, a, zero);
                self.jump_unless(truth, t);
            }
            Step::Jnone { a, t } => {
                let a = self.word(a);
                let none = self.int(NONE as i64);
                let truth = self.to.ins().icmp(IntCC::NotEqual, a, none);
                self.jump_unless(truth, t);
            }
            Step::Jmp { t } => {
                let block = self.block(t);
                self.to.ins().jump(block, &[]);
            }
            Step::UnlessLtI { test, a, b, t } => unless!(int SignedLessThan test a b t),
            Step::UnlessLeI { test, a, b, t } => unless!(int SignedLessThanOrEqual test a b t),
            Step::UnlessEq { test, a, b, t } => unless!(int Equal test a b t),
            Step::UnlessNe { test, a, b, t } => unless!(int NotEqual test a b t),
            Step::UnlessLtF { test, a, b, t } => unless!(float LessThan test a b t),
            Step::UnlessLeF { test, a, b, t } => unless!(float LessThanOrEqual test a b t),
            Step::Exponential { d, mean, place, what } => {
                let value = self.exponential(mean, place, what);
                self.set_number(d, value);
            }
            Step::ExponentialOn { drawn, mean, d, base, place, what } => {
                let value = self.exponential(mean, place, what);
                self.set_number(drawn, value);
                let base = self.number(base);
                let sum = self.to.ins().fadd(base, value);
                self.set_result(d, sum);
            }
            Step::ExponentialDelay { drawn, mean, place, what } => {
                let value = self.exponential(mean, place, what);
                self.set_number(drawn, value);
                let span = self.word(drawn);
                self.wait(span);
            }
            Step::Chance { d, a, place, what } => {
                let holds = self.chance(a, place, what);
                self.set_truth(d, holds);
            }
            Step::UnlessChance { test, a, t, place, what } => {
                let holds = self.chance(a, place, what);
                self.set_truth(test, holds);
                self.jump_unless(holds, t);
            }
            Step::Tell { to, first, second, third, message } => {
                let message = self.int(i64::from(message));
                let words = [self.word(to), message, self.word(first), self.word(second), self.word(third)];
                self.act(calls::tell as *const () as usize, &words);
            }
            Step::TellAfter { to, first, second, third, message, delay } => {
                let message = self.int(i64::from(message));
                let words = [self.word(to), message, self.word(first), self.word(second), self.word(third), self.word(delay)];
                self.act(calls::tell_after as *const () as usize, &words);
            }
            Step::Note { note, words } => {
                let note = self.int(i64::from(note));
                let [first, second, third, fourth] = words;
                let words = [note, self.word(first), self.word(second), self.word(third), self.word(fourth)];
                self.act(calls::note as *const () as usize, &words);
            }
            Step::Delay { span } => {
                let span = self.word(span);
                self.wait(span);
            }
            Step::Seize { holder, claim, id } => {
                let (holder, id, next) = (self.word(holder), self.int(i64::from(id)), self.next());
                let held = self.call_back(calls::seize as *const () as usize, &[holder, id, next]);
                let least = self.int(claim_word(0, 1) as i64);
                let got = self.to.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, held, least);
                self.unless(got, |own| own.rest_or_not(held));
                self.set(claim, held);
                let zero = self.to.ins().f64const(0.0);
                self.set_number(FRAME_WAITED as u8, zero);
            }
            Step::Release { claim } => {
                let word = self.word(claim);
                self.act(calls::release as *const () as usize, &[word]);
                let none = self.int(0);
                self.set(claim, none);
            }
            Step::Leave => self.stop(0),
            Step::End => self.stop(Stop::ENDS),
        }
    }
}
