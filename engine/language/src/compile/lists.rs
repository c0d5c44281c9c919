//! Lists, sets of values by name, and the loops over them: all bounded, all inline.

use super::operators::join;
use super::{Compiler, Result, Value, fault, problem};
use crate::ast::{Expr, Node};
use crate::program::{Instr, Operand};
use crate::span::Span;
use crate::types::{NONE, NUMBER, Type};

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
            self.each(list, |this, item, _| {
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
        self.each(list, |this, item, _| {
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

    /// Writes a loop over the items of `list`; `body` gets the item's words and its index.
    pub fn each(&mut self, list: &Value, mut body: impl FnMut(&mut Self, Operand, Operand) -> Result<()>) -> Result<()> {
        let Type::List(inner, _) = &list.ty else { unreachable!("callers pass a list") };
        let words = inner.width();
        let index = self.emit.alloc(1);
        let item = self.emit.alloc(words.max(1));
        let (zero, one) = (self.emit.constants(&[0]), self.emit.constants(&[1]));
        self.emit.push(Instr::Mov { d: index, a: zero });
        let top = self.emit.here();
        let more = self.emit.alloc(1);
        self.emit.push(Instr::LtI { d: more, a: index, b: list.at });
        let out = self.emit.jump(Instr::Jz { a: more, t: 0 });
        self.emit.push(Instr::Item { d: item, list: list.at, i: index, words });
        let mark = self.emit.mark();
        body(self, item, index)?;
        self.emit.release(mark);
        self.emit.push(Instr::AddI { d: index, a: index, b: one });
        self.emit.push(Instr::Jmp { t: top });
        self.emit.land(out);
        Ok(())
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

    pub(super) fn method(&mut self, of: &Expr, name: &str, name_span: Span, args: &[Expr], want: Option<&Type>) -> Result<Value> {
        if name == "is" {
            return self.is(Some(of), args, name_span);
        }
        let value = self.expr(of, None)?;
        let Type::List(inner, most) = &value.ty else {
            let text = self.describe(&value.ty);
            return fault(name_span, format!("{text} has no `{name}(...)`"));
        };
        let (inner, most) = ((**inner).clone(), *most);
        match (name, args) {
            ("size", []) => Ok(Value { ty: Type::Int, at: value.at }),
            ("first", []) => Ok(self.first(&value, inner)),
            ("filter" | "exists" | "all" | "map", [variable, body]) => {
                let Node::Name(variable_name) = &variable.node else {
                    return fault(variable.span, format!("{name}(x, ...) begins with a name for the item"));
                };
                self.over(&value, (&inner, most), name, (variable_name, variable.span), body, want)
            }
            ("filter" | "exists" | "all" | "map", _) => {
                fault(name_span, format!("{name} takes a name for the item and an expression, as in list.{name}(x, x > 0)"))
            }
            _ => fault(name_span, format!("a list has no `{name}(...)`: it has size, first, filter, exists, all and map")),
        }
    }

    fn first(&mut self, list: &Value, inner: Type) -> Value {
        let words = inner.width();
        let d = self.emit.alloc(words);
        let (zero, none) = (self.emit.constants(&[0]), self.emit.constants(&vec![NONE; words as usize]));
        self.emit.push(Instr::Copy { d, a: none, words });
        let skip = self.emit.jump(Instr::Jz { a: list.at, t: 0 });
        self.emit.push(Instr::Item { d, list: list.at, i: zero, words });
        self.emit.land(skip);
        Value { ty: Type::Maybe(Box::new(inner)), at: d }
    }

    fn over(
        &mut self,
        list: &Value,
        (inner, most): (&Type, u16),
        name: &str,
        (variable, variable_span): (&str, Span),
        body: &Expr,
        want: Option<&Type>,
    ) -> Result<Value> {
        let result = match name {
            "filter" => list.ty.clone(),
            "map" => Type::List(Box::new(self.body_type(list, inner, (variable, variable_span), body, want)?), most),
            _ => Type::Bool,
        };
        self.room(&result, body.span)?;
        let d = self.emit.alloc(result.width());
        let start = self.emit.constants(&[u64::from(name == "all")]);
        self.emit.push(Instr::Mov { d, a: start });
        let (item_words, body_type) = match &result {
            Type::List(to, _) if name == "map" => (to.width(), (**to).clone()),
            _ => (inner.width(), Type::Bool),
        };
        self.each(list, |this, item, _| {
            this.scope.push_local(variable, inner.clone(), item).map_err(|found| problem(variable_span, found))?;
            let value = this.expr(body, Some(&body_type));
            this.scope.pop_local();
            let value = value?;
            match name {
                "map" => this.emit.push(Instr::Push { list: d, a: value.at, words: item_words, most }),
                "filter" => {
                    let skip = this.emit.jump(Instr::Jz { a: value.at, t: 0 });
                    this.emit.push(Instr::Push { list: d, a: item, words: item_words, most });
                    this.emit.land(skip);
                }
                "exists" => {
                    let skip = this.emit.jump(Instr::Jz { a: value.at, t: 0 });
                    this.emit.push(Instr::Mov { d, a: value.at });
                    this.emit.land(skip);
                }
                _ => {
                    let not = this.emit.alloc(1);
                    this.emit.push(Instr::Not { d: not, a: value.at });
                    let skip = this.emit.jump(Instr::Jz { a: not, t: 0 });
                    this.emit.push(Instr::Mov { d, a: value.at });
                    this.emit.land(skip);
                }
            }
            Ok(())
        })?;
        Ok(Value { ty: result, at: d })
    }

    fn body_type(
        &mut self,
        list: &Value,
        inner: &Type,
        (name, span): (&str, Span),
        body: &Expr,
        want: Option<&Type>,
    ) -> Result<Type> {
        let wanted = match want {
            Some(Type::List(to, _)) => Some((**to).clone()),
            _ => None,
        };
        self.scope.push_local(name, inner.clone(), list.at).map_err(|found| problem(span, found))?;
        let found = self.trial(body, wanted.as_ref());
        self.scope.pop_local();
        let ty = found?;
        Ok(if ty == Type::Int && wanted == Some(NUMBER) { NUMBER } else { ty })
    }

    /// `pick([a, b, c])`: one of the items, each as likely; `pick(list, x, weight)`: in proportion to a weight.
    pub(super) fn pick(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let Some(list) = args.first() else { return fault(span, "pick(...) takes a list or a group") };
        if let (Node::Name(name), [_]) = (&list.node, args)
            && let Some((group, kinds)) = self.scope.group(name)
        {
            let site = self.site("pick");
            let d = self.emit.alloc(1);
            self.emit.push(Instr::Member { site, group, d });
            return Ok(Value { ty: Type::Ref { kinds, inside: false }, at: d });
        }
        let value = self.expr(list, None)?;
        let Type::List(inner, most) = &value.ty else {
            let text = self.describe(&value.ty);
            return fault(list.span, format!("pick(...) takes a list or a group, not {text}"));
        };
        let (inner, most) = ((**inner).clone(), *most);
        let i = self.emit.alloc(1);
        match args {
            [_] => {
                let site = self.site("pick");
                self.emit.push(Instr::Below { site, d: i, a: value.at });
            }
            [_, variable, weight] => {
                let Node::Name(name) = &variable.node else {
                    return fault(variable.span, "pick(list, x, weight) names the item second");
                };
                let weights = self.emit.alloc(most.saturating_add(1));
                let zero = self.emit.constants(&[0]);
                self.emit.push(Instr::Mov { d: weights, a: zero });
                self.each(&value, |this, item, _| {
                    this.scope.push_local(name, inner.clone(), item).map_err(|found| problem(variable.span, found))?;
                    let one = this.expr(weight, Some(&NUMBER));
                    this.scope.pop_local();
                    this.emit.push(Instr::Push { list: weights, a: one?.at, words: 1, most });
                    Ok(())
                })?;
                let site = self.site("pick");
                self.emit.push(Instr::Weighted { site, d: i, a: weights.offset(1), count: value.at });
            }
            _ => return fault(span, "pick(...) takes a list, or a list, a name for the item and its weight"),
        }
        let words = inner.width();
        let d = self.emit.alloc(words);
        self.emit.push(Instr::Item { d, list: value.at, i, words });
        Ok(Value { ty: inner, at: d })
    }
}
