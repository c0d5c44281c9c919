//! Shows how to split a world into shards, and what a second thread brings at several lookaheads.
//!
//! `cargo run --release -p rehearsal-sharded --example phold [actors] [rounds] [threads]`
//!
//! PHOLD: each message goes on, to a random actor of all with probability 1/2, after the lookahead
//! and an exponential time of mean one. The longer the lookahead, the more events a window. The
//! ways take turns, so that a busy moment hits them all.

use std::ops::Range;
use std::time::Instant;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{
    Bits, Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Time, World, below, mix,
};
use rehearsal_sharded::{Mode, Part, Progress, Sharded};

const SHARDS: u32 = 2;
/// Mean delay beyond the lookahead `[s]`.
const MEAN: f64 = 1.0;

#[derive(Clone)]
struct Actor {
    sender: Sender,
    draws: u32,
    history: u64,
}

/// The actors from `first` on.
#[derive(Clone)]
struct Block {
    first: u32,
    size: u32,
    total: u32,
    lookahead: f64,
    actors: Vec<Actor>,
}

impl Block {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let key = StreamKey::root(1, 0).with(u64::from(me));
        let actor = &mut self.actors[(me - self.first) as usize];
        let mut draws = Draws { key, counter: &mut actor.draws };
        let draw = draws.next();
        // The lowest bit decides between anyone and a neighbour of the same block.
        let (first, count) = if draw & 1 == 0 { (0, self.total) } else { (self.first, self.size) };
        let target = first + below(draw, u64::from(count)) as u32;
        let delay = Duration::from_seconds(self.lookahead + exponential(&mut draws, MEAN))?;
        context.send(&mut actor.sender, target, delay, actor.history)?;
        Ok(())
    }
}

impl World for Block {
    type Message = u64;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u64>, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let actor = &mut self.actors[(event.target - self.first) as usize];
        actor.history = mix(actor.history ^ event.message);
        self.pass_on(event.target, context)
    }
}

impl Part for Block {
    fn owner(&self, actor: u32) -> usize {
        (actor / self.size) as usize
    }

    fn actors(&self) -> Option<Range<u32>> {
        Some(self.first..self.first + self.size)
    }
}

fn block(first: u32, size: u32, total: u32, lookahead: f64) -> Block {
    let actor = |id| Actor { sender: Sender::new(id), draws: 0, history: 0 };
    Block { first, size, total, lookahead, actors: (first..first + size).map(actor).collect() }
}

/// The ways to run the same world.
#[derive(Clone)]
enum Way {
    Plain(Box<Simulation<Block>>),
    Sharded(Box<Sharded<Block>>),
}

impl Way {
    fn plain(actors: u32, lookahead: f64) -> Result<Way, KernelError> {
        let mut simulation = Simulation::new(block(0, actors, actors, lookahead));
        for me in 0..actors {
            simulation.with_context(|block, context| block.pass_on(me, context))?;
        }
        Ok(Way::Plain(Box::new(simulation)))
    }

    fn sharded(actors: u32, lookahead: f64, threads: u32, mode: Mode) -> Result<Way, KernelError> {
        let size = actors / SHARDS;
        let parts = (0..SHARDS).map(|shard| block(shard * size, size, actors, lookahead)).collect();
        let mut run = Sharded::new(parts, Duration::from_seconds(lookahead)?).threads(threads as usize).mode(mode);
        for me in 0..actors {
            run.with_context((me / size) as usize, |block, context| block.pass_on(me, context))?;
        }
        Ok(Way::Sharded(Box::new(run)))
    }

    fn run_until(&mut self, end: Time) -> Result<u64, KernelError> {
        let stats = match self {
            Way::Plain(simulation) => simulation.run_until(end)?,
            Way::Sharded(run) => run.run_until(end)?,
        };
        Ok(stats.handled)
    }

    fn progress(&self) -> Progress {
        match self {
            Way::Plain(_) => Progress::default(),
            Way::Sharded(run) => run.progress(),
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs the same town in four ways by turns: plain, merged, windows, measured.
#[allow(clippy::disallowed_methods, reason = "measures the shards from outside")]
fn compare(actors: u32, lookahead: f64, rounds: u32, threads: u32) -> Result<(), KernelError> {
    let mut ways = vec![Way::plain(actors, lookahead)?];
    for mode in [Mode::Merged, Mode::Windows, Mode::Measured] {
        ways.push(Way::sharded(actors, lookahead, threads, mode)?);
    }
    let mut rates = vec![Vec::new(); ways.len()];
    // A round has about 300 thousand events; of thin windows, which take long, only some.
    let round = 3e5 / f64::from(actors) * (MEAN + lookahead);
    let thin = if lookahead * f64::from(actors) < 100.0 { 0.03 } else { 1.0 };
    for k in 1..=rounds {
        for (number, (way, rates)) in ways.iter_mut().zip(&mut rates).enumerate() {
            let share = if number == 2 { thin } else { 1.0 };
            let end = Time::from_ns((f64::from(k) * round * share * 1e9) as u64);
            let start = Instant::now();
            let handled = way.run_until(end)?;
            rates.push(handled as f64 / start.elapsed().as_secs_f64());
        }
    }
    report(lookahead, &ways, &rates);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn report(lookahead: f64, ways: &[Way], rates: &[Vec<f64>]) {
    let [_, merged, _, measured] = [0, 1, 2, 3].map(|way| ways[way].progress());
    let density = merged.merged as f64 / merged.windows as f64;
    let share = 100.0 * measured.windowed as f64 / (measured.windowed + measured.merged) as f64;
    let plain = median(rates[0].clone()) / 1e6;
    print!("{lookahead:>9.4} {density:>9.0} {plain:>8.2} ");
    for way in 1..=3 {
        // By rounds, since neighbours in time share their disturbances; and the best against the best.
        let ratio = median(rates[way].iter().zip(&rates[0]).map(|(rate, plain)| rate / plain).collect());
        let best = |way: usize| rates[way].iter().copied().fold(0.0, f64::max);
        print!(" {ratio:>8.2} {:>5.2}", best(way) / best(0));
    }
    println!(" {share:>8.0} {:>8}", measured.changes);
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    let mut numbers = std::env::args().skip(1).map_while(|argument| argument.parse().ok());
    let (actors, rounds) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(21));
    let threads = numbers.next().unwrap_or(SHARDS);
    println!(
        "{actors} actors, {SHARDS} shards, {threads} threads, {rounds} rounds. Plain in millions of events a second; the others against"
    );
    println!("it: the median of the rounds, then the best round of each.");
    println!();
    println!("lookahead    events    plain        merged        windows       measured     % in  changes");
    println!("      [s]  a window    [M/s]   median  best   median  best   median  best  windows");
    for lookahead in [0.000_5, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0] {
        compare(actors, lookahead, rounds, threads)?;
    }
    Ok(())
}
