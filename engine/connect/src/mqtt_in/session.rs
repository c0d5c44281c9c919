//! The course of a way in: connect, hand on, acknowledge, connect again.
//!
//! Each connection has a client of its own. An acknowledgement names a message by a number that is good in one
//! connection; with the client it is forgotten, and cannot reach the next connection, where the broker sends again what
//! was not acknowledged.

use super::nothing::NothingSent;
use super::{Arrived, Intake, MqttInPlan, Shared};
use crate::backoff::Backoff;
use crate::broker::Broker;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{Packet, Publish, RetainForwardRule, SubscribeReasonCode};
use rumqttc::{AckMode, AsyncClient, ClientError, Event, EventLoop, IncomingPacketSizeLimit, SubscribeFilter};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};

/// How long a DISCONNECT may take.
const CLOSING: Duration = Duration::from_secs(2);
/// When to try again to acknowledge, where the connection had no room.
const SOON: Duration = Duration::from_millis(1);

pub(super) struct Session {
    pub(super) plan: Rc<MqttInPlan>,
    pub(super) intake: Rc<Intake>,
    pub(super) shared: Arc<Shared>,
    pub(super) stopping: watch::Receiver<bool>,
}

/// What the connection says.
enum Said {
    Subscribed,
    Message(Publish),
    Lost(String),
}

/// A batch that is being taken: ends when it was, or when it is given up because the connection is gone.
type Taking = LocalBoxFuture<'static, bool>;

/// Messages with when they came.
type Messages = Vec<(Publish, SystemTime)>;

/// One connection and what is on its way from it.
struct Link {
    client: AsyncClient,
    said: mpsc::Receiver<Said>,
    /// Whether the connection is gone.
    gone: watch::Receiver<bool>,
    /// Messages that were not handed on yet.
    here: VecDeque<(Publish, SystemTime)>,
    /// The batch that is being taken.
    taking: Option<(Taking, Messages)>,
    /// Messages that were taken and are to be acknowledged.
    owed: VecDeque<(Publish, SystemTime)>,
}

