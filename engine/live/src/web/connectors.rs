//! How what leaves the twin fares.

use super::State;
use super::problem::Problem;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

/// How all connectors are.
pub(super) async fn all(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "connectors": state.service.outbox.status() }))
}

/// Sends what a connector has given up once more.
pub(super) async fn again(state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let outbox = state.service.outbox.clone();
    if !outbox.status().iter().any(|status| status.name == *name) {
        let known: Vec<String> = outbox.status().into_iter().map(|status| status.name).collect();
        return Err(Problem::missing("there is no such connector", format!("the scenario has: {}", known.join(", "))));
    }
    let back = tokio::task::spawn_blocking(move || outbox.retry_dead(&name)).await;
    let back = back.map_err(|error| error.to_string()).and_then(|back| back.map_err(|error| error.to_string()));
    let back = back.map_err(Problem::closed)?;
    Ok(HttpResponse::Ok().json(json!({ "again": back })))
}
