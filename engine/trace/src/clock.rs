//! Civil time: what the calendar and the clock say at a moment of the run.
//!
//! The run's start is a civil date and time without a zone; no hour is ever
//! skipped or repeated here.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::error::TraceError;

/// Turns times of a run into dates.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: DateTime,
}

impl Clock {
    /// A clock for a run that begins at `start`, such as `2026-11-02 00:00`.
    ///
    /// # Errors
    /// When `start` is not a civil date and time.
    pub fn new(start: &str) -> Result<Self, TraceError> {
        let parsed = start.trim().parse();
        let start = parsed.map_err(|error: jiff::Error| TraceError::Start { start: start.into(), fault: error.to_string() })?;
        Ok(Clock { start })
    }

    /// Weekday, date and time to the second: `Thu 5 Nov 08:02:11`.
    pub fn second(&self, at: u64) -> String {
        self.format(at, "%a %-d %b %H:%M:%S")
    }

    /// Weekday, date and time to the minute: `Mon 9 Nov 10:00`.
    pub fn minute(&self, at: u64) -> String {
        self.format(at, "%a %-d %b %H:%M")
    }

    /// Weekday, date with its year and time: `Mon 9 Nov 2026 10:00:00`.
    pub fn full(&self, at: u64) -> String {
        self.format(at, "%a %-d %b %Y %H:%M:%S")
    }

    /// Weekday in full, date and time to the minute: `Thursday 5 Nov 08:02`.
    pub fn day(&self, at: u64) -> String {
        self.format(at, "%A %-d %b %H:%M")
    }

    /// The time of day, with the date only when `at` is on another day than
    /// `now`: `08:31` or `Fri 6 Nov 08:31`.
    pub fn near(&self, at: u64, now: u64) -> String {
        match (self.moment(at), self.moment(now)) {
            (Some(a), Some(b)) if a.date() == b.date() => self.format(at, "%H:%M"),
            _ => self.minute(at),
        }
    }

    /// Seconds since midnight; none beyond the year 9999, where the calendar ends.
    #[must_use]
    pub fn second_of_day(&self, at: u64) -> Option<u32> {
        let time = self.moment(at)?.time();
        let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(|part| part.unsigned_abs());
        Some(u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second))
    }

    fn format(&self, at: u64, pattern: &str) -> String {
        let shown = self.moment(at).map(|moment| moment.strftime(pattern).to_string());
        shown.unwrap_or_else(|| format!("{} s", at / 1_000_000_000))
    }

    /// None beyond the year 9999, where the calendar ends.
    fn moment(&self, at: u64) -> Option<DateTime> {
        let since = SignedDuration::new((at / 1_000_000_000) as i64, 0);
        self.start.checked_add(since).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn dates_roll_over_months_years_and_leap_days() {
        let clock = Clock::new("2027-12-31 23:59").unwrap();
        assert_eq!(clock.second(59 * SECOND), "Fri 31 Dec 23:59:59");
        assert_eq!(clock.full(60 * SECOND), "Sat 1 Jan 2028 00:00:00");
        assert_eq!(clock.minute((60 + 59 * 86_400) * SECOND), "Tue 29 Feb 00:00");
    }

    #[test]
    fn the_date_is_left_out_on_the_same_day() {
        let clock = Clock::new("2026-11-05T08:00:00").unwrap();
        assert_eq!(clock.near(1_860 * SECOND, 0), "08:31");
        assert_eq!(clock.near(88_260 * SECOND, 0), "Fri 6 Nov 08:31");
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        let clock = Clock::new("9999-12-31").unwrap();
        assert_eq!(clock.minute(u64::MAX), "18446744073 s");
        assert_eq!(clock.second_of_day(u64::MAX), None);
        assert_eq!(clock.second_of_day((3_600 + 62) * SECOND), Some(3_662));
    }

    #[test]
    fn a_start_that_is_no_date_is_refused() {
        let error = Clock::new("next monday").unwrap_err().to_string();
        assert!(error.starts_with("the run starts at 'next monday', which is not a civil"));
    }
}
