//! Loops over lists and crowds: tests, searches, sums and draws. All are bounded, and all are written in place.

use super::{Compiler, Fault, Result, Value, fault, problem};
use crate::ast::{Expr, Node};
use crate::data::Data;
use crate::program::{Instr, Law, Math2, Operand};
use crate::scope::Crowd;
use crate::span::Span;
use crate::types::{NONE, NUMBER, Type};
use std::sync::Arc;

use super::data::plain_weight;
use super::lists::ITEMS_MAX;

/// What a loop goes through.
pub enum Items<'v> {
    /// The items of a list.
    List(&'v Value),
    /// The members of a crowd.
    Crowd(&'v Crowd),
    /// The rows of a table.
    Rows(&'v Arc<Data>),
}

/// What functions of items are called.
const WITH_VARIABLE: &[&str] = &["filter", "map", "exists", "exists_one", "all", "count", "sum", "min_by", "max_by", "sort_by"];

/// All that a list or a crowd can be asked.
const METHODS: &str =
    "size, first, last, take, filter, map, exists, exists_one, all, count, sum, min, max, min_by, max_by and sort_by";

/// How a function is called on items: its name, and the variable of the item.
struct Call<'e> {
    name: &'e str,
    variable: &'e str,
    variable_span: Span,
    body: &'e Expr,
}

impl Items<'_> {
    /// The type of one item.
    #[must_use]
    pub fn item(&self) -> Type {
        match self {
            Items::List(Value { ty: Type::List(inner, _), .. }) => (**inner).clone(),
            Items::List(_) => Type::Nothing,
            Items::Crowd(crowd) => Type::Ref { kinds: crowd.kinds.clone(), inside: false },
            Items::Rows(data) => Type::Row((*data).clone()),
        }
    }

    /// The most items that a list of some of them may have.
    fn most(&self) -> u16 {
        match self {
            Items::List(Value { ty: Type::List(_, most), .. }) => *most,
            Items::Rows(data) => data.count().min(u32::from(ITEMS_MAX)) as u16,
            _ => ITEMS_MAX,
        }
    }
}

impl Compiler<'_, '_> {
    /// Writes a loop over items; `body` gets the item's words and its index.
    ///
    /// # Errors
    /// What `body` finds.
    pub fn each(&mut self, items: &Items<'_>, mut body: impl FnMut(&mut Self, Operand, Operand) -> Result<()>) -> Result<()> {
        let words = items.item().width();
        let index = self.emit.alloc(1);
        let item = self.emit.alloc(words.max(1));
        let (zero, one) = (self.emit.constants(&[0]), self.emit.constants(&[1]));
        let size = self.size_of(items);
        self.emit.push(Instr::Mov { d: index, a: zero });
        let top = self.emit.here();
        let more = self.emit.alloc(1);
        self.emit.push(Instr::LtI { d: more, a: index, b: size });
        let out = self.emit.jump(Instr::Jz { a: more, t: 0 });
        self.item_of(items, item, index);
        let mark = self.emit.mark();
        body(self, item, index)?;
        self.emit.release(mark);
        self.emit.push(Instr::AddI { d: index, a: index, b: one });
        self.emit.push(Instr::Jmp { t: top });
        self.emit.land(out);
        Ok(())
    }

    /// How many items there are.
    pub fn size_of(&mut self, items: &Items<'_>) -> Operand {
        match items {
            Items::List(list) => list.at,
            Items::Crowd(crowd) => {
                let d = self.emit.alloc(1);
                self.emit.push(Instr::Call { f: crowd.size, d, a: d });
                d
            }
            Items::Rows(data) => self.emit.constants(&[u64::from(data.count())]),
        }
    }

    /// Puts the item of an index into the words from `d` on.
    pub fn item_of(&mut self, items: &Items<'_>, d: Operand, index: Operand) {
        match items {
            Items::List(list) => {
                let words = items.item().width();
                self.emit.push(Instr::Item { d, list: list.at, i: index, words });
            }
            Items::Crowd(crowd) => {
                self.emit.push(Instr::Mov { d, a: index });
                self.emit.push(Instr::Call { f: crowd.member, d, a: d });
            }
            // A row is its number.
            Items::Rows(_) => self.emit.push(Instr::Mov { d, a: index }),
        }
    }

    /// The crowd that an expression names.
    pub(super) fn crowd(&mut self, of: &Expr) -> Option<Crowd> {
        match &of.node {
            Node::Name(name) => self.scope.crowd(name),
            _ => None,
        }
    }

