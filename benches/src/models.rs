//! What the actors of the four models do, without any engine: state, and what follows from a message.
//!
//! Every engine that is driven from Rust uses these, so they differ only in how they keep time and carry messages. The
//! models in RON are written apart, in `benches/models`.

use std::collections::VecDeque;

use rehearsal_kernel::Duration;

use crate::chance::Chance;

/// The chance that a cell of PHOLD passes its ball on to a cell drawn from all.
const REMOTE: f64 = 0.9;
/// How long a ball of PHOLD is on its way.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    /// The least time `[s]`.
    pub least: f64,
    /// The mean of the exponential time on top `[s]`.
    pub mean: f64,
}

/// That of all rates.
const FLIGHT: Flight = Flight { least: 0.1, mean: 0.9 };

/// Mean time between two customers of M/M/2 `[s]`: with a service of 1 s and two clerks 0.8 of capacity.
const BETWEEN: f64 = 0.625;
/// Mean service of M/M/2 `[s]`.
const SERVICE: f64 = 1.0;
/// Clerks of M/M/2.
const CLERKS: u32 = 2;

/// Customers of the star.
pub const CUSTOMERS: u32 = 10_000;
/// Tanks of rich.
pub const TANKS: u32 = 10_000;

/// Dealers of the star.
pub const DEALERS: u32 = 10;
/// Mean time between two requests of a customer `[s]`.
const ASKS_EVERY: f64 = 3600.0;
/// Mean service of a dealer's clerk `[s]`, so that five are busy for 0.8 of their time.
const ANSWER: f64 = 3600.0 * 40.0 / CUSTOMERS as f64;
/// Clerks of a dealer.
const DEALER_CLERKS: u32 = 5;

/// How many, and how long in sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sum `[ns]`.
    pub sum: u64,
}

impl Tally {
    /// Adds one time `[ns]`.
    #[inline]
    pub fn add(&mut self, span: u64) {
        self.count += 1;
        self.sum += span;
    }

    /// Both together.
    #[must_use]
    pub fn join(self, other: Tally) -> Tally {
        Tally { count: self.count + other.count, sum: self.sum + other.sum }
    }

    /// The mean `[s]`.
    #[must_use]
    pub fn mean_seconds(self) -> f64 {
        self.sum as f64 / self.count as f64 / 1e9
    }
}

/// A cell of PHOLD.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    chance: Chance,
    /// Balls it has handled.
    pub handled: u32,
}

impl Cell {
    /// Cell `number` of a run.
    #[must_use]
    pub fn new(seed: u64, number: u32) -> Cell {
        Cell { chance: Chance::new(seed, number), handled: 0 }
    }

    /// When its first ball comes `[ns]`.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start_in(FLIGHT)
    }

    /// As [`Cell::start`], where balls take another time.
    #[must_use]
    pub fn start_in(&self, flight: Flight) -> u64 {
        self.chance.start(flight.least, flight.mean)
    }

    /// Handles a ball: to which of `cells` it goes on from cell `me`, and after how long `[ns]`.
    #[inline]
    pub fn pass(&mut self, me: u32, cells: u32) -> (u32, u64) {
        self.pass_in(FLIGHT, me, cells)
    }

    /// As [`Cell::pass`], where balls take another time.
    // Always, so that in `pass` the times are constants, whoever else calls it.
    #[inline(always)]
    pub fn pass_in(&mut self, flight: Flight, me: u32, cells: u32) -> (u32, u64) {
        let count = self.handled;
        self.handled += 1;
        let to = if self.chance.remote(count, REMOTE) { self.chance.target(count, cells) } else { me };
        (to, self.chance.delay(count, flight.least, flight.mean))
    }
}

/// The desk of M/M/2 with its line.
#[derive(Clone, Debug)]
pub struct Desk {
    chance: Chance,
    arrivals: u32,
    services: u32,
    idle: u32,
    line: VecDeque<u64>,
    /// How long those that were called up have waited.
    pub waits: Tally,
}

impl Desk {
    /// The desk of a run, with everybody idle.
    #[must_use]
    pub fn new(seed: u64) -> Desk {
        Desk {
            chance: Chance::new(seed, 0),
            arrivals: 0,
            services: 0,
            idle: CLERKS,
            line: VecDeque::new(),
            waits: Tally::default(),
        }
    }

    /// How long until the next customer comes `[ns]`.
    #[inline]
    pub fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.chance.arrival(self.arrivals, BETWEEN)
    }

    /// A customer comes: how long the service takes that begins at once, if one does `[ns]`.
    #[inline]
    pub fn arrive(&mut self, now: u64) -> Option<u64> {
        if self.idle == 0 {
            self.line.push_back(now);
            return None;
        }
        self.idle -= 1;
        Some(self.call_up(0))
    }

    /// A service ends: how long that of the next in line takes `[ns]`.
    #[inline]
    pub fn done(&mut self, now: u64) -> Option<u64> {
        let Some(since) = self.line.pop_front() else {
            self.idle += 1;
            return None;
        };
        Some(self.call_up(now - since))
    }

    #[inline]
    fn call_up(&mut self, waited: u64) -> u64 {
        self.waits.add(waited);
        self.services += 1;
        self.chance.service(self.services, SERVICE)
    }
}

/// A customer of the star.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    chance: Chance,
    asked: u32,
    /// How long answers took.
    pub responses: Tally,
}

impl Customer {
    /// Customer `number` of a run.
    #[must_use]
    pub fn new(seed: u64, number: u32) -> Customer {
        Customer { chance: Chance::new(seed, number), asked: 0, responses: Tally::default() }
    }

    /// How long until it asks next `[ns]`.
    #[inline]
    #[must_use]
    pub fn next_time(&self) -> u64 {
        self.chance.arrival(self.asked, ASKS_EVERY)
    }

