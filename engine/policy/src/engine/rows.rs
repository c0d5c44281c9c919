//! The rows of all profiles, one after the other, in one table that begins where a line of the cache does.
//!
//! A row of as many words as a line then takes one line and not parts of two. That is all that hangs on it: what is read
//! and written is the same wherever the table lies.

use std::ops::{Deref, DerefMut};

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// The rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Some words that are not used, then those of the rows.
    words: Vec<u64>,
    /// How many are not used.
    skipped: usize,
}

impl Rows {
    /// These rows, with room for so many words.
    pub(super) fn of(rows: &[u64], room: usize) -> Rows {
        let mut words: Vec<u64> = Vec::with_capacity(room.max(rows.len()) + LINE / size_of::<u64>());
        let skipped = words.as_ptr().align_offset(LINE).min(LINE / size_of::<u64>());
        words.resize(skipped, 0);
        words.extend_from_slice(rows);
        Rows { words, skipped }
    }

    /// Adds words, all of them 0.
    pub(super) fn add(&mut self, count: usize) {
        if self.words.len() + count > self.words.capacity() {
            *self = Rows::of(self, 2 * (self.len() + count));
        }
        self.words.resize(self.words.len() + count, 0);
    }

    /// Keeps the first words only.
    pub(super) fn truncate(&mut self, count: usize) {
        self.words.truncate(self.skipped + count);
    }
}

impl Clone for Rows {
    fn clone(&self) -> Rows {
        Rows::of(self, self.len())
    }
}

impl Deref for Rows {
    type Target = [u64];

    #[inline(always)]
    fn deref(&self) -> &[u64] {
        &self.words[self.skipped..]
    }
}

impl DerefMut for Rows {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.words[self.skipped..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_what_they_are_wherever_they_lie() {
        let mut rows = Rows::default();
        for row in 0..1_000 {
            rows.add(3);
            rows[3 * row + 1] = row as u64;
        }
        rows.truncate(3 * 900);
        let copy = rows.clone();
        assert_eq!(copy.len(), 2_700);
        assert!((0..900).all(|row| copy[3 * row..3 * row + 3] == [0, row as u64, 0]));
        assert_eq!(*copy, *rows);
        assert_eq!(copy.as_ptr().align_offset(LINE), 0);
    }
}
