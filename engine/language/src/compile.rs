//! Types an expression and writes its program.
//!
//! One pass: each node is typed, its unit checked, and its instructions appended. What names mean is asked of a
//! [`Scope`]. The result of a node lies in words that may be the frame's, the row's, the event's or constants; nothing is
//! copied that need not be. Start at [`Compiler::expr`].

use crate::ast::{BinaryOp, Expr, Node, UnaryOp};
use crate::emit::Emitter;
use crate::program::{Base, Instr, Law, Math1, Math2, Operand};
use crate::scope::{Binding, Member, Problem, Scope};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::types::{Kinds, NONE, NUMBER, SPAN, Type};
use crate::unit::Dimension;
use std::sync::Arc;

mod lists;
mod operators;

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
        Node::Call { name, args, .. } if name == "has" && args.len() == 1 && holds => found.push(args[0].to_string()),
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
    if matches!(&right.node, Node::Name(name) if name == "none") {
        found.push(left.to_string());
    }
}

impl Compiler<'_, '_> {
    /// Compiles `expr` to a value of type `want` where one is asked for.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn expr(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Value> {
        let value = self.node(expr, want)?;
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
                let at = self.to_float(value.at);
                Ok(Value { ty: NUMBER, at })
            }
            (Type::Int, Type::Maybe(inner)) if **inner == NUMBER => {
                let at = self.to_float(value.at);
                Ok(Value { ty: NUMBER, at })
            }
            (have, want) if have.fits(want) => Ok(value),
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
        } else {
            format!("expected {want_text}, found {have_text}")
        };
        Fault { span, environment: None, message, help: None }
    }

    /// A type in the author's words.
    pub fn describe(&self, ty: &Type) -> String {
        ty.describe(&|kind| self.scope.kind_name(kind))
    }

    fn to_float(&mut self, at: Operand) -> Operand {
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

    fn node(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Value> {
        let value = match &expr.node {
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
            Node::Unary { op, of } => self.unary(*op, of, want)?,
            Node::Binary { op, left, right } => self.binary(*op, left, right, want)?,
            Node::Conditional { test, then, otherwise } => self.conditional(test, then, otherwise, want)?,
            Node::List(items) => self.list(items, want)?,
        };
        if let Type::Maybe(inner) = &value.ty
            && self.present.contains(&expr.to_string())
        {
            return Ok(Value { ty: (**inner).clone(), at: value.at });
        }
        Ok(value)
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

    fn member(&mut self, of: &Expr, name: &str, span: Span) -> Result<Value> {
        if let Node::Name(record) = &of.node
            && let Some(found) = self.scope.record(record, name)
        {
            let (ty, at) = found.map_err(|found| problem(span, found))?;
            return Ok(Value { ty, at });
        }
        let own = matches!(&of.node, Node::Name(own) if own == "self" || own == "me");
        let value = self.expr(of, None)?;
        match &value.ty {
            Type::Ref { kinds, inside } => {
                let (kinds, inside) = (kinds.clone(), *inside);
                let member = self.scope.member(&kinds, inside, own, name).map_err(|found| problem(span, found))?;
                self.load(Some(value.at), member, &kinds, span)
            }
            Type::Slot => match name {
                "start" => Ok(Value { ty: Type::Time, at: value.at }),
                "span" => Ok(Value { ty: SPAN, at: value.at.offset(1) }),
                "end" => {
                    let d = self.emit.alloc(1);
                    self.emit.push(Instr::Later { d, a: value.at, b: value.at.offset(1) });
                    Ok(Value { ty: Type::Time, at: d })
                }
                _ => fault(span, format!("a Slot has no `{name}`: it has start, span and end")),
            },
            Type::Maybe(inner) => {
                let text = self.describe(inner);
                let mut found: Result<Value> = fault(span, format!("this {text} may be missing"));
                if let Err(found) = &mut found {
                    found.help = Some(format!("test it first: has({of}) && ..., or has({of}) ? ... : ..."));
                }
                found
            }
            Type::Holder(_) => self.runtime_call(name, &[value], span),
            ty => {
                let text = self.describe(ty);
                fault(span, format!("{text} has no `{name}`"))
            }
        }
    }

    /// Loads a member of `of`, or of the actor itself.
    fn load(&mut self, of: Option<Operand>, member: Member, kinds: &Kinds, span: Span) -> Result<Value> {
        match member {
            Member::Field { ty, slots, own } => {
                if own || of.is_none() {
                    let slot = match kinds {
                        Kinds::One(kind) => slots[*kind as usize],
                        _ => return fault(span, "the actor's own kind is not known here"),
                    };
                    return Ok(Value { ty, at: Operand::new(Base::Row, slot) });
                }
                let words = ty.width();
                let d = self.emit.alloc(words);
                let of = of.expect("checked above");
                match kinds {
                    Kinds::One(kind) => self.emit.push(Instr::Field { d, of, slot: slots[*kind as usize], words }),
                    _ => {
                        let table = self.table(slots);
                        self.emit.push(Instr::FieldBy { d, of, table, words });
                    }
                }
                Ok(Value { ty, at: d })
            }
            Member::Holder { kind, numbers } => {
                let of = match of {
                    Some(of) => of,
                    None => self.me(),
                };
                let d = self.emit.alloc(1);
                match kinds {
                    Kinds::One(number) => self.emit.push(Instr::Holder { d, of, holder: numbers[*number as usize] }),
                    _ => {
                        let table = self.table(numbers);
                        self.emit.push(Instr::HolderBy { d, of, table });
                    }
                }
                Ok(Value { ty: Type::Holder(kind), at: d })
            }
            Member::Computed { ty, function } => {
                let of = match of {
                    Some(of) => of,
                    None => self.me(),
                };
                let d = self.emit.alloc(ty.width().max(1));
                self.emit.push(Instr::Mov { d, a: of });
                self.emit.push(Instr::Call { f: function, d, a: d });
                Ok(Value { ty, at: d })
            }
        }
    }

    fn me(&mut self) -> Operand {
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Me { d });
        d
    }

    fn table(&mut self, slots: Vec<u16>) -> u16 {
        let tables = &mut self.emit.program.tables;
        let at = tables.iter().position(|table| *table == slots).unwrap_or_else(|| {
            tables.push(slots);
            tables.len() - 1
        });
        at as u16
    }

    fn keys(&mut self, names: &[Symbol]) -> u16 {
        let list: Vec<u32> = names.iter().map(|name| name.0).collect();
        let keys = &mut self.emit.program.keys;
        let at = keys.iter().position(|have| *have == list).unwrap_or_else(|| {
            keys.push(list);
            keys.len() - 1
        });
        at as u16
    }

    fn call(&mut self, name: &str, name_span: Span, args: &[Expr], span: Span, want: Option<&Type>) -> Result<Value> {
        match name {
            "has" => self.has(args, span),
            "is" => self.is(None, args, span),
            "size" => {
                let [of] = self.arity(name, args, span)?;
                let value = self.expr(of, None)?;
                match value.ty {
                    Type::List(..) => Ok(Value { ty: Type::Int, at: value.at }),
                    ty => fault(of.span, format!("size(...) counts the items of a list, not {}", self.describe(&ty))),
                }
            }
            "slot" => {
                let [start, length] = self.arity(name, args, span)?;
                let d = self.emit.alloc(2);
                self.expr_into(start, &Type::Time, d)?;
                self.expr_into(length, &SPAN, d.offset(1))?;
                Ok(Value { ty: Type::Slot, at: d })
            }
            "pick" => self.pick(args, span),
            "min" | "max" => self.extreme(name, args, span, want),
            "abs" | "floor" | "ceil" | "round" | "sqrt" | "exp" | "log" | "logistic" | "sin" => self.math(name, args, span),
            "pow" => {
                let [base, power] = self.arity(name, args, span)?;
                let a = self.expr(base, Some(&NUMBER))?.at;
                let b = self.expr(power, Some(&NUMBER))?.at;
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Math2 { f: Math2::Pow, d, a, b });
                Ok(Value { ty: NUMBER, at: d })
            }
            "int" => {
                let [of] = self.arity(name, args, span)?;
                let a = self.expr(of, Some(&NUMBER))?.at;
                let d = self.emit.alloc(1);
                self.emit.push(Instr::ToI { d, a });
                Ok(Value { ty: Type::Int, at: d })
            }
            "number" | "double" => {
                let [of] = self.arity(name, args, span)?;
                self.expr(of, Some(&NUMBER))
            }
            _ => match law(name) {
                Some(law) => self.draw(name, law, args, span),
                None => self.runtime_function(name, name_span, args),
            },
        }
    }

    fn arity<'e, const N: usize>(&self, name: &str, args: &'e [Expr], span: Span) -> Result<[&'e Expr; N]> {
        let list: Vec<&Expr> = args.iter().collect();
        list.try_into().or_else(|_| fault(span, format!("{name}(...) takes {N} values, found {}", args.len())))
    }

    fn has(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let [of] = self.arity("has", args, span)?;
        let value = self.node(of, None)?;
        if !matches!(value.ty, Type::Maybe(_)) {
            return Ok(self.constant(Type::Bool, &[1]));
        }
        let missing = self.emit.constants(&[NONE]);
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Ne { d, a: value.at, b: missing });
        Ok(Value { ty: Type::Bool, at: d })
    }

    fn is(&mut self, of: Option<&Expr>, args: &[Expr], span: Span) -> Result<Value> {
        let [state] = self.arity("is", args, span)?;
        let mut path = Vec::new();
        if !state_path(state, &mut path) {
            return fault(state.span, "is(...) takes the name of a state, such as is(dead) or is(day.roadside)");
        }
        let (target, kinds) = match of {
            Some(of) => {
                let value = self.expr(of, None)?;
                match value.ty {
                    Type::Ref { kinds, .. } => (value.at, Some(kinds)),
                    ty => return fault(of.span, format!("only an actor has states, not {}", self.describe(&ty))),
                }
            }
            None => (self.me(), None),
        };
        let (_, region, state) = self.scope.state(kinds.as_ref(), &path).map_err(|found| problem(state.span, found))?;
        let d = self.emit.alloc(1);
        self.emit.push(Instr::InState { d, of: target, region, state });
        Ok(Value { ty: Type::Bool, at: d })
    }

    fn draw(&mut self, name: &str, law: Law, args: &[Expr], span: Span) -> Result<Value> {
        let shape = law_shape(law);
        if args.len() != shape.len() {
            return fault(span, format!("{name}(...) takes {}, found {} values", law_words(law), args.len()));
        }
        let mut dimension: Option<Dimension> = None;
        let mut operands = [self.emit.float(0.0); 3];
        for (at, (arg, measured)) in args.iter().zip(shape).enumerate() {
            let value = if *measured { self.number_like(arg)? } else { self.expr(arg, Some(&NUMBER))? };
            if *measured {
                let Type::Quantity(found) = value.ty else { unreachable!("number_like gives a quantity") };
                match dimension {
                    None => dimension = Some(found),
                    Some(first) if first != found => {
                        let (first, found) = (self.describe(&Type::Quantity(first)), self.describe(&Type::Quantity(found)));
                        return fault(arg.span, format!("the values of {name}(...) differ in unit: {first} and {found}"));
                    }
                    Some(_) => {}
                }
            }
            operands[at] = value.at;
        }
        let ty = match law {
            Law::Chance => Type::Bool,
            Law::Poisson => Type::Int,
            _ => Type::Quantity(dimension.unwrap_or(Dimension::NONE)),
        };
        let site = self.scope.site(name);
        let d = self.emit.alloc(1);
        let [a, b, c] = operands;
        self.emit.push(Instr::Draw { law, site, d, a, b, c });
        Ok(Value { ty, at: d })
    }

    /// A value with a dimension, whole numbers made real.
    fn number_like(&mut self, expr: &Expr) -> Result<Value> {
        let value = self.expr(expr, None)?;
        match value.ty {
            Type::Quantity(_) => Ok(value),
            Type::Int => self.convert(value, &NUMBER, expr.span),
            ty => fault(expr.span, format!("expected a number, found {}", self.describe(&ty))),
        }
    }

    fn math(&mut self, name: &str, args: &[Expr], span: Span) -> Result<Value> {
        let [of] = self.arity(name, args, span)?;
        let value = self.number_like(of)?;
        let f = match name {
            "abs" => Math1::Abs,
            "floor" => Math1::Floor,
            "ceil" => Math1::Ceil,
            "round" => Math1::Round,
            "sqrt" => Math1::Sqrt,
            "exp" => Math1::Exp,
            "log" => Math1::Log,
            "sin" => Math1::Sin,
            _ => Math1::Logistic,
        };
        if f != Math1::Abs && value.ty != NUMBER {
            let text = self.describe(&value.ty);
            return fault(of.span, format!("{name}(...) takes a plain number, found {text}; divide by a unit first"));
        }
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Math1 { f, d, a: value.at });
        Ok(Value { ty: value.ty, at: d })
    }

    fn extreme(&mut self, name: &str, args: &[Expr], span: Span, want: Option<&Type>) -> Result<Value> {
        let [left, right] = self.arity(name, args, span)?;
        let (a, b) = self.same_type(left, right, want)?;
        let d = self.emit.alloc(1);
        match &a.ty {
            Type::Quantity(_) => {
                let f = if name == "min" { Math2::Min } else { Math2::Max };
                self.emit.push(Instr::Math2 { f, d, a: a.at, b: b.at });
            }
            Type::Int | Type::Time | Type::Clock => {
                let less = self.emit.alloc(1);
                let (first, second) = if name == "min" { (a.at, b.at) } else { (b.at, a.at) };
                self.emit.push(Instr::LtI { d: less, a: first, b: second });
                self.emit.push(Instr::Mov { d, a: b.at });
                let skip = self.emit.jump(Instr::Jz { a: less, t: 0 });
                self.emit.push(Instr::Mov { d, a: a.at });
                self.emit.land(skip);
            }
            ty => {
                let text = self.describe(ty);
                return fault(span, format!("{name}(...) compares numbers or times, not {text}"));
            }
        }
        Ok(Value { ty: a.ty, at: d })
    }

    fn runtime_function(&mut self, name: &str, name_span: Span, args: &[Expr]) -> Result<Value> {
        let Some(parameters) = self.scope.parameters(name) else {
            let names = self.scope.names();
            let known = FUNCTIONS.iter().copied().chain(names.iter().map(String::as_str));
            let help = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            return Err(Fault { span: name_span, environment: None, message: format!("there is no function `{name}`"), help });
        };
        let mut values = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            values.push(self.expr(arg, parameters.get(at))?);
        }
        self.runtime_call(name, &values, name_span)
    }

    /// Calls a function of the runtime on values that are compiled already.
    pub fn runtime_call(&mut self, name: &str, values: &[Value], span: Span) -> Result<Value> {
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let (f, ty) = match self.scope.function(name, &types) {
            Some(Ok(found)) => found,
            Some(Err(found)) => return Err(problem(span, found)),
            None => {
                let of = types.first().map(|ty| self.describe(ty)).unwrap_or_default();
                return fault(span, format!("{of} has no `{name}`"));
            }
        };
        let words: u16 = types.iter().map(Type::width).sum();
        let d = self.emit.alloc(words.max(ty.width()).max(1));
        let mut at = d;
        for value in values {
            self.emit.push(match value.ty.width() {
                1 => Instr::Mov { d: at, a: value.at },
                words => Instr::Copy { d: at, a: value.at, words },
            });
            at = at.offset(value.ty.width());
        }
        self.emit.push(Instr::Call { f, d, a: d });
        Ok(Value { ty, at: d })
    }
}

