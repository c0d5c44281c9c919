//! The method of Morris: how much a measure changes when one factor at a time takes a large step.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::super::error::SpaceError;
use super::super::explorer::Trial;
use super::super::points::{POINTS_MAX, chance};
use super::super::space::Factor;
use super::{Ranged, bootstrap, varies};

/// Levels of each factor: 0, 1/3, 2/3 and 1.
const LEVELS: u32 = 4;

/// A step: half of the levels, so that every level is as likely.
const STEP: f64 = 2.0 / 3.0;

/// What steps of one factor did, in the measure's unit for the whole range of the factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MorrisEffect {
    /// Mean of the effects: with what sign it acts; near 0 where it acts both ways.
    pub mean: f64,
    /// Mean of their sizes (mu*): how much it matters.
    pub size: Ranged,
    /// Their standard deviation: how much the effect depends on where the factors are. `None` for a single one.
    pub spread: Option<f64>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Morris {
    /// For each factor.
    pub effects: Vec<MorrisEffect>,
    /// Trajectories that were used.
    pub rows: usize,
    /// Trajectories that were not, because a trial observed nothing.
    pub missing: usize,
}

/// The trials: `trajectories` of a start and a step of each factor, in an order that is drawn.
///
/// A trial's label is `start`, or the factor that stepped and its direction, as `+garage.loaners`.
///
/// # Errors
/// More trials than [`POINTS_MAX`], or no trajectory.
///
/// # Source
/// Morris (1991), Factorial sampling plans for preliminary computational experiments, Technometrics 33.
pub fn morris_trials(factors: &[Factor], trajectories: usize, seed: u64) -> Result<Vec<Trial>, SpaceError> {
    let each = factors.len() + 1;
    if trajectories == 0 {
        return Err(SpaceError::Design("the method of Morris needs at least 1 point, better 10 or more".into()));
    }
    if trajectories.saturating_mul(each) > POINTS_MAX {
        let text = format!("that makes {trajectories} x {each} points, and {POINTS_MAX} are allowed: ask for fewer --points");
        return Err(SpaceError::Design(text));
    }
    let mut chance = chance(seed, "morris");
    let mut trials: Vec<Trial> = Vec::with_capacity(trajectories * each);
    let mut add = |label: String, places: &[f64]| {
        let values = factors.iter().zip(places).map(|(factor, place)| factor.at(*place)).collect();
        trials.push(Trial { number: trials.len() + 1, label, values });
    };
    for _ in 0..trajectories {
        let level = |level: u32| f64::from(level) / f64::from(LEVELS - 1);
        let mut places: Vec<f64> = factors.iter().map(|_| level(chance.random_range(0..LEVELS))).collect();
        let mut order: Vec<usize> = (0..factors.len()).collect();
        order.shuffle(&mut chance);
        add("start".into(), &places);
        for factor in order {
            let up = places[factor] < 0.5;
            places[factor] += if up { STEP } else { -STEP };
            add(format!("{}{}", if up { '+' } else { '-' }, factors[factor].name), &places);
        }
    }
    Ok(trials)
}

