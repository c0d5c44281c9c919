//! Steps that speak: Tell, Ask, Note, Refuse, and waiting for an answer or a message. Contact is in `contact.rs`.

use super::Code;
use crate::fault::{At, Fault};
use crate::scope::{EventShape, Record};
use crate::tree::{Entry, Node, What};
use rehearsal_language::compile::Value;
use rehearsal_language::program::{Base, Instr, Operand};
use rehearsal_language::types::{Kinds, SPAN, Type};
use rehearsal_world::plan::{Effect, Put, Schema};

impl Code<'_, '_> {
    pub(super) fn tell(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!to", "!message", "with", "after"]) else { return };
        let mark = self.emit.mark();
        let node = args.need("message");
        let (node, _) = self.tables().resolve(&node, env);
        let Some(message) = self.tables().name_of(&node, "a message") else { return };
        let id = self.tables().messages.id(&message);
        self.tables().tells(id, node.at);
        if let Some(crowd) = self.crowd(&args.need("to"), env) {
            self.scope.tables.recorded.tell(self.scope.kind, id, crowd.kinds.list(), step.at);
            let delay = args.get("after").cloned().and_then(|after| self.value(&after, env, Some(&SPAN))).map(|value| value.at);
            let with = self.payload(args.get("with"), env, Carrier::Message(id));
            self.for_each_of(&crowd, |code, to| {
                code.effect(Effect::Tell { to, many: false, message: id, with, delay });
            });
            return self.release(mark);
        }
        let Some(to) = self.value(&args.need("to"), env, None) else { return };
        let many = match &to.ty {
            Type::Ref { .. } => false,
            Type::List(inner, _) if matches!(**inner, Type::Ref { .. }) => true,
            ty => {
                let (at, text) = (args.need("to").at, ty.clone());
                let text = self.describe(&text);
                return self.tables().fault(at, format!("only actors can be told something, not {text}"));
            }
        };
        self.scope.tables.recorded.tell(self.scope.kind, id, told(&to.ty), step.at);
        let delay = match args.get("after") {
            Some(after) => self.value(&after.clone(), env, Some(&SPAN)).map(|value| value.at),
            None => None,
        };
        let with = self.payload(args.get("with"), env, Carrier::Message(id));
        self.effect(Effect::Tell { to: to.at, many, message: id, with, delay });
        self.release(mark);
    }

    /// Compiles what a message, note or text carries, and remembers its shape.
    pub(super) fn payload(&mut self, with: Option<&Node>, env: u32, carrier: Carrier) -> Vec<Put> {
        let entries = with.map(Node::entries).unwrap_or_default();
        if let Some(with) = with
            && entries.is_empty()
            && !matches!(&with.what, What::Tuple(_, items) if items.is_empty())
        {
            let fault = Fault::new(with.at, format!("`with` takes named values, found {}", with.describe()));
            self.tables().faults.add(fault.help("as in with: (slot: slot, loaner: true)"));
        }
        let values = self.carried(&entries, env, carrier);
        self.sent(values, carrier)
    }

    /// Remembers the shape of what is sent, and puts it in its place.
    fn sent(&mut self, values: Vec<(String, At, Value)>, carrier: Carrier) -> Vec<Put> {
        let shape: Vec<(String, Type)> = values.iter().map(|(name, _, value)| (name.clone(), outside(&value.ty))).collect();
        let tables = &mut *self.scope.tables;
        let (sent, schema) = match carrier {
            Carrier::Message(id) => (tables.messages.sent(id, &shape), tables.messages.known[id as usize].clone()),
            Carrier::Note(id) => (tables.notes.sent(id, &shape), tables.notes.known[id as usize].clone()),
            Carrier::Text(id) => (tables.texts.sent(id, &shape), tables.texts.known[id as usize].clone()),
        };
        if let Err(field) = sent {
            let at = values.iter().find(|(name, ..)| *name == field).map_or(values[0].1, |(_, at, _)| *at);
            tables.fault(at, format!("`{}` carries a `{field}` of another type elsewhere: one name has one type", schema.name));
        }
        self.placed(&schema, values)
    }

