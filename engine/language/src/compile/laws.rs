//! Draws: from a law, from a law that is cut off or leans on a score, and from one of several.

use super::operators::join;
use super::{Compiler, Fault, Result, Value, fault, nearest};
use crate::ast::{Expr, Node};
use crate::law::{Gives, Law, Shape};
use crate::program::{Instr, Operand};
use crate::span::Span;
use crate::types::{NUMBER, Type};
use crate::unit::Dimension;

/// The most ways of a mixture.
const WAYS_MAX: usize = 32;

/// Whether a function gives another value each time.
pub(super) fn draws(name: &str) -> bool {
    matches!(name, "pick" | "mixture" | "truncated" | "correlated" | "empirical" | "smoothed" | "replay")
        || Law::named(name).is_some()
}

/// Parameters of a law as compiled, and the unit of what it gives.
struct Parameters {
    at: [Operand; 3],
    dimension: Dimension,
}

impl Compiler<'_, '_> {
    pub(super) fn draw(&mut self, law: Law, args: &[Expr], span: Span) -> Result<Value> {
        let Parameters { at: [a, b, c], dimension } = self.law_parameters(law, args, span)?;
        let site = self.site(law.name());
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Draw { law, site, d, a, b, c });
        Ok(Value { ty: given(law, dimension), at: d })
    }

    fn law_parameters(&mut self, law: Law, args: &[Expr], span: Span) -> Result<Parameters> {
        let (name, measured) = (law.name(), law.measured());
        if args.len() != measured.len() {
            return fault(span, format!("{name}(...) takes {}, found {} values", law.words(), args.len()));
        }
        let mut dimension: Option<Dimension> = None;
        let mut at = [self.emit.float(0.0); 3];
        for (place, (arg, measured)) in args.iter().zip(measured).enumerate() {
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
            at[place] = value.at;
        }
        Ok(Parameters { at, dimension: dimension.unwrap_or(Dimension::NONE) })
    }

    /// `truncated(law, low, high)`: a draw on the condition that it lies between the two.
    pub(super) fn truncated(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let [of, low, high] = self.arity("truncated", args, span)?;
        let (law, inner) = self.law_inside("truncated", of)?;
        if law.gives() == Gives::Truth {
            return fault(of.span, format!("{}(...) is true or false: there is nothing to cut off", law.name()));
        }
        self.shaped(law, Shape::Within, (inner, of.span), [low, high])
    }

    /// `correlated(law, score, by)`: a draw as far up in its law as a score that leans on another.
    pub(super) fn correlated(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let [of, score, by] = self.arity("correlated", args, span)?;
        if let Node::Call { name, args, .. } = &of.node
            && matches!(name.as_str(), "empirical" | "smoothed")
        {
            return self.empirical_leaning(name, args, of.span, [score, by]);
        }
        let (law, inner) = self.law_inside("correlated", of)?;
        self.shaped(law, Shape::Leaning, (inner, of.span), [score, by])
    }

    /// The law that stands first in `truncated(...)` or `correlated(...)`, and its arguments.
    fn law_inside<'e>(&mut self, name: &str, of: &'e Expr) -> Result<(Law, &'e [Expr])> {
        if let Node::Call { name: inner, args, .. } = &of.node
            && let Some(law) = Law::named(inner)
        {
            return Ok((law, args));
        }
        let mut found = fault(of.span, format!("{name}(...) begins with a law of chance"));
        let called = if let Node::Call { name, .. } = &of.node { nearest(name, Law::ALL.map(Law::name)) } else { None };
        if let Err(Fault { help, .. }) = &mut found {
            *help = Some(match (called, name) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (_, "truncated") => "as in truncated(normal(45min, 10min), 10min, 2h)".into(),
                _ => "as in correlated(exponential(5min), score, 0.6), with a score that is drawn by normal(0, 1)".into(),
            });
        }
        found
    }

    fn shaped(&mut self, law: Law, shape: Shape, (inner, span): (&[Expr], Span), more: [&Expr; 2]) -> Result<Value> {
        let values = self.emit.alloc(5);
        let Parameters { at, dimension } = self.law_parameters(law, inner, span)?;
        for (place, from) in (0..).zip(at) {
            self.emit.push(Instr::Mov { d: values.offset(place), a: from });
        }
        let wanted = if shape == Shape::Within { Type::Quantity(dimension) } else { NUMBER };
        for (place, expr) in (3..).zip(more) {
            self.expr_into(expr, &wanted, values.offset(place))?;
        }
        let site = self.site(law.name());
        let d = self.emit.alloc(1);
        self.emit.push(Instr::DrawShaped { shape, law, site, d, a: values });
        Ok(Value { ty: given(law, dimension), at: d })
    }

    /// `mixture(0.7, a, 0.3, b)`: one of several values, each as often as its weight says; only that one is found.
    pub(super) fn mixture(&mut self, args: &[Expr], span: Span, want: Option<&Type>) -> Result<Value> {
        let ways: Vec<&[Expr]> = args.chunks_exact(2).collect();
        if ways.is_empty() || !args.len().is_multiple_of(2) || ways.len() > WAYS_MAX {
            let message =
                format!("mixture(...) takes from 1 to {WAYS_MAX} pairs of a weight and a value, found {} values", args.len());
            let help = Some("as in mixture(0.7, exponential(5min), 0.3, lognormal(30min, 0.5))".into());
            return Err(Fault { span, environment: None, message, help });
        }
        let ty = self.type_of_ways(&ways, want)?;
        self.room(&ty, span)?;
        let (d, count) = (self.emit.alloc(ty.width()), ways.len() as u16);
        let mark = self.emit.mark();
        let (chosen, weights) = (self.emit.alloc(1), self.emit.alloc(count));
        for (place, way) in (0..).zip(&ways) {
            self.expr_into(&way[0], &NUMBER, weights.offset(place))?;
        }
        let (site, count) = (self.site("mixture"), self.emit.constants(&[u64::from(count)]));
        self.emit.push(Instr::Weighted { site, d: chosen, a: weights, count });
        let mut ends = Vec::new();
        for (number, way) in (0..).zip(&ways) {
            let (this, inner) = (self.emit.constants(&[number]), self.emit.mark());
            let is_this = self.emit.alloc(1);
            self.emit.push(Instr::Eq { d: is_this, a: chosen, b: this });
            let next = self.emit.jump(Instr::Jz { a: is_this, t: 0 });
            self.expr_into(&way[1], &ty, d)?;
            ends.push(self.emit.jump(Instr::Jmp { t: 0 }));
            self.emit.land(next);
            self.emit.release(inner);
        }
        ends.into_iter().for_each(|end| self.emit.land(end));
        self.emit.release(mark);
        Ok(Value { ty, at: d })
    }

    /// The type that all values of a mixture can take.
    fn type_of_ways(&mut self, ways: &[&[Expr]], want: Option<&Type>) -> Result<Type> {
        if let Some(want) = want {
            return Ok(want.clone());
        }
        let mut ty: Option<Type> = None;
        for way in ways {
            let found = self.trial(&way[1], ty.as_ref())?;
            ty = match &ty {
                None => Some(found),
                Some(first) => match join(first, &found) {
                    Some(both) => Some(both),
                    None => {
                        let (a, b) = (self.describe(first), self.describe(&found));
                        return fault(way[1].span, format!("the values of a mixture are of one type: {a} and {b} are two"));
                    }
                },
            };
        }
        Ok(ty.unwrap_or(Type::Nothing))
    }

    /// A new site of draws; a trial takes none, so that where a draw stands alone decides its stream.
    pub(super) fn site(&mut self, law: &str) -> u16 {
        if self.emit.on_trial() { 0 } else { self.scope.site(law) }
    }
}

/// The type of what a law gives.
fn given(law: Law, dimension: Dimension) -> Type {
    match law.gives() {
        Gives::Truth => Type::Bool,
        Gives::Whole => Type::Int,
        Gives::Real => Type::Quantity(dimension),
    }
}
