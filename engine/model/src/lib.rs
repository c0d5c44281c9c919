//! What actors have in common: roads, civil time, hours, agendas, resources.
//!
//! Plain data structures with no actors, no messages, no configuration format
//! and no randomness in them: the same calls give the same answers, so a model
//! built on them replays exactly. Time is a `u64` of nanoseconds since the
//! start of the run; [`calendar`] gives those numbers dates.
//!
//! Where to start: [`roads::Roads::read`] for a map and [`roads::Router`] for
//! the way across it; [`calendar::Calendar`] and [`hours::Hours`] for when
//! somebody is there; [`agenda::Agenda`] for what is booked ahead;
//! [`holder::Resource`] and [`holder::Stock`] for what is contended now, and
//! [`line::Line`] for those who wait until they are let in.

pub mod agenda;
pub mod calendar;
pub mod holder;
pub mod hours;
pub mod line;
pub mod roads;
