//! The string table of a file: each short text is stored once.
//!
//! The writer's [`Interner`] numbers texts as they first appear and keeps the
//! new ones until they are written, in a block of their own before the first
//! block that uses them. The reader's [`Table`] holds them all.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::wire::{Eye, Fault};

/// Texts in a file's table; further ones are written in place.
const STRINGS_MAX: u32 = 1 << 20;

/// A multiply-rotate hash. The table is only looked up, never walked, so the
/// hash cannot show in the file; what counts is that it is quick.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(word.try_into().expect("eight bytes")));
        }
        let mut tail = [0; 8];
        tail[..words.remainder().len()].copy_from_slice(words.remainder());
        self.mix(u64::from_le_bytes(tail) ^ ((bytes.len() as u64) << 56));
    }

    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl Quick {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The writer's side of the table.
#[derive(Default)]
pub(crate) struct Interner {
    numbers: HashMap<Box<str>, u32, BuildHasherDefault<Quick>>,
    /// The encoded texts not yet written, and how many they are.
    pending: Vec<u8>,
    pending_count: u32,
}

impl Interner {
    /// The number of `text`, or none when the table is full.
    pub(crate) fn intern(&mut self, text: &str) -> Option<u32> {
        if let Some(&number) = self.numbers.get(text) {
            return Some(number);
        }
        let number = self.numbers.len() as u32;
        if number >= STRINGS_MAX {
            return None;
        }
        self.numbers.insert(text.into(), number);
        assert!(text.len() <= 127, "only texts whose length fits one byte are shared");
        self.pending.push(text.len() as u8);
        self.pending.extend_from_slice(text.as_bytes());
        self.pending_count += 1;
        Some(number)
    }

    /// Takes the texts not yet written: their bytes and their number.
    pub(crate) fn take_pending(&mut self) -> (Vec<u8>, u32) {
        (std::mem::take(&mut self.pending), std::mem::take(&mut self.pending_count))
    }
}

/// The reader's side of the table.
#[derive(Default)]
pub(crate) struct Table(Vec<Arc<str>>);

impl Table {
    pub(crate) fn get(&self, number: u64) -> Result<&str, Fault> {
        let found = usize::try_from(number).ok().and_then(|number| self.0.get(number));
        found.map(|text| &**text).ok_or_else(|| format!("it names text {number} of a table of {}", self.0.len()))
    }

    /// Adds the texts of a block.
    pub(crate) fn extend(&mut self, bytes: &[u8], count: u32) -> Result<(), Fault> {
        let empty = Table::default();
        let mut eye = Eye::new(bytes, &empty);
        for _ in 0..count {
            let length = usize::from(eye.byte()?);
            let text = std::str::from_utf8(eye.take(length)?);
            self.0.push(text.map_err(|_| "it has a text that is not UTF-8")?.into());
        }
        match eye.remaining() {
            0 if self.0.len() <= STRINGS_MAX as usize => Ok(()),
            0 => Err(format!("it brings the texts to {}, beyond {STRINGS_MAX}", self.0.len())),
            more => Err(format!("{more} bytes follow its last text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number() {
        let mut strings = Interner::default();
        let numbers: Vec<_> =
            ["home", "work", "home", "", "eight ch", "eight ch "].map(|text| strings.intern(text).unwrap()).into();
        assert_eq!(numbers, [0, 1, 0, 2, 3, 4]);
        let (bytes, count) = strings.take_pending();
        assert_eq!(strings.take_pending(), (Vec::new(), 0));
        let mut table = Table::default();
        table.extend(&bytes, count).unwrap();
        assert_eq!(table.get(1).unwrap(), "work");
        assert_eq!(table.get(4).unwrap(), "eight ch ");
        assert!(table.get(5).is_err());
    }

    #[test]
    fn a_wrong_count_is_noticed() {
        assert!(Table::default().extend(b"\x01a", 2).is_err());
        assert!(Table::default().extend(b"\x01a\x01b", 1).is_err());
        assert!(Table::default().extend(b"\x01\xff", 1).is_err());
    }
}
