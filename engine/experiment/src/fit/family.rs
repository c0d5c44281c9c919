//! Families of laws: density, survival, quantiles, and draws, in the parameters that scenarios write.

use libm::{exp, expm1, log, log1p, pow, sqrt};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use statrs::function::beta::{beta_reg, ln_beta};
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

/// Half of the logarithm of 2 pi.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;

/// A family of laws that can be fitted.
///
/// Parameters are in the order of the function of the same name in scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// exponential(mean)
    Exponential,
    /// weibull(shape, scale)
    Weibull,
    /// lognormal(median, sigma)
    LogNormal,
    /// gamma(shape, scale)
    Gamma,
    /// loglogistic(median, shape)
    LogLogistic,
    /// erlang(stages, mean)
    Erlang,
    /// normal(mean, sd)
    Normal,
    /// gumbel(mode, scale)
    Gumbel,
    /// pareto(shape, least)
    Pareto,
    /// uniform(low, high)
    Uniform,
    /// beta(a, b)
    Beta,
    /// poisson(mean)
    Poisson,
    /// geometric(probability): failures before the first success
    Geometric,
    /// chance(probability): 1 for true, 0 for false
    Chance,
}

/// Where a parameter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Above 0.
    Positive,
    /// Any number.
    Real,
    /// Between 0 and 1.
    Share,
    /// A whole number from 1 up.
    Count,
}

impl Family {
    /// All families.
    pub const ALL: [Family; 14] = [
        Family::Exponential,
        Family::Weibull,
        Family::LogNormal,
        Family::Gamma,
        Family::LogLogistic,
        Family::Erlang,
        Family::Normal,
        Family::Gumbel,
        Family::Pareto,
        Family::Uniform,
        Family::Beta,
        Family::Poisson,
        Family::Geometric,
        Family::Chance,
    ];

    fn row(self) -> (&'static str, &'static [(&'static str, Domain)]) {
        use Domain::{Count, Positive, Real, Share};
        match self {
            Family::Exponential => ("exponential", &[("mean", Positive)]),
            Family::Weibull => ("weibull", &[("shape", Positive), ("scale", Positive)]),
            Family::LogNormal => ("lognormal", &[("median", Positive), ("sigma", Positive)]),
            Family::Gamma => ("gamma", &[("shape", Positive), ("scale", Positive)]),
            Family::LogLogistic => ("loglogistic", &[("median", Positive), ("shape", Positive)]),
            Family::Erlang => ("erlang", &[("stages", Count), ("mean", Positive)]),
            Family::Normal => ("normal", &[("mean", Real), ("sd", Positive)]),
            Family::Gumbel => ("gumbel", &[("mode", Real), ("scale", Positive)]),
            Family::Pareto => ("pareto", &[("shape", Positive), ("least", Positive)]),
            Family::Uniform => ("uniform", &[("low", Real), ("high", Real)]),
            Family::Beta => ("beta", &[("a", Positive), ("b", Positive)]),
            Family::Poisson => ("poisson", &[("mean", Positive)]),
            Family::Geometric => ("geometric", &[("probability", Share)]),
            Family::Chance => ("chance", &[("probability", Share)]),
        }
    }

    /// The function of scenarios that draws from it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The family of a function's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Its parameters: name, and where they lie.
    #[must_use]
    pub fn parameters(self) -> &'static [(&'static str, Domain)] {
        self.row().1
    }

    /// Other families for values of the same sort: whole numbers, numbers from 0 up, or any numbers.
    #[must_use]
    pub fn rivals(self) -> Vec<Family> {
        use Family::{Beta, Chance, Exponential, Gamma, Geometric, Gumbel, LogLogistic, LogNormal, Normal, Poisson, Weibull};
        let all: &[Family] = match self {
            Chance | Beta => &[],
            Poisson | Geometric => &[Poisson, Geometric],
            Normal | Gumbel => &[Normal, Gumbel, Weibull, LogNormal, Gamma, LogLogistic],
            _ => &[Exponential, Weibull, LogNormal, Gamma, LogLogistic],
        };
        all.iter().copied().filter(|rival| *rival != self).collect()
    }

