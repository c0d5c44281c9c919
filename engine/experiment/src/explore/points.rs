//! Designs: which points of a space are tried.
//!
//! A point is a value for each factor, as text. The same design, factors and seed give the same points.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use sobol_burley::NUM_DIMENSIONS;
use sobol_burley::parts::{hash, owen_scramble_rev, sobol_rev};

use super::error::SpaceError;
use super::space::Factor;

/// The most points of a design.
pub const POINTS_MAX: usize = 65_536;

/// Latin hypercubes of up to so many points are the best of several.
const SPREAD_MAX: usize = 1_000;

/// Of so many Latin hypercubes the best is taken.
const TRIES: usize = 20;

/// A way to choose points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Every combination of `steps` levels of each factor; the last factor changes fastest.
    Grid {
        /// Levels of each range.
        steps: usize,
    },
    /// A Latin hypercube: of `points` equal slices of each factor, each has one point.
    ///
    /// Up to 1,000 points it is the one of 20 whose two nearest points are farthest apart.
    Latin {
        /// How many points.
        points: usize,
    },
    /// The first `points` of a scrambled Sobol' sequence.
    Sobol {
        /// How many points; a power of 2 is best.
        points: usize,
    },
    /// One factor at a time: the middle of all, then `steps` levels of each with the others in the middle.
    Star {
        /// Levels of each range.
        steps: usize,
    },
}

