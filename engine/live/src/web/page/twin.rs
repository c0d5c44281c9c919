//! The page of one twin: its states, its fields, what the policy remembers of it, and what was decided about it.

use super::parts::{moment, pairs, told_of, words};
use super::{Page, trouble};
use crate::service::Recent;
use crate::web::State;
use crate::web::problem::{Problem, of_world};
use crate::web::twins::look;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use rehearsal_experiment::report::safe;
use serde::Deserialize;
use serde_json::Value;

/// How much of its history is told.
const MOST: usize = 40;

/// Among how many records of note it is looked for what was done.
const RECORDS: usize = 500;

/// Which twin.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Which {
    #[serde(default)]
    id: String,
}

pub(in crate::web) async fn twin(state: Data<State>, which: Query<Which>) -> HttpResponse {
    match page(&state, &which.id).await {
        Ok(page) => page.answer(&state, StatusCode::OK),
        Err(problem) => trouble(&state, "/twin", &problem),
    }
}

async fn page(state: &State, id: &str) -> Result<Page, Problem> {
    let found = look(state, id).await?;
    let name = found["twin"].as_str().unwrap_or_default().to_owned();
    let asked = Recent { twin: Some(id.to_owned()), decision: None, most: MOST };
    let history = of_world(state.service.stage.send(asked)).await?;
    let shown = history.len();
    // What decisions about it did is told with them, also where it was done to others.
    let asked = Recent { twin: None, decision: None, most: RECORDS };
    let others = of_world(state.service.stage.send(asked)).await?;
    let beyond: Vec<Value> = others.into_iter().filter(|other| other["what"] == "contact" && !history.contains(other)).collect();
    let all: Vec<Value> = history.into_iter().chain(beyond).collect();
    let history = if shown == 0 { "<p class=\"none\">Nothing yet.</p>\n".into() } else { told_of(&all, shown) };
    let gone = if found["alive"] == false { " <span>no longer there</span>" } else { "" };
    let profile = match &found["profile"] {
        Value::Null => String::new(),
        profile => format!(
            "<section id=\"profile\">\n<h2>What the policy knows of it</h2>\n{}{}</section>\n",
            states(&profile["states"]),
            fields(&profile["remembers"]),
        ),
    };
    let body = format!(
        "<header>\n<p class=\"kind\">{}</p>\n<h1><bdi>{}</bdi></h1>\n<p class=\"facts\"><span>it is {} there</span> <span>household of {}</span>{gone}</p>\n</header>\n\
         <main>\n<section id=\"state\">\n<h2>How it is</h2>\n{}{}</section>\n{profile}\
         <section id=\"history\">\n<h2>What was decided and said</h2>\n{history}</section>\n</main>\n",
        safe(found["kind"].as_str().unwrap_or_default()),
        safe(&name),
        moment(&found["now"]),
        super::parts::twin(found["household"].as_str().unwrap_or_default()),
        states(&found["states"]),
        fields(&found["fields"]),
    );
    Ok(Page { title: name, at: "/twin", refreshed: true, body })
}

fn states(of: &Value) -> String {
    let state = |(region, state): (&String, &Value)| {
        (region.clone(), format!("{} since {}", state["state"].as_str().unwrap_or_default(), plain(&state["since"])))
    };
    let states: Vec<(String, String)> = of.as_object().into_iter().flatten().map(state).collect();
    if states.is_empty() { String::new() } else { pairs(&states) }
}

fn plain(since: &Value) -> String {
    let text = since.as_str().unwrap_or_default();
    text.split_once('.').map_or(text, |(seconds, _)| seconds).trim_end_matches('Z').replace('T', " ")
}

fn fields(of: &Value) -> String {
    let fields: Vec<(String, String)> =
        of.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), words(value))).collect();
    if fields.is_empty() { "<p class=\"none\">Nothing more.</p>\n".into() } else { pairs(&fields) }
}
