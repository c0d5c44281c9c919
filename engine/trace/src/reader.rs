//! Reading a trace: in order, from a moment, of one actor, or the world at once.
//!
//! Opening reads the index, the texts and the header; blocks are read when
//! records are asked for and each is checked against its checksum. A reader
//! can be shared between threads.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::TraceError;
use crate::frame::{Kind, START};
use crate::index::{self, Entry, StateName};
use crate::keyframe;
use crate::records::Records;
use crate::schema::{Actor, Header, What};
use crate::snapshot::Snapshot;
use crate::source::{Bytes, Source, check_start, checked, parse_header, read_index, scan};
use crate::strings::Table;
use crate::wire::{Eye, Fault};

/// A trace open for reading.
pub struct Reader {
    bytes: Bytes,
    frames: Vec<Entry>,
    table: Table,
    header: Header,
    declared: BTreeMap<u32, Arc<Actor>>,
    states: Vec<StateName>,
    whole: bool,
}

impl Reader {
    /// Opens a finished trace.
    ///
    /// # Errors
    /// No trace, another version, a missing or damaged end (saying how much is
    /// whole), or a damaged header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TraceError> {
        Reader::over(file(path.as_ref())?, false)
    }

    /// Opens a trace whose end may be missing, as far as its blocks are whole.
    ///
    /// Without an index this reads all of the file once; there are then no
    /// [`Reader::states`], and reading one actor visits every block.
    ///
    /// # Errors
    /// No trace, another version, or not even a whole header.
    pub fn open_partial(path: impl AsRef<Path>) -> Result<Self, TraceError> {
        Reader::over(file(path.as_ref())?, true)
    }

    /// Opens a finished trace held in memory.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, TraceError> {
        Reader::over(Box::new(Cursor::new(bytes)), false)
    }

    /// Opens what is whole of a trace held in memory.
    ///
    /// # Errors
    /// As [`Reader::open_partial`].
    pub fn from_bytes_partial(bytes: Vec<u8>) -> Result<Self, TraceError> {
        Reader::over(Box::new(Cursor::new(bytes)), true)
    }

    fn over(source: Box<dyn Source>, partial: bool) -> Result<Self, TraceError> {
        let bytes = Bytes::new(source).map_err(TraceError::io("read the trace"))?;
        check_start(&bytes)?;
        match read_index(&bytes) {
            Ok((frames, index)) => Reader::indexed(bytes, frames, &index),
            Err(_) => {
                let scan = scan(&bytes);
                let cut_off = scan.cut_off();
                let header = scan.header.filter(|_| partial).ok_or(cut_off)?;
                Ok(Reader::assemble(bytes, scan.frames, scan.table, header, None))
            }
        }
    }

    fn indexed(bytes: Bytes, frames: Vec<Entry>, index: &[u8]) -> Result<Self, TraceError> {
        let mut table = Table::default();
        let mut header = None;
        for (number, entry) in frames.iter().enumerate() {
            let fault = |fault| block_fault(number, entry.offset, fault);
            match entry.kind {
                Kind::Strings => {
                    let payload = checked(&bytes, entry).map_err(fault)?;
                    table.extend(&payload, entry.count).map_err(fault)?;
                }
                Kind::Header if header.is_none() => {
                    let payload = checked(&bytes, entry).map_err(fault)?;
                    header = Some(parse_header(&payload, &table).map_err(fault)?);
                }
                _ => {}
            }
        }
        let missing = |fault: &str| block_fault(0, START, fault.into());
        let header = header.ok_or_else(|| missing("the header is not there"))?;
        let mut eye = Eye::new(index, &table);
        let states = index::take_states(&mut eye).map_err(|fault| block_fault(frames.len(), end_of(&frames), fault))?;
        Ok(Reader::assemble(bytes, frames, table, header, Some(states)))
    }

    fn assemble(bytes: Bytes, frames: Vec<Entry>, table: Table, header: Header, states: Option<Vec<StateName>>) -> Self {
        let declare = |actor: &Actor| (actor.id, Arc::new(actor.clone()));
        let declared = header.actors.iter().map(declare).collect();
        let whole = states.is_some();
        Reader { bytes, frames, table, header, declared, states: states.unwrap_or_default(), whole }
    }

    /// The header of the run.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the trace was finished; false for one opened in part.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The states that occur, in order of first appearance; empty for a trace
    /// opened in part.
    pub fn states(&self) -> &[StateName] {
        &self.states
    }

    /// The number of records.
    pub fn len(&self) -> u64 {
        self.blocks().map(|entry| u64::from(entry.count)).sum()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.blocks().next().is_none()
    }

    /// The time of the last record [ns since the start]; 0 without records.
    pub fn end(&self) -> u64 {
        self.blocks().last().map_or(0, |entry| entry.last)
    }

    /// All records.
    pub fn records(&self) -> Records<'_> {
        Records::new(self, 0..self.frames.len())
    }

    /// The records at `time` and later [ns since the start].
    pub fn records_from(&self, time: u64) -> Records<'_> {
        Records::new(self, self.seek(time)).between(time, None)
    }

    /// The records at `from` and later but before `until` [ns since the start].
    pub fn records_between(&self, from: u64, until: u64) -> Records<'_> {
        Records::new(self, self.seek(from)).between(from, Some(until))
    }

    /// The records in which an actor takes part: as actor, sender, receiver,
    /// policy or profile. Blocks that hold none of them are not read.
    pub fn records_of(&self, actor: u32) -> Records<'_> {
        self.records().of(actor)
    }

    /// The world after all records up to and including `time` \[ns\].
    ///
    /// Costs the reading of one keyframe and of the records since.
    ///
    /// # Errors
    /// A damaged block.
    pub fn state_at(&self, time: u64) -> Result<Snapshot, TraceError> {
        let key = self.frames.iter().rposition(|e| e.kind == Kind::Keyframe && e.first <= time);
        let mut world = match key {
            Some(number) => self.keyframe(number)?,
            None => Snapshot::initial(&self.declared),
        };
        let since = Records::new(self, key.unwrap_or(0)..self.frames.len());
        // Half-open, so the moment after; the last moment of all has none.
        for record in since.between(0, time.checked_add(1)) {
            world.apply(&record?);
        }
        world.settle(time);
        Ok(world)
    }

    /// Every actor of the run by number: those of the header, then the spawned.
    ///
    /// Costs the reading of the blocks in which actors are spawned.
    ///
    /// # Errors
    /// A damaged block.
    pub fn actors(&self) -> Result<BTreeMap<u32, Arc<Actor>>, TraceError> {
        let mut actors = self.declared.clone();
        for (number, entry) in self.frames.iter().enumerate() {
            if entry.kind == Kind::Records && entry.spawns {
                for record in Records::new(self, number..number + 1) {
                    if let What::Spawn { actor, .. } = record?.what {
                        actors.insert(actor.id, Arc::new(actor));
                    }
                }
            }
        }
        Ok(actors)
    }

    fn keyframe(&self, number: usize) -> Result<Snapshot, TraceError> {
        let payload = self.payload(number)?;
        let at = self.frames[number].first;
        keyframe::take(&mut Eye::new(&payload, &self.table), at, &self.declared).map_err(|fault| self.fault(number, fault))
    }

    /// The frames from the first that may hold a record at `time` or later.
    /// A walk: a file of a gigabyte has some 50,000 of them.
    fn seek(&self, time: u64) -> Range<usize> {
        let late = |e: &Entry| e.kind == Kind::Records && e.last >= time;
        self.frames.iter().position(late).unwrap_or(self.frames.len())..self.frames.len()
    }

    fn blocks(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.frames.iter().filter(|entry| entry.kind == Kind::Records)
    }

    /// The entry of a frame, if it holds records.
    pub(crate) fn records_frame(&self, number: usize) -> Option<&Entry> {
        self.frames.get(number).filter(|entry| entry.kind == Kind::Records)
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn payload(&self, number: usize) -> Result<Vec<u8>, TraceError> {
        let entry = &self.frames[number];
        checked(&self.bytes, entry).map_err(|fault| self.fault(number, fault))
    }

    pub(crate) fn fault(&self, number: usize, fault: Fault) -> TraceError {
        block_fault(number, self.frames[number].offset, fault)
    }
}

fn file(path: &Path) -> Result<Box<dyn Source>, TraceError> {
    let file = File::open(path).map_err(TraceError::io(format!("open {}", path.display())))?;
    Ok(Box::new(file))
}

fn block_fault(block: usize, offset: u64, fault: Fault) -> TraceError {
    TraceError::Block { block, offset, fault }
}

fn end_of(frames: &[Entry]) -> u64 {
    frames.last().map_or(START, Entry::end)
}
