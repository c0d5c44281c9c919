//! Operators and conditionals: what may be added, compared and chosen between.

use super::{Compiler, Fault, Result, Value, fault, shown_present};
use crate::ast::{BinaryOp, Expr, Node, UnaryOp};
use crate::program::{Instr, Operand};
use crate::types::{MONEY, NUMBER, SPAN, Type};
use crate::unit::Dimension;

impl Compiler<'_, '_> {
    pub(super) fn unary(&mut self, op: UnaryOp, of: &Expr) -> Result<Value> {
        if op == UnaryOp::Not {
            let a = self.expr(of, Some(&Type::Bool))?.at;
            let d = self.emit.alloc(1);
            self.emit.push(Instr::Not { d, a });
            return Ok(Value { ty: Type::Bool, at: d });
        }
        let value = self.node(of, None)?;
        let constant = self.emit.constant(value.at);
        match value.ty {
            Type::Int => {
                if let Some(negative) = constant.and_then(|word| (word as i64).checked_neg()) {
                    return Ok(self.constant(Type::Int, &[negative as u64]));
                }
                let d = self.emit.alloc(1);
                self.emit.push(Instr::NegI { d, a: value.at });
                Ok(Value { ty: Type::Int, at: d })
            }
            Type::Quantity(_) => {
                if let Some(word) = constant {
                    let negative = (-f64::from_bits(word)).to_bits();
                    return Ok(self.constant(value.ty, &[negative]));
                }
                let d = self.emit.alloc(1);
                self.emit.push(Instr::NegF { d, a: value.at });
                Ok(Value { ty: value.ty, at: d })
            }
            ty => {
                let text = self.describe(&ty);
                fault(of.span, format!("a minus sign goes before a number, not before {text}"))
            }
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Value> {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logical(op, left, right),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op, left, right),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => self.order(op, left, right),
            BinaryOp::In => self.inside(left, right),
            _ => self.arithmetic(op, left, right),
        }
    }

