//! The way in from MQTT: an actor that hears topics of a broker.
//!
//! The client is rumqttc-next (MQTT 5): it leaves the acknowledging to us, its channels are bounded, and what is not
//! acknowledged stays with the broker.

mod nothing;
mod session;

use crate::broker::Broker;
use crate::error::ConnectError;
use crate::secret::Secret;
use actix::prelude::*;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// What to hear, and from where.
#[derive(Clone, Debug)]
pub struct MqttInPlan {
    /// Its name, in errors.
    pub name: String,
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub broker: String,
    /// Under this name the broker keeps what was not acknowledged. Unique at the broker, and the same at every start.
    pub client: String,
    /// Who connects.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// Filters of topics, with `+` and `#`; [`topic_filter`](crate::topic_filter) makes them from patterns.
    pub topics: Vec<String>,
    /// How long the broker keeps messages while nobody is connected.
    pub session_expiry: Duration,
    /// So many messages may be on their way here without being acknowledged; the broker sends no more.
    pub receive_maximum: u16,
    /// The largest batch \[messages\].
    pub batch: usize,
    /// The longest message \[bytes\].
    pub longest: u32,
    /// How often to show the broker that somebody is there.
    pub keep_alive: Duration,
    /// How long to wait before connecting again; twice as long each time.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl MqttInPlan {
    /// A plan with a session of a day, 1024 messages on their way, batches of 256, messages of up to 1 MiB, and waits from
    /// 0.5 s to 30 s.
    #[must_use]
    pub fn new(name: impl Into<String>, broker: impl Into<String>, client: impl Into<String>, topics: Vec<String>) -> Self {
        Self {
            name: name.into(),
            broker: broker.into(),
            client: client.into(),
            user: None,
            password: None,
            topics,
            session_expiry: Duration::from_secs(86_400),
            receive_maximum: 1024,
            batch: 256,
            longest: 1 << 20,
            keep_alive: Duration::from_secs(30),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }

    /// Finds what cannot be, before anything is started.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Plan`] with what is wrong and what is allowed.
    pub fn check(&self) -> Result<(), ConnectError> {
        self.faults().map_err(|reason| ConnectError::Plan { name: self.name.clone(), reason })
    }

    fn faults(&self) -> Result<(), String> {
        Broker::parse(&self.broker)?;
        if self.client.is_empty() || self.client.len() > 256 {
            return Err("the name of the client has 1 to 256 bytes: under it the broker keeps what was not acknowledged".into());
        }
        if self.topics.is_empty() {
            return Err("no topics: give at least one filter, such as `cars/#`".into());
        }
        for filter in &self.topics {
            if !rumqttc::mqttbytes::valid_filter(filter) {
                return Err(format!("`{filter}` is no filter of topics: `+` is a whole level, `#` the last one"));
            }
        }
        if self.receive_maximum == 0 || self.batch == 0 {
            return Err("receive maximum and batch are at least 1".into());
        }
        if self.longest_wait < self.first_wait {
            return Err(format!("the longest wait {:?} is shorter than the first {:?}", self.longest_wait, self.first_wait));
        }
        if !(1..=65_535).contains(&self.keep_alive.as_secs()) {
            return Err(format!("keep alive {:?}: 1 s to 65535 s are allowed", self.keep_alive));
        }
        if self.password.is_some() && self.user.is_none() {
            return Err("a password without a user".into());
        }
        Ok(())
    }
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub payload: Bytes,
    /// In which form.
    pub content_type: Option<String>,
    /// What its sender added, in order; a name may come twice.
    pub properties: Vec<(String, String)>,
    /// Whether the broker sent it before. Without the mark a message may be a repetition all the same, if its sender
    /// repeated it.
    pub duplicate: bool,
    /// Whether the broker had kept it as the last one of its topic.
    pub retained: bool,
}

/// Messages that came, in their order, for an actor. It answers `Ok` when all of them are durable or put aside for good;
/// an error makes the same batch come again after a while. It may take its time: nothing is acknowledged and little is
/// read meanwhile.
#[derive(Message)]
#[rtype(result = "Result<(), String>")]
pub struct Batch(
    /// The messages.
    pub Vec<Arrived>,
);

/// Takes batches; see [`Batch`] for what its answer means. One batch at a time.
pub type Intake = Box<dyn Fn(Vec<Arrived>) -> LocalBoxFuture<'static, Result<(), String>> + Send>;

/// An [`Intake`] from an async function.
pub fn intake<F, R>(take: F) -> Intake
where
    F: Fn(Vec<Arrived>) -> R + Send + 'static,
    R: Future<Output = Result<(), String>> + 'static,
{
    Box::new(move |batch| Box::pin(take(batch)))
}

/// An [`Intake`] that hands batches to an actor. A full mailbox makes it wait; one that is closed is an error.
#[must_use]
pub fn to_recipient(recipient: Recipient<Batch>) -> Intake {
    intake(move |batch| {
        let sent = recipient.send(Batch(batch));
        async move { sent.await.unwrap_or_else(|error| Err(format!("whoever takes the messages is gone: {error}"))) }
    })
}

/// How a way in is, for health pages and metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MqttInStatus {
    /// Whether it is connected and has subscribed.
    pub connected: bool,
    /// How often it connected again after the first time.
    pub reconnects: u64,
    /// Messages that came, repetitions included.
    pub received: u64,
    /// Messages that were taken and acknowledged.
    pub acknowledged: u64,
    /// Messages that are here and not acknowledged yet.
    pub lag: u64,
    /// Since when the oldest of them is here.
    pub oldest: Option<SystemTime>,
    /// Why it is not connected, or why a batch was not taken; the last time that happened.
    pub last_failure: Option<String>,
}

