//! Streaming features: what a policy remembers of a profile, in a few words of its row.
//!
//! A feature is fed event by event, in the order of their time, and never looks back: its state are a few words, which
//! [`Feature::start`] makes, [`Feature::feed`] changes and [`Feature::value`] reads. The events that it looks at are counted
//! one by one (`feature/moments.rs`), kept as readings (`feature/readings.rs`), folded into panes of time
//! (`feature/panes.rs`), or smoothed (`feature/smooth.rs`). Late and repeated events are sorted out before, see
//! [`crate::order`].

mod moments;
mod panes;
mod readings;
mod smooth;

/// The word of a value that is not there, as expressions have it.
pub const MISSING: u64 = 0x7ff8_dead_beef_0001;

/// The most readings that a window keeps.
pub const READINGS_MAX: u16 = 32;

/// The most moments that a count over a span keeps, see [`Feature::CountWithin`].
pub const MOMENTS_MAX: u16 = 32;

/// Moments that a count over a span keeps where nothing else is said.
pub const MOMENTS: u16 = 6;

/// The most panes of a window of time.
pub const PANES_MAX: u16 = 32;

/// Panes of a window of time where nothing else is said.
pub const PANES: u16 = 8;

/// The most events that [`Feature::CountOfLast`] looks back over: one bit each.
pub const LAST_MAX: u16 = 64;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feature {
    /// How many in a row were true, counting back from the last.
    Streak,
    /// How many came at all.
    Count,
    /// How many came in the last stretch of time, exactly, but no more than so many.
    CountWithin {
        /// The stretch \[ns\]; what is just so old counts.
        span: u64,
        /// The most that are counted.
        up_to: u16,
    },
    /// How many of the last events were true.
    CountOfLast {
        /// How many events it looks over.
        readings: u16,
    },
    /// How long ago the last came \[s\].
    Since,
    /// The last value.
    Last,
    /// Sum, mean, least, most or slope of the values in a window.
    Fold {
        /// What is computed.
        fold: Fold,
        /// Over which of them.
        over: Over,
    },
    /// The exponentially weighted mean, as if over the last `over` values: each has the weight 2 / (over + 1).
    Ewma {
        /// How many values it looks over.
        over: f64,
    },
    /// The mean in which the weight of a value halves every so often.
    HalfLife {
        /// How often \[s\].
        half_life: f64,
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
}

/// What is made of the values in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their sum; 0 where there are none.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Min,
    /// The most.
    Max,
    /// How fast they rise, by least squares \[1/s\]; there has to be more than one moment.
    Slope,
}

/// A window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// All that ever came.
    Ever,
    /// The last so many.
    Readings(u16),
    /// Those of the last stretch of time. It is cut into panes, and a value leaves with its pane: it counts for less than
    /// the span and for at least the span without one pane.
    Span {
        /// The stretch \[ns\].
        span: u64,
        /// Into how many panes it is cut.
        panes: u16,
    },
}

impl Feature {
    /// Words of state.
    #[must_use]
    #[inline]
    pub fn words(self) -> u16 {
        match self {
            Feature::Streak | Feature::Count | Feature::CountOfLast { .. } | Feature::Since | Feature::Last => 1,
            Feature::CountWithin { up_to, .. } => up_to,
            Feature::Fold { fold, over: Over::Ever } => {
                if fold == Fold::Mean {
                    2
                } else {
                    1
                }
            }
            Feature::Fold { fold, over: Over::Readings(readings) } => readings::words(fold, readings),
            Feature::Fold { fold, over: Over::Span { panes, .. } } => panes::words(fold, panes),
            Feature::Ewma { .. } => 1,
            Feature::Trend { .. } => 2,
            Feature::HalfLife { .. } => 3,
        }
    }

    /// Whether the first word of its state is its value at any time, so that it may be read without a call.
    #[must_use]
    pub fn is_stored(self) -> bool {
        match self {
            Feature::CountWithin { .. } | Feature::CountOfLast { .. } | Feature::Since => false,
            Feature::Fold { over, .. } => over == Over::Ever,
            _ => true,
        }
    }

