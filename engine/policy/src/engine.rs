//! A policy by itself: events in, decisions out, with no world around it.
//!
//! [`Playbook`] is the policy, compiled once. [`Engine`] holds what it keeps of each profile, a few words in one table, and
//! is fed events in the order of their time. What a policy does is handed out as calls of levers; whoever carries them out
//! tells what came of it by events, such as `answered` or `refused`.
//!
//! Timers that are due at the moment of an event, or before, ring first, in order of time, then of profile.

mod block;
mod decision;
mod guard;
mod heard;
mod index;
mod layout;
mod playbook;
mod remember;
mod rows;
mod saved;
mod tables;
mod turn;
mod view;

pub use decision::{Call, Cause, Decision, Lost};
pub use guard::{Guard, How, Test, Word};
pub use playbook::{
    Act, Asked, Carried, EventPlan, FeaturePlan, Fed, Known, Number, PatternPlan, Playbook, RulePlan, Sort, StatePlan, StepPlan,
    TimerPlan, UnknownPlan,
};
pub use saved::{Saved, SavedError};

use crate::verdict;
use block::Block;
use heard::{Heard, put};
use index::Index;
use layout::Layout;
use rehearsal_language::program::Routine;
use rehearsal_language::types::NONE;
use rows::Rows;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use thiserror::Error;
use view::{Check, LANES, Places, View};

/// Events whose rows are asked for at once; their rows have to fit into the nearest cache.
const NEAR: usize = 8 * LANES;

/// Words in a line of the cache.
const LINE: usize = 8;

/// From this number on timers are those of patterns that wait for a moment.
const BELLS: u16 = 1 << 15;

/// An event of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The profile, by number.
    pub profile: u32,
    /// Its sort, by number, see [`Playbook::event`].
    pub kind: u16,
    /// When it happened [ns since the start of the calendar]; not before the one that was fed last.
    pub at: u64,
    /// What it carries, as [`EventPlan::fields`] says.
    pub words: &'a [u64],
}

/// Why an event could not be dealt with.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EngineError {
    /// A number that no profile has.
    #[error("there is no profile {found}: there are {count}")]
    NoProfile {
        /// The number.
        found: u32,
        /// How many there are.
        count: u32,
    },
    /// A number that no sort of event has, or too few words.
    #[error("event {found} is none of this policy, or carries too little")]
    NoEvent {
        /// The number.
        found: u16,
    },
    /// Time would run backwards.
    #[error("an event of {at} ns after one of {now} ns: events are fed in the order of their time")]
    Late {
        /// Its moment.
        at: u64,
        /// That of the engine.
        now: u64,
    },
    /// The policy asks for something that has no meaning.
    #[error("profile {profile}: {what}")]
    Fault {
        /// The profile.
        profile: u32,
        /// The instruction, whose place [`Playbook::program`] knows.
        pc: u32,
        /// What went wrong.
        what: String,
    },
}

/// A policy at work.
#[derive(Clone, Debug)]
pub struct Engine {
    book: Arc<Playbook>,
    layout: Layout,
    places: Places,
    index: Index,
    /// The comparisons of each rule; `None` where its condition is a program.
    checks: Vec<Option<Vec<Check>>>,
    /// By event.
    heard: Vec<Heard>,
    /// What conditions look at.
    view: View,
    block: Block,
    rows: Rows,
    profiles: u32,
    now: u64,
    /// When, whose, and which timer of the state.
    timers: BinaryHeap<Reverse<(u64, u32, u16)>>,
    decisions: u64,
    /// How often each rule fired.
    fired: Vec<u64>,
    /// Whether events at which nothing was decided are told too.
    tells_all: bool,
    /// A row, a frame and an event as programs see them, while one runs.
    row: Vec<u64>,
    frame: Vec<u64>,
    event: Vec<u64>,
    /// What each feature is, while a program runs.
    values: Vec<u64>,
    /// Patterns that are there by the event at hand, with what they say.
    found: Vec<(u16, Vec<u64>)>,
}

impl Engine {
    /// An engine without profiles.
    #[must_use]
    pub fn new(book: Arc<Playbook>) -> Engine {
        let layout = Layout::of(&book);
        let places = Places::of(&book, &layout);
        let mut heard: Vec<Heard> =
            (0..book.events.len() as u16).map(|event| Heard::of(&book, &layout, &places, event)).collect();
        let checks: Vec<Option<Vec<Check>>> = book
            .rules
            .iter()
            .map(|rule| places.checks(&layout, &book, &rule.guard, rule.state, &mut heard[rule.event as usize].shows))
            .collect();
        heard.iter_mut().for_each(Heard::settle);
        let index = Index::of(&book, &checks);
        Engine {
            heard,
            view: places.view(),
            block: Block::default(),
            places,
            found: Vec::new(),
            values: Vec::new(),
            row: vec![NONE; book.row as usize],
            fired: vec![0; book.rules.len()],
            rows: Rows::default(),
            profiles: 0,
            now: 0,
            timers: BinaryHeap::new(),
            decisions: 0,
            tells_all: false,
            frame: Vec::new(),
            event: Vec::new(),
            layout,
            index,
            checks,
            book,
        }
    }

