//! Futures of the twin under several policies, compared.

use super::State;
use super::problem::Problem;
use super::twins::past;
use crate::fork::{Asked, measures};
use crate::moments::Origin;
use crate::service::{Ask, Foreseen};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// How many futures of each policy may be asked for.
pub(super) const FUTURES_MAX: u32 = 2000;

/// What is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The policies, the one that others are compared with first; all of the scenario where empty, its own first.
    #[serde(default)]
    pub(super) policies: Vec<String>,
    /// How far, such as `2d`.
    #[serde(rename = "for")]
    pub(super) span: String,
    #[serde(default = "usual_futures")]
    pub(super) futures: u32,
    #[serde(default)]
    pub(super) measures: Vec<String>,
    #[serde(default = "usual_seed")]
    pub(super) seed: u64,
    pub(super) at: Option<String>,
}

fn usual_futures() -> u32 {
    50
}

fn usual_seed() -> u64 {
    1
}

pub(super) async fn fork(
    state: Data<State>,
    request: actix_web::HttpRequest,
    asked: Json<Question>,
) -> Result<HttpResponse, Problem> {
    let found = foresee(&state, asked.into_inner()).await?;
    let wanted = request.headers().get(ACCEPT).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
    if wanted.trim() == "text/plain" {
        let (from, after) = (Origin::of(state.service.scenario).told(found.from), found.after);
        let text = rehearsal_experiment::output::human(&found.results, &Default::default());
        return Ok(HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(format!("From {from}, after entry {after}.\n\n{text}")));
    }
    let mut answer: Value = serde_json::from_str(&rehearsal_experiment::output::json(&found.results)).unwrap_or_default();
    answer["from"] = json!(Origin::of(state.service.scenario).told(found.from));
    answer["after"] = json!(found.after);
    Ok(HttpResponse::Ok().json(answer))
}

/// Looks ahead. It is given up where the future is dropped, as where nobody waits for the answer any more.
pub(super) async fn foresee(state: &State, question: Question) -> Result<Foreseen, Problem> {
    let from = question.at.as_deref().map(|at| past(state, at)).transpose()?;
    let asked = read(state, question, from)?;
    let _turn = state.turn()?;
    let stop = GivenUp(Arc::new(AtomicBool::new(false)));
    let ask = Ask { asked, from, stop: stop.0.clone() };
    let found = state.service.seer.send(ask).await.map_err(|_| Problem::closed("the twin is about to stop"))?;
    found.map_err(|why| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "nobody can look ahead so", why))
}

/// Tells those who work that nobody waits any more, when it is dropped.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// What is asked, where it has a meaning.
fn read(state: &State, question: Question, from: Option<u64>) -> Result<Asked, Problem> {
    let scenario = state.service.scenario;
    let known = scenario.policies();
    let mut policies = question.policies;
    if policies.is_empty() {
        let own = &state.service.manifest.policy;
        policies.push(own.clone());
        policies.extend(known.iter().filter(|name| *name != own).cloned());
    }
    for (place, name) in policies.iter().enumerate() {
        if !known.contains(name) {
            return Err(Problem::asked(format!("there is no policy `{name}`; there is {}", known.join(", "))));
        }
        if policies[..place].contains(name) {
            return Err(Problem::asked(format!("policy `{name}` is there twice: name each once")));
        }
    }
    let all: Vec<String> = measures(scenario).into_iter().map(|measure| measure.name).collect();
    if let Some(name) = question.measures.iter().find(|name| !all.contains(name)) {
        return Err(Problem::asked(format!("there is no measure `{name}`; there is {}", all.join(", "))));
    }
    if !(1..=FUTURES_MAX).contains(&question.futures) {
        return Err(Problem::asked(format!("`futures` is 1 to {FUTURES_MAX}, found {}", question.futures)));
    }
    let span = rehearsal_trace::moment::span(&question.span)
        .map_err(|why| Problem::asked(format!("`for`: {why}, found `{}`", question.span)))?;
    let now = from.unwrap_or_else(|| state.service.status.now.load(Relaxed));
    let left = (scenario.period().1 * 1_000_000_000).saturating_sub(now);
    if span == 0 || span > left {
        let days = left as f64 / 86_400e9;
        return Err(Problem::asked(format!("`for` is more than nothing, and the story ends in {days:.1} days: ask for less")));
    }
    let (futures, seed, jobs, measures) = (question.futures, question.seed, usize::MAX, question.measures);
    Ok(Asked { policies, span, futures, seed, jobs, measures })
}
