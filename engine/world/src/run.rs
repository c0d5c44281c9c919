//! One run from its first moment to its last.

use crate::actors::Store;
use crate::error::{Cause, RunError};
use crate::jobs::Jobs;
use crate::measures::{Measures, Outcome};
use crate::observe::Observer;
use crate::packet::Event;
use crate::payloads::Payloads;
use crate::plan::{Kind, Plan};
use crate::travel::Travel;
use crate::world::{Reaction, World};
use rehearsal_kernel::stream::{StreamKey, mix};
use rehearsal_kernel::{KernelError, Simulation, Time};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Which run of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The policy's number; none means the world by itself.
    pub policy: Option<usize>,
    /// The seed of the experiment.
    pub seed: u64,
    /// Which replication.
    pub replication: u64,
    /// Where to record it.
    pub trace: Option<&'a Path>,
}

/// What a run may leave to the next of the same plan: ways across the map that are known. It changes no result.
#[derive(Debug, Default)]
pub struct Scratch {
    travel: Option<Travel>,
}

/// Runs `plan` once.
///
/// The same plan, policy, seed and replication give the same outcome, byte for byte.
///
/// # Errors
/// A [`RunError`] with its place in the scenario, or where the trace could not be written.
pub fn run(plan: &Plan, run: &Run<'_>, scratch: &mut Scratch) -> Result<Outcome, RunError> {
    let mut world = World::new(plan, run);
    world.travel = scratch.travel.take().or_else(|| plan.roads.clone().map(Travel::new));
    let mut simulation = Simulation::new(world);
    simulation.world.populate()?;
    if let Some(path) = run.trace {
        let observer = Observer::open(path, &simulation.world, run.seed, run.replication)?;
        simulation.world.observer = Some(observer);
    }
    simulation.with_context(|world, context| world.begin_all(context))?;
    let end = Time::from_ns(plan.length);
    if let Err(error) = simulation.run_until(end) {
        return Err(named(error, &simulation.world));
    }
    let (events, pending) = (simulation.handled(), digest_of(&simulation.queue().sorted()));
    let mut world = simulation.world;
    world.now = plan.length;
    let digest = mix(world.digest() ^ pending);
    let (overall, segments) = world.figures()?;
    scratch.travel = world.travel.take();
    if let Some(observer) = world.observer.take() {
        observer.finish()?;
    }
    Ok(Outcome { overall, segments, events, digest })
}

/// A kernel's error in the words of the scenario.
fn named(error: RunError, world: &World<'_>) -> RunError {
    let Cause::Kernel(KernelError::Livelock { time, actors }) = error.cause() else { return error };
    let names: Vec<String> = actors.iter().map(|actor| world.name(*actor)).collect();
    Cause::Livelock { time: world.plan.calendar.datetime(time.as_ns()), actors: names.join(", ") }.into()
}

/// By message: what it sets off in a kind where there is nothing else to look at.
fn reactions(kind: &Kind, plan: &Plan) -> Vec<Option<Reaction>> {
    let plain = kind.regions.is_empty() && kind.remembers.is_empty() && kind.conditional.is_empty() && !kind.policy;
    let reaction = |message: usize| match kind.handlers.get(message)?.as_slice() {
        [one] if plain && one.guard.is_none() && !kind.awaited.get(message).is_some_and(|awaited| *awaited) => {
            let words = plan.messages[message].words as usize;
            (words <= Payloads::INLINE).then_some(Reaction { routine: one.body, words })
        }
        _ => None,
    };
    (0..plan.messages.len()).map(reaction).collect()
}

fn digest_of(pending: &[Event]) -> u64 {
    let words = pending.iter().flat_map(|event| {
        let [a, b, c] = event.message.args();
        let sender = u64::from(event.sender) << 32 | u64::from(event.sequence);
        let kind = u64::from(event.message.number()) << 16 | u64::from(event.microstep);
        [event.time.as_ns(), sender, u64::from(event.target) << 32 | kind, a, b, c]
    });
    words.fold(mix(pending.len() as u64), |hash, word| mix(hash ^ mix(word)))
}

impl<'p> World<'p> {
    fn new(plan: &'p Plan, run: &Run<'_>) -> World<'p> {
        World {
            plan,
            policy: run.policy.and_then(|policy| plan.policies.get(policy)),
            stores: plan.kinds.iter().map(Store::new).collect(),
            jobs: Jobs::default(),
            payloads: Payloads::default(),
            travel: None,
            groups: Vec::new(),
            measures: Measures::new(plan),
            observer: None,
            listeners: vec![Vec::new(); plan.kinds.len()],
            pool_of: BTreeMap::new(),
            root: StreamKey::root(run.seed, run.replication),
            now: 0,
            frames: Vec::new(),
            depth: 0,
            reactions: plan.kinds.iter().map(|kind| reactions(kind, plan)).collect(),
            ready: VecDeque::new(),
            minds: Vec::new(),
            decisions: 0,
            agendas: BTreeMap::new(),
            refused_inside: false,
            taken: Vec::new(),
        }
    }

    /// A digest of all rows and of how often everyone drew.
    fn digest(&self) -> u64 {
        let mut digest = 0;
        for store in &self.stores {
            for word in &store.rows {
                digest = mix(digest ^ word).wrapping_add(1);
            }
        }
        digest
    }
}
