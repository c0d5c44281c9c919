//! What is personal of a twin: told, and erased with a proof.

use super::State;
use super::problem::{Problem, within};
use super::twins::look;
use crate::erasure::{search, traces_of};
use crate::service::{Erase, PersonOf};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

pub(super) async fn get(state: Data<State>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let person = within(state.service.desk.send(PersonOf(id.clone()))).await?;
    if person.is_empty() {
        look(&state, &id).await?;
    }
    Ok(HttpResponse::Ok().json(json!({ "twin": *id, "person": person })))
}

/// Erases, then looks for what was there in every file of the data folder.
pub(super) async fn erase(state: Data<State>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let desk = &state.service.desk;
    let before = within(desk.send(PersonOf(id.clone()))).await?;
    // It may have to read all that was put aside, so nobody is hurried.
    let erased = desk.send(Erase(id.clone())).await.map_err(|_| Problem::closed("the twin is about to stop"))?;
    let erased = erased.map_err(Problem::closed)?;
    if !erased {
        look(&state, &id).await?;
    }
    let (folder, traces) = (state.service.folder.path().to_owned(), traces_of(&before));
    let fields: Vec<String> = before.keys().cloned().collect();
    let searched = tokio::task::spawn_blocking(move || search(&folder, &traces)).await;
    let searched = searched.map_err(|error| Problem::closed(error.to_string()))?;
    let proof = searched.map_err(|error| Problem::closed(format!("it was erased, but could not be looked for: {error}")))?;
    Ok(HttpResponse::Ok().json(json!({ "twin": *id, "erased": erased, "fields": fields, "proof": proof })))
}
