//! Rows of things: a table of constants, from a file or written in RON.

use super::cells::{Measure, number, quoted};
use super::source::Trouble;
use super::{Reading, TROUBLES_MAX};
use crate::args::Arguments;
use crate::definitions::Named;
use crate::fault::Fault;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, UnaryOp};
use rehearsal_language::compile::nearest;
use rehearsal_language::data::Data;
use rehearsal_language::parser;
use rehearsal_language::symbol::{Symbol, Symbols};
use rehearsal_language::types::Type;
use rehearsal_language::unit::Dimension;
use std::path::Path;

/// The most rows of a table, and the most columns.
const ROWS_MAX: usize = 100_000;
const COLUMNS_MAX: usize = 64;

/// The most names of a column that are known one by one, so that a misspelt one is a fault.
const NAMES_MAX: usize = 256;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug)]
enum Sort {
    /// Numbers in a unit, or plain ones.
    Real(Measure),
    Int,
    Bool,
    Name,
    /// Names that are not all known.
    AnyName,
    Clock,
}

/// A column that is asked for.
struct Wanted {
    name: String,
    /// What it is called in the file.
    from: String,
    sort: Sort,
    node: Node,
    cells: Vec<u64>,
}

/// The types of cells.
const SORTS: [&str; 10] = ["Number", "Int", "Bool", "Name", "Clock", "Span", "Money", "Length", "Speed", "Temperature"];

impl Tables {
    pub(super) fn data_rows(&mut self, (name, _, node): &Named, root: &Path) -> Option<Data> {
        let args = self.arguments(node, &["!name", "file", "rows", "columns", "missing"])?;
        let columns = match (args.get("file"), args.get("rows")) {
            (Some(_), None) => self.rows_of_file(&args, root)?,
            (None, Some(rows)) => self.rows_in_ron(&args, &rows.clone())?,
            _ => {
                let fault = Fault::new(node.at, "Rows(...) has either a `file`, or its `rows` written out");
                self.faults.add(fault.help("as in rows: [(name: apple, cost: \"2 EUR\"), (name: pear, cost: \"3 EUR\")]"));
                return None;
            }
        };
        let count = columns.first().map_or(0, |column| column.cells.len());
        if !(1..=ROWS_MAX).contains(&count) {
            self.fault(node.at, format!("`{name}` has {count} rows: from 1 to {ROWS_MAX} are allowed"));
            return None;
        }
        let columns = columns.into_iter().map(|column| (column.name, type_of(column.sort, &column.cells), column.cells));
        Some(Data::rows(name, columns.collect()))
    }

    fn rows_of_file(&mut self, args: &Arguments, root: &Path) -> Option<Vec<Wanted>> {
        let Some(declared) = args.get("columns").cloned() else {
            let fault = Fault::new(args.at, "Rows(...) of a file lacks `columns`: which there are, and of what type");
            self.faults.add(fault.help("as in columns: { name: Name, cost: Money(EUR), sales: Number }"));
            return None;
        };
        let mut columns = self.declared(&declared)?;
        if self.cells_of_file(args, root, &mut columns).is_none() {
            stand_in(&mut columns);
        }
        Some(columns)
    }

    fn cells_of_file(&mut self, args: &Arguments, root: &Path, columns: &mut [Wanted]) -> Option<()> {
        let source = self.source(args, root)?;
        let Reading { skip, .. } = self.reading(args)?;
        let mut reading = Reading { skip, troubles: Vec::new() };
        let from: Vec<String> = columns.iter().map(|column| column.from.clone()).collect();
        let from: Vec<&str> = from.iter().map(String::as_str).collect();
        let (symbols, mut count) = (&mut self.symbols, 0);
        let read = source.rows(&from, &mut |line, cells| {
            count += 1;
            let more = reading.row(line, cells, |cells| {
                let words = cells.iter().zip(columns.iter()).enumerate();
                let words = words.map(|(at, (cell, column))| text_cell(cell, column.sort, symbols).map_err(|found| (at, found)));
                let words: Vec<u64> = words.collect::<Result<_, _>>()?;
                columns.iter_mut().zip(words).for_each(|(column, word)| column.cells.push(word));
                Ok(())
            });
            more && count <= ROWS_MAX
        });
        let read = read.and(match count > ROWS_MAX {
            true => Err(Trouble::new(format!("{} has more than {ROWS_MAX} rows", source.shown))),
            false => Ok(()),
        });
        let nodes: Vec<Node> = columns.iter().map(|column| column.node.clone()).collect();
        self.read_or_told(args, &nodes, read, reading)
    }

    /// The columns that a definition declares.
    fn declared(&mut self, node: &Node) -> Option<Vec<Wanted>> {
        let mut columns = Vec::new();
        let entries = node.entries();
        if !(1..=COLUMNS_MAX).contains(&entries.len()) {
            self.faults.add(
                Fault::new(node.at, format!("expected from 1 to {COLUMNS_MAX} columns, found {}", entries.len()))
                    .help("as in columns: { name: Name, cost: Money(EUR), sales: Number }"),
            );
            return None;
        }
        for (name, _, node) in entries {
            let (sort, from) = self.declared_sort(&node)?;
            columns.push(Wanted { from: from.unwrap_or_else(|| name.clone()), name, sort, node, cells: Vec::new() });
        }
        Some(columns)
    }

