//! Steps that are done again: ForEach and Repeat.

use super::Code;
use crate::fault::Fault;
use crate::scope::EventShape;
use crate::tree::{Node, What};
use rehearsal_language::compile::{Compiler, Items, Value};
use rehearsal_language::data::Data;
use rehearsal_language::emit::Jump;
use rehearsal_language::program::{Instr, Operand};
use rehearsal_language::scope::{Crowd, Scope};
use rehearsal_language::types::Type;
use rehearsal_world::plan::Effect;
use std::sync::Arc;

/// What a loop goes through.
pub(super) enum Through {
    List(Value),
    Crowd(Crowd),
    Rows(Arc<Data>),
}

impl Through {
    fn items(&self) -> Items<'_> {
        match self {
            Through::List(list) => Items::List(list),
            Through::Crowd(crowd) => Items::Crowd(crowd),
            Through::Rows(data) => Items::Rows(data),
        }
    }
}

/// A loop that is being written: where it begins, and how it ends.
struct Loop {
    top: u32,
    out: Jump,
    index: Operand,
    /// Claims that were named before it.
    claims: usize,
}

impl Code<'_, '_> {
    /// The crowd that a bare word names.
    pub(super) fn crowd(&mut self, node: &Node, env: u32) -> Option<Crowd> {
        let (node, env) = self.tables().resolve(node, env);
        let word = node.as_word()?.to_owned();
        let standing = self.scope.tables.stand(env, node.at.source);
        let before = self.scope.switch(standing);
        let crowd = self.scope.crowd(&word);
        self.scope.switch(before);
        crowd
    }

