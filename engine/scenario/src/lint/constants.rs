//! Probabilities, weights and parameters of laws that can be known to be none.

use super::walk::every;
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr, UnaryOp};
use rehearsal_language::law::Law;

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
                (name, args) => {
                    if let Some(message) = unsound(name, args) {
                        self.fault(within(at, expr), message);
                    }
                }
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

/// What is wrong with a law of chance whose parameters are all written as numbers or quantities.
fn unsound(name: &str, args: &[Expr]) -> Option<String> {
    let values: Option<Vec<f64>> = args.iter().map(measured).collect();
    if let ("truncated", [_, low, high]) = (name, args) {
        let (low, high) = (measured(low)?, measured(high)?);
        return (low > high).then(|| format!("truncated(..., {low}, {high}): the low end has to lie below the high end"));
    }
    if let ("correlated", [_, _, by]) = (name, args) {
        let by = constant(by).filter(|by| !(-1.0..=1.0).contains(by))?;
        return Some(format!("correlated(..., {by}): a correlation lies between -1 and 1"));
    }
    let (law, values) = (Law::named(name)?, values?);
    let mut three = [0.0; 3];
    three[..values.len()].copy_from_slice(values.get(..law.measured().len()).filter(|given| given.len() == values.len())?);
    rehearsal_world::check_law(law, three).err()
}

/// A number or quantity that is written as one, in base units.
fn measured(expr: &Expr) -> Option<f64> {
    match &expr.node {
        ast::Node::Quantity { value, .. } => Some(*value),
        ast::Node::Unary { op: UnaryOp::Negate, of } => measured(of).map(|value| -value),
        _ => constant(expr),
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
