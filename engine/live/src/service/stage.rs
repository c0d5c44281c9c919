//! The stage: the world, as an actor. It applies what the desk gives it, tells what leaves the world, and answers questions.

use super::config::{Carry, Config};
use super::desk::{Desk, Poisoned, Snapshot};
use super::status::Status;
use crate::folder::Folder;
use crate::host::{Failed, Host};
use crate::intake::Letter;
use crate::replay::{Replay, replay};
use crate::values;
use actix::prelude::*;
use rehearsal_scenario::{Header, Record, Replication, Scenario, What};
use rehearsal_trace::Actor as Declared;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Messages that may wait. What the desk has journaled is never turned away; it looks at the lag before it takes more.
pub(super) const MAILBOX: usize = 1024;

/// Entries to be applied.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Apply(pub(super) Vec<Letter>);

/// Time has passed up to a moment \[ns\].
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Advance(pub(super) u64);

/// An entry that changes nothing.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Pass {
    pub(super) sequence: u64,
    pub(super) at: u64,
}

/// The last entry: gives the world as it then is, and its digest.
#[derive(Message)]
#[rtype(result = "Result<(Snapshot, u64), String>")]
pub(super) struct Keep {
    pub(super) sequence: u64,
    pub(super) at: u64,
}

/// Who the desk is.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Meet {
    pub(super) desk: Addr<Desk>,
}

/// What can be seen of a twin, by the name that sources call it; `None` where nobody is called so.
#[derive(Debug, Message)]
#[rtype(result = "Result<Option<Value>, String>")]
pub struct Look(pub String);

/// How many twins and others are in which state: by kind, region and state.
#[derive(Debug, Message)]
#[rtype(result = "Result<Value, String>")]
pub struct Census;

/// Actors of a kind, from an index on, that are in a state or have a field of a value.
#[derive(Clone, Debug, Default, Message)]
#[rtype(result = "Result<Value, String>")]
pub struct Search {
    /// The kind; all twins where `None`.
    pub kind: Option<String>,
    /// The state, in any region.
    pub state: Option<String>,
    /// A field and its value as JSON or text.
    pub field: Option<(String, String)>,
    /// How many at most.
    pub most: usize,
    /// Behind how many that fit.
    pub skip: usize,
}

/// The latest decisions and contacts, the newest first.
#[derive(Clone, Debug, Default, Message)]
#[rtype(result = "Result<Vec<Value>, String>")]
pub struct Recent {
    /// Of this twin alone.
    pub twin: Option<String>,
    /// This decision alone: its policy and number.
    pub decision: Option<(String, u64)>,
    /// How many at most.
    pub most: usize,
}

/// What can be told of a decision of a policy, by its number: a record that holds it and what followed from it; `None` where
/// it is not among the latest.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<(Header, Vec<Record>)>, String>")]
pub struct Tell {
    /// The policy.
    pub policy: String,
    /// Its number among those of the policy.
    pub number: u64,
}

/// How many actors there are, by kind.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<(String, usize)>, String>")]
pub struct Population;

/// A copy of the world as it stands, with the sequence of its last entry.
#[derive(Debug, Message)]
#[rtype(result = "Result<(Replication<'static>, u64), String>")]
pub struct Standing;

/// Somebody watches all that happens: gets the header of a trace now, then records as they come, until it is dropped.
#[derive(Debug, Message)]
#[rtype(result = "Result<rehearsal_trace::Header, String>")]
pub struct Watch(pub tokio::sync::mpsc::Sender<Arc<Vec<Record>>>);

pub(super) struct Parts {
    scenario: &'static Scenario,
    folder: Folder,
    status: Arc<Status>,
    snapshot_every: Duration,
    carry: Option<Carry>,
}

impl Parts {
    pub(super) fn new(scenario: &'static Scenario, config: &Config, status: Arc<Status>) -> Parts {
        Parts {
            scenario,
            folder: config.folder.clone(),
            status,
            snapshot_every: config.snapshot_every,
            carry: config.carry.clone(),
        }
    }
}