    /// States a fact about a lever, and why.
    pub(super) fn lever_fact(&mut self, fact: &str, lever: &str, reason: Operand, at: At) {
        let note = self.tables().notes.id(fact);
        let kind = self.scope.kind;
        self.tables().stated.insert((note, kind));
        let with = self.of_a_lever(lever, reason, at, Carrier::Note(note));
        self.effect(Effect::Note { note, with });
    }

    /// Tells somebody about a lever, and why.
    pub(super) fn lever_message(&mut self, fact: &str, to: Operand, lever: &str, reason: Operand, at: At) {
        let message = self.tables().messages.id(fact);
        let with = self.of_a_lever(lever, reason, at, Carrier::Message(message));
        self.effect(Effect::Tell { to, many: false, message, with, delay: None });
    }

    fn of_a_lever(&mut self, lever: &str, reason: Operand, at: At, carrier: Carrier) -> Vec<Put> {
        let symbol = self.tables().symbols.intern(lever);
        let word = self.emit.constants(&[u64::from(symbol.0)]);
        let lever = Value { ty: Type::Name(Some([symbol].into())), at: word };
        let reason = Value { ty: Type::Name(None), at: reason };
        self.sent(vec![("lever".into(), at, lever), ("reason".into(), at, reason)], carrier)
    }

    /// The values that a message or note carries, of the types that a native kind declares for them.
    fn carried(&mut self, entries: &[Entry], env: u32, carrier: Carrier) -> Vec<(String, At, Value)> {
        let declared = match carrier {
            Carrier::Message(id) => Some((false, self.scope.tables.messages.known[id as usize].clone())),
            Carrier::Note(id) => Some((true, self.scope.tables.notes.known[id as usize].clone())),
            Carrier::Text(_) => None,
        };
        let mut values = Vec::new();
        for (name, at, node) in entries {
            let want = declared.as_ref().and_then(|(note, schema)| self.declared_type(*note, schema, name));
            match self.value(node, env, want.as_ref()) {
                Some(value) => values.push((name.clone(), *at, self.of_type(value, want))),
                None => {
                    self.tables().faulty.insert(name.clone());
                }
            }
        }
        values
    }

    /// A value as one of the type that is wanted, which it fits.
    fn of_type(&mut self, value: Value, want: Option<Type>) -> Value {
        let Some(ty) = want else { return value };
        if value.ty.width() == ty.width() {
            return Value { ty, at: value.at };
        }
        let at = self.emit.alloc(ty.width());
        self.store(&value, &ty, at);
        Value { ty, at }
    }

    fn placed(&mut self, schema: &Schema, values: Vec<(String, At, Value)>) -> Vec<Put> {
        let mut puts = Vec::new();
        for (name, _, value) in values {
            // A field that is not known yet will be, in the next pass over the scenario.
            let Some(field) = schema.fields.iter().find(|field| field.name == name) else { continue };
            let (words, offset) = (field.ty.width(), field.offset);
            let value = match (&value.ty, &field.ty) {
                (Type::Int, ty) if *ty != Type::Int => {
                    // A whole number where others send a real one.
                    let d = self.emit.alloc(1);
                    self.emit.push(Instr::ToF { d, a: value.at });
                    d
                }
                _ => value.at,
            };
            puts.push(Put { from: value, words: words.min(field.ty.width()), to: offset });
        }
        puts
    }

    pub(super) fn note(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!name", "with"]) else { return };
        let mark = self.emit.mark();
        let node = args.need("name");
        let (node, _) = self.tables().resolve(&node, env);
        let Some(name) = self.tables().name_of(&node, "a note") else { return };
        let id = self.tables().notes.id(&name);
        let kind = self.scope.kind;
        self.tables().stated.insert((id, kind));
        let with = self.payload(args.get("with"), env, Carrier::Note(id));
        self.effect(Effect::Note { note: id, with });
        self.release(mark);
    }

    pub(super) fn ask(&mut self, step: &Node, env: u32) {
        if self.asked(step, env).is_none()
            && let Some(name) = step.get("as").and_then(Node::as_word)
        {
            self.tables().faulty.insert(name.to_owned());
        }
    }

