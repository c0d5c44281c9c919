//! What several claims contend for: places to hold, and goods to take.
//!
//! A [`Resource`] has units that are held and given back: bays, agents, lifts.
//! A [`Stock`] has units that are used up and ordered again. Both keep a queue
//! of claims, which are plain numbers chosen by the caller, who also asks with
//! `pop_grant` whether a claim has its turn. Nothing here sends or schedules.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// In which order a resource serves the claims that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Discipline {
    /// First in, first out; priorities are ignored.
    Fifo,
    /// Higher priority first, first in first out among equals.
    Priority,
    /// As by priority; and who comes with a higher one may take units from
    /// those who hold them with a lower one.
    Preemptive,
}

/// Units that a claim holds of a resource that can be taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Who holds them.
    pub claim: u64,
    /// What the caller has noted beside the claim.
    pub tag: u32,
    /// How many.
    pub units: u32,
    /// The priority they were asked for with.
    pub priority: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    claim: u64,
    units: u32,
    rank: i32,
    since_ns: u64,
}

/// Equal units that are held for a while, and a queue for them.
///
/// The head of the queue blocks: whoever is next waits until there is enough
/// for it, and nobody passes it, so large requests are not starved by small
/// ones. Under [`Discipline::Preemptive`] it keeps who holds what, and says from
/// whom units would have to be taken; taking them is the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    capacity: u32,
    discipline: Discipline,
    busy: u32,
    /// By falling rank, then by order of arrival.
    queue: VecDeque<Waiting>,
    /// Who holds what, in the order in which they got it; of a preemptive one.
    held: Vec<Held>,
}

impl Resource {
    /// A resource with so many units, all free.
    pub fn new(capacity: u32, discipline: Discipline) -> Self {
        Self { capacity, discipline, busy: 0, queue: VecDeque::new(), held: Vec::new() }
    }

    /// Takes units to hold; false, and nothing taken, unless the request would
    /// be the head of the queue and enough units are free.
    #[inline(always)]
    pub fn hold(&mut self, units: u32, priority: i32) -> bool {
        let rank = self.rank(priority);
        let is_head = self.queue.front().is_none_or(|head| rank > head.rank);
        let held = is_head && units <= self.available();
        if held {
            self.busy += units;
        }
        held
    }

    /// Puts a claim in the queue from `now` on \[ns\], behind those of its
    /// priority. Takes time in proportion to those it goes ahead of.
    ///
    /// More units than the capacity block the queue until the capacity is
    /// raised or the claim withdrawn.
    pub fn join(&mut self, claim: u64, units: u32, priority: i32, now: u64) {
        let (rank, last) = (self.rank(priority), self.queue.back());
        if last.is_none_or(|last| last.rank >= rank) {
            self.queue.push_back(Waiting { claim, units, rank, since_ns: now });
            return;
        }
        let behind = self.queue.iter().rev().take_while(|waiting| waiting.rank < rank).count();
        self.queue.insert(self.queue.len() - behind, Waiting { claim, units, rank, since_ns: now });
    }

    fn rank(&self, priority: i32) -> i32 {
        match self.discipline {
            Discipline::Fifo => 0,
            Discipline::Priority | Discipline::Preemptive => priority,
        }
    }

    /// Gives units back. Then ask [`Resource::pop_grant`] until it has nothing.
    ///
    /// # Panics
    /// If more units are given back than are held.
    #[inline]
    pub fn release(&mut self, units: u32) {
        let held = self.busy;
        assert!(units <= held, "{units} units of a resource given back, but only {held} are held");
        self.busy -= units;
    }

    /// Takes a claim out of the queue; false if it does not wait.
    ///
    /// If it was the head, others may have their turn: ask
    /// [`Resource::pop_grant`]. Takes time in proportion to the queue.
    pub fn withdraw(&mut self, claim: u64) -> bool {
        let place = self.queue.iter().position(|waiting| waiting.claim == claim);
        place.is_some_and(|place| self.queue.remove(place).is_some())
    }

