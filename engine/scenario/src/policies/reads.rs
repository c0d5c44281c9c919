//! What a condition reads, so that a decision can say what it read.

use crate::code::Place;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::ast::{self, Expr};
use rehearsal_language::program::{Base, Operand, Program, Routine};
use rehearsal_language::types::Type;

/// What a condition reads: each path of it, with a routine for its value.
pub(super) fn reads(
    program: &mut Program,
    tables: &mut Tables,
    place: &Place<'_>,
    guard: &Node,
    env: u32,
) -> Vec<(String, Type, Routine)> {
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
        let value = code.tree(&path, guard.at, env, None);
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

pub(super) fn collect_paths(expr: &Expr, paths: &mut Vec<Expr>) {
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
