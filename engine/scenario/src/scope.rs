//! The names in sight of an expression of an actor.
//!
//! From the inside out: loop variables and `Let` names, what a state takes, parameters, the actor's own members, and the
//! words every actor knows (`now`, `entered`, `waited`, `reason`, `event`).

use crate::charts::NoState;
use crate::tables::{Bound, Tables};
use crate::tree::What;
use rehearsal_language::compile::nearest;
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::scope::{Binding, Crowd, Member, Problem, Scope, Spoken};
use rehearsal_language::symbol::Symbols;
use rehearsal_language::types::{HolderKind, Kinds, NUMBER, SPAN, Type};
use rehearsal_language::unit::Dimension;
use rehearsal_model::calendar::{Civil, DaySet};
use rehearsal_model::hours::Hours;
use rehearsal_world::plan::{FRAME_REASON, FRAME_WAITED, Function, Schema};
use std::collections::BTreeMap;

/// A local name.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) at: Operand,
    pub(crate) env: u32,
}

/// A message that was waited for, or what a table gave, as a name whose members are what it carried.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) schema: Schema,
    pub(crate) at: Operand,
    pub(crate) env: u32,
}

/// Whose event is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventShape {
    None,
    Message(u16),
    Note(u16),
    Question(u16),
}

/// The most slots that are looked for at once.
const SLOTS_MAX: u16 = 12;

/// The names in sight of one routine of one kind.
pub(crate) struct ActorScope<'t> {
    pub(crate) tables: &'t mut Tables,
    pub(crate) kind: u16,
    pub(crate) state: Option<(u16, Option<u16>)>,
    pub(crate) locals: Vec<Local>,
    pub(crate) records: Vec<Record>,
    /// The expression at hand, see `Tables::standing`.
    pub(crate) standing: u32,
    pub(crate) event: EventShape,
    /// Where in the scenario, for the names of random sites.
    pub(crate) path: String,
    pub(crate) draws: BTreeMap<String, u32>,
    /// Whether the expression at hand names a holder of another household.
    pub(crate) holder_outside: bool,
}

