//! Rows of decision tables as routines: conditions, and what they give.

use super::tables::{RowInfo, TableInfo};
use crate::code::{Code, Place, Purpose};
use crate::scope::{EventShape, Local};
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::emit::Jump;
use rehearsal_language::program::{Base, Instr, Operand, Program, Routine};
use rehearsal_language::types::Type;
use rehearsal_world::plan::{FRAME_RESERVED, Row, Table};

impl Tables {
    /// Compiles all decision tables.
    pub(crate) fn compile_tables(&mut self, program: &mut Program) -> Vec<Table> {
        let infos = self.decisions.clone();
        infos.iter().map(|info| self.compile_table(program, info)).collect()
    }

    fn compile_table(&mut self, program: &mut Program, info: &TableInfo) -> Table {
        let mut rows = Vec::new();
        for row in &info.rows {
            let path = format!("table/{}/{}", info.name, row.name);
            let condition = match row.conditions.is_empty() {
                true => None,
                false => Some(self.row_condition(program, info, row, &path)),
            };
            let gives = row.gives.iter().zip(&info.each);
            let gives = gives.map(|(node, ty)| self.row_value(program, info, node, ty, &path)).collect();
            rows.push(Row { name: row.name.clone(), place: self.sources.cite(row.at), condition, gives });
        }
        let priorities: Vec<i32> = info.rows.iter().map(|row| row.priority.map_or(0, |(priority, _)| priority)).collect();
        Table {
            name: info.name.clone(),
            hit: info.hit,
            takes: info.takes.clone(),
            gives: info.gives.clone(),
            rows,
            order: info.hit.order(&priorities),
        }
    }

    /// Whether all conditions of a row hold.
    fn row_condition(&mut self, program: &mut Program, info: &TableInfo, row: &RowInfo, path: &str) -> Routine {
        let mut code = self.open_row(program, info, path);
        let holds = code.emit.alloc(1);
        let (no, yes) = (code.emit.constants(&[0]), code.emit.constants(&[1]));
        code.emit.push(Instr::Mov { d: holds, a: no });
        let mut outs: Vec<Jump> = Vec::new();
        for condition in &row.conditions {
            let Some(value) = code.value(condition, info.env, Some(&Type::Bool)) else { continue };
            outs.push(code.emit.jump(Instr::Jz { a: value.at, t: 0 }));
        }
        code.emit.push(Instr::Mov { d: holds, a: yes });
        outs.into_iter().for_each(|out| code.emit.land(out));
        code.close(Some(holds))
    }

    /// A value that a row gives.
    fn row_value(&mut self, program: &mut Program, info: &TableInfo, node: &Node, ty: &Type, path: &str) -> Routine {
        let mut code = self.open_row(program, info, path);
        let at = code.emit.alloc(ty.width());
        code.value_into(node, info.env, ty, at);
        code.close(Some(at))
    }

    /// A routine that reads what the table takes.
    fn open_row<'p, 't>(&'t mut self, program: &'p mut Program, info: &TableInfo, path: &'t str) -> Code<'p, 't> {
        let words = info.takes.iter().map(|(_, ty)| ty.width()).sum();
        let place = Place { kind: 0, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let mut code = Code::open(program, self, &place, words);
        let mut word = FRAME_RESERVED;
        for (name, ty) in &info.takes {
            let at = Operand::new(Base::Frame, word);
            code.scope.locals.push(Local { name: name.clone(), ty: ty.clone(), at, env: info.env });
            word += ty.width();
        }
        code
    }
}
