//! The way in: events are looked at, put into the journal, and only then given on.

use crate::entry::{Entry, Happened, Report};
use crate::error::LiveError;
use crate::folder::Folder;
use crate::gate::{Admitted, Gate, Refusal, Verdict};
use crate::moments::{Origin, Pace};
use crate::outlets::{Persons, person};
use rehearsal_decide::Envelope;
use rehearsal_journal::{Journal, JournalError};
use rehearsal_scenario::ActorId;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write;

/// How many entries lie between two that are remembered with their moments.
const MARKED: u64 = 1000;

/// The longest text of an event that is kept aside \[bytes\].
const ASIDE_MAX: usize = 1 << 16;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is taken, and will be this entry of the journal.
    Taken(u64),
    /// It was taken before.
    Repeated,
    /// It was put aside.
    Refused(Refusal),
}

/// An entry of the journal on its way to the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its sequence.
    pub sequence: u64,
    /// When it is to be applied \[ns since the beginning\].
    pub at: u64,
    /// The twin that hears it.
    pub actor: ActorId,
    /// The message.
    pub message: u16,
    /// What that carries.
    pub words: Vec<u64>,
    /// What was reported.
    pub report: Report,
}

/// How many events came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Let in.
    pub taken: u64,
    /// Known already.
    pub repeated: u64,
    /// Put aside, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

/// The way in.
#[derive(Debug)]
pub struct Intake<'s> {
    gate: Gate<'s>,
    journal: Journal,
    persons: Persons,
    folder: Folder,
    aside: Option<(String, File)>,
    origin: Origin,
    pace: Pace,
    /// The last moment that was given out \[ns since the beginning\]: nothing is applied at it or before.
    last: u64,
    /// What was let in since the last commit, each with its moment.
    fresh: Vec<(Admitted, u64, u64)>,
    /// Moments of some entries: sequence and when, to know which may come again.
    marks: VecDeque<(u64, u64)>,
    tally: Tally,
}

impl<'s> Intake<'s> {
    pub(crate) fn new(
        (gate, journal, persons): (Gate<'s>, Journal, Persons),
        folder: Folder,
        (origin, pace): (Origin, Pace),
        (last, marks): (u64, VecDeque<(u64, u64)>),
    ) -> Intake<'s> {
        let (aside, fresh, tally) = (None, Vec::new(), Tally::default());
        Intake { gate, journal, persons, folder, aside, origin, pace, last, fresh, marks, tally }
    }

    /// Looks at an event at a moment of the wall \[ns since 1970\]. Where it is taken it counts with the next
    /// [`Intake::commit`], and not before.
    ///
    /// # Errors
    /// Where what is put aside cannot be written.
    pub fn take(&mut self, event: Envelope, now: u64) -> Result<Fate, LiveError> {
        // As it came, for those who have to find out what is wrong with it.
        let kept = json!({
            "id": event.id, "source": event.source, "type": event.sort, "subject": event.subject,
            "time": event.at.map(rehearsal_decide::values::moment), "data": self.without_person(&event.data),
        });
        let now = match self.pace {
            Pace::Wall => now,
            Pace::Events => event.at.unwrap_or(0).max(self.origin.on_the_wall(self.last)),
        };
        let reach = self.origin.in_world(now);
        let before = event.at.is_some_and(|at| self.origin.in_world(at).is_none());
        let admitted = match self.gate.look(event, now) {
            Ok(Verdict::In(admitted)) if reach.is_some() && !before => *admitted,
            Ok(Verdict::In(_)) => {
                let begins = self.origin.told(0);
                let refusal = Refusal::Malformed(format!("it happened before this twin begins, {begins}"));
                return self.refuse(refusal, &kept, now);
            }
            Ok(Verdict::Repeated) => {
                self.tally.repeated += 1;
                return Ok(Fate::Repeated);
            }
            Err(refusal) => return self.refuse(refusal, &kept, now),
        };
        // Each has a moment of its own, and time never goes back, whatever the wall says.
        let at = reach.unwrap_or(0).max(self.last + 1);
        if at >= self.gate.end() {
            let ended = Refusal::Ended { ended: self.origin.told(self.gate.end()) };
            return self.refuse(ended, &kept, now);
        }
        let entry = Entry { at, what: Happened::Report(admitted.report.clone()) };
        let sequence = match self.journal.append(&entry.to_bytes()) {
            Ok(sequence) => sequence,
            Err(JournalError::TooLong { length, max, .. }) => {
                let refusal = Refusal::Malformed(format!("an event of {length} bytes: at most {max}"));
                return self.refuse(refusal, &kept, now);
            }
            Err(error) => return Err(error.into()),
        };
        self.last = at;
        self.gate.let_in(&admitted, at);
        self.fresh.push((admitted, sequence, at));
        Ok(Fate::Taken(sequence))
    }

