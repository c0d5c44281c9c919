//! The results file of an exploration: tidy, complete up to its last point at any moment, and resumable.
//!
//! The first line is a `#` and a JSON object that says which experiment it is. Then follows CSV: a row for each point,
//! policy and measure. A point is written as a whole and flushed to the disk, so whatever stops the program, what was
//! done is there; a last point that is not whole is dropped when the file is opened again. A file of another experiment
//! is never touched, unless it is asked for.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::LedgerError;
use super::explorer::{Figures, Study};

/// The schema of a results file.
pub(super) const SCHEMA: &str = "rehearsal.points/1";

/// The segment of all rows: everyone.
const EVERYONE: &str = "all";

/// Columns behind those of the factors, `values` the last but for the one that a command may add.
const COLUMNS: [&str; 9] = ["policy", "measure", "segment", "mean", "ci_low", "ci_high", "n", "unit", "values"];

/// Stands for a replication that observed nothing.
const NOTHING: &str = "-";

/// Which experiment a file holds: what has to be the same for going on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    entries: Map<String, Value>,
    /// The column before the factors that says what a point is tried for.
    label: Option<&'static str>,
    /// The column at the end that is known once all is done.
    after: Option<&'static str>,
}

impl Header {
    /// A header of one command; `label` and `after` are the columns that it adds.
    pub fn new(command: &str, label: Option<&'static str>, after: Option<&'static str>) -> Header {
        let mut entries = Map::new();
        entries.insert("schema".into(), SCHEMA.into());
        entries.insert("command".into(), command.into());
        Header { entries, label, after }
    }

    /// Adds something that has to be the same.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Header {
        self.entries.insert(name.into(), value.into());
        self
    }

    /// How a file's header differs from this one, in words.
    fn difference(&self, found: &Map<String, Value>) -> Option<String> {
        let differing = self.entries.iter().find(|(name, value)| found.get(*name) != Some(value));
        let (name, value) = differing.or_else(|| found.iter().find(|(name, _)| !self.entries.contains_key(*name)))?;
        let said = |value: Option<&Value>| value.map_or_else(|| "nothing".into(), Value::to_string);
        let words = match name.as_str() {
            "content" if self.entries.contains_key(name) => return Some("the scenario's files have changed since".into()),
            "version" => "the version of this program",
            other => other,
        };
        Some(match self.entries.contains_key(name) {
            true => format!("{words} was {} there and is {value} now", said(found.get(name))),
            false => format!("{words} was {value} there and is nothing now"),
        })
    }
}

/// What came out at a point, as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The point's number, from 1.
    pub number: usize,
    /// What it was tried for; empty where the file has no such column.
    pub label: String,
    /// Its values, by factor.
    pub values: Vec<String>,
    /// What came out.
    pub figures: Figures,
    /// What is known of it once all is done; empty before.
    pub after: String,
}

/// A results file, or none.
#[derive(Debug)]
pub struct Ledger {
    study: Study,
    header: Header,
    file: Option<(PathBuf, File)>,
}

impl Ledger {
    /// No file: nothing is kept.
    pub fn none(study: Study, header: Header) -> Ledger {
        Ledger { study, header, file: None }
    }

