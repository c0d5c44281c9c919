//! Civil time: which weekday and time of day a moment of the run is.
//!
//! A moment is a `u64` of nanoseconds since the start of the run; a
//! [`Calendar`] says when that start was. Days all have 24 hours: there are no
//! time zones, no daylight saving and no leap seconds here.
//!
//! Start with [`Calendar::new`]; days of the week are a [`Weekday`], sets of
//! them a [`DaySet`].

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

mod civil;
mod days;

pub use civil::Civil;
pub use days::{DaySet, Weekday};

/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE_NS: u64 = 60 * SECOND_NS;
/// Nanoseconds in an hour.
pub const HOUR_NS: u64 = 60 * MINUTE_NS;
/// Nanoseconds in a day.
pub const DAY_NS: u64 = 24 * HOUR_NS;

/// Years in which a run may start: 585 years later is still a date.
const START_YEARS: std::ops::RangeInclusive<i16> = 1..=9000;

/// What is wrong with a date, a time or a set of days.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The text is no start of a calendar.
    #[error("calendar start {found:?}: {reason}; write a date and a time such as \"2026-11-02 00:00\", in the years 1 to 9000")]
    Start {
        /// The text as it was given.
        found: String,
        /// What it failed on.
        reason: String,
    },
    /// The text is no moment.
    #[error(
        "moment {found:?}: {reason}; write \"2026-11-05 08:15\", \"08:15\" on the first day, or \"3d 08:15\" three days later"
    )]
    Moment {
        /// The text as it was given.
        found: String,
        /// What it failed on.
        reason: String,
    },
    /// The text is no moment in the world.
    #[error("moment {found:?}: {reason}; write it as \"2026-11-02T08:00:00+01:00\"")]
    Absolute {
        /// The text as it was given.
        found: String,
        /// What it failed on.
        reason: String,
    },
    /// The moment lies before the run.
    #[error("moment {found:?}: before the start of the calendar, {start}; name a later one")]
    BeforeStart {
        /// The text as it was given.
        found: String,
        /// The start of the calendar.
        start: String,
    },
    /// The moment lies after the last one that can be counted.
    #[error("moment {found:?}: more than 584 years after the start of the calendar; name an earlier one")]
    TooLate {
        /// The text as it was given.
        found: String,
    },
    /// The text is no time of day.
    #[error("time of day {found:?}: write hours and minutes from \"00:00\" to \"23:59\", seconds as \"08:15:30\"")]
    TimeOfDay {
        /// The text as it was given.
        found: String,
    },
    /// The text is no set of days.
    #[error("days {found:?}: {unknown:?} is no day; write \"Mon-Fri\", \"Sat,Sun\", \"workdays\", \"weekend\" or \"every day\"")]
    Days {
        /// The text as it was given.
        found: String,
        /// The part that is no day.
        unknown: String,
    },
}

/// Gives the moments of a run their dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    first_day: Date,
    start_ns: u64,
}

impl Calendar {
    /// A calendar that starts at a date and time such as `2026-11-02 00:00`.
    ///
    /// # Errors
    /// If the text is no such date, or its year is not in 1 to 9000.
    pub fn new(start: &str) -> Result<Self, CalendarError> {
        let error = |reason: String| CalendarError::Start { found: start.to_owned(), reason };
        let (date, start_ns) = parse_datetime(start.trim()).map_err(error)?;
        if !START_YEARS.contains(&date.year()) {
            return Err(error(format!("the year {}", date.year())));
        }
        Ok(Self { first_day: date, start_ns })
    }

    /// The weekday of a moment.
    pub fn weekday(&self, t: u64) -> Weekday {
        let first = self.first_day.weekday().to_monday_zero_offset();
        Weekday::from_index(first.unsigned_abs() as u64 + self.day_index(t) % 7)
    }

    /// The date of a moment: year, month, day of the month, and day of the year; the first of each is 1.
    pub fn civil(&self, t: u64) -> [u64; 4] {
        let date = self.date(t);
        let part = |part: i16| u64::from(part.unsigned_abs());
        [part(date.year()), part(date.month().into()), part(date.day().into()), part(date.day_of_year())]
    }

    /// The time since the last midnight \[ns\].
    pub fn time_of_day_ns(&self, t: u64) -> u64 {
        (self.start_ns + t % DAY_NS) % DAY_NS
    }

    /// How many midnights lie between the start and a moment; day 0 is the
    /// date of the start.
    pub fn day_index(&self, t: u64) -> u64 {
        t / DAY_NS + (self.start_ns + t % DAY_NS) / DAY_NS
    }

