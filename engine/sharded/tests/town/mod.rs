//! A town of districts whose actors pass messages on: PHOLD with ties, zero delays and misfortunes.
//!
//! Within a district any delay goes, from one to another at least the lookahead. A shard owns whole
//! districts, so the same town can be split in any number of ways.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::ops::Range;
use std::sync::Arc;

use rehearsal_kernel::distribution::{chance, exponential};
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, RunStats, Sender, Simulation};
use rehearsal_kernel::{StreamKey, Time, World, below, mix};
use rehearsal_sharded::{Mode, Part, Sharded};

/// What can go wrong in the town, apart from the kernel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Kernel(KernelError),
    Collapse { actor: u32, at: Time },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

impl From<KernelError> for Fault {
    fn from(error: KernelError) -> Fault {
        Fault::Kernel(error)
    }
}

/// The laws of a town.
#[derive(Clone, Debug)]
pub(crate) struct Law {
    pub(crate) seed: u64,
    pub(crate) actors: u32,
    pub(crate) districts: u32,
    /// Whether district d has the actors d, d + districts, .. or a run of numbers.
    pub(crate) interleaved: bool,
    /// Whether neighbouring districts share a shard, which then tells its actors where they are in a row.
    pub(crate) rows: bool,
    /// The step of all delays `[ns]`, so that ties abound.
    pub(crate) tick: u64,
    /// The least delay between districts `[ticks]`.
    pub(crate) lookahead: u64,
    /// Mean delays within a district, and between two beyond the lookahead `[ticks]`.
    pub(crate) near: f64,
    pub(crate) far: f64,
    /// Probabilities: to stay in the district; there, of no delay; and of writing to oneself.
    pub(crate) stay: f64,
    pub(crate) at_once: f64,
    pub(crate) own: f64,
    /// One event in so many collapses, in the second half panics instead; 0 is never.
    pub(crate) collapse: u64,
    pub(crate) panic: u64,
}

pub(crate) const PHOLD: Law = Law {
    seed: 1,
    actors: 64,
    districts: 14,
    interleaved: false,
    rows: false,
    tick: 100,
    lookahead: 4,
    near: 4.0,
    far: 6.0,
    stay: 0.6,
    at_once: 0.3,
    own: 0.1,
    collapse: 0,
    panic: 0,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Actor {
    pub(crate) sender: Sender,
    pub(crate) draws: u32,
    pub(crate) history: u64,
    pub(crate) handled: u32,
}

/// One shard of `shards`: it holds a row for every actor and uses those of its own.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) law: Arc<Law>,
    shards: usize,
    index: usize,
    pub(crate) actors: Vec<Actor>,
}

impl Law {
    fn district(&self, actor: u32) -> u32 {
        if self.interleaved { actor % self.districts } else { actor / self.actors.div_ceil(self.districts) }
    }

    pub(crate) fn lookahead(&self) -> Duration {
        Duration::from_ns(self.lookahead * self.tick)
    }

    /// A neighbour within the district, or anyone.
    fn target(&self, draws: &mut Draws<'_>, me: u32) -> u32 {
        if chance(draws, self.own) {
            return me;
        }
        let anyone = below(draws.next(), u64::from(self.actors)) as u32;
        if !chance(draws, self.stay) {
            return anyone;
        }
        let size = self.actors.div_ceil(self.districts);
        let near = if self.interleaved {
            me % self.districts + self.districts * (anyone % size)
        } else {
            me / size * size + anyone % size
        };
        if near < self.actors { near } else { me }
    }

    fn delay(&self, draws: &mut Draws<'_>, me: u32, target: u32) -> Result<Duration, KernelError> {
        let near = self.district(me) == self.district(target);
        let at_once = chance(draws, self.at_once);
        let ticks = libm::floor(exponential(draws, if near { self.near } else { self.far })) as u64;
        let ticks = match near {
            true if at_once => 0,
            true => ticks,
            false => ticks + self.lookahead,
        };
        Ok(Duration::from_ns(ticks * self.tick))
    }
}

impl Town {
    pub(crate) fn part(law: &Arc<Law>, index: usize, shards: usize) -> Town {
        let actor = |id| Actor { sender: Sender::new(id), draws: 0, history: 0, handled: 0 };
        Town { law: Arc::clone(law), shards, index, actors: (0..law.actors).map(actor).collect() }
    }

