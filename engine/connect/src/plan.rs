//! Where a connector delivers to, and how hard it tries.

use crate::breaker::BreakerPlan;
use crate::broker::Broker;
use crate::error::ConnectError;
use crate::secret::Secret;
use crate::template::Template;
use serde_json::{Map, Value};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where events go.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// An HTTP POST per event.
    Webhook(Webhook),
    /// A message to a broker per event.
    Mqtt(MqttOut),
    /// An e-mail per event.
    Email(Email),
    /// A line of a file per event.
    File(FileOut),
}

/// An HTTP POST per event: CloudEvents in binary mode, the data as JSON body, the key as `Idempotency-Key`.
#[derive(Clone)]
pub struct Webhook {
    /// Where to, `http://` or `https://`. Its path may be a secret: `Debug` shows the host alone, and no error shows more.
    pub url: String,
    /// Further headers, such as `authorization`.
    pub headers: Vec<(String, Secret)>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// A message to an MQTT 5 broker per event: attributes as user properties, the data as JSON.
#[derive(Clone, Debug)]
pub struct MqttOut {
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub broker: String,
    /// The topic, a [`Template`].
    pub topic: String,
    /// 0, 1 or 2; with 0 a message may be lost on the way.
    pub qos: u8,
    /// Who connects.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// An e-mail per event.
#[derive(Clone, Debug)]
pub struct Email {
    /// `smtps://host:port`, `smtp://host:port?tls=required` (STARTTLS) or `smtp://host:port` (in clear).
    pub server: String,
    /// Who sends.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// The sender's address.
    pub from: String,
    /// The receivers' addresses, with commas between them: a [`Template`], such as `{data.email}`.
    pub to: String,
    /// The subject line, a [`Template`].
    pub subject: String,
    /// The text, a [`Template`]; without one the data's `text`, or all of the data as JSON.
    pub body: Option<String>,
    /// What is known of whom an event is for, for templates as `{data.person.NAME}`. It is looked up when an e-mail is
    /// written, and kept nowhere.
    pub people: Option<People>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// What is known of whoever has a name.
pub type Known = dyn Fn(&str) -> Map<String, Value> + Send + Sync;

/// Says what is known of a person, by the subject of events for her.
#[derive(Clone)]
pub struct People(pub Arc<Known>);

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People")
    }
}

/// A line of JSON per event, a CloudEvent in structured mode.
#[derive(Clone, Debug)]
pub struct FileOut {
    /// The file. It is made if it is not there, and only ever added to.
    pub path: PathBuf,
}

/// One connector: a name, where to, and how hard to try.
#[derive(Clone, Debug)]
pub struct ConnectorPlan {
    /// Its name, and that of its folder: small letters, digits, `-` and `_`.
    pub name: String,
    /// Where to.
    pub endpoint: Endpoint,
    /// So many attempts, at least 1; then the event is put aside as dead.
    pub attempts: u32,
    /// How long to wait after the first failure; twice as long after each further one.
    pub first_wait: Duration,
    /// The longest wait between two attempts. What `Retry-After` asks for may be longer, up to a day.
    pub longest_wait: Duration,
    /// When to leave the endpoint alone.
    pub breaker: BreakerPlan,
    /// So many events may be under way at once, from 1 to 1024, those that wait for their next attempt included. With 1
    /// they arrive in the order of their numbers; with more they are begun in that order.
    pub in_flight: usize,
}

impl ConnectorPlan {
    /// A plan with 10 attempts, waits from 1 s to 5 min, a breaker that opens for 30 s after 5 failures, and one event at
    /// a time.
    #[must_use]
    pub fn new(name: impl Into<String>, endpoint: Endpoint) -> Self {
        Self {
            name: name.into(),
            endpoint,
            attempts: 10,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
            breaker: BreakerPlan { failures: 5, open_for: Duration::from_secs(30) },
            in_flight: 1,
        }
    }

    /// Finds what no connector can do, before anything is opened.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Plan`] with what is wrong and what is allowed.
    pub fn check(&self) -> Result<(), ConnectError> {
        self.faults().map_err(|reason| ConnectError::Plan { name: self.name.clone(), reason })
    }

