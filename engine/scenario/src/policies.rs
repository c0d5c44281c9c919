//! Policies: minds that see what the interface shows, remember it, and decide by rules.

use crate::code::{Place, Purpose, value_routine};
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::kinds::{KindCompiler, constant_span};
use crate::scope::EventShape;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr};
use rehearsal_language::program::{Base, Operand, Program, Routine};
use rehearsal_language::types::{NUMBER, SPAN, Type};
use rehearsal_policy::feature::Feature;
use rehearsal_world::plan::{ANY, Handler, Kind, PolicyPlan, Remembered, Rule, Seen};

/// The interface page, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) about: u16,
    pub(crate) knows: Vec<(String, At, Node)>,
    /// Event, place, path of the one who states it, delay \[s\].
    pub(crate) sees: Vec<(String, At, Node, f64)>,
    pub(crate) hears: Vec<(String, At, Node)>,
    pub(crate) remembers: Vec<(String, At, Node)>,
    pub(crate) levers: Vec<String>,
}

impl Tables {
    /// Reads the interface page.
    pub(crate) fn read_interface(&mut self, definitions: &Definitions) -> Option<Interface> {
        let node = definitions.interface.as_ref()?;
        let args = self.arguments(node, &["!about", "knows", "sees", "hears", "remembers", "levers"])?;
        let about_node = args.need("about");
        let name = self.name_of(&about_node, "`about`")?;
        let Some(about) = self.kind_ids.get(&name).copied() else {
            let names: Vec<String> = self.kind_ids.keys().cloned().collect();
            self.unknown(about_node.at, "kind", &name, names.iter().map(String::as_str));
            return None;
        };
        let mut interface = Interface { about, ..Interface::default() };
        interface.knows = args.get("knows").map(Node::entries).unwrap_or_default();
        let hears = args.get("hears").map(Node::items).unwrap_or_default();
        interface.hears = hears.into_iter().map(|event| (event.head().to_owned(), event.at, event)).collect();
        interface.remembers = args.get("remembers").map(Node::entries).unwrap_or_default();
        for (name, at, event) in args.get("sees").map(Node::entries).unwrap_or_default() {
            let Some(event) = self.arguments(&event, &["!from", "delay"]) else { continue };
            let delay = match event.get("delay") {
                Some(delay) => constant_span(self, &delay.clone(), 0).unwrap_or(0.0),
                None => 0.0,
            };
            interface.sees.push((name, at, event.need("from"), delay));
        }
        for lever in args.get("levers").map(Node::items).unwrap_or_default() {
            let name = lever.head().to_owned();
            if !self.procedures.contains_key(&name) {
                let names: Vec<String> = self.procedures.keys().cloned().collect();
                self.unknown(lever.at, "procedure", &name, names.iter().map(String::as_str));
            }
            interface.levers.push(name);
        }
        Some(interface)
    }

    /// The names and types of what is remembered.
    pub(crate) fn remembered_types(&mut self, interface: &Interface) -> Vec<(String, Type)> {
        interface
            .remembers
            .iter()
            .map(|(name, _, node)| {
                let ty = match node.head() {
                    "Streak" | "CountIn" | "Count" => Type::Int,
                    // The unit of what is fed; found where the feature is compiled.
                    _ => self.feature_types.get(name).cloned().unwrap_or(NUMBER),
                };
                (name.clone(), ty)
            })
            .collect()
    }
}

/// Compiles the mind of a policy.
pub(crate) struct PolicyCompiler<'a> {
    pub(crate) kinds: KindCompiler<'a>,
    pub(crate) interface: &'a Interface,
}

