//! A refusal, told in the form of RFC 9457: `application/problem+json`.
//!
//! ```json
//! {"type": "urn:rehearsal:problem:forbidden", "title": "...", "status": 403, "detail": "...", "remedy": "...", "needs": "read"}
//! ```
//!
//! # Source
//! M. Nottingham, E. Wilde, S. Dalal, *Problem Details for HTTP APIs*, RFC 9457, 2023.

use crate::role::{Role, Roles};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Map, Value, json};
use std::fmt;

/// A refusal with what was found, and what to do.
///
/// What is put into it is seen by the caller: no tokens, no paths of this machine.
#[derive(Clone, Debug)]
pub struct Problem(Box<Told>);

#[derive(Clone, Debug)]
struct Told {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    remedy: String,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    closes: bool,
}

impl Problem {
    /// A problem. `kind` becomes the last part of its `type`, a URN; `title` is the same for all of a kind.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Problem {
        let (detail, remedy, members, headers) = (String::new(), String::new(), Map::new(), Vec::new());
        Problem(Box::new(Told { status, kind, title, detail, remedy, members, headers, closes: false }))
    }

    /// Says what was found here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = detail.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Problem {
        self.0.remedy = remedy.into();
        self
    }

    /// Adds a member of its own, for programs. It cannot take the place of one that every problem has.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Problem {
        self.0.headers.push((name, value));
        self
    }

    /// Ends the connection after the answer.
    #[must_use]
    pub fn closing(mut self) -> Problem {
        self.0.closes = true;
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The body of the answer.
    #[must_use]
    pub fn json(&self) -> Value {
        let told = &self.0;
        let mut object = Map::new();
        object.insert("type".into(), json!(format!("urn:rehearsal:problem:{}", told.kind)));
        object.insert("title".into(), json!(told.title));
        object.insert("status".into(), json!(told.status.as_u16()));
        for (name, text) in [("detail", &told.detail), ("remedy", &told.remedy)] {
            if !text.is_empty() {
                object.insert(name.into(), json!(text));
            }
        }
        for (name, value) in &told.members {
            object.entry(name).or_insert_with(|| value.clone());
        }
        Value::Object(object)
    }

    /// 401: no token, or one that nobody has.
    pub(crate) fn no_token(wrong: Option<&'static str>) -> Problem {
        let challenge = match wrong {
            None => "Bearer realm=\"rehearsal\"",
            Some(_) => "Bearer realm=\"rehearsal\", error=\"invalid_token\"",
        };
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "a token is needed")
            .detail(wrong.unwrap_or("the request carries no token"))
            .remedy("send the header `Authorization: Bearer TOKEN` with a token that the operator of this twin gave you")
            .header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
            .closing()
    }

    /// 403: the roles of the caller do not suffice.
    pub(crate) fn wrong_role(needed: Role, name: &str, held: Roles) -> Problem {
        let held_words: Vec<&str> = held.iter().map(Role::word).collect();
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "the token has not the role that is needed")
            .detail(format!("this needs the role `{needed}`; the token of `{name}` has {held}"))
            .remedy(format!("use a token with the role `{needed}`"))
            .with("needs", needed.word())
            .with("has", held_words)
    }

    /// 413: the body is longer than agreed.
    pub(crate) fn too_large(limit_bytes: u64) -> Problem {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is too large")
            .detail(format!("a body may have {limit_bytes} bytes"))
            .remedy("send it in several requests")
            .with("limit_bytes", limit_bytes)
            .closing()
    }

    /// 408: the body did not come in time.
    pub(crate) fn too_slow(seconds: f64) -> Problem {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not come in time")
            .detail(format!("the whole body must be here within {seconds} s"))
            .remedy("send less in one request")
            .closing()
    }

    /// 429: more requests than agreed.
    pub(crate) fn too_many(rate_per_second: u32, burst: u32, wait_seconds: u64) -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "too many requests")
            .detail(format!("a client has {rate_per_second} requests per second, and {burst} at once"))
            .remedy(format!("try again after {wait_seconds} s, and put several events into one request"))
            .header(RETRY_AFTER, HeaderValue::from(wait_seconds))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0.title)?;
        if self.0.detail.is_empty() { Ok(()) } else { write!(out, ": {}", self.0.detail) }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.0.status);
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        for (name, value) in &self.0.headers {
            response.append_header((name.clone(), value.clone()));
        }
        if self.0.closes {
            response.force_close();
        }
        response.body(self.json().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_its_own_never_hide_those_of_every_problem() {
        let problem = Problem::new(StatusCode::CONFLICT, "taken", "it is taken").with("status", 200).with("seat", 7);
        assert_eq!(
            problem.json(),
            json!({"type": "urn:rehearsal:problem:taken", "title": "it is taken", "status": 409, "seat": 7})
        );
        assert_eq!(problem.to_string(), "it is taken");
    }
}
