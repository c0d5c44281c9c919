//! Where a routine stops, and what it calls back for on its way.

use super::super::calls::{self, DONE, FAILED, FAULT};
use super::super::flow;
use super::{Emitter, SURE, signature};
use crate::short::run::Stop;
use crate::short::{EVENT, Step};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{InstBuilder, Type, Value};

impl Emitter<'_, '_> {
    /// Stops at the step at hand, its frame in place.
    pub(super) fn stop(&mut self, mark: u64) {
        let step = self.shorts.steps[self.at];
        let mut untouched: Vec<u8> = (0..self.kept.fresh.unwrap_or(0)).collect();
        for at in self.flow.kept_at(self.at, &step, self.kept).all() {
            self.put(at, self.frame, usize::from(at));
            untouched.retain(|other| *other != at);
        }
        if self.kept.all || !matches!(step, Step::End) {
            for at in untouched {
                let nothing = self.int(0);
                self.to.ins().store(SURE, nothing, self.frame, i32::from(at) * 8);
            }
        }
        self.gives(mark);
    }

    /// Stops at the step at hand, which waits, with its frame in its job. What it leaves untouched is there: as zeros in a new
    /// job, else from before.
    pub(super) fn rest(&mut self, frame: Value) {
        let step = self.shorts.steps[self.at];
        for at in self.flow.kept_at(self.at, &step, self.kept).all() {
            self.put(at, frame, usize::from(at));
        }
        self.gives(Stop::WAITS);
    }

    /// Ends the function with the step at hand and a mark.
    pub(super) fn gives(&mut self, mark: u64) {
        let word = self.int(((self.at as u64) << Stop::MARKS | mark) as i64);
        self.to.ins().return_(&[word]);
    }

    /// Stops with a fault, its operands in place.
    pub(super) fn fail(&mut self) {
        self.spill();
        self.gives(FAILED);
    }

    /// Puts what the step at hand reads into its registers.
    pub(super) fn spill(&mut self) {
        let step = self.shorts.steps[self.at];
        for at in flow::reads(&step).filter(|at| usize::from(*at) < EVENT) {
            self.put(at, self.file, usize::from(at));
        }
    }

    pub(super) fn call(&mut self, function: usize, params: &[Type], gives: Type, args: &[Value]) -> Value {
        let signature = self.to.import_signature(signature(params, gives));
        let function = self.int(function as i64);
        let call = self.to.ins().call_indirect(signature, function, args);
        self.to.inst_results(call)[0]
    }

    /// A call back with words behind the reach.
    pub(super) fn call_back(&mut self, function: usize, words: &[Value]) -> Value {
        let args: Vec<Value> = std::iter::once(self.reach).chain(words.iter().copied()).collect();
        self.call(function, &vec![I64; args.len()], I64, &args)
    }

    /// Carried out, or the routine fails or leaves.
    pub(super) fn act(&mut self, function: usize, words: &[Value]) {
        let came = self.call_back(function, words);
        let done = self.is(came, DONE);
        self.unless(done, |own| own.fail_or_stop(came, 0));
    }

    pub(super) fn is(&mut self, word: Value, which: u64) -> Value {
        let which = self.int(which as i64);
        self.to.ins().icmp(IntCC::Equal, word, which)
    }

    /// Fails where a call did, else stops with a mark.
    pub(super) fn fail_or_stop(&mut self, came: Value, mark: u64) {
        let failed = self.is(came, FAULT);
        let (bad, good) = (self.to.create_block(), self.to.create_block());
        self.to.ins().brif(failed, bad, &[], good, &[]);
        self.to.switch_to_block(bad);
        self.to.seal_block(bad);
        self.fail();
        self.to.switch_to_block(good);
        self.to.seal_block(good);
        self.stop(mark);
    }

    /// The instruction at which the step at hand goes on once it has waited.
    pub(super) fn next(&mut self) -> Value {
        let pc = self.shorts.origin(self.at + 1);
        self.int(i64::from(pc))
    }

    pub(super) fn wait(&mut self, span: Value) {
        let next = self.next();
        let came = self.call_back(calls::wait as *const () as usize, &[span, next]);
        self.rest_or_not(came);
    }

    /// The turn waits with its frame at an address that came, fails or leaves.
    pub(super) fn rest_or_not(&mut self, came: Value) {
        let most = self.int(FAULT as i64);
        let waits = self.to.ins().icmp(IntCC::UnsignedGreaterThan, came, most);
        self.unless(waits, |own| own.fail_or_stop(came, 0));
        self.rest(came);
    }

    /// A value that its step finds in its own way.
    pub(super) fn value(&mut self, step: &Step) {
        self.spill();
        let address = self.int(std::ptr::from_ref(&self.shorts.steps[self.at]) as usize as i64);
        let came = self.call_back(calls::value as *const () as usize, &[self.file, address]);
        let done = self.is(came, DONE);
        self.unless(done, |own| own.fail());
        for at in flow::writes(step) {
            let word = self.to.ins().load(I64, SURE, self.file, i32::from(at) * 8);
            self.set(at, word);
        }
    }
}