    fn logical(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Value> {
        let d = self.emit.alloc(1);
        self.expr_into(left, &Type::Bool, d)?;
        let stop = if op == BinaryOp::And {
            self.emit.jump(Instr::Jz { a: d, t: 0 })
        } else {
            let mark = self.emit.mark();
            let not = self.emit.alloc(1);
            self.emit.push(Instr::Not { d: not, a: d });
            let jump = self.emit.jump(Instr::Jz { a: not, t: 0 });
            self.emit.release(mark);
            jump
        };
        let known = self.present.len();
        shown_present(left, op == BinaryOp::And, &mut self.present);
        let done = self.expr_into(right, &Type::Bool, d);
        self.present.truncate(known);
        self.emit.land(stop);
        done.map(|()| Value { ty: Type::Bool, at: d })
    }

    pub(super) fn conditional(&mut self, test: &Expr, then: &Expr, otherwise: &Expr, want: Option<&Type>) -> Result<Value> {
        let ty = match want {
            Some(want) => want.clone(),
            None => self.common_type(test, then, otherwise)?,
        };
        self.room(&ty, test.span.to(otherwise.span))?;
        let d = self.emit.alloc(ty.width());
        let mark = self.emit.mark();
        let condition = self.expr(test, Some(&Type::Bool))?.at;
        self.emit.release(mark);
        let to_else = self.emit.jump(Instr::Jz { a: condition, t: 0 });
        let known = self.present.len();
        shown_present(test, true, &mut self.present);
        let first = self.expr_into(then, &ty, d);
        self.present.truncate(known);
        first?;
        let to_end = self.emit.jump(Instr::Jmp { t: 0 });
        self.emit.land(to_else);
        shown_present(test, false, &mut self.present);
        let second = self.expr_into(otherwise, &ty, d);
        self.present.truncate(known);
        self.emit.land(to_end);
        second.map(|()| Value { ty, at: d })
    }

    /// The type that both branches of a conditional can take, found by a trial whose code is thrown away.
    fn common_type(&mut self, test: &Expr, then: &Expr, otherwise: &Expr) -> Result<Type> {
        let known = self.present.len();
        shown_present(test, true, &mut self.present);
        let first = self.trial(then, None);
        self.present.truncate(known);
        shown_present(test, false, &mut self.present);
        let second = self.trial(otherwise, first.as_ref().ok());
        let second = if second.is_err() && first.is_ok() { self.trial(otherwise, None) } else { second };
        self.present.truncate(known);
        // A bare name is only known by what stands beside it.
        let (first, second) = match (first, second) {
            (Err(_), Ok(second)) => (self.trial(then, Some(&second))?, second),
            (first, second) => (first?, second?),
        };
        match join(&first, &second) {
            Some(ty) => Ok(ty),
            None => {
                let (a, b) = (self.describe(&first), self.describe(&second));
                fault(otherwise.span, format!("the two branches differ: {a} and {b}"))
            }
        }
    }

    /// The type of `expr`, leaving no code behind.
    pub(super) fn trial(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Type> {
        let (code, origins, mark) = (self.emit.program.code.len(), self.emit.program.origins.len(), self.emit.mark());
        self.emit.begin_trial();
        let found = self.node(expr, want).map(|value| value.ty);
        self.emit.end_trial();
        self.emit.program.code.truncate(code);
        self.emit.program.origins.truncate(origins);
        self.emit.release(mark);
        let _ = self.emit.here();
        found
    }

    /// Both sides as one type, where one can be read as the other.
    pub(super) fn same_type(&mut self, left: &Expr, right: &Expr, want: Option<&Type>) -> Result<(Value, Value)> {
        let want = want.filter(|want| matches!(want, Type::Quantity(_)));
        // A bare name on the left takes its meaning from the right: `app == channel`.
        let bare = |expr: &Expr| matches!(expr.node, Node::Name(_));
        let unknown = if bare(left) { self.trial(left, None).err() } else { None };
        let (mut a, mut b) = if let Some(unknown) = unknown {
            let b = self.node(right, None).map_err(|found| if bare(right) { unknown } else { found })?;
            (self.node(left, Some(&b.ty))?, b)
        } else {
            let a = self.node(left, want)?;
            let hint = naming(&a.ty);
            (a, self.node(right, hint.as_ref())?)
        };
        match (&a.ty, &b.ty) {
            (Type::Int, Type::Quantity(_)) => a = self.convert(a, &NUMBER, left.span)?,
            (Type::Quantity(_), Type::Int) => b = self.convert(b, &NUMBER, right.span)?,
            (Type::Int, Type::Maybe(other)) if **other == NUMBER => a = self.convert(a, &NUMBER, left.span)?,
            (Type::Maybe(other), Type::Int) if **other == NUMBER => b = self.convert(b, &NUMBER, right.span)?,
            _ => {}
        }
        Ok((a, b))
    }

    fn equality(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Value> {
        let (a, b) = self.same_type(left, right, None)?;
        let comparable = a.ty.fits(&b.ty) || b.ty.fits(&a.ty) || matches!((&a.ty, &b.ty), (Type::Name(_), Type::Name(_)));
        let whole = |ty: &Type| *ty == Type::Nothing || ty.is_compared_by_words();
        if !comparable || !whole(&a.ty) && b.ty != Type::Nothing || !whole(&b.ty) && a.ty != Type::Nothing {
            return Err(self.incomparable(left, &a, right, &b));
        }
        let d = self.emit.alloc(1);
        let equal = op == BinaryOp::Eq;
        let (x, y) = (a.at, b.at);
        let words = a.ty.width().min(b.ty.width());
        // A missing number is a NaN, so that a number beside it differs from it as it should.
        if matches!(a.ty, Type::Quantity(_)) || matches!(b.ty, Type::Quantity(_)) {
            self.emit.push(if equal { Instr::EqF { d, a: x, b: y } } else { Instr::NeF { d, a: x, b: y } });
        } else if words == 1 {
            self.emit.push(if equal { Instr::Eq { d, a: x, b: y } } else { Instr::Ne { d, a: x, b: y } });
        } else {
            self.same_words(d, x, y, words);
            if !equal {
                self.emit.push(Instr::Not { d, a: d });
            }
        }
        Ok(Value { ty: Type::Bool, at: d })
    }

    /// Whether two stretches of words are equal. Behind a missing value's first word the others say nothing.
    pub(super) fn same_words(&mut self, d: Operand, a: Operand, b: Operand, words: u16) {
        self.emit.push(Instr::Eq { d, a, b });
        if words > 1 {
            let differs = self.emit.jump(Instr::Jz { a: d, t: 0 });
            let missing = self.emit.jump(Instr::Jnone { a, t: 0 });
            self.emit.push(Instr::EqWide { d, a, b, words });
            self.emit.land(differs);
            self.emit.land(missing);
        }
    }

    pub(super) fn incomparable(&mut self, left: &Expr, a: &Value, right: &Expr, b: &Value) -> Fault {
        let (x, y) = (self.describe(&a.ty), self.describe(&b.ty));
        let span = left.span.to(right.span);
        let help = match (&a.ty, &b.ty) {
            (Type::Maybe(_), _) | (_, Type::Maybe(_)) => Some("a value that may be missing is tested first with has(...)"),
            (Type::Quantity(_), Type::Quantity(_)) => Some("both sides need the same unit"),
            (Type::List(..), _) | (_, Type::List(..)) => Some("compare their items, or their size()"),
            _ => None,
        };
        Fault { span, environment: None, message: format!("{x} and {y} cannot be compared"), help: help.map(str::to_owned) }
    }

    fn order(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Value> {
        let (a, b) = self.same_type(left, right, None)?;
        if a.ty != b.ty {
            return Err(self.incomparable(left, &a, right, &b));
        }
        let (x, y) = if matches!(op, BinaryOp::Lt | BinaryOp::Le) { (a.at, b.at) } else { (b.at, a.at) };
        let strict = matches!(op, BinaryOp::Lt | BinaryOp::Gt);
        let d = self.emit.alloc(1);
        let instr = match (&a.ty, strict) {
            (Type::Quantity(_), true) => Instr::LtF { d, a: x, b: y },
            (Type::Quantity(_), false) => Instr::LeF { d, a: x, b: y },
            (Type::Int | Type::Time | Type::Clock, true) => Instr::LtI { d, a: x, b: y },
            (Type::Int | Type::Time | Type::Clock, false) => Instr::LeI { d, a: x, b: y },
            _ => return Err(self.incomparable(left, &a, right, &b)),
        };
        self.emit.push(instr);
        Ok(Value { ty: Type::Bool, at: d })
    }

    fn inside(&mut self, left: &Expr, right: &Expr) -> Result<Value> {
        let set = self.expr(right, None)?;
        match &set.ty {
            Type::Set(names) => {
                let want = Type::Name(Some(names.clone()));
                let name = self.node(left, Some(&want))?;
                if !matches!(name.ty, Type::Name(_)) {
                    let text = self.describe(&name.ty);
                    return fault(left.span, format!("expected a name, found {text}"));
                }
                let keys = self.keys(names);
                let d = self.emit.alloc(1);
                self.emit.push(Instr::InSet { d, a: name.at, b: set.at, keys });
                Ok(Value { ty: Type::Bool, at: d })
            }
            Type::List(inner, _) => {
                let inner = (**inner).clone();
                self.in_list(left, &set, &inner)
            }
            ty => {
                let text = self.describe(ty);
                fault(right.span, format!("`in` looks into a list or a set of names, not into {text}"))
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Value> {
        let mut a = self.node(left, None)?;
        if let (Type::Set(names), BinaryOp::Add | BinaryOp::Sub) = (&a.ty, op) {
            let names = names.clone();
            return self.flag(op, &a, &names, right);
        }
        let mut b = self.node(right, naming(&a.ty).as_ref())?;
        if let Some(value) = self.with_time(op, &a, &b, left, right)? {
            return Ok(value);
        }
        if let (Type::List(..), Type::List(..), BinaryOp::Add) = (&a.ty, &b.ty, op) {
            return self.join_lists(&a, &b, right);
        }
        if let (Type::List(..), Type::List(..), BinaryOp::Sub) = (&a.ty, &b.ty, op) {
            return self.without(&a, &b, right);
        }
        match (&a.ty, &b.ty) {
            (Type::Int, Type::Quantity(_)) => a = self.convert(a, &NUMBER, left.span)?,
            (Type::Quantity(_), Type::Int) => b = self.convert(b, &NUMBER, right.span)?,
            _ => {}
        }
        match (&a.ty, &b.ty) {
            (Type::Int, Type::Int) => Ok(self.whole(op, a.at, b.at)),
            (Type::Quantity(x), Type::Quantity(y)) => {
                let (x, y) = (*x, *y);
                let dimension = self.combine(op, x, y, left, right)?;
                Ok(self.real(op, a.at, b.at, dimension))
            }
            _ => self.no_arithmetic(op, left, &a, right, &b),
        }
    }

    /// A set with a name, or without it.
    fn flag(
        &mut self,
        op: BinaryOp,
        set: &Value,
        names: &std::sync::Arc<[crate::symbol::Symbol]>,
        right: &Expr,
    ) -> Result<Value> {
        let a = self.expr(right, Some(&Type::Name(Some(names.clone()))))?.at;
        let keys = self.keys(names);
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Flag { d, set: set.at, a, keys, on: op == BinaryOp::Add });
        Ok(Value { ty: set.ty.clone(), at: d })
    }

    fn no_arithmetic(&mut self, op: BinaryOp, left: &Expr, a: &Value, right: &Expr, b: &Value) -> Result<Value> {
        let (x, y) = (self.describe(&a.ty), self.describe(&b.ty));
        let help = matches!((&a.ty, &b.ty), (Type::Maybe(_), _) | (_, Type::Maybe(_)))
            .then(|| "a value that may be missing is tested first with has(...)".to_owned());
        let message = format!("`{}` does not go between {x} and {y}", op.symbol());
        Err(Fault { span: left.span.to(right.span), environment: None, message, help })
    }

    /// Moments: a time and a span make a time, two times make a span.
    fn with_time(&mut self, op: BinaryOp, a: &Value, b: &Value, left: &Expr, right: &Expr) -> Result<Option<Value>> {
        let d = match (&a.ty, &b.ty, op) {
            (Type::Time, Type::Time, BinaryOp::Sub) => {
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Between { d, a: a.at, b: b.at });
                return Ok(Some(Value { ty: SPAN, at: d }));
            }
            (Type::Time, span, BinaryOp::Add | BinaryOp::Sub) if *span == SPAN => self.emit.alloc(1),
            (span, Type::Time, BinaryOp::Add) if *span == SPAN => {
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Later { d, a: b.at, b: a.at });
                return Ok(Some(Value { ty: Type::Time, at: d }));
            }
            (Type::Time, _, _) | (_, Type::Time, _) => return self.no_arithmetic(op, left, a, right, b).map(Some),
            _ => return Ok(None),
        };
        let instr =
            if op == BinaryOp::Add { Instr::Later { d, a: a.at, b: b.at } } else { Instr::Earlier { d, a: a.at, b: b.at } };
        self.emit.push(instr);
        Ok(Some(Value { ty: Type::Time, at: d }))
    }

    fn whole(&mut self, op: BinaryOp, a: Operand, b: Operand) -> Value {
        let d = self.emit.alloc(1);
        self.emit.push(match op {
            BinaryOp::Add => Instr::AddI { d, a, b },
            BinaryOp::Sub => Instr::SubI { d, a, b },
            BinaryOp::Mul => Instr::MulI { d, a, b },
            BinaryOp::Div => Instr::DivI { d, a, b },
            _ => Instr::RemI { d, a, b },
        });
        Value { ty: Type::Int, at: d }
    }

    fn combine(&mut self, op: BinaryOp, x: Dimension, y: Dimension, left: &Expr, right: &Expr) -> Result<Dimension> {
        match op {
            BinaryOp::Mul => Ok(x.mul(y)),
            BinaryOp::Div => Ok(x.div(y)),
            _ if x == y => Ok(x),
            _ => {
                let verb = match op {
                    BinaryOp::Add => "added to",
                    BinaryOp::Sub => "taken from",
                    _ => "combined with",
                };
                let (first, second) = if op == BinaryOp::Sub { (y, x) } else { (x, y) };
                let (first, second) = (self.describe(&Type::Quantity(first)), self.describe(&Type::Quantity(second)));
                let mut found = Fault {
                    span: left.span.to(right.span),
                    environment: None,
                    message: format!("{first} cannot be {verb} {second}"),
                    help: Some("both sides need the same unit; divide by a unit to make a plain number".into()),
                };
                if Type::Quantity(x) == MONEY || Type::Quantity(y) == MONEY {
                    found.help = Some("both sides need the same unit: money with money, as in `2 * 4.50 EUR + 1 EUR`".into());
                }
                Err(found)
            }
        }
    }

    fn real(&mut self, op: BinaryOp, a: Operand, b: Operand, dimension: Dimension) -> Value {
        let ty = Type::Quantity(dimension);
        if let (Some(x), Some(y)) = (self.emit.constant(a), self.emit.constant(b)) {
            let (x, y) = (f64::from_bits(x), f64::from_bits(y));
            let folded = match op {
                BinaryOp::Add => x + y,
                BinaryOp::Sub => x - y,
                BinaryOp::Mul => x * y,
                BinaryOp::Div => x / y,
                _ => libm::fmod(x, y),
            };
            return self.constant(ty, &[folded.to_bits()]);
        }
        let d = self.emit.alloc(1);
        self.emit.push(match op {
            BinaryOp::Add => Instr::AddF { d, a, b },
            BinaryOp::Sub => Instr::SubF { d, a, b },
            BinaryOp::Mul => Instr::MulF { d, a, b },
            BinaryOp::Div => Instr::DivF { d, a, b },
            _ => Instr::RemF { d, a, b },
        });
        Value { ty, at: d }
    }
}

/// What a value of type `ty` says about bare names that stand beside it; nothing where it has no names.
fn naming(ty: &Type) -> Option<Type> {
    match ty {
        Type::Name(_) => Some(ty.clone()),
        Type::Maybe(inner) | Type::List(inner, _) => naming(inner).map(|_| ty.clone()),
        _ => None,
    }
}

/// The narrowest type that both can take.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Int, Type::Quantity(d)) | (Type::Quantity(d), Type::Int) if d.is_none() => Some(NUMBER),
        (Type::Nothing, other) | (other, Type::Nothing) => Some(match other {
            Type::Maybe(_) => other.clone(),
            _ => Type::Maybe(Box::new(other.clone())),
        }),
        (Type::Maybe(inner), other) | (other, Type::Maybe(inner)) => {
            let other = if let Type::Maybe(other) = other { other } else { other };
            join(inner, other).map(|joined| Type::Maybe(Box::new(joined)))
        }
        (Type::Name(x), Type::Name(y)) => Some(Type::Name(match (x, y) {
            (Some(x), Some(y)) => {
                let mut names = x.to_vec();
                names.extend(y.iter().filter(|name| !x.contains(name)));
                Some(names.into())
            }
            _ => None,
        })),
        (Type::List(x, n), Type::List(y, m)) => {
            let inner = if *n == 0 && **x == Type::Nothing {
                (**y).clone()
            } else if *m == 0 && **y == Type::Nothing {
                (**x).clone()
            } else {
                join(x, y)?
            };
            Some(Type::List(Box::new(inner), *n.max(m)))
        }
        (Type::Ref { kinds, inside: x }, Type::Ref { kinds: other, inside: y }) => {
            let mut list = kinds.list();
            list.extend(other.list().into_iter().filter(|kind| !kinds.list().contains(kind)));
            let kinds = if kinds.list().is_empty() || other.list().is_empty() {
                crate::types::Kinds::Any
            } else {
                crate::types::Kinds::Many(list.into())
            };
            Some(Type::Ref { kinds, inside: *x && *y })
        }
        _ => None,
    }
}
