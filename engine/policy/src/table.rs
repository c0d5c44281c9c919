//! Decision tables: which of the rows that hold decide, and what comes out where several do.
//!
//! A table has rows, each with a condition and what it gives. What happens where several rows hold is its hit policy. A
//! [`Table`] says where the programs of its rows lie; whoever has it runs them, a world or an engine that stands alone.
//!
//! # Source
//! Object Management Group, Decision Model and Notation 1.5, section 8.2.8, hit policies.

use rehearsal_language::program::Routine;
use rehearsal_language::types::Type;

/// A decision table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What happens where several rows hold.
    pub hit: Hit,
    /// What it is given, one value behind the other: each a name and a type.
    pub takes: Vec<(String, Type)>,
    /// What comes out, in this order: a name and a type.
    pub gives: Vec<(String, Type)>,
    /// Its rows, as they are written.
    pub rows: Vec<Row>,
    /// The rows in the order in which they are looked at.
    pub order: Vec<usize>,
}

/// A row of a decision table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called; its number from 1 where it has no name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Its condition; it always holds where there is none. What the table is given lies behind the reserved words.
    pub condition: Option<Routine>,
    /// What it gives, in the order of the table.
    pub gives: Vec<Routine>,
}

/// Words of a row's frame before what the table is given.
pub const RESERVED: u16 = 2;

/// What a row gives: the words of each value.
pub type Given = Vec<Vec<u64>>;

impl Table {
    /// The rows that hold, in the order in which they count, as far as they are looked at.
    ///
    /// # Errors
    /// What `holds` fails with.
    pub fn holding<E>(&self, mut holds: impl FnMut(Routine) -> Result<bool, E>) -> Result<Vec<usize>, E> {
        self.hit.holding(&self.order, |row| self.rows[row].condition.map_or(Ok(true), &mut holds))
    }

    /// What each row gives: where it is found, and how many words it has.
    pub fn values(&self, row: usize) -> impl Iterator<Item = (Routine, u16)> {
        let width = |ty: &Type| match (self.hit, ty) {
            (Hit::Collect(Gather::List), Type::List(inner, _)) => inner.width(),
            (_, ty) => ty.width(),
        };
        self.rows[row].gives.iter().copied().zip(self.gives.iter().map(move |(_, ty)| width(ty)))
    }

    /// What comes out of rows that hold, by number and with what each gives; nothing where none holds.
    ///
    /// # Errors
    /// Two rows that may not both hold, in the words of a fault.
    pub fn outcome(&self, rows: &[(usize, Given)]) -> Result<Option<Vec<u64>>, String> {
        if let Hit::Collect(gather) = self.hit {
            return Ok((!rows.is_empty() || self.hit.bears_none()).then(|| self.gathered(gather, rows)));
        }
        let holding: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        let given = |row: usize| rows.iter().find(|(number, _)| *number == row).map(|(_, given)| given);
        let alike = |one: usize, other: usize| given(one).zip(given(other)).is_some_and(|(one, other)| self.same(one, other));
        match self.hit.deciding(&holding, alike) {
            Ok(row) => Ok(row.and_then(given).map(|given| given.concat())),
            Err(conflict) => Err(self.told(conflict)),
        }
    }

    /// What several rows give, put together.
    fn gathered(&self, gather: Gather, rows: &[(usize, Given)]) -> Vec<u64> {
        let mut out = Vec::new();
        for (place, (_, ty)) in self.gives.iter().enumerate() {
            let words: Vec<u64> = rows.iter().filter_map(|(_, given)| given.get(place)).flatten().copied().collect();
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
    fn same(&self, one: &[Vec<u64>], other: &[Vec<u64>]) -> bool {
        let number = |words: &[u64]| words.first().copied().map(f64::from_bits);
        let mut values = self.gives.iter().zip(one.iter().zip(other));
        values.all(|((_, ty), (one, other))| one == other || matches!(ty, Type::Quantity(_)) && number(one) == number(other))
    }

    /// A conflict in the words of a fault.
    fn told(&self, conflict: Conflict) -> String {
        let row = |row: usize| format!("`{}` ({})", self.rows[row].name, self.rows[row].place);
        match conflict {
            Conflict::Several(one, other) => format!(
                "the rows {} and {} of table `{}` both hold, and its hit is unique: make their conditions exclude each \
                 other, or say hit: first",
                row(one),
                row(other),
                self.name
            ),
            Conflict::Unequal(one, other) => format!(
                "the rows {} and {} of table `{}` both hold and do not give the same, and its hit is any: let them give \
                 the same, or say hit: first",
                row(one),
                row(other),
                self.name
            ),
        }
    }
}

/// What a table does where several rows hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// At most one row may hold.
    Unique,
    /// Of the rows that hold, the first decides.
    First,
    /// Of the rows that hold, the one with the highest priority decides; of equals the first.
    Priority,
    /// All rows that hold have to give the same.
    Any,
    /// What the rows that hold give is put together.
    Collect(Gather),
}

/// How what several rows give is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// A list, in the order of the rows.
    List,
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The largest.
    Max,
    /// How many rows hold.
    Count,
}

/// Two rows that may not both hold, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// At most one may hold.
    Several(usize, usize),
    /// They give different things.
    Unequal(usize, usize),
}