    /// The policy.
    #[must_use]
    pub fn book(&self) -> &Arc<Playbook> {
        &self.book
    }

    /// Bytes that one profile takes.
    #[must_use]
    pub fn bytes_per_profile(&self) -> usize {
        self.layout.words * size_of::<u64>()
    }

    /// How many profiles there are.
    #[must_use]
    pub fn profiles(&self) -> u32 {
        self.profiles
    }

    /// The moment up to which everything has been dealt with [ns since the start of the calendar].
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How often each rule fired, in the order of [`Playbook::rules`].
    #[must_use]
    pub fn fired(&self) -> &[u64] {
        &self.fired
    }

    /// Whether events at which rules looked and none fired are told too, as [`Cause::Nothing`].
    pub fn tell_all(&mut self, all: bool) {
        self.tells_all = all;
    }

    /// The state that a profile is in, by number.
    #[must_use]
    pub fn state(&self, profile: u32) -> u16 {
        self.rows[self.base(profile)] as u16
    }

    /// The value of a feature of a profile; `None` where it is missing.
    #[must_use]
    pub fn feature(&self, profile: u32, feature: u16) -> Option<u64> {
        let first = self.base(profile) + self.layout.features[feature as usize];
        let feature = self.book.features[feature as usize].feature;
        let word = feature.value(&self.rows[first..first + feature.words() as usize], self.now);
        (word != NONE).then_some(word)
    }

    /// Adds a profile of which these facts are known, in the order of [`Playbook::knows`], one word each and two for a slot;
    /// gives its number. It enters the first state at `at`.
    ///
    /// # Errors
    /// Where what the policy does at the start has no meaning; then there is no such profile.
    pub fn add(&mut self, at: u64, knows: &[u64], decisions: &mut Vec<Decision>) -> Result<u32, EngineError> {
        let profile = self.profiles;
        let base = self.rows.len();
        self.rows.add(self.layout.words);
        self.profiles += 1;
        self.know(profile, knows);
        self.now = self.now.max(at);
        let begun = self.begin(profile, decisions);
        if begun.is_err() {
            // Its timers stay in the queue and do not ring: no row says that they run.
            self.rows.truncate(base);
            self.profiles -= 1;
        }
        begun.map(|()| profile)
    }

    /// Changes what is known of a profile.
    pub fn know(&mut self, profile: u32, knows: &[u64]) {
        let base = self.base(profile);
        let row = &mut self.rows[base..base + self.layout.words];
        let mut from = 0;
        for (number, known) in self.book.knows.iter().enumerate() {
            let width = known.ty.width() as usize;
            self.layout.put_known(row, number, &knows[from..from + width]);
            from += width;
        }
    }

