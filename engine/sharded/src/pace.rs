//! The choice between one thread and windows, from what both have achieved.
//!
//! It reads no clock: it is told how many events took how many seconds, so that it can be tested
//! against an imagined machine. Nothing is assumed about the machine but that what was faster a
//! moment ago is likely to be faster now. The mode that is not in use is tried for some
//! milliseconds at intervals that double as long as it loses; those of one thread begin the
//! longer, the clearer windows have won. A trial with its two changes of form may cost at most
//! 1/40 of the time between two trials.

/// How a sharded run uses its threads.
///
/// It changes how long a run takes and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Whichever of the two has proved faster of late.
    #[default]
    Measured,
    /// One queue on one thread.
    Merged,
    /// Windows on all threads, even where that is slower.
    Windows,
    /// Back and forth between the two after that many windows: for tests.
    Switching {
        /// How many windows until the next change.
        windows: u64,
    },
}

/// A trial lasts that long `[s]`.
const TRIAL: f64 = 0.003;
/// And at most that much longer when its windows are long.
const TRIAL_STRETCH: f64 = 6.0;
/// A trial sees at least that many windows.
const TRIAL_WINDOWS: u64 = 4;
/// The mode in use is judged anew that often `[s]`: a moment's disturbance is no verdict.
const BLOCK: f64 = 0.020;
/// What is done in that time after a change does not count: caches are cold `[s]`. A large world, which
/// takes long to change, takes half that long again.
const WARM_UP: f64 = 0.000_7;
/// The first trial comes after that time `[s]`.
const FIRST_INTERVAL: f64 = 0.010;
/// Trials are never further apart `[s]`.
const LAST_INTERVAL: f64 = 5.0;
/// What trials cost is at most one part in that many.
const SHARE: f64 = 40.0;
/// Windows must be that much faster, so that a tie stays on one thread.
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

/// What is known about both modes, and which is in use.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    mode: Mode,
    in_windows: bool,
    /// Whether the mode in use is on trial.
    trial: bool,
    /// Events a second, merged and in windows; zero is unknown.
    rates: [f64; 2],
    /// The most that was lately seen merged, to tell a thin window even on a busy core.
    peak: f64,
    /// Since the last change `[s]`, and the part of it that is judged next.
    since: f64,
    block: Tally,
    warm_up: f64,
    /// For each mode, from the last verdict for it to the next trial of the other `[s]`.
    intervals: [f64; 2],
    /// What the last trial has cost so far, with the way back `[s]`.
    cost: f64,
    /// Events a window when windows last lost.
    density_lost: f64,
}

impl Pace {
    pub(crate) fn new(mode: Mode) -> Pace {
        let block = Tally::default();
        let in_windows = mode == Mode::Windows;
        let (rates, intervals) = ([0.0; 2], [FIRST_INTERVAL; 2]);
        let (peak, since, warm_up, cost, density_lost) = (0.0, 0.0, WARM_UP, 0.0, f64::INFINITY);
        Pace { mode, in_windows, trial: false, rates, peak, since, block, warm_up, intervals, cost, density_lost }
    }

    /// Whether windows are to be used from here on.
    pub(crate) fn in_windows(&self) -> bool {
        self.in_windows
    }

    /// Whether the mode was told and is not chosen.
    pub(crate) fn is_forced(&self) -> bool {
        self.mode != Mode::Measured
    }

    /// How many events one thread handles until it reports.
    pub(crate) fn slice(&self) -> u64 {
        match self.mode {
            Mode::Switching { .. } => 1,
            _ if self.rates[0] == 0.0 => 256,
            _ => ((self.rates[0] * SLICE) as u64).clamp(16, 1 << 16),
        }
    }

    /// Takes note of work in the mode in use; whether to go on in it.
    pub(crate) fn report(&mut self, tally: Tally) -> bool {
        let before = self.in_windows;
        match self.mode {
            Mode::Measured => self.measure(tally),
            Mode::Merged | Mode::Windows => {}
            Mode::Switching { windows } => {
                self.block.windows += tally.windows;
                if self.block.windows >= windows {
                    self.change();
                }
            }
        }
        self.in_windows == before
    }

    /// Takes note of how long it took to change the form of the world `[s]`.
    pub(crate) fn changed(&mut self, seconds: f64) {
        self.cost += seconds;
        self.warm_up = WARM_UP.max(seconds / 2.0);
        if !self.trial {
            self.wait_at_least(SHARE * self.cost);
        }
    }

    /// No second core was free: as after a trial that was lost, but at no cost.
    pub(crate) fn refused(&mut self) {
        self.change();
        self.trial = false;
    }

    fn change(&mut self) {
        self.in_windows = !self.in_windows;
        (self.since, self.block) = (0.0, Tally::default());
    }

    fn measure(&mut self, tally: Tally) {
        let warm = self.since >= self.warm_up || tally.seconds >= self.warm_up;
        self.since += tally.seconds;
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
        if !self.trial && self.in_windows {
            return seconds >= BLOCK;
        }
        let hopeless = self.trial && events as f64 * 2.0 < seconds * self.rates[usize::from(!self.in_windows)];
        seconds >= TRIAL && (windows >= TRIAL_WINDOWS || seconds >= TRIAL * TRIAL_STRETCH || hopeless)
    }

