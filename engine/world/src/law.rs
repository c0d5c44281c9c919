//! Draws from the laws of chance that programs know.

use rehearsal_kernel::distribution::{self, Invertible, leaning};
use rehearsal_kernel::{Bits, Draws, StreamKey};
use rehearsal_language::law::{Gives, Shape};
use rehearsal_language::program::Law;

/// How often a law without a closed inverse is tried before its bounds are said to leave nothing.
const TRIES_MAX: u32 = 10_000;

/// A draw from a law of one parameter, which is checked first.
#[inline(always)]
pub(crate) fn draw_one(law: Law, draws: &mut Draws<'_>, value: f64) -> Result<f64, String> {
    match law {
        Law::Exponential if value > 0.0 && value < f64::INFINITY => Ok(distribution::exponential(draws, value)),
        Law::Chance if (0.0..=1.0).contains(&value) => Ok(f64::from(u8::from(distribution::chance(draws, value)))),
        _ => draw(law, draws, [value, 0.0, 0.0]),
    }
}

/// Why a law of one parameter refuses it.
#[cold]
pub(crate) fn refused(law: Law, value: f64) -> String {
    let mut counter = 0;
    let draws = &mut StreamKey::from_bits(0).draws(&mut counter);
    draw(law, draws, [value, 0.0, 0.0]).err().unwrap_or_default()
}

/// A draw from a law, its parameters checked first.
pub(crate) fn draw(law: Law, draws: &mut Draws<'_>, values: [f64; 3]) -> Result<f64, String> {
    check(law, values)?;
    Ok(drawn(law, draws, values))
}

/// A draw from a law with something besides, all checked first.
pub(crate) fn draw_shaped(shape: Shape, law: Law, draws: &mut Draws<'_>, values: [f64; 5]) -> Result<f64, String> {
    let [a, b, c, first, second] = values;
    check(law, [a, b, c])?;
    match shape {
        Shape::Within => within(law, draws, [a, b, c], (first, second)),
        Shape::Leaning => leaned(law, draws, [a, b, c], (first, second)),
    }
}

fn within(law: Law, draws: &mut Draws<'_>, values: [f64; 3], (low, high): (f64, f64)) -> Result<f64, String> {
    let name = law.name();
    let real = law.gives() == Gives::Real;
    if !(low < high || (low == high && !real)) {
        return Err(format!("truncated({name}(...), {low}, {high}): the low end has to lie below the high end"));
    }
    if let Some(law) = invertible(law, values) {
        let found = law.between(draws, low, high);
        return found.ok_or_else(|| format!("truncated({name}(...), {low}, {high}): there is no chance between these bounds"));
    }
    let found = distribution::rejected(draws, (low, high), TRIES_MAX, |bits| drawn(law, bits, values));
    found.ok_or_else(|| format!("truncated({name}(...), {low}, {high}): none of {TRIES_MAX} draws lay between these bounds"))
}

fn leaned(law: Law, draws: &mut Draws<'_>, values: [f64; 3], (score, by): (f64, f64)) -> Result<f64, String> {
    let name = law.name();
    if !(-1.0..=1.0).contains(&by) {
        return Err(format!("correlated({name}(...), ..., {by}): a correlation lies between -1 and 1"));
    }
    if !score.is_finite() {
        return Err(format!("correlated({name}(...), {score}, ...): the score is no number"));
    }
    Ok(at_score(law, values, leaning(draws, score, by)))
}

/// The value as far up in a law as a standard normal score; where it is true or false, true is further up.
fn at_score(law: Law, values: [f64; 3], z: f64) -> f64 {
    let count = |found: Option<u64>| found.map_or(f64::NAN, |count| count as f64);
    let [a, b, c] = values;
    match law {
        Law::Gamma => distribution::gamma_at_score(a, b, z),
        Law::Erlang => distribution::gamma_at_score(a, b / a, z),
        Law::Beta => distribution::beta_at_score(a, b, z),
        Law::Pert => {
            let rise = 1.0 + 4.0 * (b - a) / (c - a);
            a + (c - a) * distribution::beta_at_score(rise, 6.0 - rise, z)
        }
        Law::Poisson => count(distribution::poisson_at_score(a, z)),
        Law::Binomial => count(distribution::binomial_at_score(a as u64, b, z)),
        Law::Geometric => count(distribution::geometric_at_score(a, z)),
        Law::NegativeBinomial => count(distribution::negative_binomial_at_score(a, b, z)),
        Law::Chance => f64::from(u8::from(Invertible::Uniform(0.0, 1.0).at_score(-z) < a)),
        _ => invertible(law, values).map_or(f64::NAN, |law| law.at_score(z)),
    }
}

