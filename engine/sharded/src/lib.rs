//! One world over several threads, with the bytes of one.
//!
//! A world is given in parts, each with the actors of one shard, and a lookahead: the least delay
//! of a message from one part to another. Shards then run side by side in windows of virtual
//! time in which none can reach another, and exchange what they sent between two windows. Events
//! are handled in the order of their keys (see [`rehearsal_kernel::event`]), which the senders
//! make, so any number of parts on any number of threads ends with the same bytes.
//!
//! Threads are not always faster: a window of few events is over sooner than threads can meet,
//! and a core that others use is no help. One thread may still go from shard to shard, window by
//! window, as what a shard touches is small and stays near the core; or all parts share one queue.
//! So a [`Sharded`] measures its ways of working and keeps to the fastest, see [`Mode::Measured`]. This is the one place below a live run that reads a
//! clock; it chooses who works, and never what happens.
//!
//! What it is not: it does not roll back (there is nothing optimistic here), it does not move
//! actors between parts, and it knows no processes: for those, see a live run.
//!
//! # What a model keeps to
//!
//! - A handler touches only its own part. Another part is reached by sending.
//! - A delay to another part is at least the lookahead, else the run stops with
//!   [`rehearsal_kernel::KernelError::ShortDelay`], in either way of working. Within a part any
//!   delay is allowed, zero too.
//! - A part whose actors have numbers in a row says so, see [`Part::actors`]: its windows are then
//!   an eighth cheaper.
//! - Only what an actor sent to itself can be taken back. That is always in the queue of its own
//!   shard; anything else may be under way to another shard, and whether it is must not show. So
//!   it is a rule of the kernel for every runtime: with one shard it holds as with ten.
//!
//! # Where to start
//!
//! [`Part`], then [`Sharded`]; [`Cores`] where several runs share a machine.
//!
//! # Example: a ring of stations in two parts
//!
//! ```
//! use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Time, World};
//! use rehearsal_sharded::{Part, Sharded};
//!
//! const LAP: Duration = Duration::from_ns(1_000);
//!
//! /// Stations `first` and `first + 1` of four.
//! struct Half {
//!     first: u32,
//!     stations: [Sender; 2],
//!     seen: u32,
//! }
//!
//! impl World for Half {
//!     type Message = ();
//!     type Error = KernelError;
//!
//!     fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
//!         self.seen += 1;
//!         let me = event.target;
//!         context.send(&mut self.stations[(me - self.first) as usize], (me + 1) % 4, LAP, ())?;
//!         Ok(())
//!     }
//! }
//!
//! impl Part for Half {
//!     fn owner(&self, actor: u32) -> usize {
//!         (actor / 2) as usize
//!     }
//! }
//!
//! # fn main() -> Result<(), KernelError> {
//! let half = |first| Half { first, stations: [Sender::new(first), Sender::new(first + 1)], seen: 0 };
//! let mut ring = Sharded::new(vec![half(0), half(2)], LAP).threads(2);
//! ring.with_context(0, |half, context| context.send(&mut half.stations[0], 0, Duration::ZERO, ()))?;
//! let stats = ring.run_until(Time::from_ns(8_000))?;
//!
//! assert_eq!((stats.handled, stats.pending), (8, 1));
//! assert_eq!([ring.part(0).seen, ring.part(1).seen], [4, 4]);
//! # Ok(())
//! # }
//! ```

mod barrier;
mod cores;
mod merged;
mod pace;
mod part;
mod shard;
mod sharded;
mod state;
mod stopwatch;
mod windows;

pub use cores::{Cores, Lease};
pub use pace::Mode;
pub use part::Part;
pub use sharded::{Progress, Sharded};
