//! What is measured while a run goes on.
//!
//! A measure looks at happenings (notes, states entered and left, holders used) and folds the values into a figure, for
//! everybody and for each segment of people.

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Fold, Happening, Hook, Plan};
use crate::world::World;
use rehearsal_language::program::Routine;
use rehearsal_language::vm::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod ahead;
mod copy;
mod detail;
mod figures;
mod funnel;
mod plain;
mod watch;

pub use detail::{Counts, Detail};
pub(crate) use watch::Watch;

/// The figures of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// By measure; `None` where nothing was observed.
    pub overall: Vec<Option<f64>>,
    /// By measure and segment.
    pub segments: Vec<Vec<Option<f64>>>,
    /// Events handled.
    pub events: u64,
    /// A digest of the whole state at the end.
    pub digest: u64,
    /// What was observed within the run, where that was asked for.
    pub detail: Option<Detail>,
}

/// Values folded so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Cell {
    count: f64,
    sum: f64,
}

/// What has begun and may go on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Begun {
    /// When \[ns\].
    since: u64,
    /// The segment that it counts in.
    column: Option<usize>,
    /// How far it has got.
    step: u16,
}

/// How much of a holder was in use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Level {
    now: Vec<i64>,
    since: u64,
}

/// Whether a state is entered (or left), its kind, region and number.
type StateChange = (bool, u16, u16, u16);

/// A figure where anything was observed.
type Figure = Option<f64>;

/// The measures of one run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measures {
    /// By measure: everybody first, then the segments.
    cells: Vec<Vec<Cell>>,
    levels: Vec<Level>,
    /// Durations and passes that have begun, by measure and person (or actor, where no person is concerned).
    begun: Vec<BTreeMap<ActorId, Begun>>,
    /// Values that are watched, by measure.
    watches: Vec<Watch>,
    /// Measures that watch values of a kind.
    #[serde(skip)]
    at_kind: Vec<Vec<usize>>,
    #[serde(skip)]
    at_note: Vec<Vec<(usize, usize)>>,
    #[serde(skip)]
    at_state: BTreeMap<StateChange, Vec<(usize, usize)>>,
    /// By note: what looks at it and asks for nothing but a word, if only measures look and all of them do so.
    #[serde(skip)]
    plain: Vec<Option<Vec<plain::Plain>>>,
    /// Measures of a holder, by its kind and number.
    #[serde(skip)]
    at_holder: BTreeMap<(u16, u16), Vec<usize>>,
    /// Units of the holder of each measure, known when figures are asked for.
    #[serde(skip)]
    capacities: Vec<f64>,
    /// The segment of each person, by index.
    segment_of: Vec<u16>,
    population: Vec<f64>,
    #[serde(skip)]
    warm_up: u64,
    /// What is observed beyond figures, where that was asked for; no part of the state.
    #[serde(skip)]
    observing: Option<Box<detail::Observing>>,
}

impl Measures {
    pub(crate) fn new(plan: &Plan) -> Measures {
        let columns = 1 + plan.segments.as_ref().map_or(0, |segments| segments.names.len());
        let mut measures = Measures {
            cells: vec![vec![Cell::default(); columns]; plan.measures.len()],
            levels: vec![Level { now: vec![0; columns], since: 0 }; plan.measures.len()],
            begun: vec![BTreeMap::new(); plan.measures.len()],
            watches: vec![Watch::new(columns); plan.measures.len()],
            at_kind: Vec::new(),
            at_note: vec![Vec::new(); plan.notes.len()],
            population: vec![0.0; columns],
            warm_up: plan.warm_up,
            ..Measures::default()
        };
        for (number, measure) in plan.measures.iter().enumerate() {
            if let Some(holder) = measure.holder {
                measures.at_holder.entry(holder).or_default().push(number);
            }
            if let Some((kind, _)) = measure.watched {
                measures.at_kind.resize(plan.kinds.len(), Vec::new());
                measures.at_kind[kind as usize].push(number);
            }
            for (at, hook) in measure.hooks.iter().enumerate() {
                match hook.at {
                    Happening::Note(note) => measures.at_note[note as usize].push((number, at)),
                    Happening::Enters(kind, region, state) => {
                        measures.at_state.entry((true, kind, region, state)).or_default().push((number, at));
                    }
                    Happening::Leaves(kind, region, state) => {
                        measures.at_state.entry((false, kind, region, state)).or_default().push((number, at));
                    }
                }
            }
        }
        let learns = |note: usize| plan.contact.learns_from(note as u16);
        let looks = measures.at_note.iter().enumerate();
        measures.plain = looks.map(|(note, hooks)| plain::looks(plan, hooks).filter(|_| !learns(note))).collect();
        measures
    }

