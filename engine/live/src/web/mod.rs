//! The twin over HTTP: events in, what is known of twins out, futures, and pages for people.
//!
//! `places` lists all that can be asked, with its path; `openapi.json` says the same to programs. What cannot be answered is a
//! problem with what to do about it.

mod connectors;
mod decisions;
mod events;
mod few;
mod figures;
mod forks;
mod metrics;
mod page;
mod person;
mod place;
mod problem;
mod rates;
mod read;
mod socket;
mod twins;

use crate::service::Service;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer, dev};
use place::Place;
use problem::Problem;
use rehearsal_doors::{Doors, DoorsError, Limits, Role, Tokens};
use std::net::TcpListener;
use std::sync::Arc;

/// All that can be asked, for programs: OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("openapi.json");

/// What handlers know.
#[derive(Clone, Debug)]
pub struct State {
    /// The twin.
    pub service: Service,
    /// How many bytes a body may have.
    pub body_max: usize,
    shared: Arc<Shared>,
}

/// What all handlers share.
#[derive(Debug)]
struct Shared {
    /// Questions to who looks ahead and back.
    asking: tokio::sync::Semaphore,
    figures: figures::Cache,
    rates: rates::Rates,
}

/// How many may ask for futures or the past at a time; one is answered, the others wait.
const ASKING: usize = 4;

impl State {
    /// What handlers of a twin know, where a body may have so many bytes.
    #[must_use]
    pub fn new(service: Service, body_max: usize) -> State {
        let shared = Shared {
            asking: tokio::sync::Semaphore::new(ASKING),
            figures: figures::Cache::default(),
            rates: rates::Rates::default(),
        };
        State { service, body_max, shared: Arc::new(shared) }
    }

    /// A turn with who looks ahead and back.
    fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Problem> {
        let busy = || Problem::busy("others ask for futures or the past already; try again a little later");
        self.shared.asking.try_acquire().map_err(|_| busy())
    }
}

/// All places. The first that fits answers.
fn places() -> Vec<Place> {
    vec![
        Place::at("/").for_role(Role::Read).get(page::overview),
        Place::at("/twin").for_role(Role::Read).get(page::twin),
        Place::at("/ahead").for_role(Role::Read).get(page::ask).post(page::ahead),
        Place::at("/events").for_role(Role::Ingest).post(events::events),
        Place::at("/inputs/{name}").for_role(Role::Ingest).post(events::input),
        Place::at("/ws").for_role(Role::Ingest).get(socket::socket),
        Place::at("/twins").for_role(Role::Read).get(twins::search),
        Place::at("/twins/{id}/history").for_role(Role::Read).get(twins::history),
        Place::at("/twins/{id}/person").for_role(Role::Operate).get(person::get).delete(person::erase),
        Place::at("/twins/{id}").for_role(Role::Read).get(twins::twin),
        Place::at("/census").for_role(Role::Read).get(twins::census),
        Place::at("/decisions").for_role(Role::Read).get(decisions::recent),
        Place::at("/decisions/{policy}/{number}").for_role(Role::Read).get(decisions::one),
        Place::at("/measures").for_role(Role::Read).get(figures::measures),
        Place::at("/forks").for_role(Role::Read).post(forks::fork),
        Place::at("/connectors/{name}/retry").for_role(Role::Operate).post(connectors::again),
        Place::at("/connectors").for_role(Role::Read).get(connectors::all),
        Place::at("/status").for_role(Role::Read).get(read::status),
        Place::at("/metrics").for_role(Role::Read).get(metrics::metrics),
        Place::at("/health/live").get(read::alive),
        Place::at("/health/ready").get(read::ready),
        Place::at("/openapi.json").for_role(Role::Read).get(read::openapi),
    ]
}

/// The paths of all places, as OpenAPI writes them, and what can be done there.
#[must_use]
pub fn paths() -> Vec<(&'static str, Vec<&'static str>)> {
    places().iter().map(Place::told).collect()
}

/// Adds the twin's places to an application.
pub fn routes(config: &mut web::ServiceConfig, state: State) {
    let body = web::PayloadConfig::new(state.body_max);
    let json = web::JsonConfig::default().limit(1 << 20).error_handler(|error, _| unread(&error).into());
    let form = web::FormConfig::default().limit(1 << 16);
    config.app_data(body).app_data(json).app_data(form).app_data(Data::new(state));
    places().into_iter().for_each(|place| place.add(config));
    config.default_service(web::to(nowhere));
}

/// What is wrong with a body that should hold a question.
fn unread(error: &JsonPayloadError) -> Problem {
    let status = match error {
        JsonPayloadError::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, "this cannot be asked", error.to_string())
}

async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(Problem::missing("there is nothing here", "see /openapi.json for all there is"))
}

/// Serves the twin where a listener of this machine alone listens, plainly and to everybody who can reach it.
///
/// # Errors
/// Where the listener cannot be used, or others can reach it.
pub fn serve(state: State, listener: TcpListener, workers: usize) -> std::io::Result<dev::Server> {
    let address = listener.local_addr()?.to_string().parse().map_err(std::io::Error::other)?;
    let limits = Limits { body_bytes: state.body_max as u64, rate_per_second: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let door = Doors::new(address, Tokens::none(), None, limits).map_err(std::io::Error::other)?.door();
    rates::watch(&state);
    let app = move || {
        let state = state.clone();
        App::new().configure(move |config| routes(config, state)).wrap(door.clone())
    };
    // Who has gone does not wait: what is asked for them is given up.
    let server = HttpServer::new(app).h1_allow_half_closed(false);
    Ok(server.workers(workers).disable_signals().shutdown_timeout(5).listen(listener)?.run())
}

/// Serves the twin behind doors; gives where it listens.
///
/// # Errors
/// Where the address is taken or not to be had.
pub fn serve_behind(state: State, doors: &Doors) -> Result<(dev::Server, Vec<std::net::SocketAddr>), DoorsError> {
    rates::watch(&state);
    let door = doors.door();
    let app = move || {
        let state = state.clone();
        App::new().configure(move |config| routes(config, state)).wrap(door.clone())
    };
    let server = HttpServer::new(app).h1_allow_half_closed(false).disable_signals().shutdown_timeout(5);
    let server = doors.open(server)?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}
