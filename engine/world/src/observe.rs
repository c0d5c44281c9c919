//! The record of a run: what the trace is told.

use crate::actors::{ActorId, index_of, kind_of};
use crate::contact::Request;
use crate::error::RunError;
use crate::packet::{Context, Event};
use crate::plan::{Happening, MeasurePlan, Plan, PolicyPlan, Schema};
use crate::run::Run;
use crate::travel::{Journey, sketch};
use crate::world::World;

use rehearsal_language::types::{NONE, Type};
use rehearsal_language::unit::Dimension;
use rehearsal_language::vm::Words;
use rehearsal_trace::{self as trace, Fields, Gate, Record, Value, Waypoint, What, Writer};
use std::cell::Cell;
use std::path::Path;

mod decisions;
mod levels;

use levels::Levels;

/// What of a run that goes on is told to whoever holds it, see [`Replication::listen`](crate::Replication::listen).
///
/// Decisions and contacts always are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Whether states that are entered are told.
    pub states: bool,
    /// Which notes are told, by number; those beyond are not.
    pub notes: Vec<bool>,
    /// Which messages are told when they arrive, by number.
    pub messages: Vec<bool>,
    /// Whether journeys, levels and boards are told.
    pub sights: bool,
    /// Whether events that no rule answered are told.
    pub undecided: bool,
}

impl Interest {
    /// In all there is.
    #[must_use]
    pub fn all(plan: &Plan) -> Interest {
        Interest {
            states: true,
            notes: vec![true; plan.notes.len()],
            messages: vec![true; plan.messages.len()],
            sights: true,
            undecided: false,
        }
    }
}

/// Where the record goes.
enum Sink {
    File(Box<Writer>),
    /// To whoever asks for it next.
    Told(Vec<Record>),
}

/// Writes the record.
pub(crate) struct Observer {
    sink: Sink,
    interest: Interest,
    levels: Levels,
}

impl Observer {
    /// A record of `world` as it stands at the start.
    pub(crate) fn open(path: &Path, world: &World<'_>, run: &Run<'_>) -> Result<Observer, RunError> {
        let header = trace::Header { seed: run.seed, replication: run.replication, ..world.header() };
        let sink = Sink::File(Box::new(Writer::create(path, &header)?));
        let interest = Interest { undecided: run.explained, ..Interest::all(world.common.plan) };
        Ok(Observer { sink, interest, levels: Levels::new(world.common.plan) })
    }

    /// One that keeps what is told until it is taken.
    pub(crate) fn telling(plan: &Plan, interest: Interest) -> Observer {
        Observer { sink: Sink::Told(Vec::new()), interest, levels: Levels::new(plan) }
    }

