//! Events over HTTP: CloudEvents 1.0 one by one, in batches, with their attributes in headers; lines of JSON; and messages
//! of others as the scenario says they are read.
//!
//! A 200 means that all that was taken is on disk.

use super::State;
use crate::inputs::{Named, Reader};
use crate::intake::Fate;
use crate::service::{Came, Events, NotTaken};
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use rehearsal_decide::{Envelope, Refused};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// How many refusals an answer tells one by one.
const TOLD_MAX: usize = 100;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/events", web::post().to(events)).route("/inputs/{name}", web::post().to(input));
}

/// Events as CloudEvents.
async fn events(request: HttpRequest, state: Data<State>, body: Bytes) -> HttpResponse {
    let Ok(text) = std::str::from_utf8(&body) else {
        return problem(400, "this is no text", "the body is no UTF-8");
    };
    let sort = request.headers().get(CONTENT_TYPE).and_then(|sort| sort.to_str().ok()).unwrap_or_default();
    let sort = sort.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let came: Vec<Came> = match sort.as_str() {
        "application/cloudevents+json" => vec![read(text)],
        "application/cloudevents-batch+json" => match serde_json::from_str::<Vec<Value>>(text) {
            Ok(events) => events.into_iter().map(of).collect(),
            Err(error) => return problem(400, "this is no batch", &format!("a batch is a list of events: {error}")),
        },
        "application/x-ndjson" | "application/jsonl" => text.lines().filter(|line| !line.trim().is_empty()).map(read).collect(),
        _ if request.headers().contains_key("ce-specversion") => vec![binary(&request, text)],
        other => {
            let known = "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, or ce- headers";
            return problem(415, "this is no event", &format!("expected {known}; found `{other}`"));
        }
    };
    take(&state, came).await
}

/// Messages of others, as an input of the scenario reads them: one, or a list.
async fn input(state: Data<State>, name: Path<String>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let live = state.service.scenario.live();
    let inputs = live.map(|live| live.inputs.as_slice()).unwrap_or_default();
    let Some(input) = inputs.iter().find(|input| input.name == *name) else {
        let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        return problem(404, "there is no such input", &format!("the scenario has: {}", known.join(", ")));
    };
    let Ok(text) = std::str::from_utf8(&body) else {
        return problem(400, "this is no text", "the body is no UTF-8");
    };
    let reader = Reader::new(input, live.map(|live| live.twins.as_slice()).unwrap_or_default());
    // What a topic would say may stand behind the question mark.
    let query = web::Query::<std::collections::BTreeMap<String, String>>::from_query(request.query_string());
    let query = query.map(web::Query::into_inner).unwrap_or_default();
    let named = Named { twin: query.get("twin").cloned(), report: query.get("report").cloned() };
    let one = |text: &str| reader.read(text, &named).map_err(|why| (text.to_owned(), why));
    let came = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(items)) => items.iter().map(|item| one(&item.to_string())).collect(),
        _ => vec![one(text)],
    };
    take(&state, came).await
}

fn read(line: &str) -> Came {
    Envelope::read(line).map_err(|refused| (line.to_owned(), refused.to_string()))
}

fn of(value: Value) -> Came {
    // An event that is none is kept as it came.
    let kept = if value.get("specversion").is_some() { None } else { Some(value.to_string()) };
    Envelope::of(value).map_err(|refused| (kept.unwrap_or_default(), refused.to_string()))
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
                Ok(other) => return Err(malformed(format!("the body is an object, found {other}"))),
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

/// Hands events to the desk, and answers once they are on disk.
async fn take(state: &State, events: Vec<Came>) -> HttpResponse {
    let most = state.service.limits.batch;
    if events.len() > most {
        return problem(413, "this is too much", &format!("{} events in one batch: at most {most}", events.len()));
    }
    let single = events.len() == 1;
    let (answer, answered) = oneshot::channel();
    if state.service.desk.try_send(Events { events, answer }).is_err() {
        return not_taken(&NotTaken::Busy("too many batches wait".into()));
    }
    let fates = match answered.await {
        Ok(Ok(fates)) => fates,
        Ok(Err(reason)) => return not_taken(&reason),
        Err(_) => return not_taken(&NotTaken::Stopping),
    };
    let (mut taken, mut repeated, mut refused) = (0, 0, Vec::new());
    let mut count = 0;
    for (place, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Taken(_) => taken += 1,
            Fate::Repeated => repeated += 1,
            Fate::Refused(refusal) => {
                count += 1;
                if refused.len() < TOLD_MAX {
                    refused.push(json!({ "event": place, "reason": refusal.word(), "why": refusal.to_string() }));
                }
            }
        }
    }
    if single && let Some(Fate::Refused(refusal)) = fates.first() {
        return problem(422, refusal.word(), &refusal.to_string());
    }
    HttpResponse::Ok().json(json!({ "taken": taken, "repeated": repeated, "put_aside": count, "refused": refused }))
}

fn not_taken(reason: &NotTaken) -> HttpResponse {
    match reason {
        NotTaken::Busy(_) => {
            let mut answer = problem(429, "there is too much", &reason.to_string());
            answer.headers_mut().insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("1"));
            answer
        }
        NotTaken::Failed(_) | NotTaken::Stopping => problem(503, "it cannot be taken now", &reason.to_string()),
    }
}

/// A problem as RFC 9457 has it.
fn problem(status: u16, title: &str, detail: &str) -> HttpResponse {
    let code = actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::BAD_REQUEST);
    HttpResponse::build(code)
        .content_type("application/problem+json")
        .json(json!({ "type": "about:blank", "title": title, "status": status, "detail": detail }))
}
