//! An engine as data, to be kept between two streams, and back.

use super::playbook::Playbook;
use super::rows::Rows;
use super::{BELLS, Engine};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::sync::Arc;
use thiserror::Error;

/// What is kept of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    words: u32,
    profiles: u32,
    now: u64,
    decisions: u64,
    fired: Vec<u64>,
    timers: Vec<(u64, u32, u16)>,
    rows: Vec<u64>,
}

/// Why something saved does not fit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("what was kept is of another form of policy `{policy}`: begin anew, or use the policy it was kept with")]
pub struct SavedError {
    policy: String,
}

impl Engine {
    /// What decides how the engine goes on; equal engines give equal data.
    #[must_use]
    pub fn save(&self) -> Saved {
        let mut timers: Vec<(u64, u32, u16)> = self.timers.iter().map(|Reverse(timer)| *timer).collect();
        timers.sort_unstable();
        // A timer that was stopped is still in the queue; it would not ring.
        timers.retain(|(due, profile, timer)| self.rows[self.base(*profile) + self.timer_word(*timer)] == due + 1);
        timers.dedup();
        Saved {
            words: self.layout.words as u32,
            profiles: self.profiles,
            now: self.now,
            decisions: self.decisions,
            fired: self.fired.clone(),
            timers,
            rows: self.rows.to_vec(),
        }
    }

    /// The engine that was saved.
    ///
    /// # Errors
    /// Where it was saved with another form of the policy.
    pub fn restore(book: Arc<Playbook>, saved: Saved) -> Result<Engine, SavedError> {
        let mut engine = Engine::new(book);
        let rows = (saved.profiles as usize).checked_mul(engine.layout.words);
        let states = engine.book.states.len() as u64;
        let timers = engine.book.states.iter().map(|state| state.timers.len()).max().unwrap_or(0);
        let bells = engine.book.patterns.len();
        let known = |timer: u16| timer.checked_sub(BELLS).map_or((timer as usize) < timers, |bell| (bell as usize) < bells);
        let fits = saved.words as usize == engine.layout.words
            && rows == Some(saved.rows.len())
            && saved.fired.len() == engine.fired.len()
            && saved.rows.chunks(engine.layout.words).all(|row| row[0] & 0xffff < states)
            && saved.timers.iter().all(|(_, profile, timer)| *profile < saved.profiles && known(*timer));
        if !fits {
            return Err(SavedError { policy: engine.book.name.clone() });
        }
        engine.timers = saved.timers.into_iter().map(Reverse).collect();
        (engine.rows, engine.profiles) = (Rows::of(&saved.rows, saved.rows.len()), saved.profiles);
        (engine.now, engine.decisions, engine.fired) = (saved.now, saved.decisions, saved.fired);
        Ok(engine)
    }
}
