//! One line: M/M/c, M/G/1, and the first customers of M/M/1.

use super::Law;
use super::loss::erlang_b;

/// A queue with Poisson arrivals, exponential service, `servers` and one line (M/M/c).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Arrivals for each unit of time.
    pub arrivals: f64,
    /// Customers that one server can serve in a unit of time.
    pub rate: f64,
    /// How many servers.
    pub servers: u32,
}

impl Line {
    /// The share of time in which a server works.
    pub fn load(self) -> f64 {
        self.arrivals / (self.rate * f64::from(self.servers))
    }

    /// The chance to have to wait.
    ///
    /// # Source
    ///
    /// Erlang (1917); in terms of Erlang B, Cooper (1981), Introduction to Queueing Theory, chapter 3.
    pub fn delayed(self) -> f64 {
        let (offered, servers) = (self.arrivals / self.rate, f64::from(self.servers));
        let blocked = erlang_b(offered, self.servers);
        servers * blocked / (servers - offered * (1.0 - blocked))
    }

    /// The chance to wait longer than `t`, first come first served.
    ///
    /// # Source
    ///
    /// Gross, Shortle, Thompson and Harris (2008), Fundamentals of Queueing Theory, section 2.3.
    pub fn waits_beyond(self, t: f64) -> f64 {
        self.delayed() * libm::exp(-(self.rate * f64::from(self.servers) - self.arrivals) * t)
    }

    /// The mean wait, of those too who need not.
    pub fn wait(self) -> f64 {
        self.delayed() / (self.rate * f64::from(self.servers) - self.arrivals)
    }

    /// How many stand in line on average.
    ///
    /// # Source
    ///
    /// Little (1961), "A proof for the queuing formula L = λW".
    pub fn in_line(self) -> f64 {
        self.arrivals * self.wait()
    }
}

/// The mean waits of the first `count` customers of an M/M/1 queue that begins empty, the first of them first.
///
/// A customer waits for those whom it finds, each as long as any other. The one after it finds these and itself, less those
/// who leave before: each event until then is a departure with probability rate / (arrivals + rate).
///
/// # Source
///
/// The chain embedded at arrivals, Kendall (1953); Kleinrock (1975), Queueing Systems I, chapter 6.
pub fn first_waits(arrivals: f64, rate: f64, count: usize) -> Vec<f64> {
    let leaves = rate / (arrivals + rate);
    let mut found = vec![1.0];
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        waits.push(found.iter().enumerate().map(|(number, chance)| number as f64 * chance).sum::<f64>() / rate);
        let mut next = vec![0.0; found.len() + 1];
        for (number, chance) in found.iter().enumerate() {
            let mut stays = *chance;
            for left in (1..=number + 1).rev() {
                next[left] += stays * (1.0 - leaves);
                stays *= leaves;
            }
            next[0] += stays;
        }
        found = next;
    }
    waits
}

/// The mean wait of an M/G/1 queue.
///
/// # Source
///
/// Pollaczek (1930), Khinchine (1932); Kleinrock (1975), Queueing Systems I, chapter 5.
pub fn pollaczek_khinchine(arrivals: f64, service: Law) -> f64 {
    arrivals * service.square() / (2.0 * (1.0 - arrivals * service.mean()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::chain::{birth_death, mean};
    use crate::theory::tests::near;

    #[test]
    fn erlang_c_is_what_its_chain_says() {
        for (arrivals, rate, servers) in [(7.0, 10.0, 1_u32), (24.0, 10.0, 3), (100.0, 6.0, 20)] {
            let line = Line { arrivals, rate, servers };
            let many = servers as usize;
            let chain = birth_death(4_000, |_| arrivals, |n| rate * n.min(many) as f64);
            near(line.delayed(), mean(&chain, |n| f64::from(u8::from(n >= many))), 1e-9);
            near(line.in_line(), mean(&chain, |n| n.saturating_sub(many) as f64), 1e-9);
            near(line.load(), mean(&chain, |n| n.min(many) as f64) / f64::from(servers), 1e-9);
            near(line.waits_beyond(0.0), line.delayed(), 1e-12);
            // The mean is the integral of the tail.
            let tail =
                crate::theory::integral(0.0, 60.0 / (rate * f64::from(servers) - arrivals), 20_000, |t| line.waits_beyond(t));
            near(tail, line.wait(), 1e-6);
        }
    }

    #[test]
    fn two_servers_at_half_load_delay_a_third() {
        // The closed form for two servers, 2 r² / (1 + r): Gross et al. (2008), section 2.3.
        near(Line { arrivals: 1.0, rate: 1.0, servers: 2 }.delayed(), 1.0 / 3.0, 1e-12);
    }

    #[test]
    fn the_first_customers_wait_as_spitzer_says() {
        // Spitzer (1956): E[W of customer n + 1] = sum of E[max(0, X_k - Y_k)] / k for k to n, X_k the sum of k services and
        // Y_k that of k gaps. Of two Poisson streams j services end before the k-th gap does with a negative binomial chance.
        let (arrivals, rate) = (8.0_f64, 10.0_f64);
        let (gap, service) = (arrivals / (arrivals + rate), rate / (arrivals + rate));
        let mut known = vec![0.0];
        for k in 1_i32..25 {
            let (mut chance, mut ahead) = (gap.powi(k), 0.0);
            for j in 0..k {
                ahead += f64::from(k - j) * chance / rate;
                chance *= f64::from(k + j) / f64::from(j + 1) * service;
            }
            known.push(known[known.len() - 1] + ahead / f64::from(k));
        }
        for (found, known) in first_waits(arrivals, rate, 25).into_iter().zip(known) {
            near(found, known, 1e-9);
        }
        // In the end it is the stationary wait.
        let last = first_waits(arrivals, rate, 1_500)[1_499];
        near(last, Line { arrivals, rate, servers: 1 }.wait(), 1e-5);
    }

    #[test]
    fn a_queue_of_constant_service_waits_half_as_long() {
        let (exponential, constant) = (Law::Exponential(6.0), Law::Constant(6.0));
        near(pollaczek_khinchine(0.1, exponential), Line { arrivals: 0.1, rate: 1.0 / 6.0, servers: 1 }.wait(), 1e-12);
        near(pollaczek_khinchine(0.1, constant), 4.5, 1e-12);
    }

    #[test]
    fn a_queue_of_stages_waits_as_its_chain_says() {
        // M/E2/1 as a chain that counts stages: an arrival brings two.
        let (arrivals, stage) = (0.1, 2.0 / 6.0);
        let chain = crate::theory::tests::stationary(0_usize, |&n| {
            let come = if n < 300 { arrivals } else { 0.0 };
            vec![(n + 2, come), (n.saturating_sub(1), if n > 0 { stage } else { 0.0 })]
        });
        let stages: f64 = chain.iter().map(|(n, share)| *n as f64 * share).sum();
        // Who arrives waits for all stages that it finds.
        near(pollaczek_khinchine(arrivals, Law::Erlang { stages: 2, mean: 6.0 }), stages / stage, 1e-6);
    }
}
