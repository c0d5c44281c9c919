//! The desk: takes events in batches, journals them, and answers once they are on disk.
//!
//! Batches that wait share a commit: it comes behind all that were in the mailbox when the first of them was taken.

use super::config::{Config, Limits};
use super::stage::{Advance, Apply, Keep, Stage};
use super::status::Status;
use crate::entry::Happened;
use crate::folder::Saved;
use crate::intake::{Fate, Intake};
use crate::moments::wall;
use actix::prelude::*;
use rehearsal_decide::Envelope;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Batches that may wait.
pub(super) const MAILBOX: usize = 256;

/// What became of the events of a batch, in their order.
pub type Fates = Vec<Fate>;

/// Why a batch was not taken; nothing of it counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// There is too much: try again a little later.
    #[error("too much: {0}; try again a little later")]
    Busy(String),
    /// It cannot be kept.
    #[error("it cannot be kept: {0}")]
    Failed(String),
    /// The twin is about to stop.
    #[error("the twin is about to stop")]
    Stopping,
}

/// What an event is, or why it is none: then as it came.
pub type Came = Result<Envelope, (String, String)>;

/// A batch of events.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Events {
    /// The events. What is none is put aside, and has no fate of its own in the answer.
    pub events: Vec<Came>,
    /// Told once they are on disk.
    pub answer: oneshot::Sender<Result<Fates, NotTaken>>,
}

/// Erases what is personal of a twin; gives whether anything was there.
#[derive(Debug, Message)]
#[rtype(result = "Result<bool, String>")]
pub struct Erase(pub String);

/// What is personal of a twin.
#[derive(Debug, Message)]
#[rtype(result = "Map<String, Value>")]
pub struct PersonOf(pub String);

/// How many events came to what, by reason.
#[derive(Debug, Message)]
#[rtype(result = "crate::intake::Tally")]
pub struct Report;

/// Lets time pass up to a moment of the wall \[ns since 1970\], where events make it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Reach(pub u64);

/// Ends it all: gives the digest of the world.
#[derive(Debug, Message)]
#[rtype(result = "Result<u64, String>")]
pub struct Stop;

#[derive(Message)]
#[rtype(result = "()")]
struct Commit;

/// The entry of this sequence made the world fail.
#[derive(Message)]
#[rtype(result = "Result<(), String>")]
pub(super) struct Poisoned(pub(super) u64);

/// The world as it was after an entry, to be kept.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Snapshot {
    pub(super) sequence: u64,
    pub(super) at: u64,
    pub(super) number: u64,
    pub(super) world: Vec<u8>,
}

pub(super) struct Parts {
    status: Arc<Status>,
    stage: Addr<Stage>,
    limits: Limits,
    tick_every: Duration,
    snapshots: usize,
    forget: bool,
}

impl Parts {
    pub(super) fn new(config: &Config, status: Arc<Status>, stage: Addr<Stage>) -> Parts {
        Parts {
            status,
            stage,
            limits: config.limits,
            tick_every: config.tick_every,
            snapshots: config.snapshots,
            forget: config.forget,
        }
    }
}

/// The way in, as an actor.
pub struct Desk {
    intake: Intake<'static>,
    parts: Parts,
    waiting: Vec<(oneshot::Sender<Result<Fates, NotTaken>>, Fates)>,
    commits: bool,
    stopped: bool,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("intake", &self.intake).finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn new(intake: Intake<'static>, parts: Parts) -> Desk {
        let journal = intake.journal();
        parts.status.journaled.store(journal.next() - 1, Relaxed);
        Desk { intake, parts, waiting: Vec::new(), commits: false, stopped: false }
    }

    /// Why nothing can be taken now.
    fn closed(&self) -> Option<NotTaken> {
        let status = &self.parts.status;
        if self.stopped {
            return Some(NotTaken::Stopping);
        }
        if let Some(trouble) = status.trouble() {
            return Some(NotTaken::Failed(trouble));
        }
        let lag = status.lag();
        (lag > self.parts.limits.lag).then(|| NotTaken::Busy(format!("the world is {lag} events behind")))
    }

