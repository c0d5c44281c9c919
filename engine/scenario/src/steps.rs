//! Steps: what a state, handler, answer or rule does, one after another.

use crate::charts::NoState;
use crate::code::{ClaimName, Code, Purpose};
use crate::fault::{At, Fault};
use crate::tables::{Bound, Procedure, Taken};
use crate::tree::{Node, What};
use rehearsal_language::compile::{Compiler, Value, shown_present};
use rehearsal_language::program::{Base, Instr, Operand};
use rehearsal_language::scope::Scope;
use rehearsal_language::types::{HolderKind, Kinds, SPAN, Type};
use rehearsal_world::plan::{Effect, Mark, Put};
use std::collections::BTreeMap;

mod contact;
mod holders;
mod loops;
pub(crate) mod messages;
mod procedures;
mod rehearse;
mod tables;
pub(crate) mod together;

pub(crate) use contact::CHOICES_MAX;

/// Steps of the language; everything else is a procedure.
pub(crate) const STEPS: &[&str] = &[
    "Set", "Put", "Let", "If", "ForEach", "Repeat", "Do", "Goto", "Spawn", "End", "Delay", "Wait", "Move", "Tell", "Ask", "Note",
    "Contact", "Refuse", "Together", "LookUp", "Seize", "Release", "Join", "Admit", "Take", "Fill", "Reserve", "Cancel",
    "Rehearse",
];

/// Steps that act on the world, which policies leave to levers.
const WORLD_STEPS: &[&str] = &[
    "Set", "Put", "Spawn", "End", "Move", "Tell", "Ask", "Contact", "Seize", "Release", "Join", "Admit", "Take", "Fill",
    "Reserve", "Cancel",
];

/// Steps of a policy's own text that do nothing to the world: what a mind in shadow carries out.
const THINKING: &[&str] = &["Let", "If", "ForEach", "Repeat", "Do", "Goto", "Delay", "Wait", "LookUp", "Rehearse"];

impl Code<'_, '_> {
    /// Writes steps in order; names they introduce end with them.
    pub(crate) fn steps(&mut self, steps: &[Node], env: u32) {
        let (locals, mark, present) = (self.scope.locals.len(), self.emit.mark(), self.present.len());
        let claims = self.claim_names.len();
        self.open_steps(steps, env);
        self.scope.locals.truncate(locals);
        self.present.truncate(present);
        self.claim_names.truncate(claims);
        self.release(mark);
    }

    /// Writes steps in order; names they introduce stay.
    fn open_steps(&mut self, steps: &[Node], env: u32) {
        let mut left = false;
        for (at, step) in steps.iter().enumerate() {
            self.step(step, env);
            self.turn_back_if_left(step, env);
            if matches!(step.head(), "Goto" | "End") && at + 1 < steps.len() && !left {
                left = true;
                let at = steps[at + 1].at;
                self.tables().faults.add(
                    Fault::new(at, "this is never reached: the step before it leaves")
                        .help("remove it, or put it before the step that leaves"),
                );
            }
        }
    }