impl Morris {
    /// The effects from what came out of [`morris_trials`], in their order; `None` where it does not vary.
    ///
    /// # Source
    /// The mean size: Campolongo, Cariboni and Saltelli (2007), An effective screening design for sensitivity analysis
    /// of large models, Environmental Modelling and Software 22.
    pub fn of(trials: &[Trial], outputs: &[Option<f64>], factors: &[Factor], seed: u64) -> Option<Morris> {
        let each = factors.len() + 1;
        let one = |(trials, outputs): (&[Trial], &[Option<f64>])| {
            let outputs = outputs.iter().copied().collect::<Option<Vec<f64>>>()?;
            let mut effects = vec![0.0; factors.len()];
            for (step, trial) in trials.iter().enumerate().skip(1) {
                let sign = if trial.label.starts_with('-') { -1.0 } else { 1.0 };
                let factor = factors.iter().position(|factor| factor.name == trial.label[1..])?;
                effects[factor] = sign * (outputs[step] - outputs[step - 1]) / STEP;
            }
            Some(effects)
        };
        let rows: Vec<Vec<f64>> = trials.chunks_exact(each).zip(outputs.chunks_exact(each)).filter_map(one).collect();
        let known: Vec<f64> = outputs.iter().flatten().copied().collect();
        if rows.is_empty() || !varies(&known) {
            return None;
        }
        let n = rows.len() as f64;
        let sizes = |drawn: &[usize]| {
            let size = |f: usize| drawn.iter().map(|row| rows[*row][f].abs()).sum::<f64>() / drawn.len() as f64;
            (0..factors.len()).map(size).collect()
        };
        let effect = |(f, size): (usize, Ranged)| {
            let mean = rows.iter().map(|row| row[f]).sum::<f64>() / n;
            let squares: f64 = rows.iter().map(|row| (row[f] - mean) * (row[f] - mean)).sum();
            MorrisEffect { mean, size, spread: (rows.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) }
        };
        let effects = bootstrap(rows.len(), seed, sizes).into_iter().enumerate().map(effect).collect();
        Some(Morris { effects, rows: rows.len(), missing: outputs.len() / each - rows.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(count: usize, asked: &str) -> Vec<Factor> {
        (0..count).map(|number| Factor::parse(&format!("x{number}"), asked).unwrap()).collect()
    }

    fn analysed(factors: &[Factor], trajectories: usize, model: impl Fn(&[f64]) -> f64) -> Option<Morris> {
        let trials = morris_trials(factors, trajectories, 4).unwrap();
        let numbers = |trial: &Trial| trial.values.iter().map(|value| value.parse().unwrap()).collect::<Vec<f64>>();
        let outputs: Vec<Option<f64>> = trials.iter().map(|trial| Some(model(&numbers(trial)))).collect();
        Morris::of(&trials, &outputs, factors, 4)
    }

    #[test]
    fn of_a_plane_the_effects_are_its_slopes() {
        let found = analysed(&factors(3, "0.0..10.0"), 6, |x| 2.0 * x[0] - x[1]).unwrap();
        for (effect, slope) in found.effects.iter().zip([20.0, -10.0, 0.0_f64]) {
            assert!((effect.mean - slope).abs() < 1e-4 && (effect.size.value - slope.abs()).abs() < 1e-4, "{effect:?}");
            assert!(effect.spread.unwrap() < 1e-4);
        }
    }

    #[test]
    fn of_ishigami_they_are_those_of_all_steps_on_the_levels() {
        let ishigami = |x: &[f64]| {
            let (a, b) = (libm::sin(x[0]), libm::sin(x[1]));
            a + 7.0 * b * b + 0.1 * x[2] * x[2] * x[2] * x[2] * a
        };
        let pi = std::f64::consts::PI;
        let at = |level: u32| -pi + 2.0 * pi * f64::from(level) / 3.0;
        // Every step there is: each factor from level 0 to 2 or from 1 to 3, with the others at any level.
        let exact = |factor: usize| {
            let mut sizes = Vec::new();
            for base in 0..64_u32 {
                let levels = [base % 4, base / 4 % 4, base / 16];
                if levels[factor] < 2 {
                    let mut x = levels.map(at);
                    let before = ishigami(&x);
                    x[factor] = at(levels[factor] + 2);
                    sizes.push(((ishigami(&x) - before) / STEP).abs());
                }
            }
            sizes.iter().sum::<f64>() / sizes.len() as f64
        };
        let found = analysed(&factors(3, "-3.14159265..3.14159265"), 2_000, ishigami).unwrap();
        for (factor, effect) in found.effects.iter().enumerate() {
            // Of 2,000 trajectories the bootstrap interval is four standard errors wide; theory lies within two widths.
            let width = effect.size.high - effect.size.low;
            assert!((effect.size.value - exact(factor)).abs() <= width + 1e-3, "{effect:?} against {}", exact(factor));
            assert!(width < 0.1 * exact(factor) + 1e-3, "{effect:?}");
        }
    }

    #[test]
    fn each_step_moves_one_factor_and_stays_inside() {
        let factors = factors(5, "0.0..1.0");
        let trials = morris_trials(&factors, 20, 9).unwrap();
        assert_eq!(trials.len(), 120);
        for pair in trials.windows(2).filter(|pair| pair[1].label != "start") {
            let moved = pair[0].values.iter().zip(&pair[1].values).filter(|(a, b)| a != b).count();
            assert_eq!(moved, 1);
        }
        let whole = vec![Factor::parse("a", "1..2").unwrap(), Factor::parse("b", "x,y,z").unwrap()];
        let trials = morris_trials(&whole, 20, 9).unwrap();
        assert!(trials.windows(2).filter(|pair| pair[1].label != "start").all(|pair| pair[0].values != pair[1].values));
    }

    #[test]
    fn what_does_not_vary_has_no_effects() {
        assert_eq!(analysed(&factors(2, "0.0..1.0"), 3, |_| 4.0), None);
        assert!(morris_trials(&factors(2, "0.0..1.0"), 0, 1).is_err());
    }
}