    fn take(&mut self, events: Vec<Came>) -> Result<Fates, NotTaken> {
        let now = wall();
        let mut fates = Vec::with_capacity(events.len());
        for event in events {
            let fate = match event {
                Ok(event) => self.intake.take(event, now),
                Err((text, why)) => {
                    let put = self.intake.put_away(&text, &why, now);
                    put.map(|()| Fate::Refused(crate::Refusal::Malformed(why)))
                }
            };
            fates.push(fate.map_err(|error| NotTaken::Failed(error.to_string()))?);
        }
        Ok(fates)
    }

    /// Puts on disk what was taken, gives it on, and tells those who wait.
    fn commit(&mut self) {
        self.commits = false;
        let begun = Instant::now();
        let status = self.parts.status.clone();
        match self.intake.commit() {
            Ok(letters) => {
                let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                if let Some(last) = letters.last() {
                    status.commits.fetch_add(1, Relaxed);
                    status.commit_us.fetch_add(took, Relaxed);
                    status.taken.fetch_add(letters.len() as u64, Relaxed);
                    status.journaled.store(last.sequence, Relaxed);
                    status.journal_bytes.store(self.intake.journal().bytes(), Relaxed);
                    status.journal_segments.store(self.intake.journal().segments() as u64, Relaxed);
                    self.parts.stage.do_send(Apply(letters));
                }
                for (answer, fates) in self.waiting.drain(..) {
                    let refused = fates.iter().filter(|fate| matches!(fate, Fate::Refused(_))).count();
                    let repeated = fates.iter().filter(|fate| matches!(fate, Fate::Repeated)).count();
                    status.refused.fetch_add(refused as u64, Relaxed);
                    status.repeated.fetch_add(repeated as u64, Relaxed);
                    // Whoever has gone meanwhile will send it again, and it will be known.
                    let _ = answer.send(Ok(fates));
                }
            }
            Err(error) => {
                for (answer, _) in self.waiting.drain(..) {
                    let _ = answer.send(Err(NotTaken::Failed(error.to_string())));
                }
            }
        }
    }
}

impl Actor for Desk {
    type Context = Context<Desk>;

    fn started(&mut self, context: &mut Context<Desk>) {
        context.run_interval(self.parts.tick_every, |desk, _| {
            if !desk.stopped {
                let at = desk.intake.tick(wall());
                // The journal may have to be made sure of, with nothing new in it.
                desk.commit();
                desk.parts.stage.do_send(Advance(at));
            }
        });
    }
}

impl Supervised for Desk {}

impl Handler<Events> for Desk {
    type Result = ();

    fn handle(&mut self, batch: Events, context: &mut Context<Desk>) {
        if let Some(reason) = self.closed() {
            self.parts.status.pushed_back.fetch_add(1, Relaxed);
            let _ = batch.answer.send(Err(reason));
            return;
        }
        match self.take(batch.events) {
            Ok(fates) => self.waiting.push((batch.answer, fates)),
            Err(reason) => {
                let _ = batch.answer.send(Err(reason));
            }
        }
        if !self.commits {
            self.commits = true;
            context.notify(Commit);
        }
    }
}

impl Handler<Commit> for Desk {
    type Result = ();

    fn handle(&mut self, _: Commit, _: &mut Context<Desk>) {
        self.commit();
    }
}

impl Handler<Erase> for Desk {
    type Result = Result<bool, String>;

    fn handle(&mut self, Erase(twin): Erase, _: &mut Context<Desk>) -> Result<bool, String> {
        self.commit();
        let erased = self.intake.erase(&twin).map_err(|error| error.to_string());
        self.parts.status.journaled.store(self.intake.journal().next() - 1, Relaxed);
        let (sequence, at) = (self.intake.journal().next() - 1, self.intake.last());
        self.parts.stage.do_send(super::stage::Pass { sequence, at });
        erased
    }
}

impl Handler<PersonOf> for Desk {
    type Result = MessageResult<PersonOf>;

