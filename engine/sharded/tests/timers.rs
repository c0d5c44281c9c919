//! Timers that are set and cancelled: the answers, and the bytes, on any number of shards.
//!
//! What a cancel answers depends on what is in a queue, and each shard has one of its own, which
//! comes and goes with the way of working. So the answers are part of every actor's history.

use proptest::prelude::*;
use rehearsal_kernel::{Bits, Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Ticket, Time, World};
use rehearsal_kernel::{below, digest_of, mix};
use rehearsal_sharded::{Mode, Part, Sharded};

const MODES: [Mode; 4] = [Mode::Measured, Mode::Merged, Mode::Windows, Mode::Switching { windows: 2 }];

/// How sleepers live.
#[derive(Clone, Copy, Debug)]
struct Law {
    seed: u64,
    actors: u32,
    /// The least delay to another actor `[ticks]`.
    lookahead: u64,
    /// Timers ring up to so much later `[ticks]`.
    sleep: u64,
    /// Of ten events, so many cancel a timer in the handler that set it.
    fickle: u64,
    /// Of ten events, so many cancel a timer that they remember, be it over or not.
    nervous: u64,
}

#[derive(Clone)]
struct Sleeper {
    sender: Sender,
    draws: u32,
    tickets: Vec<Ticket>,
    history: u64,
    /// How many cancels were in time, and how many too late.
    answers: [u64; 2],
}

/// One shard of `shards`, with a row for every actor.
#[derive(Clone)]
struct Dormitory {
    law: Law,
    shards: usize,
    sleepers: Vec<Sleeper>,
}

const TICK: u64 = 10;

fn ticks(count: u64) -> Duration {
    Duration::from_ns(TICK * count)
}

impl Sleeper {
    fn cancel(&mut self, ticket: Ticket, context: &mut Context<'_, u8>) {
        let found = context.cancel(ticket);
        self.answers[usize::from(!found)] += 1;
        self.history = mix(self.history ^ u64::from(found));
    }
}

impl Dormitory {
    fn new(law: Law, shards: usize) -> Dormitory {
        let sleeper = |id| Sleeper { sender: Sender::new(id), draws: 0, tickets: Vec::new(), history: 0, answers: [0; 2] };
        Dormitory { law, shards, sleepers: (0..law.actors).map(sleeper).collect() }
    }

    fn act(&mut self, me: u32, context: &mut Context<'_, u8>) -> Result<(), KernelError> {
        let Law { seed, actors, lookahead, sleep, fickle, nervous } = self.law;
        let sleeper = &mut self.sleepers[me as usize];
        let mut count = sleeper.draws;
        let mut draws = Draws { key: StreamKey::root(seed, 0).with(u64::from(me)), counter: &mut count };
        let mut draw = |among| below(draws.next(), among);
        let timer = context.send(&mut sleeper.sender, me, ticks(draw(sleep)), 1)?;
        if draw(10) < fickle {
            sleeper.cancel(timer, context);
        }
        if sleeper.tickets.len() == 6 {
            sleeper.tickets.remove(draw(6) as usize);
        }
        sleeper.tickets.push(timer);
        if draw(10) < nervous {
            let ticket = sleeper.tickets[draw(sleeper.tickets.len() as u64) as usize];
            sleeper.cancel(Ticket::timer(me, ticket.sequence(), ticket.time()), context);
        }
        let (to, delay) = (draw(u64::from(actors)) as u32, ticks(lookahead + draw(10)));
        let message = context.send(&mut sleeper.sender, to, delay, 0)?;
        // Never taken back, whether its way leads out of the shard or not, unless it is for oneself.
        if draw(5) == 0 && to != me {
            sleeper.cancel(message, context);
        }
        sleeper.draws = count;
        Ok(())
    }
}

impl World for Dormitory {
    type Message = u8;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u8>, context: &mut Context<'_, u8>) -> Result<(), KernelError> {
        let sleeper = &mut self.sleepers[event.target as usize];
        let place = event.time.as_ns() ^ u64::from(event.sender) << 32 ^ u64::from(event.sequence) << 48;
        sleeper.history = mix(sleeper.history ^ place);
        // A timer only leaves its trace; a message has one more sent.
        if event.message == 0 { self.act(event.target, context) } else { Ok(()) }
    }
}

impl Part for Dormitory {
    fn owner(&self, actor: u32) -> usize {
        actor as usize % self.shards
    }
}

/// The digest of the clock, the events handled, everybody, and what is pending.
fn digest<'a>(now: Time, handled: u64, sleepers: impl Iterator<Item = &'a Sleeper>, pending: &[Event<u8>]) -> u64 {
    let row = |sleeper: &'a Sleeper| (sleeper.sender, sleeper.draws, &sleeper.tickets, sleeper.history, sleeper.answers);
    digest_of(&(now, handled, sleepers.map(row).collect::<Vec<_>>(), pending))
}

