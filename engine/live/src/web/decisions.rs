//! Decisions: the latest, and one of them with all that explains it.

use super::State;
use super::problem::{Problem, of_world};
use super::twins::{limit, look};
use crate::service::{Recent, Tell};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use rehearsal_scenario::{Header, Record};
use rehearsal_trace::{Explainer, Reader, Writer};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which decisions are looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    twin: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn recent(state: Data<State>, wanted: Query<Wanted>) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let most = limit(wanted.limit)?;
    if let Some(twin) = &wanted.twin {
        look(&state, twin).await?;
    }
    Ok(HttpResponse::Ok().json(json!({ "decisions": latest(&state, wanted.twin, most).await? })))
}

/// The latest decisions, the newest first.
pub(super) async fn latest(state: &State, twin: Option<String>, most: usize) -> Result<Vec<Value>, Problem> {
    let asked = Recent { twin, decision: None, most: usize::MAX };
    let mut found = of_world(state.service.stage.send(asked)).await?;
    found.retain(|record| record["what"] == "decision");
    found.truncate(most);
    Ok(found)
}

pub(super) async fn one(state: Data<State>, which: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (policy, number) = which.into_inner();
    let number: u64 = number.parse().map_err(|_| Problem::asked(format!("`{number}` is no number of a decision")))?;
    let asked = Recent { twin: None, decision: Some((policy.clone(), number)), most: 1 };
    let found = of_world(state.service.stage.send(asked)).await?;
    let told = of_world(state.service.stage.send(Tell { policy: policy.clone(), number })).await?;
    let (Some(decision), Some((header, records))) = (found.into_iter().next(), told) else {
        let why = format!("decision {number} of policy `{policy}` is not among the latest; `rehearsal replay` finds older ones");
        return Err(Problem::missing("there is no such decision", why));
    };
    let work = move || explained(&header, &records, &policy, number);
    let found = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::closed(error.to_string()))?;
    let (explained, story) = found.map_err(|error| Problem::closed(error.to_string()))?;
    Ok(HttpResponse::Ok().json(json!({ "decision": decision, "explained": explained, "story": story })))
}

/// A decision as JSON and as a short story.
fn explained(
    header: &Header,
    records: &[Record],
    policy: &str,
    number: u64,
) -> Result<(Value, String), rehearsal_trace::TraceError> {
    let mut writer = Writer::new(Vec::new(), header)?;
    records.iter().try_for_each(|record| writer.record(record))?;
    let reader = Reader::from_bytes(writer.into_inner()?)?;
    let explainer = Explainer::new(&reader)?;
    let found = explainer.decision(Some(policy), number)?;
    Ok((serde_json::to_value(&found).unwrap_or_default(), explainer.tell(&found)))
}
