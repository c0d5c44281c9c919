//! Decision tables: what each takes and gives, and its rows. `rows` compiles them.
//!
//! A table is a page by itself: its rows read what it takes, its parameters and those of its policy, and no actor.

use super::cells;
use crate::args::Arguments;
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::tables::{Bound, Tables};
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_policy::table::{Gather, Hit};
use std::collections::BTreeMap;

/// The words of hit policies that take nothing.
const HITS: [(&str, Hit); 5] = [
    ("unique", Hit::Unique),
    ("first", Hit::First),
    ("priority", Hit::Priority),
    ("any", Hit::Any),
    ("collect", Hit::Collect(Gather::List)),
];

/// How what several rows give is put together.
const GATHERS: [(&str, Gather); 5] =
    [("list", Gather::List), ("sum", Gather::Sum), ("min", Gather::Min), ("max", Gather::Max), ("count", Gather::Count)];

/// The most rows of a table whose rows give a list.
const LIST_MAX: usize = 64;

/// A decision table, read.
#[derive(Clone, Debug)]
pub(crate) struct TableInfo {
    pub(crate) name: String,
    pub(crate) at: At,
    /// The kinds of the minds whose policy it belongs to; none where everybody may look in it.
    pub(crate) minds: Vec<u16>,
    pub(super) env: u32,
    pub(crate) hit: Hit,
    pub(crate) takes: Vec<(String, Type)>,
    /// What comes out.
    pub(crate) gives: Vec<(String, Type)>,
    /// What each row gives.
    pub(super) each: Vec<Type>,
    pub(crate) rows: Vec<RowInfo>,
}

/// A row, read.
#[derive(Clone, Debug)]
pub(crate) struct RowInfo {
    pub(super) name: String,
    pub(crate) at: At,
    pub(crate) priority: Option<(i32, At)>,
    /// All of them have to hold.
    pub(crate) conditions: Vec<Node>,
    pub(super) gives: Vec<Node>,
}

impl TableInfo {
    /// Whether something comes out whatever it is given.
    pub(crate) fn always_gives(&self) -> bool {
        self.hit.bears_none() || self.rows.iter().any(|row| row.conditions.is_empty())
    }
}

impl Tables {
    /// Reads all decision tables: those of policies, and those that everybody may look in.
    pub(crate) fn read_tables(&mut self, definitions: &Definitions) {
        for (name, at, node) in &definitions.tables {
            self.read_table(name, *at, node, &[]);
        }
        for (policy, _, node) in &definitions.policies {
            let called = [format!("{policy} policy"), format!("{policy} shadow")];
            let is_mind = |kind: u16| self.kinds[kind as usize].policy && called.contains(&self.kinds[kind as usize].name);
            let minds: Vec<u16> = (0..self.kinds.len() as u16).filter(|kind| is_mind(*kind)).collect();
            for (name, at, table) in node.get("tables").map(Node::entries).unwrap_or_default() {
                self.read_table(&name, at, &table, &minds);
            }
        }
    }

    fn read_table(&mut self, name: &str, at: At, node: &Node, minds: &[u16]) {
        if let Some(before) = self.decisions.iter().find(|table| table.name == name && table.minds == minds) {
            let first = self.sources.cite(before.at);
            let fault = Fault::new(at, format!("there are two tables called `{name}`"));
            return self.faults.add(fault.help(format!("the first is at {first}")));
        }
        if node.head() != "Table" {
            let fault = Fault::new(node.at, format!("expected Table(...), found {}", node.describe()));
            self.faulty.insert(name.to_owned());
            return self.faults.add(fault.help("as in Table(takes: { ... }, gives: { ... }, hit: first, rows: [...])"));
        }
        let found = match minds.is_empty() {
            false => self.arguments(node, &["params", "takes", "!gives", "!hit", "!rows"]),
            true => self.arguments(node, &["!name", "params", "takes", "!gives", "!hit", "!rows"]),
        };
        match found.and_then(|args| self.table(name, at, &args, node, minds)) {
            Some(table) => self.decisions.push(table),
            None => {
                self.faulty.insert(name.to_owned());
            }
        }
    }

