//! Reading a scenario's data: drawing from columns, replaying them, series over time, and cells of rows.

use super::{Compiler, Fault, Result, Value, fault, nearest};
use crate::ast::{Expr, Node};
use crate::data::{Column, Data, Form};
use crate::law::{Law, Shape};
use crate::program::{Instr, Operand};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::types::{NONE, NUMBER, Type};
use crate::unit::Dimension;
use std::sync::Arc;

impl Compiler<'_, '_> {
    /// `empirical(column)` and `smoothed(column)`: a draw by the inverse of how its values are spread.
    pub(super) fn empirical(&mut self, name: &str, args: &[Expr], span: Span) -> Result<Value> {
        let (dimension, sorted) = self.spread(name, args, span)?;
        let (site, d) = (self.site(name), self.emit.alloc(1));
        let (a, b) = (self.emit.float(0.0), self.emit.float(1.0));
        self.emit.push(Instr::Draw { law: Law::Uniform, site, d, a, b, c: a });
        Ok(self.quantile(name, dimension, &sorted, d))
    }

    /// The same on a score that leans on another: of five words from `values` on, the last two are filled in.
    pub(super) fn empirical_leaning(&mut self, name: &str, args: &[Expr], span: Span, more: [&Expr; 2]) -> Result<Value> {
        let (dimension, sorted) = self.spread(name, args, span)?;
        let values = self.emit.alloc(5);
        for (place, bound) in [0.0, 1.0, 0.0].into_iter().enumerate() {
            let bound = self.emit.float(bound);
            self.emit.push(Instr::Mov { d: values.offset(place as u16), a: bound });
        }
        for (place, expr) in (3..).zip(more) {
            self.expr_into(expr, &NUMBER, values.offset(place))?;
        }
        let (site, d) = (self.site(name), self.emit.alloc(1));
        self.emit.push(Instr::DrawShaped { shape: Shape::Leaning, law: Law::Uniform, site, d, a: values });
        Ok(self.quantile(name, dimension, &sorted, d))
    }

    fn quantile(&mut self, name: &str, dimension: Dimension, sorted: &Column, a: Operand) -> Value {
        let (column, d) = (self.emit.column(sorted), self.emit.alloc(1));
        self.emit.push(Instr::Quantile { d, a, column, smooth: name == "smoothed" });
        Value { ty: Type::Quantity(dimension), at: d }
    }

    fn spread(&mut self, name: &str, args: &[Expr], span: Span) -> Result<(Dimension, Column)> {
        let [of] = self.arity(name, args, span)?;
        self.numbers(name, of).map(|(dimension, _, sorted)| (dimension, sorted))
    }

    /// `replay(column)`: one value after another, in the order of the file, and then again from the first.
    pub(super) fn replay(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let [of] = self.arity("replay", args, span)?;
        let (dimension, given, _) = self.numbers("replay", of)?;
        let (site, column, d) = (self.site("replay"), self.emit.column(&given), self.emit.alloc(1));
        self.emit.push(Instr::Replay { d, site, column });
        Ok(Value { ty: Type::Quantity(dimension), at: d })
    }

    /// `at(series, time)`: what a series says at a moment.
    pub(super) fn at(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let [of, time] = self.arity("at", args, span)?;
        let value = self.node(of, None)?;
        let Type::Data(data) = &value.ty else { return self.no_data("at", of, &value.ty) };
        let Form::Series { dimension, times, values, lines } = &data.form else {
            return self.no_data("at", of, &value.ty);
        };
        let t = self.expr(time, Some(&Type::Time))?.at;
        let (series, d) = (self.emit.columns([times, values]), self.emit.alloc(1));
        self.emit.push(Instr::Reading { d, t, series, lines: *lines });
        Ok(Value { ty: Type::Quantity(*dimension), at: d })
    }

    /// The numbers that a function draws from: unit, as given, and sorted.
    fn numbers(&mut self, name: &str, of: &Expr) -> Result<(Dimension, Column, Column)> {
        let value = self.node(of, None)?;
        match &value.ty {
            Type::Data(data) => match &data.form {
                Form::Numbers { dimension, given, sorted } => Ok((*dimension, given.clone(), sorted.clone())),
                _ => self.no_data(name, of, &value.ty),
            },
            _ => self.no_data(name, of, &value.ty),
        }
    }

    fn no_data<T>(&self, name: &str, of: &Expr, found: &Type) -> Result<T> {
        let (wanted, sort) = if name == "at" { ("a series", "Series") } else { ("a column of numbers", "Column") };
        let message = format!("{name}(...) reads {wanted}, not {}", self.describe(found));
        let help = Some(format!("it is defined beside the kinds: {sort}(name: ..., file: \"data/...\", ...)"));
        Err(Fault { span: of.span, environment: None, message, help })
    }

