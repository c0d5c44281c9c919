//! What is fitted, held against theory, closed forms, another implementation and a printed example.

use super::closed::start;
use super::estimate::searched;
use super::*;
use crate::synthetic::Draws;
use libm::{exp, log, pow};
use statrs::distribution::{Beta, Exp, Gamma, Geometric, Gumbel, LogNormal, Normal, Pareto, Poisson, Uniform, Weibull};
use statrs::distribution::{Continuous, ContinuousCDF, Discrete, DiscreteCDF};

fn whole(values: &[f64]) -> Vec<Seen> {
    values.iter().copied().map(Seen::whole).collect()
}

/// A sample of `n` values of a law, drawn by a way of its own; `limit` cuts values off.
fn sample(family: Family, p: &[f64], n: usize, seed: u64, limit: f64) -> Vec<Seen> {
    let mut luck = Draws::new(seed);
    let exponential = |luck: &mut Draws| -log(luck.uniform());
    let one = |luck: &mut Draws| match family {
        Family::Exponential => p[0] * exponential(luck),
        Family::Weibull => p[1] * pow(exponential(luck), 1.0 / p[0]),
        Family::LogNormal => p[0] * exp(p[1] * luck.normal()),
        Family::Normal => p[0] + p[1] * luck.normal(),
        // A gamma law of whole shape is a sum of exponential ones.
        Family::Gamma => p[1] * (0..p[0] as usize).map(|_| exponential(luck)).sum::<f64>(),
        Family::Erlang => p[1] / p[0] * (0..p[0] as usize).map(|_| exponential(luck)).sum::<f64>(),
        // The quotient of two exponential values is log-logistic of shape 1.
        Family::LogLogistic => p[0] * pow(exponential(luck) / exponential(luck), 1.0 / p[1]),
        Family::Gumbel => p[0] - p[1] * log(exponential(luck)),
        Family::Pareto => p[1] * exp(exponential(luck) / p[0]),
        Family::Uniform => p[0] + (p[1] - p[0]) * luck.uniform(),
        Family::Beta => {
            let (a, b) = (p[0] as usize, p[1] as usize);
            let (a, b): (f64, f64) = ((0..a).map(|_| exponential(luck)).sum(), (0..b).map(|_| exponential(luck)).sum());
            a / (a + b)
        }
        Family::Poisson => {
            // How many exponential gaps fit into one unit of time.
            let (mut time, mut count) = (exponential(luck), 0.0);
            while time < p[0] {
                time += exponential(luck);
                count += 1.0;
            }
            count
        }
        Family::Geometric => {
            let mut failures = 0.0;
            while luck.uniform() > p[0] {
                failures += 1.0;
            }
            failures
        }
        Family::Chance => f64::from(luck.uniform() <= p[0]),
    };
    let values: Vec<f64> = (0..n).map(|_| one(&mut luck)).collect();
    values.into_iter().map(|x| if x > limit { Seen::cut_off(limit) } else { Seen::whole(x) }).collect()
}

