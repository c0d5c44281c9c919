//! Forks: a world copied, into new memory or into that of another.
//!
//! What decides the future is copied, what is known for speed is not, and a record stays with the run that began it.

use crate::travel::Travel;
use crate::world::World;

impl Clone for World<'_> {
    fn clone(&self) -> Self {
        let mut copy = World::new(self.common.plan, self.common.policy, self.root);
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there. Where both are of one plan, the copy keeps the ways it knows.
    fn clone_from(&mut self, source: &Self) {
        if !std::ptr::eq(self.common.plan, source.common.plan) {
            *self = World::new(source.common.plan, source.common.policy, source.root);
        }
        (self.common.policy, self.root, self.common.now, self.decisions) =
            (source.common.policy, source.root, source.common.now, source.decisions);
        (self.beside, self.asides, self.overheard) = (source.beside, source.asides, source.overheard);
        self.held = source.held;
        self.stores.clone_from(&source.stores);
        self.common.jobs.clone_from(&source.common.jobs);
        self.payloads.clone_from(&source.payloads);
        self.common.groups.clone_from(&source.common.groups);
        self.driving = source.driving;
        self.relations = source.relations.clone();
        self.common.measures.clone_from(&source.common.measures);
        self.listeners.clone_from(&source.listeners);
        self.pool_of.clone_from(&source.pool_of);
        self.minds.clone_from(&source.minds);
        self.outreach.clone_from(&source.outreach);
        if self.travel.is_none() {
            self.travel = source.travel.as_ref().map(Travel::afresh);
        }
        // A record and what is counted stay with the run that began them.
        (self.common.observer, self.tally) = (None, None);
        // Between two events nobody is about to go on, and an answer that failed half-way leaves nothing to give back.
        debug_assert!(source.common.ready.is_empty(), "a fork in the middle of an event");
        self.common.ready.clear();
        self.touched.clear();
        self.taken.clear();
        self.refused_inside = false;
        self.wishes.clone_from(&source.wishes);
        (self.ahead, self.live) = (source.ahead, source.live);
        self.enrolled.clone_from(&source.enrolled);
        self.absent.clone_from(&source.absent);
        self.depth = 0;
        self.attend();
    }
}
