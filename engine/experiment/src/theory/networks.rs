//! Several stations: open networks with feedback, and machines with few who repair them.

use super::chain::{birth_death, mean};
use super::queues::Line;

/// A station of an open network: `servers` with exponential service, first come first served.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Arrivals from outside for each unit of time.
    pub arrivals: f64,
    /// Customers that one server can serve in a unit of time.
    pub rate: f64,
    /// How many servers.
    pub servers: u32,
    /// The chance to go on to each station, in their order; the rest leaves.
    pub next: Vec<f64>,
}

/// Each station of an open network as a queue by itself.
///
/// # Source
///
/// Jackson (1957), "Networks of waiting lines"; Gross, Shortle, Thompson and Harris (2008), section 4.2.
pub fn jackson(stations: &[Station]) -> Vec<Line> {
    // What comes to a station is what comes from outside and from all stations; from everywhere some leaves, so this settles.
    let mut flows: Vec<f64> = stations.iter().map(|station| station.arrivals).collect();
    for _ in 0..10_000 {
        let from = |to: usize| stations.iter().zip(&flows).map(move |(station, flow)| flow * station.next[to]);
        let next: Vec<f64> = (0..flows.len()).map(|to| stations[to].arrivals + from(to).sum::<f64>()).collect();
        let change = next.iter().zip(&flows).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        flows = next;
        if change < 1e-15 {
            break;
        }
    }
    let line = |(station, arrivals): (&Station, f64)| Line { arrivals, rate: station.rate, servers: station.servers };
    stations.iter().zip(flows).map(line).collect()
}

/// The mean time in the network, from outside to outside.
///
/// # Source
///
/// Little (1961) over all stations together.
pub fn time_inside(stations: &[Station]) -> f64 {
    let there: f64 = jackson(stations).iter().map(|line| line.in_line() + line.arrivals / line.rate).sum();
    there / stations.iter().map(|station| station.arrivals).sum::<f64>()
}

/// Machines of which few can be repaired at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    /// How many run on average.
    pub running: f64,
    /// The mean wait for a repairer.
    pub wait: f64,
    /// The share of time in which a repairer works.
    pub busy: f64,
}

/// M/M/c//N: `machines` that run, each until it fails at the rate `fails`, and `repairers` who mend at the rate `mends`.
///
/// # Source
///
/// Feller (1968), An Introduction to Probability Theory and Its Applications I, XVII.7; Gross et al. (2008), section 2.8.
pub fn machine_repair(machines: u32, repairers: u32, fails: f64, mends: f64) -> Repair {
    let (all, many) = (machines as usize, repairers as usize);
    let down = birth_death(all + 1, |n| fails * (all - n) as f64, |n| mends * n.min(many) as f64);
    let running = mean(&down, |n| (all - n) as f64);
    Repair {
        running,
        wait: mean(&down, |n| n.saturating_sub(many) as f64) / (fails * running),
        busy: mean(&down, |n| n.min(many) as f64) / f64::from(repairers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::loss::erlang_b;
    use crate::theory::tests::{near, stationary};

    #[test]
    fn a_network_with_feedback_is_what_its_whole_chain_says() {
        let stations = [
            Station { arrivals: 0.3, rate: 1.0, servers: 1, next: vec![0.1, 0.7] },
            Station { arrivals: 0.1, rate: 0.4, servers: 2, next: vec![0.25, 0.0] },
        ];
        let lines = jackson(&stations);
        let found = stationary((0_u32, 0_u32), |&(a, b)| {
            let most = 70;
            let mut next = vec![];
            if a < most {
                next.push(((a + 1, b), 0.3));
            }
            if b < most {
                next.push(((a, b + 1), 0.1));
            }
            if a > 0 {
                next.push(((a - 1, b), 0.2));
                if b < most {
                    next.push(((a - 1, b + 1), 0.7));
                }
            }
            if b > 0 {
                let served = 0.4 * f64::from(b.min(2));
                next.push(((a, b - 1), 0.75 * served));
                if a < most {
                    next.push(((a + 1, b - 1), 0.25 * served));
                }
            }
            next
        });
        let count = |of: &dyn Fn(u32, u32) -> f64| found.iter().map(|((a, b), share)| of(*a, *b) * share).sum::<f64>();
        near(lines[0].in_line(), count(&|a, _| f64::from(a.saturating_sub(1))), 1e-4);
        near(lines[1].in_line(), count(&|_, b| f64::from(b.saturating_sub(2))), 1e-4);
        near(time_inside(&stations), count(&|a, b| f64::from(a + b)) / 0.4, 1e-4);
    }

    #[test]
    fn one_repairer_rests_as_erlang_b_says() {
        // Those that run are as the calls of as many lines, offered mends / fails: Palm (1958).
        for machines in [3, 8] {
            near(machine_repair(machines, 1, 0.1, 0.5).busy, 1.0 - erlang_b(5.0, machines), 1e-12);
        }
        // Where everybody has a repairer nobody waits, and machines run for their share of the time.
        let free = machine_repair(8, 8, 0.1, 0.5);
        near(free.running, 8.0 * 0.5 / 0.6, 1e-12);
        assert!(free.wait.abs() < 1e-12);
        // What fails is mended.
        let two = machine_repair(8, 2, 0.1, 0.5);
        near(0.1 * two.running, 2.0 * two.busy * 0.5, 1e-12);
    }
}
