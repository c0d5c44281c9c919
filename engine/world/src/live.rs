//! A world beside reality: twins hear what is reported of them, and futures begin where it stands.
//!
//! In a live world nothing happens to a twin by itself: its timers do not run and its processes do not start. It changes by
//! what is reported of it and by what it is told. Everybody else lives as the model says. In a future the twins wake: each
//! goes on from the state it is in as if it had just entered it, its spans drawn anew.

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::observe::{Interest, Observer};
use crate::packet::Context;
use crate::plan::{NOWHERE, PolicyPlan};
use crate::replication::Replication;
use crate::world::{World, system};
use rehearsal_kernel::Time;
use rehearsal_kernel::stream::StreamKey;
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_trace::{Fields, Header, Record, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a future is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Future {
    /// The number of the policy in force from now on; that of the world that is forked where `None`.
    pub policy: Option<usize>,
    /// Which luck it has: two futures of one number have the same.
    pub number: u64,
    /// The seed of that luck.
    pub seed: u64,
}

/// By region: the state it is in, and since when \[ns\].
pub type Stays = Vec<(String, String, u64)>;

/// What can be seen of an actor at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glimpse {
    /// What it is called.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Whether it is still in the world.
    pub alive: bool,
    /// By region: the state it is in, and since when \[ns\].
    pub states: Stays,
    /// Its fields; what is missing is left out.
    pub fields: Fields,
    /// Where it is: latitude and longitude \[degrees\].
    pub at: Option<[f64; 2]>,
    /// The root of its household.
    pub home: ActorId,
    /// For one that a policy decides about: the states of the policy's mind, and what it remembers.
    pub mind: Option<(Stays, Fields)>,
}

impl<'p> Replication<'p> {
    /// Tells whoever holds it what happens from here on, see [`Replication::heard`]; changes nothing that happens.
    pub fn listen(&mut self, interest: Interest) {
        let world = &mut self.simulation.world;
        if !world.common.observer.as_ref().is_some_and(Observer::is_file) {
            world.common.observer = Some(Observer::telling(world.common.plan, interest));
        }
    }

    /// What happened since this was asked last, in order; nothing where nobody [listens](Replication::listen).
    pub fn heard(&mut self) -> Vec<Record> {
        self.simulation.world.common.observer.as_mut().map(Observer::take).unwrap_or_default()
    }

    /// What is known of it as it stands, as a record of it would begin. Cost: a pass over all actors and the map.
    #[must_use]
    pub fn header(&self) -> Header {
        self.simulation.world.header()
    }

    /// Something is reported of a twin: it hears a message with these words, now.
    ///
    /// It is handled with what is due at this moment, in the next [`Replication::run_until`] beyond it.
    ///
    /// # Errors
    /// Where the kernel takes no more events.
    pub fn report(&mut self, twin: ActorId, message: u16, words: &mut [u64]) -> Result<(), RunError> {
        let now = self.now().as_ns();
        self.go(|simulation, _| {
            simulation.with_context(|world, context| {
                world.common.now = now;
                let args = world.payloads.pack(vm::words(words));
                world.send(context, twin, twin, 0, system::FIRST + message, args).map(drop)
            })
        })
    }

    /// A twin that was a stranger is one of ours from now on, with its household.
    pub fn enrol(&mut self, twin: ActorId) {
        let home = self.simulation.world.home(twin);
        self.simulation.world.enrolled.insert(home);
    }

