//! Events over a WebSocket: each message of text is an event or a list of them, and is answered once they are on disk.
//!
//! Answers come in the order of the messages. So many may be on their way at a time; who sends more waits.

use super::State;
use super::events::{came, fates, give, told};
use super::problem::Problem;
use crate::service::{Fates, NotTaken};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Messages that may be on their way.
const ON_THE_WAY: usize = 16;

/// How often it is asked whether somebody is there.
const PING_EVERY: Duration = Duration::from_secs(20);

/// After how long without a sign somebody is taken to have gone.
const SILENT_MAX: Duration = Duration::from_secs(65);

/// A message on its way: what the desk will say, or why it does not get there.
type OnTheWay = Result<oneshot::Receiver<Result<Fates, NotTaken>>, Problem>;

pub(super) async fn socket(request: HttpRequest, state: Data<State>, body: Payload) -> Result<HttpResponse, Problem> {
    let refused = |error: actix_web::Error| Problem::asked(format!("a WebSocket is asked for with an upgrade: {error}"));
    let (answer, session, messages) = actix_ws::handle(&request, body).map_err(refused)?;
    let messages = messages.max_frame_size(state.body_max).aggregate_continuations().max_continuation_size(state.body_max);
    actix_web::rt::spawn(talk(state, session, messages));
    Ok(answer)
}

async fn talk(state: Data<State>, mut session: Session, mut messages: AggregatedMessageStream) {
    let mut waiting: VecDeque<OnTheWay> = VecDeque::new();
    let mut heard = Instant::now();
    let mut every = tokio::time::interval(PING_EVERY);
    let goodbye = loop {
        tokio::select! {
            told = first(&mut waiting) => {
                waiting.pop_front();
                if session.text(told.to_string()).await.is_err() {
                    return;
                }
            }
            message = messages.recv(), if waiting.len() < ON_THE_WAY => {
                heard = Instant::now();
                match message {
                    Some(Ok(AggregatedMessage::Text(text))) => waiting.push_back(came(&state, &text).and_then(|came| give(&state, came))),
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        if session.pong(&bytes).await.is_err() {
                            return;
                        }
                    }
                    Some(Ok(AggregatedMessage::Pong(_))) => {}
                    Some(Ok(AggregatedMessage::Binary(_))) => break Some((CloseCode::Unsupported, "events are text".to_owned())),
                    Some(Ok(AggregatedMessage::Close(_))) | None => break None,
                    Some(Err(error)) => break Some((CloseCode::Size, error.to_string())),
                }
            }
            _ = every.tick() => {
                if heard.elapsed() > SILENT_MAX && waiting.is_empty() {
                    break Some((CloseCode::Away, "nothing was heard for a minute".to_owned()));
                }
                if session.ping(b"").await.is_err() {
                    return;
                }
            }
        }
    };
    // What was taken is told, also to one who says goodbye.
    while !waiting.is_empty() {
        let told = first(&mut waiting).await;
        waiting.pop_front();
        if session.text(told.to_string()).await.is_err() {
            return;
        }
    }
    let reason = goodbye.map(|(code, why)| CloseReason { code, description: Some(why) });
    // Who has gone needs no goodbye.
    let _ = session.close(reason).await;
}

/// What is told of the message that waits longest; never where none does.
async fn first(waiting: &mut VecDeque<OnTheWay>) -> Value {
    let found = match waiting.front_mut() {
        Some(Ok(given)) => fates(given).await,
        Some(Err(problem)) => Err(problem.clone()),
        None => std::future::pending().await,
    };
    match found {
        Ok(fates) => told(&fates),
        Err(problem) => json!({ "taken": 0, "repeated": 0, "put_aside": 0, "refused": [], "problem": problem.json() }),
    }
}
