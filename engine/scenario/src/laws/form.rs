//! What stands around a law: a number it is multiplied with or that is added, and what its parameters are.

use super::number::Literal;
use crate::fault::At;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, BinaryOp, Expr, UnaryOp};
use rehearsal_language::parser;
use rehearsal_language::span::Span;
use rehearsal_language::unit::Dimension;

/// An expression of a text in a file, with the places that it has in that file.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) source: u32,
    pub(crate) expr: Expr,
}

/// Reads a node as an expression; `None` where it is none, or where its places are not known.
pub(crate) fn placed(node: &Node) -> Option<Placed> {
    let source = node.at.source;
    let whole = Span { start: node.at.start, end: node.at.end };
    let expr = match &node.what {
        What::Text { text, inside: Some(base) } => {
            let mut expr = parser::parse(text).ok()?;
            expr.place(&|span: Span| Span { start: base + span.start, end: base + span.end });
            expr
        }
        What::Number { whole: Some(value), .. } => Expr { span: whole, node: ast::Node::Int(*value) },
        What::Number { value, .. } => Expr { span: whole, node: ast::Node::Number(*value) },
        What::Word(word) => Expr { span: whole, node: ast::Node::Name(word.clone()) },
        _ => return None,
    };
    Some(Placed { source, expr })
}

/// Where a parameter's number stands, what it is, and what it measures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) dimension: Dimension,
    pub(super) literal: Literal,
}

/// What is done to a law: it is lifted to a floor, multiplied, and something is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Around {
    pub(super) times: f64,
    pub(super) plus: f64,
    /// The least that is left of the law's values.
    pub(super) floor: Option<f64>,
}

impl Around {
    /// The same, and multiplied and added to once more.
    fn then(self, times: f64, plus: f64) -> Result<Around, String> {
        let all = Around { times: self.times * times, plus: self.plus * times + plus, ..self };
        if all.times > 0.0 && all.times.is_finite() && all.plus.is_finite() {
            Ok(all)
        } else {
            Err("it is turned round or wiped out by a factor, so what is cut off would say nothing".into())
        }
    }
}

/// More parts, with those that names stand for, are looked at in no constant: names of names of names might stand for as many as
/// one likes.
pub(crate) const INTRICATE: u32 = 1_000;

impl Tables {
    /// A name seen from an environment, as the expression that it is bound to.
    fn meant(&self, name: &str, env: u32) -> Option<(Placed, u32)> {
        let word = Node::word(At::default(), name);
        let (node, inner) = self.resolve(&word, env);
        if node != word {
            return placed(&node).map(|placed| (placed, inner));
        }
        self.params.get(name).and_then(placed).map(|placed| (placed, 0))
    }

    /// The literal that an expression is, by itself or through parameters of kinds and mixins.
    pub(super) fn literal(&self, source: u32, expr: &Expr, env: u32) -> Result<Number, String> {
        let at = At { source, start: expr.span.start, end: expr.span.end };
        let (value, dimension) = match &expr.node {
            ast::Node::Int(value) => (*value as f64, Dimension::NONE),
            ast::Node::Number(value) => (*value, Dimension::NONE),
            ast::Node::Quantity { value, dimension } => (*value, *dimension),
            ast::Node::Unary { op: UnaryOp::Negate, of } => {
                let inner = self.literal(source, of, env)?;
                if inner.literal.at.source != source || inner.literal.at.end != at.end {
                    return Err(format!("`{}` is no plain number", self.quoted(at)));
                }
                (-inner.value, inner.dimension)
            }
            ast::Node::Name(name) => match self.meant(name, env) {
                Some((placed, inner)) => return self.literal(placed.source, &placed.expr, inner),
                None => return Err(format!("depends on `{name}`")),
            },
            _ => {
                let name = self.open_name(expr, env);
                let depends = name.map(|name| format!("depends on `{name}`"));
                return Err(depends.unwrap_or_else(|| format!("`{}` is no plain number", self.quoted(at))));
            }
        };
        Ok(Number { value, dimension, literal: Literal { at, text: self.quoted(at), over: None, whole: false } })
    }

    /// A value that is the same for everybody, where there is one and it is not too intricate, see [`INTRICATE`].
    pub(crate) fn constant(&self, source: u32, expr: &Expr, env: u32) -> Option<f64> {
        self.constant_within(source, expr, env, &mut { INTRICATE })
    }

