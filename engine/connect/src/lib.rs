//! How a live twin reaches out, and its way in from MQTT.
//!
//! [`Outbox`] holds a durable queue and an actor for every connector: a webhook, a broker, a mail server or a file. What
//! was [offered](Outbox::offer) is on disk, is delivered **at least once** and carries the same key each time, so that
//! whoever receives it can drop a repetition. What cannot be delivered is put aside with the reason, and can be put back.
//!
//! [`MqttIn`] hears topics of a broker and hands messages on in batches. It confirms a message only when whoever took it
//! says that it is durable, so that nothing is lost when the twin ends; while nobody takes, it does not read on.
//!
//! It knows nothing of policies, profiles or scenarios: [`Outgoing`] and [`Arrived`] are all it hears and says.
//!
//! # Example
//!
//! ```
//! use rehearsal_connect::{ConnectError, ConnectorPlan, Endpoint, FileOut, Outbox, Outgoing};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path();
//! let left = actix::System::new().block_on(async {
//!     let file = Endpoint::File(FileOut { path: dir.join("contacts.ndjson") });
//!     let outbox = Outbox::open(&dir.join("out"), vec![ConnectorPlan::new("contacts", file)])?;
//!     outbox.offer("contacts", &[Outgoing {
//!         key: "twin/1".into(),
//!         number: 1,
//!         sort: "contact".into(),
//!         source: "twin".into(),
//!         subject: "car/17".into(),
//!         time: "2026-11-05T08:02:10Z".into(),
//!         data: serde_json::json!({"channel": "mail"}),
//!     }])?;
//!     while outbox.status()[0].delivered < 1 {
//!         tokio::time::sleep(Duration::from_millis(1)).await;
//!     }
//!     Ok::<_, ConnectError>(outbox.stop(Duration::from_secs(5)).await)
//! })?;
//! assert_eq!(left[0].waiting, 0);
//! assert!(std::fs::read_to_string(dir.join("contacts.ndjson"))?.contains("car/17"));
//! # Ok(())
//! # }
//! ```

mod backoff;
mod breaker;
mod broker;
mod connector;
mod course;
mod dead;
mod error;
mod mqtt_in;
mod outbox;
mod outgoing;
mod plan;
mod queue;
mod secret;
mod send;
mod status;
mod template;
mod tls;
mod topic;

/// A client for HTTP and HTTPS as webhooks use it, for a question that may take this long. To be made in an actix system.
#[must_use]
pub fn client(timeout: std::time::Duration) -> awc::Client {
    let connector = awc::Connector::new().timeout(timeout).rustls_0_23(tls::config());
    awc::Client::builder().connector(connector).timeout(timeout).disable_redirects().finish()
}

pub use breaker::{BreakerPlan, BreakerState};
pub use dead::DeadLetter;
pub use error::ConnectError;
pub use mqtt_in::{Arrived, Batch, Intake, MqttIn, MqttInPlan, MqttInStatus, intake, to_recipient};
pub use outbox::Outbox;
pub use outgoing::Outgoing;
pub use plan::{ConnectorPlan, Email, Endpoint, FileOut, Known, MqttOut, People, Webhook};
pub use queue::Offered;
pub use secret::Secret;
pub use status::ConnectorStatus;
pub use template::Template;
pub use topic::{TopicPattern, topic_filter, topic_matches, topic_parts};