impl<'t> ActorScope<'t> {
    pub(crate) fn new(
        tables: &'t mut Tables,
        kind: u16,
        state: Option<(u16, Option<u16>)>,
        event: EventShape,
        path: &str,
    ) -> ActorScope<'t> {
        ActorScope {
            tables,
            kind,
            state,
            locals: Vec::new(),
            records: Vec::new(),
            standing: 0,
            event,
            path: path.to_owned(),
            draws: BTreeMap::new(),
            holder_outside: false,
        }
    }

    fn env(&self) -> u32 {
        self.tables.standing[self.standing as usize].environment
    }

    fn schema(&self) -> Option<&Schema> {
        match self.event {
            EventShape::None => None,
            EventShape::Message(id) => Some(&self.tables.messages.known[id as usize]),
            EventShape::Note(id) => Some(&self.tables.notes.known[id as usize]),
            EventShape::Question(id) => Some(&self.tables.questions.known[id as usize]),
        }
    }

    fn taken(&self, name: &str) -> Option<Binding> {
        let kind = &self.tables.kinds[self.kind as usize];
        let (_, ty, slot) = kind.taken(self.state?, name)?;
        // The steps of a procedure stand elsewhere, and do not see what the state from which it is called takes.
        if !self.tables.inside(self.env(), kind.state_env(self.state?)) {
            return None;
        }
        Some(Binding::Value { ty: ty.clone(), at: Operand::new(Base::Row, *slot) })
    }

    fn bound_binding(&mut self, bound: Bound) -> Option<Binding> {
        match bound {
            Bound::Value(node, env) => {
                if let What::Word(word) = &node.what {
                    // A word stands for what it means where it was written.
                    let expr = rehearsal_language::ast::Expr {
                        span: rehearsal_language::span::Span { start: node.at.start, end: node.at.end },
                        node: rehearsal_language::ast::Node::Name(word.clone()),
                    };
                    let environment = self.tables.stand(env, node.at.source);
                    return Some(Binding::Expr { expr: std::rc::Rc::new(expr), environment });
                }
                let expr = self.tables.expression(&node)?;
                let environment = self.tables.stand(env, node.at.source);
                Some(Binding::Expr { expr, environment })
            }
            Bound::Name(name) => {
                let symbol = self.tables.symbols.intern(&name);
                Some(Binding::Constant { ty: Type::Name(Some([symbol].into())), words: vec![u64::from(symbol.0)] })
            }
            Bound::Steps(..) => None,
        }
    }

    fn reserved(&mut self, name: &str) -> Option<Binding> {
        let value = |ty: Type, at: Operand| Some(Binding::Value { ty, at });
        match name {
            "waited" => {
                self.tables.waited = true;
                value(SPAN, Operand::new(Base::Frame, FRAME_WAITED))
            }
            "reason" => value(Type::Name(None), Operand::new(Base::Frame, FRAME_REASON)),
            "entered" => {
                let (region, _) = self.state?;
                let slot = self.tables.kinds[self.kind as usize].regions[region as usize].slot;
                value(Type::Time, Operand::new(Base::Row, slot + 1))
            }
            _ => None,
        }
    }

    fn own_member(&self, name: &str) -> bool {
        let kind = &self.tables.kinds[self.kind as usize];
        kind.field(name).is_some() || kind.holders.iter().any(|(have, ..)| have == name)
    }

    /// Number, by kind, of something that kinds have under a name.
    fn by_kind(&self, kinds: &Kinds, find: impl Fn(u16) -> Option<u16>) -> Vec<u16> {
        let mut slots = vec![u16::MAX; self.tables.kinds.len()];
        for kind in kinds.list() {
            if let Some(slot) = find(kind) {
                slots[kind as usize] = slot;
            }
        }
        slots
    }

    /// A feature that the actor at hand, the mind of a policy, remembers itself. What is not stored as it is read is
    /// computed then, so that it is true at any moment.
    fn remembered(&mut self, own: bool, name: &str) -> Option<Member> {
        let kind = &self.tables.kinds[self.kind as usize];
        let (_, feature) = kind.features.iter().find(|(have, _)| own && have == name)?;
        let (feature, field) = (*feature, kind.field(name)?);
        let (ty, state) = (field.ty.clone(), field.slot);
        self.tables.recorded.features.insert((self.kind, name.to_owned()));
        (!feature.is_stored())
            .then(|| Member::Computed { ty, function: self.tables.function(Function::Remembered { feature, state }) })
    }

    fn member_names(&self, kinds: &Kinds) -> Vec<String> {
        let mut names = Vec::new();
        for kind in kinds.list() {
            let kind = &self.tables.kinds[kind as usize];
            names.extend(kind.fields.iter().map(|field| field.name.clone()));
            names.extend(kind.holders.iter().map(|(name, ..)| name.clone()));
        }
        names
    }
}

