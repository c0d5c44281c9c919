//! The layout of a file, and the frame around each of its blocks.
//!
//! ```text
//! mark [8]  version [2]                                  the start
//! frame: strings, frame: header
//! frame: strings?  frame: records   (repeated)           in order of time
//! frame: keyframe?                  (now and then)
//! frame: index
//! offset of the index [8]  crc [4]  end mark [8]         the end
//! ```
//!
//! A frame is a head of 34 bytes and a payload, deflated where that helps:
//! kind [1], deflated? [1], bytes stored [4], bytes when inflated [4], items
//! [4], time of the first and of the last [8 + 8 ns], crc32 [4] of all that.
//! Numbers are little-endian. Frames follow one another without a gap, so
//! every byte of a file lies under a checksum or is compared outright.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::wire::Fault;

/// The first bytes of every trace, whatever its version.
pub(crate) const MARK: [u8; 8] = *b"RHTRACE\n";
/// The last bytes of a trace that was finished.
pub(crate) const END_MARK: [u8; 8] = *b"RHTR-END";
/// Bytes of the start of a file: mark and version.
pub(crate) const START: u64 = 10;
/// Bytes of the end of a file.
pub(crate) const END: u64 = 20;
/// Bytes of the head of a frame.
pub(crate) const HEAD: usize = 34;

/// Records are put into blocks of about this size \[bytes\].
pub(crate) const BLOCK: usize = 64 << 10;
/// One record takes at most this \[bytes\].
pub(crate) const RECORD_MAX: usize = 1 << 20;
/// One block takes at most this \[bytes\].
const FRAME_MAX: usize = 1 << 30;
/// A payload inflates at most this many times, beyond the size of a large
/// block of records: what a hostile file can make a reader hold is bounded by
/// its own size.
const INFLATE_MAX: usize = 16;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Strings,
    Header,
    Records,
    Keyframe,
    Index,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Strings, Kind::Header, Kind::Records, Kind::Keyframe, Kind::Index];

    pub(crate) fn from_byte(byte: u8) -> Result<Kind, Fault> {
        let found = Kind::ALL.into_iter().find(|&kind| kind as u8 == byte);
        found.ok_or_else(|| format!("{byte} is no kind of block"))
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) deflated: bool,
    pub(crate) stored: u32,
    pub(crate) raw: u32,
    pub(crate) count: u32,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD - 4] {
        let mut bytes = [0; HEAD - 4];
        bytes[0] = self.kind as u8;
        bytes[1] = u8::from(self.deflated);
        bytes[2..6].copy_from_slice(&self.stored.to_le_bytes());
        bytes[6..10].copy_from_slice(&self.raw.to_le_bytes());
        bytes[10..14].copy_from_slice(&self.count.to_le_bytes());
        bytes[14..22].copy_from_slice(&self.first.to_le_bytes());
        bytes[22..30].copy_from_slice(&self.last.to_le_bytes());
        bytes
    }

    /// Reads a head and checks that what it announces is within bounds.
    pub(crate) fn parse(bytes: &[u8; HEAD]) -> Result<Head, Fault> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        let head = Head {
            kind: Kind::from_byte(bytes[0])?,
            deflated: bytes[1] == 1,
            stored: word(2),
            raw: word(6),
            count: word(10),
            first: long(14),
            last: long(22),
        };
        let plain = bytes[1] == 0 && head.stored == head.raw;
        if !(plain || head.deflated && may_inflate(head.stored as usize, head.raw as usize)) {
            return Err(format!("{} bytes stored cannot stand for {}", head.stored, head.raw));
        }
        Ok(head)
    }
}

fn may_inflate(stored: usize, raw: usize) -> bool {
    raw <= FRAME_MAX && raw <= BLOCK + RECORD_MAX + stored.saturating_mul(INFLATE_MAX)
}

/// Puts payloads into frames; keeps the compressor's memory between them.
pub(crate) struct Framer {
    compress: Compress,
    packed: Vec<u8>,
}

impl Framer {
    pub(crate) fn new() -> Self {
        Framer { compress: Compress::new(Compression::fast(), false), packed: Vec::new() }
    }

