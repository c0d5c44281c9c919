//! The door before all of an application.
//!
//! In this order: is the server meant, and does no strange page ask ([`crate::same_origin`]); who is it; how often does it come;
//! is its token right; is its body short enough. Then the application answers, and every answer gets the headers for browsers.
//! A wrong token counts against the address, so that guessing is no faster than asking.

use crate::body::{Fault, Held, Intake};
use crate::caller::Caller;
use crate::connection::{Answering, Connection};
use crate::headers;
use crate::limits::Limits;
use crate::origin::{Names, same_origin};
use crate::problem::Problem;
use crate::rate::{Client, Rate};
use crate::tokens::Tokens;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::{InternalError, JsonPayloadError};
use actix_web::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use actix_web::http::{ConnectionType, StatusCode, Version};
use actix_web::web::{FormConfig, JsonConfig, PayloadConfig};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// The middleware that stands before all of an application; see [`Doors::door`](crate::Doors::door).
///
/// All clones count together.
#[derive(Clone)]
pub struct Door(pub(crate) Arc<Agreed>);

/// What was agreed.
pub(crate) struct Agreed {
    pub(crate) tokens: Tokens,
    pub(crate) names: Names,
    pub(crate) limits: Limits,
    pub(crate) rate: Rate,
}

/// Marks a request that came through a door.
pub(crate) struct Passed;

impl Agreed {
    /// Lets a request in, or says why not. Puts the [`Caller`] into it.
    fn let_in(&self, request: &ServiceRequest) -> Result<(), Problem> {
        self.names.check(request.request())?;
        same_origin(request.request())?;
        let who = if self.tokens.is_empty() { Ok(Some(Caller::local())) } else { self.who(request) };
        self.count(request, who.as_ref().ok().and_then(Option::as_ref))?;
        let caller = who?;
        self.measure(request)?;
        let mut extensions = request.extensions_mut();
        extensions.insert(Passed);
        if let Some(caller) = caller {
            extensions.insert(caller);
        }
        Ok(())
    }

    /// Whose token it is; nobody's where there is none.
    fn who(&self, request: &ServiceRequest) -> Result<Option<Caller>, Problem> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let Some(header) = headers.next() else { return Ok(None) };
        if headers.next().is_some() {
            return Err(Problem::no_token(Some("the request has several headers `Authorization`")));
        }
        let shown = header.to_str().ok().and_then(|text| text.split_once(' '));
        let Some((_, token)) = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Err(Problem::no_token(Some("the header `Authorization` is not of the form `Bearer TOKEN`")));
        };
        match self.tokens.caller(token.trim()) {
            Some(caller) => Ok(Some(caller.clone())),
            None => Err(Problem::no_token(Some("nobody has this token"))),
        }
    }

    /// Counts the request: for the caller where tokens are asked for, else for the address.
    fn count(&self, request: &ServiceRequest, caller: Option<&Caller>) -> Result<(), Problem> {
        let client = match caller {
            Some(caller) if !self.tokens.is_empty() => Client::Name(caller.name.clone()),
            _ => Client::peer(request.peer_addr().map(|peer| peer.ip())),
        };
        self.rate.admit(&client).map_err(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::too_many(self.limits.rate_per_second, self.limits.burst, seconds)
        })
    }

    /// Refuses a body that says itself that it is too long.
    fn measure(&self, request: &ServiceRequest) -> Result<(), Problem> {
        let said = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if said.is_some_and(|length| length > self.limits.body_bytes) {
            return Err(Problem::too_large(self.limits.body_bytes));
        }
        Ok(())
    }

    fn told(&self, fault: Fault) -> Problem {
        match fault {
            Fault::TooLarge => Problem::too_large(self.limits.body_bytes),
            Fault::TooSlow => Problem::too_slow(self.limits.request.as_secs_f64()),
        }
    }

    /// What the extractors of actix are told, so that they take bodies up to the limit and tell problems as problems.
    fn extractors(&self) -> Extensions {
        let limit = usize::try_from(self.limits.body_bytes).unwrap_or(usize::MAX);
        let mut extensions = Extensions::new();
        extensions.insert(PayloadConfig::new(limit));
        extensions.insert(FormConfig::default().limit(limit));
        let json = JsonConfig::default().limit(limit);
        extensions.insert(json.error_handler(|error, _| {
            match error {
                JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => error.into(),
                JsonPayloadError::ContentType => {
                    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no-json", "the body is not said to be JSON")
                        .detail("it came under another content type")
                        .remedy("send it with the header `Content-Type: application/json`")
                        .into()
                }
                error => Problem::new(StatusCode::BAD_REQUEST, "no-json", "the body is not the JSON that is asked for")
                    .detail(error.to_string())
                    .remedy("send JSON of that form with the header `Content-Type: application/json`")
                    .into(),
            }
        }));
        extensions
    }
}

