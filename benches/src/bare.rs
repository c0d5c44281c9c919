//! The floor: a hand-written loop around `std::collections::BinaryHeap`, one for each model.
//!
//! What one would write for a single model and throw away: no engine, no order but (time, order of pushing), entries as
//! small as the model allows.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::models::{CUSTOMERS, Cell, Customer, DEALERS, Dealer, Desk, Request, Tally};
use crate::outcome::{Outcome, timed};

/// A message and when it is due; the least is first, equals in the order of pushing.
struct Entry<M> {
    time: u64,
    number: u32,
    message: M,
}

impl<M> PartialEq for Entry<M> {
    fn eq(&self, other: &Entry<M>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<M> Eq for Entry<M> {}

impl<M> PartialOrd for Entry<M> {
    fn partial_cmp(&self, other: &Entry<M>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> Ord for Entry<M> {
    #[inline]
    fn cmp(&self, other: &Entry<M>) -> Ordering {
        (self.time, self.number).cmp(&(other.time, other.number))
    }
}

struct Pending<M> {
    heap: BinaryHeap<Reverse<Entry<M>>>,
    number: u32,
}

impl<M> Pending<M> {
    fn new() -> Pending<M> {
        Pending { heap: BinaryHeap::new(), number: 0 }
    }

    #[inline]
    fn push(&mut self, time: u64, message: M) {
        self.heap.push(Reverse(Entry { time, number: self.number, message }));
        self.number += 1;
    }

    /// The next message before `end`.
    #[inline]
    fn pop(&mut self, end: u64) -> Option<(u64, M)> {
        let Reverse(entry) = self.heap.pop()?;
        (entry.time < end).then_some((entry.time, entry.message))
    }
}

/// PHOLD until `end` `[ns]`.
#[must_use]
pub fn phold(seed: u64, count: u32, end: u64) -> Outcome {
    let mut cells: Vec<Cell> = (0..count).map(|number| Cell::new(seed, number)).collect();
    let mut pending = Pending::new();
    for (number, cell) in (0..).zip(&cells) {
        pending.push(cell.start(), number);
    }
    let ((), cpu_seconds) = timed(|| {
        while let Some((now, me)) = pending.pop(end) {
            let (to, delay) = cells[me as usize].pass(me, count);
            pending.push(now + delay, to);
        }
    });
    Outcome::balls(cells.iter().map(|cell| u64::from(cell.handled)).sum(), cpu_seconds)
}

enum DeskMessage {
    Arrive,
    Done,
}

/// M/M/2 until `end` `[ns]`.
#[must_use]
pub fn mmc(seed: u64, end: u64) -> Outcome {
    let mut desk = Desk::new(seed);
    let mut pending = Pending::new();
    pending.push(desk.next_arrival(), DeskMessage::Arrive);
    let ((), cpu_seconds) = timed(|| {
        while let Some((now, message)) = pending.pop(end) {
            let service = match message {
                DeskMessage::Arrive => {
                    pending.push(now + desk.next_arrival(), DeskMessage::Arrive);
                    desk.arrive(now)
                }
                DeskMessage::Done => desk.done(now),
            };
            if let Some(service) = service {
                pending.push(now + service, DeskMessage::Done);
            }
        }
    });
    Outcome::times(desk.waits, cpu_seconds)
}

enum StarMessage {
    Timer { customer: u32 },
    Ask { dealer: u32, request: Request },
    Done { dealer: u32, request: Request },
    Reply { request: Request },
}

/// The star until `end` `[ns]`.
#[must_use]
pub fn star(seed: u64, end: u64) -> Outcome {
    let mut customers: Vec<Customer> = (0..CUSTOMERS).map(|number| Customer::new(seed, number)).collect();
    let mut dealers: Vec<Dealer> = (0..DEALERS).map(|number| Dealer::new(seed, number)).collect();
    let mut pending = Pending::new();
    for (customer, state) in (0..).zip(&customers) {
        pending.push(state.next_time(), StarMessage::Timer { customer });
    }
    let ((), cpu_seconds) = timed(|| {
        while let Some((now, message)) = pending.pop(end) {
            match message {
                StarMessage::Timer { customer } => {
                    let state = &mut customers[customer as usize];
                    let dealer = state.ask();
                    pending.push(now, StarMessage::Ask { dealer, request: Request { asked: now, customer } });
                    pending.push(now + state.next_time(), StarMessage::Timer { customer });
                }
                StarMessage::Ask { dealer, request } => {
                    if let Some(service) = dealers[dealer as usize].request(request) {
                        pending.push(now + service, StarMessage::Done { dealer, request });
                    }
                }
                StarMessage::Done { dealer, request } => {
                    pending.push(now, StarMessage::Reply { request });
                    if let Some((request, service)) = dealers[dealer as usize].done() {
                        pending.push(now + service, StarMessage::Done { dealer, request });
                    }
                }
                StarMessage::Reply { request } => {
                    customers[request.customer as usize].responses.add(now - request.asked);
                }
            }
        }
    });
    let responses = customers.iter().fold(Tally::default(), |sum, customer| sum.join(customer.responses));
    Outcome::times(responses, cpu_seconds)
}
