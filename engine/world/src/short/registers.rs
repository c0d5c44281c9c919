//! The words that a routine in short form runs on.

use rehearsal_language::types::NONE;

/// All words of a routine in short form.
#[repr(transparent)]
pub(crate) struct Registers(pub(crate) [u64; 256]);

/// Registers of the frame, from 0 on; a routine with a longer frame stays flat.
pub(crate) const FRAME: usize = 64;
/// The first register of the fields that a routine uses.
pub(super) const FIELDS: usize = FRAME;
/// The first register of what the event says.
pub(super) const EVENT: usize = 112;
/// The first register of constants.
pub(super) const CONSTANTS: usize = 120;
/// The register that is missing, for words that nobody gives.
pub(crate) const MISSING: u8 = 255;

/// Words of a frame that are cleared at once, whatever it has: a count of its own would cost more.
const CLEARED: usize = 8;

impl Registers {
    /// Clears a frame of so many words.
    #[inline(always)]
    pub(super) fn clear(&mut self, words: usize) {
        self.0[..CLEARED].fill(0);
        if words > CLEARED {
            self.0[CLEARED..2 * CLEARED].fill(0);
        }
        if words > 2 * CLEARED {
            self.0[2 * CLEARED..words].fill(0);
        }
    }

    /// No event says anything.
    #[inline(always)]
    pub(super) fn hear_nothing(&mut self) {
        self.0[EVENT..CONSTANTS].fill(NONE);
    }

    #[inline(always)]
    pub(super) fn get(&self, at: u8) -> u64 {
        self.0[at as usize]
    }

    #[inline(always)]
    pub(super) fn int(&self, at: u8) -> i64 {
        self.get(at) as i64
    }

    #[inline(always)]
    pub(super) fn float(&self, at: u8) -> f64 {
        f64::from_bits(self.get(at))
    }

    #[inline(always)]
    pub(super) fn set(&mut self, at: u8, word: u64) {
        self.0[at as usize] = word;
    }

    #[inline(always)]
    pub(super) fn set_float(&mut self, at: u8, value: f64) {
        self.set(at, value.to_bits());
    }

    #[inline(always)]
    pub(super) fn gather<const WORDS: usize>(&self, places: [u8; WORDS]) -> [u64; WORDS] {
        places.map(|at| self.get(at))
    }
}

/// Registers before constants are known.
pub(super) fn blank() -> [u64; 256] {
    let mut registers = [0; 256];
    registers[MISSING as usize] = NONE;
    registers
}
