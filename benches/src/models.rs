//! What the actors of the three models do, without any engine: state, and what follows from a message.
//!
//! Every engine that is driven from Rust uses these, so they differ only in how they keep time and carry messages. The
//! models in RON are written apart, in `benches/models`.

use std::collections::VecDeque;

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