    pub(crate) fn pass_on(&mut self, me: u32, context: &mut Context<'_, u64>) -> Result<(), Fault> {
        let key = StreamKey::root(self.law.seed, 0).with(u64::from(me));
        let actor = &mut self.actors[me as usize];
        let mut draws = Draws { key, counter: &mut actor.draws };
        let target = self.law.target(&mut draws, me);
        let delay = self.law.delay(&mut draws, me, target)?;
        context.send(&mut actor.sender, target, delay, actor.history)?;
        Ok(())
    }
}

impl World for Town {
    type Message = u64;
    type Error = Fault;

    fn handle(&mut self, event: &Event<u64>, context: &mut Context<'_, u64>) -> Result<(), Fault> {
        let actor = &mut self.actors[event.target as usize];
        // Not commutative: a history tells the order of what an actor handled.
        actor.history = mix(actor.history ^ event.message ^ u64::from(event.sender) << 32 ^ u64::from(event.microstep));
        actor.handled += 1;
        let (fate, at) = (actor.history, context.now());
        self.pass_on(event.target, context)?;
        if self.law.collapse > 0 && fate.is_multiple_of(self.law.collapse) {
            return Err(Fault::Collapse { actor: event.target, at });
        }
        if self.law.panic > 0 && fate.is_multiple_of(self.law.panic) {
            // Without the hook, whose words would fill the output of the tests.
            std::panic::resume_unwind(Box::new((event.target, at)));
        }
        Ok(())
    }
}

impl Part for Town {
    fn owner(&self, actor: u32) -> usize {
        let district = self.law.district(actor) as usize;
        if self.law.rows { district * self.shards / self.law.districts as usize } else { district % self.shards }
    }

    fn actors(&self) -> Option<Range<u32>> {
        if !self.law.rows || self.law.interleaved {
            return None;
        }
        let mut own = (0..self.law.actors).filter(|actor| self.owner(*actor) == self.index);
        let first = own.next()?;
        Some(first..own.next_back().unwrap_or(first) + 1)
    }
}

/// Everything a run ends with, but how it was done.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) stats: RunStats,
    pub(crate) actors: Vec<Actor>,
    pub(crate) pending: Vec<Event<u64>>,
}

pub(crate) fn plain(law: &Law) -> Simulation<Town> {
    let mut simulation = Simulation::new(Town::part(&Arc::new(law.clone()), 0, 1));
    for actor in 0..law.actors {
        simulation.with_context(|town, context| town.pass_on(actor, context)).unwrap();
    }
    simulation
}

pub(crate) fn sharded(law: &Law, shards: usize) -> Sharded<Town> {
    let shared = Arc::new(law.clone());
    let parts: Vec<Town> = (0..shards).map(|index| Town::part(&shared, index, shards)).collect();
    let mut run = Sharded::new(parts, law.lookahead());
    for actor in 0..law.actors {
        let home = run.part(0).owner(actor);
        run.with_context(home, |town, context| town.pass_on(actor, context)).unwrap();
    }
    run
}

pub(crate) fn plain_outcome(law: &Law, ends: &[Time]) -> Result<Outcome, Fault> {
    let mut simulation = plain(law);
    let mut handled = 0;
    for end in ends {
        handled += simulation.run_until(*end)?.handled;
    }
    let stats = RunStats { handled, pending: simulation.queue().len(), now: simulation.now() };
    Ok(Outcome { stats, pending: simulation.queue().sorted(), actors: simulation.world.actors })
}

pub(crate) fn sharded_outcome(mut run: Sharded<Town>, ends: &[Time]) -> Result<Outcome, Fault> {
    let mut handled = 0;
    for end in ends {
        handled += run.run_until(*end)?.handled;
    }
    let stats = RunStats { handled, pending: run.pending(), now: run.now() };
    Ok(Outcome { stats, pending: run.sorted(), actors: gather(&run) })
}

/// Each actor from the part that owns it.
fn gather(run: &Sharded<Town>) -> Vec<Actor> {
    let first = run.part(0);
    (0..first.law.actors).map(|id| run.part(first.owner(id)).actors[id as usize]).collect()
}

pub(crate) const MODES: [Mode; 5] =
    [Mode::Measured, Mode::Merged, Mode::Windows, Mode::Switching { windows: 1 }, Mode::Switching { windows: 5 }];

/// Time after `ticks` ticks of a law.
pub(crate) fn ticks(law: &Law, ticks: u64) -> Time {
    Time::from_ns(law.tick * ticks)
}
