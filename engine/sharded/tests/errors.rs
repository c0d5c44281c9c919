//! What goes wrong goes wrong alike, on any number of shards and threads.

mod town;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Simulation, Time, World};
use rehearsal_sharded::{Mode, Part, Sharded};
use town::{Fault, Law, MODES, PHOLD, plain, plain_outcome, sharded, sharded_outcome, ticks};

/// Every way of working with at least two shards, and a name for it.
fn everyway(mut check: impl FnMut(usize, usize, Mode)) {
    for shards in [2, 3, 7] {
        for threads in 1..=3 {
            MODES.into_iter().for_each(|mode| check(shards, threads, mode));
        }
    }
}

#[test]
fn the_first_error_is_reported() {
    for seed in 1..6 {
        // Often enough that several shards fail in one window.
        let law = Law { seed, collapse: 150, ..PHOLD };
        let ends = [ticks(&law, 300)];
        let expected = plain_outcome(&law, &ends);
        assert!(matches!(expected, Err(Fault::Collapse { .. })));
        everyway(|shards, threads, mode| {
            let run = sharded(&law, shards).threads(threads).mode(mode);
            assert_eq!(sharded_outcome(run, &ends), expected, "{shards} shards, {threads} threads, {mode:?}");
        });
    }
}

#[test]
fn the_clock_stays_at_the_event_that_failed() {
    let law = Law { collapse: 400, ..PHOLD };
    let mut whole = plain(&law);
    assert!(whole.run_until(ticks(&law, 300)).is_err());
    everyway(|shards, threads, mode| {
        let mut run = sharded(&law, shards).threads(threads).mode(mode);
        assert!(run.run_until(ticks(&law, 300)).is_err());
        assert_eq!(run.now(), whole.now());
    });
}

/// How a run ends: well, with an error, or with a panic that says where.
fn ending<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<(), Result<Fault, (u32, Time)>> {
    let place = |panic: Box<dyn Any + Send>| *panic.downcast::<(u32, Time)>().expect("the panic of a handler");
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(run) => run.map(|_| ()).map_err(Ok),
        Err(panic) => Err(Err(place(panic))),
    }
}

#[test]
fn a_panic_comes_through_and_nobody_hangs() {
    let mut panics = 0;
    for seed in 1..6 {
        // Panics and errors both: whichever comes first.
        let law = Law { seed, collapse: 300, panic: 250, ..PHOLD };
        let ends = [ticks(&law, 300)];
        let expected = ending(|| plain_outcome(&law, &ends));
        panics += u32::from(matches!(expected, Err(Err(_))));
        everyway(|shards, threads, mode| {
            let run = sharded(&law, shards).threads(threads).mode(mode);
            let found = ending(|| sharded_outcome(run, &ends));
            assert_eq!(found, expected, "seed {seed}, {shards} shards, {threads} threads, {mode:?}");
        });
    }
    assert!((1..5).contains(&panics), "{panics} of 5 runs panic; some should, and some should not");
}

#[test]
#[should_panic(expected = "cannot go on")]
fn a_failed_run_does_not_go_on() {
    let mut run = sharded(&Law { collapse: 10, ..PHOLD }, 2);
    assert!(run.run_until(Time::MAX).is_err());
    let _again = run.run_until(Time::MAX);
}

/// Two actors a shard. Those of odd numbers answer at once for ever, but for actor 3, who tires shortly before the
/// kernel does; actor 0 sends as it is told.
#[derive(Clone)]
struct Pair {
    senders: Vec<Sender>,
    order: Option<(u32, Duration)>,
}

const LOOKAHEAD: Duration = Duration::from_ns(10);

impl World for Pair {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let sender = &mut self.senders[event.target as usize];
        if event.target == 3 && context.microstep() >= 9_960 {
            return Ok(());
        }
        if event.target % 2 == 1 {
            context.send(sender, event.target, Duration::ZERO, ())?;
        } else if let Some((to, delay)) = self.order.take() {
            context.send(sender, to, delay, ())?;
        }
        Ok(())
    }
}

impl Part for Pair {
    fn owner(&self, actor: u32) -> usize {
        (actor / 2) as usize
    }
}

fn pairs(shards: u32, mode: Mode, order: Option<(u32, Duration)>) -> Sharded<Pair> {
    let senders = (0..2 * shards).map(Sender::new).collect();
    let mut parts = vec![Pair { senders, order: None }; shards as usize];
    parts[0].order = order;
    Sharded::new(parts, LOOKAHEAD).threads(2).mode(mode)
}

fn start(run: &mut Sharded<Pair>, actor: u32, at: u64) {
    let send = |pair: &mut Pair, context: &mut Context<'_, ()>| {
        context.send_at(&mut pair.senders[actor as usize], actor, Time::from_ns(at), ()).map(|_| ())
    };
    run.with_context(actor as usize / 2, send).unwrap();
}

#[test]
fn a_delay_that_is_too_short_is_an_error_that_says_so() {
    for mode in MODES {
        let short = Duration::from_ns(9);
        let mut run = pairs(3, mode, Some((4, short)));
        start(&mut run, 0, 5);
        let error = run.run_until(Time::MAX).unwrap_err();
        assert_eq!(error, KernelError::ShortDelay { actor: 0, target: 4, delay: short, lookahead: LOOKAHEAD });
        let message = error.to_string();
        for part in ["actor 0", "actor 4", "00:00:00.000000009", "00:00:00.000000010", "lengthen"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert_eq!(run.now(), Time::from_ns(5));
    }
}

#[test]
fn the_lookahead_itself_is_long_enough_and_within_a_shard_anything_is() {
    for mode in MODES {
        for (to, delay) in [(4, LOOKAHEAD), (0, Duration::ZERO)] {
            let mut run = pairs(3, mode, Some((to, delay)));
            start(&mut run, 0, 5);
            let stats = run.run_until(Time::MAX).unwrap();
            assert_eq!((stats.handled, stats.pending), (2, 0));
            assert_eq!(stats.now, Time::from_ns(5 + delay.as_ns()), "without an end the clock stays at the last event");
        }
    }
}

#[test]
fn a_livelock_names_the_actors_of_all_shards() {
    let mut whole = Simulation::new(Pair { senders: (0..8).map(Sender::new).collect(), order: None });
    for actor in [1, 3, 5, 7] {
        let send = |pair: &mut Pair, context: &mut Context<'_, ()>| {
            context.send_at(&mut pair.senders[actor as usize], actor, Time::from_ns(20), ()).map(|_| ())
        };
        whole.with_context(send).unwrap();
    }
    // Of the last 64 events none is for actor 3.
    let expected = whole.run_until(Time::MAX).unwrap_err();
    assert_eq!(expected, KernelError::Livelock { time: Time::from_ns(20), actors: vec![1, 5, 7] });
    for mode in MODES {
        let mut run = pairs(4, mode, None);
        [1, 3, 5, 7].into_iter().for_each(|actor| start(&mut run, actor, 20));
        assert_eq!(run.run_until(Time::MAX).unwrap_err(), expected, "{mode:?}");
        assert_eq!(run.now(), whole.now());
    }
}