/// Laws to try, with a time after which about a third of the values are cut off where the family bears that.
const LAWS: [(Family, &[f64], f64); 14] = [
    (Family::Exponential, &[7.0], 8.0),
    (Family::Weibull, &[1.6, 330.0], 350.0),
    (Family::LogNormal, &[360.0, 0.5], 450.0),
    (Family::Gamma, &[3.0, 20.0], 70.0),
    (Family::LogLogistic, &[40.0, 2.5], 55.0),
    (Family::Erlang, &[4.0, 90.0], 110.0),
    (Family::Normal, &[2700.0, 600.0], 2900.0),
    (Family::Gumbel, &[10.0, 3.0], 13.0),
    (Family::Pareto, &[2.5, 60.0], 95.0),
    (Family::Uniform, &[30.0, 90.0], f64::INFINITY),
    (Family::Beta, &[2.0, 5.0], f64::INFINITY),
    (Family::Poisson, &[3.4], f64::INFINITY),
    (Family::Geometric, &[0.3], f64::INFINITY),
    (Family::Chance, &[0.35], f64::INFINITY),
];

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    // Of 200 intervals of 95 %, 179 to 199 cover with a probability above 99.9 %.
    for (family, truth, limit) in LAWS {
        for limit in [f64::INFINITY, limit] {
            let mut covered = vec![0; truth.len()];
            for seed in 0..200 {
                let fitted = fit(family, &sample(family, truth, 120, 1000 + seed, limit)).unwrap();
                for ((parameter, truth), covered) in fitted.parameters.iter().zip(truth).zip(&mut covered) {
                    let inside = parameter.interval.is_none_or(|(low, high)| low <= *truth && *truth <= high);
                    *covered += usize::from(inside);
                }
            }
            for (number, covered) in covered.iter().enumerate() {
                let exact = !matches!(family, Family::Chance | Family::Poisson | Family::Geometric);
                // Intervals of counts are on the safe side; the number of stages has none.
                let most = if exact && !(family == Family::Erlang && number == 0) { 199 } else { 200 };
                assert!((179..=most).contains(covered), "{family:?} parameter {number} to {limit}: {covered} of 200");
            }
        }
    }
}

#[test]
fn what_is_drawn_from_a_law_gives_its_parameters_back() {
    for (family, truth, limit) in LAWS {
        let fitted = fit(family, &sample(family, truth, 20_000, 5, limit)).unwrap();
        for (parameter, truth) in fitted.parameters.iter().zip(truth) {
            assert!((parameter.value / truth - 1.0).abs() < 0.04, "{family:?}: {parameter:?} and {truth}");
        }
    }
}

#[test]
fn closed_forms_and_roots_are_where_the_search_ends() {
    let searches = [Family::Exponential, Family::Weibull, Family::LogNormal, Family::Normal, Family::Poisson, Family::Geometric];
    for (family, truth, limit) in LAWS.into_iter().filter(|(family, ..)| searches.contains(family)) {
        let both = [f64::INFINITY, limit];
        for limit in both.into_iter().filter(|limit| limit.is_finite() == matches!(family, Family::Exponential | Family::Weibull))
        {
            let seen = sample(family, truth, 150, 9, limit);
            let known = fit(family, &seen).unwrap();
            let found = searched(family, &seen, &start(family, &seen), 0.3).unwrap();
            for (known, found) in known.values().iter().zip(&found) {
                assert!((known / found - 1.0).abs() < 1e-5, "{family:?}: {known} and {found}");
            }
        }
    }
}

#[test]
fn the_likelihood_is_flat_at_the_top() {
    for (family, truth, limit) in LAWS {
        // Bounds are where the likelihood ends, not where it is flat; stages are whole.
        if matches!(family, Family::Uniform | Family::Pareto | Family::Erlang) {
            continue;
        }
        let seen = sample(family, truth, 200, 3, limit);
        let fitted = fit(family, &seen).unwrap();
        for number in 0..truth.len() {
            let moved = |by: f64| {
                let mut values = fitted.values();
                values[number] *= 1.0 + by;
                log_likelihood(family, &values, &seen)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let bend = (moved(1e-3) - 2.0 * moved(0.0) + moved(-1e-3)) / 1e-6;
            assert!(bend < 0.0 && (slope / bend).abs() < 2e-4, "{family:?} parameter {number}: slope {slope}, bend {bend}");
        }
    }
}

/// A law of statrs, as density and distribution.
type Other = (Box<dyn Fn(f64) -> f64>, Box<dyn Fn(f64) -> f64>);

fn continuous<D: Continuous<f64, f64> + ContinuousCDF<f64, f64> + Clone + 'static>(law: D) -> Other {
    let same = law.clone();
    (Box::new(move |x| law.ln_pdf(x)), Box::new(move |x| same.cdf(x)))
}