    /// Opens a results file, new or not, and gives what it holds.
    ///
    /// `fresh` begins it anew.
    ///
    /// # Errors
    /// A file that is none of ours, holds another experiment, was changed, is being written by another program, or cannot
    /// be read or written. It is left as it is.
    pub fn open(path: &Path, study: Study, header: Header, fresh: bool) -> Result<(Ledger, Vec<Record>), LedgerError> {
        let failed = |doing| move |source| LedgerError::Io { path: path.to_owned(), doing, source };
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed("opened for writing"))?;
        if !file.metadata().map_err(failed("opened for writing"))?.is_file() {
            return Err(LedgerError::Foreign { path: path.to_owned() });
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Busy { path: path.to_owned() }),
            // Where a file system has no locks, nobody is kept out.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed("read"))?;
        let ledger = |file| Ledger { study: study.clone(), header: header.clone(), file: Some((path.to_owned(), file)) };
        let head = ledger_head(&study, &header);
        let begun = bytes.len() < head.len() && head.as_bytes().starts_with(&bytes);
        if !begun && !bytes.starts_with(mark().as_bytes()) {
            return Err(LedgerError::Foreign { path: path.to_owned() });
        }
        if begun || fresh {
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
                file.write_all(head.as_bytes())?;
                file.sync_data()
            };
            write(&mut file).map_err(failed("written"))?;
            return Ok((ledger(file), Vec::new()));
        }
        let (records, whole) = Reading { path, study: &study, header: &header, bytes: &bytes }.records(&head)?;
        let cut = |file: &mut File| {
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0)).map(|_| ())
        };
        cut(&mut file).map_err(failed("written"))?;
        Ok((ledger(file), records))
    }

    /// Adds a point and flushes it to the disk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn append(&mut self, record: &Record) -> Result<(), LedgerError> {
        let text = block(&self.study, &self.header, record);
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|source| LedgerError::Io { path: path.clone(), doing: "written", source })
    }

    /// Says that a point of the file is not the one that is asked for.
    pub(super) fn unlike(&self, number: usize) -> LedgerError {
        let path = self.file.as_ref().map(|(path, _)| path.clone()).unwrap_or_default();
        LedgerError::Other { path, reason: format!("point {number} has other values there") }
    }

    /// Writes all points anew in the place of the file, as a whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written; then the file is as it was.
    pub(super) fn rewrite<'r>(&mut self, records: impl Iterator<Item = &'r Record>) -> Result<(), LedgerError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let mut text = ledger_head(&self.study, &self.header);
        records.for_each(|record| text += &block(&self.study, &self.header, record));
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let put = || -> io::Result<File> {
            let mut new = File::create(&beside)?;
            new.write_all(text.as_bytes())?;
            new.sync_data()?;
            fs::rename(&beside, &path)?;
            Ok(new)
        };
        match put() {
            Ok(new) => *file = new,
            Err(source) => {
                // What is left beside is of no use; where it cannot be removed, the first error tells more.
                let _ = fs::remove_file(&beside);
                return Err(LedgerError::Io { path: path.clone(), doing: "written", source });
            }
        }
        Ok(())
    }
}

/// The rows of some points as CSV with a line of column names.
pub fn csv<'r>(study: &Study, header: &Header, records: impl Iterator<Item = &'r Record>) -> String {
    let mut text = columns(study, header);
    records.for_each(|record| text += &block(study, header, record));
    text
}

/// What every results file begins with.
fn mark() -> String {
    format!("# {{\"schema\":\"{SCHEMA}\"")
}

/// The line that says which experiment it is, and the names of the columns.
fn ledger_head(study: &Study, header: &Header) -> String {
    format!("# {}\n{}", Value::Object(header.entries.clone()), columns(study, header))
}

fn columns(study: &Study, header: &Header) -> String {
    let names = study.factors.iter().map(|factor| factor.name.as_str());
    let all: Vec<&str> = ["point"].into_iter().chain(header.label).chain(names).chain(COLUMNS).chain(header.after).collect();
    lines(&[all.iter().map(ToString::to_string).collect()])
}

/// All rows of a point.
fn block(study: &Study, header: &Header, record: &Record) -> String {
    let mut rows = Vec::new();
    for (p, policy) in study.policies.iter().enumerate() {
        for (m, measure) in study.measures.iter().enumerate() {
            let values = record.figures.values(p, m);
            let estimate = record.figures.estimate(p, m, values.len());
            let (low, high) = estimate.interval.unzip();
            let each: Vec<String> = values.iter().map(|value| value.map_or_else(|| NOTHING.into(), number)).collect();
            let mut row = vec![record.number.to_string()];
            row.extend(header.label.map(|_| record.label.clone()));
            row.extend(record.values.iter().cloned());
            row.extend([policy.clone(), measure.name.clone(), EVERYONE.into()]);
            row.extend([estimate.mean, low, high].map(|value| value.map_or_else(String::new, number)));
            row.extend([estimate.n.to_string(), measure.unit.clone(), each.join(" ")]);
            row.extend(header.after.map(|_| record.after.clone()));
            rows.push(row);
        }
    }
    lines(&rows)
}

