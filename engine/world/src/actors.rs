//! Where actors live: rows of words, kind by kind.

use crate::packet::{Context, Packet};
use crate::plan::{Kind, ROW_RESERVED};
use crate::travel::Journeys;
use rehearsal_kernel::{Draws, Duration, KernelError, Purpose, Sender, StreamKey, Ticket};
use rehearsal_language::vm::{self, Words};
use rehearsal_model::agenda::Agenda;
use rehearsal_model::holder::{Resource, Stock};
use rehearsal_model::line::Line;
use rehearsal_policy::governance::ContactLog;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

mod ahead;

pub(crate) use ahead::{Ahead, Drawing, NOTHING, Site};

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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pool {
    /// Units that are free, in the order of their numbers.
    pub(crate) free: Vec<ActorId>,
    /// Claims that wait, with the moment they came.
    pub(crate) waiting: VecDeque<(u64, u64)>,
    /// Units in all.
    pub(crate) size: u32,
}

/// A holder at work.
#[derive(Debug)]
pub(crate) enum HolderState {
    /// Interchangeable units.
    Resource(Resource),
    /// Individual actors.
    Pool(Pool),
    /// Goods.
    Stock(Stock),
    /// Capacity over time.
    Agenda(Agenda),
    /// Those who wait until they are let in.
    Line(Line),
}

impl Clone for HolderState {
    fn clone(&self) -> HolderState {
        match self {
            HolderState::Resource(resource) => HolderState::Resource(resource.clone()),
            HolderState::Pool(pool) => HolderState::Pool(pool.clone()),
            HolderState::Stock(stock) => HolderState::Stock(stock.clone()),
            HolderState::Agenda(agenda) => HolderState::Agenda(agenda.clone()),
            HolderState::Line(line) => HolderState::Line(line.clone()),
        }
    }

    /// Copies an agenda, the only large one, into the memory that is there.
    fn clone_from(&mut self, source: &HolderState) {
        match (self, source) {
            (HolderState::Agenda(agenda), HolderState::Agenda(source)) => agenda.clone_from(source),
            (place, source) => *place = source.clone(),
        }
    }
}

/// The head of a row, see [`Store`]: the key of the actor's random streams.
pub(crate) const ROW_KEY: usize = 0;
/// How many events it has sent, and in the high half the first of its jobs.
const ROW_LINK: usize = 1;
/// The root of its household, and in the high half whether it is there.
const ROW_HOME: usize = 2;

/// Set while the actor is in the world.
const ALIVE: u64 = 1 << 32;

const _: () = assert!(ROW_HOME + 1 == ROW_RESERVED as usize, "the head of a row is what layouts leave free for it");

/// All actors of one kind.
///
/// A row holds all that is touched when its actor handles an event: first the runtime's own words, then the fields,
/// last how often each site of random draws has drawn, two to a word.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Words of a row without the counts of draws.
    pub(crate) words: usize,
    /// Words from one row to the next.
    stride: usize,
    /// Rows, one after another.
    pub(crate) rows: Vec<u64>,
    /// What each owns.
    pub(crate) holders: Holders,
    /// Journeys under way, for a kind that moves.
    pub(crate) journeys: Journeys,
    /// What was said to each, as far as anybody was reached.
    pub(crate) contacts: Vec<ContactLog>,
    /// Draws ahead, of those that were announced; no part of the state.
    pub(crate) ahead: Ahead,
    len: usize,
}

/// The end of a list of jobs.
pub(crate) const NO_JOB: u32 = u32::MAX;

impl Clone for Store {
    fn clone(&self) -> Store {
        let mut copy = Store::default();
        copy.clone_from(self);
        copy
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Store) {
        (self.words, self.stride, self.len) = (source.words, source.stride, source.len);
        self.rows.clone_from(&source.rows);
        self.holders.each = source.holders.each;
        self.holders.all.clone_from(&source.holders.all);
        self.journeys.clone_from(&source.journeys);
        self.contacts.clone_from(&source.contacts);
        self.ahead.clear();
    }
}

/// What the actors of a kind own.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    /// Holders of one actor.
    pub(crate) each: usize,
    /// Those of each actor, one after another.
    pub(crate) all: Vec<HolderState>,
}

impl Holders {
    /// A holder of the actor at `index`; none before it is born.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self, index: usize, number: usize) -> Option<&mut HolderState> {
        self.all.get_mut(index * self.each + number).filter(|_| number < self.each)
    }
}

/// Whether the actor of a row is in the world.
#[inline(always)]
pub(crate) fn is_there(row: &Words) -> bool {
    row[ROW_HOME].get() & ALIVE != 0
}

impl Store {
    /// An empty store for actors of `kind`.
    #[must_use]
    pub(crate) fn new(kind: &Kind) -> Store {
        let words = kind.words as usize;
        let (stride, each) = (words + kind.sites.len().div_ceil(2), kind.holders.len());
        Store { words, stride, holders: Holders { each, all: Vec::new() }, ..Store::default() }
    }

