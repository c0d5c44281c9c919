//! Chance, the same for every engine: what is drawn hangs on who draws, what for and how often before.
//!
//! So engines that handle the same messages end with the same figures, to the last digit where they keep whole
//! nanoseconds, and none is favoured by a cheaper generator. Models in RON draw by the same hash, but by keys of their own.

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Duration, StreamKey, below, unit};

/// What is drawn. Each purpose has a stream of its own.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
enum Purpose {
    Remote,
    Target,
    Delay,
    Start,
    Arrival,
    Service,
}

/// The chance of one actor; 8 bytes, part of its state.
#[derive(Clone, Copy, Debug)]
pub struct Chance(StreamKey);

impl Chance {
    /// The chance of an actor of a run.
    #[must_use]
    pub fn new(seed: u64, actor: u32) -> Chance {
        Chance(StreamKey::root(seed, 0).with(u64::from(actor)))
    }

    #[inline]
    fn bits(self, purpose: Purpose, count: u32) -> u64 {
        self.0.with(purpose as u64).draw(count)
    }

    /// Whether the `count`-th message goes to another actor, with probability `p`.
    #[inline]
    #[must_use]
    pub fn remote(self, count: u32, p: f64) -> bool {
        unit(self.bits(Purpose::Remote, count)) < p
    }

    /// To which of `n` actors the `count`-th message goes, each alike.
    #[inline]
    #[must_use]
    pub fn target(self, count: u32, n: u32) -> u32 {
        below(self.bits(Purpose::Target, count), u64::from(n)) as u32
    }

    /// How long the `count`-th message is on its way: `base` and an exponential time `[ns]`.
    #[inline]
    #[must_use]
    pub fn delay(self, count: u32, base: f64, mean: f64) -> u64 {
        self.span(Purpose::Delay, count, base, mean)
    }

    /// When the first message of an actor is due, as [`Chance::delay`] `[ns]`.
    #[inline]
    #[must_use]
    pub fn start(self, base: f64, mean: f64) -> u64 {
        self.span(Purpose::Start, 0, base, mean)
    }

    /// An exponential time to the `count`-th arrival from the one before `[ns]`.
    #[inline]
    #[must_use]
    pub fn arrival(self, count: u32, mean: f64) -> u64 {
        self.span(Purpose::Arrival, count, 0.0, mean)
    }

    /// How long the `count`-th service takes, an exponential time `[ns]`.
    #[inline]
    #[must_use]
    pub fn service(self, count: u32, mean: f64) -> u64 {
        self.span(Purpose::Service, count, 0.0, mean)
    }

    /// At least a nanosecond, as not every engine schedules for the present.
    #[inline]
    fn span(self, purpose: Purpose, count: u32, base: f64, mean: f64) -> u64 {
        let seconds = base + exponential(&mut || self.bits(purpose, count), mean);
        Duration::from_seconds(seconds).map_or(u64::MAX, Duration::as_ns).max(1)
    }
}
