//! A twin replayed: the journal of a folder in virtual time, to its end or to any moment, under its own policy or another.

use crate::entry::{Entry, Happened};
use crate::error::LiveError;
use crate::folder::{Folder, Manifest};
use crate::gate::{Gate, Refusal};
use crate::host::Host;
use crate::twin::decoded;
use rehearsal_journal::read;
use rehearsal_scenario::{Record, Scenario, What};
use rehearsal_trace::Decision;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How a journal is to be replayed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Replay<'a> {
    /// Another policy than that of the twin.
    pub policy: Option<&'a str>,
    /// Up to this moment \[ns since the beginning\]; to its end where `None`.
    pub until: Option<u64>,
    /// From the beginning, whatever snapshots there are.
    pub whole: bool,
    /// Whether effects are kept in the world, for somebody who knows which were carried out.
    pub effects: bool,
    /// Where it is recorded; it then is replayed from the beginning.
    pub trace: Option<&'a Path>,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed<'s> {
    /// The world at its end.
    pub host: Host<'s>,
    /// How many entries there were.
    pub entries: u64,
    /// How many reports of them were applied.
    pub applied: u64,
    /// Entries that the scenario does not understand, and why.
    pub strange: Vec<(u64, Refusal)>,
    /// Entries that do not count, because they made the scenario fail.
    pub poisoned: BTreeSet<u64>,
    /// The snapshot that it went on from.
    pub snapshot: Option<u64>,
    /// All decisions on the way, in order.
    pub decisions: Vec<(u64, Decision)>,
}

/// Replays the journal in a folder. Nothing in the folder is changed, and nothing leaves it: effects are not carried out.
///
/// # Errors
/// No twin in the folder, a journal that is damaged or begins too late, a scenario that fails.
pub fn replay<'s>(scenario: &'s Scenario, folder: &Folder, how: &Replay<'_>) -> Result<Replayed<'s>, LiveError> {
    let manifest = manifest_of(folder)?;
    let policy = how.policy.unwrap_or(&manifest.policy);
    let first = first_of(folder)?;
    let fresh = how.whole || how.trace.is_some() || policy != manifest.policy;
    let (host, mut gate, snapshot) = match if fresh { None } else { base(scenario, folder, how.until)? } {
        Some(found) => found,
        None => {
            if first > 1 {
                let why = "a replay from the beginning needs all of it".to_owned();
                return Err(LiveError::Gap { first, why });
            }
            let host = match how.trace {
                Some(trace) => Host::recorded(scenario, policy, manifest.seed, trace)?,
                None => Host::begin(scenario, policy, manifest.seed)?,
            };
            let gate = Gate::new(scenario, host.population());
            (host, gate, None)
        }
    };
    let mut poisoned = BTreeSet::new();
    let from = host.sequence() + 1;
    for record in records(folder, from)? {
        if let (_, Entry { what: Happened::Poisoned(sequence), .. }) = decoded(record)? {
            poisoned.insert(sequence);
        }
    }
    let mut found = Replayed { host, entries: 0, applied: 0, strange: Vec::new(), poisoned, snapshot, decisions: Vec::new() };
    if !how.effects {
        found.host.watch_decisions();
    }
    for record in records(folder, from)? {
        let (sequence, entry) = decoded(record)?;
        if how.until.is_some_and(|until| entry.at > until) {
            break;
        }
        found.entries += 1;
        match &entry.what {
            Happened::Report(report) if !found.poisoned.contains(&sequence) => match gate.passed(report, entry.at) {
                Ok((actor, message, mut words)) => {
                    found.host.apply(sequence, entry.at, (actor, message, &mut words), report)?;
                    found.applied += 1;
                }
                Err(refusal) => found.strange.push((sequence, refusal)),
            },
            _ => found.host.pass(sequence, entry.at)?,
        }
        if !how.effects {
            found.collect();
        }
    }
    if let Some(until) = how.until {
        found.host.advance(until)?;
        found.collect();
    }
    Ok(found)
}

