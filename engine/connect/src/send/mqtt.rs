//! A message to a broker per event.
//!
//! The client is rumqttc-next: its bounded client tells when the broker has confirmed each message. A connection that is
//! lost is forgotten whole: what it had not confirmed is tried again by the connector, so that the client keeps nothing
//! of its own.

use crate::broker::Broker;
use crate::course::Outcome;
use crate::outgoing::Outgoing;
use crate::plan::MqttOut;
use crate::template::Template;
use bytes::Bytes;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{PubAckReason, PubRecReason, PublishProperties};
use rumqttc::{AsyncClient, EventLoop, PublishNoticeError, PublishOptions};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Requests that wait for the connection; senders wait beyond that.
const REQUESTS: usize = 64;
/// How long the end of a connection may take.
const CLOSING: Duration = Duration::from_secs(2);

pub(crate) struct Publisher {
    plan: MqttOut,
    broker: Broker,
    topic: Template,
    qos: QoS,
    /// Differs from process to process: two connections of one name would push each other out.
    client: String,
    live: RefCell<Option<Rc<Live>>>,
}

struct Live {
    client: AsyncClient,
    task: AbortHandle,
    /// Why the connection ended, once it has.
    ended: watch::Sender<Option<String>>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Publisher {
    pub(crate) fn new(name: &str, plan: &MqttOut) -> Result<Self, String> {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
        let client = format!("rehearsal-{name}-{:08x}-{nanos:x}", std::process::id());
        let qos = match plan.qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        Ok(Self {
            plan: plan.clone(),
            broker: Broker::parse(&plan.broker)?,
            topic: Template::parse(&plan.topic)?,
            qos,
            client,
            live: RefCell::default(),
        })
    }

    pub(crate) async fn send(&self, event: &Outgoing) -> Outcome {
        let topic = match self.topic.fill(event) {
            Ok(topic) if topic.is_empty() || topic.len() > 65_535 || topic.contains(['+', '#', '\0']) => {
                return Outcome::Unfit(format!("`{topic}` is no topic: it is empty or too long, or holds `+`, `#` or a zero"));
            }
            Ok(topic) => topic,
            Err(reason) => return Outcome::Unfit(reason),
        };
        let body = match serde_json::to_vec(&event.data) {
            Ok(body) => body,
            Err(error) => return Outcome::Unfit(format!("the data is no JSON: {error}")),
        };
        let live = match self.live() {
            Ok(live) => live,
            Err(reason) => return Outcome::failed(reason),
        };
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            content_type: Some("application/json".into()),
            user_properties: event.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(self.qos).properties(properties);
        let published = async {
            let notice = live.client.publish_tracked(topic, Bytes::from(body), options).await;
            match notice {
                Ok(notice) => notice.wait_async().await.map(drop).map_err(|error| judged(&error, &live)),
                Err(_) => Err(Outcome::failed(live.why())),
            }
        };
        // What waits in the channel of a connection that ended is told nothing.
        let published = async {
            tokio::select! {
                biased;
                told = published => told,
                () = live.over() => Err(Outcome::failed(live.why())),
            }
        };
        match tokio::time::timeout(self.plan.timeout, published).await {
            Ok(Ok(())) => Outcome::Delivered,
            Ok(Err(outcome)) => outcome,
            Err(_) => {
                // It hangs: the next attempt gets a new connection.
                let current = self.live.borrow().as_ref().is_some_and(|current| Rc::ptr_eq(current, &live));
                if current {
                    self.live.borrow_mut().take();
                }
                Outcome::failed(format!("not confirmed within {:?}; {}", self.plan.timeout, live.why()))
            }
        }
    }

    /// The connection, or a new one where it has ended.
    fn live(&self) -> Result<Rc<Live>, String> {
        if let Some(live) = self.live.borrow().as_ref().filter(|live| live.ended.borrow().is_none()) {
            return Ok(Rc::clone(live));
        }
        let options = self.broker.options(&self.client, self.plan.user.as_deref(), self.plan.password.as_ref());
        let options = options.map_err(|error| error.to_string())?;
        let (client, events) = AsyncClient::builder(options).capacity(REQUESTS).try_build().map_err(|error| error.to_string())?;
        let live = Rc::new_cyclic(|weak: &std::rc::Weak<Live>| {
            let weak = weak.clone();
            let task = tokio::task::spawn_local(async move {
                let reason = drive(events).await;
                if let Some(live) = weak.upgrade() {
                    live.ended.send_replace(Some(reason));
                }
            });
            Live { client, task: task.abort_handle(), ended: watch::Sender::new(None) }
        });
        self.live.replace(Some(Rc::clone(&live)));
        Ok(live)
    }

    pub(crate) async fn close(&self) {
        let Some(live) = self.live.borrow_mut().take() else { return };
        let ended = async {
            if live.client.disconnect().await.is_ok() {
                live.over().await;
            }
        };
        let _ = tokio::time::timeout(CLOSING, ended).await;
    }
}

impl Live {
    /// Ends when the connection does.
    async fn over(&self) {
        // The sender lives as long as this.
        let _ = self.ended.subscribe().wait_for(Option::is_some).await;
    }

    fn why(&self) -> String {
        self.ended.borrow().clone().unwrap_or_else(|| "the connection to the broker ended".into())
    }
}

/// Keeps the connection going until it ends, and says why it did.
async fn drive(mut events: EventLoop) -> String {
    loop {
        if let Err(error) = events.poll().await {
            return format!("the broker: {error}");
        }
    }
}

/// What it means that a message was not confirmed.
fn judged(error: &PublishNoticeError, live: &Live) -> Outcome {
    let reason = format!("the broker answered: {error}");
    match error {
        PublishNoticeError::V5PubAck(PubAckReason::QuotaExceeded) | PublishNoticeError::V5PubRec(PubRecReason::QuotaExceeded) => {
            Outcome::Later { reason, after: None, busy: true }
        }
        PublishNoticeError::V5PubAck(
            PubAckReason::NotAuthorized | PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid,
        )
        | PublishNoticeError::V5PubRec(
            PubRecReason::NotAuthorized | PubRecReason::TopicNameInvalid | PubRecReason::PayloadFormatInvalid,
        ) => Outcome::Refused(reason),
        PublishNoticeError::V5PubAck(_) | PublishNoticeError::V5PubRec(_) | PublishNoticeError::V5PubComp(_) => {
            Outcome::failed(reason)
        }
        _ => Outcome::failed(live.why()),
    }
}
