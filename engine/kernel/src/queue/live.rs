//! Which stored events still count: the set of those that can be taken back and were not.
//!
//! Only what an actor sent to itself can be taken back, and most runs rarely do. So at first there
//! is no set, and an event that is cancelled is searched for and taken out. When that has been
//! much work lately, the set is made from all that is stored, and kept up: then cancelled events
//! stay where they are and only leave the set. When little is cancelled it is given up again.
//!
//! Either way the answer is exact, however a queue came to be: one that was restored, split or
//! cleared knows as much as one that was there from the start. And what was cancelled is forgotten
//! at once, not remembered until it would have been due.
//!
//! The set is a table with open addressing and a hash of its own, so that it is the same in every
//! run; eight bytes a slot, up to three quarters of them taken. Nothing ever goes through it in
//! its order.

use crate::event::Event;
use crate::stream::mix;

/// No event has this name: a sender's last sequence number is one less.
const VACANT: u64 = u64::MAX;
const SLOTS_MIN: usize = 16;
/// Looks at events that are worth less than to make the set: for each stored event, and at least.
const SEARCHED: usize = 8;
const SEARCHED_LEAST: usize = 4096;
/// Looks at events that are worth less than to keep the set up, for each event that is added.
const SPARED: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Whether the set is kept; if not, everything stored counts.
    kept: bool,
    /// What actors sent to themselves and still counts.
    names: Names,
    /// How many events are stored that do not count any more.
    dead: usize,
    /// How many events searches have looked at of late, or would have.
    effort: usize,
}

impl Live {
    #[inline]
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Takes note that a search among `events` is due, and of `pushed` events since the last while
    /// no set was kept; whether the set should be made now, with so many stored.
    pub(super) fn weigh(&mut self, events: usize, pushed: usize, stored: usize) -> bool {
        let enough = SEARCHED * stored + SEARCHED_LEAST;
        if self.kept {
            self.effort = (self.effort + events).min(SPARED * stored + enough);
            return false;
        }
        self.effort = self.effort.saturating_sub(SPARED * pushed) + events;
        self.effort > enough
    }

    /// Begins to keep the set; it stays for as long as it takes to store as much again.
    pub(super) fn begin<'a, M: 'a>(&mut self, stored: impl Iterator<Item = &'a Event<M>>) {
        self.kept = true;
        let mut count = 0;
        for event in stored {
            if is_own(event) {
                self.names.insert(name(event.sender, event.sequence));
            }
            count += 1;
        }
        self.effort += SPARED * count;
    }

    /// Notes that an event is stored; whether the set is not worth it any more.
    pub(super) fn add(&mut self, sender: u32, target: u32, sequence: u32) -> bool {
        if sender == target {
            self.names.insert(name(sender, sequence));
        }
        self.effort = self.effort.saturating_sub(SPARED);
        self.effort == 0
    }

    /// Notes that an event that counts is not stored any more.
    #[inline]
    pub(super) fn forget<M>(&mut self, event: &Event<M>) {
        if self.kept && is_own(event) {
            self.names.remove(name(event.sender, event.sequence));
        }
    }

    /// Takes back an event while the set is kept; whether it counted until now.
    pub(super) fn take_back(&mut self, sender: u32, sequence: u32) -> bool {
        let counted = self.names.remove(name(sender, sequence));
        self.dead += usize::from(counted);
        counted
    }

    /// How many events are stored that do not count any more.
    #[inline]
    pub(super) fn dead(&self) -> usize {
        self.dead
    }

    /// Whether a stored event counts.
    #[inline]
    pub(super) fn counts<M>(&self, event: &Event<M>) -> bool {
        self.dead == 0 || !is_own(event) || self.names.contains(name(event.sender, event.sequence))
    }

    /// Whether a stored event counts; if not, it is dropped now.
    pub(super) fn keeps<M>(&mut self, event: &Event<M>) -> bool {
        let counts = self.counts(event);
        self.dead -= usize::from(!counts);
        counts
    }

    /// Whether the event of a sender, for a target, counts whose turn has come while the set is kept; it is not stored any more.
    #[inline(never)]
    pub(super) fn releases(&mut self, (sender, target, sequence): (u32, u32, u32)) -> bool {
        let counts = sender != target || self.names.remove(name(sender, sequence));
        self.dead -= usize::from(!counts);
        counts
    }

    /// Gives up the set; no stored event may be one that does not count.
    pub(super) fn end(&mut self) {
        self.kept = false;
        self.names.clear();
        (self.dead, self.effort) = (0, 0);
    }

    /// Copies into the memory that is there.
    pub(super) fn copy_from(&mut self, source: &Live) {
        self.kept = source.kept;
        self.names.copy_from(&source.names);
        (self.dead, self.effort) = (source.dead, source.effort);
    }
}

/// Whether an actor sent the event to itself.
#[inline]
fn is_own<M>(event: &Event<M>) -> bool {
    event.sender == event.target
}

/// The name of an event.
#[inline]
fn name(sender: u32, sequence: u32) -> u64 {
    u64::from(sender) << 32 | u64::from(sequence)
}

/// A set of names.
#[derive(Debug, Default)]
struct Names {
    /// A power of two in number, or none yet.
    slots: Vec<u64>,
    len: usize,
}

