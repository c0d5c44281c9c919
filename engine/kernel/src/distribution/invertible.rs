//! Laws with a closed inverse, cut off at two bounds or tied to a score that others share.

use super::normal::{normal, normal_quantile};
use super::{hazard, uniform};
use crate::stream::{Bits, Branch, unit_open};

/// A law that turns luck into a value by a formula, with the parameters of the function of its name.
///
/// Parameters outside the domain of that function give NaN or nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Invertible {
    /// `low`, `high`
    Uniform(f64, f64),
    /// `low`, `mode`, `high`
    Triangular(f64, f64, f64),
    /// `mean`
    Exponential(f64),
    /// `mean`, `sd`
    Normal(f64, f64),
    /// `median`, `sigma`
    LogNormal(f64, f64),
    /// `shape`, `scale`
    Weibull(f64, f64),
    /// `shape`, `least`
    Pareto(f64, f64),
    /// `median`, `shape`
    LogLogistic(f64, f64),
    /// `mode`, `scale`
    Gumbel(f64, f64),
}

use Invertible::{Exponential, Gumbel, LogLogistic, LogNormal, Normal, Pareto, Triangular, Uniform, Weibull};

impl Invertible {
    /// The value as far up in this law as the score `z` is in the standard normal law.
    #[must_use]
    pub fn at_score(self, z: f64) -> f64 {
        match self {
            Normal(mean, sd) => mean + sd * z,
            LogNormal(median, sigma) => median * libm::exp(sigma * z),
            Uniform(low, high) => low + (high - low) * below(z),
            Triangular(low, mode, high) => triangular_at(low, mode, high, below(z)),
            _ => self.at_hazard(hazard::of_score(z)),
        }
    }

    /// A value of this law on the condition that it lies from `low` to `high`; one draw.
    ///
    /// `None` where that has no chance, or less of one than numbers can tell from none.
    pub fn between(self, bits: &mut (impl Bits + ?Sized), low: f64, high: f64) -> Option<f64> {
        let draw = bits.next();
        if low >= high || low.is_nan() || high.is_nan() {
            return None;
        }
        let u = unit_open(draw);
        let found = match self {
            Uniform(least, most) => {
                let (from, to) = (low.max(least), high.min(most));
                (from < to).then(|| uniform(&mut || draw, from, to))?
            }
            Triangular(least, mode, most) => {
                let share = |x| triangular_below(least, mode, most, x);
                triangular_at(least, mode, most, part(u, share(low), share(high))?)
            }
            Normal(mean, sd) => mean + sd * score_between(u, (low - mean) / sd, (high - mean) / sd)?,
            LogNormal(median, sigma) => {
                let score = |x: f64| libm::log(x.max(0.0) / median) / sigma;
                median * libm::exp(sigma * score_between(u, score(low), score(high))?)
            }
            _ => self.at_hazard(hazard::between(u, self.hazard(low), self.hazard(high))?),
        };
        // A formula may round to beyond its bound.
        Some(found.clamp(low, high))
    }

    fn at_hazard(self, h: f64) -> f64 {
        match self {
            Exponential(mean) => mean * h,
            Weibull(shape, scale) => hazard::weibull_at(shape, scale, h),
            Pareto(shape, least) => hazard::pareto_at(shape, least, h),
            LogLogistic(median, shape) => hazard::loglogistic_at(median, shape, h),
            Gumbel(mode, scale) => hazard::gumbel_at(mode, scale, h),
            Uniform(..) | Triangular(..) | Normal(..) | LogNormal(..) => f64::NAN,
        }
    }

    fn hazard(self, x: f64) -> f64 {
        match self {
            Exponential(mean) => x.max(0.0) / mean,
            Weibull(shape, scale) => hazard::weibull_of(shape, scale, x),
            Pareto(shape, least) => hazard::pareto_of(shape, least, x),
            LogLogistic(median, shape) => hazard::loglogistic_of(median, shape, x),
            Gumbel(mode, scale) => hazard::gumbel_of(mode, scale, x),
            Uniform(..) | Triangular(..) | Normal(..) | LogNormal(..) => f64::NAN,
        }
    }
}

/// A score that leans on another: `by` of it, the rest luck of its own; one draw.
///
/// Standard normal where `score` is, and correlated with it by `by`. Domain: `by` from −1 to 1.
///
/// # Source
///
/// The Gaussian copula of one factor, R. B. Nelsen, "An introduction to copulas", section 2.3.
pub fn leaning(bits: &mut (impl Bits + ?Sized), score: f64, by: f64) -> f64 {
    let own = normal(bits, 0.0, 1.0);
    if !(-1.0..=1.0).contains(&by) {
        return f64::NAN;
    }
    by * score + libm::sqrt(1.0 - by * by) * own
}

