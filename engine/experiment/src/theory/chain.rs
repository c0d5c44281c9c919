//! Birth and death: a count that goes up and down by one.

/// The stationary distribution of a birth-death process on `0..states`.
///
/// `birth(n)` is the rate from n to n + 1 and `death(n)` that from n to n - 1, which has to be above 0 from 1 on. What
/// comes out is scaled by the largest weight on the way, so that long lists neither overflow nor vanish.
///
/// # Source
///
/// Feller (1968), An Introduction to Probability Theory and Its Applications I, XVII.5; Kleinrock (1975), Queueing Systems
/// I, chapter 3.
pub fn birth_death(states: usize, birth: impl Fn(usize) -> f64, death: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut weights = vec![1.0];
    for state in 1..states.max(1) {
        let weight = weights[state - 1] * birth(state - 1) / death(state);
        if weight > 1e200 {
            weights.iter_mut().for_each(|earlier| *earlier /= weight);
            weights.push(1.0);
        } else {
            weights.push(weight);
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The mean of a value over a distribution.
pub fn mean(distribution: &[f64], of: impl Fn(usize) -> f64) -> f64 {
    distribution.iter().enumerate().map(|(state, share)| share * of(state)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::{near, stationary};

    #[test]
    fn a_chain_solved_as_it_stands_agrees() {
        let (birth, death) = (|n: usize| 3.0 / (1.0 + n as f64), |n: usize| 0.5 * n as f64);
        let found = birth_death(12, birth, death);
        let solved = stationary(0_usize, |&n| {
            let up = if n < 11 { birth(n) } else { 0.0 };
            vec![(n + 1, up), (n.saturating_sub(1), if n > 0 { death(n) } else { 0.0 })]
        });
        assert_eq!(solved.len(), 12);
        solved.iter().for_each(|(state, share)| near(found[*state], *share, 1e-9));
    }

    #[test]
    fn long_chains_do_not_overflow() {
        let distribution = birth_death(5_000, |_| 900.0, |n| n as f64);
        near(mean(&distribution, |n| n as f64), 900.0, 1e-9);
        near(distribution.iter().sum(), 1.0, 1e-9);
    }
}
