//! Tables in the format of Apache Parquet: columns with types, packed.
//!
//! A cell comes as the text that it would be in a table of commas, and is read like one. Only plain columns count, not
//! those that hold lists or records.

use super::source::{EachRow, Line, Trouble, no_column};
use parquet::basic::Repetition;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use std::fs::File;
use std::path::Path;

pub(super) fn rows(path: &Path, shown: &str, wanted: &[&str], each: &mut EachRow<'_>) -> Result<(), Trouble> {
    let broken = |what: String| Trouble::new(format!("{shown} cannot be read: {what}"));
    let file = File::open(path).map_err(|error| broken(error.to_string()))?;
    let reader = SerializedFileReader::new(file).map_err(|error| broken(error.to_string()))?;
    let projection = projection(reader.metadata().file_metadata().schema(), shown, wanted)?;
    let columns: Vec<(Option<usize>, &str)> = wanted.iter().map(|name| (None, *name)).collect();
    let read = reader.get_row_iter(Some(projection)).map_err(|error| broken(error.to_string()))?;
    for (number, row) in (1..).zip(read) {
        let row = row.map_err(|error| broken(format!("row {number}: {error}")))?;
        let cells: Vec<String> = wanted.iter().map(|name| cell(&row, name)).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        if !each(&Line { shown, word: "row", number, columns: &columns }, &cells) {
            break;
        }
    }
    Ok(())
}

/// What is read of a table: the columns that are asked for.
fn projection(schema: &Type, shown: &str, wanted: &[&str]) -> Result<Type, Trouble> {
    let fields = schema.get_fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    for (number, name) in wanted.iter().enumerate() {
        let Some(field) = fields.iter().find(|field| field.name() == *name) else {
            return Err(no_column(shown, name, number, &names));
        };
        let repeated = field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED;
        if !field.is_primitive() || repeated {
            return Err(Trouble::new(format!("{shown}: `{name}` holds more than one value in a row")).of_column(number));
        }
    }
    let kept = fields.iter().filter(|field| wanted.contains(&field.name())).cloned().collect();
    let built = Type::group_type_builder(schema.name()).with_fields(kept).build();
    built.map_err(|error| Trouble::new(format!("{shown} cannot be read: {error}")))
}

/// A cell as text; nothing where it is missing.
fn cell(row: &Row, name: &str) -> String {
    let field = row.get_column_iter().find(|(have, _)| *have == name).map(|(_, field)| field);
    match field {
        None | Some(Field::Null) => String::new(),
        Some(Field::Str(text)) => text.clone(),
        Some(Field::Float(value)) => value.to_string(),
        Some(Field::Double(value)) => value.to_string(),
        // Moments come with their distance from Greenwich, which is none.
        Some(other) => other.to_string().trim_end_matches("+00:00").trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    const SCHEMA: &str = "message t { REQUIRED BYTE_ARRAY name (UTF8); OPTIONAL DOUBLE cost;
        REQUIRED INT64 at (TIMESTAMP(MILLIS, true)); REPEATED INT64 many; }";

    fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.parquet");
        let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(File::create(&path).expect("a file"), schema, properties).expect("a writer");
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("sound").expect("a column");
        let names = ["cup", "vase"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&names, None, None).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("sound").expect("a column");
        column.typed::<DoubleType>().write_batch(&[4.5], Some(&[1, 0]), None).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("sound").expect("a column");
        column.typed::<Int64Type>().write_batch(&[1_793_577_600_000, 1_793_581_200_000], None, None).expect("written");
        column.close().expect("closed");
        let mut column = group.next_column().expect("sound").expect("a column");
        column.typed::<Int64Type>().write_batch(&[], Some(&[0, 0]), Some(&[0, 0])).expect("written");
        column.close().expect("closed");
        group.close().expect("closed");
        writer.close().expect("closed");
        (folder, path)
    }

    fn read(path: &Path, wanted: &[&str]) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let read = rows(path, "t.parquet", wanted, &mut |line, cells| {
            found.push(format!("{} {}", line.number, cells.join("|")));
            true
        });
        read.map(|()| found).map_err(|trouble| trouble.message)
    }

    #[test]
    fn cells_are_text_and_missing_ones_are_empty() {
        let (_folder, path) = file();
        assert_eq!(read(&path, &["cost", "name"]), Ok(vec!["1 4.5|cup".into(), "2 |vase".into()]));
        let times = read(&path, &["at"]).expect("sound");
        assert!(times[0].starts_with("1 2026-11-02 00:00:00"), "{times:?}");
    }

    #[test]
    fn what_is_broken_is_told() {
        let (_folder, path) = file();
        assert_eq!(read(&path, &["csot"]), Err("t.parquet has no column `csot`".into()));
        assert_eq!(read(&path, &["many"]), Err("t.parquet: `many` holds more than one value in a row".into()));
        let whole = std::fs::read(&path).expect("the file");
        for cut in [&whole[..whole.len() / 2], b"PAR1", b""] {
            std::fs::write(&path, cut).expect("written");
            assert!(read(&path, &["name"]).expect_err("it is cut off").starts_with("t.parquet cannot be read: "));
        }
    }
}
