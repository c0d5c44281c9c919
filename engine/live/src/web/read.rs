//! Whether the twin is well.

use super::State;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use serde_json::json;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/health/live", web::get().to(alive)).route("/health/ready", web::get().to(ready));
}

async fn alive() -> impl Responder {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

async fn ready(state: Data<State>) -> impl Responder {
    let status = &state.service.status;
    match status.trouble() {
        Some(trouble) => HttpResponse::ServiceUnavailable().json(json!({ "status": "in trouble", "why": trouble })),
        None => HttpResponse::Ok().json(json!({ "status": "ready", "behind": status.lag() })),
    }
}
