//! Moments: of the wall, of the world, and how one follows from the other.

use rehearsal_scenario::Scenario;

/// How the time of the world passes.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// As that of the wall does.
    Wall,
    /// With the moments that events say they happened at: nothing passes between two events but what lies between them.
    Events,
}

/// When the world of a twin begins, and what a moment of the wall is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The moment at which it begins \[ns since 1970\].
    begins: u64,
}

impl Origin {
    /// The beginning of a scenario. Its civil time is taken for UTC.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Origin {
        let text = scenario.period().0;
        let civil: Result<jiff::civil::DateTime, _> = text.parse();
        let begins = civil.ok().and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok());
        let ns = begins.map_or(0, |begins| begins.timestamp().as_nanosecond());
        Origin { begins: u64::try_from(ns).unwrap_or(0) }
    }

    /// A moment \[ns since 1970\] in the world \[ns since its beginning\]; `None` before it.
    #[must_use]
    pub fn in_world(self, unix: u64) -> Option<u64> {
        unix.checked_sub(self.begins)
    }

    /// A moment of the world as one of the wall \[ns since 1970\].
    #[must_use]
    pub fn on_the_wall(self, at: u64) -> u64 {
        self.begins.saturating_add(at)
    }

    /// A moment of the world as RFC 3339 writes it.
    #[must_use]
    pub fn told(self, at: u64) -> String {
        rehearsal_decide::values::moment(self.on_the_wall(at))
    }
}

/// The present of the wall \[ns since 1970\].
#[must_use]
pub fn wall() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The moment of the wall that a text names \[ns since 1970\], such as `2026-11-03T08:30:00Z`.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<u64, String> {
    rehearsal_decide::values::read_moment(text)
}

/// The midnight before a moment \[ns since 1970\], as a scenario's `start` is written.
#[must_use]
pub fn midnight_before(unix: u64) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(unix)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let civil = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("{civil} 00:00")
}
