//! Compiles kinds: births, holders, states, handlers, timers and answers.

use crate::code::{Code, Place, Purpose, value_routine};
use crate::fault::{At, Fault};
use crate::layout::TIMERS;
use crate::scope::EventShape;
use crate::tables::{FieldInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::program::{Base, Instr, Law, Operand, Program, Routine};
use rehearsal_language::scope::Scope;
use rehearsal_language::types::{NONE, Type};
use rehearsal_language::unit::Dimension;
use rehearsal_model::hours::Hours;
use rehearsal_world::plan::{ANY, Answer, Field, Handler, Kind, Part, Region, State, Timer, TimerKind};

mod holders;
mod sources;
mod timers;

/// Compiles what kinds do, in one pass over a scenario.
pub(crate) struct KindCompiler<'a> {
    pub(crate) tables: &'a mut Tables,
    pub(crate) program: &'a mut Program,
    pub(crate) kind: u16,
    pub(crate) out: Kind,
    /// Sources so far, by place and name.
    pub(crate) sources: Vec<(StatePlace, String)>,
}

pub(crate) type StatePlace = Option<(u16, Option<u16>)>;

impl KindCompiler<'_> {
    /// Compiles the kind.
    pub(crate) fn run(mut self) -> Kind {
        let info = self.tables.kinds[self.kind as usize].clone();
        self.out.name = info.name.clone();
        self.out.policy = info.policy;
        self.out.here = info.here().map(|field| field.slot);
        self.out.profile = info.field("profile").filter(|_| info.policy).map(|field| field.slot);
        let kinds = |field: &FieldInfo| if let Type::Ref { kinds, .. } = &field.ty { kinds.list() } else { Vec::new() };
        self.out.wholes = info.fields.iter().filter(|field| field.whole).map(|field| (field.slot, kinds(field))).collect();
        self.births(&info.fields);
        self.holders();
        self.out.top_speed = info
            .top_speed
            .as_ref()
            .and_then(|(node, env)| self.routine(node, *env, Some(&Type::Quantity(Dimension::SPEED)), "moves"));
        self.out.inner_first = info.inner_first();
        self.regions();
        for (message, at, node, env) in &info.on {
            self.handler(message, *at, node, *env, None, &format!("on/{message}"));
        }
        for (sort, node, env) in &info.timers {
            if let Some(timer) = self.timer(sort, node, *env, None) {
                self.out.own_timers.push(timer);
            }
        }
        if let Some(parts) = &info.twin {
            self.twin(parts, info.env);
        }
        self.boards();
        self.answers();
        if let Some(native) = &info.native {
            self.native(native);
        }
        self.out
    }

    fn place<'p>(&self, state: StatePlace, event: EventShape, purpose: Purpose, path: &'p str) -> Place<'p> {
        Place { kind: self.kind, state, event, purpose, path }
    }

    /// A value in the actor's own scope.
    pub(crate) fn routine(&mut self, node: &Node, env: u32, want: Option<&Type>, path: &str) -> Option<Routine> {
        let place = Place { kind: self.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        value_routine(self.program, self.tables, &place, node, env, want).map(|(routine, _)| routine)
    }

    fn births(&mut self, fields: &[FieldInfo]) {
        for (number, field) in fields.iter().enumerate() {
            self.out.fields.push(Field {
                name: field.name.clone(),
                ty: field.ty.clone(),
                slot: field.slot,
                public: field.fixed || field.board,
                board: field.board,
            });
            if let Some(kind) = field.part {
                let count = match &field.ty {
                    Type::List(_, count) => Some(*count),
                    _ => None,
                };
                self.out.parts.push(Part { slot: field.slot, kind, count, name: field.name.clone() });
                continue;
            }
            if field.whole {
                continue;
            }
            if let Some(routine) = self.birth(field) {
                self.out.birth.push((number as u16, routine));
            }
        }
    }

    /// The value of a field at birth.
    fn birth(&mut self, field: &FieldInfo) -> Option<Routine> {
        if field.node.as_word() == Some("remembered") {
            let features = &self.tables.kinds[self.kind as usize].features;
            let feature = features.iter().find(|(name, _)| *name == field.name);
            let first = feature.map_or(0, |(_, feature)| feature.first_word());
            return Some(self.constant(&[first]));
        }
        let written = self.tables.written_type(&field.node, field.env)?;
        let path = format!("birth/{}", field.name);
        if let Some((value, env)) = &field.init {
            let (value, env) = (value.clone(), *env);
            return match &field.ty {
                Type::Each(names, inner) => self.birth_each(names.len(), inner, Some(&value), env, &path),
                ty => self.routine(&value, env, Some(ty), &path),
            };
        }
        let default = if field.board { None } else { written.default.clone() };
        match (&field.ty, default) {
            (Type::Each(names, inner), default) => self.birth_each(names.len(), inner, default.as_ref(), field.env, &path),
            (_, Some(default)) => self.routine(&default, field.env, Some(&field.ty), &path),
            (Type::Name(Some(_)) | Type::Set(_), None) => self.names(&written, &path),
            (Type::Bool | Type::Int | Type::Quantity(_), None) => Some(self.constant(&[0])),
            (Type::List(..), None) => {
                let words = vec![0; field.ty.width() as usize];
                Some(self.constant(&words))
            }
            _ => {
                let words = vec![NONE; field.ty.width() as usize];
                Some(self.constant(&words))
            }
        }
    }

    /// The value of a trait that is one of several names, or a set of them, as a type says.
    pub(crate) fn names(&mut self, written: &crate::types::Written, path: &str) -> Option<Routine> {
        match &written.ty {
            Type::Name(Some(names)) => {
                let words: Vec<u64> = names.iter().map(|name| u64::from(name.0)).collect();
                Some(self.birth_name(&words, written.weights.as_deref(), path))
            }
            Type::Set(names) => Some(self.birth_set(names.len(), written.weights.as_deref(), path)),
            _ => None,
        }
    }

    fn constant(&mut self, words: &[u64]) -> Routine {
        let place = Place { kind: self.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path: "" };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let at = code.emit.constants(words);
        code.close(Some(at))
    }

    fn birth_each(&mut self, count: usize, inner: &Type, default: Option<&Node>, env: u32, path: &str) -> Option<Routine> {
        let place = Place { kind: self.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let width = inner.width();
        let all = code.emit.alloc(width * count as u16);
        for at in 0..count as u16 {
            if let Some(default) = default {
                code.value_into(default, env, inner, all.offset(at * width));
            }
        }
        Some(code.close(Some(all)))
    }

    /// One of several names, each as likely or by weight.
    fn birth_name(&mut self, words: &[u64], weights: Option<&[f64]>, path: &str) -> Routine {
        let place = Place { kind: self.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let mut list = vec![words.len() as u64];
        list.extend_from_slice(words);
        let list = code.emit.constants(&list);
        let i = code.emit.alloc(1);
        let site = code.scope.site("one_of");
        match weights {
            None => code.emit.push(Instr::Below { site, d: i, a: list }),
            Some(weights) => {
                let bits: Vec<u64> = weights.iter().map(|weight| weight.to_bits()).collect();
                let a = code.emit.constants(&bits);
                code.emit.push(Instr::Weighted { site, d: i, a, count: list });
            }
        }
        let d = code.emit.alloc(1);
        code.emit.push(Instr::Item { d, list, i, words: 1 });
        code.close(Some(d))
    }

    /// A set in which each name is by its own chance; all of them where no chances are given.
    fn birth_set(&mut self, count: usize, chances: Option<&[f64]>, path: &str) -> Routine {
        let Some(chances) = chances else {
            let all = if count >= 64 { u64::MAX } else { (1 << count) - 1 };
            return self.constant(&[all]);
        };
        let place = Place { kind: self.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let (d, flag) = (code.emit.alloc(1), code.emit.alloc(1));
        let zero = code.emit.constants(&[0]);
        code.emit.push(Instr::Mov { d, a: zero });
        for (bit, chance) in chances.iter().enumerate() {
            let site = code.scope.site("set");
            let a = code.emit.float(*chance);
            let weight = code.emit.constants(&[1 << bit]);
            code.emit.push(Instr::Draw { law: Law::Chance, site, d: flag, a, b: a, c: a });
            code.emit.push(Instr::MulI { d: flag, a: flag, b: weight });
            code.emit.push(Instr::AddI { d, a: d, b: flag });
        }
        code.close(Some(d))
    }

    fn regions(&mut self) {
        let regions = self.tables.kinds[self.kind as usize].regions.clone();
        for (number, region) in regions.iter().enumerate() {
            let number = number as u16;
            let initial = region.initial.as_text().and_then(|name| region.states.iter().position(|state| state.name == name));
            if initial.is_none() {
                let names: Vec<&str> = region.states.iter().map(|state| state.name.as_str()).collect();
                let found = region.initial.describe();
                self.tables.unknown(
                    region.initial.at,
                    &format!("state in region `{}` called", region.name),
                    found.trim_matches('`'),
                    names,
                );
            }
            self.out.regions.push(Region {
                name: region.name.clone(),
                states: Vec::new(),
                initial: initial.unwrap_or(0) as u16,
                slot: region.slot,
                parent: region.parent,
            });
            for (state, info) in region.states.iter().enumerate() {
                let compiled = self.state(number, state as u16, info, region.name == "main");
                self.out.regions[number as usize].states.push(compiled);
            }
            if let Some(node) = &region.node {
                for (message, at, steps) in node.get("on").map(Node::entries).unwrap_or_default() {
                    self.handler(
                        &message,
                        at,
                        &steps,
                        region.env,
                        Some((number, None)),
                        &format!("{}/on/{message}", region.name),
                    );
                }
                for sort in TIMERS {
                    for timer in node.get(sort).map(Node::items).unwrap_or_default() {
                        if let Some(timer) = self.timer(sort, &timer, region.env, Some((number, None))) {
                            self.out.own_timers.push(timer);
                        }
                    }
                }
            }
        }
    }

    fn state(&mut self, region: u16, state: u16, info: &crate::tables::StateInfo, main: bool) -> State {
        let (node, env) = (&info.node, info.env);
        let region_name = self.tables.kinds[self.kind as usize].regions[region as usize].name.clone();
        let path = if main { info.name.clone() } else { format!("{region_name}.{}", info.name) };
        let place: StatePlace = Some((region, Some(state)));
        let place_of = self.tables.sources.cite(node.at);
        let mut out = State { name: info.name.clone(), place: place_of, regions: info.regions.clone(), ..State::default() };
        out.entry = node
            .get("entry")
            .map(|steps| self.steps(steps, env, place, Purpose::Edge, EventShape::None, &format!("{path}/entry")));
        out.exit =
            node.get("exit").map(|steps| self.steps(steps, env, place, Purpose::Edge, EventShape::None, &format!("{path}/exit")));
        out.process = node
            .get("process")
            .map(|steps| self.steps(steps, env, place, Purpose::Work, EventShape::None, &format!("{path}/process")));
        out.held = info
            .takes
            .iter()
            .filter(|(_, ty, _)| matches!(ty, Type::Ref { inside: true, .. }))
            .map(|(_, _, slot)| *slot)
            .collect();
        for (message, at, steps) in node.get("on").map(Node::entries).unwrap_or_default() {
            self.handler(&message, at, &steps, env, place, &format!("{path}/on/{message}"));
        }
        for sort in TIMERS {
            for timer in node.get(sort).map(Node::items).unwrap_or_default() {
                if let Some(timer) = self.timer(sort, &timer, env, place) {
                    out.timers.push(timer);
                }
            }
        }
        out
    }

    /// Compiles steps as a routine.
    pub(crate) fn steps(
        &mut self,
        node: &Node,
        env: u32,
        state: StatePlace,
        purpose: Purpose,
        event: EventShape,
        path: &str,
    ) -> Routine {
        let place = self.place(state, event, purpose, path);
        let mut code = Code::open(self.program, self.tables, &place, 0);
        if node.list().is_none() {
            let fault = Fault::new(node.at, format!("expected a list of steps, found {}", node.describe()));
            code.tables().faults.add(fault.help("put it in brackets: [Goto(home)]"));
        }
        code.steps(&node.items(), env);
        code.close(None)
    }

    fn handler(&mut self, message: &str, at: At, node: &Node, env: u32, state: StatePlace, path: &str) {
        let id = self.tables.messages.id(message);
        if let Some(handler) = self.handling(id, at, node, env, state, path) {
            self.add_handler(id, handler);
        }
    }

    /// Compiles what is done when message `id` arrives; nothing where nobody ever tells it.
    pub(crate) fn handling(&mut self, id: u16, at: At, node: &Node, env: u32, state: StatePlace, path: &str) -> Option<Handler> {
        if self.tables.goes_unused(id, at) {
            return None;
        }
        self.tables.heard.entry(id).or_insert(at);
        // `on: { bell: (if: "...", do: [...]) }` or plain steps
        let (guard, steps) = match &node.what {
            What::Record(..) => {
                let args = self.tables.arguments(node, &["if", "!do"])?;
                (args.get("if").cloned(), args.need("do"))
            }
            _ => (None, node.clone()),
        };
        let event = EventShape::Message(id);
        let guard = guard.and_then(|guard| {
            let place = self.place(state, event, Purpose::Value, path);
            value_routine(self.program, self.tables, &place, &guard, env, Some(&Type::Bool)).map(|(routine, _)| routine)
        });
        let body = self.steps(&steps, env, state, Purpose::Work, event, path);
        let (region, state) = match state {
            Some((region, state)) => (region, state.unwrap_or(ANY)),
            None => (ANY, ANY),
        };
        Some(Handler { region, state, guard, body, rule: None })
    }

    /// Adds what is done when message `id` arrives.
    pub(crate) fn add_handler(&mut self, id: u16, handler: Handler) {
        if self.out.handlers.len() <= id as usize {
            self.out.handlers.resize(id as usize + 1, Vec::new());
        }
        self.out.handlers[id as usize].push(handler);
    }

    fn boards(&mut self) {
        let info = self.tables.kinds[self.kind as usize].clone();
        for (board, env) in &info.boards {
            let (Some(period), Some(show)) = (board.get("period"), board.get("show")) else { continue };
            let path = "board";
            let Some(delay) = self.span(period, *env, None, TimerKind::Every, path) else { continue };
            let place = self.place(None, EventShape::None, Purpose::Value, path);
            let mut code = Code::open(self.program, self.tables, &place, 0);
            for (name, _, node) in show.entries() {
                let Some(field) = info.field(&name) else { continue };
                let inside = match &node.what {
                    What::Tuple(_, items) => items.first().cloned(),
                    _ => None,
                };
                match inside {
                    Some(inside) => {
                        code.value_into(&inside, *env, &field.ty, Operand::new(Base::Row, field.slot));
                    }
                    None => code.tables().fault(node.at, "a board shows a value with its type, as in wait: Span(\"...\")"),
                }
            }
            let body = code.close(None);
            let slot = self.tables.kinds[self.kind as usize].slots(2);
            let number = self.out.timers.len() as u16;
            self.out.timers.push(Timer {
                kind: TimerKind::Every,
                place: None,
                delay,
                condition: None,
                body,
                slot,
                name: None,
                goto: None,
            });
            self.out.own_timers.push(number);
        }
    }

    fn answers(&mut self) {
        let info = self.tables.kinds[self.kind as usize].clone();
        for (name, at, node, env) in &info.answers {
            if node.head() != "Answer" {
                self.tables.fault(*at, format!("an answer is written Answer(...), found {}", node.describe()));
                continue;
            }
            let Some(args) = self.tables.arguments(node, &["takes", "if", "do", "give"]) else { continue };
            let mut fields: Vec<(String, Type)> = Vec::new();
            for (field, _, ty) in args.get("takes").map(Node::entries).unwrap_or_default() {
                if let Some(written) = self.tables.written_type(&ty, *env) {
                    fields.push((field, written.ty));
                }
            }
            let borrowed: Vec<(&str, Type)> = fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect();
            let id = self.tables.questions.declare(name, &borrowed);
            let first = self.tables.asked.entry(id).or_insert_with(|| fields.clone());
            if *first != fields {
                self.tables.fault(
                    *at,
                    format!("`{name}` is answered elsewhere with other values under `takes`: one question has one shape"),
                );
            }
            let event = EventShape::Question(id);
            let path = format!("answers/{name}");
            let guard = args.get("if").cloned().and_then(|guard| self.in_answer(&guard, *env, Some(&Type::Bool), event, &path));
            let body = args.get("do").map(|steps| {
                let place = self.place(None, event, Purpose::Answer, &path);
                let mut code = Code::open(self.program, self.tables, &place, 0);
                code.answer_names();
                code.steps(&steps.items(), *env);
                code.close(None)
            });
            let give = args.get("give").cloned().and_then(|give| self.in_answer(&give, *env, None, event, &path));
            let ty = give.as_ref().map(|(_, ty)| ty.clone());
            if let Some(ty) = &ty {
                self.tables.answer_types.insert(id, ty.clone());
            }
            let answer = Answer { guard: guard.map(|(routine, _)| routine), body, give: give.map(|(routine, _)| routine), ty };
            if self.out.answers.len() <= id as usize {
                self.out.answers.resize(id as usize + 1, None);
            }
            self.out.answers[id as usize] = Some(answer);
        }
    }

    fn in_answer(
        &mut self,
        node: &Node,
        env: u32,
        want: Option<&Type>,
        event: EventShape,
        path: &str,
    ) -> Option<(Routine, Type)> {
        let place = self.place(None, event, Purpose::Value, path);
        let mut code = Code::open(self.program, self.tables, &place, 0);
        code.answer_names();
        let value = code.value(node, env, want);
        let at = value.as_ref().map(|value| value.at);
        let routine = code.close(at);
        value.map(|value| (routine, value.ty))
    }
}

impl Code<'_, '_> {
    /// What a question carries is known by its own names in an answer.
    fn answer_names(&mut self) {
        let EventShape::Question(id) = self.scope.event else { return };
        let schema = self.scope.tables.questions.known[id as usize].clone();
        for field in schema.fields {
            let at = Operand::new(Base::Event, field.offset);
            self.scope.locals.push(crate::scope::Local { name: field.name, ty: field.ty, at, env: u32::MAX });
        }
    }
}

/// Opening hours that stand as text.
pub(crate) fn hours_of(tables: &mut Tables, node: &Node, env: u32) -> Option<Hours> {
    let (node, _) = tables.resolve(node, env);
    let text = tables.name_of(&node, "opening hours")?;
    match Hours::parse(&text) {
        Ok(hours) => Some(hours),
        Err(error) => {
            tables.faults.add(Fault::new(node.at, error.to_string()).help("as in \"Mon-Fri 08:00-18:00; Sat 09:00-13:00\""));
            None
        }
    }
}

/// A span that is known when the scenario loads \[s\].
pub(crate) fn constant_span(tables: &mut Tables, node: &Node, env: u32) -> Option<f64> {
    let (node, _) = tables.resolve(node, env);
    let expr = tables.expression(&node)?;
    match &expr.node {
        rehearsal_language::ast::Node::Quantity { value, dimension } if *dimension == Dimension::TIME => Some(*value),
        rehearsal_language::ast::Node::Unary { .. } => {
            tables.fault(node.at, "a span cannot be negative: time does not run backwards");
            None
        }
        _ => {
            tables.faults.add(Fault::new(node.at, format!("expected a span such as \"42d\", found {}", node.describe())));
            None
        }
    }
}