    pub(super) fn method(&mut self, of: &Expr, name: &str, name_span: Span, args: &[Expr], want: Option<&Type>) -> Result<Value> {
        if name == "is" {
            return self.is(Some(of), args, name_span);
        }
        if let Some(crowd) = self.crowd(of) {
            return self.ask(&Items::Crowd(&crowd), name, name_span, args, want);
        }
        let value = self.expr(of, None)?;
        if let Type::Data(data) = &value.ty
            && !data.columns().is_empty()
        {
            self.fits_a_list(data, name, name_span)?;
            return self.ask(&Items::Rows(data), name, name_span, args, want);
        }
        if !matches!(value.ty, Type::List(..)) {
            let text = self.describe(&value.ty);
            return fault(name_span, format!("{text} has no `{name}(...)`"));
        }
        self.ask(&Items::List(&value), name, name_span, args, want)
    }

    fn ask(&mut self, items: &Items<'_>, name: &str, name_span: Span, args: &[Expr], want: Option<&Type>) -> Result<Value> {
        match (name, args) {
            ("size", []) => Ok(Value { ty: Type::Int, at: self.size_of(items) }),
            ("first", []) => Ok(self.end(items, false)),
            ("first", [variable, test]) => self.first_that(items, variable, test),
            ("last", []) => Ok(self.end(items, true)),
            ("min" | "max", []) => self.extreme_item(items, name, name_span),
            ("take", [count]) => self.take(items, count),
            _ if WITH_VARIABLE.contains(&name) => {
                let [variable, body] = args else {
                    let help = format!("{name} takes a name for the item and an expression, as in list.{name}(x, x > 0)");
                    return fault(name_span, help);
                };
                let Node::Name(variable_name) = &variable.node else {
                    return fault(variable.span, format!("{name}(x, ...) begins with a name for the item"));
                };
                let call = Call { name, variable: variable_name, variable_span: variable.span, body };
                match name {
                    "filter" | "map" => self.gather(items, &call, want),
                    "exists" | "all" => self.test(items, &call),
                    "count" | "exists_one" => self.count(items, &call),
                    "sum" => {
                        let ty = self.body_type(items, &call, None)?;
                        self.sum(items, &call, ty)
                    }
                    "sort_by" => self.sort(items, &call),
                    _ => self.best(items, &call),
                }
            }
            ("first", _) => fault(name_span, "first() takes nothing, or a name for the item and a test: list.first(x, x > 0)"),
            ("size" | "last" | "min" | "max", _) => fault(name_span, format!("{name}() takes nothing here")),
            ("take", _) => fault(name_span, "take(...) takes how many, as in list.take(3)"),
            _ => fault(name_span, format!("a list has no `{name}(...)`: it has {METHODS}")),
        }
    }

    /// Compiles the body of a call for one item.
    fn body(&mut self, call: &Call<'_>, item: (&Type, Operand), want: Option<&Type>) -> Result<Value> {
        let (ty, at) = item;
        self.scope.push_local(call.variable, ty.clone(), at).map_err(|found| problem(call.variable_span, found))?;
        let value = self.expr(call.body, want);
        self.scope.pop_local();
        value
    }

    /// The type of the body of a call.
    fn body_type(&mut self, items: &Items<'_>, call: &Call<'_>, want: Option<&Type>) -> Result<Type> {
        let item = items.item();
        let at = match items {
            Items::List(list) => list.at,
            Items::Crowd(_) | Items::Rows(_) => self.emit.alloc(1),
        };
        self.scope.push_local(call.variable, item, at).map_err(|found| problem(call.variable_span, found))?;
        let found = self.trial(call.body, want);
        self.scope.pop_local();
        found
    }

    /// A fault where a function makes a list of more rows than a list can hold.
    fn fits_a_list(&self, data: &Data, name: &str, span: Span) -> Result<()> {
        let count = data.count();
        if count <= u32::from(ITEMS_MAX) || !matches!(name, "filter" | "map") {
            return Ok(());
        }
        let message = format!("{} has {count} rows, and a list holds at most {ITEMS_MAX}", data.describe());
        let name = &data.name;
        let help = Some(format!("choose by a weight that is 0 for the others: pick({name}, x, x.cost < 5 EUR ? 1 : 0)"));
        Err(Fault { span, environment: None, message, help })
    }

