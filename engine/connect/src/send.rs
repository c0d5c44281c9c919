//! The ways out: each takes one event and says what came of it.

pub(crate) mod email;
pub(crate) mod file;
pub(crate) mod mqtt;
pub(crate) mod webhook;

use crate::course::Outcome;
use crate::error::ConnectError;
use crate::outgoing::Outgoing;
use crate::plan::Endpoint;

/// One way out, alive in the thread of its connector.
pub(crate) enum Way {
    Webhook(webhook::Caller),
    Mqtt(mqtt::Publisher),
    Email(email::Mailer),
    File(file::Writer),
    #[cfg(test)]
    Test(Box<dyn Fn(&Outgoing) -> Outcome>),
}

impl Way {
    /// Makes the way to `endpoint`; nothing is connected yet.
    pub(crate) fn new(name: &str, endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let plan = |reason| ConnectError::Plan { name: name.to_owned(), reason };
        Ok(match endpoint {
            Endpoint::Webhook(webhook) => Self::Webhook(webhook::Caller::new(webhook)),
            Endpoint::Mqtt(mqtt) => Self::Mqtt(mqtt::Publisher::new(name, mqtt).map_err(plan)?),
            Endpoint::Email(email) => Self::Email(email::Mailer::new(email).map_err(plan)?),
            Endpoint::File(file) => Self::File(file::Writer::new(file)),
        })
    }

    /// One attempt.
    pub(crate) async fn send(&self, event: &Outgoing) -> Outcome {
        match self {
            Self::Webhook(caller) => caller.send(event).await,
            Self::Mqtt(publisher) => publisher.send(event).await,
            Self::Email(mailer) => mailer.send(event).await,
            Self::File(writer) => writer.send(event).await,
            #[cfg(test)]
            Self::Test(answer) => answer(event),
        }
    }

    /// Ends what is open, such as the connection to a broker.
    pub(crate) async fn close(&self) {
        if let Self::Mqtt(publisher) = self {
            publisher.close().await;
        }
    }
}