    /// The bytes of a frame: head and payload. `None` when it is too large.
    ///
    /// `plain` payloads are not deflated (those that must never inflate).
    pub(crate) fn frame(
        &mut self,
        kind: Kind,
        plain: bool,
        count: u32,
        (first, last): (u64, u64),
        payload: &[u8],
    ) -> Option<&[u8]> {
        let raw = u32::try_from(payload.len()).ok().filter(|&raw| raw as usize <= FRAME_MAX)?;
        self.packed.clear();
        self.packed.resize(HEAD, 0);
        let deflated = !plain && self.deflate(payload);
        if !deflated {
            self.packed.truncate(HEAD);
            self.packed.extend_from_slice(payload);
        }
        let stored = (self.packed.len() - HEAD) as u32;
        let head = Head { kind, deflated, stored, raw, count, first, last };
        let head = head.to_bytes();
        self.packed[..HEAD - 4].copy_from_slice(&head);
        let crc = checksum(&head, &self.packed[HEAD..]);
        self.packed[HEAD - 4..HEAD].copy_from_slice(&crc.to_le_bytes());
        Some(&self.packed)
    }

    /// Whether the payload, deflated, is smaller and a reader may inflate it.
    fn deflate(&mut self, payload: &[u8]) -> bool {
        self.compress.reset();
        self.packed.reserve_exact(payload.len());
        let status = self.compress.compress_vec(payload, &mut self.packed, FlushCompress::Finish);
        let stored = self.packed.len() - HEAD;
        matches!(status, Ok(Status::StreamEnd)) && stored < payload.len() && may_inflate(stored, payload.len())
    }
}

/// Checks the payload of a frame and inflates it.
pub(crate) fn open(head: &Head, bytes: &[u8; HEAD], payload: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let crc = u32::from_le_bytes(bytes[HEAD - 4..].try_into().expect("4 bytes"));
    let found = checksum(&bytes[..HEAD - 4], &payload);
    if found != crc {
        return Err(format!("its checksum is {found:08x}, {crc:08x} is written in it"));
    }
    if !head.deflated {
        return Ok(payload);
    }
    let raw = head.raw as usize;
    // A few bytes more than announced: a payload that inflates to more shows.
    let mut inflated = Vec::with_capacity(raw + 8);
    let mut decompress = Decompress::new(false);
    let status = decompress.decompress_vec(&payload, &mut inflated, FlushDecompress::Finish);
    let whole = decompress.total_in() == payload.len() as u64;
    if !matches!(status, Ok(Status::StreamEnd)) || inflated.len() != raw || !whole {
        return Err(format!("it does not inflate to the {raw} bytes it announces"));
    }
    Ok(inflated)
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unframe(bytes: &[u8]) -> Result<(Head, Vec<u8>), Fault> {
        let (head_bytes, payload) = bytes.split_first_chunk::<HEAD>().unwrap();
        let head = Head::parse(head_bytes)?;
        Ok((head, open(&head, head_bytes, payload.to_vec())?))
    }

    #[test]
    fn payloads_round_trip_whatever_their_size_and_texture() {
        let mut framer = Framer::new();
        for size in [0, 1, 2, 100, BLOCK, BLOCK + RECORD_MAX, 8 << 20] {
            for step in [0_usize, 1, 2_654_435_761] {
                let payload: Vec<u8> = (0..size).map(|i| (i.wrapping_mul(step) >> 7) as u8).collect();
                let bytes = framer.frame(Kind::Records, false, 3, (4, 5), &payload).unwrap();
                assert!(bytes.len() <= HEAD + payload.len());
                let (head, found) = unframe(bytes).unwrap();
                assert_eq!((head.count, head.first, head.last), (3, 4, 5));
                assert!(found == payload, "{size} bytes in steps of {step}");
            }
        }
    }

    #[test]
    fn an_announced_flood_is_refused_before_it_is_inflated() {
        let mut framer = Framer::new();
        let mut bytes = framer.frame(Kind::Header, false, 0, (0, 0), &[7; 1000]).unwrap().to_vec();
        assert!(bytes.len() < 100);
        bytes[6..10].copy_from_slice(&(FRAME_MAX as u32).to_le_bytes());
        assert!(unframe(&bytes).unwrap_err().contains("cannot stand for"));
    }

    #[test]
    fn a_false_length_is_refused_though_the_checksum_holds() {
        let mut framer = Framer::new();
        let original = framer.frame(Kind::Records, false, 0, (0, 0), &[7; 1000]).unwrap().to_vec();
        for raw in [0_u32, 999, 1001, 5000] {
            let mut bytes = original.clone();
            bytes[6..10].copy_from_slice(&raw.to_le_bytes());
            let crc = checksum(&bytes[..HEAD - 4], &bytes[HEAD..]);
            bytes[HEAD - 4..HEAD].copy_from_slice(&crc.to_le_bytes());
            assert!(unframe(&bytes).unwrap_err().contains("does not inflate"), "{raw}");
        }
    }
}
