//! Where what is kept of a profile lies: a few words of a table, all profiles alike.
//!
//! | words | what |
//! |---|---|
//! | 1 | the state, and how often it was entered |
//! | one for each timer of the state that has most | when it rings \[ns\], one more; 0 while it does not run |
//! | what each feature takes | its state |
//! | what each pattern takes, and 1 for each step that compares | its state |
//! | 1 for each absence | when its span is over \[ns\], one more |
//! | 1 for each rule that rests | when it fired last \[ns\], one more |
//! | as many as the state that takes most | values that the state was given |
//! | half or one for each fact | what is known; names and references take half a word |

use super::guard::Word;
use super::playbook::{PatternPlan, Playbook};
use crate::pattern::Pattern;
use rehearsal_language::types::{NONE, Type};

/// Where a word of a profile comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It is this one.
    Is(u64),
    /// In the event.
    Event(u16),
    /// The value of a feature, by number.
    Feature(u16),
    /// A fact, by number.
    Known(u16),
    /// A value that the state was given, by number.
    Taken(u16),
    /// It is not kept.
    Missing,
}

/// Where a fact lies in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) word: u16,
    /// `Some` where it takes half a word: bits to shift.
    pub(super) shift: Option<u32>,
}

/// The layout of a row.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Words of a row.
    pub(super) words: usize,
    pub(super) timers: usize,
    /// First word of each feature.
    pub(super) features: Vec<usize>,
    /// First word of each pattern, and the word of each of its steps that compares.
    pub(super) patterns: Vec<(usize, Vec<usize>)>,
    /// Word of each pattern that waits for a moment.
    pub(super) bells: Vec<usize>,
    /// Word of each rule that rests.
    pub(super) rests: Vec<Option<usize>>,
    pub(super) taken: usize,
    pub(super) knows: Vec<Place>,
}

/// What stands for "nothing there" in half a word.
const NONE_HALF: u32 = u32::MAX;

impl Layout {
    pub(super) fn of(book: &Playbook) -> Layout {
        let mut words = 1;
        let mut take = |count: usize| {
            words += count;
            words - count
        };
        let timers = take(book.states.iter().map(|state| state.timers.len()).max().unwrap_or(0));
        let features = book.features.iter().map(|plan| take(plan.feature.words() as usize)).collect();
        let patterns = book.patterns.iter().map(|plan| {
            let compared = plan.steps.iter().map(|step| if step.worse.is_some() { take(1) } else { 0 }).collect();
            (take(plan.pattern.words() as usize), compared)
        });
        let patterns = patterns.collect();
        let absence = |plan: &PatternPlan| matches!(plan.pattern, Pattern::Absence(_));
        let bells = book.patterns.iter().map(|plan| if absence(plan) { take(1) } else { 0 }).collect();
        let rests = book.rules.iter().map(|rule| rule.again_after.map(|_| take(1))).collect();
        let taken = take(book.states.iter().map(|state| state.takes.len()).max().unwrap_or(0));
        let mut half = None;
        let mut place = |ty: &Type| match (half_word(ty), half.take()) {
            (true, Some(word)) => Place { word, shift: Some(32) },
            (true, None) => {
                let word = take(1) as u16;
                half = Some(word);
                Place { word, shift: Some(0) }
            }
            (false, open) => {
                half = open;
                Place { word: take(ty.width() as usize) as u16, shift: None }
            }
        };
        let knows = book.knows.iter().map(|known| place(&known.ty)).collect();
        Layout { words, timers, features, patterns, bells, rests, taken, knows }
    }

    /// A fact of a row, one of its words.
    pub(super) fn known(&self, row: &[u64], number: usize, at: usize) -> u64 {
        let place = self.knows[number];
        let word = row[place.word as usize + at];
        match place.shift {
            None => word,
            Some(shift) => match (word >> shift) as u32 {
                NONE_HALF => NONE,
                half => u64::from(half),
            },
        }
    }

    /// Writes a fact of a row.
    pub(super) fn put_known(&self, row: &mut [u64], number: usize, words: &[u64]) {
        let place = self.knows[number];
        match place.shift {
            None => row[place.word as usize..place.word as usize + words.len()].copy_from_slice(words),
            Some(shift) => {
                let half = if words[0] == NONE { NONE_HALF } else { words[0] as u32 };
                let word = &mut row[place.word as usize];
                *word = *word & !(u64::from(u32::MAX) << shift) | u64::from(half) << shift;
            }
        }
    }
}

/// Where a word of a row, as programs see it, comes from.
pub(super) fn source(book: &Playbook, word: Word, state: Option<u16>) -> Source {
    let slot = match word {
        Word::Is(word) => return Source::Is(word),
        Word::Event(at) => return Source::Event(at),
        Word::Row(slot) => slot,
    };
    if let Some(at) = book.features.iter().position(|plan| plan.slot == slot) {
        return Source::Feature(at as u16);
    }
    if let Some(at) = book.knows.iter().position(|known| known.slot == slot) {
        return Source::Known(at as u16);
    }
    let takes = state.map(|state| book.states[state as usize].takes.as_slice()).unwrap_or_default();
    takes.iter().position(|taken| *taken == slot).map_or(Source::Missing, |at| Source::Taken(at as u16))
}

/// Whether values of a type are numbers of names or of others, below 2^32.
fn half_word(ty: &Type) -> bool {
    match ty {
        Type::Name(_) | Type::Ref { .. } | Type::Place | Type::Bool => true,
        Type::Maybe(inner) => half_word(inner),
        _ => false,
    }
}