#[test]
fn densities_and_distributions_are_those_of_another_implementation() {
    let laws: Vec<(Family, Vec<f64>, Other)> = vec![
        (Family::Exponential, vec![7.0], continuous(Exp::new(1.0 / 7.0).unwrap())),
        (Family::Weibull, vec![1.6, 33.0], continuous(Weibull::new(1.6, 33.0).unwrap())),
        (Family::LogNormal, vec![20.0, 0.5], continuous(LogNormal::new(log(20.0), 0.5).unwrap())),
        (Family::Gamma, vec![2.7, 9.0], continuous(Gamma::new(2.7, 1.0 / 9.0).unwrap())),
        (Family::Erlang, vec![3.0, 24.0], continuous(Gamma::new(3.0, 1.0 / 8.0).unwrap())),
        (Family::Normal, vec![20.0, 6.0], continuous(Normal::new(20.0, 6.0).unwrap())),
        (Family::Gumbel, vec![10.0, 8.0], continuous(Gumbel::new(10.0, 8.0).unwrap())),
        (Family::Pareto, vec![2.5, 0.05], continuous(Pareto::new(0.05, 2.5).unwrap())),
        (Family::Uniform, vec![0.01, 90.0], continuous(Uniform::new(0.01, 90.0).unwrap())),
    ];
    for (family, p, (density, distribution)) in laws {
        for x in [0.06, 0.9, 3.0, 11.0, 20.0, 47.0, 80.0] {
            let (found, theirs) = (family.log_density(&p, x), density(x));
            assert!((found - theirs).abs() < 1e-9 * (1.0 + theirs.abs()), "{family:?} at {x}: {found} and {theirs}");
            let (found, theirs) = (family.cdf(&p, x), distribution(x));
            assert!((found - theirs).abs() < 1e-9, "{family:?} up to {x}: {found} and {theirs}");
            assert!((exp(family.log_survival(&p, x)) - (1.0 - theirs)).abs() < 1e-9, "{family:?} beyond {x}");
            if theirs > 1e-4 && theirs < 1.0 - 1e-9 {
                assert!((family.quantile(&p, theirs) / x - 1.0).abs() < 1e-6, "{family:?} quantile at {x}");
            }
        }
    }
    let beta = Beta::new(2.0, 5.0).unwrap();
    for x in [0.1, 0.5, 0.9] {
        assert!((Family::Beta.log_density(&[2.0, 5.0], x) - beta.ln_pdf(x)).abs() < 1e-9);
        assert!((Family::Beta.cdf(&[2.0, 5.0], x) - beta.cdf(x)).abs() < 1e-9);
    }
    let (poisson, geometric) = (Poisson::new(3.4).unwrap(), Geometric::new(0.3).unwrap());
    for k in 0..12_u64 {
        let x = k as f64;
        assert!((Family::Poisson.log_density(&[3.4], x) - poisson.ln_pmf(k)).abs() < 1e-9);
        assert!((Family::Poisson.cdf(&[3.4], x) - poisson.cdf(k)).abs() < 1e-9);
        // Theirs counts trials, ours failures.
        assert!((Family::Geometric.log_density(&[0.3], x) - geometric.ln_pmf(k + 1)).abs() < 1e-9);
        assert!((Family::Geometric.cdf(&[0.3], x) - geometric.cdf(k + 1)).abs() < 1e-9);
    }
    // Log-logistic: half lie below the median, and odds grow with the power of the shape.
    let odds = |x: f64| Family::LogLogistic.cdf(&[40.0, 2.5], x) / exp(Family::LogLogistic.log_survival(&[40.0, 2.5], x));
    assert!((odds(40.0) - 1.0).abs() < 1e-12 && (odds(80.0) / pow(2.0, 2.5) - 1.0).abs() < 1e-12);
}

/// Weeks in remission under 6-MP: Freireich and others (1963), as printed in Lawless (2003), example 1.1.7.
fn remission() -> Vec<Seen> {
    let ended = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
    let cut_off = [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0];
    ended.map(Seen::whole).into_iter().chain(cut_off.map(Seen::cut_off)).collect()
}

