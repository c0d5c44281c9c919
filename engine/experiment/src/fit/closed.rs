//! Laws whose most likely parameters need no search, or one over a single number.

use super::{Family, Seen};
use libm::{exp, log, log1p};

/// The most likely parameters where they are known in closed form, or by one root; `None` where they are to be searched.
pub(super) fn closed(family: Family, sample: &[Seen]) -> Option<Vec<f64>> {
    let n = sample.len() as f64;
    let ended = sample.iter().filter(|seen| !seen.cut_off).count() as f64;
    debug_assert!(!sample.iter().any(|seen| seen.lifted), "closed forms know nothing of floors");
    let whole = ended == n;
    let values = || sample.iter().map(|seen| seen.value);
    let sum: f64 = values().sum();
    match family {
        Family::Exponential => Some(vec![sum / ended]),
        Family::Weibull => weibull(sample, ended),
        Family::Poisson if whole => Some(vec![sum / n]),
        Family::Chance if whole => Some(vec![sum / n]),
        Family::Geometric if whole => Some(vec![n / (n + sum)]),
        Family::Normal if whole => {
            let (mean, sd) = moments(values());
            Some(vec![mean, sd])
        }
        Family::LogNormal if whole => {
            let (mean, sd) = moments(values().map(log));
            Some(vec![exp(mean), sd])
        }
        Family::Uniform => {
            let ends = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
            Some(vec![ends.0, ends.1])
        }
        Family::Pareto => {
            let least = sample.iter().filter(|seen| !seen.cut_off).map(|seen| seen.value).fold(f64::INFINITY, f64::min);
            // What was cut off below the least says nothing.
            let excess: f64 = values().map(|value| log(value / least).max(0.0)).sum();
            Some(vec![ended / excess, least])
        }
        _ => None,
    }
}

/// Mean and standard deviation with divisor n.
pub(super) fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    (mean, libm::sqrt(squares / n))
}

/// Weibull: the shape is the root of a rising function, the scale follows from it.
///
/// # Source
///
/// Lawless (2003), "Statistical models and methods for lifetime data", equation 5.2.7, with values that are cut off.
fn weibull(sample: &[Seen], ended: f64) -> Option<Vec<f64>> {
    let largest = sample.iter().map(|seen| seen.value).fold(0.0, f64::max);
    let ends = sample.iter().filter(|seen| !seen.cut_off && seen.value > 0.0);
    let mean_log = ends.map(|seen| log(seen.value / largest)).sum::<f64>() / ended;
    let sums = |shape: f64| {
        let positive = sample.iter().filter(|seen| seen.value > 0.0).map(|seen| log(seen.value / largest));
        positive.fold((0.0, 0.0), |(all, by_log), z| {
            let power = exp(shape * z);
            (all + power, by_log + power * z)
        })
    };
    let rising = |shape: f64| {
        let (all, by_log) = sums(shape);
        by_log / all - 1.0 / shape - mean_log
    };
    let (mut low, mut high) = (1e-3, 1.0);
    while rising(high) < 0.0 {
        (low, high) = (high, high * 2.0);
        if high > 1e6 {
            return None;
        }
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if rising(middle) < 0.0 {
            low = middle
        } else {
            high = middle
        }
        if high - low < 1e-13 * high {
            break;
        }
    }
    let shape = f64::midpoint(low, high);
    Some(vec![shape, largest * exp(log(sums(shape).0 / ended) / shape)])
}

/// Where a search may begin: parameters from the moments of the values, those that are cut off among them.
pub(super) fn start(family: Family, sample: &[Seen]) -> Vec<f64> {
    let values = || sample.iter().map(|seen| seen.value);
    let (mean, sd) = moments(values());
    let sd = if sd > 0.0 { sd } else { mean.abs().max(1.0) };
    let logs = moments(values().filter(|value| *value > 0.0).map(log));
    let spread = if logs.1 > 0.0 { logs.1 } else { 1.0 };
    let squared = (mean / sd) * (mean / sd);
    match family {
        Family::LogNormal => vec![exp(logs.0), spread],
        // The standard deviation of a logistic law is pi / sqrt 3.
        Family::LogLogistic => vec![exp(logs.0), 1.813_799 / spread],
        Family::Gamma => vec![squared, sd * sd / mean],
        Family::Erlang => vec![squared.round().max(1.0), mean],
        // The standard deviation of a Gumbel law is pi / sqrt 6 times its scale, its mean 0.5772 scales above the mode.
        Family::Gumbel => vec![mean - 0.450_053 * sd, 0.779_697 * sd],
        Family::Beta => {
            let common = (mean * (1.0 - mean) / (sd * sd) - 1.0).max(0.1);
            vec![mean * common, (1.0 - mean) * common]
        }
        Family::Normal => vec![mean, sd],
        Family::Weibull => vec![1.2 / spread, mean],
        Family::Geometric | Family::Chance => vec![(1.0 / (1.0 + mean)).clamp(1e-6, 1.0 - 1e-6)],
        _ => vec![mean],
    }
}

/// From a probability to a number without bounds, and back.
pub(super) fn logit(share: f64) -> f64 {
    log(share) - log1p(-share)
}

/// The inverse of [`logit`].
pub(super) fn logistic(at: f64) -> f64 {
    1.0 / (1.0 + exp(-at))
}
