//! Days of the week and sets of them, as a person writes them.

use std::fmt;

use super::CalendarError;

/// A day of the week; Monday is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Day 0.
    Monday = 0,
    /// Day 1.
    Tuesday = 1,
    /// Day 2.
    Wednesday = 2,
    /// Day 3.
    Thursday = 3,
    /// Day 4.
    Friday = 4,
    /// Day 5.
    Saturday = 5,
    /// Day 6.
    Sunday = 6,
}

impl Weekday {
    /// The days in order.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// The day with this number, Monday = 0, counted around the week.
    pub fn from_index(index: u64) -> Self {
        Self::ALL[(index % 7) as usize]
    }

    /// Monday = 0 to Sunday = 6.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The three letters `Mon` to `Sun`.
    pub fn short(self) -> &'static str {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][self.index()]
    }

    /// Reads `Mon` or `Monday`, in any case.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| text.eq_ignore_ascii_case(day.short()) || text.eq_ignore_ascii_case(&format!("{day:?}")))
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

/// A set of weekdays.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DaySet(u8);

impl DaySet {
    /// All seven.
    pub const EVERY_DAY: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);

    /// The set of these days.
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | 1 << day.index()))
    }

    /// Reads `Mon-Fri`, `Sat,Sun`, `workdays`, `weekend`, `every day`.
    ///
    /// Ranges may go around the week (`Fri-Mon`); parts are joined by commas;
    /// case and full names do not matter.
    ///
    /// # Errors
    /// If a part is none of these.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let mut bits = 0;
        for part in text.split(',') {
            bits |= part_bits(part.trim())
                .ok_or_else(|| CalendarError::Days { found: text.to_owned(), unknown: part.trim().to_owned() })?;
        }
        Ok(Self(bits))
    }

    /// Whether a day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.index()) != 0
    }

    /// Whether no day is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days in order, from Monday.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

fn part_bits(part: &str) -> Option<u8> {
    let named = [
        ("workdays", DaySet::WORKDAYS),
        ("weekend", DaySet::WEEKEND),
        ("every day", DaySet::EVERY_DAY),
        ("daily", DaySet::EVERY_DAY),
    ];
    if let Some((_, set)) = named.iter().find(|(name, _)| part.eq_ignore_ascii_case(name)) {
        return Some(set.0);
    }
    let (from, to) = part.split_once('-').unwrap_or((part, part));
    let from = Weekday::parse(from.trim())?.index();
    let to = Weekday::parse(to.trim())?.index();
    let span = (to + 7 - from) % 7;
    Some((from..=from + span).fold(0, |bits, day| bits | 1 << (day % 7)))
}

impl fmt::Debug for DaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DaySet({self})")
    }
}

impl fmt::Display for DaySet {
    /// `every day`, `never`, or runs of days such as `Mon-Wed,Sat`; what
    /// [`DaySet::parse`] reads, except for `never`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EVERY_DAY => return f.write_str("every day"),
            Self(0) => return f.write_str("never"),
            _ => {}
        }
        let days: Vec<Weekday> = self.iter().collect();
        for (place, run) in days.chunk_by(|a, b| a.index() + 1 == b.index()).enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match run {
                [day] => write!(f, "{comma}{day}")?,
                [first, last] => write!(f, "{comma}{first},{last}")?,
                [first, .., last] => write!(f, "{comma}{first}-{last}")?,
                [] => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sets_of_days_are_read_and_shown() {
        for (text, shown) in [
            ("Mon-Fri", "Mon-Fri"),
            ("workdays", "Mon-Fri"),
            ("Sat,Sun", "Sat,Sun"),
            ("WEEKEND", "Sat,Sun"),
            ("Sat - Mon", "Mon,Sat,Sun"),
            ("every day", "every day"),
            ("Monday, wed", "Mon,Wed"),
            ("Mon", "Mon"),
        ] {
            assert_eq!(DaySet::parse(text).expect(text).to_string(), shown);
        }
        let error = DaySet::parse("Mon,Funday").expect_err("no such day");
        assert!(error.to_string().contains("\"Funday\" is no day"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bits in 1_u8..128) {
            let days = DaySet(bits);
            prop_assert_eq!(DaySet::parse(&days.to_string()), Ok(days));
            prop_assert_eq!(DaySet::of(&days.iter().collect::<Vec<_>>()), days);
        }

        #[test]
        fn no_text_panics(text in "(Mon|sun|-|,| |\\PC){0,12}") {
            let _ = DaySet::parse(&text);
        }
    }
}
