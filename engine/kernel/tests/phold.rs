//! PHOLD, the standard load of parallel simulation: every message begets one more.
//!
//! Run again, in other portions, from a snapshot and with its events seeded in another order, it
//! ends with the same bytes.

use rehearsal_kernel::{Bits, Queue, below, distribution::exponential, mix};
use rehearsal_kernel::{Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Time, World};

const ACTORS: u32 = 256;
const END: Time = Time::from_ns(100_000_000_000);

#[derive(Clone, Copy)]
struct Actor {
    sender: Sender,
    counter: u32,
    history: u64,
}

#[derive(Clone)]
struct Phold {
    root: StreamKey,
    actors: Vec<Actor>,
}

impl Phold {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let key = self.root.with(u64::from(me));
        let actor = &mut self.actors[me as usize];
        let mut draws = Draws { key, counter: &mut actor.counter };
        let target = below(draws.next(), u64::from(ACTORS)) as u32;
        // Whole tenths of a second, zero included, so that ties and zero delays abound.
        let tenths = libm::floor(exponential(&mut draws, 5.0));
        let delay = Duration::from_seconds(tenths / 10.0)?;
        context.send(&mut actor.sender, target, delay, actor.history)?;
        Ok(())
    }
}

impl World for Phold {
    type Message = u64;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u64>, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let actor = &mut self.actors[event.target as usize];
        // Not commutative: a history tells the order of what an actor handled.
        actor.history = mix(actor.history ^ event.message ^ u64::from(event.sender) << 32);
        self.pass_on(event.target, context)
    }
}

fn phold(seed: u64, order: impl Iterator<Item = u32>) -> Simulation<Phold> {
    let actor = |id| Actor { sender: Sender::new(id), counter: 0, history: 0 };
    let actors = (0..ACTORS).map(actor).collect();
    let mut simulation = Simulation::new(Phold { root: StreamKey::root(seed, 0), actors });
    for actor in order {
        simulation.with_context(|world, context| world.pass_on(actor, context)).unwrap();
    }
    simulation
}

fn digest(simulation: &Simulation<Phold>) -> (u64, Vec<Event<u64>>, u64) {
    let histories = simulation.world.actors.iter().map(|actor| actor.history);
    let world = histories.fold(0, |hash, history| mix(hash ^ history));
    (world, simulation.queue().sorted(), simulation.handled())
}

fn reference() -> (u64, Vec<Event<u64>>, u64) {
    let mut simulation = phold(1, 0..ACTORS);
    simulation.run_until(END).unwrap();
    digest(&simulation)
}

#[test]
fn a_run_repeats_to_the_byte() {
    let (first, second) = (reference(), reference());
    assert_eq!(first, second);
    assert!(first.2 > 10_000, "{} events are too few to tell", first.2);
}

#[test]
fn another_seed_is_another_run() {
    let mut simulation = phold(2, 0..ACTORS);
    simulation.run_until(END).unwrap();
    assert_ne!(digest(&simulation).0, reference().0);
}

#[test]
fn the_order_of_seeding_does_not_matter() {
    let mut simulation = phold(1, (0..ACTORS).rev());
    simulation.run_until(END).unwrap();
    assert_eq!(digest(&simulation), reference());
}

#[test]
fn portions_and_forks_equal_one_run() {
    let mut simulation = phold(1, 0..ACTORS);
    for percent in [1, 2, 2, 30, 77] {
        simulation.run_until(Time::from_ns(END.as_ns() / 100 * percent)).unwrap();
        simulation = simulation.clone();
    }
    simulation.run_until(END).unwrap();
    assert_eq!(digest(&simulation), reference());
}

#[test]
fn a_queue_restored_from_its_events_equals_the_original() {
    let mut simulation = phold(1, 0..ACTORS);
    for _ in 0..5_000 {
        simulation.step().unwrap();
    }
    let events: Vec<Event<u64>> = simulation.queue().iter().copied().collect();
    let mut restored = Queue::new();
    events.iter().rev().for_each(|event| restored.push(*event));
    assert_eq!(restored.sorted(), simulation.queue().sorted());
    *simulation.queue_mut() = restored;
    simulation.run_until(END).unwrap();
    assert_eq!(digest(&simulation), reference());
}
