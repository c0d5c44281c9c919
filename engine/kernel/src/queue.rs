//! The event queue: a monotone radix heap with inline events.
//!
//! Pending events are kept in three places, by how soon they are due:
//!
//! - the *present* instant, handled round by round;
//! - the *near* ones, some dozen, at most a hundred or so, sorted: the first bucket of the far ones, and what was
//!   pushed into its range since;
//! - the *far* ones, in buckets by the digits of their time. A far event is not compared with any
//!   other; it is moved a few times, always forward, until its bucket is small enough to sort.
//!
//! An event pushed into the near ones finds its place by insertion. When they grow too many they
//! go back to the far ones, which are then split finer.
//!
//! A cancelled event is searched for and taken out. Where that is done often, cancelled events
//! stay where they are instead and a set tells which events still count, see `live.rs`; they are
//! dropped when their turn comes or, when there are too many of them, all at once.
//!
//! It is not a general priority queue: time only moves forward, see [`Queue::push`].
//!
//! # Source
//!
//! R. K. Ahuja, K. Mehlhorn, J. B. Orlin and R. E. Tarjan, "Faster algorithms for the shortest
//! path problem", Journal of the ACM 37(2), 1990 (radix heaps).

mod far;
mod live;
mod present;

use crate::event::{Event, Key};
use crate::time::Time;

use far::{BLOCK, Far};
use live::Live;
use present::Present;

/// A bucket of up to so many events is sorted rather than spread.
const NEAR: usize = 32;
/// A larger one too, up to so many events, where hardly any other will be pushed into its range: sparse events are
/// cheaper to sort than to spread over buckets of one or two, and sorted once they are rarely inserted among.
const NEAR_SPARSE: usize = 4 * NEAR;
/// That is where it holds at most one in so many of all that are pending.
const SPARSE: usize = 16;
/// So many events are sorted by insertion.
const INSERTED: usize = 24;
/// So many near events are too many to insert among.
const NEAR_MAX: usize = 5 * NEAR;
/// Fewer cancelled events than this are not worth a pass over the queue.
const SWEEP: usize = 1024;
/// When a bucket of up to so many events is spread, they are due soon.
const SOON: u32 = 512;

/// Events that are announced.
pub(crate) enum Coming<'a, M> {
    /// One for this target is due soon.
    Soon(u32),
    /// These come next, the last first.
    Next(&'a [Event<M>]),
}

/// Pending events, handed out in the order of [`Event::key`].
///
/// Memory: that of the events, up to an eighth to grow, and about 20 kB; where much is
/// cancelled also 11 to 22 bytes for each event that its sender sent to itself. It keeps what it
/// once needed.
#[derive(Debug)]
pub struct Queue<M> {
    /// The time of the last event popped; nothing pending is earlier.
    last: Time,
    /// Events at `last`.
    present: Present<M>,
    /// Events after `last` and up to the origin of `far`, descending.
    near: Vec<Event<M>>,
    /// Events after its origin.
    far: Far<M>,
    /// Which events count, and were not cancelled.
    live: Live,
    /// Events in all places, cancelled ones that are still there included.
    stored: usize,
}

impl<M: Copy> Default for Queue<M> {
    fn default() -> Queue<M> {
        Queue::new()
    }
}

impl<M: Copy> Clone for Queue<M> {
    fn clone(&self) -> Queue<M> {
        let mut copy = Queue::new();
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Queue<M>) {
        self.last = source.last;
        self.present.clone_from(&source.present);
        self.near.clone_from(&source.near);
        self.far.clone_from(&source.far);
        self.live.copy_from(&source.live);
        self.stored = source.stored;
    }
}

impl<M: Copy> Queue<M> {
    /// An empty queue at time zero.
    pub fn new() -> Queue<M> {
        Queue { last: Time::ZERO, present: Present::new(), near: Vec::new(), far: Far::new(), live: Live::default(), stored: 0 }
    }

