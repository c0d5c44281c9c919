//! An e-mail per event, through an SMTP server.

use crate::course::Outcome;
use crate::outgoing::Outgoing;
use crate::plan::Email;
use crate::secret::without;
use crate::template::Template;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde_json::Value;
use std::time::SystemTime;

pub(crate) struct Mailer {
    plan: Email,
    server: Server,
    from: Mailbox,
    to: Template,
    subject: Template,
    body: Option<Template>,
}

/// A server and how the way to it is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
    encrypted: Encrypted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encrypted {
    Never,
    AfterGreeting,
    Always,
}

/// Whether `url` names a server.
pub(crate) fn check_server(url: &str) -> Result<(), String> {
    Server::parse(url).map(drop)
}

impl Server {
    fn parse(url: &str) -> Result<Self, String> {
        let form = "it is written `smtps://host:port`, `smtp://host:port?tls=required` or `smtp://host:port`";
        if url.contains('@') {
            // What stands there may be a password: it is not said back.
            return Err(format!("the mail server: user and password have their own place; {form}"));
        }
        let fault = || format!("mail server `{url}`: {form}");
        let (scheme, rest) = url.split_once("://").ok_or_else(fault)?;
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (encrypted, usual) = match (scheme, query) {
            ("smtp", None) => (Encrypted::Never, 25),
            ("smtp", Some("tls=required")) => (Encrypted::AfterGreeting, 587),
            ("smtps", None) => (Encrypted::Always, 465),
            _ => return Err(fault()),
        };
        let (host, port) = match place.trim_end_matches('/').rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0).ok_or_else(fault)?),
            None => (place.trim_end_matches('/'), usual),
        };
        if host.is_empty() || host.contains('/') {
            return Err(fault());
        }
        Ok(Self { host: host.to_owned(), port, encrypted })
    }
}

impl Mailer {
    pub(crate) fn new(plan: &Email) -> Result<Self, String> {
        Ok(Self {
            plan: plan.clone(),
            server: Server::parse(&plan.server)?,
            from: plan.from.parse().map_err(|error| format!("from `{}`: {error}", plan.from))?,
            to: Template::parse(&plan.to)?,
            subject: Template::parse(&plan.subject)?,
            body: plan.body.as_deref().map(Template::parse).transpose()?,
        })
    }

    pub(crate) async fn send(&self, event: &Outgoing) -> Outcome {
        let message = match self.message(event) {
            Ok(message) => message,
            Err(reason) => return Outcome::Unfit(reason),
        };
        let mut secrets = Vec::new();
        let transport = match self.transport(&mut secrets) {
            Ok(transport) => transport,
            Err(reason) => return Outcome::failed(reason),
        };
        match tokio::time::timeout(self.plan.timeout, transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Delivered,
            Ok(Err(error)) => {
                let mut told = error.to_string();
                if let Some(source) = std::error::Error::source(&error) {
                    told = format!("{told}: {source}");
                }
                let told = without(told, &secrets);
                // 530, 534, 535 and 538 are about who sends, not about this message.
                let about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
                if error.is_permanent() && !about_us { Outcome::Refused(told) } else { Outcome::failed(told) }
            }
            Err(_) => Outcome::failed(format!("no answer within {:?}", self.plan.timeout)),
        }
    }

    fn message(&self, event: &Outgoing) -> Result<Message, String> {
        let known = self.plan.people.as_ref().map(|people| {
            let mut known = event.clone();
            if let Value::Object(data) = &mut known.data {
                data.insert("person".into(), (people.0)(&event.subject).into());
            }
            known
        });
        let event = known.as_ref().unwrap_or(event);
        let to = self.to.fill(event)?;
        let to: Mailboxes = to.parse().map_err(|error| format!("the address `{to}`: {error}"))?;
        let subject = self.subject.fill(event)?;
        if subject.contains(['\r', '\n']) {
            return Err("the subject has a line end".into());
        }
        let body = match &self.body {
            Some(body) => body.fill(event)?,
            None => match event.data.get("text") {
                Some(Value::String(text)) => text.clone(),
                _ => {
                    let mut data = event.data.clone();
                    data.as_object_mut().and_then(|data| data.remove("person"));
                    serde_json::to_string_pretty(&data).map_err(|error| error.to_string())?
                }
            },
        };
        let date = event.time.parse::<jiff::Timestamp>().map_or_else(|_| SystemTime::now(), SystemTime::from);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .date(date)
            .message_id(Some(message_id(&event.key, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN);
        for mailbox in to {
            builder = builder.to(mailbox);
        }
        builder.body(body).map_err(|error| error.to_string())
    }

    fn transport(&self, secrets: &mut Vec<String>) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let parameters = || TlsParameters::new_rustls(self.server.host.clone()).map_err(|error| error.to_string());
        let tls = match self.server.encrypted {
            Encrypted::Never => Tls::None,
            Encrypted::AfterGreeting => Tls::Required(parameters()?),
            Encrypted::Always => Tls::Wrapper(parameters()?),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server.host);
        let mut builder = builder.port(self.server.port).tls(tls).timeout(Some(self.plan.timeout));
        if let (Some(user), Some(password)) = (&self.plan.user, &self.plan.password) {
            let password = password.read().map_err(|error| error.to_string())?;
            secrets.push(password.clone());
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(builder.build())
    }
}

/// A Message-ID from a key: what no such name may hold becomes `=XX`, so that different keys stay different.
fn message_id(key: &str, domain: &str) -> String {
    let mut local = String::new();
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            local.push(char::from(byte));
        } else {
            local.push_str(&format!("={byte:02X}"));
        }
    }
    format!("<{local}@{domain}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_have_different_ids() {
        assert_eq!(message_id("twin/7", "example.org"), "<twin=2F7@example.org>");
        assert_ne!(message_id("a=2F", "d"), message_id("a/", "d"));
    }

    #[test]
    fn servers_are_read() {
        let read = |url| Server::parse(url).map(|server| (server.host, server.port, server.encrypted));
        assert_eq!(read("smtp://127.0.0.1:2525"), Ok(("127.0.0.1".into(), 2525, Encrypted::Never)));
        assert_eq!(read("smtp://mail?tls=required"), Ok(("mail".into(), 587, Encrypted::AfterGreeting)));
        assert_eq!(read("smtps://mail/"), Ok(("mail".into(), 465, Encrypted::Always)));
        for bad in ["mail", "imap://mail", "smtp://", "smtp://mail:0", "smtp://mail?tls=maybe", "smtps://a/b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(!read("smtp://me:hunter2@mail").expect_err("refused").contains("hunter2"));
    }
}