/// The first value that lies from `low` to `high` of as many as `tries` that `draw` gives; one draw.
///
/// For laws without a closed inverse. `None` where none of them does.
pub fn rejected(
    bits: &mut (impl Bits + ?Sized),
    (low, high): (f64, f64),
    tries: u32,
    mut draw: impl FnMut(&mut dyn Bits) -> f64,
) -> Option<f64> {
    let mut branch = Branch::new(bits.next());
    (0..tries).map(|_| draw(&mut branch)).find(|value| (low..=high).contains(value))
}

/// The share of the standard normal law below a score.
fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2)
}

/// The share `u` of the way from one probability to another.
fn part(u: f64, from: f64, to: f64) -> Option<f64> {
    (from < to).then_some(from + u * (to - from))
}

/// A standard normal score between two; in the upper half by what lies above, to keep its digits.
fn score_between(u: f64, low: f64, high: f64) -> Option<f64> {
    if low >= 0.0 {
        return Some(-normal_quantile(part(u, below(-high), below(-low))?));
    }
    Some(normal_quantile(part(u, below(low), below(high))?))
}

/// The value of the triangular law with the share `p` below it.
pub(super) fn triangular_at(low: f64, mode: f64, high: f64, p: f64) -> f64 {
    let (width, left, right) = (high - low, mode - low, high - mode);
    // Roots apart, so that no product of two large widths overflows.
    if p * width < left {
        low + libm::sqrt(p * width) * libm::sqrt(left)
    } else {
        high - libm::sqrt((1.0 - p) * width) * libm::sqrt(right)
    }
}