    /// A store of actors of `kind` with these rows and nothing else; `None` where they are no whole number of rows.
    pub(crate) fn with_rows(kind: &Kind, rows: Vec<u64>) -> Option<Store> {
        let empty = Store::new(kind);
        let len = if rows.is_empty() { 0 } else { rows.len().checked_div(empty.stride)? };
        (len <= ACTORS_MAX && rows.len() == len * empty.stride).then_some(Store { rows, len, ..empty })
    }

    /// How many there are, those that left included.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The memory of one actor that owns so many holders \[bytes\].
    #[must_use]
    pub(crate) fn bytes_each(&self, holders: usize) -> u64 {
        (self.stride * size_of::<u64>() + holders * size_of::<HolderState>()) as u64
    }

    /// Adds a row of zeros behind its head.
    pub(crate) fn add(&mut self, stream: u64, home: Option<ActorId>, own: ActorId) {
        let first = self.rows.len();
        self.rows.resize(first + self.stride, 0);
        self.rows[first + ROW_KEY] = StreamKey::seeded(stream).bits();
        self.rows[first + ROW_LINK] = u64::from(NO_JOB) << 32;
        self.rows[first + ROW_HOME] = u64::from(home.unwrap_or(own)) | ALIVE;
        self.len += 1;
    }

    /// What was said to an actor.
    pub(crate) fn contacts_of(&mut self, index: usize) -> &mut ContactLog {
        if self.contacts.len() <= index {
            self.contacts.resize(index + 1, ContactLog::default());
        }
        &mut self.contacts[index]
    }

    /// A row as plain words.
    pub(crate) fn row_mut(&mut self, index: usize) -> &mut [u64] {
        let first = index * self.stride;
        &mut self.rows[first..first + self.stride]
    }

    /// A row as programs see it, with its head and its counts of draws.
    #[inline]
    pub(crate) fn row(&mut self, index: usize) -> &Words {
        let first = index * self.stride;
        vm::words(&mut self.rows[first..first + self.stride])
    }

    /// Fetches a row into the cache: its head and fields, and its counts of draws.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        let first = index * self.stride;
        if let (Some(head), Some(last)) = (self.rows.get(first), self.rows.get(first + self.stride - 1)) {
            rehearsal_kernel::prefetch(head);
            rehearsal_kernel::prefetch(last);
        }
    }

    /// Words from one row to the next.
    #[inline]
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// A row as programs see it, if there is one, what the actors of its kind own, and what was drawn ahead for them.
    #[inline(always)]
    pub(crate) fn own(&mut self, index: usize) -> Option<(&Words, &mut Holders, &Ahead)> {
        let row = self.rows.get_mut(index * self.stride..)?.get_mut(..self.stride)?;
        Some((vm::words(row), &mut self.holders, &self.ahead))
    }

    /// Whether its actors are few enough to draw ahead for them.
    #[inline(always)]
    pub(crate) fn draws_ahead(&self) -> bool {
        self.len <= ahead::MANY
    }

    /// The next draw ahead for an actor at a site, if there are not enough, for a [`Drawing`].
    #[inline]
    pub(crate) fn draw_ahead(&mut self, (kind, index): (u16, usize), site: Site) -> Option<ahead::Draw> {
        let row = self.rows.get(index * self.stride..)?.get(..self.stride)?;
        self.ahead.draw((kind, index, self.len), row, site)
    }

    /// A word of a row.
    #[inline]
    #[must_use]
    pub(crate) fn get(&self, index: usize, slot: u16) -> u64 {
        self.rows[index * self.stride + slot as usize]
    }

    /// Writes a word of a row.
    #[inline]
    pub(crate) fn set(&mut self, index: usize, slot: u16, word: u64) {
        self.rows[index * self.stride + slot as usize] = word;
    }

    /// The key of an actor's random streams.
    pub(crate) fn key(&self, index: usize) -> StreamKey {
        StreamKey::from_bits(self.get(index, ROW_KEY as u16))
    }

    /// Gives all actors other streams, each a part of its own.
    pub(crate) fn change_keys(&mut self, chance: StreamKey) {
        let part = Purpose::new(chance.bits());
        self.ahead.clear();
        for row in self.rows.chunks_exact_mut(self.stride) {
            row[ROW_KEY] = StreamKey::from_bits(row[ROW_KEY]).at(part).bits();
        }
    }

    /// The root of an actor's household.
    #[inline]
    pub(crate) fn home(&self, index: usize) -> ActorId {
        self.get(index, ROW_HOME as u16) as ActorId
    }

    /// Whether an actor is still there; false for one that never was.
    #[inline]
    pub(crate) fn alive(&self, index: usize) -> bool {
        index < self.len && self.get(index, ROW_HOME as u16) & ALIVE != 0
    }

    /// Takes an actor out of the world; its row keeps its last words.
    pub(crate) fn end(&mut self, index: usize) {
        self.rows[index * self.stride + ROW_HOME] &= !ALIVE;
    }

    /// The first of an actor's jobs.
    #[inline]
    pub(crate) fn job(&self, index: usize) -> u32 {
        (self.get(index, ROW_LINK as u16) >> 32) as u32
    }

    /// Changes the first of an actor's jobs.
    #[inline]
    pub(crate) fn set_job(&mut self, index: usize, job: u32) {
        let link = &mut self.rows[index * self.stride + ROW_LINK];
        *link = *link & 0xffff_ffff | u64::from(job) << 32;
    }
}

