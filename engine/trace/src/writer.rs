//! Writing a trace, in one pass, while the run goes on.
//!
//! The writer holds one open block, the string table, the latest state of each
//! actor (for keyframes) and the index; nothing else grows with the run. A
//! file that was not finished keeps its whole blocks under a temporary name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::VERSION;
use crate::actor_set::ActorSet;
use crate::codec::Wire;
use crate::error::TraceError;
use crate::frame::{BLOCK, END_MARK, Framer, HEAD, Head, Kind, MARK, RECORD_MAX, START};
use crate::index::{self, Entry, Vocabulary};
use crate::keyframe;
use crate::schema::{Header, Record, What};
use crate::snapshot::Snapshot;
use crate::strings::Interner;
use crate::wire::Pen;

/// A keyframe follows at least this much of records [bytes before deflation].
const KEYFRAME_EVERY: usize = 2 << 20;
/// And at least this many times its own size, so that keyframes of a million
/// actors do not come to fill the file.
const KEYFRAME_SHARE: usize = 4;

/// Writes a trace to a file, or to anything that takes bytes.
pub struct Writer<W: Write = NewFile> {
    out: W,
    offset: u64,
    framer: Framer,
    strings: Interner,
    block: Open,
    raw_since_keyframe: usize,
    last_keyframe: usize,
    world: Snapshot,
    vocabulary: Vocabulary,
    frames: Vec<Entry>,
    length: u64,
    broken: bool,
    /// Bytes that fill a block, and that call for a keyframe.
    full: (usize, usize),
}

/// The block being filled.
#[derive(Default)]
struct Open {
    bytes: Vec<u8>,
    count: u32,
    first: u64,
    last: u64,
    spawns: bool,
    actors: Vec<u32>,
}

impl Writer<NewFile> {
    /// Begins a trace that [`Writer::finish`] will put at `path`.
    ///
    /// Until then it lies beside it with `.partial` added to its name, where
    /// an aborted run leaves it for [`crate::Reader::open_partial`].
    ///
    /// # Errors
    /// The file system's, and those of [`Writer::new`].
    pub fn create(path: impl AsRef<Path>, header: &Header) -> Result<Self, TraceError> {
        Writer::new(NewFile::create(path.as_ref())?, header)
    }

    /// Writes what is still held, then gives the file its name.
    ///
    /// # Errors
    /// The file system's. On an error nothing appears under the final name.
    pub fn finish(self) -> Result<(), TraceError> {
        self.into_inner()?.commit()
    }
}

impl Writer<Vec<u8>> {
    /// The trace up to here, finished, while the writing goes on.
    ///
    /// Costs a copy of all that was written. Blocks are cut short where this is called, so a trace that is asked for often
    /// is larger than one that is not.
    ///
    /// # Errors
    /// As [`Writer::into_inner`].
    pub fn so_far(&mut self) -> Result<Vec<u8>, TraceError> {
        if self.broken {
            return Err(TraceError::Broken);
        }
        self.flush_block()?;
        let (length, offset) = (self.out.len(), self.offset);
        self.end()?;
        let whole = self.out.clone();
        // The index names no text that records have not named before it, so that nothing else was written with it.
        self.out.truncate(length);
        self.offset = offset;
        Ok(whole)
    }
}

impl<W: Write> Writer<W> {
    /// Begins a trace on anything that takes bytes.
    ///
    /// # Errors
    /// A position off the Earth, an actor declared twice, or the sink's error.
    pub fn new(out: W, header: &Header) -> Result<Self, TraceError> {
        let mut declared = BTreeMap::new();
        for actor in &header.actors {
            if declared.insert(actor.id, Arc::new(actor.clone())).is_some() {
                return Err(TraceError::DuplicateActor { id: actor.id, name: actor.name.clone() });
            }
        }
        let mut writer = Writer {
            out,
            offset: START,
            framer: Framer::new(),
            strings: Interner::default(),
            block: Open::default(),
            raw_since_keyframe: 0,
            last_keyframe: 0,
            world: Snapshot::initial(&declared),
            vocabulary: Vocabulary::default(),
            frames: Vec::new(),
            length: 0,
            broken: false,
            full: (BLOCK, KEYFRAME_EVERY),
        };
        writer.out.write_all(&MARK).map_err(TraceError::io("write the trace"))?;
        writer.out.write_all(&VERSION.to_le_bytes()).map_err(TraceError::io("write the trace"))?;
        let mut bytes = Vec::new();
        header.put(&mut Pen::new(&mut bytes, &mut writer.strings))?;
        writer.frame(Kind::Header, (0, 0, 0), &bytes, false, ActorSet::Any)?;
        Ok(writer)
    }

