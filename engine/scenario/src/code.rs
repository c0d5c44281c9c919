//! Writes one routine of one kind: its expressions here, its steps in `steps`.

use crate::fault::{At, Fault};
use crate::scope::{ActorScope, EventShape};
use crate::steps::together::Refusal;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr};
use rehearsal_language::compile::{self, Compiler, Value};
use rehearsal_language::emit::Emitter;
use rehearsal_language::parser;
use rehearsal_language::program::{Operand, Program, Routine};
use rehearsal_language::scope::Scope;
use rehearsal_language::span::Span;
use rehearsal_language::types::Type;
use rehearsal_world::plan::{FRAME_RESERVED, Together};
use std::rc::Rc;

/// What a routine is for, which decides what its steps may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A value, a guard, a birth.
    Value,
    /// Entry or exit of a state: may not wait.
    Edge,
    /// A process, handler or timer: may wait.
    Work,
    /// An answer: takes and books at once or refuses, may not wait.
    Answer,
}

/// Where a routine stands.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) kind: u16,
    pub(crate) state: Option<(u16, Option<u16>)>,
    pub(crate) event: EventShape,
    pub(crate) purpose: Purpose,
    pub(crate) path: &'a str,
}

/// A claim that a routine may hold, by name.
#[derive(Clone, Debug)]
pub(crate) struct ClaimName {
    pub(crate) name: String,
    pub(crate) at: Operand,
    pub(crate) env: u32,
}

/// A routine that is being written.
pub(crate) struct Code<'p, 't> {
    pub(crate) emit: Emitter<'p>,
    pub(crate) scope: ActorScope<'t>,
    pub(crate) present: Vec<String>,
    pub(crate) purpose: Purpose,
    pub(crate) claims: Vec<u16>,
    pub(crate) claim_names: Vec<ClaimName>,
    pub(crate) inboxes: Vec<(u16, u16, u16)>,
    /// Frame words below this are never used again for something else.
    pub(crate) floor: u16,
    pub(crate) depth: u32,
    /// Loops around what is being written.
    pub(crate) loops: u32,
    /// Who hears a refusal of what is being written, the innermost last; the actor where there is nobody.
    pub(crate) refusals: Vec<Refusal>,
    /// What is done together, outer ones first.
    pub(crate) togethers: Vec<Together>,
    start: u32,
}

impl<'p, 't> Code<'p, 't> {
    /// Opens a routine; `given` words follow the reserved ones in its frame.
    pub(crate) fn open(program: &'p mut Program, tables: &'t mut Tables, place: &Place<'_>, given: u16) -> Code<'p, 't> {
        let start = program.code.len() as u32;
        Code {
            emit: Emitter::open(program, FRAME_RESERVED + given),
            scope: ActorScope::new(tables, place.kind, place.state, place.event, place.path),
            present: Vec::new(),
            purpose: place.purpose,
            claims: Vec::new(),
            claim_names: Vec::new(),
            inboxes: Vec::new(),
            floor: 0,
            depth: 0,
            loops: 0,
            refusals: Vec::new(),
            togethers: Vec::new(),
            start,
        }
    }

    /// Ends the routine.
    pub(crate) fn close(self, result: Option<Operand>) -> Routine {
        let kind = self.scope.kind;
        let tables = self.scope.tables;
        tables.awaited.extend(self.inboxes.iter().map(|(message, ..)| (kind, *message)));
        if !self.claims.is_empty() {
            tables.claims.insert(self.start, self.claims);
        }
        if !self.inboxes.is_empty() {
            tables.inboxes.insert(self.start, self.inboxes);
        }
        if !self.togethers.is_empty() {
            tables.togethers.insert(self.start, self.togethers);
        }
        if self.emit.overflow {
            tables.faults.add(Fault::general("a routine of this scenario is too large to compile: split it into states"));
        }
        self.emit.close(result)
    }

    pub(crate) fn tables(&mut self) -> &mut Tables {
        self.scope.tables
    }

    /// Frame words that nothing else has used or will use.
    pub(crate) fn fresh(&mut self, words: u16) -> Operand {
        let at = self.emit.fresh(words);
        self.floor = self.emit.mark();
        at
    }

    /// Gives temporaries back, but for those that have to stay.
    pub(crate) fn release(&mut self, mark: u16) {
        self.emit.release(mark.max(self.floor));
    }

    /// Compiles an expression; faults go to the tables.
    pub(crate) fn value(&mut self, node: &Node, env: u32, want: Option<&Type>) -> Option<Value> {
        let expr = self.scope.tables.expression(node)?;
        let standing = self.scope.tables.stand(env, node.at.source);
        let before = self.scope.switch(standing);
        if let (Some(word), None) = (node.as_word(), want)
            && word != "none"
            && word != "self"
            && word != "now"
            && matches!(self.scope.name(word), Ok(None))
        {
            // A bare word that nothing is called stands for itself.
            let symbol = self.scope.tables.symbols.intern(word);
            let at = self.emit.constants(&[u64::from(symbol.0)]);
            self.scope.switch(before);
            return Some(Value { ty: Type::Name(Some([symbol].into())), at });
        }
        let value = self.compile(&expr, node.at, want);
        self.scope.switch(before);
        value
    }