    /// Compiles a question; `None` where the name of its answer stays unknown.
    fn asked(&mut self, step: &Node, env: u32) -> Option<()> {
        if !self.may_wait(step) {
            return None;
        }
        let args = self.tables().arguments(step, &["!of", "!call", "with", "as", "within", "!else"])?;
        let node = args.need("call");
        let (node, _) = self.tables().resolve(&node, env);
        let name = self.tables().name_of(&node, "a question")?;
        let of = self.value(&args.need("of"), env, None)?;
        let Type::Ref { kinds, .. } = &of.ty else {
            let text = self.describe(&of.ty.clone());
            self.tables().fault(args.need("of").at, format!("only an actor can be asked, not {text}"));
            return None;
        };
        if !self.answers(kinds, &name, node.at) {
            return None;
        }
        let question = self.tables().questions.id(&name);
        self.scope.tables.recorded.ask(self.scope.kind, question, kinds.list(), step.at);
        let schema = self.tables().questions.known[question as usize].clone();
        let given = args.get("with").map(Node::entries).unwrap_or_default();
        for field in schema.fields.iter().filter(|field| !given.iter().any(|(name, ..)| *name == field.name)) {
            self.tables().fault(step.at, format!("`{name}` takes `{}`: give it by with: ({}: ...)", field.name, field.name));
        }
        let with = self.question(&schema, &given, env);
        let within = match args.get("within") {
            Some(within) => self.value(&within.clone(), env, Some(&SPAN)).map(|value| value.at),
            None => None,
        };
        let answer = self.tables().answer_types.get(&question).cloned();
        let into = match (args.get("as").and_then(Node::as_word).map(str::to_owned), answer) {
            (Some(name), Some(ty)) => {
                let d = self.fresh(ty.width());
                Some((name, ty, d))
            }
            // No name is asked for, or the answer's type is not known before the next pass.
            _ => None,
        };
        let words = schema.words;
        let id = self.effect(Effect::Ask {
            of: of.at,
            question,
            with,
            words,
            within,
            into: into.as_ref().map(|(_, ty, d)| (*d, ty.width())),
            otherwise: 0,
        });
        self.scope.event = EventShape::None;
        self.otherwise(id, &args.need("else"), env, step);
        let (name, ty, d) = into?;
        self.local(&name, ty, d, env, step.at);
        Some(())
    }

    fn question(&mut self, schema: &Schema, given: &[crate::tree::Entry], env: u32) -> Vec<Put> {
        let mut puts = Vec::new();
        for (name, at, node) in given {
            let Some(field) = schema.fields.iter().find(|field| field.name == *name) else {
                let names: Vec<String> = schema.fields.iter().map(|field| field.name.clone()).collect();
                let what = format!("value that `{}` takes called", schema.name);
                self.tables().unknown(*at, &what, name, names.iter().map(String::as_str));
                continue;
            };
            let d = self.emit.alloc(field.ty.width());
            self.value_into(node, env, &field.ty, d);
            puts.push(Put { from: d, words: field.ty.width(), to: field.offset });
        }
        puts
    }

    /// Whether actors of these kinds answer a question; says so where none does.
    fn answers(&mut self, kinds: &Kinds, name: &str, at: At) -> bool {
        let list = kinds.list();
        let known: Vec<String> = list
            .iter()
            .flat_map(|kind| self.scope.tables.kinds[*kind as usize].answers.iter().map(|(name, ..)| name.clone()))
            .collect();
        if known.iter().any(|have| have == name) {
            return true;
        }
        let who: Vec<String> = list.iter().map(|kind| self.scope.tables.kind_name(*kind)).collect();
        self.tables().unknown(at, &format!("answer of {} called", who.join(" or ")), name, known.iter().map(String::as_str));
        false
    }

