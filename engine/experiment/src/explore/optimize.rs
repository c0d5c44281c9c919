//! The search for the best point, under limits, where every figure is uncertain.
//!
//! First a search tries new points, each with few replications. Then a race gives more replications to those that could
//! still be the best, on the same luck for all, and drops who is worse for certain. Last the winner is checked on
//! replications that had no part in its choice, because a winner's figures are flattered by having won.
//!
//! What is found is the best of what was tried. Nothing here proves that there is no better.
//!
//! All of it follows from the trials' figures in their order: who goes on from a results file comes to the same end.

mod frontier;
mod propose;
mod race;

use std::collections::BTreeSet;

pub use race::Standing;

use super::error::ExploreError;
use super::explorer::{Evaluate, Explorer, Figures, Trial};
use crate::statistics::Estimate;

/// What is wanted of one measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The measure, as an index into those of the study.
    pub measure: usize,
    /// Whether more of it is wanted, or less.
    pub higher: bool,
}

/// What one measure must not go beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The measure, as an index into those of the study.
    pub measure: usize,
    /// Whether `bound` is the most or the least that is allowed.
    pub at_most: bool,
    /// In the measure's unit.
    pub bound: f64,
}

impl Limit {
    /// By how much a value goes beyond the bound; 0 or less where it does not.
    fn beyond(&self, value: f64) -> f64 {
        if self.at_most { value - self.bound } else { self.bound - value }
    }
}

/// What is looked for, and with how much effort. The study has one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What is wanted.
    pub goal: Goal,
    /// What has to hold.
    pub limits: Vec<Limit>,
    /// How many points are tried, at least 1.
    pub budget: usize,
    /// Replications of each point in the search, at least 2.
    pub replications: usize,
    /// The most replications of a point in the race.
    pub most: usize,
    /// From which the choice of points derives.
    pub seed: u64,
    /// A point to begin with, such as how things are at present.
    pub present: Option<Vec<String>>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// The best known point, by its number; `None` where nothing was observed anywhere.
    pub best: Option<Best>,
    /// The point to begin with, if there was one.
    pub present: Option<usize>,
    /// Points that could not be told apart from the best, those with the better means first.
    pub alike: Vec<usize>,
    /// Points that no other beats in the goal and in all limited measures at once, by their means; in order of the goal.
    pub frontier: Vec<usize>,
    /// Points that were tried.
    pub tried: usize,
    /// Whether that was every point there is.
    pub all: bool,
}

/// The best known point.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Its number.
    pub number: usize,
    /// Whether it meets the limits, as far as the replications of the race tell.
    pub standing: Standing,
    /// Replications of the race.
    pub replications: usize,
    /// The goal's measure on as many fresh replications.
    pub goal: Estimate,
    /// Each limit's measure on the fresh replications, and what they say.
    pub limits: Vec<(Estimate, Standing)>,
}

/// The values of a measure in some replications.
fn values(figures: &Figures, measure: usize, from: usize, to: usize) -> &[Option<f64>] {
    let all = figures.values(0, measure);
    &all[from.min(all.len())..to.min(all.len())]
}

/// Looks for the best point.
///
/// # Errors
/// As [`Explorer::ensure`].
///
/// # Panics
/// If the study has not one policy, or nothing may be tried.
pub fn optimize<E: Evaluate>(explorer: &mut Explorer<'_, E>, search: &Search) -> Result<Optimum, ExploreError<E::Error>> {
    assert!(explorer.study().policies.len() == 1, "one policy is optimised at a time");
    assert!(search.budget > 0 && search.replications > 1, "a search tries at least one point, at least twice");
    let (trials, all) = propose::search(explorer, search)?;
    let numbers: Vec<usize> = trials.iter().map(|trial| trial.number).collect();
    let best = race::race(explorer, search, &trials)?;
    let alike = best.as_ref().map_or_else(Vec::new, |best| race::alike(explorer, search, &numbers, best));
    let frontier = frontier::frontier(explorer, search, &numbers);
    let on_it: BTreeSet<usize> = frontier.iter().copied().collect();
    explorer.finish(|record| if on_it.contains(&record.number) { "yes" } else { "no" }.to_owned())?;
    let present = search.present.as_ref().map(|_| 1);
    Ok(Optimum { best, present, alike, frontier, tried: trials.len(), all })
}

