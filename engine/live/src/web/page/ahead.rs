//! What would follow under several policies: a form, and the answer as pictures with the numbers behind them.

use super::parts::{count, moment};
use super::{Page, trouble};
use crate::moments::Origin;
use crate::web::State;
use crate::web::forks::{FUTURES_MAX, Question, foresee};
use crate::web::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, ResponseError};
use rehearsal_experiment::report::{outcome, safe};
use serde_json::json;

/// What was chosen.
struct Chosen {
    policies: Vec<String>,
    span: String,
    futures: String,
    seed: String,
}

/// The form.
pub(in crate::web) async fn ask(state: Data<State>) -> HttpResponse {
    let (policies, span) = (state.service.scenario.policies(), "2d".to_owned());
    let chosen = Chosen { policies, span, futures: "20".into(), seed: "1".into() };
    let body = format!("{}<main>\n<section>\n{}</section>\n</main>\n", head(), form(&state, &chosen));
    Page { title: "Look ahead".into(), at: "/ahead", refreshed: false, body }.answer(&state, StatusCode::OK)
}

/// The answer, with the form as it was.
pub(in crate::web) async fn ahead(state: Data<State>, sent: Form<Vec<(String, String)>>) -> HttpResponse {
    let of = |name: &str| -> Vec<String> {
        sent.iter().filter(|(have, _)| have == name).map(|(_, value)| value.trim().to_owned()).collect()
    };
    let first = |name: &str, otherwise: &str| of(name).into_iter().next().unwrap_or_else(|| otherwise.to_owned());
    let chosen =
        Chosen { policies: of("policy"), span: first("for", "2d"), futures: first("futures", "20"), seed: first("seed", "1") };
    let question = match question(&state, &chosen) {
        Ok(question) => question,
        Err(problem) => return refused(&state, &chosen, &problem),
    };
    match foresee(&state, question).await {
        Ok(found) => {
            let from = Origin::of(state.service.scenario).told(found.from);
            let facts = format!(
                "<p class=\"facts\"><span>from {}</span> <span>after entry {}</span> <span>{} ahead</span> <span>{} futures of each policy</span> <span>seed {}</span></p>",
                moment(&json!(from)),
                count(found.after),
                safe(&chosen.span),
                count(found.results.replications.into()),
                found.results.seed,
            );
            let body = format!(
                "{}{facts}\n<main>\n{}<section id=\"again\">\n<h2>Ask again</h2>\n{}</section>\n</main>\n",
                head(),
                outcome(&found.results),
                form(&state, &chosen),
            );
            Page { title: "Look ahead".into(), at: "/ahead", refreshed: false, body }.answer(&state, StatusCode::OK)
        }
        Err(problem) if problem.status_code() == StatusCode::SERVICE_UNAVAILABLE => trouble(&state, "/ahead", &problem),
        Err(problem) => refused(&state, &chosen, &problem),
    }
}

fn refused(state: &State, chosen: &Chosen, problem: &Problem) -> HttpResponse {
    let wrong = format!("<p class=\"trouble\">{}</p>", safe(problem.detail()));
    let body = format!("{}<main>\n<section>\n{wrong}\n{}</section>\n</main>\n", head(), form(state, chosen));
    Page { title: "Look ahead".into(), at: "/ahead", refreshed: false, body }.answer(state, problem.status_code())
}

/// What was chosen as a question; the policy in force is what others are compared with.
fn question(state: &State, chosen: &Chosen) -> Result<Question, Problem> {
    let number = |text: &str, name: &str| {
        text.parse::<u64>().map_err(|_| Problem::asked(format!("`{name}` is a whole number, found `{text}`")))
    };
    let futures = u32::try_from(number(&chosen.futures, "futures")?).unwrap_or(u32::MAX);
    let mut policies = chosen.policies.clone();
    policies.sort_by_key(|name| *name != state.service.manifest.policy);
    let (span, seed) = (chosen.span.clone(), number(&chosen.seed, "seed")?);
    Ok(Question { policies, span, futures, measures: Vec::new(), seed, at: None })
}

fn head() -> String {
    "<header>\n<p class=\"kind\">What would follow</p>\n<h1>Look ahead</h1>\n</header>\n".into()
}

fn form(state: &State, chosen: &Chosen) -> String {
    let own = &state.service.manifest.policy;
    let policy = |name: &String| {
        let checked = if chosen.policies.contains(name) { " checked" } else { "" };
        let force = if name == own { " <small>in force</small>" } else { "" };
        format!("<label><input type=\"checkbox\" name=\"policy\" value=\"{0}\"{checked}>{0}{force}</label>", safe(name))
    };
    let policies: String = state.service.scenario.policies().iter().map(policy).collect();
    format!(
        "<form method=\"post\" action=\"/ahead\">\n<fieldset><legend>Policies</legend>{policies}</fieldset>\n<div class=\"fields\">\
         <label>How far, such as 2d or 36h<input type=\"text\" name=\"for\" value=\"{}\" required></label>\
         <label>Futures of each policy<input type=\"number\" name=\"futures\" min=\"1\" max=\"{FUTURES_MAX}\" value=\"{}\" required></label>\
         <label>Seed of their luck<input type=\"number\" name=\"seed\" min=\"0\" value=\"{}\" required></label>\
         <button>Look ahead</button></div>\n</form>\n",
        safe(&chosen.span),
        safe(&chosen.futures),
        safe(&chosen.seed),
    )
}
