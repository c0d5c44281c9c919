//! The file below a reader: its bytes, its frames, its index, and what is
//! whole of it when the index is lost.
//!
//! Everything is checked here before it is believed; what records say is read
//! elsewhere.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::VERSION;
use crate::actor_set::ActorSet;
use crate::codec::Wire;
use crate::error::TraceError;
use crate::frame::{self, END, END_MARK, HEAD, Head, Kind, MARK, START};
use crate::index::{self, Entry};
use crate::schema::Header;
use crate::strings::Table;
use crate::wire::{Eye, Fault};

/// What a trace can be read from.
pub(crate) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// The bytes of a file, read from any place.
pub(crate) struct Bytes {
    source: Mutex<Box<dyn Source>>,
    size: u64,
}

impl Bytes {
    pub(crate) fn new(mut source: Box<dyn Source>) -> io::Result<Self> {
        let size = source.seek(SeekFrom::End(0))?;
        Ok(Bytes { source: Mutex::new(source), size })
    }

    /// Fills `into` from `offset`; a failed read leaves no state behind, so a
    /// lock that another thread poisoned is as good as any.
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.seek(SeekFrom::Start(offset))?;
        source.read_exact(into)
    }

    /// The frame at `offset`, which must end by byte `end`.
    fn frame(&self, offset: u64, end: u64) -> Result<(Head, Vec<u8>), Fault> {
        let room = end.checked_sub(offset).and_then(|room| room.checked_sub(HEAD as u64));
        let room = room.ok_or("the file ends in its head")?;
        let mut head_bytes = [0; HEAD];
        let failed = |error: io::Error| format!("it cannot be read: {error}");
        self.read(offset, &mut head_bytes).map_err(failed)?;
        let head = Head::parse(&head_bytes)?;
        if u64::from(head.stored) > room {
            return Err(format!("it announces {} bytes, {room} follow", head.stored));
        }
        let mut payload = vec![0; head.stored as usize];
        self.read(offset + HEAD as u64, &mut payload).map_err(failed)?;
        Ok((head, frame::open(&head, &head_bytes, payload)?))
    }
}

/// What the blocks before the first damaged one amount to.
pub(crate) struct Scan {
    pub(crate) frames: Vec<Entry>,
    pub(crate) table: Table,
    pub(crate) header: Option<Header>,
    pub(crate) offset: u64,
}

impl Scan {
    pub(crate) fn cut_off(&self) -> TraceError {
        let records = self.frames.iter().filter(|entry| entry.kind == Kind::Records);
        TraceError::CutOff {
            blocks: self.frames.len(),
            records: records.map(|entry| u64::from(entry.count)).sum(),
            offset: self.offset,
        }
    }
}

/// Checks the mark and the version.
pub(crate) fn check_start(bytes: &Bytes) -> Result<(), TraceError> {
    let mut start = [0; START as usize];
    let length = bytes.size.min(START) as usize;
    bytes.read(0, &mut start[..length]).map_err(TraceError::io("read the trace"))?;
    let mark = length.min(MARK.len());
    if mark == 0 || start[..mark] != MARK[..mark] {
        return Err(TraceError::NotATrace);
    }
    if length < start.len() {
        return Err(TraceError::CutOff { blocks: 0, records: 0, offset: length as u64 });
    }
    match u16::from_le_bytes([start[8], start[9]]) {
        VERSION => Ok(()),
        found => Err(TraceError::Version { found, supported: VERSION }),
    }
}

/// The frames that the index lists, and the rest of the index.
pub(crate) fn read_index(bytes: &Bytes) -> Result<(Vec<Entry>, Vec<u8>), Fault> {
    let end = bytes.size.checked_sub(END).filter(|&end| end >= START).ok_or("no room for an end")?;
    let mut tail = [0; END as usize];
    bytes.read(end, &mut tail).map_err(|error| error.to_string())?;
    let crc = u32::from_le_bytes(tail[8..12].try_into().expect("4 bytes"));
    if tail[12..] != END_MARK || crc32fast::hash(&tail[..8]) != crc {
        return Err("the end is not there".into());
    }
    let offset = u64::from_le_bytes(tail[..8].try_into().expect("8 bytes"));
    let (head, mut payload) = bytes.frame(offset, end)?;
    if head.kind != Kind::Index || head.deflated || offset + HEAD as u64 + u64::from(head.stored) != end {
        return Err("the index is not where the end says".into());
    }
    let nothing = Table::default();
    let mut eye = Eye::new(&payload, &nothing);
    let frames = index::take_frames(&mut eye, offset)?;
    let states = payload.len() - eye.remaining();
    payload.drain(..states);
    Ok((frames, payload))
}

/// The payload of a frame, which must be as the index says.
pub(crate) fn checked(bytes: &Bytes, entry: &Entry) -> Result<Vec<u8>, Fault> {
    let (head, payload) = bytes.frame(entry.offset, entry.end())?;
    let found = Entry::new(&head, entry.offset, entry.spawns, ActorSet::Any);
    if (Entry { actors: ActorSet::Any, ..entry.clone() }) != found {
        return Err("its head is not as the index says".into());
    }
    Ok(payload)
}

pub(crate) fn parse_header(payload: &[u8], table: &Table) -> Result<Header, Fault> {
    let mut eye = Eye::new(payload, table);
    let header = Header::take(&mut eye)?;
    match eye.remaining() {
        0 => Ok(header),
        more => Err(format!("{more} bytes follow the header")),
    }
}

/// Reads blocks from the start up to the first that is not whole.
pub(crate) fn scan(bytes: &Bytes) -> Scan {
    let mut scan = Scan { frames: Vec::new(), table: Table::default(), header: None, offset: START };
    let mut time = 0;
    while let Ok((head, payload)) = bytes.frame(scan.offset, bytes.size) {
        let entry = Entry::new(&head, scan.offset, true, ActorSet::Any);
        let understood = match head.kind {
            _ if !entry.follows(time) => false,
            Kind::Strings => scan.table.extend(&payload, head.count).is_ok(),
            Kind::Header if scan.header.is_none() => {
                scan.header = parse_header(&payload, &scan.table).ok();
                scan.header.is_some()
            }
            _ => true,
        };
        if !understood {
            break;
        }
        if head.kind == Kind::Records {
            time = entry.last;
        }
        scan.offset = entry.end();
        scan.frames.push(entry);
    }
    scan
}
