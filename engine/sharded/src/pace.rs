//! The choice of a way of working, from what each has achieved.
//!
//! It reads no clock: it is told how many events took how many seconds, so that it can be tested
//! against an imagined machine. Nothing is assumed about the machine but that what was faster a
//! moment ago is likely to be faster now. A way that is not in use is tried for some milliseconds
//! at intervals that double as long as it loses, and begin the longer, the clearer windows have
//! won. All trials, with their changes of form, may cost at most 1/40 of the time.

/// How a sharded run uses its threads.
///
/// It changes how long a run takes and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Whichever has proved fastest of late: one queue, windows on one thread, or windows on all.
    #[default]
    Measured,
    /// One queue on one thread.
    Merged,
    /// Windows on all threads, even where that is slower.
    Windows,
    /// Back and forth between one queue and windows on all threads after that many windows: for tests.
    Switching {
        /// How many windows until the next change.
        windows: u64,
    },
}

/// A way of working; the later, the more it asks of the machine and of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// One queue on one thread.
    Merged,
    /// Windows, in which one thread goes from shard to shard: what a shard touches is small and stays near.
    Alone,
    /// Windows on all threads.
    Together,
}

impl Way {
    const ALL: [Way; 3] = [Way::Merged, Way::Alone, Way::Together];
}

/// A trial lasts that long `[s]`.
const TRIAL: f64 = 0.003;
/// And at most that much longer when its windows are long.
const TRIAL_STRETCH: f64 = 6.0;
/// A trial sees at least that many windows.
const TRIAL_WINDOWS: u64 = 4;
/// The way in use is judged anew that often `[s]`: a moment's disturbance is no verdict.
const BLOCK: f64 = 0.020;
/// What is done in that time after a change does not count: caches are cold `[s]`. A large world, which
/// takes long to change, takes half that long again.
const WARM_UP: f64 = 0.000_7;
/// The first trial comes after that time `[s]`.
const FIRST_INTERVAL: f64 = 0.010;
/// Trials of one way are never further apart `[s]`.
const LAST_INTERVAL: f64 = 5.0;
/// What trials cost is at most one part in that many.
const SHARE: f64 = 40.0;
/// A way that asks for more must be that much faster, so that a tie stays with what asks for less.
const GAIN: f64 = 1.05;
/// A window whose events take one thread less than that `[s]` is not worth a barrier.
const WINDOW_LEAST: f64 = 0.000_002;
/// Between two looks at the clock one thread works about that long `[s]`.
const SLICE: f64 = 0.000_5;

/// Work done, and how long it took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) events: u64,
    pub(crate) windows: u64,
    pub(crate) seconds: f64,
}

/// What is known about all ways, and which is in use.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    mode: Mode,
    way: Way,
    /// The way that was in use before, while the present one is on trial.
    home: Option<Way>,
    /// Events a second in each way; zero is unknown.
    rates: [f64; 3],
    /// The most that was lately seen merged, to tell a thin window even on a busy core.
    peak: f64,
    /// Since the last change or verdict `[s]`, and the part of it that is judged next.
    since: f64,
    block: Tally,
    warm_up: f64,
    /// Since each way was last tried or in use `[s]`.
    idle: [f64; 3],
    /// How long that has to be until it is tried again `[s]`.
    intervals: [f64; 3],
    /// What the last trial has cost so far, with the way back `[s]`.
    cost: f64,
    /// Events a window when windows last lost against one queue.
    density_lost: f64,
}

impl Pace {
    pub(crate) fn new(mode: Mode) -> Pace {
        Pace {
            mode,
            way: if mode == Mode::Windows { Way::Together } else { Way::Merged },
            home: None,
            rates: [0.0; 3],
            peak: 0.0,
            since: 0.0,
            block: Tally::default(),
            warm_up: WARM_UP,
            idle: [0.0; 3],
            intervals: [FIRST_INTERVAL; 3],
            cost: 0.0,
            density_lost: f64::INFINITY,
        }
    }