    /// Grants the head of the queue if there is enough for it: the claim, its
    /// units, and how long it waited up to `now` \[ns\].
    #[inline]
    pub fn pop_grant(&mut self, now: u64) -> Option<(u64, u32, u64)> {
        let Waiting { claim, units, since_ns, rank } = *self.queue.front()?;
        if units > self.available() {
            return None;
        }
        self.queue.pop_front();
        self.busy += units;
        if self.is_preemptive() {
            self.held.push(Held { claim, tag: 0, units, priority: rank });
        }
        Some((claim, units, now.saturating_sub(since_ns)))
    }

    /// Whether units may be taken from those who hold them.
    #[inline]
    pub fn is_preemptive(&self) -> bool {
        self.discipline == Discipline::Preemptive
    }

    /// Notes who has got units by [`Resource::hold`].
    pub fn note(&mut self, held: Held) {
        self.held.push(held);
    }

    /// Notes something beside the claim that was granted last.
    pub fn tag(&mut self, claim: u64, tag: u32) {
        if let Some(held) = self.held.iter_mut().rev().find(|held| held.claim == claim) {
            held.tag = tag;
        }
    }

    /// Forgets that a claim holds so many units, when they are given back.
    pub fn forget(&mut self, claim: u64, units: u32) {
        if let Some(place) = self.held.iter().rposition(|held| held.claim == claim && held.units == units) {
            self.held.remove(place);
        }
    }

    /// From whom units have to be taken so that a request of this priority is
    /// met: those of least priority first, of equals who got theirs last.
    ///
    /// `may` says who can be asked to give way. Nobody if that is not enough,
    /// or if somebody of this priority waits already.
    pub fn to_give_way(&self, units: u32, priority: i32, may: impl Fn(&Held) -> bool) -> Vec<Held> {
        if self.queue.front().is_some_and(|head| head.rank >= priority) {
            return Vec::new();
        }
        let mut weaker: Vec<Held> =
            self.held.iter().rev().filter(|held| held.priority < priority && may(held)).copied().collect();
        weaker.sort_by_key(|held| held.priority);
        let mut free = self.available();
        let mut taken = 0;
        while free < units && taken < weaker.len() {
            free += weaker[taken].units;
            taken += 1;
        }
        weaker.truncate(taken);
        if free < units { Vec::new() } else { weaker }
    }

    /// Puts a claim whose units were taken in the queue, ahead of its equals.
    pub fn join_again(&mut self, held: Held, now: u64) {
        let ahead = self.queue.iter().take_while(|waiting| waiting.rank > held.priority).count();
        let Held { claim, units, priority: rank, .. } = held;
        self.queue.insert(ahead, Waiting { claim, units, rank, since_ns: now });
    }

    /// Changes how many units there are.
    ///
    /// Fewer than are held take nothing away: nobody is granted until enough
    /// were given back. After raising it, ask [`Resource::pop_grant`].
    pub fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
    }

    /// How many units are held.
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// How many units are free; 0 while more are held than there are.
    pub fn available(&self) -> u32 {
        self.capacity.saturating_sub(self.busy)
    }

    /// How many claims wait.
    pub fn queue_len(&self) -> usize {
        self.queue.len()
    }

    /// How many units there are.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The claims that wait, in the order of their turn.
    pub fn queue(&self) -> impl Iterator<Item = u64> + '_ {
        self.queue.iter().map(|waiting| waiting.claim)
    }
}

/// Goods on a shelf that are used up, ordered again, and waited for.
///
/// Reordering looks at the inventory position, what is on the shelf and on
/// order less what is waited for: at or below the reorder point a fixed
/// quantity is due (an (s, Q) policy), or as much as brings the position up to
/// a level (an (s, S) policy). When it is looked at, is the caller's.
///
/// # Source
/// Silver, Pyke, Thomas, "Inventory and Production Management in Supply
/// Chains" (2017), ch. 6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    level: u32,
    reorder_at: u32,
    order: Order,
    on_order: u32,
    queue: VecDeque<Waiting>,
}

