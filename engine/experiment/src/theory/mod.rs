//! What theory says of small models: queues, losses, networks, crowds, inventories, replacement.
//!
//! Pure functions of their parameters, each with its source; nothing here runs a model or knows one. Units are those of the
//! caller, as long as they go together: rates for each unit of time, and times in that unit. Loads have to be below 1 where
//! a queue is to have a stationary state; a function that is asked for more says what its formula gives.
//!
//! Unit tests hold each of them against printed values or against another way to the same number: a chain that is solved
//! as it stands, an integral, a formula of other authors.
//!
//! Where to start: [`queues`] for lines, [`loss`] for those who go away, [`priorities`], [`networks`], [`crowd`],
//! [`inventory`], [`renewal`]; [`Law`] is how long something takes, and [`chain`] what several of them stand on.

pub mod chain;
pub mod crowd;
pub mod inventory;
mod law;
pub mod loss;
pub mod networks;
pub mod priorities;
pub mod queues;
pub mod renewal;

pub use law::Law;

/// The integral of `of` from `low` to `high` by Simpson's rule over an even number of steps.
fn integral(low: f64, high: f64, steps: u32, of: impl Fn(f64) -> f64) -> f64 {
    let steps = steps.max(2).next_multiple_of(2);
    let step = (high - low) / f64::from(steps);
    let inner = (1..steps).map(|at| of(low + step * f64::from(at)) * if at % 2 == 1 { 4.0 } else { 2.0 });
    (of(low) + of(high) + inner.sum::<f64>()) * step / 3.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// Whether two numbers agree up to a share of the second.
    #[track_caller]
    pub(crate) fn near(found: f64, known: f64, share: f64) {
        assert!((found - known).abs() <= share * known.abs().max(1e-300), "found {found}, known {known}");
    }

    /// The stationary distribution of any Markov chain in continuous time, by sweeps of Gauss and Seidel.
    ///
    /// `next` gives the states that can follow one, with their rates; states are found from `first` on.
    pub(crate) fn stationary<S: Ord + Clone>(first: S, next: impl Fn(&S) -> Vec<(S, f64)>) -> Vec<(S, f64)> {
        let mut number = BTreeMap::from([(first.clone(), 0)]);
        let mut states = vec![first];
        let mut into: Vec<Vec<(usize, f64)>> = vec![vec![]];
        let mut out = Vec::new();
        while let Some(state) = states.get(out.len()).cloned() {
            let from = out.len();
            let mut leaving = 0.0;
            for (to, rate) in next(&state).into_iter().filter(|(_, rate)| *rate > 0.0) {
                let at = *number.entry(to.clone()).or_insert_with(|| {
                    states.push(to);
                    into.push(vec![]);
                    states.len() - 1
                });
                into[at].push((from, rate));
                leaving += rate;
            }
            out.push(leaving);
        }
        let mut share = vec![1.0 / states.len() as f64; states.len()];
        for _ in 0..4_000 {
            let mut change = 0.0_f64;
            for at in 0..states.len() {
                let flow: f64 = into[at].iter().map(|(from, rate)| share[*from] * rate).sum();
                change = change.max((flow / out[at] - share[at]).abs());
                share[at] = flow / out[at];
            }
            let sum: f64 = share.iter().sum();
            share.iter_mut().for_each(|share| *share /= sum);
            if change < 1e-14 {
                break;
            }
        }
        states.into_iter().zip(share).collect()
    }

    #[test]
    fn an_integral_is_what_calculus_says() {
        near(super::integral(0.0, 2.0, 100, |x| x * x * x), 4.0, 1e-12);
        near(super::integral(0.0, 1.0, 101, libm::exp), std::f64::consts::E - 1.0, 1e-9);
    }
}
