//! What a policy does: programs run, levers are called, states are left and entered.

use super::decision::{Call, Decision};
use super::playbook::{Act, Asked, Playbook, TimerPlan};
use super::tables::Looked;
use super::{Engine, EngineError};
use rehearsal_kernel::Duration;
use rehearsal_language::law::Shape;
use rehearsal_language::program::{Law, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Exit, Host, Memory, Outlook, Words};
use std::cmp::Reverse;

/// States that may follow each other at one moment before a policy is said to go in circles.
const STATES_MAX: usize = 64;

/// Where a program leads to: the state, and the values that it takes.
type Next = Option<(u16, Vec<u64>)>;

impl Engine {
    /// The words that a routine gives.
    pub(super) fn values(&mut self, profile: u32, routine: Routine, width: u16, event: &[u64]) -> Result<Vec<u64>, EngineError> {
        let mut found = vec![NONE; width as usize];
        self.run(profile, routine, event, None, |memory| {
            for (at, word) in (0..).zip(&mut found) {
                *word = memory.get(Operand(routine.result).offset(at));
            }
        })?;
        Ok(found)
    }

    /// Carries out what a decision leads to, and tells it.
    pub(super) fn act(
        &mut self,
        body: Routine,
        event: &[u64],
        mut decision: Decision,
        decisions: &mut Vec<Decision>,
    ) -> Result<(), EngineError> {
        let profile = decision.profile;
        let mut next = self.run(profile, body, event, Some(&mut decision.calls), |_| {})?;
        for _ in 0..STATES_MAX {
            let Some((state, taken)) = next else {
                decision.to = self.state(profile);
                decisions.push(decision);
                return Ok(());
            };
            next = self.go(profile, state, &taken, &mut decision.calls)?;
        }
        let pc = body.start;
        let what = format!("more than {STATES_MAX} states follow each other at one moment: the policy goes in circles");
        Err(EngineError::Fault { profile, pc, what })
    }

    /// A profile enters the first state.
    pub(super) fn begin(&mut self, profile: u32, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        let mut calls = Vec::new();
        let base = self.base(profile);
        self.rows[base] = u64::from(self.book.initial);
        for (plan, first) in self.book.features.iter().zip(&self.layout.features) {
            let first = base + *first;
            plan.feature.start(&mut self.rows[first..first + plan.feature.words() as usize]);
        }
        let mut next = self.enter(profile, &mut calls)?;
        for _ in 0..STATES_MAX {
            let Some((state, taken)) = next else { break };
            next = self.go(profile, state, &taken, &mut calls)?;
        }
        if !calls.is_empty() {
            decisions.push(Decision { calls, ..self.blank(profile, super::Cause::Nothing, None) });
        }
        Ok(())
    }

    /// Leaves the state and enters another.
    fn go(&mut self, profile: u32, state: u16, taken: &[u64], calls: &mut Vec<Call>) -> Result<Next, EngineError> {
        let base = self.base(profile);
        let old = self.state(profile) as usize;
        if let Some(exit) = self.book.states[old].exit {
            self.run(profile, exit, &[], Some(calls), |_| {})?;
        }
        let stay = (self.rows[base] >> 16) + 1;
        self.rows[base] = stay << 16 | u64::from(state);
        let first = base + self.layout.timers;
        let timers = self.book.states.iter().map(|state| state.timers.len()).max().unwrap_or(0);
        self.rows[first..first + timers].fill(0);
        let first = base + self.layout.taken;
        self.rows[first..first + taken.len()].copy_from_slice(taken);
        self.enter(profile, calls)
    }

    fn enter(&mut self, profile: u32, calls: &mut Vec<Call>) -> Result<Next, EngineError> {
        let book = self.book.clone();
        let state = &book.states[self.state(profile) as usize];
        if let Some(entry) = state.entry {
            self.run(profile, entry, &[], Some(calls), |_| {})?;
        }
        for (number, timer) in (0..).zip(&state.timers) {
            self.set_timer(profile, number, timer)?;
        }
        match state.process {
            Some(process) => self.run(profile, process, &[], Some(calls), |_| {}),
            None => Ok(None),
        }
    }

    pub(super) fn set_timer(&mut self, profile: u32, number: u16, timer: &TimerPlan) -> Result<(), EngineError> {
        let word = self.values(profile, timer.delay, 1, &[])?[0];
        let fault = |what: String| EngineError::Fault { profile, pc: timer.delay.start, what };
        let due = if timer.moment {
            Some(word)
        } else {
            let span = Duration::from_seconds(f64::from_bits(word)).map_err(|error| fault(error.to_string()))?;
            self.now.checked_add(span.as_ns())
        };
        let due = due.filter(|due| *due < u64::MAX).ok_or_else(|| fault("a timer beyond the end of time".into()))?;
        let base = self.base(profile);
        self.rows[base + self.layout.timers + number as usize] = due + 1;
        self.timers.push(Reverse((due, profile, number)));
        Ok(())
    }

