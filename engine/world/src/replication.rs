//! A run as a value: stopped anywhere, saved, restored, forked and compared.

use crate::error::{Cause, RunError, StateError};
use crate::measures::Outcome;
use crate::observe::Observer;
use crate::plan::Plan;
use crate::rehearse::futures::{self, Pool};
use crate::run::Run;
use crate::state::{WorldState, check_pending};
use crate::tally::Tally;
use crate::travel::Travel;
use crate::world::World;
use rehearsal_kernel::stream::StreamKey;
use rehearsal_kernel::{KernelError, RunStats, Simulation, Time};

/// The most actors that are named where time stands still.
const NAMED_MAX: usize = 6;

/// How often in a run that is recorded the figures up to then are written down.
const MOMENTS: usize = 120;

/// Events between two looks at how much is on its way.
const PORTION: u64 = 256;

/// About what an event takes that is on its way \[bytes\], where the queue that it lies in has just grown.
const EVENT_BYTES: u64 = 160;

/// One replication of a plan under one policy, at some moment between its beginning and its end.
///
/// It is moved by [`Replication::run_until`] and [`Replication::step`]. In between it is a value: a fork goes on by itself,
/// a snapshot is the same replication as bytes, and two that are in the same state have the same digest and the same
/// bytes, however they came to it.
pub struct Replication<'p> {
    pub(crate) simulation: Simulation<World<'p>>,
    /// Whether an event failed half-way.
    failed: bool,
    /// The memory of futures that a policy rehearses.
    pool: Pool<'p>,
}

