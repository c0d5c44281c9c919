//! Runs of a small world: ends, errors, interventions, forks.

use std::cell::Cell;

use rehearsal_kernel::simulation::MICROSTEP_MAX;
use rehearsal_kernel::{Context, Duration, Event, KernelError, RunStats, Sender, Simulation, Time, World};

/// Passes each message on to the next of `actors`, `delay` later; records what it saw.
#[derive(Clone, Debug)]
struct Relay {
    actors: u32,
    delay: Duration,
    sender: Sender,
    seen: Vec<(u64, u16, u32)>,
}

impl World for Relay {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        self.seen.push((context.now().as_ns(), context.microstep(), event.target));
        self.sender.id = event.target;
        context.send(&mut self.sender, (event.target + 1) % self.actors, self.delay, ())?;
        Ok(())
    }
}

fn relay(actors: u32, delay: u64) -> Simulation<Relay> {
    let delay = Duration::from_ns(delay);
    let mut simulation = Simulation::new(Relay { actors, delay, sender: Sender::new(0), seen: Vec::new() });
    start(&mut simulation).unwrap();
    simulation
}

fn start(simulation: &mut Simulation<Relay>) -> Result<(), KernelError> {
    simulation.with_context(|world, context| context.send(&mut world.sender, 0, Duration::ZERO, ())).map(|_| ())
}

#[test]
fn a_run_handles_what_is_before_its_end() {
    let mut simulation = relay(3, 10);
    let stats = simulation.run_until(Time::from_ns(20)).unwrap();
    assert_eq!(stats, RunStats { handled: 2, pending: 1, now: Time::from_ns(20) });
    let stats = simulation.run_until(Time::from_ns(21)).unwrap();
    assert_eq!(stats, RunStats { handled: 1, pending: 1, now: Time::from_ns(21) });
    assert_eq!(simulation.world.seen, [(0, 1, 0), (10, 0, 1), (20, 0, 2)]);
    assert_eq!(simulation.handled(), 3);
}

#[test]
fn the_clock_never_goes_back() {
    let mut simulation = relay(1, 10);
    simulation.run_until(Time::from_ns(15)).unwrap();
    let stats = simulation.run_until(Time::from_ns(5)).unwrap();
    assert_eq!(stats, RunStats { handled: 0, pending: 1, now: Time::from_ns(15) });
}

#[test]
fn a_run_without_end_stops_at_the_last_event() {
    let mut simulation = relay(1, 10);
    simulation.run_until(Time::from_ns(25)).unwrap();
    simulation.world.delay = Duration::from_ns(u64::MAX - 1 - 30);
    let error = KernelError::TimeOverflow { actor: 0 };
    assert_eq!(simulation.run_until(Time::MAX), Err(error));
    assert_eq!(simulation.now(), Time::from_ns(u64::MAX - 1));
    let stats = simulation.run_until(Time::MAX).unwrap();
    assert_eq!(stats, RunStats { handled: 0, pending: 0, now: Time::from_ns(u64::MAX - 1) });
    assert!(!simulation.step().unwrap());
}

#[test]
fn steps_equal_a_run() {
    let (mut stepped, mut run) = (relay(3, 10), relay(3, 10));
    run.run_until(Time::from_ns(1000)).unwrap();
    while stepped.queue().peek_time().is_some_and(|time| time < Time::from_ns(1000)) {
        assert!(stepped.step().unwrap());
    }
    assert_eq!(stepped.world.seen, run.world.seen);
    assert_eq!(stepped.queue().sorted(), run.queue().sorted());
    assert_eq!((stepped.now(), run.now()), (Time::from_ns(990), Time::from_ns(1000)));
}

#[test]
fn an_intervention_within_an_instant_comes_after_the_last_event() {
    let mut simulation = relay(2, 0);
    simulation.step().unwrap();
    simulation.step().unwrap();
    simulation.queue_mut().clear();
    start(&mut simulation).unwrap();
    simulation.step().unwrap();
    assert_eq!(simulation.world.seen, [(0, 1, 0), (0, 2, 1), (0, 3, 0)]);
}

#[test]
fn a_fork_goes_on_alike() {
    let mut simulation = relay(3, 10);
    simulation.run_until(Time::from_ns(500)).unwrap();
    let mut fork = simulation.clone();
    simulation.run_until(Time::from_ns(1000)).unwrap();
    fork.run_until(Time::from_ns(1000)).unwrap();
    assert_eq!(fork.world.seen, simulation.world.seen);
    assert_eq!(fork.queue().sorted(), simulation.queue().sorted());
}