    /// The moment when a day begins; 0 for day 0, however late it starts.
    /// `None` if that is later than can be counted.
    pub fn day_start(&self, day_index: u64) -> Option<u64> {
        self.moment(day_index, 0).or((day_index == 0).then_some(0))
    }

    /// A moment as `2026-11-05T08:02:11.004`; what is below 1 ms is cut off.
    pub fn datetime(&self, t: u64) -> String {
        let ms = self.time_of_day_ns(t) / 1_000_000;
        let (s, date) = (ms / 1000, self.date(t));
        let (hour, minute, second) = (s / 3600, s / 60 % 60, s % 60);
        format!("{date}T{hour:02}:{minute:02}:{second:02}.{:03}", ms % 1000)
    }

    /// A moment as `Thu 5 Nov 08:02`.
    pub fn short(&self, t: u64) -> String {
        let minutes = self.time_of_day_ns(t) / MINUTE_NS;
        let date = self.date(t);
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            [usize::from(date.month().unsigned_abs()) - 1];
        let (hour, minute) = (minutes / 60, minutes % 60);
        format!("{} {} {month} {hour:02}:{minute:02}", self.weekday(t), date.day())
    }

    /// Reads a moment: `2026-11-05 08:15`, `08:15` on the first day, or
    /// `3d 08:15` on the third day after the first.
    ///
    /// Seconds and their fractions are allowed; a date alone is its midnight.
    ///
    /// # Errors
    /// If the text is none of these, before the start, or over 584 years after.
    pub fn parse(&self, text: &str) -> Result<u64, CalendarError> {
        let trimmed = text.trim();
        let error = |reason: String| CalendarError::Moment { found: text.to_owned(), reason };
        let (day, time_ns) = if let Some((days, time)) = trimmed.split_once(['d', 'D']) {
            let day = days.trim().parse::<u64>().map_err(|_| error(format!("{:?} is no number of days", days.trim())))?;
            (i128::from(day), parse_time(time.trim()).map_err(error)?)
        } else if trimmed.contains('-') {
            let (date, time_ns) = parse_datetime(trimmed).map_err(error)?;
            let days = date.since(self.first_day).map_err(|e| error(e.to_string()))?;
            (i128::from(days.get_days()), time_ns)
        } else {
            (0, parse_time(trimmed).map_err(error)?)
        };
        let found = || text.to_owned();
        let ns = day * i128::from(DAY_NS) + i128::from(time_ns) - i128::from(self.start_ns);
        if ns < 0 {
            let (found, start) = (found(), self.datetime(0));
            return Err(CalendarError::BeforeStart { found, start });
        }
        u64::try_from(ns).map_err(|_| CalendarError::TooLate { found: found() })
    }

    /// From the start to a date and time such as `2026-11-05 08:15` \[ns\]; negative for one before it.
    ///
    /// # Errors
    /// If the text is no date, or one too far away to be counted.
    pub fn since_start(&self, text: &str) -> Result<i64, CalendarError> {
        let error = |reason: String| CalendarError::Start { found: text.to_owned(), reason };
        let (date, time_ns) = parse_datetime(text).map_err(error)?;
        let days = date.since(self.first_day).map_err(|found| error(found.to_string()))?.get_days();
        let ns = i128::from(days) * i128::from(DAY_NS) + i128::from(time_ns) - i128::from(self.start_ns);
        i64::try_from(ns).map_err(|_| CalendarError::TooLate { found: text.to_owned() })
    }

    /// The first moment strictly after `after` at a time of day on such a day.
    ///
    /// A time of day of 24 hours or more is taken around the clock. `u64::MAX`
    /// if there is none: no days, or the end of what can be counted.
    pub fn next_time_of_day(&self, after: u64, time_of_day_ns: u64, days: DaySet) -> u64 {
        let today = self.day_index(after);
        (today..=today + 7)
            .filter_map(|day| self.moment(day, time_of_day_ns % DAY_NS))
            .find(|&t| t > after && days.contains(self.weekday(t)))
            .unwrap_or(u64::MAX)
    }

    /// The moment of a time of day; `None` before the start or beyond `u64`.
    fn moment(&self, day_index: u64, time_of_day_ns: u64) -> Option<u64> {
        let ns = u128::from(day_index) * u128::from(DAY_NS) + u128::from(time_of_day_ns);
        u64::try_from(ns.checked_sub(u128::from(self.start_ns))?).ok()
    }