    fn judge(&mut self) {
        let Tally { events, windows, seconds } = std::mem::take(&mut self.block);
        let rate = events as f64 / seconds;
        let own = usize::from(self.in_windows);
        let known = self.rates[own];
        // Of the mode in use the past counts as well; a trial counts alone.
        self.rates[own] = if self.trial || known == 0.0 { rate } else { (known + rate) / 2.0 };
        self.peak = if self.in_windows { self.peak } else { rate.max(0.99 * self.peak) };
        let density = events as f64 / windows.max(1) as f64;
        let thin = density < WINDOW_LEAST * self.peak;
        let better = !thin && self.rates[1] > GAIN * self.rates[0];
        if self.trial {
            // What the trial lost against the mode it interrupted.
            self.cost += seconds * (1.0 - rate / self.rates[1 - own]).max(0.0);
            self.conclude(better, density);
        } else if self.in_windows && !better {
            self.fall_back(density);
        } else if self.is_due(density) && !thin {
            (self.trial, self.cost) = (true, 0.0);
            self.change();
        }
    }

    /// Ends a trial: back when the mode on trial has lost, and longer until the next.
    fn conclude(&mut self, windows_are_better: bool, density: f64) {
        self.trial = false;
        if !windows_are_better {
            self.density_lost = density;
        }
        if self.in_windows == windows_are_better {
            // The clearer windows have won, the longer until the next trial: with twice the rate sixteen times as long. One
            // thread wins by what another does to the second core as well, which may be over soon.
            let clear = if self.in_windows { self.rates[1] / self.rates[0] } else { 1.0 };
            self.intervals[usize::from(self.in_windows)] = (FIRST_INTERVAL * clear * clear * clear * clear).min(LAST_INTERVAL);
            self.wait_at_least(SHARE * self.cost);
            self.since = 0.0;
        } else {
            self.change();
            self.wait_longer();
        }
    }

    /// Windows have become slower: a trial that was lost after all, if they have not earned its cost.
    fn fall_back(&mut self, density: f64) {
        let earned = self.since >= SHARE * self.cost;
        self.density_lost = density;
        self.change();
        if earned {
            (self.intervals[0], self.cost) = (FIRST_INTERVAL, 0.0);
        } else {
            self.wait_longer();
        }
    }

    fn wait_longer(&mut self) {
        let interval = &mut self.intervals[usize::from(self.in_windows)];
        *interval = (2.0 * *interval).min(LAST_INTERVAL);
        self.wait_at_least(SHARE * self.cost);
    }

    fn wait_at_least(&mut self, seconds: f64) {
        let interval = &mut self.intervals[usize::from(self.in_windows)];
        *interval = interval.max(seconds);
    }

    fn is_due(&mut self, density: f64) -> bool {
        if !self.in_windows && density > 2.0 * self.density_lost {
            // Another load than the one that windows lost with.
            self.density_lost = f64::INFINITY;
            self.intervals[0] = FIRST_INTERVAL;
            self.wait_at_least(SHARE * self.cost);
        }
        self.since >= self.intervals[usize::from(self.in_windows)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An imagined machine: events a second on one thread and in windows, events a window.
    #[derive(Clone, Copy)]
    struct Machine {
        merged: f64,
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
            let (count, windows, rate) = if pace.in_windows() {
                (machine.density, 1, machine.windows)
            } else {
                let count = pace.slice();
                (count, count.div_ceil(machine.density), machine.merged)
            };
            let seconds = count as f64 / rate;
            (elapsed, events) = (elapsed + seconds, events + count);
            if !pace.report(Tally { events: count, windows, seconds }) {
                (elapsed, changes) = (elapsed + machine.change, changes + 1);
                pace.changed(machine.change);
            }
        }
        (events as f64 / elapsed, changes)
    }

    const IDLE: Machine = Machine { merged: 5e6, windows: 9e6, density: 3_000, change: 1e-3 };

    #[test]
    fn windows_are_used_where_they_are_faster() {
        let mut pace = Pace::new(Mode::Measured);
        let (rate, _) = run(&mut pace, IDLE, 2.0);
        assert!(pace.in_windows());
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
    fn a_handful_of_events_a_window_is_not_even_tried() {
        let machine = Machine { density: 5, ..IDLE };
        let (_, changes) = run(&mut Pace::new(Mode::Measured), machine, 5.0);
        assert_eq!(changes, 0);
    }

    #[test]
    fn few_events_that_take_long_are_worth_windows() {
        let machine = Machine { merged: 1e5, windows: 1.8e5, density: 5, change: 1e-4 };
        let mut pace = Pace::new(Mode::Measured);
        let (rate, _) = run(&mut pace, machine, 3.0);
        assert!(pace.in_windows() && rate > 0.9 * machine.windows, "{rate}");
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
        let moody = |pace: &Pace| Machine { windows: if pace.trial { 9e6 } else { 2e6 }, change: 0.01, ..IDLE };
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
    fn a_refusal_is_asked_again_later() {
        let mut pace = Pace::new(Mode::Measured);
        run(&mut pace, IDLE, 0.011);
        while pace.report(Tally { events: 2_500, windows: 1, seconds: 5e-4 }) {}
        assert!(pace.in_windows());
        pace.refused();
        assert!(!pace.in_windows());
        run(&mut pace, IDLE, 0.5);
        assert!(pace.in_windows());
    }

    #[test]
    fn forced_modes_do_not_listen() {
        for mode in [Mode::Merged, Mode::Windows] {
            let mut pace = Pace::new(mode);
            assert_eq!(run(&mut pace, Machine { windows: 1.0, ..IDLE }, 1.0).1, 0);
            assert_eq!(pace.in_windows(), mode == Mode::Windows);
        }
        let mut pace = Pace::new(Mode::Switching { windows: 3 });
        let tally = Tally { events: 1, windows: 1, seconds: 1e-3 };
        assert_eq!([(); 6].map(|()| pace.report(tally)), [true, true, false, true, true, false]);
    }
}