/// The shortest text that reads back to the same value.
fn number(value: f64) -> String {
    format!("{:?}", value + 0.0)
}

fn lines(rows: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows of one length are written to memory");
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("fields are text")
}

/// A file that is read.
struct Reading<'f> {
    path: &'f Path,
    study: &'f Study,
    header: &'f Header,
    bytes: &'f [u8],
}

impl Reading<'_> {
    /// The whole points of the file, and how many bytes of it are good.
    fn records(&self, head: &str) -> Result<(Vec<Record>, usize), LedgerError> {
        if !self.bytes.starts_with(head.as_bytes()) {
            return Err(self.other());
        }
        let (mut records, mut good) = (Vec::new(), head.len());
        let rows = self.study.policies.len() * self.study.measures.len();
        loop {
            let rest = &self.bytes[good..];
            // A point that is not whole lies at the end, where its writing was stopped.
            let Some(length) = length_of(rest, rows) else { break };
            let record = self.record(&rest[..length]).filter(|record| {
                let written = block(self.study, self.header, record);
                written.as_bytes() == &rest[..length]
            });
            let Some(record) = record else {
                let line = self.bytes[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
                let what = "here begins a point that is not as this program wrote it".into();
                return Err(LedgerError::Changed { path: self.path.to_owned(), line, what });
            };
            good += length;
            records.push(record);
        }
        Ok((records, good))
    }

    /// Why this is another experiment.
    fn other(&self) -> LedgerError {
        let line = self.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let found: Option<Map<String, Value>> = line.strip_prefix(b"# ").and_then(|json| serde_json::from_slice(json).ok());
        let reason = found.as_ref().and_then(|found| self.header.difference(found));
        let reason = reason.unwrap_or_else(|| "its first lines differ".into());
        LedgerError::Other { path: self.path.to_owned(), reason }
    }

    fn record(&self, bytes: &[u8]) -> Option<Record> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let rows = reader.records().collect::<Result<Vec<_>, _>>().ok()?;
        let labels = usize::from(self.header.label.is_some());
        let behind = 1 + labels + self.study.factors.len();
        let first = rows.first()?;
        let mut figures = vec![Vec::new(); self.study.policies.len()];
        for (place, row) in rows.iter().enumerate() {
            let each = row.get(behind + COLUMNS.len() - 1)?.split(' ').filter(|text| !text.is_empty());
            let value = |text: &str| if text == NOTHING { Some(None) } else { text.parse().ok().map(Some) };
            let values = each.map(value).collect::<Option<Vec<Option<f64>>>>()?;
            figures.get_mut(place / self.study.measures.len())?.push(values);
        }
        figures.iter().all(|measures| measures.len() == self.study.measures.len()).then_some(())?;
        let figures = Figures(figures);
        let all = figures.replications();
        figures.0.iter().flatten().all(|values: &Vec<_>| values.len() == all).then_some(())?;
        Some(Record {
            number: first.get(0)?.parse().ok()?,
            label: first.get(1).filter(|_| labels == 1).unwrap_or_default().to_owned(),
            values: (1 + labels..behind).map(|column| first.get(column).map(str::to_owned)).collect::<Option<_>>()?,
            figures,
            after: first.get(behind + COLUMNS.len()).unwrap_or_default().to_owned(),
        })
    }
}

