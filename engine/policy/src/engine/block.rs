//! Events that are dealt with at once: features and first comparisons go column by column, decisions event by event.
//!
//! The events of a block are of one sort and of profiles that differ, and no timer rings until the last of them. What one
//! of them does is nothing to the others then, so that whatever comes out is the same as event by event. Start at
//! [`Engine::deal`].

use super::heard::{Feed, put};
use super::layout::Layout;
use super::playbook::{Fed, Number, Playbook};
use super::view::{Check, Column, LANES, Lanes, Show, View};
use super::{Decision, Engine, EngineError, Event, LINE};
use crate::feature::{Feature, Fold, Over};
use std::cmp::Reverse;

/// Words of the bits that tell profiles of a block apart.
const SEEN: usize = 64;

/// What features are fed with that only count.
const ONES: Column = [1.0_f64.to_bits(); LANES];

/// What a block is worked out with.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The first word of each profile's row.
    pub(super) bases: [usize; LANES],
    /// The list of rules that each event may fire.
    lists: [u32; LANES],
    /// What a feature is fed with where it is no word of the event.
    values: Column,
    /// The first words of a feature that was fed.
    fed: Column,
    /// The rows as they were before.
    before: Vec<u64>,
    /// A bit for each profile, or several, while a block is gathered.
    seen: [u64; SEEN],
}

impl Default for Block {
    fn default() -> Block {
        Block { bases: [0; LANES], lists: [0; LANES], values: [0; LANES], fed: [0; LANES], before: Vec::new(), seen: [0; SEEN] }
    }
}

/// Copies a row. Most are short, and a line at a time takes no call.
#[inline(always)]
fn copy(to: &mut [u64], from: &[u64]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<LINE>(), from.as_chunks::<LINE>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Where the bit of a profile is: its word, and which one.
fn bit(profile: u32) -> (usize, u64) {
    (profile as usize / 64 % SEEN, 1 << (profile % 64))
}

/// The first `count` lanes.
fn first(count: usize) -> Lanes {
    Lanes::MAX >> (LANES - count)
}

/// Each of these lanes.
fn each(mut lanes: Lanes) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = (lanes != 0).then_some(lanes.trailing_zeros() as usize)?;
        lanes &= lanes - 1;
        Some(lane)
    })
}