impl PolicyCompiler<'_> {
    /// Compiles the mind; gives its kind and its plan.
    pub(crate) fn run(mut self, name: &str) -> (Kind, PolicyPlan) {
        let kind = self.kinds.kind;
        self.kinds.tables.levers = Some(self.interface.levers.clone());
        self.remembers();
        self.rules();
        let number = self.kinds.kind;
        let about = self.interface.about;
        let mut plan = PolicyPlan { name: name.to_owned(), kind: number, about, sees: Vec::new(), listeners: Vec::new() };
        self.sees(&mut plan);
        let (tables, program) = (&mut *self.kinds.tables, &mut *self.kinds.program);
        let out = std::mem::take(&mut self.kinds.out);
        let mut compiled = KindCompiler { tables, program, kind, out, sources: Vec::new() }.run();
        tables.levers = None;
        sort_rules(&mut compiled);
        (compiled, plan)
    }

    /// The number of the message by which an event reaches a mind, and what it carries.
    fn event(&mut self, name: &str, at: At) -> Option<u16> {
        if self.interface.hears.iter().any(|(have, ..)| have == name) {
            let id = self.kinds.tables.messages.id(name);
            self.kinds.tables.heard.entry(id).or_insert(at);
            return Some(id);
        }
        if self.interface.sees.iter().any(|(have, ..)| have == name) {
            return Some(self.kinds.tables.seen_message(name));
        }
        let known: Vec<String> = self
            .interface
            .sees
            .iter()
            .map(|(name, ..)| name.clone())
            .chain(self.interface.hears.iter().map(|(name, ..)| name.clone()))
            .collect();
        self.kinds.tables.unknown(at, "event in the interface called", name, known.iter().map(String::as_str));
        None
    }

    fn remembers(&mut self) {
        for (name, at, node) in &self.interface.remembers.clone() {
            if let Some(remembered) = self.feature(name, *at, node) {
                self.kinds.out.remembers.push(remembered);
            }
        }
    }

    fn feature(&mut self, name: &str, at: At, node: &Node) -> Option<Remembered> {
        let tables = &mut *self.kinds.tables;
        let names: &[&'static str] = match node.head() {
            "Streak" => &["!on", "!if"],
            "CountIn" => &["!on", "!over"],
            "Count" => &["!on"],
            "Last" => &["!on", "!of"],
            "Mean" | "Trend" => &["!on", "!of", "!over"],
            other => {
                let other = other.to_owned();
                tables.unknown(node.at, "feature", &other, ["Streak", "CountIn", "Count", "Last", "Mean", "Trend"]);
                return None;
            }
        };
        let args = tables.arguments(node, names)?;
        let on = args.need("on");
        let event = tables.name_of(&on, "an event")?;
        let over = match (node.head(), args.get("over").cloned()) {
            ("CountIn", Some(over)) => constant_span(tables, &over, 0)?,
            (_, Some(over)) => tables.plain_number(&over, "`over`, a number of readings,")?,
            _ => 0.0,
        };
        let feature = match node.head() {
            "Streak" => Feature::Streak,
            "CountIn" => Feature::CountIn { window: over },
            "Count" => Feature::Count,
            "Last" => Feature::Last,
            "Mean" => Feature::Mean { over },
            _ => Feature::Trend { over },
        };
        let message = self.event(&event, on.at)?;
        let tables = &mut *self.kinds.tables;
        let path = format!("remembers/{name}");
        let place = Place {
            kind: self.kinds.kind,
            state: None,
            event: EventShape::Message(message),
            purpose: Purpose::Value,
            path: &path,
        };
        let value = match args.get("if").or(args.get("of")).cloned() {
            Some(node) => {
                let want = args.get("if").map(|_| Type::Bool);
                let (routine, ty) = value_routine(self.kinds.program, tables, &place, &node, 0, want.as_ref())?;
                if want.is_none() {
                    if !matches!(ty, Type::Quantity(_)) {
                        tables.fault(node.at, "a feature is computed from numbers");
                    }
                    tables.feature_types.insert(name.to_owned(), ty);
                }
                Some(routine)
            }
            None => None,
        };
        let slot = tables.kinds[self.kinds.kind as usize].field(name)?.slot;
        let state = tables.kinds[self.kinds.kind as usize].slots(feature.words());
        let _ = at;
        Some(Remembered { name: name.to_owned(), message, value, feature, state, slot })
    }

    fn rules(&mut self) {
        let info = self.kinds.tables.kinds[self.kinds.kind as usize].clone();
        for (region, region_info) in info.regions.iter().enumerate() {
            for (state, state_info) in region_info.states.iter().enumerate() {
                for rule in state_info.node.get("rules").map(Node::items).unwrap_or_default() {
                    self.rule(&rule, state_info.env, Some((region as u16, Some(state as u16))), &state_info.name);
                }
            }
        }
        for (rule, env) in &info.rules {
            self.rule(rule, *env, None, "*");
        }
    }

    fn rule(&mut self, node: &Node, env: u32, state: Option<(u16, Option<u16>)>, state_name: &str) {
        let names = ["!name", "!on", "if", "priority", "again_after", "!do"];
        let Some(args) = self.kinds.tables.arguments(node, &names) else { return };
        let Some(name) = self.kinds.tables.name_of(&args.need("name"), "a rule's name") else { return };
        let on = args.need("on");
        let Some(event_name) = self.kinds.tables.name_of(&on, "an event") else { return };
        let Some(message) = self.event(&event_name, on.at) else { return };
        let event = EventShape::Message(message);
        let path = format!("rules/{state_name}/{name}");
        let guard_node = args.get("if").cloned();
        let place = Place { kind: self.kinds.kind, state, event, purpose: Purpose::Value, path: &path };
        let (tables, program) = (&mut *self.kinds.tables, &mut *self.kinds.program);
        let guard = guard_node
            .as_ref()
            .and_then(|guard| value_routine(program, tables, &place, guard, env, Some(&Type::Bool)))
            .map(|(routine, _)| routine);
        let reads = guard_node.as_ref().map(|guard| reads(program, tables, &place, guard, env)).unwrap_or_default();
        let again_after = args.get("again_after").cloned().and_then(|span| {
            let (routine, _) = value_routine(program, tables, &place, &span, env, Some(&SPAN))?;
            Some((routine, tables.kinds[place.kind as usize].slots(1)))
        });
        let priority =
            args.get("priority").cloned().and_then(|node| tables.plain_number(&node, "a priority")).unwrap_or(0.0) as i32;
        let body_node = self.with_knowledge(&args.need("do"), guard_node.as_ref());
        let body = self.kinds.steps(&body_node, env, state, Purpose::Work, event, &path);
        let tables = &mut *self.kinds.tables;
        let rule = Rule {
            name: name.clone(),
            place: tables.sources.cite(node.at),
            priority,
            condition: guard_node.as_ref().and_then(Node::as_text).map(str::to_owned),
            reads,
            goto: args.need("do").items().iter().rev().find(|step| step.head() == "Goto").and_then(goto_name),
            again_after,
            symbol: tables.symbols.intern(&name),
        };
        let number = self.kinds.out.rules.len() as u16;
        self.kinds.out.rules.push(rule);
        let (region, state) = state.map_or((ANY, ANY), |(region, state)| (region, state.unwrap_or(ANY)));
        self.kinds.add_handler(message, Handler { region, state, guard, body, rule: Some(number) });
    }

    /// What a rule's condition shows to be there, its steps may read: they stand inside an `If` of the same test.
    fn with_knowledge(&mut self, steps: &Node, guard: Option<&Node>) -> Node {
        let Some(guard) = guard else { return steps.clone() };
        let Some(expr) = self.kinds.tables.expression(guard) else { return steps.clone() };
        let mut shown = Vec::new();
        rehearsal_language::compile::shown_present(&expr, true, &mut shown);
        if shown.is_empty() {
            return steps.clone();
        }
        let entries = vec![("test".to_owned(), guard.at, guard.clone()), ("then".to_owned(), steps.at, steps.clone())];
        Node { at: steps.at, what: What::List(vec![Node { at: steps.at, what: What::Record("If".into(), entries) }]) }
    }

    /// What the mind sees, where any of its rules or features listens.
    fn sees(&mut self, plan: &mut PolicyPlan) {
        for (name, at, from, delay) in &self.interface.sees.clone() {
            let tables = &mut *self.kinds.tables;
            let Some(note) = tables.notes.find(name) else {
                let names: Vec<String> = tables.notes.names().map(str::to_owned).collect();
                tables.unknown(*at, "note", name, names.iter().map(String::as_str));
                continue;
            };
            let message = tables.seen_message(name);
            let place =
                Place { kind: self.kinds.kind, state: None, event: EventShape::None, purpose: Purpose::Value, path: "sees" };
            let Some((routine, ty)) = value_routine(self.kinds.program, tables, &place, from, 0, None) else { continue };
            let Type::Ref { kinds, .. } = ty else {
                tables.fault(from.at, "`from` is the actor that states it, such as profile or owner");
                continue;
            };
            let listens = |handlers: &[Handler]| handlers.iter().any(|handler| handler.rule.is_some());
            let heard = self.kinds.out.handlers.get(message as usize).is_some_and(|handlers| listens(handlers));
            let fed = self
                .kinds
                .out
                .remembers
                .iter()
                .any(|remembered| remembered.message == message && self.reads_feature(&remembered.name));
            for by in kinds.list() {
                if !self.kinds.tables.stated.contains(&(note, by)) && self.kinds.tables.final_pass {
                    let who = self.kinds.tables.kind_name(by);
                    self.kinds.tables.fault(*at, format!("a {who} never notes `{name}`, so no policy can see it"));
                }
                if !plan.listeners.iter().any(|(kind, _)| *kind == by) {
                    plan.listeners.push((by, routine));
                }
                if heard || fed {
                    plan.sees.push(Seen { policy: plan.kind, note, by, message, delay: *delay });
                }
            }
        }
    }

    /// Whether any rule of this policy reads a remembered feature.
    fn reads_feature(&self, name: &str) -> bool {
        self.kinds.out.rules.iter().any(|rule| rule.reads.iter().any(|(text, ..)| text == name))
    }
}

