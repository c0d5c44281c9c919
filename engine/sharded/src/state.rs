//! A world at rest, in one of two forms: merged in one queue, or split into shards.
//!
//! Both hold the same parts and the same events. To change the form moves the parts and pushes
//! every pending event once.

use rehearsal_kernel::{Duration, Event, Queue, Simulation, Time};

use crate::merged::Merged;
use crate::part::Part;
use crate::shard::{Seat, Shard};

/// The parts of a world and what is pending.
#[derive(Clone)]
pub(crate) enum State<W: Part> {
    /// One queue, for one thread.
    Merged(Box<Simulation<Merged<W>>>),
    /// A queue for each shard, for windows.
    Split(Vec<Seat<W>>),
}

impl<W: Part> State<W> {
    pub(crate) fn new(parts: Vec<W>, lookahead: Duration) -> State<W> {
        State::Merged(Box::new(Simulation::new(Merged::new(parts, lookahead))))
    }

    /// The merged form; turns into it where it is not yet.
    pub(crate) fn merged(&mut self, lookahead: Duration) -> &mut Simulation<Merged<W>> {
        if let State::Split(seats) = self {
            let seats = std::mem::take(seats);
            let mut queue = Queue::new();
            seats.iter().flat_map(|seat| seat.0.queue().iter()).for_each(|event| queue.push(*event));
            let parts = seats.into_iter().map(|seat| seat.0.world.part).collect();
            let mut simulation = Simulation::new(Merged::new(parts, lookahead));
            *simulation.queue_mut() = queue;
            *self = State::Merged(Box::new(simulation));
        }
        let State::Merged(simulation) = self else { unreachable!("it was merged just now") };
        simulation
    }

    /// The split form; turns into it where it is not yet.
    pub(crate) fn split(&mut self, lookahead: Duration) -> &mut Vec<Seat<W>> {
        if let State::Merged(simulation) = self {
            let parts = std::mem::take(&mut simulation.world.parts);
            let shards = parts.len();
            let shard = |(index, part)| Seat(Simulation::new(Shard::new(part, index, shards, lookahead)));
            let mut seats: Vec<Seat<W>> = parts.into_iter().enumerate().map(shard).collect();
            for event in simulation.queue().iter() {
                let owner = seats[0].0.world.part.owner(event.target);
                seats[owner].0.queue_mut().push(*event);
            }
            *self = State::Split(seats);
        }
        let State::Split(seats) = self else { unreachable!("it was split just now") };
        seats
    }

    /// Puts an event where it belongs.
    pub(crate) fn push(&mut self, event: Event<W::Message>) {
        let queue = match self {
            State::Merged(simulation) => simulation.queue_mut(),
            State::Split(seats) => {
                let owner = seats[0].0.world.part.owner(event.target);
                seats[owner].0.queue_mut()
            }
        };
        queue.push(event);
    }

    pub(crate) fn part(&self, shard: usize) -> &W {
        match self {
            State::Merged(simulation) => &simulation.world.parts[shard],
            State::Split(seats) => &seats[shard].0.world.part,
        }
    }

    pub(crate) fn into_parts(self) -> Vec<W> {
        match self {
            State::Merged(simulation) => simulation.world.parts,
            State::Split(seats) => seats.into_iter().map(|seat| seat.0.world.part).collect(),
        }
    }

    pub(crate) fn pending(&self) -> usize {
        match self {
            State::Merged(simulation) => simulation.queue().len(),
            State::Split(seats) => seats.iter().map(|seat| seat.0.queue().len()).sum(),
        }
    }

    /// The pending events in order.
    pub(crate) fn sorted(&self) -> Vec<Event<W::Message>> {
        let mut events: Vec<_> = match self {
            State::Merged(simulation) => simulation.queue().iter().copied().collect(),
            State::Split(seats) => seats.iter().flat_map(|seat| seat.0.queue().iter().copied()).collect(),
        };
        events.sort_unstable_by_key(Event::key);
        events
    }

    /// When the first event is due.
    pub(crate) fn next(&self) -> Option<Time> {
        match self {
            State::Merged(simulation) => simulation.queue().peek_time(),
            State::Split(seats) => seats.iter().filter_map(|seat| seat.0.queue().peek_time()).min(),
        }
    }
}
