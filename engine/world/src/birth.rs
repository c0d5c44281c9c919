//! How actors come into the world: groups at the start, parts with their whole, others as they are spawned.

use crate::actors::{self, ACTORS_MAX, ActorId, HolderState, Pool, index_of, kind_of};
use crate::error::{Cause, RunError};
use crate::packet::Context;
use crate::plan::{Fill, Group, HolderPlan, NOWHERE, PolicyPlan, Put, Shift};
use crate::states::Descent;
use crate::turn::Turn;
use crate::world::{World, system};

use rehearsal_kernel::stream::{StreamKey, below, unit};
use rehearsal_language::program::{Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_model::agenda::Agenda;
use rehearsal_model::calendar::Calendar;
use rehearsal_model::holder::{Order, Resource, Stock};
use rehearsal_model::hours::Hours;
use rehearsal_model::line::Line;
use std::sync::Arc;

/// How much further than the story an agenda reaches \[s\].
const AGENDA_BEYOND: f64 = 62.0 * 86_400.0;

/// Where a newborn belongs and what it is born with.
struct Cradle<'c> {
    stream: StreamKey,
    home: Option<ActorId>,
    whole: Option<ActorId>,
    here: Option<u64>,
    /// Field number and routine in the newborn's own scope.
    with: &'c [(u16, Routine)],
    /// Slots that are set already: slot and word.
    given: &'c [(u16, u64)],
}

