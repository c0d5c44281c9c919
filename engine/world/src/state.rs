//! What a world writes of itself, and a world from what was written.
//!
//! Written is what decides the future and cannot be told from the plan: rows, holders, journeys, contacts and those that wait, jobs,
//! payloads, measures, and who listens to whom. Programs, hours and names are the plan's, relations follow from it; ways that are known, scratch memory and
//! the record of a run are nobody's future. The kernel adds the clock and what is pending.
//!
//! What was written is checked for whatever a plan can tell of it: how many of everything there are, and that numbers of
//! actors, jobs, payloads and programs are numbers of some. What a row says is believed; the checksum of a snapshot keeps
//! accidents out, not forgery.

mod pending;
mod stores;
pub(crate) mod words;

use crate::actors::{ActorId, Store, index_of, kind_of};
use crate::contact::Outreach;
use crate::jobs::Jobs;
use crate::measures::Measures;
use crate::payloads::Payloads;
use crate::plan::Plan;
use crate::travel::Travel;
use crate::world::World;
use rehearsal_kernel::stream::StreamKey;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use stores::{StoreState, StoreWritten};

pub(crate) use pending::check_pending;

/// The changing part of a world, as it is written; field by field what [`WorldState`] reads.
#[derive(Serialize)]
struct WorldWritten<'a> {
    policy: Option<&'a str>,
    beside: Option<&'a str>,
    root: StreamKey,
    stores: Vec<StoreWritten<'a>>,
    jobs: &'a Jobs,
    payloads: &'a Payloads,
    groups: &'a [(u16, usize, usize)],
    measures: &'a Measures,
    listeners: &'a [Vec<Vec<ActorId>>],
    pool_of: &'a BTreeMap<ActorId, u64>,
    minds: &'a [(u64, u64)],
    decisions: u64,
    outreach: &'a Outreach,
    asides: (u64, u64),
    live: (bool, &'a BTreeSet<ActorId>),
}

/// The changing part of a world, as it is read.
#[derive(Deserialize)]
pub(crate) struct WorldState {
    policy: Option<String>,
    beside: Option<String>,
    root: StreamKey,
    stores: Vec<StoreState>,
    jobs: Jobs,
    payloads: Payloads,
    groups: Vec<(u16, usize, usize)>,
    measures: Measures,
    listeners: Vec<Vec<Vec<ActorId>>>,
    pool_of: BTreeMap<ActorId, u64>,
    minds: Vec<(u64, u64)>,
    decisions: u64,
    outreach: Outreach,
    asides: (u64, u64),
    live: (bool, BTreeSet<ActorId>),
}

impl Serialize for World<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        debug_assert!(self.common.ready.is_empty(), "a world is written between two events");
        let written = WorldWritten {
            policy: self.common.policy.map(|policy| policy.name.as_str()),
            beside: self.beside.map(|policy| policy.name.as_str()),
            root: self.root,
            stores: self.stores.iter().map(StoreWritten::of).collect(),
            jobs: &self.common.jobs,
            payloads: &self.payloads,
            groups: &self.common.groups,
            measures: &self.common.measures,
            listeners: &self.listeners,
            pool_of: &self.pool_of,
            minds: &self.minds,
            decisions: self.decisions,
            outreach: &self.outreach,
            asides: (self.asides, self.overheard),
            live: (self.live, &self.enrolled),
        };
        written.serialize(serializer)
    }
}

impl WorldState {
    /// The world of `plan` with this state. The error says what of it does not fit.
    pub(crate) fn complete(self, plan: &Plan) -> Result<World<'_>, String> {
        let find = |name: &String| {
            let found = plan.policies.iter().find(|policy| policy.name == *name);
            found.ok_or_else(|| format!("it ran under policy `{name}`, which is none"))
        };
        let policy = self.policy.as_ref().map(find).transpose()?;
        let mut world = World::new(plan, policy, self.root);
        world.beside = self.beside.as_ref().map(find).transpose()?;
        if world.beside.is_some_and(|beside| beside.shadow.is_none()) {
            return Err("a policy decided beside it in shadow, which this one does without".into());
        }
        if self.stores.len() != plan.kinds.len() || self.listeners.len() != plan.kinds.len() {
            return Err(format!("it has {} kinds of actors instead of {}", self.stores.len(), plan.kinds.len()));
        }
        for (kind, store) in self.stores.into_iter().enumerate() {
            world.stores[kind] = store.complete(&mut world, kind)?;
        }
        world.common.measures = self.measures.completed(plan).ok_or("its measures are others")?;
        world.travel = plan.roads.clone().map(Travel::new);
        (world.common.jobs, world.payloads, world.common.groups) = (self.jobs, self.payloads, self.groups);
        (world.listeners, world.pool_of) = (Arc::new(self.listeners), self.pool_of);
        (world.minds, world.decisions, world.outreach) = (self.minds, self.decisions, self.outreach);
        (world.asides, world.overheard) = self.asides;
        (world.live, world.enrolled) = self.live;
        match world.mismatch() {
            Some(fault) => Err(fault),
            None => {
                let weight = world.weight();
                world.driving = world.stores.iter().map(|store| store.journeys.under_way().count() as u32).sum();
                world.hold(weight, || "its actors".into()).and_then(|()| world.relate()).map_err(|error| error.to_string())?;
                Ok(world)
            }
        }
    }
}

impl World<'_> {
    /// Whether there is or was such an actor.
    pub(crate) fn exists(&self, actor: ActorId) -> bool {
        self.stores.get(kind_of(actor) as usize).is_some_and(|store| index_of(actor) < store.len())
    }

    /// Whether a word names a holder of an actor.
    fn is_holder(&self, word: u64) -> bool {
        let owner = word as ActorId;
        let number = (word >> 32) as usize & 0xffff;
        self.exists(owner) && number < self.common.plan.kinds[kind_of(owner) as usize].holders.len()
    }

    /// What of a world that was read does not fit together.
    fn mismatch(&self) -> Option<String> {
        let exists = |actor: ActorId| self.exists(actor);
        let minds = self.common.policy.map_or(0, |policy| self.stores[policy.mind() as usize].len());
        let heard = self.listeners.iter().flatten().flatten().all(|mind| exists(*mind));
        let inside = |(kind, first, last): &(u16, usize, usize)| {
            first <= last && self.stores.get(usize::from(*kind)).is_some_and(|store| *last <= store.len())
        };
        let owned = |(unit, pool): (&ActorId, &u64)| exists(*unit) && self.is_holder(*pool);
        let linked = |store: &Store| (0..store.len()).all(|index| self.common.jobs.links(store.job(index)));
        if !self.stores.iter().all(linked) {
            Some("an actor has a job that is none".into())
        } else if self.minds.len() != minds || !heard {
            Some(format!("it has {} minds for {minds} profiles", self.minds.len()))
        } else if self.common.groups.len() != self.common.plan.groups.len() || !self.common.groups.iter().all(inside) {
            Some("its groups are others".into())
        } else if !self.enrolled.iter().all(|home| exists(*home)) {
            Some("somebody is enrolled who is not there".into())
        } else if !self.pool_of.iter().all(owned) {
            Some("a unit belongs to a pool that is none".into())
        } else if !self.payloads.is_sound() {
            Some("a place for what messages carry is free and taken".into())
        } else if !self.outreach.put_off.is_sound(|actor| exists(actor).then(|| self.home(actor))) {
            Some("a contact waits for somebody who is not there".into())
        } else if !self.outreach.ledger.is_sound() {
            Some("what came of contacts does not add up".into())
        } else {
            self.common.jobs.fault(self.common.plan, exists)
        }
    }
}