    /// Whether its value is a whole number: those that count. They are 0 at first, and never missing.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Feature::Streak | Feature::Count | Feature::CountWithin { .. } | Feature::CountOfLast { .. })
    }

    /// Whether it has a value before anything came: counts and sums, which are 0 then.
    #[must_use]
    pub fn is_never_missing(self) -> bool {
        self.is_whole() || matches!(self, Feature::Fold { fold: Fold::Sum, .. })
    }

    /// What is said where it has no value, behind its name.
    #[must_use]
    pub fn why_missing(self) -> &'static str {
        match self {
            Feature::Fold { fold: Fold::Slope, .. } => "has no two moments in its window",
            Feature::Fold { over: Over::Span { .. }, .. } => "has nothing in its window",
            _ => "was never fed",
        }
    }

    /// Whether it is fed by every event, with 1 where the test holds and 0 where it does not. All others are fed by those
    /// that pass the test, and do not know of the rest.
    #[must_use]
    pub fn takes_all(self) -> bool {
        matches!(self, Feature::Streak | Feature::CountOfLast { .. })
    }

    /// The first word of the state before anything came; all others are 0.
    #[must_use]
    pub fn first_word(self) -> u64 {
        if self.is_stored() && !self.is_never_missing() { MISSING } else { 0 }
    }

    /// The state before anything came.
    pub fn start(self, state: &mut [u64]) {
        state.fill(0);
        state[0] = self.first_word();
    }

    /// Takes in a value at `now` \[ns\]; for those that take all events anything but zero is true.
    #[inline(always)]
    pub fn feed(self, state: &mut [u64], value: f64, now: u64) {
        match self {
            Feature::Streak => state[0] = if value == 0.0 { 0 } else { state[0] + 1 },
            Feature::Count => state[0] += 1,
            Feature::CountWithin { .. } => moments::push(state, now),
            Feature::CountOfLast { readings } => state[0] = moments::shifted(state[0], value != 0.0, readings),
            Feature::Since => state[0] = now + 1,
            Feature::Last => state[0] = value.to_bits(),
            Feature::Fold { fold, over: Over::Ever } => fold_in(fold, state, value),
            Feature::Fold { fold, over: Over::Readings(readings) } => readings::push(fold, readings, state, value, now),
            Feature::Fold { fold, over: Over::Span { span, panes } } => panes::push(fold, (span, panes), state, value, now),
            Feature::Ewma { over } => smooth::mean(state, value, over),
            Feature::HalfLife { half_life } => smooth::fade(state, value, half_life, now),
            Feature::Trend { over } => smooth::trend(state, value, over),
        }
    }

    /// The value as rules read it at `now` \[ns\]: a whole number for counts, a real one (as bits) otherwise, [`MISSING`]
    /// where there is none.
    #[must_use]
    pub fn value(self, state: &[u64], now: u64) -> u64 {
        match self {
            Feature::CountWithin { span, .. } => moments::within(state, span, now),
            Feature::CountOfLast { .. } => u64::from(state[0].count_ones()),
            Feature::Since if state[0] == 0 => MISSING,
            Feature::Since => ((now + 1).saturating_sub(state[0]) as f64 / 1e9).to_bits(),
            Feature::Fold { fold, over: Over::Readings(readings) } => word(readings::value(fold, readings, state)),
            Feature::Fold { fold, over: Over::Span { span, panes } } => word(panes::value(fold, (span, panes), state, now)),
            _ => state[0],
        }
    }

    /// Whether there is a value at `now` \[ns\]: what was never fed has none, but for counts and sums, which are 0.
    #[must_use]
    pub fn present(self, state: &[u64], now: u64) -> bool {
        self.value(state, now) != MISSING
    }
}

fn word(value: Option<f64>) -> u64 {
    value.map_or(MISSING, f64::to_bits)
}

/// Takes a value into a fold over all that ever came.
fn fold_in(fold: Fold, state: &mut [u64], value: f64) {
    let before = (state[0] != MISSING).then(|| f64::from_bits(state[0]));
    let folded = match (fold, before) {
        (Fold::Sum, before) => before.unwrap_or(0.0) + value,
        (Fold::Mean, before) => {
            state[1] += 1;
            let before = before.unwrap_or(0.0);
            before + (value - before) / state[1] as f64
        }
        (Fold::Min, Some(before)) => before.min(value),
        (Fold::Max, Some(before)) => before.max(value),
        (Fold::Min | Fold::Max, None) => value,
        (Fold::Slope, _) => unreachable!("a slope is over readings or a span"),
    };
    state[0] = folded.to_bits();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(feature: Feature, values: &[f64]) -> Vec<u64> {
        let mut state = vec![0; feature.words() as usize];
        feature.start(&mut state);
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
    fn the_weighted_mean_of_one_value_is_that_value_and_forgets_slowly() {
        let feature = Feature::Ewma { over: 3.0 };
        assert_eq!(f64::from_bits(fed(feature, &[8.0])[0]), 8.0);
        assert_eq!(f64::from_bits(fed(feature, &[8.0, 4.0])[0]), 6.0);
    }

    #[test]
    fn old_events_leave_the_window() {
        let feature = Feature::CountWithin { span: 2_000_000_000, up_to: 6 };
        let state = fed(feature, &[1.0; 4]);
        assert_eq!(feature.value(&state, 3_000_000_000), 3);
        assert_eq!(feature.value(&state, 5_000_000_000), 1);
        assert_eq!(feature.value(&state, 9_000_000_000), 0);
    }

    #[test]
    fn what_was_never_fed_is_missing_but_counts_and_sums_are_zero() {
        let over = Over::Span { span: 1_000, panes: 4 };
        for feature in [Feature::Last, Feature::Since, Feature::Trend { over: 3.0 }, Feature::Fold { fold: Fold::Max, over }] {
            assert!(!feature.present(&fed(feature, &[]), 0), "{feature:?}");
            assert!(feature.present(&fed(feature, &[1.0]), 0), "{feature:?}");
        }
        for feature in [Feature::Streak, Feature::CountOfLast { readings: 9 }, Feature::Fold { fold: Fold::Sum, over }] {
            assert_eq!(feature.value(&fed(feature, &[]), 7), 0, "{feature:?}");
        }
    }
}
