//! How fast events come: counts, looked at once a second.

use super::{Shared, State};
use crate::service::Status;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The span over which a rate is told.
const SPAN: Duration = Duration::from_secs(60);

/// Counts of the last minute: when, and how many were taken, repeated and put aside by then.
#[derive(Debug, Default)]
pub(super) struct Rates {
    seen: Mutex<VecDeque<(Instant, [u64; 3])>>,
}

impl Rates {
    fn look(&self, status: &Status) {
        let counts = [&status.taken, &status.repeated, &status.refused].map(|count| count.load(Relaxed));
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push_back((now, counts));
        while seen.len() > 2 && seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            seen.pop_front();
        }
    }

    /// Events a second that were taken, known already and put aside; zero before there are two looks.
    pub(super) fn per_second(&self, status: &Status) -> [f64; 3] {
        self.look(status);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some((first, before)), Some((last, now))) = (seen.front(), seen.back()) else { return [0.0; 3] };
        // Before a second has passed, what came counts for a whole one.
        let span = last.duration_since(*first).as_secs_f64().max(1.0);
        let rate = |at: usize| now[at].saturating_sub(before[at]) as f64 / span;
        [rate(0), rate(1), rate(2)]
    }

    /// Events that were taken in each second of the last minute, the latest last.
    pub(super) fn course(&self) -> Vec<u64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((last, _)) = seen.back() else { return Vec::new() };
        let mut course = vec![0; SPAN.as_secs() as usize];
        for (before, after) in seen.iter().zip(seen.iter().skip(1)) {
            let ago = last.duration_since(after.0).as_secs() as usize;
            if let Some(place) = course.len().checked_sub(ago + 1) {
                course[place] += after.1[0].saturating_sub(before.1[0]);
            }
        }
        course
    }
}

/// Looks once a second, for as long as there is somebody who may ask.
pub(super) fn watch(state: &State) {
    let (shared, status): (Weak<Shared>, _) = (Arc::downgrade(&state.shared), state.service.status.clone());
    actix::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(1));
        loop {
            every.tick().await;
            let Some(shared) = shared.upgrade() else { return };
            shared.rates.look(&status);
        }
    });
}
