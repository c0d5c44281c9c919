//! Tables as comma-separated values: a line of names, then a line for each row.
//!
//! A file is read in one pass and never kept as a whole. Fields may stand in quotes; what is beside the columns asked for
//! is not looked at.

use super::source::{EachRow, Line, Trouble, no_column};
use csv::{ByteRecord, ReaderBuilder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line \[bytes\]: a quote that never closes would else take the whole file for one field.
const LINE_MAX: usize = 1024 * 1024;

pub(super) fn rows(path: &Path, shown: &str, wanted: &[&str], each: &mut EachRow<'_>) -> Result<(), Trouble> {
    let broken = |error: csv::Error| Trouble::new(format!("{shown} cannot be read: {error}"));
    // Lines of different lengths are told with their place here, and not by the reader.
    let file = File::open(path).map_err(|error| broken(error.into()))?;
    let lines = Lines { file: BufReader::new(file), held: false, last: b'\n' };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(lines);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(broken)? {
        return Err(Trouble::new(format!("{shown} is empty")).help("its first line names the columns"));
    }
    let header = header(shown, &record)?;
    let places = places(shown, &header, wanted)?;
    let columns: Vec<(Option<usize>, &str)> = places.iter().zip(wanted).map(|(at, name)| (Some(at + 1), *name)).collect();
    let width = header.len();
    let mut cells: Vec<String> = vec![String::new(); wanted.len()];
    while reader.read_byte_record(&mut record).map_err(broken)? {
        // The reader stands behind the row, and a row begins so many lines before as it has ends of lines inside.
        let inside = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let number = reader.position().line().saturating_sub(1 + inside);
        if record.as_slice().len() > LINE_MAX {
            // No end of a line closes a row that takes all up to the end of the file.
            let number = record.position().map_or(number, csv::Position::line);
            let trouble = Trouble::new(format!("{shown}, line {number}: it has more than {LINE_MAX} bytes"));
            return Err(trouble.help("a quote is missing on this line"));
        }
        if record.len() != width {
            let found = record.len();
            let trouble = Trouble::new(format!("{shown}, line {number}: it has {found} fields, the first line has {width}"));
            return Err(trouble.help("the file is cut off here, or a comma or quote is missing or too many"));
        }
        let line = Line { shown, word: "line", number, columns: &columns };
        for (cell, place) in places.iter().enumerate() {
            let text = std::str::from_utf8(&record[*place]).map_err(|_| line.trouble(cell, "it is not UTF-8"))?;
            cells[cell].clear();
            cells[cell].push_str(text);
        }
        let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
        if !each(&line, &texts) {
            break;
        }
    }
    Ok(())
}

/// A text whose lines all end in one way, the last one too, so that they can be counted.
struct Lines<R> {
    file: R,
    /// Whether a carriage return is held back until what follows it is seen.
    held: bool,
    last: u8,
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < out.len() {
            let next = self.file.fill_buf()?.first().copied();
            let byte = match next {
                Some(b'\n') => {
                    self.held = false;
                    b'\n'
                }
                _ if self.held => {
                    self.held = false;
                    self.last = b'\r';
                    out[written] = b'\r';
                    written += 1;
                    continue;
                }
                Some(b'\r') => {
                    self.held = true;
                    self.file.consume(1);
                    continue;
                }
                Some(byte) => byte,
                None if self.last != b'\n' => b'\n',
                None => break,
            };
            if next.is_some() {
                self.file.consume(1);
            }
            self.last = byte;
            out[written] = byte;
            written += 1;
        }
        Ok(written)
    }
}

fn header(shown: &str, record: &ByteRecord) -> Result<Vec<String>, Trouble> {
    let name = |(at, bytes): (usize, &[u8])| match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').trim().to_owned()),
        Err(_) => Err(Trouble::new(format!("{shown}, line 1, column {}: it is not UTF-8", at + 1))
            .help("save the file as UTF-8, the usual encoding of texts")),
    };
    record.iter().enumerate().map(name).collect()
}

/// Where each column stands.
fn places(shown: &str, header: &[String], wanted: &[&str]) -> Result<Vec<usize>, Trouble> {
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let place = |(number, name): (usize, &&str)| {
        let mut found = names.iter().enumerate().filter(|(_, have)| *have == name).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (Some(first), Some(second)) => {
                let (first, second) = (first + 1, second + 1);
                let trouble = Trouble::new(format!("{shown} has two columns `{name}`: columns {first} and {second}"));
                Err(trouble.help("call one of them something else").of_column(number))
            }
            (None, _) => Err(no_column(shown, name, number, &names)),
        }
    };
    wanted.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of a text, or what is wrong with it.
    fn read(text: &[u8], wanted: &[&str]) -> Result<Vec<(u64, String)>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).expect("a file");
        let mut found = Vec::new();
        let read = rows(&path, "t.csv", wanted, &mut |line, cells| {
            found.push((line.number, cells.join("|")));
            true
        });
        read.map(|()| found).map_err(|trouble| trouble.message)
    }

    #[test]
    fn cells_come_in_order_with_their_lines() {
        let text = "\u{feff}a, b ,c\n1,2,3\n\n\"x, \"\"y\"\"\",5,6\r\n7,8,9";
        let found = read(text.as_bytes(), &["c", "a"]).expect("sound");
        let row = |line, cells: &str| (line, cells.to_owned());
        assert_eq!(found, [row(2, "3|1"), row(4, "6|x, \"y\""), row(5, "9|7")]);
    }

    #[test]
    fn what_is_broken_is_told_with_its_place() {
        let refused = |text: &[u8]| read(text, &["a"]).expect_err("it is broken");
        assert_eq!(refused(b""), "t.csv is empty");
        assert_eq!(refused(b"b,c\n1,2\n"), "t.csv has no column `a`");
        assert_eq!(refused(b"a,b,a\n1,2,3\n"), "t.csv has two columns `a`: columns 1 and 3");
        assert_eq!(refused(b"a,b\n1,2\n3\n"), "t.csv, line 3: it has 1 fields, the first line has 2");
        assert_eq!(refused(b"b,a\n1,\xff\n"), "t.csv, line 2, column 2 (`a`): it is not UTF-8");
        assert_eq!(refused(b"b,\xff\n1,2\n"), "t.csv, line 1, column 2: it is not UTF-8");
        let open = [b"a\n1\n\"2".as_slice(), &vec![b'\n'; LINE_MAX + 1]].concat();
        assert_eq!(refused(&open), format!("t.csv, line 3: it has more than {LINE_MAX} bytes"));
    }
}