    /// Deals with events in their order.
    ///
    /// # Errors
    /// The first that could not be dealt with, by its number, and why; the rest is left.
    pub fn feed_all(&mut self, events: &[Event<'_>], decisions: &mut Vec<Decision>) -> Result<(), (usize, EngineError)> {
        let mut done = 0;
        for near in events.chunks(NEAR) {
            self.touch(near);
            let mut left = near;
            while let Some(first) = left.first() {
                let taken = match self.gather(left) {
                    0 => self.feed(first, decisions).map(|()| 1).map_err(|error| (0, error)),
                    count => self.deal(&left[..count], decisions).map(|()| count),
                };
                let taken = taken.map_err(|(at, error)| (done + at, error))?;
                done += taken;
                left = &left[taken..];
            }
        }
        Ok(())
    }

    /// Reads a word in each line of the rows that some events are about, so that waits for memory overlap. It changes nothing.
    fn touch(&self, events: &[Event<'_>]) {
        let mut sum = 0;
        for event in events {
            let base = self.base(event.profile);
            for at in (base..base + self.layout.words).step_by(LINE) {
                sum ^= self.rows.get(at).copied().unwrap_or(0);
            }
            sum ^= self.rows.get(base + self.layout.words - 1).copied().unwrap_or(0);
            sum ^= event.words.first().copied().unwrap_or(0);
        }
        std::hint::black_box(sum);
    }

    /// Deals with an event.
    ///
    /// # Errors
    /// [`EngineError`]; where the policy has a fault, what is remembered of the event stays remembered.
    #[inline]
    pub fn feed(&mut self, event: &Event<'_>, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        if event.profile >= self.profiles {
            return Err(EngineError::NoProfile { found: event.profile, count: self.profiles });
        }
        if self.book.events.get(event.kind as usize).is_none_or(|plan| event.words.len() < plan.words as usize) {
            return Err(EngineError::NoEvent { found: event.kind });
        }
        if event.at < self.now {
            return Err(EngineError::Late { at: event.at, now: self.now });
        }
        if self.rings_by(event.at) {
            self.advance(event.at, decisions)?;
        }
        self.now = event.at;
        self.hear(event, decisions)
    }

    /// An event feeds features, then patterns; then rules look at it. Patterns that are there by it are heard behind it.
    #[inline(always)]
    fn hear(&mut self, event: &Event<'_>, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        let base = self.base(event.profile);
        if self.heard[event.kind as usize].plain {
            self.block.bases[0] = base;
            return self.deal(&[*event], decisions).map_err(|(_, error)| error);
        }
        let first = self.places.event;
        let words = self.heard[event.kind as usize].words;
        self.view.write(first, 0, &event.words[..words]);
        self.remember(event)?;
        self.look(event.kind, base);
        self.seek(event)?;
        let found = std::mem::take(&mut self.found);
        let list = self.index.list(event.kind, self.rows[base] as u16, event.words);
        self.decide(event, (0, list), decisions)?;
        for (pattern, words) in found {
            let kind = self.book.patterns[pattern as usize].event;
            self.hear(&Event { profile: event.profile, kind, at: self.now, words: &words }, decisions)?;
        }
        Ok(())
    }

    /// Fills the view with what steps and rules look at besides the event.
    fn look(&mut self, kind: u16, base: usize) {
        let row = &self.rows[base..base + self.layout.words];
        for show in &self.heard[kind as usize].shows {
            put(&mut self.view, 0, *show, row, (&self.book, &self.layout, self.now));
        }
    }

    /// Whether a timer may ring at a moment, or before.
    #[inline(always)]
    fn rings_by(&self, at: u64) -> bool {
        self.timers.peek().is_some_and(|Reverse((due, ..))| *due <= at)
    }

    /// Lets time pass: timers that are due until then ring.
    ///
    /// # Errors
    /// Where what a timer does has no meaning; it counts as having rung.
    pub fn advance(&mut self, to: u64, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        while let Some(Reverse((due, profile, timer))) = self.timers.peek().copied().filter(|Reverse((due, ..))| *due <= to) {
            self.timers.pop();
            let at = self.base(profile) + self.timer_word(timer);
            if self.rows.get(at).is_some_and(|word| *word == due + 1) {
                self.now = self.now.max(due);
                self.rows[at] = 0;
                match timer.checked_sub(BELLS) {
                    Some(pattern) => self.bell(profile, pattern, decisions)?,
                    None => self.ring(profile, timer, decisions)?,
                }
            }
        }
        self.now = self.now.max(to);
        Ok(())
    }

    /// The word of a row that says when a timer rings.
    fn timer_word(&self, timer: u16) -> usize {
        match timer.checked_sub(BELLS) {
            Some(pattern) => self.layout.bells[pattern as usize],
            None => self.layout.timers + timer as usize,
        }
    }

    #[inline(always)]
    fn base(&self, profile: u32) -> usize {
        profile as usize * self.layout.words
    }

    /// The rules that can match an event, by their list, in order: the first whose condition holds fires.
    fn decide(
        &mut self,
        event: &Event<'_>,
        (lane, list): (usize, usize),
        decisions: &mut Vec<Decision>,
    ) -> Result<(), EngineError> {
        for chunk in 0..self.index.lists[list].chunks.len() {
            let mut open = self.index.lists[list].chunks[chunk].open(&self.view, lane);
            while open != 0 {
                let at = chunk * u64::BITS as usize + open.trailing_zeros() as usize;
                open &= open - 1;
                if self.wins(self.index.lists[list].rules[at], event, lane)? {
                    return self.fire((list, at), event, decisions);
                }
            }
        }
        let count = self.index.lists[list].rules.len();
        if self.tells_all && count > 0 {
            let lost = self.lost(event, list, count)?;
            decisions.push(Decision { number: 0, lost, ..self.blank(event.profile, Cause::Nothing, Some(event.kind)) });
        }
        Ok(())
    }

    /// Whether a rule fires at an event.
    fn wins(&mut self, rule: u16, event: &Event<'_>, lane: usize) -> Result<bool, EngineError> {
        let holds = match &self.checks[rule as usize] {
            Some(checks) => checks.iter().all(|check| check.holds(&self.view, lane)),
            None => self.holds_by_program(rule, event)?,
        };
        Ok(holds && self.book.rules[rule as usize].force.is_on(self.now) && self.rests(rule, event)?.is_none())
    }

    /// Why each of the first `count` rules of a list lost.
    fn lost(&mut self, event: &Event<'_>, list: usize, count: usize) -> Result<Vec<(u16, Lost)>, EngineError> {
        let rules = self.index.lists[list].rules[..count].to_vec();
        rules.into_iter().map(|rule| Ok((rule, self.why(rule, event)?))).collect()
    }

    /// Why a rule did not fire.
    fn why(&mut self, rule: u16, event: &Event<'_>) -> Result<Lost, EngineError> {
        let book = self.book.clone();
        let plan = &book.rules[rule as usize];
        if !plan.force.is_on(self.now) {
            return Ok(Lost::NotInForce(plan.force.from, plan.force.until));
        }
        if let Some(left) = self.rests(rule, event)? {
            return Ok(Lost::Cooldown(left));
        }
        let Some(unknown) = &plan.unknown else { return Ok(Lost::Condition) };
        if self.value(event.profile, unknown.fails, event.words)? != 0 {
            return Ok(Lost::Condition);
        }
        let mut missing = Vec::new();
        for (number, (_, present)) in (0..).zip(&unknown.missable) {
            if self.value(event.profile, *present, event.words)? == 0 {
                missing.push(number);
            }
        }
        Ok(Lost::Unknown(missing))
    }

    fn blank(&self, profile: u32, cause: Cause, event: Option<u16>) -> Decision {
        let state = self.state(profile);
        Decision {
            number: self.decisions,
            at: self.now,
            profile,
            cause,
            event,
            from: state,
            to: state,
            read: Vec::new(),
            lost: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// How much longer a rule rests after it fired \[ns\]; `None` where it may fire.
    fn rests(&mut self, rule: u16, event: &Event<'_>) -> Result<Option<u64>, EngineError> {
        let Some(at) = self.layout.rests[rule as usize] else { return Ok(None) };
        let fired = self.rows[self.base(event.profile) + at];
        let Some(span) = self.book.rules[rule as usize].again_after.filter(|_| fired != 0) else { return Ok(None) };
        let span = f64::from_bits(self.value(event.profile, span, event.words)?);
        Ok(verdict::rests(span, self.now.saturating_sub(fired - 1)))
    }

    /// The rule at a place of a list fires.
    #[cold]
    fn fire(&mut self, (list, at): (usize, usize), event: &Event<'_>, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        let rule = self.index.lists[list].rules[at];
        let base = self.base(event.profile);
        self.decisions += 1;
        self.fired[rule as usize] += 1;
        let mut lost = self.lost(event, list, at)?;
        let behind = &self.index.lists[list].rules[at + 1..];
        lost.extend(behind.iter().map(|behind| (*behind, Lost::Outranked(rule))));
        let mut decision = Decision { lost, ..self.blank(event.profile, Cause::Rule(rule), Some(event.kind)) };
        let book = self.book.clone();
        for (_, ty, routine) in &book.rules[rule as usize].reads {
            decision.read.push(self.values(event.profile, *routine, ty.width(), event.words)?);
        }
        if let Some(rests) = self.layout.rests[rule as usize] {
            self.rows[base + rests] = self.now + 1;
        }
        let body = book.rules[rule as usize].body;
        self.act(body, event.words, decision, decisions)
    }

    fn ring(&mut self, profile: u32, timer: u16, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        self.decisions += 1;
        let decision = self.blank(profile, Cause::Timer(timer), None);
        let book = self.book.clone();
        let plan = &book.states[decision.from as usize].timers[timer as usize];
        if plan.again {
            self.set_timer(profile, timer, plan)?;
        }
        self.act(plan.body, &[], decision, decisions)
    }

    /// Whether the condition of a rule holds that is more than comparisons.
    fn holds_by_program(&mut self, rule: u16, event: &Event<'_>) -> Result<bool, EngineError> {
        match self.book.rules[rule as usize].guard {
            Guard::Program(routine) => Ok(self.value(event.profile, routine, event.words)? != 0),
            _ => Ok(true),
        }
    }

    /// A value that a routine gives.
    fn value(&mut self, profile: u32, routine: Routine, event: &[u64]) -> Result<u64, EngineError> {
        Ok(self.values(profile, routine, 1, event)?[0])
    }
}