    pub(super) fn for_each(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!of", "!as", "!do"]) else { return };
        let (of, name) = (args.need("of"), args.need("as"));
        let mark = self.emit.mark();
        let through = 'through: {
            match self.crowd(&of, env) {
                Some(crowd) => Through::Crowd(crowd),
                None => {
                    let Some(list) = self.value(&of, env, None) else { return };
                    if let Type::Data(data) = &list.ty
                        && !data.columns().is_empty()
                    {
                        break 'through Through::Rows(data.clone());
                    }
                    if !matches!(list.ty, Type::List(..)) {
                        let text = self.describe(&list.ty);
                        let fault = Fault::new(of.at, format!("ForEach(...) goes through a list or a group, not {text}"));
                        let help = "a field such as List(of: Int, at_most: 5), a group, a relation, or rows of data; \
                                    Repeat(times: ...) does steps so often";
                        self.tables().faults.add(fault.help(help));
                        return self.nevertheless(&name, &args.need("do"), env);
                    }
                    // A copy: what the steps change does not change what they go through.
                    let at = self.emit.alloc(list.ty.width());
                    self.emit.copy(at, list.at, list.ty.width());
                    Through::List(Value { ty: list.ty, at })
                }
            }
        };
        let Some(name) = name.as_word().map(str::to_owned) else {
            return self.tables().fault(name.at, "ForEach(...) names each one by `as: x`");
        };
        let item_type = match through.items().item() {
            Type::Nothing => Type::Int,
            ty => ty,
        };
        let item = self.emit.alloc(item_type.width().max(1));
        let size = self.with_compiler(|compiler| compiler.size_of(&through.items()));
        let begun = self.begin_loop(size, &args.need("do"), env);
        self.with_compiler(|compiler| compiler.item_of(&through.items(), item, begun.index));
        self.once_more(begun, Some((&name, item_type, item)), &args.need("do"), env);
        self.release(mark);
    }

    pub(super) fn repeat(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["times", "while", "as", "!do"]) else { return };
        let mark = self.emit.mark();
        let body = args.need("do");
        match (args.get("times").cloned(), args.get("while").cloned()) {
            (Some(times), None) => {
                if let What::Number { value, .. } = self.tables().resolve(&times, env).0.what
                    && value < 0.0
                {
                    let fault = Fault::new(times.at, format!("{value} times: it is a whole number from 0 up"));
                    self.tables().faults.add(fault);
                }
                let Some(times) = self.value(&times, env, Some(&Type::Int)) else {
                    let name = args.get("as").cloned().unwrap_or(body.clone());
                    return self.nevertheless(&name, &body, env);
                };
                let size = self.emit.alloc(1);
                self.emit.copy(size, times.at, 1);
                let begun = self.begin_loop(size, &body, env);
                let name = args.get("as").and_then(Node::as_word).map(str::to_owned);
                let index = begun.index;
                self.once_more(begun, name.as_deref().map(|name| (name, Type::Int, index)), &body, env);
            }
            (None, Some(test)) if args.get("as").is_none() => {
                self.forget_event(&body, env);
                let top = self.emit.here();
                let inner = self.emit.mark();
                let Some(holds) = self.value(&test, env, Some(&Type::Bool)) else { return };
                self.release(inner);
                let out = self.emit.jump(Instr::Jz { a: holds.at, t: 0 });
                let claims = self.claim_names.len();
                self.round(&body, env, claims);
                self.emit.push(Instr::Jmp { t: top });
                self.emit.land(out);
            }
            _ => {
                let found = match (args.get("times").is_some(), args.get("while").is_some()) {
                    (true, true) => "both `times` and `while`",
                    (false, true) => "`as`, which counts only `times`",
                    _ => "neither",
                };
                let fault = Fault::new(step.at, format!("Repeat(...) says how often or how long, found {found}"));
                self.tables().faults.add(fault.help("times: 3 (and as: k for which one it is), or while: \"a test\""));
                let name = args.get("as").cloned().unwrap_or(body.clone());
                self.nevertheless(&name, &body, env);
            }
        }
        self.release(mark);
    }

    /// Compiles the steps of a loop that has a fault, so that what they state and tell is known all the same.
    fn nevertheless(&mut self, name: &Node, body: &Node, env: u32) {
        if let Some(name) = name.as_word() {
            self.tables().faulty.insert(name.to_owned());
        }
        self.forget_event(body, env);
        self.steps(&body.items(), env);
    }

    /// Sends a step's effect to each member of a crowd: `body` writes it for one.
    pub(super) fn for_each_of(&mut self, crowd: &Crowd, body: impl FnOnce(&mut Self, Operand)) {
        let items = Items::Crowd(crowd);
        let item = self.emit.alloc(1);
        let size = self.with_compiler(|compiler| compiler.size_of(&items));
        let begun = self.head(size);
        self.with_compiler(|compiler| compiler.item_of(&items, item, begun.index));
        body(self, item);
        self.tail(begun);
    }

    fn with_compiler<T>(&mut self, write: impl FnOnce(&mut Compiler<'_, '_>) -> T) -> T {
        write(&mut Compiler { emit: &mut self.emit, scope: &mut self.scope, present: Vec::new() })
    }

    /// Writes the head of a loop over the numbers below `size`.
    fn begin_loop(&mut self, size: Operand, body: &Node, env: u32) -> Loop {
        self.forget_event(body, env);
        self.head(size)
    }

    fn head(&mut self, size: Operand) -> Loop {
        let (index, more) = (self.emit.alloc(1), self.emit.alloc(1));
        let zero = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d: index, a: zero });
        let top = self.emit.here();
        self.emit.push(Instr::LtI { d: more, a: index, b: size });
        let out = self.emit.jump(Instr::Jz { a: more, t: 0 });
        Loop { top, out, index, claims: self.claim_names.len() }
    }

    /// Writes the steps of a loop, and the way back to its head.
    fn once_more(&mut self, begun: Loop, named: Option<(&str, Type, Operand)>, body: &Node, env: u32) {
        let locals = self.scope.locals.len();
        if let Some((name, ty, at)) = named {
            self.local(name, ty, at, env, body.at);
        }
        self.round(body, env, begun.claims);
        self.scope.locals.truncate(locals);
        self.tail(begun);
    }

    /// Writes the way back to the head of a loop, for the next number.
    fn tail(&mut self, begun: Loop) {
        let one = self.emit.constants(&[1]);
        self.emit.push(Instr::AddI { d: begun.index, a: begun.index, b: one });
        self.emit.push(Instr::Jmp { t: begun.top });
        self.emit.land(begun.out);
    }

    /// One round: what it seized goes back before the next.
    fn round(&mut self, body: &Node, env: u32, claims: usize) {
        let held = self.claims.len();
        self.loops += 1;
        self.steps(&body.items(), env);
        self.loops -= 1;
        debug_assert!(self.claim_names.len() == claims, "names end with the steps that gave them");
        for number in held..self.claims.len() {
            let claim = self.claims[number];
            self.effect(Effect::Release { claim: Operand::new(rehearsal_language::program::Base::Frame, claim) });
        }
    }

    /// What arrived is known until the first wait; where the steps wait, in none of their rounds.
    fn forget_event(&mut self, body: &Node, env: u32) {
        if self.waits(&body.items(), env, 0) {
            self.scope.event = EventShape::None;
        }
    }

    /// Whether steps may wait.
    pub(super) fn waits(&mut self, steps: &[Node], env: u32, depth: u32) -> bool {
        depth < super::procedures::DEPTH_MAX && steps.iter().any(|step| self.step_waits(step, env, depth))
    }

    pub(super) fn step_waits(&mut self, step: &Node, env: u32, depth: u32) -> bool {
        if matches!(step.head(), "Delay" | "Wait" | "Move" | "Ask" | "Seize" | "Take" | "Join" | "Rehearse") {
            return true;
        }
        // Steps among the arguments: branches, rounds, and those that a procedure is given.
        let arguments: Vec<Node> = match &step.what {
            What::Record(_, entries) => entries.iter().map(|(_, _, node)| node.clone()).collect(),
            What::Tuple(_, items) => items.clone(),
            _ => Vec::new(),
        };
        let within = arguments.iter().any(|node| matches!(node.what, What::List(_)) && self.waits(&node.items(), env, depth + 1));
        if within {
            return true;
        }
        match step.head() {
            "Do" => match arguments.first().and_then(Node::as_word).map(|word| self.tables().bound(env, word).cloned()) {
                Some(Some(crate::tables::Bound::Steps(steps, inner))) => self.waits(&steps, inner, depth + 1),
                _ => false,
            },
            name => match self.tables().procedures.get(name).cloned() {
                Some(procedure) => self.waits(&procedure.body, 0, depth + 1) || self.waits(&procedure.undo, 0, depth + 1),
                None => false,
            },
        }
    }
}
