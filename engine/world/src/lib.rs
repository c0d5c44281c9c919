//! The actors at work: statecharts and processes run over the model's mechanisms.
//!
//! A [`plan::Plan`] is what a scenario compiles to; [`World`] is one run of it: rows of actors, their jobs and claims, and
//! what was measured. The world stands on the kernel's simulation and knows no RON, no files but the trace, no threads.
//! Start at [`run`] for a run from its beginning to its end, at [`Replication`] for one that stops on the way.

mod actors;
mod birth;
mod claims;
mod contact;
mod decide;
mod effects;
mod error;
mod fork;
mod functions;
mod goods;
mod hand;
mod jobs;
mod law;
mod lines;
mod live;
mod measures;
pub mod native;
mod observe;
mod packet;
mod payloads;
pub mod plan;
mod preempt;
mod rehearse;
mod relations;
mod remember;
mod replication;
mod run;
mod seat;
mod short;
mod state;
mod states;
mod tables;
mod tally;
mod together;
mod travel;
mod turn;
mod world;

pub use actors::{ActorId, index_of, kind_of};
pub use error::{Cause, RunError, StateError};
pub use law::check as check_law;
pub use live::{Future, Glimpse, Stays};
pub use measures::{Counts, Detail, Outcome};
pub use observe::Interest;
pub use packet::Packet;
pub use rehearsal_trace::{Header, Record, Value, What};
pub use replication::Replication;
pub use run::{Run, Scratch, counted, run};
pub use tally::{KindTally, RuleTally, Tally};
pub use world::World;