    /// Whether it gives whole numbers.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Family::Poisson | Family::Geometric | Family::Chance)
    }

    /// Whether a value can come of it, whatever its parameters.
    #[must_use]
    pub fn gives(self, x: f64) -> bool {
        match self {
            Family::Normal | Family::Gumbel | Family::Uniform => true,
            Family::Exponential => x >= 0.0,
            Family::Beta => x > 0.0 && x < 1.0,
            Family::Poisson | Family::Geometric => x >= 0.0 && x.fract() == 0.0,
            Family::Chance => x == 0.0 || x == 1.0,
            _ => x > 0.0,
        }
    }

    /// What it gives, in words.
    #[must_use]
    pub fn given(self) -> &'static str {
        match self {
            Family::Normal | Family::Gumbel | Family::Uniform => "it gives any number",
            Family::Exponential => "it gives numbers from 0 up",
            Family::Beta => "it gives numbers between 0 and 1",
            Family::Poisson | Family::Geometric => "it gives whole numbers from 0 up",
            Family::Chance => "it gives true or false",
            _ => "it gives numbers above 0",
        }
    }

    /// The logarithm of its density at `x`, or of the probability of a whole number; minus infinity where it gives no `x`.
    #[must_use]
    pub fn log_density(self, p: &[f64], x: f64) -> f64 {
        if !self.gives(x) {
            return f64::NEG_INFINITY;
        }
        match self {
            Family::Exponential => -log(p[0]) - x / p[0],
            Family::Weibull => {
                let z = log(x / p[1]);
                log(p[0] / p[1]) + (p[0] - 1.0) * z - exp(p[0] * z)
            }
            Family::LogNormal => {
                let z = log(x / p[0]) / p[1];
                -log(x) - log(p[1]) - HALF_LN_TAU - z * z / 2.0
            }
            Family::Gamma => (p[0] - 1.0) * log(x) - x / p[1] - ln_gamma(p[0]) - p[0] * log(p[1]),
            Family::Erlang => Family::Gamma.log_density(&[p[0], p[1] / p[0]], x),
            Family::LogLogistic => {
                let u = p[1] * log(x / p[0]);
                log(p[1]) - log(x) + u - 2.0 * softplus(u)
            }
            Family::Normal => {
                let z = (x - p[0]) / p[1];
                -log(p[1]) - HALF_LN_TAU - z * z / 2.0
            }
            Family::Gumbel => {
                let z = (x - p[0]) / p[1];
                -log(p[1]) - z - exp(-z)
            }
            Family::Pareto if x < p[1] => f64::NEG_INFINITY,
            Family::Pareto => log(p[0]) + p[0] * log(p[1] / x) - log(x),
            Family::Uniform if x < p[0] || x > p[1] => f64::NEG_INFINITY,
            Family::Uniform => -log(p[1] - p[0]),
            Family::Beta => (p[0] - 1.0) * log(x) + (p[1] - 1.0) * log1p(-x) - ln_beta(p[0], p[1]),
            Family::Poisson => x * log(p[0]) - p[0] - ln_gamma(x + 1.0),
            Family::Geometric => log(p[0]) + x * log1p(-p[0]),
            Family::Chance => log(if x == 1.0 { p[0] } else { 1.0 - p[0] }),
        }
    }

    /// The logarithm of the probability to exceed `x`.
    #[must_use]
    pub fn log_survival(self, p: &[f64], x: f64) -> f64 {
        let above = !matches!(self, Family::Normal | Family::Gumbel | Family::Uniform);
        if above && x <= 0.0 && !self.is_whole() {
            return 0.0;
        }
        match self {
            Family::Exponential => -x / p[0],
            Family::Weibull => -pow(x / p[1], p[0]),
            Family::LogNormal => log_upper(log(x / p[0]) / p[1]),
            Family::Normal => log_upper((x - p[0]) / p[1]),
            Family::LogLogistic => -softplus(p[1] * log(x / p[0])),
            Family::Gumbel => log(-expm1(-exp(-(x - p[0]) / p[1]))),
            Family::Pareto => (p[0] * log(p[1] / x)).min(0.0),
            _ => log((1.0 - self.cdf(p, x)).max(0.0)),
        }
    }

    /// The probability not to exceed `x`.
    #[must_use]
    pub fn cdf(self, p: &[f64], x: f64) -> f64 {
        match self {
            Family::Gamma if x <= 0.0 => 0.0,
            Family::Gamma => gamma_lr(p[0], x / p[1]),
            Family::Erlang => Family::Gamma.cdf(&[p[0], p[1] / p[0]], x),
            Family::Uniform => ((x - p[0]) / (p[1] - p[0])).clamp(0.0, 1.0),
            Family::Beta => beta_reg(p[0], p[1], x.clamp(0.0, 1.0)),
            Family::Poisson | Family::Geometric | Family::Chance if x < 0.0 => 0.0,
            Family::Poisson => gamma_ur(x.floor() + 1.0, p[0]),
            Family::Geometric => -expm1((x.floor() + 1.0) * log1p(-p[0])),
            Family::Chance if x < 1.0 => 1.0 - p[0],
            Family::Chance => 1.0,
            Family::Gumbel => exp(-exp(-(x - p[0]) / p[1])),
            _ => -expm1(self.log_survival(p, x)),
        }
    }

    /// The value that is not exceeded with probability `u`, which lies strictly between 0 and 1.
    #[must_use]
    pub fn quantile(self, p: &[f64], u: f64) -> f64 {
        match self {
            Family::Exponential => -p[0] * log1p(-u),
            Family::Weibull => p[1] * pow(-log1p(-u), 1.0 / p[0]),
            Family::LogNormal => p[0] * exp(p[1] * normal_quantile(u)),
            Family::Normal => p[0] + p[1] * normal_quantile(u),
            Family::LogLogistic => p[0] * exp(log(u / (1.0 - u)) / p[1]),
            Family::Gumbel => p[0] - p[1] * log(-log(u)),
            Family::Pareto => p[1] * exp(-log1p(-u) / p[0]),
            Family::Uniform => p[0] + (p[1] - p[0]) * u,
            Family::Chance => f64::from(u > 1.0 - p[0]),
            Family::Geometric => (log1p(-u) / log1p(-p[0])).ceil().max(1.0) - 1.0,
            Family::Gamma | Family::Erlang | Family::Beta | Family::Poisson => self.sought(p, u),
        }
    }

    /// A quantile found by halving.
    fn sought(self, p: &[f64], u: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        while self.cdf(p, high) < u && high < 1e300 {
            (low, high) = (high, high * 2.0);
        }
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.cdf(p, middle) < u { low = middle } else { high = middle }
        }
        if self.is_whole() { high.floor() } else { high }
    }

    /// A value by chance.
    pub(super) fn draw(self, p: &[f64], luck: &mut Xoshiro256PlusPlus) -> f64 {
        match self {
            Family::Gamma => p[1] * gamma(p[0], luck),
            Family::Erlang => p[1] / p[0] * gamma(p[0], luck),
            Family::Beta => {
                let (a, b) = (gamma(p[0], luck), gamma(p[1], luck));
                a / (a + b)
            }
            _ => self.quantile(p, unit(luck)),
        }
    }
}

