//! What belongs together: where, who, under which certificate, how much.

use crate::connection::Connection;
use crate::door::{Agreed, Door};
use crate::error::DoorsError;
use crate::limits::Limits;
use crate::origin::Names;
use crate::place::Listen;
use crate::rate::{Clock, Rate};
use crate::tls::Tls;
use crate::tokens::Tokens;
use actix_http::Request;
use actix_service::IntoServiceFactory;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response, Service, ServiceFactory};
use actix_web::http::uri::Authority;
use actix_web::{Error, HttpServer};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a connection is kept after an answer to a request that was not read to its end, so that the answer arrives.
const LINGER: Duration = Duration::from_secs(1);

/// The doors of a server.
#[derive(Clone, Debug)]
pub struct Doors {
    listen: Listen,
    tokens: Tokens,
    tls: Option<Tls>,
    hosts: Vec<String>,
    limits: Limits,
}

impl Doors {
    /// The doors at an address.
    ///
    /// # Errors
    /// Where others can reach the address and there are not both TLS and tokens; where a limit makes no sense.
    pub fn new(listen: Listen, tokens: Tokens, tls: Option<Tls>, limits: Limits) -> Result<Doors, DoorsError> {
        listen.allows(tls.is_some(), !tokens.is_empty())?;
        limits.check()?;
        Ok(Doors { listen, tokens, tls, hosts: Vec::new(), limits })
    }

    /// Says by which names the server is known beside `localhost`. Where others can reach it and none is said, any name will do.
    ///
    /// # Errors
    /// Where one is not a name of a host.
    pub fn known_as(mut self, hosts: impl IntoIterator<Item = String>) -> Result<Doors, DoorsError> {
        for name in hosts {
            let authority = name.parse::<Authority>().ok().filter(|authority| authority.host() == name);
            if authority.is_none() {
                return Err(DoorsError::Host { name });
            }
            self.hosts.push(name.to_ascii_lowercase());
        }
        Ok(self)
    }

    /// Where it listens.
    #[must_use]
    pub fn listen(&self) -> Listen {
        self.listen
    }

    /// How much is taken in.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// The middleware, to be made once and cloned into every `App`: the last `wrap`, so that it stands outside all others.
    #[must_use]
    pub fn door(&self) -> Door {
        let started = Instant::now();
        self.door_by(Arc::new(move || started.elapsed()))
    }

    /// The same, with a clock of one's own for the rate of requests.
    #[must_use]
    pub fn door_by(&self, clock: Clock) -> Door {
        let loopback = self.listen.is_loopback();
        let names = match self.hosts.is_empty() && !loopback {
            true => Names::Any,
            false => Names::Only { names: self.hosts.clone(), loopback },
        };
        let (tokens, limits) = (self.tokens.clone(), self.limits.clone());
        Door(Arc::new(Agreed { tokens, names, rate: Rate::new(&limits, clock), limits }))
    }

    /// Sets limits on connections and time, and listens. To be called last, before `run`: what is set later has no effect,
    /// and a function of one's own for `on_connect` is put aside.
    ///
    /// # Errors
    /// Where the address is taken or not to be had.
    pub fn open<F, I, S, B>(&self, server: HttpServer<F, I, S, B>) -> Result<HttpServer<F, I, S, B>, DoorsError>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error> + 'static,
        S::InitError: Debug,
        S::Response: Into<Response<B>> + 'static,
        <S::Service as Service<Request>>::Future: 'static,
        S::Service: 'static,
        B: MessageBody + 'static,
    {
        let limits = &self.limits;
        let silence = limits.keep_alive + limits.header;
        let server = server
            .on_connect(move |stream, known| Connection::watch(stream, known, silence))
            .workers(limits.workers)
            .max_connections(limits.connections_of_worker())
            .keep_alive(limits.keep_alive)
            .client_request_timeout(limits.header)
            .client_disconnect_timeout(LINGER)
            .tls_handshake_timeout(limits.header);
        let address = self.listen.address();
        let bound = match &self.tls {
            None => server.bind(address),
            Some(tls) => server.bind_rustls_0_23(address, tls.config()?),
        };
        bound.map_err(|source| DoorsError::Bind { address, source })
    }
}