    /// Whether anything measures how holders are used.
    #[inline]
    pub(crate) fn watch_holders(&self) -> bool {
        !self.at_holder.is_empty()
    }

    fn add(&mut self, measure: usize, column: Option<usize>, value: f64) {
        let cells = &mut self.cells[measure];
        for at in [Some(0), column].into_iter().flatten() {
            cells[at].count += 1.0;
            cells[at].sum += value;
        }
        if let Some(observing) = &mut self.observing {
            observing.record(measure, column, value);
        }
    }

    /// An actor is no part of what is measured: a person is not counted to its segment any more.
    pub(crate) fn discount(&mut self, plan: &Plan, actor: ActorId) {
        if plan.segments.as_ref().is_none_or(|segments| segments.kind != kind_of(actor)) {
            return;
        }
        let column = self.segment_of.get(index_of(actor)).map_or(0, |column| usize::from(*column));
        for at in [Some(0), (column > 0).then_some(column)].into_iter().flatten() {
            self.population[at] -= 1.0;
        }
    }

    fn settle(&mut self, measure: usize, now: u64) {
        let level = &mut self.levels[measure];
        let from = level.since.max(self.warm_up);
        let passed = now.saturating_sub(from) as f64 / 1e9;
        for (cell, units) in self.cells[measure].iter_mut().zip(&level.now) {
            cell.sum += passed * *units as f64;
        }
        level.since = now;
    }
}

