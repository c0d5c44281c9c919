//! The door before a part of an application: a role is needed there.

use crate::caller::Caller;
use crate::door::Passed;
use crate::problem::Problem;
use crate::role::Role;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage, ResponseError};
use std::future::{Future, Ready, ready};
use std::pin::Pin;

/// Lets only callers with a role into what it wraps: a scope, a resource or a whole application.
///
/// It relies on a [`Door`](crate::Door) around it; without one it lets nobody in.
#[must_use]
pub const fn require(role: Role) -> Require {
    Require(role)
}

/// What [`require`] makes.
#[derive(Clone, Copy, Debug)]
pub struct Require(Role);

impl Require {
    fn check(self, request: &ServiceRequest) -> Result<(), Problem> {
        let known = request.extensions();
        match known.get::<Caller>() {
            Some(caller) if caller.may(self.0) => Ok(()),
            Some(caller) => Err(Problem::wrong_role(self.0, &caller.name, caller.roles)),
            None if known.contains::<Passed>() => Err(Problem::no_token(None).with("needs", self.0.word())),
            None => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no-door", "this server is put together wrongly")
                .detail("no door stands before it, so nobody is known and nobody is let in")
                .remedy("wrap the application with the door")),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { require: *self, service }))
    }
}

/// A service behind [`Require`].
#[derive(Debug)]
pub struct Guarded<S> {
    require: Require,
    service: S,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.require.check(&request) {
            Ok(()) => {
                let answer = self.service.call(request);
                Box::pin(async move { answer.await.map(ServiceResponse::map_into_left_body) })
            }
            Err(problem) => {
                let answer = request.into_response(problem.error_response()).map_into_right_body();
                Box::pin(ready(Ok(answer)))
            }
        }
    }
}
