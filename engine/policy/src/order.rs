//! Events of a stream from outside, put in order: late ones are given back, and so are those that came before.
//!
//! A [`Reorder`] holds events back until nothing earlier may still come: until an event is seen that is later by more than
//! the lateness that is allowed. What it releases is in the order of time, and of source and number at one moment, whatever
//! the order in which it came. Inside a run nothing is late, so nothing of this is needed there.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a stream may be out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disorder {
    /// How much later than the newest an event may come \[ns\].
    pub lateness: u64,
    /// How far back events are told from those that came before \[ns\]; at least the lateness.
    pub repeats: u64,
    /// How many events are held back at most, and how many that were taken are known again at most.
    pub room: usize,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission<E> {
    /// It was taken, and is released when its time has come.
    Taken,
    /// It is behind what is already released, or later than allowed.
    Late(E),
    /// One of the same source and number was taken before.
    Repeated(E),
}

/// What came before: events of the same source and number are the same event.
///
/// What it holds is bounded; what is too old is forgotten. Cost: the logarithm of what is held, for each event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "K: Serialize", deserialize = "K: Ord + DeserializeOwned"))]
pub struct Repeats<K: Ord> {
    /// How far back it remembers \[ns\].
    span: u64,
    /// How many it remembers at most.
    room: usize,
    /// What was taken, and its time; and the same by time.
    #[serde(with = "pairs")]
    known: BTreeMap<K, u64>,
    by_age: BTreeSet<(u64, K)>,
}

impl<K: Ord + Clone> Repeats<K> {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(span: u64, room: usize) -> Repeats<K> {
        Repeats { span, room, known: BTreeMap::new(), by_age: BTreeSet::new() }
    }

    /// Whether it came before.
    pub fn knows(&self, key: &K) -> bool {
        self.known.contains_key(key)
    }

    /// Keeps in mind what came at `time` \[ns\], and forgets what is too old when it is `newest`, or the oldest where there
    /// are too many.
    pub fn remember(&mut self, time: u64, key: K, newest: u64) {
        self.known.insert(key.clone(), time);
        self.by_age.insert((time, key));
        let since = newest.saturating_sub(self.span);
        while self.by_age.first().is_some_and(|(time, _)| *time < since || self.by_age.len() > self.room) {
            if let Some((_, key)) = self.by_age.pop_first() {
                self.known.remove(&key);
            }
        }
    }
}

/// A buffer that puts events in order.
///
/// `K` is who an event is from and its number there, in this order; with its time it decides the order. Events with the
/// same `K` are the same event. What it holds is bounded by [`Disorder::room`]: where more events are held back, the
/// first ones are released early, and what comes behind those is late.
///
/// Cost: the logarithm of what is held, for each event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "K: Serialize, E: Serialize", deserialize = "K: Ord + DeserializeOwned, E: DeserializeOwned"))]
pub struct Reorder<K: Ord, E> {
    allowed: Disorder,
    /// The largest time seen \[ns\].
    newest: Option<u64>,
    /// The last that was released.
    released: Option<(u64, K)>,
    #[serde(with = "pairs")]
    waiting: BTreeMap<(u64, K), E>,
    repeats: Repeats<K>,
}

impl<K: Ord + Clone, E> Reorder<K, E> {
    /// An empty buffer.
    #[must_use]
    pub fn new(allowed: Disorder) -> Reorder<K, E> {
        let repeats = Repeats::new(allowed.repeats, allowed.room);
        Reorder { allowed, newest: None, released: None, waiting: BTreeMap::new(), repeats }
    }

    /// Before this moment nothing more is taken \[ns\]: the largest time seen, less the lateness.
    #[must_use]
    pub fn watermark(&self) -> u64 {
        self.newest.unwrap_or(0).saturating_sub(self.allowed.lateness)
    }

    /// How many events are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.len()
    }

    /// Takes an event that happened at `time` \[ns\], or gives it back.
    pub fn push(&mut self, time: u64, key: K, event: E) -> Admission<E> {
        if self.repeats.knows(&key) {
            return Admission::Repeated(event);
        }
        let place = (time, key);
        if time < self.watermark() || self.released.as_ref().is_some_and(|released| place <= *released) {
            return Admission::Late(event);
        }
        self.newest = self.newest.max(Some(time));
        self.repeats.remember(time, place.1.clone(), self.newest.unwrap_or(time));
        self.waiting.insert(place, event);
        Admission::Taken
    }

    /// The next event, with its time \[ns\] and key, if nothing may come before it any more.
    pub fn pop(&mut self) -> Option<(u64, K, E)> {
        let due = self.waiting.first_key_value().is_some_and(|((time, _), _)| *time < self.watermark());
        if due || self.waiting.len() > self.allowed.room { self.release() } else { None }
    }

    /// The next event at the end of a stream, when nothing more can come.
    pub fn finish(&mut self) -> Option<(u64, K, E)> {
        self.release()
    }

    fn release(&mut self) -> Option<(u64, K, E)> {
        let ((time, key), event) = self.waiting.pop_first()?;
        self.released = Some((time, key.clone()));
        Some((time, key, event))
    }
}

/// Maps as lists of pairs, for formats whose keys are texts.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'d, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Ord + Deserialize<'d>,
        V: Deserialize<'d>,
        D: Deserializer<'d>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Disorder = Disorder { lateness: 10, repeats: 20, room: 100 };

    #[test]
    fn what_is_just_within_the_lateness_is_taken_and_what_is_beyond_comes_back() {
        let mut order = Reorder::new(ALLOWED);
        assert_eq!(order.push(50, ("a", 1), "first"), Admission::Taken);
        assert_eq!(order.push(40, ("a", 2), "just in time"), Admission::Taken);
        assert_eq!(order.push(39, ("a", 3), "late"), Admission::Late("late"));
        // At the watermark another may still come.
        assert_eq!(order.pop(), None);
        assert_eq!(order.push(51, ("b", 1), "later"), Admission::Taken);
        assert_eq!(order.pop(), Some((40, ("a", 2), "just in time")));
        assert_eq!(order.pop(), None);
    }

    #[test]
    fn what_came_before_comes_back_until_it_is_forgotten() {
        let mut order = Reorder::new(ALLOWED);
        order.push(50, ("a", 1), ());
        assert_eq!(order.push(55, ("a", 1), ()), Admission::Repeated(()));
        order.push(71, ("a", 2), ());
        assert_eq!(order.push(72, ("a", 1), ()), Admission::Taken);
    }

    #[test]
    fn where_there_is_no_more_room_the_first_are_released_early() {
        let mut order = Reorder::new(Disorder { room: 2, ..ALLOWED });
        for (time, number) in [(5, 1), (4, 2), (6, 3)] {
            order.push(time, number, ());
        }
        assert_eq!(order.pop(), Some((4, 2, ())));
        assert_eq!(order.pop(), None);
        // It would have been in time, but its place is behind what was released.
        assert_eq!(order.push(3, 4, ()), Admission::Late(()));
    }
}
