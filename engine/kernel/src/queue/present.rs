//! The events of the present instant, round by round.
//!
//! One round is handled from a sorted batch while the messages without delay that it sends are
//! gathered, in any order, for the next. So an event of the instant costs an append, its share of
//! one sort, and a look at the front. An event that belongs to the round being handled finds its
//! place in the batch or, in a long one, waits in a heap beside it: an instant with a million
//! events stays far from quadratic whatever the order they are pushed in.
//!
//! It does not know when the instant is: all events here have the same time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::event::Event;

/// Up to so many events an insertion moves; beyond, the heap is cheaper.
const SHORT: usize = 32;

/// The batch is announced so many events ahead.
const AHEAD: usize = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Present<M> {
    /// Ascending; those before `front` are gone.
    batch: Vec<Event<M>>,
    front: usize,
    /// Microsteps from here on belong to later rounds than the batch.
    round: u32,
    /// Events of later rounds, in no order.
    next: Vec<Event<M>>,
    /// Events of the batch's rounds that were pushed too late to be in it.
    late: BinaryHeap<Reverse<Late<M>>>,
    len: usize,
}

/// An event beside the batch; compares by its rank.
#[derive(Clone, Copy, Debug)]
struct Late<M>(Event<M>);

impl<M> PartialEq for Late<M> {
    fn eq(&self, other: &Late<M>) -> bool {
        self.0.rank() == other.0.rank()
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
        self.0.rank().cmp(&other.0.rank())
    }
}

impl<M: Copy> Present<M> {
    pub(super) fn new() -> Present<M> {
        Present { batch: Vec::new(), front: 0, round: 0, next: Vec::new(), late: BinaryHeap::new(), len: 0 }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Begins an instant whose only event so far is the one just taken elsewhere.
    #[inline]
    pub(super) fn begin(&mut self, taken: &Event<M>) {
        self.round = u32::from(taken.microstep) + 1;
    }

    /// Begins an instant with the events that `fill` puts down; the first `taken` of them, in
    /// their order, have been taken already.
    pub(super) fn begin_with(&mut self, taken: usize, fill: impl FnOnce(&mut Vec<Event<M>>)) {
        self.batch.clear();
        fill(&mut self.batch);
        self.len = self.batch.len() - taken;
        self.settle();
        self.front = taken;
    }

    /// Puts the batch in order.
    fn settle(&mut self) {
        self.front = 0;
        if self.batch.len() > 1 {
            self.batch.sort_unstable_by_key(Event::rank);
        }
        self.round = self.batch.last().map_or(0, |event| u32::from(event.microstep) + 1);
    }

    // Put into its callers, as `Queue::push` is.
    #[inline(always)]
    pub(super) fn push(&mut self, event: Event<M>) {
        if !self.push_quickly(event) {
            let copy = event;
            self.push_seldom(&copy);
        }
    }

    /// Adds an event of a later round than the one being handled if there is room; whether it did.
    ///
    /// It calls nothing, so that a caller need not put aside what it has.
    #[inline(always)]
    pub(super) fn push_quickly(&mut self, event: Event<M>) -> bool {
        if u32::from(event.microstep) < self.round {
            return false;
        }
        if self.len == 0 {
            if self.batch.capacity() == 0 {
                return false;
            }
            self.batch.clear();
            self.batch.push(event);
            self.front = 0;
            self.round = u32::from(event.microstep) + 1;
        } else {
            if self.next.len() == self.next.capacity() {
                return false;
            }
            self.next.push(event);
        }
        self.len += 1;
        true
    }

    /// Adds an event to the round being handled, or where there is no room for it yet.
    #[cold]
    #[inline(never)]
    fn push_seldom(&mut self, event: &Event<M>) {
        if u32::from(event.microstep) < self.round {
            self.push_late(event);
        } else if self.len > 0 {
            self.next.push(*event);
        } else {
            self.batch = vec![*event];
            self.front = 0;
            self.round = u32::from(event.microstep) + 1;
        }
        self.len += 1;
    }

    /// Adds an event to the round being handled.
    fn push_late(&mut self, event: &Event<M>) {
        let waiting = &self.batch[self.front..];
        if waiting.last().is_some_and(|last| last.rank() < event.rank()) {
            // The popped part is dropped before the batch would grow because of it.
            if self.batch.len() == self.batch.capacity() && self.front > self.batch.len() / 2 {
                self.drop_popped();
            }
            self.batch.push(*event);
        } else if waiting.len() > SHORT {
            self.late.push(Reverse(Late(*event)));
        } else {
            self.drop_popped();
            let place = self.batch.partition_point(|other| other.rank() < event.rank());
            self.batch.insert(place, *event);
        }
    }

    fn drop_popped(&mut self) {
        self.batch.drain(..self.front);
        self.front = 0;
    }

    /// An event that will be popped soon.
    #[inline]
    pub(super) fn look_ahead(&self) -> Option<&Event<M>> {
        self.batch.get(self.front + AHEAD)
    }

    /// Takes the first event; there must be one.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Event<M> {
        self.len -= 1;
        if self.late.is_empty() || !self.bring_late() {
            if self.front == self.batch.len() {
                self.next_round();
            }
            self.front += 1;
        }
        // From one place for all, so that its words are read one by one, as they were written.
        self.batch[self.front - 1]
    }

