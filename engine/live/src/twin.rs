//! A twin in one thread: its way in and its world, from a folder and back to it.

use crate::entry::{Entry, Happened};
use crate::error::LiveError;
use crate::folder::{Folder, Manifest, Saved};
use crate::gate::{Gate, Refusal};
use crate::host::{Failed, Host};
use crate::intake::{Fate, Intake};
use crate::moments::{Origin, Pace};
use crate::out::Outgoing;
use rehearsal_decide::Envelope;
use rehearsal_journal::{Cut, Journal, Keep, Options, read};
use rehearsal_scenario::Scenario;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

/// The most entries that may make a scenario fail before it is given up.
const POISON_MAX: usize = 64;

/// A twin: its way in and its world.
#[derive(Debug)]
pub struct Twin<'s> {
    /// The way in.
    pub intake: Intake<'s>,
    /// The world.
    pub host: Host<'s>,
    manifest: Manifest,
}

/// What was found when a twin was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovered {
    /// Whether it is new.
    pub fresh: bool,
    /// The entry after which the snapshot was taken that it goes on from.
    pub snapshot: Option<u64>,
    /// Snapshots that could not be used, and why.
    pub passed_over: Vec<String>,
    /// How many entries were replayed.
    pub replayed: u64,
    /// What was cut off at the end of the journal.
    pub cut: Option<Cut>,
    /// Entries that the scenario does not understand any more, and why.
    pub strange: Vec<(u64, Refusal)>,
    /// Entries that made it fail and do not count.
    pub poisoned: Vec<Failed>,
    /// The state of the world as one number.
    pub digest: u64,
}

impl<'s> Twin<'s> {
    /// Opens the twin in a folder, or begins it where there is nothing.
    ///
    /// It goes on from the latest snapshot that can be used and the entries after it, so that it is as if it had never
    /// ended.
    ///
    /// # Errors
    /// A folder that is that of another twin; a journal that is damaged, or in use; a scenario that fails.
    pub fn open(
        scenario: &'s Scenario,
        folder: &Folder,
        manifest: Manifest,
        options: Options,
    ) -> Result<(Twin<'s>, Recovered), LiveError> {
        if scenario.live().is_none() {
            return Err(LiveError::NoTwins { scenario: scenario.name().to_owned() });
        }
        let manifest = match folder.manifest()? {
            Some(found) => {
                same(folder, &found, &manifest)?;
                Manifest { twin: found.twin, ..manifest }
            }
            None => {
                folder.begin(&manifest)?;
                manifest
            }
        };
        let (mut journal, recovery) = Journal::open(&folder.journal(), options)?;
        let mut recovered = Recovered { fresh: recovery.records == 0, cut: recovery.cut.clone(), ..Recovered::default() };
        let persons = Arc::new(Mutex::new(Keep::open(&folder.persons())?));
        let mut poisoned = BTreeSet::new();
        let (gate, mut host, last, marks) = loop {
            let found = bring_up(scenario, folder, &manifest, (&journal, &poisoned), &mut recovered)?;
            match found {
                Ok(found) => break found,
                Err(failed) => {
                    let Some(sequence) = failed.sequence.filter(|_| poisoned.len() < POISON_MAX) else {
                        return Err(failed.into());
                    };
                    poisoned.insert(sequence);
                    recovered.poisoned.push(failed);
                }
            }
        };
        let mut at = last;
        for sequence in &poisoned {
            at += 1;
            journal.append(&Entry { at, what: Happened::Poisoned(*sequence) }.to_bytes())?;
        }
        journal.commit()?;
        host.advance(at)?;
        recovered.digest = host.digest();
        let origin = Origin::of(scenario);
        let intake = Intake::new((gate, journal, persons), folder.clone(), (origin, manifest.pace), (at, marks));
        Ok((Twin { intake, host, manifest }, recovered))
    }

    /// Looks at an event, puts it on disk and applies it: what a source that waits for each of its events asks for.
    ///
    /// # Errors
    /// Where something cannot be written, or the scenario fails.
    pub fn hear(&mut self, event: Envelope, now: u64) -> Result<Fate, LiveError> {
        let fate = self.intake.take(event, now)?;
        self.settle()?;
        Ok(fate)
    }

