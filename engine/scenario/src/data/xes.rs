//! Event logs in XES, the standard of process mining (IEEE 1849): cases, and in them events with attributes.
//!
//! A column of a log is an attribute of its events, in the order of the file; one whose name begins with `case:` is an
//! attribute of the case. Events that lack an attribute are passed over, as logs mostly have sorts of events that differ.
//! Only what stands directly in an event or a case counts, not what attributes hold inside themselves. A log is kept in
//! memory while it is read.

use super::source::{EachRow, Line, Trouble, no_column};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rehearsal_model::calendar::instant_ns;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How deep elements may lie in each other.
const DEPTH_MAX: usize = 64;

/// How many names of attributes are kept for the nearest right one.
const NAMES_MAX: usize = 200;

/// What a case or an event has.
type Attributes = BTreeMap<String, String>;

/// An event with its case's attributes and its line.
struct Happening<'a> {
    case: &'a Attributes,
    event: &'a Attributes,
    line: u64,
    /// Whether it is the first of its case.
    first: bool,
}

/// Reads a log, an event after another; `each` says whether to go on.
fn events(path: &Path, shown: &str, each: &mut dyn FnMut(&Happening<'_>) -> Result<bool, Trouble>) -> Result<(), Trouble> {
    let bytes = std::fs::read(path).map_err(|error| Trouble::new(format!("{shown} cannot be read: {error}")))?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        let line = lines(&bytes[..std::str::from_utf8(&bytes).err().map_or(0, |error| error.valid_up_to())]);
        return Err(Trouble::new(format!("{shown}, line {line}: it is not UTF-8")));
    };
    Log { shown, text, open: Vec::new(), case: Attributes::new(), event: Attributes::new(), first: true, seen: (0, 1) }.read(each)
}

/// A log while it is read.
struct Log<'t> {
    shown: &'t str,
    text: &'t str,
    /// The elements that are open, from the outermost.
    open: Vec<Vec<u8>>,
    case: Attributes,
    event: Attributes,
    first: bool,
    /// A byte, and the line in which it stands.
    seen: (usize, u64),
}

