//! Bytes of the format: varints, zigzag numbers, fixed-point degrees.
//!
//! [`Pen`] writes, [`Eye`] reads. An `Eye` never trusts a length: each is held
//! against the bytes that remain. Structure is in `codec.rs`.

use crate::error::TraceError;
use crate::strings::{Interner, Table};

/// The deepest nesting of list values.
pub(crate) const DEPTH_MAX: usize = 32;
/// Texts up to this length are kept once per file, longer ones in place \[bytes\].
const SHARED_TEXT_MAX: usize = 96;
/// Units of a coordinate per degree.
const PER_DEGREE: f64 = 1e7;

/// Why bytes cannot be understood; a reader adds the block and offset.
pub(crate) type Fault = String;

/// Appends values to a block.
pub(crate) struct Pen<'w> {
    pub(crate) out: &'w mut Vec<u8>,
    pub(crate) strings: &'w mut Interner,
    /// The moment that times are counted from \[ns\].
    pub(crate) now: u64,
    pub(crate) depth: usize,
}

impl<'w> Pen<'w> {
    pub(crate) fn new(out: &'w mut Vec<u8>, strings: &'w mut Interner) -> Self {
        Pen { out, strings, now: 0, depth: 0 }
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Seven bits a byte, lowest first, the top bit meaning "more".
    pub(crate) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    pub(crate) fn signed(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    /// A time as its distance from `now`, before or after.
    pub(crate) fn time(&mut self, at: u64) {
        self.signed(at.wrapping_sub(self.now) as i64);
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    /// A string by its number in the file's table, or in place when long.
    pub(crate) fn text(&mut self, text: &str) {
        if text.len() <= SHARED_TEXT_MAX
            && let Some(id) = self.strings.intern(text)
        {
            return self.varint(u64::from(id) + 1);
        }
        self.varint(0);
        self.varint(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A position, as its distance from `last`, which it becomes.
    pub(crate) fn position(&mut self, at: [f64; 2], last: &mut [i64; 2]) -> Result<(), TraceError> {
        let [lat, lon] = at;
        if !((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)) {
            return Err(TraceError::Position { lat, lon });
        }
        let fixed = [lat, lon].map(|degrees| libm::round(degrees * PER_DEGREE) as i64);
        self.signed(fixed[0] - last[0]);
        self.signed(fixed[1] - last[1]);
        *last = fixed;
        Ok(())
    }
}

/// Reads values from a block.
pub(crate) struct Eye<'r> {
    bytes: &'r [u8],
    strings: &'r Table,
    pub(crate) now: u64,
    pub(crate) depth: usize,
}

impl<'r> Eye<'r> {
    pub(crate) fn new(bytes: &'r [u8], strings: &'r Table) -> Self {
        Eye { bytes, strings, now: 0, depth: 0 }
    }

    /// How many bytes are left to read.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let (&first, rest) = self.bytes.split_first().ok_or_else(ends)?;
        self.bytes = rest;
        Ok(first)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'r [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(ends)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("it has a number of more than 64 bits".into())
    }

    /// A varint that must fit a narrower type.
    pub(crate) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, Fault> {
        let value = self.varint()?;
        T::try_from(value).map_err(|_| format!("it has the number {value} where a smaller one belongs"))
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Fault> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn time(&mut self) -> Result<u64, Fault> {
        Ok(self.now.wrapping_add(self.signed()? as u64))
    }

    pub(crate) fn float(&mut self) -> Result<f64, Fault> {
        let bytes = self.take(8)?.try_into().expect("eight bytes were taken");
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("it has {other} where yes (1) or no (0) belongs")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Fault> {
        match self.varint()? {
            0 => {
                let length = self.length(1)?;
                let bytes = self.take(length)?.to_vec();
                String::from_utf8(bytes).map_err(|_| "it has a text that is not UTF-8".into())
            }
            id => self.strings.get(id - 1).map(String::from),
        }
    }

    /// A count of things that take at least `bytes_each` bytes each.
    pub(crate) fn length(&mut self, bytes_each: usize) -> Result<usize, Fault> {
        let length = self.varint()?;
        if length > (self.bytes.len() / bytes_each) as u64 {
            return Err(format!("it announces {length} items where {} bytes remain", self.bytes.len()));
        }
        Ok(length as usize)
    }

    pub(crate) fn position(&mut self, last: &mut [i64; 2]) -> Result<[f64; 2], Fault> {
        for (axis, limit) in last.iter_mut().zip([900_000_000_i64, 1_800_000_000]) {
            let moved = axis.checked_add(self.signed()?).filter(|at| at.abs() <= limit);
            *axis = moved.ok_or_else(|| Fault::from("it has a position that is not on Earth"))?;
        }
        Ok(last.map(|fixed| fixed as f64 / PER_DEGREE))
    }
}

fn ends() -> Fault {
    "it ends in the middle of a value".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_times_round_trip(value: u64, signed: i64, now: u64) {
            let (mut out, mut strings) = (Vec::new(), Interner::default());
            let mut pen = Pen::new(&mut out, &mut strings);
            pen.now = now;
            pen.varint(value);
            pen.signed(signed);
            pen.time(value);
            let table = Table::default();
            let mut eye = Eye::new(&out, &table);
            eye.now = now;
            prop_assert_eq!(eye.varint().unwrap(), value);
            prop_assert_eq!(eye.signed().unwrap(), signed);
            prop_assert_eq!(eye.time().unwrap(), value);
            prop_assert_eq!(eye.remaining(), 0);
        }

        #[test]
        fn positions_keep_a_ten_millionth_of_a_degree(
            points in prop::collection::vec((-90.0..=90.0_f64, -180.0..=180.0_f64), 1..20),
        ) {
            let (mut out, mut strings) = (Vec::new(), Interner::default());
            let mut pen = Pen::new(&mut out, &mut strings);
            let mut last = [0; 2];
            for &(lat, lon) in &points {
                pen.position([lat, lon], &mut last).unwrap();
            }
            let table = Table::default();
            let (mut eye, mut last) = (Eye::new(&out, &table), [0; 2]);
            for &(lat, lon) in &points {
                let [found_lat, found_lon] = eye.position(&mut last).unwrap();
                prop_assert!((found_lat - lat).abs() <= 0.51e-7);
                prop_assert!((found_lon - lon).abs() <= 0.51e-7);
            }
        }
    }

    #[test]
    fn an_overlong_number_is_refused() {
        let table = Table::default();
        assert!(Eye::new(&[0xff; 11], &table).varint().is_err());
        let mut last_byte_too_large = [0x80; 10];
        last_byte_too_large[9] = 2;
        assert!(Eye::new(&last_byte_too_large, &table).varint().is_err());
    }

    #[test]
    fn a_place_off_the_earth_is_refused() {
        let (mut out, mut strings) = (Vec::new(), Interner::default());
        let mut pen = Pen::new(&mut out, &mut strings);
        for at in [[90.1, 0.0], [0.0, -180.5], [f64::NAN, 0.0], [0.0, f64::INFINITY]] {
            assert!(matches!(pen.position(at, &mut [0; 2]), Err(TraceError::Position { .. })));
        }
    }
}
