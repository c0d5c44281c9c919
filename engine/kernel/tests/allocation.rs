//! A run in its stride allocates nothing: not for an event, not for a round, not for a timer.

#![allow(unsafe_code, reason = "an allocator that counts is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Ticket, World, below};

struct Counting;

thread_local! {
    /// By thread, so that tests side by side do not disturb each other.
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Safety: hands everything on to the system's allocator. Reallocation comes through `alloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has no count any more.
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

const ACTORS: u32 = 5_000;

#[derive(Clone, Copy)]
struct Actor {
    sender: Sender,
    counter: u32,
    timer: Option<Ticket>,
}

/// Every message begets one more, and restarts its target's timer if there are `timers`.
struct Passing {
    root: StreamKey,
    actors: Vec<Actor>,
    /// How many of ten messages have no delay.
    instant: u64,
    timers: bool,
}

impl Passing {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, bool>) -> Result<(), KernelError> {
        let actor = &mut self.actors[me as usize];
        let mut draws = Draws { key: self.root.with(u64::from(me)), counter: &mut actor.counter };
        let target = below(draws.next(), u64::from(ACTORS)) as u32;
        let instant = below(draws.next(), 10) < self.instant;
        // Whole milliseconds, so that instants have many events.
        let delay = 1.0 + libm::floor(exponential(&mut draws, 1_000.0));
        let delay = if instant { Duration::ZERO } else { Duration::from_seconds(delay / 1_000.0)? };
        context.send(&mut actor.sender, target, delay, false)?;
        if self.timers {
            if let Some(ticket) = actor.timer.take() {
                context.cancel(ticket);
            }
            actor.timer = Some(context.send(&mut actor.sender, me, Duration::from_ns(60_000_000_000), true)?);
        }
        Ok(())
    }
}

impl World for Passing {
    type Message = bool;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<bool>, context: &mut Context<'_, bool>) -> Result<(), KernelError> {
        // A timer that goes off begets nothing.
        if event.message { Ok(()) } else { self.pass_on(event.target, context) }
    }
}

fn allocations(instant: u64, timers: bool) -> u64 {
    let actors = (0..ACTORS).map(|id| Actor { sender: Sender::new(id), counter: 0, timer: None }).collect();
    let mut simulation = Simulation::new(Passing { root: StreamKey::root(1, 0), actors, instant, timers });
    for actor in 0..ACTORS {
        simulation.with_context(|world, context| world.pass_on(actor, context)).unwrap();
    }
    (0..1_000_000).for_each(|_| assert!(simulation.step().unwrap()));
    let before = CALLS.get();
    (0..500_000).for_each(|_| assert!(simulation.step().unwrap()));
    CALLS.get() - before
}

#[test]
fn the_count_counts() {
    let before = CALLS.get();
    drop(std::hint::black_box(Box::new(7)));
    assert_eq!(CALLS.get() - before, 1);
}

#[test]
fn messages_with_a_delay_allocate_nothing() {
    assert_eq!(allocations(0, false), 0);
}

#[test]
fn messages_without_delay_allocate_nothing() {
    assert_eq!(allocations(8, false), 0);
}

#[test]
fn timers_that_are_cancelled_allocate_nothing() {
    assert_eq!(allocations(5, true), 0);
}
