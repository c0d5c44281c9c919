//! The state of a client that sends nothing of its own.
//!
//! The client wants to know, when the broker has kept a session, what it had sent and not heard confirmed; without an
//! answer it would refuse the session or could not subscribe. Here the answer is always: nothing. Acknowledgements are
//! forgotten with their connection, and subscriptions are made at each.

use rumqttc::{PersistedAckMode, PersistedSession, SessionStore, SessionStoreError, SessionStoreKey};
use std::future::ready;
use std::pin::Pin;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

#[derive(Debug)]
pub(super) struct NothingSent {
    pub(super) client: String,
    pub(super) session_expiry: u32,
}

impl SessionStore for NothingSent {
    fn load<'a>(&'a self, _: &'a SessionStoreKey) -> Answer<'a, Option<PersistedSession>> {
        let session = PersistedSession {
            format_version: 1,
            client_id: self.client.clone(),
            clean_start: false,
            session_expiry_interval: Some(self.session_expiry),
            outgoing_inflight_upper_limit: None,
            ack_mode: PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> Answer<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> Answer<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