/// How much is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Nothing, ever.
    Nothing,
    /// Always so many units.
    Quantity(u32),
    /// As many as bring the inventory position up to this level.
    UpTo(u32),
}

impl Stock {
    /// A shelf with so many units, of which more are ordered when the inventory
    /// position is at or below `reorder_at`.
    pub fn new(level: u32, reorder_at: u32, order: Order) -> Self {
        Self { level, reorder_at, order, on_order: 0, queue: VecDeque::new() }
    }

    /// Takes units off the shelf; false, and nothing taken, if there are not
    /// enough or somebody waits already.
    pub fn take(&mut self, units: u32) -> bool {
        let taken = self.queue.is_empty() && units <= self.level;
        if taken {
            self.level -= units;
        }
        taken
    }

    /// Puts a claim for units in the queue from `now` on \[ns\].
    pub fn join(&mut self, claim: u64, units: u32, now: u64) {
        self.queue.push_back(Waiting { claim, units, rank: 0, since_ns: now });
    }

    /// Takes a claim out of the queue; false if it does not wait.
    ///
    /// If it was the head, others may have their turn: ask [`Stock::pop_grant`].
    pub fn withdraw(&mut self, claim: u64) -> bool {
        let place = self.queue.iter().position(|waiting| waiting.claim == claim);
        place.is_some_and(|place| self.queue.remove(place).is_some())
    }

    /// Hands the head of the queue its units if they are there: the claim, its
    /// units, and how long it waited up to `now` \[ns\].
    pub fn pop_grant(&mut self, now: u64) -> Option<(u64, u32, u64)> {
        let head = self.queue.front().filter(|head| head.units <= self.level)?;
        let granted = (head.claim, head.units, now.saturating_sub(head.since_ns));
        self.level -= head.units;
        self.queue.pop_front();
        Some(granted)
    }

    /// Whether an order is due.
    pub fn needs_order(&self) -> bool {
        self.position() <= i64::from(self.reorder_at) && self.due() > 0
    }

    /// What is on the shelf and on order, less what is waited for.
    pub fn position(&self) -> i64 {
        let waited_for: i64 = self.queue.iter().map(|w| i64::from(w.units)).sum();
        i64::from(self.level) + i64::from(self.on_order) - waited_for
    }

    /// How many units an order would be for.
    fn due(&self) -> u32 {
        match self.order {
            Order::Nothing => 0,
            Order::Quantity(units) => units,
            Order::UpTo(level) => u32::try_from(i64::from(level) - self.position()).unwrap_or(0),
        }
    }

    /// Notes that an order was placed, and says for how many units.
    pub fn place_order(&mut self) -> u32 {
        let room = u32::MAX - self.on_order;
        let units = self.due().min(room);
        self.on_order += units;
        units
    }

    /// Puts units on the shelf, first of all those on order. Then ask
    /// [`Stock::pop_grant`] until it has nothing. Saturates.
    pub fn arrive(&mut self, units: u32) {
        self.on_order = self.on_order.saturating_sub(units);
        self.level = self.level.saturating_add(units);
    }

    /// Puts units back that were taken; nothing on order has come. Then ask
    /// [`Stock::pop_grant`] until it has nothing. Saturates.
    pub fn put_back(&mut self, units: u32) {
        self.level = self.level.saturating_add(units);
    }

    /// How many units are on the shelf.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// The inventory position at or below which an order is due.
    pub fn reorder_at(&self) -> u32 {
        self.reorder_at
    }

    /// How much is ordered at a time.
    pub fn order(&self) -> Order {
        self.order
    }

    /// How many units are on order.
    pub fn on_order(&self) -> u32 {
        self.on_order
    }

    /// How many claims wait.
    pub fn queue_len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    /// Holds units at once, or joins the queue; whether it holds them.
    fn request(resource: &mut Resource, claim: u64, units: u32, priority: i32, now: u64) -> bool {
        let held = resource.hold(units, priority);
        if !held {
            resource.join(claim, units, priority, now);
        }
        held
    }