    /// How to work from here on.
    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// Whether the way was told and is not chosen.
    pub(crate) fn is_forced(&self) -> bool {
        self.mode != Mode::Measured
    }

    /// How many events one queue handles until it reports.
    pub(crate) fn slice(&self) -> u64 {
        match self.mode {
            Mode::Switching { .. } => 1,
            _ if self.rate(Way::Merged) == 0.0 => 256,
            _ => ((self.rate(Way::Merged) * SLICE) as u64).clamp(16, 1 << 16),
        }
    }

    /// Takes note of work in the way in use; whether to go on in it.
    pub(crate) fn report(&mut self, tally: Tally) -> bool {
        let before = self.way;
        match self.mode {
            Mode::Measured => self.measure(tally),
            Mode::Merged | Mode::Windows => {}
            Mode::Switching { windows } => {
                self.block.windows += tally.windows;
                if self.block.windows >= windows {
                    self.change(if before == Way::Merged { Way::Together } else { Way::Merged });
                }
            }
        }
        self.way == before
    }

    /// Takes note of how long it took to change the form of the world `[s]`.
    pub(crate) fn changed(&mut self, seconds: f64) {
        self.cost += seconds;
        self.warm_up = WARM_UP.max(seconds / 2.0);
    }

    /// No second core was free: as after a trial that was lost, but at no cost.
    pub(crate) fn refused(&mut self) {
        match self.home {
            Some(home) => self.lose(home),
            None => self.change(self.better(Way::Merged, Way::Alone, f64::INFINITY)),
        }
    }

    fn rate(&self, way: Way) -> f64 {
        self.rates[way as usize]
    }

    fn change(&mut self, way: Way) {
        self.idle[self.way as usize] = 0.0;
        self.way = way;
        (self.since, self.block) = (0.0, Tally::default());
    }

    fn measure(&mut self, tally: Tally) {
        let warm = self.since >= self.warm_up || tally.seconds >= self.warm_up;
        self.since += tally.seconds;
        self.idle.iter_mut().for_each(|idle| *idle += tally.seconds);
        if warm {
            self.block.events += tally.events;
            self.block.windows += tally.windows;
            self.block.seconds += tally.seconds;
        }
        if self.block_is_full() {
            self.judge();
        }
    }

    fn block_is_full(&self) -> bool {
        let Tally { events, windows, seconds } = self.block;
        if self.home.is_none() && self.way != Way::Merged {
            return seconds >= BLOCK;
        }
        let hopeless = self.home.is_some_and(|home| events as f64 * 2.0 < seconds * self.rate(home));
        seconds >= TRIAL && (windows >= TRIAL_WINDOWS || seconds >= TRIAL * TRIAL_STRETCH || hopeless)
    }

    fn judge(&mut self) {
        let Tally { events, windows, seconds } = std::mem::take(&mut self.block);
        let (rate, known) = (events as f64 / seconds, self.rate(self.way));
        // Of the way in use the past counts as well; a trial counts alone.
        self.rates[self.way as usize] = if self.home.is_some() || known == 0.0 { rate } else { (known + rate) / 2.0 };
        self.peak = if self.way == Way::Merged { rate.max(0.99 * self.peak) } else { self.peak };
        let density = events as f64 / windows.max(1) as f64;
        if let Some(home) = self.home {
            // What the trial lost against the way it interrupted.
            self.cost += seconds * (1.0 - rate / self.rate(home)).max(0.0);
            self.conclude(home, density);
            return;
        }
        // What asks for more is never begun but by a trial.
        let simpler = Way::ALL.into_iter().filter(|way| *way < self.way);
        let best = simpler.fold(Way::Merged, |best, way| self.better(best, way, density));
        let best = self.better(best, self.way, density);
        if best < self.way {
            self.fall_back(best, density);
        } else if let Some(way) = self.due(density) {
            (self.home, self.cost) = (Some(self.way), 0.0);
            self.change(way);
        }
    }

