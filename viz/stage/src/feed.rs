//! A run that still goes on, as lines of a feed tell it.
//!
//! The lines are those of `rehearsal replay --format ndjson`: a header, then records in order of time. They are kept as a
//! trace in memory, from which a stage is made whenever somebody looks.

use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::{Header, Line, TraceError, Writer, read_line};
use std::path::PathBuf;

/// The longest line \[bytes\].
pub const LINE_MAX: usize = 1 << 20;
/// How much of a feed is kept \[bytes of a trace\].
const KEPT_MAX: usize = 512 << 20;

/// What was told so far.
pub struct Feed {
    name: PathBuf,
    writer: Option<Writer<Vec<u8>>>,
    records: u64,
    left_out: u64,
    fault: Option<String>,
}

impl Feed {
    /// A feed of a name, for titles and faults; nothing was told yet.
    #[must_use]
    pub fn new(name: impl Into<PathBuf>) -> Feed {
        Feed { name: name.into(), writer: None, records: 0, left_out: 0, fault: None }
    }

    /// Takes one line. One that is no record, or comes out of order, is left out and counted; an empty one is no line.
    ///
    /// # Errors
    /// A first line that is no header of this version; a second header.
    pub fn take(&mut self, line: &str) -> Result<(), StageError> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let Some(writer) = &mut self.writer else {
            let header = match read_line(line) {
                // Its end is the present, whatever was planned.
                Ok(Line::Header(header)) => Header { length_ns: 0, ..*header },
                Ok(Line::Record(_)) => return Err(self.no_feed("its first line is no header")),
                Err(TraceError::Version { found, supported }) => {
                    return Err(StageError::Version { path: self.name.clone(), found, supported });
                }
                Err(error) => return Err(self.no_feed(&error.to_string())),
            };
            self.writer = Some(Writer::new(Vec::new(), &header).map_err(|error| self.no_feed(&error.to_string()))?);
            return Ok(());
        };
        let taken = match read_line(line) {
            Ok(Line::Record(record)) => writer.record(&record),
            Ok(Line::Header(_)) => return Err(self.no_feed("a second header came; it has begun anew")),
            Err(error) => Err(error),
        };
        match taken {
            Ok(()) => self.records += 1,
            Err(error) => {
                self.left_out += 1;
                self.fault = Some(error.to_string());
            }
        }
        Ok(())
    }

    fn no_feed(&self, reason: &str) -> StageError {
        StageError::NoFeed { path: self.name.clone(), reason: reason.into() }
    }

    /// Records that were told.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Lines that were no records, and what was wrong with the last of them.
    #[must_use]
    pub fn left_out(&self) -> (u64, Option<&str>) {
        (self.left_out, self.fault.as_deref())
    }

    /// The run up to the last record; none before there is one. Costs a copy of all that was told.
    ///
    /// # Errors
    /// More than half a gibibyte was told.
    pub fn stage(&mut self) -> Result<Option<Stage>, StageError> {
        let Some(writer) = self.writer.as_mut().filter(|writer| !writer.is_empty()) else { return Ok(None) };
        let bytes = writer.so_far().map_err(|error| StageError::of(&self.name, error))?;
        if bytes.len() > KEPT_MAX {
            return Err(self.no_feed("it is longer than is kept in memory; attach again to go on from now"));
        }
        Stage::from_bytes(bytes, &self.name).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use rehearsal_trace::{Filter, Reader, write_ndjson};

    fn lines(seed: u64) -> Vec<String> {
        let reader = Reader::from_bytes(sample::bytes(seed)).unwrap();
        let mut text = Vec::new();
        write_ndjson(&reader, &mut text, &Filter::default()).unwrap();
        String::from_utf8(text).unwrap().lines().map(String::from).collect()
    }

    #[test]
    fn a_feed_comes_to_the_same_as_the_trace() {
        let mut feed = Feed::new("twin");
        assert!(feed.stage().unwrap().is_none());
        for (number, line) in lines(4).iter().enumerate() {
            feed.take(line).unwrap();
            // Now and then somebody looks.
            if number > 0 && number % 700 == 0 {
                assert_eq!(feed.stage().unwrap().unwrap().reader().len(), number as u64);
            }
        }
        let (told, written) = (feed.stage().unwrap().unwrap(), sample::stage(4));
        let all = |stage: &Stage| stage.reader().records().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(all(&told), all(&written));
        let at = 7 * sample::HOUR;
        assert_eq!(told.reader().state_at(at).unwrap(), written.reader().state_at(at).unwrap());
        assert_eq!((feed.records(), feed.left_out()), (3_000, (0, None)));
    }

    #[test]
    fn what_is_no_record_is_left_out_and_said() {
        let lines = lines(4);
        let mut feed = Feed::new("twin");
        for line in &lines[..50] {
            feed.take(line).unwrap();
        }
        for wrong in ["{", "[]", r#"{"at":1,"what":"dance"}"#, &lines[1], r#"{"at":"soon","what":"end","actor":1}"#] {
            feed.take(wrong).unwrap();
        }
        feed.take("  ").unwrap();
        let (count, fault) = feed.left_out();
        assert_eq!((count, feed.records()), (5, 49));
        assert!(fault.is_some_and(|fault| fault.contains("no record of a run")));
        assert_eq!(feed.stage().unwrap().unwrap().reader().len(), 49);
    }

    #[test]
    fn what_is_no_feed_is_one_sentence() {
        let sentence = |line: &str| Feed::new("twin:1").take(line).expect_err(line).to_string();
        assert!(sentence("HTTP/1.1 400 Bad Request").starts_with("twin:1 tells no run: "));
        assert!(sentence(&lines(4)[1]).contains("no header"));
        let other = lines(4)[0].replacen(r#""version":"#, r#""version":9"#, 1);
        assert!(sentence(&other).contains("format version 9"), "{}", sentence(&other));
    }
}
