//! What a fork into a pooled simulation costs, beside a plain copy of as many bytes.
//!
//! Pooled means: forked into before, so that its memory is there. It goes its own way between two forks, as a rehearsal does,
//! so that the next finds another state in it. Both are timed by the CPU time of the process, in turn.

use std::hint::black_box;

use anyhow::{Result, ensure};
use rehearsal_kernel::Event;

use crate::jobs::SEED;
use crate::kernel::{self, Ball};
use crate::outcome::timed;
use crate::rounds::median;

/// How far the simulation goes before the first fork, and between two `[ns]`.
const STRETCH: u64 = 500_000_000;
/// The pooled one goes so much further after a fork than the one it is forked from `[ns]`.
const ASTRAY: u64 = 700_000_000;

/// The median time of a fork of `count` cells, over that of a copy, of `forks` of each.
///
/// # Errors
///
/// Those of the kernel; where a fork does not go on as the simulation it was forked from.
pub fn over_copy(count: u32, forks: u64) -> Result<f64> {
    let mut simulation = kernel::seeded(SEED, count)?;
    kernel::advance(&mut simulation, STRETCH)?;
    let pending = simulation.queue().len() * size_of::<Event<Ball>>();
    let bytes = size_of_val(simulation.world.0.as_slice()) + pending;
    let (source, mut copy) = (vec![1_u8; bytes], vec![2_u8; bytes]);
    let mut pooled = simulation.clone();
    let (mut of_forks, mut of_copies) = (Vec::new(), Vec::new());
    for fork in 1..=forks {
        let now = fork * STRETCH;
        kernel::advance(&mut pooled, now + ASTRAY)?;
        // A copy that does not count, so that neither finds its bytes in the caches.
        copy.copy_from_slice(black_box(&source));
        of_forks.push(timed(|| simulation.fork_into(&mut pooled)).1);
        of_copies.push(timed(|| copy.copy_from_slice(black_box(&source))).1);
        black_box(&copy);
        kernel::advance(&mut simulation, now + STRETCH)?;
        kernel::advance(&mut pooled, now + STRETCH)?;
        let alike = simulation.world.0.iter().zip(&pooled.world.0).all(|((_, one), (_, other))| one.handled == other.handled);
        ensure!(alike, "fork {fork} has not gone on as the simulation that it was forked from; the copy of its state is wrong");
    }
    Ok(median(of_forks) / median(of_copies))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figure says nothing here; that forks go on alike is checked inside.
    #[test]
    fn forks_of_a_small_simulation_go_on_alike() {
        assert!(over_copy(1_000, 3).unwrap() > 0.0);
    }
}