    fn step(&mut self, step: &Node, env: u32) {
        let head = step.head().to_owned();
        if self.scope.tables.levers.is_some() && self.written_in_policy(env) && WORLD_STEPS.contains(&head.as_str()) {
            let fault =
                Fault::new(step.at, format!("a policy does not {head} by itself: it acts through the levers of the interface"));
            return self.tables().faults.add(fault.help("call a lever, or write a procedure for this and list it there"));
        }
        let thinks = THINKING.contains(&head.as_str()) || !self.written_in_policy(env);
        if !self.may_stand_alone(step) {
            // What it would have named is not told to be unknown as well.
            let name = step.get("as").and_then(Node::as_word).map(str::to_owned);
            return self.tables().faulty.extend(name);
        }
        if self.scope.tables.kinds[self.scope.kind as usize].shadow && !thinks {
            return;
        }
        self.emit.at(step.at.source, rehearsal_language::span::Span { start: step.at.start, end: step.at.end });
        match head.as_str() {
            "Set" => self.set(step, env),
            "Put" => self.put(step, env),
            "Let" => self.let_name(step, env),
            "If" => self.branch(step, env),
            "ForEach" => self.for_each(step, env),
            "Repeat" => self.repeat(step, env),
            "Do" => self.splice(step, env),
            "Goto" => self.goto(step, env),
            "Spawn" => self.spawn(step, env),
            "End" => {
                if self.may_leave(step) {
                    self.effect(Effect::End);
                }
            }
            "Delay" => self.delay(step, env),
            "Wait" => self.wait(step, env),
            "Move" => self.moves(step, env),
            "Tell" => self.tell(step, env),
            "Ask" => self.ask(step, env),
            "Note" => self.note(step, env),
            "Contact" => self.contact(step, env),
            "Refuse" => self.refuse(step, env),
            "Together" => self.together(step, env),
            "LookUp" => self.look_up(step, env),
            "Seize" | "Join" => self.seize(step, env),
            "Admit" => self.admit(step, env),
            "Fill" => self.fill(step, env),
            "Release" => self.give_back(step, env),
            "Take" => self.take(step, env),
            "Reserve" => self.reserve(step, env),
            "Cancel" => self.cancel(step, env),
            "Rehearse" => self.rehearse(step, env),
            _ => self.procedure(step, &head, env),
        }
    }

    /// Whether steps stand in a policy's own text, rather than in a procedure it calls.
    fn written_in_policy(&self, env: u32) -> bool {
        let kind = &self.scope.tables.kinds[self.scope.kind as usize];
        kind.policy && env == kind.env
    }

    /// Appends an effect.
    pub(crate) fn effect(&mut self, effect: Effect) -> u32 {
        if self.scope.tables.alone.is_some() {
            return self.hand_on(&effect);
        }
        let effects = &mut self.scope.tables.effects;
        effects.push(effect);
        let id = (effects.len() - 1) as u32;
        self.emit.push(Instr::Effect { id });
        id
    }

    /// Whether a step that waits may stand here; says so where it may not.
    fn may_wait(&mut self, step: &Node) -> bool {
        let message = match self.purpose {
            Purpose::Work => return true,
            Purpose::Edge => "entry and exit cannot wait",
            Purpose::Answer => "an answer cannot wait: it gives its value at once",
            Purpose::Value => "a value cannot wait",
        };
        let fault = Fault::new(step.at, format!("{}(...) waits, and {message}", step.head()));
        self.tables().faults.add(fault.help("move it to the state's process, or to a handler"));
        false
    }

    fn set(&mut self, step: &Node, env: u32) {
        for (name, at, value) in step.entries() {
            self.set_one(&name, at, &value, env);
        }
        if step.entries().is_empty() {
            self.tables().fault(step.at, "Set(...) takes fields and their new values, as in Set(worn: 0)");
        }
    }

    fn set_one(&mut self, name: &str, at: At, value: &Node, env: u32) {
        let kind = self.scope.kind;
        let field = self.tables().kinds[kind as usize].field(name).cloned();
        match field {
            Some(field) if field.fixed || field.part.is_some() => {
                let fault = Fault::new(at, format!("`{name}` is a trait: it is fixed at birth and cannot be set"));
                self.tables().faults.add(fault.help("make it a field if it has to change"));
            }
            Some(field) => {
                self.value_into(value, env, &field.ty, Operand::new(Base::Row, field.slot));
            }
            None => {
                let names: Vec<String> =
                    self.tables().kinds[kind as usize].fields.iter().map(|field| field.name.clone()).collect();
                let kind_name = self.tables().kind_name(kind);
                self.tables().unknown(at, &format!("field of {kind_name}"), name, names.iter().map(String::as_str));
            }
        }
    }