    /// A type of cells, such as `Number`, `Money(EUR)` or `Span(unit: min, from: "Talk time")`.
    fn declared_sort(&mut self, node: &Node) -> Option<(Sort, Option<String>)> {
        let head = node.head().to_owned();
        let dimension = match head.as_str() {
            "Number" => Some(Dimension::NONE),
            "Span" => Some(Dimension::TIME),
            "Money" => Some(Dimension::MONEY),
            "Length" => Some(Dimension::LENGTH),
            "Speed" => Some(Dimension::SPEED),
            "Temperature" => Some(Dimension::TEMPERATURE),
            "Int" | "Bool" | "Name" | "Clock" => None,
            _ => {
                self.unknown(node.at, "type of cells", &head, SORTS);
                return None;
            }
        };
        let args = self.arguments(node, if dimension.is_some() { &["unit", "from"] } else { &["from"] })?;
        let from = match args.get("from").cloned() {
            Some(from) => Some(self.name_of(&from, "a column of the file")?),
            None => None,
        };
        let Some(dimension) = dimension else {
            let sort = match head.as_str() {
                "Int" => Sort::Int,
                "Bool" => Sort::Bool,
                "Name" => Sort::Name,
                _ => Sort::Clock,
            };
            return Some((sort, from));
        };
        let Some(unit) = args.get("unit").cloned() else {
            return Some((Sort::Real(Measure { unit: None, dimension }), from));
        };
        let measure = self.unit_of(&unit)?;
        if measure.dimension != dimension {
            let found = measure.dimension;
            self.fault(unit.at, format!("{head} is not counted in a unit of {found}"));
            return None;
        }
        Some((Sort::Real(measure), from))
    }

    /// Rows that stand in the scenario itself.
    fn rows_in_ron(&mut self, args: &Arguments, rows: &Node) -> Option<Vec<Wanted>> {
        let rows = rows.items();
        let mut columns = match (args.get("columns").cloned(), rows.first()) {
            (Some(declared), _) => self.declared(&declared)?,
            (None, Some(first)) => self.columns_of(first)?,
            (None, None) => Vec::new(),
        };
        let mut faults = 0;
        for row in &rows {
            faults += usize::from(self.row_in_ron(row, &mut columns).is_none());
            if faults >= TROUBLES_MAX {
                break;
            }
        }
        if faults > 0 {
            stand_in(&mut columns);
        }
        Some(columns)
    }

    /// The columns that the first row shows.
    fn columns_of(&mut self, row: &Node) -> Option<Vec<Wanted>> {
        let mut columns = Vec::new();
        for (name, _, node) in row.entries() {
            let (_, sort) = self.written_cell(&node, None)?;
            columns.push(Wanted { from: name.clone(), name, sort, node, cells: Vec::new() });
        }
        if columns.is_empty() || columns.len() > COLUMNS_MAX {
            let fault = Fault::new(row.at, format!("a row has from 1 to {COLUMNS_MAX} values by name, found {}", row.describe()));
            self.faults.add(fault.help("as in (name: apple, cost: \"2 EUR\")"));
            return None;
        }
        Some(columns)
    }

    fn row_in_ron(&mut self, row: &Node, columns: &mut [Wanted]) -> Option<()> {
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let entries = row.entries();
        for (name, at, _) in &entries {
            if !names.contains(name) {
                let help = nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                let help = help.unwrap_or_else(|| format!("its columns are {}", names.join(", ")));
                self.faults.add(Fault::new(*at, format!("the rows before have no `{name}`")).help(help));
                return None;
            }
        }
        let mut words = Vec::new();
        for column in columns.iter() {
            let Some((_, _, node)) = entries.iter().find(|(name, ..)| *name == column.name) else {
                self.fault(row.at, format!("this row lacks `{}`", column.name));
                return None;
            };
            words.push(self.written_cell(node, Some(column.sort))?.0);
        }
        columns.iter_mut().zip(words).for_each(|(column, word)| column.cells.push(word));
        Some(())
    }

