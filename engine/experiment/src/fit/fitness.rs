//! How far a law is from a sample, and how often chance alone brings it so far.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::estimate::{most_likely, searched};
use super::family::unit;
use super::{Family, Fitted, Seen, Survival};
use libm::sqrt;

/// Samples are drawn again so often.
const ROUNDS: usize = 199;

/// A sample that is drawn again has at most so many values: distances times the root of their number hardly depend on it.
const DRAWN_MAX: usize = 300;

/// How well a law fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitness {
    /// The largest distance between the law and the curve of the sample, from 0 to 1: Kolmogorov and Smirnov's, or with
    /// values cut off the one from the curve of Kaplan and Meier, up to the last value that ended.
    pub distance: f64,
    /// How often a sample of this very law, fitted again, is as far from it or farther.
    pub p: f64,
}

/// How well a fitted law fits the sample that it was fitted to; `None` where nothing can be told, as for true and false.
///
/// The probability is by a parametric bootstrap: 199 samples are drawn from the law, cut off as the sample was, and fitted
/// again. Larger samples are compared by samples of 300 and the root of their numbers. The same seed gives the same answer.
///
/// # Source
///
/// Stute, Gonzáles Manteiga and Presedo Quindimil (1993), "Bootstrap based goodness-of-fit-tests"; for the times at which
/// values are cut off, the curve of Kaplan and Meier with the roles exchanged (Efron, 1981, "Censored data and the bootstrap").
#[must_use]
pub fn fitness(fitted: &Fitted, sample: &[Seen], seed: u64) -> Option<Fitness> {
    if fitted.family == Family::Chance {
        return None;
    }
    let (family, values) = (fitted.family, fitted.values());
    let distance = distance(family, &values, &Survival::of(sample));
    let mut luck = Xoshiro256PlusPlus::seed_from_u64(seed);
    let exchanged: Vec<Seen> = sample.iter().map(|seen| Seen { cut_off: !seen.cut_off, lifted: false, ..*seen }).collect();
    let limits = Survival::of(&exchanged);
    let floor = sample.iter().find(|seen| seen.lifted).map(|seen| seen.value);
    let size = sample.len().min(DRAWN_MAX);
    let scaled = distance * sqrt(sample.len() as f64);
    let (mut as_far, mut rounds) = (0, 0);
    for _ in 0..ROUNDS {
        let drawn: Vec<Seen> = (0..size).map(|_| cut(family.draw(&values, &mut luck), floor, &limits, &mut luck)).collect();
        let again = match family {
            Family::Gamma | Family::LogLogistic | Family::Gumbel | Family::Beta | Family::LogNormal | Family::Normal
                if drawn.iter().any(|seen| seen.cut_off || seen.lifted)
                    || !matches!(family, Family::LogNormal | Family::Normal) =>
            {
                searched(family, &drawn, &values, 0.1)
            }
            _ => most_likely(family, &drawn),
        };
        let Ok(again) = again else { continue };
        rounds += 1;
        let found = self::distance(family, &again, &Survival::of(&drawn)) * sqrt(size as f64);
        // Equal but for rounding counts as equal.
        as_far += usize::from(found >= scaled * (1.0 - 1e-12));
    }
    (rounds > ROUNDS / 2).then(|| Fitness { distance, p: (as_far + 1) as f64 / (rounds + 1) as f64 })
}

/// A value that is cut off where the limits of the sample would cut it off.
fn cut(value: f64, floor: Option<f64>, limits: &Survival, luck: &mut Xoshiro256PlusPlus) -> Seen {
    let seen = match floor {
        Some(floor) if value <= floor => Seen::lifted(floor),
        _ => Seen::whole(value),
    };
    if limits.steps.is_empty() {
        return seen;
    }
    let chance = unit(luck);
    let at = limits.steps.partition_point(|step| step.share > chance);
    match limits.steps.get(at) {
        Some(step) if step.at < seen.value => Seen::cut_off(step.at),
        _ => seen,
    }
}

/// The largest distance between a law and a curve, where the curve falls.
fn distance(family: Family, values: &[f64], curve: &Survival) -> f64 {
    let (mut before, mut largest) = (1.0, 0.0_f64);
    for step in &curve.steps {
        let law = 1.0 - family.cdf(values, step.at);
        largest = largest.max((law - step.share).abs());
        if !family.is_whole() && !step.floor {
            largest = largest.max((law - before).abs());
        }
        before = step.share;
    }
    largest
}
