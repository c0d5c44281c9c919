//! How records lie in a file.
//!
//! ```text
//! mark [8]  version [4]  first sequence [8]  salt [8]  crc [4]     the header
//! crc [4]  length [4]  sequence [8]  bytes [length]                a record, one after another
//! ```
//!
//! Numbers are little-endian. The checksum of a record is the CRC-32 of the
//! salt and of all that follows the checksum: a record counts only in its own
//! file and at its own place in the order. The salt is drawn for each file
//! that is begun, so that bytes from outside cannot look like a record.
//! No checksum is 0, so that blocks of zeros are no records.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Bytes of a header.
pub(crate) const HEADER: usize = 32;
/// Bytes of a record before its own bytes.
pub(crate) const HEAD: usize = 16;
/// No sequence is greater. It cannot be reached by counting.
pub(crate) const SEQUENCE_MAX: u64 = u64::MAX >> 1;
/// Looking for a whole record after damage reads at most so many times the
/// bytes that there are: what comes from outside may look like many records.
const EFFORT: u64 = 32;

/// What a file begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    mark: [u8; 8],
    pub(crate) version: u32,
}

/// A segment of a journal.
pub(crate) const SEGMENT: Form = Form { mark: *b"RHJOURN\n", version: 1 };
/// A keep.
pub(crate) const KEEP: Form = Form { mark: *b"RHKEEP\r\n", version: 1 };

/// The start of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The sequence of the first record.
    pub(crate) first: u64,
    /// What its checksums begin with.
    pub(crate) salt: u64,
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// There are fewer bytes.
    Short,
    /// It is a file of something else.
    Foreign,
    /// It has another format.
    Version(u32),
    /// Its checksum does not fit.
    Broken,
}

impl Header {
    /// A header with a salt that nobody knows before.
    pub(crate) fn drawn(first: u64) -> Header {
        Header { first, salt: RandomState::new().build_hasher().finish() }
    }

    pub(crate) fn encode(self, form: Form) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&form.mark);
        bytes[8..12].copy_from_slice(&form.version.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.first.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.salt.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8], form: Form) -> Result<Header, HeaderFault> {
        let Some(bytes) = bytes.first_chunk::<HEADER>() else { return Err(HeaderFault::Short) };
        let header = Header { first: u64_at(bytes, 12), salt: u64_at(bytes, 20) };
        if *bytes == header.encode(form) {
            return Ok(header);
        }
        let version = u32_at(bytes, 8);
        if *bytes == header.encode(Form { version, ..form }) {
            return Err(HeaderFault::Version(version));
        }
        // One byte of the mark may have been hit; more of them are another file.
        let alike = bytes.iter().zip(&form.mark).filter(|(found, mark)| found == mark).count();
        Err(if alike + 1 < form.mark.len() { HeaderFault::Foreign } else { HeaderFault::Broken })
    }
}

/// The start of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) crc: u32,
    pub(crate) length: u32,
    pub(crate) sequence: u64,
}

impl Head {
    pub(crate) fn decode(bytes: &[u8; HEAD]) -> Head {
        Head { crc: u32_at(bytes, 0), length: u32_at(bytes, 4), sequence: u64_at(bytes, 8) }
    }

    /// Whether `bytes` are those of this record.
    pub(crate) fn fits(self, salt: u64, bytes: &[u8]) -> bool {
        usize::try_from(self.length) == Ok(bytes.len()) && self.crc == checksum(salt, self.length, self.sequence, bytes)
    }
}

fn checksum(salt: u64, length: u32, sequence: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.update(&sequence.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize().max(1)
}

/// Puts a record at the end of `out`. Its length fits, as the caller saw to.
pub(crate) fn encode(out: &mut Vec<u8>, salt: u64, sequence: u64, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("lengths are checked against `record_max`");
    out.extend_from_slice(&checksum(salt, length, sequence, bytes).to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// What comes after damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// No record is whole.
    Nothing,
    /// A whole record, so many bytes after the beginning.
    Whole { at: usize, sequence: u64 },
    /// So much looks like a record that it was not all looked at.
    Unknown,
}

/// Looks for a whole record in `rest`, which begins where record `sequence` should.
pub(crate) fn after(rest: &[u8], salt: u64, sequence: u64) -> After {
    let room = (rest.len() / HEAD) as u64;
    let mut effort = EFFORT * rest.len() as u64;
    for at in 0..rest.len().saturating_sub(HEAD - 1) {
        let Some(head) = rest[at..].first_chunk::<HEAD>().map(Head::decode) else { break };
        if !(sequence..=sequence.saturating_add(room)).contains(&head.sequence) {
            continue;
        }
        let from = at + HEAD;
        let Some(bytes) = rest.get(from..from.saturating_add(head.length as usize)) else { continue };
        let Some(left) = effort.checked_sub(bytes.len() as u64) else { return After::Unknown };
        effort = left;
        if head.fits(salt, bytes) {
            return After::Whole { at, sequence: head.sequence };
        }
    }
    After::Nothing
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_after_damage_and_only_with_its_salt() {
        let mut bytes = vec![9; 37];
        encode(&mut bytes, 5, 12, b"whole");
        bytes.extend([3; 20]);
        assert_eq!(after(&bytes, 5, 10), After::Whole { at: 37, sequence: 12 });
        assert_eq!(after(&bytes, 6, 10), After::Nothing, "another file");
        assert_eq!(after(&bytes, 5, 13), After::Nothing, "a record that has been");
        let mut other = bytes.clone();
        other[37 + 8] = 11;
        assert_eq!(after(&other, 5, 10), After::Nothing, "at another place");
        assert_eq!(after(&bytes[..57], 5, 10), After::Nothing, "torn");
        assert_eq!(after(&[], 5, 10), After::Nothing);
    }

    /// Somebody may send bytes that look like the heads of a great many long records.
    #[test]
    fn looking_for_a_record_has_a_bound() {
        let head = [&1u32.to_le_bytes()[..], &400_000u32.to_le_bytes(), &7u64.to_le_bytes()].concat();
        let bytes: Vec<u8> = head.iter().copied().cycle().take(1 << 20).collect();
        assert_eq!(after(&bytes, 5, 1), After::Unknown);
    }

    #[test]
    fn zeros_are_no_record() {
        for salt in 0..100 {
            assert!(!Head::decode(&[0; HEAD]).fits(salt, &[]));
        }
    }

    #[test]
    fn every_wrong_bit_of_a_header_is_seen() {
        let whole = Header { first: 77, salt: 0x1234_5678_9ABC_DEF0 }.encode(SEGMENT);
        assert_eq!(Header::decode(&whole, SEGMENT).map(|header| header.first), Ok(77));
        for bit in 0..HEADER * 8 {
            let mut bytes = whole;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&bytes, SEGMENT), Err(HeaderFault::Broken), "bit {bit}");
        }
        assert_eq!(Header::decode(&whole[..31], SEGMENT), Err(HeaderFault::Short));
        assert_eq!(Header::decode(&whole, KEEP), Err(HeaderFault::Foreign));
        let later = Header { first: 77, salt: 1 }.encode(Form { version: 2, ..SEGMENT });
        assert_eq!(Header::decode(&later, SEGMENT), Err(HeaderFault::Version(2)));
    }
}