/// The world, as an actor.
pub struct Stage {
    /// Nothing while it is brought up anew.
    host: Option<Host<'static>>,
    parts: Parts,
    desk: Option<Addr<Desk>>,
    watchers: Vec<tokio::sync::mpsc::Sender<Arc<Vec<Record>>>>,
    /// The entry after which the world was kept last.
    kept: u64,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Stage {
    pub(super) fn new(host: Host<'static>, parts: Parts) -> Stage {
        let kept = host.sequence();
        parts.status.applied.store(host.sequence(), Relaxed);
        parts.status.now.store(host.now(), Relaxed);
        let mut stage = Stage { host: Some(host), parts, desk: None, watchers: Vec::new(), kept };
        stage.tell();
        stage
    }

    fn host(&mut self) -> Result<&mut Host<'static>, String> {
        let trouble = self.parts.status.trouble();
        self.host.as_mut().ok_or_else(|| trouble.unwrap_or_else(|| "the world is being brought up".into()))
    }

    /// Gives on what left the world, and what those who watch shall see.
    fn tell(&mut self) {
        let Some(host) = &mut self.host else { return };
        let status = &self.parts.status;
        status.applied.store(host.sequence(), Relaxed);
        status.now.store(host.now(), Relaxed);
        status.decisions.store(host.counts().1, Relaxed);
        let effects = host.effects();
        if !effects.is_empty() {
            status.effects.fetch_add(effects.len() as u64, Relaxed);
            if let Some(carry) = &self.parts.carry
                && let Err(error) = carry(effects)
            {
                status.set_trouble(Some(format!("what leaves the twin cannot be kept: {error}")));
            }
        }
        let seen = host.seen();
        if !seen.is_empty() {
            let seen = Arc::new(seen);
            // Who cannot keep up is left behind.
            self.watchers.retain(|watcher| watcher.try_send(seen.clone()).is_ok());
        }
        if self.watchers.is_empty() && host.is_watched() {
            host.watch(false);
        }
    }

    /// The scenario failed: the entry is put into the journal as one that does not count, and the world is brought up anew.
    fn failed(&mut self, failed: &Failed, context: &mut Context<Stage>) {
        super::status_line(&format!("the world failed and is brought up anew: {failed}"));
        self.host = None;
        let (Some(sequence), Some(desk)) = (failed.sequence, self.desk.clone()) else {
            self.parts.status.set_trouble(Some(failed.to_string()));
            return;
        };
        let noted = async move { desk.send(Poisoned(sequence)).await };
        let noted = actix::fut::wrap_future::<_, Stage>(noted).map(|noted, stage, context| match noted {
            // The supervisor starts it anew, see `restarting`.
            Ok(Ok(())) => context.stop(),
            Ok(Err(error)) => stage.parts.status.set_trouble(Some(error)),
            Err(error) => stage.parts.status.set_trouble(Some(error.to_string())),
        });
        context.wait(noted);
    }
}

impl Actor for Stage {
    type Context = Context<Stage>;

    fn started(&mut self, context: &mut Context<Stage>) {
        context.set_mailbox_capacity(MAILBOX);
        context.run_interval(self.parts.snapshot_every, |stage, _| {
            let (Some(host), Some(desk)) = (&stage.host, &stage.desk) else { return };
            if host.sequence() == stage.kept {
                return;
            }
            match host.run().snapshot() {
                Ok(world) => {
                    stage.kept = host.sequence();
                    let (sequence, at, number) = (host.sequence(), host.now(), host.number());
                    desk.do_send(Snapshot { sequence, at, number, world });
                }
                Err(error) => super::status_line(&format!("the world could not be kept: {error}")),
            }
        });
    }
}

impl Supervised for Stage {
    /// Brings the world up from the latest snapshot and the journal.
    fn restarting(&mut self, _: &mut Context<Stage>) {
        let parts = &self.parts;
        parts.status.restarts.fetch_add(1, Relaxed);
        let how = Replay { effects: true, ..Replay::default() };
        match replay(parts.scenario, &parts.folder, &how) {
            Ok(replayed) => {
                let mut host = replayed.host;
                host.watch(!self.watchers.is_empty());
                self.host = Some(host);
                parts.status.set_trouble(None);
                self.tell();
            }
            Err(error) => parts.status.set_trouble(Some(error.to_string())),
        }
    }
}

impl Handler<Meet> for Stage {
    type Result = ();

    fn handle(&mut self, Meet { desk }: Meet, _: &mut Context<Stage>) {
        self.desk = Some(desk);
    }
}

impl Handler<Apply> for Stage {
    type Result = ();