fn plain(law: Law, ends: &[Time]) -> (u64, [u64; 2]) {
    let mut run = Simulation::new(Dormitory::new(law, 1));
    (0..law.actors).for_each(|id| run.with_context(|world, context| world.act(id, context)).unwrap());
    ends.iter().for_each(|end| assert_eq!(run.run_until(*end).unwrap().now, *end));
    let sleepers = &run.world.sleepers;
    let answers = sleepers.iter().fold([0, 0], |[a, b], sleeper| [a + sleeper.answers[0], b + sleeper.answers[1]]);
    (digest(run.now(), run.handled(), sleepers.iter(), &run.queue().sorted()), answers)
}

fn sharded(law: Law, shards: usize, threads: usize, mode: Mode, ends: &[Time]) -> u64 {
    let parts = (0..shards).map(|_| Dormitory::new(law, shards)).collect();
    let mut run = Sharded::new(parts, ticks(law.lookahead)).threads(threads).mode(mode);
    for id in 0..law.actors {
        run.with_context(id as usize % shards, |world, context| world.act(id, context)).unwrap();
    }
    let handled = ends.iter().map(|end| run.run_until(*end).unwrap().handled).sum();
    let sleepers = (0..law.actors as usize).map(|id| &run.part(id % shards).sleepers[id]);
    digest(run.now(), handled, sleepers, &run.sorted())
}

fn at(count: u64) -> Time {
    Time::from_ns(TICK * count)
}

const LAW: Law = Law { seed: 1, actors: 50, lookahead: 3, sleep: 60, fickle: 3, nervous: 6 };

#[test]
fn timers_give_the_same_bytes_on_any_number_of_shards() {
    for seed in 1..=3 {
        let law = Law { seed, ..LAW };
        let ends = [at(40), at(41), at(400)];
        let (expected, answers) = plain(law, &ends);
        assert!(answers.iter().all(|count| *count > 500), "{answers:?} are too few to tell");
        for (shards, threads) in [(1, 1), (2, 1), (2, 2), (3, 2), (7, 3)] {
            for mode in MODES {
                let found = sharded(law, shards, threads, mode, &ends);
                assert_eq!(found, expected, "seed {seed}, {shards} shards, {threads} threads, {mode:?}");
            }
        }
    }
}

/// So many cancels that queues give up to search for what is cancelled, each in its own time.
#[test]
fn a_crowd_of_cancels_gives_the_same_bytes() {
    let law = Law { actors: 3_000, sleep: 2_000, fickle: 2, nervous: 10, ..LAW };
    let ends = [at(100)];
    let (expected, answers) = plain(law, &ends);
    assert!(answers[0] > 20_000, "{answers:?}");
    for shards in [1, 2, 3, 7] {
        for mode in [Mode::Merged, Mode::Windows, Mode::Switching { windows: 5 }] {
            assert_eq!(sharded(law, shards, 2, mode, &ends), expected, "{shards} shards, {mode:?}");
        }
    }
}

/// A timer is set in one window and cancelled in a later one, by then perhaps in another queue.
#[test]
fn a_ticket_outlives_windows_and_changes_of_form() {
    for mode in MODES {
        let law = Law { actors: 2, lookahead: 10, ..LAW };
        let mut run = Sharded::new(vec![Dormitory::new(law, 2), Dormitory::new(law, 2)], ticks(10)).threads(2).mode(mode);
        let timers: Vec<Ticket> = [5, 500, 500_000]
            .into_iter()
            .map(|delay| {
                let send = |part: &mut Dormitory, context: &mut Context<'_, u8>| {
                    context.send(&mut part.sleepers[1].sender, 1, ticks(delay), 1).unwrap()
                };
                run.with_context(1, send)
            })
            .collect();
        // Something to do for both, so that there are windows.
        (0..2).for_each(|id| run.with_context(id as usize, |part, context| part.act(id, context)).unwrap());
        run.run_until(at(200)).unwrap();
        let cancel = |_: &mut Dormitory, context: &mut Context<'_, u8>| {
            [timers[0], timers[1], timers[1], timers[2]].map(|ticket| context.cancel(ticket))
        };
        assert_eq!(run.with_context(1, cancel), [false, true, false, true], "{mode:?}");
        assert_eq!(run.clone().with_context(1, cancel), [false; 4], "a fork, {mode:?}");
        run.run_until(at(1_000)).unwrap();
        assert_eq!(run.with_context(1, cancel), [false; 4], "later, {mode:?}");
    }
}

fn any_law() -> impl Strategy<Value = Law> {
    let odds = (0..10_u64, 0..=10_u64);
    (any::<u64>(), 1..60_u32, 1..20_u64, 1..300_u64, odds).prop_map(|(seed, actors, lookahead, sleep, (fickle, nervous))| Law {
        seed,
        actors,
        lookahead,
        sleep,
        fickle,
        nervous,
    })
}

fn any_mode() -> impl Strategy<Value = Mode> {
    let switching = (1_u64..20).prop_map(|windows| Mode::Switching { windows });
    prop_oneof![Just(Mode::Measured), Just(Mode::Merged), Just(Mode::Windows), switching]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_sleepers_have_one_digest(law in any_law(), threads in 1_usize..4, mode in any_mode(), portion in 0_u64..200) {
        let ends = [at(portion), at(200)];
        let (expected, _) = plain(law, &ends);
        for shards in [1, 2, 3, 7] {
            prop_assert_eq!(sharded(law, shards, threads, mode, &ends), expected, "{} shards", shards);
        }
    }
}
