//! From values to places in a picture, and the round values that are written beside it.

use std::fmt::Write;

use super::text::tick;

/// Values between `low` and `high` lie between the places `from` and `to` \[px, or %\].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// The axis on which the least and the greatest of some values lie at the ends; about a single value it has some room.
    pub(crate) fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Axis> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        let room = if high - low > 1e-12 * high.abs().max(low.abs()) { 0.0 } else { (0.5 * high.abs()).max(0.5) };
        Some(Axis { low: low - room, high: high + room, from, to })
    }

    /// As it is, with 0 at its end where 0 is near.
    pub(crate) fn with_zero(self) -> Axis {
        let reach = 0.6;
        if self.low > 0.0 && self.low < reach * self.high {
            return Axis { low: 0.0, ..self };
        }
        if self.high < 0.0 && self.high > reach * self.low { Axis { high: 0.0, ..self } } else { self }
    }

    /// With room of a share of its length at both ends; not beyond 0 where it ends there.
    pub(crate) fn with_room(self, share: f64) -> Axis {
        let room = (self.high - self.low) * share;
        let low = if self.low == 0.0 { 0.0 } else { self.low - room };
        let high = if self.high == 0.0 { 0.0 } else { self.high + room };
        Axis { low, high, ..self }
    }

    pub(crate) fn low(&self) -> f64 {
        self.low
    }

    pub(crate) fn high(&self) -> f64 {
        self.high
    }

    /// The place of a value; of one beyond the ends the end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// The axis of time from 0 to `seconds`, its ticks with their words, and the unit of these.
    pub(crate) fn of_time(seconds: f64, from: f64, to: f64) -> (Axis, Vec<(f64, String)>, &'static str) {
        let (unit, word, steps): (f64, _, &[f64]) = if seconds > 3.0 * 86_400.0 {
            (86_400.0, "days", &[1.0, 2.0, 7.0, 14.0, 28.0, 56.0])
        } else if seconds > 3.0 * 3_600.0 {
            (3_600.0, "hours", &[1.0, 2.0, 3.0, 6.0, 12.0, 24.0])
        } else {
            (60.0, "minutes", &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0])
        };
        let units = seconds / unit;
        let step = steps.iter().copied().find(|step| units / step <= 6.5).unwrap_or_else(|| round_step(units / 5.0));
        let count = (units / step + 1e-9).floor() as usize;
        let ticks = (0..=count).map(|at| (at as f64 * step * unit, tick(at as f64 * step, step))).collect();
        (Axis { low: 0.0, high: seconds.max(1e-9), from, to }, ticks, word)
    }

    /// Round values on it with their words, about `wanted` of them.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let step = round_step((self.high - self.low) / wanted.max(1) as f64);
        let first = (self.low / step - 1e-9).ceil();
        (0..=2 * wanted + 2)
            .map(|at| (first + at as f64) * step)
            .take_while(|value| *value <= self.high + 1e-9 * step)
            .map(|value| (value, tick(value + 0.0, step)))
            .collect()
    }
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is no less than `least`.
fn round_step(least: f64) -> f64 {
    if !(least > 0.0 && least.is_finite()) {
        return 1.0;
    }
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    [1.0, 2.0, 2.5, 5.0].map(|step| step * power).into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// A place with one decimal at most, as SVG takes it.
pub(crate) fn px(value: f64) -> String {
    let mut text = format!("{value:.1}");
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    if text == "-0" { "0".into() } else { text }
}

/// A path through points.
pub(crate) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (place, (x, y)) in points.enumerate() {
        let _ = write!(text, "{}{} {}", if place == 0 { 'M' } else { 'L' }, px(x), px(y));
    }
    text
}

/// Words below a horizontal axis; those at its ends stay within it.
pub(crate) fn below(axis: &Axis, ticks: &[(f64, String)], y: f64) -> String {
    let width = axis.to - axis.from;
    let mut text = String::new();
    for (value, words) in ticks {
        let x = axis.place(*value);
        let anchor = match (x - axis.from) / width {
            share if share < 0.04 => "start",
            share if share > 0.96 => "end",
            _ => "middle",
        };
        text += &format!("<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{words}</text>", px(x), px(y));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn ticks_are_round_and_lie_within() {
        let axis = Axis::of([0.3, 9.7].into_iter(), 0.0, 100.0).unwrap().with_zero();
        assert_eq!(words(axis.ticks(4)), ["0", "2.5", "5.0", "7.5"]);
        let narrow = Axis::of([98.2, 98.9].into_iter(), 0.0, 100.0).unwrap().with_zero();
        assert_eq!(words(narrow.ticks(3)), ["98.25", "98.50", "98.75"]);
        assert!(Axis::of([].into_iter(), 0.0, 1.0).is_none());
    }

    #[test]
    fn a_single_value_lies_in_the_middle() {
        for value in [0.0, 5.0, -3e9, 1e-9] {
            let axis = Axis::of([value, value].into_iter(), 10.0, 20.0).unwrap();
            assert!((axis.place(value) - 15.0).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn time_has_natural_steps() {
        let of = |seconds| {
            let (_, ticks, unit) = Axis::of_time(seconds, 0.0, 1.0);
            format!("{} {unit}", words(ticks).join(" "))
        };
        assert_eq!(of(42.0 * 86_400.0), "0 7 14 21 28 35 42 days");
        assert_eq!(of(86_400.0), "0 6 12 18 24 hours");
        assert_eq!(of(3_600.0), "0 10 20 30 40 50 60 minutes");
        assert_eq!(of(202.0 * 86_400.0), "0 56 112 168 days");
    }

    #[test]
    fn places_are_short() {
        assert_eq!([px(1.04), px(12.345), px(-0.01), px(3.0)], ["1", "12.3", "0", "3"]);
    }
}