    fn date(&self, t: u64) -> Date {
        // At most 585 years after a year of at most 9000: always a date.
        let days = i32::try_from(self.day_index(t)).unwrap_or(i32::MAX);
        self.first_day.saturating_add(days.days())
    }
}

/// Reads a time of day such as `08:15` or `08:15:30` [ns since midnight].
///
/// # Errors
/// If the text is no time from `00:00` up to, not including, `24:00`.
pub fn parse_time_of_day(text: &str) -> Result<u64, CalendarError> {
    parse_time(text.trim()).map_err(|_| CalendarError::TimeOfDay { found: text.to_owned() })
}

fn parse_time(text: &str) -> Result<u64, String> {
    let error = || format!("{text:?} is no time of day");
    if !text.contains(':') || text.len() > 18 {
        return Err(error());
    }
    let time: jiff::civil::Time = text.parse().map_err(|_| error())?;
    Ok(time_ns(time))
}

/// A moment with its distance from Greenwich, such as `2026-11-02T08:00:00+01:00`, as nanoseconds since 1970.
///
/// # Errors
/// If the text is no such moment.
pub fn instant_ns(text: &str) -> Result<i128, CalendarError> {
    let error = |found: jiff::Error| CalendarError::Absolute { found: text.to_owned(), reason: found.to_string() };
    text.parse::<jiff::Timestamp>().map(|instant| instant.as_nanosecond()).map_err(error)
}

fn parse_datetime(text: &str) -> Result<(Date, u64), String> {
    // The parser allows and passes over zones and offsets; here they would lie.
    let allowed = |c: char| c.is_ascii_digit() || "-: .Tt".contains(c);
    if !text.chars().all(allowed) || text.matches('-').count() != 2 {
        return Err("not a date and a time".to_owned());
    }
    let parsed: DateTime = text.parse().map_err(|e: jiff::Error| e.to_string())?;
    Ok((parsed.date(), time_ns(parsed.time())))
}

