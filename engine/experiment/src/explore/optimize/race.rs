//! More replications for those that could still be the best, until they are told apart.
//!
//! All who race meet the same luck, so who is worse is seen in the differences within each replication. They are judged
//! at 95 % for all comparisons of a round together (Bonferroni): one that is dropped is worse for certain, as far as
//! such a thing can be said.
//!
//! # Source
//! Racing: Maron and Moore (1997), The racing algorithm, Artificial Intelligence Review 11. Doubling the replications of
//! those that remain: Karnin, Koren and Somekh (2013), Almost optimal exploration in multi-armed bandits, ICML 30.

use super::super::error::ExploreError;
use super::super::explorer::{Evaluate, Explorer, Figures, Trial};
use super::{Best, Limit, Search, ensure, values};
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// The most points that race.
const RACERS: usize = 10;

/// What intervals tell about limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The interval lies within every bound.
    Met,
    /// For at least one limit it cannot be said.
    Open,
    /// The interval of at least one lies beyond its bound.
    Broken,
}

impl Standing {
    /// The word used in results.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Met => "met",
            Standing::Open => "undecided",
            Standing::Broken => "broken",
        }
    }

    /// What an interval tells about a limit.
    pub fn of(limit: &Limit, estimate: &Estimate) -> Standing {
        match estimate.interval {
            Some((low, high)) if limit.beyond(low).max(limit.beyond(high)) <= 0.0 => Standing::Met,
            Some((low, high)) if limit.beyond(low).min(limit.beyond(high)) > 0.0 => Standing::Broken,
            _ => Standing::Open,
        }
    }
}

/// Whether figures meet all limits, as far as some replications tell.
fn standing(figures: &Figures, search: &Search, replications: usize) -> Standing {
    let each = search.limits.iter().map(|limit| Standing::of(limit, &figures.estimate(0, limit.measure, replications)));
    each.max().unwrap_or(Standing::Met)
}

/// The mean of the goal over some replications, the less the better.
fn goal(figures: &Figures, search: &Search, replications: usize) -> f64 {
    let mean = figures.mean(0, search.goal.measure, replications);
    mean.map_or(f64::INFINITY, |mean| if search.goal.higher { -mean } else { mean })
}

/// By how much limits are broken on average, each as a share of its bound.
fn broken(figures: &Figures, search: &Search, replications: usize) -> f64 {
    let by = |limit: &Limit| {
        let scale = if limit.bound == 0.0 { 1.0 } else { limit.bound.abs() };
        let mean = figures.mean(0, limit.measure, replications);
        mean.map_or(f64::INFINITY, |mean| (limit.beyond(mean) / scale).max(0.0))
    };
    search.limits.iter().map(by).sum()
}

/// Whether `figures` are worse than `best` in the goal at confidence `level`, within the first replications.
fn worse(figures: &Figures, best: &Figures, search: &Search, replications: usize, level: f64) -> bool {
    let of = |figures| values(figures, search.goal.measure, 0, replications);
    let pairs = of(figures).iter().zip(of(best)).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
    let difference = |(a, b): (f64, f64)| {
        let difference = if search.goal.higher { b - a } else { a - b };
        // What sums in another order would make is no difference.
        if difference.abs() <= 1e-12 * a.abs().max(b.abs()) { 0.0 } else { difference }
    };
    let differences: Vec<f64> = pairs.map(difference).collect();
    mean_ci(&differences, level).interval.is_some_and(|(low, _)| low > 0.0)
}

/// Points by who leads: those that meet the limits, then those that may, each by the goal; then who breaks them least.
fn order<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, points: &mut [usize], replications: usize) {
    let key = |number: &usize| {
        let figures = explorer.figures(*number);
        let standing = standing(figures, search, replications);
        let broken = if standing == Standing::Broken { broken(figures, search, replications) } else { 0.0 };
        (standing, broken, goal(figures, search, replications))
    };
    points.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
    });
}

