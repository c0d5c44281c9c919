//! The step LookUp: what a decision table gives.

use super::Code;
use crate::fault::Fault;
use crate::policies::TableInfo;
use crate::scope::Record;
use crate::tree::Node;
use rehearsal_language::program::{Instr, Operand};
use rehearsal_world::plan::{Effect, Payload, Put, Schema};

impl Code<'_, '_> {
    pub(super) fn look_up(&mut self, step: &Node, env: u32) {
        if self.looked_up(step, env).is_none()
            && let Some(name) = step.get("as").and_then(Node::as_word)
        {
            self.tables().faulty.insert(name.to_owned());
        }
    }

    /// Compiles the step; `None` where what it gives stays unknown.
    fn looked_up(&mut self, step: &Node, env: u32) -> Option<()> {
        let args = self.tables().arguments(step, &["!in", "with", "!as", "else"])?;
        let (node, _) = self.tables().resolve(&args.need("in"), env);
        let number = self.find_table(&node)?;
        let table = self.scope.tables.decisions[number].clone();
        self.scope.tables.recorded.looked_in.insert(number);
        let schema = shape(&table);
        let (into, found) = (self.fresh(schema.words), self.fresh(1));
        let mark = self.emit.mark();
        let (with, words) = self.given(&table, args.get("with"), step, env);
        self.effect(Effect::LookUp { table: number as u16, with, words, into, found });
        self.release(mark);
        match (args.get("else").cloned(), table.always_gives()) {
            (Some(otherwise), always) => {
                if always {
                    self.scope.tables.recorded.vain_else.insert(otherwise.at);
                }
                self.where_no_row_holds(found, &otherwise, env);
            }
            (None, true) => {}
            (None, false) => {
                let fault = Fault::new(step.at, format!("it may be that no row of table `{}` holds", table.name));
                let help = "say what is done then by `else`, or give the table a last row without a condition";
                self.tables().faults.add(fault.help(help));
            }
        }
        let node = args.need("as");
        let name = self.tables().name_of(&node, "what it is called")?;
        self.scope.records.push(Record { name, schema, at: into, env });
        Some(())
    }

    /// The table of a name: of the own policy, or one that everybody may look in.
    fn find_table(&mut self, node: &Node) -> Option<usize> {
        let name = self.tables().name_of(node, "a table")?;
        let kind = self.scope.kind;
        let tables = &self.scope.tables.decisions;
        let own = tables.iter().position(|table| table.name == name && table.minds.contains(&kind));
        let found = own.or_else(|| tables.iter().position(|table| table.name == name && table.minds.is_empty()));
        if found.is_none() {
            let seen = tables.iter().filter(|table| table.minds.is_empty() || table.minds.contains(&kind));
            let names: Vec<String> = seen.map(|table| table.name.clone()).collect();
            self.tables().unknown(node.at, "table", &name, names.iter().map(String::as_str));
        }
        found
    }

    /// What the table is given, and how many words that is.
    fn given(&mut self, table: &TableInfo, with: Option<&Node>, step: &Node, env: u32) -> (Vec<Put>, u16) {
        let given = with.map(Node::entries).unwrap_or_default();
        for (name, at, _) in given.iter().filter(|(name, ..)| !table.takes.iter().any(|(have, _)| have == name)) {
            let names: Vec<String> = table.takes.iter().map(|(name, _)| name.clone()).collect();
            let what = format!("value that table `{}` takes called", table.name);
            self.tables().unknown(*at, &what, name, names.iter().map(String::as_str));
        }
        let (mut puts, mut to) = (Vec::new(), 0);
        for (name, ty) in &table.takes {
            let words = ty.width();
            match given.iter().find(|(have, ..)| have == name) {
                Some((_, _, value)) => {
                    let from = self.emit.alloc(words);
                    self.value_into(value, env, ty, from);
                    puts.push(Put { from, words, to });
                }
                None => {
                    let fault = Fault::new(step.at, format!("table `{}` takes `{name}`", table.name));
                    self.tables().faults.add(fault.help(format!("give it by with: ({name}: ...)")));
                }
            }
            to += words;
        }
        (puts, to)
    }

    fn where_no_row_holds(&mut self, found: Operand, otherwise: &Node, env: u32) {
        let steps = otherwise.items();
        if !self.leaves(&steps, env) {
            let fault = Fault::new(otherwise.at, "`else` of LookUp(...) has to leave: there is nothing that the table gave");
            self.tables().faults.add(fault.help("end it with Goto(...), End or Refuse(...)"));
        }
        let none = self.emit.jump(Instr::Jz { a: found, t: 0 });
        let over = self.emit.jump(Instr::Jmp { t: 0 });
        self.emit.land(none);
        self.mark(otherwise, env, "else");
        self.steps(&steps, env);
        self.emit.push(Instr::End);
        self.emit.land(over);
    }
}

/// What a table gives, one value behind the other.
fn shape(table: &TableInfo) -> Schema {
    let mut schema = Schema { name: table.name.clone(), ..Schema::default() };
    for (name, ty) in &table.gives {
        schema.fields.push(Payload { name: name.clone(), ty: ty.clone(), offset: schema.words });
        schema.words += ty.width();
    }
    schema
}