fn triangular_below(low: f64, mode: f64, high: f64, x: f64) -> f64 {
    let width = high - low;
    if x <= low {
        0.0
    } else if x >= high {
        1.0
    } else if x < mode {
        (x - low) / width * ((x - low) / (mode - low))
    } else {
        1.0 - (high - x) / width * ((high - x) / (high - mode))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{kolmogorov_smirnov, sample};
    use super::*;
    use statrs::distribution as oracle;
    use statrs::distribution::ContinuousCDF;

    type Cdf = Box<dyn Fn(f64) -> f64>;

    /// Each law with its distribution function, by another hand.
    fn laws() -> Vec<(Invertible, Cdf)> {
        fn of(law: impl ContinuousCDF<f64, f64> + 'static) -> Cdf {
            Box::new(move |x| law.cdf(x))
        }
        vec![
            (Uniform(-3.0, 5.0), of(oracle::Uniform::new(-3.0, 5.0).unwrap())),
            (Triangular(-1.0, 2.0, 6.0), of(oracle::Triangular::new(-1.0, 6.0, 2.0).unwrap())),
            (Exponential(2.5), of(oracle::Exp::new(0.4).unwrap())),
            (Normal(1.0, 2.0), of(oracle::Normal::new(1.0, 2.0).unwrap())),
            (LogNormal(2.0, 0.7), of(oracle::LogNormal::new(libm::log(2.0), 0.7).unwrap())),
            (Weibull(1.8, 3.0), of(oracle::Weibull::new(1.8, 3.0).unwrap())),
            (Pareto(1.5, 0.5), of(oracle::Pareto::new(0.5, 1.5).unwrap())),
            (LogLogistic(2.0, 1.7), Box::new(|x| if x <= 0.0 { 0.0 } else { 1.0 / (1.0 + libm::pow(x / 2.0, -1.7)) })),
            (Gumbel(1.0, 1.5), of(oracle::Gumbel::new(1.0, 1.5).unwrap())),
        ]
    }

    #[test]
    fn what_is_cut_off_follows_the_law_on_that_condition() {
        let ends = [(0.8, 3.0), (f64::NEG_INFINITY, 1.5), (2.5, f64::INFINITY), (1.9, 2.1)];
        for (number, (law, cdf)) in laws().into_iter().enumerate() {
            for (seed, (low, high)) in (10 * number as u64..).zip(ends) {
                let values = sample(seed, |bits| law.between(bits, low, high).expect("there is a chance"));
                assert!(values.iter().all(|x| (low..=high).contains(x)), "{law:?} leaves {low}..{high}");
                let (from, to) = (if low.is_finite() { cdf(low) } else { 0.0 }, if high.is_finite() { cdf(high) } else { 1.0 });
                kolmogorov_smirnov(values, |x| (cdf(x) - from) / (to - from));
            }
        }
    }

    /// Ten deviations out the normal tail falls like an exponential: beyond t the mean excess is 1 / t, less 2 / t³
    /// and some. Of 20000 the mean is known to 0.7 per cent of it; the limit is three and a bit of those.
    #[test]
    fn far_out_in_the_tail_the_digits_are_kept() {
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let excess = mean(sample(200, |bits| Normal(0.0, 1.0).between(bits, 10.0, f64::INFINITY).unwrap())) - 10.0;
        assert!((excess / 0.098_1 - 1.0).abs() < 0.024, "{excess}");
        let mirrored = mean(sample(201, |bits| Normal(0.0, 1.0).between(bits, f64::NEG_INFINITY, -10.0).unwrap())) + 10.0;
        assert!((mirrored / -0.098_1 - 1.0).abs() < 0.024, "{mirrored}");
        let late = mean(sample(202, |bits| Exponential(2.0).between(bits, 1e6, f64::INFINITY).unwrap())) - 1e6;
        assert!((late / 2.0 - 1.0).abs() < 0.024, "{late}");
    }

    #[test]
    fn where_there_is_no_chance_there_is_no_value() {
        for (law, low, high) in [
            (Uniform(0.0, 1.0), 2.0, 3.0),
            (Triangular(0.0, 1.0, 2.0), -2.0, 0.0),
            (Exponential(1.0), -2.0, -1.0),
            (Normal(0.0, 1.0), 50.0, 60.0),
            (Normal(0.0, 1.0), 3.0, 2.0),
            (Normal(0.0, 0.0), 3.0, 4.0),
            (Normal(0.0, 1.0), f64::NAN, 4.0),
            (LogNormal(1.0, 1.0), -2.0, 0.0),
            (Pareto(2.0, 5.0), 1.0, 5.0),
            (Weibull(f64::NAN, 5.0), 1.0, 5.0),
        ] {
            assert_eq!(law.between(&mut || 1 << 62, low, high), None, "{law:?} between {low} and {high}");
        }
        assert_eq!(rejected(&mut || 7, (2.0, 3.0), 100, |bits| uniform(bits, 0.0, 1.0)), None);
    }

    #[test]
    fn rejection_follows_the_law_on_that_condition() {
        let law = oracle::Gamma::new(2.0, 1.0).unwrap();
        let values = sample(203, |bits| rejected(bits, (1.0, 2.0), 1000, |bits| super::super::gamma(bits, 2.0, 1.0)).unwrap());
        kolmogorov_smirnov(values, |x| (law.cdf(x) - law.cdf(1.0)) / (law.cdf(2.0) - law.cdf(1.0)));
    }

    #[test]
    fn scores_lead_to_values_as_far_up() {
        for (law, cdf) in laws() {
            for z in [-3.0, -1.0, -0.1, 0.0, 0.7, 2.5] {
                let (found, wanted) = (cdf(law.at_score(z)), below(z));
                // The oracles round a little more coarsely than the inverse.
                assert!((found - wanted).abs() < 1e-9, "{law:?} at {z}: {found}, not {wanted}");
            }
        }
    }

    /// Two laws that lean on one score by `a` and `b`: the rank correlation of a Gaussian copula of `a b` is
    /// 6 / π · asin(a b / 2) (W. H. Kruskal, 1958). Of 20000 pairs it is known to 1 / √20000; the limit is 3.29 of those.
    #[test]
    fn what_leans_on_one_score_is_correlated_as_told() {
        for (seed, a, b) in [(204, 0.8, 0.75), (205, 1.0, -0.5), (206, 0.0, 0.9), (207, -1.0, 1.0)] {
            let mut pairs = Vec::new();
            sample(seed, |bits| {
                let score = normal(bits, 0.0, 1.0);
                let x = LogNormal(2000.0, 0.5).at_score(leaning(bits, score, a));
                let y = Exponential(5.0).at_score(leaning(bits, score, b));
                pairs.push((x, y));
                x
            });
            let n = pairs.len() as f64;
            let ranks = |key: &dyn Fn(&(f64, f64)) -> f64| {
                let mut order: Vec<usize> = (0..pairs.len()).collect();
                order.sort_by(|x, y| key(&pairs[*x]).total_cmp(&key(&pairs[*y])));
                let mut ranks = vec![0.0; pairs.len()];
                order.iter().enumerate().for_each(|(rank, at)| ranks[*at] = rank as f64);
                ranks
            };
            let (x, y) = (ranks(&|pair| pair.0), ranks(&|pair| pair.1));
            let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum();
            let found = 1.0 - 6.0 * squares / (n * (n * n - 1.0));
            let theory = 6.0 / core::f64::consts::PI * libm::asin(a * b / 2.0);
            assert!((found - theory).abs() < 3.29 / libm::sqrt(n), "{a} and {b}: {found}, not {theory}");
            kolmogorov_smirnov(pairs.iter().map(|pair| pair.1).collect(), |x| -libm::expm1(-x / 5.0));
        }
        assert!(leaning(&mut || 7, 0.0, 1.1).is_nan());
    }
}