impl<'p> Replication<'p> {
    /// A run of `plan` at its beginning: everybody is there and has begun to act.
    ///
    /// # Errors
    /// A [`RunError`] with its place in the scenario, or where the trace could not be written.
    pub fn start(plan: &'p Plan, run: &Run<'_>) -> Result<Replication<'p>, RunError> {
        Replication::start_with(plan, run, plan.roads.clone().map(Travel::new), false)
    }

    pub(crate) fn start_with(
        plan: &'p Plan,
        run: &Run<'_>,
        travel: Option<Travel>,
        counts: bool,
    ) -> Result<Replication<'p>, RunError> {
        let policy = run.policy.and_then(|policy| plan.policies.get(policy));
        let mut world = World::new(plan, policy, StreamKey::root(run.seed, run.replication));
        world.live = run.live;
        world.beside = run.beside.and_then(|policy| plan.policies.get(policy)).filter(|policy| policy.shadow.is_some());
        world.tally = counts.then(|| Box::new(Tally::new(plan)));
        world.travel = travel;
        // A record tells what measures come to on the way, which is observed alike.
        if let Some(stretches) = run.stretches.filter(|stretches| *stretches > 0).or(run.trace.map(|_| MOMENTS)) {
            world.common.measures.observe(plan, stretches);
        }
        world.populate()?;
        if let Some(path) = run.trace {
            world.common.observer = Some(Observer::open(path, &world, run)?);
        }
        let mut simulation = Simulation::new(world);
        simulation.with_context(|world, context| world.begin_all(context))?;
        let mut pool = None;
        futures::rehearse(&mut simulation, &mut pool)?;
        Ok(Replication { simulation, failed: false, pool })
    }

    /// The replication that [`Replication::snapshot`] wrote, under the same plan and build.
    ///
    /// It goes on as the one that was saved, to the byte.
    ///
    /// Cost: that of reading, a pass over the roads, and the plan's fingerprint where it is asked for the first time.
    ///
    /// # Errors
    /// A [`StateError`]: bytes that are no snapshot, cut off or damaged; a snapshot of another scenario, of other files,
    /// settings or roads, or of another build; one that does not fit together.
    pub fn restore(plan: &'p Plan, bytes: &[u8]) -> Result<Replication<'p>, StateError> {
        let complete = |state: WorldState| state.complete(plan);
        let refused = |error| StateError::of(error, &plan.name);
        let mut simulation = Simulation::restore_with(plan.fingerprint(), bytes, complete).map_err(refused)?;
        let unfit = |reason| refused(rehearsal_kernel::SnapshotError::World { reason });
        check_pending(&simulation.world, simulation.queue().iter()).map_err(unfit)?;
        simulation.world.common.now = simulation.now().as_ns();
        Ok(Replication { simulation, failed: false, pool: None })
    }

    /// The plan it is a run of.
    #[must_use]
    pub fn plan(&self) -> &'p Plan {
        self.simulation.world.common.plan
    }

    /// The policy it runs under, if it is one.
    #[must_use]
    pub fn policy(&self) -> Option<&'p str> {
        self.simulation.world.common.policy.map(|policy| policy.name.as_str())
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Time {
        self.simulation.now()
    }

    /// When the story ends.
    #[must_use]
    pub fn end(&self) -> Time {
        Time::from_ns(self.plan().length)
    }

    /// Events handled since the beginning.
    #[must_use]
    pub fn handled(&self) -> u64 {
        self.simulation.handled()
    }

    /// Events on their way.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.simulation.queue().len()
    }

    /// Lets everything happen that is due before `time`, and moves the clock there; to the end of the story at most.
    ///
    /// What is due at `time` itself happens in the next call, so runs to adjoining moments are one run. Where a policy
    /// rehearses, its futures are played in between; they are not counted.
    ///
    /// # Errors
    /// A [`RunError`] with its place in the scenario. After one it cannot go on.
    pub fn run_until(&mut self, time: Time) -> Result<RunStats, RunError> {
        let end = time.min(self.end());
        self.go(|simulation, pool| {
            let mut handled = 0;
            // In portions, between which there is a look at how much is on its way.
            loop {
                let portion = simulation.run_before(end, PORTION)?;
                handled += portion;
                if !simulation.world.wishes.is_empty() {
                    futures::rehearse(simulation, pool)?;
                } else if portion < PORTION {
                    let stats = simulation.run_until(end)?;
                    return Ok(RunStats { handled: handled + stats.handled, ..stats });
                }
                check_size(simulation)?;
            }
        })
    }

    /// Lets the next thing happen; false where nothing is left before the end of the story.
    ///
    /// # Errors
    /// As [`Replication::run_until`].
    pub fn step(&mut self) -> Result<bool, RunError> {
        let end = self.end();
        self.go(|simulation, pool| {
            let handled = simulation.run_before(end, 1)?;
            futures::rehearse(simulation, pool)?;
            Ok(handled == 1)
        })
    }

    pub(crate) fn go<T>(
        &mut self,
        ahead: impl FnOnce(&mut Simulation<World<'p>>, &mut Pool<'p>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        if self.failed {
            return Err(Cause::Failed.into());
        }
        self.simulation.world.attend();
        ahead(&mut self.simulation, &mut self.pool).map_err(|error| {
            self.failed = true;
            named(error, &self.simulation.world)
        })
    }

    /// One number for its whole state: the clock, what is pending, and all that a snapshot holds.
    ///
    /// Equal for replications that go on alike. Cost: a pass over the state, and a sorted copy of what is pending.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.simulation.digest()
    }

    /// All of it as bytes, for [`Replication::restore`].
    ///
    /// Equal states give equal bytes. Cost: a pass over the state, a sorted copy of what is pending, and the plan's
    /// fingerprint where it is asked for the first time.
    ///
    /// # Errors
    /// [`StateError::Recorded`] while a trace is written, [`StateError::Failed`] after a run failed.
    pub fn snapshot(&self) -> Result<Vec<u8>, StateError> {
        if self.simulation.world.common.observer.as_ref().is_some_and(crate::observe::Observer::is_file) {
            return Err(StateError::Recorded);
        }
        if self.failed {
            return Err(StateError::Failed);
        }
        Ok(self.simulation.snapshot(self.plan().fingerprint())?)
    }

    /// A copy that goes on by itself, and as this one does until something sets them apart.
    ///
    /// A fork of a run that is recorded is not recorded.
    #[must_use]
    pub fn fork(&self) -> Replication<'p> {
        Replication { simulation: self.simulation.clone(), failed: self.failed, pool: None }
    }

    /// As [`Replication::fork`], into the memory of one that is not needed any more.
    ///
    /// Where `pooled` was as large, almost nothing is allocated. What it was before does not matter; of the same plan, it
    /// keeps the ways across the map that it knows.
    pub fn fork_into(&self, pooled: &mut Replication<'p>) {
        self.simulation.fork_into(&mut pooled.simulation);
        pooled.failed = self.failed;
    }

    /// What was measured up to now, as if the story ended here.
    ///
    /// What is booked in an agenda counts as used wherever in the story it lies. Cost: that of a fork, for looking at
    /// everyone must change nothing; [`Replication::finish`] does without.
    ///
    /// # Errors
    /// A [`RunError`] with its place in the scenario.
    pub fn outcome(&self) -> Result<Outcome, RunError> {
        self.fork().finish()
    }

    /// What was measured up to now, and the end of the record if there is one.
    ///
    /// # Errors
    /// A [`RunError`] with its place in the scenario, or where the trace could not be written.
    pub fn finish(mut self) -> Result<Outcome, RunError> {
        self.close()
    }

    /// As [`Replication::finish`]; what is left can only give back its memory.
    pub(crate) fn close(&mut self) -> Result<Outcome, RunError> {
        if self.failed {
            return Err(Cause::Failed.into());
        }
        // What reached minds in shadow is not of the run that they look at.
        let events = self.simulation.handled() - self.simulation.world.overheard;
        let digest = self.simulation.digest();
        let now = self.now().as_ns();
        let world = &mut self.simulation.world;
        world.common.now = now;
        world.record_levels()?;
        let (overall, segments) = world.figures()?;
        if let Some(observer) = world.common.observer.take() {
            observer.finish()?;
        }
        let detail = world.observed();
        Ok(Outcome { overall, segments, events, digest, detail })
    }

    /// Runs to the end of the story, and looks how far the measures have come wherever that was asked for.
    pub(crate) fn run_through(&mut self) -> Result<(), RunError> {
        let moments: Vec<u64> =
            self.simulation.world.common.measures.observing().map(|found| found.moments().to_vec()).unwrap_or_default();
        for moment in moments {
            self.run_until(Time::from_ns(moment))?;
            self.simulation.world.common.now = moment;
            self.go(|simulation, _| {
                simulation.world.mark()?;
                simulation.world.record_figures()
            })?;
        }
        self.run_until(self.end()).map(|_| ())
    }

    /// What was counted of its policy, where that was asked for.
    pub(crate) fn tally(&mut self) -> Tally {
        let world = &mut self.simulation.world;
        let mut tally = world.tally.take().map(|tally| *tally).unwrap_or_default();
        for (number, kind) in world.common.plan.kinds.iter().enumerate() {
            if tally.kinds.is_empty() {
                break;
            }
            for (at, mark) in kind.marks.iter().enumerate() {
                let store = &world.stores[number];
                let times = (0..store.len()).map(|index| store.get(index, mark.slot)).sum();
                tally.marked(number, at, times);
            }
        }
        tally
    }

    /// The ways across the map that it knows.
    pub(crate) fn into_travel(self) -> Option<Travel> {
        self.simulation.world.travel
    }
}

