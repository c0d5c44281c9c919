//! What a simulation takes beyond the model's own state, counted by the allocator.

#![allow(unsafe_code, reason = "an allocator that counts is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, Queue, Sender, Simulation, StreamKey, World, below};

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Safety: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Tests of one file share the count, so each runs alone.
fn alone() -> (MutexGuard<'static, ()>, usize) {
    static ALONE: Mutex<()> = Mutex::new(());
    let guard = ALONE.lock().unwrap_or_else(|poison| poison.into_inner());
    (guard, IN_USE.load(Ordering::Relaxed))
}

fn taken_since(start: usize) -> usize {
    IN_USE.load(Ordering::Relaxed) - start
}

#[derive(Clone, Copy)]
struct Actor {
    sender: Sender,
    counter: u32,
}

struct Passing {
    root: StreamKey,
    actors: Vec<Actor>,
}

impl Passing {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let count = self.actors.len() as u64;
        let actor = &mut self.actors[me as usize];
        let mut draws = Draws { key: self.root.with(u64::from(me)), counter: &mut actor.counter };
        let target = below(draws.next(), count) as u32;
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

/// PHOLD with one event for each actor, after `events` of them.
fn passing(count: u32, events: u32) -> Simulation<Passing> {
    let actors = (0..count).map(|id| Actor { sender: Sender::new(id), counter: 0 }).collect();
    let mut simulation = Simulation::new(Passing { root: StreamKey::root(1, 0), actors });
    for actor in 0..count {
        simulation.with_context(|world, context| world.pass_on(actor, context)).unwrap();
    }
    (0..events).for_each(|_| assert!(simulation.step().unwrap()));
    simulation
}

/// An event is 24 bytes; what is added is an eighth to grow, blocks that are not full, and links.
#[test]
fn a_million_pending_events_take_little_more_than_their_size() {
    const ACTORS: u32 = 1_000_000;
    let (_guard, start) = alone();
    let simulation = passing(ACTORS, 3 * ACTORS);
    let model = simulation.world.actors.capacity() * size_of::<Actor>();
    let beyond = taken_since(start) - model;
    let each = beyond as f64 / f64::from(ACTORS);
    assert!(each <= 100.0, "{each} bytes an actor with its pending event");
    let events = ACTORS as usize * size_of::<Event<()>>();
    assert!(beyond <= events / 4 * 5 + 65_536, "{beyond} bytes for {events} bytes of events: {each} an event");
}

#[test]
fn a_small_simulation_stays_small() {
    let (_guard, start) = alone();
    let simulation = passing(10, 10_000);
    let beyond = taken_since(start) - simulation.world.actors.capacity() * size_of::<Actor>();
    assert!(beyond < 24_000, "{beyond} bytes for 10 actors");
}

/// Growth and decay: what was needed once is kept, but not added to.
#[test]
fn memory_does_not_grow_with_the_length_of_a_run() {
    let (_guard, start) = alone();
    let mut simulation = passing(10_000, 200_000);
    let before = taken_since(start);
    (0..2_000_000).for_each(|_| assert!(simulation.step().unwrap()));
    let after = taken_since(start);
    assert!(after <= before + before / 8, "{before} bytes grew to {after}");
}

/// A few actors live on while one of them sets a million timers, an hour ahead, and cancels them one by one.
#[test]
fn cancelled_timers_do_not_pile_up() {
    let (_guard, start) = alone();
    let mut simulation = passing(10, 1000);
    // A sender of its own, so that its numbers are not those of an actor that also passes messages on.
    let mut timers = Sender::new(10);
    for _ in 0..1_000_000 {
        let hour = Duration::from_ns(3_600_000_000_000);
        let ticket = simulation.with_context(|_, context| context.send(&mut timers, 10, hour, ())).unwrap();
        assert_eq!(simulation.queue().len(), 11);
        assert!(simulation.cancel(ticket));
        assert!(!simulation.cancel(ticket));
        assert_eq!(simulation.queue().len(), 10);
        if timers.sequence.is_multiple_of(100) {
            assert!(simulation.step().unwrap());
        }
    }
    assert_eq!(simulation.queue().iter().count(), 10);
    let taken = taken_since(start);
    assert!(taken < 200_000, "{taken} bytes after a million cancelled timers");
}

#[test]
fn a_fork_into_a_pooled_simulation_takes_no_more() {
    let (_guard, start) = alone();
    let source: Queue<u64> = (0..50_000)
        .map(|i| Event {
            time: rehearsal_kernel::Time::from_ns(i * i),
            sender: i as u32,
            sequence: 0,
            target: 0,
            microstep: 0,
            message: i,
        })
        .fold(Queue::new(), |mut queue, event| {
            queue.push(event);
            queue
        });
    let mut pooled = source.clone();
    let before = taken_since(start);
    (0..10).for_each(|_| pooled.clone_from(&source));
    assert_eq!(taken_since(start), before);
    assert_eq!(pooled.sorted(), source.sorted());
}