fn goto_name(step: &Node) -> Option<String> {
    match &step.what {
        What::Tuple(_, items) => items.first().and_then(Node::as_text).map(str::to_owned),
        What::Record(..) => step.get("state").and_then(Node::as_text).map(str::to_owned),
        _ => None,
    }
}

/// What a condition reads: each path of it, with a routine for its value.
fn reads(program: &mut Program, tables: &mut Tables, place: &Place<'_>, guard: &Node, env: u32) -> Vec<(String, Type, Routine)> {
    let Some(expr) = tables.expression(guard) else { return Vec::new() };
    let mut paths: Vec<Expr> = Vec::new();
    collect_paths(&expr, &mut paths);
    let mut found = Vec::new();
    for path in paths {
        let text = path.to_string();
        if found.iter().any(|(have, ..): &(String, Type, Routine)| *have == text) {
            continue;
        }
        let (faults, mut code) = (tables.faults.clone(), crate::code::Code::open(program, tables, place, 0));
        let value = code.tree(&path, guard.at, env);
        let simple =
            value.as_ref().filter(|value| value.at.base() != Base::Const && !matches!(value.ty, Type::Holder(_))).cloned();
        let at: Option<Operand> = value.map(|value| value.at);
        let routine = code.close(at);
        // A name that is no value by itself, such as a function's argument, is simply not read.
        tables.faults = faults;
        if let Some(value) = simple {
            found.push((text, value.ty, routine));
        }
    }
    found
}

