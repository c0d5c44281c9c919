//! What a scenario reads besides its own files: columns, series and rows of data.
//!
//! A definition names a file and what of it is meant; what is found becomes a [`Data`] that expressions know by its name.
//! How each format is read, stands in the files of `data/`, and gives cells of text; what a cell says, in `cells.rs`.
//! Rows may also be written in RON, see `rows.rs`. Here is no expression and no chance.

mod cells;
mod csv;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod source;
mod xes;

use crate::args::Arguments;
use crate::definitions::{Definitions, Named};
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::Node;
use cells::{Measure, number};
use rehearsal_language::data::{Column, Data, Form};
use rehearsal_language::unit::{self, Dimension};
use rehearsal_model::calendar::Calendar;
pub(crate) use source::locate;
use source::{Line, Source, Trouble};
use std::path::Path;
use std::sync::Arc;

/// The most values of a column or series.
const VALUES_MAX: usize = 10_000_000;

/// The most cells of one definition that are reported.
const TROUBLES_MAX: usize = 8;

/// Values as they are read, and what was wrong with some of them.
struct Reading {
    /// Whether cells that are empty are left out, rather than faults.
    skip: bool,
    troubles: Vec<Trouble>,
}

impl Reading {
    /// Takes the next row of cells; whether to go on.
    fn row(&mut self, line: &Line<'_>, cells: &[&str], take: impl FnOnce(&[&str]) -> Result<(), (usize, String)>) -> bool {
        if let Some(empty) = cells.iter().position(|cell| cell.trim().is_empty()) {
            if !self.skip {
                let help = "leave such rows out by missing: Skip, or fill the cell in";
                self.troubles.push(line.trouble(empty, "the cell is empty").help(help));
            }
        } else if let Err((cell, found)) = take(cells) {
            self.troubles.push(line.trouble(cell, &found));
        }
        self.troubles.len() < TROUBLES_MAX
    }
}

/// What stands in place of values that have a fault: so that what is made of them is checked all the same.
fn stand_in() -> Vec<f64> {
    vec![0.0]
}

impl Tables {
    /// Reads all data that the scenario defines.
    pub(crate) fn read_data(&mut self, definitions: &Definitions, scenario: &Node, root: &Path) {
        // A start that is none is a fault of the scenario's frame, and told there.
        let calendar = scenario.get("start").and_then(Node::as_text).and_then(|start| Calendar::new(start).ok());
        for named in &definitions.data {
            let (name, at, node) = named;
            if self.data.contains_key(name) || self.faulty.contains(name) {
                self.fault(*at, format!("there are two sorts of data called `{name}`"));
                continue;
            }
            let found = match node.head() {
                "Column" => self.data_column(named, root),
                "Series" => calendar.as_ref().and_then(|calendar| self.data_series(named, root, calendar)),
                _ => self.data_rows(named, root),
            };
            match found {
                Some(data) => {
                    self.data.insert(name.clone(), Arc::new(data));
                }
                None => {
                    self.faulty.insert(name.clone());
                    self.incomplete = true;
                }
            }
        }
    }

    fn data_column(&mut self, (name, _, node): &Named, root: &Path) -> Option<Data> {
        let args = self.arguments(node, &["!name", "!file", "column", "unit", "missing", "from", "to"])?;
        if let (Some(from), Some(to)) = (args.get("from"), args.get("to")) {
            let values = self.data_between(&args, root, (from.clone(), to.clone()));
            return Some(Data::numbers(name, Dimension::TIME, &values.unwrap_or_else(stand_in)));
        }
        let Some(column) = args.get("column").cloned() else {
            let fault = Fault::new(node.at, "Column(...) lacks `column`: which of the file's columns it is");
            self.faults.add(fault.help("of an event log it may also be the time between two events: from: \"...\", to: \"...\""));
            return None;
        };
        let wanted = self.name_of(&column, "a column")?;
        let measure = self.measure(&args, "unit")?;
        let values = self.numbers_of(&args, root, (&column, &wanted), measure);
        Some(Data::numbers(name, measure.dimension, &values.unwrap_or_else(stand_in)))
    }

    fn numbers_of(&mut self, args: &Arguments, root: &Path, column: (&Node, &str), measure: Measure) -> Option<Vec<f64>> {
        let source = self.source(args, root)?;
        let mut reading = self.reading(args)?;
        let mut values = Vec::new();
        let read = source.rows(&[column.1], &mut |line, cells| {
            let more = reading.row(line, cells, |cells| {
                values.push(number(cells[0], measure).map_err(|found| (0, found))?);
                Ok(())
            });
            more && values.len() <= VALUES_MAX
        });
        self.read_or_told(args, std::slice::from_ref(column.0), read, reading)?;
        self.counted(args, &source, values.len())?;
        Some(values)
    }

    /// The times between two sorts of events of an event log.
    fn data_between(&mut self, args: &Arguments, root: &Path, between: (Node, Node)) -> Option<Vec<f64>> {
        let source = self.source(args, root)?;
        let from = self.name_of(&between.0, "an event")?;
        let to = self.name_of(&between.1, "an event")?;
        let read = source.between(&from, &to);
        let reading = Reading { skip: true, troubles: Vec::new() };
        let (values, read) = match read {
            Ok(values) => (values, Ok(())),
            Err(trouble) => (Vec::new(), Err(trouble)),
        };
        self.read_or_told(args, &[between.0, between.1], read, reading)?;
        self.counted(args, &source, values.len())?;
        Some(values)
    }