/// Runs trials so often, by their numbers.
fn ensure<E: Evaluate>(
    explorer: &mut Explorer<'_, E>,
    trials: &[Trial],
    numbers: &[usize],
    replications: usize,
) -> Result<(), ExploreError<E::Error>> {
    let wanted: Vec<Trial> = numbers.iter().map(|number| trials[number - 1].clone()).collect();
    explorer.ensure(&wanted, replications)
}

#[cfg(test)]
mod tests {
    use super::super::explorer::Study;
    use super::super::ledger::{Header, Ledger};
    use super::super::points::Layout;
    use super::super::space::Factor;
    use super::super::synthetic::{Bowl, bowl, study};
    use super::*;
    use crate::synthetic::Draws;

    const COST: usize = 0;
    const LATE: usize = 1;

    fn search() -> Search {
        let goal = Goal { measure: COST, higher: false };
        Search { goal, limits: vec![], budget: 12, replications: 4, most: 32, seed: 1, present: None }
    }

    fn header() -> Header {
        Header::new("optimize", Some("stage"), Some("frontier"))
    }

    fn found(bowl: &Bowl, search: &Search, jobs: usize) -> (Optimum, Vec<(usize, String)>) {
        let mut explorer = Explorer::new(study(), bowl, jobs, Ledger::none(study(), header()), vec![]);
        let optimum = optimize(&mut explorer, search).unwrap();
        let values = explorer.records().values().map(|record| (record.number, record.values[0].clone())).collect();
        (optimum, values)
    }

    fn value_of(found: &(Optimum, Vec<(usize, String)>)) -> &str {
        let best = found.0.best.as_ref().unwrap().number;
        &found.1.iter().find(|(number, _)| *number == best).unwrap().1
    }

    #[test]
    fn the_least_of_a_noisy_bowl_is_found_within_a_small_budget() {
        // 21 points, 12 tries. The cost of a neighbour is 0.25 more; the noise of its own is 0.5, so of 32 replications
        // the error of a paired difference is 0.125: a neighbour may win, one two steps away (1.0 more) cannot.
        for seed in 1..=10 {
            let found = found(&bowl(), &Search { seed, ..search() }, 2);
            let value: f64 = value_of(&found).parse().unwrap();
            assert!((value - 7.0).abs() <= 1.0, "seed {seed}: {value}");
            assert_eq!((found.0.tried, found.0.all), (12, false));
        }
    }

    #[test]
    fn where_every_point_can_be_tried_it_is() {
        let found = found(&bowl(), &Search { budget: 30, ..search() }, 2);
        assert_eq!((found.0.tried, found.0.all), (21, true));
        assert!(["6", "7", "8"].contains(&value_of(&found)));
    }

    #[test]
    fn a_limit_moves_the_best_to_where_it_is_met_for_certain() {
        // late = 20 - x with noise: at most 9.5 is met from 11 on, on average 9; its error over 32 is 0.1.
        let limits = vec![Limit { measure: LATE, at_most: true, bound: 9.5 }];
        let found = found(&bowl(), &Search { budget: 30, limits: limits.clone(), ..search() }, 2);
        let best = found.0.best.as_ref().unwrap();
        assert_eq!((value_of(&found), best.standing), ("11", Standing::Met));
        assert_eq!(best.limits[0].1, Standing::Met, "also on fresh replications");
        // Cost against lateness: from the least cost at 7 on, each step costs more and is less late.
        let mut values: Vec<&str> =
            found.0.frontier.iter().map(|n| found.1.iter().find(|(number, _)| number == n).unwrap().1.as_str()).collect();
        values.retain(|value| !["5", "6", "8"].contains(value));
        let wanted: Vec<String> = [7].into_iter().chain(9..=20).map(|value| value.to_string()).collect();
        assert_eq!(values, wanted, "neighbours of the least may win or lose by noise, others may not");
    }

