//! The most likely parameters, and how sure they are.

use libm::{exp, log, sqrt};
use statrs::distribution::{Beta, ChiSquared, ContinuousCDF};

use super::closed::{closed, logistic, logit, moments, start};
use super::search::{curvature, largest, variances};
use super::{Domain, Family, FitError, Seen};
use crate::statistics::LEVEL;

/// The quantile of the standard normal law that belongs to 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A parameter as estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// Its name, as in `shape`.
    pub name: &'static str,
    /// The most likely value.
    pub value: f64,
    /// Its standard error; `None` where the sample does not say, or theory has none.
    pub error: Option<f64>,
    /// The interval of 95 %, low then high; `None` as above.
    pub interval: Option<(f64, f64)>,
}

/// A law fitted to a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The family.
    pub family: Family,
    /// Its parameters, in the order in which scenarios write them.
    pub parameters: Vec<Estimated>,
    /// How many values went in, those that were cut off among them.
    pub n: usize,
    /// How many were cut off.
    pub cut_off: usize,
    /// The logarithm of the likelihood.
    pub log_likelihood: f64,
}

impl Fitted {
    /// The values of its parameters.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.value).collect()
    }

    /// Akaike's criterion: of two laws for the same values, the one with the smaller number is to be preferred.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters.len() as f64 - 2.0 * self.log_likelihood
    }
}

/// What a sample says of parameters that were written before it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// The logarithm of their likelihood; minus infinity where some value cannot come of them.
    pub log_likelihood: f64,
    /// How often a sample of the law as written would speak against it as strongly, by the likelihood ratio.
    pub p: f64,
}

/// The logarithm of the likelihood of parameters: densities of what ended, survival of what was cut off.
#[must_use]
pub fn log_likelihood(family: Family, parameters: &[f64], sample: &[Seen]) -> f64 {
    let of = |seen: &Seen| match seen {
        Seen { cut_off: true, .. } => family.log_survival(parameters, seen.value),
        Seen { lifted: true, .. } => log(family.cdf(parameters, seen.value).max(0.0)),
        _ => family.log_density(parameters, seen.value),
    };
    sample.iter().map(of).sum()
}

/// Holds parameters as written against those that were fitted to the same sample.
///
/// # Source
///
/// Wilks (1938): twice the difference is chi-squared with as many degrees of freedom as parameters.
#[must_use]
pub fn likeness(fitted: &Fitted, written: &[f64], sample: &[Seen]) -> Likeness {
    let before = log_likelihood(fitted.family, written, sample);
    let ratio = (2.0 * (fitted.log_likelihood - before)).max(0.0);
    let law = ChiSquared::new(fitted.parameters.len() as f64).ok();
    let p = if ratio.is_finite() { law.map_or(f64::NAN, |law| law.sf(ratio)) } else { 0.0 };
    Likeness { log_likelihood: before, p }
}

/// The parameters of a family under which a sample is most likely.
///
/// Intervals of positive parameters are symmetric on the logarithm, those of probabilities exact (Clopper and Pearson) where
/// nothing is cut off; of an exponential mean and a Poisson mean by chi-squared; of bounds by the law of the largest of many.
/// All others come of the curvature of the likelihood at its top. Cost: some hundred passes over the sample.
///
/// # Errors
/// A sample that says nothing: empty, all cut off, all equal; values that the family does not give; or where no parameters
/// are the most likely ones.
pub fn fit(family: Family, sample: &[Seen]) -> Result<Fitted, FitError> {
    check(family, sample)?;
    let values = most_likely(family, sample)?;
    Ok(with_intervals(family, values, sample))
}

/// Whether a sample can be fitted at all.
fn check(family: Family, sample: &[Seen]) -> Result<(), FitError> {
    let n = sample.len();
    let first = sample.first().ok_or(FitError::Empty)?.value;
    if let Some(number) = sample.iter().position(|seen| !seen.value.is_finite()) {
        return Err(FitError::NotFinite { number: number + 1, value: sample[number].value });
    }
    let cut_off = sample.iter().filter(|seen| seen.cut_off).count();
    if cut_off == n {
        return Err(FitError::AllCutOff { n });
    }
    let lifted = sample.iter().filter(|seen| seen.lifted).count();
    if lifted == n {
        return Err(FitError::AllLifted { n, floor: first });
    }
    if cut_off + lifted > 0
        && matches!(family, Family::Uniform | Family::Beta | Family::Poisson | Family::Geometric | Family::Chance)
    {
        return Err(FitError::CutOff);
    }
    if lifted > 0 && family == Family::Pareto {
        return Err(FitError::CutOff);
    }
    // What was cut off at the very beginning says nothing, and does no harm.
    let outside = || sample.iter().filter(|seen| !(family.gives(seen.value) || seen.lifted || seen.cut_off && seen.value >= 0.0));
    if let Some(one) = outside().next() {
        return Err(FitError::Outside { count: outside().count(), n, value: one.value, allowed: family.given() });
    }
    if cut_off == 0 && sample.iter().all(|seen| seen.value == first) {
        return Err(FitError::AllEqual { n, value: first });
    }
    Ok(())
}

