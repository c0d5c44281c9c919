//! How often is too often: caps on contacts by person, class and stretch of time.
//!
//! A cap counts what was sent to one person in the stretch that ends now, its first moment included: whoever looks at any
//! stretch of that length finds no more than it allows. What happens beyond it is the world's; see [`Beyond`].

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What happens to a contact that a cap has no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beyond {
    /// It is refused.
    #[default]
    Drop,
    /// It waits until the cap has room.
    Defer,
    /// It waits, and a later one of its class takes its place.
    Merge,
}

/// At most so many contacts in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    /// How many.
    pub at_most: u32,
    /// The stretch \[ns\].
    pub per: u64,
    /// Classes that this cap is about, by symbol number; all where `None`.
    pub of: Option<Vec<u32>>,
    /// Classes that this cap does not count and does not hold back, by symbol number.
    pub except: Vec<u32>,
    /// What happens beyond it.
    pub beyond: Beyond,
}

impl Cap {
    /// Whether this cap counts contacts of a class and holds them back.
    #[must_use]
    pub fn concerns(&self, category: u32) -> bool {
        self.of.as_ref().is_none_or(|of| of.contains(&category)) && !self.except.contains(&category)
    }
}

/// The caps of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caps {
    /// All must allow a contact.
    pub caps: Vec<Cap>,
}

/// What was sent to one person: moment \[ns\] and class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactLog {
    sent: VecDeque<(u64, u32)>,
}

/// A contact that a cap has no room for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldBack<'c> {
    /// The first cap without room.
    pub cap: &'c Cap,
    /// What it counted.
    pub counted: u32,
    /// The moment from which it has room if nothing else is sent \[ns\]; `None` where it never has.
    pub room: Option<u64>,
}

impl ContactLog {
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Remembers a contact.
    pub fn add(&mut self, now: u64, category: u32) {
        self.sent.push_back((now, category));
    }

    /// Contacts that `cap` counts in its stretch before `now`.
    #[must_use]
    pub fn counted(&self, cap: &Cap, now: u64) -> u32 {
        self.moments(cap, now).count() as u32
    }

    /// The moments that `cap` counts, the last first.
    fn moments<'l>(&'l self, cap: &'l Cap, now: u64) -> impl Iterator<Item = u64> + 'l {
        let from = now.saturating_sub(cap.per);
        let recent = self.sent.iter().rev().take_while(move |(at, _)| *at >= from);
        recent.filter(|(_, category)| cap.concerns(*category)).map(|(at, _)| *at)
    }

    /// When `cap` has room, as nothing else is sent: when all but `at_most` - 1 of what it counts lie before its stretch.
    fn room(&self, cap: &Cap, now: u64) -> Option<u64> {
        let last = cap.at_most.checked_sub(1)?;
        match self.moments(cap, now).nth(last as usize) {
            Some(at) => at.checked_add(cap.per)?.checked_add(1),
            None => Some(now),
        }
    }
}