    /// One value of a table by name.
    fn put(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!into", "!at", "!value"]) else { return };
        let mark = self.emit.mark();
        let Some(table) = self.value(&args.need("into"), env, None) else { return };
        let Type::Each(names, inner) = table.ty.clone() else {
            return self
                .tables()
                .fault(args.need("into").at, "Put(...) goes into a table by name, made with Each(of: [...], value: ...)");
        };
        if table.at.base() != Base::Row {
            return self.tables().fault(args.need("into").at, "only the actor's own fields can be set");
        }
        let Some(value) = self.value(&args.need("value"), env, Some(&inner)) else { return };
        let key = args.need("at");
        let Some(expr) = self.tables().expression(&key) else { return };
        let standing = self.scope.tables.stand(env, key.at.source);
        let before = self.scope.switch(standing);
        let mut compiler = Compiler { emit: &mut self.emit, scope: &mut self.scope, present: Vec::new() };
        let done = compiler.put(&names, table.at, &expr, &value);
        if let Err(found) = done {
            self.report(found);
        }
        self.scope.switch(before);
        self.release(mark);
    }

    fn let_name(&mut self, step: &Node, env: u32) {
        for (name, at, value) in step.entries() {
            let Some(value) = self.value(&value, env, None) else {
                self.tables().faulty.insert(name);
                continue;
            };
            let d = self.emit.alloc(value.ty.width());
            self.emit.copy(d, value.at, value.ty.width());
            self.local(&name, value.ty, d, env, at);
        }
    }

    fn branch(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!test", "!then", "else"]) else { return };
        let mark = self.emit.mark();
        let test = args.need("test");
        let Some(condition) = self.value(&test, env, Some(&Type::Bool)) else {
            self.tables().incomplete = true;
            // What the branches state and tell is known all the same; what is wrong in them may follow from the test.
            let before = (self.tables().faults.clone(), self.tables().faulty.clone());
            self.steps(&args.need("then").items(), env);
            self.steps(&args.get("else").map(Node::items).unwrap_or_default(), env);
            (self.tables().faults, self.tables().faulty) = before;
            return;
        };
        self.release(mark);
        let to_else = self.emit.jump(Instr::Jz { a: condition.at, t: 0 });
        let known = self.present.len();
        let expr = self.tables().expression(&test);
        let mut shown = Vec::new();
        if let Some(expr) = &expr {
            shown_present(expr, true, &mut shown);
        }
        self.present.extend(shown);
        // Where the loader itself has put steps into an If they stand at its place.
        if args.need("then").at != step.at {
            self.mark(&args.need("then"), env, "then");
        }
        self.steps(&args.need("then").items(), env);
        self.present.truncate(known);
        let otherwise = args.get("else").map(Node::items).unwrap_or_default();
        let to_end = self.emit.jump(Instr::Jmp { t: 0 });
        self.emit.land(to_else);
        let mut shown = Vec::new();
        if let Some(expr) = &expr {
            shown_present(expr, false, &mut shown);
        }
        self.present.extend(shown.iter().cloned());
        if let Some(written) = args.get("else") {
            self.mark(written, env, "else");
        }
        self.steps(&otherwise, env);
        self.present.truncate(known);
        self.emit.land(to_end);
        // What the test showed to be there stays so behind a branch that leaves.
        if self.leaves(&args.need("then").items(), env) {
            self.present.extend(shown);
        }
    }

    /// Counts a branch of a policy's own steps in a word of the row, where branches are counted.
    fn mark(&mut self, branch: &Node, env: u32, name: &'static str) {
        if !self.scope.tables.marked || !self.written_in_policy(env) {
            return;
        }
        let kind = self.scope.kind;
        let slot = self.tables().kinds[kind as usize].slots(1);
        let place = self.tables().sources.cite(branch.at);
        self.tables().recorded.marks.push((kind, Mark { slot, place, branch: name }));
        let (count, one) = (Operand::new(Base::Row, slot), self.emit.constants(&[1]));
        self.emit.push(Instr::AddI { d: count, a: count, b: one });
    }