    /// Adds one record. Costs well under a microsecond for a small one.
    ///
    /// # Errors
    /// A record before its predecessor, off the Earth, nested too deep or over
    /// 1 MiB: it is left out and writing may go on. An error of the sink ends
    /// the writing.
    pub fn record(&mut self, record: &Record) -> Result<(), TraceError> {
        if self.broken {
            return Err(TraceError::Broken);
        }
        let previous = self.block.last;
        if record.at < previous {
            return Err(TraceError::OutOfOrder { at: record.at, previous });
        }
        self.encode(record)?;
        self.block.note(record);
        self.follow(record);
        self.length += 1;
        if self.block.bytes.len() >= self.full.0 {
            self.flush_block()?;
        }
        Ok(())
    }

    /// How many records were written.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether no record was written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Writes what is still held and the index; returns the sink.
    ///
    /// # Errors
    /// The sink's.
    pub fn into_inner(mut self) -> Result<W, TraceError> {
        if self.broken {
            return Err(TraceError::Broken);
        }
        self.end()?;
        self.out.flush().map_err(TraceError::io("write the trace"))?;
        Ok(self.out)
    }

    /// Writes what is still held, the index and the end.
    fn end(&mut self) -> Result<(), TraceError> {
        self.flush_block()?;
        let index = self.offset;
        let mut bytes = Vec::new();
        index::put(&self.frames, &self.vocabulary.states, &mut Pen::new(&mut bytes, &mut self.strings))?;
        self.frame(Kind::Index, (0, 0, 0), &bytes, false, ActorSet::Any)?;
        let mut end = index.to_le_bytes().to_vec();
        end.extend_from_slice(&crc32fast::hash(&end).to_le_bytes());
        end.extend_from_slice(&END_MARK);
        self.write(&end)
    }

    /// Appends the record to the open block, or leaves the block as it was.
    fn encode(&mut self, record: &Record) -> Result<(), TraceError> {
        let block = &mut self.block;
        let start = block.bytes.len();
        let mut pen = Pen::new(&mut block.bytes, &mut self.strings);
        // The first time of a block is in its frame.
        pen.now = if block.count == 0 { record.at } else { block.last };
        let put = record.put(&mut pen);
        let size = block.bytes.len() - start;
        let fits = if size <= RECORD_MAX {
            Ok(())
        } else {
            let (found, limit) = (size as u64, RECORD_MAX as u64);
            Err(TraceError::TooLarge { what: "a record", found, limit })
        };
        put.and(fits).inspect_err(|_| block.bytes.truncate(start))
    }

    /// Keeps the state of the world for the next keyframe.
    fn follow(&mut self, record: &Record) {
        let What::State { actor, region, state } = &record.what else {
            return self.world.apply(record);
        };
        self.world.at = record.at;
        if let Some(kind) = self.world.enter(*actor, region, state) {
            self.vocabulary.note(kind, region, state);
        }
    }

    fn flush_block(&mut self) -> Result<(), TraceError> {
        if self.block.count == 0 {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.block.bytes);
        let actors = ActorSet::drain(&mut self.block.actors);
        let Open { count, first, last, spawns, .. } = self.block;
        self.frame(Kind::Records, (count, first, last), &bytes, spawns, actors)?;
        self.raw_since_keyframe += bytes.len();
        self.block.reopen(bytes);
        if self.raw_since_keyframe >= self.full.1.max(KEYFRAME_SHARE * self.last_keyframe) {
            self.keyframe()?;
        }
        Ok(())
    }

    fn keyframe(&mut self) -> Result<(), TraceError> {
        let mut bytes = Vec::new();
        keyframe::put(&self.world, &mut Pen::new(&mut bytes, &mut self.strings))?;
        self.raw_since_keyframe = 0;
        self.last_keyframe = bytes.len();
        let (count, at) = (self.world.actors.len() as u32, self.world.at);
        self.frame(Kind::Keyframe, (count, at, at), &bytes, false, ActorSet::Any)
    }