    /// Puts on disk what was taken, and applies it.
    ///
    /// # Errors
    /// As [`Twin::hear`].
    pub fn settle(&mut self) -> Result<(), LiveError> {
        for mut letter in self.intake.commit()? {
            let hearing = (letter.actor, letter.message, letter.words.as_mut_slice());
            self.host.apply(letter.sequence, letter.at, hearing, &letter.report)?;
        }
        Ok(())
    }

    /// Lets time pass up to a moment of the wall \[ns since 1970\].
    ///
    /// # Errors
    /// Where the scenario fails.
    pub fn tick(&mut self, now: u64) -> Result<(), LiveError> {
        let to = self.intake.tick(now);
        Ok(self.host.advance(to)?)
    }

    /// Lets time pass up to a moment that events, which make the time here, have not reached \[ns since 1970\].
    ///
    /// # Errors
    /// Where the scenario fails.
    pub fn advance_to(&mut self, unix: u64) -> Result<(), LiveError> {
        let to = self.intake.reach(unix);
        Ok(self.host.advance(to)?)
    }

    /// What left the world since this was asked last.
    pub fn effects(&mut self) -> Vec<Outgoing> {
        self.host.effects()
    }

    /// Keeps the world in the folder; gives how large it is \[bytes\].
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(&mut self) -> Result<u64, LiveError> {
        let saved = Saved {
            sequence: self.host.sequence(),
            at: self.host.now(),
            number: self.host.number(),
            known_from: self.intake.known_from(),
            gate: self.intake.gate().remembered(),
            world: self.host.run().snapshot()?,
        };
        self.intake.folder().save(&saved)
    }

    /// Ends it: with the time that the wall shows \[ns since 1970\], and its world kept. Gives its digest.
    ///
    /// # Errors
    /// Where something cannot be written.
    pub fn stop(mut self, now: u64) -> Result<u64, LiveError> {
        self.settle()?;
        self.tick(now)?;
        let (sequence, at) = self.intake.note(Happened::Stopped)?;
        self.host.pass(sequence, at)?;
        self.save()?;
        Ok(self.host.digest())
    }

    /// What it is the twin of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its way in and its world, each for itself.
    #[must_use]
    pub fn split(self) -> (Intake<'s>, Host<'s>) {
        (self.intake, self.host)
    }
}

/// Whether a folder is the twin that is asked for.
fn same(folder: &Folder, found: &Manifest, asked: &Manifest) -> Result<(), LiveError> {
    // The path of the scenario may be another from another place.
    let plain = |manifest: &Manifest| Manifest { scenario: String::new(), twin: String::new(), ..manifest.clone() };
    if plain(found) == plain(asked) {
        return Ok(());
    }
    let told = |manifest: &Manifest| {
        let Manifest { policy, seed, start, pace, settings, modes, .. } = manifest;
        let modes: Vec<String> = modes.iter().map(|(policy, mode)| format!(", {policy} {mode}")).collect();
        let modes = modes.concat();
        let settings: Vec<String> = settings.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let settings = if settings.is_empty() { String::new() } else { format!(", with {}", settings.join(" ")) };
        let pace = if *pace == Pace::Wall { "" } else { ", paced by events" };
        format!("policy {policy}, seed {seed}, begun on {start}{pace}{modes}{settings}")
    };
    let path = folder.path().to_owned();
    Err(LiveError::Other { path, found: told(found), asked: told(asked) })
}

/// A gate and a world, the last moment, and which entries came when.
type BroughtUp<'s> = (Gate<'s>, Host<'s>, u64, VecDeque<(u64, u64)>);

