//! Taking back what was sent.

use proptest::prelude::*;
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Ticket, Time, World};
use rehearsal_kernel::{below, mix};
use serde::{Deserialize, Serialize};

/// Keeps what it hears; on message 1 it cancels the tickets it was given.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Listener {
    heard: Vec<(u64, u32)>,
    tickets: Vec<Ticket>,
    cancelled: Vec<bool>,
}

impl World for Listener {
    type Message = u32;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u32>, context: &mut Context<'_, u32>) -> Result<(), KernelError> {
        self.heard.push((event.time.as_ns(), event.message));
        if event.message == 1 {
            self.cancelled.extend(self.tickets.drain(..).map(|ticket| context.cancel(ticket)));
        }
        Ok(())
    }
}

fn send(simulation: &mut Simulation<Listener>, from: &mut Sender, delay: u64, message: u32) -> Ticket {
    simulation.with_context(|_, context| context.send(from, 0, Duration::from_ns(delay), message)).unwrap()
}

#[test]
fn a_handler_cancels_what_is_still_on_its_way() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(0));
    let handled = send(&mut simulation, &mut from, 5, 0);
    let itself = send(&mut simulation, &mut from, 10, 1);
    let same_instant = send(&mut simulation, &mut from, 10, 2);
    let soon = send(&mut simulation, &mut from, 11, 3);
    let far = send(&mut simulation, &mut from, 1 << 40, 4);
    send(&mut simulation, &mut from, 1 << 41, 5);
    simulation.world.tickets = vec![handled, itself, same_instant, soon, far, same_instant, soon, far];
    simulation.run_until(Time::MAX).unwrap();
    assert_eq!(simulation.world.cancelled, [false, false, true, true, true, false, false, false]);
    assert_eq!(simulation.world.heard, [(5, 0), (10, 1), (1 << 41, 5)]);
    assert!(simulation.queue().is_empty());
}

#[test]
fn a_cancelled_event_is_not_to_be_seen() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(0));
    let first = send(&mut simulation, &mut from, 1000, 0);
    let second = send(&mut simulation, &mut from, 1001, 0);
    send(&mut simulation, &mut from, 1 << 50, 0);
    assert!(simulation.cancel(first));
    assert_eq!(simulation.queue().len(), 2);
    assert_eq!(simulation.queue().peek_time(), Some(Time::from_ns(1001)));
    assert!(simulation.cancel(second));
    assert_eq!(simulation.queue().peek_time(), Some(Time::from_ns(1 << 50)));
    assert_eq!((simulation.queue().iter().count(), simulation.queue().sorted().len()), (1, 1));
    let stats = simulation.run_until(Time::from_ns(2000)).unwrap();
    assert_eq!((stats.handled, stats.pending), (0, 1));
    assert!(!simulation.cancel(first) && !simulation.cancel(second));
    assert_eq!(simulation.queue().len(), 1);
}

#[test]
fn a_fork_knows_what_is_cancelled_and_goes_its_own_way() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(0));
    let tickets: Vec<Ticket> = (1..=100).map(|i| send(&mut simulation, &mut from, i * i * i * 1000, i as u32 + 1)).collect();
    assert!(tickets[..50].iter().all(|ticket| simulation.cancel(*ticket)));
    let mut fork = Simulation::new(Listener::default());
    simulation.fork_into(&mut fork);
    assert!(!fork.cancel(tickets[0]) && fork.cancel(tickets[99]));
    let pending = |simulation: &mut Simulation<Listener>| simulation.run_until(Time::MAX).map(|stats| stats.handled);
    assert_eq!((pending(&mut fork), pending(&mut simulation)), (Ok(49), Ok(50)));
    assert_eq!(fork.world.heard[..], simulation.world.heard[..49]);
}

/// So many that the queue sweeps several times; every third stays.
#[test]
fn sweeps_drop_what_is_cancelled_and_nothing_else() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(0));
    let tickets: Vec<Ticket> =
        (0..30_000).map(|i| send(&mut simulation, &mut from, 1 + i * 7919 % 30_000, i as u32 + 2)).collect();
    for (i, ticket) in tickets.iter().enumerate().filter(|(i, _)| i % 3 != 0) {
        assert!(simulation.cancel(*ticket), "{i}");
    }
    assert_eq!(simulation.queue().len(), 10_000);
    simulation.run_until(Time::MAX).unwrap();
    assert_eq!(simulation.world.heard.len(), 10_000);
    assert!(simulation.world.heard.iter().all(|(_, message)| (message - 2) % 3 == 0));
    assert!(simulation.world.heard.is_sorted());
}

#[test]
fn a_message_to_another_actor_is_not_taken_back() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(7));
    let tickets: Vec<Ticket> = [1, 10, 1 << 40].map(|delay| send(&mut simulation, &mut from, delay, 2)).to_vec();
    assert!(tickets.iter().all(|ticket| !simulation.cancel(*ticket)));
    // Nor by who makes a ticket for it: it is no timer of the sender's.
    assert!(tickets.iter().all(|ticket| !simulation.cancel(Ticket::timer(7, ticket.sequence(), ticket.time()))));
    assert_eq!(simulation.queue().len(), 3);
    simulation.run_until(Time::MAX).unwrap();
    assert_eq!(simulation.world.heard, [(1, 2), (10, 2), (1 << 40, 2)]);
}

