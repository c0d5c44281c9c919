//! Streaming features: what a policy remembers of a profile, in a few words of its row.
//!
//! A feature is fed one value at a time and never looks back. Late events do not arise inside a run, where events come in
//! the order of their time.

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feature {
    /// How many in a row were true, counting back from the last.
    Streak,
    /// How many came in the last stretch of time \[s\].
    CountIn {
        /// The stretch.
        window: f64,
    },
    /// The last value.
    Last,
    /// The exponentially weighted mean, as if over the last `over` values.
    Mean {
        /// How many values it looks over.
        over: f64,
    },
    /// The trend: how much the value rises from one reading to the next, smoothed over the last `over` readings.
    ///
    /// # Source
    /// C. C. Holt, "Forecasting seasonals and trends by exponentially weighted moving averages" (1957): level and trend,
    /// both with weight 2 / (over + 1).
    Trend {
        /// How many readings it looks over.
        over: f64,
    },
    /// How many came at all.
    Count,
}

/// Moments that [`Feature::CountIn`] keeps; more in one window are counted as this many.
pub const MOMENTS_MAX: usize = 6;

impl Feature {
    /// Words of state.
    #[must_use]
    pub fn words(self) -> u16 {
        match self {
            Feature::Streak | Feature::Last | Feature::Count => 1,
            Feature::Mean { .. } => 2,
            Feature::Trend { .. } => 3,
            Feature::CountIn { .. } => 1 + MOMENTS_MAX as u16,
        }
    }

    /// Whether its value changes by the mere passing of time.
    #[must_use]
    pub fn fades(self) -> bool {
        matches!(self, Feature::CountIn { .. })
    }

    /// Whether it has a value: a count always has, all others once they were fed.
    #[must_use]
    pub fn present(self, state: &[u64]) -> bool {
        match self {
            Feature::Streak | Feature::Count | Feature::CountIn { .. } | Feature::Last => true,
            Feature::Mean { .. } => state[1] > 0,
            Feature::Trend { .. } => state[2] > 0,
        }
    }

    /// Takes in a value; for [`Feature::Streak`] anything but zero is true. `now` in nanoseconds.
    pub fn feed(self, state: &mut [u64], value: f64, now: u64) {
        match self {
            Feature::Streak => state[0] = if value == 0.0 { 0 } else { state[0] + 1 },
            Feature::Last => state[0] = value.to_bits(),
            Feature::Count => state[0] += 1,
            Feature::Mean { over } => {
                let weight = if state[1] == 0 { 1.0 } else { 2.0 / (over + 1.0) };
                let mean = f64::from_bits(state[0]);
                state[0] = (mean + weight * (value - mean)).to_bits();
                state[1] += 1;
            }
            Feature::Trend { over } => feed_trend(state, value, 2.0 / (over + 1.0)),
            Feature::CountIn { .. } => {
                state.copy_within(1..MOMENTS_MAX, 2);
                state[1] = now + 1;
                state[0] = (state[0] + 1).min(MOMENTS_MAX as u64);
            }
        }
    }

    /// The value as rules read it: a whole number for counts, a real one (as bits) otherwise.
    #[must_use]
    pub fn value(self, state: &[u64], now: u64) -> u64 {
        match self {
            Feature::Streak | Feature::Last | Feature::Count | Feature::Mean { .. } => state[0],
            Feature::Trend { .. } => state[1],
            Feature::CountIn { window } => {
                let window = (window * 1e9) as u64;
                let recent = |moment: &&u64| now.saturating_sub(**moment - 1) <= window;
                state[1..=state[0] as usize].iter().filter(recent).count() as u64
            }
        }
    }
}

/// State: level, trend, number of readings.
fn feed_trend(state: &mut [u64], value: f64, weight: f64) {
    let (level, trend) = (f64::from_bits(state[0]), f64::from_bits(state[1]));
    let (level, trend) = match state[2] {
        0 => (value, 0.0),
        _ => {
            let next = weight * value + (1.0 - weight) * (level + trend);
            (next, weight * (next - level) + (1.0 - weight) * trend)
        }
    };
    state[0] = level.to_bits();
    state[1] = trend.to_bits();
    state[2] += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(feature: Feature, values: &[f64]) -> Vec<u64> {
        let mut state = vec![0; feature.words() as usize];
        for (at, value) in values.iter().enumerate() {
            feature.feed(&mut state, *value, at as u64 * 1_000_000_000);
        }
        state
    }

    #[test]
    fn a_streak_counts_back_to_the_last_false() {
        let state = fed(Feature::Streak, &[1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(Feature::Streak.value(&state, 0), 3);
    }

    #[test]
    fn the_trend_of_a_straight_line_is_its_slope() {
        let feature = Feature::Trend { over: 10.0 };
        let line: Vec<f64> = (0..400).map(|at| 20.0 + 0.25 * f64::from(at)).collect();
        let slope = f64::from_bits(feature.value(&fed(feature, &line), 0));
        assert!((slope - 0.25).abs() < 1e-6, "slope {slope}");
    }

    #[test]
    fn the_mean_of_one_value_is_that_value_and_forgets_slowly() {
        let feature = Feature::Mean { over: 3.0 };
        assert_eq!(f64::from_bits(fed(feature, &[8.0])[0]), 8.0);
        assert_eq!(f64::from_bits(fed(feature, &[8.0, 4.0])[0]), 6.0);
    }

    #[test]
    fn old_events_leave_the_window() {
        let feature = Feature::CountIn { window: 2.0 };
        let state = fed(feature, &[1.0; 4]);
        assert_eq!(feature.value(&state, 3_000_000_000), 3);
        assert_eq!(feature.value(&state, 5_000_000_000), 1);
        assert_eq!(feature.value(&state, 9_000_000_000), 0);
    }
}