    /// Adds an event; amortised O(1), at the current time at worst O(log n).
    ///
    /// # Panics
    ///
    /// When the event is due before the last event popped: the caller's clock ran backwards.
    // Put into its callers, so that the words of an event are written where it will lie. Handed over in memory they would be
    // read in one piece just after they were written in pieces, for which a processor waits; hence also the copies for those
    // that are called seldom.
    #[inline(always)]
    pub fn push(&mut self, event: Event<M>) {
        if self.live.is_kept() {
            self.note(event.sender, event.target, event.sequence);
        }
        self.stored += 1;
        if event.time > self.far.origin() {
            self.far.push(event);
        } else if event.time == self.last {
            self.present.push(event);
        } else {
            let copy = event;
            self.push_near(&copy);
        }
    }

    /// As [`Queue::push`], where the event is due at the time of the last event popped and nothing is in the way: whether it was
    /// pushed.
    ///
    /// It calls nothing, so that a caller need not put aside what it has.
    #[inline(always)]
    pub(crate) fn push_quickly(&mut self, event: Event<M>) -> bool {
        debug_assert!(self.last <= self.far.origin(), "what is due now is not far");
        let pushed = !self.live.is_kept() && event.time == self.last && self.present.push_quickly(event);
        self.stored += usize::from(pushed);
        pushed
    }

    /// Tells the set that an event is about to be pushed; ends the set where it is not worth it.
    ///
    /// The event in parts: a reference would force it out of registers even where no set is kept.
    #[cold]
    #[inline(never)]
    fn note(&mut self, sender: u32, target: u32, sequence: u32) {
        if self.live.add(sender, target, sequence) {
            if self.live.dead() > 0 {
                self.retain(|_| true);
            }
            self.live.end();
        }
    }