#[test]
fn a_loop_without_delay_is_a_livelock_and_names_its_actors() {
    let mut simulation = relay(3, 0);
    let (time, actors) = (Time::ZERO, vec![0, 1, 2]);
    let livelock = KernelError::Livelock { time, actors };
    assert_eq!(simulation.run_until(Time::MAX), Err(livelock.clone()));
    assert_eq!(simulation.handled(), u64::from(MICROSTEP_MAX));
    assert_eq!(simulation.step(), Err(livelock.clone()), "another attempt fails alike");
    assert_eq!(simulation.queue().len(), 1);
    let message = livelock.to_string();
    assert!(message.contains("[0, 1, 2]") && message.contains("00:00:00.000"), "{message}");
}

#[test]
fn only_the_last_64_events_of_a_livelock_are_named() {
    let error = relay(100, 0).run_until(Time::MAX).unwrap_err();
    // Rounds 1 to 10000 go to actors 0, 1, .. 99, 0, ..: the last 64 to actors 36 to 99.
    let actors = (36..100).collect();
    assert_eq!(error, KernelError::Livelock { time: Time::ZERO, actors });
}

#[test]
fn an_event_put_in_before_the_present_is_an_error() {
    let mut simulation = relay(1, 10);
    simulation.run_until(Time::from_ns(15)).unwrap();
    let (time, target) = (Time::from_ns(12), 4);
    let event = Event { time, sender: 0, sequence: 9, target, microstep: 0, message: () };
    simulation.queue_mut().push(event);
    let past = KernelError::Past { actor: 4, now: Time::from_ns(15), at: time };
    assert_eq!(simulation.step(), Err(past));
    assert_eq!(simulation.now(), Time::from_ns(15));
}

#[test]
fn errors_of_sending_reach_the_caller() {
    let mut simulation = relay(1, 10);
    simulation.world.sender.sequence = u32::MAX;
    assert_eq!(simulation.step(), Err(KernelError::SequenceExhausted { actor: 0 }));
    let mut simulation = relay(1, u64::MAX);
    assert_eq!(simulation.step(), Err(KernelError::TimeOverflow { actor: 0 }));
}

/// Sends once, at the time that it is told, be it over.
struct Punctual(Option<Time>, Sender);

impl World for Punctual {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        self.1.id = event.target;
        self.0.take().map_or(Ok(()), |at| context.send_at(&mut self.1, 8, at, ()).map(|_| ()))
    }
}

#[test]
fn what_a_handler_may_not_ask_for_names_it_and_the_remedy() {
    let ask = |at| {
        let mut simulation = Simulation::new(Punctual(Some(at), Sender::new(0)));
        simulation.with_context(|_, context| context.send_at(&mut Sender::new(0), 7, Time::from_ns(1_000_000), ())).unwrap();
        let error = simulation.run_until(Time::MAX).map_err(|error| error.to_string());
        assert_eq!((simulation.now(), simulation.queue().len()), (Time::from_ns(1_000_000), 0));
        error.unwrap_err()
    };
    let past = ask(Time::from_ns(999_999));
    for part in ["actor 7", "00:00:00.000999999", "already 00:00:00.001", "from the present"] {
        assert!(past.contains(part), "{part}: {past}");
    }
    let overflow = ask(Time::MAX);
    assert!(overflow.contains("actor 7") && overflow.contains("584 years") && overflow.contains("shorten"), "{overflow}");
}

/// Counts how often each actor was announced since its last event, and the events that came unannounced.
struct Listening {
    senders: Vec<Sender>,
    announced: Vec<Cell<u32>>,
    surprises: u64,
}

impl World for Listening {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let me = event.target as usize;
        self.surprises += u64::from(self.announced[me].take() == 0);
        context.send(&mut self.senders[me], event.target, Duration::from_ns(1_000 + u64::from(event.target) * 7), ())?;
        Ok(())
    }

    fn prefetch(&self, target: u32) {
        let count = &self.announced[target as usize];
        count.set(count.get() + 1);
    }
}

#[test]
fn most_events_are_announced() {
    let (senders, announced) = ((0..1_000).map(Sender::new).collect(), vec![Cell::new(0); 1_000]);
    let mut simulation = Simulation::new(Listening { senders, announced, surprises: 0 });
    for id in 0..1_000 {
        let send = |world: &mut Listening, context: &mut Context<'_, ()>| {
            context.send(&mut world.senders[id as usize], id, Duration::from_ns(u64::from(id)), ()).map(|_| ())
        };
        simulation.with_context(send).unwrap();
    }
    let handled = simulation.run_until(Time::from_ns(100_000)).unwrap().handled;
    let surprises = simulation.world.surprises;
    assert!(handled > 20_000 && surprises < handled / 2, "{surprises} of {handled} unannounced");
}
