//! Decision tables at work: which rows hold, what comes out, and what the record says of it.

use crate::actors::ActorId;
use crate::error::RunError;
use crate::plan::{Effect, FRAME_RESERVED, Table};
use crate::turn::Turn;
use crate::world::World;
use rehearsal_policy::table::Given;
use rehearsal_trace::{Fields, Value};

// The programs of rows run in a world and alone.
const _: () = assert!(FRAME_RESERVED == rehearsal_policy::table::RESERVED);

/// What the note of the record is called that says which rows held.
const LOOKED_UP: &str = "looked_up";

impl World<'_> {
    /// Looks something up in a table. `next` is the instruction behind the effect.
    pub(crate) fn look_up(&mut self, turn: &mut Turn<'_>, id: u32, next: u32) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Effect::LookUp { table, with, words, into, found } = &plan.effects[id as usize] else { unreachable!("a LookUp") };
        let table = &plan.tables[*table as usize];
        let given = self.collect(turn, with, *words);
        let holding = table.holding(|condition| Ok::<bool, RunError>(self.value(turn.actor, condition, &given, &[])? != 0))?;
        let mut rows = Vec::new();
        for row in &holding {
            rows.push((*row, self.row_gives(turn.actor, table, *row, &given)?));
        }
        let out = table.outcome(&rows).map_err(|told| self.fault(turn.actor, next - 1, told))?;
        for (at, word) in (0_u16..).zip(out.iter().flatten()) {
            self.put(turn, into.offset(at), *word);
        }
        self.put(turn, *found, u64::from(out.is_some()));
        if self.common.observer.is_some() {
            self.observe_look_up(turn.actor, table, &holding, (&given, out.as_deref().unwrap_or_default()))?;
        }
        self.frames.push(given);
        Ok(())
    }

    /// What one row gives.
    fn row_gives(&mut self, actor: ActorId, table: &Table, row: usize, given: &[u64]) -> Result<Given, RunError> {
        let mut values = Vec::new();
        for (routine, width) in table.values(row) {
            let mut words = vec![0; width as usize];
            self.values(actor, routine, given, &[], &mut words)?;
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
