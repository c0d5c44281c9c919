//! What a policy is worth in money against the baseline: earned, spent, put at risk, and what each unit spent brings back.

use crate::design::Worth;
use crate::results::PolicyResults;
use crate::statistics::{Estimate, LEVEL, mean_ci, t_quantile};

/// The worth of a policy against the baseline, paired by replication, in [`Worth::unit`].
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// Earned more.
    pub revenue: Estimate,
    /// Spent more.
    pub cost: Estimate,
    /// Put more at risk.
    pub risk: Estimate,
    /// Revenue less cost less risk.
    pub net: Estimate,
    /// What is won for each unit of money that is spent more, beyond the unit itself; `None` where it cannot be said that
    /// more is spent at all.
    pub return_on_cost: Option<Return>,
}

/// A return on what is spent, such as 0.4 for 40 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Return {
    /// Its value.
    pub value: f64,
    /// Its interval, low then high.
    pub interval: (f64, f64),
}

impl Gain {
    /// A policy's worth against the baseline's, over the replications where everything was observed.
    pub(crate) fn of(worth: &Worth, policy: &PolicyResults, baseline: &PolicyResults) -> Gain {
        let sum = |measures: &[usize], results: &PolicyResults, replication: usize| -> Option<f64> {
            measures.iter().map(|measure| results.replications[replication].overall[*measure]).sum()
        };
        let more = |measures: &[usize], replication: usize| {
            Some(sum(measures, policy, replication)? - sum(measures, baseline, replication)?)
        };
        let count = policy.replications.len().min(baseline.replications.len());
        let rows: Vec<[f64; 4]> = (0..count)
            .filter_map(|at| {
                let (revenue, cost, risk) = (more(&worth.revenue, at)?, more(&worth.cost, at)?, more(&worth.risk, at)?);
                Some([revenue, cost, risk, revenue - cost - risk])
            })
            .collect();
        let column = |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at]).collect() };
        let [revenue, cost, risk, net] = [0, 1, 2, 3].map(|at| mean_ci(&column(at), LEVEL));
        let return_on_cost = ratio(&column(3), &column(1)).filter(|_| cost.interval.is_some_and(|(low, _)| low > 0.0));
        Gain { revenue, cost, risk, net, return_on_cost }
    }
}

/// The mean of `above` by the mean of `below`, pair by pair, with its interval; `None` where that has no end.
///
/// # Source
///
/// Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16.
fn ratio(above: &[f64], below: &[f64]) -> Option<Return> {
    let n = above.len() as f64;
    let (a, b) = (mean_ci(above, LEVEL), mean_ci(below, LEVEL));
    let (mean_a, mean_b) = (a.mean?, b.mean?);
    let t = t_quantile(above.len().checked_sub(1)?, (1.0 + LEVEL) / 2.0)?;
    let products: f64 = above.iter().zip(below).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
    let (var_a, var_b, covariance) = (a.deviation? * a.deviation?, b.deviation? * b.deviation?, products / (n - 1.0));
    let share = t * t / n;
    // The ratios r for which the mean of a - r b cannot be told from 0: p r^2 - 2 q r + s <= 0.
    let (p, q, s) = (mean_b * mean_b - share * var_b, mean_a * mean_b - share * covariance, mean_a * mean_a - share * var_a);
    let root = (q * q - p * s).max(0.0).sqrt();
    (p > 0.0).then(|| Return { value: mean_a / mean_b, interval: ((q - root) / p, (q + root) / p) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;
    use crate::synthetic::Draws;

    fn policy(rows: &[[f64; 3]]) -> PolicyResults {
        let replications = rows
            .iter()
            .map(|row| Sample { overall: row.iter().copied().map(Some).collect(), segments: vec![vec![]; 3], events: 1 })
            .collect();
        PolicyResults::reduce("p".into(), replications, 3, 0)
    }

    fn worth() -> Worth {
        Worth { revenue: vec![0], cost: vec![1], risk: vec![2], unit: "EUR".into() }
    }

    #[test]
    fn what_is_spent_comes_back_with_a_return() {
        // 10 more is spent, 25 more earned, and 1 more at risk: 14 are left, 140 % of what was spent.
        let base = policy(&[[100.0, 50.0, 5.0], [110.0, 52.0, 6.0]]);
        let more = policy(&[[125.0, 60.0, 6.0], [135.0, 62.0, 7.0]]);
        let gain = Gain::of(&worth(), &more, &base);
        assert_eq!(
            (gain.revenue.mean, gain.cost.mean, gain.risk.mean, gain.net.mean),
            (Some(25.0), Some(10.0), Some(1.0), Some(14.0))
        );
        let back = gain.return_on_cost.unwrap();
        assert!((back.value - 1.4).abs() < 1e-12 && (back.interval.0 - 1.4).abs() < 1e-9 && (back.interval.1 - 1.4).abs() < 1e-9);
    }

    #[test]
    fn who_spends_less_has_no_return() {
        let base = policy(&[[100.0, 50.0, 5.0], [100.0, 50.0, 5.0]]);
        let less = policy(&[[100.0, 40.0, 5.0], [100.0, 41.0, 5.0]]);
        let gain = Gain::of(&worth(), &less, &base);
        assert_eq!((gain.return_on_cost, gain.net.mean), (None, Some(9.5)));
    }

    #[test]
    fn intervals_of_a_ratio_cover_it_as_often_as_they_say() {
        // Means 3 and 2, deviation 1 each, correlated: 3,000 experiments of 15 pairs; standard error of the share 0.4 %.
        let mut draws = Draws::new(9);
        let covered = (0..3_000)
            .filter(|_| {
                let pairs: Vec<(f64, f64)> = (0..15)
                    .map(|_| {
                        let shared = draws.normal();
                        (3.0 + 0.6 * shared + 0.8 * draws.normal(), 2.0 + 0.6 * shared + 0.8 * draws.normal())
                    })
                    .collect();
                let (above, below): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
                let (low, high) = ratio(&above, &below).unwrap().interval;
                low <= 1.5 && 1.5 <= high
            })
            .count();
        assert!((2_814..=2_886).contains(&covered), "{covered} of 3000");
    }
}
