//! Records one after another, out of the blocks that may hold them.

use std::ops::Range;
use std::sync::Arc;

use crate::codec::Wire;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::Record;
use crate::wire::Eye;

/// An iterator over records, in the order in which they were written.
///
/// It holds one block at a time. After an error it ends.
pub struct Records<'r> {
    reader: &'r Reader,
    walk: Walk,
}

/// The same, for those who keep it longer than they can borrow a reader: it
/// shares the reader instead. See [`Records::keep`].
pub struct OwnRecords {
    reader: Arc<Reader>,
    walk: Walk,
}

/// How far a walk through the frames of a trace has come.
struct Walk {
    /// Frames still to visit.
    frames: Range<usize>,
    block: Block,
    /// Records before this moment are left out.
    from: u64,
    /// Records at or after this moment end it.
    until: Option<u64>,
    actor: Option<u32>,
    failed: bool,
}

/// The block being read.
#[derive(Default)]
struct Block {
    frame: usize,
    bytes: Vec<u8>,
    position: usize,
    now: u64,
    left: u32,
}

impl<'r> Records<'r> {
    pub(crate) fn new(reader: &'r Reader, frames: Range<usize>) -> Self {
        let block = Block::default();
        Records { reader, walk: Walk { frames, block, from: 0, until: None, actor: None, failed: false } }
    }

    pub(crate) fn between(self, from: u64, until: Option<u64>) -> Self {
        Records { walk: Walk { from, until, ..self.walk }, ..self }
    }

    /// Leaves out the records in which `actor` takes no part, and the blocks
    /// that hold none of its records.
    pub fn of(self, actor: u32) -> Self {
        Records { walk: Walk { actor: Some(actor), ..self.walk }, ..self }
    }

    /// Goes on from here with a reader that is shared instead of borrowed.
    ///
    /// # Panics
    /// When `reader` is another one than that of these records.
    pub fn keep(self, reader: &Arc<Reader>) -> OwnRecords {
        assert!(std::ptr::eq(self.reader, Arc::as_ptr(reader)), "the records go on in the reader they came from");
        OwnRecords { reader: Arc::clone(reader), walk: self.walk }
    }
}

impl Walk {
    /// Opens the next block that may hold a record; false at the end.
    fn advance(&mut self, reader: &Reader) -> Result<bool, TraceError> {
        for frame in self.frames.by_ref() {
            let Some(entry) = reader.records_frame(frame) else {
                continue;
            };
            if self.until.is_some_and(|until| entry.first >= until) {
                self.frames = 0..0;
                return Ok(false);
            }
            if entry.last < self.from || self.actor.is_some_and(|actor| !entry.actors.may_contain(actor)) {
                continue;
            }
            let bytes = reader.payload(frame)?;
            self.block = Block { frame, bytes, position: 0, now: entry.first, left: entry.count };
            return Ok(true);
        }
        Ok(false)
    }

    fn decode(&mut self, reader: &Reader) -> Result<Record, TraceError> {
        let block = &mut self.block;
        let mut eye = Eye::new(&block.bytes[block.position..], reader.table());
        eye.now = block.now;
        let record = Record::take(&mut eye);
        let remaining = eye.remaining();
        block.position = block.bytes.len() - remaining;
        block.left -= 1;
        let record = record.and_then(|record| {
            block.now = record.at;
            let last = reader.records_frame(block.frame).map(|entry| entry.last);
            if block.left == 0 && (remaining > 0 || Some(record.at) != last) {
                return Err("its last record is not where or when its head says".into());
            }
            Ok(record)
        });
        record.map_err(|fault| reader.fault(block.frame, fault))
    }

    fn wanted(&mut self, reader: &Reader) -> Result<Option<Record>, TraceError> {
        loop {
            if self.block.left == 0 && !self.advance(reader)? {
                return Ok(None);
            }
            let record = self.decode(reader)?;
            if self.until.is_some_and(|until| record.at >= until) {
                self.frames = 0..0;
                self.block.left = 0;
                return Ok(None);
            }
            let part = self.actor.is_none_or(|actor| record.what.involves(actor));
            if record.at >= self.from && part {
                return Ok(Some(record));
            }
        }
    }

    fn next(&mut self, reader: &Reader) -> Option<Result<Record, TraceError>> {
        if self.failed {
            return None;
        }
        let found = self.wanted(reader);
        self.failed = found.is_err();
        found.transpose()
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next(self.reader)
    }
}

impl Iterator for OwnRecords {
    type Item = Result<Record, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next(&self.reader)
    }
}