    fn handle(&mut self, PersonOf(twin): PersonOf, _: &mut Context<Desk>) -> MessageResult<PersonOf> {
        MessageResult(self.intake.person(&twin))
    }
}

impl Handler<Report> for Desk {
    type Result = MessageResult<Report>;

    fn handle(&mut self, _: Report, _: &mut Context<Desk>) -> MessageResult<Report> {
        MessageResult(self.intake.tally().clone())
    }
}

impl Handler<Reach> for Desk {
    type Result = ();

    fn handle(&mut self, Reach(unix): Reach, _: &mut Context<Desk>) {
        self.commit();
        self.parts.stage.do_send(Advance(self.intake.reach(unix)));
    }
}

impl Handler<Poisoned> for Desk {
    type Result = Result<(), String>;

    fn handle(&mut self, Poisoned(sequence): Poisoned, _: &mut Context<Desk>) -> Result<(), String> {
        self.commit();
        let noted = self.intake.note(Happened::Poisoned(sequence)).map_err(|error| error.to_string())?;
        self.parts.status.journaled.store(noted.0, Relaxed);
        Ok(())
    }
}

impl Handler<Snapshot> for Desk {
    type Result = ();

    fn handle(&mut self, snapshot: Snapshot, context: &mut Context<Desk>) {
        let Snapshot { sequence, at, number, world } = snapshot;
        let (known_from, gate) = (self.intake.known_from(), self.intake.gate().remembered());
        let saved = Saved { sequence, at, number, known_from, gate, world };
        let (folder, keep) = (self.intake.folder().clone(), self.parts.snapshots);
        let work = tokio::task::spawn_blocking(move || {
            let bytes = folder.save(&saved)?;
            let oldest = folder.thin(keep)?;
            let needed = oldest.map(|oldest| folder.load(oldest)).transpose()?;
            let needed = needed.map(|saved| saved.known_from.min(saved.sequence + 1));
            Ok::<_, crate::LiveError>((bytes, needed))
        });
        let done = actix::fut::wrap_future::<_, Desk>(work).map(move |found, desk, _| {
            let status = &desk.parts.status;
            match found {
                Ok(Ok((bytes, needed))) => {
                    status.snapshots.fetch_add(1, Relaxed);
                    status.snapshot_bytes.store(bytes, Relaxed);
                    status.snapshot_after.store(sequence, Relaxed);
                    if let Some(needed) = needed.filter(|_| desk.parts.forget)
                        && let Err(error) = desk.intake.journal_mut().retain_from(needed)
                    {
                        crate::service::status_line(&format!("entries that nobody needs stay in the journal: {error}"));
                    }
                }
                Ok(Err(error)) => crate::service::status_line(&format!("the world could not be kept: {error}")),
                Err(error) => crate::service::status_line(&format!("the world could not be kept: {error}")),
            }
        });
        context.spawn(done);
    }
}

impl Handler<Stop> for Desk {
    type Result = ResponseActFuture<Desk, Result<u64, String>>;

    fn handle(&mut self, _: Stop, _: &mut Context<Desk>) -> Self::Result {
        self.stopped = true;
        self.parts.status.stopping.store(true, Relaxed);
        self.commit();
        self.intake.tick(wall());
        let noted = self.intake.note(Happened::Stopped).map_err(|error| error.to_string());
        let stage = self.parts.stage.clone();
        let last = async move {
            let (sequence, at) = noted?;
            stage.send(Keep { sequence, at }).await.map_err(|error| error.to_string())?
        };
        Box::pin(actix::fut::wrap_future::<_, Desk>(last).map(|kept, desk, _| {
            let (snapshot, digest) = kept?;
            let (known_from, gate) = (desk.intake.known_from(), desk.intake.gate().remembered());
            let Snapshot { sequence, at, number, world } = snapshot;
            let saved = Saved { sequence, at, number, known_from, gate, world };
            desk.intake.folder().save(&saved).map_err(|error| error.to_string())?;
            Ok(digest)
        }))
    }
}