    fn handle(&mut self, Apply(letters): Apply, context: &mut Context<Stage>) {
        let Some(host) = &mut self.host else { return };
        for mut letter in letters {
            // What a world that was brought up anew knows from the journal.
            if letter.sequence <= host.sequence() {
                continue;
            }
            let hearing = (letter.actor, letter.message, letter.words.as_mut_slice());
            if let Err(failed) = host.apply(letter.sequence, letter.at, hearing, &letter.report) {
                self.failed(&failed, context);
                return;
            }
        }
        self.tell();
    }
}

impl Handler<Advance> for Stage {
    type Result = ();

    fn handle(&mut self, Advance(at): Advance, context: &mut Context<Stage>) {
        let Some(host) = &mut self.host else { return };
        match host.advance(at) {
            Ok(()) => self.tell(),
            Err(failed) => self.failed(&failed, context),
        }
    }
}

impl Handler<Pass> for Stage {
    type Result = ();

    fn handle(&mut self, Pass { sequence, at }: Pass, context: &mut Context<Stage>) {
        let Some(host) = &mut self.host else { return };
        match host.pass(sequence, at) {
            Ok(()) => self.tell(),
            Err(failed) => self.failed(&failed, context),
        }
    }
}

impl Handler<Keep> for Stage {
    type Result = Result<(Snapshot, u64), String>;

    fn handle(&mut self, Keep { sequence, at }: Keep, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        host.pass(sequence, at).map_err(|failed| failed.to_string())?;
        self.tell();
        let host = self.host()?;
        let world = host.run().snapshot().map_err(|error| error.to_string())?;
        let (at, number, digest) = (host.now(), host.number(), host.digest());
        Ok((Snapshot { sequence, at, number, world }, digest))
    }
}

impl Handler<Look> for Stage {
    type Result = Result<Option<Value>, String>;

    fn handle(&mut self, Look(name): Look, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        Ok(glimpse(host, &name))
    }
}

/// What can be seen of whoever is called so.
pub(super) fn glimpse(host: &mut Host<'static>, name: &str) -> Option<Value> {
    let actor = host.people().find(name).or_else(|| host.run().find(name))?;
    let seen = host.run_mut().glimpse(actor)?;
    let mut value = values::glimpse(&seen, host.people(), host.origin(), host.now());
    value["twin"] = json!(host.people().name(actor));
    Some(value)
}

impl Handler<Census> for Stage {
    type Result = Result<Value, String>;

    fn handle(&mut self, _: Census, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        let plan = host.scenario().plan();
        let mut found = serde_json::Map::new();
        let twins = host.scenario().live().map(|live| live.twins.as_slice()).unwrap_or_default();
        for twin in twins {
            let kind = &plan.kinds[usize::from(twin.number)];
            let mut regions = serde_json::Map::new();
            for (number, region) in kind.regions.iter().enumerate() {
                let counts = host.run().census(twin.number, number);
                let states = region.states.iter().zip(counts).filter(|(_, count)| *count > 0);
                let states = states.map(|(state, count)| (state.name.clone(), json!(count))).collect();
                regions.insert(region.name.clone(), Value::Object(states));
            }
            let count = host.run().population(twin.number);
            found.insert(kind.name.clone(), json!({ "count": count, "states": regions }));
        }
        Ok(Value::Object(found))
    }
}

impl Handler<Search> for Stage {
    type Result = Result<Value, String>;

    fn handle(&mut self, asked: Search, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        let plan = host.scenario().plan();
        let twins = host.scenario().live().map(|live| live.twins.as_slice()).unwrap_or_default();
        let kinds: Vec<u16> = match &asked.kind {
            Some(name) => {
                let found = plan.kinds.iter().position(|kind| kind.name == *name);
                vec![found.ok_or_else(|| format!("there is no kind `{name}`"))? as u16]
            }
            None => twins.iter().map(|twin| twin.number).collect(),
        };
        let (mut found, mut fitting) = (Vec::new(), 0_usize);
        for kind in kinds {
            for index in 0..host.run().population(kind) {
                let actor = u32::from(kind) << 24 | index as u32;
                let Some(seen) = host.run_mut().glimpse(actor) else { continue };
                if asked.state.as_ref().is_some_and(|state| !seen.states.iter().any(|(_, have, _)| have == state)) {
                    continue;
                }
                if let Some((name, wanted)) = &asked.field {
                    let field = seen.fields.iter().find(|(have, _)| have == name);
                    let value = field.map(|(_, value)| values::value(value, host.people(), host.origin()));
                    let fits = value.is_some_and(|value| values::is(&value, wanted));
                    if !fits {
                        continue;
                    }
                }
                fitting += 1;
                if fitting > asked.skip && found.len() < asked.most {
                    let states: serde_json::Map<String, Value> =
                        seen.states.iter().map(|(region, state, _)| (region.clone(), json!(state))).collect();
                    found.push(json!({ "twin": host.people().name(actor), "kind": seen.kind, "states": states }));
                }
            }
        }
        Ok(json!({ "fitting": fitting, "twins": found }))
    }
}