impl Engine {
    /// How many of the events, from the first on, make a block; 0 where the first is dealt with by itself.
    pub(super) fn gather(&mut self, events: &[Event<'_>]) -> usize {
        let kind = events[0].kind;
        let Some(heard) = self.heard.get(kind as usize).filter(|heard| heard.plain) else { return 0 };
        let due = self.timers.peek().map_or(u64::MAX, |Reverse((due, ..))| *due);
        let (mut now, mut count) = (self.now, 0);
        for event in events.iter().take(LANES) {
            let fits = event.profile < self.profiles && event.kind == kind && event.words.len() >= heard.words;
            if !fits || event.at < now || event.at >= due {
                break;
            }
            let (word, bit) = bit(event.profile);
            if self.block.seen[word] & bit != 0 && events[..count].iter().any(|other| other.profile == event.profile) {
                break;
            }
            self.block.seen[word] |= bit;
            self.block.bases[count] = event.profile as usize * self.layout.words;
            now = event.at;
            count += 1;
        }
        for event in &events[..count] {
            self.block.seen[bit(event.profile).0] = 0;
        }
        count
    }

    /// Deals with a block of events whose rows are known.
    ///
    /// # Errors
    /// The first that could not be dealt with, by its number, and why; those behind it are as if they had not come.
    pub(super) fn deal(&mut self, events: &[Event<'_>], decisions: &mut Vec<Decision>) -> Result<(), (usize, EngineError)> {
        let Some(last) = events.last().map(|event| event.at) else { return Ok(()) };
        let all = first(events.len());
        self.take_in(events);
        let open = self.sift(events);
        let mut looked = if self.tells_all { all } else { open };
        while looked != 0 {
            let lane = looked.trailing_zeros() as usize;
            looked &= looked - 1;
            let event = &events[lane];
            if self.rings_by(event.at) {
                self.advance(event.at, decisions).map_err(|error| self.undone(events, lane, lane, error))?;
            }
            self.now = event.at;
            let list = self.block.lists[lane] as usize;
            let decided = self.decide(event, (lane, list), decisions);
            decided.map_err(|error| self.undone(events, lane, lane + 1, error))?;
            // A timer that was set just now may ring before the next event, whether that is looked at or not.
            if self.rings_by(last) {
                looked = all & !first(lane + 1);
            }
        }
        self.now = last;
        Ok(())
    }

    /// An event had a fault: events from a lane on have not been fed.
    #[cold]
    fn undone(&mut self, events: &[Event<'_>], lane: usize, from: usize, error: EngineError) -> (usize, EngineError) {
        if events.len() > 1 {
            let before = self.block.before.chunks_exact(self.layout.words).zip(self.block.bases);
            for (before, base) in before.take(events.len()).skip(from) {
                self.rows[base..base + before.len()].copy_from_slice(before);
            }
        }
        (lane, error)
    }

    /// All that events do before rules look at them.
    fn take_in(&mut self, events: &[Event<'_>]) {
        let Engine { heard, view, rows, layout, places, book, block, .. } = self;
        let heard = &heard[events[0].kind as usize];
        let bases = &block.bases[..events.len()];
        let rows = &mut **rows;
        for (lane, event) in events.iter().enumerate() {
            view.write(places.event, lane, &event.words[..heard.words]);
        }
        if events.len() > 1 {
            block.before.resize(LANES * layout.words, 0);
            for (before, base) in block.before.chunks_exact_mut(layout.words).zip(bases) {
                copy(before, &rows[*base..base + layout.words]);
            }
        }
        let all = first(events.len());
        for feed in &heard.feeds {
            feed.shows.iter().for_each(|show| put_all(view, *show, rows, (bases, events), (book, layout)));
            let passed = passed(feed, view, all);
            let takes_all = feed.feature.takes_all();
            let values = match feed.value {
                Some(Number { fed: Fed::Word(at), whole: false }) if !takes_all => view.column(places.event as u16 + at),
                _ if takes_all => {
                    for (lane, value) in block.values.iter_mut().enumerate() {
                        *value = f64::from(passed >> lane & 1).to_bits();
                    }
                    &block.values
                }
                Some(Number { fed: Fed::Word(at), .. }) => {
                    for (value, word) in block.values.iter_mut().zip(view.column(places.event as u16 + at)) {
                        *value = (*word as i64 as f64).to_bits();
                    }
                    &block.values
                }
                _ => &ONES,
            };
            let fields = Fields { rows, bases, values, events, fed: &mut block.fed };
            if takes_all || passed == all {
                fields.all(feed.feature, feed.first);
                feed.shown.iter().for_each(|shown| *view.column_mut(*shown) = block.fed);
            } else {
                fields.some(feed.feature, feed.first, passed);
                if let Some(shown) = feed.shown {
                    put_all(view, Show::Word { word: feed.first as u16, view: shown }, rows, (bases, events), (book, layout));
                }
            }
        }
        heard.others.iter().for_each(|show| put_all(view, *show, rows, (bases, events), (book, layout)));
    }

    /// The events for which the first comparison of any rule holds.
    fn sift(&mut self, events: &[Event<'_>]) -> Lanes {
        let Engine { index, rows, view, block, .. } = self;
        let rows = &**rows;
        let mut alike = true;
        for (lane, (event, base)) in events.iter().zip(&block.bases).enumerate() {
            let list = index.list(event.kind, rows[*base] as u16, event.words) as u32;
            block.lists[lane] = list;
            alike &= list == block.lists[0];
        }
        let (mut open, mut left) = (0, first(events.len()));
        if alike {
            return index.lists[block.lists[0] as usize].open(view, left);
        }
        while left != 0 {
            let list = block.lists[left.trailing_zeros() as usize];
            let same = each(left).filter(|lane| block.lists[*lane] == list).fold(0, |same, lane| same | 1 << lane);
            open |= index.lists[list as usize].open(view, same);
            left &= !same;
        }
        open
    }
}

/// The lanes whose events pass the test of a feature.
fn passed(feed: &Feed, view: &View, among: Lanes) -> Lanes {
    let holds = |lanes: Lanes, check: &Check| {
        if among.count_ones() < super::index::FEW {
            each(lanes).filter(|lane| check.holds(view, *lane)).fold(0, |held, lane| held | 1 << lane)
        } else {
            lanes & check.lanes(view)
        }
    };
    feed.checks.iter().flatten().fold(among, holds)
}

/// Writes what conditions look at into the view, for all events.
fn put_all(
    view: &mut View,
    show: Show,
    rows: &[u64],
    (bases, events): (&[usize], &[Event<'_>]),
    (book, layout): (&Playbook, &Layout),
) {
    if let Show::Word { word, view: to } = show {
        for (to, base) in view.column_mut(to).iter_mut().zip(bases) {
            *to = rows[base + word as usize];
        }
        return;
    }
    for (lane, (event, base)) in events.iter().zip(bases).enumerate() {
        put(view, lane, show, &rows[*base..base + layout.words], (book, layout, event.at));
    }
}

/// What features of a block are fed with, and where they lie.
struct Fields<'a> {
    rows: &'a mut [u64],
    bases: &'a [usize],
    values: &'a Column,
    events: &'a [Event<'a>],
    /// Gets the first word of each.
    fed: &'a mut Column,
}

impl Fields<'_> {
    /// All events feed a feature whose first word is this one. Sorts that are often asked for have a loop of their own.
    fn all(self, feature: Feature, first: usize) {
        match feature {
            Feature::Streak => self.each(Feature::Streak, first),
            Feature::Count => self.each(Feature::Count, first),
            Feature::Last => self.each(Feature::Last, first),
            Feature::Ewma { over } => self.each(Feature::Ewma { over }, first),
            Feature::Trend { over } => self.each(Feature::Trend { over }, first),
            Feature::Fold { fold: Fold::Max, over: Over::Ever } => {
                self.each(Feature::Fold { fold: Fold::Max, over: Over::Ever }, first);
            }
            Feature::Fold { fold: Fold::Min, over: Over::Ever } => {
                self.each(Feature::Fold { fold: Fold::Min, over: Over::Ever }, first);
            }
            other => self.each(other, first),
        }
    }

    #[inline(always)]
    fn each(self, feature: Feature, first: usize) {
        let words = feature.words() as usize;
        let lanes = self.bases.iter().zip(self.values).zip(self.events).zip(self.fed);
        for (((base, value), event), fed) in lanes {
            let state = &mut self.rows[base + first..][..words];
            feature.feed(state, f64::from_bits(*value), event.at);
            *fed = state[0];
        }
    }

    /// Some do.
    fn some(self, feature: Feature, first: usize, lanes: Lanes) {
        let words = feature.words() as usize;
        for lane in each(lanes) {
            let state = self.bases[lane] + first;
            let value = f64::from_bits(self.values[lane]);
            feature.feed(&mut self.rows[state..state + words], value, self.events[lane].at);
        }
    }
}
