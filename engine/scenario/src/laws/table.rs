//! How laws came out, as a table in CSV tells it.

use super::record::Sighting;
use super::{Fault, Law};
use rehearsal_language::compile::nearest;

/// Faults before the rest is only counted.
const FAULTS_MAX: usize = 20;

/// What a table tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// How each law came out, `[law][sighting]`.
    pub found: Vec<Vec<Sighting>>,
    /// Columns that are of no law, each with what may have been meant.
    pub ignored: Vec<String>,
}

/// What a column is for.
enum Column {
    /// Outcomes of a law, in a unit.
    Law(usize, Option<String>),
    None,
}

/// The columns of a table in the long form.
struct Long {
    what: usize,
    value: usize,
    /// The unit in the head of the values.
    head: Option<String>,
    unit: Option<usize>,
    censored: Option<usize>,
}

/// A row of such a table.
struct Row<'r> {
    law: usize,
    text: &'r str,
    unit: Option<&'r str>,
    cut_off: bool,
}

/// See [`crate::Scenario::told`].
pub(super) fn told(laws: &[Law], name: &str, text: &str) -> Result<Told, Vec<Fault>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| vec![format!("{name}: {error}")])?.clone();
    let titles: Vec<(&str, Option<String>)> = head.iter().map(title).collect();
    let place = |wanted: &str| titles.iter().position(|(title, _)| title.eq_ignore_ascii_case(wanted));
    let mut told = Told { found: vec![Vec::new(); laws.len()], ignored: Vec::new() };
    let mut faults: Vec<Fault> = Vec::new();
    let long = match (place("what"), place("value")) {
        (Some(what), Some(value)) => {
            let head = titles[value].1.clone();
            Some(Long { what, value, head, unit: place("unit"), censored: place("censored").or(place("cut_off")) })
        }
        _ => None,
    };
    let columns: Vec<Column> = titles.iter().map(|(title, unit)| of_law(laws, title, unit.clone())).collect();
    if long.is_none() {
        if !columns.iter().any(|column| matches!(column, Column::Law(..))) {
            let found = head.iter().collect::<Vec<_>>().join(", ");
            let remedy = "have columns `what` and `value`, or a column for each law, headed by its path";
            return Err(vec![format!(
                "{name}:1: no column is a law of the scenario, found {found}: {remedy}{}",
                meant(laws, &titles)
            )]);
        }
        let ignored = titles.iter().zip(&columns).filter(|(_, column)| matches!(column, Column::None));
        told.ignored = ignored.map(|((title, _), _)| with_near(laws, title)).collect();
    }
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(format!("{name}: {error}"));
                break;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        let mut add = |law: usize, text: &str, unit: Option<&str>, cut_off: bool| match outcome(&laws[law], text, unit, cut_off) {
            Ok(sighting) => told.found[law].push(sighting),
            Err(fault) => faults.push(format!("{name}:{line}: {fault}")),
        };
        match &long {
            Some(long) => match long.row(laws, &row) {
                Ok(Some(row)) => add(row.law, row.text, row.unit, row.cut_off),
                Ok(None) => {}
                Err(fault) => faults.push(format!("{name}:{line}: {fault}")),
            },
            None => {
                for (column, text) in columns.iter().zip(&row) {
                    if let (Column::Law(law, unit), false) = (column, text.is_empty()) {
                        add(*law, text, unit.as_deref(), false);
                    }
                }
            }
        }
        if faults.len() >= FAULTS_MAX {
            faults.push(format!("{name}: these are {FAULTS_MAX} faults; there may be more"));
            break;
        }
    }
    if faults.is_empty() { Ok(told) } else { Err(faults) }
}

impl Long {
    /// What a row says: the law, its value and unit, and whether that is cut off; nothing where the row is empty.
    fn row<'r>(&'r self, laws: &[Law], row: &'r csv::StringRecord) -> Result<Option<Row<'r>>, Fault> {
        if row.iter().all(str::is_empty) {
            return Ok(None);
        }
        let what = row.get(self.what).unwrap_or_default();
        let law =
            laws.iter().position(|law| law.path == what).ok_or_else(|| format!("there is no law {}", with_near(laws, what)))?;
        let cut_off = match self.censored.and_then(|column| row.get(column)).unwrap_or_default().to_lowercase().as_str() {
            "" | "0" | "false" | "no" => false,
            "1" | "true" | "yes" => true,
            other => return Err(format!("`{other}` says not whether the value is cut off: write 1 or 0, true or false")),
        };
        let unit = self.unit.and_then(|column| row.get(column)).filter(|unit| !unit.is_empty()).or(self.head.as_deref());
        Ok(Some(Row { law, text: row.get(self.value).unwrap_or_default(), unit, cut_off }))
    }
}

/// A value of a law as somebody wrote it.
fn outcome(law: &Law, text: &str, unit: Option<&str>, cut_off: bool) -> Result<Sighting, Fault> {
    let (text, plus) = match text.strip_suffix('+') {
        Some(text) => (text, true),
        None => (text, false),
    };
    if law.family == "chance" && matches!(text, "true" | "false") {
        return Ok(Sighting { value: f64::from(text == "true"), cut_off: false, lifted: false });
    }
    let value = law.value(text, unit).map_err(|fault| format!("{fault} (`{}`)", law.path))?;
    if value < 0.0 && law.unit == "s" && !matches!(law.family, "normal" | "gumbel") {
        return Err(format!("`{text}` is negative, and {} gives no negative time (`{}`)", law.family, law.path));
    }
    Ok(Sighting { value, cut_off: cut_off || plus, lifted: false })
}

/// A column's title without its unit, and the unit: `wait [min]`.
fn title(text: &str) -> (&str, Option<String>) {
    let text = text.trim_start_matches('\u{feff}').trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((title, unit)) = text.strip_suffix(close).and_then(|text| text.rsplit_once(open)) {
            return (title.trim(), Some(unit.trim().to_owned()));
        }
    }
    (text, None)
}

fn of_law(laws: &[Law], title: &str, unit: Option<String>) -> Column {
    laws.iter().position(|law| law.path == title).map_or(Column::None, |law| Column::Law(law, unit))
}

/// A name with the one that was meant, if any.
fn with_near(laws: &[Law], name: &str) -> String {
    match nearest(name, laws.iter().map(|law| law.path.as_str())) {
        Some(near) => format!("`{name}` (did you mean `{near}`?)"),
        None => format!("`{name}`"),
    }
}

/// What may have been meant by one of the titles.
fn meant(laws: &[Law], titles: &[(&str, Option<String>)]) -> String {
    let near = titles.iter().find_map(|(title, _)| nearest(title, laws.iter().map(|law| law.path.as_str())));
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
