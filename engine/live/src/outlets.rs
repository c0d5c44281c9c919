//! The outputs of a scenario as connectors, and what leaves the world as what they carry.

use crate::moments::Origin;
use crate::out::Outgoing;
use crate::service::Carry;
use rehearsal_connect as connect;
use rehearsal_connect::{BreakerPlan, ConnectError, ConnectorPlan, Email, FileOut, MqttOut, Outbox, People, Secret, Webhook};
use rehearsal_journal::Keep;
use rehearsal_scenario::live::{Endpoint, OutputInfo, Said};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an attempt to publish or to send a mail may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is personal, for those who write to people.
pub(crate) type Persons = Arc<Mutex<Keep>>;

/// What is personal of a twin; empty where nothing is known.
pub(crate) fn person(persons: &Persons, twin: &str) -> Map<String, Value> {
    let persons = persons.lock().unwrap_or_else(PoisonError::into_inner);
    let found = persons.get(twin).and_then(|bytes| serde_json::from_slice(bytes).ok());
    found.unwrap_or_default()
}

/// The connectors of a scenario's outputs; files lie in `folder`.
///
/// # Errors
/// A variable that is not set, a file that cannot be read.
pub(crate) fn plans(outputs: &[OutputInfo], folder: &Path, persons: &Persons) -> Result<Vec<ConnectorPlan>, ConnectError> {
    outputs.iter().map(|output| plan(output, folder, persons)).collect()
}

fn plan(output: &OutputInfo, folder: &Path, persons: &Persons) -> Result<ConnectorPlan, ConnectError> {
    let endpoint = match &output.through {
        Endpoint::Webhook { url, headers, timeout } => connect::Endpoint::Webhook(Webhook {
            url: secret(url).read()?,
            headers: headers.iter().map(|(name, value)| (name.clone(), secret(value))).collect(),
            timeout: Duration::from_secs_f64(timeout.clamp(0.001, 86_400.0)),
        }),
        Endpoint::Mqtt { broker, topic, user, password } => connect::Endpoint::Mqtt(MqttOut {
            broker: secret(broker).read()?,
            topic: topic.clone(),
            qos: 1,
            user: user.as_ref().map(|user| secret(user).read()).transpose()?,
            password: password.as_ref().map(secret),
            timeout: PATIENCE,
        }),
        Endpoint::Email { server, user, password, from, to, subject } => {
            let persons = persons.clone();
            connect::Endpoint::Email(Email {
                server: secret(server).read()?,
                user: user.as_ref().map(|user| secret(user).read()).transpose()?,
                password: password.as_ref().map(secret),
                from: from.clone(),
                to: format!("{{data.person.{to}}}"),
                subject: subject.clone(),
                body: None,
                people: Some(People(Arc::new(move |twin| person(&persons, twin)))),
                timeout: PATIENCE,
            })
        }
        Endpoint::File { path } => connect::Endpoint::File(FileOut { path: folder.join(path) }),
    };
    let seconds = |span: f64| Duration::from_secs_f64(span.clamp(0.001, 86_400.0));
    let plan = ConnectorPlan::new(output.name.clone(), endpoint);
    Ok(ConnectorPlan {
        attempts: output.attempts,
        first_wait: seconds(output.waits.0),
        longest_wait: seconds(output.waits.1.max(output.waits.0)),
        breaker: BreakerPlan { failures: output.breaker.0, open_for: seconds(output.breaker.1) },
        ..plan
    })
}

fn secret(said: &Said) -> Secret {
    match said {
        Said::Here(text) => Secret::literal(text),
        Said::Env(name) => Secret::environment(name),
        Said::File(path) => Secret::file(path),
    }
}

/// Hands what leaves the world to connectors. Keys begin with `twin`, and no other twin has the same.
pub(crate) fn carry(outbox: Arc<Outbox>, twin: String, origin: Origin) -> Carry {
    Arc::new(move |effects: Vec<Outgoing>| {
        let mut by_output: BTreeMap<String, Vec<connect::Outgoing>> = BTreeMap::new();
        for effect in effects {
            let Outgoing { number, output, sort, subject, at, data } = effect;
            let key = format!("{twin}/{number}");
            let outgoing = connect::Outgoing {
                key,
                number,
                sort,
                source: format!("rehearsal/{twin}"),
                subject,
                time: origin.told(at),
                data,
            };
            by_output.entry(output).or_default().push(outgoing);
        }
        for (output, effects) in by_output {
            outbox.offer(&output, &effects).map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}