impl Log<'_> {
    fn read(mut self, each: &mut dyn FnMut(&Happening<'_>) -> Result<bool, Trouble>) -> Result<(), Trouble> {
        let text = self.text;
        let mut reader = Reader::from_str(text);
        let mut logs = false;
        loop {
            let event = reader.read_event();
            let at = if event.is_err() { reader.error_position() } else { reader.buffer_position() };
            let line = self.line(at as usize);
            let shown = self.shown;
            let broken = |what: String| Trouble::new(format!("{shown}, line {line}: {what}"));
            match event.map_err(|error| broken(format!("this is not XML: {error}")))? {
                Event::Start(start) => {
                    self.element(&start).map_err(broken)?;
                    self.open.push(start.name().as_ref().to_vec());
                    logs |= self.open == [b"log".to_vec()];
                    if self.open.len() > DEPTH_MAX {
                        return Err(broken(format!("elements lie more than {DEPTH_MAX} deep in each other")));
                    }
                }
                Event::Empty(start) => {
                    self.element(&start).map_err(broken)?;
                    if start.name().as_ref() == b"event" && self.is_in(&["log", "trace"]) && !self.ended(line, each)? {
                        return Ok(());
                    }
                }
                Event::End(end) => {
                    self.open.pop();
                    if end.name().as_ref() == b"event" && self.is_in(&["log", "trace"]) && !self.ended(line, each)? {
                        return Ok(());
                    }
                }
                Event::Eof if !self.open.is_empty() => return Err(broken("the file ends in the middle: it is cut off".into())),
                Event::Eof if !logs => return Err(broken("this is no event log: it has no element `log`".into())),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn is_in(&self, path: &[&str]) -> bool {
        self.open.len() == path.len() && self.open.iter().zip(path).all(|(open, name)| open == name.as_bytes())
    }

    /// What an element that begins says: a case, an event, or an attribute of one.
    fn element(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.is_in(&["log"]) && start.name().as_ref() == b"trace" {
            self.case.clear();
            self.first = true;
        } else if self.is_in(&["log", "trace"]) && start.name().as_ref() == b"event" {
            self.event.clear();
        } else if self.is_in(&["log", "trace"]) {
            self.case.extend(attribute(start)?);
        } else if self.is_in(&["log", "trace", "event"]) {
            self.event.extend(attribute(start)?);
        }
        Ok(())
    }

    fn ended(&mut self, line: u64, each: &mut dyn FnMut(&Happening<'_>) -> Result<bool, Trouble>) -> Result<bool, Trouble> {
        let first = std::mem::replace(&mut self.first, false);
        each(&Happening { case: &self.case, event: &self.event, line, first })
    }

    /// The line of a byte; bytes are asked for in ascending order.
    fn line(&mut self, to: usize) -> u64 {
        let (from, line) = self.seen;
        let passed = self.text.as_bytes().get(from..to.min(self.text.len())).unwrap_or_default();
        self.seen = (to.max(from), line + passed.iter().filter(|byte| **byte == b'\n').count() as u64);
        self.seen.1
    }
}

/// The line in which a text ends.
fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Key and value of an attribute's element.
fn attribute(start: &BytesStart<'_>) -> Result<Option<(String, String)>, String> {
    let (mut key, mut value) = (None, None);
    for found in start.attributes() {
        let found = found.map_err(|error| format!("this is not XML: {error}"))?;
        let raw = std::str::from_utf8(&found.value).map_err(|_| "it is not UTF-8".to_owned())?;
        let text = quick_xml::escape::unescape(raw).map_err(|error| format!("this is not XML: {error}"))?;
        match found.key.as_ref() {
            b"key" => key = Some(text.into_owned()),
            b"value" => value = Some(text.into_owned()),
            _ => {}
        }
    }
    Ok(key.zip(value))
}

/// The attributes asked for, of each event that has all of them.
pub(super) fn rows(path: &Path, shown: &str, wanted: &[&str], each: &mut EachRow<'_>) -> Result<(), Trouble> {
    let columns: Vec<(Option<usize>, &str)> = wanted.iter().map(|name| (None, *name)).collect();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut seen = vec![false; wanted.len()];
    events(path, shown, &mut |happening| {
        let value = |name: &&str| match name.strip_prefix("case:") {
            Some(of_case) => happening.case.get(of_case),
            None => happening.event.get(*name),
        };
        if names.len() < NAMES_MAX {
            names.extend(happening.event.keys().cloned());
            names.extend(happening.case.keys().map(|key| format!("case:{key}")));
        }
        let values: Vec<Option<&String>> = wanted.iter().map(value).collect();
        seen.iter_mut().zip(&values).for_each(|(seen, value)| *seen |= value.is_some());
        let Some(cells) = values.into_iter().map(|value| value.map(String::as_str)).collect::<Option<Vec<&str>>>() else {
            return Ok(true);
        };
        let line = Line { shown, word: "line", number: happening.line, columns: &columns };
        Ok(each(&line, &cells))
    })?;
    match seen.iter().position(|seen| !seen) {
        Some(never) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Err(no_column(shown, wanted[never], never, &names))
        }
        None => Ok(()),
    }
}

/// Of each case, the time from its first event called `from` to the first one called `to` behind it \[s\].
pub(super) fn between(path: &Path, shown: &str, from: &str, to: &str) -> Result<Vec<f64>, Trouble> {
    let mut found = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let (mut began, mut done) = (None, false);
    events(path, shown, &mut |happening| {
        if happening.first {
            (began, done) = (None, false);
        }
        let Some(name) = happening.event.get("concept:name") else { return Ok(true) };
        if names.len() < NAMES_MAX {
            names.insert(name.clone());
        }
        if began.is_none() && name == from {
            began = Some(instant(shown, happening)?);
        } else if let (Some(start), false, true) = (began, done, name == to) {
            let span = instant(shown, happening)? - start;
            if span < 0 {
                let line = happening.line;
                return Err(Trouble::new(format!("{shown}, line {line}: `{to}` is earlier than the `{from}` before it")));
            }
            found.push(span as f64 / 1e9);
            done = true;
        }
        Ok(true)
    })?;
    let have: Vec<&str> = names.iter().map(String::as_str).collect();
    for (number, name) in [from, to].into_iter().enumerate() {
        if names.len() < NAMES_MAX && !names.contains(name) {
            let mut trouble = no_column(shown, name, number, &have);
            trouble.message = format!("{shown} has no event called `{name}`");
            return Err(trouble);
        }
    }
    Ok(found)
}

fn instant(shown: &str, happening: &Happening<'_>) -> Result<i128, Trouble> {
    let place = format!("{shown}, line {}", happening.line);
    let Some(text) = happening.event.get("time:timestamp") else {
        return Err(Trouble::new(format!("{place}: the event has no time:timestamp")));
    };
    instant_ns(text).map_err(|error| Trouble::new(format!("{place}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"<?xml version="1.0"?>
<log xes.version="1.0">
  <trace><string key="concept:name" value="c1"/><float key="amount" value="12.5"/>
    <event><string key="concept:name" value="register"/><date key="time:timestamp" value="2026-11-02T08:00:00+01:00"/><int key="cost" value="3"/></event>
    <event><string key="concept:name" value="ask &amp; wait"/><date key="time:timestamp" value="2026-11-02T07:30:00Z"/></event>
    <event><string key="concept:name" value="decide"/><date key="time:timestamp" value="2026-11-02T08:00:00Z"/><int key="cost" value="5"><int key="cost" value="99"/></int></event>
    <event><string key="concept:name" value="decide"/><date key="time:timestamp" value="2026-11-02T09:00:00Z"/></event>
  </trace>
  <trace><event><string key="concept:name" value="decide"/></event></trace>
</log>"#;

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.xes");
        std::fs::write(&path, text).expect("a file");
        (folder, path)
    }

    fn read(text: &str, wanted: &[&str]) -> Result<Vec<String>, String> {
        let (_folder, path) = file(text);
        let mut found = Vec::new();
        let read = rows(&path, "t.xes", wanted, &mut |line, cells| {
            found.push(format!("{} {}", line.number, cells.join("|")));
            true
        });
        read.map(|()| found).map_err(|trouble| format!("{} {}", trouble.message, trouble.help.unwrap_or_default()))
    }

    #[test]
    fn a_column_is_an_attribute_of_the_events_that_have_it() {
        assert_eq!(read(LOG, &["cost"]), Ok(vec!["4 3".into(), "6 5".into()]));
        assert_eq!(read(LOG, &["concept:name", "case:amount"]).map(|rows| rows[1].clone()), Ok("5 ask & wait|12.5".into()));
        let refused = read(LOG, &["csot"]).expect_err("there is none");
        assert_eq!(refused, "t.xes has no column `csot` did you mean `cost`?");
    }

    #[test]
    fn times_between_events_of_a_case_are_spans() {
        let (_folder, path) = file(LOG);
        assert_eq!(between(&path, "t.xes", "register", "decide"), Ok(vec![3600.0]));
        let refused = between(&path, "t.xes", "register", "deicde").expect_err("there is none");
        assert_eq!(refused.message, "t.xes has no event called `deicde`");
        assert_eq!(refused.help.as_deref(), Some("did you mean `decide`?"));
    }

    #[test]
    fn what_is_broken_is_told_with_its_line() {
        let refused = |text: &str| read(text, &["cost"]).expect_err("it is broken");
        let (cut, line) = (&LOG[..600], lines(&LOG.as_bytes()[..600]));
        assert!(refused(cut).starts_with(&format!("t.xes, line {line}: this is not XML: ")), "{}", refused(cut));
        assert_eq!(refused("<log><trace>\n</trace>"), "t.xes, line 2: the file ends in the middle: it is cut off ");
        assert_eq!(refused("<html></html>"), "t.xes, line 1: this is no event log: it has no element `log` ");
        assert!(refused("<log>\n</trace></log>").starts_with("t.xes, line 2: this is not XML: "));
        let deep = "<a>".repeat(100);
        assert_eq!(refused(&deep), "t.xes, line 1: elements lie more than 64 deep in each other ");
        let (_folder, path) = file("<log><trace><event><string key=\"concept:name\" value=\"a\"/></event></trace></log>");
        let refused = between(&path, "t.xes", "a", "b").expect_err("it has no time");
        assert_eq!(refused.message, "t.xes, line 1: the event has no time:timestamp");
    }
}