impl Session {
    pub(super) async fn run(mut self) {
        let backoff = Backoff { first: self.plan.first_wait, longest: self.plan.longest_wait };
        let (mut failures, mut connections) = (0, 0_u64);
        while !*self.stopping.borrow() {
            let reason = self.connected(&mut failures, &mut connections).await;
            {
                let mut status = self.shared.get();
                (status.connected, status.lag, status.oldest) = (false, 0, None);
                status.last_failure = reason.clone().or(status.last_failure.take());
            }
            if reason.is_none() {
                return;
            }
            failures += 1;
            let wait = backoff.wait(&self.plan.client, failures);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.stopping.wait_for(|stopping| *stopping) => {}
            }
        }
    }

    /// One connection from its beginning to its end. Says why it was lost, or nothing if it was to stop.
    async fn connected(&self, failures: &mut u32, connections: &mut u64) -> Option<String> {
        let (client, events) = match self.client().await {
            Ok(pair) => pair,
            Err(reason) => return Some(reason),
        };
        // A broker that keeps to what it may send never fills this; while it is full, the connection is not read.
        let (sender, said) = mpsc::channel(usize::from(self.plan.receive_maximum) + 16);
        let driver = actix_rt::spawn(drive(events, sender));
        let (lost, gone) = watch::channel(false);
        let mut link = Link { client, said, gone, here: VecDeque::new(), taking: None, owed: VecDeque::new() };
        let reason = self.course(&mut link, failures, connections).await;
        // Never two batches at once: what is being taken is waited for. It comes again, as it is not acknowledged.
        let _ = lost.send(true);
        if let Some((future, _)) = link.taking.take() {
            future.await;
        }
        if reason.is_none() && link.client.disconnect().await.is_ok() {
            let _ = tokio::time::timeout(CLOSING, async { while link.said.recv().await.is_some() {} }).await;
        }
        driver.abort();
        reason
    }

    async fn course(&self, link: &mut Link, failures: &mut u32, connections: &mut u64) -> Option<String> {
        let room = usize::from(self.plan.receive_maximum).max(self.plan.batch);
        let mut stop = self.stopping.clone();
        loop {
            if let Err(reason) = self.acknowledge(link) {
                return Some(reason);
            }
            let stopping = *self.stopping.borrow();
            if stopping {
                // They stay with the broker.
                link.here.clear();
                if link.taking.is_none() && link.owed.is_empty() {
                    return None;
                }
            } else if link.taking.is_none() {
                self.hand_on(link);
            }
            self.count(link);
            let Link { said, here, taking, owed, .. } = link;
            tokio::select! {
                word = said.recv(), if here.len() < room => match word {
                    Some(Said::Subscribed) => {
                        let mut status = self.shared.get();
                        (status.connected, status.reconnects) = (true, *connections);
                        *connections += 1;
                        *failures = 0;
                    }
                    Some(Said::Message(message)) => {
                        self.shared.get().received += 1;
                        here.push_back((message, SystemTime::now()));
                    }
                    Some(Said::Lost(reason)) => return Some(reason),
                    None => return Some("the connection to the broker ended".into()),
                },
                done = taken(taking) => {
                    let messages = taking.take().map(|(_, messages)| messages).unwrap_or_default();
                    if done {
                        owed.extend(messages);
                    }
                }
                () = tokio::time::sleep(SOON), if !owed.is_empty() => {}
                _ = stop.wait_for(|stop| *stop), if !stopping => {}
            }
        }
    }

    async fn client(&self) -> Result<(AsyncClient, EventLoop), String> {
        let plan = &self.plan;
        let broker = Broker::parse(&plan.broker)?;
        let mut options =
            broker.options(&plan.client, plan.user.as_deref(), plan.password.as_ref()).map_err(|error| error.to_string())?;
        let session_expiry = u32::try_from(plan.session_expiry.as_secs()).unwrap_or(u32::MAX);
        options
            .set_clean_start(false)
            .set_session_expiry_interval(Some(session_expiry))
            .set_receive_maximum(Some(plan.receive_maximum))
            .set_incoming_packet_size_limit(IncomingPacketSizeLimit::Bytes(plan.longest))
            .set_keep_alive(u16::try_from(plan.keep_alive.as_secs()).unwrap_or(u16::MAX))
            .set_ack_mode(AckMode::Manual)
            .set_session_store(NothingSent { client: plan.client.clone(), session_expiry });
        // Room for every acknowledgement that a broker which keeps to its limit can be owed.
        let room = usize::from(plan.receive_maximum) + 16;
        let (client, events) = AsyncClient::builder(options).capacity(room).try_build().map_err(|error| error.to_string())?;
        let filters = plan.topics.iter().map(|topic| {
            // A message that was kept comes when a topic is heard for the first time, not at every connection.
            let mut filter = SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce);
            filter.retain_forward_rule = RetainForwardRule::OnNewSubscribe;
            filter
        });
        client.subscribe_many(filters.collect::<Vec<_>>()).await.map_err(|error| error.to_string())?;
        Ok((client, events))
    }

    /// Hands on what is here, as one batch.
    fn hand_on(&self, link: &mut Link) {
        if link.here.is_empty() {
            return;
        }
        let count = link.here.len().min(self.plan.batch);
        let messages: Vec<(Publish, SystemTime)> = link.here.drain(..count).collect();
        let batch: Vec<Arrived> = messages.iter().map(|(message, _)| arrived(message)).collect();
        let (intake, shared) = (Rc::clone(&self.intake), Arc::clone(&self.shared));
        let backoff = Backoff { first: self.plan.first_wait, longest: self.plan.longest_wait };
        let client = self.plan.client.clone();
        let (mut gone, mut stopping) = (link.gone.clone(), self.stopping.clone());
        let taking = async move {
            let mut failures = 0;
            loop {
                let taken = async { intake(batch.clone()).await };
                let reason = match AssertUnwindSafe(taken).catch_unwind().await {
                    Ok(Ok(())) => return true,
                    Ok(Err(reason)) => reason,
                    Err(_) => "whoever takes the messages ended in a panic".into(),
                };
                shared.get().last_failure = Some(format!("a batch was not taken: {reason}"));
                failures += 1;
                tokio::select! {
                    () = tokio::time::sleep(backoff.wait(&client, failures)) => {}
                    _ = gone.wait_for(|gone| *gone) => return false,
                    _ = stopping.wait_for(|stopping| *stopping) => return false,
                }
            }
        };
        link.taking = Some((Box::pin(taking), messages));
    }

    /// Acknowledges what was taken, as far as the connection has room; the rest waits.
    fn acknowledge(&self, link: &mut Link) -> Result<(), String> {
        while let Some((message, _)) = link.owed.front() {
            match link.client.try_ack(message) {
                Ok(()) => {}
                Err(ClientError::RequestChannelFull(_)) => break,
                Err(error) => return Err(format!("a message could not be acknowledged: {error}")),
            }
            link.owed.pop_front();
            self.shared.get().acknowledged += 1;
        }
        Ok(())
    }

    fn count(&self, link: &Link) {
        let taken = link.taking.as_ref().map_or(&[][..], |(_, messages)| messages.as_slice());
        let mut status = self.shared.get();
        status.lag = (link.here.len() + taken.len() + link.owed.len()) as u64;
        let oldest = link.owed.front().or(taken.first()).or(link.here.front());
        status.oldest = oldest.map(|(_, since)| *since);
    }
}

async fn taken(taking: &mut Option<(Taking, Messages)>) -> bool {
    match taking {
        Some((future, _)) => future.await,
        None => std::future::pending().await,
    }
}

fn arrived(message: &Publish) -> Arrived {
    let properties = message.properties.clone().unwrap_or_default();
    Arrived {
        topic: String::from_utf8_lossy(&message.topic).into_owned(),
        payload: message.payload.clone(),
        content_type: properties.content_type,
        properties: properties.user_properties,
        duplicate: message.dup,
        retained: message.retain,
    }
}

/// Reads the connection until it ends or nobody listens.
async fn drive(mut events: EventLoop, said: mpsc::Sender<Said>) {
    loop {
        let word = match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(message))) => Said::Message(message),
            Ok(Event::Incoming(Packet::SubAck(answer))) => {
                let refused = answer.return_codes.iter().find(|code| !matches!(code, SubscribeReasonCode::Success(_)));
                match refused {
                    None => Said::Subscribed,
                    Some(code) => Said::Lost(format!("the broker refused a topic: {code:?}")),
                }
            }
            Ok(_) => continue,
            Err(error) => Said::Lost(format!("the broker: {error}")),
        };
        let last = matches!(word, Said::Lost(_));
        if said.send(word).await.is_err() || last {
            return;
        }
    }
}