/// Bytes of so many whole CSV rows; `None` where there are fewer. Line feeds within quotes end no row.
fn length_of(bytes: &[u8], rows: usize) -> Option<usize> {
    let (mut quoted, mut ended) = (false, 0);
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => ended += 1,
            _ => {}
        }
        if ended == rows {
            return Some(place + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::study;
    use super::*;

    fn header() -> Header {
        Header::new("sweep", None, None).with("seed", 1).with("content", "ab")
    }

    fn record(number: usize) -> Record {
        let figures = Figures(vec![vec![vec![Some(0.1), None, Some(-3.25)], vec![None, None, None]]]);
        Record { number, label: String::new(), values: vec!["7".into()], figures, after: String::new() }
    }

    fn written(path: &Path) -> Vec<u8> {
        let (mut ledger, kept) = Ledger::open(path, study(), header(), false).unwrap();
        assert!(kept.is_empty());
        (1..=3).for_each(|number| ledger.append(&record(number)).unwrap());
        fs::read(path).unwrap()
    }

    fn refused(path: &Path, header: Header, fresh: bool) -> String {
        Ledger::open(path, study(), header, fresh).map(|(_, kept)| kept.len()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let bytes = written(&path);
        expect_test::expect![[r##"
            # {"schema":"rehearsal.points/1","command":"sweep","seed":1,"content":"ab"}
            point,x,policy,measure,segment,mean,ci_low,ci_high,n,unit,values
            1,7,as_it_is,cost,all,-1.575,-22.8578929395,19.707892939500002,2,EUR,0.1 - -3.25
            1,7,as_it_is,late,all,,,,0,EUR,- - -
        "##]]
        .assert_eq(&String::from_utf8(bytes).unwrap().lines().take(4).map(|line| line.to_owned() + "\n").collect::<String>());
        let (_, kept) = Ledger::open(&path, study(), header(), false).unwrap();
        assert_eq!(kept, [record(1), record(2), record(3)]);
    }

    #[test]
    fn a_file_of_another_experiment_is_refused_with_the_reason_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let bytes = written(&path);
        assert!(refused(&path, header().with("seed", 2), false).contains("seed was 1 there and is 2 now"));
        assert!(refused(&path, header().with("content", "cd"), false).contains("files have changed"));
        assert!(refused(&path, header().with("points", 9), false).contains("points was nothing there and is 9 now"));
        let less = Header::new("sweep", None, None).with("seed", 1);
        assert!(refused(&path, less, false).contains("content was \"ab\" there"));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let (_, kept) = Ledger::open(&path, study(), header().with("seed", 2), true).unwrap();
        assert!(kept.is_empty(), "--fresh begins anew");
    }

    #[test]
    fn no_file_but_a_results_file_is_ever_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenario.ron");
        fs::write(&path, "[Scenario()]").unwrap();
        for fresh in [false, true] {
            assert!(refused(&path, header(), fresh).contains("no results file"));
        }
        assert_eq!(fs::read(&path).unwrap(), b"[Scenario()]");
        assert!(refused(folder.path(), header(), false).contains("cannot be opened"));
    }

    #[test]
    fn a_point_that_somebody_changed_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let text = String::from_utf8(written(&path)).unwrap();
        for (from, to) in [("\n2,7,", "\n2,8,"), ("-1.575", "-1.576"), ("0.1 - -3.25", "0.1 -3.25")] {
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let said = refused(&path, header(), false);
            assert!(said.contains(", line ") && said.contains("not as this program wrote it"), "{said}");
        }
    }

    #[test]
    fn no_bytes_make_it_fail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let bytes = written(&path);
        let head = ledger_head(&study(), &header()).len();
        for place in (head..bytes.len()).step_by(3) {
            for byte in [b'"', b',', b'\n', b'-', 0xff] {
                let mut changed = bytes.clone();
                changed[place] = byte;
                fs::write(&path, &changed).unwrap();
                // Refused, or cut at a point that is not whole: what is believed is what is there.
                if let Ok((_, kept)) = Ledger::open(&path, study(), header(), false) {
                    let mut believed = ledger_head(&study(), &header());
                    kept.iter().for_each(|record| believed += &block(&study(), &header(), record));
                    assert_eq!(fs::read(&path).unwrap(), believed.as_bytes());
                    assert!(changed.starts_with(believed.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn two_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let first = Ledger::open(&path, study(), header(), false).unwrap();
        assert!(refused(&path, header(), false).contains("another command"));
        drop(first);
        assert!(Ledger::open(&path, study(), header(), false).is_ok());
    }

    #[test]
    fn rows_are_told_from_line_feeds_in_quotes() {
        assert_eq!(length_of(b"a,\"x\ny\"\nb\n", 1), Some(8));
        assert_eq!(length_of(b"a,\"x\ny", 1), None);
        assert_eq!(length_of(b"a\nb", 2), None);
    }
}
