//! Parts hear which of their actors have events soon, in either way of working.

use std::sync::atomic::{AtomicU64, Ordering};

use rehearsal_kernel::{Context, Duration, Event, KernelError, Sender, Time, World};
use rehearsal_sharded::{Mode, Part, Sharded};

const ACTORS: u32 = 400;
const SHARDS: usize = 3;

/// Actors that send to themselves; counts what was announced to this part, for each actor.
struct Ring {
    senders: Vec<Sender>,
    announced: Vec<AtomicU64>,
    handled: u64,
    /// Events of actors that had not been announced since their last event.
    surprises: u64,
}

impl World for Ring {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        let me = event.target as usize;
        self.handled += 1;
        self.surprises += u64::from(std::mem::take(self.announced[me].get_mut()) == 0);
        // Everybody at another pace.
        context.send(&mut self.senders[me], event.target, Duration::from_ns(1_000 + u64::from(event.target) * 7), ())?;
        Ok(())
    }

    fn prefetch(&self, target: u32) {
        self.announced[target as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Part for Ring {
    fn owner(&self, actor: u32) -> usize {
        actor as usize % SHARDS
    }
}

fn ring() -> Ring {
    let announced = (0..ACTORS).map(|_| AtomicU64::new(0)).collect();
    Ring { senders: (0..ACTORS).map(Sender::new).collect(), announced, handled: 0, surprises: 0 }
}

#[test]
fn each_part_hears_of_its_own_actors_and_of_most_events() {
    for mode in [Mode::Merged, Mode::Windows, Mode::Switching { windows: 3 }] {
        let mut run = Sharded::new((0..SHARDS).map(|_| ring()).collect(), Duration::from_ns(500)).threads(2).mode(mode);
        for id in 0..ACTORS {
            let send = |ring: &mut Ring, context: &mut Context<'_, ()>| {
                context.send(&mut ring.senders[id as usize], id, Duration::from_ns(u64::from(id)), ()).map(|_| ())
            };
            run.with_context(id as usize % SHARDS, send).unwrap();
        }
        run.run_until(Time::from_ns(100_000)).unwrap();
        for (shard, ring) in run.into_parts().into_iter().enumerate() {
            assert!(ring.handled > 3_000);
            assert!(ring.surprises < ring.handled / 2, "{} of {} unannounced, {mode:?}", ring.surprises, ring.handled);
            let strangers = (0..ACTORS as usize).filter(|id| id % SHARDS != shard);
            for id in strangers {
                assert_eq!(ring.announced[id].load(Ordering::Relaxed), 0, "{id} is not of shard {shard}, {mode:?}");
            }
        }
    }
}
