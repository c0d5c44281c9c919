//! Shows how fast the queue is: pop the first event, push it back an exponential step later.
//!
//! `cargo run --release -p rehearsal-kernel --example hold`

use std::time::Instant;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Duration, Event, KernelError, Queue, StreamKey, Time, mix};

const STEPS: u32 = 1 << 12;
const HOLDS: u32 = 5_000_000;

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    for pending in [1_000, 10_000, 100_000, 1_000_000] {
        println!("{pending:>9} pending: {:6.1} ns a hold", hold(pending)?);
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "measures the kernel from outside")]
fn hold(pending: u32) -> Result<f64, KernelError> {
    // Steps are drawn beforehand, so that the queue alone is measured.
    let key = StreamKey::root(1, 0);
    let steps = (0..STEPS).map(|k| Duration::from_seconds(exponential(&mut || key.draw(k), 1.0)));
    let steps: Vec<Duration> = steps.collect::<Result<_, _>>()?;
    let step = |k: u32| steps[(mix(u64::from(k)) % u64::from(STEPS)) as usize];

    let mut queue = Queue::new();
    for sender in 0..pending {
        let time = later(Time::ZERO, step(sender), sender)?;
        queue.push(Event { time, sender, sequence: 0, target: 0, microstep: 0, message: [0_u64; 3] });
    }
    let mut start = Instant::now();
    for k in 0..2 * HOLDS {
        if k == HOLDS {
            start = Instant::now();
        }
        let Some(event) = queue.pop() else { break };
        let time = later(event.time, step(k), event.sender)?;
        queue.push(Event { time, sequence: event.sequence + 1, ..event });
    }
    Ok(start.elapsed().as_nanos() as f64 / f64::from(HOLDS))
}

fn later(time: Time, step: Duration, actor: u32) -> Result<Time, KernelError> {
    time.checked_add(step).ok_or(KernelError::TimeOverflow { actor })
}