/// The law as one with a closed inverse, if it is one.
fn invertible(law: Law, [a, b, c]: [f64; 3]) -> Option<Invertible> {
    Some(match law {
        Law::Uniform => Invertible::Uniform(a, b),
        Law::Triangular => Invertible::Triangular(a, b, c),
        Law::Exponential => Invertible::Exponential(a),
        Law::Normal => Invertible::Normal(a, b),
        Law::LogNormal => Invertible::LogNormal(a, b),
        Law::Weibull => Invertible::Weibull(a, b),
        Law::Pareto => Invertible::Pareto(a, b),
        Law::LogLogistic => Invertible::LogLogistic(a, b),
        Law::Gumbel => Invertible::Gumbel(a, b),
        _ => return None,
    })
}

/// A draw from a law whose parameters are sound.
fn drawn(law: Law, bits: &mut (impl Bits + ?Sized), [a, b, c]: [f64; 3]) -> f64 {
    // What is sound is inside the domain; were it not, a missing number would be seen where it is used.
    let count = |found: Option<u64>| found.map_or(f64::NAN, |count| count as f64);
    match law {
        Law::Uniform => distribution::uniform(bits, a, b),
        Law::Exponential => distribution::exponential(bits, a),
        Law::Normal => distribution::normal(bits, a, b),
        Law::LogNormal => distribution::lognormal_median(bits, a, b),
        Law::Weibull => distribution::weibull(bits, a, b),
        Law::Gamma => distribution::gamma(bits, a, b),
        Law::Poisson => count(distribution::poisson(bits, a)),
        Law::Chance => f64::from(u8::from(distribution::chance(bits, a))),
        Law::Triangular => distribution::triangular(bits, a, b, c),
        Law::Beta => distribution::beta(bits, a, b),
        Law::Erlang => distribution::erlang(bits, a as u32, b),
        Law::Pareto => distribution::pareto(bits, a, b),
        Law::LogLogistic => distribution::loglogistic(bits, a, b),
        Law::Gumbel => distribution::gumbel(bits, a, b),
        Law::Pert => distribution::pert(bits, a, b, c),
        Law::Binomial => count(distribution::binomial(bits, a as u64, b)),
        Law::Geometric => count(distribution::geometric(bits, a)),
        Law::NegativeBinomial => count(distribution::negative_binomial(bits, a, b)),
    }
}