    #[test]
    fn limits_that_nothing_meets_are_told() {
        let limits = vec![Limit { measure: LATE, at_most: true, bound: -5.0 }];
        let found = found(&bowl(), &Search { limits, ..search() }, 2);
        let best = found.0.best.as_ref().unwrap();
        assert_eq!(best.standing, Standing::Broken);
        let value: f64 = value_of(&found).parse().unwrap();
        assert!(value >= 18.0, "the least late of all: {value}");
    }

    #[test]
    fn more_is_wanted_where_it_is_asked_for() {
        let goal = Goal { measure: LATE, higher: true };
        let found = found(&bowl(), &Search { goal, budget: 30, ..search() }, 2);
        assert_eq!(value_of(&found), "0");
    }

    #[test]
    fn what_cannot_be_told_apart_is_named_and_the_rest_is_not() {
        let loud = Bowl { own: 3.0, ..bowl() };
        let found = found(&loud, &Search { budget: 30, most: 8, ..search() }, 2);
        assert!(!found.0.alike.is_empty());
        assert!(!found.0.alike.contains(&found.0.best.as_ref().unwrap().number));
        let far = found.0.alike.iter().map(|n| found.1.iter().find(|(number, _)| number == n).unwrap().1.parse::<f64>().unwrap());
        assert!(far.into_iter().all(|value| value < 18.0), "30 more is told apart from 3 of noise");
    }

    #[test]
    fn a_check_on_fresh_replications_is_not_flattered() {
        // Twenty-one points alike, each with noise of its own. In the race the winner's mean lies below the truth
        // because it won; on fresh replications it does not, on average over 40 seeds: its error is 3 / sqrt(8 x 40).
        struct Flat;
        impl Evaluate for Flat {
            type Error = String;
            fn evaluate(&self, values: &[String], replications: std::ops::Range<u32>, _: usize) -> Result<Figures, String> {
                let seed: u64 = values[0].parse().map_err(|_| "no number")?;
                let luck = |r: u32| Some(3.0 * Draws::new(u64::from(r) * 104_729 + seed * 1_299_709).normal());
                let cost: Vec<Option<f64>> = replications.map(luck).collect();
                Ok(Figures(vec![vec![cost.clone(), cost]]))
            }
        }
        let (mut race, mut fresh) = (0.0, 0.0);
        for seed in 0..40 {
            let wide = Study { factors: vec![Factor::parse("x", "0..1000000").unwrap()], ..study() };
            let mut explorer = Explorer::new(wide.clone(), &Flat, 1, Ledger::none(wide, header()), vec![]);
            let search = Search { seed, most: 8, ..search() };
            let best = optimize(&mut explorer, &search).unwrap().best.unwrap();
            race += explorer.figures(best.number).estimate(0, COST, best.replications).mean.unwrap() / 40.0;
            fresh += best.goal.mean.unwrap() / 40.0;
        }
        assert!(race < -1.0, "{race}");
        assert!(fresh.abs() < 0.5, "{fresh}");
    }