/// Goes on from the latest snapshot that can be used; the inner error is one of the scenario.
fn bring_up<'s>(
    scenario: &'s Scenario,
    folder: &Folder,
    manifest: &Manifest,
    (journal, poisoned): (&Journal, &BTreeSet<u64>),
    recovered: &mut Recovered,
) -> Result<Result<BroughtUp<'s>, Failed>, LiveError> {
    (recovered.snapshot, recovered.replayed) = (None, 0);
    recovered.passed_over.clear();
    recovered.strange.clear();
    let (mut base, mut known_from, mut at) = (None, journal.first(), 0);
    for sequence in folder.saved()?.into_iter().rev() {
        if sequence >= journal.next() {
            recovered.passed_over.push(format!("that after entry {sequence}: the journal ends before it"));
            continue;
        }
        let loaded = folder.load(sequence).and_then(|saved| {
            let host = Host::restore(scenario, &saved.world, saved.sequence, saved.number)?;
            let mut gate = Gate::new(scenario, host.population());
            gate.recall(saved.gate);
            Ok((host, gate, saved.known_from, saved.at))
        });
        match loaded {
            Ok((host, gate, from, moment)) => {
                (recovered.snapshot, known_from, at) = (Some(sequence), from, moment);
                base = Some((host, gate));
                break;
            }
            Err(error) => recovered.passed_over.push(format!("that after entry {sequence}: {error}")),
        }
    }
    let (mut host, mut gate) = match base {
        Some(base) => base,
        None if journal.first() > 1 => {
            let why =
                if recovered.passed_over.is_empty() { "there is none".to_owned() } else { recovered.passed_over.join("; ") };
            return Err(LiveError::Gap { first: journal.first(), why });
        }
        None => {
            let host = Host::begin(scenario, &manifest.policy, manifest.seed)?;
            let gate = Gate::new(scenario, host.population());
            (host, gate)
        }
    };
    let people: Vec<(String, u32)> = gate.enrolled().map(|(name, actor)| (name.to_owned(), actor)).collect();
    people.iter().for_each(|(name, actor)| host.call(*actor, name));
    let mut poisoned = poisoned.clone();
    let mut marks = VecDeque::new();
    if journal.next() == journal.first() {
        return Ok(Ok((gate, host, at, marks)));
    }
    // Which entries do not count is said behind them.
    for entry in entries(folder, host.sequence() + 1, journal)? {
        if let (_, Entry { what: Happened::Poisoned(sequence), .. }) = entry? {
            poisoned.insert(sequence);
        }
    }
    for entry in entries(folder, known_from.max(journal.first()), journal)? {
        let (sequence, entry) = entry?;
        at = at.max(entry.at);
        if sequence % 1000 == 1 {
            marks.push_back((sequence, entry.at));
        }
        let known = sequence <= host.sequence();
        let Happened::Report(report) = &entry.what else {
            if !known && let Err(failed) = host.pass(sequence, entry.at) {
                return Ok(Err(failed));
            }
            continue;
        };
        match gate.passed(report, entry.at) {
            _ if known => {}
            _ if poisoned.contains(&sequence) => {
                if let Err(failed) = host.pass(sequence, entry.at) {
                    return Ok(Err(failed));
                }
            }
            Ok((actor, message, mut words)) => {
                recovered.replayed += 1;
                if let Err(failed) = host.apply(sequence, entry.at, (actor, message, &mut words), report) {
                    return Ok(Err(failed));
                }
            }
            Err(refusal) => recovered.strange.push((sequence, refusal)),
        }
    }
    Ok(Ok((gate, host, at, marks)))
}

/// The entries of a journal from one on, as far as they were committed.
pub(crate) fn entries<'j>(
    folder: &Folder,
    from: u64,
    journal: &'j Journal,
) -> Result<impl Iterator<Item = Result<(u64, Entry), LiveError>> + use<'j>, LiveError> {
    let end = journal.next();
    let records = if from < end { Some(read(&folder.journal(), from)?) } else { None };
    Ok(records.into_iter().flatten().map_while(move |record| match record {
        Ok((sequence, _)) if sequence >= end => None,
        other => Some(decoded(other)),
    }))
}

/// An entry of a record.
pub(crate) fn decoded(record: Result<(u64, Vec<u8>), rehearsal_journal::JournalError>) -> Result<(u64, Entry), LiveError> {
    let (sequence, bytes) = record?;
    let entry = Entry::from_bytes(&bytes).map_err(|_| LiveError::Entry { sequence })?;
    Ok((sequence, entry))
}