    fn compile(&mut self, expr: &Rc<Expr>, at: At, want: Option<&Type>) -> Option<Value> {
        self.emit.at(at.source, Span { start: at.start, end: at.end });
        let standing = self.scope.standing;
        self.scope.holder_outside = false;
        let present = std::mem::take(&mut self.present);
        let mut compiler = Compiler { emit: &mut self.emit, scope: &mut self.scope, present };
        let value = compiler.expr(expr, want);
        self.present = std::mem::take(&mut compiler.present);
        match value {
            Ok(value) => Some(value),
            Err(found) => {
                self.scope.standing = standing;
                self.report(found);
                None
            }
        }
    }

    /// A fault of an expression as a fault of the scenario.
    pub(crate) fn report(&mut self, found: compile::Fault) {
        let standing = found.environment.unwrap_or(self.scope.standing);
        let source = self.scope.tables.standing[standing as usize].source;
        let at = At { source, start: found.span.start, end: found.span.end };
        self.scope.tables.faults.add(Fault::new(at, found.message).maybe_help(found.help));
    }

    /// Compiles an expression into words that have room for a `want`.
    pub(crate) fn value_into(&mut self, node: &Node, env: u32, want: &Type, d: Operand) -> bool {
        let mark = self.emit.mark();
        let Some(value) = self.value(node, env, Some(want)) else { return false };
        self.release(mark);
        self.store(&value, want, d);
        true
    }

    /// Copies a value to words that have room for a `want`.
    pub(crate) fn store(&mut self, value: &Value, want: &Type, d: Operand) {
        self.emit.copy(d, value.at, value.ty.width().min(want.width()));
    }

    /// Adds a local name in an environment.
    pub(crate) fn local(&mut self, name: &str, ty: Type, at: Operand, env: u32, place: At) {
        let standing = self.scope.tables.stand(env, place.source);
        let before = self.scope.switch(standing);
        if let Err(problem) = self.scope.push_local(name, ty, at) {
            self.scope.tables.faults.add(Fault::new(place, problem.message).maybe_help(problem.help));
        }
        self.scope.switch(before);
    }
}

impl Tables {
    /// The expression that a node stands for; a fault where it stands for none.
    pub(crate) fn expression(&mut self, node: &Node) -> Option<Rc<Expr>> {
        let span = Span { start: node.at.start, end: node.at.end };
        let simple = |node: ast::Node| Some(Rc::new(Expr { span, node }));
        match &node.what {
            What::Word(word) => simple(ast::Node::Name(word.clone())),
            What::Bool(value) => simple(ast::Node::Bool(*value)),
            What::Number { whole: Some(whole), .. } => simple(ast::Node::Int(*whole)),
            What::Number { value, .. } => simple(ast::Node::Number(*value)),
            What::Text { text, inside } => {
                if let Some(found) = self.parsed.get(&node.at) {
                    return found.clone();
                }
                let expr = self.parse(node.at, text, *inside);
                self.parsed.insert(node.at, expr.clone());
                expr
            }
            _ => {
                let message = format!("expected an expression, found {}", node.describe());
                self.faults.add(Fault::new(node.at, message).help("an expression is a number, a bare name, or a text in quotes"));
                None
            }
        }
    }

    fn parse(&mut self, at: At, text: &str, inside: Option<u32>) -> Option<Rc<Expr>> {
        let place = |span: Span| match inside {
            Some(base) => Span { start: base + span.start, end: base + span.end },
            None => Span { start: at.start, end: at.end },
        };
        match parser::parse(text) {
            Ok(mut expr) => {
                expr.place(&place);
                Some(Rc::new(expr))
            }
            Err(errors) => {
                for error in errors {
                    let span = place(error.span);
                    let at = At { source: at.source, start: span.start, end: span.end };
                    self.syntax.push(Fault::new(at, error.message).maybe_help(error.help));
                }
                None
            }
        }
    }
}

/// Compiles a value in the scope of a kind; the routine's result lies in its frame.
pub(crate) fn value_routine(
    program: &mut Program,
    tables: &mut Tables,
    place: &Place<'_>,
    node: &Node,
    env: u32,
    want: Option<&Type>,
) -> Option<(Routine, Type)> {
    let mut code = Code::open(program, tables, place, 0);
    let value = code.value(node, env, want).map(|value| match want {
        // A short list where a longer one is asked for: whoever reads the result reads all its words.
        Some(want) if value.ty.width() < want.width() => {
            let at = code.emit.alloc(want.width());
            code.emit.copy(at, value.at, value.ty.width());
            rehearsal_language::compile::Value { ty: want.clone(), at }
        }
        _ => value,
    });
    let at = value.as_ref().map(|value| value.at);
    let routine = code.close(at);
    value.map(|value| (routine, value.ty))
}

impl Code<'_, '_> {
    /// Compiles a tree that is already parsed.
    pub(crate) fn tree(&mut self, expr: &Expr, at: At, env: u32, want: Option<&Type>) -> Option<Value> {
        let standing = self.scope.tables.stand(env, at.source);
        let before = self.scope.switch(standing);
        let value = self.compile(&Rc::new(expr.clone()), at, want);
        self.scope.switch(before);
        value
    }
}
