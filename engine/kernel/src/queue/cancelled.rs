//! Which pending events have been cancelled: sets of sender and sequence, which name an event.
//!
//! A set is a table with open addressing and a hash of its own, so that it is the same in every
//! run; eight bytes a slot, at least half of them vacant. Nothing ever goes through it in its
//! order.
//!
//! A second set remembers cancelled events that were dropped before their time, so that they are
//! not cancelled again. It remembers the last thousand at least, not all: far timers that are
//! cancelled and forgotten must not pile up.

use crate::event::Event;
use crate::stream::mix;

/// No event has this name: a sender's last sequence number is one less.
const VACANT: u64 = u64::MAX;
const SLOTS_MIN: usize = 16;
/// So many events that were dropped one by one are remembered.
const DROPPED_MAX: usize = 2048;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Cancelled {
    waiting: Names,
    dropped: Names,
}

impl Cancelled {
    /// Cancelled events that still wait to be dropped.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.waiting.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.len == 0
    }

    /// Adds an event that waits; `false` when it has been cancelled before.
    pub(super) fn insert(&mut self, sender: u32, sequence: u32) -> bool {
        let name = name(sender, sequence);
        !self.dropped.contains(name) && self.waiting.insert(name)
    }

    #[inline]
    pub(super) fn contains<M>(&self, event: &Event<M>) -> bool {
        self.waiting.contains(name(event.sender, event.sequence))
    }

    /// Whether an event whose turn has come is cancelled; it is then forgotten.
    #[inline]
    pub(super) fn remove<M>(&mut self, event: &Event<M>) -> bool {
        self.waiting.remove(name(event.sender, event.sequence))
    }

    /// Whether an event whose turn is still to come is cancelled; it is then dropped.
    pub(super) fn remove_early<M>(&mut self, event: &Event<M>) -> bool {
        let removed = self.remove(event);
        if removed {
            self.remember(event);
        }
        removed
    }

    /// Notes that an event whose turn is still to come is dropped.
    pub(super) fn remember<M>(&mut self, event: &Event<M>) {
        if self.dropped.len >= DROPPED_MAX {
            self.dropped.clear();
        }
        self.dropped.insert(name(event.sender, event.sequence));
    }

    /// Notes that all that waited are dropped.
    pub(super) fn drop_all(&mut self) {
        if !self.is_empty() {
            std::mem::swap(&mut self.waiting, &mut self.dropped);
            self.waiting.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.dropped.clear();
    }

    /// Copies into the memory that is there.
    pub(super) fn copy_from(&mut self, source: &Cancelled) {
        self.waiting.copy_from(&source.waiting);
        self.dropped.copy_from(&source.dropped);
    }
}

/// The name of an event.
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
        if 2 * (self.len + 1) > self.slots.len() {
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
        if !self.contains(name) {
            return false;
        }
        self.vacate(self.slot(name));
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
    use proptest::prelude::*;
    use std::collections::BTreeSet;

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
