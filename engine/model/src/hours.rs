//! Weekly hours: when a place is open, a person works, a channel is manned.
//!
//! [`Hours::parse`] reads what a person writes on a door. Public holidays and
//! seasons are not part of it.

use std::fmt;

use crate::calendar::{Calendar, DAY_NS, DaySet, HOUR_NS, MINUTE_NS, SECOND_NS, Weekday};

const WEEK_NS: u64 = 7 * DAY_NS;

/// What is wrong with written hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hours {found:?}: {reason}; write \"Mon-Fri 08:00-18:00; Sat 09:00-12:00,14:00-16:00\", \"24/7\" or \"closed\"")]
pub struct HoursError {
    /// The text as it was given.
    pub found: String,
    /// What it failed on.
    pub reason: String,
}

/// Open times that repeat every week.
///
/// Equal if open at the same times, however they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Open from, up to but not including [ns since Monday 00:00]; ascending,
    /// none touching the next.
    open: Vec<(u64, u64)>,
}

impl Hours {
    /// Open at all times.
    pub fn always() -> Self {
        let open = vec![(0, WEEK_NS)];
        Self { open }
    }

    /// Never open.
    pub fn never() -> Self {
        Self { open: Vec::new() }
    }

    /// Reads hours such as `Mon-Fri 08:00-18:00; Sat 09:00-13:00`.
    ///
    /// Rules are joined by `;` and add up. A rule is a set of days as
    /// [`DaySet::parse`] reads it, then spans joined by commas; without days it
    /// holds every day. A span that ends before it starts goes on into the next
    /// day, `Fri 22:00-02:00`; `24:00` is the end of a day. A rule `Sun closed`
    /// adds nothing. `24/7` is always, `closed` never.
    ///
    /// # Errors
    /// If a day or a time is none, or a span is empty.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let error = |reason: String| HoursError { found: text.to_owned(), reason };
        if text.trim().is_empty() {
            return Err(error("nothing is written".to_owned()));
        }
        let mut spans = Vec::new();
        for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
            parse_rule(rule, &mut spans).map_err(error)?;
        }
        Ok(Self::from_spans(spans))
    }

    /// Merges spans of the week, which may reach into the next one.
    fn from_spans(spans: Vec<(u64, u64)>) -> Self {
        let mut cut: Vec<(u64, u64)> = spans
            .into_iter()
            .flat_map(|(from, to)| [(from, to.min(WEEK_NS)), (0, to.saturating_sub(WEEK_NS))])
            .filter(|(from, to)| from < to)
            .collect();
        cut.sort_unstable();
        let mut open: Vec<(u64, u64)> = Vec::new();
        for (from, to) in cut {
            match open.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => open.push((from, to)),
            }
        }
        Self { open }
    }

    /// Whether it is open on a weekday at a time of day \[ns\].
    pub fn open(&self, weekday: Weekday, time_of_day_ns: u64) -> bool {
        self.open_at(weekday.index() as u64 * DAY_NS + time_of_day_ns % DAY_NS)
    }

    /// Whether it is open at a moment.
    pub fn is_open(&self, calendar: &Calendar, t: u64) -> bool {
        self.open_at(week_time(calendar, t))
    }

    /// The first open moment at or after `t`; `None` if there is none.
    pub fn next_open(&self, calendar: &Calendar, t: u64) -> Option<u64> {
        if self.is_open(calendar, t) {
            return Some(t);
        }
        self.next_change(calendar, t)
    }

    /// The first moment after `t` at which it opens or closes; `None` if it
    /// never does.
    pub fn next_change(&self, calendar: &Calendar, t: u64) -> Option<u64> {
        let now = week_time(calendar, t);
        let was_open = self.open_at(now);
        // Two weeks hold the next change, wherever in the week one starts.
        [0, WEEK_NS]
            .into_iter()
            .flat_map(|week| self.open.iter().flat_map(move |&(a, b)| [week + a, week + b]))
            .find(|&edge| edge > now && self.open_at(edge % WEEK_NS) != was_open)
            .and_then(|edge| t.checked_add(edge - now))
    }

    /// How long it is open from `a` up to `b` \[ns\]; 0 if `b` is not later.
    pub fn open_between(&self, calendar: &Calendar, a: u64, b: u64) -> u64 {
        let Some(span) = b.checked_sub(a) else {
            return 0;
        };
        let (from, weeks) = (week_time(calendar, a), span / WEEK_NS);
        let to = from + span % WEEK_NS;
        let whole = self.open_before(WEEK_NS);
        let rest = self.open_before(to.min(WEEK_NS)) - self.open_before(from) + self.open_before(to.saturating_sub(WEEK_NS));
        weeks * whole + rest
    }

    /// How long it is open in a week \[ns\].
    pub fn weekly_ns(&self) -> u64 {
        self.open_before(WEEK_NS)
    }

    fn open_at(&self, week_time: u64) -> bool {
        let next = self.open.partition_point(|&(from, _)| from <= week_time);
        next > 0 && week_time < self.open[next - 1].1
    }

    /// How long it is open from Monday 00:00 up to a time of the week \[ns\].
    fn open_before(&self, week_time: u64) -> u64 {
        self.open.iter().map(|&(from, to)| to.min(week_time).saturating_sub(from)).sum()
    }

    /// The spans that start on each weekday, as times of that day \[ns\]; an end
    /// past midnight is above `DAY_NS`, and below a day after its start.
    fn by_day(&self) -> [Vec<(u64, u64)>; 7] {
        let mut spans = self.open.clone();
        // What goes on from Sunday into Monday is one span again.
        if spans.len() > 1 && spans[0].0 == 0 && spans[spans.len() - 1].1 == WEEK_NS {
            let monday = spans.remove(0);
            if let Some(sunday) = spans.last_mut() {
                sunday.1 += monday.1;
            }
        }
        let mut days: [Vec<(u64, u64)>; 7] = Default::default();
        for (mut from, to) in spans {
            while from < to {
                let midnight = (from / DAY_NS + 1) * DAY_NS;
                let end = if to < from + DAY_NS { to } else { midnight.min(to) };
                let day = (from / DAY_NS) as usize;
                let base = day as u64 * DAY_NS;
                days[day % 7].push((from - base, end - base));
                from = end;
            }
        }
        days.iter_mut().for_each(|spans| spans.sort_unstable());
        days
    }
}

