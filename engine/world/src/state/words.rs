//! Words as bytes: eight each, little endian, in pieces, so that neither side needs all of them twice.

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::fmt;

/// Words of a piece.
const PIECE: usize = 512;

/// Writes words.
pub(crate) fn serialize<S: Serializer>(words: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let mut pieces = serializer.serialize_seq(Some(words.len().div_ceil(PIECE)))?;
    for piece in words.chunks(PIECE) {
        pieces.serialize_element(&Piece(piece))?;
    }
    pieces.end()
}

/// Reads words; takes no more memory than a small multiple of the bytes that are there.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    deserializer.deserialize_seq(Pieces)
}

struct Piece<'a>(&'a [u64]);

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = [0; 8 * PIECE];
        let places = bytes.as_chunks_mut::<8>().0;
        places.iter_mut().zip(self.0).for_each(|(place, word)| *place = word.to_le_bytes());
        serializer.serialize_bytes(&bytes[..8 * self.0.len()])
    }
}

struct Pieces;

impl<'de> Visitor<'de> for Pieces {
    type Value = Vec<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("words of eight bytes, in pieces")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pieces: A) -> Result<Vec<u64>, A::Error> {
        let mut words = Vec::new();
        while let Some(bytes) = pieces.next_element::<&[u8]>()? {
            let (whole, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() || whole.is_empty() || whole.len() > PIECE {
                return Err(serde::de::Error::custom("a piece of words has no length that is written"));
            }
            words.extend(whole.iter().map(|word| u64::from_le_bytes(*word)));
        }
        Ok(words)
    }
}