impl World<'_> {
    /// Counts a newborn person to its segment.
    pub(crate) fn count_in(&mut self, own: ActorId) -> Result<(), RunError> {
        let Some(segments) = &self.common.plan.segments else { return Ok(()) };
        if kind_of(own) != segments.kind {
            return Ok(());
        }
        let symbol = self.value(own, segments.by, &[], &[])?;
        let found = segments.names.iter().position(|name| u64::from(name.0) == symbol);
        let column = found.map_or(0, |at| at + 1);
        let measures = &mut self.common.measures;
        measures.segment_of.resize(index_of(own) + 1, 0);
        measures.segment_of[index_of(own)] = column as u16;
        measures.population[0] += 1.0;
        if column > 0 {
            measures.population[column] += 1.0;
        }
        Ok(())
    }

    /// The column of the person whom a happening concerns.
    fn column(&mut self, actor: ActorId, person: Option<Routine>, words: &Words) -> Result<Option<usize>, RunError> {
        let who = self.person(actor, person, words)?;
        Ok(who.and_then(|who| self.column_of(who)))
    }

    /// The person whom a happening concerns.
    fn person(&mut self, actor: ActorId, person: Option<Routine>, words: &Words) -> Result<Option<ActorId>, RunError> {
        let (Some(person), Some(segments)) = (person, &self.common.plan.segments) else { return Ok(None) };
        let who = actors::actor(self.value(actor, person, &[], words)?);
        Ok(who.filter(|who| kind_of(*who) == segments.kind))
    }

    /// The column of a person's segment.
    fn column_of(&self, who: ActorId) -> Option<usize> {
        let column = self.common.measures.segment_of.get(index_of(who)).copied().unwrap_or(0);
        (column > 0).then_some(column as usize)
    }

    /// A note is stated, or a state entered or left: the measures look.
    pub(crate) fn happens(&mut self, actor: ActorId, what: Happening, words: &Words) -> Result<(), RunError> {
        let key = match what {
            Happening::Note(note) => {
                let count = self.common.measures.at_note[note as usize].len();
                for at in 0..count {
                    let (measure, hook) = self.common.measures.at_note[note as usize][at];
                    self.look(actor, measure, hook, words)?;
                }
                return Ok(());
            }
            _ if self.common.measures.at_state.is_empty() => return Ok(()),
            Happening::Enters(kind, region, state) => (true, kind, region, state),
            Happening::Leaves(kind, region, state) => (false, kind, region, state),
        };
        let count = self.common.measures.at_state.get(&key).map_or(0, Vec::len);
        for at in 0..count {
            let (measure, hook) = self.common.measures.at_state[&key][at];
            self.look(actor, measure, hook, words)?;
        }
        Ok(())
    }

    fn look(&mut self, actor: ActorId, measure: usize, hook: usize, words: &Words) -> Result<(), RunError> {
        let plan = self.common.plan;
        let hook: &Hook = &plan.measures[measure].hooks[hook];
        if hook.by != kind_of(actor) {
            return Ok(());
        }
        let fold = plan.measures[measure].fold;
        if !self.passes(actor, hook.only, words)? {
            return Ok(());
        }
        let holds = self.passes(actor, hook.condition, words)?;
        if fold == Fold::Share {
            if self.common.now >= self.common.measures.warm_up {
                let column = self.column(actor, hook.person, words)?;
                self.common.measures.add(measure, column, f64::from(u8::from(holds)));
            }
            return Ok(());
        }
        if !holds {
            return Ok(());
        }
        if matches!(fold, Fold::Duration | Fold::Funnel { .. }) {
            let who = self.person(actor, hook.person, words)?;
            let column = who.and_then(|who| self.column_of(who));
            let who = who.unwrap_or(actor);
            match fold {
                Fold::Funnel { within } => self.passes_through(who, measure, hook.step, within, column),
                _ => self.time(who, measure, hook.step == 0, column),
            }
            return Ok(());
        }
        let column = self.column(actor, hook.person, words)?;
        if self.common.now < self.common.measures.warm_up {
            return Ok(());
        }
        let value = match hook.value {
            Some(value) => f64::from_bits(self.value(actor, value, &[], words)?),
            None => 1.0,
        };
        self.common.measures.add(measure, column, value);
        Ok(())
    }

    fn time(&mut self, actor: ActorId, measure: usize, starts: bool, column: Option<usize>) {
        if starts {
            self.common.measures.begun[measure].entry(actor).or_insert(Begun { since: self.common.now, column, step: 0 });
        } else if let Some(Begun { since, column, .. }) = self.common.measures.begun[measure].remove(&actor)
            && since >= self.common.measures.warm_up
        {
            let span = (self.common.now - since) as f64 / 1e9;
            self.common.measures.add(measure, column, span);
        }
    }

    /// Units of a holder go to the job of a claim, or come back.
    pub(crate) fn level(&mut self, holder: u64, claim: u64, units: i64) {
        if let Some(place) = self.common.jobs.find(claim) {
            let actor = self.common.jobs.get(place).actor;
            self.level_of(holder, actor, units);
        }
    }

    /// Units of a holder go to an actor, or come back from it.
    pub(crate) fn level_of(&mut self, holder: u64, actor: ActorId, units: i64) {
        if self.common.measures.at_holder.is_empty() {
            return;
        }
        let plan = self.common.plan;
        let place = (kind_of(holder as u32), (holder >> 32) as u16);
        let count = self.common.measures.at_holder.get(&place).map_or(0, Vec::len);
        for at in 0..count {
            let measure = self.common.measures.at_holder[&place][at];
            let person = plan.kinds[kind_of(actor) as usize].person;
            let column = self.column(actor, person, &[]).ok().flatten();
            self.common.measures.settle(measure, self.common.now);
            let level = &mut self.common.measures.levels[measure].now;
            level[0] += units;
            if let Some(column) = column {
                level[column] += units;
            }
        }
    }

    /// A slot is booked (`sign` 1) or given back (-1): it counts where it lies in the story.
    pub(crate) fn booked(&mut self, holder: u64, who: u64, (start, span): (u64, u64), sign: f64) {
        let plan = self.common.plan;
        let (kind, number) = (kind_of(holder as u32), (holder >> 32) as u16 & 0x7fff);
        for (measure, found) in plan.measures.iter().enumerate() {
            if found.holder != Some((kind, number)) {
                continue;
            }
            let (from, to) = (start.max(self.common.measures.warm_up), (start + span).min(plan.length));
            let seconds = sign * to.saturating_sub(from) as f64 / 1e9;
            let column = match (actors::actor(who), &plan.segments) {
                (Some(who), Some(segments)) if kind_of(who) == segments.kind => {
                    self.common.measures.segment_of.get(index_of(who)).copied().filter(|column| *column > 0)
                }
                _ => None,
            };
            for at in [Some(0), column.map(usize::from)].into_iter().flatten() {
                self.common.measures.cells[measure][at].sum += seconds;
            }
            if let Some(observing) = &mut self.common.measures.observing {
                observing.book(measure, (from, to), sign);
            }
        }
    }
}