    fn table(&mut self, name: &str, at: At, args: &Arguments, node: &Node, minds: &[u16]) -> Option<TableInfo> {
        let params: BTreeMap<String, Bound> = node
            .get("params")
            .map(Node::entries)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _, value)| (name, Bound::Value(value, 0)))
            .collect();
        let around = minds.first().map(|mind| self.kinds[*mind as usize].env);
        let env = self.environment(around, params);
        let takes = self.values_of(args.get("takes"), env)?;
        let each = self.values_of(args.get("gives"), env)?;
        if each.is_empty() {
            let fault = Fault::new(args.need("gives").at, format!("table `{name}` gives nothing"));
            self.faults.add(fault.help("name what each row gives: gives: { amount: Money }"));
            return None;
        }
        if let Some((double, ..)) = each.iter().find(|(given, _)| takes.iter().any(|(taken, _)| taken == given)) {
            let fault = Fault::new(args.need("gives").at, format!("`{double}` is both what is taken and what is given"));
            self.faults.add(fault.help("call one of them otherwise"));
        }
        let rows = args.need("rows");
        let hit = self.hit(&args.need("hit"))?;
        let gives = self.outcome(hit, &each, rows.items().len(), args)?;
        let mut table = TableInfo {
            name: name.to_owned(),
            at,
            minds: minds.to_vec(),
            env,
            hit,
            takes,
            gives,
            each: each.into_iter().map(|(_, ty)| ty).collect(),
            rows: Vec::new(),
        };
        for (number, row) in rows.items().iter().enumerate() {
            let row = self.row(&table, number, row)?;
            table.rows.push(row);
        }
        self.certain_rows(&table, rows.at);
        Some(table)
    }

    /// Values by name with their types.
    fn values_of(&mut self, node: Option<&Node>, env: u32) -> Option<Vec<(String, Type)>> {
        let mut values: Vec<(String, Type)> = Vec::new();
        for (name, at, node) in node.map(Node::entries).unwrap_or_default() {
            let written = self.written_type(&node, env)?;
            if let Some(first) = written.default {
                self.fault(first.at, "a table's value is given each time, and has none of its own to begin with");
            }
            if values.iter().any(|(have, _)| *have == name) {
                self.fault(at, format!("`{name}` is there twice"));
            }
            values.push((name, written.ty));
        }
        Some(values)
    }

    fn hit(&mut self, node: &Node) -> Option<Hit> {
        if node.head() == "Collect" {
            let args = self.arguments(node, &["!by"])?;
            let by = args.need("by");
            let word = self.name_of(&by, "`by`")?;
            let found = GATHERS.iter().find(|(name, _)| *name == word).map(|(_, gather)| Hit::Collect(*gather));
            if found.is_none() {
                self.unknown(by.at, "way to collect called", &word, GATHERS.iter().map(|(name, _)| *name));
            }
            return found;
        }
        let word = self.name_of(node, "`hit`")?;
        let found = HITS.iter().find(|(name, _)| *name == word).map(|(_, hit)| *hit);
        if found.is_none() {
            let known = HITS.iter().map(|(name, _)| *name).chain(["Collect"]);
            self.unknown(node.at, "hit policy", &word, known);
        }
        found
    }

    /// What comes out of rows that give these values each.
    fn outcome(&mut self, hit: Hit, each: &[(String, Type)], rows: usize, args: &Arguments) -> Option<Vec<(String, Type)>> {
        let Hit::Collect(gather) = hit else { return Some(each.to_vec()) };
        let at = args.need("gives").at;
        if gather == Gather::List {
            if rows > LIST_MAX {
                self.fault(args.need("rows").at, format!("{rows} rows: a list has room for {LIST_MAX}"));
                return None;
            }
            let list = |ty: &Type| Type::List(Box::new(ty.clone()), rows.max(1) as u16);
            return Some(each.iter().map(|(name, ty)| (name.clone(), list(ty))).collect());
        }
        let [(name, ty)] = each else {
            let fault = Fault::new(at, format!("{} values are given, and only one can be put together", each.len()));
            self.faults.add(fault.help("give one value, or collect a list of each: hit: collect"));
            return None;
        };
        let fits = match gather {
            Gather::Count => *ty == Type::Int,
            _ => matches!(ty, Type::Int | Type::Quantity(_)),
        };
        if !fits {
            let wanted = if gather == Gather::Count { "an Int, which is how many rows hold" } else { "a number or a quantity" };
            self.fault(at, format!("`{name}` has to be {wanted}"));
            return None;
        }
        Some(each.to_vec())
    }

    fn row(&mut self, table: &TableInfo, number: usize, node: &Node) -> Option<RowInfo> {
        let args = self.arguments(node, &["name", "if", "cells", "give", "priority"])?;
        let name = match args.get("name").cloned() {
            Some(name) => self.name_of(&name, "a row's name")?,
            None => (number + 1).to_string(),
        };
        let mut conditions: Vec<Node> = args.get("if").cloned().into_iter().collect();
        if let Some(cells) = args.get("cells").cloned() {
            let items = cells.items();
            if items.len() != table.takes.len() {
                let names: Vec<&str> = table.takes.iter().map(|(name, _)| name.as_str()).collect();
                let fault =
                    Fault::new(cells.at, format!("{} for {}", counted(items.len(), "cell"), counted(names.len(), "value")));
                self.faults.add(fault.help(format!("a cell for each of {}; \"-\" where it may be anything", names.join(", "))));
                return None;
            }
            let stated = table.takes.iter().zip(&items).filter_map(|((name, _), cell)| cells::condition(name, cell));
            conditions.extend(stated);
        }
        let priority = match args.get("priority").cloned() {
            Some(node) => Some((self.plain_number(&node, "a priority")? as i32, node.at)),
            None => None,
        };
        let gives = self.row_gives(table, &args)?;
        Some(RowInfo { name, at: node.at, priority, conditions, gives })
    }

    /// What a row gives, in the order of the table.
    fn row_gives(&mut self, table: &TableInfo, args: &Arguments) -> Option<Vec<Node>> {
        let given = args.get("give").map(Node::entries).unwrap_or_default();
        if table.hit == Hit::Collect(Gather::Count) {
            if let Some(give) = args.get("give") {
                let fault = Fault::new(give.at, "rows that are counted give nothing");
                self.faults.add(fault.help("leave out `give`, or collect a sum"));
            }
            return Some(Vec::new());
        }
        for (name, at, _) in &given {
            if !table.gives.iter().any(|(have, _)| have == name) {
                let names: Vec<String> = table.gives.iter().map(|(name, _)| name.clone()).collect();
                let what = format!("value that table `{}` gives called", table.name);
                self.unknown(*at, &what, name, names.iter().map(String::as_str));
            }
        }
        let mut values = Vec::new();
        for (name, _) in &table.gives {
            match given.iter().find(|(have, ..)| have == name) {
                Some((_, _, value)) => values.push(value.clone()),
                None => {
                    let at = args.get("give").map_or(args.at, |give| give.at);
                    let fault = Fault::new(at, format!("the row lacks `{name}`, which table `{}` gives", table.name));
                    self.faults.add(fault.help(format!("give it in each row: give: ({name}: ...)")));
                    return None;
                }
            }
        }
        Some(values)
    }

    /// Faults of rows that can be seen without a value: those that are never reached, and those that always clash.
    fn certain_rows(&mut self, table: &TableInfo, rows: At) {
        if table.rows.is_empty() {
            let fault = Fault::new(rows, format!("table `{}` has no rows", table.name));
            self.faults.add(fault.help("as in rows: [Row(if: \"...\", give: (...)), Row(give: (...))]"));
        }
        let Some(always) = table.rows.iter().position(|row| row.conditions.is_empty()) else { return };
        let (message, at, help) = match table.hit {
            Hit::First if always + 1 < table.rows.len() => (
                "this row is never reached: the one before it has no condition and always holds".to_owned(),
                table.rows[always + 1].at,
                "put the row without a condition last",
            ),
            Hit::Unique if table.rows.len() > 1 => (
                format!("row `{}` has no condition and always holds, and with hit: unique no other may", table.rows[always].name),
                table.rows[always].at,
                "give it the condition that none of the others holds, or say hit: first",
            ),
            _ => return,
        };
        self.faults.add(Fault::new(at, message).help(help));
    }
}

/// How many of something, in words: `1 cell`, `2 cells`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
