//! Shows what a fork into a pooled simulation costs, beside a plain copy of as many bytes.
//!
//! A million actors with a pending event each. The pooled simulation has been forked into
//! before, so its memory is there; a fork is then little more than the copy of its bytes.
//!
//! `cargo run --release -p rehearsal-kernel --example pooled`

use std::time::Instant;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, World, below};

const ACTORS: u32 = 1_000_000;
const ROUNDS: usize = 9;

#[derive(Clone, Copy)]
struct Actor {
    sender: Sender,
    counter: u32,
    handled: u32,
}

struct Passing {
    root: StreamKey,
    actors: Vec<Actor>,
}

impl Clone for Passing {
    fn clone(&self) -> Passing {
        Passing { root: self.root, actors: self.actors.clone() }
    }

    // The derived one would throw the pooled memory away.
    fn clone_from(&mut self, source: &Passing) {
        self.root = source.root;
        self.actors.clone_from(&source.actors);
    }
}

impl Passing {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let actor = &mut self.actors[me as usize];
        actor.handled += 1;
        let mut draws = Draws { key: self.root.with(u64::from(me)), counter: &mut actor.counter };
        let target = below(draws.next(), u64::from(ACTORS)) as u32;
        let delay = Duration::from_seconds(exponential(&mut draws, 1.0))?;
        context.send(&mut actor.sender, target, delay, ()).map(|_| ())
    }
}

impl World for Passing {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        self.pass_on(event.target, context)
    }
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    let actors = (0..ACTORS).map(|id| Actor { sender: Sender::new(id), counter: 0, handled: 0 }).collect();
    let mut simulation = Simulation::new(Passing { root: StreamKey::root(1, 0), actors });
    for actor in 0..ACTORS {
        simulation.with_context(|world, context| world.pass_on(actor, context))?;
    }
    (0..2 * ACTORS).try_for_each(|_| simulation.step().map(|_| ()))?;

    let pending = simulation.queue().len() * size_of::<Event<()>>();
    let bytes = simulation.world.actors.len() * size_of::<Actor>() + pending;
    let (source, mut copy) = (vec![1_u8; bytes], vec![2_u8; bytes]);
    let mut pooled = simulation.clone();
    let (mut forks, mut copies) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        forks.push(milliseconds(|| simulation.fork_into(&mut pooled)));
        copies.push(milliseconds(|| copy.copy_from_slice(std::hint::black_box(&source))));
        std::hint::black_box((&pooled, &copy));
    }
    let cold = milliseconds(|| drop(std::hint::black_box(simulation.clone())));
    let (fork, plain) = (median(forks), median(copies));
    println!("{:.1} MB of state and events", bytes as f64 / 1e6);
    println!("fork into a pooled simulation {fork:6.1} ms");
    println!("copy of as many bytes         {plain:6.1} ms, so a fork is {:.2} copies", fork / plain);
    println!("clone into new memory         {cold:6.1} ms");
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "measures the kernel from outside")]
fn milliseconds(act: impl FnOnce()) -> f64 {
    let start = Instant::now();
    act();
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
