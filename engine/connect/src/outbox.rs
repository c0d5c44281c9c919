//! All the ways out of one twin.

use crate::connector::{Connector, Maker, Shared, Stop, Wake};
use crate::dead::DeadLetter;
use crate::error::ConnectError;
use crate::outgoing::Outgoing;
use crate::plan::ConnectorPlan;
use crate::queue::{Offered, Queue};
use crate::send::Way;
use crate::status::ConnectorStatus;
use actix::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// All the ways out of one twin: a durable queue and an actor for each connector.
///
/// What was offered is delivered at least once: an event that was sent but not confirmed, or confirmed but not yet
/// written down when the process ended, is sent again with the same key.
///
/// Offers may come from any thread. Dropping an outbox cuts off what is under way; [`Outbox::stop`] finishes it.
pub struct Outbox {
    connectors: BTreeMap<String, Handle>,
}

struct Handle {
    shared: Arc<Shared>,
    /// Gone when it is stopped.
    actor: Option<Addr<Connector>>,
    arbiter: Option<Arbiter>,
}

impl Outbox {
    /// Opens the queues in `dir`, one folder for each connector, and starts to deliver what waits in them. Call it in an
    /// actix system; each connector gets a thread.
    ///
    /// The queue of a connector that is in no plan any more stays where it is.
    ///
    /// # Errors
    ///
    /// A plan cannot be carried out, two have one name, a queue is damaged or open elsewhere, or there is no actix
    /// system. Nothing is started then.
    pub fn open(dir: &Path, plans: Vec<ConnectorPlan>) -> Result<Self, ConnectError> {
        let make = |plan: &ConnectorPlan| -> Maker {
            let (name, endpoint) = (plan.name.clone(), plan.endpoint.clone());
            Arc::new(move || Way::new(&name, &endpoint))
        };
        Self::open_with(dir, plans, make)
    }

    pub(crate) fn open_with(
        dir: &Path,
        plans: Vec<ConnectorPlan>,
        make: impl Fn(&ConnectorPlan) -> Maker,
    ) -> Result<Self, ConnectError> {
        System::try_current().ok_or(ConnectError::NoSystem)?;
        let mut opened: BTreeMap<String, Arc<Shared>> = BTreeMap::new();
        for plan in plans {
            plan.check()?;
            if opened.contains_key(&plan.name) {
                return Err(ConnectError::Plan { name: plan.name, reason: "there are two connectors of this name".into() });
            }
            let queue = Queue::open(&dir.join(&plan.name))?;
            opened.insert(plan.name.clone(), Arc::new(Shared::new(plan, queue)));
        }
        let start = |(name, shared): (String, Arc<Shared>)| {
            let arbiter = Arbiter::new();
            let (theirs, make) = (Arc::clone(&shared), make(&shared.plan));
            let actor = Supervisor::start_in_arbiter(&arbiter.handle(), move |_| Connector::new(theirs, make));
            (name, Handle { shared, actor: Some(actor), arbiter: Some(arbiter) })
        };
        Ok(Self { connectors: opened.into_iter().map(start).collect() })
    }

    /// Puts events into the queue of the connector `name`; they are on disk when this returns. Events whose number is not
    /// above all that were offered to this connector before are known, and ignored: what is offered again after a crash
    /// is not twice in the queue.
    ///
    /// Waits for the disk once, whatever the number of events.
    ///
    /// # Errors
    ///
    /// There is no such connector, numbers do not rise, an event is longer than 4 MiB, or the disk fails. None of the
    /// events is taken then.
    pub fn offer(&self, name: &str, events: &[Outgoing]) -> Result<Offered, ConnectError> {
        let handle = self.handle(name)?;
        let actor = handle.actor.as_ref().ok_or_else(|| ConnectError::Stopped { name: name.into() })?;
        let offered = handle.shared.queue().offer(name, events)?;
        if offered.taken > 0 {
            // A full mailbox holds another such message already.
            let _ = actor.try_send(Wake);
        }
        Ok(offered)
    }

    /// Puts the dead letters of the connector `name` back into its queue, behind what waits, with fresh attempts. Says how
    /// many.
    ///
    /// # Errors
    ///
    /// There is no such connector, or the disk fails; what was not put back is put back when the outbox is opened again.
    pub fn retry_dead(&self, name: &str) -> Result<u64, ConnectError> {
        let handle = self.handle(name)?;
        let actor = handle.actor.as_ref().ok_or_else(|| ConnectError::Stopped { name: name.into() })?;
        let back = handle.shared.queue().retry_dead()?;
        let _ = actor.try_send(Wake);
        Ok(back)
    }

    /// The first `most` dead letters of the connector `name`.
    ///
    /// # Errors
    ///
    /// There is no such connector, or their file cannot be read.
    pub fn dead_letters(&self, name: &str, most: usize) -> Result<Vec<DeadLetter>, ConnectError> {
        self.handle(name)?.shared.queue().dead_letters(most)
    }

    /// How all connectors are, by name.
    #[must_use]
    pub fn status(&self) -> Vec<ConnectorStatus> {
        self.connectors.values().map(|handle| handle.shared.status()).collect()
    }

    /// Begins nothing more, finishes what is under way within `limit`, and closes the queues. What then still waits is
    /// delivered when the outbox is opened again. Gives how all connectors were left.
    pub async fn stop(mut self, limit: Duration) -> Vec<ConnectorStatus> {
        let status = self.finish(limit).await;
        self.end();
        status
    }

    /// As [`Outbox::stop`], where others hold it too: the queues are closed when the last of them lets go of it.
    pub async fn finish(&self, limit: Duration) -> Vec<ConnectorStatus> {
        let stops = self.connectors.values().filter_map(|handle| Some(handle.actor.as_ref()?.send(Stop { limit })));
        futures_util::future::join_all(stops.collect::<Vec<_>>()).await;
        self.status()
    }

    fn handle(&self, name: &str) -> Result<&Handle, ConnectError> {
        let known = || self.connectors.keys().cloned().collect::<Vec<_>>().join(", ");
        self.connectors.get(name).ok_or_else(|| ConnectError::Unknown { name: name.into(), known: known() })
    }

    #[cfg(test)]
    pub(crate) async fn break_actor(&self, name: &str) {
        if let Some(actor) = &self.connectors[name].actor {
            let _ = actor.send(crate::connector::Break).await;
        }
    }

    /// Ends the threads, and with them what they hold of the queues.
    fn end(&mut self) {
        for handle in self.connectors.values_mut() {
            handle.actor = None;
            if let Some(arbiter) = handle.arbiter.take() {
                arbiter.stop();
                // It ends when it has dropped its tasks. One that panicked has ended too.
                let _ = arbiter.join();
                // So that less is sent again; what the disk says can be told to nobody any more.
                let _ = handle.shared.queue().commit();
            }
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.end();
    }
}