/// Those who remain: the leader, and who is neither worse for certain nor breaks a limit that others do not.
fn remaining<E: Evaluate>(
    explorer: &Explorer<'_, E>,
    search: &Search,
    mut points: Vec<usize>,
    replications: usize,
) -> Vec<usize> {
    order(explorer, search, &mut points, replications);
    let Some(leader) = points.first().copied() else { return points };
    let best = explorer.figures(leader);
    let least = standing(best, search, replications);
    let level = 1.0 - (1.0 - LEVEL) / points.len().saturating_sub(1).max(1) as f64;
    points.retain(|number| {
        let figures = explorer.figures(*number);
        let standing = standing(figures, search, replications);
        let allowed = standing != Standing::Broken || least == Standing::Broken;
        *number == leader || allowed && !worse(figures, best, search, replications, level)
    });
    points
}

/// Races, and checks the winner; `None` where nothing was observed anywhere.
pub(super) fn race<E: Evaluate>(
    explorer: &mut Explorer<'_, E>,
    search: &Search,
    trials: &[Trial],
) -> Result<Option<Best>, ExploreError<E::Error>> {
    let mut replications = search.replications;
    let mut points = racers(explorer, search, trials);
    if points.is_empty() {
        return Ok(None);
    }
    while replications < search.most {
        let decided = standing(explorer.figures(points[0]), search, replications) != Standing::Open;
        if points.len() == 1 && decided {
            break;
        }
        replications = (2 * replications).min(search.most);
        ensure(explorer, trials, &points, replications)?;
        points = remaining(explorer, search, points, replications);
    }
    let number = points[0];
    ensure(explorer, trials, &[number], 2 * replications)?;
    let figures = explorer.figures(number);
    let fresh = |measure: usize| {
        let some: Vec<f64> = values(figures, measure, replications, 2 * replications).iter().flatten().copied().collect();
        mean_ci(&some, LEVEL)
    };
    let limits = search.limits.iter().map(|limit| {
        let estimate = fresh(limit.measure);
        (estimate, Standing::of(limit, &estimate))
    });
    Ok(Some(Best {
        number,
        standing: standing(figures, search, replications),
        replications,
        goal: fresh(search.goal.measure),
        limits: limits.collect(),
    }))
}

/// Who races: those that lead, and those with the best goals that may meet the limits; the leader first.
fn racers<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, trials: &[Trial]) -> Vec<usize> {
    let n = search.replications;
    let goal = |number: &usize| goal(explorer.figures(*number), search, n);
    let observed = trials.iter().map(|trial| trial.number).filter(|number| goal(number).is_finite());
    let leading = remaining(explorer, search, observed.collect(), n);
    let mut by_goal = leading.clone();
    by_goal.sort_by(|a, b| goal(a).total_cmp(&goal(b)));
    let mut racers: Vec<usize> = leading.iter().copied().take(RACERS / 2).collect();
    for number in by_goal {
        if racers.len() < RACERS && !racers.contains(&number) {
            racers.push(number);
        }
    }
    racers
}

/// Who could not be told apart from the best: not worse for certain, and not breaking a limit for certain.
pub(super) fn alike<E: Evaluate>(explorer: &Explorer<'_, E>, search: &Search, numbers: &[usize], best: &Best) -> Vec<usize> {
    let winner = explorer.figures(best.number);
    let level = 1.0 - (1.0 - LEVEL) / numbers.len().saturating_sub(1).max(1) as f64;
    let shared = |figures: &Figures| figures.replications().min(best.replications);
    let alike = |number: &usize| {
        let figures = explorer.figures(*number);
        let n = shared(figures);
        let allowed = standing(figures, search, n) != Standing::Broken || best.standing == Standing::Broken;
        *number != best.number && allowed && goal(figures, search, n).is_finite() && !worse(figures, winner, search, n, level)
    };
    let mut found: Vec<usize> = numbers.iter().copied().filter(alike).collect();
    found.sort_by(|a, b| {
        let mean = |number: &usize| goal(explorer.figures(*number), search, shared(explorer.figures(*number)));
        mean(a).total_cmp(&mean(b))
    });
    found
}