fn week_time(calendar: &Calendar, t: u64) -> u64 {
    calendar.weekday(t).index() as u64 * DAY_NS + calendar.time_of_day_ns(t)
}

/// Adds the spans of one rule, as times of the week \[ns\].
fn parse_rule(rule: &str, spans: &mut Vec<(u64, u64)>) -> Result<(), String> {
    if rule == "24/7" || rule.eq_ignore_ascii_case("always") {
        spans.push((0, WEEK_NS));
        return Ok(());
    }
    // Days end where the first time, or the word closed, starts.
    let (days, times) = match rule.find(|c: char| c.is_ascii_digit()) {
        Some(start) => rule.split_at(start),
        None => match split_last_word(rule) {
            (days, word) if word.eq_ignore_ascii_case("closed") => (days, ""),
            _ => return Err(format!("{rule:?} has no times")),
        },
    };
    let days = match days.trim().trim_end_matches(':') {
        "" => DaySet::EVERY_DAY,
        written => DaySet::parse(written).map_err(|_| format!("{written:?} are no days"))?,
    };
    for span in times.split(',').map(str::trim).filter(|_| !times.is_empty()) {
        let (from, to) = parse_span(span)?;
        spans.extend(days.iter().map(|day| {
            let base = day.index() as u64 * DAY_NS;
            (base + from, base + to)
        }));
    }
    Ok(())
}

fn split_last_word(text: &str) -> (&str, &str) {
    text.rsplit_once(char::is_whitespace).unwrap_or(("", text))
}

