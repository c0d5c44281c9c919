//! Two policies on the same replications: the difference within each, and what can be said of it.
//!
//! Pairing removes what both policies met alike (a cold week, a busy garage), so the interval of the
//! difference is narrower than those of the two means would suggest; `correlation` tells by how much.

use crate::design::Better;
use crate::statistics::{Estimate, LEVEL, mean_ci, two_sided};

/// What the interval of a difference allows one to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval lies wholly on the wished-for side of 0.
    Better,
    /// The interval lies wholly on the unwanted side of 0.
    Worse,
    /// The interval excludes 0, and the measure has no wished-for side.
    Differs,
    /// The interval includes 0, or there is none.
    Undecided,
}

impl Verdict {
    /// The word used in results.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Differs => "differs",
            Verdict::Undecided => "undecided",
        }
    }

    fn of(interval: Option<(f64, f64)>, better: Better) -> Verdict {
        let (below, above) = interval.map_or((false, false), |(low, high)| (high < 0.0, low > 0.0));
        match better {
            _ if !below && !above => Verdict::Undecided,
            Better::Neither => Verdict::Differs,
            Better::Lower if below => Verdict::Better,
            Better::Higher if above => Verdict::Better,
            Better::Lower | Better::Higher => Verdict::Worse,
        }
    }
}

/// How one policy differs from another in one measure: policy minus baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The mean difference and its interval, over replications where both observed something.
    pub estimate: Estimate,
    /// Pearson's correlation of the two policies over these replications: near 1 where pairing
    /// pays. `None` below two pairs, or where one of the two does not vary.
    pub correlation: Option<f64>,
    /// The share of the variance that pairing saved: 1 - Var(a - b) / (Var a + Var b). Below 0 it cost some. `None` as for
    /// `correlation`.
    pub saved: Option<f64>,
    /// How likely so large a difference would be if there were none, by Student's t; of several policies, adjusted so that it
    /// holds for all of them at once ([`holm`]). `None` without an interval.
    pub p: Option<f64>,
    /// What can be said.
    pub verdict: Verdict,
}

impl Difference {
    /// How many times as many replications would be needed without pairing; `None` where it is not known.
    pub fn worth_of_pairing(&self) -> Option<f64> {
        self.saved.filter(|saved| *saved < 1.0).map(|saved| 1.0 / (1.0 - saved))
    }
}

/// Compares a policy's values with the baseline's, `[replication]` each, `None` where nothing was observed.
pub fn paired(policy: &[Option<f64>], baseline: &[Option<f64>], better: Better) -> Difference {
    let pairs: Vec<(f64, f64)> = policy.iter().zip(baseline).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    let differences: Vec<f64> = pairs.iter().map(|&(a, b)| beyond_rounding(a, b)).collect();
    let estimate = mean_ci(&differences, LEVEL);
    Difference {
        estimate,
        correlation: correlation(&pairs),
        saved: saved(&pairs, &estimate),
        p: two_sided(&estimate),
        verdict: Verdict::of(estimate.interval, better),
    }
}

/// The share of the variance of two independent samples that the pairs do not have.
fn saved(pairs: &[(f64, f64)], difference: &Estimate) -> Option<f64> {
    correlation(pairs)?;
    let variance = |side: fn(&(f64, f64)) -> f64| {
        let values: Vec<f64> = pairs.iter().map(side).collect();
        mean_ci(&values, LEVEL).deviation.map(|deviation| deviation * deviation)
    };
    let apart = variance(|pair| pair.0)? + variance(|pair| pair.1)?;
    let together = difference.deviation? * difference.deviation?;
    (apart > 0.0).then(|| 1.0 - together / apart)
}

/// Adjusts what is said of several policies in one measure, so that it is true of all of them at once.
///
/// With one comparison nothing changes. With k, a difference counts as such where its adjusted `p` is below 0.05: the risk
/// that any difference is seen where there is none stays at 5 %.
///
/// # Source
///
/// Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
pub fn holm(differences: &mut [&mut Difference]) {
    let mut known: Vec<&mut &mut Difference> = differences.iter_mut().filter(|difference| difference.p.is_some()).collect();
    known.sort_by(|a, b| a.p.partial_cmp(&b.p).unwrap_or(std::cmp::Ordering::Equal));
    let (count, mut least) = (known.len(), 0.0_f64);
    for (rank, difference) in known.into_iter().enumerate() {
        let adjusted = difference.p.map_or(1.0, |p| (p * (count - rank) as f64).min(1.0));
        least = least.max(adjusted);
        difference.p = Some(least);
        if count > 1 && least >= 1.0 - LEVEL {
            difference.verdict = Verdict::Undecided;
        }
    }
}

