//! What a handler may do to the world outside its own state: look at the clock and send.
//!
//! Nothing else reaches out of a handler, so every runtime can supply a context of its own.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::KernelError;
use crate::event::{Event, Key, Sender};
use crate::queue::Queue;
use crate::time::{Duration, Time};

/// The present, and the way to send events.
#[derive(Debug)]
pub struct Context<'a, M> {
    // Not the whole key: it would be copied in one piece just after its pieces were written, for which a processor waits.
    now: Time,
    microstep: u16,
    queue: &'a mut Queue<M>,
    diversion: Option<Diversion<'a, M>>,
}

/// Where events for others go instead of the queue, if they are due before a time.
#[derive(Debug)]
struct Diversion<'a, M> {
    sent: &'a mut Vec<Event<M>>,
    before: Time,
    /// What actors from that number on, and so many, receive goes into the queue too.
    first: u32,
    count: u32,
}

impl<M> Diversion<'_, M> {
    #[inline(always)]
    fn takes(&self, from: u32, to: u32, at: Time) -> bool {
        to.wrapping_sub(self.first) >= self.count && to != from && at < self.before
    }
}

/// Names an event on its way, so that its sender may still take it back.
///
/// Only what an actor sent to itself, such as a timer, can be taken back: it never leaves the
/// actor's own queue, so the answer does not depend on how a world is split. A ticket is a plain
/// value: a world may keep it, also in a snapshot, and every fork may use its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub(crate) key: Key,
    /// Whether the sender sent it to itself.
    pub(crate) own: bool,
}

impl Ticket {
    /// The ticket of a timer, a message that actor `own` sent itself, from what it remembers of it.
    ///
    /// `sequence` is its number and `time` when it is due, see [`Ticket::sequence`] and
    /// [`Ticket::time`]. With another time it is a mistake: it may or may not name the timer.
    #[inline]
    pub const fn timer(own: u32, sequence: u32, time: Time) -> Ticket {
        Ticket { key: Key { time, microstep: 0, sender: own, sequence }, own: true }
    }

    /// When the event is due.
    #[inline]
    pub const fn time(&self) -> Time {
        self.key.time
    }

    /// The event's number among all of its sender.
    #[inline]
    pub const fn sequence(&self) -> u32 {
        self.key.sequence
    }
}