fn state_path(expr: &Expr, path: &mut Vec<String>) -> bool {
    match &expr.node {
        Node::Name(name) => {
            path.push(name.clone());
            true
        }
        Node::Member { of, name, .. } => {
            let whole = state_path(of, path);
            path.push(name.clone());
            whole
        }
        _ => false,
    }
}

/// The functions that the language itself knows.
pub const FUNCTIONS: &[&str] = &[
    "has",
    "is",
    "size",
    "slot",
    "pick",
    "min",
    "max",
    "abs",
    "floor",
    "ceil",
    "round",
    "sqrt",
    "exp",
    "log",
    "logistic",
    "sin",
    "pow",
    "int",
    "number",
    "uniform",
    "exponential",
    "normal",
    "lognormal",
    "weibull",
    "gamma",
    "poisson",
    "chance",
    "triangular",
    "beta",
];

fn law(name: &str) -> Option<Law> {
    Some(match name {
        "uniform" => Law::Uniform,
        "exponential" => Law::Exponential,
        "normal" => Law::Normal,
        "lognormal" => Law::LogNormal,
        "weibull" => Law::Weibull,
        "gamma" => Law::Gamma,
        "poisson" => Law::Poisson,
        "chance" => Law::Chance,
        "triangular" => Law::Triangular,
        "beta" => Law::Beta,
        _ => return None,
    })
}

/// Which parameters carry the unit of the result.
fn law_shape(law: Law) -> &'static [bool] {
    match law {
        Law::Uniform | Law::Normal => &[true, true],
        Law::Exponential => &[true],
        Law::LogNormal => &[true, false],
        Law::Weibull | Law::Gamma => &[false, true],
        Law::Poisson | Law::Chance => &[false],
        Law::Triangular => &[true, true, true],
        Law::Beta => &[false, false],
    }
}

fn law_words(law: Law) -> &'static str {
    match law {
        Law::Uniform => "low and high",
        Law::Exponential => "the mean",
        Law::Normal => "mean and standard deviation",
        Law::LogNormal => "median and sigma",
        Law::Weibull => "shape and scale",
        Law::Gamma => "shape and scale",
        Law::Poisson => "the mean",
        Law::Chance => "a probability",
        Law::Triangular => "low, most likely and high",
        Law::Beta => "the two shapes",
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
