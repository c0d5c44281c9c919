//! Events over MQTT: messages of the scenario's inputs by their topics, and CloudEvents.
//!
//! A message is acknowledged once what it says is on disk or put aside. Where the twin pushes back, none is, and the broker
//! keeps what is to come.

use crate::inputs::{Named, Reader};
use crate::service::{Came, Desk, Events, NotTaken};
use actix::Addr;
use rehearsal_connect::{Arrived, Intake, TopicPattern, intake};
use rehearsal_decide::{Envelope, Refused};
use rehearsal_scenario::Scenario;
use serde_json::{Map, Value};
use std::rc::Rc;
use tokio::sync::oneshot;

/// The content type of a CloudEvent that is JSON as a whole.
const STRUCTURED: &str = "application/cloudevents+json";

/// The topics that the inputs of a scenario listen to, as filters.
///
/// # Errors
/// A topic that is none.
pub fn topics(scenario: &Scenario) -> Result<Vec<String>, String> {
    let inputs = scenario.live().map(|live| live.inputs.as_slice()).unwrap_or_default();
    let patterns = inputs.iter().filter_map(|input| input.topic.as_deref());
    patterns.map(rehearsal_connect::topic_filter).collect()
}

/// Gives messages to a twin.
///
/// # Errors
/// A topic of the scenario that is none.
pub fn gateway(desk: Addr<Desk>, scenario: &'static Scenario) -> Result<Intake, String> {
    let live = scenario.live();
    let (inputs, twins) = live.map(|live| (live.inputs.as_slice(), live.twins.as_slice())).unwrap_or_default();
    let mut readers = Vec::new();
    for input in inputs {
        if let Some(topic) = &input.topic {
            readers.push((TopicPattern::parse(topic)?, Reader::new(input, twins)));
        }
    }
    Ok(intake(move |messages: Vec<Arrived>| {
        let events: Rc<Vec<Came>> = Rc::new(messages.iter().flat_map(|message| read(message, &readers)).collect());
        let desk = desk.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            let batch = Events { events: events.to_vec(), answer };
            desk.try_send(batch).map_err(|_| NotTaken::Busy("too many batches wait".into()).to_string())?;
            match answered.await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(reason)) => Err(reason.to_string()),
                Err(_) => Err(NotTaken::Stopping.to_string()),
            }
        }
    }))
}

/// A message as events: one, or where it is a list each of its items.
fn read(message: &Arrived, readers: &[(TopicPattern, Reader<'_>)]) -> Vec<Came> {
    let kept = || String::from_utf8_lossy(&message.payload).into_owned();
    let Ok(text) = std::str::from_utf8(&message.payload) else {
        return vec![Err((kept(), format!("a message on `{}` is no UTF-8", message.topic)))];
    };
    if !text.trim_start().starts_with('[') {
        return vec![one(message, text, readers)];
    }
    match serde_json::from_str::<Vec<Value>>(text) {
        Ok(items) => items.iter().map(|item| one(message, &item.to_string(), readers)).collect(),
        Err(error) => vec![Err((kept(), format!("on `{}`: no list of JSON: {error}", message.topic)))],
    }
}

/// A message, or an item of one, as an event.
fn one(message: &Arrived, text: &str, readers: &[(TopicPattern, Reader<'_>)]) -> Came {
    let kept = || text.to_owned();
    let sort = message.content_type.as_deref().unwrap_or_default();
    if sort.split(';').next().is_some_and(|sort| sort.trim().eq_ignore_ascii_case(STRUCTURED)) {
        return Envelope::read(text).map_err(|refused| (kept(), refused.to_string()));
    }
    let property = |name: &str| message.properties.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone());
    if property("specversion").is_some() {
        return binary(text, property).map_err(|refused| (kept(), refused.to_string()));
    }
    for (pattern, reader) in readers {
        let Some(parts) = pattern.parts(&message.topic) else { continue };
        let part = |name: &str| parts.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone());
        let named = Named { twin: part("twin"), report: part("report") };
        return reader.read(text, &named).map_err(|why| (kept(), format!("on `{}`: {why}", message.topic)));
    }
    Envelope::read(text).map_err(|refused| (kept(), format!("on `{}`: {refused}", message.topic)))
}

/// A CloudEvent whose attributes are properties of the message.
fn binary(text: &str, property: impl Fn(&str) -> Option<String>) -> Result<Envelope, Refused> {
    let malformed = |reason: String| Refused::Malformed { reason };
    let data = match text.trim() {
        "" => Map::new(),
        text => match serde_json::from_str(text) {
            Ok(Value::Object(data)) => data,
            Ok(other) => return Err(malformed(format!("the message is an object, found {other}"))),
            Err(error) => return Err(malformed(format!("the message is no JSON: {error}"))),
        },
    };
    match property("specversion").as_deref() {
        Some("1.0") => {}
        other => return Err(malformed(format!("specversion is {other:?}; known is \"1.0\""))),
    }
    let attributes = (property("id"), property("source"), property("type"), property("subject"));
    Envelope::new(attributes, property("time").as_deref(), data)
}