    fn grants(resource: &mut Resource, now: u64) -> Vec<(u64, u32, u64)> {
        std::iter::from_fn(|| resource.pop_grant(now)).collect()
    }

    #[test]
    fn the_head_of_the_line_blocks() {
        let mut bays = Resource::new(2, Discipline::Fifo);
        assert!(request(&mut bays, 1, 1, 0, 0));
        assert!(!request(&mut bays, 2, 2, 0, 5));
        assert!(!request(&mut bays, 3, 1, 9, 6), "one is free, but 2 is first");
        assert_eq!(bays.pop_grant(7), None);
        assert!(bays.withdraw(2) && !bays.withdraw(2));
        assert_eq!(grants(&mut bays, 10), [(3, 1, 4)]);
        assert_eq!((bays.busy(), bays.available(), bays.queue_len()), (2, 0, 0));
    }

    #[test]
    fn higher_priority_goes_first() {
        let mut agents = Resource::new(1, Discipline::Priority);
        assert!(request(&mut agents, 1, 1, 0, 0));
        for (claim, priority) in [(2, 0), (3, 5), (4, 5), (5, -1)] {
            assert!(!request(&mut agents, claim, 1, priority, 1));
        }
        assert_eq!(agents.queue().collect::<Vec<_>>(), [3, 4, 2, 5]);
        agents.release(1);
        assert_eq!(grants(&mut agents, 3), [(3, 1, 2)]);
    }

