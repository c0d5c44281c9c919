//! A crowd with room for everybody, whose arrivals follow the hour: M(t)/G/infinity.

use super::Law;

/// Arrivals at the rate `usual + swing * sin(2 pi t / period)` for each unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wave {
    /// The mean rate.
    pub usual: f64,
    /// How far the rate goes up and down.
    pub swing: f64,
    /// How long it takes to come round.
    pub period: f64,
}

impl Wave {
    /// How many are there on average at time `t`, once arrivals have gone on for ever; each stays by `law`.
    ///
    /// # Source
    ///
    /// Eick, Massey and Whitt (1993), "Mt/G/∞ queues with sinusoidal arrival rates", theorem 4.1: the rate of the past, seen over
    /// the age of those who are there.
    pub fn present(self, law: Law, t: f64) -> f64 {
        let turn = 2.0 * std::f64::consts::PI / self.period;
        let (sin, cos) = (law.over_age(|age| libm::sin(turn * age)), law.over_age(|age| libm::cos(turn * age)));
        self.usual * law.mean() + self.swing * (libm::sin(turn * t) * cos - libm::cos(turn * t) * sin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::near;

    const DAY: Wave = Wave { usual: 120.0, swing: 96.0, period: 24.0 };

    #[test]
    fn a_crowd_is_what_closed_forms_say() {
        let turn = 2.0 * std::f64::consts::PI / 24.0;
        for t in [0.0, 6.0, 13.5] {
            // Exponential stays: Eick, Massey and Whitt (1993), section 5.
            let s = 4.0;
            let wave = ((turn * t).sin() - turn * s * (turn * t).cos()) / (1.0 + turn * turn * s * s);
            near(DAY.present(Law::Exponential(s), t), s * (120.0 + 96.0 * wave), 1e-6);
            // Constant stays: all who came since; the integral of the rate.
            let since = 120.0 * s - 96.0 * ((turn * t).cos() - (turn * (t - s)).cos()) / turn;
            near(DAY.present(Law::Constant(s), t), since, 1e-9);
        }
    }

    #[test]
    fn a_crowd_follows_its_own_equation() {
        // Of two sorts of exponential stays each is dm/dt = rate - m / mean, here by steps from long ago.
        let turn = 2.0 * std::f64::consts::PI / 24.0;
        let (mut short, mut long, step) = (0.0, 0.0, 1e-3);
        for at in 0..(20 * 24_000) {
            let rate = 120.0 + 96.0 * (turn * (f64::from(at) + 0.5) * step).sin();
            short += step * (0.7 * rate - short / 1.0);
            long += step * (0.3 * rate - long / 11.0);
        }
        near(DAY.present(Law::Either { chance: 0.7, first: 1.0, second: 11.0 }, 0.0), short + long, 1e-3);
    }
}
