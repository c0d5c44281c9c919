//! The actors of one kind as they are written, and from what was written.

use crate::actors::{ActorId, HolderState, Pool, Store, id};
use crate::plan::HolderPlan;
use crate::travel::Journey;
use crate::world::World;
use rehearsal_model::holder::{Resource, Stock};
use rehearsal_model::line::Line;
use rehearsal_model::roads::Route;
use rehearsal_policy::governance::ContactLog;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All actors of one kind, to write.
#[derive(Serialize)]
pub(super) struct StoreWritten<'a> {
    #[serde(serialize_with = "super::words::serialize")]
    rows: &'a [u64],
    holders: Vec<HolderWritten<'a>>,
    journeys: Vec<(u32, JourneyWritten<'a>)>,
    /// With the index of whom they reached.
    contacts: Vec<(u32, &'a ContactLog)>,
}

/// All actors of one kind, as they are read.
#[derive(Deserialize)]
pub(super) struct StoreState {
    #[serde(deserialize_with = "super::words::deserialize")]
    rows: Vec<u64>,
    holders: Vec<HolderRead>,
    journeys: Vec<(u32, JourneyRead)>,
    contacts: Vec<(u32, ContactLog)>,
}

/// A holder, to write: of an agenda, what is booked; its hours are the plan's.
#[derive(Serialize)]
enum HolderWritten<'a> {
    Resource(&'a Resource),
    Pool(&'a Pool),
    Stock(&'a Stock),
    /// Its capacity, and the places taken in each step as stretches that are alike.
    Agenda(u16, Vec<Stretch>),
    Line(&'a Line),
}

#[derive(Deserialize)]
enum HolderRead {
    Resource(Resource),
    Pool(Pool),
    Stock(Stock),
    Agenda(u16, Vec<Stretch>),
    Line(Line),
}

/// So many steps of an agenda in a row, and how many places are taken in each.
type Stretch = (u32, u16);

/// A drive, to write: its way in full, for those who drive are few at any time.
#[derive(Serialize)]
struct JourneyWritten<'a> {
    nodes: &'a [u32],
    cumulative_ms: &'a [u32],
    metres: f64,
    from: u64,
    factor: f64,
}

#[derive(Deserialize)]
struct JourneyRead {
    nodes: Vec<u32>,
    cumulative_ms: Vec<u32>,
    metres: f64,
    from: u64,
    factor: f64,
}

impl<'a> StoreWritten<'a> {
    pub(super) fn of(store: &'a Store) -> StoreWritten<'a> {
        let contacts = store.contacts.iter().enumerate().filter(|(_, log)| !log.is_empty());
        StoreWritten {
            rows: &store.rows,
            holders: store.holders.all.iter().map(HolderWritten::of).collect(),
            journeys: store.journeys.under_way().map(|(at, journey)| (at as u32, JourneyWritten::of(journey))).collect(),
            contacts: contacts.map(|(at, log)| (at as u32, log)).collect(),
        }
    }
}

impl<'a> HolderWritten<'a> {
    fn of(holder: &'a HolderState) -> HolderWritten<'a> {
        match holder {
            HolderState::Resource(resource) => HolderWritten::Resource(resource),
            HolderState::Pool(pool) => HolderWritten::Pool(pool),
            HolderState::Stock(stock) => HolderWritten::Stock(stock),
            HolderState::Agenda(agenda) => HolderWritten::Agenda(agenda.capacity(), agenda.stretches()),
            HolderState::Line(line) => HolderWritten::Line(line),
        }
    }
}

impl<'a> JourneyWritten<'a> {
    fn of(journey: &'a Journey) -> JourneyWritten<'a> {
        let Journey { route, from, factor } = journey;
        let Route { nodes, cumulative_ms, metres } = &**route;
        JourneyWritten { nodes, cumulative_ms, metres: *metres, from: *from, factor: *factor }
    }
}

impl StoreState {
    /// The store of actors of `kind`, of which `world` knows the plan. The error says what of it does not fit.
    pub(super) fn complete(self, world: &mut World<'_>, kind: usize) -> Result<Store, String> {
        let table = &world.common.plan.kinds[kind];
        let mut store = Store::with_rows(table, self.rows).ok_or_else(|| format!("rows of {} are cut", table.name))?;
        if self.holders.len() != store.len() * table.holders.len() {
            return Err(format!("{} {} own {} holders", store.len(), table.name, self.holders.len()));
        }
        for (at, holder) in self.holders.into_iter().enumerate() {
            let number = at % table.holders.len();
            let holder = holder.complete(world, kind, number);
            store
                .holders
                .all
                .push(holder.ok_or_else(|| format!("{} of {} is something else", table.holders[number].name, table.name))?);
        }
        let nodes = world.common.plan.roads.as_ref().map_or(0, |roads| roads.node_count());
        for (at, journey) in self.journeys {
            let place = checked(at, &store, &table.name)?;
            store.journeys[place] = Some(journey.complete(nodes).ok_or_else(|| format!("a drive of {} has no way", table.name))?);
        }
        for (at, log) in self.contacts {
            *store.contacts_of(checked(at, &store, &table.name)?) = log;
        }
        Ok(store)
    }
}

/// An index as a place in a store.
fn checked(at: u32, store: &Store, kind: &str) -> Result<usize, String> {
    let place = at as usize;
    if place < store.len() { Ok(place) } else { Err(format!("there is no {kind}/{at}")) }
}

impl HolderRead {
    fn complete(self, world: &mut World<'_>, kind: usize, number: usize) -> Option<HolderState> {
        match (self, &world.common.plan.kinds[kind].holders[number].what) {
            (HolderRead::Resource(resource), HolderPlan::Resource { .. }) => Some(HolderState::Resource(resource)),
            (HolderRead::Stock(stock), HolderPlan::Stock { .. }) => Some(HolderState::Stock(stock)),
            (HolderRead::Line(line), HolderPlan::Line { .. }) => Some(HolderState::Line(line)),
            (HolderRead::Pool(pool), HolderPlan::Pool { kind, .. }) => {
                let own = |unit: &ActorId| id(*kind, 0) >> 24 == unit >> 24;
                let fits = pool.free.iter().all(own) && pool.free.is_sorted() && pool.free.len() <= pool.size as usize;
                fits.then_some(HolderState::Pool(pool))
            }
            (HolderRead::Agenda(capacity, stretches), HolderPlan::Agenda { step, hours, .. }) => {
                let mut agenda = world.empty_agenda((kind, number, capacity), *step, hours.as_ref());
                let mut at = 0_usize;
                for (steps, used) in stretches {
                    let next = at.checked_add(steps as usize).filter(|next| *next <= agenda.steps() && used <= capacity)?;
                    (at..next).for_each(|step| agenda.fill(step, used));
                    at = next;
                }
                (at == agenda.steps()).then_some(HolderState::Agenda(agenda))
            }
            _ => None,
        }
    }
}

impl JourneyRead {
    fn complete(self, nodes: usize) -> Option<Journey> {
        let on_the_map = self.nodes.iter().all(|node| (*node as usize) < nodes);
        let timed = self.cumulative_ms.len() == self.nodes.len() && self.cumulative_ms.first() == Some(&0);
        let JourneyRead { nodes, cumulative_ms, metres, from, factor } = self;
        let route = Arc::new(Route { nodes, cumulative_ms, metres });
        (on_the_map && timed).then_some(Journey { route, from, factor })
    }
}
