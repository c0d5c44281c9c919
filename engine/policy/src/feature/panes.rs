//! Windows of time, cut into panes: each pane holds what its values come to, and leaves as a whole.
//!
//! Panes lie on a grid from the start of time on. The window is the pane of the present moment and those before it.
//! State: one more than the number of the newest pane, 0 for none; then what each pane comes to, in a ring; then, for
//! means and slopes, how many values each holds, two to a word.

use super::{Fold, MISSING};

/// Words of one pane without its count.
fn width(fold: Fold) -> usize {
    if fold == Fold::Slope { 4 } else { 1 }
}

fn counts(fold: Fold) -> bool {
    matches!(fold, Fold::Mean | Fold::Slope)
}

/// Words of state.
pub(super) fn words(fold: Fold, panes: u16) -> u16 {
    1 + panes * width(fold) as u16 + if counts(fold) { panes.div_ceil(2) } else { 0 }
}

/// The number of the pane in which a moment lies.
fn pane_of((span, panes): (u64, u16), now: u64) -> u64 {
    now / length((span, panes))
}

/// How long a pane is \[ns\].
fn length((span, panes): (u64, u16)) -> u64 {
    (span / u64::from(panes)).max(1)
}

/// Takes in a value at `now` \[ns\].
pub(super) fn push(fold: Fold, window: (u64, u16), state: &mut [u64], value: f64, now: u64) {
    let pane = pane_of(window, now);
    let panes = u64::from(window.1);
    // Panes that nothing came in since are empty now.
    let gone = (pane + 1).saturating_sub(state[0]).min(panes);
    for empty in pane + 1 - gone..=pane {
        clear(fold, window.1, state, (empty % panes) as usize);
    }
    state[0] = pane + 1;
    let place = (pane % panes) as usize;
    let first = 1 + place * width(fold);
    let count = if counts(fold) { add_one(fold, window.1, state, place) } else { 0 };
    let before = f64::from_bits(state[first] ^ MISSING);
    let empty = state[first] == 0;
    match fold {
        Fold::Sum | Fold::Mean => state[first] = (f64::from_bits(state[first]) + value).to_bits(),
        Fold::Min => state[first] = (if empty { value } else { before.min(value) }).to_bits() ^ MISSING,
        Fold::Max => state[first] = (if empty { value } else { before.max(value) }).to_bits() ^ MISSING,
        Fold::Slope => {
            let at = (now % length(window)) as f64 / 1e9;
            let mut line = Line::read(&state[first..first + 4], count - 1);
            line.add(&Line { count: 1.0, x: at, y: value, xx: 0.0, xy: 0.0 });
            line.write(&mut state[first..first + 4]);
        }
    }
}

/// What the values in the window that ends at `now` \[ns\] come to; nothing where there are none.
pub(super) fn value(fold: Fold, window: (u64, u16), state: &[u64], now: u64) -> Option<f64> {
    let panes = u64::from(window.1);
    let end = state[0];
    let first = (pane_of(window, now) + 1).saturating_sub(panes);
    // From the oldest to the newest; the ring holds the panes that end with the newest one.
    let parts = (first.max(end.saturating_sub(panes))..end).map(|pane| (pane, (pane % panes) as usize));
    let words = parts.clone().map(|(_, place)| state[1 + place * width(fold)]);
    match fold {
        Fold::Sum => Some(words.map(f64::from_bits).sum::<f64>() + 0.0),
        Fold::Mean => {
            let count: u32 = parts.map(|(_, place)| count(fold, window.1, state, place)).sum();
            (count > 0).then(|| words.map(f64::from_bits).sum::<f64>() / f64::from(count))
        }
        Fold::Min => words.filter(|word| *word != 0).map(|word| f64::from_bits(word ^ MISSING)).reduce(f64::min),
        Fold::Max => words.filter(|word| *word != 0).map(|word| f64::from_bits(word ^ MISSING)).reduce(f64::max),
        Fold::Slope => {
            let seconds = length(window) as f64 / 1e9;
            let mut line = Line::default();
            for (pane, place) in parts {
                let first = 1 + place * 4;
                let mut part = Line::read(&state[first..first + 4], count(fold, window.1, state, place));
                // Moments of a pane are counted from its beginning; here from that of the newest.
                part.x -= (end - 1 - pane) as f64 * seconds;
                line.add(&part);
            }
            (line.xx > 0.0).then(|| line.xy / line.xx)
        }
    }
}

fn clear(fold: Fold, panes: u16, state: &mut [u64], place: usize) {
    let width = width(fold);
    state[1 + place * width..1 + (place + 1) * width].fill(0);
    if counts(fold) {
        let (word, shift) = count_at(fold, panes, place);
        state[word] &= !(0xffff_ffff << shift);
    }
}

/// The word that holds a pane's count, and how far it is shifted there.
fn count_at(fold: Fold, panes: u16, place: usize) -> (usize, u32) {
    (1 + usize::from(panes) * width(fold) + place / 2, (place % 2) as u32 * 32)
}

fn count(fold: Fold, panes: u16, state: &[u64], place: usize) -> u32 {
    let (word, shift) = count_at(fold, panes, place);
    (state[word] >> shift) as u32
}

fn add_one(fold: Fold, panes: u16, state: &mut [u64], place: usize) -> u32 {
    let (word, shift) = count_at(fold, panes, place);
    let count = ((state[word] >> shift) as u32).saturating_add(1);
    state[word] = state[word] & !(0xffff_ffff << shift) | u64::from(count) << shift;
    count
}

/// Points on their way to a straight line: how many, their means, and sums of products of the distances from those.
///
/// # Source
/// T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances"
/// (1979): how two of them come to one.
#[derive(Default)]
struct Line {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Line {
    fn read(words: &[u64], count: u32) -> Line {
        let [x, y, xx, xy] = [0, 1, 2, 3].map(|at| f64::from_bits(words[at]));
        Line { count: f64::from(count), x, y, xx, xy }
    }

    fn write(&self, words: &mut [u64]) {
        for (word, value) in words.iter_mut().zip([self.x, self.y, self.xx, self.xy]) {
            *word = value.to_bits();
        }
    }

    fn add(&mut self, other: &Line) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        let shared = self.count * other.count / count;
        self.xx += other.xx + dx * dx * shared;
        self.xy += other.xy + dx * dy * shared;
        self.x += dx * other.count / count;
        self.y += dy * other.count / count;
        self.count = count;
    }
}
