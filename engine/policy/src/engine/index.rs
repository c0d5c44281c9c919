//! Which rules can match: found by event, state, and one value of the event that many rules ask to be equal to something.
//!
//! Of the rules found so, the first comparisons of all are made in one go, sort by sort, and for all events of a block that
//! may fire the same rules: most rules fail at theirs, and are never looked at one by one.

use super::guard::How;
use super::playbook::Playbook;
use super::view::{Check, Lanes, View};

/// From so many events on a comparison is made for the whole block.
pub(super) const FEW: u32 = 6;

/// Rules of a chunk: one bit each.
const CHUNK: usize = 64;

/// Rules in the order in which they are tried.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) rules: Box<[u16]>,
    /// The rules, so many at a time, by their first comparisons.
    pub(super) chunks: Box<[Chunk]>,
}

/// A first comparison: where its words lie, and the rule's bit.
type First = (u16, u16, u8);

/// The first comparisons of some rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    /// Rules without a comparison: they are always looked at.
    always: u64,
    /// Comparisons of one sort each.
    sorts: Box<[(How, Box<[First]>)]>,
}

impl Chunk {
    fn of(firsts: &[Option<Check>]) -> Chunk {
        let mut chunk = Chunk::default();
        let mut sorts: Vec<(How, Vec<First>)> = Vec::new();
        for (bit, first) in (0..).zip(firsts) {
            let Some(check) = first else {
                chunk.always |= 1 << bit;
                continue;
            };
            let entry = (check.left, check.right, bit);
            match sorts.iter_mut().find(|(how, _)| *how == check.how) {
                Some((_, entries)) => entries.push(entry),
                None => sorts.push((check.how, vec![entry])),
            }
        }
        chunk.sorts = sorts.into_iter().map(|(how, entries)| (how, entries.into())).collect();
        chunk
    }

    /// The rules whose first comparison holds for the event of a lane, a bit each.
    #[inline(always)]
    pub(super) fn open(&self, view: &View, lane: usize) -> u64 {
        let mut open = self.always;
        for (how, entries) in &self.sorts {
            open |= match how {
                How::LtF => sifted(entries, (view, lane), |a, b| f64::from_bits(a) < f64::from_bits(b)),
                How::LeF => sifted(entries, (view, lane), |a, b| f64::from_bits(a) <= f64::from_bits(b)),
                How::EqF => sifted(entries, (view, lane), |a, b| f64::from_bits(a) == f64::from_bits(b)),
                How::NeF => sifted(entries, (view, lane), |a, b| f64::from_bits(a) != f64::from_bits(b)),
                How::LtI => sifted(entries, (view, lane), |a, b| (a as i64) < b as i64),
                How::LeI => sifted(entries, (view, lane), |a, b| a as i64 <= b as i64),
                How::Eq => sifted(entries, (view, lane), |a, b| a == b),
                How::Ne => sifted(entries, (view, lane), |a, b| a != b),
                How::True => sifted(entries, (view, lane), |a, _| a != 0),
                How::False => sifted(entries, (view, lane), |a, _| a == 0),
            };
        }
        open
    }

    /// The events of the block for which the first comparison of any rule holds.
    fn lanes(&self, view: &View) -> Lanes {
        let mut lanes = if self.always == 0 { 0 } else { Lanes::MAX };
        for (how, entries) in &self.sorts {
            for (left, right, _) in entries {
                lanes |= Check { how: *how, left: *left, right: *right }.lanes(view);
            }
        }
        lanes
    }
}

#[inline(always)]
fn sifted(entries: &[First], (view, lane): (&View, usize), holds: impl Fn(u64, u64) -> bool) -> u64 {
    let bit = |(left, right, bit): &First| u64::from(holds(view.word(*left, lane), view.word(*right, lane))) << (bit & 63);
    entries.iter().fold(0, |open, entry| open | bit(entry))
}

impl List {
    fn of(rules: Vec<u16>, checks: &[Option<Vec<Check>>]) -> List {
        let first = |rule: &u16| checks[*rule as usize].as_ref().and_then(|checks| checks.first().copied());
        let chunk = |rules: &[u16]| Chunk::of(&rules.iter().map(first).collect::<Vec<_>>());
        List { chunks: rules.chunks(CHUNK).map(chunk).collect(), rules: rules.into() }
    }

