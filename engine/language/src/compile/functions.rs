//! Functions by name: those of the language, laws of chance, and those that the runtime offers.

use super::data::help_with;
use super::items::Items;
use super::{Compiler, Fault, Result, Value, fault, nearest, problem};
use crate::ast::{Expr, Node};
use crate::law::Law;
use crate::program::{Instr, Math1, Math2, Operand};
use crate::scope::Spoken;
use crate::span::Span;
use crate::types::{NONE, NUMBER, SPAN, Type};

impl Compiler<'_, '_> {
    pub(super) fn call(&mut self, name: &str, name_span: Span, args: &[Expr], span: Span, want: Option<&Type>) -> Result<Value> {
        if let [Expr { node: Node::Text(text), span: text_span }] = args
            && let Some(found) = self.scope.spoken(name, text)
        {
            return match found.map_err(|found| problem(*text_span, found))? {
                Spoken::Constant(ty, word) => Ok(self.constant(ty, &[word])),
                Spoken::Call(f, ty) => {
                    let d = self.emit.alloc(1);
                    self.emit.push(Instr::Call { f, d, a: d });
                    Ok(Value { ty, at: d })
                }
            };
        }
        match name {
            "has" => self.has(args, span),
            "is" => self.is(None, args, span),
            "size" => {
                let [of] = self.arity(name, args, span)?;
                if let Some(crowd) = self.crowd(of) {
                    let at = self.size_of(&Items::Crowd(&crowd));
                    return Ok(Value { ty: Type::Int, at });
                }
                let value = self.expr(of, None)?;
                match value.ty {
                    Type::List(..) | Type::Data(_) => Ok(Value { ty: Type::Int, at: value.at }),
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
            "abs" | "floor" | "ceil" | "round" | "sqrt" | "exp" | "log" | "logistic" | "sin" | "cos" => {
                self.math(name, args, span)
            }
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
            "empirical" | "smoothed" => self.empirical(name, args, span),
            "replay" => self.replay(args, span),
            "at" => self.at(args, span),
            "mixture" => self.mixture(args, span, want),
            "truncated" => self.truncated(args, span),
            "correlated" => self.correlated(args, span),
            _ => match Law::named(name) {
                Some(law) => self.draw(law, args, span),
                None => self.runtime_function(name, name_span, args),
            },
        }
    }

    pub(super) fn arity<'e, const N: usize>(&self, name: &str, args: &'e [Expr], span: Span) -> Result<[&'e Expr; N]> {
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

    pub(super) fn is(&mut self, of: Option<&Expr>, args: &[Expr], span: Span) -> Result<Value> {
        let [state] = self.arity("is", args, span)?;
        let mut path = Vec::new();
        if !state_path(state, &mut path) {
            return fault(state.span, "is(...) takes the name of a state, such as is(dead) or is(day.roadside)");
        }
        let (target, kinds) = match of {
            Some(of) => {
                let value = self.expr(of, None)?;
                match value.ty {
                    Type::Ref { kinds, inside: true } => (value.at, Some(kinds)),
                    Type::Ref { .. } => {
                        let mut found: Result<Value> =
                            fault(of.span, "the state of an actor of another household cannot be read");
                        if let Err(found) = &mut found {
                            found.help =
                                Some("let its board show it, or let it tell: a message when the state is entered".into());
                        }
                        return found;
                    }
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

    /// A value with a dimension, whole numbers made real.
    pub(super) fn number_like(&mut self, expr: &Expr) -> Result<Value> {
        let value = self.expr(expr, None)?;
        match value.ty {
            Type::Quantity(_) => Ok(value),
            Type::Int => self.convert(value, &NUMBER, expr.span),
            Type::Data(ref data) => {
                let message = format!("expected a number, found {}", data.describe());
                Err(Fault { span: expr.span, environment: None, message, help: help_with(data) })
            }
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
            "cos" => Math1::Cos,
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
        if a.ty != b.ty {
            return Err(self.incomparable(left, &a, right, &b));
        }
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
        let words = types.iter().map(Type::width).fold(0, u16::saturating_add);
        if words as usize > Operand::LIMIT / 2 {
            return fault(span, format!("the values for `{name}` take more words of memory than a call can hold"));
        }
        self.room(&ty, span)?;
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
    "cos",
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
    "erlang",
    "pareto",
    "loglogistic",
    "gumbel",
    "pert",
    "binomial",
    "geometric",
    "negative_binomial",
    "truncated",
    "correlated",
    "mixture",
    "empirical",
    "smoothed",
    "replay",
    "at",
];
