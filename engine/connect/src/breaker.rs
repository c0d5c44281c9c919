//! A circuit breaker: an endpoint that fails again and again is left alone for a while.
//!
//! It reads no clock: who asks says what time it is.

use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// When a connector stops trying, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPlan {
    /// So many failures in a row open it; 0 means never.
    pub failures: u32,
    /// So long nothing is tried, then one.
    pub open_for: Duration,
}

/// What a breaker lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything.
    #[default]
    Closed,
    /// Nothing.
    Open,
    /// One, to see whether the endpoint is back.
    HalfOpen,
}

#[derive(Clone, Copy, Debug)]
enum Now {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen,
}

/// The breaker of one connector.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    plan: BreakerPlan,
    now: Now,
}

impl Breaker {
    pub(crate) fn new(plan: BreakerPlan) -> Self {
        Self { plan, now: Now::Closed { failures: 0 } }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.now {
            Now::Closed { .. } => BreakerState::Closed,
            Now::Open { .. } => BreakerState::Open,
            Now::HalfOpen => BreakerState::HalfOpen,
        }
    }

    /// `Ok` if something may be tried; else when to ask again, or nothing while a trial is on its way.
    pub(crate) fn admits(&self, now: Instant) -> Result<(), Option<Instant>> {
        match self.now {
            Now::Open { until } if now < until => Err(Some(until)),
            Now::HalfOpen => Err(None),
            Now::Closed { .. } | Now::Open { .. } => Ok(()),
        }
    }

    /// Something that was admitted is on its way.
    pub(crate) fn tried(&mut self) {
        if matches!(self.now, Now::Open { .. }) {
            self.now = Now::HalfOpen;
        }
    }

    /// The endpoint answered.
    pub(crate) fn answered(&mut self) {
        if !matches!(self.now, Now::Open { .. }) {
            self.now = Now::Closed { failures: 0 };
        }
    }

    /// The endpoint failed.
    pub(crate) fn failed(&mut self, now: Instant) {
        match &mut self.now {
            Now::Closed { failures } => {
                *failures = failures.saturating_add(1);
                if self.plan.failures > 0 && *failures >= self.plan.failures {
                    self.now = Now::Open { until: now + self.plan.open_for };
                }
            }
            Now::HalfOpen => self.now = Now::Open { until: now + self.plan.open_for },
            Now::Open { .. } => {}
        }
    }

    /// The trial came to nothing that says how the endpoint is.
    pub(crate) fn unknown(&mut self, now: Instant) {
        if matches!(self.now, Now::HalfOpen) {
            self.now = Now::Open { until: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_lets_one_through_and_closes() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(BreakerPlan { failures: 3, open_for: Duration::from_secs(10) });
        breaker.failed(start);
        breaker.failed(start);
        breaker.answered();
        breaker.failed(start);
        breaker.failed(start);
        assert_eq!(breaker.state(), BreakerState::Closed, "an answer begins the row anew");
        breaker.failed(start);
        assert_eq!((breaker.state(), breaker.admits(after(9))), (BreakerState::Open, Err(Some(after(10)))));
        assert_eq!(breaker.admits(after(10)), Ok(()));
        breaker.tried();
        assert_eq!((breaker.state(), breaker.admits(after(10))), (BreakerState::HalfOpen, Err(None)));
        breaker.failed(after(11));
        assert_eq!(breaker.admits(after(20)), Err(Some(after(21))));
        breaker.tried();
        breaker.answered();
        assert_eq!((breaker.state(), breaker.admits(after(20))), (BreakerState::Closed, Ok(())));
    }

    #[test]
    fn a_trial_that_says_nothing_is_followed_by_another() {
        let start = Instant::now();
        let mut breaker = Breaker::new(BreakerPlan { failures: 1, open_for: Duration::ZERO });
        breaker.failed(start);
        breaker.tried();
        breaker.unknown(start);
        assert_eq!(breaker.admits(start), Ok(()));
    }
}