    #[test]
    fn the_weakest_give_way_and_come_back_ahead_of_their_equals() {
        let mut beds = Resource::new(3, Discipline::Preemptive);
        for (claim, priority) in [(1, 2), (2, 0), (3, 0)] {
            assert!(beds.hold(1, priority));
            beds.note(Held { claim, tag: 0, units: 1, priority });
        }
        let claims = |held: Vec<Held>| held.iter().map(|held| held.claim).collect::<Vec<_>>();
        assert_eq!(claims(beds.to_give_way(1, 1, |_| true)), [3], "of equals who got it last");
        assert_eq!(claims(beds.to_give_way(1, 1, |held| held.claim != 3)), [2]);
        assert_eq!(claims(beds.to_give_way(2, 1, |_| true)), [3, 2]);
        assert!(beds.to_give_way(3, 1, |_| true).is_empty(), "two are not enough for three");
        assert!(beds.to_give_way(1, 0, |_| true).is_empty(), "nobody gives way to an equal");
        let held = beds.to_give_way(1, 1, |_| true)[0];
        beds.release(held.units);
        beds.forget(held.claim, held.units);
        beds.join(4, 1, 0, 5);
        beds.join_again(held, 6);
        assert_eq!(beds.queue().collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn capacity_may_shrink_under_those_who_hold() {
        let mut lifts = Resource::new(3, Discipline::Fifo);
        assert!(request(&mut lifts, 1, 3, 0, 0));
        lifts.set_capacity(1);
        assert!(!request(&mut lifts, 2, 1, 0, 0));
        lifts.release(2);
        assert_eq!(lifts.pop_grant(1), None);
        lifts.release(1);
        assert_eq!(lifts.pop_grant(2), Some((2, 1, 2)));
    }

    #[test]
    #[should_panic(expected = "only 0 are held")]
    fn more_cannot_be_given_back_than_is_held() {
        Resource::new(1, Discipline::Fifo).release(1);
    }

    #[test]
    fn stock_runs_out_and_comes_again() {
        let mut filters = Stock::new(5, 2, Order::Quantity(10));
        assert!(filters.take(2) && !filters.needs_order());
        assert!(!filters.take(4));
        filters.join(1, 4, 0);
        assert!(!filters.take(1), "3 are there, but 1 waits");
        assert!(filters.needs_order());
        assert_eq!(filters.place_order(), 10);
        assert!(!filters.needs_order());
        assert_eq!(filters.pop_grant(5), None);
        filters.arrive(10);
        assert_eq!(filters.pop_grant(7), Some((1, 4, 7)));
        assert_eq!((filters.level(), filters.on_order(), filters.queue_len()), (9, 0, 0));
        assert!(!Stock::new(0, 0, Order::Nothing).needs_order());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Request(u32, i32),
        Release(prop::sample::Index),
        Withdraw(prop::sample::Index),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => (0_u32..5, -2_i32..3).prop_map(|(units, priority)| Step::Request(units, priority)),
            2 => any::<prop::sample::Index>().prop_map(Step::Release),
            1 => any::<prop::sample::Index>().prop_map(Step::Withdraw),
        ];
        prop::collection::vec(step, 0..80)
    }

    /// The same rules, slowly: a list that is searched for the next one.
    #[derive(Default)]
    struct Oracle {
        /// Claim, units, rank.
        waiting: Vec<(u64, u32, i32)>,
        held: Vec<(u64, u32)>,
    }

    impl Oracle {
        fn grant(&mut self, capacity: u32) -> Vec<u64> {
            let mut granted = Vec::new();
            // The first of the highest rank: `max_by_key` would take the last.
            while let Some(next) = (0..self.waiting.len()).min_by_key(|&i| Reverse(self.waiting[i].2)) {
                let (claim, units, _) = self.waiting[next];
                if self.busy() + units > capacity {
                    break;
                }
                self.waiting.remove(next);
                self.held.push((claim, units));
                granted.push(claim);
            }
            granted
        }

        fn busy(&self) -> u32 {
            self.held.iter().map(|(_, units)| units).sum()
        }
    }

    proptest! {
        #[test]
        fn claims_are_served_as_a_list_would_serve_them(steps in steps(), by_priority in any::<bool>()) {
            let discipline = if by_priority { Discipline::Priority } else { Discipline::Fifo };
            let (mut resource, mut oracle) = (Resource::new(4, discipline), Oracle::default());
            for (now, step) in (0_u64..).zip(steps) {
                let mut granted = Vec::new();
                match step {
                    Step::Request(units, priority) => {
                        oracle.waiting.push((now, units, if by_priority { priority } else { 0 }));
                        if request(&mut resource, now, units, priority, now) {
                            granted.push(now);
                        }
                    }
                    Step::Release(index) if !oracle.held.is_empty() => {
                        let (_, units) = oracle.held.remove(index.index(oracle.held.len()));
                        resource.release(units);
                    }
                    Step::Withdraw(index) if !oracle.waiting.is_empty() => {
                        let (claim, ..) = oracle.waiting.remove(index.index(oracle.waiting.len()));
                        prop_assert!(resource.withdraw(claim));
                    }
                    _ => {}
                }
                for (claim, _, waited) in grants(&mut resource, now) {
                    prop_assert_eq!(waited, now - claim, "claims are named by when they were made");
                    granted.push(claim);
                }
                prop_assert_eq!(granted, oracle.grant(4));
                prop_assert_eq!(resource.busy(), oracle.busy());
                prop_assert!(resource.busy() <= resource.capacity());
                prop_assert_eq!(resource.queue_len(), oracle.waiting.len());
            }
        }

        #[test]
        fn stock_is_neither_made_nor_lost(moves in prop::collection::vec((0_u8..3, 0_u32..6), 0..60)) {
            let mut stock = Stock::new(7, 3, Order::Quantity(5));
            let (mut came, mut went, mut turn) = (7, 0, Vec::new());
            for (now, (kind, units)) in (0_u64..).zip(moves) {
                match kind {
                    0 => { stock.arrive(units); came += units; }
                    1 => if stock.take(units) { went += units },
                    _ => if stock.take(units) { went += units } else { stock.join(now, units, now) },
                }
                while let Some((claim, units, _)) = stock.pop_grant(now) {
                    turn.push(claim);
                    went += units;
                }
                prop_assert_eq!(stock.level(), came - went);
            }
            prop_assert!(turn.is_sorted(), "first in, first out: {:?}", turn);
        }
    }
}
