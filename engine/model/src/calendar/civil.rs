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

impl Civil {
    /// The answer for the argument `word` at the moment `now` \[ns\].
    #[must_use]
    pub fn of(&self, calendar: &Calendar, now: u64, word: u64) -> u64 {
        match self {
            // On the day on which the story begins midnight may lie before it.
            Civil::Today => (now + word).saturating_sub(calendar.time_of_day_ns(now)),
            Civil::ClockOf => {
                let day = (DAY_NS / SECOND_NS) as f64;
                let seconds = f64::from_bits(word);
                ((seconds - day * libm::floor(seconds / day)) * 1e9) as u64
            }
            Civil::HourOf => calendar.time_of_day_ns(word) / HOUR_NS,
            Civil::DateOf { part } => calendar.civil(word)[*part as usize],
            Civil::WeekdayOf => calendar.weekday(word).index() as u64,
            Civil::Open { hours } => u64::from(hours.is_open(calendar, now)),
            Civil::NextClock { days } => calendar.next_time_of_day(now, word, *days),
        }
    }
}