    /// The actor of a kind with an index, such as `car/17`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ActorId> {
        let (kind, index) = name.rsplit_once('/')?;
        let world = &self.simulation.world;
        let kind = world.common.plan.kinds.iter().position(|have| have.name == kind)?;
        // One way to write a number: no sign, no zero before it.
        let index: usize = index.parse().ok().filter(|found: &usize| found.to_string() == index)?;
        (index < world.stores[kind].len()).then(|| actors::id(kind as u16, index))
    }

    /// What an actor is called.
    #[must_use]
    pub fn name(&self, actor: ActorId) -> String {
        self.simulation.world.name(actor)
    }

    /// Whom an actor is about: the profile of a policy's mind; itself for any other.
    #[must_use]
    pub fn profile(&self, actor: ActorId) -> ActorId {
        let world = &self.simulation.world;
        if world.exists(actor) { world.profile_of(actor) } else { actor }
    }

    /// How many there are of a kind, those that left included.
    #[must_use]
    pub fn population(&self, kind: u16) -> usize {
        self.simulation.world.stores.get(usize::from(kind)).map_or(0, crate::actors::Store::len)
    }

    /// The state of each actor of a kind in one of its regions, counted: by number of the state.
    #[must_use]
    pub fn census(&self, kind: u16, region: usize) -> Vec<u64> {
        let world = &self.simulation.world;
        let Some(chart) = world.common.plan.kinds.get(usize::from(kind)).and_then(|kind| kind.regions.get(region)) else {
            return Vec::new();
        };
        let mut counts = vec![0; chart.states.len()];
        for index in 0..self.population(kind) {
            let actor = actors::id(kind, index);
            let state = world.row(actor, chart.slot) as u16;
            if state != NOWHERE && world.alive(actor) {
                counts[usize::from(state)] += 1;
            }
        }
        counts
    }

    /// What can be seen of an actor now; `None` where there is no such actor.
    pub fn glimpse(&mut self, actor: ActorId) -> Option<Glimpse> {
        let world = &mut self.simulation.world;
        if !world.exists(actor) {
            return None;
        }
        let plan = world.common.plan;
        let kind = &plan.kinds[usize::from(kind_of(actor))];
        let place = u32::try_from(world.place_of(actor)).ok();
        let mind = world.mind_of(actor).map(|mind| (world.states_of(mind), world.features_of(mind)));
        Some(Glimpse {
            name: world.name(actor),
            kind: kind.name.clone(),
            alive: world.alive(actor),
            states: world.states_of(actor),
            fields: world.fields_of(actor),
            at: place.zip(plan.roads.as_ref()).map(|(node, roads)| roads.position(node)).map(|(lat, lon)| [lat, lon]),
            home: world.home(actor),
            mind,
        })
    }

    /// A future of it as it stands: twins wake, luck is its own, and measures count from here on.
    ///
    /// Where another policy is in force from here on, its minds begin in their first state and remember what those before
    /// them did. Cost: a fork, and a pass over the twins.
    ///
    /// # Errors
    /// A [`RunError`] with its place in the scenario, where what twins do when they wake has no meaning.
    pub fn future(&self, future: &Future) -> Result<Replication<'p>, RunError> {
        let mut fork = self.fork();
        let plan = fork.plan();
        let policy = future.policy.and_then(|policy| plan.policies.get(policy));
        let chance = StreamKey::root(future.seed, future.number).with_name("future");
        let now = fork.now().as_ns();
        fork.go(|simulation, _| {
            simulation.world.common.now = now;
            simulation.world.begin_future(Some(chance));
            simulation.with_context(|world, context| {
                world.rouse(policy, context)?;
                world.settle(context)?;
                world.watch()
            })
        })?;
        Ok(fork)
    }

    /// Counts from here on, and nothing of what was before.
    pub fn count_from_here(&mut self) {
        let now = self.now().as_ns();
        let world = &mut self.simulation.world;
        world.common.measures.count_from(now, world.common.plan);
    }

    /// Moves to a moment from now, and gives the figures of all measures that are shown, for everybody and by segment.
    ///
    /// # Errors
    /// As [`Replication::run_until`].
    pub fn after(mut self, span: u64) -> Result<crate::measures::Outcome, RunError> {
        let until = Time::from_ns(self.now().as_ns().saturating_add(span));
        self.run_until(until)?;
        self.finish()
    }
}

impl<'p> World<'p> {
    /// Whether an actor stands for a real one now, to which nothing happens by itself.
    #[inline]
    pub(crate) fn sleeps(&self, actor: ActorId) -> bool {
        self.live && self.common.plan.kinds[usize::from(kind_of(actor))].twin
    }

    /// The twins wake: this is a future. A `policy` that is not in force yet is from here on.
    pub(crate) fn rouse(&mut self, policy: Option<&'p PolicyPlan>, context: &mut Context<'_>) -> Result<(), RunError> {
        if !std::mem::take(&mut self.live) {
            return Ok(());
        }
        self.part_with_strangers(context)?;
        let plan = self.common.plan;
        for kind in (0..plan.kinds.len() as u16).filter(|kind| plan.kinds[usize::from(*kind)].twin) {
            for index in 0..self.stores[usize::from(kind)].len() {
                let actor = actors::id(kind, index);
                if self.alive(actor) {
                    self.depth = 0;
                    self.rouse_one(actor, context)?;
                }
            }
        }
        match policy {
            Some(policy) if self.common.policy.is_none_or(|have| have.name != policy.name) => self.take_over(policy, context),
            _ => Ok(()),
        }
    }

    /// Households of twins that nobody enrolled leave, and are not counted.
    fn part_with_strangers(&mut self, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let mut absent = BTreeSet::new();
        for kind in (0..plan.kinds.len()).filter(|kind| plan.kinds[*kind].enrols) {
            absent.extend((0..self.stores[kind].len()).map(|index| self.home(actors::id(kind as u16, index))));
        }
        absent.retain(|home| !self.enrolled.contains(home));
        if absent.is_empty() {
            return Ok(());
        }
        for kind in 0..plan.kinds.len() as u16 {
            for index in 0..self.stores[usize::from(kind)].len() {
                let actor = actors::id(kind, index);
                if self.alive(actor) && absent.contains(&self.home(actor)) {
                    self.common.measures.discount(plan, actor);
                    self.end(actor, context)?;
                }
            }
        }
        self.absent = absent;
        Ok(())
    }

