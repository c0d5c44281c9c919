//! Virtual time, the event queue and keyed random streams.
//!
//! The kernel runs a [`World`]: the owner of all actors' state. Actors exchange [`Event`]s,
//! the [`Queue`] brings them in order, and [`Simulation`] hands one after the other to the
//! world together with a [`Context`] through which it sends further events.
//!
//! What it is not: it knows no scenario files, no policies, no threads and no wall clock, and
//! it never asks the platform for a random number or a logarithm. The same world with the same
//! seed gives the same bytes everywhere.
//!
//! Where to start: the example below, then [`simulation`], [`event`] for what "in order" means,
//! [`stream`] and [`distribution`] for chance, [`snapshot`] and [`digest`] for keeping and comparing
//! states. The examples show whole models: `mmc`, `phold`, `fork`.
//!
//! # Example: two actors play ping-pong
//!
//! ```
//! use rehearsal_kernel::{Context, Event, KernelError, Sender, Simulation, Time, World};
//!
//! #[derive(Clone, Copy)]
//! struct Ball;
//!
//! struct Table {
//!     hits: [u32; 2],
//!     players: [Sender; 2],
//! }
//!
//! impl World for Table {
//!     type Message = Ball;
//!     type Error = KernelError;
//!
//!     fn handle(&mut self, event: &Event<Ball>, context: &mut Context<'_, Ball>) -> Result<(), KernelError> {
//!         let me = event.target;
//!         self.hits[me as usize] += 1;
//!         context.send_after(&mut self.players[me as usize], 1 - me, 0.5, Ball)?;
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> Result<(), KernelError> {
//! let table = Table { hits: [0; 2], players: [Sender::new(0), Sender::new(1)] };
//! let mut simulation = Simulation::new(table);
//! simulation.with_context(|table, context| context.send_after(&mut table.players[0], 1, 0.0, Ball))?;
//! let stats = simulation.run_until(Time::from_seconds(10.0)?)?;
//!
//! assert_eq!(stats.handled, 20);
//! assert_eq!(simulation.world.hits, [10, 10]);
//! assert_eq!(simulation.now().to_string(), "00:00:10.000");
//! # Ok(())
//! # }
//! ```

pub mod context;
pub mod digest;
pub mod distribution;
pub mod error;
pub mod event;
pub mod prefetch;
pub mod queue;
pub mod simulation;
pub mod snapshot;
pub mod stream;
pub mod time;

pub use context::{Context, Ticket};
pub use digest::digest_of;
pub use error::KernelError;
pub use event::{Event, Key, Sender};
pub use prefetch::prefetch;
pub use queue::Queue;
pub use simulation::{RunStats, Simulation, World};
pub use snapshot::SnapshotError;
pub use stream::{Bits, Draws, Purpose, Stream, StreamKey, below, mix, unit, unit_open};
pub use time::{Duration, Time};
