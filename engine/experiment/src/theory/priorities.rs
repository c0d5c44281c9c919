//! One server with priorities: nobody interrupts, or everybody does who goes before.

use super::Law;

/// Customers of one priority.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// Arrivals for each unit of time.
    pub arrivals: f64,
    /// How long service takes.
    pub service: Law,
}

/// The load of the first `count` classes together.
fn load(classes: &[Class], count: usize) -> f64 {
    classes[..count].iter().map(|class| class.arrivals * class.service.mean()).sum()
}

/// What is left of the service under way for who comes, summed over the first `count` classes.
fn rest(classes: &[Class], count: usize) -> f64 {
    classes[..count].iter().map(|class| class.arrivals * class.service.square() / 2.0).sum()
}

/// The mean wait of each class, the first goes first; a service that has begun is ended.
///
/// # Source
///
/// Cobham (1954), "Priority assignment in waiting line problems"; Kleinrock (1976), Queueing Systems II, chapter 3.
pub fn cobham(classes: &[Class]) -> Vec<f64> {
    let all = rest(classes, classes.len());
    (0..classes.len()).map(|k| all / ((1.0 - load(classes, k)) * (1.0 - load(classes, k + 1)))).collect()
}

/// The mean time that each class is there, wait and service, where who goes first interrupts, and what is interrupted goes
/// on where it stopped.
///
/// # Source
///
/// White and Christie (1958), "Queuing with preemptive priorities or with breakdown", for exponential service; Kleinrock
/// (1976), Queueing Systems II, chapter 3, for any.
pub fn interrupting(classes: &[Class]) -> Vec<f64> {
    let time = |k: usize| {
        let (before, with) = (1.0 - load(classes, k), 1.0 - load(classes, k + 1));
        classes[k].service.mean() / before + rest(classes, k + 1) / (before * with)
    };
    (0..classes.len()).map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::pollaczek_khinchine;
    use crate::theory::tests::{near, stationary};

    const FIRST: Class = Class { arrivals: 0.2, service: Law::Exponential(1.0) };
    const SECOND: Class = Class { arrivals: 0.15, service: Law::Exponential(2.0) };

    /// The mean numbers of either class; `interrupts` says whether the first goes before what has begun.
    fn chain(interrupts: bool) -> (f64, f64) {
        // How many of each are there, and which is served: 0 nobody.
        let served = |a: u32, b: u32, now: u32| match (a, b) {
            (0, 0) => 0,
            (0, _) => 2,
            (_, 0) => 1,
            _ if interrupts => 1,
            _ => now,
        };
        let found = stationary((0_u32, 0_u32, 0_u32), |&(a, b, now)| {
            let came = |a, b| (a, b, if now == 0 { served(a, b, 1) } else { served(a, b, now) });
            let mut next = vec![];
            if a < 40 {
                next.push((came(a + 1, b), FIRST.arrivals));
            }
            if b < 60 {
                next.push((came(a, b + 1), SECOND.arrivals));
            }
            match now {
                1 => next.push(((a - 1, b, served(a - 1, b, 1)), 1.0)),
                2 => next.push(((a, b - 1, served(a, b - 1, 1)), 0.5)),
                _ => {}
            }
            next
        });
        found.iter().fold((0.0, 0.0), |(x, y), ((a, b, _), share)| (x + f64::from(*a) * share, y + f64::from(*b) * share))
    }

    #[test]
    fn priorities_wait_as_their_chain_says() {
        let waits = cobham(&[FIRST, SECOND]);
        let (first, second) = chain(false);
        near(waits[0] + 1.0, first / FIRST.arrivals, 1e-6);
        near(waits[1] + 2.0, second / SECOND.arrivals, 1e-6);
        let there = interrupting(&[FIRST, SECOND]);
        let (first, second) = chain(true);
        near(there[0], first / FIRST.arrivals, 1e-6);
        near(there[1], second / SECOND.arrivals, 1e-6);
    }

    #[test]
    fn who_goes_first_changes_no_work() {
        // Kleinrock (1965), "A conservation law for a wide class of queueing disciplines".
        let classes = [FIRST, Class { arrivals: 0.1, service: Law::Constant(3.0) }, SECOND];
        let waits = cobham(&classes);
        let weighted: f64 = classes.iter().zip(&waits).map(|(class, wait)| class.arrivals * class.service.mean() * wait).sum();
        let all = load(&classes, 3);
        near(weighted, all * rest(&classes, 3) / (1.0 - all), 1e-12);
        // The first does not see the others where it interrupts.
        near(interrupting(&classes)[0], 1.0 + pollaczek_khinchine(0.2, Law::Exponential(1.0)), 1e-12);
    }
}