impl Scope for ActorScope<'_> {
    fn name(&mut self, name: &str) -> Result<Option<Binding>, Problem> {
        let env = self.env();
        let local = self.locals.iter().rev().find(|local| local.name == name && self.tables.inside(env, local.env));
        if let Some(local) = local {
            return Ok(Some(Binding::Value { ty: local.ty.clone(), at: local.at }));
        }
        if let Some(found) = self.taken(name) {
            return Ok(Some(found));
        }
        if let Some(bound) = self.tables.bound(env, name).cloned() {
            return Ok(self.bound_binding(bound));
        }
        if let Some(found) = self.reserved(name) {
            return Ok(Some(found));
        }
        // A shared file knows of no scenario's parameters.
        let standing = self.tables.standing[self.standing as usize].source;
        let parameter = self.tables.params.get(name).cloned().filter(|_| !self.tables.shared.contains(&standing));
        if self.own_member(name) {
            if parameter.is_some() {
                let kind = &self.tables.kinds[self.kind as usize].name;
                let problem = Problem::new(format!("`{name}` is a parameter of the scenario, and {kind} has a `{name}` as well"));
                return Err(problem.help("give one of them another name"));
            }
            return Ok(Some(Binding::Own));
        }
        if let Some(value) = parameter {
            return Ok(self.bound_binding(Bound::Value(value, 0)));
        }
        if self.tables.groups.iter().any(|(group, _)| group == name) {
            let symbol = self.tables.symbols.intern(name);
            return Ok(Some(Binding::Constant { ty: Type::Name(Some([symbol].into())), words: vec![u64::from(symbol.0)] }));
        }
        if let Some(data) = self.tables.data.get(name) {
            let words = vec![u64::from(data.count())];
            return Ok(Some(Binding::Constant { ty: Type::Data(data.clone()), words }));
        }
        if self.tables.faulty.contains(name) {
            return Err(told_already());
        }
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        let env = self.env();
        let mut names: Vec<String> =
            self.locals.iter().filter(|local| self.tables.inside(env, local.env)).map(|local| local.name.clone()).collect();
        names.extend(self.member_names(&Kinds::One(self.kind)));
        names.extend(self.tables.environments[env as usize].names.keys().cloned());
        names.extend(["now", "entered", "waited", "reason", "event", "self"].map(str::to_owned));
        names.extend(self.tables.data.keys().cloned());
        names.extend(self.tables.params.keys().cloned());
        names.extend(BUILTINS.iter().map(|(name, _)| (*name).to_owned()));
        names
    }

    fn member(&mut self, kinds: &Kinds, inside: bool, own: bool, name: &str) -> Result<Member, Problem> {
        let list = kinds.list();
        if list.is_empty() {
            return Err(Problem::new(format!("it is not known what kind of actor this is, so it has no `{name}`"))
                .help("give the reference a kind, as in Ref(car)"));
        }
        let own_kind = &self.tables.kinds[self.kind as usize];
        let in_policy = own_kind.policy && self.env() == own_kind.env && !own && !self.path.starts_with("birth/");
        if in_policy {
            return Err(Problem::new(format!("a policy knows only what the interface shows, not `{name}` of an actor"))
                .help("let the interface know it: knows: { ... }"));
        }
        if let Some(found) = self.remembered(own, name) {
            return Ok(found);
        }
        let tables = &self.tables;
        // Where something is that moves, the runtime knows.
        if name == "here" && list.iter().any(|kind| tables.kinds[*kind as usize].moves) {
            let function = self.tables.function(Function::Position);
            if !inside && !own {
                return Err(not_public(name));
            }
            return Ok(Member::Computed { ty: Type::Place, function });
        }
        let fields: Vec<_> = list.iter().filter_map(|kind| tables.kinds[*kind as usize].field(name)).cloned().collect();
        if let Some(first) = fields.first() {
            if let Some(other) = fields.iter().find(|field| field.ty != first.ty) {
                let _ = other;
                return Err(Problem::new(format!("`{name}` is not of one type in all kinds that this may be")));
            }
            if !own && !inside && !fields.iter().all(|field| field.fixed || field.board) {
                return Err(not_public(name));
            }
            let mut ty = first.ty.clone();
            if let Type::Ref { inside: near, .. } = &mut ty {
                *near = *near && (inside || own);
            }
            let slots = self.by_kind(kinds, |kind| self.tables.kinds[kind as usize].field(name).map(|field| field.slot));
            return Ok(Member::Field { ty, slots, own });
        }
        let holder = |kind: u16| self.tables.kinds[kind as usize].holders.iter().position(|(have, ..)| have == name);
        if let Some(kind) = list.iter().find(|kind| holder(**kind).is_some()) {
            let held: HolderKind = self.tables.kinds[*kind as usize].holders[holder(*kind).unwrap_or(0)].1;
            let numbers = self.by_kind(kinds, |kind| holder(kind).map(|at| at as u16));
            self.holder_outside |= !inside && !own;
            return Ok(Member::Holder { kind: held, numbers });
        }
        if self.tables.faulty.contains(name) {
            return Err(told_already());
        }
        let names = self.member_names(kinds);
        let help = nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        let who: Vec<String> = list.iter().map(|kind| self.kind_name(*kind)).collect();
        Err(Problem { message: format!("a {} has no `{name}`", who.join(" or ")), help })
    }

    fn record(&mut self, of: &str, name: &str) -> Option<Result<(Type, Operand), Problem>> {
        let env = self.env();
        let waited = self.records.iter().rev().find(|record| record.name == of && self.tables.inside(env, record.env)).cloned();
        if let Some(record) = waited {
            return Some(carried(&record.schema, record.at, name));
        }
        if of != "event" {
            return None;
        }
        let Some(schema) = self.schema() else {
            let help = "`event` is known in what follows a message, until the first wait";
            return Some(Err(Problem::new("there is no event here").help(help)));
        };
        if name == "from" {
            let ty = Type::Ref { kinds: Kinds::Any, inside: false };
            return Some(Ok((ty, Operand::new(Base::Event, schema.words))));
        }
        Some(carried(schema, Operand::new(Base::Event, 0), name))
    }

    fn function(&mut self, name: &str, args: &[Type]) -> Option<Result<(u16, Type), Problem>> {
        let looks = args.iter().any(|ty| match ty {
            Type::List(inner, _) => matches!(**inner, Type::Holder(_)),
            ty => matches!(ty, Type::Holder(_)),
        });
        if looks && std::mem::take(&mut self.holder_outside) {
            return Some(Err(Problem::new("a holder of another household cannot be looked at")
                .help("let its owner's board show the figure, or ask: Ask(of: ..., call: ...)")));
        }
        if let Some(Type::Holder(kind)) = args.first()
            && args.len() == 1
        {
            return self.holder_reading(name, *kind);
        }
        let parameters = self.parameters(name)?;
        if parameters.len() != args.len() {
            let takes: Vec<String> = parameters.iter().map(|ty| ty.describe(&|kind| self.kind_name(kind))).collect();
            return Some(Err(Problem::new(format!(
                "{name}(...) takes {} values ({}), found {}",
                parameters.len(),
                takes.join(", "),
                args.len()
            ))));
        }
        Some(self.builtin(name, args))
    }

    fn crowd(&mut self, name: &str) -> Option<Crowd> {
        self.crowd_named(name)
    }

    fn spoken(&mut self, name: &str, text: &str) -> Option<Result<Spoken, Problem>> {
        match name {
            "date" => {
                // Without a start the scenario has a fault of its own, which is told.
                let calendar = self.tables.calendar.clone()?;
                let found = calendar.since_start(text).map_err(|error| error.to_string()).and_then(|ns| {
                    u64::try_from(ns).map_err(|_| format!("{text} lies before the story begins, at {}", calendar.short(0)))
                });
                let help = "a date and a time of day, as in date('2026-11-05 08:30')";
                Some(found.map(|ns| Spoken::Constant(Type::Time, ns)).map_err(|message| Problem::new(message).help(help)))
            }
            "open" => Some(match Hours::parse(text) {
                Ok(hours) => Ok(Spoken::Call(self.tables.function(Function::Civil(Civil::Open { hours })), Type::Bool)),
                Err(error) => Err(Problem::new(error.to_string()).help("as in open('Mon-Fri 08:00-18:00; Sat 09:00-13:00')")),
            }),
            _ => None,
        }
    }

    fn parameters(&mut self, name: &str) -> Option<Vec<Type>> {
        let (_, parameters) = BUILTINS.iter().find(|(have, _)| *have == name)?;
        Some(
            parameters
                .iter()
                .map(|parameter| match parameter {
                    'p' => Type::Place,
                    'l' => Type::Quantity(Dimension::LENGTH),
                    's' => SPAN,
                    't' => Type::Time,
                    'c' => Type::Clock,
                    'g' | 'n' => Type::Name(None),
                    'a' => Type::Holder(HolderKind::Agenda),
                    _ => Type::List(Box::new(Type::Holder(HolderKind::Agenda)), 4),
                })
                .collect(),
        )
    }

    fn state(&mut self, kinds: Option<&Kinds>, path: &[String]) -> Result<(u16, u16, u16), Problem> {
        let kind = match kinds {
            None => self.kind,
            Some(Kinds::One(kind)) => *kind,
            Some(_) => return Err(Problem::new("the state of an actor can be asked only where its kind is known")),
        };
        let table = &self.tables.kinds[kind as usize];
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let own = if kinds.is_none() { self.state.map(|(region, _)| region) } else { None };
        let found = match table.state_from(own, &words) {
            Err(NoState::Beside(_)) => table.state_named(&words),
            found => found,
        };
        match found {
            Ok((region, state)) => Ok((kind, region, state)),
            Err(NoState::Several(names)) => Err(Problem::new(format!("`{}` may be several states", path.join(".")))
                .help(format!("say which: {}", names.join(", ")))),
            Err(_) => {
                let names: Vec<&str> =
                    table.regions.iter().flat_map(|region| region.states.iter().map(|state| state.name.as_str())).collect();
                let last = words.last().copied().unwrap_or_default();
                let help = nearest(last, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                Err(Problem { message: format!("a {} has no state `{}`", table.name, path.join(".")), help })
            }
        }
    }

    fn own_kind(&self) -> Kinds {
        Kinds::One(self.kind)
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.tables.symbols
    }

    fn site(&mut self, law: &str) -> u16 {
        let count = self.draws.entry(law.to_owned()).or_insert(0);
        let name = format!("{}/{law}#{count}", self.path);
        *count += 1;
        let hash = rehearsal_kernel::StreamKey::root(0, 0).with_name(&name).bits();
        let sites = &mut self.tables.kinds[self.kind as usize].sites;
        let at = sites.iter().position(|have| *have == hash).unwrap_or_else(|| {
            sites.push(hash);
            sites.len() - 1
        });
        at as u16
    }

    fn switch(&mut self, environment: u32) -> u32 {
        std::mem::replace(&mut self.standing, environment)
    }

    fn push_local(&mut self, name: &str, ty: Type, at: Operand) -> Result<(), Problem> {
        let env = self.env();
        let hidden =
            self.locals.iter().any(|local| local.name == name && self.tables.inside(env, local.env)) || self.own_member(name);
        if hidden {
            return Err(Problem::new(format!("`{name}` means something here already")).help("choose another name"));
        }
        self.locals.push(Local { name: name.to_owned(), ty, at, env });
        Ok(())
    }

    fn pop_local(&mut self) {
        self.locals.pop();
    }

    fn kind_name(&self, kind: u16) -> String {
        self.tables.kind_name(kind)
    }
}

