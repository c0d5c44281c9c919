//! Which point is tried next.
//!
//! The search begins with points spread over the space and goes on with those of a Tree-structured Parzen Estimator: for
//! each factor it draws values from where the best tenth of the points lie and takes the one that is least likely among
//! the others. It needs nothing but the order of the points, so limits and noise only have to order them, and ranges,
//! whole numbers and choices are alike to it. Every fourth point is a neighbour of the best so far instead, with another
//! choice or the next whole number in one factor, because the estimator is slow to leave a choice that began well.
//!
//! The estimator takes logarithms of the platform, so on another kind of machine a search may take another way; on one it
//! is always the same.
//!
//! # Source
//! Bergstra, Bardenet, Bengio and Kégl (2011), Algorithms for hyper-parameter optimization, NeurIPS 24. That points
//! which meet the limits come first, then those which break them least: Deb (2000), An efficient constraint handling
//! method for genetic algorithms, Computer Methods in Applied Mechanics and Engineering 186.

use std::collections::BTreeSet;

use tpe::{TpeOptimizerBuilder, categorical_range, histogram_estimator, parzen_estimator, range};

use super::super::error::ExploreError;
use super::super::explorer::{Evaluate, Explorer, Trial};
use super::super::points::{Layout, chance, points};
use super::super::space::Factor;
use super::{Search, ensure};

/// The share of points that count as good.
const GOOD: f64 = 0.1;

/// Values drawn for each factor, of which the most promising is taken.
const CANDIDATES: usize = 24;

/// One point of so many is a neighbour of the best.
const NEIGHBOUR: usize = 4;

/// How often a point is drawn again that was tried before.
const AGAIN: u64 = 32;

/// Runs the search; gives all trials, and whether these were all points there are.
pub(super) fn search<E: Evaluate>(
    explorer: &mut Explorer<'_, E>,
    search: &Search,
) -> Result<(Vec<Trial>, bool), ExploreError<E::Error>> {
    let factors = explorer.study().factors.clone();
    let mut tried = Tried::default();
    if let Some(present) = &search.present {
        tried.add("present", present.clone());
    }
    let all = factors.iter().try_fold(1_usize, |count, factor| count.checked_mul(factor.count()?));
    let all = all.filter(|all| *all <= search.budget);
    let spread = match all {
        Some(_) => Layout::Grid { steps: search.budget },
        None => Layout::Sobol { points: (2 * factors.len() + 2).max(search.budget / 4).min(search.budget) },
    };
    // A design within the budget is within what designs bear, too.
    for point in points(spread, &factors, search.seed).unwrap_or_default() {
        if tried.trials.len() < search.budget || all.is_some() {
            tried.add("start", point);
        }
    }
    explorer.ensure(&tried.trials, search.replications)?;
    while all.is_none() && tried.trials.len() < search.budget {
        let Some(point) = next(explorer, search, &factors, &tried) else { return Ok((tried.trials, true)) };
        tried.add("search", point);
        let number = tried.trials.len();
        ensure(explorer, &tried.trials, &[number], search.replications)?;
    }
    Ok((tried.trials, all.is_some()))
}

/// The trials so far.
#[derive(Default)]
struct Tried {
    trials: Vec<Trial>,
    points: BTreeSet<Vec<String>>,
}

impl Tried {
    /// Adds a point, if it is new.
    fn add(&mut self, label: &str, values: Vec<String>) {
        if self.points.insert(values.clone()) {
            self.trials.push(Trial { number: self.trials.len() + 1, label: label.to_owned(), values });
        }
    }
}

/// A point that was not tried; `None` if none is found.
fn next<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, factors: &[Factor], tried: &Tried) -> Option<Vec<String>> {
    let ranks = ranks(explorer, search, tried.trials.len());
    let turn = tried.trials.len();
    if turn.is_multiple_of(NEIGHBOUR)
        && let Some(best) = ranks.iter().position(|rank| *rank == 0)
        && let Some(point) = neighbour(factors, &tried.trials[best].values, tried)
    {
        return Some(point);
    }
    let drawn = (0..AGAIN).find_map(|attempt| {
        let purpose = format!("propose {turn} {attempt}");
        let point: Option<Vec<String>> = (factors.iter().enumerate())
            .map(|(place, factor)| {
                let told = tried.trials.iter().zip(&ranks).map(|(trial, rank)| (trial.values[place].as_str(), *rank));
                value(factor, told, search.seed, &format!("{purpose} {place}"))
            })
            .collect();
        point.filter(|point| !tried.points.contains(point))
    });
    // Where it draws only what is known, the sequence of spread points has others.
    drawn.or_else(|| {
        let spread = points(Layout::Sobol { points: 4 * (search.budget + 64) }, factors, search.seed).ok()?;
        spread.into_iter().find(|point| !tried.points.contains(point))
    })
}

/// A neighbour of a point that was not tried: the next whole number or another choice in one factor.
fn neighbour(factors: &[Factor], point: &[String], tried: &Tried) -> Option<Vec<String>> {
    let near = |(place, factor): (usize, &Factor)| {
        let values = factor.neighbours(&point[place]).into_iter();
        values.map(|value| [&point[..place], &[value], &point[place + 1..]].concat()).collect::<Vec<_>>()
    };
    factors.iter().enumerate().flat_map(near).find(|point| !tried.points.contains(point))
}

/// The next value of one factor, from those tried and the rank of each.
fn value<'v>(factor: &Factor, told: impl Iterator<Item = (&'v str, usize)>, seed: u64, purpose: &str) -> Option<String> {
    let mut builder = TpeOptimizerBuilder::new();
    builder.gamma(GOOD).candidates(CANDIDATES);
    // A choice is told by its number, anything else by its place.
    let (estimator, space) = match factor.count().filter(|_| factor.is_choice()) {
        Some(choices) => (histogram_estimator(), categorical_range(choices).ok()?),
        None => (parzen_estimator(), range(0.0, 1.0).ok()?),
    };
    let width = space.end();
    let mut optimizer = builder.build(estimator, space).ok()?;
    for (value, rank) in told {
        let place = (factor.place(value)? * width).min(width * (1.0 - f64::EPSILON));
        let place = if factor.is_choice() { place.floor() } else { place };
        optimizer.tell(place, rank as f64).ok()?;
    }
    let place = optimizer.ask(&mut chance(seed, purpose)).ok()?;
    Some(factor.at(if factor.is_choice() { (place + 0.5) / width } else { place }))
}

/// The rank of each of the first `count` trials: 0 for the best so far.
fn ranks<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, count: usize) -> Vec<usize> {
    let key = |number: usize| {
        let mean = |measure: usize| explorer.figures(number).mean(0, measure, search.replications);
        let beyond = search.limits.iter().map(|limit| {
            let scale = if limit.bound == 0.0 { 1.0 } else { limit.bound.abs() };
            mean(limit.measure).map_or(f64::INFINITY, |mean| (limit.beyond(mean) / scale).max(0.0))
        });
        let beyond: f64 = beyond.sum();
        let goal = mean(search.goal.measure).map_or(f64::INFINITY, |mean| if search.goal.higher { -mean } else { mean });
        (beyond, goal)
    };
    let keys: Vec<(f64, f64)> = (1..=count).map(key).collect();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| keys[*a].0.total_cmp(&keys[*b].0).then(keys[*a].1.total_cmp(&keys[*b].1)));
    let mut ranks = vec![0; count];
    order.into_iter().enumerate().for_each(|(rank, trial)| ranks[trial] = rank);
    ranks
}
