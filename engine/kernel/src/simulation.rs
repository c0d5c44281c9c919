//! The run: takes events in order and hands them to the world.
//!
//! A [`World`] owns the state of all actors and handles one event at a time. A [`Simulation`]
//! owns a world and its queue, and advances both with [`Simulation::step`] or
//! [`Simulation::run_until`]. A clone of a simulation is a fork: both go on alike until someone
//! intervenes. It runs on one thread and knows no wall clock.

use std::collections::VecDeque;

use crate::context::{Context, Ticket};
use crate::error::KernelError;
use crate::event::{Event, Key};
use crate::queue::{Coming, Queue};
use crate::time::Time;

/// The last microstep that an instant may reach before it counts as a livelock.
pub const MICROSTEP_MAX: u16 = 10_000;

/// How many events of a livelock are looked at to name its actors.
pub const WITNESSES: usize = 64;

/// The owner of all actors' state.
pub trait World {
    /// What actors tell each other.
    type Message: Copy;

    /// What may go wrong in a handler.
    type Error: std::error::Error + From<KernelError>;

    /// Handles an event that is due now.
    ///
    /// # Errors
    ///
    /// Those of the world, and those of sending. The run stops; the event counts as handled.
    fn handle(&mut self, event: &Event<Self::Message>, context: &mut Context<'_, Self::Message>) -> Result<(), Self::Error>;

    /// Whether the run has to stop behind the event that was handled last, for somebody outside to act on the world.
    ///
    /// It then stops there whatever is due, until the world says no again.
    #[inline]
    fn pauses(&self) -> bool {
        false
    }

    /// Hears that an event for `target` is due soon; the place to [`crate::prefetch()`] its state.
    ///
    /// Most events are announced, some a few dozen events ahead, some twice. Nothing may depend on
    /// it: the world stays as it is. Worth it from about a hundred thousand actors up.
    #[inline]
    fn prefetch(&self, target: u32) {
        let _ = target;
    }

    /// Hears that events for these targets come next, in this order; the place to reckon ahead what they will need.
    ///
    /// What takes long for one, each step waiting for the last, takes little more for several at a time. Most events are
    /// announced so, mostly a dozen at a time. As with [`World::prefetch`], which it is unless a world has a use for it,
    /// nothing may depend on it: what is reckoned here has to be what would be found without.
    #[inline]
    fn prepare(&mut self, targets: impl Iterator<Item = u32>) {
        targets.for_each(|target| self.prefetch(target));
    }
}

/// What a call of [`Simulation::run_until`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunStats {
    /// Events handled in this call.
    pub handled: u64,
    /// Events still pending.
    pub pending: usize,
    /// The present after the call.
    pub now: Time,
}

/// A world, its pending events and its clock.
#[derive(Debug)]
pub struct Simulation<W: World> {
    /// The state of all actors.
    pub world: W,
    pub(crate) queue: Queue<W::Message>,
    /// The place of the last event handled; the present is its time.
    pub(crate) key: Key,
    pub(crate) handled: u64,
    /// The last events of an instant that comes close to a livelock: time and target.
    witnesses: VecDeque<(Time, u32)>,
}

impl<W: World + Clone> Clone for Simulation<W> {
    fn clone(&self) -> Simulation<W> {
        Simulation {
            world: self.world.clone(),
            queue: self.queue.clone(),
            key: self.key,
            handled: self.handled,
            witnesses: self.witnesses.clone(),
        }
    }

    /// Copies into the memory that is there, see [`Simulation::fork_into`].
    fn clone_from(&mut self, source: &Simulation<W>) {
        self.world.clone_from(&source.world);
        self.queue.clone_from(&source.queue);
        self.key = source.key;
        self.handled = source.handled;
        self.witnesses.clone_from(&source.witnesses);
    }
}

impl<W: World> Simulation<W> {
    /// A simulation of `world` at time zero, with nothing pending.
    pub fn new(world: W) -> Simulation<W> {
        let (queue, witnesses) = (Queue::new(), VecDeque::new());
        let key = Key { time: Time::ZERO, microstep: 0, sender: 0, sequence: 0 };
        Simulation { world, queue, key, handled: 0, witnesses }
    }

    /// Acts on the world from outside, between two events: to seed a run or to intervene.
    ///
    /// Events sent with zero delay arrive one microstep after the last event handled.
    pub fn with_context<R>(&mut self, act: impl FnOnce(&mut W, &mut Context<'_, W::Message>) -> R) -> R {
        act(&mut self.world, &mut Context::new(self.key, &mut self.queue))
    }

    /// Forks into a pooled simulation: copies into memory that is already there.
    ///
    /// Afterwards `pooled` goes on as this one does; what it was before does not matter. Where
    /// it was as large, nothing is allocated and the cost is that of copying the bytes; fresh
    /// memory costs many times that.
    ///
    /// The world's part is its `clone_from`. The derived one makes a clone and drops what was
    /// there: a world of any size implements [`Clone::clone_from`] by hand, field by field.
    pub fn fork_into(&self, pooled: &mut Simulation<W>)
    where
        W: Clone,
    {
        pooled.clone_from(self);
    }

    /// Takes back an event that was sent; whether it was still pending, see [`Context::cancel`].
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        ticket.own && self.queue.cancel(ticket.key)
    }

