//! When people are left alone: quiet hours by each person's own clock.
//!
//! There are no time zones in a run. A person's clock stands ahead of that of the run, or behind it, by a fixed span.

use rehearsal_model::calendar::{Calendar, DAY_NS};
use rehearsal_model::hours::Hours;

/// A week \[ns\]: hours repeat after it.
const WEEK_NS: u64 = 7 * DAY_NS;

/// Hours in which nobody is contacted.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    /// The hours, by the person's clock.
    pub hours: Hours,
}

/// How long it stays quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It is not quiet.
    None,
    /// So long \[ns\].
    For(u64),
    /// Forever.
    Always,
}

impl Quiet {
    /// How long it stays quiet at `now` \[ns\] for somebody whose clock is `ahead` of the run's \[ns\].
    #[must_use]
    pub fn rest(&self, calendar: &Calendar, now: u64, ahead: i64) -> Rest {
        // Never before the start: a week earlier and later it is as quiet.
        let ahead = ahead.rem_euclid(WEEK_NS as i64).unsigned_abs();
        let local = now.saturating_add(ahead);
        if !self.hours.is_open(calendar, local) {
            return Rest::None;
        }
        match self.hours.next_change(calendar, local) {
            Some(end) => Rest::For(end - local),
            None => Rest::Always,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rehearsal_model::calendar::{HOUR_NS, MINUTE_NS};

    fn night() -> Quiet {
        Quiet { hours: Hours::parse("21:00-08:00").expect("hours") }
    }

    #[test]
    fn the_night_is_that_of_the_person() {
        let calendar = Calendar::new("2026-11-02 00:00").expect("a start");
        let noon = 12 * HOUR_NS;
        assert_eq!(night().rest(&calendar, noon, 0), Rest::None);
        // Twelve hours ahead it is midnight, twelve hours behind as well.
        assert_eq!(night().rest(&calendar, noon, 12 * HOUR_NS as i64), Rest::For(8 * HOUR_NS));
        assert_eq!(night().rest(&calendar, noon, -12 * HOUR_NS as i64), Rest::For(8 * HOUR_NS));
        assert_eq!(night().rest(&calendar, 0, -3 * HOUR_NS as i64), Rest::For(11 * HOUR_NS));
        let always = Quiet { hours: Hours::always() };
        assert_eq!(always.rest(&calendar, noon, 0), Rest::Always);
    }

    proptest! {
        /// Against clocks moved by hand: minutes since midnight of the person, and how many are left until eight.
        #[test]
        fn quiet_hours_in_zones_are_those_computed_directly(
            start in 0_u64..1440, minute in 0_u64..20_000, ahead in -1560_i64..1560,
        ) {
            let start_text = format!("2026-11-02 {:02}:{:02}", start / 60, start % 60);
            let calendar = Calendar::new(&start_text).expect("a start");
            let clock = (start as i64 + minute as i64 + ahead).rem_euclid(1440);
            let left = match clock {
                0..480 => Some(480 - clock),
                1260.. => Some(1440 - clock + 480),
                _ => None,
            };
            let known = left.map_or(Rest::None, |left| Rest::For(left.unsigned_abs() * MINUTE_NS));
            prop_assert_eq!(night().rest(&calendar, minute * MINUTE_NS, ahead * MINUTE_NS as i64), known);
        }
    }
}