impl<S, B> Transform<S, ServiceRequest> for Door
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Doorway<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let extractors = Rc::new(self.0.extractors());
        ready(Ok(Doorway { agreed: self.0.clone(), extractors, service: Rc::new(service) }))
    }
}

/// A service behind a [`Door`].
pub struct Doorway<S> {
    agreed: Arc<Agreed>,
    extractors: Rc<Extensions>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Doorway<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (agreed, service) = (self.agreed.clone(), self.service.clone());
        let intake = match request.take_payload() {
            Payload::None => None,
            payload => Some(Intake::new(payload, agreed.limits.body_bytes)),
        };
        let answering = request.conn_data::<Connection>().map(Connection::answering);
        let framed = request.version() == Version::HTTP_2;
        let mut visit = Visit { intake, answering, known: false };
        if let Err(problem) = agreed.let_in(&request) {
            let answer = request.into_response(problem.error_response());
            return Box::pin(async move {
                visit.pass_over(framed).await;
                Ok(visit.finish(answer))
            });
        }
        if let Some(intake) = &visit.intake {
            request.set_payload(intake.payload(agreed.limits.request));
        }
        request.add_data_container(self.extractors.clone());
        // Where there are no tokens everybody who comes in is as good as known.
        visit.known = agreed.tokens.is_empty() || request.extensions().contains::<Caller>();
        Box::pin(async move {
            let answered = service.call(request).await;
            let told = visit.fault().map(|fault| agreed.told(fault).error_response());
            if told.is_none() && !answered.as_ref().is_ok_and(|answer| answer.status().is_success()) {
                visit.pass_over(framed).await;
            }
            match (answered, told) {
                (Ok(answer), None) => Ok(visit.finish(answer.map_into_boxed_body())),
                (Ok(answer), Some(told)) => Ok(visit.finish(ServiceResponse::new(answer.into_parts().0, told))),
                (Err(error), told) => Err(visit.fail(error, told)),
            }
        })
    }
}

/// A request on its way through the door.
struct Visit {
    intake: Option<Intake>,
    answering: Option<Answering>,
    known: bool,
}

impl Visit {
    fn fault(&self) -> Option<Fault> {
        self.intake.as_ref().and_then(Intake::fault)
    }

    /// Reads what is left of a body that was refused, where its answer would be lost otherwise: where a connection carries
    /// several requests in frames, as with HTTP/2.
    async fn pass_over(&self, framed: bool) {
        if framed && let Some(intake) = &self.intake {
            intake.pass_over().await;
        }
    }

    fn finish(self, answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let (request, answer) = answer.into_parts();
        ServiceResponse::new(request, self.dress(answer))
    }

    /// The same for an answer that is still an error, or for what takes its place.
    fn fail(self, error: Error, told: Option<HttpResponse>) -> Error {
        let answer = self.dress(told.unwrap_or_else(|| error.error_response()));
        InternalError::from_response(error, answer).into()
    }

    /// Gives an answer its headers. Whoever is not known gets no second request on the connection.
    fn dress(self, mut answer: HttpResponse) -> HttpResponse {
        headers::guard(answer.headers_mut());
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            if let Some(intake) = &self.intake {
                intake.lift();
            }
        } else if !self.known {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        answer.map_body(|_, body| BoxBody::new(Held { body, _intake: self.intake, _answering: self.answering }))
    }
}