    /// Writes a frame, and before it one with the texts it is first to use.
    fn frame(
        &mut self,
        kind: Kind,
        (count, first, last): (u32, u64, u64),
        payload: &[u8],
        spawns: bool,
        actors: ActorSet,
    ) -> Result<(), TraceError> {
        let (texts, new) = self.strings.take_pending();
        if new > 0 {
            self.frame(Kind::Strings, (new, 0, 0), &texts, false, ActorSet::Any)?;
        }
        let plain = kind == Kind::Index;
        let framed = self.framer.frame(kind, plain, count, (first, last), payload);
        let Some(bytes) = framed else {
            self.broken = true;
            let (found, limit) = (payload.len() as u64, 1 << 30);
            return Err(TraceError::TooLarge { what: "a block", found, limit });
        };
        let head_bytes = bytes.first_chunk::<HEAD>().expect("a frame has a head");
        let head = Head::parse(head_bytes).expect("a head just written is sound");
        let written = self.out.write_all(bytes);
        self.broken |= written.is_err();
        written.map_err(TraceError::io("write the trace"))?;
        if kind != Kind::Index {
            self.frames.push(Entry::new(&head, self.offset, spawns, actors));
        }
        self.offset += HEAD as u64 + u64::from(head.stored);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TraceError> {
        self.out.write_all(bytes).map_err(TraceError::io("write the trace"))
    }
}

impl Open {
    fn note(&mut self, record: &Record) {
        if self.count == 0 {
            self.first = record.at;
        }
        self.count += 1;
        self.last = record.at;
        self.spawns |= matches!(record.what, What::Spawn { .. });
        let [one, other] = record.what.parties();
        self.actors.extend(one);
        self.actors.extend(other.filter(|_| other != one));
    }

    /// Begins the next block in the memory of the last; times go on.
    fn reopen(&mut self, mut bytes: Vec<u8>) {
        bytes.clear();
        self.bytes = bytes;
        self.count = 0;
        self.spawns = false;
    }
}

/// A file under a temporary name until it is whole.
pub struct NewFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, TraceError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(TraceError::io(format!("create {}", partial.display())))?;
        Ok(NewFile { file, partial, path: path.to_owned() })
    }

    fn commit(self) -> Result<(), TraceError> {
        let name = self.path.display();
        self.file.sync_all().map_err(TraceError::io(format!("write {name}")))?;
        std::fs::rename(&self.partial, &self.path).map_err(TraceError::io(format!("rename {} to {name}", self.partial.display())))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reader, sample};

    /// The sample's morning on each of twelve days, in blocks of a record or
    /// two, with a keyframe whenever the records since outweigh the last.
    fn small_blocks() -> (Vec<Record>, Vec<u8>) {
        let mut writer = Writer::new(Vec::new(), &sample::header()).unwrap();
        writer.full = (40, 1);
        let mut records = Vec::new();
        for day in 0..12 {
            records.extend(sample::records().into_iter().map(|mut record| {
                record.at += day * 86_400_000_000_000;
                record
            }));
        }
        records.iter().for_each(|record| writer.record(record).unwrap());
        let keyframes = |writer: &Writer<_>| writer.frames.iter().filter(|frame| frame.kind == Kind::Keyframe).count();
        assert!(keyframes(&writer) > 5, "{}", keyframes(&writer));
        (records, writer.into_inner().unwrap())
    }

    #[test]
    fn seeking_from_any_keyframe_is_as_good_as_replaying() {
        let (records, bytes) = small_blocks();
        let reader = Reader::from_bytes(bytes).unwrap();
        let mut world = reader.state_at(0).unwrap();
        for (number, record) in records.iter().enumerate() {
            world.apply(record);
            if records.get(number + 1).is_none_or(|next| next.at > record.at) {
                let mut settled = world.clone();
                settled.settle(record.at);
                assert_eq!(reader.state_at(record.at).unwrap(), settled, "record {number}");
            }
        }
    }

    #[test]
    fn a_damaged_keyframe_is_an_error_of_seeking_only() {
        let (records, mut bytes) = small_blocks();
        let reader = Reader::from_bytes(bytes.clone()).unwrap();
        let last = reader.state_at(u64::MAX).unwrap();
        assert_eq!(last.actors.len(), 4);
        let mut failed = 0;
        for place in 0..bytes.len() {
            bytes[place] ^= 1;
            if let Ok(reader) = Reader::from_bytes(bytes.clone()) {
                match reader.state_at(u64::MAX) {
                    Ok(found) => assert_eq!(found, last, "byte {place}"),
                    Err(_) => failed += 1,
                }
                let found: Result<Vec<_>, _> = reader.records().collect();
                assert!(found.is_err() || found.is_ok_and(|found| found == records));
            }
            bytes[place] ^= 1;
        }
        assert!(failed > 0);
    }

    #[test]
    fn a_sink_that_fails_ends_the_writing() {
        let mut room = [0; 2048];
        let mut writer = Writer::new(&mut room[..], &sample::header()).unwrap();
        writer.full.0 = 40;
        let mut endless = sample::records().into_iter().cycle().map(|mut record| {
            record.at = 0;
            record
        });
        let error = endless.by_ref().take(1000).find_map(|record| writer.record(&record).err());
        assert!(matches!(error, Some(TraceError::Io { .. })), "{error:?}");
        assert!(matches!(writer.record(&endless.next().unwrap()), Err(TraceError::Broken)));
        assert!(matches!(writer.into_inner(), Err(TraceError::Broken)));
    }
}