    /// Whether steps always leave: the last goes elsewhere or ends.
    pub(crate) fn leaves(&mut self, steps: &[Node], env: u32) -> bool {
        let Some(last) = steps.last() else { return false };
        match last.head() {
            "Goto" | "End" | "Refuse" => true,
            "If" => {
                let Some(args) = self.tables().arguments(last, &["!test", "!then", "else"]) else { return true };
                let (then, otherwise) = (args.need("then").items(), args.get("else").map(Node::items).unwrap_or_default());
                self.leaves(&then, env) && self.leaves(&otherwise, env)
            }
            "Do" => match self.spliced(last, env) {
                Some((steps, inner)) => self.leaves(&steps, inner),
                None => true,
            },
            name => match self.tables().procedures.get(name).cloned() {
                Some(procedure) => {
                    let inner = self.given_steps(&procedure, last, env);
                    self.leaves(&procedure.body, inner)
                }
                None => false,
            },
        }
    }

    /// An environment that has the steps which a procedure is given where it is called.
    fn given_steps(&mut self, procedure: &Procedure, call: &Node, env: u32) -> u32 {
        let taken = procedure.params.iter().enumerate().filter(|(_, (_, taken))| *taken == Taken::Steps);
        let mut bound = BTreeMap::new();
        for (place, (name, _)) in taken {
            let by_place = if let What::Tuple(_, items) = &call.what { items.get(place) } else { None };
            let Some(steps) = call.get(name).or(by_place) else { continue };
            let given = match steps.as_word().and_then(|word| self.tables().bound(env, word).cloned()) {
                Some(given @ Bound::Steps(..)) => given,
                _ => Bound::Steps(steps.items(), env),
            };
            bound.insert(name.clone(), given);
        }
        self.tables().environment(None, bound)
    }

    /// The steps behind `Do(name)`.
    fn spliced(&mut self, step: &Node, env: u32) -> Option<(Vec<Node>, u32)> {
        let args = self.tables().arguments(step, &["!steps"])?;
        let steps = args.need("steps");
        match &steps.what {
            What::Word(word) => match self.tables().bound(env, word).cloned() {
                Some(Bound::Steps(steps, inner)) => Some((steps, inner)),
                _ => {
                    let fault = Fault::new(steps.at, format!("`{word}` is not a parameter that takes steps"));
                    self.tables().faults.add(
                        fault.help("Do(x) splices in the steps that a procedure was given as `x`; call a procedure by its name"),
                    );
                    None
                }
            },
            _ => Some((steps.items(), env)),
        }
    }

    fn splice(&mut self, step: &Node, env: u32) {
        if let Some((steps, inner)) = self.spliced(step, env) {
            self.steps(&steps, inner);
        }
    }

    fn goto(&mut self, step: &Node, env: u32) {
        if !self.may_leave(step) {
            return;
        }
        let Some(args) = self.tables().arguments(step, &["!state", "with", "resume"]) else { return };
        let resume = self.tables().plain_bool(args.get("resume"), "`resume`");
        let node = args.need("state");
        let (node, _) = self.tables().resolve(&node, env);
        let Some(name) = self.tables().name_of(&node, "a state") else { return };
        let Some((region, state)) = self.find_state(&name, node.at) else { return };
        let (kind, from, path) = (self.scope.kind, self.scope.state, self.scope.path.clone());
        self.scope.tables.recorded.gotos.insert((kind, from, (region, state), path));
        let info = self.scope.tables.kinds[self.scope.kind as usize].regions[region as usize].states[state as usize].clone();
        let given = args.get("with").map(Node::entries).unwrap_or_default();
        let mut with = Vec::new();
        let mut kept = Vec::new();
        for (name, at, value) in &given {
            let Some((_, ty, slot)) = info.takes.iter().find(|(have, _, _)| have == name) else {
                let names: Vec<&str> = info.takes.iter().map(|(name, _, _)| name.as_str()).collect();
                self.tables().unknown(*at, &format!("value that state `{}` takes called", info.name), name, names);
                continue;
            };
            let words = ty.width();
            let d = self.emit.alloc(words);
            if let Some(claim) = value.as_word().and_then(|word| self.claim(word, env)) {
                kept.push(claim);
            }
            self.value_into(value, env, ty, d);
            with.push(Put { from: d, words, to: *slot });
        }
        for (name, ..) in info.takes.iter().filter(|(name, ..)| !given.iter().any(|(have, ..)| have == name)) {
            self.tables().fault(step.at, format!("state `{}` takes `{name}`: give it by with: ({name}: ...)", info.name));
        }
        self.effect(Effect::Goto { region, state, resume, with, kept });
    }