    #[cold]
    #[inline(never)]
    fn push_near(&mut self, event: &Event<M>) {
        if event.time < self.last {
            refuse(event.time, self.last);
        }
        if self.near.len() >= NEAR_MAX {
            // The present is in the range that the near ones were taken from, see `Far::take`.
            self.far.set_origin(self.last);
            self.near.drain(..).for_each(|near| self.far.push(near));
            self.far.push(*event);
            return;
        }
        // One event after the other moves up: for so few that beats a search and a block move.
        let mut place = self.near.len();
        self.near.push(*event);
        while place > 0 && self.near[place - 1].order(event).is_lt() {
            self.near[place] = self.near[place - 1];
            place -= 1;
        }
        self.near[place] = *event;
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

    fn pop_until(&mut self, latest: Time) -> Option<Event<M>> {
        while self.is_due(latest, |_| ()) {
            let event = self.take();
            if self.counts(&event) {
                return Some(event);
            }
        }
        None
    }

    /// Whether an event is stored that is due at `latest` or before, cancelled or not; announces
    /// to `ahead` what comes soon.
    #[inline]
    pub(crate) fn is_due(&mut self, latest: Time, mut ahead: impl FnMut(Coming<'_, M>)) -> bool {
        if !self.present.is_empty() {
            if let Some(event) = self.present.look_ahead() {
                ahead(Coming::Next(std::slice::from_ref(event)));
            }
            return self.last <= latest;
        }
        if self.near.is_empty() {
            let dead = self.live.dead();
            let found = self.refill(latest, &mut ahead);
            self.stored -= dead - self.live.dead();
            if found.is_none() {
                return false;
            }
        }
        !self.present.is_empty() || self.near.last().is_some_and(|event| event.time <= latest)
    }

    /// Takes the first event, cancelled or not; there must be one, see [`Queue::is_due`].
    ///
    /// Not an optional event: where a message has an invalid value to spare that would be made of
    /// it, and a look for it would have the event moved in pieces.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Event<M> {
        self.stored -= 1;
        if self.present.is_empty() { self.take_near() } else { self.present.take() }
    }

    /// Whether an event just taken was not cancelled.
    #[inline]
    pub(crate) fn counts(&mut self, event: &Event<M>) -> bool {
        !self.live.is_kept() || self.live.releases((event.sender, event.target, event.sequence))
    }

    #[inline(always)]
    fn take_near(&mut self) -> Event<M> {
        let last = self.near.len() - 1;
        let event = self.near[last];
        self.near.truncate(last);
        self.last = event.time;
        if self.near.last().is_some_and(|next| next.time == event.time) {
            let copy = event;
            self.gather(&copy);
        } else {
            self.present.begin(&event);
        }
        event
    }

    /// Moves the near events at the time of `first`, which was taken from them, to the present.
    #[inline(never)]
    fn gather(&mut self, first: &Event<M>) {
        let near = &mut self.near;
        self.present.begin_with(1, |batch| {
            batch.push(*first);
            while let Some(event) = near.pop_if(|event| event.time == first.time) {
                batch.push(event);
            }
        });
    }

    /// Whether a bucket of so many events is taken whole.
    #[inline]
    fn is_near(&self, len: usize) -> bool {
        len <= NEAR || len <= NEAR_SPARSE && len <= self.stored / SPARSE
    }

    /// Splits the far events until the first is near or present; `None` when it is after `latest`.
    #[inline(never)]
    fn refill(&mut self, latest: Time, mut ahead: impl FnMut(Coming<'_, M>)) -> Option<()> {
        let (earliest, len) = self.far.approach(&mut self.live)?;
        if earliest > latest {
            return None;
        }
        if self.is_near(len as usize) {
            self.far.take(&mut self.near);
            if self.stored <= NEAR {
                // So few are better kept in one place.
                self.far.take_all(&mut self.near, &mut self.live);
            }
            sort_descending(&mut self.near);
            ahead(Coming::Next(&self.near));
            return Some(());
        }
        self.last = earliest;
        let far = &mut self.far;
        self.present.begin_with(0, |batch| {
            if len <= SOON { far.spread(batch, |target| ahead(Coming::Soon(target))) } else { far.spread(batch, |_| ()) }
        });
        Some(())
    }

    /// Cancels an event that its sender sent to itself; whether it was still pending.
    ///
    /// Time, sender and sequence tell which; the microstep is not looked at. From now on it is as
    /// if it had never been pushed. Nothing happens when it has been popped or cancelled already,
    /// was sent to another actor, or was never pushed. A key with another time than the event's
    /// is a mistake of the caller: it may or may not cancel the event.
    ///
    /// Cost: amortised O(1), as that of moving the event a few times. Where cancels are rare it is
    /// a search among the events of a range of time; where they are frequent, a cancelled event's
    /// memory is given back when its turn comes, or when more than half as many events (and more
    /// than a thousand) are cancelled as are pending.
    pub fn cancel(&mut self, key: Key) -> bool {
        if key.time < self.last {
            return false;
        }
        let far = key.time > self.far.origin();
        if !far && key.time != self.last {
            return self.cancel_near(&key);
        }
        let events = if far { self.far.crowd(key.time) } else { self.present.len() };
        // A block is given for about as many events as fill a quarter of it.
        let pushed = self.far.given() * (BLOCK / 4);
        if self.live.weigh(events, pushed, self.stored) {
            self.live.begin(self.present.iter().chain(&self.near).chain(self.far.iter()));
        }
        if self.live.is_kept() {
            return self.cancel_in_place(&key, far);
        }
        let wanted = |event: &Event<M>| is_timer(event, &key);
        let found = if far { self.far.remove(key.time, wanted) } else { self.present.remove(wanted) };
        self.stored -= usize::from(found);
        found
    }

    fn cancel_in_place(&mut self, key: &Key, far: bool) -> bool {
        if !self.live.take_back(key.sender, key.sequence) {
            return false;
        }
        if far {
            self.far.doubt(key.time);
        }
        if self.live.dead() > SWEEP.max(self.len() / 2) {
            self.retain(|_| true);
        }
        true
    }

    fn cancel_near(&mut self, key: &Key) -> bool {
        let first = self.near.partition_point(|event| event.time > key.time);
        let found = self.near[first..].iter().position(|event| is_timer(event, key));
        let Some(place) = found else { return false };
        self.live.forget(&self.near.remove(first + place));
        self.stored -= 1;
        true
    }

    /// When the first event is due; leaves the queue as it is.
    ///
    /// Cost: O(1); where the first events are cancelled, a pass over those up to the next that
    /// are not, until a pop has dropped them.
    #[inline]
    pub fn peek_time(&self) -> Option<Time> {
        let present = if self.live.dead() == 0 {
            !self.present.is_empty()
        } else {
            self.present.iter().any(|event| self.live.counts(event))
        };
        if present {
            return Some(self.last);
        }
        self.near.last().map(|event| event.time).or_else(|| self.far.earliest(&self.live))
    }

    /// The number of pending events.
    #[inline]
    pub fn len(&self) -> usize {
        self.stored - self.live.dead()
    }

    /// Whether nothing is pending.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops every event for which `keep` is false, such as cancelled timers; O(n).
    ///
    /// `keep` sees each event once, in the order of [`Queue::iter`].
    pub fn retain(&mut self, mut keep: impl FnMut(&Event<M>) -> bool) {
        let live = &mut self.live;
        let present = self.present.retain(|event| stays(live, event, &mut keep));
        self.near.retain(|event| stays(live, event, &mut keep));
        let far = self.far.retain(|event| stays(live, event, &mut keep));
        self.stored = present + self.near.len() + far;
    }

    /// Forgets all events and the time: as new, but for the memory it keeps.
    pub fn clear(&mut self) {
        self.last = Time::ZERO;
        self.present.clear();
        self.near.clear();
        self.far.clear();
        self.live.end();
        self.stored = 0;
    }

    /// All pending events, in an order that is unspecified but the same in every equal run.
    pub fn iter(&self) -> impl Iterator<Item = &Event<M>> {
        let stored = self.present.iter().chain(&self.near).chain(self.far.iter());
        stored.filter(|event| self.live.counts(event))
    }

    /// All pending events in their order; O(n log n).
    pub fn sorted(&self) -> Vec<Event<M>> {
        let mut events: Vec<Event<M>> = self.iter().copied().collect();
        events.sort_unstable_by_key(Event::key);
        events
    }
}

/// Sorts events, the last first.
///
/// A few by insertion: an event that moves is copied as it is, and looked at where it lies.
fn sort_descending<M: Copy>(events: &mut [Event<M>]) {
    if events.len() > INSERTED {
        events.sort_unstable_by(|a, b| b.order(a));
        return;
    }
    for from in 1..events.len() {
        let time = events[from].time;
        let mut place = from;
        while place > 0
            && (events[place - 1].time < time || events[place - 1].time == time && events[place - 1].order(&events[from]).is_lt())
        {
            place -= 1;
        }
        if place < from {
            let event = events[from];
            events.copy_within(place..from, place + 1);
            events[place] = event;
        }
    }
}

/// Whether an event is the one of a key, but for its microstep, and its sender sent it to itself.
fn is_timer<M>(event: &Event<M>, key: &Key) -> bool {
    event.sequence == key.sequence && event.sender == key.sender && event.time == key.time && event.target == event.sender
}

/// Whether a stored event stays: it counts, and `keep` says so.
fn stays<M>(live: &mut Live, event: &Event<M>, keep: impl FnOnce(&Event<M>) -> bool) -> bool {
    if !live.keeps(event) {
        return false;
    }
    let kept = keep(event);
    if !kept {
        live.forget(event);
    }
    kept
}

#[cold]
#[inline(never)]
fn refuse(time: Time, last: Time) -> ! {
    panic!("an event is due at {time}, before the last event popped at {last}: time never runs backwards");
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
        assert!(queue.present.capacity() < 100, "{}", queue.present.capacity());
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