    /// As [`Tables::constant`]; counts the parts that it looks at, and gives up where none is `left`.
    pub(crate) fn constant_within(&self, source: u32, expr: &Expr, env: u32, left: &mut u32) -> Option<f64> {
        *left = left.checked_sub(1)?;
        match &expr.node {
            ast::Node::Binary { op, left: one, right: other } => {
                let one = self.constant_within(source, one, env, left)?;
                let other = self.constant_within(source, other, env, left)?;
                match op {
                    BinaryOp::Add => Some(one + other),
                    BinaryOp::Sub => Some(one - other),
                    BinaryOp::Mul => Some(one * other),
                    BinaryOp::Div if other != 0.0 => Some(one / other),
                    _ => None,
                }
            }
            ast::Node::Unary { op: UnaryOp::Negate, of } => self.constant_within(source, of, env, left).map(|value| -value),
            ast::Node::Name(name) => {
                let (placed, inner) = self.meant(name, env)?;
                self.constant_within(placed.source, &placed.expr, inner, left)
            }
            _ => self.literal(source, expr, env).ok().map(|number| number.value),
        }
    }

    /// The first name in an expression that is no number.
    pub(crate) fn open_name(&self, expr: &Expr, env: u32) -> Option<String> {
        let mut found = None;
        expr.walk(&mut |part| {
            if let ast::Node::Name(name) = &part.node
                && found.is_none()
                && self.meant(name, env).is_none()
            {
                found = Some(name.clone());
            }
        });
        found
    }

    /// What is done to the law inside an expression.
    pub(super) fn around(&self, source: u32, expr: &Expr, law: Span, env: u32) -> Result<Around, String> {
        if expr.span == law {
            return Ok(Around { times: 1.0, plus: 0.0, floor: None });
        }
        let holds = |part: &Expr| part.span.start <= law.start && law.end <= part.span.end;
        let number = |part: &Expr| {
            self.constant(source, part, env).ok_or_else(|| match self.open_name(part, env) {
                Some(name) => format!("depends on `{name}`"),
                None => format!("depends on `{}`", self.quoted(At { source, start: part.span.start, end: part.span.end })),
            })
        };
        match &expr.node {
            ast::Node::Unary { op: UnaryOp::Negate, of } => self.around(source, of, law, env)?.then(-1.0, 0.0),
            ast::Node::Binary { op, left, right } => {
                let (inside, other, first) = if holds(left) { (left, right, true) } else { (right, left, false) };
                let inner = self.around(source, inside, law, env)?;
                let by = number(other)?;
                match op {
                    BinaryOp::Add => inner.then(1.0, by),
                    BinaryOp::Sub if first => inner.then(1.0, -by),
                    BinaryOp::Sub => inner.then(-1.0, by),
                    BinaryOp::Mul => inner.then(by, 0.0),
                    BinaryOp::Div if first => inner.then(1.0 / by, 0.0),
                    _ => {
                        Err(format!("it stands in `{}`", self.quoted(At { source, start: expr.span.start, end: expr.span.end })))
                    }
                }
            }
            ast::Node::Call { name, args, .. } if name == "max" && args.len() == 2 => {
                let (inside, other) = if holds(&args[0]) { (&args[0], &args[1]) } else { (&args[1], &args[0]) };
                let inner = self.around(source, inside, law, env)?;
                let floor = (number(other)? - inner.plus) / inner.times;
                Ok(Around { floor: Some(inner.floor.map_or(floor, |have| have.max(floor))), ..inner })
            }
            ast::Node::Conditional { test, .. } => {
                let test = At { source, start: test.span.start, end: test.span.end };
                Err(format!("it is one of several laws, chosen by `{}`", self.quoted(test)))
            }
            ast::Node::Call { name, .. } => Err(format!("it stands inside `{name}(...)`, which a record does not take apart")),
            _ => Err("it is a part of a larger expression".into()),
        }
    }

    /// A rate as its law: the literal above the line, and the mean time between two \[s\].
    pub(super) fn rate(&self, source: u32, expr: &Expr, env: u32) -> Result<Number, String> {
        match &expr.node {
            ast::Node::Binary { op: BinaryOp::Div, left, right } => {
                let above = self.literal(source, left, env)?;
                let below = self.constant(source, right, env).ok_or_else(|| match self.open_name(right, env) {
                    Some(name) => format!("depends on `{name}`"),
                    None => "its span is no number".to_owned(),
                })?;
                if !(above.value > 0.0 && below > 0.0) {
                    return Err("its rate is not above 0".into());
                }
                let literal = Literal { over: Some(below), ..above.literal };
                Ok(Number { value: below / above.value, dimension: Dimension::TIME, literal })
            }
            ast::Node::Name(name) => match self.meant(name, env) {
                Some((placed, inner)) => self.rate(placed.source, &placed.expr, inner),
                None => Err(format!("depends on `{name}`")),
            },
            _ => match self.open_name(expr, env) {
                Some(name) => Err(format!("depends on `{name}`")),
                None => Err("its rate is not written as a number by a span, as in 9 / 1h".into()),
            },
        }
    }

    /// The text at a place.
    pub(crate) fn quoted(&self, at: At) -> String {
        let text = self.sources.files.get(at.source as usize).map(|(_, text)| text);
        text.and_then(|text| text.get(at.start as usize..at.end as usize)).unwrap_or_default().to_owned()
    }
}
