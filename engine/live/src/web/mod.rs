//! The twin over HTTP.

mod events;
mod read;

use crate::service::Service;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, dev};
use std::net::TcpListener;

/// What handlers know.
#[derive(Clone, Debug)]
pub struct State {
    /// The twin.
    pub service: Service,
    /// How many bytes a body may have.
    pub body_max: usize,
}

/// Adds the twin's routes to an application.
pub fn routes(config: &mut web::ServiceConfig, state: State) {
    let body = web::PayloadConfig::new(state.body_max);
    config.app_data(body).app_data(Data::new(state)).configure(events::routes).configure(read::routes);
}

/// Serves the twin where a listener listens.
///
/// # Errors
/// Where the listener cannot be used.
pub fn serve(state: State, listener: TcpListener, workers: usize) -> std::io::Result<dev::Server> {
    let app = move || {
        let state = state.clone();
        App::new().configure(move |config| routes(config, state))
    };
    Ok(HttpServer::new(app).workers(workers).disable_signals().shutdown_timeout(5).listen(listener)?.run())
}
