//! What a cell of a file says: a number in a unit, or a moment.

use rehearsal_language::unit::{Dimension, Unit};
use rehearsal_model::calendar::Calendar;

/// What numbers are counted in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// The unit, for what is no plain number.
    pub(super) unit: Option<Unit>,
    /// What it measures.
    pub(super) dimension: Dimension,
}

impl Measure {
    /// Plain numbers.
    pub(super) const PLAIN: Measure = Measure { unit: None, dimension: Dimension::NONE };

    /// A number in base units.
    pub(super) fn to_base(self, value: f64) -> f64 {
        self.unit.map_or(value, |unit| unit.to_base(value))
    }
}

/// The number that a cell says, in base units.
pub(super) fn number(text: &str, measure: Measure) -> Result<f64, String> {
    let text = text.trim();
    // What Rust reads besides, such as `inf` and `nan`, is no number in a table.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let value = text.parse::<f64>().ok().filter(|_| digits).map(|value| measure.to_base(value));
    value.filter(|value| value.is_finite()).ok_or_else(|| format!("{} is no number", quoted(text)))
}

/// The moment that a cell says, in nanoseconds from the start: so many of a unit after it, or a date.
pub(super) fn moment(text: &str, clock: Option<Measure>, calendar: &Calendar) -> Result<i64, String> {
    match clock {
        Some(measure) => {
            let seconds = number(text, measure)?;
            match seconds.abs() < 9e9 {
                true => Ok(libm::round(seconds * 1e9) as i64),
                false => Err(format!("{} is further from the start than can be counted", quoted(text.trim()))),
            }
        }
        None => calendar.since_start(text.trim()).map_err(|_| {
            format!("{} is no date and time such as 2026-11-02 08:30; if it is a number, give its time_unit", quoted(text.trim()))
        }),
    }
}

/// A cell in a fault, cut to what people read.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let shown: String = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN_MAX { format!("`{shown}...`") } else { format!("`{shown}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_language::unit;

    #[test]
    fn numbers_are_read_in_their_unit() {
        let minutes = unit::lookup("min").map(|unit| Measure { unit: Some(unit), dimension: unit.dimension }).expect("a unit");
        assert_eq!(number(" 2.5 ", minutes), Ok(150.0));
        assert_eq!(number("-1e3", Measure::PLAIN), Ok(-1000.0));
        for bad in ["", "abc", "1,5", "inf", "NaN", "1e999", "1_000", "0x10", "--1"] {
            assert!(number(bad, Measure::PLAIN).is_err(), "{bad}");
        }
        assert_eq!(quoted(&"x".repeat(50)), format!("`{}...`", "x".repeat(40)));
    }

    #[test]
    fn moments_are_dates_or_counted_from_the_start() {
        let calendar = Calendar::new("2026-11-02 06:00").expect("a date");
        let hours = unit::lookup("h").map(|unit| Measure { unit: Some(unit), dimension: unit.dimension });
        assert_eq!(moment("1.5", hours, &calendar), Ok(5_400_000_000_000));
        assert_eq!(moment("2026-11-02 07:00", None, &calendar), Ok(3_600_000_000_000));
        assert_eq!(moment("2026-11-02", None, &calendar), Ok(-21_600_000_000_000));
        assert!(moment("yesterday", None, &calendar).is_err());
        assert!(moment("1e10", hours, &calendar).is_err());
    }
}
