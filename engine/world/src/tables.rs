//! Decision tables at work: which rows hold, what comes out, and what the record says of it.

use crate::actors::ActorId;
use crate::error::RunError;
use crate::plan::{Effect, Table};
use crate::turn::Turn;
use crate::world::World;
use rehearsal_language::types::Type;
use rehearsal_policy::table::{Conflict, Gather, Hit};
use rehearsal_trace::{Fields, Value};

/// What the note of the record is called that says which rows held.
const LOOKED_UP: &str = "looked_up";

impl World<'_> {
    /// Looks something up in a table. `next` is the instruction behind the effect.
    pub(crate) fn look_up(&mut self, turn: &mut Turn<'_>, id: u32, next: u32) -> Result<(), RunError> {
        let plan = self.plan;
        let Effect::LookUp { table, with, words, into, found } = &plan.effects[id as usize] else { unreachable!("a LookUp") };
        let table = &plan.tables[*table as usize];
        let given = self.collect(turn, with, *words);
        let holding = table.hit.holding(&table.order, |row| match table.rows[row].condition {
            Some(condition) => Ok::<bool, RunError>(self.value(turn.actor, condition, &given, &[])? != 0),
            None => Ok(true),
        })?;
        let is_found = !holding.is_empty() || table.hit.bears_none();
        let mut out = Vec::new();
        if is_found {
            out = self.given_by(turn.actor, table, &holding, &given, next)?;
            for (at, word) in (0_u16..).zip(&out) {
                self.put(turn, into.offset(at), *word);
            }
        }
        self.put(turn, *found, u64::from(is_found));
        if self.observer.is_some() {
            self.observe_look_up(turn.actor, table, &holding, (&given, &out))?;
        }
        self.frames.push(given);
        Ok(())
    }

    /// What the rows that hold give, one value behind the other.
    fn given_by(
        &mut self,
        actor: ActorId,
        table: &Table,
        holding: &[usize],
        given: &[u64],
        next: u32,
    ) -> Result<Vec<u64>, RunError> {
        let mut rows = Vec::new();
        for row in holding {
            rows.push((*row, self.row_gives(actor, table, *row, given)?));
        }
        if let Hit::Collect(gather) = table.hit {
            return Ok(gathered(table, gather, &rows));
        }
        let values = |row: usize| &rows.iter().find(|(number, _)| *number == row).expect("a row that holds").1;
        let alike = |one: usize, other: usize| same(table, values(one), values(other));
        match table.hit.deciding(holding, alike) {
            Ok(Some(row)) => Ok(values(row).concat()),
            Ok(None) => Ok(Vec::new()),
            Err(conflict) => Err(self.fault(actor, next - 1, told(table, conflict))),
        }
    }

    /// What one row gives: the words of each value.
    fn row_gives(&mut self, actor: ActorId, table: &Table, row: usize, given: &[u64]) -> Result<Vec<Vec<u64>>, RunError> {
        let mut values = Vec::new();
        for (routine, (_, ty)) in table.rows[row].gives.iter().zip(&table.gives) {
            let ty = match (table.hit, ty) {
                (Hit::Collect(Gather::List), Type::List(inner, _)) => inner,
                (_, ty) => ty,
            };
            let mut words = vec![0; ty.width() as usize];
            self.values(actor, *routine, given, &[], &mut words)?;
            values.push(words);
        }
        Ok(values)
    }

    /// The record of what was looked up: the table, the rows that held, what it was given and what it gave.
    fn observe_look_up(
        &mut self,
        actor: ActorId,
        table: &Table,
        holding: &[usize],
        (given, out): (&[u64], &[u64]),
    ) -> Result<(), RunError> {
        let rows = holding.iter().map(|row| Value::Text(table.rows[*row].name.clone())).collect();
        let mut fields: Fields = vec![("table".into(), Value::Text(table.name.clone())), ("rows".into(), Value::List(rows))];
        for (values, words) in [(&table.takes, given), (&table.gives, out)] {
            let mut at = 0;
            for (name, ty) in values {
                let end = at + ty.width() as usize;
                if let Some(words) = words.get(at..end) {
                    fields.push((name.clone(), self.show(ty, words)));
                }
                at = end;
            }
        }
        self.observe_fact(actor, LOOKED_UP, fields)
    }
}

/// What several rows give, put together.
fn gathered(table: &Table, gather: Gather, rows: &[(usize, Vec<Vec<u64>>)]) -> Vec<u64> {
    let mut out = Vec::new();
    for (place, (_, ty)) in table.gives.iter().enumerate() {
        let words: Vec<u64> = rows.iter().flat_map(|(_, values)| values.get(place)).flatten().copied().collect();
        match gather {
            Gather::List => {
                let end = out.len() + ty.width() as usize;
                out.push(rows.len() as u64);
                out.extend(words);
                out.resize(end, 0);
            }
            Gather::Count => out.push(rows.len() as u64),
            _ => out.push(gather.number(&words, *ty == Type::Int)),
        }
    }
    out
}

/// Whether two rows give the same.
fn same(table: &Table, one: &[Vec<u64>], other: &[Vec<u64>]) -> bool {
    let number = |words: &[u64]| words.first().copied().map(f64::from_bits);
    let mut values = table.gives.iter().zip(one.iter().zip(other));
    values.all(|((_, ty), (one, other))| one == other || matches!(ty, Type::Quantity(_)) && number(one) == number(other))
}

/// A conflict in the words of a fault.
fn told(table: &Table, conflict: Conflict) -> String {
    let row = |row: usize| format!("`{}` ({})", table.rows[row].name, table.rows[row].place);
    match conflict {
        Conflict::Several(one, other) => format!(
            "the rows {} and {} of table `{}` both hold, and its hit is unique: make their conditions exclude each other, or \
             say hit: first",
            row(one),
            row(other),
            table.name
        ),
        Conflict::Unequal(one, other) => format!(
            "the rows {} and {} of table `{}` both hold and do not give the same, and its hit is any: let them give the same, \
             or say hit: first",
            row(one),
            row(other),
            table.name
        ),
    }
}
