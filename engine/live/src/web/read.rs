//! How the twin is, and what can be asked of it.

use super::problem::{Problem, within};
use super::{OPENAPI, State};
use crate::moments::{Origin, Pace};
use crate::service::DeskReport;
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use rehearsal_decide::values::moment;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(super) async fn alive() -> impl Responder {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

pub(super) async fn ready(state: Data<State>) -> impl Responder {
    let status = &state.service.status;
    match status.trouble() {
        Some(trouble) => HttpResponse::ServiceUnavailable().json(json!({ "status": "in trouble", "why": trouble })),
        None => HttpResponse::Ok().json(json!({ "status": "ready", "behind": status.lag() })),
    }
}

pub(super) async fn openapi() -> impl Responder {
    HttpResponse::Ok().content_type("application/json").body(OPENAPI)
}

pub(super) async fn status(state: Data<State>) -> Result<HttpResponse, Problem> {
    let (status, manifest) = (&state.service.status, &state.service.manifest);
    let tally = within(state.service.desk.send(DeskReport)).await?;
    let count = |counter: &AtomicU64| counter.load(Relaxed);
    let [taken, repeated, aside] = state.shared.rates.per_second(status);
    let commits = count(&status.commits);
    Ok(HttpResponse::Ok().json(json!({
        "scenario": state.service.scenario.name(),
        "policy": manifest.policy,
        "pace": if manifest.pace == Pace::Wall { "wall" } else { "events" },
        "seed": manifest.seed,
        "started": moment(status.started),
        "now": Origin::of(state.service.scenario).told(count(&status.now)),
        "trouble": status.trouble(),
        "stopping": status.stopping.load(Relaxed),
        "restarts": count(&status.restarts),
        "events": {
            "taken": count(&status.taken),
            "repeated": count(&status.repeated),
            "put_aside": count(&status.refused),
            "put_aside_by_reason": tally.refused,
            "pushed_back": count(&status.pushed_back),
            "per_second": { "taken": taken, "repeated": repeated, "put_aside": aside },
        },
        "decisions": count(&status.decisions),
        "effects": count(&status.effects),
        "journal": {
            "journaled": count(&status.journaled),
            "applied": count(&status.applied),
            "behind": status.lag(),
            "bytes": count(&status.journal_bytes),
            "segments": count(&status.journal_segments),
            "commits": commits,
            "commit_us_mean": (commits > 0).then(|| count(&status.commit_us) as f64 / commits as f64),
        },
        "snapshots": {
            "taken": count(&status.snapshots),
            "bytes": count(&status.snapshot_bytes),
            "after": count(&status.snapshot_after),
        },
    })))
}
