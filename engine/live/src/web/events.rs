//! Events over HTTP: CloudEvents 1.0 one by one, in batches, with their attributes in headers; lines of JSON; and messages
//! of others as the scenario says they are read.
//!
//! A 200 means that all that was taken is on disk.

use super::problem::Problem;
use super::{State, few};
use crate::inputs::{Named, Reader};
use crate::intake::Fate;
use crate::service::{Came, Events, Fates, NotTaken};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use rehearsal_decide::{Envelope, Refused};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// How many refusals an answer tells one by one.
const TOLD_MAX: usize = 100;

/// The sorts of body that hold events.
const SORTS: &str = "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, or ce- headers";

/// Events as CloudEvents.
pub(super) async fn events(request: HttpRequest, state: Data<State>, body: Bytes) -> Result<HttpResponse, Problem> {
    let sort = request.headers().get(CONTENT_TYPE).and_then(|sort| sort.to_str().ok()).unwrap_or_default();
    let sort = sort.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let came = match sort.as_str() {
        "application/cloudevents+json" => vec![read(text(&body)?)],
        "application/cloudevents-batch+json" => batch(&state, text(&body)?)?.into_iter().map(of).collect(),
        "application/x-ndjson" | "application/jsonl" => lines(&state, &body)?,
        _ if request.headers().contains_key("ce-specversion") => vec![binary(&request, text(&body)?)],
        other => {
            let why = format!("expected {SORTS}; found `{other}`");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "this is no event", why));
        }
    };
    answer(&state, came).await
}

/// Messages of others, as an input of the scenario reads them: one, or a list.
pub(super) async fn input(
    state: Data<State>,
    name: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let live = state.service.scenario.live();
    let inputs = live.map(|live| live.inputs.as_slice()).unwrap_or_default();
    let Some(input) = inputs.iter().find(|input| input.name == *name) else {
        let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        return Err(Problem::missing("there is no such input", format!("the scenario has: {}", known.join(", "))));
    };
    let text = text(&body)?;
    let reader = Reader::new(input, live.map(|live| live.twins.as_slice()).unwrap_or_default());
    // What a topic would say may stand behind the question mark.
    let query = web::Query::<std::collections::BTreeMap<String, String>>::from_query(request.query_string());
    let query = query.map(web::Query::into_inner).unwrap_or_default();
    let named = Named { twin: query.get("twin").cloned(), report: query.get("report").cloned() };
    let one = |text: &str| reader.read(text, &named).map_err(|why| (text.to_owned(), why));
    let came = match text.trim_start().starts_with('[') {
        true => batch(&state, text)?.iter().map(|item| one(&item.to_string())).collect(),
        false => vec![one(text)],
    };
    answer(&state, came).await
}

fn text(body: &[u8]) -> Result<&str, Problem> {
    let none = |_| Problem::new(StatusCode::BAD_REQUEST, "this is no text", "the body is no UTF-8");
    std::str::from_utf8(body).map_err(none)
}

/// A list of events, as JSON.
fn batch(state: &State, text: &str) -> Result<Vec<Value>, Problem> {
    few::read(text, state.service.limits.batch).map_err(|why| match why {
        few::NotRead::TooMany => too_many(state),
        few::NotRead::Malformed(why) => {
            Problem::new(StatusCode::BAD_REQUEST, "this is no batch", format!("a batch is a list of events: {why}"))
        }
    })
}

/// An event a line; what is no text is a fault of its line alone.
fn lines(state: &State, body: &[u8]) -> Result<Vec<Came>, Problem> {
    let mut came = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if came.len() == state.service.limits.batch {
            return Err(too_many(state));
        }
        came.push(match std::str::from_utf8(line) {
            Ok(line) => read(line),
            Err(_) => Err((String::from_utf8_lossy(line).into_owned(), "no UTF-8".into())),
        });
    }
    Ok(came)
}

fn too_many(state: &State) -> Problem {
    let why = format!("at most {} events in one batch", state.service.limits.batch);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "this is too much", why)
}