#[test]
fn a_timer_is_cancelled_by_what_its_actor_remembers() {
    let (mut simulation, mut from) = (Simulation::new(Listener::default()), Sender::new(0));
    for delay in [0, 5, 1 << 40] {
        let ticket = send(&mut simulation, &mut from, delay, 2);
        let (sequence, time) = (ticket.sequence(), ticket.time());
        assert!(!simulation.cancel(Ticket::timer(0, sequence + 1, time)), "a number that was not sent yet");
        assert!(!simulation.cancel(Ticket::timer(1, sequence, time)), "a timer of another");
        assert!(simulation.cancel(Ticket::timer(0, sequence, time)), "after {delay} ns");
        assert!(!simulation.cancel(ticket), "the ticket itself is of no more use");
    }
    assert_eq!(simulation.run_until(Time::MAX).unwrap().handled, 0);
}

/// Each actor keeps the tickets of its last timers, used or not, and cancels one now and then; its
/// history tells what the answers were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sleepers {
    seed: u64,
    actors: Vec<Sleeper>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sleeper {
    sender: Sender,
    draws: u32,
    tickets: Vec<Ticket>,
    history: u64,
    /// How many cancels were in time, and how many too late.
    answers: [u32; 2],
}

impl Sleepers {
    fn act(&mut self, me: u32, context: &mut Context<'_, u32>) -> Result<(), KernelError> {
        let among = self.actors.len() as u64;
        let Sleeper { sender, draws, tickets, history, answers } = &mut self.actors[me as usize];
        let mut draws = Draws { key: StreamKey::root(self.seed, 0).with(u64::from(me)), counter: draws };
        let mut draw = |count| below(draws.next(), count);
        let tick = |ticks| Duration::from_ns(ticks * 10);
        if tickets.len() == 8 {
            tickets.remove(draw(8) as usize);
        }
        tickets.push(context.send(sender, me, tick(draw(100)), 1)?);
        while !tickets.is_empty() && draw(3) > 0 {
            let ticket = tickets[draw(tickets.len() as u64) as usize];
            let found = context.cancel(ticket);
            answers[usize::from(!found)] += 1;
            *history = mix(*history ^ u64::from(found));
        }
        context.send(sender, draw(among) as u32, tick(1 + draw(20)), 0)?;
        Ok(())
    }
}

impl World for Sleepers {
    type Message = u32;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u32>, context: &mut Context<'_, u32>) -> Result<(), KernelError> {
        let actor = &mut self.actors[event.target as usize];
        actor.history = mix(actor.history ^ event.time.as_ns() ^ u64::from(event.sender) << 32 ^ u64::from(event.sequence) << 48);
        // A timer only leaves its trace; a message has one more sent.
        if event.message == 0 { self.act(event.target, context) } else { Ok(()) }
    }
}

fn sleepers(seed: u64, count: u32) -> Simulation<Sleepers> {
    let actor = |id| Sleeper { sender: Sender::new(id), draws: 0, tickets: Vec::new(), history: 0, answers: [0; 2] };
    let mut simulation = Simulation::new(Sleepers { seed, actors: (0..count).map(actor).collect() });
    for id in 0..count {
        simulation.with_context(|world, context| world.act(id, context)).unwrap();
    }
    simulation
}

#[test]
fn both_answers_are_given() {
    let mut simulation = sleepers(1, 16);
    simulation.run_until(Time::from_ns(10_000)).unwrap();
    let answers = simulation.world.actors.iter().fold([0, 0], |[a, b], actor| [a + actor.answers[0], b + actor.answers[1]]);
    assert!(answers[0] > 500 && answers[1] > 500, "{answers:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The answers are the same whatever has become of the queue: what was cancelled before a
    /// snapshot is cancelled after it, and what was handled is handled.
    #[test]
    fn tickets_are_good_in_what_was_restored_or_forked(
        seed: u64, count in 1..40_u32, ends in prop::collection::vec(0..3_000_u64, 1..5), steps in 0..20_u32,
    ) {
        let mut plain = sleepers(seed, count);
        let (mut restored, mut forked, mut pooled) = (plain.clone(), plain.clone(), sleepers(!seed, count / 2));
        for end in ends {
            for simulation in [&mut plain, &mut restored, &mut forked] {
                simulation.run_until(Time::from_ns(end)).unwrap();
                (0..steps).for_each(|_| assert!(simulation.step().unwrap()));
            }
            restored = Simulation::restore(0, &restored.snapshot(0).unwrap()).unwrap();
            forked.fork_into(&mut pooled);
            std::mem::swap(&mut forked, &mut pooled);
            // What the original does afterwards is none of the fork's business.
            pooled.run_until(Time::from_ns(end + 500)).unwrap();
        }
        for simulation in [&mut plain, &mut restored, &mut forked] {
            simulation.run_until(Time::from_ns(5_000)).unwrap();
        }
        prop_assert_eq!(restored.digest(), plain.digest());
        prop_assert_eq!(forked.digest(), plain.digest());
        prop_assert_eq!(&restored.world, &plain.world);
        // A ticket that is used in one is still good in the other.
        let tickets: Vec<Ticket> = plain.world.actors.iter().flat_map(|actor| actor.tickets.clone()).collect();
        for ticket in tickets {
            prop_assert_eq!(plain.cancel(ticket), restored.cancel(ticket));
            prop_assert!(!plain.cancel(ticket) && !restored.cancel(ticket));
        }
        prop_assert_eq!(plain.queue().sorted(), restored.queue().sorted());
    }
}
