//! The event queue: a monotone radix heap with inline events.
//!
//! An event waits in the bucket of the highest bit in which its time differs from the time of
//! the last event popped. Only when everything nearer is used up, the nearest bucket is spread
//! over the buckets below it, so an event moves at most 64 times, and in fact a few: near events
//! are handled in place, far events are not touched. It never compares two far events.
//!
//! The events of the earliest time form the batch, sorted once by (microstep, sender, sequence).
//! An event pushed at the current time is appended to the batch where that keeps it sorted, and
//! otherwise waits in a small binary heap beside it: an instant with a million zero-delay
//! messages stays far from quadratic.
//!
//! It is not a general priority queue: time only moves forward, see [`Queue::push`].
//!
//! # Source
//!
//! R. K. Ahuja, K. Mehlhorn, J. B. Orlin and R. E. Tarjan, "Faster algorithms for the shortest
//! path problem", Journal of the ACM 37(2), 1990 (radix heaps).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::event::Event;
use crate::time::Time;

const BUCKETS: usize = u64::BITS as usize;

/// Pending events, handed out in the order of [`Event::key`].
///
/// Memory: that of the events; buckets keep the capacity they once needed.
#[derive(Clone, Debug)]
pub struct Queue<M> {
    /// The time of the last event popped; nothing pending is earlier.
    last: Time,
    /// Events at `last`, ascending; those before `front` have been popped.
    batch: Vec<Event<M>>,
    front: usize,
    /// Events at `last` that were pushed after the batch and out of its order.
    late: BinaryHeap<Reverse<Late<M>>>,
    /// Bucket i: the highest bit in which the time differs from `last` is bit i.
    buckets: [Vec<Event<M>>; BUCKETS],
    /// Bit i is set when bucket i holds events.
    occupied: u64,
    len: usize,
}

impl<M: Copy> Default for Queue<M> {
    fn default() -> Queue<M> {
        Queue::new()
    }
}

/// An event beside the batch; compares by its key.
#[derive(Clone, Copy, Debug)]
struct Late<M>(Event<M>);

impl<M> PartialEq for Late<M> {
    fn eq(&self, other: &Late<M>) -> bool {
        self.0.key() == other.0.key()
    }
}

impl<M> Eq for Late<M> {}