    /// `first` with a test: the first item for which it holds. It may be missing.
    fn first_that(&mut self, items: &Items<'_>, variable: &Expr, test: &Expr) -> Result<Value> {
        let Node::Name(name) = &variable.node else {
            return fault(variable.span, "first(x, ...) begins with a name for the item");
        };
        let call = Call { name: "first", variable: name, variable_span: variable.span, body: test };
        let item = items.item();
        let words = item.width();
        let (d, none) = (self.emit.alloc(words), self.emit.constants(&vec![NONE; words as usize]));
        self.emit.push(Instr::Copy { d, a: none, words });
        let mut ends = Vec::new();
        self.each(items, |this, at, _| {
            let holds = this.body(&call, (&item, at), Some(&Type::Bool))?;
            let skip = this.emit.jump(Instr::Jz { a: holds.at, t: 0 });
            this.emit.push(Instr::Copy { d, a: at, words });
            ends.push(this.emit.jump(Instr::Jmp { t: 0 }));
            this.emit.land(skip);
            Ok(())
        })?;
        ends.into_iter().for_each(|end| self.emit.land(end));
        Ok(Value { ty: Type::Maybe(Box::new(item)), at: d })
    }

    /// The first or the last item, which may be missing.
    fn end(&mut self, items: &Items<'_>, last: bool) -> Value {
        let item = items.item();
        let words = item.width();
        let d = self.emit.alloc(words);
        let none = self.emit.constants(&vec![NONE; words as usize]);
        self.emit.push(Instr::Copy { d, a: none, words });
        let size = self.size_of(items);
        let skip = self.emit.jump(Instr::Jz { a: size, t: 0 });
        let mut at = self.emit.constants(&[0]);
        if last {
            let (index, one) = (self.emit.alloc(1), self.emit.constants(&[1]));
            self.emit.push(Instr::SubI { d: index, a: size, b: one });
            at = index;
        }
        self.item_of(items, d, at);
        self.emit.land(skip);
        Value { ty: Type::Maybe(Box::new(item)), at: d }
    }

