//! Virtual time: integer nanoseconds, so that order never hangs on a float's rounding.
//!
//! [`Time`] is a point (since the start of the run), [`Duration`] a distance. Neither knows a
//! calendar or the wall clock. 64 bits reach 584 years.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::KernelError;

const NS_PER_SECOND: u64 = 1_000_000_000;

/// A point in virtual time `[ns since the start of the run]`.
///
/// [`Time::MAX`] is reserved for "never": no event may be due then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(transparent)]
pub struct Time(u64);

/// A distance between two points in virtual time `[ns]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(transparent)]
pub struct Duration(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Never: later than every event.
    pub const MAX: Time = Time(u64::MAX);

    /// The point `ns` nanoseconds after the start.
    #[inline]
    pub const fn from_ns(ns: u64) -> Time {
        Time(ns)
    }

    /// Nanoseconds since the start.
    #[inline]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// Seconds since the start, rounded to the nearest float.
    #[inline]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / NS_PER_SECOND as f64
    }

    /// The point `seconds` `[s]` after the start, rounded as [`Duration::from_seconds`] does.
    ///
    /// # Errors
    ///
    /// [`KernelError::InvalidDuration`] when `seconds` is NaN, negative, infinite or too large.
    #[inline]
    pub fn from_seconds(seconds: f64) -> Result<Time, KernelError> {
        Ok(Time(Duration::from_seconds(seconds)?.0))
    }

    /// The point `delay` later; `None` when that would be [`Time::MAX`] or beyond.
    #[inline]
    pub const fn checked_add(self, delay: Duration) -> Option<Time> {
        match self.0.checked_add(delay.0) {
            Some(ns) if ns < u64::MAX => Some(Time(ns)),
            _ => None,
        }
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[inline]
    pub const fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);
    /// The longest duration, about 584 years.
    pub const MAX: Duration = Duration(u64::MAX);

    /// A duration of `ns` nanoseconds.
    #[inline]
    pub const fn from_ns(ns: u64) -> Duration {
        Duration(ns)
    }

    /// The duration in nanoseconds.
    #[inline]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// A duration of `seconds` `[s]`, rounded to the nearest nanosecond, halves away from zero.
    ///
    /// # Errors
    ///
    /// [`KernelError::InvalidDuration`] when `seconds` is NaN, negative, infinite or too large.
    #[inline]
    pub fn from_seconds(seconds: f64) -> Result<Duration, KernelError> {
        Duration::checked_from_seconds(seconds).ok_or(KernelError::InvalidDuration { seconds })
    }

    /// As [`Duration::from_seconds`], without the words: `None` for a number that is no duration.
    #[inline(always)]
    pub fn checked_from_seconds(seconds: f64) -> Option<Duration> {
        // Written so that NaN fails as well.
        if !(seconds >= 0.0 && seconds < (u64::MAX / NS_PER_SECOND + 1) as f64) {
            return None;
        }
        let ns = match soon(seconds) {
            Some(ns) => Some(ns),
            None => exactly(seconds),
        };
        ns.map(Duration)
    }

    /// The duration in seconds, rounded to the nearest float.
    #[inline]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / NS_PER_SECOND as f64
    }
}

/// `seconds` in nanoseconds; `None` where these are too many.
///
/// The whole seconds go an exact way: `seconds * 1e9` would lose nanoseconds after 104 days.
#[inline(never)]
fn exactly(seconds: f64) -> Option<u64> {
    let whole = seconds as i64;
    let fraction = rounded((seconds - whole as f64) * NS_PER_SECOND as f64);
    (whole as u64).checked_mul(NS_PER_SECOND)?.checked_add(fraction)
}

/// As [`exactly`], where a short way is sure to give the same: up to two hours, and not about halfway between two.
///
/// The product is off by less than 2^-10 there, so it is rounded as the exact one is wherever it is further than that from
/// a half. To add 2^52 rounds to a whole number and leaves that in the lower bits: a third of the steps, of which each waits
/// for the one before.
#[inline(always)]
fn soon(seconds: f64) -> Option<u64> {
    const SHIFT: f64 = (1_u64 << 52) as f64;
    let product = seconds * NS_PER_SECOND as f64;
    let shifted = product + SHIFT;
    let off = product - (shifted - SHIFT);
    (seconds <= 7200.0 && off.abs() < 0.498).then(|| shifted.to_bits() - SHIFT.to_bits())
}

/// The nearest whole number of one from 0 to 2^53, halves up: what `libm::round` gives, in a few instructions.
#[inline(always)]
fn rounded(x: f64) -> u64 {
    // Signed, as processors convert it in one instruction.
    let whole = x as i64;
    whole as u64 + u64::from(x - whole as f64 >= 0.5)
}

/// As [`Duration`]; [`Time::MAX`] reads `never`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Time::MAX { f.pad("never") } else { f.pad(&clock(self.0)) }
    }
}

/// Days if any, then the clock: `2d 03:04:05.006`; micro- and nanoseconds only where there are any.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&clock(self.0))
    }
}