impl Caps {
    /// The first cap that holds a contact of `category` back; `None` when all allow it.
    ///
    /// Cost: linear in the contacts of the longest stretch; older ones are forgotten.
    pub fn held_back(&self, log: &mut ContactLog, now: u64, category: u32) -> Option<HeldBack<'_>> {
        let longest = self.caps.iter().map(|cap| cap.per).max().unwrap_or(0);
        while log.sent.front().is_some_and(|(at, _)| *at < now.saturating_sub(longest)) {
            log.sent.pop_front();
        }
        let concerned = self.caps.iter().filter(|cap| cap.concerns(category));
        let (cap, counted) = concerned.map(|cap| (cap, log.counted(cap, now))).find(|(cap, counted)| *counted >= cap.at_most)?;
        Some(HeldBack { cap, counted, room: log.room(cap, now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 86_400_000_000_000;

    fn cap(at_most: u32, per: u64, except: Vec<u32>) -> Cap {
        Cap { at_most, per, of: None, except, beyond: Beyond::Drop }
    }

    #[test]
    fn a_cap_holds_back_until_its_stretch_is_over() {
        let caps = Caps { caps: vec![cap(2, DAY, vec![])] };
        let mut log = ContactLog::default();
        for hour in [0, 1] {
            assert!(caps.held_back(&mut log, hour, 7).is_none());
            log.add(hour, 7);
        }
        let held = caps.held_back(&mut log, 2, 7).map(|held| (held.counted, held.room));
        assert_eq!(held, Some((2, Some(DAY + 1))));
        assert!(caps.held_back(&mut log, DAY, 7).is_some());
        assert!(caps.held_back(&mut log, DAY + 1, 7).is_none());
    }

    #[test]
    fn an_excepted_class_is_neither_counted_nor_held_back() {
        let caps = Caps { caps: vec![cap(1, DAY, vec![9])] };
        let mut log = ContactLog::default();
        log.add(0, 9);
        assert!(caps.held_back(&mut log, 1, 7).is_none());
        log.add(1, 7);
        assert!(caps.held_back(&mut log, 2, 7).is_some());
        assert!(caps.held_back(&mut log, 2, 9).is_none());
    }

    #[test]
    fn a_cap_of_some_classes_leaves_the_others_alone() {
        let caps = Caps { caps: vec![Cap { of: Some(vec![7, 8]), ..cap(1, DAY, vec![]) }] };
        let mut log = ContactLog::default();
        log.add(0, 9);
        assert!(caps.held_back(&mut log, 1, 7).is_none());
        log.add(1, 7);
        assert!(caps.held_back(&mut log, 2, 8).is_some());
        assert!(caps.held_back(&mut log, 2, 9).is_none());
    }

    #[test]
    fn a_cap_of_nothing_never_has_room() {
        let caps = Caps { caps: vec![cap(0, DAY, vec![])] };
        assert_eq!(caps.held_back(&mut ContactLog::default(), 0, 1).map(|held| held.room), Some(None));
    }

    /// Caps with stretches of up to 20 moments over classes 0 to 3.
    fn some_caps() -> impl Strategy<Value = Caps> {
        let classes = || prop::collection::vec(0_u32..4, 0..3);
        let cap = (0_u32..4, 1_u64..20, prop::option::of(classes()), classes());
        let cap = cap.prop_map(|(at_most, per, of, except)| Cap { at_most, per, of, except, beyond: Beyond::Defer });
        prop::collection::vec(cap, 1..4).prop_map(|caps| Caps { caps })
    }

    proptest! {
        /// Whatever is asked for, no stretch of a cap holds more than it allows; recounted from all that was ever sent.
        #[test]
        fn caps_are_never_exceeded(
            caps in some_caps(),
            asked in prop::collection::vec((0_u64..6, 0_u32..4), 1..200),
        ) {
            let (mut log, mut sent, mut now) = (ContactLog::default(), Vec::new(), 0);
            for (later, category) in asked {
                now += later;
                if caps.held_back(&mut log, now, category).is_none() {
                    log.add(now, category);
                    sent.push((now, category));
                }
            }
            for cap in &caps.caps {
                let counted: Vec<u64> = sent.iter().filter(|(_, class)| cap.concerns(*class)).map(|(at, _)| *at).collect();
                for from in &counted {
                    let inside = counted.iter().filter(|at| (*from..=from + cap.per).contains(at)).count();
                    prop_assert!(inside <= cap.at_most as usize, "{inside} from {from} on with {cap:?}");
                }
            }
        }

        /// A cap has room from the moment on that it names, and not before.
        #[test]
        fn a_cap_has_room_when_it_says(
            at_most in 1_u32..4, per in 1_u64..20, sent in prop::collection::vec(0_u64..30, 0..12), later in 0_u64..5,
        ) {
            let caps = Caps { caps: vec![cap(at_most, per, vec![])] };
            let mut moments = sent;
            moments.sort_unstable();
            let now = moments.last().copied().unwrap_or(0) + later;
            let log = || {
                let mut log = ContactLog::default();
                moments.iter().for_each(|at| log.add(*at, 1));
                log
            };
            if let Some(held) = caps.held_back(&mut log(), now, 1) {
                let room = held.room.unwrap();
                prop_assert!(room > now);
                prop_assert!(caps.held_back(&mut log(), room - 1, 1).is_some());
                prop_assert!(caps.held_back(&mut log(), room, 1).is_none());
            }
        }
    }
}