    /// The region and state that a name means here.
    fn find_state(&mut self, name: &str, at: At) -> Option<(u16, u16)> {
        let own = self.scope.state.map(|(region, _)| region);
        let kind = self.scope.kind as usize;
        let path: Vec<&str> = name.split('.').collect();
        let table = &self.scope.tables.kinds[kind];
        match table.state_from(own, &path) {
            Ok(found) => Some(found),
            Err(NoState::Beside(region)) => {
                let fault =
                    Fault::new(at, format!("state `{name}` is of region `{region}`: a region changes its own state only"));
                self.tables()
                    .faults
                    .add(fault.help("send a message that the other region hears, as in Tell(to: self, message: ...)"));
                None
            }
            Err(NoState::Several(names)) => {
                let fault = Fault::new(at, format!("`{name}` may be several states"));
                self.tables().faults.add(fault.help(format!("say which, as in Goto(\"{}\")", names.join("\") or Goto(\""))));
                None
            }
            Err(NoState::Unknown) => {
                let outermost = |region: u16| table.around(region).last().map_or(region, |(outer, _)| outer);
                let names: Vec<String> = (0..table.regions.len() as u16)
                    .filter(|region| own.is_none_or(|own| outermost(own) == outermost(*region)))
                    .flat_map(|region| table.regions[region as usize].states.iter().map(|state| state.name.clone()))
                    .collect();
                self.tables().unknown(at, "state", name, names.iter().map(String::as_str));
                None
            }
        }
    }

    /// The words that hold the claim of a name.
    pub(crate) fn claim(&mut self, name: &str, env: u32) -> Option<Operand> {
        let tables = &*self.scope.tables;
        if let Some(claim) = self.claim_names.iter().rev().find(|claim| claim.name == name && tables.inside(env, claim.env)) {
            return Some(claim.at);
        }
        let kind = &tables.kinds[self.scope.kind as usize];
        kind.taken(self.scope.state?, name).map(|(_, _, slot)| Operand::new(Base::Row, *slot))
    }

    pub(crate) fn name_claim(&mut self, name: &str, at: Operand, env: u32) {
        self.claim_names.push(ClaimName { name: name.to_owned(), at, env });
    }

    fn spawn(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!kind", "with", "as"]) else { return };
        let (node, _) = self.tables().resolve(&args.need("kind"), env);
        let Some(name) = self.tables().name_of(&node, "a kind") else { return };
        let Some(kind) = self.tables().kind_ids.get(&name).copied() else {
            let names: Vec<String> = self.tables().kind_ids.keys().cloned().collect();
            return self.tables().unknown(args.need("kind").at, "kind", &name, names.iter().map(String::as_str));
        };
        let mut with = Vec::new();
        for (name, at, value) in args.get("with").map(Node::entries).unwrap_or_default() {
            let Some(field) = self.tables().kinds[kind as usize].field(&name).cloned() else {
                let names: Vec<String> =
                    self.tables().kinds[kind as usize].fields.iter().map(|field| field.name.clone()).collect();
                let what = format!("trait or field of {}", self.tables().kind_name(kind));
                self.tables().unknown(at, &what, &name, names.iter().map(String::as_str));
                continue;
            };
            let d = self.emit.alloc(field.ty.width());
            self.value_into(&value, env, &field.ty, d);
            with.push(Put { from: d, words: field.ty.width(), to: field.slot });
        }
        let by = self.scope.kind;
        self.scope.tables.recorded.spawns.insert((by, kind));
        let site = self.scope.site("spawn");
        let into = args.get("as").and_then(Node::as_word).map(str::to_owned).map(|name| {
            let d = self.emit.alloc(1);
            self.local(&name, Type::Ref { kinds: Kinds::One(kind), inside: true }, d, env, step.at);
            d
        });
        self.effect(Effect::Spawn { kind, with, into, site });
    }