impl Handler<Recent> for Stage {
    type Result = Result<Vec<Value>, String>;

    fn handle(&mut self, asked: Recent, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        let (people, origin) = (host.people(), host.origin());
        let about = match &asked.twin {
            Some(name) => {
                let actor = people.find(name).or_else(|| host.run().find(name));
                Some(actor.ok_or_else(|| format!("there is no twin `{name}`"))?)
            }
            None => None,
        };
        let fits = |record: &&Record| {
            let of = about.is_none_or(|about| record.what.involves(about));
            let asked = asked.decision.as_ref().is_none_or(|(policy, id)| {
                matches!(&record.what, What::Decision(decision) if decision.policy == *policy && decision.id == *id)
            });
            of && asked
        };
        let found = host.recent().iter().rev().filter(fits).take(asked.most);
        Ok(found.map(|record| values::record(record, people, origin)).collect())
    }
}

impl Handler<Tell> for Stage {
    type Result = Result<Option<(Header, Vec<Record>)>, String>;

    fn handle(&mut self, asked: Tell, _: &mut Context<Stage>) -> Self::Result {
        Ok(told(self.host()?, &asked))
    }
}

/// The records of the mind that made a decision, with the names of those who take part in them.
fn told(host: &Host<'static>, asked: &Tell) -> Option<(Header, Vec<Record>)> {
    let mind = host.recent().iter().find_map(|record| match &record.what {
        What::Decision(found) if found.id == asked.number && found.policy == asked.policy => Some(found.agent),
        _ => None,
    })?;
    let records: Vec<Record> = host.recent().iter().filter(|record| record.what.involves(mind)).cloned().collect();
    let mut actors = BTreeSet::from([mind]);
    for record in &records {
        match &record.what {
            What::Decision(found) => actors.extend([found.agent, found.profile]),
            What::Contact(found) => actors.extend([found.from, found.to]),
            What::Message { from, to, .. } => actors.extend([*from, *to]),
            _ => {}
        }
    }
    let people = host.people();
    let actor = |id: u32| Declared { id, kind: (id >> 24) as u16, name: people.name(id), segment: None, at: None };
    let scenario = host.scenario();
    let header = Header {
        scenario: scenario.name().to_owned(),
        policy: asked.policy.clone(),
        start: scenario.period().0.clone(),
        kinds: scenario.plan().kinds.iter().map(|kind| kind.name.clone()).collect(),
        actors: actors.into_iter().map(actor).collect(),
        ..Header::default()
    };
    Some((header, records))
}

impl Handler<Population> for Stage {
    type Result = Result<Vec<(String, usize)>, String>;

    fn handle(&mut self, _: Population, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        let kinds = (0..).zip(&host.scenario().plan().kinds).skip(1);
        Ok(kinds.map(|(number, kind)| (kind.name.clone(), host.run().population(number))).collect())
    }
}

impl Handler<Standing> for Stage {
    type Result = Result<(Replication<'static>, u64), String>;

    fn handle(&mut self, _: Standing, _: &mut Context<Stage>) -> Self::Result {
        let host = self.host()?;
        Ok((host.run().fork(), host.sequence()))
    }
}

impl Handler<Watch> for Stage {
    type Result = Result<rehearsal_trace::Header, String>;

    fn handle(&mut self, Watch(watcher): Watch, _: &mut Context<Stage>) -> Self::Result {
        self.tell();
        let host = self.host()?;
        if !host.is_watched() {
            host.watch(true);
        }
        let header = host.run().header();
        self.watchers.push(watcher);
        Ok(header)
    }
}
