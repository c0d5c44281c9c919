//! What conditions look at, side by side: constants, the event, features, facts, and what the state was given.
//!
//! A condition that is a few comparisons then takes no more than two loads and a comparison each, whatever it speaks of. A
//! place of the view is a column: one word for each event of a block, so that a comparison is made for all of them in one
//! go. What the features, rules and steps of an event look at is filled in anew, and nothing else.

use super::guard::{Guard, How, Test, Word};
use super::layout::{Layout, Source, source};
use super::playbook::Playbook;
use rehearsal_language::types::NONE;

/// Events that are dealt with at once.
pub(super) const LANES: usize = 32;

/// A word of each event of a block.
pub(super) type Column = [u64; LANES];

/// Events of a block, a bit each.
pub(super) type Lanes = u32;

/// A comparison of two words of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) how: How,
    pub(super) left: u16,
    pub(super) right: u16,
}

impl Check {
    /// Whether it holds for the event of a lane.
    #[inline(always)]
    pub(super) fn holds(self, view: &View, lane: usize) -> bool {
        self.how.holds(view.word(self.left, lane), view.word(self.right, lane))
    }

    /// The events of the block for which it holds.
    pub(super) fn lanes(self, view: &View) -> Lanes {
        let (left, right) = (view.column(self.left), view.column(self.right));
        match self.how {
            How::LtF => compared(left, right, |a, b| How::LtF.holds(a, b)),
            How::LeF => compared(left, right, |a, b| How::LeF.holds(a, b)),
            How::EqF => compared(left, right, |a, b| How::EqF.holds(a, b)),
            How::NeF => compared(left, right, |a, b| How::NeF.holds(a, b)),
            How::LtI => compared(left, right, |a, b| How::LtI.holds(a, b)),
            How::LeI => compared(left, right, |a, b| How::LeI.holds(a, b)),
            How::Eq => compared(left, right, |a, b| How::Eq.holds(a, b)),
            How::Ne => compared(left, right, |a, b| How::Ne.holds(a, b)),
            How::True => compared(left, right, |a, b| How::True.holds(a, b)),
            How::False => compared(left, right, |a, b| How::False.holds(a, b)),
        }
    }
}

/// The lanes whose words compare so.
#[inline(always)]
fn compared(left: &Column, right: &Column, holds: impl Fn(u64, u64) -> bool) -> Lanes {
    let mut lanes = 0;
    for lane in 0..LANES {
        lanes |= Lanes::from(holds(left[lane], right[lane])) << lane;
    }
    lanes
}

/// The columns.
#[derive(Clone)]
pub(super) struct View(Box<[Column]>);

/// The most places of a view.
const VIEW: usize = 1 << 16;

impl View {
    #[inline(always)]
    pub(super) fn word(&self, at: u16, lane: usize) -> u64 {
        self.0[at as usize][lane % LANES]
    }

    #[inline(always)]
    pub(super) fn column(&self, at: u16) -> &Column {
        &self.0[at as usize]
    }

    #[inline(always)]
    pub(super) fn column_mut(&mut self, at: u16) -> &mut Column {
        &mut self.0[at as usize]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, at: u16, lane: usize, word: u64) {
        self.0[at as usize][lane % LANES] = word;
    }