    /// Handles the next event and moves the clock to it; `false` when nothing is pending.
    ///
    /// # Errors
    ///
    /// Those of the world; [`KernelError::Livelock`] when the instant has had too many rounds of
    /// zero-delay messages; [`KernelError::Past`] when an event was put into the queue by hand
    /// before the present.
    #[inline]
    pub fn step(&mut self) -> Result<bool, W::Error> {
        self.run_through(Time::MAX, 1).map(|handled| handled > 0)
    }

    /// Handles all events before `end` and moves the clock to `end`.
    ///
    /// Where the world [pauses](World::pauses) it stops before, and the clock stays at the last event.
    ///
    /// Events at `end` stay pending, so runs to adjoining ends handle each event once. With
    /// [`Time::MAX`] it runs until nothing is pending and the clock stays at the last event. The
    /// clock never goes back: with an `end` that is over, nothing happens.
    ///
    /// # Errors
    ///
    /// As [`Simulation::step`]; the clock then stays at the event that failed.
    pub fn run_until(&mut self, end: Time) -> Result<RunStats, W::Error> {
        let handled = self.run_before(end, u64::MAX)?;
        if !self.world.pauses() && end > self.now() && end < Time::MAX {
            self.key = Key { time: end, microstep: 0, sender: 0, sequence: 0 };
        }
        Ok(RunStats { handled, pending: self.queue.len(), now: self.now() })
    }

    /// Handles at most `count` events before `end`, and leaves the clock at the last; how many.
    ///
    /// For a caller that looks up between portions; [`Simulation::run_until`] is one portion.
    ///
    /// # Errors
    ///
    /// As [`Simulation::step`].
    #[inline]
    pub fn run_before(&mut self, end: Time, count: u64) -> Result<u64, W::Error> {
        let Some(latest) = end.as_ns().checked_sub(1).map(Time::from_ns) else { return Ok(0) };
        self.run_through(latest, count)
    }

    /// Handles at most `count` events that are due at `latest` or before; how many.
    #[inline]
    fn run_through(&mut self, latest: Time, count: u64) -> Result<u64, W::Error> {
        let mut handled = 0;
        while handled < count && !self.world.pauses() && self.is_due(latest) {
            let event = self.queue.take();
            if self.queue.counts(&event) {
                self.handle(event)?;
                handled += 1;
            }
        }
        Ok(handled)
    }

    /// Whether an event is stored that is due at `latest` or before; tells the world of those that come soon.
    #[inline(always)]
    fn is_due(&mut self, latest: Time) -> bool {
        let world = &mut self.world;
        self.queue.is_due(latest, |coming| match coming {
            Coming::Soon(target) => world.prefetch(target),
            Coming::Next(events) => world.prepare(events.iter().rev().map(|event| event.target)),
        })
    }

    /// Where the world's handler is put into this, an event's words are read where they lie: it is copied for those alone that
    /// look at it seldom.
    #[inline(always)]
    fn handle(&mut self, event: Event<W::Message>) -> Result<(), W::Error> {
        if event.time < self.now() {
            let (actor, now, at) = (event.target, self.now(), event.time);
            return Err(KernelError::Past { actor, now, at }.into());
        }
        if usize::from(event.microstep) + WITNESSES > usize::from(MICROSTEP_MAX) {
            let copy = event;
            self.watch(&copy)?;
        }
        let key = event.key();
        self.key = key;
        self.handled += 1;
        self.world.handle(&event, &mut Context::new(key, &mut self.queue))
    }

    /// Remembers an event near the end of its instant's rounds, and stops the run beyond it.
    ///
    /// Each round has an event, so the last rounds hold the last events.
    #[cold]
    fn watch(&mut self, event: &Event<W::Message>) -> Result<(), KernelError> {
        let time = event.time;
        if event.microstep > MICROSTEP_MAX {
            // Back in its place: another attempt meets the same livelock.
            self.queue.push(*event);
            let here = self.witnesses.iter().filter(|(at, _)| *at == time);
            let mut actors: Vec<u32> = here.map(|(_, target)| *target).collect();
            actors.sort_unstable();
            actors.dedup();
            return Err(KernelError::Livelock { time, actors });
        }
        if self.witnesses.len() == WITNESSES {
            self.witnesses.pop_front();
        }
        self.witnesses.push_back((time, event.target));
        Ok(())
    }

    /// The present.
    #[inline]
    pub fn now(&self) -> Time {
        self.key.time
    }

    /// The place of the last event handled, or of the present where the clock went further.
    #[inline]
    pub fn key(&self) -> Key {
        self.key
    }

    /// The pending events.
    #[inline]
    pub fn queue(&self) -> &Queue<W::Message> {
        &self.queue
    }

    /// The pending events, to drop or to add some by hand.
    ///
    /// What is sent goes through [`Simulation::with_context`], what is taken back through
    /// [`Simulation::cancel`], and a whole state comes back by [`Simulation::restore`]. An event
    /// pushed here before the present fails the step that meets it, and [`Simulation::snapshot`].
    /// Its key must be unlike that of any other.
    #[inline]
    pub fn queue_mut(&mut self) -> &mut Queue<W::Message> {
        &mut self.queue
    }

    /// The world and its pending events side by side, for a runtime that makes its own contexts.
    #[inline]
    pub fn world_and_queue_mut(&mut self) -> (&mut W, &mut Queue<W::Message>) {
        (&mut self.world, &mut self.queue)
    }

    /// Events handled since the start.
    #[inline]
    pub fn handled(&self) -> u64 {
        self.handled
    }
}