    /// Whether it writes a file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.sink, Sink::File(_))
    }

    /// What was told since this was asked last; nothing where it goes to a file.
    pub(crate) fn take(&mut self) -> Vec<Record> {
        match &mut self.sink {
            Sink::File(_) => Vec::new(),
            Sink::Told(records) => std::mem::take(records),
        }
    }

    fn put(&mut self, record: Record) -> Result<(), RunError> {
        match &mut self.sink {
            Sink::File(writer) => Ok(writer.record(&record)?),
            Sink::Told(records) => {
                records.push(record);
                Ok(())
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), RunError> {
        match self.sink {
            Sink::File(writer) => Ok(writer.finish()?),
            Sink::Told(_) => Ok(()),
        }
    }
}

impl World<'_> {
    /// What is known of this run as it stands, seed and replication aside.
    pub(crate) fn header(&self) -> trace::Header {
        let plan = self.common.plan;
        let mut actors = Vec::new();
        for (kind, store) in self.stores.iter().enumerate() {
            actors.extend((0..store.len()).map(|index| self.trace_actor(crate::actors::id(kind as u16, index))));
        }
        trace::Header {
            scenario: plan.name.clone(),
            title: plan.title.clone(),
            policy: self.common.policy.map_or_else(String::new, |policy| policy.name.clone()),
            beside: self.beside.map(|policy| policy.name.clone()),
            seed: 0,
            replication: 0,
            start: plan.calendar.datetime(0),
            length_ns: plan.length,
            kinds: plan.kinds.iter().map(|kind| kind.name.clone()).collect(),
            actors,
            measures: plan.measures.iter().filter(|measure| !measure.hidden).map(measured).collect(),
            roads: roads(plan),
            areas: areas(plan),
            engine: concat!("rehearsal ", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

fn measured(measure: &MeasurePlan) -> trace::Measured {
    trace::Measured {
        name: measure.name.clone(),
        label: measure.label.clone(),
        unit: measure.unit.clone(),
        better: measure.better.to_owned(),
    }
}

fn roads(plan: &Plan) -> Vec<trace::Polyline> {
    let Some(roads) = &plan.roads else { return Vec::new() };
    roads
        .polylines()
        .iter()
        .map(|line| trace::Polyline {
            class: line.class.to_string(),
            points: line.nodes.iter().map(|node| roads.position(*node)).map(|(lat, lon)| [lat, lon]).collect(),
        })
        .collect()
}

fn areas(plan: &Plan) -> Vec<trace::Area> {
    let areas = plan.roads.iter().flat_map(|roads| roads.areas());
    areas
        .map(|area| trace::Area {
            class: area.land.to_string(),
            name: area.name.clone(),
            outline: area.corners.iter().map(|&(lat, lon)| [lat, lon]).collect(),
        })
        .collect()
}

impl Observer {
    /// Whether events that no rule answered are recorded too.
    pub(crate) fn explains(&self) -> bool {
        self.interest.undecided
    }

    fn wants_note(&self, note: u16) -> bool {
        self.interest.notes.get(usize::from(note)).is_some_and(|wanted| *wanted)
    }

    fn wants_message(&self, message: u16) -> bool {
        self.interest.messages.get(usize::from(message)).is_some_and(|wanted| *wanted)
    }
}

impl World<'_> {
    pub(crate) fn record(&mut self, what: What) -> Result<(), RunError> {
        let at = self.common.now;
        self.common.observer.as_mut().map_or(Ok(()), |observer| observer.put(Record { at, what }))
    }

    /// Writes down what all measures have come to, where there is a record and anything is measured.
    pub(crate) fn record_figures(&mut self) -> Result<(), RunError> {
        if self.common.observer.is_none() || self.common.plan.measures.is_empty() {
            return Ok(());
        }
        self.record_levels()?;
        let values = self.running();
        self.record(What::Figures { values })
    }

    fn trace_actor(&self, actor: ActorId) -> trace::Actor {
        let kind = &self.common.plan.kinds[kind_of(actor) as usize];
        let segment =
            kind.fields.iter().find(|field| field.name == "segment").map(|field| self.symbol(self.row(actor, field.slot)));
        let place = u32::try_from(self.place_of(actor)).ok();
        let at =
            place.zip(self.common.plan.roads.as_ref()).map(|(node, roads)| roads.position(node)).map(|(lat, lon)| [lat, lon]);
        trace::Actor { id: actor, kind: kind_of(actor), name: self.name(actor), segment, at }
    }

    pub(crate) fn show(&self, ty: &Type, words: &[u64]) -> Value {
        let first = words.first().copied().unwrap_or(NONE);
        match ty {
            _ if first == NONE => Value::None,
            Type::Maybe(inner) => self.show(inner, words),
            Type::Bool => Value::Bool(first != 0),
            Type::Int => Value::Int(first as i64),
            Type::Quantity(dimension) if *dimension == Dimension::NONE => Value::Number(f64::from_bits(first)),
            Type::Quantity(dimension) => Value::Quantity(f64::from_bits(first), dimension.base_unit()),
            // A record knows no time before the story.
            Type::Time => Value::Time((first as i64).max(0) as u64),
            Type::Name(_) => Value::Text(self.symbol(first)),
            Type::Ref { .. } => Value::Actor(first as u32),
            Type::Slot => Value::List(vec![
                Value::Time(first),
                Value::Quantity(words.get(1).map_or(0.0, |word| f64::from_bits(*word)), "s".into()),
            ]),
            Type::List(inner, _) => {
                let width = inner.width() as usize;
                let items = (0..first as usize).filter_map(|at| words.get(1 + at * width..1 + (at + 1) * width));
                Value::List(items.map(|item| self.show(inner, item)).collect())
            }
            other => {
                let actor = |word: u64| self.name(word as u32);
                let moment = |at: u64| self.common.plan.calendar.short(at);
                Value::Text(rehearsal_language::types::show(other, words, &self.common.plan.symbols, &actor, &moment))
            }
        }
    }

    fn fields(&self, schema: &Schema, words: &Words) -> Fields {
        let words: Vec<u64> = words.iter().map(Cell::get).collect();
        let words = words.as_slice();
        schema
            .fields
            .iter()
            .filter_map(|field| {
                let from = field.offset as usize;
                let value = self.show(&field.ty, words.get(from..from + field.ty.width() as usize)?);
                (value != Value::None).then(|| (field.name.clone(), value))
            })
            .collect()
    }

    /// States a public fact: measures look, the policy may see it, the record keeps it.
    pub(crate) fn note(&mut self, actor: ActorId, note: u16, words: &Words, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        if self.common.observer.as_ref().is_some_and(|observer| observer.wants_note(note)) {
            let schema = &plan.notes[note as usize];
            let what = What::Note { actor, name: schema.name.clone(), fields: self.fields(schema, words) };
            self.record(what)?;
        }
        self.happens(actor, Happening::Note(note), words)?;
        self.reacted(actor, note, words);
        if let Some(policy) = self.common.policy {
            self.show_minds((policy, policy.mind()), actor, note, words, context)?;
        }
        match self.beside.and_then(|policy| policy.shadow.map(|kind| (policy, kind))) {
            Some(aside) => self.show_minds(aside, actor, note, words, context),
            None => Ok(()),
        }
    }

    /// Minds of a policy see what an actor states, some time later.
    fn show_minds(
        &mut self,
        (policy, kind): (&PolicyPlan, u16),
        actor: ActorId,
        note: u16,
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        for seen in policy.sees.iter().filter(|seen| seen.note == note && seen.by == kind_of(actor)) {
            let minds = self.listeners[kind_of(actor) as usize].get(index_of(actor)).map_or(0, Vec::len);
            for mind in 0..minds {
                let mind = self.listeners[kind_of(actor) as usize][index_of(actor)][mind];
                if kind_of(mind) != kind {
                    continue;
                }
                let args = self.payloads.pack(words);
                let delay = (seen.delay * 1e9) as u64;
                self.send(context, actor, mind, delay, crate::world::system::FIRST + seen.message, args)?;
            }
        }
        Ok(())
    }

    /// A fact that the record alone keeps.
    pub(crate) fn observe_fact(&mut self, actor: ActorId, name: &str, fields: Fields) -> Result<(), RunError> {
        self.record(What::Note { actor, name: name.into(), fields })
    }

    pub(crate) fn observe_message(&mut self, event: &Event, message: u16, words: &Words) -> Result<(), RunError> {
        if !self.common.observer.as_ref().is_some_and(|observer| observer.wants_message(message)) {
            return Ok(());
        }
        let schema = &self.common.plan.messages[message as usize];
        let fields = self.fields(schema, words);
        let what =
            What::Message { sent: self.common.now, from: event.sender, to: event.target, name: schema.name.clone(), fields };
        self.record(what)
    }

    pub(crate) fn observe_question(&mut self, from: ActorId, to: ActorId, question: u16, words: &Words) -> Result<(), RunError> {
        let schema = &self.common.plan.questions[question as usize];
        let name = format!("{}?", schema.name);
        let what = What::Message { sent: self.common.now, from, to, name, fields: self.fields(schema, words) };
        self.record(what)
    }

    pub(crate) fn observe_state(&mut self, actor: ActorId, region: &str, state: &str) -> Result<(), RunError> {
        if !self.common.observer.as_ref().is_some_and(|observer| observer.interest.states) {
            return Ok(());
        }
        self.record(What::State { actor, region: region.into(), state: state.into() })
    }

    /// A region lies in a state that was left: the actor is in none of its states.
    pub(crate) fn observe_nowhere(&mut self, actor: ActorId, region: u16) -> Result<(), RunError> {
        let plan = self.common.plan;
        self.observe_state(actor, &plan.kinds[kind_of(actor) as usize].regions[region as usize].name, "")
    }

    pub(crate) fn observe_end(&mut self, actor: ActorId) -> Result<(), RunError> {
        self.record(What::End { actor })
    }

    pub(crate) fn observe_spawn(&mut self, actor: ActorId, parent: ActorId) -> Result<(), RunError> {
        if self.common.observer.is_none() {
            return Ok(());
        }
        self.touch(actor);
        let actor = self.trace_actor(actor);
        self.record(What::Spawn { actor, parent })
    }

    pub(crate) fn observe_move(&mut self, actor: ActorId, journey: &Journey) -> Result<(), RunError> {
        if !self.common.observer.as_ref().is_some_and(|observer| observer.interest.sights) {
            return Ok(());
        }
        let Some(roads) = &self.common.plan.roads else { return Ok(()) };
        let waypoint = |at: usize| {
            let (lat, lon) = roads.position(journey.route.nodes[at]);
            let ms = f64::from(journey.route.cumulative_ms[at]);
            Waypoint { lat, lon, at: journey.from + (ms * journey.factor * 1e6) as u64 }
        };
        let path = sketch(roads, &journey.route).into_iter().map(waypoint).collect();
        let arrive = journey.from + journey.duration();
        self.record(What::Move { actor, arrive, path })
    }

    pub(crate) fn profile_of(&self, mind: ActorId) -> ActorId {
        let slot = self.common.plan.kinds[kind_of(mind) as usize].profile;
        slot.map_or(mind, |slot| self.row(mind, slot) as ActorId)
    }

    /// Records what became of a contact, on the channel that was chosen or asked for.
    pub(crate) fn observe_contact(
        &mut self,
        request: &Request,
        channel: u64,
        outcome: &str,
        gates: Vec<Gate>,
        cost: f64,
    ) -> Result<(), RunError> {
        if self.common.observer.is_none() {
            return Ok(());
        }
        let what = What::Contact(trace::Contact {
            decision: self.minds.get(index_of(request.agent)).map(|mind| mind.0),
            from: request.agent,
            to: request.who as ActorId,
            template: self.symbol(request.template),
            category: self.symbol(request.category),
            channel: Some(self.symbol(channel)),
            outcome: outcome.into(),
            gates,
            cost,
        });
        self.record(what)
    }

    /// Records what is written to somebody.
    pub(crate) fn observe_written(
        &mut self,
        (from, to): (ActorId, ActorId),
        template: u64,
        text: String,
    ) -> Result<(), RunError> {
        let template = self.symbol(template);
        self.record(What::Written { from, to, template, text })
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}
