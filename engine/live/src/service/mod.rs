//! A twin at the service of others: actix actors around its way in and its world.
//!
//! ```text
//! sources        HTTP, WebSocket, MQTT, files: events in batches, an answer once they are on disk
//!    |           a full mailbox pushes back
//! [`Desk`]       looks at them, journals them, one sync for all that wait       its own thread
//!    |           a world that lags behind pushes back
//! [`Stage`]      applies them to the world, tells effects, answers questions    its own thread
//!    |                  \
//! connectors      [`Seer`] futures of copies of the world                       threads of its own
//! ```
//!
//! Time comes from the desk alone, in the same mailbox as events, so that the world never is ahead of what is still to be
//! applied to it.

mod config;
mod desk;
mod seer;
mod stage;
mod status;

pub use config::{Carry, Config, Limits};
pub use desk::{Came, Desk, Erase, Events, Fates, NotTaken, PersonOf, Reach, Report as DeskReport, Stop as StopDesk};
pub use seer::{AsOf, Ask, Foreseen, Seer};
pub use stage::{Census, Look, Population, Recent, Search, Stage, Standing, Tell, Watch};
pub use status::Status;

use crate::error::LiveError;
use crate::folder::{Folder, Manifest};
use crate::moments::wall;
use crate::outlets;
use crate::twin::{Recovered, Twin};
use actix::prelude::*;
use rehearsal_scenario::Scenario;
use std::sync::Arc;

/// How long what is on its way out may take when the twin stops; what then still waits goes out at the next start.
const FINISH: std::time::Duration = std::time::Duration::from_secs(10);

/// A twin at work, and where to reach its parts.
#[derive(Clone)]
pub struct Service {
    /// The way in.
    pub desk: Addr<Desk>,
    /// The world.
    pub stage: Addr<Stage>,
    /// Who looks ahead and back.
    pub seer: Addr<Seer>,
    /// How it is.
    pub status: Arc<Status>,
    /// What it is the twin of.
    pub manifest: Arc<Manifest>,
    /// What leaves it.
    pub outbox: Arc<rehearsal_connect::Outbox>,
    /// The scenario.
    pub scenario: &'static Scenario,
    /// What is too much.
    pub limits: Limits,
    /// Where its data is.
    pub folder: Folder,
    arbiters: Arc<[ArbiterHandle]>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("manifest", &self.manifest).field("status", &self.status).finish_non_exhaustive()
    }
}

impl Service {
    /// Opens the twin and starts its actors. To be called inside of an actix system.
    ///
    /// The scenario stays for as long as the process does.
    ///
    /// # Errors
    /// As [`Twin::open`].
    pub fn start(scenario: &'static Scenario, manifest: Manifest, config: Config) -> Result<(Service, Recovered), LiveError> {
        let (twin, recovered) = Twin::open(scenario, &config.folder, manifest, config.journal)?;
        let manifest = Arc::new(twin.manifest().clone());
        let status = Arc::new(Status::new(wall()));
        let (intake, host) = twin.split();
        let outputs = scenario.live().map(|live| live.outputs.as_slice()).unwrap_or_default();
        let plans = outlets::plans(outputs, config.folder.path(), &intake.persons())?;
        let outbox = Arc::new(rehearsal_connect::Outbox::open(&config.folder.out(), plans)?);
        let carry = config.carry.clone().unwrap_or_else(|| outlets::carry(outbox.clone(), manifest.twin.clone(), host.origin()));
        let config = Config { carry: Some(carry), ..config };
        let (at_desk, on_stage, seeing) = (Arbiter::new(), Arbiter::new(), Arbiter::new());
        let arbiters = [at_desk.handle(), on_stage.handle(), seeing.handle()].into();
        let parts = stage::Parts::new(scenario, &config, status.clone());
        let stage = Supervisor::start_in_arbiter(&on_stage.handle(), move |context: &mut Context<Stage>| {
            context.set_mailbox_capacity(stage::MAILBOX);
            Stage::new(host, parts)
        });
        let parts = desk::Parts::new(&config, status.clone(), stage.clone());
        let desk = Supervisor::start_in_arbiter(&at_desk.handle(), move |context: &mut Context<Desk>| {
            context.set_mailbox_capacity(desk::MAILBOX);
            Desk::new(intake, parts)
        });
        let (to, folder, jobs, limits) = (stage.clone(), config.folder.clone(), config.jobs, config.limits);
        let seer = Supervisor::start_in_arbiter(&seeing.handle(), move |context: &mut Context<Seer>| {
            context.set_mailbox_capacity(seer::MAILBOX);
            Seer::new(scenario, to, folder, jobs)
        });
        stage.do_send(stage::Meet { desk: desk.clone() });
        let folder = config.folder;
        Ok((Service { desk, stage, seer, status, manifest, outbox, scenario, limits, folder, arbiters }, recovered))
    }

    /// Stops it: nothing more is taken, what was taken is applied, the world is kept. Gives its digest.
    ///
    /// # Errors
    /// What could not be kept; it then is found in the journal.
    pub async fn stop(&self) -> Result<u64, String> {
        let stopped = self.desk.send(StopDesk).await.map_err(|error| error.to_string())?;
        self.outbox.finish(FINISH).await;
        for arbiter in self.arbiters.iter() {
            arbiter.stop();
        }
        stopped
    }
}

/// Says something to whoever runs the twin, on standard error.
pub(crate) fn status_line(what: &str) {
    use std::io::Write;
    // That nobody can be told is no reason to stop.
    let _ = writeln!(std::io::stderr(), "rehearsal: {what}");
}
