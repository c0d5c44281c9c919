//! Steady state: how long a model takes to forget how it began, and what it settles to.
//!
//! It looks at the course of a measure over many stretches of equal length.
//!
//! # Source
//!
//! MSER-5: White (1997), "An effective truncation heuristic for bias reduction in simulation output", Simulation 69; White,
//! Cobb and Spratt (2000), "A comparison of five steady-state truncation heuristics for simulation", Winter Simulation
//! Conference. Batch means: Law (2015), Simulation Modeling and Analysis, 9.5.3. Replication and deletion: ibid., 9.5.2.

use crate::sample::Detail;
use crate::statistics::{Estimate, LEVEL, mean_ci};

/// Stretches in a batch of MSER-5.
const FIVE: usize = 5;

/// Batches of batch means, where there is one replication.
const BATCHES: usize = 20;

/// What is found of one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The first stretch that is not cut off.
    pub from: usize,
    /// Whether the run is long enough to tell: what is cut off lies in its first half.
    pub is_long_enough: bool,
    /// The mean behind the cut. With several replications they are the values, with one its batches.
    pub estimate: Estimate,
    /// The correlation of neighbouring batches, where there is one replication; near 0 where the interval can be trusted.
    pub correlation: Option<f64>,
    /// The course that was looked at: the mean over replications of each stretch.
    pub course: Vec<f64>,
}

/// Where a series is cut off by MSER-5, in its own places: a multiple of five; `None` for fewer than ten values.
///
/// Of all cuts it is the one behind which the mean has the least squared error as its spread tells. A cut in the second
/// half says that the series is too short.
pub fn mser5(series: &[f64]) -> Option<usize> {
    let batches: Vec<f64> = series.chunks_exact(FIVE).map(|batch| batch.iter().sum::<f64>() / FIVE as f64).collect();
    if batches.len() < 2 {
        return None;
    }
    // From the end: sums over all batches behind a cut. The last five batches say too little about how they spread.
    let keep = FIVE.min(batches.len() - 1);
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut best: Option<(f64, usize)> = None;
    for (place, batch) in batches.iter().enumerate().rev() {
        count += 1.0;
        let step = batch - mean;
        mean += step / count;
        squares += step * (batch - mean);
        let error = squares / (count * count);
        if batches.len() - place >= keep && best.is_none_or(|(least, _)| error <= least) {
            best = Some((error, place));
        }
    }
    best.map(|(_, place)| place * FIVE)
}

/// What a measure settles to, over replications. `None` where some stretch was observed in no replication.
pub fn settle(details: &[&Detail], measure: usize) -> Option<Settled> {
    let stretches = details.first()?.course[measure].len();
    let at = |stretch: usize| {
        let weighed =
            details.iter().filter_map(|detail| Some((detail.course[measure][stretch]?, detail.weights[measure][stretch])));
        let (sum, weight) = weighed.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
        (weight > 0.0).then(|| sum / weight)
    };
    let course: Vec<f64> = (0..stretches).map(at).collect::<Option<_>>()?;
    let from = mser5(&course)?;
    let (estimate, correlation) = match details {
        [one] => batch_means(one, measure, from),
        _ => {
            let values: Vec<f64> = details.iter().filter_map(|detail| weighed(detail, measure, from..stretches)).collect();
            (mean_ci(&values, LEVEL), None)
        }
    };
    Some(Settled { from, is_long_enough: from * 2 < stretches, estimate, correlation, course })
}

/// The mean over some stretches, each weighing what it weighs.
fn weighed(detail: &Detail, measure: usize, range: std::ops::Range<usize>) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for stretch in range {
        let weight = detail.weights[measure][stretch];
        if let Some(value) = detail.course[measure][stretch].filter(|_| weight > 0.0) {
            sum += value * weight;
            all += weight;
        }
    }
    (all > 0.0).then(|| sum / all)
}

