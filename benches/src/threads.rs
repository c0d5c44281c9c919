//! What a second thread brings: PHOLD in two shards on two threads, against one simulation on one.
//!
//! The only place with a wall clock, as threads save nothing else. Both go over the same story in turn, stretch by stretch, so
//! that a neighbour disturbs them alike; their times are added up, with what the shards spend on finding out which way of
//! working is faster. See [`crate::others`] for whether the machine was idle enough for the figure to mean anything.

use std::ops::Range;
use std::time::Instant;

use anyhow::{Result, ensure};
use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Simulation, Time, World};
use rehearsal_sharded::{Part, Sharded};

use crate::jobs::SEED;
use crate::kernel::Ball;
use crate::models::{Cell, Flight};

/// The shards, and the threads.
const SHARDS: u32 = 2;
/// The cells of all shards together.
const CELLS: u32 = 10_000;
/// Events of a stretch.
const STRETCH: f64 = 250_000.0;
/// The mean time that a ball takes, the lookahead included `[s]`.
const MEAN: f64 = 1.0;

/// The cells from `first` on, of all that there are.
struct Block {
    first: u32,
    flight: Flight,
    cells: Vec<(Sender, Cell)>,
}

impl World for Block {
    type Message = Ball;
    type Error = KernelError;

    // In both loops alike: left to itself, the compiler puts it into one of them only.
    #[inline(always)]
    fn handle(&mut self, event: &Event<Ball>, context: &mut Context<'_, Ball>) -> Result<(), KernelError> {
        let (sender, cell) = &mut self.cells[(event.target - self.first) as usize];
        let (to, delay) = cell.pass_in(self.flight, event.target, CELLS);
        context.send(sender, to, Duration::from_ns(delay), Ball)?;
        Ok(())
    }
}

impl Part for Block {
    fn owner(&self, actor: u32) -> usize {
        (actor / (CELLS / SHARDS)) as usize
    }

    fn actors(&self) -> Option<Range<u32>> {
        Some(self.first..self.first + CELLS / SHARDS)
    }
}

impl Block {
    fn new(first: u32, count: u32, flight: Flight) -> Block {
        let cells = (first..first + count).map(|number| (Sender::new(number), Cell::new(SEED, number))).collect();
        Block { first, flight, cells }
    }

    /// Sends the first ball of every cell.
    fn start(&mut self, context: &mut Context<'_, Ball>) -> Result<(), KernelError> {
        for (number, (sender, cell)) in (self.first..).zip(&mut self.cells) {
            context.send(sender, number, Duration::from_ns(cell.start_in(self.flight)), Ball)?;
        }
        Ok(())
    }

    fn handled(&self) -> impl Iterator<Item = u32> {
        self.cells.iter().map(|(_, cell)| cell.handled)
    }
}

/// How many times faster two threads are with about so many events in a window, over `stretches` of a quarter of a million events.
///
/// Short ones, so that a neighbour who comes and goes disturbs both alike.
///
/// # Errors
///
/// Those of the kernel; where the shards do not end as the one simulation does.
pub fn speedup(events_in_a_window: u32, stretches: u32) -> Result<f64> {
    let least = f64::from(events_in_a_window) / f64::from(CELLS) * MEAN;
    let flight = Flight { least, mean: MEAN - least };
    let (mut plain, mut shards) = (plain(flight)?, shards(flight)?);
    let (mut plain_seconds, mut shards_seconds) = (0.0, 0.0);
    for stretch in 1..=stretches {
        let end = Time::from_seconds(f64::from(stretch) * MEAN * STRETCH / f64::from(CELLS))?;
        plain_seconds += seconds(|| plain.run_until(end))?;
        shards_seconds += seconds(|| shards.run_until(end))?;
    }
    let both = (0..SHARDS).flat_map(|shard| shards.part(shard as usize).handled());
    ensure!(plain.world.handled().eq(both), "the shards have not ended as the one simulation; they or the barrier are wrong");
    Ok(plain_seconds / shards_seconds)
}

fn plain(flight: Flight) -> Result<Simulation<Block>, KernelError> {
    let mut simulation = Simulation::new(Block::new(0, CELLS, flight));
    simulation.with_context(Block::start)?;
    Ok(simulation)
}

fn shards(flight: Flight) -> Result<Sharded<Block>, KernelError> {
    let size = CELLS / SHARDS;
    let parts = (0..SHARDS).map(|shard| Block::new(shard * size, size, flight)).collect();
    let mut shards = Sharded::new(parts, Duration::from_seconds(flight.least)?).threads(SHARDS as usize);
    for shard in 0..SHARDS as usize {
        shards.with_context(shard, Block::start)?;
    }
    Ok(shards)
}

fn seconds<R, E>(work: impl FnOnce() -> Result<R, E>) -> Result<f64, E> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figure says nothing here; that both end alike is checked inside.
    #[test]
    fn shards_end_as_one_simulation_does() {
        assert!(speedup(3_500, 1).unwrap() > 0.0);
    }
}
