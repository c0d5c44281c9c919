//! The run of a world in parts: one queue on one thread, or windows on one thread or several.

use rehearsal_kernel::simulation::WITNESSES;
use rehearsal_kernel::{Context, Duration, Event, KernelError, Key, RunStats, Time};

use crate::cores::{Cores, Lease};
use crate::pace::{Mode, Pace, Tally, Way};
use crate::part::Part;
use crate::shard::{Cause, Failure, Seat};
use crate::state::State;
use crate::stopwatch::Stopwatch;
use crate::windows;

/// A world in parts, its pending events and its clock.
///
/// A clone is a fork, as that of [`rehearsal_kernel::Simulation`].
#[derive(Clone)]
pub struct Sharded<W: Part> {
    state: State<W>,
    shards: usize,
    lookahead: Duration,
    threads: usize,
    cores: Option<Cores>,
    pace: Pace,
    key: Key,
    progress: Progress,
    failed: bool,
}

/// What a run has done so far, and in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events handled in one queue.
    pub merged: u64,
    /// Events handled in windows.
    pub windowed: u64,
    /// Of these the ones that one thread handled alone, going from shard to shard.
    pub alone: u64,
    /// Windows passed; in one queue those that shards would have needed.
    pub windows: u64,
    /// Changes between one queue and windows.
    pub changes: u64,
}

impl<W: Part> Sharded<W> {
    /// A world of `parts` at time zero, with nothing pending; as many threads as the system has cores.
    ///
    /// A send from one part to another must be due at least `lookahead` later. With no lookahead,
    /// or with one part, everything is handled on one thread.
    ///
    /// # Panics
    ///
    /// When there are no parts.
    pub fn new(parts: Vec<W>, lookahead: Duration) -> Sharded<W> {
        assert!(!parts.is_empty(), "a world of no parts: at least one must own the actors");
        let (shards, state) = (parts.len(), State::new(parts, lookahead));
        let key = Key { time: Time::ZERO, microstep: 0, sender: 0, sequence: 0 };
        let threads = Cores::all().free();
        let (pace, progress) = (Pace::new(Mode::Measured), Progress::default());
        Sharded { state, shards, lookahead, threads, cores: None, pace, key, progress, failed: false }
    }

    /// At most `threads` threads, the calling one included; at least one, at most one a shard.
    #[must_use]
    pub fn threads(self, threads: usize) -> Sharded<W> {
        Sharded { threads, ..self }
    }

    /// The budget that threads other than the calling one are taken from.
    #[must_use]
    pub fn cores(self, cores: Cores) -> Sharded<W> {
        Sharded { cores: Some(cores), ..self }
    }