    fn faults(&self) -> Result<(), String> {
        let proper = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(proper) {
            return Err("a name has 1 to 64 small letters, digits, `-` or `_`: it names a folder".into());
        }
        if self.attempts == 0 {
            return Err("0 attempts: at least 1 is needed".into());
        }
        if !(1..=1024).contains(&self.in_flight) {
            return Err(format!("{} in flight: 1 to 1024 are allowed", self.in_flight));
        }
        if self.longest_wait < self.first_wait {
            return Err(format!("the longest wait {:?} is shorter than the first {:?}", self.longest_wait, self.first_wait));
        }
        // Far below what a clock can hold, and above what anyone waits for.
        if self.longest_wait.max(self.breaker.open_for) > Duration::from_secs(30 * 86_400) {
            return Err("a wait of more than 30 days; give a shorter one".into());
        }
        match &self.endpoint {
            Endpoint::Webhook(webhook) => webhook.faults(),
            Endpoint::Mqtt(mqtt) => mqtt.faults(),
            Endpoint::Email(email) => email.faults(),
            Endpoint::File(file) if file.path.file_name().is_none() => Err(format!("{} is no file", file.path.display())),
            Endpoint::File(_) => Ok(()),
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.url.parse::<awc::http::Uri>().ok();
        let host = uri.as_ref().and_then(awc::http::Uri::host).unwrap_or("nowhere");
        f.debug_struct("Webhook").field("host", &host).field("headers", &self.headers).field("timeout", &self.timeout).finish()
    }
}

impl Webhook {
    fn faults(&self) -> Result<(), String> {
        let uri: awc::http::Uri = self.url.parse().map_err(|error| format!("the URL cannot be read: {error}"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("the URL holds a user or password: give a header `authorization` instead".into());
        }
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err("the URL must begin with http:// or https:// and name a host".into());
        }
        for (name, _) in &self.headers {
            awc::http::header::HeaderName::try_from(name.as_str()).map_err(|_| format!("`{name}` is no name of a header"))?;
        }
        timed(self.timeout)
    }
}

impl MqttOut {
    fn faults(&self) -> Result<(), String> {
        Broker::parse(&self.broker)?;
        Template::parse(&self.topic)?;
        if self.topic.is_empty() || self.topic.contains(['+', '#']) {
            return Err(format!("topic `{}`: one publishes to a topic without `+` and `#`", self.topic));
        }
        if self.qos > 2 {
            return Err(format!("qos {}: 0, 1 and 2 are allowed", self.qos));
        }
        if self.password.is_some() && self.user.is_none() {
            return Err("a password without a user".into());
        }
        timed(self.timeout)
    }
}

impl Email {
    fn faults(&self) -> Result<(), String> {
        crate::send::email::check_server(&self.server)?;
        for text in [&self.to, &self.subject].into_iter().chain(&self.body) {
            Template::parse(text)?;
        }
        self.from.parse::<lettre::message::Mailbox>().map_err(|error| format!("from `{}`: {error}", self.from))?;
        if self.password.is_some() != self.user.is_some() {
            return Err("user and password go together".into());
        }
        timed(self.timeout)
    }
}

fn timed(timeout: Duration) -> Result<(), String> {
    let known = timeout > Duration::ZERO && timeout <= Duration::from_secs(3600);
    if known { Ok(()) } else { Err(format!("a timeout of {timeout:?}: more than 0 and at most an hour is allowed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(url: &str) -> Endpoint {
        Endpoint::Webhook(Webhook { url: url.into(), headers: vec![], timeout: Duration::from_secs(1) })
    }

    #[test]
    fn plans_that_cannot_be_are_refused_with_a_remedy() {
        let good = ConnectorPlan::new("crm", webhook("http://127.0.0.1:1/x"));
        good.check().expect("a good plan");
        let said = |plan: ConnectorPlan| plan.check().expect_err("refused").to_string();
        assert!(said(ConnectorPlan { name: "../up".into(), ..good.clone() }).contains("small letters"));
        assert!(said(ConnectorPlan { attempts: 0, ..good.clone() }).contains("at least 1"));
        assert!(said(ConnectorPlan { in_flight: 0, ..good.clone() }).contains("1 to 1024"));
        assert!(said(ConnectorPlan { longest_wait: Duration::ZERO, ..good.clone() }).contains("shorter"));
        let plan = ConnectorPlan::new("crm", webhook("https://me:hunter2@hooks.example.org/services/T0/hunter2"));
        assert!(!format!("{plan:?} {:?}", plan.check()).contains("hunter2"));
        for url in ["ftp://x/", "crm", "http://", "", "http://a@b/"] {
            assert!(ConnectorPlan::new("crm", webhook(url)).check().is_err(), "{url}");
        }
    }

    #[test]
    fn an_address_of_an_email_is_checked_at_once() {
        let email = |server: &str, from: &str| {
            let email = Email {
                server: server.into(),
                user: None,
                password: None,
                from: from.into(),
                to: "{data.email}".into(),
                subject: "{type}".into(),
                body: None,
                people: None,
                timeout: Duration::from_secs(1),
            };
            ConnectorPlan::new("mail", Endpoint::Email(email)).check()
        };
        email("smtp://127.0.0.1:25", "Twin <twin@example.org>").expect("a good plan");
        assert!(email("http://127.0.0.1", "twin@example.org").is_err());
        assert!(email("smtp://127.0.0.1", "no address").is_err());
    }
}
