//! Moments of a run as other programs read them.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::error::ExportError;

const SECOND: u64 = 1_000_000_000;

/// Turns times of a run into moments of the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Civil {
    start: DateTime,
}

impl Civil {
    /// A calendar for a run that begins at `start`, a civil date and time.
    pub(crate) fn new(start: &str) -> Result<Civil, ExportError> {
        let start = start.trim().parse().map_err(|_| ExportError::Start { start: start.into() })?;
        Ok(Civil { start })
    }

    /// The moment `at` \[ns since the start\] as in ISO 8601, to the microsecond: `2026-11-05T08:02:11.000000Z`.
    ///
    /// The civil time of the run is written as if it were that of Greenwich, since it has no zone. Beyond the year 9999,
    /// where the calendar ends, it is the last moment of that year.
    pub(crate) fn iso(&self, at: u64) -> String {
        let moment = self.moment(at);
        let (date, time) = (moment.date(), moment.time());
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.subsec_nanosecond() / 1_000
        )
    }

    /// The same in microseconds since 1970-01-01 00:00.
    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn microseconds(&self, at: u64) -> i64 {
        let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let since = self.moment(at).duration_since(epoch);
        since.as_secs() * 1_000_000 + i64::from(since.subsec_nanos()).div_euclid(1_000)
    }

    fn moment(&self, at: u64) -> DateTime {
        let since = SignedDuration::new((at / SECOND) as i64, (at % SECOND) as i32);
        self.start.checked_add(since).unwrap_or(DateTime::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_full() {
        let civil = Civil::new("2027-12-31 23:59").unwrap();
        assert_eq!(civil.iso(0), "2027-12-31T23:59:00.000000Z");
        assert_eq!(civil.iso(60 * SECOND + 1_234_999), "2028-01-01T00:00:00.001234Z");
        assert_eq!(Civil::new("2026-11-02T00:00:00.000").unwrap().iso(0), "2026-11-02T00:00:00.000000Z");
        assert_eq!(Civil::new("9999-12-31").unwrap().iso(u64::MAX), "9999-12-31T23:59:59.999999Z");
        assert!(Civil::new("next monday").unwrap_err().to_string().contains("'next monday'"));
    }

    #[test]
    fn microseconds_count_from_1970() {
        let civil = Civil::new("1970-01-02 00:00").unwrap();
        assert_eq!(civil.microseconds(1_500), 86_400_000_001);
        assert_eq!(Civil::new("1969-12-31 23:59:59").unwrap().microseconds(0), -1_000_000);
    }
}
