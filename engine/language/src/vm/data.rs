//! Instructions that read a scenario's data.

use super::{Host, Machine};
use crate::data::Column;
use crate::program::{Instr, Operand};
use crate::types::NONE;

impl<H: Host> Machine<'_, '_, H> {
    pub(super) fn data(&mut self, instr: Instr) -> Result<(), String> {
        match instr {
            Instr::Cell { d, i, column } => {
                let row = self.get(i);
                let cells = self.program.columns[column as usize].words();
                let cell = usize::try_from(row).ok().and_then(|row| cells.get(row)).ok_or_else(|| no_row(row, cells.len()))?;
                self.set(d, *cell);
            }
            Instr::Quantile { d, a, column, smooth } => {
                let value = quantile(&self.program.columns[column as usize], self.float(a), smooth);
                self.set(d, value.to_bits());
            }
            Instr::Chosen { d, a, column } => {
                let row = chosen(&self.program.columns[column as usize], self.float(a));
                self.set(d, row as u64);
            }
            Instr::Replay { d, site, column } => {
                let words = self.program.columns[column as usize].words();
                let count = self.host.count(self.memory.row(), site) as usize;
                self.set(d, words[count % words.len()]);
            }
            Instr::Reading { d, t, series, lines } => self.reading(d, self.get(t), series, lines),
            other => return Err(format!("instruction {other:?} has no meaning")),
        }
        Ok(())
    }

    /// The values of a series lie in the column behind that of its times.
    fn reading(&mut self, d: Operand, moment: u64, series: u16, lines: bool) {
        let columns = &self.program.columns[series as usize..];
        let value = reading(&columns[0], &columns[1], moment as i64, lines);
        self.set(d, value.to_bits());
    }
}

#[cold]
fn no_row(row: u64, count: usize) -> String {
    if row == NONE {
        return "there is no such row: it is none".into();
    }
    format!("row {} of {count}: the first is 0", row as i64)
}

/// The value of a sorted column with the share `p` of its values below it; from its least to its largest.
fn quantile(sorted: &Column, p: f64, smooth: bool) -> f64 {
    let last = sorted.words().len() - 1;
    if !smooth {
        return sorted.number(((p * sorted.words().len() as f64) as usize).min(last));
    }
    let way = p * last as f64;
    let below = (way as usize).min(last);
    let (low, high) = (sorted.number(below), sorted.number((below + 1).min(last)));
    low + (high - low) * (way - below as f64)
}

/// The row on which a share of the whole of all weights falls, of their sums row by row.
fn chosen(sums: &Column, share: f64) -> usize {
    let count = sums.words().len();
    let wanted = share * sums.number(count - 1);
    let after = sums.words().partition_point(|sum| f64::from_bits(*sum) <= wanted);
    // Rounding may lead beyond the last row that weighs something.
    if after < count { after } else { sums.words().partition_point(|sum| f64::from_bits(*sum) < sums.number(count - 1)) }
}

fn reading(times: &Column, values: &Column, moment: i64, lines: bool) -> f64 {
    let after = times.words().partition_point(|time| *time as i64 <= moment);
    let Some(now) = after.checked_sub(1) else { return values.number(0) };
    let value = values.number(now);
    match times.words().get(after) {
        Some(next) if lines => {
            let (from, to) = (times.words()[now] as i64, *next as i64);
            let part = (i128::from(moment) - i128::from(from)) as f64 / (i128::from(to) - i128::from(from)) as f64;
            value + (values.number(after) - value) * part
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_all_weights_falls_on_a_row_that_weighs_something() {
        let sums = Column::of_numbers(&[0.0, 1.0, 1.0, 4.0, 4.0]);
        let rows = [0.0, 0.2, 0.25, 0.3, 0.999_999, 1.0].map(|share| chosen(&sums, share));
        assert_eq!(rows, [1, 1, 3, 3, 3, 3]);
    }

    #[test]
    fn a_series_is_read_by_steps_or_lines_and_holds_its_ends() {
        let times = Column::new([-10, 0, 20].map(|time: i64| time as u64).to_vec());
        let values = Column::of_numbers(&[1.0, 3.0, 4.0]);
        let read = |lines| [-99, -10, -5, 0, 10, 20, 99].map(|moment| reading(&times, &values, moment, lines));
        assert_eq!(read(false), [1.0, 1.0, 1.0, 3.0, 3.0, 4.0, 4.0]);
        assert_eq!(read(true), [1.0, 1.0, 2.0, 3.0, 3.5, 4.0, 4.0]);
    }

    #[test]
    fn a_quantile_is_a_value_or_lies_between_two() {
        let sorted = Column::of_numbers(&[1.0, 2.0, 4.0, 8.0]);
        let at = |smooth| [0.0, 0.24, 0.25, 0.5, 0.999, 1.0].map(|p| quantile(&sorted, p, smooth));
        assert_eq!(at(false), [1.0, 1.0, 2.0, 4.0, 8.0, 8.0]);
        assert_eq!(at(true)[0], 1.0);
        assert_eq!(at(true)[3], 3.0);
        assert_eq!(at(true)[5], 8.0);
        assert_eq!(quantile(&Column::of_numbers(&[7.0]), 0.4, true), 7.0);
    }
}