/// What a message carries under a name, its payload lying from `at` on.
fn carried(schema: &Schema, at: Operand, name: &str) -> Result<(Type, Operand), Problem> {
    if let Some(field) = schema.fields.iter().find(|field| field.name == name) {
        return Ok((field.ty.clone(), at.offset(field.offset)));
    }
    let names: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "it carries nothing: whoever sends it gives it values by `with: (...)`".into(),
        None => format!("it carries {}", names.join(", ")),
    };
    Err(Problem::new(format!("`{}` carries no `{name}`", schema.name)).help(help))
}

/// What follows from a fault that is told where it is made: no words, see `Collector::add`.
fn told_already() -> Problem {
    Problem::new("")
}

fn not_public(name: &str) -> Problem {
    Problem::new(format!("`{name}` of another household cannot be read")).help(
        "from outside, only traits (fixed at birth) and what a board publishes can be read; for the rest use Tell, Ask or Seize",
    )
}

/// Functions of the runtime: name and parameters (p place, l length, s span, t time, c clock, g group, n text, a agenda, A agendas).
pub(crate) const BUILTINS: &[(&str, &[char])] = &[
    ("nearest", &['g', 'p']),
    ("near", &['p', 'l']),
    ("home", &[]),
    ("road_time", &['p', 'p']),
    ("road_distance", &['p', 'p']),
    ("distance", &['p', 'p']),
    ("today", &['c']),
    ("next", &['c']),
    ("clock", &['s']),
    ("hour", &['t']),
    ("weekday", &['t']),
    ("year", &['t']),
    ("month", &['t']),
    ("day", &['t']),
    ("day_of_year", &['t']),
    ("date", &['n']),
    ("open", &['n']),
    ("free", &['a', 't', 's']),
    ("common_slots", &['A', 's', 't', 't', 's']),
];