    /// Of two ways the one to use with so many events a window.
    fn better(&self, one: Way, other: Way, density: f64) -> Way {
        let (less, more) = (one.min(other), one.max(other));
        if !self.is_thin(density) && self.rate(more) > GAIN * self.rate(less) { more } else { less }
    }

    fn is_thin(&self, density: f64) -> bool {
        density < WINDOW_LEAST * self.peak
    }

    /// Ends a trial: back where the way on trial has lost, and longer until the next.
    fn conclude(&mut self, home: Way, density: f64) {
        let winner = self.better(home, self.way, density);
        if winner == Way::Merged {
            self.density_lost = density;
        }
        if winner != self.way {
            self.lengthen(self.way, home);
            self.lose(home);
            return;
        }
        let wait = self.wait(home, winner);
        for way in Way::ALL {
            let interval = if way == home { 0.0 } else { self.intervals[way as usize] };
            self.intervals[way as usize] = interval.max(wait);
        }
        (self.home, self.since, self.idle) = (None, 0.0, [0.0; 3]);
    }

    /// Goes back from a trial; or on to the next, where that needs no change of form.
    fn lose(&mut self, home: Way) {
        let next = if self.way == Way::Together && home == Way::Merged && self.is_idle(Way::Alone) { Way::Alone } else { home };
        self.home = self.home.filter(|_| next != home);
        self.change(next);
    }

    /// Windows have become slower: a trial that was lost after all, if they have not earned its cost.
    fn fall_back(&mut self, best: Way, density: f64) {
        if best == Way::Merged {
            self.density_lost = density;
        }
        if self.is_paid() {
            (self.intervals[self.way as usize], self.cost) = (FIRST_INTERVAL, 0.0);
        } else {
            self.lengthen(self.way, best);
        }
        self.change(best);
    }

    fn lengthen(&mut self, loser: Way, winner: Way) {
        let wait = self.wait(loser, winner).max(2.0 * self.intervals[loser as usize]);
        self.intervals[loser as usize] = wait.min(LAST_INTERVAL);
    }

    /// The clearer a way has won that asks for more, the longer until the next trial: with twice the rate sixteen times as
    /// long. One that asks for less wins by what another does to the second core as well, which may be over soon.
    fn wait(&self, loser: Way, winner: Way) -> f64 {
        let clear = if winner > loser { self.rate(winner) / self.rate(loser) } else { 1.0 };
        (FIRST_INTERVAL * clear * clear * clear * clear).min(LAST_INTERVAL)
    }

    /// Whether the cost of the last trial is a small enough part of the time since.
    fn is_paid(&self) -> bool {
        self.since >= SHARE * self.cost
    }

    fn is_idle(&self, way: Way) -> bool {
        self.idle[way as usize] >= self.intervals[way as usize]
    }