    /// Runs a routine to its end; with `calls` it may act, and gives the state that it leads to.
    fn run(
        &mut self,
        profile: u32,
        routine: Routine,
        event: &[u64],
        mut calls: Option<&mut Vec<Call>>,
        at_end: impl FnOnce(&Memory<'_>),
    ) -> Result<Next, EngineError> {
        self.show(profile);
        self.frame.clear();
        self.frame.resize(routine.frame as usize, 0);
        self.event.clear();
        self.event.extend_from_slice(event);
        let book = self.book.clone();
        let program = &book.program;
        let memory = Memory::new(
            vm::words(&mut self.frame),
            vm::words(&mut self.row),
            vm::words(&mut self.event),
            program,
            self.now,
            u64::from(profile),
        );
        let fault = |fault: Box<vm::Fault>| EngineError::Fault { profile, pc: fault.pc, what: fault.what };
        let mut pc = routine.start;
        loop {
            pc = vm::run(program, pc, &memory, &mut Alone).map_err(fault)? as u32;
            match program.exit(pc) {
                Exit::Done => break,
                Exit::Outside => {
                    let mut view = View { memory, book: &book, values: &self.values };
                    vm::outside(program, pc, &mut view).map_err(fault)?;
                }
                Exit::Effect(id) => {
                    let words = |from: Operand, count: u16| (0..count).map(move |at| memory.get(from.offset(at)));
                    match &book.acts[id as usize] {
                        Act::Goto { state, with } => {
                            let takes = &book.states[*state as usize].takes;
                            let mut taken = vec![NONE; takes.len()];
                            for (from, count, to) in with {
                                let first = takes.iter().position(|slot| slot == to).unwrap_or(0);
                                for (place, word) in taken[first..].iter_mut().zip(words(*from, *count)) {
                                    *place = word;
                                }
                            }
                            return Ok(Some((*state, taken)));
                        }
                        Act::LookUp { table, with, words: count, into, found } => {
                            let mut given = vec![NONE; *count as usize];
                            for (from, count, to) in with {
                                for (place, word) in given[*to as usize..].iter_mut().zip(words(*from, *count)) {
                                    *place = word;
                                }
                            }
                            let looked = Looked { book: &book, values: &self.values, now: self.now, profile };
                            let out = looked.up(*table, &given, pc)?;
                            memory.set(*found, u64::from(out.is_some()));
                            for (at, word) in (0..).zip(out.iter().flatten()) {
                                memory.set(into.offset(at), *word);
                            }
                        }
                        Act::Call { with, .. } => {
                            let words = with.iter().flat_map(|(_, ty, from)| words(*from, ty.width())).collect();
                            if let Some(calls) = calls.as_deref_mut() {
                                calls.push(Call { act: id, words });
                            }
                        }
                    }
                }
            }
            pc += 1;
        }
        at_end(&memory);
        Ok(None)
    }

    /// Writes what is kept of a profile to where programs read it.
    fn show(&mut self, profile: u32) {
        let base = self.base(profile);
        let row = &self.rows[base..base + self.layout.words];
        self.values.clear();
        for (plan, first) in self.book.features.iter().zip(&self.layout.features) {
            let state = &row[*first..*first + plan.feature.words() as usize];
            let value = plan.feature.value(state, self.now);
            self.row[plan.slot as usize] = value;
            self.values.push(value);
        }
        for (number, known) in self.book.knows.iter().enumerate() {
            for at in 0..known.ty.width() as usize {
                self.row[known.slot as usize + at] = self.layout.known(row, number, at);
            }
        }
        for (at, slot) in self.book.states[row[0] as u16 as usize].takes.iter().enumerate() {
            self.row[*slot as usize] = row[self.layout.taken + at];
        }
    }
}

/// No chance and no world: what a policy that stands alone cannot ask for.
pub(super) struct Alone;

const NO_CHANCE: &str = "a policy that stands alone draws no lots";

impl Host for Alone {
    fn draw(&mut self, _: &Words, _: Law, _: u16, _: [f64; 3]) -> Result<f64, String> {
        Err(NO_CHANCE.into())
    }
    fn draw_shaped(&mut self, _: &Words, _: Shape, _: Law, _: u16, _: [f64; 5]) -> Result<f64, String> {
        Err(NO_CHANCE.into())
    }
    fn bits(&mut self, _: &Words, _: u16) -> u64 {
        0
    }
    fn count(&mut self, _: &Words, _: u16) -> u32 {
        0
    }
    fn member(&mut self, _: &Words, _: u16, _: u16) -> Result<u64, String> {
        Err("a policy that stands alone knows no groups".into())
    }
    fn effect(&mut self, _: &Memory<'_>, _: u32) -> Result<bool, String> {
        Ok(false)
    }
}

/// What a program may ask beyond its own words: dates, and features that depend on the moment.
pub(super) struct View<'a> {
    pub(super) memory: Memory<'a>,
    pub(super) book: &'a Playbook,
    /// What each feature is now.
    pub(super) values: &'a [u64],
}

impl Outlook for View<'_> {
    fn word(&self, at: Operand) -> u64 {
        self.memory.get(at)
    }
    fn put(&mut self, at: Operand, word: u64) {
        self.memory.set(at, word);
    }
    fn field(&self, _: u64, _: u16) -> Option<u64> {
        None
    }
    fn kind(&self, _: u64) -> Option<u16> {
        None
    }
    fn in_state(&self, _: u64, _: u16, _: u16) -> Option<bool> {
        None
    }
    fn call(&mut self, f: u16, at: u16) -> Result<(), String> {
        let at = Operand(at);
        let word = match &self.book.functions[f as usize] {
            Asked::Civil(civil) => civil.of(&self.book.calendar, self.memory.now, self.memory.get(at)),
            Asked::Feature(feature) => self.values[*feature as usize],
            Asked::World => return Err("this asks for a world, and the policy stands alone".into()),
        };
        self.memory.set(at, word);
        Ok(())
    }
}
