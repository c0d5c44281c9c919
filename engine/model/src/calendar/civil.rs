//! Questions about dates and times of day, as expressions ask them.

use super::{Calendar, DAY_NS, DaySet, HOUR_NS, SECOND_NS};
use crate::hours::Hours;

/// A question about civil time with one argument word and one answer word.
#[derive(Clone, Debug, PartialEq)]
pub enum Civil {
    /// today(clock): that time of the present day.
    Today,
    /// clock(span): a time of day, so long after midnight; the span in seconds, as the bits of a real number.
    ClockOf,
    /// hour(time): whole hours since midnight.
    HourOf,
    /// year(time), month(time), day(time): of its date.
    DateOf {
        /// 0 for the year, 1 for the month, 2 for the day of the month, 3 for the day of the year.
        part: u8,
    },
    /// weekday(time): Monday is 0.
    WeekdayOf,
    /// open(hours): whether it is within hours now; takes nothing.
    Open {
        /// When it is.
        hours: Hours,
    },
    /// next(clock, days): the next moment at that time of day.
    NextClock {
        /// The days it may fall on.
        days: DaySet,
    },
}

/// Whether a moment lies before the story begins.
fn is_before(word: u64) -> bool {
    (word as i64) < 0
}

/// A moment with the time of day and the weekday of `word`, which may lie before the story begins.
fn in_a_week(word: u64) -> u64 {
    if is_before(word) { (word as i64).rem_euclid(7 * DAY_NS as i64) as u64 } else { word }
}

impl Civil {
    /// The answer for the argument `word` at the moment `now` \[ns\].
    #[must_use]
    pub fn of(&self, calendar: &Calendar, now: u64, word: u64) -> u64 {
        match self {
            // On the day on which the story begins it may lie before it: then it is negative, as a word with a sign.
            Civil::Today => (now + word).wrapping_sub(calendar.time_of_day_ns(now)).min(u64::MAX - 1),
            Civil::ClockOf => {
                let day = (DAY_NS / SECOND_NS) as f64;
                let seconds = f64::from_bits(word);
                ((seconds - day * libm::floor(seconds / day)) * 1e9) as u64
            }
            Civil::HourOf => calendar.time_of_day_ns(in_a_week(word)) / HOUR_NS,
            // Of what lies before the story, the date on which it begins.
            Civil::DateOf { part } => calendar.civil(if is_before(word) { 0 } else { word })[*part as usize],
            Civil::WeekdayOf => calendar.weekday(in_a_week(word)).index() as u64,
            Civil::Open { hours } => u64::from(hours.is_open(calendar, now)),
            Civil::NextClock { days } => calendar.next_time_of_day(now, word, *days),
        }
    }
}
