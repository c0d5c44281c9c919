//! What a scenario brings along from files and tables: columns of numbers, series over time, rows of things.
//!
//! A [`Column`] is words that never change and that all programs, replications and threads share. A [`Data`] says what
//! they mean, and is a part of the type of whatever is named so: an expression that reads a cell is checked and compiled
//! like any other. Nothing here reads files.

use crate::types::{NUMBER, Type};
use crate::unit::Dimension;
use std::fmt;
use std::sync::Arc;

/// Words one after another, shared by all who read them.
#[derive(Clone)]
pub struct Column {
    words: Arc<[u64]>,
    digest: u64,
}

impl Column {
    /// The column of these words.
    ///
    /// Cost: a pass over them, for what stands for them where they are printed.
    #[must_use]
    pub fn new(words: Vec<u64>) -> Column {
        let digest = words.iter().fold(words.len() as u64, |digest, word| mixed(digest ^ word));
        Column { words: words.into(), digest }
    }

    /// The column of these numbers.
    #[must_use]
    pub fn of_numbers(numbers: &[f64]) -> Column {
        Column::new(numbers.iter().map(|number| number.to_bits()).collect())
    }

    /// Its words.
    #[inline]
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Word `at` as a number.
    #[inline]
    #[must_use]
    pub fn number(&self, at: usize) -> f64 {
        f64::from_bits(self.words[at])
    }

    /// Whether both are the very same words.
    pub(crate) fn is(&self, other: &Column) -> bool {
        Arc::ptr_eq(&self.words, &other.words)
    }
}

/// Spreads what differs in one word over all bits: the multipliers are odd, so that nothing is lost.
fn mixed(word: u64) -> u64 {
    let word = (word ^ word >> 29).wrapping_mul(0x9fb2_1c65_1e98_df25);
    (word ^ word >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93) ^ word >> 31
}

impl fmt::Debug for Column {
    /// How many words, and a number that stands for them: a plan prints all that it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({} words, {:016x})", self.words.len(), self.digest)
    }
}

/// What a name of a scenario's data stands for.
#[derive(Clone, Debug)]
pub struct Data {
    /// Its name, one of its own in the scenario.
    pub name: String,
    /// What it is.
    pub form: Form,
}

/// The forms of data.
#[derive(Clone, Debug)]
pub enum Form {
    /// Numbers of one unit, one after another.
    Numbers {
        /// Their unit.
        dimension: Dimension,
        /// In the order in which they were given.
        given: Column,
        /// In ascending order.
        sorted: Column,
    },
    /// A number that changes over time.
    Series {
        /// The unit of the number.
        dimension: Dimension,
        /// When, ascending, in nanoseconds from the start; what lies before it is negative.
        times: Column,
        /// How much from then on.
        values: Column,
        /// Whether it goes in straight lines from one value to the next, rather than in steps.
        lines: bool,
    },
    /// Things with several values each.
    Rows {
        /// What each has.
        columns: Vec<RowColumn>,
        /// How many there are; at least one.
        count: u32,
    },
}

/// A column of rows of things.
#[derive(Clone, Debug)]
pub struct RowColumn {
    /// Its name.
    pub name: String,
    /// The type of its cells, one word each.
    pub ty: Type,
    /// The cells.
    pub cells: Column,
    /// The same as numbers, where they are.
    pub numbers: Option<Arc<Data>>,
    /// What they add up to, row by row, where they can be weights: none is negative, and one is above zero.
    pub sums: Option<Column>,
}

impl Data {
    /// Numbers in the order in which they were given.
    ///
    /// Cost: they are sorted.
    #[must_use]
    pub fn numbers(name: &str, dimension: Dimension, numbers: &[f64]) -> Data {
        let given = Column::of_numbers(numbers);
        let mut ascending = numbers.to_vec();
        ascending.sort_by(f64::total_cmp);
        let sorted = if ascending == numbers { given.clone() } else { Column::of_numbers(&ascending) };
        Data { name: name.to_owned(), form: Form::Numbers { dimension, given, sorted } }
    }

