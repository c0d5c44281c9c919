//! What a second thread brings: PHOLD in two shards on two threads, against one simulation on one.
//!
//! The only place with a wall clock, as threads save nothing else. Both go over the same story in turns, so that a neighbour
//! disturbs them alike; their times are added up, with what the shards spend on finding out which way of working is faster.
//! See [`crate::others`] for whether this machine was idle; a virtual one is not told what its host does to its cores, so
//! [`yardstick`] looks at what two simulations gain that know nothing of each other.

use std::ops::Range;
use std::time::Instant;

use anyhow::{Result, ensure};
use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Simulation, Time, World};
use rehearsal_sharded::{Part, Sharded};
use serde::{Deserialize, Serialize};

use crate::jobs::SEED;
use crate::kernel::Ball;
use crate::models::{Cell, Flight};

/// The shards, and the threads.
const SHARDS: u32 = 2;
/// The cells of all shards together.
const CELLS: u32 = 10_000;
/// A turn counts as one of two whole cores where nothing took that many times as long as one simulation at its quickest.
const WHOLE: f64 = 1.10;
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

/// One simulation and two shards, side by side on their way through the same story.
struct Race {
    flight: Flight,
    /// Events of a turn.
    events: u32,
    turns: u32,
    plain: Simulation<Block>,
    shards: Sharded<Block>,
}

impl Race {
    fn new(events_in_a_window: u32, events: u32) -> Result<Race, KernelError> {
        let least = f64::from(events_in_a_window) / f64::from(CELLS) * MEAN;
        let flight = Flight { least, mean: MEAN - least };
        Ok(Race { flight, events, turns: 0, plain: plain(flight)?, shards: shards(flight)? })
    }

    /// How long one simulation takes for the next turn, and how long the shards `[s]`; and when in the story it ends.
    fn turn(&mut self) -> Result<(f64, f64, Time), KernelError> {
        self.turns += 1;
        let end = Time::from_seconds(f64::from(self.turns) * MEAN * f64::from(self.events) / f64::from(CELLS))?;
        Ok((seconds(|| self.plain.run_until(end))?, seconds(|| self.shards.run_until(end))?, end))
    }

    fn check(&self) -> Result<()> {
        let both = (0..SHARDS).flat_map(|shard| self.shards.part(shard as usize).handled());
        let alike = self.plain.world.handled().eq(both);
        ensure!(alike, "the shards have not ended as the one simulation; they or the barrier are wrong");
        Ok(())
    }
}

/// How many times faster two shards are with about so many events in a window, over `turns` of so many `events` each.
///
/// Where one thread works in any case turns can be short: a neighbour who comes and goes then disturbs both alike.
///
/// # Errors
///
/// Those of the kernel; where the shards do not end as the one simulation does.
pub fn speedup(events_in_a_window: u32, events: u32, turns: u32) -> Result<f64> {
    let mut race = Race::new(events_in_a_window, events)?;
    let (mut plain, mut shards) = (0.0, 0.0);
    for _ in 0..turns {
        let (one, both, _) = race.turn()?;
        (plain, shards) = (plain + one, shards + both);
    }
    race.check()?;
    Ok(plain / shards)
}

/// What two threads brought, and what two cores would have given to any two programs meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Yardstick {
    /// How many times faster two shards were than one simulation, over all turns.
    pub shards: f64,
    /// How many times the work of one simulation two do side by side that know nothing of each other, over all turns.
    pub apart: f64,
    /// The first again, over the turns that had two whole cores; none where there were less than [`Yardstick::ENOUGH`].
    pub shards_on_whole_cores: Option<f64>,
    /// How many turns had two whole cores.
    pub whole: u32,
    /// How many turns there were.
    pub turns: u32,
}

impl Yardstick {
    /// So many turns with two whole cores say something.
    pub const ENOUGH: u32 = 20;
}

/// As [`speedup`], with a third who runs in each turn: two simulations on two threads that share nothing.
///
/// Cores of a virtual machine may be two threads of one core of its host, or share one with a stranger: then two cores do
/// 1.2 or 1.5 times what one does, whatever runs on them. A turn counts as one of two whole cores where neither the one
/// simulation nor the two apart, before the turn and in it, took longer than a tenth more than one at its quickest; how long
/// the shards took is not asked. It goes on beyond `turns` until there are enough of these, at most to eight times as many.
///
/// # Errors
///
/// As those of [`speedup`].
pub fn yardstick(events_in_a_window: u32, events: u32, turns: u32) -> Result<Yardstick> {
    let mut race = Race::new(events_in_a_window, events)?;
    let mut apart = [plain(race.flight)?, plain(race.flight)?];
    let mut times = Vec::new();
    while race.turns < turns || (race.turns < 8 * turns && on_whole_cores(&times).len() < Yardstick::ENOUGH as usize) {
        let (one, both, end) = race.turn()?;
        times.push([one, both, seconds(|| run_apart(&mut apart, end))?]);
    }
    race.check()?;
    let ratio = |times: &[[f64; 3]], of: usize| {
        let sum = |which: usize| times.iter().map(|turn| turn[which]).sum::<f64>();
        sum(0) / sum(of)
    };
    let whole = on_whole_cores(&times);
    Ok(Yardstick {
        shards: ratio(&times, 1),
        apart: 2.0 * ratio(&times, 2),
        shards_on_whole_cores: (whole.len() >= Yardstick::ENOUGH as usize).then(|| ratio(&whole, 1)),
        whole: u32::try_from(whole.len())?,
        turns: race.turns,
    })
}

/// The turns, of one simulation, of shards and of two apart, in which the first and the last had whole cores `[s]`.
fn on_whole_cores(times: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let longest = WHOLE * times.iter().map(|turn| turn[0]).fold(f64::INFINITY, f64::min);
    let is_whole = |two: &&[[f64; 3]]| two[0][2].max(two[1][2]).max(two[1][0]) <= longest;
    times.windows(2).filter(is_whole).map(|two| two[1]).collect()
}

fn run_apart([one, other]: &mut [Simulation<Block>; 2], end: Time) -> Result<(), KernelError> {
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| one.run_until(end));
        other.run_until(end)?;
        beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(())
    })
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

    /// The figures say nothing here; that both end alike is checked inside.
    #[test]
    fn shards_end_as_one_simulation_does() {
        assert!(speedup(3_500, 100_000, 2).unwrap() > 0.0);
        let yardstick = yardstick(3_500, 50_000, 2).unwrap();
        assert_eq!(yardstick.turns, 16, "it goes on to eight times as many, as so few are not enough");
        assert_eq!(yardstick.shards_on_whole_cores, None);
    }

    #[test]
    fn a_turn_counts_where_neither_one_nor_two_apart_were_held_up() {
        let quick = [1.0, 0.5, 1.05];
        let count = |turn: [f64; 3]| on_whole_cores(&[quick, quick, turn]).len();
        assert_eq!(count([1.05, 0.6, 1.05]), 2);
        assert_eq!(count([1.05, 9.0, 1.05]), 2, "how long the shards took is not asked");
        assert_eq!(count([1.2, 0.6, 1.05]), 1, "one was held up");
        assert_eq!(count([1.0, 0.6, 1.4]), 1, "two apart were held up");
        assert_eq!(on_whole_cores(&[[1.0, 0.5, 1.4], quick, quick]), [quick], "two apart were held up before");
    }
}
