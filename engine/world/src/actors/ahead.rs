//! Draws ahead: what actors that are about to act will draw.
//!
//! An exponential takes a logarithm, each step of which waits for the last. For several actors at a time that takes little more
//! than for one, so it is reckoned when their events are announced, some dozen at a time. A draw hangs on nothing but its
//! actor's key, what it is for and how many there were before: what is found ahead is what would be found in its time, and
//! nothing of it is part of the state.

use super::{ROW_KEY, Store};
use rehearsal_kernel::stream::StreamKey;
use rehearsal_kernel::{Purpose, distribution};

/// How many are drawn ahead for an actor at most, where there are many actors of its kind and where there are few: those of a
/// few act more often, while what is kept of many should fit the cache.
const DEPTH: (u32, u32) = (2, 8);
/// Up to so many are few.
const FEW: usize = 1024;
/// Of more than so many nothing is drawn ahead: to fetch what is kept from far memory takes longer than to draw.
pub(super) const MANY: usize = 1 << 17;

/// A site of draws: where it is counted in a row, in halves of a word, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) place: u16,
    pub(crate) what: Purpose,
}

/// Exponentials of mean 1 that actors of a kind will draw at the one site for which that is done.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// How many are kept for each, a power of two.
    depth: u32,
    /// By actor: those before this one are here, the last `depth` of them.
    next: Vec<u32>,
    /// `depth` for each actor, by the last bits of their numbers.
    values: Vec<f64>,
}

/// Nothing is drawn ahead.
pub(crate) static NOTHING: Ahead = Ahead { depth: 1, next: Vec::new(), values: Vec::new() };

impl Default for Ahead {
    fn default() -> Ahead {
        Ahead { depth: 1, next: Vec::new(), values: Vec::new() }
    }
}

impl Ahead {
    /// The draw of this number of an actor, if it is here.
    ///
    /// Numbers only grow, and none is more than `depth` ahead of the one that was looked at: so one before `next` is here.
    #[inline(always)]
    pub(crate) fn get(&self, index: usize, number: u32) -> Option<f64> {
        if number >= *self.next.get(index)? {
            return None;
        }
        self.values.get(self.place(index, number)).copied()
    }

    #[inline(always)]
    fn place(&self, index: usize, number: u32) -> usize {
        index * self.depth as usize + (number & (self.depth - 1)) as usize
    }

    /// One more for the actor of a row, of a kind and at an index among `len` actors, unless there are enough; its value is to
    /// be put in its place before anybody looks.
    #[inline(always)]
    pub(super) fn draw(&mut self, (kind, index, len): (u16, usize, usize), row: &[u64], site: Site) -> Option<Draw> {
        if index >= self.next.len() {
            self.grow(len);
        }
        let (key, counted) = (row.get(ROW_KEY)?, row.get(usize::from(site.place / 2))?);
        let number = (counted >> (u32::from(site.place % 2) * 32)) as u32;
        let last = self.next.get_mut(index)?;
        if number >= u32::MAX - self.depth {
            // The count is about to begin anew.
            *last = 0;
            return None;
        }
        let next = (*last).max(number);
        if next >= number + self.depth {
            return None;
        }
        *last = next + 1;
        let place = self.place(index, next) as u32;
        Some(Draw { kind, place, number: next, key: *key, what: site.what })
    }

    /// Makes room for so many actors.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        if self.next.is_empty() {
            self.depth = if len <= FEW { DEPTH.1 } else { DEPTH.0 };
        }
        self.next.resize(len, 0);
        self.values.resize(len * self.depth as usize, 0.0);
    }

    /// Puts a value in its place.
    #[inline(always)]
    fn put(&mut self, place: usize, value: f64) {
        if let Some(at) = self.values.get_mut(place) {
            *at = value;
        }
    }

    /// Forgets all, as actors draw otherwise from now on.
    pub(super) fn clear(&mut self) {
        self.next.clear();
        self.values.clear();
    }
}

/// A draw that is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// The actor's kind, and where the value goes of what is kept for that.
    kind: u16,
    place: u32,
    number: u32,
    /// Of the actor's streams.
    key: u64,
    what: Purpose,
}

impl Draw {
    #[inline(always)]
    fn bits(&self) -> u64 {
        StreamKey::from_bits(self.key).at(self.what).draw(self.number)
    }
}

