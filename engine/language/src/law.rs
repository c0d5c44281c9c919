//! Laws of chance by name: what each takes, and what it gives.
//!
//! Nothing here draws: a program names a [`Law`], and its host draws from it.

/// Laws of chance that an instruction can draw from. Parameters as in the function of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// uniform(low, high)
    Uniform,
    /// exponential(mean)
    Exponential,
    /// normal(mean, sd)
    Normal,
    /// lognormal(median, sigma)
    LogNormal,
    /// weibull(shape, scale)
    Weibull,
    /// gamma(shape, scale)
    Gamma,
    /// poisson(mean), a whole number
    Poisson,
    /// chance(probability), true or false
    Chance,
    /// triangular(low, mode, high)
    Triangular,
    /// beta(a, b)
    Beta,
    /// erlang(stages, mean)
    Erlang,
    /// pareto(shape, least)
    Pareto,
    /// loglogistic(median, shape)
    LogLogistic,
    /// gumbel(mode, scale)
    Gumbel,
    /// pert(low, mode, high)
    Pert,
    /// binomial(trials, probability), a whole number
    Binomial,
    /// geometric(probability), a whole number: failures before the first success
    Geometric,
    /// negative_binomial(mean, shape), a whole number
    NegativeBinomial,
}

/// What a law gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A real number, in the unit of its parameters.
    Real,
    /// A whole number from 0 up.
    Whole,
    /// True or false.
    Truth,
}

/// Something else that a draw from a law depends on, besides its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// On the condition that it lies from the one value to the other.
    Within,
    /// As far up as a score that leans on the one value by the other.
    Leaning,
}

/// Name, which parameters carry the unit of the result, and the parameters in words.
type Row = (&'static str, &'static [bool], &'static str);

impl Law {
    /// All laws, in the order in which they are numbered.
    pub const ALL: [Law; 18] = [
        Law::Uniform,
        Law::Exponential,
        Law::Normal,
        Law::LogNormal,
        Law::Weibull,
        Law::Gamma,
        Law::Poisson,
        Law::Chance,
        Law::Triangular,
        Law::Beta,
        Law::Erlang,
        Law::Pareto,
        Law::LogLogistic,
        Law::Gumbel,
        Law::Pert,
        Law::Binomial,
        Law::Geometric,
        Law::NegativeBinomial,
    ];

    fn row(self) -> Row {
        match self {
            Law::Uniform => ("uniform", &[true, true], "low and high"),
            Law::Exponential => ("exponential", &[true], "the mean"),
            Law::Normal => ("normal", &[true, true], "mean and standard deviation"),
            Law::LogNormal => ("lognormal", &[true, false], "median and sigma"),
            Law::Weibull => ("weibull", &[false, true], "shape and scale"),
            Law::Gamma => ("gamma", &[false, true], "shape and scale"),
            Law::Poisson => ("poisson", &[false], "the mean"),
            Law::Chance => ("chance", &[false], "a probability"),
            Law::Triangular => ("triangular", &[true, true, true], "low, most likely and high"),
            Law::Beta => ("beta", &[false, false], "the two shapes"),
            Law::Erlang => ("erlang", &[false, true], "the number of stages and the mean"),
            Law::Pareto => ("pareto", &[false, true], "shape and least"),
            Law::LogLogistic => ("loglogistic", &[true, false], "median and shape"),
            Law::Gumbel => ("gumbel", &[true, true], "the most likely value and the scale"),
            Law::Pert => ("pert", &[true, true, true], "low, most likely and high"),
            Law::Binomial => ("binomial", &[false, false], "the number of trials and a probability"),
            Law::Geometric => ("geometric", &[false], "a probability"),
            Law::NegativeBinomial => ("negative_binomial", &[false, false], "mean and shape"),
        }
    }

    /// The function that draws from it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// For each parameter, whether it carries the unit of the result.
    #[must_use]
    pub fn measured(self) -> &'static [bool] {
        self.row().1
    }

    /// Its parameters in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().2
    }

    /// The law of a function's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Law> {
        Law::ALL.into_iter().find(|law| law.name() == name)
    }

    /// What it gives.
    #[must_use]
    pub fn gives(self) -> Gives {
        match self {
            Law::Chance => Gives::Truth,
            Law::Poisson | Law::Binomial | Law::Geometric | Law::NegativeBinomial => Gives::Whole,
            _ => Gives::Real,
        }
    }

    /// The word of a value that was drawn from it.
    #[must_use]
    pub fn word(self, value: f64) -> u64 {
        match self.gives() {
            Gives::Real => value.to_bits(),
            Gives::Whole => value as u64,
            Gives::Truth => u64::from(value != 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_is_found_by_its_name() {
        for (number, law) in Law::ALL.into_iter().enumerate() {
            assert_eq!(law as usize, number);
            assert_eq!(Law::named(law.name()), Some(law));
            assert!((1..=3).contains(&law.measured().len()), "{law:?}");
        }
        assert_eq!(Law::named("cauchy"), None);
    }
}
