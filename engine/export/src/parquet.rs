//! Tables in the format of Apache Parquet: columns with types, packed, written a group of rows at a time.

pub(crate) mod results;
pub(crate) mod trace;

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::error::ExportError;

/// Rows that are held before they are written.
const GROUP: usize = 1 << 16;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'c> {
    Missing,
    Text(&'c str),
    Number(f64),
    Whole(i64),
    Yes(bool),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Text,
    Number,
    Whole,
    /// Microseconds since 1970 of a civil time without a zone.
    Moment,
    Yes,
}

impl Sort {
    fn schema(self) -> (&'static str, &'static str) {
        match self {
            Sort::Text => ("BYTE_ARRAY", " (STRING)"),
            Sort::Number => ("DOUBLE", ""),
            Sort::Whole => ("INT64", ""),
            Sort::Moment => ("INT64", " (TIMESTAMP(MICROS, false))"),
            Sort::Yes => ("BOOLEAN", ""),
        }
    }
}

/// The values of a column that are held, without those that are missing, and for each row whether it is there.
struct Column {
    values: Values,
    there: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Numbers(Vec<f64>),
    Wholes(Vec<i64>),
    Yes(Vec<bool>),
}

impl Column {
    fn new(sort: Sort) -> Column {
        let values = match sort {
            Sort::Text => Values::Texts(Vec::new()),
            Sort::Number => Values::Numbers(Vec::new()),
            Sort::Whole | Sort::Moment => Values::Wholes(Vec::new()),
            Sort::Yes => Values::Yes(Vec::new()),
        };
        Column { values, there: Vec::new() }
    }

    /// # Panics
    /// When a column is given what it does not hold: rows are written by this crate alone.
    fn push(&mut self, cell: Cell<'_>) {
        self.there.push(i16::from(cell != Cell::Missing));
        match (&mut self.values, cell) {
            (_, Cell::Missing) => {}
            (Values::Texts(values), Cell::Text(text)) => values.push(ByteArray::from(text)),
            (Values::Numbers(values), Cell::Number(value)) => values.push(value),
            (Values::Wholes(values), Cell::Whole(value)) => values.push(value),
            (Values::Yes(values), Cell::Yes(value)) => values.push(value),
            (_, other) => panic!("a column is given {other:?}, which it does not hold"),
        }
    }

    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        let there = std::mem::take(&mut self.there);
        match &mut self.values {
            Values::Texts(values) => column::<ByteArrayType, W>(group, values, &there),
            Values::Numbers(values) => column::<DoubleType, W>(group, values, &there),
            Values::Wholes(values) => column::<Int64Type, W>(group, values, &there),
            Values::Yes(values) => column::<BoolType, W>(group, values, &there),
        }
    }
}

fn column<D: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<D::T>,
    there: &[i16],
) -> Result<()> {
    let missing = || ParquetError::General("there is no such column".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<D>().write_batch(values, Some(there), None)?;
    values.clear();
    column.close()
}

/// A table that is being written.
pub(crate) struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    held: usize,
    rows: u64,
}

impl<W: Write + Send> Table<W> {
    /// Begins a table with these columns, and with words about it that are no column.
    pub(crate) fn begin(out: W, columns: &[(&str, Sort)], about: &[(&str, String)]) -> Result<Table<W>> {
        let mut schema = String::from("message rows {");
        for (name, sort) in columns {
            let (physical, logical) = sort.schema();
            schema += &format!(" OPTIONAL {physical} {name}{logical};");
        }
        schema.push('}');
        let about = about.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone())).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("rehearsal ", env!("CARGO_PKG_VERSION")).into())
            .set_key_value_metadata(Some(about))
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(parse_message_type(&schema)?), Arc::new(properties))?;
        let columns = columns.iter().map(|(_, sort)| Column::new(*sort)).collect();
        Ok(Table { writer, columns, held: 0, rows: 0 })
    }

    /// Adds a row, with a cell for each column.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(*cell));
        self.held += 1;
        self.rows += 1;
        if self.held == GROUP { self.write_group() } else { Ok(()) }
    }

    /// Writes what is held and the end; gives the number of rows.
    pub(crate) fn end(mut self) -> Result<u64> {
        if self.held > 0 {
            self.write_group()?;
        }
        self.writer.close()?;
        Ok(self.rows)
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close()?;
        self.held = 0;
        Ok(())
    }
}

/// What the library said.
pub(crate) fn refused(error: ParquetError) -> ExportError {
    ExportError::Library { what: "the table".into(), fault: error.to_string() }
}
