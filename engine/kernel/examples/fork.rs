//! Shows how to try out futures: a bank at noon, saved, restored, and run on with and without one more clerk.

#[allow(dead_code, reason = "an example too, whose own ending is not played here")]
#[path = "mmc.rs"]
pub(crate) mod mmc;

use mmc::Bank;
use rehearsal_kernel::{Simulation, Time, digest_of};

/// Mean waits of those served in the afternoon, with as many clerks as before and with one more `[s]`.
pub(crate) fn afternoon() -> Result<[f64; 2], Box<dyn std::error::Error>> {
    let mut morning = mmc::bank(3, 2026)?;
    morning.run_until(Time::from_seconds(4.0 * 3600.0)?)?;

    let model = digest_of("bank, version 1");
    let bytes = morning.snapshot(model)?;
    let restored: Simulation<Bank> = Simulation::restore(model, &bytes)?;
    assert_eq!(restored.digest(), morning.digest());

    let mut futures = [restored.clone(), restored];
    futures[1].world.free += 1;
    for future in &mut futures {
        future.run_until(Time::from_seconds(8.0 * 3600.0)?)?;
    }

    let noon = &morning.world;
    Ok(futures.map(|future| (future.world.waited_s - noon.waited_s) / (future.world.served - noon.served) as f64))
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [as_before, one_more] = afternoon()?;
    println!("mean wait in the afternoon {as_before:.2} s, with one more clerk {one_more:.2} s");
    Ok(())
}