/// The mean of one long run by the means of its batches, and the correlation of neighbours.
fn batch_means(detail: &Detail, measure: usize, from: usize) -> (Estimate, Option<f64>) {
    let stretches = detail.course[measure].len();
    let length = (stretches - from) / BATCHES;
    if length == 0 {
        return (Estimate::default(), None);
    }
    // What does not fill a batch is left out at the beginning, where it is furthest from steady.
    let begin = stretches - length * BATCHES;
    let batch = |at: usize| weighed(detail, measure, begin + at * length..begin + (at + 1) * length);
    let means: Vec<f64> = (0..BATCHES).filter_map(batch).collect();
    let neighbours: Vec<(f64, f64)> = means.windows(2).map(|two| (two[0], two[1])).collect();
    (mean_ci(&means, LEVEL), crate::compare::correlation(&neighbours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Draws;

    /// A course that begins far off and forgets it: an autoregressive series around 10 with this much memory.
    fn series(draws: &mut Draws, count: usize, memory: f64, begin: f64) -> Vec<f64> {
        let mut off = begin;
        (0..count)
            .map(|_| {
                off = memory * off + draws.normal();
                10.0 + off
            })
            .collect()
    }

    fn detail(course: Vec<f64>) -> Detail {
        let weights = vec![vec![1.0; course.len()]];
        Detail { spreads: vec![vec![]], course: vec![course.into_iter().map(Some).collect()], weights }
    }

    #[test]
    fn the_beginning_is_cut_off_and_no_more() {
        let mut draws = Draws::new(1);
        // With memory 0.95 an offset of 60 has faded to 1, the deviation of a step, after ln 60 / -ln 0.95 = 80 values.
        let cut = mser5(&series(&mut draws, 2_000, 0.95, 60.0)).unwrap();
        assert!((60..=160).contains(&cut), "{cut}");
        let none = mser5(&series(&mut draws, 2_000, 0.0, 0.0)).unwrap();
        assert!(none <= 100, "nothing to forget, but {none} were cut off");
        assert_eq!(mser5(&[1.0; 9]), None);
        assert_eq!(mser5(&[1.0; 50]), Some(0));
    }

    #[test]
    fn the_cut_is_where_the_formula_is_least() {
        // By hand, over batches of one value each repeated five times: 9, 1, 2, 1, 2, 1, 2 -> cut behind the first.
        let batches = [9.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
        let long: Vec<f64> = batches.iter().flat_map(|value| [*value; FIVE]).collect();
        let error = |from: usize| {
            let rest = &batches[from..];
            let mean = rest.iter().sum::<f64>() / rest.len() as f64;
            rest.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (rest.len() * rest.len()) as f64
        };
        let least = (0..=2).min_by(|a, b| error(*a).partial_cmp(&error(*b)).unwrap()).unwrap();
        assert_eq!((mser5(&long), least), (Some(FIVE), 1));
    }

    #[test]
    fn a_run_that_never_settles_is_called_too_short() {
        let rising = detail((0..400).map(f64::from).collect());
        let found = settle(&[&rising], 0).unwrap();
        assert!(!found.is_long_enough, "{}", found.from);
    }

    #[test]
    fn intervals_cover_what_it_settles_to() {
        // 400 experiments of one run of 4,000 values with memory 0.8, beginning 30 off: batches of about 190 values, whose means
        // are nearly independent. 95 % with a standard error of 1.1 %; batch means cover a little less than they say.
        let mut draws = Draws::new(12);
        let mut covered = 0;
        for _ in 0..400 {
            let found = settle(&[&detail(series(&mut draws, 4_000, 0.8, 30.0))], 0).unwrap();
            let (low, high) = found.estimate.interval.unwrap();
            covered += usize::from(low <= 10.0 && 10.0 <= high);
            assert!(found.correlation.unwrap().abs() < 0.75);
        }
        assert!((360..=393).contains(&covered), "{covered} of 400");
        // The same of 10 short runs each: their means are independent, what is left of the beginning is the only error.
        let mut covered = 0;
        for _ in 0..400 {
            let runs: Vec<Detail> = (0..10).map(|_| detail(series(&mut draws, 400, 0.8, 30.0))).collect();
            let found = settle(&runs.iter().collect::<Vec<_>>(), 0).unwrap();
            let (low, high) = found.estimate.interval.unwrap();
            covered += usize::from(low <= 10.0 && 10.0 <= high);
        }
        assert!((356..=393).contains(&covered), "{covered} of 400");
    }

    #[test]
    fn stretches_weigh_as_many_values_as_they_had() {
        // Two stretches of 1 and 3 values, twenty times over: the mean is 2.5, not 2.
        let course: Vec<Option<f64>> = (0..200).map(|at| Some(if at % 2 == 0 { 1.0 } else { 3.0 })).collect();
        let weights = (0..200).map(|at| if at % 2 == 0 { 1.0 } else { 3.0 }).collect();
        let one = Detail { spreads: vec![vec![]], course: vec![course], weights: vec![weights] };
        let found = settle(&[&one, &one], 0).unwrap();
        assert!((found.estimate.mean.unwrap() - 2.5).abs() < 0.02, "{:?}", found.estimate);
        let gap = Detail { course: vec![vec![None; 200]], ..one.clone() };
        assert_eq!(settle(&[&gap], 0), None);
    }
}