    /// Those of some events of the block for which the first comparison of any rule holds.
    #[inline(always)]
    pub(super) fn open(&self, view: &View, among: Lanes) -> Lanes {
        if among.count_ones() >= FEW {
            return self.chunks.iter().fold(0, |open, chunk| open | chunk.lanes(view)) & among;
        }
        let (mut open, mut among) = (0, among);
        while among != 0 {
            let lane = among.trailing_zeros() as usize;
            among &= among - 1;
            open |= Lanes::from(self.chunks.iter().any(|chunk| chunk.open(view, lane) != 0)) << lane;
        }
        open
    }
}

/// The rules that one event may fire in one state.
#[derive(Clone, Debug, Default)]
struct Candidates {
    /// The word of the event that tells them apart.
    word: u16,
    /// The lists by the value of that word, in a table much longer: the value, and one more than the list; 0 where there is
    /// none. A list has the rules that ask for the value and those that do not care, in order.
    by_value: Box<[(u64, u32)]>,
    /// The list of rules that do not care about it.
    rest: u32,
}

/// Rules by event and state.
#[derive(Clone, Debug)]
pub(super) struct Index {
    states: usize,
    candidates: Vec<Candidates>,
    pub(super) lists: Vec<List>,
}

impl Index {
    pub(super) fn of(book: &Playbook, checks: &[Option<Vec<Check>>]) -> Index {
        let states = book.states.len();
        let mut index = Index { states, candidates: Vec::new(), lists: Vec::new() };
        for at in 0..book.events.len() * states {
            let (event, state) = ((at / states) as u16, (at % states) as u16);
            let fits = |rule: &u16| {
                let rule = &book.rules[*rule as usize];
                rule.event == event && rule.state.is_none_or(|own| own == state)
            };
            let rules: Vec<u16> = (0..book.rules.len() as u16).filter(fits).collect();
            index.add(book, checks, &rules);
        }
        index
    }

    /// The number of the list of the rules that can match.
    #[inline(always)]
    pub(super) fn list(&self, event: u16, state: u16, words: &[u64]) -> usize {
        let found = &self.candidates[event as usize * self.states + state as usize];
        if found.by_value.is_empty() {
            return found.rest as usize;
        }
        let value = words[found.word as usize];
        let mut at = home(value, found.by_value.len());
        loop {
            match found.by_value[at] {
                (_, 0) => return found.rest as usize,
                (have, list) if have == value => return list as usize - 1,
                _ => at = (at + 1) % found.by_value.len(),
            }
        }
    }

    fn add(&mut self, book: &Playbook, checks: &[Option<Vec<Check>>], rules: &[u16]) {
        let asks = |rule: u16, word: u16| {
            let tests = book.rules[rule as usize].guard.tests();
            tests.iter().filter_map(|test| test.equal_to()).find(|(at, _)| *at == word).map(|(_, value)| value)
        };
        let words = rules.first().map_or(0, |rule| book.events[book.rules[*rule as usize].event as usize].words);
        let count = |word: &u16| rules.iter().filter(|rule| asks(**rule, *word).is_some()).count();
        // With one rule less to look at nothing is gained.
        let word = (0..words).max_by_key(|word| (count(word), std::cmp::Reverse(*word))).filter(|word| count(word) > 1);
        let mut list = |wanted: Option<u64>| {
            let stays = |rule: &u16| word.and_then(|word| asks(*rule, word)).is_none_or(|own| Some(own) == wanted);
            self.lists.push(List::of(rules.iter().copied().filter(stays).collect(), checks));
            self.lists.len() as u32
        };
        let rest = list(None) - 1;
        let mut values: Vec<u64> = rules.iter().filter_map(|rule| asks(*rule, word?)).collect();
        values.sort_unstable();
        values.dedup();
        let mut by_value = vec![(0, 0); if values.is_empty() { 0 } else { (8 * values.len()).next_power_of_two() }];
        for value in values {
            let mut at = home(value, by_value.len());
            while by_value[at].1 != 0 {
                at = (at + 1) % by_value.len();
            }
            by_value[at] = (value, list(Some(value)));
        }
        self.candidates.push(Candidates { word: word.unwrap_or(0), by_value: by_value.into(), rest });
    }
}

/// Where a value is looked for first in a table whose length is a power of two.
#[inline(always)]
fn home(value: u64, length: usize) -> usize {
    (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (length - 1)
}
