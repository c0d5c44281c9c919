//! What an event of the world carries: which message, and three words.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message on its way; 26 bytes that any place fits, so that an event takes 48.
///
/// Plain words rather than an array of bytes, so that it is written where it will lie and never copied from a copy. The first
/// two come last: in an event they are one piece of sixteen bytes then, as which a compiler likes to read them.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, packed(2))]
pub struct Packet {
    number: u16,
    third: u64,
    first: u64,
    second: u64,
}

const _: () = assert!(size_of::<rehearsal_kernel::Event<Packet>>() == 48, "an event of the world is 48 bytes");

/// An event of the world.
pub(crate) type Event = rehearsal_kernel::Event<Packet>;

/// What a handler of the world may do beyond it.
pub(crate) type Context<'a> = rehearsal_kernel::Context<'a, Packet>;

impl Packet {
    /// Message `number` with its words.
    #[inline]
    pub(crate) fn new(number: u16, args: [u64; 3]) -> Packet {
        let [first, second, third] = args;
        Packet { number, first, second, third }
    }

    /// Which message it is.
    #[inline]
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// Its words.
    #[inline]
    pub(crate) fn args(&self) -> [u64; 3] {
        [self.first, self.second, self.third]
    }
}

// Written down in the order in which they are said, wherever they lie.
impl Serialize for Packet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.number(), self.args()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Packet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Packet, D::Error> {
        let (number, args) = Deserialize::deserialize(deserializer)?;
        Ok(Packet::new(number, args))
    }
}

impl std::fmt::Debug for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packet").field("number", &self.number()).field("args", &self.args()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        let packet = Packet::new(7, [1, u64::MAX, 3]);
        assert_eq!((packet.number(), packet.args()), (7, [1, u64::MAX, 3]));
        assert_eq!(format!("{packet:?}"), "Packet { number: 7, args: [1, 18446744073709551615, 3] }");
    }
}
