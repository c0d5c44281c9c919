//! A place of the server: a path, and what can be done there.

use super::problem::{Problem, as_problem};
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError};
use rehearsal_doors::{Role, require};

/// A path, as OpenAPI writes it, with a handler for each method.
pub(super) struct Place {
    path: &'static str,
    methods: Vec<&'static str>,
    resource: Resource,
    /// Who may come here; everybody where `None`.
    role: Option<Role>,
}

impl Place {
    /// A place at a path. A name in braces takes all that stands there, with any `/`.
    pub(super) fn at(path: &'static str) -> Place {
        Place { path, methods: Vec::new(), resource: web::resource(path.replace('}', ":.+}")), role: None }
    }

    /// The same, for callers with a role alone.
    pub(super) fn for_role(self, role: Role) -> Place {
        Place { role: Some(role), ..self }
    }

    pub(super) fn get<F, Args>(self, handler: F) -> Place
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("GET", web::get().to(handler))
    }

    pub(super) fn post<F, Args>(self, handler: F) -> Place
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("POST", web::post().to(handler))
    }

    pub(super) fn delete<F, Args>(self, handler: F) -> Place
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("DELETE", web::delete().to(handler))
    }

    fn with(mut self, method: &'static str, route: actix_web::Route) -> Place {
        self.methods.push(method);
        Place { resource: self.resource.route(route), ..self }
    }

    /// Its path and methods.
    pub(super) fn told(&self) -> (&'static str, Vec<&'static str>) {
        (self.path, self.methods.clone())
    }

    /// Adds it to an application.
    pub(super) fn add(self, config: &mut web::ServiceConfig) {
        let allowed = self.methods.join(", ");
        let otherwise = move || {
            let allowed = allowed.clone();
            async move { not_allowed(&allowed) }
        };
        let resource = self.resource.default_service(web::to(otherwise));
        match self.role {
            Some(role) => config.service(resource.wrap(require(role)).wrap(from_fn(as_problem))),
            None => config.service(resource.wrap(from_fn(as_problem))),
        };
    }
}

fn not_allowed(allowed: &str) -> HttpResponse {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here", format!("here one can: {allowed}"));
    let mut answer = problem.error_response();
    if let Ok(allowed) = allowed.parse() {
        answer.headers_mut().insert(ALLOW, allowed);
    }
    answer
}
