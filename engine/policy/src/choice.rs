//! The choice between several ways that were tried in the same futures.
//!
//! Pure arithmetic: who tries them, and how, is the world's. Every way meets the same futures, so ways are compared by
//! their difference within each future, which knows more than the means by themselves.

/// Two-sided 95 % quantiles of Student's t, from one degree of freedom up.
const T: [f64; 10] =
    [12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157, 2.228_139];

/// The same of the normal distribution.
const Z: f64 = 1.959_963_985;

/// A mean over futures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean itself.
    pub mean: f64,
    /// Half of its 95 % confidence interval; `None` below two futures.
    pub half_width: Option<f64>,
}

/// What came of one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// Its figure.
    pub figure: Mean,
    /// Its figure less that of the way that was chosen, future by future.
    pub behind: Mean,
}

/// What was chosen, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Which way.
    pub chosen: usize,
    /// All ways.
    pub tried: Vec<Tried>,
    /// Futures in which every way has a figure; the others are left out.
    pub counted: usize,
}

/// The best of `ways` ways by the mean of their figures, `[future x way]`; of equals the first.
///
/// The least is best, or with `most` the most. `None` where there is no future in which every way has a figure.
///
/// # Panics
/// Where the figures are not those of whole futures.
#[must_use]
pub fn choose(ways: usize, figures: &[Option<f64>], most: bool) -> Option<Choice> {
    assert!(ways > 0 && figures.len().is_multiple_of(ways), "{} figures of {ways} ways", figures.len());
    let whole = |future: &[Option<f64>]| future.iter().map(|figure| figure.filter(|value| value.is_finite())).collect();
    let futures: Vec<Vec<f64>> = figures.chunks(ways).filter_map(whole).collect();
    if futures.is_empty() {
        return None;
    }
    let mean = |way: usize| futures.iter().map(|future| future[way]).sum::<f64>() / futures.len() as f64;
    let better = |one: f64, other: f64| if most { one > other } else { one < other };
    let chosen = (1..ways).fold(0, |best, way| if better(mean(way), mean(best)) { way } else { best });
    let tried = (0..ways).map(|way| Tried {
        figure: mean_of(futures.iter().map(|future| future[way])),
        behind: mean_of(futures.iter().map(|future| future[way] - future[chosen])),
    });
    Some(Choice { chosen, tried: tried.collect(), counted: futures.len() })
}

/// The mean of some values, of which there is one at least.
fn mean_of(values: impl Iterator<Item = f64> + Clone) -> Mean {
    let count = values.clone().count();
    let mean = values.clone().sum::<f64>() / count as f64;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    let half_width = (count > 1).then(|| quantile(count - 1) * (squares / (count - 1) as f64 / count as f64).sqrt());
    Mean { mean, half_width }
}

/// The two-sided 95 % quantile of Student's t.
///
/// # Source
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 1964: table 26.10 for few degrees of freedom, 26.7.5 for more.
fn quantile(freedom: usize) -> f64 {
    if let Some(t) = T.get(freedom - 1) {
        return *t;
    }
    let (v, z3) = (freedom as f64, Z * Z * Z);
    Z + (z3 + Z) / (4.0 * v) + (5.0 * z3 * Z * Z + 16.0 * z3 + 3.0 * Z) / (96.0 * v * v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(figures: &[f64]) -> Vec<Option<f64>> {
        figures.iter().copied().map(Some).collect()
    }

    #[test]
    fn the_least_or_the_most_is_best_and_of_equals_the_first() {
        let figures = all(&[3.0, 1.0, 1.0, 5.0, 1.0, 1.0]);
        assert_eq!(choose(3, &figures, false).unwrap().chosen, 1);
        assert_eq!(choose(3, &figures, true).unwrap().chosen, 0);
    }

    #[test]
    fn ways_are_compared_within_each_future() {
        // The futures differ by far more than the ways do: 1 in one future, 3 in the other.
        let choice = choose(2, &all(&[10.0, 11.0, 100.0, 103.0]), false).unwrap();
        let [best, other] = choice.tried[..] else { panic!("{choice:?}") };
        assert_eq!((best.figure.mean, best.behind.mean, best.behind.half_width), (55.0, 0.0, Some(0.0)));
        assert_eq!(other.behind.mean, 2.0);
        // 1 and 3: deviation sqrt 2, so half the width is 12.706 * sqrt 2 / sqrt 2.
        assert!((other.behind.half_width.unwrap() - 12.706_205).abs() < 1e-9);
    }

    #[test]
    fn futures_without_a_figure_are_left_out_for_all() {
        let figures = [Some(1.0), None, Some(5.0), Some(2.0), Some(f64::NAN), Some(0.0)];
        let choice = choose(2, &figures, false).unwrap();
        assert_eq!((choice.chosen, choice.counted, choice.tried[1].figure.half_width), (1, 1, None));
        assert_eq!(choose(2, &[None, Some(1.0)], false), None);
        assert_eq!(choose(2, &[], false), None);
    }

    #[test]
    fn quantiles_agree_with_printed_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, to its three places; the series is 2.1e-3 off at 11.
        for (freedom, printed) in [(1, 12.706), (10, 2.228), (11, 2.201), (15, 2.131), (30, 2.042), (100, 1.984)] {
            assert!((quantile(freedom) - printed).abs() < 2.5e-3, "{freedom}: {}", quantile(freedom));
        }
    }

    proptest! {
        #[test]
        fn what_is_chosen_is_behind_nobody(figures in proptest::collection::vec(-1e6..1e6_f64, 3..60), most in any::<bool>()) {
            let figures = all(&figures[..figures.len() / 3 * 3]);
            let choice = choose(3, &figures, most).unwrap();
            for tried in &choice.tried {
                let behind = if most { -tried.behind.mean } else { tried.behind.mean };
                // Sums of up to 20 figures of up to 1e6 round off by less.
                prop_assert!(behind > -1e-6, "{choice:?}");
            }
            prop_assert_eq!(choice.tried[choice.chosen].behind.mean, 0.0);
        }
    }
}