/// What a message of a socket holds: an event, or a list of them.
pub(super) fn came(state: &State, text: &str) -> Result<Vec<Came>, Problem> {
    match text.trim_start().starts_with('[') {
        true => Ok(batch(state, text)?.into_iter().map(of).collect()),
        false => Ok(vec![read(text)]),
    }
}

fn read(line: &str) -> Came {
    Envelope::read(line).map_err(|refused| (line.to_owned(), refused.to_string()))
}

fn of(value: Value) -> Came {
    let kept = value.clone();
    Envelope::of(value).map_err(|refused| (kept.to_string(), refused.to_string()))
}

/// An event whose attributes stand in headers, and whose data is the body.
fn binary(request: &HttpRequest, body: &str) -> Came {
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        Some(percent_decoded(value))
    };
    let read = || -> Result<Envelope, Refused> {
        let malformed = |reason: String| Refused::Malformed { reason };
        match header("ce-specversion").as_deref() {
            Some("1.0") => {}
            other => return Err(malformed(format!("ce-specversion is {other:?}; known is \"1.0\""))),
        }
        let data = match body.trim() {
            "" => Map::new(),
            body => match serde_json::from_str(body) {
                Ok(Value::Object(data)) => data,
                Ok(_) => return Err(malformed("the body is an object such as {\"coolant\": \"97 °C\"}".into())),
                Err(error) => return Err(malformed(format!("the body is no JSON: {error}"))),
            },
        };
        let attributes = (header("ce-id"), header("ce-source"), header("ce-type"), header("ce-subject"));
        Envelope::new(attributes, header("ce-time").as_deref(), data)
    };
    read().map_err(|refused| (body.to_owned(), refused.to_string()))
}

/// `%C3%A4` stands for the byte that it names, as CloudEvents has it for headers; what is no such escape stays.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Hands events to the desk: what is told once they are on disk.
pub(super) fn give(state: &State, events: Vec<Came>) -> Result<oneshot::Receiver<Result<Fates, NotTaken>>, Problem> {
    let (answer, answered) = oneshot::channel();
    let sent = state.service.desk.try_send(Events { events, answer });
    sent.map_err(|_| not_taken(&NotTaken::Busy("too many batches wait".into())))?;
    Ok(answered)
}

/// What became of events that were given, as soon as they are on disk.
pub(super) async fn fates(given: &mut oneshot::Receiver<Result<Fates, NotTaken>>) -> Result<Fates, Problem> {
    match given.await {
        Ok(Ok(fates)) => Ok(fates),
        Ok(Err(reason)) => Err(not_taken(&reason)),
        Err(_) => Err(not_taken(&NotTaken::Stopping)),
    }
}

/// How many events came to what, and why some were put aside.
pub(super) fn told(fates: &[Fate]) -> Value {
    let (mut taken, mut repeated, mut aside, mut refused) = (0, 0, 0, Vec::new());
    for (place, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Taken(_) => taken += 1,
            Fate::Repeated => repeated += 1,
            Fate::Refused(refusal) => {
                aside += 1;
                if refused.len() < TOLD_MAX {
                    refused.push(json!({ "event": place, "reason": refusal.word(), "why": refusal.to_string() }));
                }
            }
        }
    }
    json!({ "taken": taken, "repeated": repeated, "put_aside": aside, "refused": refused })
}

/// Gives events to the desk, and answers once they are on disk.
async fn answer(state: &State, events: Vec<Came>) -> Result<HttpResponse, Problem> {
    let fates = fates(&mut give(state, events)?).await?;
    if let [Fate::Refused(refusal)] = fates.as_slice() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.word(), refusal.to_string()));
    }
    Ok(HttpResponse::Ok().json(told(&fates)))
}

fn not_taken(reason: &NotTaken) -> Problem {
    match reason {
        NotTaken::Busy(_) => Problem::busy(reason.to_string()),
        NotTaken::Failed(_) | NotTaken::Stopping => Problem::closed(reason.to_string()),
    }
}
