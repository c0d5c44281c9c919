//! The index at the end of a file: its blocks, and the states that occur.
//!
//! Offsets are not written: frames follow one another, so their lengths say
//! where each begins and an index cannot point astray.

use crate::actor_set::ActorSet;
use crate::codec::Wire;
use crate::error::TraceError;
use crate::frame::{HEAD, Head, Kind, START};
use crate::wire::{Eye, Fault, Pen};

/// States kept for each kind of actor.
const STATES_MAX: usize = 256;

/// One frame of the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) offset: u64,
    pub(crate) stored: u32,
    pub(crate) count: u32,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Whether actors are spawned in it.
    pub(crate) spawns: bool,
    pub(crate) actors: ActorSet,
}

impl Entry {
    pub(crate) fn new(head: &Head, offset: u64, spawns: bool, actors: ActorSet) -> Self {
        let &Head { kind, stored, count, first, last, .. } = head;
        Entry { kind, offset, stored, count, first, last, spawns, actors }
    }

    /// Where the next frame begins.
    pub(crate) fn end(&self) -> u64 {
        self.offset + HEAD as u64 + u64::from(self.stored)
    }

    /// Whether this frame may come after one whose last record is at `time`.
    pub(crate) fn follows(&self, time: u64) -> bool {
        match self.kind {
            Kind::Records => time <= self.first && self.first <= self.last && self.count > 0,
            Kind::Keyframe => time == self.first,
            Kind::Strings | Kind::Header => true,
            Kind::Index => false,
        }
    }
}

/// A state that actors of a kind enter during the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateName {
    /// The kind of actor: an index into the header's kinds.
    pub kind: u16,
    /// The region of its statechart.
    pub region: String,
    /// The state.
    pub state: String,
}

/// The states that occur, in order of first appearance.
///
/// At most 256 of each kind are kept: beyond that a list for a legend has no use.
#[derive(Default)]
pub(crate) struct Vocabulary {
    pub(crate) states: Vec<StateName>,
    /// By kind: places in `states`.
    by_kind: Vec<Vec<usize>>,
}

impl Vocabulary {
    pub(crate) fn note(&mut self, kind: u16, region: &str, state: &str) {
        let at = usize::from(kind);
        if self.by_kind.len() <= at {
            self.by_kind.resize(at + 1, Vec::new());
        }
        let known = &mut self.by_kind[at];
        let same = |&place: &usize| {
            let name = &self.states[place];
            name.state == state && name.region == region
        };
        if known.len() < STATES_MAX && !known.iter().any(same) {
            known.push(self.states.len());
            let (region, state) = (region.into(), state.into());
            self.states.push(StateName { kind, region, state });
        }
    }
}

/// Writes the index.
pub(crate) fn put(frames: &[Entry], states: &[StateName], pen: &mut Pen<'_>) -> Result<(), TraceError> {
    pen.varint(frames.len() as u64);
    for frame in frames {
        pen.byte(frame.kind as u8);
        frame.stored.put(pen)?;
        frame.count.put(pen)?;
        frame.first.put(pen)?;
        pen.varint(frame.last - frame.first);
        frame.spawns.put(pen)?;
        frame.actors.put(pen)?;
    }
    pen.varint(states.len() as u64);
    states.iter().try_for_each(|name| {
        name.kind.put(pen)?;
        name.region.put(pen)?;
        name.state.put(pen)
    })
}

/// Reads the frames of an index that itself begins at byte `end`.
pub(crate) fn take_frames(eye: &mut Eye<'_>, end: u64) -> Result<Vec<Entry>, Fault> {
    let length = eye.length(7)?;
    let mut frames: Vec<Entry> = Vec::with_capacity(length.min(1024));
    let (mut offset, mut time) = (START, 0);
    for _ in 0..length {
        let frame = take_entry(eye, offset)?;
        if !frame.follows(time) {
            return Err(format!("block {} is out of order", frames.len()));
        }
        offset = frame.end();
        if frame.kind == Kind::Records {
            time = frame.last;
        }
        frames.push(frame);
    }
    if offset != end {
        return Err(format!("its blocks end at byte {offset}, not where it begins"));
    }
    Ok(frames)
}

fn take_entry(eye: &mut Eye<'_>, offset: u64) -> Result<Entry, Fault> {
    let kind = Kind::from_byte(eye.byte()?)?;
    let (stored, count) = (eye.narrow()?, eye.narrow()?);
    let first = eye.varint()?;
    let last = first.checked_add(eye.varint()?).ok_or("a time beyond 2^64 ns")?;
    let (spawns, actors) = (eye.flag()?, ActorSet::take(eye)?);
    Ok(Entry { kind, offset, stored, count, first, last, spawns, actors })
}

/// Reads the states that follow the frames.
pub(crate) fn take_states(eye: &mut Eye<'_>) -> Result<Vec<StateName>, Fault> {
    let mut states = Vec::new();
    for _ in 0..eye.length(3)? {
        states.push(StateName { kind: eye.narrow()?, region: eye.text()?, state: eye.text()? });
    }
    match eye.remaining() {
        0 => Ok(states),
        more => Err(format!("{more} bytes follow its last state")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_listed_once_and_boundedly() {
        let mut vocabulary = Vocabulary::default();
        for state in ["home", "work", "home"] {
            vocabulary.note(3, "day", state);
            vocabulary.note(0, "day", state);
        }
        let names: Vec<_> = vocabulary.states.iter().map(|s| (s.kind, s.state.as_str())).collect();
        assert_eq!(names, [(3, "home"), (0, "home"), (3, "work"), (0, "work")]);
        (0..1000).for_each(|i| vocabulary.note(1, "day", &i.to_string()));
        assert_eq!(vocabulary.states.len(), 4 + STATES_MAX);
    }
}
