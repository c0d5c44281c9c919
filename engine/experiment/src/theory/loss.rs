//! Those who go away: Erlang B, a line of limited length, and callers who hang up.

use super::chain::{birth_death, mean};

/// The share of calls that find all of `servers` busy, where nobody waits.
///
/// It holds for every law of service with the same mean. `offered` is arrivals times the mean service \[erlang\].
///
/// # Source
///
/// Erlang (1917), Sevastyanov (1957) for any law; the recursion, Jagerman (1974), "Some properties of the Erlang loss
/// function".
pub fn erlang_b(offered: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked))
}

/// What becomes of a line of limited length, or of impatient callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losing {
    /// The share of arrivals that are not served.
    pub lost: f64,
    /// The share of arrivals that are served at once.
    pub at_once: f64,
    /// How many wait on average.
    pub in_line: f64,
    /// The share of time in which a server works.
    pub busy: f64,
}

/// M/M/c/K: who finds `room` waiting goes away; `room` is K - c.
///
/// # Source
///
/// Gross, Shortle, Thompson and Harris (2008), Fundamentals of Queueing Theory, section 2.5.
pub fn limited(arrivals: f64, rate: f64, servers: u32, room: u32) -> Losing {
    let (many, most) = (servers as usize, (servers + room) as usize);
    let chain = birth_death(most + 1, |_| arrivals, |n| rate * n.min(many) as f64);
    Losing { lost: chain[most], ..of(&chain, many) }
}

/// M/M/n+M, Erlang A: callers wait for one of `servers`, and hang up at the rate `leaving` each.
///
/// # Source
///
/// Palm (1957), "Research on telephone traffic carried by full availability groups"; Mandelbaum and Zeltyn (2007), "Service
/// engineering in action: the Palm/Erlang-A queue".
pub fn erlang_a(arrivals: f64, rate: f64, leaving: f64, servers: u32) -> Losing {
    let many = servers as usize;
    // Beyond as many as would hang up at twice the rate at which they come, and room for chance, there is nobody.
    let most = many + (2.0 * arrivals / leaving) as usize + 200;
    let chain = birth_death(most, |_| arrivals, |n| rate * n.min(many) as f64 + leaving * n.saturating_sub(many) as f64);
    let found = of(&chain, many);
    Losing { lost: leaving * found.in_line / arrivals, ..found }
}

/// What a chain of how many are there says, but for those who are lost.
fn of(chain: &[f64], many: usize) -> Losing {
    Losing {
        lost: 0.0,
        at_once: mean(chain, |n| f64::from(u8::from(n < many))),
        in_line: mean(chain, |n| n.saturating_sub(many) as f64),
        busy: mean(chain, |n| n.min(many) as f64) / many as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::Line;
    use crate::theory::tests::near;

    #[test]
    fn erlang_b_agrees_with_printed_tables() {
        // Offered traffic at which one call in a hundred is lost: tables of Erlang B, as in ITU-D (2005), Teletraffic
        // Engineering Handbook, and Iversen's lecture notes.
        for (lines, offered) in [(1, 0.0101), (5, 1.361), (10, 4.461), (20, 12.03), (50, 37.90), (100, 84.06)] {
            near(erlang_b(offered, lines), 0.01, 0.005);
        }
        // The definition itself: a^n / n! over the sum of all up to it.
        let weights: Vec<f64> = (0..=10)
            .scan(1.0, |weight, n| {
                if n > 0 {
                    *weight *= 8.0 / f64::from(n);
                }
                Some(*weight)
            })
            .collect();
        near(erlang_b(8.0, 10), weights[10] / weights.iter().sum::<f64>(), 1e-12);
    }

    #[test]
    fn a_limited_line_lies_between_erlang_b_and_erlang_c() {
        near(limited(8.0, 1.0, 10, 0).lost, erlang_b(8.0, 10), 1e-12);
        let (long, line) = (limited(24.0, 10.0, 3, 2_000), Line { arrivals: 24.0, rate: 10.0, servers: 3 });
        near(1.0 - long.at_once, line.delayed(), 1e-9);
        near(long.in_line, line.in_line(), 1e-9);
        // M/M/1/K has a closed form: (1 - r) r^K / (1 - r^(K + 1)).
        let (r, room): (f64, u32) = (0.9, 4);
        near(limited(0.9, 1.0, 1, room).lost, (1.0 - r) * r.powi(5) / (1.0 - r.powi(6)), 1e-12);
    }

    #[test]
    fn erlang_a_agrees_with_printed_values() {
        // Mandelbaum and Zeltyn (2007): 48 calls a minute, talks of 1 min, patience of 2 min, 50 agents: 3.1 % hang up, the
        // average wait is 3.7 s, 3 callers wait, agents are busy for 93 % of the time.
        let desk = erlang_a(48.0, 1.0, 0.5, 50);
        assert_eq!(format!("{:.1}", 100.0 * desk.lost), "3.1");
        assert_eq!(format!("{:.1}", 60.0 * desk.in_line / 48.0), "3.7");
        assert_eq!(format!("{:.0}", desk.in_line), "3");
        assert_eq!(format!("{:.0}", 100.0 * desk.busy), "93");
        // What comes is served or lost.
        near(48.0 * (1.0 - desk.lost), 50.0 * desk.busy, 1e-9);
        // With a patience like the service it is a crowd without a line: as many as a Poisson count.
        let free = erlang_a(8.0, 1.0, 1.0, 10);
        let poisson: f64 = (0..10)
            .scan((-8.0_f64).exp(), |chance, n| {
                let now = *chance;
                *chance *= 8.0 / f64::from(n + 1);
                Some(now)
            })
            .sum();
        near(free.at_once, poisson, 1e-9);
    }
}