/// A number strictly between 0 and 1.
pub(super) fn unit(luck: &mut Xoshiro256PlusPlus) -> f64 {
    ((luck.random::<u64>() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

/// A gamma variate of scale 1.
///
/// # Source
///
/// Marsaglia and Tsang (2000), "A simple method for generating gamma variables".
fn gamma(shape: f64, luck: &mut Xoshiro256PlusPlus) -> f64 {
    if shape < 1.0 {
        return gamma(shape + 1.0, luck) * pow(unit(luck), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / sqrt(9.0 * d);
    loop {
        let z = normal_quantile(unit(luck));
        let v = 1.0 + c * z;
        if v > 0.0 {
            let v = v * v * v;
            if log(unit(luck)) < z * z / 2.0 + d - d * v + d * log(v) {
                return d * v;
            }
        }
    }
}

/// The quantile of the standard normal law.
pub(super) fn normal_quantile(u: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * u)
}

/// log(1 + e^u) without overflow.
fn softplus(u: f64) -> f64 {
    if u > 0.0 { u + log1p(exp(-u)) } else { log1p(exp(u)) }
}

/// The logarithm of the upper tail of the standard normal law.
fn log_upper(z: f64) -> f64 {
    if z < 30.0 {
        return log(erfc(z / std::f64::consts::SQRT_2) / 2.0);
    }
    // Mills' ratio, Abramowitz and Stegun 26.2.12.
    -z * z / 2.0 - HALF_LN_TAU - log(z) + log1p(-1.0 / (z * z))
}