impl Names {
    /// Adds a name; `false` when it is here already.
    fn insert(&mut self, name: u64) -> bool {
        if 4 * (self.len + 1) > 3 * self.slots.len() {
            self.grow();
        }
        let slot = self.slot(name);
        if self.slots[slot] == name {
            return false;
        }
        self.slots[slot] = name;
        self.len += 1;
        true
    }

    #[inline]
    fn contains(&self, name: u64) -> bool {
        self.len > 0 && self.slots[self.slot(name)] != VACANT
    }

    /// Takes a name out of the set; `false` when it is not here.
    fn remove(&mut self, name: u64) -> bool {
        if self.len == 0 {
            return false;
        }
        let slot = self.slot(name);
        if self.slots[slot] == VACANT {
            return false;
        }
        self.vacate(slot);
        self.len -= 1;
        true
    }

    /// Vacates a slot and moves up those behind it that would not be found across a gap.
    fn vacate(&mut self, mut gap: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = gap;
        loop {
            slot = (slot + 1) & mask;
            let name = self.slots[slot];
            if name == VACANT {
                break;
            }
            let wanted = mix(name) as usize & mask;
            if slot.wrapping_sub(wanted) & mask >= slot.wrapping_sub(gap) & mask {
                self.slots[gap] = name;
                gap = slot;
            }
        }
        self.slots[gap] = VACANT;
    }

    /// Where a name is, or would be.
    fn slot(&self, name: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = mix(name) as usize & mask;
        while self.slots[slot] != name && self.slots[slot] != VACANT {
            slot = (slot + 1) & mask;
        }
        slot
    }

    #[cold]
    fn grow(&mut self) {
        let vacant = vec![VACANT; (2 * self.slots.len()).max(SLOTS_MIN)];
        for name in std::mem::replace(&mut self.slots, vacant) {
            if name != VACANT {
                let slot = self.slot(name);
                self.slots[slot] = name;
            }
        }
    }

    fn clear(&mut self) {
        self.slots.fill(VACANT);
        self.len = 0;
    }

    /// Copies into the memory that is there.
    fn copy_from(&mut self, source: &Names) {
        self.slots.clone_from(&source.slots);
        self.len = source.len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Queue;
    use crate::time::Time;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn timer(time: u64, sequence: u32) -> Event<()> {
        Event { time: Time::from_ns(time), sender: 1, sequence, target: 1, microstep: 0, message: () }
    }

    /// A queue of a hundred thousand timers.
    fn timers(apart: u64) -> (Queue<()>, Vec<Event<()>>) {
        let events: Vec<Event<()>> = (0..100_000).map(|i| timer(1000 + u64::from(i) * apart, i)).collect();
        let mut queue = Queue::new();
        events.iter().for_each(|event| queue.push(*event));
        (queue, events)
    }

    #[test]
    fn few_cancels_make_no_set_and_many_do() {
        let (mut queue, events) = timers(1_000_000);
        assert!(queue.cancel(events[50_000].key()) && !queue.live.is_kept());
        assert!(events.iter().step_by(10).filter(|event| queue.cancel(event.key())).count() == 9_999);
        assert!(queue.live.is_kept());
        assert_eq!(queue.len(), 90_000);
    }

    #[test]
    fn the_set_is_given_up_when_nothing_is_cancelled_any_more() {
        let (mut queue, events) = timers(1_000_000);
        assert!(events[..10_000].iter().all(|event| queue.cancel(event.key())));
        assert!(queue.live.is_kept());
        for i in 100_000..400_000 {
            let event = queue.pop().unwrap();
            queue.push(timer(event.time.as_ns() + 100_000_000_000, i));
        }
        assert!(!queue.live.is_kept());
        assert_eq!((queue.len(), queue.live.dead(), queue.iter().count()), (90_000, 0, 90_000));
    }

    /// Whatever was cancelled in between, and however often the queue has swept.
    #[test]
    fn nothing_is_cancelled_twice() {
        for apart in [0, 1, 1_000_000] {
            let (mut queue, events) = timers(apart);
            for (i, event) in events.iter().enumerate() {
                assert!(queue.cancel(event.key()), "{i}");
                assert!(!queue.cancel(events[i / 2].key()), "{} again after {i}", i / 2);
            }
            assert!(queue.is_empty() && queue.pop().is_none());
            assert!(events.iter().all(|event| !queue.cancel(event.key())));
        }
    }

    proptest! {
        /// Few names, so that the same ones come and go and their slots collide.
        #[test]
        fn a_set_equals_that_of_the_standard_library(steps in prop::collection::vec((any::<bool>(), 0..4_u32, 0..16_u32), 1..400)) {
            let (mut found, mut expected) = (Names::default(), BTreeSet::new());
            for (add, sender, sequence) in steps {
                let name = name(sender, sequence);
                if add {
                    prop_assert_eq!(found.insert(name), expected.insert(name));
                } else {
                    prop_assert_eq!(found.remove(name), expected.remove(&name));
                }
                prop_assert_eq!(found.len, expected.len());
                for name in (0..4).flat_map(|sender| (0..16).map(move |sequence| super::name(sender, sequence))) {
                    prop_assert_eq!(found.contains(name), expected.contains(&name));
                }
            }
        }
    }
}
