//! Lists, and values by name: written, joined, looked up. Loops over them are in `items`.

use super::items::Items;
use super::operators::join;
use super::{Compiler, Result, Value, fault};
use crate::ast::Expr;
use crate::program::{Instr, Operand};
use crate::span::Span;
use crate::types::Type;

/// The most items of a list.
pub(super) const ITEMS_MAX: u16 = 64;

impl Compiler<'_, '_> {
    pub(super) fn list(&mut self, items: &[Expr], want: Option<&Type>) -> Result<Value> {
        if items.len() > ITEMS_MAX as usize {
            return fault(items[ITEMS_MAX as usize].span, format!("a list holds at most {ITEMS_MAX} items"));
        }
        let wanted = match want {
            Some(Type::List(inner, _)) if **inner != Type::Nothing => Some((**inner).clone()),
            _ => None,
        };
        let mut inner = wanted.clone().unwrap_or(Type::Nothing);
        if wanted.is_none() {
            for (at, item) in items.iter().enumerate() {
                let found = self.trial(item, (at > 0).then_some(&inner))?;
                inner = if at == 0 { found } else { self.join_items(&inner, &found, item.span)? };
            }
        }
        let (width, count) = (inner.width(), items.len() as u16);
        if let Some(last) = items.last() {
            self.room(&Type::List(Box::new(inner.clone()), count), items[0].span.to(last.span))?;
        }
        let d = self.emit.alloc(1 + width * count);
        let length = self.emit.constants(&[u64::from(count)]);
        for (at, item) in items.iter().enumerate() {
            self.expr_into(item, &inner, d.offset(1 + width * at as u16))?;
        }
        self.emit.push(Instr::Mov { d, a: length });
        Ok(Value { ty: Type::List(Box::new(inner), count), at: d })
    }

    fn join_items(&mut self, a: &Type, b: &Type, span: Span) -> Result<Type> {
        match join(a, b) {
            Some(ty) => Ok(ty),
            None => {
                let (x, y) = (self.describe(a), self.describe(b));
                fault(span, format!("the items of a list are of one type: {x} and {y} are two"))
            }
        }
    }

