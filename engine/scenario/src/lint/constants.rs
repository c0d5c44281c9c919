//! Probabilities and weights that can be known to be none.

use super::walk::every;
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr, UnaryOp};

impl Tables {
    /// Adds faults for chances outside 0 to 1 and for weights below 0, where they are written as plain numbers.
    pub(super) fn constants(&mut self, definitions: &Definitions) {
        let parsed: Vec<(At, std::rc::Rc<Expr>)> =
            self.parsed.iter().filter_map(|(at, expr)| Some((*at, expr.clone()?))).collect();
        for (at, expr) in parsed {
            self.look(at, &expr);
        }
        let all: Vec<Node> = definitions.all().into_iter().cloned().collect();
        for node in &all {
            every(node, &mut |node| self.share(node));
        }
    }

    fn look(&mut self, at: At, expr: &Expr) {
        if let ast::Node::Call { name, args, .. } = &expr.node {
            match (name.as_str(), args.as_slice()) {
                ("chance", [chance]) => {
                    if let Some(value) = constant(chance).filter(|value| !(0.0..=1.0).contains(value)) {
                        self.no_chance(within(at, chance), value);
                    }
                }
                ("pick", [_, _, weight]) => {
                    if let Some(value) = constant(weight).filter(|value| *value < 0.0) {
                        self.fault(within(at, weight), format!("a weight of {value}: it is 0 or more"));
                    }
                }
                _ => {}
            }
        }
        inside(expr, &mut |inner| self.look(at, inner));
    }

    /// How full an agenda begins.
    fn share(&mut self, node: &Node) {
        if node.head() != "Busy" {
            return;
        }
        for name in ["share", "then"] {
            let Some(found) = node.get(name) else { continue };
            let value = match &found.what {
                What::Number { value, .. } => Some(*value),
                What::Text { .. } => self.parsed.get(&found.at).and_then(|expr| constant(expr.as_ref()?)),
                _ => None,
            };
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                self.no_chance(found.at, value);
            }
        }
    }

    fn no_chance(&mut self, at: At, value: f64) {
        let fault = Fault::new(at, format!("a chance of {value}: it lies between 0 and 1"));
        self.faults.add(match value {
            // Often meant: a share in per cent.
            2.0..=100.0 => fault.help(format!("write {value}% for {} of a hundred", value)),
            _ => fault,
        });
    }
}

/// A number that is written as one.
fn constant(expr: &Expr) -> Option<f64> {
    match &expr.node {
        ast::Node::Int(value) => Some(*value as f64),
        ast::Node::Number(value) => Some(*value),
        ast::Node::Unary { op: UnaryOp::Negate, of } => constant(of).map(|value| -value),
        _ => None,
    }
}

/// The place of a part of an expression of the file that `at` is in.
pub(super) fn within(at: At, part: &Expr) -> At {
    At { start: part.span.start, end: part.span.end, ..at }
}

/// Calls `see` for each part of an expression.
pub(super) fn inside(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    match &expr.node {
        ast::Node::Member { of, .. } | ast::Node::Unary { of, .. } => see(of),
        ast::Node::Index { of, at } => {
            see(of);
            see(at);
        }
        ast::Node::Call { args, .. } | ast::Node::List(args) => args.iter().for_each(see),
        ast::Node::Method { of, args, .. } => {
            see(of);
            args.iter().for_each(see);
        }
        ast::Node::Binary { left, right, .. } => {
            see(left);
            see(right);
        }
        ast::Node::Conditional { test, then, otherwise } => {
            see(test);
            see(then);
            see(otherwise);
        }
        _ => {}
    }
}
