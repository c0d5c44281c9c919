//! The one place here that reads a clock: it decides who works, and never what happens.

use std::time::Instant;

/// Tells how long something took.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(now())
    }

    /// Seconds since the start or the last lap; starts again. About 30 ns.
    pub(crate) fn lap(&mut self) -> f64 {
        let now = now();
        let seconds = now.duration_since(self.0).as_secs_f64();
        self.0 = now;
        seconds
    }
}

#[allow(clippy::disallowed_methods, reason = "what it returns chooses among ways to the same bytes")]
fn now() -> Instant {
    Instant::now()
}
