//! Shows how to write a model of many actors: PHOLD, the standard load of parallel simulation.
//!
//! Every message begets one more: to any actor with probability 0.9, else to oneself.

use rehearsal_kernel::distribution::{chance, exponential};
use rehearsal_kernel::{Bits, Context, Event, KernelError, Sender, Simulation, StreamKey, Time, World, below};
use serde::{Deserialize, Serialize};

/// What an actor remembers: 12 bytes.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Actor {
    sender: Sender,
    /// How many random numbers it has drawn.
    drawn: u32,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Phold {
    key: StreamKey,
    actors: Vec<Actor>,
}

impl Phold {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let among = self.actors.len() as u64;
        let Actor { sender, drawn } = &mut self.actors[me as usize];
        let mut draws = self.key.with(u64::from(me)).draws(drawn);
        let target = if chance(&mut draws, 0.9) { below(draws.next(), among) as u32 } else { me };
        context.send_after(sender, target, 0.1 + exponential(&mut draws, 0.9), ())?;
        Ok(())
    }
}

impl World for Phold {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        self.pass_on(event.target, context)
    }
}

pub(crate) fn phold(actors: u32, seed: u64) -> Result<Simulation<Phold>, KernelError> {
    let actor = |id| Actor { sender: Sender::new(id), drawn: 0 };
    let world = Phold { key: StreamKey::root(seed, 0), actors: (0..actors).map(actor).collect() };
    let mut simulation = Simulation::new(world);
    (0..actors).try_for_each(|id| simulation.with_context(|world, context| world.pass_on(id, context)))?;
    Ok(simulation)
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    let mut simulation = phold(10_000, 2026)?;
    let stats = simulation.run_until(Time::from_seconds(100.0)?)?;
    println!("{} events handled, {} pending at {}", stats.handled, stats.pending, stats.now);
    println!("digest {:016x}", simulation.digest());
    Ok(())
}
