//! The course of deliveries of one connector: what is begun when, what is tried again, what is given up.
//!
//! It reads no clock and does nothing: its actor asks what to do at a moment and says what came of it.

use crate::backoff::Backoff;
use crate::breaker::{Breaker, BreakerState};
use crate::outgoing::Outgoing;
use crate::plan::ConnectorPlan;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait that an endpoint may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was confirmed.
    Delivered,
    /// It may work later.
    Later {
        reason: String,
        /// How long the endpoint asks to wait.
        after: Option<Duration>,
        /// Whether the endpoint is well and merely busy.
        busy: bool,
    },
    /// It will never work: the endpoint refuses it.
    Refused(String),
    /// It will never work: it could not even be put into a form that can be sent.
    Unfit(String),
}

impl Outcome {
    /// The endpoint failed.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), after: None, busy: false }
    }
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send this one.
    Send(u64),
    /// Take the next from the queue and begin it.
    Take,
    /// Nothing until then, or until something is said.
    Wait(Option<Instant>),
}

/// What becomes of an event after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Delivered,
    Again { reason: String },
    Dead { reason: String, attempts: u32 },
}

struct Flight {
    event: Rc<Outgoing>,
    attempts: u32,
    /// When its next attempt is due; nothing while one is under way.
    due: Option<Instant>,
}

/// See the module.
pub(crate) struct Course {
    attempts: u32,
    in_flight: usize,
    backoff: Backoff,
    breaker: Breaker,
    /// The endpoint asked to be left alone until then.
    held: Option<Instant>,
    /// By place in the queue.
    flights: BTreeMap<u64, Flight>,
}

impl Course {
    pub(crate) fn new(plan: &ConnectorPlan) -> Self {
        Self {
            attempts: plan.attempts,
            in_flight: plan.in_flight,
            backoff: Backoff { first: plan.first_wait, longest: plan.longest_wait },
            breaker: Breaker::new(plan.breaker),
            held: None,
            flights: BTreeMap::new(),
        }
    }

    pub(crate) fn breaker(&self) -> BreakerState {
        self.breaker.state()
    }

    /// How many were begun and are not done.
    pub(crate) fn begun(&self) -> usize {
        self.flights.len()
    }

    /// How many attempts are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.flights.values().filter(|flight| flight.due.is_none()).count()
    }

    /// What to do at `now`; `more` says whether the queue holds something.
    pub(crate) fn next(&self, now: Instant, more: bool) -> Step {
        if let Some(held) = self.held.filter(|held| now < *held) {
            return Step::Wait(Some(held));
        }
        if let Err(until) = self.breaker.admits(now) {
            return Step::Wait(until);
        }
        // A trial is one event: the oldest that waits, whether it is due or not.
        let trial = self.breaker.state() == BreakerState::Open;
        let ready = |flight: &Flight| flight.due.is_some_and(|due| trial || due <= now);
        if let Some((place, _)) = self.flights.iter().find(|(_, flight)| ready(flight)) {
            return Step::Send(*place);
        }
        if more && self.flights.len() < self.in_flight {
            return Step::Take;
        }
        Step::Wait(self.flights.values().filter_map(|flight| flight.due).min())
    }

    /// The event at `place` of the queue was taken; it is due at once.
    pub(crate) fn begin(&mut self, place: u64, event: Outgoing, now: Instant) {
        self.flights.insert(place, Flight { event: Rc::new(event), attempts: 0, due: Some(now) });
    }

    /// An attempt with the event at `place` begins.
    pub(crate) fn send(&mut self, place: u64) -> Option<Rc<Outgoing>> {
        let flight = self.flights.get_mut(&place)?;
        flight.due = None;
        flight.attempts += 1;
        self.breaker.tried();
        Some(Rc::clone(&flight.event))
    }

    /// The event at `place`, if it was begun and is not done.
    pub(crate) fn event(&self, place: u64) -> Option<Rc<Outgoing>> {
        self.flights.get(&place).map(|flight| Rc::clone(&flight.event))
    }

    /// What came of the attempt with the event at `place`.
    pub(crate) fn came(&mut self, place: u64, outcome: Outcome, now: Instant) -> Option<Verdict> {
        let flight = self.flights.get_mut(&place)?;
        match &outcome {
            Outcome::Delivered | Outcome::Refused(_) | Outcome::Later { busy: true, .. } => self.breaker.answered(),
            Outcome::Later { .. } => self.breaker.failed(now),
            Outcome::Unfit(_) => self.breaker.unknown(now),
        }
        let attempts = flight.attempts;
        let verdict = match outcome {
            Outcome::Delivered => Verdict::Delivered,
            Outcome::Refused(reason) | Outcome::Unfit(reason) => Verdict::Dead { reason, attempts },
            Outcome::Later { reason, after, .. } => {
                let asked = after.map(|after| after.min(LONGEST_ASKED));
                if let Some(asked) = asked {
                    self.held = self.held.max(Some(now + asked));
                }
                if attempts >= self.attempts {
                    Verdict::Dead { reason: format!("given up after {attempts} attempts; the last: {reason}"), attempts }
                } else {
                    let wait = self.backoff.wait(&flight.event.key, attempts).max(asked.unwrap_or_default());
                    flight.due = Some(now + wait);
                    Verdict::Again { reason }
                }
            }
        };
        if !matches!(verdict, Verdict::Again { .. }) {
            self.flights.remove(&place);
        }
        Some(verdict)
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
