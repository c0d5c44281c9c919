//! Real servers on ports of this machine, and what clients get to see of them.

mod bodies;
mod browsers;
mod client;
mod nonsense;
mod rates;
mod roles;
mod secrets;
mod server;
mod slow;
mod tls;
mod tokens;