impl std::fmt::Debug for Replication<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, now) = (&self.plan().name, self.now());
        f.debug_struct("Replication")
            .field("plan", name)
            .field("policy", &self.policy())
            .field("now", &now)
            .finish_non_exhaustive()
    }
}

/// An error where more is on its way than a run may have.
pub(crate) fn check_size(simulation: &Simulation<World<'_>>) -> Result<(), RunError> {
    let bytes = simulation.world.held.saturating_add(simulation.queue().len() as u64 * EVENT_BYTES);
    let bytes = bytes.saturating_add(simulation.world.common.jobs.bytes());
    let limit = simulation.world.common.plan.limits.bytes;
    if bytes <= limit {
        return Ok(());
    }
    let what = "messages on their way, timers and steps that wait".to_owned();
    Err(Cause::TooLarge { what, limit: limit >> 20 }.into())
}

/// A kernel's error in the words of the scenario.
fn named(error: RunError, world: &World<'_>) -> RunError {
    let Cause::Kernel(KernelError::Livelock { time, actors }) = error.cause() else { return error };
    let names: Vec<String> = actors.iter().take(NAMED_MAX).map(|actor| world.name(*actor)).collect();
    let more = actors.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Cause::Livelock { time: world.common.plan.calendar.datetime(time.as_ns()), actors: names.join(", ") + &more }.into()
}