    #[inline(never)]
    fn next_round(&mut self) {
        self.batch.clear();
        std::mem::swap(&mut self.batch, &mut self.next);
        self.settle();
    }

    /// Where the first of the heap is before the first of the batch, puts it there as the one that was taken last.
    #[inline(never)]
    fn bring_late(&mut self) -> bool {
        let batch = self.batch.get(self.front).map(Event::rank);
        let Some(late) = self.late.peek_mut() else { return false };
        if batch.is_some_and(|batch| batch < late.0.0.rank()) {
            return false;
        }
        let event = PeekMut::pop(late).0.0;
        if self.front > 0 {
            self.batch[self.front - 1] = event;
        } else {
            self.batch.insert(0, event);
            self.front = 1;
        }
        true
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes out the event that `wanted` is true of; whether it was here.
    pub(super) fn remove(&mut self, wanted: impl Fn(&Event<M>) -> bool) -> bool {
        let before = self.late.len();
        let found = if let Some(place) = self.batch[self.front..].iter().position(&wanted) {
            self.batch.remove(self.front + place);
            true
        } else if let Some(place) = self.next.iter().position(&wanted) {
            self.next.swap_remove(place);
            true
        } else {
            self.late.retain(|Reverse(Late(event))| !wanted(event));
            self.late.len() < before
        };
        self.len -= usize::from(found);
        found
    }

    /// Drops every event for which `keep` is false.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Event<M>) -> bool) -> usize {
        self.drop_popped();
        self.batch.retain(&mut keep);
        self.late.retain(|Reverse(Late(event))| keep(event));
        self.next.retain(&mut keep);
        self.len = self.batch.len() + self.late.len() + self.next.len();
        self.len
    }

    /// As new, but for the memory it keeps.
    pub(super) fn clear(&mut self) {
        self.batch.clear();
        self.front = 0;
        self.round = 0;
        self.next.clear();
        self.late.clear();
        self.len = 0;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Event<M>> {
        let late = self.late.iter().map(|Reverse(Late(event))| event);
        self.batch[self.front..].iter().chain(late).chain(&self.next)
    }

    /// Events there is room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.batch.capacity() + self.next.capacity() + self.late.capacity()
    }
}

impl<M: Copy> Clone for Present<M> {
    fn clone(&self) -> Present<M> {
        let mut copy = Present::new();
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Present<M>) {
        self.batch.clone_from(&source.batch);
        self.front = source.front;
        self.round = source.round;
        self.next.clone_from(&source.next);
        self.late.clone_from(&source.late);
        self.len = source.len;
    }
}