fn clock(ns: u64) -> String {
    let (seconds, fraction) = (ns / NS_PER_SECOND, ns % NS_PER_SECOND);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let day = if days > 0 { format!("{days}d ") } else { String::new() };
    let fraction = if fraction.is_multiple_of(1_000_000) {
        format!("{:03}", fraction / 1_000_000)
    } else if fraction.is_multiple_of(1_000) {
        format!("{:06}", fraction / 1_000)
    } else {
        format!("{fraction:09}")
    };
    format!("{day}{:02}:{:02}:{:02}.{fraction}", hours % 24, minutes % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn display_reads_as_days_and_a_clock() {
        let seconds = 2 * 86_400 + 3 * 3_600 + 4 * 60 + 5;
        let time = Time::from_ns(seconds * NS_PER_SECOND + 6_000_000);
        assert_eq!(time.to_string(), "2d 03:04:05.006");
        assert_eq!(Duration::from_ns(90 * NS_PER_SECOND).to_string(), "00:01:30.000");
        assert_eq!(Duration::from_ns(1_000).to_string(), "00:00:00.000001");
        assert_eq!(Duration::from_ns(1).to_string(), "00:00:00.000000001");
        assert_eq!(format!("[{:>14}]", Time::ZERO), "[  00:00:00.000]");
        assert_eq!(Time::MAX.to_string(), "never");
        assert_eq!(Duration::MAX.to_string(), "213503d 23:34:33.709551615");
    }

    #[test]
    fn seconds_that_are_no_duration_are_refused() {
        for seconds in [f64::NAN, -1e-12, f64::INFINITY, f64::NEG_INFINITY, 18_446_744_074.0, 1e300] {
            let error = Duration::from_seconds(seconds).unwrap_err();
            let KernelError::InvalidDuration { seconds: found } = error else {
                panic!("{error}");
            };
            assert_eq!(found.to_bits(), seconds.to_bits());
        }
        assert!(Duration::from_seconds(18_446_744_073.0).is_ok());
        assert_eq!(Duration::from_seconds(-0.0), Ok(Duration::ZERO));
    }

    #[test]
    fn seconds_round_to_the_nearest_nanosecond() {
        for (seconds, ns) in [(0.5e-9, 1), (0.4e-9, 0), (1.5, 1_500_000_000), (0.1 + 0.2, 300_000_000)] {
            assert_eq!(Duration::from_seconds(seconds), Ok(Duration::from_ns(ns)));
            assert_eq!(Time::from_seconds(seconds), Ok(Time::from_ns(ns)));
        }
    }

    #[test]
    fn the_end_of_time_is_not_reached() {
        let last = Time::from_ns(u64::MAX - 1);
        assert_eq!(Time::ZERO.checked_add(Duration::from_ns(u64::MAX - 1)), Some(last));
        assert_eq!(Time::ZERO.checked_add(Duration::MAX), None);
        assert_eq!(last.checked_add(Duration::from_ns(1)), None);
        assert_eq!(last.checked_add(Duration::MAX), None);
    }

    #[test]
    fn the_short_way_is_taken_wherever_it_is_sure() {
        let taken = [(0.0, 0), (1e-9, 1), (14.4, 14_400_000_000), (0.1 + 0.2, 300_000_000), (7_200.0, 7_200_000_000_000)];
        taken.iter().for_each(|(seconds, ns)| assert_eq!(soon(*seconds), Some(*ns), "{seconds}"));
        assert_eq!([0.5e-9, 2.5e-9, 7_200.000_001, f64::MAX].map(soon), [None; 4]);
    }

    proptest! {
        #[test]
        fn since_undoes_add(start in 0..u64::MAX / 2, delay in 0..u64::MAX / 2) {
            let (start, delay) = (Time::from_ns(start), Duration::from_ns(delay));
            let end = start.checked_add(delay).unwrap();
            prop_assert_eq!(end.since(start), delay);
            prop_assert_eq!(start.since(end), Duration::ZERO);
        }

        #[test]
        fn rounding_agrees_with_the_library(x in prop_oneof![0.0..1e9, (0..1_000_000_u64).prop_map(|half| half as f64 / 2.0)]) {
            prop_assert_eq!(rounded(x), libm::round(x) as u64);
        }

        /// Up to 2^53 ns a float holds each nanosecond, so the way there and back is exact.
        #[test]
        fn seconds_there_and_back(ns in 0..1_u64 << 52) {
            let duration = Duration::from_ns(ns);
            prop_assert_eq!(Duration::from_seconds(duration.as_seconds()), Ok(duration));
        }

        #[test]
        fn the_short_way_gives_what_the_exact_one_does(seconds in prop_oneof![
            0.0..8_000.0,
            0.0..1e-6,
            // About halfway between two nanoseconds, and about the end of the short way.
            (0..7_300_000_000_000_u64, -0.01..0.01).prop_map(|(ns, off)| (ns as f64 + 0.5 + off) / 1e9),
            (0..7_300_000_000_000_u64).prop_map(|ns| ns as f64 / 1e9),
            7_199.999..7_200.001,
        ]) {
            if let Some(ns) = soon(seconds) {
                prop_assert_eq!(Some(ns), exactly(seconds));
            }
        }
    }
}