/// The most likely parameters alone.
pub(super) fn most_likely(family: Family, sample: &[Seen]) -> Result<Vec<f64>, FitError> {
    // Closed forms know nothing of floors.
    let known = if sample.iter().any(|seen| seen.lifted) { None } else { closed(family, sample) };
    let found = match known {
        Some(found) => found,
        None if family == Family::Erlang => erlang(sample)?,
        None => searched(family, sample, &start(family, sample), 0.3)?,
    };
    let sound = found.iter().all(|value| value.is_finite());
    let positive = found.iter().zip(family.parameters()).all(|(value, (_, domain))| *domain != Domain::Positive || *value > 0.0);
    if sound && positive { Ok(found) } else { Err(FitError::NoMaximum) }
}

/// The same by search alone, from a place to begin with.
pub(super) fn searched(family: Family, sample: &[Seen], from: &[f64], step: f64) -> Result<Vec<f64>, FitError> {
    let scale = spread(sample);
    let likelihood = |at: &[f64]| log_likelihood(family, &bound(family, at, scale), sample);
    let found = largest(&likelihood, &free(family, from, scale), step).ok_or(FitError::NoMaximum)?;
    // Where the top is not reached after a long way, there is none.
    if found.iter().any(|at| at.abs() > 60.0) {
        return Err(FitError::NoMaximum);
    }
    Ok(bound(family, &found, scale))
}

/// Erlang: the whole number of stages near the shape of a gamma law that is the most likely, and its mean.
fn erlang(sample: &[Seen]) -> Result<Vec<f64>, FitError> {
    let gamma = searched(Family::Gamma, sample, &start(Family::Gamma, sample), 0.3)?;
    let mean = gamma[0] * gamma[1];
    let near = gamma[0].floor().max(1.0);
    let of = |stages: f64| {
        let likelihood = |at: &[f64]| log_likelihood(Family::Erlang, &[stages, mean * exp(at[0])], sample);
        let at = largest(&likelihood, &[0.0], 0.1)?;
        Some((likelihood(&at), vec![stages, mean * exp(at[0])]))
    };
    // The likelihood has one top in the shape: it lies at one of the whole numbers beside it.
    let found = [near, near + 1.0].into_iter().filter_map(of).max_by(|a, b| a.0.total_cmp(&b.0));
    found.map(|(_, values)| values).ok_or(FitError::NoMaximum)
}

/// The spread of a sample, by which parameters without bounds are measured in a search.
fn spread(sample: &[Seen]) -> f64 {
    let sd = moments(sample.iter().map(|seen| seen.value)).1;
    if sd > 0.0 { sd } else { 1.0 }
}

/// Parameters as numbers without bounds.
fn free(family: Family, values: &[f64], scale: f64) -> Vec<f64> {
    let one = |(value, (_, domain)): (&f64, &(&str, Domain))| match domain {
        Domain::Positive | Domain::Count => log(*value),
        Domain::Real => value / scale,
        Domain::Share => logit(*value),
    };
    values.iter().zip(family.parameters()).map(one).collect()
}

/// Numbers without bounds as parameters.
fn bound(family: Family, at: &[f64], scale: f64) -> Vec<f64> {
    let one = |(at, (_, domain)): (&f64, &(&str, Domain))| match domain {
        Domain::Positive | Domain::Count => exp(*at),
        Domain::Real => at * scale,
        Domain::Share => logistic(*at),
    };
    at.iter().zip(family.parameters()).map(one).collect()
}