/// The draws of a site: keyed by who draws and what for, counted behind the `words` of the actor's row.
#[inline]
pub(crate) fn draw_of<T>(row: &Words, words: usize, what: Purpose, site: u16, draw: impl FnOnce(&mut Draws<'_>) -> T) -> T {
    draw_at(row, words * 2 + usize::from(site), what, draw)
}

/// The draws of an actor, keyed by what they are for and counted at a `place` of its row, in halves of a word.
#[inline(always)]
pub(crate) fn draw_at<T>(row: &Words, place: usize, what: Purpose, draw: impl FnOnce(&mut Draws<'_>) -> T) -> T {
    let key = StreamKey::from_bits(row[ROW_KEY].get()).at(what);
    let word = &row[place / 2];
    let shift = (place % 2) as u32 * 32;
    let mut counter = (word.get() >> shift) as u32;
    let drawn = draw(&mut Draws { key, counter: &mut counter });
    word.set(word.get() & !(0xffff_ffff << shift) | u64::from(counter) << shift);
    drawn
}

/// The next bits of an actor's stream for a purpose, counted at a `place` of its row, in halves of a word.
#[inline(always)]
pub(crate) fn bits_at(row: &Words, place: usize, what: Purpose) -> u64 {
    StreamKey::from_bits(row[ROW_KEY].get()).at(what).draw(next_at(row, place))
}

/// The number of the next draw that is counted at a `place` of a row, in halves of a word; counts it.
#[inline(always)]
pub(crate) fn next_at(row: &Words, place: usize) -> u32 {
    let word = &row[place / 2];
    let shift = (place % 2) as u32 * 32;
    let counted = word.get();
    let counter = (counted >> shift) as u32;
    word.set(if counter < u32::MAX { counted + (1 << shift) } else { counted & !(0xffff_ffff << shift) });
    counter
}

/// The exponential of mean 1 of this number that the actor of a row draws at a site.
pub(crate) fn exponential_at(row: &Words, site: Site, number: u32) -> f64 {
    ahead::one(StreamKey::from_bits(row[ROW_KEY].get()).at(site.what).draw(number))
}

/// Lets the actor of a row send: it is lent as a sender, and what it counted is kept.
#[inline]
pub(crate) fn sending<T>(row: &Words, own: ActorId, send: impl FnOnce(&mut Sender) -> T) -> T {
    let link = &row[ROW_LINK];
    let mut sender = Sender { id: own, sequence: link.get() as u32 };
    let sent = send(&mut sender);
    link.set(link.get() & !0xffff_ffff | u64::from(sender.sequence));
    sent
}

/// Sends a message of the actor of a row, which counts it.
///
/// # Errors
/// As [`rehearsal_kernel::Context::send`].
#[inline(always)]
pub(crate) fn send(
    context: &mut Context<'_>,
    (row, own): (&Words, ActorId),
    to: ActorId,
    delay: Duration,
    packet: Packet,
) -> Result<Ticket, KernelError> {
    let link = &row[ROW_LINK];
    let sent = link.get() as u32;
    let at = context.now().checked_add(delay).ok_or(KernelError::TimeOverflow { actor: own })?;
    let ticket = context.send_as((own, sent), to, at, packet)?;
    // Half a word, as both halves are always read and written: a whole one would be waited for where a half was just written.
    link.set(link.get() & !0xffff_ffff | u64::from(sent + 1));
    Ok(ticket)
}

/// As [`send`], at once, where nothing is in the way: whether it was sent.
#[inline(always)]
pub(crate) fn send_quickly(context: &mut Context<'_>, (row, own): (&Words, ActorId), to: ActorId, packet: Packet) -> bool {
    let Some(link) = row.get(ROW_LINK) else { return false };
    let sent = link.get() as u32;
    let quickly = context.send_quickly_as((own, sent), to, packet);
    if quickly {
        link.set(link.get() & !0xffff_ffff | u64::from(sent.wrapping_add(1)));
    }
    quickly
}

/// The root of the household of a row's actor.
#[inline]
pub(crate) fn home_of(row: &Words) -> ActorId {
    row[ROW_HOME].get() as ActorId
}

/// The first of the jobs of a row's actor.
#[inline]
pub(crate) fn first_job(row: &Words) -> u32 {
    (row[ROW_LINK].get() >> 32) as u32
}

/// Changes the first of the jobs of a row's actor.
#[inline]
pub(crate) fn set_first_job(row: &Words, job: u32) {
    let link = &row[ROW_LINK];
    link.set(link.get() & 0xffff_ffff | u64::from(job) << 32);
}