impl World<'_> {
    /// Brings all groups, their parts and the minds of the policy into the world.
    pub(crate) fn populate(&mut self) -> Result<(), RunError> {
        let plan = self.common.plan;
        for group in &plan.groups {
            self.found(group)?;
        }
        self.relate()?;
        self.open_minds()
    }

    fn found(&mut self, group: &Group) -> Result<(), RunError> {
        let first = self.stores[group.kind as usize].len();
        let key = self.root.with_name(&group.name);
        for member in 0..group.count as usize {
            let stream = key.with(member as u64);
            let bits = stream.with_name("place").draw(0);
            let here = self.group_place(&group.places, member, bits);
            let row = group.row.map(|slot| (slot, member as u64));
            let cradle = Cradle { stream, home: None, whole: None, here, with: &group.with, given: row.as_slice() };
            self.born(group.kind, &cradle)?;
        }
        let last = self.stores[group.kind as usize].len();
        self.common.groups.push((group.kind, first, last));
        Ok(())
    }

    /// The minds of the policy in force, then those of the one that looks on.
    fn open_minds(&mut self) -> Result<(), RunError> {
        if let Some(policy) = self.common.policy {
            self.open_minds_of(policy, policy.mind())?;
        }
        match self.beside.and_then(|policy| policy.shadow.map(|kind| (policy, kind))) {
            Some((policy, kind)) => self.open_minds_of(policy, kind),
            None => Ok(()),
        }
    }

    /// One mind of a kind for each profile that the policy reaches, of the profile's own household.
    pub(crate) fn open_minds_of(&mut self, policy: &PolicyPlan, mind_kind: u16) -> Result<(), RunError> {
        let aside = self.beside.is_some_and(|beside| beside.shadow == Some(mind_kind));
        let profiles = self.stores[policy.about as usize].len();
        let slot = self.common.plan.kinds[mind_kind as usize].profile;
        for index in 0..profiles {
            let profile = actors::id(policy.about, index);
            let key = self.stores[policy.about as usize].key(index).with(0);
            if !aside && !policy.mode.reaches(key) {
                continue;
            }
            let given: Vec<(u16, u64)> = slot.map(|slot| (slot, u64::from(profile))).into_iter().collect();
            let cradle = Cradle {
                stream: key.with_name("mind"),
                home: Some(self.home(profile)),
                whole: Some(profile),
                here: None,
                with: &[],
                given: &given,
            };
            let mind = self.born(mind_kind, &cradle)?;
            if !aside {
                self.minds.push((0, NONE));
            }
            for (kind, routine) in &policy.listeners {
                let Some(speaker) = actors::actor(self.value(mind, *routine, &[], &[])?) else { continue };
                if kind_of(speaker) == *kind {
                    let listeners = &mut Arc::make_mut(&mut self.listeners)[*kind as usize];
                    if listeners.len() <= index_of(speaker) {
                        listeners.resize(index_of(speaker) + 1, Vec::new());
                    }
                    listeners[index_of(speaker)].push(mind);
                }
            }
        }
        Ok(())
    }

    /// Adds an actor with its fields, parts and holders; it does not act yet.
    fn born(&mut self, kind: u16, cradle: &Cradle<'_>) -> Result<ActorId, RunError> {
        let plan = self.common.plan;
        let table = &plan.kinds[kind as usize];
        let index = self.stores[kind as usize].len();
        if index >= ACTORS_MAX {
            return Err(Cause::TooMany { kind: table.name.clone(), limit: ACTORS_MAX }.into());
        }
        let own = actors::id(kind, index);
        let bytes = self.stores[kind as usize].bytes_each(table.holders.len());
        self.hold(bytes, || format!("the actors of kind {}", table.name))?;
        self.stores[kind as usize].add(cradle.stream.bits(), cradle.home, own);
        for field in &table.fields {
            self.set_row(own, field.slot, NONE);
        }
        for region in table.regions.iter().filter(|region| region.parent.is_some()) {
            self.set_row(own, region.slot, u64::from(NOWHERE));
        }
        // A mixin may call it by one name and the kind by another.
        for (slot, kinds) in cradle.whole.into_iter().flat_map(|_| &table.wholes) {
            if let Some(whole) = cradle.whole.filter(|whole| kinds.is_empty() || kinds.contains(&kind_of(*whole))) {
                self.set_row(own, *slot, u64::from(whole));
            }
        }
        if let (Some(slot), Some(here)) = (table.here, cradle.here) {
            self.set_row(own, slot, here);
        }
        for (slot, word) in cradle.given {
            self.set_row(own, *slot, *word);
        }
        for (number, routine) in &table.birth {
            let field = &table.fields[*number as usize];
            if cradle.given.iter().any(|(slot, _)| *slot == field.slot)
                || (table.here == Some(field.slot) && cradle.here.is_some())
            {
                continue;
            }
            let routine = cradle.with.iter().find(|(given, _)| given == number).map_or(*routine, |(_, routine)| *routine);
            let mut words = vec![0; field.ty.width() as usize];
            self.values(own, routine, &[], &[], &mut words)?;
            for (at, word) in words.iter().enumerate() {
                self.set_row(own, field.slot + at as u16, *word);
            }
        }
        self.count_in(own)?;
        self.make_holders(own)?;
        for part in &table.parts {
            let stream = cradle.stream.with_name(&part.name);
            let Some(count) = part.count else {
                let child = self.part(own, cradle, part.kind, stream)?;
                self.set_row(own, part.slot, child);
                continue;
            };
            for number in 0..count {
                let child = self.part(own, cradle, part.kind, stream.with(u64::from(number)))?;
                self.set_row(own, part.slot + 1 + number, child);
                self.set_row(own, part.slot, u64::from(number) + 1);
            }
        }
        Ok(own)
    }

    /// One part of a newborn, as a reference word.
    fn part(&mut self, own: ActorId, cradle: &Cradle<'_>, kind: u16, stream: StreamKey) -> Result<u64, RunError> {
        let here = self.common.plan.kinds[kind_of(own) as usize].here.map(|slot| self.row(own, slot));
        let home = Some(cradle.home.unwrap_or(own));
        let child = Cradle { stream, home, whole: Some(own), here, with: &[], given: &[] };
        Ok(u64::from(self.born(kind, &child)?))
    }

    fn make_holders(&mut self, own: ActorId) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = kind_of(own) as usize;
        // All places first: a pool's units may look at their owner.
        let first = self.stores[kind].holders.all.len();
        for _ in &plan.kinds[kind].holders {
            self.stores[kind].holders.all.push(HolderState::Pool(Pool::default()));
        }
        for (number, holder) in plan.kinds[kind].holders.iter().enumerate() {
            let state = match &holder.what {
                HolderPlan::Resource { capacity, discipline, shift } => {
                    let units = match shift {
                        Shift::Hours { hours, closed } if !hours.is_open(&plan.calendar, 0) => match closed {
                            Some(closed) => self.whole_number(own, *closed)?,
                            None => 0,
                        },
                        _ => self.whole_number(own, *capacity)?,
                    };
                    HolderState::Resource(Resource::new(units, *discipline))
                }
                HolderPlan::Pool { kind: unit, count, with } => self.make_pool(own, number, (*unit, *count), with)?,
                HolderPlan::Stock { level, reorder } => {
                    let level = self.whole_number(own, *level)?;
                    let (at, order) = match reorder {
                        None => (0, Order::Nothing),
                        Some(reorder) => {
                            let order = self.whole_number(own, reorder.order)?;
                            (
                                self.whole_number(own, reorder.at)?,
                                if reorder.up_to { Order::UpTo(order) } else { Order::Quantity(order) },
                            )
                        }
                    };
                    HolderState::Stock(Stock::new(level, at, order))
                }
                HolderPlan::Line { batch } => HolderState::Line(Line::new(self.whole_number(own, *batch)?)),
                HolderPlan::Agenda { capacity, step, hours, fill } => {
                    let found = self.whole_number(own, *capacity)?;
                    let capacity = u16::try_from(found).map_err(|_| {
                        let what = format!("a capacity of {found}: an agenda has up to {} places", u16::MAX);
                        self.fault(own, capacity.start, what)
                    })?;
                    let mut agenda = self.empty_agenda((kind, number, capacity), *step, hours.as_ref());
                    self.hold(agenda.bytes(), || format!("the agendas `{}` of all {}", holder.name, plan.kinds[kind].name))?;
                    self.fill((own, number, &holder.name), fill, &mut agenda)?;
                    HolderState::Agenda(agenda)
                }
            };
            self.stores[kind].holders.all[first + number] = state;
        }
        Ok(())
    }

    /// An agenda with nothing booked; those of one kind and capacity are alike, so one is made and copied.
    pub(crate) fn empty_agenda(&mut self, key: (usize, usize, u16), step: f64, hours: Option<&Hours>) -> Agenda {
        let plan = self.common.plan;
        let make = || {
            let steps = agenda_steps(plan, step);
            let mut agenda = Agenda::new(0, (step * 1e9) as u64, steps, key.2);
            if let Some(hours) = hours {
                agenda.close(|start| !hours.is_open(&plan.calendar, start));
            }
            Blank { agenda, open: None }
        };
        self.agendas.entry(key).or_insert_with(make).agenda.clone()
    }

    /// The open steps of an agenda, day by day; found once for all that are alike.
    fn open_days(&mut self, key: (usize, usize, u16), agenda: &Agenda) -> Arc<[OpenDay]> {
        let find = || open_days(&self.common.plan.calendar, agenda).into();
        match self.agendas.get_mut(&key) {
            Some(blank) => Arc::clone(blank.open.get_or_insert_with(find)),
            None => find(),
        }
    }

    /// The memory of all actors and of what they own, as [`World::hold`] counts it \[bytes\].
    pub(crate) fn weight(&self) -> u64 {
        let agenda = |holder: &HolderState| if let HolderState::Agenda(agenda) = holder { agenda.bytes() } else { 0 };
        let kinds = self.stores.iter().zip(&self.common.plan.kinds);
        kinds
            .map(|(store, kind)| {
                store.len() as u64 * store.bytes_each(kind.holders.len()) + store.holders.all.iter().map(agenda).sum::<u64>()
            })
            .sum()
    }

    pub(crate) fn whole_number(&mut self, own: ActorId, routine: Routine) -> Result<u32, RunError> {
        let word = self.value(own, routine, &[], &[])? as i64;
        u32::try_from(word)
            .map_err(|_| self.fault(own, routine.start, format!("{word} units: there have to be 0 to {}", u32::MAX)))
    }

    fn make_pool(
        &mut self,
        own: ActorId,
        number: usize,
        (kind, count): (u16, Routine),
        with: &[(u16, u16, Routine)],
    ) -> Result<HolderState, RunError> {
        let count = self.whole_number(own, count)?;
        let name = self.common.plan.kinds[kind_of(own) as usize].holders[number].name.clone();
        let stream = self.stores[kind_of(own) as usize].key(index_of(own)).with(1).with_name(&name);
        let mut free = Vec::new();
        for unit in 0..count {
            let mut given = Vec::new();
            for (slot, words, routine) in with {
                let mut value = vec![0; *words as usize];
                self.values(own, *routine, &[], &[], &mut value)?;
                given.extend(value.iter().enumerate().map(|(at, word)| (slot + at as u16, *word)));
            }
            let cradle = Cradle {
                stream: stream.with(u64::from(unit)),
                home: Some(self.home(own)),
                whole: Some(own),
                here: None,
                with: &[],
                given: &given,
            };
            let unit = self.born(kind, &cradle)?;
            self.pool_of.insert(unit, vm::holder_word(u64::from(own), number as u16));
            free.push(unit);
        }
        Ok(HolderState::Pool(Pool { free, waiting: Default::default(), size: count }))
    }

    /// Books what is taken before the story begins.
    fn fill(&mut self, (own, number, name): (ActorId, usize, &str), fill: &Fill, agenda: &mut Agenda) -> Result<(), RunError> {
        let stream = self.stores[kind_of(own) as usize].key(index_of(own)).with(2).with_name(name);
        match fill {
            Fill::Empty => Ok(()),
            Fill::Busy { share, until, then } => {
                let share = f64::from_bits(self.value(own, *share, &[], &[])?);
                let until = f64::from_bits(self.value(own, *until, &[], &[])?);
                let then = f64::from_bits(self.value(own, *then, &[], &[])?);
                for step in 0..agenda.steps() {
                    let start = agenda.step_ns() * step as u64;
                    let chance = if (start as f64) < until * 1e9 { share } else { then };
                    let taken = (0..u32::from(agenda.capacity())).filter(|unit| unit_of(stream, step, *unit) < chance).count();
                    agenda.fill(step, taken as u16);
                }
                Ok(())
            }
            Fill::Meetings { per_day, length } => {
                let per_step = agenda.step_ns();
                let days = self.open_days((kind_of(own) as usize, number, agenda.capacity()), agenda);
                for OpenDay { day, steps: open } in days.iter() {
                    let meetings = self.value(own, *per_day, &[], &[])?;
                    for meeting in 0..(meetings as i64).clamp(0, 24) {
                        let place = stream.with(*day).draw(meeting as u32);
                        let at = open[below(place, open.len() as u64) as usize];
                        let span = f64::from_bits(self.value(own, *length, &[], &[])?).max(0.0) * 1e9;
                        let steps = (span as u64).div_ceil(per_step).max(1) as usize;
                        for taken in at..at.saturating_add(steps).min(agenda.steps()) {
                            agenda.fill(taken, 1);
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// An actor begins to act: it enters its first states and its timers start.
    pub(crate) fn begin(&mut self, own: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let kind = &plan.kinds[kind_of(own) as usize];
        for (number, holder) in kind.holders.iter().enumerate() {
            match holder.what {
                HolderPlan::Resource { shift: Shift::Hours { .. }, .. } => self.shift(own, number, context)?,
                HolderPlan::Stock { .. } => self.first_order(vm::holder_word(u64::from(own), number as u16), context)?,
                _ => {}
            }
        }
        let timers = if self.sleeps(own) { &[][..] } else { &kind.own_timers };
        for timer in timers {
            self.arm(own, *timer, context)?;
        }
        for (number, region) in kind.regions.iter().enumerate() {
            if region.parent.is_none() && self.alive(own) {
                self.enter(own, number as u16, region.initial, &Descent::default(), context)?;
            }
        }
        self.native_begins(own, context)
    }

    /// All who are there at the start begin, kind by kind.
    pub(crate) fn begin_all(&mut self, context: &mut Context<'_>) -> Result<(), RunError> {
        // Counted before: whoever is spawned by one that begins has a beginning of its own under way.
        let counts: Vec<usize> = self.stores.iter().map(|store| store.len()).collect();
        for (kind, count) in counts.into_iter().enumerate() {
            for index in 0..count {
                self.depth = 0;
                self.begin(actors::id(kind as u16, index), context)?;
                if !self.common.plan.kinds[kind].conditional.is_empty() {
                    self.recheck(actors::id(kind as u16, index), context)?;
                }
                self.settle(context)?;
                self.touch(actors::id(kind as u16, index));
                self.watch()?;
            }
        }
        Ok(())
    }

    /// Brings a new actor into the household of the one that spawns it.
    pub(crate) fn spawn(
        &mut self,
        turn: &mut Turn<'_>,
        kind: u16,
        with: &[Put],
        into: Option<Operand>,
        site: u16,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let parent = turn.actor;
        let given: Vec<(u16, u64)> = with
            .iter()
            .flat_map(|put| (0..put.words).map(|word| (put.to + word, put.from.offset(word))))
            .map(|(slot, from)| (slot, self.word(turn, from)))
            .collect();
        let stream = self.draw(parent, site, |draws| {
            let stream = draws.key.with(u64::from(*draws.counter));
            *draws.counter += 1;
            stream
        });
        let here = self.common.plan.kinds[kind_of(parent) as usize].here.map(|_| self.place_of(parent));
        let cradle = Cradle { stream, home: Some(self.home(parent)), whole: Some(parent), here, with: &[], given: &given };
        let child = self.born(kind, &cradle)?;
        self.observe_spawn(child, parent)?;
        if let Some(into) = into {
            self.put(turn, into, u64::from(child));
        }
        self.send(context, parent, child, 0, system::BEGIN, [0; 3])?;
        Ok(())
    }
}

/// An agenda that nothing is booked in, as all of one kind and capacity begin with.
#[derive(Debug)]
pub(crate) struct Blank {
    agenda: Agenda,
    /// Its open steps, where somebody has asked.
    open: Option<Arc<[OpenDay]>>,
}

/// A day of an agenda, counted from that of the start, and its steps that are open: at least one.
#[derive(Debug, PartialEq)]
struct OpenDay {
    day: u64,
    steps: Vec<usize>,
}

/// The days of an agenda on which anything is open.
fn open_days(calendar: &Calendar, agenda: &Agenda) -> Vec<OpenDay> {
    let mut days: Vec<OpenDay> = Vec::new();
    for step in 0..agenda.steps() {
        let start = step as u64 * agenda.step_ns();
        if !agenda.is_open(start) {
            continue;
        }
        let day = calendar.day_index(start);
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.steps.push(step),
            None => days.push(OpenDay { day, steps: vec![step] }),
        }
    }
    days
}

/// How many steps an agenda has.
fn agenda_steps(plan: &crate::plan::Plan, step: f64) -> usize {
    ((plan.length as f64 / 1e9 + AGENDA_BEYOND) / step) as usize
}

fn unit_of(stream: StreamKey, step: usize, place: u32) -> f64 {
    unit(stream.with(step as u64).draw(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_begins_late_ends_early_or_is_closed_has_the_open_steps_that_are_left() {
        let calendar = Calendar::new("2026-01-05 13:00").unwrap();
        let mut agenda = Agenda::new(0, 1_800_000_000_000, 4 * 48, 1);
        let open = |start| (8..18).contains(&(calendar.time_of_day_ns(start) / 3_600_000_000_000));
        agenda.close(|start| !open(start) || calendar.day_index(start) == 1);
        let found = open_days(&calendar, &agenda);
        let told: Vec<(u64, usize, usize)> = found.iter().map(|day| (day.day, day.steps[0], day.steps.len())).collect();
        // From 13:00 to 18:00; the day after is closed; two whole ones; and one that ends at 13:00.
        assert_eq!(told, [(0, 0, 10), (2, 86, 20), (3, 134, 20), (4, 182, 10)]);
        assert!(found.iter().all(|day| day.steps.windows(2).all(|two| two[0] + 1 == two[1])));
    }
}
