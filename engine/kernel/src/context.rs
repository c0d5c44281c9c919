//! What a handler may do to the world outside its own state: look at the clock and send.
//!
//! Nothing else reaches out of a handler, so every runtime can supply a context of its own.

use crate::error::KernelError;
use crate::event::Event;
use crate::queue::Queue;
use crate::time::{Duration, Time};

/// The present, and the way to send events.
#[derive(Debug)]
pub struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) microstep: u16,
    pub(crate) queue: &'a mut Queue,
}

impl Context<'_> {
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
    /// `sequence` is the sender's own counter of events sent. It becomes the event's number and
    /// goes up by one; on an error it stays and nothing is sent.
    ///
    /// # Errors
    ///
    /// [`KernelError::TimeOverflow`], [`KernelError::SequenceExhausted`].
    #[inline]
    pub fn send(
        &mut self,
        sender: u32,
        sequence: &mut u32,
        target: u32,
        delay: Duration,
        message: u16,
        args: [u64; 3],
    ) -> Result<(), KernelError> {
        let overflow = KernelError::TimeOverflow { actor: sender };
        let at = self.now.checked_add(delay).ok_or(overflow)?;
        self.send_at(sender, sequence, target, at, message, args)
    }

    /// Sends a message that arrives at the time `at`; if that is now, one microstep from now.
    ///
    /// `sequence` is as for [`Context::send`].
    ///
    /// # Errors
    ///
    /// [`KernelError::Past`] when `at` is over, [`KernelError::TimeOverflow`] when it is
    /// [`Time::MAX`], [`KernelError::SequenceExhausted`].
    #[inline]
    pub fn send_at(
        &mut self,
        sender: u32,
        sequence: &mut u32,
        target: u32,
        at: Time,
        message: u16,
        args: [u64; 3],
    ) -> Result<(), KernelError> {
        if at < self.now {
            return Err(KernelError::Past { actor: sender, now: self.now, at });
        }
        if at == Time::MAX {
            return Err(KernelError::TimeOverflow { actor: sender });
        }
        let number = *sequence;
        let exhausted = KernelError::SequenceExhausted { actor: sender };
        *sequence = number.checked_add(1).ok_or(exhausted)?;
        // A run stops long before its microsteps fill 16 bits, see `KernelError::Livelock`.
        let microstep = if at == self.now { self.microstep + 1 } else { 0 };
        self.queue.push(Event { time: at, sender, sequence: number, target, message, microstep, args });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send_at(queue: &mut Queue, sequence: &mut u32, at: Time) -> Result<(), KernelError> {
        let mut context = Context { now: Time::from_ns(10), microstep: 3, queue };
        context.send_at(7, sequence, 8, at, 9, [1, 2, 3])
    }

    fn send(queue: &mut Queue, sequence: &mut u32, delay: Duration) -> Result<(), KernelError> {
        let mut context = Context { now: Time::from_ns(10), microstep: 3, queue };
        context.send(7, sequence, 8, delay, 9, [1, 2, 3])
    }

    #[test]
    fn zero_delay_arrives_one_microstep_later() {
        let (mut queue, mut sequence) = (Queue::new(), 5);
        send(&mut queue, &mut sequence, Duration::from_ns(2)).unwrap();
        send(&mut queue, &mut sequence, Duration::ZERO).unwrap();
        send_at(&mut queue, &mut sequence, Time::from_ns(10)).unwrap();
        let sent: Vec<_> =
            std::iter::from_fn(|| queue.pop()).map(|event| (event.time.as_ns(), event.microstep, event.sequence)).collect();
        assert_eq!(sent, [(10, 4, 6), (10, 4, 7), (12, 0, 5)]);
        assert_eq!(sequence, 8);
    }

    #[test]
    fn an_event_carries_what_was_sent() {
        let (mut queue, mut sequence) = (Queue::new(), 5);
        send(&mut queue, &mut sequence, Duration::from_ns(2)).unwrap();
        let time = Time::from_ns(12);
        let (sender, target, message, args) = (7, 8, 9, [1, 2, 3]);
        let expected = Event { time, sender, sequence: 5, target, message, microstep: 0, args };
        assert_eq!(queue.pop(), Some(expected));
    }

    #[test]
    fn a_refused_send_changes_nothing() {
        let (mut queue, mut sequence) = (Queue::new(), 5);
        let (actor, now, at) = (7, Time::from_ns(10), Time::from_ns(9));
        let past = send_at(&mut queue, &mut sequence, at);
        assert_eq!(past, Err(KernelError::Past { actor, now, at }));
        let beyond = send(&mut queue, &mut sequence, Duration::MAX);
        assert_eq!(beyond, Err(KernelError::TimeOverflow { actor }));
        let never = send_at(&mut queue, &mut sequence, Time::MAX);
        assert_eq!(never, Err(KernelError::TimeOverflow { actor }));
        assert_eq!((queue.len(), sequence), (0, 5));

        let mut sequence = u32::MAX;
        let exhausted = send(&mut queue, &mut sequence, Duration::ZERO);
        assert_eq!(exhausted, Err(KernelError::SequenceExhausted { actor }));
        assert_eq!((queue.len(), sequence), (0, u32::MAX));
    }
}