    pub(super) fn join_lists(&mut self, a: &Value, b: &Value, right: &Expr) -> Result<Value> {
        let (Type::List(x, n), Type::List(y, m)) = (&a.ty, &b.ty) else { return fault(right.span, "expected two lists") };
        let (inner, n, m) = (self.join_items_of((x, *n), (y, *m), right.span)?, *n, *m);
        let most = n.saturating_add(m).min(ITEMS_MAX.max(n));
        let ty = Type::List(Box::new(inner.clone()), most);
        self.room(&ty, right.span)?;
        let d = self.emit.alloc(ty.width());
        let none = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d, a: none });
        if **x == inner {
            self.emit.copy(d, a.at, a.ty.width());
        }
        let lists = [(a, x, if **x == inner { 0 } else { n }), (b, y, m)];
        for (list, from, _) in lists.into_iter().filter(|(.., most)| *most > 0) {
            self.each(&Items::List(list), |this, item, _| {
                let item = this.convert(Value { ty: (**from).clone(), at: item }, &inner, right.span)?;
                this.emit.push(Instr::Push { list: d, a: item.at, words: inner.width(), most });
                Ok(())
            })?;
        }
        Ok(Value { ty, at: d })
    }

    /// The type of the items of two lists in one; a list that is always empty asks for nothing.
    fn join_items_of(&mut self, (a, n): (&Type, u16), (b, m): (&Type, u16), span: Span) -> Result<Type> {
        match (n, m) {
            (0, _) => Ok(b.clone()),
            (_, 0) => Ok(a.clone()),
            _ => self.join_items(a, b, span),
        }
    }

    /// `list - other`: the items of a list that are not in the other.
    pub(super) fn without(&mut self, list: &Value, other: &Value, right: &Expr) -> Result<Value> {
        let (Type::List(inner, most), Type::List(gone, _)) = (&list.ty, &other.ty) else {
            return fault(right.span, "expected two lists");
        };
        if **gone == Type::Nothing || **inner == Type::Nothing {
            return Ok(list.clone());
        }
        if !gone.fits(inner) || !inner.is_compared_by_words() {
            let (a, b) = (self.describe(inner), self.describe(gone));
            return fault(right.span, format!("{b} cannot be taken out of a list of {a}"));
        }
        let (words, most) = (inner.width(), *most);
        let d = self.emit.alloc(list.ty.width());
        let none = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d, a: none });
        self.each(&Items::List(list), |this, item, _| {
            let found = this.emit.alloc(1);
            this.emit.push(Instr::Mov { d: found, a: none });
            this.each(&Items::List(other), |this, gone, _| {
                let same = this.emit.alloc(1);
                this.same_words(same, item, gone, words);
                let skip = this.emit.jump(Instr::Jz { a: same, t: 0 });
                this.emit.push(Instr::Mov { d: found, a: same });
                this.emit.land(skip);
                Ok(())
            })?;
            let stays = this.emit.alloc(1);
            this.emit.push(Instr::Not { d: stays, a: found });
            let skip = this.emit.jump(Instr::Jz { a: stays, t: 0 });
            this.emit.push(Instr::Push { list: d, a: item, words, most });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: list.ty.clone(), at: d })
    }

    pub(super) fn in_list(&mut self, left: &Expr, list: &Value, inner: &Type) -> Result<Value> {
        if *inner == Type::Nothing {
            self.node(left, None)?;
            return Ok(self.constant(Type::Bool, &[0]));
        }
        let wanted = self.expr(left, Some(inner))?;
        if !inner.is_compared_by_words() {
            let text = self.describe(inner);
            return fault(left.span, format!("`in` compares items, and {text} cannot be compared"));
        }
        let d = self.emit.alloc(1);
        let no = self.emit.constants(&[0]);
        let words = inner.width().min(wanted.ty.width());
        let real = matches!(wanted.ty, Type::Quantity(_));
        self.emit.push(Instr::Mov { d, a: no });
        self.each(&Items::List(list), |this, item, _| {
            let same = this.emit.alloc(1);
            match real {
                true => this.emit.push(Instr::EqF { d: same, a: item, b: wanted.at }),
                false => this.same_words(same, item, wanted.at, words),
            }
            let skip = this.emit.jump(Instr::Jz { a: same, t: 0 });
            this.emit.push(Instr::Mov { d, a: same });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: Type::Bool, at: d })
    }

    pub(super) fn index(&mut self, of: &Expr, at: &Expr) -> Result<Value> {
        let value = self.expr(of, None)?;
        match &value.ty {
            Type::List(inner, _) => {
                let inner = (**inner).clone();
                let i = self.expr(at, Some(&Type::Int))?.at;
                let d = self.emit.alloc(inner.width());
                self.emit.push(Instr::Item { d, list: value.at, i, words: inner.width() });
                Ok(Value { ty: inner, at: d })
            }
            Type::Each(names, inner) => {
                let (names, inner) = (names.clone(), (**inner).clone());
                let key = self.expr(at, Some(&Type::Name(Some(names.clone()))))?;
                let words = inner.width();
                if let Some(word) = self.emit.constant(key.at) {
                    let place = names.iter().position(|name| u64::from(name.0) == word);
                    let Some(place) = place else { return fault(at.span, "this name is not one of the keys") };
                    return Ok(Value { ty: inner, at: value.at.offset(place as u16 * words) });
                }
                let keys = self.keys(&names);
                let i = self.emit.alloc(1);
                self.emit.push(Instr::KeyOf { d: i, a: key.at, keys });
                let d = self.emit.alloc(words);
                self.emit.push(Instr::At { d, array: value.at, i, words });
                Ok(Value { ty: inner, at: d })
            }
            Type::Row(data) => {
                let data = data.clone();
                self.cell_by_name(&value, &data, at)
            }
            Type::Data(data) if !data.columns().is_empty() => {
                let at = self.expr(at, Some(&Type::Int))?.at;
                Ok(Value { ty: Type::Row(data.clone()), at })
            }
            ty => {
                let text = self.describe(ty);
                fault(of.span, format!("only a list or a table by name takes an index, not {text}"))
            }
        }
    }

    /// Stores `value` at `key` of the table by name that lies at `array`.
    ///
    /// # Errors
    /// Where the key is no name of the table.
    pub fn put(
        &mut self,
        names: &std::sync::Arc<[crate::symbol::Symbol]>,
        array: Operand,
        key: &Expr,
        value: &Value,
    ) -> Result<()> {
        let key = self.expr(key, Some(&Type::Name(Some(names.clone()))))?;
        let keys = self.keys(names);
        let i = self.emit.alloc(1);
        self.emit.push(Instr::KeyOf { d: i, a: key.at, keys });
        self.emit.push(Instr::Put { array, i, a: value.at, words: value.ty.width() });
        Ok(())
    }
}
