//! What is measured while a run goes on.
//!
//! A measure looks at happenings (notes, states entered and left, holders used) and folds the values into a figure, for
//! everybody and for each segment of people.

use crate::actors::{self, ActorId, HolderState, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Fold, Happening, HolderPlan, Hook, Plan, Shift};
use crate::world::World;
use rehearsal_language::program::{Base, Instr, Operand, Routine};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod ahead;
mod copy;
mod detail;
mod funnel;
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

/// A look at a note that adds one word, for everybody alike.
#[derive(Clone, Copy, Debug)]
struct Plain {
    /// The kind that states it.
    by: u16,
    measure: usize,
    value: Added,
}

/// What a look at a note adds.
#[derive(Clone, Copy, Debug)]
enum Added {
    /// A word that the note carries.
    Said(usize),
    /// The same for each note, such as one.
    Constant(f64),
    /// A word of the actor's row.
    Field(Operand),
}

impl Added {
    /// The value, of a note with these words; `field` knows the words of the row of the actor that states it.
    #[inline(always)]
    fn of(self, words: &[u64; 4], field: impl Fn(Operand) -> u64) -> f64 {
        match self {
            Added::Said(word) => f64::from_bits(words.get(word).copied().unwrap_or(NONE)),
            Added::Constant(value) => value,
            Added::Field(of) => f64::from_bits(field(of)),
        }
    }
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
    plain: Vec<Option<Vec<Plain>>>,
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
        measures.plain = looks.map(|(note, hooks)| plain(plan, hooks).filter(|_| !learns(note))).collect();
        measures
    }

    /// Whether anything measures how holders are used.
    #[inline]
    pub(crate) fn watch_holders(&self) -> bool {
        !self.at_holder.is_empty()
    }

    /// Looks at a note of an actor of a kind at a moment \[ns\], with its words; false, and nothing is measured, where a look
    /// takes more than a word. `field` knows the words of the actor's row.
    #[inline(always)]
    pub(crate) fn plainly(
        &mut self,
        (now, kind): (u64, u16),
        note: u16,
        words: [u64; 4],
        field: impl Fn(Operand) -> u64,
    ) -> bool {
        self.quickly((now, kind), note, words, &field)
            || self.observing.is_some() && self.plainly_observed((now, kind), note, words, field)
    }

    /// As [`Measures::plainly`]; false also where single values are kept. It calls nothing but `field`.
    #[inline(always)]
    pub(crate) fn quickly(
        &mut self,
        (now, kind): (u64, u16),
        note: u16,
        words: [u64; 4],
        field: impl Fn(Operand) -> u64,
    ) -> bool {
        let Some(Some(looks)) = self.plain.get(note as usize) else { return false };
        if self.observing.is_some() {
            return false;
        }
        if now < self.warm_up {
            return true;
        }
        for look in looks.iter().filter(|look| look.by == kind) {
            if let Some(cell) = self.cells.get_mut(look.measure).and_then(|cells| cells.first_mut()) {
                cell.count += 1.0;
                cell.sum += look.value.of(&words, &field);
            }
        }
        true
    }

    /// As [`Measures::plainly`], where single values are kept too.
    #[inline(never)]
    fn plainly_observed(&mut self, (now, kind): (u64, u16), note: u16, words: [u64; 4], field: impl Fn(Operand) -> u64) -> bool {
        let Some(Some(looks)) = self.plain.get_mut(note as usize).map(std::mem::take) else { return false };
        let counts = now >= self.warm_up;
        for look in looks.iter().filter(|look| counts && look.by == kind) {
            self.add(look.measure, None, look.value.of(&words, &field));
        }
        self.plain[note as usize] = Some(looks);
        true
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

/// The hooks of a note as plain looks, if all of them are.
fn plain(plan: &Plan, hooks: &[(usize, usize)]) -> Option<Vec<Plain>> {
    let look = |&(measure, hook): &(usize, usize)| {
        let (fold, hook) = (plan.measures[measure].fold, &plan.measures[measure].hooks[hook]);
        let for_all = plan.segments.is_none() || hook.person.is_none();
        let value = hook.value.map(|routine| (plan.program.code[routine.start as usize], Operand(routine.result)));
        let in_place = value.is_none_or(|(first, at)| first == Instr::End && at.base() != Base::Frame);
        let adds = matches!(fold, Fold::Count { .. } | Fold::Sum { .. } | Fold::Mean);
        let value = value.map_or(Added::Constant(1.0), |(_, at)| match at.base() {
            Base::Event => Added::Said(at.index() as usize),
            Base::Const => Added::Constant(f64::from_bits(plan.program.constants[at.index() as usize])),
            Base::Row | Base::Frame => Added::Field(at),
        });
        let plain = Plain { by: hook.by, measure, value };
        (hook.condition.is_none() && hook.only.is_none() && for_all && in_place && adds).then_some(plain)
    };
    hooks.iter().map(look).collect()
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

    /// The figures up to now; nothing can be measured any more after that.
    pub(crate) fn figures(&mut self) -> Result<(Vec<Figure>, Vec<Vec<Figure>>), RunError> {
        let plan = self.common.plan;
        for measure in 0..plan.measures.len() {
            self.close_measure(measure)?;
        }
        let mut overall = Vec::new();
        let mut segments = Vec::new();
        for measure in (0..plan.measures.len()).filter(|measure| !plan.measures[*measure].hidden) {
            let row: Vec<Option<f64>> =
                (0..self.common.measures.cells[measure].len()).map(|at| self.figure(measure, at)).collect();
            overall.push(row[0]);
            segments.push(row[1..].to_vec());
        }
        Ok((overall, segments))
    }

    /// What has begun and what is there now counts up to now.
    fn close_measure(&mut self, measure: usize) -> Result<(), RunError> {
        let plan = self.common.plan;
        let found = &plan.measures[measure];
        if let Some((kind, routine)) = found.at_end {
            let person = plan.kinds[kind as usize].person;
            for index in 0..self.stores[kind as usize].len() {
                let actor = actors::id(kind, index);
                if self.absent.contains(&self.home(actor)) {
                    continue;
                }
                let value = f64::from_bits(self.value(actor, routine, &[], &[])?);
                let column = self.column(actor, person, &[])?;
                self.common.measures.add(measure, column, value);
            }
        }
        // Those that have not ended yet count with their time so far: to leave them out would flatter the slow.
        for (_, Begun { since, column, .. }) in std::mem::take(&mut self.common.measures.begun[measure]) {
            if found.fold == Fold::Duration && since >= self.common.measures.warm_up {
                let span = (self.common.now - since) as f64 / 1e9;
                self.common.measures.add(measure, column, span);
            }
        }
        self.common.measures.settle(measure, self.common.now);
        self.common.measures.end_watch(plan, measure, self.common.now);
        let capacity = self.capacity_of(found.holder)?;
        self.common.measures.capacities.resize(plan.measures.len(), 0.0);
        self.common.measures.capacities[measure] = capacity;
        Ok(())
    }

    fn figure(&self, measure: usize, column: usize) -> Option<f64> {
        let plan = &self.common.plan.measures[measure];
        let cell = self.common.measures.cells[measure][column];
        let people = self.common.measures.population[column];
        let for_each = |total: f64, per: Option<f64>| match per {
            Some(per) => (people > 0.0).then(|| total / people * per),
            None => Some(total),
        };
        let value = match plan.fold {
            Fold::Count { per } => for_each(cell.count, per),
            Fold::Sum { per } => for_each(cell.sum, per),
            Fold::Mean | Fold::Share | Fold::Duration | Fold::Reached { .. } | Fold::TimeWeighted { total: false } => {
                (cell.count > 0.0).then(|| cell.sum / cell.count)
            }
            Fold::TimeWeighted { total: true } => {
                let span = self.common.now.saturating_sub(self.common.measures.warm_up) as f64 / 1e9;
                (span > 0.0).then(|| cell.sum / span)
            }
            Fold::Peak => (cell.count > 0.0).then_some(cell.sum),
            Fold::Funnel { .. } => None,
            Fold::Ratio { of, to } => {
                let (of, to) = (self.figure(of, column), self.figure(to, column));
                of.zip(to).filter(|(_, to)| *to != 0.0).map(|(of, to)| of / to)
            }
            Fold::Gap { of, to, values, worst } => {
                gap(&plan_scales(self.common.plan, of, to, values), worst, |measure| self.figure(measure, column))
            }
            Fold::Level => {
                let capacity = self.common.measures.capacities[measure];
                let span = self.common.now.saturating_sub(self.common.measures.warm_up) as f64 / 1e9;
                // Of nothing, nothing is in use.
                if cell.sum == 0.0 { Some(0.0) } else { (capacity > 0.0 && span > 0.0).then(|| cell.sum / (capacity * span)) }
            }
        };
        value.map(|value| value / plan.scale)
    }

    /// Units of a holder over all its owners, while it is open.
    fn capacity_of(&mut self, holder: Option<(u16, u16)>) -> Result<f64, RunError> {
        let Some((kind, number)) = holder else { return Ok(0.0) };
        let plan = self.common.plan;
        let each = plan.kinds[kind as usize].holders.len();
        let mut units = 0.0;
        for index in 0..self.stores[kind as usize].len() {
            let open = match &plan.kinds[kind as usize].holders[number as usize].what {
                HolderPlan::Resource { capacity, shift: Shift::Hours { .. }, .. } => {
                    Some(self.value(actors::id(kind, index), *capacity, &[], &[])? as f64)
                }
                _ => None,
            };
            units += open.unwrap_or_else(|| match &self.stores[kind as usize].holders.all[index * each + number as usize] {
                HolderState::Resource(resource) => f64::from(resource.capacity()),
                HolderState::Pool(pool) => f64::from(pool.size),
                HolderState::Stock(stock) => f64::from(stock.level()),
                HolderState::Agenda(agenda) => f64::from(agenda.capacity()),
                HolderState::Line(_) => 0.0,
            });
        }
        Ok(units)
    }
}

/// The measures of a gap, pair by pair, each with what its figures are multiplied with to be in base units.
fn plan_scales(plan: &Plan, of: usize, to: usize, values: usize) -> Vec<[(usize, f64); 2]> {
    let scaled = |measure: usize| (measure, plan.measures[measure].scale);
    (0..values).map(|value| [scaled(of + value), scaled(to + value)]).collect()
}

/// How far figures lie apart where both are there, in base units: on average, or at most.
fn gap(pairs: &[[(usize, f64); 2]], worst: bool, figure: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    let value = |(measure, scale): (usize, f64)| figure(measure).map(|figure| figure * scale);
    let apart: Vec<f64> =
        pairs.iter().filter_map(|[of, to]| value(*of).zip(value(*to))).map(|(of, to)| (of - to).abs()).collect();
    match worst {
        true => apart.iter().copied().reduce(f64::max),
        false => (!apart.is_empty()).then(|| apart.iter().sum::<f64>() / apart.len() as f64),
    }
}
