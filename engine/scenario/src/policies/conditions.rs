//! Conditions of rules, which may read what is missing: they hold, they do not, or they cannot be told.
//!
//! A condition is split into two that always have an answer: one is true where the condition is true whatever the missing
//! values were, the other where it is false whatever they were. Where neither is, it is unknown. A comparison hangs on all
//! that it reads; `&&`, `||` and `!` are those of Kleene's strong logic; `has(x)` and comparisons with `none` always have an
//! answer. A condition that reads nothing that may be missing is compiled as it is written.

use super::reads::collect_paths;
use crate::code::{Code, Place, Purpose, value_routine};
use crate::kinds::{KindCompiler, StatePlace};
use crate::scope::EventShape;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::ast::{self, BinaryOp, Expr, UnaryOp};
use rehearsal_language::compile::shown_present;
use rehearsal_language::program::{Program, Routine};
use rehearsal_language::span::Span;
use rehearsal_language::types::Type;
use rehearsal_world::plan::{Missable, Unknown};

/// A condition as compiled.
#[derive(Default)]
pub(super) struct Condition {
    pub(super) guard: Option<Routine>,
    pub(super) unknown: Option<Unknown>,
    /// What is there where the guard holds.
    pub(super) shown: Vec<String>,
}

/// Compiles the condition of a rule.
pub(super) fn condition(program: &mut Program, tables: &mut Tables, place: &Place<'_>, node: &Node, env: u32) -> Condition {
    let Some(expr) = tables.expression(node) else { return Condition::default() };
    let mut splitter = Splitter { program, tables, place, node, env, missable: Vec::new() };
    let (holds, fails) = splitter.split(&expr, &[]);
    let missable = std::mem::take(&mut splitter.missable);
    if missable.is_empty() {
        let guard = value_routine(program, tables, place, node, env, Some(&Type::Bool));
        return Condition { guard: guard.map(|(routine, _)| routine), ..Condition::default() };
    }
    let mut shown = Vec::new();
    shown_present(&holds, true, &mut shown);
    let guard = splitter.routine(&holds);
    let told = |path: &Expr| {
        let name = path.to_string();
        let features = &splitter.tables.kinds[place.kind as usize].features;
        let feature = features.iter().find(|(have, _)| *have == name);
        let phrase = feature.map_or("is missing", |(_, feature)| feature.why_missing());
        Some(Missable { phrase: format!("{name} {phrase}"), present: splitter.routine(&has(path))?, name })
    };
    let missable = missable.iter().filter_map(told).collect();
    let unknown = splitter.routine(&fails).map(|fails| Unknown { fails, missable });
    Condition { guard, unknown, shown }
}

/// Splits a condition.
struct Splitter<'a, 'p> {
    program: &'a mut Program,
    tables: &'a mut Tables,
    place: &'a Place<'p>,
    node: &'a Node,
    env: u32,
    /// What it reads that may be missing, each once.
    missable: Vec<Expr>,
}