    /// Asks: which dealer.
    #[inline]
    pub fn ask(&mut self) -> u32 {
        let dealer = self.chance.target(self.asked, DEALERS);
        self.asked += 1;
        dealer
    }
}

/// A request of a customer, from its asking to the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it was asked `[ns]`.
    pub asked: u64,
    /// Who asked.
    pub customer: u32,
}

/// A dealer of the star with its line.
#[derive(Clone, Debug)]
pub struct Dealer {
    chance: Chance,
    services: u32,
    idle: u32,
    line: VecDeque<Request>,
}

impl Dealer {
    /// Dealer `number` of a run.
    #[must_use]
    pub fn new(seed: u64, number: u32) -> Dealer {
        // Beyond the customers, whose chance is their own.
        let chance = Chance::new(seed, CUSTOMERS + number);
        Dealer { chance, services: 0, idle: DEALER_CLERKS, line: VecDeque::new() }
    }

    /// A request comes: how long the service takes that begins at once, if one does `[ns]`.
    #[inline]
    pub fn request(&mut self, request: Request) -> Option<u64> {
        if self.idle == 0 {
            self.line.push_back(request);
            return None;
        }
        self.idle -= 1;
        Some(self.serve())
    }

    /// A service ends: the next request in line and how long its service takes `[ns]`.
    #[inline]
    pub fn done(&mut self) -> Option<(Request, u64)> {
        let Some(request) = self.line.pop_front() else {
            self.idle += 1;
            return None;
        };
        Some((request, self.serve()))
    }

    #[inline]
    fn serve(&mut self) -> u64 {
        self.services += 1;
        self.chance.service(self.services, ANSWER)
    }
}

/// A tank of rich, which is kept at a level. Its chance is a field of its own, as in the model in RON.
#[derive(Clone, Copy, Debug)]
pub struct Tank {
    seed: i64,
    /// Pulses it has had.
    pub pulses: i64,
    alarms: i64,
    /// How full it is.
    pub level: f64,
    heat: f64,
    target: f64,
    owed: f64,
    wear: f64,
    spilt: f64,
    highest: f64,
}

/// What a tank sends itself at a pulse.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// The load of a service that is due at once, if one is.
    pub service: Option<f64>,
    /// What flows in at the next pulse.
    pub flow: f64,
    /// How long until then `[ns]`.
    pub after: u64,
}

impl Default for Tank {
    fn default() -> Tank {
        let (seed, pulses, alarms) = (0, 0, 0);
        let (level, heat, target) = (50.0, 15.0, 60.0);
        Tank { seed, pulses, alarms, level, heat, target, owed: 0.0, wear: 0.0, spilt: 0.0, highest: 0.0 }
    }
}

impl Tank {
    /// When tank `number` begins `[ns]`: the plant counts from 1 and takes a millisecond before it does.
    #[must_use]
    pub fn begins(number: u32) -> u64 {
        1_000_000 + seconds(1.0 * f64::from(number + 1) / 8192.0)
    }

    /// Begins: what flows in at the first pulse, and how long until then `[ns]`.
    #[inline]
    pub fn begin(&mut self, seed: i64) -> (f64, u64) {
        self.seed = seed;
        self.target = 40.0 + (seed % 41) as f64;
        (1.0, seconds(0.5))
    }

    /// A pulse, at which something flows in.
    #[inline]
    pub fn pulse(&mut self, flow: f64) -> Pulse {
        self.pulses += 1;
        self.seed = (self.seed * 1103 + 12345) % 65536;
        self.level = (self.level + flow - 0.02 * self.level).max(0.0);
        self.heat = self.heat + 0.5 * flow - 0.01 * (self.heat - 15.0);
        if self.level > 75.0 {
            self.spilt += (self.level - 75.0) * 0.25;
            self.level -= (self.level - 75.0) * 0.25;
            self.alarms += 1;
        }
        if self.heat > 60.0 && self.alarms % 2 == 0 {
            self.wear += 0.01 * (self.heat - 60.0);
        } else {
            self.wear = (self.wear - 0.001).max(0.0);
        }
        self.owed = (self.owed + 0.05 * (self.target - self.level)).clamp(-40.0, 40.0);
        self.highest = self.highest.max(self.level);
        let service = (self.pulses % 16 == 0).then_some(self.owed);
        let flow = (1.0 + 0.04 * self.owed + (self.seed % 64) as f64 / 64.0).max(0.0);
        Pulse { service, flow, after: seconds(0.5 + 1.0 * (self.seed % 1000) as f64 / 1000.0) }
    }

    /// A service is due.
    #[inline]
    pub fn service(&mut self, load: f64) {
        if self.wear > 0.5 || load > 10.0 {
            self.wear *= 0.5;
            self.heat = 15.0 + (self.heat - 15.0) * 0.75;
            self.owed -= 0.1 * load;
        }
    }

    /// The tanks of a run at its end `[ns]`, each by itself without an engine: what any engine must end with.
    #[must_use]
    pub fn all(end: u64) -> Vec<Tank> {
        let run = |number| {
            let mut tank = Tank::default();
            let mut now = Tank::begins(number);
            if now >= end {
                return tank;
            }
            let (mut flow, after) = tank.begin(i64::from(number) + 1);
            now += after;
            while now < end {
                let pulse = tank.pulse(flow);
                if let Some(load) = pulse.service {
                    tank.service(load);
                }
                (flow, now) = (pulse.flow, now + pulse.after);
            }
            tank
        };
        (0..TANKS).map(run).collect()
    }
}

/// A span as every engine rounds it `[ns]`.
#[inline]
fn seconds(span: f64) -> u64 {
    Duration::checked_from_seconds(span).map_or(u64::MAX, Duration::as_ns)
}