impl Replayed<'_> {
    fn collect(&mut self) {
        for Record { at, what } in self.host.decided() {
            if let What::Decision(decision) = what {
                self.decisions.push((at, decision));
            }
        }
        self.host.effects();
    }
}

/// What a folder is the twin of.
///
/// # Errors
/// Where it holds none.
pub fn manifest_of(folder: &Folder) -> Result<Manifest, LiveError> {
    folder.manifest()?.ok_or_else(|| LiveError::Nothing { path: folder.path().to_owned() })
}

/// The first entry of the journal; 1 where there is none.
fn first_of(folder: &Folder) -> Result<u64, LiveError> {
    match records(folder, 0)?.next() {
        Some(record) => Ok(record?.0),
        None => Ok(1),
    }
}

type Bytes = Result<(u64, Vec<u8>), rehearsal_journal::JournalError>;

/// The records of the journal from one on; none where it ends before.
fn records(folder: &Folder, from: u64) -> Result<Box<dyn Iterator<Item = Bytes>>, LiveError> {
    match read(&folder.journal(), from) {
        Ok(records) => Ok(Box::new(records)),
        Err(rehearsal_journal::JournalError::Absent { .. }) => Ok(Box::new(std::iter::empty())),
        Err(error) => Err(error.into()),
    }
}

/// The latest snapshot that can be used and is not beyond a moment.
fn base<'s>(
    scenario: &'s Scenario,
    folder: &Folder,
    until: Option<u64>,
) -> Result<Option<(Host<'s>, Gate<'s>, Option<u64>)>, LiveError> {
    for sequence in folder.saved()?.into_iter().rev() {
        let Ok(saved) = folder.load(sequence) else { continue };
        if until.is_some_and(|until| saved.at > until) {
            continue;
        }
        let Ok(mut host) = Host::restore(scenario, &saved.world, saved.sequence, saved.number) else { continue };
        let mut gate = Gate::new(scenario, host.population());
        gate.recall(saved.gate);
        let people: Vec<(String, u32)> = gate.enrolled().map(|(name, actor)| (name.to_owned(), actor)).collect();
        people.iter().for_each(|(name, actor)| host.call(*actor, name));
        return Ok(Some((host, gate, Some(sequence))));
    }
    Ok(None)
}

/// Where two policies part on the same day.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    /// The twin.
    pub about: String,
    /// When they part \[ns since the beginning\].
    pub at: u64,
    /// What the policy of the twin decided then or next, if anything: when, the rule, and the state it led to.
    pub did: Option<(u64, String, Option<String>)>,
    /// What the other one decides.
    pub would: Option<(u64, String, Option<String>)>,
}

/// Where two replays of one journal part, twin by twin: at the first decision that is not the same. In order of time.
#[must_use]
pub fn partings(one: &Replayed<'_>, other: &Replayed<'_>) -> Vec<Parting> {
    let by_twin = |replayed: &Replayed<'_>| {
        let mut found: BTreeMap<u32, Vec<(u64, String, Option<String>)>> = BTreeMap::new();
        for (at, decision) in &replayed.decisions {
            found.entry(decision.profile).or_default().push((*at, decision.rule.clone(), decision.goto.clone()));
        }
        found
    };
    let (did, would) = (by_twin(one), by_twin(other));
    let twins: BTreeSet<u32> = did.keys().chain(would.keys()).copied().collect();
    let mut found = Vec::new();
    for twin in twins {
        let (did, would) = (did.get(&twin).map_or(&[][..], Vec::as_slice), would.get(&twin).map_or(&[][..], Vec::as_slice));
        let Some(place) = (0..did.len().max(would.len())).find(|place| did.get(*place) != would.get(*place)) else { continue };
        let (did, would) = (did.get(place).cloned(), would.get(place).cloned());
        let at = did.iter().chain(&would).map(|(at, ..)| *at).min().unwrap_or(0);
        found.push(Parting { about: one.host.people().name(twin), at, did, would });
    }
    found.sort_by(|a, b| (a.at, &a.about).cmp(&(b.at, &b.about)));
    found
}