    /// A twin goes on from where it is: its timers start and its processes begin.
    fn rouse_one(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = &plan.kinds[usize::from(kind_of(actor))];
        for timer in &kind.own_timers {
            self.arm(actor, *timer, context)?;
        }
        for (number, region) in (0..).zip(&kind.regions) {
            let stay = self.row(actor, region.slot);
            let Some(state) = region.states.get(usize::from(stay as u16)) else { continue };
            let stays = |world: &Self| world.alive(actor) && world.row(actor, region.slot) == stay;
            for timer in &state.timers {
                if stays(self) {
                    self.arm(actor, *timer, context)?;
                }
            }
            if let Some(process) = state.process
                && stays(self)
            {
                self.play(actor, number, process, &[], context)?;
            }
        }
        if !kind.conditional.is_empty() && self.alive(actor) {
            self.recheck(actor, context)?;
        }
        self.settle(context)?;
        self.touch(actor);
        Ok(())
    }

    /// Another policy is in force from now on. Its minds remember what those of the one before did.
    fn take_over(&mut self, policy: &'p PolicyPlan, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let mut remembered: BTreeMap<ActorId, Vec<u64>> = BTreeMap::new();
        let before = self.common.policy.map(PolicyPlan::mind);
        let beside = self.beside.and_then(|policy| policy.shadow);
        for kind in before.into_iter().chain(beside) {
            for index in 0..self.stores[usize::from(kind)].len() {
                let mind = actors::id(kind, index);
                if !self.alive(mind) {
                    continue;
                }
                if before == Some(kind) {
                    let kind = &plan.kinds[usize::from(kind)];
                    let words = kind.remembers.iter().flat_map(|one| one.state..one.state + one.feature.words());
                    let words = words.map(|slot| self.row(mind, slot)).collect();
                    remembered.insert(self.profile_of(mind), words);
                }
                self.end(mind, context)?;
            }
        }
        (self.common.policy, self.beside) = (Some(policy), None);
        self.minds.clear();
        self.listeners = Arc::new(vec![Vec::new(); plan.kinds.len()]);
        let kind = policy.mind();
        // Minds that have left keep their numbers.
        self.minds.resize(self.stores[usize::from(kind)].len(), (0, NONE));
        let first = self.stores[usize::from(kind)].len();
        self.open_minds_of(policy, kind)?;
        for index in first..self.stores[usize::from(kind)].len() {
            let mind = actors::id(kind, index);
            if let Some(words) = remembered.get(&self.profile_of(mind)) {
                let of = &plan.kinds[usize::from(kind)].remembers;
                let slots = of.iter().flat_map(|one| one.state..one.state + one.feature.words());
                slots.zip(words).for_each(|(slot, word)| self.set_row(mind, slot, *word));
            }
            self.begin(mind, context)?;
        }
        Ok(())
    }

    /// The mind of the policy in force that decides about an actor.
    fn mind_of(&self, profile: ActorId) -> Option<ActorId> {
        let policy = self.common.policy.filter(|policy| policy.about == kind_of(profile))?;
        let kind = policy.mind();
        let count = self.stores[usize::from(kind)].len();
        // As a rule there is one for each, in order; a canary has fewer.
        let likely = actors::id(kind, index_of(profile));
        let fits = |mind: &ActorId| self.alive(*mind) && self.profile_of(*mind) == profile;
        let likely = (index_of(profile) < count).then_some(likely).filter(fits);
        likely.or_else(|| (0..count).map(|index| actors::id(kind, index)).find(fits))
    }

    fn states_of(&self, actor: ActorId) -> Stays {
        let regions = &self.common.plan.kinds[usize::from(kind_of(actor))].regions;
        let found = regions.iter().filter_map(|region| {
            let state = region.states.get(usize::from(self.row(actor, region.slot) as u16))?;
            Some((region.name.clone(), state.name.clone(), self.row(actor, region.slot + 1)))
        });
        found.collect()
    }

    fn fields_of(&self, actor: ActorId) -> Fields {
        let fields = self.common.plan.kinds[usize::from(kind_of(actor))].fields.iter();
        let value = |field: &crate::plan::Field| {
            let words: Vec<u64> = (field.slot..field.slot + field.ty.width()).map(|slot| self.row(actor, slot)).collect();
            (field.name.clone(), self.show(&field.ty, &words))
        };
        fields.map(value).filter(|(_, value)| *value != Value::None).collect()
    }

    /// What a mind remembers of its profile, by the names of the features.
    fn features_of(&mut self, mind: ActorId) -> Fields {
        let plan = self.common.plan;
        let kind = &plan.kinds[usize::from(kind_of(mind))];
        let mut found = Fields::new();
        for one in &kind.remembers {
            let word = self.remembered(mind, one.feature, one.state);
            let ty = kind.fields.iter().find(|field| field.name == one.name).map(|field| field.ty.clone());
            let value = ty.map_or(Value::None, |ty| self.show(&ty, &[word]));
            found.push((one.name.clone(), value));
        }
        found
    }
}