impl ActorScope<'_> {
    fn holder_reading(&mut self, name: &str, kind: HolderKind) -> Option<Result<(u16, Type), Problem>> {
        let function = match (name, kind) {
            ("queue", HolderKind::Resource | HolderKind::Pool | HolderKind::Stock | HolderKind::Line) => Function::Queue,
            ("busy", HolderKind::Resource | HolderKind::Pool | HolderKind::Agenda) => Function::Busy,
            ("capacity", HolderKind::Resource | HolderKind::Pool | HolderKind::Agenda) => Function::Capacity,
            ("level", HolderKind::Stock) => Function::Level,
            _ => {
                let help = match kind {
                    HolderKind::Resource | HolderKind::Pool => "it has queue, busy and capacity",
                    HolderKind::Stock => "it has level and queue",
                    HolderKind::Line => "it has queue",
                    HolderKind::Agenda => "it has busy and capacity; ask free(agenda, start, span)",
                };
                return Some(Err(Problem::new(format!("a holder of this sort has no `{name}`")).help(help)));
            }
        };
        Some(Ok((self.tables.function(function), NUMBER)))
    }

    fn builtin(&mut self, name: &str, args: &[Type]) -> Result<(u16, Type), Problem> {
        let (function, ty) = match name {
            "nearest" => {
                let Type::Name(Some(names)) = &args[0] else {
                    return Err(Problem::new("nearest(...) takes the name of a group first"));
                };
                let group = names.first().map(|name| self.tables.symbols.name(*name).to_owned()).unwrap_or_default();
                let Some(at) = self.tables.groups.iter().position(|(have, _)| *have == group) else {
                    if self.tables.faulty.contains(&group) {
                        return Err(told_already());
                    }
                    let names = self.tables.groups.iter().map(|(name, _)| name.as_str());
                    let help = nearest(&group, names).map(|near| format!("did you mean `{near}`?"));
                    return Err(Problem { message: format!("there is no group `{group}`"), help });
                };
                let kind = self.tables.groups[at].1;
                (Function::Nearest { group: at as u16 }, Type::Ref { kinds: Kinds::One(kind), inside: false })
            }
            "near" => (Function::Near { site: self.site("near") }, Type::Place),
            "home" => (Function::AnyHome { site: self.site("home") }, Type::Place),
            "road_time" => (Function::RoadTime, SPAN),
            "road_distance" => (Function::RoadDistance, Type::Quantity(Dimension::LENGTH)),
            "distance" => (Function::Distance, Type::Quantity(Dimension::LENGTH)),
            "today" => (Function::Civil(Civil::Today), Type::Time),
            "next" => {
                let days = DaySet::parse("every day").map_err(|error| Problem::new(error.to_string()))?;
                (Function::Civil(Civil::NextClock { days }), Type::Time)
            }
            "clock" => (Function::Civil(Civil::ClockOf), Type::Clock),
            "hour" => (Function::Civil(Civil::HourOf), Type::Int),
            "weekday" => (Function::Civil(Civil::WeekdayOf), Type::Int),
            "year" | "month" | "day" | "day_of_year" => {
                let part = ["year", "month", "day", "day_of_year"].iter().position(|part| *part == name).unwrap_or(0) as u8;
                (Function::Civil(Civil::DateOf { part }), Type::Int)
            }
            "date" | "open" => {
                let example = if name == "date" { "date('2026-11-05 08:30')" } else { "open('Mon-Fri 08:00-18:00')" };
                return Err(Problem::new(format!("{name}(...) takes a text in quotes")).help(format!("as in {example}")));
            }
            "free" => (Function::Free, Type::Bool),
            _ => {
                let Type::List(_, agendas) = &args[0] else {
                    return Err(Problem::new("common_slots(...) takes a list of agendas"));
                };
                let function = Function::CommonSlots { most: (*agendas, SLOTS_MAX) };
                (function, Type::List(Box::new(Type::Slot), SLOTS_MAX))
            }
        };
        Ok((self.tables.function(function), ty))
    }
}
