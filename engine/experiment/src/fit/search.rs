//! Looking for the largest value of a function of a few numbers.

/// The largest place of `f` near `start`, by Nelder and Mead, begun anew from where it ends until that helps no more.
///
/// Values that are no number count as minus infinity.
///
/// # Source
///
/// Nelder and Mead (1965), "A simplex method for function minimization".
pub(super) fn largest(f: &dyn Fn(&[f64]) -> f64, start: &[f64], step: f64) -> Option<Vec<f64>> {
    let mut best = start.to_vec();
    let mut value = down(f, &best);
    let mut step = step;
    for _ in 0..8 {
        let (found, least) = simplex(f, &best, step);
        let better = value - least;
        if least <= value {
            (best, value) = (found, least);
        }
        if value.is_finite() && better.abs() <= 1e-10 * (1.0 + value.abs()) {
            return Some(best);
        }
        step = (step * 0.3).max(1e-3);
    }
    value.is_finite().then_some(best)
}

fn down(f: &dyn Fn(&[f64]) -> f64, at: &[f64]) -> f64 {
    let value = -f(at);
    if value.is_nan() { f64::INFINITY } else { value }
}

fn simplex(f: &dyn Fn(&[f64]) -> f64, start: &[f64], step: f64) -> (Vec<f64>, f64) {
    let n = start.len();
    let mut corners: Vec<(Vec<f64>, f64)> = vec![(start.to_vec(), down(f, start))];
    for side in 0..n {
        let mut corner = start.to_vec();
        corner[side] += step;
        let value = down(f, &corner);
        corners.push((corner, value));
    }
    for _ in 0..200 * n {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let spread = corners[n].1 - corners[0].1;
        let size = (0..n).map(|side| (corners[n].0[side] - corners[0].0[side]).abs()).fold(0.0, f64::max);
        if spread <= 1e-12 * (1.0 + corners[0].1.abs()) && size <= 1e-7 {
            break;
        }
        let centre: Vec<f64> =
            (0..n).map(|side| corners[..n].iter().map(|corner| corner.0[side]).sum::<f64>() / n as f64).collect();
        let along = |by: f64| {
            let at: Vec<f64> = (0..n).map(|side| centre[side] + by * (corners[n].0[side] - centre[side])).collect();
            let value = down(f, &at);
            (at, value)
        };
        let mirrored = along(-1.0);
        let next = if mirrored.1 < corners[0].1 {
            let farther = along(-2.0);
            if farther.1 < mirrored.1 { farther } else { mirrored }
        } else if mirrored.1 < corners[n - 1].1 {
            mirrored
        } else {
            let nearer = if mirrored.1 < corners[n].1 { along(-0.5) } else { along(0.5) };
            if nearer.1 < corners[n].1.min(mirrored.1) {
                nearer
            } else {
                let least = corners[0].0.clone();
                for corner in &mut corners[1..] {
                    let at: Vec<f64> = corner.0.iter().zip(&least).map(|(have, least)| least + 0.5 * (have - least)).collect();
                    let value = down(f, &at);
                    *corner = (at, value);
                }
                continue;
            }
        };
        corners[n] = next;
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners.swap_remove(0)
}

/// Minus the second derivatives of `f` at a place, by differences.
pub(super) fn curvature(f: &dyn Fn(&[f64]) -> f64, at: &[f64], step: f64) -> Vec<Vec<f64>> {
    let n = at.len();
    let moved = |a: usize, by_a: f64, b: usize, by_b: f64| {
        let mut place = at.to_vec();
        place[a] += by_a * step;
        place[b] += by_b * step;
        f(&place)
    };
    let here = f(at);
    let bend = |a: usize, b: usize| {
        if a == b {
            return -(moved(a, 1.0, a, 0.0) - 2.0 * here + moved(a, -1.0, a, 0.0)) / (step * step);
        }
        let mixed = moved(a, 1.0, b, 1.0) - moved(a, 1.0, b, -1.0) - moved(a, -1.0, b, 1.0) + moved(a, -1.0, b, -1.0);
        -mixed / (4.0 * step * step)
    };
    (0..n).map(|a| (0..n).map(|b| bend(a, b)).collect()).collect()
}

/// The diagonal of the inverse of a matrix of one or two rows; `None` where it is not positive definite.
pub(super) fn variances(matrix: &[Vec<f64>]) -> Option<Vec<f64>> {
    let found = match matrix {
        [one] => vec![1.0 / one[0]],
        [one, two] => {
            let determinant = one[0] * two[1] - one[1] * two[0];
            vec![two[1] / determinant, one[0] / determinant]
        }
        _ => return None,
    };
    found.iter().all(|variance| *variance > 0.0 && variance.is_finite()).then_some(found)
}
