//! Moments of a run as people write them: since the start, or as the calendar says.

use jiff::civil::{DateTime, Time};

const SECOND: u64 = 1_000_000_000;

/// Units of durations, with their length in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("ms", SECOND / 1_000),
    ("s", SECOND),
    ("min", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("day", 86_400 * SECOND),
    ("w", 7 * 86_400 * SECOND),
];

/// A text that names no moment of a run: what is wrong, and what may be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time `{text}` {why}: write `36h`, `1d 8h 30min`, `2026-11-05 08:30`, `5 Nov 08:30` or `08:30`")]
pub struct MomentError {
    text: String,
    why: String,
}

/// The moment that `text` names, in nanoseconds since the start, in a run that begins at the civil time `start`.
///
/// Understood are durations since the start (`36h`, `1d 8h 30min`), dates with a time (`2026-11-05
/// 08:30`, `2026-11-05T08:30:15`), times as stories show them (`Thu 5 Nov 08:31`) and times of day (`08:30`): the first
/// such from the start on.
///
/// # Errors
/// Anything else, and what lies before the start.
pub fn parse(text: &str, start: &str) -> Result<u64, MomentError> {
    let fault = |why: &str| MomentError { text: text.into(), why: why.into() };
    if let Some(since) = duration(text) {
        return Ok(since);
    }
    let start: Option<DateTime> = start.trim().parse().ok();
    let start = start.ok_or_else(|| fault("is a date, and the trace does not say when it starts"))?;
    let moment = civil(text, start).ok_or_else(|| fault("is not understood"))?;
    let since = moment.duration_since(start);
    u64::try_from(since.as_nanos()).map_err(|_| fault(&format!("lies before the start of the run, {start}")))
}

/// A length of time as an option takes it \[ns\].
///
/// # Errors
/// Anything but numbers with units of time.
pub fn span(text: &str) -> Result<u64, String> {
    duration(text).ok_or_else(|| "write a span such as `10s` or `1h 30min`".into())
}

/// Several numbers with units, with or without spaces; `None` for anything else.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let tail = rest[end..].trim_start();
        let end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (_, length) = UNITS.iter().find(|(unit, _)| *unit == &tail[..end])?;
        total = total.checked_add(number.checked_mul(*length)?)?;
        rest = tail[end..].trim_start();
    }
    Some(total)
}

fn civil(text: &str, start: DateTime) -> Option<DateTime> {
    let text = text.trim().replace('\u{a0}', " ");
    if let Ok(moment) = text.parse::<DateTime>() {
        return Some(moment);
    }
    if let Some(time) = text.parse::<Time>().ok().filter(|_| text.contains(':')) {
        let today = start.date().to_datetime(time);
        return if today >= start { Some(today) } else { start.date().tomorrow().ok().map(|day| day.to_datetime(time)) };
    }
    // As a story says it, without a year: the first such moment from the start on.
    let (first, rest) = text.split_once(' ')?;
    let day_first = if first.starts_with(|c: char| c.is_ascii_digit()) { text.as_str() } else { rest };
    let of_year = |year: i16| {
        let dated = format!("{year} {day_first}");
        let with = |pattern| DateTime::strptime(pattern, &dated).ok();
        with("%Y %d %b %H:%M:%S").or_else(|| with("%Y %d %b %H:%M"))
    };
    let this_year = of_year(start.year()).filter(|moment| *moment >= start);
    this_year.or_else(|| of_year(start.year().checked_add(1)?)).or_else(|| of_year(start.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2026-11-02 00:00";

    fn hours(text: &str) -> String {
        match parse(text, START) {
            Ok(at) => format!("{} h", at as f64 / (3_600 * SECOND) as f64),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn since_the_start() {
        assert_eq!(hours("36h"), "36 h");
        assert_eq!(hours("1d 8h 30min"), "32.5 h");
        assert_eq!(hours(" 1d8h "), "32 h");
        assert_eq!(hours("0s"), "0 h");
        assert_eq!(hours("2 w"), "336 h");
    }

    #[test]
    fn as_the_calendar_says() {
        assert_eq!(hours("2026-11-03 08:30"), "32.5 h");
        assert_eq!(hours("2026-11-03T08:30:00"), "32.5 h");
        assert_eq!(hours("2026-11-03"), "24 h");
        assert_eq!(hours("Tue 3 Nov 08:30"), "32.5 h");
        assert_eq!(hours("3 Nov 08:30:00"), "32.5 h");
        assert_eq!(hours("08:30"), "8.5 h");
        assert_eq!(parse("08:30", "2026-11-02 09:00").unwrap(), (23 * 3_600 + 1_800) * SECOND);
        assert_eq!(parse("1 Jan 00:00", "2026-12-31 23:00").unwrap(), 3_600 * SECOND);
    }

    #[test]
    fn what_is_not_a_time_says_what_is() {
        for text in ["", "noon", "36", "3 parsecs", "99999999999999999999h", "20000000w", "-3h", "1.5h", "é"] {
            assert!(hours(text).contains("write `36h`"), "{text}");
        }
        assert!(hours("2026-11-01 08:00").contains("before the start"));
        assert!(parse("2026-11-03", "soon").unwrap_err().to_string().contains("does not say when it starts"));
        assert!(parse("36h", "soon").is_ok());
    }
}