#[test]
fn the_curve_of_kaplan_and_meier_is_the_printed_one() {
    let curve = Survival::of(&remission());
    let printed = [
        (6.0, 21, 0.857, 0.076),
        (7.0, 17, 0.807, 0.087),
        (10.0, 15, 0.753, 0.096),
        (13.0, 12, 0.690, 0.107),
        (16.0, 11, 0.627, 0.114),
        (22.0, 7, 0.538, 0.128),
        (23.0, 6, 0.448, 0.135),
    ];
    assert_eq!(curve.steps.len(), printed.len());
    for (step, (at, at_risk, share, error)) in curve.steps.iter().zip(printed) {
        assert_eq!((step.at, step.at_risk), (at, at_risk));
        assert!((step.share - share).abs() < 5.1e-4, "{step:?}");
        assert!((step.variance.sqrt() - error).abs() < 5.1e-4, "{step:?}");
    }
    // 359 weeks in all, and nine of them ended.
    let fitted = fit(Family::Exponential, &remission()).unwrap();
    assert!((fitted.values()[0] - 359.0 / 9.0).abs() < 1e-12);
    assert_eq!((curve.share(5.9), curve.share(100.0)), (1.0, curve.steps[6].share));
}

#[test]
fn the_right_law_fits_and_a_wrong_one_does_not() {
    // Under the right law the probability is about uniform; 40 samples.
    let mut low = 0;
    for seed in 0..40 {
        let seen = sample(Family::Weibull, &[1.6, 330.0], 100, 70 + seed, 350.0);
        let fitted = fit(Family::Weibull, &seen).unwrap();
        low += usize::from(fitness(&fitted, &seen, 1).unwrap().p < 0.1);
    }
    assert!(low <= 11, "{low} of 40 below 10 %");
    let seen = sample(Family::LogNormal, &[360.0, 0.4], 300, 2, 800.0);
    let wrong = fit(Family::Exponential, &seen).unwrap();
    let right = fit(Family::LogNormal, &seen).unwrap();
    assert!(fitness(&wrong, &seen, 1).unwrap().p < 0.01);
    assert!(fitness(&right, &seen, 1).unwrap().p > 0.05);
    assert!(right.aic() < wrong.aic());
    assert_eq!(fitness(&right, &seen, 1), fitness(&right, &seen, 1));
}

#[test]
fn what_was_written_is_held_against_what_was_seen() {
    let mut against = 0;
    for seed in 0..200 {
        let seen = sample(Family::Gamma, &[3.0, 20.0], 80, 400 + seed, f64::INFINITY);
        let fitted = fit(Family::Gamma, &seen).unwrap();
        against += usize::from(likeness(&fitted, &[3.0, 20.0], &seen).p < 0.05);
    }
    assert!((2..=21).contains(&against), "{against} of 200 speak against the truth at 5 %");
    let seen = sample(Family::Uniform, &[30.0, 90.0], 50, 1, f64::INFINITY);
    let fitted = fit(Family::Uniform, &seen).unwrap();
    assert_eq!(likeness(&fitted, &[40.0, 90.0], &seen).p, 0.0, "something lies outside");
}