    #[test]
    fn killed_anywhere_it_comes_to_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let limits = vec![Limit { measure: LATE, at_most: true, bound: 9.5 }];
        let search = Search { limits, present: Some(vec!["3".into()]), ..search() };
        let path = folder.path().join("a.csv");
        let go = |jobs: usize, bowl: &Bowl| {
            let (ledger, kept) = Ledger::open(&path, study(), header(), false).unwrap();
            let mut explorer = Explorer::new(study(), bowl, jobs, ledger, kept);
            optimize(&mut explorer, &search).map(|optimum| (optimum, explorer.run()))
        };
        let whole = go(1, &bowl()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let again = go(4, &bowl()).unwrap();
        assert_eq!((again.0, again.1), (whole.0.clone(), 0), "a finished search is told again without a run");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        // Stopped by a fault at the point that each budget of tries reaches, as a kill would stop it.
        for stop in [1.0, 4.0, 6.0, 8.0, 12.0, 15.0] {
            std::fs::remove_file(&path).unwrap();
            let fails: fn(f64) -> bool = match stop as u32 {
                1 => |x| x == 1.0,
                4 => |x| x == 4.0,
                6 => |x| x == 6.0,
                8 => |x| x == 8.0,
                12 => |x| x == 12.0,
                _ => |x| x == 15.0,
            };
            let stopped = go(2, &Bowl { fails, ..bowl() });
            if stopped.is_err() {
                assert_ne!(std::fs::read(&path).unwrap(), bytes);
            }
            assert_eq!(go(3, &bowl()).unwrap().0, whole.0);
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "stopped at {stop}");
        }
    }

    /// A bowl over a number, a whole number, a choice and another number, of which two interact; its least value is 0.
    struct Mixed;

    impl Mixed {
        fn truth(values: &[String]) -> f64 {
            let choice = ["low", "middle", "high"].iter().position(|choice| *choice == values[2]).unwrap() as f64;
            let [a, b, d] = [0, 1, 3].map(|place| values[place].parse::<f64>().unwrap());
            let (a, b, d) = (a - 0.3, b - 13.0, d - 0.8);
            10.0 * a * a + b * b / 40.0 + a * b / 4.0 + choice + 5.0 * d * d
        }
    }

    impl Evaluate for Mixed {
        type Error = String;

        fn evaluate(&self, values: &[String], replications: std::ops::Range<u32>, _: usize) -> Result<Figures, String> {
            let point = values.concat().bytes().fold(7_u64, |key, byte| key.wrapping_mul(31).wrapping_add(byte.into()));
            let luck = |replication: u32, key: u64| Draws::new(u64::from(replication) * 7919 + key).normal();
            let cost = |r: u32| Some(Mixed::truth(values) + 3.0 * luck(r, 0) + 0.3 * luck(r, point >> 8));
            let cost: Vec<Option<f64>> = replications.map(cost).collect();
            Ok(Figures(vec![vec![cost.clone(), cost]]))
        }
    }

    #[test]
    fn numbers_whole_numbers_and_choices_are_searched_together_and_better_than_by_spread_points() {
        let asked = [("a", "0.0..1.0"), ("b", "0..40"), ("c", "low,middle,high"), ("d", "0.0..1.0")];
        let factors: Vec<Factor> = asked.map(|(name, asked)| Factor::parse(name, asked).unwrap()).to_vec();
        let wide = Study { factors: factors.clone(), ..study() };
        let (mut searched, mut spread) = (vec![], vec![]);
        for seed in 0..15 {
            let mut explorer = Explorer::new(wide.clone(), &Mixed, 2, Ledger::none(wide.clone(), header()), vec![]);
            let search = Search { seed, budget: 40, replications: 8, ..search() };
            let best = optimize(&mut explorer, &search).unwrap().best.unwrap();
            searched.push(Mixed::truth(&explorer.records()[&best.number].values));
            let points = super::super::points::points(Layout::Sobol { points: 40 }, &factors, seed).unwrap();
            spread.push(points.iter().map(|point| Mixed::truth(point)).fold(f64::INFINITY, f64::min));
        }
        searched.sort_by(f64::total_cmp);
        spread.sort_by(f64::total_cmp);
        // A point at random is worth about 8. The error of a paired difference over 32 replications is 0.08, so three
        // of it are what a race can leave; 40 spread points, of which the best is known without noise, reach 0.7.
        assert!(searched[7] < 0.24 && searched[13] < 0.8, "{searched:?}");
        assert!(spread[7] > 2.0 * searched[7] && spread[7] > 0.5, "{spread:?}");
    }
}