/// `a - b`, and 0 where they differ by no more than sums in another order would.
///
/// Without it a rounding residue that is the same in every replication would look like certainty.
fn beyond_rounding(a: f64, b: f64) -> f64 {
    let difference = a - b;
    let rounding = 1e-12 * a.abs().max(b.abs());
    if difference.abs() <= rounding { 0.0 } else { difference }
}

/// Pearson's correlation of pairs; `None` below two pairs or where a side does not vary.
pub fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let (mut mean_a, mut mean_b) = (0.0, 0.0);
    let (mut square_a, mut square_b, mut product) = (0.0, 0.0, 0.0);
    for (count, &(a, b)) in (1_u32..).zip(pairs) {
        let (step_a, step_b) = (a - mean_a, b - mean_b);
        mean_a += step_a / f64::from(count);
        mean_b += step_b / f64::from(count);
        square_a += step_a * (a - mean_a);
        square_b += step_b * (b - mean_b);
        product += step_a * (b - mean_b);
    }
    let scale: f64 = f64::sqrt(square_a) * f64::sqrt(square_b);
    let varies = scale > 0.0 && scale.is_finite();
    varies.then(|| (product / scale).clamp(-1.0, 1.0)).filter(|r: &f64| r.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Draws;
    use proptest::prelude::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn sleep_of_ten_patients_as_computed_by_hand() {
        // "Student" (1908), The probable error of a mean, Biometrika 6: hours of sleep gained by ten
        // patients with each of two drugs. Differences sum to 15.8 and their squares to 38.58, so the mean
        // is 1.58, the variance (38.58 - 24.964) / 9 = 1.512889, the deviation 1.229996, the error
        // of the mean 0.388959, and with t(9) = 2.262157 the interval 1.58 +- 0.879886.
        let first = some(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
        let second = some(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
        let found = paired(&second, &first, Better::Higher);
        let (low, high) = found.estimate.interval.unwrap();
        assert!((found.estimate.mean.unwrap() - 1.58).abs() < 1e-12);
        assert!((low - 0.700_114).abs() < 1e-6 && (high - 2.459_886).abs() < 1e-6, "{low} to {high}");
        assert!((found.correlation.unwrap() - 0.795_170).abs() < 1e-6, "{:?}", found.correlation);
        assert_eq!(found.verdict, Verdict::Better);
        assert_eq!(paired(&second, &first, Better::Lower).verdict, Verdict::Worse);
        assert_eq!(paired(&first, &second, Better::Lower).verdict, Verdict::Better);
        assert_eq!(paired(&second, &first, Better::Neither).verdict, Verdict::Differs);
    }

    #[test]
    fn only_replications_that_both_observed_count() {
        let policy = [Some(1.0), None, Some(3.0), Some(9.0)];
        let baseline = [Some(0.0), Some(5.0), Some(2.0), None];
        let found = paired(&policy, &baseline, Better::Lower);
        assert_eq!((found.estimate.n, found.estimate.mean), (2, Some(1.0)));
    }

    #[test]
    fn too_little_is_undecided() {
        for better in [Better::Lower, Better::Higher, Better::Neither] {
            let none = paired(&[None], &[Some(1.0)], better);
            assert_eq!((none.estimate.mean, none.verdict), (None, Verdict::Undecided));
            let one = paired(&[Some(9.0)], &[Some(1.0)], better);
            assert_eq!((one.estimate.mean, one.verdict), (Some(8.0), Verdict::Undecided));
            assert_eq!(one.correlation, None);
        }
    }

    #[test]
    fn the_same_values_are_no_difference_even_when_summed_otherwise() {
        let sum: f64 = [0.1, 0.2, 0.3].iter().sum();
        let reversed: f64 = [0.3, 0.2, 0.1].iter().sum();
        assert_ne!(sum, reversed);
        let found = paired(&[Some(sum); 5], &[Some(reversed); 5], Better::Lower);
        assert_eq!((found.estimate.mean, found.verdict), (Some(0.0), Verdict::Undecided));
    }

    #[test]
    fn correlation_knows_its_ends() {
        let near = |pairs: &[(f64, f64)], truth: f64| (correlation(pairs).unwrap() - truth).abs() < 1e-12;
        assert!(near(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)], 1.0));
        assert!(near(&[(1.0, 6.0), (2.0, 4.0), (3.0, 2.0)], -1.0));
        assert!(near(&[(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (2.0, 2.0)], 0.0));
        assert_eq!(correlation(&[(1.0, 6.0), (1.0, 4.0)]), None);
    }

    #[test]
    fn pairing_sees_what_separate_means_would_miss() {
        // Both policies share a standard deviation of 10 and differ by 1 with noise of 0.5.
        let mut draws = Draws::new(7);
        let luck: Vec<f64> = (0..20).map(|_| 50.0 + 10.0 * draws.normal()).collect();
        let policy: Vec<Option<f64>> = luck.iter().map(|l| Some(l - 1.0 + 0.5 * draws.normal())).collect();
        let found = paired(&policy, &some(&luck), Better::Lower);
        assert_eq!(found.verdict, Verdict::Better);
        assert!(found.correlation.unwrap() > 0.99);
        let flat: Vec<f64> = policy.iter().flatten().copied().collect();
        assert!(mean_ci(&flat, LEVEL).half_width().unwrap() > 10.0 * found.estimate.half_width().unwrap());
    }

    #[test]
    fn holm_is_as_computed_by_hand() {
        // p of 0.01, 0.04, 0.03 and 0.005: in order 0.005 x 4, 0.01 x 3, 0.03 x 2 and 0.04, which may not be less than 0.06.
        let undecided = paired(&[], &[], Better::Lower);
        let mut all = [0.01, 0.04, 0.03, 0.005].map(|p| Difference { p: Some(p), verdict: Verdict::Better, ..undecided });
        holm(&mut all.iter_mut().collect::<Vec<_>>());
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert!(all.iter().zip([0.03, 0.06, 0.06, 0.02]).all(|(found, wanted)| near(found.p, wanted)), "{all:?}");
        assert_eq!(all.map(|found| found.verdict.word()), ["better", "undecided", "undecided", "better"]);
        let mut one = Difference { p: Some(0.2), verdict: Verdict::Better, ..undecided };
        holm(&mut [&mut one]);
        assert_eq!((one.p, one.verdict), (Some(0.2), Verdict::Better), "one comparison stays as it is");
    }

    #[test]
    fn holm_keeps_the_risk_of_any_false_difference() {
        // Three policies that do not differ from the baseline, 4,000 times: a false difference in at most 5 % of them, with a
        // standard error of 0.34 %. Without adjustment it would be about 12 %.
        let mut draws = Draws::new(77);
        let (mut adjusted, mut plain) = (0, 0);
        for _ in 0..4_000 {
            let baseline: Vec<Option<f64>> = (0..10).map(|_| Some(draws.normal())).collect();
            let mut all: Vec<Difference> = (0..3)
                .map(|_| paired(&(0..10).map(|_| Some(draws.normal())).collect::<Vec<_>>(), &baseline, Better::Neither))
                .collect();
            plain += usize::from(all.iter().any(|found| found.verdict == Verdict::Differs));
            holm(&mut all.iter_mut().collect::<Vec<_>>());
            adjusted += usize::from(all.iter().any(|found| found.verdict == Verdict::Differs));
        }
        assert!((120..=241).contains(&adjusted), "{adjusted} of 4000");
        assert!(plain > 380, "{plain} of 4000");
    }

    #[test]
    fn what_pairing_saves_follows_from_the_correlation() {
        // Two sides of equal variance with correlation r save the share r.
        let mut draws = Draws::new(3);
        let pairs: Vec<(f64, f64)> = (0..20_000)
            .map(|_| {
                let shared = draws.normal();
                (shared + 0.5 * draws.normal(), shared + 0.5 * draws.normal())
            })
            .collect();
        let (a, b): (Vec<_>, Vec<_>) = pairs.iter().map(|(a, b)| (Some(*a), Some(*b))).unzip();
        let found = paired(&a, &b, Better::Lower);
        // r = 1 / 1.25 = 0.8; its standard error over 20,000 pairs is (1 - r^2) / sqrt(n) = 0.0025.
        assert!((found.saved.unwrap() - 0.8).abs() < 0.0076 && (found.correlation.unwrap() - 0.8).abs() < 0.0076, "{found:?}");
        assert!((found.worth_of_pairing().unwrap() - 5.0).abs() < 0.2);
        let flat = vec![Some(1.0); 20_000];
        assert_eq!(paired(&a, &flat, Better::Lower).saved, None);
    }

    proptest! {
        #[test]
        fn swapping_policy_and_baseline_mirrors(pairs in proptest::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 0..20)) {
            let a: Vec<Option<f64>> = pairs.iter().map(|p| Some(p.0)).collect();
            let b: Vec<Option<f64>> = pairs.iter().map(|p| Some(p.1)).collect();
            let (there, back) = (paired(&a, &b, Better::Lower), paired(&b, &a, Better::Lower));
            prop_assert_eq!(there.estimate.mean.map(|m| 0.0 - m), back.estimate.mean);
            prop_assert_eq!(there.verdict == Verdict::Better, back.verdict == Verdict::Worse);
        }
    }
}
