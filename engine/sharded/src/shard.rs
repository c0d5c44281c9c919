//! One shard: a part of the world with its own queue, which runs alone until a window ends.

use std::any::Any;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rehearsal_kernel::simulation::{MICROSTEP_MAX, WITNESSES};
use rehearsal_kernel::{Context, Duration, Event, KernelError, Key, Simulation, Time, World};

use crate::merged::{horizon, short_delay};
use crate::part::Part;

/// The simulation of one shard, on cache lines of its own.
///
/// Side by side in memory, two shards would write to one line and slow each other down.
#[repr(align(128))]
#[derive(Clone)]
pub(crate) struct Seat<W: Part>(pub(crate) Simulation<Shard<W>>);

/// A part of the world and what it has sent to the others.
#[derive(Clone)]
pub(crate) struct Shard<W: World> {
    pub(crate) part: W,
    index: usize,
    lookahead: Duration,
    /// The actors of the part, where they are in a row; else none.
    home: Range<u32>,
    /// What the present event sent to others. Of two shards also what the other shall receive after this window, which
    /// so is written once.
    sent: Vec<Event<W::Message>>,
    /// How many of these were looked at already; the others are those of the present event.
    passed: usize,
    /// For each shard what it shall receive after this window.
    outbox: Vec<Tray<W::Message>>,
    /// When the first of what others shall receive is due.
    pub(crate) first_sent: Time,
    /// Whether an error came from the part or from its sends.
    faulty: bool,
    /// The last events of an instant that comes close to a livelock: place and target.
    pub(crate) witnesses: VecDeque<(Key, u32)>,
}

/// What one shard shall receive from another, on a cache line of its own for the same reason as a [`Seat`].
#[repr(align(128))]
#[derive(Clone)]
struct Tray<M>(Vec<Event<M>>);

/// Why a shard stopped, and at which event.
#[derive(Debug)]
pub(crate) struct Failure<E> {
    /// The event's place among all: of several failures the least is the one of a single thread.
    pub(crate) key: Key,
    pub(crate) cause: Cause<E>,
}

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Cause<E> {
    /// An error of the part, or of its sends.
    Error(E),
    /// Time stands still; all shards together know the last events.
    Livelock,
    /// A handler panicked with this.
    Panic(Box<dyn Any + Send>),
}

impl<W: Part> Shard<W> {
    pub(crate) fn new(part: W, index: usize, shards: usize, lookahead: Duration) -> Shard<W> {
        let outbox = (0..shards).map(|_| Tray(Vec::new())).collect();
        let (sent, first_sent, witnesses) = (Vec::new(), Time::MAX, VecDeque::new());
        Shard { part, index, lookahead, home: 0..0, sent, passed: 0, outbox, first_sent, faulty: false, witnesses }
    }

    /// Looks at what the present event sent: whether it may go where it goes.
    #[inline]
    fn pass_sent(&mut self, context: &mut Context<'_, W::Message>) -> Result<(), KernelError> {
        let (horizon, mut refused) = (horizon(context.now(), self.lookahead), Ok(()));
        for place in self.passed..self.sent.len() {
            // Word by word: in one piece it would be waited for, as it was written just now.
            let (target, time) = (self.sent[place].target, self.sent[place].time);
            let owner = self.part.owner(target);
            if owner == self.index {
                context.post(self.sent[place]);
            } else if time >= horizon {
                self.first_sent = self.first_sent.min(time);
                self.keep(owner, place);
            } else if refused.is_ok() {
                refused = Err(short_delay(&self.sent[place], context.now(), self.lookahead));
            }
        }
        self.sent.truncate(self.passed);
        refused
    }

    /// Keeps what was sent to another shard until the window ends.
    #[inline(always)]
    fn keep(&mut self, owner: usize, place: usize) {
        if self.outbox.len() == 2 {
            assert!(owner < 2, "actor {} belongs to part {owner} of two, counted from zero", self.sent[place].target);
            // It was written there, unless one before it has gone elsewhere.
            if self.passed != place {
                self.sent[self.passed] = self.sent[place];
            }
            self.passed += 1;
        } else {
            self.outbox[owner].0.push(self.sent[place]);
        }
    }

    /// What is for another shard after the window that has ended.
    pub(crate) fn outgoing(&mut self) -> impl Iterator<Item = (usize, &mut Vec<Event<W::Message>>)> {
        self.first_sent = Time::MAX;
        self.passed = 0;
        if self.outbox.len() == 2 {
            std::mem::swap(&mut self.sent, &mut self.outbox[1 - self.index].0);
        }
        self.outbox.iter_mut().map(|tray| &mut tray.0).enumerate().filter(|(_, sent)| !sent.is_empty())
    }

    #[cold]
    fn watch(&mut self, event: &Event<W::Message>) {
        if self.witnesses.len() == WITNESSES {
            self.witnesses.pop_front();
        }
        self.witnesses.push_back((event.key(), event.target));
    }
}

impl<W: Part> World for Shard<W> {
    type Message = W::Message;
    type Error = W::Error;

    #[inline]
    fn handle(&mut self, event: &Event<W::Message>, context: &mut Context<'_, W::Message>) -> Result<(), W::Error> {
        debug_assert_eq!(self.part.owner(event.target), self.index, "a sender sends from another shard than its own");
        if usize::from(event.microstep) + WITNESSES > usize::from(MICROSTEP_MAX) {
            let copy = *event;
            self.watch(&copy);
        }
        let mut handled = self.part.handle(event, &mut context.diverted_beyond(&self.home, &mut self.sent));
        if self.sent.len() > self.passed
            && let Err(refused) = self.pass_sent(context)
        {
            // First, since the handler sent before it failed.
            handled = Err(refused.into());
        }
        if handled.is_err() {
            self.faulty = true;
        }
        handled
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        self.part.prefetch(target);
    }
}

impl<W: Part> Seat<W> {
    /// Handles all events before `end`; how many.
    pub(crate) fn run_window(&mut self, end: Time) -> Result<u64, Failure<W::Error>> {
        let simulation = &mut self.0;
        simulation.world.home = simulation.world.part.actors().unwrap_or(0..0);
        // After a panic no one looks at this shard's state again but for a post-mortem.
        let run = catch_unwind(AssertUnwindSafe(|| simulation.run_before(end, u64::MAX)));
        match run {
            Ok(Ok(handled)) => Ok(handled),
            Ok(Err(error)) if simulation.world.faulty => Err(Failure { key: simulation.key(), cause: Cause::Error(error) }),
            // The kernel put the event back that it would not handle.
            Ok(Err(error)) => match simulation.queue().iter().map(Event::key).min() {
                Some(key) => Err(Failure { key, cause: Cause::Livelock }),
                None => Err(Failure { key: simulation.key(), cause: Cause::Error(error) }),
            },
            Err(panic) => {
                simulation.world.sent.truncate(simulation.world.passed);
                Err(Failure { key: simulation.key(), cause: Cause::Panic(panic) })
            }
        }
    }

    /// When the first event is due, of those pending and those sent.
    pub(crate) fn next(&self) -> Time {
        let pending = self.0.queue().peek_time().unwrap_or(Time::MAX);
        pending.min(self.0.world.first_sent)
    }
}
