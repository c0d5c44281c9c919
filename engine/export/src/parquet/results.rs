//! Single runs as a table of Parquet.

use std::io::Write;

use rehearsal_experiment::Results;

use super::{Cell, Sort, Table, refused};
use crate::error::ExportError;
use crate::results::rows;

const COLUMNS: [(&str, Sort); 8] = [
    ("policy", Sort::Text),
    ("replication", Sort::Whole),
    ("measure", Sort::Text),
    ("segment", Sort::Text),
    ("value", Sort::Number),
    ("unit", Sort::Text),
    ("better", Sort::Text),
    ("baseline", Sort::Yes),
];

/// Writes a row for each policy, replication, measure and segment.
pub(crate) fn write(results: &Results, out: impl Write + Send) -> Result<(), ExportError> {
    let about = [
        ("rehearsal.scenario", results.scenario.clone()),
        ("rehearsal.seed", results.seed.to_string()),
        ("rehearsal.replications", results.replications.to_string()),
    ];
    let baseline = results.policies.first().map(|policy| policy.name.as_str());
    let mut table = Table::begin(out, &COLUMNS, &about).map_err(refused)?;
    for row in rows(results) {
        let cells = [
            Cell::Text(row.policy),
            Cell::Whole(row.replication as i64),
            Cell::Text(&row.measure.name),
            Cell::Text(row.segment),
            row.value.map_or(Cell::Missing, Cell::Number),
            Cell::Text(&row.measure.unit),
            Cell::Text(row.measure.better.word()),
            Cell::Yes(Some(row.policy) == baseline),
        ];
        table.row(&cells).map_err(refused)?;
    }
    table.end().map(drop).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::results;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn a_table_reads_back_row_by_row() {
        let results = results();
        let file = tempfile::tempfile().unwrap();
        write(&results, &file).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let mut read = reader.get_row_iter(None).unwrap();
        for row in rows(&results) {
            let read = read.next().unwrap().unwrap();
            assert_eq!((read.get_string(0).unwrap().as_str(), read.get_long(1).unwrap()), (row.policy, row.replication as i64));
            assert_eq!((read.get_string(2).unwrap(), read.get_string(3).unwrap().as_str()), (&row.measure.name, row.segment));
            assert_eq!(read.get_double(4).ok(), row.value);
            assert_eq!(read.get_bool(7).unwrap(), row.policy == "wait");
        }
        assert!(read.next().is_none());
    }
}
