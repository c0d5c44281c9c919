//! All parts in one queue on one thread: the plain simulation of their union.
//!
//! It costs some comparisons and a call of [`Part::owner`] an event more than a world in one
//! piece, and the state is found later by that call. On the way it counts the windows that shards
//! would have needed, and it refuses the same short delays.

use rehearsal_kernel::{Context, Duration, Event, KernelError, Time, World};

use crate::part::Part;

/// The parts of a world, as one world.
#[derive(Clone)]
pub(crate) struct Merged<W: World> {
    pub(crate) parts: Vec<W>,
    lookahead: Duration,
    /// Events that would be too early if they went to another shard; looked at after each event.
    near: Vec<Event<W::Message>>,
    /// The end of the window that shards would be in.
    window: Time,
    /// How many windows shards would have needed so far.
    pub(crate) windows: u64,
}

impl<W: Part> Merged<W> {
    pub(crate) fn new(parts: Vec<W>, lookahead: Duration) -> Merged<W> {
        // One part alone has nobody to be too early for.
        let lookahead = if parts.len() == 1 { Duration::ZERO } else { lookahead };
        Merged { parts, lookahead, near: Vec::new(), window: Time::ZERO, windows: 0 }
    }

    /// Which part owns `actor`.
    #[inline]
    pub(crate) fn owner(&self, actor: u32) -> usize {
        self.parts[0].owner(actor)
    }

    #[inline(never)]
    fn pass_near(&mut self, home: usize, context: &mut Context<'_, W::Message>) -> Result<(), KernelError> {
        let (part, lookahead) = (&self.parts[0], self.lookahead);
        let mut refused = Ok(());
        for event in self.near.drain(..) {
            if part.owner(event.target) == home {
                context.post(event);
            } else if refused.is_ok() {
                refused = Err(short_delay(&event, context.now(), lookahead));
            }
        }
        refused
    }
}

impl<W: Part> World for Merged<W> {
    type Message = W::Message;
    type Error = W::Error;

    #[inline]
    fn handle(&mut self, event: &Event<W::Message>, context: &mut Context<'_, W::Message>) -> Result<(), W::Error> {
        let horizon = horizon(event.time, self.lookahead);
        // Without a branch: in thin windows nobody could foretell which way it goes.
        let next = event.time >= self.window;
        self.window = if next { horizon } else { self.window };
        self.windows += u64::from(next);
        let home = self.owner(event.target);
        let handled = self.parts[home].handle(event, &mut context.diverted(&mut self.near, horizon));
        if !self.near.is_empty() {
            // First, since the handler sent before it failed.
            self.pass_near(home, context)?;
        }
        handled
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        // No panic here, so that nothing is left of it where parts do not listen.
        if let Some(part) = self.parts.get(self.owner(target)) {
            part.prefetch(target);
        }
    }
}

/// Where the window ends that begins at a time.
#[inline]
pub(crate) fn horizon(start: Time, lookahead: Duration) -> Time {
    Time::from_ns(start.as_ns().saturating_add(lookahead.as_ns()))
}

/// The error of an event for another shard that is due too early.
pub(crate) fn short_delay<M>(event: &Event<M>, now: Time, lookahead: Duration) -> KernelError {
    let (actor, target, delay) = (event.sender, event.target, event.time.since(now));
    KernelError::ShortDelay { actor, target, delay, lookahead }
}