/// Reads `08:00-18:00`; an end past midnight is above `DAY_NS`.
fn parse_span(span: &str) -> Result<(u64, u64), String> {
    let unclear = || format!("{span:?} is no span of times");
    let (from, to) = span.split_once('-').ok_or_else(unclear)?;
    let from_ns = parse_clock(from.trim()).ok_or_else(unclear)?;
    let to_ns = parse_clock(to.trim()).ok_or_else(unclear)?;
    match from_ns.cmp(&to_ns) {
        _ if from_ns == DAY_NS => Err(format!("{span:?} starts at the end of a day")),
        std::cmp::Ordering::Less => Ok((from_ns, to_ns)),
        std::cmp::Ordering::Equal => Err(format!("{span:?} is empty")),
        std::cmp::Ordering::Greater => Ok((from_ns, to_ns + DAY_NS)),
    }
}

/// Reads `8:00`, `08:00`, `08:00:30` or `24:00` [ns since midnight].
fn parse_clock(text: &str) -> Option<u64> {
    let mut units = [0_u64; 3];
    let mut count = 0;
    for part in text.split(':') {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        *units.get_mut(count).filter(|_| digits)? = part.parse().ok()?;
        count += 1;
    }
    let [hours, minutes, seconds] = units;
    let ns = hours * HOUR_NS + minutes * MINUTE_NS + seconds * SECOND_NS;
    (count >= 2 && minutes < 60 && seconds < 60 && ns <= DAY_NS).then_some(ns)
}

/// A time of day as it is written, with seconds only where there are some.
fn clock(ns: u64, is_end: bool) -> String {
    let around = if is_end && ns == DAY_NS { DAY_NS } else { ns % DAY_NS };
    let seconds = around / SECOND_NS;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

impl fmt::Display for Hours {
    /// What [`Hours::parse`] reads back to the same hours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.open.is_empty() {
            return f.write_str("closed");
        }
        if *self == Self::always() {
            return f.write_str("24/7");
        }
        let written = self.by_day().map(|spans| {
            let times = spans.iter().map(|&(a, b)| format!("{}-{}", clock(a, false), clock(b, true)));
            times.collect::<Vec<_>>().join(",")
        });
        let mut rules = Vec::new();
        for (day, times) in written.iter().enumerate() {
            if times.is_empty() || written[..day].contains(times) {
                continue;
            }
            let same: Vec<Weekday> = Weekday::ALL.into_iter().filter(|other| written[other.index()] == *times).collect();
            rules.push(format!("{} {times}", DaySet::of(&same)));
        }
        f.write_str(&rules.join("; "))
    }
}