impl Hit {
    /// The rows in the order in which they are looked at.
    #[must_use]
    pub fn order(self, priorities: &[i32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..priorities.len()).collect();
        if self == Hit::Priority {
            order.sort_by_key(|row| std::cmp::Reverse(priorities[*row]));
        }
        order
    }

    /// Whether nothing is looked at behind the first row that holds.
    #[must_use]
    pub fn stops(self) -> bool {
        matches!(self, Hit::First | Hit::Priority)
    }

    /// Whether something comes out even where no row holds: an empty list, or a count of 0.
    #[must_use]
    pub fn bears_none(self) -> bool {
        matches!(self, Hit::Collect(Gather::List | Gather::Count))
    }

    /// The rows that hold, in the order in which they count, as far as they are looked at.
    ///
    /// # Errors
    /// What `holds` fails with.
    pub fn holding<E>(self, order: &[usize], mut holds: impl FnMut(usize) -> Result<bool, E>) -> Result<Vec<usize>, E> {
        let mut holding = Vec::new();
        for row in order {
            if holds(*row)? {
                holding.push(*row);
                if self.stops() {
                    break;
                }
            }
        }
        Ok(holding)
    }

    /// The row that decides of those that hold, nothing where none holds; `alike` says whether two rows give the same.
    ///
    /// # Errors
    /// Two rows that may not both hold.
    pub fn deciding(self, holding: &[usize], alike: impl Fn(usize, usize) -> bool) -> Result<Option<usize>, Conflict> {
        let Some((first, others)) = holding.split_first() else { return Ok(None) };
        match (self, others.first()) {
            (Hit::Unique, Some(second)) => Err(Conflict::Several(*first, *second)),
            (Hit::Any, _) => match others.iter().find(|other| !alike(*first, **other)) {
                Some(other) => Err(Conflict::Unequal(*first, *other)),
                None => Ok(Some(*first)),
            },
            _ => Ok(Some(*first)),
        }
    }
}

impl Gather {
    /// One number of several, which are whole where `whole`, and of which there is at least one unless they are counted.
    /// A whole sum that is too large wraps, as sums in expressions do. A list is no number; its first is given.
    #[must_use]
    pub fn number(self, words: &[u64], whole: bool) -> u64 {
        let reals = words.iter().map(|word| f64::from_bits(*word));
        let wholes = words.iter().map(|word| *word as i64);
        match (self, whole) {
            (Gather::Count, _) => words.len() as u64,
            (Gather::Sum, true) => wholes.fold(0_i64, i64::wrapping_add) as u64,
            (Gather::Min, true) => wholes.min().unwrap_or(0) as u64,
            (Gather::Max, true) => wholes.max().unwrap_or(0) as u64,
            (Gather::Sum, false) => reals.fold(0.0, |sum, value| sum + value).to_bits(),
            (Gather::Min, false) => reals.fold(f64::INFINITY, f64::min).to_bits(),
            (Gather::Max, false) => reals.fold(f64::NEG_INFINITY, f64::max).to_bits(),
            (Gather::List, _) => words.first().copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn holding(hit: Hit, priorities: &[i32], holds: &[bool]) -> Vec<usize> {
        hit.holding(&hit.order(priorities), |row| Ok::<bool, Infallible>(holds[row])).unwrap_or_else(|never| match never {})
    }

    #[test]
    fn the_first_row_goes_by_the_file_and_priority_by_number() {
        let (priorities, holds) = ([0, 5, 9, 5], [false, true, false, true]);
        assert_eq!(holding(Hit::First, &priorities, &holds), [1]);
        assert_eq!(holding(Hit::Priority, &priorities, &holds), [1]);
        assert_eq!(holding(Hit::Priority, &priorities, &[true, true, true, true]), [2]);
        assert_eq!(holding(Hit::Any, &priorities, &holds), [1, 3]);
    }

    #[test]
    fn two_rows_are_too_many_where_one_is_to_hold() {
        assert_eq!(Hit::Unique.deciding(&[2], |_, _| false), Ok(Some(2)));
        assert_eq!(Hit::Unique.deciding(&[1, 2], |_, _| true), Err(Conflict::Several(1, 2)));
        assert_eq!(Hit::Any.deciding(&[0, 1, 2], |_, _| true), Ok(Some(0)));
        assert_eq!(Hit::Any.deciding(&[0, 1, 2], |_, other| other != 2), Err(Conflict::Unequal(0, 2)));
        assert_eq!(Hit::First.deciding(&[], |_, _| true), Ok(None));
    }

    #[test]
    fn numbers_are_put_together_as_they_are_counted() {
        let reals = [1.5, -2.0, 4.0].map(f64::to_bits);
        assert_eq!(f64::from_bits(Gather::Sum.number(&reals, false)), 3.5);
        assert_eq!(f64::from_bits(Gather::Min.number(&reals, false)), -2.0);
        assert_eq!(f64::from_bits(Gather::Max.number(&reals, false)), 4.0);
        let wholes = [3_u64, (-7_i64) as u64];
        assert_eq!(Gather::Sum.number(&wholes, true) as i64, -4);
        assert_eq!(Gather::Min.number(&wholes, true) as i64, -7);
        assert_eq!(Gather::Max.number(&wholes, true), 3);
        assert_eq!(Gather::Count.number(&wholes, true), 2);
    }
}
