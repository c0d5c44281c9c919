//! Who looks ahead and back: futures of copies of the world, and the world as it was. One question at a time.

use super::stage::{Stage, Standing, glimpse};
use crate::folder::Folder;
use crate::fork::{Asked, compare};
use crate::replay::{Replay, replay};
use actix::prelude::*;
use rehearsal_experiment::{Results, Silent};
use rehearsal_scenario::Scenario;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Questions that may wait.
pub(super) const MAILBOX: usize = 8;

/// What would follow under several policies, from the world as it stands or stood.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Foreseen, String>")]
pub struct Ask {
    /// What is to be looked at.
    pub asked: Asked,
    /// From this moment on \[ns since the beginning\]; from now on where `None`.
    pub from: Option<u64>,
    /// Set where nobody waits for the answer any more.
    pub stop: Arc<AtomicBool>,
}

/// What was foreseen, and from where.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// What came out.
    pub results: Results,
    /// The moment from which it was looked at \[ns since the beginning\].
    pub from: u64,
    /// The last entry that the world knew.
    pub after: u64,
}

/// What could be seen of a twin at a moment \[ns since the beginning\].
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Value>, String>")]
pub struct AsOf {
    /// As sources call it.
    pub twin: String,
    /// When.
    pub at: u64,
}

/// Looks ahead and back, as an actor.
#[derive(Debug)]
pub struct Seer {
    scenario: &'static Scenario,
    stage: Addr<Stage>,
    folder: Folder,
    jobs: usize,
}

impl Seer {
    pub(super) fn new(scenario: &'static Scenario, stage: Addr<Stage>, folder: Folder, jobs: usize) -> Seer {
        Seer { scenario, stage, folder, jobs }
    }
}

impl Actor for Seer {
    type Context = Context<Seer>;
}

impl Supervised for Seer {}

impl Handler<Ask> for Seer {
    type Result = AtomicResponse<Seer, Result<Foreseen, String>>;

    fn handle(&mut self, Ask { mut asked, from, stop }: Ask, _: &mut Context<Seer>) -> Self::Result {
        asked.jobs = asked.jobs.clamp(1, self.jobs);
        let (scenario, folder, stage) = (self.scenario, self.folder.clone(), self.stage.clone());
        let work = async move {
            let standing = match from {
                None => Some(stage.send(Standing).await.map_err(|error| error.to_string())??),
                Some(_) => None,
            };
            let work = move || {
                let (standing, after) = match (standing, from) {
                    (Some(standing), _) => standing,
                    (None, until) => {
                        let how = Replay { until, ..Replay::default() };
                        let host = replay(scenario, &folder, &how).map_err(|error| error.to_string())?.host;
                        let after = host.sequence();
                        (host.into_run(), after)
                    }
                };
                let from = standing.now().as_ns();
                let results = compare(scenario, &standing, &asked, &Silent, Some(&*stop)).map_err(|error| error.to_string())?;
                Ok(Foreseen { results, from, after })
            };
            tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
        };
        AtomicResponse::new(Box::pin(actix::fut::wrap_future(work)))
    }
}

impl Handler<AsOf> for Seer {
    type Result = AtomicResponse<Seer, Result<Option<Value>, String>>;

    fn handle(&mut self, AsOf { twin, at }: AsOf, _: &mut Context<Seer>) -> Self::Result {
        let (scenario, folder) = (self.scenario, self.folder.clone());
        let work = move || {
            let how = Replay { until: Some(at), ..Replay::default() };
            let mut found = replay(scenario, &folder, &how).map_err(|error| error.to_string())?;
            Ok(glimpse(&mut found.host, &twin))
        };
        let work = async move { tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())? };
        AtomicResponse::new(Box::pin(actix::fut::wrap_future(work)))
    }
}
