//! The durable queue of one connector: what was offered and what became of it, in one journal.
//!
//! The journal holds four sorts of records: an event that was offered, one that was put back from the dead, the place of
//! one that is done, and a mark with the counts so far, so that everything before the first event that is not done can go.

use crate::dead::{DeadLetter, DeadLetters};
use crate::error::ConnectError;
use crate::outgoing::Outgoing;
use rehearsal_journal::{Journal, Options, Records, read};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many are done between two marks.
const MARK_EVERY: u64 = 1024;
/// How many places of events that are done may be kept in memory before they are written.
const SETTLED_UNWRITTEN: usize = 64;
/// How long one event may be, written as JSON \[bytes\].
const LONGEST_EVENT: usize = 4 << 20;

/// How many of the events that were offered are new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// Taken into the queue.
    pub taken: u64,
    /// Known already, and ignored.
    pub known: u64,
}

/// What became of an event that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Delivered,
    Dead,
}

#[derive(Serialize, Deserialize)]
enum Record {
    /// An event, when it was offered \[ms since 1970\], and whether it was dead before.
    Event { at: u64, again: bool, event: Outgoing },
    /// The event at this place is done.
    Done { place: u64, delivered: bool },
    /// The highest number that was offered, and how many have been delivered.
    Mark { highest: Option<u64>, delivered: u64 },
}

/// See the module. A place is the sequence of an event in the journal.
pub(crate) struct Queue {
    folder: PathBuf,
    journal: Journal,
    dead: DeadLetters,
    /// Numbers up to this have been offered.
    highest: Option<u64>,
    delivered: u64,
    /// Places that wait, in order, each with when it was offered.
    waiting: VecDeque<(u64, u64)>,
    /// Places that were taken and are not done.
    taken: BTreeMap<u64, u64>,
    /// Reads the events that wait.
    cursor: Option<Records>,
    /// How many ends were appended and not committed.
    unwritten: usize,
    since_mark: u64,
}

impl Queue {
    /// Opens the queue in `folder`, or makes one. Reads all that is in it; keeps 16 bytes for each event that waits.
    pub(crate) fn open(folder: &Path) -> Result<Self, ConnectError> {
        let at = folder.join("queue");
        std::fs::create_dir_all(folder).map_err(fault(folder))?;
        let options = Options { segment_bytes: 8 << 20, ..Options::default() };
        let (journal, _) = Journal::open(&at, options).map_err(fault(folder))?;
        let mut queue = Self {
            folder: folder.to_owned(),
            journal,
            dead: DeadLetters::open(folder).map_err(fault(folder))?,
            highest: None,
            delivered: 0,
            waiting: VecDeque::new(),
            taken: BTreeMap::new(),
            cursor: None,
            unwritten: 0,
            since_mark: 0,
        };
        queue.recover(&at)?;
        queue.finish_retry()?;
        queue.mark()?;
        Ok(queue)
    }

    fn recover(&mut self, at: &Path) -> Result<(), ConnectError> {
        let mut open = BTreeMap::new();
        for record in read(at, 0).map_err(fault(&self.folder))? {
            let (place, bytes) = record.map_err(fault(&self.folder))?;
            match decode(&bytes).map_err(fault(&self.folder))? {
                Record::Event { at, event, .. } => {
                    self.highest = self.highest.max(Some(event.number));
                    open.insert(place, at);
                }
                Record::Done { place, delivered } => {
                    open.remove(&place);
                    self.delivered += u64::from(delivered);
                }
                Record::Mark { highest, delivered } => {
                    self.highest = self.highest.max(highest);
                    self.delivered = delivered;
                }
            }
        }
        self.waiting = open.into_iter().collect();
        Ok(())
    }

    /// Takes events into the queue; they are on disk when this returns. All or none are taken.
    pub(crate) fn offer(&mut self, name: &str, events: &[Outgoing]) -> Result<Offered, ConnectError> {
        for pair in events.windows(2) {
            if pair[1].number <= pair[0].number {
                return Err(ConnectError::NotRising { name: name.into(), number: pair[1].number, before: pair[0].number });
            }
        }
        let new: Vec<&Outgoing> =
            events.iter().filter(|event| self.highest.is_none_or(|highest| event.number > highest)).collect();
        let known = (events.len() - new.len()) as u64;
        self.put(&new, false)?;
        self.highest = self.highest.max(new.last().map(|event| event.number));
        Ok(Offered { taken: new.len() as u64, known })
    }

    fn put(&mut self, events: &[&Outgoing], again: bool) -> Result<(), ConnectError> {
        if events.is_empty() {
            return Ok(());
        }
        let at = now_ms();
        let mut records = Vec::with_capacity(events.len());
        for event in events {
            let bytes = encode(&Record::Event { at, again, event: (*event).clone() }).map_err(fault(&self.folder))?;
            if bytes.len() > LONGEST_EVENT {
                let reason = format!("event `{}` has {} bytes as JSON; {LONGEST_EVENT} are allowed", event.key, bytes.len());
                return Err(ConnectError::Queue { folder: self.folder.clone(), reason });
            }
            records.push(bytes);
        }
        let mut places = Vec::with_capacity(records.len());
        for bytes in &records {
            places.push((self.journal.append(bytes).map_err(fault(&self.folder))?, at));
        }
        self.commit()?;
        self.waiting.extend(places);
        Ok(())
    }