impl<'a, M: Copy> Context<'a, M> {
    /// A context for a handler of the event at `key`, whose sends go into `queue`.
    ///
    /// For runtimes; handlers are given theirs.
    #[inline]
    pub fn new(key: Key, queue: &'a mut Queue<M>) -> Context<'a, M> {
        Context { now: key.time, microstep: key.microstep, queue, diversion: None }
    }

    /// The same context, but events for others that are due before a time go into `sent`.
    ///
    /// For a runtime that has to look at what leaves an actor before it arrives: it puts what may
    /// pass into the queue with [`Context::post`]. What a sender sends to itself is never
    /// diverted, so a timer is in the queue as soon as it is set.
    #[inline]
    pub fn diverted<'b>(&'b mut self, sent: &'b mut Vec<Event<M>>, before: Time) -> Context<'b, M> {
        self.with(Diversion { sent, before, first: 0, count: 0 })
    }

    /// The same context, but events for actors who are not at `home` go into `sent`, whenever they are due.
    ///
    /// As [`Context::diverted`], for a runtime whose own actors have numbers in a row: what they send to each other never
    /// leaves their queue.
    #[inline]
    pub fn diverted_beyond<'b>(&'b mut self, home: &Range<u32>, sent: &'b mut Vec<Event<M>>) -> Context<'b, M> {
        let (first, count) = (home.start, home.end.saturating_sub(home.start));
        self.with(Diversion { sent, before: Time::MAX, first, count })
    }

    #[inline(always)]
    fn with<'b>(&'b mut self, diversion: Diversion<'b, M>) -> Context<'b, M> {
        Context { now: self.now, microstep: self.microstep, queue: self.queue, diversion: Some(diversion) }
    }

    /// Puts an event into the queue as it is, such as one that was diverted.
    ///
    /// # Panics
    ///
    /// As [`Queue::push`], when the event is due before the present.
    #[inline]
    pub fn post(&mut self, event: Event<M>) {
        self.queue.push(event);
    }

    /// The present.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The round within this instant, see [`crate::event`].
    #[inline]
    pub fn microstep(&self) -> u16 {
        self.microstep
    }

    /// Sends a message that arrives `delay` from now; with zero delay one microstep from now.
    ///
    /// On an error nothing is sent, and `from` is as it was.
    ///
    /// # Errors
    ///
    /// [`KernelError::TimeOverflow`], [`KernelError::SequenceExhausted`].
    #[inline(always)]
    pub fn send(&mut self, from: &mut Sender, to: u32, delay: Duration, message: M) -> Result<Ticket, KernelError> {
        let overflow = KernelError::TimeOverflow { actor: from.id };
        let at = self.now().checked_add(delay).ok_or(overflow)?;
        self.send_at(from, to, at, message)
    }

    /// As [`Context::send`], with the delay as a number of seconds `[s]`, such as one drawn.
    ///
    /// # Errors
    ///
    /// Also [`KernelError::InvalidDuration`], see [`Duration::from_seconds`].
    #[inline]
    pub fn send_after(&mut self, from: &mut Sender, to: u32, delay_s: f64, message: M) -> Result<Ticket, KernelError> {
        self.send(from, to, Duration::from_seconds(delay_s)?, message)
    }

    /// Sends a message that arrives at the time `at`; if that is now, one microstep from now.
    ///
    /// # Errors
    ///
    /// [`KernelError::Past`] when `at` is over, [`KernelError::TimeOverflow`] when it is
    /// [`Time::MAX`], [`KernelError::SequenceExhausted`].
    #[inline(always)]
    pub fn send_at(&mut self, from: &mut Sender, to: u32, at: Time, message: M) -> Result<Ticket, KernelError> {
        let ticket = self.send_as((from.id, from.sequence), to, at, message)?;
        from.sequence += 1;
        Ok(ticket)
    }

    /// As [`Context::send_at`], for who counts by itself what an actor sends: its id, and how many it has sent.
    ///
    /// Where it succeeds the actor has sent one more.
    ///
    /// # Errors
    ///
    /// As [`Context::send_at`].
    #[inline(always)]
    pub fn send_as(&mut self, from: (u32, u32), to: u32, at: Time, message: M) -> Result<Ticket, KernelError> {
        let (actor, sequence) = from;
        if at < self.now() {
            return Err(KernelError::Past { actor, now: self.now(), at });
        }
        if at == Time::MAX {
            return Err(KernelError::TimeOverflow { actor });
        }
        if sequence == u32::MAX {
            return Err(KernelError::SequenceExhausted { actor });
        }
        // A run stops long before its microsteps fill 16 bits, see `KernelError::Livelock`.
        let microstep = if at == self.now() { self.microstep + 1 } else { 0 };
        let event = Event { time: at, sender: actor, sequence, target: to, microstep, message };
        let ticket = Ticket { key: event.key(), own: to == actor };
        match &mut self.diversion {
            Some(diversion) if diversion.takes(actor, to, at) => diversion.sent.push(event),
            _ => self.queue.push(event),
        }
        Ok(ticket)
    }

    /// As [`Context::send_as`], at once, where nothing is in the way: whether it was sent.
    ///
    /// Where it was not nothing has changed, and [`Context::send_as`] sends it or says what is wrong. For who sends much: this
    /// calls nothing, so that its caller need not put aside what it has.
    #[inline(always)]
    pub fn send_quickly_as(&mut self, from: (u32, u32), to: u32, message: M) -> bool {
        let (actor, sequence) = from;
        if self.diversion.is_some() || sequence == u32::MAX || self.now == Time::MAX {
            return false;
        }
        let microstep = self.microstep + 1;
        self.queue.push_quickly(Event { time: self.now, sender: actor, sequence, target: to, microstep, message })
    }

    /// Takes back an event that an actor sent to itself; whether it was still on its way.
    ///
    /// From now on it is as if it had never been sent, but for its sequence number. Nothing
    /// happens when it has been handled, is being handled, or was cancelled before. An event for
    /// another actor stays on its way, see [`Ticket`]. Cost: see [`Queue::cancel`].
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        ticket.own && self.queue.cancel(ticket.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Key = Key { time: Time::from_ns(10), microstep: 3, sender: 0, sequence: 0 };

    fn send_at(queue: &mut Queue<u8>, from: &mut Sender, at: Time) -> Result<Ticket, KernelError> {
        Context::new(NOW, queue).send_at(from, 8, at, 9)
    }

    fn send(queue: &mut Queue<u8>, from: &mut Sender, delay: Duration) -> Result<Ticket, KernelError> {
        Context::new(NOW, queue).send(from, 8, delay, 9)
    }

    #[test]
    fn zero_delay_arrives_one_microstep_later() {
        let (mut queue, mut from) = (Queue::new(), Sender { id: 7, sequence: 5 });
        send(&mut queue, &mut from, Duration::from_ns(2)).unwrap();
        Context::new(NOW, &mut queue).send_after(&mut from, 8, 0.0, 9).unwrap();
        send_at(&mut queue, &mut from, Time::from_ns(10)).unwrap();
        let sent: Vec<_> =
            std::iter::from_fn(|| queue.pop()).map(|event| (event.time.as_ns(), event.microstep, event.sequence)).collect();
        assert_eq!(sent, [(10, 4, 6), (10, 4, 7), (12, 0, 5)]);
        assert_eq!(from, Sender { id: 7, sequence: 8 });
    }

    #[test]
    fn what_is_sent_quickly_is_what_is_sent() {
        let (mut queue, mut other) = (Queue::new(), Queue::new());
        for queue in [&mut queue, &mut other] {
            queue.push(Event { time: NOW.time, sender: 1, sequence: 1, target: 1, microstep: NOW.microstep, message: 0 });
            queue.push(Event { time: NOW.time, sender: 1, sequence: 2, target: 1, microstep: NOW.microstep, message: 0 });
            assert_eq!(queue.pop().map(|event| event.sequence), Some(1));
        }
        let mut quickly = 0;
        for sequence in 0..9 {
            let from = (7, sequence);
            Context::new(NOW, &mut other).send_as(from, 8, NOW.time, 9_u8).unwrap();
            let mut context = Context::new(NOW, &mut queue);
            if context.send_quickly_as(from, 8, 9) {
                quickly += 1;
            } else {
                context.send_as(from, 8, NOW.time, 9).unwrap();
            }
            let diverted = context.diverted(&mut Vec::new(), NOW.time).send_quickly_as(from, 8, 9);
            assert!(!diverted && !Context::new(NOW, &mut queue).send_quickly_as((7, u32::MAX), 8, 9));
        }
        assert!(quickly > 0 && quickly < 9, "{quickly} of 9: with and without room");
        assert_eq!((queue.len(), queue.sorted()), (other.len(), other.sorted()));
        let later = Key { time: Time::from_ns(11), ..NOW };
        assert!(!Context::new(later, &mut queue).send_quickly_as((7, 9), 8, 9), "not at the time of the last event");
    }

    #[test]
    fn an_event_carries_what_was_sent() {
        let (mut queue, mut from) = (Queue::new(), Sender { id: 7, sequence: 5 });
        let ticket = send(&mut queue, &mut from, Duration::from_ns(2)).unwrap();
        let time = Time::from_ns(12);
        let expected = Event { time, sender: 7, sequence: 5, target: 8, microstep: 0, message: 9 };
        assert_eq!(queue.pop(), Some(expected));
        assert_eq!(ticket, Ticket { key: expected.key(), own: false });
    }

    #[test]
    fn a_diverted_context_keeps_timers_and_what_is_due_later() {
        let (mut queue, mut from, mut sent) = (Queue::new(), Sender { id: 7, sequence: 0 }, Vec::new());
        let mut context = Context::new(NOW, &mut queue);
        let mut diverted = context.diverted(&mut sent, Time::from_ns(12));
        for (to, delay) in [(7, 0), (8, 0), (7, 1), (8, 1), (8, 2)] {
            diverted.send(&mut from, to, Duration::from_ns(delay), 9_u8).unwrap();
        }
        let numbers = |events: &[Event<u8>]| events.iter().map(|event| event.sequence).collect::<Vec<_>>();
        assert_eq!(numbers(&sent), [1, 3]);
        assert_eq!(numbers(&queue.sorted()), [0, 2, 4]);
        sent.iter().for_each(|event| Context::new(NOW, &mut queue).post(*event));
        assert_eq!(numbers(&queue.sorted()), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_refused_send_changes_nothing() {
        let (mut queue, mut from) = (Queue::new(), Sender { id: 7, sequence: 5 });
        let (actor, now, at) = (7, Time::from_ns(10), Time::from_ns(9));
        let past = send_at(&mut queue, &mut from, at);
        assert_eq!(past, Err(KernelError::Past { actor, now, at }));
        let beyond = send(&mut queue, &mut from, Duration::MAX);
        assert_eq!(beyond, Err(KernelError::TimeOverflow { actor }));
        let never = send_at(&mut queue, &mut from, Time::MAX);
        assert_eq!(never, Err(KernelError::TimeOverflow { actor }));
        let context = &mut Context::new(NOW, &mut queue);
        let backwards = context.send_after(&mut from, 8, -1.0, 9);
        assert_eq!(backwards, Err(KernelError::InvalidDuration { seconds: -1.0 }));
        assert_eq!((queue.len(), from.sequence), (0, 5));

        from.sequence = u32::MAX;
        let exhausted = send(&mut queue, &mut from, Duration::ZERO);
        assert_eq!(exhausted, Err(KernelError::SequenceExhausted { actor }));
        assert_eq!((queue.len(), from.sequence), (0, u32::MAX));
    }
}