    /// How threads are used; [`Mode::Measured`] unless told otherwise.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Sharded<W> {
        Sharded { pace: Pace::new(mode), ..self }
    }

    /// Acts on a part from outside, between two runs: to seed a run or to intervene.
    ///
    /// As [`rehearsal_kernel::Simulation::with_context`]. Nothing runs meanwhile, so what is sent
    /// from here may arrive anywhere at any time from now on, sooner than the lookahead too.
    ///
    /// # Panics
    ///
    /// When there is no such shard.
    pub fn with_context<R>(&mut self, shard: usize, act: impl FnOnce(&mut W, &mut Context<'_, W::Message>) -> R) -> R {
        let mut sent = Vec::new();
        let (part, queue) = match &mut self.state {
            State::Merged(simulation) => {
                let (world, queue) = simulation.world_and_queue_mut();
                (&mut world.parts[shard], queue)
            }
            State::Split(seats) => {
                let (world, queue) = seats[shard].0.world_and_queue_mut();
                (&mut world.part, queue)
            }
        };
        let result = act(part, &mut Context::new(self.key, queue).diverted(&mut sent, Time::MAX));
        sent.into_iter().for_each(|event| self.state.push(event));
        result
    }

    /// Handles all events before `end` and moves the clock to `end`.
    ///
    /// As [`rehearsal_kernel::Simulation::run_until`], and with the same bytes.
    ///
    /// # Errors
    ///
    /// Those of the world and of the kernel, among them [`KernelError::ShortDelay`]. Of several
    /// errors it is the one that a single thread meets first. The clock then stays at the event
    /// that failed; other shards may have gone further, so the run ends here.
    ///
    /// # Panics
    ///
    /// With the panic of a handler; and when an earlier call has failed.
    pub fn run_until(&mut self, end: Time) -> Result<RunStats, W::Error> {
        assert!(!self.failed, "a run that has failed cannot go on: its shards are at different times");
        let before = self.progress;
        self.failed = true;
        while !self.run_in_mode(end)? {}
        self.failed = false;
        if end > self.now() && end < Time::MAX {
            self.key = Key { time: end, microstep: 0, sender: 0, sequence: 0 };
        }
        let handled = self.progress.merged + self.progress.windowed - before.merged - before.windowed;
        Ok(RunStats { handled, pending: self.pending(), now: self.now() })
    }

    /// Goes on in one mode until `end` or until another is better; whether `end` is reached.
    fn run_in_mode(&mut self, end: Time) -> Result<bool, W::Error> {
        if self.shards == 1 || self.lookahead == Duration::ZERO {
            return self.run_merged(end, &mut Pace::new(Mode::Merged));
        }
        let mut pace = self.pace.clone();
        let result = self.run_at(&mut pace, end);
        self.pace = pace;
        result
    }

    fn run_at(&mut self, pace: &mut Pace, end: Time) -> Result<bool, W::Error> {
        match pace.way() {
            Way::Merged => self.run_merged(end, pace),
            Way::Alone => self.run_windows(end, 1, pace),
            Way::Together => {
                let (threads, _lease) = self.lease();
                if threads > 1 || pace.is_forced() {
                    return self.run_windows(end, threads, pace);
                }
                pace.refused();
                Ok(false)
            }
        }
    }

    /// The threads to use, and the lease of those beyond the calling one.
    fn lease(&self) -> (usize, Option<Lease>) {
        let threads = self.threads.clamp(1, self.shards);
        let lease = self.cores.as_ref().map(|cores| cores.spare(threads - 1));
        (lease.as_ref().map_or(threads, |lease| 1 + lease.count()), lease)
    }

    fn run_merged(&mut self, end: Time, pace: &mut Pace) -> Result<bool, W::Error> {
        let mut stopwatch = Stopwatch::start();
        if matches!(self.state, State::Split(_)) {
            self.state.merged(self.lookahead);
            self.progress.changes += 1;
            pace.changed(stopwatch.lap());
        }
        let simulation = self.state.merged(self.lookahead);
        loop {
            let (count, windows) = (pace.slice(), simulation.world.windows);
            let run = simulation.run_before(end, count);
            self.key = self.key.max(simulation.key());
            let (events, windows) = (run?, simulation.world.windows - windows);
            self.progress.merged += events;
            self.progress.windows += windows;
            let go_on = pace.report(Tally { events, windows, seconds: stopwatch.lap() });
            if events < count || !go_on {
                return Ok(events < count);
            }
        }
    }

    fn run_windows(&mut self, end: Time, threads: usize, pace: &mut Pace) -> Result<bool, W::Error> {
        if self.state.next().is_none_or(|next| next >= end) {
            return Ok(true);
        }
        let mut stopwatch = Stopwatch::start();
        if matches!(self.state, State::Merged(_)) {
            self.state.split(self.lookahead);
            self.progress.changes += 1;
            pace.changed(stopwatch.lap());
        }
        let seats = self.state.split(self.lookahead);
        let (before, mut windows, mut told) = (handled(seats), 1, 0);
        let run = windows::run(seats, threads, self.lookahead, end, &mut |events| {
            (windows, told) = (windows + 1, told + events);
            pace.report(Tally { events, windows: 1, seconds: stopwatch.lap() })
        });
        let events = handled(seats) - before;
        self.progress.windowed += events;
        self.progress.alone += if threads == 1 { events } else { 0 };
        self.progress.windows += windows;
        // The last window, and the end of the threads: all there is of a short run.
        pace.report(Tally { events: events - told, windows: 1, seconds: stopwatch.lap() });
        self.key = seats.iter().map(|seat| seat.0.key()).fold(self.key, Key::max);
        if let Err(failure) = run {
            self.key = failure.key;
            return Err(settle(failure, seats));
        }
        Ok(self.state.next().is_none_or(|next| next >= end))
    }

    /// The present.
    pub fn now(&self) -> Time {
        self.key.time
    }

    /// How many events are pending.
    pub fn pending(&self) -> usize {
        self.state.pending()
    }

    /// The pending events in order; O(n log n).
    pub fn sorted(&self) -> Vec<Event<W::Message>> {
        self.state.sorted()
    }

    /// Puts an event in by hand, such as to restore a snapshot.
    ///
    /// A run restored from a snapshot is first brought to its present by [`Sharded::run_until`].
    ///
    /// # Panics
    ///
    /// When the event is due before the present.
    pub fn push(&mut self, event: Event<W::Message>) {
        assert!(event.time >= self.now(), "an event for {} is put in, but it is already {}", event.time, self.now());
        self.state.push(event);
    }

    /// How many parts there are.
    pub fn shards(&self) -> usize {
        self.shards
    }

    /// One part.
    ///
    /// # Panics
    ///
    /// When there is no such shard.
    pub fn part(&self, shard: usize) -> &W {
        self.state.part(shard)
    }

    /// The parts, in the order of the shards; what is pending is dropped.
    pub fn into_parts(self) -> Vec<W> {
        self.state.into_parts()
    }

    /// How much was done, and in which way; the way depends on the clock, the sum does not.
    pub fn progress(&self) -> Progress {
        self.progress
    }
}

fn handled<W: Part>(seats: &[Seat<W>]) -> u64 {
    seats.iter().map(|seat| seat.0.handled()).sum()
}

/// The error that a single thread would have met, or the panic.
fn settle<W: Part>(failure: Failure<W::Error>, seats: &[Seat<W>]) -> W::Error {
    match failure.cause {
        Cause::Error(error) => error,
        Cause::Livelock => livelock(failure.key, seats).into(),
        Cause::Panic(panic) => std::panic::resume_unwind(panic),
    }
}

/// Names the actors of the last events before `key`, over all shards.
fn livelock<W: Part>(key: Key, seats: &[Seat<W>]) -> KernelError {
    let witnesses = seats.iter().flat_map(|seat| &seat.0.world.witnesses);
    let mut last: Vec<_> = witnesses.filter(|(at, _)| at.time == key.time && *at < key).collect();
    last.sort_unstable();
    let mut actors: Vec<u32> = last.iter().rev().take(WITNESSES).map(|(_, target)| *target).collect();
    actors.sort_unstable();
    actors.dedup();
    KernelError::Livelock { time: key.time, actors }
}