impl std::str::FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        Calendar::new("2026-11-02 00:00").expect("a Monday")
    }

    fn hours(text: &str) -> Hours {
        Hours::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_shop_opens_and_closes() {
        let (calendar, shop) = (calendar(), hours("Mon-Fri 08:00-18:00; Sat 09:00-13:00"));
        assert!(shop.open(Weekday::Monday, 8 * HOUR_NS));
        assert!(!shop.open(Weekday::Monday, 18 * HOUR_NS));
        assert!(!shop.open(Weekday::Sunday, 12 * HOUR_NS));
        assert_eq!(shop.next_open(&calendar, 0), Some(8 * HOUR_NS));
        assert_eq!(shop.next_open(&calendar, 9 * HOUR_NS), Some(9 * HOUR_NS));
        let saturday_evening = 5 * DAY_NS + 13 * HOUR_NS;
        assert_eq!(shop.next_open(&calendar, saturday_evening), Some(7 * DAY_NS + 8 * HOUR_NS));
        assert_eq!(shop.next_change(&calendar, 8 * HOUR_NS), Some(18 * HOUR_NS));
        assert_eq!(shop.weekly_ns(), 54 * HOUR_NS);
        assert_eq!(shop.open_between(&calendar, 0, 14 * DAY_NS), 108 * HOUR_NS);
        assert_eq!(shop.open_between(&calendar, DAY_NS, 0), 0);
    }

    #[test]
    fn hours_are_shown_as_they_are_written() {
        for (text, shown) in [
            ("Mon-Fri 08:00-18:00; Sat 09:00-13:00", "Mon-Fri 08:00-18:00; Sat 09:00-13:00"),
            ("mon-fri: 8:00-12:00, 13:00-17:00", "Mon-Fri 08:00-12:00,13:00-17:00"),
            ("Fri 22:00-02:00", "Fri 22:00-02:00"),
            ("Sun 22:00-02:00", "Sun 22:00-02:00"),
            ("09:00-17:00; Sun closed", "every day 09:00-17:00"),
            ("every day 00:00-24:00", "24/7"),
            ("24/7", "24/7"),
            ("closed", "closed"),
            ("Mon 00:00-24:00", "Mon 00:00-24:00"),
            ("Mon 08:00-10:00; Mon 09:00-11:30:15", "Mon 08:00-11:30:15"),
        ] {
            assert_eq!(hours(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_hours_is_said_clearly() {
        for text in [
            "",
            "Mon",
            "Mon 8-18",
            "Mon 08:00",
            "Mon 25:00-26:00",
            "Mon 08:00-08:00",
            "Funday 08:00-09:00",
            "Mon 08:60-09:00",
            "Mon 08:00-09:00,",
            "Mon 24:00-02:00",
            "Mon 08:00-09:00 10:00-11:00",
            "Mon open",
            "Mon 1:2:3:4-5:00",
            "Mon +8:00-09:00",
            "Mon é8:00-ü9:00",
        ] {
            assert!(Hours::parse(text).is_err(), "{text}");
        }
        let error = Hours::parse("Mon 08:00-08:00").expect_err("empty");
        assert!(error.to_string().contains("is empty; write \"Mon-Fri"), "{error}");
    }

    #[test]
    fn always_and_never_do_not_change() {
        let calendar = calendar();
        for fixed in [Hours::always(), Hours::never()] {
            assert_eq!(fixed.next_change(&calendar, 5 * HOUR_NS), None);
        }
        assert_eq!(Hours::never().next_open(&calendar, 0), None);
        assert_eq!(Hours::always().next_open(&calendar, 7), Some(7));
        let late = hours("Mon 08:00-09:00");
        assert_eq!(late.next_open(&calendar, u64::MAX - 1), None);
    }

    fn any_hours() -> impl Strategy<Value = Hours> {
        let span = (0_u64..7, 0_u64..1440, 1_u64..1440);
        prop::collection::vec(span, 0..8).prop_map(|spans| {
            let week = |(day, from, length)| {
                let start = day * DAY_NS + from * MINUTE_NS;
                (start, start + length * MINUTE_NS)
            };
            Hours::from_spans(spans.into_iter().map(week).collect())
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(hours in any_hours()) {
            prop_assert_eq!(Hours::parse(&hours.to_string()), Ok(hours));
        }

        #[test]
        fn open_time_agrees_with_looking_at_every_change(
            hours in any_hours(), a in 0_u64..20_000, length in 0_u64..40_000,
        ) {
            let calendar = Calendar::new("2026-11-05 13:20").expect("a date");
            let (a, b) = (a * MINUTE_NS, (a + length) * MINUTE_NS);
            let (mut at, mut open) = (a, 0);
            while at < b {
                let next = hours.next_change(&calendar, at).unwrap_or(b).min(b);
                prop_assert!(next > at);
                open += if hours.is_open(&calendar, at) { next - at } else { 0 };
                at = next;
            }
            prop_assert_eq!(hours.open_between(&calendar, a, b), open);
        }

        #[test]
        fn it_stays_as_it_is_until_the_next_change(hours in any_hours(), t in 0_u64..20_000) {
            let (calendar, t) = (calendar(), t * MINUTE_NS);
            let now = hours.is_open(&calendar, t);
            if let Some(change) = hours.next_change(&calendar, t) {
                prop_assert_eq!(hours.is_open(&calendar, change), !now);
                let minutes = (t..change).step_by(MINUTE_NS as usize);
                prop_assert!(minutes.into_iter().all(|m| hours.is_open(&calendar, m) == now));
            }
        }

        #[test]
        fn no_text_panics(text in "(Mon|Fri|-|,|;| |:|[0-9]|\\PC){0,20}") {
            let _ = Hours::parse(&text);
        }
    }
}
