//! Types an expression and writes its program.
//!
//! One pass: each node is typed, its unit checked, and its instructions appended. What names mean is asked of a
//! [`Scope`]. The result of a node lies in words that may be the frame's, the row's, the event's or constants; nothing is
//! copied that need not be. Start at [`Compiler::expr`].

use crate::ast::{BinaryOp, Expr, Node, UnaryOp};
use crate::emit::Emitter;
use crate::program::{Instr, Operand};
use crate::scope::{Binding, Problem, Scope};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::types::{NONE, NUMBER, Type};
use std::sync::Arc;

mod data;
mod functions;
mod items;
mod laws;
mod lists;
mod members;
mod operators;

pub use functions::FUNCTIONS;
pub use items::Items;

/// A fault of an expression, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where in the expression.
    pub span: Span,
    /// The environment whose text the span counts in.
    pub environment: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A compiled value: its type and its first word.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The type.
    pub ty: Type,
    /// The first word.
    pub at: Operand,
}

/// Compiles expressions into an open routine.
pub struct Compiler<'a, 'p> {
    /// The routine.
    pub emit: &'a mut Emitter<'p>,
    /// The names in sight.
    pub scope: &'a mut dyn Scope,
    /// Paths that are known not to be missing, as printed.
    pub present: Vec<String>,
}

type Result<T> = std::result::Result<T, Fault>;

fn fault<T>(span: Span, message: impl Into<String>) -> Result<T> {
    Err(Fault { span, environment: None, message: message.into(), help: None })
}

fn problem(span: Span, problem: Problem) -> Fault {
    Fault { span, environment: None, message: problem.message, help: problem.help }
}

/// The paths that `test` shows to be present when it holds (`holds`) or when it does not.
pub fn shown_present(test: &Expr, holds: bool, found: &mut Vec<String>) {
    match &test.node {
        Node::Call { name, args, .. } if name == "has" && args.len() == 1 && holds => known_present(&args[0], found),
        Node::Unary { op: UnaryOp::Not, of } => shown_present(of, !holds, found),
        Node::Binary { op: BinaryOp::And, left, right } if holds => {
            shown_present(left, holds, found);
            shown_present(right, holds, found);
        }
        Node::Binary { op: BinaryOp::Or, left, right } if !holds => {
            shown_present(left, holds, found);
            shown_present(right, holds, found);
        }
        Node::Binary { op: BinaryOp::Ne, left, right } if holds => compared_with_none(left, right, found),
        Node::Binary { op: BinaryOp::Eq, left, right } if !holds => compared_with_none(left, right, found),
        _ => {}
    }
}

fn compared_with_none(left: &Expr, right: &Expr, found: &mut Vec<String>) {
    let none = |expr: &Expr| matches!(&expr.node, Node::Name(name) if name == "none");
    match (none(left), none(right)) {
        (false, true) => known_present(left, found),
        (true, false) => known_present(right, found),
        _ => {}
    }
}

/// Remembers that `expr` is there, unless it is drawn: the next draw may be missing.
fn known_present(expr: &Expr, found: &mut Vec<String>) {
    let mut drawn = false;
    expr.walk(&mut |part| drawn |= matches!(&part.node, Node::Call { name, .. } if laws::draws(name)));
    if !drawn {
        found.push(expr.to_string());
    }
}