    /// Writes the way of a request that failed, and aims the effect at it. It has to leave.
    pub(super) fn otherwise(&mut self, effect: u32, steps: &Node, env: u32, step: &Node) {
        let over = self.emit.jump(Instr::Jmp { t: 0 });
        let here = self.emit.here();
        match &mut self.scope.tables.effects[effect as usize] {
            Effect::Ask { otherwise, .. } | Effect::Seize { otherwise, .. } | Effect::WaitFor { otherwise, .. } => {
                *otherwise = here
            }
            other => unreachable!("{other:?} has no other way"),
        }
        let list = steps.items();
        if !self.leaves(&list, env) {
            let fault =
                Fault::new(steps.at, format!("`else` of {}(...) has to leave: what was asked for is not there", step.head()));
            self.tables().faults.add(fault.help("end it with Goto(...), End or, in a policy, Refuse(...)"));
        }
        self.steps(&list, env);
        self.emit.push(Instr::End);
        self.emit.land(over);
    }

    pub(super) fn wait(&mut self, step: &Node, env: u32) {
        if !self.may_wait(step) {
            return;
        }
        let Some(args) = self.tables().arguments(step, &["for", "until", "as", "within", "else"]) else { return };
        match (args.get("for").cloned(), args.get("until").cloned()) {
            (Some(message), None) => {
                let Some(name) = self.tables().name_of(&message, "a message") else { return };
                let id = self.tables().messages.id(&name);
                self.tables().heard.entry(id).or_insert(message.at);
                let words = self.tables().messages.known[id as usize].words;
                // One inbox a message: what comes early is there for whichever wait asks next.
                let inbox = match self.inboxes.iter().find(|(have, ..)| *have == id) {
                    Some((_, index, _)) => Operand::new(Base::Frame, *index),
                    None => {
                        let inbox = self.fresh(1 + words);
                        self.inboxes.push((id, inbox.index(), words));
                        inbox
                    }
                };
                let values = self.fresh(words);
                let within = match args.get("within") {
                    Some(within) => self.value(&within.clone(), env, Some(&SPAN)).map(|value| value.at),
                    None => None,
                };
                let effect = self.effect(Effect::WaitFor { message: id, inbox, words, within, otherwise: 0 });
                self.emit.copy(values, inbox.offset(1), words);
                self.scope.event = EventShape::None;
                if within.is_some() || args.get("else").is_some() {
                    let otherwise = args.get("else").cloned().unwrap_or(Node { at: step.at, what: What::List(Vec::new()) });
                    self.otherwise(effect, &otherwise, env, step);
                }
                let alias = args.get("as").and_then(Node::as_word).map_or(name, str::to_owned);
                let schema = self.tables().messages.known[id as usize].clone();
                self.scope.records.push(Record { name: alias, schema, at: values, env });
            }
            (None, Some(until)) => {
                let mark = self.emit.mark();
                if let Some(time) = self.value(&until, env, Some(&Type::Time)) {
                    self.effect(Effect::Until { time: time.at });
                    self.scope.event = EventShape::None;
                }
                self.release(mark);
            }
            _ => self.tables().fault(step.at, "Wait(...) takes either `for`, a message, or `until`, a moment"),
        }
    }

    pub(super) fn refuse(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!reason"]) else { return };
        if let Some(reason) = self.value(&args.need("reason"), env, Some(&Type::Name(None))) {
            if self.refused_here(reason.at) {
                return;
            }
            self.effect(Effect::Refuse { reason: reason.at });
            self.emit.push(Instr::End);
        }
    }
}

/// The kinds of those who are told something.
fn told(to: &Type) -> Vec<u16> {
    match to {
        Type::Ref { kinds, .. } => kinds.list(),
        Type::List(inner, _) => told(inner),
        _ => Vec::new(),
    }
}

/// What carries a payload.
#[derive(Clone, Copy)]
pub(super) enum Carrier {
    Message(u16),
    Note(u16),
    Text(u16),
}

/// A type as the receiver sees it: an actor is not of its household.
pub(crate) fn outside(ty: &Type) -> Type {
    match ty {
        Type::Ref { kinds, .. } => Type::Ref { kinds: kinds.clone(), inside: false },
        Type::Maybe(inner) => Type::Maybe(Box::new(outside(inner))),
        other => other.clone(),
    }
}