    fn delay(&mut self, step: &Node, env: u32) {
        if !self.may_wait(step) {
            return;
        }
        let Some(args) = self.tables().arguments(step, &["!span"]) else { return };
        let mark = self.emit.mark();
        let node = args.need("span");
        if let Some(span) = self.value(&node, env, Some(&SPAN)) {
            self.not_negative(span.at, node.at, "a delay");
            self.effect(Effect::Delay { span: span.at });
        }
        self.release(mark);
    }

    /// A fault where a constant span lies below zero.
    pub(crate) fn not_negative(&mut self, at: Operand, place: At, what: &str) {
        let below = self.emit.constant(at).is_some_and(|word| f64::from_bits(word) < 0.0);
        if below {
            self.tables().fault(place, format!("{what} cannot be negative: time does not run backwards"));
        }
    }

    /// A fault where it is certain that a number of units is less than `least`.
    pub(crate) fn at_least(&mut self, least: i64, units: Operand, place: At) {
        if let Some(found) = self.emit.constant(units).map(|word| word as i64).filter(|found| *found < least) {
            self.tables().fault(place, format!("{found} units: it is a whole number from {least} up"));
        }
    }

    fn moves(&mut self, step: &Node, env: u32) {
        if !self.may_wait(step) {
            return;
        }
        let Some(args) = self.tables().arguments(step, &["!who", "!to"]) else { return };
        let mark = self.emit.mark();
        let node = args.need("who");
        let Some(who) = self.value(&node, env, None) else { return };
        let Type::Ref { kinds, inside } = &who.ty else {
            let text = self.describe(&who.ty);
            return self.tables().fault(node.at, format!("who moves is an actor, found {text}"));
        };
        let (kinds, inside) = (kinds.list(), *inside);
        if let Some(kind) = kinds.iter().find(|kind| !self.scope.tables.kinds[**kind as usize].moves) {
            let name = self.tables().kind_name(*kind);
            let fault = Fault::new(node.at, format!("a {name} cannot move"))
                .help("give its kind a mixin with `moves: true`, such as vehicle");
            return self.tables().faults.add(fault);
        }
        if !inside {
            let fault = Fault::new(node.at, "only actors of the own household can be moved");
            return self.tables().faults.add(fault.help("a part, a whole, what was spawned or seized here"));
        }
        if let Some(to) = self.value(&args.need("to"), env, Some(&Type::Place)) {
            self.effect(Effect::Move { who: who.at, to: to.at });
        }
        self.release(mark);
    }

    pub(crate) fn describe(&mut self, ty: &Type) -> String {
        ty.describe(&|kind| self.scope.tables.kind_name(kind))
    }

    /// A holder of an actor, as a value.
    pub(crate) fn holder(&mut self, node: &Node, env: u32, wanted: &[HolderKind]) -> Option<(Value, HolderKind)> {
        let value = self.value(node, env, None)?;
        match &value.ty {
            Type::Holder(kind) if wanted.contains(kind) => {
                let kind = *kind;
                Some((value, kind))
            }
            ty => {
                // What is held has its own steps by its sort.
                let remedy = match ty {
                    Type::Holder(HolderKind::Resource | HolderKind::Pool) => Some("Seize(resource: ...) asks for it"),
                    Type::Holder(HolderKind::Stock) => Some("Take(stock: ...) uses goods up, Fill(stock: ...) brings some"),
                    Type::Holder(HolderKind::Line) => Some("Join(line: ...) stands in it, Admit(line: ...) lets others in"),
                    Type::Holder(HolderKind::Agenda) => Some("Reserve(agenda: ..., slot: ...) books it"),
                    _ => None,
                };
                let (found, ty) = (ty.clone(), wanted.iter().map(|kind| Type::Holder(*kind)).collect::<Vec<_>>());
                let wanted: Vec<String> = ty.iter().map(|ty| self.describe(ty)).collect();
                let found = self.describe(&found);
                let fault = Fault::new(node.at, format!("expected {}, found {found}", wanted.join(" or ")));
                self.tables().faults.add(fault.maybe_help(remedy.map(str::to_owned)));
                None
            }
        }
    }
}