    fn data_series(&mut self, (name, _, node): &Named, root: &Path, calendar: &Calendar) -> Option<Data> {
        let args = self.arguments(node, &["!name", "!file", "!time", "!value", "unit", "time_unit", "missing", "read"])?;
        let measure = self.measure(&args, "unit")?;
        let lines = self.lines(&args).unwrap_or(false);
        let found = self.changes(&args, root, measure, calendar);
        let (times, values) = found.unwrap_or_else(|| (vec![0], stand_in()));
        let times = Column::new(times.iter().map(|time| *time as u64).collect());
        let form = Form::Series { dimension: measure.dimension, times, values: Column::of_numbers(&values), lines };
        Some(Data { name: name.clone(), form })
    }

    /// When a series changes, and to what.
    fn changes(&mut self, args: &Arguments, root: &Path, measure: Measure, calendar: &Calendar) -> Option<(Vec<i64>, Vec<f64>)> {
        let source = self.source(args, root)?;
        let (time, value) = (args.need("time"), args.need("value"));
        let wanted = [self.name_of(&time, "a column")?, self.name_of(&value, "a column")?];
        let clock = match args.get("time_unit").cloned() {
            Some(node) => Some(self.time_unit(args, &node)?),
            None => None,
        };
        let mut reading = self.reading(args)?;
        let (mut times, mut values): (Vec<i64>, Vec<f64>) = (Vec::new(), Vec::new());
        let read = source.rows(&[&wanted[0], &wanted[1]], &mut |line, cells| {
            let more = reading.row(line, cells, |cells| {
                let time = cells::moment(cells[0], clock, calendar).map_err(|found| (0, found))?;
                if times.last().is_some_and(|last| *last >= time) {
                    return Err((0, format!("`{}` is not later than the time before it", cells[0].trim())));
                }
                let value = number(cells[1], measure).map_err(|found| (1, found))?;
                times.push(time);
                values.push(value);
                Ok(())
            });
            more && values.len() <= VALUES_MAX
        });
        self.read_or_told(args, &[time, value], read, reading)?;
        self.counted(args, &source, values.len())?;
        Some((times, values))
    }

    fn lines(&mut self, args: &Arguments) -> Option<bool> {
        let Some(read) = args.get("read").cloned() else { return Some(false) };
        match read.as_word() {
            Some("Steps") => Some(false),
            Some("Lines") => Some(true),
            _ => {
                let found = read.describe();
                self.unknown(read.at, "way to read a series", found.trim_matches('`'), ["Steps", "Lines"]);
                None
            }
        }
    }

    fn time_unit(&mut self, args: &Arguments, node: &Node) -> Option<Measure> {
        let measure = self.measure(args, "time_unit")?;
        if measure.dimension != Dimension::TIME {
            let found = measure.dimension;
            self.fault(node.at, format!("`time_unit` measures time, as h or min do, found a {found}"));
            return None;
        }
        Some(measure)
    }

    /// The unit that cells are counted in; plain numbers where none is given.
    fn measure(&mut self, args: &Arguments, name: &str) -> Option<Measure> {
        match args.get(name).cloned() {
            Some(node) => self.unit_of(&node),
            None => Some(Measure::PLAIN),
        }
    }

    /// A unit, as a bare word or in quotes.
    fn unit_of(&mut self, node: &Node) -> Option<Measure> {
        let token = self.name_of(node, "a unit")?;
        let Some(found) = unit::lookup(&token) else {
            let help = match unit::nearest(&token) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "units are those of expressions, such as min, km, EUR or %".into(),
            };
            self.faults.add(Fault::new(node.at, format!("there is no unit `{token}`")).help(help));
            return None;
        };
        Some(Measure { unit: Some(found), dimension: found.dimension })
    }

    fn reading(&mut self, args: &Arguments) -> Option<Reading> {
        let skip = match args.get("missing").cloned() {
            None => false,
            Some(node) if node.as_word() == Some("Skip") => true,
            Some(node) => {
                let found = node.describe();
                self.unknown(node.at, "way with missing cells", found.trim_matches('`'), ["Skip"]);
                return None;
            }
        };
        Some(Reading { skip, troubles: Vec::new() })
    }

    /// The file that a definition names.
    fn source(&mut self, args: &Arguments, root: &Path) -> Option<Source> {
        let file = args.need("file");
        let name = self.name_of(&file, "a file")?;
        match Source::find(root, &name) {
            Ok(source) => Some(source),
            Err(trouble) => {
                self.trouble(file.at, trouble);
                None
            }
        }
    }

    /// Reports what was wrong while a file was read, each at the column of the definition that it concerns.
    fn read_or_told(&mut self, args: &Arguments, columns: &[Node], read: Result<(), Trouble>, reading: Reading) -> Option<()> {
        let troubles: Vec<Trouble> = reading.troubles.into_iter().chain(read.err()).collect();
        let sound = troubles.is_empty();
        for trouble in troubles {
            let at = trouble.column.and_then(|column| columns.get(column)).map_or(args.need("file").at, |node| node.at);
            self.trouble(at, trouble);
        }
        sound.then_some(())
    }

    fn trouble(&mut self, at: At, trouble: Trouble) {
        self.faults.add(Fault::new(at, trouble.message).maybe_help(trouble.help));
    }

    fn counted(&mut self, args: &Arguments, source: &Source, count: usize) -> Option<()> {
        let at = args.need("file").at;
        if count == 0 {
            self.fault(at, format!("{}: there are no values in it", source.shown));
        } else if count > VALUES_MAX {
            self.fault(at, format!("{}: there are more than {VALUES_MAX} values in it", source.shown));
        }
        (1..=VALUES_MAX).contains(&count).then_some(())
    }
}