impl Splitter<'_, '_> {
    /// What is true where `expr` is true, and what is true where it is false; `present` is known not to be missing.
    fn split(&mut self, expr: &Expr, present: &[String]) -> (Expr, Expr) {
        match &expr.node {
            ast::Node::Unary { op: UnaryOp::Not, of } => {
                let (holds, fails) = self.split(of, present);
                (fails, holds)
            }
            ast::Node::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                let both = *op == BinaryOp::And;
                let (left_holds, left_fails) = self.split(left, present);
                let (right_holds, right_fails) = self.split(right, &knowing(present, left, both));
                let other = if both { BinaryOp::Or } else { BinaryOp::And };
                (binary(*op, left_holds, right_holds), binary(other, left_fails, right_fails))
            }
            ast::Node::Conditional { test, then, otherwise } => {
                let (test_holds, test_fails) = self.split(test, present);
                let (then_holds, then_fails) = self.split(then, &knowing(present, test, true));
                let (else_holds, else_fails) = self.split(otherwise, &knowing(present, test, false));
                let either = |one: Expr, other: Expr| {
                    let (one, other) =
                        (binary(BinaryOp::And, test_holds.clone(), one), binary(BinaryOp::And, test_fails.clone(), other));
                    binary(BinaryOp::Or, one, other)
                };
                (either(then_holds, else_holds), either(then_fails, else_fails))
            }
            _ => self.leaf(expr, present),
        }
    }

    /// A test that hangs on all that it reads.
    fn leaf(&mut self, expr: &Expr, present: &[String]) -> (Expr, Expr) {
        let mut parts: Vec<Expr> = Vec::new();
        if !always_told(expr) {
            let mut known = present.to_vec();
            let mut paths = Vec::new();
            collect_paths(expr, &mut paths);
            for part in paths.iter().flat_map(prefixes) {
                if self.may_be_missing(&part, &known) {
                    known.push(part.to_string());
                    parts.push(part);
                }
            }
        }
        for part in &parts {
            if !self.missable.iter().any(|have| have.to_string() == part.to_string()) {
                self.missable.push(part.clone());
            }
        }
        let there = |test: Expr| parts.iter().rev().fold(test, |test, part| binary(BinaryOp::And, has(part), test));
        (there(expr.clone()), there(not(expr)))
    }

    /// Whether a path is a value that may be missing. Leaves nothing behind.
    fn may_be_missing(&mut self, path: &Expr, present: &[String]) -> bool {
        let (faults, code, origins) = (self.tables.faults.clone(), self.program.code.len(), self.program.origins.len());
        let mut trial = Code::open(self.program, self.tables, self.place, 0);
        trial.present = present.to_vec();
        let value = trial.tree(path, self.node.at, self.env, None);
        trial.close(None);
        self.program.code.truncate(code);
        self.program.origins.truncate(origins);
        // A name that is no value by itself, such as a function's argument, is simply not read.
        self.tables.faults = faults;
        value.is_some_and(|value| matches!(value.ty, Type::Maybe(_)))
    }

    /// A test as a routine.
    fn routine(&mut self, expr: &Expr) -> Option<Routine> {
        let mut code = Code::open(self.program, self.tables, self.place, 0);
        let value = code.tree(expr, self.node.at, self.env, Some(&Type::Bool));
        let at = value.as_ref().map(|value| value.at);
        let routine = code.close(at);
        value.map(|_| routine)
    }
}

/// Whether a test has an answer whatever is missing.
fn always_told(expr: &Expr) -> bool {
    let none = |expr: &Expr| matches!(&expr.node, ast::Node::Name(name) if name == "none");
    match &expr.node {
        ast::Node::Call { name, .. } => name == "has",
        ast::Node::Binary { op: BinaryOp::Eq | BinaryOp::Ne, left, right } => none(left) || none(right),
        _ => false,
    }
}

/// What is known to be there behind a test that holds, or does not.
fn knowing(present: &[String], test: &Expr, holds: bool) -> Vec<String> {
    let mut known = present.to_vec();
    shown_present(test, holds, &mut known);
    known
}

/// A path and what it begins with, the shortest first.
fn prefixes(path: &Expr) -> Vec<Expr> {
    let mut found = match &path.node {
        ast::Node::Member { of, .. } => prefixes(of),
        _ => Vec::new(),
    };
    found.push(path.clone());
    found
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr { span: left.span.to(right.span), node: ast::Node::Binary { op, left: Box::new(left), right: Box::new(right) } }
}

fn not(expr: &Expr) -> Expr {
    Expr { span: expr.span, node: ast::Node::Unary { op: UnaryOp::Not, of: Box::new(expr.clone()) } }
}

fn has(path: &Expr) -> Expr {
    let (span, name_span) = (path.span, Span { start: path.span.start, end: path.span.start });
    Expr { span, node: ast::Node::Call { name: "has".into(), name_span, args: vec![path.clone()] } }
}

/// Where the steps of a rule stand, and what its condition has shown to be there.
pub(super) struct Given<'g> {
    pub(super) present: Vec<String>,
    pub(super) state: StatePlace,
    pub(super) event: EventShape,
    pub(super) path: &'g str,
}

impl KindCompiler<'_> {
    /// Compiles steps that know something to be there.
    pub(super) fn steps_knowing(&mut self, node: &Node, env: u32, given: Given<'_>) -> Routine {
        let Given { present, state, event, path } = given;
        let place = Place { kind: self.kind, state, event, purpose: Purpose::Work, path };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        code.present = present;
        code.steps(&node.items(), env);
        code.close(None)
    }
}