    fn refuse(&mut self, refusal: Refusal, kept: &Value, now: u64) -> Result<Fate, LiveError> {
        self.put_aside(refusal.word(), &refusal.to_string(), kept, now)?;
        Ok(Fate::Refused(refusal))
    }

    /// Puts something aside that is no event at all, with the reason.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_away(&mut self, text: &str, why: &str, now: u64) -> Result<(), LiveError> {
        let most = text.char_indices().map(|(at, _)| at).find(|at| *at >= ASIDE_MAX).unwrap_or(text.len());
        self.put_aside("malformed", why, &json!(&text[..most]), now)
    }

    fn put_aside(&mut self, word: &'static str, why: &str, event: &Value, now: u64) -> Result<(), LiveError> {
        *self.tally.refused.entry(word).or_default() += 1;
        let told = rehearsal_decide::values::moment(now);
        let day = told.get(..10).unwrap_or("unknown").to_owned();
        let path = self.folder.aside().join(format!("{day}.ndjson"));
        if self.aside.as_ref().is_none_or(|(have, _)| *have != day) {
            let opened = OpenOptions::new().create(true).append(true).open(&path);
            self.aside = Some((day, opened.map_err(|error| LiveError::io("written", &path, error))?));
        }
        let line = json!({ "came": told, "reason": word, "why": why, "event": event }).to_string() + "\n";
        match &mut self.aside {
            Some((_, file)) => file.write_all(line.as_bytes()).map_err(|error| LiveError::io("written", &path, error)),
            None => Ok(()),
        }
    }

    /// What an event carries, without what any twin calls personal.
    fn without_person(&self, data: &Map<String, Value>) -> Map<String, Value> {
        let personal = |name: &str| self.gate.is_personal(name);
        data.iter().filter(|(name, _)| !personal(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Puts what was taken on disk, as the journal's policy says, and gives it on.
    ///
    /// # Errors
    /// Where it cannot be written: nothing of what was taken since the last time counts then, and it may come again.
    pub fn commit(&mut self) -> Result<Vec<Letter>, JournalError> {
        if self.fresh.is_empty() {
            self.journal.commit()?;
            return Ok(Vec::new());
        }
        let mut persons: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (admitted, ..) in self.fresh.iter().filter(|(admitted, ..)| !admitted.person.is_empty()) {
            let twin = &admitted.report.twin;
            let known = persons.entry(twin.clone()).or_insert_with(|| self.person(twin));
            known.extend(admitted.person.clone());
        }
        let persons: Vec<(String, Vec<u8>)> =
            persons.into_iter().map(|(twin, known)| (twin, Value::Object(known).to_string().into_bytes())).collect();
        let persons = persons.iter().map(|(twin, known)| (twin.as_str(), known.as_slice()));
        let kept = if persons.len() == 0 { Ok(()) } else { self.keep().put_all(persons) };
        if let Err(error) = kept.and_then(|()| self.journal.commit().map(drop)) {
            self.journal.forget();
            for (admitted, ..) in self.fresh.drain(..).rev() {
                self.gate.take_back(&admitted);
            }
            return Err(error);
        }
        self.tally.taken += self.fresh.len() as u64;
        if let Some((_, sequence, at)) = self.fresh.last()
            && self.marks.back().is_none_or(|(marked, _)| marked + MARKED <= *sequence)
        {
            self.marks.push_back((*sequence, *at));
            let since = at.saturating_sub(self.gate.span());
            while self.marks.get(1).is_some_and(|(_, at)| *at < since) {
                self.marks.pop_front();
            }
        }
        let letter = |(admitted, sequence, at): (Admitted, u64, u64)| {
            let Admitted { actor, message, words, report, .. } = admitted;
            Letter { sequence, at, actor, message, words, report }
        };
        Ok(self.fresh.drain(..).map(letter).collect())
    }

    /// An entry of another sort, on disk when this returns.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn note(&mut self, what: Happened) -> Result<(u64, u64), JournalError> {
        let at = self.last + 1;
        let sequence = self.journal.append(&Entry { at, what }.to_bytes())?;
        self.journal.commit()?;
        self.journal.sync()?;
        self.last = at;
        Ok((sequence, at))
    }

    /// The moment to which the world may go on, where the wall shows `now` \[ns since 1970\].
    pub fn tick(&mut self, now: u64) -> u64 {
        if self.pace == Pace::Wall {
            self.last = self.last.max(self.origin.in_world(now).unwrap_or(0));
        }
        self.last
    }

    /// Lets time pass up to a moment of the wall \[ns since 1970\] that events have not reached; gives where it is in the
    /// world.
    pub fn reach(&mut self, unix: u64) -> u64 {
        self.last = self.last.max(self.origin.in_world(unix).unwrap_or(0));
        self.last
    }

    /// What is personal of a twin; empty where nothing is known.
    #[must_use]
    pub fn person(&self, twin: &str) -> Map<String, Value> {
        person(&self.persons, twin)
    }

    fn keep(&self) -> std::sync::MutexGuard<'_, rehearsal_journal::Keep> {
        self.persons.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What is personal, for those who write to people.
    pub(crate) fn persons(&self) -> Persons {
        self.persons.clone()
    }

    /// Erases what is personal of a twin: from what is kept of persons, and from what was put aside. Says so in the journal.
    ///
    /// Gives whether anything was there.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn erase(&mut self, twin: &str) -> Result<bool, LiveError> {
        let there = self.keep().remove(twin)?;
        let aside = self.erase_aside(twin)?;
        self.note(Happened::Erased { twin: twin.to_owned() })?;
        Ok(there || aside)
    }

    /// Removes what was put aside about a twin.
    fn erase_aside(&mut self, twin: &str) -> Result<bool, LiveError> {
        self.aside = None;
        let folder = self.folder.aside();
        let mut removed = false;
        for entry in std::fs::read_dir(&folder).map_err(|error| LiveError::io("read", &folder, error))?.flatten() {
            let path = entry.path();
            let text = std::fs::read_to_string(&path).map_err(|error| LiveError::io("read", &path, error))?;
            let about = |line: &&str| {
                let event = serde_json::from_str::<Value>(line).ok().and_then(|line| line.get("event").cloned());
                match event {
                    Some(Value::String(text)) => text.contains(twin),
                    Some(event) => event.get("subject").and_then(Value::as_str) == Some(twin),
                    None => false,
                }
            };
            let left: String = text.lines().filter(|line| !about(line)).flat_map(|line| [line, "\n"]).collect();
            if left.len() != text.len() {
                removed = true;
                rehearsal_kernel::snapshot::file::write_atomic(&path, left.as_bytes())
                    .map_err(|error| LiveError::Snapshot { path: path.clone(), what: error.to_string() })?;
            }
        }
        Ok(removed)
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &Gate<'s> {
        &self.gate
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The journal, to be shortened or made sure of.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The first entry whose event may come again.
    #[must_use]
    pub fn known_from(&self) -> u64 {
        self.marks.front().map_or(self.journal.first(), |(sequence, _)| sequence.saturating_sub(MARKED)).max(1)
    }

    /// How many events came to what.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The last moment that was given out \[ns since the beginning\].
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }
}
