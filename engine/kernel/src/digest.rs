//! The digest: one number for the whole of a state, to compare runs by.
//!
//! What [`crate::snapshot`] would write goes into a hash instead, byte by byte, so two equal
//! digests mean two equal snapshots: the clock, what is pending, and the world. Two runs that
//! should be one are compared by it, whether they were forked, restored, or split over threads.
//!
//! It is not cryptography: whoever wants two states of one digest can make them.

use serde::Serialize;

use crate::simulation::{Simulation, World};
use crate::snapshot::State;
use crate::stream::{GOLDEN, mix};

/// The digest of a value: a hash of its serialized bytes, so the order of parts matters.
///
/// The same on every machine. Cost: that of serializing, and no memory.
///
/// # Panics
///
/// When the value's `Serialize` fails or gives a sequence without its length: a mistake of its
/// type, which would keep it out of a snapshot as well.
pub fn digest_of<T: Serialize + ?Sized>(value: &T) -> u64 {
    match postcard::serialize_with_flavor(value, Hash::new()) {
        Ok(digest) => digest,
        Err(error) => panic!("a state of type {} has no digest: {error}", std::any::type_name::<T>()),
    }
}

impl<W: World + Serialize> Simulation<W>
where
    W::Message: Serialize,
{
    /// The digest of the clock, the number of events handled, what is pending, and the world.
    ///
    /// Two simulations of one world with equal digests go on alike, however they came to be:
    /// forked, restored, or run in other portions. What was cancelled does not count. Unlike the
    /// bytes of a snapshot it is told no model. A run in shards is not a `Simulation`; its parts
    /// and its sorted events have a digest by [`digest_of`].
    ///
    /// Cost: that of serializing, and a sorted copy of the pending events.
    ///
    /// # Panics
    ///
    /// As [`digest_of`].
    pub fn digest(&self) -> u64 {
        digest_of(&State::of(self))
    }
}

/// A hash over words of eight bytes, fed with bytes as they come.
struct Hash {
    state: u64,
    /// The bytes of the word that is not yet full, from the lowest on.
    word: u64,
    /// Bits of `word` that are filled: below 64 between two calls.
    filled: u32,
    words: u64,
}

impl Hash {
    fn new() -> Hash {
        Hash { state: GOLDEN, word: 0, filled: 0, words: 0 }
    }

    /// Takes in a full word; a bijection of the state for each word.
    #[inline]
    fn absorb(&mut self, word: u64) {
        self.state = mix((self.state ^ word).wrapping_add(GOLDEN));
        self.words += 1;
    }

    /// Takes in the `bits` low bits of `value`, whole bytes; those above must be zero.
    #[inline]
    fn take(&mut self, value: u64, bits: u32) {
        self.word |= value << self.filled;
        let filled = self.filled + bits;
        if filled < u64::BITS {
            self.filled = filled;
            return;
        }
        self.absorb(self.word);
        // What did not fit; nothing where the word was empty before and all of it fitted.
        self.word = value.checked_shr(u64::BITS - self.filled).unwrap_or(0);
        self.filled = filled - u64::BITS;
    }
}

impl postcard::ser_flavors::Flavor for Hash {
    type Output = u64;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.take(u64::from(byte), 8);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.take(u64::from_le_bytes(*word), u64::BITS));
        let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        self.take(word, 8 * rest.len() as u32);
        Ok(())
    }

    /// The last word with its zeros, then the length, which tells those from zeros of the data.
    fn finalize(mut self) -> postcard::Result<u64> {
        let bits = self.words << 6 | u64::from(self.filled);
        self.absorb(self.word);
        self.absorb(bits);
        Ok(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postcard::ser_flavors::Flavor;
    use proptest::prelude::*;

    fn hash(parts: &[&[u8]]) -> u64 {
        let mut hash = Hash::new();
        parts.iter().for_each(|part| hash.try_extend(part).unwrap());
        hash.finalize().unwrap()
    }

    /// Computed apart from this code: a change here changes every digest ever noted down.
    #[test]
    fn known_digests() {
        assert_eq!(hash(&[]), 0x46B7_3E79_F0C3_7C00);
        assert_eq!(hash(&[b"rehearsal"]), 0x1D85_F72B_44E5_199B);
        assert_eq!(digest_of(&(1_u8, -2_i64, "three", [4.5_f64])), 0x850B_7DA7_3D28_3A46);
    }

    #[test]
    fn zeros_at_the_end_count() {
        let zeros = [0; 40];
        let mut digests: Vec<u64> = (0..=40).map(|length| hash(&[&zeros[..length]])).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 41);
    }

    #[test]
    fn order_matters() {
        assert_ne!(digest_of(&[1_u64, 2]), digest_of(&[2_u64, 1]));
        assert_ne!(digest_of(&(0.0_f64, -0.0_f64)), digest_of(&(-0.0_f64, 0.0_f64)));
        assert_ne!(digest_of("ab"), digest_of(&("a", "b")));
    }

    #[test]
    #[should_panic(expected = "has no digest")]
    fn a_sequence_without_a_length_is_a_mistake_of_its_type() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::ser::SerializeSeq::end(serializer.serialize_seq(None)?)
            }
        }
        digest_of(&Endless);
    }

    proptest! {
        /// A serializer gives the bytes in portions that mean nothing.
        #[test]
        fn portions_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..60), a in 0..60_usize, b in 0..60_usize) {
            let (a, b) = (a.min(bytes.len()), b.min(bytes.len()));
            let (a, b) = (a.min(b), a.max(b));
            let whole = hash(&[&bytes]);
            prop_assert_eq!(hash(&[&bytes[..a], &bytes[a..b], &bytes[b..]]), whole);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(hash(&single), whole);
        }

        #[test]
        fn every_byte_counts(bytes in prop::collection::vec(any::<u8>(), 1..60), at: prop::sample::Index, flip in 1..=u8::MAX) {
            let mut other = bytes.clone();
            other[at.index(bytes.len())] ^= flip;
            prop_assert_ne!(hash(&[&other]), hash(&[&bytes]));
        }
    }
}
