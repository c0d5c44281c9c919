//! Who came in.

use crate::problem::Problem;
use crate::role::{Role, Roles};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};
use std::sync::Arc;

/// Who came in: the name that belongs to the token, and its roles.
///
/// Handlers take it as an argument, or find it in the extensions of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name beside the token; `local` where this machine is served without tokens.
    pub name: Arc<str>,
    /// What is allowed.
    pub roles: Roles,
}

impl Caller {
    /// Whoever is on this machine, where no tokens are asked for.
    #[must_use]
    pub fn local() -> Caller {
        Caller { name: Arc::from("local"), roles: Roles::ALL }
    }

    /// Whether what needs `role` is allowed.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.roles.may(role)
    }
}

/// A caller with a token; without one, 401.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Caller, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or_else(|| Problem::no_token(None)))
    }
}
