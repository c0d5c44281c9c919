//! Taking back what was sent.

use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Simulation, Ticket, Time, World};

/// Keeps what it hears; on message 1 it cancels the tickets it was given.
#[derive(Clone, Default)]
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