#[test]
fn samples_that_say_nothing_are_refused() {
    let error = |family, seen: &[Seen]| fit(family, seen).unwrap_err();
    assert_eq!(error(Family::Weibull, &[]), FitError::Empty);
    assert_eq!(error(Family::Weibull, &[Seen::cut_off(1.0), Seen::cut_off(2.0)]), FitError::AllCutOff { n: 2 });
    assert_eq!(error(Family::Weibull, &whole(&[4.0, 4.0])), FitError::AllEqual { n: 2, value: 4.0 });
    assert_eq!(error(Family::Normal, &whole(&[4.0, f64::NAN])).to_string(), "value 2 is NaN: only finite numbers can be fitted");
    let outside = error(Family::LogNormal, &whole(&[4.0, 0.0, 1.0])).to_string();
    assert_eq!(outside, "1 of 3 values cannot come of a law of this family, such as 0: it gives numbers above 0");
    assert_eq!(error(Family::Uniform, &[Seen::whole(1.0), Seen::whole(2.0), Seen::cut_off(3.0)]), FitError::CutOff);
    // What was cut off at once says nothing, and does no harm.
    let with = [Seen::whole(1.0), Seen::whole(2.0), Seen::cut_off(0.0)];
    assert_eq!(fit(Family::LogNormal, &with[..2]).unwrap().cut_off, 0);
    let both = (fit(Family::Weibull, &with).unwrap().values(), fit(Family::Weibull, &with[..2]).unwrap().values());
    assert!((both.0[0] / both.1[0] - 1.0).abs() < 1e-9);
    for (family, ..) in LAWS {
        // One that ended among many that did not, and very few of any kind: an answer or an error, never a panic.
        let one: Vec<Seen> = [Seen::whole(0.5)].into_iter().chain((1..9).map(|n| Seen::cut_off(f64::from(n)))).collect();
        let _ = fit(family, &one).map(|fitted| fitness(&fitted, &one, 1));
        let _ = fit(family, &whole(&[0.0, 1.0])).map(|fitted| fitness(&fitted, &whole(&[0.0, 1.0]), 1));
        let _ = fit(family, &whole(&[1e-300, 1e300, 0.3])).map(|fitted| fitness(&fitted, &whole(&[0.1, 0.2]), 1));
    }
}

#[test]
fn values_lifted_to_a_floor_count_as_smaller() {
    // A normal law of which everything below the mean less half a deviation is lifted: 31 % of the values.
    let floor = 2400.0;
    let lift = |seen: Seen| if seen.value <= floor { Seen::lifted(floor) } else { seen };
    let mut covered = [0, 0];
    for seed in 0..200 {
        let seen: Vec<Seen> =
            sample(Family::Normal, &[2700.0, 600.0], 120, 900 + seed, f64::INFINITY).into_iter().map(lift).collect();
        let fitted = fit(Family::Normal, &seen).unwrap();
        for (number, truth) in [2700.0, 600.0].into_iter().enumerate() {
            let (low, high) = fitted.parameters[number].interval.unwrap();
            covered[number] += usize::from(low <= truth && truth <= high);
        }
    }
    assert!(covered.iter().all(|covered| (179..=199).contains(covered)), "{covered:?} of 200");
    let many: Vec<Seen> = sample(Family::Normal, &[2700.0, 600.0], 20_000, 4, f64::INFINITY).into_iter().map(lift).collect();
    let fitted = fit(Family::Normal, &many).unwrap();
    assert!((fitted.values()[0] / 2700.0 - 1.0).abs() < 0.01 && (fitted.values()[1] / 600.0 - 1.0).abs() < 0.03);
    // A floor does not make a law fit badly, and a wrong law still does.
    let some = &many[..400];
    assert!(fitness(&fit(Family::Normal, some).unwrap(), some, 1).unwrap().p > 0.05);
    let wrong = fit(Family::Exponential, some).unwrap();
    assert!(fitness(&wrong, some, 1).unwrap().p < 0.02);
    assert_eq!(fit(Family::Normal, &[Seen::lifted(3.0), Seen::lifted(3.0)]), Err(FitError::AllLifted { n: 2, floor: 3.0 }));
    assert_eq!(fit(Family::Uniform, &[Seen::lifted(3.0), Seen::whole(4.0)]), Err(FitError::CutOff));
}

#[test]
fn units_do_not_matter() {
    for (family, truth, limit) in LAWS.into_iter().take(9) {
        let seen = sample(family, truth, 90, 8, limit);
        let larger: Vec<Seen> = seen.iter().map(|seen| Seen { value: seen.value * 3600.0, ..*seen }).collect();
        let (one, other) = (fit(family, &seen).unwrap(), fit(family, &larger).unwrap());
        for (one, other) in one.parameters.iter().zip(&other.parameters) {
            let times = other.value / one.value;
            assert!((times - 1.0).abs() < 1e-4 || (times / 3600.0 - 1.0).abs() < 1e-4, "{family:?}: {one:?} {other:?}");
        }
    }
}