fn with_intervals(family: Family, values: Vec<f64>, sample: &[Seen]) -> Fitted {
    let names = family.parameters();
    let lifted = sample.iter().any(|seen| seen.lifted) && family != Family::Erlang;
    let known = Some(sample).filter(|_| !lifted).and_then(|sample| known_intervals(family, &values, sample));
    let known = known.unwrap_or_else(|| by_curvature(family, &values, sample));
    let parameters = values.iter().zip(names).zip(known).map(|((value, (name, _)), (error, interval))| Estimated {
        name,
        value: *value,
        error,
        interval,
    });
    Fitted {
        family,
        parameters: parameters.collect(),
        n: sample.len(),
        cut_off: sample.iter().filter(|seen| seen.cut_off).count(),
        log_likelihood: log_likelihood(family, &values, sample),
    }
}

/// Standard error and interval of a parameter.
type Sure = (Option<f64>, Option<(f64, f64)>);

/// Intervals that theory knows exactly, or nearly so.
fn known_intervals(family: Family, values: &[f64], sample: &[Seen]) -> Option<Vec<Sure>> {
    let ended = sample.iter().filter(|seen| !seen.cut_off).count() as f64;
    let (low, high) = ((1.0 - LEVEL) / 2.0, f64::midpoint(1.0, LEVEL));
    let chi = |freedom: f64, at: f64| ChiSquared::new(freedom).ok().map(|law| law.inverse_cdf(at));
    match family {
        Family::Exponential => {
            let twice = 2.0 * values[0] * ended;
            let interval = (twice / chi(2.0 * ended, high)?, twice / chi(2.0 * ended, low)?);
            Some(vec![(Some(values[0] / sqrt(ended)), Some(interval))])
        }
        Family::Poisson => {
            let (n, sum) = (ended, values[0] * ended);
            let lower = if sum > 0.0 { chi(2.0 * sum, low)? } else { 0.0 };
            let interval = (lower / (2.0 * n), chi(2.0 * (sum + 1.0), high)? / (2.0 * n));
            Some(vec![(Some(sqrt(values[0] / n)), Some(interval))])
        }
        Family::Chance => {
            let (n, hits) = (ended, values[0] * ended);
            let quantile = |a: f64, b: f64, at: f64| Beta::new(a, b).ok().map(|law| law.inverse_cdf(at));
            let interval = (quantile(hits, n - hits + 1.0, low)?, quantile(hits + 1.0, n - hits, high)?);
            Some(vec![(Some(sqrt(values[0] * (1.0 - values[0]) / n)), Some(interval))])
        }
        Family::Uniform => {
            // The largest of n falls short of the bound by a share that exceeds a with probability (1 - a)^n.
            let reach = (values[1] - values[0]) * (libm::pow(1.0 - LEVEL, -1.0 / ended) - 1.0);
            let ends = [(values[0] - reach, values[0]), (values[1], values[1] + reach)];
            Some(ends.map(|interval| (None, Some(interval))).to_vec())
        }
        Family::Pareto => {
            let shape = values[0] / (2.0 * ended);
            let freedom = 2.0 * (ended - 1.0).max(1.0);
            let interval = (shape * chi(freedom, low)?, shape * chi(freedom, high)?);
            let least = values[1] * libm::pow(1.0 - LEVEL, 1.0 / (ended * values[0]));
            Some(vec![(Some(values[0] / sqrt(ended)), Some(interval)), (None, Some((least, values[1])))])
        }
        Family::Erlang => {
            let likelihood = |at: &[f64]| log_likelihood(family, &[values[0], values[1] * exp(at[0])], sample);
            let error = variances(&curvature(&likelihood, &[0.0], 1e-3)).map(|found| sqrt(found[0]));
            let interval = error.map(|error| (values[1] * exp(-Z * error), values[1] * exp(Z * error)));
            Some(vec![(None, None), (error.map(|error| error * values[1]), interval)])
        }
        _ => None,
    }
}

/// Intervals from how sharply the likelihood bends at its top.
fn by_curvature(family: Family, values: &[f64], sample: &[Seen]) -> Vec<Sure> {
    let scale = spread(sample);
    let likelihood = |at: &[f64]| log_likelihood(family, &bound(family, at, scale), sample);
    let top = free(family, values, scale);
    let Some(found) = variances(&curvature(&likelihood, &top, 1e-3)) else { return vec![(None, None); values.len()] };
    let one = |number: usize| {
        let error = sqrt(found[number]);
        let moved = |by: f64| {
            let mut at = top.clone();
            at[number] += by;
            bound(family, &at, scale)[number]
        };
        // By the slope of the way back from the number without bounds.
        let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        (Some(error * slope.abs()), Some((moved(-Z * error), moved(Z * error))))
    };
    (0..values.len()).map(one).collect()
}
