//! An HTTP POST per event.
//!
//! The client is awc: it lives in one thread as the connector does, keeps its connections there, and shares its HTTP with
//! actix-web. Redirects are not followed: a POST that is redirected loses its body or its secrets.

use crate::course::Outcome;
use crate::outgoing::{Outgoing, header_value};
use crate::plan::Webhook;
use crate::secret::without;
use crate::tls;
use awc::Client;
use awc::http::StatusCode;
use awc::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// So much of an answer is read \[bytes\].
const ANSWER_MAX: usize = 64 << 10;
/// So much of an answer is told as the reason \[characters\].
const TOLD_MAX: usize = 200;

pub(crate) struct Caller {
    plan: Webhook,
    client: Client,
}

impl Caller {
    pub(crate) fn new(plan: &Webhook) -> Self {
        let connector = awc::Connector::new().timeout(plan.timeout).rustls_0_23(tls::config());
        let client = Client::builder().connector(connector).timeout(plan.timeout).disable_redirects().finish();
        Self { plan: plan.clone(), client }
    }

    pub(crate) async fn send(&self, event: &Outgoing) -> Outcome {
        let mut secrets = Vec::new();
        let mut request = self.client.post(&self.plan.url).timeout(self.plan.timeout);
        for (name, value) in event.attributes() {
            request = request.insert_header((format!("ce-{name}"), header_value(&value)));
        }
        request = request.insert_header((CONTENT_TYPE, "application/json"));
        request = request.insert_header(("idempotency-key", header_value(&event.key)));
        for (name, secret) in &self.plan.headers {
            let value = match secret.read() {
                Ok(value) => value,
                Err(error) => return Outcome::failed(error.to_string()),
            };
            let (Ok(header), Ok(text)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str())) else {
                return Outcome::failed(format!(
                    "the header `{name}` cannot carry {secret}: it has a line end or other control character"
                ));
            };
            request = request.insert_header((header, text));
            secrets.push(value);
        }
        let body = match serde_json::to_vec(&event.data) {
            Ok(body) => body,
            Err(error) => return Outcome::Unfit(format!("the data is no JSON: {error}")),
        };
        // The client gives up by itself; this bounds the reading of the answer as well.
        let answer = async {
            let mut answer = request.send_body(body).await.map_err(|error| error.to_string())?;
            let text = answer.body().limit(ANSWER_MAX).await.unwrap_or_default();
            Ok::<_, String>((answer.status(), retry_after(answer.headers(), SystemTime::now()), text))
        };
        match tokio::time::timeout(self.plan.timeout, answer).await {
            Err(_) => Outcome::failed(format!("no answer within {:?}", self.plan.timeout)),
            Ok(Err(reason)) => Outcome::failed(without(reason, &secrets)),
            Ok(Ok((status, after, text))) => {
                let told: String = String::from_utf8_lossy(&text).chars().take(TOLD_MAX).collect();
                judged(status, after, &without(told, &secrets))
            }
        }
    }
}

/// What an answer means.
fn judged(status: StatusCode, after: Option<Duration>, told: &str) -> Outcome {
    let told = told.trim();
    let reason = if told.is_empty() { format!("the answer was {status}") } else { format!("the answer was {status}: {told}") };
    match status.as_u16() {
        200..=299 => Outcome::Delivered,
        425 | 429 => Outcome::Later { reason, after, busy: true },
        408 | 500..=599 => Outcome::Later { reason, after, busy: false },
        300..=399 => Outcome::Refused(format!("{reason}; redirects are not followed: give the address it leads to")),
        _ => Outcome::Refused(reason),
    }
}

/// `Retry-After` as seconds or as a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:00 GMT").expect("a date");
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, now)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        // The example of RFC 9110.
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(37)));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!((read("soon"), read("-1")), (None, None));
    }

    #[test]
    fn answers_are_judged() {
        let judge = |code| judged(StatusCode::from_u16(code).expect("a status"), None, "");
        for code in [200, 202, 204] {
            assert_eq!(judge(code), Outcome::Delivered);
        }
        for code in [408, 425, 429, 500, 503] {
            assert!(matches!(judge(code), Outcome::Later { .. }), "{code}");
        }
        for code in [301, 400, 401, 404, 422] {
            assert!(matches!(judge(code), Outcome::Refused(_)), "{code}");
        }
    }
}
