//! What belongs to an actor: fields, holders and computed values, its own or another's.

use super::{Compiler, Result, Value, fault, problem};
use crate::ast::{Expr, Node};
use crate::program::{Base, Instr, Operand};
use crate::scope::Member;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::types::{Kinds, SPAN, Type};

impl Compiler<'_, '_> {
    pub(super) fn member(&mut self, of: &Expr, name: &str, span: Span) -> Result<Value> {
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
            Type::Row(data) | Type::Data(data) => self.cell(&value, data, name, span),
            Type::Holder(_) => self.runtime_call(name, &[value], span),
            ty => {
                let text = self.describe(ty);
                fault(span, format!("{text} has no `{name}`"))
            }
        }
    }

    /// Loads a member of `of`, or of the actor itself.
    pub(super) fn load(&mut self, of: Option<Operand>, member: Member, kinds: &Kinds, span: Span) -> Result<Value> {
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

    pub(super) fn me(&mut self) -> Operand {
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

    pub(super) fn keys(&mut self, names: &[Symbol]) -> u16 {
        let list: Vec<u32> = names.iter().map(|name| name.0).collect();
        let keys = &mut self.emit.program.keys;
        let at = keys.iter().position(|have| *have == list).unwrap_or_else(|| {
            keys.push(list);
            keys.len() - 1
        });
        at as u16
    }
}