    /// Takes the next event out of those that wait. It stays in the queue until [`Queue::done`].
    pub(crate) fn take(&mut self) -> Result<Option<(u64, Outgoing)>, ConnectError> {
        let Some(&(place, at)) = self.waiting.front() else { return Ok(None) };
        let event = self.load(place).inspect_err(|_| self.cursor = None)?;
        self.waiting.pop_front();
        self.taken.insert(place, at);
        Ok(Some((place, event)))
    }

    fn load(&mut self, place: u64) -> Result<Outgoing, ConnectError> {
        if self.cursor.is_none() {
            self.cursor = Some(read(&self.folder.join("queue"), place).map_err(fault(&self.folder))?);
        }
        while let Some(record) = self.cursor.as_mut().and_then(Iterator::next) {
            let (found, bytes) = record.map_err(fault(&self.folder))?;
            if found == place
                && let Record::Event { event, .. } = decode(&bytes).map_err(fault(&self.folder))?
            {
                return Ok(event);
            }
        }
        Err(ConnectError::Queue {
            folder: self.folder.clone(),
            reason: format!("there is no event at place {place} of the journal"),
        })
    }

    /// The event at `place` was delivered. Written with the next [`Queue::commit`], which is done here now and then.
    pub(crate) fn delivered(&mut self, place: u64) -> Result<(), ConnectError> {
        self.delivered += 1;
        self.done(place, End::Delivered)
    }

    /// The event at `place` is given up: it is on disk among the dead before it leaves the queue.
    pub(crate) fn died(&mut self, place: u64, letter: &DeadLetter) -> Result<(), ConnectError> {
        self.dead.add(letter).map_err(fault(&self.folder))?;
        self.done(place, End::Dead)?;
        self.commit()
    }

    fn done(&mut self, place: u64, end: End) -> Result<(), ConnectError> {
        self.taken.remove(&place);
        let bytes = encode(&Record::Done { place, delivered: end == End::Delivered }).map_err(fault(&self.folder))?;
        self.journal.append(&bytes).map_err(fault(&self.folder))?;
        self.unwritten += 1;
        self.since_mark += 1;
        if self.since_mark >= MARK_EVERY {
            self.mark()
        } else if self.unwritten >= SETTLED_UNWRITTEN {
            self.commit()
        } else {
            Ok(())
        }
    }

    /// Writes what is done to disk. What is not written is sent again after a crash.
    pub(crate) fn commit(&mut self) -> Result<(), ConnectError> {
        self.unwritten = 0;
        self.journal.commit().map(drop).map_err(fault(&self.folder))
    }

    /// Writes the counts, and lets go of what is done.
    pub(crate) fn mark(&mut self) -> Result<(), ConnectError> {
        let bytes = encode(&Record::Mark { highest: self.highest, delivered: self.delivered }).map_err(fault(&self.folder))?;
        let mark = self.journal.append(&bytes).map_err(fault(&self.folder))?;
        self.commit()?;
        self.since_mark = 0;
        let first = self.taken.keys().next().copied().into_iter().chain(self.waiting.front().map(|(place, _)| *place)).min();
        let removed = self.journal.retain_from(first.unwrap_or(mark).min(mark)).map_err(fault(&self.folder))?;
        if removed > 0 {
            // It may stand in what is gone.
            self.cursor = None;
        }
        Ok(())
    }

    /// What was taken and is not done waits again, in its old order.
    pub(crate) fn give_back(&mut self) {
        for (place, at) in std::mem::take(&mut self.taken).into_iter().rev() {
            self.waiting.push_front((place, at));
        }
        self.cursor = None;
    }

    /// The event at `place` was taken and waits again.
    pub(crate) fn put_back(&mut self, place: u64) {
        if let Some(at) = self.taken.remove(&place) {
            let before = self.waiting.partition_point(|(other, _)| *other < place);
            self.waiting.insert(before, (place, at));
            self.cursor = None;
        }
    }

    /// Puts the dead back into the queue, behind what waits, and says how many.
    pub(crate) fn retry_dead(&mut self) -> Result<u64, ConnectError> {
        self.dead.begin_retry().map_err(fault(&self.folder))?;
        self.finish_retry()
    }

    fn finish_retry(&mut self) -> Result<u64, ConnectError> {
        let letters = self.dead.retried().map_err(fault(&self.folder))?;
        let events: Vec<&Outgoing> = letters.iter().map(|letter| &letter.event).collect();
        self.put(&events, true)?;
        self.dead.end_retry().map_err(fault(&self.folder))?;
        Ok(events.len() as u64)
    }

    /// The first `most` of the dead.
    pub(crate) fn dead_letters(&self, most: usize) -> Result<Vec<DeadLetter>, ConnectError> {
        self.dead.first(most).map_err(fault(&self.folder))
    }

    pub(crate) fn has_more(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// How many wait or are under way, how many were delivered, how many are dead.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        ((self.waiting.len() + self.taken.len()) as u64, self.delivered, self.dead.count())
    }

    /// When the one that waits longest was offered.
    pub(crate) fn oldest(&self) -> Option<SystemTime> {
        let taken = self.taken.values().min();
        let waits = self.waiting.front().map(|(_, at)| at);
        let oldest = taken.into_iter().chain(waits).min()?;
        Some(UNIX_EPOCH + Duration::from_millis(*oldest))
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

fn fault<E: std::fmt::Display>(folder: &Path) -> impl Fn(E) -> ConnectError + '_ {
    move |error| ConnectError::Queue { folder: folder.to_owned(), reason: error.to_string() }
}

fn encode(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(record)
}

fn decode(bytes: &[u8]) -> Result<Record, serde_json::Error> {
    serde_json::from_slice(bytes)
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