    /// `filter` and `map`: a list of items, or of values of them.
    fn gather(&mut self, items: &Items<'_>, call: &Call<'_>, want: Option<&Type>) -> Result<Value> {
        let (item, most) = (items.item(), items.most());
        let result = match (call.name, want) {
            ("filter", _) => item.clone(),
            (_, Some(Type::List(to, _))) => {
                let ty = self.body_type(items, call, Some(to))?;
                if ty == Type::Int && **to == NUMBER { NUMBER } else { ty }
            }
            _ => self.body_type(items, call, None)?,
        };
        let list = Type::List(Box::new(result.clone()), most);
        self.room(&list, call.body.span)?;
        let d = self.emit.alloc(list.width());
        let zero = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d, a: zero });
        // Of a crowd only so many are taken as a list can hold.
        self.each(items, |this, at, _| {
            if call.name == "map" {
                let value = this.body(call, (&item, at), Some(&result))?;
                this.emit.push(Instr::Push { list: d, a: value.at, words: result.width(), most });
                return Ok(());
            }
            let value = this.body(call, (&item, at), Some(&Type::Bool))?;
            let skip = this.emit.jump(Instr::Jz { a: value.at, t: 0 });
            this.emit.push(Instr::Push { list: d, a: at, words: item.width(), most });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: list, at: d })
    }

    /// `exists` and `all`.
    fn test(&mut self, items: &Items<'_>, call: &Call<'_>) -> Result<Value> {
        let (item, all) = (items.item(), call.name == "all");
        let d = self.emit.alloc(1);
        let start = self.emit.constants(&[u64::from(all)]);
        self.emit.push(Instr::Mov { d, a: start });
        self.each(items, |this, at, _| {
            let value = this.body(call, (&item, at), Some(&Type::Bool))?;
            let mut decides = value.at;
            if all {
                let not = this.emit.alloc(1);
                this.emit.push(Instr::Not { d: not, a: value.at });
                decides = not;
            }
            let skip = this.emit.jump(Instr::Jz { a: decides, t: 0 });
            this.emit.push(Instr::Mov { d, a: value.at });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: Type::Bool, at: d })
    }

    /// `count` and `exists_one`.
    fn count(&mut self, items: &Items<'_>, call: &Call<'_>) -> Result<Value> {
        let item = items.item();
        let d = self.emit.alloc(1);
        let zero = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d, a: zero });
        self.each(items, |this, at, _| {
            let value = this.body(call, (&item, at), Some(&Type::Bool))?;
            this.emit.push(Instr::AddI { d, a: d, b: value.at });
            Ok(())
        })?;
        if call.name == "count" {
            return Ok(Value { ty: Type::Int, at: d });
        }
        let (one, only) = (self.emit.constants(&[1]), self.emit.alloc(1));
        self.emit.push(Instr::Eq { d: only, a: d, b: one });
        Ok(Value { ty: Type::Bool, at: only })
    }

    fn sum(&mut self, items: &Items<'_>, call: &Call<'_>, ty: Type) -> Result<Value> {
        let item = items.item();
        if !matches!(ty, Type::Int | Type::Quantity(_)) {
            let text = self.describe(&ty);
            return fault(call.body.span, format!("sum adds up numbers or quantities, not {text}"));
        }
        let d = self.emit.alloc(1);
        let zero = if ty == Type::Int { self.emit.constants(&[0]) } else { self.emit.float(0.0) };
        self.emit.push(Instr::Mov { d, a: zero });
        self.each(items, |this, at, _| {
            let value = this.body(call, (&item, at), Some(&ty))?;
            this.emit.push(match ty {
                Type::Int => Instr::AddI { d, a: d, b: value.at },
                _ => Instr::AddF { d, a: d, b: value.at },
            });
            Ok(())
        })?;
        Ok(Value { ty, at: d })
    }

    /// Compares two keys: whether `a` goes before `b`, or the other way round where `largest`.
    fn before(&mut self, ty: &Type, a: Operand, b: Operand, largest: bool, span: Span) -> Result<Operand> {
        let (a, b) = if largest { (b, a) } else { (a, b) };
        let d = self.emit.alloc(1);
        self.emit.push(match ty {
            Type::Quantity(_) => Instr::LtF { d, a, b },
            Type::Int | Type::Time | Type::Clock => Instr::LtI { d, a, b },
            other => {
                let text = self.describe(other);
                return fault(span, format!("only numbers, quantities and times have an order, not {text}"));
            }
        });
        Ok(d)
    }

    /// `min_by` and `max_by`: the item whose value is least or largest, the first of those that are alike. It may be missing.
    fn best(&mut self, items: &Items<'_>, call: &Call<'_>) -> Result<Value> {
        let item = items.item();
        let key = self.body_type(items, call, None)?;
        let words = item.width();
        let (d, least) = (self.emit.alloc(words), self.emit.alloc(1));
        let none = self.emit.constants(&vec![NONE; words as usize]);
        self.emit.push(Instr::Copy { d, a: none, words });
        self.each(items, |this, at, index| {
            let value = this.body(call, (&item, at), Some(&key))?;
            let better = this.before(&key, value.at, least, call.name == "max_by", call.body.span)?;
            let (first, zero) = (this.emit.alloc(1), this.emit.constants(&[0]));
            this.emit.push(Instr::Eq { d: first, a: index, b: zero });
            this.emit.push(Instr::AddI { d: better, a: better, b: first });
            let skip = this.emit.jump(Instr::Jz { a: better, t: 0 });
            this.emit.push(Instr::Mov { d: least, a: value.at });
            this.emit.push(Instr::Copy { d, a: at, words });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: Type::Maybe(Box::new(item)), at: d })
    }

    /// `min` and `max` of the items themselves. They may be missing.
    fn extreme_item(&mut self, items: &Items<'_>, name: &str, span: Span) -> Result<Value> {
        let item = items.item();
        let d = self.emit.alloc(1);
        let none = self.emit.constants(&[NONE]);
        self.emit.push(Instr::Mov { d, a: none });
        self.each(items, |this, at, index| {
            let better = this.before(&item, at, d, name == "max", span)?;
            let (first, zero) = (this.emit.alloc(1), this.emit.constants(&[0]));
            this.emit.push(Instr::Eq { d: first, a: index, b: zero });
            this.emit.push(Instr::AddI { d: better, a: better, b: first });
            let skip = this.emit.jump(Instr::Jz { a: better, t: 0 });
            this.emit.push(Instr::Mov { d, a: at });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: Type::Maybe(Box::new(item)), at: d })
    }

    /// `take`: the first so many items, fewer where there are fewer.
    fn take(&mut self, items: &Items<'_>, count: &Expr) -> Result<Value> {
        let wanted = self.expr(count, Some(&Type::Int))?;
        let (item, most) = (items.item(), items.most());
        let most = match self.emit.constant(wanted.at) {
            Some(count) => most.min(u16::try_from(count).unwrap_or(most)),
            None => most,
        };
        let list = Type::List(Box::new(item.clone()), most);
        self.room(&list, count.span)?;
        let d = self.emit.alloc(list.width());
        let zero = self.emit.constants(&[0]);
        self.emit.push(Instr::Mov { d, a: zero });
        self.each(items, |this, at, index| {
            let inside = this.emit.alloc(1);
            this.emit.push(Instr::LtI { d: inside, a: index, b: wanted.at });
            let skip = this.emit.jump(Instr::Jz { a: inside, t: 0 });
            this.emit.push(Instr::Push { list: d, a: at, words: item.width(), most });
            this.emit.land(skip);
            Ok(())
        })?;
        Ok(Value { ty: list, at: d })
    }

    /// `sort_by`: the items by a value of theirs, the least first; those that are alike stay in their order.
    ///
    /// Each item goes to the place that as many others go before: what `n` items take, is `n` times `n` comparisons.
    fn sort(&mut self, items: &Items<'_>, call: &Call<'_>) -> Result<Value> {
        let Items::List(list) = items else {
            return fault(call.variable_span, "only a list is sorted: filter it first, or ask min_by or max_by");
        };
        let (item, most) = (items.item(), items.most());
        let key = self.body_type(items, call, None)?;
        let keys = Value { ty: Type::List(Box::new(key.clone()), most), at: self.emit.alloc(most.saturating_add(1)) };
        let (zero, one) = (self.emit.constants(&[0]), self.emit.constants(&[1]));
        self.emit.push(Instr::Mov { d: keys.at, a: zero });
        self.each(items, |this, at, _| {
            let value = this.body(call, (&item, at), Some(&key))?;
            this.emit.push(Instr::Push { list: keys.at, a: value.at, words: 1, most });
            Ok(())
        })?;
        self.room(&list.ty, call.body.span)?;
        let d = self.emit.alloc(list.ty.width());
        self.emit.push(Instr::Mov { d, a: list.at });
        let place = self.emit.alloc(1);
        self.each(&Items::List(&keys), |this, mine, own| {
            this.emit.push(Instr::Mov { d: place, a: zero });
            this.each(&Items::List(&keys), |this, theirs, other| {
                let (earlier, smaller) = (this.emit.alloc(1), this.before(&key, theirs, mine, false, call.body.span)?);
                let larger = this.before(&key, mine, theirs, false, call.body.span)?;
                // Before it goes what is smaller, and of what is alike what stood before it.
                this.emit.push(Instr::LtI { d: earlier, a: other, b: own });
                this.emit.push(Instr::Not { d: larger, a: larger });
                this.emit.push(Instr::MulI { d: earlier, a: earlier, b: larger });
                let skip = this.emit.jump(Instr::Jz { a: smaller, t: 0 });
                this.emit.push(Instr::Mov { d: earlier, a: one });
                this.emit.land(skip);
                this.emit.push(Instr::AddI { d: place, a: place, b: earlier });
                Ok(())
            })?;
            let moved = this.emit.alloc(item.width());
            this.emit.push(Instr::Item { d: moved, list: list.at, i: own, words: item.width() });
            this.emit.push(Instr::Put { array: d.offset(1), i: place, a: moved, words: item.width() });
            Ok(())
        })?;
        Ok(Value { ty: list.ty.clone(), at: d })
    }

    /// `pick([a, b, c])`: one of the items, each as likely; `pick(list, x, weight)`: in proportion to a weight.
    pub(super) fn pick(&mut self, args: &[Expr], span: Span) -> Result<Value> {
        let Some(list) = args.first() else { return fault(span, "pick(...) takes a list or a group") };
        if let Some(crowd) = self.crowd(list) {
            return self.pick_member(&crowd, args, span);
        }
        let value = self.expr(list, None)?;
        if let Type::Data(data) = &value.ty
            && !data.columns().is_empty()
        {
            return self.pick_row(data, args, span);
        }
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
                let call = weighed(variable, weight)?;
                let weights = self.emit.alloc(most.saturating_add(1));
                let zero = self.emit.constants(&[0]);
                self.emit.push(Instr::Mov { d: weights, a: zero });
                self.each(&Items::List(&value), |this, item, _| {
                    let one = this.body(&call, (&inner, item), Some(&NUMBER))?;
                    this.emit.push(Instr::Push { list: weights, a: one.at, words: 1, most });
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

    /// One of several rows, each as likely or in proportion to a weight.
    fn pick_row(&mut self, data: &Arc<Data>, args: &[Expr], span: Span) -> Result<Value> {
        let (items, ty) = (Items::Rows(data), Type::Row(data.clone()));
        let (d, count) = (self.emit.alloc(1), self.emit.constants(&[u64::from(data.count())]));
        match args {
            [_] => {
                let site = self.site("pick");
                self.emit.push(Instr::Below { site, d, a: count });
            }
            [_, variable, weight] => {
                let call = weighed(variable, weight)?;
                if let Some(sums) = plain_weight(data, call.variable, weight) {
                    return Ok(Value { ty, at: self.row_by_sums(&sums) });
                }
                let most = u16::try_from(data.count()).unwrap_or(u16::MAX);
                self.room(&Type::List(Box::new(NUMBER), most), args[0].span)?;
                let (weights, zero) = (self.emit.alloc(most.saturating_add(1)), self.emit.constants(&[0]));
                self.emit.push(Instr::Mov { d: weights, a: zero });
                self.each(&items, |this, item, _| {
                    let one = this.body(&call, (&ty, item), Some(&NUMBER))?;
                    this.emit.push(Instr::Push { list: weights, a: one.at, words: 1, most });
                    Ok(())
                })?;
                let site = self.site("pick");
                self.emit.push(Instr::Weighted { site, d, a: weights.offset(1), count });
            }
            _ => return fault(span, "pick(...) takes rows, or rows, a name for the row and its weight"),
        }
        Ok(Value { ty, at: d })
    }

    /// One member of a crowd, each as likely or in proportion to a weight.
    fn pick_member(&mut self, crowd: &Crowd, args: &[Expr], span: Span) -> Result<Value> {
        let items = Items::Crowd(crowd);
        let item = items.item();
        let d = self.emit.alloc(1);
        match args {
            [_] => {
                let size = if crowd.group.is_none() { Some(self.size_of(&items)) } else { None };
                let site = self.site("pick");
                match (crowd.group, size) {
                    (Some(group), _) => self.emit.push(Instr::Member { site, group, d }),
                    (None, size) => {
                        let i = self.emit.alloc(1);
                        self.emit.push(Instr::Below { site, d: i, a: size.expect("found above") });
                        self.item_of(&items, d, i);
                    }
                }
            }
            [_, variable, weight] => {
                let call = weighed(variable, weight)?;
                let total = Call { name: "sum", ..call };
                let sum = self.sum(&items, &total, NUMBER)?;
                let site = self.site("pick");
                let (left, zero) = (self.emit.alloc(1), self.emit.float(0.0));
                self.emit.push(Instr::Draw { law: Law::Uniform, site, d: left, a: zero, b: sum.at, c: zero });
                let none = self.emit.constants(&[NONE]);
                self.emit.push(Instr::Mov { d, a: none });
                self.each(&items, |this, at, _| {
                    let value = this.body(&call, (&item, at), Some(&NUMBER))?;
                    let (taken, over) = (this.emit.alloc(1), this.emit.alloc(1));
                    // The last one whose stretch begins before the drawn point.
                    this.emit.push(Instr::LeF { d: taken, a: zero, b: left });
                    this.emit.push(Instr::LtF { d: over, a: zero, b: value.at });
                    this.emit.push(Instr::MulI { d: taken, a: taken, b: over });
                    let skip = this.emit.jump(Instr::Jz { a: taken, t: 0 });
                    this.emit.push(Instr::Mov { d, a: at });
                    this.emit.land(skip);
                    this.emit.push(Instr::Math2 { f: Math2::Max, d: over, a: value.at, b: zero });
                    this.emit.push(Instr::SubF { d: left, a: left, b: over });
                    Ok(())
                })?;
            }
            _ => return fault(span, "pick(...) takes a group, or a group, a name for the member and its weight"),
        }
        Ok(Value { ty: item, at: d })
    }
}

/// The item and its weight in `pick(list, x, weight)`.
fn weighed<'e>(variable: &'e Expr, weight: &'e Expr) -> Result<Call<'e>> {
    match &variable.node {
        Node::Name(name) => Ok(Call { name: "pick", variable: name, variable_span: variable.span, body: weight }),
        _ => fault(variable.span, "pick(list, x, weight) names the item second"),
    }
}
