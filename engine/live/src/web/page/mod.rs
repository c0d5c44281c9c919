//! Pages for people: who is in which state and why what was decided, one twin, and what would follow.
//!
//! Pages are whole when they come: no script, nothing from elsewhere. All text from outside is escaped by the report's
//! [`safe`], in the one place where it becomes HTML.

mod ahead;
mod overview;
mod parts;
mod twin;

pub(super) use ahead::{ahead, ask};
pub(super) use overview::overview;
pub(super) use twin::twin;

use super::State;
use super::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use rehearsal_experiment::report::{STYLE, safe};

/// What browsers may load, and from where.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'self'";

const OWN_STYLE: &str = include_str!("../page.css");

/// How often what changes is loaded anew \[s\].
const REFRESH: u32 = 10;

/// Where links lead to.
const LINKS: [(&str, &str); 3] = [("/", "Overview"), ("/ahead", "Look ahead"), ("/openapi.json", "API")];

/// A page.
struct Page {
    title: String,
    /// Which of [`LINKS`] it is.
    at: &'static str,
    /// Whether it is loaded anew after a while.
    refreshed: bool,
    /// As HTML.
    body: String,
}

impl Page {
    fn answer(&self, state: &State, status: StatusCode) -> HttpResponse {
        let refresh =
            if self.refreshed { format!("<meta http-equiv=\"refresh\" content=\"{REFRESH}\">\n") } else { String::new() };
        let link = |(path, name): (&str, &str)| {
            let here = if path == self.at { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{path}\"{here}>{name}</a>")
        };
        let links: String = LINKS.into_iter().map(link).collect();
        let name = safe(title(state));
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n{refresh}<link rel=\"icon\" href=\"data:,\">\n\
             <title>{} · Rehearsal</title>\n<style>\n{STYLE}{OWN_STYLE}</style>\n</head>\n<body>\n\
             <nav class=\"pages\" aria-label=\"Pages\"><b>Rehearsal · {name}</b>{links}</nav>\n{}</body>\n</html>\n",
            safe(&self.title),
            self.body,
        );
        let mut answer = HttpResponse::build(status);
        answer.insert_header(("Content-Security-Policy", POLICY)).insert_header(("X-Content-Type-Options", "nosniff"));
        answer.insert_header(("Referrer-Policy", "no-referrer")).insert_header(("Cache-Control", "no-store"));
        answer.content_type("text/html; charset=utf-8").body(html)
    }
}

/// What people call the scenario.
fn title(state: &State) -> &'static str {
    let scenario = state.service.scenario;
    if scenario.title().is_empty() { scenario.name() } else { scenario.title() }
}

/// A problem as a page.
fn trouble(state: &State, at: &'static str, problem: &Problem) -> HttpResponse {
    let body = format!("<main><h1>Not so</h1><p class=\"trouble\">{}</p></main>\n", safe(problem.detail()));
    Page { title: "Not so".into(), at, refreshed: false, body }.answer(state, problem.status_code())
}
