//! What a cycle costs, over how long it takes: parts that are replaced when they fail, or when they are old.

use super::integral;

/// Parts whose life has a Weibull law, replaced at a certain age or when they fail before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replacement {
    /// The shape of the law; above 1 parts wear out.
    pub shape: f64,
    /// The scale of the law.
    pub scale: f64,
    /// The age at which a part is replaced.
    pub age: f64,
    /// How long a planned replacement takes.
    pub planned: f64,
    /// How long one takes after a failure.
    pub unplanned: f64,
}

impl Replacement {
    /// The chance to reach the age.
    fn reaches(self) -> f64 {
        self.lives(self.age)
    }

    fn lives(self, t: f64) -> f64 {
        libm::exp(-libm::pow(t / self.scale, self.shape))
    }

    /// The mean time at work between two replacements.
    fn at_work(self) -> f64 {
        integral(0.0, self.age, 20_000, |t| self.lives(t))
    }

    /// The mean length of a cycle.
    fn cycle(self) -> f64 {
        let reaches = self.reaches();
        self.at_work() + reaches * self.planned + (1.0 - reaches) * self.unplanned
    }

    /// Failures for each unit of time.
    ///
    /// # Source
    ///
    /// Renewal reward, Ross (1996), Stochastic Processes, theorem 3.6.1; Barlow and Proschan (1965), Mathematical Theory of
    /// Reliability, section 4.2.
    pub fn failures(self) -> f64 {
        (1.0 - self.reaches()) / self.cycle()
    }

    /// What is paid in a unit of time: `cheap` for a planned replacement, `dear` after a failure.
    ///
    /// # Source
    ///
    /// As [`Replacement::failures`].
    pub fn cost(self, cheap: f64, dear: f64) -> f64 {
        (cheap * self.reaches() + dear * (1.0 - self.reaches())) / self.cycle()
    }

    /// The share of time at work.
    pub fn working(self) -> f64 {
        self.at_work() / self.cycle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::near;

    #[test]
    fn a_cycle_is_what_closed_forms_say() {
        // Shape 2: the integral of exp(-(t / s)²) to T is s sqrt(pi) / 2 erf(T / s).
        let parts = Replacement { shape: 2.0, scale: 40.0, age: 30.0, planned: 0.0, unplanned: 0.0 };
        let (reaches, at_work) = (libm::exp(-0.5625), 20.0 * std::f64::consts::PI.sqrt() * libm::erf(0.75));
        near(parts.cost(100.0, 500.0), (100.0 * reaches + 500.0 * (1.0 - reaches)) / at_work, 1e-9);
        near(parts.working(), 1.0, 1e-12);
        // Shape 1: what does not age fails at the same rate at any age.
        let ageless = Replacement { shape: 1.0, ..parts };
        near(ageless.failures(), 1.0 / 40.0, 1e-9);
        // Time for replacement makes a cycle longer.
        let slow = Replacement { planned: 1.0, unplanned: 2.0, ..parts };
        near(slow.working(), at_work / (at_work + reaches + 2.0 * (1.0 - reaches)), 1e-9);
    }

    #[test]
    fn the_best_age_is_where_the_derivative_vanishes() {
        // Barlow and Proschan (1965), section 4.2: h(T) ∫R - F(T) = cheap / (dear - cheap) at the best age.
        let parts = |age: f64| Replacement { shape: 2.0, scale: 40.0, age, planned: 0.0, unplanned: 0.0 };
        let slope = |age: f64| {
            let part = parts(age);
            2.0 * age / 1600.0 * part.at_work() - (1.0 - part.reaches()) - 0.25
        };
        let (mut low, mut high) = (1.0, 100.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if slope(middle) > 0.0 { high = middle } else { low = middle }
        }
        let best = parts(low).cost(100.0, 500.0);
        assert!(best < parts(low - 1.0).cost(100.0, 500.0) && best < parts(low + 1.0).cost(100.0, 500.0));
    }
}
