//! What an answer says where it is none: a problem as RFC 9457 has it, with what to do about it.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};
use std::time::Duration;

/// How its text is marked.
const SORT: &str = "application/problem+json";

/// The longest detail that is told \[bytes\].
const LONG: usize = 2000;

/// How long a part of the twin may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    title: String,
    detail: String,
    /// When to try again \[s\].
    again: Option<u16>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &str, detail: impl Into<String>) -> Problem {
        let mut detail = detail.into();
        if let Some(end) = (LONG.saturating_sub(3)..detail.len()).find(|at| detail.is_char_boundary(*at))
            && detail.len() > LONG
        {
            detail.truncate(end);
            detail += "…";
        }
        Problem { status, title: title.to_owned(), detail, again: None }
    }

    /// What was asked has no meaning here.
    pub(super) fn asked(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "this cannot be asked", detail)
    }

    pub(super) fn missing(title: &str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, title, detail)
    }

    /// It cannot be answered now.
    pub(super) fn closed(detail: impl Into<String>) -> Problem {
        Problem { again: Some(5), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "it cannot be answered now", detail) }
    }

    /// Too much is asked at once.
    pub(super) fn busy(detail: impl Into<String>) -> Problem {
        Problem { again: Some(1), ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "there is too much", detail) }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "type": "about:blank", "title": self.title, "status": self.status.as_u16(), "detail": self.detail })
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(again) = self.again {
            answer.insert_header((RETRY_AFTER, again.to_string()));
        }
        answer.content_type(SORT).body(self.json().to_string())
    }
}

/// What a part of the twin answers, if it does so in time.
pub(super) async fn within<T>(answer: impl Future<Output = Result<T, actix::MailboxError>>) -> Result<T, Problem> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Problem::closed("the twin is about to stop, or is being brought up anew")),
        Err(_) => Err(Problem::closed("the twin is busy: it did not answer in time")),
    }
}

/// The same for what the world may refuse while it is brought up anew.
pub(super) async fn of_world<T>(
    answer: impl Future<Output = Result<Result<T, String>, actix::MailboxError>>,
) -> Result<T, Problem> {
    within(answer).await?.map_err(Problem::closed)
}

/// Puts what the framework says of requests that it does not understand into the same form.
pub(super) async fn as_problem(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answer = match next.call(request).await {
        Ok(answer) => answer.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    let status = answer.status();
    let told = answer.headers().get(CONTENT_TYPE).is_some_and(|sort| sort == HeaderValue::from_static(SORT));
    let html = answer.headers().get(CONTENT_TYPE).is_some_and(|sort| sort.as_bytes().starts_with(b"text/html"));
    if told || html || !(status.is_client_error() || status.is_server_error()) || status == StatusCode::METHOD_NOT_ALLOWED {
        return Ok(answer);
    }
    let why = answer.response().error().map(ToString::to_string);
    let is_health = answer.headers().get(CONTENT_TYPE).is_some_and(|sort| sort.as_bytes().starts_with(b"application/json"));
    if why.is_none() && is_health {
        return Ok(answer);
    }
    let why = why.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned());
    let problem = Problem::new(status, "this cannot be answered", why);
    Ok(answer.into_response(problem.error_response()))
}