fn collect_paths(expr: &Expr, paths: &mut Vec<Expr>) {
    match &expr.node {
        ast::Node::Name(_) | ast::Node::Member { .. } => paths.push(expr.clone()),
        ast::Node::Index { of, at } => {
            collect_paths(of, paths);
            collect_paths(at, paths);
        }
        ast::Node::Call { args, .. } => args.iter().for_each(|arg| collect_paths(arg, paths)),
        ast::Node::Method { of, args, .. } => {
            collect_paths(of, paths);
            args.iter().for_each(|arg| collect_paths(arg, paths));
        }
        ast::Node::Unary { of, .. } => collect_paths(of, paths),
        ast::Node::Binary { left, right, .. } => {
            collect_paths(left, paths);
            collect_paths(right, paths);
        }
        ast::Node::Conditional { test, then, otherwise } => {
            collect_paths(test, paths);
            collect_paths(then, paths);
            collect_paths(otherwise, paths);
        }
        ast::Node::List(items) => items.iter().for_each(|item| collect_paths(item, paths)),
        _ => {}
    }
}

/// Higher priority first; a state's own rules before those of every state; then the order of the file.
fn sort_rules(kind: &mut Kind) {
    let priorities: Vec<i32> = kind.rules.iter().map(|rule| rule.priority).collect();
    for handlers in &mut kind.handlers {
        let rank = |handler: &Handler| {
            let priority = handler.rule.map_or(0, |rule| priorities[rule as usize]);
            (std::cmp::Reverse(priority), handler.state == ANY)
        };
        handlers.sort_by_key(rank);
    }
}

impl Tables {
    /// The message by which a note reaches the minds that see it; it carries what the note carries.
    pub(crate) fn seen_message(&mut self, note: &str) -> u16 {
        let schema = self.notes.find(note).map(|id| self.notes.known[id as usize].clone()).unwrap_or_default();
        let fields: Vec<(&str, Type)> = schema.fields.iter().map(|field| (field.name.as_str(), field.ty.clone())).collect();
        let id = self.messages.declare(&format!("seen {note}"), &fields);
        self.messages.known[id as usize].name = note.to_owned();
        id
    }

    /// A fault where a scenario with policies lacks an interface page.
    pub(crate) fn needs_interface(&mut self, definitions: &Definitions) {
        if let (Some((_, at, _)), None) = (definitions.policies.first(), &definitions.interface) {
            let fault = Fault::new(*at, "there are policies, but no Interface(...) that says what they may see and do");
            self.faults.add(fault.help("write an interface.ron and list it under `use`"));
        }
    }
}