    /// The way to try next, where it is time; the one first that promises most.
    fn due(&mut self, density: f64) -> Option<Way> {
        if self.way == Way::Merged && density > 2.0 * self.density_lost {
            // Another load than the one that windows lost with.
            (self.density_lost, self.intervals) = (f64::INFINITY, [FIRST_INTERVAL; 3]);
        }
        let fits = |way: &Way| *way != self.way && self.is_idle(*way);
        Way::ALL.into_iter().rev().find(fits).filter(|_| self.is_paid() && !self.is_thin(density))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An imagined machine: events a second in one queue, in windows on one thread and on all, events a window, and how long a
    /// change of form takes `[s]`.
    #[derive(Clone, Copy)]
    struct Machine {
        merged: f64,
        alone: f64,
        windows: f64,
        density: u64,
        change: f64,
    }

    /// Lets a pace run on a machine for some seconds; events done per second, changes made.
    fn run(pace: &mut Pace, machine: Machine, seconds: f64) -> (f64, u32) {
        run_on(pace, |_| machine, seconds)
    }

    fn run_on(pace: &mut Pace, machine: impl Fn(&Pace) -> Machine, seconds: f64) -> (f64, u32) {
        let (mut elapsed, mut events, mut changes) = (0.0, 0, 0);
        while elapsed < seconds {
            let machine = machine(pace);
            let (way, slice) = (pace.way(), pace.slice());
            let (count, windows, rate) = match way {
                Way::Merged => (slice, slice.div_ceil(machine.density), machine.merged),
                Way::Alone => (machine.density, 1, machine.alone),
                Way::Together => (machine.density, 1, machine.windows),
            };
            let seconds = count as f64 / rate;
            (elapsed, events) = (elapsed + seconds, events + count);
            if !pace.report(Tally { events: count, windows, seconds }) {
                changes += 1;
                if way.min(pace.way()) == Way::Merged {
                    elapsed += machine.change;
                    pace.changed(machine.change);
                }
            }
        }
        (events as f64 / elapsed, changes)
    }

    const IDLE: Machine = Machine { merged: 5e6, alone: 5.1e6, windows: 9e6, density: 3_000, change: 1e-3 };

    #[test]
    fn windows_are_used_where_they_are_faster() {
        let mut pace = Pace::new(Mode::Measured);
        let (rate, _) = run(&mut pace, IDLE, 2.0);
        assert_eq!(pace.way(), Way::Together);
        assert!(rate > 0.9 * IDLE.windows, "{rate}");
    }

    #[test]
    fn the_clearer_windows_win_the_less_one_thread_is_tried() {
        let changes = |windows| run(&mut Pace::new(Mode::Measured), Machine { windows, ..IDLE }, 0.5).1;
        let (barely, clearly) = (changes(5.6e6), changes(9e6));
        assert!(clearly >= 3 && clearly < barely, "{clearly} changes where windows win clearly, {barely} where barely");
    }

    #[test]
    fn where_windows_lose_they_cost_little() {
        for (windows, change) in [(4e6, 1e-3), (1e6, 1e-3), (1e5, 1e-4), (4e6, 0.05)] {
            let machine = Machine { windows, change, ..IDLE };
            let (rate, changes) = run(&mut Pace::new(Mode::Measured), machine, 5.0);
            assert!(rate > 0.93 * machine.merged, "{rate} with windows at {windows} and a change of {change} s");
            assert!(changes >= 2, "it was tried");
        }
    }

    #[test]
    fn all_trials_together_cost_no_more_than_their_share() {
        // So long a change of form that the share bounds the trials, and not the longest interval. What is done in the warm-up
        // after a change counts for no trial: a hundredth for that.
        let machine = Machine { alone: 4.5e6, windows: 4e6, change: 0.2, ..IDLE };
        let (rate, changes) = run(&mut Pace::new(Mode::Measured), machine, 100.0);
        assert!(rate > (1.0 - 1.0 / SHARE - 0.01) * machine.merged, "{rate} with {changes} changes");
        assert!(changes >= 9, "it was tried again and again: {changes}");
    }

    #[test]
    fn a_handful_of_events_a_window_is_not_even_tried() {
        let machine = Machine { density: 5, ..IDLE };
        let (_, changes) = run(&mut Pace::new(Mode::Measured), machine, 5.0);
        assert_eq!(changes, 0);
    }

    #[test]
    fn few_events_that_take_long_are_worth_windows() {
        let machine = Machine { merged: 1e5, alone: 1e5, windows: 1.8e5, density: 5, change: 1e-4 };
        let mut pace = Pace::new(Mode::Measured);
        let (rate, _) = run(&mut pace, machine, 3.0);
        assert!(pace.way() == Way::Together && rate > 0.9 * machine.windows, "{rate}");
    }

    #[test]
    fn a_second_core_that_comes_and_goes_is_noticed() {
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, IDLE, 1.0);
        let busy = Machine { windows: 2e6, ..IDLE };
        let (rate, _) = run(&mut pace, busy, 5.0);
        assert!(rate > 0.93 * busy.merged, "{rate}");
        let (rate, _) = run(&mut pace, IDLE, 10.0);
        assert!(rate > 0.75 * IDLE.windows, "{rate}");
    }

