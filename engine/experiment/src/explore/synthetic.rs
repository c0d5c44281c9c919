//! Functions with known answers, for the tests of exploring.

use std::ops::Range;

use super::explorer::{Evaluate, Figures, Study, Trial};
use super::space::Factor;
use crate::design::{Better, Measure};
use crate::synthetic::Draws;

pub(crate) fn measure(name: &str, better: Better) -> Measure {
    Measure { name: name.into(), label: name.into(), unit: "EUR".into(), better }
}

/// One whole factor, one policy, and two measures.
pub(crate) fn study() -> Study {
    Study {
        factors: vec![Factor::parse("x", "0..20").unwrap()],
        policies: vec!["as_it_is".into()],
        measures: vec![measure("cost", Better::Lower), measure("late", Better::Lower)],
    }
}

/// A noisy bowl with its least cost at 7, and `late`, which falls by 1 with each step.
///
/// Most of the noise is shared by all points, as it is under common random numbers.
pub(crate) struct Bowl {
    pub(crate) least: f64,
    pub(crate) shared: f64,
    pub(crate) own: f64,
    pub(crate) fails: fn(f64) -> bool,
}

pub(crate) fn bowl() -> Bowl {
    Bowl { least: 7.0, shared: 3.0, own: 0.5, fails: |_| false }
}

impl Evaluate for Bowl {
    type Error = String;

    fn evaluate(&self, values: &[String], replications: Range<u32>, _jobs: usize) -> Result<Figures, String> {
        let x: f64 = values[0].parse().map_err(|_| format!("{} is no number", values[0]))?;
        if (self.fails)(x) {
            return Err(format!("nothing works at {x}"));
        }
        let (mut cost, mut late) = (vec![], vec![]);
        for replication in replications {
            let shared = self.shared * Draws::new(u64::from(replication) * 7919).normal();
            let own = self.own * Draws::new(u64::from(replication) * 7919 + x.to_bits() % 1_000_003 + 1).normal();
            cost.push(Some((x - self.least) * (x - self.least) / 4.0 + shared + own));
            late.push(Some(20.0 - x + 0.2 * shared));
        }
        Ok(Figures(vec![vec![cost, late]]))
    }
}

pub(crate) fn trials(values: &[&str]) -> Vec<Trial> {
    let trial = |(place, value): (usize, &&str)| Trial { number: place + 1, label: String::new(), values: vec![(*value).into()] };
    values.iter().enumerate().map(trial).collect()
}