impl Compiler<'_, '_> {
    /// Compiles `expr` to a value of type `want` where one is asked for.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn expr(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Value> {
        let mut value = self.node(expr, want)?;
        if let (Some(Type::List(wanted, room)), Type::List(inner, most), Node::Binary { .. }) = (want, &value.ty, &expr.node)
            && most > room
            && inner.fits(wanted)
        {
            // How long a joined list is, is known when it is joined.
            self.emit.push(Instr::Fits { list: value.at, most: *room });
            value.ty = Type::List(inner.clone(), *room);
        }
        match want {
            Some(want) => self.convert(value, want, expr.span),
            None => Ok(value),
        }
    }

    /// Compiles `expr` into the words from `d` on, which have room for a `want`.
    ///
    /// # Errors
    /// As [`Compiler::expr`].
    pub fn expr_into(&mut self, expr: &Expr, want: &Type, d: Operand) -> Result<()> {
        let mark = self.emit.mark();
        let value = self.expr(expr, Some(want))?;
        self.emit.release(mark);
        self.store(&value, want, d);
        Ok(())
    }

    /// Copies `value` to `d`, which has room for a `want`.
    pub fn store(&mut self, value: &Value, want: &Type, d: Operand) {
        let words = value.ty.width().min(want.width());
        self.emit.copy(d, value.at, words);
    }

    /// Gives `value` the type `want`, or says why it has not.
    fn convert(&mut self, value: Value, want: &Type, span: Span) -> Result<Value> {
        match (&value.ty, want) {
            (Type::Int, Type::Quantity(dimension)) if dimension.is_none() => {
                let at = self.as_real(value.at);
                Ok(Value { ty: NUMBER, at })
            }
            (Type::Int, Type::Maybe(inner)) if **inner == NUMBER => {
                let at = self.as_real(value.at);
                Ok(Value { ty: NUMBER, at })
            }
            // All words, so that two missing values are equal.
            (Type::Nothing, Type::Maybe(inner)) if inner.width() > 1 => {
                Ok(self.constant(want.clone(), &vec![NONE; inner.width() as usize]))
            }
            (have, want) if have.fits(want) => Ok(value),
            (Type::Data(data), _) => {
                let help = data::help_with(data);
                let mut found = self.mismatch(&value.ty, want, span);
                found.help = help;
                Err(found)
            }
            (Type::Maybe(inner), want) if inner.fits(want) => {
                let mut found = self.mismatch(&value.ty, want, span);
                found.help = Some("it may be missing: test it first with has(...)".into());
                Err(found)
            }
            _ => Err(self.mismatch(&value.ty, want, span)),
        }
    }

    fn mismatch(&mut self, have: &Type, want: &Type, span: Span) -> Fault {
        let (have_text, want_text) = (self.describe(have), self.describe(want));
        let message = if let (Type::Name(Some(_)), Type::Name(Some(want))) = (have, want) {
            let names: Vec<String> = want.iter().map(|name| self.scope.symbols().name(*name).to_owned()).collect();
            format!("this name is not one of {}", names.join(", "))
        } else if let (Type::List(inner, most), Type::List(wanted, room)) = (have, want)
            && inner.fits(wanted)
            && most > room
        {
            format!("this list may have {most} items, {room} are allowed")
        } else {
            format!("expected {want_text}, found {have_text}")
        };
        let half = *want == Type::Int && matches!(have, Type::Quantity(_));
        let help = half.then(|| "an Int is a whole number, such as 3; int(round(x)) makes one of a plain number x".to_owned());
        Fault { span, environment: None, message, help }
    }

    /// A type in the author's words.
    pub fn describe(&self, ty: &Type) -> String {
        ty.describe(&|kind| self.scope.kind_name(kind))
    }

    fn as_real(&mut self, at: Operand) -> Operand {
        if let Some(word) = self.emit.constant(at) {
            return self.emit.float(word as i64 as f64);
        }
        let d = self.emit.alloc(1);
        self.emit.push(Instr::ToF { d, a: at });
        d
    }

    fn constant(&mut self, ty: Type, words: &[u64]) -> Value {
        let at = self.emit.constants(words);
        Value { ty, at }
    }

    /// Compiles `expr`; `want` says what its bare names may mean, and is not enforced here.
    fn node(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Value> {
        if !self.emit.enter() {
            let mut found: Result<Value> = fault(expr.span, "this expression is too intricate, with what its names stand for");
            if let Err(found) = &mut found {
                found.help = Some("split it into steps that keep what they compute".into());
            }
            return found;
        }
        let value = self.written(expr, want);
        self.emit.leave();
        let value = value?;
        if let Type::Maybe(inner) = &value.ty
            && !self.present.is_empty()
            && self.present.contains(&expr.to_string())
        {
            return Ok(Value { ty: (**inner).clone(), at: value.at });
        }
        Ok(value)
    }

    fn written(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Value> {
        Ok(match &expr.node {
            Node::Bool(b) => self.constant(Type::Bool, &[u64::from(*b)]),
            Node::Int(i) => self.constant(Type::Int, &[*i as u64]),
            Node::Number(x) => self.constant(NUMBER, &[x.to_bits()]),
            Node::Quantity { value, dimension } => self.constant(Type::Quantity(*dimension), &[value.to_bits()]),
            Node::Clock(ns) => self.constant(Type::Clock, &[*ns]),
            Node::Text(text) => {
                let symbol = self.scope.symbols().intern(text);
                self.constant(Type::Name(None), &[u64::from(symbol.0)])
            }
            Node::Name(name) => self.name(name, expr.span, want)?,
            Node::Member { of, name, name_span } => self.member(of, name, *name_span)?,
            Node::Index { of, at } => self.index(of, at)?,
            Node::Call { name, name_span, args } => self.call(name, *name_span, args, expr.span, want)?,
            Node::Method { of, name, name_span, args } => self.method(of, name, *name_span, args, want)?,
            Node::Unary { op, of } => self.unary(*op, of)?,
            Node::Binary { op, left, right } => self.binary(*op, left, right)?,
            Node::Conditional { test, then, otherwise } => self.conditional(test, then, otherwise, want)?,
            Node::List(items) => self.list(items, want)?,
        })
    }

    /// A fault where a value of type `ty` takes more words than a routine can hold.
    fn room(&self, ty: &Type, span: Span) -> Result<()> {
        let (words, most) = (ty.width(), Operand::LIMIT as u16 / 2);
        if words <= most {
            return Ok(());
        }
        let found = if words == u16::MAX { "too many".to_owned() } else { words.to_string() };
        let message = format!("{} takes {found} words of memory, {most} are allowed", self.describe(ty));
        Err(Fault { span, environment: None, message, help: Some("make its lists shorter".into()) })
    }

    /// The names that a symbol may have where `want` is asked for.
    fn wanted_names(want: Option<&Type>) -> Option<Option<Arc<[Symbol]>>> {
        match want {
            Some(Type::Name(names)) => Some(names.clone()),
            Some(Type::Maybe(inner)) => Self::wanted_names(Some(inner)),
            _ => None,
        }
    }

    fn name(&mut self, name: &str, span: Span, want: Option<&Type>) -> Result<Value> {
        match name {
            "self" | "me" => {
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Me { d });
                return Ok(Value { ty: Type::Ref { kinds: self.scope.own_kind(), inside: true }, at: d });
            }
            "now" => {
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Now { d });
                return Ok(Value { ty: Type::Time, at: d });
            }
            _ => {}
        }
        let names = Self::wanted_names(want);
        let binding = self.scope.name(name).map_err(|found| problem(span, found))?;
        match binding {
            Some(Binding::Value { ty, at }) => Ok(Value { ty, at }),
            Some(Binding::Constant { ty, words }) => Ok(self.constant(ty, &words)),
            Some(Binding::Expr { expr, environment }) => self.bound(&expr, environment, want),
            Some(Binding::Own) => {
                let kinds = self.scope.own_kind();
                let member = self.scope.member(&kinds, true, true, name).map_err(|found| problem(span, found))?;
                self.load(None, member, &kinds, span)
            }
            None if name == "none" => Ok(self.constant(Type::Nothing, &[NONE])),
            None => match names {
                Some(allowed) => self.symbol(name, allowed, span),
                None => Err(self.unknown_name(name, span)),
            },
        }
    }

    /// Compiles an expression that was written elsewhere, in the environment where it was written.
    fn bound(&mut self, expr: &Expr, environment: u32, want: Option<&Type>) -> Result<Value> {
        let left = self.scope.switch(environment);
        let present = std::mem::take(&mut self.present);
        let value = self.expr(expr, want);
        self.present = present;
        self.scope.switch(left);
        value.map_err(|mut found| {
            found.environment.get_or_insert(environment);
            found
        })
    }

    fn symbol(&mut self, name: &str, allowed: Option<Arc<[Symbol]>>, span: Span) -> Result<Value> {
        let symbol = self.scope.symbols().intern(name);
        if let Some(allowed) = &allowed
            && !allowed.contains(&symbol)
        {
            let names: Vec<String> = allowed.iter().map(|one| self.scope.symbols().name(*one).to_owned()).collect();
            let help = nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{name}` is not one of {}", names.join(", "));
            return Err(Fault { span, environment: None, message, help });
        }
        let ty = Type::Name(Some(allowed.unwrap_or_else(|| Arc::from([symbol]))));
        Ok(self.constant(ty, &[u64::from(symbol.0)]))
    }

    fn unknown_name(&mut self, name: &str, span: Span) -> Fault {
        let names = self.scope.names();
        let near = nearest(name, names.iter().map(String::as_str));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        Fault { span, environment: None, message: format!("nothing here is called `{name}`"), help }
    }
}

/// The nearest of `names` to `name`, if one is near enough to be meant.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    names
        .into_iter()
        .map(|have| (strsim::damerau_levenshtein(name, have), have))
        .filter(|(distance, have)| *distance <= 1 + have.len().max(name.len()) / 4)
        .min_by_key(|(distance, have)| (*distance, *have))
        .map(|(_, have)| have)
}