    #[test]
    fn a_machine_that_never_settles_costs_little() {
        // Windows win every trial and lose the moment they are trusted.
        let moody = |pace: &Pace| Machine { windows: if pace.home.is_some() { 9e6 } else { 2e6 }, change: 0.01, ..IDLE };
        let (rate, changes) = run_on(&mut Pace::new(Mode::Measured), moody, 20.0);
        assert!(rate > 0.9 * IDLE.merged, "{rate} with {changes} changes");
    }

    #[test]
    fn cheaper_events_are_noticed_from_within_windows() {
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, IDLE, 1.0);
        let (rate, _) = run(&mut pace, Machine { merged: 2e7, windows: 1.2e7, ..IDLE }, 5.0);
        assert!(rate > 0.9 * 2e7, "{rate}");
    }

    #[test]
    fn one_thread_goes_from_shard_to_shard_where_that_is_faster() {
        let busy = Machine { alone: 6e6, windows: 2e6, ..IDLE };
        let mut pace = Pace::new(Mode::Measured);
        let (rate, _) = run(&mut pace, busy, 2.0);
        assert_eq!(pace.way(), Way::Alone);
        assert!(rate > 0.95 * busy.alone, "{rate}");
        run(&mut pace, Machine { alone: 6e6, ..IDLE }, 2.0);
        assert_eq!(pace.way(), Way::Together, "the second core is free again");
        // A tie stays with one queue.
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, Machine { windows: 5e6, ..IDLE }, 2.0);
        assert_eq!(pace.way(), Way::Merged);
    }

    #[test]
    fn what_one_thread_gains_by_small_shards_does_not_hide_what_two_lose() {
        // Windows were clearly ahead, then somebody takes the second core: the next best is known and needs no trial.
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, Machine { alone: 6e6, ..IDLE }, 2.0);
        let (rate, changes) = run(&mut pace, Machine { alone: 6e6, windows: 3e6, ..IDLE }, 0.5);
        assert_eq!(pace.way(), Way::Alone);
        assert!(rate > 0.85 * 6e6, "{rate} with {changes} changes");
    }

    /// What a run does that finds no second core.
    fn refuse(pace: &mut Pace) {
        if pace.way() == Way::Together {
            pace.refused();
        }
    }

    #[test]
    fn a_refusal_is_asked_again_later() {
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, IDLE, 0.011);
        while pace.report(Tally { events: 2_500, windows: 1, seconds: 5e-4 }) {}
        assert_eq!(pace.way(), Way::Together);
        pace.refused();
        assert_eq!(pace.way(), Way::Alone, "the form is that of windows already");
        run(&mut pace, IDLE, 0.005);
        assert_eq!(pace.way(), Way::Merged);
        run(&mut pace, IDLE, 0.5);
        assert_eq!(pace.way(), Way::Together);
        refuse(&mut pace);
        assert!(pace.way() < Way::Together, "refused in the midst of its use");
    }

    #[test]
    fn where_every_second_core_is_refused_one_thread_still_finds_its_best() {
        for (alone, best) in [(6e6, Way::Alone), (5e6, Way::Merged)] {
            let (mut pace, mut done) = (Pace::new(Mode::Measured), 0.0);
            for _ in 0..2_000 {
                done += run(&mut pace, Machine { alone, ..IDLE }, 0.001).0 / 2_000.0;
                refuse(&mut pace);
            }
            assert_eq!(pace.way(), best);
            assert!(done > 0.93 * alone, "{done}");
        }
    }

    #[test]
    fn forced_modes_do_not_listen() {
        for mode in [Mode::Merged, Mode::Windows] {
            let mut pace = Pace::new(mode);
            assert_eq!(run(&mut pace, Machine { windows: 1.0, ..IDLE }, 1.0).1, 0);
            assert_eq!(pace.way(), if mode == Mode::Windows { Way::Together } else { Way::Merged });
        }
        let mut pace = Pace::new(Mode::Switching { windows: 3 });
        let tally = Tally { events: 1, windows: 1, seconds: 1e-3 };
        assert_eq!([(); 6].map(|()| pace.report(tally)), [true, true, false, true, true, false]);
    }
}