/// A generator of chance for one purpose, as `seed` says.
pub(super) fn chance(seed: u64, purpose: &str) -> Xoshiro256PlusPlus {
    // FNV-1a over the purpose keeps the purposes apart.
    let key = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |key, byte| (key ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    Xoshiro256PlusPlus::seed_from_u64(seed ^ key)
}

/// The points of a design, `[point][factor]`.
///
/// # Errors
/// A design of no points, or of more than [`POINTS_MAX`], or with more factors than it bears.
pub fn points(layout: Layout, factors: &[Factor], seed: u64) -> Result<Vec<Vec<String>>, SpaceError> {
    let at = |places: Vec<Vec<f64>>| {
        let point = |places: &Vec<f64>| factors.iter().zip(places).map(|(factor, place)| factor.at(*place)).collect();
        places.iter().map(point).collect()
    };
    match layout {
        Layout::Grid { steps } => grid(factors, steps),
        Layout::Star { steps } => star(factors, steps),
        Layout::Latin { points } => {
            few_enough(points)?;
            Ok(at(latin(points, factors.len(), seed)))
        }
        Layout::Sobol { points } => Ok(at(sobol(points, factors.len(), seed)?)),
    }
}

fn few_enough(points: usize) -> Result<(), SpaceError> {
    if points == 0 {
        return Err(SpaceError::Design("a design of no points tries nothing: ask for at least 1".into()));
    }
    if points > POINTS_MAX {
        let text = format!("that makes {points} points, and {POINTS_MAX} are allowed: ask for fewer, or vary less");
        return Err(SpaceError::Design(text));
    }
    Ok(())
}

fn grid(factors: &[Factor], steps: usize) -> Result<Vec<Vec<String>>, SpaceError> {
    let levels: Vec<Vec<String>> = factors.iter().map(|factor| factor.levels(steps)).collect();
    let count = levels.iter().fold(1_usize, |count, levels| count.saturating_mul(levels.len()));
    few_enough(count)?;
    let point = |mut number: usize| {
        let mut point: Vec<String> = Vec::with_capacity(factors.len());
        for levels in levels.iter().rev() {
            point.push(levels[number % levels.len()].clone());
            number /= levels.len();
        }
        point.reverse();
        point
    };
    Ok((0..count).map(point).collect())
}

fn star(factors: &[Factor], steps: usize) -> Result<Vec<Vec<String>>, SpaceError> {
    let middle: Vec<String> = factors.iter().map(|factor| factor.at(0.5)).collect();
    let mut points = vec![middle.clone()];
    for (number, factor) in factors.iter().enumerate() {
        for level in factor.levels(steps) {
            let mut point = middle.clone();
            point[number] = level;
            if point != middle {
                points.push(point);
            }
        }
    }
    few_enough(points.len())?;
    Ok(points)
}

/// A Latin hypercube of places, `[point][factor]`, each drawn within its slice.
///
/// # Source
/// McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables,
/// Technometrics 21. The choice among several by the least distance: Johnson, Moore and Ylvisaker (1990), Minimax and
/// maximin distance designs, Journal of Statistical Planning and Inference 26.
fn latin(points: usize, factors: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut chance = chance(seed, "latin");
    let tries = if (2..=SPREAD_MAX).contains(&points) { TRIES } else { 1 };
    let mut best: (f64, Vec<Vec<f64>>) = (f64::NEG_INFINITY, Vec::new());
    for _ in 0..tries {
        let mut places = vec![vec![0.0; factors]; points];
        for factor in 0..factors {
            let mut slices: Vec<usize> = (0..points).collect();
            slices.shuffle(&mut chance);
            for (place, slice) in places.iter_mut().zip(slices) {
                place[factor] = (slice as f64 + chance.random::<f64>()) / points as f64;
            }
        }
        let spread = if tries > 1 { least_distance(&places) } else { 0.0 };
        if spread > best.0 {
            best = (spread, places);
        }
    }
    best.1
}

/// The square of the distance between the two nearest points.
fn least_distance(places: &[Vec<f64>]) -> f64 {
    let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let pairs = (0..places.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.map(|(i, j)| square(&places[i], &places[j])).fold(f64::INFINITY, f64::min)
}

/// The first points of a Sobol' sequence, `[point][dimension]`, with its digits scrambled as `seed` says.
///
/// Scrambling keeps that every slice of 2^-m has equally many of 2^n points, and makes each point uniform.
///
/// # Errors
/// More points than [`POINTS_MAX`], or more dimensions than there are direction numbers for.
///
/// # Source
/// Direction numbers: Joe and Kuo (2008), Constructing Sobol sequences with better two-dimensional projections, SIAM
/// Journal on Scientific Computing 30. Scrambling: Owen (1995), Randomly permuted (t,m,s)-nets and (t,s)-sequences, by
/// the hash of Burley (2020), Practical hash-based Owen scrambling, Journal of Computer Graphics Techniques 9.
pub(super) fn sobol(points: usize, dimensions: usize, seed: u64) -> Result<Vec<Vec<f64>>, SpaceError> {
    few_enough(points)?;
    if dimensions > NUM_DIMENSIONS as usize {
        let text = format!("Sobol' points are known for {NUM_DIMENSIONS} dimensions, and this takes {dimensions}: vary less");
        return Err(SpaceError::Design(text));
    }
    let mut chance = chance(seed, "sobol");
    let scrambles: Vec<u32> = (0..dimensions).map(|_| hash(chance.random::<u32>())).collect();
    let place = |point: u32, dimension: u32| {
        let digits = owen_scramble_rev(sobol_rev(point.reverse_bits(), dimension), scrambles[dimension as usize]);
        f64::from(digits.reverse_bits()) / 4_294_967_296.0
    };
    let row = |point: u32| (0..).zip(&scrambles).map(|(dimension, _)| place(point, dimension)).collect();
    Ok((0..points as u32).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(asked: &[&str]) -> Vec<Factor> {
        asked.iter().zip('a'..).map(|(asked, name)| Factor::parse(&name.to_string(), asked).unwrap()).collect()
    }

    fn unit(count: usize) -> Vec<Factor> {
        factors(&vec!["0.0..1.0"; count])
    }

    fn numbers(points: &[Vec<String>]) -> Vec<Vec<f64>> {
        points.iter().map(|point| point.iter().map(|value| value.parse().unwrap()).collect()).collect()
    }

    #[test]
    fn a_grid_is_every_combination() {
        let found = points(Layout::Grid { steps: 3 }, &factors(&["1..3", "app,phone"]), 1).unwrap();
        let shown: Vec<String> = found.iter().map(|point| point.join("/")).collect();
        assert_eq!(shown, ["1/app", "1/phone", "2/app", "2/phone", "3/app", "3/phone"]);
        let much = points(Layout::Grid { steps: 100 }, &unit(3), 1).unwrap_err().to_string();
        assert!(much.contains("1000000 points"), "{much}");
    }

    #[test]
    fn a_star_leaves_the_middle_along_one_factor_at_a_time() {
        let found = points(Layout::Star { steps: 3 }, &factors(&["1..3", "0.0..4.0"]), 1).unwrap();
        let shown: Vec<String> = found.iter().map(|point| point.join("/")).collect();
        assert_eq!(shown, ["2/2", "1/2", "3/2", "2/0", "2/4"]);
    }

    #[test]
    fn a_latin_hypercube_has_one_point_in_each_slice() {
        for count in [1, 7, 64, 1_500] {
            let found = numbers(&points(Layout::Latin { points: count }, &unit(3), 5).unwrap());
            for factor in 0..3 {
                let mut slices: Vec<usize> =
                    found.iter().map(|point| ((point[factor] * count as f64) as usize).min(count - 1)).collect();
                slices.sort_unstable();
                assert_eq!(slices, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_best_of_several_hypercubes_is_spread_further() {
        let mut chance = chance(5, "latin");
        let one: Vec<Vec<f64>> = (0..30).map(|_| (0..2).map(|_| chance.random()).collect()).collect();
        assert!(least_distance(&latin(30, 2, 5)) > least_distance(&one));
    }

    #[test]
    fn direction_numbers_are_those_of_joe_and_kuo() {
        // The points after the origin, as their program prints them for new-joe-kuo-6, in three dimensions; the order of
        // points is the binary one here and Gray's there, so points are compared as sets of the first eight.
        let place =
            |point: u32, dimension| f64::from(sobol_rev(point.reverse_bits(), dimension).reverse_bits()) / 4_294_967_296.0;
        let mut found: Vec<[f64; 3]> = (0..8).map(|point| [place(point, 0), place(point, 1), place(point, 2)]).collect();
        let mut known = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        let order = |a: &[f64; 3], b: &[f64; 3]| a[0].total_cmp(&b[0]);
        found.sort_by(order);
        known.sort_by(order);
        assert_eq!(found, known);
    }

    #[test]
    fn scrambled_sobol_points_fill_every_slice_and_average_better_than_chance() {
        let found = sobol(256, 6, 3).unwrap();
        for dimension in 0..6 {
            let mut slices: Vec<usize> = found.iter().map(|point| (point[dimension] * 256.0) as usize).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
        // Pairs of the first two dimensions form a (0, 8, 2)-net: every box of 16 by 16 has one point.
        let mut boxes: Vec<usize> = found.iter().map(|p| (p[0] * 16.0) as usize * 16 + (p[1] * 16.0) as usize).collect();
        boxes.sort_unstable();
        boxes.dedup();
        assert_eq!(boxes.len(), 256);
        // The mean of x1 x2 ... x6 is 1/64; independent points have a standard error of 0.0019 here, and these keep
        // within a tenth of that.
        let mean = found.iter().map(|point| point.iter().product::<f64>()).sum::<f64>() / 256.0;
        assert!((mean - 1.0 / 64.0).abs() < 0.000_6, "{mean}");
    }

    #[test]
    fn points_depend_on_the_seed_alone() {
        for layout in [Layout::Latin { points: 9 }, Layout::Sobol { points: 9 }] {
            let drawn = |seed| points(layout, &unit(2), seed).unwrap();
            assert_eq!(drawn(1), drawn(1));
            assert_ne!(drawn(1), drawn(2));
        }
    }

    #[test]
    fn too_much_and_too_little_are_said() {
        let said = |layout, count| points(layout, &unit(count), 1).unwrap_err().to_string();
        assert!(said(Layout::Sobol { points: 0 }, 1).contains("at least 1"));
        assert!(said(Layout::Latin { points: 70_000 }, 1).contains("65536 are allowed"));
        assert!(said(Layout::Sobol { points: 4 }, 300).contains("256 dimensions"));
    }
}