    /// Rows from columns of one length: name, type of the cells, cells.
    #[must_use]
    pub fn rows(name: &str, columns: Vec<(String, Type, Vec<u64>)>) -> Data {
        let count = columns.first().map_or(0, |(.., cells)| cells.len() as u32);
        let columns = columns.into_iter().map(|(column, ty, cells)| RowColumn::new(name, column, ty, cells)).collect();
        Data { name: name.to_owned(), form: Form::Rows { columns, count } }
    }

    /// In the words of a scenario's author.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.form {
            Form::Numbers { .. } => format!("the column `{}`", self.name),
            Form::Series { .. } => format!("the series `{}`", self.name),
            Form::Rows { .. } => format!("the rows `{}`", self.name),
        }
    }

    /// How many rows or values.
    #[must_use]
    pub fn count(&self) -> u32 {
        match &self.form {
            Form::Numbers { given, .. } => given.words.len() as u32,
            Form::Series { times, .. } => times.words.len() as u32,
            Form::Rows { count, .. } => *count,
        }
    }

    /// The columns, where it is rows.
    #[must_use]
    pub fn columns(&self) -> &[RowColumn] {
        match &self.form {
            Form::Rows { columns, .. } => columns,
            _ => &[],
        }
    }

    /// What a row of it is called, as the symbol in its first column of names.
    pub(crate) fn name_of_row(&self, row: u64) -> Option<u64> {
        let column = self.columns().iter().find(|column| matches!(column.ty, Type::Name(_)))?;
        column.cells.words.get(usize::try_from(row).ok()?).copied()
    }
}

impl PartialEq for Data {
    /// Names are enough: a scenario has one of each.
    fn eq(&self, other: &Data) -> bool {
        self.name == other.name
    }
}

impl Eq for Data {}

impl RowColumn {
    fn new(rows: &str, name: String, ty: Type, cells: Vec<u64>) -> RowColumn {
        let numbers: Option<(Dimension, Vec<f64>)> = match &ty {
            Type::Quantity(dimension) => Some((*dimension, cells.iter().map(|word| f64::from_bits(*word)).collect())),
            Type::Int => Some((Dimension::NONE, cells.iter().map(|word| *word as i64 as f64).collect())),
            _ => None,
        };
        let weights = numbers.as_ref().filter(|_| matches!(ty, Type::Int) || ty == NUMBER);
        let sums = weights.and_then(|(_, numbers)| sums(numbers));
        let numbers = numbers.map(|(unit, numbers)| Arc::new(Data::numbers(&format!("{rows}.{name}"), unit, &numbers)));
        RowColumn { name, ty, cells: Column::new(cells), numbers, sums }
    }
}

/// What numbers add up to one by one, where none is negative and the whole is above zero and finite.
fn sums(numbers: &[f64]) -> Option<Column> {
    let mut sum = 0.0;
    let sums: Vec<f64> = numbers
        .iter()
        .map(|number| {
            sum += number;
            sum
        })
        .collect();
    (numbers.iter().all(|number| *number >= 0.0) && sum > 0.0 && sum.is_finite()).then(|| Column::of_numbers(&sums))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_prints_what_tells_it_from_others() {
        let print = |words: &[u64]| format!("{:?}", Column::new(words.to_vec()));
        assert_eq!(print(&[1, 2, 3]), print(&[1, 2, 3]));
        for other in [&[1, 3, 2][..], &[1, 2], &[1, 2, 3, 0], &[1, 2, 1 << 63 | 3], &[]] {
            assert_ne!(print(&[1, 2, 3]), print(other));
        }
    }

    #[test]
    fn weights_add_up_where_they_are_weights() {
        let column = |numbers: &[f64]| sums(numbers).map(|sums| (0..numbers.len()).map(|at| sums.number(at)).collect::<Vec<_>>());
        assert_eq!(column(&[1.0, 0.0, 2.5]), Some(vec![1.0, 1.0, 3.5]));
        for bad in [&[1.0, -1.0][..], &[0.0, 0.0], &[f64::NAN, 1.0], &[f64::MAX, f64::MAX], &[]] {
            assert_eq!(column(bad), None, "{bad:?}");
        }
    }
}