/// Says what is wrong with the parameters of a law, in base units; those it has not are 0.
///
/// # Errors
/// Where they lie outside the domain of the law.
pub fn check(law: Law, [a, b, c]: [f64; 3]) -> Result<(), String> {
    let name = law.name();
    let positive = |value: f64, what: &str| {
        if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("{name}: {what} {value} is not above zero")) }
    };
    let probability = |p: f64| match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => Err(format!("{name}: {p} is no probability: it lies between 0 and 1")),
    };
    match law {
        Law::Uniform if a <= b && (b - a).is_finite() => Ok(()),
        Law::Uniform => Err(format!("uniform({a}, {b}): the low end lies above the high end")),
        Law::Exponential => positive(a, "mean"),
        Law::Normal if b >= 0.0 && a.is_finite() && b.is_finite() => Ok(()),
        Law::Normal => Err(format!("normal({a}, {b}): the standard deviation is below zero")),
        Law::LogNormal => positive(a, "median").and(match b >= 0.0 && b.is_finite() {
            true => Ok(()),
            false => Err(format!("lognormal: sigma {b} is not a number from 0 up")),
        }),
        Law::Weibull | Law::Gamma => positive(a, "shape").and(positive(b, "scale")),
        Law::Poisson if (0.0..=1e9).contains(&a) => Ok(()),
        Law::Poisson => Err(format!("poisson({a}): the mean is not a number from 0 to 1e9")),
        Law::Chance if (0.0..=1.0).contains(&a) => Ok(()),
        Law::Chance => Err(format!("chance({a}): a probability lies between 0 and 1")),
        Law::Triangular | Law::Pert if a <= b && b <= c && a < c => Ok(()),
        Law::Triangular | Law::Pert => Err(format!("{name}({a}, {b}, {c}): low, most likely and high are out of order")),
        Law::Beta => positive(a, "first shape").and(positive(b, "second shape")),
        Law::Erlang if (1.0..=1e9).contains(&a) && a.fract() == 0.0 => positive(b, "mean"),
        Law::Erlang => Err(format!("erlang: {a} stages: it is a whole number from 1 to 1e9")),
        Law::Pareto => positive(a, "shape").and(positive(b, "least")),
        Law::LogLogistic => positive(a, "median").and(positive(b, "shape")),
        Law::Gumbel if a.is_finite() => positive(b, "scale"),
        Law::Gumbel => Err(format!("gumbel: the most likely value {a} is no number")),
        Law::Binomial if (0.0..=1e9).contains(&a) && a.fract() == 0.0 => probability(b),
        Law::Binomial => Err(format!("binomial: {a} trials: it is a whole number from 0 to 1e9")),
        Law::Geometric => probability(a).and(match a < 1e-15 {
            true => Err(format!("geometric: a probability of {a} would take more trials than can be counted")),
            false => Ok(()),
        }),
        Law::NegativeBinomial if (0.0..=1e9).contains(&a) => positive(b, "shape"),
        Law::NegativeBinomial => Err(format!("negative_binomial: the mean {a} is not a number from 0 to 1e9")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_kernel::StreamKey;

    const SOUND: [f64; 3] = [0.5, 0.75, 1.0];

    fn sound(law: Law) -> [f64; 3] {
        match law {
            Law::Erlang | Law::Binomial => [3.0, 0.75, 0.0],
            _ => SOUND,
        }
    }

    #[test]
    fn sound_parameters_give_numbers() {
        for law in Law::ALL {
            for bits in [0, 1, 1 << 40, 1 << 63, u64::MAX] {
                let value = drawn(law, &mut || bits, sound(law));
                assert!(value.is_finite(), "{law:?}: {value}");
            }
            let mut counter = 0;
            assert!(draw(law, &mut StreamKey::root(1, 0).draws(&mut counter), sound(law)).is_ok());
            assert_eq!(counter, 1, "{law:?} takes one draw");
        }
    }

    /// Whatever passes the check is a number: no law may give what is none, and none may panic.
    #[test]
    fn what_passes_the_check_is_a_number() {
        let edges = [-1.0, 0.0, 1e-300, 1e-9, 0.5, 1.0, 2.5, 3.0, 1e9, 1e300, f64::NAN, f64::INFINITY];
        for law in Law::ALL {
            for a in edges {
                for b in edges {
                    for c in [0.0, 4.0, 1e300] {
                        let mut counter = 0;
                        let mut draws = StreamKey::root(2, 0).draws(&mut counter);
                        if let Ok(value) = draw(law, &mut draws, [a, b, c]) {
                            assert!(!value.is_nan(), "{law:?}({a}, {b}, {c})");
                        }
                        let bounds = [a, b, c, 0.25, 1e6];
                        if let Ok(value) = draw_shaped(Shape::Within, law, &mut draws, bounds) {
                            assert!((0.25..=1e6).contains(&value), "{law:?}({a}, {b}, {c}) within gave {value}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_law_leans_on_a_score_and_rises_with_it() {
        for law in Law::ALL {
            let values: Vec<f64> = (-40..=40).map(|z| at_score(law, sound(law), f64::from(z) / 10.0)).collect();
            assert!(values.iter().all(|value| value.is_finite()), "{law:?}: {values:?}");
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{law:?} falls: {values:?}");
            assert!(values[0] < values[80], "{law:?} stands still");
        }
    }

    #[test]
    fn bounds_that_leave_nothing_are_told() {
        let mut counter = 0;
        let mut draws = StreamKey::root(3, 0).draws(&mut counter);
        let mut within = |law, values: [f64; 3], (low, high): (f64, f64)| {
            let [a, b, c] = values;
            draw_shaped(Shape::Within, law, &mut draws, [a, b, c, low, high])
        };
        let none = "truncated(gamma(...), 500, 600): none of 10000 draws lay between these bounds";
        assert_eq!(within(Law::Gamma, [2.0, 1.0, 0.0], (500.0, 600.0)), Err(none.into()));
        let none = "truncated(uniform(...), 5, 6): there is no chance between these bounds";
        assert_eq!(within(Law::Uniform, [0.0, 1.0, 0.0], (5.0, 6.0)), Err(none.into()));
        let order = "truncated(normal(...), 2, 1): the low end has to lie below the high end";
        assert_eq!(within(Law::Normal, [0.0, 1.0, 0.0], (2.0, 1.0)), Err(order.into()));
        assert_eq!(within(Law::Poisson, [4.0, 0.0, 0.0], (3.0, 3.0)), Ok(3.0));
    }
}