    /// Writes words of a lane from a place on.
    #[inline(always)]
    pub(super) fn write(&mut self, from: usize, lane: usize, words: &[u64]) {
        for (column, word) in self.0[from..from + words.len()].iter_mut().zip(words) {
            column[lane % LANES] = *word;
        }
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

/// A word of the view that is neither a constant nor of the event, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// A word of the row as it is.
    Word { word: u16, view: u16 },
    /// A feature that depends on the moment.
    Feature { number: u16, view: u16 },
    /// A fact.
    Known { number: u16, view: u16 },
}

/// Where everything lies in the view.
#[derive(Clone, Debug)]
pub(super) struct Places {
    constants: Vec<u64>,
    /// First word of the event.
    pub(super) event: usize,
    /// First word of the row.
    row: usize,
    features: usize,
    knows: usize,
    /// How many there are.
    count: usize,
}

impl Places {
    pub(super) fn of(book: &Playbook, layout: &Layout) -> Places {
        let mut constants = vec![0, NONE];
        let rules = book.rules.iter().map(|rule| &rule.guard);
        let features = book.features.iter().map(|plan| &plan.test);
        let steps = book.patterns.iter().flat_map(|plan| &plan.steps).map(|step| &step.test);
        for test in rules.chain(features).chain(steps).flat_map(Guard::tests) {
            for word in [test.left, test.right] {
                if let Word::Is(word) = word
                    && !constants.contains(&word)
                {
                    constants.push(word);
                }
            }
        }
        let event = constants.len();
        let row = event + book.events.iter().map(|plan| plan.words as usize).max().unwrap_or(0);
        let features = row + layout.words;
        let knows = features + book.features.len();
        let count = knows + book.knows.len();
        assert!(count <= VIEW, "a policy with so many numbers in its conditions cannot stand alone");
        Places { constants, event, row, features, knows, count }
    }

    /// A view with nothing in it but the constants.
    pub(super) fn view(&self) -> View {
        let mut columns = vec![[NONE; LANES]; self.count];
        for (column, constant) in columns.iter_mut().zip(&self.constants) {
            *column = [*constant; LANES];
        }
        View(columns.into())
    }

    fn place(&self, layout: &Layout, book: &Playbook, source: Source) -> u16 {
        let at = match source {
            Source::Is(word) => self.constants.iter().position(|have| *have == word).unwrap_or(1),
            Source::Missing => 1,
            Source::Event(at) => self.event + at as usize,
            Source::Feature(at) if book.features[at as usize].feature.is_stored() => self.row + layout.features[at as usize],
            Source::Feature(at) => self.features + at as usize,
            Source::Known(at) => self.knows + at as usize,
            Source::Taken(at) => self.row + layout.taken + at as usize,
        };
        at as u16
    }

    /// The comparisons of a guard; `None` where it is a program. What they look at is added to `shows`.
    pub(super) fn checks(
        &self,
        layout: &Layout,
        book: &Playbook,
        guard: &Guard,
        state: Option<u16>,
        shows: &mut Vec<Show>,
    ) -> Option<Vec<Check>> {
        if matches!(guard, Guard::Program(_)) {
            return None;
        }
        let mut checks = Vec::new();
        for test in guard.tests().iter().filter(|test| !needless(test, guard.tests())) {
            let right = if matches!(test.how, How::True | How::False) { Word::Is(0) } else { test.right };
            let sources = [test.left, right].map(|word| source(book, word, state));
            for source in sources {
                if let Some(show) = self.show(layout, book, source).filter(|show| !shows.contains(show)) {
                    shows.push(show);
                }
            }
            let [left, right] = sources.map(|source| self.place(layout, book, source));
            checks.push(Check { how: test.how, left, right });
        }
        Some(checks)
    }

    fn show(&self, layout: &Layout, book: &Playbook, source: Source) -> Option<Show> {
        let view = self.place(layout, book, source);
        match source {
            Source::Feature(number) if !book.features[number as usize].feature.is_stored() => {
                Some(Show::Feature { number, view })
            }
            Source::Feature(number) => Some(Show::Word { word: layout.features[number as usize] as u16, view }),
            Source::Known(number) => Some(Show::Known { number, view }),
            Source::Taken(at) => Some(Show::Word { word: layout.taken as u16 + at, view }),
            Source::Is(_) | Source::Event(_) | Source::Missing => None,
        }
    }
}

/// Whether a test asks for something to be there that another compares as a real number: what is missing is none, so that
/// comparison does not hold.
fn needless(test: &Test, all: &[Test]) -> bool {
    let asked = match (test.how, test.left, test.right) {
        (How::Ne, asked, Word::Is(NONE)) | (How::Ne, Word::Is(NONE), asked) => asked,
        _ => return false,
    };
    let ordered = |other: &Test| matches!(other.how, How::LtF | How::LeF | How::EqF);
    all.iter().any(|other| ordered(other) && (other.left == asked || other.right == asked))
}
