//! How long something takes: laws with the moments that theory asks for.

use super::integral;

/// A law of a span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// Always the same.
    Constant(f64),
    /// Exponential with this mean.
    Exponential(f64),
    /// The sum of so many exponential stages; the mean is that of the whole.
    Erlang {
        /// How many stages, at least 1.
        stages: u32,
        /// The mean of all together.
        mean: f64,
    },
    /// Log-normal.
    LogNormal {
        /// Half of the values lie below it.
        median: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// Hyperexponential: exponential with the one mean, or with the other.
    Either {
        /// The chance of the first.
        chance: f64,
        /// The mean of the first.
        first: f64,
        /// The mean of the second.
        second: f64,
    },
}

impl Law {
    /// E\[S\].
    pub fn mean(self) -> f64 {
        match self {
            Law::Constant(mean) | Law::Exponential(mean) | Law::Erlang { mean, .. } => mean,
            Law::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Law::Either { chance, first, second } => chance * first + (1.0 - chance) * second,
        }
    }

    /// E\[S²\].
    pub fn square(self) -> f64 {
        match self {
            Law::Constant(mean) => mean * mean,
            Law::Exponential(mean) => 2.0 * mean * mean,
            Law::Erlang { stages, mean } => mean * mean * (1.0 + 1.0 / f64::from(stages)),
            Law::LogNormal { median, sigma } => median * median * libm::exp(2.0 * sigma * sigma),
            Law::Either { chance, first, second } => 2.0 * (chance * first * first + (1.0 - chance) * second * second),
        }
    }

    /// P(S > t).
    pub fn beyond(self, t: f64) -> f64 {
        if t < 0.0 {
            return 1.0;
        }
        match self {
            Law::Constant(mean) => f64::from(u8::from(t < mean)),
            Law::Exponential(mean) => libm::exp(-t / mean),
            Law::Erlang { stages, mean } => {
                let x = t * f64::from(stages) / mean;
                let mut term = libm::exp(-x);
                let mut sum = term;
                for stage in 1..stages {
                    term *= x / f64::from(stage);
                    sum += term;
                }
                sum
            }
            Law::LogNormal { median, sigma } if t > 0.0 => {
                0.5 * libm::erfc(libm::log(t / median) / sigma / std::f64::consts::SQRT_2)
            }
            Law::LogNormal { .. } => 1.0,
            Law::Either { chance, first, second } => chance * libm::exp(-t / first) + (1.0 - chance) * libm::exp(-t / second),
        }
    }

    /// A time beyond which nothing of it lies that counts.
    fn reach(self) -> f64 {
        match self {
            Law::Constant(mean) => mean,
            Law::Exponential(mean) | Law::Erlang { mean, .. } => 40.0 * mean,
            Law::LogNormal { median, sigma } => median * libm::exp(8.0 * sigma),
            Law::Either { first, second, .. } => 40.0 * first.max(second),
        }
    }

    /// The integral of `weight(t) P(S > t)` over all t from 0: E\[S\] times the mean of `weight` over the age of what is
    /// under way.
    pub(super) fn over_age(self, weight: impl Fn(f64) -> f64) -> f64 {
        // Up to its end a constant is under way with certainty.
        let beyond = |t: f64| if matches!(self, Law::Constant(_)) { 1.0 } else { self.beyond(t) };
        integral(0.0, self.reach(), 40_000, |t| weight(t) * beyond(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::near;

    #[test]
    fn moments_are_the_integrals_of_what_lies_beyond() {
        let laws = [
            Law::Constant(3.0),
            Law::Exponential(2.0),
            Law::Erlang { stages: 4, mean: 6.0 },
            Law::LogNormal { median: 5.0, sigma: 0.7 },
            Law::Either { chance: 0.9, first: 1.0, second: 21.0 },
        ];
        for law in laws {
            // E[S] is the integral of P(S > t), and E[S²] that of 2 t P(S > t).
            near(law.over_age(|_| 1.0), law.mean(), 1e-6);
            near(law.over_age(|t| 2.0 * t), law.square(), 1e-6);
        }
    }

    #[test]
    fn what_lies_beyond_falls_from_one() {
        let law = Law::Erlang { stages: 2, mean: 2.0 };
        // P(S > t) = (1 + t) exp(-t) for two stages of mean 1.
        near(law.beyond(1.5), 2.5 * (-1.5_f64).exp(), 1e-12);
        near(Law::LogNormal { median: 5.0, sigma: 0.7 }.beyond(5.0), 0.5, 1e-12);
        assert_eq!((law.beyond(-1.0), Law::Constant(3.0).beyond(3.0)), (1.0, 0.0));
    }
}