/// What the handle and the session share.
#[derive(Default)]
pub(crate) struct Shared(Mutex<MqttInStatus>);

impl Shared {
    pub(crate) fn get(&self) -> MutexGuard<'_, MqttInStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way in from a broker: an actor in a thread of its own.
///
/// Messages come at least once, as far as they were published with QoS 1 or 2; those of QoS 0 may be lost, and push back
/// on the connection when nobody takes them. Dropping it leaves what is not acknowledged with the broker.
pub struct MqttIn {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
    actor: Option<Addr<Gateway>>,
    arbiter: Option<Arbiter>,
}

impl MqttIn {
    /// Starts to connect, and to hand on what comes. Call it in an actix system.
    ///
    /// # Errors
    ///
    /// The plan cannot be carried out, or there is no actix system. A broker that is not there is no error: it is tried
    /// again.
    pub fn start(plan: MqttInPlan, intake: Intake) -> Result<Self, ConnectError> {
        plan.check()?;
        System::try_current().ok_or(ConnectError::NoSystem)?;
        let shared = Arc::new(Shared::default());
        let (stop, stopping) = watch::channel(false);
        let (end, ended) = watch::channel(false);
        let arbiter = Arbiter::new();
        let theirs = Arc::clone(&shared);
        let actor = Supervisor::start_in_arbiter(&arbiter.handle(), move |_| Gateway {
            plan: Rc::new(plan),
            intake: Rc::new(intake),
            shared: theirs,
            stopping,
            end,
        });
        Ok(Self { shared, stop, ended, actor: Some(actor), arbiter: Some(arbiter) })
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> MqttInStatus {
        self.shared.get().clone()
    }

    /// Reads no more, waits until the batch that was handed on is taken, for at most `limit`, acknowledges it and
    /// disconnects. What was not acknowledged stays with the broker for the next start.
    pub async fn stop(mut self, limit: Duration) -> MqttInStatus {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(limit, self.ended.wait_for(|ended| *ended)).await;
        self.end();
        self.status()
    }

    fn end(&mut self) {
        self.actor = None;
        if let Some(arbiter) = self.arbiter.take() {
            arbiter.stop();
            let _ = arbiter.join();
        }
        self.shared.get().connected = false;
    }
}

impl Drop for MqttIn {
    fn drop(&mut self) {
        self.end();
    }
}

/// The actor: keeps one session going, and starts it again should it panic.
struct Gateway {
    plan: Rc<MqttInPlan>,
    intake: Rc<Intake>,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
    end: watch::Sender<bool>,
}

impl Actor for Gateway {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let session = session::Session {
            plan: Rc::clone(&self.plan),
            intake: Rc::clone(&self.intake),
            shared: Arc::clone(&self.shared),
            stopping: self.stopping.clone(),
        };
        let task = actix_rt::spawn(session.run());
        let wait = self.plan.longest_wait;
        ctx.spawn(task.into_actor(self).map(move |ended, me, ctx| {
            if ended.is_ok() {
                let _ = me.end.send(true);
            } else {
                me.shared.get().last_failure = Some("the session ended in a panic".into());
                // The supervisor starts it again.
                ctx.run_later(wait, |_, ctx| ctx.stop());
            }
        }));
    }
}

impl Supervised for Gateway {}
