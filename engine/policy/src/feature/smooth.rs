//! Smoothed values: all that came counts, what is older counts less.

use super::MISSING;

/// The weight of a value in a mean as if over `over` of them.
fn weight(over: f64) -> f64 {
    2.0 / (over + 1.0)
}

/// State: the mean.
pub(super) fn mean(state: &mut [u64], value: f64, over: f64) {
    let weight = if state[0] == MISSING { 1.0 } else { weight(over) };
    let mean = if state[0] == MISSING { 0.0 } else { f64::from_bits(state[0]) };
    state[0] = (mean + weight * (value - mean)).to_bits();
}

/// State: the mean, the sum of all weights at the last value, and when that came \[ns\].
pub(super) fn fade(state: &mut [u64], value: f64, half_life: f64, now: u64) {
    let (mean, weights) = match state[0] {
        MISSING => (0.0, 0.0),
        mean => (f64::from_bits(mean), f64::from_bits(state[1])),
    };
    let past = now.saturating_sub(state[2]) as f64 / 1e9;
    let weights = weights * libm::exp2(-past / half_life) + 1.0;
    state[0] = (mean + (value - mean) / weights).to_bits();
    state[1] = weights.to_bits();
    state[2] = now;
}

/// State: trend, level.
pub(super) fn trend(state: &mut [u64], value: f64, over: f64) {
    let weight = weight(over);
    let (trend, level) = (f64::from_bits(state[0]), f64::from_bits(state[1]));
    let (level, trend) = if state[0] == MISSING {
        (value, 0.0)
    } else {
        let next = weight * value + (1.0 - weight) * (level + trend);
        (next, weight * (next - level) + (1.0 - weight) * trend)
    };
    state[0] = trend.to_bits();
    state[1] = level.to_bits();
}
