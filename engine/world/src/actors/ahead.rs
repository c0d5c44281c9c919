//! Draws ahead: what actors that are about to act will draw.
//!
//! An exponential takes a logarithm, each step of which waits for the last. For several actors at a time that takes little more
//! than for one, so it is reckoned when their events are announced, some dozen at a time. A draw hangs on nothing but its
//! actor's key, what it is for and how many there were before: what is found ahead is what would be found in its time, and
//! nothing of it is part of the state.

use super::{ActorId, ROW_KEY, Store, index_of, kind_of};
use rehearsal_kernel::stream::StreamKey;
use rehearsal_kernel::{Purpose, distribution};

/// How many are drawn ahead for an actor at most.
const DEPTH: u32 = 2;

/// A site of draws: where it is counted in a row, in halves of a word, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) place: u16,
    pub(crate) what: Purpose,
}

/// Exponentials of mean 1 that an actor will draw at the one site for which that is done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ahead {
    /// Those before this one are here, the last [`DEPTH`] of them.
    next: u32,
    values: [f64; DEPTH as usize],
}

impl Ahead {
    /// The draw of this number, if it is here.
    ///
    /// Numbers only grow, and no draw is more than [`DEPTH`] ahead of the number that was looked at: so one before `next` is here.
    #[inline(always)]
    pub(crate) fn get(&self, number: u32) -> Option<f64> {
        (number < self.next).then(|| self.values[(number % DEPTH) as usize])
    }

    /// The number and the bits of one more for the actor of a row, unless there are enough; its value is to be put here before
    /// anybody looks.
    #[inline(always)]
    pub(super) fn draw(&mut self, row: &[u64], Site { place, what }: Site) -> Option<(u32, u64)> {
        let (key, counted) = (row.get(ROW_KEY)?, row.get(usize::from(place / 2))?);
        let number = (counted >> (u32::from(place % 2) * 32)) as u32;
        if number >= u32::MAX - DEPTH {
            // The count is about to begin anew.
            self.next = 0;
            return None;
        }
        let next = self.next.max(number);
        if next >= number + DEPTH {
            return None;
        }
        self.next = next + 1;
        Some((next, StreamKey::from_bits(*key).at(what).draw(next)))
    }

    /// Puts the value of the draw of this number in its place.
    #[inline(always)]
    fn put(&mut self, number: u32, value: f64) {
        self.values[(number % DEPTH) as usize] = value;
    }
}

/// Draws ahead for several actors: first the bits of all, then the values. None of them waits for another.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    /// Actors with the numbers and the bits of their draws.
    drawn: Vec<(ActorId, u32, u64)>,
}

impl Drawing {
    /// Adds a draw of an actor, by its number and its bits.
    #[inline(always)]
    pub(crate) fn add(&mut self, actor: ActorId, (number, bits): (u32, u64)) {
        self.drawn.push((actor, number, bits));
    }

    /// Finds the values and puts them in their places.
    #[inline]
    pub(crate) fn draw(&mut self, stores: &mut [Store]) {
        for (actor, number, bits) in self.drawn.drain(..) {
            let ahead = stores.get_mut(kind_of(actor) as usize).and_then(|store| store.ahead.get_mut(index_of(actor)));
            if let Some(ahead) = ahead {
                ahead.put(number, one(bits));
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

    fn draw(ahead: &mut Ahead, row: &[u64], site: Site) {
        if let Some((number, bits)) = ahead.draw(row, site) {
            ahead.put(number, one(bits));
        }
    }

    fn drawn(row: &[u64], number: u32) -> f64 {
        one(StreamKey::from_bits(row[ROW_KEY]).at(WHAT).draw(number))
    }

    #[test]
    fn what_is_ahead_is_what_will_be_drawn() {
        for half in [0, 1] {
            let (mut ahead, site) = (Ahead::default(), Site { place: 4 + half, what: WHAT });
            for number in [0_u32, 0, 0, 1, 2, 2, 5, 6, 6, 6, 9] {
                let row = row(number, half);
                draw(&mut ahead, &row, site);
                let expected = drawn(&row, number);
                assert_eq!(ahead.get(number), Some(expected), "{number} of half {half}");
                if let Some(next) = ahead.get(number + 1) {
                    assert_eq!(next, drawn(&row, number + 1));
                }
                assert_eq!(ahead.get(number + DEPTH), None);
            }
        }
    }

    #[test]
    fn nothing_is_ahead_where_the_count_begins_anew() {
        let (mut ahead, site) = (Ahead::default(), Site { place: 4, what: WHAT });
        for number in [u32::MAX - 4, u32::MAX - 3, u32::MAX - 2, u32::MAX - 1, u32::MAX] {
            draw(&mut ahead, &row(number, 0), site);
        }
        assert_eq!((ahead.get(0), ahead.get(1), ahead.get(u32::MAX)), (None, None, None));
        draw(&mut ahead, &row(0, 0), site);
        assert_eq!(ahead.get(0), Some(drawn(&row(0, 0), 0)));
    }
}