    /// The word of a cell that is written in RON, and its sort.
    fn written_cell(&mut self, node: &Node, wanted: Option<Sort>) -> Option<(u64, Sort)> {
        let expr = match &node.what {
            What::List(_) | What::Map(_) | What::Tuple(..) | What::Record(..) => None,
            _ => self.expression(node),
        };
        let found = expr.and_then(|expr| constant(&expr.node, &mut self.symbols));
        let Some(found) = found else {
            let fault = Fault::new(node.at, format!("expected a value that never changes, found {}", node.describe()));
            self.faults.add(fault.help("a cell is a number, a quantity such as \"2 EUR\", a name, true or false"));
            return None;
        };
        let fits = match (wanted, found) {
            (None, (word, Sort::Int)) => Some(((word as i64 as f64).to_bits(), Sort::Real(Measure::PLAIN))),
            (None, found) => Some(found),
            (Some(Sort::Real(to)), (word, Sort::Real(from))) if to.dimension == from.dimension => Some((word, Sort::Real(to))),
            // A plain number counts in the unit that the column declares.
            (Some(Sort::Real(to)), (word, Sort::Real(from))) if to.unit.is_some() && from.dimension.is_none() => {
                Some((to.to_base(f64::from_bits(word)).to_bits(), Sort::Real(to)))
            }
            (Some(Sort::Real(to)), (word, Sort::Int)) if to.unit.is_some() || to.dimension.is_none() => {
                Some((to.to_base(word as i64 as f64).to_bits(), Sort::Real(to)))
            }
            (Some(Sort::Int), (word, Sort::Int)) => Some((word, Sort::Int)),
            (Some(Sort::Bool), (word, Sort::Bool)) => Some((word, Sort::Bool)),
            (Some(Sort::Name), (word, Sort::Name)) => Some((word, Sort::Name)),
            (Some(Sort::Clock), (word, Sort::Clock)) => Some((word, Sort::Clock)),
            _ => None,
        };
        if fits.is_none() {
            let wanted = wanted.map_or("another sort", describe);
            self.fault(node.at, format!("this column holds {wanted}, found {}", node.describe()));
        }
        fits
    }
}

/// A row in place of those that have a fault: so that what is made of them is checked all the same.
fn stand_in(columns: &mut [Wanted]) {
    for column in columns {
        column.cells = vec![0];
        if let Sort::Name = column.sort {
            column.sort = Sort::AnyName;
        }
    }
}

/// The word of a constant.
fn constant(node: &ast::Node, symbols: &mut Symbols) -> Option<(u64, Sort)> {
    Some(match node {
        ast::Node::Bool(value) => (u64::from(*value), Sort::Bool),
        ast::Node::Int(value) => (*value as u64, Sort::Int),
        ast::Node::Number(value) => (value.to_bits(), Sort::Real(Measure::PLAIN)),
        ast::Node::Quantity { value, dimension } => (value.to_bits(), Sort::Real(Measure { unit: None, dimension: *dimension })),
        ast::Node::Clock(ns) => (*ns, Sort::Clock),
        ast::Node::Name(name) | ast::Node::Text(name) => (u64::from(symbols.intern(name).0), Sort::Name),
        ast::Node::Unary { op: UnaryOp::Negate, of } => match constant(&of.node, symbols)? {
            (word, Sort::Int) => ((word as i64).wrapping_neg() as u64, Sort::Int),
            (word, Sort::Real(measure)) => ((-f64::from_bits(word)).to_bits(), Sort::Real(measure)),
            _ => return None,
        },
        _ => return None,
    })
}

/// The word of a cell of a file.
fn text_cell(text: &str, sort: Sort, symbols: &mut Symbols) -> Result<u64, String> {
    let text = text.trim();
    match sort {
        Sort::Real(measure) if measure.unit.is_some() || measure.dimension.is_none() => number(text, measure).map(f64::to_bits),
        Sort::Int => text.parse::<i64>().map(|value| value as u64).map_err(|_| format!("{} is no whole number", quoted(text))),
        Sort::Bool => match text {
            "true" => Ok(1),
            "false" => Ok(0),
            _ => Err(format!("{} is neither true nor false", quoted(text))),
        },
        Sort::Name | Sort::AnyName => Ok(u64::from(symbols.intern(text).0)),
        Sort::Real(_) | Sort::Clock => {
            let parsed = if text.len() < 100 { parser::parse(text).ok() } else { None };
            match (parsed.and_then(|expr| constant(&expr.node, symbols)), sort) {
                (Some((word, Sort::Clock)), Sort::Clock) => Ok(word),
                (Some((word, Sort::Real(found))), Sort::Real(wanted)) if found.dimension == wanted.dimension => Ok(word),
                (_, Sort::Clock) => Err(format!("{} is no time of day such as 08:30", quoted(text))),
                _ => Err(format!(
                    "{} is no quantity with its unit; if the unit is always the same, give it to the column",
                    quoted(text)
                )),
            }
        }
    }
}

fn type_of(sort: Sort, cells: &[u64]) -> Type {
    match sort {
        Sort::Real(measure) => Type::Quantity(measure.dimension),
        Sort::Int => Type::Int,
        Sort::Bool => Type::Bool,
        Sort::Clock => Type::Clock,
        Sort::AnyName => Type::Name(None),
        Sort::Name => {
            let mut names: Vec<Symbol> = Vec::new();
            for cell in cells {
                let name = Symbol(*cell as u32);
                if names.len() <= NAMES_MAX && !names.contains(&name) {
                    names.push(name);
                }
            }
            Type::Name((names.len() <= NAMES_MAX).then(|| names.into()))
        }
    }
}

fn describe(sort: Sort) -> &'static str {
    match sort {
        Sort::Real(measure) if measure.dimension.is_none() => "numbers",
        Sort::Real(_) => "quantities of one unit",
        Sort::Int => "whole numbers",
        Sort::Bool => "true or false",
        Sort::Name | Sort::AnyName => "names",
        Sort::Clock => "times of day",
    }
}
