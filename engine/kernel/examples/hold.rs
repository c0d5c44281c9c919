//! Shows how fast the queue is: pop the first event, push it back an exponential step later.
//!
//! Beside it a binary heap of the standard library that holds the same events, and a world of
//! small actors who pass messages to each other, with and without announcing who is next.
//!
//! `cargo run --release -p rehearsal-kernel --example hold`

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Instant;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Context, Duration, Event, KernelError, Queue, Sender, Simulation, StreamKey, Time, World};
use rehearsal_kernel::{below, mix, prefetch};

const STEPS: usize = 1 << 12;
const HOLDS: u32 = 2_000_000;
/// Each figure is the median of so many, taken in turn with the others of its line.
const ROUNDS: usize = 3;

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    let steps = steps()?;
    println!("ns a hold         24 bytes  heap    48 bytes  heap");
    for pending in [10, 1_000, 10_000, 100_000, 1_000_000] {
        let [small, small_heap, large, large_heap] = medians(|| {
            let small = (hold(&steps, Queue::new(), pending, ()), hold(&steps, Heap::new(), pending, ()));
            let large = (hold(&steps, Queue::new(), pending, [0_u16; 13]), hold(&steps, Heap::new(), pending, [0_u16; 13]));
            [small.0, small.1, large.0, large.1]
        });
        println!("{pending:>9} pending {small:8.1} {small_heap:6.1} {large:10.1} {large_heap:6.1}");
    }
    println!("ns an event       actors    announced    nine of ten without delay");
    for actors in [10_000, 100_000, 1_000_000] {
        let [plain, announced, instant] = medians(|| {
            let (plain, announced) = (pass_on(&steps, actors, false, 0), pass_on(&steps, actors, true, 0));
            [plain, announced, pass_on(&steps, actors, true, 9)].map(|time| time.unwrap_or(f64::NAN))
        });
        println!("{actors:>9} actors  {plain:8.1} {announced:12.1} {instant:12.1}");
    }
    Ok(())
}

fn medians<const N: usize>(mut measure: impl FnMut() -> [f64; N]) -> [f64; N] {
    let rounds: Vec<[f64; N]> = (0..ROUNDS).map(|_| measure()).collect();
    std::array::from_fn(|i| {
        let mut column: Vec<f64> = rounds.iter().map(|round| round[i]).collect();
        column.sort_by(f64::total_cmp);
        column[ROUNDS / 2]
    })
}

/// Steps of one second on average, drawn beforehand so that the queue alone is measured.
fn steps() -> Result<Vec<Duration>, KernelError> {
    let key = StreamKey::root(1, 0);
    (0..STEPS as u32).map(|k| Duration::from_seconds(exponential(&mut || key.draw(k), 1.0))).collect()
}

trait Pending<M> {
    fn push(&mut self, event: Event<M>);
    fn pop(&mut self) -> Option<Event<M>>;
}

impl<M: Copy> Pending<M> for Queue<M> {
    fn push(&mut self, event: Event<M>) {
        Queue::push(self, event);
    }

    fn pop(&mut self) -> Option<Event<M>> {
        Queue::pop(self)
    }
}

type Heap<M> = BinaryHeap<Reverse<Keyed<M>>>;

/// Compares by the key.
struct Keyed<M>(Event<M>);

impl<M> PartialEq for Keyed<M> {
    fn eq(&self, other: &Keyed<M>) -> bool {
        self.0.key() == other.0.key()
    }
}

impl<M> Eq for Keyed<M> {}

impl<M> PartialOrd for Keyed<M> {
    fn partial_cmp(&self, other: &Keyed<M>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> Ord for Keyed<M> {
    fn cmp(&self, other: &Keyed<M>) -> Ordering {
        self.0.key().cmp(&other.0.key())
    }
}

impl<M> Pending<M> for Heap<M> {
    fn push(&mut self, event: Event<M>) {
        BinaryHeap::push(self, Reverse(Keyed(event)));
    }

    fn pop(&mut self) -> Option<Event<M>> {
        BinaryHeap::pop(self).map(|Reverse(Keyed(event))| event)
    }
}

#[allow(clippy::disallowed_methods, reason = "measures the kernel from outside")]
fn hold<M: Copy>(steps: &[Duration], mut queue: impl Pending<M>, pending: u32, message: M) -> f64 {
    let later = |time: Time, k: u32| time.checked_add(steps[mix(u64::from(k)) as usize % STEPS]).unwrap_or(time);
    for sender in 0..pending {
        let time = later(Time::ZERO, sender);
        queue.push(Event { time, sender, sequence: 0, target: 0, microstep: 0, message });
    }
    let mut start = Instant::now();
    for k in 0..2 * HOLDS {
        if k == HOLDS {
            start = Instant::now();
        }
        let Some(event) = queue.pop() else { break };
        queue.push(Event { time: later(event.time, k), sequence: event.sequence + 1, ..event });
    }
    start.elapsed().as_nanos() as f64 / f64::from(HOLDS)
}

/// 24 bytes of state.
#[derive(Clone, Copy)]
struct Actor {
    sender: Sender,
    handled: u32,
    digest: u64,
}

struct Passing<'a> {
    steps: &'a [Duration],
    actors: Vec<Actor>,
    announced: bool,
    /// How many of ten messages have no delay.
    instant: u64,
}

impl World for Passing<'_> {
    type Message = ();
    type Error = KernelError;

    #[inline]
    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let count = self.actors.len() as u64;
        let actor = &mut self.actors[event.target as usize];
        actor.handled += 1;
        actor.digest = mix(actor.digest ^ event.time.as_ns());
        let bits = mix(actor.digest.wrapping_add(u64::from(event.target)));
        let step = self.steps[bits as usize % STEPS];
        let delay = if mix(bits) % 10 < self.instant { Duration::ZERO } else { step };
        context.send(&mut actor.sender, below(bits, count) as u32, delay, ()).map(|_| ())
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        if let Some(actor) = self.actors.get(target as usize).filter(|_| self.announced) {
            prefetch(actor);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "measures the kernel from outside")]
fn pass_on(steps: &[Duration], count: u32, announced: bool, instant: u64) -> Result<f64, KernelError> {
    let actors = (0..count).map(|id| Actor { sender: Sender::new(id), handled: 0, digest: 0 }).collect();
    let mut simulation = Simulation::new(Passing { steps, actors, announced, instant });
    for k in 0..count {
        let delay = steps[mix(u64::from(k)) as usize % STEPS];
        simulation.with_context(|world, context| context.send(&mut world.actors[k as usize].sender, k, delay, ()))?;
    }
    (0..HOLDS).try_for_each(|_| simulation.step().map(|_| ()))?;
    let start = Instant::now();
    (0..HOLDS).try_for_each(|_| simulation.step().map(|_| ()))?;
    Ok(start.elapsed().as_nanos() as f64 / f64::from(HOLDS))
}
