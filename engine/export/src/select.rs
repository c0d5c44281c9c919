//! Which part of a recorded run is exported.

use std::collections::BTreeSet;

use rehearsal_trace::{Reader, Record, Records, TraceError, What};

use crate::cast::Cast;

/// Which records go into an export; the default is all of them but the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Only records at this moment or later [ns since the start].
    pub from: u64,
    /// Only records before this moment [ns since the start].
    pub until: Option<u64>,
    /// Only records in which one of these actors takes part, by number; none means all.
    pub actors: BTreeSet<u32>,
    /// Only records in which an actor of one of these kinds takes part, as indices into the header's; none means all.
    pub kinds: BTreeSet<u16>,
    /// Only records with one of these tags, such as `state`; none means all.
    pub what: BTreeSet<String>,
    /// Only records with one of these names, as [`name`] gives them; none means all.
    pub names: BTreeSet<String>,
    /// No records with one of these names.
    pub leave_out: BTreeSet<String>,
    /// Also what is written to people, where the trace has it; it may hold personal data.
    pub texts: bool,
}

/// What a record is called: the message, the note, the state entered, the rule that fired, the template, the holder.
pub fn name(what: &What) -> Option<&str> {
    match what {
        What::State { state, .. } => Some(state),
        What::Message { name, .. } | What::Note { name, .. } => Some(name),
        What::Decision(decision) => Some(&decision.rule),
        What::Contact(contact) => Some(&contact.template),
        What::Written { template, .. } => Some(template),
        What::Undecided(undecided) => Some(&undecided.cause),
        What::Level { holder, .. } => Some(holder),
        What::Move { .. } | What::Spawn { .. } | What::End { .. } | What::Figures { .. } | What::Board { .. } => None,
    }
}

/// Is told how far a long export is: the moment of the run that it has come to, and the last one [ns since the start].
pub type Watch<'w> = &'w mut dyn FnMut(u64, u64);

/// So many records go by between two words on how far it is.
const WATCHED: u64 = 1 << 14;

impl Selection {
    /// Whether all actors are meant.
    pub(crate) fn everybody(&self) -> bool {
        self.actors.is_empty() && self.kinds.is_empty()
    }

    /// Whether nothing but names to leave out narrows what is meant.
    pub(crate) fn whole(&self) -> bool {
        self.everybody() && self.from == 0 && self.until.is_none() && self.what.is_empty() && self.names.is_empty()
    }

    /// Whether records with this tag are meant.
    pub(crate) fn wants(&self, tag: &str) -> bool {
        self.what.is_empty() || self.what.contains(tag)
    }

    /// Whether an actor is one of those that are meant.
    pub(crate) fn includes(&self, actor: u32, cast: &Cast) -> bool {
        (self.actors.is_empty() || self.actors.contains(&actor))
            && (self.kinds.is_empty() || cast.kind_number(actor).is_some_and(|kind| self.kinds.contains(&kind)))
    }

    /// Whether a record of the right time goes into the export.
    pub(crate) fn keeps(&self, record: &Record, cast: &Cast) -> bool {
        let what = &record.what;
        if matches!(what, What::Written { .. }) && !self.texts {
            return false;
        }
        let name = name(what);
        self.wants(what.tag())
            && (self.names.is_empty() || name.is_some_and(|name| self.names.contains(name)))
            && !name.is_some_and(|name| self.leave_out.contains(name))
            && (self.everybody() || what.parties().into_iter().flatten().any(|actor| self.includes(actor, cast)))
    }

    /// The records of the right time, and where only one actor is meant and `alone` allows it, only that one's.
    fn records<'r>(&self, reader: &'r Reader, alone: bool) -> Records<'r> {
        let records = match self.until {
            Some(until) => reader.records_between(self.from, until),
            None => reader.records_from(self.from),
        };
        match self.actors.first() {
            Some(&actor) if alone && self.actors.len() == 1 => records.of(actor),
            _ => records,
        }
    }

    /// Gives all records of the right time to `each`, kept or not, and where `alone` allows it leaves out those in which the
    /// one actor that is meant takes no part.
    pub(crate) fn pass<E: From<TraceError>>(
        &self,
        reader: &Reader,
        alone: bool,
        watch: Watch<'_>,
        mut each: impl FnMut(&Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.until.unwrap_or(u64::MAX).min(reader.end());
        for (count, record) in (1_u64..).zip(self.records(reader, alone)) {
            let record = record?;
            if count.is_multiple_of(WATCHED) {
                watch(record.at, end);
            }
            each(&record)?;
        }
        Ok(())
    }
}