fn time_ns(time: jiff::civil::Time) -> u64 {
    let seconds = [(time.hour(), 3600), (time.minute(), 60), (time.second(), 1)];
    let whole: u64 = seconds.map(|(n, s)| u64::from(n.unsigned_abs()) * s).iter().sum();
    whole * SECOND_NS + u64::from(time.subsec_nanosecond().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        Calendar::new("2026-11-02 00:00").expect("a date")
    }

    #[test]
    fn dates_are_counted_from_the_start_in_both_directions() {
        let calendar = Calendar::new("2026-11-02 06:00").expect("a date");
        let hour = HOUR_NS as i64;
        assert_eq!(calendar.since_start("2026-11-02 06:00"), Ok(0));
        assert_eq!(calendar.since_start("2026-11-02"), Ok(-6 * hour));
        assert_eq!(calendar.since_start("2027-11-03T06:30:00"), Ok(366 * 24 * hour + hour / 2));
        assert!(calendar.since_start("soon").is_err());
        assert!(calendar.since_start("9000-01-01").is_err());
    }

    #[test]
    fn an_instant_counts_its_distance_from_greenwich() {
        let seconds = |text: &str| instant_ns(text).map(|ns| ns / 1_000_000_000);
        assert_eq!(seconds("1970-01-02T00:00:00Z"), Ok(86_400));
        assert_eq!(seconds("1970-01-02T01:00:00+01:00"), Ok(86_400));
        assert!(seconds("1970-01-02 01:00").is_err());
    }

    #[test]
    fn a_moment_has_its_date() {
        let calendar = calendar();
        let t = 3 * DAY_NS + 8 * HOUR_NS + 2 * MINUTE_NS + 11 * SECOND_NS + 4_999_999;
        assert_eq!(calendar.datetime(t), "2026-11-05T08:02:11.004");
        assert_eq!(calendar.short(t), "Thu 5 Nov 08:02");
        assert_eq!(calendar.weekday(0), Weekday::Monday);
        assert_eq!(calendar.day_index(t), 3);
        assert_eq!(calendar.datetime(u64::MAX), "2611-05-23T23:34:33.709");
    }

    #[test]
    fn a_run_may_start_during_the_day() {
        let calendar = Calendar::new("2024-02-28 18:30").expect("a date");
        assert_eq!(calendar.time_of_day_ns(0), 18 * HOUR_NS + 30 * MINUTE_NS);
        assert_eq!(calendar.day_index(6 * HOUR_NS), 1);
        assert_eq!(calendar.short(6 * HOUR_NS), "Thu 29 Feb 00:30");
        assert_eq!(calendar.day_start(0), Some(0));
        assert_eq!(calendar.day_start(1), Some(5 * HOUR_NS + 30 * MINUTE_NS));
    }

    #[test]
    fn moments_are_read_in_three_forms() {
        let calendar = calendar();
        let time = 8 * HOUR_NS + 15 * MINUTE_NS;
        for (text, t) in [
            ("2026-11-05 08:15", 3 * DAY_NS + time),
            ("2026-11-05T08:15:01.5", 3 * DAY_NS + time + 1_500_000_000),
            ("2026-11-05", 3 * DAY_NS),
            ("08:15", time),
            ("3d 08:15", 3 * DAY_NS + time),
            (" 0d 00:00 ", 0),
        ] {
            assert_eq!(calendar.parse(text), Ok(t), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_said_clearly() {
        let calendar = calendar();
        for text in [
            "",
            "soon",
            "25:00",
            "8",
            "d 08:15",
            "-1d 08:15",
            "3d",
            "2026-13-01 00:00",
            "2026-11-05 08:15Z",
            "2026-11-05 08:15-02:00",
            "99999999999999999999d 08:15",
            "00:00:00.0000000000001",
            "é:ü",
            "2026-11-05 24:30",
        ] {
            assert!(matches!(calendar.parse(text), Err(CalendarError::Moment { .. })), "{text}: {:?}", calendar.parse(text));
        }
        let early = calendar.parse("2026-11-01 23:59").expect_err("before the start");
        assert_eq!(
            early.to_string(),
            "moment \"2026-11-01 23:59\": before the start of the calendar, \
             2026-11-02T00:00:00.000; name a later one"
        );
        assert!(matches!(calendar.parse("9999999d 00:00"), Err(CalendarError::TooLate { .. })));
        for text in ["", "tomorrow", "2026-02-30 00:00", "9999-01-01 00:00", "-000001-01-01 00:00"] {
            assert!(matches!(Calendar::new(text), Err(CalendarError::Start { .. })), "{text}");
        }
    }

    #[test]
    fn the_next_time_of_day_is_strictly_later() {
        let calendar = calendar();
        let eight = 8 * HOUR_NS;
        assert_eq!(calendar.next_time_of_day(0, eight, DaySet::EVERY_DAY), eight);
        assert_eq!(calendar.next_time_of_day(eight, eight, DaySet::EVERY_DAY), DAY_NS + eight);
        let monday = DaySet::of(&[Weekday::Monday]);
        assert_eq!(calendar.next_time_of_day(eight, eight, monday), 7 * DAY_NS + eight);
        assert_eq!(calendar.next_time_of_day(0, eight, DaySet::of(&[])), u64::MAX);
        assert_eq!(calendar.next_time_of_day(u64::MAX - 1, eight, monday), u64::MAX);
    }

    fn day_set(bits: u8) -> DaySet {
        let days = Weekday::ALL.into_iter().filter(|day| bits & (1 << day.index()) != 0);
        DaySet::of(&days.collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(minutes in 0_u64..10_000_000) {
            let calendar = Calendar::new("2019-12-30 07:45").expect("a date");
            let t = minutes * MINUTE_NS;
            prop_assert_eq!(calendar.parse(&calendar.datetime(t)), Ok(t));
        }

        #[test]
        fn weekdays_agree_with_the_dates(t in any::<u64>()) {
            let calendar = Calendar::new("2026-11-02 13:00").expect("a date");
            let date = calendar.date(t).weekday().to_monday_zero_offset();
            prop_assert_eq!(calendar.weekday(t).index(), usize::from(date.unsigned_abs()));
        }

        #[test]
        fn the_next_time_of_day_is_the_first(after in 0_u64..30 * DAY_NS, tod in 0..DAY_NS, bits in 1_u8..128) {
            let calendar = Calendar::new("2026-11-02 13:00").expect("a date");
            let next = calendar.next_time_of_day(after, tod, day_set(bits));
            prop_assert!(next > after && next - after <= 7 * DAY_NS);
            prop_assert_eq!(calendar.time_of_day_ns(next), tod);
            prop_assert!(day_set(bits).contains(calendar.weekday(next)));
            let mut earlier = next;
            while earlier > after + DAY_NS {
                earlier -= DAY_NS;
                prop_assert!(!day_set(bits).contains(calendar.weekday(earlier)));
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = Calendar::new(&text);
            let _ = calendar().parse(&text);
        }
    }
}
