//! Twins: who is in which state, one of them as it is or was, and what was decided about it.

use super::State;
use super::problem::{Problem, of_world, within};
use crate::moments::{Origin, read as read_moment};
use crate::service::{AsOf, Census, Look, Recent, Search};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::Ordering::Relaxed;

/// How many are told at once, at most and where nobody says.
const MOST: usize = 1000;
const USUAL: usize = 100;

/// Which twins are looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    kind: Option<String>,
    state: Option<String>,
    field: Option<String>,
    value: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    skip: usize,
}

pub(super) async fn search(state: Data<State>, wanted: Query<Wanted>) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let plan = state.service.scenario.plan();
    if let Some(name) = wanted.kind.as_ref().filter(|name| !plan.kinds.iter().any(|kind| kind.name == **name)) {
        let known: Vec<&str> = plan.kinds.iter().map(|kind| kind.name.as_str()).filter(|name| !name.is_empty()).collect();
        return Err(Problem::asked(format!("there is no kind `{name}`; there is {}", known.join(", "))));
    }
    let field = match (wanted.field, wanted.value) {
        (Some(field), Some(value)) => Some((field, value)),
        (None, None) => None,
        _ => return Err(Problem::asked("`field` and `value` go together: field=worn&value=0")),
    };
    let most = limit(wanted.limit)?;
    let search = Search { kind: wanted.kind, state: wanted.state, field, most, skip: wanted.skip };
    Ok(HttpResponse::Ok().json(of_world(state.service.stage.send(search)).await?))
}

/// How many are asked for.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(most @ 1..=MOST) => Ok(most),
        Some(other) => Err(Problem::asked(format!("`limit` is 1 to {MOST}, found {other}; use `skip` for more"))),
    }
}

/// A moment that is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    at: Option<String>,
}

pub(super) async fn twin(state: Data<State>, id: Path<String>, when: Query<When>) -> Result<HttpResponse, Problem> {
    let found = match &when.at {
        None => look(&state, &id).await?,
        Some(at) => {
            let at = past(&state, at)?;
            let _turn = state.turn()?;
            let asked = AsOf { twin: id.clone(), at };
            let found = state.service.seer.send(asked).await.map_err(|_| Problem::closed("the twin is about to stop"))?;
            found.map_err(Problem::asked)?.ok_or_else(|| unknown(&id))?
        }
    };
    Ok(HttpResponse::Ok().json(found))
}

/// A twin as it is.
pub(super) async fn look(state: &State, id: &str) -> Result<Value, Problem> {
    of_world(state.service.stage.send(Look(id.to_owned()))).await?.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Problem {
    let name: String = id.chars().take(80).collect();
    Problem::missing("there is no such twin", format!("nobody is called `{name}`; see /twins for all there are"))
}

/// A moment of the past that a text names \[ns since the beginning\].
pub(super) fn past(state: &State, text: &str) -> Result<u64, Problem> {
    let origin = Origin::of(state.service.scenario);
    let unix = read_moment(text).map_err(Problem::asked)?;
    let now = state.service.status.now.load(Relaxed);
    let at = origin.in_world(unix).ok_or_else(|| Problem::asked(format!("this twin begins at {}", origin.told(0))))?;
    if at > now {
        return Err(Problem::asked(format!("it is {} now: ask /forks for what lies ahead", origin.told(now))));
    }
    Ok(at)
}

/// How much is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HowMany {
    limit: Option<usize>,
}

pub(super) async fn history(state: Data<State>, id: Path<String>, how: Query<HowMany>) -> Result<HttpResponse, Problem> {
    let most = limit(how.limit)?;
    let twin = look(&state, &id).await?["twin"].clone();
    let asked = Recent { twin: Some(id.into_inner()), decision: None, most };
    let found = of_world(state.service.stage.send(asked)).await?;
    Ok(HttpResponse::Ok().json(json!({ "twin": twin, "history": found })))
}

pub(super) async fn census(state: Data<State>) -> Result<HttpResponse, Problem> {
    let kinds = within(state.service.stage.send(Census)).await?.map_err(Problem::closed)?;
    let now = Origin::of(state.service.scenario).told(state.service.status.now.load(Relaxed));
    Ok(HttpResponse::Ok().json(json!({ "now": now, "kinds": kinds })))
}
