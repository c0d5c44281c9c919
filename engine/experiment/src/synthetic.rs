//! Small models with known answers, for the tests of this crate.

use crate::design::{Better, Design, Measure, Rehearsal};
use crate::sample::Sample;

/// SplitMix64 with a normal draw by Box and Muller.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1].
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Normal with mean 0 and standard deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }
}

/// What goes wrong in a [`Garage`], and where.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    None,
    /// These (policy, replication) return an error.
    Fails(fn(usize, u64) -> bool),
    /// These panic.
    Panics(fn(usize, u64) -> bool),
}

/// A garage with three policies and shared luck: waiting, satisfaction, contacts, and tows that are rare.
pub(crate) struct Garage {
    pub(crate) measures: Vec<Measure>,
    pub(crate) segments: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) trouble: Trouble,
}

#[derive(Debug, thiserror::Error)]
#[error("the garage burnt down under policy {0} in replication {1}")]
pub(crate) struct Burnt(usize, u64);

fn measure(name: &str, label: &str, unit: &str, better: Better) -> Measure {
    Measure { name: name.into(), label: label.into(), unit: unit.into(), better }
}

pub(crate) fn garage() -> Garage {
    Garage {
        measures: vec![
            measure("days_without_car", "Time without a car", "days", Better::Lower),
            measure("satisfaction", "Satisfaction after the repair", "0 to 10", Better::Higher),
            measure("contacts", "Messages and calls", "per driver", Better::Neither),
            measure("margin", "Margin of the garage", "EUR a week", Better::Higher),
            measure("tow_wait", "Wait for the tow truck", "min", Better::Lower),
        ],
        segments: ["one_car", "two_cars", "no_app"].map(String::from).to_vec(),
        policies: ["wait_for_the_call", "act_first", "ask_weekly"].map(String::from).to_vec(),
        trouble: Trouble::None,
    }
}

pub(crate) fn design(replications: u32, jobs: usize) -> Design {
    Design { policies: vec![0, 1, 2], replications, seed: 42, jobs }
}

impl Rehearsal for Garage {
    type Error = Burnt;

    fn name(&self) -> &str {
        "broken-down-car"
    }
    fn measures(&self) -> &[Measure] {
        &self.measures
    }
    fn segments(&self) -> &[String] {
        &self.segments
    }
    fn policies(&self) -> &[String] {
        &self.policies
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, Burnt> {
        match self.trouble {
            Trouble::Fails(when) if when(policy, replication) => {
                return Err(Burnt(policy, replication));
            }
            Trouble::Panics(when) if when(policy, replication) => panic!("index out of luck"),
            _ => {}
        }
        let mut luck = Draws::new(seed ^ (replication << 32));
        let shared: Vec<f64> = (0..5).map(|_| luck.normal()).collect();
        let mut own = Draws::new(seed ^ (replication << 32) ^ (policy as u64 + 1));
        let level = [[12.4, 3.1, 8.9], [4.2, 8.6, 4.4], [1.9, 3.4, 7.8], [18_240.0, 21_900.0, 17_100.0]];
        let spread = [1.5, 0.4, 0.2, 1_400.0];
        let mut sample = Sample { overall: vec![], segments: vec![], events: 1_000 + replication };
        for (index, levels) in level.iter().enumerate() {
            let value = levels[policy] + spread[index] * (shared[index] + 0.2 * own.normal());
            sample.overall.push(Some(value));
            sample.segments.push(vec![Some(value * 1.08), Some(value * 0.9), Some(value * 1.02)]);
        }
        let towed = policy != 1 && shared[4] > 0.8;
        sample.overall.push(towed.then_some(38.0 + 6.0 * shared[3]));
        sample.segments.push(vec![None, None, towed.then_some(44.0 + 6.0 * shared[3])]);
        Ok(sample)
    }
}
