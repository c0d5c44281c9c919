//! What a simulation takes beyond the state of its model: PHOLD with a message that says nothing.
//!
//! State is what [`Cell`] holds. The sender that the kernel asks of every actor, the pending event and all that the queue
//! keeps count as the kernel's. What is in use is told by whoever has an allocator that counts.

use rehearsal_kernel::KernelError;

use crate::jobs::SEED;
use crate::kernel;
use crate::models::Cell;

/// Bytes for each of `count` cells with its pending event, after `seconds` of about one event a cell each.
///
/// `in_use` says how many bytes are allocated; only differences count.
///
/// # Errors
///
/// Those of the kernel.
pub fn beyond_state(count: u32, seconds: u64, in_use: &dyn Fn() -> usize) -> Result<f64, KernelError> {
    let before = in_use();
    let mut simulation = kernel::seeded(SEED, count)?;
    kernel::advance(&mut simulation, seconds * 1_000_000_000)?;
    let taken = in_use() - before;
    assert_eq!(simulation.queue().len(), count as usize, "each cell has one ball on its way");
    let state = count as usize * size_of::<Cell>();
    Ok((taken - state) as f64 / f64::from(count))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell as Shared;

    use super::*;

    #[test]
    fn the_state_of_the_model_does_not_count() {
        let calls = Shared::new(0);
        let in_use = || {
            calls.set(calls.get() + 1);
            if calls.get() == 1 { 500 } else { 500 + 10 * (size_of::<Cell>() + 70) }
        };
        assert_eq!(beyond_state(10, 3, &in_use).unwrap(), 70.0);
    }
}