/// Draws ahead for several actors: first what is to be drawn of all, then the bits, then the values. None of them waits for
/// another.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    draws: Vec<Draw>,
    bits: Vec<u64>,
    values: Vec<f64>,
}

impl Drawing {
    /// Adds a draw.
    #[inline(always)]
    pub(crate) fn add(&mut self, draw: Draw) {
        self.draws.push(draw);
    }

    /// Finds the values and puts them in their places.
    #[inline]
    pub(crate) fn draw(&mut self, stores: &mut [Store]) {
        // More than there are, so that none is left over when they are found several at a time.
        let count = self.draws.len().next_multiple_of(4);
        if self.values.len() < count {
            self.values.resize(count, 0.0);
            self.bits.resize(count, 0);
        }
        for (bits, draw) in self.bits.iter_mut().zip(&self.draws) {
            *bits = draw.bits();
        }
        distribution::exponentials_of(&self.bits[..count], &mut self.values[..count]);
        for (value, draw) in self.values.iter().zip(self.draws.drain(..)) {
            if let Some(store) = stores.get_mut(usize::from(draw.kind)) {
                store.ahead.put(draw.place as usize, *value);
            }
        }
    }
}

/// The exponential of mean 1 that these bits give.
#[inline]
pub(crate) fn one(bits: u64) -> f64 {
    distribution::exponential_of(bits, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: Purpose = Purpose::new(77);

    fn row(number: u32, half: u16) -> [u64; 3] {
        [0x1234_5678_9abc_def0, 0, u64::from(number) << (half * 32) | 0xdead_beef_u64 << ((1 - half) * 32)]
    }

    /// Draws ahead for the actor of this index among as many as are few, or as are many.
    fn draw(ahead: &mut Ahead, index: usize, len: usize, row: &[u64], site: Site) {
        if let Some(draw) = ahead.draw((0, index, len), row, site) {
            ahead.put(draw.place as usize, one(draw.bits()));
        }
    }

    fn drawn(row: &[u64], number: u32) -> f64 {
        one(StreamKey::from_bits(row[ROW_KEY]).at(WHAT).draw(number))
    }

    #[test]
    fn what_is_ahead_is_what_will_be_drawn() {
        for (half, len) in [(0, 7), (1, 7), (0, FEW + 1), (1, FEW + 1)] {
            let (mut ahead, site) = (Ahead::default(), Site { place: 4 + half, what: WHAT });
            for number in [0_u32, 0, 0, 1, 2, 2, 5, 6, 6, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 30] {
                let row = row(number, half);
                draw(&mut ahead, 5, len, &row, site);
                assert_eq!(ahead.get(5, number), Some(drawn(&row, number)), "{number} of half {half}");
                for later in number..number + DEPTH.1 {
                    if let Some(found) = ahead.get(5, later) {
                        assert_eq!(found, drawn(&row, later), "{later} at {number}");
                    }
                }
                assert_eq!(ahead.get(5, number + ahead.depth), None);
                assert_eq!((ahead.get(4, number), ahead.get(len, number)), (None, None));
            }
        }
    }

    #[test]
    fn nothing_is_ahead_where_the_count_begins_anew() {
        let (mut ahead, site) = (Ahead::default(), Site { place: 4, what: WHAT });
        for number in u32::MAX - 20..=u32::MAX {
            draw(&mut ahead, 0, 1, &row(number, 0), site);
        }
        assert_eq!((ahead.get(0, 0), ahead.get(0, 1), ahead.get(0, u32::MAX)), (None, None, None));
        draw(&mut ahead, 0, 1, &row(0, 0), site);
        assert_eq!(ahead.get(0, 0), Some(drawn(&row(0, 0), 0)));
    }

    #[test]
    fn who_comes_later_finds_room() {
        let (mut ahead, site) = (Ahead::default(), Site { place: 4, what: WHAT });
        draw(&mut ahead, 0, 1, &row(3, 0), site);
        draw(&mut ahead, 4, 5, &row(8, 0), site);
        assert_eq!(ahead.get(0, 3), Some(drawn(&row(3, 0), 3)));
        assert_eq!(ahead.get(4, 8), Some(drawn(&row(8, 0), 8)));
        ahead.clear();
        assert_eq!((ahead.get(0, 3), ahead.get(4, 8)), (None, None));
    }
}