    /// A member of a row, or of all rows at once.
    pub(super) fn cell(&mut self, value: &Value, data: &Arc<Data>, name: &str, span: Span) -> Result<Value> {
        let Some(column) = data.columns().iter().find(|column| column.name == name) else {
            let names: Vec<&str> = data.columns().iter().map(|column| column.name.as_str()).collect();
            let message = format!("{} has no `{name}`", self.describe(&value.ty));
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if names.is_empty() => help_with(data),
                None => Some(format!("it has {}", names.join(", "))),
            };
            return Err(Fault { span, environment: None, message, help });
        };
        if let Type::Data(_) = value.ty {
            let Some(numbers) = &column.numbers else {
                return fault(span, format!("`{name}` of {} is no column of numbers", data.describe()));
            };
            let count = self.emit.constants(&[u64::from(data.count())]);
            return Ok(Value { ty: Type::Data(numbers.clone()), at: count });
        }
        let (ty, number) = (column.ty.clone(), self.emit.column(&column.cells));
        let d = self.emit.alloc(1);
        self.emit.push(Instr::Cell { d, i: value.at, column: number });
        Ok(Value { ty, at: d })
    }

    /// `topic[way]`: the cell of a row in the column that a name says; the columns that it may be are of one type.
    pub(super) fn cell_by_name(&mut self, row: &Value, data: &Arc<Data>, at: &Expr) -> Result<Value> {
        let names: Vec<Symbol> = data.columns().iter().map(|column| self.scope.symbols().intern(&column.name)).collect();
        let key = self.expr(at, Some(&Type::Name(Some(names.clone().into()))))?;
        let of = |name: &Symbol| names.iter().position(|have| have == name).map(|place| &data.columns()[place]);
        if let Some(column) = self.emit.constant(key.at).and_then(|word| of(&Symbol(word as u32))) {
            return self.cell(row, data, &column.name, at.span);
        }
        let Type::Name(Some(possible)) = &key.ty else {
            return fault(at.span, "it is not known which columns this name may be: declare it as OneOf([...])");
        };
        let columns: Vec<_> = possible.iter().filter_map(|name| Some((*name, of(name)?))).collect();
        let Some((_, first)) = columns.first() else { return fault(at.span, "this name is no column") };
        if let Some((_, other)) = columns.iter().find(|(_, column)| column.ty != first.ty) {
            let (a, b) = (self.describe(&first.ty), self.describe(&other.ty));
            let message = format!("`{}` is {a}, `{}` is {b}: the columns that it may be are of one type", first.name, other.name);
            return fault(at.span, message);
        }
        let (ty, d, is_this) = (first.ty.clone(), self.emit.alloc(1), self.emit.alloc(1));
        let none = self.emit.constants(&[NONE]);
        self.emit.push(Instr::Mov { d, a: none });
        for (name, column) in columns {
            let (this, number) = (self.emit.constants(&[u64::from(name.0)]), self.emit.column(&column.cells));
            self.emit.push(Instr::Eq { d: is_this, a: key.at, b: this });
            let next = self.emit.jump(Instr::Jz { a: is_this, t: 0 });
            self.emit.push(Instr::Cell { d, i: row.at, column: number });
            self.emit.land(next);
        }
        Ok(Value { ty, at: d })
    }

    /// A row in proportion to weights that are added up beforehand.
    pub(super) fn row_by_sums(&mut self, sums: &Column) -> Operand {
        let (site, d) = (self.site("pick"), self.emit.alloc(1));
        let (a, b) = (self.emit.float(0.0), self.emit.float(1.0));
        self.emit.push(Instr::Draw { law: Law::Uniform, site, d, a, b, c: a });
        let (column, row) = (self.emit.column(sums), self.emit.alloc(1));
        self.emit.push(Instr::Chosen { d: row, a: d, column });
        row
    }
}

/// The sums of the column that alone is the weight of a row, as in `pick(items, it, it.sales)`.
pub(super) fn plain_weight(data: &Data, variable: &str, weight: &Expr) -> Option<Column> {
    let Node::Member { of, name, .. } = &weight.node else { return None };
    let plain = matches!(&of.node, Node::Name(name) if name == variable);
    data.columns().iter().find(|column| plain && column.name == *name)?.sums.clone()
}

/// How data is read where a plain value is asked for.
pub(super) fn help_with(data: &Data) -> Option<String> {
    let name = &data.name;
    match &data.form {
        Form::Numbers { .. } => Some(format!("draw from it by empirical({name}), or take its values in turn by replay({name})")),
        Form::Series { .. } => Some(format!("read it at a moment: at({name}, now)")),
        Form::Rows { .. } => Some(format!("choose a row: pick({name}), {name}[0] or {name}.first(x, ...)")),
    }
}
