//! Where actors live: rows of words, kind by kind.

use crate::plan::Kind;
use crate::travel::Journey;
use rehearsal_kernel::Sender;
use rehearsal_model::agenda::Agenda;
use rehearsal_model::holder::{Resource, Stock};
use rehearsal_policy::governance::ContactLog;
use std::collections::VecDeque;

/// An actor's number: eight bits of kind, twenty-four of index.
pub type ActorId = u32;

/// The most actors of one kind.
pub(crate) const ACTORS_MAX: usize = 1 << 24;

/// The kind of an actor.
#[must_use]
pub fn kind_of(actor: ActorId) -> u16 {
    (actor >> 24) as u16
}

/// The index of an actor among its kind.
#[must_use]
pub fn index_of(actor: ActorId) -> usize {
    (actor & 0xff_ffff) as usize
}

/// The number of the actor at `index` of `kind`.
#[must_use]
pub(crate) fn id(kind: u16, index: usize) -> ActorId {
    u32::from(kind) << 24 | index as u32
}

/// The actor that a reference word names; `None` for the missing value.
#[must_use]
pub(crate) fn actor(word: u64) -> Option<ActorId> {
    u32::try_from(word).ok()
}

/// A pool: individual actors as units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    /// Units that are free, in the order of their numbers.
    pub(crate) free: Vec<ActorId>,
    /// Claims that wait, with the moment they came.
    pub(crate) waiting: VecDeque<(u64, u64)>,
    /// Units in all.
    pub(crate) size: u32,
}

/// A holder at work.
#[derive(Clone, Debug)]
pub(crate) enum HolderState {
    /// Interchangeable units.
    Resource(Resource),
    /// Individual actors.
    Pool(Pool),
    /// Goods.
    Stock(Stock),
    /// Capacity over time.
    Agenda(Agenda),
}

/// All actors of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    /// Words of a row.
    pub(crate) words: usize,
    /// Rows, one after another.
    pub(crate) rows: Vec<u64>,
    /// Sites of random draws of each actor.
    pub(crate) sites: usize,
    /// How often each site has drawn.
    pub(crate) counters: Vec<u32>,
    /// The key of each actor's random streams.
    pub(crate) streams: Vec<u64>,
    /// Each actor as a sender of events.
    pub(crate) senders: Vec<Sender>,
    /// The root of each actor's household.
    pub(crate) homes: Vec<ActorId>,
    /// Whether the actor is still there.
    pub(crate) alive: Vec<bool>,
    /// The first of each actor's jobs.
    pub(crate) jobs: Vec<u32>,
    /// Holders of each actor, one after another.
    pub(crate) holders: Vec<HolderState>,
    /// Journeys under way.
    pub(crate) journeys: Vec<Option<Journey>>,
    /// What was said to each, for people.
    pub(crate) contacts: Vec<ContactLog>,
}

/// The end of a list of jobs.
pub(crate) const NO_JOB: u32 = u32::MAX;

impl Store {
    /// An empty store for actors of `kind`.
    #[must_use]
    pub(crate) fn new(kind: &Kind) -> Store {
        Store { words: kind.words as usize, sites: kind.sites.len(), ..Store::default() }
    }

    /// How many there are, those that left included.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }

    /// Adds a row of zeros.
    pub(crate) fn add(&mut self, stream: u64, home: Option<ActorId>, own: ActorId) {
        self.rows.resize(self.rows.len() + self.words, 0);
        self.counters.resize(self.counters.len() + self.sites, 0);
        self.streams.push(stream);
        self.senders.push(Sender::new(own));
        self.homes.push(home.unwrap_or(own));
        self.alive.push(true);
        self.jobs.push(NO_JOB);
        self.journeys.push(None);
        self.contacts.push(ContactLog::default());
    }

    /// A word of a row.
    #[must_use]
    pub(crate) fn get(&self, index: usize, slot: u16) -> u64 {
        self.rows[index * self.words + slot as usize]
    }

    /// Writes a word of a row.
    pub(crate) fn set(&mut self, index: usize, slot: u16, word: u64) {
        self.rows[index * self.words + slot as usize] = word;
    }
}
