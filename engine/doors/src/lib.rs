//! Who may come in over HTTP to a live twin, and how much.
//!
//! [`Doors`] holds what was agreed: where to listen ([`Listen`]), who may come in ([`Tokens`]), under which certificate
//! ([`Tls`]) and how much is taken ([`Limits`]). It refuses what would leave a door open: beyond the loopback of this machine
//! it asks for both TLS and tokens. [`Doors::door`] is the middleware that stands before all of an application,
//! [`require`] the one that stands before a part of it, and [`Problem`] is how a refusal is told.
//!
//! ```no_run
//! use actix_web::{App, HttpResponse, HttpServer, web};
//! use rehearsal_doors::{Doors, Limits, Role, Tokens, require};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let doors = Doors::new("127.0.0.1:8080".parse()?, Tokens::none(), None, Limits::default())?;
//! let door = doors.door();
//! let server = HttpServer::new(move || {
//!     let events = web::resource("/events").wrap(require(Role::Ingest)).to(HttpResponse::Accepted);
//!     App::new().wrap(door.clone()).service(events)
//! });
//! let server = doors.open(server)?;
//! # drop(server); Ok(())
//! # }
//! ```
//!
//! **What holds.** Without a token of a role nobody comes past [`require`]. A token is not kept, only its SHA-256; it is in no
//! `Debug`, error or answer. No handler reads more of a body than agreed, nor waits for it longer.
//!
//! **What cannot hold.** Whoever reads the memory or the token file of the process has its tokens. Who is slow to *read* an
//! answer is not cut off. Answers to what is not HTTP at all come from the server, without the headers of the door.
//!
//! Where to start: `door.rs` for the order of the checks, `doors.rs` for what belongs together, `tokens.rs` for who is who.

mod body;
mod caller;
mod connection;
mod door;
mod doors;
mod error;
mod headers;
mod limits;
mod origin;
mod place;
mod problem;
mod rate;
mod require;
mod role;
mod tls;
mod tokens;

pub use caller::Caller;
pub use door::Door;
pub use doors::Doors;
pub use error::DoorsError;
pub use limits::Limits;
pub use origin::same_origin;
pub use place::Listen;
pub use problem::Problem;
pub use rate::Clock;
pub use require::{Require, require};
pub use role::{Role, Roles};
pub use tls::Tls;
pub use tokens::{Tokens, new_token, sha256_of};
