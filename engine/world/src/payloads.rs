//! What messages carry beyond the three words that fit an event.

use rehearsal_language::vm::Words;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// Payloads in flight, in places that are used again.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Payloads {
    /// Words by place; none where the place is free.
    blocks: Vec<Vec<u64>>,
    free: Vec<u32>,
}

impl Clone for Payloads {
    fn clone(&self) -> Payloads {
        Payloads { blocks: self.blocks.clone(), free: self.free.clone() }
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Payloads) {
        self.blocks.clone_from(&source.blocks);
        self.free.clone_from(&source.free);
    }
}

impl Payloads {
    /// Puts words aside; the number takes them out again.
    pub(crate) fn put(&mut self, words: &Words) -> u64 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.blocks.push(Vec::new());
            (self.blocks.len() - 1) as u32
        });
        let block = &mut self.blocks[at as usize];
        block.extend(words.iter().map(Cell::get));
        u64::from(at)
    }

    /// Takes the words of `number` out, onto the end of `into`.
    pub(crate) fn take(&mut self, number: u64, into: &mut Vec<u64>) {
        into.append(&mut self.blocks[number as usize]);
        self.free.push(number as u32);
    }

    /// Whether `number` is a place.
    pub(crate) fn has(&self, number: u64) -> bool {
        number < self.blocks.len() as u64
    }

    /// Whether all free places are places, and free.
    pub(crate) fn is_sound(&self) -> bool {
        self.free.iter().all(|at| self.blocks.get(*at as usize).is_some_and(Vec::is_empty))
    }

    /// Words that fit an event without a block.
    pub(crate) const INLINE: usize = 3;

    /// The three event words that carry `words`.
    pub(crate) fn pack(&mut self, words: &Words) -> [u64; 3] {
        if words.len() <= Payloads::INLINE {
            let mut args = [0; 3];
            args.iter_mut().zip(words).for_each(|(arg, word)| *arg = word.get());
            args
        } else {
            [self.put(words), 0, 0]
        }
    }

    /// The `count` words that an event carries, onto the end of `into`.
    pub(crate) fn unpack(&mut self, args: [u64; 3], count: usize, into: &mut Vec<u64>) {
        if count <= Payloads::INLINE {
            into.extend_from_slice(&args[..count]);
        } else {
            self.take(args[0], into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_language::vm::words;

    #[test]
    fn words_come_back_and_places_are_used_again() {
        let mut payloads = Payloads::default();
        let mut long = [1, 2, 3, 4, 5];
        let first = payloads.pack(words(&mut long));
        let mut out = Vec::new();
        payloads.unpack(first, 5, &mut out);
        assert_eq!(out, long);
        let second = payloads.pack(words(&mut [9; 4]));
        assert_eq!(second[0], first[0]);
        let short = payloads.pack(words(&mut [7, 8]));
        out.clear();
        payloads.unpack(short, 2, &mut out);
        assert_eq!(out, [7, 8]);
    }
}