impl<M> PartialOrd for Late<M> {
    fn partial_cmp(&self, other: &Late<M>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> Ord for Late<M> {
    fn cmp(&self, other: &Late<M>) -> Ordering {
        self.0.key().cmp(&other.0.key())
    }
}

impl<M: Copy> Queue<M> {
    /// An empty queue at time zero.
    pub fn new() -> Queue<M> {
        Queue {
            last: Time::ZERO,
            batch: Vec::new(),
            front: 0,
            late: BinaryHeap::new(),
            buckets: [const { Vec::new() }; BUCKETS],
            occupied: 0,
            len: 0,
        }
    }

    /// Adds an event; amortised O(1), at the current time at worst O(log n).
    ///
    /// # Panics
    ///
    /// When the event is due before the last event popped: the caller's clock ran backwards.
    #[inline]
    pub fn push(&mut self, event: Event<M>) {
        assert!(
            event.time >= self.last,
            "an event is due at {}, before the last event popped at {}: time never runs backwards",
            event.time,
            self.last
        );
        self.len += 1;
        let difference = event.time.as_ns() ^ self.last.as_ns();
        if difference == 0 {
            self.push_current(event);
        } else {
            let bucket = difference.ilog2();
            self.buckets[bucket as usize].push(event);
            self.occupied |= 1 << bucket;
        }
    }

    fn push_current(&mut self, event: Event<M>) {
        if self.batch.last().is_some_and(|last| last.rank() > event.rank()) && self.front < self.batch.len() {
            self.late.push(Reverse(Late(event)));
            return;
        }
        // The popped part is dropped before the batch would grow because of it.
        if self.batch.len() == self.batch.capacity() && self.front > self.batch.len() / 2 {
            self.drop_popped();
        }
        self.batch.push(event);
    }

    fn drop_popped(&mut self) {
        self.batch.drain(..self.front);
        self.front = 0;
    }

    /// Takes the first event; amortised a few moves of an event.
    #[inline]
    pub fn pop(&mut self) -> Option<Event<M>> {
        self.pop_until(Time::MAX)
    }

    /// Takes the first event if it is due before `end`; otherwise leaves the queue as it is.
    #[inline]
    pub fn pop_before(&mut self, end: Time) -> Option<Event<M>> {
        self.pop_until(Time::from_ns(end.as_ns().checked_sub(1)?))
    }

    #[inline]
    fn pop_until(&mut self, latest: Time) -> Option<Event<M>> {
        if self.last > latest {
            return None;
        }
        let event = match (self.batch.get(self.front), self.late.peek()) {
            (None, None) => self.advance(latest)?,
            (Some(event), late) if late.is_none_or(|Reverse(Late(late))| event.rank() < late.rank()) => {
                self.front += 1;
                *event
            }
            _ => self.late.pop()?.0.0,
        };
        self.len -= 1;
        Some(event)
    }

    /// Spreads the nearest bucket, moves on to its earliest time and takes the first event there.
    fn advance(&mut self, latest: Time) -> Option<Event<M>> {
        let nearest = (self.occupied != 0).then(|| self.occupied.trailing_zeros() as usize)?;
        let (nearer, rest) = self.buckets.split_at_mut(nearest);
        let bucket = &mut rest[0];
        let earliest = bucket.iter().map(|event| event.time).min()?;
        if earliest > latest {
            return None;
        }
        self.last = earliest;
        self.batch.clear();
        self.occupied &= self.occupied - 1;
        for event in bucket.drain(..) {
            let difference = event.time.as_ns() ^ earliest.as_ns();
            if difference == 0 {
                self.batch.push(event);
            } else {
                let bucket = difference.ilog2();
                nearer[bucket as usize].push(event);
                self.occupied |= 1 << bucket;
            }
        }
        self.batch.sort_unstable_by_key(Event::rank);
        self.front = 1;
        self.batch.first().copied()
    }

    /// When the first event is due; leaves the queue as it is.
    ///
    /// Cost: O(1) within an instant; otherwise a pass over the nearest bucket, which the next
    /// pop then spreads, so peeking before each pop stays cheap. To stop at a time, prefer
    /// [`Queue::pop_before`].
    pub fn peek_time(&self) -> Option<Time> {
        if self.front < self.batch.len() || !self.late.is_empty() {
            return Some(self.last);
        }
        let nearest = (self.occupied != 0).then(|| self.occupied.trailing_zeros() as usize)?;
        self.buckets[nearest].iter().map(|event| event.time).min()
    }

    /// The number of pending events.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Drops every event for which `keep` is false, such as cancelled timers; O(n).
    ///
    /// `keep` sees each event once, in the order of [`Queue::iter`].
    pub fn retain(&mut self, mut keep: impl FnMut(&Event<M>) -> bool) {
        self.drop_popped();
        self.batch.retain(&mut keep);
        self.late.retain(|Reverse(Late(event))| keep(event));
        self.len = self.batch.len() + self.late.len();
        for (i, bucket) in self.buckets.iter_mut().enumerate() {
            bucket.retain(&mut keep);
            self.len += bucket.len();
            if bucket.is_empty() {
                self.occupied &= !(1 << i);
            }
        }
    }

    /// Forgets all events and the time: as new, but for the memory it keeps.
    pub fn clear(&mut self) {
        self.last = Time::ZERO;
        self.batch.clear();
        self.front = 0;
        self.late.clear();
        self.buckets.iter_mut().for_each(Vec::clear);
        self.occupied = 0;
        self.len = 0;
    }

    /// All pending events, in an order that is unspecified but the same in every equal run.
    pub fn iter(&self) -> impl Iterator<Item = &Event<M>> {
        let late = self.late.iter().map(|Reverse(Late(event))| event);
        self.batch[self.front..].iter().chain(late).chain(self.buckets.iter().flatten())
    }

    /// All pending events in their order; O(n log n).
    pub fn sorted(&self) -> Vec<Event<M>> {
        let mut events: Vec<Event<M>> = self.iter().copied().collect();
        events.sort_unstable_by_key(Event::key);
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: u64, microstep: u16, sender: u32) -> Event<()> {
        let time = Time::from_ns(time);
        Event { time, sender, sequence: 0, target: 0, microstep, message: () }
    }

    fn push_all(queue: &mut Queue<()>, events: &[Event<()>]) {
        events.iter().for_each(|event| queue.push(*event));
    }

    fn drain(queue: &mut Queue<()>) -> Vec<Event<()>> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn a_push_at_the_current_time_finds_its_place() {
        let mut queue = Queue::new();
        push_all(&mut queue, &[event(5, 0, 1), event(5, 0, 3), event(5, 1, 0)]);
        assert_eq!(queue.pop(), Some(event(5, 0, 1)));
        push_all(&mut queue, &[event(5, 1, 7), event(5, 0, 2), event(5, 0, 0)]);
        let expected = [event(5, 0, 0), event(5, 0, 2), event(5, 0, 3), event(5, 1, 0), event(5, 1, 7)];
        assert_eq!(drain(&mut queue), expected);
    }

    #[test]
    fn peeking_and_a_pop_that_is_too_early_do_not_disturb() {
        let mut queue = Queue::new();
        queue.push(event(100, 0, 0));
        assert_eq!(queue.peek_time(), Some(Time::from_ns(100)));
        assert_eq!(queue.pop_before(Time::from_ns(100)), None);
        assert_eq!(queue.pop_before(Time::ZERO), None);
        queue.push(event(1, 0, 0));
        assert_eq!(queue.peek_time(), Some(Time::from_ns(1)));
        assert_eq!(queue.pop_before(Time::from_ns(101)), Some(event(1, 0, 0)));
        assert_eq!(queue.pop_before(Time::from_ns(101)), Some(event(100, 0, 0)));
        assert_eq!((queue.pop(), queue.peek_time()), (None, None));
    }

    #[test]
    #[should_panic(expected = "time never runs backwards")]
    fn a_push_before_the_last_pop_is_a_bug() {
        let mut queue = Queue::new();
        queue.push(event(2, 0, 0));
        queue.pop();
        queue.push(event(1, 0, 0));
    }

    #[test]
    fn a_cleared_queue_starts_again_at_zero() {
        let mut queue = Queue::new();
        push_all(&mut queue, &[event(2, 0, 0), event(2, 0, 1), event(9, 0, 0)]);
        queue.pop();
        queue.push(event(2, 0, 0));
        queue.clear();
        assert!(queue.is_empty() && queue.iter().next().is_none() && queue.pop().is_none());
        queue.push(event(1, 0, 0));
        assert_eq!(drain(&mut queue), [event(1, 0, 0)]);
    }

    /// Two events that send on at once for ever: the popped part of the batch must not pile up.
    #[test]
    fn a_long_instant_needs_little_memory() {
        let mut queue = Queue::new();
        push_all(&mut queue, &[event(0, 0, 0), event(0, 0, 1)]);
        for _ in 0..100_000 {
            let event = queue.pop().unwrap();
            queue.push(Event { microstep: event.microstep.wrapping_add(1), ..event });
        }
        assert!(queue.batch.capacity() < 100, "{}", queue.batch.capacity());
    }

    #[test]
    fn sorted_forgets_the_order_of_pushes_and_nothing_else() {
        let events: Vec<Event<()>> = (0..100).map(|i| event(i % 7, 0, i as u32)).collect();
        let (mut forth, mut back) = (Queue::new(), Queue::new());
        push_all(&mut forth, &events);
        events.iter().rev().for_each(|event| back.push(*event));
        assert_eq!(forth.sorted(), back.sorted());
        back.pop();
        assert_ne!(forth.sorted(), back.sorted());
        forth.pop();
        assert_eq!(forth.sorted(), back.sorted());
        forth.retain(|event| event.sender != 50);
        assert_ne!(forth.sorted(), back.sorted());
    }
}
