//! What an event does to features and patterns.

use super::guard::Guard;
use super::{BELLS, Decision, Engine, EngineError, Event, Fed, Number, put};
use crate::pattern::{Pattern, Watch};
use std::cmp::Reverse;

impl Engine {
    /// Feeds an event to the features that want it.
    #[inline(always)]
    pub(super) fn remember(&mut self, event: &Event<'_>) -> Result<(), EngineError> {
        let base = self.base(event.profile);
        for at in 0..self.heard[event.kind as usize].feeds.len() {
            let feed = &self.heard[event.kind as usize].feeds[at];
            let (feature, first, words, number) = (feed.feature, base + feed.first, feed.words, feed.value);
            for show in &feed.shows {
                let row = &self.rows[base..base + self.layout.words];
                put(&mut self.view, 0, *show, row, (&self.book, &self.layout, self.now));
            }
            let passed = match &feed.checks {
                Some(checks) => checks.iter().all(|check| check.holds(&self.view, 0)),
                None => {
                    let test = self.book.features[feed.number as usize].test.clone();
                    self.passes(event, &test)?
                }
            };
            let value = match number {
                _ if feature.takes_all() => f64::from(u8::from(passed)),
                _ if !passed => continue,
                Some(number) => self.number(event, number)?,
                None => 1.0,
            };
            feature.feed(&mut self.rows[first..first + words], value, self.now);
        }
        Ok(())
    }

    /// Whether a test that is more than comparisons holds.
    fn passes(&mut self, event: &Event<'_>, test: &Guard) -> Result<bool, EngineError> {
        match test {
            Guard::Program(routine) => Ok(self.value(event.profile, *routine, event.words)? != 0),
            _ => Ok(true),
        }
    }

    /// A number of an event, as a real one.
    #[inline(always)]
    fn number(&mut self, event: &Event<'_>, number: Number) -> Result<f64, EngineError> {
        let word = match number.fed {
            Fed::Word(at) => event.words[at as usize],
            Fed::Routine(routine) => self.value(event.profile, routine, event.words)?,
        };
        Ok(if number.whole { word as i64 as f64 } else { f64::from_bits(word) })
    }

    /// Feeds an event to the patterns that look at it.
    pub(super) fn seek(&mut self, event: &Event<'_>) -> Result<(), EngineError> {
        let book = self.book.clone();
        let base = self.base(event.profile);
        for number in 0..self.heard[event.kind as usize].sought.len() {
            let pattern = self.heard[event.kind as usize].sought[number].0;
            let plan = &book.patterns[pattern as usize];
            let mut hits = 0;
            for (at, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.event == event.kind) {
                let passed = match &self.heard[event.kind as usize].sought[number].1[at] {
                    Some(checks) => checks.iter().all(|check| check.holds(&self.view, 0)),
                    None => self.passes(event, &step.test)?,
                };
                let passed = match step.worse {
                    None => passed,
                    // Kept for the next also where the test fails: it is compared with the event before.
                    Some((worse, value)) => {
                        let value = self.number(event, value)?;
                        let word = base + self.layout.patterns[pattern as usize].1[at];
                        worse.than_before(&mut self.rows[word], value) && passed
                    }
                };
                hits |= if passed { step.bits } else { 0 };
            }
            let first = base + self.layout.patterns[pattern as usize].0;
            let state = &mut self.rows[first..first + plan.pattern.words() as usize];
            let mut moments = Vec::new();
            let outcome = plan.pattern.feed(state, hits, self.now, &mut moments);
            let bell = base + self.layout.bells[pattern as usize];
            match outcome.watch {
                Watch::Same => {}
                Watch::Over => self.rows[bell] = 0,
                Watch::Until(due) => {
                    self.rows[bell] = due + 1;
                    self.timers.push(Reverse((due, event.profile, BELLS + pattern)));
                }
            }
            if outcome.matched {
                self.there(pattern, &moments);
            }
        }
        Ok(())
    }

    /// The span of an absence is over.
    pub(super) fn bell(&mut self, profile: u32, pattern: u16, decisions: &mut Vec<Decision>) -> Result<(), EngineError> {
        let book = self.book.clone();
        let plan = &book.patterns[pattern as usize];
        let first = self.base(profile) + self.layout.patterns[pattern as usize].0;
        let state = &mut self.rows[first..first + plan.pattern.words() as usize];
        let Some(since) = plan.pattern.ring(state) else { return Ok(()) };
        self.there(pattern, &[since]);
        for (_, words) in std::mem::take(&mut self.found) {
            self.hear(&Event { profile, kind: plan.event, at: self.now, words: &words }, decisions)?;
        }
        Ok(())
    }

    /// A pattern is there: it will be heard, with the moments of what was matched.
    fn there(&mut self, pattern: u16, moments: &[u64]) {
        let mut said = vec![moments.iter().copied().min().unwrap_or(self.now)];
        if matches!(self.book.patterns[pattern as usize].pattern, Pattern::All(_)) {
            said.extend_from_slice(moments);
        }
        self.found.push((pattern, said));
    }
}
